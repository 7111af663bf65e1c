//! The compliance gate: nothing is dialled but what passed every check here, at the moment of
//! dialling (DESIGN §5, FAULTS F18, D2, D3; RULES US-6, UK-5, UK-6).
//!
//! ```text
//!  check ──▶ running? trunk? CLI? lead? claim? DNC? attempts? lock-out? window? ──▶ Permit
//!               └── the first that fails ──▶ Refusal { check, because, next }
//!  Permit holds the claim on its lead and its number until `release`.
//! ```
//! The gate owns the do-not-call sets, the live claims, and a day's memory of what was dialled, so
//! that a copy of a lead that the store read too early cannot be dialled again. Every table is
//! bounded; at the bound the answer is not to dial.

mod checks;
mod memory;

use crate::campaign::Decision;
use crate::campaigns::CampaignSettings;
use crate::dnc::{Dnc, DncScope};
use crate::ids::{AttemptId, LeadId};
use crate::leads::Lead;
use crate::outcomes::Outcome;
use crate::permit::{ChainHead, Findings, Permit};
use jiff::Timestamp;
use memory::Memory;
use routing::clis::NoCli;
use routing::{EffectiveCli, Number, TrunkId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// The one place that permits a call.
#[derive(Debug)]
pub struct Gate {
    dnc: Dnc,
    head: ChainHead,
    claims: Claims,
    memory: Memory,
}

/// All that one attempt is judged on.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// The attempt that would be made.
    pub attempt: AttemptId,
    /// The campaign that would dial.
    pub campaign: &'a CampaignSettings,
    /// The lead that would be dialled, at its `number`.
    pub lead: &'a Lead,
    /// The trunk it would leave by.
    pub trunk: TrunkId,
    /// The number that would be shown: what [`routing::effective_cli`] said.
    pub cli: &'a Result<EffectiveCli, NoCli>,
    /// The pacing decision that asks for it.
    pub pacing: &'a Decision,
}

impl Gate {
    /// A gate over these sets, whose permits continue the chain at `head`.
    #[must_use]
    pub fn new(dnc: Dnc, head: ChainHead) -> Self {
        Self { dnc, head, claims: Claims::default(), memory: Memory::default() }
    }

    /// Judges one attempt; a permit claims its lead and its number until [`Self::release`].
    ///
    /// A lead is to be handed in as it was read less than 24 h ago.
    pub fn check(&mut self, now: Timestamp, ask: &Ask<'_>) -> Result<Permit, Refusal> {
        let now = whole_microseconds(now);
        self.memory.forget_before(now);
        let findings = self.examine(now, ask)?;
        self.claims.insert(&findings);
        self.memory.tried(now, findings.lead, findings.number);
        Ok(Permit::seal(findings, &mut self.head))
    }

    /// Gives the claim of an attempt back, and remembers how it ended.
    ///
    /// An attempt that holds no claim changes nothing.
    pub fn release(&mut self, now: Timestamp, attempt: AttemptId, outcome: Outcome) {
        let now = whole_microseconds(now);
        if let Some(claim) = self.claims.remove(attempt) {
            self.memory.ended(now, claim.at, claim.number, outcome);
        }
    }

    /// Forbids a number from this moment on; a live attempt at it is to be cancelled.
    pub fn forbid(&mut self, scope: DncScope, number: Number) -> Option<AttemptId> {
        self.dnc.extend(scope, [number]);
        let (attempt, claim) = self.claims.at_number(number)?;
        let bound = match scope {
            DncScope::Organisation => true,
            DncScope::Campaign(campaign) => campaign == claim.campaign,
        };
        bound.then_some(attempt)
    }

    /// The do-not-call sets.
    #[must_use]
    pub const fn dnc(&self) -> &Dnc {
        &self.dnc
    }

    /// The do-not-call sets, to be imported into or taken from.
    pub const fn dnc_mut(&mut self) -> &mut Dnc {
        &mut self.dnc
    }

    /// Where the chain of permits stands.
    #[must_use]
    pub const fn head(&self) -> ChainHead {
        self.head
    }

