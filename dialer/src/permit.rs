//! Permits: the leave to dial one number once, and the evidence for it.
//!
//! A [`Permit`] is made by [`crate::Gate::check`] alone, is never copied, and is spent by the one
//! who sends the INVITE. What it says, [`Evidence`], is what an auditor reads: every check with
//! the facts it was decided on. Each record carries the SHA-256 of its canonical JSON, in which
//! stands the hash of the record before it, so none can be changed, dropped or slipped in unseen:
//!
//! ```text
//!  genesis ◀── previous ┌ evidence 0 ┐ hash ◀── previous ┌ evidence 1 ┐ hash ◀── … head
//! ```

mod audit;
mod canonical;
mod chain;

pub use audit::{Audit, AuditFault, Audited, Closing, FAULTS_MAX};
pub use chain::{Broken, ChainHead, Hash, verify_chain};

use crate::campaign::Decision;
use crate::consent::Consent;
use crate::ids::{AttemptId, LeadId, ListId};
use crate::window::WindowProfile;
use jiff::Timestamp;
use jiff::civil::DateTime;
use routing::{CampaignId, EffectiveCli, Number, TrunkId};
use serde::{Deserialize, Serialize};

/// Leave to dial one number once.
///
/// It cannot be made outside the gate:
/// ```compile_fail,E0451
/// fn forge(record: dialer::PermitRecord) -> dialer::Permit {
///     dialer::Permit { record }
/// }
/// ```
/// nor copied:
/// ```compile_fail,E0599
/// fn twice(permit: dialer::Permit) -> (dialer::Permit, dialer::Permit) {
///     (permit.clone(), permit)
/// }
/// ```
/// nor spent twice:
/// ```compile_fail,E0382
/// fn spend(_: dialer::Permit) {}
/// fn twice(permit: dialer::Permit) {
///     spend(permit);
///     spend(permit);
/// }
/// ```
/// nor read back from the evidence it leaves:
/// ```compile_fail,E0277
/// fn revive(json: &str) -> dialer::Permit {
///     serde_json::from_str(json).unwrap()
/// }
/// ```
#[derive(Debug)]
#[must_use = "a permit holds a claim on the lead and the number until the gate is told"]
pub struct Permit {
    record: PermitRecord,
}

impl Permit {
    /// Seals what the gate found; the head of the chain moves on to it.
    pub(crate) fn seal(findings: Findings, head: &mut ChainHead) -> Self {
        let evidence = Evidence { sequence: head.length, previous: head.hash, findings };
        let record = PermitRecord { hash: chain::hash_of(&evidence), evidence };
        *head = ChainHead { length: head.length + 1, hash: record.hash };
        Self { record }
    }

    /// The attempt it allows.
    #[must_use]
    pub const fn attempt(&self) -> AttemptId {
        self.record.evidence.findings.attempt
    }

    /// The lead to be dialled.
    #[must_use]
    pub const fn lead(&self) -> LeadId {
        self.record.evidence.findings.lead
    }

    /// The number to be dialled.
    #[must_use]
    pub const fn number(&self) -> Number {
        self.record.evidence.findings.number
    }

    /// The campaign it is dialled for.
    #[must_use]
    pub const fn campaign(&self) -> CampaignId {
        self.record.evidence.findings.campaign
    }

    /// The trunk it leaves by.
    #[must_use]
    pub const fn trunk(&self) -> TrunkId {
        self.record.evidence.findings.trunk
    }

    /// The number to be shown.
    #[must_use]
    pub const fn cli(&self) -> Number {
        self.record.evidence.findings.cli.number
    }

    /// When it was given, in whole microseconds.
    #[must_use]
    pub const fn at(&self) -> Timestamp {
        self.record.evidence.findings.at
    }

    /// Every check with its facts.
    #[must_use]
    pub const fn evidence(&self) -> &Evidence {
        &self.record.evidence
    }

    /// What the journal must hold durably before the INVITE leaves.
    #[must_use]
    pub const fn record(&self) -> &PermitRecord {
        &self.record
    }
}

/// A permit's evidence as the journal keeps it. Reading one back gives no leave to dial.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PermitRecord {
    /// What was checked.
    pub evidence: Evidence,
    /// SHA-256 over the canonical JSON of `evidence`.
    pub hash: Hash,
}

/// What was checked, and its place in the chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// Its place in the chain, from 0.
    pub sequence: u64,
    /// The hash of the record before it; [`Hash::GENESIS`] before the first.
    pub previous: Hash,
    /// The checks.
    #[serde(flatten)]
    pub findings: Findings,
}

/// Every check with the facts it was decided on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Findings {
    /// The attempt it allows.
    pub attempt: AttemptId,
    /// Who is dialled.
    pub lead: LeadId,
    /// The list they came with.
    pub list: ListId,
    /// For which campaign.
    pub campaign: CampaignId,
    /// Which number.
    pub number: Number,
    /// By which trunk.
    pub trunk: TrunkId,
    /// When, in whole microseconds.
    pub at: Timestamp,
    /// The number shown, which is one of ours, and whose choice it was (R154).
    pub cli: EffectiveCli,
    /// The legal profile that the campaign kept to, by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// How long it rings before it is given up, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ring_timeout_s: Option<u16>,
    /// The hours.
    pub window: WindowFinding,
    /// The do-not-call sets.
    pub dnc: DncFinding,
    /// The consent that held, where one was known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<Consent>,
    /// The attempts before this one.
    pub attempts: AttemptsFinding,
    /// The rests after earlier outcomes.
    pub lock_out: LockOutFinding,
    /// Why it was dialled now.
    pub pacing: Decision,
}

/// The hours: the moment is inside the window of every zone named.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WindowFinding {
    /// The rule.
    pub profile: WindowProfile,
    /// The region whose hours applied.
    pub region: Option<String>,
    /// The region of the person's address, whose hours applied as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// What clocks showed in every zone they may be in.
    pub local_times: Vec<LocalTime>,
}

/// What a clock on the wall showed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LocalTime {
    /// IANA name.
    pub zone: String,
    /// Date and time there.
    pub local: DateTime,
}

/// The do-not-call sets that the number is not in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DncFinding {
    /// Their version.
    pub version: u64,
    /// How many entries they had.
    pub entries: u64,
}

/// The attempts before this one, each below its cap.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttemptsFinding {
    /// Counted attempts at the lead.
    pub total: u32,
    /// Its cap.
    pub total_cap: u16,
    /// Counted attempts at this person in the last 24 h.
    pub in_24h: u32,
    /// Its cap.
    pub in_24h_cap: u16,
    /// Counted attempts at this person since its last midnight, where the law caps them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub today: Option<CapFinding>,
    /// Counted attempts at this person in seven days, where the law caps them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_7d: Option<CapFinding>,
}

/// How many attempts there were, below how many there may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CapFinding {
    /// Made.
    pub made: u32,
    /// The cap.
    pub cap: u16,
}

/// The rests that are over, or never began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LockOutFinding {
    /// When somebody at the number last met no agent.
    pub abandoned_at: Option<Timestamp>,
    /// When a machine was last heard there.
    pub machine_at: Option<Timestamp>,
}
