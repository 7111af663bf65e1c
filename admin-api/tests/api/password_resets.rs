//! Forgotten passwords: one answer for everybody, a letter for whoever is there; and addresses.

use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::{Value, json};
use store::users::Role;

use crate::house::{As, House, Reception, request};
use crate::invitations::{OWN, choose, house_with_mail, open, token_in};

async fn ask(house: &House, user: &str) -> Reception {
    let body = json!({ "user": user, "language": "en" });
    house.send(request("POST", "/v1/password-resets", &body)).await
}

/// Someone with an address and a session.
async fn made<'h>(admin: &As<'h>, name: &str, email: &str) -> (String, As<'h>) {
    let password = "the first password";
    let new = json!({ "username": name, "role": "agent", "email": email, "password": password });
    let made = admin.post("/v1/users", &new).await.expect(201);
    let signed_in = admin.house.sign_in_for_good(name, password).await;
    let path = format!("/v1/users/{}", made["user"]["id"].as_str().unwrap());
    (path, As { house: admin.house, token: signed_in.token })
}

#[tokio::test]
async fn a_forgotten_password_is_replaced_by_the_link_and_every_session_is_over() {
    let house = house_with_mail().await;
    let admin = house.set_up().await;
    let (_, ada) = made(&admin, "ada", "ada@example.net").await;
    for (name, password) in [("ADA@example.NET", OWN.to_uppercase()), ("ada", OWN.repeat(2))] {
        ask(&house, name).await.expect(202);
        let letter = house.switch.mail.next().await;
        assert_eq!(letter.to, "ada@example.net");
        let token = token_in(&letter.text);
        let opened = open(&house, &token).await.expect(200);
        assert_eq!(opened["purpose"], "password_reset");
        choose(&house, &token, &password).await.expect(204);
        let note = house.switch.mail.next().await;
        assert_eq!(
            (&*note.to, &*note.subject),
            ("ada@example.net", "Your password for Acme was changed")
        );
        choose(&house, &token, "yet another one of them").await.problem(410);
        house.sign_in("ada", &password).await;
    }
    ada.get("/v1/session").await.problem(401);
    let entries = admin.get("/v1/audit?limit=100").await.text;
    assert_eq!(entries.matches("\"mail_password_reset\"").count(), 2, "{entries}");
}

/// FAULTS S3: one answer, given before anybody is looked for; no letter for who may not come in.
#[tokio::test]
async fn the_answer_is_the_same_whoever_is_asked_for() {
    let house = house_with_mail().await;
    let admin = house.set_up().await;
    let (path, _) = made(&admin, "ada", "ada@example.net").await;
    let known = ask(&house, "ada").await;
    house.switch.mail.next().await;
    let shut = json!({
        "username": "ada", "role": "agent", "email": "ada@example.net",
        "login": "disabled_by_admin",
    });
    admin.put(&path, Some("*"), &shut).await.expect(200);
    let invited = json!({ "username": "eve", "email": "eve@example.net", "role": "agent" });
    admin.post("/v1/invitations", &invited).await.expect(201);
    house.switch.mail.next().await;
    house.user("nowhere", Role::Agent, None).await;
    for name in ["ada", "eve@example.net", "nowhere", "nobody", "nobody@example.net", "'; DROP"] {
        let answer = ask(&house, name).await;
        assert_eq!((answer.status, &answer.text), (known.status, &known.text), "{name}");
        assert_eq!(answer.headers, known.headers, "{name}");
    }
    // What was asked before is answered before: whoever is there gets the next letter.
    made(&admin, "bob", "bob@example.net").await;
    ask(&house, "bob").await.expect(202);
    assert_eq!(house.switch.mail.next().await.to, "bob@example.net");
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(house.switch.mail.taken().is_none());
    assert_eq!(ask(&house, "").await.problem(422), "/user");
    assert_eq!(ask(&house, &"x".repeat(255)).await.problem(422), "/user");
}

/// R19: an archived agent is nobody who comes in again by a letter.
#[tokio::test]
async fn a_link_of_an_agent_who_is_archived_since_is_over() {
    let house = house_with_mail().await;
    let admin = house.set_up().await;
    let id = admin.agent(7).await;
    let new = json!({
        "username": "ada", "role": "agent", "agent": id, "email": "ada@example.net",
    });
    admin.post("/v1/users", &new).await.expect(201);
    ask(&house, "ada").await.expect(202);
    let token = token_in(&house.switch.mail.next().await.text);
    let archived = json!({
        "number": 7, "code": "E-7", "first_name": "Ada", "last_name": "Byron",
        "time_zone": "Europe/London", "lifecycle": "archived",
    });
    admin.put(&format!("/v1/agents/{id}"), Some("*"), &archived).await.expect(200);
    choose(&house, &token, OWN).await.problem(410);
    ask(&house, "ada").await.expect(202);
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(house.switch.mail.taken().is_none());
}

