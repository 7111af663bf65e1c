//! Cutting a URI: RFC 3261 §25.1 and RFC 3966 §3.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::ops::Range;

use super::{BadUri, Host, Part, Parts, Scheme, Uri};
use crate::header::trim;

pub(super) fn parts(text: &str) -> Result<Parts, BadUri> {
    if text.len() > Uri::BYTES {
        return Err(BadUri { expected: "a URI of at most 8192 bytes" });
    }
    if text.bytes().any(|byte| UNSAFE[usize::from(byte)]) {
        return Err(BadUri { expected: "a URI without space, quotes or brackets" });
    }
    let colon = text.find(':').ok_or(BadUri { expected: "a URI with a scheme" })?;
    let scheme = scheme(&text[..colon])?;
    let mut parts = Parts {
        scheme,
        scheme_end: u16::try_from(colon).unwrap_or(u16::MAX),
        user: Part::default(),
        password: Part::default(),
        host: Part::default(),
        port: None,
        params: Part::default(),
        headers: Part::default(),
    };
    match scheme {
        Scheme::Sip | Scheme::Sips => sip(text, colon + 1, &mut parts)?,
        Scheme::Tel => tel(text, colon + 1, &mut parts)?,
        Scheme::Other if text.len() == colon + 1 => {
            return Err(BadUri { expected: "something after the URI's scheme" });
        }
        Scheme::Other => {}
    }
    Ok(parts)
}

/// Bytes that would end a URI, or hide its end, where it is printed.
static UNSAFE: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        table[byte as usize] = byte <= b' ' || matches!(byte, b'"' | b'<' | b'>' | 0x7f);
        byte += 1;
    }
    table
};

fn scheme(text: &str) -> Result<Scheme, BadUri> {
    let first = text.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic());
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    if !first || !text.bytes().all(legal) {
        return Err(BadUri { expected: "a URI with a scheme" });
    }
    Ok(match text {
        _ if text.eq_ignore_ascii_case("sip") => Scheme::Sip,
        _ if text.eq_ignore_ascii_case("sips") => Scheme::Sips,
        _ if text.eq_ignore_ascii_case("tel") => Scheme::Tel,
        _ => Scheme::Other,
    })
}

fn sip(text: &str, start: usize, parts: &mut Parts) -> Result<(), BadUri> {
    let mut at = start;
    // An @ ends the user part wherever it stands: neither parameters nor headers may hold a bare
    // one.
    if let Some(length) = text[at..].find('@') {
        let userinfo = &text[at..at + length];
        let user = userinfo.find(':').unwrap_or(userinfo.len());
        if user == 0 || !has_whole_escapes(userinfo) {
            return Err(BadUri { expected: "a user part before @, escapes as %HH" });
        }
        parts.user = part(at..at + user);
        parts.password = part((at + user + 1).min(at + length)..at + length);
        at += length + 1;
    }
    let rest = &text[at..];
    let authority = memchr::memchr2(b';', b'?', rest.as_bytes()).unwrap_or(rest.len());
    let (host, port) = cut_port(&rest[..authority])
        .filter(|(host, _)| is_host(host))
        .ok_or(BadUri { expected: "a host name or address and a port" })?;
    parts.host = part(at..at + host.len());
    parts.port = port;
    let tail = &rest[authority..];
    let question = tail.find('?').unwrap_or(tail.len());
    if tail.contains('@') || !has_whole_escapes(tail) {
        return Err(BadUri { expected: "escapes as %HH in parameters and headers" });
    }
    parts.params = part(at + authority..at + authority + question);
    parts.headers = part((at + authority + question + 1).min(text.len())..text.len());
    Ok(())
}

fn tel(text: &str, start: usize, parts: &mut Parts) -> Result<(), BadUri> {
    let end = text[start..].find(';').map_or(text.len(), |length| start + length);
    let number = &text[start..end];
    let legal = |byte: u8| {
        byte.is_ascii_hexdigit() || matches!(byte, b'+' | b'*' | b'#' | b'-' | b'.' | b'(' | b')')
    };
    let dialled =
        number.bytes().any(|byte| byte.is_ascii_hexdigit() || matches!(byte, b'*' | b'#'));
    if !dialled || !number.bytes().all(legal) || number.rfind('+').is_some_and(|at| at > 0) {
        return Err(BadUri { expected: "a telephone number after tel:" });
    }
    parts.user = part(start..end);
    parts.params = part(end..text.len());
    Ok(())
}

/// Text is at most [`Uri::BYTES`] long, so every offset fits.
fn part(range: Range<usize>) -> Part {
    let offset = |at| u16::try_from(at).unwrap_or(u16::MAX);
    Part { start: offset(range.start), end: offset(range.end) }
}

fn has_whole_escapes(text: &str) -> bool {
    let bytes = text.as_bytes();
    let escape = |at: usize| {
        let digits = bytes.get(at + 1..at + 3);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    };
    memchr::memchr_iter(b'%', bytes).all(escape)
}

/// `host`, `host:port`, `[v6]` or `[v6]:port`, nothing else; Via may have space around the colon
/// (RFC 3261 §25.1), where a URI has none at all.
pub(crate) fn host_and_port(text: &str) -> Option<(Host<'_>, Option<u16>)> {
    let (name, port) = cut_port(text)?;
    Some((host(name)?, port))
}

fn cut_port(text: &str) -> Option<(&str, Option<u16>)> {
    let end = match text.find(']') {
        Some(end) if text.starts_with('[') => end + 1,
        _ => text.find(':').unwrap_or(text.len()),
    };
    let (host, rest) = text.split_at(end);
    let host = trim(host);
    match trim(rest).strip_prefix(':') {
        None if rest.is_empty() => Some((host, None)),
        None => None,
        Some(port) => Some((host, Some(read_port(trim(port))?))),
    }
}

fn read_port(text: &str) -> Option<u16> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|&port| digits && port > 0)
}

pub(super) fn host(text: &str) -> Option<Host<'_>> {
    if let Some(inside) = text.strip_prefix('[') {
        return v6(inside.strip_suffix(']')?).map(Host::V6);
    }
    if text.bytes().next()?.is_ascii_digit()
        && let Ok(address) = text.parse::<Ipv4Addr>()
    {
        return Some(Host::V4(address));
    }
    is_host(text).then_some(Host::Name(text))
}

/// Whether [`host`] would read it; an IPv4 address has the alphabet of a name.
fn is_host(text: &str) -> bool {
    // The underscore is no letter of RFC 952, but internal names have it.
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
    if text.starts_with('[') {
        host(text).is_some()
    } else {
        !text.is_empty() && text.bytes().all(legal)
    }
}

/// RFC 5118 §4.10: the grammar of RFC 3261 has one colon too many before an embedded IPv4 address,
/// and elements that follow it to the letter are to be understood.
fn v6(text: &str) -> Option<Ipv6Addr> {
    text.parse().ok().or_else(|| text.replacen(":::", "::", 1).parse().ok())
}
