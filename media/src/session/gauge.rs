//! What is counted of one stream since a measurement of it began: a call on an agent's line that
//! carries many, or the part of a call after its answer.

use std::time::Duration;

use super::reception::Reception;
use crate::quality::{Counted, Quality};

/// The figures of one span.
#[derive(Debug, Default)]
pub(crate) struct Gauge {
    /// Received and lost when the span began.
    before: (u64, u64),
    /// Sum, count and greatest of the jitter after each packet of audio, in microseconds.
    jitter: (u64, u32, u32),
    /// Sum and count of round trips, in microseconds.
    trips: (u64, u32),
    /// What we had sent, and the party had lost, at its latest report.
    told_at: (u64, i32),
    /// Of ours in this span: what it reported on, and what of it it missed.
    told: Option<(u64, u64)>,
}

/// What a party's report says of what we sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Told {
    /// Lost in all, if it says so; less than none where packets came twice (RFC 3550 §6.4.1).
    pub(crate) lost: Option<i32>,
    pub(crate) round_trip: Option<Duration>,
}

impl Gauge {
    /// A packet of audio came.
    pub(crate) fn heard(&mut self, reception: &Reception) {
        let now = reception.jitter_us();
        let (sum, count, greatest) = self.jitter;
        self.jitter = (sum + u64::from(now), count.saturating_add(1), greatest.max(now));
    }

    /// The party reported; `sent` is what it had been sent by then.
    pub(crate) fn told(&mut self, told: Told, sent: u64) {
        let Some(lost) = told.lost else { return };
        let (sent_before, lost_before) = std::mem::replace(&mut self.told_at, (sent, lost));
        let fresh = sent.saturating_sub(sent_before);
        let missed = u64::try_from(lost.saturating_sub(lost_before)).unwrap_or(0);
        let (reported, already) = self.told.unwrap_or_default();
        self.told = Some((reported + fresh, already + missed.min(fresh)));
        if let Some(trip) = told.round_trip {
            let us = u64::try_from(trip.as_micros()).unwrap_or(u64::MAX).min(TRIP_MAX_US);
            self.trips = (self.trips.0 + us, self.trips.1.saturating_add(1));
        }
    }

    /// How the span was, up to now.
    pub(crate) fn quality(&self, reception: &Reception, ptime_ms: u8) -> Option<Quality> {
        let (received, lost) = self.before;
        let (jitter, packets, jitter_max_us) = self.jitter;
        Quality::of(&Counted {
            received: reception.received().saturating_sub(received),
            lost: reception.lost().saturating_sub(lost),
            told: self.told,
            jitter_us: mean(jitter, packets).unwrap_or(0),
            jitter_max_us,
            round_trip_us: mean(self.trips.0, self.trips.1),
            ptime_ms,
        })
    }

    /// The next span begins.
    pub(crate) fn restart(&mut self, reception: &Reception) {
        let before = (reception.received(), reception.lost());
        *self = Self { before, told_at: self.told_at, ..Self::default() };
    }
}

fn mean(sum: u64, count: u32) -> Option<u32> {
    u32::try_from(sum.checked_div(count.into())?).ok()
}

/// A minute: nobody who reports a longer one tells the truth.
const TRIP_MAX_US: u64 = 60_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn told(lost: i32) -> Told {
        Told { lost: Some(lost), round_trip: Some(Duration::from_millis(40)) }
    }

    /// RFC 3550 §6.4.1: reports count from the beginning, a span counts what came in it.
    #[test]
    fn what_the_party_missed_before_the_span_is_not_in_it() {
        let (mut gauge, reception) = (Gauge::default(), Reception::default());
        gauge.told(told(90), 100);
        gauge.restart(&reception);
        gauge.told(told(95), 200);
        let quality = gauge.quality(&reception, 20).unwrap();
        assert_eq!((quality.lost_by_party, quality.round_trip_us), (Some(50), Some(40_000)));
    }

    /// A party that says it lost more than it was sent, or less than before, is believed as far as
    /// it can be true.
    #[test]
    fn lies_of_the_party_stay_within_what_is_possible() {
        let (mut gauge, reception) = (Gauge::default(), Reception::default());
        gauge.told(told(i32::MAX), 10);
        assert_eq!(gauge.quality(&reception, 20).unwrap().lost_by_party, Some(1_000));
        gauge.told(told(i32::MIN), 20);
        gauge.told(told(i32::MAX), 20);
        assert_eq!(gauge.quality(&reception, 20).unwrap().lost_by_party, Some(500));
    }
}
