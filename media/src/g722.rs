//! G.722 at 64 kbit/s (ITU-T G.722, 1988): 16 kHz in two bands, each by adaptive differences.
//!
//! ```text
//!  16 kHz ▶ analysis QMF ┬ low  ▶ Band, 6 bits ┐            ┌ low  ▶ Band ┐ synthesis ▶ 16 kHz
//!                        └ high ▶ Band, 2 bits ┴▶ byte ▶────┴ high ▶ Band ┘ QMF
//!   8 kHz ──────────────── low, and nothing above           └ low ───────────────▶ 8 kHz
//! ```
//! The low band is a signal of 8 kHz by itself. Where the other side of a conversation is narrow
//! anyway, a stream is made of it and read from it without the filters. One byte is two samples of
//! 16 kHz, and RTP counts it as one of 8 kHz (RFC 3551 §4.5.2). Names of blocks are those of the
//! Recommendation's §6.2.

mod band;

use self::band::Band;

/// One direction of a stream, sending.
#[derive(Clone, Debug)]
pub struct Encoder {
    low: Band,
    high: Band,
    /// The latest 24 samples, for the filter.
    samples: [i32; TAPS],
}

/// One direction of a stream, receiving.
#[derive(Clone, Debug)]
pub struct Decoder {
    low: Band,
    high: Band,
    /// Sums and differences of the bands, for the filter.
    sums: [i32; TAPS],
}

impl Encoder {
    /// One that has sent nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self { low: Band::low(), high: Band::high(), samples: [0; TAPS] }
    }

    /// Appends the bytes of samples of 16 kHz; an odd one at the end is left out.
    pub fn encode_wide(&mut self, samples: &[i16], out: &mut Vec<u8>) {
        for pair in samples.chunks_exact(2) {
            self.samples.copy_within(2.., 0);
            self.samples[TAPS - 2] = pair[0].into();
            self.samples[TAPS - 1] = pair[1].into();
            let (odd, even) = filtered(&self.samples);
            // 12 bits for the gain of the filter, one for two of them, one for 15 bits of input.
            out.push(self.byte((even + odd) >> 14, (even - odd) >> 14));
        }
    }

    /// Appends the bytes of samples of 8 kHz: the low band, and silence above it.
    pub fn encode_narrow(&mut self, samples: &[i16], out: &mut Vec<u8>) {
        out.extend(samples.iter().map(|sample| self.byte(i32::from(*sample) >> 1, 0)));
    }

    fn byte(&mut self, low: i32, high: i32) -> u8 {
        let low = self.low.quantize_low(low);
        let high = self.high.quantize_high(high);
        high << 6 | low
    }
}

impl Default for Encoder {
    fn default() -> Self {
        Self::new()
    }
}

impl Decoder {
    /// One that has received nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self { low: Band::low(), high: Band::high(), sums: [0; TAPS] }
    }

    /// Appends the samples of 16 kHz, two for each byte.
    pub fn decode_wide(&mut self, bytes: &[u8], out: &mut Vec<i16>) {
        for byte in bytes {
            let low = self.low.reconstruct_low(byte & 0x3F);
            let high = self.high.reconstruct_high(byte >> 6);
            self.sums.copy_within(2.., 0);
            self.sums[TAPS - 2] = low + high;
            self.sums[TAPS - 1] = low - high;
            let (second, first) = filtered(&self.sums);
            out.extend([saturated(first >> 11), saturated(second >> 11)]);
        }
    }

    /// Appends the samples of the low band, one of 8 kHz for each byte.
    pub fn decode_narrow(&mut self, bytes: &[u8], out: &mut Vec<i16>) {
        let low = |byte: &u8| saturated(self.low.reconstruct_low(byte & 0x3F) << 1);
        out.extend(bytes.iter().map(low));
    }
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new()
    }
}

/// Both phases of the filter of 24 taps over what it remembers (§3.2, table 11).
fn filtered(memory: &[i32; TAPS]) -> (i32, i32) {
    let mut sums = (0, 0);
    for (pair, at) in memory.chunks_exact(2).zip(0..) {
        sums.0 += pair[0] * QMF[at];
        sums.1 += pair[1] * QMF[TAPS / 2 - 1 - at];
    }
    sums
}

#[expect(clippy::cast_possible_truncation, reason = "clamped before")]
fn saturated(value: i32) -> i16 {
    value.clamp(i16::MIN.into(), i16::MAX.into()) as i16
}

const TAPS: usize = 24;

