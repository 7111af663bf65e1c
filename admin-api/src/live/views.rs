//! The events, and what each thing that is live looks like to a person who watches it.
//!
//! An event carries the whole new state of its thing, so that losing the ones before costs
//! nothing. Times are wall-clock; how long ago is the viewer's to reckon.

use std::collections::BTreeMap;

use dialer::zones::{Clock, Zone};
use jiff::Timestamp;
use routing::ids::{AgentId, CallId, CampaignId, QueueId, TrunkId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::schema;

/// Something that changed, with its whole new state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum LiveEvent {
    /// An agent.
    Agent(AgentView),
    /// An agent who no longer exists.
    AgentGone {
        /// Whose profile was deleted.
        #[schema(value_type = Uuid)]
        id: AgentId,
    },
    /// A call.
    Call(CallView),
    /// A word to an agent, which nobody keeps.
    Message {
        /// To whom.
        #[schema(value_type = Uuid)]
        to: AgentId,
        /// Who says it.
        from: String,
        /// The words.
        text: String,
    },
    /// A call that ended.
    CallGone {
        /// The call, which now has a record.
        #[schema(value_type = Uuid)]
        id: CallId,
    },
    /// A campaign.
    Campaign(CampaignView),
    /// A campaign that no longer exists.
    CampaignGone {
        /// Which one was deleted.
        #[schema(value_type = Uuid)]
        id: CampaignId,
    },
    /// A queue.
    Queue(QueueView),
    /// A queue that no longer exists.
    QueueGone {
        /// Which one was deleted.
        #[schema(value_type = Uuid)]
        id: QueueId,
    },
    /// A trunk.
    Trunk(TrunkView),
    /// A trunk that no longer exists.
    TrunkGone {
        /// Which one was deleted.
        #[schema(value_type = Uuid)]
        id: TrunkId,
    },
    /// The whole switch.
    Totals(Totals),
}

/// An agent as supervisors and the agent see them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AgentView {
    /// The agent.
    #[schema(value_type = Uuid)]
    pub id: AgentId,
    /// The number within the organisation.
    #[schema(value_type = u32)]
    pub number: routing::AgentNumber,
    /// First and last name.
    pub name: String,
    /// Where the agent stands.
    #[schema(value_type = schema::AgentState)]
    pub state: routing::StateName,
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    pub since: Timestamp,
    /// When the state ends by itself, such as a wrap-up.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub until: Option<Timestamp>,
    /// Why, where the state is a pause.
    #[schema(value_type = Option<schema::PauseReason>)]
    pub reason: Option<routing::PauseReason>,
    /// What the time counts as; null while logged out.
    #[schema(value_type = Option<schema::Counts>)]
    pub counts: Option<routing::Counts>,
    /// What the attendance tracker calls it (R179-R182).
    #[schema(value_type = schema::Attendance)]
    pub attendance: routing::Attendance,
    /// The team that the agent clocked in to.
    #[schema(value_type = Option<Uuid>)]
    pub unit: Option<routing::TeamId>,
    /// What follows the work in hand instead of ready: a pause or a clock-out asked for in a call.
    #[schema(value_type = Option<schema::AgentState>)]
    pub next: Option<routing::StateName>,
    /// What the switch misses, where the state is `system`.
    #[schema(value_type = Option<schema::Fault>)]
    pub fault: Option<routing::Fault>,
    /// The call in hand.
    #[schema(value_type = Option<Uuid>)]
    pub call: Option<CallId>,
    /// How the line is made in this shift; of who is logged out, in the next.
    #[schema(value_type = schema::LinePlan)]
    pub line: routing::LinePlan,
    /// The line is up.
    pub line_up: bool,
    /// A telephone is registered for the agent's extension.
    pub registered: bool,
    /// What the agent may do now; everything else would be refused.
    #[schema(value_type = Vec<schema::AgentAction>)]
    pub allowed: Vec<routing::Action>,
    /// Why the agent asks for help.
    pub help: Option<String>,
    /// A supervisor is at the agent's table.
    pub watched: bool,
    /// The queues of the agent's that they are not active in.
    #[schema(value_type = Vec<Uuid>)]
    pub inactive: Vec<QueueId>,
}

