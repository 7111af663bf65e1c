//! How far ahead a campaign may dial, and how it shares agents with others.

use super::in_range;
use crate::pacer::Rank;
use routing::Invalid;
use serde::{Deserialize, Serialize};

/// What an organisation decides about pacing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Pacing {
    /// The share of people abandoned that is aimed at, in tenths of a percent, 1..=1,000; none
    /// aims at the abandon policy's limit. Above the limit it is the limit that binds.
    pub target_permille: Option<u16>,
    /// Whether the rate to date is to be under the cap at every moment, with nothing borrowed
    /// from answers still to come.
    pub strict: bool,
    /// A call that has rung for so many seconds may be given up when it would most likely find
    /// nobody, 15..=60 (RULES US-3, UK-4); none: never, as Germany asks.
    pub give_up_after_s: Option<u16>,
    /// Before which campaigns this one takes agents that both may have.
    pub rank: Rank,
    /// Its part among those of its rank, 1..=100.
    pub weight: u16,
}

impl Pacing {
    pub(super) fn validate(&self, wrong: &mut Vec<Invalid>) {
        if let Some(target) = self.target_permille {
            in_range(wrong, "pacing.target_permille", target.into(), 1, 1_000);
        }
        if let Some(seconds) = self.give_up_after_s {
            in_range(wrong, "pacing.give_up_after_s", seconds.into(), 15, 60);
        }
        in_range(wrong, "pacing.weight", self.weight.into(), 1, 100);
    }
}

impl Default for Pacing {
    fn default() -> Self {
        let rank = Rank::default();
        Self { target_permille: None, strict: false, give_up_after_s: None, rank, weight: 10 }
    }
}
