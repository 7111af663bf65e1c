//! What a detector of answering machines said, held against what agents met and reviewers heard.
//!
//! An agent meets whoever was taken for a person, and of the machine verdicts the audited sample;
//! of another sample a reviewer hears the greeting. Both are drawn by chance alone, so they count
//! together. The truth is known of a part of each row, and a share of it is an estimate: each comes
//! with Wilson's interval, within which the true share lies with 95 % (if what agents and reviewers
//! declare is true).

use serde::Serialize;

/// The verdicts of a campaign, and what people met or heard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Confusion {
    /// Taken for people.
    pub person: Met,
    /// Taken for machines.
    pub machine: Met,
    /// Nobody could tell; treated as people.
    pub uncertain: Met,
}

/// The calls of one verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Met {
    /// All of them.
    pub calls: u64,
    /// Of those that an agent or a reviewer declared, the ones that were people.
    pub people: u64,
    /// And the ones that were machines.
    pub machines: u64,
    /// Of both, those that a reviewer heard and no agent met.
    pub reviewed: u64,
}

impl Met {
    fn known(self) -> u64 {
        self.people.saturating_add(self.machines)
    }
}

impl Confusion {
    /// People among the machine verdicts: what a regulator's sum charges.
    #[must_use]
    pub fn false_positives(&self) -> Estimate {
        Estimate::of(self.machine.people, self.machine.known())
    }

    /// Machines among those who were treated as people.
    #[must_use]
    pub fn missed(&self) -> Estimate {
        let machines = self.person.machines.saturating_add(self.uncertain.machines);
        Estimate::of(machines, self.person.known().saturating_add(self.uncertain.known()))
    }
}

/// A share of what was looked at, and where the true share lies.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Estimate {
    /// How many were looked at.
    pub of: u64,
    /// The share among them, 0 to 1; none of nothing.
    pub share: Option<f64>,
    /// The lower end of the 95 % interval.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl Estimate {
    /// Wilson's score interval: it holds for small samples too, and never leaves 0 to 1.
    #[must_use]
    pub fn of(part: u64, whole: u64) -> Self {
        if whole == 0 {
            return Self { of: 0, share: None, low: 0.0, high: 1.0 };
        }
        let (n, p) = (figure(whole), figure(part.min(whole)) / figure(whole));
        let spread = Z * ((p * (1.0 - p) + Z * Z / (4.0 * n)) / n).sqrt();
        let (middle, scale) = (p + Z * Z / (2.0 * n), 1.0 + Z * Z / n);
        let end = |sign: f64| ((middle + sign * spread) / scale).clamp(0.0, 1.0);
        Self { of: whole, share: Some(p), low: end(-1.0), high: end(1.0) }
    }
}

/// Two-sided 95 % of the normal distribution.
const Z: f64 = 1.959_964;

fn figure(count: u64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn percent(part: u64, whole: u64) -> String {
        let Estimate { low, high, .. } = Estimate::of(part, whole);
        format!("{:.1} to {:.1}", 100.0 * low, 100.0 * high)
    }

    /// The published examples of Wilson's interval.
    #[test]
    fn the_interval_is_wilsons() {
        assert_eq!(percent(0, 0), "0.0 to 100.0");
        assert_eq!(percent(0, 10), "0.0 to 27.8");
        assert_eq!(percent(1, 10), "1.8 to 40.4");
        assert_eq!(percent(50, 100), "40.4 to 59.6");
        assert_eq!(percent(10, 10), "72.2 to 100.0");
    }

    #[test]
    fn each_share_is_of_what_somebody_met_or_heard() {
        let confusion = Confusion {
            person: Met { calls: 500, people: 380, machines: 20, reviewed: 0 },
            machine: Met { calls: 400, people: 1, machines: 19, reviewed: 12 },
            uncertain: Met { calls: 30, people: 20, machines: 5, reviewed: 0 },
        };
        let (charged, missed) = (confusion.false_positives(), confusion.missed());
        assert_eq!((charged.of, charged.share), (20, Some(0.05)));
        assert_eq!((missed.of, missed.share), (425, Some(25.0 / 425.0)));
    }

    proptest! {
        #[test]
        fn a_share_lies_in_its_interval(whole in 1_u64..100_000, part in 0_u64..100_000) {
            let Estimate { share, low, high, .. } = Estimate::of(part.min(whole), whole);
            let share = share.unwrap();
            prop_assert!((0.0..=1.0).contains(&low) && (0.0..=1.0).contains(&high));
            prop_assert!(low <= share + 1e-9 && share <= high + 1e-9);
        }
    }
}
