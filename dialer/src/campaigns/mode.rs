//! The ways to dial.

use super::in_range;
use routing::Invalid;
use serde::{Deserialize, Serialize};

/// How a campaign dials; it may be changed while calls are up, and none is lost by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Mode {
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
}

impl Mode {
    /// The mode as a desk shows it (R110).
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Progressive { .. } => "progressive",
            Self::Power { .. } => "power",
            Self::Predictive { .. } => "predictive",
        }
    }

    /// Most live attempts.
    #[must_use]
    pub const fn max_live(self) -> u16 {
        match self {
            Self::Progressive { max_live }
            | Self::Power { max_live, .. }
            | Self::Predictive { max_live } => max_live,
        }
    }

    /// Whether it dials ahead of free agents, so that a person may meet none.
    #[must_use]
    pub const fn dials_ahead(self) -> bool {
        !matches!(self, Self::Progressive { .. })
    }

    pub(super) fn validate(self, wrong: &mut Vec<Invalid>) {
        let most = if matches!(self, Self::Predictive { .. }) { 5_000 } else { 1_000 };
        in_range(wrong, "mode.max_live", self.max_live().into(), 1, most);
        if let Self::Power { attempts_per_agent_tenths, .. } = self {
            let field = "mode.attempts_per_agent_tenths";
            in_range(wrong, field, attempts_per_agent_tenths.into(), 10, 100);
        }
    }
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
