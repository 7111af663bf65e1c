//! Covers: a batch of the fold leaves the records that its entries would leave one by one.

use routing::CallId;
use uuid::Uuid;

use crate::calls::{LegQuality, TalkFigures};
use crate::database::Store;
use crate::event::{Event, Party};
use crate::fold::Fold;
use crate::testing::{Written, at, call_started, furnished, grace, id, rows, shown};

/// Whatever comes in whatever order: two ends, answers after the end, a score that gets better.
#[tokio::test]
async fn a_batch_leaves_what_its_entries_would_leave_one_by_one() {
    let told = told();
    let together = tempfile::tempdir().unwrap();
    let store = furnished(together.path()).await;
    let mut written = Written::open(&together.path().join("journal"));
    for (second, event) in (0..).zip(&told) {
        written.append(at(second), event.clone());
    }
    written.wait();
    Fold::open(&store, &written.journal).await.unwrap().catch_up().await.unwrap();

    let alone = tempfile::tempdir().unwrap();
    let other = furnished(alone.path()).await;
    let mut written = Written::open(&alone.path().join("journal"));
    let mut fold = Fold::open(&other, &written.journal).await.unwrap();
    for (second, event) in (0..).zip(&told) {
        written.append(at(second), event.clone());
        written.wait();
        fold.catch_up().await.unwrap();
    }

    for table in ["call", "call_step", "call_leg", "call_talk"] {
        let found = records(&store, table).await;
        assert!(found.len() >= usize::from(CALLS), "{table}: {} rows", found.len());
        assert_eq!(found, records(&other, table).await, "{table}");
    }
}

const CALLS: u16 = 9;

async fn records(store: &Store, table: &str) -> Vec<String> {
    let query = format!("SELECT * FROM {table} ORDER BY 1");
    rows(store, &query).await.iter().map(shown).collect()
}

/// A few hundred events of a few calls, in an order that no floor has but a fault could make.
fn told() -> Vec<Event> {
    let calls: Vec<CallId> = (0..CALLS).map(|n| id(0xca11 + u128::from(n))).collect();
    let mut told: Vec<_> = calls.iter().map(|call| call_started(*call, None)).collect();
    let mut draw = Draw(7);
    for _ in 0..240 {
        let call = calls[usize::from(draw.below(CALLS))];
        let event = any(call, &mut draw);
        told.push(event);
    }
    told
}

fn any(call: CallId, draw: &mut Draw) -> Event {
    let short = draw.below(1_000);
    let n = u64::from(short);
    let agent = if n.is_multiple_of(2) { grace() } else { id(2) };
    match draw.below(9) {
        0 => Event::CallAnswered { call },
        1 => Event::CallQueued { call, queue: Uuid::from_u128(u128::from(n)).into() },
        2 => Event::CallConnected { call, agent, answer_to_agent_us: n },
        3 => {
            Event::CallAbandoned { call, campaign: None, queue: None, noticed: n.is_multiple_of(2) }
        }
        4 => Event::CallMeasured { call, agent: Some(agent), quality: heard(100 + short) },
        5 => {
            let talk = TalkFigures { agent_us: n, ..TalkFigures::default() };
            Event::CallTalked { call, agent, talk }
        }
        6 => Event::CallHeld { call },
        7 => Event::CallTransferred {
            call,
            agent,
            attended: n.is_multiple_of(3),
            to: format!("queue {n}"),
        },
        _ => Event::CallEnded {
            call,
            by: if n.is_multiple_of(2) { Party::Agent } else { Party::Customer },
            sip: n.is_multiple_of(3).then_some(486),
            q850: n.is_multiple_of(5).then_some(17),
            ring_ms: n,
            talk_ms: n + 1,
            hold_ms: n + 2,
            wait_ms: n + 3,
        },
    }
}

fn heard(mos: u16) -> LegQuality {
    LegQuality {
        mos,
        received: 3_000,
        lost: 2,
        lost_by_party: None,
        jitter_us: 700,
        jitter_max_us: 4_000,
        round_trip_us: Some(900),
    }
}

/// The same numbers each time (Knuth's constants).
struct Draw(u64);

impl Draw {
    fn below(&mut self, bound: u16) -> u16 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let [high, low, ..] = self.0.to_be_bytes();
        u16::from_be_bytes([high, low]) % bound
    }
}
