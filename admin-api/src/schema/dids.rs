//! Where the numbers that callers dial lead, as `openapi.json` describes it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// Where a call to a DID leads.
#[derive(Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "to", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum DidTarget {
    /// One agent.
    Agent {
        /// The agent.
        agent: Uuid,
    },
    /// A queue.
    Queue {
        /// The queue.
        queue: Uuid,
    },
    /// A workflow, which leads the caller further.
    Workflow {
        /// The workflow.
        workflow: Uuid,
    },
    /// Nobody: agents call it from any telephone to make their line.
    CallIn,
}
