//! Covered: pace, the stock, the life of an attempt, recycling, "why not". The gate's own checks
//! are tested beside it.

use super::*;
use crate::dnc::{Register, RegisterSettings};
use crate::fixtures::*;
use crate::gate::Check;
use crate::leads::OtherNumber;
use crate::outcomes::Retry;
use jiff::SignedDuration;
use proptest::prelude::*;
use std::collections::BTreeSet;

fn campaign() -> Campaign {
    Campaign::new(settings(), AbandonLedger::default())
}

fn later(seconds: i64) -> Timestamp {
    at(NOON) + SignedDuration::from_secs(seconds)
}

fn demand(free_agents: usize) -> Demand {
    Demand { free_agents, free_lines: 1_000, verdict: None }
}

fn stocked(leads: std::ops::Range<u8>) -> Campaign {
    let mut campaign = campaign();
    campaign.restock(at(NOON), leads.map(lead).collect());
    campaign
}

fn dial(campaign: &mut Campaign, gate: &mut Gate, n: u128) -> Option<Permit> {
    campaign.dial(at(NOON), gate, attempt(n), &way(), &mut Vec::new())
}

#[test]
fn progressive_dials_one_attempt_for_each_agent_who_has_none_on_the_way() {
    let (mut campaign, mut gate) = (stocked(0..10), gate());
    assert_eq!(campaign.pace(at(NOON), demand(3)).dial, 3);
    for n in 0..3 {
        assert!(dial(&mut campaign, &mut gate, n).is_some());
    }
    assert_eq!(campaign.pace(at(NOON), demand(3)).dial, 0);
    // One rings, one waits, one talks: the talker's agent is no longer free, the others' are.
    campaign.answered(attempt(0));
    campaign.connected(attempt(0));
    campaign.answered(attempt(1));
    assert_eq!(campaign.pace(at(NOON), demand(2)).dial, 0);
    assert_eq!(campaign.pace(at(NOON), demand(4)).dial, 2);
    assert_eq!((campaign.live(), campaign.unserved()), (3, 2));
}

/// Whose agent's line broke waits for another one: an agent less is free for those who ring, and
/// the law counts them as met.
#[test]
fn whoever_waits_again_needs_an_agent_and_was_not_abandoned() {
    let (mut campaign, mut gate) = (stocked(0..10), gate());
    campaign.pace(at(NOON), demand(2));
    assert!(dial(&mut campaign, &mut gate, 0).is_some());
    campaign.waits_again(attempt(0), true);
    assert_eq!(campaign.needs(attempt(0)), Some(Needs::AnAnswer));
    campaign.answered(attempt(0));
    campaign.connected(attempt(0));
    campaign.waits_again(attempt(0), true);
    assert_eq!((campaign.waiting(), campaign.unserved()), (1, 1));
    let sum = campaign.standing(at(NOON));
    assert!(sum.people >= 1.0 && sum.abandoned <= 0.0, "{sum:?}");
    assert_eq!(campaign.pace(at(NOON), demand(1)).dial, 0);
    campaign.waits_again(attempt(0), false);
    assert_eq!((campaign.waiting(), campaign.unserved()), (0, 0));
    assert_eq!(campaign.pace(at(NOON), demand(1)).dial, 1);
}

#[test]
fn pace_is_bounded_by_lines_by_the_mode_and_by_stopping() {
    let mut campaign = stocked(0..10);
    let scarce = Demand { free_agents: 9, free_lines: 2, verdict: None };
    assert_eq!(campaign.pace(at(NOON), scarce).dial, 2);
    let mut settings = settings();
    settings.mode = crate::Mode::Progressive { max_live: 4 };
    campaign.set(settings.clone());
    let sentence = campaign.pace(at(NOON), demand(9)).to_string();
    let expected = "4 dials (progressive): 9 agents free, 0 attempts may need one, 1000 lines free";
    assert_eq!(sentence, expected);
    settings.running = false;
    campaign.set(settings);
    assert_eq!(campaign.pace(at(NOON), demand(9)).dial, 0);
    assert_eq!(campaign.wants_refill(at(NOON), 9), None);
}

