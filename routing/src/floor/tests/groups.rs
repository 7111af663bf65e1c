//! Groups, limits and the orders among agents (R216–R226, R230).

use super::*;
use crate::agents::Distribution;
use crate::queues::AgentOrder;
use std::collections::BTreeMap;

const MINUTE: u64 = 60_000;

fn member(scene: &mut Scene, n: u32, change: impl FnOnce(&mut Agent)) -> AgentId {
    let mut agent = profile(n, &[], &[3]);
    change(&mut agent);
    let id = scene.agent(agent);
    scene.act(|f, now, out| f.clock_in(now, id, LinePlan::default(), None, out)).unwrap();
    scene.act(|f, now, out| f.line_up(now, id, out)).unwrap();
    scene.act(|f, now, out| f.ready(now, id, out)).unwrap();
    id
}

fn is_active(scene: &Scene, agent: AgentId) -> bool {
    scene.floor.agent(agent).unwrap().groups().all(|(_, active)| active)
}

fn turn(scene: &mut Scene, agent: AgentId, active: bool) -> Result<(), Refused> {
    scene.act(|f, now, out| f.set_active(now, agent, (queue(3), active), out))
}

/// R225, R226: by group, from the clock-in on.
#[test]
fn an_agent_who_is_not_active_at_login_is_asked_once_they_go_active() {
    let mut scene = Scene::new();
    scene.queue(3, |_| {});
    let by_hand = Distribution { active_at_login: false, ..Distribution::default() };
    let agent = member(&mut scene, 1, |agent| agent.distribution = by_hand);
    assert!(matches!(scene.offer(1, Work::queued(queue(3))), Offer::Waiting { .. }));
    assert!(!is_active(&scene, agent));
    scene.events();
    turn(&mut scene, agent, true).unwrap();
    let told = scene.events();
    assert!(matches!(told[0], Event::GroupTurned { active: true, cause: Cause::Agent, .. }));
    assert!(
        told.iter().any(|event| matches!(event, Event::Assigned { call: c, .. } if *c == call(1)))
    );
    let stranger = queue(9);
    let why = scene.act(|f, now, out| f.set_active(now, agent, (stranger, true), out));
    assert_eq!(why.unwrap_err().why, "the agent is no member of that queue");
}

/// R223: to the millisecond; a sign of the agent and a conversation put it off.
#[test]
fn a_queue_gives_up_on_an_agent_of_whom_there_was_no_sign() {
    let mut scene = Scene::new();
    scene.queue(3, |queue| queue.auto_inactive_min = 5);
    let agent = member(&mut scene, 1, |_| {});
    scene.pass(4 * MINUTE);
    assert_eq!(scene.offer_and_connect(1, Work::queued(queue(3))), agent);
    scene.pass(20 * MINUTE);
    assert!(is_active(&scene, agent), "who talks is there");
    scene.act(|f, now, out| f.ended(now, agent, out)).unwrap();
    scene.pass(10_000);
    assert_eq!(scene.state(agent), StateName::Ready, "the wrap-up ended by itself");
    scene.pass(5 * MINUTE - 10_001);
    assert!(is_active(&scene, agent));
    scene.events();
    scene.pass(1);
    assert!(!is_active(&scene, agent));
    let told = scene.events();
    assert!(matches!(told[..], [Event::GroupTurned { active: false, cause: Cause::Timeout, .. }]));
    assert!(matches!(scene.offer(2, Work::queued(queue(3))), Offer::Waiting { .. }));
    assert_eq!(scene.state(agent), StateName::Ready, "for other work");
    turn(&mut scene, agent, true).unwrap();
    assert_eq!(scene.assigned().len(), 1);
}

/// R224: what the agent had parked of that queue is wanted back by it; other calls stay.
#[test]
fn a_queue_that_gives_up_on_an_agent_wants_its_parked_calls_back() {
    let mut scene = Scene::new();
    scene.queue(3, |queue| queue.auto_inactive_min = 5);
    let agent = member(&mut scene, 1, |_| {});
    scene.act(|f, _, _| f.parked(agent, call(1), Some(queue(3))));
    scene.act(|f, _, _| f.parked(agent, call(2), None));
    scene.events();
    scene.pass(5 * MINUTE);
    let handed: Vec<_> = scene
        .events()
        .into_iter()
        .filter_map(|event| match event {
            Event::HandedOff { call, queue: of, .. } => Some((call, of)),
            _ => None,
        })
        .collect();
    assert_eq!(handed, [(call(1), queue(3))]);
}

