//! A caller whom a workflow leads, before anybody is asked for (R157, R161).
//!
//! ```text
//!  Waiting ─led─▶ Led ⇄ its time is over
//!                  ├─▶ Waiting, Handed, Asked, Notice, Closing: as the workflow ends
//!                  └─lined─▶ Line: an agent, at an access number
//! ```
//! What it hears and what its keys mean is the workflow's, or that of the access number; here is
//! only its place in the call.

use std::time::Instant;

use super::clock::Phase;
use super::{Call, Effect, Input, State};

impl Call {
    /// What an input means to a caller in a workflow; none where it means no more than to any call.
    pub(super) fn follow(
        &mut self,
        now: Instant,
        input: Input,
        out: &mut Vec<Effect>,
    ) -> Option<State> {
        let next = match (self.state, input) {
            (State::Waiting | State::Led { .. }, Input::Led(until)) => State::Led { until },
            (State::Led { until }, Input::Tick) if now >= until => {
                out.push(Effect::Lead);
                State::Led { until }
            }
            (State::Led { .. }, Input::Lined(agent)) => {
                self.clock.enter(now, Phase::Talk);
                State::Line { agent }
            }
            (State::Led { .. }, Input::Sent) => self.seek(now, out),
            (State::Led { .. }, Input::Unserved) => self.give_notice(now, out),
            (State::Led { .. }, Input::Handed(to)) => {
                self.wait_aside(now, out);
                State::Handed { to }
            }
            _ => return None,
        };
        Some(next)
    }
}
