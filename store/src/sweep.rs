//! The removal of what has outlived its rule, in steps that are short enough to stand between two
//! other writes.
//!
//! ```text
//!   due (a reader) ─▶ marked as removed, holds asked again (one short write) ─▶ the audio goes
//! ```
//! What is marked stays marked: who dies before the audio is gone finds it by
//! [`Sweep::removed_since`] and removes it then. The record itself stays, for what is counted.

use jiff::Timestamp;
use routing::{Mailbox, RecordingId};
use uuid::Uuid;

use crate::database::Store;
use crate::error::Error;
use crate::holds::IS_HELD;
use crate::retention::{Cutoffs, RetentionRule};
use crate::row::Row;
use crate::sql;
use crate::voicemails;

/// A message that is no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SweptMessage {
    /// Its identity, and the name of its file.
    pub id: RecordingId,
    /// Where it lay.
    pub mailbox: Mailbox,
    /// Whether anybody had heard it.
    pub heard: bool,
}

/// The steps.
#[derive(Clone, Debug)]
pub struct Sweep {
    store: Store,
}

impl Sweep {
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    /// Marks the oldest recordings that have outlived their rule, `limit` at the most; their audio
    /// is the caller's to remove. None when there are no more.
    pub async fn recordings(&self, now: Timestamp, limit: u32) -> Result<Vec<RecordingId>, Error> {
        let due = self.due("recording", |rule| rule.recordings_days, now, limit).await?;
        let marked = self.mark("recording", &due, now, "id").await?;
        marked.iter().map(|row| row.id("id")).collect()
    }

    /// Marks the oldest recordings for reviewers that have outlived the rule for recordings.
    pub async fn verdicts(&self, now: Timestamp, limit: u32) -> Result<Vec<RecordingId>, Error> {
        let due = self.due("verdict", |rule| rule.recordings_days, now, limit).await?;
        let marked = self.mark("verdict", &due, now, "id").await?;
        marked.iter().map(|row| row.id("id")).collect()
    }

    /// Marks the oldest messages that have outlived their rule, `limit` at the most.
    pub async fn messages(&self, now: Timestamp, limit: u32) -> Result<Vec<SweptMessage>, Error> {
        let due = self.due("voicemail", |rule| rule.messages_days, now, limit).await?;
        let marked = self.mark("voicemail", &due, now, "id, agent, queue, heard_at").await?;
        marked.iter().map(swept).collect()
    }

    /// What was marked at or after this: its audio may have been left by who died in between.
    pub async fn removed_since(&self, at: Timestamp) -> Result<Vec<RecordingId>, Error> {
        let rows = sql::query(
            "SELECT id FROM recording WHERE removed_at >= $1 \
             UNION ALL SELECT id FROM voicemail WHERE removed_at >= $1 \
             UNION ALL SELECT id FROM verdict WHERE removed_at >= $1",
        );
        let rows = rows.bind(at.as_microsecond()).fetch_all(self.store.readers()).await?;
        rows.iter().map(|row| row.id("id")).collect()
    }

    /// Rows of a table that have outlived their rule, and on which no hold stands.
    async fn due(
        &self,
        table: &'static str,
        days: impl Fn(&RetentionRule) -> Option<u16>,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<Uuid>, Error> {
        let rules = self.store.retention_rules().all().await?;
        let rules: Vec<_> = rules.into_iter().map(|stored| stored.value).collect();
        let cutoffs = Cutoffs::of(&rules, days, now);
        let _turn = self.store.heavy().await?;
        let mut sql = sql::Builder::new(format!(
            "SELECT {table}.id AS id FROM {table} JOIN call ON call.id = {table}.call \
             WHERE {table}.removed_at IS NULL AND {table}.ended_at IS NOT NULL \
             AND {table}.started_at < "
        ));
        sql.push_bind(cutoffs.latest());
        sql.push(format!(" AND {table}.started_at < "));
        if cutoffs.campaigns.is_empty() {
            sql.push_bind(cutoffs.others);
        } else {
            sql.push("CASE");
            for (campaign, cutoff) in cutoffs.campaigns {
                sql.push(" WHEN call.campaign = ").push_bind(Uuid::from(campaign));
                sql.push(" THEN CAST(").push_bind(cutoff).push(" AS BIGINT)");
            }
            sql.push(" ELSE CAST(").push_bind(cutoffs.others).push(" AS BIGINT) END");
        }
        sql.push(" AND NOT ").push(IS_HELD);
        sql.push(format!(" ORDER BY {table}.started_at LIMIT "));
        sql.push_bind(i64::from(limit));
        let rows = sql.build().persistent(false).fetch_all(self.store.readers()).await?;
        rows.iter().map(|row| row.id("id")).collect()
    }

    /// Marks rows on which no hold was laid meanwhile, and shows `columns` of each.
    async fn mark(
        &self,
        table: &'static str,
        due: &[Uuid],
        now: Timestamp,
        columns: &'static str,
    ) -> Result<Vec<Row>, Error> {
        if due.is_empty() {
            return Ok(Vec::new());
        }
        let mut writing = self.store.begin().await?;
        let mut sql = sql::Builder::new(format!("UPDATE {table} SET removed_at = "));
        sql.push_bind(now.as_microsecond()).push(" WHERE removed_at IS NULL AND id IN (");
        let mut ids = sql.separated(", ");
        for id in due {
            ids.push_bind(*id);
        }
        sql.push(format!(") AND NOT EXISTS (SELECT 1 FROM call WHERE call.id = {table}.call AND "));
        sql.push(IS_HELD).push(format!(") RETURNING {columns}"));
        let marked = sql.build().persistent(false).fetch_all(&mut *writing).await?;
        writing.commit().await?;
        Ok(marked)
    }
}

/// A row of a message that is no more.
pub(crate) fn swept(row: &Row) -> Result<SweptMessage, Error> {
    let heard = row.time_maybe("heard_at")?.is_some();
    Ok(SweptMessage { id: row.id("id")?, mailbox: voicemails::mailbox(row)?, heard })
}
