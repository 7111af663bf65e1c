//! Signing in at a real OpenID provider (`oidc-provider`, which the OpenID Foundation has
//! certified): its own pages, its keys, its tokens, by the switch's own way out.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::thread;
use std::time::Duration;

use reqwest::{Client, RequestBuilder, StatusCode, header, redirect};
use serde_json::{Value, json};
use store::users::Role;
use tokio::sync::oneshot;

use super::page::Door;
use super::product::Product;

const ORIGIN: &str = "https://pbx.example.net";
const SECRET: &str = "told to nobody: 7 & %2B+";

/// R199: the discovery, the browser's way there and back, the exchange, the signature and the
/// claims are those of a program that others wrote.
#[tokio::test(flavor = "multi_thread")]
async fn a_user_signs_in_at_a_provider_that_others_wrote() {
    let provider = Provider::start(&format!("{ORIGIN}/sign-in/return")).await;
    let product = Product::start_with(Product::free_port(), |config, _| {
        config.http.public_url = Some(ORIGIN.to_owned());
        config.sign_in.private = vec!["127.0.0.1".parse().unwrap()];
    })
    .await;
    let boss = admin_api::add_user(product.store(), "boss", Role::Administrator, None);
    let boss = boss.await.unwrap().password;
    let mut browser = Browser::new(format!("http://{}", product.door(Door::Http)));
    let body = json!({ "username": "boss", "password": boss.reveal(), "proof": "bearer" });
    let admin = browser.api("POST", "/v1/login", None, &body).await.expect(200);
    let admin = admin["token"].as_str().unwrap().to_owned();
    let issuer = provider.issuer.clone();
    let settings = json!({ "name": "Acme", "issuer": issuer, "client_id": "cordboard" });
    let path = "/v1/identity-provider";
    browser.api("PUT", path, Some(&admin), &settings).await.expect(201);
    let tried = browser.api("POST", &format!("{path}/test"), Some(&admin), &Value::Null).await;
    assert_eq!(tried.expect(200), json!({ "answers": true, "why": null }));
    for name in ["ada", "eve"] {
        let user = json!({ "username": name, "role": "manager", "sign_in": "provider" });
        browser.api("POST", "/v1/users", Some(&admin), &user).await.expect(201);
    }

    // Without its secret nobody exchanges a code.
    let answer = browser.at_the_provider("ada").await;
    let refused = browser.api("POST", "/v1/provider-logins/finish", None, &answer).await;
    refused.expect(503);
    let secret = json!({ "secret": SECRET });
    browser.api("PUT", &format!("{path}/secret"), Some(&admin), &secret).await.expect(204);

    let answer = browser.at_the_provider("ada").await;
    let stranger = Browser::new(browser.base.clone());
    let stolen = stranger.api("POST", "/v1/provider-logins/finish", None, &answer).await;
    stolen.expect(410);
    let begun = browser.api("POST", "/v1/provider-logins/finish", None, &answer).await.expect(200);
    assert_eq!(begun["user"]["username"], "ada");
    let token = begun["token"].as_str().unwrap();
    let session = browser.api("GET", "/v1/session", Some(token), &Value::Null).await.expect(200);
    assert_eq!(session["user"]["sign_in"], "provider");
    let ada = session["user"]["id"].as_str().unwrap();
    let subject = format!("/v1/users/{ada}/provider-subject");
    let subject = browser.api("GET", &subject, Some(&admin), &Value::Null).await.expect(200);
    assert_eq!((&subject["issuer"], &subject["subject"]), (&json!(issuer), &json!("ada")));

    let mut other = Browser::new(browser.base.clone());
    let answer = other.at_the_provider("nobody").await;
    other.api("POST", "/v1/provider-logins/finish", None, &answer).await.expect(401);
    drop(provider);
    let away = browser.api("POST", &format!("{path}/test"), Some(&admin), &Value::Null).await;
    assert_eq!(away.expect(200)["answers"], false);
    browser.api("POST", "/v1/login", None, &body).await.expect(200);
    product.stop_clean().await;
}

/// The provider, which ends with its handle.
struct Provider {
    issuer: String,
    program: Child,
}

