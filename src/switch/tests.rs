//! The whole brain in virtual time: two scripted far sides on the same clock, no socket.
//!
//! A carrier and a telephone are endpoints of their own, joined to the switch in memory. Media is
//! reduced to its commands, the journal to its entries, and the disk to when a test says so.

mod access;
mod after_hours;
mod answering;
mod callbacks;
mod calling;
mod carriers;
mod clips;
mod clis;
mod codecs;
mod correcting;
mod enquiring;
mod lamps;
mod lines;
mod modes;
mod opting_out;
mod pacing;
mod places;
mod presence;
mod quality;
mod races;
mod reaching;
mod recording;
mod referring;
mod repairing;
mod strain;
mod supervising;
mod talking;
mod tones;
mod voicemail;
mod waits;
mod walkout;
mod workflows;
mod world;

use std::time::Duration;

use admin_api::control::{AgentVerb, Command};
use dialer::Mode;
use dialer::dnc::DncScope;
use media::Command as Media;
use routing::StateName;
use store::Event;

use world::{CUSTOMER, World};

/// FAULTS F7: a call that is ended before its carrier has heard of it is no failure of the
/// carrier's, and the person is not dialled by the next trunk.
#[test]
fn a_call_that_is_ended_before_its_invite_left_is_cancelled_and_not_redialled() {
    let mut world = World::new();
    world.disk_is_slow();
    world.staff();
    world.lead(CUSTOMER);
    world.run(Duration::from_secs(1));
    let call = world.call_shown().id;
    world.request(Command::EndCall { call }).unwrap();
    let ended = |event: &Event| match event {
        Event::AttemptEnded { outcome, .. } => *outcome == dialer::Outcome::Cancelled,
        _ => false,
    };
    assert_eq!(world.recorded(ended), 1);
    world.disk_catches_up();
    world.run(Duration::from_secs(10));
    assert_eq!(world.invites_to(CUSTOMER), 0);
}

/// DESIGN §5: the permit is in the journal, and until the disk has it no INVITE leaves.
#[test]
fn no_invite_leaves_before_its_permit_is_durable() {
    let mut world = World::new();
    world.disk_is_slow();
    world.staff();
    world.lead(CUSTOMER);
    world.run(Duration::from_secs(1));
    assert_eq!(world.recorded(|event| matches!(event, Event::Permitted { .. })), 1);
    assert_eq!(world.carrier_rang(), 0, "an INVITE left early");
    world.disk_catches_up();
    world.run(Duration::from_millis(10));
    assert_eq!(world.carrier_rang(), 1);
}

/// A person answers: agent and customer are routed to each other in the pass that read the 200.
#[test]
fn an_answer_is_routed_to_the_ready_agent_in_the_same_pass() {
    let mut world = World::new();
    world.staff();
    world.lead(CUSTOMER);
    world.run(Duration::from_secs(1));
    let before = world.routes();
    world.carrier_answers();
    assert_eq!(world.agent_state(), StateName::Talking);
    assert_eq!(world.routes(), before + 1);
    world.run(Duration::from_secs(5));
    world.carrier_hangs_up();
    assert_eq!(world.agent_state(), StateName::WrapUp);
    let ended = |event: &Event| matches!(event, Event::CallEnded { talk_ms: 5_000.., .. });
    assert_eq!(world.recorded(ended), 1);
    world.dispose("sale");
    assert_eq!(world.agent_state(), StateName::Ready);
}

/// RULES US-1: exactly two seconds after the answer, not earlier, and counted once.
#[test]
fn an_answer_that_nobody_takes_hears_the_notice_after_two_seconds() {
    let mut world = World::new();
    world.telephones_ring_on();
    world.staff();
    world.lead(CUSTOMER);
    world.run(Duration::from_secs(1));
    world.agent(AgentVerb::ClockOut { reason: None });
    world.carrier_answers();
    world.run(Duration::from_millis(1_999));
    assert_eq!(world.plays("Named(PromptId(\"abandoned-notice\"))"), 0);
    world.run(Duration::from_millis(1));
    assert_eq!(world.plays("Named(PromptId(\"abandoned-notice\"))"), 1);
    world.run(Duration::from_secs(40));
    let abandoned = |event: &Event| matches!(event, Event::CallAbandoned { .. });
    assert_eq!(world.recorded(abandoned), 1);
}

