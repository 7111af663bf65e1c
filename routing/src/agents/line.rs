//! How an agent's line is made in one shift (R126–R128).
//!
//! The profile's values are defaults that the agent may change at each clock-in.

use super::{Connection, ConnectionMode};
use crate::invalid::Invalid;
use crate::number::Number;
use serde::{Deserialize, Serialize};

/// How an agent's line is made in one shift.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinePlan {
    /// Who calls whom (R126).
    pub mode: ConnectionMode,
    /// The line stays up between calls (R127), and else is made for each.
    pub persistent: bool,
    /// Where a call-me line rings (R128); none is the agent's own extension.
    #[serde(default)]
    pub phone: Option<Number>,
}

impl LinePlan {
    /// Refuses a number where none is rung.
    pub fn validate(&self) -> Result<(), Invalid> {
        if self.phone.is_some() && self.mode != ConnectionMode::CallMe {
            return Err(Invalid::new("phone", "is only rung in mode call_me"));
        }
        Ok(())
    }

    /// Whether it is made by ringing the agent's extension, so that this has to be registered.
    #[must_use]
    pub fn rings_extension(&self) -> bool {
        self.mode != ConnectionMode::CallIn && self.phone.is_none()
    }
}

impl Default for LinePlan {
    fn default() -> Self {
        Self::from(&Connection::default())
    }
}

impl From<&Connection> for LinePlan {
    fn from(connection: &Connection) -> Self {
        let Connection { mode, persistent, phone, .. } = *connection;
        Self { mode, persistent, phone }
    }
}
