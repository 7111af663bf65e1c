//! Calls as records, and their steps.

use dialer::{AttemptId, LeadId, Outcome};
use jiff::Timestamp;
use routing::{AgentId, CallId, CampaignId, DidId, Number, QueueId, TrunkId, WorkflowId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::database::Store;
use crate::error::Error;
use crate::event::{Direction, Party};
use crate::page::{self, Cursor, Page};
use crate::reach::{Whose, Within};
use crate::reports::Counted;
use crate::row::Row;
use crate::sql::{self, Connection};

/// One call, from its first INVITE to its last BYE.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CallRecord {
    /// Its identity.
    pub id: CallId,
    /// Who began it.
    pub direction: Direction,
    /// The number or extension that called.
    pub calling: String,
    /// The number or extension that was called.
    pub called: String,
    /// For which campaign.
    pub campaign: Option<CampaignId>,
    /// The queue it waited in last, or was meant for.
    pub queue: Option<QueueId>,
    /// Over which DID it came.
    pub did: Option<DidId>,
    /// Over which trunk.
    pub trunk: Option<TrunkId>,
    /// The agent who spoke last.
    pub agent: Option<AgentId>,
    /// When it began.
    pub started_at: Timestamp,
    /// When the called party answered.
    pub answered_at: Option<Timestamp>,
    /// When it began to wait.
    pub queued_at: Option<Timestamp>,
    /// When an agent first heard it.
    pub connected_at: Option<Timestamp>,
    /// When it ended; none while it lives.
    pub ended_at: Option<Timestamp>,
    /// Who ended it.
    pub ended_by: Option<Party>,
    /// The final SIP response of a call that nobody answered.
    pub sip: Option<u16>,
    /// The Q.850 cause.
    pub q850: Option<u8>,
    /// From the first INVITE to the answer, or to the end.
    pub ring_ms: Option<u64>,
    /// Answered and without an agent.
    pub wait_ms: Option<u64>,
    /// In conversation with an agent.
    pub talk_ms: Option<u64>,
    /// On hold.
    pub hold_ms: Option<u64>,
    /// From the answer to the agent's audio.
    pub answer_to_agent_us: Option<u64>,
    /// A person met no agent.
    pub abandoned: bool,
    /// And heard the notice.
    pub noticed: bool,
    /// The attempt that it is.
    pub attempt: Option<AttemptId>,
    /// The attempt's lead.
    pub lead: Option<LeadId>,
    /// The number that was shown.
    pub cli: Option<Number>,
    /// How the attempt ended.
    pub outcome: Option<Outcome>,
    /// What the agent declared last.
    pub disposition: Option<String>,
    /// How its worst leg was heard: mean opinion score in hundredths, 100 to 441.
    pub mos: Option<u16>,
}

/// One step of a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CallStep {
    /// The journal entry that tells it.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// `started`, `answered`, `queued`, `connected`, `held`, `resumed`, `transferred`, `parked`,
    /// `agent_lost`, `abandoned`, `audio_lost`, `audio_repaired`, `audio_back`, `dead_air`,
    /// `talk_over`, `ended`.
    pub step: String,
    /// Which agent.
    pub agent: Option<AgentId>,
    /// To whom it was transferred: `agent` or `queue` with its id, or a number. Of lost audio,
    /// what was left: `one_way` or `none`; of its repair, what was done: `latch`, `ice_restart`,
    /// `reinvite` or `gave_up`; of dead air and talk-over, how long, in milliseconds.
    pub note: Option<String>,
}

/// How one leg was heard while it was part of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LegQuality {
    /// Mean opinion score in hundredths, 100 to 441 (ITU-T G.107); that of the worse way.
    pub mos: u16,
    /// Packets that came.
    pub received: u64,
    /// Packets that never came, in thousandths.
    pub lost: u16,
    /// Packets of ours that the other end missed, in thousandths, if it said so.
    pub lost_by_party: Option<u16>,
    /// Interarrival jitter on average, in microseconds (RFC 3550 §6.4.1).
    pub jitter_us: u32,
    /// And at its worst.
    pub jitter_max_us: u32,
    /// Round trip on average, in microseconds, if the other end reported.
    pub round_trip_us: Option<u32>,
}

