//! Books on attempts: D1, D2, D3, D7.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::time::Duration;

use dialer::campaigns::Mode;
use dialer::permit::{ChainHead, PermitRecord};
use dialer::{AttemptId, LeadId, Outcome};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use routing::{CallId, CampaignId, Number};
use store::{Entry, Event};

use super::Found;
use crate::sim::invariant::Invariant;
use crate::sim::scene::{AREAS, Scene, is_said_west, is_urgent};

/// What is known of attempts.
#[derive(Debug)]
pub(super) struct Attempts {
    live: BTreeMap<AttemptId, Live>,
    by_lead: HashMap<LeadId, AttemptId>,
    by_number: HashMap<Number, AttemptId>,
    over: HashSet<AttemptId>,
    counted: HashMap<Number, VecDeque<Timestamp>>,
    forbidden: HashSet<Number>,
    /// The campaign whose list begins with urgent people, until it has dialled.
    urgent: Option<CampaignId>,
    /// Who met nobody or was a machine rests until then.
    resting: HashMap<Number, Timestamp>,
    caps: BTreeMap<CampaignId, Caps>,
    zones: Vec<(String, TimeZone)>,
    chain: ChainHead,
    durable: u64,
    /// INVITEs that have left, by Call-ID, and when they first did.
    invites: HashMap<String, Duration>,
    oldest: VecDeque<(Duration, String)>,
}

#[derive(Clone, Copy, Debug)]
struct Live {
    seq: u64,
    lead: LeadId,
    number: Number,
    campaign: CampaignId,
    call: CallId,
    /// An agent is with the person, or the notice was played.
    met: bool,
    invited: bool,
    at: Timestamp,
}

/// A campaign's limits and what its answered calls came to.
#[derive(Clone, Copy, Debug)]
struct Caps {
    total: u32,
    in_24h: usize,
    abandoned_permille: u64,
    /// No more is dialled than agents are free.
    one_to_one: bool,
    cli: Option<Number>,
    connected: u64,
    abandoned: u64,
}

impl Attempts {
    pub(super) fn new(scene: &Scene) -> Self {
        let caps = scene.campaigns.iter().map(|campaign| {
            let caps = Caps {
                total: campaign.max_attempts.into(),
                in_24h: campaign.max_attempts_24h.into(),
                abandoned_permille: campaign.abandon.limit_permille.into(),
                one_to_one: matches!(campaign.mode, Mode::Progressive { .. }),
                cli: campaign.cli,
                connected: 0,
                abandoned: 0,
            };
            (campaign.id, caps)
        });
        let zones = AREAS.iter().filter_map(|(area, zone)| {
            TimeZone::get(zone).ok().map(|zone| (format!("1{area}"), zone))
        });
        Self {
            live: BTreeMap::new(),
            by_lead: HashMap::new(),
            by_number: HashMap::new(),
            over: HashSet::new(),
            counted: HashMap::new(),
            forbidden: HashSet::new(),
            urgent: scene.campaigns.get(1).map(|campaign| campaign.id),
            resting: HashMap::new(),
            caps: caps.collect(),
            zones: zones.collect(),
            chain: ChainHead::START,
            durable: 0,
            invites: HashMap::new(),
            oldest: VecDeque::new(),
        }
    }

    pub(super) fn forbid(&mut self, number: Number) {
        self.forbidden.insert(number);
    }

    pub(super) fn take_forbidden(&mut self) -> HashSet<Number> {
        std::mem::take(&mut self.forbidden)
    }

    pub(super) fn forbid_all(&mut self, numbers: HashSet<Number>) {
        self.forbidden = numbers;
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
            Event::Disposed { dnc, .. } => self.forbidden.extend(*dnc),
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
            && !is_urgent(found.number)
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
        if self.forbidden.contains(&number) {
            return Err((Invariant::D3, format!("{number} asked not to be called")));
        }
        if let Some(until) = self.resting.get(&number).filter(|until| **until > wall) {
            return Err((Invariant::D3, format!("{number} is dialled, and rests until {until}")));
        }
        let digits = number.digits();
        let zone = self.zones.iter().find(|(area, _)| digits.starts_with(area.as_str()));
        let hour = zone.map(|(_, zone)| zone.to_datetime(wall).hour());
        if !hour.is_some_and(|hour| (8..21).contains(&hour)) {
            return Err((Invariant::D3, format!("{number} is dialled at hour {hour:?}")));
        }
        let west = self.zones.last().map(|(_, zone)| zone.to_datetime(wall).hour());
        if is_said_west(number) && !west.is_some_and(|hour| (8..21).contains(&hour)) {
            let what = format!("{number} lives in Los Angeles, where it is {west:?}");
            return Err((Invariant::D3, what));
        }
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

    /// D7: over its cap a campaign dials no more than there are agents free.
    fn is_affordable(&self, permit: &PermitRecord) -> Found {
        let found = &permit.evidence.findings;
        let Some(caps) = self.caps.get(&found.campaign) else { return Ok(()) };
        let over = caps.connected + caps.abandoned >= ENOUGH
            && caps.abandoned * 1_000 > caps.abandoned_permille * (caps.connected + caps.abandoned);
        let pacing = &found.pacing;
        let unmet = self.live.values().filter(|one| one.campaign == found.campaign && !one.met);
        let unmet = unmet.count();
        let free = usize::try_from(pacing.free_agents).unwrap_or(usize::MAX);
        // The next trunk's permit replaces one that failed: nothing more is dialled.
        if caps.one_to_one && pacing.dial > 0 && unmet >= free {
            let what = format!("{unmet} attempts want an agent, one more is dialled, and {pacing}");
            return Err((Invariant::D7, what));
        }
        if over && pacing.unserved + pacing.dial > pacing.free_agents {
            let what = format!(
                "{} of {} abandoned, and {pacing}",
                caps.abandoned,
                caps.connected + caps.abandoned
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
            met: false,
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
            caps.connected += u64::from(outcome == Outcome::Connected);
            caps.abandoned += u64::from(outcome == Outcome::Abandoned);
        }
        Some(live)
    }

    /// An agent is with the person of this call, or they heard the notice.
    pub(super) fn met(&mut self, call: CallId) {
        if let Some(live) = self.live.values_mut().find(|live| live.call == call) {
            live.met = true;
        }
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
        if self.forbidden.contains(&number) {
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

/// An abandon rate over fewer calls says nothing.
const ENOUGH: u64 = 100;

/// How long an INVITE is remembered: longer than any transaction lives.
const KEPT: Duration = Duration::from_mins(5);
