//! The decisions of the last hour, for whoever asks why so many or so few calls were made.

use super::Decision;
use jiff::{SignedDuration, Timestamp};
use std::collections::VecDeque;

/// Decisions that dialled, or that changed what holds the dialling; the oldest first.
#[derive(Debug, Default)]
pub(super) struct History(VecDeque<Decision>);

impl History {
    /// Keeps a decision that is worth telling.
    pub(super) fn note(&mut self, decision: &Decision) {
        let same = |last: &Decision| {
            (&last.mode, &last.one_to_one) == (&decision.mode, &decision.one_to_one)
        };
        if decision.dial == 0 && self.0.back().is_some_and(same) {
            return;
        }
        let horizon = decision.at.saturating_sub(KEPT).unwrap_or(Timestamp::MIN);
        while self.0.front().is_some_and(|one| one.at < horizon) || self.0.len() >= MOST {
            self.0.pop_front();
        }
        self.0.push_back(decision.clone());
    }

    /// The newest first.
    pub(super) fn newest(&self) -> impl Iterator<Item = &Decision> {
        self.0.iter().rev()
    }
}

const KEPT: SignedDuration = SignedDuration::from_hours(1);
/// Beyond this the oldest go, hour or not: more than one decision a second.
const MOST: usize = 4_096;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{NOON, at, decision, settings};

    #[test]
    fn an_hour_of_decisions_is_kept_and_what_says_nothing_new_is_not() {
        let mut history = History::default();
        let one = |minute: i64, dial| {
            let at = at(NOON).checked_add(SignedDuration::from_mins(minute)).unwrap();
            Decision { at, dial, ..decision(&settings()) }
        };
        for (minute, dial) in [(0, 1), (1, 0), (30, 2), (61, 3)] {
            history.note(&one(minute, dial));
        }
        let kept: Vec<_> = history.newest().map(|one| one.dial).collect();
        assert_eq!(kept, [3, 2]);
        let held = Decision { one_to_one: Some("events were lost".to_owned()), ..one(62, 0) };
        history.note(&held);
        assert_eq!(history.newest().next(), Some(&held));
        (0..5_000).for_each(|_| history.note(&one(63, 1)));
        assert_eq!(history.newest().count(), MOST);
    }
}
