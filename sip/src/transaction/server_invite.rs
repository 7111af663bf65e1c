//! INVITE server transaction: RFC 3261 §17.2.1, with the Accepted state of RFC 6026 §7.1.
//!
//! ```text
//!  Proceeding ──2xx──▶ Accepted ──timer L──────────────────────▶ Terminated
//!     │ resend 1xx       (the leg resends its 2xx)
//!     └─3xx-6xx──▶ Completed ──ACK──▶ Confirmed ──timer I──────▶ Terminated
//!                   │ G: resend
//!                   └── H ─────────────────────────────────────▶ Terminated
//! ```

use std::time::{Duration, Instant};

use super::{ServerInput, ServerOutput};
use crate::endpoint::Timing;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Proceeding,
    Accepted { until: Instant },
    Completed { resend: Option<Instant>, interval: Duration, give_up: Instant },
    Confirmed { until: Instant },
    Terminated,
}

#[derive(Debug)]
pub(crate) struct ServerInvite {
    state: State,
    reliable: bool,
    timing: Timing,
}

impl ServerInvite {
    /// Opens the transaction for an INVITE that was just received.
    pub(crate) fn new(reliable: bool, timing: Timing) -> Self {
        Self { state: State::Proceeding, reliable, timing }
    }

    /// Advances the machine; everything to be done about it lands in `out`.
    pub(crate) fn handle(&mut self, now: Instant, input: ServerInput, out: &mut Vec<ServerOutput>) {
        use ServerInput::{Ack, Request, Respond, Tick};
        use State::{Accepted, Completed, Confirmed, Proceeding, Terminated};

        let Timing { t1, t2, t4, .. } = self.timing;
        self.state = match (self.state, input) {
            (Proceeding, Request) => {
                out.push(ServerOutput::Resend);
                Proceeding
            }
            (Proceeding, Respond(..200)) => {
                out.push(ServerOutput::Send);
                Proceeding
            }
            (Proceeding, Respond(200..300)) => {
                out.push(ServerOutput::Send);
                Accepted { until: now + 64 * t1 }
            }
            (Proceeding, Respond(_)) => {
                out.push(ServerOutput::Send);
                let resend = (!self.reliable).then_some(now + t1);
                Completed { resend, interval: t1, give_up: now + 64 * t1 }
            }
            // The leg resends its 2xx through here, until the ACK.
            (state @ Accepted { .. }, Respond(200..300)) => {
                out.push(ServerOutput::Send);
                state
            }
            (state @ Completed { .. }, Request) => {
                out.push(ServerOutput::Resend);
                state
            }
            (Completed { .. }, Ack) if self.reliable => Terminated,
            (Completed { .. }, Ack) => Confirmed { until: now + t4 },
            (Completed { give_up, .. }, Tick) if now >= give_up => Terminated,
            (Completed { resend: Some(at), interval, give_up }, Tick) if now >= at => {
                out.push(ServerOutput::Resend);
                let interval = (interval * 2).min(t2);
                Completed { resend: Some(at + interval), interval, give_up }
            }
            (Accepted { until } | Confirmed { until }, Tick) if now >= until => Terminated,
            (state, _) => state,
        };
    }

    /// When [`ServerInput::Tick`] is next due; `None` while nothing is scheduled.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        match self.state {
            State::Completed { resend, give_up, .. } => {
                Some(resend.map_or(give_up, |at| at.min(give_up)))
            }
            State::Accepted { until } | State::Confirmed { until } => Some(until),
            State::Proceeding | State::Terminated => None,
        }
    }

    /// Whether a final response has gone out: a CANCEL changes nothing any more.
    pub(crate) fn is_final(&self) -> bool {
        self.state != State::Proceeding
    }

    /// Whether that final response was a refusal, whose ACK belongs to this transaction.
    pub(crate) fn is_refused(&self) -> bool {
        matches!(self.state, State::Completed { .. } | State::Confirmed { .. })
    }

    pub(crate) fn is_terminated(&self) -> bool {
        self.state == State::Terminated
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test reads the clock once, for its epoch")]
mod tests {
    use super::*;
    use crate::transaction::ServerOutput::{Resend, Send};

    fn start(reliable: bool) -> (Instant, ServerInvite, Vec<ServerOutput>) {
        (Instant::now(), ServerInvite::new(reliable, Timing::default()), vec![])
    }

    /// RFC 3261 §17.2.1: over UDP a refusal goes out again at T1, doubling to T2 (timer G), until
    /// timer H ends the wait for its ACK at 32 s.
    #[test]
    fn an_unacknowledged_refusal_is_resent_and_given_up() {
        let (epoch, mut tx, mut out) = start(false);
        tx.handle(epoch, ServerInput::Respond(486), &mut out);
        let (mut sent_ms, mut now) = (vec![], epoch);
        loop {
            sent_ms.extend(out.drain(..).map(|_| (now - epoch).as_millis()));
            let Some(deadline) = tx.deadline() else { break };
            now = deadline;
            tx.handle(now, ServerInput::Tick, &mut out);
        }
        assert_eq!(
            sent_ms,
            [0, 500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500]
        );
        assert_eq!((now - epoch).as_millis(), 32_000);
        assert!(tx.is_terminated());
    }

    /// RFC 3261 §17.2.1: over TCP a refusal is sent once; timer H still waits for the ACK.
    #[test]
    fn a_refusal_over_tcp_is_sent_once() {
        let (epoch, mut tx, mut out) = start(true);
        tx.handle(epoch, ServerInput::Respond(486), &mut out);
        assert_eq!(tx.deadline(), Some(epoch + Duration::from_secs(32)));
        tx.handle(epoch, ServerInput::Ack, &mut out);
        assert!(tx.is_terminated());
        assert_eq!(out, [Send]);
    }

    /// RFC 3261 §17.2.1: after the ACK further ACKs are absorbed for T4 (timer I).
    #[test]
    fn an_ack_stops_the_resending_and_leaves_timer_i() {
        let (epoch, mut tx, mut out) = start(false);
        tx.handle(epoch, ServerInput::Respond(486), &mut out);
        for _ in 0..2 {
            tx.handle(epoch, ServerInput::Ack, &mut out);
        }
        assert_eq!(tx.deadline(), Some(epoch + Duration::from_secs(5)));
        tx.handle(epoch + Duration::from_secs(5), ServerInput::Tick, &mut out);
        assert!(tx.is_terminated());
        assert_eq!(out, [Send]);
    }

    /// RFC 6026 §7.1: a retransmitted INVITE is absorbed in Accepted; the leg alone resends its
    /// 2xx, until timer L.
    #[test]
    fn a_retransmitted_invite_is_absorbed_while_accepted() {
        let (epoch, mut tx, mut out) = start(false);
        tx.handle(epoch, ServerInput::Respond(100), &mut out);
        tx.handle(epoch, ServerInput::Request, &mut out);
        tx.handle(epoch, ServerInput::Respond(200), &mut out);
        tx.handle(epoch, ServerInput::Request, &mut out);
        tx.handle(epoch, ServerInput::Respond(200), &mut out);
        assert_eq!(out, [Send, Resend, Send, Send]);
        assert_eq!(tx.deadline(), Some(epoch + Duration::from_secs(32)));
        tx.handle(epoch + Duration::from_secs(32), ServerInput::Tick, &mut out);
        assert!(tx.is_terminated());
    }

    #[test]
    fn only_the_first_final_response_is_sent() {
        let (epoch, mut tx, mut out) = start(false);
        for code in [486, 200, 180] {
            tx.handle(epoch, ServerInput::Respond(code), &mut out);
        }
        assert_eq!(out, [Send]);
    }
}
