//! The store reduced to what the brain sees of it: leads by due time, folded from the journal late.
//!
//! The rules of the fold are those of `store::fold`: what is folded is known to a refill, what is
//! still spooled is not, so copies of leads are as stale here as they are in production. After a
//! power cut it tells what was alive, as `store::fold::interrupted` does.

mod promises;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;

use dialer::abandon::{AbandonLedger, Counts};
use dialer::callbacks::Callback;
use dialer::campaign::{Recycle, recycle_interrupted};
use dialer::dnc::DncScope;
use dialer::leads::{LeadStatus, NumberHistory};
use dialer::pacer::{HourOfWeek, Learnt};
use dialer::permit::ChainHead;
use dialer::{
    Answerer, AttemptId, CallbackId, CampaignSettings, Dnc, Lead, LeadId, ListId, Outcome,
};
use jiff::{SignedDuration, Timestamp};
use routing::{AgentId, CallId, CampaignId, Number};
use store::{Entry, Event, Party};

use crate::switch::Refill;

/// The tables.
#[derive(Debug)]
pub(super) struct Records {
    rows: Vec<Lead>,
    by_id: HashMap<LeadId, usize>,
    /// Leads that may be dialled once they are due, best first.
    open: BTreeMap<ListId, BTreeSet<Place>>,
    histories: HashMap<Number, NumberHistory>,
    live: BTreeMap<AttemptId, Live>,
    dialled: BTreeMap<Number, AttemptId>,
    calls: BTreeMap<CallId, Call>,
    at_work: BTreeSet<AgentId>,
    forbidden: BTreeSet<Number>,
    /// By one campaign alone; its refills hold them all the same.
    kept_from: BTreeMap<CampaignId, BTreeSet<Number>>,
    ledgers: BTreeMap<CampaignId, AbandonLedger>,
    promises: BTreeMap<CallbackId, Callback>,
    pacer_memories: BTreeMap<(CampaignId, HourOfWeek), Learnt>,
    chain: ChainHead,
    last_at: Option<Timestamp>,
}

/// Callbacks first, then the higher priority; within one, the longest due.
type Place = (bool, Reverse<i16>, Timestamp, usize);

#[derive(Clone, Copy, Debug)]
struct Live {
    lead: LeadId,
    number: Number,
    campaign: CampaignId,
    permitted_at: Timestamp,
    call: CallId,
    /// A machine, as far as was heard.
    machine: bool,
}

#[derive(Clone, Copy, Debug)]
struct Call {
    started: Timestamp,
    answered: Option<Timestamp>,
    connected: Option<Timestamp>,
    abandoned: bool,
}

impl Records {
    pub(super) fn new(
        (leads, promises): (Vec<Lead>, Vec<Callback>),
        ledgers: BTreeMap<CampaignId, AbandonLedger>,
    ) -> Self {
        let histories = leads.iter().map(|lead| (lead.number, lead.history.clone())).collect();
        let by_id = leads.iter().enumerate().map(|(index, lead)| (lead.id, index)).collect();
        let mut records = Self {
            rows: leads,
            by_id,
            open: BTreeMap::new(),
            histories,
            live: BTreeMap::new(),
            dialled: BTreeMap::new(),
            calls: BTreeMap::new(),
            at_work: BTreeSet::new(),
            forbidden: BTreeSet::new(),
            kept_from: BTreeMap::new(),
            ledgers,
            promises: promises.into_iter().map(|one| (one.id, one)).collect(),
            pacer_memories: BTreeMap::new(),
            chain: ChainHead::START,
            last_at: None,
        };
        for index in 0..records.rows.len() {
            records.shelve(index);
        }
        records
    }

    pub(super) fn number(&self, index: usize) -> Option<Number> {
        self.rows.get(index).map(|lead| lead.number)
    }

    pub(super) fn leads(&self) -> usize {
        self.rows.len()
    }

    /// An administrator forbids a number.
    pub(super) fn forbid(&mut self, scope: DncScope, number: Number) {
        let set = match scope {
            DncScope::Organisation => &mut self.forbidden,
            DncScope::Campaign(campaign) => self.kept_from.entry(campaign).or_default(),
        };
        set.insert(number);
    }

