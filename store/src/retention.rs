//! For how long the audio of conversations and of callers' messages is kept: rules at rest.
//!
//! A campaign with a rule of its own keeps to that; all other calls keep to the organisation's.
//! Without either nothing is removed. `sweep` does what the rules say.

use jiff::{SignedDuration, Timestamp};
use routing::{CampaignId, Invalid};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::documents::{Document, Documents, Value};
use crate::links::{Link, Target};

/// For how long a campaign's audio, or everybody else's, is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetentionRule {
    /// Its identity.
    pub id: Uuid,
    /// Whose calls; none is the organisation's rule for those without one of their own.
    #[serde(default)]
    pub campaign: Option<CampaignId>,
    /// Days that recordings are kept, 1 to 36,500; none keeps them for good.
    #[serde(default)]
    pub recordings_days: Option<u16>,
    /// Days that messages of callers are kept, 1 to 36,500; none keeps them for good.
    #[serde(default)]
    pub messages_days: Option<u16>,
}

/// The repository of the rules.
pub type RetentionRules = Documents<RetentionRule>;

impl RetentionRule {
    /// Every field that is out of its range.
    #[must_use]
    pub fn faults(&self) -> Vec<Invalid> {
        let days =
            [("recordings_days", self.recordings_days), ("messages_days", self.messages_days)];
        let out = days
            .into_iter()
            .filter(|(_, days)| days.is_some_and(|days| !(1..=DAYS_MAX).contains(&days)));
        out.map(|(field, _)| Invalid::new(field, format!("1 to {DAYS_MAX} days"))).collect()
    }
}

/// A hundred years: whoever wants more says nothing.
pub const DAYS_MAX: u16 = 36_500;

impl Document for RetentionRule {
    type Id = Uuid;
    const TABLE: &'static str = "retention_rule";
    const UNIQUE: &'static [&'static str] = &["campaign"];

    fn id(&self) -> Uuid {
        self.id
    }

    fn unique(&self) -> Vec<Value> {
        let target = self.campaign.map_or("organisation".to_owned(), |id| id.to_string());
        vec![Value::Text(Some(target))]
    }

    fn search(&self) -> String {
        String::new()
    }

    fn links(&self) -> Vec<Link> {
        let campaign = self.campaign.map(|id| Link::new("campaign", Target::Campaign(id)));
        campaign.into_iter().collect()
    }

    fn target(&self) -> Option<Target> {
        None
    }
}

/// Before which moment audio has outlived its rule, by campaign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cutoffs {
    pub(crate) campaigns: Vec<(CampaignId, i64)>,
    /// Of calls whose campaign has no rule, and of those without one.
    pub(crate) others: i64,
}

impl Cutoffs {
    /// Of the rules in force, by what `days` reads from each.
    pub(crate) fn of(
        rules: &[RetentionRule],
        days: impl Fn(&RetentionRule) -> Option<u16>,
        now: Timestamp,
    ) -> Self {
        let cutoff = |rule: &RetentionRule| {
            let kept = days(rule).map(|days| SignedDuration::from_hours(24 * i64::from(days)));
            let ends = kept.and_then(|kept| now.checked_sub(kept).ok());
            ends.map_or(KEPT_FOR_GOOD, Timestamp::as_microsecond)
        };
        let campaigns = rules.iter().filter_map(|rule| Some((rule.campaign?, cutoff(rule))));
        let others = rules.iter().find(|rule| rule.campaign.is_none());
        Self { campaigns: campaigns.collect(), others: others.map_or(KEPT_FOR_GOOD, cutoff) }
    }

    /// The latest of them: what is younger is in no danger.
    pub(crate) fn latest(&self) -> i64 {
        self.campaigns.iter().map(|(_, cutoff)| *cutoff).fold(self.others, i64::max)
    }
}

/// Nothing of ours is from before 1970.
const KEPT_FOR_GOOD: i64 = 0;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{id, start};

    fn rule(campaign: Option<u128>, recordings: Option<u16>) -> RetentionRule {
        let campaign = campaign.map(id);
        RetentionRule { id: id(1), campaign, recordings_days: recordings, messages_days: None }
    }

    #[test]
    fn a_campaign_keeps_to_its_own_rule_also_where_that_keeps_for_good() {
        let rules = [rule(None, Some(30)), rule(Some(2), Some(90)), rule(Some(3), None)];
        let cutoffs = Cutoffs::of(&rules, |rule| rule.recordings_days, start());
        let before = |days: i64| {
            let kept = SignedDuration::from_hours(24 * days);
            start().checked_sub(kept).unwrap().as_microsecond()
        };
        assert_eq!(cutoffs.others, before(30));
        assert_eq!(cutoffs.campaigns, [(id(2), before(90)), (id(3), 0)]);
        assert_eq!(cutoffs.latest(), before(30));
        assert_eq!(Cutoffs::of(&rules, |rule| rule.messages_days, start()).latest(), 0);
    }

    #[test]
    fn days_are_a_number_of_days_or_nothing() {
        assert_eq!(rule(None, None).faults(), []);
        assert_eq!(rule(None, Some(0)).faults().len(), 1);
        let faults = rule(None, Some(36_501)).faults();
        assert_eq!(faults[0].to_string(), "recordings_days: 1 to 36500 days");
    }
}
