//! What agents, supervisors and the watchdog do.

use super::{Event, Floor, ms, unknown_agent};
use crate::agents::LinePlan;
use crate::ids::{AgentId, CallId, CampaignId, TeamId};
use crate::organisation::PausePolicy;
use crate::presence::{Action, Cause, Fault, Input, PauseReason, Refused};
use std::time::Instant;

/// What a supervisor orders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Force {
    /// Ready.
    Ready,
    /// Paused, after a conversation.
    Pause(PauseReason),
    /// Logged out, after a conversation.
    ClockOut {
        /// Why.
        reason: Option<String>,
    },
}

impl Floor {
    /// The agent begins to work, for a unit of theirs (R187); a persistent line has to come up
    /// before Ready, and one that is made for each call takes none that a campaign dialled.
    pub fn clock_in(
        &mut self,
        now: Instant,
        agent: AgentId,
        line: LinePlan,
        unit: Option<TeamId>,
        out: &mut Vec<Event>,
    ) -> Result<(), Refused> {
        self.may_work(agent)?;
        let seat = self.seats.get(&agent).ok_or_else(unknown_agent)?;
        seat.presence.check(Action::ClockIn)?;
        let unit = self.unit_of(agent, unit)?;
        if let Some(seat) = self.seats.get_mut(&agent) {
            (seat.unit, seat.line) = (unit, line);
        }
        let persistent = line.persistent;
        self.act(now, agent, Input::ClockIn { persistent }, Cause::Agent, out)?;
        self.open_groups(now, agent);
        Ok(())
    }

    /// The agent stops working; refused with work in hand unless the organisation allows it.
    pub fn clock_out(
        &mut self,
        now: Instant,
        agent: AgentId,
        reason: Option<String>,
        out: &mut Vec<Event>,
    ) -> Result<(), Refused> {
        self.check_reason(agent, reason.as_deref())?;
        let while_active = self.policy.clock_out_while_active;
        let input = Input::ClockOut { reason, while_active };
        self.act(now, agent, input, Cause::Agent, out)
    }

    /// The agent's line is up.
    pub fn line_up(
        &mut self,
        now: Instant,
        agent: AgentId,
        out: &mut Vec<Event>,
    ) -> Result<(), Refused> {
        self.back(now, agent, Fault::LineLost, out)
    }

    /// The agent's persistent line is down.
    pub fn line_lost(
        &mut self,
        now: Instant,
        agent: AgentId,
        out: &mut Vec<Event>,
    ) -> Result<(), Refused> {
        self.lost(now, agent, Fault::LineLost, out)
    }

    /// The watchdog misses something.
    pub fn lost(
        &mut self,
        now: Instant,
        agent: AgentId,
        fault: Fault,
        out: &mut Vec<Event>,
    ) -> Result<(), Refused> {
        let recover = ms(self.limits.recover_ms);
        self.act(now, agent, Input::Lost { fault, recover }, Cause::Watchdog, out)
    }

    /// The watchdog sees it again.
    pub fn back(
        &mut self,
        now: Instant,
        agent: AgentId,
        fault: Fault,
        out: &mut Vec<Event>,
    ) -> Result<(), Refused> {
        self.act(now, agent, Input::Back(fault), Cause::Watchdog, out)
    }

    /// Play, or a latched pause taken back.
    pub fn ready(
        &mut self,
        now: Instant,
        agent: AgentId,
        out: &mut Vec<Event>,
    ) -> Result<(), Refused> {
        self.act(now, agent, Input::Ready, Cause::Agent, out)
    }

    /// Pause; during a conversation, after it. Whether a reason is needed, the policy tells.
    pub fn pause(
        &mut self,
        now: Instant,
        agent: AgentId,
        reason: Option<PauseReason>,
        out: &mut Vec<Event>,
    ) -> Result<(), Refused> {
        let reason = match (reason, self.policy.pause_reason) {
            (Some(reason), _) => {
                let checked = reason.validate();
                checked.map_err(|wrong| Refused::illegal(format!("pause reason: {wrong}")))?;
                reason
            }
            (None, PausePolicy::Optional) => PauseReason::unspecified(),
            (None, PausePolicy::Required) => {
                return Err(Refused::illegal("a pause needs a reason"));
            }
        };
        self.act(now, agent, Input::Pause(reason), Cause::Agent, out)
    }

    /// The disposition is given: the wrap-up ends.
    pub fn dispose(
        &mut self,
        now: Instant,
        agent: AgentId,
        out: &mut Vec<Event>,
    ) -> Result<(), Refused> {
        self.act(now, agent, Input::Disposed, Cause::Agent, out)
    }

    /// The agent dials a number by hand (R104).
    pub fn dial(
        &mut self,
        now: Instant,
        agent: AgentId,
        call: CallId,
        campaign: Option<CampaignId>,
        out: &mut Vec<Event>,
    ) -> Result<(), Refused> {
        self.tick(now, out);
        if self.knows(call) {
            return Err(Refused::illegal("the call is on the floor already"));
        }
        let until = now + ms(self.limits.dial_ms);
        self.step(now, agent, Input::Dial { call, campaign, until }, Cause::Agent, out)
    }

    /// The agent calls a colleague by `call`, which the floor is then offered for them (R152).
    pub fn consult(
        &mut self,
        now: Instant,
        agent: AgentId,
        call: CallId,
        out: &mut Vec<Event>,
    ) -> Result<(), Refused> {
        self.act(now, agent, Input::Consult { call }, Cause::Agent, out)
    }

    /// A supervisor's order.
    pub fn force(
        &mut self,
        now: Instant,
        agent: AgentId,
        order: Force,
        out: &mut Vec<Event>,
    ) -> Result<(), Refused> {
        let input = match order {
            Force::Ready => Input::Ready,
            Force::Pause(reason) => Input::Pause(reason),
            Force::ClockOut { reason } => Input::ClockOut { reason, while_active: true },
        };
        self.act(now, agent, input, Cause::Supervisor, out)
    }

    /// Lets end what is over, then gives the agent one input.
    pub(super) fn act(
        &mut self,
        now: Instant,
        agent: AgentId,
        input: Input,
        cause: Cause,
        out: &mut Vec<Event>,
    ) -> Result<(), Refused> {
        self.tick(now, out);
        self.step(now, agent, input, cause, out)
    }
}
