//! Covers: the fold from journal to records exactly once, through crashes and a failing database;
//! what a crash left alive; what the records answer.

use std::collections::BTreeMap;
use std::path::Path;

use dialer::campaign::Recycle;
use dialer::pacer::{HourOfWeek, Learnt};
use dialer::permit::ChainHead;
use dialer::{AttemptId, LeadStatus, Outcome};
use jiff::{SignedDuration, Timestamp};
use routing::{AgentId, CallId, Counts, PauseClass, PauseReason, QueueId, StateName};
use serde_json::json;

use crate::attempts::AttemptQuery;
use crate::calls::CallQuery;
use crate::database::Store;
use crate::event::{Direction, Event, Party};
use crate::fold::{Fold, FoldError, interrupted};
use crate::intervals::IntervalQuery;
use crate::sql;
use crate::testing::{
    CAMPAIGN, Permits, Written, at, call_started, database, furnished, grace, id, lead, number,
    rows, shown, start,
};

/// What the brain journals while it dials lead after lead, one every ten seconds: every third
/// meets nobody, every third is busy, the others are spoken to.
struct Shift {
    permits: Permits,
    events: Vec<(Timestamp, Event)>,
}

impl Shift {
    fn after(head: ChainHead) -> Self {
        Self { permits: Permits::after(head), events: Vec::new() }
    }

    fn work(mut self, leads: std::ops::Range<u64>) -> Vec<(Timestamp, Event)> {
        for n in leads {
            let now = at(i64::try_from(n).unwrap() * 10);
            self.dial(n, now);
            match n % 3 {
                0 => self.end(n, now, Outcome::NoAnswer, LeadStatus::Due),
                1 => self.end(n, now, Outcome::Busy, LeadStatus::Due),
                _ => self.talk(n, now),
            }
        }
        self.events
    }

    fn say(&mut self, at: Timestamp, event: Event) {
        self.events.push((at, event));
    }

    fn dial(&mut self, n: u64, now: Timestamp) {
        let permit = Box::new(self.permits.permit(attempt(n), n, now));
        self.say(now, Event::Permitted { permit, call: call(n) });
        self.say(now, call_started(call(n), Some(attempt(n))));
    }

    fn end(&mut self, n: u64, now: Timestamp, outcome: Outcome, status: LeadStatus) {
        let ended = now + SignedDuration::from_secs(5);
        let next_due_at = (status == LeadStatus::Due).then(|| at(100_000));
        self.say(
            ended,
            Event::AttemptEnded {
                attempt: attempt(n),
                lead: lead(n).id,
                campaign: id(CAMPAIGN),
                outcome,
                sip: (outcome == Outcome::Busy).then_some(486),
                q850: (outcome == Outcome::Busy).then_some(17),
                recycle: Recycle { status, next_due_at, outcome, number: None },
                attempts: 1,
                carrier_failures: 0,
            },
        );
        let ([ring_ms, wait_ms, talk_ms, hold_ms], by) = match outcome {
            Outcome::Connected => ([1_000, 20, 3_480, 500], Party::Agent),
            _ => ([5_000, 0, 0, 0], Party::Network),
        };
        self.say(
            ended,
            Event::CallEnded {
                call: call(n),
                by,
                sip: None,
                q850: None,
                ring_ms,
                talk_ms,
                hold_ms,
                wait_ms,
            },
        );
    }

    fn talk(&mut self, n: u64, now: Timestamp) {
        let (call, agent) = (call(n), grace());
        let later = |ms| now + SignedDuration::from_millis(ms);
        self.say(later(1_000), Event::CallAnswered { call });
        let answer_to_agent_us = 12_000 + n;
        self.say(later(1_020), Event::CallConnected { call, agent, answer_to_agent_us });
        self.say(later(2_000), Event::CallHeld { call });
        self.say(later(2_500), Event::CallResumed { call });
        self.say(
            later(5_000),
            interval(StateName::Talking, Counts::Talk, later(1_020), later(4_000)),
        );
        self.end(n, now, Outcome::Connected, LeadStatus::Done);
        self.say(
            later(6_000),
            Event::Disposed {
                call,
                agent,
                campaign: Some(id(CAMPAIGN)),
                lead: Some(lead(n).id),
                code: "NOT_AGAIN".into(),
                notes: "would rather not, \"thanks\"".into(),
                callback_at: None,
                dnc: Some(number(n)),
                machine: false,
                recycle: Some(Recycle {
                    status: LeadStatus::DoNotCall,
                    ..Recycle::done(Outcome::Connected)
                }),
            },
        );
    }
}

