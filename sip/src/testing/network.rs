//! A network with a seed: it delays, loses, doubles and reorders.

use std::collections::BTreeMap;
use std::fmt;
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::End;
use crate::endpoint::Random;

/// How bad a network is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// Shortest time under way.
    pub delay: Duration,
    /// Added to it by chance, up to this: later datagrams overtake earlier ones.
    pub jitter: Duration,
    /// Datagrams lost of each thousand.
    pub lost_per_mille: u64,
    /// Datagrams that arrive twice of each thousand.
    pub doubled_per_mille: u64,
}

impl Link {
    /// A good network: 10 ms, nothing lost.
    pub const GOOD: Self = Self {
        delay: Duration::from_millis(10),
        jitter: Duration::ZERO,
        lost_per_mille: 0,
        doubled_per_mille: 0,
    };

    /// F9: a tenth is lost, some comes twice, some overtakes.
    pub const BAD: Self = Self {
        delay: Duration::from_millis(20),
        jitter: Duration::from_millis(60),
        lost_per_mille: 100,
        doubled_per_mille: 50,
    };
}

/// A filter: `false` loses what an end sends.
type Gate = Box<dyn FnMut(End, &[u8]) -> bool>;

/// What is under way between two ends.
pub struct Network {
    /// How it treats datagrams; streams only see its delay.
    pub link: Link,
    random: Random,
    gate: Option<Gate>,
    under_way: BTreeMap<(Instant, u64), (End, Bytes)>,
    order: u64,
}

impl Network {
    /// A network whose chance is `seed`.
    #[must_use]
    pub fn new(link: Link, seed: u64) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_be_bytes());
        let random = Random::new(key);
        Self { link, random, gate: None, under_way: BTreeMap::new(), order: 0 }
    }

    /// Loses whatever `gate` says `false` to; replaces an earlier gate.
    pub fn set_gate(&mut self, gate: impl FnMut(End, &[u8]) -> bool + 'static) {
        self.gate = Some(Box::new(gate));
    }

    /// Lets everything through again.
    pub fn open_gate(&mut self) {
        self.gate = None;
    }

    pub(super) fn send(&mut self, now: Instant, from: End, reliable: bool, bytes: Bytes) {
        if self.gate.as_mut().is_some_and(|gate| !gate(from, &bytes)) {
            return;
        }
        let Link { delay, jitter, lost_per_mille, doubled_per_mille } = self.link;
        if reliable {
            return self.put(now + delay, from, bytes);
        }
        if self.random.number() % 1_000 < lost_per_mille {
            return;
        }
        let copies = 1 + u64::from(self.random.number() % 1_000 < doubled_per_mille);
        for _ in 0..copies {
            let late = self.random.between(Duration::ZERO, jitter);
            self.put(now + delay + late, from, bytes.clone());
        }
    }

    pub(super) fn next(&self) -> Option<Instant> {
        self.under_way.first_key_value().map(|((at, _), _)| *at)
    }

    pub(super) fn arrive(&mut self, now: Instant) -> Option<(End, Bytes)> {
        let entry = self.under_way.first_entry()?;
        (entry.key().0 <= now).then(|| entry.remove())
    }

    fn put(&mut self, at: Instant, from: End, bytes: Bytes) {
        self.order += 1;
        self.under_way.insert((at, self.order), (from, bytes));
    }
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { link, under_way, .. } = self;
        f.debug_struct("Network")
            .field("link", link)
            .field("under_way", &under_way.len())
            .finish_non_exhaustive()
    }
}
