//! The whole switch in virtual time, seed after seed (FAULTS D1 to D15).
//!
//! What fails here is told with the command that repeats it. `docs/proof.md` says how to run more
//! and longer shifts than a test has time for.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::ops::Range;

use cordboard::sim::{Fault, Faults, Plan, Report, simulate};

/// A small floor for some minutes: long enough for a walkout, a power cut, a storm.
const FLOOR: Plan = Plan { seed: 0, agents: 5, hours: 0.12, faults: Faults::NONE, until: None };

fn sound(plan: Plan) -> Report {
    let report = simulate(&plan).unwrap();
    assert!(report.is_sound(), "\n{report}\n");
    report
}

/// How many pressed the key of a notice.
fn seeds(range: Range<u64>) -> u64 {
    let reports: Vec<_> =
        range.map(|seed| sound(Plan { seed, faults: Faults::all(), ..FLOOR })).collect();
    let attempts: u64 = reports.iter().map(|report| report.attempts).sum();
    let lives: u32 = reports.iter().map(|report| report.lives).sum();
    assert!(attempts > 300, "{attempts} attempts: the floors stood still");
    assert!(usize::try_from(lives).unwrap() > reports.len(), "the power was never cut");
    reports.iter().map(|report| report.opted_out).sum()
}

// A hundred seeds on each change, in four tests so that they run side by side.

#[test]
fn every_fault_at_once_breaks_no_invariant_seeds_1_to_25() {
    seeds(1..26);
}

#[test]
fn every_fault_at_once_breaks_no_invariant_seeds_26_to_50() {
    assert!(seeds(26..51) > 0, "nobody pressed the key of a notice");
}

#[test]
fn every_fault_at_once_breaks_no_invariant_seeds_51_to_75() {
    seeds(51..76);
}

#[test]
fn every_fault_at_once_breaks_no_invariant_seeds_76_to_100() {
    seeds(76..101);
}

/// Each kind of trouble alone finds what the others would cover up.
#[test]
fn each_fault_alone_breaks_no_invariant() {
    for fault in Fault::ALL {
        sound(Plan { seed: 7, faults: [fault].into_iter().collect(), ..FLOOR });
    }
}

/// Nothing goes wrong, so the switch warns of nothing, and people who answer meet an agent at once.
#[test]
fn a_quiet_shift_connects_those_who_answer() {
    let report = sound(Plan { seed: 3, agents: 12, hours: 0.3, ..FLOOR });
    assert!(report.connected > 50, "{report}");
    assert!(report.abandoned * 20 <= report.connected, "{report}");
    assert!(report.answer_to_agent_ms.p50 < 1.0, "{report}");
    assert!(report.utilisation > 0.5, "{report}");
}

/// The same plan gives the same bytes: every message, journal entry, media command and reply.
#[test]
fn the_same_seed_gives_the_same_bytes_and_another_seed_others() {
    let plan = Plan { seed: 11, faults: Faults::all(), ..FLOOR };
    let (one, two) = (sound(plan), sound(plan));
    assert_eq!((one.digest, one.steps), (two.digest.clone(), two.steps));
    let other = sound(Plan { seed: 12, ..plan });
    assert_ne!(two.digest, other.digest);
}

/// A run that is stopped at a step tells what led to it.
#[test]
fn a_run_stopped_at_a_step_tells_its_last_events_in_words() {
    let plan = Plan { seed: 5, until: Some(400), ..FLOOR };
    let report = simulate(&plan).unwrap();
    assert_eq!(report.steps, 400);
    assert!(report.command.ends_with("--until 400"), "{}", report.command);
    assert!(!report.story.is_empty());
    assert!(report.story.iter().any(|line| line.contains('▶')), "{:?}", report.story);
}
