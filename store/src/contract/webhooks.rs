//! Covers: messages written with the fold of what they tell, told in order of their call, tried
//! again, given up, told again, pruned, and forgotten with the person.

use std::path::Path;

use dialer::Lead;
use jiff::SignedDuration;
use routing::CallId;
use serde_json::Value;
use uuid::Uuid;

use crate::database::Store;
use crate::event::{Direction, Event, Party};
use crate::fold::Fold;
use crate::testing::{CAMPAIGN, Permits, Written, at, call_started, furnished, grace, id, lead};
use crate::webhooks::outbox::{DeliveryQuery, DeliveryState, Due, Sent};
use crate::webhooks::{Webhook, WebhookEvent};

const CRM: u128 = 0x3e8;

fn hook(events: &[WebhookEvent]) -> Webhook {
    Webhook {
        id: id(CRM),
        name: "CRM".to_owned(),
        url: "https://crm.example/".to_owned(),
        enabled: true,
        events: events.to_vec(),
        campaigns: vec![],
        queues: vec![],
    }
}

async fn add(store: &Store, hook: &Webhook) {
    store.webhooks().insert(hook, at(0)).await.unwrap();
    store.outbox().put_secret(hook.id, "whsec_AAAA", at(0), at(0)).await.unwrap();
}

/// A store with the webhook, and the journal it is folded from.
async fn house(dir: &Path, hook: &Webhook) -> (Store, Written) {
    let store = furnished(dir).await;
    add(&store, hook).await;
    (store, Written::open(&dir.join("journal")))
}

async fn fold(store: &Store, written: &Written) {
    written.wait();
    Fold::open(store, &written.journal).await.unwrap().catch_up().await.unwrap();
}

fn ended(call: CallId) -> Event {
    Event::CallEnded {
        call,
        by: Party::Customer,
        sip: None,
        q850: None,
        ring_ms: 1,
        talk_ms: 2,
        hold_ms: 3,
        wait_ms: 4,
    }
}

async fn due(store: &Store, seconds: i64) -> Vec<Due> {
    store.outbox().due(id(CRM), true, at(seconds), 100).await.unwrap()
}

fn told(due: &Due) -> (String, Uuid) {
    let body: Value = serde_json::from_str(&due.body).unwrap();
    (body["event"].as_str().unwrap().to_owned(), due.subject)
}

fn sent(due: &Due, seconds: i64, status: u16) -> Sent {
    Sent { id: due.id, at: at(seconds), status: Some(status), answer: "x".to_owned() }
}

async fn taken(store: &Store, due: &Due, seconds: i64) {
    store.outbox().delivered(id(CRM), &sent(due, seconds, 200)).await.unwrap();
}

const CALLS: &[WebhookEvent] =
    &[WebhookEvent::CallStarted, WebhookEvent::CallAnswered, WebhookEvent::CallEnded];

/// Issue 7, §6: in order per call, and no call waits for another.
#[tokio::test]
async fn of_each_call_the_first_message_that_waits_is_due_and_no_other() {
    let dir = tempfile::tempdir().unwrap();
    let (store, mut written) = house(dir.path(), &hook(CALLS)).await;
    let (one, two): (CallId, CallId) = (id(0xc1), id(0xc2));
    for (second, event) in (1..).zip([
        call_started(one, None),
        call_started(two, None),
        Event::CallAnswered { call: one },
        Event::CallHeld { call: one },
        ended(two),
        ended(one),
    ]) {
        written.append(at(second), event);
    }
    fold(&store, &written).await;
    let first = due(&store, 10).await;
    let names: Vec<_> = first.iter().map(told).collect();
    let started = |call: CallId| ("call_started".to_owned(), Uuid::from(call));
    assert_eq!(names, [started(one), started(two)]);
    let (outbox, refused) = (store.outbox(), sent(&first[0], 10, 503));
    assert!(!outbox.failed(id(CRM), &refused, Some(at(40)), at(-60)).await.unwrap());
    taken(&store, &first[1], 11).await;
    let next = due(&store, 11).await;
    let names: Vec<_> = next.iter().map(told).collect();
    assert_eq!(names, [("call_ended".to_owned(), Uuid::from(two))], "the other call goes on");
    taken(&store, &next[0], 12).await;
    let retried = due(&store, 40).await;
    assert_eq!((retried[0].id, retried[0].tries), (first[0].id, 1));
    taken(&store, &retried[0], 41).await;
    for event in ["call_answered", "call_ended"] {
        let next = due(&store, 42).await.into_iter().find(|due| due.subject == Uuid::from(one));
        let next = next.unwrap();
        assert_eq!(told(&next).0, event);
        taken(&store, &next, 42).await;
    }
}