/// One leg of a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CallLeg {
    /// The journal entry that tells it.
    pub seq: u64,
    /// When it left the call.
    pub at: Timestamp,
    /// Whose line it was; none is the customer's leg.
    pub agent: Option<AgentId>,
    /// How it was heard.
    #[serde(flatten)]
    pub quality: LegQuality,
}

/// Who spoke in a conversation of an agent and a customer, and for how long.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TalkFigures {
    /// The agent alone, in microseconds.
    pub agent_us: u64,
    /// The customer alone.
    pub customer_us: u64,
    /// Both at once.
    pub both_us: u64,
    /// Nobody.
    pub nobody_us: u64,
    /// How often nobody spoke for 5 s or more.
    pub dead_airs: u64,
    /// How often both spoke at once for 2 s or more.
    pub talk_overs: u64,
}

/// An agent's part of a call, and who spoke in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct CallTalk {
    /// The journal entry that tells it.
    pub seq: u64,
    /// When it was over.
    pub at: Timestamp,
    /// Whose.
    pub agent: AgentId,
    /// The figures.
    #[serde(flatten)]
    pub talk: TalkFigures,
}

/// What to search for; every field that is given must fit.
#[derive(Clone, Debug, Default)]
pub struct CallQuery {
    /// Of this campaign.
    pub campaign: Option<CampaignId>,
    /// Of this queue.
    pub queue: Option<QueueId>,
    /// Of this agent.
    pub agent: Option<AgentId>,
    /// Of this lead.
    pub lead: Option<LeadId>,
    /// Begun by this side.
    pub direction: Option<Direction>,
    /// Abandoned, or not.
    pub abandoned: Option<bool>,
    /// Alive, or ended.
    pub live: Option<bool>,
    /// From or to this number or extension.
    pub number: Option<String>,
    /// Begun at or after this.
    pub from: Option<Timestamp>,
    /// Begun before this.
    pub to: Option<Timestamp>,
    /// Where the page before ended.
    pub after: Option<Cursor>,
    /// Rows on the page.
    pub limit: Option<u32>,
    /// Of these only; all when none.
    pub within: Option<Within>,
    /// Behind this number of a report.
    pub counted: Option<Counted>,
    /// Led by this version of a workflow.
    pub led_by: Option<LedBy>,
}

/// A version of a workflow, as calls remember it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedBy {
    /// The workflow.
    pub workflow: WorkflowId,
    /// Its version.
    pub version: u64,
    /// The step that the version begins with: every call that it leads comes to it.
    pub start: String,
}

impl LedBy {
    /// What a call's step says beside its name.
    pub(crate) fn note(&self) -> String {
        let Self { workflow, version, start } = self;
        format!("{start} (workflow {workflow}, version {version})")
    }
}

/// The repository of calls.
#[derive(Clone, Debug)]
pub struct Calls {
    store: Store,
}

impl Calls {
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    /// The one with this identity.
    pub async fn find(&self, id: CallId) -> Result<CallRecord, Error> {
        let mut connection = self.store.readers().acquire().await?;
        read(&mut connection, id).await?.ok_or(Error::NotFound("call"))
    }

    /// A page of them, the newest first.
    pub async fn list(&self, query: &CallQuery) -> Result<Page<CallRecord>, Error> {
        let limit = page::limit(query.limit);
        // Whoever asks what a figure counted looks through as much as the report did.
        let _turn = match &query.counted {
            Some(_) => Some(self.store.heavy().await?),
            None => None,
        };
        let mut sql = match &query.counted {
            Some(counted) => counted.settings(&self.store).await?.begin(),
            None => sql::Builder::new(""),
        };
        sql.push(SELECT);
        if let Some(counted) = &query.counted {
            counted.narrow(&mut sql);
        }
        query.filter(&mut sql)?;
        let order = ("started_at", "call.id");
        page::newest_first(&mut sql, order, query.from, query.to, query.after, limit);
        let kept = query.counted.is_none();
        let rows = sql.build().persistent(kept).fetch_all(self.store.readers()).await?;
        let found = rows.iter().map(call).collect::<Result<Vec<_>, _>>()?;
        Ok(Page::of(found, limit, |found: &CallRecord| Cursor::by_time(found.started_at, found.id)))
    }

