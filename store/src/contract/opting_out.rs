//! Covers: people who asked by themselves not to be called again, folded from the journal: their
//! number, their lead, the step of the call, the message to a webhook, and a crash in between.

use dialer::campaign::Recycle;
use dialer::dnc::{DncScope, Forbidden};
use dialer::permit::ChainHead;
use dialer::{LeadStatus, Outcome};
use serde_json::{Value, json};

use crate::database::Store;
use crate::event::Event;
use crate::fold::{Fold, interrupted};
use crate::page::Query;
use crate::testing::{
    CAMPAIGN, Permits, Written, at, call_started, furnished, id, lead, number, rows, start,
};
use crate::webhooks::{Webhook, WebhookEvent};

const CALL: u128 = 0xc1;
const ATTEMPT: u128 = 0xa1;

fn opted_out(n: u64, key: Option<char>) -> Event {
    Event::OptedOut {
        call: id(CALL),
        number: number(n),
        campaign: key.map(|_| id(CAMPAIGN)),
        lead: key.map(|_| lead(n).id),
        key,
        recycle: key.map(|_| Recycle::objected(Outcome::Abandoned)),
    }
}

/// A lead is dialled, answers, and presses the key.
async fn pressed(store: &Store, written: &mut Written) {
    store.leads().insert(&[lead(1)], start()).await.unwrap();
    let mut permits = Permits::after(ChainHead::START);
    let permit = Box::new(permits.permit(id(ATTEMPT), 1, at(1)));
    written.append(at(1), Event::Permitted { permit, call: id(CALL) });
    written.append(at(2), call_started(id(CALL), Some(id(ATTEMPT))));
    written.append(at(3), Event::CallAnswered { call: id(CALL) });
    written.append(at(5), opted_out(1, Some('9')));
}

async fn fold(store: &Store, written: &Written) {
    written.wait();
    Fold::open(store, &written.journal).await.unwrap().catch_up().await.unwrap();
}

async fn is_listed(store: &Store, n: u64) -> bool {
    let sets = store.dnc().load().await.unwrap();
    sets.forbids(id(0xcb), number(n), None) == Some(Forbidden::Organisation)
}

async fn status(store: &Store) -> LeadStatus {
    store.leads().find(lead(1).id).await.unwrap().value.status
}

/// RULES US-4: the number is on the organisation's list, for every campaign, with what was done.
#[tokio::test]
async fn who_opts_out_is_on_the_list_with_their_lead_and_the_call_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let hook = Webhook {
        id: id(0x3e8),
        name: "CRM".to_owned(),
        url: "https://crm.example/".to_owned(),
        enabled: true,
        events: vec![WebhookEvent::OptedOut],
        campaigns: vec![id(CAMPAIGN)],
        queues: vec![],
    };
    store.webhooks().insert(&hook, at(0)).await.unwrap();
    store.outbox().put_secret(hook.id, "whsec_AAAA", at(0), at(0)).await.unwrap();
    let mut written = Written::open(&dir.path().join("journal"));
    pressed(&store, &mut written).await;
    written.append(at(6), opted_out(2, None));
    fold(&store, &written).await;
    assert!(is_listed(&store, 1).await && is_listed(&store, 2).await);
    assert!(!is_listed(&store, 3).await);
    let listed = store.dnc().list(&Query::default()).await.unwrap().items;
    let reasons: Vec<_> = listed.iter().map(|one| one.reason.as_str()).collect();
    assert_eq!(reasons, ["opted out by key 9", "opted out in a workflow"]);
    assert_eq!(status(&store).await, LeadStatus::DoNotCall);
    let steps = store.calls().steps(id(CALL)).await.unwrap();
    let told: Vec<_> =
        steps.iter().map(|step| (step.step.as_str(), step.note.as_deref())).collect();
    assert_eq!(told[2..], [("opted_out", Some("9")), ("opted_out", None)]);
    let due = store.outbox().due(id(0x3e8), true, at(9), 100).await.unwrap();
    let body: Value = serde_json::from_str(&due[0].body).unwrap();
    assert_eq!((due.len(), &body["event"]), (1, &json!("opted_out")));
    assert_eq!(body["data"], json!({ "number": number(1).to_string(), "key": "9" }));
}

/// FAULTS F1: a crash before the attempt's end does not make them due again.
#[tokio::test]
async fn who_opted_out_before_a_crash_is_not_due_after_it() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let mut written = Written::open(&dir.path().join("journal"));
    pressed(&store, &mut written).await;
    fold(&store, &written).await;
    let ends = interrupted(&store, at(5), at(1_000)).await.unwrap();
    for event in ends {
        written.append(at(5), event);
    }
    fold(&store, &written).await;
    assert_eq!(store.attempts().live().await.unwrap(), []);
    assert_eq!(status(&store).await, LeadStatus::DoNotCall);
}

/// The journal is folded behind what people do: who asked before a person took their number off
/// stays off, who asks afterwards is listed, and so is whoever asked the organisation when only one
/// campaign's entry was removed.
#[tokio::test]
async fn what_was_asked_before_a_removal_does_not_undo_it_and_what_is_asked_after_stands() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let mut written = Written::open(&dir.path().join("journal"));
    for n in 1..=4 {
        written.append(at(10), opted_out(n, None));
    }
    fold(&store, &written).await;
    let removed = async |n: u64, scope, seconds| {
        store.dnc().remove(&[number(n)], scope, at(seconds)).await.unwrap()
    };
    let disposed = |n: u64| Event::Disposed {
        call: id(CALL),
        agent: id(1),
        campaign: None,
        lead: None,
        code: "DNC".to_owned(),
        notes: String::new(),
        callback_at: None,
        dnc: Some(number(n)),
        machine: false,
        recycle: None,
    };
    // In the journal already, and not folded yet.
    written.append(at(20), opted_out(1, None));
    written.append(at(20), disposed(2));
    written.append(at(20), opted_out(5, None));
    written.append(at(20), opted_out(6, None));
    assert_eq!(removed(1, DncScope::Organisation, 30).await, 1);
    assert_eq!(removed(2, DncScope::Organisation, 30).await, 1);
    assert_eq!(removed(5, DncScope::Organisation, 30).await, 0, "its wish is on its way");
    assert_eq!(removed(6, DncScope::Campaign(id(CAMPAIGN)), 30).await, 0);
    written.append(at(30), opted_out(7, None));
    assert_eq!(removed(7, DncScope::Organisation, 30).await, 0);
    fold(&store, &written).await;
    let mut listed = Vec::new();
    for n in 1..=7 {
        listed.push(is_listed(&store, n).await);
    }
    assert_eq!(listed, [false, false, true, true, false, true, true]);
    written.append(at(40), opted_out(1, None));
    written.append(at(40), disposed(2));
    fold(&store, &written).await;
    assert!(is_listed(&store, 1).await && is_listed(&store, 2).await);
    assert_eq!(rows(&store, "SELECT * FROM dnc_removal").await.len(), 4);
    written.append(at(2 * 86_400), opted_out(8, None));
    fold(&store, &written).await;
    assert_eq!(rows(&store, "SELECT * FROM dnc_removal").await.len(), 0, "the fold has passed");
}
