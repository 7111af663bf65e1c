//! What the floor tells whoever drives it.

use super::work::{Reserved, Target};
use crate::ids::{AgentId, CallId, QueueId};
use crate::presence::{Cause, Interval, Latch, State};
use crate::queues::Overflow;
use std::time::Instant;

/// What the floor tells.
#[derive(Debug)]
pub enum Event {
    /// An agent's state changed.
    StateChanged {
        /// The agent.
        agent: AgentId,
        /// The state before.
        from: State,
        /// The state since.
        to: State,
        /// Who or what changed it.
        cause: Cause,
        /// What was said with it: the reason of a clock-out (R188).
        note: Option<String>,
        /// When.
        at: Instant,
    },
    /// A pause or clock-out waits for the end of a call, or was taken back.
    Latched {
        /// The agent.
        agent: AgentId,
        /// What waits.
        latch: Option<Latch>,
        /// When.
        at: Instant,
    },
    /// An agent's time in a state ended; it follows the change that ended it.
    Interval(Interval),
    /// A call that waited has an agent now.
    Assigned {
        /// The call.
        call: CallId,
        /// The agent set aside, to be connected, rung or given back.
        reserved: Reserved,
    },
    /// A call's place in line, at the queue's announcement times.
    Position {
        /// The call.
        call: CallId,
        /// Its place, 1 being next.
        position: usize,
        /// The length of the line.
        of: usize,
    },
    /// It is time for the clip that callers of the queue hear in between.
    Comfort {
        /// The call.
        call: CallId,
        /// The queue.
        queue: QueueId,
    },
    /// An agent let go of a call that was not connected yet: did not answer, declined, paused,
    /// lost the line, was logged out, or let the reservation lapse.
    LetGo {
        /// The agent.
        agent: AgentId,
        /// The call.
        call: CallId,
        /// It waits again at its old place; else it is the floor's no more.
        waits: bool,
    },
    /// The agent's line did not come back: the customer is the floor's no more.
    Stranded {
        /// The agent.
        agent: AgentId,
        /// The call.
        call: CallId,
    },
    /// A call waited as long as its queue allows, or the queue was removed.
    Overflowed {
        /// The call.
        call: CallId,
        /// The queue.
        queue: QueueId,
        /// What shall happen to it.
        action: Overflow,
    },
    /// A call reached its own deadline without an agent.
    Expired {
        /// The call.
        call: CallId,
        /// Whom it waited for.
        target: Target,
        /// Why it waits no more.
        why: Expiry,
    },
    /// An agent is active in a queue now, or is no more.
    GroupTurned {
        /// The agent.
        agent: AgentId,
        /// The queue.
        queue: QueueId,
        /// Which.
        active: bool,
        /// The agent, or [`Cause::Timeout`] where there was no sign of them.
        cause: Cause,
    },
    /// A call that an agent parked is wanted back by its queue: the agent is gone (R224).
    HandedOff {
        /// The call.
        call: CallId,
        /// Who parked it.
        agent: AgentId,
        /// Whose agents are to have it.
        queue: QueueId,
    },
    /// A wrap-up ended.
    WrapUpEnded {
        /// The agent.
        agent: AgentId,
        /// The call that was.
        call: CallId,
        /// Who or what ended it: on [`Cause::Timeout`] no disposition may have been given.
        cause: Cause,
    },
}

/// Why a call waits no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expiry {
    /// Its deadline is over.
    Deadline,
    /// Whom it waited for is gone.
    TargetGone,
}
