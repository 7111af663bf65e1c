//! The calls that wait, each in the line of its target.

use super::order::{CallRank, Lane, Turn, among_calls};
use super::pool::Line;
use super::work::{Target, Work};
use crate::ids::CallId;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::time::{Duration, Instant};

/// Every waiting call.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    calls: BTreeMap<CallId, Entry>,
    lines: BTreeMap<Target, Lanes>,
}

type Lanes = [BTreeSet<Turn>; Lane::ALL.len()];

/// A call that waits, or will wait again if its agent lets go.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub(super) work: Work,
    pub(super) turn: Turn,
    /// It waits no longer than this.
    pub(super) deadline: Instant,
    /// When it hears its position next.
    pub(super) announce_at: Option<Instant>,
    /// When it hears the clip that comes in between next.
    pub(super) comfort_at: Option<Instant>,
}

impl Waiting {
    pub(super) fn insert(&mut self, entry: Entry) {
        let lane = Lane::of(&entry.work).index();
        self.lines.entry(entry.work.target).or_default()[lane].insert(entry.turn);
        self.calls.insert(entry.turn.call, entry);
    }

    pub(super) fn remove(&mut self, call: CallId) -> Option<Entry> {
        let entry = self.calls.remove(&call)?;
        if let Some(lanes) = self.lines.get_mut(&entry.work.target) {
            lanes[Lane::of(&entry.work).index()].remove(&entry.turn);
            if lanes.iter().all(BTreeSet::is_empty) {
                self.lines.remove(&entry.work.target);
            }
        }
        Some(entry)
    }

    pub(super) fn get(&self, call: CallId) -> Option<&Entry> {
        self.calls.get(&call)
    }

    pub(super) fn get_mut(&mut self, call: CallId) -> Option<&mut Entry> {
        self.calls.get_mut(&call)
    }

    pub(super) fn len(&self) -> usize {
        self.calls.len()
    }

    pub(super) fn line_len(&self, target: Target) -> usize {
        self.lines.get(&target).map_or(0, |lanes| lanes.iter().map(BTreeSet::len).sum())
    }

    /// The call that an agent of these lines serves next.
    pub(super) fn best_for(
        &self,
        now: Instant,
        ageing: Duration,
        served: impl Iterator<Item = Line>,
    ) -> Option<CallId> {
        let ranks = served.filter_map(|line| {
            let lanes = self.lines.get(&line.target)?;
            let heads = Lane::ALL.into_iter().zip(lanes);
            let ranks = heads.filter_map(|(lane, turns)| {
                Some(among_calls(now, ageing, line.priority, lane, *turns.first()?))
            });
            ranks.min()
        });
        ranks.min().map(|rank: CallRank| rank.turn.call)
    }

    /// The call's place in its line and the line's length, priorities as they stand unaged.
    pub(super) fn position(&self, entry: &Entry) -> (usize, usize) {
        let Some(lanes) = self.lines.get(&entry.work.target) else { return (0, 0) };
        let lane = Lane::of(&entry.work).index();
        let of = lanes.iter().map(BTreeSet::len).sum();
        // Counted from the back: who arrives is last, and arrivals are what is asked about most.
        let behind = lanes[lane].range((Bound::Excluded(entry.turn), Bound::Unbounded)).count();
        let before: usize = lanes[..lane].iter().map(BTreeSet::len).sum();
        (before + lanes[lane].len() - behind, of)
    }

    /// The calls of one line, in the order of their lanes and turns.
    pub(super) fn line(&self, target: Target) -> impl Iterator<Item = &Entry> + '_ {
        let turns = self.lines.get(&target).into_iter().flatten().flatten();
        turns.filter_map(|turn| self.calls.get(&turn.call))
    }

    /// The targets that somebody waits for.
    pub(super) fn targets(&self) -> impl Iterator<Item = Target> + '_ {
        self.lines.keys().copied()
    }

    pub(super) fn calls(&self) -> impl Iterator<Item = &Entry> + '_ {
        self.calls.values()
    }
}
