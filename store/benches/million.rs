//! What a million costs: leads from CSV, the next lead, the funnel, a register in force, lists of
//! whom not to call. Of the leads 12.5 % agreed to be called and no longer do, and 7.5 % rest after
//! a machine; a tenth stand in a register, a tenth on the organisation's list, a tenth on the
//! campaign's, and the last two are those that a refill would read first.
//!
//! `cargo bench -p store --bench million` on SQLite; the same on a PostgreSQL server of its own by
//! `scripts/postgres with cargo bench -p store --bench million`. `ROWS=100000` asks for fewer.
//! Every figure is printed beside its promise (SPECIFICATION.md); the run fails when something is
//! missing, not when it is slow.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a bench fails by panicking")]

use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use dialer::campaign::{Decision, Recycle};
use dialer::dnc::{DncScope, NumberFile, NumberFileOptions, Register, RegisterSettings};
use dialer::gate::Ask;
use dialer::import::{Import, ImportOptions};
use dialer::permit::ChainHead;
use dialer::rules::ConsentRule;
use dialer::{
    AttemptId, CallingWindow, CampaignSettings, Consent, ConsentKind, Dnc, Gate, Lead, LeadId,
    LeadStatus, ListId, Outcome, RegisterId,
};
use jiff::{SignedDuration, Timestamp};
use routing::{CallId, CampaignId, CliOrigin, EffectiveCli, TrunkId};
use store::dnc::DncEntry;
use store::fold::Fold;
use store::journal::{Journal, Options};
use store::leads::{Asked, Wanted};
use store::lists::List;
use store::{Entry, Event, Place, Store};
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
    vacuumed();
    next_leads(&store, &campaign).await;
    rest(&store, dir, rows).await;
    vacuumed();
    next_leads(&store, &campaign).await;
    funnel(&store, &campaign, rows, "").await;
    let asks = CampaignSettings { consent: ConsentRule::Express, ..campaign.clone() };
    funnel(&store, &asks, rows, ", where consent is asked").await;
    register(&store, dir, &campaign, rows).await;
    vacuumed();
    funnel(&store, &campaign, rows, ", with a register as long").await;
    next_leads(&store, &campaign).await;
    listed(&store, (DncScope::Organisation, 0), rows).await;
    vacuumed();
    funnel(&store, &campaign, rows, ", the organisation's list as long").await;
    next_leads(&store, &campaign).await;
    listed(&store, (DncScope::Campaign(campaign.id), rows / 10), rows).await;
    vacuumed();
    funnel(&store, &campaign, rows, ", the campaign's list as long").await;
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

