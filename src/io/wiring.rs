//! How each edge is made from the configuration.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use admin_api::call_in::Prover;
use admin_api::{Api, Control};
use anyhow::Context as _;
use config::{Config, Tls};
use dialer::campaigns::Deployment;
use dialer::permit::ChainHead;
use jiff::Timestamp;
use media::sdp::{Codec, SrtpPolicy};
use media::{Country, Plane, PortRange};
use rustls::ClientConfig;
use store::{Entry, Event, Fold, Journal, Options, Report, Store, fold};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};

use super::brain::Letter;
use super::certificates::Certificates;
use super::connections::{Connections, Heard};
use super::control::Desk;
use super::inbox::{Class, Inbox, class_of};
use super::listeners::{Bound, HTTP_1, websocket_settings};
use super::outbound::Outbound;
use super::shelf::Recordings;
use super::webhooks::Courier;
use super::{
    Records, asked, certificates, http as listener, pages, proving, stun, webhooks, websocket,
};
use crate::switch::{Asked, Input, Proof, Settings, WebDoor};

/// Opens the journal, and ends in it what a crash had left alive (FAULTS F1).
pub(super) async fn journal(
    config: &Config,
    store: &Store,
    shelf: &Recordings,
    inbox: &Arc<Inbox<Letter>>,
) -> anyhow::Result<(Journal, ChainHead, Arc<AtomicU64>)> {
    let durable = Arc::new(AtomicU64::new(0));
    let (reached, inbox) = (durable.clone(), inbox.clone());
    let report = move |report| {
        let input = match report {
            Report::Durable(seq) => {
                reached.store(seq, Ordering::Release);
                Input::Durable(seq)
            }
            Report::OnReserve => Input::JournalTrouble(Some("the disk is full".to_owned())),
            Report::Failed(error) => {
                tracing::error!(%error, "the journal cannot be written: dialling stops");
                Input::JournalTrouble(Some(error.to_string()))
            }
            Report::Restored => Input::JournalTrouble(None),
        };
        // Should the queue be full, the brain still finds the number itself.
        let _ = inbox.push(Instant::now(), Class::Running, Letter::Input(input));
    };
    let dir = config.node.state_dir.join("journal");
    let (mut journal, recovered) = Journal::open(&dir, &Options::default(), report)?;
    if let Some(cut) = &recovered.cut {
        tracing::warn!(?cut, "the journal's last write was not whole; what was promised is there");
    }
    let mut records = Fold::open(store, &journal).await?;
    records.catch_up().await?;
    let now = Timestamp::now();
    let died_at = recovered.last_at.unwrap_or(now);
    let started = Event::Started { version: env!("CARGO_PKG_VERSION").to_owned() };
    let mut ended = fold::interrupted(store, died_at, now).await?;
    ended.extend(shelf.interrupted(store).await?);
    if !ended.is_empty() {
        tracing::warn!(count = ended.len(), "ended what a crash had left alive");
    }
    // What was alive ended with the crash and not with the restart.
    let ended = ended.into_iter().map(|event| (died_at, event));
    for (at, event) in ended.chain([(now, started)]) {
        journal.append(&Entry { seq: journal.next_seq(), at, event })?;
    }
    Ok((journal, recovered.chain, durable))
}

/// Who answers what workflows ask.
pub(super) fn asking(
    config: &Config,
    store: &Store,
    inbox: &Arc<Inbox<Letter>>,
) -> anyhow::Result<mpsc::Sender<Asked>> {
    let (asking, questions) = mpsc::channel(asked::ASKED_MAX);
    let outbound = Outbound::new(certificates::public_client()?, &config.webhooks.private);
    tokio::spawn(asked::answer(store.clone(), outbound, inbox.clone(), questions));
    Ok(asking)
}

/// Who proves the PINs of agents who call in.
pub(super) fn proving(store: &Store, inbox: &Arc<Inbox<Letter>>) -> mpsc::Sender<Proof> {
    let (proving, proofs) = mpsc::channel(proving::PROOFS_MAX);
    tokio::spawn(proving::answer(Prover::new(store.clone()), inbox.clone(), proofs));
    proving
}

/// Who tells webhooks what was folded.
pub(super) fn webhooks(
    config: &Config,
    store: &Store,
    records: &Records,
    stop: &watch::Receiver<bool>,
) -> anyhow::Result<()> {
    let outbound = Outbound::new(certificates::public_client()?, &config.webhooks.private);
    webhooks::open(Courier::new(store, outbound), records.progress.clone(), stop.clone());
    Ok(())
}

