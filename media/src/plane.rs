//! The plane as the brain holds it: a table of which worker has which stream, and the queues to
//! the workers.
//!
//! ```text
//!  brain ─send─▶ Plane ─Order─▶ worker 0 ─┐ Parcel (a stream and its sockets)
//!                      ─Order─▶ worker 1 ◀┘
//!        ◀──────────events────── both
//! ```
//! A stream starts on the worker that bound its port. A route that joins streams of two workers
//! moves the smaller group first: its worker hands the stream objects and their sockets over, and
//! the other obeys nothing until they are there. What the network sends meanwhile waits in the
//! sockets, so that a move loses no packet.

use std::{
    fs, io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::Arc,
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};
use serde::{Deserialize, Serialize};

use self::table::{Move, Table};
use crate::{
    command::{Command, StreamId},
    dtls::{DtlsSetup, Identity},
    event::{Event, Failure},
    library::Library,
    recording::{MasterKey, RecordingId},
    route::Route,
    session::{Session, Setup},
    worker::{Archive, Candidates, Order, Outbox, Recorder, Sockets, Wiring, Worker, home, queue},
};

mod table;

/// The running media plane; one in a process.
pub struct Plane {
    workers: Vec<Outbox>,
    threads: Vec<JoinHandle<()>>,
    table: Table,
    events: Arc<dyn Fn(Event) + Send + Sync>,
    parcels: u64,
    recorder: Option<(Recorder, JoinHandle<()>)>,
    web_port: Option<u16>,
}

/// How the plane is set up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Address that RTP sockets are bound to.
    pub address: IpAddr,
    /// Ports that may be bound; two are needed for each stream (RTP even, RTCP above it).
    pub ports: PortRange,
    /// Worker threads; 0 means one for every two cores, and at least one.
    pub workers: usize,
    /// Where nothing was sent for this long, one packet of silence is (RFC 6263); seconds, 0
    /// means never.
    pub keep_alive_s: u16,
    /// Where recordings are written; none: nothing is recorded.
    pub recordings: Option<Recordings>,
    /// Where browsers come in; none: no browser can be a party.
    #[serde(skip)]
    pub web: Option<WebDoor>,
    /// Seeds SSRCs, sequence numbers and the choice of ports; draw it from the system's randomness.
    #[serde(skip)]
    pub seed: [u8; 32],
}

/// Where recordings are written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recordings {
    /// Made if it is not there.
    pub folder: PathBuf,
    /// 32 bytes, or 64 hex digits, that encrypt them; none: they are not encrypted.
    pub key_file: Option<PathBuf>,
}

impl Recordings {
    /// Reads the key file. An error names it.
    pub fn key(&self) -> io::Result<Option<MasterKey>> {
        let Some(path) = &self.key_file else { return Ok(None) };
        let named = |why: String| {
            let text = format!("recording.key_file: {}: {why}", path.display());
            io::Error::new(io::ErrorKind::InvalidInput, text)
        };
        let bytes = fs::read(path).map_err(|error| named(error.to_string()))?;
        MasterKey::read(&bytes).map(Some).map_err(named)
    }
}

/// The one UDP port of all browsers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebDoor {
    /// On [`Config::address`]; 0 for any.
    pub port: u16,
    /// Whom browsers find there.
    pub identity: Identity,
}

/// A range of UDP ports, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PortRange {
    /// Lowest; 1024 or more.
    pub first: u16,
    /// Highest.
    pub last: u16,
}

impl PortRange {
    /// Whether `port` lies in the range.
    #[must_use]
    pub fn contains(&self, port: u16) -> bool {
        (self.first..=self.last).contains(&port)
    }
}

impl PortRange {
    fn check(self) -> io::Result<()> {
        if self.first < 1024 || self.last <= self.first {
            let text = format!(
                "media.ports: {} to {}; expected first ≥ 1024 and last above it",
                self.first, self.last
            );
            return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
        }
        Ok(())
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            address: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            ports: PortRange { first: 16_384, last: 32_767 },
            workers: 0,
            keep_alive_s: 15,
            recordings: None,
            web: None,
            seed: [0; 32],
        }
    }
}

