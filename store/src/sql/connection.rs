//! What statements run on: connections of either database.

use std::ops::{Deref, DerefMut};

use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnection, PgPool};
use sqlx::sqlite::{SqliteConnection, SqlitePool};
use sqlx::{Database, Postgres, Sqlite};

/// Connections of one database.
#[derive(Clone, Debug)]
pub(crate) enum Pool {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

impl Pool {
    /// A connection for several statements, each of which may see something else.
    pub(crate) async fn acquire(&self) -> Result<Connection, sqlx::Error> {
        Ok(match self {
            Self::Sqlite(pool) => Connection::Sqlite(Held::Plain(pool.acquire().await?)),
            Self::Postgres(pool) => Connection::Postgres(Held::Plain(pool.acquire().await?)),
        })
    }

    /// A connection whose statements all see the database as the first of them did.
    pub(crate) async fn begin(&self) -> Result<Transaction, sqlx::Error> {
        self.begin_with(&Begin { sqlite: "BEGIN", postgres: SNAPSHOT }).await
    }

    pub(crate) async fn begin_with(&self, begin: &Begin) -> Result<Transaction, sqlx::Error> {
        Ok(Transaction(match self {
            Self::Sqlite(pool) => {
                Connection::Sqlite(Held::Open(pool.begin_with(begin.sqlite).await?))
            }
            Self::Postgres(pool) => {
                Connection::Postgres(Held::Open(pool.begin_with(begin.postgres).await?))
            }
        }))
    }

    /// Waits for what is being done and closes all connections.
    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite(pool) => pool.close().await,
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

const SNAPSHOT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// How a transaction begins on each.
#[derive(Debug)]
pub(crate) struct Begin {
    pub(crate) sqlite: &'static str,
    pub(crate) postgres: &'static str,
}

/// One connection.
#[derive(Debug)]
pub(crate) enum Connection {
    Sqlite(Held<Sqlite>),
    Postgres(Held<Postgres>),
}

/// A connection out of its pool, in a transaction or not.
#[derive(Debug)]
pub(crate) enum Held<DB: Database> {
    Plain(PoolConnection<DB>),
    Open(sqlx::Transaction<'static, DB>),
}

impl<DB: Database> Held<DB> {
    fn inner(&mut self) -> &mut DB::Connection {
        match self {
            Self::Plain(connection) => connection,
            Self::Open(transaction) => transaction,
        }
    }
}

/// A connection in a transaction; what is dropped without [`Self::commit`] never happened.
#[derive(Debug)]
pub(crate) struct Transaction(Connection);

impl Transaction {
    pub(crate) async fn commit(self) -> Result<(), sqlx::Error> {
        match self.0 {
            Connection::Sqlite(Held::Open(transaction)) => transaction.commit().await,
            Connection::Postgres(Held::Open(transaction)) => transaction.commit().await,
            Connection::Sqlite(Held::Plain(_)) | Connection::Postgres(Held::Plain(_)) => Ok(()),
        }
    }
}

impl Deref for Transaction {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.0
    }
}

impl DerefMut for Transaction {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.0
    }
}

/// Where a statement is to run.
#[derive(Debug)]
pub(crate) enum On<'a> {
    SqlitePool(&'a SqlitePool),
    Sqlite(&'a mut SqliteConnection),
    PostgresPool(&'a PgPool),
    Postgres(&'a mut PgConnection),
}

impl<'a> From<&'a Pool> for On<'a> {
    fn from(pool: &'a Pool) -> Self {
        match pool {
            Pool::Sqlite(pool) => Self::SqlitePool(pool),
            Pool::Postgres(pool) => Self::PostgresPool(pool),
        }
    }
}

impl<'a> From<&'a mut Connection> for On<'a> {
    fn from(connection: &'a mut Connection) -> Self {
        match connection {
            Connection::Sqlite(held) => Self::Sqlite(held.inner()),
            Connection::Postgres(held) => Self::Postgres(held.inner()),
        }
    }
}

impl<'a> From<&'a mut Transaction> for On<'a> {
    fn from(transaction: &'a mut Transaction) -> Self {
        Self::from(&mut transaction.0)
    }
}
