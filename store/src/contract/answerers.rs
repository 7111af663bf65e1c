//! Covers: who answered as it was heard, why, what agents met, and the sums restored from both.

use dialer::confusion::{Confusion, Met};
use dialer::permit::ChainHead;
use dialer::{Answerer, AttemptId};
use routing::CallId;

use crate::database::Store;
use crate::event::Event;
use crate::fold::Fold;
use crate::testing::{
    CAMPAIGN, Permits, Written, at, call_started, furnished, grace, id, lead, start,
};

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
    let met = |calls, people, machines| Met { calls, people, machines };
    let (person, machine, uncertain) = (met(3, 1, 1), met(4, 1, 1), met(1, 1, 0));
    assert_eq!(all, Confusion { person, machine, uncertain });
    let first = store.attempts().confusion(id(CAMPAIGN), start(), at(100)).await.unwrap();
    assert_eq!(first, Confusion { person: met(1, 1, 0), ..Confusion::default() });
    let other = store.attempts().confusion(id(0xcb), start(), at(10_000)).await.unwrap();
    assert_eq!(other, Confusion::default());
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
