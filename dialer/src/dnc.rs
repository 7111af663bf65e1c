//! Do-not-call sets: numbers that nobody may dial, for the organisation or for one campaign.
//!
//! A number is one integer, so a million of them cost about a dozen megabytes. Every change raises
//! the version, and a permit records the version it was checked against.

use routing::{CampaignId, Number};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Every do-not-call set of an organisation.
#[derive(Clone, Debug, Default)]
pub struct Dnc {
    version: u64,
    organisation: BTreeSet<Number>,
    campaigns: BTreeMap<CampaignId, BTreeSet<Number>>,
}

/// Whom a do-not-call entry binds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "scope", content = "campaign", rename_all = "snake_case")]
pub enum DncScope {
    /// Every campaign.
    Organisation,
    /// One campaign.
    Campaign(CampaignId),
}

impl Dnc {
    /// Empty sets that continue from the version a restart found.
    #[must_use]
    pub fn at_version(version: u64) -> Self {
        Self { version, ..Self::default() }
    }

    /// Rises with every change.
    #[must_use]
    pub const fn version(&self) -> u64 {
        self.version
    }

    /// How many entries there are in all sets.
    #[must_use]
    pub fn len(&self) -> usize {
        self.organisation.len() + self.campaigns.values().map(BTreeSet::len).sum::<usize>()
    }

    /// Whether nobody objects to anything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds numbers in one version, which rises when any of them was not there.
    pub fn extend(&mut self, scope: DncScope, numbers: impl IntoIterator<Item = Number>) {
        let set = match scope {
            DncScope::Organisation => &mut self.organisation,
            DncScope::Campaign(id) => self.campaigns.entry(id).or_default(),
        };
        let before = set.len();
        set.extend(numbers);
        let grown = set.len() > before;
        self.version += u64::from(grown);
    }

    /// Takes a number off; the version rises when it was there.
    pub fn remove(&mut self, scope: DncScope, number: Number) {
        let removed = match scope {
            DncScope::Organisation => self.organisation.remove(&number),
            DncScope::Campaign(id) => {
                self.campaigns.get_mut(&id).is_some_and(|set| set.remove(&number))
            }
        };
        self.version += u64::from(removed);
    }

    /// The widest set that forbids this campaign to dial this number.
    #[must_use]
    pub fn forbids(&self, campaign: CampaignId, number: Number) -> Option<DncScope> {
        if self.organisation.contains(&number) {
            return Some(DncScope::Organisation);
        }
        let listed = self.campaigns.get(&campaign).is_some_and(|set| set.contains(&number));
        listed.then_some(DncScope::Campaign(campaign))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::fiction;
    use uuid::Uuid;

    fn campaign(n: u128) -> CampaignId {
        CampaignId::from(Uuid::from_u128(n))
    }

    #[test]
    fn the_organisations_list_binds_every_campaign_and_a_campaigns_only_itself() {
        let mut dnc = Dnc::default();
        dnc.extend(DncScope::Organisation, [fiction(1)]);
        dnc.extend(DncScope::Campaign(campaign(1)), [fiction(1), fiction(2)]);
        let forbids = |n, number| dnc.forbids(campaign(n), fiction(number));
        assert_eq!(forbids(1, 1), Some(DncScope::Organisation));
        assert_eq!(forbids(1, 2), Some(DncScope::Campaign(campaign(1))));
        assert_eq!(forbids(2, 2), None);
        assert_eq!(forbids(2, 1), Some(DncScope::Organisation));
        assert_eq!(dnc.len(), 3);
    }

    /// A permit names the version it was checked against: it must change when, and only when,
    /// the answer could.
    #[test]
    fn the_version_rises_with_every_change_and_only_then() {
        let mut dnc = Dnc::at_version(7);
        dnc.extend(DncScope::Organisation, [fiction(1), fiction(2), fiction(1)]);
        assert_eq!(dnc.version(), 8);
        dnc.extend(DncScope::Organisation, [fiction(2)]);
        dnc.remove(DncScope::Organisation, fiction(9));
        dnc.remove(DncScope::Campaign(campaign(1)), fiction(1));
        assert_eq!(dnc.version(), 8);
        dnc.remove(DncScope::Organisation, fiction(1));
        assert_eq!((dnc.version(), dnc.len()), (9, 1));
        assert_eq!(dnc.forbids(campaign(1), fiction(1)), None);
    }

    /// A million entries, out of order, and none confused with a neighbour.
    #[test]
    fn a_million_numbers_are_found_and_the_millions_between_them_are_not() {
        let number = |n: u64| -> Number { format!("+4420{:08}", n % 100_000_000).parse().unwrap() };
        let mut dnc = Dnc::default();
        let even = (0..1_000_000_u64).map(|n| number(n * 7_919 * 2));
        dnc.extend(DncScope::Organisation, even);
        assert_eq!(dnc.len(), 1_000_000);
        for n in (0..1_000_000).step_by(997) {
            assert!(dnc.forbids(campaign(1), number(n * 7_919 * 2)).is_some());
            assert_eq!(dnc.forbids(campaign(1), number(n * 7_919 * 2 + 1)), None);
        }
    }
}
