//! What a pacer has learnt of one hour of the week, to begin with in the same hour of another.
//!
//! Counts only, in thousandths: evidence and journal know no fractions, and so the same memory is
//! the same bytes everywhere. A memory is believed as much as [`BELIEVED`] calls, whatever it was
//! made of: it spares a campaign its first cautious half-hour and gives way to the day within
//! minutes.

use super::grid::{figure, whole};
use serde::{Deserialize, Serialize};

/// What a pacer has learnt.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Learnt {
    /// Calls that were ringing at each half-second of age, each faded as it grew old.
    pub(super) reached: Counts,
    /// People who answered at that age.
    pub(super) people: Counts,
    /// Machines that answered at that age.
    pub(super) machines: Counts,
    /// Calls that ended at that age without an answer.
    pub(super) others: Counts,
    /// The detector's mean delay, in ms.
    pub(super) detection_ms: u32,
    /// Talk, talk with callers who came in, wrap-up.
    pub(super) stages: [Stages; 3],
}

/// How long one stage of an agent's work lasted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stages {
    /// Seconds spent in each bin of elapsed time.
    pub(super) spent: Counts,
    /// Stages that ended in each bin.
    pub(super) ended: Counts,
}

/// One count for each bin, in thousandths, without the zeros at the end.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Counts(Vec<u32>);

impl Counts {
    pub(super) fn of(figures: &[f64]) -> Self {
        let end = figures.iter().rposition(|count| *count >= 0.000_5).map_or(0, |last| last + 1);
        Self(figures.iter().take(end).map(|count| whole(count * 1_000.0)).collect())
    }

    pub(super) fn sum(&self) -> f64 {
        self.0.iter().map(|count| f64::from(*count) / 1_000.0).sum()
    }

    pub(super) fn first(&self) -> f64 {
        self.0.first().map_or(0.0, |count| f64::from(*count) / 1_000.0)
    }

    /// Adds a part of each to the figures; bins that are not there any more are left out.
    pub(super) fn add_to(&self, figures: &mut [f64], part: f64) {
        for (figure, count) in figures.iter_mut().zip(&self.0) {
            *figure += part * f64::from(*count) / 1_000.0;
        }
    }
}

/// Which part of something that weighs so much is believed.
pub(super) fn believed_of(weight: f64) -> f64 {
    if weight > BELIEVED { BELIEVED / weight } else { 1.0 }
}

/// As many calls, or stages of work, a memory weighs at the most.
pub(super) const BELIEVED: f64 = 50.0;

/// An hour of the week, 0 on Monday at midnight to 167.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct HourOfWeek(u8);

impl HourOfWeek {
    /// The hour that a clock on the wall shows.
    #[must_use]
    pub fn of(local: jiff::civil::DateTime) -> Self {
        let day = local.date().weekday().to_monday_zero_offset();
        let hour = i16::from(day) * 24 + i16::from(local.hour());
        Self(u8::try_from(hour).unwrap_or_default())
    }

    /// Its number, 0..=167.
    #[must_use]
    pub const fn number(self) -> u8 {
        self.0
    }
}

/// How many calls a pacer must have seen for its memory to be worth keeping.
pub(super) fn is_worth_keeping(reached: f64) -> bool {
    reached >= figure(30)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_read_as_they_were_written_to_a_thousandth() {
        let kept = Counts::of(&[1.234_4, 0.0, 2.0, 0.000_1, 0.0]);
        assert_eq!(kept, Counts(vec![1_234, 0, 2_000]));
        let mut figures = [1.0; 5];
        kept.add_to(&mut figures, 0.5);
        assert!((figures[0] - 1.617).abs() < 1e-9 && (figures[2] - 2.0).abs() < 1e-9);
        assert!((kept.sum() - 3.234).abs() < 1e-9);
        let text = serde_json::to_string(&kept).unwrap();
        assert_eq!(text, "[1234,0,2000]");
        assert_eq!(serde_json::from_str::<Counts>(&text).unwrap(), kept);
    }

    /// What a wrong file says is bounded, not believed.
    #[test]
    fn a_memory_with_more_bins_than_there_are_is_cut() {
        let mut figures = [0.0; 2];
        Counts(vec![1_000; 9]).add_to(&mut figures, 1.0);
        assert!(figures.iter().all(|figure| (figure - 1.0).abs() < 1e-9), "{figures:?}");
    }

    #[test]
    fn the_week_has_a_hundred_and_sixty_eight_hours_from_monday() {
        let at = |text: &str| HourOfWeek::of(text.parse().unwrap()).number();
        assert_eq!(at("2026-11-23T00:00:00"), 0);
        assert_eq!(at("2026-11-25T09:59:59"), 2 * 24 + 9);
        assert_eq!(at("2026-11-29T23:59:59"), 167);
    }
}
