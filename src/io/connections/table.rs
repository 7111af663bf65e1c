//! Who holds a connection: identities, caps, and who gives way at them.
//!
//! Invariant: every index has exactly the connections that are open.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::IpAddr;
use std::net::SocketAddr;

use bytes::Bytes;
use sip::{Flow, Transport};
use tokio::sync::{mpsc, oneshot};

/// The connections that are open.
#[derive(Default)]
pub(super) struct Table {
    open: BTreeMap<u64, Connection>,
    by_peer: HashMap<(Transport, SocketAddr), u64>,
    by_source: HashMap<IpAddr, usize>,
    /// Those that never brought a message, the oldest first.
    mute: BTreeSet<u64>,
    last: u64,
}

struct Connection {
    flow: Flow,
    outgoing: mpsc::Sender<Bytes>,
    /// Dropped with the connection's entry: whoever runs it hears that and ends.
    _evict: oneshot::Sender<()>,
}

/// A place in the table, held by the task that runs the connection.
pub(super) struct Seat {
    /// The path, with the number of the connection.
    pub(super) flow: Flow,
    /// Into `queued`.
    pub(super) outgoing: mpsc::Sender<Bytes>,
    /// What is to be sent.
    pub(super) queued: mpsc::Receiver<Bytes>,
    /// Resolves when the seat is taken away.
    pub(super) evicted: oneshot::Receiver<()>,
}

/// There is no room, and nobody who could give way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many SIP connections")]
pub(super) struct Full;

impl Table {
    /// Gives the next connection of `flow`'s path a number and a place.
    pub(super) fn admit(&mut self, flow: Flow) -> Result<Seat, Full> {
        let source = flow.remote.ip().to_canonical();
        let from_there = self.by_source.get(&source).copied().unwrap_or_default();
        if from_there >= PER_SOURCE_MAX {
            self.evict(|other| other.remote.ip().to_canonical() == source)?;
        } else if self.open.len() >= OPEN_MAX {
            self.evict(|_| true)?;
        }
        self.last += 1;
        let flow = Flow { connection: self.last, ..flow };
        let (outgoing, queued) = mpsc::channel(OUTGOING_MAX);
        let (evict, evicted) = oneshot::channel();
        let connection = Connection { flow, outgoing: outgoing.clone(), _evict: evict };
        self.open.insert(flow.connection, connection);
        self.by_peer.insert((flow.transport, flow.remote), flow.connection);
        *self.by_source.entry(source).or_default() += 1;
        self.mute.insert(flow.connection);
        Ok(Seat { flow, outgoing, queued, evicted })
    }

    /// A connection brought a message: it gives way to nobody any more.
    pub(super) fn spoke(&mut self, connection: u64) {
        self.mute.remove(&connection);
    }

    /// Forgets a connection.
    pub(super) fn leave(&mut self, connection: u64) {
        let Some(Connection { flow, .. }) = self.open.remove(&connection) else { return };
        self.mute.remove(&connection);
        let peer = (flow.transport, flow.remote);
        if self.by_peer.get(&peer) == Some(&connection) {
            self.by_peer.remove(&peer);
        }
        let source = flow.remote.ip().to_canonical();
        if let Some(count) = self.by_source.get_mut(&source) {
            *count -= 1;
            if *count == 0 {
                self.by_source.remove(&source);
            }
        }
    }

    /// Where a message for `flow` goes: its own connection, or with number 0 the latest one to the
    /// same peer (RFC 5923).
    pub(super) fn outgoing(&self, flow: &Flow) -> Option<mpsc::Sender<Bytes>> {
        let id = match flow.connection {
            0 => self.by_peer.get(&(flow.transport, flow.remote))?,
            ref id => id,
        };
        self.open.get(id).map(|connection| connection.outgoing.clone())
    }

    pub(super) fn len(&self) -> usize {
        self.open.len()
    }

    fn evict(&mut self, which: impl Fn(&Flow) -> bool) -> Result<(), Full> {
        let flow_of = |id: &&u64| self.open.get(id).is_some_and(|open| which(&open.flow));
        let oldest = self.mute.iter().find(flow_of).copied().ok_or(Full)?;
        self.leave(oldest);
        Ok(())
    }
}

const OPEN_MAX: usize = 16_384;

/// An office behind one address, or a proxy that ends TLS for everybody.
const PER_SOURCE_MAX: usize = 4_096;

const OUTGOING_MAX: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    fn flow(ip: u8, port: u16) -> Flow {
        let local = SocketAddr::from(([192, 0, 2, 1], 5060));
        let remote = SocketAddr::from(([198, 51, 100, ip], port));
        Flow { transport: Transport::Tcp, local, remote, connection: 0 }
    }

    /// RFC 5923: a request to a peer takes the connection that the peer has opened.
    #[test]
    fn a_flow_without_a_number_takes_the_connection_to_its_peer() {
        let mut table = Table::default();
        assert!(table.outgoing(&flow(1, 1)).is_none());
        let mut seat = table.admit(flow(1, 1)).unwrap();
        let outgoing = table.outgoing(&flow(1, 1)).unwrap();
        outgoing.try_send(Bytes::from_static(b"x")).unwrap();
        assert_eq!(seat.queued.try_recv().unwrap(), "x");
        assert!(table.outgoing(&flow(1, 2)).is_none());
        table.leave(seat.flow.connection);
        assert!(table.outgoing(&flow(1, 1)).is_none());
        assert!(table.by_peer.is_empty() && table.by_source.is_empty() && table.mute.is_empty());
    }

    /// FAULTS L3: idle strangers give way to a newcomer, the oldest first; who has spoken stays.
    #[test]
    fn at_the_bound_of_a_source_its_oldest_mute_connection_gives_way() {
        let mut table = Table::default();
        let mut seats: Vec<_> =
            (0..4_096).map(|port| table.admit(flow(1, port + 1)).unwrap()).collect();
        let stranger = table.admit(flow(2, 1)).unwrap();
        table.spoke(seats[0].flow.connection);
        let newcomer = table.admit(flow(1, 9_999)).unwrap();
        let closed = |seat: &mut Seat| {
            seat.evicted
                .try_recv()
                .is_err_and(|error| error == oneshot::error::TryRecvError::Closed)
        };
        assert!(!closed(&mut seats[0]), "it had spoken");
        assert!(closed(&mut seats[1]), "it was the oldest mute one");
        assert_eq!(table.len(), 4_097);
        for seat in seats.iter().skip(2).chain([&newcomer]) {
            table.spoke(seat.flow.connection);
        }
        assert_eq!(table.admit(flow(1, 10_000)).err(), Some(Full));
        assert!(table.admit(flow(2, 2)).is_ok());
        drop(stranger);
    }
}