/// A call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CallView {
    /// The call.
    #[schema(value_type = Uuid)]
    pub id: CallId,
    /// Who started it.
    pub direction: CallDirection,
    /// How far it is.
    pub state: CallState,
    /// Who calls, as presented to the other side.
    pub calling: Option<String>,
    /// Who is called.
    pub called: String,
    /// The campaign it belongs to.
    #[schema(value_type = Option<Uuid>)]
    pub campaign: Option<CampaignId>,
    /// Its name, for agents, who may not read campaigns.
    pub campaign_name: Option<String>,
    /// The queue it waits or waited in.
    #[schema(value_type = Option<Uuid>)]
    pub queue: Option<QueueId>,
    /// The agent it is with.
    #[schema(value_type = Option<Uuid>)]
    pub agent: Option<AgentId>,
    /// The agent who made it, or who parked it.
    #[schema(value_type = Option<Uuid>)]
    pub by: Option<AgentId>,
    /// The call that it was made about.
    #[schema(value_type = Option<Uuid>)]
    pub about: Option<CallId>,
    /// What the agent it is with may do with it now; everything else would be refused.
    pub allowed: Vec<CallAction>,
    /// Whether it is being recorded; null where it is not.
    pub recording: Option<RecordingMark>,
    /// How its legs are heard now: the customer's first, then those of agents.
    pub legs: Vec<LegView>,
    /// Who has spoken in the conversation with its agent; null where there is none, or where it is
    /// not followed: Opus or G.722 on both ends and no recording.
    pub talk: Option<TalkView>,
    /// The lead that is called.
    pub lead: Option<LeadView>,
    /// When it entered its state.
    #[schema(value_type = String, format = DateTime)]
    pub since: Timestamp,
    /// When it began.
    #[schema(value_type = String, format = DateTime)]
    pub started_at: Timestamp,
}

/// How one leg of a call is heard now: over the last 5 s in which there was something to hear.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LegView {
    /// Whose line it is; null is the customer's leg.
    #[schema(value_type = Option<Uuid>)]
    pub agent: Option<AgentId>,
    /// Mean opinion score in hundredths, 100 to 441 (ITU-T G.107); null in the first 5 s.
    pub mos: Option<u16>,
    /// Packets that never came, in thousandths.
    pub lost: Option<u16>,
    /// Packets of ours that the other end missed, in thousandths, if it says so.
    pub lost_by_party: Option<u16>,
    /// Interarrival jitter, in microseconds (RFC 3550 section 6.4.1).
    pub jitter_us: Option<u32>,
    /// Round trip, in microseconds, if the other end reports.
    pub round_trip_us: Option<u32>,
    /// Nothing has been heard of it for 3 s or more, although somebody listens.
    pub silent: bool,
}

/// Who has spoken in a conversation up to its latest change, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TalkView {
    /// The agent alone, in microseconds.
    pub agent_us: u64,
    /// The customer alone.
    pub customer_us: u64,
    /// Both at once.
    pub both_us: u64,
    /// Nobody.
    pub nobody_us: u64,
    /// How often nobody spoke for 5 s or more, what lasts now left out.
    pub dead_airs: u64,
    /// How often both spoke at once for 2 s or more.
    pub talk_overs: u64,
    /// Since when nobody has been speaking, where that is 5 s or longer.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub dead_since: Option<Timestamp>,
}

/// What becomes of what is said now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RecordingMark {
    /// It is recorded.
    Running,
    /// The agent keeps it out of the recording.
    Paused,
}

/// What the agent's screen shows of the lead in a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LeadView {
    /// The lead.
    #[schema(value_type = Uuid)]
    pub id: dialer::LeadId,
    /// First and last name, or the number where neither is known.
    pub name: String,
    /// The IANA zone that they are called in: the one they are said to live in, else the only one
    /// that their number and their address leave; null where several are left.
    pub zone: Option<String>,
    /// Where `zone` is null, each zone that they may be in; empty where nobody knows.
    pub zones: Vec<String>,
    /// Attempts that counted before this one.
    pub attempts: u32,
    /// How the attempt before this one ended.
    #[schema(value_type = Option<schema::Outcome>)]
    pub last_outcome: Option<dialer::Outcome>,
    /// Every other column of the import, by its header.
    pub fields: BTreeMap<String, String>,
}

