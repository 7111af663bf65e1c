//! People who are asked to come: by letter, by hand, once, at their address, until it is over.

use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::{Value, json};
use store::users::Role;

use crate::house::{As, House, Reception, request};

/// A house whose letters lead to `https://pbx.example.com`.
pub(crate) async fn house_with_mail() -> House {
    let public = Some("https://pbx.example.com".to_owned());
    let house = House::with(|settings| settings.public_origin = public).await;
    house.switch.mail.is_there.store(true, Ordering::Relaxed);
    house
}

/// What stands behind the link of a letter, which is a line of its own.
pub(crate) fn token_in(text: &str) -> String {
    let start = "https://pbx.example.com/link#";
    let link = text.lines().find_map(|line| line.strip_prefix(start));
    link.unwrap_or_else(|| panic!("no link: {text}")).to_owned()
}

pub(crate) async fn open(house: &House, token: &str) -> Reception {
    house.send(request("POST", "/v1/mailed-links/open", &json!({ "token": token }))).await
}

pub(crate) async fn choose(house: &House, token: &str, password: &str) -> Reception {
    let body = json!({ "token": token, "new_password": password });
    house.send(request("POST", "/v1/mailed-links/use", &body)).await
}

pub(crate) const OWN: &str = "one's very own";

async fn invite(admin: &As<'_>, more: Value) -> Reception {
    let mut body = json!({ "username": "ada", "email": "Ada@example.net", "role": "manager" });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    admin.post("/v1/invitations", &body).await
}

/// R39: letter, password by the policy, in; and the link is used up.
#[tokio::test]
async fn an_invited_person_chooses_a_password_by_the_link_in_the_letter_once() {
    let house = house_with_mail().await;
    let admin = house.set_up().await;
    let made = invite(&admin, json!({ "language": "de" })).await.expect(201);
    assert_eq!((&made["mailed"], &made["link"]), (&json!(true), &Value::Null));
    assert_eq!(made["user"]["invited"], true);
    let letter = house.switch.mail.next().await;
    assert_eq!((&*letter.to, &*letter.subject), ("Ada@example.net", "Ihre Einladung zu Acme"));
    let token = token_in(&letter.text);
    assert_eq!(token.len(), 64, "256 bits");
    let body = json!({ "username": "ada", "password": OWN, "proof": "bearer" });
    house.send(request("POST", "/v1/login", &body)).await.problem(401);

    let opened = open(&house, &token).await.expect(200);
    assert_eq!((&opened["purpose"], &opened["username"]), (&json!("invitation"), &json!("ada")));
    assert_eq!(choose(&house, &token, "short").await.problem(422), "/new_password");
    let forged = json!({ "token": token, "new_password": OWN });
    let mut forged = request("POST", "/v1/mailed-links/use", &forged);
    forged.headers_mut().insert("origin", "https://evil.example".parse().unwrap());
    house.send(forged).await.problem(403);
    choose(&house, &token, OWN).await.expect(204);
    choose(&house, &token, "another of one's own").await.problem(410);
    open(&house, &token).await.problem(410);
    let ada = As { house: &house, token: house.sign_in("ada", OWN).await };
    let who = &ada.get("/v1/session").await.expect(200)["user"];
    assert_eq!((&who["must_change_password"], &who["role"]), (&json!(false), &json!("manager")));
    assert_eq!(who["email"], "Ada@example.net");
    let id = made["user"]["id"].as_str().unwrap();
    let path = format!("/v1/users/{id}/invitation");
    admin.post(&path, &Value::Null).await.problem(409);
    admin.get(&path).await.problem(404);

    let entries = admin.get("/v1/audit?limit=100").await.text;
    for verb in ["invite_user", "open_mailed_link", "use_mailed_link"] {
        assert!(entries.contains(verb), "{verb}: {entries}");
    }
    assert!(!entries.contains(&token) && !entries.contains("argon2"));
}

