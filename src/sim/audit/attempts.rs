//! Books on attempts: D1, D2, D3, D7.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::time::Duration;

use dialer::abandon::Sum;
use dialer::campaigns::Mode;
use dialer::dnc::DncScope;
use dialer::permit::{ChainHead, PermitRecord};
use dialer::{AttemptId, LeadId, Outcome};
use jiff::{SignedDuration, Timestamp};
use routing::{CallId, CampaignId, Number};
use store::{Entry, Event};

use super::Found;
use super::rules::Rules;
use crate::sim::invariant::Invariant;
use crate::sim::scene::{Person, Scene};

/// What is known of attempts.
#[derive(Debug)]
pub(super) struct Attempts {
    live: BTreeMap<AttemptId, Live>,
    by_lead: HashMap<LeadId, AttemptId>,
    by_number: HashMap<Number, AttemptId>,
    over: HashSet<AttemptId>,
    counted: HashMap<Number, VecDeque<Timestamp>>,
    rules: Rules,
    /// Who told an agent not to be called again.
    refused: HashSet<Number>,
    /// The campaign whose list begins with urgent people, until it has dialled.
    urgent: Option<CampaignId>,
    /// Who met nobody or was a machine rests until then.
    resting: HashMap<Number, Timestamp>,
    caps: BTreeMap<CampaignId, Caps>,
    chain: ChainHead,
    durable: u64,
    /// INVITEs that have left, by Call-ID, and when they first did.
    invites: HashMap<String, Duration>,
    oldest: VecDeque<(Duration, String)>,
}

#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own about a call")]
struct Live {
    seq: u64,
    lead: LeadId,
    number: Number,
    campaign: CampaignId,
    call: CallId,
    answered: bool,
    /// An agent is with the person, or the notice was played.
    met: bool,
    /// The notice was played.
    lost: bool,
    /// They asked not to be called while it rang.
    unwanted: bool,
    invited: bool,
    at: Timestamp,
}

/// A campaign's limits and what its answered calls came to.
#[derive(Clone, Copy, Debug)]
struct Caps {
    total: u32,
    in_24h: usize,
    /// The share of people who may be abandoned.
    cap: f64,
    mode: Mode,
    cli: Option<Number>,
    /// Connected and abandoned before the shift, and in it.
    before: (u32, u32),
    connected: u32,
    abandoned: u32,
}

impl Attempts {
    pub(super) fn new(scene: &Scene, rules: Rules) -> Self {
        let caps = scene.campaigns.iter().map(|campaign| {
            let limit = campaign.abandon.limit_permille;
            let cap = campaign.pacing.target_permille.map_or(limit, |target| target.min(limit));
            let caps = Caps {
                cap: f64::from(cap) / 1_000.0,
                before: scene.before,
                mode: campaign.mode,
                total: campaign.max_attempts.into(),
                in_24h: campaign.max_attempts_24h.into(),
                cli: campaign.cli,
                connected: 0,
                abandoned: 0,
            };
            (campaign.id, caps)
        });
        Self {
            live: BTreeMap::new(),
            by_lead: HashMap::new(),
            by_number: HashMap::new(),
            over: HashSet::new(),
            counted: HashMap::new(),
            rules,
            refused: HashSet::new(),
            urgent: scene.campaigns.get(1).map(|campaign| campaign.id),
            resting: HashMap::new(),
            caps: caps.collect(),
            chain: ChainHead::START,
            durable: 0,
            invites: HashMap::new(),
            oldest: VecDeque::new(),
        }
    }

    /// An administrator's do-not-call entry was acknowledged.
    pub(super) fn forbid(&mut self, scope: DncScope, number: Number) {
        self.rules.forbid(scope, number);
        self.unwanted(scope, number);
    }

    /// Somebody told an agent not to be called again.
    pub(super) fn refuse(&mut self, number: Number) {
        self.refused.insert(number);
        self.unwanted(DncScope::Organisation, number);
    }

