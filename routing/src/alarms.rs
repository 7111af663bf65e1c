//! What waits for its moment, the first of it found without asking the rest.
//!
//! Whoever holds a deadline keeps its alarm in step: [`Alarms::replace`] with the deadline before
//! and after each change.

use std::collections::BTreeSet;
use std::time::Instant;

/// Alarms by time, and at the same instant by their order.
#[derive(Debug)]
pub struct Alarms<A>(BTreeSet<(Instant, A)>);

impl<A> Default for Alarms<A> {
    fn default() -> Self {
        Self(BTreeSet::new())
    }
}

impl<A: Copy + Ord> Alarms<A> {
    /// Adds one.
    pub fn set(&mut self, at: Instant, alarm: A) {
        self.0.insert((at, alarm));
    }

    /// Takes one away, if it is there.
    pub fn clear(&mut self, at: Instant, alarm: A) {
        self.0.remove(&(at, alarm));
    }

    /// Moves one from where it was, if it was there, to where it is due now, if it is.
    pub fn replace(&mut self, old: Option<Instant>, new: Option<Instant>, alarm: A) {
        if let Some(at) = old {
            self.clear(at, alarm);
        }
        if let Some(at) = new {
            self.set(at, alarm);
        }
    }

    /// Takes the first alarm that is due by `now`.
    pub fn due(&mut self, now: Instant) -> Option<A> {
        let (at, alarm) = *self.0.first()?;
        (at <= now).then(|| {
            self.0.pop_first();
            alarm
        })
    }

    /// When the first is due.
    #[must_use]
    pub fn first(&self) -> Option<Instant> {
        self.0.first().map(|(at, _)| *at)
    }

    /// Whether this one is due then.
    #[must_use]
    pub fn contains(&self, at: Instant, alarm: A) -> bool {
        self.0.contains(&(at, alarm))
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
