//! Leads that cannot be anybody: names by chance, numbers only from ranges kept for fiction.
//!
//! +1 NPA 555 0100-0199 (North American Numbering Plan: fictional use) and Ofcom's drama numbers,
//! 020 7946 0xxx, 0121, 0131 and 0161 496 0xxx.

use std::fmt::Write;

use super::outcomes::Chance;

/// A list as a customer would send it: CSV with a header, shuffled, no number twice.
///
/// At most [`LEADS_MAX`] leads.
#[must_use]
pub fn csv(leads: usize, seed: [u8; 32]) -> String {
    let mut chance = Chance::new(seed, "leads");
    let mut numbers = numbers();
    shuffle(&mut numbers, &mut chance);
    let mut text = String::from("phone,first_name,last_name,external_id,city\n");
    for (index, (number, city)) in numbers.iter().take(leads).enumerate() {
        let (first, last) = (pick(FIRST_NAMES, &mut chance), pick(LAST_NAMES, &mut chance));
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{number},{first},{last},D{:05},{city}", index + 1);
    }
    text
}

/// How many numbers there are.
pub const LEADS_MAX: usize = AREAS.len() * PER_AREA + BRITISH.len() * PER_BRITISH;

/// The number by which the demo's own organisation is called, and what it presents: none of these
/// is on a list.
#[must_use]
pub fn own_number(index: usize) -> String {
    format!("+1202555{:04}", 199 - index.min(PER_OWN - 1))
}

/// Numbers of each area on the list: 0100 to 0179.
const PER_AREA: usize = 80;

/// Numbers of each area that are left for the organisation: 0180 to 0199.
const PER_OWN: usize = 20;

const PER_BRITISH: usize = 100;

const AREAS: &[(&str, &str)] = &[
    ("202", "Washington"),
    ("206", "Seattle"),
    ("212", "New York"),
    ("213", "Los Angeles"),
    ("214", "Dallas"),
    ("215", "Philadelphia"),
    ("303", "Denver"),
    ("305", "Miami"),
    ("312", "Chicago"),
    ("313", "Detroit"),
    ("314", "St. Louis"),
    ("404", "Atlanta"),
    ("415", "San Francisco"),
    ("416", "Toronto"),
    ("503", "Portland"),
    ("504", "New Orleans"),
    ("514", "Montreal"),
    ("602", "Phoenix"),
    ("604", "Vancouver"),
    ("612", "Minneapolis"),
    ("615", "Nashville"),
    ("617", "Boston"),
    ("702", "Las Vegas"),
    ("713", "Houston"),
    ("801", "Salt Lake City"),
    ("808", "Honolulu"),
    ("907", "Anchorage"),
];

const BRITISH: &[(&str, &str)] = &[
    ("+4420794600", "London"),
    ("+4412149600", "Birmingham"),
    ("+4413149600", "Edinburgh"),
    ("+4416149600", "Manchester"),
];

fn numbers() -> Vec<(String, &'static str)> {
    let american = AREAS.iter().flat_map(|(area, city)| {
        (0..PER_AREA).map(move |line| (format!("+1{area}555{:04}", 100 + line), *city))
    });
    let british = BRITISH.iter().flat_map(|(area, city)| {
        (0..PER_BRITISH).map(move |line| (format!("{area}{line:02}"), *city))
    });
    american.chain(british).collect()
}

/// Fisher and Yates: the areas call in any order.
fn shuffle<T>(items: &mut [T], chance: &mut Chance) {
    for last in (1..items.len()).rev() {
        let bound = u32::try_from(last + 1).unwrap_or(u32::MAX);
        items.swap(last, usize::try_from(chance.below(bound)).unwrap_or(last));
    }
}

fn pick(names: &'static [&'static str], chance: &mut Chance) -> &'static str {
    let choices = u32::try_from(names.len()).unwrap_or(0);
    names[usize::try_from(chance.below(choices)).unwrap_or(0)]
}

const FIRST_NAMES: &[&str] = &[
    "Ada", "Amir", "Anna", "Ben", "Carla", "Chen", "Dora", "Elif", "Emil", "Femi", "Grace", "Hugo",
    "Ines", "Ivan", "Jana", "Jorge", "Kofi", "Lena", "Luis", "Maya", "Nadia", "Noah", "Olga",
    "Omar", "Petra", "Ravi", "Rosa", "Sam", "Sofia", "Tom", "Uma", "Victor", "Yuki", "Zoe",
];

const LAST_NAMES: &[&str] = &[
    "Adams",
    "Bauer",
    "Castro",
    "Dubois",
    "Evans",
    "Fischer",
    "Garcia",
    "Hughes",
    "Ito",
    "Jensen",
    "Khan",
    "Larsen",
    "Mensah",
    "Novak",
    "Okafor",
    "Patel",
    "Quinn",
    "Rossi",
    "Silva",
    "Tanaka",
    "Underwood",
    "Vargas",
    "Walker",
    "Xu",
    "Young",
    "Zimmer",
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use dialer::import::{Import, ImportOptions};

    use super::*;

    #[test]
    fn two_thousand_leads_are_imported_without_a_fault() {
        let text = csv(2_000, [1; 32]);
        let mut import = Import::open(text.as_bytes(), &ImportOptions::new("US")).unwrap();
        assert_eq!(import.by_ref().count(), 2_000);
        let report = import.into_report();
        assert_eq!(format!("{:?}", report.faults), "[]");
    }

    #[test]
    fn every_number_is_from_a_range_for_fiction_and_stands_once() {
        let text = csv(LEADS_MAX, [1; 32]);
        let mut seen = BTreeSet::new();
        for line in text.lines().skip(1) {
            let number = line.split(',').next().unwrap();
            let american = number.len() == 12
                && number.starts_with("+1")
                && ("0100".."0200").contains(&&number[8..])
                && &number[5..8] == "555";
            let british = number.len() == 13
                && BRITISH.iter().any(|(area, _)| number.starts_with(&area[..10]));
            assert!(american || british, "{number}");
            assert!(seen.insert(number.to_owned()), "{number} stands twice");
            assert!((0..PER_OWN).all(|index| own_number(index) != number), "{number} is our own");
        }
        assert_eq!(seen.len(), LEADS_MAX);
        assert!(AREAS.len() >= 20);
    }

    #[test]
    fn the_same_seed_makes_the_same_list() {
        assert_eq!(csv(50, [3; 32]), csv(50, [3; 32]));
        assert_ne!(csv(50, [3; 32]), csv(50, [4; 32]));
    }
}
