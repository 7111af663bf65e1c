//! A floor of agents who are dialled for by the forecast, with SIPp as the network (issue 6, "Shown
//! by").
//!
//! What became of each call is read from SIPp's own log and held against the product's records,
//! call by call: whoever was hung up on sooner than any agent hangs up met nobody.
//!
//! Twenty agents and 500 leads, undisturbed and with twenty kills: `bench/floor`.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use admin_api::{Change, Control as _};
use cordboard::demo::agent::{Agents, Habits, Profile, Setup, Telephone};
use cordboard::demo::clips::Clips;
use cordboard::demo::furnish::furnish;
use cordboard::demo::party::Parties;
use cordboard::demo::scene::{Scene, Size};
use cordboard::demo::status::Feed;
use cordboard::demo::witness::Witness;
use cordboard::io::{self, Running};
use dialer::Outcome;
use dialer::campaigns::{Deployment, Mode};
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng as _, SeedableRng as _};
use serde_json::{Value, json};
use sip::Secret;
use store::Direction;
use store::attempts::AttemptRecord;
use tokio::task::JoinHandle;

use crate::echo::Echo;
use crate::evidence::{at_rest, compare, whole_chain};
use crate::killed::Killable;
use crate::network::{Fate, Network};
use crate::scene::{config, free_port, leads, stocked};

#[tokio::test(flavor = "multi_thread")]
async fn what_the_network_counts_is_what_the_product_counts() {
    let folder = tempfile::tempdir().unwrap();
    let floor = Floor::furnished(folder.path()).await;
    let work = Work::begin(folder.path()).await;
    floor.until_all_are_dialled(&work).await;
    floor.proves(folder.path(), work, 0).await;
}

/// FAULTS F1: it is killed while people talk, wait and are rung, again and again.
#[tokio::test(flavor = "multi_thread")]
async fn a_floor_that_is_killed_loses_no_call_and_goes_on_counting() {
    let kills = number("FLOOR_KILLS", KILLS);
    let folder = tempfile::tempdir().unwrap();
    let floor = Floor::furnished(folder.path()).await;
    let mut chance = ChaCha20Rng::seed_from_u64(20);
    for _ in 0..kills {
        let mut product = Killable::run(folder.path(), "floor::the_floor_that_is_killed");
        tokio::time::sleep(Duration::from_millis(chance.next_u64() % LIFE_MS_MAX)).await;
        product.kill();
    }
    let work = Work::begin(folder.path()).await;
    floor.until_all_are_dialled(&work).await;
    floor.proves(folder.path(), work, kills).await;
}

/// The product and its agents in a process of their own: this test runs itself again for them.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "it is the floor that the other test kills"]
async fn the_floor_that_is_killed() {
    let Some(folder) = std::env::var_os(crate::killed::FOLDER) else { return };
    let _work = Work::begin(Path::new(&folder)).await;
    println!("\n{}", crate::killed::READY);
    tokio::time::sleep(Duration::from_mins(10)).await;
}

/// The network, its audio, and what the product's folder was filled with.
struct Floor {
    scene: Scene,
    leads: usize,
    network: Network,
    _echo: Echo,
}

impl Floor {
    async fn furnished(folder: &Path) -> Self {
        let (agents, count) = (number("FLOOR_AGENTS", AGENTS), number("FLOOR_LEADS", LEADS));
        let (port, config, echo) = (free_port(), config(folder), Echo::start());
        let size = Size { agents: u16::try_from(agents).unwrap(), leads: 0 };
        let mut scene = Scene::set(([127, 0, 0, 1], port).into(), size, [7; 32]).unwrap();
        scene.campaign.mode = Mode::Predictive { max_live: 200 };
        let store = io::database::open(&config).await.unwrap();
        scene.campaign.notice = stocked(&store).await;
        let keys = furnish(&store, &scene, &config.sip.realm).await.unwrap();
        leads(&store, scene.list, count).await;
        store.close().await;
        let seats = keys.agents.iter().map(|agent| {
            json!({ "id": agent.id, "extension": agent.extension, "secret": agent.secret.reveal() })
        });
        let seats = Value::from_iter(seats).to_string();
        std::fs::write(folder.join(SEATS), seats).unwrap();
        let network = Network::start(port, echo.port(), folder);
        Self { scene, leads: count, network, _echo: echo }
    }

