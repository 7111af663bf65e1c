//! The switch as a load harness wants it: no agents at work, only what passes through.
//!
//! ```text
//!  generator ─INVITE bench─▶ trunk "caller" ─ a DID that is closed ─▶ trunk "answerer" ─▶ generator
//!  generator ─REGISTER 501431NNNNN─▶ as many extensions as --accounts says
//! ```
//! Every call is a whole one: admitted by its trunk, answered, anchored, its record and that of the
//! second leg durable before the second INVITE leaves (R158). `bench/load/cordboard.py` starts it.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use anyhow::Context as _;
use clap::Parser;
use config::Config;
use cordboard::demo::scene::{Scene, Size};
use cordboard::io;
use dialer::campaigns::Deployment;
use jiff::{Timestamp, ToSpan as _};
use routing::{
    Agent, AgentNumber, Codec, Did, DidTarget, Number, Opening, Overflow, Trunk, TrunkAddress,
};
use store::agents::SipSecret;
use uuid::Uuid;

/// Starts a switch for the load harness and runs it until it is told to stop.
#[derive(Parser)]
struct Asked {
    /// An empty folder.
    state_dir: PathBuf,
    /// Where SIP over UDP is bound.
    #[arg(long)]
    listen: SocketAddr,
    /// Whose calls come in.
    #[arg(long)]
    caller: IpAddr,
    /// Where they go out.
    #[arg(long)]
    answerer: SocketAddr,
    /// Extensions `50143100000`, `50143100001`… with the secrets `secret00000`…
    #[arg(long, default_value_t = 0)]
    accounts: u32,
    /// The callers' codec.
    #[arg(long, default_value = "pcmu")]
    codec: String,
    /// The answerer's.
    #[arg(long, default_value = "pcmu")]
    answerer_codec: String,
    /// UDP ports for audio.
    #[arg(long, default_value = "10000-28999")]
    ports: String,
}

fn main() -> anyhow::Result<()> {
    let asked = Asked::parse();
    let mut config = Config::default();
    config.node.state_dir.clone_from(&asked.state_dir);
    config.sip.udp = vec![asked.listen];
    config.sip.tcp = vec![];
    config.media.address = Some(asked.listen.ip());
    config.media.ports = serde_json::from_value(asked.ports.as_str().into()).context("--ports")?;
    config.media.web = false;
    config.http.listen = SocketAddr::from(([127, 0, 0, 1], 0));
    config.http.tls = config::Tls::Off;
    config.limits.attempts_per_second = 1_000;
    config.limits.calls = config.media.ports.pairs() / 2;
    tokio::runtime::Runtime::new()?.block_on(async {
        furnish(&asked, &config).await?;
        let running = io::start(&config, Deployment::Live).await?;
        tokio::signal::ctrl_c().await?;
        running.stop().await
    })
}

async fn furnish(asked: &Asked, config: &Config) -> anyhow::Result<()> {
    std::fs::create_dir_all(&config.node.state_dir)?;
    let store = io::database::open(config).await?;
    let now = Timestamp::now();
    let scene = Scene::set(asked.answerer, Size { agents: 1, leads: 0 }, [7; 32])?;
    for cli in &scene.clis {
        store.clis().insert(cli, now).await?;
    }
    store.organisation().insert(&scene.organisation, now).await?;
    store.queues().insert(&scene.queue, now).await?;
    for trunk in trunks(asked)? {
        store.trunks().insert(&trunk, now).await?;
    }
    store.dids().insert(&closed_number(scene.queue.id, now)?, now).await?;
    for index in 0..asked.accounts {
        let agent = account(&scene.agents[0], index)?;
        store.agents().insert(&agent, now).await?;
        let extension = scene.organisation.prefix.extension(agent.number);
        let secret = format!("secret{index:05}");
        let realm = &config.sip.realm;
        let kept = SipSecret::new(agent.id, extension.as_str(), realm, &secret, now);
        store.sip_secrets().put(&kept).await?;
    }
    store.close().await;
    Ok(())
}

/// One for callers, and two to the answerer: one takes 1,000 calls a second and no more.
fn trunks(asked: &Asked) -> anyhow::Result<Vec<Trunk>> {
    let trunk = |name: &str, host: IpAddr, port: Option<u16>, codec: &str| {
        let transport = Some(routing::Transport::Udp);
        let address = TrunkAddress { host: host.to_string(), port, transport };
        let codec: Codec = serde_json::from_value(codec.into()).context("unknown codec")?;
        anyhow::Ok(Trunk {
            sources: vec![host],
            calls_max: 100_000,
            cps_max: 1_000,
            codecs: vec![codec],
            destinations: vec!["44".to_owned()],
            probe_s: 0,
            ..Trunk::new(Uuid::now_v7().into(), name, vec![address])
        })
    };
    let (host, port) = (asked.answerer.ip(), Some(asked.answerer.port()));
    let mut caller = trunk("Caller", asked.caller, Some(5062), &asked.codec)?;
    caller.destinations = vec![];
    Ok(vec![
        caller,
        trunk("Answerer", host, port, &asked.answerer_codec)?,
        trunk("Answerer too", host, port, &asked.answerer_codec)?,
    ])
}

/// A number where nobody is today or tomorrow, so that each call to it is sent on.
fn closed_number(queue: routing::QueueId, now: Timestamp) -> anyhow::Result<Did> {
    let today = now.to_zoned(jiff::tz::TimeZone::UTC).date();
    let on: Number = ANSWERER.parse().map_err(|why| anyhow::anyhow!("{ANSWERER}: {why}"))?;
    let opening = Opening {
        time_zone: "UTC".to_owned(),
        hours: vec![routing::Hours::new(routing::Days::ALL, 0, 0, 0, 0)],
        closed_on: [today, today.checked_add(1.day())?].into(),
        closed: Overflow::Number { number: on },
        notice: None,
    };
    Ok(Did {
        id: Uuid::now_v7().into(),
        number: CALLED.parse().map_err(|why| anyhow::anyhow!("{CALLED}: {why}"))?,
        label: None,
        target: DidTarget::Queue { queue },
        campaign: None,
        unavailable: Overflow::Notice,
        notice: None,
        opening: Some(opening),
    })
}

/// Ofcom's numbers for drama: nobody's.
const CALLED: &str = "+442079460123";
const ANSWERER: &str = "+442079460124";

fn account(pattern: &Agent, index: u32) -> anyhow::Result<Agent> {
    let number = 100_000 + index;
    Ok(Agent {
        id: Uuid::now_v7().into(),
        number: AgentNumber::try_from(number).map_err(|why| anyhow::anyhow!("{why}"))?,
        code: format!("A{number}"),
        username: None,
        campaigns: vec![],
        queues: vec![],
        ..pattern.clone()
    })
}
