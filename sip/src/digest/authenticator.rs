//! Who proved to be whom: the server's side of digest (RFC 3261 §22, RFC 8760).
//!
//! An unknown user costs the same work and gets the same challenge as a known one with a wrong
//! password (S3). Wrong passwords are counted by source and user, and by source; a source beyond
//! its share is ignored until it has cooled down, and the user it tried is not (S2).

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::time::{Duration, Instant};

use subtle::ConstantTimeEq;

use super::Algorithm;
use super::nonce::{Nonces, hmac_sha256};
use crate::endpoint::{Config, Random};
use crate::header::Credentials;
use crate::message::{Quoted, Request};
use crate::registrar::{Account, Secret};

/// Mints challenges, checks what comes back, and knows the accounts' secrets.
pub(crate) struct Authenticator {
    realm: String,
    sha256: bool,
    nonces: Nonces,
    accounts: HashMap<String, Ha1>,
    /// Makes up secrets for users that do not exist.
    decoy: [u8; 32],
    failures: Failures,
}

struct Ha1 {
    md5: String,
    sha256: String,
}

/// What a request's credentials are worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// This account sent it.
    Proven(String),
    /// Ask for (better) credentials; `stale` when the secret was right and only the nonce too old.
    Challenge { stale: bool },
    /// The source has guessed too often: no answer.
    Ignore,
}

impl Authenticator {
    pub(crate) fn new(config: &Config, random: &mut Random) -> Self {
        Self {
            realm: config.realm.clone(),
            sha256: config.registrar.offer_sha256,
            nonces: Nonces::new(random.key(), config.registrar.nonce_lifetime, NONCES_MAX),
            accounts: HashMap::new(),
            decoy: random.key(),
            failures: Failures::new(config.bounds.failures_per_source),
        }
    }

    pub(crate) fn set_account(&mut self, account: &Account) {
        let ha1 = match &account.secret {
            Secret::Password(password) => {
                let ha1 =
                    |algorithm: Algorithm| algorithm.ha1(&account.user, &self.realm, password);
                Ha1 { md5: ha1(Algorithm::Md5), sha256: ha1(Algorithm::Sha256) }
            }
            Secret::Ha1 { md5, sha256 } => {
                Ha1 { md5: hex::encode(md5), sha256: hex::encode(sha256) }
            }
        };
        self.accounts.insert(account.user.clone(), ha1);
    }

    pub(crate) fn remove_account(&mut self, user: &str) {
        self.accounts.remove(user);
    }

    /// Challenges for `source`, preferred first; `md5_only` for browsers, whose `JsSIP` gives up
    /// when it reads another algorithm first (I16).
    pub(crate) fn challenges(
        &mut self,
        now: Instant,
        source: IpAddr,
        md5_only: bool,
        stale: bool,
    ) -> Vec<String> {
        let nonce = self.nonces.mint(now, source);
        let offered: &[Algorithm] = if md5_only || !self.sha256 {
            &[Algorithm::Md5]
        } else {
            &[Algorithm::Sha256, Algorithm::Md5]
        };
        let stale = if stale { ",stale=true" } else { "" };
        let print = |algorithm: &Algorithm| {
            format!(
                r#"Digest realm={},nonce="{nonce}",algorithm={algorithm},qop="auth"{stale}"#,
                Quoted(&self.realm)
            )
        };
        offered.iter().map(print).collect()
    }

    /// Judges the credentials of `request`, which came from `source`.
    pub(crate) fn check(&mut self, now: Instant, source: IpAddr, request: &Request) -> Verdict {
        let given = request.authorization().chain(request.proxy_authorization());
        let ours = |credentials: &Credentials<'_>| {
            credentials.0.is_digest() && credentials.realm().is_some_and(|r| r == self.realm)
        };
        let Some(credentials) = given.filter_map(Result::ok).find(ours) else {
            return Verdict::Challenge { stale: false };
        };
        let user = credentials.username().unwrap_or_default().into_owned();
        let name = self.fingerprint(&user);
        if self.failures.is_locked(now, source, name) {
            return Verdict::Ignore;
        }
        if !self.is_right(&user, credentials, request.method_text()) {
            self.failures.count(now, source, name);
            return Verdict::Challenge { stale: false };
        }
        self.nonces.expire(now);
        let fresh = self.nonces.check(now, source, credentials.nonce().unwrap_or_default());
        let count = credentials.qop().and(credentials.nc());
        match fresh.map(|fresh| self.nonces.spend(fresh, &user, count)) {
            Some(Ok(())) => Verdict::Proven(user),
            Some(Err(_)) | None => Verdict::Challenge { stale: true },
        }
    }

    /// A name of fixed size, for tables that strangers fill.
    fn fingerprint(&self, user: &str) -> u64 {
        let mac = hmac_sha256(&self.decoy, user.as_bytes());
        mac.iter().skip(24).fold(0, |sum, byte| sum << 8 | u64::from(*byte))
    }

    /// Whether the response is the one that the user's secret gives, nonce aside. RFC 3261 §22.4:
    /// the digest's URI need not equal the Request-URI, which proxies rewrite.
    fn is_right(&self, user: &str, credentials: Credentials<'_>, method: &str) -> bool {
        let (Some(nonce), Some(uri), Some(response)) =
            (credentials.nonce(), credentials.uri(), credentials.response())
        else {
            return false;
        };
        let counted = match credentials.qop() {
            None => None,
            Some(qop) if qop.eq_ignore_ascii_case("auth") => {
                let counted = credentials.nc_text().zip(credentials.cnonce());
                if counted.is_none() || credentials.nc().is_none() {
                    return false;
                }
                counted
            }
            Some(_) => return false,
        };
        // Always made up, so that its cost does not tell who exists.
        let secret = hex::encode(hmac_sha256(&self.decoy, user.as_bytes()));
        let known = self.accounts.get(user);
        let (algorithm, ha1) = match Algorithm::parse(credentials.algorithm()) {
            Some(Algorithm::Md5) => (Algorithm::Md5, known.map(|ha1| &ha1.md5)),
            Some(Algorithm::Sha256) => (Algorithm::Sha256, known.map(|ha1| &ha1.sha256)),
            Some(Algorithm::Sha512Trunc256) | None => return false,
        };
        let expected = algorithm.response(ha1.unwrap_or(&secret), nonce, counted, method, uri);
        let same = expected.as_bytes().ct_eq(response.to_ascii_lowercase().as_bytes());
        bool::from(same) && known.is_some()
    }
}

