//! Settings that change while calls are under way.

use super::*;
use crate::agents::{Lifecycle, Login};

#[test]
fn an_agent_given_a_queue_while_ready_takes_its_waiting_caller_at_once() {
    let mut scene = Scene::new();
    scene.queue(3, |_| {});
    let agent = scene.ready_agent(1, &[], &[]);
    assert!(matches!(scene.offer(1, Work::queued(queue(3))), Offer::Waiting { .. }));
    scene.agent(profile(1, &[], &[3]));
    assert_eq!(scene.assigned()[0].agent(), agent);
}

#[test]
fn an_agent_taken_off_a_campaign_is_no_longer_counted_for_it() {
    let mut scene = Scene::new();
    scene.ready_agent(1, &[7], &[]);
    let tally = |scene: &Scene| scene.floor.tally(Target::Campaign(campaign(7)));
    assert_eq!(tally(&scene), Tally { ready: 1, logged_in: 1, busy: 0 });
    scene.agent(profile(1, &[], &[]));
    assert_eq!(tally(&scene), Tally::default());
    let work = Work::answered(campaign(7), scene.at_ms(2_000));
    assert!(matches!(scene.offer(1, work), Offer::Waiting { .. }));
}

#[test]
fn the_counts_follow_an_agent_through_a_call() {
    let mut scene = Scene::new();
    let agent = scene.ready_agent(1, &[7, 8], &[]);
    scene.ready_agent(2, &[8], &[]);
    let counts = |scene: &Scene, n| {
        let (f, c) = (&scene.floor, campaign(n));
        (f.ready_count(c), f.logged_in_count(c), f.busy_count(c))
    };
    assert_eq!((counts(&scene, 7), counts(&scene, 8)), ((1, 1, 0), (2, 2, 0)));
    scene.offer_and_connect(1, Work::answered(campaign(7), scene.at_ms(2_000)));
    assert_eq!((counts(&scene, 7), counts(&scene, 8)), ((0, 1, 1), (1, 2, 1)));
    scene.act(|f, now, out| f.ended(now, agent, out)).unwrap();
    assert_eq!(counts(&scene, 7), (0, 1, 1), "wrapping up is busy");
    scene.act(|f, now, out| f.dispose(now, agent, out)).unwrap();
    assert_eq!(counts(&scene, 7), (1, 1, 0));
}

/// R19, R133: archived or shut, an agent works no more, but a conversation is ended first.
#[test]
fn an_agent_archived_in_mid_call_is_logged_out_after_it() {
    let mut scene = Scene::new();
    let agent = scene.ready_agent(1, &[7], &[]);
    scene.offer_and_connect(1, Work::answered(campaign(7), scene.at_ms(2_000)));
    scene.agent(Agent { lifecycle: Lifecycle::Archived, ..profile(1, &[7], &[]) });
    assert_eq!(scene.state(agent), StateName::Talking);
    scene.act(|f, now, out| f.ended(now, agent, out)).unwrap();
    scene.pass(10_000);
    assert_eq!(scene.state(agent), StateName::LoggedOut);
    let told = scene
        .act(|f, now, out| f.clock_in(now, agent, LinePlan::default(), None, out))
        .unwrap_err();
    assert_eq!(told.why, "the agent's profile is not active or its login is shut");
}

#[test]
fn an_agent_removed_while_ringing_leaves_the_caller_in_line_and_no_seat_behind() {
    let mut scene = Scene::new();
    scene.queue(3, |_| {});
    let agent = scene.ready_agent(1, &[], &[3]);
    let Offer::Reserved(reserved) = scene.offer(1, Work::queued(queue(3))) else { panic!() };
    scene.act(|f, now, out| f.ring(now, reserved, out)).unwrap();
    scene.act(|f, now, out| f.remove_agent(now, agent, out));
    assert!(scene.floor.agent(agent).is_none());
    assert!(scene.floor.is_waiting(call(1)));
    assert_eq!(scene.floor.owner(call(1)), None);
}

#[test]
fn an_agent_whose_login_is_shut_while_idle_is_out_at_once() {
    let mut scene = Scene::new();
    let agent = scene.ready_agent(1, &[7], &[]);
    scene.agent(Agent { login: Login::DisabledByAdmin, ..profile(1, &[7], &[]) });
    assert_eq!(scene.state(agent), StateName::LoggedOut);
    assert_eq!(scene.floor.ready_count(campaign(7)), 0);
}

#[test]
fn the_callers_of_a_removed_queue_overflow() {
    let mut scene = Scene::new();
    scene.queue(3, |_| {});
    for n in 0..3 {
        assert!(matches!(scene.offer(n, Work::queued(queue(3))), Offer::Waiting { .. }));
    }
    scene.act(|f, now, out| f.remove_queue(now, queue(3), out));
    let sent = scene.events().into_iter().filter_map(|e| match e {
        Event::Overflowed { call, .. } => Some(call),
        _ => None,
    });
    assert_eq!(sent.collect::<Vec<_>>(), [call(0), call(1), call(2)]);
    assert_eq!(scene.floor.deadline(), None);
}

#[test]
fn a_floor_takes_no_more_agents_or_queues_than_its_limits() {
    let limits = Limits { agents_max: 1, queues_max: 1, ..Limits::default() };
    let mut scene = Scene::with(limits);
    scene.agent(profile(1, &[], &[]));
    scene.queue(3, |_| {});
    let told = scene.act(|f, now, out| f.set_agent(now, profile(2, &[], &[]), out)).unwrap_err();
    assert_eq!(told.kind, Refusal::Limit);
    let fourth = Queue { id: queue(4), ..scene.floor.queue(queue(3)).unwrap().clone() };
    let told = scene.act(|f, now, out| f.set_queue(now, fourth, out)).unwrap_err();
    assert_eq!(told.kind, Refusal::Limit);
    scene.agent(profile(1, &[7], &[]));
}
