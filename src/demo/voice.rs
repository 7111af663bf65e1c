//! A voice: what a simulated party says, frame by frame, with its signature under every frame.

use std::time::Duration;

use super::clips::{PER_MS, Sound};
use super::signature::{Chord, FRAME};

/// One piece of a script.
#[derive(Clone, Debug)]
pub enum Passage {
    /// Says nothing for so long; the signature still sounds.
    Rest(Duration),
    /// Plays samples.
    Sound(Sound),
}

/// What a party says, in order; then it rests.
#[derive(Clone, Debug, Default)]
pub struct Script {
    /// From the first frame on.
    pub passages: Vec<Passage>,
    /// Whether it starts over at its end.
    pub repeats: bool,
}

impl Script {
    /// Says nothing at all.
    #[must_use]
    pub fn silence() -> Self {
        Self::default()
    }

    /// Says `sound` again and again, with a pause after each.
    #[must_use]
    pub fn over_and_over(sound: Sound, pause: Duration) -> Self {
        Self { passages: vec![Passage::Sound(sound), Passage::Rest(pause)], repeats: true }
    }

    /// Says some sounds once, one after the other.
    #[must_use]
    pub fn once(sounds: impl IntoIterator<Item = Sound>) -> Self {
        Self { passages: sounds.into_iter().map(Passage::Sound).collect(), repeats: false }
    }
}

/// A script being spoken.
#[derive(Debug)]
pub struct Voice {
    script: Script,
    signature: [i16; FRAME],
    passage: usize,
    /// Samples of the passage that are said.
    at: usize,
}

impl Voice {
    /// A voice at the start of its script; without a chord nobody can tell whose it is.
    #[must_use]
    pub fn new(script: Script, chord: Option<Chord>) -> Self {
        let signature = chord.map_or([0; FRAME], Chord::frame);
        Self { script, signature, passage: 0, at: 0 }
    }

    /// Changes the script, from its start; the signature runs on.
    pub fn say(&mut self, script: Script) {
        self.script = script;
        self.passage = 0;
        self.at = 0;
    }

    /// The next 20 ms.
    #[must_use]
    pub fn frame(&mut self) -> [i16; FRAME] {
        let mut frame = self.signature;
        let mut filled = 0;
        // A script of empty passages only would turn here for ever.
        let mut turns = 0;
        while filled < FRAME && turns <= self.script.passages.len() {
            let Some(passage) = self.script.passages.get(self.passage) else {
                if !self.script.repeats {
                    break;
                }
                (self.passage, self.at) = (0, 0);
                turns += 1;
                continue;
            };
            let left = passage.samples().saturating_sub(self.at);
            let take = left.min(FRAME - filled);
            if let Passage::Sound(sound) = passage {
                let said = &sound[self.at..self.at + take];
                for (sample, said) in frame[filled..].iter_mut().zip(said) {
                    *sample = sample.saturating_add(*said);
                }
            }
            filled += take;
            self.at += take;
            if take == left {
                (self.passage, self.at) = (self.passage + 1, 0);
                turns += usize::from(left == 0);
            }
        }
        frame
    }
}

impl Passage {
    fn samples(&self) -> usize {
        match self {
            Self::Rest(rest) => usize::try_from(rest.as_millis()).unwrap_or(0) * PER_MS,
            Self::Sound(sound) => sound.len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::signature::Role;

    fn ramp(length: i16) -> Sound {
        (1..=length).collect()
    }

    #[test]
    fn passages_follow_each_other_without_a_gap_and_end_in_rest() {
        let rest = Passage::Rest(Duration::from_millis(5));
        let passages = vec![Passage::Sound(ramp(100)), rest, Passage::Sound(ramp(50))];
        let mut voice = Voice::new(Script { passages, repeats: false }, None);
        let (first, second) = (voice.frame(), voice.frame());
        assert_eq!((first[99], first[100], first[139], first[140]), (100, 0, 0, 1));
        assert_eq!((second[29], second[30]), (50, 0));
        assert_eq!(voice.frame(), [0; FRAME]);
    }

    #[test]
    fn a_repeating_script_starts_over_inside_a_frame() {
        let mut voice = Voice::new(Script::over_and_over(ramp(100), Duration::ZERO), None);
        let frame = voice.frame();
        assert_eq!((frame[99], frame[100], frame[159]), (100, 1, 60));
    }

    #[test]
    fn a_script_of_nothing_that_repeats_still_yields_frames() {
        let passages = vec![Passage::Rest(Duration::ZERO); 3];
        let mut voice = Voice::new(Script { passages, repeats: true }, None);
        assert_eq!(voice.frame(), [0; FRAME]);
    }

    #[test]
    fn the_signature_sounds_under_speech_and_rest_alike() {
        let chord = Chord::nth(Role::Agent, 3);
        let mut voice = Voice::new(Script::once([ramp(10)]), Some(chord));
        assert_eq!(voice.frame()[0], chord.frame()[0] + 1);
        assert_eq!(voice.frame(), chord.frame());
    }
}
