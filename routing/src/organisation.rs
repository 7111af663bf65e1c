//! Organisation settings that the floor and the numbering need (R173).

use crate::agents::time_zone;
use crate::call_in::KnownCaller;
use crate::invalid::{self, Invalid};
use crate::number::{Number, Prefix};
use serde::{Deserialize, Serialize};

/// The organisation whose agents these are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Organisation {
    /// The name that customers hear and administrators see.
    pub name: String,
    /// What every extension begins with (R170); checked with [`Prefix::check`] when it is saved.
    pub prefix: Prefix,
    /// The number presented where neither agent nor campaign has one (R154).
    #[serde(default)]
    pub cli: Option<Number>,
    /// IANA zone for whoever has none of their own (R143).
    pub time_zone: String,
    /// Whether a pause needs a reason.
    #[serde(default)]
    pub pause_reason: PausePolicy,
    /// An agent may clock out with a call or a wrap-up in hand (R189).
    #[serde(default)]
    pub clock_out_while_active: bool,
    /// Attendance and availability of the tracked teams are asked for (R177).
    #[serde(default)]
    pub track_attendance: bool,
    /// What it is worth that an agent calls an access number from a number of their own (R126).
    #[serde(default)]
    pub known_caller: KnownCaller,
}

impl Organisation {
    /// Checks all that the settings can tell by themselves.
    pub fn validate(&self) -> Result<(), Invalid> {
        invalid::line("name", &self.name, 128)?;
        time_zone("time_zone", &self.time_zone)
    }

    /// What the floor has to know of it.
    #[must_use]
    pub fn policy(&self) -> Policy {
        Policy {
            pause_reason: self.pause_reason,
            clock_out_while_active: self.clock_out_while_active,
            track_attendance: self.track_attendance,
        }
    }
}

/// What the organisation asks of its agents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Policy {
    /// Whether a pause needs a reason.
    pub pause_reason: PausePolicy,
    /// An agent may clock out with a call or a wrap-up in hand (R189).
    pub clock_out_while_active: bool,
    /// Tracked teams clock in to a unit, and out with a reason (R177).
    pub track_attendance: bool,
}

/// Whether a pause needs a reason (REQUIREMENTS A6 on R73, R146 and R147).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PausePolicy {
    /// A pause without a reason is refused.
    #[default]
    Required,
    /// The agent may give one.
    Optional,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_organisation_asks_for_pause_reasons_unless_told_otherwise() {
        let json = r#"{"name":"Acme","prefix":"50143","time_zone":"Europe/London"}"#;
        let read: Organisation = serde_json::from_str(json).unwrap();
        assert_eq!(read.pause_reason, PausePolicy::Required);
        assert!(!read.clock_out_while_active);
        assert_eq!(read.validate(), Ok(()));
    }

    #[test]
    fn an_organisation_without_a_name_or_with_a_wrong_prefix_is_refused() {
        let json = r#"{"name":"Acme","prefix":"50x43","time_zone":"Europe/London"}"#;
        let told = serde_json::from_str::<Organisation>(json).unwrap_err().to_string();
        assert!(told.contains("expected an extension prefix of 1 to 6 digits"), "{told}");
        let json = r#"{"name":" ","prefix":"50143","time_zone":"Europe/London"}"#;
        let nameless: Organisation = serde_json::from_str(json).unwrap();
        assert_eq!(nameless.validate().unwrap_err().field, "name");
    }
}
