//! `"Display" <uri>;params` and `uri;params`: From, To, Contact, Route and their relatives.
//!
//! RFC 3261 §20.10. Without angle brackets every parameter belongs to the header, not to the URI.

use std::borrow::Cow;
use std::fmt;

use crate::header::Name;
use crate::header::params::Params;
use crate::header::text::{
    delta_seconds, find_outside, is_token_byte, quoted_string, trim, unescape_backslashes,
};
use crate::message::Malformed;
use crate::uri::Uri;

/// A party or a place: a URI with a name for people and parameters for the dialog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NameAddr<'a> {
    /// The display name as sent, without its quotes; `None` where there is none.
    pub display: Option<&'a str>,
    /// Who or where.
    pub uri: Uri<'a>,
    /// `tag`, `expires`, `q`, …: those of the header, not those of the URI.
    pub params: Params<'a>,
}

impl<'a> NameAddr<'a> {
    /// Reads one value of the header `name`, which a fault then names.
    pub fn parse(name: Name, text: &'a str) -> Result<Self, Malformed> {
        let fault = |expected| Malformed::header(name, expected);
        let text = trim(text);
        let bracketed = |display, rest: &'a str| {
            let (uri, params) = rest.split_once('>').ok_or(fault("a closing > after the URI"))?;
            Self::assemble(name, display, uri, params)
        };
        if text.starts_with('"') {
            let (display, rest) =
                quoted_string(text).ok_or(fault("a closing quote after the display name"))?;
            let rest = trim(rest).strip_prefix('<').ok_or(fault("<URI> after a display name"))?;
            return bracketed(Some(display), rest);
        }
        if let Some(open) = text.find('<')
            && find_outside(&text[..open], b';').is_none()
        {
            let display = trim(&text[..open]);
            let unquotable =
                |byte| !(is_token_byte(byte) || byte == b' ' || byte == b'\t' || byte > 127);
            if display.bytes().any(unquotable) {
                return Err(fault("quotes around a display name with special characters"));
            }
            return bracketed((!display.is_empty()).then_some(display), &text[open + 1..]);
        }
        let (uri, params) = text.split_at(text.find(';').unwrap_or(text.len()));
        let uri = trim(uri);
        if memchr::memchr2(b'?', b',', uri.as_bytes()).is_some() {
            return Err(fault("<> around a URI with a comma or question mark"));
        }
        Self::assemble(name, None, uri, params)
    }

    fn assemble(
        name: Name,
        display: Option<&'a str>,
        uri: &'a str,
        params: &'a str,
    ) -> Result<Self, Malformed> {
        let uri = Uri::parse(uri).map_err(|fault| Malformed::header(name, fault.expected))?;
        let params = Params::new(trim(params));
        if !params.is_well_formed() {
            return Err(Malformed::header(name, "parameters as ;name=value"));
        }
        Ok(Self { display, uri, params })
    }

    /// The dialog's tag for this party.
    #[must_use]
    pub fn tag(&self) -> Option<&'a str> {
        self.params.value("tag").filter(|tag| !tag.is_empty())
    }

    /// The display name as a person reads it, without backslashes.
    #[must_use]
    pub fn display_name(&self) -> Option<Cow<'a, str>> {
        self.display.map(unescape_backslashes)
    }

    /// A binding's preference in thousandths, 0..=1000; 1000 where the parameter is missing.
    pub fn q(&self) -> Result<u16, Malformed> {
        const FAULT: Malformed = Malformed::header(Name::Contact, "q from 0 to 1");
        let Some(text) = self.params.value("q") else { return Ok(1000) };
        let (whole, part) = text.split_once('.').unwrap_or((text, ""));
        let digits = part.bytes().all(|byte| byte.is_ascii_digit());
        let whole_part = match whole {
            "1" => 1_000,
            "0" => 0,
            "" if !part.is_empty() => 0,
            _ => return Err(FAULT),
        };
        let part = match (digits, part.len()) {
            (true, 0) => 0,
            (true, 1) => 100 * part.parse::<u16>().map_err(|_| FAULT)?,
            (true, 2) => 10 * part.parse::<u16>().map_err(|_| FAULT)?,
            (true, 3) => part.parse().map_err(|_| FAULT)?,
            _ => return Err(FAULT),
        };
        Some(whole_part + part).filter(|&thousandths| thousandths <= 1_000).ok_or(FAULT)
    }

    /// The lifetime a binding asks for itself, in seconds.
    pub fn expires(&self) -> Result<Option<u32>, Malformed> {
        const FAULT: Malformed = Malformed::header(Name::Contact, "expires in seconds");
        self.params.value("expires").map(|text| delta_seconds(text, FAULT)).transpose()
    }

    /// Which device this is, angle brackets included: RFC 5626 `+sip.instance`.
    #[must_use]
    pub fn instance(&self) -> Option<&'a str> {
        self.params.value("+sip.instance")
    }

    /// Which of the device's flows this is: RFC 5626 `reg-id`, 1..=2^31.
    #[must_use]
    pub fn reg_id(&self) -> Option<u32> {
        self.params.value("reg-id").and_then(crate::header::decimal).filter(|&id| id > 0)
    }
}

