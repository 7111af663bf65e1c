//! What is still to be told, what was, and what could not be.
//!
//! ```text
//!           ┌── failed, tries left ──┐
//!           ▼                        │
//!   waiting, due ─▶ sent ────────────┴─ failed for the last time ─▶ dead
//!      ▲             └── 2xx ─▶ delivered                            │
//!      └───────────────────────── replay ────────────────────────────┘
//! ```
//! Of one subject only the first that waits is due: what is told of a call arrives in the order in
//! which it happened, and waits for nothing that is told of other calls.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Webhook;
use super::message::{Message, Told};
use crate::database::Store;
use crate::error::Error;
use crate::page::{self, Cursor, Page};
use crate::row::{self, Row};
use crate::sql::{self, Connection};

pub use super::noting::WAITING_MAX;

/// Where a message stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// It is due, or follows one that is.
    Waiting,
    /// The server took it.
    Delivered,
    /// Nobody tries any more.
    Dead,
}

/// A message and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Delivery {
    /// Its identity, which the server is told too.
    pub id: Uuid,
    /// Whose.
    pub webhook: Uuid,
    /// The journal entry that it tells; 0 of a test.
    pub sequence: u64,
    /// What happened, in a word; `test` of a test.
    pub event: String,
    /// When it happened.
    pub at: Timestamp,
    /// Where it stands.
    pub state: DeliveryState,
    /// How often it was sent since it was last asked for.
    pub tries: u32,
    /// When it is sent next, at the earliest.
    pub due_at: Timestamp,
    /// When it was last sent.
    pub tried_at: Option<Timestamp>,
    /// What the server answered then; none where there was no answer.
    pub status: Option<u16>,
    /// The first bytes of that answer, or why there was none.
    pub answer: Option<String>,
}

/// A message that is to be sent now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// Its identity.
    pub id: Uuid,
    /// What is told in order.
    pub subject: Uuid,
    /// How often it was sent before.
    pub tries: u32,
    /// It is a test, which is sent once.
    pub is_test: bool,
    /// What is sent, to the byte.
    pub body: String,
}

/// What came of sending one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// The message.
    pub id: Uuid,
    /// When.
    pub at: Timestamp,
    /// What the server answered, if it did.
    pub status: Option<u16>,
    /// The first bytes of the answer, or why there is none.
    pub answer: String,
}

/// How a webhook fares.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Health {
    /// Messages that wait.
    pub waiting: u64,
    /// Messages that nobody tries to send any more.
    pub dead: u64,
    /// Events that it was not told because too many waited.
    pub lost: u64,
    /// Since when no message was taken, while none is.
    pub failing_since: Option<Timestamp>,
    /// When it was paused because it failed for too long; until somebody resumes it.
    pub paused_at: Option<Timestamp>,
    /// Until when messages are signed with the secret before the present one too.
    pub former_until: Option<Timestamp>,
}

/// The secrets that sign what a webhook is told, the present one first.
#[derive(Clone, PartialEq, Eq)]
pub struct Secrets(pub Vec<String>);

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} secrets", self.0.len())
    }
}

/// A webhook, with what whoever sends its messages has to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The webhook.
    pub webhook: Webhook,
    /// What signs its messages now.
    pub secrets: Secrets,
    /// The last message was not taken.
    pub is_failing: bool,
    /// Nothing but tests is sent until somebody resumes it.
    pub is_paused: bool,
}

/// What to search for; every field that is given must fit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeliveryQuery {
    /// Of this webhook.
    pub webhook: Option<Uuid>,
    /// That stand here.
    pub state: Option<DeliveryState>,
    /// Happened at or after this.
    pub from: Option<Timestamp>,
    /// Happened before this.
    pub to: Option<Timestamp>,
    /// Where the page before ended.
    pub after: Option<Cursor>,
    /// Rows on the page.
    pub limit: Option<u32>,
}

