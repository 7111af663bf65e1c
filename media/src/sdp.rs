//! Offer and answer (RFC 3264) over the lines of RFC 8866, as pure functions.
//!
//! We speak one audio stream over RTP/AVP. Whatever else an offer holds keeps its place in the
//! answer, with port 0. Addresses that S7 forbids are refused before anything is sent there.

use std::net::{IpAddr, SocketAddr};

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::plane::PortRange;

/// Our end of a stream, as written into SDP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Local {
    /// What the other side can reach; not necessarily what the socket is bound to.
    pub address: IpAddr,
    /// The RTP port, from [`Ports::take`](crate::Ports::take).
    pub port: u16,
    /// `o=` session id; the same through a dialog.
    pub session: u64,
    /// `o=` version; rises by one when what we say changes, and only then.
    pub version: u64,
}

/// What addresses a peer may name (FAULTS S7).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Accept loopback, for tests and the demo.
    pub allow_loopback: bool,
    /// Our own address and RTP ports, which no peer may name.
    pub own: Option<(IpAddr, PortRange)>,
}

/// A codec we carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Codec {
    /// G.711 µ-law.
    Pcmu,
    /// G.711 A-law.
    Pcma,
}

/// Which way media flows, seen from our side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Direction {
    /// Both ways.
    #[default]
    SendRecv,
    /// We send only: the party is held, and may hear music.
    SendOnly,
    /// We receive only: the party holds us.
    RecvOnly,
    /// Neither.
    Inactive,
}

/// What both sides agreed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Negotiated {
    /// Where the party wants RTP.
    pub remote: SocketAddr,
    /// Where it wants RTCP: `a=rtcp`, else the port above; the RTP address when muxed.
    pub rtcp: SocketAddr,
    /// RTP and RTCP share one port (RFC 5761).
    pub rtcp_mux: bool,
    /// The codec, the same both ways.
    pub codec: Codec,
    /// Payload type that the party expects.
    pub payload_type_send: u8,
    /// Payload type that the party sends.
    pub payload_type_recv: u8,
    /// telephone-event (RFC 4733): payload types to send and to expect.
    pub dtmf: Option<(u8, u8)>,
    /// Packet time that the party wants, in ms: 10, 20 or 30.
    pub ptime_ms: u8,
    /// Ours, after both had their say.
    pub direction: Direction,
}

/// Why a description cannot be used; names the line and what was expected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum SdpError {
    /// Not SDP: answer 400.
    #[error("SDP line {line}: {expected}")]
    Malformed {
        /// Counted from 1.
        line: usize,
        /// What the line should have held.
        expected: String,
    },
    /// Nothing in it that we can carry: answer 488.
    #[error("SDP {line}: expected {expected}")]
    Unacceptable {
        /// The line, as received, or the kind of line that is missing.
        line: String,
        /// What we can carry.
        expected: &'static str,
    },
    /// An address that no peer may name (S7): answer 488.
    #[error("SDP {line}: expected {expected}")]
    Forbidden {
        /// The line, as received.
        line: String,
        /// What addresses are allowed.
        expected: &'static str,
    },
}

/// An offer of one audio stream.
#[must_use]
pub fn offer(local: &Local, codecs: &[Codec], direction: Direction) -> Bytes {
    todo!("{local:?} {codecs:?} {direction:?}")
}

/// Answers `offer` with the first of our `codecs` (preferred first) that it holds, in the
/// direction we want as far as the offer allows it.
pub fn answer(
    local: &Local,
    offer: &[u8],
    codecs: &[Codec],
    direction: Direction,
    policy: &Policy,
) -> Result<(Bytes, Negotiated), SdpError> {
    todo!("{local:?} {offer:?} {codecs:?} {direction:?} {policy:?}")
}

/// Reads the answer to an offer of ours that held the codecs `offered` in `direction`.
pub fn accept(
    answer: &[u8],
    offered: &[Codec],
    direction: Direction,
    policy: &Policy,
) -> Result<Negotiated, SdpError> {
    todo!("{answer:?} {offered:?} {direction:?} {policy:?}")
}
