//! The product under test: one switch with one agent, one campaign, one queue and one trunk.

use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU16, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use admin_api::live::{CallState, LiveEvent, News};
use admin_api::{AgentVerb, CallbackBy, Change, ClockIn, Command, Control as _};
use cordboard::demo::furnish::{Keys, furnish};
use cordboard::demo::scene::{Scene, Size};
use cordboard::io::control::Desk;
use cordboard::io::{self, Running};
use dialer::campaigns::Deployment;
use dialer::rules::ConsentRule;
use dialer::{Lead, LeadId};
use jiff::Timestamp;
use routing::{
    Agent, CallId, CampaignId, Cause, LinePlan, PauseClass, PauseReason, Queue, QueueId,
    RecordingId, StateName, Trunk, TrunkId,
};
use store::Store;
use store::attempts::{AttemptQuery, AttemptRecord};
use store::calls::{CallQuery, CallRecord};
use store::recordings::RecordingQuery;
use store::voicemails::{Voicemail, VoicemailQuery};
use tempfile::TempDir;
use uuid::Uuid;

use super::page::Door;

/// A running switch and what it was furnished with.
pub(crate) struct Product {
    running: Running,
    scene: Scene,
    keys: Keys,
    seen: Arc<Mutex<Seen>>,
    folder: TempDir,
}

/// The latest live views.
#[derive(Default)]
struct Seen {
    state: Option<StateName>,
    line_up: bool,
    registered: bool,
    dialling: bool,
    abandoned: u64,
}

impl Product {
    /// Starts it with a carrier at this port of loopback.
    pub(crate) async fn start(carrier: u16) -> Self {
        Self::start_with(carrier, |_, _| {}).await
    }

    /// Starts it with other settings.
    pub(crate) async fn start_with(
        carrier: u16,
        change: impl FnOnce(&mut config::Config, &mut Scene),
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = config::Config::default();
        config.node.state_dir = folder.path().to_owned();
        config.sip.udp = vec!["127.0.0.1:0".parse().unwrap()];
        let any = || vec!["127.0.0.1:0".parse().unwrap()];
        (config.sip.tcp, config.sip.tls) = (any(), any());
        (config.sip.ws, config.sip.wss) = (any(), any());
        config.media.address = Some("127.0.0.1".parse().unwrap());
        config.http.listen = "127.0.0.1:0".parse().unwrap();
        config.http.tls = config::Tls::Off;
        let seen = Arc::new(Mutex::new(Seen::default()));
        let carrier = SocketAddr::from(([127, 0, 0, 1], carrier));
        let mut scene = Scene::set(carrier, Size { agents: 1, leads: 0 }, [7; 32]).unwrap();
        change(&mut config, &mut scene);
        let store = Store::open(&folder.path().join("cordboard.db")).await.unwrap();
        let keys = furnish(&store, &scene, &config.sip.realm).await.unwrap();
        store.close().await;
        let running = Box::pin(io::start(&config, Deployment::Demo)).await.unwrap();
        let (desk, watched) = (running.desk.clone(), seen.clone());
        tokio::spawn(async move {
            let mut follower = desk.hub().follow();
            loop {
                let (News::Live(events) | News::Since(events)) = follower.next().await;
                let mut seen = watched.lock().unwrap();
                for event in &events {
                    seen.notice(event);
                }
            }
        });
        Self { running, scene, keys, seen, folder }
    }

    /// A UDP port that nobody uses now.
    pub(crate) fn free_port() -> u16 {
        UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
    }

    /// A port whose neighbour is free as well: baresip listens on the next one too, by TLS. Below
    /// those that the kernel gives to whoever connects, and to each telephone others.
    pub(crate) fn free_pair() -> u16 {
        static NEXT: AtomicU16 = AtomicU16::new(0);
        for _ in 0..2_000 {
            let port = 20_000 + NEXT.fetch_add(1, Relaxed) % 5_000 * 2;
            let at = |port: u16| ("127.0.0.1", port);
            let free = UdpSocket::bind(at(port)).is_ok()
                && TcpListener::bind(at(port)).is_ok()
                && TcpListener::bind(at(port + 1)).is_ok();
            if free {
                return port;
            }
        }
        panic!("no two ports are free between 20000 and 30000");
    }

    pub(crate) fn sip(&self) -> SocketAddr {
        self.running.sip[0]
    }

    /// Where telephones find the switch by this transport.
    pub(crate) fn sip_over(&self, transport: &str) -> SocketAddr {
        let streams = &self.running.sip_streams;
        match transport {
            "udp" => self.sip(),
            "tcp" => streams.tcp[0],
            "tls" => streams.tls[0],
            other => panic!("no telephone comes by {other}"),
        }
    }

    pub(crate) fn door(&self, door: Door) -> SocketAddr {
        match door {
            Door::Http => self.running.http,
            Door::Ws => self.running.sip_streams.ws[0],
            Door::Wss => self.running.sip_streams.wss[0],
        }
    }

    /// The certificate that the switch made for itself.
    pub(crate) fn certificate(&self) -> PathBuf {
        self.folder.path().join("certificate.pem")
    }

