//! Who proved to be whom: the server's side of digest (RFC 3261 §22, RFC 8760).
//!
//! An unknown user costs the same work and gets the same challenge as a known one with a wrong
//! password (S3). Wrong passwords are counted by source and user, and by source; a source beyond
//! its share is ignored until it has cooled down, and the user it tried is not (S2). Why a known
//! user was turned away is told to the owner of the endpoint, and to nobody on the wire.

use std::net::IpAddr;
use std::time::Instant;

use super::Algorithm;
use super::accounts::{Accounts, Judgement};
use super::failures::Failures;
use super::nonce::{Nonces, hmac_sha256};
use crate::endpoint::{Config, Denial, Random};
use crate::header::Credentials;
use crate::message::{Quoted, Request};
use crate::registrar::{Account, Algorithms, Token};

/// Mints challenges, checks what comes back, and knows the accounts' secrets.
pub(crate) struct Authenticator {
    realm: String,
    nonces: Nonces,
    accounts: Accounts,
    /// Makes up names of fixed size for tables that strangers fill.
    tag_key: [u8; 32],
    failures: Failures,
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

/// A verdict, and what a person may be told about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Checked {
    pub(crate) verdict: Verdict,
    /// The known user that was turned away, and why.
    pub(crate) denied: Option<(String, Denial)>,
}

impl Authenticator {
    pub(crate) fn new(config: &Config, random: &mut Random) -> Self {
        Self {
            realm: config.realm.clone(),
            nonces: Nonces::new(random.key(), config.registrar.nonce_lifetime, NONCES_MAX),
            accounts: Accounts::new(random.key()),
            tag_key: random.key(),
            failures: Failures::new(config.bounds.failures_per_source),
        }
    }

    pub(crate) fn set_account(&mut self, account: &Account) {
        self.accounts.set(account, &self.realm);
    }

    pub(crate) fn remove_account(&mut self, user: &str) {
        self.accounts.remove(user);
    }

    /// Lets a token prove an account until it runs out.
    pub(crate) fn grant(&mut self, now: Instant, user: &str, token: &Token) {
        self.accounts.grant(now, user, token, &self.realm);
    }

    /// Every token of a holder is worth nothing any more.
    pub(crate) fn revoke(&mut self, holder: [u8; 32]) {
        self.accounts.revoke(holder);
    }

    /// Challenges to `user` at `source`, preferred first (RFC 8760 §2.3); a `browser` is offered
    /// MD5 alone where its account allows it, since `JsSIP` gives up at what it does not know
    /// (I16).
    pub(crate) fn challenges(
        &mut self,
        now: Instant,
        source: IpAddr,
        user: &str,
        browser: bool,
        stale: bool,
    ) -> Vec<String> {
        let nonce = self.nonces.mint(now, source);
        let offered: Vec<_> = match self.accounts.algorithms(user) {
            Algorithms::StrongestFirst if browser => vec![Algorithm::Md5],
            algorithms => self.accounts.offered(user, algorithms),
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
    pub(crate) fn check(&mut self, now: Instant, source: IpAddr, request: &Request) -> Checked {
        let given = request.authorization().chain(request.proxy_authorization());
        let digests = |credentials: &Credentials<'_>| credentials.0.is_digest();
        let given: Vec<_> = given.filter_map(Result::ok).filter(digests).collect();
        let is_ours = |credentials: &&Credentials<'_>| {
            credentials.realm().is_some_and(|realm| realm == self.realm)
        };
        let Some(credentials) = given.iter().find(is_ours) else {
            let user = given.first().and_then(Credentials::username).unwrap_or_default();
            return self.turned_away(&user, Some(Denial::WrongRealm), false);
        };
        let user = credentials.username().unwrap_or_default().into_owned();
        let name = self.fingerprint(&user);
        if self.failures.is_locked(now, source, name) {
            let denied = self.accounts.knows(&user).then_some((user, Denial::LockedOut));
            return Checked { verdict: Verdict::Ignore, denied };
        }
        // Who was asked nothing at this address is not judged: whoever lives at a forged address
        // must not be locked out for it (S2), and without a judgement nobody learns anything (S3).
        self.nonces.expire(now);
        let nonce = credentials.nonce().unwrap_or_default();
        let Some(fresh) = self.nonces.check(now, source, nonce) else {
            return self.turned_away(&user, Some(Denial::OldChallenge), true);
        };
        let judged = self.accounts.judge(now, source, &user, *credentials, request.method_text());
        if let Judgement::Wrong(why) = judged {
            self.failures.count(now, source, name);
            return self.turned_away(&user, Some(why), false);
        }
        let count = credentials.qop().and(credentials.nc());
        match self.nonces.spend(fresh, &user, count) {
            Ok(()) => Checked { verdict: Verdict::Proven(user), denied: None },
            Err(_) => self.turned_away(&user, None, true),
        }
    }

    fn turned_away(&self, user: &str, why: Option<Denial>, stale: bool) -> Checked {
        let denied = why.filter(|_| self.accounts.knows(user)).map(|why| (user.to_owned(), why));
        Checked { verdict: Verdict::Challenge { stale }, denied }
    }

    /// A name of fixed size, for tables that strangers fill.
    fn fingerprint(&self, user: &str) -> u64 {
        let mac = hmac_sha256(&self.tag_key, user.as_bytes());
        mac.iter().skip(24).fold(0, |sum, byte| sum << 8 | u64::from(*byte))
    }
}

/// Used nonces remembered; a floor of 1,000 phones with a five-minute nonce uses a few thousand.
const NONCES_MAX: usize = 50_000;

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test reads the clock once, for its epoch")]
mod tests {
    use bytes::Bytes;

