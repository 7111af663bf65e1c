//! Agents leave, or a campaign is stopped, while telephones ring (FAULTS F20): the calls that are
//! too many end, as far as the law lets them.

use std::time::Duration;

use admin_api::control::{AgentVerb, CallVerb, Change};
use dialer::rules::CapBy;
use dialer::{LegalProfile, Mode, Outcome};
use routing::{PauseClass, PauseReason, StateName};
use store::Event;

use super::PEOPLE;
use super::world::World;

/// Three agents who are ready, and a telephone that rings for each.
fn ringing(law: Option<LegalProfile>) -> World {
    let mut world = World::of(3, |scene| {
        scene.campaign.mode = Mode::Progressive { max_live: 10 };
        scene.campaign.ring_timeout_s = 30;
        scene.campaign.profile = law.as_ref().map(|law| law.id);
    });
    if let Some(law) = law {
        world.tell(Change::Profile(Box::new(law)));
    }
    for index in 0..3 {
        world.at_work(index);
        world.ask(index, AgentVerb::Ready).unwrap();
    }
    world.people(&PEOPLE);
    world.run(Duration::from_secs(1));
    assert_eq!(world.carrier_rang(), 3);
    world
}

fn cancelled(world: &World) -> usize {
    let cancelled = Outcome::Cancelled;
    world.recorded(
        |event| matches!(event, Event::AttemptEnded { outcome, .. } if *outcome == cancelled),
    )
}

fn leaves(world: &mut World, index: usize) {
    let reason = Some(PauseReason::of(PauseClass::Break));
    world.ask(index, AgentVerb::Pause { reason }).unwrap();
}

/// A law that forbids nothing here but what the test is about.
fn law(ring_min_s: u16, cancel_ringing: bool) -> LegalProfile {
    let mut all = dialer::rules::shipped();
    let mut law = all.remove(0);
    law.window = dialer::CallingWindow::always();
    law.consent = dialer::rules::ConsentRule::None;
    law.opt_out_key = false;
    (law.ring_min_s, law.cancel_ringing) = (ring_min_s, cancel_ringing);
    law
}

#[test]
fn who_leaves_takes_the_newest_call_with_them_at_once() {
    let mut world = ringing(None);
    for index in 0..3 {
        leaves(&mut world, index);
        world.run(Duration::from_millis(250));
        assert_eq!(cancelled(&world), index + 1);
    }
    assert_eq!(world.carrier_ended(), 3);
    assert_eq!(world.recorded(|event| matches!(event, Event::CallAbandoned { .. })), 0);
}

/// An agent's own call is theirs, whoever else leaves and whatever becomes of the campaign.
#[test]
fn a_call_that_an_agent_made_by_hand_rings_on() {
    let mut world = World::of(2, |scene| {
        scene.campaign.mode = Mode::Progressive { max_live: 10 };
        scene.campaign.ring_timeout_s = 30;
    });
    for index in 0..2 {
        world.at_work(index);
        world.ask(index, AgentVerb::Ready).unwrap();
    }
    let campaign = world.scene().campaign.id;
    let number = "+12025550144".parse().unwrap();
    world.ask(0, AgentVerb::Call(CallVerb::Dial { number, campaign })).unwrap();
    world.run(Duration::from_secs(1));
    assert_eq!(world.carrier_rang(), 1);
    leaves(&mut world, 1);
    let mut stopped = world.scene().campaign.clone();
    stopped.running = false;
    world.tell(Change::Campaign(Box::new(stopped)));
    world.run(Duration::from_secs(5));
    assert_eq!((cancelled(&world), world.carrier_ended()), (0, 0));
}

/// RULES US-3: a telephone rings for fifteen seconds before it is given up.
#[test]
fn a_law_asks_for_patience_with_those_who_ring() {
    let mut world = ringing(Some(law(15, true)));
    leaves(&mut world, 0);
    leaves(&mut world, 1);
    world.run(Duration::from_secs(13));
    assert_eq!(cancelled(&world), 0, "after 14 s");
    world.run(Duration::from_millis(1_600));
    assert_eq!(cancelled(&world), 2, "after 15.6 s");
}

/// RULES DE: nobody is rung and dropped; they ring out as they would have.
#[test]
fn a_law_forbids_to_give_up_who_rings() {
    let mut world = ringing(Some(law(0, false)));
    (0..3).for_each(|index| leaves(&mut world, index));
    world.run(Duration::from_secs(27));
    assert_eq!((cancelled(&world), world.carrier_ended()), (0, 0));
    world.run(Duration::from_secs(3));
    assert_eq!(world.carrier_ended(), 3);
}

#[test]
fn a_campaign_that_is_stopped_gives_up_what_rings_and_keeps_who_talks() {
    let mut world = ringing(None);
    world.carrier_answers();
    let talking =
        |world: &World| (0..3).filter(|index| world.state_of(*index) == StateName::Talking).count();
    assert_eq!(talking(&world), 1);
    let mut campaign = world.scene().campaign.clone();
    campaign.running = false;
    world.tell(Change::Campaign(Box::new(campaign)));
    world.run(Duration::from_millis(100));
    assert_eq!((cancelled(&world), talking(&world)), (2, 1));
}

/// A profile that is edited counts from the next decision on: the smaller limit is the cap.
#[test]
fn the_laws_limit_holds_beside_the_campaigns_own() {
    let mut strict = law(0, true);
    let mut world = World::of(1, |scene| {
        scene.campaign.mode = Mode::Predictive { max_live: 10 };
        scene.campaign.profile = Some(strict.id);
    });
    world.tell(Change::Profile(Box::new(strict.clone())));
    world.staff();
    world.people(&PEOPLE);
    let told = |world: &mut World, cap: &str| {
        world.run(Duration::from_secs(2));
        let decisions = world.decisions();
        decisions.iter().any(|decision| decision.to_string().contains(cap))
    };
    assert!(told(&mut world, "cap 3.0 %") && !told(&mut world, "cap 1.0 %"));
    let shown = world.campaign_shown();
    assert!((shown.abandon_cap - 0.03).abs() < 1e-9, "{shown:?}");
    assert_eq!(shown.abandon_cap_by, CapBy::Campaign);
    strict.abandon.limit_permille = 10;
    let name = strict.name.clone();
    world.tell(Change::Profile(Box::new(strict)));
    world.people(&["+12025550170", "+12025550171"]);
    world.carrier_answers();
    world.agent(AgentVerb::HangUp);
    world.run(Duration::from_secs(40));
    assert!(told(&mut world, "cap 1.0 %"));
    let shown = world.campaign_shown();
    assert!((shown.abandon_cap - 0.01).abs() < 1e-9, "{shown:?}");
    assert_eq!(shown.abandon_cap_by, CapBy::Law);
    let limits: Vec<_> = shown
        .abandon_limits
        .iter()
        .map(|limit| (limit.profile.as_deref(), limit.policy.limit_permille, limit.binds))
        .collect();
    assert_eq!(limits, [(None, 30, false), (Some(name.as_str()), 10, true)]);
}
