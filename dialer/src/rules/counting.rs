//! How a campaign's abandoned calls are judged, and which calls may be given up, under its law.
//!
//! A campaign has a limit of its own, and its legal profile another, with a formula and a period of
//! its own. Both must hold: the smaller limit is the cap, and it is held over both periods by both
//! formulas.

use std::time::Duration;

use super::LegalProfile;
use crate::abandon::{AbandonPolicy, Formula};
use crate::campaigns::CampaignSettings;
use serde::{Deserialize, Serialize};

/// What holds for a campaign's abandoned and unanswered calls, its own rules and its law's.
#[derive(Clone, Debug, PartialEq)]
pub struct Counting {
    /// By which its calls are counted; the last is its law's, or its own where there is no law.
    policies: Vec<AbandonPolicy>,
    /// The name of its law; none where there is none.
    law: Option<String>,
    /// The most that may be abandoned, in tenths of a percent.
    pub cap_permille: u16,
    /// Who set that.
    pub cap_by: CapBy,
    /// After how long a call that rings may be given up for want of an agent; none: never.
    pub give_up_after: Option<Duration>,
    /// After how long one may be given up because agents have left or its campaign is stopped;
    /// none: never.
    pub cut_after: Option<Duration>,
}

impl Counting {
    /// Under a law, or under none.
    #[must_use]
    pub fn under(campaign: &CampaignSettings, law: Option<&LegalProfile>) -> Self {
        let own = &campaign.abandon;
        let lawful = law.map(|law| lawful(&law.abandon, own)).filter(|lawful| lawful != own);
        let policies: Vec<_> = std::iter::once(own.clone()).chain(lawful).collect();
        let limit = policies.iter().map(|policy| policy.limit_permille).min();
        let limit = limit.unwrap_or(own.limit_permille);
        let cap_by = match campaign.pacing.target_permille {
            Some(aim) if aim < limit => CapBy::Target,
            _ if limit < own.limit_permille => CapBy::Law,
            _ => CapBy::Campaign,
        };
        Self {
            cap_permille: campaign.pacing.target_permille.map_or(limit, |aim| aim.min(limit)),
            cap_by,
            law: law.map(|law| law.name.clone()),
            policies,
            give_up_after: give_up_after(campaign, law),
            cut_after: cut_after(law),
        }
    }

    /// Each way its calls are counted, all of which must hold.
    #[must_use]
    pub fn policies(&self) -> &[AbandonPolicy] {
        &self.policies
    }

    /// The name of its law and the law's way of counting; none where there is no law.
    #[must_use]
    pub fn law(&self) -> Option<(&str, &AbandonPolicy)> {
        Some((self.law.as_deref()?, self.regulator()?))
    }

    /// The way that a regulator would count: its law's, or its own where there is none.
    #[must_use]
    pub fn regulator(&self) -> Option<&AbandonPolicy> {
        self.policies.last()
    }

    /// The most that may be abandoned, 0..1.
    #[must_use]
    pub fn cap(&self) -> f64 {
        f64::from(self.cap_permille) / 1_000.0
    }
}

/// Who says how many may be abandoned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CapBy {
    /// The target that the campaign's pacing aims at.
    Target,
    /// The campaign's own limit.
    Campaign,
    /// Its law's.
    Law,
}

/// The law's way, with what only the organisation's own audit can know.
fn lawful(law: &AbandonPolicy, own: &AbandonPolicy) -> AbandonPolicy {
    let formula = match (law.formula, own.formula) {
        (Formula::Uk { amd_false_positives: None }, known @ Formula::Uk { .. }) => known,
        (formula, _) => formula,
    };
    AbandonPolicy { formula, ..law.clone() }
}

/// RULES US-3 and DE: not before a telephone has rung for as long as the law asks, and not at all
/// where it forbids to ring people and drop them.
fn cut_after(law: Option<&LegalProfile>) -> Option<Duration> {
    let Some(law) = law else { return Some(Duration::ZERO) };
    law.cancel_ringing.then(|| Duration::from_secs(law.ring_min_s.into()))
}

fn give_up_after(campaign: &CampaignSettings, law: Option<&LegalProfile>) -> Option<Duration> {
    let own = Duration::from_secs(campaign.pacing.give_up_after_s?.into());
    Some(own.max(cut_after(law)?))
}

#[cfg(test)]
mod tests {
    use routing::CampaignId;
    use uuid::Uuid;

    use super::*;
    use crate::abandon::Period;
    use crate::rules::shipped;

    fn campaign() -> CampaignSettings {
        CampaignSettings::new(CampaignId::from(Uuid::nil()), "Spring offer")
    }

    fn law(name: &str) -> LegalProfile {
        let mut all = shipped();
        all.remove(all.iter().position(|law| law.name == name).unwrap())
    }

    #[test]
    fn without_a_law_its_own_way_counts() {
        let counting = Counting::under(&campaign(), None);
        assert_eq!(counting.policies(), [AbandonPolicy::us()]);
        assert_eq!((counting.cap_permille, counting.give_up_after), (30, None));
        assert_eq!((counting.cap_by, counting.law()), (CapBy::Campaign, None));
    }

    /// RULES UK: two in a hundred over a day, whatever the campaign allows itself over thirty.
    #[test]
    fn the_smaller_limit_holds_by_both_ways() {
        let law = law("United Kingdom");
        let mut own = campaign();
        let counting = Counting::under(&own, Some(&law));
        assert_eq!(counting.policies(), [AbandonPolicy::us(), AbandonPolicy::uk()]);
        assert_eq!((counting.cap_permille, counting.cap_by), (20, CapBy::Law));
        assert_eq!(counting.law(), Some(("United Kingdom", &AbandonPolicy::uk())));
        assert_eq!(counting.regulator().map(|policy| policy.over), Some(Period::Hours24));
        let cap = |own: &CampaignSettings| {
            let counting = Counting::under(own, Some(&law));
            (counting.cap_permille, counting.cap_by)
        };
        own.abandon.limit_permille = 15;
        assert_eq!(cap(&own), (15, CapBy::Campaign));
        own.pacing.target_permille = Some(5);
        assert_eq!(cap(&own), (5, CapBy::Target));
        own.pacing.target_permille = Some(900);
        assert_eq!(cap(&own), (15, CapBy::Campaign));
    }

    #[test]
    fn what_the_organisations_audit_found_is_charged_by_the_laws_formula() {
        let mut own = campaign();
        own.abandon.formula = Formula::Uk { amd_false_positives: Some(40) };
        let counting = Counting::under(&own, Some(&law("United Kingdom")));
        let charged = counting.regulator().map(|policy| policy.formula);
        assert_eq!(charged, Some(Formula::Uk { amd_false_positives: Some(40) }));
    }

    /// RULES DE: nobody is rung and dropped; US-3: not within fifteen seconds.
    #[test]
    fn a_law_may_forbid_to_give_up_who_rings_or_ask_for_patience() {
        let mut own = campaign();
        own.pacing.give_up_after_s = Some(15);
        assert_eq!(Counting::under(&own, Some(&law("Germany"))).give_up_after, None);
        let patient = LegalProfile { ring_min_s: 20, ..law("United States") };
        let after = Counting::under(&own, Some(&patient)).give_up_after;
        assert_eq!(after, Some(Duration::from_secs(20)));
        assert_eq!(Counting::under(&own, None).give_up_after, Some(Duration::from_secs(15)));
    }
}
