//! What the API asks of the running switch. The root implements it; tests fake it.
//!
//! A [`Change`] is told after it is durable, so a switch that is too busy to hear it loses
//! nothing: it reads the store again. A [`Command`] lives in the switch alone and resolves when
//! the switch has answered.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use dialer::callbacks::Callback;
use dialer::campaign::{Decision, Why};
use dialer::cli_health::Standing;
use dialer::dnc::{DncScope, Register, RegisterSettings};
use dialer::{
    CallbackId, CampaignSettings, Lead, LeadId, LegalProfile, ListId, ProfileId, RegisterId,
};
use jiff::Timestamp;
use routing::{
    Agent, AgentId, CallId, CampaignId, Cause, Cli, CliId, Did, DidId, LinePlan, Mailbox, Number,
    Organisation, PauseReason, Queue, QueueId, Sound, Team, TeamId, Trunk, TrunkId, Workflow,
    WorkflowId,
};
use serde::{Deserialize, Serialize};
use store::agents::SipSecret;
use store::sessions::SessionId;
use store::trunks::TrunkSecret;
use utoipa::ToSchema;

pub use crate::directory::{ByHand, Colleague, Department, Directory, Reach};
pub use crate::groups::{Group, WaitingCall};
pub use crate::verbs::{CallVerb, Destination, Keys, Supervise, Supervisor};

use crate::fetch::Fetch;
use crate::ladders::Ladder;
use crate::live::Hub;
use crate::metrics::Metric;
use crate::post::Post;
use crate::prompts::Studio;
use crate::recordings::Shelf;
use crate::telephones::Telephone;

/// The running switch.
pub trait Control: Send + Sync + 'static {
    /// Tells a change that is already durable.
    ///
    /// [`Busy`] costs nothing but time: the switch reads the store again when it can, and the
    /// client is told that the change is kept and not yet in force.
    fn changed(&self, change: Change) -> Result<(), Busy>;

    /// Gives a command and resolves when the switch has carried it out or refused it.
    fn command(&self, command: Command) -> Answer<'_>;

    /// Where the switch publishes what is live.
    fn hub(&self) -> &Hub;

    /// The audio of recordings; none where nothing is recorded.
    fn shelf(&self) -> Option<&dyn Shelf> {
        None
    }

    /// What makes clips of files and texts; none where nothing can be played.
    fn studio(&self) -> Option<&dyn Studio> {
        None
    }

    /// What takes letters to people; none where no mail server is configured.
    fn post(&self) -> Option<&dyn Post> {
        None
    }

    /// What asks servers that administrators name; none where nobody is asked.
    fn fetch(&self) -> Option<&dyn Fetch> {
        None
    }
}

/// The switch's answer to a command, in time.
pub type Answer<'a> = Pin<Box<dyn Future<Output = Result<Reply, CommandError>> + Send + 'a>>;

