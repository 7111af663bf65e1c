//! Whose tones are heard: those of the country that was called.

use admin_api::control::{AgentVerb, CallVerb};
use media::Country;
use routing::{ConnectionMode, LinePlan, StateName};

use super::calling::conversation;
use super::world::{Manner, World, settings};
use crate::switch::Settings;

/// Agent 1 dials by hand, and the carrier does this.
fn dialled(number: &str, manner: Manner) -> World {
    let mut world = conversation(2);
    let (campaign, number) = (world.scene().campaign.id, number.parse().unwrap());
    world.carrier_is(manner);
    world.does(1, CallVerb::Dial { number, campaign });
    world
}

/// ITU-T E.180: an agent hears what the called network would send.
#[test]
fn who_dials_by_hand_hears_the_called_countrys_ringing() {
    for (number, country) in [("+442079460177", "Gb"), ("+12025550177", "Us")] {
        let mut world = dialled(number, Manner::Rings);
        assert_eq!(world.plays(&format!("Signal(Ringback, {country})")), 1, "{number}");
        world.ask(1, AgentVerb::HangUp).unwrap();
        assert_eq!(world.plays(&format!("Signal(Busy, {country})")), 0, "they gave it up");
        world.closes(2);
    }
}

#[test]
fn who_dials_by_hand_hears_why_nobody_answers() {
    for (code, signal) in [(486, "Busy"), (603, "Busy"), (404, "Congestion")] {
        let mut world = dialled("+442079460177", Manner::refuses(code));
        assert_eq!(world.plays(&format!("Signal({signal}, Gb)")), 1, "{code}");
        let other = if signal == "Busy" { "Congestion" } else { "Busy" };
        assert_eq!(world.plays(&format!("Signal({other}, Gb)")), 0, "{code}");
        assert!(world.state(1) != StateName::Ringing);
        world.closes(2);
    }
}

/// Where a number of ours was called, its country's caller hears that an agent's telephone rings.
#[test]
fn a_caller_hears_the_ringing_of_the_number_that_they_called() {
    let line = LinePlan { mode: ConnectionMode::CallMe, persistent: false, phone: None };
    let ours = "+493012345678";
    let mut world = World::under(Settings { tones: Country::Fr, ..settings() }, 1, |scene| {
        scene.dids[0].number = ours.parse().unwrap();
    });
    world.phone_registers(0);
    let clock_in = admin_api::control::ClockIn { line: Some(line), ..Default::default() };
    world.ask(0, AgentVerb::ClockIn(clock_in)).unwrap();
    world.ask(0, AgentVerb::Ready).unwrap();
    world.phone_is(Manner::Rings);
    world.carrier_calls("+442079460111", ours);
    assert_eq!(world.plays("Signal(Ringback, De)"), 1);
    world.closes(1);
}
