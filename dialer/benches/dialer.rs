//! What one dial costs: the gate's verdict with its permit, its refusal with "when next", a do-not-
//! call look-up in a million, and a row of a CSV. `cargo bench -p dialer`.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a benchmark fails by panicking, and its macro writes a function"
)]

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use dialer::abandon::AbandonLedger;
use dialer::campaign::{Decision, Demand};
use dialer::dnc::DncScope;
use dialer::gate::Ask;
use dialer::import::{Import, ImportOptions};
use dialer::permit::ChainHead;
use dialer::{AttemptId, Campaign, CampaignSettings, Dnc, Gate, Lead, LeadId, ListId, Outcome};
use jiff::Timestamp;
use routing::{CampaignId, CliOrigin, EffectiveCli, Number, TrunkId};
use std::fmt::Write;
use std::hint::black_box;
use uuid::Uuid;

criterion_group!(benches, verdicts, look_ups, rows);
criterion_main!(benches);

struct Floor {
    settings: CampaignSettings,
    pacing: Decision,
    gate: Gate,
}

/// A New York campaign, and a gate with a million numbers on its do-not-call list.
fn floor() -> Floor {
    let mut settings = CampaignSettings::new(CampaignId::from(Uuid::from_u128(1)), "Bench");
    settings.running = true;
    settings.trunks = vec![TrunkId::from(Uuid::from_u128(2))];
    let demand = Demand { free_agents: 1, free_lines: 1, verdict: None };
    let mut campaign = Campaign::new(settings.clone(), AbandonLedger::default());
    let pacing = campaign.pace(Timestamp::UNIX_EPOCH, demand).clone();
    let mut dnc = Dnc::default();
    dnc.extend(DncScope::Organisation, (0..1_000_000).map(|n| number(2_070_000_000 + n)));
    Floor { settings, pacing, gate: Gate::new(dnc, ChainHead::START) }
}

fn number(national: u64) -> Number {
    format!("+44{national}").parse().unwrap()
}

fn lead(n: u128) -> Lead {
    let number = format!("+1212{:07}", 2_000_000 + n % 8_000_000).parse().unwrap();
    Lead::new(LeadId::from(Uuid::from_u128(n)), ListId::from(Uuid::from_u128(3)), number)
}

fn verdicts(c: &mut Criterion) {
    let Floor { settings, pacing, mut gate } = floor();
    let cli = Ok(EffectiveCli { number: number(2_079_460_999), origin: CliOrigin::Campaign });
    let trunk = settings.trunks[0];
    let mut verdict = |now: &str, n: u128| {
        let (now, lead) = (now.parse::<Timestamp>().unwrap(), lead(n));
        let attempt = AttemptId::from(Uuid::from_u128(n));
        let (campaign, pacing, cli) = (&settings, &pacing, &cli);
        let ask = Ask { attempt, campaign, lead: &lead, trunk, cli, pacing };
        let permitted = gate.check(now, &ask).is_ok();
        gate.release(now, attempt, Outcome::CarrierFailure);
        permitted
    };
    let mut n = 0;
    c.bench_function("permit and release", |b| {
        b.iter(|| {
            n += 1;
            black_box(verdict("2026-01-15T17:00:00Z", n))
        });
    });
    c.bench_function("refuse at night, and say when next", |b| {
        b.iter(|| {
            n += 1;
            black_box(verdict("2026-01-15T07:00:00Z", n))
        });
    });
}

fn look_ups(c: &mut Criterion) {
    let Floor { settings, gate, .. } = floor();
    let (listed, free) = (number(2_070_500_000), number(2_079_460_000));
    c.bench_function("two look-ups in a million on the do-not-call list", |b| {
        let forbids = |number| gate.dnc().forbids(settings.id, black_box(number), None).is_some();
        b.iter(|| black_box((forbids(listed), forbids(free))));
    });
}

fn rows(c: &mut Criterion) {
    const ROWS: u32 = 10_000;
    let mut csv = "phone,first_name,last_name,time_zone,colour\n".to_owned();
    for n in 0..ROWS {
        writeln!(
            csv,
            "(212) 55{} {:04},Ada,Lovelace,America/New_York,blue",
            n / 10_000,
            n % 10_000
        )
        .unwrap();
    }
    let mut group = c.benchmark_group("import");
    group.throughput(Throughput::Elements(ROWS.into())).sample_size(10);
    group.bench_function("rows", |b| {
        let open = || Import::open(csv.as_bytes(), &ImportOptions::new("US")).unwrap();
        b.iter_batched(open, Iterator::count, BatchSize::LargeInput);
    });
    group.finish();
}
