//! What the floor waits for: one alarm an agent, and up to two a waiting call.

use crate::ids::{AgentId, CallId};
use std::collections::BTreeSet;
use std::time::Instant;

/// What is due then; at the same instant in this order.
///
/// Agents before calls: one who becomes free in the very instant of a deadline is in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Alarm {
    /// The agent's state ends.
    Agent(AgentId),
    /// The call has waited long enough.
    Call(CallId),
    /// The caller hears the position.
    Announce(CallId),
}

/// Alarms by time.
#[derive(Debug, Default)]
pub(super) struct Alarms(BTreeSet<(Instant, Alarm)>);

impl Alarms {
    pub(super) fn set(&mut self, at: Instant, alarm: Alarm) {
        self.0.insert((at, alarm));
    }

    pub(super) fn clear(&mut self, at: Instant, alarm: Alarm) {
        self.0.remove(&(at, alarm));
    }

    pub(super) fn replace(&mut self, old: Option<Instant>, new: Option<Instant>, alarm: Alarm) {
        if let Some(at) = old {
            self.clear(at, alarm);
        }
        if let Some(at) = new {
            self.set(at, alarm);
        }
    }

    /// Takes the first alarm that is due by `now`.
    pub(super) fn due(&mut self, now: Instant) -> Option<Alarm> {
        let (at, alarm) = *self.0.first()?;
        (at <= now).then(|| {
            self.0.pop_first();
            alarm
        })
    }

    pub(super) fn first(&self) -> Option<Instant> {
        self.0.first().map(|(at, _)| *at)
    }

    pub(super) fn contains(&self, at: Instant, alarm: Alarm) -> bool {
        self.0.contains(&(at, alarm))
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}
