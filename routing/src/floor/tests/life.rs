//! Reservations, handsets, lines and orders: what becomes of agents and calls on the way.

use super::*;

#[test]
fn a_reservation_nobody_uses_lapses_and_the_call_goes_to_the_next_agent() {
    let mut scene = Scene::with(Limits { reserve_ms: 5_000, ..Limits::default() });
    let first = scene.ready_agent(1, &[7], &[]);
    let second = scene.ready_agent(2, &[7], &[]);
    let work = Work::answered(campaign(7), scene.at_ms(60_000));
    let Offer::Reserved(unused) = scene.offer(1, work) else { panic!() };
    assert_eq!((unused.agent(), unused.until()), (first, scene.at_ms(5_000)));
    scene.events();
    scene.pass(4_999);
    assert!(scene.events().is_empty());
    scene.pass(1);
    let assigned = scene.assigned();
    assert_eq!(assigned.iter().map(Reserved::agent).collect::<Vec<_>>(), [second]);
    assert_eq!(scene.state(first), StateName::Ready);
    assert!(scene.act(|f, now, out| f.connect(now, unused, out)).is_err());
}

#[test]
fn a_reservation_given_back_keeps_the_agents_place_in_the_pool() {
    let mut scene = Scene::new();
    let first = scene.ready_agent(1, &[7], &[]);
    scene.pass(1_000);
    scene.ready_agent(2, &[7], &[]);
    scene.pass(1_000);
    let reserved =
        scene.act(|f, now, out| f.reserve(now, call(1), Work::direct(first), out)).unwrap();
    scene.act(|f, now, out| f.give_back(now, reserved, out));
    assert_eq!(scene.floor.owner(call(1)), None);
    let ready: Vec<_> = scene.floor.ready_agents(Target::Campaign(campaign(7))).collect();
    assert_eq!(ready[0], first);
}

/// An agent whose handset rings in vain is paused, or the next call would ring in vain too.
#[test]
fn an_agent_who_does_not_answer_is_paused_and_the_caller_keeps_the_place_in_line() {
    let mut scene = Scene::new();
    scene.queue(3, |_| {});
    let agent = scene.ready_agent(1, &[], &[3]);
    let Offer::Reserved(reserved) = scene.offer(1, Work::queued(queue(3))) else { panic!() };
    scene.act(|f, now, out| f.ring(now, reserved, out)).unwrap();
    scene.pass(1_000);
    let second = scene.offer(2, Work::queued(queue(3)));
    assert!(matches!(second, Offer::Waiting { position: 1, of: 1 }));
    scene.events();
    scene.pass(18_999);
    assert_eq!(scene.state(agent), StateName::Ringing);
    scene.pass(1);
    let state = scene.floor.agent(agent).unwrap().state().clone();
    let State::Paused { reason } = state else { panic!("{state:?}") };
    assert_eq!(
        (reason.class, reason.text.as_deref()),
        (PauseClass::System, Some("did not answer"))
    );
    let let_go = scene.events().into_iter().any(|e| matches!(e, Event::LetGo { waits: true, .. }));
    assert!(let_go);
    assert_eq!(scene.floor.position(call(1)), Some((1, 2)), "before whoever came later");
}

#[test]
fn an_agent_who_declines_is_paused_and_the_call_goes_to_the_next() {
    let mut scene = Scene::new();
    let first = scene.ready_agent(1, &[7], &[]);
    let second = scene.ready_agent(2, &[7], &[]);
    let work = Work::answered(campaign(7), scene.at_ms(2_000));
    let Offer::Reserved(reserved) = scene.offer(1, work) else { panic!() };
    let early = scene.act(|f, now, out| f.declined(now, first, out)).unwrap_err();
    assert_eq!(early.why, "no call rings at the agent");
    scene.act(|f, now, out| f.ring(now, reserved, out)).unwrap();
    scene.act(|f, now, out| f.declined(now, first, out)).unwrap();
    assert_eq!(scene.state(first), StateName::Paused);
    assert_eq!(scene.assigned()[0].agent(), second);
}

#[test]
fn an_answered_handset_talks_holds_wraps_up_and_is_ready_again() {
    let mut scene = Scene::new();
    let agent = scene.ready_agent(1, &[7], &[]);
    let work = Work::answered(campaign(7), scene.at_ms(2_000));
    let Offer::Reserved(reserved) = scene.offer(1, work) else { panic!() };
    scene.act(|f, now, out| f.ring(now, reserved, out)).unwrap();
    scene.pass(1_500);
    scene.act(|f, now, out| f.answered(now, agent, out)).unwrap();
    scene.pass(3_000);
    scene.act(|f, now, out| f.hold(now, agent, out)).unwrap();
    scene.pass(500);
    scene.act(|f, now, out| f.resume(now, agent, out)).unwrap();
    scene.pass(1_000);
    scene.act(|f, now, out| f.ended(now, agent, out)).unwrap();
    scene.pass(10_000);
    assert_eq!(scene.state(agent), StateName::Ready);
    let spent = scene.events().into_iter().filter_map(|e| match e {
        Event::Interval(i) => Some((i.state, (i.to - i.from).as_millis(), i.campaign)),
        _ => None,
    });
    let seven = Some(campaign(7));
    let expected = [
        (StateName::Ringing, 1_500, seven),
        (StateName::Talking, 3_000, seven),
        (StateName::Hold, 500, seven),
        (StateName::Talking, 1_000, seven),
        (StateName::WrapUp, 10_000, seven),
    ];
    assert_eq!(spent.collect::<Vec<_>>(), expected);
}

