//! The signalling core as one value without I/O: transactions, dialogs, legs and bindings.
//!
//! ```text
//!  bytes ──▶ receive ──▶ transaction ──▶ leg | registrar | client ──▶ Output::{Send, Event}
//!  verbs ──▶ invite, answer, hang_up … ──▶ leg ──▶ transaction ──▶ Output::Send
//!  time  ──▶ tick at deadline()
//! ```
//! Invariants: every [`LegId`] ends in exactly one [`Event::Ended`] and leaves nothing behind;
//! nothing unauthenticated creates state or gets more bytes over UDP than it sent.

mod config;
mod event;
mod flow;

pub use config::{Bounds, Config, RegistrarConfig, Timing};
pub use event::{Counts, Event, Origin, Output, PeerId, Side, Unbound};
pub use flow::{Flow, Transport};

use std::net::IpAddr;
use std::time::Instant;

use bytes::Bytes;

use crate::client::{Registration, RegistrationId};
use crate::leg::{Invite, InviteError, LegId, Q850, Refusal};
use crate::registrar::{Account, Binding};

/// A trunk that is known by its address: INVITEs from it are trusted as its own.
#[derive(Clone, Debug)]
pub struct Peer {
    /// Its number.
    pub id: PeerId,
    /// Source addresses; with a port, only that port.
    pub addresses: Vec<(IpAddr, Option<u16>)>,
}

/// The signalling core; drive it with [`receive`](Self::receive), the verbs and
/// [`tick`](Self::tick) at [`deadline`](Self::deadline). A verb on a leg that has ended does nothing.
#[derive(Debug)]
pub struct Endpoint {}

#[expect(
    clippy::unused_self,
    clippy::needless_pass_by_value,
    unused_variables,
    clippy::todo,
    reason = "the surface lands first, its bodies with the next commit"
)]
impl Endpoint {
    /// An endpoint with no account, no peer and no leg; `seed` feeds tags, branches and nonces.
    #[must_use]
    pub fn new(config: Config, seed: [u8; 32]) -> Self {
        todo!()
    }

    /// Adds an account or replaces its secret.
    pub fn set_account(&mut self, account: Account) {
        todo!()
    }

    /// Removes an account and its bindings; its legs live on.
    pub fn remove_account(&mut self, now: Instant, user: &str, out: &mut Vec<Output>) {
        todo!()
    }

    /// Adds a trunk or replaces its addresses.
    pub fn set_peer(&mut self, peer: Peer) {
        todo!()
    }

    /// Removes a trunk; its legs live on.
    pub fn remove_peer(&mut self, id: PeerId) {
        todo!()
    }

    /// Takes one datagram, or one framed message of a stream.
    pub fn receive(&mut self, now: Instant, flow: Flow, bytes: Bytes, out: &mut Vec<Output>) {
        todo!()
    }

    /// The edge could not send on `flow`: what waits for a response there fails at once.
    pub fn transport_failed(&mut self, now: Instant, flow: Flow, out: &mut Vec<Output>) {
        todo!()
    }

    /// A stream closed: its bindings go; its legs stay and reconnect when they next send.
    pub fn flow_closed(&mut self, now: Instant, flow: Flow, out: &mut Vec<Output>) {
        todo!()
    }

    /// Runs every timer due at `now`.
    pub fn tick(&mut self, now: Instant, out: &mut Vec<Output>) {
        todo!()
    }

    /// When [`tick`](Self::tick) is next due; `None` while nothing is scheduled.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        todo!()
    }

    /// Opens a leg.
    pub fn invite(
        &mut self,
        now: Instant,
        invite: Invite,
        out: &mut Vec<Output>,
    ) -> Result<LegId, InviteError> {
        todo!()
    }

    /// Sends a provisional response (101..=199) to an incoming leg.
    pub fn progress(
        &mut self,
        now: Instant,
        leg: LegId,
        code: u16,
        sdp: Option<Bytes>,
        out: &mut Vec<Output>,
    ) {
        todo!()
    }

    /// Answers an incoming leg with 200.
    pub fn answer(&mut self, now: Instant, leg: LegId, sdp: Bytes, out: &mut Vec<Output>) {
        todo!()
    }

    /// Refuses an incoming leg; it ends.
    pub fn reject(
        &mut self,
        now: Instant,
        leg: LegId,
        refusal: impl Into<Refusal>,
        out: &mut Vec<Output>,
    ) {
        todo!()
    }

    /// Ends a leg by what its state demands: CANCEL (held until a 1xx), BYE or a final refusal.
    pub fn hang_up(
        &mut self,
        now: Instant,
        leg: LegId,
        cause: Option<Q850>,
        out: &mut Vec<Output>,
    ) {
        todo!()
    }

    /// Sends a re-INVITE with an offer; glare is handled inside (RFC 3261 §14.1).
    pub fn offer(&mut self, now: Instant, leg: LegId, sdp: Bytes, out: &mut Vec<Output>) {
        todo!()
    }

    /// Replies to [`Event::Offered`] with an answer (or, where it had none, our offer).
    pub fn accept(&mut self, now: Instant, leg: LegId, sdp: Bytes, out: &mut Vec<Output>) {
        todo!()
    }

    /// Refuses an [`Event::Offered`]: 488 keeps the session as it was.
    pub fn refuse(&mut self, now: Instant, leg: LegId, code: u16, out: &mut Vec<Output>) {
        todo!()
    }

    /// The Call-ID of a live leg.
    #[must_use]
    pub fn call_id(&self, leg: LegId) -> Option<&str> {
        todo!()
    }

    /// An account's contacts, most preferred first.
    #[must_use]
    pub fn bindings(&self, user: &str) -> &[Binding] {
        todo!()
    }

    /// Whether an account has at least one contact.
    #[must_use]
    pub fn is_registered(&self, user: &str) -> bool {
        !self.bindings(user).is_empty()
    }

    /// How much is alive; all zero once every leg has ended and its timers have run.
    #[must_use]
    pub fn counts(&self) -> Counts {
        todo!()
    }

    /// Registers with a registrar and keeps the registration up.
    pub fn register(
        &mut self,
        now: Instant,
        registration: Registration,
        out: &mut Vec<Output>,
    ) -> RegistrationId {
        todo!()
    }

    /// Ends a registration of ours.
    pub fn unregister(&mut self, now: Instant, id: RegistrationId, out: &mut Vec<Output>) {
        todo!()
    }
}
