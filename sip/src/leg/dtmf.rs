//! Keys by INFO: `application/dtmf-relay` as gateways send it, and `application/dtmf`.

use crate::message::Headers;

/// One key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) digit: char,
    pub(super) duration_ms: u16,
}

/// The key in an INFO; `None` when it holds something else.
pub(super) fn key_of(info: &Headers) -> Option<Key> {
    let content = info.content_type().ok()??;
    let body = info.body();
    let text = std::str::from_utf8(&body).ok()?;
    if content.is("application", "dtmf") {
        return Some(Key { digit: digit(text.trim())?, duration_ms: USUAL_MS });
    }
    if !content.is("application", "dtmf-relay") {
        return None;
    }
    let value = |name: &str| {
        let pairs = text.lines().filter_map(|line| line.split_once('='));
        let mut found = pairs.filter(|(key, _)| key.trim().eq_ignore_ascii_case(name));
        found.next().map(|(_, value)| value.trim())
    };
    let duration = value("Duration").and_then(|text| text.parse().ok());
    Some(Key { digit: digit(value("Signal")?)?, duration_ms: duration.unwrap_or(USUAL_MS) })
}

/// Where a peer states none.
const USUAL_MS: u16 = 160;

fn digit(text: &str) -> Option<char> {
    match text {
        "10" => return Some('*'),
        "11" => return Some('#'),
        _ => {}
    }
    let mut chars = text.chars();
    let digit = chars.next()?.to_ascii_uppercase();
    let known = digit.is_ascii_digit() || matches!(digit, '*' | '#' | 'A'..='D');
    (known && chars.next().is_none()).then_some(digit)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::message::Message;

    fn key(content: &str, body: &str) -> Option<Key> {
        let text = format!("INFO sip:1@pbx SIP/2.0\r\nContent-Type: {content}\r\n\r\n{body}");
        key_of(&Message::parse(Bytes::from(text)).unwrap())
    }

    #[test]
    fn keys_are_read_in_the_forms_gateways_send() {
        let relay = "application/dtmf-relay";
        let five = Some(Key { digit: '5', duration_ms: 250 });
        assert_eq!(key(relay, "Signal= 5\r\nDuration= 250\r\n"), five);
        assert_eq!(key(relay, "signal=11\r\n"), Some(Key { digit: '#', duration_ms: 160 }));
        assert_eq!(key("application/dtmf", "a"), Some(Key { digit: 'A', duration_ms: 160 }));
        for (content, body) in [(relay, "Signal=x"), (relay, ""), ("text/plain", "5")] {
            assert_eq!(key(content, body), None, "{content} {body}");
        }
    }
}
