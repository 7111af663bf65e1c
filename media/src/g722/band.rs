//! One band of G.722: a quantizer whose step adapts, around a predictor of two poles and six zeros
//! (ITU-T G.722 §3.3–3.6, blocks 1 to 4 of §6.2).
//!
//! Encoder and decoder run the same predictor on the same codes, so that they stay in step; the low
//! band's does so on four of its six bits. All numbers are the fixed-point ones of the
//! Recommendation.

/// What a band remembers.
#[derive(Clone, Debug)]
pub(super) struct Band {
    /// The prediction, and the part of it that the zeros make.
    predicted: i32,
    predicted_by_zeros: i32,
    /// Logarithm of the quantizer's step, and the step.
    scale: i32,
    step: i32,
    /// Reconstructed signal: the two latest samples.
    signal: [i32; 2],
    /// Partially reconstructed: the two latest.
    partial: [i32; 2],
    poles: [i32; 2],
    /// Quantized differences: the six latest.
    differences: [i32; ZEROS],
    zeros: [i32; ZEROS],
}

impl Band {
    pub(super) fn low() -> Self {
        Self::with_step(32)
    }

    pub(super) fn high() -> Self {
        Self::with_step(8)
    }

    fn with_step(step: i32) -> Self {
        Self {
            predicted: 0,
            predicted_by_zeros: 0,
            scale: 0,
            step,
            signal: [0; 2],
            partial: [0; 2],
            poles: [0; 2],
            differences: [0; ZEROS],
            zeros: [0; ZEROS],
        }
    }

    /// The six bits of a sample of the low band.
    pub(super) fn quantize_low(&mut self, sample: i32) -> u8 {
        let difference = saturated(sample - self.predicted);
        let magnitude = if difference < 0 { -(difference + 1) } else { difference };
        let above = LEVELS_LOW.iter().take_while(|level| magnitude >= (*level * self.step) >> 12);
        // From the greatest code of its sign downwards; level 0 is beneath every magnitude.
        let level = u8::try_from(above.count()).unwrap_or_default();
        let code = match (difference < 0, level) {
            (true, 1 | 2) => 64 - level,
            (true, _) => 34 - level,
            (false, _) => 62 - level,
        };
        self.adapt_low(code >> 2);
        code
    }

    /// The two bits of a sample of the high band.
    pub(super) fn quantize_high(&mut self, sample: i32) -> u8 {
        let difference = saturated(sample - self.predicted);
        let magnitude = if difference < 0 { -(difference + 1) } else { difference };
        let is_far = magnitude >= (LEVEL_HIGH * self.step) >> 12;
        let code = match (difference < 0, is_far) {
            (true, false) => 1,
            (true, true) => 0,
            (false, false) => 3,
            (false, true) => 2,
        };
        self.adapt_high(code);
        code
    }

    /// The sample that six bits stand for.
    pub(super) fn reconstruct_low(&mut self, code: u8) -> i32 {
        let difference = (self.step * INVERSE_6[usize::from(code & 0x3F)]) >> 15;
        let sample = (self.predicted + difference).clamp(-16_384, 16_383);
        self.adapt_low(code >> 2);
        sample
    }

    /// The sample that two bits stand for.
    pub(super) fn reconstruct_high(&mut self, code: u8) -> i32 {
        let difference = (self.step * INVERSE_2[usize::from(code & 3)]) >> 15;
        let sample = (self.predicted + difference).clamp(-16_384, 16_383);
        self.adapt_high(code);
        sample
    }

    /// Blocks 2L and 3L, by the upper four bits.
    fn adapt_low(&mut self, code: u8) {
        let code = usize::from(code & 15);
        let difference = (self.step * INVERSE_4[code]) >> 15;
        let scale = ((self.scale * 127) >> 7) + WEIGHT_LOW[CLASS_LOW[code]];
        self.set_scale(scale.clamp(0, 18_432), 8);
        self.predict(difference);
    }

    /// Blocks 2H and 3H.
    fn adapt_high(&mut self, code: u8) {
        let code = usize::from(code & 3);
        let difference = (self.step * INVERSE_2[code]) >> 15;
        let scale = ((self.scale * 127) >> 7) + WEIGHT_HIGH[code];
        self.set_scale(scale.clamp(0, 22_528), 10);
        self.predict(difference);
    }

    /// SCALEL, SCALEH: the step is the antilogarithm.
    fn set_scale(&mut self, scale: i32, exponent: i32) {
        self.scale = scale;
        let mantissa = MANTISSA[usize::try_from((scale >> 6) & 31).unwrap_or_default()];
        let shift = exponent - (scale >> 11);
        let step = if shift < 0 { mantissa << -shift } else { mantissa >> shift };
        self.step = step << 2;
    }

