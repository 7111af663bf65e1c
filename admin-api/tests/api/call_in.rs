//! PINs and access numbers of agents who call in from any telephone (R126).

use admin_api::Change;
use admin_api::call_in::Prover;
use routing::{Pin, Verdict};
use serde_json::{Value, json};
use store::users::Role;

use crate::house::House;

/// The PIN is a hash at rest, is in no answer but the one that makes it, and in no audit entry.
#[tokio::test]
async fn an_agent_chooses_a_pin_and_an_administrator_makes_another() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let id = admin.agent(1).await;
    let agent = house.user("ada", Role::Agent, Some(id.parse().unwrap())).await;
    let shown = agent.get("/v1/me/call-in").await.expect(200);
    assert_eq!(shown, json!({ "access_numbers": [], "pin_set_at": null }));
    agent.put("/v1/me/call-in-pin", None, &json!({ "pin": "402817" })).await.expect(204);
    assert!(agent.get("/v1/me/call-in").await.expect(200)["pin_set_at"].is_string());

    let prover = Prover::new(house.store.clone());
    let whose = Some(id.parse().unwrap());
    let pin = |text: &str| Pin::chosen(text, "").unwrap();
    assert_eq!(prover.prove(whose, &pin("402817")).await, Verdict::Right);
    assert_eq!(prover.prove(whose, &pin("402818")).await, Verdict::Wrong);
    assert_eq!(prover.prove(None, &pin("402817")).await, Verdict::Wrong);
    let kept = house.store.call_in_pins().find(id.parse().unwrap()).await.unwrap().unwrap();
    assert!(kept.hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));

    let path = format!("/v1/agents/{id}/call-in-pin");
    let made = admin.put(&path, None, &json!({})).await.expect(200);
    let made = made["generated_pin"].as_str().unwrap().to_owned();
    assert_eq!(prover.prove(whose, &pin(&made)).await, Verdict::Right);
    assert_eq!(
        prover.prove(whose, &pin("402817")).await,
        Verdict::Wrong,
        "the one before works no more"
    );
    assert_eq!(admin.put(&path, None, &json!({ "pin": "918273" })).await.expect(200), json!({}));
    let told = |change: &Change| matches!(change, Change::CallInPin(of) if Some(*of) == whose);
    assert_eq!(house.changes().iter().filter(|change| told(change)).count(), 3);

    let log = admin.get("/v1/audit?limit=50").await.expect(200);
    let verbs: Vec<_> =
        log["items"].as_array().unwrap().iter().map(|entry| &entry["verb"]).collect();
    assert!(verbs.contains(&&json!("choose_call_in_pin")), "{verbs:?}");
    for secret in ["402817", "918273", &*made, "argon2"] {
        assert!(!log.to_string().contains(secret), "the log holds {secret}");
    }
    admin.call("DELETE", &path, &Value::Null).await.expect(204);
    assert_eq!(prover.prove(whose, &pin("918273")).await, Verdict::Wrong);
    assert_eq!(admin.get(&path).await.expect(200), json!({ "set_at": null }));
}

#[tokio::test]
async fn a_pin_that_is_a_first_guess_is_refused_and_nobody_sets_anothers() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let id = admin.agent(1).await;
    let agent = house.user("ada", Role::Agent, Some(id.parse().unwrap())).await;
    for weak in ["1234567", "111111", "121212", "112233", "40281", "4028x7"] {
        let refused =
            agent.put("/v1/me/call-in-pin", None, &json!({ "pin": weak })).await.problem(422);
        assert_eq!(refused, "/pin", "{weak}");
    }
    let other = admin.agent(2).await;
    for id in [&id, &other] {
        let path = format!("/v1/agents/{id}/call-in-pin");
        let status = agent.put(&path, None, &json!({ "pin": "402817" })).await.status.as_u16();
        assert!(status == 403 || status == 404, "{status}");
    }
    let nobody = house.user("bob", Role::Agent, None).await;
    nobody.put("/v1/me/call-in-pin", None, &json!({ "pin": "402817" })).await.problem(404);
}

/// An access number says nothing of customers, and agents are told of it.
#[tokio::test]
async fn agents_are_told_where_to_call() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let id = admin.agent(1).await;
    let agent = house.user("ada", Role::Agent, Some(id.parse().unwrap())).await;
    let mut did = json!({ "number": "+15550100177", "target": { "to": "call_in" },
        "unavailable": { "to": "hang_up" } });
    assert_eq!(admin.post("/v1/dids", &did).await.problem(422), "/unavailable");
    did["unavailable"] = json!({ "to": "notice" });
    let made = admin.post("/v1/dids", &did).await.expect(201);
    assert_eq!(made["target"], json!({ "to": "call_in" }));
    let shown = agent.get("/v1/me/call-in").await.expect(200);
    assert_eq!(shown["access_numbers"], json!(["+15550100177"]));
}
