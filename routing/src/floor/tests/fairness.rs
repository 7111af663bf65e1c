//! Fairness among agents and among calls, over ten thousand calls.

use super::*;
use std::collections::BTreeMap;

const CALLS: u128 = 10_000;

/// Issue 5: longest idle is fair to within one call.
#[test]
fn ten_thousand_equal_calls_reach_equal_agents_within_one_of_each_other() {
    let mut scene = Scene::new();
    for n in 1..=7 {
        scene.ready_agent(n, &[7], &[]);
    }
    let mut served = BTreeMap::new();
    for n in 0..CALLS {
        let work = Work::answered(campaign(7), scene.now + Duration::from_secs(2));
        let agent = scene.offer_and_connect(n, work);
        scene.act(|f, now, out| f.ended(now, agent, out)).unwrap();
        scene.act(|f, now, out| f.dispose(now, agent, out)).unwrap();
        *served.entry(agent).or_insert(0_u32) += 1;
        scene.out.clear();
        // Some calls fall into the same instant, where only the order of arrival can decide.
        scene.pass(u64::from(n % 3 == 0));
    }
    let (least, most) = (served.values().min().unwrap(), served.values().max().unwrap());
    assert!(served.len() == 7 && most - least <= 1, "{served:?}");
}

/// Issue 5: over queues of the same rank, callers are served in the order they came, none before
/// another, however unevenly the queues fill.
#[test]
fn ten_thousand_callers_of_equal_queues_are_served_in_the_order_they_came() {
    let mut scene = Scene::new();
    let queues = [3, 4, 5];
    for n in queues {
        scene.queue(n, |q| q.announce_every_ms = 0);
    }
    let agent = scene.ready_agent(1, &[], &queues);
    scene.act(|f, now, out| f.pause(now, agent, Some(lunch()), out)).unwrap();
    let (mut next, mut random) = (0, 1_u64);
    for batch in 0..CALLS / 100 {
        for n in batch * 100..(batch + 1) * 100 {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let pick = queues[usize::try_from((random >> 33) % 5).unwrap().min(2)];
            assert!(matches!(scene.offer(n, Work::queued(queue(pick))), Offer::Waiting { .. }));
            scene.pass(u64::from(n % 3 == 0));
        }
        serve(&mut scene, agent, 100, &mut |served| {
            assert_eq!(served, call(next));
            next += 1;
        });
    }
    assert_eq!(next, CALLS);
}

/// REQUIREMENTS A6: strict priority with ageing, so that a low caller is served at last.
#[test]
fn a_low_caller_is_served_though_high_ones_never_cease() {
    let mut scene = Scene::with(Limits { ageing_ms: 60_000, ..Limits::default() });
    let long = |q: &mut Queue| q.wait_ms_max = 3_600_000;
    scene.queue(3, long);
    scene.queue(4, long);
    let mut one = profile(1, &[], &[3, 4]);
    one.queues[0].priority = Priority::High;
    one.queues[1].priority = Priority::Low;
    let agent = scene.agent(one);
    scene.act(|f, now, out| f.clock_in(now, agent, LinePlan::default(), None, out)).unwrap();
    scene.act(|f, now, out| f.line_up(now, agent, out)).unwrap();
    assert!(matches!(scene.offer(0, Work::queued(queue(4))), Offer::Waiting { .. }));
    let mut served_at = None;
    for n in 1..200 {
        assert!(matches!(scene.offer(n, Work::queued(queue(3))), Offer::Waiting { .. }));
        serve(&mut scene, agent, 1, &mut |c| {
            if c == call(0) {
                served_at = Some(n);
            }
        });
        scene.pass(1_000);
    }
    // Two steps lift it from low to high, after 120 s, and it is the oldest there.
    assert_eq!(served_at, Some(121));
}

/// The agent serves so many calls, one after the other, and pauses.
fn serve(scene: &mut Scene, agent: AgentId, calls: usize, told: &mut dyn FnMut(CallId)) {
    scene.act(|f, now, out| f.ready(now, agent, out)).unwrap();
    for _ in 0..calls {
        let Some(reserved) = scene.assigned().pop() else { break };
        told(reserved.call());
        scene.act(|f, now, out| f.connect(now, reserved, out)).unwrap();
        scene.act(|f, now, out| f.ended(now, agent, out)).unwrap();
        scene.act(|f, now, out| f.dispose(now, agent, out)).unwrap();
    }
    // A call that came with the last disposition goes back to its place.
    scene.act(|f, now, out| f.pause(now, agent, Some(lunch()), out)).unwrap();
    scene.out.clear();
}
