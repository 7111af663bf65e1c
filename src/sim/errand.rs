//! What a part of the simulated world wants: the world itself carries it out.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;

use super::agenda::Happening;
use super::invariant::Invariant;

/// One wish.
#[derive(Debug)]
pub(super) enum Errand {
    /// A far side sends SIP to the switch.
    Send(SocketAddr, Bytes),
    /// Something happens at a moment of the run.
    At(Duration, Happening),
    /// No audio comes from this address from now on.
    Mute(SocketAddr),
    /// The switch did what it must not.
    Broken(Invariant, String),
}

/// Wishes, in order.
pub(super) type Errands = Vec<Errand>;
