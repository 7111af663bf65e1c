//! The five verbs of every setting, their versions, and what the switch is told.

use admin_api::Change;
use serde_json::{Value, json};

use crate::house::{As, House};

/// Create, list, read, replace, delete, with every refusal on the way.
async fn five_verbs(admin: &As<'_>, path: &str, draft: Value, changed: Value) -> usize {
    let house = admin.house;
    house.changes();
    let made = admin.post(path, &draft).await;
    made.expect(201);
    assert_eq!(made.header("etag"), "\"1\"", "{path}");
    let own = format!("{path}/{}", made.id());
    let listed = admin.get(path).await.expect(200);
    let found = listed["items"].as_array().unwrap().iter().any(|item| item["id"] == made.id());
    assert!(found, "{path}: {listed}");
    let read = admin.get(&own).await;
    read.expect(200);
    assert_eq!(read.header("etag"), "\"1\"", "{path}");

    admin.put(&own, None, &changed).await.problem(428);
    assert_eq!(admin.put(&own, Some("1"), &changed).await.problem(400), "If-Match");
    let replaced = admin.put(&own, Some("\"1\""), &changed).await;
    let fields = replaced.expect(200);
    for (name, value) in changed.as_object().unwrap() {
        assert_eq!(&fields[name], value, "{path} {name}");
    }
    assert_eq!(fields["version"], 2, "{path}");
    let stale = admin.put(&own, Some("\"1\""), &changed).await;
    stale.problem(412);
    assert_eq!(stale.json()["current"], 2);
    admin.delete(&own, Some("\"1\"")).await.problem(412);
    admin.delete(&own, None).await.problem(428);
    admin.delete(&own, Some("\"2\"")).await.expect(204);
    admin.get(&own).await.problem(404);
    admin.delete(&own, Some("*")).await.problem(404);
    house.changes().len()
}

#[tokio::test]
async fn every_setting_is_created_read_changed_and_deleted_by_version() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let address = json!([{ "host": "192.0.2.1", "port": 5060, "transport": "udp" }]);
    let told = five_verbs(
        &admin,
        "/v1/trunks",
        json!({ "name": "Carrier", "addresses": address }),
        json!({ "name": "Carrier", "addresses": address, "enabled": false }),
    );
    assert_eq!(told.await, 3, "new, changed, gone");
    let number = json!({ "number": "+15550100123" });
    let labelled = json!({ "number": "+15550100123", "label": "Front" });
    assert_eq!(five_verbs(&admin, "/v1/clis", number, labelled).await, 3);
    let queue = json!({ "name": "Support" });
    let longer = json!({ "name": "Support", "length_max": 7 });
    assert_eq!(five_verbs(&admin, "/v1/queues", queue, longer).await, 3);
    let campaign = json!({ "name": "May" });
    let slower = json!({ "name": "May", "wrap_up_s": 90 });
    assert_eq!(five_verbs(&admin, "/v1/campaigns", campaign, slower).await, 3);
    let list = json!({ "name": "May" });
    let renamed = json!({ "name": "May 2", "source": "may.csv" });
    assert_eq!(five_verbs(&admin, "/v1/lists", list, renamed).await, 1, "gone");
    let reason = json!({ "class": "break", "text": "Lunch" });
    let off = json!({ "class": "break", "text": "Lunch", "enabled": false });
    assert_eq!(five_verbs(&admin, "/v1/pause-reasons", reason, off).await, 0);
    let entry = json!({ "name": "Taxi", "number": "+15550100123" });
    let noted = json!({ "name": "Taxi", "number": "+15550100123", "note": "day and night" });
    assert_eq!(five_verbs(&admin, "/v1/phonebook", entry, noted).await, 0);
    let rule = json!({ "recordings_days": 90 });
    let longer = json!({ "recordings_days": 365, "messages_days": 30 });
    assert_eq!(five_verbs(&admin, "/v1/retention-rules", rule, longer).await, 0);
    let person = json!({ "of": "number", "number": "+15550100123" });
    let hold = json!({ "target": person, "reason": "Case 17" });
    let renamed = json!({ "target": person, "reason": "Case 17/2026" });
    assert_eq!(five_verbs(&admin, "/v1/legal-holds", hold, renamed).await, 0);
    let queue = admin.post("/v1/queues", &json!({ "name": "Sales" })).await.id();
    let did = json!({ "number": "+15550100124", "target": { "to": "queue", "queue": queue } });
    let mut overflowing = did.clone();
    overflowing["unavailable"] = json!({ "to": "hang_up" });
    assert_eq!(five_verbs(&admin, "/v1/dids", did, overflowing).await, 3);
}

