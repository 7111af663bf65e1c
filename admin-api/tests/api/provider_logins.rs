//! Signing in at an OpenID provider: one that the tests play, so that it can be wrong in every way.
//! With a real one: `tests/telephones/provider.rs` of the product.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use admin_api::fetch::{Fetch, Fetched, Fetching, Unfetched, Wanted};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD as BASE64};
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use store::users::Role;

use crate::house::{As, House, Reception, request};
use crate::totp::{code_of, kind};

const ISSUER: &str = "https://id.example.net/acme";
const PATH: &str = "/v1/identity-provider";

/// A provider that says what a test wants; a code is the nonce of the sign-in that it is for.
pub(crate) struct Provider {
    /// What it says of the user, over what is right.
    claims: Mutex<Value>,
    /// What it says to whoever brings the access token.
    more: Mutex<Value>,
    /// What it says of itself, over what is right.
    metadata: Mutex<Value>,
    /// Which key it signs with, and which it publishes.
    signing: AtomicU8,
    published: AtomicU8,
    asked: Mutex<Vec<Wanted>>,
    now: Mutex<i64>,
}

impl Default for Provider {
    fn default() -> Self {
        Self {
            claims: Mutex::new(json!({})),
            more: Mutex::new(json!({ "sub": "7", "preferred_username": "ada" })),
            metadata: Mutex::new(json!({})),
            signing: AtomicU8::new(1),
            published: AtomicU8::new(1),
            asked: Mutex::default(),
            now: Mutex::new(0),
        }
    }
}

impl Fetch for Provider {
    fn fetch(&self, wanted: Wanted) -> Fetching<'_> {
        Box::pin(async move {
            let answer = self.answer(&wanted);
            self.asked.lock().unwrap().push(wanted);
            let (status, body) = answer.ok_or_else(|| Unfetched("no route to it".to_owned()))?;
            Ok(Fetched { status, body: body.to_string().into_bytes() })
        })
    }
}

impl Provider {
    fn answer(&self, wanted: &Wanted) -> Option<(u16, Value)> {
        let key = |seed| Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap();
        match wanted.url.strip_prefix(ISSUER)? {
            "/.well-known/openid-configuration" => {
                let endpoint = |name: &str| format!("{ISSUER}/{name}");
                let right = json!({
                    "issuer": ISSUER, "jwks_uri": endpoint("keys"),
                    "authorization_endpoint": endpoint("auth?tenant=7"),
                    "token_endpoint": endpoint("token"), "userinfo_endpoint": endpoint("me"),
                });
                Some((200, over(right, &self.metadata)))
            }
            "/keys" => {
                let seed = self.published.load(Ordering::Relaxed);
                let (x, kid) = (BASE64.encode(key(seed).public_key()), seed.to_string());
                let key = json!({ "kty": "OKP", "crv": "Ed25519", "x": x, "kid": kid });
                Some((200, json!({ "keys": [key] })))
            }
            "/token" => {
                let form = pairs(wanted.form.as_ref()?.reveal());
                let now = *self.now.lock().unwrap();
                let right = json!({
                    "iss": ISSUER, "aud": "cordboard", "sub": "7", "nonce": form["code"],
                    "iat": now, "exp": now + 60,
                });
                let seed = self.signing.load(Ordering::Relaxed);
                let part = |value: &Value| BASE64.encode(value.to_string());
                let head = part(&json!({ "alg": "EdDSA", "kid": seed.to_string() }));
                let message = format!("{head}.{}", part(&over(right, &self.claims)));
                let signature = BASE64.encode(key(seed).sign(message.as_bytes()));
                let token = format!("{message}.{signature}");
                Some((200, json!({ "id_token": token, "access_token": "at-7" })))
            }
            "/me" => Some((200, self.more.lock().unwrap().clone())),
            _ => None,
        }
    }

    /// What it was asked at this endpoint last.
    fn asked_at(&self, path: &str) -> Wanted {
        let asked = self.asked.lock().unwrap();
        let found = asked.iter().rev().find(|wanted| wanted.url == format!("{ISSUER}{path}"));
        found.unwrap().clone()
    }

    fn says(&self, claims: Value) {
        *self.claims.lock().unwrap() = claims;
    }

    fn says_more(&self, claims: Value) {
        *self.more.lock().unwrap() = claims;
    }
}

fn over(mut right: Value, wrong: &Mutex<Value>) -> Value {
    let wrong: Map<String, Value> = wrong.lock().unwrap().as_object().unwrap().clone();
    right.as_object_mut().unwrap().extend(wrong);
    right
}