    /// A call that still rings there is to meet nobody.
    fn unwanted(&mut self, scope: DncScope, number: Number) {
        let live = self.by_number.get(&number).and_then(|attempt| self.live.get_mut(attempt));
        if let Some(live) = live.filter(|live| !live.answered) {
            live.unwanted |=
                scope == DncScope::Organisation || scope == DncScope::Campaign(live.campaign);
        }
    }

    /// Whether a lead is being called.
    pub(super) fn is_dialling(&self, lead: LeadId) -> bool {
        self.by_lead.contains_key(&lead)
    }

    /// A number whose telephone rings.
    pub(super) fn ringing(&self) -> Option<Number> {
        self.live.values().find(|live| !live.answered && live.invited).map(|live| live.number)
    }

    /// A campaign was started or stopped.
    pub(super) fn runs(&mut self, campaign: CampaignId, running: bool) {
        self.rules.runs(campaign, running);
    }

    pub(super) fn take_rules(&mut self) -> Rules {
        std::mem::take(&mut self.rules)
    }

    pub(super) fn durable(&mut self, seq: u64) {
        self.durable = self.durable.max(seq);
    }

    /// Takes a durable entry for granted.
    pub(super) fn replay(&mut self, entry: &Entry) {
        self.urgent = None;
        self.durable = entry.seq;
        match &entry.event {
            Event::Permitted { permit, call } => self.open(entry.seq, permit, *call),
            Event::AttemptEnded { attempt, outcome, .. } => drop(self.close(*attempt, *outcome)),
            Event::Disposed { dnc, .. } => self.refused.extend(*dnc),
            Event::OptedOut { number, .. } => drop(self.refused.insert(*number)),
            _ => {}
        }
    }

    pub(super) fn permitted(
        &mut self,
        entry: &Entry,
        (permit, call): (&PermitRecord, CallId),
        wall: Timestamp,
    ) -> Found {
        let found = &permit.evidence.findings;
        if permit.evidence.sequence != self.chain.length
            || permit.evidence.previous != self.chain.hash
        {
            return Err((Invariant::D1, format!("permit {} breaks the chain", found.attempt)));
        }
        self.is_alone(found.lead, found.number)?;
        self.is_lawful(permit, wall)?;
        self.is_affordable(permit)?;
        if self.urgent.take_if(|campaign| *campaign == found.campaign).is_some()
            && !Person::at(found.number).is_some_and(Person::is_urgent)
        {
            let what = format!("{} is dialled before those who are urgent", found.number);
            return Err((Invariant::Kept, what));
        }
        self.open(entry.seq, permit, call);
        Ok(())
    }

    /// D2.
    fn is_alone(&self, lead: LeadId, number: Number) -> Found {
        if let Some(other) = self.by_number.get(&number) {
            return Err((Invariant::D2, format!("{number} is dialled by {other} already")));
        }
        match self.by_lead.get(&lead) {
            Some(other) => Err((Invariant::D2, format!("lead {lead} is dialled by {other}"))),
            None => Ok(()),
        }
    }

    /// D3, by our own clock and counts: the gate's evidence is not believed.
    fn is_lawful(&mut self, permit: &PermitRecord, wall: Timestamp) -> Found {
        let found = &permit.evidence.findings;
        let number = found.number;
        if self.refused.contains(&number) {
            return Err((Invariant::D3, format!("{number} asked not to be called")));
        }
        if let Some(until) = self.resting.get(&number).filter(|until| **until > wall) {
            return Err((Invariant::D3, format!("{number} is dialled, and rests until {until}")));
        }
        self.rules.hold(permit, wall)?;
        let Some(caps) = self.caps.get(&found.campaign) else {
            return Err((Invariant::D3, format!("campaign {} is unknown", found.campaign)));
        };
        if found.attempts.total >= caps.total {
            return Err((Invariant::D3, format!("{number}: attempt cap {} is over", caps.total)));
        }
        let day = wall.saturating_sub(SignedDuration::from_hours(24)).unwrap_or(Timestamp::MIN);
        let cap = caps.in_24h;
        let counted = self.counted.entry(number).or_default();
        while counted.front().is_some_and(|at| *at <= day) {
            counted.pop_front();
        }
        if counted.len() >= cap {
            let made = counted.len();
            return Err((Invariant::D3, format!("{number}: {made} attempts in 24 h, cap {cap}")));
        }
        Ok(())
    }

