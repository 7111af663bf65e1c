//! The model's ledger: it drives the floor and keeps its own books from what the floor tells.

use routing::agents::{AfterCall, Connection, Lifecycle, Login, Tier};
use routing::floor::{Force, Kept, Limits};
use routing::{
    Agent, AgentId, CallId, CampaignId, CampaignMembership, Counts, Event, Fault, Floor, LinePlan,
    Offer, PauseClass, PausePolicy, PauseReason, Policy, Priority, Queue, QueueId, QueueMembership,
    Reserved, State, Target, Work,
};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// The fuzz body: takes any bytes, five a step, and panics where the floor and the ledger differ.
pub(crate) fn floor(bytes: &[u8]) {
    let mut ledger = Ledger::new();
    for step in bytes.chunks_exact(5).take(2_000) {
        let ms = u32::from(u16::from_be_bytes([step[3], step[4]])) % 4_000;
        ledger.step(Step { verb: step[0] % VERBS, who: step[1], what: step[2], ms });
    }
    ledger.close();
}

/// One step: which verb, on whom, and how long after the last.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Step {
    pub(crate) verb: u8,
    pub(crate) who: u8,
    pub(crate) what: u8,
    pub(crate) ms: u32,
}

/// How many verbs [`Ledger::step`] knows.
pub(crate) const VERBS: u8 = 35;
const AGENTS: u8 = 6;
const CAMPAIGNS: u8 = 3;
const QUEUES: u8 = 3;

pub(crate) struct Ledger {
    floor: Floor,
    now: Instant,
    out: Vec<Event>,
    /// Every live call the floor was given, and who has it.
    calls: BTreeMap<CallId, Holder>,
    tokens: Vec<Reserved>,
    parked: BTreeMap<CallId, AgentId>,
    times: BTreeMap<AgentId, Times>,
    next_call: u128,
    pub(crate) connected: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Holder {
    Waits,
    Agent(AgentId),
}

/// An agent's time as the model's own clock has it, beside what the intervals say.
#[derive(Default)]
struct Times {
    login: Duration,
    since: Option<Instant>,
    spent: BTreeMap<Counts, Duration>,
    last: Option<Instant>,
}

impl Ledger {
    pub(crate) fn new() -> Self {
        let limits = Limits { waiting_max: 12, ageing_ms: 30_000, ..Limits::default() };
        #[expect(clippy::disallowed_methods, reason = "std makes an Instant in no other way")]
        let now = Instant::now();
        let policy = Policy { pause_reason: PausePolicy::Optional, ..Policy::default() };
        let mut ledger = Self {
            floor: Floor::new(limits, policy),
            now,
            out: vec![],
            calls: BTreeMap::new(),
            tokens: vec![],
            parked: BTreeMap::new(),
            times: BTreeMap::new(),
            next_call: 1_000,
            connected: 0,
        };
        for n in 0..QUEUES {
            let json = serde_json::json!({
                "id": queue(n), "name": format!("queue {n}"), "length_max": 4,
                "wait_ms_max": 15_000, "announce_every_ms": (u32::from(n) % 2 * 10_000),
                "comfort": "patience", "comfort_every_ms": 10_000,
                "order": (["longest_idle", "round_robin", "skill_level"][usize::from(n)]),
                "auto_inactive_min": (u16::from(n) * 2),
            });
            let queue: Queue = serde_json::from_value(json).unwrap();
            ledger.floor.set_queue(now, queue, &mut ledger.out).unwrap();
        }
        for n in 0..AGENTS {
            ledger.floor.set_agent(now, agent(n, n), &mut ledger.out).unwrap();
        }
        ledger
    }

    pub(crate) fn step(&mut self, step: Step) {
        self.now += Duration::from_millis(u64::from(step.ms) / 4);
        // Three drivers of four tick at each deadline; the fourth is late.
        if !step.ms.is_multiple_of(4) {
            let now = self.now;
            while let Some(at) = self.floor.deadline().filter(|at| *at <= now) {
                self.floor.tick(at, &mut self.out);
                self.read(at);
            }
        }
        self.verb(step);
        self.read(self.now);
        self.floor.tick(self.now, &mut self.out);
        self.read(self.now);
        self.floor.check_invariants().unwrap();
        self.compare();
    }

