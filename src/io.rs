//! The edges: sockets, threads, TLS, files, and the one place that wires them to the brain.
//!
//! ```text
//!  udp threads, connections, plane, journal thread ─▶ Inbox ─▶ brain thread (Switch)
//!  http tasks ─▶ admin-api ─▶ Desk (Control) ──────────┘        │
//!  stock and asked tasks ◀── questions ─────────────────────────┤
//!  udp, connections, plane, journal, Hub ◀── outputs ───────────────────┘
//! ```

mod asked;
pub mod brain;
pub mod certificates;
pub mod connections;
pub mod control;
pub mod database;
pub mod first_start;
pub mod folder;
pub mod http;
pub mod inbox;
pub mod letters;
pub mod listeners;
pub(crate) mod load;
mod mail;
mod nightly;
pub mod outbound;
pub mod pages;
mod proving;
pub mod resolve;
pub mod shelf;
mod stock;
pub mod studio;
pub mod stun;
mod sweep;
pub mod udp;
mod webhooks;
pub mod websocket;
pub(crate) mod wiring;

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use admin_api::control::Change;
use admin_api::live::Hub;
use anyhow::Context as _;
use config::Config;
use dialer::campaigns::Deployment;
use dialer::permit::ChainHead;
use store::fold::Progress;
use store::{Fold, Store};
use tokio::sync::{mpsc, watch};

use crate::switch::{Input, Output, Restart, Settings, Switch};
use brain::{Edges, Inspection, Letter};
use control::{Desk, Replies};
use inbox::{Class, Inbox, class_of};
use letters::Letters;
use listeners::{Bound, Shown};
use mail::Post;
use resolve::Names;
use studio::Booth;
use sweep::Broom;
use udp::Udp;

/// A switch that runs.
pub struct Running {
    /// Where SIP over UDP is bound.
    pub sip: Vec<SocketAddr>,
    /// Where SIP over TCP, TLS and WebSockets is bound.
    pub sip_streams: Bound,
    /// Where the API is bound.
    pub http: SocketAddr,
    /// The API's way in, for whoever runs in the same process.
    pub desk: Arc<Desk>,
    /// The store.
    pub store: Store,
    /// The records, which follow the journal.
    pub records: Records,
    /// The first administrator's name and password, at the first start only.
    pub administrator: Option<admin_api::NewUser>,
    inbox: Arc<Inbox<Letter>>,
    brain: JoinHandle<()>,
    ends: Ends,
}

/// What ends with the switch.
struct Ends {
    stop: watch::Sender<bool>,
    /// Whoever comes next finds everything closed.
    #[expect(dead_code, reason = "it is held until it is dropped")]
    folder: folder::Held,
}

/// The fold at work.
#[derive(Debug)]
pub struct Records {
    /// How far it has come.
    pub progress: watch::Receiver<Progress>,
    fold: tokio::task::JoinHandle<()>,
}

/// Runs the switch until it is told to stop by Ctrl-C or SIGTERM.
pub fn run(config: &Config) -> anyhow::Result<()> {
    log(config);
    runtime()?.block_on(async {
        let running = start(config, Deployment::Live).await?;
        running.announce();
        stop_signal().await?;
        tracing::info!("stopping: no more dialling, calls come to their end");
        tokio::select! {
            () = running.drained(DRAIN_MAX) => {}
            signal = stop_signal() => signal?,
        }
        running.stop().await
    })
}

/// The runtime of the edges.
pub fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.context("cannot start the runtime")
}

/// Sets logging up as configured; the first caller wins.
pub fn log(config: &Config) {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(config.log.level.as_str()));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let set = match config.log.format {
        config::LogFormat::Json => log.json().try_init(),
        config::LogFormat::Text => log.try_init(),
    };
    drop(set);
}

/// Starts every part and returns when calls can be made; `deployment` says whether people or
/// simulated customers are at the other end.
pub async fn start(config: &Config, deployment: Deployment) -> anyhow::Result<Running> {
    // On the heap: all that is held while it starts is too much for a caller's own future.
    Box::pin(begin(config, deployment)).await
}

