//! Covers: scripts, every version of each, who names them, and what was answered in calls.

use routing::scripts::Answers;
use routing::{AgentId, CallId, Script};
use serde_json::json;
use uuid::Uuid;

use crate::error::Error;
use crate::event::{Event, Party};
use crate::fold::Fold;
use crate::links::Target;
use crate::script_answers::Given;
use crate::testing::{Written, at, call_started, campaign, furnished, grace, id, number, start};

fn script(name: &str) -> Script {
    let json = json!({
        "id": Uuid::from_u128(71), "name": name, "start": "hello", "pages": [
            { "name": "hello", "ends": true, "questions": [
                { "name": "seats", "label": "How many?", "required": true,
                  "ask": { "kind": "number" } },
                { "name": "note", "label": "Anything else?", "ask": { "kind": "text" } },
            ] },
        ],
    });
    serde_json::from_value(json).unwrap()
}

fn given(call: CallId, agent: AgentId, answers: &[(&str, &str)]) -> Given {
    let answers: Answers =
        answers.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    Given { call, agent, page: "hello".into(), answers }
}

#[tokio::test]
async fn a_script_that_a_campaign_names_is_there_and_cannot_go() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let mut named = campaign();
    named.script = Some(id(71));
    let error = store.campaigns().update(&named, 1, at(1)).await.unwrap_err();
    assert!(matches!(&error, Error::Unknown(field) if field == "script"), "{error}");
    store.scripts().insert(&script("Offer"), start()).await.unwrap();
    store.campaigns().update(&named, 1, at(2)).await.unwrap();
    let refused = store.scripts().delete(id(71), 1).await.unwrap_err();
    assert!(matches!(refused, Error::Referenced { by: "campaigns" }), "{refused}");
    let who = store.referrers(&Target::Script(id(71))).await.unwrap();
    assert_eq!((who[0].resource.as_str(), who[0].field.as_str()), ("campaign", "script"));
    let queue = routing::Queue { script: Some(id(71)), ..routing::Queue::new(id(21), "Sales") };
    store.queues().insert(&queue, at(3)).await.unwrap();
    assert_eq!(store.referrers(&Target::Script(id(71))).await.unwrap().len(), 2);
}

#[tokio::test]
async fn every_version_of_a_script_is_kept_the_newest_first() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    store.scripts().insert(&script("Offer"), at(1)).await.unwrap();
    store.scripts().update(&script("Offers"), 1, at(2)).await.unwrap();
    let stale = store.scripts().update(&script("Other"), 1, at(3)).await.unwrap_err();
    assert!(matches!(stale, Error::Stale { current: 2 }), "{stale}");
    let kept = store.scripts().versions(id(71), None).await.unwrap();
    let told: Vec<_> = kept.iter().map(|kept| (kept.version, kept.value.name.as_str())).collect();
    assert_eq!(told, [(2, "Offers"), (1, "Offer")]);
}

/// What one window sends takes nothing away; an empty answer takes back its own.
#[tokio::test]
async fn answers_are_added_one_by_one_and_complete_when_their_way_ends() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let asked = script("Offer");
    store.scripts().insert(&asked, start()).await.unwrap();
    let (answers, call) = (store.script_answers(), id::<CallId>(7));
    assert_eq!(answers.find(call).await.unwrap(), None);
    let first = given(call, grace(), &[("note", "a ladder")]);
    let first = answers.add(first, (&asked, 1), at(1)).await.unwrap();
    assert!(!first.complete);
    let second = given(call, grace(), &[("seats", "3")]);
    let second = answers.add(second, (&asked, 1), at(2)).await.unwrap();
    assert!(second.complete && second.answers.len() == 2, "{second:?}");
    assert_eq!(answers.find(call).await.unwrap(), Some(second));
    let third = given(call, grace(), &[("seats", "")]);
    let third = answers.add(third, (&asked, 1), at(3)).await.unwrap();
    assert!(!third.complete && third.answers.len() == 1, "{third:?}");
    let refused = store.scripts().delete(id(71), 1).await.unwrap_err();
    assert!(matches!(refused, Error::Referenced { by: "answers in calls" }), "{refused}");
}

/// Who is forgotten is not remembered by their answers; before, they are part of what is collected.
#[tokio::test]
async fn answers_are_collected_and_forgotten_with_the_person() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let asked = script("Offer");
    store.scripts().insert(&asked, start()).await.unwrap();
    let call = id::<CallId>(7);
    let mut written = Written::open(&dir.path().join("journal"));
    written.append(at(0), call_started(call, None));
    let ended = Event::CallEnded {
        call,
        by: Party::Customer,
        sip: None,
        q850: None,
        ring_ms: 0,
        talk_ms: 60_000,
        hold_ms: 0,
        wait_ms: 0,
    };
    written.append(at(60), ended);
    written.wait();
    Fold::open(&store, &written.journal).await.unwrap().catch_up().await.unwrap();
    let said = given(call, grace(), &[("seats", "3"), ("note", "a ladder")]);
    store.script_answers().add(said, (&asked, 1), at(30)).await.unwrap();
    let collected = store.persons().collect(number(1), at(90)).await.unwrap();
    assert!(collected.records["script_answers"][0].to_string().contains("a ladder"));
    store.persons().forget(number(1), at(100)).await.unwrap();
    let kept = store.script_answers().find(call).await.unwrap().unwrap();
    assert!(kept.answers.is_empty(), "{kept:?}");
}