fn pairs(form: &str) -> BTreeMap<String, String> {
    let pair = |pair: &str| {
        let (name, value) = pair.split_once('=').unwrap();
        let plain = value.replace("%3A", ":").replace("%2F", "/").replace("%20", " ");
        (name.to_owned(), plain)
    };
    form.split('&').map(pair).collect()
}

fn settings() -> Value {
    json!({ "name": "Acme", "issuer": ISSUER, "client_id": "cordboard" })
}

/// A house whose users may sign in at the provider: ada does.
async fn house() -> (House, String) {
    let house = House::with(|settings| {
        settings.public_origin = Some("https://pbx.example.com".to_owned());
    })
    .await;
    *house.switch.provider.now.lock().unwrap() = house.now().as_second();
    let admin = house.set_up().await;
    admin.put(PATH, None, &settings()).await.expect(201);
    let secret = json!({ "secret": "s:7" });
    admin.put(&format!("{PATH}/secret"), None, &secret).await.expect(204);
    let ada = json!({ "username": "ada", "role": "agent", "sign_in": "provider" });
    let made = admin.post("/v1/users", &ada).await.expect(201);
    assert_eq!(made.get("generated_password"), None);
    assert_eq!(made["user"]["must_change_password"], false);
    let token = admin.token.clone();
    (house, token)
}

/// A sign-in that has begun: its cookie, its state, and the code that answers it.
struct Begun {
    cookie: String,
    state: String,
    code: String,
    sent: BTreeMap<String, String>,
}

async fn begin(house: &House) -> Begun {
    begin_as(house, &Value::Null).await
}

async fn begin_as(house: &House, how: &Value) -> Begun {
    let begun = house.send(request("POST", "/v1/provider-logins", how)).await;
    let url = begun.expect(200)["url"].as_str().unwrap().to_owned();
    let query = url.strip_prefix(&format!("{ISSUER}/auth?tenant=7&")).unwrap();
    let sent = pairs(query);
    let cookie = begun.header("set-cookie");
    assert!(cookie.ends_with("; Path=/; HttpOnly; SameSite=Strict; Max-Age=600; Secure"));
    let cookie = cookie.split(';').next().unwrap().to_owned();
    Begun { cookie, state: sent["state"].clone(), code: sent["nonce"].clone(), sent }
}

async fn finish(house: &House, begun: &Begun, more: Value) -> Reception {
    *house.switch.provider.now.lock().unwrap() = house.now().as_second();
    let mut body = json!({ "state": begun.state, "code": begun.code, "proof": "bearer" });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let mut asked = request("POST", "/v1/provider-logins/finish", &body);
    asked.headers_mut().insert("cookie", begun.cookie.parse().unwrap());
    house.send(asked).await
}

async fn sign_in(house: &House) -> Reception {
    finish(house, &begin(house).await, json!({})).await
}

async fn signed_in(house: &House) -> As<'_> {
    let token = sign_in(house).await.expect(200)["token"].as_str().unwrap().to_owned();
    As { house, token }
}

/// Signed in where the provider was to ask once more who it is.
async fn signed_in_again(house: &House) -> As<'_> {
    let begun = begin_as(house, &json!({ "again": true })).await;
    assert_eq!((&*begun.sent["prompt"], &*begun.sent["max_age"]), ("login", "600"));
    let begun = finish(house, &begun, json!({})).await.expect(200);
    As { house, token: begun["token"].as_str().unwrap().to_owned() }
}

