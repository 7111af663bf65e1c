//! URIs: `sip:`, `sips:` and `tel:` are read to their parts, others are kept as text.
//!
//! RFC 3261 §19.1, RFC 3966. [`Uri`] borrows its text, [`UriBuf`] owns it; both hold offsets only.
//! Reading is lenient in what a part may contain and strict in what could be taken for two things:
//! no space, control character, quote or angle bracket, one host, a port from 1 to 65535.

use std::borrow::Cow;
use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::ops::Range;

mod build;
mod compare;
mod escape;
mod parse;

pub use build::UriBuf;
pub use escape::{escape_user, unescape};
pub(crate) use parse::host_and_port;

use crate::header::Params;
use crate::message::Malformed;

/// What kind of URI it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scheme {
    /// `sip:`
    Sip,
    /// `sips:`
    Sips,
    /// `tel:`, RFC 3966
    Tel,
    /// Any other; answered with 416.
    Other,
}

/// Where a SIP URI or a Via points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Host<'a> {
    /// A name to be resolved.
    Name(&'a str),
    /// An IPv4 address.
    V4(Ipv4Addr),
    /// An IPv6 address; printed in brackets.
    V6(Ipv6Addr),
}

impl fmt::Display for Host<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::V4(address) => address.fmt(f),
            Self::V6(address) => write!(f, "[{address}]"),
        }
    }
}

/// Why a text is no URI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected}")]
pub struct BadUri {
    /// What a URI has there.
    pub expected: &'static str,
}

impl From<BadUri> for Malformed {
    fn from(bad: BadUri) -> Self {
        Self::message(bad.expected)
    }
}

/// A URI inside a message.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Uri<'a> {
    text: &'a str,
    parts: Parts,
}

/// Where the parts lie; a part that is missing is empty, which the grammar allows for none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Parts {
    scheme: Scheme,
    scheme_end: u16,
    user: Part,
    password: Part,
    host: Part,
    port: Option<u16>,
    params: Part,
    headers: Part,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
struct Part {
    start: u16,
    end: u16,
}

impl Part {
    fn range(self) -> Range<usize> {
        usize::from(self.start)..usize::from(self.end)
    }
}

impl<'a> Uri<'a> {
    /// Reads a URI; at most [`Uri::BYTES`] long.
    pub fn parse(text: &'a str) -> Result<Self, BadUri> {
        Ok(Self { text, parts: parse::parts(text)? })
    }

    /// The longest text that is read.
    pub const BYTES: usize = 8_192;

    /// The URI as sent.
    #[must_use]
    pub fn as_str(&self) -> &'a str {
        self.text
    }

    /// What kind of URI it is.
    #[must_use]
    pub fn scheme(&self) -> Scheme {
        self.parts.scheme
    }

    /// The scheme as sent, also when it is [`Scheme::Other`].
    #[must_use]
    pub fn scheme_text(&self) -> &'a str {
        &self.text[..usize::from(self.parts.scheme_end)]
    }

    /// The user part with its escapes, or the number of a `tel:`; `None` where there is none.
    #[must_use]
    pub fn user(&self) -> Option<&'a str> {
        self.part(self.parts.user)
    }

    /// The user part with escapes resolved: what a dial plan looks at. May hold any character.
    #[must_use]
    pub fn user_unescaped(&self) -> Option<Cow<'a, str>> {
        self.user().map(unescape)
    }

    /// The password some old devices still put there.
    #[must_use]
    pub fn password(&self) -> Option<&'a str> {
        self.part(self.parts.password)
    }

    /// The host of a SIP URI; `None` for `tel:` and unknown schemes.
    #[must_use]
    pub fn host(&self) -> Option<Host<'a>> {
        self.part(self.parts.host).and_then(parse::host)
    }

    /// The port, if it is stated; 1..=65535.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        self.parts.port
    }

    /// `transport`, `user`, `lr`, `ob`, …
    #[must_use]
    pub fn params(&self) -> Params<'a> {
        Params::new(self.part(self.parts.params).unwrap_or_default())
    }

    /// `name=value` pairs after the question mark, with their escapes.
    pub fn headers(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        let text = self.part(self.parts.headers).unwrap_or_default();
        let pairs = text.split('&').filter(|pair| !pair.is_empty());
        pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")))
    }

    /// The value of one such header, escapes resolved; its name compares in any case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<Cow<'a, str>> {
        let (_, value) = self.headers().find(|(found, _)| found.eq_ignore_ascii_case(name))?;
        Some(unescape(value))
    }

    /// Whether a route with this URI routes loosely: RFC 3261 §19.1.1 `lr`.
    #[must_use]
    pub fn is_loose_router(&self) -> bool {
        self.params().contains("lr")
    }

    /// Equality of RFC 3261 §19.1.4 for SIP URIs, of RFC 3966 §4 for `tel:`; it is not transitive.
    #[must_use]
    pub fn is_equivalent(&self, other: &Uri<'_>) -> bool {
        compare::equivalent(self, other)
    }

    /// A copy that outlives the message.
    #[must_use]
    pub fn to_buf(&self) -> UriBuf {
        UriBuf::from_uri(*self)
    }

    fn part(&self, part: Part) -> Option<&'a str> {
        self.text.get(part.range()).filter(|text| !text.is_empty())
    }
}

impl fmt::Display for Uri<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text)
    }
}

impl fmt::Debug for Uri<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Uri({})", self.text)
    }
}
