//! The sockets of one worker and the poller that watches them.
//!
//! The one file of this crate with `unsafe` in it: `polling` asks that a socket leaves the poller
//! before it is closed. Here a watched socket lives in a slab that only [`Sockets::release`] and
//! `Drop` empty, and both take it out of the poller first.

use std::{
    collections::BTreeMap,
    io,
    net::{IpAddr, SocketAddr, UdpSocket},
    sync::Arc,
    time::Duration,
};

use polling::{Event, Events, PollMode, Poller};
use slab::Slab;
use socket2::{Domain, Protocol, Socket, Type};

use crate::{command::StreamId, session::Kind};

/// An RTP socket and the RTCP socket on the port above it.
#[derive(Debug)]
pub(crate) struct Pair {
    pub(crate) port: u16,
    rtp: UdpSocket,
    rtcp: UdpSocket,
    /// A dual-stack socket wants IPv4 addresses mapped.
    is_ipv6: bool,
}

/// Pairs in use by streams.
#[derive(Debug)]
pub(crate) struct Sockets {
    poller: Arc<Poller>,
    events: Events,
    watched: Slab<Watched>,
    slots: BTreeMap<StreamId, usize>,
    /// The port that all browsers share, on the worker that has it.
    door: Option<Door>,
}

/// The socket of all browsers.
#[derive(Debug)]
struct Door {
    socket: UdpSocket,
    is_ipv6: bool,
}

/// Whose socket a datagram came in by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Entrance {
    /// One of a stream's own.
    Stream(StreamId, Kind),
    /// The one of all browsers.
    Door,
}

#[derive(Debug)]
struct Watched {
    stream: StreamId,
    pair: Pair,
}

/// A socket that has something to read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ready(usize);

impl Ready {
    /// Whether it is the socket of all browsers.
    pub(crate) fn is_door(self) -> bool {
        self.0 == DOOR
    }
}

impl Pair {
    /// Binds `port` and the one above it.
    pub(crate) fn bind(address: IpAddr, port: u16) -> io::Result<Self> {
        let even = bind(SocketAddr::new(address, port))?;
        let odd = bind(SocketAddr::new(address, port + 1))?;
        Ok(Self { port, rtp: even, rtcp: odd, is_ipv6: address.is_ipv6() })
    }

    /// Throws away what came before the port had a stream.
    pub(crate) fn drain(&self) {
        let mut byte = [0];
        for socket in [&self.rtp, &self.rtcp] {
            let mut left = DRAINED_MAX;
            while left > 0 && socket.recv_from(&mut byte).is_ok() {
                left -= 1;
            }
        }
    }

    fn send(&self, kind: Kind, to: SocketAddr, bytes: &[u8]) -> io::Result<usize> {
        let socket = if kind == Kind::Rtcp { &self.rtcp } else { &self.rtp };
        socket.send_to(bytes, mapped(to, self.is_ipv6))
    }
}

