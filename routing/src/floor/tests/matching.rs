//! Who gets which call, and what ends a wait.

use super::*;

/// DESIGN §3: an agent with a line is the caller's in the same pass.
#[test]
fn a_call_offered_while_an_agent_is_ready_is_reserved_and_connected_at_once() {
    let mut scene = Scene::new();
    let agent = scene.ready_agent(1, &[7], &[]);
    let deadline = scene.at_ms(2_000);
    assert_eq!(scene.offer_and_connect(1, Work::answered(campaign(7), deadline)), agent);
    assert_eq!(scene.state(agent), StateName::Talking);
    assert_eq!(scene.floor.owner(call(1)), Some(agent));
}

#[test]
fn a_call_waits_for_the_agents_of_its_own_line_and_for_no_other() {
    let mut scene = Scene::new();
    let other = scene.ready_agent(1, &[8], &[]);
    let offer = scene.offer(1, Work::answered(campaign(7), scene.at_ms(2_000)));
    assert!(matches!(offer, Offer::Waiting { position: 1, of: 1 }));
    assert_eq!(scene.state(other), StateName::Ready);
    let own = scene.ready_agent(2, &[7], &[]);
    let assigned = scene.assigned();
    assert_eq!((assigned[0].agent(), assigned[0].call()), (own, call(1)));
}

/// DESIGN §3 and ALGORITHM: answered outbound before queued inbound, then earliest deadline.
#[test]
fn who_becomes_ready_serves_answered_customers_by_deadline_and_then_callers() {
    let mut scene = Scene::new();
    scene.queue(3, |_| {});
    assert!(matches!(scene.offer(1, Work::queued(queue(3))), Offer::Waiting { .. }));
    let late = Work::answered(campaign(7), scene.at_ms(2_000));
    let soon = Work::answered(campaign(7), scene.at_ms(1_500));
    assert!(matches!(scene.offer(2, late), Offer::Waiting { .. }));
    assert!(matches!(scene.offer(3, soon), Offer::Waiting { .. }));
    let mut served = vec![];
    for n in 1..=3 {
        scene.ready_agent(n, &[7], &[3]);
        served.extend(scene.assigned().iter().map(Reserved::call));
    }
    assert_eq!(served, [call(3), call(2), call(1)]);
}

/// RULES US-1: past its deadline a customer is abandoned, and no agent is given the call.
#[test]
fn a_customer_is_told_expired_at_the_deadline_to_the_millisecond() {
    let mut scene = Scene::new();
    let work = Work::answered(campaign(7), scene.at_ms(2_000));
    assert!(matches!(scene.offer(1, work), Offer::Waiting { .. }));
    scene.pass(1_999);
    assert!(scene.events().is_empty());
    scene.pass(1);
    let events = scene.events();
    assert!(
        matches!(
            events[..],
            [Event::Expired { call: c, target: Target::Campaign(_), why: Expiry::Deadline }]
                if c == call(1)
        ),
        "{events:?}"
    );
    assert_eq!(scene.floor.deadline(), None);
}

/// A wrap-up that ends in the very instant of the deadline is in time. One that ends later is not,
/// though a driver that overslept learns of both at once.
#[test]
fn an_agent_free_in_the_instant_of_the_deadline_is_in_time_and_one_after_it_is_not() {
    for (deadline_ms, in_time) in [(10_000, true), (9_999, false)] {
        let mut scene = Scene::new();
        let agent = scene.ready_agent(1, &[7], &[]);
        scene.offer_and_connect(1, Work::answered(campaign(7), scene.at_ms(2_000)));
        scene.act(|f, now, out| f.ended(now, agent, out)).unwrap();
        let work = Work::answered(campaign(7), scene.at_ms(deadline_ms));
        assert!(matches!(scene.offer(2, work), Offer::Waiting { .. }));
        scene.pass(9_998);
        scene.now = scene.at_ms(10_000);
        scene.act(Floor::tick);
        assert_eq!(scene.assigned().len(), usize::from(in_time), "deadline at {deadline_ms} ms");
    }
}

