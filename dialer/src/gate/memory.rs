//! What the gate remembers of the last day: which numbers and leads were tried, and how it ended.
//!
//! The store knows all this too, but a copy of a lead may have been read before its last attempt
//! was folded into the tables. Bounded to [`MAX_TRIED`] attempts; a full memory permits nothing.

use crate::ids::LeadId;
use crate::leads::{Lead, NumberHistory};
use crate::outcomes::Outcome;
use jiff::{SignedDuration, Timestamp};
use routing::Number;
use std::collections::{BTreeMap, BTreeSet};

/// A day's memory.
#[derive(Debug, Default)]
pub(super) struct Memory {
    by_time: BTreeSet<(Timestamp, Mark)>,
    by_number: BTreeSet<(Number, Timestamp)>,
    leads: BTreeMap<LeadId, Timestamp>,
    abandoned: BTreeMap<Number, Timestamp>,
    machines: BTreeMap<Number, Timestamp>,
}

/// What happened at a moment, so that it can be forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Mark {
    Tried(LeadId, Number),
    Abandoned(Number),
    Machine(Number),
}

impl Memory {
    /// Notes a permitted attempt.
    pub(super) fn tried(&mut self, at: Timestamp, lead: LeadId, number: Number) {
        self.by_time.insert((at, Mark::Tried(lead, number)));
        self.by_number.insert((number, at));
        self.leads.insert(lead, at);
    }

    /// Notes how the attempt permitted at `tried_at` ended.
    pub(super) fn ended(
        &mut self,
        now: Timestamp,
        tried_at: Timestamp,
        number: Number,
        outcome: Outcome,
    ) {
        if !outcome.counts_as_attempt() {
            self.by_number.remove(&(number, tried_at));
        }
        if outcome == Outcome::Abandoned {
            self.by_time.insert((now, Mark::Abandoned(number)));
            self.abandoned.insert(number, now);
        }
        if outcome == Outcome::Machine {
            self.met_machine(now, number);
        }
    }

    /// Notes that a machine answered there.
    pub(super) fn met_machine(&mut self, now: Timestamp, number: Number) {
        self.by_time.insert((now, Mark::Machine(number)));
        self.machines.insert(number, now);
    }

    /// Forgets what is [`KEPT_FOR`] old at `now`.
    pub(super) fn forget_before(&mut self, now: Timestamp) {
        let horizon = now.saturating_sub(KEPT_FOR).unwrap_or(Timestamp::MIN);
        while let Some(&(at, mark)) = self.by_time.first().filter(|(at, _)| *at <= horizon) {
            self.by_time.pop_first();
            match mark {
                Mark::Tried(lead, number) => {
                    self.by_number.remove(&(number, at));
                    forget(&mut self.leads, &lead, at);
                }
                Mark::Abandoned(number) => forget(&mut self.abandoned, &number, at),
                Mark::Machine(number) => forget(&mut self.machines, &number, at),
            }
        }
    }

    /// Whether another attempt can be remembered.
    pub(super) fn has_room(&self) -> bool {
        self.by_time.len() < MAX_TRIED
    }

    /// When the lead was last permitted to be dialled.
    pub(super) fn last_tried(&self, lead: LeadId) -> Option<Timestamp> {
        self.leads.get(&lead).copied()
    }

    /// A person's history of seven days as the store had it, with what happened since at any of
    /// their numbers.
    pub(super) fn history(&self, now: Timestamp, lead: &Lead) -> NumberHistory {
        let horizon = now.saturating_sub(WEEK).unwrap_or(Timestamp::MIN);
        let stored = &lead.history;
        let known = lead.numbers().flat_map(|number| {
            let known = (number, Timestamp::MIN)..=(number, Timestamp::MAX);
            self.by_number.range(known).map(|(_, at)| *at)
        });
        let all: BTreeSet<_> = stored.recent.iter().copied().chain(known).collect();
        let abandoned = lead.numbers().filter_map(|number| self.abandoned.get(&number).copied());
        NumberHistory {
            recent: all.into_iter().filter(|at| *at > horizon).collect(),
            abandoned_at: stored.abandoned_at.max(abandoned.max()),
            machine_at: stored.machine_at.max(self.machines.get(&lead.number).copied()),
        }
    }
}

fn forget<K: Ord>(map: &mut BTreeMap<K, Timestamp>, key: &K, at: Timestamp) {
    if map.get(key) == Some(&at) {
        map.remove(key);
    }
}

/// The window of the longest cap.
pub(super) const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);

/// A copy of a lead is read less than a day before, and a day has at most 25 hours.
const KEPT_FOR: SignedDuration = SignedDuration::from_hours(26);

/// Most events remembered: 1,000 agents at full pace make about 300,000 attempts a day.
const MAX_TRIED: usize = 1 << 20;
