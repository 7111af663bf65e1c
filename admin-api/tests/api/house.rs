//! A whole API for one test: a database of its own, a clock to move, a switch that takes notes.

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use admin_api::fetch::Fetch;
use admin_api::ladders::Ladder;
use admin_api::post::{Letter, Post, Sending, Unsent};
use admin_api::prompts::{Speaking, Studio, Take, Unspoken};
use admin_api::recordings::{Audio, PEAKS, Shelf};
use admin_api::telephones::Telephone;
use admin_api::{
    Answer, Api, Busy, Change, Command, CommandError, Control, Reply, Settings, add_user, live,
};
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt;
use jiff::Timestamp;
use routing::{AgentId, RecordingId};
use serde_json::{Value, json};
use store::users::Role;
use store::{Entry, Event, Fold, Journal, Options, Place, Report, Store};
use tokio::sync::Notify;
use tower::ServiceExt;

use crate::provider_logins::Provider;

pub(crate) struct House {
    pub(crate) router: Router,
    pub(crate) store: Store,
    pub(crate) switch: Arc<Switch>,
    clock: Arc<AtomicI64>,
    folder: tempfile::TempDir,
}

/// A switch that takes notes and does as it is told by the test.
pub(crate) struct Switch {
    hub: live::Hub,
    pub(crate) changes: Mutex<Vec<Change>>,
    pub(crate) commands: Mutex<Vec<Command>>,
    pub(crate) busy: AtomicBool,
    pub(crate) mail: Mail,
    pub(crate) provider: Provider,
    /// What the next commands are answered with; `Done` and DNC version 7 otherwise.
    pub(crate) answers: Mutex<Vec<Result<Reply, CommandError>>>,
}

impl Control for Switch {
    fn changed(&self, change: Change) -> Result<(), Busy> {
        if self.busy.load(Ordering::Relaxed) {
            return Err(Busy { retry_after: Duration::from_secs(3) });
        }
        self.changes.lock().unwrap().push(change);
        Ok(())
    }

    fn command(&self, command: Command) -> Answer<'_> {
        let usual = match command {
            Command::Suppress { .. } | Command::Unsuppress { .. } | Command::Enlist(_) => {
                Reply::Dnc { version: 7 }
            }
            Command::Preview { .. } => Reply::Preview(None),
            Command::Directory { .. } => Reply::Directory(Box::default()),
            Command::Groups { .. } => Reply::Groups(vec![]),
            Command::CliHealth => Reply::CliHealth(vec![]),
            Command::Pacing { .. } => Reply::Pacing(vec![]),
            Command::Telephone { .. } => Reply::Telephone(Telephone::default()),
            Command::Ladder { .. } => Reply::Ladder(Ladder::default()),
            Command::Metrics => Reply::Metrics(vec![]),
            _ => Reply::Done,
        };
        self.commands.lock().unwrap().push(command);
        let answer = self.answers.lock().unwrap().pop().unwrap_or(Ok(usual));
        Box::pin(async move { answer })
    }

    fn hub(&self) -> &live::Hub {
        &self.hub
    }

    fn shelf(&self) -> Option<&dyn Shelf> {
        Some(&FakeShelf)
    }

    fn studio(&self) -> Option<&dyn Studio> {
        Some(&FakeStudio)
    }

    fn fetch(&self) -> Option<&dyn Fetch> {
        Some(&self.provider)
    }

    fn post(&self) -> Option<&dyn Post> {
        self.mail.is_there.load(Ordering::Relaxed).then_some(&self.mail)
    }
}

/// A mail server that keeps what it takes; there is none until a test says so.
#[derive(Default)]
pub(crate) struct Mail {
    pub(crate) is_there: AtomicBool,
    /// What it says to the next letters instead of taking them.
    pub(crate) refusing: AtomicBool,
    letters: Mutex<Vec<Letter>>,
    came: Notify,
}

impl Post for Mail {
    fn send(&self, letter: Letter) -> Sending<'_> {
        Box::pin(async move {
            if self.refusing.load(Ordering::Relaxed) {
                return Err(Unsent("550 no such mailbox".to_owned()));
            }
            self.letters.lock().unwrap().push(letter);
            self.came.notify_one();
            Ok(())
        })
    }
}

impl Mail {
    /// The oldest letter that nobody has read.
    pub(crate) async fn next(&self) -> Letter {
        loop {
            let came = self.came.notified();
            if let Some(letter) = self.taken() {
                return letter;
            }
            came.await;
        }
    }

    /// The same, if there is one already.
    pub(crate) fn taken(&self) -> Option<Letter> {
        let mut letters = self.letters.lock().unwrap();
        (!letters.is_empty()).then(|| letters.remove(0))
    }
}

/// Every file is a second of silence and kept as it came.
struct FakeStudio;

