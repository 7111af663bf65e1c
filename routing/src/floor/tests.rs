//! What the floor promises, a promise a test; the model with random verbs is `tests/model.rs`.

mod attendance;
mod fairness;
mod giving;
mod groups;
mod life;
mod matching;
mod reach;
mod settings;

use super::*;
use crate::agents::{AfterCall, CampaignMembership, Priority, QueueMembership, Tier};
use crate::ids::CampaignId;
use crate::organisation::PausePolicy;
use crate::presence::{PauseClass, PauseReason, StateName};
use uuid::Uuid;

/// A floor with its clock; each verb's events are kept until they are taken.
struct Scene {
    floor: Floor,
    start: Instant,
    now: Instant,
    out: Vec<Event>,
}

impl Scene {
    fn new() -> Self {
        Self::with(Limits::default())
    }

    fn with(limits: Limits) -> Self {
        let start = crate::origin();
        let floor = Floor::new(limits, Policy::default());
        Self { floor, start, now: start, out: vec![] }
    }

    /// An agent who serves these, is clocked in with the line up, and ready.
    fn ready_agent(&mut self, n: u32, campaigns: &[u128], queues: &[u128]) -> AgentId {
        let id = self.agent(profile(n, campaigns, queues));
        self.act(|f, now, out| f.clock_in(now, id, LinePlan::default(), None, out)).unwrap();
        self.act(|f, now, out| f.line_up(now, id, out)).unwrap();
        self.act(|f, now, out| f.ready(now, id, out)).unwrap();
        id
    }

    fn agent(&mut self, agent: Agent) -> AgentId {
        let id = agent.id;
        self.act(|f, now, out| f.set_agent(now, agent, out)).unwrap();
        id
    }

    fn queue(&mut self, n: u128, change: impl FnOnce(&mut Queue)) -> QueueId {
        let id = QueueId::from(Uuid::from_u128(n));
        let json = serde_json::json!({ "id": id, "name": format!("queue {n}") });
        let mut queue: Queue = serde_json::from_value(json).unwrap();
        change(&mut queue);
        queue.validate().unwrap();
        self.act(|f, now, out| f.set_queue(now, queue, out)).unwrap();
        id
    }

    fn act<T>(&mut self, verb: impl FnOnce(&mut Floor, Instant, &mut Vec<Event>) -> T) -> T {
        let done = verb(&mut self.floor, self.now, &mut self.out);
        self.floor.check_invariants().unwrap();
        done
    }

    fn offer(&mut self, n: u128, work: Work) -> Offer {
        self.act(|f, now, out| f.offer(now, call(n), work, out))
    }

    fn offer_and_connect(&mut self, n: u128, work: Work) -> AgentId {
        let Offer::Reserved(reserved) = self.offer(n, work) else { panic!("nobody was free") };
        let agent = reserved.agent();
        self.act(|f, now, out| f.connect(now, reserved, out)).unwrap();
        agent
    }

    /// Lets time pass, with a tick at each deadline on the way.
    fn pass(&mut self, ms: u64) {
        let end = self.now + Duration::from_millis(ms);
        while let Some(at) = self.floor.deadline().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            self.act(Floor::tick);
        }
        self.now = end;
    }

    /// Lets time pass, and nobody ticks.
    fn oversleep(&mut self, ms: u64) {
        self.now += Duration::from_millis(ms);
    }

    fn at_ms(&self, ms: u64) -> Instant {
        self.start + Duration::from_millis(ms)
    }

    fn state(&self, agent: AgentId) -> StateName {
        self.floor.agent(agent).unwrap().state().name()
    }

    fn events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.out)
    }

    /// The calls that were assigned since the events were taken last, and to whom.
    fn assigned(&mut self) -> Vec<Reserved> {
        let events = self.events().into_iter();
        events
            .filter_map(|event| match event {
                Event::Assigned { reserved, .. } => Some(reserved),
                _ => None,
            })
            .collect()
    }
}

fn profile(n: u32, campaigns: &[u128], queues: &[u128]) -> Agent {
    let priority = Priority::Medium;
    Agent {
        id: AgentId::from(Uuid::from_u128(u128::from(n))),
        number: n.try_into().unwrap(),
        code: format!("E-{n}"),
        first_name: "Ada".into(),
        last_name: "Byron".into(),
        username: None,
        email: None,
        teams: vec![],
        campaigns: campaigns
            .iter()
            .map(|c| CampaignMembership { campaign: campaign(*c), priority })
            .collect(),
        queues: queues
            .iter()
            .map(|q| QueueMembership { priority, ..QueueMembership::of(queue(*q)) })
            .collect(),
        cli: None,
        time_zone: "Europe/London".into(),
        after_call: AfterCall { wrap_up_ms: 10_000, auto_ready: true },
        distribution: crate::agents::Distribution::default(),
        connection: crate::agents::Connection::default(),
        lifecycle: crate::agents::Lifecycle::Active,
        login: crate::agents::Login::Enabled,
        transfers_when_paused: false,
        permissions: crate::agents::Permissions::default(),
        greeting: None,
        hourly_cost_cents: 1_000,
    }
}

fn campaign(n: u128) -> CampaignId {
    CampaignId::from(Uuid::from_u128(n))
}

fn queue(n: u128) -> QueueId {
    QueueId::from(Uuid::from_u128(n))
}

fn call(n: u128) -> CallId {
    CallId::from(Uuid::from_u128(n))
}

fn lunch() -> PauseReason {
    PauseReason::of(PauseClass::Break)
}
