//! `cordboard demo`: stage, switch and people together, from the first line to the report.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use config::Config;
use dialer::campaigns::Deployment;
use sip::Secret;

use super::agent::{Habits, Profile, Telephone};
use super::board::Board;
use super::furnish::{AgentKeys, Keys, furnish};
use super::outcomes::Laws;
use super::report::Report;
use super::scene::Size;
use super::stage::Stage;
use super::welcome::{User, Welcome};
use crate::cli::Demo;
use crate::io::{self, Running};

/// Runs the demo to its end; prints what it came to.
pub fn run(args: &Demo) -> anyhow::Result<()> {
    let folder = Folder::for_demo(args.state_dir.as_deref())?;
    let mut config = Config::default();
    config.node.state_dir.clone_from(&folder.path);
    config.log.level = config::LogLevel::Warn;
    io::log(&config);
    let report = io::runtime()?.block_on(async {
        if args.headless {
            Box::pin(headless(args, config)).await.map(Some)
        } else {
            Box::pin(live(args, config)).await
        }
    })?;
    if let Some(report) = report {
        print(&report, args.json)?;
    }
    Ok(())
}

/// Simulated agents for a time, then the report.
async fn headless(args: &Demo, mut config: Config) -> anyhow::Result<Report> {
    let any = SocketAddr::new(LOOPBACK, 0);
    config.sip.udp = vec![any];
    config.sip.tcp = vec![any];
    config.http.listen = any;
    config.http.tls = config::Tls::Off;
    let agents = args.agents.unwrap_or(AGENTS_HEADLESS);
    let (mut stage, keys, running) = open(&config, agents, args).await?;
    stage.staff(&running, profiles(&config, &keys.agents), Habits::default()).await?;
    let duration = args.duration.unwrap_or(HEADLESS_FOR);
    let end = async {
        tokio::select! {
            () = tokio::time::sleep(duration) => {}
            _ = tokio::signal::ctrl_c() => {}
        }
    };
    let board = Board::on_stderr();
    stage.watch(end, |status| board.show(status)).await;
    board.finish();
    let report = stage.close(&running).await;
    running.stop().await?;
    Ok(report)
}

/// A switch to look at: the first agent's seat is free for a person, the others are simulated.
async fn live(args: &Demo, mut config: Config) -> anyhow::Result<Option<Report>> {
    take_free_ports(&mut config).await;
    let agents = args.agents.unwrap_or(AGENTS_LIVE);
    let (mut stage, keys, running) = open(&config, agents, args).await?;
    let (free, simulated) = keys.agents.split_at(SEATS_FREE.min(keys.agents.len()));
    let did = stage.scene().dids.first().map(|did| did.number.to_string()).unwrap_or_default();
    println!("{}", welcome(&config, &running, &keys, free.len(), &did));
    stage.staff(&running, profiles(&config, simulated), Habits::default()).await?;
    let board = Board::on_stderr();
    let end = async {
        let interrupted = tokio::signal::ctrl_c();
        match args.duration {
            Some(duration) => drop(tokio::time::timeout(duration, interrupted).await),
            None => drop(interrupted.await),
        }
    };
    stage.watch(end, |status| board.show(status)).await;
    board.finish();
    eprintln!("\nStopping: no more dialling, calls come to their end. Ctrl-C again to leave now.");
    let report = tokio::select! {
        report = stage.close(&running) => Some(report),
        _ = tokio::signal::ctrl_c() => None,
    };
    running.stop().await?;
    Ok(report)
}

/// Sets the stage, furnishes the store, and starts the switch.
async fn open(config: &Config, agents: u16, args: &Demo) -> anyhow::Result<(Stage, Keys, Running)> {
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&args.seed.to_be_bytes());
    let mut laws = Laws::demo(seed);
    if let Some(longest) = args.talk.and_then(|talk| u32::try_from(talk.as_millis()).ok()) {
        laws.talk_ms = longest / 2..=longest;
    }
    let stage = Stage::set(LOOPBACK, Size { agents, leads: LEADS }, laws).await?;
    let dir = &config.node.state_dir;
    io::first_start::state_dir(dir)?;
    let store = io::database::open(config).await?;
    let keys = furnish(&store, stage.scene(), &config.sip.realm).await?;
    store.close().await;
    let running = io::start(config, Deployment::Demo).await?;
    Ok((stage, keys, running))
}

