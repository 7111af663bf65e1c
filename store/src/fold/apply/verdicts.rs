//! Verdicts on who answered that a reviewer is to hear: one row each, made at the answer. Its end
//! is its recording's.

use dialer::AttemptId;
use routing::{CallId, CampaignId, RecordingId};
use uuid::Uuid;

use crate::error::Error;
use crate::event::Entry;
use crate::sql::{self, Connection};

/// The recording begins, and nobody knows yet who answered.
pub(super) async fn taped(
    connection: &mut Connection,
    entry: &Entry,
    recording: RecordingId,
    (call, attempt, campaign): (CallId, AttemptId, CampaignId),
) -> Result<(), Error> {
    sql::query(
        "INSERT INTO verdict (id, call, attempt, campaign, started_at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT DO NOTHING",
    )
    .bind(Uuid::from(recording))
    .bind(Uuid::from(call))
    .bind(Uuid::from(attempt))
    .bind(Uuid::from(campaign))
    .bind(entry.at.as_microsecond())
    .execute(connection)
    .await?;
    Ok(())
}

/// Its file is gone; who died before it was finds the row by the time of its removal.
pub(super) async fn dropped(
    connection: &mut Connection,
    entry: &Entry,
    recording: RecordingId,
) -> Result<(), Error> {
    sql::query("UPDATE verdict SET ended_at = $2, removed_at = $2 WHERE id = $1")
        .bind(Uuid::from(recording))
        .bind(entry.at.as_microsecond())
        .execute(connection)
        .await?;
    Ok(())
}

/// The switch died while it ran: without a machine's verdict nobody is to hear it.
pub(super) async fn cut(
    connection: &mut Connection,
    entry: &Entry,
    recording: RecordingId,
) -> Result<(), Error> {
    sql::query(
        "UPDATE verdict SET removed_at = $2 WHERE id = $1 AND removed_at IS NULL AND NOT EXISTS \
         (SELECT 1 FROM attempt WHERE attempt.id = verdict.attempt \
         AND attempt.answerer = 'machine')",
    )
    .bind(Uuid::from(recording))
    .bind(entry.at.as_microsecond())
    .execute(connection)
    .await?;
    Ok(())
}
