//! Overload, and an address that changes: what the edge tells, and what the brain makes of it.

use std::time::Duration;

use admin_api::control::AgentVerb;
use routing::StateName;

use super::world::{CUSTOMER, World};
use crate::switch::Input;

/// FAULTS "Overload": our own dialling drops to zero first, and begins again by itself; a caller is
/// served all the while.
#[test]
fn under_strain_nothing_is_dialled_and_callers_are_served() {
    let mut world = World::new();
    world.staff();
    world.tell_brain(Input::Strain(true));
    world.lead(CUSTOMER);
    world.run(Duration::from_secs(30));
    assert_eq!(world.carrier_rang(), 0);
    world.caller_without_an_offer();
    world.caller_answers_our_offer();
    assert_eq!(world.agent_state(), StateName::Talking);
    world.agent(AgentVerb::HangUp);
    world.dispose("done");
    world.run(Duration::from_secs(1));
    assert_eq!(world.carrier_rang(), 0);
    world.tell_brain(Input::Strain(false));
    world.run(Duration::from_secs(1));
    assert_eq!(world.carrier_rang(), 1);
}

/// A provider gives us another address in mid-day: the next call names it, Contact and SDP.
#[test]
fn a_new_public_address_is_named_from_the_next_call_on() {
    let mut world = World::new();
    world.staff();
    let seen = "203.0.113.77";
    world.tell_brain(Input::PublicAddress(seen.parse().unwrap()));
    world.lead(CUSTOMER);
    world.run(Duration::from_secs(1));
    let invite = world.last_invite();
    assert!(invite.contains(&format!("\r\nc=IN IP4 {seen}\r\n")), "{invite}");
}
