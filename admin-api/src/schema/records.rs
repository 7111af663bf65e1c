//! The shapes of what happened: calls, attempts, leads and their reasons, imports.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::compliance::Consent;
use super::shapes;
use super::words::{Answerer, CallDirection, LeadStatus, Met, Outcome, Party, PauseClass};

shapes! {
    /// One shift of an agent; its three times add up to its length.
    Shift {
        /// Its place in the journal: `before=` asks for the shifts before it.
        seq: u64,
        /// Who.
        agent: Uuid,
        /// The team that they clocked in to.
        unit: Option<Uuid>,
        /// The clock-in.
        #[schema(format = DateTime)]
        clocked_in_at: String,
        /// The clock-out; null while the shift goes on.
        #[schema(format = DateTime)]
        clocked_out_at: Option<String>,
        /// Said at the clock-out.
        reason: Option<String>,
        /// Ready, and not at work on a call, in microseconds.
        available_us: u64,
        /// At work on a call, its wrap-up included, in microseconds.
        active_us: u64,
        /// Unable to work, in microseconds.
        unavailable_us: u64,
    }
    /// An agent's figures of a period; times in microseconds.
    AgentStats {
        /// The first thing the agent did.
        #[schema(format = DateTime)]
        first_activity_at: Option<String>,
        /// The last.
        #[schema(format = DateTime)]
        last_activity_at: Option<String>,
        /// Logged in: available, ring, talk, hold, wrap-up and pause together.
        login_us: u64,
        /// Available to receive calls.
        available_us: u64,
        /// Reserved, rung or previewing.
        ring_us: u64,
        /// Actively talking.
        talk_us: u64,
        /// With the customer on hold.
        hold_us: u64,
        /// After calls.
        wrap_up_us: u64,
        /// Not receiving calls, breaks included.
        pause_us: u64,
        /// The part of the pauses that was a break.
        break_us: u64,
        /// The pauses by their reason.
        pauses: Vec<PauseSpent>,
        /// Calls delivered to the agent.
        total_calls: u64,
        /// Calls delivered and answered.
        calls_handled: u64,
        /// Calls whose disposition is a success.
        conversions: u64,
        /// Successes of all calls delivered, 0 to 1; null without a call.
        conversion_rate: Option<f64>,
    }
    /// Time paused for one reason.
    PauseSpent {
        /// What it counts under; null is not ready yet, or put there by the watchdog.
        class: Option<PauseClass>,
        /// The reason's words.
        text: Option<String>,
        /// How long, in microseconds.
        us: u64,
    }
    /// What a supervisor did to an agent.
    Supervision {
        /// Its place in the journal: `after=` asks for what follows.
        seq: u64,
        /// On whom.
        agent: Uuid,
        /// The user who acted.
        user: Uuid,
        /// `listen`, `whisper`, `barge`, `stop`, `take_over`, `message`, or the verb given in the
        /// agent's place.
        act: String,
        /// The agent's call at that moment.
        call: Option<Uuid>,
        /// When.
        #[schema(format = DateTime)]
        at: String,
    }
    /// One call, from its first INVITE to its last BYE.
    Call {
        /// Its identity.
        id: Uuid,
        /// Who began it.
        direction: CallDirection,
        /// The number or extension that called.
        calling: String,
        /// The number or extension that was called.
        called: String,
        /// For which campaign.
        campaign: Option<Uuid>,
        /// The queue it waited in last, or was meant for.
        queue: Option<Uuid>,
        /// Over which DID it came.
        did: Option<Uuid>,
        /// Over which trunk.
        trunk: Option<Uuid>,
        /// The agent who spoke last.
        agent: Option<Uuid>,
        /// When it began.
        #[schema(format = DateTime)]
        started_at: String,
        /// When the called party answered.
        #[schema(format = DateTime)]
        answered_at: Option<String>,
        /// When it began to wait.
        #[schema(format = DateTime)]
        queued_at: Option<String>,
        /// When an agent first heard it.
        #[schema(format = DateTime)]
        connected_at: Option<String>,
        /// When it ended; null while it lives.
        #[schema(format = DateTime)]
        ended_at: Option<String>,
        /// Who ended it.
        ended_by: Option<Party>,
        /// The final SIP response of a call that nobody answered.
        sip: Option<u16>,
        /// The Q.850 cause.
        q850: Option<u8>,
        /// From the first INVITE to the answer, or to the end.
        ring_ms: Option<u64>,
        /// Answered and without an agent.
        wait_ms: Option<u64>,
        /// In conversation with an agent.
        talk_ms: Option<u64>,
        /// On hold.
        hold_ms: Option<u64>,
        /// From the answer to the agent's audio.
        answer_to_agent_us: Option<u64>,
        /// A person met no agent.
        abandoned: bool,
        /// And heard the notice.
        noticed: bool,
        /// The attempt that it is.
        attempt: Option<Uuid>,
        /// The attempt's lead.
        lead: Option<Uuid>,
        /// The number that was shown.
        cli: Option<String>,
        /// How the attempt ended.
        outcome: Option<Outcome>,
        /// What the agent declared last.
        disposition: Option<String>,
        /// How its worst leg was heard: mean opinion score in hundredths, 100 to 441.
        mos: Option<u16>,
    }
    /// How one leg was heard while it was part of a call.
    CallLeg {
        /// The journal entry that tells it.
        seq: u64,
        /// When it left the call.
        #[schema(format = DateTime)]
        at: String,
        /// Whose line it was; null is the customer's leg.
        agent: Option<Uuid>,
        /// Mean opinion score in hundredths, 100 to 441 (ITU-T G.107); that of the worse way.
        mos: u16,
        /// Packets that came.
        received: u64,
        /// Packets that never came, in thousandths.
        lost: u16,
        /// Packets of ours that the other end missed, in thousandths, if it said so.
        lost_by_party: Option<u16>,
        /// Interarrival jitter on average, in microseconds (RFC 3550 section 6.4.1).
        jitter_us: u32,
        /// And at its worst.
        jitter_max_us: u32,
        /// Round trip on average, in microseconds, if the other end reported.
        round_trip_us: Option<u32>,
    }
    /// Who spoke in an agent's part of a call, and for how long.
    CallTalk {
        /// The journal entry that tells it.
        seq: u64,
        /// When the part was over.
        #[schema(format = DateTime)]
        at: String,
        /// Whose part.
        agent: Uuid,
        /// The agent alone, in microseconds.
        agent_us: u64,
        /// The customer alone.
        customer_us: u64,
        /// Both at once.
        both_us: u64,
        /// Nobody.
        nobody_us: u64,
        /// How often nobody spoke for 5 s or more.
        dead_airs: u64,
        /// How often both spoke at once for 2 s or more.
        talk_overs: u64,
    }
    /// One step of a call.
    CallStep {
        /// The journal entry that tells it.
        seq: u64,
        /// When.
        #[schema(format = DateTime)]
        at: String,
        /// What happened: `started`, `answered`, `queued`, `connected`, `audio_lost`,
        /// `audio_repaired`, `dead_air`, `talk_over`, `ended`, and so on.
        step: String,
        /// Which agent.
        agent: Option<Uuid>,
        /// To whom it was transferred: `agent` or `queue` with its id, or a number. Of lost audio,
        /// what was left of the conversation: `one_way` or `none`; of its repair, what was done:
        /// `latch`, `ice_restart`, `reinvite` or `gave_up`; of dead air and talk-over, how long,
        /// in milliseconds.
        note: Option<String>,
    }
    /// A message that a caller left.
    Voicemail {
        /// Its identity.
        id: Uuid,
        /// The call.
        call: Uuid,
        /// Whose it is.
        mailbox: Mailbox,
        /// Who called.
        calling: String,
        /// When the tone sounded.
        #[schema(format = DateTime)]
        left_at: String,
        /// Its length.
        duration_ms: u64,
        /// When it was marked as heard; null while it is new.
        #[schema(format = DateTime)]
        heard_at: Option<String>,
    }
    /// A call that was given up as a machine's, for a reviewer to hear.
    Verdict {
        /// Its identity.
        id: Uuid,
        /// The call.
        call: Uuid,
        /// The attempt.
        attempt: Uuid,
        /// Whose.
        campaign: Uuid,
        /// When it was answered.
        #[schema(format = DateTime)]
        answered_at: String,
        /// Its length, up to the verdict.
        duration_ms: u64,
        /// What a reviewer heard; null while it waits.
        met: Option<Met>,
        /// When they said so.
        #[schema(format = DateTime)]
        met_at: Option<String>,
        /// Their user name.
        met_by: Option<String>,
        /// What the detector said of it; null before a reviewer has said what they heard.
        why: Option<String>,
    }
    /// One recording of a call.
    Recording {
        /// Its identity.
        id: Uuid,
        /// The call.
        call: Uuid,
        /// The agent who talked first.
        agent: Uuid,
        /// When it began.
        #[schema(format = DateTime)]
        started_at: String,
        /// When it was whole on the disk; null while it runs.
        #[schema(format = DateTime)]
        ended_at: Option<String>,
        /// Its length.
        duration_ms: Option<u64>,
        /// Of that, what could not be written.
        gap_ms: Option<u64>,
        /// How often it was paused: what was said then is masked.
        pauses: u64,
        /// The newest link of its SHA-256 chain, in hex.
        chain: Option<String>,
        /// The switch died while it ran.
        interrupted: bool,
        /// When its audio was removed by a rule of retention; null while it is there.
        #[schema(format = DateTime)]
        removed_at: Option<String>,
    }
    /// Whether the calls of a period that had to be recorded were.
    Completeness {
        /// Recordings of calls that are over.
        calls: u64,
        /// Of those, without a gap.
        whole: u64,
        /// With audio, and with gaps.
        with_gaps: u64,
        /// Without any audio.
        missing: u64,
    }
    /// One INVITE to one number of one lead.
    Attempt {
        /// Its identity.
        id: Uuid,
        /// The call it became.
        call: Uuid,
        /// Who was dialled.
        lead: Uuid,
        /// For which campaign.
        campaign: Uuid,
        /// The list the lead was on.
        list: Uuid,
        /// The number dialled.
        number: String,
        /// The number shown.
        cli: String,
        /// Over which trunk.
        trunk: Uuid,
        /// When it was permitted.
        #[schema(format = DateTime)]
        permitted_at: String,
        /// When it ended; null while it lives.
        #[schema(format = DateTime)]
        ended_at: Option<String>,
        /// How it ended.
        outcome: Option<Outcome>,
        /// Whether it counted against the lead's cap.
        counted: Option<bool>,
        /// The final SIP response.
        sip: Option<u16>,
        /// The Q.850 cause.
        q850: Option<u8>,
        /// Who or what answered, where somebody listened.
        answerer: Option<Answerer>,
        /// The sentence that explains it.
        answerer_why: Option<String>,
        /// From the answer to that verdict, in ms.
        judged_ms: Option<u32>,
        /// A machine by that verdict, and connected to an agent all the same, to know better.
        audited: bool,
        /// A machine was left the campaign's message.
        message_left: bool,
    }
    /// A person on a list.
    Lead {
        /// Its identity.
        id: Uuid,
        /// The list it came with.
        list: Uuid,
        /// The number to dial next, in E.164.
        number: String,
        /// What kind of line it is; empty when unknown.
        number_kind: String,
        /// Further numbers of the same person, in their turn.
        other_numbers: Vec<OtherNumber>,
        /// The caller's own key for this person.
        external_id: Option<String>,
        /// Given name; empty when unknown.
        first_name: String,
        /// Family name; empty when unknown.
        last_name: String,
        /// The IANA zone this person is said to live in.
        zone: Option<String>,
        /// Where they are said to live, as ISO 3166: `US-FL`, `GB`.
        region: Option<String>,
        /// That they agreed to be called; null says that nobody knows of it.
        consent: Option<Consent>,
        /// Every other column of the import, by its header.
        fields: BTreeMap<String, String>,
        /// Higher is dialled earlier.
        priority: i16,
        /// Attempts that count against the campaign's cap.
        attempts: u32,
        /// Attempts in a row that the carrier failed.
        carrier_failures: u32,
        /// When the newest attempt was permitted.
        #[schema(format = DateTime)]
        last_attempt_at: Option<String>,
        /// Not before this moment; null means at once.
        #[schema(format = DateTime)]
        next_due_at: Option<String>,
        /// Where it stands.
        status: LeadStatus,
        /// How the newest attempt ended.
        last_outcome: Option<Outcome>,
        /// What has been tried at the number, whichever list it stood on.
        history: NumberHistory,
    }
    /// A further number of a lead.
    OtherNumber {
        /// What kind of line it is.
        kind: String,
        /// The number, in E.164.
        number: String,
        /// It does not exist, or somebody else on the list has it: it is not dialled.
        passed_over: bool,
    }
    /// What has been tried at one number.
    NumberHistory {
        /// When each counted attempt of the last seven days was permitted, oldest first.
        recent: Vec<String>,
        /// When somebody there last answered and met no agent.
        abandoned_at: Option<String>,
        /// When a machine was last heard there.
        machine_at: Option<String>,
    }
    /// Why a lead is not being dialled at this moment.
    Why {
        /// The first cause.
        cause: Cause,
        /// It and every further one, in sentences.
        because: Vec<String>,
        /// When time alone makes it dialable; null when it takes more than time.
        #[schema(format = DateTime)]
        next: Option<String>,
    }
    /// What was read of a file, and what was wrong with it.
    ImportReport {
        /// Rows read, the header and empty lines not counted.
        rows: u64,
        /// Good rows.
        accepted: u64,
        /// Rows whose number or external id stood there before.
        duplicates: u64,
        /// Rows with a fault.
        rejected: u64,
        /// The first thousand faults.
        faults: Vec<RowFault>,
        /// Why reading ended before the end of the file; the rows before are good.
        stopped: Option<String>,
    }
    /// One wrong cell.
    RowFault {
        /// The line its row began on, from 1.
        line: u64,
        /// Its column, from 1; 0 where the row as a whole is meant.
        column: u32,
        /// The column's header.
        header: String,
        /// What stood there, at most 40 characters of it.
        found: String,
        /// What was expected.
        expected: String,
    }
}

