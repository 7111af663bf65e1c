//! Number prefixes, and where they may be.

use super::Place;

/// The place of the longest known prefix of these digits.
pub(super) fn lookup(digits: &str) -> Place {
    (1..=digits.len().min(7))
        .rev()
        .filter_map(|length| digits.get(..length))
        .find_map(|prefix| ROWS.iter().find(|(known, ..)| *known == prefix))
        .map_or(Place { region: None, zones: &[] }, |(_, region, zones)| Place {
            region: Some(region),
            zones,
        })
}

const ROWS: [(&str, &str, &[&str]); 2] =
    [("44", "GB", &["Europe/London"]), ("1212", "US-NY", &["America/New_York"])];
