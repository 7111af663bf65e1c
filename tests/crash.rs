//! The running product, killed at random moments under load (FAULTS F1, F2).
//!
//! SIPp is the carrier and keeps its own log of every INVITE. The product is a process of its own,
//! dials a campaign of recorded messages as fast as it may, is killed with SIGKILL, started again
//! on the same folder, and so on. At the end SIPp's log and the product's records are compared: no
//! lead was dialled twice, no INVITE is without exactly one attempt and one call, nothing is left
//! open, and the chain of permits is whole.
//!
//! `CRASH_KILLS=200 cargo test --test crash -- --nocapture` kills more often (`bench/crash`).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::net::{SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use admin_api::{Change, Control as _};
use cordboard::demo::furnish::furnish;
use cordboard::demo::scene::{Scene, Size};
use cordboard::io::{self, Running};
use cordboard::permits;
use dialer::campaigns::{Deployment, Mode};
use dialer::{Lead, LeadId};
use jiff::Timestamp;
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng as _, SeedableRng as _};
use store::attempts::{AttemptQuery, AttemptRecord};
use store::calls::{CallQuery, CallRecord};
use store::{Party, Store};
use uuid::Uuid;

#[tokio::test(flavor = "multi_thread")]
async fn a_switch_that_is_killed_dials_nobody_twice_and_loses_no_record() {
    let kills = std::env::var("CRASH_KILLS").map_or(KILLS, |text| text.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let carrier = free_port();
    let scene = furnished(folder.path(), carrier, (kills + 1) * LEADS_PER_LIFE).await;
    let sipp = Sipp::carrier(carrier, folder.path());
    let mut chance = ChaCha20Rng::seed_from_u64(9);
    for _ in 0..kills {
        let mut product = Killable::start(folder.path());
        tokio::time::sleep(Duration::from_millis(chance.next_u64() % LIFE_MS_MAX)).await;
        product.kill();
    }
    let running = io::start(&config(folder.path()), Deployment::Demo).await.unwrap();
    let mut campaign = scene.campaign.clone();
    campaign.running = false;
    running.desk.changed(Change::Campaign(Box::new(campaign))).unwrap();
    let (attempts, calls) = at_rest(&running).await;
    running.stop().await.unwrap();
    let invited = sipp.log();
    println!("{kills} kills: {} INVITEs, {} attempts", invited.len(), attempts.len());
    compare(&invited, &attempts, &calls);
    whole_chain(folder.path());
}

/// The product in a process of its own: this test runs itself again for it.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "it is the product that the other test kills"]
async fn the_product_that_is_killed() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let config = config(Path::new(&folder));
    let _running = io::start(&config, Deployment::Demo).await.unwrap();
    println!("\n{READY}");
    tokio::time::sleep(Duration::from_mins(10)).await;
}

/// What SIPp saw and what the product wrote say the same.
fn compare(
    invited: &BTreeMap<String, Vec<String>>,
    attempts: &[AttemptRecord],
    calls: &[CallRecord],
) {
    assert!(!invited.is_empty(), "nobody was dialled");
    let attempts = by_number(attempts, |one| one.number.to_string());
    let calls = by_number(calls, |one| one.called.clone());
    for (number, by) in invited {
        assert_eq!(by.len(), 1, "{number} was dialled {} times: {by:?}", by.len());
        assert!(attempts.contains_key(number), "{number} has no attempt");
    }
    for (number, made) in &attempts {
        assert_eq!(made.len(), 1, "{number}: {made:#?}");
        let calls = calls.get(number).map(Vec::as_slice).unwrap_or_default();
        let [call] = calls else { panic!("{number}: {made:#?} by {calls:#?}") };
        // The kill may fall between a permit and its INVITE; nothing else leaves one without the
        // other.
        let cut = call.ended_by == Some(Party::Interrupted);
        assert!(cut || invited.contains_key(number), "{number}: no INVITE for {call:#?}");
    }
    let strange = calls.iter().find(|(number, _)| !attempts.contains_key(*number));
    assert!(strange.is_none(), "a call without an attempt: {strange:#?}");
}

fn by_number<R>(records: &[R], number: impl Fn(&R) -> String) -> BTreeMap<String, Vec<&R>> {
    let mut by_number = BTreeMap::<_, Vec<_>>::new();
    for record in records {
        by_number.entry(number(record)).or_default().push(record);
    }
    by_number
}

fn whole_chain(folder: &Path) {
    let (mut export, mut told) = (vec![], vec![]);
    permits::export(&folder.join("journal"), &mut export).unwrap();
    let file = folder.join("permits.ndjson");
    std::fs::write(&file, &export).unwrap();
    let whole = permits::verify(&file, "permits", &mut told);
    assert!(whole.is_ok(), "{}", String::from_utf8_lossy(&told));
}

