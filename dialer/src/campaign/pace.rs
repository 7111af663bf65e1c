//! Pace: how many attempts to make now, and the sentence that explains it.

use crate::campaigns::{CampaignSettings, Mode};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What the floor and the trunks can take at this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Demand {
    /// Agents who are free for this campaign and promised to no other call.
    pub free_agents: usize,
    /// Lines free on its trunks.
    pub free_lines: usize,
}

/// How many attempts to make, with the numbers it was decided on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// When it was made.
    pub at: Timestamp,
    /// How the campaign dials, as [`Mode::as_str`] spells it.
    pub mode: String,
    /// Agents who were free.
    pub free_agents: u32,
    /// Attempts that might still have needed one of them.
    pub unserved: u32,
    /// Lines that were free.
    pub free_lines: u32,
    /// How many attempts to make.
    pub dial: u32,
}

impl Decision {
    /// No dial, because nobody has asked yet.
    pub(super) fn idle(settings: &CampaignSettings) -> Self {
        let demand = Demand { free_agents: 0, free_lines: 0 };
        decide(Timestamp::UNIX_EPOCH, settings, demand, 0)
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { mode, free_agents, unserved, free_lines, dial, .. } = self;
        write!(
            f,
            "{dial} dials ({mode}): {free_agents} agents free, {unserved} attempts may need one, \
             {free_lines} lines free"
        )
    }
}

/// One attempt for each agent who is free and has none on the way.
pub(super) fn decide(
    at: Timestamp,
    settings: &CampaignSettings,
    demand: Demand,
    unserved: usize,
) -> Decision {
    let Mode::Progressive { max_live } = settings.mode;
    let spare = demand.free_agents.min(max_live.into()).saturating_sub(unserved);
    let dial = if settings.running { spare.min(demand.free_lines) } else { 0 };
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Decision {
        at,
        mode: settings.mode.as_str().to_owned(),
        free_agents: count(demand.free_agents),
        unserved: count(unserved),
        free_lines: count(demand.free_lines),
        dial: count(dial),
    }
}
