//! Every version of those settings that keep them: what a call was led by stays readable.

use jiff::Timestamp;
use sqlx::AssertSqlSafe;

use super::{Document, Documents};
use crate::error::Error;
use crate::row;
use crate::sql::{self, Connection};

/// A version that was in force once, or is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept<T> {
    /// The setting as it was.
    pub value: T,
    /// Its number, from 1.
    pub version: u64,
    /// When it was saved.
    pub saved_at: Timestamp,
}

impl<T: Document> Documents<T> {
    /// The versions of one setting, the newest first; at most 200, below `before` where it is told.
    pub async fn versions(&self, id: T::Id, before: Option<u64>) -> Result<Vec<Kept<T>>, Error> {
        let Some(table) = T::VERSIONS else { return Ok(vec![]) };
        let sql = format!(
            "SELECT settings, version, saved_at FROM {table} WHERE id = $1 AND version < $2 \
             ORDER BY version DESC LIMIT 200"
        );
        let before = before.map_or(i64::MAX, row::signed);
        let rows = sql::query(AssertSqlSafe(sql)).bind(id.into()).bind(before);
        let rows = rows.fetch_all(self.store.readers()).await?;
        let kept = rows.iter().map(|row| {
            Ok(Kept {
                value: row.json("settings")?,
                version: row.count("version")?,
                saved_at: row.time("saved_at")?,
            })
        });
        kept.collect()
    }
}

/// Keeps a version beside the newest.
pub(super) async fn keep<T: Document>(
    connection: &mut Connection,
    value: &T,
    version: u64,
    now: Timestamp,
) -> Result<(), Error> {
    let Some(table) = T::VERSIONS else { return Ok(()) };
    let sql =
        format!("INSERT INTO {table} (id, version, settings, saved_at) VALUES ($1, $2, $3, $4)");
    sql::query(AssertSqlSafe(sql))
        .bind(value.id().into())
        .bind(row::signed(version))
        .bind(row::json(T::TABLE, value)?)
        .bind(now.as_microsecond())
        .execute(connection)
        .await?;
    Ok(())
}
