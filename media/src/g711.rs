//! G.711: both laws, decoded and encoded by tables that the compiler fills (ITU-T G.711 §2, and
//! the reference procedures of G.191 that the tests hold them to).
//!
//! Linear samples are 16 bit; µ-law carries 14 of them and A-law 13, from the top.

use serde::{Deserialize, Serialize};

/// One of the two laws.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Law {
    /// µ-law, as in North America and Japan.
    Mu,
    /// A-law, as elsewhere.
    A,
}

impl Law {
    /// One sample, as 16-bit linear.
    #[must_use]
    pub fn decode(self, sample: u8) -> i16 {
        match self {
            Self::Mu => ULAW_TO_LINEAR[usize::from(sample)],
            Self::A => ALAW_TO_LINEAR[usize::from(sample)],
        }
    }

    /// One 16-bit linear sample, as the nearest of the law below it (G.191 truncates).
    #[must_use]
    pub fn encode(self, sample: i16) -> u8 {
        match self {
            Self::Mu => LINEAR_TO_ULAW[usize::from(sample.cast_unsigned() >> 2)],
            Self::A => LINEAR_TO_ALAW[usize::from(sample.cast_unsigned() >> 3)],
        }
    }

    /// The sample that is silence.
    #[must_use]
    pub fn silence(self) -> u8 {
        self.encode(0)
    }

    /// The table that turns samples of `self` into samples of `other`; `None` when they are one.
    #[must_use]
    pub fn transcoding(self, other: Self) -> Option<&'static [u8; 256]> {
        match (self, other) {
            (Self::Mu, Self::A) => Some(&ULAW_TO_ALAW),
            (Self::A, Self::Mu) => Some(&ALAW_TO_ULAW),
            _ => None,
        }
    }
}

static ULAW_TO_LINEAR: [i16; 256] = {
    let mut table = [0; 256];
    let mut code: u16 = 0;
    while code < 256 {
        table[code as usize] = expand_ulaw(code.to_le_bytes()[0]);
        code += 1;
    }
    table
};

static ALAW_TO_LINEAR: [i16; 256] = {
    let mut table = [0; 256];
    let mut code: u16 = 0;
    while code < 256 {
        table[code as usize] = expand_alaw(code.to_le_bytes()[0]);
        code += 1;
    }
    table
};

/// By the top 14 bits, as an unsigned index.
static LINEAR_TO_ULAW: [u8; 1 << 14] = {
    let mut table = [0; 1 << 14];
    let mut top: u16 = 0;
    while top < 1 << 14 {
        table[top as usize] = compress_ulaw((top << 2).cast_signed());
        top += 1;
    }
    table
};

/// By the top 13 bits, as an unsigned index.
static LINEAR_TO_ALAW: [u8; 1 << 13] = {
    let mut table = [0; 1 << 13];
    let mut top: u16 = 0;
    while top < 1 << 13 {
        table[top as usize] = compress_alaw((top << 3).cast_signed());
        top += 1;
    }
    table
};

static ULAW_TO_ALAW: [u8; 256] = {
    let mut table = [0; 256];
    let mut code = 0;
    while code < 256 {
        table[code] = compress_alaw(ULAW_TO_LINEAR[code]);
        code += 1;
    }
    table
};

static ALAW_TO_ULAW: [u8; 256] = {
    let mut table = [0; 256];
    let mut code = 0;
    while code < 256 {
        table[code] = compress_ulaw(ALAW_TO_LINEAR[code]);
        code += 1;
    }
    table
};

/// Table 2a of G.711: eight chords of sixteen steps, the first step of 2 in 14 bits, each chord
/// twice as wide as the one before; all bits inverted on the line.
const fn expand_ulaw(code: u8) -> i16 {
    let bits = !code;
    let chord = (bits >> 4) & 7;
    let step = (bits & 15) as i16;
    let magnitude = (((step << 1) + 33) << chord) - 33;
    if bits & 0x80 == 0 { magnitude << 2 } else { -(magnitude << 2) }
}

#[expect(clippy::cast_possible_truncation, reason = "three and four bits")]
const fn compress_ulaw(sample: i16) -> u8 {
    // G.191 works on 14 bits and mirrors by one's complement.
    let negative = sample < 0;
    let magnitude = (if negative { !sample } else { sample }).cast_unsigned() >> 2;
    let biased = if magnitude + 33 > 0x1FFF { 0x1FFF } else { magnitude + 33 };
    let chord = biased.ilog2() - 5;
    let step = (biased >> (chord + 1)) & 15;
    let bits = ((chord as u8) << 4) | step as u8;
    if negative { !(bits | 0x80) } else { !bits }
}

/// Table 1a of G.711: the first two chords share a step size; every other bit inverted on the line.
const fn expand_alaw(code: u8) -> i16 {
    let bits = code ^ 0x55;
    let chord = (bits >> 4) & 7;
    let step = ((bits & 15) as i16) << 1;
    let magnitude = if chord == 0 { step + 1 } else { (step + 33) << (chord - 1) };
    if bits & 0x80 == 0 { -(magnitude << 3) } else { magnitude << 3 }
}

#[expect(clippy::cast_possible_truncation, reason = "three and four bits")]
const fn compress_alaw(sample: i16) -> u8 {
    let negative = sample < 0;
    let magnitude = (if negative { !sample } else { sample }).cast_unsigned() >> 4;
    let bits = if magnitude < 16 {
        magnitude as u8
    } else {
        let chord = magnitude.ilog2() - 3;
        let step = (magnitude >> (chord - 1)) & 15;
        ((chord as u8) << 4) | step as u8
    };
    (if negative { bits } else { bits | 0x80 }) ^ 0x55
}

