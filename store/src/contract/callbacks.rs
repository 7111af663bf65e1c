//! Covers: promises folded from the journal with their leads, the report, and returned calls.

use std::path::Path;

use dialer::callbacks::{Callback, Closing, Terms};
use dialer::campaign::Recycle;
use dialer::campaigns::Order;
use dialer::dnc::DncScope;
use dialer::leads::OtherNumber;
use dialer::{AttemptId, CallbackId, CampaignSettings, Lead, LeadStatus, Outcome};
use jiff::Timestamp;
use routing::{CallId, KeptPlace, PlaceEnd};
use serde_json::json;
use uuid::Uuid;

use crate::callbacks::{CallbackQuery, CallbackReport, MissedQuery};
use crate::database::Store;
use crate::dnc::DncEntry;
use crate::event::{Direction, Event, Party};
use crate::fold::{Fold, interrupted};
use crate::leads::{Asked, Wanted};
use crate::testing::{
    CAMPAIGN, CLI, Permits, TRUNK, Written, agent, at, call_started, campaign, furnished, grace,
    id, lead, number, start,
};

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

/// A person who was promised a call and has called since, from whichever number of theirs, needs
/// none once they have met an agent; nor does who called before the promise count.
#[tokio::test]
async fn who_called_from_another_number_and_met_an_agent_needs_no_promised_call() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let more = OtherNumber { kind: "home".into(), number: number(7), passed_over: false };
    let person = Lead { other_numbers: vec![more], ..lead(1) };
    store.leads().insert(std::slice::from_ref(&person), start()).await.unwrap();
    let mut line = Line::open(dir.path());
    let other = number(7).to_string();
    let met = |line: &mut Line, seconds, calling: &str| {
        let call = line.calls(seconds, calling, None);
        let connected = Event::CallConnected { call, agent: grace(), answer_to_agent_us: 1 };
        line.written.append(at(seconds), connected);
    };
    met(&mut line, 5, &other);
    line.written.append(at(10), promised(1, at(3_600)));
    line.calls(20, &other, None);
    met(&mut line, 30, "+15550177777");
    fold(&store, &line.written).await;
    assert!(!store.callbacks().called_in(&person).await.unwrap(), "before, in vain, a stranger");
    met(&mut line, 40, other.trim_start_matches('+'));
    fold(&store, &line.written).await;
    assert!(store.callbacks().called_in(&person).await.unwrap());
    line.written.append(at(50), closed(1, Closing::CalledIn));
    fold(&store, &line.written).await;
    assert!(!store.callbacks().called_in(&person).await.unwrap(), "nothing is promised any more");
}