    /// What each trunk carried of answered outbound calls that ended since `from`, by number
    /// called, in milliseconds.
    pub async fn carried(&self, from: Timestamp) -> Result<Vec<(TrunkId, String, u64)>, Error> {
        let rows = sql::query(
            "SELECT trunk, called, CAST(SUM(wait_ms + talk_ms + hold_ms) AS BIGINT) AS carried \
             FROM call WHERE direction = $1 AND trunk IS NOT NULL AND answered_at IS NOT NULL \
             AND ended_at >= $2 GROUP BY trunk, called ORDER BY trunk, called",
        )
        .bind(crate::row::word("direction", &Direction::Outbound)?)
        .bind(from.as_microsecond())
        .fetch_all(self.store.readers())
        .await?;
        let carried =
            |row: &Row| Ok((row.id("trunk")?, row.column("called")?, row.count("carried")?));
        rows.iter().map(carried).collect()
    }

    /// How the legs of a call were heard, in the order they left it.
    pub async fn legs(&self, id: CallId) -> Result<Vec<CallLeg>, Error> {
        let rows = sql::query("SELECT * FROM call_leg WHERE call = $1 ORDER BY seq")
            .bind(Uuid::from(id))
            .fetch_all(self.store.readers())
            .await?;
        rows.iter().map(leg).collect()
    }

    /// Who spoke in the parts of a call, in their order.
    pub async fn talk(&self, id: CallId) -> Result<Vec<CallTalk>, Error> {
        let rows = sql::query("SELECT * FROM call_talk WHERE call = $1 ORDER BY seq")
            .bind(Uuid::from(id))
            .fetch_all(self.store.readers())
            .await?;
        rows.iter().map(talk).collect()
    }

    /// What happened in a call, in order.
    pub async fn steps(&self, id: CallId) -> Result<Vec<CallStep>, Error> {
        let rows = sql::query("SELECT * FROM call_step WHERE call = $1 ORDER BY seq")
            .bind(Uuid::from(id))
            .fetch_all(self.store.readers())
            .await?;
        rows.iter().map(step).collect()
    }
}

impl CallQuery {
    fn filter(&self, sql: &mut sql::Builder) -> Result<(), Error> {
        let ids = [
            (" AND call.campaign = ", self.campaign.map(Uuid::from)),
            (" AND call.queue = ", self.queue.map(Uuid::from)),
            (" AND call.agent = ", self.agent.map(Uuid::from)),
            (" AND attempt.lead = ", self.lead.map(Uuid::from)),
        ];
        for (condition, id) in ids {
            if let Some(id) = id {
                sql.push(condition).push_bind(id);
            }
        }
        if let Some(direction) = self.direction {
            sql.push(" AND direction = ").push_bind(crate::row::word("direction", &direction)?);
        }
        if let Some(abandoned) = self.abandoned {
            sql.push(" AND abandoned = ").push_bind(i64::from(abandoned));
        }
        if let Some(within) = self.within {
            within.narrow(sql, Whose::both("call.agent", "call.campaign"));
        }
        match self.live {
            Some(true) => _ = sql.push(" AND call.ended_at IS NULL"),
            Some(false) => _ = sql.push(" AND call.ended_at IS NOT NULL"),
            None => {}
        }
        if let Some(led_by) = &self.led_by {
            sql.push(
                " AND call.id IN (SELECT led.call FROM call_step AS led WHERE led.step = 'led' ",
            );
            sql.push("AND led.note = ").push_bind(led_by.note()).push(")");
        }
        if let Some(number) = &self.number {
            sql.push(" AND (calling = ").push_bind(number.clone());
            sql.push(" OR called = ").push_bind(number.clone()).push(")");
        }
        Ok(())
    }
}

