//! Wrong passwords, counted where they come from (FAULTS S2).
//!
//! Two buckets for each source: one for every user it tries, one for all of them; each drains by
//! itself. The source is locked out, never the user.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use crate::bucket::{Buckets, network};

/// Wrong passwords by source and user, and by source alone: each a bucket that drains by itself.
pub(super) struct Failures {
    /// Wrong tries that one source may spend on one user.
    share: u32,
    buckets: Buckets<(IpAddr, Option<u64>)>,
}

impl Failures {
    pub(super) fn new(share: u32) -> Self {
        Self { share: share.max(1), buckets: Buckets::new(BUCKETS_MAX) }
    }

    pub(super) fn is_locked(&self, now: Instant, source: IpAddr, user: u64) -> bool {
        let source = network(source);
        let full = |user, drip: Duration, share: u32| {
            self.buckets.level(now, &(source, user)) > drip * (share - 1)
        };
        full(Some(user), DRIP, self.share)
            || full(None, DRIP / USERS_PER_SOURCE, self.share * USERS_PER_SOURCE)
    }

    pub(super) fn count(&mut self, now: Instant, source: IpAddr, user: u64) {
        let source = network(source);
        for (user, drip) in [(Some(user), DRIP), (None, DRIP / USERS_PER_SOURCE)] {
            // At the bound a newcomer goes uncounted: locking out strangers would be worse.
            self.buckets.pour(now, (source, user), drip);
        }
    }
}

/// One wrong try is forgiven in this time.
pub(super) const DRIP: Duration = Duration::from_secs(10);

/// An office behind one address may have this many users mistype at once.
const USERS_PER_SOURCE: u32 = 10;

const BUCKETS_MAX: usize = 20_000;

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
        assert_eq!(failures.buckets.len(), 2, "the first source's two have drained");
        assert!(!failures.is_locked(now + DRIP * 2, source, 1));
    }
}
