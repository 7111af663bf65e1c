//! Scripts over HTTP: refused with the page's name, walked in a call, asked for by a disposition;
//! and customers' pages in other systems.

use admin_api::Control;
use admin_api::live::LiveEvent;
use serde_json::{Value, json};
use store::users::Role;

use crate::house::{As, House};

const CALL: &str = "00000000-0000-0000-0000-00000000ca11";

fn offer() -> Value {
    json!({
        "name": "Offer", "start": "hello", "pages": [
            { "name": "hello", "text": "Hello {first_name}.", "next": "order", "questions": [
                { "name": "interest", "label": "Interested?", "required": true,
                  "ask": { "kind": "choice", "options": [
                      { "value": "yes" }, { "value": "no", "next": "goodbye" } ] } } ] },
            { "name": "order", "next": "goodbye", "questions": [
                { "name": "seats", "label": "How many?", "required": true,
                  "ask": { "kind": "number", "low": 1, "high": 50 } } ] },
            { "name": "goodbye", "ends": true },
        ],
    })
}

/// A call of this agent for a campaign, as the switch tells it to everybody.
fn call(agent: &str, campaign: &str) -> LiveEvent {
    let view = json!({
        "type": "call", "id": CALL, "direction": "outbound", "state": "talking",
        "calling": "+15550100100", "called": "+15550100123", "campaign": campaign,
        "campaign_name": null, "queue": null, "agent": agent, "by": null, "about": null,
        "allowed": [], "recording": null, "legs": [], "talk": null, "lead": null,
        "since": "2026-03-01T00:00:00Z", "started_at": "2026-03-01T00:00:00Z",
    });
    serde_json::from_value(view).unwrap()
}

async fn campaign(admin: &As<'_>, more: Value) -> String {
    let dispositions = json!([
        { "code": "sale", "label": "Sale", "form_required": true },
        { "code": "gone", "label": "Gone" },
    ]);
    let mut body = json!({ "name": "March", "dispositions": dispositions });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let made = admin.post("/v1/campaigns", &body).await;
    made.expect(201);
    made.id()
}

#[tokio::test]
async fn a_script_that_would_lose_an_agent_is_refused_at_its_page() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let mut wrong = offer();
    wrong["pages"][1]["next"] = json!("nowhere");
    wrong["pages"][0]["text"] = json!("Hello {nobody}");
    let refused = admin.post("/v1/scripts", &wrong).await;
    refused.problem(422);
    let errors = refused.json()["errors"].clone();
    let told: Vec<_> =
        errors.as_array().unwrap().iter().map(|error| error["field"].as_str().unwrap()).collect();
    assert_eq!(told, ["/pages/0/text", "/pages/1/next"], "{errors}");
    assert!(errors[1]["expected"].as_str().unwrap().contains("page \"order\""), "{errors}");
    let made = admin.post("/v1/scripts", &offer()).await;
    made.expect(201);
    let own = format!("/v1/scripts/{}", made.id());
    let mut second = offer();
    second["name"] = json!("Offers");
    admin.put(&own, Some("\"1\""), &second).await.expect(200);
    admin.put(&own, Some("\"1\""), &offer()).await.problem(412);
    campaign(&admin, json!({ "script": made.id() })).await;
    admin.delete(&own, Some("*")).await.problem(409);
    let agent = house.user("ada", Role::Agent, None).await;
    agent.get("/v1/scripts").await.problem(403);
}

/// The server owns the answers: they survive the page, and a new version of the script.
#[tokio::test]
async fn answers_are_kept_by_the_version_that_the_call_began_with() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let script = admin.post("/v1/scripts", &offer()).await.id();
    let campaign = campaign(&admin, json!({ "script": script })).await;
    let id = admin.agent(1).await;
    let agent = house.user("ada", Role::Agent, Some(id.parse().unwrap())).await;
    house.switch.hub().publish(call(&id, &campaign));
    let sheet = format!("/v1/me/call-sheet?call={CALL}");
    let shown = agent.get(&sheet).await.expect(200);
    assert_eq!(shown["script"]["missing"][0]["question"], "interest");
    assert_eq!((&shown["words"]["number"], &shown["crm"]), (&json!("+15550100123"), &json!(null)));
    let give = async |page: &str, answers: Value| {
        let body = json!({ "call": CALL, "page": page, "answers": answers });
        agent.put("/v1/me/call-sheet/answers", None, &body).await
    };
    let refused = give("order", json!({ "seats": "51" })).await;
    assert_eq!(refused.problem(422), "/answers/seats");
    assert_eq!(give("nowhere", json!({})).await.problem(422), "/page");
    assert_eq!(give("hello", json!({ "colour": "red" })).await.problem(422), "/answers/colour");
    let told = give("order", json!({ "interest": "yes" })).await.expect(200);
    assert_eq!((&told["trail"], &told["complete"]), (&json!(["hello", "order"]), &json!(false)));
    let mut other = offer();
    other["pages"] = json!([{ "name": "hello", "ends": true }]);
    admin.put(&format!("/v1/scripts/{script}"), Some("*"), &other).await.expect(200);
    let told = give("goodbye", json!({ "seats": "3" })).await.expect(200);
    assert_eq!(told["complete"], true);
    let shown = agent.get(&sheet).await.expect(200);
    assert_eq!(
        (&shown["script"]["version"], &shown["script"]["page"]),
        (&json!(1), &json!("goodbye"))
    );
    assert_eq!(shown["script"]["answers"], json!({ "interest": "yes", "seats": "3" }));
    let stranger = admin.agent(2).await;
    let stranger = house.user("bob", Role::Agent, Some(stranger.parse().unwrap())).await;
    stranger.get(&sheet).await.problem(404);
}

