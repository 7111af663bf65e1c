//! Whom an agent can reach: colleagues to call or to send a customer to, and queues that take
//! transfers as a department does (R106, R107, R150, R152, R236).
//!
//! One check answers the desk's list and the verb, so what is offered is never refused a moment
//! later but for the state that moved meanwhile. What the agent's own state has against it,
//! [`crate::presence::Presence::check`] tells.

use super::work::{Target, Work};
use super::{AgentView, Floor, unknown_agent};
use crate::ids::{AgentId, TeamId};
use crate::presence::{Refused, State};

impl Floor {
    /// Refuses the agent a call to a colleague who is of no team of theirs (R152), or not free.
    pub fn may_call(&self, agent: AgentId, other: AgentId) -> Result<(), Refused> {
        let own = self.agent(agent).ok_or_else(unknown_agent)?.profile;
        if !own.permissions.agent_calls {
            return Err(Refused::illegal("the agent may not call colleagues"));
        }
        let other = self.agent(other).ok_or_else(unknown_agent)?;
        if agent == other.profile.id || !other.shares_a_team(own.teams.as_slice()) {
            let why = "agent: expected a colleague of one of the agent's teams";
            return Err(Refused::illegal(why));
        }
        self.may_take(&Work::colleague(Target::Agent(other.profile.id)))
    }

    /// Refuses the agent to send or bring a customer to whoever takes none now.
    pub fn may_send(&self, agent: AgentId, to: Target) -> Result<(), Refused> {
        match to {
            Target::Agent(other) if other == agent => {
                return Err(Refused::illegal("to: expected somebody else"));
            }
            Target::Queue(queue) if self.queue(queue).is_some_and(|queue| !queue.transfers) => {
                return Err(Refused::illegal("the queue takes no transfers"));
            }
            Target::Agent(_) | Target::Queue(_) | Target::Campaign(_) => {}
        }
        self.may_take(&Work::colleague(to))
    }

    /// Everybody else whom the agent may know of, by id: who is at work, and their own teams.
    pub fn colleagues(&self, agent: AgentId) -> impl Iterator<Item = AgentView<'_>> {
        let own = self.agent(agent).map(|view| view.profile.teams.as_slice()).unwrap_or_default();
        self.agents().filter(move |other| {
            let at_work = *other.state() != State::LoggedOut;
            other.profile.id != agent && (at_work || other.shares_a_team(own))
        })
    }
}

impl AgentView<'_> {
    fn shares_a_team(&self, teams: &[TeamId]) -> bool {
        self.profile.teams.iter().any(|team| teams.contains(team))
    }
}
