//! Ogg with Opus in it (RFC 3533, RFC 7845): one stream of one or two channels.
//!
//! ```text
//!  pages (checksum, order) ─▶ packets ─▶ head │ tags │ audio ─▶ 48 kHz ─▶ less the pre-skip
//! ```
//! A page that is damaged or missing refuses the file: half a notice is no notice.

use ropus::{Channels, DecodeMode, Decoder};

use super::{Refused, Sound, check_length};

/// Whether a file begins as Ogg does.
pub(super) fn is_ogg(file: &[u8]) -> bool {
    file.starts_with(b"OggS")
}

/// Decodes the stream; of two channels the mean.
pub(super) fn read(file: &[u8]) -> Result<Sound, Refused> {
    let mut packets = Packets { rest: file, serial: None, page: 0, held: Vec::new(), granule: 0 };
    let mut found = Vec::new();
    let mut head = None;
    let mut player = None;
    while packets.turn(&mut found)? {
        for packet in found.drain(..) {
            match (&head, &mut player) {
                (None, _) => head = Some(Head::read(&packet)?),
                // The second packet is the tags.
                (Some(head), None) => player = Some(Player::new(head)?),
                (Some(_), Some(player)) => player.play(&packet)?,
            }
        }
    }
    let (Some(head), Some(player)) = (head, player) else {
        return Err(damaged("it ends before its audio"));
    };
    Ok(player.sound(&head, packets.granule))
}

/// Packets as the pages hold them.
struct Packets<'a> {
    rest: &'a [u8],
    /// Of the stream that is read: the file's first.
    serial: Option<[u8; 4]>,
    /// The number of the next page.
    page: u32,
    /// A packet whose end is on a later page.
    held: Vec<u8>,
    /// Samples of 48 kHz up to the end of the newest page.
    granule: u64,
}

impl Packets<'_> {
    /// Appends the packets that end on the next page; false at the end of the file.
    fn turn(&mut self, found: &mut Vec<Vec<u8>>) -> Result<bool, Refused> {
        if self.rest.is_empty() {
            return Ok(false);
        }
        let Some((header, after)) = self.rest.split_first_chunk::<HEADER>() else {
            return Err(damaged("a page is cut short"));
        };
        if !header.starts_with(b"OggS\0") {
            return Err(damaged("what follows a page is none"));
        }
        let Some((lacing, after)) = after.split_at_checked(usize::from(header[26])) else {
            return Err(damaged("a page is cut short"));
        };
        let length: usize = lacing.iter().map(|part| usize::from(*part)).sum();
        let Some((body, after)) = after.split_at_checked(length) else {
            return Err(damaged("a page is cut short"));
        };
        if checksum(header, lacing, body) != [header[22], header[23], header[24], header[25]] {
            return Err(damaged("a page's checksum is wrong"));
        }
        self.rest = after;
        let serial = [header[14], header[15], header[16], header[17]];
        if *self.serial.get_or_insert(serial) != serial {
            let what = "several streams in one file".to_owned();
            return Err(Refused::Unsupported { what, expected: "one stream of Opus" });
        }
        if u32::from_le_bytes([header[18], header[19], header[20], header[21]]) != self.page {
            return Err(damaged("a page is missing"));
        }
        self.page = self.page.wrapping_add(1);
        self.unlace(lacing, body, found);
        let granule = header[6..14].try_into().map_or(u64::MAX, u64::from_le_bytes);
        // All ones: no packet ends on this page.
        if granule != u64::MAX {
            self.granule = granule;
        }
        Ok(true)
    }

    fn unlace(&mut self, lacing: &[u8], mut body: &[u8], found: &mut Vec<Vec<u8>>) {
        for part in lacing {
            let (segment, after) = body.split_at(usize::from(*part).min(body.len()));
            self.held.extend_from_slice(segment);
            body = after;
            // A segment that is not full ends its packet.
            if *part < u8::MAX {
                found.push(std::mem::take(&mut self.held));
            }
        }
    }
}

