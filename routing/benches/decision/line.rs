//! A floor of 1,000 agents and 500 waiting calls: the scene of both kinds of benchmark.

use routing::floor::Limits;
use routing::{
    Agent, AgentId, CallId, CampaignId, Event, Floor, LinePlan, Offer, Policy, Queue, QueueId, Work,
};
use std::time::{Duration, Instant};
use uuid::Uuid;

const AGENTS: u128 = 1_000;
const WAITING: u128 = 500;

/// 1,000 agents and their lines, with a clock.
pub(super) struct Bench {
    floor: Floor,
    now: Instant,
    out: Vec<Event>,
    next_call: u128,
}

impl Bench {
    pub(super) fn new() -> Self {
        let now = clock();
        let floor = Floor::new(Limits::default(), Policy::default());
        let mut bench = Self { floor, now, out: Vec::with_capacity(64), next_call: 1 };
        for n in 0..6 {
            let json = serde_json::json!({ "id": queue(n), "name": format!("queue {n}") });
            let queue: Queue = serde_json::from_value(json).unwrap();
            bench.floor.set_queue(now, queue, &mut bench.out).unwrap();
        }
        for n in 0..AGENTS {
            bench.floor.set_agent(now, agent(n), &mut bench.out).unwrap();
            let line = LinePlan::default();
            bench.floor.clock_in(now, agent_id(n), line, None, &mut bench.out).unwrap();
            bench.floor.line_up(now, agent_id(n), &mut bench.out).unwrap();
        }
        bench.out.clear();
        bench
    }

    pub(super) fn everybody_ready(&mut self) {
        for n in 0..AGENTS {
            self.floor.ready(self.now, agent_id(n), &mut self.out).unwrap();
        }
        self.out.clear();
    }

    pub(super) fn fill_lines(&mut self) {
        for n in 0..WAITING {
            let work = Work::queued(queue(n % 6));
            assert!(matches!(self.offer(work), Offer::Waiting { .. }));
        }
        self.out.clear();
    }

    fn offer(&mut self, work: Work) -> Offer {
        self.next_call += 1;
        let call = CallId::from(Uuid::from_u128(self.next_call));
        self.floor.offer(self.now, call, work, &mut self.out)
    }

    pub(super) fn call_to_ready_agent(&mut self) -> Duration {
        self.now += Duration::from_micros(50);
        let work = Work::answered(campaign(self.next_call % 6), self.now + Duration::from_secs(2));
        let begin = clock();
        let offer = self.offer(work);
        let took = begin.elapsed();
        let Offer::Reserved(reserved) = offer else { return took };
        let agent = reserved.agent();
        self.floor.connect(self.now, reserved, &mut self.out).unwrap();
        self.floor.ended(self.now, agent, &mut self.out).unwrap();
        self.floor.dispose(self.now, agent, &mut self.out).unwrap();
        self.out.clear();
        took
    }

    pub(super) fn call_that_waits(&mut self) -> Duration {
        self.now += Duration::from_nanos(50);
        let begin = clock();
        let offer = self.offer(Work::queued(queue(1)));
        let took = begin.elapsed();
        assert!(matches!(offer, Offer::Waiting { .. }));
        let call = CallId::from(Uuid::from_u128(self.next_call));
        self.floor.withdraw(self.now, call, &mut self.out);
        self.out.clear();
        took
    }

    /// The next agent becomes ready, gets the call that is next, pauses, and the call waits again.
    pub(super) fn agent_becomes_ready(&mut self) -> Duration {
        self.now += Duration::from_nanos(50);
        let agent = agent_id(self.next_call % AGENTS);
        self.next_call += 1;
        let begin = clock();
        let done = self.floor.ready(self.now, agent, &mut self.out);
        let took = begin.elapsed();
        done.unwrap();
        assert!(matches!(self.out.last(), Some(Event::Assigned { .. })));
        self.floor.pause(self.now, agent, None, &mut self.out).unwrap();
        self.out.clear();
        took
    }
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures with a clock")]
fn clock() -> Instant {
    Instant::now()
}

fn agent(n: u128) -> Agent {
    let three = |step: u128| (0..3).map(move |k| (n + k * step) % 6);
    let campaigns = three(1).map(|c| serde_json::json!({ "campaign": campaign(c) }));
    let queues = three(2).map(|q| serde_json::json!({ "queue": queue(q) }));
    serde_json::from_value(serde_json::json!({
        "id": agent_id(n), "number": n + 1, "code": format!("E-{n}"),
        "first_name": "Ada", "last_name": "Byron", "time_zone": "Europe/London",
        "campaigns": campaigns.collect::<Vec<_>>(), "queues": queues.collect::<Vec<_>>(),
    }))
    .unwrap()
}

fn agent_id(n: u128) -> AgentId {
    AgentId::from(Uuid::from_u128(n + 1))
}

fn campaign(n: u128) -> CampaignId {
    CampaignId::from(Uuid::from_u128(n + 5_000))
}

fn queue(n: u128) -> QueueId {
    QueueId::from(Uuid::from_u128(n + 6_000))
}
