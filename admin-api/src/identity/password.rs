//! Passwords: argon2id (RFC 9106) at the OWASP floor of 19 MiB and two passes.
//!
//! Hashing is deliberately slow, so it runs beside the runtime, a few at a time: a flood of
//! logins waits for itself and not for everybody else. An unknown user costs the same work as a
//! known one (FAULTS S3).

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
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

/// Names what a new password lacks; the organisation's own policy comes with its settings.
pub(crate) fn check_new(field: &str, password: &Secret, username: &str) -> Result<(), FieldError> {
    let length = password.reveal().chars().count();
    if !(LENGTH_MIN..=LENGTH_MAX).contains(&length) {
        let expected = format!("{LENGTH_MIN} to {LENGTH_MAX} characters");
        return Err(FieldError::new(field, expected));
    }
    let lower = password.reveal().to_lowercase();
    if !username.is_empty() && lower.contains(&username.to_lowercase()) {
        return Err(FieldError::new(field, "a password that does not hold the user name"));
    }
    let first = lower.chars().next();
    if lower.chars().all(|c| Some(c) == first) {
        return Err(FieldError::new(field, "a password of more than one character repeated"));
    }
    Ok(())
}

/// NIST SP 800-63B asks for 8 at the least; nobody types these often.
const LENGTH_MIN: usize = 12;

/// Longer ones only feed the hash.
const LENGTH_MAX: usize = 128;

/// A random password that a person can read out: four groups of five, 100 bits.
pub(crate) fn generate() -> Result<Secret, getrandom::Error> {
    let mut bytes = [0; 20];
    getrandom::fill(&mut bytes)?;
    let mut password = String::with_capacity(23);
    for (index, byte) in bytes.iter().enumerate() {
        if index > 0 && index % 5 == 0 {
            password.push('-');
        }
        // 32 letters: each byte gives five bits without a bias.
        password.push(char::from(ALPHABET[usize::from(byte % 32)]));
    }
    Ok(Secret::new(password))
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
        let check = |text: &str| check_new("/password", &Secret::new(text), "ada");
        for weak in ["short", "AdaLovelace1815", "aaaaaaaaaaaaaaaa", &"x1".repeat(65)] {
            assert!(check(weak).is_err(), "{weak}");
        }
        assert_eq!(check("a long enough one"), Ok(()));
    }

    #[test]
    fn generated_passwords_pass_the_check_and_differ() {
        let (one, two) = (generate().unwrap(), generate().unwrap());
        assert_ne!(one.reveal(), two.reveal());
        assert_eq!(one.reveal().len(), 23);
        assert_eq!(check_new("/password", &one, "admin"), Ok(()));
    }
}
