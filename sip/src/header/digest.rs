//! Digest challenges and credentials as they stand in a message: RFC 3261 §20.7, §20.27, RFC 8760.
//!
//! Reading only: what a nonce means and whether a response is right is decided by `crate::digest`.

use std::borrow::Cow;
use std::fmt;

use crate::header::Name;
use crate::header::text::{Commas, is_token, quoted_string, trim, unescape_backslashes};
use crate::message::Malformed;

/// `Digest name=value, name="value"`: what challenge and credentials have in common.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct DigestParams<'a> {
    scheme: &'a str,
    params: &'a str,
}

impl<'a> DigestParams<'a> {
    /// Reads one value of the header `name`; the scheme need not be Digest.
    pub fn parse(name: Name, text: &'a str) -> Result<Self, Malformed> {
        const EXPECTED: &str = "Digest and name=value pairs between commas";
        let fault = Malformed::header(name, EXPECTED);
        let (scheme, params) = trim(text).split_once([' ', '\t']).ok_or(fault)?;
        let well_formed = Commas::new(params).take(PARAMS + 1).enumerate().all(|(at, param)| {
            let (name, value) = cut(param);
            let closed = !value.contains('"')
                || quoted_string(value).is_some_and(|(_, after)| after.is_empty());
            at < PARAMS && is_token(name) && closed && param.contains('=')
        });
        if !is_token(scheme) || !well_formed {
            return Err(fault);
        }
        Ok(Self { scheme, params })
    }

    /// The authentication scheme as sent.
    #[must_use]
    pub fn scheme(&self) -> &'a str {
        self.scheme
    }

    /// Whether the scheme is Digest, the only one SIP has.
    #[must_use]
    pub fn is_digest(&self) -> bool {
        self.scheme.eq_ignore_ascii_case("Digest")
    }

    /// A parameter without quotes and backslashes, its name compared in any case.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<Cow<'a, str>> {
        self.raw(name).map(unescape_backslashes)
    }

    /// As sent but for the quotes: what a digest is computed over (RFC 7616 §3.4).
    #[must_use]
    pub fn raw(&self, name: &str) -> Option<&'a str> {
        let pairs = Commas::new(self.params).map(cut);
        let (_, value) = pairs.into_iter().find(|(found, _)| found.eq_ignore_ascii_case(name))?;
        Some(quoted_string(value).map_or(value, |(inside, _)| inside))
    }
}

/// The scheme only: the rest is a credential (FAULTS S23).
impl fmt::Debug for DigestParams<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DigestParams({})", self.scheme)
    }
}

/// More parameters than any scheme defines.
const PARAMS: usize = 32;

fn cut(param: &str) -> (&str, &str) {
    let (name, value) = param.split_once('=').unwrap_or((param, ""));
    (trim(name), trim(value))
}

/// What a 401 or 407 asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Challenge<'a>(pub DigestParams<'a>);

impl<'a> Challenge<'a> {
    /// Whose passwords count; shown to people.
    #[must_use]
    pub fn realm(&self) -> Option<Cow<'a, str>> {
        self.0.value("realm")
    }

    /// To be sent back as it is.
    #[must_use]
    pub fn nonce(&self) -> Option<&'a str> {
        self.0.raw("nonce")
    }

    /// To be sent back as it is.
    #[must_use]
    pub fn opaque(&self) -> Option<&'a str> {
        self.0.raw("opaque")
    }

    /// The hash; MD5 where it is not named.
    #[must_use]
    pub fn algorithm(&self) -> &'a str {
        self.0.raw("algorithm").unwrap_or("MD5")
    }

    /// Whether `wanted` ("auth") is among the offered qualities of protection.
    #[must_use]
    pub fn offers_qop(&self, wanted: &str) -> bool {
        let offered = self.0.raw("qop").unwrap_or_default();
        Commas::new(offered).any(|qop| qop.eq_ignore_ascii_case(wanted))
    }

    /// The password was right, only the nonce was too old.
    #[must_use]
    pub fn is_stale(&self) -> bool {
        self.0.raw("stale").is_some_and(|stale| stale.eq_ignore_ascii_case("true"))
    }
}