    /// Everybody goes home: nothing may be left over.
    pub(crate) fn close(&mut self) {
        for n in 0..AGENTS {
            let _ = self.floor.force(
                self.now,
                agent_id(n),
                Force::ClockOut { reason: None },
                &mut self.out,
            );
            self.read(self.now);
        }
        for call in self.calls.keys().copied().collect::<Vec<_>>() {
            self.floor.withdraw(self.now, call, &mut self.out);
            self.read(self.now);
            self.calls.remove(&call);
        }
        for _ in 0..200 {
            let Some(at) = self.floor.deadline() else { break };
            self.now = self.now.max(at);
            self.floor.tick(self.now, &mut self.out);
            self.read(self.now);
        }
        self.floor.check_invariants().unwrap();
        self.compare();
        assert_eq!(self.floor.deadline(), None, "nothing is left to wait for");
        assert_eq!(self.floor.waiting_total(), 0);
        for view in self.floor.agents() {
            assert_eq!(*view.state(), State::LoggedOut, "{:?}", view.profile.id);
        }
    }

    fn verb(&mut self, step: Step) {
        let Step { verb, who, what, .. } = step;
        match verb {
            0..=11 => self.agents_verb(verb, agent_id(who % AGENTS), what),
            12..=19 => self.offers(verb, who, what),
            20..=24 => self.tokens(verb, what),
            25..=29 => self.calls_verb(verb, agent_id(who % AGENTS), what),
            30 | 31 => self.settings(verb, who, what),
            _ => self.groups_verb(verb, who, what),
        }
    }

    /// Groups are left and joined, calls parked and taken up again.
    fn groups_verb(&mut self, verb: u8, who: u8, what: u8) {
        let (agent, id) = (agent_id(who % AGENTS), queue(what % QUEUES));
        let (floor, now, out) = (&mut self.floor, self.now, &mut self.out);
        match verb {
            32 => drop(floor.set_active(now, agent, (id, what > 100), out)),
            33 if self.parked.len() < 8 => {
                self.next_call += 1;
                let call = CallId::from(Uuid::from_u128(self.next_call));
                floor.parked(agent, call, what.is_multiple_of(2).then_some(id));
                self.parked.insert(call, agent);
            }
            _ => {
                if let Some((call, _)) = self.parked.pop_first() {
                    floor.unparked(now, call, out);
                }
            }
        }
    }

    fn agents_verb(&mut self, verb: u8, agent: AgentId, what: u8) {
        let (floor, now, out) = (&mut self.floor, self.now, &mut self.out);
        let fault = [Fault::LineLost, Fault::DeskLost, Fault::DeviceLost][usize::from(what % 3)];
        let class = [PauseClass::Break, PauseClass::Meeting][usize::from(what % 2)];
        // A refusal is a fair answer; what it must not do is change anything, and the books tell.
        let _ = match verb {
            0 => {
                let persistent = what.is_multiple_of(2);
                let line = LinePlan { persistent, ..LinePlan::default() };
                floor.clock_in(now, agent, line, None, out)
            }
            1 if what < 12 => floor.clock_out(now, agent, None, out),
            2..=4 => floor.ready(now, agent, out),
            5 if what < 30 => floor.pause(now, agent, Some(PauseReason::of(class)), out),
            6 | 7 => [Fault::LineLost, Fault::DeskLost, Fault::DeviceLost]
                .into_iter()
                .try_for_each(|fault| floor.back(now, agent, fault, out)),
            8 if what < 20 => floor.lost(now, agent, fault, out),
            9 => floor.dispose(now, agent, out),
            10 if what < 8 => {
                floor.force(now, agent, Force::ClockOut { reason: Some("out".into()) }, out)
            }
            11 if what < 10 => floor.force(now, agent, Force::Pause(PauseReason::of(class)), out),
            _ => floor.line_up(now, agent, out),
        };
    }

