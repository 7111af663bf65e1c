//! What the journal holds: everything that happened and must not be forgotten.
//!
//! The names of events and fields are on disk for years: add, never rename. What a fold needs to
//! know stands in the event, so that the journal alone can rebuild every record, whatever the
//! settings have become since.

use dialer::callbacks::{Callback, Closing};
use dialer::campaign::Recycle;
use dialer::pacer::{HourOfWeek, Learnt};
use dialer::permit::{ChainHead, PermitRecord};
use dialer::{Answerer, AttemptId, CallbackId, LeadId, Outcome};
use jiff::Timestamp;
use routing::{
    AgentId, CallId, CampaignId, Counts, DidId, KeptPlace, Mailbox, Number, PauseReason, PlaceEnd,
    QueueId, RecordingId, StateName, TeamId, TrunkId, WorkflowId,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::calls::{LegQuality, TalkFigures};

/// One line of the journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Its place: from 1, without a gap.
    pub seq: u64,
    /// When it happened, in whole microseconds.
    #[serde(with = "jiff::fmt::serde::timestamp::microsecond::required")]
    pub at: Timestamp,
    /// What happened.
    pub event: Event,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    /// The gate allowed an attempt; once this is durable its INVITE may leave.
    Permitted {
        /// The evidence and its place in the chain of permits.
        permit: Box<PermitRecord>,
        /// The call that the attempt becomes.
        call: CallId,
    },
    /// An attempt is over, and its claim on lead and number with it.
    AttemptEnded {
        /// The attempt.
        attempt: AttemptId,
        /// Its lead.
        lead: LeadId,
        /// Its campaign.
        campaign: CampaignId,
        /// How it ended.
        outcome: Outcome,
        /// The final SIP response, where there was one; 300..=699 when nobody answered.
        sip: Option<u16>,
        /// The Q.850 cause, where the network told one.
        q850: Option<u8>,
        /// What becomes of the lead.
        recycle: Recycle,
        /// Attempts of the lead that counted so far, this one included where it did.
        attempts: u32,
        /// Carrier failures of the lead in a row; 0 says that this attempt counted.
        carrier_failures: u32,
    },
    /// A call began: its first INVITE came or left.
    CallStarted {
        /// The call.
        call: CallId,
        /// Who began it.
        direction: Direction,
        /// The number or extension that calls.
        calling: String,
        /// The number or extension that is called.
        called: String,
        /// For which campaign.
        campaign: Option<CampaignId>,
        /// To which queue its DID leads.
        queue: Option<QueueId>,
        /// Over which DID it came.
        did: Option<DidId>,
        /// Which attempt it is.
        attempt: Option<AttemptId>,
        /// Over which trunk it came or went.
        trunk: Option<TrunkId>,
    },
    /// The called party answered.
    CallAnswered {
        /// The call.
        call: CallId,
    },
    /// A caller waits.
    CallQueued {
        /// The call.
        call: CallId,
        /// Where.
        queue: QueueId,
    },
    /// The customer and an agent hear each other.
    CallConnected {
        /// The call.
        call: CallId,
        /// The agent.
        agent: AgentId,
        /// From the answer to the agent's audio, in microseconds.
        answer_to_agent_us: u64,
    },
    /// The agent put the customer on hold.
    CallHeld {
        /// The call.
        call: CallId,
    },
    /// The agent took the customer back.
    CallResumed {
        /// The call.
        call: CallId,
    },
    /// The agent's line dropped in the middle of the call; the customer stays.
    AgentLost {
        /// The call.
        call: CallId,
        /// The agent.
        agent: AgentId,
    },
    /// An agent sent the customer on.
    CallTransferred {
        /// The call.
        call: CallId,
        /// Who sent it.
        agent: AgentId,
        /// After a word with whoever takes it.
        attended: bool,
        /// `agent` or `queue` with its id, or a number.
        to: String,
    },
    /// A workflow led the caller to a step.
    CallLed {
        /// The call.
        call: CallId,
        /// Which workflow.
        workflow: WorkflowId,
        /// The version that the call began with.
        version: u64,
        /// The step's name.
        step: String,
    },
    /// Somebody called an access number and said who they are.
    CalledIn {
        /// The call.
        call: CallId,
        /// The agent whom they are, or said to be; none is one that there is not.
        agent: Option<AgentId>,
        /// What came of it.
        how: CallInResult,
    },
    /// An agent parked the customer.
    CallParked {
        /// The call.
        call: CallId,
        /// Who parked it.
        agent: AgentId,
    },
    /// A supervisor acted on an agent.
    Supervised {
        /// On whom.
        agent: AgentId,
        /// The user who acted.
        user: Uuid,
        /// What they did: `listen`, `whisper`, `barge`, `stop`, `take_over`, `message`, or the verb
        /// that they gave in the agent's place.
        act: String,
        /// The agent's call at that moment.
        call: Option<CallId>,
    },
    /// Somebody listened to who answered, and says whether a person.
    Judged {
        /// The call.
        call: CallId,
        /// Its attempt.
        attempt: AttemptId,
        /// Its campaign.
        campaign: CampaignId,
        /// Who or what.
        answerer: Answerer,
        /// The sentence that explains it.
        why: String,
        /// From the answer to this verdict.
        at_ms: u32,
        /// A machine by this verdict, and connected to an agent all the same, to know better.
        audited: bool,
    },
    /// A machine was left the campaign's message, to its end.
    MessageLeft {
        /// The call.
        call: CallId,
        /// Its attempt.
        attempt: AttemptId,
    },
    /// A person met no agent: the legal wait ran out, or the caller gave up waiting.
    CallAbandoned {
        /// The call.
        call: CallId,
        /// The campaign whose rate it counts in.
        campaign: Option<CampaignId>,
        /// The queue they waited in.
        queue: Option<QueueId>,
        /// Whether they heard the notice.
        noticed: bool,
    },
    /// How one leg was heard while it was part of a call; it may come after the call's end.
    CallMeasured {
        /// The call.
        call: CallId,
        /// Whose line it was; none is the customer's leg.
        agent: Option<AgentId>,
        /// How it was heard.
        quality: LegQuality,
    },
    /// Nothing was heard of one leg of a conversation for 3 s.
    AudioLost {
        /// The call.
        call: CallId,
        /// Whose line; none is the customer's leg.
        agent: Option<AgentId>,
        /// Nothing is heard of the other end either.
        both: bool,
    },
    /// Nobody spoke in a conversation for 5 s or more.
    DeadAir {
        /// The call.
        call: CallId,
        /// The agent of the conversation.
        agent: AgentId,
        /// How long, up to now.
        for_ms: u64,
    },
    /// Agent and customer spoke at once for 2 s or more.
    TalkOver {
        /// The call.
        call: CallId,
        /// The agent of the conversation.
        agent: AgentId,
        /// How long, up to now.
        for_ms: u64,
    },
    /// An agent's part of a conversation is over: who spoke in it, and for how long.
    CallTalked {
        /// The call.
        call: CallId,
        /// The agent.
        agent: AgentId,
        /// The figures.
        talk: TalkFigures,
    },
    /// Something was done so that a silent leg is heard again.
    AudioRepaired {
        /// The call.
        call: CallId,
        /// Whose line; none is the customer's leg.
        agent: Option<AgentId>,
        /// What.
        step: RepairStep,
    },
    /// A leg that was silent is heard again.
    AudioBack {
        /// The call.
        call: CallId,
        /// Whose line; none is the customer's leg.
        agent: Option<AgentId>,
    },
    /// A call is over, all its legs with it.
    CallEnded {
        /// The call.
        call: CallId,
        /// Who ended it.
        by: Party,
        /// The final SIP response of a call that nobody answered.
        sip: Option<u16>,
        /// The Q.850 cause, where one was told.
        q850: Option<u8>,
        /// From the first INVITE to the answer, or to the end.
        ring_ms: u64,
        /// In conversation with an agent.
        talk_ms: u64,
        /// On hold.
        hold_ms: u64,
        /// Answered and without an agent.
        wait_ms: u64,
    },
    /// A call has to be recorded from now on.
    RecordingStarted {
        /// The recording.
        recording: RecordingId,
        /// The call.
        call: CallId,
        /// Who talks with the customer first.
        agent: AgentId,
    },
    /// From now on what is said is masked (FAULTS S18).
    RecordingPaused {
        /// The recording.
        recording: RecordingId,
        /// The call.
        call: CallId,
    },
    /// From now on what is said is recorded again.
    RecordingResumed {
        /// The recording.
        recording: RecordingId,
        /// The call.
        call: CallId,
    },
    /// The tone sounds to a caller who leaves a message from now on.
    VoicemailStarted {
        /// The recording with the message.
        recording: RecordingId,
        /// The call.
        call: CallId,
        /// For whom it is.
        mailbox: Mailbox,
    },
    /// What a dialled party says is recorded until the verdict on who answered, for a reviewer.
    VerdictTaped {
        /// The recording.
        recording: RecordingId,
        /// The call.
        call: CallId,
        /// The attempt that the verdict will be about.
        attempt: AttemptId,
        /// Whose.
        campaign: CampaignId,
    },
    /// It was no machine's, or there was no verdict: its recording is thrown away.
    VerdictDropped {
        /// The recording.
        recording: RecordingId,
    },
    /// A recording is whole on the disk.
    RecordingEnded {
        /// The recording.
        recording: RecordingId,
        /// Its length.
        duration_ms: u64,
        /// Of that, what could not be written.
        gap_ms: u64,
        /// The newest link of its SHA-256 chain, in hex: it proves every second of the file.
        chain: String,
        /// The switch died while it ran.
        interrupted: bool,
    },
    /// An agent left a state; the sum of these is the agent's day (FAULTS D14).
    AgentInterval {
        /// The agent.
        agent: AgentId,
        /// The state.
        state: StateName,
        /// What the time counts as.
        counts: Counts,
        /// The reason of a pause.
        reason: Option<PauseReason>,
        /// The beginning, which is the end of the one before.
        #[serde(with = "jiff::fmt::serde::timestamp::microsecond::required")]
        from: Timestamp,
        /// The end.
        #[serde(with = "jiff::fmt::serde::timestamp::microsecond::required")]
        to: Timestamp,
        /// The call that it was about.
        call: Option<CallId>,
        /// Whose work it was.
        campaign: Option<CampaignId>,
    },
    /// An agent clocked in or out.
    AgentClock {
        /// The agent.
        agent: AgentId,
        /// In, or out.
        clocked_in: bool,
        /// Said by whoever did it (R188).
        reason: Option<String>,
        /// The team that they clocked in to (R187).
        #[serde(default)]
        unit: Option<TeamId>,
    },
    /// An agent declared what a conversation came to.
    Disposed {
        /// The call.
        call: CallId,
        /// The agent.
        agent: AgentId,
        /// The campaign whose code it is.
        campaign: Option<CampaignId>,
        /// The person spoken to, where it is a lead.
        lead: Option<LeadId>,
        /// The disposition's code.
        code: String,
        /// The agent's notes.
        notes: String,
        /// The time that was promised.
        #[serde(with = "jiff::fmt::serde::timestamp::microsecond::optional")]
        callback_at: Option<Timestamp>,
        /// The number that is not to be called again, by anyone.
        dnc: Option<Number>,
        /// The agent met a machine.
        #[serde(default)]
        machine: bool,
        /// What becomes of the lead, where the disposition decides it.
        recycle: Option<Recycle>,
    },
    /// A person asked by themselves not to be called again, by anyone.
    OptedOut {
        /// The call.
        call: CallId,
        /// Their number.
        number: Number,
        /// The campaign whose message or notice they heard.
        campaign: Option<CampaignId>,
        /// The person, where it is a lead that we called.
        lead: Option<LeadId>,
        /// The key that they pressed; none says that a workflow did it.
        key: Option<char>,
        /// What becomes of the lead.
        recycle: Option<Recycle>,
    },
    /// Somebody promised to call a person back.
    CallbackPromised {
        /// The promise.
        callback: Box<Callback>,
        /// Who made it; none is an administrator.
        by: Option<AgentId>,
    },
    /// A promise is kept, or will not be.
    CallbackClosed {
        /// Which.
        callback: CallbackId,
        /// What became of it.
        how: Closing,
    },
    /// A caller hung up and keeps the place in line.
    PlaceKept {
        /// The place.
        place: Box<KeptPlace>,
    },
    /// Its turn came: the person is called.
    PlaceCalled {
        /// The call whose caller kept it.
        place: CallId,
        /// The call that is made.
        call: CallId,
        /// The agent who is set aside.
        agent: AgentId,
    },
    /// The place is kept no more.
    PlaceClosed {
        /// The call whose caller kept it.
        place: CallId,
        /// What became of it.
        how: PlaceEnd,
    },
    /// A campaign's pacer ends an hour with this knowledge.
    PacerLearnt {
        /// Whose.
        campaign: CampaignId,
        /// Of which hour, in the organisation's zone.
        hour: HourOfWeek,
        /// What it knows.
        learnt: Box<Learnt>,
    },
    /// The wall clock was set, or the machine slept: times on both sides of this entry are that
    /// much further apart than they were.
    ClockSet {
        /// Forward, in microseconds.
        by_us: i64,
    },
    /// The switch began to work.
    Started {
        /// Its version.
        version: String,
    },
    /// The switch stopped in order: nothing was live any more.
    Stopped,
}

