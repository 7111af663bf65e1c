//! Covered: a year of promises through daylight saving, turns, kept, late, broken, called in,
//! replaced, and the bounds of a promise.

use super::*;
use crate::fixtures::{NOON, at, attempt, fiction};
use jiff::civil::date;
use uuid::Uuid;

fn agent(n: u128) -> AgentId {
    AgentId::from(Uuid::from_u128(n))
}

fn team(n: u128) -> TeamId {
    TeamId::from(Uuid::from_u128(n))
}

fn campaign() -> CampaignId {
    CampaignId::from(Uuid::from_u128(100))
}

fn id(n: u128) -> CallbackId {
    CallbackId::from(Uuid::from_u128(n))
}

/// A promise to lead `n`, due at noon, of agent 1 in team 1.
fn callback(n: u8) -> Callback {
    Callback {
        id: id(n.into()),
        lead: LeadId::from(Uuid::from_u128(1_000 + u128::from(n))),
        campaign: campaign(),
        number: fiction(n),
        due_at: at(NOON),
        zone: "America/New_York".to_owned(),
        owner: Some(agent(1)),
        team: Some(team(1)),
        terms: Terms::default(),
        note: String::new(),
    }
}

fn book(callbacks: &[Callback]) -> Callbacks {
    let (mut book, mut out) = (Callbacks::default(), Vec::new());
    for callback in callbacks {
        assert!(book.promise(callback.clone(), &mut out));
    }
    assert_eq!(out, []);
    book
}

fn later(minutes: i64) -> Timestamp {
    at(NOON) + SignedDuration::from_mins(minutes)
}

fn tick(book: &mut Callbacks, now: Timestamp) -> Vec<Notice> {
    let mut out = Vec::new();
    book.tick(now, &mut out);
    out
}

/// Issue 6: fired on time, ± 1 s, in a simulated year with DST. A promise every day at half past
/// two in the morning and at nine, in zones whose clocks change on other days or not at all; the
/// book is driven by nothing but its own deadline.
#[test]
fn a_year_of_promises_falls_due_to_the_microsecond_through_every_change_of_clocks() {
    let zones = ["America/New_York", "Europe/London", "Australia/Lord_Howe", "Asia/Kolkata"];
    let (mut book, mut leapt) = (Callbacks::default(), 0);
    let mut expected = BTreeMap::new();
    for (n, zone) in zones.iter().enumerate() {
        for day in 0..365 {
            for (hour, minute) in [(2, 30), (9, 0)] {
                let day_of = date(2026, 1, 1).checked_add(jiff::Span::new().days(day)).unwrap();
                let local = day_of.at(hour, minute, 0, 0);
                let Ok(due_at) = moment(zone, local) else {
                    leapt += 1;
                    continue;
                };
                let key = u128::try_from(n).unwrap() << 32 | u128::try_from(day).unwrap() << 8;
                let key = key | u128::try_from(hour).unwrap();
                let lead = LeadId::from(Uuid::from_u128(key));
                let promise = Callback { id: id(key), lead, due_at, ..callback(0) };
                expected.insert(id(key), (zone, local, due_at));
                assert!(book.promise(promise, &mut Vec::new()));
            }
        }
    }
    // New York and London leap over 02:30 or not: only New York's spring does.
    assert_eq!((leapt, expected.len()), (1, 4 * 365 * 2 - 1));
    let mut fired = 0;
    while let Some(now) = book.deadline() {
        for notice in tick(&mut book, now) {
            let Notice::Turn(due, Turn::Owner(_)) = notice else { continue };
            let (zone, local, due_at) = expected[&due];
            assert_eq!(due_at, now);
            assert_eq!(crate::zones::Zone::named(zone).unwrap().local(now), local);
            fired += 1;
            let lead = book.get(due).unwrap().lead;
            book.reached(now, lead, &mut Vec::new());
        }
    }
    assert_eq!((fired, book.is_empty()), (expected.len(), true));
}

