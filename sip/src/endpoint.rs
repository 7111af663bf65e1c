//! The signalling core as one value without I/O: transactions, dialogs, legs and bindings.
//!
//! ```text
//!  bytes ──▶ receive ──▶ transaction ──▶ leg | registrar | client ──▶ Output::{Send, Event}
//!  verbs ──▶ invite, answer, hang_up … ──▶ leg ──▶ transaction ──▶ Output::Send
//!  time  ──▶ tick at deadline()
//! ```
//! Invariants: every [`LegId`] ends in exactly one [`Event::Ended`] and leaves nothing behind;
//! nothing unauthenticated creates state or gets more bytes over UDP than it sent. A request over
//! 1,300 bytes stays on UDP where the path is UDP: nothing here knows another (RFC 3261 §18.1.1).

mod admit;
mod config;
mod dial;
mod event;
mod flow;
mod invariants;
mod peers;
mod random;
mod receive;
mod replace;
mod stateless;
mod strangers;
mod subscribe;

pub use config::{Bounds, Config, RegistrarConfig, Timing};
pub use event::{Counts, Denial, Event, Origin, Output, PeerId, Side, Unbound};
pub use flow::{Flow, Transport};
pub use peers::Peer;

pub(crate) use admit::MergeKey;
pub(crate) use random::Random;

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;

use self::peers::Peers;
use self::strangers::Strangers;
use crate::client::{self, PingId, Registering, Registration, RegistrationId};
use crate::digest::Authenticator;
use crate::leg::{Context, Invite, InviteError, Leg, LegId, Q850, Refusal};
use crate::message::Rejected;
use crate::registrar::{Account, Binding, Registrar, Token};
use crate::subscription::Subscriptions;
use crate::timer::Timers;
use crate::transaction::{Layer, Notice, Owner};

/// The signalling core; drive it with [`receive`](Self::receive), the verbs and
/// [`tick`](Self::tick) at [`deadline`](Self::deadline). A verb on a leg that has ended, or that
/// does not fit its state, does nothing.
pub struct Endpoint {
    config: Config,
    random: Random,
    layer: Layer,
    timers: Timers<Sleeper>,
    legs: HashMap<LegId, Leg>,
    last_leg: u64,
    /// Legs that have not ended.
    living: usize,
    /// Incoming INVITEs by what their copies share.
    merged: HashMap<MergeKey, LegId>,
    peers: Peers,
    strangers: Strangers,
    authenticator: Authenticator,
    registrar: Registrar,
    subscriptions: Subscriptions,
    registrations: BTreeMap<RegistrationId, Registering>,
    last_registration: u64,
    last_ping: u64,
    /// Makes the To tags of stateless answers.
    tag_key: [u8; 32],
    unanswered: u64,
}

/// Who waits for a timer outside the transaction layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Sleeper {
    Leg(LegId),
    Registration(RegistrationId),
}

impl Endpoint {
    /// An endpoint with no account, no peer and no leg; `seed` feeds tags, branches and nonces.
    #[must_use]
    pub fn new(config: Config, seed: [u8; 32]) -> Self {
        let mut random = Random::new(seed);
        let timing = config.timing;
        let doublings = (0..7).map(|power| timing.t1 * (1 << power));
        let minute = Duration::from_mins(1);
        let lengths: Vec<_> =
            doublings.chain([timing.t2, timing.timer_c, timing.offer_wait, minute]).collect();
        Self {
            layer: Layer::new(timing),
            timers: Timers::new(&lengths),
            legs: HashMap::new(),
            last_leg: 0,
            living: 0,
            merged: HashMap::new(),
            peers: Peers::default(),
            strangers: Strangers::new(config.bounds.strangers_per_second),
            authenticator: Authenticator::new(&config, &mut random),
            registrar: Registrar::new(config.registrar, config.bounds),
            subscriptions: Subscriptions::default(),
            registrations: BTreeMap::new(),
            last_registration: 0,
            last_ping: 0,
            tag_key: random.key(),
            unanswered: 0,
            config,
            random,
        }
    }

