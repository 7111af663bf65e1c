//! Printing: a request or a response composed into one buffer.
//!
//! Headers go out in the order they are given, Content-Length comes last and by itself. Whatever
//! holds CR, LF or NUL is refused (FAULTS S11), and so is what our own parser would not take: the
//! first refusal sticks, and [`Writer::finish`] tells it instead of handing out the bytes.

use std::fmt::{self, Write as _};

use bytes::{BufMut, Bytes, BytesMut};

use crate::header::{Name, is_token};
use crate::message::{Headers, Method, Status, limits};

/// Composes one message.
pub struct Writer {
    out: BytesMut,
    lines: usize,
    refused: Option<Unprintable>,
}

/// Why a message was not printed; a fault of ours or of the text we were given, never of the peer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{part}: expected {expected}")]
pub struct Unprintable {
    /// The header or part of the message that was refused.
    pub part: String,
    /// What it should have been.
    pub expected: &'static str,
}

impl Writer {
    /// Starts a request. [`Method::Other`] is refused: this switch sends only methods it knows.
    #[must_use]
    pub fn request(method: Method, uri: impl fmt::Display) -> Self {
        let mut writer = Self::empty();
        let Some(method) = method.as_str() else {
            writer.refuse("method", "a method this switch implements");
            return writer;
        };
        writer.out.put_slice(method.as_bytes());
        writer.out.put_u8(b' ');
        let start = writer.out.len();
        writer.print("Request-URI", format_args!("{uri}"));
        let uri = &writer.out[start..];
        if uri.is_empty() || uri.iter().any(|&byte| byte <= b' ') {
            writer.refuse("Request-URI", "a URI without space");
        }
        writer.out.put_slice(b" SIP/2.0\r\n");
        writer
    }

    /// Starts a response with a reason phrase; [`Writer::response_to`] is the usual way.
    #[must_use]
    pub fn response(status: Status, reason: impl fmt::Display) -> Self {
        let mut writer = Self::empty();
        writer.print("reason phrase", format_args!("SIP/2.0 {status} {reason}"));
        writer.out.put_slice(b"\r\n");
        writer
    }

    /// Adds a header. Content-Length is not given but counted.
    pub fn header(&mut self, name: Name, value: impl fmt::Display) -> &mut Self {
        if name == Name::ContentLength {
            self.refuse(name.as_str(), "no Content-Length: it is counted");
            return self;
        }
        self.line(name.as_str(), format_args!("{value}"));
        self
    }

    /// Adds a header outside [`Name`].
    pub fn header_named(&mut self, name: &str, value: impl fmt::Display) -> &mut Self {
        match Name::parse(name.as_bytes()) {
            Some(name) => return self.header(name, value),
            None if is_token(name) => self.line(name, format_args!("{value}")),
            None => self.refuse("header name", "a token"),
        }
        self
    }

    /// Adds every line of that name from another message as it is there.
    pub fn copy(&mut self, from: &Headers, name: Name) -> &mut Self {
        for value in from.lines_of(name) {
            self.header(name, value);
        }
        self
    }

    /// The message without a body.
    pub fn finish(&mut self) -> Result<Bytes, Unprintable> {
        self.end(&[])
    }

    /// The message with a body of that Content-Type.
    pub fn finish_with(
        &mut self,
        content_type: impl fmt::Display,
        body: &[u8],
    ) -> Result<Bytes, Unprintable> {
        self.header(Name::ContentType, content_type);
        self.end(body)
    }

    fn end(&mut self, body: &[u8]) -> Result<Bytes, Unprintable> {
        self.line(Name::ContentLength.as_str(), format_args!("{}", body.len()));
        self.out.put_slice(b"\r\n");
        self.out.put_slice(body);
        if self.out.len() > limits::MESSAGE_BYTES {
            self.refuse("message", "at most 65535 bytes");
        }
        if self.lines > limits::HEADERS {
            self.refuse("message", "at most 128 headers");
        }
        let bytes = std::mem::take(&mut self.out).freeze();
        self.refused.clone().map_or(Ok(bytes), Err)
    }

    fn empty() -> Self {
        Self { out: BytesMut::with_capacity(USUAL_BYTES), lines: 0, refused: None }
    }

    fn line(&mut self, name: &str, value: fmt::Arguments<'_>) {
        let start = self.out.len();
        self.out.put_slice(name.as_bytes());
        self.out.put_slice(b": ");
        self.print(name, value);
        if self.out.len() - start > limits::HEADER_BYTES {
            self.refuse(name, "at most 8192 bytes");
        }
        self.out.put_slice(b"\r\n");
        self.lines += 1;
    }

    fn print(&mut self, part: &str, value: fmt::Arguments<'_>) {
        let mut sink = OneLine(&mut self.out);
        let written = match value.as_str() {
            Some(text) => sink.write_str(text),
            None => sink.write_fmt(value),
        };
        if written.is_err() {
            self.refuse(part, "text without CR, LF or NUL");
        }
    }

    fn refuse(&mut self, part: &str, expected: &'static str) {
        self.refused.get_or_insert_with(|| Unprintable { part: part.to_owned(), expected });
    }
}

/// Sizes only: headers carry credentials and people (FAULTS S23).
impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let refused = self.refused.as_ref();
        write!(f, "Writer({} bytes, refused: {refused:?})", self.out.len())
    }
}

/// A call's INVITE with its SDP fits, so the buffer is allocated once.
const USUAL_BYTES: usize = 2_048;

/// Lets through only what stays on its line.
struct OneLine<'a>(&'a mut BytesMut);

impl fmt::Write for OneLine<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if memchr::memchr3(b'\r', b'\n', 0, text.as_bytes()).is_some() {
            return Err(fmt::Error);
        }
        self.0.put_slice(text.as_bytes());
        Ok(())
    }
}

/// Prints text as a quoted string, with its quotes and backslashes escaped.
#[derive(Clone, Copy, Debug)]
pub struct Quoted<'a>(pub &'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        let mut rest = self.0;
        while let Some(at) = rest.find(['"', '\\']) {
            f.write_str(&rest[..at])?;
            f.write_char('\\')?;
            f.write_str(&rest[at..=at])?;
            rest = &rest[at + 1..];
        }
        f.write_str(rest)?;
        f.write_char('"')
    }
}