/// Whose messages.
#[derive(Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "of", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Mailbox {
    /// An agent's own.
    Agent {
        /// The agent.
        agent: Uuid,
    },
    /// Those of a queue, for every agent in it.
    Queue {
        /// The queue.
        queue: Uuid,
    },
}

/// What keeps a lead from being dialled.
#[derive(Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "cause", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Cause {
    /// It is not on a list of the campaign.
    OtherList,
    /// A filter of the campaign keeps it out.
    FilteredOut,
    /// It is being dialled, or is in a conversation.
    InFlight {
        /// The live attempt.
        attempt: Uuid,
    },
    /// The campaign has no trunk to dial by.
    NoTrunk,
    /// A check of the gate fails.
    Refused {
        /// The first that does: `running`, `trunk`, `profile`, `cli`, `lead`, `claim`, `dnc`,
        /// `consent`, `attempts`, `attempts_in_24h`, `attempts_today`, `attempts_in_7d`,
        /// `part_of_day`, `lock_out`, `window`, `due` or `capacity`.
        check: String,
    },
    /// It may be dialled, and others come first.
    Queued {
        /// How many leads of the stock are ahead; null when it is not in the stock yet.
        ahead: Option<u32>,
    },
    /// It is next, and waits for a free agent or line.
    NoAgent,
}

/// Whom a do-not-call entry binds.
#[derive(Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "scope", content = "campaign", rename_all = "snake_case")]
pub(crate) enum DncScope {
    /// Every campaign.
    Organisation,
    /// One campaign.
    Campaign(Uuid),
}
