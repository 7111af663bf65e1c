//! Webhooks over HTTP: who may say where events go, a secret that is shown once, what was told, and
//! telling it again.

use std::time::Duration;

use routing::CallId;
use serde_json::{Value, json};
use store::{Direction, Event};
use uuid::Uuid;

use crate::house::{As, House};

fn wanted(name: &str) -> Value {
    json!({ "name": name, "url": "https://crm.example/hooks?token=7",
        "events": ["call_started", "call_ended"] })
}

fn started(call: CallId) -> Event {
    Event::CallStarted {
        call,
        direction: Direction::Inbound,
        calling: "+15550100123".to_owned(),
        called: "+15550100124".to_owned(),
        campaign: None,
        queue: None,
        did: None,
        attempt: None,
        trunk: None,
    }
}

async fn made(admin: &As<'_>, name: &str) -> (String, String) {
    let made = admin.post("/v1/webhooks", &wanted(name)).await.expect(201);
    let text = |field: &str| made[field].as_str().unwrap().to_owned();
    (text("id"), text("secret"))
}

#[tokio::test]
async fn a_webhook_shows_its_secret_when_it_is_made_and_when_it_is_changed_and_never_else() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let (id, first) = made(&admin, "CRM").await;
    assert!(first.starts_with("whsec_") && first.len() > 40, "{first}");
    let own = format!("/v1/webhooks/{id}");
    let renewed = admin.post(&format!("{own}/secret"), &Value::Null).await.expect(200);
    let second = renewed["secret"].as_str().unwrap();
    assert_ne!(second, first);
    let standing = house.store.outbox().standing(house.now()).await.unwrap();
    assert_eq!(standing[0].secrets.0, [second, first.as_str()], "both sign for a day");
    for path in [own.as_str(), "/v1/webhooks", "/v1/webhook-deliveries", "/v1/audit"] {
        let shown = admin.get(path).await;
        shown.expect(200);
        assert!(!shown.text.contains("whsec_"), "{path}: {}", shown.text);
    }
    house.pass(Duration::from_hours(25));
    let standing = house.store.outbox().standing(house.now()).await.unwrap();
    assert_eq!(standing[0].secrets.0, [second]);
}

#[tokio::test]
async fn a_webhook_is_refused_where_it_leads_nowhere_or_asks_for_nothing() {
    let house = House::new().await;
    let admin = house.set_up().await;
    for (field, value, fault) in [
        ("url", json!("http://crm.example/"), "/url"),
        ("url", json!("https://u:p@crm.example/"), "/url"),
        ("events", json!([]), "/events"),
        ("events", json!(["call_ended", "call_ended"]), "/events"),
        ("events", json!(["everything"]), "/events/0"),
        ("name", json!(""), "/name"),
        ("campaigns", json!([Uuid::nil()]), "/campaigns/0"),
    ] {
        let mut draft = wanted("CRM");
        draft[field] = value;
        assert_eq!(admin.post("/v1/webhooks", &draft).await.problem(422), fault, "{draft}");
    }
    let (id, _) = made(&admin, "CRM").await;
    admin.post("/v1/webhooks", &wanted("CRM")).await.problem(409);
    let own = format!("/v1/webhooks/{id}");
    admin.put(&own, Some("\"7\""), &wanted("CRM")).await.problem(412);
    admin.put(&own, Some("\"1\""), &wanted("CRM 2")).await.expect(200);
    admin.delete(&own, Some("\"2\"")).await.expect(204);
    admin.get(&own).await.problem(404);
}

/// A network that the configuration lists may be told in plain.
#[tokio::test]
async fn plain_http_is_for_installations_that_allow_it() {
    let house = House::with(|settings| settings.plain_webhooks = true).await;
    let admin = house.set_up().await;
    let mut draft = wanted("CRM");
    draft["url"] = json!("http://10.1.2.3/");
    admin.post("/v1/webhooks", &draft).await.expect(201);
}