/// Before the segment table (RFC 3533 §6).
const HEADER: usize = 27;

/// The identification header (RFC 7845 §5.1).
struct Head {
    channels: u8,
    pre_skip: u16,
    /// As a factor.
    gain: f32,
}

impl Head {
    fn read(packet: &[u8]) -> Result<Self, Refused> {
        let found = match packet {
            [b'O', b'p', b'u', b's', b'H', b'e', b'a', b'd', ..] => None,
            [1, b'v', b'o', b'r', b'b', b'i', b's', ..] => Some("an Ogg/Vorbis file"),
            [0x7F, b'F', b'L', b'A', b'C', ..] => Some("an Ogg/FLAC file"),
            _ => Some("an Ogg file without Opus"),
        };
        if let Some(found) = found {
            return Err(Refused::Format { found });
        }
        let Some(
            &[version, channels, skip_low, skip_high, _, _, _, _, gain_low, gain_high, family],
        ) = packet.get(8..19)
        else {
            return Err(damaged("its head is cut short"));
        };
        if version > 15 {
            let what = format!("Opus in Ogg of version {version}");
            return Err(Refused::Unsupported { what, expected: "version 0 to 15 (RFC 7845)" });
        }
        if !(1..=2).contains(&channels) || family > 1 {
            let what = format!("{channels} channels of mapping family {family}");
            return Err(Refused::Unsupported { what, expected: "one or two" });
        }
        let gain = f32::from(i16::from_le_bytes([gain_low, gain_high])) / 256.0;
        let pre_skip = u16::from_le_bytes([skip_low, skip_high]);
        Ok(Self { channels, pre_skip, gain: 10_f32.powf(gain / 20.0) })
    }
}

/// The decoder and what it made.
struct Player {
    decoder: Decoder,
    samples: Vec<f32>,
    /// How many at the beginning are not heard.
    skip: usize,
}

impl Player {
    fn new(head: &Head) -> Result<Self, Refused> {
        // A decoder of one channel sums up two itself.
        let decoder = Decoder::new(RATE, Channels::Mono);
        let decoder = decoder.map_err(|_| damaged("its head holds no rate of Opus"))?;
        Ok(Self { decoder, samples: Vec::new(), skip: head.pre_skip.into() })
    }

    fn play(&mut self, packet: &[u8]) -> Result<(), Refused> {
        // To the decoder no packet is one that was lost, which it would make up.
        if packet.is_empty() {
            return Err(damaged("a packet of it is empty"));
        }
        let mut frame = [0; SAMPLES_MAX];
        let decoded = self.decoder.decode(packet, &mut frame, DecodeMode::Normal);
        let count = decoded.map_err(|_| damaged("a packet of it is not Opus"))?;
        let made = frame.iter().take(count).map(|sample| f32::from(*sample) / 32_768.0);
        self.samples.extend(made);
        check_length(self.samples.len().saturating_sub(self.skip), RATE)
    }

    fn sound(mut self, head: &Head, granule: u64) -> Sound {
        // What the last packet holds beyond the end that its page tells is padding.
        self.samples.truncate(usize::try_from(granule).unwrap_or(usize::MAX));
        let skipped = self.skip.min(self.samples.len());
        let samples = self.samples.drain(skipped..).map(|sample| sample * head.gain).collect();
        let plural = if head.channels == 1 { "channel" } else { "channels" };
        let source = format!("Opus, {} {plural}", head.channels);
        Sound { samples, rate: RATE, source }
    }
}

/// What Opus is decoded at.
const RATE: u32 = 48_000;

/// 120 ms, the longest packet there is (RFC 6716 §2.1.4).
const SAMPLES_MAX: usize = 5_760;

