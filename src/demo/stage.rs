//! The stage: carrier, parties, witness and scene around one switch, from curtain to curtain.
//!
//! ```text
//!   set ─▶ (the switch is started with the scene) ─▶ staff ─▶ dial ─▶ drain ─▶ go home ─▶ settle
//!                                                             │        │          │         │
//!                                         --for ends, Ctrl-C ─┘  calls end   lines end   timers
//! ```

use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use admin_api::Control as _;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use super::agent::{self, Agents, Habits, Profile};
use super::carrier::{self, Carrier};
use super::clips::{ClipError, Clips};
use super::outcomes::Laws;
use super::party::Parties;
use super::report::{Percentiles, Report, Tally};
use super::scene::{Scene, SceneError, Size};
use super::status::{DemoStatus, Feed};
use super::witness::Witness;
use crate::io::Running;
use crate::io::control::Desk;
use crate::switch::LeftOver;

/// Everything that is not the switch.
#[derive(Debug)]
pub struct Stage {
    scene: Scene,
    seed: [u8; 32],
    clips: Arc<Clips>,
    parties: Arc<Parties>,
    carrier: Carrier,
    witness: Witness,
    tally: Arc<Mutex<Tally>>,
    feed: Feed,
    agents: Option<Agents>,
    /// Inspections that found an invariant broken.
    broken: Arc<AtomicU64>,
    /// They end with the stage.
    tasks: JoinSet<()>,
}