impl LeadView {
    /// What the agent is shown of `lead`.
    #[must_use]
    pub fn of(lead: &dialer::Lead) -> Self {
        let (zone, zones) = clock_of(lead);
        Self {
            id: lead.id,
            name: lead.display_name(),
            zone,
            zones,
            attempts: lead.attempts,
            last_outcome: lead.last_outcome,
            fields: lead.fields.clone(),
        }
    }
}

/// The zone that a lead is called in, or each that it may be in.
pub(crate) fn clock_of(lead: &dialer::Lead) -> (Option<String>, Vec<String>) {
    let Clock { zone, candidates } = Clock::of(lead);
    let name = |zone: &Zone| zone.name().to_owned();
    (zone.as_ref().map(name), candidates.iter().map(name).collect())
}

/// Who started a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CallDirection {
    /// A carrier or a telephone called us.
    Inbound,
    /// We called, for a campaign or an agent.
    Outbound,
    /// An agent called a colleague.
    Internal,
    /// We called the number at which an agent's line is made.
    Line,
}

/// What an agent can do with a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CallAction {
    /// Let the customer hear music.
    Hold,
    /// Take the customer back.
    Resume,
    /// Be heard by nobody.
    Mute,
    /// Be heard again.
    Unmute,
    /// Press keys.
    Press,
    /// Send the customer on without a word.
    Transfer,
    /// Ask a colleague, a queue or a number, with the customer on hold.
    Consult,
    /// Turn from one to the other.
    Swap,
    /// Talk with both.
    Merge,
    /// Leave the two to each other.
    Complete,
    /// End the call to the third party.
    Dismiss,
    /// Leave the customer with music, for anybody to take.
    Park,
    /// End the call.
    HangUp,
}

/// How far a call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CallState {
    /// An INVITE is out and nothing rings yet.
    Dialling,
    /// It rings at the customer's.
    Ringing,
    /// Answered, and no agent yet.
    Answered,
    /// Waiting in a queue.
    Waiting,
    /// Ringing at an agent's telephone.
    Offered,
    /// With an agent.
    Talking,
    /// With an agent who holds it.
    Held,
    /// Hearing a notice before it ends.
    Notice,
    /// Leaving a message, or being asked for one.
    Voicemail,
    /// Parked by an agent, with music.
    Parked,
    /// Sent on to a number that rings.
    Transferring,
    /// Put through to another party, without an agent.
    Bridged,
}

/// A campaign: its pace and its abandon rate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CampaignView {
    /// The campaign.
    #[schema(value_type = Uuid)]
    pub id: CampaignId,
    /// Its name.
    pub name: String,
    /// How it dials: progressive, power or predictive.
    pub mode: String,
    /// The newest pacing decision, in one sentence with its numbers.
    pub pacing: String,
    /// Whether it may dial.
    pub running: bool,
    /// Why it does not dial although it is running, in words.
    pub held_by: Option<String>,
    /// Attempts in the network now.
    pub in_flight: u32,
    /// Attempts since the switch started.
    pub attempts: u64,
    /// Attempts that a person or a machine answered.
    pub answered: u64,
    /// Attempts that reached an agent.
    pub connected: u64,
    /// Attempts that a person answered and no agent took in time.
    pub abandoned: u64,
    /// Abandoned over answered by a person, 0 to 1, in the campaign's own window.
    pub abandon_rate: f64,
    /// The same without any estimate of what a detector or a machine did to it.
    pub plain_abandon_rate: f64,
    /// The most that may be abandoned, 0 to 1: the target of its pacing, or the smallest limit.
    pub abandon_cap: f64,
    /// Who says so.
    #[schema(value_type = schema::CapBy)]
    pub abandon_cap_by: dialer::rules::CapBy,
    /// How its abandoned calls are counted and limited: by its own rule, then by its law's.
    pub abandon_limits: Vec<AbandonLimit>,
    /// Agents who could take a call of it now.
    pub ready: u32,
    /// Leads in memory, ready to be dialled.
    pub stock: u32,
}

