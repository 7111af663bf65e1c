//! Machine verdicts that a reviewer hears: which wait, and what was heard of each.
//!
//! ```text
//!   answer ─▶ taped ─ machine ─▶ waits ─▶ judged ⇄ judged otherwise
//!                   └ otherwise ─▶ thrown away, and in no list
//! ```
//! A judgement outlives its audio: the report of the detector is folded from it.

use std::fmt;
use std::str::FromStr;

use dialer::AttemptId;
use jiff::Timestamp;
use routing::{CallId, CampaignId, Invalid, RecordingId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::database::Store;
use crate::error::Error;
use crate::page::{self, Cursor, Page};
use crate::row::Row;
use crate::sql;

/// One machine verdict with what was said until then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// Its identity, and that of the recording.
    pub id: RecordingId,
    /// The call.
    pub call: CallId,
    /// The attempt.
    pub attempt: AttemptId,
    /// Whose.
    pub campaign: CampaignId,
    /// When it was answered.
    pub answered_at: Timestamp,
    /// Its length.
    pub duration_ms: u64,
    /// What a reviewer heard; none while it waits.
    pub met: Option<Met>,
    /// When they said so.
    pub met_at: Option<Timestamp>,
    /// Their user name.
    pub met_by: Option<String>,
    /// The detector's own sentence; none before a reviewer has said what they heard, so that it
    /// cannot sway them.
    pub why: Option<String>,
}

/// What a reviewer heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Met {
    /// A person: the verdict was wrong.
    Person,
    /// A machine.
    Machine,
    /// Nobody could tell; it counts as neither.
    Unclear,
}

impl Met {
    const ALL: [Self; 3] = [Self::Person, Self::Machine, Self::Unclear];

    /// The word as the store and the API spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Machine => "machine",
            Self::Unclear => "unclear",
        }
    }
}

impl fmt::Display for Met {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Met {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|one| one.as_str() == text);
        found.ok_or_else(|| Invalid::new("met", "must be person, machine or unclear"))
    }
}

/// What to search for; every field that is given must fit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VerdictQuery {
    /// Of this campaign's calls.
    pub campaign: Option<CampaignId>,
    /// Judged by a reviewer, or waiting for one.
    pub judged: Option<bool>,
    /// Answered at or after this.
    pub from: Option<Timestamp>,
    /// Answered before this.
    pub to: Option<Timestamp>,
    /// Where the page before ended.
    pub after: Option<Cursor>,
    /// Rows on the page.
    pub limit: Option<u32>,
}

/// The repository of verdicts for reviewers.
#[derive(Clone, Debug)]
pub struct Verdicts {
    store: Store,
}

impl Verdicts {
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    /// The one with this identity, while there is something to hear.
    pub async fn find(&self, id: RecordingId) -> Result<Verdict, Error> {
        let mut sql = sql::Builder::new(SELECT);
        sql.push(" AND verdict.id = ").push_bind(Uuid::from(id));
        sql.build()
            .fetch_optional(self.store.readers())
            .await?
            .as_ref()
            .map_or(Err(Error::NotFound("verdict")), verdict)
    }

    /// A page of them, the newest first.
    pub async fn list(&self, query: &VerdictQuery) -> Result<Page<Verdict>, Error> {
        let limit = page::limit(query.limit);
        let mut sql = sql::Builder::new(SELECT);
        if let Some(campaign) = query.campaign {
            sql.push(" AND verdict.campaign = ").push_bind(Uuid::from(campaign));
        }
        match query.judged {
            Some(true) => drop(sql.push(" AND verdict.met IS NOT NULL")),
            Some(false) => drop(sql.push(" AND verdict.met IS NULL")),
            None => {}
        }
        let order = ("verdict.started_at", "verdict.id");
        page::newest_first(&mut sql, order, query.from, query.to, query.after, limit);
        let rows = sql.build().fetch_all(self.store.readers()).await?;
        let found = rows.iter().map(verdict).collect::<Result<Vec<_>, _>>()?;
        Ok(Page::of(found, limit, |found: &Verdict| Cursor::by_time(found.answered_at, found.id)))
    }

    /// Keeps what a reviewer heard; who says something else later is believed.
    ///
    /// Errors: [`Error::NotFound`] where there is nothing to hear.
    pub async fn judge(
        &self,
        id: RecordingId,
        met: Met,
        (by, at): (&str, Timestamp),
    ) -> Result<(), Error> {
        let mut writing = self.store.begin().await?;
        let done = sql::query(
            "UPDATE verdict SET met = $2, met_by = $3, met_at = $4 \
             WHERE id = $1 AND removed_at IS NULL AND ended_at IS NOT NULL",
        )
        .bind(Uuid::from(id))
        .bind(met.as_str())
        .bind(by)
        .bind(at.as_microsecond())
        .execute(&mut *writing)
        .await?;
        writing.commit().await?;
        if done > 0 { Ok(()) } else { Err(Error::NotFound("verdict")) }
    }
}

/// What is whole on the disk and was not thrown away.
const SELECT: &str = "SELECT verdict.*, \
    CASE WHEN verdict.met IS NOT NULL THEN attempt.answerer_why END AS why \
    FROM verdict LEFT JOIN attempt ON attempt.id = verdict.attempt \
    WHERE verdict.removed_at IS NULL AND verdict.ended_at IS NOT NULL";

fn verdict(row: &Row) -> Result<Verdict, Error> {
    Ok(Verdict {
        id: row.id("id")?,
        call: row.id("call")?,
        attempt: row.id("attempt")?,
        campaign: row.id("campaign")?,
        answered_at: row.time("started_at")?,
        duration_ms: row.count("duration_ms")?,
        met: row.parsed_maybe("met")?,
        met_at: row.time_maybe("met_at")?,
        met_by: row.column("met_by")?,
        why: row.column("why")?,
    })
}
