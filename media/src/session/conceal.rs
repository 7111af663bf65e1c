//! Concealment of packets that never came, in the spirit of ITU-T G.711 appendix I: speech goes on
//! as it was, by its own pitch, and fades where it is missed for long.
//!
//! ```text
//!  history ▶ pitch (5 to 15 ms) ▶ its last period, again and again ▶ from 10 ms on the last two,
//!                                 from 20 ms on three; −20 % each 10 ms after the first ▶ 60 ms: 0
//! ```
//! A period's end is blended into its beginning over a quarter of it, and what follows the gap is
//! blended into what was made up, so that neither clicks. Pure: the same history, the same samples.

/// What stands in for a gap, sample by sample.
#[derive(Clone, Debug)]
pub(crate) struct Concealment {
    /// The newest samples before the gap.
    history: Box<[i16; HISTORY]>,
    /// In samples.
    pitch: usize,
    /// Periods that are repeated now.
    periods: usize,
    /// Place within them.
    at: usize,
    /// Samples made so far.
    made: usize,
}

impl Concealment {
    /// What goes on where `history` ended, which is the newest sample last.
    pub(crate) fn of(history: Box<[i16; HISTORY]>) -> Self {
        let pitch = pitch(&history[..]);
        Self { history, pitch, periods: 1, at: 0, made: 0 }
    }

    /// The next sample.
    pub(crate) fn sample(&mut self) -> i16 {
        if self.made == LONGER || self.made == 2 * LONGER {
            // The place within a period stays: a longer stretch of the same voice goes on there.
            self.periods += 1;
        }
        let sample = self.repeated();
        self.at = (self.at + 1) % (self.periods * self.pitch);
        let faded = faded(sample, self.made);
        self.made += 1;
        faded
    }

    /// The place in the last periods, its end blended into what came before its beginning.
    fn repeated(&self) -> i32 {
        let span = self.periods * self.pitch;
        let sample = i32::from(self.history[HISTORY - span + self.at]);
        let blend = self.pitch / 4;
        let left = span - self.at;
        if left > blend {
            return sample;
        }
        let before = i32::from(self.history[HISTORY - span - left]);
        weighed(sample, before, blend + 1 - left, blend + 1)
    }

    /// The `at`th sample after the gap, blended into what would have gone on.
    pub(crate) fn blended(&mut self, at: usize, sample: i16) -> i16 {
        if at >= BLENDED {
            return sample;
        }
        let made_up = i32::from(self.sample());
        narrow(weighed(made_up, i32::from(sample), at + 1, BLENDED + 1))
    }
}

/// The lag at which the newest 20 ms are most like what came before them.
fn pitch(history: &[i16]) -> usize {
    let newest = &history[HISTORY - COMPARED..];
    let likeness = |lag: usize| {
        let before = &history[HISTORY - COMPARED - lag..HISTORY - lag];
        let (mut product, mut energy) = (0.0, 1.0);
        // Every second sample tells enough of a pitch below 200 Hz.
        for (now, then) in newest.iter().zip(before).step_by(2) {
            product += f64::from(*now) * f64::from(*then);
            energy += f64::from(*then).powi(2);
        }
        product / f64::sqrt(energy)
    };
    let lags = (PITCH_MIN..=PITCH_MAX).map(|lag| (lag, likeness(lag)));
    // Of equals the shortest, as a period is like its double too.
    lags.fold((PITCH_MIN, f64::MIN), |best, next| if next.1 > best.1 { next } else { best }).0
}

/// From `from` to `to`, at `part` of `whole`.
fn weighed(from: i32, to: i32, part: usize, whole: usize) -> i32 {
    let (part, whole) = (i32::try_from(part).unwrap_or(1), i32::try_from(whole).unwrap_or(1));
    (from * (whole - part) + to * part) / whole
}