#[tokio::test]
async fn an_agent_has_an_extension_and_a_secret_that_is_shown_once() {
    let house = House::new().await;
    let admin = house.set_up().await;
    house.changes();
    let agent = json!({
        "number": 1427, "code": "E-1427", "first_name": "Ada", "last_name": "Byron",
        "time_zone": "Europe/London",
    });
    let made = admin.post("/v1/agents", &agent).await;
    let body = made.expect(201);
    // R170's own example.
    assert_eq!(body["extension"], "501431427");
    assert_eq!(body["sip"]["username"], "501431427");
    let secret = body["sip"]["password"].as_str().unwrap().to_owned();
    assert!(secret.len() >= 24, "FAULTS S2: 96 bits are 24 digits of hexadecimal");
    let changes = house.changes();
    assert!(matches!(&changes[0], Change::Agent(agent) if agent.code == "E-1427"));
    let Change::SipSecret(kept) = &changes[1] else { panic!("{changes:?}") };
    assert_eq!(kept.username, "501431427");
    assert!(!format!("{changes:?}").contains(&secret));

    let own = format!("/v1/agents/{}", made.id());
    let read = admin.get(&own).await;
    assert!(!read.text.contains(&secret) && !read.text.contains("sip"), "{}", read.text);
    let rotated = admin.post(&format!("{own}/sip-secret"), &Value::Null).await.expect(200);
    assert_ne!(rotated["password"].as_str().unwrap(), secret);
    let Change::SipSecret(newer) = &house.changes()[0] else { panic!("not told") };
    assert_ne!(newer.ha1_md5, kept.ha1_md5);

    let mut moved = agent.clone();
    moved["number"] = json!(1428);
    assert_eq!(admin.put(&own, Some("*"), &moved).await.problem(422), "/number");
    let mut twin = agent;
    twin["code"] = json!("E-1428");
    assert_eq!(admin.post("/v1/agents", &twin).await.problem(409), "/number");
    twin["number"] = json!(1428);
    twin["code"] = json!("E-1427");
    assert_eq!(admin.post("/v1/agents", &twin).await.problem(409), "/code");
}

/// R154, and where it comes from.
#[tokio::test]
async fn an_agent_shows_its_effective_cli_and_whose_it_is() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let id = admin.agent(1).await;
    let path = format!("/v1/agents/{id}");
    assert_eq!(admin.get(&path).await.expect(200)["effective_cli"], Value::Null);
    for number in ["+15550100101", "+15550100102"] {
        admin.post("/v1/clis", &json!({ "number": number })).await.expect(201);
    }
    let organisation = json!({
        "name": "Acme", "prefix": "50143", "time_zone": "Europe/London", "cli": "+15550100101",
    });
    admin.put("/v1/organisation", Some("\"1\""), &organisation).await.expect(200);
    let shown = admin.get(&path).await.expect(200);
    let expected = json!({ "number": "+15550100101", "origin": "organisation" });
    assert_eq!(shown["effective_cli"], expected);
    let mut agent = json!({
        "number": 1, "code": "E-1", "first_name": "Ada", "last_name": "Byron",
        "time_zone": "Europe/London", "cli": "+15550100102",
    });
    let shown = admin.put(&path, Some("*"), &agent).await.expect(200);
    let expected = json!({ "number": "+15550100102", "origin": "agent" });
    assert_eq!(shown["effective_cli"], expected);
    agent["cli"] = json!("+15550100199");
    assert_eq!(admin.put(&path, Some("*"), &agent).await.problem(422), "/cli");
}

