//! RTP packets (RFC 3550 §5.1) and telephone events (RFC 4733 §2.3): read leniently, written as
//! twelve bytes without CSRC, extension or padding.

use std::ops::Range;

/// The fixed header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Start of a talkspurt, or of anything else that does not continue what came before.
    pub marker: bool,
    /// 0–127.
    pub payload_type: u8,
    /// Rises by one a packet, and wraps.
    pub sequence: u16,
    /// In samples (8 kHz), and wraps.
    pub timestamp: u32,
    /// Who sends.
    pub ssrc: u32,
}

impl Header {
    /// Length of what [`Header::write`] makes.
    pub const LEN: usize = 12;

    /// The header, and where the payload lies; `None` if this is no RTP.
    #[must_use]
    pub fn read(packet: &[u8]) -> Option<(Self, Range<usize>)> {
        let fixed: &[u8; Self::LEN] = packet.first_chunk()?;
        let [flags, kind, seq_high, seq_low, t0, t1, t2, t3, s0, s1, s2, s3] = *fixed;
        if flags >> 6 != VERSION {
            return None;
        }
        let mut start = Self::LEN + 4 * usize::from(flags & 0x0F);
        if flags & EXTENSION != 0 {
            let words = packet.get(start + 2..start + 4)?;
            start += 4 + 4 * usize::from(u16::from_be_bytes([words[0], words[1]]));
        }
        let mut end = packet.len();
        if flags & PADDING != 0 {
            let padding = usize::from(*packet.last()?);
            end = end.checked_sub(padding).filter(|_| padding > 0)?;
        }
        let header = Self {
            marker: kind & MARKER != 0,
            payload_type: kind & !MARKER,
            sequence: u16::from_be_bytes([seq_high, seq_low]),
            timestamp: u32::from_be_bytes([t0, t1, t2, t3]),
            ssrc: u32::from_be_bytes([s0, s1, s2, s3]),
        };
        (start <= end).then_some((header, start..end))
    }

    /// The twelve bytes before the payload.
    #[must_use]
    pub fn write(&self) -> [u8; Self::LEN] {
        let [seq_high, seq_low] = self.sequence.to_be_bytes();
        let [t0, t1, t2, t3] = self.timestamp.to_be_bytes();
        let [s0, s1, s2, s3] = self.ssrc.to_be_bytes();
        let marker = if self.marker { MARKER } else { 0 };
        let kind = marker | (self.payload_type & !MARKER);
        [VERSION << 6, kind, seq_high, seq_low, t0, t1, t2, t3, s0, s1, s2, s3]
    }
}

/// Whether a datagram on a shared port is RTCP (RFC 5761 §4).
#[must_use]
pub fn is_rtcp(packet: &[u8]) -> bool {
    packet.get(1).is_some_and(|kind| (192..=223).contains(kind))
}

/// A telephone event, as one packet tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TelephoneEvent {
    /// 0–15 are keys.
    pub event: u8,
    /// The last three packets of an event have it.
    pub end: bool,
    /// 0–63, in -dBm0.
    pub volume: u8,
    /// So far, in samples.
    pub duration: u16,
}

impl TelephoneEvent {
    /// From a payload.
    #[must_use]
    pub fn read(payload: &[u8]) -> Option<Self> {
        let [event, flags, high, low] = *payload.first_chunk()?;
        let duration = u16::from_be_bytes([high, low]);
        Some(Self { event, end: flags & 0x80 != 0, volume: flags & 0x3F, duration })
    }

    /// The payload.
    #[must_use]
    pub fn write(&self) -> [u8; 4] {
        let [high, low] = self.duration.to_be_bytes();
        let end = if self.end { 0x80 } else { 0 };
        [self.event, end | (self.volume & 0x3F), high, low]
    }

    /// The code of a key.
    #[must_use]
    pub fn code(key: char) -> Option<u8> {
        let place = KEYS.iter().position(|known| char::from(*known) == key.to_ascii_uppercase())?;
        u8::try_from(place).ok()
    }

    /// The key, if the event is one (RFC 4733 §3.2).
    #[must_use]
    pub fn digit(&self) -> Option<char> {
        let key = KEYS.get(usize::from(self.event))?;
        Some(char::from(*key))
    }
}

const KEYS: &[u8; 16] = b"0123456789*#ABCD";
const VERSION: u8 = 2;
const PADDING: u8 = 0x20;
const EXTENSION: u8 = 0x10;
const MARKER: u8 = 0x80;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HEADER: Header = Header {
        marker: true,
        payload_type: 8,
        sequence: 0xFFFE,
        timestamp: 0x0102_0304,
        ssrc: 0xDEAD_BEEF,
    };

    #[test]
    fn twelve_bytes_stand_where_rfc_3550_puts_them() {
        let bytes = HEADER.write();
        assert_eq!(bytes, [0x80, 0x88, 0xFF, 0xFE, 1, 2, 3, 4, 0xDE, 0xAD, 0xBE, 0xEF]);
        assert_eq!(Header::read(&bytes), Some((HEADER, 12..12)));
    }

    /// RFC 3550 §5.1, §5.3.1: the payload lies after CSRCs and extension, before padding.
    #[test]
    fn the_payload_is_found_between_extension_and_padding() {
        let mut packet = HEADER.write().to_vec();
        packet[0] |= PADDING | EXTENSION | 1;
        packet.extend([9; 4]);
        packet.extend([0xBE, 0xDE, 0, 1, 7, 7, 7, 7]);
        packet.extend(*b"audio");
        packet.extend([0, 0, 3]);
        let (_, payload) = Header::read(&packet).unwrap();
        assert_eq!(&packet[payload], b"audio");
    }

    #[test]
    fn what_is_no_rtp_is_refused() {
        assert_eq!(Header::read(b"INVITE sip:1@example.com SIP/2.0"), None);
        assert_eq!(Header::read(&HEADER.write()[..11]), None);
        let mut padded_away = HEADER.write();
        padded_away[0] |= PADDING;
        padded_away[11] = 200;
        assert_eq!(Header::read(&padded_away), None);
    }

    #[test]
    fn the_sixteen_keys_are_read() {
        let digits: String = (0..17)
            .filter_map(|event| TelephoneEvent::read(&[event, 0x8A, 0, 160])?.digit())
            .collect();
        assert_eq!(digits, "0123456789*#ABCD");
    }

    proptest! {
        /// Nothing from the network panics, and a payload lies inside its packet.
        #[test]
        fn any_bytes_are_read_without_harm(packet in prop::collection::vec(any::<u8>(), 0..64)) {
            if let Some((_, payload)) = Header::read(&packet) {
                prop_assert!(payload.start >= Header::LEN && payload.end <= packet.len());
            }
            let _ = TelephoneEvent::read(&packet);
        }

        #[test]
        fn what_is_written_is_read(
            marker in any::<bool>(), payload_type in 0u8..128, sequence in any::<u16>(),
            timestamp in any::<u32>(), ssrc in any::<u32>(),
        ) {
            let header = Header { marker, payload_type, sequence, timestamp, ssrc };
            prop_assert_eq!(Header::read(&header.write()), Some((header, 12..12)));
        }
    }
}
