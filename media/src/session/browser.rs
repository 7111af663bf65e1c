//! The browser at the other end of a stream: where its checks prove it to be, the DTLS that gives
//! the stream its keys, and whether it is still there (RFC 7675).
//!
//! ```text
//!  Unreached ──a signed check──▶ Reached ──DTLS done──▶ Secured ──nothing for 4 s──▶ Gone
//!      └──────────── 12 s ────────────────┴──────────────── DTLS failed ──────────────▶ ┘
//! ```
//! While only checks can come (the browser is held), 10 s of nothing are too much and 4 s are not.
//!
//! Invariants: nothing is sent to an address that did not prove by a signed check to be the
//! browser's (FAULTS S8), and no audio either way before DTLS has given keys (S9).

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use super::{Out, guard::Guard, out::Kind, stream::Stream};
use crate::{
    command::StreamId,
    dtls::{DtlsSetup, Handshake, Turn},
    event::Event,
    sdp::{Login, Web},
    srtp::Protection,
};

/// One browser.
#[derive(Debug)]
pub(crate) struct Browser {
    agreed: Web,
    /// Before a restart, until the browser's checks use the new one.
    before: Option<Login>,
    handshake: Handshake,
    /// Addresses that signed checks came from, the oldest first.
    proven: Vec<SocketAddr>,
    /// The one that the browser chose.
    nominated: Option<SocketAddr>,
    opened_at: Instant,
    /// Last sign of life.
    alive_at: Instant,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Unreached,
    Reached,
    Secured,
    Gone,
}

/// What a turn of DTLS means for the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Goes,
    /// The stream has keys.
    Secured(Protection),
    /// The browser left, or is not who it said.
    Gone,
}

impl Browser {
    pub(crate) fn new(now: Instant, dtls: &DtlsSetup, agreed: Web) -> Self {
        Self {
            agreed,
            before: None,
            handshake: dtls.begin(now, agreed.fingerprint, agreed.role),
            proven: Vec::new(),
            nominated: None,
            opened_at: now,
            alive_at: now,
            state: State::Unreached,
        }
    }

    /// A later agreement: an ICE restart, or another page in the place of this one, whose keys are
    /// agreed anew. True if so.
    pub(crate) fn update(&mut self, now: Instant, dtls: &DtlsSetup, agreed: Web) -> bool {
        if agreed.login != self.agreed.login {
            self.before = Some(self.agreed.login);
        }
        self.agreed = agreed;
        if self.handshake.is_with(agreed.fingerprint, agreed.role) {
            return false;
        }
        self.handshake = dtls.begin(now, agreed.fingerprint, agreed.role);
        (self.opened_at, self.alive_at, self.state) = (now, now, State::Unreached);
        true
    }

    /// The logins by which checks may ask for this stream.
    pub(crate) fn logins(&self) -> impl Iterator<Item = Login> {
        [Some(self.agreed.login), self.before].into_iter().flatten()
    }

    /// Notes a signed check; an address that has to be forgotten for this one.
    pub(crate) fn checked(
        &mut self,
        now: Instant,
        from: SocketAddr,
        nominates: bool,
    ) -> Option<SocketAddr> {
        self.alive_at = now;
        if self.state == State::Unreached {
            self.state = State::Reached;
        }
        if nominates || self.nominated.is_none() {
            self.nominated = Some(from);
        }
        if self.proven.contains(&from) {
            return None;
        }
        self.proven.push(from);
        if self.proven.len() <= PROVEN_MAX {
            return None;
        }
        let oldest = self.proven.iter().position(|known| Some(*known) != self.nominated)?;
        Some(self.proven.remove(oldest))
    }

    /// Something authentic came.
    pub(crate) fn lives(&mut self, now: Instant) {
        self.alive_at = now;
    }

    /// Where DTLS goes, and everything else once it is done.
    pub(crate) fn address(&self) -> Option<SocketAddr> {
        self.nominated
    }

    /// Every address that must be forgotten with this stream.
    pub(crate) fn addresses(&self) -> &[SocketAddr] {
        &self.proven
    }

