//! Start lines: RFC 3261 §7.1 and §7.2.

use std::ops::Range;

use crate::header::is_token;
use crate::message::{Malformed, Status};

/// Where the words of a request line lie in it, as far as they can be told.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct RequestLine {
    pub(super) method: Range<usize>,
    pub(super) uri: Range<usize>,
}

pub(super) fn is_response(text: &str) -> bool {
    starts_with_sip(text)
}

/// The words of a request line, and what is wrong with it: a request can be answered all the same.
pub(super) fn request(text: &str) -> (RequestLine, Option<Malformed>) {
    const FAULT: Malformed =
        Malformed::message("METHOD URI SIP/2.0 with one space between in the request line");
    let method = text.find(' ').unwrap_or(text.len());
    let uri = text.rfind(' ').map_or(method, |at| at.max(method));
    let line = RequestLine { method: 0..method, uri: (method + 1).min(uri)..uri };
    let version = text.get(uri + 1..).unwrap_or_default();
    let uri_text = &text[line.uri.clone()];
    let is_cut = is_token(&text[..method]) && !uri_text.is_empty();
    let fault = if !is_cut || uri_text.contains([' ', '\t']) || !starts_with_sip(version) {
        Some(FAULT)
    } else {
        version_fault(version)
    };
    (line, fault)
}

/// The status, and where the reason phrase starts.
pub(super) fn response(text: &str) -> Result<(Status, usize), Malformed> {
    const FAULT: Malformed = Malformed::message("SIP/2.0, a code from 100 to 699 and a phrase");
    let (version, rest) = text.split_once(' ').ok_or(FAULT)?;
    if let Some(fault) = version_fault(version) {
        return Err(fault);
    }
    // The space after the code is often forgotten where the phrase is empty.
    let (code, reason) = rest.split_once(' ').unwrap_or((rest, ""));
    let digits = code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_digit());
    let status = code.parse().ok().and_then(Status::new).filter(|_| digits).ok_or(FAULT)?;
    Ok((status, text.len() - reason.len()))
}

fn version_fault(version: &str) -> Option<Malformed> {
    let fault = Malformed::message("SIP/2.0").with_status(Status::VERSION_NOT_SUPPORTED);
    (!version.eq_ignore_ascii_case("SIP/2.0")).then_some(fault)
}

fn starts_with_sip(text: &str) -> bool {
    text.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("SIP/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 3261 §7.1: one space between, none around; the version in any case (§25.1).
    #[test]
    fn a_request_line_is_three_words() {
        for line in ["BYE sip:a SIP/2.0", "X%-y tel:1 sip/2.0"] {
            assert_eq!(request(line).1, None, "{line}");
        }
        for line in [
            "",
            "BYE",
            "BYE sip:a",
            "BYE  SIP/2.0",
            "BYE  sip:a SIP/2.0",
            "BYE sip:a  SIP/2.0",
            "BYE sip:a SIP/2.0 ",
            " BYE sip:a SIP/2.0",
            "BYE sip:a b SIP/2.0",
            "BYE sip:a\tb SIP/2.0",
            "B@E sip:a SIP/2.0",
            "BYE sip:a HTTP/1.1",
        ] {
            assert_eq!(request(line).1.map(|fault| fault.status.code()), Some(400), "{line:?}");
        }
        assert_eq!(request("BYE sip:a SIP/3.0").1.map(|fault| fault.status.code()), Some(505));
    }

    /// RFC 3261 §7.2: three digits; the phrase may be anything, and nothing.
    #[test]
    fn a_status_line_has_a_code_and_a_phrase() {
        assert_eq!(response("SIP/2.0 200 OK then"), Ok((Status::OK, 12)));
        assert_eq!(response("sip/2.0 200 "), Ok((Status::OK, 12)));
        assert_eq!(response("SIP/2.0 200"), Ok((Status::OK, 11)));
        for line in ["SIP/2.0", "SIP/2.0 99 x", "SIP/2.0 0200 x", "SIP/2.0 +20 x", "SIP/2.0 700 x"]
        {
            assert!(response(line).is_err(), "{line}");
        }
    }
}
