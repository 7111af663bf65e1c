//! A campaign that runs: the pure owner of its leads in flight, its stock of dialable leads, its
//! pace and its abandon counters (DESIGN §4).
//!
//! ```text
//!  stock ──dial──▶ Ringing ──answered──▶ Waiting ──connected──▶ Talking
//!                     │                    └──abandoned──▶ Lost   │
//!                     │                    └──machine───▶ Machine │ ⇄ Again
//!                     └────────────────────┴─────────resolved──────┴──▶ Recycle, or the stock's
//!                     end
//! ```
//! Progressive mode keeps the number of attempts that may still need an agent (ringing and
//! waiting) at or under the number of agents who are free; power and predictive modes dial ahead,
//! and whom nobody met in time is `Lost` until the call has ended. There is no hopper: the stock is
//! a small, fresh part of an indexed query, asked for ahead of need and thrown away when it ages.

mod by_hand;
mod corrections;
mod history;
mod pace;
mod preview;
mod recycling;
mod standing;
mod stock;
mod why;

pub use by_hand::nobodys;
pub use pace::{Decision, Demand, Forecast};
use recycling::recycle;
pub use recycling::{Recycle, recycle_interrupted};
pub use standing::Standing;
pub use why::{Cause, Why};

use crate::abandon::{AbandonLedger, Counts};
use crate::campaigns::choice::kept_out_by;
use crate::campaigns::{CampaignSettings, Mode};
use crate::gate::{Ask, Gate, Refusal};
use crate::ids::{AttemptId, LeadId, ListId};
use crate::leads::{Lead, LeadStatus};
use crate::outcomes::Outcome;
use crate::permit::Permit;
use crate::rules::{Counting, LegalProfile};
use history::History;
use jiff::Timestamp;
use pace::Flying;
use recycling::promised_again;
use routing::clis::NoCli;
use routing::{EffectiveCli, TrunkId};
use std::collections::BTreeMap;
use stock::Stock;

/// A campaign that runs.
#[derive(Debug)]
pub struct Campaign {
    settings: CampaignSettings,
    counting: Counting,
    stock: Stock,
    in_flight: BTreeMap<AttemptId, Flight>,
    ledger: AbandonLedger,
    decision: Decision,
    history: History,
    /// Leads that agents look at.
    shown: BTreeMap<LeadId, Lead>,
    /// The most counted attempts that it makes, or another that dials a list of its.
    attempts_anywhere: u16,
}

/// A lead with a live attempt.
#[derive(Debug)]
struct Flight {
    lead: Lead,
    stage: Stage,
    /// What somebody said of the lead while the attempt was live: it outranks how that ends.
    said: Option<Recycle>,
    /// An agent made it, who is there already: it says nothing of how the campaign dials.
    own: bool,
}

/// How far a live attempt has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Ringing,
    /// Somebody answered and no agent is with them yet.
    Waiting,
    /// No agent came in time; they hear the notice.
    Lost,
    Talking,
    /// An agent was with them, and they wait for another.
    Again,
    /// Somebody who hears the campaign's message, and needs no agent.
    Listening,
    /// A machine, which needs no agent either.
    Machine,
}

impl Campaign {
    /// A campaign with an empty stock and the counters a restart found, under no law yet.
    #[must_use]
    pub fn new(settings: CampaignSettings, ledger: AbandonLedger) -> Self {
        let decision = Decision::idle(&settings);
        Self {
            counting: Counting::under(&settings, None),
            attempts_anywhere: settings.max_attempts,
            settings,
            stock: Stock::default(),
            in_flight: BTreeMap::new(),
            ledger,
            decision,
            history: History::default(),
            shown: BTreeMap::new(),
        }
    }

    /// Its settings.
    #[must_use]
    pub const fn settings(&self) -> &CampaignSettings {
        &self.settings
    }

    /// Takes new settings; attempts in flight go on, the stock is asked for anew.
    pub fn set(&mut self, settings: CampaignSettings) {
        self.attempts_anywhere = settings.max_attempts;
        self.settings = settings;
        self.stock = Stock::default();
    }

