//! Where SQLite and PostgreSQL differ, and nowhere else.
//!
//! Every statement elsewhere is written for both (see `sql`). What stands apart is how to connect,
//! how a transaction that writes keeps others out, and which column an error is about.

use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use sqlx::error::DatabaseError;
use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgDatabaseError, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{AssertSqlSafe, Connection as _};

use crate::error::Error;
use crate::sql::{self, Begin, Pool, Transaction};

/// Rows in one statement: SQLite takes 32,766 parameters, PostgreSQL 65,535.
pub(crate) const PARAMETERS_MAX: usize = 32_000;

/// The one connection that writes to a file, which is made if there is none.
///
/// SQLite has one writer at a time: a pool of one makes the others wait their turn here rather
/// than fail as busy there. A 200 of the API is a promise, so each commit is synced.
pub(crate) async fn file_writer(path: &Path) -> Result<Pool, sqlx::Error> {
    let options = file(path).create_if_missing(true).synchronous(SqliteSynchronous::Full);
    let one = SqlitePoolOptions::new().max_connections(1).min_connections(1);
    Ok(Pool::Sqlite(one.connect_with(options).await?))
}

/// Connections that read a file, each at its own snapshot, and never wait for the writer.
pub(crate) async fn file_readers(path: &Path) -> Result<Pool, sqlx::Error> {
    let options = file(path).pragma("query_only", "ON");
    Ok(Pool::Sqlite(SqlitePoolOptions::new().max_connections(READERS).connect_with(options).await?))
}

/// One connection to copy a file through, while others use it.
pub(crate) async fn file_to_copy(path: &Path) -> Result<Pool, sqlx::Error> {
    let one = SqlitePoolOptions::new().max_connections(1);
    Ok(Pool::Sqlite(one.connect_with(file(path)).await?))
}

/// Connections to a file that nobody has open: no byte of it changes.
pub(crate) async fn file_at_rest(path: &Path) -> Result<Pool, sqlx::Error> {
    let options = SqliteConnectOptions::new().filename(path).read_only(true).immutable(true);
    Ok(Pool::Sqlite(SqlitePoolOptions::new().max_connections(1).connect_with(options).await?))
}

/// Copies what a pool's database holds at one moment into a file that is not there yet.
pub(crate) async fn copy_file(from: &Pool, to: &Path) -> Result<(), sqlx::Error> {
    let to = to.to_string_lossy().into_owned();
    sql::query("VACUUM INTO $1").bind(to).persistent(false).execute(from).await?;
    Ok(())
}

fn file(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(5))
        .pragma("cache_size", "-16000")
        .optimize_on_close(true, Some(400))
}

/// How to reach a database of a server.
pub(crate) fn server(url: &str, password: Option<&str>) -> Result<PgConnectOptions, sqlx::Error> {
    let options = PgConnectOptions::from_str(url)?.application_name("cordboard");
    Ok(match password {
        Some(password) => options.password(password),
        None => options,
    })
}

/// The one connection that writes to a server, where the database is made if there is none.
pub(crate) async fn server_writer(options: &PgConnectOptions) -> Result<Pool, sqlx::Error> {
    let one = server_pool().max_connections(1);
    let connected = one.clone().connect_with(options.clone()).await;
    let unknown = |error: &sqlx::Error| {
        error.as_database_error().and_then(DatabaseError::code).as_deref() == Some(UNKNOWN_DATABASE)
    };
    Ok(Pool::Postgres(match connected {
        Err(error) if unknown(&error) => {
            make_database(options).await?;
            one.connect_with(options.clone()).await?
        }
        connected => connected?,
    }))
}

async fn make_database(options: &PgConnectOptions) -> Result<(), sqlx::Error> {
    let name = options.get_database().unwrap_or_default().replace('"', "\"\"");
    let mut server = PgConnection::connect_with(&options.clone().database("postgres")).await?;
    let make = sqlx::raw_sql(AssertSqlSafe(format!(
        "CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'"
    )));
    make.execute(&mut server).await?;
    server.close().await
}

/// SQLSTATE `invalid_catalog_name`.
const UNKNOWN_DATABASE: &str = "3D000";

/// Connections that read from a server, each transaction at its own snapshot.
pub(crate) async fn server_readers(options: PgConnectOptions) -> Result<Pool, sqlx::Error> {
    let options = options.options([("default_transaction_read_only", "on")]);
    Ok(Pool::Postgres(server_pool().max_connections(READERS).connect_with(options).await?))
}

fn server_pool() -> PgPoolOptions {
    PgPoolOptions::new().acquire_timeout(PATIENCE)
}

/// How long a request waits for a connection: one that fails at once may be tried again.
const PATIENCE: Duration = Duration::from_secs(5);

const READERS: u32 = 4;

/// Reads that may take seconds each, at once: the other readers stay with what takes none.
pub(crate) const HEAVY_READERS: usize = READERS as usize / 2;

