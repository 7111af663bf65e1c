//! Who may do what: every route of the OpenAPI document, for nobody, for an agent, for a manager.

use serde_json::{Value, json};
use store::users::Role;

use crate::house::{As, House, request};

/// What needs no session; all the rest does.
const PUBLIC: &[(&str, &str)] =
    &[("GET", "/v1/health"), ("GET", "/metrics"), ("POST", "/v1/login"), ("GET", "/v1/events")];

/// What an agent may use, each on its own.
const AGENT: &[(&str, &str)] = &[
    ("POST", "/v1/logout"),
    ("GET", "/v1/session"),
    ("PUT", "/v1/session/password"),
    ("GET", "/v1/session/totp"),
    ("POST", "/v1/session/totp"),
    ("PUT", "/v1/session/totp"),
    ("POST", "/v1/session/totp/remove"),
    ("GET", "/v1/sessions"),
    ("DELETE", "/v1/sessions/{id}"),
    ("GET", "/v1/security-policy"),
    ("POST", "/v1/events/ticket"),
    ("GET", "/v1/live"),
    ("GET", "/v1/me"),
    ("GET", "/v1/me/attendance"),
    ("GET", "/v1/me/calls"),
    ("GET", "/v1/me/callbacks"),
    ("GET", "/v1/me/directory"),
    ("GET", "/v1/me/queues"),
    ("GET", "/v1/me/voicemails"),
    ("GET", "/v1/me/voicemails/{id}/audio"),
    ("PUT", "/v1/me/voicemails/{id}/heard"),
    ("DELETE", "/v1/me/voicemails/{id}"),
    ("POST", "/v1/me/queues/{id}/active"),
    ("DELETE", "/v1/me/queues/{id}/active"),
    ("GET", "/v1/me/preview"),
    ("POST", "/v1/me/preview/dial"),
    ("POST", "/v1/me/preview/skip"),
    ("GET", "/v1/me/stats"),
    ("POST", "/v1/me/call"),
    ("POST", "/v1/me/help"),
    ("GET", "/v1/me/telephone"),
    ("POST", "/v1/me/sip-token"),
    ("POST", "/v1/me/clock-in"),
    ("POST", "/v1/me/clock-out"),
    ("POST", "/v1/me/ready"),
    ("POST", "/v1/me/pause"),
    ("POST", "/v1/me/hold"),
    ("POST", "/v1/me/resume"),
    ("POST", "/v1/me/recording/pause"),
    ("POST", "/v1/me/recording/resume"),
    ("POST", "/v1/me/hang-up"),
    ("POST", "/v1/me/dispose"),
    ("GET", "/v1/campaigns/{id}/dispositions"),
    ("GET", "/v1/pause-reasons"),
    ("GET", "/v1/pause-reasons/{id}"),
];

/// Routes that name an agent: its own works, another's does not exist.
const OWN_AGENT: &[(&str, &str)] = &[
    ("GET", "/v1/agents/{id}"),
    ("GET", "/v1/agents/{id}/stats"),
    ("GET", "/v1/agents/{id}/telephone"),
    ("POST", "/v1/agents/{id}/clock-in"),
    ("POST", "/v1/agents/{id}/clock-out"),
    ("POST", "/v1/agents/{id}/ready"),
    ("POST", "/v1/agents/{id}/pause"),
    ("POST", "/v1/agents/{id}/hold"),
    ("POST", "/v1/agents/{id}/resume"),
    ("POST", "/v1/agents/{id}/recording/pause"),
    ("POST", "/v1/agents/{id}/recording/resume"),
    ("POST", "/v1/agents/{id}/hang-up"),
    ("POST", "/v1/agents/{id}/dispose"),
];

/// What only an administrator may.
fn is_administrators(method: &str, path: &str) -> bool {
    let read = method == "GET";
    path.starts_with("/v1/users")
        || (path.starts_with("/v1/organisation") && !read)
        || (path == "/v1/security-policy" && !read)
        || (["/v1/trunks", "/v1/clis", "/v1/dids", "/v1/legal-profiles"]
            .iter()
            .any(|p| path.starts_with(p))
            && !read)
}

fn routes() -> Vec<(String, String)> {
    let document = serde_json::to_value(admin_api::openapi()).unwrap();
    let mut routes = vec![];
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys() {
            routes.push((method.to_uppercase(), path.clone()));
        }
    }
    assert!(routes.len() > 80, "the document lists only {} operations", routes.len());
    routes
}

fn is_in(list: &[(&str, &str)], method: &str, path: &str) -> bool {
    list.contains(&(method, path))
}

const FOREIGN: &str = "0190a5f0-7c1e-7000-8000-00000000002a";