    pub(crate) fn extension(&self) -> &str {
        &self.keys.agents[0].extension
    }

    pub(crate) fn secret(&self) -> &str {
        self.keys.agents[0].secret.reveal()
    }

    pub(crate) fn queue(&self) -> QueueId {
        self.scene.queue.id
    }

    pub(crate) fn campaign(&self) -> CampaignId {
        self.scene.campaign.id
    }

    /// Changes the queue, in the switch alone.
    pub(crate) fn change_queue(&self, change: impl FnOnce(&mut Queue)) {
        let mut queue = self.scene.queue.clone();
        change(&mut queue);
        self.tell(Change::Queue(Box::new(queue)));
    }

    /// Puts the campaign under a law like Germany's: who rings is not given up.
    pub(crate) fn never_cancel(&self) {
        let mut campaign = self.scene.campaign.clone();
        let mut law = dialer::rules::shipped().into_iter().find(|law| !law.cancel_ringing).unwrap();
        (law.window, law.consent) = (campaign.window.clone(), ConsentRule::None);
        assert!(law.broken_by(&campaign).is_empty());
        campaign.profile = Some(law.id);
        self.tell(Change::Profile(Box::new(law)));
        self.tell(Change::Campaign(Box::new(campaign)));
    }

    pub(crate) fn desk(&self) -> &Desk {
        &self.running.desk
    }

    pub(crate) fn store(&self) -> &Store {
        &self.running.store
    }

    pub(crate) fn did(&self) -> String {
        self.scene.dids[0].number.to_string()
    }

    /// The number at this place among those of the scene.
    pub(crate) fn number(&self, index: usize) -> String {
        self.scene.dids[index].number.to_string()
    }

    /// The agent's profile, as it was furnished.
    pub(crate) fn profile(&self) -> &Agent {
        &self.scene.agents[0]
    }

    pub(crate) async fn clock_in_by(&self, line: LinePlan) {
        let chosen = ClockIn { line: Some(line), ..ClockIn::default() };
        self.agent(AgentVerb::ClockIn(chosen)).await;
    }

    pub(crate) fn campaign_cli(&self) -> String {
        self.scene.campaign.cli.unwrap().to_string()
    }

    /// Gives the campaign its leads.
    pub(crate) async fn dial(&self, numbers: &[&str]) {
        let leads: Vec<_> = numbers
            .iter()
            .map(|number| {
                let id = LeadId::from(Uuid::now_v7());
                Lead::new(id, self.scene.list, number.parse().unwrap())
            })
            .collect();
        self.running.store.leads().insert(&leads, Timestamp::now()).await.unwrap();
        self.tell(Change::ListChanged { list: self.scene.list });
    }

    /// The trunk, changed; its id.
    pub(crate) fn trunk(&self, change: impl FnOnce(&mut Trunk)) -> TrunkId {
        let mut trunk = self.scene.trunk.clone();
        change(&mut trunk);
        let id = trunk.id;
        self.tell(Change::Trunk(Box::new(trunk)));
        id
    }

    pub(crate) fn tell(&self, change: Change) {
        self.running.desk.changed(change).unwrap();
    }

    /// The agent does something at the desk.
    pub(crate) async fn agent(&self, verb: AgentVerb) {
        let agent = self.keys.agents[0].id;
        let command = Command::Agent { agent, by: Cause::Agent, verb };
        self.running.desk.command(command).await.unwrap();
    }

    /// The agent clocks in, and is ready once the telephone is there.
    pub(crate) async fn at_work(&self) {
        self.clock_in().await;
        self.wait_for_line().await;
        self.agent(AgentVerb::Ready).await;
    }

    pub(crate) async fn clock_in(&self) {
        self.agent(AgentVerb::ClockIn(ClockIn::default())).await;
    }

    pub(crate) async fn pause(&self) {
        let reason = Some(PauseReason::of(PauseClass::Break));
        self.agent(AgentVerb::Pause { reason }).await;
    }

    pub(crate) async fn dispose(&self, code: &str) {
        let code = code.to_owned();
        let verb = AgentVerb::Dispose {
            call: None,
            code,
            notes: None,
            callback_at: None,
            callback_by: CallbackBy::Anyone,
            callback_zone: None,
        };
        self.agent(verb).await;
    }

    pub(crate) async fn wait_for(&self, state: StateName) {
        self.wait(&format!("the agent to be {state}"), |seen| seen.state == Some(state)).await;
    }

    pub(crate) async fn wait_for_line(&self) {
        self.wait("the agent's line", |seen| seen.line_up).await;
    }

    /// Whether the agent's line is up, as far as the desk was told.
    pub(crate) fn has_line(&self) -> bool {
        self.seen.lock().unwrap().line_up
    }

    pub(crate) async fn wait_for_no_line(&self) {
        self.wait("the agent's line to be hung up", |seen| !seen.line_up).await;
    }

    pub(crate) async fn wait_for_telephone(&self) {
        self.wait("the telephone to register", |seen| seen.registered).await;
    }

