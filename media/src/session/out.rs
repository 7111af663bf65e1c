//! What a session wants done: datagrams sent and events told. The bytes of all datagrams lie in
//! one buffer that is used again, so that the packet path allocates nothing.

use std::{net::SocketAddr, ops::Range};

use super::tape::Taped;
use crate::{command::StreamId, event::Event};

/// Filled by [`Session::handle`](super::Session::handle), emptied by whoever drives it.
#[derive(Debug, Default)]
pub struct Out {
    bytes: Vec<u8>,
    datagrams: Vec<Datagram>,
    /// To be told to the brain, in order.
    pub events: Vec<Event>,
    /// To be written by the recorder, in order.
    pub taped: Vec<Taped>,
}

/// One datagram to be sent.
#[derive(Clone, Debug)]
pub struct Datagram {
    /// Whose socket.
    pub stream: StreamId,
    /// RTP or RTCP, which may mean another socket.
    pub kind: Kind,
    /// Where to.
    pub to: SocketAddr,
    range: Range<usize>,
}

/// Which of the sockets that a stream may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The even port.
    Rtp,
    /// The odd port, unless muxed.
    Rtcp,
    /// The port that all browsers share.
    Web,
}

impl Out {
    /// The datagrams in order, each with its bytes.
    pub fn datagrams(&self) -> impl Iterator<Item = (&Datagram, &[u8])> {
        self.datagrams.iter().map(|datagram| (datagram, &self.bytes[datagram.range.clone()]))
    }

    /// Forgets everything and keeps the memory.
    pub fn clear(&mut self) {
        self.clear_datagrams();
        self.events.clear();
        self.taped.clear();
    }

    pub(crate) fn clear_datagrams(&mut self) {
        self.bytes.clear();
        self.datagrams.clear();
    }

    /// Adds a datagram that `write` appends to the buffer, unless it says that it could not.
    pub(super) fn send(
        &mut self,
        stream: StreamId,
        kind: Kind,
        to: SocketAddr,
        write: impl FnOnce(&mut Vec<u8>) -> bool,
    ) {
        let start = self.bytes.len();
        if write(&mut self.bytes) {
            self.datagrams.push(Datagram { stream, kind, to, range: start..self.bytes.len() });
        } else {
            self.bytes.truncate(start);
        }
    }
}