impl Studio for FakeStudio {
    fn convert(&self, file: &[u8]) -> Result<Take, String> {
        if file == b"MP3" {
            return Err("no MP3".to_owned());
        }
        let sound = routing::Sound([0; 8_000].into());
        let (wav, source) = (file.to_vec(), "a test".to_owned());
        Ok(Take { sound, wav, source, loudness_db: -20, peak_db: -6, clipped: 0 })
    }

    fn speak(&self, text: String) -> Speaking<'_> {
        Box::pin(async move {
            if text == "hang" {
                return Err(Unspoken::Failed("took too long".to_owned()));
            }
            Ok(format!("spoken: {text}").into_bytes())
        })
    }

    fn built_in(&self, name: &str) -> Option<Vec<u8>> {
        (name == "hold-music").then(|| name.as_bytes().to_vec())
    }
}

/// One recording of 300,000 bytes, each telling its place; the others have no file.
struct FakeShelf;

pub(crate) const RECORDED: u128 = 7;

impl Shelf for FakeShelf {
    fn open(&self, id: RecordingId) -> io::Result<Box<dyn Audio>> {
        if id.as_uuid().as_u128() != RECORDED {
            return Err(io::ErrorKind::NotFound.into());
        }
        Ok(Box::new(FakeAudio))
    }

    fn peaks(&self, id: RecordingId) -> io::Result<Vec<[u16; 2]>> {
        self.open(id).map(|_| vec![[1, 2]; PEAKS])
    }

    fn remove(&self, id: RecordingId) -> io::Result<()> {
        self.open(id).map(drop)
    }
}

struct FakeAudio;

impl Audio for FakeAudio {
    fn wav_len(&self) -> u64 {
        300_000
    }

    fn read_wav(&mut self, offset: u64, len: usize) -> io::Result<Vec<u8>> {
        let end = (offset + len as u64).min(self.wav_len());
        Ok((offset..end).map(|at| b'a' + u8::try_from(at % 26).unwrap()).collect())
    }
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Reception {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Reception {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    pub(crate) fn header(&self, name: &str) -> String {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap()).to_owned()
    }

    pub(crate) fn id(&self) -> String {
        self.json()["id"].as_str().unwrap().to_owned()
    }

    /// The JSON, if the status is the one that was expected.
    #[track_caller]
    pub(crate) fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        if self.text.is_empty() { Value::Null } else { self.json() }
    }

    /// Asserts RFC 9457 and returns the first field at fault.
    #[track_caller]
    pub(crate) fn problem(&self, status: u16) -> String {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        assert_eq!(self.header("content-type"), "application/problem+json", "{}", self.text);
        let problem = self.json();
        assert_eq!(problem["status"], status);
        assert!(problem["type"].as_str().unwrap().starts_with("urn:cordboard:problem:"));
        assert!(!problem["title"].as_str().unwrap().is_empty());
        problem["errors"][0]["field"].as_str().unwrap_or_default().to_owned()
    }
}

/// A file, or a database of the server that `scripts/postgres with` started.
fn database(folder: &Path) -> Place {
    let file = folder.join("cordboard.db");
    let Ok(servers) = std::env::var("CORDBOARD_TEST_POSTGRES") else { return Place::from(file) };
    let name = folder.file_name().unwrap().to_str().unwrap().trim_start_matches('.');
    let url = servers.replace("{database}", &name.to_lowercase());
    Place::Server { url, password: None }
}