/// R199; RFC 7636, RFC 6749 §2.3.1, RFC 9700 §4.7.
#[tokio::test]
async fn a_user_signs_in_at_the_provider_from_the_browser_that_began_and_once() {
    let (house, admin) = house().await;
    let admin = As { house: &house, token: admin };
    let methods = house.send(request("GET", "/v1/sign-in-methods", &Value::Null)).await;
    assert_eq!(methods.expect(200), json!({ "provider": "Acme" }));
    let begun = begin(&house).await;
    for (name, value) in [
        ("response_type", "code"),
        ("client_id", "cordboard"),
        ("redirect_uri", "https://pbx.example.com/sign-in/return"),
        ("scope", "openid profile email"),
        ("code_challenge_method", "S256"),
    ] {
        assert_eq!(begun.sent[name], value);
    }
    assert!(!begun.sent.contains_key("prompt"), "who is known there is not asked again");
    let stranger = Begun { cookie: "__Host-cordboard-begun=x".to_owned(), ..begin(&house).await };
    assert_eq!(kind(&finish(&house, &stranger, json!({})).await, 410), "sign-in-over");
    let elsewhere = json!({ "iss": "https://evil.example.net" });
    let confused = finish(&house, &begin(&house).await, elsewhere).await;
    assert_eq!(kind(&confused, 410), "sign-in-over", "RFC 9207");

    let who = finish(&house, &begun, json!({})).await.expect(200);
    assert_eq!(
        (&who["user"]["username"], &who["user"]["sign_in"]),
        (&json!("ada"), &json!("provider"))
    );
    let ada = As { house: &house, token: who["token"].as_str().unwrap().to_owned() };
    ada.get("/v1/session").await.expect(200);
    assert_eq!(kind(&finish(&house, &begun, json!({})).await, 410), "sign-in-over", "taken once");
    let late = begin(&house).await;
    house.pass(Duration::from_mins(10));
    assert_eq!(kind(&finish(&house, &late, json!({})).await, 410), "sign-in-over");

    let token = house.switch.provider.asked_at("/token");
    let form = pairs(token.form.as_ref().unwrap().reveal());
    let challenge = BASE64.encode(Sha256::digest(&form["code_verifier"]));
    assert_eq!(challenge, begun.sent["code_challenge"]);
    let basic = format!("Basic {}", STANDARD.encode("cordboard:s%3A7"));
    assert_eq!(token.authorization.unwrap().reveal(), basic);
    let bearer = house.switch.provider.asked_at("/me").authorization.unwrap();
    assert_eq!(bearer.reveal(), "Bearer at-7");
    let log = admin.get("/v1/audit?limit=50").await.expect(200);
    let entries = log["items"].as_array().unwrap();
    let own = entries.iter().filter(|entry| entry["verb"] == "finish_provider_login");
    let own: Vec<_> = own.map(|entry| (&entry["actor"]["name"], &entry["ending"])).collect();
    let hers = (&json!("ada"), &json!("done"));
    assert_eq!(own, [hers, hers], "the session, and the link before it: {log}");
    assert!(entries.iter().any(|entry| entry["after"]["subject"] == "7"), "{log}");
    assert!(!log.to_string().contains("s:7"), "no secret is in the log");
}

/// Core §5.7: the subject is the person; a name there may be given to somebody else.
#[tokio::test]
async fn the_claim_decides_once_and_the_subject_from_then_on() {
    let (house, admin) = house().await;
    let admin = As { house: &house, token: admin };
    let provider = &house.switch.provider;
    for (name, why) in [("nobody", "unknown"), ("admin", "has a password"), ("ADA", "another name")]
    {
        provider.says_more(json!({ "sub": "7", "preferred_username": name }));
        assert_eq!(kind(&sign_in(&house).await, 401), "not-admitted", "{why}");
    }
    provider.says_more(json!({ "sub": "8", "preferred_username": "ada" }));
    assert_eq!(kind(&sign_in(&house).await, 503), "sign-in-service", "of another subject");
    provider.says_more(json!({ "sub": "7", "preferred_username": "ada" }));
    let ada = sign_in(&house).await.expect(200)["user"]["id"].as_str().unwrap().to_owned();
    provider.says_more(json!({ "sub": "7", "preferred_username": "ada.lovelace" }));
    assert_eq!(sign_in(&house).await.expect(200)["user"]["username"], "ada", "renamed there");

    let before = signed_in(&house).await;
    provider.says(json!({ "sub": "9" }));
    provider.says_more(json!({ "sub": "9", "preferred_username": "ada" }));
    assert_eq!(kind(&sign_in(&house).await, 401), "not-admitted", "somebody else's name now");
    let path = format!("/v1/users/{ada}/provider-subject");
    assert_eq!(admin.get(&path).await.expect(200)["subject"], "7");
    before.get("/v1/session").await.expect(200);
    admin.delete(&path, None).await.expect(204);
    before.get("/v1/session").await.problem(401);
    sign_in(&house).await.expect(200);
    let user = admin.get(&format!("/v1/users/{ada}")).await;
    let shut = json!({ "username": "ada", "role": "agent", "sign_in": "provider",
        "login": "disabled_by_admin" });
    admin.put(&format!("/v1/users/{ada}"), Some(&user.header("etag")), &shut).await.expect(200);
    assert_eq!(kind(&sign_in(&house).await, 401), "not-admitted", "shut");
}