    /// Takes in a datagram of DTLS from a proven address.
    pub(crate) fn shake(
        &mut self,
        now: Instant,
        packet: &[u8],
        send: impl FnMut(&[u8]),
    ) -> Outcome {
        if self.state == State::Gone {
            return Outcome::Goes;
        }
        let turn = self.handshake.receive(now, packet, send);
        self.follow(now, turn)
    }

    /// When [`Browser::tick`] is due; `hears` is whether its audio may come.
    pub(crate) fn deadline(&self, hears: bool) -> Option<Instant> {
        match self.state {
            State::Gone => None,
            // It says nothing before it is reached: as a client it would speak to nobody.
            State::Unreached => Some(self.gone_at(hears)),
            State::Reached | State::Secured => {
                let handshake = self.handshake.deadline();
                Some(handshake.map_or(self.gone_at(hears), |at| at.min(self.gone_at(hears))))
            }
        }
    }

    /// Does what time alone asks for.
    pub(crate) fn tick(&mut self, now: Instant, hears: bool, send: impl FnMut(&[u8])) -> Outcome {
        if self.state == State::Gone {
            return Outcome::Goes;
        }
        if self.gone_at(hears) <= now {
            self.state = State::Gone;
            return Outcome::Gone;
        }
        let is_due = self.handshake.deadline().is_some_and(|at| at <= now);
        if !is_due || self.state == State::Unreached {
            return Outcome::Goes;
        }
        let turn = self.handshake.tick(now, send);
        self.follow(now, turn)
    }

    fn gone_at(&self, hears: bool) -> Instant {
        match self.state {
            State::Unreached | State::Reached => self.opened_at + SETUP_MAX,
            State::Secured | State::Gone if hears => self.alive_at + SILENCE_MAX,
            State::Secured | State::Gone => self.alive_at + HELD_SILENCE_MAX,
        }
    }

    fn follow(&mut self, now: Instant, turn: Turn) -> Outcome {
        match turn {
            Turn::Goes => Outcome::Goes,
            Turn::Agreed(protection) => {
                self.state = State::Secured;
                self.alive_at = now;
                Outcome::Secured(protection)
            }
            Turn::Closed | Turn::Failed => {
                self.state = State::Gone;
                Outcome::Gone
            }
        }
    }
}

impl Stream {
    /// A datagram of the browser's handshake.
    pub(super) fn shake(&mut self, now: Instant, packet: &[u8], out: &mut Out) {
        let Some(browser) = &mut self.browser else { return };
        let (id, to) = (self.id, browser.address());
        let outcome = browser.shake(now, packet, |bytes| answer(out, id, to, bytes));
        self.follow(outcome, out);
    }

    /// Does what time alone asks for with a browser.
    pub(super) fn tick_browser(&mut self, now: Instant, out: &mut Out) {
        let hears = self.negotiated.direction.receives();
        let Some(browser) = &mut self.browser else { return };
        let (id, to) = (self.id, browser.address());
        let outcome = browser.tick(now, hears, |bytes| answer(out, id, to, bytes));
        self.follow(outcome, out);
    }

    fn follow(&mut self, outcome: Outcome, out: &mut Out) {
        match outcome {
            Outcome::Goes => {}
            Outcome::Secured(protection) => Guard::follow(&mut self.guard, Some(protection)),
            Outcome::Gone => out.events.push(Event::Gone { stream: self.id }),
        }
    }
}

/// Sends a datagram of a handshake to where the browser is, if that is known.
fn answer(out: &mut Out, stream: StreamId, to: Option<SocketAddr>, packet: &[u8]) {
    if let Some(to) = to {
        out.send(stream, Kind::Web, to, |bytes| {
            bytes.extend_from_slice(packet);
            true
        });
    }
}

/// From the answer to the first key: ICE and DTLS over a bad line.
const SETUP_MAX: Duration = Duration::from_secs(12);

/// A browser sends audio every 20 ms, muted or not, and a check every 2.5 s.
const SILENCE_MAX: Duration = Duration::from_secs(4);

/// Three checks in a row that did not come.
const HELD_SILENCE_MAX: Duration = Duration::from_secs(10);

/// Addresses of one browser: a few networks, each with a NAT or two.
const PROVEN_MAX: usize = 8;
