//! The arrows that start in many states, and what follows finished work.

use super::Presence;
use super::action::{Action, Refused};
use super::pause::PauseReason;
use super::state::{Fault, Latch, State, Stranded};
use crate::ids::CallId;
use std::time::{Duration, Instant};

impl Presence {
    /// Ready, or a latched pause taken back.
    pub(super) fn play(&mut self) -> Result<Option<State>, Refused> {
        self.check(Action::Ready)?;
        if self.state.owns().is_some() || matches!(self.state, State::Consulting { .. }) {
            self.latch = None;
            return Ok(None);
        }
        Ok(Some(State::Ready))
    }

    /// Paused at once from every non-talking state, and after the call from a talking one (D6).
    ///
    /// A call that the agent dials is a conversation already, though nobody answered yet.
    pub(super) fn pause(&mut self, reason: PauseReason) -> Result<Option<State>, Refused> {
        self.check(Action::Pause)?;
        if !self.in_conversation() {
            return Ok(Some(State::Paused { reason }));
        }
        if !matches!(self.latch, Some(Latch::ClockOut { .. })) {
            self.latch = Some(Latch::Pause(reason));
        }
        Ok(None)
    }

    /// Logged out at once, or after the conversation where it is allowed during one.
    pub(super) fn clock_out(
        &mut self,
        while_active: bool,
        reason: Option<String>,
    ) -> Result<Option<State>, Refused> {
        if self.state == State::LoggedOut || !while_active {
            self.check(Action::ClockOut)?;
        }
        if !self.in_conversation() {
            return Ok(Some(State::LoggedOut));
        }
        self.latch = Some(Latch::ClockOut { reason });
        Ok(None)
    }

    /// The watchdog misses something: an idle agent becomes unavailable, a call that is not
    /// connected yet goes to somebody else, and one in conversation is kept for a while (A6,
    /// "Call-me persistence"). Desk and device are not needed to talk.
    pub(super) fn lose(&mut self, fault: Fault, recover_by: Instant) -> Option<State> {
        if self.state == State::LoggedOut {
            return None;
        }
        self.faults.insert(fault);
        match (&self.state, fault) {
            (&(State::Talking { call } | State::Hold { call }), Fault::LineLost) => {
                let stranded = Some(Stranded { call, until: recover_by });
                Some(State::System { fault, stranded })
            }
            (State::Ringing { .. }, Fault::LineLost) if self.outgoing => Some(self.after_nothing()),
            (State::Ringing { .. }, _) if self.outgoing => None,
            (
                State::Ready
                | State::Reserved { .. }
                | State::Ringing { .. }
                | State::Previewing { .. },
                _,
            )
            | (State::Consulting { .. }, Fault::LineLost) => Some(self.after_nothing()),
            _ => None,
        }
    }

    /// The watchdog sees it again. Nobody knows yet that a person sits there, so an idle agent
    /// presses Ready again; one whose customer waits is put back into the conversation.
    pub(super) fn regain(&mut self, fault: Fault) -> Option<State> {
        self.faults.remove(fault);
        match (&self.state, self.faults.first()) {
            (&State::System { stranded: Some(Stranded { call, .. }), fault: lost }, _)
                if lost == fault =>
            {
                Some(State::Talking { call })
            }
            (State::System { stranded: None, fault: shown }, left) => match left {
                None => Some(State::NotReady),
                Some(left) if left != *shown => Some(State::System { fault: left, stranded: None }),
                Some(_) => None,
            },
            _ => None,
        }
    }

    /// What ends by itself, once its time is over.
    pub(super) fn tick(&mut self, now: Instant) -> Option<State> {
        if self.state.until().is_none_or(|until| now < until) {
            return None;
        }
        Some(match self.state {
            State::WrapUp { .. } => self.after_work(),
            State::Ringing { .. } | State::Previewing { .. } if !self.outgoing => {
                self.unanswered("did not answer")
            }
            _ => self.after_nothing(),
        })
    }

    /// After a conversation.
    pub(super) fn wrap_up(&mut self, now: Instant, call: CallId) -> State {
        match self.after_call.wrap_up_ms {
            0 => self.after_work(),
            ms => State::WrapUp { call, until: now + Duration::from_millis(u64::from(ms)) },
        }
    }

    /// After finished work: what is latched, or Ready by itself or by hand (R83).
    pub(super) fn after_work(&mut self) -> State {
        if self.after_call.auto_ready {
            self.after_nothing()
        } else {
            self.instead(State::NotReady)
        }
    }

    /// After work that never came to a conversation: what is latched, or Ready again.
    pub(super) fn after_nothing(&mut self) -> State {
        let next = match self.fault() {
            Some(fault) => State::System { fault, stranded: None },
            None => State::Ready,
        };
        self.instead(next)
    }

    /// After a call that the agent did not take: paused, or the next would ring in vain too.
    pub(super) fn unanswered(&mut self, why: &str) -> State {
        self.instead(State::Paused { reason: PauseReason::system(why) })
    }

    /// What is latched, or else `next`.
    fn instead(&mut self, next: State) -> State {
        match self.latch.take() {
            Some(Latch::ClockOut { .. }) => State::LoggedOut,
            Some(Latch::Pause(reason)) => State::Paused { reason },
            Some(Latch::NotReady) => State::NotReady,
            None => next,
        }
    }

    /// A customer is with the agent, or waits for the agent's line, or is being dialled by hand.
    fn in_conversation(&self) -> bool {
        match self.state {
            State::Talking { .. } | State::Hold { .. } | State::Consulting { .. } => true,
            State::System { stranded, .. } => stranded.is_some(),
            State::Ringing { .. } => self.outgoing,
            _ => false,
        }
    }
}
