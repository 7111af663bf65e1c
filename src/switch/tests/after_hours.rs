//! Callers who come when nobody is there, and callers who are sent on to a number.
//!
//! It is noon on a Wednesday in March, by Greenwich.

use std::time::Duration;

use admin_api::control::{AgentVerb, CallVerb, Change, Destination};
use routing::trunks::Diverted;
use routing::{Days, DidTarget, Hours, Number, Opening, Overflow, StateName};
use store::Event;

use super::calling::{OUTSIDE, conversation};
use super::world::Ear::{Agent, Leg};
use super::world::World;

const CALLER: &str = "+12025550111";

/// Open every day from nine to this hour.
fn until(hour: i8, closed: Overflow) -> Opening {
    Opening {
        time_zone: "UTC".into(),
        hours: vec![Hours::new(Days::ALL, 9, 0, hour, 0)],
        closed_on: [].into(),
        closed,
        notice: None,
    }
}

fn elsewhere() -> Overflow {
    Overflow::Number { number: OUTSIDE.parse::<Number>().unwrap() }
}

fn abandoned(world: &World) -> usize {
    world.recorded(|event| matches!(event, Event::CallAbandoned { .. }))
}

impl World {
    /// Somebody calls the number at this index of the scene.
    fn rings_at(&mut self, did: usize) {
        let called = self.scene().dids[did].number.to_string();
        self.carrier_calls(CALLER, &called);
    }
}

/// R158, DESIGN §5: the other number's INVITE waits for its record; no agent is asked.
#[test]
fn after_hours_a_caller_is_put_through_to_another_number() {
    let mut world = World::of(1, |scene| scene.queue.opening = Some(until(12, elsewhere())));
    world.staff();
    world.disk_is_slow();
    world.rings_at(0);
    assert_eq!((world.carrier_rang(), world.plays("HoldMusic")), (1, 1), "an INVITE left early");
    world.disk_catches_up();
    world.carrier_answers();
    assert_eq!((world.hears(Leg(0)), world.hears(Leg(1))), (vec![Leg(1)], vec![Leg(0)]));
    assert_eq!(world.state(0), StateName::Ready);
    world.run(Duration::from_mins(1));
    world.leg_hangs_up(0);
    world.run(Duration::from_secs(1));
    assert_eq!((world.carrier_ended(), abandoned(&world)), (2, 0));
    world.closes(1);
}

#[test]
fn a_caller_who_is_sent_on_to_a_number_that_does_not_answer_hears_the_notice() {
    let mut world = World::of(1, |scene| scene.queue.opening = Some(until(12, elsewhere())));
    world.staff();
    world.rings_at(0);
    world.run(Duration::from_mins(2));
    assert_eq!(world.plays("Named(PromptId(\"nobody-here\"))"), 1);
    world.leg_hangs_up(0);
    assert_eq!(abandoned(&world), 1);
    world.closes(1);
}

/// FAULTS F24: no carrier is asked for a number that is reached here.
#[test]
fn a_caller_who_is_sent_on_to_a_number_of_ours_stays_in_the_house() {
    let mut world = World::of(1, |scene| {
        let number = scene.dids[1].number;
        scene.queue.opening = Some(until(12, Overflow::Number { number }));
    });
    world.staff();
    world.rings_at(0);
    assert_eq!((world.carrier_rang(), world.hears(Leg(0))), (1, vec![Agent(0)]));
    world.leg_hangs_up(0);
    assert_eq!((world.carrier_ended(), abandoned(&world)), (1, 0));
    world.closes(1);
}

/// FAULTS F24: a circle ends with the notice, in the same call.
#[test]
fn numbers_of_ours_that_lead_to_each_other_end_in_the_notice() {
    let mut world = World::of(1, |scene| {
        let number = scene.dids[0].number;
        scene.queue.opening = Some(until(12, Overflow::Number { number }));
    });
    world.staff();
    world.rings_at(0);
    assert_eq!(world.plays("Named(PromptId(\"nobody-here\"))"), 1);
    assert_eq!((world.carrier_rang(), world.state(0)), (1, StateName::Ready));
    world.leg_hangs_up(0);
    world.closes(1);
}

/// A caller who gives up while the other number rings ends that call too.
#[test]
fn the_other_number_stops_ringing_when_the_caller_hangs_up() {
    let mut world = World::of(1, |scene| scene.queue.opening = Some(until(12, elsewhere())));
    world.staff();
    world.rings_at(0);
    assert_eq!(world.carrier_rang(), 2);
    world.leg_hangs_up(0);
    world.run(Duration::from_secs(1));
    assert_eq!(world.carrier_ended(), 2);
    world.closes(1);
}

