//! CLIs: the numbers we may present, and which of them a call presents.
//!
//! R154: the agent's own number before the campaign's before the organisation's. A number that is
//! not ours is never presented, and never silently replaced by the next: the caller is told which
//! setting is wrong, because a wrong CLI is a compliance matter (RULES UK-6).

use crate::ids::CliId;
use crate::invalid::{self, Invalid};
use crate::number::Number;
use serde::{Deserialize, Serialize};

/// A number that the organisation owns and may present.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cli {
    /// The id.
    pub id: CliId,
    /// The number; unique.
    pub number: Number,
    /// What administrators call it.
    #[serde(default)]
    pub label: Option<String>,
    /// May be presented now; off is kept for the record of old calls.
    #[serde(default = "enabled")]
    pub enabled: bool,
    /// Most calls that show it in one day of the organisation, 1..=1,000,000; none: no bound.
    #[serde(default)]
    pub calls_per_day: Option<u32>,
}

impl Cli {
    /// Checks all that a CLI can tell by itself.
    pub fn validate(&self) -> Result<(), Invalid> {
        if self.calls_per_day.is_some_and(|most| !(1..=1_000_000).contains(&most)) {
            return Err(Invalid::new("calls_per_day", "must be 1 to 1000000"));
        }
        self.label.as_deref().map_or(Ok(()), |label| invalid::line("label", label, 128))
    }
}

fn enabled() -> bool {
    true
}

/// The CLI of a call, and whose setting it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct EffectiveCli {
    /// The number presented.
    pub number: Number,
    /// Whose setting it is.
    pub origin: CliOrigin,
}

/// Whose setting chose the CLI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CliOrigin {
    /// The agent's own.
    Agent,
    /// The campaign's.
    Campaign,
    /// The organisation's.
    Organisation,
    /// The trunk's, whatever anybody chose.
    Trunk,
}

impl CliOrigin {
    fn word(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Campaign => "campaign",
            Self::Organisation => "organisation",
            Self::Trunk => "trunk",
        }
    }
}

/// Chooses the CLI of a call by R154: agent before campaign before organisation.
///
/// `owned` tells whether a number is an enabled [`Cli`] of the organisation.
pub fn effective_cli(
    agent: Option<Number>,
    campaign: Option<Number>,
    organisation: Option<Number>,
    owned: impl Fn(Number) -> bool,
) -> Result<EffectiveCli, NoCli> {
    let chosen = [
        (agent, CliOrigin::Agent),
        (campaign, CliOrigin::Campaign),
        (organisation, CliOrigin::Organisation),
    ];
    let Some((number, origin)) = chosen.into_iter().find_map(|(n, origin)| Some((n?, origin)))
    else {
        return Err(NoCli::Unset);
    };
    if owned(number) {
        Ok(EffectiveCli { number, origin })
    } else {
        Err(NoCli::NotOwned { number, origin })
    }
}

/// Why a call has no CLI, and so may not be dialled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoCli {
    /// Nobody chose one.
    #[error("no CLI is set for the agent, the campaign or the organisation")]
    Unset,
    /// The chosen number is not one of ours.
    #[error("the {}'s CLI {number} is not an enabled CLI of the organisation", origin.word())]
    NotOwned {
        /// The number.
        number: Number,
        /// Whose setting it is.
        origin: CliOrigin,
    },
    /// The chosen number was shown as often today as it may be.
    #[error("the {}'s CLI {number} has been shown {most} times today, its most", origin.word())]
    Spent {
        /// The number.
        number: Number,
        /// Whose setting it is.
        origin: CliOrigin,
        /// How often it may be.
        most: u32,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(last: u8) -> Number {
        format!("+155501001{last:02}").parse().unwrap()
    }

    /// R154, every combination of the three settings.
    #[test]
    fn the_agents_cli_goes_before_the_campaigns_before_the_organisations() {
        let (a, c, o) = (number(1), number(2), number(3));
        for bits in 0..8_u8 {
            let set = |bit: u8, n| (bits & bit != 0).then_some(n);
            let got = effective_cli(set(1, a), set(2, c), set(4, o), |_| true);
            let expected = match bits {
                0 => Err(NoCli::Unset),
                n if n & 1 != 0 => Ok(EffectiveCli { number: a, origin: CliOrigin::Agent }),
                n if n & 2 != 0 => Ok(EffectiveCli { number: c, origin: CliOrigin::Campaign }),
                _ => Ok(EffectiveCli { number: o, origin: CliOrigin::Organisation }),
            };
            assert_eq!(got, expected, "{bits:03b}");
        }
    }

    #[test]
    fn a_chosen_cli_that_is_not_ours_stops_the_call_and_says_whose_setting_it_is() {
        let refused = effective_cli(Some(number(1)), Some(number(2)), None, |n| n == number(2));
        assert_eq!(
            refused.unwrap_err().to_string(),
            "the agent's CLI +15550100101 is not an enabled CLI of the organisation"
        );
    }
}
