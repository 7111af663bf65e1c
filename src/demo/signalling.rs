//! Signalling: one UDP socket around a [`sip::Endpoint`], as a telephone or a carrier has it.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::time::Instant;

use bytes::Bytes;
use sip::{Endpoint, Event, Flow, Output, Transport};
use tokio::net::UdpSocket;

/// A socket, its endpoint, and the events not yet taken.
#[derive(Debug)]
pub struct Signalling {
    socket: UdpSocket,
    local: SocketAddr,
    endpoint: Endpoint,
    out: Vec<Output>,
    events: VecDeque<Event>,
    buffer: Vec<u8>,
}

/// Largest datagram taken (I11).
const DATAGRAM_MAX: usize = 65_535;

impl Signalling {
    /// Binds a socket; port 0 takes any.
    pub async fn bind(
        address: SocketAddr,
        config: sip::Config,
        seed: [u8; 32],
    ) -> io::Result<Self> {
        let socket = UdpSocket::bind(address).await?;
        // Until the runtime has once seen it writable, `try_send_to` would refuse.
        socket.writable().await?;
        Ok(Self {
            local: socket.local_addr()?,
            socket,
            endpoint: Endpoint::new(config, seed),
            out: vec![],
            events: VecDeque::new(),
            buffer: vec![0; DATAGRAM_MAX],
        })
    }

    /// The address it is bound to.
    #[must_use]
    pub fn local(&self) -> SocketAddr {
        self.local
    }

    /// The path from here to `remote`.
    #[must_use]
    pub fn path(&self, remote: SocketAddr) -> Flow {
        Flow::udp(self.local, remote)
    }

    /// The endpoint, to be read.
    #[must_use]
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Runs one of the endpoint's verbs now, and sends what comes of it.
    pub fn act<T>(
        &mut self,
        verb: impl FnOnce(&mut Endpoint, Instant, &mut Vec<Output>) -> T,
    ) -> T {
        let result = verb(&mut self.endpoint, Instant::now(), &mut self.out);
        self.flush();
        result
    }

    /// The next event. Dropping the future loses nothing.
    pub async fn next(&mut self) -> Event {
        loop {
            if let Some(event) = self.events.pop_front() {
                return event;
            }
            let deadline = self.endpoint.deadline().map(tokio::time::Instant::from_std);
            tokio::select! {
                received = self.socket.recv_from(&mut self.buffer) => {
                    // An ICMP error of an earlier send: the transaction's own timers see to it.
                    let Ok((length, from)) = received else { continue };
                    let bytes = Bytes::copy_from_slice(&self.buffer[..length]);
                    let flow = self.path(from);
                    self.act(|endpoint, now, out| endpoint.receive(now, flow, bytes, out));
                }
                () = sleep_until(deadline) => {
                    self.act(Endpoint::tick);
                }
            }
        }
    }

    fn flush(&mut self) {
        for output in self.out.drain(..) {
            match output {
                Output::Event(event) => self.events.push_back(event),
                Output::Send { flow, bytes } if flow.transport == Transport::Udp => {
                    // A full socket buffer is a lost datagram: SIP over UDP retransmits.
                    if let Err(error) = self.socket.try_send_to(&bytes, flow.remote) {
                        tracing::debug!(%error, to = %flow.remote, "datagram not sent");
                    }
                }
                Output::Send { flow, .. } => {
                    tracing::warn!(transport = %flow.transport, "simulated parties speak UDP only");
                }
            }
        }
    }
}

/// Waits for a deadline; for ever where there is none.
pub(super) async fn sleep_until(deadline: Option<tokio::time::Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}