/// A setting that changed and is durable.
#[derive(Clone, Debug)]
pub enum Change {
    /// The organisation's settings.
    Organisation(Organisation),
    /// An agent is new or changed.
    Agent(Box<Agent>),
    /// What an agent's telephone must prove is new; the one before stops to work.
    SipSecret(SipSecret),
    /// An agent has another PIN to call in with, or none any more.
    CallInPin(AgentId),
    /// An agent is gone.
    AgentRemoved(AgentId),
    /// A trunk is new or changed.
    Trunk(Box<Trunk>),
    /// What a trunk's carrier knows us by is new, or gone.
    TrunkSecret(TrunkId, Option<TrunkSecret>),
    /// A trunk is gone.
    TrunkRemoved(TrunkId),
    /// A CLI is new or changed.
    Cli(Cli),
    /// A CLI is gone.
    CliRemoved(CliId),
    /// A DID is new or changed.
    Did(Box<Did>),
    /// A DID is gone.
    DidRemoved(DidId),
    /// A queue is new or changed.
    Queue(Box<Queue>),
    /// A queue is gone.
    QueueRemoved(QueueId),
    /// A workflow is new or changed: new calls are led by this version.
    Workflow {
        /// The workflow.
        workflow: Box<Workflow>,
        /// Its version.
        version: u64,
    },
    /// A workflow is gone.
    WorkflowRemoved(WorkflowId),
    /// A prompt is new, sounds otherwise, or is gone.
    Prompt {
        /// What settings call it by.
        name: String,
        /// How it sounds; none: it is gone.
        sound: Option<Sound>,
    },
    /// A team is new or changed.
    Team(Team),
    /// A team is gone.
    TeamRemoved(TeamId),
    /// A campaign is new, changed, started or stopped.
    Campaign(Box<CampaignSettings>),
    /// A campaign is gone.
    CampaignRemoved(CampaignId),
    /// Leads of a list are new, changed or gone: stocks drawn from it are stale.
    ListChanged {
        /// The list.
        list: ListId,
    },
    /// Somebody corrected a lead: no older copy of it is dialled any more.
    Lead {
        /// The lead as it is stored now.
        lead: Box<Lead>,
        /// Its version.
        version: u64,
    },
    /// A lead is deleted: no copy of it is dialled any more.
    LeadRemoved {
        /// Which.
        lead: LeadId,
        /// The version that it would have had next.
        version: u64,
    },
    /// A list is gone.
    ListRemoved(ListId),
    /// A do-not-call register binds in another way; its numbers stay.
    Register(RegisterSettings),
    /// A register is gone.
    RegisterRemoved(RegisterId),
    /// A legal profile is new or changed.
    Profile(Box<LegalProfile>),
    /// A legal profile is gone.
    ProfileRemoved(ProfileId),
    /// A message was marked.
    MessageMarked {
        /// Whose it is.
        mailbox: Mailbox,
        /// As heard, or as new again.
        heard: bool,
    },
    /// A message is gone.
    MessageRemoved {
        /// Whose it was.
        mailbox: Mailbox,
        /// Whether it had been heard.
        heard: bool,
    },
}