/// Issue 6: callbacks first, then priority, then the order of the list.
#[test]
fn callbacks_go_first_then_priority_then_the_lists_own_order() {
    let (mut campaign, mut gate) = (campaign(), gate());
    let mut leads: Vec<_> = (0..5).map(lead).collect();
    leads[2].priority = 5;
    leads[4].status = LeadStatus::Callback;
    leads[3].priority = -1;
    campaign.restock(at(NOON), leads);
    let order: Vec<_> =
        (0..5).map(|n| dial(&mut campaign, &mut gate, n).unwrap().number()).collect();
    assert_eq!(order, [4, 2, 0, 1, 3].map(fiction));
    assert!(dial(&mut campaign, &mut gate, 9).is_none());
}

#[test]
fn a_refused_lead_leaves_the_stock_and_the_next_is_tried() {
    let (mut campaign, mut gate) = (stocked(0..3), gate());
    gate.dnc_mut().extend(crate::dnc::DncScope::Organisation, [fiction(0), fiction(1)]);
    let mut refused = Vec::new();
    let permit = campaign.dial(at(NOON), &mut gate, attempt(1), &way(), &mut refused);
    assert_eq!(permit.unwrap().number(), fiction(2));
    let told: Vec<_> = refused.iter().map(|r| (r.lead.number, r.refusal.check)).collect();
    assert_eq!(told, [(fiction(0), Check::Dnc), (fiction(1), Check::Dnc)]);
    assert_eq!(campaign.stocked(), 0);
}

#[test]
fn one_search_refuses_no_more_than_its_bound() {
    let (mut campaign, mut gate) = (stocked(0..99), gate());
    gate.dnc_mut().extend(crate::dnc::DncScope::Organisation, (0..99).map(fiction));
    let mut refused = Vec::new();
    assert!(campaign.dial(at(NOON), &mut gate, attempt(1), &way(), &mut refused).is_none());
    assert_eq!(refused.len(), REFUSALS_PER_DIAL);
    assert_eq!(campaign.stocked(), 99 - REFUSALS_PER_DIAL);
}

/// Ahead of need, once until it is answered, again when the answer is lost, and with a rest when
/// the list is dry.
#[test]
fn the_stock_is_asked_for_ahead_of_need_and_not_over_and_over() {
    let mut campaign = campaign();
    assert_eq!(campaign.wants_refill(later(0), 3), Some(128));
    assert_eq!(campaign.wants_refill(later(9), 3), None);
    assert_eq!(campaign.wants_refill(later(10), 3), Some(128));
    campaign.restock(later(11), (0..40).map(lead).collect());
    assert_eq!(campaign.wants_refill(later(12), 3), None);
    assert_eq!(campaign.wants_refill(later(12), 100), Some(800 - 40));
    campaign.restock(later(13), (0..40).map(lead).collect());
    assert_eq!(campaign.stocked(), 40, "leads in stock are dropped");
    assert_eq!(campaign.wants_refill(later(17), 100), None, "the list is dry");
    assert_eq!(campaign.wants_refill(later(18), 100), Some(800 - 40));
}

/// FAULTS F12: an hour's jump of the clock, either way, makes the stock stale and nothing stuck.
#[test]
fn an_old_stock_is_thrown_away_and_a_clock_set_back_does_not_stop_it() {
    let (mut campaign, mut gate) = (stocked(0..40), gate());
    let hour = 3_600;
    assert!(campaign.wants_refill(later(600), 3).is_none());
    assert_eq!(campaign.wants_refill(later(601), 3), Some(128));
    assert!(dial(&mut campaign, &mut gate, 1).is_none());
    campaign.restock(later(hour), vec![]);
    assert_eq!(campaign.wants_refill(later(0), 3), Some(128));
    assert_eq!(campaign.wants_refill(later(-hour), 3), Some(128));
}

