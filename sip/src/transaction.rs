//! Transactions: RFC 3261 §17 and RFC 6026, matched by branch, sent-by and method.
//!
//! Four pure machines say what happens and when; [`Layer`] owns one for each transaction, its bytes
//! and its timers. A transaction lives in the layer until its machine has terminated, whatever
//! becomes of the leg that started it.

mod client_invite;
mod client_request;
mod clients;
mod key;
mod layer;
mod server_invite;
mod server_request;
mod servers;

pub(crate) use clients::{Branch, ClientId, Outgoing};
pub(crate) use layer::{Layer, Notice, Owner};
pub(crate) use servers::{Cancelled, ServerId};

/// What drives a client machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClientInput {
    /// A response whose Via branch and CSeq method matched; the code is 100..=699.
    Response(u16),
    /// The transport gave up on the last [`ClientOutput::Send`].
    TransportFailed,
    /// The owner has given it up: an INVITE is not sent again while CANCEL has to wait.
    Hush,
    /// The machine's deadline has passed.
    Tick,
}

/// What a client machine wants done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClientOutput {
    /// Send the request, again or for the first time.
    Send,
    /// Send the ACK for a non-2xx (RFC 3261 §17.1.1.3).
    SendAck,
    /// Hand the response to the owner.
    Deliver,
    /// No usable answer ever came.
    Failed(Cause),
}

/// Why a client transaction failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    TimedOut,
    Transport,
}

/// What drives a server machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ServerInput {
    /// The request came again.
    Request,
    /// The owner gives a response; the code is 100..=699.
    Respond(u16),
    /// The ACK of a non-2xx.
    Ack,
    /// The machine's deadline has passed.
    Tick,
}

/// What a server machine wants done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ServerOutput {
    /// Send the response just given.
    Send,
    /// Send the last response again.
    Resend,
}