/// REQUIREMENTS A6, "Prefix arithmetic".
#[tokio::test]
async fn a_prefix_collides_with_no_did_no_emergency_number_and_no_telephone_in_use() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let queue = admin.post("/v1/queues", &json!({ "name": "Sales" })).await.id();
    let target = json!({ "to": "queue", "queue": queue });
    let did = |number: &str| json!({ "number": number, "target": target });
    assert_eq!(admin.post("/v1/dids", &did("+50143555")).await.problem(422), "/number");
    admin.post("/v1/dids", &did("+1555123")).await.expect(201);
    let set = async |prefix: &str| {
        let body = json!({ "name": "Acme", "prefix": prefix, "time_zone": "Europe/London" });
        admin.put("/v1/organisation", Some("*"), &body).await
    };
    for prefix in ["1555", "911", "11", "112"] {
        assert_eq!(set(prefix).await.problem(422), "/prefix", "{prefix}");
    }
    set("60").await.expect(200);
    admin.agent(1).await;
    assert_eq!(set("61").await.problem(422), "/prefix");
    set("60").await.expect(200);
}

#[tokio::test]
async fn what_is_referred_to_stays_and_the_refusal_names_who_refers() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let queue = admin.post("/v1/queues", &json!({ "name": "Sales" })).await.id();
    let did = json!({ "number": "+15550100124", "target": { "to": "queue", "queue": queue } });
    let did = admin.post("/v1/dids", &did).await.id();
    let reception = admin.delete(&format!("/v1/queues/{queue}"), Some("*")).await;
    reception.problem(409);
    let references = &reception.json()["references"];
    assert_eq!(references[0]["resource"], "did");
    assert_eq!(references[0]["id"], did);
    assert!(references[0]["field"].as_str().unwrap().starts_with('/'), "{references}");
    admin.delete(&format!("/v1/dids/{did}"), Some("*")).await.expect(204);
    admin.delete(&format!("/v1/queues/{queue}"), Some("*")).await.expect(204);
}

#[tokio::test]
async fn a_reference_to_nothing_names_its_field() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let nothing = "0190a5f0-7c1e-7000-8000-00000000002a";
    let did = json!({ "number": "+15550100124", "target": { "to": "queue", "queue": nothing } });
    let field = admin.post("/v1/dids", &did).await.problem(422);
    assert!(field.starts_with("/target"), "{field}");
    let campaign = json!({ "name": "May", "trunks": [nothing] });
    assert_eq!(admin.post("/v1/campaigns", &campaign).await.problem(422), "/trunks/0");
}

