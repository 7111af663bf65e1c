//! What becomes of a lead when an attempt has ended: again, when and at which number, or never.

use crate::campaigns::CampaignSettings;
use crate::leads::{Lead, LeadStatus};
use crate::outcomes::{Outcome, Retry};
use jiff::{SignedDuration, Timestamp};
use routing::Number;
use serde::{Deserialize, Serialize};

/// What becomes of a lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recycle {
    /// Where it stands now.
    pub status: LeadStatus,
    /// Not before this moment; none unless it is to be dialled again.
    pub next_due_at: Option<Timestamp>,
    /// The outcome that decided it.
    pub outcome: Outcome,
    /// The other number of the person whose turn it is; none where it stays the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<Number>,
}

impl Recycle {
    /// The lead is done with this outcome.
    #[must_use]
    pub const fn done(outcome: Outcome) -> Self {
        Self { status: LeadStatus::Done, next_due_at: None, outcome, number: None }
    }

    /// What becomes of the lead of somebody who asked not to be called again.
    #[must_use]
    pub const fn objected(outcome: Outcome) -> Self {
        Self { status: LeadStatus::DoNotCall, ..Self::done(outcome) }
    }

    /// The same, after a rest at the earliest.
    #[must_use]
    pub(super) fn not_before(self, now: Timestamp, rest: SignedDuration) -> Self {
        let rested = now.checked_add(rest).unwrap_or(Timestamp::MAX);
        let next_due_at = self.next_due_at.map(|due| due.max(rested));
        Self { next_due_at, ..self }
    }

    /// What becomes of the lead of somebody who is promised a call at this moment.
    #[must_use]
    pub const fn promised(outcome: Outcome, at: Timestamp) -> Self {
        Self { status: LeadStatus::Callback, next_due_at: Some(at), ..Self::done(outcome) }
    }
}

/// What becomes of a lead after `outcome`: whether nobody may call it more often, and the other
/// number of theirs whose turn it would be.
#[must_use]
pub(super) fn recycle(
    now: Timestamp,
    settings: &CampaignSettings,
    outcome: Outcome,
    exhausted: bool,
    other: Option<Number>,
) -> Recycle {
    let after = |delay_s: u32| {
        now.checked_add(SignedDuration::from_secs(delay_s.into())).unwrap_or(Timestamp::MAX)
    };
    let (status, next_due_at) = match (outcome, settings.retry_after(outcome)) {
        (Outcome::BadNumber, _) if other.is_none() => (LeadStatus::BadNumber, None),
        (Outcome::BadNumber, _) if exhausted => (LeadStatus::Exhausted, None),
        // Nobody was troubled: the next number need not wait.
        (Outcome::BadNumber, _) => (LeadStatus::Due, Some(now)),
        (_, Retry::Never) => (LeadStatus::Done, None),
        (_, Retry::AfterS(_)) if exhausted => (LeadStatus::Exhausted, None),
        (_, Retry::AfterS(delay_s)) => (LeadStatus::Due, Some(after(delay_s))),
    };
    let number = other.filter(|_| status == LeadStatus::Due);
    Recycle { status, next_due_at, outcome, number }
}

/// What becomes of a lead whose attempt a crash cut off, with that attempt counted already.
/// `anyone_at` is the moment from which everybody may keep what they are promised, where they are.
///
/// A lead that is in flight no longer is as somebody said while its attempt was live.
#[must_use]
pub fn recycle_interrupted(
    now: Timestamp,
    settings: &CampaignSettings,
    lead: &Lead,
    outcome: Outcome,
    anyone_at: Option<Timestamp>,
) -> Recycle {
    match (lead.status, anyone_at) {
        (LeadStatus::DoNotCall, _) => Recycle::objected(outcome),
        (_, Some(anyone_at)) => Recycle::promised(outcome, anyone_at.max(now)),
        (LeadStatus::New | LeadStatus::InFlight, None) => {
            let exhausted = lead.attempts >= settings.max_attempts.into();
            recycle(now, settings, outcome, exhausted, None)
        }
        (said, None) => {
            let next_due_at = lead.next_due_at;
            Recycle { status: said, next_due_at, ..Recycle::done(outcome) }
        }
    }
}

/// When somebody may be called again who was promised this call: as anybody after the same outcome,
/// but for how often they were called, and for what a campaign never tries again, because it asks
/// for nobody in particular.
pub(super) fn promised_again(
    now: Timestamp,
    settings: &CampaignSettings,
    outcome: Outcome,
) -> Option<Timestamp> {
    let usual = match settings.retry_after(outcome) {
        Retry::Never if !outcome.is_answered() => outcome.default_retry(),
        other => other,
    };
    let Retry::AfterS(delay_s) = usual else { return None };
    now.checked_add(SignedDuration::from_secs(delay_s.into())).ok()
}
