//! Enquiry calls: a telephone calls somebody about its customer and puts them together
//! (INTEROP 42), and nobody else (R166).

use std::time::Duration;

use routing::StateName;
use store::Event;

use super::calling::{OUTSIDE, conversation};
use super::world::Ear::{Agent, Enquiry, Leg};
use super::world::World;

const PUT_THROUGH: [&str; 3] = ["SIP/2.0 202 Accepted", "SIP/2.0 100 Trying", "SIP/2.0 200 OK"];

fn attended(world: &World) -> usize {
    world.recorded(|event| matches!(event, Event::CallTransferred { attended: true, .. }))
}

/// RFC 3515, RFC 3891: the attended transfer from a telephone, to a colleague.
#[test]
fn a_telephone_asks_a_colleague_and_puts_the_customer_through() {
    let mut world = conversation(2);
    let colleague = world.extension(1);
    world.phone_calls(0, &colleague);
    assert_eq!((world.state(0), world.state(1)), (StateName::Hold, StateName::Talking));
    assert_eq!(
        (world.hears(Enquiry(0)), world.hears(Agent(1))),
        (vec![Agent(1)], vec![Enquiry(0)])
    );
    assert_eq!((world.hears(Leg(0)), world.hears(Agent(0))), (vec![], vec![]));
    assert_eq!(world.phone_puts_through(0, &colleague), PUT_THROUGH);
    assert_eq!((world.hears(Leg(0)), world.hears(Agent(1))), (vec![Agent(1)], vec![Leg(0)]));
    assert_eq!((world.state(0), world.state(1)), (StateName::WrapUp, StateName::Talking));
    assert_eq!((attended(&world), world.hears(Enquiry(0))), (1, vec![]));
    world.closes(2);
}

/// The same to a number outside, which rings first: the telephone hears that, then the third
/// party, and is out of it once they are together.
#[test]
fn a_telephone_asks_a_number_outside_and_puts_the_customer_through() {
    let mut world = conversation(1);
    world.phone_calls(0, OUTSIDE);
    assert_eq!((world.invites_to(OUTSIDE), world.state(0)), (1, StateName::Hold));
    assert_eq!(world.phone_puts_through(0, OUTSIDE), ["SIP/2.0 603 Decline"], "nobody is there");
    world.answers_newest();
    assert_eq!((world.hears(Enquiry(0)), world.hears(Leg(1))), (vec![Leg(1)], vec![Enquiry(0)]));
    assert_eq!(world.phone_puts_through(0, OUTSIDE), PUT_THROUGH);
    assert_eq!((world.hears(Leg(0)), world.hears(Leg(1))), (vec![Leg(1)], vec![Leg(0)]));
    assert_eq!((attended(&world), world.state(0)), (1, StateName::WrapUp));
    world.closes(1);
}

/// The telephone turns between the two by its hold keys, as it does between any two calls.
#[test]
fn hold_keys_turn_between_customer_and_third_party() {
    let mut world = conversation(2);
    let colleague = world.extension(1);
    world.phone_holds(0, None, true);
    let called = world.phone_calls(0, &colleague);
    world.phone_holds(0, Some(called), true);
    world.phone_holds(0, None, false);
    assert_eq!((world.hears(Agent(0)), world.hears(Leg(0))), (vec![Leg(0)], vec![Agent(0)]));
    assert_eq!((world.hears(Enquiry(0)), world.hears(Agent(1))), (vec![], vec![]));
    world.phone_holds(0, None, true);
    world.phone_holds(0, Some(called), false);
    assert_eq!(
        (world.hears(Enquiry(0)), world.hears(Agent(1))),
        (vec![Agent(1)], vec![Enquiry(0)])
    );
    assert_eq!((world.hears(Agent(0)), world.hears(Leg(0))), (vec![], vec![]));
    world.closes(2);
}

/// Back with the customer while the third party rings, the telephone hears them by its line.
#[test]
fn a_hold_key_turns_back_to_the_customer_while_the_third_party_rings() {
    let mut world = conversation(1);
    let called = world.phone_calls(0, OUTSIDE);
    world.phone_holds(0, None, false);
    assert_eq!((world.hears(Agent(0)), world.hears(Leg(0))), (vec![Leg(0)], vec![Agent(0)]));
    assert_eq!(world.hears(Enquiry(0)), []);
    world.phone_ends(0, called);
    assert_eq!((world.hears(Agent(0)), world.hears(Leg(0))), (vec![Leg(0)], vec![Agent(0)]));
    world.closes(1);
}

/// Whoever ends the enquiry, the customer stays where they were, and is taken back.
#[test]
fn an_enquiry_that_ends_leaves_the_customer_on_hold() {
    for ended_by_colleague in [false, true] {
        let mut world = conversation(2);
        let colleague = world.extension(1);
        let called = world.phone_calls(0, &colleague);
        if ended_by_colleague {
            world.ask(1, admin_api::control::AgentVerb::HangUp).unwrap();
        } else {
            world.phone_ends(0, called);
        }
        assert_eq!((world.state(0), world.state(1)), (StateName::Hold, StateName::Ready));
        assert_eq!((world.hears(Enquiry(0)), world.hears(Leg(0))), (vec![], vec![]));
        world.phone_holds(0, None, false);
        assert_eq!((world.hears(Leg(0)), world.hears(Agent(0))), (vec![Agent(0)], vec![Leg(0)]));
        world.closes(2);
    }
}

/// I39, INTEROP 62: a telephone that holds is silent by right; one that talks is not.
#[test]
fn a_telephone_that_holds_has_longer_to_say_that_it_is_there() {
    for (holds, patience_ms) in [(false, 2_000), (true, 10_000)] {
        let mut world = conversation(1);
        if holds {
            world.phone_holds(0, None, true);
        }
        world.phone_dies(0);
        world.run(Duration::from_millis(patience_ms - 1));
        assert_ne!(world.state(0), StateName::System, "held: {holds}");
        world.run(Duration::from_millis(1));
        assert_eq!(world.state(0), StateName::System, "held: {holds}");
    }
}

/// R166, FAULTS S4: without a customer a telephone calls nobody, with one it calls whom its agent
/// may consult, once; what is refused changes nothing.
#[test]
fn a_telephone_calls_nobody_else() {
    let mut world = conversation(2);
    let colleague = world.extension(1);
    world.phone_calls(1, OUTSIDE);
    assert_eq!((world.phone_heard(1), world.invites_to(OUTSIDE)), (Some(403), 0), "no customer");
    world.phone_calls(0, "nobody");
    assert_eq!(world.phone_heard(0), Some(404));
    let own = world.extension(0);
    world.phone_calls(0, &own);
    assert_eq!(world.phone_heard(0), Some(603));
    assert_eq!((world.state(0), world.hears(Leg(0))), (StateName::Talking, vec![Agent(0)]));
    world.phone_calls(0, &colleague);
    world.phone_calls(0, OUTSIDE);
    assert_eq!((world.phone_heard(0), world.invites_to(OUTSIDE)), (Some(403), 0), "one at a time");
    assert_eq!(world.hears(Agent(1)), [Enquiry(0)]);
    world.closes(2);
}