#[test]
fn a_lead_in_flight_is_not_stocked_again() {
    let (mut campaign, mut gate) = (stocked(0..1), gate());
    let _permit = dial(&mut campaign, &mut gate, 1).unwrap();
    campaign.restock(at(NOON), vec![lead(0), lead(1)]);
    assert_eq!(campaign.stocked(), 1);
    assert_eq!(campaign.lead_of(attempt(1)).unwrap().status, LeadStatus::InFlight);
}

/// The lead after each outcome with the default rules.
#[test]
fn each_outcome_recycles_the_lead_by_its_rule() {
    let after = |outcome: Outcome| {
        let (mut campaign, mut gate) = (stocked(1..2), gate());
        let _permit = dial(&mut campaign, &mut gate, 1).unwrap();
        let resolved = campaign.resolved(later(30), &mut gate, attempt(1), outcome).unwrap();
        assert_eq!(gate.live_claims(), 0);
        assert_eq!(resolved.lead.last_outcome, Some(outcome));
        assert_eq!(resolved.lead.last_attempt_at, Some(at(NOON)));
        let due = resolved.recycle.next_due_at.map(|due| due.duration_since(later(30)).as_mins());
        (resolved.recycle.status, due, resolved.lead.attempts)
    };
    let expected = [
        (Outcome::Connected, LeadStatus::Done, None, 1),
        (Outcome::Abandoned, LeadStatus::Due, Some(72 * 60), 1),
        (Outcome::HungUp, LeadStatus::Due, Some(24 * 60), 1),
        (Outcome::Machine, LeadStatus::Due, Some(4 * 60), 1),
        (Outcome::NoMedia, LeadStatus::Due, Some(15), 1),
        (Outcome::Busy, LeadStatus::Due, Some(15), 1),
        (Outcome::NoAnswer, LeadStatus::Due, Some(120), 1),
        (Outcome::BadNumber, LeadStatus::BadNumber, None, 1),
        (Outcome::Refused, LeadStatus::Due, Some(24 * 60), 1),
        (Outcome::Blocked, LeadStatus::Due, Some(24 * 60), 1),
        (Outcome::CarrierFailure, LeadStatus::Due, Some(1), 0),
        (Outcome::Configuration, LeadStatus::Due, Some(15), 0),
        (Outcome::Cancelled, LeadStatus::Due, Some(5), 1),
        (Outcome::Interrupted, LeadStatus::Due, Some(15), 1),
    ];
    for (outcome, status, due, attempts) in expected {
        assert_eq!(after(outcome), (status, due, attempts), "{outcome}");
    }
}

/// RULES US-4: who asked during the call not to be called again is not due, however it ended.
#[test]
fn who_objects_is_never_due_again_whatever_the_attempt_comes_to() {
    for outcome in [Outcome::Abandoned, Outcome::Delivered, Outcome::Machine, Outcome::HungUp] {
        let (mut campaign, mut gate) = (stocked(1..2), gate());
        let _permit = dial(&mut campaign, &mut gate, 1).unwrap();
        campaign.said(attempt(9), Recycle::objected(outcome));
        campaign.said(attempt(1), Recycle::objected(outcome));
        campaign.said(attempt(1), Recycle::done(outcome));
        let resolved = campaign.resolved(later(30), &mut gate, attempt(1), outcome).unwrap();
        assert_eq!(resolved.recycle, Recycle::objected(outcome));
        assert_eq!(
            (resolved.lead.status, resolved.lead.next_due_at),
            (LeadStatus::DoNotCall, None)
        );
    }
}

#[test]
fn a_campaigns_own_rule_replaces_the_default_and_the_cap_ends_it() {
    let mut settings = settings();
    settings.retry = [(Outcome::Busy, Retry::AfterS(90)), (Outcome::Machine, Retry::Never)].into();
    settings.max_attempts = 2;
    let mut campaign = Campaign::new(settings, AbandonLedger::default());
    let ended = |campaign: &mut Campaign, n: u8, attempts, outcome| {
        let (mut gate, one) = (gate(), Lead { attempts, ..lead(n) });
        let id = attempt(n.into());
        let _permit = campaign.dial_lead(at(NOON), &mut gate, id, &way(), one).unwrap();
        campaign.resolved(at(NOON), &mut gate, id, outcome).unwrap().recycle
    };
    assert_eq!(ended(&mut campaign, 1, 0, Outcome::Busy).next_due_at, Some(later(90)));
    assert_eq!(ended(&mut campaign, 2, 0, Outcome::Machine).status, LeadStatus::Done);
    let last = ended(&mut campaign, 3, 1, Outcome::Busy);
    assert_eq!((last.status, last.next_due_at), (LeadStatus::Exhausted, None));
    // Another that dials the list calls three times.
    campaign.share(|_| 3);
    let shared = ended(&mut campaign, 4, 1, Outcome::Busy);
    assert_eq!((shared.status, shared.next_due_at), (LeadStatus::Due, Some(later(90))));
}

