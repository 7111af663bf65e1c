//! How long a caller of a queue is likely to wait, by what the queue did lately.
//!
//! Callers of one queue are taken one after another, so whoever is n-th in line waits for n pauses
//! between two that are taken. Only pauses count in which somebody waited from the one to the
//! other: how long a queue has nobody to serve says nothing of how fast it serves. The latest 20
//! count, for half an hour; under three of them nobody knows, and nobody is told.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// What one queue did lately.
#[derive(Debug, Clone, Default)]
pub struct Waits {
    /// When a caller was taken last.
    last: Option<Instant>,
    /// When each pause ended, and how long it was.
    pauses: VecDeque<(Instant, Duration)>,
}

impl Waits {
    /// An agent took a caller who had waited since then.
    pub fn taken(&mut self, now: Instant, since: Instant) {
        if let Some(last) = self.last.filter(|last| since <= *last) {
            if self.pauses.len() == PAUSES_MAX {
                self.pauses.pop_front();
            }
            self.pauses.push_back((now, now.saturating_duration_since(last)));
        }
        self.last = Some(now);
    }

    /// How long whoever is at this place in line, 1 being next, is likely to wait from now on; none
    /// while too little is known.
    #[must_use]
    pub fn likely(&self, now: Instant, place: u32) -> Option<Duration> {
        let fresh = |(at, _): &&(Instant, Duration)| now.saturating_duration_since(*at) <= FRESH;
        let (count, sum) = self
            .pauses
            .iter()
            .filter(fresh)
            .fold((0, Duration::ZERO), |(count, sum), (_, pause)| (count + 1, sum + *pause));
        if count < PAUSES_MIN {
            return None;
        }
        let pause = sum / count;
        // The pause that runs now began when the last caller was taken.
        let run = now.saturating_duration_since(self.last?).min(pause);
        Some((pause * place).saturating_sub(run))
    }
}

const PAUSES_MAX: usize = 20;

const PAUSES_MIN: u32 = 3;

/// How long a pause counts.
const FRESH: Duration = Duration::from_mins(30);

#[cfg(test)]
mod tests {
    use super::*;

    /// So many seconds after a beginning that all instants of a test share.
    type At = Box<dyn Fn(u64) -> Instant>;

    fn clock() -> At {
        let start = crate::origin();
        Box::new(move |seconds| start + Duration::from_secs(seconds))
    }

    /// A queue that took a caller each half minute, whom all of them waited for.
    fn busy(at: &At) -> Waits {
        let mut waits = Waits::default();
        for turn in 1..=4 {
            waits.taken(at(turn * 30), at(0));
        }
        waits
    }

    #[test]
    fn whoever_is_third_waits_for_three_pauses_less_the_one_that_runs() {
        let at = clock();
        let waits = busy(&at);
        assert_eq!(waits.likely(at(120), 3), Some(Duration::from_secs(90)));
        assert_eq!(waits.likely(at(130), 3), Some(Duration::from_secs(80)));
        assert_eq!(waits.likely(at(400), 1), Some(Duration::ZERO), "any moment");
    }

    #[test]
    fn nothing_is_told_without_history_or_of_an_old_one() {
        let at = clock();
        assert_eq!(Waits::default().likely(at(0), 1), None);
        let mut waits = Waits::default();
        for turn in 1..=3 {
            waits.taken(at(turn * 30), at(0));
        }
        assert_eq!(waits.likely(at(90), 1), None, "two pauses are too few");
        assert_eq!(busy(&at).likely(at(60 + 1_800), 1), Some(Duration::ZERO));
        assert_eq!(busy(&at).likely(at(61 + 1_800), 1), None, "the first has gone stale");
    }

    #[test]
    fn a_pause_in_which_nobody_waited_is_no_pause() {
        let at = clock();
        let mut waits = busy(&at);
        waits.taken(at(1_000), at(990));
        assert_eq!(waits.likely(at(1_000), 1), Some(Duration::from_secs(30)));
    }

    #[test]
    fn only_the_latest_twenty_count() {
        let at = clock();
        let mut waits = busy(&at);
        for turn in 1..=20 {
            waits.taken(at(120 + turn * 10), at(0));
        }
        assert_eq!(waits.likely(at(320), 2), Some(Duration::from_secs(20)));
    }
}
