//! Workflows over HTTP: refused with the name of the step, kept by version, rehearsed.

use admin_api::Change;
use serde_json::{Value, json};
use store::users::Role;

use crate::house::{As, House};

async fn queue(admin: &As<'_>) -> String {
    admin.post("/v1/queues", &json!({ "name": "Sales" })).await.id()
}

fn front(queue: &str) -> Value {
    json!({
        "name": "Front", "start": "hours",
        "steps": {
            "hours": {
                "do": "hours", "time_zone": "Europe/London",
                "hours": [{ "days": ["mon", "tue", "wed", "thu", "fri"],
                    "from": "09:00:00", "to": "17:00:00" }],
                "open": "menu", "closed": "message",
            },
            "menu": { "do": "gather", "clip": "leave-a-message", "choices": { "1": "ask" },
                "otherwise": "message", "tries": 1 },
            "ask": { "do": "webhook", "url": "https://crm.example/ivr", "then": "sales",
                "failed": "message" },
            "sales": { "do": "queue", "queue": queue },
            "message": { "do": "voicemail", "mailbox": { "of": "queue", "queue": queue } },
        },
    })
}

/// Issue 5, point 7: every fault at once, each at the step that has it.
#[tokio::test]
async fn a_workflow_that_would_lose_a_caller_is_refused_at_its_steps() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let queue = queue(&admin).await;
    let mut wrong = front(&queue);
    wrong["steps"]["hours"]["time_zone"] = json!("Europe/Atlantis");
    wrong["steps"]["menu"]["choices"]["1"] = json!("nowhere");
    wrong["steps"]["ask"]["then"] = json!("");
    let refused = admin.post("/v1/workflows", &wrong).await;
    refused.problem(422);
    let errors = refused.json()["errors"].clone();
    let told: Vec<_> =
        errors.as_array().unwrap().iter().map(|error| error["field"].as_str().unwrap()).collect();
    assert_eq!(
        told,
        ["/steps/ask/then", "/steps/menu/choices/1", "/steps/hours/time_zone"],
        "{errors}"
    );
    let mut lost = front(&queue);
    lost["steps"]["sales"]["queue"] = json!("00000000-0000-0000-0000-000000000404");
    assert_eq!(admin.post("/v1/workflows", &lost).await.problem(422), "/steps/sales/queue");
    let mut misspelt = front(&queue);
    misspelt["steps"]["menu"]["clipp"] = json!("x");
    assert!(admin.post("/v1/workflows", &misspelt).await.status.is_client_error());
}

