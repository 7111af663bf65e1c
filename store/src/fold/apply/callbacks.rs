//! Promises to call back: made, and what became of them.

use uuid::Uuid;

use crate::error::Error;
use crate::event::{Entry, Event};
use crate::row;
use crate::sql::{self, Connection};

/// A promise was made: its lead waits for the moment when anybody may call.
pub(super) async fn promised(connection: &mut Connection, entry: &Entry) -> Result<(), Error> {
    let Event::CallbackPromised { callback, by } = &entry.event else { return Ok(()) };
    sql::query(
        "INSERT INTO callback (id, lead, campaign, number, owner, due_at, callback, promised_at, \
         promised_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING",
    )
    .bind(Uuid::from(callback.id))
    .bind(Uuid::from(callback.lead))
    .bind(Uuid::from(callback.campaign))
    .bind(callback.number.to_string())
    .bind(callback.owner.map(Uuid::from))
    .bind(callback.due_at.as_microsecond())
    .bind(row::json("callback", callback)?)
    .bind(entry.at.as_microsecond())
    .bind(by.map(Uuid::from))
    .execute(&mut *connection)
    .await?;
    sql::query(
        "UPDATE lead SET status = 'callback', next_due_at = $2, version = version + 1, \
         updated_at = $3 WHERE id = $1 AND status NOT IN ('do_not_call', 'bad_number')",
    )
    .bind(Uuid::from(callback.lead))
    .bind(callback.anyone_at().as_microsecond())
    .bind(entry.at.as_microsecond())
    .execute(connection)
    .await?;
    Ok(())
}

/// A promise is over. A lead that still waits for it is an ordinary one again, or done with.
pub(super) async fn closed(connection: &mut Connection, entry: &Entry) -> Result<(), Error> {
    let Event::CallbackClosed { callback, how } = &entry.event else { return Ok(()) };
    sql::query(
        "UPDATE callback SET closed_at = $2, closing = $3 WHERE id = $1 AND closed_at IS NULL",
    )
    .bind(Uuid::from(*callback))
    .bind(entry.at.as_microsecond())
    .bind(row::word("closing", how)?)
    .execute(&mut *connection)
    .await?;
    // Another promise to the same person may stand in its place.
    sql::query(
        "UPDATE lead SET status = 'done', next_due_at = 0, version = version + 1, updated_at = $2 \
         WHERE status = 'callback' AND id = (SELECT lead FROM callback WHERE id = $1) \
         AND NOT EXISTS (SELECT 1 FROM callback WHERE callback.lead = lead.id \
         AND callback.closed_at IS NULL)",
    )
    .bind(Uuid::from(*callback))
    .bind(entry.at.as_microsecond())
    .execute(connection)
    .await?;
    Ok(())
}