    /// D7: a campaign dials no more than its way of dialling allows, and over its cap no more than
    /// agents are free.
    fn is_affordable(&self, permit: &PermitRecord) -> Found {
        let found = &permit.evidence.findings;
        let Some((caps, sum)) = self.caps.get(&found.campaign).zip(self.sum(found.campaign)) else {
            return Ok(());
        };
        let (abandoned, people) = sum;
        let pacing = &found.pacing;
        let unmet = self.live.values().filter(|one| one.campaign == found.campaign && !one.met);
        let unmet = unmet.count();
        let free = usize::try_from(pacing.free_agents).unwrap_or(usize::MAX);
        let most = match caps.mode {
            Mode::Progressive { .. } => free,
            Mode::Power { .. } if abandoned > caps.cap * people => free,
            Mode::Power { attempts_per_agent_tenths: tenths, .. } => {
                free * usize::from(tenths) / 10
            }
            Mode::Predictive { .. } if pacing.one_to_one.is_some() => free,
            Mode::Predictive { .. }
                if abandoned + 1.0 - caps.cap * (people + 1.0) > CREDIT + PATIENCE =>
            {
                free
            }
            _ => usize::MAX,
        };
        // The next trunk's permit replaces one that failed: nothing more is dialled.
        if pacing.dial > 0 && unmet >= most {
            let what = format!(
                "{unmet} attempts want one of {most} agents after {abandoned} lost of {people}, \
                 and {pacing}"
            );
            return Err((Invariant::D7, what));
        }
        Ok(())
    }

    fn open(&mut self, seq: u64, permit: &PermitRecord, call: CallId) {
        let found = &permit.evidence.findings;
        self.chain = ChainHead::after(permit);
        let live = Live {
            seq,
            lead: found.lead,
            number: found.number,
            campaign: found.campaign,
            call,
            answered: false,
            met: false,
            lost: false,
            unwanted: false,
            invited: false,
            at: found.at,
        };
        self.live.insert(found.attempt, live);
        self.by_lead.insert(found.lead, found.attempt);
        self.by_number.insert(found.number, found.attempt);
    }

    fn close(&mut self, attempt: AttemptId, outcome: Outcome) -> Option<Live> {
        let live = self.live.remove(&attempt)?;
        self.by_lead.remove(&live.lead);
        self.by_number.remove(&live.number);
        self.over.insert(attempt);
        if outcome.counts_as_attempt() {
            self.counted.entry(live.number).or_default().push_back(live.at);
        }
        if matches!(outcome, Outcome::Abandoned | Outcome::Machine) {
            // From when it was dialled: the end of the call is some seconds later.
            let rest = SignedDuration::from_hours(72);
            self.resting.insert(live.number, live.at.saturating_add(rest).unwrap_or(live.at));
        }
        if let Some(caps) = self.caps.get_mut(&live.campaign) {
            caps.connected += u32::from(outcome == Outcome::Connected);
            caps.abandoned += u32::from(outcome == Outcome::Abandoned);
        }
        Some(live)
    }

    /// The person of this call picked up.
    pub(super) fn answered(&mut self, call: CallId) {
        if let Some(live) = self.live.values_mut().find(|live| live.call == call) {
            live.answered = true;
        }
    }

    /// An agent is with the person of this call, or they hear the notice. D3: nobody meets an
    /// agent who asked in time not to be called.
    pub(super) fn met(&mut self, call: CallId, lost: bool) -> Found {
        let Some(live) = self.live.values_mut().find(|live| live.call == call) else {
            return Ok(());
        };
        (live.met, live.lost) = (true, lost);
        if live.unwanted && !lost {
            let what = format!("{} asked not to be called, and meets an agent", live.number);
            return Err((Invariant::D3, what));
        }
        Ok(())
    }

