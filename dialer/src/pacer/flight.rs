//! The pacer's own view of calls and agents, told by events, as the forecast needs it.

use super::Event;
use super::release::Busy;
use super::ring::Age;
use super::stage;
use crate::ids::AttemptId;
use routing::AgentId;
use std::collections::BTreeMap;
use std::time::Instant;

/// Calls in flight.
#[derive(Clone, Debug, Default)]
pub(super) struct Calls {
    pub(super) live: BTreeMap<AttemptId, Call>,
}

/// How far a call has come.
#[derive(Clone, Copy, Debug)]
pub(super) enum Call {
    Ringing {
        placed: Instant,
        /// Since when it rings at the other end, where the carrier says so.
        rings: Option<Instant>,
    },
    /// Answered at that age; the detector has not said by whom.
    Answered { age: Age, at: Instant },
    /// A person, since then.
    Person { since: Instant },
}

impl Calls {
    /// The ages of the calls that ring.
    pub(super) fn ringing_s(&self, now: Instant) -> impl Iterator<Item = f64> + '_ {
        self.live.values().filter_map(move |call| match call {
            Call::Ringing { placed, .. } => Some(seconds(now, *placed)),
            _ => None,
        })
    }

    /// It rings at the other end.
    pub(super) fn rings(&mut self, now: Instant, id: AttemptId) {
        if let Some(Call::Ringing { rings, .. }) = self.live.get_mut(&id) {
            rings.get_or_insert(now);
        }
    }

    /// Calls that are not yet with a person, nor over.
    pub(super) fn undecided(&self) -> usize {
        self.live.values().filter(|call| !matches!(call, Call::Person { .. })).count()
    }
}

/// Agents and what they do.
#[derive(Clone, Debug, Default)]
pub(super) struct Agents {
    agents: BTreeMap<AgentId, Agent>,
    /// Rises whenever somebody comes or goes.
    roster: u64,
}

#[derive(Clone, Copy, Debug)]
struct Agent {
    doing: Doing,
    since: Instant,
    /// They pause or log out when this call is over: they are not coming back.
    leaving: bool,
}

/// What an agent does, as far as pacing cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doing {
    /// Ready for the next call.
    Idle,
    /// In conversation with somebody we dialled.
    Talk,
    /// In conversation with somebody who called.
    Inbound,
    /// In wrap-up.
    WrapUp,
    /// Paused.
    Paused,
    /// Logged out.
    Out,
}

impl Agents {
    /// Takes a change; the stages that it ended, and how long they lasted.
    pub(super) fn change(
        &mut self,
        now: Instant,
        id: AgentId,
        doing: Doing,
    ) -> [Option<(Busy, f64)>; 2] {
        let was = match doing {
            Doing::Out => self.agents.remove(&id),
            _ => self.agents.get(&id).copied(),
        };
        self.roster += u64::from(was.is_some() == (doing == Doing::Out));
        let Some(was) = was else {
            if doing != Doing::Out {
                self.agents.insert(id, Agent { doing, since: now, leaving: false });
            }
            return [None, None];
        };
        if was.doing == doing {
            return [None, None];
        }
        if doing != Doing::Out {
            let works = matches!(doing, Doing::Talk | Doing::Inbound | Doing::WrapUp);
            let leaving = works && was.leaving;
            self.agents.insert(id, Agent { doing, since: now, leaving });
        }
        ended(was, doing, now)
    }

    pub(super) fn is_leaving(&mut self, id: AgentId, leaving: bool) {
        if let Some(agent) = self.agents.get_mut(&id) {
            agent.leaving = leaving;
        }
    }

    /// Whether they are there to take calls, now or after the one in hand.
    pub(super) fn is_at_work(&self, id: AgentId) -> bool {
        let here = |agent: &Agent| !agent.leaving && agent.doing != Doing::Paused;
        self.agents.get(&id).is_some_and(here)
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = AgentId> + '_ {
        self.agents.keys().copied()
    }

    /// Another number than before when somebody has come or gone.
    pub(super) const fn roster(&self) -> u64 {
        self.roster
    }

    /// How many are logged in, paused or not.
    pub(super) fn logged_in(&self) -> usize {
        self.agents.len()
    }

    pub(super) fn idle(&self) -> usize {
        self.agents.values().filter(|agent| agent.doing == Doing::Idle).count()
    }

    /// How long each busy stage has lasted, by what it is.
    pub(super) fn running_s(&self, now: Instant) -> [Vec<f64>; 3] {
        let mut running = [vec![], vec![], vec![]];
        for agent in self.agents.values() {
            if let Some(busy) = busy(agent.doing) {
                running[busy.index()].push(seconds(now, agent.since));
            }
        }
        running
    }

    /// How many agents who come back have been busy with what, by the bin of its length.
    pub(super) fn coming_back(&self, now: Instant) -> BTreeMap<(Busy, usize), u32> {
        let mut counts = BTreeMap::new();
        for agent in self.agents.values().filter(|agent| !agent.leaving) {
            if let Some(busy) = busy(agent.doing) {
                let bin = stage::bin(seconds(now, agent.since));
                *counts.entry((busy, bin)).or_default() += 1;
            }
        }
        counts
    }
}

/// The stages that an agent's change ended. A talk that ends in a pause tells nothing of talks;
/// one that makes the agent ready at once had a wrap-up of no length.
fn ended(was: Agent, doing: Doing, now: Instant) -> [Option<(Busy, f64)>; 2] {
    let lasted = seconds(now, was.since);
    match (busy(was.doing), doing) {
        (Some(Busy::WrapUp), _) => [Some((Busy::WrapUp, lasted)), None],
        (Some(talk), Doing::WrapUp) => [Some((talk, lasted)), None],
        (Some(talk), Doing::Idle) => [Some((talk, lasted)), Some((Busy::WrapUp, 0.0))],
        _ => [None, None],
    }
}

fn busy(doing: Doing) -> Option<Busy> {
    match doing {
        Doing::Talk => Some(Busy::Talk),
        Doing::Inbound => Some(Busy::Inbound),
        Doing::WrapUp => Some(Busy::WrapUp),
        Doing::Idle | Doing::Paused | Doing::Out => None,
    }
}

pub(super) fn seconds(now: Instant, since: Instant) -> f64 {
    now.saturating_duration_since(since).as_secs_f64()
}

/// Whether an event can change what may be dialled.
pub(super) fn matters(event: Event) -> bool {
    !matches!(event, Event::Placed(_) | Event::Rings(_))
}
