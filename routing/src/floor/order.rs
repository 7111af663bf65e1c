//! The two orders that make a floor fair: among waiting calls, and among ready agents.
//!
//! Calls: a customer whom we dialled before all inbound; then by level, high before medium before
//! low (R145, FAULTS D13), where each full ageing step waited lifts a call by one priority, so
//! that none starves; then whoever is due first. Agents: primary before secondary (R217, R218),
//! then by the order of the queue: whoever is idle longest, whose turn it is, or who knows most.

use super::pool::Line;
use super::work::Work;
use crate::agents::{LEVEL_MAX, Priority, Tier};
use crate::ids::{AgentId, CallId};
use crate::queues::AgentOrder;
use std::time::{Duration, Instant};

/// The order among calls for one agent: the least is served first.
///
/// `membership` is the agent's own priority for the call's line, which weighs more than the
/// call's within the line.
pub(super) fn among_calls(
    now: Instant,
    ageing: Duration,
    membership: Priority,
    lane: Lane,
    turn: Turn,
) -> CallRank {
    let level = match lane {
        Lane::Answered => 0,
        Lane::Inbound(priority) => {
            let waited = now.saturating_duration_since(turn.arrived);
            let steps = waited.as_nanos().checked_div(ageing.as_nanos()).unwrap_or(0);
            let promoted = u32::try_from(steps.min(9)).unwrap_or(9) * PRIORITIES;
            (membership as u32 * PRIORITIES + priority as u32).saturating_sub(promoted)
        }
    };
    CallRank { inbound: lane != Lane::Answered, level, turn }
}

const PRIORITIES: u32 = 3;

/// The order among agents for one line: the least is asked first.
///
/// `turn` is the agent's last in this line. Whatever the order, of two who are equal by it the one
/// who is idle longer is asked.
pub(super) fn among_agents(
    order: AgentOrder,
    line: &Line,
    turn: u64,
    place: Place,
    agent: AgentId,
) -> AgentRank {
    let first = match order {
        AgentOrder::LongestIdle => 0,
        AgentOrder::RoundRobin => turn,
        AgentOrder::SkillLevel => u64::from(LEVEL_MAX.saturating_sub(line.level)),
    };
    AgentRank { tier: line.tier, first, place, agent }
}

/// A call's rank for one agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct CallRank {
    inbound: bool,
    level: u32,
    pub(super) turn: Turn,
}

/// An agent's rank in one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct AgentRank {
    tier: Tier,
    first: u64,
    place: Place,
    pub(super) agent: AgentId,
}

/// Since when an agent is idle; of two at the same instant, who was first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    since: Instant,
    serial: u64,
}

impl Place {
    pub(super) fn new(since: Instant, serial: u64) -> Self {
        Self { since, serial }
    }
}

/// A part of a line within which calls are served strictly in turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lane {
    /// Customers whom we dialled.
    Answered,
    /// Callers, by the priority of the call.
    Inbound(Priority),
}

impl Lane {
    pub(super) const ALL: [Self; 4] = [
        Self::Answered,
        Self::Inbound(Priority::High),
        Self::Inbound(Priority::Medium),
        Self::Inbound(Priority::Low),
    ];

    pub(super) fn of(work: &Work) -> Self {
        if work.answered { Self::Answered } else { Self::Inbound(work.priority) }
    }

    /// Its place in [`Lane::ALL`].
    pub(super) fn index(self) -> usize {
        match self {
            Self::Answered => 0,
            Self::Inbound(priority) => 1 + priority as usize,
        }
    }
}

