//! Registrar of our accounts: who they are, and where their phones can be reached (RFC 3261 §10).
//!
//! Digest comes first (`digest::Authenticator`); what arrives here is proven. Invariants: an
//! account binds only its own address of record (S1); a REGISTER is applied whole or not at all;
//! the bounds hold: an account's oldest binding gives way to its newest, the whole table refuses.

mod bindings;
mod network;
mod register;

pub use network::{Network, NotANetwork};

pub(crate) use bindings::Registrar;
pub(crate) use register::{Change, Refused};

use std::fmt::{self, Write as _};
use std::time::Instant;

use crate::endpoint::Flow;
use crate::message::Quoted;

/// A user who may register and call.
#[derive(Clone, Debug)]
pub struct Account {
    /// User part of the address of record and digest user name: an extension's digits.
    pub user: String,
    /// What digest proves.
    pub secret: Secret,
    /// Which algorithms it is asked for.
    pub algorithms: Algorithms,
    /// Where it may prove itself from (R169); anywhere when empty.
    pub networks: Vec<Network>,
}

impl Account {
    /// An account that is asked for the strongest algorithm first, wherever it is.
    #[must_use]
    pub fn new(user: impl Into<String>, secret: Secret) -> Self {
        let algorithms = Algorithms::StrongestFirst;
        Self { user: user.into(), secret, algorithms, networks: vec![] }
    }
}

/// Which algorithms an account is asked for, and in which order (RFC 8760 §2.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Algorithms {
    /// MD5 alone: phones like baresip 1.0 give up at a challenge that they do not know.
    #[default]
    Md5,
    /// SHA-512-256, SHA-256, then MD5; MD5 alone over a WebSocket, where `JsSIP` knows no other.
    StrongestFirst,
    /// SHA-512-256, then SHA-256.
    StrongOnly,
}

/// What proves an account for a while beside its secret: minted for one page, forgotten with it.
#[derive(Clone, Debug)]
pub struct Token {
    /// Whose it is: ends with [`revoke_tokens`](crate::Endpoint::revoke_tokens).
    pub holder: [u8; 32],
    /// What digest proves.
    pub secret: Secret,
    /// When it stops to prove anything.
    pub expires_at: Instant,
}

/// A digest secret; never printed.
#[derive(Clone, PartialEq, Eq)]
pub enum Secret {
    /// The password itself.
    Password(String),
    /// H(user:realm:password) only, by each algorithm we offer.
    Ha1 {
        /// By MD5.
        md5: [u8; 16],
        /// By SHA-256.
        sha256: [u8; 32],
        /// By SHA-512-256, where it was kept.
        sha512_256: Option<[u8; 32]>,
    },
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// One contact of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// Contact URI as the phone wrote it.
    pub contact: String,
    /// Path the REGISTER took, used for every request to the phone.
    pub flow: Flow,
    /// When it runs out.
    pub expires_at: Instant,
    /// Preference in thousandths, 0..=1000.
    pub q: u16,
    /// Route values towards the phone, from Path (RFC 3327).
    pub path: Vec<String>,
    /// Which device, and which of its flows (RFC 5626).
    instance: Option<(String, Option<u32>)>,
    /// Call-ID and CSeq of the REGISTER, to tell old from new.
    origin: (String, u32),
    /// Rises with each REGISTER.
    serial: u64,
}

impl Binding {
    /// As a 200 lists it: with what is left of its lifetime, and the device it is on (RFC 5626).
    pub(crate) fn listed(&self, now: Instant) -> String {
        let left = self.expires_at.saturating_duration_since(now).as_secs();
        let mut text = format!("<{}>;expires={left}", self.contact);
        if let Some((instance, reg_id)) = &self.instance {
            // A String takes every write.
            let _ = write!(text, ";+sip.instance={}", Quoted(instance));
            if let Some(id) = reg_id {
                let _ = write!(text, ";reg-id={id}");
            }
        }
        text
    }

    /// Whether it names a flow of a device, which takes the place of an earlier one.
    pub(crate) fn is_outbound(&self) -> bool {
        matches!(self.instance, Some((_, Some(_))))
    }
}
