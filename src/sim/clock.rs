//! Virtual time: the moments of a run as the switch's two clocks show them.

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

use crate::switch::Now;

/// Both clocks of the simulated machine.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    epoch: Instant,
    start: Timestamp,
    /// How far the wall clock was set off.
    offset: SignedDuration,
}

impl Clock {
    /// Clocks that show `epoch` and `start` when the run begins.
    pub(super) fn new(epoch: Instant, start: Timestamp) -> Self {
        Self { epoch, start, offset: SignedDuration::ZERO }
    }

    /// What the switch reads at a moment of the run.
    pub(super) fn at(&self, at: Duration) -> Now {
        let wall = self.true_wall(at).saturating_add(self.offset).unwrap_or(self.start);
        Now { at: self.epoch + at, wall }
    }

    /// The wall clock that nobody has set.
    pub(super) fn true_wall(&self, at: Duration) -> Timestamp {
        self.start.saturating_add(at).unwrap_or(self.start)
    }

    /// The moment of the run that an instant is.
    pub(super) fn moment(&self, instant: Instant) -> Duration {
        instant.saturating_duration_since(self.epoch)
    }

    /// Sets the wall clock off by so much.
    pub(super) fn set_off(&mut self, offset: SignedDuration) {
        self.offset = offset;
    }
}

/// A Wednesday at 14:00 UTC: ten in the morning in New York, seven in Los Angeles.
pub(super) fn wednesday() -> Timestamp {
    Timestamp::from_second(WEDNESDAY).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// 2026-03-18T14:00:00Z.
const WEDNESDAY: i64 = 1_773_842_400;
