//! What becomes of an agent whose desk or telephone goes, and of one whom a supervisor orders.

use std::time::Duration;

use admin_api::control::{AgentVerb, Command};
use routing::{Cause, Counts, PauseClass, PauseReason, StateName};
use store::Event;

use super::world::{CUSTOMER, World};

/// FAULTS F11: a page that reloads is no reason; a desk that stays away for 20 s is.
#[test]
fn a_desk_that_is_closed_for_twenty_seconds_makes_its_agent_unavailable() {
    let mut world = World::new();
    world.staff();
    let agent = world.agent_id();
    world.command(Command::Desk { agent, open: true });
    world.command(Command::Desk { agent, open: false });
    world.run(Duration::from_millis(19_999));
    world.command(Command::Desk { agent, open: true });
    world.run(Duration::from_mins(1));
    assert_eq!(world.agent_state(), StateName::Ready, "it was a reload");
    world.command(Command::Desk { agent, open: false });
    world.run(Duration::from_millis(19_999));
    assert_eq!(world.agent_state(), StateName::Ready);
    world.run(Duration::from_millis(1));
    assert_eq!(world.agent_state(), StateName::System);
    world.command(Command::Desk { agent, open: true });
    assert_eq!(world.agent_state(), StateName::NotReady, "nobody knows who sits there");
}

/// D6: the desk is not needed to talk; after the conversation its loss counts.
#[test]
fn a_conversation_goes_on_without_desk_and_registration() {
    let mut world = World::new();
    world.staff();
    world.lead(CUSTOMER);
    world.run(Duration::from_secs(1));
    world.carrier_answers();
    let agent = world.agent_id();
    world.command(Command::Desk { agent, open: false });
    world.phone_unregisters();
    world.run(Duration::from_mins(1));
    assert_eq!(world.agent_state(), StateName::Talking);
    world.carrier_hangs_up();
    world.dispose("sale");
    assert_eq!(world.agent_state(), StateName::System);
}

#[test]
fn an_idle_agent_whose_telephone_is_not_registered_any_more_is_unavailable() {
    let mut world = World::new();
    world.staff();
    world.phone_unregisters();
    assert_eq!(world.agent_state(), StateName::System);
}

/// R194: a manager regulates the time of the unit, and the record says whose order it was.
#[test]
fn a_supervisors_order_takes_hold_without_the_agents_reason() {
    let mut world = World::new();
    world.staff();
    let agent = world.agent_id();
    for (verb, state) in [
        (AgentVerb::Pause { reason: None }, StateName::Paused),
        (AgentVerb::Ready, StateName::Ready),
        (AgentVerb::ClockOut { reason: None }, StateName::LoggedOut),
    ] {
        world.run(Duration::from_secs(1));
        world.command(Command::Agent { agent, by: Cause::Supervisor, verb });
        assert_eq!(world.agent_state(), state);
    }
    let ordered = PauseReason { class: PauseClass::Other, text: Some("by a supervisor".into()) };
    let paused = |event: &Event| {
        matches!(event, Event::AgentInterval { counts: Counts::Pause, reason: Some(reason), .. }
            if *reason == ordered)
    };
    assert_eq!(world.recorded(paused), 1);
}