    /// Block 4: takes in a difference, adapts poles and zeros, and predicts the next sample.
    fn predict(&mut self, difference: i32) {
        let signal = saturated(self.predicted + difference);
        let partial = saturated(self.predicted_by_zeros + difference);
        self.adapt_poles(partial);
        self.adapt_zeros(difference);
        self.differences.copy_within(..ZEROS - 1, 1);
        self.differences[0] = difference;
        self.signal = [signal, self.signal[0]];
        self.partial = [partial, self.partial[0]];
        // FILTEP, FILTEZ, PREDIC
        let tap = |coefficient: i32, value: i32| (coefficient * saturated(value + value)) >> 15;
        let by_poles = saturated(tap(self.poles[0], signal) + tap(self.poles[1], self.signal[1]));
        let by_zeros = self.zeros.iter().zip(&self.differences).map(|(b, d)| tap(*b, *d)).sum();
        self.predicted_by_zeros = saturated(by_zeros);
        self.predicted = saturated(by_poles + self.predicted_by_zeros);
    }

    /// UPPOL2, UPPOL1: towards the signs of what was reconstructed, within the circle of
    /// stability.
    fn adapt_poles(&mut self, partial: i32) {
        let is_same = self.partial.map(|before| (before < 0) == (partial < 0));
        let pull = saturated(self.poles[0] << 2);
        let pull = if is_same[0] { (-pull).min(i16::MAX.into()) } else { pull };
        let push = if is_same[1] { 128 } else { -128 };
        let second = (pull >> 7) + push + ((self.poles[1] * 32_512) >> 15);
        let second = second.clamp(-12_288, 12_288);
        let push = if is_same[0] { 192 } else { -192 };
        let first = saturated(push + ((self.poles[0] * 32_640) >> 15));
        let bound = saturated(15_360 - second);
        self.poles = [first.clamp(-bound, bound), second];
    }

    /// UPZERO.
    fn adapt_zeros(&mut self, difference: i32) {
        let gain = if difference == 0 { 0 } else { 128 };
        for (zero, before) in self.zeros.iter_mut().zip(&self.differences) {
            let push = if (*before < 0) == (difference < 0) { gain } else { -gain };
            *zero = saturated(push + ((*zero * 32_640) >> 15));
        }
    }
}

/// To 16 bits.
fn saturated(value: i32) -> i32 {
    value.clamp(i16::MIN.into(), i16::MAX.into())
}

const ZEROS: usize = 6;

/// Decision levels of the low band (table 16); the first is beneath every magnitude.
const LEVELS_LOW: [i32; 30] = [
    0, 35, 72, 110, 150, 190, 233, 276, 323, 370, 422, 473, 530, 587, 650, 714, 786, 858, 940,
    1_023, 1_121, 1_219, 1_339, 1_458, 1_612, 1_765, 1_980, 2_195, 2_557, 2_919,
];

/// That of the high band (table 17).
const LEVEL_HIGH: i32 = 564;

/// Values of six bits (table 20).
const INVERSE_6: [i32; 64] = [
    -136, -136, -136, -136, -24_808, -21_904, -19_008, -16_704, -14_984, -13_512, -12_280, -11_192,
    -10_232, -9_360, -8_576, -7_856, -7_192, -6_576, -6_000, -5_456, -4_944, -4_464, -4_008,
    -3_576, -3_168, -2_776, -2_400, -2_032, -1_688, -1_360, -1_040, -728, 24_808, 21_904, 19_008,
    16_704, 14_984, 13_512, 12_280, 11_192, 10_232, 9_360, 8_576, 7_856, 7_192, 6_576, 6_000,
    5_456, 4_944, 4_464, 4_008, 3_576, 3_168, 2_776, 2_400, 2_032, 1_688, 1_360, 1_040, 728, 432,
    136, -432, -136,
];

/// Of four (table 18).
const INVERSE_4: [i32; 16] = [
    0, -20_456, -12_896, -8_968, -6_288, -4_240, -2_584, -1_200, 20_456, 12_896, 8_968, 6_288,
    4_240, 2_584, 1_200, 0,
];

/// Of two (table 19).
const INVERSE_2: [i32; 4] = [-7_408, -1_616, 7_408, 1_616];

/// How much a code widens or narrows the step (tables 13 to 15).
const CLASS_LOW: [usize; 16] = [0, 7, 6, 5, 4, 3, 2, 1, 7, 6, 5, 4, 3, 2, 1, 0];
const WEIGHT_LOW: [i32; 8] = [-60, -30, 58, 172, 334, 538, 1_198, 3_042];
const WEIGHT_HIGH: [i32; 4] = [798, -214, 798, -214];

/// Antilogarithms (table 12).
const MANTISSA: [i32; 32] = [
    2_048, 2_093, 2_139, 2_186, 2_233, 2_282, 2_332, 2_383, 2_435, 2_489, 2_543, 2_599, 2_656,
    2_714, 2_774, 2_834, 2_896, 2_960, 3_025, 3_091, 3_158, 3_228, 3_298, 3_371, 3_444, 3_520,
    3_597, 3_676, 3_756, 3_838, 3_922, 4_008,
];
