//! Predictive pacing: how many calls to place now, so that an agent is free when a person
//! answers, and hardly ever none.
//!
//! The science, in the order of a decision. *Hazards* (`ring`, `stage`): survival models of how a
//! call ends by its age, and of how long talk and wrap-up last, learnt with censoring and
//! forgetting. *Level* (`level`): a Gamma posterior of how people answer now against those
//! hazards. *Forecast* (`forecast`): the distribution of free agents less answers over the next
//! thirty seconds. *Risk*: the chance that a call placed now, when answered, finds nobody. Calls
//! are placed while the risk is at or under a price. *Budget* (`budget`): the price, moved by
//! every person connected or abandoned until the share abandoned is the aim; and a guard on the
//! counters themselves, which falls back to one call for each free agent.
//!
//! It needs no rule for small floors, for starting or for ending: with little known the posterior
//! is wide, with spare agents the risk is nothing, and both come out as one to one. What cannot
//! be trusted (events that do not add up, a clock that jumps) makes it one to one outright.

mod budget;
mod flight;
mod forecast;
mod grid;
mod level;
mod release;
mod ring;
mod stage;

pub use budget::Standing;
pub use flight::Doing;

use crate::ids::AttemptId;
use budget::{Allowance, Budget};
use flight::{Agents, Call, Calls, seconds};
use forecast::{Facts, Forecast};
use grid::{Row, STEPS, figure};
use level::Level;
use release::Release;
use ring::{Age, RingHazard};
use routing::AgentId;
use std::fmt;
use std::time::{Duration, Instant};

/// Paces one campaign.
#[derive(Clone, Debug)]
pub struct Pacer {
    started: Instant,
    calls: Calls,
    agents: Agents,
    ring: RingHazard,
    release: Release,
    level: Level,
    budget: Budget,
    /// How long a person really waits before they are abandoned, after the detector's delay.
    grace: Grace,
    callers: Callers,
    counts: Counts,
    looked: Option<Instant>,
    /// Something happened since the last look.
    stirred: bool,
    ring_built: Option<Instant>,
    release_built: Option<Instant>,
    /// Calls that must end as told before anything but one to one is trusted again.
    distrust: u32,
}

#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    placed: u32,
    connected: u32,
}

/// How a campaign is to be paced.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Policy {
    /// The greatest share of people who may be abandoned, 0..1.
    pub cap: f64,
    /// How many abandoned calls a window may be overdrawn while answers that repay them are
    /// still to come; 0 where the campaign may be stopped and judged at any moment.
    pub credit: f64,
}

impl Policy {
    /// A cap, with the credit that costs the least idle time.
    #[must_use]
    pub const fn of(cap: f64) -> Self {
        Self { cap, credit: 5.0 }
    }
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A call was placed.
    Placed(AttemptId),
    /// It was answered, by somebody or something.
    Answered(AttemptId),
    /// A person answered it.
    Person(AttemptId),
    /// A machine answered it.
    Machine(AttemptId),
    /// It ended while it rang: busy, refused, failed, rung out.
    Ended(AttemptId),
    /// We gave it up while it rang.
    Cancelled(AttemptId),
    /// The person met an agent.
    Connected(AttemptId),
    /// The person met nobody in time.
    Abandoned(AttemptId),
    /// The person hung up before either.
    HungUp(AttemptId),
    /// An agent does something else now.
    Agent(AgentId, Doing),
    /// An agent pauses or logs out when this call is over.
    Leaving(AgentId),
    /// Somebody called in.
    CallerArrived,
}

/// What the pacer must be told at a decision, from those who own it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Situation {
    /// Agents free for this campaign.
    pub idle: usize,
    /// People who answered and wait for an agent.
    pub waiting: usize,
    /// Callers who wait in a queue that takes these agents.
    pub queued: usize,
    /// Most calls to place now, by trunks, call rate and leads.
    pub room: usize,
    /// People who answered, and who were abandoned, in the window closest to its cap.
    pub abandoned: u32,
    /// See `abandoned`.
    pub people: u32,
    /// How long that window still runs; zero for one that may end at any moment.
    pub window_left: Duration,
    /// Leads left to dial.
    pub leads_left: u32,
}

