//! Agents' time as records: intervals, attendance, dispositions.

use std::collections::BTreeMap;

use dialer::LeadId;
use jiff::Timestamp;
use routing::{AgentId, CallId, CampaignId, Counts, PauseReason, StateName, TeamId};
use serde::Serialize;
use uuid::Uuid;

use crate::database::Store;
use crate::error::Error;
use crate::row::Row;
use crate::sql;

/// The time an agent spent in one state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct IntervalRecord {
    /// The journal entry that tells it.
    pub seq: u64,
    /// Whose time.
    pub agent: AgentId,
    /// The state.
    pub state: StateName,
    /// What the time counts as.
    pub counts: Counts,
    /// The reason of a pause.
    pub reason: Option<PauseReason>,
    /// The beginning.
    pub from: Timestamp,
    /// The end.
    pub to: Timestamp,
    /// The call that it was about.
    pub call: Option<CallId>,
    /// Whose work it was.
    pub campaign: Option<CampaignId>,
}

/// An agent clocked in or out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ClockRecord {
    /// The journal entry that tells it.
    pub seq: u64,
    /// Who.
    pub agent: AgentId,
    /// When.
    pub at: Timestamp,
    /// In, or out.
    pub clocked_in: bool,
    /// Said by whoever did it.
    pub reason: Option<String>,
    /// The team that they clocked in to.
    pub unit: Option<TeamId>,
}

/// What an agent declared about a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DispositionRecord {
    /// The journal entry that tells it.
    pub seq: u64,
    /// The call.
    pub call: CallId,
    /// Who declared it.
    pub agent: AgentId,
    /// The campaign whose code it is.
    pub campaign: Option<CampaignId>,
    /// The person spoken to.
    pub lead: Option<LeadId>,
    /// The code.
    pub code: String,
    /// The notes.
    pub notes: String,
    /// The time that was promised.
    pub callback_at: Option<Timestamp>,
    /// The number is not to be called again.
    pub dnc: bool,
    /// When.
    pub at: Timestamp,
}

/// What a supervisor did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SupervisionRecord {
    /// The journal entry that tells it.
    pub seq: u64,
    /// On whom.
    pub agent: AgentId,
    /// The user who acted.
    pub user: Uuid,
    /// What they did.
    pub act: String,
    /// The agent's call at that moment.
    pub call: Option<CallId>,
    /// When.
    pub at: Timestamp,
}

/// Which records of agents' time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IntervalQuery {
    /// Of this agent.
    pub agent: Option<AgentId>,
    /// Begun at or after this.
    pub from: Option<Timestamp>,
    /// Begun before this.
    pub to: Option<Timestamp>,
    /// After this journal entry: where the page before ended.
    pub after: Option<u64>,
    /// Rows on the page.
    pub limit: Option<u32>,
}

/// The repository of agents' time.
#[derive(Clone, Debug)]
pub struct Intervals {
    store: Store,
}

impl Intervals {
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    /// Intervals in the order they ended; the last one's `seq` asks for the next page.
    pub async fn list(&self, query: &IntervalQuery) -> Result<Vec<IntervalRecord>, Error> {
        let mut sql = sql::Builder::new("SELECT * FROM agent_interval WHERE seq > ");
        query.filter(&mut sql, "from_at");
        let rows = sql.build().fetch_all(self.store.readers()).await?;
        rows.iter().map(interval).collect()
    }

    /// Clock-ins and clock-outs in order.
    pub async fn clocks(&self, query: &IntervalQuery) -> Result<Vec<ClockRecord>, Error> {
        let mut sql = sql::Builder::new("SELECT * FROM agent_clock WHERE seq > ");
        query.filter(&mut sql, "at");
        let rows = sql.build().fetch_all(self.store.readers()).await?;
        rows.iter().map(clock).collect()
    }

