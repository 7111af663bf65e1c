//! The checks themselves: each reads the same facts and finds at most one fault.

mod caps;

use super::{Ask, Check, Gate, MAX_LIVE_CLAIMS, Refusal, whole_microseconds};
use crate::campaign::{BY_AGENT, Decision};
use crate::campaigns::{CampaignSettings, LockOut};
use crate::consent::Consent;
use crate::dnc::Forbidden;
use crate::ids::AttemptId;
use crate::leads::{Lead, LeadStatus, NumberHistory};
use crate::permit::{DncFinding, Findings, LocalTime, LockOutFinding, WindowFinding};
use crate::rules::{ConsentRule, LegalProfile};
use crate::window::{self, CallingWindow};
use crate::zones::{Place, Zone};
use jiff::{SignedDuration, Timestamp};
use routing::clis::NoCli;
use routing::{Number, TrunkId};

impl Gate {
    /// Every check that fails now, in order; none means the attempt would be permitted.
    ///
    /// Nothing is claimed. All share one `next`: the moment when the last of them lifts.
    #[must_use]
    pub fn explain(&self, now: Timestamp, ask: &Ask<'_>) -> Vec<Refusal> {
        let facts = Facts::gather(self, whole_microseconds(now), ask);
        let faults: Vec<_> = CHECKS.iter().filter_map(|check| check(&facts)).collect();
        let next = facts.next(&faults);
        faults.into_iter().map(|fault| fault.refusal(next)).collect()
    }

    /// Whether a live attempt at this lead would not be permitted any more, because the law, the
    /// hours, a list or their consent changed: of what its own dial changed nothing is asked, and
    /// who was called in time is called in time.
    #[must_use]
    pub fn outlaws(&self, now: Timestamp, campaign: &CampaignSettings, lead: &Lead) -> bool {
        let (attempt, pacing) = (AttemptId::from(uuid::Uuid::nil()), Decision::idle(campaign));
        // None of these checks asks for the way.
        let (trunk, cli) = (TrunkId::from(uuid::Uuid::nil()), Err(NoCli::Unset));
        let ask = Ask { attempt, campaign, lead, trunk, cli: &cli, pacing: &pacing };
        let facts = |at| Facts::gather(self, whole_microseconds(at), &ask);
        let (today, then) = (facts(now), facts(lead.last_attempt_at.unwrap_or(now)));
        let broken = [profile, dnc, consent].iter().any(|check| check(&today).is_some());
        broken || window(&then).is_some()
    }

    /// What a permit would say, or the first check that fails.
    pub(super) fn examine(&self, now: Timestamp, ask: &Ask<'_>) -> Result<Findings, Refusal> {
        let facts = Facts::gather(self, now, ask);
        if CHECKS.iter().all(|check| check(&facts).is_none())
            && let Ok(cli) = ask.cli
        {
            return Ok(facts.findings(*cli));
        }
        let mut faults: Vec<_> = CHECKS.iter().filter_map(|check| check(&facts)).collect();
        let next = facts.next(&faults);
        Err(faults.swap_remove(0).refusal(next))
    }
}

/// What all checks read.
struct Facts<'a> {
    gate: &'a Gate,
    ask: &'a Ask<'a>,
    now: Timestamp,
    profile: Option<&'a LegalProfile>,
    /// Where the number is, and where the address lies.
    regions: Vec<&'a str>,
    /// None when the lead's stated zone is no zone.
    zones: Option<Vec<Zone>>,
    /// Consent that holds now.
    consent: Option<&'a Consent>,
    history: NumberHistory,
}

/// A check that failed.
struct Fault {
    check: Check,
    because: String,
    /// When time alone heals it; none when it takes more than time.
    lifts: Option<Timestamp>,
}

impl Fault {
    fn refusal(self, next: Option<Timestamp>) -> Refusal {
        Refusal { check: self.check, because: self.because, next }
    }
}

