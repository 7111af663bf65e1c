//! A register that others keep and we import: the FTC's, the TPS, Robinson lists.

use crate::consent::ConsentKind;
use crate::ids::RegisterId;
use routing::{Invalid, Number};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use uuid::Uuid;

/// How an imported register binds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegisterSettings {
    /// Its identity.
    pub id: RegisterId,
    /// What people call it, 1..=100 characters.
    pub name: String,
    /// The weakest consent by which a person may be called though they are on it; none lifts it
    /// where this is null. Written in the US (47 CFR 64.1200(c)(2)(ii)), express for the TPS.
    #[serde(default)]
    pub lifted_by: Option<ConsentKind>,
    /// For how many days an import counts as fresh, 1..=366; none says that nobody asks.
    ///
    /// 31 in the US (16 CFR 310.4(b)(3)(iv)), 28 for the TPS.
    #[serde(default)]
    pub fresh_for_days: Option<u16>,
}

impl RegisterSettings {
    /// Names every field that is out of its range.
    pub fn validate(&self) -> Result<(), Vec<Invalid>> {
        let mut wrong = Vec::new();
        if !(1..=100).contains(&self.name.trim().chars().count()) {
            wrong.push(Invalid::new("name", "must be 1 to 100 characters"));
        }
        if self.fresh_for_days.is_some_and(|days| !(1..=366).contains(&days)) {
            wrong.push(Invalid::new("fresh_for_days", "must be 1 to 366"));
        }
        if wrong.is_empty() { Ok(()) } else { Err(wrong) }
    }
}

/// A register in force; a clone shares its numbers.
#[derive(Clone, Debug)]
pub struct Register {
    settings: RegisterSettings,
    numbers: Arc<[Number]>,
}

impl Register {
    /// A register of these numbers, in any order.
    #[must_use]
    pub fn new(settings: RegisterSettings, mut numbers: Vec<Number>) -> Self {
        numbers.sort_unstable();
        numbers.dedup();
        Self { settings, numbers: numbers.into() }
    }

    /// How it binds.
    #[must_use]
    pub const fn settings(&self) -> &RegisterSettings {
        &self.settings
    }

    /// Its numbers, in order and each once.
    #[must_use]
    pub fn numbers(&self) -> &[Number] {
        &self.numbers
    }

    /// How many numbers it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.numbers.len()
    }

    /// Whether nothing was imported yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.numbers.is_empty()
    }

    /// Whether it has this number.
    #[must_use]
    pub fn contains(&self, number: Number) -> bool {
        self.numbers.binary_search(&number).is_ok()
    }

    /// Whether it binds somebody who gave this consent.
    #[must_use]
    pub fn binds(&self, consent: Option<ConsentKind>) -> bool {
        self.settings.lifted_by.is_none() || consent < self.settings.lifted_by
    }

    pub(super) fn set(&mut self, settings: RegisterSettings) {
        self.settings = settings;
    }
}

impl Default for Register {
    fn default() -> Self {
        let settings = RegisterSettings {
            id: RegisterId::from(Uuid::nil()),
            name: String::new(),
            lifted_by: None,
            fresh_for_days: None,
        };
        Self { settings, numbers: Arc::from([]) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_register_names_its_fields() {
        let mut settings = Register::default().settings;
        settings.fresh_for_days = Some(0);
        let wrong = settings.validate().unwrap_err();
        let fields: Vec<_> = wrong.iter().map(|invalid| &*invalid.field).collect();
        assert_eq!(fields, ["name", "fresh_for_days"]);
        settings.name = "TPS".to_owned();
        settings.fresh_for_days = Some(28);
        assert_eq!(settings.validate(), Ok(()));
    }
}
