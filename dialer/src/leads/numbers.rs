//! Which of a person's numbers is dialled next.
//!
//! ```text
//!   number │ other_numbers            nobody was met there: the next one's turn
//!     1    │ 2, 3          ─▶   2 │ 3, 1   ─▶   3 │ 1, 2   ─▶   1 │ 2, 3
//! ```
//! Only what says that nobody is to be met at a number sends the dialer on to the next. Who
//! declined, hung up or was abandoned was met, and is not pursued at their other telephones.
//!
//! Caps count the person: what was tried at any of their numbers.
//!
//! Invariant: a turn neither loses a number nor doubles one.

use std::mem;

use routing::Number;

use super::{Lead, NumberHistory, OtherNumber};
use crate::outcomes::Outcome;

impl Lead {
    /// Every number of theirs, the one to dial next first.
    pub fn numbers(&self) -> impl Iterator<Item = Number> + '_ {
        [self.number].into_iter().chain(self.other_numbers.iter().map(|other| other.number))
    }

    /// Those that may have a turn, the one to dial next first.
    pub fn numbers_in_turn(&self) -> impl Iterator<Item = Number> + '_ {
        let others = self.other_numbers.iter().filter(|other| !other.passed_over);
        [self.number].into_iter().chain(others.map(|other| other.number))
    }

    /// The number whose turn it is after an attempt ended so, among those that `may_be_dialled`;
    /// none where it is the same again.
    #[must_use]
    pub fn number_after(
        &self,
        outcome: Outcome,
        may_be_dialled: impl Fn(Number) -> bool,
    ) -> Option<Number> {
        let mut others = self.other_numbers.iter().filter(|other| !other.passed_over);
        let mut others = others.by_ref().map(|other| other.number);
        let next = others.find(|number| *number != self.number && may_be_dialled(*number));
        next.filter(|_| outcome.met_nobody())
    }

    /// Gives the turn to another number of theirs. The one before it comes last, and never again
    /// where `exists` is false. A number that is none of theirs changes nothing.
    pub fn turn_to(&mut self, number: Number, exists: bool) {
        let of_it = |other: &OtherNumber| other.number == number;
        let Some(at) = self.other_numbers.iter().position(of_it) else { return };
        let OtherNumber { kind, number, .. } = self.other_numbers.remove(at);
        let before = OtherNumber {
            kind: mem::replace(&mut self.number_kind, kind),
            number: mem::replace(&mut self.number, number),
            passed_over: !exists,
        };
        self.other_numbers.push(before);
        // Nor is what was tried forgotten: it is the person who is called too often.
        self.history.machine_at = None;
    }

    /// Takes over what was tried at each of their numbers. Whoever rests after an abandoned call
    /// rests at all of them; a machine was at its own number.
    pub fn recall<'a>(&mut self, tried_at: impl Fn(Number) -> Option<&'a NumberHistory>) {
        let mut history = tried_at(self.number).cloned().unwrap_or_default();
        for other in self.numbers().skip(1).filter_map(tried_at) {
            history.recent.extend(&other.recent);
            history.abandoned_at = history.abandoned_at.max(other.abandoned_at);
        }
        history.recent.sort_unstable();
        self.history = history;
    }

    /// Leaves a number of theirs out from now on: somebody else on the list has it.
    pub fn pass_over(&mut self, number: Number) {
        for other in self.other_numbers.iter_mut().filter(|other| other.number == number) {
            other.passed_over = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{fiction, lead};

    fn person() -> Lead {
        let of = |n: u8| OtherNumber {
            kind: format!("kind {n}"),
            number: fiction(n),
            passed_over: false,
        };
        let number_kind = "kind 1".to_owned();
        Lead { number: fiction(1), number_kind, other_numbers: vec![of(2), of(3)], ..lead(1) }
    }

    fn after(lead: &Lead, outcome: Outcome) -> Option<Number> {
        lead.number_after(outcome, |_| true)
    }

    #[test]
    fn each_number_has_its_turn_and_keeps_its_kind() {
        let mut lead = person();
        for turn in [2, 3, 1, 2] {
            let next = after(&lead, Outcome::NoAnswer).unwrap();
            lead.turn_to(next, true);
            assert_eq!(
                (lead.number, lead.number_kind.as_str()),
                (fiction(turn), &*format!("kind {turn}"))
            );
            let mut all: Vec<_> = lead.numbers().collect();
            all.sort_unstable();
            assert_eq!(all, [fiction(1), fiction(2), fiction(3)]);
        }
    }

    /// RULES: Florida's three calls in a day are to a person, however many telephones they have.
    #[test]
    fn what_was_tried_at_any_number_counts() {
        let mut lead = person();
        let at = |s| jiff::Timestamp::from_second(s).ok();
        let tried = |s: i64| NumberHistory {
            recent: at(s).into_iter().collect(),
            abandoned_at: at(s),
            machine_at: at(s),
        };
        let known = [(fiction(1), tried(10)), (fiction(2), tried(30)), (fiction(3), tried(20))];
        let known: std::collections::BTreeMap<_, _> = known.into_iter().collect();
        lead.recall(|number| known.get(&number));
        let recent: Vec<_> = [10, 20, 30].into_iter().filter_map(at).collect();
        assert_eq!(lead.history.recent, recent);
        assert_eq!((lead.history.abandoned_at, lead.history.machine_at), (at(30), at(10)));
        lead.recall(|_| None);
        assert_eq!(lead.history, NumberHistory::default());
    }

    #[test]
    fn who_was_met_is_not_pursued_elsewhere() {
        let lead = person();
        let on = |outcome: &Outcome| after(&lead, *outcome).is_some();
        let on: Vec<_> = Outcome::ALL.into_iter().filter(on).collect();
        let expected = [
            Outcome::Machine,
            Outcome::NoMedia,
            Outcome::Busy,
            Outcome::NoAnswer,
            Outcome::BadNumber,
        ];
        assert_eq!(on, expected);
    }

    #[test]
    fn a_number_that_does_not_exist_is_not_dialled_again() {
        let mut lead = person();
        for next in [Some(fiction(2)), Some(fiction(3)), None] {
            assert_eq!(after(&lead, Outcome::BadNumber), next);
            if let Some(next) = next {
                lead.turn_to(next, false);
            }
        }
        assert_eq!(lead.number, fiction(3));
    }

    #[test]
    fn what_may_not_be_dialled_or_is_somebody_elses_is_passed_over() {
        let mut lead = person();
        let listed = |number| number != fiction(2);
        assert_eq!(lead.number_after(Outcome::Busy, listed), Some(fiction(3)));
        lead.pass_over(fiction(3));
        assert_eq!(lead.number_after(Outcome::Busy, listed), None);
        assert_eq!(after(&lead, Outcome::Busy), Some(fiction(2)));
        lead.turn_to(fiction(9), true);
        assert_eq!(lead.number, fiction(1));
    }
}
