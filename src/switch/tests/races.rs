//! Do-not-call entries against dials (issue 6: 10⁴ races, 0 INVITE after the API's 200).
//!
//! Each round dials a new person and forbids the number at some moment of the dial: before the
//! permit, while it waits for the disk, while the INVITE is unanswered or rings, or when a person
//! has answered. What must never be seen is an INVITE to the number, not even one repeated, after
//! the command was answered.

use std::time::Duration;

use admin_api::control::{AgentVerb, Command};
use dialer::dnc::{DncScope, Register, RegisterSettings};
use dialer::{Outcome, RegisterId};
use routing::StateName;
use store::Event;
use uuid::Uuid;

use super::world::{Manner, World};

/// In CI; `RACES=10000 cargo test -p cordboard --lib races` is the promise's own number.
const RACES: u64 = 500;

/// When the entry comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Moment {
    BeforeTheDial,
    WhileTheDiskWorks,
    BeforeAnyAnswer,
    WhileItRings,
    InConversation,
}

const MOMENTS: [Moment; 5] = [
    Moment::BeforeTheDial,
    Moment::WhileTheDiskWorks,
    Moment::BeforeAnyAnswer,
    Moment::WhileItRings,
    Moment::InConversation,
];

#[test]
fn no_invite_leaves_to_a_number_after_its_do_not_call_entry_was_answered() {
    let races = std::env::var("RACES").map_or(RACES, |text| text.parse().unwrap());
    let mut world = World::new();
    world.staff();
    let mut cancelled = 0;
    for round in 0..races {
        // A multiplier without a common factor: moments, waits and scopes meet in every pairing.
        let chance = round.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20;
        let moment = MOMENTS[usize::try_from(chance % 5).unwrap()];
        let wait = Duration::from_millis(chance / 5 % 2_000);
        let number = format!("+1202555{round:04}");
        let before = ended(&world, Outcome::Cancelled);
        race(&mut world, moment, wait, &number, chance / 7 % 2 == 0);
        cancelled += ended(&world, Outcome::Cancelled) - before;
        world.forget();
    }
    assert!(cancelled as u64 > races / 3, "only {cancelled} of {races} rounds caught a live dial");
    world.agent(AgentVerb::ClockOut { reason: None });
    world.run(Duration::from_mins(2));
    assert_eq!(world.left_over(), crate::switch::LeftOver::default());
}

fn race(world: &mut World, moment: Moment, wait: Duration, number: &str, by_register: bool) {
    if moment == Moment::BeforeTheDial {
        forbid(world, number, by_register);
    }
    if moment == Moment::WhileTheDiskWorks {
        world.disk_is_slow();
    }
    if moment == Moment::BeforeAnyAnswer {
        world.carrier_is(Manner::IsSilent);
    }
    world.lead(number);
    world.run(wait);
    if moment == Moment::InConversation && world.invites_to(number) > 0 {
        world.carrier_answers();
        assert_eq!(world.agent_state(), StateName::Talking);
    }
    let answered = world.agent_state() == StateName::Talking;
    if moment != Moment::BeforeTheDial {
        forbid(world, number, by_register);
    }
    let until_then = world.invites_to(number);
    world.disk_catches_up();
    world.run(Duration::from_secs(5));
    // The carrier is heard again: a late answer must not bring a new INVITE either.
    world.carrier_is(Manner::Rings);
    world.run(Duration::from_secs(40));
    assert_eq!(
        world.invites_to(number),
        until_then,
        "{moment:?} {wait:?}: an INVITE after the 200"
    );
    if answered {
        assert_eq!(world.agent_state(), StateName::Talking, "who was reached already stays");
        world.carrier_hangs_up();
        world.dispose("sale");
    }
    world.run(Duration::from_secs(10));
}

/// The API's answer is the command's reply: [`World`] asserts that it came.
fn forbid(world: &mut World, number: &str, by_register: bool) {
    let number = number.parse().unwrap();
    if by_register {
        let settings = RegisterSettings {
            id: RegisterId::from(Uuid::nil()),
            name: "National".to_owned(),
            lifted_by: None,
            fresh_for_days: None,
        };
        world.command(Command::Enlist(Register::new(settings, vec![number])));
    } else {
        let scope = DncScope::Organisation;
        world.command(Command::Suppress { scope, numbers: vec![number] });
    }
}

fn ended(world: &World, how: Outcome) -> usize {
    world.recorded(|event| matches!(event, Event::AttemptEnded { outcome, .. } if *outcome == how))
}
