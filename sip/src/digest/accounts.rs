//! What accounts prove themselves with: a lasting secret, and tokens that live for a while.
//!
//! S3: whoever is asked for, the same number of hashes is computed; for a user nobody knows they
//! are made up, and so is the choice of algorithms, in the proportion of the accounts there are.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Instant;

use subtle::{Choice, ConstantTimeEq};

use super::Algorithm;
use super::nonce::hmac_sha256;
use crate::endpoint::Denial;
use crate::header::Credentials;
use crate::registrar::{Account, Algorithms, Network, Secret, Token};

/// Every account, by its user.
pub(super) struct Accounts {
    known: HashMap<String, Entry>,
    /// How many accounts ask for each choice of algorithms.
    choices: [u64; 3],
    /// Makes up secrets for users that do not exist.
    decoy: [u8; 32],
}

struct Entry {
    ha1: Ha1,
    algorithms: Algorithms,
    networks: Vec<Network>,
    /// The oldest first.
    tokens: Vec<([u8; 32], Ha1, Instant)>,
}

/// H(user:realm:secret) in hexadecimal, by each algorithm.
struct Ha1 {
    md5: String,
    sha256: String,
    sha512_256: Option<String>,
}

/// What credentials are worth, nonce aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Judgement {
    Right,
    Wrong(Denial),
}

impl Accounts {
    pub(super) fn new(decoy: [u8; 32]) -> Self {
        Self { known: HashMap::new(), choices: [0; 3], decoy }
    }

    pub(super) fn knows(&self, user: &str) -> bool {
        self.known.contains_key(user)
    }

    /// Adds an account or replaces what it proves itself with; its tokens stay.
    pub(super) fn set(&mut self, account: &Account, realm: &str) {
        let Account { user, secret, algorithms, networks } = account;
        let tokens = self.take(user).map(|old| old.tokens).unwrap_or_default();
        let entry = Entry {
            ha1: Ha1::of(secret, user, realm),
            algorithms: *algorithms,
            networks: networks.clone(),
            tokens,
        };
        self.choices[*algorithms as usize] += 1;
        self.known.insert(user.clone(), entry);
    }

    pub(super) fn remove(&mut self, user: &str) {
        self.take(user);
    }

    fn take(&mut self, user: &str) -> Option<Entry> {
        let gone = self.known.remove(user)?;
        self.choices[gone.algorithms as usize] -= 1;
        Some(gone)
    }

    /// At the bound the oldest token gives way: a page that was loaded again has a new one.
    pub(super) fn grant(&mut self, now: Instant, user: &str, token: &Token, realm: &str) {
        let Some(entry) = self.known.get_mut(user) else { return };
        entry.tokens.retain(|(_, _, until)| *until > now);
        if entry.tokens.len() >= TOKENS_MAX {
            entry.tokens.remove(0);
        }
        entry.tokens.push((token.holder, Ha1::of(&token.secret, user, realm), token.expires_at));
    }

    pub(super) fn revoke(&mut self, holder: [u8; 32]) {
        for entry in self.known.values_mut() {
            entry.tokens.retain(|(other, _, _)| *other != holder);
        }
    }

    /// Which algorithms a user is asked for.
    pub(super) fn algorithms(&self, user: &str) -> Algorithms {
        // For a known user too, whom it could be told by otherwise.
        let mac = hmac_sha256(&self.decoy, user.as_bytes());
        if let Some(entry) = self.known.get(user) {
            return entry.algorithms;
        }
        let total = self.choices.iter().sum::<u64>().max(1);
        let mut drawn =
            mac.iter().skip(24).fold(0, |sum, byte| sum << 8 | u64::from(*byte)) % total;
        for choice in [Algorithms::Md5, Algorithms::StrongestFirst, Algorithms::StrongOnly] {
            let accounts = self.choices[choice as usize];
            if drawn < accounts {
                return choice;
            }
            drawn -= accounts;
        }
        Algorithms::default()
    }

    /// The algorithms of a challenge to a user, preferred first.
    pub(super) fn offered(&self, user: &str, algorithms: Algorithms) -> Vec<Algorithm> {
        let has_all = self.known.get(user).is_none_or(|entry| entry.ha1.sha512_256.is_some());
        let is_kept = |algorithm: &&Algorithm| **algorithm != Algorithm::Sha512Trunc256 || has_all;
        accepted(algorithms).iter().filter(is_kept).copied().collect()
    }

