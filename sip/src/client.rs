//! What we ask of others outside a call: registering outward, for softphones of the demo and
//! trunks that want it, and OPTIONS.

mod ping;
mod registering;

pub(crate) use ping::ask;
pub(crate) use registering::Registering;

pub use ping::PingId;

use std::time::Duration;

use crate::endpoint::Flow;
use crate::registrar::Secret;

/// A registration of ours; never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RegistrationId(pub(crate) u64);

/// A registration to be kept up.
#[derive(Clone, Debug)]
pub struct Registration {
    /// Path to the registrar.
    pub flow: Flow,
    /// User part of the address of record.
    pub user: String,
    /// Host part of it, and the Request-URI.
    pub host: String,
    /// Digest user name; `user` where `None`.
    pub auth_user: Option<String>,
    /// What answers its challenge.
    pub secret: Secret,
    /// User part of our Contact; `user` where `None`.
    pub contact_user: Option<String>,
    /// Lifetime wished for.
    pub expires: Duration,
}
