//! Passwords: argon2id (RFC 9106) at the OWASP floor of 19 MiB and two passes.
//!
//! Hashing is deliberately slow, so it runs beside the runtime, a few at a time: a flood of
//! logins waits for itself and not for everybody else. An unknown user costs the same work as a
//! known one (FAULTS S3).

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use store::security::SecurityPolicy;
use tokio::sync::Semaphore;

use crate::problem::{FieldError, Kind, Problem};
use crate::secret::Secret;

/// Hashes and verifies passwords, a few at a time.
#[derive(Clone, Debug)]
pub(crate) struct Passwords {
    turns: Arc<Semaphore>,
    /// The hash of a password that nobody has, for users that do not exist.
    nobody: Arc<OnceLock<String>>,
}

impl Passwords {
    pub(crate) fn new() -> Self {
        Self { turns: Arc::new(Semaphore::new(AT_ONCE)), nobody: Arc::default() }
    }

    /// The PHC string that the store keeps.
    pub(crate) async fn hash(&self, password: Secret) -> Result<String, Problem> {
        self.beside(move || hash(&password)).await?.map_err(Problem::internal)
    }

    /// The hash of a password that nobody knows.
    pub(crate) async fn unknown(&self) -> Result<String, Problem> {
        self.hash(Secret::random(32).map_err(Problem::internal)?).await
    }

    /// Whether the password is the one of `hash`; with no hash, as much work and always false.
    pub(crate) async fn verify(
        &self,
        password: Secret,
        hash: Option<String>,
    ) -> Result<bool, Problem> {
        let nobody = Arc::clone(&self.nobody);
        self.beside(move || {
            let known = hash.is_some();
            let hash = hash.unwrap_or_else(|| nobodys_hash(&nobody));
            let matches =
                Argon2::default().verify_password(password.reveal().as_bytes(), hash.as_str());
            matches.is_ok() && known
        })
        .await
    }

    async fn beside<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let busy = || Problem::new(Kind::Busy, "too many sign in at once").retry_after(2);
        let turn = tokio::time::timeout(PATIENCE, Arc::clone(&self.turns).acquire_owned());
        let turn = turn.await.map_err(|_| busy())?.map_err(|_| busy())?;
        let done = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            work()
        });
        done.await.map_err(Problem::internal)
    }
}

fn hash(password: &Secret) -> Result<String, argon2::password_hash::Error> {
    Argon2::default().hash_password(password.reveal().as_bytes()).map(|hash| hash.to_string())
}

fn nobodys_hash(nobody: &OnceLock<String>) -> String {
    let random = || Secret::random(16).unwrap_or_else(|_| Secret::new("nobody"));
    nobody.get_or_init(|| hash(&random()).unwrap_or_default()).clone()
}

/// Hashes at one time; each takes 19 MiB and tens of milliseconds.
const AT_ONCE: usize = 2;

/// Longer than this no login waits for its turn.
const PATIENCE: Duration = Duration::from_secs(5);

/// Names what a new password lacks by the organisation's policy.
pub(crate) fn check_new(
    field: &str,
    password: &Secret,
    username: &str,
    policy: &SecurityPolicy,
) -> Result<(), FieldError> {
    let text = password.reveal();
    let least = usize::from(policy.password_length_min);
    if !(least..=LENGTH_MAX).contains(&text.chars().count()) {
        return Err(FieldError::new(field, format!("{least} to {LENGTH_MAX} characters")));
    }
    if classes(text) < policy.password_classes_min {
        let classes = policy.password_classes_min;
        let expected =
            format!("{classes} of these: lower case, upper case, digits, other characters");
        return Err(FieldError::new(field, expected));
    }
    let lower = text.to_lowercase();
    if !username.is_empty() && lower.contains(&username.to_lowercase()) {
        return Err(FieldError::new(field, "a password that does not hold the user name"));
    }
    let first = lower.chars().next();
    if lower.chars().all(|c| Some(c) == first) {
        return Err(FieldError::new(field, "a password of more than one character repeated"));
    }
    Ok(())
}

/// How many of the four kinds of characters there are.
fn classes(text: &str) -> u8 {
    let other = |c: char| !(c.is_lowercase() || c.is_uppercase() || c.is_numeric());
    let has: [bool; 4] = [
        text.chars().any(char::is_lowercase),
        text.chars().any(char::is_uppercase),
        text.chars().any(char::is_numeric),
        text.chars().any(other),
    ];
    has.into_iter().map(u8::from).sum()
}