/// The repository of messages.
#[derive(Clone, Debug)]
pub struct Outbox {
    store: Store,
}

impl Outbox {
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    /// Gives a webhook a secret. The one before signs too until `former_until`.
    ///
    /// Errors: [`Error::Unknown`] without the webhook.
    pub async fn put_secret(
        &self,
        webhook: Uuid,
        secret: &str,
        now: Timestamp,
        former_until: Timestamp,
    ) -> Result<(), Error> {
        let mut writing = self.store.begin().await?;
        sql::query(
            "INSERT INTO webhook_state (webhook, secret) VALUES ($1, $2) \
             ON CONFLICT (webhook) DO UPDATE SET former = CASE \
             WHEN webhook_state.former_until > $4 THEN webhook_state.former \
             ELSE webhook_state.secret END, former_until = $3, secret = excluded.secret",
        )
        .bind(webhook)
        .bind(secret)
        .bind(former_until.as_microsecond())
        .bind(now.as_microsecond())
        .execute(&mut *writing)
        .await
        .map_err(|error| Error::of_write(error, &[], "webhook"))?;
        writing.touched(webhook);
        writing.commit().await
    }

    /// Every webhook that has a secret, with what whoever sends its messages has to know.
    pub async fn standing(&self, now: Timestamp) -> Result<Vec<Standing>, Error> {
        let rows = sql::query(
            "SELECT settings, secret, CASE WHEN former_until > $1 THEN former END AS former, \
             failing_since, paused_at FROM webhook \
             JOIN webhook_state ON webhook_state.webhook = webhook.id ORDER BY webhook.id",
        );
        let rows = rows.bind(now.as_microsecond()).fetch_all(self.store.readers()).await?;
        // One that cannot be read holds up no other.
        let read = |row: &Row| {
            let read = standing(row);
            read.inspect_err(|error| tracing::error!(%error, "a webhook cannot be read")).ok()
        };
        Ok(rows.iter().filter_map(read).collect())
    }

    /// How each webhook fares.
    pub async fn health(&self) -> Result<BTreeMap<Uuid, Health>, Error> {
        let rows = sql::query(
            "SELECT webhook_state.*, (SELECT count(*) FROM webhook_delivery AS d \
             WHERE d.webhook = webhook_state.webhook AND d.state = 'waiting' AND d.due_at > 0) \
             AS waiting, \
             (SELECT count(*) FROM webhook_delivery AS d \
             WHERE d.webhook = webhook_state.webhook AND d.state = 'dead') AS dead \
             FROM webhook_state",
        );
        let rows = rows.fetch_all(self.store.readers()).await?;
        rows.iter().map(|row| Ok((row.column("webhook")?, health(row)?))).collect()
    }