/// The message is the call as it stood when its event was folded, and the lead behind it.
#[tokio::test]
async fn a_message_has_the_record_of_the_call_and_who_the_lead_is() {
    let dir = tempfile::tempdir().unwrap();
    let events = [WebhookEvent::AttemptEnded, WebhookEvent::CallDisposed, WebhookEvent::CallEnded];
    let (store, mut written) = house(dir.path(), &hook(&events)).await;
    let person = Lead { external_id: Some("CRM-1815".to_owned()), ..lead(1) };
    store.leads().insert(&[person], at(0)).await.unwrap();
    let mut permits = Permits::after(dialer::permit::ChainHead::START);
    let (attempt, call) = (id(0xa1), id(0xc1));
    let permit = Box::new(permits.permit(attempt, 1, at(1)));
    written.append(at(1), Event::Permitted { permit, call });
    written.append(at(2), call_started(call, Some(attempt)));
    written.append(at(3), ended(call));
    written.append(at(4), disposed(call));
    fold(&store, &written).await;
    let first = due(&store, 9).await.remove(0);
    let body: Value = serde_json::from_str(&first.body).unwrap();
    assert_eq!(body["event"], "call_ended");
    assert_eq!(body["id"], first.id.to_string());
    assert_eq!((&body["sequence"], &body["call"]["talk_ms"]), (&3.into(), &2.into()));
    assert_eq!(body["lead"]["external_id"], "CRM-1815");
    taken(&store, &first, 9).await;
    let second = due(&store, 9).await.remove(0);
    let body: Value = serde_json::from_str(&second.body).unwrap();
    assert_eq!(
        (&body["data"]["code"], &body["data"]["do_not_call"]),
        (&"SALE".into(), &true.into())
    );
    assert_eq!(body["call"]["disposition"], "SALE");

    let forgotten = store.persons().collect(lead(1).number, at(10)).await.unwrap();
    assert_eq!(forgotten.records["webhook_delivery"].len(), 2);
    store.persons().forget(lead(1).number, at(50_000)).await.unwrap_err();
    written.append(at(11), attempt_ended(attempt));
    fold(&store, &written).await;
    store.persons().forget(lead(1).number, at(50_000)).await.unwrap();
    let left = store.outbox().list(&DeliveryQuery::default()).await.unwrap();
    assert_eq!(left.items, [], "told or not, it is about somebody who is forgotten");
}

fn disposed(call: CallId) -> Event {
    Event::Disposed {
        call,
        agent: grace(),
        campaign: Some(id(CAMPAIGN)),
        lead: None,
        code: "SALE".to_owned(),
        notes: "two of them".to_owned(),
        callback_at: None,
        dnc: Some(lead(1).number),
        machine: false,
        recycle: None,
    }
}

fn attempt_ended(attempt: dialer::AttemptId) -> Event {
    let (status, outcome) = (dialer::LeadStatus::Done, dialer::Outcome::Connected);
    Event::AttemptEnded {
        attempt,
        lead: lead(1).id,
        campaign: id(CAMPAIGN),
        outcome,
        sip: None,
        q850: None,
        recycle: dialer::campaign::Recycle { status, next_due_at: None, outcome, number: None },
        attempts: 1,
        carrier_failures: 0,
    }
}