    fn offers(&mut self, verb: u8, who: u8, what: u8) {
        self.next_call += 1;
        let call = CallId::from(Uuid::from_u128(self.next_call));
        let (now, agent) = (self.now, agent_id(who % AGENTS));
        let deadline = now + Duration::from_millis(2_000 + u64::from(what) * 20);
        let priority = [Priority::High, Priority::Medium, Priority::Low][usize::from(who % 3)];
        let work = match what % 4 {
            0 | 1 => Work::answered(campaign(what / 4 % CAMPAIGNS), deadline),
            2 if what.is_multiple_of(3) => {
                let since = now.checked_sub(Duration::from_secs(5)).unwrap_or(now);
                let kept = Kept { since, until: deadline };
                Work::kept(queue(what / 4 % QUEUES), campaign(what % CAMPAIGNS), kept)
            }
            2 => Work { priority, ..Work::queued(queue(what / 4 % QUEUES)) },
            _ => Work { transfer: what > 128, deadline: Some(deadline), ..Work::direct(agent) },
        };
        match verb {
            12..=17 => match self.floor.offer(now, call, work, &mut self.out) {
                Offer::Reserved(token) => {
                    // The tick that comes with the verb was told before.
                    self.read(now);
                    self.calls.insert(call, Holder::Agent(token.agent()));
                    self.keep(token);
                }
                Offer::Waiting { position, of } => {
                    assert!((1..=of).contains(&position));
                    self.read(now);
                    self.calls.insert(call, Holder::Waits);
                }
                Offer::Full | Offer::Unavailable(_) => {}
            },
            18 => {
                if let Some(token) = self.floor.reserve(now, call, work, &mut self.out) {
                    self.read(now);
                    self.calls.insert(call, Holder::Agent(token.agent()));
                    self.keep(token);
                }
            }
            _ => {
                if self.floor.dial(now, agent, call, None, &mut self.out).is_ok() {
                    self.read(now);
                    self.calls.insert(call, Holder::Agent(agent));
                }
            }
        }
    }

    fn keep(&mut self, token: Reserved) {
        assert!(token.until() > self.now, "a reservation has its deadline ahead");
        self.tokens.push(token);
    }

    /// Uses a token, which may be long stale.
    fn tokens(&mut self, verb: u8, what: u8) {
        if self.tokens.is_empty() {
            return;
        }
        let any = usize::from(what) % self.tokens.len();
        let token = if what < 32 {
            self.tokens.swap_remove(any)
        } else {
            self.tokens.remove(self.tokens.len() - 1)
        };
        let (call, agent) = (token.call(), token.agent());
        let (floor, now, out) = (&mut self.floor, self.now, &mut self.out);
        match verb {
            20..=22 => {
                let stands = floor.connect(now, token, out).is_ok();
                self.connected += u64::from(stands);
                if stands {
                    let state = floor.agent(agent).unwrap().state();
                    assert_eq!(*state, State::Talking { call });
                }
            }
            23 if what.is_multiple_of(2) => {
                let rings = floor.ring(now, token, out).is_ok();
                if rings && what.is_multiple_of(4) {
                    floor.dial_kept(now, agent, out).unwrap();
                }
            }
            23 => {
                let _ = floor.preview(now, token, out);
            }
            _ => {
                floor.give_back(now, token, out);
                self.over(agent);
            }
        }
    }

    fn calls_verb(&mut self, verb: u8, agent: AgentId, what: u8) {
        let (floor, now, out) = (&mut self.floor, self.now, &mut self.out);
        match (verb, what) {
            (25, _) => drop(floor.answered(now, agent, out)),
            (26, 0..=99) => drop(floor.declined(now, agent, out)),
            (26, 100..=179) => drop(floor.hold(now, agent, out)),
            (26, _) => drop(floor.resume(now, agent, out)),
            (27, _) => drop(floor.dial_previewed(now, agent, out)),
            (28, _) => {
                if floor.ended(now, agent, out).is_ok() {
                    self.over(agent);
                }
            }
            (_, 0..=99) => {
                if floor.skip(now, agent, out).is_ok() {
                    self.over(agent);
                }
            }
            _ => {
                let nth = usize::from(what) % self.calls.len().max(1);
                if let Some(call) = self.calls.keys().nth(nth).copied() {
                    floor.withdraw(now, call, out);
                    self.read(now);
                    self.calls.remove(&call);
                }
            }
        }
    }

