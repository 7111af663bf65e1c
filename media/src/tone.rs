//! Tones: what makes them and what hears them. The detector is Goertzel's filter; tests and the
//! demo use it to prove that audio went through, never the signalling alone.

use std::f64::consts::TAU;

use self::cadence::{Sound, Step};
use crate::{country::Country, prompt::Signal};

mod cadence;

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

impl Tone {
    /// The signal as it sounds in that country (ITU-T E.180 supplement 2).
    #[must_use]
    pub fn signal(signal: Signal, country: Country) -> Self {
        Self { steps: cadence::of(signal, country), at: 0, made: 0 }
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
            *sample = linear(self.sounding().map_or(0.0, |sound| self.wave(sound)));
            self.at = if self.at + 1 == turn { 0 } else { self.at + 1 };
            self.made += 1;
        }
    }

    /// What sounds now.
    fn sounding(&self) -> Option<Sound> {
        let mut end = 0;
        let step = self.steps.iter().find(|(_, ms)| {
            end += samples(*ms);
            self.at < end
        });
        step.map(|(sound, _)| *sound)
    }

    /// Of two sines each has half of the level; one that is modulated has the power of a pure one.
    fn wave(&self, sound: Sound) -> f64 {
        let wave = |hz: u16| LEVEL * wave(hz.into(), self.made);
        match sound {
            Sound::Pause => 0.0,
            Sound::Pure(hz) => wave(hz),
            Sound::Sum(one, other) => f64::midpoint(wave(one), wave(other)),
            Sound::Modulated(hz, by) => {
                let swing = 1.0 + DEPTH * self::wave(by.into(), self.made);
                wave(hz) * swing / f64::sqrt(1.0 + DEPTH * DEPTH / 2.0)
            }
        }
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

/// How far a modulated tone swings; E.180 names none, and exchanges go nearly to silence.
const DEPTH: f64 = 0.9;

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

    /// What each country's exchanges send, as `frequencies:on-off-on-off` in Hz and ms: ringback,
    /// busy and congestion (ITU-T E.180 supplement 2).
    const NATIONAL: &[(Country, [&str; 3])] = &[
        (Country::At, ["420:1000-5000", "420:400-400", "420:200-200"]),
        (Country::Au, ["425x25:400-200-400-2000", "425:375-375", "425:375-375"]),
        (Country::Be, ["425:1000-3000", "425:500-500", "425:167-167"]),
        (Country::Br, ["425:1000-4000", "425:250-250", "425:250-250-750-250"]),
        (Country::Ch, ["425:1000-4000", "425:500-500", "425:200-200"]),
        (Country::Cn, ["450:1000-4000", "450:350-350", "450:700-700"]),
        (Country::De, ["425:1000-4000", "425:480-480", "425:240-240"]),
        (Country::Es, ["425:1500-3000", "425:200-200", "425:200-200-200-200-200-600"]),
        (Country::Fr, ["440:1500-3500", "440:500-500", "440:250-250"]),
        (Country::Gb, ["400+450:400-200-400-2000", "400:375-375", "400:400-350-225-525"]),
        (Country::In, ["400x25:400-200-400-2000", "400:750-750", "400:250-250"]),
        (Country::It, ["425:1000-4000", "425:500-500", "425:200-200"]),
        (Country::Jp, ["400x16:1000-2000", "400:500-500", "400:500-500"]),
        (Country::Mx, ["425:1000-4000", "425:250-250", "425:250-250"]),
        (Country::Nl, ["425:1000-4000", "425:500-500", "425:250-250"]),
        (Country::Nz, ["400+450:400-200-400-2000", "400:500-500", "400:250-250"]),
        (Country::Us, ["440+480:2000-4000", "480+620:500-500", "480+620:250-250"]),
        (Country::Other, ["425:1000-4000", "425:500-500", "425:250-250"]),
    ];

    /// The lengths of sound and silence by turns, in samples, of what is heard: zeroes within a
    /// tone are crossings, and 20 ms of them are a pause.
    fn lengths(heard: &[i16]) -> Vec<usize> {
        let mut ends = vec![];
        let mut sounds = true;
        for (at, window) in heard.windows(160).enumerate() {
            let silent = window.iter().all(|sample| sample.unsigned_abs() < 2);
            if sounds && silent {
                sounds = false;
                ends.push(at);
            } else if !sounds && !silent {
                sounds = true;
                ends.push(at + 159);
            }
        }
        ends.push(heard.len());
        let starts = std::iter::once(0).chain(ends.clone());
        starts.zip(&ends).map(|(start, end)| end - start).collect()
    }

    #[test]
    fn every_country_has_its_frequencies_and_its_cadence() {
        assert_eq!(NATIONAL.len(), Country::ALL.len());
        let signals = [Signal::Ringback, Signal::Busy, Signal::Congestion];
        for (country, expected) in NATIONAL {
            for (signal, expected) in signals.into_iter().zip(expected) {
                let what = format!("{signal:?} of {country:?}");
                let (frequencies, cadence) = expected.split_once(':').unwrap();
                let mut tone = Tone::signal(signal, *country);
                let mut heard = vec![0; tone.turn()];
                tone.fill(&mut heard);
                let lengths = lengths(&heard);
                let wanted: Vec<usize> =
                    cadence.split('-').map(|ms| ms.parse::<usize>().unwrap() * 8).collect();
                assert_eq!(lengths.len(), wanted.len(), "{what}: {lengths:?}");
                let apart = lengths.iter().zip(&wanted).map(|(a, b)| a.abs_diff(*b)).max();
                // A tone ends in a zero or two of its own.
                assert!(apart < Some(4), "{what}: {lengths:?} for {wanted:?}");
                let shares = |hz: f64| share(&heard[..wanted[0]], hz);
                match (frequencies.split_once('+'), frequencies.split_once('x')) {
                    (Some((one, other)), _) => {
                        for hz in [one, other] {
                            let share = shares(hz.parse().unwrap());
                            assert!((0.4..0.6).contains(&share), "{what}: {hz} Hz has {share}");
                        }
                    }
                    (_, Some((carrier, by))) => {
                        let (hz, by): (f64, f64) = (carrier.parse().unwrap(), by.parse().unwrap());
                        assert!((0.65..0.78).contains(&shares(hz)), "{what}: {}", shares(hz));
                        for side in [hz - by, hz + by] {
                            let share = shares(side);
                            assert!((0.1..0.2).contains(&share), "{what}: {side} Hz has {share}");
                        }
                    }
                    _ => assert!(shares(frequencies.parse().unwrap()) > 0.9, "{what}"),
                }
            }
        }
    }

    /// E.180 §4: -10 dBm0, give or take five; a sine of full scale is 3.1 dBm0 (G.711 §9).
    #[test]
    fn every_signal_is_as_loud_as_telephones_want_it() {
        for country in Country::ALL {
            for signal in [Signal::Ringback, Signal::Busy, Signal::Congestion, Signal::Beep] {
                let mut first = [0; 1_336];
                Tone::signal(signal, country).fill(&mut first);
                let energy: f64 = first.iter().map(|sample| f64::from(*sample).powi(2)).sum();
                let mean = energy / 1_336.0 / (32_767.0f64.powi(2) / 2.0);
                let level = 10.0 * mean.log10() + 3.1;
                assert!((-15.0..=-5.0).contains(&level), "{signal:?} {country:?}: {level} dBm0");
            }
        }
    }

    #[test]
    fn a_cadence_begins_anew_at_its_end() {
        let mut tone = Tone::signal(Signal::Ringback, Country::Us);
        assert_eq!(tone.turn(), 48_000);
        let mut turns = vec![0; 96_000];
        tone.fill(&mut turns);
        assert!(share(&turns[48_000..64_000], 440.0) > 0.4);
        assert!(turns[64_000..].iter().all(|sample| *sample == 0));
    }
}