/// What is journalled while leads are dialled, from a new chain.
pub(super) fn worked(leads: std::ops::Range<u64>) -> Vec<(Timestamp, Event)> {
    Shift::after(ChainHead::START).work(leads)
}

fn attempt(n: u64) -> AttemptId {
    id(0xa_0000 + u128::from(n))
}

fn call(n: u64) -> CallId {
    id(0xc_0000 + u128::from(n))
}

pub(super) fn interval(state: StateName, counts: Counts, from: Timestamp, to: Timestamp) -> Event {
    let reason = (state == StateName::Paused)
        .then(|| PauseReason { class: PauseClass::Break, text: Some("Lunch".into()) });
    let (agent, call) = (grace(), None);
    Event::AgentInterval { agent, state, counts, reason, from, to, call, campaign: None }
}

/// Every table of records, row by row, as text.
async fn records(store: &Store) -> Vec<String> {
    let mut all = Vec::new();
    for (table, order) in [
        ("permit", "place"),
        ("attempt", "id"),
        ("call", "id"),
        ("call_step", "seq"),
        ("agent_interval", "seq"),
        ("agent_clock", "seq"),
        ("disposition", "seq"),
        ("lead", "id"),
        ("dnc", "number"),
        ("dnc_version", "id"),
        ("fold_position", "id"),
    ] {
        let found = rows(store, &format!("SELECT * FROM {table} ORDER BY {order}")).await;
        all.extend(found.iter().map(|row| format!("{table}: {}", shown(row))));
    }
    all
}

async fn with_leads(dir: &Path, leads: u64) -> Store {
    let store = furnished(dir).await;
    let leads: Vec<_> = (0..leads).map(lead).collect();
    store.leads().insert(&leads, start()).await.unwrap();
    store
}

pub(super) fn journal(dir: &Path, events: &[(Timestamp, Event)]) -> Written {
    let mut written = Written::open(&dir.join("journal"));
    for (at, event) in events {
        written.append(*at, event.clone());
    }
    written.wait();
    written
}

/// FAULTS F1, F2: wherever a crash comes between two batches, the records are those of a fold that
/// was never interrupted.
#[tokio::test]
async fn a_fold_killed_between_any_two_batches_gives_the_same_records() {
    let events = Shift::after(ChainHead::START).work(0..12);
    let whole = tempfile::tempdir().unwrap();
    let store = with_leads(whole.path(), 12).await;
    let written = journal(whole.path(), &events);
    let mut fold = Fold::open(&store, &written.journal).await.unwrap();
    assert_eq!(fold.catch_up().await.unwrap(), events.len() as u64);
    let expected = records(&store).await;
    assert!(expected.len() > 80, "the shift left records");

    for first in (1..events.len()).step_by(7) {
        let dir = tempfile::tempdir().unwrap();
        let store = with_leads(dir.path(), 12).await;
        let mut written = Written::open(&dir.path().join("journal"));
        for (n, (at, event)) in events.iter().enumerate() {
            written.append(*at, event.clone());
            if n + 1 == first {
                written.wait();
                // A fold that is dropped here has written its batches and told nobody.
                Fold::open(&store, &written.journal).await.unwrap().catch_up().await.unwrap();
            }
        }
        written.wait();
        store.close().await;
        let store = Store::open(database(dir.path())).await.unwrap();
        Fold::open(&store, &written.journal).await.unwrap().catch_up().await.unwrap();
        assert_eq!(records(&store).await, expected, "killed after entry {first}");
    }
}

