//! What comes out of an [`Endpoint`](crate::Endpoint): bytes to send, and what the far side did.

use std::time::Duration;

use bytes::Bytes;

use super::flow::Flow;
use crate::client::{PingId, RegistrationId};
use crate::leg::{LegId, Q850, Referral};
use crate::subscription::{Package, SubscriptionId};

/// One thing to be done about an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Send these bytes as one datagram, one stream write or one WebSocket message.
    Send {
        /// The path to take.
        flow: Flow,
        /// One whole SIP message.
        bytes: Bytes,
    },
    /// Tell the owner of the legs.
    Event(Event),
}

/// What happened to a leg, a binding or a registration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// An authenticated INVITE opened a leg; 100 Trying is already sent.
    Incoming {
        /// The new leg.
        leg: LegId,
        /// Who is trusted to have sent it.
        origin: Origin,
        /// User part of the Request-URI.
        called: String,
        /// User of P-Asserted-Identity, else of From; `None` when withheld.
        calling: Option<String>,
        /// `calling` is of P-Asserted-Identity.
        asserted: bool,
        /// Display name that came with `calling`.
        display: Option<String>,
        /// The offer; `None` asks us for one.
        sdp: Option<Bytes>,
        /// The path the INVITE took.
        flow: Flow,
        /// The leg of ours that this one shall take the place of (RFC 3891).
        replaces: Option<LegId>,
    },
    /// A provisional response to our INVITE, 101..=199.
    Progress {
        /// The ringing leg.
        leg: LegId,
        /// Its code.
        code: u16,
        /// Early media, if any.
        sdp: Option<Bytes>,
    },
    /// A 2xx to our INVITE; its ACK has gone out.
    Answered {
        /// The answered leg.
        leg: LegId,
        /// The answer.
        sdp: Option<Bytes>,
    },
    /// The ACK to our 2xx arrived; `sdp` is the answer to an offer of ours in that 2xx.
    Confirmed {
        /// The confirmed leg.
        leg: LegId,
        /// The answer, where the INVITE had no offer.
        sdp: Option<Bytes>,
    },
    /// A re-INVITE or UPDATE with an offer (`None`: one without, which asks for ours).
    /// Reply with [`accept`](crate::Endpoint::accept) or [`refuse`](crate::Endpoint::refuse).
    Offered {
        /// The leg offered on.
        leg: LegId,
        /// The offer.
        sdp: Option<Bytes>,
    },
    /// The far side accepted our offer.
    OfferAnswered {
        /// The leg offered on.
        leg: LegId,
        /// The answer.
        sdp: Option<Bytes>,
    },
    /// The far side asks by REFER that somebody else be called in its place. Reply with
    /// [`take_referral`](crate::Endpoint::take_referral) or
    /// [`refuse_referral`](crate::Endpoint::refuse_referral).
    Referred {
        /// The leg it asks on.
        leg: LegId,
        /// What it asks.
        referral: Referral,
    },
    /// The far side refused our offer; the session stands as before.
    OfferRefused {
        /// The leg offered on.
        leg: LegId,
        /// Its code; 408 when nothing came.
        code: u16,
    },
    /// A key by INFO (`application/dtmf-relay` or `application/dtmf`).
    Dtmf {
        /// The leg.
        leg: LegId,
        /// `0`-`9`, `*`, `#`, `A`-`D`.
        digit: char,
        /// Its length.
        duration_ms: u16,
    },
    /// The leg is over; exactly one for each [`LegId`].
    Ended {
        /// The leg that is no more.
        leg: LegId,
        /// Who ended it.
        by: Side,
        /// Final SIP code, where one was sent or received.
        code: Option<u16>,
        /// Cause from a Reason header.
        q850: Option<Q850>,
        /// Text from a Reason header or the status line.
        reason: Option<String>,
        /// How long the far side asks to be left alone.
        retry_after: Option<Duration>,
        /// Where a 3xx says to call instead: URIs, best first, at most five.
        redirect: Vec<String>,
    },
    /// A phone bound a contact or refreshed it.
    Registered {
        /// Account.
        user: String,
        /// Contact URI as the phone wrote it.
        contact: String,
        /// Path to the phone.
        flow: Flow,
        /// Granted lifetime.
        expires: Duration,
    },
    /// An account's binding is gone.
    Unregistered {
        /// Account.
        user: String,
        /// Contact URI that was bound.
        contact: String,
        /// Why.
        why: Unbound,
    },
    /// What came of an [`Endpoint::ping`](crate::Endpoint::ping).
    Pong {
        /// Which.
        ping: PingId,
        /// The final answer; `None` when nothing answered in time.
        code: Option<u16>,
    },
    /// A registration of ours was granted.
    RegistrationUp {
        /// Which.
        id: RegistrationId,
        /// Granted lifetime.
        expires: Duration,
    },
    /// A request with credentials of an account was turned away; the far side is told nothing of
    /// why.
    Denied {
        /// The account.
        user: String,
        /// Why.
        why: Denial,
        /// The path it came by.
        flow: Flow,
    },
    /// A telephone that has proven itself wants to be told; reply with
    /// [`publish`](crate::Endpoint::publish), now and at each change.
    Subscribed {
        /// The subscription.
        id: SubscriptionId,
        /// Whose telephone it is.
        account: String,
        /// What it wants to be told of.
        package: Package,
        /// Of whom: the user part of the Request-URI.
        target: String,
    },
    /// A subscription is over; exactly one for each.
    Unsubscribed {
        /// Which.
        id: SubscriptionId,
    },
    /// A registration of ours failed; it is tried again until [`unregister`] ends it.
    ///
    /// [`unregister`]: crate::Endpoint::unregister
    RegistrationFailed {
        /// Which.
        id: RegistrationId,
        /// The refusal; `None` when nothing answered.
        code: Option<u16>,
        /// Delay until the next try; `None` when there will be none.
        retry_in: Option<Duration>,
    },
}

/// Why an account's credentials were turned away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denial {
    /// The response is not what the secret or a live token gives.
    WrongSecret,
    /// The credentials are for another realm.
    WrongRealm,
    /// By an algorithm that the account does not accept.
    Algorithm,
    /// The nonce was too old, or was given to another address.
    OldChallenge,
    /// The secret was right, the source address is not one of the account's.
    Address,
    /// Its source has guessed too often and is not answered for a while.
    LockedOut,
    /// It wanted to bind another account's address of record.
    AddressOfRecord,
}

/// Who an INVITE is from, once proven.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A trunk, by its source address.
    Peer(PeerId),
    /// An account, by its digest.
    Account(String),
}

/// A trunk, as the owner of the endpoint numbers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PeerId(pub u64);

/// Who ended a leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// We hung up, cancelled or refused.
    Us,
    /// The far side did.
    Far,
    /// Nobody: a timer ran out.
    Timeout,
    /// The path to the far side broke.
    Network,
}

/// Why a binding ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unbound {
    /// The phone took it back.
    Removed,
    /// Its lifetime ran out.
    Expired,
    /// Its connection closed.
    FlowClosed,
    /// Its account bound more contacts than it may; this was the oldest.
    Displaced,
    /// Its account was removed.
    AccountRemoved,
}

/// How much is alive in an endpoint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Legs that have not ended.
    pub legs: usize,
    /// Client and server transactions.
    pub transactions: usize,
    /// Dialogs, early and confirmed.
    pub dialogs: usize,
    /// Contacts bound to accounts.
    pub bindings: usize,
}
