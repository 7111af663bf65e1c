//! Where a call's time went: ring, wait, talk and hold, each to the millisecond.
//!
//! The phases follow each other without a gap, so their sum is the time from the first phase to
//! the end of the call.

use std::time::{Duration, Instant};

/// What a call spends its time on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// From the INVITE to the answer.
    Ring,
    /// Answered, without an agent.
    Wait,
    /// With an agent.
    Talk,
    /// With an agent who holds.
    Hold,
}

/// The time spent in each phase.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Times {
    /// See [`Phase::Ring`].
    pub ring: Duration,
    /// See [`Phase::Wait`].
    pub wait: Duration,
    /// See [`Phase::Talk`].
    pub talk: Duration,
    /// See [`Phase::Hold`].
    pub hold: Duration,
}

/// Adds up the phases as they come.
#[derive(Debug)]
pub struct Clock {
    since: Instant,
    phase: Option<Phase>,
    spent: Times,
}

impl Clock {
    /// A clock that runs for no phase yet.
    #[must_use]
    pub fn new(now: Instant) -> Self {
        Self { since: now, phase: None, spent: Times::default() }
    }

    /// Ends the running phase and begins another.
    pub fn enter(&mut self, now: Instant, phase: Phase) {
        self.stop(now);
        self.phase = Some(phase);
    }

    /// Ends the running phase.
    pub fn stop(&mut self, now: Instant) {
        self.spent = self.times(now);
        self.since = now;
        self.phase = None;
    }

    /// What was spent so far, the running phase included.
    #[must_use]
    pub fn times(&self, now: Instant) -> Times {
        let mut times = self.spent;
        let running = now.saturating_duration_since(self.since);
        match self.phase {
            Some(Phase::Ring) => times.ring += running,
            Some(Phase::Wait) => times.wait += running,
            Some(Phase::Talk) => times.talk += running,
            Some(Phase::Hold) => times.hold += running,
            None => {}
        }
        times
    }
}
