//! A floor of agents, a predictive campaign, and SIPp as the network with people behind it (FAULTS
//! F1; issue "The dialer").
//!
//! SIPp writes down by itself who was called, who answered and when each call ended. From that log
//! alone follows how many people were abandoned: whoever met an agent was spoken to for
//! [`TALK_MS`] at least, whoever was abandoned was let go soon after the two seconds of RULES US-2.
//! The product's records, its permits and its rate must say the same, after any number of kills.
//!
//! `FLOOR_AGENTS=20 FLOOR_LEADS=500 FLOOR_KILLS=20 cargo test --test faults floor -- --nocapture`
//! is the whole of it (`bench/floor`).

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use admin_api::Control as _;
use cordboard::demo::agent::{Agents, Habits, Profile, Setup, Telephone};
use cordboard::demo::clips::Clips;
use cordboard::demo::furnish::furnish;
use cordboard::demo::party::Parties;
use cordboard::demo::scene::{Scene, Size};
use cordboard::demo::signature::{Chord, Role};
use cordboard::demo::status::Feed;
use cordboard::demo::witness::Witness;
use cordboard::io::{self, Running};
use dialer::campaigns::{Deployment, Mode};
use dialer::{Lead, LeadId, Outcome};
use jiff::Timestamp;
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng as _, SeedableRng as _};
use sip::Secret;
use store::attempts::AttemptRecord;
use uuid::Uuid;

use crate::evidence::{at_rest, compare, whole_chain};
use crate::killed::{FOLDER, Killable, READY};
use crate::scene::{Sipp, config, free_port, stocked};

#[tokio::test(flavor = "multi_thread")]
async fn a_floor_counts_the_abandoned_as_its_carrier_does_however_often_it_is_killed() {
    let asked = |name, usual| std::env::var(name).map_or(usual, |text| text.parse().unwrap());
    let (agents, leads) = (asked("FLOOR_AGENTS", AGENTS), asked("FLOOR_LEADS", LEADS));
    let kills = asked("FLOOR_KILLS", KILLS);
    let folder = tempfile::tempdir().unwrap();
    let carrier = free_port();
    furnished(folder.path(), carrier, agents, leads).await;
    let media = free_port().to_string();
    let sipp = Sipp::start("floor.xml", carrier, folder.path(), &["-rtp_echo", "-mp", &media]);
    let mut chance = ChaCha20Rng::seed_from_u64(11);
    for _ in 0..kills {
        let mut product = Killable::start(THE_FLOOR, folder.path());
        tokio::time::sleep(LIFE + Duration::from_millis(chance.next_u64() % LIFE_MORE_MS)).await;
        product.kill();
    }
    let begun = jiff::Timestamp::now();
    let running = io::start(&fixed(folder.path()), Deployment::Demo).await.unwrap();
    let mut floor = Floor::open(&running, folder.path()).await;
    worked_off(&running, leads).await;
    let (attempts, calls) = at_rest(&running).await;
    // The board is told four times a second.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let rate = floor.feed.status().abandon_rate;
    let met = |one: &&AttemptRecord| one.outcome == Some(Outcome::Connected);
    let last = attempts.iter().filter(|one| one.permitted_at >= begun).filter(met).count();
    floor.heard_themselves_alone(last);
    floor.agents.go_home().await;
    floor.agents.unplug().await;
    running.stop().await.unwrap();

    let mut seen = Seen::in_log(&sipp.whole_log());
    if kills > 0 {
        seen.forget_who_left_a_dead_switch(&attempts);
    }
    println!("{kills} kills, {agents} agents, {leads} leads: {}", seen.told());
    compare(&seen.invited, &attempts, &calls);
    whole_chain(folder.path());
    seen.agrees_with(&attempts);
    let (met, abandoned) = seen.rate_of();
    // Whom a kill cut off had met an agent by then, or was let go before one came; the network
    // cannot tell.
    let cut = |outcome| {
        let cut = attempts.iter().filter(|one| seen.was_cut(&one.number.to_string()));
        u32::try_from(cut.filter(|one| one.outcome == Some(outcome)).count()).unwrap()
    };
    let (met, abandoned) = (met + cut(Outcome::Connected), abandoned + cut(Outcome::Abandoned));
    let counted = f64::from(abandoned) / f64::from((met + abandoned).max(1));
    println!("abandoned by SIPp's log {counted:.4}, by the product {rate:.4}");
    assert!((rate - counted).abs() < 1e-6, "{abandoned} abandoned, {met} met; product {rate}");
    assert!(met > 0, "nobody met an agent");
}