/// A batch that fails half-way leaves nothing, and the next try folds all of it.
#[tokio::test]
async fn a_batch_that_fails_in_the_middle_is_folded_wholly_later() {
    let dir = tempfile::tempdir().unwrap();
    let store = with_leads(dir.path(), 6).await;
    let written = journal(dir.path(), &Shift::after(ChainHead::START).work(0..6));
    let mut fold = Fold::open(&store, &written.journal).await.unwrap();
    let before = records(&store).await;
    break_table(&store, "ALTER TABLE disposition RENAME TO elsewhere").await;
    let error = fold.catch_up().await.unwrap_err();
    assert!(matches!(error, FoldError::Store(_)), "{error}");
    break_table(&store, "ALTER TABLE elsewhere RENAME TO disposition").await;
    assert_eq!(records(&store).await, before);
    // `catch_up` gave the batch up; a fold that starts anew finds it in the journal.
    let mut fold = Fold::open(&store, &written.journal).await.unwrap();
    fold.catch_up().await.unwrap();
    assert_eq!(store.attempts().list(&AttemptQuery::default()).await.unwrap().items.len(), 6);
}

async fn break_table(store: &Store, sql: &'static str) {
    let mut writing = store.begin().await.unwrap();
    sql::query(sql).execute(&mut *writing).await.unwrap();
    writing.commit().await.unwrap();
}

/// FAULTS F3: while the database fails the journal goes on and says so; when it is back, all that
/// happened is folded, once.
#[tokio::test]
async fn a_fold_outlives_a_database_that_fails_and_drains_when_it_is_back() {
    let events = Shift::after(ChainHead::START).work(0..30);
    let dir = tempfile::tempdir().unwrap();
    let store = with_leads(dir.path(), 30).await;
    let mut written = Written::open(&dir.path().join("journal"));
    let fold = Fold::open(&store, &written.journal).await.unwrap();
    let mut progress = fold.progress();
    let running = tokio::spawn(fold.run());
    break_table(&store, "ALTER TABLE attempt RENAME TO elsewhere").await;
    for (at, event) in &events {
        written.append(*at, event.clone());
    }
    written.wait();
    let failing = progress.wait_for(|progress| progress.failing.is_some()).await.unwrap().clone();
    assert!(failing.behind > 0 && failing.folded_to == 0, "{failing:?}");
    break_table(&store, "ALTER TABLE elsewhere RENAME TO attempt").await;
    let last = events.len() as u64;
    let done = progress.wait_for(|progress| progress.folded_to == last).await.unwrap().clone();
    assert_eq!((done.behind, done.failing, done.anomalies), (0, None, 0));
    assert_eq!(store.attempts().permits(0, 100).await.unwrap().len(), 30);
    drop(written);
    running.await.unwrap().unwrap();
}

#[tokio::test]
async fn records_of_another_journal_and_a_second_fold_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let store = with_leads(dir.path(), 3).await;
    let events = Shift::after(ChainHead::START).work(0..3);
    let written = journal(dir.path(), &events);
    let mut fold = Fold::open(&store, &written.journal).await.unwrap();
    let mut rival = Fold::open(&store, &written.journal).await.unwrap();
    fold.catch_up().await.unwrap();
    let error = rival.catch_up().await.unwrap_err();
    assert!(matches!(error, FoldError::Rival { expected: 0 }), "{error}");
    let other = tempfile::tempdir().unwrap();
    let other = journal(other.path(), &events[..2]);
    let error = Fold::open(&store, &other.journal).await.err().unwrap();
    assert!(matches!(error, FoldError::Ahead { durable: 2, .. }), "{error}");
}

