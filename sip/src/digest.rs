//! Digest arithmetic: RFC 2617 and RFC 7616 as SIP uses them (RFC 3261 §22, RFC 8760).
//!
//! Reading the headers is `header::Challenge` and `header::Credentials`; this page computes what
//! stands in them. `qop=auth` only: `auth-int` would make every proxy that touches a body an
//! attacker.

mod accounts;
mod authenticator;
mod failures;
mod nonce;
mod reply;
#[cfg(test)]
mod work;

pub(crate) use authenticator::{Authenticator, Checked, Verdict};
pub(crate) use nonce::hmac_sha256;
pub(crate) use reply::{answer_challenge, is_stale};

use std::fmt;

use md5::Md5;
use sha2::{Digest, Sha256, Sha512_256};

/// A hash of RFC 8760.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Algorithm {
    Md5,
    Sha256,
    Sha512Trunc256,
}

impl Algorithm {
    /// Reads an `algorithm` parameter; `None` for the `-sess` variants and the unknown.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        [Self::Md5, Self::Sha256, Self::Sha512Trunc256]
            .into_iter()
            .find(|algorithm| algorithm.name().eq_ignore_ascii_case(name))
    }

    /// The value of the `algorithm` parameter.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::Sha256 => "SHA-256",
            Self::Sha512Trunc256 => "SHA-512-256",
        }
    }

    /// Digits of a hash.
    pub(crate) fn digits(self) -> usize {
        match self {
            Self::Md5 => 32,
            Self::Sha256 | Self::Sha512Trunc256 => 64,
        }
    }

    /// H(user:realm:password) in hexadecimal.
    pub(crate) fn ha1(self, user: &str, realm: &str, password: &str) -> String {
        self.hash(&[user, realm, password])
    }

    /// What the `response` parameter must say; `uses` is nc (as sent) and cnonce where qop is
    /// `auth`.
    pub(crate) fn response(
        self,
        ha1: &str,
        nonce: &str,
        uses: Option<(&str, &str)>,
        method: &str,
        uri: &str,
    ) -> String {
        let ha2 = self.hash(&[method, uri]);
        match uses {
            Some((nc, cnonce)) => self.hash(&[ha1, nonce, nc, cnonce, "auth", &ha2]),
            None => self.hash(&[ha1, nonce, &ha2]),
        }
    }

    /// H of the parts joined by colons, in hexadecimal.
    fn hash(self, parts: &[&str]) -> String {
        fn run<D: Digest>(parts: &[&str]) -> String {
            let mut hash = D::new();
            for (index, part) in parts.iter().enumerate() {
                if index > 0 {
                    hash.update(b":");
                }
                hash.update(part.as_bytes());
            }
            hex::encode(hash.finalize())
        }
        #[cfg(test)]
        work::note(self.name(), parts.iter().map(|part| part.len() + 1).sum());
        match self {
            Self::Md5 => run::<Md5>(parts),
            Self::Sha256 => run::<Sha256>(parts),
            Self::Sha512Trunc256 => run::<Sha512_256>(parts),
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 2617 §3.5.
    #[test]
    fn md5_matches_the_example_of_rfc_2617() {
        let ha1 = Algorithm::Md5.ha1("Mufasa", "testrealm@host.com", "Circle Of Life");
        assert_eq!(ha1, "939e7578ed9e3c518a452acee763bce9");
        let uses = Some(("00000001", "0a4f113b"));
        let nonce = "dcd98b7102dd2f0e8b11d0f600bfb0c093";
        let response = Algorithm::Md5.response(&ha1, nonce, uses, "GET", "/dir/index.html");
        assert_eq!(response, "6629fae49393a05397450978507c4ef1");
    }

    /// RFC 2069 §2.4 as corrected by its errata: a challenge without qop.
    #[test]
    fn md5_without_qop_matches_the_example_of_rfc_2069() {
        let ha1 = Algorithm::Md5.ha1("Mufasa", "testrealm@host.com", "CircleOfLife");
        let nonce = "dcd98b7102dd2f0e8b11d0f600bfb0c093";
        let response = Algorithm::Md5.response(&ha1, nonce, None, "GET", "/dir/index.html");
        assert_eq!(response, "1949323746fe6a43ef61f9606e7febea");
    }

    /// RFC 7616 §3.9.1, both of its algorithms.
    #[test]
    fn md5_and_sha256_match_the_example_of_rfc_7616() {
        let cases = [
            (Algorithm::Md5, "8ca523f5e9506fed4657c9700eebdbec"),
            (Algorithm::Sha256, "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
        ];
        for (algorithm, expected) in cases {
            let ha1 = algorithm.ha1("Mufasa", "http-auth@example.org", "Circle of Life");
            let uses = Some(("00000001", "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"));
            let nonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v";
            let response = algorithm.response(&ha1, nonce, uses, "GET", "/dir/index.html");
            assert_eq!(response, expected, "{algorithm}");
        }
    }

    /// RFC 7616 §3.9.2 as corrected by erratum 4897 (the RFC cut SHA-512 instead of SHA-512/256).
    #[test]
    fn sha512_256_matches_the_corrected_example_of_rfc_7616() {
        let algorithm = Algorithm::Sha512Trunc256;
        let ha1 = algorithm.ha1("J\u{e4}s\u{f8}n Doe", "api@example.org", "Secret, or not?");
        let uses = Some(("00000001", "NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v"));
        let nonce = "5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK";
        let response = algorithm.response(&ha1, nonce, uses, "GET", "/doe.json");
        assert_eq!(response, "3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5");
    }

    /// RFC 8760 §2.1: names compare in any case; a `-sess` variant is another algorithm.
    #[test]
    fn algorithms_are_read_by_name() {
        assert_eq!(Algorithm::parse("sha-256"), Some(Algorithm::Sha256));
        assert_eq!(Algorithm::parse("MD5"), Some(Algorithm::Md5));
        assert_eq!(Algorithm::parse("SHA-512-256"), Some(Algorithm::Sha512Trunc256));
        assert_eq!(Algorithm::parse("MD5-sess"), None);
    }
}
