//! A model of the floor under random verbs: agents, callers, carriers and watchdogs do what they
//! like, in any order, with tokens kept too long or thrown away.
//!
//! After every step the floor's own invariants hold, and a ledger kept from nothing but the
//! floor's answers and events agrees with it: each call has exactly one owner, each reservation a
//! deadline, and each agent's time adds up (FAULTS D4, D5, D14, D15).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod ledger;

use ledger::{Ledger, Step};
use proptest::prelude::*;

/// Steps of five bytes for the fuzz body: verb, who, what, and the time in two.
///
/// A shift that only clocks in, takes calls and goes home; one that pauses and loses its lines; one
/// of callers alone; one of tokens that are kept for too long.
const SEEDS: [&[[u8; 5]]; 4] = [
    &[[0, 0, 0, 0, 1], [1, 0, 0, 0, 1], [2, 0, 0, 0, 1], [12, 0, 1, 0, 9], [20, 0, 0, 0, 9]],
    &[[0, 1, 0, 0, 1], [3, 1, 1, 0, 1], [4, 1, 0, 1, 1], [5, 1, 0, 2, 1], [6, 1, 0, 3, 1]],
    &[[13, 0, 0, 0, 1], [14, 1, 1, 0, 1], [15, 2, 2, 0, 4], [16, 3, 3, 15, 9], [17, 4, 4, 15, 9]],
    &[[12, 0, 0, 0, 1], [21, 0, 0, 9, 9], [22, 0, 1, 15, 8], [23, 1, 2, 15, 9], [24, 2, 3, 1, 1]],
];

#[test]
fn the_fuzz_body_holds_on_its_seeds_and_on_what_chance_makes_of_them() {
    let mut state = 9;
    for round in 0..200 {
        let mut bytes = SEEDS[round % SEEDS.len()].as_flattened().to_vec();
        for _ in 0..round {
            let Step { verb, who, what, ms } = random(&mut state);
            let [.., high, low] = ms.to_be_bytes();
            bytes.extend([verb, who, what, high, low]);
        }
        ledger::floor(&bytes);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn no_order_of_verbs_breaks_the_floor(
        steps in prop::collection::vec(
            (0..ledger::VERBS, any::<u8>(), any::<u8>(), 0_u32..4_000)
                .prop_map(|(verb, who, what, ms)| Step { verb, who, what, ms }),
            1..400,
        ),
    ) {
        let mut ledger = Ledger::new();
        for step in steps {
            ledger.step(step);
        }
        ledger.close();
    }
}

/// One long shift from a seed; `FLOOR_STEPS` and `FLOOR_SEED` lengthen and vary it.
#[test]
fn a_long_shift_breaks_nothing_and_leaves_nothing_over() {
    let number = |name, default| {
        std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
    };
    let (steps, seed): (u64, u64) = (number("FLOOR_STEPS", 40_000), number("FLOOR_SEED", 1));
    let mut ledger = Ledger::new();
    let mut state = seed;
    for n in 0..steps {
        let step = random(&mut state);
        let told = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| ledger.step(step)));
        assert!(told.is_ok(), "seed {seed} failed at step {n}: {step:?}");
    }
    ledger.close();
    assert!(ledger.connected > steps / 100, "only {} calls were connected", ledger.connected);
}

/// A step from a splitmix64 sequence.
fn random(state: &mut u64) -> Step {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    let bytes = (z ^ (z >> 31)).to_le_bytes();
    let ms = u32::from(u16::from_le_bytes([bytes[4], bytes[5]])) % 4_000;
    Step { verb: bytes[0] % ledger::VERBS, who: bytes[1], what: bytes[2], ms }
}
