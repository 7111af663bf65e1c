//! A dialled call while somebody listens to who answered it.
//!
//! ```text
//!  Dialling ──200──▶ Judging ──person, uncertain, time over──▶ Waiting, or the message
//!                       │ machine
//!                       ▼            Waiting, Talking, the message ──machine──▶ the same, later
//!        ended, or Greeted ──beep──▶ message, or goes on as a person's
//!
//!  the message, Notice, Greeted ──opted out──▶ Notice: it is confirmed, or ended
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
    /// The message, or why nobody comes, was begun.
    pub(super) said: bool,
    /// They asked not to be called again, and maybe hear that this was heard.
    objected: Option<Objected>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Objected {
    Confirmed,
    Unconfirmed,
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

    /// Whether a key may end it for good: from the first word of a message or notice to the end of
    /// the leg (47 CFR 64.1200(a)(7)(i)(B)).
    #[must_use]
    pub fn may_opt_out(&self) -> bool {
        let there =
            matches!(self.state, State::Notice { .. } | State::Greeted { .. } | State::Closing);
        self.answering.said && !self.has_opted_out() && there
    }

    /// Whether whoever is there asked by themselves not to be called again.
    #[must_use]
    pub fn has_opted_out(&self) -> bool {
        self.answering.objected.is_some()
    }

    /// Whether they hear that it was heard.
    #[must_use]
    pub fn is_confirming(&self) -> bool {
        let confirmed = self.answering.objected == Some(Objected::Confirmed);
        confirmed && matches!(self.state, State::Notice { .. })
    }

    /// The arrows of the figure above; none where an input is not about the answerer.
    pub(super) fn hear(
        &mut self,
        now: Instant,
        input: Input,
        out: &mut Vec<Effect>,
    ) -> Option<State> {
        let next = match (self.state, input) {
            (_, Input::OptedOut(confirmed)) => self.object(now, confirmed, out),
            // A key's tone is no beep, and no machine presses one.
            (state, Input::Machine(_) | Input::Beep) if self.has_opted_out() => state,
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

    /// They are never called again: what they hear ends, with a word that it was understood or
    /// without. A workflow goes on, and says what it has to say.
    fn object(&mut self, now: Instant, confirmed: bool, out: &mut Vec<Effect>) -> State {
        match self.state {
            State::Notice { .. } | State::Greeted { .. } if confirmed => {
                self.answering.objected = Some(Objected::Confirmed);
                State::Notice { until: now + self.limits.notice }
            }
            state => {
                self.answering.objected.get_or_insert(Objected::Unconfirmed);
                let hears = matches!(state, State::Notice { .. } | State::Greeted { .. });
                if hears { self.hang_up(out) } else { state }
            }
        }
    }

    /// The beep after a machine's greeting: now it records.
    fn leave_message(&mut self, now: Instant, out: &mut Vec<Effect>) -> State {
        self.answering.said = true;
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
        self.answering.said = true;
        out.push(Effect::Message);
        State::Notice { until: now + self.limits.notice }
    }
}
