//! How much those who have proven nothing may ask (FAULTS S5, L2).
//!
//! A request from outside of every dialog that no trunk sent costs a token of its source network;
//! who has none left is not answered, nor is a digest computed for it. Beyond as many sources as
//! are remembered all newcomers share one bucket, so that a flood from forged addresses costs no
//! more than that bucket holds.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use super::Endpoint;
use crate::bucket::{Buckets, network};
use crate::leg::Received;

impl Endpoint {
    /// Whether a request that belongs to nothing we know may be answered.
    pub(super) fn is_welcome(&mut self, now: Instant, received: &Received) -> bool {
        let remote = received.flow.remote;
        let welcome = self.peers.find(remote).is_some() || self.strangers.admit(now, remote.ip());
        self.unanswered += u64::from(!welcome);
        welcome
    }
}

/// The tokens of every source.
#[derive(Debug)]
pub(super) struct Strangers {
    buckets: Buckets<IpAddr>,
    /// What newcomers have at the bound.
    shared: Buckets<()>,
    drip: Duration,
}

impl Strangers {
    /// So many requests a second from each source, and twice as many at once.
    pub(super) fn new(per_second: u32) -> Self {
        let drip = Duration::from_secs(1) / per_second.max(1);
        Self { buckets: Buckets::new(SOURCES_MAX), shared: Buckets::new(1), drip }
    }

    /// Takes a token of `source`; false when it has none.
    pub(super) fn admit(&mut self, now: Instant, source: IpAddr) -> bool {
        let (own, drip) = (network(source), self.drip);
        if self.buckets.level(now, &own) + drip > BURST {
            return false;
        }
        if self.buckets.pour(now, own, drip) {
            return true;
        }
        self.shared.level(now, &()) + drip <= BURST && self.shared.pour(now, (), drip)
    }
}

/// What a source may spend at once, as time at its rate.
const BURST: Duration = Duration::from_secs(2);

/// Sources remembered at once; each takes some 60 bytes.
const SOURCES_MAX: usize = 20_000;

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test reads the clock once, for its epoch")]
mod tests {
    use super::*;

    fn source(number: u32) -> IpAddr {
        std::net::Ipv4Addr::from(0x0A00_0000 + number).into()
    }

    /// Two seconds' worth at once, then what a second gives; its neighbour has its own.
    #[test]
    fn a_source_spends_its_burst_and_then_its_rate() {
        let (now, mut strangers) = (Instant::now(), Strangers::new(100));
        let admitted = |strangers: &mut Strangers, at, number| {
            (0..1_000).filter(|_| strangers.admit(at, source(number))).count()
        };
        assert_eq!(admitted(&mut strangers, now, 1), 200);
        assert_eq!(admitted(&mut strangers, now, 2), 200);
        assert_eq!(admitted(&mut strangers, now + Duration::from_secs(1), 1), 100);
    }

    /// Forged addresses by the hundred thousand: after those remembered, one bucket for them all.
    #[test]
    fn a_flood_from_more_sources_than_are_remembered_shares_one_bucket() {
        let (now, mut strangers) = (Instant::now(), Strangers::new(100));
        let flood = (0..100_000).filter(|number| strangers.admit(now, source(*number))).count();
        assert_eq!(flood, SOURCES_MAX + 200);
        assert!(strangers.admit(now, source(7)), "who is remembered keeps its own");
    }
}
