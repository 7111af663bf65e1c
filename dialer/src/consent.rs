//! Consent: that a person agreed to be called, how, when, and until when (47 CFR 64.1200(f)(9),
//! UWG § 7(2), PECR 2003 reg. 21).
//!
//! Nobody's consent is assumed: a lead without one has none.

use jiff::Timestamp;
use routing::Invalid;
use serde::{Deserialize, Serialize};
use std::fmt;

/// That somebody agreed to be called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// How they agreed.
    pub kind: ConsentKind,
    /// When.
    pub given_at: Timestamp,
    /// From when on it holds no longer; none says that it stands until it is withdrawn.
    #[serde(default)]
    pub until: Option<Timestamp>,
    /// Where the proof of it is: a form, a recording; at most 200 characters.
    #[serde(default)]
    pub source: String,
}

impl Consent {
    /// Whether it holds at this moment.
    #[must_use]
    pub fn holds(&self, now: Timestamp) -> bool {
        self.given_at <= now && self.until.is_none_or(|until| now < until)
    }

    pub(crate) fn validate(&self, wrong: &mut Vec<Invalid>) {
        if self.source.chars().count() > SOURCE_CHARS_MAX {
            let why = format!("must be at most {SOURCE_CHARS_MAX} characters");
            wrong.push(Invalid::new("consent.source", why));
        }
        if self.until.is_some_and(|until| until <= self.given_at) {
            wrong.push(Invalid::new("consent.until", "must be later than `given_at`"));
        }
    }
}

/// Longest word on where the proof is.
pub const SOURCE_CHARS_MAX: usize = 200;

/// How somebody agreed; the later is the stronger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsentKind {
    /// In words, or by giving the number for this purpose.
    Express,
    /// In writing, signed.
    Written,
}

impl ConsentKind {
    /// The kind as the store and the API spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Express => "express",
            Self::Written => "written",
        }
    }
}

impl fmt::Display for ConsentKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::at;

    #[test]
    fn consent_holds_from_its_day_until_the_moment_it_ends() {
        let given_at = at("2026-01-01T00:00:00Z");
        let until = Some(at("2026-02-01T00:00:00Z"));
        let consent =
            Consent { kind: ConsentKind::Written, given_at, until, source: String::new() };
        assert!(!consent.holds(at("2025-12-31T23:59:59Z")));
        assert!(consent.holds(given_at));
        assert!(!consent.holds(at("2026-02-01T00:00:00Z")));
        assert!(Consent { until: None, ..consent }.holds(at("2036-01-01T00:00:00Z")));
    }
}
