//! The health of one address of a carrier: a circuit breaker fed by calls and by OPTIONS.
//!
//! ```text
//!        ┌──────────── any answer to a call or to OPTIONS ─────────────┐
//!        ▼                                                             │
//!       Up ──silence, 5 refusals in a row, 3 OPTIONS unanswered──▶ Resting ──time──▶ Trial
//!                                                                     ▲               │
//!                                                                     └──failed───────┘
//! ```
//! FAULTS F7, INTEROP 23 and 25. A rest lasts 30 s and doubles to 5 min with each trial that
//! fails. After a rest one call is let through: it closes the breaker or opens it again. An answer
//! to OPTIONS ends a rest that silence began, but not one that refusals began: a carrier that
//! refuses calls answers OPTIONS all the same.

use std::time::{Duration, Instant};

/// The health of one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Health {
    state: State,
    /// Refusals in a row.
    refusals: u8,
    /// OPTIONS in a row that nothing answered.
    missed: u8,
    /// How long the next rest is.
    rest: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Up,
    Resting {
        until: Instant,
        why: Why,
    },
    /// One call is on its way to find out.
    Trial {
        why: Why,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Why {
    Silence,
    Refusals,
}

/// How a carrier failed a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// Nothing answered, or the packet could not be sent.
    Silent,
    /// It answered that it cannot: 5xx; with how long it asks to be left alone.
    Refused(Option<Duration>),
}

impl Default for Health {
    fn default() -> Self {
        Self { state: State::Up, refusals: 0, missed: 0, rest: REST_MIN }
    }
}

impl Health {
    /// Whether a call may be sent there now.
    #[must_use]
    pub fn is_usable(&self, now: Instant) -> bool {
        match self.state {
            State::Up => true,
            State::Resting { until, .. } => now >= until,
            State::Trial { .. } => false,
        }
    }

    /// Whether calls go there as a matter of course.
    #[must_use]
    pub fn is_up(&self) -> bool {
        self.state == State::Up
    }

    /// When it may be tried again; none unless it rests.
    #[must_use]
    pub fn rests_until(&self) -> Option<Instant> {
        match self.state {
            State::Resting { until, .. } => Some(until),
            State::Up | State::Trial { .. } => None,
        }
    }

    /// A call goes there; after a rest it is the one that finds out.
    pub fn tried(&mut self) {
        if let State::Resting { why, .. } = self.state {
            self.state = State::Trial { why };
        }
    }

    /// The carrier did what it is there for: it rang somebody, or said what became of the call.
    pub fn served(&mut self) {
        *self = Self::default();
    }

    /// A call that was tried ended before the carrier said anything: the next one finds out.
    pub fn undecided(&mut self, now: Instant) {
        if let State::Trial { why } = self.state {
            self.state = State::Resting { until: now, why };
        }
    }

    /// The carrier failed a call.
    pub fn failed(&mut self, now: Instant, failure: Failure) {
        let trial = matches!(self.state, State::Trial { .. });
        match failure {
            Failure::Silent => self.rest_for(now, self.rest, Why::Silence),
            Failure::Refused(Some(asked)) => {
                self.rest_for(now, asked.clamp(ASKED_MIN, ASKED_MAX), Why::Refusals);
            }
            Failure::Refused(None) => {
                self.refusals = self.refusals.saturating_add(1);
                if trial || self.refusals >= REFUSALS_MAX {
                    self.rest_for(now, self.rest, Why::Refusals);
                }
            }
        }
    }

    /// OPTIONS was answered: with anything but 408 and 503 it is alive (INTEROP 25).
    pub fn heard(&mut self) {
        self.missed = 0;
        let silent = matches!(self.state, State::Resting { why: Why::Silence, .. });
        if silent {
            self.served();
        }
    }

    /// OPTIONS was not answered, or with 408 or 503.
    pub fn missed(&mut self, now: Instant) {
        self.missed = self.missed.saturating_add(1);
        let rests = matches!(self.state, State::Resting { until, .. } if until > now);
        if self.missed >= MISSED_MAX && !rests {
            self.rest_for(now, self.rest, Why::Silence);
        }
    }

    fn rest_for(&mut self, now: Instant, rest: Duration, why: Why) {
        self.state = State::Resting { until: now + rest, why };
        self.rest = (self.rest * 2).min(REST_MAX);
        self.refusals = 0;
    }
}

