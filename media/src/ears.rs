//! Ears: what is heard of one party, as a pure machine fed with decoded audio and time.
//!
//! ```text
//!  samples, time ─▶ Frames (20 ms) ─┬▶ Activity ─▶ bursts of speech ─┐
//!                  (gaps filled)    └▶ pitch ─▶ Tones ───────────────┼▶ Greeting ─▶ Verdict
//!                                               beep, SIT, fax ──────┘
//! ```
//! All times are counted in audio from the moment the ears were opened, which is the answer of the
//! call; what is told carries how long ago it was. A verdict is given once and is final, and its
//! `Display` is the sentence that explains it. "Uncertain" is a person to everybody who acts on it.
//! In a conversation [`Turn`]s are listened for, by the same activity and nothing else.

mod activity;
mod frames;
mod greeting;
pub mod listen;
mod pitch;
mod tones;
mod turns;
pub mod verdict;

use std::time::Instant;

use serde::{Deserialize, Serialize};

pub use self::turns::Turn;
pub(crate) use self::turns::Turns;
use self::{
    activity::Activity,
    frames::{FRAME_MS, Frames},
    greeting::{Greeting, Told},
    listen::Listen,
    tones::Tones,
    verdict::Verdict,
};

/// Something that was heard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sound {
    /// The party has greeted and waits: the moment from which the two-second rule counts
    /// (16 CFR 310.4(b)(1)(iv)). Told once.
    GreetingEnded {
        /// How long ago the last word ended.
        ago_ms: u32,
    },
    /// Who or what answered; told once.
    Judged(Verdict),
    /// A single tone of the kind that asks for a message has ended.
    Beep {
        /// Its frequency.
        hz: u16,
        /// How long it sounded.
        lasted_ms: u32,
        /// How long ago it ended.
        ago_ms: u32,
    },
    /// After a greeting nothing was heard for [`Listen::fell_silent_ms`]; told once a silence.
    Silence {
        /// Since the last word or tone.
        for_ms: u32,
    },
}

/// The ears of one stream; see the module.
#[derive(Debug)]
pub struct Ears {
    frames: Frames,
    activity: Activity,
    tones: Tones,
    greeting: Greeting,
}

impl Ears {
    /// Ears that open now.
    #[must_use]
    pub fn new(now: Instant, listen: Listen) -> Self {
        Self {
            frames: Frames::new(now),
            activity: Activity::default(),
            tones: Tones::default(),
            greeting: Greeting::new(listen),
        }
    }

    /// Takes samples that arrived now; what they bring to light is added to `sounds`.
    pub fn hear(&mut self, now: Instant, samples: &[i16], sounds: &mut Vec<Sound>) {
        self.fill(now, sounds);
        self.frames.push(now, samples);
        while let Some(frame) = self.frames.pop() {
            self.listen(Some(&frame), sounds);
        }
    }

    /// Lets time pass in which nothing arrived.
    pub fn tick(&mut self, now: Instant, sounds: &mut Vec<Sound>) {
        self.fill(now, sounds);
    }

    /// When [`Ears::tick`] is next due.
    #[must_use]
    pub fn deadline(&self) -> Instant {
        self.frames.deadline()
    }

    /// Silence stands for audio that never came: loss, or a party that sends none while it is
    /// silent.
    fn fill(&mut self, now: Instant, sounds: &mut Vec<Sound>) {
        for _ in 0..self.frames.missing(now) {
            self.listen(None, sounds);
        }
    }

    fn listen(&mut self, frame: Option<&[i16]>, sounds: &mut Vec<Sound>) {
        let at = self.frames.count(1);
        let tone = frame.and_then(pitch::of);
        let signal = self.tones.hear(at, tone);
        let burst = self.activity.hear(at, frame.filter(|_| !self.tones.sounds()));
        let mut told = vec![];
        if let Some(burst) = burst {
            self.greeting.speech(burst);
        }
        if let Some(signal) = signal {
            self.greeting.signal(at, signal, &mut told);
        }
        self.greeting.pass(at, self.tones.sounds(), &mut told);
        let ago = |then: u32| at.saturating_sub(then);
        sounds.extend(told.into_iter().map(|told| match told {
            Told::GreetingEnded { at } => Sound::GreetingEnded { ago_ms: ago(at) },
            Told::Judged(verdict) => Sound::Judged(verdict),
            Told::Beep { hz, lasted_ms, ended } => {
                Sound::Beep { hz, lasted_ms, ago_ms: ago(ended) }
            }
            Told::Silence { since } => Sound::Silence { for_ms: ago(since) },
        }));
    }
}

#[cfg(test)]
pub(crate) mod tests;
