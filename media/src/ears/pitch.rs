//! Whether 20 ms are one pure tone, and which: Goertzel's filter over all that machines beep at.
//!
//! A coarse walk finds the strongest of some fifty frequencies, four halvings find its peak to
//! 3 Hz. Every frame has such a peak; only a tone has most of its energy there.

use crate::tone::{power, share};

/// The frequency in Hz of a frame that is a tone.
pub(super) fn of(frame: &[i16]) -> Option<f64> {
    let energy: f64 = frame.iter().map(|sample| f64::from(*sample).powi(2)).sum();
    if energy < AUDIBLE * f64::from(u32::try_from(frame.len()).ok()?) {
        return None;
    }
    let strongest = |ladder: &[f64]| {
        let powers = ladder.iter().map(|hz| (*hz, power(frame, *hz)));
        powers.max_by(|one, other| one.1.total_cmp(&other.1)).map_or(0.0, |(hz, _)| hz)
    };
    let ladder: Vec<f64> = (0..STEPS).map(|n| LOWEST + STEP * f64::from(n)).collect();
    let mut hz = strongest(&ladder);
    let mut step = STEP / 2.0;
    while step > STEP / 20.0 {
        hz = strongest(&[hz - step, hz, hz + step]);
        step /= 2.0;
    }
    (share(frame, hz) > PURE).then_some(hz)
}

/// Below, the hum of the mains and the pitch of voices; above, no machine beeps.
const LOWEST: f64 = 350.0;
const STEP: f64 = 40.0;

/// Up to 2,390 Hz.
const STEPS: u32 = 52;

/// -42 dBFS, as the mean square of a sample.
const AUDIBLE: f64 = 260.0 * 260.0 / 2.0;

/// Of the energy: 6 dB over the noise at the least.
const PURE: f64 = 0.8;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        ears::tests::{noise, vowel},
        g711::Law,
        tone::sine,
    };

    /// From the lowest to the highest, through G.711, with noise 12 dB below: within 10 Hz.
    #[test]
    fn a_tone_is_heard_at_its_frequency() {
        for step in 0..38 {
            let hz = 400.0 + 50.0 * f64::from(step);
            for amplitude in [0.05, 0.2, 0.6] {
                let level = 20.0 * (amplitude / 2.0_f64.sqrt()).log10() - 12.0;
                let hiss = noise(20, level);
                let tone: Vec<_> = sine(hz, amplitude, 160)
                    .iter()
                    .zip(&hiss)
                    .map(|(tone, hiss)| Law::A.decode(Law::A.encode(tone + hiss)))
                    .collect();
                let heard = of(&tone).unwrap_or_default();
                assert!((heard - hz).abs() < 10.0, "{hz} at {amplitude}: {heard}");
            }
        }
    }

    #[test]
    fn voices_noise_and_pairs_of_tones_are_none() {
        assert!(vowel(400).chunks_exact(160).all(|frame| of(frame).is_none()));
        assert!(noise(400, -20.0).chunks_exact(160).all(|frame| of(frame).is_none()));
        let pair: Vec<_> =
            sine(440.0, 0.2, 160).iter().zip(sine(480.0, 0.2, 160)).map(|(a, b)| a + b).collect();
        let keys: Vec<_> =
            sine(697.0, 0.2, 160).iter().zip(sine(1_209.0, 0.2, 160)).map(|(a, b)| a + b).collect();
        assert_eq!((of(&keys), of(&[0; 160])), (None, None));
        // 40 Hz apart are one tone to a frame of 20 ms; their beat, 25 ms long, tells over time.
        assert!(of(&pair).is_none_or(|hz| (hz - 460.0).abs() < 40.0));
    }
}
