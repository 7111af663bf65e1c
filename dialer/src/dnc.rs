//! Do-not-call sets: numbers that nobody may dial, for the organisation, for one campaign, or
//! because a national register says so (47 CFR 64.1200(c)(2), PECR 2003 reg. 21, UWG § 7).
//!
//! A number is one integer. The organisation's own sets grow by single entries and are trees; a
//! [`Register`] is replaced as a whole and is a sorted array behind an `Arc`, so that a million
//! numbers come into force by one pointer. Every change raises the version, and a permit records
//! the version it was checked against.

mod file;
mod register;

pub use file::{NumberFile, NumberFileOptions};
pub use register::{Register, RegisterSettings};

use crate::consent::ConsentKind;
use crate::ids::RegisterId;
use routing::{CampaignId, Number};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Every do-not-call set of an organisation.
#[derive(Clone, Debug, Default)]
pub struct Dnc {
    version: u64,
    organisation: BTreeSet<Number>,
    campaigns: BTreeMap<CampaignId, BTreeSet<Number>>,
    registers: BTreeMap<RegisterId, Register>,
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

/// The set that forbids a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forbidden<'a> {
    /// The organisation's own list.
    Organisation,
    /// The campaign's own list.
    Campaign,
    /// A register that was imported.
    Register(&'a RegisterSettings),
}

impl Dnc {
    /// The sets as a restart found them, with the version they had.
    #[must_use]
    pub fn restored(
        version: u64,
        sets: impl IntoIterator<Item = (DncScope, BTreeSet<Number>)>,
        registers: impl IntoIterator<Item = Register>,
    ) -> Self {
        let mut dnc = Self { version, ..Self::default() };
        for (scope, numbers) in sets {
            match scope {
                DncScope::Organisation => dnc.organisation = numbers,
                DncScope::Campaign(id) => drop(dnc.campaigns.insert(id, numbers)),
            }
        }
        dnc.registers = registers.into_iter().map(|own| (own.settings().id, own)).collect();
        dnc
    }

    /// Rises with every change.
    #[must_use]
    pub const fn version(&self) -> u64 {
        self.version
    }

    /// How many entries there are in all sets.
    #[must_use]
    pub fn len(&self) -> usize {
        self.organisation.len()
            + self.campaigns.values().map(BTreeSet::len).sum::<usize>()
            + self.registers.values().map(Register::len).sum::<usize>()
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

    /// Puts a register in force in the place of the one with its id.
    pub fn enlist(&mut self, register: Register) {
        self.registers.insert(register.settings().id, register);
        self.version += 1;
    }

    /// Changes how a register binds; its numbers stay.
    pub fn set_register(&mut self, settings: RegisterSettings) {
        let register = self.registers.entry(settings.id).or_default();
        if *register.settings() != settings {
            register.set(settings);
            self.version += 1;
        }
    }

    /// Takes a register out of force.
    pub fn strike(&mut self, register: RegisterId) {
        self.version += u64::from(self.registers.remove(&register).is_some());
    }

    /// The registers in force.
    pub fn registers(&self) -> impl Iterator<Item = &Register> {
        self.registers.values()
    }

    /// The widest set that forbids this campaign to dial this number.
    ///
    /// `consent` is what the person agreed to, which lifts some registers.
    #[must_use]
    pub fn forbids(
        &self,
        campaign: CampaignId,
        number: Number,
        consent: Option<ConsentKind>,
    ) -> Option<Forbidden<'_>> {
        if self.organisation.contains(&number) {
            return Some(Forbidden::Organisation);
        }
        if self.campaigns.get(&campaign).is_some_and(|set| set.contains(&number)) {
            return Some(Forbidden::Campaign);
        }
        let mut binding = self.registers.values().filter(|register| register.binds(consent));
        let register = binding.find(|register| register.contains(number))?;
        Some(Forbidden::Register(register.settings()))
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
        let forbids =
            |n, number| dnc.forbids(campaign(n), fiction(number), Some(ConsentKind::Written));
        assert_eq!(forbids(1, 1), Some(Forbidden::Organisation));
        assert_eq!(forbids(1, 2), Some(Forbidden::Campaign));
        assert_eq!(forbids(2, 2), None);
        assert_eq!(forbids(2, 1), Some(Forbidden::Organisation));
        assert_eq!(dnc.len(), 3);
    }

