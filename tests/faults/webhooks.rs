//! A server of somebody else is told what happens, whatever happens to us or to it (issue 7, §6).
//!
//! The server is a real one on loopback that writes down every message that it is sent, checks who
//! signed it, and takes it or not.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use admin_api::{Change, Control as _};
use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use cordboard::io::{self, Running};
use dialer::campaigns::Deployment;
use jiff::Timestamp;
use ring::hmac;
use serde_json::Value;
use store::Store;
use store::webhooks::outbox::{DeliveryQuery, DeliveryState};
use store::webhooks::{Webhook, WebhookEvent};
use uuid::Uuid;

use crate::evidence::at_rest;
use crate::killed::{Killable, THE_PRODUCT};
use crate::scene::{Sipp, config, free_port, furnished};

/// Messages wait in the outbox when the product is killed, again and again; in the end the server
/// knows of every call, in order, from messages that we have signed.
#[tokio::test(flavor = "multi_thread")]
async fn a_switch_that_is_killed_with_messages_in_its_outbox_loses_none_of_them() {
    let folder = tempfile::tempdir().unwrap();
    let carrier = free_port();
    let config = config(folder.path());
    let scene = furnished(&config, carrier, (KILLS + 1) * LEADS_PER_LIFE).await;
    let server = Server::start(|_| false).await;
    let hook = asked(&config, server.port).await;
    let _sipp = Sipp::carrier(carrier, folder.path());
    let mut seen = 0;
    for _ in 0..KILLS {
        let mut product = Killable::start(THE_PRODUCT, folder.path());
        let more = seen + CALLS;
        until("the server is told of calls", || server.heard().len() > more).await;
        product.kill();
        seen = server.heard().len();
        let store = io::database::open(&config).await.unwrap();
        assert!(waiting(&store, hook).await > 0, "nothing was in the outbox");
        store.close().await;
    }
    server.now_takes(|_| true);
    let running = io::start(&config, Deployment::Demo).await.unwrap();
    running.store.outbox().resume(hook, Timestamp::now()).await.unwrap();
    let mut campaign = scene.campaign.clone();
    campaign.running = false;
    running.desk.changed(Change::Campaign(Box::new(campaign))).unwrap();
    let (_, calls) = at_rest(&running).await;
    delivered(&running, hook).await;
    running.stop().await.unwrap();

    let taken = server.taken();
    for call in &calls {
        let told = &taken[&Uuid::from(call.id)];
        let told: Vec<_> = told.iter().map(|message| message.event.as_str()).collect();
        assert_eq!((told.first(), told.last()), (Some(&"call_started"), Some(&"call_ended")));
    }
    assert!(calls.len() > CALLS, "only {} calls", calls.len());
    assert_eq!(taken.len(), calls.len(), "the server was told of calls that are none");
    in_order(&taken);
}

/// What a server refuses holds back what follows of that call, and of no other.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_is_refused_holds_back_its_own_call_alone() {
    let folder = tempfile::tempdir().unwrap();
    let carrier = free_port();
    let config = config(folder.path());
    let scene = furnished(&config, carrier, LEADS_PER_LIFE).await;
    let refused = Arc::new(Mutex::new(BTreeMap::<Uuid, u32>::new()));
    let server = Server::start(move |message| {
        let mut refused = refused.lock().unwrap();
        if refused.is_empty() {
            refused.insert(message.call, 0);
        }
        let Some(times) = refused.get_mut(&message.call) else { return true };
        *times += 1;
        *times > REFUSALS
    })
    .await;
    let hook = asked(&config, server.port).await;
    let _sipp = Sipp::carrier(carrier, folder.path());
    let running = io::start(&config, Deployment::Demo).await.unwrap();
    until("the stubborn call is told to its end", || {
        let heard = server.heard();
        let first = heard.iter().find(|one| !one.taken).map(|one| one.call);
        heard.iter().any(|one| Some(one.call) == first && one.event == "call_ended")
    })
    .await;
    let mut campaign = scene.campaign.clone();
    campaign.running = false;
    running.desk.changed(Change::Campaign(Box::new(campaign))).unwrap();
    at_rest(&running).await;
    delivered(&running, hook).await;
    running.stop().await.unwrap();

    let heard = server.heard();
    let stubborn = heard.iter().find(|one| !one.taken).unwrap().call;
    let own = heard.iter().filter(|one| one.call == stubborn);
    let refused: Vec<_> = own.clone().take_while(|one| !one.taken).collect();
    assert_eq!(refused.len(), REFUSALS as usize);
    assert!(refused.iter().all(|one| one.id == refused[0].id), "the same one was tried again");
    let taken = heard.iter().position(|one| one.call == stubborn && one.taken).unwrap();
    let others = heard[..taken].iter().filter(|one| one.taken && one.event == "call_ended");
    assert!(others.count() > 0, "no other call went on meanwhile");
    in_order(&server.taken());
}

