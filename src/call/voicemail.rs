//! A caller whom nobody serves leaves a message (R96, R158), or keeps the place in line.
//!
//! ```text
//!  Waiting ─kept─▶ Notice ─played─▶ Closing
//!  Waiting, Handed ─▶ Asked ─greeting played─▶ Leaving ─`#`, or long enough─▶ Closing
//! ```
//! The greeting cannot be skipped by silence: where its clip never ends, the tone comes anyway.

use std::time::{Duration, Instant};

use super::clock::Phase;
use super::{Call, Effect, Input, State};

impl Call {
    /// What an input means to a caller who is asked for a message, or who is to be called back;
    /// none where it means no more than to any call.
    pub(super) fn take_down(
        &mut self,
        now: Instant,
        input: Input,
        out: &mut Vec<Effect>,
    ) -> Option<State> {
        let next = match (self.state, input) {
            (
                State::Waiting | State::Handed { .. } | State::Led { .. },
                Input::TakeMessage(most),
            ) => {
                self.clock.enter(now, Phase::Wait);
                out.push(Effect::Greet);
                State::Asked { until: now + self.limits.notice, most }
            }
            (State::Asked { most, .. }, Input::NoticePlayed) => self.tone(now, most, out),
            (State::Asked { until, most }, Input::Tick) if now >= until => {
                self.tone(now, most, out)
            }
            (State::Waiting, Input::PlaceKept) => {
                self.clock.enter(now, Phase::Wait);
                out.push(Effect::Notice);
                State::Notice { until: now + self.limits.notice }
            }
            (State::Leaving { .. }, Input::Spoken) => self.hang_up(out),
            (State::Leaving { until }, Input::Tick) if now >= until => self.hang_up(out),
            _ => return None,
        };
        Some(next)
    }

    /// When the tone sounded to a caller who left a message.
    #[must_use]
    pub fn tone_at(&self) -> Option<Instant> {
        self.tone_at
    }

    fn tone(&mut self, now: Instant, most: Duration, out: &mut Vec<Effect>) -> State {
        self.tone_at = Some(now);
        out.push(Effect::Tone);
        State::Leaving { until: now + most }
    }
}