/// A command on live state.
#[derive(Clone, Debug)]
pub enum Command {
    /// An agent's desk asks something of the agent's own work, or a supervisor does.
    Agent {
        /// Whose work.
        agent: AgentId,
        /// [`Cause::Agent`] or [`Cause::Supervisor`].
        by: Cause,
        /// What.
        verb: AgentVerb,
    },
    /// An agent dials a number by hand.
    Dial {
        /// Who dials.
        agent: AgentId,
        /// On whose behalf.
        campaign: CampaignId,
        /// The number.
        number: Number,
        /// Whoever has it on the campaign's lists, with what was tried at each of their numbers.
        person: Option<Box<Lead>>,
        /// The agent's own promise that it is to keep, chosen from their list of those (R149).
        promise: Option<CallbackId>,
    },
    /// Numbers that are durable in the do-not-call list; the answer means that none of them will
    /// be dialled any more, and that a live attempt to one of them is cancelled.
    Suppress {
        /// Whom they bind.
        scope: DncScope,
        /// The numbers.
        numbers: Vec<Number>,
    },
    /// Numbers taken off the do-not-call list.
    Unsuppress {
        /// Whom they bound.
        scope: DncScope,
        /// The numbers.
        numbers: Vec<Number>,
    },
    /// A register that is durable as it now is; the answer means that none of its numbers will be
    /// dialled any more but by leave of consent, and that live attempts to them are cancelled.
    Enlist(Register),
    /// A person is to be called back; the answer means that it is promised.
    Promise {
        /// The promise.
        callback: Box<Callback>,
        /// The agent who makes it; none is an administrator.
        by: Option<AgentId>,
        /// The promise to the same person whose place it takes, which has to be open still.
        instead_of: Option<CallbackId>,
    },
    /// A promise is taken back.
    Withdraw(CallbackId),
    /// A place in line that a caller kept is given up; nobody is called for it any more.
    RemovePlace(CallId),
    /// Asks whether a lead may be dialled for a campaign at this moment.
    WhyNot {
        /// The campaign.
        campaign: CampaignId,
        /// The lead, which need not be in the campaign's stock.
        lead: Box<Lead>,
    },
    /// Asks for the pacing decisions of a campaign's last hour.
    Pacing {
        /// The campaign.
        campaign: CampaignId,
    },
    /// A supervisor acts on an agent.
    Supervise {
        /// On whom.
        agent: AgentId,
        /// Who.
        by: Supervisor,
        /// What.
        act: Supervise,
    },
    /// Asks whom an agent can reach.
    Directory {
        /// Which agent.
        agent: AgentId,
    },
    /// Asks what waits in an agent's queues.
    Groups {
        /// Which agent.
        agent: AgentId,
    },
    /// Asks what an agent looks at.
    Preview {
        /// Which agent.
        agent: AgentId,
    },
    /// Asks how each number that is shown fares.
    CliHealth,
    /// Ends a call, whoever is in it.
    EndCall {
        /// The call.
        call: CallId,
    },
    /// The last window of an agent's desk closed, or one opened again.
    Desk {
        /// Whose desk.
        agent: AgentId,
        /// A window of it is open.
        open: bool,
    },
    /// Asks for the SIP messages of a call, live or recent.
    Ladder {
        /// The call.
        call: CallId,
    },
    /// Asks for every figure of the switch.
    Metrics,
    /// Asks what an agent's telephone is doing.
    Telephone {
        /// Whose.
        agent: AgentId,
    },
    /// Lets a page register as an agent for a while.
    GrantSipToken {
        /// The agent, its extension, and what digest will prove.
        secret: Box<SipSecret>,
        /// The session that asked: the token ends with it.
        holder: SessionId,
        /// How long it is good for.
        lifetime: Duration,
    },
    /// A session is over, and with it its tokens.
    RevokeSipTokens {
        /// The session.
        holder: SessionId,
    },
}

/// What an agent's desk can ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AgentVerb {
    /// Start to work, and how the line is made.
    ClockIn(ClockIn),
    /// Stop working.
    ClockOut {
        /// In words (R188).
        reason: Option<String>,
    },
    /// Ring the telephone, where the line is made for each call, to dial by hand.
    RingLine,
    /// Take calls.
    Ready,
    /// Take none, at once or after the call in hand.
    Pause {
        /// Why; the organisation decides whether it is required.
        reason: Option<PauseReason>,
    },
    /// Dial the lead that is looked at.
    DialPreviewed,
    /// Pass the lead that is looked at.
    SkipPreviewed,
    /// Put the customer on hold.
    Hold,
    /// Take the customer back.
    Resume,
    /// Keep what is said from now on out of the recording: a card number (FAULTS S18).
    PauseRecording,
    /// Record again.
    ResumeRecording,
    /// End the call in hand.
    HangUp,
    /// Something else with a call: dial, transfer, consult, park and the rest.
    Call(CallVerb),
    /// Ask supervisors for help, with the reason; none: no more.
    Help {
        /// In words.
        reason: Option<String>,
    },
    /// Go active in a queue of the agent's, or inactive (R226).
    Group {
        /// Which.
        queue: QueueId,
        /// Active.
        active: bool,
    },
    /// Declare what the conversation came to, which ends the wrap-up.
    Dispose {
        /// The call; none is the one in hand or just ended.
        call: Option<CallId>,
        /// A code of the campaign's dispositions.
        code: String,
        /// What is worth remembering.
        notes: Option<String>,
        /// When to call again, where the disposition asks for a time.
        callback_at: Option<Timestamp>,
        /// Who is to call then.
        callback_by: CallbackBy,
        /// The zone in which that time was agreed, by its IANA name; none is the lead's.
        callback_zone: Option<String>,
    },
}