/// Core §5.1: an address that nobody has proven may be anybody's.
#[tokio::test]
async fn an_address_names_a_user_if_the_provider_has_verified_it() {
    let (house, admin) = house().await;
    let admin = As { house: &house, token: admin };
    let by_email = json!({ "name": "Acme", "issuer": ISSUER, "client_id": "cordboard",
        "claim": "email" });
    let version = admin.get(PATH).await.header("etag");
    admin.put(PATH, Some(&version), &by_email).await.expect(200);
    let bob = json!({ "username": "bob", "email": "Bob@example.net", "role": "agent",
        "sign_in": "provider" });
    admin.post("/v1/users", &bob).await.expect(201);
    for claims in [
        json!({ "email": "bob@example.net" }),
        json!({ "email": "bob@example.net", "email_verified": false }),
        json!({ "email": "bob@example.net", "email_verified": "true" }),
        json!({ "email": "bob", "email_verified": true }),
    ] {
        house.switch.provider.says(claims.clone());
        assert_eq!(kind(&sign_in(&house).await, 401), "not-admitted", "{claims}");
    }
    house.switch.provider.says(json!({ "email": "bob@example.net", "email_verified": true }));
    assert_eq!(sign_in(&house).await.expect(200)["user"]["username"], "bob");
}

/// Core §3.1.3.7 over the whole way; keys that changed are found after a minute.
#[tokio::test]
async fn what_the_provider_did_not_say_for_this_sign_in_opens_nothing() {
    let (house, _) = house().await;
    let provider = &house.switch.provider;
    let now = house.now().as_second();
    for wrong in [
        json!({ "nonce": "another" }),
        json!({ "aud": "crm" }),
        json!({ "iss": "https://evil.example.net" }),
        json!({ "exp": now - 61 }),
    ] {
        provider.says(wrong.clone());
        assert_eq!(kind(&sign_in(&house).await, 503), "sign-in-service", "{wrong}");
    }
    provider.says(json!({}));
    provider.signing.store(2, Ordering::Relaxed);
    assert_eq!(kind(&sign_in(&house).await, 503), "sign-in-service", "nobody's key");
    provider.published.store(2, Ordering::Relaxed);
    house.pass(Duration::from_secs(59));
    assert_eq!(kind(&sign_in(&house).await, 503), "sign-in-service", "not asked each time");
    house.pass(Duration::from_secs(1));
    sign_in(&house).await.expect(200);
}

/// A provider that is not what it should be is told to administrators, and to nobody else.
#[tokio::test]
async fn a_provider_in_trouble_is_named_to_administrators_and_not_to_strangers() {
    let (house, admin) = house().await;
    let admin = As { house: &house, token: admin };
    let test = format!("{PATH}/test");
    let tried = admin.post(&test, &Value::Null).await.expect(200);
    assert_eq!(tried, json!({ "answers": true, "why": null }));
    for (wrong, why) in [
        (json!({ "issuer": "https://id.example.net" }), "calls itself"),
        (json!({ "token_endpoint": "http://id.example.net/token" }), "no https:// URL"),
        (json!({ "jwks_uri": "https://elsewhere.example.net/keys" }), "no route to it"),
        (json!({ "token_endpoint": null }), "cannot be read"),
    ] {
        *house.switch.provider.metadata.lock().unwrap() = wrong;
        let tried = admin.post(&test, &Value::Null).await.expect(200);
        assert_eq!(tried["answers"], false);
        assert!(tried["why"].as_str().unwrap().contains(why), "{tried}");
        let refused = house.send(request("POST", "/v1/provider-logins", &Value::Null)).await;
        assert_eq!(kind(&refused, 503), "sign-in-service");
        assert!(!refused.text.contains(why), "{}", refused.text);
        house.pass(Duration::from_secs(5));
    }
    let disabled = json!({ "name": "Acme", "issuer": ISSUER, "client_id": "c", "enabled": false });
    let version = admin.get(PATH).await.header("etag");
    admin.put(PATH, Some(&version), &disabled).await.expect(200);
    let refused = house.send(request("POST", "/v1/provider-logins", &Value::Null)).await;
    assert_eq!(kind(&refused, 409), "no-provider");
    let forged = request("POST", "/v1/provider-logins", &Value::Null);
    let (mut parts, body) = forged.into_parts();
    parts.headers.insert("origin", "https://evil.example.net".parse().unwrap());
    let forged = axum::http::Request::from_parts(parts, body);
    assert_eq!(kind(&house.send(forged).await, 403), "forgery");
}

