//! Calls that go from hand to hand: colleagues' calls, passed on, taken over, pulled.

use super::*;
use crate::presence::Counts;

/// A customer with the first of two agents of queue 9.
fn pair() -> (Scene, AgentId, AgentId) {
    let mut scene = Scene::new();
    scene.queue(9, |_| {});
    let first = scene.ready_agent(1, &[], &[9]);
    assert_eq!(scene.offer_and_connect(1, Work::queued(queue(9))), first);
    let second = scene.ready_agent(2, &[], &[9]);
    (scene, first, second)
}

/// An attended transfer: who was asked has the customer, and then their wrap-up.
#[test]
fn a_passed_call_is_the_other_agents_and_the_call_between_them_is_nobodys() {
    let (mut scene, first, second) = pair();
    let asked = Work::colleague(Target::Agent(second));
    assert_eq!(scene.offer_and_connect(2, asked), second);
    scene.act(|f, now, out| f.hold(now, first, out)).unwrap();
    scene.pass(1_000);
    scene.events();
    scene.act(|f, now, out| f.pass(now, (first, second), None, out)).unwrap();
    assert_eq!(scene.floor.owner(call(1)), Some(second));
    assert_eq!(scene.floor.owner(call(2)), None);
    assert_eq!((scene.state(first), scene.state(second)), (StateName::WrapUp, StateName::Talking));
    let told = scene.events();
    assert!(!told.iter().any(|event| matches!(event, Event::LetGo { .. })), "{told:?}");
    scene.act(|f, now, out| f.ended(now, second, out)).unwrap();
    assert_eq!(scene.state(second), StateName::WrapUp, "the customer's wrap-up");
}

/// R152: a colleague's call has nothing to wrap up, and leads back to where both were.
#[test]
fn a_colleagues_call_is_talk_for_both_and_leads_back() {
    let (mut scene, _, second) = pair();
    let third = scene.ready_agent(3, &[], &[]);
    scene.act(|f, now, out| f.pause(now, third, Some(lunch()), out)).unwrap();
    scene.act(|f, now, out| f.consult(now, third, call(2), out)).unwrap();
    let asked = Work::colleague(Target::Agent(second));
    assert_eq!(scene.offer_and_connect(2, asked), second);
    assert_eq!(scene.state(third), StateName::Consulting);
    assert_eq!(scene.floor.owner(call(2)), Some(second), "one owner, though two talk");
    scene.events();
    scene.pass(4_000);
    scene.act(|f, now, out| f.withdraw(now, call(2), out));
    scene.act(|f, now, out| f.ended(now, third, out)).unwrap();
    assert_eq!((scene.state(second), scene.state(third)), (StateName::Ready, StateName::Paused));
    let talked = scene.events().into_iter().filter_map(|event| match event {
        Event::Interval(i) if i.counts == Counts::Talk => {
            Some((i.agent, (i.to - i.from).as_millis()))
        }
        _ => None,
    });
    assert_eq!(talked.collect::<Vec<_>>(), [(second, 4_000), (third, 4_000)]);
}

/// R150: a paused colleague is asked only if their profile lets transfers through.
#[test]
fn who_would_not_take_a_transfer_is_told_by_their_state() {
    let (mut scene, first, second) = pair();
    let asked = |agent| Work::colleague(Target::Agent(agent));
    assert_eq!(scene.floor.may_take(&asked(second)), Ok(()));
    assert_eq!(scene.floor.may_take(&asked(first)).unwrap_err().why, "the agent is talking");
    scene.act(|f, now, out| f.pause(now, second, Some(lunch()), out)).unwrap();
    assert_eq!(scene.floor.may_take(&asked(second)).unwrap_err().why, "the agent is paused");
    let generous = Agent { transfers_when_paused: true, ..profile(2, &[], &[9]) };
    scene.agent(generous);
    assert_eq!(scene.floor.may_take(&asked(second)), Ok(()));
    let nowhere = Work::colleague(Target::Queue(queue(77)));
    assert_eq!(scene.floor.may_take(&nowhere).unwrap_err().why, "there is no such queue");
}