/// What a request proves itself with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Credentials<'a>(pub DigestParams<'a>);

impl<'a> Credentials<'a> {
    /// Who claims to send it.
    #[must_use]
    pub fn username(&self) -> Option<Cow<'a, str>> {
        self.0.value("username")
    }

    /// The challenge's realm.
    #[must_use]
    pub fn realm(&self) -> Option<Cow<'a, str>> {
        self.0.value("realm")
    }

    /// The challenge's nonce.
    #[must_use]
    pub fn nonce(&self) -> Option<&'a str> {
        self.0.raw("nonce")
    }

    /// The challenge's opaque.
    #[must_use]
    pub fn opaque(&self) -> Option<&'a str> {
        self.0.raw("opaque")
    }

    /// The URI the digest was computed over.
    #[must_use]
    pub fn uri(&self) -> Option<&'a str> {
        self.0.raw("uri")
    }

    /// The digest in hexadecimal.
    #[must_use]
    pub fn response(&self) -> Option<&'a str> {
        self.0.raw("response")
    }

    /// The hash; MD5 where it is not named.
    #[must_use]
    pub fn algorithm(&self) -> &'a str {
        self.0.raw("algorithm").unwrap_or("MD5")
    }

    /// The quality of protection used.
    #[must_use]
    pub fn qop(&self) -> Option<&'a str> {
        self.0.raw("qop")
    }

    /// The client's own nonce.
    #[must_use]
    pub fn cnonce(&self) -> Option<&'a str> {
        self.0.raw("cnonce")
    }

    /// How often this nonce was used: eight hexadecimal digits.
    #[must_use]
    pub fn nc(&self) -> Option<u32> {
        let text = self.nc_text()?;
        if text.len() != 8 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        u32::from_str_radix(text, 16).ok()
    }

    /// The count as sent, for the digest.
    #[must_use]
    pub fn nc_text(&self) -> Option<&'a str> {
        self.0.raw("nc")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_challenge_reads_with_quotes_commas_and_odd_spacing() {
        let text = r#"digest realm="a \"b\", c",nonce="x=1,2" ,qop="auth, auth-int", stale=TRUE"#;
        let challenge = Challenge(DigestParams::parse(Name::WwwAuthenticate, text).unwrap());
        assert!(challenge.0.is_digest());
        assert_eq!(challenge.realm().unwrap(), r#"a "b", c"#);
        assert_eq!(challenge.nonce(), Some("x=1,2"));
        assert!(challenge.offers_qop("auth") && !challenge.offers_qop("auth-foo"));
        assert!(challenge.is_stale());
        assert_eq!(challenge.algorithm(), "MD5");
    }

    /// RFC 7616 §3.4: the nonce count is exactly eight hexadecimal digits.
    #[test]
    fn a_nonce_count_is_eight_hex_digits() {
        for (nc, read) in [("0000000a", Some(10)), ("a", None), ("+000000a", None)] {
            let text = format!("Digest username=u, nc={nc}");
            let credentials = DigestParams::parse(Name::Authorization, &text).unwrap();
            assert_eq!(Credentials(credentials).nc(), read, "{nc}");
        }
    }

    #[test]
    fn open_quotes_bare_words_and_floods_are_refused() {
        let flood = format!("Digest {}", "a=b,".repeat(PARAMS + 1));
        for text in [r#"Digest realm="x"#, "Digest realm", "Digest", "Di(gest a=b", &flood] {
            let fault = DigestParams::parse(Name::Authorization, text).unwrap_err();
            assert_eq!(fault.header, Some(Name::Authorization), "{text}");
        }
    }
}
