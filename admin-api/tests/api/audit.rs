//! The audit log as a client meets it: every writing route leaves an entry, whoever asks.

use dialer::permit::Audit;
use serde_json::{Value, json};
use store::users::Role;

use crate::house::{As, House, request};

/// Every operation of the document that may change something, with its name.
fn writing_routes() -> Vec<(String, String, String)> {
    let document = serde_json::to_value(admin_api::openapi()).unwrap();
    let mut routes = vec![];
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            if method != "get" {
                let name = operation["operationId"].as_str().unwrap().to_owned();
                routes.push((method.to_uppercase(), path.clone(), name));
            }
        }
    }
    assert!(routes.len() > 80, "the document lists only {} of them", routes.len());
    routes
}

async fn latest(auditor: &As<'_>) -> Value {
    let page = auditor.get("/v1/audit?limit=1").await.expect(200);
    page["items"][0].clone()
}

const FOREIGN: &str = "0190a5f0-7c1e-7000-8000-00000000002a";

/// What only a reader of letters does: entered where it does something (`invitations.rs`,
/// `password_resets.rs`), and else nobody's to fill the log with.
const OF_STRANGERS: &[&str] = &[
    "ask_password_reset",
    "open_mailed_link",
    "use_mailed_link",
    "begin_provider_login",
    "finish_provider_login",
];

/// Without a body that a route could take, most refuse: what is refused is entered as well.
#[tokio::test]
async fn every_route_that_may_change_something_leaves_an_entry() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let agent = admin.agent(1).await.parse().unwrap();
    let agent = house.user("ada", Role::Agent, Some(agent)).await;
    for (method, path, name) in writing_routes() {
        if OF_STRANGERS.contains(&&*name) {
            continue;
        }
        let head = house.store.audit().head().await.unwrap().length;
        let by = if path.starts_with("/v1/me/") { &agent } else { &admin };
        let path = path.replace("{id}", FOREIGN);
        if name == "logout" {
            let gone = house.user("gone", Role::Agent, None).await;
            gone.post(&path, &Value::Null).await.expect(204);
        } else if name == "login" {
            let wrong = json!({ "username": "admin", "password": "wrong" });
            house.send(request(&method, &path, &wrong)).await.problem(401);
        } else {
            by.call(&method, &path, &json!({})).await;
        }
        let entry = latest(&admin).await;
        assert_eq!(entry["verb"], json!(name), "{method} {path}");
        assert!(entry["sequence"].as_u64().unwrap() >= head, "{method} {path} left no entry");
        assert!(entry["source"].is_string(), "{method} {path}: {entry}");
    }
}

/// Who, what, before and after, from where and how it ended.
#[tokio::test]
async fn an_entry_tells_who_changed_what_and_from_where() {
    let house = House::with(|settings| settings.behind_proxy = true).await;
    let admin = house.set_up().await;
    let made = admin.post("/v1/queues", &json!({ "name": "Sales" })).await.expect(201);
    let path = format!("/v1/queues/{}", made["id"].as_str().unwrap());
    let mut change = request("PUT", &path, &json!({ "name": "Loans" }));
    change.headers_mut().insert("if-match", "*".parse().unwrap());
    change.headers_mut().insert("user-agent", "curl/8".parse().unwrap());
    change.headers_mut().insert("x-forwarded-for", "192.0.2.77".parse().unwrap());
    admin.send(change).await.expect(200);
    let entry = latest(&admin).await;
    assert_eq!(entry["actor"]["name"], "admin");
    assert_eq!((&entry["verb"], &entry["resource"]), (&json!("replace_queue"), &json!("queues")));
    assert_eq!(entry["object"], made["id"]);
    assert_eq!(entry["before"]["name"], "Sales");
    assert_eq!(entry["after"]["name"], "Loans");
    assert_eq!((&entry["source"], &entry["agent"]), (&json!("192.0.2.77"), &json!("curl/8")));
    assert_eq!(entry["ending"], "done");
    admin.delete(&path, Some("\"9\"")).await.problem(412);
    let entry = latest(&admin).await;
    assert_eq!((&entry["verb"], &entry["ending"]), (&json!("remove_queue"), &json!("refused")));
    let of_queue = format!("/v1/audit?object={}&ending=done", made["id"].as_str().unwrap());
    assert_eq!(admin.get(&of_queue).await.expect(200)["items"].as_array().unwrap().len(), 2);
    assert_eq!(admin.get("/v1/audit?verb=fly").await.expect(200)["items"], json!([]));
    assert_eq!(admin.get("/v1/audit?limit=0").await.problem(400), "limit");
}

/// A role that falls short is entered; a stranger cannot fill the log.
#[tokio::test]
async fn what_is_refused_to_users_is_entered_and_what_strangers_send_is_not() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let max = house.user("max", Role::Manager, None).await;
    max.post("/v1/trunks", &json!({})).await.problem(403);
    let entry = latest(&admin).await;
    assert_eq!(entry["actor"]["name"], "max");
    assert_eq!((&entry["verb"], &entry["ending"]), (&json!("create_trunk"), &json!("refused")));
    max.get("/v1/audit").await.problem(403);
    let head = house.store.audit().head().await.unwrap();
    house.send(request("POST", "/v1/trunks", &json!({}))).await.problem(401);
    house.send(request("POST", "/v1/login", &json!({ "username": 5 }))).await.problem(422);
    assert_eq!(house.store.audit().head().await.unwrap(), head);
}

#[tokio::test]
async fn the_log_is_exported_as_a_chain_and_as_a_table_without_formulas() {
    let house = House::new().await;
    let admin = house.set_up().await;
    admin.post("/v1/teams", &json!({ "name": "=1+1" })).await.expect(201);
    let exported = admin.get("/v1/audit.ndjson").await;
    let mut audit = Audit::default();
    exported.text.lines().for_each(|line| audit.line(line));
    let audited = audit.finish();
    assert_eq!((audited.faults, audited.first), (vec![], Some(0)));
    assert_eq!(audited.records, house.store.audit().head().await.unwrap().length);
    let part = admin.get("/v1/audit.ndjson?from=2").await.text;
    assert!(exported.text.ends_with(&part), "{part}");
    let mut request = request("POST", "/v1/teams", &json!({ "name": "Loans" }));
    request.headers_mut().insert("user-agent", "=cmd()".parse().unwrap());
    admin.send(request).await.expect(201);
    let table = admin.get("/v1/audit.csv?resource=teams").await;
    assert_eq!(table.header("content-type"), "text/csv; charset=utf-8");
    let lines: Vec<_> = table.text.lines().collect();
    assert_eq!(lines.len(), 3, "{}", table.text);
    assert!(lines[0].starts_with("sequence,at,user,verb,"), "{}", lines[0]);
    assert!(lines[1].contains(",admin,create_team,teams,"), "{}", lines[1]);
    assert!(lines[1].contains(",'=cmd(),"), "{}", lines[1]);
}