#[tokio::test]
async fn a_name_and_a_source_may_ask_so_often_in_an_hour_whoever_they_are() {
    let house = house_with_mail().await;
    let admin = house.set_up().await;
    made(&admin, "ada", "ada@example.net").await;
    for name in ["ada", "nobody"] {
        for _ in 0..3 {
            ask(&house, name).await.expect(202);
        }
        let refused = ask(&house, &name.to_uppercase()).await;
        refused.problem(429);
        assert_eq!(refused.header("retry-after"), "3601");
    }
    // The address is another name for the same person, whose letters were three.
    for _ in 0..3 {
        house.switch.mail.next().await;
    }
    ask(&house, "ada@example.net").await.expect(202);
    for n in 9..20 {
        ask(&house, &format!("stranger {n}")).await.expect(202);
    }
    ask(&house, "one more").await.problem(429);
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(house.switch.mail.taken().is_none());
    house.pass(Duration::from_hours(1));
    ask(&house, "ada").await.expect(202);
    let token = token_in(&house.switch.mail.next().await.text);
    house.pass(Duration::from_mins(30));
    open(&house, &token).await.problem(410);
}

#[tokio::test]
async fn without_a_mail_server_everybody_is_told_the_same() {
    let house = House::new().await;
    house.administrator().await;
    let known = ask(&house, "admin").await;
    known.problem(409);
    assert!(known.text.contains("mail.server"));
    assert_eq!(known.text, ask(&house, "nobody").await.text);
    let mut forged = request("POST", "/v1/password-resets", &json!({ "user": "admin" }));
    forged.headers_mut().insert("origin", "https://evil.example".parse().unwrap());
    house.send(forged).await.problem(403);
}

/// A link never leads where a request says that we are.
#[tokio::test]
async fn the_host_of_a_request_is_no_part_of_a_link() {
    let house = house_with_mail().await;
    let admin = house.set_up().await;
    made(&admin, "ada", "ada@example.net").await;
    let mut asked = request("POST", "/v1/password-resets", &json!({ "user": "ada" }));
    for name in ["host", "x-forwarded-host"] {
        asked.headers_mut().insert(name, "evil.example".parse().unwrap());
    }
    house.send(asked).await.expect(202);
    let letter = house.switch.mail.next().await;
    assert!(!letter.text.contains("evil"), "{}", letter.text);
    token_in(&letter.text);
}

#[tokio::test]
async fn ones_own_address_takes_the_password_and_is_told_where_it_was() {
    let house = house_with_mail().await;
    let admin = house.set_up().await;
    let (path, ada) = made(&admin, "ada", "ada@example.net").await;
    made(&admin, "bob", "bob@example.net").await;
    let change = async |password: &str, email: Value| {
        let body = json!({ "current_password": password, "email": email });
        ada.put("/v1/session/email", None, &body).await
    };
    let wrong = change("not the password", json!("ada@elsewhere.net")).await;
    assert_eq!(wrong.problem(422), "/current_password");
    assert_eq!(change(OWN, json!("BOB@example.net")).await.problem(409), "/email");
    for wrong in [
        "ada",
        "ada@",
        "@example.net",
        "a b@example.net",
        "a@b\r\nBcc: c@d",
        "ä@example.net",
        "a@b..c",
        "a@b@c",
    ] {
        assert_eq!(change(OWN, json!(wrong)).await.problem(422), "/email", "{wrong}");
    }
    ask(&house, "ada").await.expect(202);
    let token = token_in(&house.switch.mail.next().await.text);
    change(OWN, json!("ada@elsewhere.net")).await.expect(204);
    let note = house.switch.mail.next().await;
    assert_eq!(
        (&*note.to, &*note.subject),
        ("ada@example.net", "Your address at Acme was changed")
    );
    choose(&house, &token, "by the old address").await.problem(410);
    assert_eq!(admin.get(&path).await.expect(200)["email"], "ada@elsewhere.net");
    let found = admin.get("/v1/users?text=elsewhere").await.expect(200);
    assert_eq!(found["items"][0]["username"], "ada");
    change(OWN, Value::Null).await.expect(204);
    assert_eq!(house.switch.mail.next().await.to, "ada@elsewhere.net");
    assert_eq!(admin.get(&path).await.expect(200)["email"], Value::Null);
    house.switch.mail.is_there.store(false, Ordering::Relaxed);
    change(OWN, json!("ada@example.net")).await.expect(204);
}
