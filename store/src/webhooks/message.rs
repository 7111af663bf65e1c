//! What is told of an event: which, when, and the call and the lead that it is about as the records
//! have them at that moment.

use std::collections::BTreeMap;

use dialer::callbacks::{Callback, Closing};
use dialer::{AttemptId, CallbackId, Lead, LeadId, ListId, Outcome};
use jiff::Timestamp;
use routing::{
    AgentId, CallId, CampaignId, Counts, Mailbox, Number, PauseReason, QueueId, RecordingId,
    StateName, TeamId,
};
use serde::Serialize;
use uuid::Uuid;

use super::WebhookEvent;
use crate::calls::{self, CallRecord};
use crate::error::Error;
use crate::event::{Direction, Entry, Event};
use crate::fold::Gathered;
use crate::leads;
use crate::sql::{self, Connection};
use crate::voicemails;

/// A message to a server.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Message {
    /// Its identity: the same at each try and each replay.
    pub id: Uuid,
    /// The journal entry that it tells: of two messages the higher is the later. 0 of a test.
    pub sequence: u64,
    /// When it happened.
    pub at: Timestamp,
    /// What happened.
    #[serde(flatten)]
    pub told: Told,
    /// The call that it is about, as it stands then.
    pub call: Option<CallRecord>,
    /// The lead that it is about.
    pub lead: Option<LeadTold>,
}

/// What happened, with what only this event has to say.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "event", content = "data", rename_all = "snake_case")]
pub enum Told {
    /// A call began.
    CallStarted {},
    /// The called party answered.
    CallAnswered {},
    /// A caller waits.
    CallQueued {
        /// Where.
        queue: QueueId,
    },
    /// Customer and agent hear each other.
    CallConnected {
        /// The agent.
        agent: AgentId,
        /// From the answer to the agent's audio, in microseconds.
        answer_to_agent_us: u64,
    },
    /// An agent sent the customer on.
    CallTransferred {
        /// Who sent it.
        agent: AgentId,
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
        agent: AgentId,
        /// The disposition's code.
        code: String,
        /// The agent's notes.
        notes: String,
        /// The time that was promised.
        callback_at: Option<Timestamp>,
        /// The person is not to be called again.
        do_not_call: bool,
        /// The agent met a machine.
        machine: bool,
    },
    /// A person asked by themselves not to be called again.
    OptedOut {
        /// Their number.
        number: Number,
        /// The key that they pressed; none says that a workflow did it.
        key: Option<char>,
    },
    /// An attempt to reach a lead is over.
    AttemptEnded {
        /// The attempt.
        attempt: AttemptId,
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
        callback: CallbackId,
        /// For which campaign.
        campaign: CampaignId,
        /// The number to call.
        number: Number,
        /// When.
        due_at: Timestamp,
        /// The agent who is to call.
        owner: Option<AgentId>,
        /// What is worth remembering.
        note: String,
        /// Who made it; none is an administrator.
        by: Option<AgentId>,
    },
    /// A promise is over.
    CallbackClosed {
        /// Which.
        callback: CallbackId,
        /// What became of it.
        closing: Closing,
    },
    /// A recording is whole: `GET /v1/recordings/{recording}/audio`.
    RecordingReady {
        /// The recording.
        recording: RecordingId,
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
        voicemail: RecordingId,
        /// For whom.
        mailbox: Mailbox,
        /// Its length.
        duration_ms: u64,
    },
    /// An agent left a state.
    AgentInterval {
        /// The agent.
        agent: AgentId,
        /// The state that is over.
        state: StateName,
        /// What its time counts as.
        counts: Counts,
        /// The reason of a pause.
        reason: Option<PauseReason>,
        /// When it began.
        from: Timestamp,
        /// When it ended.
        to: Timestamp,
    },
    /// An agent clocked in or out.
    AgentClocked {
        /// The agent.
        agent: AgentId,
        /// In, or out.
        clocked_in: bool,
        /// Said by whoever did it.
        reason: Option<String>,
        /// The team that they clocked in to.
        unit: Option<TeamId>,
    },
    /// Nothing happened: somebody tries whether messages arrive.
    Test {},
}

/// A lead, as far as another system needs it to know who it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LeadTold {
    /// Its identity.
    pub id: LeadId,
    /// The list it came with.
    pub list: ListId,
    /// The key that the list's owner knows the person by.
    pub external_id: Option<String>,
    /// The number to dial.
    pub number: Number,
    /// Given name; empty when unknown.
    pub first_name: String,
    /// Family name; empty when unknown.
    pub last_name: String,
    /// Every other column of the import, by its header.
    pub fields: BTreeMap<String, String>,
}

impl From<Lead> for LeadTold {
    fn from(lead: Lead) -> Self {
        let Lead { id, list, external_id, number, first_name, last_name, fields, .. } = lead;
        Self { id, list, external_id, number, first_name, last_name, fields }
    }
}

