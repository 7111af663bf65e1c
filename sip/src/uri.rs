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
        Params::of_uri(self.part(self.parts.params).unwrap_or_default())
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
        self.text == other.text || compare::equivalent(self, other)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn uri(text: &str) -> Uri<'_> {
        Uri::parse(text).unwrap_or_else(|bad| panic!("{text}: {bad}"))
    }

    #[test]
    fn every_part_is_found() {
        let all = uri("SIPS:al%69ce;x=1:se:cret@[2001:DB8::1]:5061;LR;maddr=h?a=b&Subject=p%20q");
        assert_eq!((all.scheme(), all.scheme_text()), (Scheme::Sips, "SIPS"));
        assert_eq!(all.user(), Some("al%69ce;x=1"));
        assert_eq!(all.user_unescaped().as_deref(), Some("alice;x=1"));
        assert_eq!(all.password(), Some("se:cret"));
        assert_eq!(all.host(), Some(Host::V6("2001:db8::1".parse().unwrap())));
        assert_eq!(all.port(), Some(5061));
        assert!(all.is_loose_router());
        assert_eq!(all.params().value("MADDR"), Some("h"));
        assert_eq!(all.header("subject").as_deref(), Some("p q"));
        // RFC 3261 §25.1: a user part may hold a question mark, a header no bare @.
        assert_eq!(uri("sip:a?b=c@d").user(), Some("a?b=c"));
        let bare = uri("sip:192.0.2.1");
        assert_eq!((bare.user(), bare.password(), bare.port()), (None, None, None));
        assert_eq!(bare.host(), Some(Host::V4(Ipv4Addr::new(192, 0, 2, 1))));
        let tel = uri("tel:+1-(212)-555.0100;phone-context=x");
        assert_eq!((tel.user(), tel.host()), (Some("+1-(212)-555.0100"), None));
        assert_eq!(tel.params().value("phone-context"), Some("x"));
    }

    #[test]
    fn what_could_be_two_things_is_refused() {
        for text in [
            "",
            "sip",
            "sip:",
            "1sip:a",
            "sip:@a",
            "sip::x@a",
            "sip:a b",
            "sip:<a>",
            "sip:a\"",
            "sip:a:",
            "sip:a:0",
            "sip:a:65536",
            "sip:a:+5",
            "sip:a:5 ",
            "sip:[::1",
            "sip:[::1]x",
            "sip:[1.2.3.4]",
            "sip:2001:db8::1",
            "sip:u%4@a",
            "sip:u%zz@a",
            "sip:a@b@c",
            "sip:a/b",
            "sip:a;x=%",
            "tel:",
            "tel:+",
            "tel:1+2",
            "tel:12x",
            "mailto:",
            "sip:a,b",
        ] {
            assert!(Uri::parse(text).is_err(), "{text}");
        }
    }

    /// RFC 3261 §19.1.4: the pairs that the RFC gives as equivalent, and RFC 3966 §4.
    #[test]
    fn equivalent_uris_of_the_rfc() {
        for (one, other) in [
            ("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp"),
            ("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"),
            ("sip:carol@chicago.com", "sip:carol@chicago.com;security=on"),
            ("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;newparam=5"),
            (
                "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
                "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com",
            ),
            (
                "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
                "sip:alice@atlanta.com?priority=urgent&subject=project%20x",
            ),
            ("sip:a@[2001:db8:0::1]", "sip:a@[2001:DB8::1]"),
            ("tel:+1-212-555-0100", "tel:+1(212)5550100"),
            ("tel:5550100;phone-context=+1;ext=2", "tel:5550100;EXT=2;phone-context=+1"),
            ("urn:service:sos", "urn:service:sos"),
        ] {
            assert!(uri(one).is_equivalent(&uri(other)), "{one} and {other}");
            assert!(uri(other).is_equivalent(&uri(one)), "{other} and {one}");
        }
    }

    /// RFC 3261 §19.1.4: the pairs that the RFC gives as different, and RFC 3966 §4.
    #[test]
    fn different_uris_of_the_rfc() {
        for (one, other) in [
            ("SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP"),
            ("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"),
            ("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"),
            ("sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp"),
            ("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"),
            ("sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"),
            ("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off"),
            ("sip:a@b", "sips:a@b"),
            ("sip:a@b", "sip:b"),
            ("sip:a:p@b", "sip:a:P@b"),
            ("tel:+12125550100", "tel:12125550100"),
            ("tel:5550100;phone-context=+1", "tel:5550100"),
        ] {
            assert!(!uri(one).is_equivalent(&uri(other)), "{one} and {other}");
            assert!(!uri(other).is_equivalent(&uri(one)), "{other} and {one}");
        }
    }

    #[test]
    fn composed_uris_are_escaped_and_refuse_what_no_uri_has() {
        let composed = UriBuf::sip(Some("a b@c"), "[::1]", Some(5070)).unwrap();
        assert_eq!(composed.as_str(), "sip:a%20b%40c@[::1]:5070");
        let loose = composed.with_param("lr", None).unwrap().with_param("x", Some("a;b")).unwrap();
        let refer = loose.with_header("Replaces", "id@h;to-tag=1").unwrap();
        assert_eq!(refer.uri().header("replaces").as_deref(), Some("id@h;to-tag=1"));
        assert!(refer.uri().is_loose_router());
        assert_eq!(refer.without_headers(), loose);
        let more = refer.with_param("y", None).unwrap();
        assert_eq!(more.as_str().find(";y?"), Some(loose.as_str().len()));
        assert!(UriBuf::sip(None, "a b", None).is_err());
        assert!(UriBuf::sip(None, "a:5", None).is_err());
        assert!(composed.with_param("a b", None).is_err());
        assert_eq!(UriBuf::tel("+15550100").unwrap().uri().user(), Some("+15550100"));
    }
}
