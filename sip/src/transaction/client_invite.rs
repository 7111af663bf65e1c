//! INVITE client transaction: RFC 3261 §17.1.1, with the Accepted state of RFC 6026 §7.2.
//!
//! ```text
//!  Calling ──1xx──▶ Proceeding ──2xx──▶ Accepted  ──timer M──▶ Terminated
//!     │ A: resend        └──3xx-6xx──▶ Completed ──timer D──▶ Terminated
//!     └── B ─────────────────────────────────────────────────▶ Terminated
//! ```
//! One `match` arm in [`ClientInvite::handle`] is one arrow of that figure.

use std::time::{Duration, Instant};

use super::{Cause, ClientInput, ClientOutput};
use crate::endpoint::Timing;

/// A state carries exactly the timers that may run in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Calling { resend: Option<Instant>, interval: Duration, give_up: Instant },
    Proceeding,
    Accepted { until: Instant },
    Completed { until: Instant },
    Terminated,
}

#[derive(Debug)]
pub(crate) struct ClientInvite {
    state: State,
    reliable: bool,
    timing: Timing,
}

impl ClientInvite {
    /// Starts the transaction and emits the first INVITE.
    pub(crate) fn start(
        now: Instant,
        reliable: bool,
        timing: Timing,
        out: &mut Vec<ClientOutput>,
    ) -> Self {
        out.push(ClientOutput::Send);
        let resend = (!reliable).then_some(now + timing.t1);
        let give_up = now + 64 * timing.t1;
        let state = State::Calling { resend, interval: timing.t1, give_up };
        Self { state, reliable, timing }
    }

    /// Advances the machine; everything to be done about it lands in `out`.
    pub(crate) fn handle(&mut self, now: Instant, input: ClientInput, out: &mut Vec<ClientOutput>) {
        use ClientInput::{Hush, Response, Tick, TransportFailed};
        use State::{Accepted, Calling, Completed, Proceeding, Terminated};

        let long = 64 * self.timing.t1;
        self.state = match (self.state, input) {
            (Calling { .. } | Proceeding, Response(..200)) => {
                out.push(ClientOutput::Deliver);
                Proceeding
            }
            (Calling { .. } | Proceeding, Response(200..300)) => {
                out.push(ClientOutput::Deliver);
                Accepted { until: now + long }
            }
            (Calling { .. } | Proceeding, Response(_)) => {
                out.extend([ClientOutput::SendAck, ClientOutput::Deliver]);
                // Timer D is "at least 32 seconds", whatever T1 is.
                let timer_d = long.max(Duration::from_secs(32));
                if self.reliable { Terminated } else { Completed { until: now + timer_d } }
            }
            (Calling { give_up, .. }, Tick) if now >= give_up => {
                out.push(ClientOutput::Failed(Cause::TimedOut));
                Terminated
            }
            (Calling { resend: Some(at), interval, give_up }, Tick) if now >= at => {
                out.push(ClientOutput::Send);
                let interval = interval * 2;
                Calling { resend: Some(at + interval), interval, give_up }
            }
            // RFC 3261 §9.1: CANCEL waits for a 1xx. Another INVITE would only make it ring.
            (Calling { interval, give_up, .. }, Hush) => {
                Calling { resend: None, interval, give_up }
            }
            // A forked or retransmitted 2xx: the dialog layer owns its ACK.
            (state @ Accepted { .. }, Response(200..300)) => {
                out.push(ClientOutput::Deliver);
                state
            }
            (state @ Completed { .. }, Response(300..)) => {
                out.push(ClientOutput::SendAck);
                state
            }
            (Accepted { until } | Completed { until }, Tick) if now >= until => Terminated,
            (Calling { .. } | Proceeding, TransportFailed) => {
                out.push(ClientOutput::Failed(Cause::Transport));
                Terminated
            }
            // An ACK that could not be sent is told to nobody: the answer was delivered already.
            (Completed { .. }, TransportFailed) => Terminated,
            (state, _) => state,
        };
    }

