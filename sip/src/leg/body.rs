//! The session description in a message's body, alone or as a part of a multipart (RFC 5621).

use bytes::Bytes;

use crate::header::Name;
use crate::message::Headers;

/// Content-Type of a session description.
pub(crate) const SDP: &str = "application/sdp";

/// A body we cannot read: 415 with Accept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct UnsupportedBody;

/// The session description; `None` where there is no body.
pub(crate) fn sdp_of(message: &Headers) -> Result<Option<Bytes>, UnsupportedBody> {
    let body = message.body();
    if body.is_empty() {
        return Ok(None);
    }
    let encoded = |encoding: &str| !encoding.eq_ignore_ascii_case("identity");
    if message.headers(Name::ContentEncoding).any(encoded) {
        return Err(UnsupportedBody);
    }
    let Ok(Some(content)) = message.content_type() else { return Err(UnsupportedBody) };
    if content.is("application", "sdp") {
        return Ok(Some(body));
    }
    let boundary = content.params.value("boundary").map(|text| text.trim_matches('"'));
    match boundary.filter(|_| content.kind.eq_ignore_ascii_case("multipart")) {
        Some(boundary) if !boundary.is_empty() => {
            sdp_part(&body, boundary).map(Some).ok_or(UnsupportedBody)
        }
        _ => Err(UnsupportedBody),
    }
}

/// Carriers put ISUP or a location beside the SDP; the first part that is SDP counts.
fn sdp_part(body: &Bytes, boundary: &str) -> Option<Bytes> {
    let delimiter = format!("--{boundary}");
    let mut starts = memchr::memmem::find_iter(body, delimiter.as_bytes());
    let mut start = starts.next()? + delimiter.len();
    for next in starts {
        let part = body.slice(start..next);
        start = next + delimiter.len();
        let Some(end_of_head) = memchr::memmem::find(&part, b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&part[..end_of_head]);
        let is_sdp = head.lines().any(|line| {
            line.split_once(':').is_some_and(|(name, value)| {
                let sdp = value.trim_start().get(..SDP.len());
                name.trim().eq_ignore_ascii_case("Content-Type")
                    && sdp.is_some_and(|value| value.eq_ignore_ascii_case(SDP))
            })
        });
        if is_sdp {
            let content = part.slice(end_of_head + 4..);
            // The line end before the next delimiter belongs to the delimiter (RFC 2046 §5.1.1).
            let length = content.strip_suffix(b"\r\n").map_or(content.len(), <[u8]>::len);
            return Some(content.slice(..length));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Message;

    fn sdp(headers: &str, body: &str) -> Result<Option<Bytes>, UnsupportedBody> {
        let text = format!("INVITE sip:1@pbx SIP/2.0\r\n{headers}\r\n{body}");
        sdp_of(&Message::parse(Bytes::from(text)).unwrap())
    }

    #[test]
    fn a_plain_description_is_the_body() {
        let found = sdp("Content-Type: Application/SDP\r\n", "v=0\r\n");
        assert_eq!(found, Ok(Some(Bytes::from_static(b"v=0\r\n"))));
        assert_eq!(sdp("", ""), Ok(None));
    }

    #[test]
    fn a_description_beside_other_parts_is_found() {
        let body = "--b\r\nContent-Type: application/isup\r\n\r\n\u{1}\u{2}\r\n\
                    --b\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n\r\n--b--\r\n";
        let found = sdp("Content-Type: multipart/mixed;boundary=\"b\"\r\n", body);
        assert_eq!(found, Ok(Some(Bytes::from_static(b"v=0\r\n"))));
    }

    /// RFC 3261 §8.2.3: what we cannot read is refused, not ignored.
    #[test]
    fn another_type_and_an_encoded_body_are_refused() {
        for headers in [
            "Content-Type: text/plain\r\n",
            "",
            "Content-Type: multipart/mixed\r\n",
            "Content-Type: application/sdp\r\nContent-Encoding: gzip\r\n",
        ] {
            assert_eq!(sdp(headers, "v=0\r\n"), Err(UnsupportedBody), "{headers}");
        }
    }
}
