//! A 2xx to an INVITE, sent again until its ACK: RFC 3261 §13.3.1.4, whatever the transport.
//!
//! ```text
//!  T1, 2·T1, 4·T1 … at most T2 apart, until ACK or 64·T1
//! ```

use std::time::{Duration, Instant};

use bytes::Bytes;

use super::context::Context;
use crate::endpoint::Timing;
use crate::transaction::ServerId;

#[derive(Debug)]
pub(crate) struct Repeat {
    server: ServerId,
    bytes: Bytes,
    /// CSeq number of the INVITE, which its ACK repeats.
    pub(super) number: u32,
    again: Instant,
    interval: Duration,
    give_up: Instant,
}

impl Repeat {
    /// For a 2xx that has just been sent once.
    pub(crate) fn new(
        now: Instant,
        timing: Timing,
        server: ServerId,
        number: u32,
        bytes: Bytes,
    ) -> Self {
        let Timing { t1, .. } = timing;
        Self { server, bytes, number, again: now + t1, interval: t1, give_up: now + 64 * t1 }
    }

    pub(crate) fn deadline(&self) -> Instant {
        self.again.min(self.give_up)
    }

    /// Sends again what is due; `false` once the ACK is overdue.
    pub(crate) fn tick(&mut self, context: &mut Context<'_>) -> bool {
        if context.now >= self.give_up {
            return false;
        }
        if context.now >= self.again {
            context.layer.respond(context.now, self.server, 200, self.bytes.clone(), context.out);
            self.interval = (self.interval * 2).min(context.config.timing.t2);
            self.again += self.interval;
        }
        true
    }
}