/// R40.
#[tokio::test]
async fn a_link_is_over_when_it_is_sent_again_withdrawn_old_or_for_another_address() {
    let house = house_with_mail().await;
    let admin = house.set_up().await;
    let made = invite(&admin, json!({})).await.expect(201);
    let user = format!("/v1/users/{}", made["user"]["id"].as_str().unwrap());
    let path = format!("{user}/invitation");
    let next = async || token_in(&house.switch.mail.next().await.text);
    let first = next().await;
    admin.post(&path, &json!({ "language": "ar" })).await.expect(200);
    let second = next().await;
    open(&house, &first).await.problem(410);
    open(&house, &second).await.expect(200);
    let shown = admin.get(&path).await.expect(200);
    assert_eq!(shown["address"], "Ada@example.net");
    admin.delete(&path, None).await.expect(204);
    admin.delete(&path, None).await.problem(404);
    open(&house, &second).await.problem(410);

    admin.post(&path, &Value::Null).await.expect(200);
    let third = next().await;
    let found = admin.get(&user).await;
    let moved = json!({ "username": "ada", "email": "ada@elsewhere.net", "role": "manager" });
    admin.put(&user, Some(&found.header("etag")), &moved).await.expect(200);
    choose(&house, &third, OWN).await.problem(410);
    admin.post(&path, &Value::Null).await.expect(200);
    let letter = house.switch.mail.next().await;
    assert_eq!(letter.to, "ada@elsewhere.net");
    house.pass(Duration::from_hours(72));
    choose(&house, &token_in(&letter.text), OWN).await.problem(410);
    let admin = As { house: &house, token: anew(&house).await };
    assert_eq!(admin.get(&user).await.expect(200)["invited"], true);
    let expired = admin.get(&path).await.expect(200);
    assert!(expired["expires_at"].as_str().unwrap() <= &*house.now().to_string());
}

/// Another session of an administrator, for a clock that has gone on.
async fn anew(house: &House) -> String {
    house.user("later", Role::Administrator, None).await.token
}

/// Two browsers with one letter: one of them is told that it was too late.
#[tokio::test]
async fn of_two_who_use_a_link_at_once_one_wins() {
    let house = house_with_mail().await;
    let admin = house.set_up().await;
    invite(&admin, json!({})).await.expect(201);
    let token = token_in(&house.switch.mail.next().await.text);
    let words = ["the one's very own", "the other's own word"];
    let (one, other) =
        tokio::join!(choose(&house, &token, words[0]), choose(&house, &token, words[1]));
    let statuses = [one.status.as_u16(), other.status.as_u16()];
    let winner = statuses.iter().position(|status| *status == 204).unwrap();
    assert_eq!(statuses[1 - winner], 410);
    house.sign_in("ada", words[winner]).await;
}

#[tokio::test]
async fn without_mail_the_setting_is_named_and_the_link_may_be_brought_by_hand() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let by_hand = json!({ "by": "hand" });
    let refused = invite(&admin, json!({})).await;
    refused.problem(409);
    assert!(refused.text.contains("mail.server") && refused.text.contains("no-mail"));
    house.switch.mail.is_there.store(true, Ordering::Relaxed);
    let refused = invite(&admin, json!({})).await;
    refused.problem(409);
    assert!(refused.text.contains("http.public_url"), "{}", refused.text);
    assert_eq!(admin.get("/v1/users?text=ada").await.expect(200)["items"], json!([]));
    let made = invite(&admin, by_hand).await.expect(201);
    let link = made["link"].as_str().unwrap();
    let token = link.strip_prefix("/link#").unwrap();
    assert_eq!(made["mailed"], false);
    choose(&house, token, OWN).await.expect(204);
    assert!(house.switch.mail.taken().is_none());
}

#[tokio::test]
async fn a_letter_that_the_server_refuses_is_told_and_can_be_sent_again() {
    let house = house_with_mail().await;
    let admin = house.set_up().await;
    house.switch.mail.refusing.store(true, Ordering::Relaxed);
    let made = invite(&admin, json!({})).await.expect(201);
    assert_eq!((&made["mailed"], &made["unsent"]), (&json!(false), &json!("550 no such mailbox")));
    house.switch.mail.refusing.store(false, Ordering::Relaxed);
    let path = format!("/v1/users/{}/invitation", made["user"]["id"].as_str().unwrap());
    assert_eq!(admin.post(&path, &Value::Null).await.expect(200)["mailed"], true);
    open(&house, &token_in(&house.switch.mail.next().await.text)).await.expect(200);
}