    /// Every lead has been dialled once, and every call is over.
    async fn until_all_are_dialled(&self, work: &Work) {
        let end = Instant::now() + PATIENCE;
        loop {
            let dialled = work.attempts().await.len();
            if dialled >= self.leads {
                break;
            }
            assert!(Instant::now() < end, "{dialled} of {} dialled", self.leads);
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        while work.attempts().await.iter().any(|one| one.ended_at.is_none()) {
            assert!(Instant::now() < end, "an attempt never ended");
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }

    /// The network's log and the product's records say the same of every call.
    async fn proves(self, folder: &Path, mut work: Work, kills: usize) {
        let mut campaign = self.scene.campaign.clone();
        campaign.running = false;
        work.running.desk.changed(Change::Campaign(Box::new(campaign))).unwrap();
        let rate = work.rate().await;
        // The agents' lines are calls, too.
        work.agents.go_home().await;
        let (attempts, mut calls) = at_rest(&work.running).await;
        work.end().await;
        calls.retain(|call| call.direction == Direction::Outbound);
        let log = self.network.log();
        compare(&log.invited, &attempts, &calls);
        assert_eq!(whole_chain(folder), attempts.len(), "a permit for each attempt, and no other");

        let abandoned = outcomes(&attempts, Outcome::Abandoned);
        let connected = outcomes(&attempts, Outcome::Connected);
        let (mut seen_abandoned, mut seen_connected, mut cut) = (0, 0, 0);
        for attempt in &attempts {
            let number = attempt.number.to_string();
            let fate = log.fate(&number);
            let outcome = attempt.outcome.unwrap();
            match (fate, outcome) {
                (Fate::Abandoned, Outcome::Abandoned) => seen_abandoned += 1,
                (Fate::Connected, Outcome::Connected) => seen_connected += 1,
                (Fate::Told(486), Outcome::Busy)
                | (Fate::Told(404), Outcome::BadNumber)
                | (Fate::Told(603), Outcome::Refused)
                | (Fate::Cancelled, Outcome::NoAnswer | Outcome::Cancelled) => {}
                // The kill came before its last word was written, or before it was heard. What
                // was counted by then, as abandoned with its notice or as connected, stays so.
                (_, Outcome::Interrupted) if kills > 0 => cut += 1,
                (Fate::Cut, Outcome::Abandoned | Outcome::Connected) if kills > 0 => cut += 1,
                other => panic!("{number}: {other:?}, {attempt:#?}"),
            }
        }
        println!(
            "{kills} kills, {} leads: {connected} connected, {abandoned} abandoned, {cut} cut by \
             a kill; SIPp's own count: {seen_connected} and {seen_abandoned}; rate {:.2} %",
            self.leads,
            100.0 * rate
        );
        assert!(seen_connected > 0, "nobody met an agent");
        if kills == 0 {
            assert_eq!((seen_abandoned, seen_connected), (abandoned, connected));
        }
        // The live counter goes on from life to life: it is that of the records as a whole.
        let figure = |count: usize| f64::from(u32::try_from(count).unwrap());
        let share = figure(abandoned) / figure(abandoned + connected);
        assert!((rate - share).abs() < 1e-9, "the switch says {rate}, its records {share}");
    }
}

fn outcomes(attempts: &[AttemptRecord], outcome: Outcome) -> usize {
    attempts.iter().filter(|one| one.outcome == Some(outcome)).count()
}

/// A product that runs, and its agents at their desks.
struct Work {
    running: Running,
    agents: Agents,
    feed: Feed,
    following: JoinHandle<()>,
}

impl Work {
    async fn begin(folder: &Path) -> Self {
        let config = config(folder);
        let running = io::start(&config, Deployment::Demo).await.unwrap();
        let feed = Feed::default();
        let following = tokio::spawn({
            let (desk, feed) = (Arc::clone(&running.desk), feed.clone());
            async move {
                let mut follower = desk.hub().follow();
                loop {
                    feed.take(&follower.next().await);
                }
            }
        });
        let setup = Setup {
            switch: running.sip[0],
            seed: [3; 32],
            habits: Habits { patience_ms: TALK_MS, ..Habits::default() },
            clips: Arc::new(Clips::load().unwrap()),
            parties: Arc::new(Parties::start([127, 0, 0, 1].into()).unwrap()),
            witness: Witness::default(),
            feed: feed.clone(),
        };
        let seats = std::fs::read_to_string(folder.join(SEATS)).unwrap();
        let seats: Vec<Value> = serde_json::from_str(&seats).unwrap();
        let profile = |seat: &Value| Profile {
            id: serde_json::from_value(seat["id"].clone()).unwrap(),
            telephone: Telephone {
                extension: seat["extension"].as_str().unwrap().to_owned(),
                secret: Secret::Password(seat["secret"].as_str().unwrap().to_owned()),
                domain: config.sip.domain(),
            },
        };
        let profiles = seats.iter().map(profile).collect();
        let agents = Agents::start(&setup, Arc::clone(&running.desk), profiles).await.unwrap();
        Self { running, agents, feed, following }
    }

    /// Every attempt there is a record of.
    async fn attempts(&self) -> Vec<AttemptRecord> {
        crate::evidence::attempts(&self.running.store).await
    }

    /// The campaign's abandon rate as the switch shows it, once it has counted the last call.
    async fn rate(&self) -> f64 {
        tokio::time::sleep(Duration::from_secs(2)).await;
        self.feed.status().abandon_rate
    }

    async fn end(mut self) {
        self.agents.unplug().await;
        self.following.abort();
        self.running.stop().await.unwrap();
    }
}

fn number(name: &str, otherwise: usize) -> usize {
    std::env::var(name).map_or(otherwise, |text| text.parse().unwrap())
}

/// By the log's key of a call: what it is known by there.
pub(crate) type ByCall<T> = BTreeMap<String, T>;

/// A short run for every change.
const AGENTS: usize = 6;
const LEADS: usize = 60;
const KILLS: usize = 3;

/// How long a life lasts at most once its agents are seated: they need a second to be dialled for.
const LIFE_MS_MAX: u64 = 8_000;

/// Longer than 500 leads take twenty agents.
const PATIENCE: Duration = Duration::from_mins(12);

/// An agent hangs up after this at the soonest: whoever is hung up on before met nobody.
pub(crate) const TALK_MS: std::ops::RangeInclusive<u32> = 6_000..=9_000;

const SEATS: &str = "seats.json";
