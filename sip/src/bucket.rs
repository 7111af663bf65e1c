//! Leaky buckets: how much each of many has asked for lately, and nothing kept of who rests.
//!
//! A bucket is the moment at which it will have drained; an empty one is not kept. The table is
//! bounded, and what to make of a newcomer at the bound is its user's policy.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::time::{Duration, Instant};

/// One bucket for each key.
#[derive(Debug)]
pub(crate) struct Buckets<K> {
    /// When each will have drained.
    drained: HashMap<K, Instant>,
    most: usize,
    swept: Option<Instant>,
}

impl<K: Eq + Hash> Buckets<K> {
    pub(crate) fn new(most: usize) -> Self {
        Self { drained: HashMap::new(), most, swept: None }
    }

    /// How long the bucket of `key` needs to drain.
    pub(crate) fn level(&self, now: Instant, key: &K) -> Duration {
        let drained = self.drained.get(key);
        drained.map_or(Duration::ZERO, |at| at.saturating_duration_since(now))
    }

    /// Pours a drop that takes `drip` to drain; false when there is no room for another bucket.
    pub(crate) fn pour(&mut self, now: Instant, key: K, drip: Duration) -> bool {
        self.sweep(now);
        if self.drained.len() >= self.most && !self.drained.contains_key(&key) {
            return false;
        }
        let drained = self.drained.entry(key).or_insert(now);
        *drained = (*drained).max(now) + drip;
        true
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.drained.len()
    }

    /// Forgets what has drained, at most once a second.
    fn sweep(&mut self, now: Instant) {
        if self.swept.is_none_or(|at| now.saturating_duration_since(at) >= SWEEP) {
            self.swept = Some(now);
            self.drained.retain(|_, at| *at > now);
        }
    }
}

/// Whom a source counts as: an IPv6 source owns its whole /64.
pub(crate) fn network(source: IpAddr) -> IpAddr {
    match source.to_canonical() {
        IpAddr::V6(ip) => {
            let [a, b, c, d, ..] = ip.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

const SWEEP: Duration = Duration::from_secs(1);

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test reads the clock once, for its epoch")]
mod tests {
    use super::*;

    const DRIP: Duration = Duration::from_millis(10);

    #[test]
    fn a_bucket_drains_by_itself_and_is_then_forgotten() {
        let (now, mut buckets) = (Instant::now(), Buckets::new(8));
        for _ in 0..3 {
            assert!(buckets.pour(now, 'a', DRIP));
        }
        assert_eq!(buckets.level(now, &'a'), DRIP * 3);
        assert_eq!(buckets.level(now + DRIP * 2, &'a'), DRIP);
        assert_eq!(buckets.level(now, &'b'), Duration::ZERO);
        assert!(buckets.pour(now + SWEEP, 'b', DRIP));
        assert_eq!(buckets.len(), 1);
    }

    #[test]
    fn at_the_bound_a_newcomer_has_no_bucket_and_the_others_go_on() {
        let (now, mut buckets) = (Instant::now(), Buckets::new(2));
        assert!(buckets.pour(now, 1, DRIP) && buckets.pour(now, 2, DRIP));
        assert!(!buckets.pour(now, 3, DRIP));
        assert!(buckets.pour(now, 1, DRIP));
    }

    #[test]
    fn a_neighbour_in_the_same_64_is_the_same_source() {
        let ip = |text: &str| network(text.parse().unwrap());
        assert_eq!(ip("2001:db8:1:2:3::4"), ip("2001:db8:1:2:ffff::1"));
        assert_ne!(ip("2001:db8:1:2::1"), ip("2001:db8:1:3::1"));
        assert_eq!(ip("::ffff:192.0.2.1"), ip("192.0.2.1"));
        assert_ne!(ip("192.0.2.1"), ip("192.0.2.2"));
    }
}
