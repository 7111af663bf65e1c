//! Cutting a message: start line, header spans, body.
//!
//! RFC 3261 §7 and §18.3. One pass over the header section. What two readers could cut in two ways
//! is refused: a bare CR or LF, a NUL, a header without a name, Content-Lengths that disagree or
//! reach past the datagram. What old devices do is taken: folds, any case, compact names, space
//! before the colon, blank lines in front, bytes behind the body, text that is no UTF-8.
//! What is cleaned away (folds, a NUL quoted by a backslash) is cleaned in a copy, once, so that no
//! reader meets it again.

use std::ops::Range;

use bytes::{Bytes, BytesMut};

use crate::header::{Name, decimal, is_token};
use crate::message::headers::Span;
use crate::message::{
    Headers, Malformed, Message, Method, Rejected, Request, Response, Status, limits, start_line,
};

pub(super) fn message(raw: Bytes) -> Result<Message, Rejected> {
    if raw.len() > limits::MESSAGE_BYTES {
        let fault = Malformed::message("at most 65535 bytes");
        let fault = fault.with_status(Status::MESSAGE_TOO_LARGE);
        return Err(Rejected { fault, salvage: None });
    }
    let mut cut = Cut { at: leading_blank_lines(&raw), ..Cut::default() };
    cut.header_section(&raw);
    let raw = cut.cleaned(raw);
    let body = cut.body(&raw);
    let headers = Headers { raw, spans: cut.spans, body };
    assemble(headers, cut.start_line, cut.fault)
}

fn leading_blank_lines(raw: &[u8]) -> usize {
    raw.iter().position(|byte| !matches!(byte, b'\r' | b'\n')).unwrap_or(raw.len())
}

/// What one pass over the header section finds.
#[derive(Default)]
struct Cut {
    at: usize,
    start_line: Range<u16>,
    spans: Vec<Span>,
    has_folds: bool,
    quoted_nuls: u8,
    /// A bare CR, LF or NUL stood in a line.
    torn: bool,
    fault: Option<Malformed>,
}

impl Cut {
    /// Cuts lines up to and with the empty one; a bad line is noted and left out, so that a
    /// request can still be answered.
    fn header_section(&mut self, raw: &[u8]) {
        self.spans.reserve(USUAL_HEADERS);
        match self.line(raw) {
            Some(line) if line.len() <= limits::START_LINE_BYTES => {
                self.start_line = span(line);
            }
            Some(_) => self.blame(Malformed::message("a start line of at most 8192 bytes")),
            None => {}
        }
        let mut count = 0;
        while let Some(line) = self.line(raw) {
            if line.is_empty() {
                return;
            }
            count += 1;
            if count > limits::HEADERS {
                self.blame(Malformed::message("at most 128 headers"));
                continue;
            }
            self.header(raw, line);
        }
        self.blame(Malformed::message("an empty line after the headers"));
    }

    /// The next line without its CRLF, continuation lines joined; `None` at the end of the buffer.
    fn line(&mut self, raw: &[u8]) -> Option<Range<usize>> {
        let mut start = self.at;
        let mut searched = start;
        loop {
            let Some(found) = memchr::memchr3(b'\r', b'\n', 0, raw.get(searched..)?) else {
                self.at = raw.len();
                return None;
            };
            let end = searched + found;
            if raw[end..].starts_with(b"\r\n") {
                self.at = end + 2;
                searched = self.at;
                let folds = matches!(raw.get(self.at), Some(b' ' | b'\t')) && end > start;
                if !folds {
                    return Some(start..end);
                }
                self.has_folds = true;
            } else if raw[end] == 0
                && self.quoted_nuls < QUOTED_NULS_MAX
                && is_quoted_pair(&raw[start..end])
            {
                self.quoted_nuls += 1;
                searched = end + 1;
            } else {
                self.blame(Malformed::message("lines that end in CR LF, and no NUL"));
                self.torn = true;
                self.skip_logical_line(raw, end);
                start = self.at;
                searched = start;
            }
        }
    }

    /// Leaves a torn line out, with its continuation lines.
    fn skip_logical_line(&mut self, raw: &[u8], from: usize) {
        self.at = from;
        loop {
            let next = memchr::memmem::find(&raw[self.at..], b"\r\n");
            self.at = next.map_or(raw.len(), |length| self.at + length + 2);
            if !matches!(raw.get(self.at), Some(b' ' | b'\t')) {
                return;
            }
        }
    }

