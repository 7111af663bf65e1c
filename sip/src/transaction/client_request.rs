//! Non-INVITE client transaction: RFC 3261 §17.1.2.
//!
//! ```text
//!  Trying ──1xx──▶ Proceeding ──2xx-6xx──▶ Completed ──timer K──▶ Terminated
//!    │ E: resend     │ E: resend every T2
//!    └── F ──────────┴───────────────────────────────────────────▶ Terminated
//! ```

use std::time::{Duration, Instant};

use super::{Cause, ClientInput, ClientOutput};
use crate::endpoint::Timing;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Trying { resend: Option<Instant>, interval: Duration, give_up: Instant },
    Proceeding { resend: Option<Instant>, give_up: Instant },
    Completed { until: Instant },
    Terminated,
}

#[derive(Debug)]
pub(crate) struct ClientRequest {
    state: State,
    reliable: bool,
    timing: Timing,
}

impl ClientRequest {
    /// Starts the transaction and emits the first request.
    pub(crate) fn start(
        now: Instant,
        reliable: bool,
        timing: Timing,
        timer_f: Duration,
        out: &mut Vec<ClientOutput>,
    ) -> Self {
        out.push(ClientOutput::Send);
        let resend = (!reliable).then_some(now + timing.t1);
        let give_up = now + timer_f;
        Self { state: State::Trying { resend, interval: timing.t1, give_up }, reliable, timing }
    }

    /// Advances the machine; everything to be done about it lands in `out`.
    pub(crate) fn handle(&mut self, now: Instant, input: ClientInput, out: &mut Vec<ClientOutput>) {
        use ClientInput::{Response, Tick, TransportFailed};
        use State::{Completed, Proceeding, Terminated, Trying};

        self.state = match (self.state, input) {
            // Timer E runs on as it was set and falls into step with T2 when it next fires.
            (Trying { resend, give_up, .. } | Proceeding { resend, give_up }, Response(..200)) => {
                out.push(ClientOutput::Deliver);
                Proceeding { resend, give_up }
            }
            (Trying { .. } | Proceeding { .. }, Response(_)) => {
                out.push(ClientOutput::Deliver);
                if self.reliable { Terminated } else { Completed { until: now + self.timing.t4 } }
            }
            (Trying { give_up, .. } | Proceeding { give_up, .. }, Tick) if now >= give_up => {
                out.push(ClientOutput::Failed(Cause::TimedOut));
                Terminated
            }
            (Trying { resend: Some(at), interval, give_up }, Tick) if now >= at => {
                out.push(ClientOutput::Send);
                let interval = (interval * 2).min(self.timing.t2);
                Trying { resend: Some(at + interval), interval, give_up }
            }
            (Proceeding { resend: Some(at), give_up }, Tick) if now >= at => {
                out.push(ClientOutput::Send);
                Proceeding { resend: Some(at + self.timing.t2), give_up }
            }
            (Completed { until }, Tick) if now >= until => Terminated,
            (Trying { .. } | Proceeding { .. }, TransportFailed) => {
                out.push(ClientOutput::Failed(Cause::Transport));
                Terminated
            }
            (state, _) => state,
        };
    }

    /// When [`ClientInput::Tick`] is next due; `None` while nothing is scheduled.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        match self.state {
            State::Trying { resend, give_up, .. } | State::Proceeding { resend, give_up } => {
                Some(resend.map_or(give_up, |at| at.min(give_up)))
            }
            State::Completed { until } => Some(until),
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
    use super::*;
    use crate::transaction::ClientOutput::{Deliver, Failed, Send};

    fn start(reliable: bool) -> (Instant, ClientRequest, Vec<ClientOutput>) {
        let (now, mut out) = (Instant::now(), vec![]);
        let timing = Timing::default();
        let tx = ClientRequest::start(now, reliable, timing, 64 * timing.t1, &mut out);
        (now, tx, out)
    }

    fn run(
        epoch: Instant,
        tx: &mut ClientRequest,
        out: &mut Vec<ClientOutput>,
    ) -> Vec<(u128, ClientOutput)> {
        let (mut seen, mut now) = (vec![], epoch);
        loop {
            seen.extend(out.drain(..).map(|output| ((now - epoch).as_millis(), output)));
            let Some(deadline) = tx.deadline() else { return seen };
            now = deadline;
            tx.handle(now, ClientInput::Tick, out);
        }
    }

    /// RFC 3261 §17.1.2.2: timer E doubles from T1 to T2 and stays there; timer F ends it at 32 s.
    #[test]
    fn unanswered_request_over_udp_backs_off_to_t2_and_times_out() {
        let (epoch, mut tx, mut out) = start(false);
        let mut expected: Vec<_> =
            [0, 500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500]
                .map(|ms| (ms, Send))
                .into();
        expected.push((32_000, Failed(Cause::TimedOut)));
        assert_eq!(run(epoch, &mut tx, &mut out), expected);
        assert!(tx.is_terminated());
    }

    /// RFC 3261 §17.1.2.2: a provisional response slows timer E to T2 and leaves timer F alone.
    #[test]
    fn a_provisional_response_slows_the_resending_to_t2() {
        let (epoch, mut tx, mut out) = start(false);
        tx.handle(epoch, ClientInput::Response(100), &mut out);
        let seen = run(epoch, &mut tx, &mut out);
        let resent: Vec<_> = seen.iter().filter(|(_, o)| *o == Send).map(|(ms, _)| *ms).collect();
        assert_eq!(resent, [0, 500, 4_500, 8_500, 12_500, 16_500, 20_500, 24_500, 28_500]);
        assert_eq!(seen.last(), Some(&(32_000, Failed(Cause::TimedOut))));
    }

    /// RFC 3261 §17.1.2.2: retransmitted finals are absorbed until timer K: T4 over UDP, 0 over
    /// TCP.
    #[test]
    fn a_final_response_is_delivered_once_and_absorbed_until_timer_k() {
        let (epoch, mut tx, mut out) = start(false);
        for _ in 0..3 {
            tx.handle(epoch, ClientInput::Response(200), &mut out);
        }
        assert_eq!(out, [Send, Deliver]);
        assert_eq!(tx.deadline(), Some(epoch + Duration::from_secs(5)));
        tx.handle(epoch + Duration::from_secs(5), ClientInput::Tick, &mut out);
        assert!(tx.is_terminated());

        let (epoch, mut tx, mut out) = start(true);
        assert_eq!(tx.deadline(), Some(epoch + Duration::from_secs(32)));
        tx.handle(epoch, ClientInput::Response(404), &mut out);
        assert!(tx.is_terminated());
    }

    #[test]
    fn a_broken_transport_fails_the_transaction_at_once() {
        let (now, mut tx, mut out) = start(false);
        tx.handle(now, ClientInput::TransportFailed, &mut out);
        assert_eq!(out, [Send, Failed(Cause::Transport)]);
        assert!(tx.is_terminated());
    }
}