    /// The one call that the agent had is over, by a verb that tells so with no event.
    fn over(&mut self, agent: AgentId) {
        self.read(self.now);
        let before = self.calls.len();
        let floor = &self.floor;
        self.calls.retain(|call, holder| {
            *holder != Holder::Agent(agent)
                || floor.owner(*call).is_some()
                || floor.is_waiting(*call)
        });
        assert!(before - self.calls.len() <= 1, "one verb ended several calls");
    }

    fn settings(&mut self, verb: u8, who: u8, what: u8) {
        let (floor, now, out) = (&mut self.floor, self.now, &mut self.out);
        let n = who % AGENTS;
        match (verb, what) {
            (30, 0..=60) => floor.set_agent(now, agent(n, what), out).unwrap(),
            (30, 61..=70) => {
                floor.remove_agent(now, agent_id(n), out);
                self.read(now);
                self.floor.set_agent(now, agent(n, what), &mut self.out).unwrap();
            }
            (30, 71..=80) => {
                let archived = Agent { lifecycle: Lifecycle::Archived, ..agent(n, what) };
                floor.set_agent(now, archived, out).unwrap();
                self.read(now);
                self.floor.set_agent(now, agent(n, what), &mut self.out).unwrap();
            }
            (31, 0..=10) => {
                let id = queue(who % QUEUES);
                let settings = floor.queue(id).unwrap().clone();
                floor.remove_queue(now, id, out);
                floor.set_queue(now, settings, out).unwrap();
            }
            _ => floor.tick(now, out),
        }
    }

    /// Books what the floor told.
    fn read(&mut self, now: Instant) {
        for event in std::mem::take(&mut self.out) {
            match event {
                Event::StateChanged { agent, from, to, at, .. } => {
                    assert_eq!(at, now);
                    let times = self.times.entry(agent).or_default();
                    if from == State::LoggedOut {
                        times.since = Some(at);
                        times.last = Some(at);
                    }
                    if to == State::LoggedOut {
                        times.login += at - times.since.take().unwrap();
                    }
                }
                Event::Interval(interval) => {
                    let times = self.times.entry(interval.agent).or_default();
                    assert_eq!(times.last, Some(interval.from), "a gap or an overlap");
                    times.last = Some(interval.to);
                    *times.spent.entry(interval.counts).or_default() += interval.to - interval.from;
                }
                Event::Assigned { call, reserved } => {
                    assert_eq!(self.calls.get(&call), Some(&Holder::Waits));
                    self.calls.insert(call, Holder::Agent(reserved.agent()));
                    self.tokens.push(reserved);
                }
                Event::LetGo { agent, call, waits } => {
                    let had = self.calls.get(&call);
                    assert_eq!(had, Some(&Holder::Agent(agent)), "{call:?}");
                    if waits {
                        self.calls.insert(call, Holder::Waits);
                    } else {
                        self.calls.remove(&call);
                    }
                }
                Event::Stranded { agent, call } => {
                    assert_eq!(self.calls.remove(&call), Some(Holder::Agent(agent)));
                }
                Event::Overflowed { call, .. } | Event::Expired { call, .. } => {
                    assert_eq!(self.calls.remove(&call), Some(Holder::Waits), "{call:?}");
                }
                Event::Position { call, position, of } => {
                    assert_eq!(self.calls.get(&call), Some(&Holder::Waits));
                    assert!((1..=of).contains(&position));
                }
                Event::Comfort { call, .. } => {
                    assert_eq!(self.calls.get(&call), Some(&Holder::Waits));
                }
                Event::GroupTurned { agent, queue, active, .. } => {
                    let view = self.floor.agent(agent).unwrap();
                    let mut groups = view.groups();
                    assert!(groups.any(|(member, _)| member.queue == queue), "{active}");
                }
                Event::HandedOff { call, agent, .. } => {
                    assert_eq!(self.parked.get(&call), Some(&agent));
                }
                Event::Latched { .. } | Event::WrapUpEnded { .. } => {}
            }
        }
    }

