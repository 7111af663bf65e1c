//! SIP without sockets: message, transaction, dialog, leg, registrar, digest.

#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        reason = "a test fails by panicking"
    )
)]

mod bucket;
pub mod client;
mod dialog;
mod digest;
pub mod endpoint;
pub mod framing;
pub mod header;
pub mod leg;
pub mod message;
pub mod registrar;
mod subscription;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod timer;
mod transaction;
pub mod uri;

pub use client::{PingId, Registration, RegistrationId};
pub use dialog::is_private;
pub use endpoint::{
    Bounds, Config, Counts, Denial, Endpoint, Event, Flow, Origin, Output, Peer, PeerId,
    RegistrarConfig, Side, Timing, Transport, Unbound,
};
pub use leg::{
    Claim, Credentials, Destination, History, Identity, Invite, InviteError, LegId, Q850, Referral,
    Refusal, UriForm, withheld,
};
pub use message::{Message, Method, Request, Response, Status};
pub use registrar::{Account, Algorithms, Binding, Network, Secret, Token};
pub use subscription::{Package, SubscriptionId};