/// A promise is its campaign's to keep: no other that dials the list reads its lead, whether it is
/// due, was tried and missed, or lies ahead; what nobody promised anyone reads.
#[tokio::test]
async fn a_promised_call_is_dialled_by_its_own_campaign_alone() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let other = CampaignSettings { id: id(0xcb), name: "Other".into(), ..campaign() };
    store.campaigns().insert(&other, start()).await.unwrap();
    let nobodys = Lead { status: LeadStatus::Callback, next_due_at: Some(at(0)), ..lead(3) };
    store.leads().insert(&[lead(1), lead(2), nobodys, lead(4)], start()).await.unwrap();
    let entry = DncEntry {
        id: id(0xd4),
        number: number(4),
        scope: DncScope::Organisation,
        reason: String::new(),
        created_at: start(),
    };
    store.dnc().insert(&entry).await.unwrap();
    let mut line = Line::open(dir.path());
    for n in [1, 2, 4] {
        line.written.append(at(0), promised(n, at(60)));
    }
    // Tried at its time, and nobody was there: the lead is due again, and the promise stands.
    line.dials(700, 2, false);
    line.is_due_again(700, 2, at(7_900));
    fold(&store, &line.written).await;
    let read = async |settings: &CampaignSettings, now| {
        let wanted = Wanted {
            campaign: settings.id,
            lists: &settings.lists,
            max_attempts: 100,
            now,
            filters: &[],
            order: Order::OldestFirst,
            limit: 10,
            excluding: &[],
        };
        let mut found: Vec<_> =
            store.leads().dialable(&wanted).await.unwrap().leads.iter().map(|one| one.id).collect();
        found.sort_unstable();
        let asked = Asked {
            campaign: settings.id,
            lists: &settings.lists,
            filters: &[],
            max_attempts: 100,
            consent: settings.consent,
            rests: settings.lock_out,
            windows: &[],
            now,
        };
        let funnel = store.leads().funnel(&asked).await.unwrap();
        assert_eq!(funnel.dialable, found.len() as u64, "{funnel:?}");
        assert_eq!((funnel.total, funnel.forbidden), (4, 1));
        assert_eq!(funnel.waiting + funnel.dialable, 3, "{funnel:?}");
        found
    };
    let later = at(9 * 3_600);
    assert_eq!(read(&other, later).await, [lead(3).id]);
    assert_eq!(read(&campaign(), later).await, [lead(1).id, lead(2).id, lead(3).id]);
    line.written.append(at(9 * 3_600), closed(2, Closing::Broken));
    fold(&store, &line.written).await;
    assert_eq!(read(&other, later).await, [lead(2).id, lead(3).id], "it is promised no more");
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

const QUEUE: u128 = 0x0e;

/// Calls of this test's, one second apart or more: whom we dial, and who calls.
struct Line {
    written: Written,
    permits: Permits,
    calls: u128,
}

impl Line {
    fn open(dir: &Path) -> Self {
        let written = Written::open(&dir.join("journal"));
        let permits = Permits::after(written.recovered.chain);
        Self { written, permits, calls: 100 }
    }

    fn call(&mut self) -> CallId {
        self.calls += 1;
        id(self.calls)
    }

    /// We dial number `n`; whether somebody speaks to them.
    fn dials(&mut self, seconds: i64, n: u64, met: bool) {
        let (now, call) = (at(seconds), self.call());
        let attempt: AttemptId = id(self.calls);
        // A gate that has not seen this copy of the lead dialled.
        self.permits = Permits::after(self.permits.head());
        let permit = Box::new(self.permits.permit(attempt, n, now));
        self.written.append(now, Event::Permitted { permit, call });
        let started = Event::CallStarted {
            call,
            direction: Direction::Outbound,
            calling: number(CLI).to_string(),
            called: number(n).to_string(),
            campaign: Some(id(CAMPAIGN)),
            queue: None,
            did: None,
            attempt: Some(attempt),
            trunk: Some(id(TRUNK)),
        };
        self.written.append(now, started);
        if met {
            let connected = Event::CallConnected { call, agent: grace(), answer_to_agent_us: 1 };
            self.written.append(now, connected);
        }
        let outcome = if met { Outcome::Connected } else { Outcome::NoAnswer };
        let recycle = Recycle::done(outcome);
        let ended = Event::AttemptEnded {
            attempt,
            lead: lead(n).id,
            campaign: id(CAMPAIGN),
            outcome,
            sip: None,
            q850: None,
            recycle,
            attempts: 1,
            carrier_failures: 0,
        };
        self.written.append(now, ended);
        self.written.append(now, ended_call(call));
    }

    /// The lead that was dialled last is to be dialled again.
    fn is_due_again(&mut self, seconds: i64, n: u64, next_due_at: Timestamp) {
        let recycle = Recycle {
            status: LeadStatus::Due,
            next_due_at: Some(next_due_at),
            ..Recycle::done(Outcome::NoAnswer)
        };
        let ended = Event::AttemptEnded {
            attempt: id(self.calls),
            lead: lead(n).id,
            campaign: id(CAMPAIGN),
            outcome: Outcome::NoAnswer,
            sip: None,
            q850: None,
            recycle,
            attempts: 1,
            carrier_failures: 0,
        };
        self.written.append(at(seconds), ended);
    }

