//! Voice activity over an adaptive noise floor: which 20 ms are speech, and the bursts they form.
//!
//! The floor is the least level of the last two seconds, smoothed over three frames: speech dips to
//! it between syllables, and steady noise, however loud, is its own floor. Three voiced frames in a
//! row begin a burst, four unvoiced ones end it; both ends are told as they were, not as noticed.

use std::collections::VecDeque;

use super::FRAME_MS;

/// Tells speech from noise.
#[derive(Debug, Default)]
pub(super) struct Activity {
    /// Levels of the last two seconds, in dBFS, each the mean of three frames.
    levels: VecDeque<f64>,
    last: [f64; 2],
    /// Frames in a row that say the opposite of `speaks`.
    against: u32,
    speaks: bool,
}

/// One end of a burst of speech, about as long as a word or two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Burst {
    /// Speech began at this time, in ms.
    Began(u32),
    /// Speech ended at this time, in ms.
    Ended(u32),
}

impl Activity {
    /// Takes the frame that ends at `at`; none is silence that teaches nothing about the line.
    pub(super) fn hear(&mut self, at: u32, frame: Option<&[i16]>) -> Option<Burst> {
        let voiced = frame.is_some_and(|frame| self.is_voiced(level(frame)));
        if voiced == self.speaks {
            self.against = 0;
            return None;
        }
        self.against += 1;
        let needed = if self.speaks { ENDS_AFTER } else { BEGINS_AFTER };
        if self.against < needed {
            return None;
        }
        let turned = at.saturating_sub(needed * FRAME_MS);
        self.against = 0;
        self.speaks = voiced;
        Some(if voiced { Burst::Began(turned) } else { Burst::Ended(turned) })
    }

    fn is_voiced(&mut self, level: f64) -> bool {
        let floor = self.floor(level);
        let above = if self.speaks { STAYS_ABOVE } else { RISES_ABOVE };
        level > AUDIBLE && level > floor + above
    }

    /// The noise floor, this level taken into account.
    fn floor(&mut self, level: f64) -> f64 {
        let [first, second] = self.last;
        // Before there were three frames, those there are.
        let smooth = match self.levels.len() {
            0 => level,
            1 => f64::midpoint(second, level),
            _ => (first + second + level) / 3.0,
        };
        self.last = [second, level];
        if self.levels.len() == REMEMBERED {
            self.levels.pop_front();
        }
        self.levels.push_back(smooth);
        self.levels.iter().copied().fold(f64::INFINITY, f64::min).max(QUIETEST)
    }
}

/// The level of a frame in dBFS.
#[expect(clippy::cast_precision_loss, reason = "a frame has 160 samples")]
fn level(frame: &[i16]) -> f64 {
    let energy: i64 = frame.iter().map(|sample| i64::from(*sample).pow(2)).sum();
    let power = energy as f64 / frame.len().max(1) as f64;
    10.0 * (power / (32_768.0 * 32_768.0)).max(1e-9).log10()
}

/// Two seconds.
const REMEMBERED: usize = 100;

/// 60 ms begin a burst: a click is shorter.
const BEGINS_AFTER: u32 = 3;

/// 80 ms end it: the closure of a plosive is shorter.
const ENDS_AFTER: u32 = 4;

/// How far speech rises above the floor, in dB, and how far it may sink while it lasts.
const RISES_ABOVE: f64 = 9.0;
const STAYS_ABOVE: f64 = 6.0;

/// The floor of a line that is digitally silent, in dBFS.
const QUIETEST: f64 = -62.0;

/// Below this nothing is speech, in dBFS.
const AUDIBLE: f64 = -48.0;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ears::tests::{noise, silence, vowel};

    fn bursts(samples: &[i16]) -> Vec<Burst> {
        let mut activity = Activity::default();
        let frames = samples.chunks_exact(160).zip(1_u32..);
        frames.filter_map(|(frame, n)| activity.hear(n * FRAME_MS, Some(frame))).collect()
    }

    #[test]
    fn a_word_begins_and_ends_where_it_does() {
        let heard = bursts(&[silence(400), vowel(300), silence(400)].concat());
        assert_eq!(heard, [Burst::Began(400), Burst::Ended(700)]);
    }

    /// A click of 40 ms begins nothing; a closure of 60 ms ends nothing.
    #[test]
    fn clicks_and_closures_are_passed_over() {
        let heard = bursts(&[silence(200), vowel(40), silence(300)].concat());
        assert_eq!(heard, []);
        let heard =
            bursts(&[silence(200), vowel(200), silence(60), vowel(200), silence(200)].concat());
        assert_eq!(heard, [Burst::Began(200), Burst::Ended(660)]);
    }

    /// The same word 15 dB over the noise of a street, which itself is no speech from the first
    /// frame on.
    #[test]
    fn steady_noise_is_no_speech_and_hides_no_word() {
        let mut line = noise(3_000, -32.0);
        for (sample, word) in line[8_000..].iter_mut().zip(vowel(300)) {
            *sample = sample.saturating_add(word);
        }
        assert_eq!(bursts(&line), [Burst::Began(1_000), Burst::Ended(1_300)]);
    }

    /// Noise that sets in is taken for speech for two seconds at most.
    #[test]
    fn noise_that_sets_in_becomes_the_floor() {
        let heard = bursts(&[silence(1_000), noise(5_000, -30.0)].concat());
        assert_eq!(heard.len(), 2);
        assert!(matches!(heard[1], Burst::Ended(at) if at <= 3_100), "{heard:?}");
    }
}