#[cfg(test)]
mod tests {
    use super::*;

    /// G.191 `ulaw_compress`, bit by bit as the software tool library has it.
    fn g191_ulaw_compress(linear: i16) -> u8 {
        let magnitude = if linear < 0 { !linear >> 2 } else { linear >> 2 } + 33;
        let magnitude = magnitude.min(0x1FFF);
        let (mut rest, mut segment) = (magnitude >> 6, 1);
        while rest != 0 {
            segment += 1;
            rest >>= 1;
        }
        let high = 8 - segment;
        let low = 15 - ((magnitude >> segment) & 15);
        u8::try_from((high << 4) | low).unwrap() | if linear < 0 { 0 } else { 0x80 }
    }

    /// G.191 `alaw_compress`.
    fn g191_alaw_compress(linear: i16) -> u8 {
        let mut magnitude = if linear < 0 { !linear >> 4 } else { linear >> 4 };
        if magnitude > 15 {
            let mut exponent = 1;
            while magnitude > 31 {
                magnitude >>= 1;
                exponent += 1;
            }
            magnitude += (exponent << 4) - 16;
        }
        (u8::try_from(magnitude).unwrap() | if linear < 0 { 0 } else { 0x80 }) ^ 0x55
    }

    /// G.191 `ulaw_expand`.
    fn g191_ulaw_expand(code: u8) -> i16 {
        let exponent = i16::from(!code >> 4) & 7;
        let step = 4 << (exponent + 1);
        let magnitude = (0x80 << exponent) + step * i16::from(!code & 15) + step / 2 - 4 * 33;
        if code < 0x80 { -magnitude } else { magnitude }
    }

    /// G.191 `alaw_expand`.
    fn g191_alaw_expand(code: u8) -> i16 {
        let bits = (code ^ 0x55) & 0x7F;
        let exponent = bits >> 4;
        let mantissa = i16::from(bits & 15) + if exponent > 0 { 16 } else { 0 };
        let magnitude = ((mantissa << 4) + 8) << exponent.saturating_sub(1);
        if code > 127 { magnitude } else { -magnitude }
    }

    /// ITU-T G.191 §10: every one of the 65,536 samples.
    #[test]
    fn every_sample_is_encoded_as_g191_does() {
        for linear in i16::MIN..=i16::MAX {
            assert_eq!(Law::Mu.encode(linear), g191_ulaw_compress(linear), "µ {linear}");
            assert_eq!(Law::A.encode(linear), g191_alaw_compress(linear), "A {linear}");
        }
    }

    #[test]
    fn every_code_is_decoded_as_g191_does() {
        for code in 0..=255 {
            assert_eq!(Law::Mu.decode(code), g191_ulaw_expand(code), "µ {code:#x}");
            assert_eq!(Law::A.decode(code), g191_alaw_expand(code), "A {code:#x}");
        }
    }

    /// µ-law has two zeros; the negative one comes back as the positive.
    #[test]
    fn what_was_decoded_is_encoded_to_the_same_code() {
        for code in 0..=255u8 {
            assert_eq!(Law::A.encode(Law::A.decode(code)), code);
            let ulaw = if code == 0x7F { 0xFF } else { code };
            assert_eq!(Law::Mu.encode(Law::Mu.decode(code)), ulaw);
        }
    }

    /// G.711 §5, tables 5 and 6: these eight codes are a sine of 1 kHz at 0 dBm0 in either law.
    #[test]
    fn the_digital_milliwatt_is_the_same_in_both_laws() {
        let ulaw = [0x1E, 0x0B, 0x0B, 0x1E, 0x9E, 0x8B, 0x8B, 0x9E].map(|c| Law::Mu.decode(c));
        let alaw = [0x34, 0x21, 0x21, 0x34, 0xB4, 0xA1, 0xA1, 0xB4].map(|c| Law::A.decode(c));
        // §5: overload is 3.17 dBm0 in µ-law (8159 of 14 bits), 3.14 in A-law (4096 of 13).
        for (wave, overload, dbm0_percent) in [(ulaw, 8159 * 4, 317), (alaw, 4096 * 8, 314)] {
            let power = wave.iter().map(|&s| f64::from(s).powi(2)).sum::<f64>() / 8.0;
            let peak = (2.0 * power).sqrt();
            let below = 20.0 * (f64::from(overload) / peak).log10();
            assert!((100.0 * below - f64::from(dbm0_percent)).abs() < 1.0, "{below}");
            assert!((0..4).all(|at| wave[at] == -wave[at + 4]));
        }
    }

    #[test]
    fn silence_is_the_code_that_every_phone_sends() {
        assert_eq!((Law::Mu.silence(), Law::A.silence()), (0xFF, 0xD5));
    }

    /// A sample that crosses between the laws twice moves by less than a step.
    #[test]
    fn transcoding_there_and_back_keeps_the_sample_within_a_step() {
        let there = Law::Mu.transcoding(Law::A).unwrap();
        let back = Law::A.transcoding(Law::Mu).unwrap();
        for code in 0..=255u8 {
            let before = i32::from(Law::Mu.decode(code));
            let after = i32::from(Law::Mu.decode(back[usize::from(there[usize::from(code)])]));
            assert!((before - after).abs() <= 16 + before.abs() / 16, "{before} became {after}");
        }
        assert!(Law::A.transcoding(Law::A).is_none());
    }
}