    /// One durable entry becomes records.
    pub(super) fn fold(&mut self, entry: &Entry) {
        self.last_at = Some(entry.at);
        match &entry.event {
            Event::Permitted { permit, call } => {
                let found = &permit.evidence.findings;
                self.chain = ChainHead::after(permit);
                let (lead, number, campaign) = (found.lead, found.number, found.campaign);
                let permitted_at = found.at;
                let call = *call;
                let live = Live { lead, number, campaign, permitted_at, call, machine: false };
                self.live.insert(found.attempt, live);
                self.dialled.insert(number, found.attempt);
                self.change(lead, |lead| {
                    lead.status = LeadStatus::InFlight;
                    lead.last_attempt_at = Some(live.permitted_at);
                });
            }
            Event::AttemptEnded { .. } => self.attempt_ended(entry),
            Event::CallStarted { call, .. } => {
                self.calls.insert(*call, Call::since(entry.at));
            }
            Event::CallAnswered { call } => {
                self.call(*call, |row| row.answered = Some(entry.at));
            }
            Event::CallConnected { call, .. } => {
                self.call(*call, |row| row.connected = row.connected.or(Some(entry.at)));
            }
            Event::CallAbandoned { call, .. } => self.call(*call, |row| row.abandoned = true),
            Event::CallEnded { call, .. } => drop(self.calls.remove(call)),
            Event::Judged { attempt, answerer, .. } => {
                if let Some(live) = self.live.get_mut(attempt) {
                    live.machine = *answerer == Answerer::Machine;
                }
            }
            Event::AgentClock { agent, clocked_in: true, .. } => {
                self.at_work.insert(*agent);
            }
            Event::AgentClock { agent, clocked_in: false, .. } => {
                self.at_work.remove(agent);
            }
            Event::Disposed { dnc, lead, recycle, .. } => {
                self.forbidden.extend(*dnc);
                if let (Some(lead), Some(recycle)) = (lead, recycle) {
                    self.recycled(*lead, recycle);
                }
            }
            Event::OptedOut { number, lead, recycle, .. } => {
                self.forbidden.insert(*number);
                if let (Some(lead), Some(recycle)) = (lead, recycle) {
                    self.recycled(*lead, recycle);
                }
            }
            Event::CallbackPromised { .. } | Event::CallbackClosed { .. } => {
                self.promise(&entry.event);
            }
            Event::PacerLearnt { campaign, hour, learnt } => {
                self.pacer_memories.insert((*campaign, *hour), (**learnt).clone());
            }
            _ => {}
        }
    }

    fn attempt_ended(&mut self, entry: &Entry) {
        let Event::AttemptEnded {
            attempt,
            lead,
            campaign,
            outcome,
            recycle,
            attempts,
            carrier_failures,
            ..
        } = &entry.event
        else {
            return;
        };
        self.ledgers.entry(*campaign).or_default().add(entry.at, Counts::of(*outcome));
        if let Some(live) = self.live.remove(attempt) {
            if self.dialled.get(&live.number) == Some(attempt) {
                self.dialled.remove(&live.number);
            }
            let history = self.histories.entry(live.number).or_default();
            if *carrier_failures == 0 {
                history.recent.push(live.permitted_at);
                let day = entry.at.saturating_sub(SignedDuration::from_hours(24));
                let day = day.unwrap_or(Timestamp::MIN);
                history.recent.retain(|at| *at > day);
            }
            match outcome {
                Outcome::Abandoned => history.abandoned_at = Some(entry.at),
                Outcome::Machine => history.machine_at = Some(entry.at),
                _ => {}
            }
        }
        self.change(*lead, |lead| {
            lead.attempts = *attempts;
            lead.carrier_failures = *carrier_failures;
            lead.last_outcome = Some(*outcome);
        });
        self.recycled(*lead, recycle);
    }

    fn recycled(&mut self, lead: LeadId, recycle: &Recycle) {
        self.change(lead, |lead| {
            lead.status = recycle.status;
            lead.next_due_at = recycle.next_due_at;
            if let Some(number) = recycle.number {
                lead.turn_to(number, recycle.outcome != Outcome::BadNumber);
            }
        });
    }

    fn call(&mut self, call: CallId, change: impl FnOnce(&mut Call)) {
        if let Some(row) = self.calls.get_mut(&call) {
            change(row);
        }
    }

    /// Changes a lead and keeps the index true to it.
    fn change(&mut self, lead: LeadId, change: impl FnOnce(&mut Lead)) {
        let Some(&index) = self.by_id.get(&lead) else { return };
        if let Some(place) = self.place(index)
            && let Some(shelf) = self.open.get_mut(&self.rows[index].list)
        {
            shelf.remove(&place);
        }
        change(&mut self.rows[index]);
        self.shelve(index);
    }

    fn shelve(&mut self, index: usize) {
        if let Some(place) = self.place(index) {
            self.open.entry(self.rows[index].list).or_default().insert(place);
        }
    }

    fn place(&self, index: usize) -> Option<Place> {
        let lead = &self.rows[index];
        let due = lead.next_due_at.unwrap_or(Timestamp::MIN);
        let ordinary = lead.status != LeadStatus::Callback;
        let priority = if ordinary { lead.priority } else { 0 };
        lead.status.is_dialable().then_some((ordinary, Reverse(priority), due, index))
    }

    /// Leads that a campaign may dial now, as far as the fold knows.
    pub(super) fn dialable(&self, refill: &Refill, now: Timestamp) -> Vec<Lead> {
        let held: BTreeSet<_> = refill.excluding.iter().collect();
        let mut found = vec![];
        for shelf in refill.lists.iter().filter_map(|list| self.open.get(list)) {
            let mut from = Bound::Unbounded;
            while let Some(&place) = shelf.range((from, Bound::Unbounded)).next() {
                let (ordinary, priority, due, index) = place;
                from = Bound::Excluded(place);
                let lead = &self.rows[index];
                if due > now {
                    // The rest of this level is due later still.
                    from = Bound::Excluded((ordinary, priority, Timestamp::MAX, usize::MAX));
                } else if lead.attempts < refill.max_attempts.into()
                    && !held.contains(&lead.id)
                    && !self.forbidden.contains(&lead.number)
                    && !self.dialled.contains_key(&lead.number)
                {
                    let mut lead = lead.clone();
                    lead.recall(|number| self.histories.get(&number));
                    found.push(lead);
                    if found.len() >= refill.limit {
                        return found;
                    }
                }
            }
        }
        found
    }

