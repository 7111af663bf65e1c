//! Callers who hang up, keep their place in line and are called back in their turn (issue 5 point
//! 4), through the whole brain.

use std::time::Duration;

use admin_api::control::{AgentVerb, Change, Command};
use dialer::dnc::DncScope;
use media::{Command as Media, Prompt, Standing};
use routing::{CallBack, CallId, KeptPlace, PlaceEnd, StateName};
use store::Event;

use super::world::Ear::{Agent, Leg};
use super::world::{Manner, World};

const FIRST: &str = "+12025550111";
const SECOND: &str = "+12025550112";
const THIRD: &str = "+12025550113";

/// A queue that offers to call back at its announcements, with these changes.
fn offering(change: impl FnOnce(&mut CallBack)) -> World {
    World::of(1, |scene| {
        let mut terms = CallBack::of(scene.campaign.id);
        (terms.tries_max, terms.retry_s) = (2, 60);
        change(&mut terms);
        scene.queue.call_back = Some(terms);
        scene.queue.announce_every_ms = 15_000;
    })
}

/// The agent talks with the first caller, and these wait.
fn busy(world: &mut World, callers: &[&str]) {
    world.staff();
    let called = world.scene().dids[0].number.to_string();
    for caller in [&[FIRST][..], callers].concat() {
        world.carrier_calls(caller, &called);
        world.run(Duration::from_secs(1));
    }
    assert_eq!(world.hears(Leg(0)), [Agent(0)]);
}

/// The second caller keeps the place, hears so, and is gone.
fn second_keeps_the_place(world: &mut World) {
    world.run(Duration::from_secs(16));
    world.caller_presses(1, '1');
    assert_eq!(world.plays("Named(PromptId(\"call-back-kept\"))"), 1);
    world.message_ends();
    world.run(Duration::from_secs(1));
    assert_eq!((world.carrier_ended(), world.invites_to(SECOND)), (1, 0));
}

fn first_is_done(world: &mut World) {
    world.leg_hangs_up(0);
    world.dispose("sale");
}

fn closed(world: &World) -> Vec<PlaceEnd> {
    world.all(|event| match event {
        Event::PlaceClosed { how, .. } => Some(*how),
        _ => None,
    })
}

fn abandoned(world: &World) -> usize {
    world.recorded(|event| matches!(event, Event::CallAbandoned { .. }))
}

fn kept(world: &World) -> CallId {
    world
        .find(|event| match event {
            Event::PlaceKept { place } => Some(place.call),
            _ => None,
        })
        .unwrap()
}

fn standing(world: &World, standing: Standing) -> usize {
    world.media(|command| {
        matches!(command, Media::Play { prompt: Prompt::Standing(said), .. } if *said == standing)
    })
}

/// The place goes before who came later, the agent is there before the person, and each caller is
/// counted once.
#[test]
fn who_hangs_up_is_called_in_their_turn_and_meets_the_agent_at_once() {
    let mut world = offering(|_| ());
    busy(&mut world, &[SECOND, THIRD]);
    second_keeps_the_place(&mut world);
    let offered = Standing { call_back: Some(1), ..Standing::at(1) };
    assert_eq!(standing(&world, offered), 1, "it is offered with the place");
    assert_eq!(world.places_shown(), (1, 1, 1), "one on the line, one kept, one kept so far");
    first_is_done(&mut world);
    assert_eq!((world.state(0), world.invites_to(SECOND)), (StateName::Ringing, 1));
    assert_eq!(world.hears(Leg(2)), [], "who came later waits still");
    world.carrier_answers();
    assert_eq!((world.state(0), world.hears(Leg(3))), (StateName::Talking, vec![Agent(0)]));
    assert_eq!(closed(&world), [PlaceEnd::Reached]);
    world.leg_hangs_up(3);
    world.dispose("sale");
    assert_eq!(world.hears(Leg(2)), [Agent(0)]);
    assert_eq!((world.offered(), abandoned(&world)), ((3, 2), 0));
    assert_eq!(world.places_shown(), (0, 0, 1));
    world.closes(1);
}

/// Every try has its permit, and there is a rest between two.
#[test]
fn who_does_not_answer_is_called_as_often_as_the_queue_says() {
    let mut world = offering(|_| ());
    busy(&mut world, &[SECOND]);
    second_keeps_the_place(&mut world);
    first_is_done(&mut world);
    world.run(Duration::from_secs(20));
    assert_eq!((world.invites_to(SECOND), world.state(0)), (1, StateName::Ready));
    world.run(Duration::from_secs(50));
    assert_eq!((world.invites_to(SECOND), closed(&world)), (1, vec![]), "a minute's rest");
    world.run(Duration::from_secs(30));
    assert_eq!((world.invites_to(SECOND), closed(&world)), (2, vec![PlaceEnd::Unanswered]));
    let permits = world.recorded(|event| matches!(event, Event::Permitted { .. }));
    let called = world.recorded(|event| matches!(event, Event::PlaceCalled { .. }));
    assert_eq!((permits, called), (2, 2));
    world.run(Duration::from_mins(10));
    assert_eq!((world.invites_to(SECOND), world.state(0)), (2, StateName::Ready));
    world.closes(1);
}

#[test]
fn who_calls_again_is_not_called_and_a_supervisor_may_remove_a_place() {
    for by_supervisor in [false, true] {
        let mut world = offering(|_| ());
        busy(&mut world, &[SECOND]);
        second_keeps_the_place(&mut world);
        let how = if by_supervisor {
            let place = kept(&world);
            world.command(Command::RemovePlace(place));
            assert!(world.request(Command::RemovePlace(place)).is_err(), "it closes once");
            PlaceEnd::Removed
        } else {
            let called = world.scene().dids[0].number.to_string();
            world.carrier_calls(SECOND, &called);
            PlaceEnd::CalledIn
        };
        assert_eq!((closed(&world), world.places_shown().1), (vec![how], 0));
        first_is_done(&mut world);
        world.run(Duration::from_mins(5));
        assert_eq!(world.invites_to(SECOND), 0);
        world.closes(1);
    }
}