/// Used nonces remembered; a floor of 1,000 phones with a five-minute nonce uses a few thousand.
const NONCES_MAX: usize = 50_000;

/// Wrong passwords by source and user, and by source alone: each a bucket that drains by itself.
struct Failures {
    /// Wrong tries that one source may spend on one user.
    share: u32,
    /// When each bucket will have drained.
    drained: HashMap<(IpAddr, Option<u64>), Instant>,
    swept: Option<Instant>,
}

impl Failures {
    fn new(share: u32) -> Self {
        Self { share, drained: HashMap::new(), swept: None }
    }

    fn is_locked(&self, now: Instant, source: IpAddr, user: u64) -> bool {
        let source = network(source);
        let full = |key: &(IpAddr, Option<u64>), drip: Duration, share: u32| {
            let drained = self.drained.get(key);
            drained.is_some_and(|at| at.saturating_duration_since(now) > drip * (share - 1))
        };
        let share = self.share.max(1);
        full(&(source, Some(user)), DRIP, share)
            || full(&(source, None), DRIP / USERS_PER_SOURCE, share * USERS_PER_SOURCE)
    }

    fn count(&mut self, now: Instant, source: IpAddr, user: u64) {
        let source = network(source);
        self.sweep(now);
        for (key, drip) in [((source, Some(user)), DRIP), ((source, None), DRIP / USERS_PER_SOURCE)]
        {
            // At the bound a newcomer goes uncounted: locking out strangers would be worse.
            if self.drained.len() < BUCKETS_MAX || self.drained.contains_key(&key) {
                let drained = self.drained.entry(key).or_insert(now);
                *drained = (*drained).max(now) + drip;
            }
        }
    }

    /// Forgets drained buckets, at most once a second.
    fn sweep(&mut self, now: Instant) {
        let due = self.swept.is_none_or(|at| now.saturating_duration_since(at) >= SWEEP);
        if due {
            self.swept = Some(now);
            self.drained.retain(|_, at| *at > now);
        }
    }
}

/// One wrong try is forgiven in this time.
const DRIP: Duration = Duration::from_secs(10);

/// An office behind one address may have this many users mistype at once.
const USERS_PER_SOURCE: u32 = 10;

const SWEEP: Duration = Duration::from_secs(1);

const BUCKETS_MAX: usize = 20_000;

