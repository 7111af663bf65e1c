//! Lines made by calling a number outside (R128), such as an agent's mobile telephone.
//!
//! ```text
//!  Calling: a call of its own ─durable─▶ INVITE ─200─▶ Up: its leg is the line's ─over─▶ Down
//!                                           └200─▶ asked to press 1 ─pressed─▶ Up
//!                                                       └─15 s without─▶ Down, not picked up
//! ```
//! It is a dial like any other: under the trunk's allow-list and the do-not-call list, with its
//! record durable before its INVITE, and metered as the trunk's. Once answered, its leg and stream
//! belong to the line, which knows them as it knows those of an extension. Where the agent's
//! profile asks for it, and always where somebody is called back who had called in, whoever answers
//! presses 1 first: a voicemail or a stranger never is the line.

use std::time::Duration;

use routing::prompts::PRESS_TO_TAKE;
use routing::{AgentId, CallId, Number};

use super::Line;
use crate::call::{Input, Origin, Party};
use crate::switch::legs::Ending;
use crate::switch::{Now, Output, Owner, Switch, streams};

impl Switch {
    /// Calls the number; none where nothing carries a call to it now.
    pub(super) fn call_phone(
        &mut self,
        now: Now,
        agent: AgentId,
        number: Number,
        out: &mut Vec<Output>,
    ) -> Option<CallId> {
        let origin = |trunk| Origin::Line { agent, trunk };
        match self.dial_outside(now, (None, None), number, origin, out) {
            Ok(call) => {
                self.outside.insert(agent, call);
                Some(call)
            }
            Err(why) => {
                out.push(Output::Warn(format!("an agent's telephone is not called: {why}")));
                None
            }
        }
    }

    /// The number answered: what was a call's leg is the agent's line.
    pub(in crate::switch) fn phone_answered(
        &mut self,
        now: Now,
        id: CallId,
        agent: AgentId,
        out: &mut Vec<Output>,
    ) {
        self.drive(now, id, Input::Answered, out);
        let party = self.calls.get(&id).and_then(|slot| slot.call.customer);
        let Some(party) = party.filter(|_| self.is_called_by(agent, id)) else {
            return self.drive(now, id, Input::HangUp, out);
        };
        let view = self.floor.agent(agent);
        // Who called in from there may be gone, and their voicemail there.
        let back = self.line_plan(agent).phone.is_none();
        if back || view.is_some_and(|view| view.profile.connection.press_to_take) {
            let until = Some(now.at + PRESS_MAX);
            self.set_line(agent, Some(Line::Calling { call: id, until }));
            return streams::again(party.stream, PRESS_TO_TAKE, out);
        }
        self.phone_is_line(now, (id, agent), party, out);
    }

    /// Whoever answered at an agent's number pressed a key.
    pub(in crate::switch) fn take_by_key(
        &mut self,
        now: Now,
        id: CallId,
        key: char,
        out: &mut Vec<Output>,
    ) {
        let Some(slot) = self.calls.get(&id) else { return };
        let (Origin::Line { agent, .. }, Some(party)) = (slot.call.origin, slot.call.customer)
        else {
            return;
        };
        // A tone before the answer is the network's, and nobody's word.
        let asked = matches!(
            self.lines.get(&agent),
            Some(Line::Calling { call, until: Some(_) }) if *call == id
        );
        if key == '1' && asked {
            streams::hush(party.stream, out);
            self.phone_is_line(now, (id, agent), party, out);
        }
    }

    fn is_called_by(&self, agent: AgentId, id: CallId) -> bool {
        matches!(self.lines.get(&agent), Some(Line::Calling { call, .. }) if *call == id)
    }

    /// What was a call's leg is the agent's line from here on.
    pub(super) fn phone_is_line(
        &mut self,
        now: Now,
        (id, agent): (CallId, AgentId),
        party: Party,
        out: &mut Vec<Output>,
    ) {
        self.trace_leg(id, party.leg);
        self.legs.insert(party.leg, Owner::Line(agent));
        self.streams.give(party.stream, Owner::Line(agent));
        self.line_is_up(now, agent, party, out);
    }

    /// The leg of an answered line is over, and with it the call that it came by, if it did; tells
    /// whether it did.
    pub(super) fn end_outside(
        &mut self,
        now: Now,
        agent: AgentId,
        ending: Ending,
        out: &mut Vec<Output>,
    ) -> bool {
        let Some(call) = self.outside.get(&agent).copied() else { return false };
        let Some(slot) = self.calls.get_mut(&call) else { return false };
        slot.ending = ending;
        self.drive(now, call, Input::LegEnded, out);
        true
    }

    /// The call is over: one that was never answered leaves the line down.
    pub(in crate::switch) fn phone_over(
        &mut self,
        now: Now,
        (id, agent): (CallId, AgentId),
        out: &mut Vec<Output>,
    ) {
        if self.outside.get(&agent) == Some(&id) {
            self.outside.remove(&agent);
        }
        let line = self.lines.get(&agent).copied();
        let unanswered = match line {
            Some(Line::Calling { call, .. }) => call == id,
            Some(Line::Leaving { party, .. }) => party.is_none(),
            _ => false,
        };
        if let Some(line) = line.filter(|_| unanswered) {
            self.line_down(now, agent, (line, true), out);
        }
    }
}

/// How long whoever answered may take to press the key; the request is heard some four times.
const PRESS_MAX: Duration = Duration::from_secs(15);