    /// Adds an account or replaces its secret.
    #[expect(clippy::needless_pass_by_value, reason = "a secret is handed over, not lent")]
    pub fn set_account(&mut self, account: Account) {
        self.authenticator.set_account(&account);
    }

    /// Lets a token prove an account until it runs out; at three the oldest gives way.
    pub fn grant_token(&mut self, now: Instant, user: &str, token: &Token) {
        self.authenticator.grant(now, user, token);
    }

    /// Every token of this holder is worth nothing any more; what it has bound runs out.
    pub fn revoke_tokens(&mut self, holder: [u8; 32]) {
        self.authenticator.revoke(holder);
    }

    /// Removes an account and its bindings; its legs live on.
    pub fn remove_account(&mut self, now: Instant, user: &str, out: &mut Vec<Output>) {
        self.authenticator.remove_account(user);
        let gone = self.registrar.remove(user, Unbound::AccountRemoved, |_| true);
        self.tell_bindings(gone, out);
        self.settle(now, out);
    }

    /// Adds a trunk or replaces its addresses.
    #[expect(clippy::needless_pass_by_value, reason = "symmetric with set_account")]
    pub fn set_peer(&mut self, peer: Peer) {
        self.peers.set(&peer);
    }

    /// Removes a trunk; its legs live on.
    pub fn remove_peer(&mut self, id: PeerId) {
        self.peers.remove(id);
    }

    /// The world sees us at another address: what is written from now on says so.
    pub fn set_advertised(&mut self, address: IpAddr) {
        self.config.advertised = Some(address);
    }

    /// Takes one datagram, or one framed message of a stream.
    pub fn receive(&mut self, now: Instant, flow: Flow, bytes: Bytes, out: &mut Vec<Output>) {
        self.dispatch(now, flow, bytes, out);
        self.settle(now, out);
    }

    /// A stream could not be cut into messages: what is left of a request is answered, and the edge
    /// closes the stream after that ([`crate::framing::Framer`]).
    pub fn unframed(
        &mut self,
        now: Instant,
        flow: Flow,
        rejected: Rejected,
        out: &mut Vec<Output>,
    ) {
        self.refuse_unreadable(flow, rejected, out);
        self.settle(now, out);
    }

    /// The edge could not send on `flow`: what waits for a response there fails at once.
    pub fn transport_failed(&mut self, now: Instant, flow: Flow, out: &mut Vec<Output>) {
        self.layer.transport_failed(now, flow, out);
        self.settle(now, out);
    }

    /// A stream closed: its bindings go, and what waits for a response there fails; confirmed legs
    /// stay, and reconnect when they next send.
    pub fn flow_closed(&mut self, now: Instant, flow: Flow, out: &mut Vec<Output>) {
        for leg in self.legs.values_mut() {
            leg.flow_closed(flow);
        }
        let gone = self.registrar.flow_closed(flow);
        self.tell_bindings(gone, out);
        self.transport_failed(now, flow, out);
    }

    /// Runs every timer due at `now`.
    pub fn tick(&mut self, now: Instant, out: &mut Vec<Output>) {
        self.layer.tick(now, out);
        self.settle(now, out);
        while let Some(sleeper) = self.pop_due(now) {
            match sleeper {
                Sleeper::Leg(id) => self.with_leg(now, id, out, Leg::tick),
                Sleeper::Registration(id) => {
                    self.with_registration(now, id, out, Registering::tick);
                }
            }
        }
        let gone = self.registrar.expire(now);
        self.tell_bindings(gone, out);
        self.expire_subscriptions(now, out);
        self.settle(now, out);
    }

