//! `%HH` in URIs: RFC 3261 §19.1.2.

use std::borrow::Cow;
use std::fmt;

/// Resolves every escape; bytes that are no UTF-8 become U+FFFD.
#[must_use]
pub fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let bytes = text.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        if let Some(byte) = escaped_byte(&bytes[at..]) {
            plain.push(byte);
            at += 3;
        } else {
            plain.push(bytes[at]);
            at += 1;
        }
    }
    Cow::Owned(String::from_utf8_lossy(&plain).into_owned())
}

/// The byte that `%HH` at the front stands for.
pub(super) fn escaped_byte(text: &[u8]) -> Option<u8> {
    let (b'%', high, low) = (*text.first()?, *text.get(1)?, *text.get(2)?) else { return None };
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    Some(digit(high)? << 4 | digit(low)?)
}

/// Escapes what a user part may not hold bare; the inverse of [`unescape`].
#[must_use]
pub fn escape_user(user: &str) -> String {
    let mut escaped = String::with_capacity(user.len());
    // A String takes every write.
    let _ = push_escaped(&mut escaped, user, is_user_byte);
    escaped
}

pub(super) fn push_escaped(
    out: &mut impl fmt::Write,
    text: &str,
    bare: fn(u8) -> bool,
) -> fmt::Result {
    for byte in text.bytes() {
        if bare(byte) {
            out.write_char(char::from(byte))?;
        } else {
            write!(out, "%{byte:02X}")?;
        }
    }
    Ok(())
}

/// RFC 3261 §25.1: unreserved and user-unreserved.
fn is_user_byte(byte: u8) -> bool {
    is_unreserved(byte) || matches!(byte, b'&' | b'=' | b'+' | b'$' | b',' | b';' | b'?' | b'/')
}

/// RFC 3261 §25.1: unreserved and param-unreserved.
pub(super) fn is_param_byte(byte: u8) -> bool {
    is_unreserved(byte) || matches!(byte, b'[' | b']' | b'/' | b':' | b'&' | b'+' | b'$')
}

/// RFC 3261 §25.1: unreserved and hnv-unreserved.
pub(super) fn is_header_byte(byte: u8) -> bool {
    is_unreserved(byte) || matches!(byte, b'[' | b']' | b'/' | b'?' | b':' | b'+' | b'$')
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'-' | b'_' | b'.' | b'!' | b'~' | b'*' | b'\'' | b'(' | b')')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4475 §3.1.1.5: an escaped NUL is a character of the name like any other.
    #[test]
    fn escapes_resolve_and_come_back() {
        assert_eq!(unescape("null-%00-null"), "null-\0-null");
        assert_eq!(unescape("I%20have%20spaces"), "I have spaces");
        assert_eq!(unescape("%c3%a9%"), "é%");
        assert_eq!(unescape("%ff"), "\u{fffd}");
        for user in ["alice", "a b", "é@%", "+1-212;ext=5", "\0"] {
            assert_eq!(unescape(&escape_user(user)), user);
        }
    }
}