/// Who asks identity providers.
pub(super) fn sign_in(config: &Config) -> anyhow::Result<Outbound> {
    Ok(Outbound::new(certificates::public_client()?, &config.sign_in.private))
}

/// Connections whose messages reach the brain.
pub(super) fn connections(
    inbox: &Arc<Inbox<Letter>>,
    client: Arc<ClientConfig>,
    stop: &watch::Receiver<bool>,
) -> Connections {
    let inbox = inbox.clone();
    Connections::new(tokio::runtime::Handle::current(), stop.clone(), client, move |heard| {
        let (class, input) = match heard {
            Heard::Message(flow, bytes) => (class_of(&bytes), Input::Sip(flow, bytes)),
            Heard::Unframed(flow, rejected) => (Class::Fresh, Input::Unframed(flow, rejected)),
            Heard::Closed(flow) => (Class::Running, Input::FlowClosed(flow)),
            Heard::Failed(flow) => (Class::Running, Input::FlowFailed(flow)),
        };
        // Full: the sender sends it again.
        let _ = inbox.push(Instant::now(), class, Letter::Input(input));
    })
}

/// What the brain is told at its start.
pub(super) async fn settings(
    config: &Config,
    sip_udp: Vec<SocketAddr>,
    streams: &Bound,
    web: Option<WebDoor>,
    inbox: &Arc<Inbox<Letter>>,
) -> Settings {
    let mut sip = sip::Config::new(config.sip.realm.clone());
    let media = config.media_address();
    let shown = public_address(config, media, inbox).await;
    sip.advertised = shown;
    let calls_max = usize::try_from(config.limits.calls).unwrap_or(usize::MAX);
    Settings {
        sip,
        sip_udp,
        sip_tcp: streams.tcp.clone(),
        sip_tls: streams.tls.clone(),
        media_address: shown.unwrap_or(media),
        srtp: match config.media.srtp {
            config::Srtp::Off => SrtpPolicy::Off,
            config::Srtp::Prefer => SrtpPolicy::Prefer,
            config::Srtp::Require => SrtpPolicy::Require,
        },
        codecs: codecs_of(&config.media.codecs),
        web_codecs: codecs_of(&config.media.web_codecs),
        web,
        follow_talk: config.media.follow_talk,
        tones: Country::of_number(&config.media.tones).unwrap_or_default(),
        media_ports: port_range(config),
        allow_loopback: media.is_loopback(),
        ports_ahead: PORTS_AHEAD,
        calls_max,
        attempts_per_second: config.limits.attempts_per_second,
    }
}

fn codecs_of(listed: &[config::Codec]) -> Vec<Codec> {
    let codec = |listed: &config::Codec| match listed {
        config::Codec::Pcma => Codec::Pcma,
        config::Codec::Pcmu => Codec::Pcmu,
        config::Codec::G722 => Codec::G722,
        config::Codec::Opus => Codec::Opus,
    };
    listed.iter().map(codec).collect()
}

/// Where the world sees us: as it is written, else as a STUN server says, now and from now on.
async fn public_address(
    config: &Config,
    media: IpAddr,
    inbox: &Arc<Inbox<Letter>>,
) -> Option<IpAddr> {
    if config.sip.public_address.is_some() {
        return config.sip.public_address;
    }
    let server = config.sip.stun_server.clone()?;
    let learned = match stun::learn(&server, media).await {
        Ok(learned) => Some(learned),
        Err(error) => {
            tracing::error!(%server, %error, "the public address is not known; asked again");
            None
        }
    };
    tokio::spawn(stun::follow(server, media, learned, inbox.clone()));
    learned
}

