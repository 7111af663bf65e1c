//! From any rate to any other, by a windowed sinc: flat to 94 % of the lower rate's half less the
//! filter's slope, and 90 dB down where aliases would begin.

use std::f64::consts::PI;

/// The samples at another rate; of what is of that rate already, the very same.
pub(super) fn to_rate(samples: &[f32], from: u32, to: u32) -> Vec<f32> {
    if from == to {
        return samples.to_vec();
    }
    let filter = Filter::new(from, to);
    let (from, to) = (u64::from(from), u64::from(to));
    let count = samples.len() as u64 * to / from;
    // The place of a sample, in whole samples of the input and parts of one.
    let place = |at: u64| (at * from / to, at * from % to);
    (0..count).map(place).map(|(whole, part)| filter.at(samples, whole, part, to)).collect()
}

/// A low pass, tabulated at [`PHASES`] places between two samples of the input.
struct Filter {
    /// Rows of `2 * half` taps, one for each phase and one more for the whole sample.
    taps: Vec<f32>,
    half: usize,
}

impl Filter {
    fn new(from: u32, to: u32) -> Self {
        // As a share of the input's rate.
        let cutoff = CUTOFF * f64::from(from.min(to)) / 2.0 / f64::from(from);
        let half = half_width(cutoff);
        let mut taps = Vec::with_capacity((PHASES + 1) * half * 2);
        for phase in 0..=PHASES {
            let row: Vec<f64> = (0..half * 2).map(|tap| kernel(tap, phase, half, cutoff)).collect();
            // Every phase passes a constant unchanged: or the table itself could be heard.
            let sum: f64 = row.iter().sum();
            taps.extend(row.into_iter().map(|tap| narrow(tap / sum)));
        }
        Self { taps, half }
    }

    /// The signal `part / parts` of a sample behind sample `whole`.
    #[expect(clippy::cast_precision_loss, reason = "below the rate, which is far below 2^24")]
    fn at(&self, samples: &[f32], whole: u64, part: u64, parts: u64) -> f32 {
        let whole = usize::try_from(whole).unwrap_or(usize::MAX);
        let scaled = part * PHASES as u64;
        let row = usize::try_from(scaled / parts).unwrap_or(0);
        let near = self.sum(samples, whole, row);
        let rest = scaled % parts;
        if rest == 0 {
            return near;
        }
        let share = rest as f32 / parts as f32;
        near + (self.sum(samples, whole, row + 1) - near) * share
    }

    fn sum(&self, samples: &[f32], whole: usize, row: usize) -> f32 {
        let width = self.half * 2;
        let taps = &self.taps[row * width..(row + 1) * width];
        // Tap `half - 1` is that of sample `whole`.
        let first = (whole + 1).saturating_sub(self.half);
        let skipped = (self.half).saturating_sub(whole + 1);
        let end = samples.len().min(whole + 1 + self.half);
        let heard = samples.get(first..end).unwrap_or_default();
        heard.iter().zip(taps.iter().skip(skipped)).map(|(sample, tap)| sample * tap).sum()
    }
}

/// Places between two samples; what lies between two of them is drawn as a line, 95 dB true.
const PHASES: usize = 256;

/// Of the lower rate's half.
const CUTOFF: f64 = 0.9425;

/// Zero crossings of the sinc on either side.
const CROSSINGS: f64 = 48.0;

/// Kaiser's window for 90 dB.
const BETA: f64 = 8.96;

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "24 to some thousand")]
fn half_width(cutoff: f64) -> usize {
    (CROSSINGS / (2.0 * cutoff)).ceil() as usize
}

/// The windowed sinc at a tap of a phase.
#[expect(clippy::cast_precision_loss, reason = "at most some thousand taps")]
fn kernel(tap: usize, phase: usize, half: usize, cutoff: f64) -> f64 {
    let at = tap as f64 + 1.0 - half as f64 - phase as f64 / PHASES as f64;
    let edge = at / half as f64;
    if edge.abs() >= 1.0 {
        return 0.0;
    }
    let turn = PI * 2.0 * cutoff * at;
    let sinc = if turn.abs() < 1e-9 { 1.0 } else { turn.sin() / turn };
    sinc * bessel(BETA * (1.0 - edge * edge).sqrt()) / bessel(BETA)
}

