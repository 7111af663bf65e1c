//! Ids: one newtype a kind over a UUID, so an id of one kind cannot be passed as another.
//!
//! An id is made by the edge that has randomness and a clock (version 7), or by a seed in the
//! simulator; this crate only carries it.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// The UUID underneath.
            #[must_use]
            pub fn as_uuid(&self) -> &Uuid {
                &self.0
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::from_str(text).map(Self)
            }
        }
    )+};
}

ids! {
    /// An agent's profile.
    AgentId
    /// A team of agents.
    TeamId
    /// An outbound campaign.
    CampaignId
    /// An inbound queue.
    QueueId
    /// A trunk to a carrier.
    TrunkId
    /// A number that callers dial.
    DidId
    /// A number that we may present.
    CliId
    /// A number of the phonebook.
    PhonebookEntryId
    /// A prompt of the organisation's own.
    PromptId
    /// A workflow that leads callers.
    WorkflowId
    /// What agents read and ask in a conversation.
    ScriptId
    /// A call, from its first INVITE to its record.
    CallId
    /// A recording of a call.
    RecordingId
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_prints_parses_and_travels_as_its_uuid() {
        let text = "0190a5f0-7c1e-7000-8000-00000000002a";
        let agent: AgentId = text.parse().unwrap();
        assert_eq!(agent.to_string(), text);
        assert_eq!(format!("{agent:?}"), format!("AgentId({text})"));
        assert_eq!(serde_json::to_string(&agent).unwrap(), format!("\"{text}\""));
        assert_eq!(serde_json::from_str::<AgentId>(&format!("\"{text}\"")).unwrap(), agent);
        assert!("agent-7".parse::<AgentId>().is_err());
    }
}
