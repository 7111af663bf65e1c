//! When the person of an agent's own call may be called: the campaign's hours and its law's, for
//! that person, and neither of them themselves. And regions that nobody knows.

use admin_api::Control;
use admin_api::live::LiveEvent;
use serde_json::{Value, json};
use store::users::Role;

use crate::house::House;

const CALL: &str = "00000000-0000-0000-0000-00000000ca11";

fn call(agent: &str, campaign: &str, called: &str) -> LiveEvent {
    let view = json!({
        "type": "call", "id": CALL, "direction": "outbound", "state": "talking",
        "calling": "+15550100100", "called": called, "campaign": campaign,
        "campaign_name": null, "queue": null, "agent": agent, "by": null, "about": null,
        "allowed": [], "recording": null, "legs": [], "talk": null, "lead": null,
        "since": "2026-03-01T00:00:00Z", "started_at": "2026-03-01T00:00:00Z",
    });
    serde_json::from_value(view).unwrap()
}

fn window(from: &str, to: &str) -> Value {
    let hours = json!([{ "days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
        "from": from, "to": to }]);
    json!({ "profile": "custom", "hours": hours })
}

/// In New York it is four hours earlier than in Greenwich, where both rules are open from ten to
/// seven; a colleague's call is nobody's business.
#[tokio::test]
async fn an_agent_reads_the_hours_of_the_person_and_not_the_campaigns_settings() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let law = json!({ "name": "Land", "window": window("10:00:00", "21:00:00") });
    let law = admin.post("/v1/legal-profiles", &law).await.id();
    let campaign =
        json!({ "name": "May", "profile": law, "window": window("08:00:00", "19:00:00") });
    let campaign = admin.post("/v1/campaigns", &campaign).await.id();
    let id = admin.agent(1).await;
    let agent = house.user("ada", Role::Agent, Some(id.parse().unwrap())).await;
    house.switch.hub().publish(call(&id, &campaign, "+12125550123"));
    let hours = |from: &str, until: &str| {
        format!("/v1/me/calling-hours?call={CALL}&from={from}&until={until}")
    };
    let day = hours("2026-04-01T00:00:00Z", "2026-04-02T12:00:00Z");
    let expected = json!({ "open": [
        { "from": "2026-04-01T14:00:00Z", "to": "2026-04-01T23:00:00Z" },
    ] });
    assert_eq!(agent.get(&day).await.expect(200), expected);
    agent.get(&format!("/v1/campaigns/{campaign}")).await.problem(403);
    let long = hours("2026-04-01T00:00:00Z", "2026-04-08T00:00:01Z");
    agent.get(&long).await.problem(422);
    let back = hours("2026-04-02T00:00:00Z", "2026-04-01T00:00:00Z");
    assert_eq!(agent.get(&back).await.expect(200), json!({ "open": [] }));
    let other = admin.agent(2).await;
    let other = house.user("bob", Role::Agent, Some(other.parse().unwrap())).await;
    other.get(&day).await.problem(404);
}

/// A code that no number has would be a rule that never holds: it is refused where it stands.
#[tokio::test]
async fn a_region_that_nobody_knows_is_refused_where_it_stands() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let mut of = window("08:00:00", "19:00:00");
    (of["regions"], of["holidays"]) =
        (json!({ "US-FL": of["hours"] }), json!({ "US-MA": ["2026-04-20"] }));
    let body = |window: &Value| json!({ "name": "May", "window": window });
    admin.post("/v1/campaigns", &body(&of)).await.expect(201);
    (of["regions"]["Atlantis"], of["holidays"]["US-XX"]) =
        (of["hours"].clone(), json!(["2026-04-20"]));
    for path in ["/v1/campaigns", "/v1/legal-profiles"] {
        let refused = admin.post(path, &json!({ "name": "June", "window": of })).await;
        refused.problem(422);
        let errors = refused.json()["errors"].clone();
        let fields = [&errors[0]["field"], &errors[1]["field"]];
        assert_eq!(fields, ["/window/regions/Atlantis", "/window/holidays/US-XX"], "{errors}");
        let expected = errors[0]["expected"].as_str().unwrap();
        assert!(expected.contains("ISO 3166") && expected.contains("US-FL"), "{expected}");
    }
}
