//! What was counted for one row, the figures that follow from it, and which row something is of.

use std::collections::BTreeMap;

use jiff::civil::{DateTime, Time};
use jiff::{SignedDuration, Timestamp};

use super::figures::{Figure, Join, Lasting, Of, Report};
use super::{Grouping, Key, ReportQuery, Value};
use crate::error::Error;
use crate::row::Row;

/// Sums by the names of their figures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Gathered(BTreeMap<&'static str, (Join, i64)>);

impl Gathered {
    pub(super) fn add(&mut self, figure: &Figure, found: i64) {
        self.join(figure.name, figure.join(), found);
    }

    /// Adds all that this one has to another.
    pub(super) fn join_into(&self, other: &mut Self) {
        for (name, (how, sum)) in &self.0 {
            other.join(name, *how, *sum);
        }
    }

    /// The values of all figures of a report, in its order.
    pub(super) fn values(&self, report: &'static Report) -> Vec<Option<Value>> {
        report.figures.iter().map(|figure| self.value(report, figure)).collect()
    }

    fn join(&mut self, name: &'static str, how: Join, found: i64) {
        let Some((_, sum)) = self.0.get_mut(name) else {
            self.0.insert(name, (how, found));
            return;
        };
        *sum = match how {
            Join::Add => sum.saturating_add(found),
            Join::Least => found.min(*sum),
            Join::Most => found.max(*sum),
        };
    }

    fn value(&self, report: &'static Report, figure: &'static Figure) -> Option<Value> {
        let found = self.0.get(figure.name).map(|(_, sum)| *sum);
        match figure.of {
            Of::Sum(_, _, Lasting::Microseconds) => Some(Value::Whole(found.unwrap_or_default())),
            Of::Sum(_, _, Lasting::Hours) => {
                Some(Value::Part(float(found.unwrap_or_default()) / MS_PER_HOUR))
            }
            Of::Earliest(_) | Of::Latest(_) => found.map(Value::Whole),
            Of::Total(parts) => Some(Value::Whole(self.whole(parts))),
            Of::Ratio(over, under) => {
                let of = |parts: &[&str]| {
                    let parts = parts.iter().filter_map(|part| report.figure(part));
                    parts.map(|part| self.value(report, part).map_or(0.0, Value::as_f64)).sum()
                };
                let under: f64 = of(under);
                (under > 0.0).then(|| Value::Part(of(over) / under))
            }
        }
    }

    fn whole(&self, parts: &[&str]) -> i64 {
        parts.iter().filter_map(|part| self.0.get(part)).map(|(_, sum)| *sum).sum()
    }
}

/// What time is counted in where it becomes hours: a year of a thousand agents still fits.
pub(super) const US_PER_MS: i64 = 1_000;

const MS_PER_HOUR: f64 = 3_600_000.0;

impl Value {
    /// The number itself.
    #[must_use]
    pub fn as_f64(self) -> f64 {
        match self {
            Self::Whole(whole) => float(whole),
            Self::Part(part) => part,
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a quotient has no use for the last of 16 digits")]
fn float(whole: i64) -> f64 {
    whole as f64
}

impl ReportQuery {
    /// Which row a row of SQL is of.
    pub(super) fn key_of(&self, group: Option<Grouping>, row: &Row) -> Result<Key, Error> {
        match group {
            None => Ok(Key::Nobody),
            Some(group) if group.is_time() => {
                let quarter: i64 = row.column("key")?;
                let at = Timestamp::from_microsecond(quarter.saturating_mul(QUARTER_US));
                Ok(self.slot(at.map_err(|cause| Error::unreadable("key", &cause))?).0)
            }
            Some(group) if group.is_word() => {
                Ok(row.column::<Option<String>>("key")?.map_or(Key::Nobody, Key::Word))
            }
            Some(_) => Ok(row.id_maybe("key")?.map_or(Key::Nobody, Key::Id)),
        }
    }

    /// The time that a row counts.
    pub(super) fn time_of(&self, key: &Key) -> (Timestamp, Timestamp) {
        match key {
            Key::Time(began) => (self.from.max(*began), self.to.min(self.slot(*began).1)),
            _ => (self.from, self.to),
        }
    }

    /// The local hour or day that a moment lies in, and where the next begins.
    pub(super) fn slot(&self, at: Timestamp) -> (Key, Timestamp) {
        let local = self.zone.to_datetime(at);
        let (began, next) = if self.group == Grouping::Day {
            let next = local.date().tomorrow().map(|date| date.to_datetime(Time::midnight()));
            (local.date().to_datetime(Time::midnight()), next)
        } else {
            let began = local.date().at(local.hour(), 0, 0, 0);
            (began, began.checked_add(SignedDuration::from_hours(1)))
        };
        let moment = |local: DateTime| self.zone.to_timestamp(local);
        let next = next.and_then(moment).ok().filter(|next| *next > at);
        (Key::Time(moment(began).unwrap_or(at)), next.unwrap_or(Timestamp::MAX))
    }
}

/// Every hour and day of every zone begins at a whole one of these.
pub(super) const QUARTER_US: i64 = 900_000_000;
