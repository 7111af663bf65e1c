//! Opus as a telephone line uses it (RFC 6716, RFC 7587): mono, 8 kHz on our side, speech.
//!
//! ```text
//!  packet n−1 lost, n came ─▶ what n says of n−1 (in-band FEC) ─▶ what n says of itself
//!  packet n−1 came after n ─▶ nothing: its place is taken
//!  nobody speaks for 200 ms ─▶ packets cease, but for one in 400 ms (DTX, RFC 7587 §3.1.3)
//! ```
//! The RTP clock runs at 48 kHz whatever is coded. A decoder has memory and wants packets in order:
//! one that comes late was filled in by the packet before it.

use std::fmt;

use ropus::{Application, Bitrate, Channels, DecodeMode, InbandFec, Signal};

use crate::tone::RATE;

/// Of one party, receiving.
pub(crate) struct Decoder {
    inner: Option<ropus::Decoder>,
    /// Of the newest packet.
    index: Option<u64>,
}

/// Towards one party, sending.
pub(crate) struct Encoder {
    inner: Option<ropus::Encoder>,
    /// Whether it may cease while nobody speaks.
    ceases: bool,
}

/// What a packet says of its party's voice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Speech {
    /// The party may speak.
    Possible,
    /// Its encoder heard nobody: packets that cease after this one are rest, and no loss.
    Nobody,
    /// Packets cease with it.
    Ceases,
}

impl Decoder {
    pub(crate) fn new() -> Self {
        // It refuses rates and channels that Opus does not have.
        Self { inner: ropus::Decoder::new(RATE, Channels::Mono).ok(), index: None }
    }

    /// Appends what a packet holds, and before it what it knows of one that was lost; how many
    /// samples those are.
    pub(crate) fn decode(&mut self, index: u64, payload: &[u8], out: &mut Vec<i16>) -> usize {
        let Some(decoder) = &mut self.inner else { return 0 };
        let before = self.index.filter(|before| *before < index + BACK_MAX);
        if before.is_some_and(|before| index <= before) {
            return 0;
        }
        self.index = Some(index);
        let mut samples = [0; SAMPLES_MAX];
        let mut filled = 0;
        if before.is_some_and(|before| index == before + 2) {
            let length = (duration(payload) / CLOCKS).min(SAMPLES_MAX);
            if let Some(lost) = samples.get_mut(..length).filter(|lost| !lost.is_empty()) {
                filled = decoder.decode(payload, lost, DecodeMode::Fec).unwrap_or(0);
                out.extend_from_slice(&samples[..filled.min(SAMPLES_MAX)]);
            }
        }
        // What cannot be decoded is a packet that was lost.
        let count = decoder.decode(payload, &mut samples, DecodeMode::Normal).unwrap_or(0);
        out.extend_from_slice(&samples[..count.min(SAMPLES_MAX)]);
        filled
    }
}

impl Encoder {
    pub(crate) fn new() -> Self {
        let encoder = ropus::Encoder::builder(RATE, Channels::Mono, Application::Voip)
            .bitrate(Bitrate::Bits(BITRATE))
            .complexity(COMPLEXITY)
            .signal(Signal::Voice)
            .inband_fec(InbandFec::Enabled)
            .packet_loss_perc(LOSS_EXPECTED);
        Self { inner: encoder.build().ok(), ceases: false }
    }

    /// Whether packets that say nothing but [`Speech::Ceases`] are made from now on.
    pub(crate) fn cease(&mut self, ceases: bool) {
        if std::mem::replace(&mut self.ceases, ceases) != ceases
            && let Some(encoder) = &mut self.inner
        {
            // It takes any bool, and goes on as it was if it did not.
            let _ = encoder.set_dtx(ceases);
        }
    }

