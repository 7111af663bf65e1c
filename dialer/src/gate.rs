//! The compliance gate: nothing is dialled but what passed every check here, at the moment of
//! dialling (DESIGN §5, FAULTS F18, D2, D3; RULES US-6, UK-5, UK-6).
//!
//! ```text
//!  check ──▶ running? trunk? law? CLI? lead? claim? DNC? consent? caps? rests? window? due?
//!               ├── all hold ──────────────▶ Permit
//!               └── the first that fails ──▶ Refusal { check, because, next }
//!  Permit holds the claim on its lead and its number until `release`.
//! ```
//! The gate owns the do-not-call sets, the live claims, and a day's memory of what was dialled, so
//! that a copy of a lead that the store read too early cannot be dialled again; for the same reason
//! it remembers what people corrected lately. Every table is bounded; at the bound the answer is
//! not to dial, or the oldest is forgotten where nobody can need it (`corrections`).

mod checks;
mod corrections;
mod memory;

use crate::campaign::Decision;
use crate::campaigns::CampaignSettings;
use crate::consent::ConsentKind;
use crate::dnc::{Dnc, DncScope, Register};
use crate::ids::{AttemptId, LeadId, ProfileId};
use crate::leads::Lead;
use crate::outcomes::Outcome;
use crate::permit::{ChainHead, Findings, Permit};
use crate::rules::{LegalProfile, may_be_shown};
use corrections::Corrections;
use jiff::{SignedDuration, Timestamp};
use memory::Memory;
use routing::clis::NoCli;
use routing::{EffectiveCli, Number, TrunkId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// The one place that permits a call.
#[derive(Debug)]
pub struct Gate {
    dnc: Dnc,
    profiles: BTreeMap<ProfileId, LegalProfile>,
    head: ChainHead,
    claims: Claims,
    memory: Memory,
    corrections: Corrections,
    /// Numbers that were to be shown, and whether they may be: looked up once.
    shown: BTreeMap<Number, bool>,
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
        let (claims, memory) = (Claims::default(), Memory::default());
        let (profiles, shown) = (BTreeMap::new(), BTreeMap::new());
        let corrections = Corrections::default();
        Self { dnc, profiles, head, claims, memory, corrections, shown }
    }

    /// Judges one attempt; a permit claims its lead and its number until [`Self::release`].
    ///
    /// A lead is to be handed in as it was read less than 24 h ago.
    pub fn check(&mut self, now: Timestamp, ask: &Ask<'_>) -> Result<Permit, Refusal> {
        let now = whole_microseconds(now);
        self.memory.forget_before(now);
        self.look_up(ask);
        let findings = self.examine(now, ask)?;
        let consent = findings.consent.as_ref().map(|consent| consent.kind);
        self.claims.insert(&findings, consent, ask.lead);
        self.memory.tried(now, findings.lead, findings.number);
        Ok(Permit::seal(findings, &mut self.head))
    }

    fn may_be_shown(&self, cli: Number) -> bool {
        self.shown.get(&cli).copied().unwrap_or_else(|| may_be_shown(cli))
    }

    /// The numbering plan is large, and a campaign shows few numbers.
    fn look_up(&mut self, ask: &Ask<'_>) {
        if let Ok(cli) = ask.cli
            && !self.shown.contains_key(&cli.number)
        {
            if self.shown.len() >= SHOWN_MAX {
                self.shown.clear();
            }
            self.shown.insert(cli.number, may_be_shown(cli.number));
        }
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

    /// Notes that a machine answered at a number, whatever the outcome of the attempt.
    pub(crate) fn met_machine(&mut self, now: Timestamp, number: Number) {
        self.memory.met_machine(whole_microseconds(now), number);
    }

    /// For how long a number rests after a machine, by the campaign's rule and its law's.
    pub(crate) fn rest_after_machine(&self, campaign: &CampaignSettings) -> SignedDuration {
        let rests = campaign.rests_under(self.profile_of(campaign));
        SignedDuration::from_hours(rests.after_machine_h.into())
    }

    /// Notes what people say of a lead as of this version: a copy of it that says otherwise was
    /// read before, and may not be dialled. Tells whether this is the newest that it knows.
    pub fn correct(&mut self, now: Timestamp, lead: &Lead, version: u64) -> bool {
        let newest = self.corrections.note(whole_microseconds(now), lead, version);
        if newest {
            self.claims.correct(lead);
        }
        newest
    }

    /// Notes that a lead is deleted, as of the version after its last: no copy may be dialled.
    pub fn forget(&mut self, now: Timestamp, lead: LeadId, version: u64) {
        self.corrections.note_gone(whole_microseconds(now), lead, version);
    }

    /// Whether a copy of a lead was read before the lead was corrected.
    #[must_use]
    pub fn is_outdated(&self, lead: &Lead) -> bool {
        self.corrections.contradict(lead)
    }

    /// Forbids a number from this moment on; live attempts at any number of whoever has it are to
    /// be cancelled: who asks not to be called asks it for themselves.
    pub fn forbid(&mut self, scope: DncScope, number: Number) -> Vec<AttemptId> {
        self.dnc.extend(scope, [number]);
        let bound = |claim: &Claim| match scope {
            DncScope::Organisation => true,
            DncScope::Campaign(campaign) => campaign == claim.campaign,
        };
        let theirs = self.claims.of_person(number);
        theirs.filter(|(_, claim)| bound(claim)).map(|(attempt, _)| attempt).collect()
    }

    /// Puts a register in force; live attempts at its numbers are to be cancelled.
    pub fn enlist(&mut self, register: Register) -> Vec<AttemptId> {
        let live = self.claims.live.iter();
        let bound = live
            .filter(|(_, claim)| register.binds(claim.consent) && register.contains(claim.number));
        let bound = bound.map(|(attempt, _)| *attempt).collect();
        self.dnc.enlist(register);
        bound
    }

    /// Puts a legal profile in force, or a new version of it.
    pub fn set_profile(&mut self, profile: LegalProfile) {
        self.profiles.insert(profile.id, profile);
    }

    /// Forgets a profile; a campaign that still names it may not dial.
    pub fn remove_profile(&mut self, id: ProfileId) {
        self.profiles.remove(&id);
    }

    /// The profile that a campaign dials under.
    #[must_use]
    pub fn profile_of(&self, campaign: &CampaignSettings) -> Option<&LegalProfile> {
        self.profiles.get(&campaign.profile?)
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

    /// Tells what does not hold (FAULTS D2): a live attempt claims its lead and its number, and
    /// nothing else claims one.
    ///
    /// Looks at everything; for tests and simulators.
    pub fn check_invariants(&self) -> Result<(), String> {
        let Claims { live, leads, numbers, people } = &self.claims;
        let (calls, called, lines) = (live.len(), leads.len(), numbers.len());
        if called != calls || lines != calls {
            return Err(format!("{calls} claims, of {called} leads and {lines} numbers"));
        }
        let theirs: usize = live.values().map(|claim| claim.theirs.len()).sum();
        if theirs != people.len() {
            return Err(format!("{theirs} numbers of people, {} are known", people.len()));
        }
        let holds = |(attempt, claim): &(&AttemptId, &Claim)| {
            leads.get(&claim.lead) == Some(*attempt) && numbers.get(&claim.number) == Some(*attempt)
        };
        match live.iter().find(|entry| !holds(entry)) {
            Some((attempt, _)) => Err(format!("attempt {attempt} lost one of its claims")),
            None => Ok(()),
        }
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
    /// By every number of whoever is called.
    people: BTreeSet<(Number, AttemptId)>,
}

#[derive(Clone, Debug)]
struct Claim {
    lead: LeadId,
    number: Number,
    campaign: routing::CampaignId,
    consent: Option<ConsentKind>,
    at: Timestamp,
    /// Every number of theirs.
    theirs: BTreeSet<Number>,
}

impl Claims {
    fn insert(&mut self, findings: &Findings, consent: Option<ConsentKind>, person: &Lead) {
        let Findings { attempt, lead, number, campaign, at, .. } = *findings;
        let theirs: BTreeSet<_> = person.numbers_in_turn().collect();
        self.people.extend(theirs.iter().map(|number| (*number, attempt)));
        self.live.insert(attempt, Claim { lead, number, campaign, consent, at, theirs });
        self.leads.insert(lead, attempt);
        self.numbers.insert(number, attempt);
    }

    fn remove(&mut self, attempt: AttemptId) -> Option<Claim> {
        let claim = self.live.remove(&attempt)?;
        self.leads.remove(&claim.lead);
        self.numbers.remove(&claim.number);
        for number in &claim.theirs {
            self.people.remove(&(*number, attempt));
        }
        Some(claim)
    }

    /// The numbers of somebody who is called are others now; the one that is dialled stays theirs.
    fn correct(&mut self, person: &Lead) {
        let Some(attempt) = self.leads.get(&person.id) else { return };
        let Some(claim) = self.live.get_mut(attempt) else { return };
        for number in &claim.theirs {
            self.people.remove(&(*number, *attempt));
        }
        claim.theirs = person.numbers_in_turn().chain([claim.number]).collect();
        self.people.extend(claim.theirs.iter().map(|number| (*number, *attempt)));
    }

    /// The live attempts at somebody who has this number.
    fn of_person(&self, number: Number) -> impl Iterator<Item = (AttemptId, &Claim)> {
        let least = AttemptId::from(uuid::Uuid::nil());
        let greatest = AttemptId::from(uuid::Uuid::max());
        let theirs = self.people.range((number, least)..=(number, greatest));
        theirs.filter_map(|(_, attempt)| Some((*attempt, self.live.get(attempt)?)))
    }
}

/// Most attempts live at once in one switch.
pub const MAX_LIVE_CLAIMS: usize = 20_000;

/// Numbers to be shown that are remembered; beyond it all are looked up again.
const SHOWN_MAX: usize = 4_096;

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
    /// The campaign keeps to its legal profile.
    Profile,
    /// The number shown is one of ours, and no premium number.
    Cli,
    /// The lead is dialable, and this copy of it is the newest.
    Lead,
    /// Nobody else is dialling the lead or the number.
    Claim,
    /// The number is in no do-not-call set.
    Dnc,
    /// The person agreed to be called, as far as the campaign and its profile ask.
    Consent,
    /// The lead has attempts left.
    Attempts,
    /// The number has attempts left in these 24 h.
    #[serde(rename = "attempts_in_24h")]
    AttemptsIn24h,
    /// The number has attempts left between two midnights of theirs.
    AttemptsToday,
    /// The number has attempts left in these seven days.
    #[serde(rename = "attempts_in_7d")]
    AttemptsIn7d,
    /// The number has attempts left in this part of their day.
    PartOfDay,
    /// The number is not resting after an abandoned call or a machine.
    LockOut,
    /// It is a decent hour wherever they may be.
    Window,
    /// The lead's time has come.
    Due,
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
            Self::Profile => "profile",
            Self::Cli => "cli",
            Self::Lead => "lead",
            Self::Claim => "claim",
            Self::Dnc => "dnc",
            Self::Consent => "consent",
            Self::Attempts => "attempts",
            Self::AttemptsIn24h => "attempts_in_24h",
            Self::AttemptsToday => "attempts_today",
            Self::AttemptsIn7d => "attempts_in_7d",
            Self::PartOfDay => "part_of_day",
            Self::LockOut => "lock_out",
            Self::Window => "window",
            Self::Due => "due",
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
mod tests;