    /// Dispositions in order.
    pub async fn dispositions(
        &self,
        query: &IntervalQuery,
    ) -> Result<Vec<DispositionRecord>, Error> {
        let mut sql = sql::Builder::new("SELECT * FROM disposition WHERE seq > ");
        query.filter(&mut sql, "at");
        let rows = sql.build().fetch_all(self.store.readers()).await?;
        rows.iter().map(disposition).collect()
    }

    /// What supervisors did, in order.
    pub async fn supervision(
        &self,
        query: &IntervalQuery,
    ) -> Result<Vec<SupervisionRecord>, Error> {
        let mut sql = sql::Builder::new("SELECT * FROM supervision WHERE seq > ");
        query.filter(&mut sql, "at");
        let rows = sql.build().fetch_all(self.store.readers()).await?;
        rows.iter().map(supervised).collect()
    }

    /// An agent's time between two moments by what it counts as, in microseconds; an interval that
    /// crosses either of them counts with the part between.
    pub async fn totals(
        &self,
        agent: AgentId,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<BTreeMap<Counts, u64>, Error> {
        let rows = sql::query(
            "SELECT counts, CAST(sum(CASE WHEN to_at < $3 THEN to_at ELSE $3 END \
             - CASE WHEN from_at > $2 THEN from_at ELSE $2 END) AS BIGINT) AS spent \
             FROM agent_interval WHERE agent = $1 AND from_at < $3 AND to_at > $2 GROUP BY counts",
        )
        .bind(Uuid::from(agent))
        .bind(from.as_microsecond())
        .bind(to.as_microsecond())
        .fetch_all(self.store.readers())
        .await?;
        rows.iter().map(|row| Ok((row.word("counts")?, row.count("spent")?))).collect()
    }
}

impl IntervalQuery {
    fn filter(&self, sql: &mut sql::Builder, time: &'static str) {
        sql.push_bind(crate::row::signed(self.after.unwrap_or_default()));
        if let Some(agent) = self.agent {
            sql.push(" AND agent = ").push_bind(Uuid::from(agent));
        }
        if let Some(from) = self.from {
            sql.push(" AND ").push(time).push(" >= ").push_bind(from.as_microsecond());
        }
        if let Some(to) = self.to {
            sql.push(" AND ").push(time).push(" < ").push_bind(to.as_microsecond());
        }
        sql.push(" ORDER BY seq LIMIT ").push_bind(i64::from(crate::page::limit(self.limit)));
    }
}

fn interval(row: &Row) -> Result<IntervalRecord, Error> {
    let text: Option<String> = row.column("reason")?;
    let reason = row.word_maybe("class")?.map(|class| PauseReason { class, text });
    Ok(IntervalRecord {
        seq: row.count("seq")?,
        agent: row.id("agent")?,
        state: row.word("state")?,
        counts: row.word("counts")?,
        reason,
        from: row.time("from_at")?,
        to: row.time("to_at")?,
        call: row.id_maybe("call")?,
        campaign: row.id_maybe("campaign")?,
    })
}

fn clock(row: &Row) -> Result<ClockRecord, Error> {
    Ok(ClockRecord {
        seq: row.count("seq")?,
        agent: row.id("agent")?,
        at: row.time("at")?,
        clocked_in: row.flag("clocked_in")?,
        reason: row.column("reason")?,
        unit: row.id_maybe("unit")?,
    })
}

fn supervised(row: &Row) -> Result<SupervisionRecord, Error> {
    Ok(SupervisionRecord {
        seq: row.count("seq")?,
        agent: row.id("agent")?,
        user: row.column("account")?,
        act: row.column("act")?,
        call: row.id_maybe("call")?,
        at: row.time("at")?,
    })
}

fn disposition(row: &Row) -> Result<DispositionRecord, Error> {
    Ok(DispositionRecord {
        seq: row.count("seq")?,
        call: row.id("call")?,
        agent: row.id("agent")?,
        campaign: row.id_maybe("campaign")?,
        lead: row.id_maybe("lead")?,
        code: row.column("code")?,
        notes: row.column("notes")?,
        callback_at: row.time_maybe("callback_at")?,
        dnc: row.flag("dnc")?,
        at: row.time("at")?,
    })
}