/// Longer ones only feed the hash.
const LENGTH_MAX: usize = 128;

/// A random password that a person can read out and that every policy takes (R131): groups of
/// five, four of them or more, with all four kinds of characters; 100 bits or more.
pub(crate) fn generate(policy: &SecurityPolicy) -> Result<Secret, getrandom::Error> {
    let groups = usize::from(policy.password_length_min).div_ceil(6).max(4);
    loop {
        let password = grouped(groups, 5, true)?;
        if classes(password.reveal()) == 4 {
            return Ok(password);
        }
    }
}

/// Random letters and digits in groups; each character is five bits, or six with upper case.
pub(crate) fn grouped(
    groups: usize,
    letters: usize,
    upper: bool,
) -> Result<Secret, getrandom::Error> {
    let mut bytes = vec![0; groups * letters];
    getrandom::fill(&mut bytes)?;
    let mut text = String::with_capacity(bytes.len() + groups);
    for (index, byte) in bytes.iter().enumerate() {
        if index > 0 && index % letters == 0 {
            text.push('-');
        }
        // 32 letters: each byte gives five bits without a bias, and its next bit the case.
        let letter = char::from(ALPHABET[usize::from(byte % 32)]);
        let is_upper = upper && byte & 0x20 != 0;
        text.push(if is_upper { letter.to_ascii_uppercase() } else { letter });
    }
    Ok(Secret::new(text))
}

/// Without the letters that look like digits or like each other.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_hash_is_argon2id_and_knows_its_own_password_only() {
        let passwords = Passwords::new();
        let hash = passwords.hash(Secret::new("correct horse")).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        let verify = |text: &str| passwords.verify(Secret::new(text), Some(hash.clone()));
        assert!(verify("correct horse").await.unwrap());
        assert!(!verify("correct horsE").await.unwrap());
    }

    /// FAULTS S3: the decoy must never let anybody in.
    #[tokio::test]
    async fn nobody_signs_in_as_a_user_who_does_not_exist() {
        let passwords = Passwords::new();
        assert!(!passwords.verify(Secret::new("nobody"), None).await.unwrap());
        assert!(!passwords.verify(Secret::new(""), Some(String::new())).await.unwrap());
    }

    #[test]
    fn a_weak_new_password_is_refused_with_what_it_lacks() {
        let default = SecurityPolicy::default();
        let check = |text: &str| check_new("/password", &Secret::new(text), "ada", &default);
        for weak in ["short", "AdaLovelace1815", "aaaaaaaaaaaaaaaa", &"x1".repeat(65)] {
            assert!(check(weak).is_err(), "{weak}");
        }
        assert_eq!(check("a long enough one"), Ok(()));
    }

    /// R130: the organisation's own rule.
    #[test]
    fn a_policy_may_ask_for_length_and_for_kinds_of_characters() {
        let policy = SecurityPolicy {
            password_length_min: 8,
            password_classes_min: 3,
            ..SecurityPolicy::default()
        };
        let check = |text: &str| check_new("/password", &Secret::new(text), "ada", &policy);
        assert_eq!(check("Sieben7").unwrap_err().expected, "8 to 128 characters");
        assert!(check("eight888").unwrap_err().expected.starts_with("3 of these"));
        assert_eq!(check("Eight888"), Ok(()));
        assert_eq!(check("höhe 17!"), Ok(()));
    }

    /// R131.
    #[test]
    fn generated_passwords_satisfy_every_policy_and_differ() {
        let strictest = SecurityPolicy {
            password_length_min: 64,
            password_classes_min: 4,
            ..SecurityPolicy::default()
        };
        for policy in [SecurityPolicy::default(), strictest] {
            let (one, two) = (generate(&policy).unwrap(), generate(&policy).unwrap());
            assert_ne!(one.reveal(), two.reveal());
            assert!(one.reveal().len() >= 23);
            assert_eq!(check_new("/password", &one, "admin", &strictest_of(policy)), Ok(()));
        }
    }

    fn strictest_of(policy: SecurityPolicy) -> SecurityPolicy {
        SecurityPolicy { password_classes_min: 4, ..policy }
    }
}
