//! Lines that are made for each call (R127), and let go after it.
//!
//! ```text
//!  Down ─ a call is the agent's ─▶ Ringing ─ picked up ─▶ Up ─ the work is over ─▶ Down
//!       ─ the agent asks for it ─▶ Ringing ─ picked up ─▶ Up ─ nothing for 60 s ─▶ Down
//! ```
//! While the agent's telephone rings the caller hears ringing; nobody whom a campaign dialled is
//! given to such an agent, because who answers cannot be kept waiting (see `routing::floor`). An
//! agent who puts the handset down ends the conversation. A line that the network takes away in
//! mid-call is called back as a persistent one is.

use std::time::Duration;

use admin_api::control::CommandError;
use routing::{AgentId, CallId, ConnectionMode, Reserved, State};
use store::Party as By;

use super::Line;
use crate::call::Input;
use crate::switch::consult::illegal;
use crate::switch::{Now, Output, Switch};

impl Switch {
    /// Whether the agent's telephone has to be picked up before a call is theirs.
    pub(in crate::switch) fn must_be_rung(&self, agent: AgentId) -> bool {
        self.line_up(agent).is_none() && !self.line_plan(agent).persistent
    }

    /// A call found its agent, whose telephone rings for it.
    pub(in crate::switch) fn ring_for(
        &mut self,
        now: Now,
        reserved: Reserved,
        out: &mut Vec<Output>,
    ) {
        let (agent, id) = (reserved.agent(), reserved.call());
        if let Err(refused) = self.floor(|floor, o| floor.ring(now.at, reserved, o)) {
            out.push(Output::Warn(format!("call {id}: {refused}")));
            return;
        }
        self.drive(now, id, Input::Offered(agent), out);
        self.ring_line(now, agent, out);
    }

    /// The agent picked the telephone up that rang for the call.
    pub(super) fn take_rung(
        &mut self,
        now: Now,
        (call, agent): (CallId, AgentId),
        out: &mut Vec<Output>,
    ) {
        match self.floor(|floor, o| floor.answered(now.at, agent, o)) {
            Ok(()) => {
                self.connected(now, call, agent, out);
                self.drive(now, call, Input::Assigned(agent), out);
            }
            // The call went to somebody else in this very moment.
            Err(_) => self.hang_up_line(now, agent, out),
        }
    }

    /// The telephone was not picked up: a call that it rang for waits for somebody else.
    pub(super) fn not_picked_up(&mut self, now: Now, agent: AgentId, out: &mut Vec<Output>) {
        if self.is_rung(agent)
            && let Err(refused) = self.floor(|floor, o| floor.declined(now.at, agent, o))
        {
            out.push(Output::Warn(format!("a telephone is not picked up, but {refused}")));
        }
    }

    /// Whether a call rings at the agent that somebody else made.
    pub(super) fn is_rung(&self, agent: AgentId) -> bool {
        self.floor.agent(agent).is_some_and(|view| {
            matches!(view.state(), State::Ringing { .. }) && !view.presence.is_outgoing()
        })
    }

    /// The agent moved: a line made for the work that is over is let go.
    pub(in crate::switch) fn line_follows(
        &mut self,
        now: Now,
        agent: AgentId,
        (from, to): (&State, &State),
        out: &mut Vec<Output>,
    ) {
        if self.line_plan(agent).persistent {
            return;
        }
        if needs_line(from) && !needs_line(to) {
            self.hang_up_line(now, agent, out);
        } else {
            self.bound_line(now, agent);
        }
    }

    /// A line that nobody talks on, and that is not kept between calls, is up for a while only.
    pub(super) fn bound_line(&mut self, now: Now, agent: AgentId) {
        let kept = self.line_plan(agent).persistent;
        let busy = self.floor.agent(agent).is_some_and(|view| needs_line(view.state()));
        if let Some(&Line::Up { party, until }) = self.lines.get(&agent) {
            let until = (!kept && !busy).then(|| until.unwrap_or(now.at + IDLE_MAX));
            self.set_line(agent, Some(Line::Up { party, until }));
        }
    }

    /// Nothing came of a line for a while; a supervisor who listens uses it.
    pub(super) fn let_idle_line_go(&mut self, now: Now, agent: AgentId, out: &mut Vec<Output>) {
        let listens = self.watched.values().any(|bosses| bosses.contains_key(&agent));
        match self.lines.get(&agent).copied() {
            Some(Line::Up { party, .. }) if listens => {
                let until = Some(now.at + IDLE_MAX);
                self.set_line(agent, Some(Line::Up { party, until }));
            }
            _ => self.hang_up_line(now, agent, out),
        }
    }

    /// A line made for each call was put down by the agent, or was idle: the conversation is over,
    /// and nothing is missed. Tells whether it was so.
    pub(super) fn hung_up_after_use(
        &mut self,
        now: Now,
        agent: AgentId,
        hung_up: bool,
        out: &mut Vec<Output>,
    ) -> bool {
        let call = self.call_of(agent).filter(|call| self.is_with(*call, agent));
        if self.line_plan(agent).persistent || (call.is_some() && !hung_up) {
            return false;
        }
        self.end_consultation(now, agent, out);
        if let Some(call) = call {
            if let Some(slot) = self.calls.get_mut(&call) {
                slot.hung_up_by = Some(By::Agent);
            }
            self.drive(now, call, Input::HangUp, out);
        }
        true
    }

    /// The agent asks for the line, to dial by hand or to listen; Ready does not need it.
    pub(in crate::switch) fn ask_for_line(
        &mut self,
        now: Now,
        agent: AgentId,
        out: &mut Vec<Output>,
    ) -> Result<(), CommandError> {
        if !self.works(agent) {
            return Err(illegal("the agent must clock in first"));
        }
        if !self.may_be_rung(agent) {
            return Err(illegal("the agent calls in, and is not rung"));
        }
        self.ring_line(now, agent, out);
        match self.lines.get(&agent) {
            Some(Line::Down { .. }) | None => Err(illegal("the telephone cannot be rung now")),
            Some(_) => Ok(()),
        }
    }

    /// Refuses a plan by which no line could be made now.
    pub(in crate::switch) fn check_plan(
        &self,
        agent: AgentId,
        plan: routing::LinePlan,
    ) -> Result<(), CommandError> {
        plan.validate().map_err(|wrong| illegal(wrong.to_string()))?;
        let extension = self.directory.extension(agent).unwrap_or_default();
        match (plan.mode, plan.phone) {
            (_, Some(number)) if self.trunks.reaching(number).is_empty() => {
                Err(illegal(format!("no trunk may carry a call to {number}")))
            }
            (_, Some(_)) => Ok(()),
            (_, None) if self.has_telephone(agent, plan) => Ok(()),
            (ConnectionMode::CallIn, None) if self.directory.has_access_number() => Ok(()),
            (ConnectionMode::WebConnect, None) => {
                Err(illegal(format!("no browser is registered as extension {extension}")))
            }
            (ConnectionMode::CallMe | ConnectionMode::CallIn, None) => {
                Err(illegal(format!("no telephone is registered as extension {extension}")))
            }
        }
    }
}

/// Whether a line has to be up in this state, or is rung for it.
fn needs_line(state: &State) -> bool {
    match state {
        State::Ringing { .. }
        | State::Talking { .. }
        | State::Hold { .. }
        | State::Consulting { .. } => true,
        State::System { stranded, .. } => stranded.is_some(),
        _ => false,
    }
}

/// How long a line that was asked for waits for something to be done with it.
const IDLE_MAX: Duration = Duration::from_mins(1);
