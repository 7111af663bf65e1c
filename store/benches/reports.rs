//! What reports over a month cost on SQLite: calls with attempts, agents' time, callers of queues.
//!
//! `cargo bench -p store --bench reports`; `CALLS=100000` asks for fewer than a million. Every
//! report is printed by its first grouping, by day and by hour; the run fails when something is
//! missing, not when it is slow.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a bench fails by panicking")]

use std::path::Path;
use std::time::Instant;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Connection as _};
use store::Store;
use store::reports::{Grouping, REPORTS, ReportQuery};

fn main() {
    let calls = std::env::var("CALLS").map_or(1_000_000, |text| text.parse().unwrap());
    let dir = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(run(dir.path(), calls));
}

async fn run(dir: &Path, calls: u64) {
    let path = dir.join("cordboard.sqlite");
    let store = Store::open(&path).await.unwrap();
    fill(&path, calls).await;
    let from: Timestamp = FROM.parse().unwrap();
    let to = from + SignedDuration::from_hours(30 * 24);
    for report in REPORTS {
        for group in [report.groupings[0], Grouping::Day, Grouping::Hour] {
            let zone = TimeZone::get("Europe/Madrid").unwrap();
            let (only, within) = (vec![], None);
            let query = ReportQuery { report, group, only, from, to, zone, within };
            let begun = Instant::now();
            let table = store.reports().run(&query).await.unwrap();
            let (name, rows) = (format!("{} by {group:?}", report.name), table.rows.len());
            println!("{name:<28} {rows:>5} rows {:>12.3?}   <= 1 s", begun.elapsed());
        }
    }
    let begun = Instant::now();
    let found = store.reconcile().run(to - SignedDuration::from_hours(24), to).await.unwrap();
    assert!(found.checks.iter().any(|check| check.records > 0));
    println!("{:<28} {:>10} {:>12.3?}", "a day reconciled", "", begun.elapsed());
}

const FROM: &str = "2026-10-01T00:00:00Z";

/// A month of two hundred agents who share the calls: four fifths dialled for ten campaigns, a
/// third of them answered, and the others came to five queues.
async fn fill(path: &Path, calls: u64) {
    let from = FROM.parse::<Timestamp>().unwrap().as_microsecond();
    let step = 30 * 86_400_000_000 / i64::try_from(calls).unwrap();
    let begun = Instant::now();
    let mut connection =
        SqliteConnection::connect(&format!("sqlite://{}", path.display())).await.unwrap();
    let each = format!(
        "WITH RECURSIVE each (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM each \
         WHERE n + 1 < {calls})"
    );
    let id = |kind: u8, of: &str| format!("CAST(printf('{kind:04}%012d', {of}) AS BLOB)");
    let (call, attempt, agent) = (id(1, "n"), id(2, "n"), id(3, "n % 200"));
    let (campaign, queue, trunk) = (id(4, "n % 10"), id(5, "n % 5"), id(6, "n % 3"));
    let (at, answered) = (format!("{from} + n * {step}"), "(n % 5 = 0 OR n % 3 = 0)");
    let rows = [
        format!(
            "INSERT INTO call (id, direction, calling, called, campaign, queue, trunk, attempt, \
             agent, started_at, answered_at, connected_at, ended_at, ring_ms, wait_ms, talk_ms, \
             hold_ms, answer_to_agent_us, mos) {each} SELECT {call}, \
             CASE WHEN n % 5 = 0 THEN 'inbound' ELSE 'outbound' END, '+15550100001', \
             '+15550100002', CASE WHEN n % 5 > 0 THEN {campaign} END, \
             CASE WHEN n % 5 = 0 THEN {queue} END, {trunk}, \
             CASE WHEN n % 5 > 0 THEN {attempt} END, CASE WHEN {answered} THEN {agent} END, {at}, \
             CASE WHEN {answered} THEN {at} + 9000000 END, \
             CASE WHEN {answered} THEN {at} + 9000000 END, {at} + 99000000, 9000, 0, \
             CASE WHEN {answered} THEN 90000 ELSE 0 END, 0, \
             CASE WHEN {answered} THEN 20000 END, CASE WHEN {answered} THEN 420 END FROM each"
        ),
        format!(
            "INSERT INTO attempt (id, call, lead, campaign, list, number, cli, trunk, \
             permitted_at, ended_at, outcome, counted) {each} SELECT {attempt}, {call}, {call}, \
             {campaign}, {queue}, '+1555' || n, '+1555010' || (n % 50), {trunk}, {at}, \
             {at} + 99000000, CASE WHEN {answered} THEN 'connected' ELSE 'no_answer' END, 1 \
             FROM each WHERE n % 5 > 0"
        ),
        format!(
            "INSERT INTO agent_interval (seq, agent, state, counts, from_at, to_at, call, \
             campaign) {each} SELECT n * 3 + 1, {agent}, 'talking', 'talk', {at}, {at} + 90000000, \
             {call}, {campaign} FROM each WHERE {answered} UNION ALL SELECT n * 3 + 2, {agent}, \
             'ready', 'ready', {at} + 90000000, {at} + 90000000 + 200 * {step}, NULL, NULL \
             FROM each"
        ),
        format!(
            "INSERT INTO disposition (seq, call, agent, campaign, code, notes, dnc, at) {each} \
             SELECT n * 3 + 3, {call}, {agent}, {campaign}, 'SALE', '', 0, {at} + 99000000 \
             FROM each WHERE n % 15 IN (3, 6, 9, 12)"
        ),
        format!(
            "INSERT INTO agent_clock (seq, agent, at, clocked_in) {each} \
             SELECT n, {agent}, {from} + n, 1 FROM each WHERE n < 200"
        ),
        "ANALYZE".to_owned(),
    ];
    for sql in rows {
        sqlx::query(AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
    }
    connection.close().await.unwrap();
    println!("{:<28} {:>10} {:>12.3?}", "filled", calls, begun.elapsed());
}
