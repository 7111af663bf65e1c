//! Changed settings: agents and queues come, change and go while calls are under way.

use super::groups::Groups;
use super::pool::Standing;
use super::work::Target;
use super::{Event, Expiry, Floor, Seat, unknown_agent};
use crate::agents::{Agent, LinePlan};
use crate::ids::{AgentId, QueueId};
use crate::organisation::Policy;
use crate::presence::{Cause, Input, Presence, Refusal, Refused, State};
use crate::queues::Queue;
use std::time::Instant;

impl Floor {
    /// Changes what the organisation asks of its agents.
    pub fn set_policy(&mut self, policy: Policy) {
        self.policy = policy;
    }

    /// Adds an agent, logged out, or changes a profile.
    ///
    /// An agent who may no longer work is logged out, after a conversation.
    pub fn set_agent(
        &mut self,
        now: Instant,
        agent: Agent,
        out: &mut Vec<Event>,
    ) -> Result<(), Refused> {
        self.tick(now, out);
        let (id, may_work) = (agent.id, agent.may_work());
        if self.seats.contains_key(&id) {
            self.change_agent(now, agent, out);
        } else if self.seats.len() >= self.limits.agents_max {
            return Err(Refused::new(Refusal::Limit, "the floor has no seat left"));
        } else {
            let presence = Presence::new(id, agent.after_call, now);
            let seat = Seat {
                line: LinePlan::from(&agent.connection),
                profile: agent,
                presence,
                unit: None,
                place: None,
                standing: Standing::new(),
                groups: Groups::new(now),
                held: None,
                leaving: false,
            };
            self.seats.insert(id, seat);
        }
        if !may_work {
            self.log_out(now, id, "the account may no longer work", out);
        }
        Ok(())
    }

    /// Removes an agent, after a conversation.
    pub fn remove_agent(&mut self, now: Instant, agent: AgentId, out: &mut Vec<Event>) {
        self.tick(now, out);
        if let Some(seat) = self.seats.get_mut(&agent) {
            seat.leaving = true;
            self.log_out(now, agent, "the agent was removed", out);
            self.bury(agent);
        }
    }

    /// Adds a queue or changes it; callers who wait already keep the times they were promised.
    pub fn set_queue(
        &mut self,
        now: Instant,
        queue: Queue,
        out: &mut Vec<Event>,
    ) -> Result<(), Refused> {
        self.tick(now, out);
        if !self.queues.contains_key(&queue.id) && self.queues.len() >= self.limits.queues_max {
            return Err(Refused::new(Refusal::Limit, "the floor has no room for another queue"));
        }
        let id = queue.id;
        let same = self.queues.get(&id).is_some_and(|old| {
            (old.order, old.auto_inactive_min) == (queue.order, queue.auto_inactive_min)
        });
        self.queues.insert(id, queue);
        if !same {
            self.restand_members(now, id);
        }
        Ok(())
    }

    /// Removes a queue; its callers overflow.
    pub fn remove_queue(&mut self, now: Instant, queue: QueueId, out: &mut Vec<Event>) {
        self.tick(now, out);
        let target = Target::Queue(queue);
        if let Some(action) = self.queues.remove(&queue).map(|queue| queue.overflow) {
            self.restand_members(now, queue);
            for call in self.drain_line(target) {
                out.push(Event::Overflowed { call, queue, action });
            }
        }
    }

    /// The order in which a queue asks, or its patience, is another now.
    fn restand_members(&mut self, now: Instant, queue: QueueId) {
        let members = self.seats.values().filter(|seat| seat.is_active(queue).is_some());
        for agent in members.map(|seat| seat.profile.id).collect::<Vec<_>>() {
            self.restand(agent);
            self.watch_idle(now, agent);
        }
    }

    /// Everybody who waits for a target that is gone waits no more.
    pub(super) fn expire_line(&mut self, target: Target, out: &mut Vec<Event>) {
        for call in self.drain_line(target) {
            out.push(Event::Expired { call, target, why: Expiry::TargetGone });
        }
    }

    fn change_agent(&mut self, now: Instant, agent: Agent, out: &mut Vec<Event>) {
        let id = agent.id;
        let Some(seat) = self.seats.get_mut(&id) else { return };
        let state = seat.presence.state();
        self.tallies.uncount(&seat.profile, state);
        self.tallies.count(&agent, state);
        if *state == State::LoggedOut {
            seat.line = LinePlan::from(&agent.connection);
        }
        seat.presence.set_after_call(agent.after_call);
        seat.groups.keep_to(&agent);
        seat.profile = agent;
        seat.leaving = false;
        self.restand(id);
        self.watch_idle(now, id);
        self.match_agent(now, id, out);
    }

    fn log_out(&mut self, now: Instant, agent: AgentId, why: &str, out: &mut Vec<Event>) {
        let out_already = self.agent(agent).is_none_or(|view| *view.state() == State::LoggedOut);
        if !out_already {
            let input = Input::ClockOut { reason: Some(why.to_owned()), while_active: true };
            let done = self.step(now, agent, input, Cause::Setting, out);
            debug_assert!(done.is_ok(), "whoever is clocked in can be logged out: {done:?}");
        }
    }

    /// Refuses who may not work.
    pub(super) fn may_work(&self, agent: AgentId) -> Result<(), Refused> {
        let seat = self.seats.get(&agent).ok_or_else(unknown_agent)?;
        if seat.leaving || !seat.profile.may_work() {
            return Err(Refused::illegal("the agent's profile is not active or its login is shut"));
        }
        Ok(())
    }
}