    /// When [`tick`](Self::tick) is next due; `None` while nothing is scheduled.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        let all = [self.layer.deadline(), self.timers.deadline(), self.registrar.deadline()];
        all.into_iter().chain([self.subscriptions.deadline()]).flatten().min()
    }

    /// Opens a leg.
    pub fn invite(
        &mut self,
        now: Instant,
        invite: Invite,
        out: &mut Vec<Output>,
    ) -> Result<LegId, InviteError> {
        let leg = self.dial(now, invite, out)?;
        self.with_leg(now, leg, out, |_, _| {});
        self.settle(now, out);
        Ok(leg)
    }

    /// Sends a provisional response (101..=199) to an incoming leg; repeated every minute.
    pub fn progress(
        &mut self,
        now: Instant,
        leg: LegId,
        code: u16,
        sdp: Option<Bytes>,
        out: &mut Vec<Output>,
    ) {
        self.act(now, leg, out, |leg, context| leg.progress(context, code, sdp));
    }

    /// Answers an incoming leg with 200.
    #[expect(clippy::needless_pass_by_value, reason = "the answer belongs to the leg from here")]
    pub fn answer(&mut self, now: Instant, leg: LegId, sdp: Bytes, out: &mut Vec<Output>) {
        self.act(now, leg, out, |leg, context| leg.answer(context, &sdp));
    }

    /// Refuses an incoming leg; it ends.
    pub fn reject(
        &mut self,
        now: Instant,
        leg: LegId,
        refusal: impl Into<Refusal>,
        out: &mut Vec<Output>,
    ) {
        let refusal = refusal.into();
        self.act(now, leg, out, |leg, context| leg.reject(context, &refusal));
    }

    /// Ends a leg by what its state demands: CANCEL (held until a 1xx), BYE or a final refusal.
    ///
    /// [`Event::Ended`] comes within this call, except for an INVITE of ours without a final
    /// answer: there it comes with that answer (200 when somebody picked up as we cancelled) or
    /// 64·T1 later.
    pub fn hang_up(
        &mut self,
        now: Instant,
        leg: LegId,
        cause: Option<Q850>,
        out: &mut Vec<Output>,
    ) {
        self.act(now, leg, out, |leg, context| leg.hang_up(context, cause));
    }

    /// Asks the far side of an answered leg whether it is there; without an answer in `patience`
    /// the leg ends by [`Side::Timeout`].
    pub fn probe(&mut self, now: Instant, leg: LegId, patience: Duration, out: &mut Vec<Output>) {
        self.act(now, leg, out, |leg, context| leg.probe(context, patience));
    }

    /// Sends a re-INVITE with an offer, as soon as the dialog is free for one; glare is handled
    /// inside (RFC 3261 §14.1).
    pub fn offer(&mut self, now: Instant, leg: LegId, sdp: Bytes, out: &mut Vec<Output>) {
        self.act(now, leg, out, |leg, context| leg.offer(context, sdp));
    }

    /// Replies to [`Event::Offered`] with an answer (or, where it had none, our offer); replies to
    /// the offer in [`Event::Answered`] where our INVITE had none.
    #[expect(clippy::needless_pass_by_value, reason = "the answer belongs to the leg from here")]
    pub fn accept(&mut self, now: Instant, leg: LegId, sdp: Bytes, out: &mut Vec<Output>) {
        self.act(now, leg, out, |leg, context| leg.accept(context, &sdp));
    }

    /// Refuses an [`Event::Offered`]: 488 keeps the session as it was.
    pub fn refuse(&mut self, now: Instant, leg: LegId, code: u16, out: &mut Vec<Output>) {
        self.act(now, leg, out, |leg, context| leg.refuse(context, code));
    }

    /// The Call-ID of a leg, until its last transaction is over.
    #[must_use]
    pub fn call_id(&self, leg: LegId) -> Option<&str> {
        self.legs.get(&leg).map(Leg::call_id)
    }

    /// An account's contacts, most preferred first.
    #[must_use]
    pub fn bindings(&self, user: &str) -> &[Binding] {
        self.registrar.bindings(user)
    }

    /// Whether an account has at least one contact.
    #[must_use]
    pub fn is_registered(&self, user: &str) -> bool {
        !self.bindings(user).is_empty()
    }

    /// Legs that have not ended.
    #[must_use]
    pub fn legs(&self) -> usize {
        self.living
    }

    /// Contacts bound to accounts.
    #[must_use]
    pub fn contacts(&self) -> usize {
        self.registrar.len()
    }

    /// How much is alive; all zero once every leg has ended and its timers have run.
    #[must_use]
    pub fn counts(&self) -> Counts {
        Counts {
            legs: self.living,
            transactions: self.layer.len(),
            dialogs: self.legs.values().map(Leg::dialogs).sum(),
            bindings: self.registrar.len(),
        }
    }

    /// Requests dropped without an answer: scanners, guessers, sources that ask too much, and
    /// strangers whose answer would have been longer than their request.
    #[must_use]
    pub fn unanswered(&self) -> u64 {
        self.unanswered
    }

    /// Registers with a registrar and keeps the registration up.
    pub fn register(
        &mut self,
        now: Instant,
        registration: Registration,
        out: &mut Vec<Output>,
    ) -> RegistrationId {
        self.last_registration += 1;
        let id = RegistrationId(self.last_registration);
        let registering = Registering::start(id, registration, &mut self.context(now, out));
        self.registrations.insert(id, registering);
        self.with_registration(now, id, out, |_, _| {});
        self.settle(now, out);
        id
    }

    /// Ends a registration of ours; no event of it follows.
    pub fn unregister(&mut self, now: Instant, id: RegistrationId, out: &mut Vec<Output>) {
        self.with_registration(now, id, out, Registering::leave);
        self.settle(now, out);
    }

    /// The next try of a registration of ours goes another way: its registrar was found elsewhere.
    pub fn redirect_registration(&mut self, id: RegistrationId, flow: Flow) {
        if let Some(registering) = self.registrations.get_mut(&id) {
            registering.redirect(flow);
        }
    }

    /// Asks the far end of `flow` by OPTIONS whether it is there; [`Event::Pong`] follows.
    pub fn ping(
        &mut self,
        now: Instant,
        flow: Flow,
        host: Option<&str>,
        patience: Duration,
        out: &mut Vec<Output>,
    ) -> PingId {
        self.last_ping += 1;
        let id = PingId(self.last_ping);
        client::ask(id, flow, host, patience, &mut self.context(now, out));
        self.settle(now, out);
        id
    }

    /// A verb of the owner.
    fn act(
        &mut self,
        now: Instant,
        id: LegId,
        out: &mut Vec<Output>,
        verb: impl FnOnce(&mut Leg, &mut Context<'_>),
    ) {
        self.with_leg(now, id, out, verb);
        self.settle(now, out);
    }

    fn context<'a>(&'a mut self, now: Instant, out: &'a mut Vec<Output>) -> Context<'a> {
        let Self { layer, random, config, .. } = self;
        Context { now, layer, random, config, out }
    }

    /// Does something with a leg, then arms its timer or forgets it.
    fn with_leg(
        &mut self,
        now: Instant,
        id: LegId,
        out: &mut Vec<Output>,
        act: impl FnOnce(&mut Leg, &mut Context<'_>),
    ) {
        let Self { layer, random, config, legs, timers, .. } = self;
        let Some(leg) = legs.get_mut(&id) else { return };
        let was_living = !leg.has_ended();
        act(leg, &mut Context { now, layer, random, config, out });
        if was_living && leg.has_ended() {
            self.living -= 1;
        }
        if leg.is_done() {
            let merged = leg.merge_key.take();
            legs.remove(&id);
            if let Some(key) = merged {
                self.merged.remove(&key);
            }
        } else if leg.deadline() != leg.armed {
            leg.armed = leg.deadline();
            if let Some(at) = leg.armed {
                timers.set(now, at, Sleeper::Leg(id));
            }
        }
    }

    fn with_registration(
        &mut self,
        now: Instant,
        id: RegistrationId,
        out: &mut Vec<Output>,
        act: impl FnOnce(&mut Registering, &mut Context<'_>),
    ) {
        let Self { layer, random, config, registrations, timers, .. } = self;
        let Some(registering) = registrations.get_mut(&id) else { return };
        act(registering, &mut Context { now, layer, random, config, out });
        if registering.is_gone() {
            registrations.remove(&id);
        } else if registering.deadline() != registering.armed {
            registering.armed = registering.deadline();
            if let Some(at) = registering.armed {
                timers.set(now, at, Sleeper::Registration(id));
            }
        }
    }

    fn next_leg(&mut self) -> LegId {
        self.last_leg += 1;
        LegId(self.last_leg)
    }

    /// A phone that came back by another way takes its live dialogs there: those of its dead
    /// connection, and those of the path it was last bound by (I63, FAULTS F10).
    fn revive(&mut self, user: &str, flow: Flow, moved_from: Option<Flow>) {
        if flow.transport.is_reliable() || moved_from.is_some() {
            for leg in self.legs.values_mut() {
                leg.revive(user, flow, moved_from);
            }
        }
    }

    /// Tells owners what became of their transactions, until nothing is left to tell.
    fn settle(&mut self, now: Instant, out: &mut Vec<Output>) {
        loop {
            let notices = self.layer.take_notices();
            if notices.is_empty() {
                break;
            }
            for notice in notices {
                self.notify(now, notice, out);
            }
        }
        self.layer.prune();
        let Self { timers, legs, registrations, .. } = self;
        timers.prune(|at, sleeper| is_live(legs, registrations, at, sleeper));
    }

    fn notify(&mut self, now: Instant, notice: Notice, out: &mut Vec<Output>) {
        match notice {
            Notice::Failed { client, owner: Owner::Leg(id), cause } => {
                self.with_leg(now, id, out, |leg, context| leg.failed(context, client, cause));
            }
            Notice::Gone { client, owner: Owner::Leg(id) } => {
                self.with_leg(now, id, out, |leg, _| leg.transaction_gone(client));
            }
            Notice::Failed { client, owner: Owner::Registration(id), .. } => {
                self.with_registration(now, id, out, |registering, context| {
                    registering.failed(context, client);
                });
            }
            Notice::Failed { owner: Owner::Ping(ping), .. } => {
                out.push(Output::Event(Event::Pong { ping, code: None }));
            }
            Notice::Failed { owner: Owner::Subscription(id), .. } => {
                self.notify_answered(now, id, None, out);
            }
            Notice::Failed { owner: Owner::Nobody, .. } | Notice::Gone { .. } => {}
        }
    }

    fn pop_due(&mut self, now: Instant) -> Option<Sleeper> {
        let Self { timers, legs, registrations, .. } = self;
        timers.pop_due(now, |at, sleeper| is_live(legs, registrations, at, sleeper))
    }
}

/// How much is alive; what it holds are secrets and people (FAULTS S23).
impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint").field("counts", &self.counts()).finish_non_exhaustive()
    }
}

/// A timer is live while its owner is armed for that very instant.
fn is_live(
    legs: &HashMap<LegId, Leg>,
    registrations: &BTreeMap<RegistrationId, Registering>,
    at: Instant,
    sleeper: Sleeper,
) -> bool {
    let armed = match sleeper {
        Sleeper::Leg(id) => legs.get(&id).and_then(|leg| leg.armed),
        Sleeper::Registration(id) => registrations.get(&id).and_then(|waiting| waiting.armed),
    };
    armed == Some(at)
}

#[cfg(test)]
mod tests;
