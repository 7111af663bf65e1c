//! Messages of callers: one row each, made when the tone sounds.

use routing::Mailbox;
use uuid::Uuid;

use crate::database::Connection;
use crate::error::Error;
use crate::event::{Entry, Event};
use crate::row;

/// A message is being left, or its audio is whole.
pub(super) async fn changed(connection: &mut Connection, entry: &Entry) -> Result<(), Error> {
    let at = entry.at.as_microsecond();
    match &entry.event {
        Event::VoicemailStarted { recording, call, mailbox } => {
            let (agent, queue) = match *mailbox {
                Mailbox::Agent { agent } => (Some(Uuid::from(agent)), None),
                Mailbox::Queue { queue } => (None, Some(Uuid::from(queue))),
            };
            sqlx::query(
                "INSERT INTO voicemail (id, call, agent, queue, started_at) \
                 VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
            )
            .bind(Uuid::from(*recording))
            .bind(Uuid::from(*call))
            .bind(agent)
            .bind(queue)
            .bind(at)
            .execute(connection)
            .await?;
        }
        Event::RecordingEnded { recording, duration_ms, gap_ms, chain, interrupted } => {
            sqlx::query(
                "UPDATE voicemail SET ended_at = $2, duration_ms = $3, gap_ms = $4, chain = $5, \
                 interrupted = $6 WHERE id = $1 AND ended_at IS NULL",
            )
            .bind(Uuid::from(*recording))
            .bind(at)
            .bind(row::signed(*duration_ms))
            .bind(row::signed(*gap_ms))
            .bind(chain)
            .bind(i64::from(*interrupted))
            .execute(connection)
            .await?;
        }
        _ => {}
    }
    Ok(())
}