/// An event with all that is told of it, before it has an identity.
#[derive(Debug)]
pub(super) struct Composed {
    pub(super) event: WebhookEvent,
    /// What is told in order.
    pub(super) subject: Uuid,
    pub(super) campaign: Option<CampaignId>,
    pub(super) queue: Option<QueueId>,
    pub(super) told: Told,
    pub(super) call: Option<CallRecord>,
    pub(super) lead: Option<LeadTold>,
}

/// What an event is about, by identities alone.
struct About {
    event: WebhookEvent,
    subject: Uuid,
    call: Option<CallId>,
    lead: Option<LeadId>,
    campaign: Option<CampaignId>,
}

impl About {
    fn call(event: WebhookEvent, call: CallId) -> Self {
        let subject = call.into();
        Self { event, subject, call: Some(call), lead: None, campaign: None }
    }

    fn other(event: WebhookEvent, subject: impl Into<Uuid>) -> Self {
        Self { event, subject: subject.into(), call: None, lead: None, campaign: None }
    }
}

/// What is told of an entry that was just folded, if it is any of the events that are wanted.
pub(super) async fn compose(
    connection: &mut Connection,
    gathered: &mut Gathered,
    entry: &Entry,
    wanted: impl Fn(WebhookEvent) -> bool,
) -> Result<Option<Composed>, Error> {
    let told = told(connection, gathered, entry, wanted).await?;
    let Some((mut about, told)) = told else { return Ok(None) };
    gathered.write(connection).await?;
    let call = match about.call {
        Some(call) => calls::read(connection, call).await?,
        None => None,
    };
    // An agent's own line is nobody's call.
    if call.as_ref().is_some_and(|call| call.direction == Direction::Line) {
        return Ok(None);
    }
    about.lead = about.lead.or(call.as_ref().and_then(|call| call.lead));
    let lead = match about.lead {
        Some(lead) => leads::read(connection, lead).await?.map(LeadTold::from),
        None => None,
    };
    let of_call = call.as_ref().map(|call| (call.campaign, call.queue));
    let (campaign, queue) = of_call.unwrap_or_default();
    Ok(Some(Composed {
        event: about.event,
        subject: about.subject,
        campaign: about.campaign.or(campaign),
        queue,
        told,
        call,
        lead,
    }))
}

/// What only this event has to say, and whom it is about; none of an event that nobody wants.
async fn told(
    connection: &mut Connection,
    gathered: &mut Gathered,
    entry: &Entry,
    wanted: impl Fn(WebhookEvent) -> bool,
) -> Result<Option<(About, Told)>, Error> {
    use WebhookEvent as W;
    let found = match &entry.event {
        Event::RecordingEnded { .. } if wanted(W::RecordingReady) || wanted(W::VoicemailLeft) => {
            gathered.write(connection).await?;
            audio(connection, &entry.event).await?
        }
        Event::AttemptEnded { .. } if wanted(W::AttemptEnded) => {
            attempt(connection, &entry.event).await?
        }
        Event::CallbackClosed { callback, how } if wanted(W::CallbackClosed) => {
            closed(connection, *callback, *how).await?
        }
        event => of_call(event).or_else(|| of_other(event)),
    };
    Ok(found.filter(|(about, _)| wanted(about.event)))
}

/// The end of an attempt, with the call that it became.
async fn attempt(
    connection: &mut Connection,
    event: &Event,
) -> Result<Option<(About, Told)>, Error> {
    let Event::AttemptEnded { attempt, lead, campaign, outcome, sip, q850, attempts, .. } = event
    else {
        return Ok(None);
    };
    let call = sql::query("SELECT call FROM attempt WHERE id = $1").bind(Uuid::from(*attempt));
    let call = call.fetch_optional(connection).await?;
    let call: Option<CallId> = call.as_ref().map(|row| row.id("call")).transpose()?;
    let (attempt, outcome, attempts) = (*attempt, *outcome, *attempts);
    let told = Told::AttemptEnded { attempt, outcome, sip: *sip, q850: *q850, attempts };
    let event = WebhookEvent::AttemptEnded;
    let about = match call {
        Some(call) => About::call(event, call),
        None => About::other(event, attempt),
    };
    Ok(Some((About { lead: Some(*lead), campaign: Some(*campaign), ..about }, told)))
}

/// The end of a promise, with whom it was made to.
async fn closed(
    connection: &mut Connection,
    callback: CallbackId,
    closing: Closing,
) -> Result<Option<(About, Told)>, Error> {
    let row = sql::query("SELECT lead, campaign FROM callback WHERE id = $1");
    let row = row.bind(Uuid::from(callback)).fetch_optional(connection).await?;
    let mut about = About::other(WebhookEvent::CallbackClosed, callback);
    if let Some(row) = &row {
        (about.lead, about.campaign) = (Some(row.id("lead")?), Some(row.id("campaign")?));
    }
    Ok(Some((about, Told::CallbackClosed { callback, closing })))
}