/// REQUIREMENTS A6, "Call-me persistence": the agent's phone is killed in mid-call.
#[test]
fn a_line_lost_in_talk_keeps_the_customer_for_the_agent_for_twenty_seconds() {
    for returns in [true, false] {
        let mut scene = Scene::new();
        let agent = scene.agent(profile(1, &[7], &[]));
        scene.act(|f, now, out| f.clock_in(now, agent, LinePlan::default(), None, out)).unwrap();
        let early = scene.act(|f, now, out| f.ready(now, agent, out)).unwrap_err();
        assert_eq!(early.why, "the agent line is down; it must come up first");
        scene.act(|f, now, out| f.line_up(now, agent, out)).unwrap();
        scene.act(|f, now, out| f.ready(now, agent, out)).unwrap();
        scene.offer_and_connect(1, Work::answered(campaign(7), scene.at_ms(2_000)));
        scene.act(|f, now, out| f.line_lost(now, agent, out)).unwrap();
        assert_eq!(scene.state(agent), StateName::System);
        assert_eq!(scene.floor.owner(call(1)), Some(agent));
        scene.pass(19_999);
        scene.events();
        if returns {
            scene.act(|f, now, out| f.line_up(now, agent, out)).unwrap();
            assert_eq!(scene.state(agent), StateName::Talking);
            continue;
        }
        scene.pass(1);
        let stranded = scene.events().into_iter().any(|e| matches!(e, Event::Stranded { .. }));
        assert!(stranded);
        assert_eq!(scene.floor.owner(call(1)), None);
        assert_eq!(scene.state(agent), StateName::System);
        scene.act(|f, now, out| f.line_up(now, agent, out)).unwrap();
        assert_eq!(scene.state(agent), StateName::NotReady, "nobody knows who sits there");
    }
}

#[test]
fn an_idle_agent_whose_line_drops_leaves_the_pool_and_a_reserved_one_lets_the_call_go() {
    let mut scene = Scene::new();
    let idle = scene.ready_agent(1, &[7], &[]);
    scene.act(|f, now, out| f.line_lost(now, idle, out)).unwrap();
    assert_eq!(scene.floor.ready_count(campaign(7)), 0);
    let reserved = scene.ready_agent(2, &[7], &[]);
    let work = Work::answered(campaign(7), scene.at_ms(2_000));
    let Offer::Reserved(token) = scene.offer(1, work) else { panic!() };
    assert_eq!(token.agent(), reserved);
    scene.act(|f, now, out| f.line_lost(now, reserved, out)).unwrap();
    assert!(scene.floor.is_waiting(call(1)));
    scene.act(|f, now, out| f.give_back(now, token, out));
    assert!(scene.floor.is_waiting(call(1)), "a stale token changes nothing");
}

/// D6: latched from talking.
#[test]
fn a_pause_in_talk_is_told_at_once_and_taken_after_the_wrap_up() {
    let mut scene = Scene::new();
    let agent = scene.ready_agent(1, &[7], &[]);
    scene.offer_and_connect(1, Work::answered(campaign(7), scene.at_ms(2_000)));
    scene.events();
    scene.act(|f, now, out| f.pause(now, agent, Some(lunch()), out)).unwrap();
    assert!(matches!(scene.events()[..], [Event::Latched { latch: Some(_), .. }]));
    scene.act(|f, now, out| f.ended(now, agent, out)).unwrap();
    assert_eq!(scene.state(agent), StateName::WrapUp);
    scene.pass(10_000);
    assert_eq!(scene.state(agent), StateName::Paused);
    let by_time = |e| matches!(e, Event::WrapUpEnded { cause: Cause::Timeout, .. });
    assert!(scene.events().into_iter().any(by_time));
}

/// REQUIREMENTS A6 on R73, R146, R147.
#[test]
fn a_pause_needs_a_reason_unless_the_organisation_lets_it_be() {
    let mut scene = Scene::new();
    let agent = scene.ready_agent(1, &[], &[]);
    let told = scene.act(|f, now, out| f.pause(now, agent, None, out)).unwrap_err();
    assert_eq!(told.why, "a pause needs a reason");
    let other = PauseReason::of(PauseClass::Other);
    let told = scene.act(|f, now, out| f.pause(now, agent, Some(other), out)).unwrap_err();
    assert!(told.why.starts_with("pause reason: text: is required"), "{told}");
    let optional = Policy { pause_reason: PausePolicy::Optional, ..Policy::default() };
    scene.floor.set_policy(optional);
    scene.act(|f, now, out| f.pause(now, agent, None, out)).unwrap();
    assert_eq!(scene.state(agent), StateName::Paused);
}

