//! Messages that callers left: whose they are, who left them, and whether they were heard.
//!
//! A hang-up at the tone leaves a second of silence, which is no message: it is in no list and
//! lights no lamp.

use jiff::Timestamp;
use routing::{AgentId, CallId, Mailbox, Messages, QueueId, RecordingId};
use serde::Serialize;
use uuid::Uuid;

use crate::database::Store;
use crate::error::Error;
use crate::holds;
use crate::page::{self, Cursor, Page};
use crate::row::Row;
use crate::sql;

/// One message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Voicemail {
    /// Its identity, and that of the recording with its audio.
    pub id: RecordingId,
    /// The call.
    pub call: CallId,
    /// Whose it is.
    pub mailbox: Mailbox,
    /// Who called.
    pub calling: String,
    /// When the tone sounded.
    pub left_at: Timestamp,
    /// Its length.
    pub duration_ms: u64,
    /// When it was marked as heard; none while it is new.
    pub heard_at: Option<Timestamp>,
}

/// What to search for; every field that is given must fit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VoicemailQuery {
    /// In one of these mailboxes; in any when none.
    pub mailboxes: Option<Vec<Mailbox>>,
    /// Heard, or new.
    pub heard: Option<bool>,
    /// Left at or after this.
    pub from: Option<Timestamp>,
    /// Left before this.
    pub to: Option<Timestamp>,
    /// Where the page before ended.
    pub after: Option<Cursor>,
    /// Rows on the page.
    pub limit: Option<u32>,
}

/// The shortest message, in ms.
pub const SHORTEST_MS: u64 = 1_000;

/// The repository of messages.
#[derive(Clone, Debug)]
pub struct Voicemails {
    store: Store,
}

impl Voicemails {
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    /// The one with this identity.
    pub async fn find(&self, id: RecordingId) -> Result<Voicemail, Error> {
        let mut sql = select();
        sql.push(" AND voicemail.id = ").push_bind(Uuid::from(id));
        sql.build()
            .fetch_optional(self.store.readers())
            .await?
            .as_ref()
            .map_or(Err(Error::NotFound("voicemail")), voicemail)
    }

    /// A page of them, the newest first.
    pub async fn list(&self, query: &VoicemailQuery) -> Result<Page<Voicemail>, Error> {
        let limit = page::limit(query.limit);
        let mut sql = select();
        if let Some(mailboxes) = &query.mailboxes {
            sql.push(" AND (1 = 0");
            for mailbox in mailboxes {
                let (column, id) = owner(*mailbox);
                sql.push(" OR voicemail.").push(column).push(" = ").push_bind(id);
            }
            sql.push(")");
        }
        match query.heard {
            Some(true) => drop(sql.push(" AND heard_at IS NOT NULL")),
            Some(false) => drop(sql.push(" AND heard_at IS NULL")),
            None => {}
        }
        let order = ("voicemail.started_at", "voicemail.id");
        page::newest_first(&mut sql, order, query.from, query.to, query.after, limit);
        let rows = sql.build().fetch_all(self.store.readers()).await?;
        let found = rows.iter().map(voicemail).collect::<Result<Vec<_>, _>>()?;
        Ok(Page::of(found, limit, |found: &Voicemail| Cursor::by_time(found.left_at, found.id)))
    }

    /// Marks one as heard, or as new again; whether that changed anything.
    pub async fn mark(&self, id: RecordingId, heard: Option<Timestamp>) -> Result<bool, Error> {
        let mut writing = self.store.begin().await?;
        let done = sql::query(
            "UPDATE voicemail SET heard_at = $2 WHERE id = $1 AND removed_at IS NULL \
             AND (heard_at IS NULL) = ($2 IS NOT NULL)",
        )
        .bind(Uuid::from(id))
        .bind(heard.map(Timestamp::as_microsecond))
        .execute(&mut *writing)
        .await?;
        writing.commit().await?;
        Ok(done > 0)
    }

    /// Takes one out of every list; whether it was there. Its audio is the caller's to remove.
    ///
    /// Errors: [`Error::Held`].
    pub async fn remove(&self, id: RecordingId, now: Timestamp) -> Result<bool, Error> {
        let mut writing = self.store.begin().await?;
        holds::refuse_if_held(&mut writing, id.into()).await?;
        let done =
            sql::query("UPDATE voicemail SET removed_at = $2 WHERE id = $1 AND removed_at IS NULL")
                .bind(Uuid::from(id))
                .bind(now.as_microsecond())
                .execute(&mut *writing)
                .await?;
        writing.commit().await?;
        Ok(done > 0)
    }