#[tokio::test]
async fn a_webhook_is_told_what_it_asked_for_and_an_agents_own_line_is_nobodys_call() {
    let dir = tempfile::tempdir().unwrap();
    let mut of_campaign = hook(&[WebhookEvent::CallStarted]);
    of_campaign.campaigns = vec![id(CAMPAIGN)];
    let (store, mut written) = house(dir.path(), &of_campaign).await;
    let mut off = hook(CALLS);
    (off.id, off.name, off.enabled) = (id(CRM + 1), "Off".to_owned(), false);
    add(&store, &off).await;
    let started = |call: u128, direction, campaign: Option<u128>| Event::CallStarted {
        call: id(call),
        direction,
        calling: "1".to_owned(),
        called: "2".to_owned(),
        campaign: campaign.map(id),
        queue: None,
        did: None,
        attempt: None,
        trunk: None,
    };
    written.append(at(1), started(0xc1, Direction::Outbound, Some(CAMPAIGN)));
    written.append(at(2), started(0xc2, Direction::Inbound, None));
    written.append(at(3), started(0xc3, Direction::Line, Some(CAMPAIGN)));
    fold(&store, &written).await;
    let all = store.outbox().list(&DeliveryQuery::default()).await.unwrap();
    let about: Vec<_> = all.items.iter().map(|one| (one.webhook, one.sequence)).collect();
    assert_eq!(about, [(id(CRM), 1)]);
}

#[tokio::test]
async fn what_is_given_up_is_told_again_and_a_webhook_that_takes_nothing_is_paused() {
    let dir = tempfile::tempdir().unwrap();
    let (store, mut written) = house(dir.path(), &hook(CALLS)).await;
    let call: CallId = id(0xc1);
    written.append(at(1), call_started(call, None));
    written.append(at(2), ended(call));
    fold(&store, &written).await;
    let outbox = store.outbox();
    let first = due(&store, 9).await.remove(0);
    assert!(!outbox.failed(id(CRM), &sent(&first, 10, 500), None, at(9)).await.unwrap());
    let after = due(&store, 11).await.remove(0);
    assert_eq!(told(&after).0, "call_ended", "what is given up holds nothing back");
    let paused = outbox.failed(id(CRM), &sent(&after, 60, 500), Some(at(90)), at(10)).await;
    assert!(paused.unwrap(), "nothing was taken since then");
    let twice = outbox.failed(id(CRM), &sent(&after, 61, 500), Some(at(90)), at(10)).await;
    assert!(!twice.unwrap(), "it is told once");
    let health = outbox.health().await.unwrap().remove(&id(CRM)).unwrap();
    assert_eq!((health.waiting, health.dead), (1, 1));
    assert_eq!((health.failing_since, health.paused_at), (Some(at(10)), Some(at(60))));
    let standing = outbox.standing(at(70)).await.unwrap();
    assert!(standing[0].is_paused && standing[0].is_failing);
    let test = outbox.test(id(CRM), at(70)).await.unwrap();
    let tests = outbox.due(id(CRM), false, at(70), 9).await.unwrap();
    assert_eq!(tests.iter().map(|due| due.id).collect::<Vec<_>>(), [test]);
    outbox.resume(id(CRM), at(71)).await.unwrap();
    assert_eq!(due(&store, 71).await.len(), 2, "what waits is due at once, and the test");
    let span = (at(0), at(100));
    let replayed = outbox.replay_span(id(CRM), span, DeliveryState::Dead, at(72)).await.unwrap();
    assert_eq!(replayed, 1);
    let next = due(&store, 72).await;
    assert!(next.iter().any(|due| due.id == first.id && due.tries == 0), "{next:?}");
    assert!(!next.iter().any(|due| due.id == after.id), "it follows the one that is told again");
}

