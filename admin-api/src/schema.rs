//! How the types of `routing` and `dialer` look on the wire, for the OpenAPI document.
//!
//! Those crates know nothing of HTTP, so each of their words has a twin here that only lends its
//! schema. The twins cannot drift: a test writes every value of both and compares the JSON.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($(#[$value_doc:meta])* $value:ident),+ $(,)? })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub(crate) enum $name { $($(#[$value_doc])* $value),+ }

        #[cfg(test)]
        impl $name {
            const ALL: &[Self] = &[$(Self::$value),+];
        }
    )+};
}

words! {
    /// What an agent is doing.
    AgentState {
        /// Not clocked in.
        LoggedOut,
        /// Clocked in, and has not pressed Ready.
        NotReady,
        /// Takes work.
        Ready,
        /// Work is set aside.
        Reserved,
        /// A handset rings.
        Ringing,
        /// Looks at a lead.
        Previewing,
        /// In conversation.
        Talking,
        /// The customer is on hold.
        Hold,
        /// After the call.
        WrapUp,
        /// Takes no work.
        Paused,
        /// Something is gone.
        System,
    }
    /// What an agent can ask for.
    AgentAction {
        /// Begin to work.
        ClockIn,
        /// Stop working.
        ClockOut,
        /// Take work.
        Ready,
        /// Take no work; during a call, after it.
        Pause,
        /// Dial a number.
        Dial,
        /// Take the call that rings.
        Answer,
        /// Leave the call that rings to somebody else.
        Decline,
        /// Dial the lead that is previewed.
        DialPreviewed,
        /// Pass the lead that is previewed.
        Skip,
        /// Put the customer on hold.
        Hold,
        /// Take the customer back.
        Resume,
        /// End the call.
        HangUp,
        /// Give the disposition and end the wrap-up.
        Dispose,
    }
    /// What a pause counts under.
    PauseClass {
        /// Rest, lunch.
        Break,
        /// Meeting or training.
        Meeting,
        /// Work away from the phone.
        BackOffice,
        /// Put there by the switch.
        System,
        /// Anything else, said in words.
        Other,
    }
    /// What the switch misses of an agent.
    Fault {
        /// The persistent agent line is down.
        LineLost,
        /// The desk stopped answering.
        DeskLost,
        /// The handset's registration is gone.
        DeviceLost,
    }
    /// Rank among an agent's work.
    Priority {
        /// Served first.
        High,
        /// The default.
        Medium,
        /// Served last.
        Low,
    }
    /// When a queue asks an agent.
    Tier {
        /// Asked first.
        Primary,
        /// Asked when no primary member is free.
        Secondary,
    }
    /// Who makes the call that becomes the agent's line.
    ConnectionMode {
        /// The switch rings the agent.
        CallMe,
        /// The agent calls an access number.
        CallIn,
        /// The agent's browser.
        WebConnect,
    }
    /// Whether calls can be linked to an agent.
    Lifecycle {
        /// Works.
        Active,
        /// Invited to the platform and not yet there.
        Invited,
        /// Takes no new calls; the history stays.
        Archived,
    }
    /// Whether an agent may log in, and if not, who shut the account.
    Login {
        /// May log in.
        Enabled,
        /// Shut by an administrator.
        DisabledByAdmin,
        /// Shut after too long without a login.
        DisabledByInactivity,
        /// Shut after too many wrong passwords.
        DisabledByWrongPasswords,
    }
    /// Whose setting chose the CLI.
    CliOrigin {
        /// The agent's own.
        Agent,
        /// The campaign's.
        Campaign,
        /// The organisation's.
        Organisation,
    }
    /// Whether a pause needs a reason.
    PausePolicy {
        /// A pause without a reason is refused.
        Required,
        /// The agent may give one.
        Optional,
    }
    /// How a trunk is reached.
    Transport {
        /// SIP over UDP.
        Udp,
        /// SIP over TCP.
        Tcp,
        /// SIP over TLS.
        Tls,
    }
    /// A codec that a trunk may be offered.
    Codec {
        /// G.711 µ-law.
        Pcmu,
        /// G.711 A-law.
        Pcma,
        /// G.722.
        G722,
        /// Opus.
        Opus,
    }
    /// Where a lead stands.
    LeadStatus {
        /// Never dialled.
        New,
        /// Tried before, and to be tried again.
        Due,
        /// A live attempt owns it.
        InFlight,
        /// Promised a call at a time.
        Callback,
        /// Spoken to; nothing more to do.
        Done,
        /// Every allowed attempt was used.
        Exhausted,
        /// The number does not exist.
        BadNumber,
        /// Asked not to be called.
        DoNotCall,
    }
    /// How an attempt ended.
    Outcome {
        /// A person answered and met an agent in time.
        Connected,
        /// A person answered and met no agent in time.
        Abandoned,
        /// A person answered and hung up before either could happen.
        HungUp,
        /// A machine, a fax or an announcement answered.
        Machine,
        /// The carrier answered and sent no audio.
        NoMedia,
        /// The line is engaged.
        Busy,
        /// It rang and nobody came.
        NoAnswer,
        /// The number does not exist.
        BadNumber,
        /// Somebody declined.
        Refused,
        /// The network withheld the call.
        Blocked,
        /// The carrier could not.
        CarrierFailure,
        /// Our own credentials, identity or account are wrong.
        Configuration,
        /// We gave it up while it rang.
        Cancelled,
        /// The switch died while the attempt was live.
        Interrupted,
    }
}