/// R219: a member who pulls is never asked, and takes what waits by hand, even from a wrap-up.
#[test]
fn who_pulls_is_never_asked_and_takes_waiting_calls() {
    let mut scene = Scene::new();
    let support = scene.queue(9, |_| {});
    let mut puller = profile(1, &[], &[9]);
    puller.queues[0].tier = Tier::Pull;
    let agent = scene.agent(puller);
    scene.act(|f, now, out| f.clock_in(now, agent, LinePlan::default(), None, out)).unwrap();
    scene.act(|f, now, out| f.line_up(now, agent, out)).unwrap();
    scene.act(|f, now, out| f.ready(now, agent, out)).unwrap();
    assert!(matches!(scene.offer(1, Work::queued(support)), Offer::Waiting { position: 1, of: 1 }));
    assert!(matches!(scene.offer(2, Work::queued(support)), Offer::Waiting { position: 2, of: 2 }));
    scene.act(|f, now, out| f.take_call(now, agent, call(2), None, out)).unwrap();
    assert_eq!((scene.floor.owner(call(2)), scene.floor.waiting_total()), (Some(agent), 1));
    let busy = scene.act(|f, now, out| f.take_call(now, agent, call(1), None, out)).unwrap_err();
    assert_eq!(busy.why, "a call can be taken only while none is in hand");
    scene.act(|f, now, out| f.ended(now, agent, out)).unwrap();
    assert_eq!(scene.state(agent), StateName::WrapUp);
    scene.act(|f, now, out| f.take_call(now, agent, call(1), None, out)).unwrap();
    assert_eq!(scene.state(agent), StateName::Talking);
}

/// Issue 5, point 10: a supervisor has the customer instead of the agent.
#[test]
fn a_supervisor_who_is_paused_takes_a_call_over() {
    let (mut scene, first, second) = pair();
    scene.act(|f, now, out| f.pause(now, second, Some(lunch()), out)).unwrap();
    scene.act(|f, now, out| f.pass(now, (first, second), None, out)).unwrap();
    assert_eq!(scene.floor.owner(call(1)), Some(second));
    let told = scene.act(|f, now, out| f.pass(now, (first, second), None, out)).unwrap_err();
    assert_eq!(told.why, "there is no call to give");
    scene.act(|f, now, out| f.ended(now, second, out)).unwrap();
    scene.act(|f, now, out| f.dispose(now, second, out)).unwrap();
    assert_eq!(scene.state(second), StateName::Paused, "back to where they were");
}

/// R127, RULES US-1: who has no line between calls serves callers, and nobody whom we dialled.
#[test]
fn a_line_made_for_each_call_takes_callers_and_nobody_whom_a_campaign_dialled() {
    let mut scene = Scene::new();
    scene.queue(1, |_| {});
    let id = scene.agent(profile(1, &[7], &[1]));
    let line = LinePlan { persistent: false, ..LinePlan::default() };
    scene.act(|f, now, out| f.clock_in(now, id, line, None, out)).unwrap();
    scene.act(|f, now, out| f.ready(now, id, out)).unwrap();
    assert_eq!(scene.floor.ready_count(campaign(7)), 0);
    assert!(!scene.floor.agent(id).unwrap().serves(campaign(7)));
    let dialled = scene.offer(1, Work::answered(campaign(7), scene.at_ms(2_000)));
    assert!(matches!(dialled, Offer::Waiting { .. }));
    let Offer::Reserved(reserved) = scene.offer(2, Work::queued(queue(1))) else {
        panic!("nobody was free")
    };
    scene.act(|f, now, out| f.ring(now, reserved, out)).unwrap();
    assert_eq!(scene.state(id), StateName::Ringing);
    scene.act(|f, now, out| f.answered(now, id, out)).unwrap();
    assert_eq!(scene.state(id), StateName::Talking);
}