/// The product with its agents, in a process of its own: this test runs itself again for it.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "it is the floor that the other test kills"]
async fn the_floor_that_is_killed() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let folder = Path::new(&folder);
    let running = io::start(&fixed(folder), Deployment::Demo).await.unwrap();
    let floor = Floor::open(&running, folder).await;
    println!("\n{READY}");
    tokio::time::sleep(Duration::from_mins(10)).await;
    drop(floor);
}

/// Agents at work, and what they hear.
struct Floor {
    agents: Agents,
    feed: Feed,
    witness: Witness,
    seats: usize,
    /// Their audio ends with it.
    _parties: Arc<Parties>,
}

impl Floor {
    /// Seats everybody who has keys in the folder.
    async fn open(running: &Running, folder: &Path) -> Self {
        let (feed, witness) = (Feed::default(), Witness::default());
        let following = (Arc::clone(&running.desk), feed.clone());
        tokio::spawn(async move {
            let mut follower = following.0.hub().follow();
            loop {
                following.1.take(&follower.next().await);
            }
        });
        let parties = Arc::new(Parties::start(setup_address()).unwrap());
        let setup = Setup {
            switch: running.sip[0],
            seed: [7; 32],
            habits: Habits {
                patience_ms: TALK_MS..=TALK_MS + 2_000,
                pause_one_in: 0,
                ..Habits::default()
            },
            clips: Arc::new(Clips::load().unwrap()),
            parties: Arc::clone(&parties),
            witness: witness.clone(),
            feed: feed.clone(),
        };
        let profiles = profiles(folder);
        let seats = profiles.len();
        let desk = Arc::clone(&running.desk);
        let agents = Agents::start(&setup, desk, profiles).await.unwrap();
        Self { agents, feed, witness, seats, _parties: parties }
    }

    /// SIPp says back what it hears: agents heard their own voice from the far end, and nobody
    /// else's. Of so many conversations each is an agent's, until there is one for everybody.
    fn heard_themselves_alone(&self, conversations: usize) {
        let mut spoke = 0;
        for index in 0..self.seats {
            let own = Chord::nth(Role::Agent, index);
            let heard = self.witness.heard_by(own).unwrap();
            spoke += usize::from(heard.iter().any(|heard| heard.clear.hold(own)));
            let strange = heard.iter().find(|heard| {
                !heard.traces.and(Role::Agent.lines()).without(own.lines()).is_empty()
            });
            assert!(strange.is_none(), "agent {index} heard another: {strange:?}");
        }
        println!("{conversations} conversations since the last start, {spoke} agents in them");
        // An agent may have had several of few.
        let least =
            if conversations < 2 * self.seats { conversations.min(1) } else { self.seats / 2 };
        assert!(spoke >= least, "{spoke} of {} agents heard their customer", self.seats);
    }
}

/// What SIPp saw.
#[derive(Default)]
struct Seen {
    invited: BTreeMap<String, Vec<String>>,
    /// When it was acknowledged, by number; SIPp's clock, in ms.
    answered: BTreeMap<String, u64>,
    /// When the product said BYE, or answered the person's.
    over: BTreeMap<String, u64>,
}

