//! What pacers have learnt: the newest memory of each campaign's hour.

use uuid::Uuid;

use crate::error::Error;
use crate::event::{Entry, Event};
use crate::row;
use crate::sql::{self, Connection};

/// A pacer ends an hour: what it knows replaces what it knew of that hour a week ago.
pub(super) async fn learnt(connection: &mut Connection, entry: &Entry) -> Result<(), Error> {
    let Event::PacerLearnt { campaign, hour, learnt } = &entry.event else { return Ok(()) };
    sql::query(
        "INSERT INTO pacer_memory (campaign, hour, learnt, learnt_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (campaign, hour) DO UPDATE SET learnt = excluded.learnt, \
         learnt_at = excluded.learnt_at",
    )
    .bind(Uuid::from(*campaign))
    .bind(i64::from(hour.number()))
    .bind(row::json("learnt", learnt)?)
    .bind(entry.at.as_microsecond())
    .execute(connection)
    .await?;
    Ok(())
}
