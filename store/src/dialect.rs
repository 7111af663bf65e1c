//! Where SQLite and PostgreSQL differ, and nowhere else.
//!
//! Every statement elsewhere is written for both: `$1`, RETURNING, ON CONFLICT, BIGINT, partial
//! indexes. What stays apart is how to connect, and which column an error is about.

use std::path::Path;
use std::time::Duration;

use sqlx::error::DatabaseError;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};

/// The statements that bring a SQLite file up to date, in order.
pub(crate) static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("migrations/sqlite");

/// Rows in one statement: SQLite takes 32,766 parameters, PostgreSQL 65,535.
pub(crate) const PARAMETERS_MAX: usize = 32_000;

/// The one connection that writes.
///
/// SQLite has one writer at a time: a pool of one makes the others wait their turn here rather
/// than fail as busy there. A 200 of the API is a promise, so each commit is synced.
pub(crate) async fn connect_writer(path: &Path) -> Result<SqlitePool, sqlx::Error> {
    let options = options(path).create_if_missing(true).synchronous(SqliteSynchronous::Full);
    SqlitePoolOptions::new().max_connections(1).min_connections(1).connect_with(options).await
}

/// Connections that read, each at its own snapshot, and never wait for the writer.
pub(crate) async fn connect_readers(path: &Path) -> Result<SqlitePool, sqlx::Error> {
    let options = options(path).pragma("query_only", "ON");
    SqlitePoolOptions::new().max_connections(READERS).connect_with(options).await
}

const READERS: u32 = 4;

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(5))
        .pragma("cache_size", "-16000")
        .optimize_on_close(true, Some(400))
}

/// Whether a violated constraint is about this column.
///
/// SQLite names `table.column` in its message; PostgreSQL names the constraint, and ours carry the
/// column in theirs.
pub(crate) fn names_column(error: &dyn DatabaseError, column: &str) -> bool {
    match error.constraint() {
        Some(constraint) => constraint.contains(column),
        None => error.message().split([' ', ',', '.']).any(|part| part == column),
    }
}