/// RULES UK-5: a number at which a machine took the message rests as after any machine, whatever
/// the campaign's rule for delivered messages says, and whichever copy of its lead is dialled.
#[test]
fn a_machine_that_took_the_message_rests() {
    let mut settings = settings();
    settings.retry = [(Outcome::Delivered, Retry::AfterS(3_600))].into();
    settings.lock_out.after_machine_h = 72;
    for machine in [true, false] {
        let mut campaign = Campaign::new(settings.clone(), AbandonLedger::default());
        let mut gate = gate();
        let _permit = campaign.dial_lead(at(NOON), &mut gate, attempt(1), &way(), lead(1)).unwrap();
        if machine {
            campaign.met_machine(attempt(1));
        }
        campaign.hears_message(attempt(1));
        let after = campaign.resolved(at(NOON), &mut gate, attempt(1), Outcome::Delivered).unwrap();
        let hours = if machine { 72 } else { 1 };
        assert_eq!(after.recycle.next_due_at, Some(later(hours * 3_600)));
        let twin = Lead { number: lead(1).number, ..lead(2) };
        let copy = campaign.dial_lead(later(7_200), &mut gate, attempt(2), &way(), twin);
        let refused = copy.err().map(|refused| refused.refusal.check);
        assert_eq!(refused, machine.then_some(Check::LockOut));
    }
}

/// Issue 6: several numbers per lead.
#[test]
fn another_number_has_its_turn_and_one_that_does_not_exist_need_not_wait() {
    let (mut campaign, mut gate) = (campaign(), gate());
    let other = |n| OtherNumber { kind: String::new(), number: fiction(n), passed_over: false };
    let one = Lead { other_numbers: vec![other(41), other(42)], ..lead(1) };
    let ftc = RegisterSettings {
        id: crate::RegisterId::from(uuid::Uuid::nil()),
        name: "FTC".to_owned(),
        lifted_by: None,
        fresh_for_days: None,
    };
    gate.enlist(Register::new(ftc, vec![fiction(41)]));
    let mut ended = |n: u128, lead: Lead, outcome| {
        let now = lead.next_due_at.unwrap_or(at(NOON));
        let permit = campaign.dial_lead(now, &mut gate, attempt(n), &way(), lead).unwrap();
        campaign.resolved(now, &mut gate, permit.attempt(), outcome).unwrap()
    };
    let first = ended(1, one, Outcome::BadNumber);
    let told = (first.recycle.status, first.recycle.next_due_at, first.recycle.number);
    assert_eq!(told, (LeadStatus::Due, Some(at(NOON)), Some(fiction(42))));
    let mut again = first.lead;
    again.turn_to(fiction(42), false);
    let second = ended(2, again, Outcome::BadNumber);
    assert_eq!((second.recycle.status, second.recycle.number), (LeadStatus::BadNumber, None));
}

/// FAULTS F7: a trunk's failures do not burn the lead; without end they must not go on either.
#[test]
fn carrier_failures_burn_nothing_until_the_sixth_in_a_row() {
    let (mut campaign, mut gate) = (campaign(), gate());
    let mut one = lead(1);
    for n in 1..=6_u8 {
        one.next_due_at = None;
        let now = later(60 * i64::from(n));
        let permit =
            campaign.dial_lead(now, &mut gate, attempt(n.into()), &way(), one.clone()).unwrap();
        let (attempt, outcome) = (permit.attempt(), Outcome::CarrierFailure);
        one = campaign.resolved(now, &mut gate, attempt, outcome).unwrap().lead;
        let expected = if n < 6 { (0, u32::from(n)) } else { (1, 0) };
        assert_eq!((one.attempts, one.carrier_failures), expected);
    }
}

