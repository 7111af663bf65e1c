//! Pause reasons at rest: what an agent may choose from (R73, R146), each under a class.

use routing::{PauseClass, PauseReason};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::documents::{Document, Documents, Value};
use crate::links::{Link, Target};

/// A reason that the organisation offers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferedReason {
    /// Its identity.
    pub id: PauseReasonId,
    /// What it adds to the agent's record, and what it counts under; unique by its text.
    #[serde(flatten)]
    pub reason: PauseReason,
    /// Whether it may be chosen now; off keeps it for old records.
    #[serde(default = "enabled")]
    pub enabled: bool,
}

fn enabled() -> bool {
    true
}

/// The identity of an offered reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PauseReasonId(Uuid);

impl From<Uuid> for PauseReasonId {
    fn from(id: Uuid) -> Self {
        Self(id)
    }
}

impl From<PauseReasonId> for Uuid {
    fn from(id: PauseReasonId) -> Self {
        id.0
    }
}

/// The repository of pause reasons.
pub type PauseReasons = Documents<OfferedReason>;

impl Document for OfferedReason {
    type Id = PauseReasonId;
    const TABLE: &'static str = "pause_reason";
    const UNIQUE: &'static [&'static str] = &["text"];

    fn id(&self) -> PauseReasonId {
        self.id
    }

    /// A class alone is a reason too: then the class's word stands for the text.
    fn unique(&self) -> Vec<Value> {
        vec![Value::Text(Some(self.name()))]
    }

    fn search(&self) -> String {
        self.name()
    }

    fn links(&self) -> Vec<Link> {
        Vec::new()
    }

    fn target(&self) -> Option<Target> {
        None
    }
}

impl OfferedReason {
    fn name(&self) -> String {
        self.reason.text.clone().unwrap_or_else(|| {
            match self.reason.class {
                PauseClass::Break => "Break",
                PauseClass::Meeting => "Meeting",
                PauseClass::BackOffice => "Back office",
                PauseClass::System => "System",
                PauseClass::Other => "Other",
            }
            .to_owned()
        })
    }
}
