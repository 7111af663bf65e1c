//! What people corrected lately: their consent, number, zone or region; and what they deleted.
//!
//! Copies of a lead that the switch holds are corrected or thrown away. One that was being read at
//! that moment is not there yet: it comes afterwards, and says what is true no longer. So what was
//! corrected is remembered for longer than any question to the store takes. Bounded to
//! [`MAX_CORRECTIONS`], which nobody makes within one such question: the oldest is forgotten first.

use crate::consent::Consent;
use crate::ids::LeadId;
use crate::leads::Lead;
use jiff::{SignedDuration, Timestamp};
use routing::Number;
use std::collections::{BTreeMap, BTreeSet};

/// The newest that is known of corrected leads.
#[derive(Debug, Default)]
pub(super) struct Corrections {
    by_lead: BTreeMap<LeadId, Correction>,
    by_time: BTreeSet<(Timestamp, LeadId)>,
}

/// What is known of a lead from a version on.
#[derive(Debug)]
struct Correction {
    at: Timestamp,
    version: u64,
    /// None where it is deleted.
    lead: Option<Corrected>,
}

/// What the checks read of a lead, and no attempt changes.
#[derive(Debug)]
struct Corrected {
    numbers: Vec<Number>,
    zone: Option<String>,
    region: Option<String>,
    consent: Option<Consent>,
}

impl Corrections {
    /// Notes a lead as it is from this version on; false where a later version is known.
    pub(super) fn note(&mut self, now: Timestamp, lead: &Lead, version: u64) -> bool {
        let numbers = lead.numbers_in_turn().collect();
        let (zone, region, consent) =
            (lead.zone.clone(), lead.region.clone(), lead.consent.clone());
        let corrected = Corrected { numbers, zone, region, consent };
        self.remember(lead.id, Correction { at: now, version, lead: Some(corrected) })
    }

    /// Notes that a lead is deleted as of this version.
    pub(super) fn note_gone(&mut self, now: Timestamp, lead: LeadId, version: u64) {
        self.remember(lead, Correction { at: now, version, lead: None });
    }

    fn remember(&mut self, lead: LeadId, correction: Correction) -> bool {
        let at = correction.at;
        self.forget_before(at);
        if let Some(known) = self.by_lead.get(&lead) {
            if known.version > correction.version {
                return false;
            }
            self.by_time.remove(&(known.at, lead));
        }
        self.by_lead.insert(lead, correction);
        self.by_time.insert((at, lead));
        true
    }

    /// Whether a copy of a lead says otherwise than what is known of it.
    pub(super) fn contradict(&self, lead: &Lead) -> bool {
        let Some(known) = self.by_lead.get(&lead.id) else { return false };
        known.lead.as_ref().is_none_or(|known| {
            !known.numbers.contains(&lead.number)
                || known.zone != lead.zone
                || known.region != lead.region
                || known.consent != lead.consent
        })
    }

    fn forget_before(&mut self, now: Timestamp) {
        let horizon = now.saturating_sub(KEPT_FOR).unwrap_or(Timestamp::MIN);
        while let Some((at, lead)) = self.by_time.first().copied()
            && (at <= horizon || self.by_time.len() >= MAX_CORRECTIONS)
        {
            self.by_time.pop_first();
            self.by_lead.remove(&lead);
        }
    }
}

/// Longer than a lead lies in stock, and much longer than a question to the store takes.
const KEPT_FOR: SignedDuration = SignedDuration::from_hours(1);

/// Most corrections remembered.
const MAX_CORRECTIONS: usize = 1 << 16;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{at, lead};

    #[test]
    fn no_copy_of_a_deleted_lead_says_what_is_true() {
        let mut corrections = Corrections::default();
        let begun = at("2026-07-01T12:00:00Z");
        corrections.note_gone(begun, lead(1).id, 3);
        assert!(corrections.contradict(&lead(1)) && !corrections.contradict(&lead(2)));
        assert!(!corrections.note(begun, &lead(1), 2), "a correction that comes late");
        assert!(corrections.contradict(&lead(1)));
    }

    #[test]
    fn a_copy_that_says_otherwise_is_outdated_until_nobody_can_hold_one() {
        let mut corrections = Corrections::default();
        let begun = at("2026-07-01T12:00:00Z");
        let newer = Lead { region: Some("GB".to_owned()), ..lead(1) };
        assert!(corrections.note(begun, &newer, 2));
        assert!(corrections.contradict(&lead(1)) && !corrections.contradict(&newer));
        assert!(!corrections.contradict(&lead(2)));
        let elsewhere = Lead { number: lead(2).number, ..newer.clone() };
        assert!(corrections.contradict(&elsewhere));
        corrections.note(begun + KEPT_FOR, &lead(2), 2);
        assert!(!corrections.contradict(&lead(1)));
        assert_eq!((corrections.by_lead.len(), corrections.by_time.len()), (1, 1));
    }

    /// Two requests may be told in another order than they were stored.
    #[test]
    fn an_older_version_changes_nothing() {
        let mut corrections = Corrections::default();
        let newer = Lead { zone: Some("Europe/London".to_owned()), ..lead(1) };
        assert!(corrections.note(at("2026-07-01T12:00:00Z"), &newer, 3));
        assert!(!corrections.note(at("2026-07-01T12:00:01Z"), &lead(1), 2));
        assert!(!corrections.contradict(&newer));
        assert!(corrections.note(at("2026-07-01T12:00:02Z"), &lead(1), 4));
        assert!(corrections.contradict(&newer));
        assert_eq!((corrections.by_lead.len(), corrections.by_time.len()), (1, 1));
    }

    #[test]
    fn the_oldest_of_too_many_is_forgotten() {
        let mut corrections = Corrections::default();
        let begun = at("2026-07-01T12:00:00Z");
        let newer = |n: u128| Lead { id: uuid::Uuid::from_u128(n).into(), ..lead(2) };
        for n in 0..=u128::try_from(MAX_CORRECTIONS).unwrap() {
            let now = begun + SignedDuration::from_micros(i64::try_from(n).unwrap());
            corrections.note(now, &newer(n), 2);
        }
        assert_eq!(corrections.by_lead.len(), MAX_CORRECTIONS);
        assert_eq!(corrections.by_time.len(), MAX_CORRECTIONS);
        let older = |n| Lead { number: lead(1).number, ..newer(n) };
        assert!(!corrections.contradict(&older(0)) && corrections.contradict(&older(1)));
    }
}