/// Every attempt and call, once the last has ended.
async fn at_rest(running: &Running) -> (Vec<AttemptRecord>, Vec<CallRecord>) {
    let end = Instant::now() + Duration::from_mins(2);
    loop {
        let (attempts, calls) = (attempts(&running.store).await, calls(&running.store).await);
        let open = attempts.iter().filter(|one| one.ended_at.is_none()).count()
            + calls.iter().filter(|one| one.ended_at.is_none()).count();
        if open == 0 && running.desk.inspect().await.unwrap().left_over.calls == 0 {
            return (attempts, calls);
        }
        assert!(Instant::now() < end, "{open} attempts or calls never ended");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

async fn attempts(store: &Store) -> Vec<AttemptRecord> {
    let (mut all, mut after) = (vec![], None);
    loop {
        let query = AttemptQuery { after, limit: Some(500), ..AttemptQuery::default() };
        let page = store.attempts().list(&query).await.unwrap();
        all.extend(page.items);
        after = page.next;
        if after.is_none() {
            return all;
        }
    }
}

async fn calls(store: &Store) -> Vec<CallRecord> {
    let (mut all, mut after) = (vec![], None);
    loop {
        let query = CallQuery { after, limit: Some(500), ..CallQuery::default() };
        let page = store.calls().list(&query).await.unwrap();
        all.extend(page.items);
        after = page.next;
        if after.is_none() {
            return all;
        }
    }
}

/// A folder with a campaign of recorded messages and enough leads for every life.
async fn furnished(folder: &Path, carrier: u16, leads: usize) -> Scene {
    let carrier = SocketAddr::from(([127, 0, 0, 1], carrier));
    let mut scene = Scene::set(carrier, Size { agents: 1, leads: 0 }, [7; 32]).unwrap();
    scene.campaign.mode = Mode::Agentless { max_live: AT_ONCE };
    // The shortest clip that is shipped: half a second.
    scene.campaign.message = Some("number-1".to_owned());
    let config = config(folder);
    let store = Store::open(&folder.join("cordboard.db")).await.unwrap();
    furnish(&store, &scene, &config.sip.realm).await.unwrap();
    let lead = |index: usize| {
        let number = format!("+1212{:03}{:04}", 200 + index / 10_000, index % 10_000);
        Lead::new(LeadId::from(Uuid::now_v7()), scene.list, number.parse().unwrap())
    };
    let leads: Vec<_> = (0..leads).map(lead).collect();
    store.leads().insert(&leads, Timestamp::now()).await.unwrap();
    store.close().await;
    scene
}

fn config(folder: &Path) -> config::Config {
    let mut config = config::Config::default();
    folder.clone_into(&mut config.node.state_dir);
    let any = || vec!["127.0.0.1:0".parse().unwrap()];
    config.sip.udp = any();
    (config.sip.tcp, config.sip.tls) = (any(), any());
    (config.sip.ws, config.sip.wss) = (any(), any());
    config.media.address = Some("127.0.0.1".parse().unwrap());
    config.http.listen = "127.0.0.1:0".parse().unwrap();
    config.http.tls = config::Tls::Off;
    config
}

fn free_port() -> u16 {
    UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// The product as a child; dropped, it ends.
struct Killable(Child);

impl Killable {
    /// Starts it, and waits until it is there.
    fn start(folder: &Path) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["the_product_that_is_killed", "--exact", "--ignored", "--nocapture"])
            .env(FOLDER, folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let ready = lines.any(|line| line.is_ok_and(|line| line == READY));
        assert!(ready, "the product did not start");
        Self(child)
    }

    /// SIGKILL: no time to say anything.
    fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Killable {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// SIPp as the carrier, with its log.
struct Sipp {
    child: Child,
    log: PathBuf,
}

impl Sipp {
    fn carrier(port: u16, folder: &Path) -> Self {
        let scenario = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/crash/carrier.xml");
        let log = folder.join("sipp.log");
        let child = Command::new("sipp")
            .arg("-sf")
            .arg(scenario)
            .args(["-i", "127.0.0.1", "-p", &port.to_string(), "-nostdin", "-trace_logs"])
            .arg("-log_file")
            .arg(&log)
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("SIPp (Debian: sip-tester) is installed by `make test`");
        Self { child, log }
    }

    /// The Call-IDs of the INVITEs to each number.
    fn log(mut self) -> BTreeMap<String, Vec<String>> {
        // SIGINT: SIPp writes what it still holds.
        let _ = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status();
        let _ = self.child.wait();
        let mut invited: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for line in std::fs::read_to_string(&self.log).unwrap_or_default().lines() {
            let mut words = line.split(' ');
            if let (Some("invited"), Some(uri), Some(call)) =
                (words.next(), words.next(), words.next())
            {
                let number = uri.trim_start_matches("sip:").trim_end_matches('@');
                let calls = invited.entry(number.to_owned()).or_default();
                if !calls.iter().any(|known| known == call) {
                    calls.push(call.to_owned());
                }
            }
        }
        invited
    }
}

impl Drop for Sipp {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A short run for every change.
const KILLS: usize = 4;

/// How long a life lasts at most once it has begun.
const LIFE_MS_MAX: u64 = 3_000;

/// More than can be dialled in a life.
const LEADS_PER_LIFE: usize = 100;

/// Calls at a time: each takes about a second, so some twenty begin each second.
const AT_ONCE: u16 = 24;

const FOLDER: &str = "CORDBOARD_CRASH_FOLDER";
const READY: &str = "the product is ready";
