//! Wrong passwords, counted where they come from (FAULTS S2).
//!
//! Two buckets for each source: one for every user it tries, one for all of them; each drains by
//! itself. The source is locked out, never the user.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::time::{Duration, Instant};

/// Wrong passwords by source and user, and by source alone: each a bucket that drains by itself.
pub(super) struct Failures {
    /// Wrong tries that one source may spend on one user.
    share: u32,
    /// When each bucket will have drained.
    drained: HashMap<(IpAddr, Option<u64>), Instant>,
    swept: Option<Instant>,
}

impl Failures {
    pub(super) fn new(share: u32) -> Self {
        Self { share, drained: HashMap::new(), swept: None }
    }

    pub(super) fn is_locked(&self, now: Instant, source: IpAddr, user: u64) -> bool {
        let source = network(source);
        let full = |key: &(IpAddr, Option<u64>), drip: Duration, share: u32| {
            let drained = self.drained.get(key);
            drained.is_some_and(|at| at.saturating_duration_since(now) > drip * (share - 1))
        };
        let share = self.share.max(1);
        full(&(source, Some(user)), DRIP, share)
            || full(&(source, None), DRIP / USERS_PER_SOURCE, share * USERS_PER_SOURCE)
    }

    pub(super) fn count(&mut self, now: Instant, source: IpAddr, user: u64) {
        let source = network(source);
        self.sweep(now);
        for (key, drip) in [((source, Some(user)), DRIP), ((source, None), DRIP / USERS_PER_SOURCE)]
        {
            // At the bound a newcomer goes uncounted: locking out strangers would be worse.
            if self.drained.len() < BUCKETS_MAX || self.drained.contains_key(&key) {
                let drained = self.drained.entry(key).or_insert(now);
                *drained = (*drained).max(now) + drip;
            }
        }
    }

    /// Forgets drained buckets, at most once a second.
    fn sweep(&mut self, now: Instant) {
        let due = self.swept.is_none_or(|at| now.saturating_duration_since(at) >= SWEEP);
        if due {
            self.swept = Some(now);
            self.drained.retain(|_, at| *at > now);
        }
    }
}

/// One wrong try is forgiven in this time.
pub(super) const DRIP: Duration = Duration::from_secs(10);

/// An office behind one address may have this many users mistype at once.
const USERS_PER_SOURCE: u32 = 10;

const SWEEP: Duration = Duration::from_secs(1);

const BUCKETS_MAX: usize = 20_000;

/// An IPv6 source owns its whole /64.
fn network(source: IpAddr) -> IpAddr {
    match source.to_canonical() {
        IpAddr::V6(ip) => {
            let [a, b, c, d, ..] = ip.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test reads the clock once, for its epoch")]
mod tests {
    use super::*;

    #[test]
    fn counted_failures_leave_nothing_behind_once_drained() {
        let source = IpAddr::V4([192, 0, 2, 7].into());
        let (now, mut failures) = (Instant::now(), Failures::new(3));
        failures.count(now, source, 1);
        failures.count(now + DRIP * 2, IpAddr::V4([192, 0, 2, 8].into()), 1);
        assert_eq!(failures.drained.len(), 2);
        assert!(!failures.drained.contains_key(&(source, None)));
        assert!(!failures.is_locked(now + DRIP * 2, source, 1));
    }
}
