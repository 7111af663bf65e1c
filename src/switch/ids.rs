//! New identities from the wall clock and a seed: version 7 UUIDs (RFC 9562 §5.7), in the order
//! they are made.
//!
//! The brain owns no source of randomness; it is given a seed once. The millisecond never runs
//! backwards here, so that ids keep their order even when the wall clock is set back.

use jiff::Timestamp;
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng as _, SeedableRng as _};
use uuid::{Builder, Uuid};

/// Makes the ids of calls and attempts.
#[derive(Debug)]
pub(super) struct Ids {
    random: ChaCha20Rng,
    millisecond: u64,
}

impl Ids {
    /// The same seed and the same times make the same ids.
    #[must_use]
    pub(super) fn new(seed: [u8; 32]) -> Self {
        Self { random: ChaCha20Rng::from_seed(seed), millisecond: 0 }
    }

    /// An id that no other will ever equal.
    pub(super) fn next(&mut self, wall: Timestamp) -> Uuid {
        let now = u64::try_from(wall.as_millisecond()).unwrap_or(0);
        self.millisecond = self.millisecond.max(now);
        let mut bytes = [0; 10];
        self.random.fill_bytes(&mut bytes);
        Builder::from_unix_timestamp_millis(self.millisecond, &bytes).into_uuid()
    }

    /// A number below `most`, which is above 0.
    pub(super) fn below(&mut self, most: u32) -> u32 {
        self.random.next_u32() % most.max(1)
    }

    /// A seed for a part of the brain that makes its own choices.
    pub(super) fn seed(&mut self) -> [u8; 32] {
        let mut seed = [0; 32];
        self.random.fill_bytes(&mut seed);
        seed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_rise_with_time_even_when_the_clock_is_set_back() {
        let mut ids = Ids::new([7; 32]);
        let noon = Timestamp::from_second(1_800_000_000).unwrap();
        let first = ids.next(noon);
        let later = ids.next(noon + jiff::SignedDuration::from_secs(1));
        let back = ids.next(noon);
        assert!(first < later);
        assert_eq!(back.get_timestamp().unwrap().to_unix().0, 1_800_000_001);
        assert_ne!(later, back);
        assert_eq!(first, Ids::new([7; 32]).next(noon));
    }
}
