//! Whose call progress signals are heard: a country, found by the calling code of a number.
//!
//! The far end's exchange makes the tones of a call, so the number that was called says which they
//! are. Calling codes are those of ITU-T E.164 (list of 2016); none begins another.

use serde::{Deserialize, Serialize};

/// A country whose signals are known, or the rest of the world.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Country {
    /// Austria.
    At,
    /// Australia.
    Au,
    /// Belgium.
    Be,
    /// Brazil.
    Br,
    /// Switzerland.
    Ch,
    /// China.
    Cn,
    /// Germany.
    De,
    /// Spain.
    Es,
    /// France.
    Fr,
    /// United Kingdom.
    Gb,
    /// India.
    In,
    /// Italy.
    It,
    /// Japan.
    Jp,
    /// Mexico.
    Mx,
    /// Netherlands.
    Nl,
    /// New Zealand.
    Nz,
    /// The United States, Canada and whoever else has the code 1.
    #[default]
    Us,
    /// Anywhere else: what ITU-T E.180 recommends to all.
    Other,
}

impl Country {
    /// Each of them once.
    pub const ALL: [Self; 18] = [
        Self::At,
        Self::Au,
        Self::Be,
        Self::Br,
        Self::Ch,
        Self::Cn,
        Self::De,
        Self::Es,
        Self::Fr,
        Self::Gb,
        Self::In,
        Self::It,
        Self::Jp,
        Self::Mx,
        Self::Nl,
        Self::Nz,
        Self::Us,
        Self::Other,
    ];

    /// By a number in E.164, `+` first; none is no such number.
    #[must_use]
    pub fn of_number(number: &str) -> Option<Self> {
        let digits = number.strip_prefix('+')?;
        if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
            return None;
        }
        let known = CODES.iter().find(|(code, _)| digits.starts_with(code));
        Some(known.map_or(Self::Other, |(_, country)| *country))
    }
}

const CODES: [(&str, Country); 17] = [
    ("1", Country::Us),
    ("31", Country::Nl),
    ("32", Country::Be),
    ("33", Country::Fr),
    ("34", Country::Es),
    ("39", Country::It),
    ("41", Country::Ch),
    ("43", Country::At),
    ("44", Country::Gb),
    ("49", Country::De),
    ("52", Country::Mx),
    ("55", Country::Br),
    ("61", Country::Au),
    ("64", Country::Nz),
    ("81", Country::Jp),
    ("86", Country::Cn),
    ("91", Country::In),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_tells_its_country() {
        for (number, country) in [
            ("+442079460123", Country::Gb),
            ("+4915123456789", Country::De),
            ("+14165550100", Country::Us),
            ("+390612345678", Country::It),
            ("+1", Country::Us),
            ("+358401234567", Country::Other),
        ] {
            assert_eq!(Country::of_number(number), Some(country), "{number}");
        }
        for wrong in ["", "+", "2000", "442079460123", "+44x", "anonymous"] {
            assert_eq!(Country::of_number(wrong), None, "{wrong}");
        }
    }

    /// E.164: whichever is found first is the only one there is.
    #[test]
    fn no_calling_code_begins_another() {
        for (code, _) in CODES {
            let longer = CODES.iter().filter(|(other, _)| other.starts_with(code));
            assert_eq!(longer.count(), 1, "{code}");
        }
    }
}
