//! Sign-ins that are under way at the provider.
//!
//! ```text
//!   begun ──the browser comes back──▶ taken ─┬─▶ in
//!     │                                ▲     └─ a code is missing ─┐
//!     └── ten minutes ──▶ forgotten    └──────── proven ◀──────────┘
//! ```
//! The state names a sign-in, and the cookie binds it to the browser that began it: nobody is
//! signed in by a link that somebody else sends (RFC 9700 §4.7). Each is taken once. They are kept
//! in memory: whoever is at the provider while the switch restarts begins again.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};
use store::users::UserId;
use subtle::ConstantTimeEq;

use crate::secret::Secret;

/// The sign-ins under way.
#[derive(Debug, Default)]
pub(crate) struct BegunLogins {
    under_way: Mutex<HashMap<[u8; 32], Begun>>,
}

/// A sign-in under way.
#[derive(Clone, Debug)]
pub(crate) struct Begun {
    /// Where it is.
    pub(crate) issuer: String,
    /// What the ID token must repeat.
    pub(crate) nonce: Secret,
    /// What proves to the provider that it is still us (RFC 7636).
    pub(crate) verifier: Secret,
    /// The user was to prove once more who they are, whatever the provider remembers.
    pub(crate) again: bool,
    /// Whom the provider has proven already: only a code is missing.
    pub(crate) proven: Option<Proven>,
    browser: [u8; 32],
    until: Timestamp,
}

/// Whom the provider has proven.
#[derive(Clone, Debug)]
pub(crate) struct Proven {
    pub(crate) user: UserId,
    /// The provider's word for them, where it is to be theirs from now on.
    pub(crate) unlinked: Option<String>,
    /// When the provider saw them prove it, where that is known.
    pub(crate) at: Option<Timestamp>,
}

impl Begun {
    /// A sign-in of the browser that holds this cookie.
    pub(crate) fn new(
        issuer: &str,
        browser: &str,
        again: bool,
        now: Timestamp,
    ) -> Result<Self, getrandom::Error> {
        Ok(Self {
            issuer: issuer.to_owned(),
            nonce: Secret::random(RANDOM_BYTES)?,
            verifier: Secret::random(RANDOM_BYTES)?,
            again,
            proven: None,
            browser: digest(browser),
            until: now.saturating_add(LIFETIME).unwrap_or(now),
        })
    }
}

impl BegunLogins {
    /// The state of a sign-in that begins. While too many are under way the oldest gives way: who
    /// begins them by the thousand shuts the door on nobody.
    pub(crate) fn begin(&self, begun: Begun, now: Timestamp) -> Result<Secret, getrandom::Error> {
        let state = Secret::random(RANDOM_BYTES)?;
        let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        if under_way.len() >= UNDER_WAY_MAX {
            under_way.retain(|_, begun| begun.until > now);
        }
        if under_way.len() >= UNDER_WAY_MAX {
            let oldest = under_way.iter().min_by_key(|(_, begun)| begun.until);
            if let Some(oldest) = oldest.map(|(state, _)| *state) {
                under_way.remove(&oldest);
            }
        }
        under_way.insert(digest(state.reveal()), begun);
        Ok(state)
    }

    /// Takes the sign-in of this state, if this browser began it and it is not over.
    pub(crate) fn take(&self, state: &str, browser: &str, now: Timestamp) -> Option<Begun> {
        let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        let state = digest(state);
        let begun = under_way.get(&state)?;
        if !bool::from(begun.browser.ct_eq(&digest(browser))) {
            return None;
        }
        under_way.remove(&state).filter(|begun| begun.until > now)
    }

    /// Keeps one that was taken, for the code that is missing.
    pub(crate) fn keep(&self, state: &str, begun: Begun) {
        let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        if under_way.len() < UNDER_WAY_MAX {
            under_way.insert(digest(state), begun);
        }
    }
}

fn digest(text: &str) -> [u8; 32] {
    Sha256::digest(text).into()
}

/// What one may take, a new password at the provider included.
pub(crate) const LIFETIME: SignedDuration = SignedDuration::from_mins(10);

/// 256 bits; 64 characters are a verifier of RFC 7636 §4.1.
pub(crate) const RANDOM_BYTES: usize = 32;

const UNDER_WAY_MAX: usize = 20_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_in_is_taken_once_by_the_browser_that_began_it_and_in_time() {
        let (logins, now) = (BegunLogins::default(), Timestamp::UNIX_EPOCH);
        let begin = || {
            let begun = Begun::new("https://a", "cookie", false, now).unwrap();
            logins.begin(begun, now).unwrap()
        };
        let (one, other) = (begin(), begin());
        assert_ne!(one.reveal(), other.reveal());
        assert!(logins.take(one.reveal(), "another's", now).is_none());
        let taken = logins.take(one.reveal(), "cookie", now).unwrap();
        assert!(logins.take(one.reveal(), "cookie", now).is_none());
        logins.keep(one.reveal(), taken);
        assert!(logins.take(one.reveal(), "cookie", now).is_some());
        assert!(logins.take(other.reveal(), "cookie", now + LIFETIME).is_none());
    }

    #[test]
    fn a_flood_of_sign_ins_stays_within_its_room_and_shuts_nobody_out() {
        let (logins, now) = (BegunLogins::default(), Timestamp::UNIX_EPOCH);
        let begin = |at| {
            let begun = Begun::new("https://a", "cookie", false, at).unwrap();
            logins.begin(begun, at).unwrap()
        };
        let later = now + SignedDuration::from_secs(1);
        let first = begin(now);
        for _ in 1..UNDER_WAY_MAX {
            begin(later);
        }
        let newest = begin(later);
        assert_eq!(logins.under_way.lock().unwrap().len(), UNDER_WAY_MAX);
        assert!(logins.take(first.reveal(), "cookie", later).is_none());
        assert!(logins.take(newest.reveal(), "cookie", later).is_some());
    }
}
