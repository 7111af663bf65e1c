//! The numbering plan: a prefix must never make digits that already mean something else.
//!
//! REQUIREMENTS A6, "Prefix arithmetic": prefix 501 with agent 431427 dials the same digits as
//! prefix 50143 with agent 1427. A prefix is therefore checked, when it is saved, against every
//! other prefix, every DID and every service code.

use super::{Number, Prefix};

/// What a prefix collides with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Overlap {
    /// One of the two begins with the other, so two agents could have the same extension.
    #[error(
        "prefix {prefix} overlaps prefix {other}: one begins with the other, so two agents \
         could have the same extension"
    )]
    Prefix {
        /// The prefix that was to be saved.
        prefix: Prefix,
        /// The one that stands already.
        other: Prefix,
    },
    /// The DID's digits read as one of the prefix's extensions.
    #[error("prefix {prefix} overlaps DID {did}: its digits read as an extension")]
    Did {
        /// The prefix that was to be saved.
        prefix: Prefix,
        /// The DID in the way.
        did: Number,
    },
    /// The service code is one of the extensions, or an extension begins with it.
    #[error("prefix {prefix} overlaps service code {code}")]
    ServiceCode {
        /// The prefix that was to be saved.
        prefix: Prefix,
        /// The code in the way, as 112 or *98.
        code: String,
    },
}

impl Prefix {
    /// Checks this prefix against all that is dialled already; the first overlap is told.
    pub fn check<'a>(
        &self,
        prefixes: impl IntoIterator<Item = &'a Prefix>,
        dids: impl IntoIterator<Item = &'a Number>,
        service_codes: impl IntoIterator<Item = &'a str>,
    ) -> Result<(), Overlap> {
        let prefix = self.clone();
        if let Some(other) = prefixes.into_iter().find(|other| self.overlaps(other)) {
            return Err(Overlap::Prefix { prefix, other: other.clone() });
        }
        if let Some(did) = dids.into_iter().find(|did| self.swallows(&did.digits())) {
            return Err(Overlap::Did { prefix, did: *did });
        }
        // A code that the prefix begins with is as bad: dialling the code would never be over.
        let code = service_codes
            .into_iter()
            .find(|code| self.swallows(code) || self.as_str().starts_with(*code));
        match code {
            Some(code) => Err(Overlap::ServiceCode { prefix, code: code.to_owned() }),
            None => Ok(()),
        }
    }

    /// Whether an extension of one could be an extension of the other.
    #[must_use]
    pub fn overlaps(&self, other: &Prefix) -> bool {
        self.as_str().starts_with(other.as_str()) || other.as_str().starts_with(self.as_str())
    }

    /// Whether `digits` are the prefix, or an extension under it, or could become one.
    fn swallows(&self, digits: &str) -> bool {
        digits
            .strip_prefix(self.as_str())
            .is_some_and(|rest| rest.len() <= AGENT_DIGITS_MAX && !rest.starts_with('0'))
    }
}

/// An agent's number has at most nine digits, so a longer rest can be no extension.
const AGENT_DIGITS_MAX: usize = 9;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agents::AgentNumber;
    use proptest::prelude::*;

    fn prefix(text: &str) -> Prefix {
        text.parse().unwrap()
    }

    /// REQUIREMENTS A6: 501 ++ 431427 and 50143 ++ 1427 are the same digits.
    #[test]
    fn a_prefix_that_begins_another_is_refused_by_name() {
        let agent = |n| AgentNumber::try_from(n).unwrap();
        assert_eq!(prefix("501").extension(agent(431_427)), prefix("50143").extension(agent(1427)));
        let refused = prefix("501").check([&prefix("50143")], [], []).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "prefix 501 overlaps prefix 50143: one begins with the other, so two agents could \
             have the same extension"
        );
        assert!(prefix("50143").check([&prefix("501")], [], []).is_err());
        assert!(prefix("50143").check([&prefix("50144")], [], []).is_ok());
    }

    #[test]
    fn a_did_that_reads_as_an_extension_is_refused_and_one_too_long_for_it_is_not() {
        let did: Number = "+15550100123".parse().unwrap();
        assert!(matches!(prefix("155").check([], [&did], []), Err(Overlap::Did { .. })));
        // Eleven digits less one leave ten, and no agent has a number of ten digits.
        assert!(prefix("1").check([], [&did], []).is_ok());
        assert!(prefix("50143").check([], [&did], []).is_ok());
    }

    #[test]
    fn a_service_code_under_the_prefix_or_before_it_is_refused() {
        for (text, code) in [("9", "911"), ("11", "112"), ("9114", "911"), ("112", "112")] {
            let refused = prefix(text).check([], [], [code]);
            assert!(matches!(refused, Err(Overlap::ServiceCode { .. })), "{text} {code}");
        }
        assert!(prefix("50143").check([], [], ["911", "112", "*98"]).is_ok());
    }

    proptest! {
        #[test]
        fn prefixes_that_do_not_overlap_never_make_the_same_extension(
            one in "[0-9]{1,6}", two in "[0-9]{1,6}",
            a in 1_u32..=999_999_999, b in 1_u32..=999_999_999,
        ) {
            let (one, two) = (prefix(&one), prefix(&two));
            let (a, b) = (AgentNumber::try_from(a).unwrap(), AgentNumber::try_from(b).unwrap());
            if one.check([&two], [], []).is_ok() {
                prop_assert_ne!(one.extension(a), two.extension(b));
            }
        }
    }
}
