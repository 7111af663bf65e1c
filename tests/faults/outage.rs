//! The database vanishes under load and comes back (FAULTS F3).
//!
//! A PostgreSQL server of the test's own is stopped at once, as a failing machine would, and
//! started again. Meanwhile calls go on: what is claimed is dialled, what happens spools in the
//! journal.
//! `OUTAGE_S=60 cargo test --test faults outage -- --nocapture` is the minute of F3.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use admin_api::{Change, Control as _};
use cordboard::io::{self, Running};
use dialer::campaigns::Deployment;

use crate::evidence::{at_rest, compare, whole_chain};
use crate::scene::{Sipp, config, free_port, furnished};

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_vanishes_and_returns_costs_no_record() {
    let outage = std::env::var("OUTAGE_S").map_or(SECONDS, |text| text.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let server = Postgres::start();
    let mut config = config(folder.path());
    config.database.url = Some(server.url());
    let carrier = free_port();
    let scene = furnished(&config, carrier, LEADS).await;
    let sipp = Sipp::carrier(carrier, folder.path());
    let running = io::start(&config, Deployment::Demo).await.unwrap();
    until("calls are made", || sipp.invites() >= CALLS).await;

    server.stop();
    let (began, before) = (Instant::now(), sipp.invites());
    until("calls go on without the database", || sipp.invites() >= before + CALLS).await;
    until("the fold says that it waits", || running.records.progress.borrow().failing.is_some())
        .await;
    let away = running.store.campaigns().all().await.unwrap_err();
    assert!(matches!(away, store::Error::Away(_)), "the API would say 503: {away:?}");
    tokio::time::sleep(Duration::from_secs(outage).saturating_sub(began.elapsed())).await;
    let during = sipp.invites() - before;
    server.start_again();
    let (returned, back) = (Instant::now(), sipp.invites());
    until("the spool is drained", || drained(&running)).await;
    let drain = returned.elapsed();
    assert!(drain < Duration::from_secs(30), "drained after {drain:?}");
    until("dialling goes on", || sipp.invites() >= back + CALLS).await;

    let mut campaign = scene.campaign.clone();
    campaign.running = false;
    running.desk.changed(Change::Campaign(Box::new(campaign))).unwrap();
    let (attempts, calls) = at_rest(&running).await;
    running.stop().await.unwrap();
    let invited = sipp.log();
    println!("{outage} s without the database: {during} INVITEs in it, drained in {drain:.1?}");
    println!("{} INVITEs, {} attempts in all", invited.len(), attempts.len());
    compare(&invited, &attempts, &calls);
    whole_chain(folder.path());
}

fn drained(running: &Running) -> bool {
    let progress = running.records.progress.borrow();
    progress.failing.is_none() && progress.behind == 0
}

async fn until(what: &str, mut so: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_mins(2);
    while !so() {
        assert!(Instant::now() < end, "never: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// A server in a folder of its own.
struct Postgres {
    folder: tempfile::TempDir,
}

impl Postgres {
    fn start() -> Self {
        let server = Self { folder: tempfile::tempdir().unwrap() };
        server.start_again();
        server
    }

    fn start_again(&self) {
        self.script("start");
    }

    fn stop(&self) {
        self.script("stop");
    }

    fn script(&self, verb: &str) {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/postgres");
        let done = Command::new(script).arg(verb).arg(self.folder.path()).status().unwrap();
        assert!(done.success(), "PostgreSQL (Debian: postgresql) is installed by `make test`");
    }

    fn url(&self) -> String {
        format!("postgres://cordboard@localhost/cordboard?host={}", self.folder.path().display())
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/postgres");
        drop(Command::new(script).arg("stop").arg(self.folder.path()).status());
    }
}

/// A short one for every change.
const SECONDS: u64 = 5;

/// Enough to say that calls are being made.
const CALLS: usize = 10;

/// More than can be dialled meanwhile.
const LEADS: usize = 5_000;