/// R189.
#[test]
fn nobody_clocks_out_with_work_in_hand_unless_the_organisation_allows_it() {
    let mut scene = Scene::new();
    let agent = scene.ready_agent(1, &[7], &[]);
    scene.offer_and_connect(1, Work::answered(campaign(7), scene.at_ms(2_000)));
    let told = scene.act(|f, now, out| f.clock_out(now, agent, None, out)).unwrap_err();
    assert_eq!(told.why, "the call and its wrap-up must be finished first");
    scene.floor.set_policy(Policy { clock_out_while_active: true, ..Policy::default() });
    let reason = Some("end of shift".to_owned());
    scene.act(|f, now, out| f.clock_out(now, agent, reason, out)).unwrap();
    assert_eq!(scene.state(agent), StateName::Talking, "the call is ended first");
    scene.act(|f, now, out| f.ended(now, agent, out)).unwrap();
    scene.events();
    scene.act(|f, now, out| f.dispose(now, agent, out)).unwrap();
    assert_eq!(scene.state(agent), StateName::LoggedOut);
    let noted = scene.events().into_iter().any(
        |e| matches!(e, Event::StateChanged { note: Some(note), .. } if note == "end of shift"),
    );
    assert!(noted, "R188: the reason is told when the clock-out happens");
}

#[test]
fn a_supervisors_order_is_told_as_such() {
    let mut scene = Scene::new();
    let agent = scene.ready_agent(1, &[], &[]);
    scene.events();
    for (order, to) in [
        (Force::Pause(lunch()), StateName::Paused),
        (Force::Ready, StateName::Ready),
        (Force::ClockOut { reason: Some("fire drill".into()) }, StateName::LoggedOut),
    ] {
        scene.act(|f, now, out| f.force(now, agent, order, out)).unwrap();
        assert_eq!(scene.state(agent), to);
    }
    let notes = scene.events().into_iter().filter_map(|e| match e {
        Event::StateChanged { cause, note, .. } => {
            assert_eq!(cause, Cause::Supervisor);
            Some(note)
        }
        _ => None,
    });
    assert_eq!(notes.collect::<Vec<_>>(), [None, None, Some("fire drill".to_owned())]);
}

/// R104.
#[test]
fn a_number_dialled_by_hand_from_a_pause_leads_back_to_the_pause() {
    let mut scene = Scene::new();
    let agent = scene.ready_agent(1, &[7], &[]);
    scene.act(|f, now, out| f.pause(now, agent, Some(lunch()), out)).unwrap();
    let dial = |f: &mut Floor, now, out: &mut Vec<Event>| {
        f.dial(now, agent, call(5), Some(campaign(7)), out)
    };
    scene.act(dial).unwrap();
    assert_eq!(scene.state(agent), StateName::Ringing);
    assert!(scene.act(dial).is_err(), "the call is on the floor already");
    scene.events();
    scene.pass(150_000);
    assert_eq!(scene.state(agent), StateName::Paused, "the customer did not answer");
    let told = scene.events();
    assert!(told.iter().any(|e| matches!(e, Event::LetGo { waits: false, .. })), "{told:?}");
    scene.act(dial).unwrap();
    scene.act(|f, now, out| f.answered(now, agent, out)).unwrap();
    scene.act(|f, now, out| f.ended(now, agent, out)).unwrap();
    scene.act(|f, now, out| f.dispose(now, agent, out)).unwrap();
    assert_eq!(scene.state(agent), StateName::Paused);
}

#[test]
fn a_previewed_lead_is_dialled_or_passed_and_is_never_put_to_another_agent() {
    let mut scene = Scene::new();
    let agent = scene.ready_agent(1, &[7], &[]);
    let work = Work::answered(campaign(7), scene.at_ms(600_000));
    for passes in [true, false] {
        let lead = call(u128::from(passes));
        let reserved = scene.act(|f, now, out| f.reserve(now, lead, work, out)).unwrap();
        scene.act(|f, now, out| f.preview(now, reserved, out)).unwrap();
        if passes {
            scene.act(|f, now, out| f.skip(now, agent, out)).unwrap();
            assert_eq!(scene.state(agent), StateName::Ready);
        } else {
            scene.act(|f, now, out| f.dial_previewed(now, agent, out)).unwrap();
            scene.act(|f, now, out| f.answered(now, agent, out)).unwrap();
            assert_eq!(scene.state(agent), StateName::Talking);
        }
        assert_eq!(scene.floor.waiting_total(), 0);
    }
}
