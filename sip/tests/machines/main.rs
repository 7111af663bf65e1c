//! The stateful fuzz body as a plain test: seeds that are written down, and mutations of them from
//! a fixed seed, so that a failure repeats. `fuzz` gives the same body to `cargo fuzz`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a test fails by panicking"
)]

mod body;

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// Acts of three bytes: what, which (its lowest bit is the end), how.
const SEEDS: [&[[u8; 3]]; 6] = [
    // A call that is answered, talks, and ends.
    &[[0, 0, 1], [12, 0, 0], [12, 0, 0], [2, 1, 1], [12, 0, 0], [12, 0, 0], [1, 0, 0], [12, 0, 0]],
    // It rings, is given up, and the CANCEL crosses the answer.
    &[[0, 0, 1], [12, 0, 0], [3, 1, 0], [12, 0, 0], [12, 0, 0], [1, 0, 0], [2, 1, 1], [12, 2, 0]],
    // Both offer at once.
    &[[0, 0, 1], [12, 0, 0], [2, 1, 1], [12, 0, 0], [12, 0, 0], [5, 0, 2], [5, 1, 3], [12, 2, 0]],
    // Nothing arrives, and nobody hears.
    &[[0, 0, 3], [9, 0, 0], [8, 0, 200], [0, 1, 1], [12, 0, 0], [4, 0, 43], [8, 0, 255], [1, 1, 0]],
    // Early media, doubled, and a refusal.
    &[[0, 1, 1], [10, 0, 0], [3, 0, 3], [10, 0, 0], [10, 2, 0], [4, 0, 43], [10, 0, 0], [10, 2, 0]],
    // What arrives is spoilt.
    &[[0, 0, 1], [11, 0, 9], [8, 0, 4], [12, 0, 0], [11, 2, 77], [2, 1, 0], [11, 0, 33], [8, 0, 9]],
];

#[test]
fn two_ends_come_to_rest_whatever_is_done_between_them() {
    for seed in SEEDS {
        body::machines(seed.as_flattened());
    }
}

/// Each seed again, longer, with acts of chance between its own.
#[test]
fn mutated_acts_leave_nothing_behind() {
    let mut chance = ChaCha20Rng::seed_from_u64(9);
    for round in 0..600 {
        let mut acts = SEEDS[round % SEEDS.len()].as_flattened().to_vec();
        for _ in 0..chance.next_u32() % 120 {
            let place = chance.next_u32() as usize % (acts.len() / 3 + 1) * 3;
            let [what, which, how, _] = chance.next_u32().to_le_bytes();
            acts.splice(place..place, [what, which, how]);
        }
        body::machines(&acts);
    }
}
