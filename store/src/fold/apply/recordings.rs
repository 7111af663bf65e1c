//! Recordings: one row each, made when a call has to be recorded.

use uuid::Uuid;

use super::verdicts;
use crate::error::Error;
use crate::event::{Entry, Event};
use crate::row;
use crate::sql::{self, Connection};

/// The end of a recording, which is that of a conversation or of a message.
macro_rules! ended {
    ($table:literal) => {
        concat!(
            "UPDATE ",
            $table,
            " SET ended_at = $2, duration_ms = $3, gap_ms = $4, chain = $5, interrupted = $6 \
             WHERE id = $1 AND ended_at IS NULL"
        )
    };
}

/// A recording changed.
pub(super) async fn changed(connection: &mut Connection, entry: &Entry) -> Result<(), Error> {
    let at = entry.at.as_microsecond();
    match &entry.event {
        Event::RecordingStarted { recording, call, agent } => {
            sql::query(
                "INSERT INTO recording (id, call, agent, started_at) VALUES ($1, $2, $3, $4) \
                 ON CONFLICT DO NOTHING",
            )
            .bind(Uuid::from(*recording))
            .bind(Uuid::from(*call))
            .bind(Uuid::from(*agent))
            .bind(at)
            .execute(connection)
            .await?;
        }
        Event::RecordingPaused { recording, .. } => {
            sql::query("UPDATE recording SET pauses = pauses + 1 WHERE id = $1")
                .bind(Uuid::from(*recording))
                .execute(connection)
                .await?;
        }
        Event::RecordingEnded { recording, duration_ms, gap_ms, chain, interrupted } => {
            for ended in [ended!("recording"), ended!("voicemail"), ended!("verdict")] {
                sql::query(ended)
                    .bind(Uuid::from(*recording))
                    .bind(at)
                    .bind(row::signed(*duration_ms))
                    .bind(row::signed(*gap_ms))
                    .bind(chain)
                    .bind(i64::from(*interrupted))
                    .execute(&mut *connection)
                    .await?;
            }
            if *interrupted {
                verdicts::cut(connection, entry, *recording).await?;
            }
        }
        _ => {}
    }
    Ok(())
}
