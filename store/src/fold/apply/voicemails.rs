//! Messages of callers: one row each, made when the tone sounds. Its end is its recording's.

use routing::{CallId, Mailbox, RecordingId};
use uuid::Uuid;

use crate::error::Error;
use crate::event::Entry;
use crate::sql::{self, Connection};

/// The tone sounded: a message is being left.
pub(super) async fn started(
    connection: &mut Connection,
    entry: &Entry,
    (recording, call): (RecordingId, CallId),
    mailbox: Mailbox,
) -> Result<(), Error> {
    let (agent, queue) = match mailbox {
        Mailbox::Agent { agent } => (Some(Uuid::from(agent)), None),
        Mailbox::Queue { queue } => (None, Some(Uuid::from(queue))),
    };
    sql::query(
        "INSERT INTO voicemail (id, call, agent, queue, started_at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT DO NOTHING",
    )
    .bind(Uuid::from(recording))
    .bind(Uuid::from(call))
    .bind(agent)
    .bind(queue)
    .bind(entry.at.as_microsecond())
    .execute(connection)
    .await?;
    Ok(())
}
