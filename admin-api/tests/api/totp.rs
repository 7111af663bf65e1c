//! Authenticator apps over the API: set up, codes at each login, replay, tries, recovery, loss.

use std::time::Duration;

use ring::hmac;
use serde_json::{Value, json};

use crate::house::{As, House, Reception, request};
use crate::invitations::{choose, house_with_mail, token_in};

const PASSWORD: &str = "the right password";
const PATH: &str = "/v1/session/totp";

/// RFC 6238 as an app computes it, from what the app was told.
pub(crate) fn code_of(secret: &str, house: &House) -> String {
    let bits: Vec<bool> = secret
        .chars()
        .map(|c| "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".find(c).unwrap())
        .flat_map(|five| (0..5).rev().map(move |bit| five >> bit & 1 == 1))
        .collect();
    let bytes =
        bits.chunks_exact(8).map(|byte| byte.iter().fold(0, |b, bit| b << 1 | u8::from(*bit)));
    let key = bytes.collect::<Vec<u8>>();
    let step = u64::try_from(house.now().as_second()).unwrap() / 30;
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &key);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let at = usize::from(tag.as_ref()[19] & 15);
    let word = u32::from_be_bytes(tag.as_ref()[at..at + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", word % 1_000_000)
}

async fn login(house: &House, code: Option<&str>) -> Reception {
    let body = json!({ "username": "max", "password": PASSWORD, "code": code, "proof": "bearer" });
    house.send(request("POST", "/v1/login", &body)).await
}

pub(crate) fn kind(reception: &Reception, status: u16) -> String {
    reception.problem(status);
    reception.json()["type"].as_str().unwrap().rsplit(':').next().unwrap().to_owned()
}

/// Max, signed in with a password of his own.
async fn max(house: &House) -> As<'_> {
    let made = admin_api::add_user(&house.store, "max", store::users::Role::Agent, None);
    let first = made.await.unwrap().password;
    let max = As { house, token: house.sign_in("max", first.reveal()).await };
    let body = json!({ "current_password": first.reveal(), "new_password": PASSWORD });
    let begun = max.put("/v1/session/password", None, &body).await.expect(200);
    As { house, token: begun["token"].as_str().unwrap().to_owned() }
}

/// Sets an app up; the secret, and the recovery codes.
async fn enrol(max: &As<'_>) -> (String, Vec<String>) {
    let proposal = max.post(PATH, &json!({ "current_password": PASSWORD })).await.expect(200);
    let secret = proposal["secret"].as_str().unwrap().to_owned();
    let code = json!({ "code": code_of(&secret, max.house) });
    let codes = max.put(PATH, None, &code).await.expect(200);
    let codes: Vec<String> = serde_json::from_value(codes["recovery_codes"].clone()).unwrap();
    (secret, codes)
}

/// R137.
#[tokio::test]
async fn an_app_is_set_up_by_its_first_code_and_asked_for_at_each_login() {
    let house = House::new().await;
    let max = max(&house).await;
    let wrong = max.post(PATH, &json!({ "current_password": "not the password" })).await;
    assert_eq!(wrong.problem(422), "/current_password");
    max.put(PATH, None, &json!({ "code": "000000" })).await.problem(404);
    let proposal = max.post(PATH, &json!({ "current_password": PASSWORD })).await.expect(200);
    let rows = proposal["qr"].as_array().unwrap();
    assert!(rows.iter().all(|row| row.as_str().unwrap().len() == rows.len()), "a square");
    assert!(proposal["uri"].as_str().unwrap().starts_with("otpauth://totp/Cordboard:max?secret="));
    login(&house, None).await.expect(200);
    assert_eq!(max.put(PATH, None, &json!({ "code": "x" })).await.problem(422), "/code");

    let (secret, codes) = enrol(&max).await;
    assert_eq!(codes.len(), 10);
    assert_eq!(max.get(PATH).await.expect(200)["recovery_codes"], 10);
    assert_eq!(kind(&login(&house, None).await, 401), "code-needed");
    assert_eq!(kind(&login(&house, Some("000000")).await, 401), "wrong-code");
    house.pass(Duration::from_secs(30));
    let code = code_of(&secret, &house);
    login(&house, Some(&code)).await.expect(200);
    assert_eq!(kind(&login(&house, Some(&code)).await, 401), "wrong-code", "spent");
    max.post(PATH, &json!({ "current_password": PASSWORD })).await.problem(409);
    let wrong = max.post("/v1/session/totp/remove", &json!({ "current_password": "x" })).await;
    assert_eq!(wrong.problem(422), "/current_password");
    let proven = json!({ "current_password": PASSWORD });
    max.post("/v1/session/totp/remove", &proven).await.expect(204);
    login(&house, None).await.expect(200);
}

