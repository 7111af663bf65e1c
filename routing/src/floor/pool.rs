//! The ready pool: for every campaign and queue, its ready agents in the order they are asked.

use super::order::AgentRank;
use super::work::Target;
use crate::agents::{Agent, Priority, Tier};
use crate::ids::AgentId;
use std::collections::{BTreeMap, BTreeSet};

/// Ready agents by line; an agent stands in every line of theirs at once.
#[derive(Debug, Default)]
pub(super) struct Pool(BTreeMap<Target, BTreeSet<AgentRank>>);

/// Where one agent stands: a rank in each line.
pub(super) type Standing = Vec<(Target, AgentRank)>;

impl Pool {
    pub(super) fn insert(&mut self, standing: &Standing) {
        for (target, rank) in standing {
            self.0.entry(*target).or_default().insert(*rank);
        }
    }

    pub(super) fn remove(&mut self, standing: &Standing) {
        for (target, rank) in standing {
            if let Some(ranks) = self.0.get_mut(target) {
                ranks.remove(rank);
                if ranks.is_empty() {
                    self.0.remove(target);
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

    pub(super) fn holds(&self, standing: &Standing) -> bool {
        standing
            .iter()
            .all(|(target, rank)| self.0.get(target).is_some_and(|ranks| ranks.contains(rank)))
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
    pub(super) tier: Tier,
    pub(super) level: u8,
    /// The line's own limit of calls in hand and parked (R230).
    pub(super) calls_max: Option<u8>,
}

/// Every line that an agent is asked for; the agent's own callers are of high priority.
pub(super) fn lines(agent: &Agent) -> impl Iterator<Item = Line> + '_ {
    let line = |target, priority| {
        let (tier, level, calls_max) = (Tier::Primary, 1, None);
        Line { target, priority, tier, level, calls_max }
    };
    let own = line(Target::Agent(agent.id), Priority::High);
    let campaigns = agent.campaigns.iter();
    let campaigns =
        campaigns.map(move |member| line(Target::Campaign(member.campaign), member.priority));
    let asked = agent.queues.iter().filter(|member| member.tier != Tier::Pull);
    let queues = asked.map(|member| Line {
        target: Target::Queue(member.queue),
        priority: member.priority,
        tier: member.tier,
        level: member.level,
        calls_max: member.calls_max,
    });
    std::iter::once(own).chain(campaigns).chain(queues)
}