    /// Takes how many attempts the running campaigns make that dial these lists, at the most each.
    pub fn share(&mut self, attempts: impl Fn(ListId) -> u16) {
        let lists = self.settings.lists.iter();
        let most = lists.map(|list| attempts(*list)).max().unwrap_or_default();
        self.attempts_anywhere = most.max(self.settings.max_attempts);
    }

    /// Takes the legal profile that the settings name as it is now, or none.
    pub fn under(&mut self, law: Option<&LegalProfile>) {
        self.counting = Counting::under(&self.settings, law);
    }

    /// How its abandoned calls are counted, by itself and by its law.
    #[must_use]
    pub const fn counting(&self) -> &Counting {
        &self.counting
    }

    /// How many leads to read from the store now, and notes that they were asked for.
    ///
    /// `agents` is how many could take its calls. An answer is [`Self::restock`]; without one the
    /// campaign asks again after a while.
    pub fn wants_refill(&mut self, now: Timestamp, agents: usize) -> Option<usize> {
        self.settings.running.then(|| self.stock.wants(now, agents)).flatten()
    }

    /// Adds leads that the store found dialable, in the order they should be dialled.
    ///
    /// Leads in stock or in flight already are dropped, those that no filter lets pass, and what is
    /// over the stock's bound.
    pub fn restock(&mut self, now: Timestamp, leads: Vec<Lead>) {
        let in_flight = &self.in_flight;
        let shown = &self.shown;
        let flying = |lead: &Lead| {
            shown.contains_key(&lead.id)
                || in_flight.values().any(|flight| flight.lead.id == lead.id)
        };
        let filters = &self.settings.filters;
        let wanted = |lead: &Lead| kept_out_by(filters, lead).is_none();
        let idle = leads.into_iter().filter(|lead| !flying(lead) && wanted(lead)).collect();
        self.stock.add(now, idle);
    }

    /// Decides how many attempts to make now.
    pub fn pace(&mut self, now: Timestamp, demand: Demand) -> &Decision {
        let forecast = matches!(self.settings.mode, Mode::Predictive { .. });
        if forecast && demand.verdict.is_none() && self.decision.forecast.is_some() {
            // The pacer looked a moment ago: what it saw still explains why nothing is dialled.
            self.decision.dial = 0;
            return &self.decision;
        }
        let sum = self.standing(now);
        let flying =
            Flying { unserved: self.unserved(), over_cap: sum.abandoned > self.cap() * sum.people };
        self.decision = pace::decide(now, &self.settings, demand, flying);
        self.history.note(&self.decision);
        &self.decision
    }

    /// Permits the next lead of the stock, or none if no lead in it may be dialled now.
    ///
    /// Leads that the gate refuses on the way leave the stock and are told in `refused`; at most
    /// [`REFUSALS_PER_DIAL`] in one go.
    pub fn dial(
        &mut self,
        now: Timestamp,
        gate: &mut Gate,
        attempt: AttemptId,
        way: &Way,
        refused: &mut Vec<Refused>,
    ) -> Option<Permit> {
        for _ in 0..REFUSALS_PER_DIAL {
            let lead = self.stock.next(now)?;
            match self.permit(now, gate, attempt, way, (lead, Asked::ByPace)) {
                Ok(permit) => return Some(permit),
                Err(refusal) => refused.push(*refusal),
            }
        }
        None
    }

    /// Permits one given lead: tried before on a trunk that failed, or promised.
    ///
    /// Pacing did not ask for it, so its evidence says that pacing dialled nothing.
    pub fn dial_lead(
        &mut self,
        now: Timestamp,
        gate: &mut Gate,
        attempt: AttemptId,
        way: &Way,
        lead: Lead,
    ) -> Result<Permit, Box<Refused>> {
        self.permit(now, gate, attempt, way, (lead, Asked::Beside))
    }

