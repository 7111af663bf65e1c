//! The ready pool: for every campaign and queue, its ready agents in the order they are asked.

use super::order::{AgentRank, Place, among_agents};
use super::work::Target;
use crate::agents::{Agent, Priority, Tier};
use crate::ids::AgentId;
use std::collections::{BTreeMap, BTreeSet};

/// Ready agents by line; an agent stands in every line of theirs at once.
#[derive(Debug, Default)]
pub(super) struct Pool(BTreeMap<Target, BTreeSet<AgentRank>>);

impl Pool {
    pub(super) fn insert(&mut self, agent: &Agent, place: Place) {
        for line in lines(agent) {
            let rank = among_agents(line.tier, place, agent.id);
            self.0.entry(line.target).or_default().insert(rank);
        }
    }

    pub(super) fn remove(&mut self, agent: &Agent, place: Place) {
        for line in lines(agent) {
            if let Some(ranks) = self.0.get_mut(&line.target) {
                ranks.remove(&among_agents(line.tier, place, agent.id));
                if ranks.is_empty() {
                    self.0.remove(&line.target);
                }
            }
        }
    }

    /// Who is asked first.
    pub(super) fn first(&self, target: Target) -> Option<AgentId> {
        self.0.get(&target)?.first().map(|rank| rank.agent)
    }

    pub(super) fn len(&self, target: Target) -> usize {
        self.0.get(&target).map_or(0, BTreeSet::len)
    }

    /// Who is ready, in the order they are asked.
    pub(super) fn agents(&self, target: Target) -> impl Iterator<Item = AgentId> + '_ {
        self.0.get(&target).into_iter().flatten().map(|rank| rank.agent)
    }

    pub(super) fn contains(&self, agent: &Agent, place: Place) -> bool {
        lines(agent).all(|line| {
            let rank = among_agents(line.tier, place, agent.id);
            self.0.get(&line.target).is_some_and(|ranks| ranks.contains(&rank))
        })
    }

    /// Over all lines; for the invariants.
    pub(super) fn entries(&self) -> usize {
        self.0.values().map(BTreeSet::len).sum()
    }
}

/// A line that an agent serves.
pub(super) struct Line {
    pub(super) target: Target,
    pub(super) priority: Priority,
    tier: Tier,
}

/// Every line that an agent is asked for; the agent's own callers are of high priority.
pub(super) fn lines(agent: &Agent) -> impl Iterator<Item = Line> + '_ {
    let own =
        Line { target: Target::Agent(agent.id), priority: Priority::High, tier: Tier::Primary };
    let campaigns = agent.campaigns.iter().map(|member| Line {
        target: Target::Campaign(member.campaign),
        priority: member.priority,
        tier: Tier::Primary,
    });
    let asked = agent.queues.iter().filter(|member| member.tier != Tier::Pull);
    let queues = asked.map(|member| Line {
        target: Target::Queue(member.queue),
        priority: member.priority,
        tier: member.tier,
    });
    std::iter::once(own).chain(campaigns).chain(queues)
}