    /// D7: what each campaign counts of answered calls is what became of them.
    pub(super) fn stand(&self, standings: &[(CampaignId, Sum)]) -> Found {
        for (campaign, sum) in standings {
            let Some((abandoned, people)) = self.sum(*campaign) else { continue };
            if (sum.abandoned, sum.people) != (abandoned, people) {
                let what = format!("{campaign} lost {abandoned} of {people}, and counts {sum:?}");
                return Err((Invariant::D7, what));
            }
        }
        Ok(())
    }

    /// Who was abandoned of those who answered, over the day or the month: where more are over the
    /// cap.
    fn sum(&self, campaign: CampaignId) -> Option<(f64, f64)> {
        let caps = self.caps.get(&campaign)?;
        let here = || self.live.values().filter(|live| live.campaign == campaign && live.met);
        let lost = here().filter(|live| live.lost).count();
        let with = here().count() - lost;
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let (with, lost) = (caps.connected + count(with), caps.abandoned + count(lost));
        let sum = |(more, fewer): (u32, u32)| {
            let abandoned = f64::from(lost + fewer);
            (abandoned, abandoned + f64::from(with + more))
        };
        let (month, day) = (sum(caps.before), sum((0, 0)));
        let excess = |(abandoned, people): (f64, f64)| abandoned - caps.cap * people;
        Some(if excess(month) > excess(day) { month } else { day })
    }

    /// D1: an attempt ends once.
    pub(super) fn ended(&mut self, attempt: AttemptId, outcome: Outcome) -> Found {
        if self.close(attempt, outcome).is_some() {
            return Ok(());
        }
        let why = if self.over.contains(&attempt) { "ended twice" } else { "was never permitted" };
        Err((Invariant::D1, format!("attempt {attempt} {why}")))
    }

    /// D1: an INVITE to a carrier has a permit that is durable, and no other INVITE has it.
    pub(super) fn invited(
        &mut self,
        at: Duration,
        call_id: &str,
        (number, cli): (Option<Number>, Option<Number>),
    ) -> Found {
        let Some(number) = number else { return Ok(()) };
        if self.invites.contains_key(call_id) {
            return Ok(());
        }
        self.invites.insert(call_id.to_owned(), at);
        self.oldest.push_back((at, call_id.to_owned()));
        while let Some((_, old)) = self.oldest.pop_front_if(|(then, _)| *then + KEPT < at) {
            self.invites.remove(&old);
        }
        let attempt = self.by_number.get(&number).and_then(|id| self.live.get_mut(id));
        let Some(live) = attempt else {
            return Err((Invariant::D1, format!("{number} is called without a permit")));
        };
        let shown = self.caps.get(&live.campaign).and_then(|caps| caps.cli);
        if cli != shown {
            return Err((Invariant::D3, format!("{number} is shown {cli:?}, not {shown:?}")));
        }
        if self.refused.contains(&number) || self.rules.forbids(live.campaign, number) {
            return Err((Invariant::D3, format!("{number} asked not to be called, and is")));
        }
        if live.seq > self.durable {
            return Err((
                Invariant::D1,
                format!("{number} is called before its permit is durable"),
            ));
        }
        if std::mem::replace(&mut live.invited, true) {
            return Err((Invariant::D1, format!("{number} is called twice on one permit")));
        }
        Ok(())
    }

    /// The live attempt at a number.
    pub(super) fn at_number(&self, number: Number) -> Option<AttemptId> {
        self.by_number.get(&number).copied()
    }

    pub(super) fn since_invite(&self, at: Duration, call_id: &str) -> Option<Duration> {
        self.invites.get(call_id).map(|left| at.saturating_sub(*left))
    }

    pub(super) fn end(&self) -> Found {
        match self.live.iter().next() {
            Some((attempt, live)) => {
                Err((Invariant::D1, format!("attempt {attempt} at {} never ended", live.number)))
            }
            None => Ok(()),
        }
    }
}

/// How far a forecast may overdraw what is allowed, and how much longer it may take to find back.
const CREDIT: f64 = 5.0;
const PATIENCE: f64 = 2.5;

/// How long an INVITE is remembered: longer than any transaction lives.
const KEPT: Duration = Duration::from_mins(5);