    fn permit(
        &mut self,
        now: Timestamp,
        gate: &mut Gate,
        attempt: AttemptId,
        way: &Way,
        (mut lead, asked): (Lead, Asked),
    ) -> Result<Permit, Box<Refused>> {
        let Way { trunk, cli } = way;
        let own = asked == Asked::ByAgent;
        let beside = (asked != Asked::ByPace).then(|| {
            let paced = Decision { dial: 0, ..self.decision.clone() };
            if own { Decision { mode: BY_AGENT.to_owned(), ..paced } } else { paced }
        });
        let (campaign, pacing) = (&self.settings, beside.as_ref().unwrap_or(&self.decision));
        let ask = Ask { attempt, campaign, lead: &lead, trunk: *trunk, cli, pacing };
        match gate.check(now, &ask) {
            Ok(permit) => {
                lead.status = LeadStatus::InFlight;
                lead.last_attempt_at = Some(permit.at());
                let stage = if own { Stage::Talking } else { Stage::Ringing };
                self.in_flight.insert(attempt, Flight { lead, stage, said: None, own });
                Ok(permit)
            }
            Err(refusal) => Err(Box::new(Refused { lead, refusal })),
        }
    }

    /// Somebody answered; they wait for an agent from now on.
    pub fn answered(&mut self, attempt: AttemptId) {
        if let Some(flight) = self.in_flight.get_mut(&attempt) {
            flight.stage = Stage::Waiting;
        }
    }

    /// An agent is with them.
    pub fn connected(&mut self, attempt: AttemptId) {
        if let Some(flight) = self.in_flight.get_mut(&attempt) {
            flight.stage = Stage::Talking;
        }
    }

    /// The campaign's message is played to them; no agent is to come.
    pub fn hears_message(&mut self, attempt: AttemptId) {
        if let Some(flight) = self.in_flight.get_mut(&attempt)
            && flight.stage != Stage::Machine
        {
            flight.stage = Stage::Listening;
        }
    }

    /// Whether somebody who has met an agent waits for another one of the campaign's.
    pub fn waits_again(&mut self, attempt: AttemptId, waits: bool) {
        let Some(flight) = self.in_flight.get_mut(&attempt) else { return };
        flight.stage = match flight.stage {
            Stage::Talking if waits => Stage::Again,
            Stage::Again if !waits => Stage::Talking,
            stage => stage,
        };
    }

    /// A machine answered; no agent is to meet it.
    pub fn met_machine(&mut self, attempt: AttemptId) {
        if let Some(flight) = self.in_flight.get_mut(&attempt) {
            flight.stage = Stage::Machine;
        }
    }

    /// An agent declared that the call they had was with a machine (RULES UK-2).
    pub fn agent_met_machine(&mut self, now: Timestamp) {
        self.ledger.add(now, Counts::machine_met());
    }

    /// Nobody came in time.
    pub fn abandoned(&mut self, attempt: AttemptId) {
        if let Some(flight) = self.in_flight.get_mut(&attempt) {
            flight.stage = Stage::Lost;
        }
    }

    /// What somebody said of the lead of a live attempt stands, whatever that comes to: what an
    /// agent declared, or that the person asked not to be called again, which nothing undoes.
    pub fn said(&mut self, attempt: AttemptId, recycle: Recycle) {
        let objected = |said: &Recycle| said.status == LeadStatus::DoNotCall;
        if let Some(flight) = self.in_flight.get_mut(&attempt)
            && !flight.said.as_ref().is_some_and(objected)
        {
            flight.said = Some(recycle);
        }
    }