/// Within the hours as ever; on a holiday not, and the number's own hours come before the queue's.
#[test]
fn hours_and_holidays_of_number_and_queue_decide_who_is_served() {
    let holiday = Opening {
        closed_on: ["2026-03-18".parse().unwrap()].into(),
        ..until(18, Overflow::HangUp)
    };
    for (of_number, of_queue, served) in [
        (None, Some(until(13, Overflow::HangUp)), true),
        (None, Some(until(12, Overflow::HangUp)), false),
        (Some(until(13, Overflow::HangUp)), None, true),
        (Some(holiday), Some(until(13, elsewhere())), false),
    ] {
        let mut world = World::of(1, |scene| {
            scene.queue.opening = of_queue;
            scene.dids[0].opening = of_number;
        });
        world.staff();
        world.rings_at(0);
        let heard = if served { vec![Agent(0)] } else { vec![] };
        assert_eq!(world.hears(Leg(0)), heard);
        assert_eq!((world.carrier_rang(), world.carrier_ended()), (1, usize::from(!served)));
        world.closes(1);
    }
}

/// R157, R174: the number of an agent who is paused leads elsewhere.
#[test]
fn the_number_of_a_paused_agent_leads_to_another_number() {
    let mut world = World::of(1, |scene| scene.dids[1].unavailable = elsewhere());
    world.staff();
    world.ask(0, AgentVerb::Pause { reason: Some(routing::PauseReason::ordered()) }).unwrap();
    world.rings_at(1);
    world.carrier_answers();
    assert_eq!(world.hears(Leg(0)), [Leg(1)]);
    world.closes(1);
}

#[test]
fn a_customer_is_not_sent_to_a_queue_that_is_closed() {
    let mut world = conversation(1);
    let mut queue = world.scene().queue.clone();
    queue.opening = Some(until(12, Overflow::Notice));
    let to = Destination::Queue { queue: queue.id };
    world.tell(admin_api::control::Change::Queue(Box::new(queue)));
    let told = world.ask(0, AgentVerb::Call(CallVerb::Transfer { to })).unwrap_err();
    assert_eq!(told.to_string(), "the queue is closed now");
    assert_eq!(world.hears(Leg(0)), [Agent(0)]);
    world.closes(1);
}

/// INTEROP 46, RFC 5806, RFC 7044: the carrier is told for which number of ours the call was meant.
#[test]
fn a_call_that_is_sent_on_says_for_whom_it_was_meant() {
    for (diverted, header) in [
        (Diverted::Diversion, Some("Diversion: <sip:")),
        (Diverted::HistoryInfo, Some("History-Info: <sip:")),
        (Diverted::None, None),
    ] {
        let mut world = World::of(1, |scene| scene.queue.opening = Some(until(12, elsewhere())));
        world.trunk(|trunk| trunk.identity.diverted = diverted);
        world.rings_at(0);
        let (invite, meant) = (world.last_invite(), world.scene().dids[0].number.to_string());
        let found = invite
            .lines()
            .find(|line| line.starts_with("Diversion:") || line.starts_with("History-Info:"));
        match header {
            Some(begins) => {
                let line = found.unwrap_or_else(|| panic!("{invite}"));
                assert!(line.starts_with(begins) && line.contains(&meant[1..]), "{line}");
            }
            None => assert_eq!(found, None),
        }
        world.leg_hangs_up(0);
        world.closes(1);
    }
}

/// Each queue counts a caller once, as what they came to there.
#[test]
fn a_caller_who_is_sent_to_another_queue_is_offered_and_answered_there() {
    let mut world = World::of(1, |scene| scene.queue.wait_ms_max = 10_000);
    let mut other = world.scene().queue.clone();
    (other.id, other.name) = (uuid::Uuid::from_u128(77).into(), "Second".into());
    let mut first = world.scene().queue.clone();
    first.overflow = Overflow::Queue { queue: other.id };
    world.tell(Change::Queue(Box::new(other.clone())));
    world.tell(Change::Queue(Box::new(first.clone())));
    let mut agent = world.scene().agents[0].clone();
    agent.queues[0].queue = other.id;
    world.tell(Change::Agent(Box::new(agent)));
    world.staff();
    world.rings_at(0);
    world.run(Duration::from_secs(11));
    assert_eq!((world.state(0), world.hears(Leg(0))), (StateName::Talking, vec![Agent(0)]));
    world.tell(Change::Queue(Box::new(first)));
    let shown = |world: &mut World| {
        let (offered, answered) = world.offered();
        (offered, answered, world.overflowed())
    };
    assert_eq!(shown(&mut world), (1, 0, 1));
    world.tell(Change::Queue(Box::new(other)));
    assert_eq!(shown(&mut world), (1, 1, 0));
    world.closes(1);
}

/// A number of ours stays in the house, whoever may call outside (FAULTS F24).
#[test]
fn an_agent_sends_a_customer_to_a_number_of_ours_without_a_carrier() {
    let mut world = conversation(2);
    let mut did = world.scene().dids[0].clone();
    did.target = DidTarget::Agent { agent: world.scene().agents[1].id };
    let number = did.number;
    world.tell(Change::Did(Box::new(did)));
    let rang = world.carrier_rang();
    world.does(0, CallVerb::Transfer { to: Destination::Number { number } });
    assert_eq!((world.carrier_rang(), world.hears(Leg(0))), (rang, vec![Agent(1)]));
    world.closes(2);
}