fn profiles(config: &Config, keys: &[AgentKeys]) -> Vec<Profile> {
    let profile = |keys: &AgentKeys| Profile {
        id: keys.id,
        telephone: Telephone {
            extension: keys.extension.clone(),
            secret: Secret::Password(keys.secret.reveal().to_owned()),
            domain: config.sip.domain(),
        },
    };
    keys.iter().map(profile).collect()
}

fn welcome(config: &Config, running: &Running, keys: &Keys, free: usize, did: &str) -> String {
    let domain = config.sip.domain();
    let scheme = if config.http.tls == config::Tls::Off { "http" } else { "https" };
    let web = format!("{scheme}://{}", running.http);
    let administrator = User {
        name: "administrator",
        username: &keys.administrator.username,
        password: keys.administrator.password.reveal(),
        telephone: None,
        simulated: false,
    };
    let agents = keys.agents.iter().enumerate().map(|(index, agent)| User {
        name: &agent.name,
        username: &agent.login.username,
        password: agent.login.password.reveal(),
        telephone: Some((&agent.extension, agent.secret.reveal())),
        simulated: index >= free,
    });
    Welcome {
        web: &web,
        sip: running.sip.first().copied().unwrap_or(SocketAddr::new(LOOPBACK, 0)),
        domain: &domain,
        did,
        users: std::iter::once(administrator).chain(agents).collect(),
        state: &config.node.state_dir.display().to_string(),
    }
    .to_string()
}

/// The default ports where they are free, any others where they are not: a demo must start.
async fn take_free_ports(config: &mut Config) {
    let sip = config.sip.first_listener();
    let udp_is_free = tokio::net::UdpSocket::bind(sip).await.is_ok();
    if !udp_is_free || tokio::net::TcpListener::bind(sip).await.is_err() {
        let any = SocketAddr::new(sip.ip(), 0);
        config.sip.udp = vec![any];
        config.sip.tcp = vec![any];
    }
    if tokio::net::TcpListener::bind(config.http.listen).await.is_err() {
        config.http.listen.set_port(0);
    }
}

fn print(report: &Report, json: bool) -> anyhow::Result<()> {
    if json {
        println!("{}", serde_json::to_string(report)?);
        return Ok(());
    }
    println!("attempts {}, answered {}", report.attempts, report.answered);
    println!("connected {}, abandoned {}", report.connected, report.abandoned);
    println!("audio verified from both ends {}", report.audio_verified);
    println!("broken invariants {}", report.invariant_failures);
    if let Some(delay) = report.answer_to_agent_ms {
        println!("answer to agent's voice p50 {} ms, p99 {} ms", delay.p50, delay.p99);
    }
    let left = report.left_over;
    println!(
        "left over: {} calls, {} legs, {} ports, {} transactions",
        left.calls, left.legs, left.ports, left.transactions
    );
    Ok(())
}

const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const AGENTS_HEADLESS: u16 = 20;
const AGENTS_LIVE: u16 = 3;
const SEATS_FREE: usize = 1;
const LEADS: usize = 2_000;
const HEADLESS_FOR: Duration = Duration::from_mins(1);

/// Where the demo keeps its state; a temporary one goes with it.
struct Folder {
    path: PathBuf,
    is_temporary: bool,
}

impl Folder {
    fn for_demo(chosen: Option<&Path>) -> anyhow::Result<Self> {
        if let Some(path) = chosen {
            return Ok(Self { path: path.to_owned(), is_temporary: false });
        }
        let mut random = [0; 8];
        getrandom::fill(&mut random).context("the operating system gives no randomness")?;
        let name = format!("cordboard-demo-{:016x}", u64::from_be_bytes(random));
        Ok(Self { path: std::env::temp_dir().join(name), is_temporary: true })
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if self.is_temporary
            && let Err(error) = std::fs::remove_dir_all(&self.path)
        {
            tracing::warn!(%error, path = %self.path.display(), "the demo's state stays behind");
        }
    }
}
