//! The digits by which an agent proves who they are on a telephone.

use std::fmt;

use crate::invalid::Invalid;

/// A PIN, or what somebody keyed in place of one; never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Pin(String);

impl Pin {
    /// What a caller keyed, whatever it is.
    pub(super) fn keyed(keys: String) -> Self {
        Self(keys)
    }

    /// A PIN that an agent is to have: 6 to 12 digits that are harder to guess than to key. None of
    /// its digits may be all there is of it, nor two that take turns, nor pairs of one digit; it
    /// may not count up or down, and it may not hold `number`, the agent's own.
    pub fn chosen(text: &str, number: &str) -> Result<Self, Invalid> {
        let wrong = |why| Err(Invalid::new("pin", why));
        let digits = text.as_bytes();
        if !(DIGITS_MIN..=DIGITS_MAX).contains(&digits.len())
            || !digits.iter().all(u8::is_ascii_digit)
        {
            return wrong("must be 6 to 12 digits");
        }
        let steps = |up: u8, down: u8| {
            digits.windows(2).all(|pair| (pair[0] + up) % 10 == (pair[1] + down) % 10)
        };
        if steps(0, 0) || steps(1, 0) || steps(0, 1) {
            return wrong("must not be one digit repeated, nor count up or down");
        }
        let pair_again = digits.windows(3).all(|three| three[0] == three[2]);
        let in_pairs = digits.chunks(2).all(|pair| pair.iter().all(|digit| *digit == pair[0]));
        if pair_again || (in_pairs && digits.len().is_multiple_of(2)) {
            return wrong("must not be two digits repeated, nor pairs of one digit");
        }
        if number.len() >= HELD_MIN && text.contains(number) {
            return wrong("must not hold the agent's own number");
        }
        Ok(Self(text.to_owned()))
    }

    /// The digits themselves.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pin(•••)")
    }
}

/// A million PINs, for whom everybody knows the agent's number. From one telephone a lock leaves
/// 480 tries a day at the most, and years to guess. Whoever forges a number for each try is held to
/// the tries that fit into the calls at once, each held back: less than one a second, some 70,000 a
/// day, which finds the PIN of one agent in about a week. It is warned of within the first minutes,
/// and two digits more, as random PINs have, make two years of it.
pub(super) const DIGITS_MIN: usize = 6;

/// As many as anybody keys.
pub(super) const DIGITS_MAX: usize = 12;

/// Every PIN holds short numbers.
const HELD_MIN: usize = 3;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_is_long_enough_and_no_first_guess() {
        let told = |text: &str| {
            let pin = Pin::chosen(text, "1042").map(|pin| pin.reveal().to_owned());
            pin.map_err(|why| why.to_string())
        };
        assert_eq!(told("402817"), Ok("402817".to_owned()));
        for short in ["", "40281", "4028174028174", "40 817", "40281٣"] {
            assert_eq!(told(short), Err("pin: must be 6 to 12 digits".to_owned()), "{short}");
        }
        for plain in ["777777", "123456", "890123", "654321", "210987"] {
            assert!(told(plain).unwrap_err().contains("count up or down"), "{plain}");
        }
        for pairs in ["121212", "787878787", "112233", "99110099"] {
            assert!(told(pairs).unwrap_err().contains("two digits repeated"), "{pairs}");
        }
        for fine in ["112234", "121213", "1122334"] {
            assert_eq!(told(fine), Ok(fine.to_owned()));
        }
        assert!(told("991042").unwrap_err().contains("own number"));
        assert!(Pin::chosen("424217", "42").is_ok(), "two digits are in many a PIN");
    }

    #[test]
    fn a_pin_does_not_print_its_digits() {
        let pin = Pin::chosen("402817", "1042").unwrap();
        assert_eq!(format!("{pin:?} {:?}", Some(&pin)).matches("402817").count(), 0);
    }
}