/// Brings the schema up to date.
///
/// Errors: the database was made by a later version, or a migration was changed since it ran.
pub(crate) async fn migrate(writer: &Pool) -> Result<(), Error> {
    match writer {
        Pool::Sqlite(pool) => with_both(&SQLITE).run(pool).await?,
        Pool::Postgres(pool) => with_both(&POSTGRES).run(pool).await?,
    }
    Ok(())
}

/// The first migration that a SQLite file still wants; none where all ran, or where none did yet.
pub(crate) async fn pending(writer: &Pool) -> Result<Option<i64>, sqlx::Error> {
    let known = "SELECT 1 FROM sqlite_master WHERE name = '_sqlx_migrations'";
    if sql::query(known).fetch_optional(writer).await?.is_none() {
        return Ok(None);
    }
    let ran = sql::query("SELECT version FROM _sqlx_migrations").fetch_all(writer).await?;
    let ran: Vec<i64> = ran.iter().filter_map(|row| row.only().ok()).collect();
    let known = with_both(&SQLITE);
    let wanted = known.iter().map(|one| one.version).filter(|version| !ran.contains(version));
    Ok(wanted.min().filter(|_| !ran.is_empty()))
}

/// A database's own migrations, and those that both take: SQLite has no types that it does not
/// know, so what PostgreSQL calls a UUID is one to it as well.
fn with_both(own: &Migrator) -> Migrator {
    Migrator::with_migrations(own.iter().chain(BOTH.iter()).cloned().collect())
}

static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");
static BOTH: Migrator = sqlx::migrate!("migrations/both");

/// A transaction that writes, alone: whoever else wants to waits until it ends.
pub(crate) async fn begin_writing(writer: &Pool) -> Result<Transaction, sqlx::Error> {
    let mut transaction = writer.begin_with(&WRITING).await?;
    if matches!(writer, Pool::Postgres(_)) {
        // As on SQLite: what was read at its beginning is still so when it commits, whichever
        // program is at work beside this one.
        sql::query("SELECT pg_advisory_xact_lock($1)")
            .bind(LOCK)
            .fetch_all(&mut transaction)
            .await?;
    }
    Ok(transaction)
}

/// IMMEDIATE: a transaction that reads first and finds the file written to since would fail at its
/// first write, and no waiting could help it.
const WRITING: Begin = Begin { sqlite: "BEGIN IMMEDIATE", postgres: "BEGIN" };

/// "cordboar" in ASCII: other programs' locks have other numbers.
const LOCK: i64 = 0x636f_7264_626f_6172;

/// Whether a server says that it is going, coming or full, and not that a statement is wrong: what
/// was asked may be asked again.
pub(crate) fn says_away(error: &dyn DatabaseError) -> bool {
    let code = error.code();
    let away = |code: &str| code.starts_with(CONNECTION) || GOING.contains(&code);
    error.try_downcast_ref::<PgDatabaseError>().is_some() && code.as_deref().is_some_and(away)
}

/// SQLSTATE class of exceptions of the connection.
const CONNECTION: &str = "08";

/// SQLSTATE of a session that an administrator ended, of a crash, of a start, of a session that
/// was idle for too long, and of a server without room for one more.
const GOING: [&str; 5] = ["57P01", "57P02", "57P03", "57P05", "53300"];

/// Whether a violated constraint is about this column.
///
/// SQLite names `table.column` in its message; PostgreSQL names the constraint, and ours end with
/// the column, or with the column and `_key`.
pub(crate) fn names_column(error: &dyn DatabaseError, column: &str) -> bool {
    match error.constraint() {
        Some(constraint) => {
            let name = constraint.strip_suffix("_key").unwrap_or(constraint);
            let name = name.strip_suffix("_pkey").map_or(name.to_owned(), |of| format!("{of}_id"));
            name.strip_suffix(column).is_some_and(|rest| rest.ends_with('_'))
        }
        None => error.message().split([' ', ',', '.']).any(|part| {
            // An index over an expression is named, not its columns.
            let index = part.strip_prefix('\'').and_then(|part| part.strip_suffix('\''));
            let rest = index.and_then(|index| index.strip_suffix(column));
            part == column || rest.is_some_and(|rest| rest.ends_with('_'))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is new is one file, since PostgreSQL came; only what the two say in no common words,
    /// triggers and functions on JSON, is a file of one number in either's own folder.
    #[test]
    fn a_migration_is_written_once_since_there_are_two_databases() {
        let own = |own: &Migrator| -> Vec<i64> {
            own.iter().map(|one| one.version).filter(|version| *version > 111).collect()
        };
        let twice = vec![275, 280, 282, 284, 291];
        assert!(BOTH.iter().all(|one| one.version > 111 && !twice.contains(&one.version)));
        assert_eq!((own(&SQLITE), own(&POSTGRES)), (twice.clone(), twice));
    }
}
