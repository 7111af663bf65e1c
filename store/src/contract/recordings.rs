//! Covers: recordings folded from the journal, what a crash leaves unfinished, completeness.

use routing::{CallId, RecordingId};

use crate::database::Store;
use crate::event::{Event, Party};
use crate::fold::Fold;
use crate::recordings::{Completeness, RecordingQuery};
use crate::testing::{CAMPAIGN, Written, at, call_started, furnished, grace, id};

pub(super) fn recording(n: u128) -> RecordingId {
    id(0xAD00 + n)
}

pub(super) fn call(n: u128) -> CallId {
    id(0xCA00 + n)
}

/// Four calls that had to be recorded: one whole, one with a gap, one with nothing but a gap, and
/// one that a crash cut off.
pub(super) async fn recorded(store: &Store, dir: &std::path::Path) {
    let mut written = Written::open(&dir.join("journal"));
    for n in 0..4u32 {
        let (recording, call) = (recording(n.into()), call(n.into()));
        let from = i64::from(n) * 100;
        written.append(at(from), call_started(call, None));
        written.append(at(from), Event::RecordingStarted { recording, call, agent: grace() });
        if n == 0 {
            written.append(at(from + 1), Event::RecordingPaused { recording, call });
            written.append(at(from + 2), Event::RecordingResumed { recording, call });
        }
        written.append(
            at(from + 60),
            Event::CallEnded {
                call,
                by: Party::Customer,
                sip: None,
                q850: None,
                ring_ms: 0,
                talk_ms: 60_000,
                hold_ms: 0,
                wait_ms: 0,
            },
        );
        if let Some(gap_ms) = [0, 500, 60_000].get(n as usize).copied() {
            let (chain, interrupted) = ("ab".repeat(32), false);
            let duration_ms = 60_000;
            let ended =
                Event::RecordingEnded { recording, duration_ms, gap_ms, chain, interrupted };
            written.append(at(from + 61), ended);
        }
    }
    written.wait();
    Fold::open(store, &written.journal).await.unwrap().catch_up().await.unwrap();
}

#[tokio::test]
async fn recordings_are_listed_the_newest_first_and_found_by_call_agent_and_campaign() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    recorded(&store, dir.path()).await;
    let all = store.recordings().list(&RecordingQuery::default()).await.unwrap().items;
    let ids: Vec<_> = all.iter().map(|found| found.id).collect();
    assert_eq!(ids, [3, 2, 1, 0].map(recording));
    let first = store.recordings().find(recording(0)).await.unwrap();
    assert_eq!((first.call, first.agent, first.pauses), (call(0), grace(), 1));
    assert_eq!((first.duration_ms, first.gap_ms), (Some(60_000), Some(0)));
    assert_eq!(first.chain, Some("ab".repeat(32)));
    for (query, expected) in [
        (RecordingQuery { call: Some(call(1)), ..Default::default() }, 1),
        (RecordingQuery { agent: Some(grace()), ..Default::default() }, 4),
        (RecordingQuery { agent: Some(id(2)), ..Default::default() }, 0),
        (RecordingQuery { campaign: Some(id(CAMPAIGN)), ..Default::default() }, 4),
        (RecordingQuery { from: Some(at(150)), to: Some(at(250)), ..Default::default() }, 1),
    ] {
        let found = store.recordings().list(&query).await.unwrap().items;
        assert_eq!(found.len(), expected, "{query:?}");
    }
    assert!(store.recordings().find(recording(9)).await.is_err());
}

/// Calls that should have audio and have none are told apart from those with gaps.
#[tokio::test]
async fn what_is_missing_is_counted() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    recorded(&store, dir.path()).await;
    let found = store.recordings().completeness(at(0), at(1_000), None).await.unwrap();
    assert_eq!(found, Completeness { calls: 4, whole: 1, with_gaps: 1, missing: 2 });
    let found = store.recordings().completeness(at(0), at(50), None).await.unwrap();
    assert_eq!(found, Completeness { calls: 1, whole: 1, with_gaps: 0, missing: 0 });
    assert_eq!(store.recordings().unfinished().await.unwrap(), [recording(3)]);
}
