//! The small grammar that headers share: RFC 3261 §25.1 tokens, quoted strings, comma lists.

use std::borrow::Cow;

use crate::message::Malformed;

/// Cuts a list at its commas, but not inside `"…"` or `<…>`; empty elements are skipped.
#[derive(Clone, Debug, Default)]
pub struct Commas<'a> {
    rest: &'a str,
}

impl<'a> Commas<'a> {
    /// The elements of `list`, each without surrounding space.
    #[must_use]
    pub fn new(list: &'a str) -> Self {
        Self { rest: list }
    }
}

impl<'a> Iterator for Commas<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        while !self.rest.is_empty() {
            let end = find_outside(self.rest, b',').unwrap_or(self.rest.len());
            let element = trim(&self.rest[..end]);
            self.rest = self.rest.get(end + 1..).unwrap_or_default();
            if !element.is_empty() {
                return Some(element);
            }
        }
        None
    }
}

/// Where `wanted` (ASCII) first stands outside quotes and angle brackets.
pub(crate) fn find_outside(text: &str, wanted: u8) -> Option<usize> {
    let mut at = 0;
    loop {
        let rest = &text.as_bytes()[at..];
        let found = memchr::memchr3(wanted, b'"', b'<', rest)?;
        at += found + 1;
        match rest[found] {
            byte if byte == wanted => return Some(at - 1),
            b'<' => at += memchr::memchr(b'>', &rest[found..])?,
            _ => at += closing_quote(&rest[found + 1..])? + 1,
        }
    }
}

/// Cuts a quoted string off the front: its inside, and what follows the closing quote.
pub(crate) fn quoted_string(text: &str) -> Option<(&str, &str)> {
    let inside = text.strip_prefix('"')?;
    let end = closing_quote(inside.as_bytes())?;
    Some((&inside[..end], &inside[end + 1..]))
}

/// Where the quote that no backslash escapes stands.
fn closing_quote(inside: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += memchr::memchr2(b'"', b'\\', inside.get(at..)?)?;
        if inside[at] == b'"' {
            return Some(at);
        }
        at += 2;
    }
}

/// The inside of a quoted string without its backslashes; other text is itself.
#[must_use]
pub fn unquote(text: &str) -> Cow<'_, str> {
    let inside = quoted_string(text).map_or(text, |(inside, _)| inside);
    unescape_backslashes(inside)
}

pub(crate) fn unescape_backslashes(inside: &str) -> Cow<'_, str> {
    if !inside.contains('\\') {
        return Cow::Borrowed(inside);
    }
    let mut plain = String::with_capacity(inside.len());
    let mut chars = inside.chars();
    while let Some(char) = chars.next() {
        plain.extend(if char == '\\' { chars.next() } else { Some(char) });
    }
    Cow::Owned(plain)
}

/// Without the space and tabs around it; the parser has already joined folds.
pub(crate) fn trim(text: &str) -> &str {
    let mut bytes = text.as_bytes();
    while let [b' ' | b'\t', rest @ ..] = bytes {
        bytes = rest;
    }
    let start = text.len() - bytes.len();
    while let [rest @ .., b' ' | b'\t'] = bytes {
        bytes = rest;
    }
    &text[start..start + bytes.len()]
}

pub(crate) fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(is_token_byte)
}

pub(crate) const fn is_token_byte(byte: u8) -> bool {
    TOKEN[byte as usize]
}

/// One look-up a byte: every name, tag and branch passes here.
static TOKEN: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        let special = matches!(byte, b'-' | b'.' | b'!' | b'%' | b'*' | b'_' | b'+' | b'`');
        let quote = matches!(byte, b'\'' | b'~');
        table[byte as usize] = byte.is_ascii_alphanumeric() || special || quote;
        byte += 1;
    }
    table
};

/// Digits only, of any length that keeps the number below `u32::MAX`: no sign, no space.
pub(crate) fn decimal(text: &str) -> Option<u32> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}

/// A number of seconds; one too large for the wire format counts as the largest (RFC 3261 §20.19).
pub(crate) fn delta_seconds(text: &str, fault: Malformed) -> Result<u32, Malformed> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(fault);
    }
    Ok(text.parse().unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 3261 §7.3.1: a comma inside quotes or angle brackets separates nothing.
    #[test]
    fn lists_are_cut_at_bare_commas_only() {
        let list = r#""Bell, A. \", G." <sip:a,b@x>;q=1 , ,<sip:c>;x="1,2",d"#;
        let cut: Vec<_> = Commas::new(list).collect();
        assert_eq!(cut, [r#""Bell, A. \", G." <sip:a,b@x>;q=1"#, r#"<sip:c>;x="1,2""#, "d"]);
    }

    #[test]
    fn quoted_strings_lose_quotes_and_backslashes() {
        assert_eq!(unquote(r#""a \"b\" \\ c""#), r#"a "b" \ c"#);
        assert_eq!(unquote("plain"), "plain");
        assert_eq!(quoted_string(r#""open \""#), None);
    }

    #[test]
    fn numbers_have_no_sign_and_no_space() {
        for text in ["", "-1", "+1", " 1", "1 ", "4294967296", "0x1"] {
            assert_eq!(decimal(text), None, "{text}");
        }
        assert_eq!(decimal("004294967295"), Some(u32::MAX));
    }
}