    /// Appends the payload of a frame of 10 or 20 ms.
    pub(crate) fn encode(&mut self, frame: &[i16], out: &mut Vec<u8>) {
        let mut payload = [0; PAYLOAD_MAX];
        if let Some(encoder) = &mut self.inner
            && let Ok(length) = encoder.encode(frame, &mut payload)
        {
            out.extend_from_slice(&payload[..length.min(PAYLOAD_MAX)]);
        }
    }
}

impl fmt::Debug for Decoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decoder").field("index", &self.index).finish_non_exhaustive()
    }
}

impl fmt::Debug for Encoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Encoder").finish_non_exhaustive()
    }
}

/// How long a packet lasts, in samples of 48 kHz, by its first two bytes (RFC 6716 §3.1, §3.2); 0
/// if it is none.
pub(crate) fn duration(payload: &[u8]) -> usize {
    let Some(&toc) = payload.first() else { return 0 };
    let frame = match toc >> 3 {
        config @ 0..=11 => [480, 960, 1_920, 2_880][usize::from(config & 3)],
        config @ 12..=15 => [480, 960][usize::from(config & 1)],
        config => [120, 240, 480, 960][usize::from(config & 3)],
    };
    let frames = match toc & 3 {
        0 => 1,
        1 | 2 => 2,
        _ => usize::from(payload.get(1).copied().unwrap_or(0) & 0x3F),
    };
    let whole = frame * frames;
    if whole <= 5_760 { whole } else { 0 }
}

/// What a packet says of the voice (RFC 6716 §4.2.3: a bit for each frame of 20 ms comes before
/// all else in SILK). Of CELT, and of several frames in a packet, nothing is known.
pub(crate) fn speech(payload: &[u8]) -> Speech {
    let (&[toc, first, _, ..], frames) = (payload, [1u32, 1, 2, 3]) else {
        // A frame without a byte (§3.2.1): nothing was coded.
        return if payload.is_empty() { Speech::Possible } else { Speech::Ceases };
    };
    let frames = match toc >> 3 {
        config @ 0..=11 => frames[usize::from(config & 3)],
        12..=15 => 1,
        _ => return Speech::Possible,
    };
    let is_quiet = toc.trailing_zeros() >= 2 && first >> (8 - frames) == 0;
    if is_quiet { Speech::Nobody } else { Speech::Possible }
}

/// Samples of 48 kHz to one of ours.
pub(crate) const CLOCKS: usize = 6;

/// 120 ms, the longest packet there is (RFC 6716 §2.1.4).
const SAMPLES_MAX: usize = 960;

/// Of one frame (RFC 6716 §3.2.1).
const PAYLOAD_MAX: usize = 1_275;

/// An index that fell further back is one that began anew.
const BACK_MAX: u64 = 1_000;

/// Speech of 4 kHz with its error correction needs no more.
const BITRATE: u32 = 24_000;

/// Of 10: what comes above it is not heard on a telephone, and costs twice the time.
const COMPLEXITY: u8 = 5;