/// A late driver's own verb comes after what its deadline ended, never before.
#[test]
fn an_agent_who_presses_ready_after_an_unnoticed_deadline_does_not_get_the_call() {
    let mut scene = Scene::new();
    let work = Work::answered(campaign(7), scene.at_ms(2_000));
    assert!(matches!(scene.offer(1, work), Offer::Waiting { .. }));
    scene.oversleep(2_001);
    let agent = scene.ready_agent(1, &[7], &[]);
    assert_eq!(scene.state(agent), StateName::Ready);
    assert!(matches!(scene.events()[0], Event::Expired { .. }));
}

#[test]
fn a_caller_hears_the_position_at_the_queues_times_and_overflows_after_the_longest_wait() {
    let mut scene = Scene::new();
    let action = crate::queues::Overflow::HangUp;
    scene.queue(3, |q| {
        q.wait_ms_max = 25_000;
        q.announce_every_ms = 10_000;
        q.overflow = action;
    });
    assert!(matches!(scene.offer(1, Work::queued(queue(3))), Offer::Waiting { .. }));
    scene.pass(5_000);
    let second = scene.offer(2, Work::queued(queue(3)));
    assert!(matches!(second, Offer::Waiting { position: 2, of: 2 }));
    scene.pass(25_000);
    let mut told = vec![];
    for event in scene.events() {
        match event {
            Event::Position { call: c, position, of } => told.push((c, position, of)),
            Event::Overflowed { call: c, queue: q, action: a } => {
                assert_eq!((q, a), (queue(3), action));
                told.push((c, 0, 0));
            }
            other => panic!("{other:?}"),
        }
    }
    let expected = [
        (call(1), 1, 2),
        (call(2), 2, 2),
        (call(1), 1, 2),
        (call(1), 0, 0),
        (call(2), 1, 1),
        (call(2), 0, 0),
    ];
    assert_eq!(told, expected, "at 10, 15, 20, 25, 25 and 30 s");
}

#[test]
fn a_queue_that_is_full_and_a_floor_that_is_full_say_so() {
    let mut scene = Scene::with(Limits { waiting_max: 2, ..Limits::default() });
    scene.queue(3, |q| q.length_max = 1);
    assert!(matches!(scene.offer(1, Work::queued(queue(3))), Offer::Waiting { .. }));
    assert!(matches!(scene.offer(2, Work::queued(queue(3))), Offer::Full));
    let work = Work::answered(campaign(7), scene.at_ms(2_000));
    assert!(matches!(scene.offer(3, work), Offer::Waiting { .. }));
    assert!(matches!(scene.offer(4, work), Offer::Full));
}

#[test]
fn a_call_offered_twice_or_to_nobody_is_refused_in_words() {
    let mut scene = Scene::new();
    let work = Work::answered(campaign(7), scene.at_ms(2_000));
    assert!(matches!(scene.offer(1, work), Offer::Waiting { .. }));
    let told = |offer| match offer {
        Offer::Unavailable(refused) => Refused::to_string(&refused),
        other => panic!("{other:?}"),
    };
    assert_eq!(told(scene.offer(1, work)), "the call is on the floor already");
    assert_eq!(told(scene.offer(2, Work::queued(queue(9)))), "there is no such queue");
    let nobody = AgentId::from(Uuid::from_u128(99));
    assert_eq!(told(scene.offer(3, Work::direct(nobody))), "there is no such agent");
    let away = scene.agent(profile(1, &[], &[]));
    assert_eq!(told(scene.offer(4, Work::direct(away))), "the agent is logged out");
}

