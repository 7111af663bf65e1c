//! Carriers that fail, in virtual time: who is called next, when, and what it costs the lead.

use std::net::SocketAddr;
use std::time::Duration;

use admin_api::control::{AgentVerb, CallVerb, Change};
use dialer::campaign::BY_AGENT;
use dialer::{Mode, Outcome};
use routing::trunks::{DailyCap, NumberFormat, NumberRule, TrunkRegistration};
use routing::{StateName, TrunkAddress};
use store::Event;
use store::trunks::TrunkSecret;

use super::world::{CUSTOMER, Manner, World};

fn at(address: SocketAddr) -> TrunkAddress {
    let (host, port) = (address.ip().to_string(), Some(address.port()));
    TrunkAddress { host, port, transport: None }
}

/// A world with one lead, whose trunk has a second address that behaves as given.
fn two_addresses(first: Manner, second: Manner) -> World {
    let mut world = World::new();
    world.carrier_is(first);
    let spare = world.spare(second);
    world.trunk(|trunk| trunk.addresses.push(at(spare)));
    world.staff();
    world.lead(CUSTOMER);
    world
}

/// The same with a second trunk in place of a second address.
fn two_trunks(first: Manner, second: Manner) -> World {
    let mut world = World::new();
    world.carrier_is(first);
    let spare = world.spare(second);
    world.second_trunk(spare);
    world.staff();
    world.lead(CUSTOMER);
    world
}

fn ended_as(outcome: Outcome) -> impl Fn(&Event) -> bool {
    move |event| matches!(event, Event::AttemptEnded { outcome: got, .. } if *got == outcome)
}

/// FAULTS F7: within 1 s of a refusal; here in the same pass.
#[test]
fn a_refusal_sends_the_call_to_the_next_address_at_once() {
    for code in [500, 502, 503, 504, 408] {
        let mut world = two_addresses(Manner::refuses(code), Manner::Rings);
        world.run(Duration::from_millis(1_001));
        assert_eq!((world.carrier_rang(), world.spare_rang(0)), (1, 1), "{code}");
        let permits = world.recorded(|event| matches!(event, Event::Permitted { .. }));
        assert_eq!(permits, 1, "it is the same attempt");
    }
}

/// FAULTS F7: within 4 s of silence, to the millisecond.
#[test]
fn silence_sends_the_call_to_the_next_address_after_four_seconds() {
    let mut world = two_addresses(Manner::IsSilent, Manner::Rings);
    world.run(Duration::from_millis(1));
    world.run(Duration::from_millis(3_998));
    assert_eq!(world.spare_rang(0), 0);
    world.run(Duration::from_millis(1_002));
    assert_eq!(world.spare_rang(0), 1);
}

/// FAULTS F7: the next trunk, with a permit of its own, and the lead is not burnt.
#[test]
fn a_trunk_that_fails_hands_the_lead_to_the_next_and_burns_nothing() {
    let mut world = two_trunks(Manner::refuses(503), Manner::Rings);
    world.run(Duration::from_millis(1_001));
    assert_eq!((world.carrier_rang(), world.spare_rang(0)), (1, 1));
    assert_eq!(world.recorded(|event| matches!(event, Event::Permitted { .. })), 2);
    let free = |event: &Event| {
        matches!(event, Event::AttemptEnded { attempts: 0, carrier_failures: 1, .. })
    };
    assert_eq!(world.recorded(free), 1);
    assert_eq!(world.recorded(ended_as(Outcome::CarrierFailure)), 1);
}

/// FAULTS F7: what an agent dials, or looked at and dialled, goes on by the next trunk too, and is
/// theirs when it is answered.
#[test]
fn a_trunk_that_fails_an_agents_own_call_hands_it_to_the_next() {
    for mode in [Mode::Manual, Mode::Preview { look_s: 5, may_skip: true }] {
        let mut world = World::of(1, |scene| scene.agents[0].permissions.manual_calls = true);
        world.carrier_is(Manner::refuses(503));
        let spare = world.spare(Manner::Answers);
        world.second_trunk(spare);
        world.dials(mode);
        world.staff();
        if mode == Mode::Manual {
            let (campaign, number) = (world.scene().campaign.id, CUSTOMER.parse().unwrap());
            let dial = CallVerb::Dial { number, campaign };
            world.ask(0, AgentVerb::Call(dial)).unwrap();
        } else {
            world.lead(CUSTOMER);
            world.run(Duration::from_secs(6));
        }
        world.run(Duration::from_millis(900));
        assert_eq!((world.carrier_rang(), world.spare_rang(0)), (1, 1), "{mode:?}");
        assert_eq!(world.agent_state(), StateName::Talking, "{mode:?}");
        assert_eq!(world.recorded(ended_as(Outcome::CarrierFailure)), 1);
        let theirs = |event: &Event| match event {
            Event::Permitted { permit, .. } => permit.evidence.findings.pacing.mode == BY_AGENT,
            _ => false,
        };
        assert_eq!(world.recorded(theirs), 2);
    }
}