/// In the order of [`Check`]: what only a person can change comes before what time heals.
const CHECKS: [fn(&Facts<'_>) -> Option<Fault>; 17] = [
    running,
    trunk,
    profile,
    cli,
    lead,
    claim,
    dnc,
    consent,
    attempts,
    caps::in_24h,
    caps::today,
    caps::in_7d,
    caps::in_part_of_day,
    lock_out,
    window,
    due,
    capacity,
];

impl<'a> Facts<'a> {
    fn gather(gate: &'a Gate, now: Timestamp, ask: &'a Ask<'a>) -> Self {
        let lead = ask.lead;
        let place = Place::of(lead.number);
        let mut regions: Vec<&str> = place.region.into_iter().collect();
        regions.extend(lead.region.as_deref().filter(|own| Some(*own) != place.region));
        Self {
            gate,
            ask,
            now,
            profile: gate.profile_of(ask.campaign),
            regions,
            zones: place.candidates(lead.zone.as_deref(), lead.region.as_deref()),
            consent: lead.consent.as_ref().filter(|consent| consent.holds(now)),
            history: gate.memory.history(now, lead),
        }
    }

    /// The campaign's window, and the law's.
    fn windows(&self) -> Vec<&'a CallingWindow> {
        let law = self.profile.map(|profile| &profile.window);
        [Some(&self.ask.campaign.window), law].into_iter().flatten().collect()
    }

    fn is_open(&self, zones: &[Zone]) -> bool {
        self.windows().iter().all(|window| window.is_open(self.now, zones, &self.regions))
    }

    fn rests(&self) -> LockOut {
        self.ask.campaign.rests_under(self.profile)
    }

    /// The moment from which every fault is healed by time and the windows are open.
    fn next(&self, faults: &[Fault]) -> Option<Timestamp> {
        let from = faults.iter().try_fold(self.now, |at, fault| Some(at.max(fault.lifts?)))?;
        let zones = self.zones.as_deref()?;
        let opening = window::next_opening(&self.windows(), from, zones, &self.regions)?;
        let until = self.consent.and_then(|consent| consent.until);
        let runs_out = until.is_some_and(|until| until <= opening);
        (!runs_out || self.needs_no_consent()).then_some(opening)
    }

    fn needs_no_consent(&self) -> bool {
        let (dnc, lead) = (&self.gate.dnc, self.ask.lead);
        let listed = dnc.forbids(self.ask.campaign.id, lead.number, None);
        self.asked_consent().is_met_by(None) && listed.is_none()
    }

    fn asked_consent(&self) -> ConsentRule {
        self.ask.campaign.consent_under(self.profile)
    }

    fn findings(&self, cli: routing::EffectiveCli) -> Findings {
        let Ask { attempt, campaign, lead, trunk, pacing, .. } = *self.ask;
        let dnc = &self.gate.dnc;
        Findings {
            attempt,
            lead: lead.id,
            list: lead.list,
            campaign: campaign.id,
            number: lead.number,
            trunk,
            at: self.now,
            cli,
            profile: self.profile.map(|profile| profile.name.clone()),
            ring_timeout_s: Some(campaign.ring_timeout_s),
            window: WindowFinding {
                profile: campaign.window.profile,
                region: self.regions.first().map(|region| (*region).to_owned()),
                address: lead.region.clone(),
                local_times: self.local_times(),
            },
            dnc: DncFinding {
                version: dnc.version(),
                entries: u64::try_from(dnc.len()).unwrap_or(u64::MAX),
            },
            consent: self.consent.cloned(),
            attempts: caps::finding(self),
            lock_out: LockOutFinding {
                abandoned_at: self.history.abandoned_at,
                machine_at: self.history.machine_at,
            },
            pacing: pacing.clone(),
        }
    }

    fn local_times(&self) -> Vec<LocalTime> {
        let zones = self.zones.as_deref().unwrap_or_default();
        let local =
            |zone: &Zone| LocalTime { zone: zone.name().to_owned(), local: zone.local(self.now) };
        zones.iter().map(local).collect()
    }
}

