//! Values that must never reach a log, a problem or a debug print (FAULTS S23).

use std::fmt;

use serde::Deserialize;

/// A text that prints as dots; what it hides is reached by [`Secret::reveal`] alone.
///
/// It cannot be serialised by accident: an answer that hands a secret out says so by revealing it.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Hides a text.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// `bytes` random bytes from the operating system, as lower-case hexadecimal.
    pub fn random(bytes: usize) -> Result<Self, getrandom::Error> {
        let mut raw = vec![0; bytes];
        getrandom::fill(&mut raw)?;
        Ok(Self(hex::encode(raw)))
    }

    /// The text itself.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(•••)")
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// FAULTS S23.
    #[test]
    fn a_secret_does_not_print_what_it_hides() {
        let secret = Secret::new("correct horse");
        assert_eq!(format!("{secret:?} {:#?}", Some(&secret)).matches("horse").count(), 0);
        assert_eq!(secret.reveal(), "correct horse");
    }

    #[test]
    fn random_secrets_have_the_length_asked_for_and_differ() {
        let (a, b) = (Secret::random(16).unwrap(), Secret::random(16).unwrap());
        assert_eq!(a.reveal().len(), 32);
        assert_ne!(a.reveal(), b.reveal());
    }
}
