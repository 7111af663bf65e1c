//! One byte range of a GET (RFC 9110 §14.1.2). Several ranges at once are answered as none, which
//! the RFC allows: no player asks for them.

use axum::http::{HeaderName, header};

/// No byte of what is asked for exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unsatisfiable;

/// Start and end (exclusive) of the range that a header asks for; none: answer the whole.
pub(super) fn of(asked: Option<&str>, len: u64) -> Result<Option<(u64, u64)>, Unsatisfiable> {
    let Some((first, last)) = asked.and_then(|text| text.strip_prefix("bytes=")?.split_once('-'))
    else {
        return Ok(None);
    };
    let (first, last) = (first.trim(), last.trim());
    let range = match (first.parse::<u64>(), last.parse::<u64>()) {
        (Ok(first), Ok(last)) if first <= last => (first, last.saturating_add(1).min(len)),
        (Ok(first), Err(_)) if last.is_empty() => (first, len),
        // The last so many bytes.
        (Err(_), Ok(count)) if first.is_empty() => (len.saturating_sub(count), len),
        _ => return Ok(None),
    };
    if range.0 < range.1 { Ok(Some(range)) } else { Err(Unsatisfiable) }
}

/// What a 206 says.
pub(super) fn satisfied(start: u64, end: u64, len: u64) -> String {
    format!("bytes {start}-{}/{len}", end.saturating_sub(1))
}

/// What a 416 says.
pub(super) fn unsatisfied(len: u64) -> Vec<(HeaderName, String)> {
    vec![(header::CONTENT_RANGE, format!("bytes */{len}"))]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_players_write_them() {
        for (asked, expected) in [
            ("bytes=0-", Some((0, 1000))),
            ("bytes=0-99", Some((0, 100))),
            ("bytes=990-5000", Some((990, 1000))),
            ("bytes=-100", Some((900, 1000))),
            ("bytes=-5000", Some((0, 1000))),
            ("bytes=5-4", None),
            ("bytes=0-1,5-6", None),
            ("items=0-1", None),
            ("bytes=a-b", None),
        ] {
            assert_eq!(of(Some(asked), 1000), Ok(expected), "{asked}");
        }
        assert_eq!(of(None, 1000), Ok(None));
        assert_eq!(satisfied(0, 100, 1000), "bytes 0-99/1000");
    }

    /// RFC 9110 §15.5.17.
    #[test]
    fn what_lies_behind_the_end_is_refused() {
        assert_eq!(of(Some("bytes=1000-"), 1000), Err(Unsatisfiable));
        assert_eq!(of(Some("bytes=-0"), 1000), Err(Unsatisfiable));
    }
}
