//! Mailboxes: where callers leave a message whom nobody could serve (R96, R158).

use crate::ids::{AgentId, QueueId};
use serde::{Deserialize, Serialize};

/// Whose messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "of", rename_all = "snake_case", deny_unknown_fields)]
pub enum Mailbox {
    /// An agent's own.
    Agent {
        /// The agent.
        agent: AgentId,
    },
    /// Those of a queue, for every agent in it.
    Queue {
        /// The queue.
        queue: QueueId,
    },
}

/// How many messages are in a mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Messages {
    /// Not heard yet.
    pub new: u32,
    /// Heard, and kept.
    pub old: u32,
}

impl Messages {
    /// A new one was heard, or one that was heard is new again.
    pub fn mark(&mut self, heard: bool) {
        let (from, to) =
            if heard { (&mut self.new, &mut self.old) } else { (&mut self.old, &mut self.new) };
        *from = from.saturating_sub(1);
        *to += 1;
    }

    /// One that was heard or was not is gone.
    pub fn take(&mut self, heard: bool) {
        let from = if heard { &mut self.old } else { &mut self.new };
        *from = from.saturating_sub(1);
    }
}
