//! When two URIs name the same thing: RFC 3261 §19.1.4, RFC 3966 §4.

use super::escape::escaped_byte;
use super::{Host, Scheme, Uri};

pub(super) fn equivalent(left: &Uri<'_>, right: &Uri<'_>) -> bool {
    if left.scheme() != right.scheme() {
        return false;
    }
    match left.scheme() {
        Scheme::Sip | Scheme::Sips => {
            same_text(left.user(), right.user())
                && same_text(left.password(), right.password())
                && same_host(left.host(), right.host())
                && left.port() == right.port()
                && params_agree(left, right)
                && params_agree(right, left)
                && headers_agree(left, right)
        }
        Scheme::Tel => same_number(left, right),
        Scheme::Other => left.as_str() == right.as_str(),
    }
}

/// User and password compare byte by byte, once escapes that need not be there are resolved.
fn same_text(left: Option<&str>, right: Option<&str>) -> bool {
    match (left, right) {
        (Some(left), Some(right)) => left == right || unescaped(left).eq(unescaped(right)),
        (left, right) => left == right,
    }
}

fn same_host(left: Option<Host<'_>>, right: Option<Host<'_>>) -> bool {
    match (left, right) {
        (Some(Host::Name(left)), Some(Host::Name(right))) => left.eq_ignore_ascii_case(right),
        (left, right) => left == right,
    }
}

/// A parameter in both must match; the decisive ones must not be in one alone.
fn params_agree(left: &Uri<'_>, right: &Uri<'_>) -> bool {
    left.params().iter().all(|(name, value)| {
        if !right.params().contains(name) {
            return !DECISIVE.iter().any(|decisive| decisive.eq_ignore_ascii_case(name));
        }
        let theirs = right.params().value(name).unwrap_or_default();
        unescaped(value.unwrap_or_default())
            .map(|byte| byte.to_ascii_lowercase())
            .eq(unescaped(theirs).map(|byte| byte.to_ascii_lowercase()))
    })
}

/// The defaults of these change where a request goes or what it means.
const DECISIVE: [&str; 5] = ["user", "ttl", "method", "maddr", "transport"];

/// Header components are never ignored: each must be in the other, with the same value.
fn headers_agree(left: &Uri<'_>, right: &Uri<'_>) -> bool {
    let within = |one: &Uri<'_>, other: &Uri<'_>| {
        one.headers().all(|(name, value)| {
            other.headers().any(|(found, theirs)| {
                found.eq_ignore_ascii_case(name) && same_text(Some(value), Some(theirs))
            })
        })
    };
    left.headers().count() == right.headers().count() && within(left, right) && within(right, left)
}

/// Visual separators say nothing; `phone-context`, `ext` and every other parameter do.
fn same_number(left: &Uri<'_>, right: &Uri<'_>) -> bool {
    let digits = |uri: &Uri<'_>| {
        let number = uri.user().unwrap_or_default().bytes();
        number
            .filter(|byte| !matches!(byte, b'-' | b'.' | b'(' | b')'))
            .map(|byte| byte.to_ascii_lowercase())
            .collect::<Vec<_>>()
    };
    let params_within = |one: &Uri<'_>, other: &Uri<'_>| {
        one.params().iter().all(|(name, value)| {
            let theirs = other.params().value(name);
            theirs.is_some_and(|theirs| theirs.eq_ignore_ascii_case(value.unwrap_or_default()))
        })
    };
    digits(left) == digits(right) && params_within(left, right) && params_within(right, left)
}

/// The bytes of a text with its escapes resolved.
fn unescaped(text: &str) -> impl Iterator<Item = u8> {
    let mut rest = text.as_bytes();
    std::iter::from_fn(move || {
        let (byte, length) = match escaped_byte(rest) {
            Some(byte) => (byte, 3),
            None => (*rest.first()?, 1),
        };
        rest = &rest[length..];
        Some(byte)
    })
}
