//! What one call was, as the customer's side saw it.

use std::time::{Duration, Instant};

use sip::Side;

use crate::demo::ear::Heard;
use crate::demo::outcomes::Fate;
use crate::demo::party::Traffic;
use crate::demo::signature::Chord;

/// Who called whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// The switch called a customer.
    FromSwitch,
    /// A customer called a DID.
    ToSwitch,
}

/// When what happened; each `None` did not.
#[derive(Clone, Copy, Debug)]
pub struct Course {
    /// The INVITE came or went.
    pub invited: Instant,
    /// The first 180 went out or came in.
    pub rang: Option<Instant>,
    /// The 200 went out or came in.
    pub answered: Option<Instant>,
    /// The leg was over.
    pub ended: Instant,
}

/// One ended call.
#[derive(Clone, Debug)]
pub struct CallRecord {
    /// Who called whom.
    pub direction: Direction,
    /// The number called, as it was spelt.
    pub called: String,
    /// The caller's number, where shown.
    pub calling: Option<String>,
    /// What the laws held for the number; `None` for calls towards the switch.
    pub fate: Option<Fate>,
    /// When what happened.
    pub course: Course,
    /// Who ended it.
    pub by: Side,
    /// The final code, where one was sent or received.
    pub code: Option<u16>,
    /// The customer's signature, where one had a voice.
    pub chord: Option<Chord>,
    /// The agent heard first, and when its first packet arrived.
    pub began: Option<(Instant, Chord)>,
    /// All that the customer heard, in steps of 200 ms.
    pub heard: Vec<Heard>,
    /// Packets over the customer's socket.
    pub traffic: Traffic,
}

impl CallRecord {
    /// Whether the call was answered.
    #[must_use]
    pub fn is_answered(&self) -> bool {
        self.course.answered.is_some()
    }

    /// From sending the 200 OK to the arrival of the first packet that carries an agent's
    /// signature: ringback, music and notices do not count.
    #[must_use]
    pub fn answer_to_agent(&self) -> Option<Duration> {
        let (began, _) = self.began?;
        Some(began.saturating_duration_since(self.course.answered?))
    }

    /// How long something was heard, whatever it was.
    #[must_use]
    pub fn sound(&self) -> Duration {
        let loud = self.heard.iter().filter(|heard| heard.is_sound());
        loud.map(|heard| heard.until.saturating_duration_since(heard.from)).sum()
    }
}
