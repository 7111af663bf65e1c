//! How numbers are written towards a carrier and read from it.
//!
//! ```text
//!  out:  +442079460123 ──format──▶ 02079460123 ──strip──▶ ──add──▶ 9902079460123
//!  in:   9902079460123 ──strip_in──▶ 02079460123 ──country, prefixes──▶ +442079460123
//! ```
//! Inside the house a number is E.164; only at a trunk's edge is it anything else. Separators that
//! RFC 3966 §5.1.1 allows in a `tel:` number are skipped when it is read.

use crate::invalid::Invalid;
use crate::number::Number;
use serde::{Deserialize, Serialize};

/// A trunk's rule for numbers, both ways.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NumberRule {
    /// How a number is written out.
    pub format: NumberFormat,
    /// The country code that national numbers belong to, as digits: `44`.
    pub country: Option<String>,
    /// What a national number begins with, as `0`; empty where it begins with nothing.
    pub national_prefix: String,
    /// What is dialled before a country code, as `00` or `011`; empty where nothing is.
    pub international_prefix: String,
    /// Taken off the front of what was written, if it is there; at most 15 digits, or `+`.
    pub strip: String,
    /// Put in front after that: a tech prefix; at most 15 of `0-9 * # +`.
    pub add: String,
    /// Taken off the front of what comes in, if it is there, before it is read.
    pub strip_in: String,
    /// The URI that a number becomes.
    pub uri: UriForm,
}

impl Default for NumberRule {
    fn default() -> Self {
        Self {
            format: NumberFormat::E164,
            country: None,
            national_prefix: "0".to_owned(),
            international_prefix: "00".to_owned(),
            strip: String::new(),
            add: String::new(),
            strip_in: String::new(),
            uri: UriForm::Sip,
        }
    }
}

/// How a trunk wants a number written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NumberFormat {
    /// `+442079460123`.
    #[default]
    E164,
    /// `442079460123`.
    Digits,
    /// `02079460123` within the country, `0033…` to any other.
    National,
}

/// The URI that carries a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UriForm {
    /// `sip:NUMBER@host`.
    #[default]
    Sip,
    /// `sip:NUMBER@host;user=phone` (RFC 3261 §19.1.6).
    Phone,
    /// `tel:NUMBER` (RFC 3966).
    Tel,
}

impl NumberRule {
    /// Checks all that the rule can tell by itself.
    pub(super) fn validate(&self) -> Result<(), Invalid> {
        if let Some(country) = &self.country
            && (!is_made_of(country, "") || !(1..=3).contains(&country.len()))
        {
            return Err(Invalid::new("numbers.country", "expected 1 to 3 digits, as 44"));
        }
        if self.format == NumberFormat::National && self.country.is_none() {
            return Err(Invalid::new("numbers.country", "national numbers need their country"));
        }
        let texts = [
            ("numbers.national_prefix", &self.national_prefix, ""),
            ("numbers.international_prefix", &self.international_prefix, ""),
            ("numbers.strip", &self.strip, "+"),
            ("numbers.add", &self.add, "*#+"),
            ("numbers.strip_in", &self.strip_in, "*#+"),
        ];
        for (field, text, beside) in texts {
            if text.len() > 15 || !is_made_of(text, beside) {
                return Err(Invalid::new(field, format!("expected at most 15 of 0-9 {beside}")));
            }
        }
        if self.uri == UriForm::Tel && self.format != NumberFormat::E164 {
            let why = "tel: needs the format e164: a local number would need a phone-context";
            return Err(Invalid::new("numbers.uri", why));
        }
        Ok(())
    }

    /// The number as this carrier wants it.
    #[must_use]
    pub fn write(&self, number: Number) -> String {
        let digits = number.digits();
        let text = match self.format {
            NumberFormat::E164 => format!("+{digits}"),
            NumberFormat::Digits => digits,
            NumberFormat::National => {
                let (abroad, country) = (&self.international_prefix, self.country.as_deref());
                let rest = country.and_then(|country| digits.strip_prefix(country));
                let national = rest.map(|rest| format!("{}{rest}", self.national_prefix));
                // What would read as a number abroad is written as one.
                let reads_abroad =
                    |text: &String| !abroad.is_empty() && text.starts_with(abroad.as_str());
                let national = national.filter(|text| !reads_abroad(text));
                national.unwrap_or_else(|| format!("{abroad}{digits}"))
            }
        };
        let rest = text.strip_prefix(self.strip.as_str()).unwrap_or(&text);
        format!("{}{rest}", self.add)
    }

