//! A leg that we open.

use std::time::Duration;

use bytes::Bytes;

use super::identity::UriForm;
use crate::endpoint::{Flow, PeerId};
use crate::registrar::Secret;

/// A leg to be opened.
#[derive(Clone, Debug)]
pub struct Invite {
    /// Whom to call, and over which path.
    pub to: Destination,
    /// What From says.
    pub from: Identity,
    /// What P-Asserted-Identity says, where the peer is to get one.
    pub asserted: Option<Identity>,
    /// The offer; `None` leaves the offer to the far side's 2xx.
    pub sdp: Option<Bytes>,
    /// Further headers, name and value; a value with CR, LF or NUL is an error.
    pub headers: Vec<(String, String)>,
    /// Answers a 401 or 407 once, where given.
    pub credentials: Option<Credentials>,
    /// How long to wait for any response before the end is told; 64·T1 where `None` (I3: 4-8 s on
    /// trunks with a reserve).
    pub timer_b: Option<Duration>,
}

/// Where an INVITE goes.
#[derive(Clone, Debug)]
pub enum Destination {
    /// A registered account, over the flow it registered from; its most preferred, newest binding.
    Account(String),
    /// A registered account's page: of its bindings by WebSocket, the most preferred and newest.
    Page(String),
    /// A trunk.
    Peer {
        /// Which, for the record.
        id: PeerId,
        /// User part of the Request-URI.
        user: String,
        /// Path to it; the Request-URI's host is the flow's remote address.
        flow: Flow,
    },
    /// A trunk that has its own way of writing numbers.
    Carrier {
        /// Which, for the record.
        id: PeerId,
        /// User part of the Request-URI.
        user: String,
        /// Host of the Request-URI and of To; the flow's remote address where `None`.
        host: Option<String>,
        /// The URI that a number becomes, in the Request-URI, To and From.
        form: UriForm,
        /// Path to it.
        flow: Flow,
    },
    /// Anything else, by URI.
    Address {
        /// Request-URI and To.
        uri: String,
        /// Path to it.
        flow: Flow,
    },
}

/// A caller's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// User part.
    pub user: String,
    /// Display name.
    pub display: Option<String>,
    /// Host part.
    pub host: String,
}

/// What answers a challenge.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// Digest user name.
    pub user: String,
    /// Its secret.
    pub secret: Secret,
}

/// Why a leg could not be opened; no leg exists then and no event follows.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InviteError {
    /// No binding to call.
    #[error("account {0} has no registered phone")]
    NotRegistered(String),
    /// [`Bounds::legs`](crate::Bounds) are alive already.
    #[error("all {0} legs are in use")]
    TooManyLegs(usize),
    /// [`Bounds::transactions`](crate::Bounds) are alive already.
    #[error("all {0} transactions are in use")]
    TooManyTransactions(usize),
    /// A text that cannot stand in a SIP message.
    #[error("{field}: {why}")]
    Malformed {
        /// The field of [`Invite`].
        field: &'static str,
        /// What was expected.
        why: String,
    },
}
