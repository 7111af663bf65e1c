//! One WebSocket: a message of SIP in each message of it (RFC 7118 §5), text or binary.
//!
//! We ping every 25 s, since a browser cannot (RFC 7118 §6); a peer that says nothing for 70 s, not
//! even a pong, is gone. More than 50 messages a second wait their turn (FAULTS S10): the peer is
//! read more slowly, and nobody else notices.

use std::time::Duration;

use axum::extract::ws::{Message, WebSocket};
use bytes::Bytes;
use sip::framing::is_keep_alive;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until, timeout, timeout_at};

use super::stream::{Ends, MESSAGE_MAX};

/// Carries messages both ways until the socket ends; says why it did.
pub(super) async fn run(mut ends: Ends, mut socket: WebSocket) -> &'static str {
    let started = Instant::now();
    let (mut heard_at, mut spoke, mut pace) = (started, false, Pace::new(started));
    let mut ping = interval(PING);
    ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        // Pongs alone do not keep a stranger who never says anything in SIP.
        let until = if spoke { heard_at + SILENCE_MAX } else { started + MESSAGE_MAX };
        let answer = tokio::select! {
            heard = timeout_at(until, socket.recv()) => {
                let Ok(heard) = heard else { return "silent for too long" };
                heard_at = Instant::now();
                let bytes = match heard {
                    Some(Ok(Message::Text(text))) => Bytes::from(text),
                    Some(Ok(Message::Binary(bytes))) => bytes,
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
                    Some(Ok(Message::Close(_))) | None => return "closed by the peer",
                    Some(Err(_)) => return "broken",
                };
                if is_keep_alive(&bytes) {
                    // RFC 5626 §4.4.1: some clients keep alive by CRLF here too.
                    if bytes.len() < 4 { continue }
                    Message::Text("\r\n".into())
                } else {
                    ends.deliver(bytes);
                    spoke = true;
                    sleep_until(pace.next(heard_at)).await;
                    continue;
                }
            }
            Some(bytes) = ends.queued.recv() => message(bytes),
            _ = ping.tick() => Message::Ping(Bytes::new()),
        };
        match timeout(MESSAGE_MAX, socket.send(answer)).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => return "broken",
            Err(_) => return "does not read",
        }
    }
}

/// Text where it is text: what a browser's SIP stack reads without a detour.
fn message(bytes: Bytes) -> Message {
    match bytes.clone().try_into() {
        Ok(text) => Message::Text(text),
        Err(_) => Message::Binary(bytes),
    }
}

/// How fast messages are taken: a burst, then one after another.
struct Pace {
    /// When the next message may be taken, had there been no burst to spend.
    due: Instant,
}

impl Pace {
    fn new(now: Instant) -> Self {
        Self { due: now }
    }

    /// Counts a message that came `now`; the moment from which the next one is taken.
    fn next(&mut self, now: Instant) -> Instant {
        self.due = self.due.max(now) + SPACING;
        (self.due.checked_sub(SPACING * BURST)).map_or(now, |at| at.max(now))
    }
}

const PING: Duration = Duration::from_secs(25);
const SILENCE_MAX: Duration = Duration::from_secs(70);
const SPACING: Duration = Duration::from_millis(20);
const BURST: u32 = 100;

#[cfg(test)]
mod tests {
    use super::*;

    /// FAULTS S10: a burst of 100 is taken at once, then one every 20 ms; rest earns it back.
    #[test]
    fn a_flood_is_taken_at_fifty_messages_a_second() {
        let start = Instant::now();
        let mut pace = Pace::new(start);
        for _ in 0..BURST {
            assert_eq!(pace.next(start), start);
        }
        assert_eq!(pace.next(start), start + SPACING);
        assert_eq!(pace.next(start), start + SPACING * 2);
        let rested = start + SPACING * (BURST + 2);
        assert_eq!(pace.next(rested), rested);
    }

    #[test]
    fn text_is_sent_as_text_and_all_else_as_binary() {
        assert!(
            matches!(message(Bytes::from_static(b"BYE")), Message::Text(text) if text == "BYE")
        );
        assert!(matches!(message(Bytes::from_static(b"\xFF")), Message::Binary(_)));
    }
}