fn running(facts: &Facts<'_>) -> Option<Fault> {
    let stopped = !facts.ask.campaign.running;
    let because = || format!("campaign \"{}\" is stopped", facts.ask.campaign.name);
    stopped.then(|| Fault { check: Check::Running, because: because(), lifts: None })
}

fn trunk(facts: &Facts<'_>) -> Option<Fault> {
    let foreign = !facts.ask.campaign.trunks.contains(&facts.ask.trunk);
    let because = || format!("trunk {} is not one of the campaign's", facts.ask.trunk);
    foreign.then(|| Fault { check: Check::Trunk, because: because(), lifts: None })
}

fn profile(facts: &Facts<'_>) -> Option<Fault> {
    let campaign = facts.ask.campaign;
    let id = campaign.profile?;
    let broken = match facts.profile {
        Some(profile) => profile.broken_by(campaign),
        None => vec![format!("there is no legal profile {id}")],
    };
    let because = broken.into_iter().next()?;
    Some(Fault { check: Check::Profile, because, lifts: None })
}

fn cli(facts: &Facts<'_>) -> Option<Fault> {
    let because = match facts.ask.cli {
        Err(missing) => missing.to_string(),
        Ok(cli) if facts.gate.may_be_shown(cli.number) => return None,
        Ok(cli) => format!("{} is a premium number, which may not be shown", cli.number),
    };
    Some(Fault { check: Check::Cli, because, lifts: None })
}

fn lead(facts: &Facts<'_>) -> Option<Fault> {
    let lead = facts.ask.lead;
    let fault = |because| Some(Fault { check: Check::Lead, because, lifts: None });
    if !lead.status.is_dialable() {
        return fault(format!("its status is {}", lead.status));
    }
    if facts.gate.is_outdated(lead) {
        // The next copy of it is another: it is read again as soon as that.
        let because = "it was changed since this copy of it was read".to_owned();
        let lifts = facts.now.checked_add(READ_AGAIN_AFTER).ok();
        return Some(Fault { check: Check::Lead, because, lifts });
    }
    let stale = facts.gate.memory.last_tried(lead.id) > lead.last_attempt_at;
    if stale { fault("it was dialled since this copy of it was read".to_owned()) } else { None }
}

fn due(facts: &Facts<'_>) -> Option<Fault> {
    let due = facts.ask.lead.next_due_at.filter(|due| *due > facts.now)?;
    Some(Fault { check: Check::Due, because: format!("it is due at {due}"), lifts: Some(due) })
}

fn claim(facts: &Facts<'_>) -> Option<Fault> {
    let (claims, lead) = (&facts.gate.claims, facts.ask.lead);
    let because = if let Some(attempt) = claims.leads.get(&lead.id) {
        format!("attempt {attempt} is dialling the lead")
    } else if let Some(attempt) = claims.numbers.get(&lead.number) {
        format!("attempt {attempt} is dialling {}", lead.number)
    } else if claims.live.contains_key(&facts.ask.attempt) {
        format!("attempt {} is live already", facts.ask.attempt)
    } else {
        return None;
    };
    Some(Fault { check: Check::Claim, because, lifts: None })
}

