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
//! be trusted (`trust`: events that do not add up, a clock that jumps, carriers that fail) makes
//! it one to one outright. Whose turn it is among campaigns that share agents is `turns`.

mod budget;
mod flight;
mod forecast;
mod grid;
mod level;
mod memory;
mod recent;
mod release;
mod ring;
mod stage;
mod trust;
mod turns;
mod verdict;
mod walkout;
mod wave;

pub use budget::Standing;
pub use flight::Doing;
pub(crate) use grid::whole;
pub use grid::{Row, STEPS};
pub use memory::{HourOfWeek, Learnt};
pub use trust::Doubt;
pub use turns::{Contender, Rank, Turns};
pub use verdict::{Footing, Verdict};

use crate::ids::AttemptId;
use budget::{Allowance, Budget};
use flight::{Agents, Call, Calls, seconds};
use forecast::{Facts, Forecast};
use grid::figure;
use level::Level;
use recent::{Callers, Grace};
use release::{Busy, Release};
use ring::{Age, RingHazard};
use routing::AgentId;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use trust::Trust;
use wave::Wave;

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
    trust: Trust,
    counts: Counts,
    give_up_after: Option<Duration>,
    cut_after: Option<Duration>,
    /// When somebody last left the floor.
    left: Option<Instant>,
    looked: Option<Instant>,
    /// Something happened since the last look.
    stirred: bool,
    ring_built: Option<Instant>,
    release_built: Option<Instant>,
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
    /// A call that has rung for this long may be given up when the floor turns out fuller than
    /// was foreseen; 15 s at least (16 CFR 310.4(b)(4)(ii)). None: never, as in Germany.
    pub give_up_after: Option<Duration>,
    /// When agents leave, the calls that are too many for the rest are given up once they have rung
    /// for this long (FAULTS F20). None: never, as in Germany.
    pub cut_after: Option<Duration>,
}

impl Policy {
    /// A cap, with the credit that costs the least idle time, and no call given up.
    #[must_use]
    pub const fn of(cap: f64) -> Self {
        Self { cap, credit: 5.0, give_up_after: None, cut_after: Some(Duration::ZERO) }
    }

    /// The same without any credit: the rate to date is to be under the cap at every moment.
    #[must_use]
    pub const fn strict(cap: f64) -> Self {
        Self { credit: 0.0, ..Self::of(cap) }
    }
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A call was placed.
    Placed(AttemptId),
    /// It rings at the other end.
    Rings(AttemptId),
    /// It was answered, by somebody or something.
    Answered(AttemptId),
    /// A person answered it.
    Person(AttemptId),
    /// A machine answered it.
    Machine(AttemptId),
    /// It ended while it rang: busy, refused, rung out.
    Ended(AttemptId),
    /// The carrier or the number failed.
    Failed(AttemptId),
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
    /// They changed their mind.
    Staying(AgentId),
    /// Somebody called in.
    CallerArrived,
}