    fn header(&mut self, raw: &[u8], line: Range<usize>) {
        let text = &raw[line.clone()];
        let Some(colon) = memchr::memchr(b':', text) else {
            return self.blame(Malformed::message("a colon in each header"));
        };
        let name = trim_end(text, 0..colon);
        let known = Name::parse(&text[name.clone()]);
        if known.is_none() && !is_name(&text[name.clone()]) {
            return self.blame(Malformed::message("a token as each header's name"));
        }
        if text.len() > limits::HEADER_BYTES {
            let fault = Malformed::message("headers of at most 8192 bytes");
            return self.blame(Malformed { header: known, ..fault });
        }
        let value = trim_end(text, trim_start(text, colon + 1..text.len()));
        self.spans.push(Span {
            known,
            name: span(line.start + name.start..line.start + name.end),
            value: span(line.start + value.start..line.start + value.end),
        });
    }

    /// The buffer with folds joined, and with `?` for quoted NULs and bytes that are no UTF-8;
    /// offsets stay.
    fn cleaned(&self, raw: Bytes) -> Bytes {
        let as_sent = !self.has_folds && self.quoted_nuls == 0;
        if as_sent && std::str::from_utf8(&raw[..self.at]).is_ok() {
            return raw;
        }
        let mut clean = BytesMut::from(&raw[..]);
        let head = &mut clean[..self.at];
        for at in 2..head.len() {
            if head[at - 2] == b'\r' && head[at - 1] == b'\n' && matches!(head[at], b' ' | b'\t') {
                head[at - 2..at].fill(b' ');
            }
        }
        let mut good = 0;
        while let Err(error) = std::str::from_utf8(&head[good..]) {
            good += error.valid_up_to();
            head[good] = b'?';
        }
        head.iter_mut().filter(|byte| **byte == 0).for_each(|byte| *byte = b'?');
        clean.freeze()
    }

    fn body(&mut self, raw: &[u8]) -> Range<u16> {
        let available = raw.len() - self.at;
        let length = match self.content_length(raw) {
            Ok(Some(length)) if length <= available => length,
            Ok(None) => available,
            Ok(Some(_)) => {
                let expected = "no more than the bytes that came";
                self.blame(Malformed::header(Name::ContentLength, expected));
                0
            }
            Err(fault) => {
                self.blame(fault);
                0
            }
        };
        span(self.at..self.at + length)
    }

    fn content_length(&self, raw: &[u8]) -> Result<Option<usize>, Malformed> {
        let mut stated = None;
        for line in self.spans.iter().filter(|line| line.known == Some(Name::ContentLength)) {
            let value = &raw[usize::from(line.value.start)..usize::from(line.value.end)];
            let length = read_length(value)?;
            if stated.is_some_and(|other| other != length) {
                return Err(Malformed::header(Name::ContentLength, "one value"));
            }
            stated = Some(length);
        }
        Ok(stated)
    }

    fn blame(&mut self, fault: Malformed) {
        self.fault.get_or_insert(fault);
    }
}

/// Finding one costs a look back over its line, and nobody sends one but to test a parser.
const QUOTED_NULS_MAX: u8 = 8;

/// Enough for an INVITE through several proxies, so that the table is allocated once.
const USUAL_HEADERS: usize = 32;

/// The Content-Length of a head that ends in its empty line, for a stream.
///
/// A head whose lines could be cut in another way has none that could be trusted.
pub(crate) fn stated_length(head: &[u8]) -> Result<Option<usize>, Malformed> {
    let mut cut = Cut { at: leading_blank_lines(head), ..Cut::default() };
    cut.header_section(head);
    match cut.fault.filter(|_| cut.torn) {
        Some(fault) => Err(fault),
        None => cut.content_length(head),
    }
}

/// A Content-Length value; no sign, no list.
fn read_length(value: &[u8]) -> Result<usize, Malformed> {
    let number = std::str::from_utf8(value).ok().and_then(decimal);
    let length = number.and_then(|number| usize::try_from(number).ok());
    length.ok_or(Malformed::header(Name::ContentLength, "a number of bytes"))
}