macro_rules! shapes {
    ($($(#[$doc:meta])* $name:ident {
        $($(#[$field_doc:meta])* $field:ident: $type:ty),+ $(,)?
    })+) => {$(
        $(#[$doc])*
        #[derive(Debug, PartialEq, Serialize, Deserialize, ToSchema)]
        #[serde(deny_unknown_fields)]
        pub(crate) struct $name { $($(#[$field_doc])* pub(crate) $field: $type),+ }
    )+};
}

shapes! {
    /// Why an agent is paused.
    PauseReason {
        /// What the time counts under.
        class: PauseClass,
        /// The reason's name or the agent's own words; required for class `other`.
        text: Option<String>,
    }
    /// A campaign that an agent works for.
    CampaignMembership {
        /// The campaign.
        campaign: Uuid,
        /// Which of the three lists it is in.
        #[schema(required = false)]
        priority: Priority,
    }
    /// A queue that an agent answers.
    QueueMembership {
        /// The queue.
        queue: Uuid,
        /// Its rank among the agent's work.
        #[schema(required = false)]
        priority: Priority,
        /// Whether the agent is asked first.
        #[schema(required = false)]
        tier: Tier,
    }
    /// What follows a call.
    AfterCall {
        /// The longest wrap-up, in ms; 0 is none.
        #[schema(required = false, maximum = 3_600_000)]
        wrap_up_ms: u32,
        /// After the wrap-up the agent is ready again.
        #[schema(required = false)]
        auto_ready: bool,
    }
    /// How an agent's line is made.
    Connection {
        /// Who calls whom.
        #[schema(required = false)]
        mode: ConnectionMode,
        /// The line stays up between calls.
        #[schema(required = false)]
        persistent: bool,
        /// Where a call-me line rings; none is the agent's own extension.
        phone: Option<String>,
    }
    /// The CLI of a call, and whose setting it is.
    EffectiveCli {
        /// The number presented, in E.164.
        number: String,
        /// Whose setting it is.
        origin: CliOrigin,
    }
    /// Where a trunk is reached.
    TrunkAddress {
        /// An IP address, or a name to resolve.
        host: String,
        /// The port.
        #[schema(required = false, minimum = 1, maximum = 65_535)]
        port: u16,
        /// The transport.
        #[schema(required = false)]
        transport: Transport,
    }
}

/// Which number a trunk presents.
#[derive(Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "rule", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum CliRule {
    /// The call's own.
    Chosen,
    /// Always this one: some carriers accept no other.
    Fixed {
        /// The number, in E.164.
        number: String,
    },
}

/// What happens to a caller whom nobody answers.
#[derive(Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "to", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Overflow {
    /// A notice is played, and the call ends.
    Notice,
    /// The call ends at once.
    HangUp,
    /// The caller waits in another queue.
    Queue {
        /// The other queue.
        queue: Uuid,
    },
    /// The caller is put to an agent.
    Agent {
        /// The agent.
        agent: Uuid,
    },
    /// The caller is put to an outside number.
    Number {
        /// The number, in E.164.
        number: String,
    },
}

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
}
