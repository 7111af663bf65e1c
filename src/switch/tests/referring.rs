//! The transfer key of a telephone: REFER on the agent's line (INTEROP 41).

use routing::StateName;
use store::Event;

use super::calling::{OUTSIDE, conversation};
use super::world::Ear::{Agent, Leg};

#[test]
fn a_transfer_key_puts_the_customer_to_a_colleague() {
    let mut world = conversation(2);
    let colleague = world.extension(1);
    let told = world.phone_refers(0, &colleague);
    assert_eq!(told, ["SIP/2.0 202 Accepted", "SIP/2.0 100 Trying", "SIP/2.0 200 OK"]);
    assert_eq!((world.state(0), world.state(1)), (StateName::WrapUp, StateName::Talking));
    assert_eq!((world.hears(Leg(0)), world.hears(Agent(1))), (vec![Agent(1)], vec![Leg(0)]));
    let sent = |event: &Event| matches!(event, Event::CallTransferred { attended: false, .. });
    assert_eq!(world.recorded(sent), 1);
    world.closes(2);
}

/// A number outside is dialled as the desk would dial it; one of ours is where it leads.
#[test]
fn a_transfer_key_reaches_numbers_as_a_carrier_writes_them() {
    let mut world = conversation(2);
    world.phone_refers(0, OUTSIDE);
    assert_eq!((world.invites_to(OUTSIDE), world.state(0)), (1, StateName::WrapUp));
    world.answers_newest();
    assert_eq!(world.hears(Leg(0)), [Leg(1)]);
    world.closes(2);

    let mut world = conversation(2);
    let ours = world.scene().dids[0].number.to_string();
    world.phone_refers(0, &ours);
    assert_eq!((world.invites_to(&ours), world.hears(Leg(0))), (0, vec![Agent(1)]));
    world.closes(2);
}

#[test]
fn a_transfer_key_that_leads_nowhere_changes_nothing() {
    let mut world = conversation(1);
    assert_eq!(world.phone_refers(0, "nobody"), ["SIP/2.0 404 Not Found"]);
    assert_eq!((world.state(0), world.hears(Leg(0))), (StateName::Talking, vec![Agent(0)]));
    let own = world.extension(0);
    assert_eq!(world.phone_refers(0, &own), ["SIP/2.0 603 Decline"]);
    assert_eq!((world.state(0), world.hears(Leg(0))), (StateName::Talking, vec![Agent(0)]));
    world.closes(1);
}