async fn begin(config: &Config, deployment: Deployment) -> anyhow::Result<Running> {
    let folder = folder::hold(&config.node.state_dir)?;
    let store = database::open(config).await?;
    let inbox = Arc::new(Inbox::<Letter>::default());
    let shelf = Arc::new(wiring::shelf(config)?);
    let (journal, chain, durable) = wiring::journal(config, &store, &shelf, &inbox).await?;
    let fold = Fold::open(&store, &journal).await?;
    let last = journal.next_seq().saturating_sub(1);
    let records = Records { progress: fold.progress(), fold: tokio::spawn(keep_folding(fold)) };

    let (stop, stopped) = watch::channel(false);
    let ends = Ends { stop, folder };
    let mut udp = Udp::bind(&config.sip.udp).context("cannot bind SIP over UDP")?;
    let shown = Shown::load(config, &stopped)?;
    let client = shown.sip.client(config.certificates.trunk_ca.as_deref())?;
    let connections = wiring::connections(&inbox, client, &stopped);
    let sip_streams = listeners::open(config, &connections, &shown.sip, &stopped).await?;
    let sip: Vec<_> = udp.addresses().collect();
    let (plane, web) = wiring::plane(config, inbox.clone())?;
    let settings = wiring::settings(config, sip.clone(), &sip_streams, web, &inbox).await;

    caught_up(records.progress.clone(), last).await;
    let names = Names::of_system(inbox.clone());
    let (switch, first) = wake(&store, (journal.next_seq(), chain), settings, &names).await?;

    let hub = Arc::new(Hub::new());
    let replies = Arc::new(Replies::default());
    let (questions, asked) = mpsc::channel(stock::QUESTIONS_MAX);
    tokio::spawn(stock::answer(store.clone(), inbox.clone(), asked));
    let udp_inbox = inbox.clone();
    udp.receive(move |flow, bytes| {
        let class = class_of(&bytes);
        // A full queue drops the datagram: its sender sends it again.
        let _ = udp_inbox.push(Instant::now(), class, Letter::Input(Input::Sip(flow, bytes)));
    })?;
    let edges = Edges {
        udp,
        connections: connections.clone(),
        plane,
        journal,
        durable,
        questions,
        asking: wiring::asking(config, &store, &inbox)?,
        proving: wiring::proving(&store, &inbox),
        replies: replies.clone(),
        hub: hub.clone(),
    };
    let (brain_inbox, thread) = (inbox.clone(), std::thread::Builder::new().name("brain".into()));
    let brain = thread.spawn(move || brain::run(switch, first, &brain_inbox, edges))?;

    wiring::webhooks(config, &store, &records, &stopped)?;
    Post::open(&config.mail, &store, &shelf, &stopped)?;
    let studio = Booth::new(config.media.speech.clone())?;
    let makers = (studio, Letters::open(&config.mail)?, wiring::sign_in(config)?);
    let edges = (names, connections.clone(), shelf.clone(), makers);
    let desk = Arc::new(Desk::new(inbox.clone(), replies, hub, edges));
    nightly::open(Broom::new(&store, shelf, desk.clone(), &stopped));
    let administrator = admin_api::first_administrator(&store).await?;
    let parts = (desk.clone(), &shown.http, &connections);
    let http = wiring::http(config, &store, parts, deployment, stopped).await?;
    Ok(Running { sip, sip_streams, http, desk, store, records, administrator, inbox, brain, ends })
}

impl Running {
    /// Says on standard output where the switch can be reached, and the first password once.
    pub fn announce(&self) {
        for address in &self.sip {
            println!("SIP over UDP  {address}");
        }
        let Bound { tcp, tls, ws, wss } = &self.sip_streams;
        for (transport, bound) in [("TCP", tcp), ("TLS", tls), ("WS ", ws), ("WSS", wss)] {
            for address in bound {
                println!("SIP over {transport}  {address}");
            }
        }
        println!("API           {}", self.http);
        if let Some(first) = &self.administrator {
            println!();
            println!("First start. This password is shown once and kept nowhere:");
            println!("  user      {}", first.username);
            println!("  password  {}", first.password.reveal());
            println!();
        }
    }