    /// A permit names the version it was checked against: it must change when, and only when,
    /// the answer could.
    #[test]
    fn the_version_rises_with_every_change_and_only_then() {
        let mut dnc = Dnc::restored(7, [], []);
        dnc.extend(DncScope::Organisation, [fiction(1), fiction(2), fiction(1)]);
        assert_eq!(dnc.version(), 8);
        dnc.extend(DncScope::Organisation, [fiction(2)]);
        dnc.remove(DncScope::Organisation, fiction(9));
        dnc.remove(DncScope::Campaign(campaign(1)), fiction(1));
        assert_eq!(dnc.version(), 8);
        dnc.remove(DncScope::Organisation, fiction(1));
        assert_eq!((dnc.version(), dnc.len()), (9, 1));
        assert_eq!(dnc.forbids(campaign(1), fiction(1), None), None);
    }

    fn register(n: u128, lifted_by: Option<ConsentKind>, numbers: Vec<Number>) -> Register {
        let settings = RegisterSettings {
            id: RegisterId::from(Uuid::from_u128(n)),
            name: format!("Register {n}"),
            lifted_by,
            fresh_for_days: None,
        };
        Register::new(settings, numbers)
    }

    /// 47 CFR 64.1200(c)(2)(ii): who agreed in writing may be called, though registered; a
    /// register that nothing lifts binds all the same.
    #[test]
    fn a_register_is_lifted_by_the_consent_it_asks_for_and_by_no_weaker() {
        let mut dnc = Dnc::default();
        dnc.enlist(register(1, Some(ConsentKind::Written), vec![fiction(1), fiction(2)]));
        dnc.enlist(register(2, None, vec![fiction(2)]));
        let by = |number, consent| match dnc.forbids(campaign(1), fiction(number), consent) {
            Some(Forbidden::Register(settings)) => settings.name.clone(),
            None => String::new(),
            other => panic!("{other:?}"),
        };
        let (express, written) = (Some(ConsentKind::Express), Some(ConsentKind::Written));
        assert_eq!([by(1, None), by(1, express), by(1, written)], ["Register 1", "Register 1", ""]);
        assert_eq!([by(2, express), by(2, written)], ["Register 1", "Register 2"]);
        assert_eq!((dnc.len(), dnc.version()), (3, 2));
    }

    #[test]
    fn a_register_is_replaced_as_a_whole_and_the_version_tells() {
        let mut dnc = Dnc::default();
        dnc.enlist(register(1, None, vec![fiction(1)]));
        dnc.enlist(register(1, None, vec![fiction(2)]));
        assert_eq!(dnc.forbids(campaign(1), fiction(1), None), None);
        assert!(dnc.forbids(campaign(1), fiction(2), None).is_some());
        let settings = dnc.registers().next().unwrap().settings().clone();
        dnc.set_register(settings.clone());
        assert_eq!(dnc.version(), 2, "nothing changed");
        dnc.set_register(RegisterSettings {
            lifted_by: Some(ConsentKind::Express),
            ..settings.clone()
        });
        assert_eq!(dnc.forbids(campaign(1), fiction(2), Some(ConsentKind::Written)), None);
        dnc.strike(settings.id);
        dnc.strike(settings.id);
        assert_eq!((dnc.version(), dnc.is_empty()), (4, true));
    }

    /// A million entries, out of order, and none confused with a neighbour; in a register and in
    /// a set of single entries alike.
    #[test]
    fn a_million_numbers_are_found_and_the_millions_between_them_are_not() {
        let number = |n: u64| -> Number { format!("+4420{:08}", n % 100_000_000).parse().unwrap() };
        let even = || (0..1_000_000_u64).map(|n| number(n * 7_919 * 2));
        let mut single = Dnc::default();
        single.extend(DncScope::Organisation, even());
        let mut whole = Dnc::default();
        whole.enlist(register(1, None, even().collect()));
        for dnc in [single, whole] {
            assert_eq!(dnc.len(), 1_000_000);
            for n in (0..1_000_000).step_by(997) {
                let odd = number(n * 7_919 * 2 + 1);
                assert!(dnc.forbids(campaign(1), number(n * 7_919 * 2), None).is_some());
                assert_eq!(dnc.forbids(campaign(1), odd, None), None);
            }
        }
    }
}
