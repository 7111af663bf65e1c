//! The desk: how a simulated agent asks things of the switch.

use std::future::Future;
use std::sync::Arc;

use admin_api::{AgentVerb, Command, Control};
use routing::{AgentId, Cause};

/// What an agent's browser would be to the switch.
pub trait Desk: Send + Sync + 'static {
    /// Asks something of the agent's own work, and waits for the switch's answer.
    fn ask(
        &self,
        agent: AgentId,
        verb: AgentVerb,
    ) -> impl Future<Output = Result<(), DeskError>> + Send;
}

/// The switch did not do it; says why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct DeskError(pub String);

/// The desk of an agent in the switch's own process: no HTTP in between.
impl<C: Control + ?Sized> Desk for Arc<C> {
    async fn ask(&self, agent: AgentId, verb: AgentVerb) -> Result<(), DeskError> {
        let command = Command::Agent { agent, by: Cause::Agent, verb };
        self.command(command).await.map(drop).map_err(|error| DeskError(error.to_string()))
    }
}