/// An IPv6 source owns its whole /64.
fn network(source: IpAddr) -> IpAddr {
    match source.to_canonical() {
        IpAddr::V6(ip) => {
            let [a, b, c, d, ..] = ip.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test reads the clock once, for its epoch")]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::message::Message;

    const SOURCE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 7));
    const OTHER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 8));

    fn authenticator() -> Authenticator {
        let mut config = Config::new("pbx");
        config.bounds.failures_per_source = 3;
        let mut authenticator = Authenticator::new(&config, &mut Random::new([1; 32]));
        let secret = Secret::Password("s3cret".to_owned());
        authenticator.set_account(&Account { user: "1001".to_owned(), secret });
        authenticator
    }

    fn nonce_of(challenge: &str) -> String {
        let (_, rest) = challenge.split_once("nonce=\"").unwrap();
        rest.split_once('"').unwrap().0.to_owned()
    }

    fn register(
        user: &str,
        password: &str,
        algorithm: Algorithm,
        nonce: &str,
        nc: &str,
    ) -> Request {
        let ha1 = algorithm.ha1(user, "pbx", password);
        let response = algorithm.response(&ha1, nonce, Some((nc, "c")), "REGISTER", "sip:pbx");
        let text = format!(
            "REGISTER sip:pbx SIP/2.0\r\nAuthorization: Digest username=\"{user}\",realm=\"pbx\",\
             nonce=\"{nonce}\",uri=\"sip:pbx\",response=\"{response}\",algorithm={algorithm},\
             cnonce=\"c\",nc={nc},qop=auth\r\n\r\n"
        );
        match Message::parse(Bytes::from(text)).unwrap() {
            Message::Request(request) => request,
            Message::Response(_) => unreachable!("a request was written"),
        }
    }

    /// RFC 8760 §2.3: the preferred algorithm stands first; each of them is enough.
    #[test]
    fn either_offered_algorithm_proves_the_account() {
        let (now, mut auth) = (Instant::now(), authenticator());
        let challenges = auth.challenges(now, SOURCE, false, false);
        assert!(challenges[0].contains("algorithm=SHA-256"), "{challenges:?}");
        assert!(challenges[1].contains("algorithm=MD5"), "{challenges:?}");
        for (nc, algorithm) in [("00000001", Algorithm::Sha256), ("00000002", Algorithm::Md5)] {
            let request = register("1001", "s3cret", algorithm, &nonce_of(&challenges[0]), nc);
            assert_eq!(auth.check(now, SOURCE, &request), Verdict::Proven("1001".to_owned()));
        }
    }

    /// I16: `JsSIP` gives up on a challenge it cannot answer, so a browser is offered MD5 alone.
    #[test]
    fn a_browser_is_offered_md5_alone() {
        let challenges = authenticator().challenges(Instant::now(), SOURCE, true, false);
        assert_eq!(challenges.len(), 1);
        assert!(challenges[0].contains("algorithm=MD5"));
    }

    #[test]
    fn a_replayed_count_and_an_old_nonce_are_stale_not_wrong() {
        let (now, mut auth) = (Instant::now(), authenticator());
        let nonce = nonce_of(&auth.challenges(now, SOURCE, false, false)[0]);
        let request = register("1001", "s3cret", Algorithm::Md5, &nonce, "00000001");
        assert_eq!(auth.check(now, SOURCE, &request), Verdict::Proven("1001".to_owned()));
        let stale = Verdict::Challenge { stale: true };
        assert_eq!(auth.check(now, SOURCE, &request), stale);
        let later = now + Duration::from_secs(301);
        let request = register("1001", "s3cret", Algorithm::Md5, &nonce, "00000002");
        assert_eq!(auth.check(later, SOURCE, &request), stale);
        assert_eq!(auth.check(now, OTHER, &request), stale);
        assert!(auth.challenges(now, SOURCE, false, true)[0].ends_with(",stale=true"));
    }

    /// S3: nothing tells an unknown user from a known one with a wrong password.
    #[test]
    fn an_unknown_user_is_judged_like_a_wrong_password() {
        let (now, mut auth) = (Instant::now(), authenticator());
        let nonce = nonce_of(&auth.challenges(now, SOURCE, false, false)[0]);
        for user in ["1001", "9999"] {
            let request = register(user, "guess", Algorithm::Md5, &nonce, "00000001");
            assert_eq!(auth.check(now, SOURCE, &request), Verdict::Challenge { stale: false });
        }
    }

    /// S2: the guessing source is locked out, the user is not.
    #[test]
    fn a_source_that_guesses_is_ignored_until_it_has_cooled_down() {
        let (now, mut auth) = (Instant::now(), authenticator());
        let nonce = nonce_of(&auth.challenges(now, SOURCE, false, false)[0]);
        let guess = register("1001", "guess", Algorithm::Md5, &nonce, "00000001");
        for _ in 0..3 {
            assert_eq!(auth.check(now, SOURCE, &guess), Verdict::Challenge { stale: false });
        }
        assert_eq!(auth.check(now, SOURCE, &guess), Verdict::Ignore);
        let right = |nonce: &str| register("1001", "s3cret", Algorithm::Md5, nonce, "00000001");
        assert_eq!(auth.check(now, SOURCE, &right(&nonce)), Verdict::Ignore);
        let elsewhere = nonce_of(&auth.challenges(now, OTHER, false, false)[0]);
        let proven = Verdict::Proven("1001".to_owned());
        assert_eq!(auth.check(now, OTHER, &right(&elsewhere)), proven);
        let cooled = now + DRIP;
        let nonce = nonce_of(&auth.challenges(cooled, SOURCE, false, false)[0]);
        assert_eq!(auth.check(cooled, SOURCE, &right(&nonce)), proven);
    }

    #[test]
    fn counted_failures_leave_nothing_behind_once_drained() {
        let (now, mut failures) = (Instant::now(), Failures::new(3));
        failures.count(now, SOURCE, 1);
        failures.count(now + DRIP * 2, OTHER, 1);
        assert_eq!(failures.drained.len(), 2);
        assert!(!failures.drained.contains_key(&(SOURCE, None)));
    }
}