    /// How many attempts hold a claim.
    #[must_use]
    pub fn live_claims(&self) -> usize {
        self.claims.live.len()
    }
}

/// The store keeps microseconds; a permit must read the same before and after.
fn whole_microseconds(at: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(at.as_microsecond()).unwrap_or(at)
}

/// The live attempts, at most one for a lead and one for a number.
#[derive(Debug, Default)]
struct Claims {
    live: BTreeMap<AttemptId, Claim>,
    leads: BTreeMap<LeadId, AttemptId>,
    numbers: BTreeMap<Number, AttemptId>,
}

#[derive(Clone, Copy, Debug)]
struct Claim {
    lead: LeadId,
    number: Number,
    campaign: routing::CampaignId,
    at: Timestamp,
}

impl Claims {
    fn insert(&mut self, findings: &Findings) {
        let Findings { attempt, lead, number, campaign, at, .. } = *findings;
        self.live.insert(attempt, Claim { lead, number, campaign, at });
        self.leads.insert(lead, attempt);
        self.numbers.insert(number, attempt);
    }

    fn remove(&mut self, attempt: AttemptId) -> Option<Claim> {
        let claim = self.live.remove(&attempt)?;
        self.leads.remove(&claim.lead);
        self.numbers.remove(&claim.number);
        Some(claim)
    }

    fn at_number(&self, number: Number) -> Option<(AttemptId, Claim)> {
        let attempt = *self.numbers.get(&number)?;
        Some((attempt, *self.live.get(&attempt)?))
    }
}

/// Most attempts live at once in one switch.
pub const MAX_LIVE_CLAIMS: usize = 20_000;

/// Why an attempt may not be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{check}: {because}")]
pub struct Refusal {
    /// The check that failed.
    pub check: Check,
    /// What it found, in one sentence with its facts.
    pub because: String,
    /// When the lead could pass, if nothing changes; none when only a person can change it.
    pub next: Option<Timestamp>,
}

/// The checks, in the order they are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// The campaign runs.
    Running,
    /// The trunk is one of the campaign's.
    Trunk,
    /// The number shown is one of ours.
    Cli,
    /// The lead is dialable and due, and this copy of it is the newest.
    Lead,
    /// Nobody else is dialling the lead or the number.
    Claim,
    /// The number is in no do-not-call set.
    Dnc,
    /// The lead has attempts left.
    Attempts,
    /// The number has attempts left in these 24 h.
    AttemptsIn24h,
    /// The number is not resting after an abandoned call or a machine.
    LockOut,
    /// It is a decent hour wherever they may be.
    Window,
    /// The gate's own tables have room.
    Capacity,
}

