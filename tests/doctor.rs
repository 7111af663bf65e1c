//! `cordboard doctor` on this machine: beside a running switch with a carrier that answers and one
//! that is silent, and where nothing runs and something is wrong.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::path::Path;

use config::Config;
use cordboard::demo::furnish::furnish;
use cordboard::demo::scene::{Scene, Size};
use cordboard::demo::signalling::Signalling;
use cordboard::doctor::{Finding, Look, Verdict, examine};
use cordboard::io;
use dialer::campaigns::Deployment;
use store::Store;

const LOOPBACK: Ipv4Addr = Ipv4Addr::LOCALHOST;

fn free_port() -> u16 {
    UdpSocket::bind((LOOPBACK, 0)).unwrap().local_addr().unwrap().port()
}

fn config(folder: &Path) -> Config {
    let mut config = Config::default();
    folder.clone_into(&mut config.node.state_dir);
    config.sip.udp = vec![(LOOPBACK, free_port()).into()];
    config.sip.tcp = vec![];
    config.http.listen = (LOOPBACK, free_port()).into();
    config.http.tls = config::Tls::Off;
    config
}

async fn look(config: &Config) -> Vec<Finding> {
    examine(config, &Look { time_server: None }).await.unwrap()
}

fn of<'a>(found: &'a [Finding], subject: &str) -> &'a Finding {
    let its = found.iter().find(|finding| finding.subject.starts_with(subject));
    its.unwrap_or_else(|| panic!("nothing was said of {subject}: {found:#?}"))
}

async fn furnished(config: &Config, carrier: SocketAddr) {
    let mut scene = Scene::set(carrier, Size { agents: 1, leads: 0 }, [7; 32]).unwrap();
    scene.trunk.probe_s = 30;
    let store = Store::open(&config.node.state_dir.join("cordboard.db")).await.unwrap();
    furnish(&store, &scene, &config.sip.realm).await.unwrap();
    store.close().await;
}

/// Beside a running switch: its ports are ours, its carrier answers, audio comes back.
#[tokio::test(flavor = "multi_thread")]
async fn a_machine_that_carries_calls_is_found_well_while_it_does() {
    let folder = tempfile::tempdir().unwrap();
    let config = config(folder.path());
    let sip = sip::Config::new("carrier");
    let mut carrier = Signalling::bind((LOOPBACK, 0).into(), sip, [5; 32]).await.unwrap();
    furnished(&config, carrier.local()).await;
    let answering = tokio::spawn(async move {
        loop {
            carrier.next().await;
        }
    });
    let running = io::start(&config, Deployment::Demo).await.unwrap();
    let found = look(&config).await;
    let wrong: Vec<_> = found.iter().filter(|one| one.verdict == Verdict::Wrong).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(of(&found, "sip.udp").seen.contains("we run"), "{:?}", of(&found, "sip.udp"));
    assert!(of(&found, "trunk").seen.ends_with("answers OPTIONS with 200"), "{found:#?}");
    assert_eq!(of(&found, "echo call").verdict, Verdict::Fine);
    assert_eq!(of(&found, "address in SDP").verdict, Verdict::Doubtful, "loopback is said");
    running.stop().await.unwrap();
    answering.abort();
}

/// Where nothing runs: a port that a stranger holds, and a carrier that says nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_taken_port_and_a_silent_carrier_are_told_with_their_cures() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = config(folder.path());
    let stranger = UdpSocket::bind((LOOPBACK, 0)).unwrap();
    config.sip.udp = vec![stranger.local_addr().unwrap()];
    let silent = UdpSocket::bind((LOOPBACK, 0)).unwrap();
    furnished(&config, silent.local_addr().unwrap()).await;
    let found = look(&config).await;
    for subject in ["sip.udp", "trunk"] {
        let finding = of(&found, subject);
        assert_eq!(finding.verdict, Verdict::Wrong, "{finding}");
        assert!(!finding.cure.is_empty(), "{finding}");
    }
    assert_eq!(of(&found, "http.listen").verdict, Verdict::Fine);
    let echo = of(&found, "echo call");
    assert_eq!(echo.verdict, Verdict::Fine, "the doctor's call has its port: {echo}");
}