/// R230: overall 10 and group 15 is 10; here 2 and 3 are 2, and 2 and 1 are 1.
#[test]
fn of_the_limits_overall_and_of_the_group_the_lower_one_wins() {
    for (overall, of_group, taken) in [(2, Some(3), 2), (2, Some(1), 1), (3, None, 3)] {
        let mut scene = Scene::new();
        scene.queue(3, |_| {});
        let agent = member(&mut scene, 1, |agent| {
            agent.distribution.calls_max = overall;
            agent.queues[0].calls_max = of_group;
        });
        for n in 0..taken {
            assert_eq!(scene.offer_and_connect(n, Work::queued(queue(3))), agent);
            scene.act(|f, now, out| f.withdraw(now, call(n), out));
            scene.act(|f, _, _| f.parked(agent, call(n), Some(queue(3))));
            scene.act(|f, now, out| f.dispose(now, agent, out)).unwrap();
        }
        let further = scene.offer(9, Work::queued(queue(3)));
        assert!(matches!(further, Offer::Waiting { .. }), "{overall} {of_group:?}");
        scene.events();
        scene.act(|f, now, out| f.unparked(now, call(0), out));
        assert_eq!(scene.assigned().len(), 1, "room again: {overall} {of_group:?}");
    }
}

/// R218 and REQUIREMENTS A6: a primary who is inactive or at the limit counts as exhausted.
#[test]
fn a_secondary_member_is_asked_when_every_primary_is_inactive_or_at_the_limit() {
    let mut scene = Scene::new();
    scene.queue(3, |_| {});
    let full = member(&mut scene, 1, |agent| agent.queues[0].calls_max = Some(1));
    let idle = member(&mut scene, 2, |_| {});
    let second = member(&mut scene, 3, |agent| agent.queues[0].tier = Tier::Secondary);
    scene.act(|f, _, _| f.parked(full, call(1), Some(queue(3))));
    turn(&mut scene, idle, false).unwrap();
    assert_eq!(scene.offer_and_connect(2, Work::queued(queue(3))), second);
}

/// Issue 5, point 4: who has the highest level is asked first, and among equals the longest idle.
#[test]
fn a_queue_that_asks_the_best_first_asks_by_level_and_then_the_longest_idle() {
    let mut scene = Scene::new();
    scene.queue(3, |queue| queue.order = AgentOrder::SkillLevel);
    let levels = [2, 9, 5, 9];
    let mut agents = vec![];
    for (n, level) in (1..).zip(levels) {
        agents.push(member(&mut scene, n, |agent| agent.queues[0].level = level));
        scene.pass(1_000);
    }
    let asked: Vec<_> =
        (0..4).map(|n| scene.offer_and_connect(n, Work::queued(queue(3)))).collect();
    assert_eq!(asked, [agents[1], agents[3], agents[2], agents[0]]);
}

/// R217: each in turn, whatever else they do; fair to within one over ten thousand calls, while
/// half of them take calls of another queue as well.
#[test]
fn round_robin_gives_ten_thousand_calls_to_each_in_turn() {
    let mut scene = Scene::new();
    scene.queue(3, |queue| queue.order = AgentOrder::RoundRobin);
    scene.queue(4, |_| {});
    for n in 1..=7 {
        member(&mut scene, n, |agent| {
            if n.is_multiple_of(2) {
                agent.queues.push(QueueMembership::of(queue(4)));
            }
        });
    }
    let mut served = BTreeMap::new();
    let over = |scene: &mut Scene, n, of| {
        let agent = scene.offer_and_connect(n, Work::queued(queue(of)));
        scene.act(|f, now, out| f.ended(now, agent, out)).unwrap();
        scene.act(|f, now, out| f.dispose(now, agent, out)).unwrap();
        scene.out.clear();
        scene.pass(u64::from(n % 3 == 0));
        agent
    };
    for n in 0..10_000 {
        *served.entry(over(&mut scene, 2 * n, 3)).or_insert(0_u32) += 1;
        if n % 5 == 0 {
            over(&mut scene, 2 * n + 1, 4);
        }
    }
    let (least, most) = (served.values().min().unwrap(), served.values().max().unwrap());
    assert!(served.len() == 7 && most - least <= 1, "{served:?}");
}

/// Settings that change under agents who are ready: the pool follows at once.
#[test]
fn a_queue_whose_order_changes_asks_by_the_new_one_at_once() {
    let mut scene = Scene::new();
    scene.queue(3, |_| {});
    member(&mut scene, 1, |_| {});
    scene.pass(1_000);
    let best = member(&mut scene, 2, |agent| agent.queues[0].level = 7);
    scene.queue(3, |queue| queue.order = AgentOrder::SkillLevel);
    assert_eq!(scene.offer_and_connect(1, Work::queued(queue(3))), best);
    scene.act(|f, now, out| f.remove_queue(now, queue(3), out));
}