/// Every second coefficient, twice what the table says; the others are the same from behind.
const QMF: [i32; TAPS / 2] = [3, -11, 12, 32, -210, 951, 3876, -805, 362, -156, 53, -11];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::tone;

    /// What `G722` 1.2.8 of the Python package index made of [`signal`], and of its own bytes.
    const ENCODED: &[u8] = include_bytes!("../tests/g722/encoded.g722");
    const DECODED: &[u8] = include_bytes!("../tests/g722/decoded.s16");

    /// Triangles of 302 Hz and 2.3 kHz with noise, louder and quieter again, and a burst of full
    /// scale: integers only, so that it is the same everywhere.
    fn signal(count: i32) -> Vec<i16> {
        let mut seed: i64 = 1;
        let triangle = |at: i32, period: i32, amp: i32| {
            ((at % period) * 4 * amp / period - 2 * amp).abs() - amp
        };
        let sample = |at: i32| {
            seed = (seed * 1_103_515_245 + 12_345) & 0x7FFF_FFFF;
            let noise = i32::try_from((seed >> 16) & 0x7FFF).unwrap() - 16_384;
            let sum = triangle(at, 53, 9_000) + triangle(at, 7, 3_000) + noise.div_euclid(8);
            let loud = if at < count / 2 { at } else { count - at };
            let sample = (sum * loud).div_euclid(count / 2);
            let burst = if at % 2 == 1 { i16::MAX } else { i16::MIN };
            if (3_000..3_040).contains(&at) { burst } else { i16::try_from(sample).unwrap() }
        };
        (0..count).map(sample).collect()
    }

    /// Every byte and every sample, against an implementation that is not ours.
    #[test]
    fn the_oracle_makes_the_same_bytes_and_the_same_samples() {
        let mut bytes = vec![];
        Encoder::new().encode_wide(&signal(4_000), &mut bytes);
        assert!(
            bytes == ENCODED,
            "first at {:?}",
            bytes.iter().zip(ENCODED).position(|(a, b)| a != b)
        );
        let mut samples = vec![];
        Decoder::new().decode_wide(ENCODED, &mut samples);
        let expected: Vec<_> =
            DECODED.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect();
        let apart = samples.iter().zip(&expected).position(|(ours, theirs)| ours != theirs);
        assert_eq!((apart, samples.len()), (None, expected.len()));
    }

    /// What is narrow stays what it is on its way through the low band, at its level.
    #[test]
    fn a_narrow_tone_comes_back_at_its_level() {
        for hz in [300.0, 1_000.0, 3_000.0] {
            let tone = tone::sine(hz, 0.3, 800);
            let (mut bytes, mut back) = (vec![], vec![]);
            Encoder::new().encode_narrow(&tone, &mut bytes);
            Decoder::new().decode_narrow(&bytes, &mut back);
            assert_eq!((bytes.len(), back.len()), (800, 800));
            let power =
                |samples: &[i16]| samples.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>();
            let level = 10.0 * (power(&back[80..]) / power(&tone[80..])).log10();
            assert!(tone::share(&back[80..], hz) > 0.99 && level.abs() < 0.2, "{hz}: {level} dB");
        }
    }

    /// A wide party hears a narrow one through its filters, and nothing that was not there.
    #[test]
    fn a_wide_telephone_hears_what_was_made_of_the_low_band() {
        let (mut bytes, mut wide) = (vec![], vec![]);
        Encoder::new().encode_narrow(&tone::sine(1_000.0, 0.3, 1_600), &mut bytes);
        Decoder::new().decode_wide(&bytes, &mut wide);
        // The tone of 1 kHz is one of 500 Hz to somebody who counts 16 kHz as 8.
        assert!(tone::share(&wide[160..], 500.0) > 0.98, "{}", tone::share(&wide[160..], 500.0));
    }

    proptest! {
        /// No bytes and no samples overflow anything, whatever came before.
        #[test]
        fn anything_is_decoded_and_encoded(
            bytes in prop::collection::vec(any::<u8>(), 0..400),
            samples in prop::collection::vec(any::<i16>(), 0..400),
        ) {
            let (mut decoded, mut encoded) = (vec![], vec![]);
            let mut decoder = Decoder::new();
            decoder.decode_wide(&bytes, &mut decoded);
            decoder.decode_narrow(&bytes, &mut decoded);
            let mut encoder = Encoder::new();
            encoder.encode_wide(&samples, &mut encoded);
            encoder.encode_narrow(&samples, &mut encoded);
            prop_assert_eq!(decoded.len(), 3 * bytes.len());
            prop_assert_eq!(encoded.len(), samples.len() / 2 + samples.len());
        }
    }
}