/// Who is to make a call that was promised.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CallbackBy {
    /// Any agent of the campaign.
    #[default]
    Anyone,
    /// The agent's first team.
    Team,
    /// The agent, then the team, then anyone.
    Me,
}

impl AgentVerb {
    /// The verb's word in the record.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::ClockIn(_) => "clock_in",
            Self::ClockOut { .. } => "clock_out",
            Self::RingLine => "ring_line",
            Self::Ready => "ready",
            Self::Pause { .. } => "pause",
            Self::DialPreviewed => "dial_previewed",
            Self::SkipPreviewed => "skip_previewed",
            Self::Hold => "hold",
            Self::Resume => "resume",
            Self::HangUp => "hang_up",
            Self::Call(_) => "call",
            Self::PauseRecording => "pause_recording",
            Self::ResumeRecording => "resume_recording",
            Self::Help { .. } => "help",
            Self::Group { .. } => "group",
            Self::Dispose { .. } => "dispose",
        }
    }
}

/// What is chosen with a clock-in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClockIn {
    /// The team that the shift is for (R187); none is the agent's only one.
    pub unit: Option<TeamId>,
    /// How the line is made in this shift (R126); none is as the profile says.
    pub line: Option<LinePlan>,
}

/// What a command came to.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// It is done.
    Done,
    /// It is done, and this is the call that it made.
    Call {
        /// The call.
        call: CallId,
    },
    /// The do-not-call list is at this version in the switch.
    Dnc {
        /// Rises with every change.
        version: u64,
    },
    /// Why a lead is not being dialled.
    WhyNot(Why),
    /// Decisions that dialled, or that changed what holds the dialling, the newest first.
    Pacing(Vec<Decision>),
    /// What an agent's telephone is doing.
    Telephone(Telephone),
    /// The SIP messages of a call.
    Ladder(Ladder),
    /// Every figure of the switch.
    Metrics(Vec<Metric>),
    /// Whom an agent can reach.
    Directory(Box<Directory>),
    /// What waits in an agent's queues.
    Groups(Vec<Group>),
    /// What an agent looks at; none where there is nothing to look at.
    Preview(Option<Box<PreviewedLead>>),
    /// How each number of the organisation fares.
    CliHealth(Vec<ShownCli>),
}

/// A lead that an agent looks at before it is dialled.
#[derive(Clone, Debug, PartialEq)]
pub struct PreviewedLead {
    /// For which campaign.
    pub campaign: CampaignId,
    /// Whom.
    pub lead: Lead,
    /// When the time to look is over and it is dialled.
    pub dials_at: Timestamp,
    /// Whether the agent may pass it.
    pub may_skip: bool,
}

/// A number that is shown, and how it fares.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownCli {
    /// Which.
    pub cli: CliId,
    /// The number.
    pub number: Number,
    /// Most calls that may show it in one day.
    pub calls_per_day: Option<u32>,
    /// How it fares.
    #[serde(flatten)]
    pub standing: Standing,
}

/// Why a command was not carried out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    /// The switch could not take it or did not answer in time; nothing is known to have happened.
    #[error(transparent)]
    Busy(#[from] Busy),
    /// It does not fit the present state.
    #[error("{why}")]
    Refused {
        /// In words for the person who asked.
        why: String,
    },
    /// A call was to be promised for a moment at which nobody may be called where they are.
    #[error("nobody may be called then where they are")]
    Closed {
        /// The first moment from then on at which they may be called; none within a year.
        next: Option<Timestamp>,
    },
    /// The switch does not know what the command is about.
    #[error("the switch does not know it")]
    Unknown,
}

/// The switch cannot take more now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the switch is busy; try again in {} s", retry_after.as_secs().max(1))]
pub struct Busy {
    /// When it is worth trying again.
    pub retry_after: Duration,
}
