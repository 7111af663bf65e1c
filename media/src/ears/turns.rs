//! A party's turns in a conversation: when it began to speak, and when it stopped.
//!
//! ```text
//!  Silent ──a burst begins──▶ Speaking ──no burst for 400 ms──▶ Silent
//! ```
//! A pause between two words is part of the turn: it ends where its last burst did, which is told
//! 400 ms later at the earliest. A beginning is told after the 60 ms that a burst needs.

use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::{
    activity::{Activity, Burst},
    frames::Frames,
};

/// One end of a turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    /// Whether the party speaks from then on.
    pub speaks: bool,
    /// How long ago that was, in ms of audio; at most [`Turn::AGO_MAX_MS`].
    pub ago_ms: u32,
}

impl Turn {
    /// The end of a turn is told this late at most: its pause, the burst that is noticed late, and
    /// audio that is late itself.
    pub const AGO_MAX_MS: u32 = PAUSE_MS + 200;
}

/// Listens for turns; they are counted from its making.
#[derive(Debug)]
pub(crate) struct Turns {
    frames: Frames,
    activity: Activity,
    speaks: bool,
    /// Where the latest burst ended, while none goes on.
    paused_at: Option<u32>,
}

impl Turns {
    pub(crate) fn new(now: Instant) -> Self {
        let (frames, activity) = (Frames::new(now), Activity::default());
        Self { frames, activity, speaks: false, paused_at: None }
    }

    /// Takes samples that arrived now; what they bring to light is added to `told`.
    pub(crate) fn hear(&mut self, now: Instant, samples: &[i16], told: &mut Vec<Turn>) {
        self.tick(now, told);
        self.frames.push(now, samples);
        while let Some(frame) = self.frames.pop() {
            self.listen(Some(&frame), told);
        }
    }

    /// Lets time pass in which nothing arrived: silence stands for it.
    pub(crate) fn tick(&mut self, now: Instant, told: &mut Vec<Turn>) {
        for _ in 0..self.frames.missing(now) {
            self.listen(None, told);
        }
    }

    /// When [`Turns::tick`] is next due.
    pub(crate) fn deadline(&self) -> Instant {
        self.frames.deadline()
    }

    fn listen(&mut self, frame: Option<&[i16]>, told: &mut Vec<Turn>) {
        let at = self.frames.count(1);
        let mut turn = |speaks, then: u32| told.push(Turn { speaks, ago_ms: at - then.min(at) });
        match self.activity.hear(at, frame) {
            Some(Burst::Began(then)) => {
                self.paused_at = None;
                if !std::mem::replace(&mut self.speaks, true) {
                    turn(true, then);
                }
            }
            Some(Burst::Ended(then)) => self.paused_at = Some(then),
            None => {}
        }
        let over = self.paused_at.take_if(|then| at.saturating_sub(*then) >= PAUSE_MS);
        if let Some(then) = over {
            self.speaks = false;
            turn(false, then);
        }
    }
}

/// The longest pause within a turn: people who listen take it for an end after about as long.
const PAUSE_MS: u32 = 400;

#[expect(clippy::disallowed_methods, reason = "a test reads the clock once, for its epoch")]
#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::ears::tests::{silence, vowel};

    /// The turns in this audio: whether it speaks, and when, in ms.
    fn turns(samples: &[i16]) -> Vec<(bool, u32)> {
        let start = Instant::now();
        let (mut turns, mut heard) = (Turns::new(start), vec![]);
        for (frame, n) in samples.chunks_exact(160).zip(1_u32..) {
            let mut told = vec![];
            turns.hear(start + Duration::from_millis(20) * n, frame, &mut told);
            assert!(told.iter().all(|turn| turn.ago_ms <= Turn::AGO_MAX_MS), "{told:?}");
            heard.extend(told.iter().map(|turn| (turn.speaks, n * 20 - turn.ago_ms)));
        }
        heard
    }

    #[test]
    fn a_pause_between_words_is_part_of_the_turn() {
        let line = [silence(400), vowel(300), silence(300), vowel(300), silence(800), vowel(200)];
        assert_eq!(turns(&line.concat()), [(true, 400), (false, 1_300), (true, 2_100)]);
    }

    /// RFC 3389: who sends nothing while silent is silent all the same.
    #[test]
    fn a_party_that_stops_sending_has_stopped_speaking() {
        let start = Instant::now();
        let (mut turns, mut told) = (Turns::new(start), vec![]);
        let line = [silence(200), vowel(300)].concat();
        for (frame, n) in line.chunks_exact(160).zip(1..) {
            turns.hear(start + Duration::from_millis(20) * n, frame, &mut told);
        }
        while told.len() < 2 {
            let at = turns.deadline();
            turns.tick(at, &mut told);
        }
        assert_eq!((told[0].speaks, told[1].speaks), (true, false));
        assert!((PAUSE_MS..=Turn::AGO_MAX_MS).contains(&told[1].ago_ms), "{told:?}");
    }
}
