//! Tones: what makes them and what hears them. The detector is Goertzel's filter; tests and the
//! demo use it to prove that audio went through, never the signalling alone.

use std::f64::consts::TAU;

use crate::prompt::{Country, Signal};

/// Samples a second of everything that this crate plays and mixes.
pub const RATE: u32 = 8000;

/// A source of one or two sines with a cadence, without end.
#[derive(Clone, Debug)]
pub struct Tone {
    steps: &'static [Step],
    /// Position in the cadence, in samples.
    at: usize,
    /// How many samples of the cadence have been made, for the phase.
    made: u64,
}

/// One step of a cadence: frequencies in Hz (0 is none), and how long, in ms.
type Step = ([u16; 2], u16);

impl Tone {
    /// The signal as it sounds in that country (ITU-T E.180 supplement 2).
    #[must_use]
    pub fn signal(signal: Signal, country: Country) -> Self {
        Self { steps: cadence(signal, country), at: 0, made: 0 }
    }

    /// Samples of one turn of the cadence.
    #[must_use]
    pub fn turn(&self) -> usize {
        self.steps.iter().map(|(_, ms)| samples(*ms)).sum()
    }

    /// The next samples.
    pub fn fill(&mut self, out: &mut [i16]) {
        let turn = self.turn();
        for sample in out {
            *sample = self.frequencies().map_or(0, |frequencies| self.sum(frequencies));
            self.at = if self.at + 1 == turn { 0 } else { self.at + 1 };
            self.made += 1;
        }
    }

    /// What sounds now; `None` in a pause.
    fn frequencies(&self) -> Option<[u16; 2]> {
        let mut end = 0;
        let (frequencies, _) = self.steps.iter().find(|(_, ms)| {
            end += samples(*ms);
            self.at < end
        })?;
        (frequencies[0] > 0).then_some(*frequencies)
    }

    fn sum(&self, frequencies: [u16; 2]) -> i16 {
        let present = frequencies.iter().filter(|hz| **hz > 0);
        let count = f64::from(u8::try_from(present.clone().count()).unwrap_or(2));
        let sum: f64 = present.map(|hz| wave(f64::from(*hz), self.made)).sum();
        linear(sum * LEVEL / count)
    }
}

/// `count` samples of a sine; `amplitude` is 0.0 to 1.0 of full scale.
#[must_use]
pub fn sine(hz: f64, amplitude: f64, count: usize) -> Vec<i16> {
    (0..count as u64).map(|at| linear(amplitude * wave(hz, at))).collect()
}

/// The share of the samples' energy that lies at `hz`: 1.0 for a pure tone, near 0.0 for speech,
/// noise or silence. Wants 20 ms of samples at least.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "a count of samples in memory")]
pub fn share(samples: &[i16], hz: f64) -> f64 {
    let energy: f64 = samples.iter().map(|sample| f64::from(*sample).powi(2)).sum();
    if energy < 1.0 {
        return 0.0;
    }
    2.0 * power(samples, hz) / (energy * samples.len() as f64)
}

/// Whether a tone of `hz` is what one hears.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "a count of samples in memory")]
pub fn is_present(samples: &[i16], hz: f64) -> bool {
    let loud: f64 = samples.iter().map(|sample| f64::from(*sample).abs()).sum();
    loud > AUDIBLE * samples.len() as f64 && share(samples, hz) > 0.5
}

/// Goertzel: |DFT|² at one frequency.
pub(crate) fn power(samples: &[i16], hz: f64) -> f64 {
    let coefficient = 2.0 * (TAU * hz / f64::from(RATE)).cos();
    let (mut last, mut before) = (0.0, 0.0);
    for sample in samples {
        (last, before) = (f64::from(*sample) + coefficient * last - before, last);
    }
    last * last + before * before - coefficient * last * before
}

/// -18 dBFS: E.180 wants -10 ± 5 dBm0 in all.
const LEVEL: f64 = 0.18;

/// Mean amplitude below which nobody hears a thing.
const AUDIBLE: f64 = 50.0;

#[expect(clippy::cast_precision_loss, reason = "2^53 samples are 35,000 years")]
fn wave(hz: f64, at: u64) -> f64 {
    (TAU * (hz * at as f64 / f64::from(RATE)).fract()).sin()
}