/// The API's 200 to a do-not-call entry means that a telephone that rings stops ringing.
#[test]
fn a_do_not_call_entry_cancels_the_ringing_call() {
    let mut world = World::new();
    world.staff();
    world.lead(CUSTOMER);
    world.run(Duration::from_secs(1));
    assert_eq!(world.carrier_rang(), 1);
    let numbers = vec![CUSTOMER.parse().unwrap()];
    world.command(Command::Suppress { scope: DncScope::Organisation, numbers });
    world.run(Duration::from_secs(1));
    assert_eq!(world.carrier_ended(), 1);
    let cancelled = |event: &Event| {
        matches!(event, Event::AttemptEnded { outcome: dialer::Outcome::Cancelled, .. })
    };
    assert_eq!(world.recorded(cancelled), 1);
}

/// RULES US-3: a telephone that nobody answers rings for the campaign's time, to the millisecond.
#[test]
fn an_unanswered_lead_rings_for_fifteen_seconds_and_is_a_no_answer() {
    let mut world = World::new();
    world.staff();
    world.lead(CUSTOMER);
    world.run(Duration::from_millis(14_999));
    assert_eq!(world.carrier_ended(), 0);
    world.run(Duration::from_secs(2));
    assert_eq!(world.carrier_ended(), 1);
    let no_answer = |event: &Event| {
        matches!(event, Event::AttemptEnded { outcome: dialer::Outcome::NoAnswer, .. })
    };
    assert_eq!(world.recorded(no_answer), 1);
}

/// Predictive dials ahead of its agents, and can say why it dialled as it did.
#[test]
fn a_predictive_campaign_dials_and_explains_itself() {
    let mut world = World::new();
    world.dials(PREDICTIVE);
    world.staff();
    world.people(&PEOPLE);
    world.run(Duration::from_secs(1));
    assert!((1..=3).contains(&world.carrier_rang()), "{} rang", world.carrier_rang());
    world.carrier_answers();
    assert_eq!(world.agent_state(), StateName::Talking);
    let decisions = world.decisions();
    let told = decisions.iter().find(|one| one.dial > 0).unwrap().to_string();
    // One agent: a single person abandoned would be more than three in a hundred for hours.
    let one_to_one = "1 dials (predictive, one to one: one more abandoned would be one too many)";
    assert!(told.starts_with(one_to_one) && told.contains(": 1 agents free"), "{told}");
    assert!(told.contains("chance of answer") && told.contains("cap 3.0 %"), "{told}");
}

/// Whoever rings while the mode changes is connected, and nothing is dialled twice.
#[test]
fn a_mode_changes_while_calls_are_up_and_none_is_lost() {
    let mut world = World::new();
    world.staff();
    world.lead(CUSTOMER);
    world.run(Duration::from_secs(1));
    world.dials(PREDICTIVE);
    world.run(Duration::from_secs(1));
    world.carrier_answers();
    assert_eq!(world.agent_state(), StateName::Talking);
    world.dials(Mode::Power { attempts_per_agent_tenths: 30, max_live: 10 });
    world.run(Duration::from_secs(5));
    world.carrier_hangs_up();
    world.dispose("sale");
    world.run(Duration::from_secs(1));
    assert_eq!(world.recorded(|event| matches!(event, Event::Permitted { .. })), 1);
    let connected = |event: &Event| {
        matches!(event, Event::AttemptEnded { outcome: dialer::Outcome::Connected, .. })
    };
    assert_eq!(world.recorded(connected), 1);
}

