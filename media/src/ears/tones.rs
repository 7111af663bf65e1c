//! Single tones over time: beeps, the network's special information tones, and fax.
//!
//! ```text
//!  tone ──steady──▶ Spell ──80 ms without it──▶ row of one or two ─▶ Single (a beep, CNG)
//!                     │ another, within 60 ms ─▶ row of three: 950, 1400, 1800 Hz ─▶ Sit
//!                     └ 2100 Hz for half a second ─▶ Answer (CED, V.8)
//! ```
//! SIT is ITU-T E.180 §6 (Q.35): three tones of 330 ± 70 ms, at most 30 ms apart, each within
//! 50 Hz. CED is ITU-T T.30 §4.3.3: 2100 ± 15 Hz for 2.6 to 4 s; that of V.8 turns its phase every
//! 450 ms, which costs one frame here.

use super::FRAME_MS;

/// Follows tones.
#[derive(Debug, Default)]
pub(super) struct Tones {
    spell: Option<Spell>,
    /// Another tone, which may become the next spell.
    rival: Option<Spell>,
    /// Spells that followed each other without a pause: frequency, and length in ms.
    row: Vec<(f64, u32)>,
    /// When the row began.
    began: u32,
}

/// What tones came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signal {
    /// One tone, or two in a row, and then none; the frequency is the last one's.
    Single { hz: u16, began: u32, ended: u32 },
    /// The network will say why the call cannot be completed.
    Sit,
    /// A fax or a modem answers.
    Answer,
}

/// One steady tone.
#[derive(Clone, Copy, Debug)]
struct Spell {
    /// Mean frequency.
    hz: f64,
    /// The lowest and the highest that it went: a voice glides, a tone does not.
    range: (f64, f64),
    /// Frames that held it.
    frames: u32,
    began: u32,
    /// End of the last frame that held it.
    ended: u32,
}

impl Tones {
    /// Takes the tone of the frame that ends at `at`, where it has one.
    pub(super) fn hear(&mut self, at: u32, tone: Option<f64>) -> Option<Signal> {
        match (&mut self.spell, tone) {
            (Some(spell), Some(hz)) if spell.is(hz) => {
                spell.hold(at, hz);
                let answers = spell.near(ANSWER) && spell.lasted() >= ANSWER_MS;
                if answers && spell.lasted() < ANSWER_MS + FRAME_MS {
                    return Some(Signal::Answer);
                }
                return None;
            }
            (Some(_), Some(hz)) => self.turn(at, hz),
            (None, Some(hz)) => {
                self.began = at.saturating_sub(FRAME_MS);
                self.spell = Some(Spell::new(at, hz));
            }
            (_, None) => {}
        }
        self.end(at)
    }

    /// Whether a tone sounds now, and no speech.
    pub(super) fn sounds(&self) -> bool {
        self.spell.is_some_and(|spell| spell.frames >= STEADY)
    }

    /// Another frequency: three frames of it are another tone.
    fn turn(&mut self, at: u32, hz: f64) {
        let rival = match &mut self.rival {
            Some(rival) if rival.is(hz) => {
                rival.hold(at, hz);
                *rival
            }
            _ => *self.rival.insert(Spell::new(at, hz)),
        };
        if rival.frames >= STEADY {
            self.close();
            self.rival = None;
            self.spell = Some(rival);
            if self.row.is_empty() {
                self.began = rival.began;
            }
        }
    }

    /// Takes the spell into the row, if it was one.
    fn close(&mut self) {
        if let Some(spell) = self.spell.take().filter(Spell::is_steady) {
            self.row.push((spell.hz, spell.lasted()));
        }
    }

    /// When the tone has been away for long enough, the row is whole.
    fn end(&mut self, at: u32) -> Option<Signal> {
        let ended = self.spell?.ended;
        let follows = self.rival.is_some_and(|rival| rival.ended == at);
        if at - ended < GONE_MS || follows {
            return None;
        }
        self.close();
        self.rival = None;
        let row = std::mem::take(&mut self.row);
        if is_sit(&row) {
            return Some(Signal::Sit);
        }
        let &(hz, _) = row.last()?;
        let lasted = ended - self.began;
        let single = row.len() <= 2 && (SHORTEST_MS..=LONGEST_MS).contains(&lasted);
        single.then_some(Signal::Single { hz: whole(hz), began: self.began, ended })
    }
}

impl Spell {
    fn new(at: u32, hz: f64) -> Self {
        Self { hz, range: (hz, hz), frames: 1, began: at.saturating_sub(FRAME_MS), ended: at }
    }

    fn is(&self, hz: f64) -> bool {
        (hz / self.hz - 1.0).abs() < STEADINESS
    }

    fn near(&self, hz: f64) -> bool {
        (self.hz - hz).abs() <= NEAR
    }

    fn hold(&mut self, at: u32, hz: f64) {
        self.frames += 1;
        self.range = (self.range.0.min(hz), self.range.1.max(hz));
        self.hz += (hz - self.hz) / f64::from(self.frames);
        self.ended = at;
    }

    fn lasted(&self) -> u32 {
        self.ended - self.began
    }

    fn is_steady(&self) -> bool {
        self.frames >= STEADY && self.range.1 - self.range.0 <= GLIDE_MAX
    }
}

