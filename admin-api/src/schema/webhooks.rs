//! The shapes of webhooks, of what became of their messages, and of the messages themselves.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::records::{Call, Mailbox};
use super::settings::PauseReason;
use super::words::{AgentState, CallbackClosing, Counts, Outcome};
use super::{shapes, vocabulary};
use crate::documents::Stamp;

vocabulary! {
    /// Something that a webhook can be told.
    WebhookEvent {
        /// A call began.
        CallStarted,
        /// The called party answered.
        CallAnswered,
        /// A caller waits in a queue.
        CallQueued,
        /// Customer and agent hear each other.
        CallConnected,
        /// An agent sent the customer on.
        CallTransferred,
        /// A person met no agent.
        CallAbandoned,
        /// A call is over.
        CallEnded,
        /// An agent declared what a conversation came to.
        CallDisposed,
        /// A person asked by themselves not to be called again.
        OptedOut,
        /// An attempt to reach a lead is over, answered or not.
        AttemptEnded,
        /// Somebody promised to call a person back.
        CallbackPromised,
        /// A promise is kept, or will not be.
        CallbackClosed,
        /// A recording is whole and can be fetched.
        RecordingReady,
        /// A caller left a message.
        VoicemailLeft,
        /// An agent left a state.
        AgentInterval,
        /// An agent clocked in or out.
        AgentClocked,
    }
    /// Where a message stands.
    DeliveryState {
        /// It is due, or follows one that is.
        Waiting,
        /// The server took it.
        Delivered,
        /// Nobody tries any more.
        Dead,
    }
    /// Where a message stands that is done with.
    Finished {
        /// The server took it.
        Delivered,
        /// Nobody tries any more.
        Dead,
    }
}

shapes! {
    /// A server that is told of events.
    Webhook {
        /// What administrators call it; unique.
        #[schema(min_length = 1, max_length = 64)]
        name: String,
        /// Where each event is posted to, by https.
        #[schema(max_length = 2048, example = "https://crm.example.net/hooks/cordboard")]
        url: String,
        /// Whether events are told at all.
        #[schema(required = false)]
        enabled: bool,
        /// Which events, each once.
        #[schema(min_items = 1)]
        events: Vec<WebhookEvent>,
        /// Of these campaigns, and of `queues`; where both are empty, of everything.
        #[schema(required = false, max_items = 100)]
        campaigns: Vec<Uuid>,
        /// Of these queues, and of `campaigns`.
        #[schema(required = false, max_items = 100)]
        queues: Vec<Uuid>,
    }
    /// How a webhook fares.
    WebhookHealth {
        /// Messages that wait.
        waiting: u64,
        /// Messages that nobody tries to send any more.
        dead: u64,
        /// Events that it was not told because too many waited.
        lost: u64,
        /// Since when no message was taken, while none is.
        #[schema(format = DateTime)]
        failing_since: Option<String>,
        /// When it was paused because it failed for too long; until somebody resumes it.
        #[schema(format = DateTime)]
        paused_at: Option<String>,
        /// Until when messages are signed with the secret before the present one too.
        #[schema(format = DateTime)]
        former_until: Option<String>,
    }
    /// A message and what became of it.
    Delivery {
        /// Its identity: `webhook-id`, the same at each try and each replay.
        id: Uuid,
        /// Whose.
        webhook: Uuid,
        /// The journal entry that it tells; 0 of a test.
        sequence: u64,
        /// What happened, in a word; `test` of a test.
        event: String,
        /// When it happened.
        #[schema(format = DateTime)]
        at: String,
        /// Where it stands.
        state: DeliveryState,
        /// How often it was sent since it was last asked for.
        tries: u32,
        /// When it is sent next, at the earliest.
        #[schema(format = DateTime)]
        due_at: String,
        /// When it was last sent.
        #[schema(format = DateTime)]
        tried_at: Option<String>,
        /// What the server answered then; null where there was no answer.
        status: Option<u16>,
        /// The first bytes of that answer, or why there was none.
        answer: Option<String>,
    }
    /// A lead, as far as another system needs it to know who it is.
    LeadTold {
        /// Its identity.
        id: Uuid,
        /// The list it came with.
        list: Uuid,
        /// The key that the list's owner knows the person by.
        external_id: Option<String>,
        /// The number to dial, in E.164.
        number: String,
        /// Given name; empty when unknown.
        first_name: String,
        /// Family name; empty when unknown.
        last_name: String,
        /// Every other column of the import, by its header.
        fields: BTreeMap<String, String>,
    }
}

/// The stored `Webhook`, with its id and version, and how it fares.
#[derive(Serialize, ToSchema)]
pub(crate) struct ShownWebhook {
    /// Its identity.
    id: Uuid,
    #[serde(flatten)]
    settings: Webhook,
    #[serde(flatten)]
    stamp: Stamp,
    /// How it fares.
    health: WebhookHealth,
}

