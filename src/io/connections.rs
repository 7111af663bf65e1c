//! SIP over connections: TCP, TLS, and WebSockets in the clear and under TLS, in one table.
//!
//! ```text
//!  accepted ──▶ seat in the table ──▶ TLS handshake ──▶ messages ──▶ Heard::Message
//!  sent to a peer without one ──▶ seat ──▶ connect ──────┘     └──▶ Heard::Closed, once
//! ```
//! A peer may be slow or hostile (FAULTS F23). A handshake takes 10 s at most, the first whole
//! message 30 s, each further one 30 s from its first byte; what a peer does not read is dropped
//! with it at 256 messages. One source holds at most 4,096 connections of 16,384; at either bound
//! the oldest that has never brought a message gives way to the newcomer.

mod stream;
mod table;
mod websocket;

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::extract::ws::WebSocket;
use bytes::Bytes;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ServerConfig};
use sip::message::Rejected;
use sip::{Flow, Transport};
use socket2::{SockRef, TcpKeepalive};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_rustls::{TlsAcceptor, TlsConnector};

use stream::Ends;
use table::{Seat, Table};

/// What a connection tells the brain.
#[derive(Debug)]
pub enum Heard {
    /// One whole message.
    Message(Flow, Bytes),
    /// What came cannot be cut into messages; the connection closes once it has been answered.
    Unframed(Flow, Box<Rejected>),
    /// The connection is gone.
    Closed(Flow),
    /// It could not be made.
    Failed(Flow),
}

/// The connections that carry SIP; cheap to clone.
#[derive(Clone)]
pub struct Connections {
    shared: Arc<Shared>,
}

struct Shared {
    deliver: Box<dyn Fn(Heard) + Send + Sync>,
    runtime: tokio::runtime::Handle,
    client: Arc<ClientConfig>,
    table: Mutex<Table>,
    /// Names that trunks' addresses were found by: what their certificates have to say.
    names: Mutex<HashMap<SocketAddr, String>>,
    stop: watch::Receiver<bool>,
}

impl Connections {
    /// No connection yet; `client` says whose certificates are believed where we connect, and
    /// `deliver` is called from tasks and must not block.
    pub fn new(
        runtime: tokio::runtime::Handle,
        stop: watch::Receiver<bool>,
        client: Arc<ClientConfig>,
        deliver: impl Fn(Heard) + Send + Sync + 'static,
    ) -> Self {
        let shared = Shared {
            deliver: Box::new(deliver),
            runtime,
            client,
            table: Mutex::default(),
            names: Mutex::default(),
            stop,
        };
        Self { shared: Arc::new(shared) }
    }