impl Pacer {
    /// A pacer that has seen nothing.
    #[must_use]
    pub fn new(now: Instant, policy: Policy) -> Self {
        Self {
            started: now,
            calls: Calls::default(),
            agents: Agents::default(),
            ring: RingHazard::new(),
            release: Release::new(),
            level: Level::new(),
            budget: Budget::new(policy.cap, policy.credit),
            grace: Grace { sum_s: 3.0, weight: 2.0 },
            callers: Callers { seen: 0.0, over_s: 900.0 },
            counts: Counts::default(),
            looked: None,
            stirred: true,
            ring_built: None,
            release_built: None,
            distrust: 0,
        }
    }

    /// Takes what happened. An event about a call or agent it does not know changes nothing.
    pub fn handle(&mut self, now: Instant, event: Event) {
        self.stirred |= flight::matters(event);
        match event {
            Event::Placed(id) => {
                self.counts.placed += 1;
                self.calls.live.insert(id, Call::Ringing { placed: now });
            }
            Event::Answered(id) => {
                if let Some(age) = self.stopped_ringing(now, id) {
                    self.calls.live.insert(id, Call::Answered { age, at: now });
                }
            }
            Event::Person(id) => self.person(now, id),
            Event::Machine(id) => {
                if let Some(Call::Answered { age, .. }) = self.calls.live.remove(&id) {
                    self.ring.was_machine(age);
                }
            }
            Event::Ended(id) => {
                if let Some(age) = self.stopped_ringing(now, id) {
                    self.ring.was_no_answer(age);
                }
            }
            Event::Cancelled(id) => {
                self.stopped_ringing(now, id);
            }
            Event::Connected(id) => {
                self.calls.live.remove(&id);
                self.counts.connected += 1;
                self.budget.connected();
            }
            Event::Abandoned(id) => {
                if let Some(Call::Person { since }) = self.calls.live.remove(&id) {
                    self.grace.add(seconds(now, since));
                }
                self.budget.abandoned();
            }
            Event::HungUp(id) => {
                self.calls.live.remove(&id);
            }
            Event::Agent(id, doing) => {
                if let Some((busy, lasted_s)) = self.agents.change(now, id, doing) {
                    self.release.ended_after(busy, lasted_s);
                }
            }
            Event::Leaving(id) => self.agents.is_leaving(id),
            Event::CallerArrived => self.callers.seen += 1.0,
        }
    }