/// A step towards hearing a silent leg again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RepairStep {
    /// Whoever speaks next from an allowed address is the party.
    Latch,
    /// A browser was asked to find a new way to us.
    IceRestart,
    /// A telephone was asked again where its audio is.
    Reinvite,
    /// Nothing helped.
    GaveUp,
}

impl RepairStep {
    /// As it is written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Latch => "latch",
            Self::IceRestart => "ice_restart",
            Self::Reinvite => "reinvite",
            Self::GaveUp => "gave_up",
        }
    }
}

/// Who began a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// A caller reached us.
    Inbound,
    /// We called, for a campaign or for an agent.
    Outbound,
    /// An agent's line.
    Line,
    /// An agent called a colleague.
    Internal,
}

/// What came of a call to an access number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallInResult {
    /// The agent's own number was proof enough; the line is up.
    ByTelephone,
    /// The PIN was right; the line is up.
    ByPin,
    /// Number or PIN was wrong.
    Wrong,
    /// Too many were wrong before: no PIN was tried.
    Locked,
    /// The caller hung up first, or nobody could prove it.
    NotProven,
    /// The agent is not clocked in.
    NotClockedIn,
    /// The agent has a line already.
    HasLine,
    /// The agent's line is made another way in this shift.
    OtherMode,
    /// The agent may not work.
    Barred,
}

impl CallInResult {
    /// The word, as the journal spells it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ByTelephone => "by_telephone",
            Self::ByPin => "by_pin",
            Self::Wrong => "wrong",
            Self::Locked => "locked",
            Self::NotProven => "not_proven",
            Self::NotClockedIn => "not_clocked_in",
            Self::HasLine => "has_line",
            Self::OtherMode => "other_mode",
            Self::Barred => "barred",
        }
    }
}

/// Who ended a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Party {
    /// The person at the other end.
    Customer,
    /// The agent.
    Agent,
    /// The carrier, or the network between.
    Network,
    /// Ourselves: a limit, a notice that was played to its end, an administrator.
    Switch,
    /// Nobody: the switch died while the call was live.
    Interrupted,
}

impl Event {
    /// Where the chain of permits stands after this event, when it is a permit.
    pub(crate) fn chain_head(&self) -> Option<ChainHead> {
        match self {
            Self::Permitted { permit, .. } => Some(ChainHead::after(permit)),
            _ => None,
        }
    }
}