/// The end of a recording, which is that of a conversation or of a message; a hang-up at the tone
/// is neither.
async fn audio(connection: &mut Connection, event: &Event) -> Result<Option<(About, Told)>, Error> {
    let Event::RecordingEnded { recording, duration_ms, gap_ms, interrupted, .. } = event else {
        return Ok(None);
    };
    let (recording, duration_ms, gap_ms) = (*recording, *duration_ms, *gap_ms);
    let row = sql::query("SELECT call FROM recording WHERE id = $1").bind(Uuid::from(recording));
    if let Some(row) = row.fetch_optional(&mut *connection).await? {
        let interrupted = *interrupted;
        let told = Told::RecordingReady { recording, duration_ms, gap_ms, interrupted };
        return Ok(Some((About::call(WebhookEvent::RecordingReady, row.id("call")?), told)));
    }
    let row = sql::query("SELECT call, agent, queue FROM voicemail WHERE id = $1");
    let row = row.bind(Uuid::from(recording)).fetch_optional(connection).await?;
    let Some(row) = row.filter(|_| duration_ms >= voicemails::SHORTEST_MS) else {
        return Ok(None);
    };
    let mailbox = voicemails::mailbox(&row)?;
    let told = Told::VoicemailLeft { voicemail: recording, mailbox, duration_ms };
    Ok(Some((About::call(WebhookEvent::VoicemailLeft, row.id("call")?), told)))
}

fn of_call(event: &Event) -> Option<(About, Told)> {
    use WebhookEvent as W;
    let found = match event {
        Event::CallStarted { call, .. } => {
            (About::call(W::CallStarted, *call), Told::CallStarted {})
        }
        Event::CallAnswered { call } => {
            (About::call(W::CallAnswered, *call), Told::CallAnswered {})
        }
        Event::CallQueued { call, queue } => {
            (About::call(W::CallQueued, *call), Told::CallQueued { queue: *queue })
        }
        Event::CallConnected { call, agent, answer_to_agent_us } => {
            let (agent, answer_to_agent_us) = (*agent, *answer_to_agent_us);
            let told = Told::CallConnected { agent, answer_to_agent_us };
            (About::call(W::CallConnected, *call), told)
        }
        Event::CallTransferred { call, agent, attended, to } => {
            let told = Told::CallTransferred { agent: *agent, attended: *attended, to: to.clone() };
            (About::call(W::CallTransferred, *call), told)
        }
        Event::CallAbandoned { call, noticed, campaign, .. } => {
            let told = Told::CallAbandoned { noticed: *noticed };
            (About { campaign: *campaign, ..About::call(W::CallAbandoned, *call) }, told)
        }
        Event::CallEnded { call, .. } => (About::call(W::CallEnded, *call), Told::CallEnded {}),
        Event::OptedOut { call, number, campaign, lead, key, .. } => {
            let told = Told::OptedOut { number: *number, key: *key };
            let about = About::call(W::OptedOut, *call);
            (About { lead: *lead, campaign: *campaign, ..about }, told)
        }
        Event::Disposed {
            call,
            agent,
            campaign,
            lead,
            code,
            notes,
            callback_at,
            dnc,
            machine,
            ..
        } => {
            let told = Told::CallDisposed {
                agent: *agent,
                code: code.clone(),
                notes: notes.clone(),
                callback_at: *callback_at,
                do_not_call: dnc.is_some(),
                machine: *machine,
            };
            let about = About::call(W::CallDisposed, *call);
            (About { lead: *lead, campaign: *campaign, ..about }, told)
        }
        _ => return None,
    };
    Some(found)
}

fn of_other(event: &Event) -> Option<(About, Told)> {
    use WebhookEvent as W;
    let found = match event {
        Event::CallbackPromised { callback, by } => {
            let Callback { id, lead, campaign, .. } = **callback;
            let told = Told::CallbackPromised {
                callback: id,
                campaign,
                number: callback.number,
                due_at: callback.due_at,
                owner: callback.owner,
                note: callback.note.clone(),
                by: *by,
            };
            let about = About::other(W::CallbackPromised, id);
            (About { lead: Some(lead), campaign: Some(campaign), ..about }, told)
        }
        Event::AgentInterval { agent, state, counts, reason, from, to, call, campaign } => {
            let told = Told::AgentInterval {
                agent: *agent,
                state: *state,
                counts: *counts,
                reason: reason.clone(),
                from: *from,
                to: *to,
            };
            let about = About::other(W::AgentInterval, *agent);
            (About { call: *call, campaign: *campaign, ..about }, told)
        }
        Event::AgentClock { agent, clocked_in, reason, unit } => {
            let (agent, clocked_in, unit) = (*agent, *clocked_in, *unit);
            let told = Told::AgentClocked { agent, clocked_in, reason: reason.clone(), unit };
            (About::other(W::AgentClocked, agent), told)
        }
        _ => return None,
    };
    Some(found)
}
