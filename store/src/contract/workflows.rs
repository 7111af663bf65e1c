//! Covers: workflows, every version of each, what they refer to, and who calls.

use dialer::Lead;
use routing::{CallId, QueueId, Workflow};
use serde_json::json;
use uuid::Uuid;

use crate::calls::{CallQuery, CallStep, LedBy};
use crate::error::Error;
use crate::event::Event;
use crate::fold::Fold;
use crate::links::Target;
use crate::testing::{LIST, Written, at, call_started, furnished, id, number, start};

fn queue(n: u128) -> routing::Queue {
    routing::Queue::new(id::<QueueId>(n), format!("Queue {n}"))
}

fn workflow(name: &str, queue: u128) -> Workflow {
    let steps = json!({
        "hello": { "do": "play", "clip": "leave-a-message", "then": "wait" },
        "wait": { "do": "queue", "queue": Uuid::from_u128(queue) },
    });
    let json = json!({ "id": Uuid::from_u128(81), "name": name, "start": "hello", "steps": steps });
    serde_json::from_value(json).unwrap()
}

/// Issue 5, point 7: a version that led calls stays readable, and goes with the workflow.
#[tokio::test]
async fn every_version_of_a_workflow_is_kept_the_newest_first() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    store.queues().insert(&queue(21), start()).await.unwrap();
    let workflows = store.workflows();
    let (first, second) = (workflow("Front", 21), workflow("Front desk", 21));
    workflows.insert(&first, at(1)).await.unwrap();
    workflows.update(&second, 1, at(2)).await.unwrap();
    assert!(matches!(workflows.update(&first, 1, at(3)).await, Err(Error::Stale { current: 2 })));
    let kept = workflows.versions(first.id, None).await.unwrap();
    let told: Vec<_> = kept.iter().map(|kept| (kept.version, kept.saved_at)).collect();
    assert_eq!(told, [(2, at(2)), (1, at(1))]);
    assert_eq!((&kept[0].value, &kept[1].value), (&second, &first));
    assert_eq!(workflows.versions(first.id, Some(2)).await.unwrap(), kept[1..]);
    workflows.delete(first.id, 2).await.unwrap();
    assert_eq!(workflows.versions(first.id, None).await.unwrap(), []);
}

#[tokio::test]
async fn what_a_workflow_names_is_there_and_cannot_go_nor_can_a_workflow_that_leads_callers() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let error = store.workflows().insert(&workflow("Front", 404), at(1)).await.unwrap_err();
    assert!(matches!(&error, Error::Unknown(field) if field == "steps.wait.queue"), "{error}");
    store.queues().insert(&queue(21), start()).await.unwrap();
    store.workflows().insert(&workflow("Front", 21), at(1)).await.unwrap();
    let refused = store.queues().delete(id(21), 1).await.unwrap_err();
    assert!(matches!(refused, Error::Referenced { by: "workflows" }), "{refused}");
    let did = json!({
        "id": Uuid::from_u128(41), "number": number(11),
        "target": { "to": "workflow", "workflow": Uuid::from_u128(81) },
    });
    store.dids().insert(&serde_json::from_value(did).unwrap(), at(2)).await.unwrap();
    let refused = store.workflows().delete(id(81), 1).await.unwrap_err();
    assert!(matches!(refused, Error::Referenced { by: "DIDs" }), "{refused}");
    let who = store.referrers(&Target::Workflow(id(81))).await.unwrap();
    assert_eq!(who[0].field, "target.workflow");
}

/// A number of several lists is the newest lead's.
#[tokio::test]
async fn a_caller_is_the_newest_lead_with_the_number() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let other = crate::lists::List { id: id(52), name: "June".into(), source: None };
    store.lists().insert(&other, start()).await.unwrap();
    let leads = [(901, LIST), (902, 52)].map(|(n, list)| Lead::new(id(n), id(list), number(77)));
    store.leads().insert(&leads, start()).await.unwrap();
    let found = store.leads().of_number(number(77)).await.unwrap();
    assert_eq!(found.map(|lead| lead.id), Some(id(902)));
    assert_eq!(store.leads().of_number(number(78)).await.unwrap(), None);
}

/// The record of a call says which steps of which version led it.
#[tokio::test]
async fn the_steps_of_a_call_name_the_version_that_led_it() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let call: CallId = id(7);
    let (workflow, step) = (id(81), "hello".to_owned());
    let mut written = Written::open(&dir.path().join("journal"));
    written.append(at(0), Event::CallLed { call, workflow, version: 3, step });
    written.wait();
    Fold::open(&store, &written.journal).await.unwrap().catch_up().await.unwrap();
    let steps = store.calls().steps(call).await.unwrap();
    let [CallStep { step, note, .. }] = steps.as_slice() else { panic!("{steps:?}") };
    let told = format!("hello (workflow {}, version 3)", Uuid::from_u128(81));
    assert_eq!((step.as_str(), note.as_deref()), ("led", Some(told.as_str())));
}

/// A version's calls are those that came to its first step, each once, and no other version's.
#[tokio::test]
async fn a_version_names_the_calls_that_it_led() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let mut written = Written::open(&dir.path().join("journal"));
    let led = |call: CallId, version, step: &str| {
        let (workflow, step) = (id(81), step.to_owned());
        Event::CallLed { call, workflow, version, step }
    };
    for (n, version) in [(7_u128, 3), (8, 4)] {
        written.append(at(0), call_started(id(n), None));
        for step in ["hello", "wait", "hello"] {
            written.append(at(1), led(id(n), version, step));
        }
    }
    written.wait();
    Fold::open(&store, &written.journal).await.unwrap().catch_up().await.unwrap();
    let of = |version| {
        let start = "hello".to_owned();
        let led_by = Some(LedBy { workflow: id(81), version, start });
        CallQuery { led_by, ..CallQuery::default() }
    };
    for (version, calls) in [(2, vec![]), (3, vec![id(7)]), (4, vec![id(8)])] {
        let found = store.calls().list(&of(version)).await.unwrap();
        let found: Vec<CallId> = found.items.iter().map(|call| call.id).collect();
        assert_eq!(found, calls, "{version}");
    }
}