impl House {
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(database(folder.path())).await.unwrap();
        let switch = Arc::new(Switch {
            hub: live::Hub::starting_at(1000),
            changes: Mutex::default(),
            commands: Mutex::default(),
            busy: AtomicBool::new(false),
            mail: Mail::default(),
            provider: Provider::default(),
            answers: Mutex::default(),
        });
        let mut settings = Settings { upload_bytes_max: 1 << 20, ..Settings::default() };
        change(&mut settings);
        let clock = Arc::new(AtomicI64::new(Timestamp::now().as_microsecond()));
        let reading = Arc::clone(&clock);
        let api = Api::with_clock(
            store.clone(),
            Arc::clone(&switch) as Arc<dyn Control>,
            settings,
            Arc::new(move || Timestamp::from_microsecond(reading.load(Ordering::Relaxed)).unwrap()),
        );
        Self { router: admin_api::router(api), store, switch, clock, folder }
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_microsecond(self.clock.load(Ordering::Relaxed)).unwrap()
    }

    /// Moves the clock on.
    pub(crate) fn pass(&self, time: Duration) {
        let micros = i64::try_from(time.as_micros()).unwrap();
        self.clock.fetch_add(micros, Ordering::Relaxed);
    }

    /// Sends a request as it is.
    pub(crate) async fn send(&self, request: Request<Body>) -> Reception {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        // A capture is no text.
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Reception { status: parts.status, headers: parts.headers, text }
    }

    /// Folds what happened into the records, as the switch's journal is.
    pub(crate) async fn happened(&self, events: impl IntoIterator<Item = Event>) {
        let (tell, reports) = mpsc::channel();
        let report = move |report| drop(tell.send(report));
        let dir = self.folder.path().join("journal");
        let (mut journal, _) = Journal::open(&dir, &Options::default(), report).unwrap();
        for event in events {
            let (seq, at) = (journal.next_seq(), Timestamp::now());
            journal.append(&Entry { seq, at, event }).unwrap();
        }
        let last = journal.next_seq() - 1;
        while !matches!(reports.recv().unwrap(), Report::Durable(seq) if seq >= last) {}
        Fold::open(&self.store, &journal).await.unwrap().catch_up().await.unwrap();
    }

    /// A user with a bearer token.
    pub(crate) async fn user(&self, name: &str, role: Role, agent: Option<AgentId>) -> As<'_> {
        let made = add_user(&self.store, name, role, agent).await.unwrap();
        let token = self.sign_in(name, made.password.reveal()).await;
        As { house: self, token }
    }

    pub(crate) async fn sign_in(&self, name: &str, password: &str) -> String {
        let body = json!({ "username": name, "password": password, "proof": "bearer" });
        let answer = self.send(request("POST", "/v1/login", &body)).await.expect(200);
        answer["token"].as_str().unwrap().to_owned()
    }

    /// Signs in with a password that somebody else has set, and chooses another.
    pub(crate) async fn sign_in_for_good(&self, name: &str, password: &str) -> As<'_> {
        let first = As { house: self, token: self.sign_in(name, password).await };
        let body = json!({ "current_password": password, "new_password": "one's very own" });
        let begun = first.put("/v1/session/password", None, &body).await.expect(200);
        As { house: self, token: begun["token"].as_str().unwrap().to_owned() }
    }

    pub(crate) async fn administrator(&self) -> As<'_> {
        self.user("admin", Role::Administrator, None).await
    }

    /// An administrator of an organisation with the prefix 50143.
    pub(crate) async fn set_up(&self) -> As<'_> {
        let admin = self.administrator().await;
        let organisation =
            json!({ "name": "Acme", "prefix": "50143", "time_zone": "Europe/London" });
        admin.put("/v1/organisation", None, &organisation).await.expect(201);
        admin
    }

    pub(crate) fn changes(&self) -> Vec<Change> {
        std::mem::take(&mut *self.switch.changes.lock().unwrap())
    }

    pub(crate) fn commands(&self) -> Vec<Command> {
        std::mem::take(&mut *self.switch.commands.lock().unwrap())
    }
}

pub(crate) fn request(method: &str, path: &str, body: &Value) -> Request<Body> {
    let builder = Request::builder().method(method).uri(path).header("host", "pbx.example.com");
    if body.is_null() {
        return builder.body(Body::empty()).unwrap();
    }
    let builder = builder.header("content-type", "application/json");
    builder.body(Body::from(body.to_string())).unwrap()
}

/// Somebody with a token.
#[derive(Clone)]
pub(crate) struct As<'h> {
    pub(crate) house: &'h House,
    pub(crate) token: String,
}

impl As<'_> {
    pub(crate) async fn call(&self, method: &str, path: &str, body: &Value) -> Reception {
        self.send(request(method, path, body)).await
    }

    pub(crate) async fn send(&self, mut request: Request<Body>) -> Reception {
        let value = format!("Bearer {}", self.token).parse().unwrap();
        request.headers_mut().insert("authorization", value);
        self.house.send(request).await
    }

    pub(crate) async fn get(&self, path: &str) -> Reception {
        self.call("GET", path, &Value::Null).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Reception {
        self.call("POST", path, body).await
    }

    pub(crate) async fn put(&self, path: &str, version: Option<&str>, body: &Value) -> Reception {
        let mut request = request("PUT", path, body);
        if let Some(version) = version {
            request.headers_mut().insert("if-match", version.parse().unwrap());
        }
        self.send(request).await
    }

    pub(crate) async fn delete(&self, path: &str, version: Option<&str>) -> Reception {
        let mut request = request("DELETE", path, &Value::Null);
        if let Some(version) = version {
            request.headers_mut().insert("if-match", version.parse().unwrap());
        }
        assert_eq!(request.method(), Method::DELETE);
        self.send(request).await
    }

    /// Adds an agent and returns its id.
    pub(crate) async fn agent(&self, number: u32) -> String {
        let agent = json!({
            "number": number, "code": format!("E-{number}"), "first_name": "Ada",
            "last_name": "Byron", "time_zone": "Europe/London",
        });
        self.post("/v1/agents", &agent).await.expect(201)["id"].as_str().unwrap().to_owned()
    }
}
