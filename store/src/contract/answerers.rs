//! Covers: who answered as it was heard, why, what agents met and reviewers heard, and the sums
//! restored from them.

use dialer::campaigns::Judge;
use dialer::confusion::{Confusion, Met};
use dialer::permit::ChainHead;
use dialer::{Amd, Answerer, AttemptId, CampaignSettings, OnMachine, Outcome};
use jiff::SignedDuration;
use routing::{CallId, RecordingId};

use crate::database::Store;
use crate::error::Error;
use crate::event::Event;
use crate::fold::{Fold, interrupted};
use crate::testing::{
    CAMPAIGN, Permits, Written, at, call_started, furnished, grace, id, lead, start,
};
use crate::verdicts::{Met as Heard, VerdictQuery};

const HEARD: [(Answerer, bool, Option<bool>); 8] = [
    (Answerer::Person, false, Some(false)),
    (Answerer::Person, false, Some(true)),
    (Answerer::Person, false, None),
    (Answerer::Machine, false, None),
    (Answerer::Machine, false, None),
    (Answerer::Machine, true, Some(true)),
    (Answerer::Machine, true, Some(false)),
    (Answerer::Uncertain, false, Some(false)),
];

fn attempt(n: u64) -> AttemptId {
    id(0xA00 + u128::from(n))
}

fn call(n: u64) -> CallId {
    id(0xCA00 + u128::from(n))
}

fn declared(n: u64, code: &str, machine: bool) -> Event {
    Event::Disposed {
        call: call(n),
        agent: grace(),
        campaign: Some(id(CAMPAIGN)),
        lead: Some(lead(n).id),
        code: code.to_owned(),
        notes: String::new(),
        callback_at: None,
        dnc: None,
        machine,
        recycle: None,
    }
}

/// Eight answers: three people by the verdict, four machines of which two were audited, and one
/// nobody could tell. An agent who changes their mind is believed the second time.
async fn heard(store: &Store, dir: &std::path::Path) {
    let mut written = Written::open(&dir.join("journal"));
    let mut permits = Permits::after(ChainHead::START);
    for (n, (answerer, audited, met)) in (0_u64..).zip(HEARD) {
        let now = at(i64::try_from(n).unwrap() * 100);
        let permit = Box::new(permits.permit(attempt(n), n, now));
        written.append(now, Event::Permitted { permit, call: call(n) });
        written.append(now, call_started(call(n), Some(attempt(n))));
        let (campaign, why) = (id(CAMPAIGN), format!("{answerer}: so it sounded"));
        let (call, attempt, at_ms) = (call(n), attempt(n), 1_500);
        let judged = Event::Judged { call, attempt, campaign, answerer, why, at_ms, audited };
        written.append(now, judged);
        if let Some(machine) = met {
            written.append(now, declared(n, "first", !machine));
            written.append(now, declared(n, "second", machine));
        }
    }
    for (n, recording) in [(0, 0xE0), (3, 0xE3), (4, 0xE4), (5, 0xE5), (6, 0xE6)] {
        let (call, attempt, campaign) = (call(n), attempt(n), id(CAMPAIGN));
        let recording = id(recording);
        let begun = at(i64::try_from(n).unwrap() * 100);
        written.append(begun, Event::VerdictTaped { recording, call, attempt, campaign });
        let over = begun + SignedDuration::from_millis(1_500);
        // The first was a person; the last was cut short by a crash, after its verdict.
        written.append(
            over,
            match n {
                0 => Event::VerdictDropped { recording },
                _ => Event::RecordingEnded {
                    recording,
                    duration_ms: 1_500,
                    gap_ms: 0,
                    chain: "ab".repeat(32),
                    interrupted: n == 6,
                },
            },
        );
    }
    written.append(at(800), Event::MessageLeft { call: call(3), attempt: attempt(3) });
    written.wait();
    Fold::open(store, &written.journal).await.unwrap().catch_up().await.unwrap();
}

