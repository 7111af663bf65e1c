//! One byte stream, plain or under TLS: framed by Content-Length (RFC 3261 §18.3), its CRLF
//! keep-alives answered (RFC 5626 §4.4.1).

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use sip::Flow;
use sip::framing::{Frame, Framer};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::{Heard, Shared};

/// What a running connection has to do with: the brain, and what is to be sent.
pub(super) struct Ends {
    pub(super) shared: Arc<Shared>,
    pub(super) flow: Flow,
    pub(super) queued: mpsc::Receiver<Bytes>,
}

impl Ends {
    /// Hands one whole message to the brain.
    pub(super) fn deliver(&self, bytes: Bytes) {
        self.shared.table().spoke(self.flow.connection);
        (self.shared.deliver)(Heard::Message(self.flow, bytes));
    }
}

/// Carries messages both ways until the stream ends; says why it did.
pub(super) async fn run<S>(ends: Ends, stream: S) -> &'static str
where
    S: AsyncRead + AsyncWrite,
{
    let (mut reader, mut writer) = tokio::io::split(stream);
    let (pong, mut pongs) = mpsc::channel(1);
    let Ends { shared, flow, mut queued } = ends;
    let reading = read(&shared, flow, &mut reader, &pong);
    let writing = async {
        loop {
            let bytes = tokio::select! {
                Some(bytes) = queued.recv() => bytes,
                Some(bytes) = pongs.recv() => bytes,
                else => return "closed by us",
            };
            match timeout(MESSAGE_MAX, writer.write_all(&bytes)).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) => return "broken",
                Err(_) => return "does not read",
            }
        }
    };
    tokio::select! {
        why = reading => why,
        why = writing => why,
    }
}

/// Reads until the peer closes or misbehaves.
async fn read(
    shared: &Shared,
    flow: Flow,
    reader: &mut (impl AsyncRead + Unpin),
    pong: &mpsc::Sender<Bytes>,
) -> &'static str {
    let mut framer = Framer::default();
    let mut buffer = vec![0; READ_BYTES];
    // Set while a message has begun; at first, while none has come.
    let mut whole_by = Some(Instant::now() + MESSAGE_MAX);
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
        while let Some(frame) = framer.next_frame() {
            match frame {
                Ok(Frame::Message(bytes)) => {
                    shared.table().spoke(flow.connection);
                    (shared.deliver)(Heard::Message(flow, bytes));
                    whole_by = None;
                }
                // A pong that waits is as good as two.
                Ok(Frame::Ping) => drop(pong.try_send(Bytes::from_static(b"\r\n"))),
                Ok(Frame::Pong) => {}
                Err(rejected) => {
                    (shared.deliver)(Heard::Unframed(flow, Box::new(rejected)));
                    // The answer leaves before the connection does.
                    sleep(LINGER).await;
                    return "sent what is not SIP";
                }
            }
        }
        if framer.buffered() > 0 && whole_by.is_none() {
            whole_by = Some(Instant::now() + MESSAGE_MAX);
        }
    }
}

const READ_BYTES: usize = 16 << 10;
pub(super) const MESSAGE_MAX: Duration = Duration::from_secs(30);

/// Longer than the longest registration: a phone may be quiet between two of them, and the
/// kernel's keep-alives find the dead ones sooner.
const SILENCE_MAX: Duration = Duration::from_mins(75);

const LINGER: Duration = Duration::from_millis(500);
