//! The tables of number prefixes, read once from the text beside this file.

use super::{Place, Zone};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// The place of the longest known prefix of these digits.
pub(super) fn lookup(digits: &str) -> Place {
    let prefixes = (1..=LONGEST.min(digits.len())).rev().filter_map(|length| digits.get(..length));
    { prefixes }.find_map(|prefix| PLACES.get(prefix)).copied().unwrap_or(Place::UNKNOWN)
}

/// Every region of the tables; some stand in several rows.
pub(super) fn regions() -> impl Iterator<Item = &'static str> {
    PLACES.values().filter_map(|place| place.region)
}

/// The zones of every region that fits; some come several times.
pub(super) fn zones_where(fits: impl Fn(&str) -> bool) -> impl Iterator<Item = &'static Zone> {
    let places = PLACES.values().filter(move |place| place.region.is_some_and(&fits));
    places.flat_map(|place| place.zones)
}

static PLACES: LazyLock<BTreeMap<&'static str, Place>> =
    LazyLock::new(|| TEXTS.iter().flat_map(|text| rows(text)).flat_map(places).collect());

const TEXTS: [&str; 2] = [include_str!("nanp.txt"), include_str!("countries.txt")];

/// Digits of the longest prefix in the tables.
const LONGEST: usize = 6;

/// A line of a table: region, zones and prefixes.
type Row = [&'static str; 3];

fn rows(text: &'static str) -> impl Iterator<Item = Row> {
    text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| {
        let mut parts = line.split('|').map(str::trim);
        Some([parts.next()?, parts.next()?, parts.next()?])
    })
}

fn places([region, zones, prefixes]: Row) -> impl Iterator<Item = (&'static str, Place)> {
    // Read once and never given back: permits and windows borrow them for as long as they like.
    let zones: &'static [Zone] =
        Vec::leak(zones.split_whitespace().filter_map(Zone::named).collect());
    let region = (region != ANYWHERE).then_some(region);
    prefixes.split_whitespace().map(move |prefix| (prefix, Place { region, zones }))
}

/// The region of the row that stands for a whole plan.
const ANYWHERE: &str = "NANP";

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// A name that the IANA database does not know would silently widen a window.
    #[test]
    fn every_line_names_a_region_zones_that_exist_and_prefixes_of_digits() {
        for line in TEXTS.iter().flat_map(|text| text.lines()).filter(|l| !l.starts_with('#')) {
            let parts: Vec<_> = line.split('|').map(str::trim).collect();
            let [region, zones, prefixes] = parts[..] else { panic!("{line}") };
            assert!(!region.is_empty() && !zones.is_empty() && !prefixes.is_empty(), "{line}");
            for name in zones.split_whitespace() {
                let zone = Zone::named(name).unwrap_or_else(|| panic!("{name} in {line}"));
                assert_eq!(zone.name(), name, "an alias or another case in {line}");
            }
            for prefix in prefixes.split_whitespace() {
                let digits = prefix.bytes().all(|byte| byte.is_ascii_digit());
                assert!(digits && (1..=LONGEST).contains(&prefix.len()), "{prefix} in {line}");
            }
        }
    }

    /// Two rows for one prefix: the later would hide the zones of the earlier.
    #[test]
    fn no_prefix_stands_twice() {
        let mut seen = BTreeSet::new();
        for [_, _, prefixes] in TEXTS.iter().flat_map(|text| rows(text)) {
            for prefix in prefixes.split_whitespace() {
                assert!(seen.insert(prefix), "{prefix}");
            }
        }
        assert!(seen.len() > 700, "{}", seen.len());
    }

    /// `phonenumber` knows every country code there is; those it gives to no country (satellites,
    /// international freephone) have no local time, and must have none here.
    #[test]
    fn every_country_code_has_zones_and_no_worldwide_service_has() {
        for code in 1..=999_u16 {
            let Some(regions) = phonenumber::metadata::DATABASE.region(&code) else { continue };
            let worldwide = regions == ["001"];
            assert_eq!(lookup(&code.to_string()).zones.is_empty(), worldwide, "+{code}");
        }
    }

    /// An unknown area code may be anywhere in its plan: its row must be as strict as all others,
    /// whichever of them a legislature moves next.
    #[test]
    fn the_row_for_the_whole_plan_has_every_zone_that_any_area_code_has() {
        let whole = lookup("1").zones;
        for area in 200..1_000 {
            let zones = lookup(&format!("1{area}")).zones;
            assert!(zones.iter().all(|zone| whole.contains(zone)), "{area}");
        }
    }
}
