//! Cutting a stream into messages: RFC 3261 §18.3, with the keep-alives of RFC 5626 §3.5.1.
//!
//! ```text
//!  Between ──CRLF──▶ Pong ──CRLF──▶ Ping ──▶ Between
//!     └── any other byte ──▶ head up to its empty line ──▶ Content-Length bytes ──▶ Message
//! ```
//! The same bytes give the same frames however they are chunked. The parser's own reading of the
//! head says how long a message is, so the two never disagree. After a fault the stream is lost:
//! nobody can tell where the next message starts, and the transport closes it.

use std::fmt;

use bytes::{Buf, Bytes, BytesMut};

use crate::header::Name;
use crate::message::{Malformed, Message, Rejected, Status, limits, stated_length};

/// Reads one stream.
#[derive(Default)]
pub struct Framer {
    buffer: BytesMut,
    /// Bytes of the current head already searched for its end.
    searched: usize,
    /// Bytes of the current message, once its head is whole.
    whole: Option<usize>,
    /// The last thing read was a blank line between messages, not yet part of a ping.
    blank: bool,
    fault: Option<Malformed>,
}

/// What a stream brings.
#[derive(Clone, PartialEq, Eq)]
pub enum Frame {
    /// One whole message, for [`Message::parse`].
    Message(Bytes),
    /// One blank line: the answer to our ping, or the first half of the peer's.
    Pong,
    /// The second blank line in a row: the peer wants one CRLF back.
    Ping,
}

impl Framer {
    /// Takes bytes as they came. Call [`Framer::next_frame`] until it is empty before the next
    /// push: what is held then never exceeds one message.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.fault.is_none() {
            self.buffer.extend_from_slice(bytes);
        }
    }

    /// The next frame; `None` until more bytes come.
    ///
    /// The first error may carry a request to be answered before closing; it then stays for good.
    pub fn next_frame(&mut self) -> Option<Result<Frame, Rejected>> {
        if let Some(fault) = self.fault {
            return Some(Err(Rejected { fault, salvage: None }));
        }
        match self.cut() {
            Ok(frame) => frame.map(Ok),
            Err(rejected) => {
                self.fault = Some(rejected.fault);
                self.buffer = BytesMut::new();
                Some(Err(rejected))
            }
        }
    }

    /// Bytes held back for want of more.
    #[must_use]
    pub fn buffered(&self) -> usize {
        self.buffer.len()
    }

    fn cut(&mut self) -> Result<Option<Frame>, Rejected> {
        let Some(whole) = self.whole else {
            return match self.buffer.first() {
                None => Ok(None),
                Some(b'\r' | b'\n') => self.blank_line(),
                Some(_) => match self.message_length()? {
                    None => Ok(None),
                    whole => {
                        self.whole = whole;
                        self.cut()
                    }
                },
            };
        };
        if self.buffer.len() < whole {
            return Ok(None);
        }
        self.whole = None;
        self.searched = 0;
        self.blank = false;
        Ok(Some(Frame::Message(self.buffer.split_to(whole).freeze())))
    }

    fn blank_line(&mut self) -> Result<Option<Frame>, Rejected> {
        match (self.buffer[0], self.buffer.get(1)) {
            (b'\r', None) => return Ok(None),
            (b'\r', Some(b'\n')) => self.buffer.advance(2),
            _ => return Err(lost(Malformed::message("CR LF between messages"))),
        }
        self.blank = !self.blank;
        Ok(Some(if self.blank { Frame::Pong } else { Frame::Ping }))
    }

    /// Head and body together, once the head is whole.
    fn message_length(&mut self) -> Result<Option<usize>, Rejected> {
        let window = &self.buffer[..self.buffer.len().min(limits::MESSAGE_BYTES)];
        let Some(found) = memchr::memmem::find(&window[self.searched..], HEAD_END) else {
            // The end may lie across the seam of two chunks.
            self.searched = window.len().saturating_sub(HEAD_END.len() - 1);
            return if window.len() < limits::MESSAGE_BYTES { Ok(None) } else { Err(too_large()) };
        };
        let head = self.searched + found + HEAD_END.len();
        let body = match stated_length(&self.buffer[..head]) {
            Ok(Some(body)) => body,
            Ok(None) => return Err(self.unframed(head, MISSING)),
            Err(fault) => return Err(self.unframed(head, fault)),
        };
        match head.checked_add(body) {
            Some(whole) if whole <= limits::MESSAGE_BYTES => Ok(Some(whole)),
            _ => Err(too_large()),
        }
    }

    /// A head whose message has no end; if it is a request it can still be told so.
    fn unframed(&mut self, head: usize, fault: Malformed) -> Rejected {
        let head = self.buffer.split_to(head).freeze();
        let salvage = match Message::parse(head) {
            Ok(Message::Request(request)) => Some(Box::new(request)),
            Ok(Message::Response(_)) => None,
            Err(rejected) => rejected.salvage,
        };
        Rejected { fault, salvage }
    }
}

/// Whether a datagram only keeps a NAT binding open: blank lines, or the lone NUL of some devices.
#[must_use]
pub fn is_keep_alive(datagram: &[u8]) -> bool {
    datagram.iter().all(|byte| matches!(byte, b'\r' | b'\n' | 0))
}

