//! Trunks, told by the address they send from.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};

use super::PeerId;

/// A trunk that is known by its address: INVITEs from it are trusted as its own.
#[derive(Clone, Debug)]
pub struct Peer {
    /// Its number.
    pub id: PeerId,
    /// Source addresses; with a port, only that port. Of two peers that share one, the one with
    /// the port wins, then the one set last.
    pub addresses: Vec<(IpAddr, Option<u16>)>,
}

#[derive(Debug, Default)]
pub(super) struct Peers {
    by_address: HashMap<(IpAddr, Option<u16>), PeerId>,
}

impl Peers {
    pub(super) fn set(&mut self, peer: &Peer) {
        self.remove(peer.id);
        for (ip, port) in &peer.addresses {
            self.by_address.insert((ip.to_canonical(), *port), peer.id);
        }
    }

    pub(super) fn remove(&mut self, id: PeerId) {
        self.by_address.retain(|_, other| *other != id);
    }

    pub(super) fn find(&self, source: SocketAddr) -> Option<PeerId> {
        let ip = source.ip().to_canonical();
        let exact = self.by_address.get(&(ip, Some(source.port())));
        exact.or_else(|| self.by_address.get(&(ip, None))).copied()
    }
}