    /// Whether the response is the one that a secret or token of the user gives. RFC 3261 §22.4:
    /// the digest's URI need not equal the Request-URI, which proxies rewrite.
    pub(super) fn judge(
        &self,
        now: Instant,
        source: IpAddr,
        user: &str,
        credentials: Credentials<'_>,
        method: &str,
    ) -> Judgement {
        let wrong = Judgement::Wrong(Denial::WrongSecret);
        let (Some(nonce), Some(uri), Some(response)) =
            (credentials.nonce(), credentials.uri(), credentials.response())
        else {
            return wrong;
        };
        let counted = match credentials.qop() {
            None => None,
            Some(qop) if qop.eq_ignore_ascii_case("auth") => {
                let counted = credentials.nc_text().zip(credentials.cnonce());
                if counted.is_none() || credentials.nc().is_none() {
                    return wrong;
                }
                counted
            }
            Some(_) => return wrong,
        };
        let Some(algorithm) = Algorithm::parse(credentials.algorithm()) else {
            return Judgement::Wrong(Denial::Algorithm);
        };
        let known = self.known.get(user);
        let own = known.map(|entry| &entry.ha1);
        let tokens = known.into_iter().flat_map(|entry| &entry.tokens);
        let live = tokens.filter(|(_, _, until)| *until > now).map(|(_, ha1, _)| ha1);
        let mut candidates = own.into_iter().chain(live);
        // As long as a real one: a longer one takes longer to hash.
        let mut decoy = hex::encode(hmac_sha256(&self.decoy, user.as_bytes()));
        decoy.truncate(algorithm.digits());
        let given = response.to_ascii_lowercase();
        let mut right = Choice::from(0);
        for _ in 0..=TOKENS_MAX {
            let real = candidates.next().and_then(|ha1| ha1.by(algorithm));
            let expected = algorithm.response(real.unwrap_or(&decoy), nonce, counted, method, uri);
            let is_real = Choice::from(u8::from(real.is_some()));
            right |= is_real & expected.as_bytes().ct_eq(given.as_bytes());
        }
        let Some(entry) = known else { return wrong };
        if !accepted(entry.algorithms).contains(&algorithm) {
            return Judgement::Wrong(Denial::Algorithm);
        }
        if !bool::from(right) {
            return wrong;
        }
        let is_home = entry.networks.is_empty()
            || entry.networks.iter().any(|network| network.contains(source));
        if is_home { Judgement::Right } else { Judgement::Wrong(Denial::Address) }
    }
}

impl Ha1 {
    fn of(secret: &Secret, user: &str, realm: &str) -> Self {
        match secret {
            Secret::Password(password) => {
                let ha1 = |algorithm: Algorithm| algorithm.ha1(user, realm, password);
                Self {
                    md5: ha1(Algorithm::Md5),
                    sha256: ha1(Algorithm::Sha256),
                    sha512_256: Some(ha1(Algorithm::Sha512Trunc256)),
                }
            }
            Secret::Ha1 { md5, sha256, sha512_256 } => Self {
                md5: hex::encode(md5),
                sha256: hex::encode(sha256),
                sha512_256: sha512_256.map(hex::encode),
            },
        }
    }

    fn by(&self, algorithm: Algorithm) -> Option<&str> {
        match algorithm {
            Algorithm::Md5 => Some(&self.md5),
            Algorithm::Sha256 => Some(&self.sha256),
            Algorithm::Sha512Trunc256 => self.sha512_256.as_deref(),
        }
    }
}

/// What is accepted, and offered in this order.
fn accepted(algorithms: Algorithms) -> &'static [Algorithm] {
    match algorithms {
        Algorithms::Md5 => &[Algorithm::Md5],
        Algorithms::StrongestFirst => {
            &[Algorithm::Sha512Trunc256, Algorithm::Sha256, Algorithm::Md5]
        }
        Algorithms::StrongOnly => &[Algorithm::Sha512Trunc256, Algorithm::Sha256],
    }
}

/// A page, the one it was before it was loaded again, and one on another screen.
const TOKENS_MAX: usize = 3;