#[tokio::test]
async fn what_was_told_is_listed_shown_and_told_again() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let (id, _) = made(&admin, "CRM").await;
    let call = CallId::from(Uuid::now_v7());
    house.happened([started(call), Event::CallAnswered { call }]).await;
    let waiting = format!("/v1/webhook-deliveries?webhook={id}&state=waiting");
    let listed = admin.get(&waiting).await.expect(200);
    assert_eq!(listed["items"].as_array().unwrap().len(), 1, "{listed}");
    let delivery = listed["items"][0]["id"].as_str().unwrap().to_owned();
    let one = format!("/v1/webhook-deliveries/{delivery}");
    let shown = admin.get(&one).await.expect(200);
    assert_eq!(
        (&shown["event"], &shown["body"]["event"]),
        (&json!("call_started"), &shown["event"])
    );
    assert_eq!((&shown["body"]["id"], &shown["body"]["call"]["id"]), (&shown["id"], &json!(call)));

    let outbox = house.store.outbox();
    let sent = store::webhooks::outbox::Sent {
        id: delivery.parse().unwrap(),
        at: house.now(),
        status: Some(500),
        answer: "<b>no</b>".to_owned(),
    };
    let hook = id.parse().unwrap();
    let long_ago = jiff::Timestamp::UNIX_EPOCH;
    assert!(!outbox.failed(hook, &sent, None, long_ago).await.unwrap());
    let fares = admin.get(&format!("/v1/webhooks/{id}")).await.expect(200)["health"].clone();
    assert_eq!((&fares["dead"], &fares["waiting"]), (&json!(1), &json!(0)), "{fares}");
    let metrics = admin.get("/metrics").await;
    metrics.problem(404);

    let span = json!({ "from": "2020-01-01T00:00:00Z", "to": "2100-01-01T00:00:00Z",
        "state": "dead" });
    let replay = format!("/v1/webhooks/{id}/replay");
    assert_eq!(admin.post(&replay, &span).await.expect(200)["deliveries"], 1);
    assert_eq!(admin.post(&replay, &span).await.expect(200)["deliveries"], 0);
    let none = json!({ "from": span["to"], "to": span["from"], "state": "dead" });
    assert_eq!(admin.post(&replay, &none).await.problem(422), "/to");
    outbox.delivered(hook, &sent).await.unwrap();
    admin.post(&format!("{one}/replay"), &Value::Null).await.expect(204);
    let again = admin.get(&waiting).await.expect(200);
    assert_eq!(again["items"][0]["id"], delivery.as_str(), "under the same identity");
    admin
        .post("/v1/webhook-deliveries/00000000-0000-0000-0000-000000000404/replay", &Value::Null)
        .await
        .problem(404);
}

#[tokio::test]
async fn a_paused_webhook_is_tested_and_resumed() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let (id, _) = made(&admin, "CRM").await;
    house.happened([(), ()].map(|()| started(CallId::from(Uuid::now_v7())))).await;
    let (hook, outbox) = (id.parse().unwrap(), house.store.outbox());
    // What happened has the time of the wall, which the house's clock stands behind.
    let at = jiff::Timestamp::now();
    let again = at + jiff::SignedDuration::from_hours(1);
    let mut paused = vec![];
    for due in outbox.due(hook, true, at, 9).await.unwrap() {
        let answer = String::new();
        let sent = store::webhooks::outbox::Sent { id: due.id, at, status: None, answer };
        paused.push(outbox.failed(hook, &sent, Some(again), at).await.unwrap());
    }
    assert_eq!(paused, [false, true], "one that is refused says nothing of the webhook");
    let own = format!("/v1/webhooks/{id}");
    assert!(admin.get(&own).await.expect(200)["health"]["paused_at"].is_string());
    let test = admin.post(&format!("{own}/test"), &Value::Null).await.expect(202);
    let due = outbox.due(hook, false, at, 9).await.unwrap();
    assert_eq!((json!(due[0].id), due[0].is_test, due.len()), (test["delivery"].clone(), true, 1));
    admin.post(&format!("{own}/resume"), &Value::Null).await.expect(204);
    assert!(admin.get(&own).await.expect(200)["health"]["paused_at"].is_null());
    assert_eq!(outbox.due(hook, true, at, 9).await.unwrap().len(), 3);
}
