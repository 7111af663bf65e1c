//! Whom an agent reaches, and why not the others.

use super::*;
use crate::ids::TeamId;

fn of_team(n: u32, team: u128) -> Agent {
    Agent { teams: vec![TeamId::from(Uuid::from_u128(team))], ..profile(n, &[], &[]) }
}

fn at_work(scene: &mut Scene, agent: Agent) -> AgentId {
    let id = scene.agent(agent);
    scene.act(|f, now, out| f.clock_in(now, id, LinePlan::default(), None, out)).unwrap();
    scene.act(|f, now, out| f.line_up(now, id, out)).unwrap();
    scene.act(|f, now, out| f.ready(now, id, out)).unwrap();
    id
}

fn why<T>(refused: Result<T, Refused>) -> String {
    refused.err().map(|refused| refused.to_string()).unwrap_or_default()
}

/// R152: a colleague is somebody of one of the agent's own teams, who is free.
#[test]
fn an_agent_calls_free_colleagues_of_the_own_team_alone() {
    let mut scene = Scene::new();
    let me = at_work(&mut scene, of_team(1, 9));
    let mate = at_work(&mut scene, of_team(2, 9));
    let stranger = at_work(&mut scene, of_team(3, 8));
    assert_eq!(scene.floor.may_call(me, mate), Ok(()));
    let team = "agent: expected a colleague of one of the agent's teams";
    assert_eq!(why(scene.floor.may_call(me, stranger)), team);
    assert_eq!(why(scene.floor.may_call(me, me)), team);
    scene.act(|f, now, out| f.pause(now, mate, Some(lunch()), out)).unwrap();
    assert_eq!(why(scene.floor.may_call(me, mate)), "the agent is paused");
    let mut gagged = of_team(1, 9);
    gagged.permissions.agent_calls = false;
    scene.agent(gagged);
    assert_eq!(why(scene.floor.may_call(me, mate)), "the agent may not call colleagues");
}

/// R150 and R236: a paused agent takes a transfer only by leave, a queue unless it is shut.
#[test]
fn a_customer_goes_to_whoever_is_free_to_a_paused_one_by_leave_and_to_an_open_queue() {
    let mut scene = Scene::new();
    let me = at_work(&mut scene, of_team(1, 9));
    let other = at_work(&mut scene, of_team(2, 8));
    let to = Target::Agent(other);
    assert_eq!(scene.floor.may_send(me, to), Ok(()));
    assert_eq!(why(scene.floor.may_send(me, Target::Agent(me))), "to: expected somebody else");
    scene.act(|f, now, out| f.pause(now, other, Some(lunch()), out)).unwrap();
    assert_eq!(why(scene.floor.may_send(me, to)), "the agent is paused");
    scene.agent(Agent { transfers_when_paused: true, ..of_team(2, 8) });
    assert_eq!(scene.floor.may_send(me, to), Ok(()));
    scene.queue(3, |queue| queue.transfers = false);
    let shut = Target::Queue(queue(3));
    assert_eq!(why(scene.floor.may_send(me, shut)), "the queue takes no transfers");
    scene.queue(3, |_| {});
    assert_eq!(scene.floor.may_send(me, shut), Ok(()));
    let none = Target::Queue(queue(4));
    assert_eq!(why(scene.floor.may_send(me, none)), "there is no such queue");
}

/// R107 shows who is available; R67 keeps the rest of the organisation out of sight.
#[test]
fn an_agent_sees_who_is_at_work_and_the_whole_own_team() {
    let mut scene = Scene::new();
    let me = at_work(&mut scene, of_team(1, 9));
    let at_home = scene.agent(of_team(2, 9));
    let elsewhere = at_work(&mut scene, of_team(3, 8));
    scene.agent(of_team(4, 8));
    let seen: Vec<_> = scene.floor.colleagues(me).map(|view| view.profile.id).collect();
    assert_eq!(seen, [at_home, elsewhere]);
}