/// FAULTS F1: after a crash each attempt and call gets exactly one end, leads are released by the
/// recycling rule, and doing it again finds nothing left.
#[tokio::test]
async fn what_a_crash_left_alive_is_ended_once_as_interrupted() {
    let dir = tempfile::tempdir().unwrap();
    let store = with_leads(dir.path(), 6).await;
    let mut shift = Shift::after(ChainHead::START);
    let agent = grace();
    shift.say(at(0), Event::AgentClock { agent, clocked_in: true, reason: None, unit: None });
    shift.dial(1, at(1));
    shift.dial(2, at(2));
    shift.say(at(3), Event::CallAnswered { call: call(2) });
    let answer_to_agent_us = 15_000;
    shift.say(at(4), Event::CallConnected { call: call(2), agent, answer_to_agent_us });
    shift.dial(3, at(4));
    shift.end(3, at(5), Outcome::NoAnswer, LeadStatus::Due);
    shift.dial(4, at(60));
    shift.say(at(63), Event::CallAnswered { call: call(4) });
    shift.say(at(64), Event::CallHeld { call: call(2) });
    drop(journal(dir.path(), &shift.events));

    let mut ends = 0;
    for start in 0..3 {
        let mut written = Written::open(&dir.path().join("journal"));
        assert!(!written.recovered.clean);
        let died_at = written.recovered.last_at.unwrap();
        let mut fold = Fold::open(&store, &written.journal).await.unwrap();
        fold.catch_up().await.unwrap();
        let events = interrupted(&store, died_at, at(1_000)).await.unwrap();
        ends += events.len();
        // The first start crashes again with half of it said, the second says the rest.
        let said = if start == 0 { 2 } else { events.len() };
        ends -= events.len() - said;
        for event in events.into_iter().take(said) {
            written.append(died_at, event);
        }
        written.wait();
        fold.catch_up().await.unwrap();
    }
    assert_eq!(ends, 8, "three calls, three attempts, one who waited and one agent");

    let attempts = store.attempts().list(&AttemptQuery::default()).await.unwrap().items;
    let outcomes: Vec<_> = attempts.iter().map(|a| (a.id, a.outcome)).collect();
    let expected = [
        (attempt(4), Some(Outcome::Abandoned)),
        (attempt(3), Some(Outcome::NoAnswer)),
        (attempt(2), Some(Outcome::Connected)),
        (attempt(1), Some(Outcome::Interrupted)),
    ];
    assert_eq!(outcomes, expected);
    let let_go = store.calls().find(call(4)).await.unwrap();
    assert!(let_go.abandoned && let_go.ended_by == Some(Party::Interrupted), "{let_go:?}");
    let rests = store.leads().find(lead(4).id).await.unwrap().value;
    assert_eq!(rests.next_due_at, Some(at(1_000 + 72 * 60 * 60)));
    let counted = store.attempts().answered(attempts[0].campaign, at(0)).await.unwrap();
    let counted = counted.iter().map(|(_, counts)| (counts.abandoned, counts.connected));
    assert_eq!(counted.fold((0, 0), |all, one| (all.0 + one.0, all.1 + one.1)), (1, 1));
    let reached = store.leads().find(lead(2).id).await.unwrap().value;
    assert_eq!((reached.status, reached.next_due_at), (LeadStatus::Done, None), "they were met");
    let free = store.leads().find(lead(1).id).await.unwrap().value;
    assert_eq!(free.next_due_at, Some(at(1_000 + 15 * 60)));
    let talked = store.calls().find(call(2)).await.unwrap();
    assert_eq!(talked.ended_by, Some(Party::Interrupted));
    assert_eq!(
        (talked.ring_ms, talked.wait_ms, talked.talk_ms),
        (Some(1_000), Some(1_000), Some(60_000))
    );
    assert_eq!(talked.ended_at, Some(at(64)));
    let clocks = store.intervals().clocks(&IntervalQuery::default()).await.unwrap();
    assert_eq!(clocks.iter().map(|clock| clock.clocked_in).collect::<Vec<_>>(), [true, false]);
    let live = CallQuery { live: Some(true), ..CallQuery::default() };
    assert!(store.calls().list(&live).await.unwrap().items.is_empty());
}