    /// Ends an attempt: counts it, gives its claim back, and says what becomes of the lead.
    ///
    /// None when the attempt is not in flight, so that nothing is counted twice.
    pub fn resolved(
        &mut self,
        now: Timestamp,
        gate: &mut Gate,
        attempt: AttemptId,
        outcome: Outcome,
    ) -> Option<Resolved> {
        let Flight { mut lead, stage, said, own } = self.in_flight.remove(&attempt)?;
        let rest = gate.rest_after_machine(&self.settings);
        let at_machine = stage == Stage::Machine && outcome == Outcome::Delivered;
        if at_machine {
            gate.met_machine(now, lead.number);
        }
        gate.release(now, attempt, outcome);
        if !own {
            self.ledger.add(now, Counts::of(outcome));
        }
        let counts = outcome.counts_as_attempt() || lead.carrier_failures >= FREE_FAILURES;
        if counts {
            lead.attempts += 1;
            lead.carrier_failures = 0;
            lead.history.recent.extend(lead.last_attempt_at);
        } else {
            lead.carrier_failures += 1;
        }
        match outcome {
            Outcome::Abandoned => lead.history.abandoned_at = Some(now),
            Outcome::Machine => lead.history.machine_at = Some(now),
            _ if at_machine => lead.history.machine_at = Some(now),
            _ => {}
        }
        let listed = |number| {
            let consent = lead.consent.as_ref().filter(|consent| consent.holds(now));
            let kind = consent.map(|consent| consent.kind);
            gate.dnc().forbids(self.settings.id, number, kind).is_some()
        };
        let next = lead.number_after(outcome, |number| !listed(number));
        let exhausted = lead.attempts >= self.attempts_anywhere.into();
        let recycle = match said {
            Some(said) => Recycle { outcome, ..said },
            None => recycle(now, &self.settings, outcome, exhausted, next),
        };
        // RULES UK-5: a machine was there, also where it took the message.
        let recycle = if at_machine { recycle.not_before(now, rest) } else { recycle };
        lead.last_outcome = Some(outcome);
        let again = said.is_none().then(|| promised_again(now, &self.settings, outcome)).flatten();
        Some(Resolved { lead, recycle, again }.standing())
    }

    /// The lead of a live attempt.
    #[must_use]
    pub fn lead_of(&self, attempt: AttemptId) -> Option<&Lead> {
        self.in_flight.get(&attempt).map(|flight| &flight.lead)
    }

    /// Attempts that may still need an agent, newest first: what to cancel when agents leave.
    #[must_use]
    pub fn ringing(&self) -> Vec<AttemptId> {
        let ringing = self.in_flight.iter().filter(|(_, flight)| flight.stage == Stage::Ringing);
        let mut newest: Vec<_> =
            ringing.map(|(id, flight)| (flight.lead.last_attempt_at, *id)).collect();
        newest.sort_unstable_by(|a, b| b.cmp(a));
        newest.into_iter().map(|(_, id)| id).collect()
    }

    /// How many attempts that may still need an agent are more than its mode makes for so many who
    /// are free; none in the modes that are paced by a forecast or need nobody.
    #[must_use]
    pub fn too_many(&self, free_agents: usize) -> usize {
        let most = match self.settings.mode {
            Mode::Progressive { .. } => free_agents,
            Mode::Power { attempts_per_agent_tenths: tenths, .. } => {
                free_agents * usize::from(tenths) / 10
            }
            Mode::Manual
            | Mode::Preview { .. }
            | Mode::Predictive { .. }
            | Mode::Agentless { .. } => return 0,
        };
        self.unserved().saturating_sub(most)
    }

    /// Whether an attempt rings, somebody waits in it, or it needs no agent any more; none when it
    /// is over.
    #[must_use]
    pub fn needs(&self, attempt: AttemptId) -> Option<Needs> {
        self.in_flight.get(&attempt).map(|flight| match flight.stage {
            Stage::Ringing => Needs::AnAnswer,
            Stage::Waiting | Stage::Again => Needs::AnAgent,
            Stage::Lost | Stage::Talking | Stage::Listening | Stage::Machine => Needs::Nobody,
        })
    }

    /// Tells what does not hold of its stock.
    ///
    /// Looks at everything; for tests and simulators.
    pub fn check_invariants(&self) -> Result<(), String> {
        if self.stock.is_consistent() {
            return Ok(());
        }
        Err("the stock does not hold the leads that it tells".to_owned())
    }