/// The stage cannot be set.
#[derive(Debug, thiserror::Error)]
pub enum StageError {
    /// A socket or a thread.
    #[error("the simulated carrier cannot start: {0}")]
    Io(#[from] io::Error),
    /// A clip in the binary.
    #[error(transparent)]
    Clip(#[from] ClipError),
    /// The scene.
    #[error(transparent)]
    Scene(#[from] SceneError),
}

impl Stage {
    /// Starts the parties and the carrier on `address`, and sets the scene around them.
    pub async fn set(address: IpAddr, size: Size, laws: Laws) -> Result<Self, StageError> {
        let seed = laws.seed;
        let clips = Arc::new(Clips::load()?);
        let parties = Arc::new(Parties::start(address)?);
        let setup = carrier::Setup {
            address: SocketAddr::new(address, 0),
            trusted: vec![address],
            laws,
            clips: Arc::clone(&clips),
            parties: Arc::clone(&parties),
        };
        let (carrier, mut ended) = Carrier::start(setup).await?;
        let witness = Witness::default();
        let tally = Arc::new(Mutex::new(Tally::default()));
        let mut tasks = JoinSet::new();
        tasks.spawn({
            let (witness, tally) = (witness.clone(), Arc::clone(&tally));
            async move {
                while let Some(call) = ended.recv().await {
                    locked(&tally).take(&call, &witness);
                }
            }
        });
        let scene = Scene::set(carrier.address(), size, seed)?;
        let feed = Feed::default();
        Ok(Self {
            scene,
            seed,
            clips,
            parties,
            carrier,
            witness,
            tally,
            feed,
            agents: None,
            broken: Arc::default(),
            tasks,
        })
    }

    /// What the switch is to be set up with.
    #[must_use]
    pub fn scene(&self) -> &Scene {
        &self.scene
    }

    /// Where the switch's live events go.
    #[must_use]
    pub fn feed(&self) -> &Feed {
        &self.feed
    }

    /// The carrier, to place calls towards DIDs.
    #[must_use]
    pub fn carrier(&self) -> &Carrier {
        &self.carrier
    }

    /// What ended calls were, so far.
    #[must_use]
    pub fn tally(&self) -> Tally {
        locked(&self.tally).clone()
    }

    /// Follows the switch, and seats simulated agents: they register, clock in, and work until
    /// [`Stage::close`].
    pub async fn staff(
        &mut self,
        running: &Running,
        profiles: Vec<Profile>,
        habits: Habits,
    ) -> io::Result<()> {
        let no_udp = || io::Error::new(io::ErrorKind::NotFound, "the switch has no UDP listener");
        let setup = agent::Setup {
            switch: *running.sip.first().ok_or_else(no_udp)?,
            seed: self.seed,
            habits,
            clips: Arc::clone(&self.clips),
            parties: Arc::clone(&self.parties),
            witness: self.witness.clone(),
            feed: self.feed.clone(),
        };
        self.tasks.spawn(follow(Arc::clone(&running.desk), self.feed.clone()));
        self.tasks.spawn(inspect(Arc::clone(&running.desk), Arc::clone(&self.broken)));
        let desk = Arc::clone(&running.desk);
        self.agents = Some(Agents::start(&setup, desk, profiles).await?);
        Ok(())
    }

    /// Shows the status five times a second until `end` resolves.
    pub async fn watch(&self, end: impl Future<Output = ()>, mut show: impl FnMut(&DemoStatus)) {
        let mut end = std::pin::pin!(end);
        while timeout(REFRESH, &mut end).await.is_err() {
            show(&self.feed.status());
        }
    }

    /// Ends in good order: no new calls, the ones there are to their end, everybody home, the
    /// telephones off, the switch's timers to their end. Each step has a bound.
    pub async fn close(mut self, running: &Running) -> Report {
        running.drained(DRAIN).await;
        if !within(CALLS_GONE, || self.is_quiet()).await {
            tracing::warn!("calls did not end by themselves and are hung up");
            // A carrier that has stopped has no calls.
            let _ = self.carrier.hang_up_all().await;
            within(CALLS_GONE, || self.is_quiet()).await;
        }
        if let Some(agents) = &mut self.agents {
            if timeout(WAY_HOME, agents.go_home()).await.is_err() {
                tracing::warn!("some agents did not clock out");
            }
            agents.unplug().await;
        }
        within(SETTLE, || async { left_over(running).await == LeftOver::default() }).await;
        let (status, tally) = (self.feed.status(), self.tally());
        let behind_ms = self.parties.behind_max().as_millis();
        if behind_ms > 20 {
            tracing::warn!(behind_ms, "the machine was too busy for exact audio times");
        }
        Report {
            attempts: status.attempts,
            answered: status.answered,
            connected: status.connected,
            abandoned: status.abandoned,
            audio_verified: tally.verified,
            invariant_failures: self.broken.load(Ordering::Relaxed),
            answer_to_agent_ms: Percentiles::of(&tally.answer_to_agent),
            left_over: left_over(running).await,
        }
    }

    /// Whether the carrier knows of no call.
    async fn is_quiet(&self) -> bool {
        self.carrier.live().await.map_or(0, |live| live.calls) == 0
    }
}

/// Hands the switch's live events to the feed, for as long as it is let.
async fn follow(desk: Arc<Desk>, feed: Feed) {
    let mut follower = desk.hub().follow();
    loop {
        feed.take(&follower.next().await);
    }
}

/// Counts the seconds in which an invariant of the switch does not hold.
async fn inspect(desk: Arc<Desk>, broken: Arc<AtomicU64>) {
    loop {
        sleep(INSPECT_EVERY).await;
        let fault = desk.inspect().await.and_then(|inspection| inspection.fault);
        if let Some(fault) = fault {
            tracing::error!(fault, "an invariant of the switch is broken");
            broken.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// What is alive in the switch; nothing in one that has stopped.
async fn left_over(running: &Running) -> LeftOver {
    running.desk.inspect().await.map(|inspection| inspection.left_over).unwrap_or_default()
}

const INSPECT_EVERY: Duration = Duration::from_secs(1);

/// Longer than the longest ring (15 s) and conversation (12 s) together.
const DRAIN: Duration = Duration::from_secs(40);

/// A BYE and its answer, or a few retransmissions of them.
const CALLS_GONE: Duration = Duration::from_secs(4);

/// The last wrap-ups.
const WAY_HOME: Duration = Duration::from_secs(20);

/// The longest of SIP's timers over UDP is 64·T1 = 32 s (RFC 3261 table 4).
const SETTLE: Duration = Duration::from_secs(36);

const REFRESH: Duration = Duration::from_millis(200);

/// Asks again and again until the answer is yes; whether it came in time.
async fn within<F: Future<Output = bool>>(bound: Duration, mut ask: impl FnMut() -> F) -> bool {
    let end = Instant::now() + bound;
    loop {
        if ask().await {
            return true;
        }
        if Instant::now() >= end {
            return false;
        }
        sleep(REFRESH).await;
    }
}

fn locked(tally: &Mutex<Tally>) -> MutexGuard<'_, Tally> {
    tally.lock().unwrap_or_else(PoisonError::into_inner)
}
