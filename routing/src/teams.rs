//! Teams: the groups that agents belong to, and the units they clock in to (R144, R177, R187).

use crate::ids::TeamId;
use crate::invalid::{self, Invalid};
use serde::{Deserialize, Serialize};

/// A team of agents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Team {
    /// The id that profiles refer to.
    pub id: TeamId,
    /// The name that agents and supervisors see; unique.
    pub name: String,
    /// Attendance is tracked, where the organisation tracks it at all (R177): clocking in names a
    /// unit and clocking out a reason.
    #[serde(default = "tracked")]
    pub tracked: bool,
}

impl Team {
    /// Checks all that a team can tell by itself.
    pub fn validate(&self) -> Result<(), Invalid> {
        invalid::line("name", &self.name, 128)
    }
}

fn tracked() -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_team_of_a_name_alone_is_tracked_and_a_nameless_one_is_refused() {
        let json = serde_json::json!({ "id": Uuid::from_u128(1), "name": "Loans" });
        let mut team: Team = serde_json::from_value(json).unwrap();
        assert!(team.tracked);
        assert_eq!(team.validate(), Ok(()));
        team.name = "a\nb".into();
        assert_eq!(team.validate().unwrap_err().field, "name");
    }
}