    /// Leads that are not to be read before their time.
    pub(super) fn defer(&mut self, leads: &[(LeadId, Timestamp)]) {
        for (lead, until) in leads {
            self.change(*lead, |lead| {
                if lead.status.is_dialable() && lead.next_due_at.is_none_or(|due| due < *until) {
                    lead.next_due_at = Some(*until);
                }
            });
        }
    }

    /// What a campaign's pacer knew in this hour of another week.
    pub(super) fn pacer_memory(&self, campaign: CampaignId, hour: HourOfWeek) -> Option<&Learnt> {
        self.pacer_memories.get(&(campaign, hour))
    }

    /// What a restart reads: the chain, the forbidden numbers, the abandon ledgers.
    pub(super) fn chain(&self) -> ChainHead {
        self.chain
    }

    pub(super) fn dnc(&self) -> Dnc {
        let mut dnc = Dnc::default();
        dnc.extend(DncScope::Organisation, self.forbidden.iter().copied());
        for (campaign, numbers) in &self.kept_from {
            dnc.extend(DncScope::Campaign(*campaign), numbers.iter().copied());
        }
        dnc
    }

    pub(super) fn ledgers(&self) -> BTreeMap<CampaignId, AbandonLedger> {
        self.ledgers.clone()
    }

    /// The events that end what a power cut left alive, each with its time (FAULTS F1).
    pub(super) fn interrupted(
        &self,
        now: Timestamp,
        campaigns: &[CampaignSettings],
    ) -> Vec<(Timestamp, Event)> {
        let died_at = self.last_at.unwrap_or(now);
        let waited = |live: &Live| {
            let there = self.calls.get(&live.call).is_some_and(Call::waits);
            let settings = campaigns.iter().find(|one| one.id == live.campaign);
            there && !live.machine && settings.is_some_and(|one| one.mode.needs_agents())
        };
        let let_go = self.live.values().filter(|live| waited(live));
        let let_go = let_go.filter(|live| !self.calls[&live.call].abandoned);
        let let_go = let_go.map(|live| Event::CallAbandoned {
            call: live.call,
            campaign: Some(live.campaign),
            queue: None,
            noticed: false,
        });
        let calls = self.calls.iter().map(|(id, row)| row.interrupted(*id, died_at));
        let attempts = self.live.iter().filter_map(|(id, live)| {
            let settings = campaigns.iter().find(|one| one.id == live.campaign)?;
            let mut lead = self.rows.get(*self.by_id.get(&live.lead)?)?.clone();
            lead.attempts += 1;
            lead.carrier_failures = 0;
            let talked = self.calls.get(&live.call).is_some_and(|call| call.connected.is_some());
            let outcome = match (talked, waited(live)) {
                (true, _) => Outcome::Connected,
                (false, true) => Outcome::Abandoned,
                (false, false) => Outcome::Interrupted,
            };
            let promised = self.promises.values().find(|open| open.lead == live.lead);
            let anyone_at = promised.map(Callback::anyone_at);
            Some(Event::AttemptEnded {
                attempt: *id,
                lead: live.lead,
                campaign: live.campaign,
                outcome,
                sip: None,
                q850: None,
                recycle: recycle_interrupted(now, settings, &lead, outcome, anyone_at),
                attempts: lead.attempts,
                carrier_failures: 0,
            })
        });
        let agents = self.at_work.iter().map(|agent| Event::AgentClock {
            agent: *agent,
            clocked_in: false,
            reason: Some("the switch was interrupted".to_owned()),
            unit: None,
        });
        let_go.chain(calls).chain(attempts).chain(agents).map(|event| (died_at, event)).collect()
    }
}

impl Call {
    fn since(started: Timestamp) -> Self {
        Self { started, answered: None, connected: None, abandoned: false }
    }

    /// Somebody is there, and no agent was with them yet.
    fn waits(&self) -> bool {
        self.answered.is_some() && self.connected.is_none()
    }

    fn interrupted(self, call: CallId, died_at: Timestamp) -> Event {
        let between = |from: Timestamp, to: Timestamp| {
            u64::try_from(to.duration_since(from).as_millis()).unwrap_or_default()
        };
        let Self { started, answered, connected, .. } = self;
        Event::CallEnded {
            call,
            by: Party::Interrupted,
            sip: None,
            q850: None,
            ring_ms: between(started, answered.unwrap_or(died_at)),
            talk_ms: connected.map_or(0, |connected| between(connected, died_at)),
            hold_ms: 0,
            wait_ms: answered.map_or(0, |at| between(at, connected.unwrap_or(died_at))),
        }
    }
}