/// The provider is the first factor and no more (R136, R137); whoever has no password here shows
/// by a sign-in of the last ten minutes that it is they, and by the app's code to remove it.
#[tokio::test]
async fn an_app_is_set_up_without_a_password_and_asked_for_after_the_provider() {
    let (house, admin) = house().await;
    let admin = As { house: &house, token: admin };
    let max = json!({ "username": "max", "role": "agent", "sign_in": "provider",
        "totp_required": true });
    admin.post("/v1/users", &max).await.expect(201);
    house.switch.provider.says_more(json!({ "sub": "7", "preferred_username": "max" }));
    let max = signed_in(&house).await;
    assert_eq!(kind(&max.get("/v1/me").await, 403), "totp-setup");
    assert_eq!(kind(&max.post("/v1/session/totp", &json!({})).await, 403), "sign-in-again");
    let max = signed_in_again(&house).await;
    house.pass(Duration::from_secs(601));
    assert_eq!(kind(&max.post("/v1/session/totp", &json!({})).await, 403), "sign-in-again");
    let max = signed_in_again(&house).await;
    let proposal = max.post("/v1/session/totp", &json!({})).await.expect(200);
    let secret = proposal["secret"].as_str().unwrap().to_owned();
    let first = json!({ "code": code_of(&secret, &house) });
    max.put("/v1/session/totp", None, &first).await.expect(200);

    house.pass(Duration::from_secs(30));
    let begun = begin(&house).await;
    assert_eq!(kind(&finish(&house, &begun, json!({})).await, 401), "code-needed");
    let wrong = json!({ "totp": "000000", "code": null });
    assert_eq!(kind(&finish(&house, &begun, wrong).await, 401), "wrong-code");
    let right = json!({ "totp": code_of(&secret, &house), "code": null });
    finish(&house, &begun, right).await.expect(200);
    assert_eq!(kind(&finish(&house, &begun, json!({})).await, 410), "sign-in-over");

    let remove = "/v1/session/totp/remove";
    for wrong in [json!({}), json!({ "code": "000000" }), json!({ "current_password": "x" })] {
        assert_eq!(max.post(remove, &wrong).await.problem(422), "/code");
    }
    house.pass(Duration::from_secs(30));
    max.post(remove, &json!({ "code": code_of(&secret, &house) })).await.expect(204);
    sign_in(&house).await.expect(200);
}

/// Core §2: what the provider says of when it asked decides, also where it was to ask and did not.
#[tokio::test]
async fn a_provider_that_remembers_a_user_proves_nothing_to_whoever_stands_at_the_desk() {
    let (house, _) = house().await;
    let proposed = async |ada: &As<'_>| ada.post("/v1/session/totp", &json!({})).await;
    let second = house.now().as_second();
    house.switch.provider.says(json!({ "auth_time": second - 601 }));
    let ada = signed_in_again(&house).await;
    assert_eq!(kind(&proposed(&ada).await, 403), "sign-in-again", "it did not ask");
    let ada = signed_in(&house).await;
    assert_eq!(kind(&proposed(&ada).await, 403), "sign-in-again", "a session of its own");
    house.switch.provider.says(json!({ "auth_time": second - 590 }));
    let ada = signed_in(&house).await;
    house.pass(Duration::from_secs(11));
    assert_eq!(kind(&proposed(&ada).await, 403), "sign-in-again", "older by now");
    house.switch.provider.says(json!({ "auth_time": second }));
    proposed(&signed_in(&house).await).await.expect(200);
    house.switch.provider.says(json!({ "auth_time": second + 86_400 }));
    let ada = signed_in(&house).await;
    house.pass(Duration::from_secs(601));
    assert_eq!(kind(&proposed(&ada).await, 403), "sign-in-again", "no time to come counts");
}

