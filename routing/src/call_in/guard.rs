//! How often PINs may be tried: for each agent, and from each caller, over all calls.
//!
//! ```text
//!  Free ─wrong─▶ counted ─the fifth of an agent, the tenth of a caller─▶ Locked ─15 min─▶ Free
//!   ▲               └─15 min without another──────────────────────────────────────────────┘
//! ```
//! A lock ends by itself, and nobody can hold it up: tries while it stands do not count.
//! Callers who show no number count as one. At the bound on callers, the one who was wrong longest
//! ago is forgotten; the count of an agent is never, so whoever forges numbers gains nothing.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::ids::AgentId;

/// What was tried in vain.
#[derive(Debug, Default)]
pub struct Guard {
    agents: BTreeMap<AgentId, Wrong>,
    callers: BTreeMap<String, Wrong>,
}

/// What a wrong try has locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Locked {
    /// The agent's PIN.
    pub agent: bool,
    /// The caller.
    pub caller: bool,
}

#[derive(Debug, Clone, Copy)]
struct Wrong {
    count: u32,
    latest: Instant,
}

impl Guard {
    /// Counts a try before it is known whether it is right, so that many at once are many; tells
    /// what it locks should it be wrong. None where a lock stands already: it is wrong whatever it
    /// is. No agent is a number that nobody has.
    pub fn tries(&mut self, now: Instant, agent: Option<AgentId>, caller: &str) -> Option<Locked> {
        let of_agent = agent.and_then(|agent| self.agents.get(&agent));
        if of_agent.is_some_and(|wrong| wrong.stands(now, OF_AGENT_MAX))
            || self.callers.get(caller).is_some_and(|wrong| wrong.stands(now, OF_CALLER_MAX))
        {
            return None;
        }
        let agent = agent.map(|agent| self.agents.entry(agent).or_insert(Wrong::none(now)));
        let agent = agent.is_some_and(|wrong| count(now, wrong) == OF_AGENT_MAX);
        if !self.callers.contains_key(caller) {
            self.make_room(now);
        }
        let caller = self.callers.entry(caller.to_owned()).or_insert(Wrong::none(now));
        Some(Locked { agent, caller: count(now, caller) == OF_CALLER_MAX })
    }

    /// The try was right: it does not count, and of the agent none before it.
    pub fn was_right(&mut self, agent: AgentId, caller: &str) {
        self.forgive(agent);
        if let Some(wrong) = self.callers.get_mut(caller) {
            wrong.count = wrong.count.saturating_sub(1);
        }
    }

    /// The agent has a new PIN: what was wrong before is forgotten.
    pub fn forgive(&mut self, agent: AgentId) {
        self.agents.remove(&agent);
    }

    fn make_room(&mut self, now: Instant) {
        if self.callers.len() < CALLERS_MAX {
            return;
        }
        self.callers.retain(|_, wrong| now < wrong.latest + WINDOW);
        if self.callers.len() < CALLERS_MAX {
            return;
        }
        let oldest = self.callers.iter().min_by_key(|(_, wrong)| wrong.latest);
        if let Some(oldest) = oldest.map(|(caller, _)| caller.clone()) {
            self.callers.remove(&oldest);
        }
    }
}

impl Wrong {
    fn none(now: Instant) -> Self {
        Self { count: 0, latest: now }
    }

    fn stands(&self, now: Instant, most: u32) -> bool {
        self.count >= most && now < self.latest + WINDOW
    }
}

fn count(now: Instant, wrong: &mut Wrong) -> u32 {
    if now >= wrong.latest + WINDOW {
        wrong.count = 0;
    }
    wrong.count = wrong.count.saturating_add(1);
    wrong.latest = now;
    wrong.count
}

/// Wrong PINs of one agent before nobody can try it.
const OF_AGENT_MAX: u32 = 5;

/// Wrong tries from one number before nothing from it counts.
const OF_CALLER_MAX: u32 = 10;

/// How long a lock stands, and how long a wrong try is remembered.
const WINDOW: Duration = Duration::from_mins(15);

/// Numbers that are remembered.
const CALLERS_MAX: usize = 4_096;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::origin;
    use uuid::Uuid;

    const CALLER: &str = "+12025550111";

    fn agent(n: u128) -> AgentId {
        AgentId::from(Uuid::from_u128(n))
    }

    #[test]
    fn the_fifth_wrong_pin_of_an_agent_locks_it_for_fifteen_minutes() {
        let (mut guard, start) = (Guard::default(), origin());
        for n in 0..5_u32 {
            let locked = guard.tries(start, Some(agent(1)), &n.to_string());
            assert_eq!(locked, Some(Locked { agent: n == 4, caller: false }));
        }
        assert_eq!(guard.tries(start, Some(agent(1)), "x"), None);
        assert!(guard.tries(start, Some(agent(2)), "x").is_some());
        let end = start + WINDOW;
        let late = end.checked_sub(Duration::from_nanos(1)).unwrap();
        assert_eq!(guard.tries(late, Some(agent(1)), "y"), None);
        let first = Some(Locked::default());
        assert_eq!(guard.tries(end, Some(agent(1)), "y"), first, "who tries on holds nothing up");
    }

    #[test]
    fn the_tenth_wrong_try_from_a_number_locks_it_whoever_it_says_to_be() {
        let (mut guard, start) = (Guard::default(), origin());
        for n in 0..10 {
            let of = (n % 2 == 0).then(|| agent(n));
            assert_eq!(guard.tries(start, of, CALLER).unwrap().caller, n == 9);
        }
        assert_eq!(guard.tries(start, None, CALLER), None);
        assert_eq!(guard.tries(start, Some(agent(77)), CALLER), None);
        assert!(guard.tries(start, Some(agent(77)), "+12025550112").is_some());
        assert!(guard.tries(start + WINDOW, None, CALLER).is_some());
    }

    /// Twenty agents of one office, who show one number.
    #[test]
    fn right_tries_lock_nobody() {
        let (mut guard, start) = (Guard::default(), origin());
        for n in 0..20 {
            assert_eq!(guard.tries(start, Some(agent(n)), CALLER), Some(Locked::default()));
            guard.was_right(agent(n), CALLER);
        }
        for n in 0..4 {
            guard.tries(start, Some(agent(1)), &n.to_string());
        }
        guard.forgive(agent(1));
        assert_eq!(guard.tries(start, Some(agent(1)), "x"), Some(Locked::default()));
    }

    #[test]
    fn no_more_callers_are_remembered_than_there_is_room_for() {
        let (mut guard, start) = (Guard::default(), origin());
        for n in 0..=CALLERS_MAX {
            let now = start + Duration::from_millis(n.try_into().unwrap());
            guard.tries(now, None, &n.to_string());
        }
        assert_eq!(guard.callers.len(), CALLERS_MAX);
        assert!(!guard.callers.contains_key("0"), "the one who was wrong longest ago");
        guard.tries(start + WINDOW * 2, None, "late");
        assert_eq!(guard.callers.len(), 1);
    }
}
