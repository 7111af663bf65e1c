//! The guard in virtual time: whom a wrong try locks, whom it slows, and for how long.

use uuid::Uuid;

use super::*;
use crate::origin;

fn agent(n: u128) -> AgentId {
    AgentId::from(Uuid::from_u128(n))
}

fn from(n: u32) -> Source {
    let number = format!("+1202{:07}", 5_550_000 + n).parse().unwrap();
    Source { number: Some(number), own: false }
}

const OWN_LATE: Duration = Duration::from_secs(15);
const NOBODY: Source = Source { number: None, own: false };

fn waits(guard: &mut Guard, agent: AgentId, source: Source) -> Option<u64> {
    guard.tries(origin(), Some(agent), source).map(|one| one.wait.as_secs())
}

#[test]
fn the_fifth_wrong_pin_of_an_agent_from_a_number_locks_that_number_for_that_agent() {
    let (mut guard, start) = (Guard::default(), origin());
    for n in 1..=5 {
        let locks = guard.tries(start, Some(agent(1)), from(1)).unwrap().locks;
        assert_eq!(locks, Locked { pair: n == 5, caller: false });
    }
    assert_eq!(guard.tries(start, Some(agent(1)), from(1)), None);
    assert!(guard.tries(start, Some(agent(2)), from(1)).is_some(), "a colleague at its telephone");
    assert!(guard.tries(start, Some(agent(1)), from(2)).is_some(), "the agent at another");
    let end = start + WINDOW;
    let late = end.checked_sub(Duration::from_nanos(1)).unwrap();
    assert_eq!(guard.tries(late, Some(agent(1)), from(1)), None);
    let again = guard.tries(end, Some(agent(1)), from(1)).unwrap();
    assert_eq!(again.locks, Locked::default(), "who tries on holds nothing up");
}

/// FAULTS S2: whoever is wrong is locked, and never the agent.
#[test]
fn an_agent_is_slowed_and_never_shut() {
    let mut guard = Guard::default();
    let held: Vec<_> = (1..=12).map(|n| waits(&mut guard, agent(1), from(n)).unwrap()).collect();
    assert_eq!(held, [0, 0, 0, 0, 0, 1, 2, 4, 8, 15, 15, 15]);
    let own = Source { own: true, ..from(77) };
    assert_eq!(waits(&mut guard, agent(1), own), Some(0), "nor is its own number slowed");
    guard.was_right(agent(1), own);
    assert_eq!(waits(&mut guard, agent(1), from(78)), Some(0));
}

#[test]
fn an_own_number_that_others_forged_is_held_back_and_passes() {
    let mut guard = Guard::default();
    let own = Source { own: true, ..from(1) };
    for _ in 0..5 {
        assert_eq!(waits(&mut guard, agent(1), own), Some(0));
    }
    for _ in 0..20 {
        let held = guard.tries(origin(), Some(agent(1)), own).unwrap();
        assert_eq!((held.wait, held.locks.pair), (OWN_LATE, false));
    }
    assert_eq!(guard.tries(origin(), Some(agent(2)), from(1)), None, "for others it is locked");
    guard.was_right(agent(1), own);
    guard.forgive(agent(1));
}

#[test]
fn the_tenth_wrong_try_from_a_number_locks_it_whoever_it_says_to_be() {
    let (mut guard, start) = (Guard::default(), origin());
    for n in 0..10 {
        let of = (n % 2 == 0).then(|| agent(n));
        assert_eq!(guard.tries(start, of, from(1)).unwrap().locks.caller, n == 9);
    }
    assert_eq!(guard.tries(start, None, from(1)), None);
    assert_eq!(guard.tries(start, Some(agent(77)), from(1)), None);
    assert!(guard.tries(start, Some(agent(77)), from(2)).is_some());
    assert!(guard.tries(start + WINDOW, None, from(1)).is_some());
}

/// One caller without a number shuts no other out.
#[test]
fn callers_without_a_number_are_slowed_and_not_locked() {
    let mut guard = Guard::default();
    for n in 0..30 {
        let held = guard.tries(origin(), Some(agent(n)), NOBODY).unwrap();
        assert_eq!(held.locks, Locked::default());
        assert_eq!(held.wait.is_zero(), n < 5, "{n}");
        assert!(held.wait <= HELD_MAX);
    }
}

/// Twenty agents of one office, who show one number; and what nobody proved.
#[test]
fn tries_that_are_right_or_none_lock_nobody() {
    let (mut guard, start) = (Guard::default(), origin());
    for n in 0..20 {
        assert_eq!(guard.tries(start, Some(agent(n)), from(1)), Some(Try::default()));
        guard.was_right(agent(n), from(1));
        assert_eq!(guard.tries(start, Some(agent(1)), from(2)), Some(Try::default()));
        guard.was_none(Some(agent(1)), from(2));
    }
    for _ in 0..4 {
        guard.tries(start, Some(agent(1)), from(1));
    }
    guard.forgive(agent(1));
    assert_eq!(guard.tries(start, Some(agent(1)), from(1)), Some(Try::default()));
}

#[test]
fn the_house_is_told_of_every_fiftieth_wrong_try_within_an_hour() {
    let (mut guard, start) = (Guard::default(), origin());
    let told = (1..=100).filter(|_| guard.was_wrong(start)).count();
    assert_eq!(told, 2);
    for n in 1..=49 {
        assert!(!guard.was_wrong(start + HOUSE_WINDOW + Duration::from_secs(n)));
    }
    assert!(!guard.was_wrong(start + HOUSE_WINDOW * 2 + Duration::from_secs(1)), "a new hour");
}

#[test]
fn no_more_callers_are_remembered_than_there_is_room_for() {
    let (mut guard, start) = (Guard::default(), origin());
    for n in 0..=u32::try_from(REMEMBERED_MAX).unwrap() {
        guard.tries(start + Duration::from_millis(n.into()), Some(agent(1)), from(n));
    }
    assert_eq!((guard.callers.len(), guard.pairs.len()), (REMEMBERED_MAX, REMEMBERED_MAX));
    assert!(!guard.callers.contains_key(&from(0).number), "the one who was wrong longest ago");
    guard.tries(start + WINDOW * 2, None, from(9_999));
    assert_eq!(guard.callers.len(), 1);
}