/// A message has at most 65,535 bytes, so every offset fits.
fn span(range: Range<usize>) -> Range<u16> {
    let offset = |at| u16::try_from(at).unwrap_or(u16::MAX);
    offset(range.start)..offset(range.end)
}

/// RFC 3261 §25.1 lets a backslash inside quotes escape even NUL (RFC 4475 §3.1.1.2).
fn is_quoted_pair(line: &[u8]) -> bool {
    let (mut quoted, mut escaped) = (false, false);
    for &byte in line {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ => {}
        }
    }
    escaped
}

fn is_name(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok_and(is_token)
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

fn trim_start(text: &[u8], range: Range<usize>) -> Range<usize> {
    let skipped = text[range.clone()].iter().take_while(|&&byte| is_space(byte)).count();
    range.start + skipped..range.end
}

fn trim_end(text: &[u8], range: Range<usize>) -> Range<usize> {
    let skipped = text[range.clone()].iter().rev().take_while(|&&byte| is_space(byte)).count();
    range.start..range.end - skipped
}

fn assemble(
    headers: Headers,
    line: Range<u16>,
    fault: Option<Malformed>,
) -> Result<Message, Rejected> {
    let text = headers.text(&line);
    // The line itself is in bounds, so its words are.
    let within = |range: Range<usize>| {
        let start = usize::from(line.start);
        span(start + range.start..start + range.end)
    };
    if start_line::is_response(text) {
        let end = text.len();
        return match (start_line::response(text), fault) {
            (Ok((status, reason)), None) => {
                let reason = within(reason..end);
                Ok(Message::Response(Response { headers, status, reason }))
            }
            (Err(fault), None) | (_, Some(fault)) => Err(Rejected { fault, salvage: None }),
        };
    }
    let (words, line_fault) = start_line::request(text);
    let request = Request {
        method: Method::parse(&text[words.method.clone()]),
        method_text: within(words.method),
        uri: within(words.uri),
        headers,
    };
    match fault.or(line_fault) {
        None => Ok(Message::Request(request)),
        Some(fault) => {
            let salvage = is_answerable(&request).then(|| Box::new(request));
            Err(Rejected { fault, salvage })
        }
    }
}

/// An answer copies these five; an ACK has no answer.
fn is_answerable(request: &Request) -> bool {
    const COPIED: [Name; 5] = [Name::Via, Name::From, Name::To, Name::CallId, Name::CSeq];
    request.method() != Method::Ack && COPIED.iter().all(|&name| request.header(name).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(head: &str) -> String {
        format!(
            "BYE sip:a@example.com SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\n\
             f: <sip:b@h>;tag=1\r\nt: <sip:a@example.com>;tag=2\r\ni: c@h\r\nCSeq: 2 BYE\r\n{head}"
        )
    }

    fn parse(text: &str) -> Result<Message, Rejected> {
        message(Bytes::copy_from_slice(text.as_bytes()))
    }

    /// RFC 3261 §7.3.1 and §7.5: old spellings mean what new ones do.
    #[test]
    fn folds_space_case_and_blank_lines_are_taken() {
        let text = request("SUBJECT \t:\r\n  one\r\n\ttwo \r\nX-Empty:\r\nl:0\r\n\r\n");
        let message = parse(&format!("\r\n\r\n{text}")).unwrap();
        assert_eq!(message.header(Name::Subject), Some("one  \ttwo"));
        assert_eq!(message.header_named("x-empty").next(), Some(""));
        assert_eq!(message.call_id().unwrap(), "c@h");
    }

    /// RFC 3261 §18.3: a datagram ends a body that has no length, and cuts none that has.
    #[test]
    fn the_body_is_what_content_length_says() {
        for (head, body) in [
            ("\r\n12345", Some("12345")),
            ("l: 3\r\n\r\n12345", Some("123")),
            ("Content-Length: 3\r\nl: 003\r\n\r\n12345", Some("123")),
            ("l: 6\r\n\r\n12345", None),
            ("l: 3\r\nContent-Length: 4\r\n\r\n12345", None),
            ("l: -1\r\n\r\n12345", None),
            ("l: +3\r\n\r\n12345", None),
            ("l: 3, 3\r\n\r\n12345", None),
            ("l: 3 3\r\n\r\n12345", None),
            ("l: 0x3\r\n\r\n12345", None),
            ("l:\r\n\r\n12345", None),
            ("l: 18446744073709551619\r\n\r\n12345", None),
        ] {
            let read = parse(&request(head));
            match (read, body) {
                (Ok(message), Some(body)) => assert_eq!(message.body(), body),
                (Err(rejected), None) => {
                    assert_eq!(rejected.fault.header, Some(Name::ContentLength), "{head}");
                    assert!(rejected.salvage.unwrap().body().is_empty());
                }
                (read, _) => panic!("{head}: {read:?}"),
            }
        }
    }

    /// What one reader takes for a line's end and another does not: all of it is refused, and the
    /// request can still be told.
    #[test]
    fn lines_that_could_be_cut_in_two_ways_are_refused() {
        for head in [
            "X: a\nY: b\r\n\r\n",
            "X: a\rY: b\r\n\r\n",
            "X: a\r\r\n\r\n",
            "X: a\0b\r\n\r\n",
            "X: a\\\0b\r\n\r\n",
            "X: a\n\nINVITE sip:x SIP/2.0\r\n\r\n",
            "X a\r\n\r\n",
            ": a\r\n\r\n",
            "X y: a\r\n\r\n",
            "X\0: a\r\n\r\n",
            "X: a\r\n",
            "X: a",
        ] {
            let rejected = parse(&request(head)).unwrap_err();
            assert_eq!(rejected.fault.status, Status::BAD_REQUEST, "{head:?}");
            assert_eq!(rejected.salvage.unwrap().call_id().unwrap(), "c@h", "{head:?}");
        }
    }

    /// RFC 4475 §3.1.1.2 has one such NUL; a line full of them is an attack on our time.
    #[test]
    fn a_quoted_nul_is_taken_a_few_times() {
        let quoted = |count| request(&format!("X-Quoted: \"{}\"\r\n\r\n", "\\\0".repeat(count)));
        let message = parse(&quoted(2)).unwrap();
        assert_eq!(message.header_named("X-Quoted").next(), Some("\"\\?\\?\""));
        assert!(parse(&quoted(usize::from(QUOTED_NULS_MAX) + 1)).is_err());
    }

    /// Old devices put Latin-1 into display names: the bytes are lost, the call is not.
    #[test]
    fn text_that_is_no_utf8_is_replaced_in_place() {
        let text = request("Subject: M?ller\r\nl: 2\r\n\r\n??");
        let mut raw = text.into_bytes();
        raw.iter_mut().filter(|byte| **byte == b'?').for_each(|byte| *byte = 0xfc);
        let message = message(raw.into()).unwrap();
        assert_eq!(message.header(Name::Subject), Some("M?ller"));
        assert_eq!(&message.body()[..], [0xfc, 0xfc]);
    }

    #[test]
    fn what_is_too_much_is_refused() {
        let many = "X: y\r\n".repeat(limits::HEADERS);
        let long = format!("X: {}\r\n", "y".repeat(limits::HEADER_BYTES));
        for head in [many, long] {
            let rejected = parse(&request(&format!("{head}\r\n"))).unwrap_err();
            assert!(rejected.salvage.is_some() && rejected.fault.status == Status::BAD_REQUEST);
        }
        let huge = request(&format!("\r\n{}", "y".repeat(limits::MESSAGE_BYTES)));
        assert_eq!(parse(&huge).unwrap_err().fault.status, Status::MESSAGE_TOO_LARGE);
        let most = request("\r\n");
        let most = format!("{most}{}", "y".repeat(limits::MESSAGE_BYTES - most.len()));
        assert!(parse(&most).unwrap().body().len() > 65_000);
    }

    /// RFC 3261 §17.1.1.3: nobody answers an ACK; nor a response.
    #[test]
    fn what_must_not_be_answered_has_no_salvage() {
        let bad = request("X y\r\n\r\n");
        assert!(parse(&bad).unwrap_err().salvage.is_some());
        assert!(parse(&bad.replacen("BYE", "ACK", 1)).unwrap_err().salvage.is_none());
        let response = bad.replacen("BYE sip:a@example.com SIP/2.0", "SIP/2.0 200 OK", 1);
        assert!(parse(&response).unwrap_err().salvage.is_none());
        assert!(parse("\r\n\r\n").unwrap_err().salvage.is_none());
        assert!(parse("").unwrap_err().salvage.is_none());
    }
}