impl Seen {
    fn in_log(log: &str) -> Self {
        let mut seen = Self::default();
        for line in log.lines() {
            let [what, uri, at] = line.split(' ').collect::<Vec<_>>()[..] else { continue };
            let number = uri.trim_start_matches("sip:").trim_end_matches('@').to_owned();
            let at_ms = || at.parse::<u64>().unwrap();
            match what {
                "invited" => seen.invited.entry(number).or_default().push(at.to_owned()),
                "answered" => drop(seen.answered.insert(number, at_ms())),
                "ended" | "left" => drop(seen.over.insert(number, at_ms())),
                _ => {}
            }
        }
        seen
    }

    /// How long a conversation or a wait lasted; none for who never answered, or was cut by a kill.
    fn lasted(&self, number: &str) -> Option<u64> {
        Some(self.over.get(number)?.saturating_sub(*self.answered.get(number)?))
    }

    /// Who hangs up after a kill leaves nobody: their call had ended with it.
    fn forget_who_left_a_dead_switch(&mut self, attempts: &[AttemptRecord]) {
        let cut = [Some(Outcome::Interrupted), Some(Outcome::Abandoned)];
        for one in attempts.iter().filter(|one| cut.contains(&one.outcome)) {
            let number = one.number.to_string();
            let left = self.lasted(&number).is_some_and(|ms| ms >= ABANDONED_MS_MAX);
            if left && number.ends_with('6') {
                self.over.remove(&number);
            }
        }
    }

    /// Whether somebody answered, and no end of it was heard.
    fn was_cut(&self, number: &str) -> bool {
        self.answered.contains_key(number) && !self.over.contains_key(number)
    }

    /// People who met an agent, and people who were abandoned.
    fn rate_of(&self) -> (u32, u32) {
        self.answered.keys().filter_map(|number| self.lasted(number)).fold(
            (0, 0),
            |(met, abandoned), ms| {
                if ms < ABANDONED_MS_MAX { (met, abandoned + 1) } else { (met + 1, abandoned) }
            },
        )
    }

    fn agrees_with(&self, attempts: &[AttemptRecord]) {
        for attempt in attempts {
            let number = attempt.number.to_string();
            let expected = match (self.lasted(&number), self.answered.contains_key(&number)) {
                (Some(ms), _) if ms < ABANDONED_MS_MAX => &[Outcome::Abandoned][..],
                (Some(_), _) => &[Outcome::Connected],
                // Cut by a kill: with an agent, or while they waited for one.
                (None, true) => &[Outcome::Interrupted, Outcome::Abandoned, Outcome::Connected],
                (None, false) => unanswered(&number),
            };
            let outcome = attempt.outcome.unwrap();
            let lasted = self.lasted(&number);
            let told = (self.answered.get(&number), self.over.get(&number));
            assert!(
                expected.contains(&outcome),
                "{number} is {outcome}: {told:?}, {lasted:?} ms by SIPp's log: {attempt:#?}"
            );
        }
    }

    fn told(&self) -> String {
        let cut = self.answered.len() - self.answered.keys().filter_map(|n| self.lasted(n)).count();
        let (met, abandoned) = self.rate_of();
        let (invited, answered) = (self.invited.len(), self.answered.len());
        format!(
            "{invited} INVITEs, {answered} answered, {met} met an agent, {abandoned} were \
                 abandoned, {cut} cut by a kill"
        )
    }
}

/// What may become of a call that nobody answered, by who lives there (`floor.xml`); the dialer may
/// take back what rings, and a kill may come at any time.
fn unanswered(number: &str) -> &'static [Outcome] {
    use Outcome as O;
    match number.chars().last() {
        Some('1') => &[O::Busy, O::Interrupted],
        Some('2') => &[O::BadNumber, O::Interrupted],
        Some('3' | '4') => &[O::NoAnswer, O::Cancelled, O::Interrupted],
        Some('5') => &[O::NoAnswer, O::Refused, O::Interrupted],
        _ => &[O::Cancelled, O::Interrupted],
    }
}