impl Plane {
    /// Loads the shipped prompts and starts the workers. `events` is called on their threads and
    /// must not block. An error names the setting at fault.
    pub fn start(
        config: Config,
        events: impl Fn(Event) + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let Config { address, ports, workers, keep_alive_s, recordings, web, seed } = config;
        ports.check()?;
        let mut setup = setup(keep_alive_s)?;
        let events: Arc<dyn Fn(Event) + Send + Sync> = Arc::new(events);
        let count = worker_count(workers);
        let mut sockets = Vec::with_capacity(count);
        for _ in 0..count {
            sockets.push(Sockets::new()?);
        }
        let mut web_port = None;
        if let (Some(WebDoor { port, identity }), Some(first)) = (web, sockets.get_mut(DOOR)) {
            let named = |why: String| io::Error::other(format!("media.web_port: {port}: {why}"));
            let bound = first.open_door(SocketAddr::new(address, port));
            web_port = Some(bound.map_err(|error| named(error.to_string()))?);
            setup.dtls = Some(DtlsSetup::new(identity).map_err(named)?);
        }
        let queues = sockets.iter().map(|sockets| queue(sockets.waker()));
        let (workers, inboxes): (Vec<_>, Vec<_>) = queues.unzip();
        let table = Table::new(count);
        let mut random = ChaCha20Rng::from_seed(seed);
        let mut seed = || {
            let mut seed = [0; 32];
            random.fill_bytes(&mut seed);
            seed
        };
        let recorder = recordings.map(|recordings| {
            let master = recordings.key()?;
            let archive = Archive { folder: recordings.folder, master, seed: seed() };
            Recorder::start(archive, Arc::clone(&events))
        });
        let recorder = recorder.transpose()?;
        let writer = recorder.as_ref().map(|(recorder, _)| recorder.clone());
        let (threads, parcels) = (vec![], 0);
        let mut plane = Self { workers, threads, table, events, parcels, recorder, web_port };
        for (index, (sockets, inbox)) in sockets.into_iter().zip(inboxes).enumerate() {
            let wiring = Wiring {
                address,
                workers: plane.workers.clone(),
                events: Arc::clone(&plane.events),
                recorder: writer.clone(),
            };
            let session = Session::new(setup.clone(), seed());
            let candidates = Candidates::new(ports, index, count, seed());
            let worker = Worker::new(wiring, session, sockets, inbox, candidates);
            let thread = thread::Builder::new().name(format!("media-{index}"));
            plane.threads.push(thread.spawn(move || worker.run())?);
        }
        Ok(plane)
    }

    /// The port that all browsers share, if there is one.
    #[must_use]
    pub fn web_port(&self) -> Option<u16> {
        self.web_port
    }

    /// Hands a command over; never blocks. A worker with 16,384 commands waiting refuses new work
    /// with [`Failure::Overloaded`], but never a `Close`, of which there can be no more than there
    /// are streams.
    pub fn send(&mut self, command: Command) {
        match command {
            Command::Bind { count } => self.bind(count),
            Command::Stock { .. } => self.stock(&command),
            Command::Open { stream, port, ref negotiated, .. } => {
                let is_web = negotiated.web.is_some();
                self.open(stream, port, is_web, command);
            }
            Command::Close { stream } => match self.table.close(stream) {
                Some(worker) => self.give(worker, stream, command),
                None => self.fail(stream, Failure::UnknownStream),
            },
            Command::Route(route) => self.route(route),
            Command::Record { recording, ref channels } => {
                let sources = channels.iter().flatten().copied();
                self.record(recording, sources.collect(), command);
            }
            Command::Mask { recording, .. } => {
                let worker = self.table.recorder(recording);
                self.give_recording(worker, recording, command);
            }
            Command::StopRecord { recording, .. } => {
                let worker = self.table.stop_record(recording);
                self.give_recording(worker, recording, command);
            }
            Command::Update { stream, .. }
            | Command::Latch { stream }
            | Command::Play { stream, .. }
            | Command::Press { stream, .. }
            | Command::Listen { stream, .. }
            | Command::Follow { stream, .. }
            | Command::StopPlay { stream }
            | Command::Measure { stream, .. } => self.forward(stream, command),
        }
    }