/// F7: another trunk may take the same lead in the same pass.
#[test]
fn a_lead_whose_trunk_failed_goes_out_by_another_at_once() {
    let (mut campaign, mut gate) = (stocked(1..2), gate());
    let permit = dial(&mut campaign, &mut gate, 1).unwrap();
    let failed =
        campaign.resolved(at(NOON), &mut gate, permit.attempt(), Outcome::CarrierFailure).unwrap();
    let again = Lead { next_due_at: None, ..failed.lead };
    let second = campaign.dial_lead(at(NOON), &mut gate, attempt(2), &way(), again).unwrap();
    assert_eq!(second.evidence().previous, permit.record().hash);
    assert_eq!(second.evidence().findings.attempts.in_24h, 0);
}

#[test]
fn an_attempt_is_resolved_once_and_counted_once() {
    let (mut campaign, mut gate) = (stocked(1..2), gate());
    let _permit = dial(&mut campaign, &mut gate, 1).unwrap();
    assert!(campaign.resolved(later(9), &mut gate, attempt(1), Outcome::Abandoned).is_some());
    assert!(campaign.resolved(later(9), &mut gate, attempt(1), Outcome::Abandoned).is_none());
    assert_eq!(campaign.ledger().since(at(NOON)).abandoned, 1);
}

/// An abandoned call is counted while its notice still plays, and a conversation while it lasts:
/// the guard must not wait for the end of the call.
#[test]
fn calls_that_go_on_are_counted_in_the_standing() {
    let (mut campaign, mut gate) = (stocked(1..4), gate());
    for n in 1..=3 {
        let _permit = dial(&mut campaign, &mut gate, n).unwrap();
        campaign.answered(attempt(n));
    }
    assert_eq!((campaign.waiting(), campaign.unserved()), (3, 3));
    campaign.connected(attempt(1));
    campaign.abandoned(attempt(2));
    let sum = campaign.standing(at(NOON));
    assert_eq!((sum.abandoned, sum.people), (1.0, 2.0));
    assert_eq!((campaign.waiting(), campaign.unserved()), (1, 1));
    campaign.resolved(later(9), &mut gate, attempt(2), Outcome::Abandoned);
    let sum = campaign.standing(later(9));
    assert_eq!((sum.abandoned, sum.people), (1.0, 2.0));
}

/// FAULTS F20: newest first, and nobody who has answered.
#[test]
fn what_rings_is_told_newest_first() {
    let (mut campaign, mut gate) = (campaign(), gate());
    for n in 1..=4_u8 {
        let now = later(i64::from(n));
        let id = attempt(n.into());
        let _permit = campaign.dial_lead(now, &mut gate, id, &way(), lead(n)).unwrap();
    }
    campaign.answered(attempt(3));
    assert_eq!(campaign.ringing(), [4, 2, 1].map(attempt));
}

