//! Parameters after a header value or inside a URI: `;name=value;flag;text="a \"b\""`.

use std::fmt;

use crate::header::text::{find_outside, quoted_string, trim};
use crate::uri::unescape;

/// The parameters of a header or of a URI, read when asked for; names compare in any case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Params<'a> {
    text: &'a str,
    /// In a URI `%6C%72` is `lr`; in a header the percent sign is a letter like any other.
    has_escapes: bool,
}

impl<'a> Params<'a> {
    /// Parameters from text that is empty or starts with a semicolon.
    #[must_use]
    pub fn new(text: &'a str) -> Self {
        Self { text, has_escapes: false }
    }

    /// Parameters of a URI, whose names may hold escapes.
    pub(crate) fn of_uri(text: &'a str) -> Self {
        Self { text, has_escapes: text.contains('%') }
    }

    /// The value of `name` without its quotes, backslashes and escapes kept; `""` for a flag.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&'a str> {
        let (_, value) = self.iter().find(|(found, _)| self.is_name(found, name))?;
        let value = value.unwrap_or_default();
        Some(quoted_string(value).map_or(value, |(inside, _)| inside))
    }

    /// Whether `name` is there, with a value or without.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.iter().any(|(found, _)| self.is_name(found, name))
    }

    fn is_name(&self, found: &str, name: &str) -> bool {
        if self.has_escapes {
            unescape(found).eq_ignore_ascii_case(&unescape(name))
        } else {
            found.eq_ignore_ascii_case(name)
        }
    }

    /// Name and value in order, the value as sent.
    #[must_use]
    pub fn iter(&self) -> ParamsIter<'a> {
        ParamsIter { rest: self.text }
    }

    /// The text as sent, its first semicolon included.
    #[must_use]
    pub fn as_str(&self) -> &'a str {
        self.text
    }

    /// Whether every quote is closed, every name is there, and nothing precedes a semicolon.
    pub(crate) fn is_well_formed(&self) -> bool {
        let mut rest = trim(self.text);
        while !rest.is_empty() {
            let Some(param) = rest.strip_prefix(';') else { return false };
            let end = find_outside(param, b';').unwrap_or(param.len());
            rest = &param[end..];
            let (name, value) = cut(trim(&param[..end]));
            let closed = match value {
                Some(value) if memchr::memchr(b'"', value.as_bytes()).is_some() => {
                    quoted_string(value).is_some_and(|(_, after)| after.is_empty())
                }
                _ => true,
            };
            let is_name = !name.bytes().any(|byte| matches!(byte, b'"' | b'<' | b'>' | b' '));
            // A stray ";;" or trailing ";" is common and harmless.
            if !closed || !is_name || (name.is_empty() && value.is_some()) {
                return false;
            }
        }
        true
    }
}

impl<'a> IntoIterator for &Params<'a> {
    type Item = (&'a str, Option<&'a str>);
    type IntoIter = ParamsIter<'a>;

    fn into_iter(self) -> ParamsIter<'a> {
        self.iter()
    }
}

impl fmt::Display for Params<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text)
    }
}

/// Iterator over [`Params`].
#[derive(Clone, Debug)]
pub struct ParamsIter<'a> {
    rest: &'a str,
}

impl<'a> Iterator for ParamsIter<'a> {
    type Item = (&'a str, Option<&'a str>);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let start = self.rest.find(';')? + 1;
            let param = &self.rest[start..];
            let end = find_outside(param, b';').unwrap_or(param.len());
            self.rest = &param[end..];
            let (name, value) = cut(trim(&param[..end]));
            if !name.is_empty() {
                return Some((name, value));
            }
        }
    }
}

fn cut(param: &str) -> (&str, Option<&str>) {
    match param.split_once('=') {
        Some((name, value)) => (trim(name), Some(trim(value))),
        None => (param, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_in_any_case_with_space_and_quotes() {
        let params = Params::new(r#"; Tag = a1 ;;lr;+sip.instance="<urn:uuid:0;1>";Q=0.5"#);
        assert_eq!(params.value("tag"), Some("a1"));
        assert_eq!(params.value("LR"), Some(""));
        assert_eq!(params.value("+sip.instance"), Some("<urn:uuid:0;1>"));
        assert_eq!(params.value("q"), Some("0.5"));
        assert!(!params.contains("sip.instance"));
        assert!(params.is_well_formed());
    }

    /// RFC 4475 §3.1.1.3: an escaped name in a URI is the name; in a header it is another one.
    #[test]
    fn escaped_names_are_names_in_uris_only() {
        let text = ";%6C%72;n%61me=v";
        assert!(Params::of_uri(text).contains("lr"));
        assert_eq!(Params::of_uri(text).value("name"), Some("v"));
        assert!(!Params::new(text).contains("lr"));
    }

    #[test]
    fn open_quotes_and_stray_text_are_not_well_formed() {
        for text in [r#";a="b"#, r#";a="b"c"#, "x;a", ";=b", r#";"a"=b"#, ";a b=c"] {
            assert!(!Params::new(text).is_well_formed(), "{text}");
        }
    }
}
