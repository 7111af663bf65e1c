//! Covers: records that agree, and each way in which they can be broken, found by its check.

use jiff::Timestamp;
use routing::{Counts, Queue, QueueId, StateName};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use super::records::{interval, journal, worked};
use crate::database::Store;
use crate::event::{Event, Party};
use crate::fold::Fold;
use crate::reconcile::Reconciliation;
use crate::sql;
use crate::testing::{at, call_started, campaign, furnished, grace, id, start};

/// A house after calls and a shift, all of it recorded.
async fn whole(dir: &std::path::Path) -> Store {
    let store = furnished(dir).await;
    let recorded = dialer::CampaignSettings { record: true, ..campaign() };
    store.campaigns().update(&recorded, 1, start()).await.unwrap();
    let queue = Queue::new(id::<QueueId>(0x9e), "Sales");
    store.queues().insert(&queue, start()).await.unwrap();
    let mut events = worked(0..9);
    let clock =
        |clocked_in| Event::AgentClock { agent: grace(), clocked_in, reason: None, unit: None };
    let shift = [
        (at(500), clock(true)),
        (at(560), interval(StateName::Ready, Counts::Ready, at(500), at(560))),
        (at(600), interval(StateName::Paused, Counts::Pause, at(560), at(600))),
        (at(600), clock(false)),
    ];
    events.extend(shift);
    let talked: Vec<_> = events
        .iter()
        .filter_map(|(at, event)| match event {
            Event::CallConnected { call, agent, .. } => Some((*at, *call, *agent)),
            _ => None,
        })
        .collect();
    for (at, call, agent) in talked {
        let recording = Uuid::from(call).into();
        events.push((at, Event::RecordingStarted { recording, call, agent }));
        let (chain, interrupted) = (String::new(), false);
        let (duration_ms, gap_ms) = (3_000, 0);
        let ended = Event::RecordingEnded { recording, duration_ms, gap_ms, chain, interrupted };
        events.push((at, ended));
    }
    let written = journal(dir, &events);
    Fold::open(&store, &written.journal).await.unwrap().catch_up().await.unwrap();
    store
}

async fn run(store: &Store) -> Reconciliation {
    store.reconcile().run(at(-10), at(1_000)).await.unwrap()
}

#[tokio::test]
async fn records_of_whole_calls_and_shifts_agree() {
    let dir = tempfile::tempdir().unwrap();
    let found = run(&whole(dir.path()).await).await;
    assert!(found.is_whole(), "{found:#?}");
    let looked_at = |name: &str| found.checks.iter().find(|check| check.name == name).unwrap();
    assert_eq!(looked_at("agent_time").records, 1);
    assert_eq!(looked_at("attempt_permit").records, 9);
    assert_eq!(looked_at("call_time").records, 9);
    assert_eq!(looked_at("recording_whole").records, 3);
}

/// FAULTS F12: a wall clock that is set in the middle of a call makes its record no lie.
#[tokio::test]
async fn a_clock_that_is_set_in_a_call_breaks_no_record() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let (call, other) = (id(0xc1), id(0xc2));
    let ended = |call, talk_ms| Event::CallEnded {
        call,
        by: Party::Customer,
        sip: None,
        q850: None,
        ring_ms: 1_000,
        talk_ms,
        hold_ms: 0,
        wait_ms: 0,
    };
    let hour = 3_600;
    let events = [
        (at(0), call_started(call, None)),
        (at(0), call_started(other, None)),
        (at(1), Event::CallAnswered { call }),
        (at(1), Event::CallAnswered { call: other }),
        (at(hour + 2), Event::ClockSet { by_us: hour * 1_000_000 }),
        (at(hour + 5), ended(call, 4_000)),
        (at(hour + 6), ended(other, 9_000)),
    ];
    let written = journal(dir.path(), &events);
    Fold::open(&store, &written.journal).await.unwrap().catch_up().await.unwrap();
    let found = store.reconcile().run(at(-10), at(2 * hour)).await.unwrap();
    let time = found.findings.iter().filter(|one| one.check == "call_time");
    let wrong: Vec<_> = time.map(|one| (one.expected, one.found)).collect();
    assert_eq!(wrong, [(Some(5_000), Some(9_000))], "the one that is wrong all the same");
}