/// Who has the name and not the app's code is linked to nobody.
#[tokio::test]
async fn a_subject_is_linked_by_a_sign_in_that_is_whole() {
    let (house, admin) = house().await;
    let admin = As { house: &house, token: admin };
    let ada = signed_in_again(&house).await;
    let id = ada.get("/v1/session").await.expect(200)["user"]["id"].as_str().unwrap().to_owned();
    let secret = ada.post("/v1/session/totp", &json!({})).await.expect(200)["secret"].clone();
    let secret = secret.as_str().unwrap();
    let first = json!({ "code": code_of(secret, &house) });
    ada.put("/v1/session/totp", None, &first).await.expect(200);
    let path = format!("/v1/users/{id}/provider-subject");
    admin.delete(&path, None).await.expect(204);
    house.pass(Duration::from_secs(30));
    let begun = begin(&house).await;
    assert_eq!(kind(&finish(&house, &begun, json!({})).await, 401), "code-needed");
    admin.get(&path).await.problem(404);
    let right = json!({ "totp": code_of(secret, &house), "code": null });
    finish(&house, &begun, right).await.expect(200);
    assert_eq!(admin.get(&path).await.expect(200)["subject"], "7");

    house.pass(Duration::from_secs(30));
    let begun = begin(&house).await;
    assert_eq!(kind(&finish(&house, &begun, json!({})).await, 401), "code-needed");
    admin.delete(&path, None).await.expect(204);
    let right = json!({ "totp": code_of(secret, &house), "code": null });
    let forgotten = finish(&house, &begun, right).await;
    assert_eq!(kind(&forgotten, 410), "sign-in-over", "forgotten meanwhile");
}

/// R202: no password here, and none by any door; and somebody is left whom no server can shut out.
#[tokio::test]
async fn whoever_signs_in_elsewhere_has_no_password_here() {
    let (house, admin) = house().await;
    let admin = As { house: &house, token: admin };
    let made = admin_api::add_user(&house.store, "eve", Role::Agent, None).await.unwrap();
    let eve = house.store.users().credentials("eve").await.unwrap().user.id;
    let path = format!("/v1/users/{eve}");
    let elsewhere = json!({ "username": "eve", "role": "agent", "sign_in": "provider" });
    let version = admin.get(&path).await.header("etag");
    admin.put(&path, Some(&version), &elsewhere).await.expect(200);
    let body = json!({ "username": "eve", "password": made.password.reveal() });
    let refused = house.send(request("POST", "/v1/login", &body)).await;
    assert_eq!(kind(&refused, 401), "wrong-credentials");
    let set = admin.put(&format!("{path}/password"), None, &json!({})).await;
    assert_eq!(kind(&set, 409), "refused");
    let with = json!({ "username": "x", "role": "agent", "sign_in": "provider",
        "password": "a password of theirs" });
    assert_eq!(admin.post("/v1/users", &with).await.problem(422), "/password");

    let own = house.store.users().credentials("admin").await.unwrap().user.id;
    let path = format!("/v1/users/{own}");
    let version = admin.get(&path).await.header("etag");
    let elsewhere = json!({ "username": "admin", "role": "administrator", "sign_in": "provider" });
    let last = admin.put(&path, Some(&version), &elsewhere).await;
    assert_eq!(kind(&last, 409), "refused");
    let ada = signed_in(&house).await;
    let change = json!({ "current_password": "x", "new_password": "one's very own" });
    let refused = ada.put("/v1/session/password", None, &change).await;
    assert_eq!(kind(&refused, 409), "refused");
}

/// Whoever decides who is believed to be whom has all that there is.
#[tokio::test]
async fn a_lesser_role_that_may_change_users_does_not_name_the_provider() {
    let (house, admin) = house().await;
    let admin = As { house: &house, token: admin };
    let role = json!({ "name": "Personnel", "grants": { "users": "all" } });
    let role = admin.post("/v1/roles", &role).await.id();
    let clerk = json!({ "username": "clerk", "role": role, "password": "a password of theirs" });
    admin.post("/v1/users", &clerk).await.expect(201);
    let clerk = house.sign_in_for_good("clerk", "a password of theirs").await;
    assert_eq!(clerk.get(PATH).await.expect(200)["has_secret"], true);
    let version = clerk.get(PATH).await.header("etag");
    let own = json!({ "name": "Own", "issuer": "https://own.example.net", "client_id": "c" });
    clerk.put(PATH, Some(&version), &own).await.problem(403);
    let secret = format!("{PATH}/secret");
    clerk.put(&secret, None, &json!({ "secret": "x" })).await.problem(403);
    clerk.delete(&secret, None).await.problem(403);
    clerk.delete(PATH, Some(&version)).await.problem(403);

    let wrong = json!({ "name": "Own", "issuer": "http://own.example.net", "client_id": "c" });
    assert_eq!(admin.put(PATH, Some(&version), &wrong).await.problem(422), "/issuer");
    admin.put(PATH, None, &settings()).await.problem(428);
    admin.delete(&secret, None).await.expect(204);
    assert_eq!(admin.get(PATH).await.expect(200)["has_secret"], false);
    admin.delete(PATH, Some(&version)).await.expect(204);
    admin.get(PATH).await.problem(404);
}
