//! The journal's disk: entries wait for a sync, and a power cut takes those that had none.
//!
//! ```text
//!   append ─▶ waiting ── sync, all that wait at once ─▶ durable ─▶ the store's fold
//!                 └── power cut: lost, but for what had reached the platter by chance
//! ```

use std::collections::VecDeque;
use std::ops::RangeInclusive;
use std::time::Duration;

use store::Entry;

use super::agenda::Happening;
use super::errand::{Errand, Errands};
use super::invariant::Invariant;
use crate::demo::outcomes::Chance;

/// The journal on its disk.
#[derive(Debug)]
pub(super) struct Disk {
    chance: Chance,
    life: u32,
    /// Appended and not durable.
    waiting: VecDeque<Entry>,
    /// How many of those the sync that runs covers.
    syncing: Option<usize>,
    sync_ms: RangeInclusive<u32>,
    stuck: bool,
    /// Durable and not folded.
    spool: VecDeque<Entry>,
    /// Everything durable, for audits after a power cut; kept only where there are some.
    history: Option<Vec<Entry>>,
    next: u64,
}

impl Disk {
    pub(super) fn new(seed: [u8; 32], keep: bool) -> Self {
        Self {
            chance: Chance::new(seed, "disk"),
            life: 1,
            waiting: VecDeque::new(),
            syncing: None,
            sync_ms: QUICK,
            stuck: false,
            spool: VecDeque::new(),
            history: keep.then(Vec::new),
            next: 1,
        }
    }

    /// How long a sync takes from now on.
    pub(super) fn set(&mut self, sync_ms: RangeInclusive<u32>) {
        self.sync_ms = sync_ms;
    }

    /// The disk takes nothing, or takes everything again.
    pub(super) fn set_stuck(&mut self, at: Duration, stuck: bool, errands: &mut Errands) {
        self.stuck = stuck;
        if !stuck {
            self.sync(at, errands);
        }
    }

    pub(super) fn append(&mut self, at: Duration, entry: Entry, errands: &mut Errands) {
        if entry.seq != self.next {
            let what = format!("journal entry {} where {} was due", entry.seq, self.next);
            errands.push(Errand::Broken(Invariant::D1, what));
        }
        self.next = entry.seq + 1;
        self.waiting.push_back(entry);
        self.sync(at, errands);
    }

    fn sync(&mut self, at: Duration, errands: &mut Errands) {
        if self.syncing.is_none() && !self.stuck && !self.waiting.is_empty() {
            self.syncing = Some(self.waiting.len());
            let done = at + self.chance.ms(&self.sync_ms);
            errands.push(Errand::At(done, Happening::Synced(self.life)));
        }
    }

    /// A sync has ended: the newest entry that is durable now, and what became durable.
    pub(super) fn synced(&mut self, at: Duration, life: u32, errands: &mut Errands) -> Option<u64> {
        if life != self.life {
            return None;
        }
        let count = self.syncing.take()?;
        let newest = self.harden(count);
        self.sync(at, errands);
        newest
    }

    fn harden(&mut self, count: usize) -> Option<u64> {
        let mut newest = None;
        for entry in self.waiting.drain(..count.min(self.waiting.len())) {
            newest = Some(entry.seq);
            if let Some(history) = &mut self.history {
                history.push(entry.clone());
            }
            self.spool.push_back(entry);
        }
        newest
    }

    /// What is durable and not folded yet.
    pub(super) fn drain_spool(&mut self) -> impl Iterator<Item = Entry> + '_ {
        self.spool.drain(..)
    }

    pub(super) fn spooled(&self) -> usize {
        self.spool.len()
    }

    /// The power is cut: what waits is lost, but for a beginning that chance has written.
    pub(super) fn cut(&mut self) {
        let waiting = u32::try_from(self.waiting.len()).unwrap_or(u32::MAX);
        let kept = usize::try_from(self.chance.below(waiting.saturating_add(1))).unwrap_or(0);
        self.harden(kept);
        if let Some(first) = self.waiting.front() {
            self.next = first.seq;
        }
        self.waiting.clear();
        self.syncing = None;
        self.stuck = false;
        self.life += 1;
    }

    /// The sequence number that comes next.
    pub(super) fn next(&self) -> u64 {
        self.next
    }

    /// Everything that is durable, oldest first; empty where it is not kept.
    pub(super) fn history(&self) -> &[Entry] {
        self.history.as_deref().unwrap_or_default()
    }
}

/// A sync of an ordinary disk, in ms.
pub(super) const QUICK: RangeInclusive<u32> = 1..=4;

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use store::Event;

    use super::*;

    fn entry(seq: u64) -> Entry {
        Entry { seq, at: Timestamp::UNIX_EPOCH, event: Event::Stopped }
    }

    /// FAULTS F2: what was reported durable is there after a cut; the rest may be gone.
    #[test]
    fn a_power_cut_takes_only_what_was_not_durable() {
        for seed in 0..50 {
            let (mut disk, mut errands) = (Disk::new([seed; 32], true), vec![]);
            (1..=3).for_each(|seq| disk.append(Duration::ZERO, entry(seq), &mut errands));
            assert_eq!(disk.synced(Duration::ZERO, 1, &mut errands), Some(1));
            assert_eq!(disk.synced(Duration::ZERO, 1, &mut errands), Some(3));
            (4..=9).for_each(|seq| disk.append(Duration::ZERO, entry(seq), &mut errands));
            disk.cut();
            let next = disk.next();
            assert!((4..=10).contains(&next), "{next}");
            let kept: Vec<_> = disk.history().iter().map(|entry| entry.seq).collect();
            assert_eq!(kept, (1..next).collect::<Vec<_>>());
            assert_eq!(disk.synced(Duration::ZERO, 1, &mut errands), None, "an old life's sync");
        }
    }

    #[test]
    fn an_entry_out_of_order_is_found() {
        let (mut disk, mut errands) = (Disk::new([1; 32], false), vec![]);
        disk.append(Duration::ZERO, entry(2), &mut errands);
        assert!(errands.iter().any(|one| matches!(one, Errand::Broken(Invariant::D1, _))));
    }
}
