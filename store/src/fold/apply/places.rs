//! Places in line that callers kept: made, called for, and what became of them.

use uuid::Uuid;

use crate::error::Error;
use crate::event::{Entry, Event};
use crate::row;
use crate::sql::{self, Connection};

/// A caller hung up and keeps the place.
pub(super) async fn kept(connection: &mut Connection, entry: &Entry) -> Result<(), Error> {
    let Event::PlaceKept { place } = &entry.event else { return Ok(()) };
    sql::query(
        "INSERT INTO kept_place (call, queue, campaign, number, arrived_at, until_at, tries_max, \
         retry_s, kept_at, tries) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0) \
         ON CONFLICT DO NOTHING",
    )
    .bind(Uuid::from(place.call))
    .bind(Uuid::from(place.queue))
    .bind(Uuid::from(place.campaign))
    .bind(place.number.to_string())
    .bind(place.arrived_at.as_microsecond())
    .bind(place.until.as_microsecond())
    .bind(i64::from(place.tries_max))
    .bind(i64::from(place.retry_s))
    .bind(place.kept_at.as_microsecond())
    .execute(connection)
    .await?;
    Ok(())
}

/// The person is called, or the place is kept no more; it closes once.
pub(super) async fn changed(connection: &mut Connection, entry: &Entry) -> Result<(), Error> {
    let done = match &entry.event {
        Event::PlaceCalled { place, call, .. } => {
            sql::query("UPDATE kept_place SET tries = tries + 1, last_call = $2 WHERE call = $1")
                .bind(Uuid::from(*place))
                .bind(Uuid::from(*call))
        }
        Event::PlaceClosed { place, how } => sql::query(
            "UPDATE kept_place SET closed_at = $2, closing = $3 \
             WHERE call = $1 AND closed_at IS NULL",
        )
        .bind(Uuid::from(*place))
        .bind(entry.at.as_microsecond())
        .bind(row::word("closing", how)?),
        _ => return Ok(()),
    };
    done.execute(connection).await?;
    Ok(())
}