/// The form comes before the disposition that asks for it, and the refusal says what is missing.
#[tokio::test]
async fn a_disposition_waits_for_its_form() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let alone = json!({ "name": "Alone", "dispositions": [
        { "code": "sale", "label": "Sale", "form_required": true } ] });
    assert_eq!(
        admin.post("/v1/campaigns", &alone).await.problem(422),
        "/dispositions/0/form_required"
    );
    let script = admin.post("/v1/scripts", &offer()).await.id();
    let campaign = campaign(&admin, json!({ "script": script })).await;
    let id = admin.agent(1).await;
    let agent = house.user("ada", Role::Agent, Some(id.parse().unwrap())).await;
    house.switch.hub().publish(call(&id, &campaign));
    let dispose = async |code: &str| {
        agent.post("/v1/me/dispose", &json!({ "call": CALL, "code": code })).await
    };
    let refused = dispose("sale").await;
    assert_eq!(refused.problem(422), "/code");
    assert!(refused.text.contains("Interested?"), "{}", refused.text);
    dispose("gone").await.expect(204);
    let body = json!({ "call": CALL, "page": "goodbye", "answers": { "interest": "no" } });
    agent.put("/v1/me/call-sheet/answers", None, &body).await.expect(200);
    dispose("sale").await.expect(204);
    let own = json!({ "call": CALL, "code": "sale" });
    admin.post(&format!("/v1/agents/{id}/dispose"), &own).await.expect(204);
}

/// A page of another system: its host is named by the organisation, by https unless it says so.
#[tokio::test]
async fn a_customers_page_has_a_host_that_the_organisation_names() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let address = "https://crm.example/p?n={number}&c={call_id}";
    let body = json!({ "name": "Sales", "crm": address });
    assert_eq!(admin.post("/v1/queues", &body).await.problem(422), "/crm");
    let mut organisation = admin.get("/v1/organisation").await.expect(200);
    for ours in ["version", "created_at", "updated_at"] {
        organisation.as_object_mut().unwrap().remove(ours);
    }
    organisation["crm_hosts"] = json!(["crm.example;script-src *"]);
    let refused = admin.put("/v1/organisation", Some("*"), &organisation).await;
    assert_eq!(refused.problem(422), "/crm_hosts/0");
    organisation["crm_hosts"] = json!(["crm.example"]);
    admin.put("/v1/organisation", Some("*"), &organisation).await.expect(200);
    for wrong in [
        "http://crm.example/{number}",
        "https://{number}.example/",
        "https://a.example/",
        "https://crm.example/{secret}",
        "javascript:alert(1)",
    ] {
        let body = json!({ "name": "Sales", "crm": wrong });
        assert_eq!(admin.post("/v1/queues", &body).await.problem(422), "/crm", "{wrong}");
    }
    admin.post("/v1/queues", &body).await.expect(201);
    let campaign = campaign(
        &admin,
        json!({ "crm": address, "dispositions": [
        { "code": "gone", "label": "Gone" } ] }),
    )
    .await;
    let id = admin.agent(1).await;
    let agent = house.user("ada", Role::Agent, Some(id.parse().unwrap())).await;
    house.switch.hub().publish(call(&id, &campaign));
    let sheet = format!("/v1/me/call-sheet?call={CALL}");
    let url = format!("https://crm.example/p?n=%2B15550100123&c={CALL}");
    assert_eq!(agent.get(&sheet).await.expect(200)["crm"]["url"], url);
    organisation["crm_hosts"] = json!([]);
    admin.put("/v1/organisation", Some("*"), &organisation).await.expect(200);
    let shown = agent.get(&sheet).await.expect(200);
    assert_eq!(shown["crm"]["url"], json!(null));
    assert!(shown["crm"]["why"].as_str().unwrap().contains("host"), "{shown}");
}
