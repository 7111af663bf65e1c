//! Whom of its lists a campaign dials, and in which order.
//!
//! A filter is a wish and no law: a promised callback is kept whatever it says, and what an agent
//! dials by hand passes it by.

use super::in_range;
use crate::leads::{Lead, LeadStatus};
use routing::Invalid;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// Leads are dialled whose value is one of these, or none of these; every filter has to fit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filter {
    /// What of a lead: a [`Column`], or else the header of a custom field; 1..=100 characters.
    pub column: String,
    /// Its values, as they stand in the file; 1..=50, each 1..=200 characters.
    pub values: Vec<String>,
    /// Whether it names those that are not dialled. A lead without a value is none of them.
    #[serde(default)]
    pub exclude: bool,
}

/// A property that every lead has, by the name that a filter calls it by: `region`, or `lead.` and
/// what it is, which is the header of nobody's column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// Where they live: [`Lead::region`].
    Region,
    /// The zone that they are said to live in.
    Zone,
    /// In figures.
    Priority,
    /// What they agreed to: `express` or `written`.
    Consent,
    /// How many attempts counted, in figures.
    Attempts,
    /// The caller's own key.
    ExternalId,
}

impl Column {
    /// The one of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "region" => Self::Region,
            "lead.zone" => Self::Zone,
            "lead.priority" => Self::Priority,
            "lead.consent" => Self::Consent,
            "lead.attempts" => Self::Attempts,
            "lead.external_id" => Self::ExternalId,
            _ => return None,
        })
    }

    /// What a lead has there; none where nobody knows.
    #[must_use]
    pub fn of(self, lead: &Lead) -> Option<Cow<'_, str>> {
        match self {
            Self::Region => lead.region.as_deref().map(Cow::Borrowed),
            Self::Zone => lead.zone.as_deref().map(Cow::Borrowed),
            Self::Priority => Some(Cow::Owned(lead.priority.to_string())),
            Self::Consent => lead.consent.as_ref().map(|given| Cow::Borrowed(given.kind.as_str())),
            Self::Attempts => Some(Cow::Owned(lead.attempts.to_string())),
            Self::ExternalId => lead.external_id.as_deref().map(Cow::Borrowed),
        }
    }
}

impl Filter {
    /// Whether the filter lets a lead pass.
    #[must_use]
    pub fn fits(&self, lead: &Lead) -> bool {
        let value = match Column::named(&self.column) {
            Some(column) => column.of(lead),
            None => lead.fields.get(&self.column).map(|own| Cow::Borrowed(own.as_str())),
        };
        value.is_some_and(|value| self.values.iter().any(|one| *one == *value)) != self.exclude
    }
}

/// The first filter that keeps a campaign from dialling a lead; none where all fit, or where a
/// callback was promised.
#[must_use]
pub fn kept_out_by<'a>(filters: &'a [Filter], lead: &Lead) -> Option<&'a Filter> {
    let open = lead.status != LeadStatus::Callback;
    filters.iter().find(|filter| open && !filter.fits(lead))
}

/// In which order leads of one priority are dialled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// Who has been due the longest; of those never dialled, who was imported first.
    #[default]
    OldestFirst,
    /// Who became due last; of those never dialled, who was imported last.
    NewestFirst,
}

const FILTERS_MAX: usize = 8;
const VALUES_MAX: u32 = 50;

pub(super) fn validate(filters: &[Filter], wrong: &mut Vec<Invalid>) {
    if filters.len() > FILTERS_MAX {
        wrong.push(Invalid::new("filters", format!("must be at most {FILTERS_MAX}")));
    }
    for (index, filter) in filters.iter().enumerate() {
        let fits = |text: &str, most: usize| (1..=most).contains(&text.chars().count());
        if !fits(&filter.column, 100) {
            let field = format!("filters[{index}].column");
            wrong.push(Invalid::new(field, "must be 1 to 100 characters"));
        }
        let values = u32::try_from(filter.values.len()).unwrap_or(u32::MAX);
        in_range(wrong, format!("filters[{index}].values"), values, 1, VALUES_MAX);
        if let Some(at) = filter.values.iter().position(|value| !fits(value, 200)) {
            let field = format!("filters[{index}].values[{at}]");
            wrong.push(Invalid::new(field, "must be 1 to 200 characters"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consent::ConsentKind;
    use crate::fixtures::lead;
    use jiff::Timestamp;

    fn filter(column: &str, values: &[&str], exclude: bool) -> Filter {
        let values = values.iter().map(|value| (*value).to_owned()).collect();
        Filter { column: column.to_owned(), values, exclude }
    }

    #[test]
    fn a_lead_has_to_fit_every_filter() {
        let mut ada = lead(1);
        ada.fields.insert("product".into(), "loan".into());
        ada.region = Some("US-FL".into());
        let loans = filter("product", &["loan", "card"], false);
        let not_florida = filter("region", &["US-FL"], true);
        assert_eq!(kept_out_by(std::slice::from_ref(&loans), &ada), None);
        let both = [loans, not_florida.clone()];
        assert_eq!(kept_out_by(&both, &ada), Some(&not_florida));
        let cards = filter("product", &["card"], false);
        assert_eq!(kept_out_by(std::slice::from_ref(&cards), &ada), Some(&cards));
        ada.status = LeadStatus::Callback;
        assert_eq!(kept_out_by(&both, &ada), None, "a promise is kept");
    }

    #[test]
    fn a_lead_without_a_value_is_none_of_the_values() {
        assert!(!filter("product", &["loan"], false).fits(&lead(1)));
        assert!(filter("product", &["loan"], true).fits(&lead(1)));
        assert!(filter("region", &["US-FL"], true).fits(&lead(1)));
        assert!(!filter("lead.consent", &["express"], false).fits(&lead(1)));
    }

    #[test]
    fn what_every_lead_has_is_reached_by_its_name() {
        let mut ada = lead(1);
        ada.zone = Some("Europe/London".into());
        ada.priority = -3;
        ada.attempts = 2;
        ada.external_id = Some("A-7".into());
        ada.consent = Some(crate::Consent {
            kind: ConsentKind::Written,
            given_at: Timestamp::UNIX_EPOCH,
            until: None,
            source: String::new(),
        });
        ada.fields.insert("priority".into(), "9".into());
        for (column, value) in [
            ("lead.zone", "Europe/London"),
            ("lead.priority", "-3"),
            ("lead.attempts", "2"),
            ("lead.external_id", "A-7"),
            ("lead.consent", "written"),
        ] {
            assert!(filter(column, &["other", value], false).fits(&ada), "{column}");
            assert!(!filter(column, &[value], true).fits(&ada), "{column}");
            assert!(!filter(column, &["9"], false).fits(&ada), "{column}");
        }
    }

    #[test]
    fn each_bound_of_a_filter_is_named() {
        let wrong = |filters: &[Filter]| {
            let mut wrong = Vec::new();
            validate(filters, &mut wrong);
            wrong.into_iter().map(|invalid| invalid.field.into_owned()).collect::<Vec<_>>()
        };
        assert_eq!(wrong(&[filter("city", &["York"], false)]), [""; 0]);
        assert_eq!(wrong(&[filter("", &["York"], false)]), ["filters[0].column"]);
        assert_eq!(wrong(&[filter("city", &[], false)]), ["filters[0].values"]);
        assert_eq!(wrong(&[filter("city", &["York", ""], false)]), ["filters[0].values[1]"]);
        assert_eq!(wrong(&vec![filter("city", &["York"], false); 9]), ["filters"]);
    }
}
