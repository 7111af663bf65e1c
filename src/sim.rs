//! The simulator: the whole switch under virtual time, with everything around it drawn from a seed.
//!
//! The [`Switch`](crate::switch::Switch) is the production one. Around it stand carriers and their
//! customers, telephones, agents at desks, a network, a disk and a store, all of them pure, all of
//! them able to go wrong on purpose. After each step the invariants of FAULTS are looked at; a run
//! that breaks one ends there and is told by the command that repeats it.
//!
//! ```text
//!   Plan ─▶ World ─▶ steps … ─▶ Report        same plan, same bytes (`Report::digest`)
//!             └── broken ─▶ the same run again, told in words, every step looked at closely
//! ```
//! `docs/proof.md` tells what this proves and what it does not.

mod agenda;
mod audit;
mod carrier;
mod clock;
mod desks;
mod digest;
mod disk;
mod errand;
mod invariant;
mod law;
mod network;
mod phones;
mod plan;
mod plane;
mod records;
mod report;
mod scene;
mod story;
mod weather;
mod what_if;
mod wire;
mod world;

use std::sync::Arc;
use std::time::Instant;

pub use invariant::{Broken, Invariant};
pub use plan::{Fault, Faults, Plan};
pub use report::{Report, Spread};
pub use what_if::{Answer, Change, DAYS, compare};

use crate::cli::Simulate;
use law::Law;
use world::World;

/// Runs what the command line asks for; an error when an invariant did not hold.
pub fn run(options: &Simulate) -> anyhow::Result<()> {
    let mut failed = 0;
    for seed in options.seed..options.seed.saturating_add(options.seeds.max(1)) {
        let plan = Plan {
            seed,
            agents: options.agents.unwrap_or(AGENTS),
            hours: options.hours,
            faults: options.faults,
            until: options.until,
        };
        let report = simulate(&plan)?;
        failed += u64::from(!report.is_sound());
        if options.json {
            println!("{}", serde_json::to_string(&report)?);
        } else {
            println!("{report}");
        }
    }
    anyhow::ensure!(failed == 0, "an invariant did not hold; the command above repeats it");
    Ok(())
}

/// Runs one plan; when an invariant does not hold, runs it again up to there and tells its story.
///
/// Errors: the scene cannot be set.
pub fn simulate(plan: &Plan) -> anyhow::Result<Report> {
    simulate_under(plan, None)
}

/// The same, with the calls of one campaign's past where there is one.
fn simulate_under(plan: &Plan, law: Option<&Arc<Law>>) -> anyhow::Result<Report> {
    let epoch = Instant::now();
    let told_from = plan.until.map(|until| until.saturating_sub(CLOSE_LOOK));
    let (mut report, broken) = World::new(epoch, plan, law, told_from)?.run();
    if let (Some(broken), None) = (broken, plan.until) {
        let again = Plan { until: Some(broken.step + 1), ..*plan };
        let from = broken.step.saturating_sub(CLOSE_LOOK);
        let (told, found) = World::new(epoch, &again, law, Some(from))?.run();
        // Looked at after every step, a fault is found at the step that made it.
        if found.is_some() {
            report = told;
        }
    }
    report.wall_seconds = epoch.elapsed().as_secs_f64();
    Ok(report)
}

/// Agents, where nobody says how many.
const AGENTS: u16 = 20;

/// So many steps before a failure everything is looked at after every step.
const CLOSE_LOOK: u64 = 5_000;