#[test]
fn every_lead_can_say_why_it_is_not_dialled_and_when_it_will_be() {
    let (mut campaign, mut gate) = (stocked(0..3), gate());
    let why = |campaign: &Campaign, gate: &Gate, lead: &Lead| {
        let why = campaign.why_not(at(NOON), gate, lead, Some(&way()));
        (why.cause, why.because.join("; "), why.next)
    };
    let now = Some(at(NOON));
    campaign.pace(at(NOON), demand(0));
    let idle = "it is next: 0 dials (progressive): 0 agents free, 0 attempts may need one, \
                1000 lines free";
    assert_eq!(why(&campaign, &gate, &lead(0)), (Cause::NoAgent, idle.to_owned(), now));
    let third = (Cause::Queued { ahead: Some(2) }, "2 leads come before it".to_owned(), now);
    assert_eq!(why(&campaign, &gate, &lead(2)), third);
    let nowhere = campaign.why_not(at(NOON), &gate, &lead(0), None);
    assert_eq!((nowhere.cause, nowhere.next), (Cause::NoTrunk, None));
    let waiting = (Cause::Queued { ahead: None }, "it waits on its list".to_owned(), now);
    assert_eq!(why(&campaign, &gate, &lead(9)), waiting);
    let foreign = Lead { list: crate::ListId::from(uuid::Uuid::nil()), ..lead(9) };
    assert_eq!(why(&campaign, &gate, &foreign).0, Cause::OtherList);
    let _permit = dial(&mut campaign, &mut gate, 1).unwrap();
    let flying = Cause::InFlight { attempt: attempt(1) };
    assert_eq!(why(&campaign, &gate, &lead(0)), (flying, "it is in a call".to_owned(), None));
    let mut tired = Lead { next_due_at: Some(later(3_600)), ..lead(9) };
    tired.history.machine_at = Some(at(NOON));
    let (cause, because, next) = why(&campaign, &gate, &tired);
    assert_eq!(cause, Cause::Refused { check: Check::LockOut });
    assert_eq!(because.matches(';').count(), 1, "{because}");
    assert_eq!(next, Some(at("2026-01-18T17:00:00Z")));
}

/// Steps of a random floor.
#[derive(Clone, Copy, Debug)]
enum Step {
    Agents(usize),
    Answer(usize),
    Connect(usize),
    End(usize, usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0_usize..8).prop_map(Step::Agents),
        (0_usize..8).prop_map(Step::Answer),
        (0_usize..8).prop_map(Step::Connect),
        (0_usize..8, 0..Outcome::ALL.len()).prop_map(|(n, o)| Step::End(n, o)),
    ]
}

proptest! {
    /// Progressive: after any dialling there are at most as many attempts that may need an agent
    /// as there are free agents; no lead or number is live twice; nothing is left at the end.
    #[test]
    fn progressive_never_has_more_attempts_than_free_agents(
        steps in prop::collection::vec(step(), 1..80),
    ) {
        let (mut campaign, mut gate) = (stocked(0..90), gate());
        let (mut live, mut next) = (Vec::<AttemptId>::new(), 0);
        for (second, step) in steps.into_iter().enumerate() {
            let now = later(i64::try_from(second).unwrap());
            let nth = |n: usize| live.get(n).copied();
            match step {
                Step::Agents(free_agents) => {
                    let before = campaign.unserved();
                    for _ in 0..campaign.pace(now, demand(free_agents)).dial {
                        next += 1;
                        let mut refused = Vec::new();
                        if campaign
                            .dial(now, &mut gate, attempt(next), &way(), &mut refused)
                            .is_some()
                        {
                            live.push(attempt(next));
                        }
                    }
                    prop_assert!(campaign.unserved() <= free_agents.max(before));
                }
                Step::Answer(n) => nth(n).into_iter().for_each(|id| campaign.answered(id)),
                Step::Connect(n) => nth(n).into_iter().for_each(|id| campaign.connected(id)),
                Step::End(n, outcome) => {
                    let Some(id) = nth(n) else { continue };
                    let outcome = Outcome::ALL[outcome];
                    prop_assert!(campaign.resolved(now, &mut gate, id, outcome).is_some());
                    live.remove(n);
                }
            }
            prop_assert_eq!(campaign.live(), live.len());
            prop_assert_eq!(gate.live_claims(), live.len());
            let lead_of = |id: &AttemptId| campaign.lead_of(*id).unwrap().id;
            let leads: BTreeSet<_> = live.iter().map(lead_of).collect();
            prop_assert_eq!(leads.len(), live.len());
        }
        for id in live {
            campaign.resolved(later(100), &mut gate, id, Outcome::Interrupted).unwrap();
        }
        prop_assert_eq!((campaign.live(), gate.live_claims()), (0, 0));
    }
}