/// "Tests break records on purpose, and each kind is found."
#[tokio::test]
async fn each_way_to_break_the_records_is_found_and_named() {
    let dir = tempfile::tempdir().unwrap();
    let store = whole(dir.path()).await;
    let one = "(SELECT id FROM call WHERE connected_at IS NOT NULL ORDER BY id LIMIT 1)";
    let attempt = "(SELECT id FROM attempt WHERE outcome = 'connected' ORDER BY id LIMIT 1)";
    let queued = "direction = 'inbound', queue = (SELECT id FROM queue), attempt = NULL";
    let ways = [
        ("agent_time", "UPDATE agent_interval SET to_at = to_at - 1000 WHERE state = 'ready'"),
        ("agent_time", "DELETE FROM agent_interval WHERE state = 'paused'"),
        ("agent_overlap", "UPDATE agent_interval SET from_at = from_at - 1 WHERE state = 'paused'"),
        ("attempt_permit", &format!("DELETE FROM permit WHERE attempt = {attempt}")),
        ("permit_attempt", &format!("DELETE FROM attempt WHERE id = {attempt}")),
        ("attempt_call", &format!("DELETE FROM call WHERE id = {one}")),
        ("attempt_call", &format!("UPDATE call SET attempt = NULL WHERE id = {one}")),
        ("call_attempt", &format!("DELETE FROM attempt WHERE id = {attempt}")),
        ("attempt_outcome", &format!("UPDATE attempt SET ended_at = NULL WHERE id = {attempt}")),
        ("attempt_outcome", &format!("UPDATE call SET connected_at = NULL WHERE id = {one}")),
        (
            "attempt_outcome",
            &format!("UPDATE attempt SET outcome = 'abandoned' WHERE id = {attempt}"),
        ),
        ("call_time", &format!("UPDATE call SET talk_ms = talk_ms + 8 WHERE id = {one}")),
        (
            "queue_calls",
            &format!("UPDATE call SET {queued}, connected_at = NULL, talk_ms = 0 WHERE id = {one}"),
        ),
        ("queue_calls", &format!("UPDATE call SET {queued}, abandoned = 1 WHERE id = {one}")),
        ("recording_whole", &format!("UPDATE recording SET ended_at = NULL WHERE call = {one}")),
        ("recording_whole", &format!("UPDATE recording SET gap_ms = 3000 WHERE call = {one}")),
        ("call_recorded", &format!("DELETE FROM recording WHERE call = {one}")),
        ("disposition_call", &format!("DELETE FROM call WHERE id = {one}")),
    ];
    for (check, way) in ways {
        let before = broken(&store, way).await;
        let found = run(&store).await;
        let finding = found.findings.iter().find(|finding| finding.check == check);
        let finding = finding.unwrap_or_else(|| panic!("{way}: {found:#?}"));
        assert!(!finding.what.is_empty() && finding.id != Uuid::nil(), "{finding:?}");
        let counted = found.checks.iter().find(|row| row.name == check).unwrap().findings;
        assert!(counted >= 1, "{found:#?}");
        mended(&store, &before).await;
        assert!(run(&store).await.is_whole(), "{way} is mended");
    }
    let named: std::collections::BTreeSet<_> = ways.iter().map(|(check, _)| *check).collect();
    let all = run(&store).await.checks;
    assert_eq!(all.len(), named.len(), "a check that nothing breaks: {all:?}");
}

/// Breaks the records, with a copy of each table kept beside.
async fn broken(store: &Store, way: &str) -> Vec<&'static str> {
    let tables = vec!["call", "attempt", "permit", "agent_interval", "recording", "disposition"];
    let mut writing = store.begin().await.unwrap();
    for table in &tables {
        let copy = format!("CREATE TABLE kept_{table} AS SELECT * FROM {table}");
        sql::query(AssertSqlSafe(copy)).execute(&mut *writing).await.unwrap();
    }
    let way = AssertSqlSafe(way.to_owned());
    let changed = sql::query(way).execute(&mut *writing).await.unwrap();
    assert!(changed > 0, "nothing was broken");
    writing.commit().await.unwrap();
    tables
}

async fn mended(store: &Store, tables: &[&'static str]) {
    let mut writing = store.begin().await.unwrap();
    for table in tables {
        for sql in [
            format!("DELETE FROM {table}"),
            format!("INSERT INTO {table} SELECT * FROM kept_{table}"),
            format!("DROP TABLE kept_{table}"),
        ] {
            sql::query(AssertSqlSafe(sql)).execute(&mut *writing).await.unwrap();
        }
    }
    writing.commit().await.unwrap();
}

/// FAULTS F1: what was going on when the switch died is in nobody's time, and no fault of the
/// records.
#[tokio::test]
async fn a_shift_that_a_crash_ended_may_be_longer_than_its_states() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let clock = |clocked_in, reason: Option<&str>| {
        let reason = reason.map(str::to_owned);
        Event::AgentClock { agent: grace(), clocked_in, reason, unit: None }
    };
    let ready = |from: Timestamp, to| interval(StateName::Ready, Counts::Ready, from, to);
    let events = [
        (at(0), clock(true, None)),
        (at(10), ready(at(0), at(10))),
        (at(30), clock(false, Some(crate::fold::CLOCKED_OUT))),
        (at(40), clock(true, None)),
        (at(50), ready(at(40), at(50))),
        (at(60), clock(false, Some("tea"))),
    ];
    let written = journal(dir.path(), &events);
    Fold::open(&store, &written.journal).await.unwrap().catch_up().await.unwrap();
    let found = run(&store).await;
    let [finding] = &found.findings[..] else { panic!("{found:#?}") };
    assert_eq!((finding.check, finding.seq), ("agent_time", Some(4)));
    assert_eq!((finding.expected, finding.found), (Some(20_000_000), Some(10_000_000)));
}