    pub(crate) async fn wait_for_dialling(&self) {
        self.wait("a call to ring", |seen| seen.dialling).await;
    }

    /// Abandoned calls as the campaign counts them, once they are so many: the live feed may tell
    /// of a call after the store does.
    pub(crate) async fn abandoned(&self, least: u64) -> u64 {
        self.wait("the campaign to count", |seen| seen.abandoned >= least).await;
        self.seen.lock().unwrap().abandoned
    }

    /// All attempts, once so many have ended.
    pub(crate) async fn attempts(&self, count: usize) -> Vec<AttemptRecord> {
        let end = Instant::now() + PATIENCE;
        loop {
            let query = AttemptQuery::default();
            let found = self.running.store.attempts().list(&query).await.unwrap().items;
            if found.iter().filter(|attempt| attempt.ended_at.is_some()).count() == count {
                return found;
            }
            assert!(Instant::now() < end, "{count} ended attempts expected: {found:#?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// All calls, once so many have ended.
    pub(crate) async fn calls(&self, count: usize) -> Vec<CallRecord> {
        let end = Instant::now() + PATIENCE;
        loop {
            let found = self.running.store.calls().list(&CallQuery::default()).await.unwrap().items;
            if found.iter().filter(|call| call.ended_at.is_some()).count() == count {
                return found;
            }
            assert!(Instant::now() < end, "{count} ended calls expected: {found:#?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// What happened to the audio of a call, in its order, once it is in the database.
    pub(crate) async fn audio_steps(&self, call: CallId) -> Vec<String> {
        let steps = self.running.store.calls().steps(call).await.unwrap();
        let audio = steps.into_iter().filter(|step| step.step.starts_with("audio"));
        audio.map(|one| format!("{} {}", one.step, one.note.unwrap_or_default())).collect()
    }

    /// What agent and customer said, as the API plays it, once the only recording has ended.
    pub(crate) async fn recording(&self) -> [Vec<i16>; 2] {
        let end = Instant::now() + PATIENCE;
        let record = loop {
            let query = RecordingQuery::default();
            let found = self.running.store.recordings().list(&query).await.unwrap().items;
            match found.into_iter().find(|recording| recording.ended_at.is_some()) {
                Some(ended) => break ended,
                None => assert!(Instant::now() < end, "no recording has ended"),
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        };
        assert_eq!((record.gap_ms, record.interrupted), (Some(0), false));
        self.audio(record.id)
    }

    /// The only message that was left and its two channels, the caller's last.
    pub(crate) async fn message(&self) -> (Voicemail, [Vec<i16>; 2]) {
        let end = Instant::now() + PATIENCE;
        let message = loop {
            let query = VoicemailQuery::default();
            let found = self.running.store.voicemails().list(&query).await.unwrap().items;
            match found.into_iter().next() {
                Some(message) => break message,
                None => assert!(Instant::now() < end, "nobody left a message"),
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        };
        let audio = self.audio(message.id);
        (message, audio)
    }

    fn audio(&self, id: RecordingId) -> [Vec<i16>; 2] {
        let mut audio = self.running.desk.shelf().unwrap().open(id).unwrap();
        let wav = audio.read_wav(0, usize::MAX).unwrap();
        let samples = hound::WavReader::new(wav.as_slice()).unwrap().into_samples::<i16>();
        let samples: Vec<_> = samples.map(Result::unwrap).collect();
        [0, 1].map(|channel| samples.iter().copied().skip(channel).step_by(2).collect())
    }

    /// Ends whatever a caller of the DID has come to.
    pub(crate) async fn end_inbound(&self) {
        let found = self.running.store.calls().list(&CallQuery::default()).await.unwrap().items;
        let inbound = |call: &&CallRecord| call.direction == store::Direction::Inbound;
        let call = found.iter().find(inbound).unwrap().id;
        self.running.desk.command(Command::EndCall { call }).await.unwrap();
    }

    /// Sends the agent home and finds nothing left once SIP's longest timer (32 s) has run.
    pub(crate) async fn stop_clean(self) {
        let agent = self.keys.agents[0].id;
        let verb = AgentVerb::ClockOut { reason: None };
        let command = Command::Agent { agent, by: Cause::Agent, verb };
        let end = Instant::now() + Duration::from_mins(1);
        loop {
            let _ = self.running.desk.command(command.clone()).await;
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

    async fn wait(&self, what: &str, met: impl Fn(&Seen) -> bool) {
        let end = Instant::now() + PATIENCE;
        while !met(&self.seen.lock().unwrap()) {
            assert!(Instant::now() < end, "waited in vain for {what}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

impl Seen {
    fn notice(&mut self, event: &LiveEvent) {
        match event {
            LiveEvent::Agent(view) => {
                self.state = Some(view.state);
                self.line_up = view.line_up;
                self.registered = view.registered;
            }
            LiveEvent::Call(view) => {
                self.dialling |= matches!(view.state, CallState::Dialling | CallState::Ringing);
            }
            LiveEvent::Campaign(view) => self.abandoned = view.abandoned,
            _ => {}
        }
    }
}

const PATIENCE: Duration = Duration::from_secs(40);
