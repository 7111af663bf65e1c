//! Pause reasons: what the agent says, and the class it counts under.
//!
//! R89, R90, R95, R190 and REQUIREMENTS A6 "Break vs pause": every reason has a class; pause time
//! is the sum of all classes and break time that of one.

use crate::invalid::{self, Invalid};
use serde::{Deserialize, Serialize};

/// Why an agent is paused.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PauseReason {
    /// What the time counts under.
    pub class: PauseClass,
    /// The reason's name or the agent's own words; required for [`PauseClass::Other`].
    #[serde(default)]
    pub text: Option<String>,
}

impl PauseReason {
    /// A reason of a class alone.
    #[must_use]
    pub fn of(class: PauseClass) -> Self {
        Self { class, text: None }
    }

    /// A pause that the switch itself put the agent in.
    pub(super) fn system(text: &str) -> Self {
        Self { class: PauseClass::System, text: Some(text.to_owned()) }
    }

    /// What stands where a supervisor paused somebody and said no more.
    #[must_use]
    pub fn ordered() -> Self {
        Self { class: PauseClass::Other, text: Some("by a supervisor".to_owned()) }
    }

    /// What stands where the policy asks for no reason and none was given.
    #[must_use]
    pub fn unspecified() -> Self {
        Self { class: PauseClass::Other, text: Some("no reason given".to_owned()) }
    }

    /// Checks a reason given by a person: Other needs text (R190), System is the switch's own.
    pub fn validate(&self) -> Result<(), Invalid> {
        match (self.class, &self.text) {
            (PauseClass::System, _) => {
                Err(Invalid::new("class", "system is given by the switch, never by a person"))
            }
            (PauseClass::Other, None) => {
                Err(Invalid::new("text", "is required for class other, to say what it is"))
            }
            (_, Some(text)) => invalid::line("text", text, 200),
            (_, None) => Ok(()),
        }
    }
}

/// What a pause counts under.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PauseClass {
    /// Rest, lunch; the only class that is break time.
    Break,
    /// Meeting or training.
    Meeting,
    /// Work away from the phone.
    BackOffice,
    /// Put there by the switch.
    System,
    /// Anything else, said in words.
    Other,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// R190.
    #[test]
    fn other_needs_words_and_a_person_cannot_claim_to_be_the_system() {
        let other = PauseReason::of(PauseClass::Other);
        assert_eq!(other.validate().unwrap_err().field, "text");
        let told = PauseReason { text: Some("fire drill".into()), ..other };
        assert_eq!(told.validate(), Ok(()));
        assert_eq!(PauseReason::of(PauseClass::Break).validate(), Ok(()));
        assert_eq!(PauseReason::of(PauseClass::System).validate().unwrap_err().field, "class");
        let broken = PauseReason { class: PauseClass::Break, text: Some("a\nb".into()) };
        assert_eq!(broken.validate().unwrap_err().field, "text");
    }
}