/// In percent: makes the encoder spend bits on error correction.
const LOSS_EXPECTED: u8 = 10;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::tone;

    fn packets(samples: &[i16]) -> Vec<Vec<u8>> {
        let mut encoder = Encoder::new();
        let packet = |frame: &[i16]| {
            let mut payload = vec![];
            encoder.encode(frame, &mut payload);
            payload
        };
        samples.chunks_exact(160).map(packet).collect()
    }

    #[test]
    fn a_tone_comes_through_at_its_frequency() {
        let packets = packets(&tone::sine(600.0, 0.3, 8_000));
        let (mut decoder, mut heard) = (Decoder::new(), vec![]);
        for (index, packet) in (0..).zip(&packets) {
            assert_eq!((decoder.decode(index, packet, &mut heard), duration(packet)), (0, 960));
        }
        assert_eq!(heard.len(), 8_000);
        assert!(tone::share(&heard[1_600..], 600.0) > 0.9);
    }

    /// RFC 6716 §2.1.7: what the next packet says of the lost one stands in its place, and the lost
    /// one is nobody's when it comes after all.
    #[test]
    fn a_lost_packet_is_made_of_the_next_one() {
        let packets = packets(&tone::sine(600.0, 0.3, 8_000));
        let (mut decoder, mut heard) = (Decoder::new(), vec![]);
        for (index, packet) in (0..).zip(&packets).filter(|(index, _)| index % 8 != 5) {
            let filled = decoder.decode(index, packet, &mut heard);
            assert_eq!(filled, if index % 8 == 6 { 160 } else { 0 });
            if index == 6 {
                assert_eq!(decoder.decode(5, &packets[5], &mut heard), 0);
            }
        }
        assert_eq!(heard.len(), 8_000);
        assert!(tone::share(&heard[1_600..], 600.0) > 0.85, "{}", tone::share(&heard, 600.0));
    }

    /// RFC 6716 §3.1, table 2, and §3.2.5.
    #[test]
    fn the_first_bytes_say_how_long_a_packet_lasts() {
        let known: [(&[u8], usize); 7] = [
            (&[0x00], 480),
            (&[0x18], 2_880),
            (&[0x68], 960),
            (&[0xF9], 1_920),
            (&[0x83, 3], 360),
            (&[0x1B, 48], 0),
            (&[], 0),
        ];
        for (payload, expected) in known {
            assert_eq!(duration(payload), expected, "{payload:?}");
        }
    }

    /// RFC 6716 §4.2.3 and §3.2.1; the encoder ceases after 200 ms without a voice, and says a
    /// frame of its noise in 400 ms.
    #[test]
    fn a_packet_says_whether_anybody_speaks() {
        let mut encoder = Encoder::new();
        encoder.cease(true);
        let mut said = vec![];
        for at in 0..100u8 {
            // Noise of a room, and then of nothing at all.
            let low = i16::from(at < 50) * 20;
            let frame: Vec<_> = (0..160i16).map(|n| (n * 71 % 97 - 48) * low / 10).collect();
            let mut payload = vec![];
            encoder.encode(&frame, &mut payload);
            said.push((speech(&payload), payload.len()));
        }
        let ceased = said.iter().filter(|(speech, _)| *speech == Speech::Ceases).count();
        assert!(ceased >= 60, "{said:?}");
        let gaps = said[15..].split(|(speech, _)| *speech != Speech::Ceases);
        assert!(gaps.map(<[_]>::len).max() <= Some(20), "a refresh in 400 ms: {said:?}");
        let (mut decoder, mut heard) = (Decoder::new(), vec![]);
        assert_eq!((decoder.decode(0, &[0x08], &mut heard), heard.len()), (0, 160));
        for (payload, expected) in [
            (&[0x08, 0x80, 0, 0][..], Speech::Possible),
            (&[0x08, 0x40, 0, 0], Speech::Nobody),
            (&[0x10, 0x40, 0, 0], Speech::Possible),
            (&[0x10, 0x20, 0, 0], Speech::Nobody),
            (&[0x78, 0x40, 0, 0], Speech::Nobody),
            (&[0x80, 0, 0, 0], Speech::Possible),
            (&[0x09, 0, 0, 0], Speech::Possible),
            (&[0x80], Speech::Ceases),
            (&[], Speech::Possible),
        ] {
            assert_eq!(speech(payload), expected, "{payload:?}");
        }
    }

    proptest! {
        /// Nothing from a network panics, and no packet is longer than 240 ms with what it repairs.
        #[test]
        fn any_bytes_are_decoded_without_harm(
            payloads in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..80), 1..12),
            step in 1u64..3,
        ) {
            let (mut decoder, mut out) = (Decoder::new(), vec![]);
            for (at, payload) in (0..).zip(&payloads) {
                decoder.decode(at * step, payload, &mut out);
                prop_assert!(out.len() <= 2 * SAMPLES_MAX);
                out.clear();
            }
        }
    }
}