#[tokio::test]
async fn a_list_is_read_in_pages_and_nothing_is_skipped() {
    let house = House::new().await;
    let admin = house.set_up().await;
    for n in 0..7 {
        admin.post("/v1/lists", &json!({ "name": format!("List {n}") })).await.expect(201);
    }
    let (mut names, mut after) = (vec![], String::new());
    loop {
        let page = admin.get(&format!("/v1/lists?limit=3{after}")).await.expect(200);
        let items = page["items"].as_array().unwrap();
        names.extend(items.iter().map(|item| item["name"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        after = format!("&after={next}");
    }
    assert_eq!(names, (0..7).map(|n| format!("List {n}")).collect::<Vec<_>>());
    let found = admin.get("/v1/lists?text=LIST%204").await.expect(200);
    assert_eq!(found["items"].as_array().unwrap().len(), 1);
    let wildcard = admin.get("/v1/lists?text=%25").await.expect(200);
    assert_eq!(wildcard["items"], json!([]));
}

#[tokio::test]
async fn without_an_organisation_an_agent_cannot_be_made() {
    let house = House::new().await;
    let admin = house.administrator().await;
    admin.get("/v1/organisation").await.problem(404);
    assert_eq!(admin.get("/v1/agents").await.expect(200)["items"], json!([]));
    let agent = json!({
        "number": 1, "code": "E-1", "first_name": "Ada", "last_name": "Byron",
        "time_zone": "Europe/London",
    });
    admin.post("/v1/agents", &agent).await.problem(409);
    let nowhere = json!({ "name": "Acme", "prefix": "50143", "time_zone": "Europe/Atlantis" });
    assert_eq!(admin.put("/v1/organisation", None, &nowhere).await.problem(422), "/time_zone");
}

#[tokio::test]
async fn the_document_is_served_and_so_is_the_health() {
    let house = House::new().await;
    let plain = crate::house::request("GET", "/openapi.json", &Value::Null);
    let served = house.send(plain).await.expect(200);
    assert_eq!(served, serde_json::to_value(admin_api::openapi()).unwrap());
    let health = crate::house::request("GET", "/v1/health", &Value::Null);
    assert_eq!(house.send(health).await.expect(200)["status"], "ok");
}

/// FAULTS S23: a carrier's password goes in, reaches the switch, and never comes out.
#[tokio::test]
async fn a_trunks_secret_is_set_told_and_never_shown() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let address = json!([{ "host": "192.0.2.1" }]);
    let trunk = json!({ "name": "Carrier", "addresses": address });
    let id = admin.post("/v1/trunks", &trunk).await.id();
    let own = format!("/v1/trunks/{id}/secret");
    let secret = json!({ "username": "44207946", "password": "correct horse" });
    admin.put(&own, None, &secret).await.expect(204);
    let told = format!("{:?}", house.changes());
    assert!(told.contains("44207946"), "the switch was not told: {told}");
    assert!(!told.contains("correct horse"), "{told}");
    let shown = admin.get(&format!("/v1/trunks/{id}")).await.expect(200).to_string();
    assert!(!shown.contains("correct horse"), "{shown}");
    let broken = json!({ "username": "4420\r\n", "password": "x" });
    assert_eq!(admin.put(&own, None, &broken).await.problem(422), "/username");
    admin.delete(&own, None).await.expect(204);
    admin.delete(&own, None).await.problem(404);
    admin
        .put("/v1/trunks/00000000-0000-7000-8000-000000000000/secret", None, &secret)
        .await
        .problem(404);
}

/// R144, R187, R193: a team exists before its members, and shifts are found by it.
#[tokio::test]
async fn a_team_is_made_first_and_then_named_by_its_agents() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let team = admin.post("/v1/teams", &json!({ "name": "Loans" })).await.id();
    assert!(matches!(&house.changes()[..], [.., Change::Team(team)] if team.tracked));
    let agent = |teams: Value| {
        json!({
            "number": 1, "code": "E-1", "first_name": "Ada", "last_name": "Byron",
            "time_zone": "Europe/London", "teams": teams,
        })
    };
    let stranger = "0190a5f0-7c1e-7000-8000-00000000002a";
    let refused = admin.post("/v1/agents", &agent(json!([stranger]))).await;
    assert_eq!(refused.problem(422), "/teams/0");
    admin.post("/v1/agents", &agent(json!([team]))).await.expect(201);
    admin.delete(&format!("/v1/teams/{team}"), Some("\"1\"")).await.problem(409);
    let shifts = admin.get(&format!("/v1/attendance?unit={team}&limit=5")).await.expect(200);
    assert_eq!(shifts, json!({ "items": [] }));
    assert_eq!(admin.get("/v1/attendance?limit=0").await.problem(400), "limit");
}

/// Issue 5, point 4: hours are those of a place that has clocks, and lead no call round in a ring.
#[tokio::test]
async fn opening_hours_name_a_zone_and_rows_that_can_be() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let queue = |zone: &str, to: &str, closed: Value| {
        let hours = json!([{ "days": ["mon", "tue"], "from": "09:00:00", "to": to }]);
        let opening = json!({
            "time_zone": zone, "hours": hours, "closed_on": ["2026-12-25"], "closed": closed,
        });
        json!({ "name": "Loans", "opening": opening })
    };
    let away = json!({ "to": "number", "number": "+15550100199" });
    let made = admin.post("/v1/queues", &queue("Europe/London", "17:00:00", away.clone())).await;
    assert_eq!(made.expect(201)["opening"]["closed"], away);
    let refused = admin.post("/v1/queues", &queue("Mars/Base", "17:00:00", away.clone())).await;
    assert_eq!(refused.problem(422), "/opening/time_zone");
    let refused = admin.post("/v1/queues", &queue("Europe/London", "08:00:00", away)).await;
    assert_eq!(refused.problem(422), "/opening/hours/0/to");
    let own = json!({ "to": "number", "number": "+15550100198" });
    let did = json!({
        "number": "+15550100198", "target": { "to": "queue", "queue": made.id() },
        "unavailable": own,
    });
    assert_eq!(admin.post("/v1/dids", &did).await.problem(422), "/unavailable/number");
}
