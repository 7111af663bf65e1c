//! What no peer should send, against the running switch over real sockets (FAULTS S5, F23).
//!
//! Covered: the archives of RFC 4475 and RFC 5118 over UDP; seeded mutations of them over UDP and
//! in TCP streams, with a probe throughout; streams whose end nobody can tell; idle connections.
//!
//! `HOSTILE_MESSAGES=1000000 cargo test --release --test hostile -- --nocapture` sends a million
//! over each transport, prints the slowest probe, and holds it to 100 ms (`make hostile`).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use cordboard::demo::furnish::furnish;
use cordboard::demo::scene::{Scene, Size};
use cordboard::io::{self, Running};
use dialer::campaigns::Deployment;
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng as _, SeedableRng as _};
use sip::{Message, Method};
use store::Store;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::timeout;

/// RFC 4475 and RFC 5118: whatever asks gets an answer, and the switch goes on.
#[tokio::test(flavor = "multi_thread")]
async fn every_torture_message_gets_its_answer_from_the_running_switch() {
    let switch = Target::start().await;
    for (name, bytes) in corpus().iter().filter(|(name, _)| !name.starts_with("samples/")) {
        // A socket of its own: retransmitted answers belong to this message.
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        socket.send_to(bytes, switch.udp()).await.unwrap();
        let answer = receive(&socket, if asks(bytes) { PATIENCE } else { SILENCE }).await;
        match (asks(bytes), answer) {
            (true, None) => panic!("{name} was not answered"),
            (false, Some(text)) => panic!("{name} was answered: {text}"),
            (true, Some(text)) => assert!(text.starts_with("SIP/2.0 "), "{name}: {text}"),
            (false, None) => {}
        }
    }
    switch.stop_clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mutated_datagrams_leave_the_switch_answering_and_empty() {
    let switch = Target::start().await;
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let (mut mutants, mut slowest) = (Mutants::new(21), Duration::ZERO);
    for sent in 0..count() {
        let _ = socket.send_to(&mutants.next(), switch.udp()).await;
        if sent % PROBE_EVERY == 0 {
            slowest = slowest.max(switch.probe().await);
        }
    }
    Target::judge("UDP", slowest);
    switch.stop_clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mutated_streams_leave_the_switch_answering_and_empty() {
    let switch = Target::start().await;
    let (mut mutants, mut slowest) = (Mutants::new(22), Duration::ZERO);
    let mut stream = Drained::connect(switch.tcp()).await;
    for sent in 0..count() {
        // What cannot be framed costs the connection: the next one goes on.
        if stream.0.write_all(&mutants.next()).await.is_err() {
            stream = Drained::connect(switch.tcp()).await;
        }
        if sent % PROBE_EVERY == 0 {
            slowest = slowest.max(switch.probe().await);
        }
    }
    drop(stream);
    Target::judge("TCP", slowest);
    switch.stop_clean().await;
}

/// RFC 3261 §18.3, §7.5: a length that is negative, doubled or missing loses the stream; its
/// sender is told 400 first, and what it smuggled behind is never read.
#[tokio::test(flavor = "multi_thread")]
async fn a_stream_whose_messages_have_no_certain_end_is_told_400_and_closed() {
    let switch = Target::start().await;
    for length in ["Content-Length: -1\r\n", "Content-Length: 0\r\nl: 5\r\n", ""] {
        let mut stream = TcpStream::connect(switch.tcp()).await.unwrap();
        let smuggled = options("smuggled", "Content-Length: 0\r\n");
        let text = options("framed", length) + &smuggled;
        stream.write_all(text.as_bytes()).await.unwrap();
        let mut answers = String::new();
        let closed = timeout(PATIENCE, stream.read_to_string(&mut answers)).await;
        assert!(closed.is_ok(), "{length:?}: the stream is still open");
        assert_eq!(answers.matches("SIP/2.0 ").count(), 1, "{length:?}: {answers}");
        assert!(answers.starts_with("SIP/2.0 400 "), "{length:?}: {answers}");
        assert!(!answers.contains("smuggled"), "{length:?}: {answers}");
    }
    switch.stop_clean().await;
}

/// FAULTS L3: peers that connect and say nothing keep nobody else from being served.
#[tokio::test(flavor = "multi_thread")]
async fn idle_connections_do_not_keep_a_newcomer_out() {
    let switch = Target::start().await;
    let mut idle = vec![];
    for _ in 0..400 {
        idle.push(TcpStream::connect(switch.tcp()).await.unwrap());
    }
    let mut newcomer = TcpStream::connect(switch.tcp()).await.unwrap();
    let text = options("newcomer", "Content-Length: 0\r\n");
    newcomer.write_all(text.as_bytes()).await.unwrap();
    let mut answer = [0; 1_024];
    let length = timeout(PATIENCE, newcomer.read(&mut answer)).await.unwrap().unwrap();
    assert!(answer[..length].starts_with(b"SIP/2.0 200 "));
    drop(idle);
    switch.stop_clean().await;
}

/// A running switch whose carrier is every program on this machine.
struct Target {
    running: Running,
    _folder: TempDir,
}

impl Target {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = config::Config::default();
        config.node.state_dir = folder.path().to_owned();
        config.sip.udp = vec!["127.0.0.1:0".parse().unwrap()];
        config.sip.tcp = vec!["127.0.0.1:0".parse().unwrap()];
        config.media.address = Some("127.0.0.1".parse().unwrap());
        config.http.listen = "127.0.0.1:0".parse().unwrap();
        config.http.tls = config::Tls::Off;
        let carrier = SocketAddr::from(([127, 0, 0, 1], 5060));
        let scene = Scene::set(carrier, Size { agents: 1, leads: 0 }, [7; 32]).unwrap();
        let store = Store::open(&folder.path().join("cordboard.db")).await.unwrap();
        furnish(&store, &scene, &config.sip.realm).await.unwrap();
        store.close().await;
        let running = io::start(&config, Deployment::Demo).await.unwrap();
        Self { running, _folder: folder }
    }

    fn udp(&self) -> SocketAddr {
        self.running.sip[0]
    }

    fn tcp(&self) -> SocketAddr {
        self.running.sip_streams.tcp[0]
    }

    /// Asks whether the switch is there, and how long it takes to say so.
    async fn probe(&self) -> Duration {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let asked = Instant::now();
        for _ in 0..PROBES_MAX {
            let text = options("probe", "Content-Length: 0\r\n");
            socket.send_to(text.as_bytes(), self.udp()).await.unwrap();
            // A datagram of ours may be lost among theirs.
            if receive(&socket, Duration::from_millis(500)).await.is_some() {
                return asked.elapsed();
            }
        }
        panic!("the switch does not answer any more");
    }

    /// A figure counts only where somebody asked for the whole storm, on a machine for it.
    fn judge(transport: &str, slowest: Duration) {
        println!("{transport}: {} messages, slowest probe {slowest:?}", count());
        let is_whole = std::env::var_os("HOSTILE_MESSAGES").is_some();
        assert!(!is_whole || slowest <= Duration::from_millis(100), "{slowest:?}");
    }

    /// Finds nothing left once SIP's longest timer (32 s) has run.
    async fn stop_clean(self) {
        let end = Instant::now() + Duration::from_mins(2);
        loop {
            let found = self.running.desk.inspect().await.unwrap();
            assert_eq!(found.fault, None);
            let left = found.left_over;
            if (left.calls, left.legs, left.ports, left.transactions) == (0, 0, 0, 0) {
                break;
            }
            assert!(Instant::now() < end, "left over: {left:?}");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        self.running.stop().await.unwrap();
    }
}

/// A connection whose answers somebody reads.
struct Drained(tokio::net::tcp::OwnedWriteHalf);

impl Drained {
    async fn connect(to: SocketAddr) -> Self {
        let (mut reader, writer) = TcpStream::connect(to).await.unwrap().into_split();
        tokio::spawn(async move {
            let mut buffer = vec![0; 16 << 10];
            while reader.read(&mut buffer).await.is_ok_and(|length| length > 0) {}
        });
        Self(writer)
    }
}

/// Messages of the corpora with up to five wounds each; the same seed gives the same ones.
struct Mutants {
    corpus: Vec<Vec<u8>>,
    random: ChaCha20Rng,
}

impl Mutants {
    fn new(seed: u8) -> Self {
        let corpus = corpus().into_iter().map(|(_, bytes)| bytes).collect();
        Self { corpus, random: ChaCha20Rng::from_seed([seed; 32]) }
    }

    fn next(&mut self) -> Vec<u8> {
        let index = self.below(self.corpus.len());
        let mut mutant = self.corpus[index].clone();
        for _ in 0..=self.below(4) {
            let at = self.below(mutant.len() + 1);
            let end = (at + self.below(12)).min(mutant.len());
            let sharp = SHARP[self.below(SHARP.len())];
            match self.below(5) {
                0 => mutant.insert(at, sharp),
                1 if at < mutant.len() => mutant[at] = sharp,
                2 => drop(mutant.drain(at..end)),
                3 => {
                    let copy = mutant[at..end].to_vec();
                    let to = self.below(mutant.len() + 1);
                    mutant.splice(to..to, copy);
                }
                _ => mutant.truncate(at + 40),
            }
        }
        mutant
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.random.next_u32()).unwrap() % bound
    }
}

/// The bytes on which readers of SIP trip.
const SHARP: &[u8] = b"\r\n\0 \t:;,=\"\\<>@%?&[]/*+-.0z\xc3\xff";

/// The messages beside the parser's own tests, by folder and file.
fn corpus() -> Vec<(String, Vec<u8>)> {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("sip/tests");
    let mut found = vec![];
    for folder in ["torture", "ipv6", "samples"] {
        for entry in std::fs::read_dir(tests.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let bytes = std::fs::read(&path).unwrap();
            // RFC 5118's archive ends its lines in a bare LF.
            let bytes = if folder == "ipv6" && !bytes.contains(&b'\r') {
                String::from_utf8(bytes).unwrap().replace('\n', "\r\n").into_bytes()
            } else {
                bytes
            };
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            found.push((format!("{folder}/{name}"), bytes));
        }
    }
    found.sort();
    assert!(found.len() > 60, "the corpora are not where they were");
    found
}

/// Whether a message earns an answer: a request that is not an ACK and whose sender can be found.
fn asks(bytes: &[u8]) -> bool {
    match Message::parse(bytes.to_vec().into()) {
        Ok(Message::Request(request)) => request.method() != Method::Ack,
        Ok(Message::Response(_)) => false,
        Err(rejected) => rejected.salvage.is_some(),
    }
}

fn options(call_id: &str, length: &str) -> String {
    format!(
        "OPTIONS sip:127.0.0.1 SIP/2.0\r\n\
         Via: SIP/2.0/UDP h.invalid;branch=z9hG4bK{call_id};rport\r\n\
         Max-Forwards: 70\r\nFrom: <sip:p@h.invalid>;tag=1\r\nTo: <sip:127.0.0.1>\r\n\
         Call-ID: {call_id}\r\nCSeq: 1 OPTIONS\r\n{length}\r\n"
    )
}

async fn receive(socket: &UdpSocket, patience: Duration) -> Option<String> {
    let mut buffer = vec![0; 65_535];
    let (length, _) = timeout(patience, socket.recv_from(&mut buffer)).await.ok()?.ok()?;
    Some(String::from_utf8_lossy(&buffer[..length]).into_owned())
}

/// How many mutants go over each transport.
fn count() -> usize {
    let asked = std::env::var("HOSTILE_MESSAGES").ok();
    asked.map_or(10_000, |text| text.parse().expect("a number in HOSTILE_MESSAGES"))
}

const PROBE_EVERY: usize = 100;
const PROBES_MAX: usize = 40;
const PATIENCE: Duration = Duration::from_secs(20);
const SILENCE: Duration = Duration::from_millis(300);
