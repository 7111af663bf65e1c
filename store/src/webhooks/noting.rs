//! Beside the fold of each event: a message for every webhook that asked for it, in the same
//! transaction.
//!
//! Nothing here stops the fold. A message that cannot be composed is left out and told in the log;
//! of a webhook with [`WAITING_MAX`] messages waiting, the newest are not taken, and are counted.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};
use uuid::{Builder, Uuid};

use super::message::{Composed, Message, compose};
use super::{Webhook, WebhookEvent};
use crate::error::Error;
use crate::event::Entry;
use crate::fold::Gathered;
use crate::row;
use crate::sql::{self, Connection};

/// Messages of one webhook that may wait; they are a day of most floors.
pub const WAITING_MAX: u64 = 100_000;

/// A batch of the fold tells one webhook no more than this.
const BATCH_MESSAGES: u64 = 500;

/// How many messages each webhook surely has room for: counted when it is used up.
pub(crate) type Rooms = BTreeMap<Uuid, u64>;

/// The webhooks as they are while a batch is folded.
#[derive(Debug)]
pub(crate) struct Noting<'f> {
    hooks: Vec<Webhook>,
    rooms: &'f mut Rooms,
    lost: BTreeMap<Uuid, u64>,
}

impl<'f> Noting<'f> {
    /// Reads who wants to be told, and how many more may wait where `most` may in all: counted anew
    /// before a batch could use up what was counted last.
    pub(crate) async fn begin(
        connection: &mut Connection,
        rooms: &'f mut Rooms,
        most: u64,
    ) -> Result<Self, Error> {
        let rows = sql::query("SELECT settings FROM webhook WHERE enabled = 1 ORDER BY id");
        let rows = rows.fetch_all(&mut *connection).await?;
        let hook = |row: &row::Row| {
            let read = row.json::<Webhook>("settings");
            read.inspect_err(|error| tracing::error!(%error, "a webhook cannot be read")).ok()
        };
        let hooks: Vec<_> = rows.iter().filter_map(hook).collect();
        rooms.retain(|id, _| hooks.iter().any(|hook| hook.id == *id));
        for hook in &hooks {
            if rooms.get(&hook.id).copied().unwrap_or_default() < BATCH_MESSAGES {
                let waiting = waiting(connection, hook.id).await?;
                rooms.insert(hook.id, most.saturating_sub(waiting));
            }
        }
        Ok(Self { hooks, rooms, lost: BTreeMap::new() })
    }

    /// Writes what is told of an entry that was just folded.
    pub(crate) async fn note(
        &mut self,
        connection: &mut Connection,
        gathered: &mut Gathered,
        entry: &Entry,
    ) -> Result<(), Error> {
        if self.hooks.is_empty() {
            return Ok(());
        }
        let wanted =
            |event: WebhookEvent| self.hooks.iter().any(|hook| hook.events.contains(&event));
        let composed = match compose(connection, gathered, entry, wanted).await {
            Ok(Some(composed)) => composed,
            Ok(None) => return Ok(()),
            Err(error @ Error::Unreadable { .. }) => {
                tracing::error!(%error, seq = entry.seq, "an event is told to no webhook");
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        for hook in &self.hooks {
            if !hook.wants(composed.event, composed.campaign, composed.queue) {
                continue;
            }
            let room = self.rooms.get_mut(&hook.id).filter(|room| **room > 0);
            let Some(room) = room else {
                *self.lost.entry(hook.id).or_default() += 1;
                continue;
            };
            *room -= 1;
            insert(connection, hook.id, entry, &composed).await?;
        }
        Ok(())
    }

    /// Counts what there was no room for.
    pub(crate) async fn end(self, connection: &mut Connection) -> Result<(), Error> {
        for (hook, lost) in self.lost {
            tracing::error!(webhook = %hook, lost, "the outbox is full: events are not told");
            sql::query("UPDATE webhook_state SET lost = lost + $2 WHERE webhook = $1")
                .bind(hook)
                .bind(row::signed(lost))
                .execute(&mut *connection)
                .await?;
        }
        Ok(())
    }
}

/// How many wait.
async fn waiting(connection: &mut Connection, hook: Uuid) -> Result<u64, Error> {
    // By the index of what is due, which holds nothing that is done.
    let waiting = sql::query(
        "SELECT count(*) FROM webhook_delivery \
         WHERE webhook = $1 AND state = 'waiting' AND due_at > 0",
    );
    let waiting = waiting.bind(hook).fetch_one(connection).await?;
    Ok(row::number(waiting.only()?))
}

async fn insert(
    connection: &mut Connection,
    hook: Uuid,
    entry: &Entry,
    composed: &Composed,
) -> Result<(), Error> {
    let message = Message {
        id: id_of(hook, entry),
        sequence: entry.seq,
        at: entry.at,
        told: composed.told.clone(),
        call: composed.call.clone(),
        lead: composed.lead.clone(),
    };
    sql::query(
        "INSERT INTO webhook_delivery (id, webhook, seq, event, subject, call, lead, at, body, \
         state, tries, due_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'waiting', 0, $10) \
         ON CONFLICT DO NOTHING",
    )
    .bind(message.id)
    .bind(hook)
    .bind(row::signed(entry.seq))
    .bind(row::word("event", &composed.event)?)
    .bind(composed.subject)
    .bind(composed.call.as_ref().map(|call| Uuid::from(call.id)))
    .bind(composed.lead.as_ref().map(|lead| Uuid::from(lead.id)))
    .bind(entry.at.as_microsecond())
    .bind(row::json("message", &message)?)
    .bind(entry.at.as_microsecond())
    .execute(connection)
    .await?;
    Ok(())
}

/// The identity of what a webhook is told of an entry: the same however often it is folded.
fn id_of(hook: Uuid, entry: &Entry) -> Uuid {
    let hash = Sha256::new_with_prefix(hook.as_bytes()).chain_update(entry.seq.to_be_bytes());
    let mut tail = [0; 10];
    tail.copy_from_slice(&hash.finalize()[..10]);
    let millis = u64::try_from(entry.at.as_millisecond()).unwrap_or_default();
    Builder::from_unix_timestamp_millis(millis, &tail).into_uuid()
}
