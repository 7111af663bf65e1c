//! Opening hours of a queue or a number, with the dates on which nobody is there at all.
//!
//! Hours are those of one place. Whoever evaluates them has the table of zones and passes what a
//! clock on the wall there shows; callers who wait already when the hours end are served.

use crate::agents::time_zone;
use crate::hours::Hours;
use crate::invalid::Invalid;
use crate::queues::Overflow;
use jiff::civil::{Date, DateTime};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// When somebody is there, and what happens to a caller when nobody is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opening {
    /// IANA zone whose clocks the hours mean.
    pub time_zone: String,
    /// Open in any of these; 1 to 21 rows.
    pub hours: Vec<Hours>,
    /// Dates on which nobody is there, whatever the hours say; at most 400.
    #[serde(default)]
    pub closed_on: BTreeSet<Date>,
    /// What happens to a caller who comes when nobody is there.
    #[serde(default)]
    pub closed: Overflow,
    /// The clip that such a caller hears where `closed` is a notice, by name; none is the one of
    /// the queue or number.
    #[serde(default)]
    pub notice: Option<String>,
}

impl Opening {
    /// Whether somebody is there, by what a clock there shows.
    #[must_use]
    pub fn is_open(&self, local: DateTime) -> bool {
        is_open(&self.hours, &self.closed_on, local)
    }

    /// Checks all that the hours can tell by themselves.
    pub fn validate(&self) -> Result<(), Invalid> {
        let wrong = faults(&self.time_zone, &self.hours, &self.closed_on);
        wrong.into_iter().next().map_or(Ok(()), Err)
    }
}

/// Whether a clock shows a time within these hours, on a date that is none of these.
pub(crate) fn is_open(hours: &[Hours], closed_on: &BTreeSet<Date>, local: DateTime) -> bool {
    hours.iter().any(|hours| hours.contain(local)) && !closed_on.contains(&local.date())
}

/// What is wrong with the hours of a place.
pub(crate) fn faults(zone: &str, hours: &[Hours], closed_on: &BTreeSet<Date>) -> Vec<Invalid> {
    let mut wrong: Vec<_> = time_zone("time_zone", zone).err().into_iter().collect();
    Hours::validate(hours, "hours", &mut wrong);
    if closed_on.len() > DATES_MAX {
        wrong.push(Invalid::new("closed_on", "must be at most 400 dates"));
    }
    wrong
}

const DATES_MAX: usize = 400;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hours::Days;

    fn opening() -> Opening {
        Opening {
            time_zone: "Europe/London".into(),
            hours: vec![Hours::new(Days::WEEKDAYS, 9, 0, 17, 30)],
            closed_on: BTreeSet::from(["2026-12-25".parse().unwrap()]),
            closed: Overflow::HangUp,
            notice: None,
        }
    }

    /// Issue 5, point 4: open from the first minute to before the last, and on no holiday.
    #[test]
    fn somebody_is_there_in_the_hours_of_a_day_that_is_no_holiday() {
        for (local, open) in [
            ("2026-12-24T08:59:59", false),
            ("2026-12-24T09:00:00", true),
            ("2026-12-24T17:29:59", true),
            ("2026-12-24T17:30:00", false),
            ("2026-12-25T10:00:00", false),
            ("2026-12-26T10:00:00", false),
        ] {
            assert_eq!(opening().is_open(local.parse().unwrap()), open, "{local}");
        }
    }

    #[test]
    fn hours_that_cannot_be_are_refused_by_name() {
        let told = |change: fn(&mut Opening)| {
            let mut opening = opening();
            change(&mut opening);
            opening.validate().unwrap_err().field.into_owned()
        };
        assert_eq!(opening().validate(), Ok(()));
        assert_eq!(told(|o| o.hours.clear()), "hours");
        assert_eq!(told(|o| o.time_zone = "Nowhere at all".into()), "time_zone");
        assert_eq!(told(|o| o.hours[0] = Hours::new(Days::ALL, 9, 0, 8, 0)), "hours[0].to");
    }
}
