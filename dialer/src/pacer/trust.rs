//! Whether a forecast may be believed: events that add up, a clock that runs, carriers that work.
//!
//! ```text
//!  Trusted ──gap, mismatch, told so──▶ Doubted { calls left } ──20 calls end as told──▶ Trusted
//!     └──── 20 of the last 50 calls failed ────▶ Doubted until fewer than that have
//! ```

use std::collections::VecDeque;

/// How far what it is told can be believed.
#[derive(Clone, Debug, Default)]
pub(super) struct Trust {
    lost: Option<(Doubt, u32)>,
    /// Of the last calls, which ones the carrier failed.
    failed: VecDeque<bool>,
}

/// Why no forecast is believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// Agents or calls do not add up, or nobody looked for a while.
    EventsLost,
    /// The wall clock and the monotonic clock went apart.
    ClockJumped,
    /// Two calls of five fail at the carrier.
    CarrierFails,
}

impl Doubt {
    /// In words.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EventsLost => "events were lost",
            Self::ClockJumped => "the clock jumped",
            Self::CarrierFails => "the carrier fails too many calls",
        }
    }
}

impl Trust {
    /// Something is wrong: nothing is believed until [`CALLS`] calls have ended as told.
    pub(super) fn lose(&mut self, why: Doubt) {
        self.lost = Some((why, CALLS));
    }

    /// A look after `apart_s` seconds; `agents_agree` where two counts of the idle do.
    pub(super) fn check(&mut self, apart_s: f64, agents_agree: bool) {
        if apart_s > GAP_S || !agents_agree {
            self.lose(Doubt::EventsLost);
        }
    }

    /// A call stopped ringing as told.
    pub(super) fn told(&mut self, failed: bool) {
        self.lost = self.lost.and_then(|(why, left)| (left > 1).then(|| (why, left - 1)));
        self.failed.push_back(failed);
        if self.failed.len() > WATCHED {
            self.failed.pop_front();
        }
    }

    /// Why no forecast is believed now.
    pub(super) fn doubt(&self) -> Option<Doubt> {
        let failed = self.failed.iter().filter(|failed| **failed).count();
        let carrier = (failed >= FAILED_MOST).then_some(Doubt::CarrierFails);
        self.lost.map(|(why, _)| why).or(carrier)
    }
}

/// A gap between two looks that means events were lost or the machine slept.
const GAP_S: f64 = 5.0;
/// Calls that must end as told before a forecast is trusted again.
const CALLS: u32 = 20;
/// Calls of which the carrier may fail fewer than [`FAILED_MOST`]: two of five.
const WATCHED: usize = 50;
const FAILED_MOST: usize = 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trust_is_lost_at_once_and_earned_by_twenty_calls() {
        let mut trust = Trust::default();
        trust.check(1.0, true);
        assert_eq!(trust.doubt(), None);
        trust.check(6.0, true);
        (0..19).for_each(|_| trust.told(false));
        assert_eq!(trust.doubt(), Some(Doubt::EventsLost));
        trust.told(false);
        assert_eq!(trust.doubt(), None);
        trust.lose(Doubt::ClockJumped);
        assert_eq!(trust.doubt(), Some(Doubt::ClockJumped));
    }

    /// FAULTS F7: a carrier that fails two calls of five is not dialled ahead on.
    #[test]
    fn a_failing_carrier_is_doubted_until_it_works_again() {
        let mut trust = Trust::default();
        (0..30).for_each(|_| trust.told(false));
        (0..19).for_each(|_| trust.told(true));
        assert_eq!(trust.doubt(), None);
        trust.told(true);
        assert_eq!(trust.doubt(), Some(Doubt::CarrierFails));
        (0..31).for_each(|_| trust.told(false));
        assert_eq!(trust.doubt(), None);
    }
}
