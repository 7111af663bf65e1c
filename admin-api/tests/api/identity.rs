//! The security policy over the API: passwords, logins that shut, sessions that are ended.

use std::time::Duration;

use serde_json::{Value, json};
use store::users::Role;

use crate::house::{As, House, Reception, request};

const POLICY: &str = "/v1/security-policy";

async fn set(admin: &As<'_>, policy: &Value) {
    admin.put(POLICY, Some("*"), policy).await.expect(200);
}

async fn login(house: &House, name: &str, password: &str) -> Reception {
    let body = json!({ "username": name, "password": password, "proof": "bearer" });
    house.send(request("POST", "/v1/login", &body)).await
}

/// A user whose password is known.
async fn made(admin: &As<'_>, name: &str, password: &str) -> String {
    let new = json!({ "username": name, "role": "agent", "password": password });
    let made = admin.post("/v1/users", &new).await.expect(201);
    made["user"]["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_policy_is_there_from_the_start_and_is_changed_by_administrators_alone() {
    let house = House::new().await;
    let admin = house.administrator().await;
    let agent = house.user("ada", Role::Agent, None).await;
    let first = agent.get(POLICY).await;
    assert_eq!(first.expect(200)["password_length_min"], 12);
    assert_eq!(first.json()["wrong_passwords_max"], Value::Null);
    agent.put(POLICY, Some("*"), &json!({})).await.problem(403);
    let wild = admin.put(POLICY, Some("*"), &json!({ "password_history": 25 })).await;
    assert_eq!(wild.problem(422), "/password_history");
    let etag = first.header("etag");
    admin.put(POLICY, Some(&etag), &json!({ "session_hours_max": 8 })).await.expect(200);
    admin.put(POLICY, Some(&etag), &json!({})).await.problem(412);
    assert_eq!(agent.get(POLICY).await.expect(200)["session_hours_max"], 8);
}

/// R130, R131, R202: whoever sets a password, it follows the policy.
#[tokio::test]
async fn passwords_follow_the_policy_whoever_sets_them() {
    let house = House::new().await;
    let admin = house.administrator().await;
    set(&admin, &json!({ "password_length_min": 16, "password_classes_min": 3 })).await;
    for weak in ["Short but 3!", "only lower case letters"] {
        let new = json!({ "username": "max", "role": "agent", "password": weak });
        assert_eq!(admin.post("/v1/users", &new).await.problem(422), "/password", "{weak}");
    }
    let id = made(&admin, "max", "Long enough, 3 kinds").await;
    let path = format!("/v1/users/{id}/password");
    let weak = admin.put(&path, None, &json!({ "password": "short" })).await;
    assert_eq!(weak.problem(422), "/password");
    let random = admin.put(&path, None, &Value::Null).await.expect(200);
    let random = random["generated_password"].as_str().unwrap();
    login(&house, "max", random).await.expect(200);
}

#[tokio::test]
async fn a_password_does_not_come_back_before_the_policy_lets_it() {
    let house = House::new().await;
    let admin = house.administrator().await;
    set(&admin, &json!({ "password_history": 3 })).await;
    made(&admin, "max", "the password number 0").await;
    let mut current = "the password number 0".to_owned();
    let change = async |current: &str, next: &str| {
        house.pass(Duration::from_secs(1));
        let token = house.sign_in("max", current).await;
        let max = As { house: &house, token };
        let body = json!({ "current_password": current, "new_password": next });
        max.put("/v1/session/password", None, &body).await
    };
    for n in 1..=2 {
        let next = format!("the password number {n}");
        change(&current, &next).await.expect(200);
        current = next;
    }
    for n in 0..=2 {
        let again = change(&current, &format!("the password number {n}")).await;
        assert_eq!(again.problem(422), "/new_password", "{n}");
    }
    change(&current, "the password number 3").await.expect(200);
    change("the password number 3", "the password number 0").await.expect(200);
}

/// R135, FAULTS S3: the login is shut with its reason, an administrator opens it, and nobody learns
/// from the answers whether there is such a user.
#[tokio::test]
async fn wrong_passwords_shut_the_login_until_an_administrator_opens_it() {
    let house = House::new().await;
    let admin = house.administrator().await;
    set(&admin, &json!({ "wrong_passwords_max": 3 })).await;
    let right = "the right password";
    let path = format!("/v1/users/{}", made(&admin, "max", right).await);
    for _ in 0..3 {
        let known = login(&house, "max", "not the password").await;
        let stranger = login(&house, "nobody", "not the password").await;
        known.problem(401);
        assert_eq!(known.text, stranger.text);
    }
    let shut = login(&house, "max", right).await;
    assert_eq!(shut.text, login(&house, "nobody", right).await.text);
    let user = admin.get(&path).await;
    assert_eq!(user.expect(200)["login"], "disabled_by_wrong_passwords");
    let open = json!({ "username": "max", "role": "agent", "login": "enabled" });
    admin.put(&path, Some(&user.header("etag")), &open).await.expect(200);
    login(&house, "max", right).await.expect(200);
    login(&house, "max", "not the password").await.problem(401);
    login(&house, "max", right).await.expect(200);
    assert_eq!(admin.get(&path).await.expect(200)["login"], "enabled", "counted anew");
}

/// R134.
#[tokio::test]
async fn who_stays_away_is_shut_out_and_begins_anew_once_let_in() {
    const DAY: Duration = Duration::from_hours(24);
    let house = House::new().await;
    let admin = house.administrator().await;
    set(&admin, &json!({ "inactivity_days_max": 30 })).await;
    let right = "the right password";
    let path = format!("/v1/users/{}", made(&admin, "max", right).await);
    house.pass(29 * DAY);
    login(&house, "max", right).await.expect(200);
    house.pass(31 * DAY);
    login(&house, "max", right).await.problem(401);
    // The last administrator comes in after any time.
    let second = house.store.users().credentials("admin").await.unwrap().user;
    assert_eq!(second.login, routing::Login::Enabled);
    let admin = house.user("second", Role::Administrator, None).await;
    assert_eq!(admin.get(&path).await.expect(200)["login"], "disabled_by_inactivity");
    let open = json!({ "username": "max", "role": "agent", "login": "enabled" });
    admin.put(&path, Some("*"), &open).await.expect(200);
    login(&house, "max", right).await.expect(200);
}

#[tokio::test]
async fn sessions_live_as_long_as_the_policy_says() {
    let house = House::new().await;
    let admin = house.administrator().await;
    set(&admin, &json!({ "session_idle_minutes": 10, "session_hours_max": 1 })).await;
    let idle = house.user("idle", Role::Administrator, None).await;
    house.pass(Duration::from_mins(11));
    idle.get("/v1/session").await.problem(401);
    let busy = house.user("busy", Role::Administrator, None).await;
    for _ in 0..6 {
        busy.get("/v1/session").await.expect(200);
        house.pass(Duration::from_mins(9));
    }
    busy.get("/v1/session").await.expect(200);
    house.pass(Duration::from_mins(6));
    busy.get("/v1/session").await.problem(401);
}

/// FAULTS S13, S14: one's own sessions and nobody else's; an ended one is over at once.
#[tokio::test]
async fn sessions_are_listed_and_ended_by_their_user_and_by_administrators() {
    let house = House::new().await;
    let admin = house.administrator().await;
    let id = made(&admin, "max", "the right password").await;
    let phone = As { house: &house, token: house.sign_in("max", "the right password").await };
    let body = json!({ "current_password": "the right password", "new_password": "own password" });
    let begun = phone.put("/v1/session/password", None, &body).await.expect(200);
    let phone = As { house: &house, token: begun["token"].as_str().unwrap().to_owned() };
    let desk = As { house: &house, token: house.sign_in("max", "own password").await };
    let sessions = desk.get("/v1/sessions").await.expect(200);
    let sessions = sessions["items"].as_array().unwrap();
    assert_eq!(sessions.len(), 2);
    let [current, other] = [true, false].map(|current| {
        let one = sessions.iter().find(|session| session["current"] == current).unwrap();
        format!("/v1/sessions/{}", one["id"].as_str().unwrap())
    });
    assert!(!sessions[0].to_string().contains(&desk.token));
    admin.delete(&other, None).await.problem(404);
    desk.delete(&other, None).await.expect(204);
    phone.get("/v1/session").await.problem(401);
    desk.delete(&other, None).await.problem(404);
    let of_user = format!("/v1/users/{id}/sessions");
    assert_eq!(admin.get(&of_user).await.expect(200)["items"].as_array().unwrap().len(), 1);
    desk.get(&of_user).await.problem(403);
    admin.delete(&of_user, None).await.expect(204);
    desk.delete(&current, None).await.problem(401);
}