    /// Somebody calls us and meets nobody.
    fn calls(&mut self, seconds: i64, calling: &str, queue: Option<u128>) -> CallId {
        let call = self.call();
        self.written.append(at(seconds), came(call, calling, queue));
        self.written.append(at(seconds), ended_call(call));
        call
    }
}

/// Who called back and is Grace's to call: their numbers, the newest first.
async fn missed(store: &Store) -> Vec<String> {
    let found = store.callbacks().missed_by(grace(), MissedQuery::default()).await.unwrap();
    found.items.into_iter().map(|one| one.calling).collect()
}

async fn floor(store: &Store) {
    let queue = json!({ "id": Uuid::from_u128(QUEUE), "name": "Loans" });
    store.queues().insert(&serde_json::from_value(queue).unwrap(), start()).await.unwrap();
    let mut own = agent(1);
    own.campaigns = serde_json::from_value(
        json!([{ "campaign": Uuid::from_u128(CAMPAIGN), "priority": "high" }]),
    )
    .unwrap();
    own.queues = serde_json::from_value(json!([{ "queue": Uuid::from_u128(QUEUE) }])).unwrap();
    for agent in [own, agent(2)] {
        store.agents().insert(&agent, start()).await.unwrap();
    }
    store.leads().insert(&[lead(1)], start()).await.unwrap();
}

/// R97: whom we dialled and missed and who called back, and who waited in a queue of the agent's.
#[tokio::test]
async fn an_agent_finds_those_who_called_back_and_nobody_elses() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    floor(&store).await;
    let mut line = Line::open(dir.path());
    let text = |n: u64| number(n).to_string();
    line.dials(0, 1, false);
    line.calls(100, &text(1), None);
    line.calls(110, &text(2), None);
    line.calls(120, &text(3), Some(QUEUE));
    line.calls(130, "anonymous", Some(QUEUE));
    let latest = line.calls(200, &text(1), None);
    fold(&store, &line.written).await;
    assert_eq!(missed(&store).await, [text(1), text(3)], "nobody of ours dialled number 2");
    let all = MissedQuery { limit: Some(1), ..MissedQuery::default() };
    let page = store.callbacks().missed_by(grace(), all).await.unwrap();
    let first = &page.items[0];
    assert_eq!((first.call, first.started_at, &first.queue), (latest, at(200), &None));
    let dialled = first.dialled.as_ref().unwrap();
    assert_eq!((dialled.campaign, dialled.at), (id(CAMPAIGN), at(0)));
    assert_eq!(dialled.campaign_name.as_deref(), Some("Spring"));
    assert_eq!((dialled.name.as_str(), dialled.outcome), ("Ada Byron 1", Some(Outcome::NoAnswer)));
    let next = MissedQuery { after: page.next, ..all };
    let page = store.callbacks().missed_by(grace(), next).await.unwrap();
    assert_eq!((page.items[0].calling.clone(), page.next), (text(3), None));
    assert_eq!(page.items[0].queue.as_deref(), Some("Loans"));
    assert_eq!((&page.items[0].dialled, page.items[0].tried_at), (&None, None));
    let others = store.callbacks().missed_by(id(2), MissedQuery::default()).await.unwrap();
    assert_eq!(others.items, [], "who has neither the campaign nor the queue");
}

