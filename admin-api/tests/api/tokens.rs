//! Tokens of programs: no more than their users, for a time, and never about the person.

use std::time::Duration;

use serde_json::{Value, json};
use store::users::Role;

use crate::house::{As, House};

fn wanted(name: &str, grants: &Value, days: u16) -> Value {
    json!({ "name": name, "grants": grants, "days": days })
}

/// Makes a token, and the program that has it.
async fn lend<'h>(user: &As<'h>, grants: Value) -> (String, As<'h>) {
    let made = user.post("/v1/tokens", &wanted("Wallboard", &grants, 30)).await.expect(201);
    let token = made["token"].as_str().unwrap().to_owned();
    assert!(token.starts_with("cordboard_") && token.len() > 64, "{token}");
    (made["id"].as_str().unwrap().to_owned(), As { house: user.house, token })
}

#[tokio::test]
async fn a_token_does_what_it_was_lent_for_and_nothing_else() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let (_, program) = lend(&admin, json!({ "queues_read": "all", "queues_write": "all" })).await;
    program.get("/v1/queues").await.expect(200);
    program.post("/v1/queues", &json!({ "name": "Sales" })).await.expect(201);
    program.get("/v1/trunks").await.problem(403);
    program.get("/v1/users").await.problem(403);
    program.post("/v1/me/ready", &Value::Null).await.problem(403);
    let listed = admin.get("/v1/tokens").await.expect(200);
    assert_eq!(listed["items"][0]["name"], "Wallboard");
    assert!(listed["items"][0]["seen_at"].is_string());
    assert!(!listed.to_string().contains(&program.token));
}

/// Whoever finds a token must not be able to stay for longer than it.
#[tokio::test]
async fn a_token_is_never_about_the_person() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let own = admin.get("/v1/session").await.expect(200);
    let (id, program) = lend(&admin, own["user"]["grants"].clone()).await;
    let itself = format!("/v1/tokens/{id}");
    for (method, path) in [
        ("GET", "/v1/session"),
        ("PUT", "/v1/session/password"),
        ("POST", "/v1/session/totp"),
        ("GET", "/v1/sessions"),
        ("POST", "/v1/tokens"),
        ("GET", "/v1/tokens"),
        ("DELETE", itself.as_str()),
        ("POST", "/v1/logout"),
    ] {
        program.call(method, path, &json!({})).await.problem(403);
    }
    program.get("/v1/users").await.expect(200);
}

#[tokio::test]
async fn nobody_lends_more_than_they_have_and_a_token_shrinks_with_its_user() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let max = house.user("max", Role::SeniorManager, None).await;
    let more = wanted("More", &json!({ "users": "all" }), 1);
    max.post("/v1/tokens", &more).await.problem(403);
    let (_, program) = lend(&max, json!({ "queues_read": "all", "calls_read": "all" })).await;
    program.get("/v1/returned-calls").await.expect(200);
    let users = admin.get("/v1/users?text=max").await.expect(200);
    let path = format!("/v1/users/{}", users["items"][0]["id"].as_str().unwrap());
    let settings = json!({ "username": "max", "role": "manager" });
    admin.put(&path, Some("*"), &settings).await.expect(200);
    program.get("/v1/queues").await.expect(200);
    program.get("/v1/returned-calls").await.problem(403);
    let shut = json!({ "username": "max", "role": "manager", "login": "disabled_by_admin" });
    admin.put(&path, Some("*"), &shut).await.expect(200);
    program.get("/v1/queues").await.problem(401);
}

#[tokio::test]
async fn a_token_ends_by_time_by_its_user_and_by_an_administrator() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let max = house.user("max", Role::SeniorManager, None).await;
    let queues = json!({ "queues_read": "all" });
    let (id, program) = lend(&max, queues.clone()).await;
    let stranger = admin.delete(&format!("/v1/tokens/{id}"), None).await;
    stranger.problem(404);
    max.delete(&format!("/v1/tokens/{id}"), None).await.expect(204);
    program.get("/v1/queues").await.problem(401);
    let (_, program) = lend(&max, queues.clone()).await;
    let users = admin.get("/v1/users?text=max").await.expect(200);
    let path = format!("/v1/users/{}/tokens", users["items"][0]["id"].as_str().unwrap());
    assert_eq!(admin.get(&path).await.expect(200)["items"].as_array().unwrap().len(), 1);
    admin.delete(&path, None).await.expect(204);
    program.get("/v1/queues").await.problem(401);
    let (_, program) = lend(&max, queues).await;
    house.pass(Duration::from_mins(30 * 24 * 60 - 1));
    program.get("/v1/queues").await.expect(200);
    house.pass(Duration::from_mins(1));
    program.get("/v1/queues").await.problem(401);
}

#[tokio::test]
async fn what_a_token_does_is_entered_as_its_users_and_as_the_tokens() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let (id, program) = lend(&admin, json!({ "queues_write": "all" })).await;
    program.post("/v1/queues", &json!({ "name": "Sales" })).await.expect(201);
    let log = admin.get("/v1/audit?limit=2").await.expect(200);
    let [done, lent] = [&log["items"][0], &log["items"][1]];
    assert_eq!((&done["verb"], &done["actor"]["token"]), (&json!("create_queue"), &json!(id)));
    assert_eq!(done["actor"]["name"], "admin");
    assert_eq!((&lent["verb"], &lent["object"]), (&json!("create_token"), &json!(id)));
    assert_eq!(lent["actor"]["token"], Value::Null);
    assert_eq!(lent["after"]["grants"], json!({ "queues_write": "all" }));
    assert!(!log.to_string().contains(&program.token));
}

#[tokio::test]
async fn a_token_that_cannot_be_made_is_refused_by_its_field() {
    let house = House::new().await;
    let admin = house.set_up().await;
    for (refused, field) in [
        (wanted("", &json!({}), 1), "/name"),
        (wanted("a\r\nb", &json!({}), 1), "/name"),
        (wanted("a", &json!({}), 0), "/days"),
        (wanted("a", &json!({}), 367), "/days"),
        (wanted("a", &json!({ "dnc_read": "team" }), 1), "/grants/dnc_read"),
    ] {
        assert_eq!(admin.post("/v1/tokens", &refused).await.problem(422), field, "{refused}");
    }
    lend(&admin, json!({})).await;
    let again = wanted("Wallboard", &json!({}), 1);
    assert_eq!(admin.post("/v1/tokens", &again).await.problem(409), "/name");
}