fn dnc(facts: &Facts<'_>) -> Option<Fault> {
    let (dnc, lead) = (&facts.gate.dnc, facts.ask.lead);
    let consent = facts.consent.map(|consent| consent.kind);
    let found = |number| Some((number, dnc.forbids(facts.ask.campaign.id, number, consent)?));
    // A register lists numbers; who asked us not to call asked it for themselves.
    let asked = |(_, by): &(Number, Forbidden<'_>)| !matches!(by, Forbidden::Register(_));
    let elsewhere = || lead.numbers_in_turn().skip(1).filter_map(found).find(asked);
    let (number, by) = found(lead.number).or_else(elsewhere)?;
    let whose = match by {
        Forbidden::Organisation => "the organisation's do-not-call list".to_owned(),
        Forbidden::Campaign => "the campaign's do-not-call list".to_owned(),
        Forbidden::Register(register) => format!("the register \"{}\"", register.name),
    };
    let because = format!("{number} is on {whose}, version {}", dnc.version());
    Some(Fault { check: Check::Dnc, because, lifts: None })
}

fn consent(facts: &Facts<'_>) -> Option<Fault> {
    let asked = facts.asked_consent();
    let given = facts.consent.map(|consent| consent.kind);
    let because = || match (&facts.ask.lead.consent, given) {
        (_, Some(given)) => format!("{asked} consent is asked for, and theirs is {given}"),
        (Some(_), None) => format!("{asked} consent is asked for, and theirs does not hold now"),
        (None, None) => format!("{asked} consent is asked for, and none is known"),
    };
    // Consent that is yet to begin lifts it by itself.
    let begins = facts.ask.lead.consent.as_ref().filter(|later| {
        later.given_at > facts.now && asked.is_met_by(Some(later.kind)) && later.until.is_none()
    });
    (!asked.is_met_by(given)).then(|| Fault {
        check: Check::Consent,
        because: because(),
        lifts: begins.map(|consent| consent.given_at),
    })
}

fn attempts(facts: &Facts<'_>) -> Option<Fault> {
    let (made, cap) = (facts.ask.lead.attempts, facts.ask.campaign.max_attempts);
    // They asked for the call, or an agent has a reason: what the campaign thinks enough is not the
    // measure.
    let by_agent = facts.ask.pacing.mode == BY_AGENT;
    if by_agent || facts.ask.lead.status == LeadStatus::Callback {
        return None;
    }
    let because = || format!("{made} attempts were made, the cap is {cap}");
    (made >= cap.into()).then(|| Fault { check: Check::Attempts, because: because(), lifts: None })
}

fn lock_out(facts: &Facts<'_>) -> Option<Fault> {
    let rests = facts.rests();
    let abandoned = (facts.history.abandoned_at, rests.after_abandoned_h, "met no agent");
    let machine = (facts.history.machine_at, rests.after_machine_h, "was a machine");
    let longest = [abandoned, machine]
        .into_iter()
        .filter_map(|(at, hours, what)| {
            let rest = SignedDuration::from_hours(hours.into());
            Some((at?.checked_add(rest).unwrap_or(Timestamp::MAX), hours, what))
        })
        .max_by_key(|(until, ..)| *until)?;
    let (until, hours, what) = longest;
    let because = || format!("whoever answered last {what}: {hours} h of rest, until {until}");
    (until > facts.now).then(|| Fault {
        check: Check::LockOut,
        because: because(),
        lifts: Some(until),
    })
}

fn window(facts: &Facts<'_>) -> Option<Fault> {
    let number = facts.ask.lead.number;
    let fault = |because, lifts| Some(Fault { check: Check::Window, because, lifts });
    let Some(zones) = &facts.zones else {
        let stated = facts.ask.lead.zone.as_deref().unwrap_or_default();
        return fault(format!("the lead's zone \"{stated}\" is no IANA time zone"), None);
    };
    if facts.is_open(zones) {
        return None;
    }
    if zones.is_empty() {
        return fault(format!("no time zone is known for {number}"), None);
    }
    let closed = zones.iter().find(|zone| !facts.is_open(std::slice::from_ref(*zone)))?;
    let local = closed.local(facts.now).strftime("%a %H:%M");
    fault(format!("it is {local} in {}, outside the window", closed.name()), Some(facts.now))
}

fn capacity(facts: &Facts<'_>) -> Option<Fault> {
    let fault = |because: &str| {
        Some(Fault { check: Check::Capacity, because: because.to_owned(), lifts: None })
    };
    if facts.gate.claims.live.len() >= MAX_LIVE_CLAIMS {
        return fault("the table of live attempts is full");
    }
    if facts.gate.memory.has_room() { None } else { fault("the memory of the last day is full") }
}

/// How long a lead is left alone whose copy is outdated.
const READ_AGAIN_AFTER: SignedDuration = SignedDuration::from_secs(10);