/// Who tried to call back and met nobody leaves them on the list; whoever speaks to them does not.
#[tokio::test]
async fn who_called_back_is_listed_until_somebody_speaks_to_them() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    floor(&store).await;
    let mut line = Line::open(dir.path());
    let text = |n: u64| number(n).to_string();
    line.dials(0, 1, false);
    line.calls(100, &text(1), None);
    line.dials(200, 1, false);
    fold(&store, &line.written).await;
    let found = store.callbacks().missed_by(grace(), MissedQuery::default()).await.unwrap();
    let dialled = found.items[0].dialled.as_ref().map(|dialled| dialled.at);
    assert_eq!((dialled, found.items[0].tried_at), (Some(at(0)), Some(at(200))));
    let since = MissedQuery { from: Some(at(101)), ..MissedQuery::default() };
    assert_eq!(store.callbacks().missed_by(grace(), since).await.unwrap().items, []);
    let waits = line.call();
    line.written.append(at(300), came(waits, &text(1), None));
    fold(&store, &line.written).await;
    assert_eq!(missed(&store).await, [""; 0], "they are calling at this moment");
    line.written.append(at(310), ended_call(waits));
    fold(&store, &line.written).await;
    assert_eq!(missed(&store).await, [text(1)]);
    line.dials(400, 1, true);
    fold(&store, &line.written).await;
    assert_eq!(missed(&store).await, [""; 0]);
    assert_eq!(store.callbacks().returned(None, None, None).await.unwrap().items, []);
}

/// FAULTS F1: who was promised a call in a conversation that a crash cut off is called at its time.
#[tokio::test]
async fn a_promise_made_in_a_conversation_outlives_the_crash_that_ended_it() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    floor(&store).await;
    let mut line = Line::open(dir.path());
    let (call, attempt) = (line.call(), id(7));
    let permit = Box::new(line.permits.permit(attempt, 1, at(0)));
    line.written.append(at(0), Event::Permitted { permit, call });
    line.written.append(at(0), call_started(call, Some(attempt)));
    line.written.append(at(5), Event::CallAnswered { call });
    let connected = Event::CallConnected { call, agent: grace(), answer_to_agent_us: 1 };
    line.written.append(at(5), connected);
    line.written.append(at(60), promised(1, at(3_600)));
    fold(&store, &line.written).await;
    for event in interrupted(&store, at(60), at(90)).await.unwrap() {
        line.written.append(at(60), event);
    }
    fold(&store, &line.written).await;
    let found = store.leads().find(lead(1).id).await.unwrap().value;
    assert_eq!(
        (found.status, found.last_outcome),
        (LeadStatus::Callback, Some(Outcome::Connected))
    );
    assert_eq!(found.next_due_at, Some(at(3_600 + 600)));
}

/// Whoever kept their place in line is called from there.
#[tokio::test]
async fn who_kept_their_place_is_nobodys_to_call_while_it_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    floor(&store).await;
    let mut line = Line::open(dir.path());
    let call = line.calls(100, &number(1).to_string(), Some(QUEUE));
    let place = KeptPlace {
        call,
        queue: id(QUEUE),
        campaign: id(CAMPAIGN),
        number: number(1),
        arrived_at: at(100),
        kept_at: at(101),
        until: at(9_000),
        tries_max: 3,
        retry_s: 60,
    };
    line.written.append(at(101), Event::PlaceKept { place: Box::new(place) });
    fold(&store, &line.written).await;
    assert_eq!(missed(&store).await, [""; 0]);
    let closed = Event::PlaceClosed { place: call, how: PlaceEnd::Unanswered };
    line.written.append(at(200), closed);
    fold(&store, &line.written).await;
    assert_eq!(missed(&store).await, [number(1).to_string()]);
}

fn started(call: u128, calling: u64) -> Event {
    came(id(call), &number(calling).to_string(), None)
}

fn came(call: CallId, calling: &str, queue: Option<u128>) -> Event {
    Event::CallStarted {
        call,
        direction: Direction::Inbound,
        calling: calling.to_owned(),
        called: number(9_999).to_string(),
        campaign: None,
        queue: queue.map(id),
        did: None,
        attempt: None,
        trunk: None,
    }
}

fn ended(call: u128) -> Event {
    ended_call(id(call))
}

fn ended_call(call: CallId) -> Event {
    Event::CallEnded {
        call,
        by: Party::Customer,
        sip: None,
        q850: None,
        ring_ms: 0,
        talk_ms: 0,
        hold_ms: 0,
        wait_ms: 5_000,
    }
}
