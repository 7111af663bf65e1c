//! The whole brain in virtual time: two scripted far sides on the same clock, no socket.
//!
//! A carrier and a telephone are endpoints of their own, joined to the switch in memory. Media is
//! reduced to its commands, the journal to its entries, and the disk to when a test says so.

mod carriers;
mod recording;
mod world;

use std::time::Duration;

use admin_api::control::{AgentVerb, Command};
use dialer::dnc::DncScope;
use media::Command as Media;
use routing::StateName;
use store::Event;

use world::{CUSTOMER, World};

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
    world.staff();
    world.lead(CUSTOMER);
    world.run(Duration::from_secs(1));
    world.agent(AgentVerb::ClockOut { reason: None });
    world.carrier_answers();
    world.run(Duration::from_millis(1_999));
    assert_eq!(world.plays("AbandonedNotice"), 0);
    world.run(Duration::from_millis(1));
    assert_eq!(world.plays("AbandonedNotice"), 1);
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
