//! What a campaign really dials by: its own settings, its legal profile's, the organisation's, and
//! what holds where nobody said anything.
//!
//! Of two rules the stricter counts (see the parent module). Each figure says whose it is, so that
//! nobody has to look for the page on which it was set.

use super::{ConsentRule, Counting, LegalProfile};
use crate::campaigns::{CampaignSettings, LockOut};
use crate::outcomes::{Outcome, Retry};
use routing::Number;
use serde::Serialize;

/// One setting as it counts.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Effective {
    /// Its path in the campaign, such as `pacing.target_permille`; what a profile alone can set
    /// begins with `caps.`.
    pub setting: String,
    /// What counts.
    pub value: Value,
    /// Who says so.
    pub from: Origin,
}

/// What counts.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Value {
    /// A figure, in the unit of its setting.
    Figure(u32),
    /// A number of a telephone.
    Number(Number),
    /// A consent.
    Consent(ConsentRule),
    /// When to try again.
    Retry(Retry),
    /// Nothing: there is no such bound, or no such number.
    Nothing,
}

/// Who set it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The campaign.
    Campaign,
    /// Its legal profile.
    Profile,
    /// The organisation.
    Organisation,
    /// Nobody: it is how Cordboard comes.
    Default,
}

impl CampaignSettings {
    /// The longer of the campaign's rests and its law's.
    #[must_use]
    pub fn rests_under(&self, law: Option<&LegalProfile>) -> LockOut {
        let own = self.lock_out;
        let law = law.map_or(own, |law| law.lock_out);
        LockOut {
            after_abandoned_h: own.after_abandoned_h.max(law.after_abandoned_h),
            after_machine_h: own.after_machine_h.max(law.after_machine_h),
        }
    }

    /// The stronger of the campaign's consent and its law's.
    #[must_use]
    pub fn consent_under(&self, law: Option<&LegalProfile>) -> ConsentRule {
        self.consent.max(law.map_or(ConsentRule::None, |law| law.consent))
    }

    /// Everything that counts when it dials under `law`, for an organisation that shows
    /// `house_cli`; in the order in which a call meets it.
    #[must_use]
    pub fn effective(
        &self,
        law: Option<&LegalProfile>,
        house_cli: Option<Number>,
    ) -> Vec<Effective> {
        let usual = Self::new(self.id, "");
        let mut all = vec![self.effective_cli(house_cli)];
        all.extend(self.asked(law, &usual));
        all.extend(self.attempts(law, &usual));
        all.extend(self.ringing(law, &usual));
        all.push(self.abandoned(law, &usual));
        all.extend(Outcome::ALL.map(|outcome| self.retried(outcome)));
        all
    }

    fn effective_cli(&self, house: Option<Number>) -> Effective {
        let (value, from) = match (self.cli, house) {
            (Some(own), _) => (Value::Number(own), Origin::Campaign),
            (None, Some(house)) => (Value::Number(house), Origin::Organisation),
            (None, None) => (Value::Nothing, Origin::Default),
        };
        Effective { setting: "cli".to_owned(), value, from }
    }

    fn asked(&self, law: Option<&LegalProfile>, usual: &Self) -> [Effective; 3] {
        let (consent, rests) = (self.consent_under(law), self.rests_under(law));
        let hours = |setting, counts: u16, own: u16, usual: u16| {
            figure(setting, counts.into(), whose(counts == own, own == usual))
        };
        let (own, comes) = (self.lock_out, usual.lock_out);
        [
            Effective {
                setting: "consent".to_owned(),
                value: Value::Consent(consent),
                from: whose(consent == self.consent, self.consent == usual.consent),
            },
            hours(
                "lock_out.after_abandoned_h",
                rests.after_abandoned_h,
                own.after_abandoned_h,
                comes.after_abandoned_h,
            ),
            hours(
                "lock_out.after_machine_h",
                rests.after_machine_h,
                own.after_machine_h,
                comes.after_machine_h,
            ),
        ]
    }

    fn attempts(&self, law: Option<&LegalProfile>, usual: &Self) -> [Effective; 4] {
        let caps = law.map(|law| law.caps).unwrap_or_default();
        let own = self.max_attempts_24h;
        let in_24h = caps.in_24h.map_or(own, |cap| cap.min(own));
        let cap = |setting: &str, cap: Option<u16>| match cap {
            Some(cap) => figure(setting, cap.into(), Origin::Profile),
            None => Effective {
                setting: setting.to_owned(),
                value: Value::Nothing,
                from: Origin::Default,
            },
        };
        let for_lead = whose(true, self.max_attempts == usual.max_attempts);
        [
            figure("max_attempts", self.max_attempts.into(), for_lead),
            figure(
                "max_attempts_24h",
                in_24h.into(),
                whose(in_24h == own, own == usual.max_attempts_24h),
            ),
            cap("caps.in_day", caps.in_day),
            cap("caps.in_7d", caps.in_7d),
        ]
    }

    /// A campaign that is looser here than its law is refused every dial, so its own counts.
    fn ringing(&self, law: Option<&LegalProfile>, usual: &Self) -> [Effective; 4] {
        let rings = whose(true, self.ring_timeout_s == usual.ring_timeout_s);
        let waits = whose(true, self.connect_within_ms == usual.connect_within_ms);
        let counts = Counting::under(self, law).give_up_after;
        let counts = counts.and_then(|after| u32::try_from(after.as_secs()).ok());
        let own = self.pacing.give_up_after_s.map(u32::from);
        let from = whose(counts == own, own.is_none());
        let gives_up = counts.map_or(Value::Nothing, Value::Figure);
        let wraps_up = whose(true, self.wrap_up_s == usual.wrap_up_s);
        [
            figure("ring_timeout_s", self.ring_timeout_s.into(), rings),
            figure("connect_within_ms", self.connect_within_ms, waits),
            Effective { setting: "pacing.give_up_after_s".to_owned(), value: gives_up, from },
            figure("wrap_up_s", self.wrap_up_s.into(), wraps_up),
        ]
    }

