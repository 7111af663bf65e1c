//! The checks themselves: each reads the same facts and finds at most one fault.

use super::memory::DAY;
use super::{Ask, Check, Gate, MAX_LIVE_CLAIMS, Refusal, whole_microseconds};
use crate::dnc::DncScope;
use crate::leads::NumberHistory;
use crate::permit::{
    AttemptsFinding, DncFinding, Findings, LocalTime, LockOutFinding, WindowFinding,
};
use crate::window::WindowProfile;
use crate::zones::{Place, Zone};
use jiff::{SignedDuration, Timestamp};

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
    place: Place,
    /// None when the lead's stated zone is no zone.
    zones: Option<Vec<Zone>>,
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
const CHECKS: [fn(&Facts<'_>) -> Option<Fault>; 11] =
    [running, trunk, cli, lead, claim, dnc, attempts, attempts_in_24h, lock_out, window, capacity];

impl<'a> Facts<'a> {
    fn gather(gate: &'a Gate, now: Timestamp, ask: &'a Ask<'a>) -> Self {
        let place = Place::of(ask.lead.number);
        Self {
            gate,
            ask,
            now,
            place,
            zones: place.candidates(ask.lead.zone.as_deref()),
            history: gate.memory.history(now, ask.lead.number, &ask.lead.history),
        }
    }

    /// The moment from which every fault is healed by time and the window is open.
    fn next(&self, faults: &[Fault]) -> Option<Timestamp> {
        let from = faults.iter().try_fold(self.now, |at, fault| Some(at.max(fault.lifts?)))?;
        let zones = self.zones.as_deref()?;
        self.ask.campaign.window.next_opening(from, zones, self.place.region)
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
            window: WindowFinding {
                profile: campaign.window.profile,
                region: self.place.region.map(str::to_owned),
                local_times: self.local_times(),
            },
            dnc: DncFinding {
                version: dnc.version(),
                entries: u64::try_from(dnc.len()).unwrap_or(u64::MAX),
            },
            attempts: AttemptsFinding {
                total: lead.attempts,
                total_cap: campaign.max_attempts,
                in_24h: u32::try_from(self.history.recent.len()).unwrap_or(u32::MAX),
                in_24h_cap: campaign.max_attempts_24h,
            },
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

fn cli(facts: &Facts<'_>) -> Option<Fault> {
    let missing = facts.ask.cli.as_ref().err()?;
    Some(Fault { check: Check::Cli, because: missing.to_string(), lifts: None })
}

fn lead(facts: &Facts<'_>) -> Option<Fault> {
    let lead = facts.ask.lead;
    let fault = |because, lifts| Some(Fault { check: Check::Lead, because, lifts });
    if !lead.status.is_dialable() {
        return fault(format!("its status is {}", lead.status), None);
    }
    if facts.gate.memory.last_tried(lead.id) > lead.last_attempt_at {
        return fault("it was dialled since this copy of it was read".to_owned(), None);
    }
    let due = lead.next_due_at.filter(|due| *due > facts.now)?;
    fault(format!("it is due at {due}"), Some(due))
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
    let scope = facts.gate.dnc.forbids(facts.ask.campaign.id, facts.ask.lead.number)?;
    let whose = match scope {
        DncScope::Organisation => "organisation",
        DncScope::Campaign(_) => "campaign",
    };
    let because = format!(
        "{} is on the {whose}'s do-not-call list, version {}",
        facts.ask.lead.number,
        facts.gate.dnc.version()
    );
    Some(Fault { check: Check::Dnc, because, lifts: None })
}

fn attempts(facts: &Facts<'_>) -> Option<Fault> {
    let (made, cap) = (facts.ask.lead.attempts, facts.ask.campaign.max_attempts);
    let because = || format!("{made} attempts were made, the cap is {cap}");
    (made >= cap.into()).then(|| Fault { check: Check::Attempts, because: because(), lifts: None })
}

fn attempts_in_24h(facts: &Facts<'_>) -> Option<Fault> {
    let cap = usize::from(facts.ask.campaign.max_attempts_24h);
    let recent = &facts.history.recent;
    let excess = recent.len().checked_sub(cap)?;
    // Below the cap again once the oldest `excess + 1` have left the window.
    let lifts = recent.get(excess).and_then(|at| at.checked_add(DAY).ok());
    let because = format!("{} attempts at the number in 24 h, the cap is {cap}", recent.len());
    Some(Fault { check: Check::AttemptsIn24h, because, lifts })
}

fn lock_out(facts: &Facts<'_>) -> Option<Fault> {
    let rests = facts.ask.campaign.lock_out;
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
    let (window, number) = (&facts.ask.campaign.window, facts.ask.lead.number);
    let fault = |because, lifts| Some(Fault { check: Check::Window, because, lifts });
    let Some(zones) = &facts.zones else {
        let stated = facts.ask.lead.zone.as_deref().unwrap_or_default();
        return fault(format!("the lead's zone \"{stated}\" is no IANA time zone"), None);
    };
    if zones.is_empty() && window.profile != WindowProfile::Always {
        return fault(format!("no time zone is known for {number}"), None);
    }
    if window.is_open(facts.now, zones, facts.place.region) {
        return None;
    }
    let closed = zones
        .iter()
        .find(|zone| !window.is_open(facts.now, std::slice::from_ref(*zone), facts.place.region))?;
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
    if facts.gate.memory.has_room() { None } else { fault("the memory of the last 24 h is full") }
}