/// A call's turn within its lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Turn {
    /// When it should be served: a legal deadline, or the service level of its queue.
    pub(super) due: Instant,
    pub(super) serial: u64,
    pub(super) call: CallId,
    pub(super) arrived: Instant,
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    const STEP: Duration = Duration::from_mins(2);

    fn turn(base: Instant, arrived_s: u64, slack_s: u64) -> Turn {
        let arrived = base + Duration::from_secs(arrived_s);
        let call = CallId::from(Uuid::from_u128(u128::from(arrived_s)));
        Turn { due: arrived + Duration::from_secs(slack_s), serial: arrived_s, call, arrived }
    }

    fn rank(now: Instant, membership: Priority, lane: Lane, turn: Turn) -> CallRank {
        among_calls(now, STEP, membership, lane, turn)
    }

    /// DESIGN §3: an answered customer goes before any caller, whatever either's priority.
    #[test]
    fn an_answered_customer_goes_before_the_oldest_caller_of_the_highest_priority() {
        let base = crate::origin();
        let now = base + Duration::from_secs(1_000);
        let caller = rank(now, Priority::High, Lane::Inbound(Priority::High), turn(base, 0, 20));
        let customer = rank(now, Priority::Low, Lane::Answered, turn(base, 1_000, 2));
        assert!(customer < caller);
        let sooner = rank(now, Priority::Low, Lane::Answered, turn(base, 999, 2));
        assert!(sooner < customer, "then the earliest deadline");
    }

    /// FAULTS D13 and REQUIREMENTS A6: strict, with ageing as the guard against starvation.
    #[test]
    fn high_goes_before_medium_until_the_medium_one_has_aged_a_full_step() {
        let base = crate::origin();
        let medium = turn(base, 0, 20);
        let lane = Lane::Inbound(Priority::Medium);
        let fresh = |now_s: u64| turn(base, now_s, 20);
        for (now_s, medium_first) in [(1, false), (119, false), (120, true), (500, true)] {
            let now = base + Duration::from_secs(now_s);
            let old = rank(now, Priority::Medium, lane, medium);
            let new = rank(now, Priority::High, lane, fresh(now_s));
            assert_eq!(old < new, medium_first, "after {now_s} s");
        }
    }

    #[test]
    fn the_agents_priority_for_the_line_weighs_more_than_the_calls_within_it() {
        let base = crate::origin();
        let one = rank(base, Priority::High, Lane::Inbound(Priority::Low), turn(base, 0, 20));
        let two = rank(base, Priority::Medium, Lane::Inbound(Priority::High), turn(base, 0, 20));
        assert!(one < two);
    }

    #[test]
    fn of_two_equal_callers_the_one_whose_service_level_ends_first_is_served_first() {
        let base = crate::origin();
        let lane = Lane::Inbound(Priority::Medium);
        let patient = rank(base, Priority::Medium, lane, turn(base, 0, 60));
        let urgent = rank(base, Priority::Medium, lane, turn(base, 10, 20));
        assert!(urgent < patient);
    }

    /// R217, R218: and the orders of issue 5, point 4.
    #[test]
    fn primary_members_go_before_secondary_and_then_by_the_order_of_the_queue() {
        use {AgentOrder as By, Tier as T};
        let base = crate::origin();
        let place = |s: u64| Place::new(base + Duration::from_secs(s), s);
        let rank = |order, tier, level, turn, since| {
            let target = crate::floor::Target::Queue(Uuid::from_u128(3).into());
            let line = Line { target, priority: Priority::Medium, tier, level, calls_max: None };
            let agent = AgentId::from(Uuid::from_u128(u128::from(100 - since)));
            among_agents(order, &line, turn, place(since), agent)
        };
        for order in [By::LongestIdle, By::RoundRobin, By::SkillLevel] {
            let primary = rank(order, T::Primary, 1, 99, 9);
            assert!(primary < rank(order, T::Secondary, 10, 0, 0), "{order:?}");
            assert!(rank(order, T::Primary, 5, 7, 5) < rank(order, T::Primary, 5, 7, 6));
        }
        let idle_longer = |order| rank(order, T::Primary, 1, 8, 0);
        let other = |order| rank(order, T::Primary, 2, 7, 1);
        assert!(idle_longer(By::LongestIdle) < other(By::LongestIdle));
        assert!(other(By::RoundRobin) < idle_longer(By::RoundRobin), "whose turn was before");
        assert!(other(By::SkillLevel) < idle_longer(By::SkillLevel), "who knows more");
    }
}