    /// When a decision is due without an event.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        self.looked.map(|looked| looked + if self.stirred { LEAST_APART } else { MOST_APART })
    }

    /// Decides how many calls to place now; none when it is too early to look again.
    pub fn decide(&mut self, now: Instant, situation: &Situation) -> Option<Verdict> {
        if self.deadline().is_some_and(|due| now < due) {
            return None;
        }
        let apart_s = self.looked.map_or(2.0, |looked| seconds(now, looked));
        self.check_trust(apart_s, situation);
        self.looked = Some(now);
        self.stirred = false;
        self.rebuild(now);
        self.learn(now, apart_s.min(2.0));
        let standing = self.standing(now, situation);
        let allowance = self.budget.allow(standing);
        Some(self.place(now, situation, allowance, standing))
    }

    fn stopped_ringing(&mut self, now: Instant, id: AttemptId) -> Option<Age> {
        let Some(Call::Ringing { placed }) = self.calls.live.get(&id).copied() else {
            return None;
        };
        self.calls.live.remove(&id);
        self.distrust = self.distrust.saturating_sub(1);
        Some(self.ring.stopped(seconds(now, placed)))
    }

    fn person(&mut self, now: Instant, id: AttemptId) {
        // Without a detector the answer is the person's.
        if let Some(age) = self.stopped_ringing(now, id) {
            self.calls.live.insert(id, Call::Answered { age, at: now });
        }
        if let Some(Call::Answered { age, at }) = self.calls.live.get(&id).copied() {
            self.ring.was_person(age, seconds(now, at));
            self.level.answered();
            self.calls.live.insert(id, Call::Person { since: now });
        }
    }

    /// What does not add up is not to be forecast from.
    fn check_trust(&mut self, apart_s: f64, situation: &Situation) {
        if apart_s > LOST_AFTER_S || situation.idle != self.agents.idle() {
            self.distrust = TRUST_AFTER;
        }
    }

    fn rebuild(&mut self, now: Instant) {
        let due = |built: Option<Instant>, every: Duration| {
            built.is_none_or(|built| now.saturating_duration_since(built) > every)
        };
        let (often, seldom) = (self.counts.placed < 300, self.counts.connected < 60);
        if due(self.ring_built, Duration::from_secs(if often { 2 } else { 5 })) {
            let ringing: Vec<f64> = self.calls.ringing_s(now).collect();
            self.ring.rebuild(&ringing);
            self.ring_built = Some(now);
        }
        if due(self.release_built, Duration::from_secs(if seldom { 10 } else { 30 })) {
            self.release.rebuild(&self.agents.running_s(now), self.grace.seconds());
            self.release_built = Some(now);
        }
    }

    /// Time passed: answers were due, and callers were or were not.
    fn learn(&mut self, now: Instant, dt_s: f64) {
        let hazard: f64 = self.calls.ringing_s(now).map(|age| self.ring.hazard(age)).sum();
        self.level.pass(dt_s, hazard * dt_s);
        self.callers.pass(dt_s);
    }

    fn standing(&self, now: Instant, situation: &Situation) -> Standing {
        let ran_s = seconds(now, self.started);
        let per_s = if ran_s > 900.0 {
            f64::from(situation.people) / ran_s
        } else {
            // Twelve people an hour for each agent, until there is something to go by.
            figure(self.agents.logged_in()) * 12.0 / 3_600.0
        };
        let reachable =
            f64::from(situation.leads_left) * (self.ring.ever() * self.level.mean()).min(1.0);
        Standing {
            abandoned: situation.abandoned,
            people: situation.people,
            people_to_come: (per_s * situation.window_left.as_secs_f64()).min(reachable),
        }
    }

    /// Places calls while the next one's risk is allowed.
    fn place(
        &self,
        now: Instant,
        situation: &Situation,
        allowance: Allowance,
        standing: Standing,
    ) -> Verdict {
        let fresh = *self.ring.row(Age::NEW);
        let coming_back = self.agents.coming_back(now);
        let (ages, undecided) = self.answer_rows(now);
        let freed =
            coming_back.iter().map(|((busy, bin), count)| (*count, self.release.row(*busy, *bin)));
        let ringing = ages.iter().map(|(age, count)| (*count, self.ring.row(*age)));
        let count = |n: usize| i32::try_from(n).unwrap_or(i32::MAX);
        let facts = Facts {
            spare: count(situation.idle) - count(situation.waiting) - count(situation.queued),
            freed: freed.collect(),
            answers: ringing.chain(undecided.iter().map(|row| (1, row))).collect(),
            callers_per_s: self.callers.per_s(),
            levels: self.level.three(),
        };
        let mut forecast = Forecast::normal(&facts);
        let mut risk = forecast::risk(&forecast.nobody_free(), &fresh);
        // Where the risk is far above its price, no precision would make it less.
        let close = risk < 4.0 * allowance.risk + 0.05;
        if close && forecast::coins(&facts) <= EXACT_MOST {
            forecast = Forecast::exact(&facts);
            risk = forecast::risk(&forecast.nobody_free(), &fresh);
        }
        let one_to_one = allowance.one_to_one || self.distrust > 0;
        let spare = usize::try_from(facts.spare).unwrap_or(0);
        let most = if one_to_one {
            spare.saturating_sub(self.calls.undecided())
        } else {
            self.agents.logged_in() + AHEAD_MOST
        };
        let most = if self.agents.logged_in() == 0 { 0 } else { most.min(situation.room) };
        let mut dial = 0;
        while dial < most && risk <= allowance.risk {
            dial += 1;
            forecast.place(&fresh);
            risk = forecast::risk(&forecast.nobody_free(), &fresh);
        }
        let spread = self.ring.ever() * self.level.spread();
        Verdict {
            dial,
            one_to_one,
            free_in_18_s: Forecast::free_at(&facts, STEP_OF_18_S),
            answer: (self.ring.ever() * self.level.mean()).min(1.0),
            answer_spread: spread,
            next_risk: risk,
            allowed_risk: allowance.risk,
            abandoned: f64::from(standing.abandoned) / f64::from(standing.people.max(1)),
        }
    }

    /// Calls that ring, by age; and a row for each that was answered by nobody knows whom.
    fn answer_rows(&self, now: Instant) -> (std::collections::BTreeMap<Age, u32>, Vec<Row>) {
        let mut ages = std::collections::BTreeMap::new();
        let mut undecided = Vec::new();
        let (detection_s, level) = (self.ring.detection_s(), self.level.mean());
        for call in self.calls.live.values() {
            match call {
                Call::Ringing { placed } => {
                    *ages.entry(Age::of(seconds(now, *placed))).or_default() += 1;
                }
                Call::Answered { age, at } => {
                    let (person, waited_s) =
                        (self.ring.person_if_answered(*age), seconds(now, *at));
                    let row: Row = std::array::from_fn(|step| {
                        let decided = grid::AHEAD_S[step] + waited_s >= detection_s * 0.8;
                        let chance = if decided { person } else { person * 0.5 };
                        // The level scales ringing; an answer has happened at any level.
                        chance.min(1.0) / level
                    });
                    undecided.push(row);
                }
                Call::Person { .. } => {}
            }
        }
        (ages, undecided)
    }
}