    /// The messages that may be sent now, one of each subject at most; of a webhook that is not
    /// `open`, tests alone.
    pub async fn due(
        &self,
        webhook: Uuid,
        open: bool,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<Due>, Error> {
        let mut sql = sql::Builder::new(
            "SELECT id, subject, seq, tries, body FROM webhook_delivery AS d \
             WHERE d.state = 'waiting' AND d.webhook = ",
        );
        sql.push_bind(webhook).push(" AND d.due_at <= ").push_bind(now.as_microsecond());
        if !open {
            sql.push(" AND d.seq = 0");
        }
        sql.push(
            " AND NOT EXISTS (SELECT 1 FROM webhook_delivery AS earlier \
             WHERE earlier.state = 'waiting' AND earlier.webhook = d.webhook \
             AND earlier.subject = d.subject AND earlier.seq < d.seq) \
             ORDER BY d.due_at, d.seq LIMIT ",
        );
        sql.push_bind(i64::from(limit));
        let rows = sql.build().fetch_all(self.store.readers()).await?;
        let due = |row: &Row| {
            Ok(Due {
                id: row.column("id")?,
                subject: row.column("subject")?,
                tries: row.count("tries")?,
                is_test: row.column::<i64>("seq")? == 0,
                body: row.column("body")?,
            })
        };
        rows.iter().map(due).collect()
    }

    /// The server took one.
    pub async fn delivered(&self, webhook: Uuid, sent: &Sent) -> Result<(), Error> {
        let mut writing = self.store.begin_unnoted().await?;
        sql::query(
            "UPDATE webhook_delivery SET state = 'delivered', tries = tries + 1, tried_at = $2, \
             status = $3, answer = $4 WHERE id = $1",
        )
        .bind(sent.id)
        .bind(sent.at.as_microsecond())
        .bind(sent.status.map(i64::from))
        .bind(&sent.answer)
        .execute(&mut writing)
        .await?;
        sql::query(
            "UPDATE webhook_state SET failing_since = NULL \
             WHERE webhook = $1 AND failing_since IS NOT NULL",
        )
        .bind(webhook)
        .execute(&mut writing)
        .await?;
        put_off_others(&mut writing, sent.id, sent.at).await?;
        writing.commit().await?;
        Ok(())
    }

    /// The server did not take one: it is due `again`, or dead where that is none. Whether the
    /// webhook is paused from now on, because none was taken since `pause_before`; a test that was
    /// not taken says nothing of that, nor does one message alone.
    pub async fn failed(
        &self,
        webhook: Uuid,
        sent: &Sent,
        again: Option<Timestamp>,
        pause_before: Timestamp,
    ) -> Result<bool, Error> {
        let mut writing = self.store.begin_unnoted().await?;
        sql::query(
            "UPDATE webhook_delivery SET state = $5, due_at = coalesce($6, due_at), \
             tries = tries + 1, tried_at = $2, status = $3, answer = $4 WHERE id = $1",
        )
        .bind(sent.id)
        .bind(sent.at.as_microsecond())
        .bind(sent.status.map(i64::from))
        .bind(&sent.answer)
        .bind(if again.is_some() { "waiting" } else { "dead" })
        .bind(again.map(Timestamp::as_microsecond))
        .execute(&mut writing)
        .await?;
        put_off_others(&mut writing, sent.id, again.unwrap_or(sent.at)).await?;
        sql::query(
            "UPDATE webhook_state SET failing_since = coalesce(failing_since, $2) \
             WHERE webhook = $1 AND NOT EXISTS \
             (SELECT 1 FROM webhook_delivery AS test WHERE test.id = $3 AND test.seq = 0)",
        )
        .bind(webhook)
        .bind(sent.at.as_microsecond())
        .bind(sent.id)
        .execute(&mut writing)
        .await?;
        let paused = sql::query(
            "UPDATE webhook_state SET paused_at = $3 \
             WHERE webhook = $1 AND paused_at IS NULL AND failing_since <= $2 \
             AND 1 < (SELECT count(*) FROM webhook_delivery AS refused \
             WHERE refused.webhook = $1 AND refused.state <> 'delivered' AND refused.seq > 0 \
             AND refused.tried_at >= webhook_state.failing_since)",
        )
        .bind(webhook)
        .bind(pause_before.as_microsecond())
        .bind(sent.at.as_microsecond())
        .execute(&mut writing)
        .await?;
        writing.commit().await?;
        Ok(paused > 0)
    }

    /// Ends a pause: what waits is due at once.
    pub async fn resume(&self, webhook: Uuid, now: Timestamp) -> Result<(), Error> {
        let mut writing = self.store.begin().await?;
        sql::query(
            "UPDATE webhook_state SET paused_at = NULL, failing_since = NULL WHERE webhook = $1",
        )
        .bind(webhook)
        .execute(&mut *writing)
        .await?;
        sql::query(
            "UPDATE webhook_delivery SET due_at = $2 \
             WHERE webhook = $1 AND state = 'waiting' AND due_at > $2",
        )
        .bind(webhook)
        .bind(now.as_microsecond())
        .execute(&mut *writing)
        .await?;
        writing.touched(webhook);
        writing.commit().await
    }

    /// Adds a message that says nothing but that it is one; its identity.
    ///
    /// Errors: [`Error::Unknown`] without the webhook.
    pub async fn test(&self, webhook: Uuid, now: Timestamp) -> Result<Uuid, Error> {
        let (id, now) = (Uuid::now_v7(), row::whole(now));
        let told = Told::Test {};
        let message = Message { id, sequence: 0, at: now, told, call: None, lead: None };
        let mut writing = self.store.begin().await?;
        sql::query(
            "INSERT INTO webhook_delivery (id, webhook, seq, event, subject, at, body, state, \
             tries, due_at) VALUES ($1, $2, 0, 'test', $1, $3, $4, 'waiting', 0, $3)",
        )
        .bind(id)
        .bind(webhook)
        .bind(now.as_microsecond())
        .bind(row::json("message", &message)?)
        .execute(&mut *writing)
        .await
        .map_err(|error| Error::of_write(error, &[], "webhook"))?;
        writing.touched(webhook);
        writing.commit().await?;
        Ok(id)
    }

    /// Sends one again, as it was, whatever came of it before; one that waits is due at once.
    pub async fn replay(&self, id: Uuid, now: Timestamp) -> Result<(), Error> {
        let mut writing = self.store.begin().await?;
        let row = sql::query(
            "UPDATE webhook_delivery SET state = 'waiting', tries = 0, due_at = $2 \
             WHERE id = $1 RETURNING webhook",
        );
        let row = row.bind(id).bind(now.as_microsecond()).fetch_optional(&mut *writing).await?;
        writing.touched(row.ok_or(Error::NotFound("delivery"))?.column::<Uuid>("webhook")?);
        writing.commit().await
    }

    /// Sends everything again that happened in a span and stands where it says; how many.
    pub async fn replay_span(
        &self,
        webhook: Uuid,
        (from, to): (Timestamp, Timestamp),
        state: DeliveryState,
        now: Timestamp,
    ) -> Result<u64, Error> {
        let mut writing = self.store.begin().await?;
        let replayed = sql::query(
            "UPDATE webhook_delivery SET state = 'waiting', tries = 0, due_at = $5 \
             WHERE webhook = $1 AND at >= $2 AND at < $3 AND state = $4 AND seq > 0",
        )
        .bind(webhook)
        .bind(from.as_microsecond())
        .bind(to.as_microsecond())
        .bind(row::word("state", &state)?)
        .bind(now.as_microsecond())
        .execute(&mut *writing)
        .await?;
        writing.touched(webhook);
        writing.commit().await?;
        Ok(replayed)
    }

    /// A page of them, the newest first.
    pub async fn list(&self, query: &DeliveryQuery) -> Result<Page<Delivery>, Error> {
        let limit = page::limit(query.limit);
        let mut sql =
            sql::Builder::new(format!("SELECT {COLUMNS} FROM webhook_delivery WHERE 1 = 1"));
        if let Some(webhook) = query.webhook {
            sql.push(" AND webhook = ").push_bind(webhook);
        }
        if let Some(state) = query.state {
            sql.push(" AND state = ").push_bind(row::word("state", &state)?);
        }
        page::newest_first(&mut sql, ("at", "id"), query.from, query.to, query.after, limit);
        let rows = sql.build().fetch_all(self.store.readers()).await?;
        let found = rows.iter().map(delivery).collect::<Result<Vec<_>, _>>()?;
        Ok(Page::of(found, limit, |found: &Delivery| Cursor::by_time(found.at, found.id)))
    }

    /// One of them, with its body.
    pub async fn find(&self, id: Uuid) -> Result<(Delivery, String), Error> {
        let sql = "SELECT * FROM webhook_delivery WHERE id = $1";
        let row = sql::query(sql).bind(id).fetch_optional(self.store.readers()).await?;
        let row = row.ok_or(Error::NotFound("delivery"))?;
        Ok((delivery(&row)?, row.column("body")?))
    }

    /// Forgets what was delivered or given up before `before`, and of each webhook all but the
    /// newest [`FINISHED_MAX`].
    pub async fn prune(&self, before: Timestamp) -> Result<u64, Error> {
        let hooks = sql::query("SELECT id FROM webhook").fetch_all(self.store.readers()).await?;
        let mut gone = 0;
        for hook in hooks {
            let hook: Uuid = hook.only()?;
            let oldest = sql::query(
                "SELECT at FROM webhook_delivery WHERE webhook = $1 AND state <> 'waiting' \
                 ORDER BY at DESC LIMIT 1 OFFSET $2",
            );
            let oldest = oldest.bind(hook).bind(FINISHED_MAX);
            let oldest = oldest.fetch_optional(self.store.readers()).await?;
            let oldest = oldest.map_or(Ok(i64::MIN), |row| row.only())?;
            let mut writing = self.store.begin_unnoted().await?;
            gone += sql::query(
                "DELETE FROM webhook_delivery WHERE webhook = $1 AND state <> 'waiting' \
                 AND (coalesce(tried_at, at) <= $2 OR at <= $3)",
            )
            .bind(hook)
            .bind(before.as_microsecond())
            .bind(oldest)
            .execute(&mut writing)
            .await?;
            writing.commit().await?;
        }
        Ok(gone)
    }
}

/// What waits behind a message is due when that is: before, nobody needs to look at it.
async fn put_off_others(
    connection: &mut Connection,
    id: Uuid,
    until: Timestamp,
) -> Result<(), Error> {
    sql::query(
        "UPDATE webhook_delivery SET due_at = $2 WHERE state = 'waiting' AND id <> $1 \
         AND webhook = (SELECT webhook FROM webhook_delivery AS first WHERE first.id = $1) \
         AND subject = (SELECT subject FROM webhook_delivery AS first WHERE first.id = $1)",
    )
    .bind(id)
    .bind(until.as_microsecond())
    .execute(connection)
    .await?;
    Ok(())
}

/// Messages of one webhook that are kept once nobody sends them any more.
pub const FINISHED_MAX: i64 = 100_000;

/// For how long a message is kept once nobody sends it any more.
pub const KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);