/// A webhook that was just made.
#[derive(Serialize, ToSchema)]
pub(crate) struct MadeWebhook {
    /// Its identity.
    id: Uuid,
    #[serde(flatten)]
    settings: Webhook,
    #[serde(flatten)]
    stamp: Stamp,
    /// `whsec_` and the key in base64. Shown now and never again.
    secret: String,
}

/// A message, with what is sent.
#[derive(Serialize, ToSchema)]
pub(crate) struct DeliveryWithBody {
    #[serde(flatten)]
    delivery: Delivery,
    /// What is sent.
    body: WebhookMessage,
}

/// What a webhook is told.
#[derive(Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct WebhookMessage {
    /// Its identity: the same at each try and each replay.
    id: Uuid,
    /// The journal entry that it tells: of two messages the higher is the later. 0 of a test.
    sequence: u64,
    /// When it happened.
    #[schema(format = DateTime)]
    at: String,
    /// What happened, and what only this event has to say.
    #[serde(flatten)]
    told: Told,
    /// The call that it is about, as it stood then.
    call: Option<Call>,
    /// The lead that it is about.
    lead: Option<LeadTold>,
}

/// What happened, and what only this event has to say.
#[derive(Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "event", content = "data", rename_all = "snake_case")]
#[schema(as = WebhookTold)]
pub(crate) enum Told {
    /// A call began.
    CallStarted {},
    /// The called party answered.
    CallAnswered {},
    /// A caller waits.
    CallQueued {
        /// Where.
        queue: Uuid,
    },
    /// Customer and agent hear each other.
    CallConnected {
        /// The agent.
        agent: Uuid,
        /// From the answer to the agent's audio, in microseconds.
        answer_to_agent_us: u64,
    },
    /// An agent sent the customer on.
    CallTransferred {
        /// Who sent it.
        agent: Uuid,
        /// After a word with whoever takes it.
        attended: bool,
        /// `agent` or `queue` with its id, or a number.
        to: String,
    },
    /// A person met no agent.
    CallAbandoned {
        /// Whether they heard the notice.
        noticed: bool,
    },
    /// A call is over; its record is whole.
    CallEnded {},
    /// An agent declared what a conversation came to.
    CallDisposed {
        /// The agent.
        agent: Uuid,
        /// The disposition's code.
        code: String,
        /// The agent's notes.
        notes: String,
        /// The time that was promised.
        #[schema(format = DateTime)]
        callback_at: Option<String>,
        /// The person is not to be called again.
        do_not_call: bool,
        /// The agent met a machine.
        machine: bool,
    },
    /// A person asked by themselves not to be called again.
    OptedOut {
        /// Their number, in E.164.
        number: String,
        /// The key that they pressed; null says that a workflow did it.
        key: Option<char>,
    },
    /// An attempt to reach a lead is over.
    AttemptEnded {
        /// The attempt.
        attempt: Uuid,
        /// How it ended.
        outcome: Outcome,
        /// The final SIP response, where there was one.
        sip: Option<u16>,
        /// The Q.850 cause, where the network told one.
        q850: Option<u8>,
        /// Attempts of the lead that counted so far.
        attempts: u32,
    },
    /// Somebody promised to call a person back.
    CallbackPromised {
        /// The promise.
        callback: Uuid,
        /// For which campaign.
        campaign: Uuid,
        /// The number to call, in E.164.
        number: String,
        /// When.
        #[schema(format = DateTime)]
        due_at: String,
        /// The agent who is to call.
        owner: Option<Uuid>,
        /// What is worth remembering.
        note: String,
        /// The agent who made it; null is an administrator.
        by: Option<Uuid>,
    },
    /// A promise is over.
    CallbackClosed {
        /// Which.
        callback: Uuid,
        /// What became of it.
        closing: CallbackClosing,
    },
    /// A recording is whole: `GET /v1/recordings/{recording}/audio`.
    RecordingReady {
        /// The recording.
        recording: Uuid,
        /// Its length.
        duration_ms: u64,
        /// Of that, what could not be written.
        gap_ms: u64,
        /// The switch died while it ran.
        interrupted: bool,
    },
    /// A caller left a message: `GET /v1/voicemails/{voicemail}/audio`.
    VoicemailLeft {
        /// The message.
        voicemail: Uuid,
        /// For whom.
        mailbox: Mailbox,
        /// Its length.
        duration_ms: u64,
    },
    /// An agent left a state.
    AgentInterval {
        /// The agent.
        agent: Uuid,
        /// The state that is over.
        state: AgentState,
        /// What its time counts as.
        counts: Counts,
        /// The reason of a pause.
        reason: Option<PauseReason>,
        /// When it began.
        #[schema(format = DateTime)]
        from: String,
        /// When it ended.
        #[schema(format = DateTime)]
        to: String,
    },
    /// An agent clocked in or out.
    AgentClocked {
        /// The agent.
        agent: Uuid,
        /// In, or out.
        clocked_in: bool,
        /// Said by whoever did it.
        reason: Option<String>,
        /// The team that they clocked in to.
        unit: Option<Uuid>,
    },
    /// Nothing happened: somebody tries whether messages arrive.
    Test {},
}
