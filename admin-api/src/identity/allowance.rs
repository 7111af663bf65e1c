//! How often something may be asked for: so many times in an hour for each key.
//!
//! ```text
//!   none ──first──▶ counting ──the last that is allowed──▶ refused until an hour after the first
//!     ▲                 └───────────── that hour is over ──────────────┘ │
//!     └──────────────────────────────────────────────────────────────────┘
//! ```
//! The table is bounded: where it is full, the half that began first is forgotten.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

/// What is left of everybody's hour.
#[derive(Debug)]
pub(crate) struct Allowance {
    most: u32,
    hours: Mutex<HashMap<[u8; 32], Hour>>,
}

#[derive(Clone, Copy, Debug)]
struct Hour {
    from: Timestamp,
    taken: u32,
}

impl Allowance {
    /// So many in an hour.
    pub(crate) fn hourly(most: u32) -> Self {
        Self { most, hours: Mutex::default() }
    }

    /// Takes one, or says how long there is none; case does not make another key.
    pub(crate) fn take(&self, key: &str, now: Timestamp) -> Result<(), Duration> {
        let mut hours = self.hours.lock().unwrap_or_else(PoisonError::into_inner);
        let key = Sha256::digest(key.to_lowercase()).into();
        if hours.len() >= KEYS_MAX && !hours.contains_key(&key) {
            make_room(&mut hours, now);
        }
        let hour = hours.entry(key).or_insert(Hour { from: now, taken: 0 });
        let Some(left) = left_of(*hour, now) else {
            *hour = Hour { from: now, taken: 1 };
            return Ok(());
        };
        if hour.taken >= self.most {
            return Err(left);
        }
        hour.taken += 1;
        Ok(())
    }
}

/// Drops what is over, and else the half that began first: a flood of keys must neither take the
/// memory nor shut the door.
fn make_room(hours: &mut HashMap<[u8; 32], Hour>, now: Timestamp) {
    hours.retain(|_, hour| left_of(*hour, now).is_some());
    if hours.len() < KEYS_MAX {
        return;
    }
    let mut begun: Vec<Timestamp> = hours.values().map(|hour| hour.from).collect();
    let middle = begun.len() / 2;
    let (_, median, _) = begun.select_nth_unstable(middle);
    let median = *median;
    let mut surplus = hours.len() / 2;
    hours.retain(|_, hour| {
        let goes = hour.from <= median && surplus > 0;
        surplus -= usize::from(goes);
        !goes
    });
}

/// What still runs of an hour.
fn left_of(hour: Hour, now: Timestamp) -> Option<Duration> {
    let left = HOUR.saturating_sub(now.duration_since(hour.from));
    Duration::try_from(left).ok().filter(|left| !left.is_zero())
}

const HOUR: SignedDuration = SignedDuration::from_hours(1);

const KEYS_MAX: usize = 65_536;

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::ToSpan;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + seconds.seconds()
    }

    #[test]
    fn the_hour_runs_from_the_first_and_not_from_the_last() {
        let allowance = Allowance::hourly(3);
        for second in [0, 1_000, 3_599] {
            assert_eq!(allowance.take("Ada", at(second)), Ok(()));
        }
        assert_eq!(allowance.take("ada", at(3_599)), Err(Duration::from_secs(1)));
        assert_eq!(allowance.take("bob", at(3_599)), Ok(()), "each key has its own");
        for second in [3_600, 3_601, 3_602] {
            assert_eq!(allowance.take("ada", at(second)), Ok(()));
        }
        assert_eq!(allowance.take("ada", at(3_602)), Err(Duration::from_secs(3_598)));
    }

    #[test]
    fn a_flood_of_keys_stays_within_its_room_and_shuts_nobody_out() {
        let allowance = Allowance::hourly(1);
        for key in 0..KEYS_MAX {
            assert_eq!(allowance.take(&key.to_string(), at(0)), Ok(()));
        }
        assert_eq!(allowance.take("one more", at(1)), Ok(()), "nobody is shut out by it");
        assert_eq!(allowance.take("one more", at(1)), Err(Duration::from_hours(1)));
        assert_eq!(allowance.hours.lock().unwrap().len(), KEYS_MAX / 2 + 1);
    }

    #[test]
    fn a_clock_that_went_back_refuses_nobody_for_longer_than_it_went() {
        let allowance = Allowance::hourly(1);
        assert_eq!(allowance.take("ada", at(100)), Ok(()));
        assert_eq!(allowance.take("ada", at(0)), Err(Duration::from_secs(3_700)));
    }
}
