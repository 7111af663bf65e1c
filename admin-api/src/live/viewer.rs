//! One browser that watches: the loop between the hub and a WebSocket.
//!
//! ```text
//!   after known ──▶ events after it ─┐
//!   none, too old ──▶ snapshot ──────┴─▶ wait for news ──▶ events, at most 256 at once ──┐
//!                                            ▲                                            │
//!                                            └────────────────────────────────────────────┘
//! ```
//!
//! The viewer is closed, with the reason in the close frame, when it reads too slowly, when its
//! login ends, when it does not answer pings, and when it talks: nothing is expected from it.

use std::collections::BTreeSet;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket};
use routing::{AgentId, CallId};
use tokio::time::{Instant, interval, timeout};

use super::{Hub, LiveEvent, Next, Numbered, Published};

/// What one viewer may see, and where it stands.
#[derive(Debug)]
pub(crate) struct Viewer {
    /// The events of one agent only; none is all events.
    own: Option<AgentId>,
    /// The calls that an agent's viewer believes to be live.
    shown: BTreeSet<CallId>,
    /// The last event it was given.
    at: u64,
}

/// Why a viewer was closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Leave {
    /// It hung up, or the network did.
    Gone,
    /// It read too slowly to keep up.
    Slow,
    /// Its login ended.
    SignedOut,
    /// It did not answer pings.
    Silent,
    /// It sent something.
    Talked,
}

impl Leave {
    /// Code (RFC 6455 §7.4.2: 4000 and up are ours) and reason of the close frame.
    fn frame(self) -> Option<CloseFrame> {
        let (code, reason) = match self {
            Self::Gone => return None,
            Self::Slow => (4000, "too slow: come back with after= to resume or for a snapshot"),
            Self::SignedOut => (4001, "signed out"),
            Self::Silent => (4002, "no answer to pings"),
            Self::Talked => (1003, "nothing is expected from a viewer"),
        };
        Some(CloseFrame { code, reason: Utf8Bytes::from_static(reason) })
    }
}

impl Viewer {
    /// A viewer who sees everything, or one agent's events only.
    pub(crate) fn new(own: Option<AgentId>) -> Self {
        Self { own, shown: BTreeSet::new(), at: 0 }
    }

    /// Serves the socket until one of the two sides has had enough.
    ///
    /// `after` is the last event that the viewer knows; `signed_in` is asked every second.
    pub(crate) async fn serve<F>(
        mut self,
        mut socket: WebSocket,
        hub: &Hub,
        after: Option<u64>,
        signed_in: impl Fn() -> F,
    ) -> Leave
    where
        F: Future<Output = bool> + Send,
    {
        let leave = match self.begin(&mut socket, hub, after).await {
            Ok(()) => self.watch(&mut socket, hub, signed_in).await,
            Err(leave) => leave,
        };
        if let Some(frame) = leave.frame() {
            // The peer may be gone already; then there is nobody left to tell.
            let _ = timeout(PATIENCE, socket.send(Message::Close(Some(frame)))).await;
        }
        leave
    }

    async fn begin(
        &mut self,
        socket: &mut WebSocket,
        hub: &Hub,
        after: Option<u64>,
    ) -> Result<(), Leave> {
        if let Some(seq) = after
            && let Next::Events(events) = hub.after(seq)
        {
            self.at = seq;
            return self.send(socket, &events).await;
        }
        let text = self.snapshot(hub);
        send(socket, text).await
    }