/// The claim that the gate should never give: both calls were made, so both are kept, and the
/// contradiction is counted for the alarm.
#[tokio::test]
async fn two_live_attempts_on_one_lead_are_both_kept_and_counted() {
    let dir = tempfile::tempdir().unwrap();
    let store = with_leads(dir.path(), 3).await;
    let mut shift = Shift::after(ChainHead::START);
    shift.dial(1, at(0));
    // A second gate, which knows nothing of the first.
    let mut rival = Permits::after(shift.permits.head());
    let permit = Box::new(rival.permit(attempt(50), 1, at(1)));
    shift.say(at(1), Event::Permitted { permit, call: call(50) });
    let written = journal(dir.path(), &shift.events);
    let mut fold = Fold::open(&store, &written.journal).await.unwrap();
    fold.catch_up().await.unwrap();
    assert_eq!(fold.progress().borrow().anomalies, 1);
    assert_eq!(store.attempts().list(&AttemptQuery::default()).await.unwrap().items.len(), 2);
    assert_eq!(store.attempts().live().await.unwrap().len(), 1);
}

/// The newest memory of an hour is the one that is found, and of its campaign's only.
#[tokio::test]
async fn what_a_pacer_learnt_is_found_by_its_hour() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let hour = |text: &str| HourOfWeek::of(text.parse().unwrap());
    let (nine, ten) = (hour("2026-11-23T09:30:00"), hour("2026-11-23T10:00:00"));
    let learnt = |detection_ms: u32| -> Learnt {
        let stage = json!({ "spent": [1_500, 0, 20], "ended": [1_000] });
        serde_json::from_value(json!({
            "reached": [40_000, 39_000], "people": [4_000], "machines": [], "others": [0, 36_000],
            "detection_ms": detection_ms, "stages": [stage, stage, stage],
        }))
        .unwrap()
    };
    let said = |seconds, hour, detection_ms| {
        let learnt = Box::new(learnt(detection_ms));
        (at(seconds), Event::PacerLearnt { campaign: id(CAMPAIGN), hour, learnt })
    };
    let written = journal(dir.path(), &[said(0, nine, 100), said(604_800, nine, 200)]);
    Fold::open(&store, &written.journal).await.unwrap().catch_up().await.unwrap();
    let memories = store.pacer_memories();
    assert_eq!(memories.find(id(CAMPAIGN), nine).await.unwrap(), Some(learnt(200)));
    assert_eq!(memories.find(id(CAMPAIGN), ten).await.unwrap(), None);
    assert_eq!(memories.find(id(0x404), nine).await.unwrap(), None);
}

/// DESIGN §5: the evidence in the records is the chain that was journalled.
#[tokio::test]
async fn an_auditor_can_verify_the_permits_from_the_records() {
    let dir = tempfile::tempdir().unwrap();
    let store = with_leads(dir.path(), 20).await;
    let shift = Shift::after(ChainHead::START);
    let written = journal(dir.path(), &shift.work(0..20));
    Fold::open(&store, &written.journal).await.unwrap().catch_up().await.unwrap();
    let mut head = ChainHead::START;
    for page in 0..4 {
        let permits = store.attempts().permits(page * 5, 5).await.unwrap();
        head = dialer::permit::verify_chain(head, &permits).unwrap();
    }
    assert_eq!(head.length, 20);
    drop(written);
    assert_eq!(Written::open(&dir.path().join("journal")).recovered.chain, head);
    let one = store.attempts().permit(attempt(7)).await.unwrap();
    assert_eq!(one.evidence.findings.number, number(7));
}