#[tokio::test]
async fn an_attempt_says_who_answered_and_why() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    heard(&store, dir.path()).await;
    let found = store.attempts().find(attempt(5)).await.unwrap();
    assert_eq!((found.answerer, found.audited), (Some(Answerer::Machine), true));
    assert_eq!(found.answerer_why.as_deref(), Some("machine: so it sounded"));
    assert_eq!((found.judged_ms, found.message_left), (Some(1_500), false));
    assert!(store.attempts().find(attempt(3)).await.unwrap().message_left);
    let steps = store.calls().steps(call(3)).await.unwrap();
    let words: Vec<_> = steps.iter().map(|step| step.step.as_str()).collect();
    assert_eq!(words, ["started", "judged", "message_left"]);
    assert_eq!(steps[1].note.as_deref(), Some("machine: so it sounded"));
}

/// Issue 6 point 8: verdicts against what the last agent of each call declared.
#[tokio::test]
async fn verdicts_are_held_against_what_agents_met() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    heard(&store, dir.path()).await;
    let all = store.attempts().confusion(id(CAMPAIGN), start(), at(10_000)).await.unwrap();
    let met = |calls, people, machines| Met { calls, people, machines, reviewed: 0 };
    let (person, machine, uncertain) = (met(3, 1, 1), met(4, 1, 1), met(1, 1, 0));
    assert_eq!(all, Confusion { person, machine, uncertain });
    let first = store.attempts().confusion(id(CAMPAIGN), start(), at(100)).await.unwrap();
    assert_eq!(first, Confusion { person: met(1, 1, 0), ..Confusion::default() });
    let other = store.attempts().confusion(id(0xcb), start(), at(10_000)).await.unwrap();
    assert_eq!(other, Confusion::default());
}

/// Issue 6 point 8: what a reviewer hears counts beside what agents met, and an agent who met them
/// knows better.
#[tokio::test]
async fn verdicts_are_held_against_what_reviewers_heard() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    heard(&store, dir.path()).await;
    let verdicts = store.verdicts();
    let machine = async |store: &Store| {
        let attempts = store.attempts();
        let all = attempts.confusion(id(CAMPAIGN), start(), at(10_000)).await.unwrap();
        let Met { calls, people, machines, reviewed } = all.machine;
        (calls, people, machines, reviewed)
    };
    let [first, second, third, person]: [RecordingId; 4] = [0xE3, 0xE4, 0xE5, 0xE0].map(id);
    verdicts.judge(first, Heard::Unclear, ("rita", at(2_000))).await.unwrap();
    assert_eq!(machine(&store).await, (4, 1, 1, 0), "unclear counts as neither");
    verdicts.judge(first, Heard::Person, ("rita", at(2_001))).await.unwrap();
    verdicts.judge(second, Heard::Machine, ("rita", at(2_002))).await.unwrap();
    assert_eq!(machine(&store).await, (4, 2, 2, 2));
    // An agent declared that it was a machine.
    verdicts.judge(third, Heard::Person, ("rita", at(2_003))).await.unwrap();
    assert_eq!(machine(&store).await, (4, 2, 2, 2));
    let dropped = verdicts.judge(person, Heard::Person, ("rita", at(2_004))).await;
    assert!(matches!(dropped, Err(Error::NotFound("verdict"))), "{dropped:?}");
}

/// Who waits for a reviewer: the machines alone, the newest first, and without the detector's
/// sentence until somebody has said what they heard.
#[tokio::test]
async fn a_reviewer_is_shown_what_waits_and_nothing_that_sways() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    heard(&store, dir.path()).await;
    let verdicts = store.verdicts();
    let shown = async |judged| {
        let query = VerdictQuery { judged, campaign: Some(id(CAMPAIGN)), ..Default::default() };
        let page = verdicts.list(&query).await.unwrap();
        page.items.iter().map(|one| one.id.as_uuid().as_u128()).collect::<Vec<_>>()
    };
    assert_eq!(shown(Some(false)).await, [0xE6, 0xE5, 0xE4, 0xE3]);
    let before = verdicts.find(id(0xE3)).await.unwrap();
    assert_eq!((before.met, before.why, before.duration_ms), (None, None, 1_500));
    verdicts.judge(id(0xE3), Heard::Machine, ("rita", at(2_000))).await.unwrap();
    let after = verdicts.find(id(0xE3)).await.unwrap();
    assert_eq!((after.met, after.met_by.as_deref()), (Some(Heard::Machine), Some("rita")));
    assert_eq!(after.why.as_deref(), Some("machine: so it sounded"));
    assert_eq!((shown(Some(true)).await, shown(Some(false)).await.len()), (vec![0xE3], 3));
    let other = VerdictQuery { campaign: Some(id(0xcb)), ..VerdictQuery::default() };
    assert!(verdicts.list(&other).await.unwrap().items.is_empty());
}