    /// When [`ClientInput::Tick`] is next due; `None` while nothing is scheduled.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        match self.state {
            State::Calling { resend, give_up, .. } => {
                Some(resend.map_or(give_up, |at| at.min(give_up)))
            }
            State::Accepted { until } | State::Completed { until } => Some(until),
            State::Proceeding | State::Terminated => None,
        }
    }

    pub(crate) fn is_terminated(&self) -> bool {
        self.state == State::Terminated
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test reads the clock once, for its epoch")]
mod tests {
    use super::*;
    use crate::transaction::ClientOutput::{Deliver, Failed, Send, SendAck};

    const B: Duration = Duration::from_secs(32);

    fn start(reliable: bool) -> (Instant, ClientInvite, Vec<ClientOutput>) {
        let (now, mut out) = (Instant::now(), vec![]);
        let tx = ClientInvite::start(now, reliable, Timing::default(), &mut out);
        (now, tx, out)
    }

    /// Runs `tx` by its own deadlines; every output with its time in ms.
    fn run(
        epoch: Instant,
        tx: &mut ClientInvite,
        out: &mut Vec<ClientOutput>,
    ) -> (Vec<(u128, ClientOutput)>, u128) {
        let (mut seen, mut now) = (vec![], epoch);
        loop {
            seen.extend(out.drain(..).map(|output| ((now - epoch).as_millis(), output)));
            let Some(deadline) = tx.deadline() else { break };
            now = deadline;
            tx.handle(now, ClientInput::Tick, out);
        }
        (seen, (now - epoch).as_millis())
    }

    /// DESIGN §5: who may not be called any more is not sent another INVITE, though the one that
    /// is out may not be cancelled yet; a late 1xx is still heard.
    #[test]
    fn a_hushed_invite_is_not_sent_again_and_still_hears_its_answer() {
        let (epoch, mut tx, mut out) = start(false);
        tx.handle(epoch + Duration::from_millis(200), ClientInput::Hush, &mut out);
        let (seen, end_ms) = run(epoch, &mut tx, &mut out);
        assert_eq!(seen, [(0, Send), (32_000, Failed(Cause::TimedOut))]);
        assert_eq!(end_ms, 32_000);
        let (epoch, mut tx, mut out) = start(false);
        tx.handle(epoch, ClientInput::Hush, &mut out);
        tx.handle(epoch + Duration::from_secs(1), ClientInput::Response(180), &mut out);
        assert_eq!(out, [Send, Deliver]);
    }

    /// RFC 3261 §17.1.1.2: over UDP an unanswered INVITE goes out at
    /// 0, 0.5, 1.5, 3.5, 7.5, 15.5 and 31.5 s (timer A), and is given up at 32 s (timer B).
    #[test]
    fn unanswered_invite_over_udp_backs_off_and_times_out() {
        let (epoch, mut tx, mut out) = start(false);
        let (seen, end_ms) = run(epoch, &mut tx, &mut out);
        let mut expected: Vec<_> =
            [0, 500, 1_500, 3_500, 7_500, 15_500, 31_500].map(|ms| (ms, Send)).into();
        expected.push((32_000, Failed(Cause::TimedOut)));
        assert_eq!(seen, expected);
        assert_eq!(end_ms, 32_000);
        assert!(tx.is_terminated());
    }

    /// RFC 3261 §17.1.1.2: over a reliable transport nothing is sent twice; timer B still runs.
    #[test]
    fn unanswered_invite_over_tcp_is_sent_once_and_times_out() {
        let (epoch, mut tx, mut out) = start(true);
        let (seen, _) = run(epoch, &mut tx, &mut out);
        assert_eq!(seen, [(0, Send), (32_000, Failed(Cause::TimedOut))]);
    }

    /// RFC 3261 §17.1.1.2: a provisional response stops timers A and B.
    #[test]
    fn a_provisional_response_stops_every_timer() {
        let (now, mut tx, mut out) = start(false);
        tx.handle(now, ClientInput::Response(100), &mut out);
        assert_eq!(tx.deadline(), None);
        tx.handle(now + B, ClientInput::Tick, &mut out);
        assert_eq!(out, [Send, Deliver]);
    }

    /// RFC 6026 §7.2: every 2xx of a forked INVITE reaches the dialog layer until timer M.
    #[test]
    fn second_success_is_delivered_while_accepted() {
        let (now, mut tx, mut out) = start(false);
        for code in [180, 200, 200] {
            tx.handle(now, ClientInput::Response(code), &mut out);
        }
        assert_eq!(out, [Send, Deliver, Deliver, Deliver]);
        assert_eq!(tx.deadline(), Some(now + Duration::from_secs(32)));
        tx.handle(now + Duration::from_millis(31_999), ClientInput::Tick, &mut out);
        assert!(!tx.is_terminated());
        tx.handle(now + Duration::from_secs(32), ClientInput::Tick, &mut out);
        assert!(tx.is_terminated());
    }

    /// RFC 3261 §17.1.1.2: each retransmitted refusal is acknowledged again but delivered once,
    /// until timer D: 32 s over UDP, 0 s over TCP.
    #[test]
    fn a_repeated_refusal_is_acked_again_until_timer_d() {
        let (now, mut tx, mut out) = start(false);
        for code in [486, 486, 200] {
            tx.handle(now, ClientInput::Response(code), &mut out);
        }
        assert_eq!(out, [Send, SendAck, Deliver, SendAck]);
        assert_eq!(tx.deadline(), Some(now + Duration::from_secs(32)));

        let (now, mut tx, mut out) = start(true);
        tx.handle(now, ClientInput::Response(486), &mut out);
        assert_eq!(out, [Send, SendAck, Deliver]);
        assert!(tx.is_terminated());
    }

    /// RFC 3261 §17.1.4: a transport error is told to the user of the transaction once.
    #[test]
    fn a_broken_transport_fails_the_transaction_at_once() {
        let (now, mut tx, mut out) = start(false);
        for _ in 0..2 {
            tx.handle(now, ClientInput::TransportFailed, &mut out);
        }
        assert_eq!(out, [Send, Failed(Cause::Transport)]);
    }
}