fn faded(sample: i32, made: usize) -> i16 {
    let beyond = i32::try_from(made.saturating_sub(LONGER)).unwrap_or(i32::MAX);
    let left = (FADE - beyond).max(0);
    narrow(sample * left / FADE)
}

#[expect(clippy::cast_possible_truncation, reason = "between two samples of 16 bits")]
fn narrow(value: i32) -> i16 {
    value.clamp(i16::MIN.into(), i16::MAX.into()) as i16
}

/// Three periods of the deepest voice, and what the first is blended with.
pub(crate) const HISTORY: usize = 3 * PITCH_MAX + PITCH_MAX / 4;

/// 200 Hz to 67 Hz, as appendix I has it.
const PITCH_MIN: usize = 40;
const PITCH_MAX: usize = 120;

const COMPARED: usize = 160;

/// 10 ms: then a longer stretch is repeated, as one period alone begins to buzz.
const LONGER: usize = 80;

/// 50 ms from full to nothing, after the first ten.
const FADE: i32 = 400;

/// 4 ms.
const BLENDED: usize = 32;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::tone;

    fn after(samples: &[i16]) -> Concealment {
        Concealment::of(Box::new(*samples.last_chunk().unwrap()))
    }

    fn made(concealment: &mut Concealment, count: usize) -> Vec<i16> {
        (0..count).map(|_| concealment.sample()).collect()
    }

    /// G.711 appendix I §I.2.1: what is periodic goes on as if nothing were.
    #[test]
    fn a_voice_goes_on_at_its_pitch() {
        // 100 Hz with its overtones: a period of 80 samples.
        let voice: Vec<_> = [100.0, 200.0, 500.0]
            .map(|hz| tone::sine(hz, 0.2, 800))
            .into_iter()
            .reduce(|sum, part| sum.iter().zip(&part).map(|(a, b)| a + b).collect())
            .unwrap();
        let mut concealment = after(&voice[..640]);
        assert_eq!(concealment.pitch, 80);
        let ours = made(&mut concealment, 80);
        let worst = ours.iter().zip(&voice[640..]).map(|(a, b)| a.abs_diff(*b)).max().unwrap();
        assert!(worst < 40, "{worst} of {}", voice.iter().max().unwrap());
    }

    /// §I.2.7: full for 10 ms, then 20 % less each 10 ms, and nothing after 60.
    #[test]
    fn what_is_missed_for_long_fades_to_nothing() {
        let mut concealment = after(&[10_000; HISTORY]);
        let ours = made(&mut concealment, 600);
        assert_eq!([ours[0], ours[79], ours[160], ours[240]], [10_000, 10_000, 8_000, 6_000]);
        assert!(ours[480..].iter().all(|sample| *sample == 0));
        assert!(ours.is_sorted_by(|a, b| a >= b));
    }

    /// No step is greater than the tone's own, at the edges of the gap or within it.
    #[test]
    fn a_gap_in_a_tone_has_no_click() {
        let tone = tone::sine(440.0, 0.5, 1_600);
        let mut concealment = after(&tone[..800]);
        let mut heard = tone[..800].to_vec();
        heard.extend(made(&mut concealment, 160));
        let rest = tone[960..].iter().enumerate();
        heard.extend(rest.map(|(at, sample)| concealment.blended(at, *sample)));
        let step = |samples: &[i16]| samples.windows(2).map(|w| w[0].abs_diff(w[1])).max().unwrap();
        assert!(step(&heard) <= step(&tone) + 300, "{} and {}", step(&heard), step(&tone));
    }

    proptest! {
        /// Nothing is louder than what was heard before, and nothing overflows.
        #[test]
        fn nothing_is_made_louder(history in prop::collection::vec(any::<i16>(), HISTORY)) {
            let loudest = history.iter().map(|sample| sample.unsigned_abs()).max().unwrap();
            let ours = made(&mut after(&history), 600);
            prop_assert!(ours.iter().all(|sample| sample.unsigned_abs() <= loudest));
        }
    }
}