/// While it rings, too: the call ends, and the agent is free.
#[test]
fn a_place_that_is_removed_while_the_person_is_called_ends_that_call() {
    let mut world = offering(|_| ());
    busy(&mut world, &[SECOND]);
    second_keeps_the_place(&mut world);
    first_is_done(&mut world);
    assert_eq!(world.state(0), StateName::Ringing);
    let place = kept(&world);
    world.command(Command::RemovePlace(place));
    world.run(Duration::from_secs(1));
    assert_eq!((world.state(0), closed(&world)), (StateName::Ready, vec![PlaceEnd::Removed]));
    world.closes(1);
}

/// A withheld number, one of ours, and one that objects; the key means nothing then.
#[test]
fn who_cannot_be_called_is_not_offered_it() {
    for caller in ["anonymous", "ours", SECOND] {
        let mut world = offering(|_| ());
        let ours = world.scene().dids[1].number.to_string();
        let caller = if caller == "ours" { ours } else { caller.to_owned() };
        if caller == SECOND {
            let numbers = vec![SECOND.parse().unwrap()];
            world.command(Command::Suppress { scope: DncScope::Organisation, numbers });
        }
        busy(&mut world, &[caller.as_str()]);
        world.run(Duration::from_secs(16));
        assert_eq!(standing(&world, Standing::at(1)), 1, "{caller}: the place alone");
        world.caller_presses(1, '1');
        assert_eq!(world.recorded(|event| matches!(event, Event::PlaceKept { .. })), 0);
        first_is_done(&mut world);
        assert_eq!(world.hears(Leg(1)), [Agent(0)], "{caller}");
        world.closes(1);
    }
}

/// The gate is asked when the turn comes: whoever objects meanwhile is not called.
#[test]
fn a_kept_place_does_not_outrank_the_gate() {
    let mut world = offering(|_| ());
    busy(&mut world, &[SECOND, THIRD]);
    second_keeps_the_place(&mut world);
    let numbers = vec![SECOND.parse().unwrap()];
    world.command(Command::Suppress { scope: DncScope::Organisation, numbers });
    first_is_done(&mut world);
    assert_eq!((world.invites_to(SECOND), closed(&world)), (0, vec![PlaceEnd::Refused]));
    assert_eq!(world.hears(Leg(2)), [Agent(0)], "the next in line is served");
    world.closes(1);
}

/// What cannot be dialled now waits and is no try.
#[test]
fn a_place_waits_while_its_campaign_stands_still_and_its_time_ends_it() {
    let mut world = offering(|terms| terms.keep_s = 300);
    busy(&mut world, &[SECOND]);
    second_keeps_the_place(&mut world);
    let mut campaign = world.scene().campaign.clone();
    campaign.running = false;
    world.tell(Change::Campaign(Box::new(campaign)));
    first_is_done(&mut world);
    world.run(Duration::from_secs(270));
    assert_eq!((world.invites_to(SECOND), closed(&world)), (0, vec![]));
    assert_eq!(world.state(0), StateName::Ready);
    world.run(Duration::from_secs(40));
    assert_eq!(closed(&world), [PlaceEnd::Overdue]);
    world.closes(1);
}

/// A restart finds it in the records; it stands in line once its queue is there.
#[test]
fn a_place_survives_a_restart_with_its_tries() {
    let mut world = offering(|_| ());
    busy(&mut world, &[SECOND]);
    second_keeps_the_place(&mut world);
    let place = world.find(|event| match event {
        Event::PlaceKept { place } => Some(**place),
        _ => None,
    });
    let mut world = offering(|_| ());
    world.run(Duration::from_mins(1));
    let (queue, campaign) = (world.scene().queue.id, world.scene().campaign.id);
    world.was_kept(KeptPlace { queue, campaign, ..place.unwrap() }, 1);
    world.at_work(0);
    world.agent(AgentVerb::Ready);
    world.run(Duration::from_secs(1));
    assert_eq!((world.invites_to(SECOND), closed(&world)), (1, vec![]));
    world.run(Duration::from_secs(20));
    assert_eq!(closed(&world), [PlaceEnd::Unanswered], "it was called once before");
    world.closes(1);
}

/// R127: the telephone of an agent who keeps no line up is picked up before anybody is called.
#[test]
fn an_agent_without_a_line_is_rung_before_the_person_is_called() {
    let mut world = World::of(1, |scene| {
        scene.queue.call_back = Some(CallBack::of(scene.campaign.id));
        scene.queue.announce_every_ms = 15_000;
        scene.agents[0].connection.persistent = false;
    });
    world.staff();
    let called = world.scene().dids[0].number.to_string();
    for caller in [FIRST, SECOND] {
        world.carrier_calls(caller, &called);
    }
    assert_eq!(world.state(0), StateName::Talking, "the telephone answers");
    second_keeps_the_place(&mut world);
    world.phone_is(Manner::Rings);
    world.leg_hangs_up(0);
    world.dispose("sale");
    assert_eq!((world.state(0), world.invites_to(SECOND)), (StateName::Ringing, 0));
    world.phone_answers();
    assert_eq!((world.state(0), world.invites_to(SECOND)), (StateName::Ringing, 1));
    world.carrier_answers();
    assert_eq!((world.state(0), closed(&world)), (StateName::Talking, vec![PlaceEnd::Reached]));
    world.closes(1);
}
