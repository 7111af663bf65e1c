//! A leg: one dialog with one party, from its INVITE to its end.

mod invite;

pub use invite::{Credentials, Destination, Identity, Invite, InviteError};

use std::time::Duration;

/// A leg of one endpoint; never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LegId(pub(crate) u64);

impl LegId {
    /// The number behind the id, for logs and records.
    #[must_use]
    pub fn number(self) -> u64 {
        self.0
    }
}

/// A cause of ITU-T Q.850, carried in a Reason header (RFC 3326); 1..=127.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Q850(pub u8);

impl Q850 {
    /// Normal call clearing.
    pub const NORMAL: Self = Self(16);
    /// User busy.
    pub const BUSY: Self = Self(17);
    /// No user responding.
    pub const NO_RESPONSE: Self = Self(18);
    /// No answer from the user, who was alerted.
    pub const NO_ANSWER: Self = Self(19);
    /// Call rejected.
    pub const REJECTED: Self = Self(21);
    /// No circuit available.
    pub const NO_CIRCUIT: Self = Self(34);
    /// Answered elsewhere (RFC 3326 uses SIP 200; PSTN gateways send 26).
    pub const ELSEWHERE: Self = Self(26);
}

/// How an INVITE is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Status code, 300..=699; others become 500.
    pub code: u16,
    /// Reason phrase; the code's own where `None`.
    pub phrase: Option<String>,
    /// Cause for a Reason header.
    pub q850: Option<Q850>,
    /// Written as Retry-After, in whole seconds.
    pub retry_after: Option<Duration>,
}

impl From<u16> for Refusal {
    fn from(code: u16) -> Self {
        Self { code, phrase: None, q850: None, retry_after: None }
    }
}
