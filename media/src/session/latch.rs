//! Where a party's RTP may come from, and where ours goes: FAULTS S8.
//!
//! ```text
//!  Open ──first valid packet from an allowed address──▶ Locked ──1 s without a packet, then one
//!   ▲                                                     │  ▲   with the same SSRC from an
//!   ├───────── a new address is signalled ────────────────┤  └── allowed address
//!   └── told to latch again, for 5 s: somebody is missed ─┘
//! ```
//! Whoever was locked before a lock was learnt so is let back in when it is heard again, address
//! and SSRC the same, and that lock is over.
//! Allowed is the address that was signalled; if that is private, and so behind a NAT, also the
//! address that the signalling itself came from. The port may differ: NATs choose it. Everything
//! else is a stray: counted, dropped, and never answered.

use std::{
    net::{IpAddr, SocketAddr},
    time::{Duration, Instant},
};

/// The lock on a party's address.
#[derive(Debug)]
pub(crate) struct Latch {
    signalled: SocketAddr,
    signalling: IpAddr,
    locked: Option<Locked>,
    /// Until then, whoever is allowed to speak next is the party, whatever its SSRC.
    anew: Option<Instant>,
    /// Who was locked before the lock was learnt anew: heard again, it was never gone.
    former: Option<Locked>,
}

#[derive(Debug)]
struct Locked {
    from: SocketAddr,
    ssrc: u32,
    heard_at: Instant,
}

/// What a packet's source amounts to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// The party, where it was before.
    Party,
    /// The party, at an address that will be locked if the packet is valid.
    Candidate,
    /// Not the party.
    Stray,
}

impl Latch {
    pub(crate) fn new(signalled: SocketAddr, signalling: IpAddr) -> Self {
        Self {
            signalled: canonical(signalled),
            signalling: signalling.to_canonical(),
            locked: None,
            anew: None,
            former: None,
        }
    }

    /// The party is missed: the next allowed address that is heard within 5 s is locked, as the
    /// first one was. Until then ours goes where it went.
    pub(crate) fn again(&mut self, now: Instant) {
        self.anew = Some(now + ANEW_FOR);
    }

    /// A later offer or answer; a changed address opens the lock.
    pub(crate) fn signal(&mut self, signalled: SocketAddr) {
        let signalled = canonical(signalled);
        if signalled != self.signalled {
            self.signalled = signalled;
            // 0.0.0.0 is the old spelling of hold: the party has not moved.
            if !signalled.ip().is_unspecified() {
                (self.locked, self.anew, self.former) = (None, None, None);
            }
        }
    }

    /// Notes where a signed check proved the party to be: nobody else is there.
    pub(crate) fn prove(&mut self, now: Instant, from: SocketAddr) {
        self.locked = Some(Locked { from: canonical(from), ssrc: 0, heard_at: now });
    }

    /// Judges a source before the packet is looked into.
    pub(crate) fn judge(&self, now: Instant, from: SocketAddr, ssrc: u32) -> Source {
        let from = canonical(from);
        match &self.locked {
            Some(locked) if locked.from == from => Source::Party,
            Some(locked) => {
                let silent = now.saturating_duration_since(locked.heard_at) >= REBINDING_AFTER;
                let anew = self.anew.is_some_and(|until| now < until);
                let former = self.former.as_ref();
                let back = former.is_some_and(|old| old.from == from && old.ssrc == ssrc);
                let known = anew || back || (silent && locked.ssrc == ssrc);
                if known && self.may_learn(from) { Source::Candidate } else { Source::Stray }
            }
            None if self.may_learn(from) => Source::Candidate,
            None => Source::Stray,
        }
    }

    /// Notes a valid packet of the party or of a candidate. The address, if it is newly learnt and
    /// not the one signalled.
    pub(crate) fn lock(&mut self, now: Instant, from: SocketAddr, ssrc: u32) -> Option<SocketAddr> {
        let from = canonical(from);
        let before = self.destination();
        let anew = self.anew.take().is_some_and(|until| now < until);
        let old = self.locked.replace(Locked { from, ssrc, heard_at: now });
        if let Some(old) = old.filter(|old| old.from != from) {
            self.former = anew.then_some(old);
        }
        (before != Some(from)).then_some(from)
    }

