//! Covers: promises folded from the journal with their leads, the report, and returned calls.

use dialer::callbacks::{Callback, Closing, Terms};
use dialer::{CallbackId, LeadStatus};
use jiff::Timestamp;
use routing::CallId;
use uuid::Uuid;

use crate::callbacks::{CallbackQuery, CallbackReport};
use crate::database::Store;
use crate::event::{Direction, Event, Party};
use crate::fold::Fold;
use crate::testing::{CAMPAIGN, Written, at, furnished, grace, id, lead, number, start};

fn callback(n: u64, due_at: Timestamp) -> Callback {
    Callback {
        id: CallbackId::from(Uuid::from_u128(u128::from(n))),
        lead: lead(n).id,
        campaign: id(CAMPAIGN),
        number: number(n),
        due_at,
        zone: "Europe/London".to_owned(),
        owner: Some(grace()),
        team: None,
        terms: Terms::default(),
        note: "ask for Ada".to_owned(),
    }
}

fn promised(n: u64, due_at: Timestamp) -> Event {
    Event::CallbackPromised { callback: Box::new(callback(n, due_at)), by: Some(grace()) }
}

fn closed(n: u64, how: Closing) -> Event {
    Event::CallbackClosed { callback: callback(n, start()).id, how }
}

async fn fold(store: &Store, written: &Written) {
    written.wait();
    Fold::open(store, &written.journal).await.unwrap().catch_up().await.unwrap();
}

/// A promise holds its lead back until anyone may call, and lets it go when it is over.
#[tokio::test]
async fn a_promise_is_kept_with_its_lead_and_reported_by_what_became_of_it() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let leads: Vec<_> = (1..=4).map(lead).collect();
    store.leads().insert(&leads, start()).await.unwrap();
    let mut written = Written::open(&dir.path().join("journal"));
    for n in 1..=4 {
        written.append(at(0), promised(n, at(3_600 * i64::try_from(n).unwrap())));
    }
    fold(&store, &written).await;
    let held = store.leads().find(lead(1).id).await.unwrap().value;
    assert_eq!(held.status, LeadStatus::Callback);
    assert_eq!(held.next_due_at, Some(at(3_600 + 600)), "ten minutes are the owner's");
    let open = store.callbacks().open().await.unwrap();
    assert_eq!(open.len(), 4);
    assert_eq!(open[0], callback(1, at(3_600)));
    written.append(at(3_700), closed(1, Closing::Kept));
    written.append(at(7_300), closed(2, Closing::Broken));
    written.append(at(7_400), closed(2, Closing::Kept));
    fold(&store, &written).await;
    let report = store.callbacks().report(at(0), at(4 * 3_600), None).await.unwrap();
    let expected = CallbackReport { kept: 1, broken: 1, open: 1, ..CallbackReport::default() };
    assert_eq!(report, expected, "the fourth is due later, and what is over stays over");
    let over = store.leads().find(lead(2).id).await.unwrap().value;
    assert_eq!((over.status, over.next_due_at), (LeadStatus::Done, None));
    let query = CallbackQuery { owner: Some(grace()), open: true, ..CallbackQuery::default() };
    let page = store.callbacks().list(&query).await.unwrap();
    assert_eq!(page.items.len(), 2);
    assert_eq!(page.items[0].callback.id, callback(4, at(0)).id, "the latest due first");
    let found = store.callbacks().find(callback(1, at(0)).id).await.unwrap();
    assert_eq!((found.closing, found.closed_at), (Some(Closing::Kept), Some(at(3_700))));
}

/// R97: callers whom nobody answered, until somebody speaks to them.
#[tokio::test]
async fn a_caller_whom_nobody_answered_is_listed_until_somebody_speaks_to_them() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let mut written = Written::open(&dir.path().join("journal"));
    let calls = [(1, 7, 0), (2, 8, 10), (3, 7, 20)];
    for (call, calling, seconds) in calls {
        written.append(at(seconds), started(call, calling));
        if call == 3 {
            let (call, agent) = (CallId::from(Uuid::from_u128(call)), grace());
            let connected = Event::CallConnected { call, agent, answer_to_agent_us: 1 };
            written.append(at(seconds + 1), connected);
        }
        written.append(at(seconds + 5), ended(call));
    }
    fold(&store, &written).await;
    let listed = store.callbacks().returned(None, None, None).await.unwrap().items;
    let calling: Vec<_> = listed.iter().map(|call| call.calling.clone()).collect();
    assert_eq!(calling, [number(8).to_string()], "number 7 has met an agent since");
    assert_eq!((listed[0].lead, listed[0].agent), (None, None));
}

fn started(call: u128, calling: u64) -> Event {
    Event::CallStarted {
        call: CallId::from(Uuid::from_u128(call)),
        direction: Direction::Inbound,
        calling: number(calling).to_string(),
        called: number(9_999).to_string(),
        campaign: None,
        queue: None,
        did: None,
        attempt: None,
        trunk: None,
    }
}

fn ended(call: u128) -> Event {
    Event::CallEnded {
        call: CallId::from(Uuid::from_u128(call)),
        by: Party::Customer,
        sip: None,
        q850: None,
        ring_ms: 0,
        talk_ms: 0,
        hold_ms: 0,
        wait_ms: 5_000,
    }
}
