//! What the floor waits for: up to two alarms an agent, and up to three a waiting call.

use crate::ids::{AgentId, CallId};

/// What is due then; at the same instant in this order.
///
/// Agents before calls: one who becomes free in the very instant of a deadline is in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Alarm {
    /// The agent's state ends.
    Agent(AgentId),
    /// A queue may give up on the agent.
    Idle(AgentId),
    /// The call has waited long enough.
    Call(CallId),
    /// The caller hears the position.
    Announce(CallId),
    /// The caller hears the clip that comes in between.
    Comfort(CallId),
}
