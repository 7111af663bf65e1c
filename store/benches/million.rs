//! What a million costs: leads from CSV, the next lead, the funnel, a register in force.
//!
//! `cargo bench -p store --bench million` on SQLite; the same on a PostgreSQL server of its own by
//! `scripts/postgres with cargo bench -p store --bench million`. `ROWS=100000` asks for fewer.
//! Every figure is printed beside its promise (SPECIFICATION.md); the run fails when something is
//! missing, not when it is slow.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a bench fails by panicking")]

use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use dialer::dnc::{DncScope, NumberFile, NumberFileOptions, Register, RegisterSettings};
use dialer::import::{Import, ImportOptions};
use dialer::permit::ChainHead;
use dialer::rules::ConsentRule;
use dialer::{CallingWindow, CampaignSettings, Gate, Lead, LeadId, ListId, RegisterId};
use jiff::Timestamp;
use routing::CampaignId;
use store::leads::{Asked, Wanted};
use store::lists::List;
use store::{Place, Store};
use uuid::Uuid;

fn main() {
    let rows = std::env::var("ROWS").map_or(1_000_000, |text| text.parse().unwrap());
    let dir = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(run(dir.path(), rows));
}

async fn run(dir: &Path, rows: u64) {
    let store = Store::open(database(dir)).await.unwrap();
    let list = List { id: id(1), name: "Million".to_owned(), source: None };
    store.lists().insert(&list, Timestamp::now()).await.unwrap();
    let campaign = CampaignSettings {
        lists: vec![list.id],
        ..CampaignSettings::new(id::<CampaignId>(2), "Million")
    };
    store.campaigns().insert(&campaign, Timestamp::now()).await.unwrap();
    import(&store, dir, list.id, rows).await;
    next_leads(&store, &campaign).await;
    funnel(&store, &campaign, rows, "").await;
    let asks = CampaignSettings { consent: ConsentRule::Express, ..campaign.clone() };
    funnel(&store, &asks, rows, ", where consent is asked").await;
    register(&store, dir, &campaign, rows).await;
    funnel(&store, &campaign, rows, ", with a register as long").await;
    next_leads(&store, &campaign).await;
}

/// A file, or a database of the server that `scripts/postgres with` started.
fn database(dir: &Path) -> Place {
    let Ok(servers) = std::env::var("CORDBOARD_TEST_POSTGRES") else {
        println!("SQLite");
        return Place::from(dir.join("cordboard.sqlite"));
    };
    println!("PostgreSQL, which does not sync");
    Place::Server { url: servers.replace("{database}", "million"), password: None }
}

fn id<T: From<Uuid>>(n: u128) -> T {
    T::from(Uuid::from_u128(n))
}

/// Area codes of six zones, so that the funnel has places to count.
const AREAS: [&str; 6] = ["212", "312", "303", "310", "808", "907"];

fn number(n: u64) -> String {
    let area = AREAS[usize::try_from(n % 6).unwrap()];
    format!("+1{area}{:07}", 2_000_000 + n / 6)
}

/// As an upload does it: a thread that reads, and batches that are stored meanwhile.
async fn import(store: &Store, dir: &Path, list: ListId, rows: u64) {
    let path = dir.join("leads.csv");
    let mut file = std::io::BufWriter::new(std::fs::File::create(&path).unwrap());
    writeln!(file, "phone,first_name,last_name,time_zone,city,colour").unwrap();
    for n in 0..rows {
        writeln!(file, "{},Ada,Byron {n},,Springfield,blue", number(n)).unwrap();
    }
    drop(file);
    let begun = Instant::now();
    let (batches, mut read) = tokio::sync::mpsc::channel::<Vec<Lead>>(2);
    let reading = tokio::task::spawn_blocking(move || {
        let csv = std::fs::File::open(path).unwrap();
        let mut import = Import::open(csv, &ImportOptions::new("US")).unwrap();
        loop {
            let batch: Vec<_> = import
                .by_ref()
                .take(5_000)
                .map(|row| row.into_lead(LeadId::from(Uuid::now_v7()), list))
                .collect();
            if batch.is_empty() {
                return import.into_report();
            }
            batches.blocking_send(batch).unwrap();
        }
    });
    let mut added = 0;
    while let Some(batch) = read.recv().await {
        added += store.leads().insert(&batch, Timestamp::now()).await.unwrap().added;
    }
    assert_eq!((added as u64, reading.await.unwrap().accepted), (rows, rows));
    told("leads from CSV, stored", begun.elapsed(), "< 60 s");
}

