//! SIP over TCP: one task a connection, framing by Content-Length, CRLF keep-alives answered.
//!
//! A peer may be slow or hostile (FAULTS F23): a message must be whole 30 s after its first byte, a
//! connection that is silent for 15 minutes is closed, what it does not read is dropped with it at
//! 256 messages, and one source may hold 2,048 connections (an office behind one address) of at
//! most 4,096.
use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use sip::framing::{Frame, Framer};
use sip::{Flow, Transport};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, timeout, timeout_at};

/// What a connection tells the brain.
#[derive(Debug)]
pub enum Heard {
    /// One whole message.
    Message(Flow, Bytes),
    /// The connection is gone.
    Closed(Flow),
    /// It could not be made.
    Failed(Flow),
}

/// The TCP connections that carry SIP; cheap to clone.
#[derive(Clone)]
pub struct Tcp {
    shared: Arc<Shared>,
}

struct Shared {
    deliver: Box<dyn Fn(Heard) + Send + Sync>,
    runtime: tokio::runtime::Handle,
    open: Mutex<BTreeMap<u64, Connection>>,
    next: AtomicU64,
    stop: watch::Receiver<bool>,
}

struct Connection {
    flow: Flow,
    outgoing: mpsc::Sender<Bytes>,
}

impl Tcp {
    /// No connection yet; `deliver` is called from tasks and must not block.
    pub fn new(
        runtime: tokio::runtime::Handle,
        stop: watch::Receiver<bool>,
        deliver: impl Fn(Heard) + Send + Sync + 'static,
    ) -> Self {
        let shared = Shared {
            deliver: Box::new(deliver),
            runtime,
            open: Mutex::default(),
            next: AtomicU64::new(1),
            stop,
        };
        Self { shared: Arc::new(shared) }
    }

    /// Accepts connections until the edges stop.
    pub async fn accept(self, listener: TcpListener) {
        let mut stop = self.shared.stop.clone();
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                _ = stop.wait_for(|stopped| *stopped) => return,
            };
            match accepted {
                Ok((stream, remote)) => {
                    if let Err(error) = self.open(stream, remote) {
                        tracing::debug!(%remote, %error, "SIP connection refused");
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a SIP connection");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        }
    }

    /// Queues a message; a flow without a connection takes the one there is to its peer, or makes
    /// one.
    pub fn send(&self, flow: &Flow, bytes: Bytes) {
        let open = self.shared.lock();
        let connection = match flow.connection {
            0 => open.values().find(|connection| connection.flow.remote == flow.remote),
            id => open.get(&id),
        };
        match connection.map(|connection| connection.outgoing.try_send(bytes.clone())) {
            Some(Ok(())) => {}
            Some(Err(_)) => tracing::debug!(remote = %flow.remote, "a SIP peer does not read"),
            None if flow.connection == 0 => {
                drop(open);
                let (tcp, flow) = (self.clone(), *flow);
                self.shared.runtime.spawn(async move { tcp.connect(flow, bytes).await });
            }
            None => {
                drop(open);
                (self.shared.deliver)(Heard::Failed(*flow));
            }
        }
    }

    async fn connect(self, flow: Flow, first: Bytes) {
        let connected = timeout(CONNECT_MAX, TcpStream::connect(flow.remote)).await;
        let opened = match connected {
            Ok(Ok(stream)) => self.open(stream, flow.remote),
            Ok(Err(error)) => Err(error),
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        };
        match opened {
            Ok(outgoing) => drop(outgoing.try_send(first)),
            Err(error) => {
                tracing::debug!(remote = %flow.remote, %error, "cannot connect to a SIP peer");
                (self.shared.deliver)(Heard::Failed(flow));
            }
        }
    }

    fn open(&self, stream: TcpStream, remote: SocketAddr) -> io::Result<mpsc::Sender<Bytes>> {
        stream.set_nodelay(true)?;
        let connection = self.shared.next.fetch_add(1, Ordering::Relaxed);
        let local = stream.local_addr()?;
        let flow = Flow { transport: Transport::Tcp, local, remote, connection };
        let (outgoing, queued) = mpsc::channel(OUTGOING_MAX);
        self.shared.admit(flow, outgoing.clone())?;
        let (reader, writer) = stream.into_split();
        let tcp = self.clone();
        let pong = outgoing.clone();
        self.shared.runtime.spawn(async move {
            let mut stop = tcp.shared.stop.clone();
            tokio::select! {
                ended = tcp.read(flow, reader, pong) => {
                    tracing::debug!(%remote, why = ended, "SIP connection ended");
                }
                () = write(writer, queued) => {}
                _ = stop.wait_for(|stopped| *stopped) => {}
            }
            tcp.shared.lock().remove(&connection);
            (tcp.shared.deliver)(Heard::Closed(flow));
        });
        Ok(outgoing)
    }

    /// Reads until the peer closes or misbehaves; says why it ended.
    async fn read(
        &self,
        flow: Flow,
        mut reader: OwnedReadHalf,
        pong: mpsc::Sender<Bytes>,
    ) -> &'static str {
        let mut framer = Framer::default();
        let mut buffer = vec![0; READ_BYTES];
        let mut whole_by: Option<Instant> = None;
        loop {
            let until = whole_by.unwrap_or_else(|| Instant::now() + SILENCE_MAX);
            let length = match timeout_at(until, reader.read(&mut buffer)).await {
                Ok(Ok(0)) => return "closed by the peer",
                Ok(Ok(length)) => length,
                Ok(Err(_)) => return "broken",
                Err(_) if whole_by.is_some() => return "a message took too long",
                Err(_) => return "silent for too long",
            };
            framer.push(&buffer[..length]);
            loop {
                match framer.next_frame() {
                    Some(Ok(Frame::Message(bytes))) => {
                        (self.shared.deliver)(Heard::Message(flow, bytes));
                        whole_by = None;
                    }
                    Some(Ok(Frame::Ping)) => drop(pong.try_send(Bytes::from_static(b"\r\n"))),
                    Some(Ok(Frame::Pong)) => {}
                    Some(Err(_)) => return "sent what is not SIP",
                    None => break,
                }
            }
            if framer.buffered() == 0 {
                whole_by = None;
            } else if whole_by.is_none() {
                whole_by = Some(Instant::now() + MESSAGE_MAX);
            }
        }
    }
}

impl Shared {
    fn admit(&self, flow: Flow, outgoing: mpsc::Sender<Bytes>) -> io::Result<()> {
        let mut open = self.lock();
        let from = |ip: IpAddr| move |other: &&Connection| other.flow.remote.ip() == ip;
        if open.len() >= CONNECTIONS_MAX {
            return Err(io::Error::other("too many connections"));
        }
        if open.values().filter(from(flow.remote.ip())).count() >= CONNECTIONS_PER_SOURCE {
            return Err(io::Error::other("too many connections from this address"));
        }
        open.insert(flow.connection, Connection { flow, outgoing });
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<u64, Connection>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn write(mut writer: OwnedWriteHalf, mut queued: mpsc::Receiver<Bytes>) {
    while let Some(bytes) = queued.recv().await {
        match timeout(MESSAGE_MAX, writer.write_all(&bytes)).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) | Err(_) => return,
        }
    }
}

const CONNECTIONS_MAX: usize = 4_096;
const CONNECTIONS_PER_SOURCE: usize = 2_048;
const OUTGOING_MAX: usize = 256;
const READ_BYTES: usize = 16 << 10;
const CONNECT_MAX: Duration = Duration::from_secs(4);
const MESSAGE_MAX: Duration = Duration::from_secs(30);
const SILENCE_MAX: Duration = Duration::from_mins(15);