#[tokio::test]
async fn without_a_session_every_route_but_the_public_ones_is_401() {
    let house = House::new().await;
    for (method, path) in routes() {
        let path = path.replace("{id}", FOREIGN);
        let reception = house.send(request(&method, &path, &json!({}))).await;
        if is_in(PUBLIC, &method, &path) {
            assert_ne!(reception.status.as_u16(), 403, "{method} {path}");
        } else {
            reception.problem(401);
            assert_eq!(reception.header("www-authenticate"), "Bearer", "{method} {path}");
        }
    }
}

#[tokio::test]
async fn a_made_up_token_is_no_session() {
    let house = House::new().await;
    for token in ["", "x", &"0".repeat(64), "a\u{7f}b"] {
        let nobody = As { house: &house, token: token.replace('\u{7f}', "") };
        nobody.get("/v1/queues").await.problem(401);
    }
}

/// FAULTS S13: what is not the agent's is a 403 by role or, by id, a 404.
#[tokio::test]
async fn an_agent_reaches_its_own_and_nothing_else() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let own = admin.agent(1).await;
    let foreign = admin.agent(2).await;
    let agent = house.user("ada", Role::Agent, Some(own.parse().unwrap())).await;
    for (method, path) in routes() {
        let proves_again = path.starts_with("/v1/session/") && method != "GET";
        if is_in(PUBLIC, &method, &path) || path == "/v1/logout" || proves_again {
            continue;
        }
        let body = match &path[..] {
            path if path.ends_with("dispose") => json!({ "code": "sale" }),
            "/v1/me/call" => json!({ "do": "swap" }),
            "/v1/me/voicemails/{id}/heard" => json!({ "heard": true }),
            _ => Value::Null,
        };
        let call = async |id: &str| agent.call(&method, &path.replace("{id}", id), &body).await;
        if is_in(OWN_AGENT, &method, &path) {
            assert!(call(&own).await.status.is_success(), "{method} {path}");
            call(&foreign).await.problem(404);
            call(FOREIGN).await.problem(404);
        } else if is_in(AGENT, &method, &path) {
            let status = call(FOREIGN).await.status.as_u16();
            // Which queues are the agent's, the switch knows.
            let named = path.contains("{id}") && !path.starts_with("/v1/me/queues/");
            let right = if named { [404, 404] } else { [200, 204] };
            assert!(right.contains(&status), "{method} {path} is {status}");
        } else {
            call(&own).await.problem(403);
        }
    }
}

#[tokio::test]
async fn a_manager_runs_the_floor_and_cannot_touch_users_and_trunks() {
    let house = House::new().await;
    house.set_up().await;
    let manager = house.user("max", Role::Manager, None).await;
    for (method, path) in routes() {
        if is_in(PUBLIC, &method, &path) || path == "/v1/logout" {
            continue;
        }
        let reception = manager.call(&method, &path.replace("{id}", FOREIGN), &json!({})).await;
        let forbidden = is_administrators(&method, &path)
            || (path.starts_with("/v1/me/") && is_in(AGENT, &method, &path));
        assert_eq!(
            reception.status.as_u16() == 403,
            forbidden,
            "{method} {path}: {}",
            reception.text
        );
    }
}

/// R66.
#[tokio::test]
async fn an_agent_user_without_a_profile_is_told_so() {
    let house = House::new().await;
    house.set_up().await;
    let agent = house.user("ada", Role::Agent, None).await;
    let reception = agent.post("/v1/me/ready", &Value::Null).await;
    reception.problem(404);
    assert!(reception.text.contains("no agent profile is linked"), "{}", reception.text);
    assert_eq!(agent.get("/v1/me").await.expect(200)["agent"], Value::Null);
}

/// FAULTS S14: in force with the next request.
#[tokio::test]
async fn a_changed_role_is_in_force_at_once() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let max = house.user("max", Role::Manager, None).await;
    max.get("/v1/queues").await.expect(200);
    let users = admin.get("/v1/users?text=max").await.expect(200);
    let path = format!("/v1/users/{}", users["items"][0]["id"].as_str().unwrap());
    let settings = json!({ "username": "max", "role": "agent" });
    admin.put(&path, Some("*"), &settings).await.expect(200);
    max.get("/v1/queues").await.problem(403);
    admin.delete(&path, Some("*")).await.expect(204);
    max.get("/v1/session").await.problem(401);
}

#[tokio::test]
async fn the_last_administrator_stays() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let users = admin.get("/v1/users").await.expect(200);
    let path = format!("/v1/users/{}", users["items"][0]["id"].as_str().unwrap());
    admin.delete(&path, Some("*")).await.problem(409);
    let demoted = json!({ "username": "admin", "role": "manager" });
    admin.put(&path, Some("*"), &demoted).await.problem(409);
    let shut =
        json!({ "username": "admin", "role": "administrator", "login": "disabled_by_admin" });
    admin.put(&path, Some("*"), &shut).await.problem(409);
    house.user("second", Role::Administrator, None).await;
    admin.put(&path, Some("*"), &demoted).await.expect(200);
}