    /// Those left at or after `since` that are not mailed and are due, the oldest first, each with
    /// how often it was tried.
    pub async fn to_mail(
        &self,
        now: Timestamp,
        since: Timestamp,
        limit: u32,
    ) -> Result<Vec<(Voicemail, u32)>, Error> {
        let mut sql = select();
        sql.push(" AND mailed_at IS NULL AND voicemail.started_at >= ");
        sql.push_bind(since.as_microsecond());
        sql.push(" AND mail_due_at <= ").push_bind(now.as_microsecond());
        sql.push(" ORDER BY voicemail.started_at LIMIT ").push_bind(i64::from(limit));
        let rows = sql.build().fetch_all(self.store.readers()).await?;
        rows.iter().map(|row| Ok((voicemail(row)?, row.count("mail_tries")?))).collect()
    }

    /// A message was handed over to the mail server.
    pub async fn mailed(&self, id: RecordingId, at: Timestamp) -> Result<(), Error> {
        let mut writing = self.store.begin().await?;
        sql::query("UPDATE voicemail SET mailed_at = $2 WHERE id = $1")
            .bind(Uuid::from(id))
            .bind(at.as_microsecond())
            .execute(&mut *writing)
            .await?;
        writing.commit().await?;
        Ok(())
    }

    /// A message could not be handed over; it is due again then.
    pub async fn not_mailed(&self, id: RecordingId, again: Timestamp) -> Result<(), Error> {
        let mut writing = self.store.begin().await?;
        sql::query(
            "UPDATE voicemail SET mail_due_at = $2, mail_tries = mail_tries + 1 WHERE id = $1",
        )
        .bind(Uuid::from(id))
        .bind(again.as_microsecond())
        .execute(&mut *writing)
        .await?;
        writing.commit().await?;
        Ok(())
    }

    /// How many are in each mailbox that has any: what the brain loads when it starts.
    pub async fn counts(&self) -> Result<Vec<(Mailbox, Messages)>, Error> {
        let shortest = i64::try_from(SHORTEST_MS).unwrap_or(i64::MAX);
        let rows = sql::query(
            "SELECT agent, queue, count(CASE WHEN heard_at IS NULL THEN 1 END) AS new, \
             count(heard_at) AS old FROM voicemail \
             WHERE removed_at IS NULL AND duration_ms >= $1 GROUP BY agent, queue",
        )
        .bind(shortest)
        .fetch_all(self.store.readers())
        .await?;
        let counted = |row: &Row| {
            let messages = Messages { new: row.count("new")?, old: row.count("old")? };
            Ok((mailbox(row)?, messages))
        };
        rows.iter().map(counted).collect()
    }
}

fn select() -> sql::Builder {
    let mut sql = sql::Builder::new(
        "SELECT voicemail.*, call.calling FROM voicemail JOIN call ON call.id = voicemail.call \
         WHERE removed_at IS NULL AND duration_ms >= ",
    );
    sql.push_bind(i64::try_from(SHORTEST_MS).unwrap_or(i64::MAX));
    sql
}

/// The column that names the owner, and the owner.
fn owner(mailbox: Mailbox) -> (&'static str, Uuid) {
    match mailbox {
        Mailbox::Agent { agent } => ("agent", agent.into()),
        Mailbox::Queue { queue } => ("queue", queue.into()),
    }
}

pub(crate) fn mailbox(row: &Row) -> Result<Mailbox, Error> {
    let agent: Option<AgentId> = row.id_maybe("agent")?;
    let queue: Option<QueueId> = row.id_maybe("queue")?;
    match (agent, queue) {
        (Some(agent), _) => Ok(Mailbox::Agent { agent }),
        (None, Some(queue)) => Ok(Mailbox::Queue { queue }),
        (None, None) => Err(Error::unreadable("voicemail", &"it is in no mailbox")),
    }
}

fn voicemail(row: &Row) -> Result<Voicemail, Error> {
    Ok(Voicemail {
        id: row.id("id")?,
        call: row.id("call")?,
        mailbox: mailbox(row)?,
        calling: row.column("calling")?,
        left_at: row.time("started_at")?,
        duration_ms: row.count("duration_ms")?,
        heard_at: row.time_maybe("heard_at")?,
    })
}