/// Three attempts for the one agent who is free.
#[test]
fn a_power_campaign_dials_its_ratio() {
    let mut world = World::new();
    world.dials(Mode::Power { attempts_per_agent_tenths: 30, max_live: 10 });
    world.staff();
    world.people(&PEOPLE);
    world.run(Duration::from_secs(1));
    assert_eq!(world.carrier_rang(), 3);
}

/// FAULTS F12: a wall clock that jumps makes it one to one until calls end as told again.
#[test]
fn a_clock_that_jumps_makes_predictive_dialling_one_to_one() {
    let mut world = World::new();
    world.dials(PREDICTIVE);
    world.run(Duration::from_secs(1));
    world.clock_jumps(Duration::from_mins(1));
    world.staff();
    world.people(&PEOPLE);
    world.run(Duration::from_secs(3));
    assert_eq!(world.carrier_rang(), 1);
    let newest = world.decisions().remove(0);
    assert_eq!(newest.one_to_one.as_deref(), Some("the clock jumped"));
    let set = |event: &Event| matches!(event, Event::ClockSet { by_us: 60_000_000 });
    assert_eq!(world.recorded(set), 1, "and the records say by how much it was set");
}

const PREDICTIVE: Mode = Mode::Predictive { max_live: 100 };

/// Numbers kept for fiction.
const PEOPLE: [&str; 5] =
    ["+12025550103", "+12025550104", "+12025550105", "+12025550106", "+12025550107"];

/// FAULTS F11: an agent's telephone is lost in mid-call; the customer hears music, and gets the
/// agent back with the line.
#[test]
fn a_lost_line_parks_the_customer_until_it_is_back() {
    let mut world = World::new();
    world.staff();
    world.lead(CUSTOMER);
    world.run(Duration::from_secs(1));
    world.carrier_answers();
    world.phone_hangs_up();
    assert_eq!(world.plays("HoldMusic"), 1);
    world.run(Duration::from_secs(4));
    assert_eq!(world.agent_state(), StateName::Talking, "the telephone answers the call-back");
    assert_eq!(world.carrier_ended(), 0, "the customer stayed");
}

/// D6, D11: at the end of the day nothing is alive.
#[test]
fn everybody_gone_nothing_is_left() {
    let mut world = World::new();
    world.staff();
    world.lead(CUSTOMER);
    world.run(Duration::from_secs(1));
    world.carrier_answers();
    world.run(Duration::from_secs(3));
    world.carrier_hangs_up();
    world.dispose("sale");
    world.agent(AgentVerb::ClockOut { reason: None });
    world.run(Duration::from_mins(1));
    assert_eq!(world.left_over(), super::LeftOver::default());
    assert_eq!(world.media(|command| matches!(command, Media::Close { .. })), 2);
}

/// Found by the simulator: a caller who made no offer was joined to an agent before its stream was
/// open, the plane refused the route, and neither ever heard the other.
#[test]
fn a_caller_without_an_offer_meets_an_agent_once_its_answer_has_come() {
    let mut world = World::new();
    world.staff();
    world.caller_without_an_offer();
    assert_eq!(world.agent_state(), StateName::Ready);
    assert_eq!((world.routes(), world.plays("HoldMusic")), (0, 0));
    world.caller_answers_our_offer();
    assert_eq!(world.agent_state(), StateName::Talking);
    assert_eq!(world.routes(), 1);
    let opened = world.media_at(|command| matches!(command, Media::Open { port, .. } if *port > 0));
    let routed = world.media_at(|command| matches!(command, Media::Route(_)));
    assert!(opened.last() < routed.last(), "the stream is open when it is routed");
}

/// Found by the simulator: when such a caller never acknowledged, the plane was told about a stream
/// that it did not know.
#[test]
fn a_caller_whose_answer_never_comes_ends_without_a_word_to_the_plane() {
    let mut world = World::new();
    world.caller_without_an_offer();
    world.run(Duration::from_secs(40));
    let ended = |event: &Event| matches!(event, Event::CallEnded { .. });
    assert_eq!(world.recorded(ended), 1);
    assert_eq!(world.routes(), 0);
}
