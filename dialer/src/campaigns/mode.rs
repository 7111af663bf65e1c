//! The ways to dial.

use super::in_range;
use routing::Invalid;
use serde::{Deserialize, Serialize};

/// How a campaign dials; it may be changed while calls are up, and none is lost by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Mode {
    /// It dials nobody by itself; its agents dial by hand (R104).
    Manual,
    /// An agent who is ready is shown a lead, which is dialled when they say so or when the time
    /// to look is over; the agent is there before the person answers.
    Preview {
        /// Time to look, in seconds, 5..=300.
        #[serde(default = "default_look_s")]
        look_s: u16,
        /// Whether the agent may pass a lead.
        #[serde(default)]
        may_skip: bool,
    },
    /// One attempt for each agent who is free, never more.
    Progressive {
        /// Most live attempts, however many agents are free; 1..=1,000.
        #[serde(default = "default_max_live")]
        max_live: u16,
    },
    /// A fixed number of attempts for each agent who is free; one to one while too many are
    /// abandoned.
    Power {
        /// Attempts for each free agent, in tenths; 10..=100.
        attempts_per_agent_tenths: u16,
        /// Most live attempts, however many agents are free; 1..=1,000.
        #[serde(default = "default_max_live")]
        max_live: u16,
    },
    /// As many attempts as the forecast of free agents and answers allows ([`crate::pacer`]).
    Predictive {
        /// Most live attempts, whatever the forecast; 1..=5,000.
        #[serde(default = "default_max_ahead")]
        max_live: u16,
    },
    /// Whoever answers hears the campaign's message and meets nobody (R108).
    Agentless {
        /// Most live attempts that have not been answered; 1..=1,000.
        #[serde(default = "default_max_live")]
        max_live: u16,
    },
}

impl Mode {
    /// The mode as a desk shows it (R110).
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Manual => "manual",
            Self::Preview { .. } => "preview",
            Self::Progressive { .. } => "progressive",
            Self::Power { .. } => "power",
            Self::Predictive { .. } => "predictive",
            Self::Agentless { .. } => "agentless",
        }
    }

    /// Most live attempts that the pace may make.
    #[must_use]
    pub const fn max_live(self) -> u16 {
        match self {
            Self::Manual | Self::Preview { .. } => 0,
            Self::Progressive { max_live }
            | Self::Power { max_live, .. }
            | Self::Predictive { max_live }
            | Self::Agentless { max_live } => max_live,
        }
    }

    /// Whether it dials ahead of free agents, so that a person may meet none.
    #[must_use]
    pub const fn dials_ahead(self) -> bool {
        matches!(self, Self::Power { .. } | Self::Predictive { .. })
    }

    /// Whether an answer needs an agent who is not there yet.
    #[must_use]
    pub const fn needs_agents(self) -> bool {
        !matches!(self, Self::Manual | Self::Preview { .. } | Self::Agentless { .. })
    }

    pub(super) fn validate(self, wrong: &mut Vec<Invalid>) {
        match self {
            Self::Manual => {}
            Self::Preview { look_s, .. } => {
                in_range(wrong, "mode.look_s", look_s.into(), 5, LOOK_S_MAX.into());
            }
            Self::Predictive { max_live } => {
                in_range(wrong, "mode.max_live", max_live.into(), 1, 5_000);
            }
            Self::Progressive { max_live }
            | Self::Power { max_live, .. }
            | Self::Agentless { max_live } => {
                in_range(wrong, "mode.max_live", max_live.into(), 1, 1_000);
            }
        }
        if let Self::Power { attempts_per_agent_tenths, .. } = self {
            let field = "mode.attempts_per_agent_tenths";
            in_range(wrong, field, attempts_per_agent_tenths.into(), 10, 100);
        }
    }
}

/// Longest time to look at a lead, in seconds.
pub const LOOK_S_MAX: u16 = 300;

const fn default_look_s() -> u16 {
    30
}

impl Default for Mode {
    fn default() -> Self {
        Self::Progressive { max_live: default_max_live() }
    }
}

const fn default_max_live() -> u16 {
    1_000
}

const fn default_max_ahead() -> u16 {
    5_000
}
