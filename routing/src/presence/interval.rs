//! Intervals: the time an agent spent in a state, closed when the state ends.

use super::Presence;
use super::pause::PauseReason;
use super::state::{Cause, State, StateName};
use super::vocabulary::Counts;
use crate::ids::{AgentId, CallId, CampaignId};
use std::time::Instant;

/// The time an agent spent in one state.
///
/// `from` is the `to` of the one before, so however the edges are rounded to milliseconds the
/// sums stay exact. Time logged out is none of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interval {
    /// Whose time.
    pub agent: AgentId,
    /// The state.
    pub state: StateName,
    /// What the time counts as.
    pub counts: Counts,
    /// The reason, for a pause.
    pub reason: Option<PauseReason>,
    /// The beginning.
    pub from: Instant,
    /// The end.
    pub to: Instant,
    /// The call that the state was about.
    pub call: Option<CallId>,
    /// Whose work it was.
    pub campaign: Option<CampaignId>,
}

/// A state that changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The state before.
    pub from: State,
    /// The state since.
    pub to: State,
    /// Who or what changed it.
    pub cause: Cause,
    /// What was said with it: the reason of a clock-out (R188).
    pub note: Option<String>,
    /// When.
    pub at: Instant,
    /// The interval that ended; none out of [`State::LoggedOut`], or where no time passed.
    pub interval: Option<Interval>,
}

impl Presence {
    /// Moves to `next` and returns the state that was left.
    pub(super) fn enter(&mut self, now: Instant, next: State) -> State {
        self.since = now;
        let left = std::mem::replace(&mut self.state, next);
        self.settle();
        left
    }

    /// The interval since the state began, as it would be if it ended now.
    #[must_use]
    pub fn elapsed(&self, now: Instant) -> Option<Interval> {
        let counts = self.state.counts()?;
        (now > self.since).then(|| Interval {
            agent: self.agent,
            state: self.state.name(),
            counts,
            reason: self.state.reason().cloned(),
            from: self.since,
            to: now,
            call: self.state.call(),
            campaign: self.campaign,
        })
    }

    /// Forgets what belonged to the work, once a state holds none.
    fn settle(&mut self) {
        match self.state {
            State::Reserved { .. } | State::Ringing { .. } | State::Previewing { .. } => {}
            State::Talking { .. }
            | State::Hold { .. }
            | State::Consulting { .. }
            | State::WrapUp { .. } => {
                self.outgoing = false;
            }
            State::System { stranded: Some(_), .. } => self.outgoing = false,
            State::LoggedOut
            | State::NotReady
            | State::Ready
            | State::Paused { .. }
            | State::System { stranded: None, .. } => {
                self.outgoing = false;
                self.internal = false;
                self.campaign = None;
                self.latch = None;
            }
        }
    }
}