/// Prints with angle brackets, so that parameters stay on the side they belong to.
impl fmt::Display for NameAddr<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(display) = self.display {
            write!(f, "\"{display}\" ")?;
        }
        write!(f, "<{}>{}", self.uri, self.params)
    }
}

/// One value of a Contact header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contact<'a> {
    /// `*`: every binding, in a REGISTER that removes them.
    Star,
    /// A place to reach somebody.
    Address(NameAddr<'a>),
}

impl<'a> Contact<'a> {
    /// Reads one Contact value.
    pub fn parse(text: &'a str) -> Result<Self, Malformed> {
        if text == "*" {
            return Ok(Self::Star);
        }
        NameAddr::parse(Name::Contact, text).map(Self::Address)
    }

    /// The address, unless it is the star.
    #[must_use]
    pub fn address(&self) -> Option<&NameAddr<'a>> {
        match self {
            Self::Star => None,
            Self::Address(address) => Some(address),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> NameAddr<'_> {
        NameAddr::parse(Name::To, text).unwrap_or_else(|fault| panic!("{text}: {fault}"))
    }

    /// RFC 3261 §20.10: without brackets the parameters are the header's.
    #[test]
    fn parameters_belong_to_header_or_uri() {
        let bare = read("sip:a@h;tag=1");
        assert_eq!((bare.tag(), bare.uri.as_str()), (Some("1"), "sip:a@h"));
        let bracketed = read("<sip:a@h;tag=1>;x=<");
        assert_eq!((bracketed.tag(), bracketed.uri.params().value("tag")), (None, Some("1")));
        let quoted = read(r#"sip:a@h;x="<sip:b>";tag=2"#);
        assert_eq!((quoted.uri.as_str(), quoted.tag()), ("sip:a@h", Some("2")));
        assert_eq!(read("<tel:+1;ext=5>;tag=3").uri.user(), Some("+1"));
    }

    #[test]
    fn display_names_are_quoted_or_tokens() {
        assert_eq!(read(r#""A \"b\", c"<sip:a@h>"#).display_name().unwrap(), r#"A "b", c"#);
        assert_eq!(read("J. R.  Hartley <sip:a@h>").display, Some("J. R.  Hartley"));
        assert_eq!(read("Zo\u{eb} <sip:a@h>").display, Some("Zo\u{eb}"));
        assert_eq!(read("<sip:a@h>").display, None);
        for text in [
            "Bell, A <sip:a@h>",
            "(x) <sip:a@h>",
            "\"open <sip:a@h>",
            "\"x\" sip:a@h",
            "x \"y\" <sip:a>",
            "<sip:a@h",
            "< sip:a@h>",
            "<>",
            "",
            "sip:a@h?x=y",
            "sip:a,b@h",
            "<sip:a@h>x",
            "*",
        ] {
            assert_eq!(
                NameAddr::parse(Name::To, text).unwrap_err().header,
                Some(Name::To),
                "{text}"
            );
        }
    }

    #[test]
    fn contact_parameters_read_with_their_bounds() {
        for (q, read_as) in [
            ("1", Some(1_000)),
            ("0", Some(0)),
            ("0.5", Some(500)),
            ("1.000", Some(1_000)),
            (".25", Some(250)),
            ("0.", Some(0)),
            ("1.001", None),
            ("2", None),
            ("-0.1", None),
            ("0.1234", None),
            ("x", None),
            ("", None),
            (".", None),
        ] {
            assert_eq!(read(&format!("<sip:a@h>;q={q}")).q().ok(), read_as, "{q}");
        }
        assert_eq!(read("<sip:a@h>").q(), Ok(1_000));
        assert_eq!(read("<sip:a@h>;expires=60").expires(), Ok(Some(60)));
        assert_eq!(read("<sip:a@h>;expires=99999999999").expires(), Ok(Some(u32::MAX)));
        assert!(read("<sip:a@h>;expires=-1").expires().is_err());
        let flow = read("<sip:a@h>;reg-id=2;+SIP.Instance=\"<urn:uuid:1>\"");
        assert_eq!((flow.reg_id(), flow.instance()), (Some(2), Some("<urn:uuid:1>")));
        assert_eq!(read("<sip:a@h>;reg-id=0").reg_id(), None);
        assert_eq!(Contact::parse("*"), Ok(Contact::Star));
    }
}