/// Whether the last three of a row are the three tones.
fn is_sit(row: &[(f64, u32)]) -> bool {
    let Some(tail) = row.len().checked_sub(SIT.len()).map(|from| &row[from..]) else {
        return false;
    };
    tail.iter().zip(SIT).all(|((hz, lasted), wanted)| {
        (hz - wanted).abs() <= SIT_TOLERANCE && (SIT_SHORTEST_MS..=SIT_LONGEST_MS).contains(lasted)
    })
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the cast saturates, and frequencies are positive"
)]
fn whole(hz: f64) -> u16 {
    hz.round() as u16
}

/// A frequency that moves by more than this share is another one.
const STEADINESS: f64 = 0.04;

/// From its lowest to its highest frequency, in Hz: what noise makes of a steady tone.
const GLIDE_MAX: f64 = 25.0;

/// Three frames, 60 ms.
const STEADY: u32 = 3;

/// A tone that has been away for this long has ended.
const GONE_MS: u32 = 80;

/// No machine beeps for more. A voice that hums holds a note for 160 ms.
const SHORTEST_MS: u32 = 180;
const LONGEST_MS: u32 = 2_500;

const ANSWER: f64 = 2_100.0;
const ANSWER_MS: u32 = 500;

/// As near as 20 ms can tell, in Hz.
const NEAR: f64 = 25.0;

const SIT: [f64; 3] = [950.0, 1_400.0, 1_800.0];
const SIT_TOLERANCE: f64 = 60.0;

/// 260 to 400 ms, and the frames at either end that hold a part of it only.
const SIT_SHORTEST_MS: u32 = 220;
const SIT_LONGEST_MS: u32 = 420;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        ears::{
            pitch,
            tests::{noise, silence, vowel},
        },
        tone::sine,
    };

    fn signals(samples: &[i16]) -> Vec<Signal> {
        let mut tones = Tones::default();
        let frames = samples.chunks_exact(160).zip(1_u32..);
        frames.filter_map(|(frame, n)| tones.hear(n * FRAME_MS, pitch::of(frame))).collect()
    }

    fn tone(hz: f64, ms: usize) -> Vec<i16> {
        sine(hz, 0.2, 8 * ms)
    }

    #[test]
    fn a_beep_is_told_with_its_frequency_and_both_its_ends() {
        for hz in [400_u16, 620, 853, 1_000, 1_400, 2_000] {
            let line = [silence(300), tone(hz.into(), 240), silence(200)].concat();
            let heard = signals(&line);
            let [Signal::Single { hz: told, began: 300, ended: 540 }] = heard[..] else {
                panic!("{hz}: {heard:?}");
            };
            assert!(told.abs_diff(hz) <= 3, "{told} for {hz}");
        }
    }

    /// The frame that a tone begins or ends in belongs to it by less than 20 ms.
    #[test]
    fn a_beep_that_fits_no_frame_is_told_to_the_frame() {
        let line = [silence(307), tone(1_000.0, 233), silence(200)].concat();
        let heard = signals(&line);
        assert_eq!(heard, [Signal::Single { hz: 1_000, began: 320, ended: 540 }]);
    }

    #[test]
    fn what_is_too_short_or_too_long_is_no_beep() {
        assert_eq!(signals(&[tone(1_000.0, 160), silence(200)].concat()), []);
        assert_eq!(signals(&[tone(1_000.0, 3_000), silence(200)].concat()), []);
    }

    /// ITU-T E.180 §6, at the edges of its tolerances, and the shorter tones of North America.
    #[test]
    fn three_special_information_tones_are_a_sit_and_no_beep() {
        let rows: [[(f64, usize); 3]; 3] = [
            [(950.0, 330), (1_400.0, 330), (1_800.0, 330)],
            [(900.0, 400), (1_450.0, 260), (1_850.0, 330)],
            [(913.8, 274), (1_370.6, 274), (1_776.7, 380)],
        ];
        for row in rows {
            for gap in [0, 20] {
                let tones = row.iter().flat_map(|(hz, ms)| [tone(*hz, *ms), silence(gap)]);
                let line = tones.chain([silence(200)]).collect::<Vec<_>>().concat();
                assert_eq!(signals(&line), [Signal::Sit], "{row:?} {gap}");
            }
        }
        let wrong = [tone(1_400.0, 330), tone(950.0, 330), tone(1_800.0, 330), silence(200)];
        assert_eq!(signals(&wrong.concat()), []);
    }

    /// ITU-T T.30 §4.3.3, and V.8 with its phase turned every 450 ms.
    #[test]
    fn the_answer_of_a_fax_is_told_after_half_a_second() {
        let heard = signals(&[silence(200), tone(2_100.0, 2_600)].concat());
        assert_eq!(heard, [Signal::Answer]);
        let turned: Vec<i16> =
            tone(2_100.0, 450).iter().map(|sample| sample.saturating_neg()).collect();
        let turning = [tone(2_100.0, 450), turned, tone(2_100.0, 450)].concat();
        assert_eq!(signals(&turning), [Signal::Answer]);
    }

    #[test]
    fn voices_and_noise_hold_no_tone() {
        assert_eq!(signals(&[vowel(3_000), noise(3_000, -20.0)].concat()), []);
    }

    /// Whatever the shipped prompts say, nothing in it is a beep.
    #[test]
    fn the_shipped_prompts_hold_no_beep() {
        let library = crate::library::Library::shipped().unwrap();
        for (name, samples) in library.clips().filter(|(name, _)| !name.0.contains("music")) {
            assert_eq!(signals(samples), [], "{name}");
        }
    }
}
