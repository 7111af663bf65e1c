//! A SIP message as it was received: one buffer and the offsets of what lies in it.
//!
//! RFC 3261 §7. [`Message::parse`] cuts the start line, the headers and the body, and refuses what
//! could be read in two ways; nothing inside a header is read before somebody asks for it. Typed
//! readings borrow from the message: [`Request::uri`], [`Headers::cseq`], [`Headers::contacts`].
//!
//! Invariants: no header holds CR, LF or NUL; folded lines are already joined; at most
//! [`limits::MESSAGE_BYTES`] in all, [`limits::HEADERS`] headers of [`limits::HEADER_BYTES`] each;
//! the body has exactly the bytes that Content-Length states.

use std::fmt;
use std::ops::{Deref, Range};

use bytes::Bytes;

mod headers;
mod malformed;
mod method;
mod parse;
mod reply;
mod start_line;
mod status;
mod typed;
mod validate;
mod writer;

pub use headers::{Header, Headers, Values};
pub use malformed::{Malformed, Rejected};
pub use method::Method;
pub use status::Status;
pub use writer::{Quoted, Unprintable, Writer};

pub(crate) use parse::stated_length;

use crate::uri::Uri;

/// What one message may take of our memory and time.
pub mod limits {
    /// Bytes of one message, start line to body; above it the answer is 513.
    pub const MESSAGE_BYTES: usize = 65_535;
    /// Header lines of one message, folded lines counted as one.
    pub const HEADERS: usize = 128;
    /// Bytes of one header, name to last fold.
    pub const HEADER_BYTES: usize = 8_192;
    /// Bytes of the start line.
    pub const START_LINE_BYTES: usize = 8_192;
    /// Values of one list header over all its lines (Via, Route, Record-Route, Contact, …).
    pub const LIST_VALUES: usize = 64;
}

/// One whole message.
#[derive(Clone, Debug)]
pub enum Message {
    /// Something is asked of us.
    Request(Request),
    /// An answer to something we asked.
    Response(Response),
}

impl Message {
    /// Reads one datagram, or one message that [`crate::framing::Framer`] cut from a stream.
    ///
    /// Bytes after Content-Length are ignored (RFC 3261 §18.3); blank lines before the start line
    /// too (§7.5). What follows inside headers is read lazily: see [`Request::validate`].
    pub fn parse(raw: Bytes) -> Result<Self, Rejected> {
        parse::message(raw)
    }

    /// The request, if it is one.
    #[must_use]
    pub fn request(&self) -> Option<&Request> {
        match self {
            Self::Request(request) => Some(request),
            Self::Response(_) => None,
        }
    }

    /// The response, if it is one.
    #[must_use]
    pub fn response(&self) -> Option<&Response> {
        match self {
            Self::Request(_) => None,
            Self::Response(response) => Some(response),
        }
    }
}

/// The headers of either kind: most readers do not care which it is.
impl Deref for Message {
    type Target = Headers;

    fn deref(&self) -> &Headers {
        match self {
            Self::Request(request) => request,
            Self::Response(response) => response,
        }
    }
}

/// A request; its headers are read through [`Headers`].
#[derive(Clone)]
pub struct Request {
    headers: Headers,
    method: Method,
    method_text: Range<u16>,
    uri: Range<u16>,
}

impl Request {
    /// What is asked.
    #[must_use]
    pub fn method(&self) -> Method {
        self.method
    }

    /// The method as it was sent, also when it is [`Method::Other`].
    #[must_use]
    pub fn method_text(&self) -> &str {
        self.headers.text(&self.method_text)
    }

    /// The Request-URI.
    pub fn uri(&self) -> Result<Uri<'_>, Malformed> {
        Uri::parse(self.uri_text()).map_err(Malformed::from)
    }

    /// The Request-URI as it was sent.
    #[must_use]
    pub fn uri_text(&self) -> &str {
        self.headers.text(&self.uri)
    }

    /// Reads every part that a transaction depends on, so that later readings do not fail.
    ///
    /// Mandatory headers are there once, typed and within bounds; CSeq names this method; every
    /// other header that is present and known reads. A request that fails is answered with
    /// [`Malformed::status`]: this request itself is the salvage.
    pub fn validate(&self) -> Result<(), Malformed> {
        validate::request(self)
    }
}

impl Deref for Request {
    type Target = Headers;

    fn deref(&self) -> &Headers {
        &self.headers
    }
}

/// The start line only: headers carry credentials and people (FAULTS S23).
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Request({} {})", self.method_text(), self.uri_text())
    }
}

/// A response; its headers are read through [`Headers`].
#[derive(Clone)]
pub struct Response {
    headers: Headers,
    status: Status,
    reason: Range<u16>,
}

impl Response {
    /// The code.
    #[must_use]
    pub fn status(&self) -> Status {
        self.status
    }

    /// The reason phrase, for people; may be empty.
    #[must_use]
    pub fn reason(&self) -> &str {
        self.headers.text(&self.reason)
    }

    /// As [`Request::validate`]; a response that fails is dropped.
    pub fn validate(&self) -> Result<(), Malformed> {
        validate::response(self)
    }
}

impl Deref for Response {
    type Target = Headers;

    fn deref(&self) -> &Headers {
        &self.headers
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Response({} {})", self.status, self.reason())
    }
}