/// What a crash cut short before anybody knew who answered is a person's for all we know: its file
/// is among those to be removed, and nobody is offered it.
#[tokio::test]
async fn what_a_crash_cut_short_without_a_verdict_is_thrown_away() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let mut written = Written::open(&dir.path().join("journal"));
    let mut permits = Permits::after(ChainHead::START);
    let permit = Box::new(permits.permit(attempt(0), 0, at(0)));
    written.append(at(0), Event::Permitted { permit, call: call(0) });
    written.append(at(0), call_started(call(0), Some(attempt(0))));
    let recording: RecordingId = id(0xE0);
    let (call, attempt, campaign) = (call(0), attempt(0), id(CAMPAIGN));
    written.append(at(1), Event::VerdictTaped { recording, call, attempt, campaign });
    written.wait();
    let mut fold = Fold::open(&store, &written.journal).await.unwrap();
    fold.catch_up().await.unwrap();
    assert_eq!(store.recordings().unfinished().await.unwrap(), [recording]);
    let (duration_ms, gap_ms, chain) = (900, 0, "ab".repeat(32));
    let interrupted = true;
    let ended = Event::RecordingEnded { recording, duration_ms, gap_ms, chain, interrupted };
    written.append(at(60), ended);
    written.wait();
    fold.catch_up().await.unwrap();
    assert!(store.recordings().unfinished().await.unwrap().is_empty());
    assert!(store.verdicts().find(recording).await.is_err());
    assert_eq!(store.sweep().removed_since(at(60)).await.unwrap(), [recording]);
}

/// RULES UK-2: a restart finds the machines that agents declared.
#[tokio::test]
async fn machines_that_agents_met_are_restored() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    heard(&store, dir.path()).await;
    let restored = store.attempts().answered(id(CAMPAIGN), start()).await.unwrap();
    let met: u32 = restored.iter().map(|(_, counts)| counts.machines_met).sum();
    assert_eq!(met, 5, "each time that an agent said so, as the switch counted it");
}

/// RULES UK-5, FAULTS F1: a machine that was given up stays one when the switch is killed before
/// its attempt has ended; where an agent was to meet it, or none is ever given up, it does not.
#[tokio::test]
async fn a_machine_that_was_heard_before_a_crash_is_a_machine_after_it() {
    for (judge, audited, left, outcome) in [
        (Judge::First, false, false, Outcome::Machine),
        (Judge::First, false, true, Outcome::Delivered),
        (Judge::First, true, false, Outcome::Interrupted),
        (Judge::Off, false, false, Outcome::Interrupted),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let store = furnished(dir.path()).await;
        let found = store.campaigns().find(id(CAMPAIGN)).await.unwrap();
        let amd = Amd { judge, on_machine: OnMachine::HangUp, ..Amd::default() };
        let settings = CampaignSettings { amd, ..found.value };
        store.campaigns().update(&settings, found.version, start()).await.unwrap();
        store.leads().insert(&[lead(1)], start()).await.unwrap();
        let mut written = Written::open(&dir.path().join("journal"));
        let mut permits = Permits::after(ChainHead::START);
        let permit = Box::new(permits.permit(attempt(1), 1, at(10)));
        let (call, attempt, campaign) = (call(1), attempt(1), id(CAMPAIGN));
        written.append(at(10), Event::Permitted { permit, call });
        written.append(at(10), call_started(call, Some(attempt)));
        written.append(at(11), Event::CallAnswered { call });
        let (answerer, why) = (Answerer::Machine, "so it sounded".to_owned());
        let judged = Event::Judged { call, attempt, campaign, answerer, why, at_ms: 9, audited };
        written.append(at(12), judged);
        if left {
            written.append(at(13), Event::MessageLeft { call, attempt });
        }
        written.wait();
        Fold::open(&store, &written.journal).await.unwrap().catch_up().await.unwrap();
        let ends = interrupted(&store, at(20), at(30)).await.unwrap();
        let told = ends.iter().find_map(|event| match event {
            Event::AttemptEnded { outcome, .. } => Some(*outcome),
            _ => None,
        });
        assert_eq!(told, Some(outcome), "{judge:?}, audited: {audited}");
    }
}