    /// The books and the floor agree on every call, both ways.
    fn compare(&self) {
        let mut waiting = 0;
        for (call, holder) in &self.calls {
            let told = match self.floor.owner(*call) {
                Some(agent) => Some(Holder::Agent(agent)),
                None => self.floor.is_waiting(*call).then_some(Holder::Waits),
            };
            assert_eq!(told, Some(*holder), "{call:?}");
            waiting += usize::from(*holder == Holder::Waits);
        }
        assert_eq!(self.floor.waiting_total(), waiting);
        let owned = self.floor.agents().filter(|view| view.state().owns().is_some()).count();
        assert_eq!(owned + waiting, self.calls.len());
        let now = self.now;
        assert!(self.floor.deadline().is_none_or(|at| at > now), "a deadline is left behind");
        for (id, times) in &self.times {
            let view = self.floor.agent(*id);
            let open = view.and_then(|view| view.presence.elapsed(now));
            let open = open.map_or(Duration::ZERO, |interval| interval.to - interval.from);
            let login = times.login + times.since.map_or(Duration::ZERO, |since| now - since);
            assert_eq!(times.spent.values().sum::<Duration>() + open, login, "{id:?}");
        }
        let lines = (0..CAMPAIGNS).map(|n| Target::Campaign(campaign(n)));
        for target in lines.chain((0..QUEUES).map(|n| Target::Queue(queue(n)))) {
            let tally = self.floor.tally(target);
            assert!(tally.ready + tally.busy <= tally.logged_in);
            assert_eq!(tally.ready, self.floor.ready_agents(target).count());
            assert!(tally.ready == 0 || self.floor.waiting_count(target) == 0);
        }
    }
}

fn agent(n: u8, shape: u8) -> Agent {
    let rank = |n: u8| [Priority::High, Priority::Medium, Priority::Low][usize::from(n % 3)];
    let campaigns = (0..CAMPAIGNS)
        .filter(|c| (shape >> (c % 2)) & 1 == 0 || *c == n % CAMPAIGNS)
        .map(|c| CampaignMembership { campaign: campaign(c), priority: rank(shape + c) });
    let queues = (0..QUEUES).filter(|q| (shape >> (q % 3)) & 1 == 1 || *q == n % QUEUES).map(|q| {
        QueueMembership {
            priority: rank(shape / 2 + q),
            tier: if n.is_multiple_of(2) { Tier::Primary } else { Tier::Secondary },
            level: 1 + shape % 10,
            calls_max: (shape.is_multiple_of(7)).then_some(1 + shape % 3),
            ..QueueMembership::of(queue(q))
        }
    });
    Agent {
        id: agent_id(n),
        number: (u32::from(n) + 1).try_into().unwrap(),
        code: format!("E-{n}"),
        first_name: "Ada".into(),
        last_name: "Byron".into(),
        username: None,
        email: None,
        teams: vec![],
        campaigns: campaigns.collect(),
        queues: queues.collect(),
        cli: None,
        time_zone: "Europe/London".into(),
        after_call: AfterCall {
            wrap_up_ms: u32::from(shape % 4) * 1_500,
            auto_ready: !shape.is_multiple_of(5),
        },
        distribution: routing::Distribution::default(),
        connection: Connection::default(),
        lifecycle: Lifecycle::Active,
        login: Login::Enabled,
        transfers_when_paused: shape.is_multiple_of(3),
        permissions: routing::Permissions::default(),
        greeting: None,
        hourly_cost_cents: 1_000,
    }
}

fn agent_id(n: u8) -> AgentId {
    AgentId::from(Uuid::from_u128(u128::from(n) + 1))
}

fn campaign(n: u8) -> CampaignId {
    CampaignId::from(Uuid::from_u128(u128::from(n) + 100))
}

fn queue(n: u8) -> QueueId {
    QueueId::from(Uuid::from_u128(u128::from(n) + 200))
}