#[expect(clippy::cast_possible_truncation, reason = "the cast saturates")]
fn linear(value: f64) -> i16 {
    (value * 32_767.0).round() as i16
}

fn samples(ms: u16) -> usize {
    usize::from(ms) * RATE as usize / 1000
}

fn cadence(signal: Signal, country: Country) -> &'static [Step] {
    use Country::{Au, De, Fr, Uk, Us};
    match (signal, country) {
        (Signal::Ringback, Us) => &[([440, 480], 2000), ([0, 0], 4000)],
        (Signal::Ringback, Uk) => &UK_RING,
        (Signal::Ringback, Au) => &AU_RING,
        (Signal::Ringback, De) => &[([425, 0], 1000), ([0, 0], 4000)],
        (Signal::Ringback, Fr) => &[([440, 0], 1500), ([0, 0], 3500)],
        (Signal::Busy, Us) => &[([480, 620], 500), ([0, 0], 500)],
        (Signal::Busy, Uk) => &[([400, 0], 375), ([0, 0], 375)],
        (Signal::Busy, De) => &[([425, 0], 480), ([0, 0], 480)],
        (Signal::Busy, Fr) => &[([440, 0], 500), ([0, 0], 500)],
        (Signal::Busy | Signal::Congestion, Au) => &[([425, 0], 375), ([0, 0], 375)],
        (Signal::Congestion, Us) => &[([480, 620], 250), ([0, 0], 250)],
        (Signal::Congestion, Uk) => &UK_CONGESTION,
        (Signal::Congestion, De) => &[([425, 0], 240), ([0, 0], 240)],
        (Signal::Congestion, Fr) => &[([440, 0], 250), ([0, 0], 250)],
        (Signal::Beep, _) => &[([1400, 0], 200), ([0, 0], 100)],
    }
}

static UK_RING: [Step; 4] = [([400, 450], 400), ([0, 0], 200), ([400, 450], 400), ([0, 0], 2000)];
static AU_RING: [Step; 4] = [([400, 425], 400), ([0, 0], 200), ([400, 425], 400), ([0, 0], 2000)];
static UK_CONGESTION: [Step; 4] = [([400, 0], 400), ([0, 0], 350), ([400, 0], 225), ([0, 0], 525)];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tone_is_heard_at_its_frequency_and_at_no_other() {
        let tone = sine(1004.0, 0.3, 800);
        assert!(share(&tone, 1004.0) > 0.95);
        assert!(share(&tone, 697.0) < 0.05);
        assert!(is_present(&tone, 1004.0) && !is_present(&tone, 1200.0));
    }

    #[test]
    fn silence_and_noise_hold_no_tone() {
        assert!(!is_present(&[0; 800], 440.0));
        let mut seed = 1u32;
        let noise: Vec<i16> = (0..800)
            .map(|_| {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let [high, low, ..] = seed.to_be_bytes();
                i16::from_be_bytes([high, low])
            })
            .collect();
        assert!(!is_present(&noise, 440.0));
    }

    /// E.180 supplement 2, United States: 440 + 480 Hz, two seconds of six.
    #[test]
    fn american_ringback_rings_two_seconds_of_six() {
        let mut tone = Tone::signal(Signal::Ringback, Country::Us);
        assert_eq!(tone.turn(), 48_000);
        let mut turns = vec![0; 96_000];
        tone.fill(&mut turns);
        for turn in turns.chunks(48_000) {
            assert!(share(&turn[..16_000], 440.0) > 0.4 && share(&turn[..16_000], 480.0) > 0.4);
            assert!(turn[16_000..].iter().all(|sample| *sample == 0));
        }
    }

    #[test]
    fn every_country_has_every_signal() {
        for country in [Country::Us, Country::Uk, Country::De, Country::Fr, Country::Au] {
            for signal in [Signal::Ringback, Signal::Busy, Signal::Congestion, Signal::Beep] {
                let mut tone = Tone::signal(signal, country);
                let mut turn = vec![0; tone.turn()];
                tone.fill(&mut turn);
                let loudest = turn.iter().map(|sample| sample.unsigned_abs()).max().unwrap();
                assert!((2_000..8_000).contains(&loudest), "{signal:?} {country:?}: {loudest}");
            }
        }
    }
}
