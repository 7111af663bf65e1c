//! Registrar of our accounts: who they are, and where their phones can be reached.

use std::fmt;
use std::time::Instant;

use crate::endpoint::Flow;

/// A user who may register and call.
#[derive(Clone, Debug)]
pub struct Account {
    /// User part of the address of record and digest user name: an extension's digits.
    pub user: String,
    /// What digest proves.
    pub secret: Secret,
}

/// A digest secret; never printed.
#[derive(Clone, PartialEq, Eq)]
pub enum Secret {
    /// The password itself.
    Password(String),
    /// H(user:realm:password) only, as stored.
    Ha1 {
        /// By MD5.
        md5: [u8; 16],
        /// By SHA-256; without it the account is offered MD5 only.
        sha256: Option<[u8; 32]>,
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
}