const REST_MIN: Duration = Duration::from_secs(30);
const REST_MAX: Duration = Duration::from_mins(5);

/// A Retry-After of a day would be an outage made of one response.
const ASKED_MIN: Duration = Duration::from_secs(1);
const ASKED_MAX: Duration = Duration::from_mins(5);

/// FAULTS F7.
const MISSED_MAX: u8 = 3;

/// A single 5xx may be about its number; a row of them is about the carrier.
const REFUSALS_MAX: u8 = 5;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn after(seconds: u64) -> Instant {
        crate::origin() + Duration::from_secs(seconds)
    }

    /// INTEROP 23: a dead target rests 30 to 60 s.
    #[test]
    fn an_address_that_is_silent_rests_half_a_minute_and_is_then_tried_by_one_call() {
        let now = after(0);
        let mut health = Health::default();
        health.failed(now, Failure::Silent);
        assert!(!health.is_usable(now + Duration::from_millis(29_999)));
        let later = now + REST_MIN;
        assert!(health.is_usable(later));
        health.tried();
        assert!(!health.is_usable(later), "a second call must wait for the first");
        health.failed(later, Failure::Silent);
        assert!(!health.is_usable(later + Duration::from_secs(59)));
        assert!(health.is_usable(later + Duration::from_mins(1)), "the rest has doubled");
        health.tried();
        health.served();
        assert!(health.is_up());
    }

    #[test]
    fn single_refusals_do_not_open_the_breaker_and_five_in_a_row_do() {
        let now = after(0);
        let mut health = Health::default();
        for _ in 0..4 {
            health.failed(now, Failure::Refused(None));
        }
        assert!(health.is_up());
        health.served();
        for _ in 0..5 {
            assert!(health.is_up());
            health.failed(now, Failure::Refused(None));
        }
        assert!(!health.is_usable(now));
    }

    /// RFC 3261 §21.5.4: Retry-After is the time to leave it alone, within reason.
    #[test]
    fn a_carrier_that_asks_to_be_left_alone_is_left_alone_as_long_as_it_asks() {
        let now = after(0);
        let mut health = Health::default();
        health.failed(now, Failure::Refused(Some(Duration::from_secs(7))));
        assert_eq!(health.rests_until(), Some(now + Duration::from_secs(7)));
        let mut greedy = Health::default();
        greedy.failed(now, Failure::Refused(Some(Duration::from_hours(24))));
        assert_eq!(greedy.rests_until(), Some(now + ASKED_MAX));
    }

    /// FAULTS F7: OPTIONS unanswered three times.
    #[test]
    fn three_unanswered_options_are_a_dead_address_and_one_answer_brings_it_back() {
        let now = after(0);
        let mut health = Health::default();
        health.missed(now);
        health.missed(now);
        assert!(health.is_up());
        health.missed(now);
        assert!(!health.is_usable(now));
        health.heard();
        assert!(health.is_up());
    }

    #[test]
    fn an_answer_to_options_does_not_close_a_breaker_that_refusals_opened() {
        let now = after(0);
        let mut health = Health::default();
        health.failed(now, Failure::Refused(Some(Duration::from_secs(30))));
        health.heard();
        assert!(!health.is_usable(now));
    }

    #[test]
    fn a_trial_that_decides_nothing_leaves_the_next_call_to_find_out() {
        let now = after(0);
        let mut health = Health::default();
        health.failed(now, Failure::Silent);
        health.tried();
        health.undecided(now + REST_MIN);
        assert!(health.is_usable(now + REST_MIN));
        assert!(!health.is_up());
    }

    proptest! {
        /// However it fails, an address is tried again within five minutes.
        #[test]
        fn no_address_is_given_up_for_good(steps in prop::collection::vec(0..6_u8, 0..60)) {
            let mut health = Health::default();
            let mut now = after(0);
            for step in steps {
                now += Duration::from_secs(3);
                match step {
                    0 => health.failed(now, Failure::Silent),
                    1 => health.failed(now, Failure::Refused(None)),
                    2 => health.failed(now, Failure::Refused(Some(Duration::from_hours(9)))),
                    3 => health.missed(now),
                    4 if health.is_usable(now) => {
                        health.tried();
                        health.undecided(now);
                    }
                    _ => health.heard(),
                }
            }
            prop_assert!(health.is_usable(now + REST_MAX));
        }
    }
}