    /// Stops dialling and waits until no call is left, at most this long.
    pub async fn drained(&self, patience: Duration) {
        let end = Instant::now() + patience;
        let _ = self.inbox.push(Instant::now(), Class::Desk, Letter::Input(Input::Drain));
        while Instant::now() < end {
            match self.desk.inspect().await {
                Some(Inspection { left_over, .. }) if left_over.calls == 0 => return,
                Some(_) => tokio::time::sleep(Duration::from_millis(200)).await,
                None => return,
            }
        }
    }

    /// Hangs up what is left, ends every thread and task, and closes the store.
    pub async fn stop(self) -> anyhow::Result<()> {
        let _ = self.inbox.push(Instant::now(), Class::Desk, Letter::Input(Input::HangUpAll));
        let end = Instant::now() + HANG_UP_MAX;
        while Instant::now() < end {
            match self.desk.inspect().await {
                Some(Inspection { left_over, .. }) if left_over.legs > 0 => {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                _ => break,
            }
        }
        self.ends.stop.send_replace(true);
        self.inbox.close();
        let brain = self.brain;
        let ended = tokio::task::spawn_blocking(move || brain.join()).await?;
        if ended.is_err() {
            anyhow::bail!("the brain's thread had panicked");
        }
        // The journal is closed with the brain; what is left of it is folded now.
        if tokio::time::timeout(FOLD_MAX, self.records.fold).await.is_err() {
            tracing::warn!("records are behind the journal; the next start catches up");
        }
        self.store.close().await;
        Ok(())
    }
}

async fn stop_signal() -> anyhow::Result<()> {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted?,
        _ = terminate.recv() => {}
    }
    Ok(())
}

/// The switch as settings and records have it, and what it wants done first.
async fn wake(
    store: &Store,
    (next_seq, chain): (u64, ChainHead),
    settings: Settings,
    names: &Names,
) -> anyhow::Result<(Switch, Vec<Output>)> {
    let changes = load::changes(store).await?;
    let dnc = store.dnc().load().await?;
    let ledgers = load::ledgers(store, &changes).await?;
    let past = load::past(store, &changes).await?;
    let (callbacks, places) = (store.callbacks().open().await?, store.kept_places().open().await?);
    let restart = Restart { next_seq, chain, dnc, ledgers, callbacks, places };
    let mut switch = Switch::new(brain::clock(), settings, restart, wiring::seed()?);
    let mut first = vec![];
    for change in changes {
        if let Change::Trunk(trunk) = &change {
            names.follow(trunk);
        }
        switch.handle(brain::clock(), Input::Change(change), &mut first);
    }
    for input in past {
        switch.handle(brain::clock(), input, &mut first);
    }
    Ok((switch, first))
}

async fn keep_folding(fold: Fold) {
    if let Err(error) = fold.run().await {
        tracing::error!(%error, "records are not written any more; restart the switch");
    }
}

/// Waits until what a crash cut short is in the records, for the counts that are read from them; a
/// slow database holds nobody up.
async fn caught_up(mut folded: watch::Receiver<Progress>, last: u64) {
    let caught_up = folded.wait_for(|progress| progress.folded_to >= last);
    if tokio::time::timeout(CATCH_UP_MAX, caught_up).await.is_err() {
        tracing::warn!("the records are behind; counts may be short until the next start");
    }
}

/// How long a start waits for the records of what a crash cut short.
const CATCH_UP_MAX: Duration = Duration::from_secs(5);

/// How long calls may go on after the switch was told to stop.
const DRAIN_MAX: Duration = Duration::from_secs(30);

/// How long the far sides may take to answer the last BYEs.
const HANG_UP_MAX: Duration = Duration::from_secs(2);

const FOLD_MAX: Duration = Duration::from_secs(10);