    /// Ends all streams, without events, and waits for the workers.
    pub fn stop(mut self) {
        self.tell_all_to_stop();
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a media worker had panicked");
            }
        }
        // After the workers, whose last slots it writes.
        if let Some((recorder, thread)) = self.recorder.take() {
            recorder.stop();
            if thread.join().is_err() {
                tracing::error!("the recorder had panicked");
            }
        }
    }

    fn open(&mut self, stream: StreamId, port: u16, is_web: bool, command: Command) {
        let worker = if is_web { DOOR } else { home(port, self.workers.len()) };
        if is_web && self.web_port != Some(port) {
            return self.fail(stream, Failure::UnknownPort(port));
        }
        if self.workers[worker].is_full() {
            return self.fail(stream, Failure::Overloaded);
        }
        let table = &mut self.table;
        let is_new = if is_web { table.pin(stream, worker) } else { table.open(stream, worker) };
        if is_new {
            self.give(worker, stream, command);
        } else {
            self.fail(stream, Failure::StreamExists);
        }
    }

    fn bind(&self, count: u16) {
        let workers = self.workers.len();
        for (index, worker) in self.workers.iter().enumerate() {
            // The first workers take one more if it does not divide.
            let share = (usize::from(count) + workers - 1 - index) / workers;
            let count = u16::try_from(share).unwrap_or(u16::MAX);
            worker.send(Order::Command(Command::Bind { count }));
        }
    }

    /// Never refused for a full queue: administrators change prompts, and rarely.
    fn stock(&self, command: &Command) {
        for worker in &self.workers {
            if !worker.send(Order::Command(command.clone())) {
                self.fail_without_stream(Failure::WorkerLost);
            }
        }
    }

    fn forward(&self, stream: StreamId, command: Command) {
        match self.table.worker(stream) {
            None => self.fail(stream, Failure::UnknownStream),
            Some(worker) if self.workers[worker].is_full() => {
                self.fail(stream, Failure::Overloaded);
            }
            Some(worker) => self.give(worker, stream, command),
        }
    }

    fn give(&self, worker: usize, stream: StreamId, command: Command) {
        if !self.workers[worker].send(Order::Command(command)) {
            self.fail(stream, Failure::WorkerLost);
        }
    }

    fn route(&mut self, mut route: Route) {
        route.rows.retain_mut(|row| {
            row.hears.retain(|heard| self.is_known(heard.from));
            if row.hears.len() > Route::HEARD_MAX {
                self.fail(row.listener, Failure::TooManySources(row.hears.len()));
                return false;
            }
            self.is_known(row.listener)
        });
        if let Some(row) = route.rows.first()
            && self.workers.iter().any(Outbox::is_full)
        {
            self.fail(row.listener, Failure::Overloaded);
            return;
        }
        for gathering in self.table.route(&route) {
            self.transfer(gathering);
        }
        // Rows of one route may concern groups on different workers, which hear nothing of each
        // other: for each group its rows still take effect at once.
        let mut routes = vec![Route::default(); self.workers.len()];
        for row in route.rows {
            if let Some(worker) = self.table.worker(row.listener) {
                routes[worker].rows.push(row);
            }
        }
        for (worker, route) in routes.into_iter().enumerate() {
            if let Some(row) = route.rows.first() {
                self.give(worker, row.listener, Command::Route(route));
            }
        }
    }

    fn record(&mut self, recording: RecordingId, sources: Vec<StreamId>, command: Command) {
        if self.recorder.is_none() {
            self.fail_without_stream(Failure::NoRecorder);
            return;
        }
        let Some((worker, moves)) = self.table.record(recording, sources.into_iter()) else {
            self.fail_without_stream(Failure::UnknownRecording(recording));
            return;
        };
        for gathering in moves {
            self.transfer(gathering);
        }
        self.give_recording(Some(worker), recording, command);
    }

    /// Never refused for a full queue: there are no more of these than there are calls.
    fn give_recording(&self, worker: Option<usize>, recording: RecordingId, command: Command) {
        match worker {
            None => self.fail_without_stream(Failure::UnknownRecording(recording)),
            Some(worker) if self.workers[worker].send(Order::Command(command)) => {}
            Some(_) => self.fail_without_stream(Failure::WorkerLost),
        }
    }

    fn fail_without_stream(&self, failure: Failure) {
        (self.events)(Event::Failed { stream: None, failure });
    }

    fn transfer(&mut self, Move { streams, recordings, from, to }: Move) {
        self.parcels += 1;
        let parcel = self.parcels;
        // In this order, or the parcel could be there before anybody expects it.
        self.workers[to].send(Order::Expect(parcel));
        self.workers[from].send(Order::Depart { parcel, streams, recordings, to });
    }

    fn is_known(&self, stream: StreamId) -> bool {
        let known = self.table.worker(stream).is_some();
        if !known {
            self.fail(stream, Failure::UnknownStream);
        }
        known
    }

    fn fail(&self, stream: StreamId, failure: Failure) {
        (self.events)(Event::Failed { stream: Some(stream), failure });
    }

    fn tell_all_to_stop(&self) {
        for worker in &self.workers {
            worker.send(Order::Stop);
        }
    }
}

impl Drop for Plane {
    fn drop(&mut self) {
        self.tell_all_to_stop();
    }
}

impl std::fmt::Debug for Plane {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Plane").field("table", &self.table).finish_non_exhaustive()
    }
}

#[expect(clippy::disallowed_methods, reason = "the zero of the clock in RTCP reports")]
fn setup(keep_alive_s: u16) -> io::Result<Setup> {
    let invalid = |text| io::Error::new(io::ErrorKind::InvalidData, text);
    let library = Library::shipped().map_err(invalid)?;
    let keep_alive = Duration::from_secs(keep_alive_s.into());
    let keep_alive = (!keep_alive.is_zero()).then_some(keep_alive);
    Ok(Setup::new(Arc::new(library), keep_alive, Instant::now()))
}

fn worker_count(configured: usize) -> usize {
    if configured > 0 {
        return configured.min(WORKERS_MAX);
    }
    thread::available_parallelism().map_or(1, |cores| cores.get() / 2).clamp(1, WORKERS_MAX)
}

/// The worker that has the door.
const DOOR: usize = 0;

/// More would find no core and no port.
const WORKERS_MAX: usize = 64;