    /// Where packets for the party go; `None` while it gave no address to send to.
    pub(crate) fn destination(&self) -> Option<SocketAddr> {
        let to = self.locked.as_ref().map_or(self.signalled, |locked| locked.from);
        (!to.ip().is_unspecified()).then_some(to)
    }

    /// Whether the party is where it said it would be.
    pub(crate) fn is_as_signalled(&self) -> bool {
        self.destination() == Some(self.signalled)
    }

    fn may_learn(&self, from: SocketAddr) -> bool {
        let signalled = self.signalled.ip();
        if from.port() < PORT_MIN {
            return false;
        }
        from.ip() == signalled || (from.ip() == self.signalling && is_behind_nat(signalled))
    }
}

/// How long the locked address must be silent before the same SSRC may speak from another one
/// (F10): longer than any jitter, shorter than a caller's patience.
const REBINDING_AFTER: Duration = Duration::from_secs(1);

/// How long a missed party may speak from elsewhere under a new SSRC: as long as it is sought (F8).
const ANEW_FOR: Duration = Duration::from_secs(5);

/// S7 holds for addresses that are learnt, too.
const PORT_MIN: u16 = 1024;

/// A dual-stack socket shows IPv4 peers as mapped addresses.
fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

/// Addresses that do not route on the public Internet (RFC 6890), and the one that means nothing.
fn is_behind_nat(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => {
            let [a, b, ..] = ip.octets();
            let shared = a == 100 && (64..128).contains(&b);
            ip.is_private()
                || ip.is_link_local()
                || ip.is_loopback()
                || shared
                || ip.is_unspecified()
        }
        IpAddr::V6(ip) => {
            ip.is_unique_local()
                || ip.is_unicast_link_local()
                || ip.is_loopback()
                || ip.is_unspecified()
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a test reads the clock once, for its epoch")]
#[cfg(test)]
mod tests {
    use super::*;

    fn at(address: &str) -> SocketAddr {
        address.parse().unwrap()
    }

    fn latch(signalled: &str, signalling: &str) -> Latch {
        Latch::new(at(signalled), signalling.parse().unwrap())
    }

    #[test]
    fn a_carrier_with_a_public_address_is_learnt_from_there_alone() {
        let latch = latch("203.0.113.9:4000", "203.0.113.1");
        let now = Instant::now();
        assert_eq!(latch.judge(now, at("203.0.113.9:4000"), 1), Source::Candidate);
        assert_eq!(latch.judge(now, at("203.0.113.9:60001"), 1), Source::Candidate);
        assert_eq!(latch.judge(now, at("203.0.113.1:4000"), 1), Source::Stray);
        assert_eq!(latch.judge(now, at("198.51.100.66:4000"), 1), Source::Stray);
        assert_eq!(latch.judge(now, at("203.0.113.9:53"), 1), Source::Stray);
    }

    #[test]
    fn a_phone_behind_nat_is_learnt_from_where_it_signals() {
        let mut latch = latch("192.168.1.20:4000", "203.0.113.7");
        let now = Instant::now();
        assert_eq!(latch.destination(), Some(at("192.168.1.20:4000")));
        assert_eq!(latch.judge(now, at("203.0.113.7:61234"), 1), Source::Candidate);
        assert_eq!(latch.lock(now, at("203.0.113.7:61234"), 1), Some(at("203.0.113.7:61234")));
        assert_eq!(latch.destination(), Some(at("203.0.113.7:61234")));
        assert_eq!(latch.lock(now, at("203.0.113.7:61234"), 1), None);
    }

    /// S8: after the first valid packet not even the signalled address gets in.
    #[test]
    fn the_lock_holds_against_everybody() {
        let mut latch = latch("203.0.113.9:4000", "203.0.113.9");
        let now = Instant::now();
        latch.lock(now, at("203.0.113.9:4000"), 1);
        assert_eq!(latch.judge(now, at("203.0.113.9:4002"), 1), Source::Stray);
        assert_eq!(latch.judge(now, at("203.0.113.9:4000"), 2), Source::Party);
    }

    /// F10: a NAT gives the party a new port; only its own SSRC may say so, and only after 1 s.
    #[test]
    fn a_rebinding_is_followed_after_a_second_of_silence() {
        let mut latch = latch("203.0.113.9:4000", "203.0.113.9");
        let start = Instant::now();
        latch.lock(start, at("203.0.113.9:4000"), 1);
        let moved = at("203.0.113.9:5555");
        let before = start + Duration::from_millis(999);
        let after = start + Duration::from_secs(1);
        assert_eq!(latch.judge(before, moved, 1), Source::Stray);
        assert_eq!(latch.judge(after, moved, 2), Source::Stray);
        assert_eq!(latch.judge(after, at("198.51.100.66:5555"), 1), Source::Stray);
        assert_eq!(latch.judge(after, moved, 1), Source::Candidate);
        assert_eq!(latch.lock(after, moved, 1), Some(moved));
    }

    /// S8, issue 4 point 9: a party that is missed may speak from another port under another SSRC,
    /// once; what we send it goes on until then, and strangers stay strangers.
    #[test]
    fn a_party_that_is_missed_is_latched_again_once() {
        let mut latch = latch("192.168.1.20:4000", "203.0.113.7");
        let now = Instant::now();
        let (first, moved) = (at("203.0.113.7:5000"), at("203.0.113.7:6000"));
        latch.lock(now, first, 1);
        latch.again(now);
        assert_eq!(latch.destination(), Some(first));
        assert_eq!(latch.judge(now, at("198.51.100.66:6000"), 2), Source::Stray);
        assert_eq!(latch.judge(now, moved, 2), Source::Candidate);
        assert_eq!(latch.lock(now, moved, 2), Some(moved));
        assert_eq!(latch.judge(now, at("203.0.113.7:7000"), 3), Source::Stray);
    }

    /// S8: whoever took the place of a party that was only silent loses it when the party speaks.
    #[test]
    fn a_party_that_was_only_silent_takes_its_place_back() {
        let mut latch = latch("192.168.1.20:4000", "203.0.113.7");
        let now = Instant::now();
        let (first, moved) = (at("203.0.113.7:5000"), at("203.0.113.7:6000"));
        latch.lock(now, first, 1);
        latch.again(now);
        latch.lock(now, moved, 2);
        assert_eq!(latch.judge(now, first, 3), Source::Stray);
        assert_eq!(latch.judge(now, first, 1), Source::Candidate);
        assert_eq!(latch.lock(now, first, 1), Some(first));
        assert_eq!(latch.judge(now, moved, 2), Source::Stray);
    }

    /// S8: a lock is not open for good because somebody was missed once.
    #[test]
    fn latching_again_is_over_after_five_seconds() {
        let mut latch = latch("203.0.113.9:4000", "203.0.113.9");
        let start = Instant::now();
        latch.lock(start, at("203.0.113.9:4000"), 1);
        latch.again(start);
        let moved = at("203.0.113.9:5555");
        let last = start + Duration::from_millis(4_999);
        assert_eq!(latch.judge(last, moved, 2), Source::Candidate);
        assert_eq!(latch.judge(start + Duration::from_secs(5), moved, 2), Source::Stray);
    }

    #[test]
    fn a_new_address_in_sdp_opens_the_lock_and_a_hold_does_not() {
        let mut latch = latch("203.0.113.9:4000", "203.0.113.9");
        let now = Instant::now();
        latch.lock(now, at("203.0.113.9:4000"), 1);
        latch.signal(at("0.0.0.0:4000"));
        assert_eq!(latch.judge(now, at("203.0.113.9:4000"), 1), Source::Party);
        latch.signal(at("203.0.113.10:4000"));
        assert_eq!(latch.judge(now, at("203.0.113.9:4000"), 1), Source::Stray);
        assert_eq!(latch.destination(), Some(at("203.0.113.10:4000")));
    }

    #[test]
    fn nothing_is_sent_to_the_unspecified_address() {
        assert_eq!(latch("0.0.0.0:4000", "203.0.113.9").destination(), None);
    }
}
