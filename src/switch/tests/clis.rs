//! The numbers that calls show, through the whole brain (issue 6): a budget by day, and an alarm.

use std::time::Duration;

use admin_api::control::{AgentVerb, CallVerb, Change, Command, Reply, ShownCli};
use dialer::Mode;
use store::Event;

use super::world::{Manner, World};

fn people(count: usize) -> Vec<String> {
    (0..count).map(|n| format!("+1202555{:04}", 100 + n)).collect()
}

fn dial(world: &mut World, count: usize) {
    let people = people(count);
    world.people(&people.iter().map(String::as_str).collect::<Vec<_>>());
}

fn standing(world: &mut World) -> ShownCli {
    world.command(Command::CliHealth);
    let Some(Reply::CliHealth(clis)) = world.reply() else { panic!("no health") };
    let busiest = clis.into_iter().max_by_key(|cli| cli.standing.today);
    busiest.unwrap()
}

fn permits(world: &World) -> usize {
    world.recorded(|event| matches!(event, Event::Permitted { .. }))
}

/// A number that may be shown three times a day is shown three times, and on the next day
/// dialling goes on.
#[test]
fn a_number_is_shown_no_more_often_than_it_may_be_in_a_day() {
    let mut world = World::new();
    world.carrier_is(Manner::refuses(486));
    world.staff();
    let mut own = world.own_cli();
    own.calls_per_day = Some(3);
    world.tell(Change::Cli(own));
    dial(&mut world, 5);
    world.run(Duration::from_mins(5));
    assert_eq!(permits(&world), 3);
    assert_eq!(standing(&mut world).standing.today, 3);
    world.run(Duration::from_hours(26));
    dial(&mut world, 5);
    world.run(Duration::from_mins(1));
    assert!(permits(&world) > 3, "it is tomorrow, and an hour to call");
}

/// 607 is a network that blocks the number: told in the log at the fourth, and shown.
#[test]
fn a_number_that_networks_block_is_told() {
    let mut world = World::new();
    world.carrier_is(Manner::refuses(607));
    world.staff();
    dial(&mut world, 6);
    world.run(Duration::from_mins(1));
    let shown = standing(&mut world);
    assert_eq!(shown.standing.trouble, Some(dialer::cli_health::Trouble::Blocked));
    assert_eq!(shown.standing.lately.blocked_permille, 1_000);
    assert_eq!(world.warnings("does badly"), 1);
}

/// RULES US-7: a trunk that shows a number of its own shows one of ours, and the permit names it.
#[test]
fn a_trunk_shows_a_number_of_its_own_only_if_it_is_ours() {
    let mut world = World::new();
    world.staff();
    let theirs = "+12025550999".parse().unwrap();
    world.trunk(|trunk| trunk.cli = routing::CliRule::Fixed { number: theirs });
    dial(&mut world, 1);
    world.run(Duration::from_secs(5));
    assert_eq!(permits(&world), 0);
    let own = world.scene().clis[0].number;
    world.trunk(|trunk| trunk.cli = routing::CliRule::Fixed { number: own });
    world.people(&["+12025550170"]);
    world.run(Duration::from_secs(5));
    assert_eq!(permits(&world), 1);
    assert_eq!(world.carrier_heard().1, Some(own.to_string()));
    let shown = |event: &Event| match event {
        Event::Permitted { permit, .. } => permit.evidence.findings.cli.number == own,
        _ => false,
    };
    assert_eq!(world.recorded(shown), 1);
}

/// Issue 6, R154: a trunk whose own number was shown as often today as it may be is passed over by
/// what agents dial too, and by what they look at.
#[test]
fn agents_dial_past_a_trunk_whose_number_is_spent() {
    for mode in [Mode::Manual, Mode::Preview { look_s: 5, may_skip: true }] {
        let mut world = World::of(1, |scene| scene.agents[0].permissions.manual_calls = true);
        world.dials(mode);
        let spare = world.spare(Manner::Rings);
        world.second_trunk(spare);
        let mut own = world.scene().clis[0].clone();
        world.trunk(|trunk| trunk.cli = routing::CliRule::Fixed { number: own.number });
        assert_ne!(Some(own.number), world.scene().campaign.cli);
        own.calls_per_day = Some(1);
        world.tell(Change::Cli(own));
        world.staff();
        for person in people(2) {
            if mode == Mode::Manual {
                let (campaign, number) = (world.scene().campaign.id, person.parse().unwrap());
                let dial = CallVerb::Dial { number, campaign };
                world.ask(0, AgentVerb::Call(dial)).unwrap();
            } else {
                world.people(&[&person]);
                world.run(Duration::from_secs(6));
            }
            world.run(Duration::from_secs(1));
            world.ask(0, AgentVerb::HangUp).unwrap();
            world.run(Duration::from_secs(2));
        }
        assert_eq!((world.carrier_rang(), world.spare_rang(0)), (1, 1), "{mode:?}");
    }
}