/// FAULTS S3: the app is nobody's business who does not know the password.
#[tokio::test]
async fn a_stranger_does_not_learn_that_there_is_an_app() {
    let house = House::new().await;
    enrol(&max(&house).await).await;
    let wrong = async |name: &str| {
        let body = json!({ "username": name, "password": "not it", "code": "000000" });
        house.send(request("POST", "/v1/login", &body)).await.text
    };
    assert_eq!(wrong("max").await, wrong("nobody").await);
}

/// FAULTS S15: five tries in five minutes, whatever the source, and the sixth waits.
#[tokio::test]
async fn codes_cannot_be_guessed_and_a_recovery_code_works_once() {
    let house = House::new().await;
    let (secret, codes) = enrol(&max(&house).await).await;
    login(&house, Some(&codes[0].to_uppercase().replace('-', " "))).await.expect(200);
    assert_eq!(kind(&login(&house, Some(&codes[0])).await, 401), "wrong-code");
    for _ in 0..3 {
        assert_eq!(kind(&login(&house, Some("000000")).await, 401), "wrong-code");
    }
    let waits = login(&house, Some(&codes[1])).await;
    waits.problem(429);
    assert_eq!(waits.header("retry-after"), "300");
    house.pass(Duration::from_mins(5));
    login(&house, Some(&code_of(&secret, &house))).await.expect(200);
    login(&house, Some(&codes[1])).await.expect(200);
}

/// R136: where an administrator wants it, nothing else is allowed until the app is set up; and who
/// lost the app is helped.
#[tokio::test]
async fn an_administrator_asks_for_an_app_and_takes_a_lost_one_away() {
    let house = House::new().await;
    let admin = house.administrator().await;
    let max = max(&house).await;
    let found = admin.get("/v1/users?text=max").await.expect(200);
    let id = found["items"][0]["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/users/{id}");
    let settings = json!({ "username": "max", "role": "agent", "totp_required": true });
    admin.put(&path, Some("*"), &settings).await.expect(200);
    assert_eq!(kind(&max.get("/v1/me").await, 403), "totp-setup");
    assert_eq!(max.get("/v1/session").await.expect(200)["user"]["must_set_up_totp"], true);
    enrol(&max).await;
    max.get("/v1/me").await.expect(200);
    assert_eq!(admin.get(&path).await.expect(200)["totp_enrolled"], true);
    let lost = format!("{path}/totp");
    max.delete(&lost, None).await.problem(403);
    admin.delete(&lost, None).await.expect(204);
    let begun = login(&house, None).await.expect(200);
    assert_eq!(begun["user"]["must_set_up_totp"], true);
    assert_eq!(max.get(PATH).await.expect(200)["recovery_codes"], Value::from(0));
}

/// R137: a letter replaces the password and not the app.
#[tokio::test]
async fn a_link_to_a_new_password_does_not_get_round_the_app() {
    let house = house_with_mail().await;
    let max = max(&house).await;
    let (secret, _) = enrol(&max).await;
    let address = json!({ "current_password": PASSWORD, "email": "max@example.net" });
    max.put("/v1/session/email", None, &address).await.expect(204);
    let forgotten = json!({ "user": "max@example.net" });
    house.send(request("POST", "/v1/password-resets", &forgotten)).await.expect(202);
    let token = token_in(&house.switch.mail.next().await.text);
    let password = "one that came by letter";
    choose(&house, &token, password).await.expect(204);
    let sign_in = async |code: Option<String>| {
        let body = json!({
            "username": "max", "password": password, "code": code, "proof": "bearer",
        });
        house.send(request("POST", "/v1/login", &body)).await
    };
    assert_eq!(kind(&sign_in(None).await, 401), "code-needed");
    house.pass(Duration::from_secs(30));
    sign_in(Some(code_of(&secret, &house))).await.expect(200);
}
