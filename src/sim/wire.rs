//! RFC 3261 at the switch's mouth: what it says, when it says it again, and what it owes.
//!
//! ```text
//!  far side ──request──▶ Asked  ──▶ an answer in the same step, again to each copy,
//!                                   a final one to an INVITE until its ACK
//!  switch ──request──▶ Asking   ──▶ again at T1, 2·T1 …, until an answer; ACK, CANCEL, BYE fit it
//! ```
//! The rules are written a second time here (§9, §13, §17.1, §17.2), by what passes on the wire
//! alone: exact times, since nothing in a simulated step takes any. What is over is forgotten after
//! [`KEPT`]. A power cut forgets everything, as it does for the switch.

mod asked;
mod asking;

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use sip::{Message, Method, Request, Response};

use self::asked::Asked;
use self::asking::Asking;
use super::audit::Found;
use super::invariant::Invariant;

/// Every transaction that is or was on the wire, both ways.
#[derive(Debug, Default)]
pub(super) struct Wire {
    asking: Asking,
    asked: Asked,
}

impl Wire {
    /// The switch sends a message.
    pub(super) fn sent(&mut self, at: Duration, to: SocketAddr, bytes: &Bytes) -> Found {
        match Message::parse(bytes.clone()) {
            Ok(Message::Request(request)) => {
                if request.method() == Method::Bye {
                    self.asked.left(at, &request)?;
                }
                self.asking.sent(at, &request, bytes)
            }
            Ok(Message::Response(response)) => self.asked.answered(at, to, &response),
            Err(_) => broken("it says what cannot be read"),
        }
    }

    /// A message is about to reach the switch.
    pub(super) fn arrives(&mut self, at: Duration, from: SocketAddr, bytes: &Bytes) {
        match Message::parse(bytes.clone()) {
            Ok(Message::Request(request)) => self.asked.arrives(at, from, &request),
            Ok(Message::Response(response)) => self.asking.answered(at, &response),
            Err(_) => {}
        }
    }

    /// The switch has had its say about the message that reached it.
    pub(super) fn settled(&mut self) -> Found {
        self.asked.settled()?;
        self.asking.settled()
    }

    /// Nothing that was due before this moment is missing.
    pub(super) fn step(&mut self, at: Duration) -> Found {
        self.asked.overdue(at)?;
        self.asking.overdue(at)
    }

    /// At the end: something was lost, and something was said again for it.
    pub(super) fn end(&self) -> Found {
        self.asking.end()
    }

    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }
}

/// A transaction: the branch of its top Via, and its method.
type Key = (String, String);

fn key_of_request(request: &Request) -> Option<Key> {
    let branch = request.top_via().ok()?.branch()?.to_owned();
    Some((branch, request.method_text().to_owned()))
}

fn key_of_response(response: &Response) -> Option<Key> {
    let branch = response.top_via().ok()?.branch()?.to_owned();
    Some((branch, response.cseq().ok()?.method_text.to_owned()))
}

/// The call and the number of a request, which its ACK and CANCEL repeat.
type Numbered = (String, u32);

fn numbered(request: &Request) -> Option<Numbered> {
    Some((request.call_id().ok()?.to_owned(), request.cseq().ok()?.number))
}

fn broken(what: impl Into<String>) -> Found {
    Err((Invariant::Wire, what.into()))
}

/// Whether something came at its moment; the wall of a machine has no finer grain.
fn meets(at: Duration, due: Duration) -> bool {
    at.abs_diff(due) <= Duration::from_millis(1)
}

/// RFC 3261 table 4.
const T1: Duration = Duration::from_millis(500);
const T2: Duration = Duration::from_secs(4);
const LIFE: Duration = Duration::from_secs(32);

/// How long a transaction is known here.
const KEPT: Duration = Duration::from_mins(6);
