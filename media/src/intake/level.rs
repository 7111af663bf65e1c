//! How loud a clip is, said to whoever brought it and never changed behind their back.
//!
//! The loudness is the mean power of what sounds: blocks of 400 ms that overlap by three quarters,
//! gated twice as ITU-R BS.1770-4 gates them, at -70 dB and then 10 dB below the mean. It has no
//! K-weighting, whose shelf lies above the telephone's band.

use crate::tone::RATE;

/// Decibels below full scale, and what was cut off at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level {
    /// Of what sounds, as RMS; a sine at full scale has -3.
    pub loudness_db: i16,
    /// Of the loudest sample.
    pub peak_db: i16,
    /// Samples of the file, three in a row or more, that stand at full scale: it was clipped before
    /// it came here.
    pub clipped: u32,
}

impl Level {
    /// Measures what was in the file, and what is played of it.
    pub(super) fn of(file: &[f32], played: &[i16]) -> Self {
        let peak = played.iter().map(|sample| sample.unsigned_abs()).max().unwrap_or(0);
        let peak_db = decibels((f64::from(peak) / 32_768.0).powi(2));
        Self { loudness_db: loudness(played), peak_db, clipped: clipped(file) }
    }
}

/// Below this peak a clip is silence, in dB.
pub(super) const SILENT_DB: i16 = -60;

/// What has no power at all, in dB.
const FLOOR_DB: i16 = -96;

fn loudness(samples: &[i16]) -> i16 {
    let blocks: Vec<f64> = if samples.len() < BLOCK {
        vec![power(samples)]
    } else {
        samples.windows(BLOCK).step_by(BLOCK / 4).map(power).collect()
    };
    let above = |gate: f64| mean(blocks.iter().copied().filter(|power| *power > gate));
    let loud = above(ABSOLUTE_GATE);
    decibels(above(ABSOLUTE_GATE.max(loud * RELATIVE_GATE)))
}

/// 400 ms.
const BLOCK: usize = RATE as usize * 2 / 5;

/// -70 dB as power.
const ABSOLUTE_GATE: f64 = 1e-7;

/// -10 dB as power.
const RELATIVE_GATE: f64 = 0.1;

#[expect(clippy::cast_precision_loss, reason = "a count of samples in memory")]
fn power(samples: &[i16]) -> f64 {
    let sum: f64 = samples.iter().map(|sample| (f64::from(*sample) / 32_768.0).powi(2)).sum();
    sum / samples.len().max(1) as f64
}

fn mean(powers: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = powers.fold((0.0, 0_u32), |(sum, count), power| (sum + power, count + 1));
    if count == 0 { 0.0 } else { sum / f64::from(count) }
}

#[expect(clippy::cast_possible_truncation, reason = "the cast saturates, and it is clamped before")]
fn decibels(power: f64) -> i16 {
    if power <= 0.0 {
        return FLOOR_DB;
    }
    (10.0 * power.log10()).round().clamp(f64::from(FLOOR_DB), 0.0) as i16
}

fn clipped(samples: &[f32]) -> u32 {
    let runs = samples.chunk_by(|one, next| is_full(*one) && is_full(*next));
    let runs = runs.filter(|run| run.len() >= RUN_MIN && run.first().is_some_and(|s| is_full(*s)));
    runs.map(|run| u32::try_from(run.len()).unwrap_or(u32::MAX)).fold(0, u32::saturating_add)
}

/// One sample at full scale may be the top of a wave; three are its edge cut off.
const RUN_MIN: usize = 3;

fn is_full(sample: f32) -> bool {
    sample.abs() >= FULL
}

/// Of 8 bits the highest sample is 127/128.
const FULL: f32 = 0.992;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tone;

    fn measured(samples: &[i16]) -> Level {
        let file: Vec<f32> = samples.iter().map(|s| f32::from(*s) / 32_768.0).collect();
        Level::of(&file, samples)
    }

    #[test]
    fn a_sine_has_the_level_that_its_amplitude_says() {
        let level = measured(&tone::sine(1000.0, 0.5, 16_000));
        assert_eq!((level.loudness_db, level.peak_db, level.clipped), (-9, -6, 0));
    }

    /// The pauses of a message are no part of how loud it is spoken.
    #[test]
    fn silence_around_a_tone_does_not_make_it_softer() {
        let mut samples = vec![0; 40_000];
        samples.extend(tone::sine(1000.0, 0.5, 16_000));
        samples.extend(vec![0; 40_000]);
        // The blocks at its edges are half of it.
        assert!((-10..=-9).contains(&measured(&samples).loudness_db));
    }

    #[test]
    fn waves_with_their_tops_cut_off_are_counted() {
        let cut = |sample: i16| i16::try_from((i32::from(sample) * 4).clamp(-32_768, 32_767));
        let samples: Vec<_> =
            tone::sine(500.0, 0.5, 8_000).into_iter().map(|sample| cut(sample).unwrap()).collect();
        let clipped = measured(&samples).clipped;
        assert!((4_000..6_500).contains(&clipped), "{clipped}");
        assert_eq!(measured(&[32_767, 0, 32_767, 32_767, 0]).clipped, 0);
    }
}
