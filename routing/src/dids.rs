//! DIDs: the numbers that callers dial, and where each leads (R157–R163).

use crate::ids::{AgentId, CampaignId, DidId, QueueId, WorkflowId};
use crate::invalid::{self, Invalid};
use crate::number::Number;
use crate::opening::Opening;
use crate::queues::Overflow;
use serde::{Deserialize, Serialize};

/// A number that callers dial.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Did {
    /// The id.
    pub id: DidId,
    /// The number; unique.
    pub number: Number,
    /// What administrators call it.
    #[serde(default)]
    pub label: Option<String>,
    /// Where a call to it leads.
    pub target: DidTarget,
    /// The campaign for reporting, recording and dispositions (R157).
    #[serde(default)]
    pub campaign: Option<CampaignId>,
    /// What happens where the agent is paused, logged out, or does not answer (R157, R174).
    #[serde(default)]
    pub unavailable: Overflow,
    /// The clip that a caller hears whom nobody takes, by name; none is the built-in notice.
    #[serde(default)]
    pub notice: Option<String>,
    /// When its callers find somebody there; none is always.
    #[serde(default)]
    pub opening: Option<Opening>,
}

impl Did {
    /// Checks all that a DID can tell by itself.
    pub fn validate(&self) -> Result<(), Invalid> {
        if let Some(label) = &self.label {
            invalid::line("label", label, 128)?;
        }
        self.notice.as_deref().map_or(Ok(()), |clip| invalid::line("notice", clip, 128))?;
        if let Some(opening) = &self.opening {
            opening.validate().map_err(|why| why.within("opening"))?;
        }
        for (field, overflow) in [
            ("unavailable.number", Some(self.unavailable)),
            ("opening.closed.number", self.opening.as_ref().map(|opening| opening.closed)),
        ] {
            if overflow == Some(Overflow::Number { number: self.number }) {
                return Err(Invalid::new(field, "must be another number"));
            }
        }
        if self.target == DidTarget::CallIn {
            self.is_access_alone()?;
        }
        let back = match (self.target, self.unavailable) {
            (DidTarget::Agent { agent }, Overflow::Agent { agent: other }) => agent == other,
            (DidTarget::Queue { queue }, Overflow::Queue { queue: other }) => queue == other,
            _ => false,
        };
        if back {
            return Err(Invalid::new("unavailable", "must lead elsewhere than the number itself"));
        }
        Ok(())
    }
}

impl Did {
    /// What is said of customers means nothing where none is put through.
    fn is_access_alone(&self) -> Result<(), Invalid> {
        let said = [
            ("campaign", self.campaign.is_some()),
            ("unavailable", self.unavailable != Overflow::Notice),
            ("notice", self.notice.is_some()),
            ("opening", self.opening.is_some()),
        ];
        match said.into_iter().find(|(_, is_there)| *is_there) {
            Some((field, _)) => Err(Invalid::new(field, "must be left out of an access number")),
            None => Ok(()),
        }
    }
}

/// Where a call to a DID leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "to", rename_all = "snake_case", deny_unknown_fields)]
pub enum DidTarget {
    /// One agent.
    Agent {
        /// The agent.
        agent: AgentId,
    },
    /// A queue.
    Queue {
        /// The queue.
        queue: QueueId,
    },
    /// A workflow, which leads the caller further.
    Workflow {
        /// The workflow.
        workflow: WorkflowId,
    },
    /// Nobody: agents call it from any telephone to make their line (R126).
    CallIn,
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_did_that_falls_back_on_its_own_target_is_refused() {
        let agent = AgentId::from(Uuid::from_u128(1));
        let mut did = Did {
            id: DidId::from(Uuid::from_u128(2)),
            number: "+15550100123".parse().unwrap(),
            label: Some("Front desk".into()),
            target: DidTarget::Agent { agent },
            campaign: None,
            unavailable: Overflow::Notice,
            notice: None,
            opening: None,
        };
        assert_eq!(did.validate(), Ok(()));
        did.unavailable = Overflow::Agent { agent };
        assert_eq!(did.validate().unwrap_err().field, "unavailable");
        did.unavailable = Overflow::Number { number: did.number };
        assert_eq!(did.validate().unwrap_err().field, "unavailable.number");
    }

    /// R126.
    #[test]
    fn an_access_number_says_nothing_of_customers() {
        let json = serde_json::json!({
            "id": Uuid::from_u128(2), "number": "+15550100123", "target": { "to": "call_in" },
        });
        let mut did: Did = serde_json::from_value(json).unwrap();
        assert_eq!((did.target, did.validate()), (DidTarget::CallIn, Ok(())));
        did.unavailable = Overflow::HangUp;
        assert_eq!(did.validate().unwrap_err().field, "unavailable");
        did.campaign = Some(CampaignId::from(Uuid::from_u128(3)));
        assert_eq!(did.validate().unwrap_err().field, "campaign");
    }

    #[test]
    fn a_did_in_json_names_its_target() {
        let json = serde_json::json!({
            "id": Uuid::from_u128(2), "number": "+15550100123",
            "target": { "to": "queue", "queue": Uuid::from_u128(3) },
        });
        let did: Did = serde_json::from_value(json).unwrap();
        assert_eq!(did.target, DidTarget::Queue { queue: QueueId::from(Uuid::from_u128(3)) });
        assert_eq!(did.unavailable, Overflow::Notice);
    }
}
