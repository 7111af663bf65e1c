//! A campaign of recorded messages that is dialled as fast as it may be, and SIPp as the carrier,
//! which keeps a log of its own of every INVITE.

use std::collections::BTreeMap;
use std::net::{SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use ::config::Config;
use cordboard::demo::furnish::furnish;
use cordboard::demo::scene::{Scene, Size};
use cordboard::io;
use dialer::campaigns::Mode;
use dialer::{Lead, LeadId};
use jiff::Timestamp;
use routing::Prompt;
use store::Store;
use uuid::Uuid;

/// Half a second of speech, as an organisation's own prompt; its name.
pub(crate) async fn stocked(store: &Store) -> String {
    let wav = include_bytes!("../../media/prompts/number-1.wav");
    let prompt = Prompt {
        id: Uuid::now_v7().into(),
        name: "One".to_owned(),
        text: None,
        source: "PCM 16 bit, 8000 Hz, 1 channel".to_owned(),
        sha256: store.prompt_audio().keep(wav, Timestamp::now()).await.unwrap(),
        duration_ms: 500,
        loudness_db: -20,
        peak_db: -6,
        clipped: 0,
    };
    store.prompts().insert(&prompt, Timestamp::now()).await.unwrap();
    prompt.name
}

/// A database with a campaign of recorded messages and as many leads.
pub(crate) async fn furnished(config: &Config, carrier: u16, leads: usize) -> Scene {
    let carrier = SocketAddr::from(([127, 0, 0, 1], carrier));
    let mut scene = Scene::set(carrier, Size { agents: 1, leads: 0 }, [7; 32]).unwrap();
    scene.campaign.mode = Mode::Agentless { max_live: AT_ONCE };
    let store = io::database::open(config).await.unwrap();
    scene.campaign.message = Some(stocked(&store).await);
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

pub(crate) fn config(folder: &Path) -> Config {
    let mut config = Config::default();
    folder.clone_into(&mut config.node.state_dir);
    let any = || vec!["127.0.0.1:0".parse().unwrap()];
    config.sip.udp = any();
    (config.sip.tcp, config.sip.tls) = (any(), any());
    (config.sip.ws, config.sip.wss) = (any(), any());
    config.media.address = Some("127.0.0.1".parse().unwrap());
    config.http.listen = "127.0.0.1:0".parse().unwrap();
    config.http.tls = config::Tls::Off;
    config.webhooks.private = vec!["127.0.0.1".parse().unwrap()];
    config
}

pub(crate) fn free_port() -> u16 {
    UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// SIPp as the carrier, with its log.
pub(crate) struct Sipp {
    child: Child,
    log: PathBuf,
}

impl Sipp {
    pub(crate) fn carrier(port: u16, folder: &Path) -> Self {
        Self::start("carrier.xml", port, folder, &[])
    }

    pub(crate) fn start(scenario: &str, port: u16, folder: &Path, more: &[&str]) -> Self {
        let scenario = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faults").join(scenario);
        let log = folder.join("sipp.log");
        let child = Command::new("sipp")
            .arg("-sf")
            .arg(scenario)
            .args(["-i", "127.0.0.1", "-p", &port.to_string(), "-nostdin", "-trace_logs"])
            .args(more)
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

    /// How many INVITEs it has logged until now.
    pub(crate) fn invites(&self) -> usize {
        let log = std::fs::read_to_string(&self.log).unwrap_or_default();
        log.lines().filter(|line| line.starts_with("invited ")).count()
    }

    /// Everything it has logged, once it has stopped.
    pub(crate) fn whole_log(mut self) -> String {
        // SIGINT: SIPp writes what it still holds.
        let _ = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status();
        let _ = self.child.wait();
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// The Call-IDs of the INVITEs to each number.
    pub(crate) fn log(self) -> BTreeMap<String, Vec<String>> {
        let mut invited: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for line in self.whole_log().lines() {
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

/// Calls at a time: each takes about a second, so some twenty begin each second.
const AT_ONCE: u16 = 24;
