//! Reports: figures of a period, by what they are grouped by, and the calls behind each.
//!
//! ```text
//!   catalogue ── figures ── sources ──▶ SELECT key, quarter of an hour, sums GROUP BY 1, 2
//!       │                                  │ and what lasts longer than that, row by row
//!       └──────── formulas ──────────▶ rows by key or by local hour and day, and the total
//! ```
//!
//! Every zone's hours and days begin at a whole quarter of an hour of UTC, so SQL need know no
//! zone. Sums of rows are the total, to the microsecond: a row counts once, wherever it is cut.

mod catalogue;
mod figures;
mod rows;
mod sources;
mod statement;

use std::collections::BTreeMap;

use futures_util::TryStreamExt as _;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::database::Store;
use crate::error::Error;
use crate::reach::Within;

pub use catalogue::REPORTS;
pub use figures::{Figure, Report};
pub(crate) use sources::window;
pub use statement::Counted;

use rows::Gathered;
use sources::Source;
use statement::{Began, Settings};

/// What the rows of a report are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grouping {
    /// Hours of the local clock; the one that clocks show twice is one row.
    Hour,
    /// Local days.
    Day,
    /// Agents.
    Agent,
    /// Teams, as their agents' profiles say now: who is in two counts in both.
    Team,
    /// Campaigns.
    Campaign,
    /// Lists of leads.
    List,
    /// Queues.
    Queue,
    /// Trunks.
    Trunk,
    /// Numbers shown.
    Cli,
    /// Codes that agents declared.
    Disposition,
    /// Outcomes of attempts.
    Outcome,
}

impl Grouping {
    /// Whether rows are stretches of time.
    #[must_use]
    pub fn is_time(self) -> bool {
        matches!(self, Self::Hour | Self::Day)
    }

    /// Whether rows are known by a word and not by an identity.
    #[must_use]
    pub fn is_word(self) -> bool {
        matches!(self, Self::Cli | Self::Disposition | Self::Outcome)
    }
}

/// What a figure is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// A number of things.
    Count,
    /// Time.
    Microseconds,
    /// A part of a whole, 0 to 1.
    Share,
    /// Hundredths of the organisation's currency.
    Cents,
    /// Mean opinion score, in hundredths.
    Mos,
    /// A moment, in microseconds since 1970.
    Moment,
}

/// Whom or when a row is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(untagged)]
pub enum Key {
    /// Where an hour or a day begins.
    Time(Timestamp),
    /// A thing of ours.
    Id(Uuid),
    /// A word or a number.
    Word(String),
    /// Of nobody in particular.
    Nobody,
}

/// A figure's value; none where there is nothing to divide by, or nothing happened at all.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Value {
    /// A sum.
    Whole(i64),
    /// A quotient.
    Part(f64),
}

/// One row of a report.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReportRow {
    /// Whom or when it is about.
    pub key: Key,
    /// Where the time that it counts begins.
    pub from: Timestamp,
    /// And ends.
    pub to: Timestamp,
    /// One for each figure of the report, in that order.
    pub values: Vec<Option<Value>>,
}

/// A report that was run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReportTable {
    /// Its rows, in the order of their keys.
    pub rows: Vec<ReportRow>,
    /// The same figures of all rows together.
    pub totals: Vec<Option<Value>>,
}

/// Which figures, of which period and whom.
#[derive(Clone, Debug)]
pub struct ReportQuery {
    /// The report.
    pub report: &'static Report,
    /// What its rows are.
    pub group: Grouping,
    /// Only what is of these.
    pub only: Vec<(Grouping, Key)>,
    /// From this moment.
    pub from: Timestamp,
    /// And before this.
    pub to: Timestamp,
    /// Whose hours and days.
    pub zone: TimeZone,
    /// Of these only; all when none.
    pub within: Option<Within>,
}

/// Runs reports.
#[derive(Clone, Debug)]
pub struct Reports {
    store: Store,
}

impl Reports {
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    /// The figures of a period.
    ///
    /// Errors: [`Error::Busy`] while as many reports are made as may be at once.
    pub async fn run(&self, query: &ReportQuery) -> Result<ReportTable, Error> {
        let _turn = self.store.heavy().await?;
        let mut rows = BTreeMap::new();
        for source in query.report.sources() {
            self.gather(query, Some(query.group), source, &mut rows).await?;
        }
        let mut all = BTreeMap::new();
        if query.group == Grouping::Team {
            for source in query.report.sources() {
                self.gather(query, None, source, &mut all).await?;
            }
        } else {
            let total: &mut Gathered = all.entry(Key::Nobody).or_default();
            for row in rows.values() {
                row.join_into(total);
            }
        }
        let values = |gathered: &Gathered| gathered.values(query.report);
        let totals = values(all.entry(Key::Nobody).or_default());
        let rows = rows.into_iter().map(|(key, row)| {
            let (from, to) = query.time_of(&key);
            ReportRow { key, from, to, values: values(&row) }
        });
        Ok(ReportTable { rows: rows.collect(), totals })
    }

    /// Adds what one source has.
    async fn gather(
        &self,
        query: &ReportQuery,
        group: Option<Grouping>,
        source: &'static Source,
        rows: &mut BTreeMap<Key, Gathered>,
    ) -> Result<(), Error> {
        let figures = query.report.sums_of(source);
        let settings = Settings::read(&self.store, source.with).await?;
        let sql = statement::sums(query, group, source, &figures, &settings);
        for row in sql.build().persistent(false).fetch_all(self.store.readers()).await? {
            let key = query.key_of(group, &row)?;
            let gathered = rows.entry(key).or_default();
            for figure in &figures {
                if let Some(found) = row.column::<Option<i64>>(figure.name)? {
                    gathered.add(figure, found);
                }
            }
        }
        if source.until.is_some() {
            self.gather_long(query, group, (source, &settings), Began::Before, rows).await?;
            if group.is_some_and(Grouping::is_time) {
                self.gather_long(query, group, (source, &settings), Began::Within, rows).await?;
            }
        }
        Ok(())
    }

    /// Adds what is cut here and not in SQL.
    async fn gather_long(
        &self,
        query: &ReportQuery,
        group: Option<Grouping>,
        (source, settings): (&'static Source, &Settings),
        began: Began,
        rows: &mut BTreeMap<Key, Gathered>,
    ) -> Result<(), Error> {
        let figures = query.report.sums_of(source);
        let sql = statement::long(query, group, source, &figures, settings, began);
        let mut found = sql.build().persistent(false).fetch(self.store.readers());
        while let Some(row) = found.try_next().await? {
            let until = row.time("until")?;
            let mut from = row.time("since")?;
            while from < until {
                let (key, end) = match group {
                    Some(group) if group.is_time() => query.slot(from),
                    _ => (query.key_of(group, &row)?, until),
                };
                let end = end.min(until);
                let gathered = rows.entry(key).or_default();
                for figure in &figures {
                    let weight: Option<i64> = row.column(figure.name)?;
                    let us = figure.lasting(end.as_microsecond() - from.as_microsecond());
                    gathered.add(figure, weight.unwrap_or_default().saturating_mul(us));
                }
                from = end;
            }
        }
        Ok(())
    }
}