/// Over the page with its own field as zeros: CRC-32 of 0x04C11DB7, unreflected.
fn checksum(header: &[u8; HEADER], lacing: &[u8], body: &[u8]) -> [u8; 4] {
    let mut header = *header;
    header[22..26].fill(0);
    let bytes = header.iter().chain(lacing).chain(body);
    let step = |crc: u32, byte: &u8| {
        let [first, ..] = crc.to_be_bytes();
        (crc << 8) ^ TABLE[usize::from(first ^ byte)]
    };
    bytes.fold(0, step).to_le_bytes()
}

static TABLE: [u32; 256] = table();

const fn table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut index = 0_u32;
    while index < 256 {
        let mut crc = index << 24;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 0x8000_0000 == 0 { crc << 1 } else { (crc << 1) ^ 0x04C1_1DB7 };
            bit += 1;
        }
        table[index as usize] = crc;
        index += 1;
    }
    table
}

fn damaged(what: &str) -> Refused {
    Refused::Damaged(what.to_owned())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use ropus::{Application, Encoder};

    /// What a program that writes Ogg/Opus makes of samples of 48 kHz, interleaved.
    pub(crate) fn file(samples: &[i16], channels: u8, gain: i16) -> Vec<u8> {
        let mode = if channels == 1 { Channels::Mono } else { Channels::Stereo };
        let encoder = Encoder::builder(RATE, mode, Application::Audio);
        let mut encoder = encoder.build().unwrap();
        let pre_skip = u16::try_from(encoder.lookahead()).unwrap();
        let mut head = b"OpusHead\x01".to_vec();
        head.push(channels);
        head.extend(pre_skip.to_le_bytes());
        head.extend(44_100_u32.to_le_bytes());
        head.extend(gain.to_le_bytes());
        head.push(0);
        let tags = b"OpusTags\x04\0\0\0test\0\0\0\0".to_vec();
        let mut file = page(0, 2, 0, &[head]);
        // Larger than a page: cover art is.
        file.extend(page(1, 0, 0, &[tags]));
        // What the encoder still holds of the last frame comes out with one more.
        let flushed = [samples, &vec![0; 960 * usize::from(channels)]].concat();
        let frames: Vec<_> = flushed.chunks(960 * usize::from(channels)).collect();
        let (mut number, mut at) = (2, 0);
        for frames in frames.chunks(40) {
            let mut packets = vec![];
            for frame in frames {
                let mut whole = frame.to_vec();
                whole.resize(960 * usize::from(channels), 0);
                let mut packet = [0; 4_000];
                let length = encoder.encode(&whole, &mut packet).unwrap();
                packets.push(packet[..length].to_vec());
                at += 960;
            }
            let end = (samples.len() / usize::from(channels)) as u64 + u64::from(pre_skip);
            file.extend(page(number, 0, at.min(end), &packets));
            number += 1;
        }
        file
    }

    pub(crate) fn page(number: u32, flags: u8, granule: u64, packets: &[Vec<u8>]) -> Vec<u8> {
        let mut lacing = vec![];
        for packet in packets {
            lacing.extend(std::iter::repeat_n(255, packet.len() / 255));
            lacing.push(u8::try_from(packet.len() % 255).unwrap());
        }
        let mut header = [0; HEADER];
        header[..6].copy_from_slice(&[b'O', b'g', b'g', b'S', 0, flags]);
        header[6..14].copy_from_slice(&granule.to_le_bytes());
        header[14..18].copy_from_slice(b"abcd");
        header[18..22].copy_from_slice(&number.to_le_bytes());
        header[26] = u8::try_from(lacing.len()).unwrap();
        let body = packets.concat();
        let sum = checksum(&header, &lacing, &body);
        header[22..26].copy_from_slice(&sum);
        [header.to_vec(), lacing, body].concat()
    }

    /// The check value of the polynomial 0x04C11DB7, begun at zero, unreflected and not inverted
    /// (RFC 3533 §6), over leading zeros, which change nothing, and the digits.
    #[test]
    fn the_checksum_is_the_one_of_the_specification() {
        let sum = checksum(&[0; HEADER], b"1234", b"56789");
        assert_eq!(sum, 0x89A1_897F_u32.to_le_bytes());
    }
}