/// Whoever has another call by then is not given a second one.
#[test]
fn an_agent_who_has_other_work_by_then_is_not_called_for_the_next_trunk() {
    let mut world = World::of(1, |scene| scene.agents[0].permissions.manual_calls = true);
    world.carrier_is(Manner::refuses(503));
    let spare = world.spare(Manner::refuses(503));
    world.second_trunk(spare);
    world.dials(Mode::Manual);
    world.staff();
    let (campaign, number) = (world.scene().campaign.id, CUSTOMER.parse().unwrap());
    world.ask(0, AgentVerb::Call(CallVerb::Dial { number, campaign })).unwrap();
    world.run(Duration::from_secs(5));
    assert_eq!((world.carrier_rang(), world.spare_rang(0)), (1, 1), "each trunk once");
    assert_eq!(world.agent_state(), StateName::Ready);
}

/// Every trunk is tried once, and then the lead waits.
#[test]
fn when_every_trunk_has_failed_the_lead_waits_a_minute() {
    let mut world = two_trunks(Manner::refuses(503), Manner::refuses(503));
    world.run(Duration::from_secs(30));
    assert_eq!((world.carrier_rang(), world.spare_rang(0)), (1, 1));
    assert_eq!(world.recorded(ended_as(Outcome::CarrierFailure)), 2);
}

/// INTEROP 64: what is about the person is no failure of the carrier.
#[test]
fn a_refusal_that_is_about_the_person_is_final() {
    for (code, outcome) in [
        (486, Outcome::Busy),
        (480, Outcome::NoAnswer),
        (404, Outcome::BadNumber),
        (603, Outcome::Refused),
    ] {
        let mut world = two_trunks(Manner::refuses(code), Manner::Rings);
        world.run(Duration::from_secs(10));
        assert_eq!(world.spare_rang(0), 0, "{code}");
        assert_eq!(world.recorded(ended_as(outcome)), 1, "{code}");
    }
}

/// A telephone that rang must not ring a second time because its carrier then failed.
#[test]
fn a_call_that_rang_is_not_tried_elsewhere() {
    let rung = Manner::Refuses { code: 503, retry_after: None, rings: true };
    let mut world = two_trunks(rung, Manner::Rings);
    world.run(Duration::from_secs(10));
    assert_eq!((world.carrier_rang(), world.spare_rang(0)), (1, 0));
}

/// INTEROP 23: a dead address rests 30 s: the next call does not wait for its silence again.
#[test]
fn an_address_that_was_silent_is_left_alone_for_half_a_minute() {
    let mut world = two_addresses(Manner::IsSilent, Manner::refuses(486));
    world.run(Duration::from_secs(6));
    assert_eq!(world.spare_rang(0), 1);
    world.carrier_is(Manner::Rings);
    world.lead("+12025550104");
    world.run(Duration::from_secs(1));
    assert_eq!((world.carrier_rang(), world.spare_rang(0)), (0, 2));
}

/// RFC 3261 §21.5.4: a carrier that asks for peace gets it, and only then its next call.
#[test]
fn a_carrier_that_asks_to_be_left_alone_gets_no_call_until_then() {
    let retry_after = Some(Duration::from_secs(20));
    let mut world = World::new();
    world.carrier_is(Manner::Refuses { code: 503, retry_after, rings: false });
    world.staff();
    world.lead(CUSTOMER);
    world.run(Duration::from_secs(2));
    world.carrier_is(Manner::Rings);
    world.lead("+12025550104");
    world.run(Duration::from_secs(17));
    assert_eq!(world.carrier_rang(), 1);
    world.run(Duration::from_secs(4));
    assert_eq!(world.carrier_rang(), 2);
}

/// FAULTS F7: conversations of before go on and end, and the carrier is in trouble all the same.
#[test]
fn a_conversation_that_ends_does_not_end_its_carriers_rest() {
    let mut world = World::of(2, |_| {});
    world.staff();
    world.at_work(1);
    world.ask(1, AgentVerb::Ready).unwrap();
    world.lead(CUSTOMER);
    world.run(Duration::from_secs(2));
    world.carrier_answers();
    let retry_after = Some(Duration::from_secs(20));
    world.carrier_is(Manner::Refuses { code: 503, retry_after, rings: false });
    world.lead("+12025550104");
    world.run(Duration::from_secs(2));
    assert_eq!(world.carrier_rang(), 2);
    world.leg_hangs_up(0);
    world.carrier_is(Manner::Rings);
    world.lead("+12025550105");
    world.run(Duration::from_secs(15));
    assert_eq!(world.carrier_rang(), 2);
    world.run(Duration::from_secs(6));
    assert!(world.carrier_rang() > 2);
}

