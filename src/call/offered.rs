//! A caller for whom an agent's telephone rings.
//!
//! ```text
//!  Waiting ─offered─▶ Offered ─let go─▶ Waiting
//! ```

use super::{Call, Effect, Input, State};

impl Call {
    /// An agent's telephone rings for whoever waits, or rings no more; nothing else moves it.
    pub(super) fn offer(&self, input: Input, out: &mut Vec<Effect>) -> State {
        match (self.state, input) {
            (State::Waiting, Input::Offered(agent)) => {
                out.push(Effect::Ringback);
                State::Offered { agent }
            }
            (State::Offered { .. }, Input::LetGo) => {
                out.push(Effect::Music);
                State::Waiting
            }
            (state, _) => state,
        }
    }
}
