//! What a call wants done: told in order, and carried out by the switch.

use routing::{AgentId, CallId};

/// What is to be done about it, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Send the INVITE.
    Dial,
    /// Ask the floor for an agent.
    Seek,
    /// The time of a workflow's step is over.
    Lead,
    /// The floor is done with the call: it waits no more, and whoever talked in it wraps up.
    Withdraw,
    /// Let customer and agent hear each other.
    Connect(AgentId),
    /// Silence between them; the agent keeps the call.
    Separate(AgentId),
    /// Play hold music to the customer.
    Music,
    /// Let the customer hear that a telephone rings.
    Ringback,
    /// Let the parties of this and another call hear each other.
    Bridge(CallId),
    /// Play the notice to the customer; nobody came in time.
    Notice,
    /// Play the campaign's message to whoever answered.
    Message,
    /// Play the greeting of the mailbox.
    Greet,
    /// Sound the tone and record what the caller says.
    Tone,
    /// Play nothing.
    Hush,
    /// Call the agent's line back.
    CallBack(AgentId),
    /// End the customer's leg: CANCEL or BYE, as it stands.
    HangUp,
    /// The call is over; nothing follows.
    Finished,
}
