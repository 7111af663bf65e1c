//! Statements that run on either database.
//!
//! Every statement of the repositories is written once, for both; here is what carries it there: a
//! text with its values, the connection it runs on, and the rows it finds. `sqlx::Any` would be
//! this, but it knows no UUID. What a statement may use: `$1`, BIGINT, TEXT, UUIDs, RETURNING,
//! ON CONFLICT, partial indexes; `CAST(sum(x) AS BIGINT)`, for PostgreSQL's sum is a NUMERIC; no
//! comparison as a number, for PostgreSQL's is a BOOLEAN.

use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;
use futures_util::{FutureExt as _, StreamExt as _, TryFutureExt as _, TryStreamExt as _};
use sqlx::database::HasStatementCache;
use sqlx::query::Query;
use sqlx::{Database, Decode, Encode, IntoArguments, Postgres, SqlSafeStr, Sqlite, Type};
use uuid::Uuid;

mod builder;
mod connection;
mod value;

pub(crate) use builder::{Builder, Separated};
pub(crate) use connection::{Begin, Connection, On, Pool, Transaction};
pub use value::Value;

use crate::row::Row;
use builder::Text;

/// A statement and the values of its parameters.
#[derive(Debug)]
pub(crate) struct Statement {
    text: Text,
    values: Vec<Value>,
    kept: bool,
}

/// What a statement comes to; on the heap, or every caller's own future would hold all four ways.
type Answer<'c, T> = BoxFuture<'c, Result<T, sqlx::Error>>;

/// A statement whose parameters `$1`, `$2`… are bound in their order.
pub(crate) fn query(sql: impl SqlSafeStr) -> Statement {
    Statement { text: Text::Whole(sql.into_sql_str()), values: Vec::new(), kept: true }
}

impl Statement {
    /// The next parameter.
    pub(crate) fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }

    /// Whether the database keeps the prepared statement for the next time; it does unless told.
    pub(crate) fn persistent(mut self, kept: bool) -> Self {
        self.kept = kept;
        self
    }

    /// Runs it; how many rows it changed.
    pub(crate) fn execute<'c>(self, on: impl Into<On<'c>>) -> Answer<'c, u64> {
        match on.into() {
            On::SqlitePool(pool) => {
                self.on::<Sqlite>().execute(pool).map_ok(|done| done.rows_affected()).boxed()
            }
            On::Sqlite(one) => {
                self.on::<Sqlite>().execute(one).map_ok(|done| done.rows_affected()).boxed()
            }
            On::PostgresPool(pool) => {
                self.on::<Postgres>().execute(pool).map_ok(|done| done.rows_affected()).boxed()
            }
            On::Postgres(one) => {
                self.on::<Postgres>().execute(one).map_ok(|done| done.rows_affected()).boxed()
            }
        }
    }

    /// The first row, if there is one.
    pub(crate) fn fetch_optional<'c>(self, on: impl Into<On<'c>>) -> Answer<'c, Option<Row>> {
        let mut rows = self.fetch(on);
        async move { rows.try_next().await }.boxed()
    }

    /// The first row, which has to be there.
    pub(crate) fn fetch_one<'c>(self, on: impl Into<On<'c>>) -> Answer<'c, Row> {
        let first = self.fetch_optional(on);
        async move { first.await?.ok_or(sqlx::Error::RowNotFound) }.boxed()
    }

    /// Every row.
    pub(crate) fn fetch_all<'c>(self, on: impl Into<On<'c>>) -> Answer<'c, Vec<Row>> {
        self.fetch(on).try_collect().boxed()
    }

    /// Every row, as it comes.
    pub(crate) fn fetch<'c>(
        self,
        on: impl Into<On<'c>>,
    ) -> BoxStream<'c, Result<Row, sqlx::Error>> {
        match on.into() {
            On::SqlitePool(pool) => self.on::<Sqlite>().fetch(pool).map_ok(Row::Sqlite).boxed(),
            On::Sqlite(one) => self.on::<Sqlite>().fetch(one).map_ok(Row::Sqlite).boxed(),
            On::PostgresPool(pool) => {
                self.on::<Postgres>().fetch(pool).map_ok(Row::Postgres).boxed()
            }
            On::Postgres(one) => self.on::<Postgres>().fetch(one).map_ok(Row::Postgres).boxed(),
        }
    }

    fn on<DB>(self) -> Query<'static, DB, DB::Arguments>
    where
        DB: Place + HasStatementCache,
        DB::Arguments: IntoArguments<DB>,
        Option<i64>: Encode<'static, DB> + Type<DB>,
        Option<String>: Encode<'static, DB> + Type<DB>,
        Option<Vec<u8>>: Encode<'static, DB> + Type<DB>,
        Option<Uuid>: Encode<'static, DB> + Type<DB>,
    {
        let begun = sqlx::query(self.text.written(DB::place)).persistent(self.kept);
        self.values.into_iter().fold(begun, |query, value| match value {
            Value::Number(number) => query.bind(number),
            Value::Text(text) => query.bind(text.map(without_nul)),
            Value::Bytes(bytes) => query.bind(bytes),
            Value::Id(id) => query.bind(id),
        })
    }
}

/// PostgreSQL keeps no NUL in a text, and what a network says may have one (`sip:%00@…`): the fold
/// would stop there for good.
fn without_nul(text: String) -> String {
    if text.contains('\0') { text.replace('\0', "\u{fffd}") } else { text }
}

/// How a database writes the place of the `n`th value, from 1.
trait Place: Database {
    fn place(n: usize) -> String;
}

impl Place for Sqlite {
    /// A numbered one is looked up in a list of all: 32,000 of them would be looked up for long.
    fn place(_: usize) -> String {
        "?".to_owned()
    }
}

impl Place for Postgres {
    fn place(n: usize) -> String {
        format!("${n}")
    }
}

/// What both databases can read from a column.
pub(crate) trait Readable<'r>:
    Decode<'r, Sqlite> + Type<Sqlite> + Decode<'r, Postgres> + Type<Postgres>
{
}

impl<'r, T> Readable<'r> for T where
    T: Decode<'r, Sqlite> + Type<Sqlite> + Decode<'r, Postgres> + Type<Postgres>
{
}
