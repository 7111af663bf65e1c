//! What a trunk has carried today: minutes and money, against its caps (FAULTS S4).
//!
//! A stolen account is dialled day and night; a cap per day is what it can cost at the most. What
//! is spent counts from the answer, by the second, calls in progress included. A cap that is
//! reached refuses the next call; conversations are not cut.

use crate::invalid::Invalid;
use crate::number::Number;
use serde::{Deserialize, Serialize};

/// What a trunk may carry in a day, of the organisation's time zone.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DailyCap {
    /// Minutes of answered calls; none is no cap.
    pub minutes: Option<u32>,
    /// Money, in thousandths of a currency unit; none is no cap.
    pub spend: Option<u64>,
    /// What a minute costs, by prefix; the longest that fits counts. Under a cap on money a
    /// number without a price is not dialled.
    pub prices: Vec<Price>,
}

/// What a minute to one destination costs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// The destination, as digits of E.164: `44` or `447`.
    pub prefix: String,
    /// Thousandths of a currency unit for a minute.
    pub per_minute: u32,
}

/// What was carried so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Spent {
    /// Of answered calls.
    pub milliseconds: u64,
    /// Thousandths of a currency unit, times 60,000: the price of a minute times milliseconds.
    price_milliseconds: u64,
}

impl Spent {
    /// One call more, or one in progress as far as it has come.
    pub fn add(&mut self, milliseconds: u64, per_minute: u32) {
        self.milliseconds = self.milliseconds.saturating_add(milliseconds);
        let cost = milliseconds.saturating_mul(per_minute.into());
        self.price_milliseconds = self.price_milliseconds.saturating_add(cost);
    }

    /// Whole minutes begun.
    #[must_use]
    pub fn minutes(&self) -> u64 {
        self.milliseconds.div_ceil(MINUTE_MS)
    }

    /// Thousandths of a currency unit.
    #[must_use]
    pub fn spend(&self) -> u64 {
        self.price_milliseconds.div_ceil(MINUTE_MS)
    }
}

impl DailyCap {
    /// Checks all that the cap can tell by itself.
    pub(super) fn validate(&self) -> Result<(), Invalid> {
        if self.prices.len() > 2_048 {
            return Err(Invalid::new("daily.prices", "may hold at most 2048 prices"));
        }
        for (index, price) in self.prices.iter().enumerate() {
            let digits = price.prefix.bytes().all(|b| b.is_ascii_digit());
            if !digits || !(1..=15).contains(&price.prefix.len()) {
                let field = format!("daily.prices[{index}].prefix");
                return Err(Invalid::new(field, "expected 1 to 15 digits, as 44"));
            }
        }
        if self.spend.is_some() && self.prices.is_empty() {
            return Err(Invalid::new("daily.prices", "a cap on money needs prices"));
        }
        Ok(())
    }

    /// What a minute to `number` costs; none where no price is known.
    #[must_use]
    pub fn price(&self, number: Number) -> Option<u32> {
        let digits = number.digits();
        let fits = self.prices.iter().filter(|price| digits.starts_with(&price.prefix));
        fits.max_by_key(|price| price.prefix.len()).map(|price| price.per_minute)
    }

    /// Whether one more call fits after `spent`, which holds the calls in progress too.
    #[must_use]
    pub fn allows(&self, spent: &Spent) -> bool {
        let under = |cap: Option<u64>, used: u64| cap.is_none_or(|cap| used < cap);
        under(self.minutes.map(u64::from), spent.milliseconds / MINUTE_MS)
            && under(self.spend, spent.price_milliseconds / MINUTE_MS)
    }

    /// Whether `number` may be dialled under this cap at all: money is only spent knowingly.
    #[must_use]
    pub fn knows(&self, number: Number) -> bool {
        self.spend.is_none() || self.price(number).is_some()
    }
}

const MINUTE_MS: u64 = 60_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn cap() -> DailyCap {
        let price = |prefix: &str, per_minute| Price { prefix: prefix.to_owned(), per_minute };
        let prices = vec![price("44", 10), price("447", 45), price("4479", 90)];
        DailyCap { minutes: Some(2), spend: Some(100), prices }
    }

    #[test]
    fn the_longest_prefix_sets_the_price_and_a_number_without_one_is_not_dialled() {
        let price = |text: &str| cap().price(text.parse().unwrap());
        assert_eq!(price("+442079460123"), Some(10));
        assert_eq!(price("+447700900123"), Some(45));
        assert_eq!(price("+447911123456"), Some(90));
        assert_eq!(price("+12025550103"), None);
        assert!(!cap().knows("+12025550103".parse().unwrap()));
        let free = DailyCap { spend: None, ..cap() };
        assert!(free.knows("+12025550103".parse().unwrap()));
    }

    #[test]
    fn minutes_are_capped_to_the_millisecond() {
        let mut spent = Spent::default();
        spent.add(119_999, 0);
        assert!(cap().allows(&spent));
        spent.add(1, 0);
        assert!(!cap().allows(&spent));
    }

    #[test]
    fn money_is_counted_by_the_millisecond_and_capped() {
        let mut spent = Spent::default();
        spent.add(60_000, 90);
        assert_eq!(spent.spend(), 90);
        assert!(cap().allows(&spent));
        spent.add(13_334, 45);
        assert!(!cap().allows(&spent), "{}", spent.spend());
    }

    #[test]
    fn a_wrong_cap_names_its_entry() {
        let mut wrong = cap();
        wrong.prices[1].prefix = "+447".to_owned();
        assert_eq!(
            wrong.validate().unwrap_err().to_string(),
            "daily.prices[1].prefix: expected 1 to 15 digits, as 44"
        );
        let bare = DailyCap { prices: vec![], ..cap() };
        assert_eq!(
            bare.validate().unwrap_err().to_string(),
            "daily.prices: a cap on money needs prices"
        );
    }
}