    /// How many may be abandoned: what is aimed at, or the smaller of both limits.
    fn abandoned(&self, law: Option<&LegalProfile>, usual: &Self) -> Effective {
        let counts = Counting::under(self, law).cap_permille;
        let own = Counting::under(self, None).cap_permille;
        let comes = self.pacing.target_permille.is_none() && self.abandon == usual.abandon;
        figure("pacing.target_permille", counts.into(), whose(counts == own, comes))
    }

    fn retried(&self, outcome: Outcome) -> Effective {
        Effective {
            setting: format!("retry.{outcome}"),
            value: Value::Retry(self.retry_after(outcome)),
            from: whose(true, !self.retry.contains_key(&outcome)),
        }
    }
}

/// The campaign's own counts, or the law's; and its own may be what everybody's is.
const fn whose(own_counts: bool, as_it_comes: bool) -> Origin {
    match (own_counts, as_it_comes) {
        (false, _) => Origin::Profile,
        (true, true) => Origin::Default,
        (true, false) => Origin::Campaign,
    }
}

fn figure(setting: &str, value: u32, from: Origin) -> Effective {
    Effective { setting: setting.to_owned(), value: Value::Figure(value), from }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::settings;
    use crate::rules::{NumberCaps, shipped};
    use serde_json::{Value as Json, json};

    fn found(all: &[Effective], setting: &str) -> (Json, Origin) {
        let one = all.iter().find(|one| one.setting == setting).unwrap();
        (serde_json::to_value(one.value).unwrap(), one.from)
    }

    fn as_it_comes() -> CampaignSettings {
        CampaignSettings::new(settings().id, "as it comes")
    }

    #[test]
    fn what_nobody_set_is_how_cordboard_comes() {
        let all = as_it_comes().effective(None, None);
        assert_eq!(all.iter().filter(|one| one.from != Origin::Default).count(), 0, "{all:?}");
        assert_eq!(found(&all, "cli"), (Json::Null, Origin::Default));
        assert_eq!(found(&all, "retry.busy"), (json!({ "after_s": 900 }), Origin::Default));
        assert_eq!(found(&all, "retry.connected"), (json!("never"), Origin::Default));
        assert_eq!(found(&all, "caps.in_7d"), (Json::Null, Origin::Default));
    }

    #[test]
    fn what_the_campaign_sets_is_its_own() {
        let mut campaign = as_it_comes();
        campaign.ring_timeout_s = 40;
        campaign.retry = [(Outcome::Busy, Retry::Never)].into();
        campaign.pacing.target_permille = Some(10);
        campaign.pacing.give_up_after_s = Some(20);
        let all = campaign.effective(None, None);
        assert_eq!(found(&all, "ring_timeout_s"), (json!(40), Origin::Campaign));
        assert_eq!(found(&all, "retry.busy"), (json!("never"), Origin::Campaign));
        assert_eq!(found(&all, "pacing.target_permille"), (json!(10), Origin::Campaign));
        assert_eq!(found(&all, "pacing.give_up_after_s"), (json!(20), Origin::Campaign));
    }

    /// RULES: the stricter counts, and says whose it is.
    #[test]
    fn of_two_rules_the_stricter_counts() {
        let mut campaign = as_it_comes();
        let mut law = shipped().swap_remove(0);
        campaign.max_attempts_24h = 5;
        campaign.lock_out = LockOut { after_abandoned_h: 100, after_machine_h: 1 };
        campaign.pacing.give_up_after_s = Some(20);
        law.caps = NumberCaps { in_24h: Some(3), in_day: None, in_7d: Some(7) };
        law.lock_out = LockOut { after_abandoned_h: 72, after_machine_h: 72 };
        law.consent = ConsentRule::Written;
        law.cancel_ringing = false;
        let all = campaign.effective(Some(&law), None);
        assert_eq!(found(&all, "max_attempts_24h"), (json!(3), Origin::Profile));
        assert_eq!(found(&all, "caps.in_7d"), (json!(7), Origin::Profile));
        assert_eq!(found(&all, "lock_out.after_abandoned_h"), (json!(100), Origin::Campaign));
        assert_eq!(found(&all, "lock_out.after_machine_h"), (json!(72), Origin::Profile));
        assert_eq!(found(&all, "consent"), (json!("written"), Origin::Profile));
        assert_eq!(found(&all, "pacing.give_up_after_s"), (Json::Null, Origin::Profile));
    }

    #[test]
    fn the_campaigns_number_goes_before_the_houses() {
        let mut campaign = as_it_comes();
        let house: Number = "+12025550100".parse().unwrap();
        let of = |campaign: &CampaignSettings| found(&campaign.effective(None, Some(house)), "cli");
        assert_eq!(of(&campaign), (json!("+12025550100"), Origin::Organisation));
        campaign.cli = Some("+12025550101".parse().unwrap());
        assert_eq!(of(&campaign), (json!("+12025550101"), Origin::Campaign));
    }

    /// Every setting is there once, and each outcome has its retry.
    #[test]
    fn every_setting_is_told_once() {
        let all = as_it_comes().effective(None, None);
        let mut names: Vec<_> = all.iter().map(|one| &one.setting).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all.len());
        let retries = names.iter().filter(|name| name.starts_with("retry.")).count();
        assert_eq!(retries, Outcome::ALL.len());
    }
}