async fn next_leads(store: &Store, campaign: &CampaignSettings) {
    let mut waits = Vec::new();
    for _ in 0..100 {
        let wanted = Wanted {
            campaign: campaign.id,
            lists: &campaign.lists,
            max_attempts: campaign.max_attempts.into(),
            now: Timestamp::now(),
            filters: &campaign.filters,
            order: campaign.order,
            limit: 1,
            excluding: &[],
        };
        let begun = Instant::now();
        drop(store.leads().dialable(&wanted).await.unwrap());
        waits.push(begun.elapsed());
    }
    waits.sort_unstable();
    told("the next lead, p50 of 100", waits[50], "<= 1 ms");
    told("the next lead, p99 of 100", waits[98], "");
}

async fn funnel(store: &Store, campaign: &CampaignSettings, rows: u64, beside: &str) {
    let us = CallingWindow::us();
    let asked = Asked {
        campaign: campaign.id,
        lists: &campaign.lists,
        filters: &campaign.filters,
        max_attempts: campaign.max_attempts.into(),
        consent: campaign.consent,
        rests: campaign.lock_out,
        windows: &[&us],
        now: Timestamp::now(),
    };
    let begun = Instant::now();
    let funnel = store.leads().funnel(&asked).await.unwrap();
    told(&format!("the funnel{beside}"), begun.elapsed(), "<= 200 ms");
    assert_eq!(funnel.total, rows);
}

/// A register as long as the list, a tenth of it the same numbers.
async fn register(store: &Store, dir: &Path, campaign: &CampaignSettings, rows: u64) {
    let path = dir.join("register.txt");
    let mut file = std::io::BufWriter::new(std::fs::File::create(&path).unwrap());
    for n in 0..rows {
        writeln!(file, "{}", number(rows * 9 / 10 + n)).unwrap();
    }
    drop(file);
    let settings = RegisterSettings {
        id: id::<RegisterId>(9),
        name: "National".to_owned(),
        lifted_by: None,
        fresh_for_days: Some(31),
    };
    store.registers().insert(&settings, Timestamp::now()).await.unwrap();
    let begun = Instant::now();
    let options = NumberFileOptions { default_region: "US".to_owned() };
    let numbers: Vec<_> =
        NumberFile::open(std::fs::File::open(path).unwrap(), &options).unwrap().collect();
    let register = Register::new(settings, numbers);
    told("a register read and sorted", begun.elapsed(), "");
    let begun = Instant::now();
    let imported = store.register_numbers().replace(&register, Timestamp::now()).await.unwrap();
    assert_eq!(imported.numbers, rows);
    told("a register stored", begun.elapsed(), "");
    let begun = Instant::now();
    let dnc = store.dnc().load().await.unwrap();
    told("every do-not-call set loaded at a start", begun.elapsed(), "");
    let mut gate = Gate::new(dnc, ChainHead::START);
    let begun = Instant::now();
    assert_eq!(gate.enlist(register), []);
    told("a register in force, once stored", begun.elapsed(), "< 1 s");
    let begun = Instant::now();
    gate.forbid(DncScope::Campaign(campaign.id), number(1).parse().unwrap());
    told("one more number in force", begun.elapsed(), "< 1 s");
}

fn told(what: &str, took: Duration, promise: &str) {
    println!("{what:<50} {took:>14.3?}   {promise}");
}