/// What an autovacuum does within a minute of so many changes; SQLite needs none.
fn vacuumed() {
    let Ok(servers) = std::env::var("CORDBOARD_TEST_POSTGRES") else { return };
    let url = servers.replace("{database}", "million");
    let mut psql = std::process::Command::new("psql");
    let done = psql.args([&url, "-qc", "VACUUM (ANALYZE) lead"]).status();
    assert!(done.unwrap().success());
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
                .map(|row| agreed(row.line, row.into_lead(LeadId::from(Uuid::now_v7()), list)))
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

/// All of them agreed; of each eight one did for a time that is over.
fn agreed(line: u64, lead: Lead) -> Lead {
    let now = Timestamp::now();
    let consent = Consent {
        kind: ConsentKind::Express,
        given_at: now - SignedDuration::from_hours(48),
        until: line.is_multiple_of(8).then(|| now - SignedDuration::from_hours(1)),
        source: "form".to_owned(),
    };
    Lead { consent: Some(consent), ..lead }
}

/// Of each forty leads three met an answering machine a moment ago, as the journal tells it.
async fn rest(store: &Store, dir: &Path, rows: u64) {
    let path = dir.join("journal");
    let (mut journal, _) = Journal::open(&path, &Options::default(), |_| {}).unwrap();
    let mut gate = Gate::new(Dnc::default(), ChainHead::START);
    let (list, mut after, mut called) = (id::<ListId>(1), None, 0);
    let now = Timestamp::now();
    let begun = Instant::now();
    loop {
        let page = store.leads().page_of(list, after, 5_000).await.unwrap();
        let Some(end) = page.last() else { break };
        after = Some(end.id);
        for lead in page.into_iter().filter(|lead| lead.id.as_uuid().as_u128() % 40 < 3) {
            for event in call(&mut gate, lead, now) {
                let seq = journal.next_seq();
                journal.append(&Entry { seq, at: now, event }).unwrap();
            }
            called += 1;
        }
    }
    while journal.pending() > 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Fold::open(store, &journal).await.unwrap().catch_up().await.unwrap();
    println!("{called} of {rows} rest after a machine");
    told("their calls journalled and folded", begun.elapsed(), "");
}

fn call(gate: &mut Gate, mut lead: Lead, now: Timestamp) -> [Event; 2] {
    let cli = Ok(EffectiveCli { number: number(7).parse().unwrap(), origin: CliOrigin::Campaign });
    let attempt = AttemptId::from(Uuid::now_v7());
    let trunk = id::<TrunkId>(5);
    let campaign = CampaignSettings {
        running: true,
        trunks: vec![trunk],
        window: CallingWindow::always(),
        ..CampaignSettings::new(id::<CampaignId>(2), "Million")
    };
    let pacing = Decision {
        at: now,
        mode: "progressive".to_owned(),
        free_agents: 1,
        unserved: 0,
        free_lines: 10,
        dial: 1,
        forecast: None,
        one_to_one: None,
    };
    // Whoever agreed once, agreed to this one.
    lead.consent = None;
    let ask = Ask { attempt, campaign: &campaign, lead: &lead, trunk, cli: &cli, pacing: &pacing };
    let permit = Box::new(gate.check(now, &ask).unwrap().record().clone());
    gate.release(now, attempt, Outcome::CarrierFailure);
    let recycle = Recycle {
        status: LeadStatus::Due,
        next_due_at: Some(now),
        outcome: Outcome::Machine,
        number: None,
    };
    let ended = Event::AttemptEnded {
        attempt,
        lead: lead.id,
        campaign: campaign.id,
        outcome: Outcome::Machine,
        sip: None,
        q850: None,
        recycle,
        attempts: 1,
        carrier_failures: 0,
    };
    [Event::Permitted { permit, call: CallId::from(Uuid::now_v7()) }, ended]
}

async fn next_leads(store: &Store, campaign: &CampaignSettings) {
    let mut waits = Vec::new();
    for _ in 0..1_000 {
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
    told("the next lead, p50 of 1,000", waits[500], "<= 1 ms");
    told("the next lead, p99 of 1,000", waits[990], "");
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

/// A do-not-call list as long as the leads, of whom it has a tenth, from this one on.
async fn listed(store: &Store, (scope, first): (DncScope, u64), rows: u64) {
    let begun = Instant::now();
    for part in 0..rows.div_ceil(5_000) {
        let numbers = part * 5_000..rows.min((part + 1) * 5_000);
        // Beyond a tenth they are numbers of nobody here.
        let listed = numbers.map(|n| first + if n < rows / 10 { n } else { rows + n });
        let entries = listed.map(|n| DncEntry {
            id: Uuid::now_v7(),
            number: number(n).parse().unwrap(),
            scope,
            reason: "asked".to_owned(),
            created_at: Timestamp::now(),
        });
        let entries: Vec<_> = entries.collect();
        assert_eq!(store.dnc().insert_many(&entries).await.unwrap(), entries.len() as u64);
    }
    told("a do-not-call list stored", begun.elapsed(), "");
}

fn told(what: &str, took: Duration, promise: &str) {
    println!("{what:<50} {took:>14.3?}   {promise}");
}
