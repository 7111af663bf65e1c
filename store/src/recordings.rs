//! Recordings of calls: which there are, and whether all are there that should be.

use jiff::Timestamp;
use routing::{AgentId, CallId, CampaignId, RecordingId};
use serde::Serialize;
use uuid::Uuid;

use crate::database::Store;
use crate::error::Error;
use crate::page::{self, Cursor, Page};
use crate::reach::{Whose, Within};
use crate::row::Row;
use crate::sql;

/// One recording.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RecordingRecord {
    /// Its identity, and the name of its file.
    pub id: RecordingId,
    /// The call.
    pub call: CallId,
    /// The agent who talked first.
    pub agent: AgentId,
    /// When it began.
    pub started_at: Timestamp,
    /// When it was whole on the disk; none while it runs, or when it never came there.
    pub ended_at: Option<Timestamp>,
    /// Its length.
    pub duration_ms: Option<u64>,
    /// Of that, what could not be written.
    pub gap_ms: Option<u64>,
    /// How often it was paused: what was said then is masked.
    pub pauses: u64,
    /// The newest link of its SHA-256 chain, in hex.
    pub chain: Option<String>,
    /// The switch died while it ran.
    pub interrupted: bool,
    /// When its audio was removed by a rule of retention; none while it is there.
    pub removed_at: Option<Timestamp>,
}

/// What to search for; every field that is given must fit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordingQuery {
    /// Of this call.
    pub call: Option<CallId>,
    /// Of this agent.
    pub agent: Option<AgentId>,
    /// Of this campaign's calls.
    pub campaign: Option<CampaignId>,
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
}

/// Whether the calls of a period that had to be recorded were.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Completeness {
    /// Recordings of calls that are over.
    pub calls: u64,
    /// Of those, without a gap.
    pub whole: u64,
    /// With audio, and with gaps.
    pub with_gaps: u64,
    /// Without any audio.
    pub missing: u64,
}

/// The repository of recordings.
#[derive(Clone, Debug)]
pub struct Recordings {
    store: Store,
}

impl Recordings {
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    /// The one with this identity.
    pub async fn find(&self, id: RecordingId) -> Result<RecordingRecord, Error> {
        let mut sql = sql::Builder::new(SELECT);
        sql.push(" AND recording.id = ").push_bind(Uuid::from(id));
        sql.build()
            .fetch_optional(self.store.readers())
            .await?
            .as_ref()
            .map_or(Err(Error::NotFound("recording")), recording)
    }

    /// A page of them, the newest first.
    pub async fn list(&self, query: &RecordingQuery) -> Result<Page<RecordingRecord>, Error> {
        let limit = page::limit(query.limit);
        let mut sql = sql::Builder::new(SELECT);
        for (condition, id) in [
            (" AND recording.call = ", query.call.map(Uuid::from)),
            (" AND recording.agent = ", query.agent.map(Uuid::from)),
            (" AND call.campaign = ", query.campaign.map(Uuid::from)),
        ] {
            if let Some(id) = id {
                sql.push(condition).push_bind(id);
            }
        }
        if let Some(within) = query.within {
            within.narrow(&mut sql, WHOSE);
        }
        let order = ("recording.started_at", "recording.id");
        page::newest_first(&mut sql, order, query.from, query.to, query.after, limit);
        let rows = sql.build().fetch_all(self.store.readers()).await?;
        let found = rows.iter().map(recording).collect::<Result<Vec<_>, _>>()?;
        Ok(Page::of(found, limit, |found: &RecordingRecord| {
            Cursor::by_time(found.started_at, found.id)
        }))
    }

    /// Those that began and never ended, messages of callers too: what a crash left.
    pub async fn unfinished(&self) -> Result<Vec<RecordingId>, Error> {
        let rows = sql::query(
            "SELECT id, started_at FROM recording WHERE ended_at IS NULL UNION ALL \
             SELECT id, started_at FROM voicemail WHERE ended_at IS NULL UNION ALL \
             SELECT id, started_at FROM verdict WHERE ended_at IS NULL ORDER BY started_at",
        )
        .fetch_all(self.store.readers())
        .await?;
        rows.iter().map(|row| row.id("id")).collect()
    }

    /// Counts the recordings that began in a period and whose calls are over.
    pub async fn completeness(
        &self,
        from: Timestamp,
        to: Timestamp,
        within: Option<Within>,
    ) -> Result<Completeness, Error> {
        let mut sql = sql::Builder::new(
            "SELECT count(*) AS calls, \
             count(CASE WHEN duration_ms > 0 AND gap_ms = 0 THEN 1 END) AS whole, \
             count(CASE WHEN gap_ms > 0 AND gap_ms < duration_ms THEN 1 END) AS with_gaps \
             FROM recording JOIN call ON call.id = recording.call \
             WHERE call.ended_at IS NOT NULL AND recording.started_at >= ",
        );
        sql.push_bind(from.as_microsecond());
        sql.push(" AND recording.started_at < ").push_bind(to.as_microsecond());
        if let Some(within) = within {
            within.narrow(&mut sql, WHOSE);
        }
        let row = sql.build().fetch_one(self.store.readers()).await?;
        let (calls, whole, with_gaps): (u64, u64, u64) =
            (row.count("calls")?, row.count("whole")?, row.count("with_gaps")?);
        let missing = calls.saturating_sub(whole + with_gaps);
        Ok(Completeness { calls, whole, with_gaps, missing })
    }
}

const WHOSE: Whose = Whose::both("recording.agent", "call.campaign");

const SELECT: &str = "SELECT recording.* FROM recording \
    LEFT JOIN call ON call.id = recording.call WHERE 1 = 1";

fn recording(row: &Row) -> Result<RecordingRecord, Error> {
    Ok(RecordingRecord {
        id: row.id("id")?,
        call: row.id("call")?,
        agent: row.id("agent")?,
        started_at: row.time("started_at")?,
        ended_at: row.time_maybe("ended_at")?,
        duration_ms: row.count_maybe("duration_ms")?,
        gap_ms: row.count_maybe("gap_ms")?,
        pauses: row.count("pauses")?,
        chain: row.column("chain")?,
        interrupted: row.flag("interrupted")?,
        removed_at: row.time_maybe("removed_at")?,
    })
}
