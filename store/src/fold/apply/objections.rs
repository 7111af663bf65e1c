//! People who are not to be called again: their numbers, and their leads.

use routing::Number;
use uuid::{Builder, Uuid};

use super::attempts::recycled;
use crate::dnc;
use crate::error::Error;
use crate::event::{Entry, Event};
use crate::sql::Connection;

/// Somebody asked by themselves, by a key or in a workflow.
pub(super) async fn opted_out(connection: &mut Connection, entry: &Entry) -> Result<(), Error> {
    let Event::OptedOut { number, lead, key, recycle, .. } = &entry.event else { return Ok(()) };
    let reason = match key {
        Some(key) => format!("opted out by key {key}"),
        None => "opted out in a workflow".to_owned(),
    };
    forbid(connection, entry, *number, &reason).await?;
    if let (Some(lead), Some(recycle)) = (lead, recycle) {
        recycled(connection, *lead, recycle, entry.at).await?;
    }
    Ok(())
}

/// Keeps a wish not to be called; once is enough.
pub(super) async fn forbid(
    connection: &mut Connection,
    entry: &Entry,
    number: Number,
    reason: &str,
) -> Result<(), Error> {
    dnc::forbid(connection, number, reason, entry.at, id_of(entry)).await
}

/// An identity for a row that an entry makes: the same however often the entry is folded.
fn id_of(entry: &Entry) -> Uuid {
    let mut tail = [0; 10];
    tail[2..].copy_from_slice(&entry.seq.to_be_bytes());
    let millis = u64::try_from(entry.at.as_millisecond()).unwrap_or_default();
    Builder::from_unix_timestamp_millis(millis, &tail).into_uuid()
}