/// Makes a webhook for a server on loopback.
async fn asked(config: &::config::Config, port: u16) -> Uuid {
    let store = io::database::open(config).await.unwrap();
    let hook = Webhook {
        id: Uuid::now_v7(),
        name: "Receiver".to_owned(),
        url: format!("http://127.0.0.1:{port}/hooks"),
        enabled: true,
        events: vec![
            WebhookEvent::CallStarted,
            WebhookEvent::CallAnswered,
            WebhookEvent::CallEnded,
        ],
        campaigns: vec![],
        queues: vec![],
    };
    store.webhooks().insert(&hook, Timestamp::now()).await.unwrap();
    let now = Timestamp::now();
    store.outbox().put_secret(hook.id, SECRET, now, now).await.unwrap();
    store.close().await;
    hook.id
}

async fn waiting(store: &Store, hook: Uuid) -> u64 {
    store.outbox().health().await.unwrap()[&hook].waiting
}

/// Waits until nothing waits, and finds that nothing was given up or lost.
async fn delivered(running: &Running, hook: Uuid) {
    let end = Instant::now() + PATIENCE;
    while waiting(&running.store, hook).await > 0 {
        assert!(Instant::now() < end, "messages still wait");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let health = running.store.outbox().health().await.unwrap().remove(&hook).unwrap();
    assert_eq!((health.dead, health.lost, health.failing_since), (0, 0, None));
    let query = DeliveryQuery { state: Some(DeliveryState::Delivered), ..DeliveryQuery::default() };
    let kept = running.store.outbox().list(&query).await.unwrap();
    assert!(kept.items.iter().all(|one| one.status == Some(200)));
}

/// Of each call what was taken is in the order of the journal; what came twice is the same.
fn in_order(taken: &BTreeMap<Uuid, Vec<Heard>>) {
    for (call, messages) in taken {
        let mut known = BTreeSet::new();
        let first: Vec<_> = messages.iter().filter(|one| known.insert(one.id.clone())).collect();
        let sequences: Vec<_> = first.iter().map(|one| one.sequence).collect();
        assert!(sequences.is_sorted(), "{call}: {sequences:?}");
    }
}

/// One message as it came.
#[derive(Clone, Debug)]
struct Heard {
    id: String,
    call: Uuid,
    event: String,
    sequence: u64,
    taken: bool,
}

type Takes = Box<dyn Fn(&Heard) -> bool + Send>;

/// A server that writes down what it is told.
struct Server {
    port: u16,
    heard: Arc<Mutex<Vec<Heard>>>,
    takes: Arc<Mutex<Takes>>,
}

impl Server {
    async fn start(takes: impl Fn(&Heard) -> bool + Send + 'static) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = Arc::new(Mutex::new(vec![]));
        let takes: Arc<Mutex<Takes>> = Arc::new(Mutex::new(Box::new(takes)));
        let (book, rule) = (heard.clone(), takes.clone());
        let hear = move |headers: HeaderMap, body: Bytes| async move {
            let mut one = read(&headers, &body);
            one.taken = rule.lock().unwrap()(&one);
            let answer = if one.taken { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
            book.lock().unwrap().push(one);
            answer
        };
        let router = Router::new().route("/hooks", post(hear));
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { port, heard, takes }
    }

    fn now_takes(&self, takes: impl Fn(&Heard) -> bool + Send + 'static) {
        *self.takes.lock().unwrap() = Box::new(takes);
    }

    fn heard(&self) -> Vec<Heard> {
        self.heard.lock().unwrap().clone()
    }

    /// What it took, by call, in the order it came.
    fn taken(&self) -> BTreeMap<Uuid, Vec<Heard>> {
        let mut taken: BTreeMap<Uuid, Vec<Heard>> = BTreeMap::new();
        for one in self.heard().into_iter().filter(|one| one.taken) {
            taken.entry(one.call).or_default().push(one);
        }
        taken
    }
}

/// Reads a message, as an integrator would: who signed it, and then what it says.
fn read(headers: &HeaderMap, body: &[u8]) -> Heard {
    let header = |name: &str| headers[name].to_str().unwrap().to_owned();
    let (id, at) = (header("webhook-id"), header("webhook-timestamp"));
    let signed = header("webhook-signature");
    let key = BASE64.decode(SECRET.strip_prefix("whsec_").unwrap()).unwrap();
    let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
    let content = [format!("{id}.{at}.").as_bytes(), body].concat();
    let tag = BASE64.decode(signed.strip_prefix("v1,").unwrap()).unwrap();
    hmac::verify(&key, &content, &tag).unwrap();
    let message: Value = serde_json::from_slice(body).unwrap();
    assert_eq!(message["id"], id.as_str());
    Heard {
        id,
        call: message["call"]["id"].as_str().unwrap().parse().unwrap(),
        event: message["event"].as_str().unwrap().to_owned(),
        sequence: message["sequence"].as_u64().unwrap(),
        taken: false,
    }
}

async fn until(what: &str, mut so: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !so() {
        assert!(Instant::now() < end, "never: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

const KILLS: usize = 3;

/// Messages that a life has to get out before it is ended.
const CALLS: usize = 10;

const LEADS_PER_LIFE: usize = 200;

/// How often the first call's first message is refused.
const REFUSALS: u32 = 2;

const PATIENCE: Duration = Duration::from_mins(2);
