//! The open windows of each agent's desk: the switch is told when the last closes (FAULTS F11).
//!
//! A page that reloads closes its window and opens another. Both are told in the order in which
//! they happened, because the count is held while the switch is told.

use std::collections::BTreeMap;
use std::time::Duration;

use routing::AgentId;
use tokio::sync::Mutex;
use tokio::time::sleep;

use crate::control::{Command, CommandError, Control};

/// How many windows of each agent's desk are open.
#[derive(Debug, Default)]
pub(crate) struct Windows {
    open: Mutex<BTreeMap<AgentId, usize>>,
}

impl Windows {
    /// A window opened.
    pub(crate) async fn opened(&self, agent: AgentId, control: &dyn Control) {
        let mut open = self.open.lock().await;
        let count = open.entry(agent).or_default();
        *count += 1;
        if *count == 1 {
            tell(agent, true, control).await;
        }
    }

    /// A window closed.
    pub(crate) async fn closed(&self, agent: AgentId, control: &dyn Control) {
        let mut open = self.open.lock().await;
        let Some(count) = open.get_mut(&agent) else { return };
        *count -= 1;
        if *count == 0 {
            open.remove(&agent);
            tell(agent, false, control).await;
        }
    }
}

/// Tells the switch; again where it is busy, since a desk that is there must not count as lost.
async fn tell(agent: AgentId, open: bool, control: &dyn Control) {
    for _ in 0..TRIES {
        match control.command(Command::Desk { agent, open }).await {
            Err(CommandError::Busy(busy)) => sleep(busy.retry_after.min(SECOND)).await,
            Ok(_) | Err(_) => return,
        }
    }
    tracing::warn!(%agent, open, "the switch was too busy to be told of an agent's desk");
}

const TRIES: usize = 5;
const SECOND: Duration = Duration::from_secs(1);
