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
    },
    /// Answered at that age; the detector has not said by whom.
    Answered {
        age: Age,
        at: Instant,
    },
    /// A person, since then.
    Person {
        since: Instant,
    },
}

impl Calls {
    /// The ages of the calls that ring.
    pub(super) fn ringing_s(&self, now: Instant) -> impl Iterator<Item = f64> + '_ {
        self.live.values().filter_map(move |call| match call {
            Call::Ringing { placed } => Some(seconds(now, *placed)),
            _ => None,
        })
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
    /// Takes a change; the stage that it ended, and how long that lasted.
    pub(super) fn change(
        &mut self,
        now: Instant,
        id: AgentId,
        doing: Doing,
    ) -> Option<(Busy, f64)> {
        let fresh = Agent { doing, since: now, leaving: false };
        if doing == Doing::Out {
            return self.agents.remove(&id).and_then(|was| ended(was, doing, now));
        }
        let Some(agent) = self.agents.get_mut(&id) else {
            self.agents.insert(id, fresh);
            return None;
        };
        let was = *agent;
        let stays = matches!(doing, Doing::Talk | Doing::Inbound | Doing::WrapUp) && was.leaving;
        *agent = Agent { leaving: stays, ..fresh };
        ended(was, doing, now)
    }

    pub(super) fn is_leaving(&mut self, id: AgentId) {
        if let Some(agent) = self.agents.get_mut(&id) {
            agent.leaving = true;
        }
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

/// A stage that an agent's change ended. A talk that ends in a pause tells nothing of talks.
fn ended(was: Agent, doing: Doing, now: Instant) -> Option<(Busy, f64)> {
    let lasted = seconds(now, was.since);
    match (busy(was.doing)?, doing) {
        (Busy::WrapUp, _) => Some((Busy::WrapUp, lasted)),
        (talk, Doing::WrapUp) => Some((talk, lasted)),
        _ => None,
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
    !matches!(event, Event::Placed(_))
}