/// For how long the secret before the present one signs too.
pub const OVERLAP: SignedDuration = SignedDuration::from_hours(24);

const COLUMNS: &str = "id, webhook, seq, event, at, state, tries, due_at, tried_at, status, answer";

fn delivery(row: &Row) -> Result<Delivery, Error> {
    Ok(Delivery {
        id: row.column("id")?,
        webhook: row.column("webhook")?,
        sequence: row.count("seq")?,
        event: row.column("event")?,
        at: row.time("at")?,
        state: row.word("state")?,
        tries: row.count("tries")?,
        due_at: row.time("due_at")?,
        tried_at: row.time_maybe("tried_at")?,
        status: row.count_maybe("status")?,
        answer: row.column("answer")?,
    })
}

fn standing(row: &Row) -> Result<Standing, Error> {
    let former: Option<String> = row.column("former")?;
    Ok(Standing {
        webhook: row.json("settings")?,
        secrets: Secrets([row.column("secret")?].into_iter().chain(former).collect()),
        is_failing: row.time_maybe("failing_since")?.is_some(),
        is_paused: row.time_maybe("paused_at")?.is_some(),
    })
}

fn health(row: &Row) -> Result<Health, Error> {
    Ok(Health {
        waiting: row.count("waiting")?,
        dead: row.count("dead")?,
        lost: row.count("lost")?,
        failing_since: row.time_maybe("failing_since")?,
        paused_at: row.time_maybe("paused_at")?,
        former_until: row.time_maybe("former_until")?,
    })
}