    /// How many attempts are live.
    #[must_use]
    pub fn live(&self) -> usize {
        self.in_flight.len()
    }

    /// How many live attempts may still need an agent.
    #[must_use]
    pub fn unserved(&self) -> usize {
        let ringing = |flight: &&Flight| flight.stage == Stage::Ringing;
        self.in_flight.values().filter(ringing).count() + self.waiting()
    }

    /// How many people have answered and wait for an agent.
    #[must_use]
    pub fn waiting(&self) -> usize {
        let waits = |flight: &&Flight| matches!(flight.stage, Stage::Waiting | Stage::Again);
        self.in_flight.values().filter(waits).count()
    }

    /// Leads left, where the list has no more than are in stock.
    #[must_use]
    pub fn leads_left(&self) -> Option<usize> {
        self.stock.is_dry().then(|| self.stock.len())
    }

    /// The leads it holds, in stock or in flight: a refill must not read them again.
    #[must_use]
    pub fn held(&self) -> Vec<LeadId> {
        let flying = self.in_flight.values().map(|flight| flight.lead.id);
        self.stock.ids().chain(flying).chain(self.shown.keys().copied()).collect()
    }

    /// How many leads stand ready to be dialled.
    #[must_use]
    pub fn stocked(&self) -> usize {
        self.stock.len()
    }

    /// What was answered, connected and abandoned.
    #[must_use]
    pub const fn ledger(&self) -> &AbandonLedger {
        &self.ledger
    }

    /// Decisions of the last hour that dialled or that changed what holds the dialling, the newest
    /// first.
    pub fn decisions(&self) -> impl Iterator<Item = &Decision> {
        self.history.newest()
    }

    /// The newest pacing decision.
    #[must_use]
    pub const fn decision(&self) -> &Decision {
        &self.decision
    }
}

/// What a live attempt may still need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// It rings.
    AnAnswer,
    /// Somebody answered, and no agent is with them.
    AnAgent,
    /// An agent is with them, nobody came in time, or it is a machine.
    Nobody,
}

/// Who asks for an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    /// The pace.
    ByPace,
    /// Nobody but the lead's own time: a promise, or a carrier that failed.
    Beside,
    /// An agent, who is there already.
    ByAgent,
}

/// How an attempt was made that an agent made, where evidence says how the campaign dialled.
pub const BY_AGENT: &str = "by_agent";

/// Most leads refused in one search for a lead that may be dialled.
pub const REFUSALS_PER_DIAL: usize = 64;

/// Carrier failures in a row that do not burn an attempt; the next one does, or a number whose
/// carrier always fails would be dialled for ever.
const FREE_FAILURES: u32 = 5;

/// By which trunk an attempt leaves, and what it shows.
#[derive(Clone, Debug)]
pub struct Way {
    /// The trunk.
    pub trunk: TrunkId,
    /// What [`routing::effective_cli`] said.
    pub cli: Result<EffectiveCli, NoCli>,
}

/// A lead that the gate refused. It left the stock; the store still has it.
#[derive(Clone, Debug, PartialEq)]
pub struct Refused {
    /// The lead.
    pub lead: Lead,
    /// Why, and when next.
    pub refusal: Refusal,
}

/// A lead whose attempt has ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Resolved {
    /// The lead as it now stands.
    pub lead: Lead,
    /// What changed about when it is dialled.
    pub recycle: Recycle,
    /// When they may be called again, had they been promised this call; none says never.
    pub again: Option<Timestamp>,
}

impl Resolved {
    /// The lead is promised a call, at this moment.
    #[must_use]
    pub fn promised(self, at: Timestamp) -> Self {
        let recycle = Recycle::promised(self.recycle.outcome, at);
        Self { recycle, ..self }.standing()
    }

    fn standing(mut self) -> Self {
        self.lead.status = self.recycle.status;
        self.lead.next_due_at = self.recycle.next_due_at;
        self
    }
}

#[cfg(test)]
mod tests;