/// One of the limits that a campaign's abandoned calls are under, and how they stand by it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AbandonLimit {
    /// The name of the legal profile that sets it; null is the campaign's own.
    pub profile: Option<String>,
    /// Its formula, its period and the most it allows.
    #[schema(value_type = schema::AbandonPolicy)]
    pub policy: dialer::abandon::AbandonPolicy,
    /// Abandoned over answered by a person, 0 to 1, by its formula and over its period.
    pub rate: f64,
    /// It stands closest to the cap, so it is the one that holds the pace back.
    pub binds: bool,
}

/// A queue: who waits, and for how long.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct QueueView {
    /// The queue.
    #[schema(value_type = Uuid)]
    pub id: QueueId,
    /// Its name.
    pub name: String,
    /// Callers who wait on the line.
    pub waiting: u32,
    /// Callers who hung up, kept their place and are to be called back.
    pub places: u32,
    /// Since when the first of them has been waiting.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub oldest_since: Option<Timestamp>,
    /// How long a caller who came now would likely wait, in s, by what the queue did lately; null
    /// where nobody knows.
    pub likely_wait_s: Option<u64>,
    /// Agents who could take a call of it now.
    pub ready: u32,
    /// Callers offered to it since the switch started.
    pub offered: u64,
    /// Those an agent answered.
    pub answered: u64,
    /// Those an agent answered within the queue's service level.
    pub in_time: u64,
    /// In time of all offered, 0 to 1: the level that callers had.
    pub service_level_offered: Option<f64>,
    /// In time of all answered, 0 to 1: the level that agents gave.
    pub service_level_answered: Option<f64>,
    /// Those who hung up while they waited.
    pub abandoned: u64,
    /// Those who were sent elsewhere.
    pub overflowed: u64,
    /// Those who hung up and kept their place; what became of it, its record tells.
    pub kept: u64,
}

/// A trunk: whether it carries calls.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TrunkView {
    /// The trunk.
    #[schema(value_type = Uuid)]
    pub id: TrunkId,
    /// Its name.
    pub name: String,
    /// Set to carry calls.
    pub enabled: bool,
    /// The carrier answers.
    pub up: bool,
    /// Whether we are registered with it; null where it wants no registration.
    pub registered: Option<bool>,
    /// Calls on it now, both ways.
    pub calls: u32,
    /// Attempts it refused or lost since the switch started.
    pub failures: u64,
}

/// The whole switch in numbers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Totals {
    /// Calls now.
    pub calls: u32,
    /// SIP legs now.
    pub legs: u32,
    /// Registered telephones.
    pub registered: u32,
    /// Agents clocked in.
    pub agents: u32,
    /// Agents ready for a call.
    pub ready: u32,
    /// Agents in a conversation.
    pub talking: u32,
    /// Attempts since the switch started.
    pub attempts: u64,
    /// Attempts that reached an agent.
    pub connected: u64,
    /// Attempts abandoned.
    pub abandoned: u64,
    /// Whether the dialer is stopped for the whole switch, and why.
    pub dialling_stopped: Option<String>,
}

/// What a viewer has to know the latest value of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Key {
    Totals,
    Trunk(TrunkId),
    Queue(QueueId),
    Campaign(CampaignId),
    Agent(AgentId),
    Call(CallId),
}

/// What an event does to the retained values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Retention {
    Keep(Key),
    Forget(Key),
    /// Who comes later never hears of it.
    Pass,
}

impl LiveEvent {
    pub(crate) fn retention(&self) -> Retention {
        use Retention::{Forget, Keep, Pass};
        match self {
            Self::Agent(view) => Keep(Key::Agent(view.id)),
            Self::AgentGone { id } => Forget(Key::Agent(*id)),
            Self::Message { .. } => Pass,
            Self::Call(view) => Keep(Key::Call(view.id)),
            Self::CallGone { id } => Forget(Key::Call(*id)),
            Self::Campaign(view) => Keep(Key::Campaign(view.id)),
            Self::CampaignGone { id } => Forget(Key::Campaign(*id)),
            Self::Queue(view) => Keep(Key::Queue(view.id)),
            Self::QueueGone { id } => Forget(Key::Queue(*id)),
            Self::Trunk(view) => Keep(Key::Trunk(view.id)),
            Self::TrunkGone { id } => Forget(Key::Trunk(*id)),
            Self::Totals(_) => Keep(Key::Totals),
        }
    }
}