/// R157, R174: an agent's own callers fall back when the agent pauses or logs out.
#[test]
fn a_caller_for_a_busy_agent_waits_and_is_sent_on_when_the_agent_pauses() {
    let mut scene = Scene::new();
    let agent = scene.ready_agent(1, &[7], &[]);
    scene.offer_and_connect(1, Work::answered(campaign(7), scene.at_ms(2_000)));
    assert!(matches!(scene.offer(2, Work::direct(agent)), Offer::Waiting { .. }));
    scene.act(|f, now, out| f.pause(now, agent, Some(lunch()), out)).unwrap();
    scene.act(|f, now, out| f.ended(now, agent, out)).unwrap();
    assert!(scene.floor.is_waiting(call(2)), "wrapping up is not paused yet");
    scene.act(|f, now, out| f.dispose(now, agent, out)).unwrap();
    let gone = scene.events().into_iter().any(|event| {
        matches!(event, Event::Expired { call: c, why: Expiry::TargetGone, .. } if c == call(2))
    });
    assert!(gone && !scene.floor.is_waiting(call(2)));
}

/// R150.
#[test]
fn a_transfer_reaches_a_paused_agent_who_takes_them_and_returns_to_the_pause() {
    let mut scene = Scene::new();
    let agent = scene.ready_agent(1, &[], &[]);
    scene.act(|f, now, out| f.pause(now, agent, Some(lunch()), out)).unwrap();
    let transfer = Work { transfer: true, ..Work::direct(agent) };
    let refused = scene.offer(1, transfer);
    assert!(matches!(refused, Offer::Unavailable(r) if r.why == "the agent is paused"));
    scene.agent(Agent { transfers_when_paused: true, ..profile(1, &[], &[]) });
    assert!(matches!(scene.offer(1, Work::direct(agent)), Offer::Unavailable(_)));
    scene.offer_and_connect(1, transfer);
    scene.act(|f, now, out| f.ended(now, agent, out)).unwrap();
    scene.act(|f, now, out| f.dispose(now, agent, out)).unwrap();
    let state = scene.floor.agent(agent).unwrap().state();
    assert_eq!(*state, State::Paused { reason: lunch() });
}

/// R217, R218: secondary members are asked when no primary one is free.
#[test]
fn a_secondary_member_is_asked_only_when_no_primary_one_is_ready() {
    let mut scene = Scene::new();
    scene.queue(3, |_| {});
    let second = scene.ready_agent(1, &[], &[3]);
    let mut demoted = profile(1, &[], &[3]);
    demoted.queues[0].tier = Tier::Secondary;
    scene.agent(demoted);
    scene.pass(60_000);
    let first = scene.ready_agent(2, &[], &[3]);
    assert_eq!(scene.offer_and_connect(1, Work::queued(queue(3))), first);
    assert_eq!(scene.offer_and_connect(2, Work::queued(queue(3))), second);
}

#[test]
fn a_call_that_is_withdrawn_frees_its_place_wherever_it_is() {
    let mut scene = Scene::new();
    let agent = scene.ready_agent(1, &[7], &[]);
    let work = Work::answered(campaign(7), scene.at_ms(60_000));
    let Offer::Reserved(reserved) = scene.offer(1, work) else { panic!() };
    assert!(matches!(scene.offer(2, work), Offer::Waiting { .. }));
    scene.act(|f, now, out| f.withdraw(now, call(2), out));
    assert_eq!(scene.floor.waiting_total(), 0);
    scene.act(|f, now, out| f.withdraw(now, call(1), out));
    assert_eq!(scene.state(agent), StateName::Ready);
    let stale = scene.act(|f, now, out| f.connect(now, reserved, out)).unwrap_err();
    assert_eq!((stale.kind, &*stale.why), (Refusal::Stale, "the reservation is over"));
    scene.offer_and_connect(3, work);
    scene.act(|f, now, out| f.withdraw(now, call(3), out));
    assert_eq!(scene.state(agent), StateName::WrapUp);
    scene.act(|f, now, out| f.withdraw(now, call(99), out));
}
