//! A campaign in mid-shift, as its pacer is told of it: the same calls each time.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use dialer::AttemptId;
use dialer::pacer::{Doing, Event, Pacer, Policy, STEPS, Situation};
use routing::AgentId;
use uuid::Uuid;

/// One campaign's pacer, its agents and its calls, in steps of 100 ms.
pub(super) struct Shift {
    pacer: Pacer,
    now: Instant,
    placed: u128,
    idle: Vec<AgentId>,
    /// What happens next, by its step.
    to_come: VecDeque<Vec<Due>>,
    people: f64,
    abandoned: f64,
}

enum Due {
    Answered(AttemptId),
    RungOut(AttemptId),
    TalkEnds(AgentId),
    WrapUpEnds(AgentId),
}

impl Shift {
    pub(super) fn after_an_hour(agents: u128) -> Self {
        let now = Instant::now();
        let idle: Vec<_> = (1..=agents).map(|n| AgentId::from(Uuid::from_u128(n))).collect();
        let mut pacer = Pacer::new(now, Policy::of(0.03));
        for agent in &idle {
            pacer.handle(now, Event::Agent(*agent, Doing::Idle));
        }
        let to_come = (0..AHEAD).map(|_| vec![]).collect();
        let (people, abandoned) = (0.0, 0.0);
        let mut shift = Self { pacer, now, placed: 0, idle, to_come, people, abandoned };
        for _ in 0..3_600 {
            shift.second();
        }
        shift
    }

    /// Ten steps: what was due happens, then the pacer decides.
    pub(super) fn second(&mut self) {
        for _ in 0..10 {
            self.now += Duration::from_millis(100);
            for due in self.to_come.pop_front().unwrap_or_default() {
                self.happens(due);
            }
            self.to_come.push_back(vec![]);
            self.decide();
        }
    }

    fn decide(&mut self) {
        let situation = Situation {
            idle: self.idle.len(),
            waiting: 0,
            queued: 0,
            room: 100,
            abandoned: self.abandoned,
            people: self.people,
            charged: 0.0,
            window_left: Duration::from_hours(4),
            leads_left: 100_000,
            rivals: [0.0; STEPS],
        };
        let dial = self.pacer.decide(self.now, &situation).map_or(0, |verdict| verdict.dial);
        for _ in 0..dial {
            self.place();
        }
    }

    /// One call in four is answered, after 4 to 16 s; the others ring for 25 s.
    fn place(&mut self) {
        self.placed += 1;
        let attempt = AttemptId::from(Uuid::from_u128(self.placed));
        self.pacer.handle(self.now, Event::Placed(attempt));
        self.pacer.handle(self.now, Event::Rings(attempt));
        if self.placed.is_multiple_of(4) {
            self.later(40 + self.chance(120), Due::Answered(attempt));
        } else {
            self.later(250, Due::RungOut(attempt));
        }
    }

    fn happens(&mut self, due: Due) {
        match due {
            Due::RungOut(attempt) => self.pacer.handle(self.now, Event::Ended(attempt)),
            Due::TalkEnds(agent) => {
                self.pacer.handle(self.now, Event::Agent(agent, Doing::WrapUp));
                self.later(50 + self.chance(150), Due::WrapUpEnds(agent));
            }
            Due::WrapUpEnds(agent) => {
                self.pacer.handle(self.now, Event::Agent(agent, Doing::Idle));
                self.idle.push(agent);
            }
            Due::Answered(attempt) => self.answered(attempt),
        }
    }

    fn answered(&mut self, attempt: AttemptId) {
        self.people += 1.0;
        self.pacer.handle(self.now, Event::Answered(attempt));
        self.pacer.handle(self.now, Event::Person(attempt));
        if let Some(agent) = self.idle.pop() {
            self.pacer.handle(self.now, Event::Connected(attempt));
            self.pacer.handle(self.now, Event::Agent(agent, Doing::Talk));
            self.later(300 + self.chance(1_200), Due::TalkEnds(agent));
        } else {
            self.abandoned += 1.0;
            self.pacer.handle(self.now, Event::Abandoned(attempt));
        }
    }

    /// A number under `below` that looks as if by chance and is the same in every run.
    fn chance(&self, below: usize) -> usize {
        let mixed = self.placed.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 16;
        usize::try_from(mixed & 0xFFFF_FFFF).unwrap_or(0) % below
    }

    fn later(&mut self, steps: usize, due: Due) {
        self.to_come[steps.min(AHEAD) - 1].push(due);
    }
}

/// The furthest step that something can be due at: 200 s.
const AHEAD: usize = 2_000;
