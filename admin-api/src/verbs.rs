//! What an agent can ask to be done with calls, and a supervisor to be done to an agent.
//!
//! They are read off the wire as they are: the word is in `do`, and a field that does not belong to
//! it is refused.

use dialer::CallbackId;
use routing::{AgentId, CallId, CampaignId, Number, QueueId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::control::AgentVerb;

/// What an agent can ask to be done with calls.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum CallVerb {
    /// Dial a number for a campaign that runs.
    Dial {
        /// The number, in E.164.
        #[schema(value_type = String, example = "+15550100123")]
        number: Number,
        /// On whose behalf.
        #[schema(value_type = Uuid)]
        campaign: CampaignId,
    },
    /// Dial whom the agent promised a call, at the number that it was promised for.
    CallBack {
        /// The promise, the agent's own and open.
        #[schema(value_type = Uuid)]
        callback: CallbackId,
    },
    /// Call a colleague of one of the agent's teams.
    CallAgent {
        /// The colleague.
        #[schema(value_type = Uuid)]
        agent: AgentId,
    },
    /// Take a call that is parked, or waits in a queue of the agent's.
    Take {
        /// The call.
        #[schema(value_type = Uuid)]
        call: CallId,
    },
    /// Be heard by nobody.
    Mute {},
    /// Be heard again.
    Unmute {},
    /// Press keys, for whoever the agent talks with to hear.
    Press {
        /// Which, one after the other.
        #[schema(value_type = String, pattern = "^[0-9*#A-D]{1,32}$", example = "12#")]
        keys: Keys,
    },
    /// Send the customer on without a word.
    Transfer {
        /// To whom.
        to: Destination,
    },
    /// Ask somebody, with the customer on hold.
    Consult {
        /// Whom.
        to: Destination,
    },
    /// Turn from the customer to the third party, or back.
    Swap {},
    /// Talk with both.
    Merge {},
    /// Leave customer and third party to each other.
    Complete {},
    /// End the call to the third party.
    Dismiss {},
    /// Leave the customer with music, for anybody to take.
    Park {},
}

/// Keys of a telephone, 1 to 32 of `0`–`9`, `*`, `#` and `A`–`D`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Keys(String);

impl Keys {
    /// One after the other.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Keys {
    type Error = &'static str;

    fn try_from(keys: String) -> Result<Self, Self::Error> {
        let known = |key: u8| key.is_ascii_digit() || b"*#ABCD".contains(&key);
        if (1..=32).contains(&keys.len()) && keys.bytes().all(known) {
            return Ok(Self(keys));
        }
        Err("expected 1 to 32 keys of 0 to 9, *, # and A to D")
    }
}

/// Where a customer can be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Destination {
    /// An agent.
    Agent {
        /// The agent.
        #[schema(value_type = Uuid)]
        agent: AgentId,
    },
    /// Whoever of a queue is free.
    Queue {
        /// The queue.
        #[schema(value_type = Uuid)]
        queue: QueueId,
    },
    /// A number outside.
    Number {
        /// The number, in E.164.
        #[schema(value_type = String, example = "+15550100123")]
        number: Number,
    },
}

/// A supervisor who acts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Supervisor {
    /// The user, for the record.
    pub user: Uuid,
    /// The user's name, as the agent sees it.
    pub name: String,
    /// The user's own agent profile, whose line they hear and speak by.
    pub agent: Option<AgentId>,
}

/// What a supervisor does to an agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Supervise {
    /// Hear the agent's conversations.
    Listen,
    /// And speak to the agent alone.
    Whisper,
    /// And speak to everybody.
    Barge,
    /// Leave.
    Stop,
    /// Have the customer instead of the agent.
    TakeOver,
    /// Send the agent a word.
    Message {
        /// One line or several.
        text: String,
    },
    /// Give a verb in the agent's place: ready, pause, clock out, hang up.
    Force(AgentVerb),
}

impl Supervise {
    /// The act's word in the record.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Listen => "listen",
            Self::Whisper => "whisper",
            Self::Barge => "barge",
            Self::Stop => "stop",
            Self::TakeOver => "take_over",
            Self::Message { .. } => "message",
            Self::Force(verb) => verb.word(),
        }
    }
}