/// Owner, after five minutes the team, after ten anyone; each agent sees what is theirs.
#[test]
fn a_promise_goes_from_its_owner_to_the_team_and_then_to_anyone() {
    let mut book = book(&[callback(1)]);
    assert_eq!(tick(&mut book, later(-1)), []);
    let sees = |book: &Callbacks, now, who, teams: &[TeamId]| {
        book.next_for(now, campaign(), agent(who), teams).is_some()
    };
    assert!(!sees(&book, later(-1), 1, &[]));
    assert_eq!(tick(&mut book, later(0)), [Notice::Turn(id(1), Turn::Owner(agent(1)))]);
    assert!(sees(&book, later(4), 1, &[]) && !sees(&book, later(4), 2, &[team(1)]));
    assert_eq!(book.deadline(), Some(later(5)));
    assert_eq!(tick(&mut book, later(5)), [Notice::Turn(id(1), Turn::Team(team(1)))]);
    assert!(sees(&book, later(9), 2, &[team(1)]) && !sees(&book, later(9), 3, &[team(2)]));
    assert_eq!(tick(&mut book, later(10)), [Notice::Turn(id(1), Turn::Anyone)]);
    assert!(sees(&book, later(10), 3, &[]));
    let other = CampaignId::from(Uuid::nil());
    assert_eq!(book.next_for(later(10), other, agent(1), &[]), None);
    assert_eq!(tick(&mut book, later(1_440)), [Notice::Closed(id(1), Closing::Broken)]);
    assert!(book.is_empty() && book.deadline().is_none());
}

#[test]
fn without_an_owner_it_begins_at_the_team_and_without_both_at_anyone() {
    let turn = |owner, team, minutes| {
        Callback { owner, team, ..callback(1) }.turn(later(minutes)).unwrap()
    };
    assert_eq!(turn(None, Some(team(1)), 0), Turn::Team(team(1)));
    assert_eq!(turn(None, None, 0), Turn::Anyone);
    assert_eq!(turn(Some(agent(1)), None, 9), Turn::Owner(agent(1)));
    assert_eq!(turn(Some(agent(1)), None, 10), Turn::Anyone);
}

/// Kept to the last moment of the window, late after it; before its time it stands.
#[test]
fn a_promise_is_kept_within_its_window_and_late_after_it() {
    let closed = |minutes| {
        let (mut book, mut out) = (book(&[callback(1)]), Vec::new());
        book.reached(later(minutes), callback(1).lead, &mut out);
        out
    };
    assert_eq!(closed(-1), []);
    assert_eq!(closed(0), [Notice::Closed(id(1), Closing::Kept)]);
    assert_eq!(closed(15), [Notice::Closed(id(1), Closing::Kept)]);
    assert_eq!(closed(16), [Notice::Closed(id(1), Closing::Late)]);
}

/// A person who did not answer is called again when the recycling rule says, and not before; while
/// they are being called it is nobody's turn.
#[test]
fn who_is_not_reached_is_due_again_after_the_rest() {
    let mut book = book(&[callback(1)]);
    let lead = callback(1).lead;
    tick(&mut book, later(0));
    book.calling(later(0), lead, attempt(1));
    assert_eq!(tick(&mut book, later(5)), [], "the call is under way");
    let mut out = Vec::new();
    assert_eq!(book.calls_again(lead, attempt(1), Some(later(30))), Some(later(30)));
    assert_eq!(book.calls_again(lead, attempt(1), Some(later(1_440))), None, "given up by then");
    book.missed((lead, Some(attempt(1))), Some(later(30)), &mut out);
    assert_eq!(out, []);
    assert_eq!(tick(&mut book, later(29)), []);
    assert_eq!(tick(&mut book, later(30)), [Notice::Turn(id(1), Turn::Anyone)]);
    book.missed((lead, None), None, &mut out);
    assert_eq!(out, [Notice::Closed(id(1), Closing::Broken)]);
}

