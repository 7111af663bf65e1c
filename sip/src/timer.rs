//! Timers with lazy cancellation: one FIFO queue a duration, so setting one is an append.
//!
//! A SIP element sets timers of a handful of lengths (T1 and its doublings, T4, 64·T1): within one
//! length, what is set later is due later. Any other length, and a clock that steps back, goes to a
//! heap. Nothing is ever removed from the middle: an entry is *live* only while its owner still
//! names that very instant as its deadline, and dead ones fall out when they reach the front.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::time::{Duration, Instant};

/// Timers whose owners are named by `K`.
#[derive(Debug)]
pub(crate) struct Timers<K> {
    queues: Vec<(Duration, VecDeque<Entry<K>>)>,
    odd: BinaryHeap<Reverse<Entry<K>>>,
    /// Breaks ties, so that what was set first runs first.
    order: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Entry<K> {
    at: Instant,
    order: u64,
    owner: K,
}

impl<K: Copy + Ord> Timers<K> {
    /// Timers with a queue for each of `lengths`.
    pub(crate) fn new(lengths: &[Duration]) -> Self {
        let mut lengths = lengths.to_vec();
        lengths.sort_unstable();
        lengths.dedup();
        let queues = lengths.into_iter().map(|length| (length, VecDeque::new())).collect();
        Self { queues, odd: BinaryHeap::new(), order: 0 }
    }

    /// Wakes `owner` at `at`.
    pub(crate) fn set(&mut self, now: Instant, at: Instant, owner: K) {
        self.order += 1;
        let entry = Entry { at, order: self.order, owner };
        let length = at.saturating_duration_since(now);
        let queue = self.queues.binary_search_by_key(&length, |(length, _)| *length);
        match queue.ok().and_then(|index| self.queues.get_mut(index)) {
            Some((_, queue)) if queue.back().is_none_or(|last| last.at <= at) => {
                queue.push_back(entry);
            }
            _ => self.odd.push(Reverse(entry)),
        }
    }

    /// Takes the earliest live timer that is due at `now`.
    pub(crate) fn pop_due(&mut self, now: Instant, live: impl Fn(Instant, K) -> bool) -> Option<K> {
        loop {
            let (at, place) = self.first()?;
            if at > now {
                return None;
            }
            let entry = self.take(place)?;
            if live(entry.at, entry.owner) {
                return Some(entry.owner);
            }
        }
    }

    /// Drops dead timers from the front, so that [`deadline`](Self::deadline) names a live one.
    pub(crate) fn prune(&mut self, live: impl Fn(Instant, K) -> bool) {
        for (_, queue) in &mut self.queues {
            while queue.front().is_some_and(|entry| !live(entry.at, entry.owner)) {
                queue.pop_front();
            }
        }
        while self.odd.peek().is_some_and(|Reverse(entry)| !live(entry.at, entry.owner)) {
            self.odd.pop();
        }
    }

    /// When the earliest timer is due.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.first().map(|(at, _)| at)
    }

    /// Entries held, dead ones with them.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.odd.len() + self.queues.iter().map(|(_, queue)| queue.len()).sum::<usize>()
    }

    fn first(&self) -> Option<(Instant, Place)> {
        let queues = self.queues.iter().enumerate().filter_map(|(index, (_, queue))| {
            queue.front().map(|entry| (entry.at, entry.order, Place::Queue(index)))
        });
        let odd = self.odd.peek().map(|Reverse(entry)| (entry.at, entry.order, Place::Odd));
        queues
            .chain(odd)
            .min_by_key(|(at, order, _)| (*at, *order))
            .map(|(at, _, place)| (at, place))
    }

    fn take(&mut self, place: Place) -> Option<Entry<K>> {
        match place {
            Place::Queue(index) => self.queues.get_mut(index)?.1.pop_front(),
            Place::Odd => self.odd.pop().map(|Reverse(entry)| entry),
        }
    }
}

#[derive(Clone, Copy)]
enum Place {
    Queue(usize),
    Odd,
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test reads the clock once, for its epoch")]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    const LENGTHS: [Duration; 3] =
        [Duration::from_millis(500), Duration::from_secs(5), Duration::from_secs(32)];

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn timers_of_mixed_lengths_come_out_in_order_of_their_deadlines() {
        let start = Instant::now();
        let mut timers = Timers::new(&LENGTHS);
        for (owner, length) in [(1, 32_000), (2, 500), (3, 777), (4, 5_000), (5, 500)] {
            timers.set(start, start + ms(length), owner);
        }
        let mut seen = vec![];
        while let Some(at) = timers.deadline() {
            let before = at.checked_sub(ms(1)).unwrap();
            assert_eq!(timers.pop_due(before, |_, _| true), None);
            seen.push(((at - start).as_millis(), timers.pop_due(at, |_, _| true).unwrap()));
        }
        assert_eq!(seen, [(500, 2), (500, 5), (777, 3), (5_000, 4), (32_000, 1)]);
    }

    #[test]
    fn a_cancelled_timer_wakes_nobody_and_is_pruned_from_the_front() {
        let start = Instant::now();
        let mut timers = Timers::new(&LENGTHS);
        timers.set(start, start + ms(500), 1);
        timers.set(start, start + ms(5_000), 2);
        timers.prune(|_, owner| owner == 2);
        assert_eq!(timers.deadline(), Some(start + ms(5_000)));
        assert_eq!(timers.len(), 1);
        assert_eq!(timers.pop_due(start + ms(9_000), |_, _| false), None);
        assert_eq!(timers.len(), 0);
    }

    proptest! {
        /// Whatever is set, at whatever clock, comes out once and in order.
        #[test]
        fn timers_pop_sorted_and_exactly_once(
            sets in proptest::collection::vec((0_u64..2_000, 0_usize..4, 0_u64..40_000), 1..60)
        ) {
            let start = Instant::now();
            let mut timers = Timers::new(&LENGTHS);
            let mut expected = BTreeSet::new();
            for (owner, (now, class, odd)) in sets.into_iter().enumerate() {
                let now = start + ms(now);
                let at = now + LENGTHS.get(class).copied().unwrap_or(ms(odd));
                timers.set(now, at, owner);
                expected.insert((at, owner));
            }
            let mut popped = vec![];
            while let Some(at) = timers.deadline() {
                popped.push((at, timers.pop_due(at, |_, _| true).unwrap()));
            }
            prop_assert!(popped.iter().eq(expected.iter()));
        }
    }
}
