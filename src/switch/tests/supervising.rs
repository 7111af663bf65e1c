//! Supervisors at agents' tables, by who hears whom; no SIP message is sent for any of it.

use std::time::Duration;

use admin_api::control::CommandError;
use admin_api::control::{AgentVerb, Command, Reply, Supervise, Supervisor};
use routing::{PauseReason, StateName};
use store::Event;
use uuid::Uuid;

use super::world::Ear::{Agent, Leg};
use super::world::{CUSTOMER, World};

/// The first agent talks to a customer; the second is a supervisor, clocked in and paused.
fn watched() -> World {
    let mut world = World::of(2, |_| {});
    world.staff();
    world.lead(CUSTOMER);
    world.run(Duration::from_secs(1));
    world.carrier_answers();
    world.at_work(1);
    world.ask(1, AgentVerb::Pause { reason: Some(PauseReason::ordered()) }).unwrap();
    world
}

fn supervise(world: &mut World, act: Supervise) -> Result<Reply, CommandError> {
    let (agent, boss) = (world.scene().agents[0].id, world.scene().agents[1].id);
    let user = Uuid::from_u128(7);
    let by = Supervisor { user, name: "boss".to_owned(), agent: Some(boss) };
    world.request(Command::Supervise { agent, by, act })
}

/// Issue 5, point 10: listen, whisper, barge, stop, each one media command and no SIP message.
#[test]
fn listening_whispering_and_barging_are_settings_of_the_same_table() {
    let mut world = watched();
    let sent = world.sip_sent();
    supervise(&mut world, Supervise::Listen).unwrap();
    assert_eq!(world.hears(Agent(1)), [Agent(0), Leg(0)]);
    assert_eq!((world.hears(Agent(0)), world.hears(Leg(0))), (vec![Leg(0)], vec![Agent(0)]));
    supervise(&mut world, Supervise::Whisper).unwrap();
    assert_eq!(world.hears(Agent(0)), [Agent(1), Leg(0)]);
    assert_eq!(world.hears(Leg(0)), [Agent(0)], "the customer hears nothing of it");
    supervise(&mut world, Supervise::Barge).unwrap();
    assert_eq!(world.hears(Leg(0)), [Agent(0), Agent(1)]);
    supervise(&mut world, Supervise::Stop).unwrap();
    assert_eq!((world.hears(Agent(1)), world.hears(Leg(0))), (vec![], vec![Agent(0)]));
    assert_eq!(world.sip_sent(), sent, "no click and no re-INVITE");
    let acts = world.recorded(|event| matches!(event, Event::Supervised { call: Some(_), .. }));
    assert_eq!(acts, 4);
}

/// A standing monitor: from one conversation to the next.
#[test]
fn a_supervisor_stays_at_the_table_until_told_to_stop() {
    let mut world = watched();
    supervise(&mut world, Supervise::Listen).unwrap();
    world.leg_hangs_up(0);
    assert_eq!(world.hears(Agent(1)), [Agent(0)], "the agent alone, in wrap-up");
    world.dispose("sale");
    world.carrier_calls("+12025550188", &world.scene().dids[0].number.to_string());
    assert_eq!(world.hears(Agent(1)), [Agent(0), Leg(1)]);
    world.ask(1, AgentVerb::Ready).unwrap();
    assert_eq!(world.hears(Agent(1)), [], "who takes calls does not supervise");
    assert!(supervise(&mut world, Supervise::Listen).is_err());
}

#[test]
fn a_supervisor_takes_the_customer_over_and_the_agent_wraps_up() {
    let mut world = watched();
    supervise(&mut world, Supervise::Barge).unwrap();
    supervise(&mut world, Supervise::TakeOver).unwrap();
    assert_eq!((world.state(0), world.state(1)), (StateName::WrapUp, StateName::Talking));
    assert_eq!((world.hears(Leg(0)), world.hears(Agent(1))), (vec![Agent(1)], vec![Leg(0)]));
    assert_eq!(world.hears(Agent(0)), []);
    world.leg_hangs_up(0);
    assert_eq!(world.state(1), StateName::WrapUp);
}

/// An agent asks for help; whoever comes has heard it.
#[test]
fn a_call_for_help_is_shown_until_a_supervisor_comes() {
    let mut world = watched();
    world.ask(0, AgentVerb::Help { reason: Some("angry".to_owned()) }).unwrap();
    assert_eq!(world.help_of(0).as_deref(), Some("angry"));
    supervise(&mut world, Supervise::Whisper).unwrap();
    assert_eq!(world.help_of(0), None);
}

#[test]
fn a_supervisor_without_a_line_can_order_and_write_but_not_hear() {
    let mut world = watched();
    let agent = world.scene().agents[0].id;
    let by = Supervisor { user: Uuid::from_u128(7), name: "boss".to_owned(), agent: None };
    let mut act = |act| world.request(Command::Supervise { agent, by: by.clone(), act });
    assert!(act(Supervise::Listen).unwrap_err().to_string().contains("a line is needed"));
    act(Supervise::Message { text: "well done".to_owned() }).unwrap();
    act(Supervise::Force(AgentVerb::Pause { reason: None })).unwrap();
    let words = |word: &str| {
        world.recorded(|event| matches!(event, Event::Supervised { act, .. } if act == word))
    };
    assert_eq!((words("listen"), words("message"), words("pause")), (0, 1, 1));
}