impl Sockets {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self {
            poller: Arc::new(Poller::new()?),
            events: Events::new(),
            watched: Slab::new(),
            slots: BTreeMap::new(),
            door: None,
        })
    }

    /// Binds the port that all browsers share and watches it; the port.
    pub(crate) fn open_door(&mut self, address: SocketAddr) -> io::Result<u16> {
        let socket = bind(address)?;
        let port = socket.local_addr()?.port();
        let door = self.door.insert(Door { socket, is_ipv6: address.is_ipv6() });
        add(&self.poller, &door.socket, DOOR)?;
        Ok(port)
    }

    /// Wakes [`Sockets::wait`] from another thread.
    pub(crate) fn waker(&self) -> Arc<Poller> {
        Arc::clone(&self.poller)
    }

    /// Watches the pair of a stream.
    pub(crate) fn watch(&mut self, stream: StreamId, pair: Pair) -> io::Result<()> {
        let slot = self.watched.insert(Watched { stream, pair });
        self.slots.insert(stream, slot);
        self.add(slot).inspect_err(|_| drop(self.release(stream)))
    }

    fn add(&self, slot: usize) -> io::Result<()> {
        let pair = &self.watched[slot].pair;
        add(&self.poller, &pair.rtp, slot * 2)?;
        add(&self.poller, &pair.rtcp, slot * 2 + 1)
    }

    /// Stops watching a stream's pair and hands it back.
    pub(crate) fn release(&mut self, stream: StreamId) -> Option<Pair> {
        let slot = self.slots.remove(&stream)?;
        let watched = self.watched.try_remove(slot)?;
        self.forget(&watched.pair);
        Some(watched.pair)
    }

    fn forget(&self, pair: &Pair) {
        for socket in [&pair.rtp, &pair.rtcp] {
            // It fails only for a socket that was never added.
            let _ = self.poller.delete(socket);
        }
    }

    /// Sleeps until a socket has something to read, the waker wakes, or the time is over; `None`
    /// sleeps without end.
    pub(crate) fn wait(&mut self, timeout: Option<Duration>, ready: &mut Vec<Ready>) {
        self.events.clear();
        ready.clear();
        match self.poller.wait(&mut self.events, timeout) {
            Ok(_) => ready.extend(self.events.iter().map(|event| Ready(event.key))),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => tracing::warn!(%error, "polling the media sockets"),
        }
    }

    /// Reads one datagram into `buffer`; `None` when there is no more.
    pub(crate) fn receive(
        &self,
        ready: Ready,
        buffer: &mut [u8],
    ) -> Option<(Entrance, SocketAddr, usize)> {
        if ready.is_door() {
            let (len, from) = self.door.as_ref()?.socket.recv_from(buffer).ok()?;
            return Some((Entrance::Door, from, len));
        }
        let watched = self.watched.get(ready.0 / 2)?;
        let kind = if ready.0.is_multiple_of(2) { Kind::Rtp } else { Kind::Rtcp };
        let pair = &watched.pair;
        let socket = if kind == Kind::Rtcp { &pair.rtcp } else { &pair.rtp };
        let (len, from) = socket.recv_from(buffer).ok()?;
        Some((Entrance::Stream(watched.stream, kind), from, len))
    }

    /// Sends a datagram from a stream's socket. What the kernel will not take is lost, as any
    /// datagram may be.
    pub(crate) fn send(&self, stream: StreamId, kind: Kind, to: SocketAddr, bytes: &[u8]) {
        let sent = if kind == Kind::Web {
            let Some(door) = &self.door else { return };
            door.socket.send_to(bytes, mapped(to, door.is_ipv6))
        } else {
            let slot = self.slots.get(&stream).and_then(|slot| self.watched.get(*slot));
            let Some(Watched { pair, .. }) = slot else { return };
            pair.send(kind, to, bytes)
        };
        if let Err(error) = sent {
            tracing::debug!(%stream, %to, %error, "a datagram was not sent");
        }
    }
}

impl Drop for Sockets {
    fn drop(&mut self) {
        for (_, watched) in &self.watched {
            self.forget(&watched.pair);
        }
        if let Some(door) = &self.door {
            let _ = self.poller.delete(&door.socket);
        }
    }
}

#[expect(unsafe_code, reason = "a poller's promise that this file keeps")]
fn add(poller: &Poller, socket: &UdpSocket, key: usize) -> io::Result<()> {
    // SAFETY: the socket stays in `Sockets::watched` or `Sockets::door` until `release` or `drop`
    // has deleted it from the poller.
    unsafe { poller.add_with_mode(socket, Event::readable(key), PollMode::Level) }
}

/// A dual-stack socket wants IPv4 addresses mapped.
fn mapped(to: SocketAddr, is_ipv6: bool) -> SocketAddr {
    match to {
        SocketAddr::V4(to) if is_ipv6 => {
            SocketAddr::new(to.ip().to_ipv6_mapped().into(), to.port())
        }
        to => to,
    }
}

fn bind(address: SocketAddr) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
    if address.is_ipv6() {
        socket.set_only_v6(false)?;
    } else {
        // Best effort: a container may forbid it.
        let _ = socket.set_tos_v4(EXPEDITED_FORWARDING);
    }
    // LIMITS 5: bursts are lost in the socket before the processor runs out. The kernel caps it.
    let _ = socket.set_recv_buffer_size(RECEIVE_BUFFER);
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    Ok(socket.into())
}

const RECEIVE_BUFFER: usize = 1 << 20;

/// DSCP 46 (RFC 3246), in the upper six bits.
const EXPEDITED_FORWARDING: u32 = 46 << 2;

/// The key of the door: no slot of the slab comes near it, and the poller keeps the highest.
const DOOR: usize = usize::MAX - 1;

/// More than a receive buffer holds.
const DRAINED_MAX: usize = 4096;