/// The modified Bessel function of the first kind, of order zero.
fn bessel(x: f64) -> f64 {
    let (mut sum, mut term) = (1.0, 1.0);
    for k in 1..=BESSEL_TERMS {
        term *= (x / (2.0 * f64::from(k))).powi(2);
        sum += term;
    }
    sum
}

/// Enough for arguments up to [`BETA`]: the last is below 1e-15 of the sum.
const BESSEL_TERMS: u32 = 32;

#[expect(clippy::cast_possible_truncation, reason = "a factor of at most one")]
fn narrow(tap: f64) -> f32 {
    tap as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATES: [u32; 9] = [4_000, 6_000, 11_025, 16_000, 22_050, 24_000, 44_100, 48_000, 96_001];

    fn sine(hz: f64, rate: u32, ms: u32) -> Vec<f32> {
        let wave = |at: u32| (std::f64::consts::TAU * hz * f64::from(at) / f64::from(rate)).sin();
        (0..rate * ms / 1000).map(|at| narrow(0.5 * wave(at))).collect()
    }

    /// Amplitude of the middle, where the edges of the clip have no part.
    #[expect(clippy::cast_precision_loss, reason = "a count of samples in memory")]
    fn amplitude(samples: &[f32]) -> f64 {
        let middle = &samples[samples.len() / 4..samples.len() * 3 / 4];
        let power: f64 = middle.iter().map(|s| f64::from(*s).powi(2)).sum();
        (2.0 * power / middle.len() as f64).sqrt()
    }

    /// What remains when the sine that was put in is taken out, in dB below it.
    fn purity(hz: f64, rate: u32) -> f64 {
        let heard = to_rate(&sine(hz, rate, 400), rate, 8_000);
        let ideal = sine(hz, 8_000, 400);
        let middle = heard.len() / 4..heard.len() * 3 / 4;
        let rest: Vec<f32> =
            heard[middle.clone()].iter().zip(&ideal[middle]).map(|(a, b)| a - b).collect();
        20.0 * (amplitude(&rest).max(1e-9) / 0.5).log10()
    }

    #[test]
    fn speech_band_tones_come_through_unchanged_from_any_rate() {
        for rate in RATES {
            for hz in [300.0, 1_004.0, 1_700.0] {
                let rest = purity(hz, rate);
                assert!(rest < -75.0, "{hz} Hz from {rate}: {rest:.1} dB remain");
            }
        }
        for rate in RATES.into_iter().filter(|rate| *rate > 8_000) {
            assert!(
                purity(3_400.0, rate) < -60.0,
                "3,400 Hz from {rate}: {}",
                purity(3_400.0, rate)
            );
        }
    }

    /// Nothing above half our rate may come back as a tone that was never there.
    #[test]
    fn what_telephones_cannot_carry_leaves_no_alias() {
        for rate in RATES.into_iter().filter(|rate| *rate > 12_000) {
            for hz in [4_100.0, 5_000.0, 5_900.0] {
                let left = amplitude(&to_rate(&sine(hz, rate, 400), rate, 8_000));
                assert!(left < 0.5 * 1e-4, "{hz} Hz at {rate} leaves {left}");
            }
        }
    }

    #[test]
    fn the_length_is_that_of_the_file() {
        for rate in RATES {
            let count = to_rate(&sine(440.0, rate, 1_000), rate, 8_000).len();
            assert!((7_999..=8_000).contains(&count), "{count} from {rate}");
        }
        assert_eq!(to_rate(&[0.25, -1.0], 8_000, 8_000), [0.25, -1.0]);
        assert!(to_rate(&[], 48_000, 8_000).is_empty());
    }
}
