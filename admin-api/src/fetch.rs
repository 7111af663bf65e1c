//! Requests to servers that administrators name: the root sends them under its guard of addresses
//! (FAULTS S12); tests answer them.

use std::future::Future;
use std::pin::Pin;

use crate::secret::Secret;

/// Sends requests to servers that administrators name.
pub trait Fetch: Send + Sync + 'static {
    /// Resolves once the server has answered, or has not in time.
    fn fetch(&self, wanted: Wanted) -> Fetching<'_>;
}

/// An answer, in time.
pub type Fetching<'a> = Pin<Box<dyn Future<Output = Result<Fetched, Unfetched>> + Send + 'a>>;

/// What is asked of a server.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Where.
    pub url: String,
    /// What is posted, as `application/x-www-form-urlencoded`; none is a GET.
    pub form: Option<Secret>,
    /// The whole `Authorization`.
    pub authorization: Option<Secret>,
}

/// What a server answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// Its status.
    pub status: u16,
    /// Its body, whole.
    pub body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unfetched(pub String);

/// Pairs as a form, or as the query of a URL (RFC 3986 §2.1, which reads the same in both).
pub(crate) fn form<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let pair = |(name, value)| format!("{}={}", escaped(name), escaped(value));
    pairs.into_iter().map(pair).collect::<Vec<_>>().join("&")
}

/// RFC 3986 §2.3: all but what is unreserved.
pub(crate) fn escaped(text: &str) -> String {
    let escape = |byte: u8| match byte {
        b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(escape).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_escapes_what_would_end_a_pair() {
        assert_eq!(form([("a", "1&2=3"), ("b c", "ü+")]), "a=1%262%3D3&b%20c=%C3%BC%2B");
    }
}
