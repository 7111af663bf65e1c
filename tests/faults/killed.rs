//! The running product, killed at random moments (FAULTS F1, F2).
//!
//! The product is a process of its own, dials as fast as it may, is killed with SIGKILL, started
//! again on the same folder, and so on.
//! `CRASH_KILLS=200 cargo test --test faults -- --nocapture` kills more often (`bench/crash`).

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use admin_api::{Change, Control as _};
use cordboard::io;
use dialer::campaigns::Deployment;
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng as _, SeedableRng as _};

use crate::evidence::{at_rest, compare, whole_chain};
use crate::scene::{Sipp, config, free_port, furnished};

#[tokio::test(flavor = "multi_thread")]
async fn a_switch_that_is_killed_dials_nobody_twice_and_loses_no_record() {
    let kills = std::env::var("CRASH_KILLS").map_or(KILLS, |text| text.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let carrier = free_port();
    let scene = furnished(&config(folder.path()), carrier, (kills + 1) * LEADS_PER_LIFE).await;
    let sipp = Sipp::carrier(carrier, folder.path());
    let mut chance = ChaCha20Rng::seed_from_u64(9);
    for _ in 0..kills {
        let mut product = Killable::start(THE_PRODUCT, folder.path());
        tokio::time::sleep(Duration::from_millis(chance.next_u64() % LIFE_MS_MAX)).await;
        product.kill();
    }
    let running = io::start(&config(folder.path()), Deployment::Demo).await.unwrap();
    let mut campaign = scene.campaign.clone();
    campaign.running = false;
    running.desk.changed(Change::Campaign(Box::new(campaign))).unwrap();
    let (attempts, calls) = at_rest(&running).await;
    running.stop().await.unwrap();
    let invited = sipp.log();
    println!("{kills} kills: {} INVITEs, {} attempts", invited.len(), attempts.len());
    compare(&invited, &attempts, &calls);
    whole_chain(folder.path());
}

/// The product in a process of its own: this test runs itself again for it.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "it is the product that the other test kills"]
async fn the_product_that_is_killed() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let config = config(Path::new(&folder));
    let _running = io::start(&config, Deployment::Demo).await.unwrap();
    println!("\n{READY}");
    tokio::time::sleep(Duration::from_mins(10)).await;
}

/// The product as a child; dropped, it ends.
pub(crate) struct Killable(Child);

impl Killable {
    /// Starts it as the ignored test of this name, and waits until it is there.
    pub(crate) fn start(test: &str, folder: &Path) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([test, "--exact", "--ignored", "--nocapture"])
            .env(FOLDER, folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let ready = lines.any(|line| line.is_ok_and(|line| line == READY));
        assert!(ready, "the product did not start");
        Self(child)
    }

    /// SIGKILL: no time to say anything.
    pub(crate) fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Killable {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A short run for every change.
const KILLS: usize = 4;

/// How long a life lasts at most once it has begun.
const LIFE_MS_MAX: u64 = 3_000;

/// More than can be dialled in a life.
const LEADS_PER_LIFE: usize = 100;

pub(crate) const THE_PRODUCT: &str = "killed::the_product_that_is_killed";
pub(crate) const FOLDER: &str = "CORDBOARD_CRASH_FOLDER";
pub(crate) const READY: &str = "the product is ready";
