//! What a figure is: its name and unit, its formula in words and as SQL.

use super::catalogue::REPORTS;
use super::rows::US_PER_MS;
use super::sources::{ACTIVITY, Source, TIME};
use super::{Grouping, Unit};

/// A table of figures.
#[derive(Debug)]
pub struct Report {
    /// As paths spell it.
    pub name: &'static str,
    /// What it is about, in a sentence.
    pub about: &'static str,
    /// What its rows may be.
    pub groupings: &'static [Grouping],
    /// Its columns, in order.
    pub figures: &'static [Figure],
}

/// One figure.
#[derive(Debug)]
pub struct Figure {
    /// Its name, unique in its report.
    pub name: &'static str,
    /// What it is counted in.
    pub unit: Unit,
    /// How it is calculated, in words; other figures by their names.
    pub formula: &'static str,
    /// Which moment decides whether something falls into the period.
    pub window: &'static str,
    pub(super) of: Of,
}

/// How a figure is calculated.
#[derive(Debug)]
pub(super) enum Of {
    /// The sum of this over the rows of the source. Of rows that last it is times how long they
    /// last, in µs; in hours of it where the last says so.
    Sum(&'static Source, &'static str, Lasting),
    /// The earliest moment of a row.
    Earliest(&'static Source),
    /// The latest.
    Latest(&'static Source),
    /// The sum of other figures.
    Total(&'static [&'static str]),
    /// The sum of the first by the sum of the others.
    Ratio(&'static [&'static str], &'static [&'static str]),
}

/// What time counts in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lasting {
    Microseconds,
    Hours,
}

/// How two sums of one figure become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Join {
    Add,
    Least,
    Most,
}

impl Report {
    /// The one of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        REPORTS.iter().copied().find(|report| report.name == name)
    }

    /// Its figure of that name.
    #[must_use]
    pub fn figure(&self, name: &str) -> Option<&'static Figure> {
        self.figures.iter().find(|figure| figure.name == name)
    }
}

impl Report {
    /// Where its figures are counted from, each once.
    pub(super) fn sources(&self) -> Vec<&'static Source> {
        let mut sources: Vec<&'static Source> = Vec::new();
        for source in self.figures.iter().filter_map(Figure::source) {
            if !sources.iter().any(|known| std::ptr::eq(*known, source)) {
                sources.push(source);
            }
        }
        sources
    }

    /// Whether every figure knows whom of these it is about.
    #[cfg(test)]
    pub(crate) fn can_tell(&self, group: Grouping) -> bool {
        let group = if group == Grouping::Team { Grouping::Agent } else { group };
        self.sources().iter().all(|source| source.key(group).is_some())
    }

    /// The figures that are sums over the rows of this source.
    pub(super) fn sums_of(&self, source: &'static Source) -> Vec<&'static Figure> {
        let of_source =
            |figure: &&Figure| figure.source().is_some_and(|known| std::ptr::eq(known, source));
        self.figures.iter().filter(of_source).collect()
    }

    /// The sums that a figure is made of; of a quotient those that it is divided by.
    pub(super) fn parts_of(&self, figure: &'static Figure) -> Vec<&'static Figure> {
        match figure.of {
            Of::Total(parts) | Of::Ratio(_, parts) => {
                let parts = parts.iter().filter_map(|part| self.figure(part));
                parts.flat_map(|part| self.parts_of(part)).collect()
            }
            _ => vec![figure],
        }
    }
}

impl Figure {
    /// Where it is counted from, if it is not made of other figures.
    pub(super) fn source(&self) -> Option<&'static Source> {
        match self.of {
            Of::Sum(source, ..) | Of::Earliest(source) | Of::Latest(source) => Some(source),
            Of::Total(_) | Of::Ratio(..) => None,
        }
    }

    /// So many µs in what it counts time in.
    pub(super) fn lasting(&self, us: i64) -> i64 {
        if matches!(self.of, Of::Sum(_, _, Lasting::Hours)) { us / US_PER_MS } else { us }
    }

    pub(super) fn join(&self) -> Join {
        match self.of {
            Of::Earliest(_) => Join::Least,
            Of::Latest(_) => Join::Most,
            _ => Join::Add,
        }
    }

    /// Whether there is a list of calls behind it.
    #[must_use]
    pub fn has_calls(&'static self, report: &Report) -> bool {
        let parts = report.parts_of(self);
        parts.iter().any(|part| part.source().is_some_and(|source| source.call.is_some()))
    }
}

/// Of agents' time.
pub(super) const SPENT: &str = "time between the period's two moments; what crosses them is cut";

pub(super) const fn sum(
    name: &'static str,
    unit: Unit,
    formula: &'static str,
    window: &'static str,
    source: &'static Source,
    sql: &'static str,
) -> Figure {
    Figure { name, unit, formula, window, of: Of::Sum(source, sql, Lasting::Microseconds) }
}

pub(super) const fn count(
    name: &'static str,
    formula: &'static str,
    window: &'static str,
    source: &'static Source,
    sql: &'static str,
) -> Figure {
    sum(name, Unit::Count, formula, window, source, sql)
}

/// Agents' time for which the condition is 1.
pub(super) const fn time(name: &'static str, formula: &'static str, sql: &'static str) -> Figure {
    sum(name, Unit::Microseconds, formula, SPENT, &TIME, sql)
}

pub(super) const fn moment(name: &'static str, formula: &'static str, last: bool) -> Figure {
    let of = if last { Of::Latest(&ACTIVITY) } else { Of::Earliest(&ACTIVITY) };
    Figure { name, unit: Unit::Moment, formula, window: "within the period", of }
}

pub(super) const fn total(
    name: &'static str,
    formula: &'static str,
    parts: &'static [&'static str],
) -> Figure {
    Figure { name, unit: Unit::Microseconds, formula, window: SPENT, of: Of::Total(parts) }
}

pub(super) const fn ratio(
    name: &'static str,
    unit: Unit,
    formula: &'static str,
    over: &'static [&'static str],
    under: &'static [&'static str],
) -> Figure {
    let window = "as its parts";
    Figure { name, unit, formula, window, of: Of::Ratio(over, under) }
}