const SELECT: &str = "SELECT call.*, attempt.lead, attempt.cli, attempt.outcome, \
    (SELECT code FROM disposition WHERE disposition.call = call.id ORDER BY seq DESC LIMIT 1) \
    AS disposition FROM call LEFT JOIN attempt ON attempt.id = call.attempt WHERE 1 = 1";

/// A call as the records have it; none before it was folded.
pub(crate) async fn read(
    connection: &mut Connection,
    id: CallId,
) -> Result<Option<CallRecord>, Error> {
    let mut sql = sql::Builder::new(SELECT);
    sql.push(" AND call.id = ").push_bind(Uuid::from(id));
    let row = sql.build().fetch_optional(connection).await?;
    row.as_ref().map(call).transpose()
}

fn call(row: &Row) -> Result<CallRecord, Error> {
    Ok(CallRecord {
        id: row.id("id")?,
        direction: row.word("direction")?,
        calling: row.column("calling")?,
        called: row.column("called")?,
        campaign: row.id_maybe("campaign")?,
        queue: row.id_maybe("queue")?,
        did: row.id_maybe("did")?,
        trunk: row.id_maybe("trunk")?,
        agent: row.id_maybe("agent")?,
        started_at: row.time("started_at")?,
        answered_at: row.time_maybe("answered_at")?,
        queued_at: row.time_maybe("queued_at")?,
        connected_at: row.time_maybe("connected_at")?,
        ended_at: row.time_maybe("ended_at")?,
        ended_by: row.word_maybe("ended_by")?,
        sip: row.count_maybe("sip")?,
        q850: row.count_maybe("q850")?,
        ring_ms: row.count_maybe("ring_ms")?,
        wait_ms: row.count_maybe("wait_ms")?,
        talk_ms: row.count_maybe("talk_ms")?,
        hold_ms: row.count_maybe("hold_ms")?,
        answer_to_agent_us: row.count_maybe("answer_to_agent_us")?,
        abandoned: row.flag("abandoned")?,
        noticed: row.flag("noticed")?,
        attempt: row.id_maybe("attempt")?,
        lead: row.id_maybe("lead")?,
        cli: row.parsed_maybe("cli")?,
        outcome: row.parsed_maybe("outcome")?,
        disposition: row.column("disposition")?,
        mos: row.count_maybe("mos")?,
    })
}

fn step(row: &Row) -> Result<CallStep, Error> {
    Ok(CallStep {
        seq: row.count("seq")?,
        at: row.time("at")?,
        step: row.column("step")?,
        agent: row.id_maybe("agent")?,
        note: row.column("note")?,
    })
}

fn leg(row: &Row) -> Result<CallLeg, Error> {
    Ok(CallLeg {
        seq: row.count("seq")?,
        at: row.time("at")?,
        agent: row.id_maybe("agent")?,
        quality: LegQuality {
            mos: row.count("mos")?,
            received: row.count("received")?,
            lost: row.count("lost")?,
            lost_by_party: row.count_maybe("lost_by_party")?,
            jitter_us: row.count("jitter_us")?,
            jitter_max_us: row.count("jitter_max_us")?,
            round_trip_us: row.count_maybe("round_trip_us")?,
        },
    })
}

fn talk(row: &Row) -> Result<CallTalk, Error> {
    Ok(CallTalk {
        seq: row.count("seq")?,
        at: row.time("at")?,
        agent: row.id("agent")?,
        talk: TalkFigures {
            agent_us: row.count("agent_us")?,
            customer_us: row.count("customer_us")?,
            both_us: row.count("both_us")?,
            nobody_us: row.count("nobody_us")?,
            dead_airs: row.count("dead_airs")?,
            talk_overs: row.count("talk_overs")?,
        },
    })
}
