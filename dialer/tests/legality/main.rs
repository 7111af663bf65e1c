//! The gate against an oracle that shares no code with it: random leads, campaigns, do-not-call
//! lists, clocks and outcomes; at every question both must agree on what is legal, and why not.
//!
//! Covered: running, trunk, legal profile, CLI, status, due time, stale copies, claims, do-not-call
//! sets and registers, consent, attempts in total and by number in 24 h, a local day and a week,
//! lock-outs, and both windows in every zone and region, holidays too, across daylight saving.
//! The oracle knows local time from the statutes (`sky`), not from the IANA database, and history
//! from a plain list. Not covered: capacity.
//! `LEADS=1000000 cargo test -p dialer --test legality` asks a million.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod dice;
mod oracle;
mod sky;

use dialer::campaign::{Campaign, Demand};
use dialer::gate::{Ask, Check, Gate};
use dialer::permit::{ChainHead, verify_chain};
use dialer::{AttemptId, Dnc};
use dice::Dice;
use oracle::World;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Issue 6: random leads through the gate, 0 illegal dials. FAULTS D2 and D3.
#[test]
fn the_gate_permits_exactly_what_the_oracle_calls_legal() {
    let leads: u32 = std::env::var("LEADS").map_or(12_000, |n| n.parse().unwrap());
    let mut tally = BTreeMap::<String, u32>::new();
    for seed in 1..=6 {
        ask_many(seed, leads / 6, &mut tally);
    }
    println!("{leads} leads: {tally:?}");
    // A run in which nothing is permitted, or some check never fails, would show nothing.
    let checks = [
        Check::Running,
        Check::Trunk,
        Check::Profile,
        Check::Cli,
        Check::Lead,
        Check::Claim,
        Check::Dnc,
        Check::Consent,
        Check::Attempts,
        Check::AttemptsIn24h,
        Check::AttemptsToday,
        Check::AttemptsIn7d,
        Check::LockOut,
        Check::Window,
        Check::Due,
    ];
    for what in checks.map(Check::as_str).into_iter().chain(["permitted", "healed"]) {
        let seen = tally.get(what).copied().unwrap_or(0);
        // What is rare among few is rarer among many, whose numbers have been dialled before.
        let often = (leads / 500).min(100);
        assert!(seen > often, "{what}: {seen} times of {leads}: {tally:?}");
    }
}

fn ask_many(seed: u64, leads: u32, tally: &mut BTreeMap<String, u32>) {
    let mut dice = Dice::new(seed);
    let mut world = World::new(&mut dice);
    let mut gate = Gate::new(Dnc::default(), ChainHead::START);
    world.profiles().iter().cloned().for_each(|profile| gate.set_profile(profile));
    let mut records = Vec::new();
    for round in 0..leads {
        world.pass_time(&mut dice, &mut gate);
        let (lead, campaign) = (world.lead(&mut dice), world.campaign(&mut dice));
        let (cli, trunk) = (oracle::cli(&mut dice), oracle::trunk(&mut dice));
        let demand = Demand { free_agents: 1, free_lines: 1, verdict: None };
        let pacing = Campaign::new(campaign.clone(), dialer::abandon::AbandonLedger::default())
            .pace(world.now(), demand)
            .clone();
        let attempt = AttemptId::from(Uuid::from_u64_pair(seed, round.into()));
        let ask =
            Ask { attempt, campaign: &campaign, lead: &lead, trunk, cli: &cli, pacing: &pacing };
        let illegal = world.why_illegal(world.now(), &ask);
        let place = format!("seed {seed}, round {round}, at {}: {lead:#?}", world.now());
        let told: Vec<_> = gate.explain(world.now(), &ask).iter().map(|r| r.check).collect();
        assert_eq!(told, illegal, "{place}");
        let mut count = |what: &str| *tally.entry(what.to_owned()).or_default() += 1;
        match gate.check(world.now(), &ask) {
            Ok(permit) => {
                assert_eq!(illegal, [], "{place}");
                count("permitted");
                world.dialled(&permit);
                records.push(permit.record().clone());
            }
            Err(refusal) => {
                assert_eq!(Some(&refusal.check), illegal.first(), "{place}");
                for check in &illegal {
                    count(check.as_str());
                }
                if let Some(next) = refusal.next {
                    count("healed");
                    assert_eq!(world.why_illegal(next, &ask), [], "next {next}, {place}");
                    let before = next - jiff::SignedDuration::from_micros(1);
                    let still = before < world.now() || !world.why_illegal(before, &ask).is_empty();
                    assert!(still, "next {next} is late, {place}");
                } else if round % 8 == 0 {
                    // A fortnight hour by hour: too dear for every refusal.
                    assert!(!world.time_heals(&ask), "no next, {place}");
                }
            }
        }
    }
    let end = verify_chain(ChainHead::START, &records).unwrap();
    assert_eq!(end, gate.head());
}