/// Sizes only: messages carry credentials and people (FAULTS S23).
impl fmt::Debug for Framer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Framer({} bytes, fault: {:?})", self.buffer.len(), self.fault)
    }
}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Message(bytes) => write!(f, "Message({} bytes)", bytes.len()),
            Self::Pong => f.write_str("Pong"),
            Self::Ping => f.write_str("Ping"),
        }
    }
}

const HEAD_END: &[u8] = b"\r\n\r\n";
const MISSING: Malformed = Malformed::header(Name::ContentLength, "to be present on a stream");

fn too_large() -> Rejected {
    lost(Malformed::message("at most 65535 bytes").with_status(Status::MESSAGE_TOO_LARGE))
}

fn lost(fault: Malformed) -> Rejected {
    Rejected { fault, salvage: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a stream brings, down to its first fault.
    fn frames(bytes: &[u8]) -> Vec<Result<Frame, Rejected>> {
        let mut stream = Framer::default();
        stream.push(bytes);
        let mut seen = vec![];
        while let Some(frame) = stream.next_frame() {
            let is_lost = frame.is_err();
            seen.push(frame);
            if is_lost {
                break;
            }
        }
        seen
    }

    const REQUEST: &str = "BYE sip:a@h SIP/2.0\r\nVia: SIP/2.0/TCP h;branch=z9hG4bK1\r\n\
                           From: <sip:b@h>;tag=1\r\nTo: <sip:a@h>;tag=2\r\nCall-ID: c\r\n\
                           CSeq: 2 BYE\r\n";

    /// RFC 5626 §3.5.1: CRLF CRLF asks for a CRLF; blank lines before a message mean nothing more.
    #[test]
    fn blank_lines_are_pings_and_pongs() {
        let message = format!("{REQUEST}l: 0\r\n\r\n");
        let stream = format!("\r\n\r\n{message}\r\n{message}\r\n\r\n\r\n");
        let seen: Vec<_> = frames(stream.as_bytes()).into_iter().map(Result::unwrap).collect();
        let message = Frame::Message(Bytes::from(message));
        let expected = [
            Frame::Pong,
            Frame::Ping,
            message.clone(),
            Frame::Pong,
            message,
            Frame::Pong,
            Frame::Ping,
            Frame::Pong,
        ];
        assert_eq!(seen, expected);
    }

    /// RFC 3261 §18.3: Content-Length ends a message, folded, compact or twice the same.
    #[test]
    fn bodies_are_cut_at_content_length() {
        for length in ["l: 4", "Content-Length :\r\n 4", "content-length: 04\r\nl: 4"] {
            let first = format!("{REQUEST}{length}\r\n\r\n\r\n\r\n");
            let stream = format!("{first}{REQUEST}l: 0\r\n\r\n");
            let seen = frames(stream.as_bytes());
            assert_eq!(seen.len(), 2, "{length}");
            assert_eq!(seen[0].as_ref().unwrap(), &Frame::Message(Bytes::from(first)));
        }
    }

    /// RFC 3261 §18.3: without a length that can be trusted nobody knows where the next one starts.
    #[test]
    fn a_message_without_a_certain_end_loses_the_stream() {
        for head in ["", "l: 1\r\nl: 2\r\n", "l: -1\r\n", "l: x\r\n", "X: a\nb\r\nl: 0\r\n"] {
            let seen = frames(format!("{REQUEST}{head}\r\nbody").as_bytes());
            assert_eq!(seen.len(), 1, "{head:?}");
            let rejected = seen[0].as_ref().unwrap_err();
            assert_eq!(rejected.fault.status, Status::BAD_REQUEST);
            assert_eq!(rejected.salvage.as_ref().unwrap().call_id().unwrap(), "c", "{head:?}");
        }
        let lone = frames(b"\rX");
        assert!(lone[0].is_err());
    }

    /// FAULTS S5, F23: a peer that never ends its head or its body holds one message at most.
    #[test]
    fn endless_heads_and_bodies_are_refused() {
        let mut framer = Framer::default();
        framer.push(b"BYE sip:a@h SIP/2.0\r\n");
        let line = format!("X: {}\r\n", "y".repeat(1_000));
        let lost = (0..100).find_map(|_| {
            framer.push(line.as_bytes());
            framer.next_frame()
        });
        assert_eq!(lost.unwrap().unwrap_err().fault.status, Status::MESSAGE_TOO_LARGE);
        framer.push(b"more");
        assert_eq!(framer.buffered(), 0);
        assert!(framer.next_frame().unwrap().is_err());
        let huge = frames(format!("{REQUEST}l: 65535\r\n\r\n").as_bytes());
        assert_eq!(huge[0].as_ref().unwrap_err().fault.status, Status::MESSAGE_TOO_LARGE);
    }

    #[test]
    fn keep_alive_datagrams_are_told_from_messages() {
        assert!(is_keep_alive(b"\r\n\r\n") && is_keep_alive(b"\0") && is_keep_alive(b""));
        assert!(!is_keep_alive(b"\r\n\r\nOPTIONS"));
    }
}