#[tokio::test]
async fn calls_and_attempts_are_found_by_every_filter_and_in_pages() {
    let dir = tempfile::tempdir().unwrap();
    let store = with_leads(dir.path(), 12).await;
    let mut events = Shift::after(ChainHead::START).work(0..12);
    events.extend(inbound());
    let written = journal(dir.path(), &events);
    Fold::open(&store, &written.journal).await.unwrap().catch_up().await.unwrap();

    let all = CallQuery::default;
    for (query, found) in [
        (all(), 13),
        (CallQuery { campaign: Some(id(CAMPAIGN)), ..all() }, 12),
        (CallQuery { queue: Some(id(0x9)), ..all() }, 1),
        (CallQuery { agent: Some(grace()), ..all() }, 4),
        (CallQuery { lead: Some(lead(5).id), ..all() }, 1),
        (CallQuery { direction: Some(Direction::Inbound), ..all() }, 1),
        (CallQuery { abandoned: Some(true), ..all() }, 1),
        (CallQuery { live: Some(false), ..all() }, 13),
        (CallQuery { number: Some("+15550101234".into()), ..all() }, 1),
        (CallQuery { from: Some(at(50)), to: Some(at(70)), ..all() }, 2),
    ] {
        assert_eq!(store.calls().list(&query).await.unwrap().items.len(), found, "{query:?}");
    }
    let mut seen = Vec::new();
    let mut query = CallQuery { limit: Some(5), ..all() };
    loop {
        let page = store.calls().list(&query).await.unwrap();
        seen.extend(page.items.iter().map(|call| call.started_at));
        query.after = page.next;
        if page.next.is_none() {
            break;
        }
    }
    assert_eq!(seen.len(), 13);
    assert!(seen.is_sorted_by(|a, b| a > b), "the newest first");

    let busy = AttemptQuery { outcome: Some(Outcome::Busy), ..AttemptQuery::default() };
    let busy = store.attempts().list(&busy).await.unwrap().items;
    assert_eq!(busy.len(), 4);
    assert!(busy.iter().all(|a| (a.sip, a.q850, a.counted) == (Some(486), Some(17), Some(true))));
    let of_number = AttemptQuery { number: Some(number(3)), ..AttemptQuery::default() };
    assert_eq!(store.attempts().list(&of_number).await.unwrap().items.len(), 1);
    let carried = store.calls().carried(start()).await.unwrap();
    let outbound = CallQuery { direction: Some(Direction::Outbound), ..all() };
    let outbound = store.calls().list(&outbound).await.unwrap().items;
    let answered = outbound.iter().filter(|call| call.answered_at.is_some());
    let talked = answered.map(|call| [call.wait_ms, call.talk_ms, call.hold_ms]);
    let expected: u64 = talked.flatten().flatten().sum();
    let whole: u64 = carried.iter().map(|(_, _, milliseconds)| milliseconds).sum();
    assert!(whole > 0);
    assert_eq!(whole, expected, "the answered outbound ones");
    assert!(store.calls().carried(at(1_000_000)).await.unwrap().is_empty());
    let answered = store.attempts().answered(id(CAMPAIGN), start()).await.unwrap();
    assert_eq!(answered.iter().map(|(_, counts)| counts.connected).sum::<u32>(), 4);
}

/// A caller who waits and gives up.
fn inbound() -> Vec<(Timestamp, Event)> {
    let (call, queue) = (id(0xbeef), id::<QueueId>(0x9));
    let started = Event::CallStarted {
        call,
        direction: Direction::Inbound,
        calling: "+15550101234".into(),
        called: "+15550105678".into(),
        campaign: None,
        queue: Some(queue),
        did: Some(id(0xd1d)),
        attempt: None,
        trunk: None,
    };
    let ended = Event::CallEnded {
        call,
        by: Party::Customer,
        sip: None,
        q850: None,
        ring_ms: 0,
        talk_ms: 0,
        hold_ms: 0,
        wait_ms: 9_000,
    };
    let abandoned =
        Event::CallAbandoned { call, campaign: None, queue: Some(queue), noticed: false };
    vec![
        (at(1_000), started),
        (at(1_000), Event::CallAnswered { call }),
        (at(1_000), Event::CallQueued { call, queue }),
        (at(1_009), abandoned),
        (at(1_009), ended),
    ]
}