/// A database with agents, their campaign and its leads, and the agents' keys beside it.
async fn furnished(folder: &Path, carrier: u16, agents: usize, leads: usize) {
    let config = config(folder);
    let carrier = SocketAddr::from(([127, 0, 0, 1], carrier));
    let size = Size { agents: u16::try_from(agents).unwrap(), leads: 0 };
    let mut scene = Scene::set(carrier, size, [7; 32]).unwrap();
    scene.campaign.mode = Mode::Predictive { max_live: 200 };
    // More than any law allows: with the law's three in a hundred there would be little to count.
    scene.campaign.abandon.limit_permille = 150;
    let store = io::database::open(&config).await.unwrap();
    scene.campaign.notice = stocked(&store).await;
    let keys = furnish(&store, &scene, &config.sip.realm).await.unwrap();
    let lead = |index: usize| {
        let number = format!("+1212{:03}{:04}", 200 + index / 10_000, index % 10_000);
        Lead::new(LeadId::from(Uuid::now_v7()), scene.list, number.parse().unwrap())
    };
    let leads: Vec<_> = (0..leads).map(lead).collect();
    store.leads().insert(&leads, Timestamp::now()).await.unwrap();
    store.close().await;
    let line = |keys: &cordboard::demo::furnish::AgentKeys| {
        format!("{} {} {}\n", keys.id, keys.extension, keys.secret.reveal())
    };
    std::fs::write(folder.join(KEYS), keys.agents.iter().map(line).collect::<String>()).unwrap();
    std::fs::write(folder.join(PORT), free_port().to_string()).unwrap();
}

fn profiles(folder: &Path) -> Vec<Profile> {
    let keys = std::fs::read_to_string(folder.join(KEYS)).unwrap();
    let domain = fixed(folder).sip.domain();
    let profile = |line: &str| {
        let [id, extension, secret] = line.split(' ').collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        Profile {
            id: id.parse::<Uuid>().unwrap().into(),
            telephone: Telephone {
                extension: extension.to_owned(),
                secret: Secret::Password(secret.to_owned()),
                domain: domain.clone(),
            },
        }
    };
    keys.lines().map(profile).collect()
}

/// The same port in each life: what the network still has to say reaches the next one.
fn fixed(folder: &Path) -> config::Config {
    let mut config = config(folder);
    let port: u16 = std::fs::read_to_string(folder.join(PORT)).unwrap().parse().unwrap();
    config.sip.udp = vec![SocketAddr::new(setup_address(), port)];
    config
}

fn setup_address() -> std::net::IpAddr {
    std::net::IpAddr::from([127, 0, 0, 1])
}

/// Until every lead was dialled.
async fn worked_off(running: &Running, leads: usize) {
    let end = Instant::now() + Duration::from_mins(10);
    loop {
        let funnel = running.store.attempts().permits(0, u32::MAX).await.unwrap().len();
        if funnel >= leads {
            return;
        }
        assert!(Instant::now() < end, "{funnel} of {leads} leads were dialled");
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

/// A short run for every change.
const AGENTS: usize = 10;
const LEADS: usize = 120;
const KILLS: usize = 2;

/// How long an agent speaks at least; people in a hurry leave after six seconds.
const TALK_MS: u32 = 7_000;

/// Two seconds of waiting, half a second of notice, and what a busy machine adds; well under both
/// ways a conversation ends.
const ABANDONED_MS_MAX: u64 = 5_000;

/// A life is long enough for telephones to register and for people to be reached.
const LIFE: Duration = Duration::from_secs(5);
const LIFE_MORE_MS: u64 = 6_000;

const THE_FLOOR: &str = "floor::the_floor_that_is_killed";
const KEYS: &str = "agents.keys";
const PORT: &str = "sip.port";
