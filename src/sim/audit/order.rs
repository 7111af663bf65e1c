//! Books on who is asked first: primary members before those who help out, then by the order of
//! the queue (R216 to R218).
//!
//! Only agents with a line of their own are compared: they have the caller in the step in which
//! they are asked. Who was set aside for a call that came to nothing keeps a place that cannot be
//! seen from here, and is compared by tier, level and turn alone.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use routing::queues::AgentOrder;
use routing::{AgentId, CallId, QueueId, StateName, Tier};

use super::Found;
use crate::sim::invariant::Invariant;
use crate::sim::scene::Scene;

/// Who is ready, and who is to be asked first.
#[derive(Debug, Default)]
pub(super) struct Order {
    ready: BTreeMap<AgentId, Since>,
    /// Who is or was set aside for a call, and for which while it is.
    set_aside: BTreeMap<AgentId, Option<CallId>>,
    with_line: BTreeSet<AgentId>,
    members: BTreeMap<(QueueId, AgentId), (Tier, u8)>,
    queues: BTreeMap<QueueId, AgentOrder>,
    /// The last caller of each queue that an agent got, counted.
    turns: BTreeMap<(QueueId, AgentId), u64>,
    turn: u64,
}

#[derive(Clone, Copy, Debug)]
struct Since {
    at: Duration,
    sure: bool,
}

impl Order {
    pub(super) fn new(scene: &Scene) -> Self {
        let members = scene.agents.iter().flat_map(|agent| {
            let own =
                |one: &routing::QueueMembership| ((one.queue, agent.id), (one.tier, one.level));
            agent.queues.iter().map(own).collect::<Vec<_>>()
        });
        let with_line = scene.agents.iter().filter(|agent| agent.connection.persistent);
        Self {
            with_line: with_line.map(|agent| agent.id).collect(),
            members: members.collect(),
            queues: scene.queues.iter().map(|queue| (queue.id, queue.order)).collect(),
            ..Self::default()
        }
    }

    /// The switch shows an agent.
    pub(super) fn see(
        &mut self,
        at: Duration,
        agent: AgentId,
        (state, call): (StateName, Option<CallId>),
    ) {
        use StateName as S;
        match state {
            S::Ready if self.with_line.contains(&agent) => {
                let sure = self.set_aside.remove(&agent).is_none();
                self.ready.entry(agent).or_insert(Since { at, sure });
            }
            S::Reserved | S::Ringing | S::Previewing => {
                self.ready.remove(&agent);
                self.set_aside.insert(agent, call);
            }
            _ => {
                self.ready.remove(&agent);
                self.set_aside.remove(&agent);
            }
        }
    }

    /// How many agents are set aside for a call.
    pub(super) fn set_aside(&self) -> usize {
        self.set_aside.len()
    }

    /// The calls for which an agent's telephone rings.
    pub(super) fn rung_for(&self) -> BTreeSet<CallId> {
        self.set_aside.values().flatten().copied().collect()
    }

    /// An agent is ready no more.
    pub(super) fn left(&mut self, agent: AgentId) {
        self.ready.remove(&agent);
    }

    /// An agent who was ready takes a caller of a queue: nobody who is ready comes first.
    pub(super) fn takes(&mut self, queue: QueueId, agent: AgentId) -> Found {
        let Some(own) = self.ready.remove(&agent) else { return Ok(()) };
        let order = self.queues.get(&queue).copied().unwrap_or_default();
        let turn = |agent| self.turns.get(&(queue, agent)).copied().unwrap_or(0);
        let member = |agent| self.members.get(&(queue, agent)).copied();
        let Some((tier, level)) = member(agent) else { return Ok(()) };
        let first = self.ready.iter().find(|(other, since)| {
            let Some((their_tier, their_level)) = member(**other) else { return false };
            match order {
                _ if their_tier != tier => their_tier < tier,
                AgentOrder::SkillLevel if their_level != level => their_level > level,
                AgentOrder::RoundRobin if turn(**other) != turn(agent) => {
                    turn(**other) < turn(agent)
                }
                _ => since.sure && own.sure && since.at < own.at,
            }
        });
        if let Some((other, _)) = first {
            let what = format!("{agent} was asked before {other} for a caller of {queue}");
            return Err((Invariant::Kept, what));
        }
        self.turn += 1;
        self.turns.insert((queue, agent), self.turn);
        Ok(())
    }
}
