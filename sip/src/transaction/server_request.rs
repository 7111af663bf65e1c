//! Non-INVITE server transaction: RFC 3261 §17.2.2, silent before its final response (RFC 4320).
//!
//! ```text
//!  Trying ──2xx-6xx──▶ Completed ──timer J──▶ Terminated
//!    (absorb)            │ resend on a retransmitted request
//! ```

use std::time::Instant;

use super::{ServerInput, ServerOutput};
use crate::endpoint::Timing;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Trying { give_up: Instant },
    Completed { until: Instant },
    Terminated,
}

#[derive(Debug)]
pub(crate) struct ServerRequest {
    state: State,
    reliable: bool,
    timing: Timing,
}

impl ServerRequest {
    /// Opens the transaction for a request that was just received.
    pub(crate) fn new(now: Instant, reliable: bool, timing: Timing) -> Self {
        Self { state: State::Trying { give_up: now + 64 * timing.t1 }, reliable, timing }
    }

    /// Advances the machine; everything to be done about it lands in `out`.
    pub(crate) fn handle(&mut self, now: Instant, input: ServerInput, out: &mut Vec<ServerOutput>) {
        use ServerInput::{Request, Respond, Tick};
        use State::{Completed, Terminated, Trying};

        self.state = match (self.state, input) {
            (Trying { .. }, Respond(200..)) => {
                out.push(ServerOutput::Send);
                if self.reliable {
                    Terminated
                } else {
                    Completed { until: now + 64 * self.timing.t1 }
                }
            }
            (state @ Completed { .. }, Request) => {
                out.push(ServerOutput::Resend);
                state
            }
            // RFC 4320 §4.2: an answer this late would only find a client that has given up.
            (Trying { give_up }, Tick) if now >= give_up => Terminated,
            (Completed { until }, Tick) if now >= until => Terminated,
            (state, _) => state,
        };
    }

    /// When [`ServerInput::Tick`] is next due; `None` while nothing is scheduled.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        match self.state {
            State::Trying { give_up: at } | State::Completed { until: at } => Some(at),
            State::Terminated => None,
        }
    }

    pub(crate) fn is_terminated(&self) -> bool {
        self.state == State::Terminated
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test reads the clock once, for its epoch")]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::transaction::ServerOutput::{Resend, Send};

    /// RFC 3261 §17.2.2: a retransmitted request gets the same final response until timer J: 32 s
    /// over UDP, 0 s over TCP.
    #[test]
    fn a_retransmitted_request_gets_the_same_response_until_timer_j() {
        let (epoch, mut out) = (Instant::now(), vec![]);
        let mut tx = ServerRequest::new(epoch, false, Timing::default());
        for input in [ServerInput::Request, ServerInput::Respond(200), ServerInput::Request] {
            tx.handle(epoch, input, &mut out);
        }
        assert_eq!(out, [Send, Resend]);
        assert_eq!(tx.deadline(), Some(epoch + Duration::from_secs(32)));
        tx.handle(epoch + Duration::from_millis(31_999), ServerInput::Tick, &mut out);
        assert!(!tx.is_terminated());
        tx.handle(epoch + Duration::from_secs(32), ServerInput::Tick, &mut out);
        assert!(tx.is_terminated());

        let mut tx = ServerRequest::new(epoch, true, Timing::default());
        tx.handle(epoch, ServerInput::Respond(200), &mut out);
        assert!(tx.is_terminated());
    }

    /// RFC 4320 §4.2 (I6): a request nobody answers in time gets no 408; it is forgotten.
    #[test]
    fn a_request_nobody_answers_is_forgotten_in_silence() {
        let (epoch, mut out) = (Instant::now(), vec![]);
        let mut tx = ServerRequest::new(epoch, false, Timing::default());
        tx.handle(epoch + Duration::from_secs(32), ServerInput::Tick, &mut out);
        assert!(tx.is_terminated());
        assert_eq!(out, []);
    }
}
