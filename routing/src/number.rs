//! Numbers: E.164 numbers, on-net extensions, and the prefix that makes the one unlike the other.
//!
//! ITU-T E.164 §6: at most fifteen digits, the first of them (of the country code) never a zero.
//! An agent's extension is the organisation's prefix followed by the agent's number (R170); the
//! arithmetic that keeps two extensions from being the same digits is in [`Prefix::check`].

mod plan;

pub use plan::Overlap;

use crate::agents::AgentNumber;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A telephone number in E.164: `+` and 7 to 15 digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Number(u64);

impl Number {
    /// The digits without the `+`.
    #[must_use]
    pub fn digits(&self) -> String {
        self.0.to_string()
    }

    /// Whether the digits begin with `prefix`, which is digits itself: `"44"` for Great Britain.
    #[must_use]
    pub fn starts_with(&self, prefix: &str) -> bool {
        self.digits().starts_with(prefix)
    }
}

impl FromStr for Number {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let wrong = |why| Malformed { text: shorten(text), why };
        let digits = text.strip_prefix('+').ok_or_else(|| {
            wrong("expected an E.164 number, '+' and the country code first, as +15550100123")
        })?;
        if !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(wrong("expected only digits after the '+', no spaces or dashes"));
        }
        if !(7..=15).contains(&digits.len()) {
            return Err(wrong("expected 7 to 15 digits after the '+'"));
        }
        if digits.starts_with('0') {
            return Err(wrong("expected a country code after the '+'; none starts with 0"));
        }
        digits.parse().map(Self).map_err(|_| wrong("expected 7 to 15 digits after the '+'"))
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "+{}", self.0)
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Number({self})")
    }
}

/// What an on-net party dials or registers as: 2 to 15 digits, no `+`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Extension(String);

impl Extension {
    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Extension {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        if !(2..=EXTENSION_DIGITS_MAX).contains(&text.len()) || !all_digits(text) {
            let why = "expected an extension of 2 to 15 digits, without '+'";
            return Err(Malformed { text: shorten(text), why });
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Extension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Extension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Extension({self})")
    }
}

/// What all extensions of an organisation begin with: 1 to 6 digits.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Prefix(String);

impl Prefix {
    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The agent's extension (R170): 50143 and agent 1427 make 501431427.
    #[must_use]
    pub fn extension(&self, agent: AgentNumber) -> Extension {
        Extension(format!("{}{}", self.0, agent))
    }

    /// The agent whose extension this is, if the prefix is ours.
    #[must_use]
    pub fn agent_number(&self, extension: &Extension) -> Option<AgentNumber> {
        let rest = extension.0.strip_prefix(self.as_str())?;
        // A zero in front would give one agent two extensions.
        if rest.starts_with('0') {
            return None;
        }
        rest.parse::<u32>().ok().and_then(|n| AgentNumber::try_from(n).ok())
    }
}

impl FromStr for Prefix {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        if !(1..=PREFIX_DIGITS_MAX).contains(&text.len()) || !all_digits(text) {
            let why = "expected an extension prefix of 1 to 6 digits";
            return Err(Malformed { text: shorten(text), why });
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Prefix({self})")
    }
}

macro_rules! text {
    ($($name:ident)+) => {$(
        impl TryFrom<String> for $name {
            type Error = Malformed;

            fn try_from(text: String) -> Result<Self, Malformed> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.to_string()
            }
        }
    )+};
}

text! { Number Extension Prefix }

/// A text that is no such number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?}: {why}")]
pub struct Malformed {
    /// What was given, shortened.
    pub text: String,
    /// What was expected.
    pub why: &'static str,
}

/// Enough of the text to recognise it; a hostile one must not fill a log.
fn shorten(text: &str) -> String {
    text.chars().take(24).collect()
}

fn all_digits(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

const EXTENSION_DIGITS_MAX: usize = 15;
/// Six and the nine of an [`AgentNumber`] are fifteen.
const PREFIX_DIGITS_MAX: usize = 6;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// R170's own example.
    #[test]
    fn the_extension_is_the_prefix_followed_by_the_agent_number() {
        let prefix: Prefix = "50143".parse().unwrap();
        let extension = prefix.extension(AgentNumber::try_from(1427).unwrap());
        assert_eq!(extension.as_str(), "501431427");
        assert_eq!(prefix.agent_number(&extension), AgentNumber::try_from(1427).ok());
    }

    #[test]
    fn an_extension_of_another_prefix_or_with_a_leading_zero_is_no_agent_of_ours() {
        let prefix: Prefix = "50143".parse().unwrap();
        for dialled in ["501441427", "5014301427", "50143", "50143999999999"] {
            let extension: Extension = dialled.parse().unwrap();
            let ours = prefix.agent_number(&extension);
            assert_eq!(ours.is_some(), dialled == "50143999999999", "{dialled}");
        }
    }

    #[test]
    fn a_number_that_is_not_e164_is_refused_with_what_was_expected() {
        for (text, expected) in [
            ("15550100123", "'+' and the country code first"),
            ("+1 555 010", "only digits"),
            ("+123456", "7 to 15 digits"),
            ("+1234567890123456", "7 to 15 digits"),
            ("+0123456789", "none starts with 0"),
            ("", "'+' and the country code first"),
            ("+", "7 to 15 digits"),
        ] {
            let told = text.parse::<Number>().unwrap_err().to_string();
            assert!(told.contains(expected), "{text:?} gave {told:?}");
        }
    }

    #[test]
    fn a_number_in_json_is_checked_as_it_is_read() {
        let number: Number = serde_json::from_str("\"+15550100123\"").unwrap();
        assert_eq!(number.digits(), "15550100123");
        assert!(serde_json::from_str::<Number>("\"5550100\"").is_err());
    }

    proptest! {
        #[test]
        fn every_e164_number_prints_as_it_was_written(text in "\\+[1-9][0-9]{6,14}") {
            prop_assert_eq!(text.parse::<Number>().unwrap().to_string(), text);
        }

        #[test]
        fn no_text_makes_the_parsers_panic(text in any::<String>()) {
            let _ = text.parse::<Number>();
            let _ = text.parse::<Extension>();
            let _ = text.parse::<Prefix>();
        }

        #[test]
        fn an_agent_number_survives_its_extension(
            prefix in "[0-9]{1,6}",
            number in 1_u32..=999_999_999,
        ) {
            let prefix: Prefix = prefix.parse().unwrap();
            let agent = AgentNumber::try_from(number).unwrap();
            let extension = prefix.extension(agent);
            prop_assert!(extension.as_str().parse::<Extension>().is_ok());
            prop_assert_eq!(prefix.agent_number(&extension), Some(agent));
        }
    }
}