    /// Accepts connections, with TLS where there is a configuration for it, until the edges stop.
    pub async fn accept(self, listener: TcpListener, tls: Option<Arc<ServerConfig>>) {
        let mut stop = self.shared.stop.clone();
        let tls = tls.map(TlsAcceptor::from);
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                _ = stop.wait_for(|stopped| *stopped) => return,
            };
            match accepted {
                Ok((stream, remote)) => {
                    if let Err(error) = self.take(stream, remote, tls.as_ref()) {
                        tracing::debug!(%remote, %error, "SIP connection refused");
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a SIP connection");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    /// Carries SIP over a WebSocket (RFC 7118) until it ends.
    pub async fn websocket(
        &self,
        transport: Transport,
        local: SocketAddr,
        remote: SocketAddr,
        socket: WebSocket,
    ) {
        let flow = Flow { transport, local, remote, connection: 0 };
        let seat = self.shared.table().admit(flow);
        match seat {
            Ok(seat) => self.clone().occupy(seat, |ends| websocket::run(ends, socket)).await,
            Err(full) => tracing::debug!(%remote, error = %full, "SIP WebSocket refused"),
        }
    }

    /// Queues a message; a flow without a connection takes the one there is to its peer, or makes
    /// one where that can be done.
    pub fn send(&self, flow: &Flow, bytes: Bytes) {
        let mut table = self.shared.table();
        if let Some(outgoing) = table.outgoing(flow) {
            if outgoing.try_send(bytes).is_err() {
                tracing::debug!(remote = %flow.remote, "a SIP peer does not read");
            }
            return;
        }
        let connects = matches!(flow.transport, Transport::Tcp | Transport::Tls);
        // A browser cannot be connected to, and a stream that is gone stays gone.
        let seat = (connects && flow.connection == 0).then(|| table.admit(*flow));
        drop(table);
        match seat {
            Some(Ok(seat)) => {
                // The queue is empty yet.
                let _ = seat.outgoing.try_send(bytes);
                self.shared.runtime.spawn(self.clone().connect(*flow, seat));
            }
            Some(Err(_)) | None => (self.shared.deliver)(Heard::Failed(*flow)),
        }
    }

    /// Remembers the host name that an address was found by: it is sent as SNI, and the peer's
    /// certificate has to be for it (RFC 5922 §7.3).
    pub fn name(&self, address: SocketAddr, host: &str) {
        let mut names = self.shared.names.lock().unwrap_or_else(PoisonError::into_inner);
        if names.len() < NAMES_MAX || names.contains_key(&address) {
            names.insert(address, host.to_owned());
        }
    }

    /// How many connections are open.
    #[must_use]
    pub fn open(&self) -> usize {
        self.shared.table().len()
    }

    fn take(
        &self,
        stream: TcpStream,
        remote: SocketAddr,
        tls: Option<&TlsAcceptor>,
    ) -> io::Result<()> {
        tune(&stream)?;
        let transport = if tls.is_some() { Transport::Tls } else { Transport::Tcp };
        let flow = Flow { transport, local: stream.local_addr()?, remote, connection: 0 };
        let seat = self.shared.table().admit(flow).map_err(io::Error::other)?;
        let tls = tls.cloned();
        let occupied = self.clone().occupy(seat, move |ends| async move {
            let Some(tls) = tls else { return stream::run(ends, stream).await };
            match timeout(HANDSHAKE_MAX, tls.accept(stream)).await {
                Ok(Ok(stream)) => stream::run(ends, stream).await,
                Ok(Err(error)) => {
                    tracing::debug!(%remote, %error, "a SIP peer broke the TLS handshake off");
                    "no TLS"
                }
                Err(_) => "its TLS handshake took too long",
            }
        });
        self.shared.runtime.spawn(occupied);
        Ok(())
    }

    async fn connect(self, flow: Flow, seat: Seat) {
        let connected = timeout(CONNECT_MAX, self.reach(flow)).await;
        match connected.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())) {
            Ok(Reached::Tcp(stream)) => self.occupy(seat, |ends| stream::run(ends, stream)).await,
            Ok(Reached::Tls(stream)) => self.occupy(seat, |ends| stream::run(ends, *stream)).await,
            Err(error) => {
                tracing::info!(remote = %flow.remote, %error, "cannot connect to a SIP peer");
                self.shared.table().leave(seat.flow.connection);
                (self.shared.deliver)(Heard::Failed(flow));
            }
        }
    }

    async fn reach(&self, flow: Flow) -> io::Result<Reached> {
        let stream = TcpStream::connect(flow.remote).await?;
        tune(&stream)?;
        if flow.transport == Transport::Tcp {
            return Ok(Reached::Tcp(stream));
        }
        let name = {
            let names = self.shared.names.lock().unwrap_or_else(PoisonError::into_inner);
            names.get(&flow.remote).cloned()
        };
        let name = match name {
            Some(name) => ServerName::try_from(name).map_err(io::Error::other)?,
            None => ServerName::from(flow.remote.ip()),
        };
        let tls = TlsConnector::from(self.shared.client.clone());
        Ok(Reached::Tls(Box::new(tls.connect(name, stream).await?)))
    }

    /// Runs a connection in its seat, and frees the seat when it ends or has to give way.
    async fn occupy<F>(self, seat: Seat, run: impl FnOnce(Ends) -> F)
    where
        F: Future<Output = &'static str>,
    {
        let Seat { flow, queued, mut evicted, .. } = seat;
        let mut stop = self.shared.stop.clone();
        let ends = Ends { shared: self.shared.clone(), flow, queued };
        let why = tokio::select! {
            why = run(ends) => why,
            _ = &mut evicted => "gave way",
            _ = stop.wait_for(|stopped| *stopped) => "stopped",
        };
        tracing::debug!(remote = %flow.remote, transport = %flow.transport, why, "SIP flow ended");
        self.shared.table().leave(flow.connection);
        (self.shared.deliver)(Heard::Closed(flow));
    }
}

enum Reached {
    Tcp(TcpStream),
    Tls(Box<tokio_rustls::client::TlsStream<TcpStream>>),
}

impl Shared {
    /// A panic elsewhere cannot leave it half-changed: every change is one call.
    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// SIP waits for nobody's second segment, and a peer that lost its power sends no FIN.
fn tune(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let probe = TcpKeepalive::new().with_time(KEEP_ALIVE).with_interval(KEEP_ALIVE);
    SockRef::from(stream).set_tcp_keepalive(&probe)
}

const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
const CONNECT_MAX: Duration = Duration::from_secs(4);
const HANDSHAKE_MAX: Duration = Duration::from_secs(10);
const KEEP_ALIVE: Duration = Duration::from_secs(45);

/// Addresses of trunks: a hundred carriers with forty each.
const NAMES_MAX: usize = 4_096;