    /// Everything that is live and may be seen, as one message.
    fn snapshot(&mut self, hub: &Hub) -> Utf8Bytes {
        let snapshot = hub.snapshot();
        self.at = snapshot.seq;
        let texts = snapshot.events.iter().filter_map(|event| self.view(event));
        let events = texts.collect::<Vec<_>>();
        let length = events.iter().map(|text| text.len() + 1).sum::<usize>();
        let mut text = String::with_capacity(length + 64);
        text.push_str(r#"{"snapshot":{"seq":"#);
        text.push_str(&self.at.to_string());
        text.push_str(r#","events":["#);
        for (index, event) in events.iter().enumerate() {
            if index > 0 {
                text.push(',');
            }
            text.push_str(event);
        }
        text.push_str("]}}");
        text.into()
    }

    async fn watch<F>(
        &mut self,
        socket: &mut WebSocket,
        hub: &Hub,
        signed_in: impl Fn() -> F,
    ) -> Leave
    where
        F: Future<Output = bool> + Send,
    {
        let mut news = hub.newest();
        let mut second = interval(SECOND);
        let mut heard = Instant::now();
        let mut pinged = heard;
        loop {
            tokio::select! {
                changed = news.changed() => {
                    if changed.is_err() {
                        return Leave::Gone;
                    }
                    if let Err(leave) = self.catch_up(socket, hub).await {
                        return leave;
                    }
                }
                received = socket.recv() => match received {
                    Some(Ok(Message::Pong(_) | Message::Ping(_))) => heard = Instant::now(),
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return Leave::Gone,
                    Some(Ok(Message::Text(_) | Message::Binary(_))) => return Leave::Talked,
                },
                _ = second.tick() => {
                    if !signed_in().await {
                        return Leave::SignedOut;
                    }
                    if heard.elapsed() > SILENCE {
                        return Leave::Silent;
                    }
                    if pinged.elapsed() >= PING_EVERY {
                        pinged = Instant::now();
                        let ping = socket.send(Message::Ping(bytes::Bytes::new()));
                        if !matches!(timeout(PATIENCE, ping).await, Ok(Ok(()))) {
                            return Leave::Slow;
                        }
                    }
                }
            }
        }
    }

    async fn catch_up(&mut self, socket: &mut WebSocket, hub: &Hub) -> Result<(), Leave> {
        loop {
            match hub.after(self.at) {
                Next::Gone => return Err(Leave::Slow),
                Next::Events(events) if events.is_empty() => return Ok(()),
                Next::Events(events) => self.send(socket, &events).await?,
            }
        }
    }

    async fn send(
        &mut self,
        socket: &mut WebSocket,
        events: &[std::sync::Arc<Published>],
    ) -> Result<(), Leave> {
        for event in events {
            self.at = event.numbered.seq;
            if let Some(text) = self.view(event) {
                send(socket, text).await?;
            }
        }
        Ok(())
    }

    /// The event as this viewer may see it.
    pub(crate) fn view(&mut self, event: &Published) -> Option<Utf8Bytes> {
        let Some(own) = self.own else { return Some(event.text()) };
        match &event.numbered.event {
            LiveEvent::Agent(view) => (view.id == own).then(|| event.text()),
            LiveEvent::AgentGone { id } => (*id == own).then(|| event.text()),
            LiveEvent::Message { to, .. } => (*to == own).then(|| event.text()),
            LiveEvent::Call(view) if view.agent == Some(own) || view.by == Some(own) => {
                self.shown.insert(view.id);
                Some(event.text())
            }
            // The call went on without this agent: to this viewer it is over.
            LiveEvent::Call(view) => self.shown.remove(&view.id).then(|| gone(event, view.id)),
            LiveEvent::CallGone { id } => self.shown.remove(id).then(|| event.text()),
            _ => None,
        }
    }
}

fn gone(event: &Published, id: CallId) -> Utf8Bytes {
    let Numbered { seq, at, .. } = event.numbered;
    let gone = Numbered { seq, at, event: LiveEvent::CallGone { id } };
    serde_json::to_string(&gone).unwrap_or_default().into()
}

async fn send(socket: &mut WebSocket, text: Utf8Bytes) -> Result<(), Leave> {
    match timeout(PATIENCE, socket.send(Message::Text(text))).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) => Err(Leave::Gone),
        Err(_) => Err(Leave::Slow),
    }
}

/// Longer than this no message may wait for the viewer's network.
const PATIENCE: Duration = Duration::from_secs(10);

const SECOND: Duration = Duration::from_secs(1);

const PING_EVERY: Duration = Duration::from_secs(20);

const SILENCE: Duration = Duration::from_mins(1);
