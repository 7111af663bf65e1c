//! How often PINs may be tried: by one caller for one agent, by one caller, and for one agent by
//! all, over all calls.
//!
//! ```text
//!  Free ─wrong─▶ counted ─the fifth of a caller for one agent, the tenth of a caller─▶ Locked
//!   ▲               │                                                            │
//!   │               └─15 min without another, or 15 min of the lock◀─────────────┘
//!  of an agent, and of callers without a number: the sixth on waits 1, 2, 4, 8, 15 s
//! ```
//! Whoever is wrong is locked, never whom they say to be (FAULTS S2): an agent, and all who show no
//! number, are slowed alone. A number of the agent's own is held back where it were locked, so that
//! nobody shuts an agent out by forging it. A lock ends by itself, and nobody can hold it up: tries
//! while it stands do not count. At the bounds, what was wrong longest ago is forgotten; whoever
//! forges numbers is slowed by the agent's count. Beside all, wrong tries of the house are counted
//! by the hour, for somebody to be told.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::ids::AgentId;
use crate::number::Number;

/// What was tried in vain.
#[derive(Debug, Default)]
pub struct Guard {
    agents: BTreeMap<AgentId, Wrong>,
    callers: BTreeMap<Option<Number>, Wrong>,
    pairs: BTreeMap<(AgentId, Number), Wrong>,
    house: Option<Wrong>,
}

/// Who tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Source {
    /// The number that is shown; all who show none are one.
    pub number: Option<Number>,
    /// It is one of the agent's own.
    pub own: bool,
}

/// A try that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Try {
    /// How long it is held back before it is proven.
    pub wait: Duration,
    /// What it locks should it be wrong.
    pub locks: Locked,
}

/// What a wrong try has locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Locked {
    /// The caller, for this agent.
    pub pair: bool,
    /// The caller.
    pub caller: bool,
}

#[derive(Debug, Clone, Copy)]
struct Wrong {
    count: u32,
    latest: Instant,
}

impl Guard {
    /// Counts a try before it is known whether it is right, so that many at once are many. None
    /// where a lock stands already: it is wrong whatever it is. No agent is a number that nobody
    /// has.
    pub fn tries(&mut self, now: Instant, agent: Option<AgentId>, source: Source) -> Option<Try> {
        let pair = agent.zip(source.number);
        let stands = pair.is_some_and(|pair| stands(&self.pairs, &pair, now, OF_PAIR_MAX))
            || (source.number.is_some()
                && stands(&self.callers, &source.number, now, OF_CALLER_MAX));
        if stands && !source.own {
            return None;
        }
        let of_agent = agent.map(|agent| counted(&mut self.agents, agent, now));
        let of_pair = pair.map(|pair| counted(&mut self.pairs, pair, now));
        let of_caller = counted(&mut self.callers, source.number, now);
        let agent = of_agent.filter(|_| !source.own).map_or(Duration::ZERO, held);
        let unnumbered = if source.number.is_none() { held(of_caller) } else { Duration::ZERO };
        let own = if stands { HELD_MAX } else { Duration::ZERO };
        let locks = Locked {
            pair: !source.own && of_pair == Some(OF_PAIR_MAX),
            caller: source.number.is_some() && of_caller == OF_CALLER_MAX,
        };
        Some(Try { wait: agent.max(unnumbered).max(own), locks })
    }

    /// The try was right: it does not count, and none before it of this caller for the agent, nor
    /// what slows the agent.
    pub fn was_right(&mut self, agent: AgentId, source: Source) {
        self.agents.remove(&agent);
        if let Some(number) = source.number {
            self.pairs.remove(&(agent, number));
        }
        less(self.callers.get_mut(&source.number));
    }

    /// The try was wrong; tells whether the house has seen so many in an hour that somebody is to
    /// know.
    pub fn was_wrong(&mut self, now: Instant) -> bool {
        let house = self.house.get_or_insert(Wrong::none(now));
        // From the first one, not from the latest: a house makes some all day.
        if now >= house.latest + HOUSE_WINDOW {
            *house = Wrong::none(now);
        }
        house.count = house.count.saturating_add(1);
        house.count.is_multiple_of(OF_HOUSE_MAX)
    }

    /// The try was never proven: it does not count.
    pub fn was_none(&mut self, agent: Option<AgentId>, source: Source) {
        if let Some(agent) = agent {
            less(self.agents.get_mut(&agent));
        }
        if let Some(pair) = agent.zip(source.number) {
            less(self.pairs.get_mut(&pair));
        }
        less(self.callers.get_mut(&source.number));
    }

    /// The agent has a new PIN: what was wrong before is forgotten.
    pub fn forgive(&mut self, agent: AgentId) {
        self.agents.remove(&agent);
        self.pairs.retain(|(of, _), _| *of != agent);
    }
}

impl Wrong {
    fn none(now: Instant) -> Self {
        Self { count: 0, latest: now }
    }
}

fn stands<K: Ord>(all: &BTreeMap<K, Wrong>, key: &K, now: Instant, most: u32) -> bool {
    all.get(key).is_some_and(|wrong| wrong.count >= most && now < wrong.latest + WINDOW)
}

fn counted<K: Ord + Copy>(all: &mut BTreeMap<K, Wrong>, key: K, now: Instant) -> u32 {
    if !all.contains_key(&key) {
        make_room(all, now);
    }
    let wrong = all.entry(key).or_insert(Wrong::none(now));
    if now >= wrong.latest + WINDOW {
        wrong.count = 0;
    }
    wrong.count = wrong.count.saturating_add(1);
    wrong.latest = now;
    wrong.count
}

fn less(wrong: Option<&mut Wrong>) {
    if let Some(wrong) = wrong {
        wrong.count = wrong.count.saturating_sub(1);
    }
}

fn make_room<K: Ord + Copy>(all: &mut BTreeMap<K, Wrong>, now: Instant) {
    if all.len() < REMEMBERED_MAX {
        return;
    }
    all.retain(|_, wrong| now < wrong.latest + WINDOW);
    if all.len() < REMEMBERED_MAX {
        return;
    }
    let oldest = all.iter().min_by_key(|(_, wrong)| wrong.latest).map(|(key, _)| *key);
    if let Some(oldest) = oldest {
        all.remove(&oldest);
    }
}

/// How long a try is held back that makes it so many.
fn held(count: u32) -> Duration {
    match count.checked_sub(FREE + 1) {
        None => Duration::ZERO,
        Some(more) => Duration::from_secs(1 << more.min(4)).min(HELD_MAX),
    }
}

/// Wrong PINs of one agent from one number before that number is locked for that agent.
const OF_PAIR_MAX: u32 = 5;

/// Wrong tries from one number before nothing from it counts.
const OF_CALLER_MAX: u32 = 10;

/// Wrong PINs of one agent, and tries without a number, that are not held back.
const FREE: u32 = 5;

/// The longest that a try is held back.
const HELD_MAX: Duration = Duration::from_secs(15);

/// How long a lock stands, and how long a wrong try is remembered.
const WINDOW: Duration = Duration::from_mins(15);

/// Wrong tries in the house within an hour that somebody is told of, and each time so many more.
const OF_HOUSE_MAX: u32 = 50;

const HOUSE_WINDOW: Duration = Duration::from_hours(1);

/// Numbers, pairs and agents that are remembered, of each.
const REMEMBERED_MAX: usize = 4_096;

#[cfg(test)]
mod tests;
