//! Covers: what a database says that is going, and what never takes every reader.

use futures_util::FutureExt as _;
use sqlx::AssertSqlSafe;

use crate::dialect::HEAVY_READERS;
use crate::error::Error;
use crate::sql::{self, Connection, Pool};
use crate::testing::{at, furnished, rows};

/// FAULTS F3: a session that an administrator ends, or that a server refuses while it starts, is
/// one that may be tried again, as a lost connection is.
#[tokio::test]
async fn a_server_that_ends_a_session_is_away_and_not_at_fault() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    if matches!(store.readers(), Pool::Sqlite(_)) {
        return;
    }
    let mut reading = store.readers().begin().await.unwrap();
    let process = sql::query("SELECT CAST(pg_backend_pid() AS BIGINT)");
    let process: i64 = process.fetch_one(&mut reading).await.unwrap().only().unwrap();
    rows(&store, &format!("SELECT pg_terminate_backend({process})")).await;
    assert!(matches!(asked(&mut reading).await, Error::Away(_)), "57P01, then a closed connection");
    assert_eq!(store.lists().all().await.unwrap().len(), 1, "the next one finds another session");
    for code in ["57P02", "57P03", "57P05", "08006", "53300"] {
        let mut reading = store.readers().acquire().await.unwrap();
        let raise = format!("DO $$ BEGIN RAISE EXCEPTION 'going' USING ERRCODE = '{code}'; END $$");
        let told = sql::query(AssertSqlSafe(raise)).execute(&mut reading).await.unwrap_err();
        assert!(matches!(Error::from(told), Error::Away(_)), "{code}");
    }
    let mut reading = store.readers().acquire().await.unwrap();
    let wrong = sql::query("SELECT 1 / 0").fetch_one(&mut reading).await.err().unwrap();
    assert!(matches!(Error::from(wrong), Error::Database(_)), "a fault of ours stays one");
}

async fn asked(reading: &mut Connection) -> Error {
    sql::query("SELECT 1").fetch_one(reading).await.err().unwrap().into()
}

/// Reports wait for each other; whoever looks up a lead never waits for them.
#[tokio::test]
async fn reports_never_hold_every_reader() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let mut turns = Vec::new();
    for _ in 0..HEAVY_READERS {
        turns.push((store.heavy().await.unwrap(), store.readers().begin().await.unwrap()));
    }
    assert!(store.heavy().now_or_never().is_none(), "one more waits for its turn");
    assert_eq!(store.campaigns().all().await.unwrap().len(), 1);
    turns.pop();
    assert!(store.reconcile().run(at(0), at(60)).await.unwrap().is_whole());
}
