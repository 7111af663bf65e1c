//! Signing in and out: cookies and CSRF, lifetimes, lock-out, and what a stranger can learn.

use std::net::SocketAddr;
use std::time::Duration;

use admin_api::add_user;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use serde_json::{Value, json};
use store::users::Role;

use crate::house::{House, Reception, request};

fn from(address: &str, mut request: Request<Body>) -> Request<Body> {
    let address: SocketAddr = format!("{address}:40000").parse().unwrap();
    request.extensions_mut().insert(ConnectInfo(address));
    request
}

async fn try_login(house: &House, source: &str, name: &str, password: &str) -> Reception {
    let body = json!({ "username": name, "password": password });
    house.send(from(source, request("POST", "/v1/login", &body))).await
}

async fn password_of(house: &House, name: &str, role: Role) -> String {
    add_user(&house.store, name, role, None).await.unwrap().password.reveal().to_owned()
}

/// FAULTS S14: `HttpOnly`, `SameSite`, and the token beside the cookie.
#[tokio::test]
async fn a_cookie_alone_reads_and_with_the_csrf_token_writes() {
    let house = House::new().await;
    let password = password_of(&house, "admin", Role::Administrator).await;
    let reception = try_login(&house, "192.0.2.1", "admin", &password).await;
    let body = reception.expect(200);
    assert_eq!(body["token"], Value::Null, "a page's script must not see the token");
    let cookie = reception.header("set-cookie");
    for part in ["__Host-cordboard=", "; Path=/", "; HttpOnly", "; SameSite=Strict", "; Secure"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let cookie = cookie.split(';').next().unwrap().to_owned();
    let with = |method: &str, csrf: Option<&str>| {
        let mut request = request(method, "/v1/lists", &json!({ "name": "May" }));
        request.headers_mut().insert("cookie", format!("a=b; {cookie}").parse().unwrap());
        if let Some(csrf) = csrf {
            request.headers_mut().insert("x-csrf-token", csrf.parse().unwrap());
        }
        request
    };
    house.send(with("GET", None)).await.expect(200);
    house.send(with("POST", None)).await.problem(403);
    house.send(with("POST", Some("wrong"))).await.problem(403);
    let csrf = body["csrf_token"].as_str().unwrap();
    house.send(with("POST", Some(csrf))).await.expect(201);
    // A page that is loaded again asks for its token.
    let mut again = request("GET", "/v1/session", &Value::Null);
    again.headers_mut().insert("cookie", cookie.parse().unwrap());
    assert_eq!(house.send(again).await.expect(200)["csrf_token"], csrf);
}

#[tokio::test]
async fn the_csrf_token_of_one_session_is_of_no_use_to_another() {
    let house = House::new().await;
    let password = password_of(&house, "admin", Role::Administrator).await;
    let one = try_login(&house, "192.0.2.1", "admin", &password).await;
    let two = try_login(&house, "192.0.2.1", "admin", &password).await;
    let cookie = one.header("set-cookie").split(';').next().unwrap().to_owned();
    let foreign = two.json()["csrf_token"].as_str().unwrap().to_owned();
    let mut request = request("POST", "/v1/lists", &json!({ "name": "May" }));
    request.headers_mut().insert("cookie", cookie.parse().unwrap());
    request.headers_mut().insert("x-csrf-token", foreign.parse().unwrap());
    house.send(request).await.problem(403);
}

#[tokio::test]
async fn a_foreign_page_cannot_sign_anybody_in() {
    let house = House::new().await;
    let password = password_of(&house, "admin", Role::Administrator).await;
    let body = json!({ "username": "admin", "password": password });
    let mut foreign = request("POST", "/v1/login", &body);
    foreign.headers_mut().insert("origin", "https://evil.example".parse().unwrap());
    house.send(foreign).await.problem(403);
    let mut own = request("POST", "/v1/login", &body);
    own.headers_mut().insert("origin", "https://pbx.example.com".parse().unwrap());
    house.send(own).await.expect(200);
}

#[tokio::test]
async fn a_session_ends_when_idle_for_an_hour_or_after_twelve() {
    let house = House::new().await;
    let admin = house.administrator().await;
    house.pass(Duration::from_mins(59));
    admin.get("/v1/session").await.expect(200);
    house.pass(Duration::from_mins(61));
    admin.get("/v1/session").await.problem(401);
    let busy = house.user("busy", Role::Administrator, None).await;
    for _ in 0..23 {
        house.pass(Duration::from_mins(31));
        busy.get("/v1/session").await.expect(200);
    }
    house.pass(Duration::from_mins(31));
    busy.get("/v1/session").await.problem(401);
}

#[tokio::test]
async fn a_logout_is_in_force_at_once() {
    let house = House::new().await;
    let admin = house.administrator().await;
    let reception = admin.post("/v1/logout", &Value::Null).await;
    reception.expect(204);
    assert!(reception.header("set-cookie").contains("Max-Age=0"));
    admin.get("/v1/session").await.problem(401);
}

/// The database alone opens nothing.
#[tokio::test]
async fn the_database_does_not_hold_the_token() {
    let house = House::new().await;
    let admin = house.administrator().await;
    let user = house.store.users().credentials("admin").await.unwrap().user;
    let sessions = house.store.sessions().list(user.id, jiff::Timestamp::now()).await.unwrap();
    assert_eq!(sessions.len(), 1);
    assert!(!sessions[0].id.to_string().contains(&admin.token));
}

/// FAULTS S3: a stranger learns nothing from the answer.
#[tokio::test]
async fn an_unknown_user_a_wrong_password_and_a_shut_login_look_the_same() {
    let house = House::new().await;
    password_of(&house, "ada", Role::Agent).await;
    let shut = password_of(&house, "shut", Role::Agent).await;
    let user = house.store.users().credentials("shut").await.unwrap().user;
    let user = store::users::User { login: routing::Login::DisabledByAdmin, ..user };
    house.store.users().update(&user, 1, jiff::Timestamp::now()).await.unwrap();
    let unknown = try_login(&house, "192.0.2.1", "nobody", "not the password").await;
    let wrong = try_login(&house, "192.0.2.1", "ada", "not the password").await;
    let disabled = try_login(&house, "192.0.2.1", "shut", &shut).await;
    unknown.problem(401);
    assert_eq!((&unknown.text, &unknown.text), (&wrong.text, &disabled.text));
    assert!(!unknown.text.contains("nobody"));
}

/// FAULTS S2, S3: the sixth try waits, for users who exist and for those who do not.
#[tokio::test]
async fn wrong_passwords_slow_their_source_down_and_nobody_else() {
    let house = House::new().await;
    let password = password_of(&house, "ada", Role::Agent).await;
    for name in ["ada", "nobody"] {
        for _ in 0..5 {
            try_login(&house, "192.0.2.1", name, "not the password").await.problem(401);
        }
        let locked = try_login(&house, "192.0.2.1", name, "not the password").await;
        locked.problem(429);
        assert_eq!(locked.header("retry-after"), "1");
    }
    // The right password waits too, or the wait would tell which one is right.
    try_login(&house, "192.0.2.1", "ada", &password).await.problem(429);
    try_login(&house, "192.0.2.2", "ada", &password).await.expect(200);
    house.pass(Duration::from_secs(1));
    try_login(&house, "192.0.2.1", "ada", &password).await.expect(200);
}

#[tokio::test]
async fn the_proxys_word_for_the_source_is_believed_only_behind_a_proxy() {
    let forwarded = |source: &str| {
        let body = json!({ "username": "ada", "password": "not the password" });
        let mut request = from("127.0.0.1", request("POST", "/v1/login", &body));
        let value = format!("203.0.113.99, {source}").parse().unwrap();
        request.headers_mut().insert("x-forwarded-for", value);
        request
    };
    let open = House::new().await;
    let behind = House::with(|settings| settings.behind_proxy = true).await;
    for n in 0..5 {
        open.send(forwarded(&format!("192.0.2.{n}"))).await.problem(401);
        behind.send(forwarded(&format!("192.0.2.{n}"))).await.problem(401);
    }
    open.send(forwarded("192.0.2.77")).await.problem(429);
    behind.send(forwarded("192.0.2.77")).await.problem(401);
}

/// R132, R202: a password that somebody else has set is good for changing it, and nothing else.
#[tokio::test]
async fn a_given_password_must_be_changed_first() {
    let house = House::new().await;
    let admin = house.administrator().await;
    let new = json!({ "username": "max", "role": "manager" });
    let made = admin.post("/v1/users", &new).await.expect(201);
    assert_eq!(made["user"]["must_change_password"], true);
    let first = made["generated_password"].as_str().unwrap().to_owned();
    let token = house.sign_in("max", &first).await;
    let max = crate::house::As { house: &house, token };
    let reception = max.get("/v1/queues").await;
    reception.problem(403);
    assert!(reception.text.contains("password-change"), "{}", reception.text);
    max.get("/v1/session").await.expect(200);
    let change =
        |current: &str, new: &str| json!({ "current_password": current, "new_password": new });
    let path = "/v1/session/password";
    let refused = max.put(path, None, &change(&first, "short")).await;
    assert_eq!(refused.problem(422), "/new_password");
    assert!(!refused.text.contains("short"), "a password was echoed");
    assert_eq!(max.put(path, None, &change(&first, &first)).await.problem(422), "/new_password");
    let wrong = max.put(path, None, &change("wrong", "a much better one")).await;
    assert_eq!(wrong.problem(422), "/current_password", "the session itself is sound");
    let begun = max.put(path, None, &change(&first, "a much better one")).await.expect(200);
    max.get("/v1/session").await.problem(401);
    let token = begun["token"].as_str().unwrap().to_owned();
    let max = crate::house::As { house: &house, token };
    max.get("/v1/queues").await.expect(200);
}

#[tokio::test]
async fn a_reset_password_ends_every_session_of_the_user() {
    let house = House::new().await;
    let admin = house.administrator().await;
    let max = house.user("max", Role::Manager, None).await;
    let users = admin.get("/v1/users?text=max").await.expect(200);
    let id = users["items"][0]["id"].as_str().unwrap();
    let path = format!("/v1/users/{id}/password");
    let reset = admin.put(&path, None, &Value::Null).await.expect(200);
    assert!(reset["generated_password"].as_str().unwrap().len() > 20);
    max.get("/v1/session").await.problem(401);
    let own = admin.put(&path, None, &json!({ "password": "chosen by hand" })).await.expect(200);
    assert_eq!(own["generated_password"], Value::Null);
}