/// A message that the server will never like is its own trouble: the webhook is not shut for it.
#[tokio::test]
async fn one_message_that_is_refused_for_hours_pauses_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let (store, mut written) = house(dir.path(), &hook(CALLS)).await;
    written.append(at(1), call_started(id(0xc1), None));
    fold(&store, &written).await;
    let outbox = store.outbox();
    for second in [10, 60, 120] {
        let one = due(&store, second).await.remove(0);
        let again = Some(at(second + 1));
        let sent = sent(&one, second, 422);
        assert!(!outbox.failed(id(CRM), &sent, again, at(100)).await.unwrap(), "{second}");
    }
    written.append(at(2), call_started(id(0xc2), None));
    fold(&store, &written).await;
    let other = due(&store, 130).await.into_iter().find(|due| due.tries == 0).unwrap();
    let refused = sent(&other, 130, 422);
    let paused = outbox.failed(id(CRM), &refused, Some(at(131)), at(100)).await.unwrap();
    assert!(paused, "none is taken");
}

/// A call of somebody else that was sent on to a number tells that number.
#[tokio::test]
async fn whoever_is_forgotten_is_not_named_in_messages_about_others() {
    let dir = tempfile::tempdir().unwrap();
    let (store, mut written) = house(dir.path(), &hook(&[WebhookEvent::CallTransferred])).await;
    store.leads().insert(&[lead(7)], at(0)).await.unwrap();
    let (call, agent, attended) = (id(0xc1), grace(), false);
    written.append(at(1), call_started(call, None));
    for to in [lead(7).number, lead(8).number] {
        let to = to.to_string();
        written.append(at(2), Event::CallTransferred { call, agent, attended, to });
    }
    fold(&store, &written).await;
    let told = store.persons().collect(lead(7).number, at(10)).await.unwrap();
    assert_eq!(told.records["webhook_delivery"].len(), 1);
    store.persons().forget(lead(7).number, at(50_000)).await.unwrap();
    let left = store.outbox().list(&DeliveryQuery::default()).await.unwrap();
    assert_eq!(left.items.len(), 1, "what names another stays");
}

/// A crash between the fold's commit and the next batch folds nothing twice; the same entry has
/// the same message.
#[tokio::test]
async fn an_entry_makes_one_message_for_each_webhook_and_old_ones_go() {
    let dir = tempfile::tempdir().unwrap();
    let (store, mut written) = house(dir.path(), &hook(CALLS)).await;
    written.append(at(1), call_started(id(0xc1), None));
    written.append(at(2), call_started(id(0xc2), None));
    fold(&store, &written).await;
    fold(&store, &written).await;
    let both = due(&store, 9).await;
    assert_eq!(both.len(), 2);
    taken(&store, &both[0], 9).await;
    let outbox = store.outbox();
    assert_eq!(outbox.prune(at(1) - SignedDuration::from_secs(1)).await.unwrap(), 0);
    assert_eq!(outbox.prune(at(100)).await.unwrap(), 1, "what waits stays");
    assert_eq!(due(&store, 100).await, both[1..]);
    store.webhooks().delete(id(CRM), 1).await.unwrap();
    let left = outbox.list(&DeliveryQuery::default()).await.unwrap();
    assert_eq!(left.items, [], "it goes with its webhook");
}

/// FAULTS: a queue has a bound. Beyond it events are counted, and the fold goes on.
#[tokio::test]
async fn a_full_outbox_takes_no_more_and_says_how_much_it_lost() {
    use crate::event::Entry;
    use crate::fold::Gathered;
    use crate::webhooks::noting::{Noting, Rooms};
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = house(dir.path(), &hook(CALLS)).await;
    let mut writing = store.begin_unnoted().await.unwrap();
    let mut rooms = Rooms::default();
    let mut noting = Noting::begin(&mut writing, &mut rooms, 1).await.unwrap();
    for seq in 1..=3 {
        let call = id(0xc0 + u128::from(seq));
        let entry = Entry { seq, at: at(1), event: call_started(call, None) };
        noting.note(&mut writing, &mut Gathered::default(), &entry).await.unwrap();
    }
    noting.end(&mut writing).await.unwrap();
    writing.commit().await.unwrap();
    let health = store.outbox().health().await.unwrap().remove(&id(CRM)).unwrap();
    assert_eq!((health.waiting, health.lost), (1, 2));
}
