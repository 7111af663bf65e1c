//! One-time tickets for the event stream (FAULTS S10).
//!
//! A browser cannot set a header on a WebSocket, and a URL ends up in logs: so the page asks for a
//! ticket with all its proofs and spends it within half a minute, once.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use super::Caller;
use crate::secret::Secret;

/// The tickets that are not yet spent.
#[derive(Debug, Default)]
pub(crate) struct Tickets {
    unspent: Mutex<HashMap<[u8; 32], (Caller, Timestamp)>>,
}

impl Tickets {
    /// A ticket for this caller, or none while too many are unspent.
    pub(crate) fn issue(
        &self,
        caller: &Caller,
        now: Timestamp,
    ) -> Result<Option<Secret>, getrandom::Error> {
        let ticket = Secret::random(24)?;
        let mut unspent = self.unspent.lock().unwrap_or_else(PoisonError::into_inner);
        if unspent.len() >= UNSPENT_MAX {
            unspent.retain(|_, (_, until)| *until > now);
        }
        if unspent.len() >= UNSPENT_MAX {
            return Ok(None);
        }
        unspent.insert(digest(ticket.reveal()), (caller.clone(), now + LIFETIME));
        Ok(Some(ticket))
    }

    /// Spends a ticket: whose it was, unless it is unknown, spent or too old.
    pub(crate) fn spend(&self, ticket: &str, now: Timestamp) -> Option<Caller> {
        let mut unspent = self.unspent.lock().unwrap_or_else(PoisonError::into_inner);
        let (caller, until) = unspent.remove(&digest(ticket))?;
        (until > now).then_some(caller)
    }
}

fn digest(ticket: &str) -> [u8; 32] {
    Sha256::digest(ticket.as_bytes()).into()
}

/// What a ticket lives.
pub(crate) const LIFETIME: SignedDuration = SignedDuration::from_secs(30);

const UNSPENT_MAX: usize = 10_000;
