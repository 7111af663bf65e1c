//! What is wrong with a message, in words its sender can act on.

use std::fmt;

use crate::header::Name;
use crate::message::{Request, Status};

/// A part of a message that cannot be read, and what was expected in its place.
///
/// Its [`Display`](fmt::Display) text is made for the reason phrase of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Malformed {
    /// The header at fault; `None` for the start line, an unknown header or the whole message.
    pub header: Option<Name>,
    /// What a well-formed message has there: "a number below 2^31".
    pub expected: &'static str,
    /// The answer a request with this fault earns: 400, 505 or 513.
    pub status: Status,
}

impl Malformed {
    /// A fault answered with 400 in the header `name`.
    #[must_use]
    pub const fn header(name: Name, expected: &'static str) -> Self {
        Self { header: Some(name), expected, status: Status::BAD_REQUEST }
    }

    /// A fault answered with 400 outside any known header.
    #[must_use]
    pub const fn message(expected: &'static str) -> Self {
        Self { header: None, expected, status: Status::BAD_REQUEST }
    }

    pub(crate) const fn with_status(self, status: Status) -> Self {
        Self { status, ..self }
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.header {
            Some(name) => write!(f, "Bad {name}: expected {}", self.expected),
            None => write!(f, "Bad message: expected {}", self.expected),
        }
    }
}

/// A message that was refused, and what of it can still be answered.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{fault}")]
pub struct Rejected {
    /// The first fault found.
    #[source]
    pub fault: Malformed,
    /// The readable rest of a request, enough for [`crate::message::Writer::response_to`]: it has
    /// Via, From, To, Call-ID and CSeq lines and no body. `None` for a response, for an ACK (which
    /// has no answer) and for a request whose sender cannot be answered.
    pub salvage: Option<Box<Request>>,
}