impl Provider {
    async fn start(redirect_uri: &str) -> Self {
        let port = Product::free_port();
        let mut program = Command::new("node")
            .args(["provider.js", &port.to_string(), redirect_uri])
            .current_dir(installed())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(program.stdout.take().unwrap()).lines();
        let provider = Self { issuer: format!("http://127.0.0.1:{port}"), program };
        let (tell, ready) = oneshot::channel();
        thread::spawn(move || {
            let listens = said.any(|line| line.is_ok_and(|line| line.starts_with("listening")));
            let _ = tell.send(listens);
            // With nobody there to hear it, its next word would end it.
            said.for_each(drop);
        });
        let ready = tokio::time::timeout(Duration::from_secs(30), ready).await.unwrap();
        assert!(ready.unwrap(), "the provider ended");
        provider
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

/// Where the provider is installed, once for all tests of this run.
fn installed() -> &'static PathBuf {
    static INSTALLED: OnceLock<PathBuf> = OnceLock::new();
    INSTALLED.get_or_init(|| {
        let sources = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/telephones/provider");
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("provider");
        fs::create_dir_all(&folder).unwrap();
        for name in ["package.json", "package-lock.json", ".npmrc", "provider.js"] {
            fs::copy(sources.join(name), folder.join(name)).unwrap();
        }
        if !folder.join("node_modules/oidc-provider").exists() {
            super::chromium::run("npm", &["ci", "--ignore-scripts"], &folder);
        }
        folder
    })
}

/// What came back from the API.
struct Answer(StatusCode, String);

impl Answer {
    #[track_caller]
    fn expect(&self, status: u16) -> Value {
        assert_eq!(self.0.as_u16(), status, "{}", self.1);
        serde_json::from_str(&self.1).unwrap_or_default()
    }
}

/// A browser as far as the provider's pages and ours need one: it keeps cookies by their names.
struct Browser {
    base: String,
    client: Client,
    cookies: BTreeMap<String, String>,
}

impl Browser {
    fn new(base: String) -> Self {
        let client = Client::builder().redirect(redirect::Policy::none()).build().unwrap();
        Self { base, client, cookies: BTreeMap::new() }
    }

    async fn api(&self, method: &str, path: &str, token: Option<&str>, body: &Value) -> Answer {
        let method = method.parse().unwrap();
        let mut request = self.client.request(method, format!("{}{path}", self.base));
        if !body.is_null() {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let answer = self.with_cookies(request).send().await.unwrap();
        Answer(answer.status(), answer.text().await.unwrap())
    }

    /// Goes to the provider, signs in on its pages, and is what it comes back with.
    async fn at_the_provider(&mut self, name: &str) -> Value {
        let request = self.client.post(format!("{}/v1/provider-logins", self.base));
        let answer = self.with_cookies(request).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        self.keep(&answer);
        let begun: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        let mut url = begun["url"].as_str().unwrap().to_owned();
        let provider = url.split("/auth").next().unwrap().to_owned();
        for _ in 0..20 {
            let request = if let Some((page, prompt)) = self.prompted(&url).await {
                let form = format!("prompt={prompt}&login={name}&password=any");
                self.client
                    .post(page)
                    .header("content-type", "application/x-www-form-urlencoded")
                    .body(form)
            } else {
                self.client.get(&url)
            };
            let answer = self.with_cookies(request).send().await.unwrap();
            self.keep(&answer);
            let next = answer.headers().get(header::LOCATION);
            let next = next.unwrap_or_else(|| panic!("{url} leads nowhere: {answer:?}"));
            url = next.to_str().unwrap().to_owned();
            if url.starts_with('/') {
                url = format!("{provider}{url}");
            }
            if let Some(query) = url.strip_prefix(&format!("{ORIGIN}/sign-in/return?")) {
                return answered(query);
            }
        }
        panic!("the provider leads in circles: {url}");
    }

    /// The page with a form that the provider shows at this address, and what it asks.
    async fn prompted(&mut self, url: &str) -> Option<(String, &'static str)> {
        if !url.contains("/interaction/") {
            return None;
        }
        let page = self.with_cookies(self.client.get(url)).send().await.unwrap();
        self.keep(&page);
        let page = page.text().await.unwrap();
        let asked = ["login", "consent"];
        let asks = |asked: &&str| page.contains(&format!("name=\"prompt\" value=\"{asked}\""));
        let prompt = asked.into_iter().find(asks);
        Some((url.to_owned(), prompt.unwrap_or_else(|| panic!("no form: {page}"))))
    }

    fn with_cookies(&self, request: RequestBuilder) -> RequestBuilder {
        let cookies = self.cookies.iter().map(|(name, value)| format!("{name}={value}"));
        let cookies = cookies.collect::<Vec<_>>().join("; ");
        if cookies.is_empty() { request } else { request.header(header::COOKIE, cookies) }
    }

    fn keep(&mut self, answer: &reqwest::Response) {
        for cookie in answer.headers().get_all(header::SET_COOKIE) {
            let cookie = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = cookie.split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
    }
}

/// What stands in the address that the browser comes back to, as our page sends it.
fn answered(query: &str) -> Value {
    let mut answer = json!({ "proof": "bearer" });
    for pair in query.split('&') {
        let (name, value) = pair.split_once('=').unwrap();
        answer[name] = json!(value.replace("%3A", ":").replace("%2F", "/"));
    }
    answer
}