/// R36, R39, R40: the profile says where the letter goes, and is linked from the start.
#[tokio::test]
async fn an_agent_is_invited_from_the_profile_and_becomes_active() {
    let house = house_with_mail().await;
    let admin = house.set_up().await;
    let id = admin.agent(7).await;
    let (profile, path) = (format!("/v1/agents/{id}"), format!("/v1/agents/{id}/invitation"));
    assert_eq!(admin.post(&path, &Value::Null).await.problem(422), "/username");
    let named = json!({ "username": "ada" });
    assert_eq!(admin.post(&path, &named).await.problem(422), "/agent", "no address yet");
    let reached = async |email: &str, lifecycle: &str| {
        let agent = json!({
            "number": 7, "code": "E-7", "first_name": "Ada", "last_name": "Byron",
            "time_zone": "Europe/London", "email": email, "lifecycle": lifecycle,
        });
        admin.put(&profile, Some("*"), &agent).await.expect(200);
    };
    reached("ada@example.net", "archived").await;
    assert_eq!(admin.post(&path, &named).await.problem(422), "/agent", "archived");
    reached("ada@example.net", "invited").await;
    let other = json!({
        "username": "ada", "role": "agent", "agent": id, "email": "eve@example.net",
    });
    assert_eq!(admin.post("/v1/invitations", &other).await.problem(422), "/email");
    assert_eq!(admin.get(&path).await.expect(200)["username"], Value::Null);
    let made = admin.post(&path, &named).await.expect(200);
    assert_eq!((&made["user"]["role"], &made["user"]["agent"]), (&json!("agent"), &json!(id)));
    let first = token_in(&house.switch.mail.next().await.text);
    assert_eq!(admin.get(&path).await.expect(200)["invited"], true);

    reached("ada@elsewhere.net", "invited").await;
    open(&house, &first).await.problem(410);
    admin.post(&path, &Value::Null).await.expect(200);
    let letter = house.switch.mail.next().await;
    assert_eq!(letter.to, "ada@elsewhere.net");
    choose(&house, &token_in(&letter.text), OWN).await.expect(204);
    let ada = As { house: &house, token: house.sign_in("ada", OWN).await };
    let me = ada.get("/v1/me").await.expect(200);
    assert_eq!((&me["agent"]["id"], &me["agent"]["lifecycle"]), (&json!(id), &json!("active")));
    admin.post(&path, &Value::Null).await.problem(409);
    let shown = admin.get(&path).await.expect(200);
    assert_eq!((&shown["username"], &shown["invited"]), (&json!("ada"), &json!(false)));
}

/// R69: a manager invites agents; a user who is more is not theirs to be let in as.
#[tokio::test]
async fn whoever_invites_agents_cannot_get_at_a_user_who_is_more() {
    let house = house_with_mail().await;
    let admin = house.set_up().await;
    let manager = house.user("max", Role::Manager, None).await;
    let id = admin.agent(7).await;
    let agent = json!({
        "number": 7, "code": "E-7", "first_name": "Ada", "last_name": "Byron",
        "time_zone": "Europe/London", "email": "ada@example.net", "username": "ada",
    });
    admin.put(&format!("/v1/agents/{id}"), Some("*"), &agent).await.expect(200);
    let path = format!("/v1/agents/{id}/invitation");
    let owner = json!({ "username": "ada", "role": "owner", "agent": id });
    let made = admin.post("/v1/invitations", &owner).await.expect(201);
    for more in [json!({}), json!({ "by": "hand" })] {
        manager.post(&path, &more).await.problem(403);
    }
    manager.delete(&path, None).await.problem(403);
    house.switch.mail.next().await;
    let mut elsewhere = agent.clone();
    elsewhere["email"] = json!("max@example.net");
    manager.put(&format!("/v1/agents/{id}"), Some("*"), &elsewhere).await.expect(200);
    assert_eq!(
        admin.post(&path, &Value::Null).await.problem(422),
        "/email",
        "nobody is led astray"
    );
    assert!(house.switch.mail.taken().is_none());
    let user = format!("/v1/users/{}", made["user"]["id"].as_str().unwrap());
    admin.delete(&user, Some("*")).await.expect(204);
    manager.post(&path, &json!({ "by": "hand" })).await.problem(403);
    manager.post(&path, &Value::Null).await.expect(200);
    assert_eq!(house.switch.mail.next().await.to, "max@example.net");
    admin.post(&path, &json!({ "by": "hand" })).await.expect(200);
    manager.post("/v1/invitations", &owner).await.problem(403);
}

/// FAULTS S2: whoever guesses at tokens is slowed, and learns nothing of what is wrong with one.
#[tokio::test]
async fn a_source_that_guesses_at_links_waits() {
    let house = house_with_mail().await;
    let mut answers = vec![];
    for token in ["", "x", &"0".repeat(64), &"é".repeat(20), "/../"] {
        let answer = open(&house, token).await;
        answer.problem(410);
        answers.push(answer.text);
    }
    answers.dedup();
    assert_eq!(answers.len(), 1);
    let admin = house.set_up().await;
    for _ in answers.len()..96 {
        choose(&house, &"0".repeat(64), OWN).await.problem(410);
    }
    choose(&house, &"0".repeat(64), OWN).await.problem(429);
    // Whoever has a letter, or a password, is not kept out by those who have none.
    invite(&admin, json!({})).await.expect(201);
    let token = token_in(&house.switch.mail.next().await.text);
    choose(&house, &token, OWN).await.expect(204);
    house.sign_in("ada", OWN).await;
}
