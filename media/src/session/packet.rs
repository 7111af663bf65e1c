//! What came of a datagram, on its way from the party that sent it to whoever hears that party.

use std::{ops::Range, time::Instant};

use super::outgoing::Relayed;
use crate::sdp::Codec;

/// A packet of the party that goes to whoever hears it.
#[derive(Clone, Debug)]
pub(crate) struct Incoming {
    pub(super) numbers: Relayed,
    pub(super) content: Content,
    pub(super) payload: Range<usize>,
    /// Of its RTP clock, in Hz.
    pub(super) clock: u32,
    /// The key whose press began with this packet.
    pub(super) pressed: Option<char>,
}

/// What a packet holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// Samples.
    Audio(Codec),
    /// A telephone event.
    Event,
    /// Comfort noise (RFC 3389): it proves life, and is made anew for who hears a mix.
    Noise,
}

/// Kept so that a new listener need not wait for the next one.
#[derive(Debug)]
pub(crate) struct LastPacket {
    pub(super) at: Instant,
    pub(super) incoming: Incoming,
    pub(super) payload: Vec<u8>,
}

/// What became of a datagram that may be protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Opened {
    /// The stream is not protected: the datagram is as it came.
    Plain,
    /// It is authentic, and open.
    Guarded,
    /// It is neither.
    Refused,
}