impl Check {
    /// The check as the store and the API spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Trunk => "trunk",
            Self::Cli => "cli",
            Self::Lead => "lead",
            Self::Claim => "claim",
            Self::Dnc => "dnc",
            Self::Attempts => "attempts",
            Self::AttemptsIn24h => "attempts_in_24h",
            Self::LockOut => "lock_out",
            Self::Window => "window",
            Self::Capacity => "capacity",
        }
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::campaigns::LockOut;
    use crate::fixtures::*;
    use crate::leads::LeadStatus;
    use jiff::SignedDuration;

    /// Asks with the standard settings after a change, at noon.
    fn refusal(change: impl Fn(&mut CampaignSettings, &mut Lead, &mut Gate)) -> Refusal {
        let (mut gate, mut settings, mut lead, cli) = (gate(), settings(), lead(1), cli());
        change(&mut settings, &mut lead, &mut gate);
        let pacing = decision(&settings);
        gate.check(at(NOON), &ask(1, &settings, &lead, &cli, &pacing)).unwrap_err()
    }

    fn told(change: impl Fn(&mut CampaignSettings, &mut Lead, &mut Gate)) -> (String, String) {
        let refusal = refusal(change);
        let next = refusal.next.map_or("never".to_owned(), |next| next.to_string());
        (refusal.to_string(), next)
    }

    /// Each refusal says in a sentence what was found, and when it heals.
    #[test]
    fn a_refusal_says_why_and_when_next() {
        type Change = Box<dyn Fn(&mut CampaignSettings, &mut Lead, &mut Gate)>;
        let hours_ago = |h| at(NOON) - SignedDuration::from_hours(h);
        let cases: [(Change, &str, &str); 11] = [
            (
                Box::new(|s, _, _| s.running = false),
                "running: campaign \"Winter\" is stopped",
                "never",
            ),
            (
                Box::new(|s, _, _| s.trunks.clear()),
                "trunk: trunk 00000000-0000-0000-0000-000000000007 is not one of the campaign's",
                "never",
            ),
            (Box::new(|_, l, _| l.status = LeadStatus::Done), "lead: its status is done", "never"),
            (
                Box::new(move |_, l, _| l.next_due_at = Some(hours_ago(-12))),
                "lead: it is due at 2026-01-16T05:00:00Z",
                // Midnight in New York: the window opens at eight.
                "2026-01-16T13:00:00Z",
            ),
            (
                Box::new(|_, l, g| g.dnc_mut().extend(DncScope::Organisation, [l.number])),
                "dnc: +12125550101 is on the organisation's do-not-call list, version 1",
                "never",
            ),
            (
                Box::new(|s, l, _| l.attempts = s.max_attempts.into()),
                "attempts: 6 attempts were made, the cap is 6",
                "never",
            ),
            (
                Box::new(move |_, l, _| l.history.recent = [20, 10, 1].map(hours_ago).into()),
                "attempts_in_24h: 3 attempts at the number in 24 h, the cap is 3",
                "2026-01-15T21:00:00Z",
            ),
            (
                Box::new(move |_, l, _| l.history.abandoned_at = Some(hours_ago(71))),
                "lock_out: whoever answered last met no agent: 72 h of rest, until \
                 2026-01-15T18:00:00Z",
                "2026-01-15T18:00:00Z",
            ),
            (
                Box::new(move |_, l, _| l.history.machine_at = Some(hours_ago(1))),
                "lock_out: whoever answered last was a machine: 72 h of rest, until \
                 2026-01-18T16:00:00Z",
                "2026-01-18T16:00:00Z",
            ),
            (
                Box::new(|_, l, _| l.zone = Some("Asia/Tokyo".to_owned())),
                "window: it is Fri 02:00 in Asia/Tokyo, outside the window",
                // Eight in the morning in Tokyo is 18:00 in New York.
                "2026-01-15T23:00:00Z",
            ),
            (
                Box::new(|_, l, _| l.zone = Some("Mars/Olympus".to_owned())),
                "window: the lead's zone \"Mars/Olympus\" is no IANA time zone",
                "never",
            ),
        ];
        for (change, because, next) in cases {
            assert_eq!(told(change), (because.to_owned(), next.to_owned()));
        }
    }

    #[test]
    fn a_number_without_a_place_is_dialled_by_nobody_but_a_demonstration() {
        let satellite = |lead: &mut Lead| lead.number = "+870773123456".parse().unwrap();
        let refused = refusal(|_, lead, _| satellite(lead));
        assert_eq!(refused.to_string(), "window: no time zone is known for +870773123456");
        let (mut gate, mut settings, mut lead, cli) = (gate(), settings(), lead(1), cli());
        satellite(&mut lead);
        settings.window = crate::CallingWindow::always();
        let pacing = decision(&settings);
        assert!(gate.check(at(NOON), &ask(1, &settings, &lead, &cli, &pacing)).is_ok());
    }

    #[test]
    fn without_a_cli_nothing_is_dialled() {
        let (mut gate, settings, lead) = (gate(), settings(), lead(1));
        let (pacing, cli) = (decision(&settings), Err(NoCli::Unset));
        let refusal = gate.check(at(NOON), &ask(1, &settings, &lead, &cli, &pacing)).unwrap_err();
        let because = "cli: no CLI is set for the agent, the campaign or the organisation";
        assert_eq!((refusal.to_string().as_str(), refusal.next), (because, None));
    }

    /// Several faults at once: the first is named, and `next` is when the last of them is over.
    #[test]
    fn next_is_when_the_last_of_all_faults_heals() {
        let refused = refusal(|settings, lead, _| {
            settings.lock_out = LockOut { after_abandoned_h: 24, after_machine_h: 48 };
            lead.history.abandoned_at = Some(at(NOON));
            lead.history.machine_at = Some(at(NOON));
            lead.zone = Some("Asia/Tokyo".to_owned());
        });
        assert_eq!(refused.check, Check::LockOut);
        // Two days later it is 02:00 in Tokyo again; then eight o'clock there.
        assert_eq!(refused.next, Some(at("2026-01-17T23:00:00Z")));
    }

    /// FAULTS F18: one lead, or one number on two leads, dialled at once.
    #[test]
    fn a_lead_and_a_number_have_one_live_attempt_until_it_is_released() {
        let (mut gate, mut settings, cli) = (gate(), settings(), cli());
        settings.max_attempts_24h = 24;
        let (pacing, one) = (decision(&settings), lead(1));
        let same_number = Lead { number: one.number, ..lead(2) };
        let mut check = |n, lead: &Lead| {
            gate.check(at(NOON), &ask(n, &settings, lead, &cli, &pacing)).map(|p| p.attempt())
        };
        assert_eq!(check(1, &one), Ok(attempt(1)));
        let held = format!("attempt {} is dialling +12125550101", attempt(1));
        let refused = check(2, &same_number).unwrap_err();
        assert_eq!((refused.check, refused.because), (Check::Claim, held));
        assert_eq!(check(3, &one).unwrap_err().check, Check::Lead, "an old copy of the lead");
        gate.release(at(NOON), attempt(1), Outcome::Busy);
        assert_eq!(gate.live_claims(), 0);
        let later = at(NOON) + SignedDuration::from_secs(1);
        let fresh = Lead { last_attempt_at: Some(at(NOON)), ..one };
        let ask = ask(4, &settings, &fresh, &cli, &pacing);
        assert!(gate.check(later, &ask).is_ok());
    }

    /// A lead that the store read before its last attempt was folded into the tables.
    #[test]
    fn a_copy_of_a_lead_from_before_its_last_attempt_is_refused() {
        let (mut gate, settings, lead, cli) = (gate(), settings(), lead(1), cli());
        let pacing = decision(&settings);
        let permit = gate.check(at(NOON), &ask(1, &settings, &lead, &cli, &pacing)).unwrap();
        gate.release(at(NOON), permit.attempt(), Outcome::NoAnswer);
        let later = at(NOON) + SignedDuration::from_mins(1);
        let refused = gate.check(later, &ask(2, &settings, &lead, &cli, &pacing)).unwrap_err();
        assert_eq!(refused.to_string(), "lead: it was dialled since this copy of it was read");
    }

    /// The same number on another list counts against the same cap, before the store knows.
    #[test]
    fn attempts_in_24_h_count_by_number_and_only_what_counts() {
        let (mut gate, mut settings, cli) = (gate(), settings(), cli());
        settings.max_attempts_24h = 1;
        let (pacing, one) = (decision(&settings), lead(1));
        let mut dial = |n, hours, outcome| {
            let lead = Lead { id: lead(n).id, ..one.clone() };
            let now = at(NOON) + SignedDuration::from_hours(hours);
            let checked = gate.check(now, &ask(n.into(), &settings, &lead, &cli, &pacing));
            checked.map(|permit| gate.release(now, permit.attempt(), outcome)).map_err(|r| r.check)
        };
        assert_eq!(dial(1, 0, Outcome::CarrierFailure), Ok(()));
        assert_eq!(dial(2, 0, Outcome::NoAnswer), Ok(()));
        assert_eq!(dial(3, 1, Outcome::NoAnswer), Err(Check::AttemptsIn24h));
        assert_eq!(dial(4, 23, Outcome::NoAnswer), Err(Check::AttemptsIn24h));
        assert_eq!(dial(5, 24, Outcome::NoAnswer), Ok(()));
    }

    /// RULES UK-5: the lock-out holds at once, for every lead with that number.
    #[test]
    fn an_abandoned_call_locks_the_number_before_the_store_knows() {
        let (mut gate, settings, cli) = (gate(), settings(), cli());
        let (pacing, one) = (decision(&settings), lead(1));
        let permit = gate.check(at(NOON), &ask(1, &settings, &one, &cli, &pacing)).unwrap();
        gate.release(at(NOON), permit.attempt(), Outcome::Abandoned);
        let other = Lead { number: one.number, ..lead(2) };
        let later = at(NOON) + SignedDuration::from_hours(1);
        let refused = gate.check(later, &ask(2, &settings, &other, &cli, &pacing)).unwrap_err();
        assert_eq!(refused.check, Check::LockOut);
        assert_eq!(refused.next, Some(at("2026-01-18T17:00:00Z")));
    }

    /// Issue 6: after the API's 200 no INVITE leaves, and one that rings is cancelled.
    #[test]
    fn forbidding_a_number_names_the_attempt_to_cancel() {
        let (mut gate, settings, lead, cli) = (gate(), settings(), lead(1), cli());
        let pacing = decision(&settings);
        let permit = gate.check(at(NOON), &ask(1, &settings, &lead, &cli, &pacing)).unwrap();
        let elsewhere = DncScope::Campaign(routing::CampaignId::from(uuid::Uuid::nil()));
        assert_eq!(gate.forbid(elsewhere, lead.number), None);
        assert_eq!(gate.forbid(DncScope::Campaign(settings.id), lead.number), Some(attempt(1)));
        assert_eq!(gate.forbid(DncScope::Organisation, fiction(50)), None);
        gate.release(at(NOON), permit.attempt(), Outcome::Cancelled);
        assert_eq!(gate.forbid(DncScope::Organisation, lead.number), None);
    }

    #[test]
    fn releasing_twice_or_the_unknown_changes_nothing() {
        let (mut gate, settings, lead, cli) = (gate(), settings(), lead(1), cli());
        let pacing = decision(&settings);
        let permit = gate.check(at(NOON), &ask(1, &settings, &lead, &cli, &pacing)).unwrap();
        gate.release(at(NOON), attempt(9), Outcome::Abandoned);
        assert_eq!(gate.live_claims(), 1);
        gate.release(at(NOON), permit.attempt(), Outcome::NoAnswer);
        gate.release(at(NOON), permit.attempt(), Outcome::CarrierFailure);
        let history = gate.memory.history(at(NOON), lead.number, &lead.history);
        assert_eq!(history.recent, [at(NOON)]);
    }

    /// DESIGN §5: a permit records every check with its evidence.
    #[test]
    fn a_permit_records_what_it_was_decided_on() {
        let (mut gate, settings, mut lead, cli) = (gate(), settings(), lead(1), cli());
        gate.dnc_mut().extend(DncScope::Organisation, [fiction(50), fiction(51)]);
        lead.attempts = 2;
        lead.history.recent = vec![at(NOON) - SignedDuration::from_hours(3)];
        lead.zone = Some("America/Chicago".to_owned());
        let pacing = decision(&settings);
        let permit = gate.check(at(NOON), &ask(1, &settings, &lead, &cli, &pacing)).unwrap();
        let json = serde_json::to_value(permit.evidence()).unwrap();
        assert_eq!(
            json["window"],
            serde_json::json!({
                "profile": "us",
                "region": "US-NY",
                "local_times": [
                    { "zone": "America/New_York", "local": "2026-01-15T12:00:00" },
                    { "zone": "America/Chicago", "local": "2026-01-15T11:00:00" },
                ],
            })
        );
        assert_eq!(json["dnc"], serde_json::json!({ "version": 1, "entries": 2 }));
        assert_eq!(
            json["attempts"],
            serde_json::json!({ "total": 2, "total_cap": 6, "in_24h": 1, "in_24h_cap": 3 })
        );
        assert_eq!(
            json["cli"],
            serde_json::json!({ "number": "+12125550199", "origin": "campaign" })
        );
        assert_eq!(json["pacing"]["dial"], 1);
        assert_eq!(json["at"], NOON);
    }
}