/// An agent dials the person by hand before the time, or the promise is made in that very call:
/// how the call ends says nothing of the promise.
#[test]
fn a_call_that_was_not_made_for_the_promise_does_not_end_it() {
    let mut book = book(&[callback(1)]);
    let lead = callback(1).lead;
    let mut out = Vec::new();
    book.calling(later(-5), lead, attempt(1));
    assert!(!book.is_calling(lead, attempt(1)));
    book.missed((lead, Some(attempt(1))), None, &mut out);
    tick(&mut book, later(0));
    book.calling(later(0), lead, attempt(2));
    book.missed((lead, Some(attempt(1))), None, &mut out);
    book.missed((lead, None), None, &mut out);
    assert_eq!((out, book.is_calling(lead, attempt(2))), (vec![], true));
}

/// A call that ends after the promise was given up closes it at once.
#[test]
fn a_call_that_outlasts_the_promise_breaks_it_only_when_it_fails() {
    let mut book = book(&[callback(1)]);
    let lead = callback(1).lead;
    book.calling(later(0), lead, attempt(1));
    assert_eq!(tick(&mut book, later(2_000)), []);
    let mut out = Vec::new();
    book.missed((lead, Some(attempt(1))), Some(later(2_100)), &mut out);
    assert_eq!(out, [Notice::Closed(id(1), Closing::Broken)]);
}

#[test]
fn a_customer_who_calls_in_needs_no_call_any_more() {
    let mut book = book(&[callback(1), callback(2)]);
    let mut out = Vec::new();
    book.called_in(fiction(1), &mut out);
    assert_eq!(out, [Notice::Closed(id(1), Closing::CalledIn)]);
    book.called_in(fiction(9), &mut out);
    assert_eq!((out.len(), book.len()), (1, 1));
}

/// One person is promised one call: the newer promise stands.
#[test]
fn a_new_promise_to_the_same_person_takes_the_place_of_the_old() {
    let mut book = book(&[callback(1)]);
    let mut out = Vec::new();
    let moved = Callback { id: id(7), due_at: later(60), ..callback(1) };
    assert!(book.promise(moved, &mut out));
    assert_eq!(out, [Notice::Closed(id(1), Closing::Withdrawn)]);
    assert_eq!((book.deadline(), book.len()), (Some(later(60)), 1));
    book.withdraw(id(7), &mut out);
    book.withdraw(id(7), &mut out);
    assert_eq!(out.len(), 2);
}

#[test]
fn a_wrong_promise_names_its_fields() {
    let mut wrong = callback(1);
    assert_eq!(wrong.validate(later(-1)), Ok(()));
    wrong.zone = "Mars/Olympus".to_owned();
    wrong.note = "x".repeat(1_001);
    wrong.terms = Terms {
        window_min: 0,
        to_team_after_min: 20,
        to_anyone_after_min: 10,
        give_up_after_min: 0,
    };
    let wrong = wrong.validate(later(0)).unwrap_err();
    let fields: Vec<_> = wrong.iter().map(|invalid| &*invalid.field).collect();
    let terms = ["terms.window_min", "terms.to_anyone_after_min", "terms.give_up_after_min"];
    assert_eq!(fields[..3], ["due_at", "zone", "note"]);
    assert_eq!(fields[3..], terms);
}

/// 8 March 2026: 02:30 does not exist in New York. 1 November: it exists once, 01:30 twice.
#[test]
fn a_local_time_is_a_moment_and_the_one_that_spring_leaps_over_is_none() {
    let told = moment("America/New_York", date(2026, 3, 8).at(2, 30, 0, 0)).unwrap_err();
    assert!(told.to_string().contains("expected 2026-03-08T03:30:00"), "{told}");
    let twice = moment("America/New_York", date(2026, 11, 1).at(1, 30, 0, 0));
    assert_eq!(twice, Ok(at("2026-11-01T05:30:00Z")), "the earlier");
    let zone = moment("Mars/Olympus", date(2026, 1, 1).at(9, 0, 0, 0)).unwrap_err();
    assert!(matches!(zone, NoSuchMoment::Zone { .. }));
}