    /// The number that this carrier's text means; none when it is no number.
    #[must_use]
    pub fn read(&self, text: &str) -> Option<Number> {
        let text = text.strip_prefix(self.strip_in.as_str()).unwrap_or(text);
        let text: String = text.chars().filter(|c| !SEPARATORS.contains(c)).take(32).collect();
        if text.starts_with('+') {
            return text.parse().ok();
        }
        let country = self.country.as_deref();
        let national = |rest: &str| format!("+{}{rest}", country.unwrap_or_default()).parse().ok();
        let known = |prefix: &str| {
            text.strip_prefix(prefix).filter(|_| !prefix.is_empty()).map(str::to_owned)
        };
        if let Some(rest) = known(&self.international_prefix) {
            return format!("+{rest}").parse().ok();
        }
        if country.is_some() {
            if let Some(rest) = known(&self.national_prefix) {
                return national(&rest);
            }
            if self.format == NumberFormat::National && self.national_prefix.is_empty() {
                return national(&text);
            }
        }
        format!("+{text}").parse().ok()
    }
}

fn is_made_of(text: &str, beside: &str) -> bool {
    text.chars().all(|c| c.is_ascii_digit() || beside.contains(c))
}

/// RFC 3966 §3: visual separators.
const SEPARATORS: [char; 4] = ['-', '.', '(', ')'];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn number(text: &str) -> Number {
        text.parse().unwrap()
    }

    fn british() -> NumberRule {
        NumberRule {
            format: NumberFormat::National,
            country: Some("44".to_owned()),
            ..NumberRule::default()
        }
    }

    /// INTEROP 47: E.164 with and without its plus, and national.
    #[test]
    fn a_number_is_written_as_the_carrier_wants_it() {
        let london = number("+442079460123");
        assert_eq!(NumberRule::default().write(london), "+442079460123");
        let digits = NumberRule { format: NumberFormat::Digits, ..NumberRule::default() };
        assert_eq!(digits.write(london), "442079460123");
        assert_eq!(british().write(london), "02079460123");
        assert_eq!(british().write(number("+33199001234")), "0033199001234");
        let tech = NumberRule { strip: "00".into(), add: "99#".into(), ..british() };
        assert_eq!(tech.write(number("+33199001234")), "99#33199001234");
        assert_eq!(tech.write(london), "99#02079460123");
    }

    #[test]
    fn what_a_carrier_writes_is_read_by_its_own_habits() {
        let london = Some(number("+442079460123"));
        for text in ["+442079460123", "02079460123", "00442079460123", "442079460123"] {
            assert_eq!(british().read(text), london, "{text}");
        }
        assert_eq!(NumberRule::default().read("+44-20.7946(0123)"), london, "RFC 3966 separators");
        let american = NumberRule {
            country: Some("1".to_owned()),
            national_prefix: String::new(),
            international_prefix: "011".to_owned(),
            ..british()
        };
        assert_eq!(american.read("2025550103"), Some(number("+12025550103")));
        assert_eq!(american.read("011442079460123"), london);
        let behind = NumberRule { strip_in: "8*".to_owned(), ..british() };
        assert_eq!(behind.read("8*02079460123"), london);
        for text in ["", "anonymous", "+", "12345", "+44 20 7946", "00", "02079460123x"] {
            assert_eq!(british().read(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_wrong_rule_names_its_field() {
        let told = |rule: NumberRule| rule.validate().unwrap_err().to_string();
        let base = NumberRule::default;
        assert_eq!(
            told(NumberRule { format: NumberFormat::National, ..base() }),
            "numbers.country: national numbers need their country"
        );
        assert_eq!(
            told(NumberRule { add: "9\r\n".to_owned(), ..base() }),
            "numbers.add: expected at most 15 of 0-9 *#+"
        );
        assert!(told(NumberRule { uri: UriForm::Tel, ..british() }).contains("phone-context"));
        assert_eq!(british().validate(), Ok(()));
    }

    proptest! {
        #[test]
        fn a_number_written_by_a_rule_is_read_back_by_it(
            text in "\\+[1-9][0-9]{7,13}",
            country in prop::option::of("[1-9][0-9]{0,2}"),
            format in 0..3_u8,
        ) {
            let format = match (format, &country) {
                (0, _) | (_, None) => NumberFormat::E164,
                (1, _) => NumberFormat::Digits,
                _ => NumberFormat::National,
            };
            let rule = NumberRule { format, country, ..NumberRule::default() };
            // A national number too short to be E.164 by itself is still one with its country.
            let written = rule.write(number(&text));
            prop_assert_eq!(rule.read(&written), Some(number(&text)), "{}", written);
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in any::<String>()) {
            let _ = british().read(&text);
        }
    }
}