/// What an agent declared while the leg still ended stands; and so does a time they promised.
#[test]
fn what_an_agent_said_of_a_lead_outranks_how_the_attempt_ends() {
    let (mut campaign, mut gate) = (stocked(1..2), gate());
    let _permit = dial(&mut campaign, &mut gate, 1).unwrap();
    campaign.said(attempt(1), Recycle::promised(Outcome::Connected, later(3_600)));
    let ended = campaign.resolved(later(9), &mut gate, attempt(1), Outcome::Connected).unwrap();
    let stands = (ended.lead.status, ended.lead.next_due_at, ended.again);
    assert_eq!(stands, (LeadStatus::Callback, Some(later(3_600)), None));
}

/// Somebody who was promised a call is tried again although the campaign would not, and is not
/// where there is nobody to reach.
#[test]
fn a_promised_call_is_tried_again_whatever_the_campaign_thinks_enough() {
    let mut settings = settings();
    settings.max_attempts = 1;
    settings.retry = [(Outcome::NoAnswer, Retry::Never)].into();
    let again = |outcome| {
        let mut campaign = Campaign::new(settings.clone(), AbandonLedger::default());
        campaign.restock(at(NOON), vec![lead(1)]);
        let mut gate = gate();
        let _permit = dial(&mut campaign, &mut gate, 1).unwrap();
        let ended = campaign.resolved(at(NOON), &mut gate, attempt(1), outcome).unwrap();
        assert_ne!(ended.recycle.status, LeadStatus::Due);
        ended.again
    };
    assert_eq!(again(Outcome::NoAnswer), Some(later(2 * 3_600)));
    assert_eq!(again(Outcome::Busy), Some(later(15 * 60)));
    assert_eq!(again(Outcome::BadNumber), None);
    assert_eq!(again(Outcome::Connected), None);
}

/// RULES UK-2, US-2: the rate is that of the calls a machine made; an agent's own are in none.
#[test]
fn what_an_agent_dials_is_in_no_abandon_rate_and_its_evidence_says_who_dialled() {
    let (mut campaign, mut gate) = (stocked(1..3), gate());
    let own = |campaign: &mut Campaign, gate: &mut Gate, n: u8| {
        campaign.dial_for_agent(at(NOON), gate, attempt(n.into()), &way(), lead(n)).unwrap()
    };
    let permit = own(&mut campaign, &mut gate, 1);
    assert_eq!(permit.evidence().findings.pacing.mode, BY_AGENT);
    assert_eq!((campaign.stocked(), campaign.unserved()), (1, 0));
    campaign.resolved(later(9), &mut gate, attempt(1), Outcome::Connected).unwrap();
    assert_eq!(campaign.ledger().since(at(NOON)).connected, 0);
    let permit = dial(&mut campaign, &mut gate, 2).unwrap();
    assert_ne!(permit.evidence().findings.pacing.mode, BY_AGENT);
    campaign.resolved(later(9), &mut gate, attempt(2), Outcome::Connected).unwrap();
    assert_eq!(campaign.ledger().since(at(NOON)).connected, 1);
}

/// A customer of ours is called by hand as often as there is a reason, by every rule that is not
/// the dialer's own; and is not dialled by it because nobody was at home.
#[test]
fn whom_the_dialer_is_done_with_is_called_by_hand_and_stays_done() {
    let (mut campaign, mut gate) = (campaign(), gate());
    let done = Lead { status: LeadStatus::Done, attempts: 9, ..lead(1) };
    let by_hand = |campaign: &mut Campaign, gate: &mut Gate, n: u128, lead: &Lead| {
        let whom = (lead.clone(), lead.number);
        campaign.dial_by_hand(at(NOON), gate, attempt(n), &way(), whom)
    };
    let permit = by_hand(&mut campaign, &mut gate, 1, &done).unwrap();
    assert_eq!(permit.lead(), done.id);
    let ended = campaign.resolved(at(NOON), &mut gate, attempt(1), Outcome::NoAnswer).unwrap();
    assert_eq!((ended.lead.status, ended.lead.next_due_at), (LeadStatus::Done, None));
    let forbidden = Lead { status: LeadStatus::DoNotCall, ..lead(2) };
    let refused = by_hand(&mut campaign, &mut gate, 2, &forbidden).unwrap_err();
    assert_eq!(refused.check, Check::Lead);
}