/// The media plane, whose reports reach the brain, and where browsers come in.
pub(super) fn plane(
    config: &Config,
    inbox: Arc<Inbox<Letter>>,
) -> anyhow::Result<(Plane, Option<WebDoor>)> {
    let identity = config.media.web.then(identity).transpose()?;
    let fingerprint = identity.as_ref().map(media::Identity::fingerprint);
    let port = config.media.web_port.unwrap_or(config.http.listen.port());
    let plane = media::Config {
        address: config.media_address(),
        ports: port_range(config),
        workers: config.media.workers.map_or(0, |workers| usize::from(workers.get())),
        recordings: Some(recordings(config)),
        web: identity.map(|identity| media::WebDoor { port, identity }),
        seed: seed()?,
        ..media::Config::default()
    };
    let plane = Plane::start(plane, move |event| {
        let letter = Letter::Input(Input::Media(event));
        if inbox.push(Instant::now(), Class::Running, letter).is_err() {
            tracing::error!("the brain is behind: a media report is lost");
        }
    })
    .context("cannot start the media plane")?;
    let door = plane.web_port().zip(fingerprint);
    let door = door.map(|(port, fingerprint)| WebDoor { port, fingerprint });
    Ok((plane, door))
}

/// A certificate for browsers' DTLS, new at each start: SDP says which one it is.
fn identity() -> anyhow::Result<media::Identity> {
    let made = rcgen::generate_simple_self_signed(vec!["cordboard".to_owned()]);
    let made = made.context("cannot make a certificate for DTLS")?;
    let certificate = made.cert.der().to_vec();
    Ok(media::Identity { certificate, private_key: made.signing_key.serialize_der() })
}

/// Where recordings are written.
pub(crate) fn recordings(config: &Config) -> media::Recordings {
    let folder = config.recording.folder.clone();
    media::Recordings {
        folder: folder.unwrap_or_else(|| config.node.state_dir.join("recordings")),
        key_file: config.recording.key_file.clone(),
    }
}

/// Where recordings are played from. An error names the key file.
pub(super) fn shelf(config: &Config) -> anyhow::Result<Recordings> {
    Ok(Recordings::new(&recordings(config))?)
}

/// Binds the API and serves it in a task of its own.
pub(super) async fn http(
    config: &Config,
    store: &Store,
    (desk, certificates, connections): (Arc<Desk>, &Arc<Certificates>, &Connections),
    deployment: Deployment,
    stop: watch::Receiver<bool>,
) -> anyhow::Result<SocketAddr> {
    let address = config.http.listen;
    let bound = TcpListener::bind(address).await;
    let bound = bound.with_context(|| format!("cannot bind the API to {address}"))?;
    let address = bound.local_addr()?;
    let tls = match config.http.tls {
        Tls::Off => None,
        Tls::Files { .. } | Tls::SelfSigned => Some(certificates.server(None, &[HTTP_1])?),
    };
    let control: Arc<dyn Control> = desk;
    let router =
        admin_api::router(Api::new(store.clone(), control, api_settings(config, deployment)));
    // The pages stand around the API alone: `/sip` is a socket's.
    let frames = pages::Frames(Some(store.clone()));
    let layer = axum::middleware::from_fn_with_state(frames, pages::before_the_api);
    let router = router.layer(layer);
    let sip = websocket::router(connections.clone(), websocket_settings(config));
    let router = sip.merge(router);
    tokio::spawn(listener::serve(bound, tls, router, stop));
    Ok(address)
}

/// What the configuration says about the API.
fn api_settings(config: &Config, deployment: Deployment) -> admin_api::Settings {
    let mib = usize::try_from(config.limits.upload_mib).unwrap_or(usize::MAX);
    admin_api::Settings {
        realm: config.sip.realm.clone(),
        sip_domain: config.sip.domain(),
        sip_websocket_path: config.sip.websocket_path.clone(),
        metrics_from: config.http.metrics_from.clone(),
        secure_cookies: config.http.tls != Tls::Off || config.http.behind_proxy,
        behind_proxy: config.http.behind_proxy,
        public_origin: config.http.public_url.clone(),
        upload_bytes_max: mib.saturating_mul(1 << 20),
        deployment,
        viewers_max: usize::try_from(config.limits.viewers).unwrap_or(usize::MAX),
        plain_webhooks: !config.webhooks.private.is_empty(),
        plain_sign_in: !config.sign_in.private.is_empty(),
    }
}

/// 32 bytes that nobody can guess.
pub(super) fn seed() -> anyhow::Result<[u8; 32]> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).context("the system has no randomness")?;
    Ok(seed)
}

fn port_range(config: &Config) -> PortRange {
    PortRange { first: config.media.ports.first(), last: config.media.ports.last() }
}

/// RTP ports kept bound ahead of need: a burst of calls. Each takes two sockets, and 1,024 file
/// handles are all that many systems give.
const PORTS_AHEAD: u16 = 128;
