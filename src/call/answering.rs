//! A dialled call while somebody listens to who answered it.
//!
//! ```text
//!  Dialling ──200──▶ Judging ──person, uncertain, time over──▶ Waiting, or the message
//!                       │ machine
//!                       ▼            Waiting, Talking, the message ──machine──▶ the same, later
//!        ended, or Greeted ──beep──▶ message, or goes on as a person's
//! ```
//! Where nobody waits for the verdict, the call is past `Judging` when it comes. A machine that the
//! campaign does not connect is met by no agent and is not abandoned: the call's record says which.

use std::time::{Duration, Instant};

use dialer::OnMachine;

use super::clock::Phase;
use super::{Call, Effect, Input, State};

/// How long a call waits for what is heard of its answerer.
#[derive(Clone, Copy, Debug)]
pub struct Listening {
    /// For the verdict, from the answer on; none when nobody waits for it.
    pub judge: Option<Duration>,
    /// For the beep, once a machine was heard.
    pub beep: Duration,
    /// For the end of the message that is left.
    pub message: Duration,
}

/// What a call knows of its answerer.
#[derive(Debug, Default)]
pub(super) struct Answering {
    /// Present once somebody listens.
    pub(super) listening: Option<Listening>,
    /// A machine it is, and no agent is to meet it.
    machine: bool,
    /// The message was begun anew.
    repeated: bool,
}

impl Call {
    /// From its answer on, somebody listens to it.
    pub fn listen(&mut self, listening: Listening) {
        self.answering.listening = Some(listening);
    }

    /// Whether a machine answered, and the call was given up or left a message for it.
    #[must_use]
    pub fn met_machine(&self) -> bool {
        self.answering.machine
    }

    /// The arrows of the figure above; none where an input is not about the answerer.
    pub(super) fn hear(
        &mut self,
        now: Instant,
        input: Input,
        out: &mut Vec<Effect>,
    ) -> Option<State> {
        let next = match (self.state, input) {
            (State::Judging { .. }, Input::Person) => self.met_person(now, out),
            (State::Judging { until }, Input::Tick) if now >= until => self.met_person(now, out),
            (
                State::Judging { .. } | State::Waiting | State::Talking { .. },
                Input::Machine(what),
            ) => self.met_machine_by(now, what, out),
            (State::Notice { .. }, Input::Machine(what)) if self.limits.message => {
                self.met_machine_by(now, what, out)
            }
            (State::Greeted { .. }, Input::Beep) => self.leave_message(now, out),
            (State::Greeted { until }, Input::Tick) if now >= until => self.hang_up(out),
            (State::Notice { until }, Input::Beep)
                if self.answering.machine || self.limits.message =>
            {
                self.say_again(until, out)
            }
            _ => return None,
        };
        Some(next)
    }

    /// Answered, and nobody says yet by whom.
    pub(super) fn hold_for_verdict(&mut self, now: Instant, judge: Duration) -> State {
        self.clock.enter(now, Phase::Wait);
        State::Judging { until: now + judge }
    }

    /// A person, or who is taken for one.
    pub(super) fn met_person(&mut self, now: Instant, out: &mut Vec<Effect>) -> State {
        if self.limits.message {
            return self.say_message(now, out);
        }
        self.seek(now, out)
    }

    /// A machine: ended, left a message after its beep, or connected like a person.
    fn met_machine_by(&mut self, now: Instant, what: OnMachine, out: &mut Vec<Effect>) -> State {
        match (what, self.state) {
            (OnMachine::Connect, State::Judging { .. }) => self.met_person(now, out),
            (OnMachine::Connect, state) => state,
            (OnMachine::HangUp, _) => {
                self.answering.machine = true;
                self.hang_up(out)
            }
            (OnMachine::LeaveMessage, _) => {
                self.answering.machine = true;
                self.let_go(out);
                out.push(Effect::Hush);
                self.clock.enter(now, Phase::Wait);
                let beep = self.answering.listening.map_or(Duration::ZERO, |own| own.beep);
                State::Greeted { until: now + beep }
            }
        }
    }

    /// The beep after a machine's greeting: now it records.
    fn leave_message(&mut self, now: Instant, out: &mut Vec<Effect>) -> State {
        out.push(Effect::Message);
        let most = self.answering.listening.map_or(Duration::ZERO, |own| own.message);
        State::Notice { until: now + most }
    }

    /// A beep into the message: whatever was said of it before is lost, and it is said anew once.
    fn say_again(&mut self, until: Instant, out: &mut Vec<Effect>) -> State {
        if !std::mem::replace(&mut self.answering.repeated, true) {
            self.answering.machine = true;
            out.push(Effect::Message);
        }
        State::Notice { until }
    }

    fn say_message(&mut self, now: Instant, out: &mut Vec<Effect>) -> State {
        self.clock.enter(now, Phase::Wait);
        out.push(Effect::Message);
        State::Notice { until: now + self.limits.notice }
    }
}