/// What the pacer must be told at a decision, from those who own it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Situation {
    /// Agents free for this campaign.
    pub idle: usize,
    /// People who answered and wait for one of these agents.
    pub waiting: usize,
    /// Callers who wait in a queue that takes these agents.
    pub queued: usize,
    /// Most calls to place now, by trunks, call rate and leads.
    pub room: usize,
    /// People who were abandoned in the window closest to its cap, by the regulator's sum.
    pub abandoned: f64,
    /// People who answered in that window, by the same sum.
    pub people: f64,
    /// Of the abandoned, those that no pacing can spare: people taken for machines.
    pub charged: f64,
    /// How long that window still runs; zero for one that may end at any moment.
    pub window_left: Duration,
    /// Leads left to dial.
    pub leads_left: u32,
    /// People whom other campaigns will have on these agents by each moment.
    pub rivals: Row,
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
            grace: Grace::new(),
            callers: Callers::new(),
            trust: Trust::default(),
            counts: Counts::default(),
            give_up_after: policy.give_up_after,
            cut_after: policy.cut_after,
            left: None,
            looked: None,
            stirred: true,
            ring_built: None,
            release_built: None,
        }
    }

    /// Takes another policy; what it has learnt stays.
    pub fn set(&mut self, policy: Policy) {
        self.budget.set(policy.cap, policy.credit);
        self.give_up_after = policy.give_up_after;
        self.cut_after = policy.cut_after;
    }

    /// Takes what happened. An event about a call or agent it does not know changes nothing.
    pub fn handle(&mut self, now: Instant, event: Event) {
        self.stirred |= flight::matters(event);
        match event {
            Event::Placed(id) => {
                self.counts.placed = self.counts.placed.saturating_add(1);
                self.calls.live.insert(id, Call::Ringing { placed: now, rings: None });
            }
            Event::Rings(id) => self.calls.rings(now, id),
            Event::Answered(id) => {
                if let Some(age) = self.stopped_ringing(now, id, Carrier::Worked) {
                    self.calls.live.insert(id, Call::Answered { age, at: now });
                }
            }
            Event::Person(id) => self.person(now, id),
            Event::Machine(id) => self.machine(now, id),
            Event::Ended(id) | Event::Failed(id) => {
                let carrier =
                    if event == Event::Failed(id) { Carrier::Failed } else { Carrier::Worked };
                if let Some(age) = self.stopped_ringing(now, id, carrier) {
                    self.ring.was_no_answer(age);
                }
            }
            Event::Cancelled(id) => {
                self.stopped_ringing(now, id, Carrier::Worked);
            }
            Event::Connected(id) => {
                if self.calls.live.remove(&id).is_some() {
                    self.counts.connected = self.counts.connected.saturating_add(1);
                    self.budget.connected();
                }
            }
            Event::Abandoned(id) => {
                if let Some(Call::Person { since }) = self.calls.live.remove(&id) {
                    self.grace.add(seconds(now, since));
                    self.budget.abandoned();
                }
            }
            Event::HungUp(id) => {
                self.calls.live.remove(&id);
            }
            Event::Agent(id, doing) => {
                let away = matches!(doing, Doing::Paused | Doing::Out);
                if away && self.agents.is_at_work(id) {
                    self.left = Some(now);
                }
                for (busy, lasted_s) in self.agents.change(now, id, doing).into_iter().flatten() {
                    self.release.ended_after(busy, lasted_s);
                }
            }
            Event::Leaving(id) => {
                if self.agents.is_at_work(id) {
                    self.left = Some(now);
                }
                self.agents.is_leaving(id, true);
            }
            Event::Staying(id) => self.agents.is_leaving(id, false),
            Event::CallerArrived => self.callers.arrived(),
        }
    }

    /// What it knows of how calls end and how long work lasts; none while that is too little to be
    /// worth keeping.
    #[must_use]
    pub fn learnt(&self) -> Option<Learnt> {
        let mut learnt = Learnt::default();
        self.ring.keep(&mut learnt);
        self.release.keep(&mut learnt);
        memory::is_worth_keeping(learnt.reached.first()).then_some(learnt)
    }

    /// Begins with what was learnt in the same hour of another week. What it knows itself is of
    /// another hour, and counts no more than that.
    pub fn recall(&mut self, learnt: &Learnt) {
        self.ring.recall(learnt);
        self.release.recall(learnt);
        (self.ring_built, self.release_built) = (None, None);
        self.stirred = true;
    }

    /// Believes no forecast until calls have ended as told again.
    pub fn distrust(&mut self, why: Doubt) {
        self.trust.lose(why);
    }

    /// Nobody asks it for a while: the gap until the next look means nothing.
    pub fn rest(&mut self) {
        self.looked = None;
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
        self.trust.check(apart_s, situation.idle == self.agents.idle());
        self.looked = Some(now);
        self.stirred = false;
        self.rebuild(now);
        self.learn(now, apart_s.min(2.0));
        let standing = self.standing(now, situation);
        let allowance = self.budget.allow(standing);
        let verdict = self.place(now, situation, allowance);
        let too_many = if verdict.dial == 0 { self.too_many(now, situation, allowance) } else { 0 };
        Some(Verdict { too_many, ..verdict })
    }

    /// People expected on an agent by each moment, from the calls in flight: what campaigns that
    /// share the agents have to count on.
    #[must_use]
    pub fn coming(&self, now: Instant) -> Row {
        let (ages, undecided) = self.answer_rows(now);
        let level = self.level.mean();
        let mut coming = [0.0; STEPS];
        let ringing = ages.iter().map(|(age, count)| (f64::from(*count), self.ring.row(*age)));
        for (count, row) in ringing.chain(undecided.iter().map(|row| (1.0, row))) {
            for (sum, chance) in coming.iter_mut().zip(row) {
                *sum += count * (chance * level).min(1.0);
            }
        }
        coming
    }

    /// How many calls are in flight and not with a person yet.
    #[must_use]
    pub fn undecided(&self) -> usize {
        self.calls.undecided()
    }

    /// The calls that it counts as ringing, judged, or answered by a person whom nobody has met.
    pub fn calls(&self) -> impl Iterator<Item = AttemptId> + '_ {
        self.calls.live.keys().copied()
    }

    /// Another number than before when somebody came to the agents it counts on, or left them.
    #[must_use]
    pub const fn roster(&self) -> u64 {
        self.agents.roster()
    }

    /// The agents it counts on, whatever they do.
    pub fn agents(&self) -> impl Iterator<Item = AgentId> + '_ {
        self.agents.ids()
    }

    fn stopped_ringing(&mut self, now: Instant, id: AttemptId, carrier: Carrier) -> Option<Age> {
        let Some(Call::Ringing { placed, .. }) = self.calls.live.get(&id).copied() else {
            return None;
        };
        self.calls.live.remove(&id);
        self.trust.told(carrier == Carrier::Failed);
        Some(self.ring.stopped(seconds(now, placed)))
    }

    fn person(&mut self, now: Instant, id: AttemptId) {
        // Without a detector the answer is the person's.
        if let Some(age) = self.stopped_ringing(now, id, Carrier::Worked) {
            self.calls.live.insert(id, Call::Answered { age, at: now });
        }
        if let Some(Call::Answered { age, at }) = self.calls.live.get(&id).copied() {
            self.ring.was_person(age, seconds(now, at));
            self.level.answered();
            self.calls.live.insert(id, Call::Person { since: now });
        }
    }

    fn machine(&mut self, now: Instant, id: AttemptId) {
        let heard = match self.stopped_ringing(now, id, Carrier::Worked) {
            Some(age) => Some(age),
            None => match self.calls.live.remove(&id) {
                Some(Call::Answered { age, .. }) => Some(age),
                _ => None,
            },
        };
        if let Some(age) = heard {
            self.ring.was_machine(age);
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
            f64::from(self.counts.connected) / ran_s
        } else {
            // Twelve people an hour for each agent, until there is something to go by.
            figure(self.agents.logged_in()) * 12.0 / 3_600.0
        };
        let reachable =
            f64::from(situation.leads_left) * (self.ring.ever() * self.level.mean()).min(1.0);
        Standing {
            abandoned: situation.abandoned,
            people: situation.people,
            charged: situation.charged,
            people_to_come: (per_s * situation.window_left.as_secs_f64()).min(reachable),
            people_per_s: per_s,
        }
    }

    /// Places calls while the next one's risk is allowed.
    fn place(&self, now: Instant, situation: &Situation, allowance: Allowance) -> Verdict {
        let fresh = *self.ring.row(Age::NEW);
        let coming_back = self.agents.coming_back(now);
        let (ages, undecided) = self.answer_rows(now);
        let facts = self.facts(situation, &coming_back, &ages, &undecided);
        let mut forecast = Forecast::normal(&facts);
        let mut risk = forecast::risk(&forecast.nobody_free(), &fresh);
        // Where the risk is far above its price, no precision would make it less.
        let close = risk < 4.0 * allowance.risk + 0.05;
        if close && forecast::coins(&facts) <= EXACT_MOST {
            forecast = Forecast::exact(&facts);
            risk = forecast::risk(&forecast.nobody_free(), &fresh);
        }
        let doubt = self.trust.doubt();
        let footing = match doubt {
            Some(doubt) => Footing::Doubtful(doubt),
            None if allowance.one_to_one => Footing::Guarded,
            None => Footing::Forecast,
        };
        let spare = usize::try_from(facts.spare).unwrap_or(0);
        let most = if footing == Footing::Forecast {
            self.agents.logged_in() + AHEAD_MOST
        } else {
            spare.saturating_sub(self.calls.undecided())
        };
        let most = if self.agents.logged_in() == 0 { 0 } else { most.min(situation.room) };
        let in_the_air = self.calls.undecided();
        let placed = usize::try_from(self.counts.placed).unwrap_or(usize::MAX);
        let ended = placed.saturating_sub(in_the_air);
        let (headroom, normal) = (allowance.headroom, Forecast::normal(&facts));
        let mut wave = Wave::new(normal, headroom, in_the_air, ended, spare);
        let mut dial = 0;
        while dial < most
            && wave.takes_another()
            && (risk <= allowance.risk || matches!(footing, Footing::Doubtful(_)))
        {
            dial += 1;
            wave.place(&fresh);
            forecast.place(&fresh);
            risk = forecast::risk(&forecast.nobody_free(), &fresh);
        }
        let give_up = self
            .give_up_after
            .filter(|_| dial == 0)
            .and_then(|after| self.overdue(now, after, &forecast.nobody_free(), allowance.risk));
        Verdict {
            dial,
            give_up,
            too_many: 0,
            footing,
            free_in_18_s: Forecast::free_at(&facts, STEP_OF_18_S),
            answer: (self.ring.ever() * self.level.mean()).min(1.0),
            answer_spread: self.ring.ever() * self.level.spread(),
            next_risk: risk,
            allowed_risk: allowance.risk,
            abandoned: situation.abandoned / situation.people.max(1.0),
            cap: self.budget.cap(),
        }
    }

    /// What a forecast is made of.
    fn facts<'a>(
        &'a self,
        situation: &Situation,
        coming_back: &BTreeMap<(Busy, usize), u32>,
        ages: &BTreeMap<Age, u32>,
        undecided: &'a [Row],
    ) -> Facts<'a> {
        let freed =
            coming_back.iter().map(|((busy, bin), count)| (*count, self.release.row(*busy, *bin)));
        let ringing = ages.iter().map(|(age, count)| (*count, self.ring.row(*age)));
        let count = |n: usize| i32::try_from(n).unwrap_or(i32::MAX);
        Facts {
            spare: count(situation.idle) - count(situation.waiting) - count(situation.queued),
            freed: freed.collect(),
            answers: ringing.chain(undecided.iter().map(|row| (1, row))).collect(),
            callers: self.callers.by(situation.rivals),
            levels: self.level.three(),
        }
    }

    /// The call that has rung for long enough and would now most likely find nobody.
    fn overdue(
        &self,
        now: Instant,
        after: Duration,
        nobody_free: &Row,
        allowed: f64,
    ) -> Option<AttemptId> {
        let mut worst: Option<(f64, AttemptId)> = None;
        for (id, call) in &self.calls.live {
            let Call::Ringing { placed, rings: Some(rings) } = call else { continue };
            if now.saturating_duration_since(*rings) < after {
                continue;
            }
            let row = self.ring.row(Age::of(seconds(now, *placed)));
            let risk = forecast::risk(nobody_free, row);
            if risk > allowed && worst.is_none_or(|(most, _)| risk > most) {
                worst = Some((risk, *id));
            }
        }
        worst.map(|(_, id)| id)
    }

    /// Calls that ring, by age; and a row for each that was answered by nobody knows whom.
    fn answer_rows(&self, now: Instant) -> (BTreeMap<Age, u32>, Vec<Row>) {
        let mut ages = BTreeMap::new();
        let mut undecided = Vec::new();
        let (detection_s, level) = (self.ring.detection_s(), self.level.mean());
        for call in self.calls.live.values() {
            match call {
                Call::Ringing { placed, .. } => {
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

/// What an end says of the carrier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Carrier {
    Worked,
    Failed,
}

/// How often to look when nothing happens, and how seldom when much does.
const MOST_APART: Duration = Duration::from_secs(1);
const LEAST_APART: Duration = Duration::from_millis(200);
/// Most coins that are convolved one by one.
const EXACT_MOST: f64 = 30.0;
/// Calls placed at once, beyond one for each agent.
const AHEAD_MOST: usize = 60;
const STEP_OF_18_S: usize = 13;
const _: () = assert!(STEP_OF_18_S < STEPS);

#[cfg(test)]
mod tests;