#[tokio::test]
async fn a_conversation_can_be_read_back_step_by_step() {
    let dir = tempfile::tempdir().unwrap();
    let store = with_leads(dir.path(), 6).await;
    let mut shift = Shift::after(ChainHead::START);
    shift.dial(2, at(0));
    shift.talk(2, at(0));
    let written = journal(dir.path(), &shift.events);
    Fold::open(&store, &written.journal).await.unwrap().catch_up().await.unwrap();
    let record = store.calls().find(call(2)).await.unwrap();
    assert_eq!((record.agent, record.lead), (Some(grace()), Some(lead(2).id)));
    assert_eq!((record.outcome, record.talk_ms), (Some(Outcome::Connected), Some(3_480)));
    assert_eq!(record.answer_to_agent_us, Some(12_002));
    assert_eq!(record.disposition.as_deref(), Some("NOT_AGAIN"));
    let steps = store.calls().steps(call(2)).await.unwrap();
    let words: Vec<_> = steps.iter().map(|step| step.step.as_str()).collect();
    assert_eq!(words, ["started", "answered", "connected", "held", "resumed", "ended"]);
    let asked = store.leads().find(lead(2).id).await.unwrap().value;
    assert_eq!(asked.status, LeadStatus::DoNotCall);
    assert!(store.dnc().load().await.unwrap().forbids(id(0xcb), number(2), None).is_some());
    let said = store.intervals().dispositions(&IntervalQuery::default()).await.unwrap();
    assert_eq!(said[0].notes, "would rather not, \"thanks\"");
    assert!(said[0].dnc);
}

/// FAULTS D14: an agent's time adds up, and is cut at the edges of what is asked for.
#[tokio::test]
async fn an_agents_time_adds_up_between_any_two_moments() {
    let dir = tempfile::tempdir().unwrap();
    let store = with_leads(dir.path(), 1).await;
    let events = [
        (StateName::Ready, Counts::Ready, 0, 100),
        (StateName::Talking, Counts::Talk, 100, 160),
        (StateName::WrapUp, Counts::WrapUp, 160, 170),
        (StateName::Paused, Counts::Pause, 170, 200),
        (StateName::Ready, Counts::Ready, 200, 260),
    ]
    .map(|(state, counts, from, to)| (at(to), interval(state, counts, at(from), at(to))));
    let written = journal(dir.path(), &events);
    Fold::open(&store, &written.journal).await.unwrap().catch_up().await.unwrap();
    let totals = async |from, to| {
        let totals = store.intervals().totals(grace(), at(from), at(to)).await.unwrap();
        totals.into_iter().map(|(counts, us)| (counts, us / 1_000_000)).collect::<BTreeMap<_, _>>()
    };
    let all = [(Counts::Ready, 160), (Counts::Talk, 60), (Counts::WrapUp, 10), (Counts::Pause, 30)];
    assert_eq!(totals(0, 260).await, BTreeMap::from(all));
    let part = [(Counts::Talk, 30), (Counts::WrapUp, 10), (Counts::Pause, 5)];
    assert_eq!(totals(130, 175).await, BTreeMap::from(part));
    for (from, to) in [(0, 260), (7, 133), (99, 101), (165, 259)] {
        let sum: u64 = totals(from, to).await.values().sum();
        assert_eq!(sum, u64::try_from(to - from).unwrap(), "{from}..{to}");
    }
    let query = IntervalQuery { agent: Some(grace()), after: Some(3), ..IntervalQuery::default() };
    let rest = store.intervals().list(&query).await.unwrap();
    assert_eq!(rest.len(), 2);
    let lunch = PauseReason { class: PauseClass::Break, text: Some("Lunch".into()) };
    assert_eq!((rest[0].seq, rest[0].reason.clone()), (4, Some(lunch)));
    let nobody = IntervalQuery { agent: Some(id::<AgentId>(9)), ..IntervalQuery::default() };
    assert!(store.intervals().list(&nobody).await.unwrap().is_empty());
}

/// Prints how fast the fold drains here (FAULTS F3 asks for 60 s of events within 30 s).
#[tokio::test]
async fn the_cost_of_a_fold_is_printed() {
    let dir = tempfile::tempdir().unwrap();
    let store = with_leads(dir.path(), 1_000).await;
    let events = Shift::after(ChainHead::START).work(0..1_000);
    let written = journal(dir.path(), &events);
    let mut fold = Fold::open(&store, &written.journal).await.unwrap();
    let begun = std::time::Instant::now();
    fold.catch_up().await.unwrap();
    let rate = events.len() as u128 * 1_000 / begun.elapsed().as_millis().max(1);
    println!("fold: {} entries in {:?}, {rate}/s", events.len(), begun.elapsed());
    assert_eq!(store.attempts().permits(0, 2_000).await.unwrap().len(), 1_000);
}