/// How often to look when nothing happens, and how seldom when much does.
const MOST_APART: Duration = Duration::from_secs(1);
const LEAST_APART: Duration = Duration::from_millis(200);
/// A gap between two looks that means events were lost or the machine slept.
const LOST_AFTER_S: f64 = 5.0;
/// Calls that must end as told before a forecast is trusted again.
const TRUST_AFTER: u32 = 20;
/// Most coins that are convolved one by one.
const EXACT_MOST: f64 = 30.0;
/// Calls placed at once, beyond one for each agent.
const AHEAD_MOST: usize = 60;
const STEP_OF_18_S: usize = 13;
const _: () = assert!(STEP_OF_18_S < STEPS);

/// What was decided, with the numbers it was decided on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Verdict {
    /// How many calls to place now.
    pub dial: usize,
    /// Whether the guard or distrust allows one call for each free agent only.
    pub one_to_one: bool,
    /// Agents expected to be free within 18 s.
    pub free_in_18_s: f64,
    /// Chance that a call reaches a person.
    pub answer: f64,
    /// Its standard deviation.
    pub answer_spread: f64,
    /// The risk of the first call that was not placed.
    pub next_risk: f64,
    /// The greatest risk allowed.
    pub allowed_risk: f64,
    /// The share abandoned so far.
    pub abandoned: f64,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mode = if self.one_to_one { " one to one" } else { "" };
        write!(
            f,
            "{} dials{mode}: {:.1} agents free within 18 s, chance of answer {:.2} ± {:.2}, \
             the next call's risk {:.1} % of {:.1} % allowed, abandoned so far {:.1} %",
            self.dial,
            self.free_in_18_s,
            self.answer,
            self.answer_spread,
            self.next_risk * 100.0,
            self.allowed_risk * 100.0,
            self.abandoned * 100.0,
        )
    }
}

/// A mean of waits that forgets by a tenth at each.
#[derive(Clone, Copy, Debug)]
struct Grace {
    sum_s: f64,
    weight: f64,
}

impl Grace {
    fn add(&mut self, waited_s: f64) {
        self.sum_s = self.sum_s * 0.9 + waited_s;
        self.weight = self.weight * 0.9 + 1.0;
    }

    /// A tenth less than the mean, for the switch needs some of it.
    fn seconds(self) -> f64 {
        (self.sum_s / self.weight - 0.1).clamp(0.0, 4.0)
    }
}

/// Callers per second over the last twenty minutes.
#[derive(Clone, Copy, Debug)]
struct Callers {
    seen: f64,
    over_s: f64,
}

impl Callers {
    fn pass(&mut self, dt_s: f64) {
        let kept = (-dt_s / 1_200.0).exp();
        self.seen *= kept;
        self.over_s = self.over_s * kept + dt_s;
    }

    fn per_s(self) -> f64 {
        self.seen / self.over_s
    }
}

#[cfg(test)]
mod tests;
