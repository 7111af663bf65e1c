//! URIs of our own making, and copies that outlive the message they came in.

use std::fmt;
use std::str::FromStr;

use super::escape::{is_header_byte, is_param_byte, push_escaped};
use super::{BadUri, Parts, Scheme, Uri, escape_user, parse};

/// An owned URI. Equality is that of the text; [`Uri::is_equivalent`] is that of RFC 3261.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct UriBuf {
    text: Box<str>,
    parts: Parts,
}

impl UriBuf {
    /// `sip:user@host:port`; the user is escaped as needed, an IPv6 host comes in brackets.
    pub fn sip(user: Option<&str>, host: &str, port: Option<u16>) -> Result<Self, BadUri> {
        Self::compose("sip", user, host, port)
    }

    /// `sips:user@host:port`, as [`UriBuf::sip`].
    pub fn sips(user: Option<&str>, host: &str, port: Option<u16>) -> Result<Self, BadUri> {
        Self::compose("sips", user, host, port)
    }

    /// `tel:number`; digits, `*`, `#`, a leading `+` and visual separators.
    pub fn tel(number: &str) -> Result<Self, BadUri> {
        Self::new(format!("tel:{number}"))
    }

    fn compose(
        scheme: &str,
        user: Option<&str>,
        host: &str,
        port: Option<u16>,
    ) -> Result<Self, BadUri> {
        if parse::host(host).is_none() {
            return Err(BadUri { expected: "a host name or address" });
        }
        let mut text = format!("{scheme}:");
        if let Some(user) = user {
            text.push_str(&escape_user(user));
            text.push('@');
        }
        text.push_str(host);
        if let Some(port) = port {
            text.push(':');
            text.push_str(&port.to_string());
        }
        Self::new(text)
    }

    fn new(text: String) -> Result<Self, BadUri> {
        let parts = parse::parts(&text)?;
        Ok(Self { text: text.into_boxed_str(), parts })
    }

    pub(super) fn from_uri(uri: Uri<'_>) -> Self {
        Self { text: uri.text.into(), parts: uri.parts }
    }

    /// The same URI with one more parameter, its value escaped as needed; `None` makes a flag.
    pub fn with_param(&self, name: &str, value: Option<&str>) -> Result<Self, BadUri> {
        if !crate::header::is_token(name) {
            return Err(BadUri { expected: "a token as a parameter's name" });
        }
        let (before, headers) = self.text.split_at(self.params_end());
        let mut text = format!("{before};{name}");
        if let Some(value) = value {
            text.push('=');
            push_all(&mut text, value, is_param_byte);
        }
        text.push_str(headers);
        Self::new(text)
    }

    /// The same URI with one more header, its value escaped: `?Replaces=…` in a Refer-To.
    pub fn with_header(&self, name: &str, value: &str) -> Result<Self, BadUri> {
        if !crate::header::is_token(name) {
            return Err(BadUri { expected: "a token as a header's name" });
        }
        let joint = if self.params_end() < self.text.len() { '&' } else { '?' };
        let mut text = format!("{}{joint}{name}=", self.text);
        push_all(&mut text, value, is_header_byte);
        Self::new(text)
    }

    /// The same URI without `?headers`: what goes into a Request-URI (RFC 3261 §19.1.1).
    #[must_use]
    pub fn without_headers(&self) -> Self {
        let text = &self.text[..self.params_end()];
        // A prefix of a good URI up to its headers is a good URI.
        Self::new(text.to_owned()).unwrap_or_else(|_| self.clone())
    }

    /// Where `?headers` start; a question mark may stand in the user part too.
    fn params_end(&self) -> usize {
        match self.parts.scheme {
            Scheme::Other => self.text.len(),
            Scheme::Sip | Scheme::Sips | Scheme::Tel => usize::from(self.parts.params.end),
        }
    }

    /// The parts of it.
    #[must_use]
    pub fn uri(&self) -> Uri<'_> {
        Uri { text: &self.text, parts: self.parts }
    }

    /// The text of it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

fn push_all(out: &mut String, text: &str, bare: fn(u8) -> bool) {
    // A String takes every write.
    let _ = push_escaped(out, text, bare);
}

impl FromStr for UriBuf {
    type Err = BadUri;

    fn from_str(text: &str) -> Result<Self, BadUri> {
        Self::new(text.to_owned())
    }
}

impl fmt::Display for UriBuf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for UriBuf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UriBuf({})", self.text)
    }
}
