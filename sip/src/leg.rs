//! A leg: one dialog with one party, from its INVITE to its end.
//!
//! ```text
//!  ours:    Calling ──2xx──▶ Confirmed ──BYE──▶ Over
//!              └──3xx-6xx, timer B, CANCEL + 487──▲
//!  theirs:  Incoming ──answer──▶ Answered ──ACK──▶ Confirmed ──BYE──▶ Over
//!              └──reject, CANCEL──────────────────────────────────────▲
//!  inside Confirmed, one exchange at a time: Idle, Offering, Glare, Offered, Accepting
//! ```
//! One file a verb: `call`, `progress`, `answer`, `reject`, `hang_up`, `offer`, `accept`, `probe`;
//! `refresh` and `reliable` for what nobody orders: the session timer, and PRACK; `refer` for what
//! the far side orders. A leg tells
//! its end once, at once; what the RFC still owes the far side (a BYE held until an ACK, ACKs for
//! late 2xx) is done afterwards, and only then is the leg forgotten.

mod accept;
mod answer;
mod body;
mod call;
mod context;
mod dtmf;
mod early;
mod ending;
mod forks;
mod hang_up;
mod identity;
mod invite;
mod offer;
mod probe;
mod progress;
mod refer;
mod refresh;
mod reject;
mod reliable;
mod repeat;
mod request;
mod state;

pub(crate) use body::{SDP, sdp_of};
pub(crate) use call::Plan;
pub(crate) use context::{ALLOW, Context, Received};
pub(crate) use identity::is_telephone;
pub(crate) use refer::wanted_dialog;
pub(crate) use refresh::{SHORTEST, is_too_short};
pub(crate) use request::unsupported;
pub(crate) use state::Leg;

pub use identity::{Claim, History, UriForm, withheld};
pub use invite::{Credentials, Destination, Identity, Invite, InviteError};
pub use refer::Referral;

use std::fmt;
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

    /// The tag of ours that names this leg; `random` keeps others from guessing it.
    pub(crate) fn tag(self, random: u64) -> String {
        format!("{:x}.{random:016x}", self.0)
    }

    /// The leg a tag of ours names; that the rest of the tag is right is for the leg to check.
    pub(crate) fn of_tag(tag: &str) -> Option<Self> {
        u64::from_str_radix(tag.split_once('.')?.0, 16).ok().map(Self)
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
    /// Answered elsewhere, in the use of RFC 3326: a non-selected user clears.
    pub const ELSEWHERE: Self = Self(26);
    /// No circuit available.
    pub const NO_CIRCUIT: Self = Self(34);
}

/// Prints the value of a Reason header.
impl fmt::Display for Q850 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Q.850;cause={}", self.0)
    }
}

/// How an INVITE is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Status code, 300..=699; others become 500.
    pub code: u16,
    /// Reason phrase; the code's own where `None` or unprintable.
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
