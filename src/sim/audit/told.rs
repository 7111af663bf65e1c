//! Books on what callers in line are told: their own place, and again before long (R216).
//!
//! Which stream is whose is read off the steps in which one call begins and one stream opens; a
//! caller whose stream opens later is not looked at.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use media::{Command, Prompt, StreamId};
use routing::CallId;

use super::Found;
use crate::sim::invariant::Invariant;

/// What callers have heard.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// Streams that opened and calls that began in this step.
    opened: Vec<StreamId>,
    began: Vec<CallId>,
    of: BTreeMap<StreamId, CallId>,
    /// When each caller was last told.
    last: BTreeMap<CallId, Timestamp>,
}

impl Told {
    /// A caller's call begins.
    pub(super) fn began(&mut self, call: CallId) {
        self.began.push(call);
    }

    /// What a command tells a caller; none where it tells nothing that is looked at.
    pub(super) fn hears(
        &mut self,
        command: &Command,
        steady: Timestamp,
    ) -> Option<(CallId, Hears)> {
        match command {
            Command::Open { stream, .. } => {
                self.opened.push(*stream);
                None
            }
            Command::Play { stream, prompt: Prompt::Standing(standing), .. } => {
                let call = *self.of.get(stream)?;
                self.last.insert(call, steady);
                Some((call, Hears::Place(standing.place)))
            }
            Command::Play { stream, prompt: Prompt::Named(_), repeat: false, tag: NOTICE } => {
                Some((*self.of.get(stream)?, Hears::Notice))
            }
            _ => None,
        }
    }

    /// Whether a caller of an own stream was told nothing for too long since `waits`.
    pub(super) fn is_overdue(&self, call: CallId, waits: Timestamp, steady: Timestamp) -> bool {
        let since = self.last.get(&call).map_or(waits, |last| waits.max(*last));
        self.knows(call) && steady.duration_since(since) > LONGEST_SILENCE
    }

    /// Whether it is known what a caller hears.
    pub(super) fn knows(&self, call: CallId) -> bool {
        self.of.values().any(|own| *own == call)
    }

    /// After each step.
    pub(super) fn step(&mut self) {
        if let (&[stream], &[call]) = (self.opened.as_slice(), self.began.as_slice()) {
            self.of.insert(stream, call);
        }
        self.opened.clear();
        self.began.clear();
    }

    pub(super) fn ended(&mut self, call: CallId) {
        self.last.remove(&call);
        self.of.retain(|_, own| *own != call);
    }
}

/// What a caller hears.
#[derive(Clone, Copy, Debug)]
pub(super) enum Hears {
    /// Their place in line.
    Place(u16),
    /// Why nobody comes: they are in line no more.
    Notice,
}

/// The place that a caller hears is the one they have, but for those before them for whom an
/// agent's telephone rings just now.
pub(super) fn is_right(call: CallId, (told, ahead): (u16, usize), ringing: usize) -> Found {
    let (told, place) = (usize::from(told), ahead + 1);
    if told <= place && told + ringing >= place {
        return Ok(());
    }
    Err((Invariant::Kept, format!("call {call} hears place {told}, and has place {place}")))
}

/// How the switch marks a clip after which it hangs up.
const NOTICE: u64 = 1;

/// Twice the longest time between two of them, with a telephone that rang in vain.
const LONGEST_SILENCE: SignedDuration = SignedDuration::from_secs(60);