    use std::time::Duration;

    use super::*;
    use crate::digest::failures::DRIP;
    use crate::digest::work;
    use crate::message::Message;
    use crate::registrar::{Network, Secret};

    const SOURCE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 7));
    const OTHER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 8));

    fn authenticator() -> Authenticator {
        let mut config = Config::new("pbx");
        config.bounds.failures_per_source = 3;
        let mut authenticator = Authenticator::new(&config, &mut Random::new([1; 32]));
        let secret = Secret::Password("s3cret".to_owned());
        authenticator.set_account(&Account::new("1001", secret));
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
    fn every_offered_algorithm_proves_the_account() {
        let (now, mut auth) = (Instant::now(), authenticator());
        let challenges = auth.challenges(now, SOURCE, "1001", false, false);
        assert!(challenges[0].contains("algorithm=SHA-512-256"), "{challenges:?}");
        assert!(challenges[1].contains("algorithm=SHA-256"), "{challenges:?}");
        assert!(challenges[2].contains("algorithm=MD5"), "{challenges:?}");
        for (nc, algorithm) in [
            ("00000001", Algorithm::Sha512Trunc256),
            ("00000002", Algorithm::Sha256),
            ("00000003", Algorithm::Md5),
        ] {
            let request = register("1001", "s3cret", algorithm, &nonce_of(&challenges[0]), nc);
            assert_eq!(
                auth.check(now, SOURCE, &request).verdict,
                Verdict::Proven("1001".to_owned())
            );
        }
    }

    /// I16: `JsSIP` gives up on a challenge it cannot answer, so a browser is offered MD5 alone.
    #[test]
    fn a_browser_is_offered_md5_alone() {
        let challenges = authenticator().challenges(Instant::now(), SOURCE, "1001", true, false);
        assert_eq!(challenges.len(), 1);
        assert!(challenges[0].contains("algorithm=MD5"));
    }

    #[test]
    fn a_replayed_count_and_an_old_nonce_are_stale_not_wrong() {
        let (now, mut auth) = (Instant::now(), authenticator());
        let nonce = nonce_of(&auth.challenges(now, SOURCE, "1001", false, false)[0]);
        let request = register("1001", "s3cret", Algorithm::Md5, &nonce, "00000001");
        assert_eq!(auth.check(now, SOURCE, &request).verdict, Verdict::Proven("1001".to_owned()));
        let stale = Verdict::Challenge { stale: true };
        assert_eq!(auth.check(now, SOURCE, &request).verdict, stale);
        let later = now + Duration::from_secs(301);
        let request = register("1001", "s3cret", Algorithm::Md5, &nonce, "00000002");
        assert_eq!(auth.check(later, SOURCE, &request).verdict, stale);
        assert_eq!(auth.check(now, OTHER, &request).verdict, stale);
        assert!(auth.challenges(now, SOURCE, "1001", false, true)[0].ends_with(",stale=true"));
    }

    /// S3: nothing tells an unknown user from a known one with a wrong password.
    #[test]
    fn an_unknown_user_is_judged_like_a_wrong_password() {
        let (now, mut auth) = (Instant::now(), authenticator());
        let nonce = nonce_of(&auth.challenges(now, SOURCE, "1001", false, false)[0]);
        for user in ["1001", "9999"] {
            let request = register(user, "guess", Algorithm::Md5, &nonce, "00000001");
            assert_eq!(
                auth.check(now, SOURCE, &request).verdict,
                Verdict::Challenge { stale: false }
            );
        }
    }

    /// S3, by timing: for an unknown user just as much is hashed as for a known one, in number and
    /// in bytes, whatever the algorithm and however many tokens there are.
    #[test]
    fn an_unknown_user_costs_the_same_work() {
        for algorithm in [Algorithm::Md5, Algorithm::Sha256, Algorithm::Sha512Trunc256] {
            for tokens in 0..4 {
                let (now, mut auth) = (Instant::now(), authenticator());
                for holder in 0..tokens {
                    let expires_at = now + Duration::from_mins(1);
                    let secret = Secret::Password("token".to_owned());
                    auth.grant(now, "1001", &Token { secret, holder: [holder; 32], expires_at });
                }
                let [known, unknown] = ["1001", "9999"].map(|user| {
                    work::take();
                    let challenge = auth.challenges(now, SOURCE, user, false, false).remove(0);
                    let asked = work::take();
                    let nonce = nonce_of(&challenge);
                    let guess = register(user, "guess", algorithm, &nonce, "00000001");
                    work::take();
                    auth.check(now, SOURCE, &guess);
                    [asked, work::take()]
                });
                assert!(known.iter().all(|step| !step.is_empty()));
                assert_eq!(known, unknown, "{algorithm}, {tokens} tokens");
            }
        }
    }

    /// S2: the guessing source is locked out, the user is not.
    #[test]
    fn a_source_that_guesses_is_ignored_until_it_has_cooled_down() {
        let (now, mut auth) = (Instant::now(), authenticator());
        let nonce = nonce_of(&auth.challenges(now, SOURCE, "1001", false, false)[0]);
        let guess = register("1001", "guess", Algorithm::Md5, &nonce, "00000001");
        for _ in 0..3 {
            assert_eq!(
                auth.check(now, SOURCE, &guess).verdict,
                Verdict::Challenge { stale: false }
            );
        }
        assert_eq!(auth.check(now, SOURCE, &guess).verdict, Verdict::Ignore);
        let right = |nonce: &str| register("1001", "s3cret", Algorithm::Md5, nonce, "00000001");
        assert_eq!(auth.check(now, SOURCE, &right(&nonce)).verdict, Verdict::Ignore);
        let elsewhere = nonce_of(&auth.challenges(now, OTHER, "1001", false, false)[0]);
        let proven = Verdict::Proven("1001".to_owned());
        assert_eq!(auth.check(now, OTHER, &right(&elsewhere)).verdict, proven);
        let cooled = now + DRIP;
        let nonce = nonce_of(&auth.challenges(cooled, SOURCE, "1001", false, false)[0]);
        assert_eq!(auth.check(cooled, SOURCE, &right(&nonce)).verdict, proven);
    }

    /// S2, S3: an address can be forged; who was not asked there locks nobody out, learns nothing.
    #[test]
    fn who_was_not_asked_is_neither_counted_nor_judged() {
        let (now, mut auth) = (Instant::now(), authenticator());
        let elsewhere = nonce_of(&auth.challenges(now, OTHER, "1001", false, false)[0]);
        for (word, nonce) in [("guess", "00"), ("guess", &elsewhere), ("s3cret", &elsewhere)] {
            let forged = register("1001", word, Algorithm::Md5, nonce, "00000001");
            for _ in 0..50 {
                let verdict = auth.check(now, SOURCE, &forged).verdict;
                assert_eq!(verdict, Verdict::Challenge { stale: true }, "{word} {nonce}");
            }
        }
        let nonce = nonce_of(&auth.challenges(now, SOURCE, "1001", false, false)[0]);
        let right = register("1001", "s3cret", Algorithm::Md5, &nonce, "00000001");
        assert_eq!(auth.check(now, SOURCE, &right).verdict, Verdict::Proven("1001".to_owned()));
    }

    /// RFC 8760 §2.3 as a setting of the account.
    #[test]
    fn an_account_says_which_algorithms_it_is_asked_for() {
        let (now, mut auth) = (Instant::now(), authenticator());
        let mut offered = |algorithms, browser| {
            let secret = Secret::Password("s3cret".to_owned());
            auth.set_account(&Account { algorithms, ..Account::new("1001", secret) });
            auth.challenges(now, SOURCE, "1001", browser, false).len()
        };
        assert_eq!(offered(Algorithms::Md5, false), 1);
        assert_eq!(offered(Algorithms::StrongestFirst, false), 3);
        assert_eq!(offered(Algorithms::StrongestFirst, true), 1);
        assert_eq!(offered(Algorithms::StrongOnly, true), 2);
        let nonce = nonce_of(&auth.challenges(now, SOURCE, "1001", false, false)[0]);
        let weak = register("1001", "s3cret", Algorithm::Md5, &nonce, "00000001");
        let checked = auth.check(now, SOURCE, &weak);
        assert_eq!(checked.verdict, Verdict::Challenge { stale: false });
        assert_eq!(checked.denied, Some(("1001".to_owned(), Denial::Algorithm)));
    }

    /// R169: the right secret from an address that is not the account's is a wrong one on the wire.
    #[test]
    fn an_account_is_proven_from_its_own_networks_only() {
        let (now, mut auth) = (Instant::now(), authenticator());
        let networks: Vec<Network> = vec!["192.0.2.0/29".parse().unwrap()];
        let secret = Secret::Password("s3cret".to_owned());
        auth.set_account(&Account { networks, ..Account::new("1001", secret) });
        let nonce = nonce_of(&auth.challenges(now, SOURCE, "1001", false, false)[0]);
        let right = register("1001", "s3cret", Algorithm::Md5, &nonce, "00000001");
        assert_eq!(auth.check(now, SOURCE, &right).verdict, Verdict::Proven("1001".to_owned()));
        let nonce = nonce_of(&auth.challenges(now, OTHER, "1001", false, false)[0]);
        let right = register("1001", "s3cret", Algorithm::Md5, &nonce, "00000001");
        let checked = auth.check(now, OTHER, &right);
        assert_eq!(checked.verdict, Verdict::Challenge { stale: false });
        assert_eq!(checked.denied, Some(("1001".to_owned(), Denial::Address)));
    }

    /// A page proves itself with a token, beside the telephone with its secret, until the token
    /// runs out or its session ends.
    #[test]
    fn a_token_proves_the_account_until_it_runs_out_or_is_revoked() {
        let (now, mut auth) = (Instant::now(), authenticator());
        let lifetime = Duration::from_mins(1);
        let token = |holder: [u8; 32], word: &str| Token {
            holder,
            secret: Secret::Password(word.to_owned()),
            expires_at: now + lifetime,
        };
        auth.grant(now, "1001", &token([7; 32], "first"));
        auth.grant(now, "1001", &token([8; 32], "second"));
        let proves = |auth: &mut Authenticator, at: Instant, word: &str| {
            let nonce = nonce_of(&auth.challenges(at, SOURCE, "1001", true, false)[0]);
            let request = register("1001", word, Algorithm::Md5, &nonce, "00000001");
            matches!(auth.check(at, SOURCE, &request).verdict, Verdict::Proven(_))
        };
        for word in ["s3cret", "first", "second"] {
            assert!(proves(&mut auth, now, word), "{word}");
        }
        auth.revoke([7; 32]);
        assert!(!proves(&mut auth, now, "first") && proves(&mut auth, now, "second"));
        assert!(proves(&mut auth, now + lifetime / 2, "second"));
        assert!(!proves(&mut auth, now + lifetime, "second"));
        assert!(proves(&mut auth, now + lifetime, "s3cret"), "rotated without the telephone");
    }

    /// S3: an unknown user's challenge looks like those of the users there are.
    #[test]
    fn an_unknown_user_is_asked_like_a_known_one() {
        let (now, mut auth) = (Instant::now(), authenticator());
        for user in ["1001", "1002"] {
            let secret = Secret::Password("s3cret".to_owned());
            let algorithms = Algorithms::Md5;
            auth.set_account(&Account { algorithms, ..Account::new(user, secret) });
        }
        for user in ["1001", "9999", "", "ghost"] {
            let challenges = auth.challenges(now, SOURCE, user, false, false);
            assert_eq!(challenges.len(), 1, "{user}");
            assert_eq!(challenges[0].len(), 82, "{user}: {}", challenges[0]);
        }
    }
}