/// The switch is told each version with its number; every version stays readable.
#[tokio::test]
async fn every_version_is_told_to_the_switch_and_kept() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let queue = queue(&admin).await;
    house.changes();
    let made = admin.post("/v1/workflows", &front(&queue)).await;
    made.expect(201);
    let own = format!("/v1/workflows/{}", made.id());
    let mut second = front(&queue);
    second["steps"]["menu"]["clip"] = json!("nobody-here");
    admin.put(&own, Some("\"1\""), &second).await.expect(200);
    let changes = house.changes();
    let told: Vec<_> = changes
        .iter()
        .map(|change| match change {
            Change::Workflow { workflow, version } => (workflow.name.as_str(), *version),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(told, [("Front", 1), ("Front", 2)]);
    let kept = admin.get(&format!("{own}/versions")).await.expect(200);
    let clip = |n: usize| kept["items"][n]["workflow"]["steps"]["menu"]["clip"].clone();
    assert_eq!((kept["items"][0]["version"].clone(), clip(0)), (json!(2), json!("nobody-here")));
    assert_eq!(
        (kept["items"][1]["version"].clone(), clip(1)),
        (json!(1), json!("leave-a-message"))
    );
    let older = admin.get(&format!("{own}/versions?before=2")).await.expect(200);
    assert_eq!(older["items"].as_array().unwrap().len(), 1);
    let did = json!({ "number": "+15550100124",
        "target": { "to": "workflow", "workflow": made.id() } });
    let did = admin.post("/v1/dids", &did).await.id();
    admin.delete(&own, Some("*")).await.problem(409);
    admin.delete(&format!("/v1/dids/{did}"), Some("*")).await.expect(204);
    admin.delete(&own, Some("*")).await.expect(204);
    admin.get(&format!("{own}/versions")).await.problem(404);
}

/// Issue 5, point 7: a given number, keys and time answer the ladder of steps.
#[tokio::test]
async fn a_workflow_is_rehearsed_before_it_is_saved() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let queue = queue(&admin).await;
    let mut asked = json!({
        "workflow": front(&queue), "calling": "+15550100123", "called": "+15550100124",
        "at": "2026-03-18T12:00:00Z", "keys": "1", "webhooks": { "ask": { "tier": "gold" } },
    });
    let steps = |ladder: &Value| {
        let rungs = ladder["rungs"].as_array().unwrap().iter();
        let entered = rungs.filter(|rung| rung["what"] == "entered");
        entered.map(|rung| rung["step"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let ladder = admin.post("/v1/workflows/simulate", &asked).await.expect(200);
    assert_eq!(steps(&ladder), ["hours", "menu", "ask", "sales"]);
    let last = ladder["rungs"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((&last["at_ms"], &last["exit"]["to"]), (&json!(3_500), &json!("queue")));
    asked["webhooks"] = json!({});
    let ladder = admin.post("/v1/workflows/simulate", &asked).await.expect(200);
    assert_eq!(steps(&ladder), ["hours", "menu", "ask", "message"]);
    asked["at"] = json!("2026-03-21T12:00:00Z");
    let ladder = admin.post("/v1/workflows/simulate", &asked).await.expect(200);
    assert_eq!(steps(&ladder), ["hours", "message"], "a Saturday");
    asked["keys"] = json!("A");
    assert_eq!(admin.post("/v1/workflows/simulate", &asked).await.problem(422), "/keys");
    asked["keys"] = json!("");
    asked["workflow"]["start"] = json!("nowhere");
    let refused = admin.post("/v1/workflows/simulate", &asked).await;
    assert_eq!(refused.problem(422), "/workflow/start");
}

/// FAULTS S12, S23: whoever may only look at workflows learns no token of a server; whoever changes
/// one reads what they send back.
#[tokio::test]
async fn the_token_of_a_webhook_is_for_those_who_may_change_it() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let mut workflow = front(&queue(&admin).await);
    workflow["steps"]["ask"]["url"] = json!("https://crm.example:8443/ivr/s3cret?key=s3cret");
    let own = format!("/v1/workflows/{}", admin.post("/v1/workflows", &workflow).await.id());
    let manager = house.user("manager", Role::Manager, None).await;
    for path in ["/v1/workflows".to_owned(), own.clone(), format!("{own}/versions")] {
        let shown = manager.get(&path).await;
        shown.expect(200);
        assert!(shown.text.contains("https://crm.example:8443/***"), "{path}: {}", shown.text);
        assert!(!shown.text.contains("s3cret"), "{path}: {}", shown.text);
        assert!(admin.get(&path).await.text.contains("s3cret"), "{path}");
    }
    let mut read = admin.get(&own).await.expect(200);
    for ours in ["id", "version", "created_at", "updated_at"] {
        read.as_object_mut().unwrap().remove(ours);
    }
    let kept = admin.put(&own, Some("*"), &read).await.expect(200);
    assert_eq!(kept["steps"]["ask"]["url"], workflow["steps"]["ask"]["url"]);
}

/// The order that people see is kept, and names each step once.
#[tokio::test]
async fn the_order_of_the_steps_is_kept_and_its_users_are_told() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let queue = queue(&admin).await;
    let mut workflow = front(&queue);
    workflow["order"] = json!(["menu", "hours", "menu"]);
    assert_eq!(admin.post("/v1/workflows", &workflow).await.problem(422), "/order/2");
    workflow["order"] = json!(["menu", "gone"]);
    assert_eq!(admin.post("/v1/workflows", &workflow).await.problem(422), "/order/1");
    workflow["order"] = json!(["menu", "hours"]);
    let made = admin.post("/v1/workflows", &workflow).await;
    assert_eq!(made.expect(201)["order"], json!(["menu", "hours"]));
    let own = format!("/v1/workflows/{}", made.id());
    assert_eq!(admin.get(&format!("{own}/uses")).await.expect(200), json!([]));
    let did = json!({ "number": "+15550100124",
        "target": { "to": "workflow", "workflow": made.id() } });
    let did = admin.post("/v1/dids", &did).await.id();
    let uses = admin.get(&format!("{own}/uses")).await.expect(200);
    assert_eq!((&uses[0]["id"], &uses[0]["field"]), (&json!(did), &json!("/target/workflow")));
}

/// Which calls a version leads is asked of the calls, with both words or neither.
#[tokio::test]
async fn the_calls_of_a_version_are_listed() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let made = admin.post("/v1/workflows", &front(&queue(&admin).await)).await.id();
    let of = |query: String| format!("/v1/calls?{query}");
    let listed = admin.get(&of(format!("workflow={made}&workflow_version=1"))).await.expect(200);
    assert_eq!(listed["items"], json!([]));
    admin.get(&of(format!("workflow={made}&workflow_version=2"))).await.problem(404);
    let alone = admin.get(&of(format!("workflow={made}"))).await;
    assert_eq!(alone.problem(400), "workflow_version");
    assert_eq!(admin.get(&of("workflow_version=1".into())).await.problem(400), "workflow");
}
