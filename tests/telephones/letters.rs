//! Letters to people: an invitation and a forgotten password over a real mail server, and the links
//! in them over the API's own listener.

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use store::users::Role;

use super::mail::MailServer;
use super::page::Door;
use super::product::Product;

const ORIGIN: &str = "https://pbx.example.net";

/// R39, R40: who is invited comes in by the letter, forgets the password, and comes in again; each
/// letter opens what it says once, and the one who reads them is told.
#[tokio::test(flavor = "multi_thread")]
async fn an_invited_person_comes_by_the_letter_and_again_by_another() {
    let server = MailServer::start().await;
    let product = Product::start_with(Product::free_port(), |config, _| {
        config.mail.server = Some("127.0.0.1".to_owned());
        config.mail.port = server.port();
        config.mail.tls = config::MailTls::Off;
        config.mail.from = Some("Cordboard <pbx@example.net>".to_owned());
        config.http.public_url = Some(ORIGIN.to_owned());
    })
    .await;
    let admin = admin_api::add_user(product.store(), "boss", Role::Owner, None).await.unwrap();
    let api = Api { base: format!("http://{}", product.door(Door::Http)), client: Client::new() };
    let admin = api.sign_in("boss", admin.password.reveal()).await;

    let invitee = json!({ "username": "ada", "email": "ada@example.net", "role": "manager" });
    let (status, made) = api.post("/v1/invitations", Some(&admin), &invitee).await;
    assert_eq!((status, &made["mailed"]), (StatusCode::CREATED, &json!(true)), "{made}");
    let letter = server.letter_number(1).await;
    for line in ["From: Cordboard <pbx@example.net>", "To: ada@example.net"] {
        assert!(letter.lines().any(|found| found == line), "no {line}: {letter}");
    }
    let first = token_in(&letter);
    assert_eq!(api.choose(&first, "ada's own word").await, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(api.choose(&first, "one's very own").await, StatusCode::NO_CONTENT);
    assert_eq!(api.choose(&first, "another's word").await, StatusCode::GONE);
    let session = api.sign_in("ada", "one's very own").await;

    for name in ["nobody", "ada@example.net"] {
        let forgotten = json!({ "user": name });
        let (status, said) = api.post("/v1/password-resets", None, &forgotten).await;
        assert_eq!((status, said), (StatusCode::ACCEPTED, Value::Null), "{name}");
    }
    let second = token_in(&server.letter_number(2).await);
    assert_eq!(api.choose(&second, "a wholly new one").await, StatusCode::NO_CONTENT);
    assert_eq!(api.session(&session).await, StatusCode::UNAUTHORIZED);
    let note = server.letter_number(3).await;
    assert!(note.contains("\nThe password of the user ada"), "{note}");
    assert_eq!(api.choose(&second, "and once more so").await, StatusCode::GONE);
    let session = api.sign_in("ada", "a wholly new one").await;
    assert_eq!(api.session(&session).await, StatusCode::OK);
    product.stop_clean().await;
}

/// The API as a program meets it.
struct Api {
    base: String,
    client: Client,
}

impl Api {
    async fn post(&self, path: &str, token: Option<&str>, body: &Value) -> (StatusCode, Value) {
        let mut request = self.client.post(format!("{}{path}", self.base));
        request = request.header("content-type", "application/json").body(body.to_string());
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let answer = request.send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        (status, serde_json::from_str(&text).unwrap_or_default())
    }

    async fn sign_in(&self, name: &str, password: &str) -> String {
        let body = json!({ "username": name, "password": password, "proof": "bearer" });
        let (status, begun) = self.post("/v1/login", None, &body).await;
        assert_eq!(status, StatusCode::OK, "{begun}");
        begun["token"].as_str().unwrap().to_owned()
    }

    async fn choose(&self, token: &str, password: &str) -> StatusCode {
        let body = json!({ "token": token, "new_password": password });
        self.post("/v1/mailed-links/use", None, &body).await.0
    }

    async fn session(&self, token: &str) -> StatusCode {
        let asked = self.client.get(format!("{}/v1/session", self.base)).bearer_auth(token);
        asked.send().await.unwrap().status()
    }
}

/// The token behind the link of a letter, which is quoted-printable (RFC 2045 §6.7).
fn token_in(letter: &str) -> String {
    let letter = letter.replace("=\r\n", "").replace("=\n", "");
    let start = format!("{ORIGIN}/link#");
    let link = letter.lines().find_map(|line| line.strip_prefix(&*start));
    link.unwrap_or_else(|| panic!("no link: {letter}")).to_owned()
}