/// FAULTS F7: the call that is to find out rings and is given up. That says enough: a carrier whose
/// trial nobody judged was never called again.
#[test]
fn a_trial_that_rings_in_vain_brings_its_carrier_back() {
    let retry_after = Some(Duration::from_secs(5));
    let mut world = World::new();
    world.carrier_is(Manner::Refuses { code: 503, retry_after, rings: false });
    world.staff();
    world.lead(CUSTOMER);
    world.run(Duration::from_secs(2));
    world.carrier_is(Manner::Rings);
    world.lead("+12025550104");
    world.run(Duration::from_secs(8));
    assert_eq!(world.carrier_rang(), 2);
    world.run(Duration::from_secs(40));
    assert_eq!(world.recorded(ended_as(Outcome::NoAnswer)), 1);
    world.lead("+12025550105");
    world.run(Duration::from_secs(2));
    assert_eq!(world.carrier_rang(), 3);
}

/// INTEROP 25: three unanswered OPTIONS are a dead carrier, and one answer brings it back.
#[test]
fn a_carrier_that_answers_no_options_gets_no_calls_until_it_answers() {
    let mut world = World::new();
    world.trunk(|trunk| trunk.probe_s = 5);
    world.staff();
    world.carrier_is(Manner::IsSilent);
    world.run(Duration::from_secs(20));
    world.lead(CUSTOMER);
    world.run(Duration::from_secs(1));
    assert_eq!(world.recorded(|event| matches!(event, Event::Permitted { .. })), 0);
    world.carrier_is(Manner::Rings);
    world.run(Duration::from_secs(8));
    assert_eq!(world.carrier_rang(), 1);
}

/// FAULTS S4: minutes of a day are capped, the call in progress counted.
#[test]
fn a_trunk_at_its_minutes_of_the_day_is_not_dialled() {
    let mut world = World::new();
    world.carrier_is(Manner::Answers);
    world.trunk(|trunk| trunk.daily = DailyCap { minutes: Some(1), ..DailyCap::default() });
    world.staff();
    world.lead(CUSTOMER);
    world.run(Duration::from_secs(61));
    world.carrier_hangs_up();
    world.dispose("sale");
    world.lead("+12025550104");
    world.run(Duration::from_mins(1));
    assert_eq!(world.carrier_rang(), 1);
}

/// INTEROP 47: the carrier's own way of writing numbers, both for whom and from whom.
#[test]
fn numbers_leave_as_the_carrier_wants_them() {
    let mut world = World::new();
    let country = Some("44".to_owned());
    let format = NumberFormat::National;
    world.trunk(|trunk| {
        trunk.numbers = NumberRule { format, country, ..NumberRule::default() };
    });
    world.staff();
    world.lead(CUSTOMER);
    world.run(Duration::from_secs(1));
    let (called, calling) = world.carrier_heard();
    assert_eq!(called, CUSTOMER.replace('+', "00"));
    assert!(calling.unwrap().starts_with("00"), "the CLI is written by the same rule");
}

/// INTEROP 16, 21, 22: registered outward, and an INVITE that is challenged is proven.
#[test]
fn a_carrier_that_wants_an_account_is_registered_with_and_proven_to() {
    let mut world = World::new();
    world.carrier_wants_proof("442079460100", "correct horse");
    world.trunk(|trunk| {
        let user = "442079460100".to_owned();
        trunk.registration = Some(TrunkRegistration { user, expires_s: 600 });
        trunk.identity.from = routing::trunks::FromRule::Account;
    });
    assert!(!world.carrier_knows("442079460100"), "nothing proves us yet");
    let trunk = world.trunk_id();
    let username = "442079460100".to_owned();
    let secret = TrunkSecret { trunk, username, password: "correct horse".to_owned() };
    world.tell(Change::TrunkSecret(trunk, Some(secret)));
    world.run(Duration::from_millis(1));
    assert!(world.carrier_knows("442079460100"));
    world.staff();
    world.lead(CUSTOMER);
    world.run(Duration::from_secs(1));
    assert_eq!(world.carrier_rang(), 1);
    world.tell(Change::TrunkRemoved(trunk));
    world.run(Duration::from_secs(1));
    assert!(!world.carrier_knows("442079460100"), "it was taken back");
}
