//! The stock: a few leads read ahead of need, so that an agent never waits for a query.
//!
//! It is no hopper: it is bounded, small beside the list, asked for again before it runs dry, and
//! thrown away when it is older than [`FRESH_FOR`]. What it holds is checked again at the dial.

use crate::ids::LeadId;
use crate::leads::{Lead, LeadStatus};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// Leads ready to be dialled, best first.
#[derive(Debug, Default)]
pub(super) struct Stock {
    queue: BTreeMap<Rank, (Lead, Timestamp)>,
    ids: BTreeSet<LeadId>,
    arrivals: u64,
    /// No lead in stock was read outside these moments.
    read: Option<(Timestamp, Timestamp)>,
    asked: Option<Timestamp>,
    dry_until: Option<Timestamp>,
}

/// Callbacks first, then the higher priority, then the order of arrival.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    ordinary: bool,
    unimportance: i32,
    arrival: u64,
}

impl Stock {
    pub(super) fn len(&self) -> usize {
        self.queue.len()
    }

    /// Whether the store had nothing to add when it was last asked.
    pub(super) const fn is_dry(&self) -> bool {
        self.dry_until.is_some()
    }

    /// How many leads to ask for, if it is time to ask.
    pub(super) fn wants(&mut self, now: Timestamp, agents: usize) -> Option<usize> {
        self.discard_stale(now);
        let low = (2 * agents).clamp(LEAST, MOST / 4);
        if self.len() >= low || is_before(now, self.dry_until) {
            return None;
        }
        let patience = self.asked.and_then(|asked| asked.checked_add(ASK_AGAIN_AFTER).ok());
        if is_before(now, patience) {
            return None;
        }
        self.asked = Some(now);
        Some((4 * low).min(MOST) - self.len())
    }

    /// Takes the answer to the last question.
    pub(super) fn add(&mut self, now: Timestamp, leads: Vec<Lead>) {
        let before = self.len();
        self.asked = None;
        for lead in leads {
            if self.len() >= MOST || !self.ids.insert(lead.id) {
                continue;
            }
            let rank = Rank {
                ordinary: lead.status != LeadStatus::Callback,
                unimportance: -i32::from(lead.priority),
                arrival: self.arrivals,
            };
            self.arrivals += 1;
            let (first, last) = self.read.unwrap_or((now, now));
            self.read = Some((first.min(now), last.max(now)));
            self.queue.insert(rank, (lead, now));
        }
        // Nothing new: the list is dry, and asking at once would ask for ever.
        let dry = self.len() == before;
        self.dry_until = dry.then(|| now.checked_add(DRY_FOR).ok()).flatten();
    }

    /// The best lead.
    pub(super) fn next(&mut self, now: Timestamp) -> Option<Lead> {
        self.discard_stale(now);
        let (_, (lead, _)) = self.queue.pop_first()?;
        self.ids.remove(&lead.id);
        Some(lead)
    }

    /// Takes a lead out, to be read anew.
    pub(super) fn remove(&mut self, id: LeadId) {
        if self.ids.remove(&id) {
            self.queue.retain(|_, (lead, _)| lead.id != id);
            self.dry_until = None;
        }
    }

    /// The leads in stock, by id.
    pub(super) fn ids(&self) -> impl Iterator<Item = LeadId> + '_ {
        self.ids.iter().copied()
    }

    /// Whether what it says to hold is what it holds.
    pub(super) fn is_consistent(&self) -> bool {
        let mut held = self.queue.values().map(|(lead, _)| &lead.id);
        self.ids.len() == self.queue.len() && held.all(|id| self.ids.contains(id))
    }

    /// How many leads come before this one.
    pub(super) fn position(&self, id: LeadId) -> Option<usize> {
        self.queue.values().position(|(lead, _)| lead.id == id)
    }

    fn discard_stale(&mut self, now: Timestamp) {
        let horizon = now.saturating_sub(FRESH_FOR).unwrap_or(Timestamp::MIN);
        if self.read.is_none_or(|(first, last)| horizon <= first && last <= now) {
            return;
        }
        // A clock set back makes a stock from the future: that is as stale.
        self.queue.retain(|_, (_, read_at)| (horizon..=now).contains(read_at));
        let mut kept = self.queue.values().map(|(_, read_at)| *read_at);
        self.read = kept.next().map(|first| {
            kept.fold((first, first), |(oldest, newest), at| (oldest.min(at), newest.max(at)))
        });
        if self.ids.len() != self.queue.len() {
            self.ids = self.queue.values().map(|(lead, _)| lead.id).collect();
        }
    }
}

/// Whether `now` is before `until`, with a clock that may have been set back since.
fn is_before(now: Timestamp, until: Option<Timestamp>) -> bool {
    until.is_some_and(|until| now < until && until.duration_since(now) <= ASK_AGAIN_AFTER)
}

/// How long a lead may lie in stock.
const FRESH_FOR: SignedDuration = SignedDuration::from_mins(10);
/// How long an answer from the store is waited for.
const ASK_AGAIN_AFTER: SignedDuration = SignedDuration::from_secs(10);
/// How long a dry list is left alone.
const DRY_FOR: SignedDuration = SignedDuration::from_secs(5);
/// The smallest stock worth keeping.
const LEAST: usize = 32;
/// The largest stock there is.
const MOST: usize = 8_192;
