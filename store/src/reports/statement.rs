//! The statements of a report, put together from its sources and figures.

use jiff::Timestamp;
use uuid::Uuid;

use super::figures::{Figure, Lasting, Of, Report};
use super::rows::{QUARTER_US, US_PER_MS};
use super::sources::{Setting, Source, window};
use super::{Grouping, Key, ReportQuery};
use crate::database::Store;
use crate::error::Error;
use crate::sql;

/// Sums by key: of everything, and where rows are hours or days, of what lies within one quarter.
pub(super) fn sums(
    query: &ReportQuery,
    group: Option<Grouping>,
    source: &'static Source,
    figures: &[&'static Figure],
    settings: &Settings,
) -> sql::Builder {
    let mut sql = settings.begin();
    sql.push("SELECT ");
    let key = group.and_then(|group| key_sql(group, source));
    if let Some(key) = &key {
        sql.push(format!("{key} AS key, "));
    }
    let within_one = source.until.filter(|_| group.is_some_and(Grouping::is_time));
    let sums: Vec<_> = figures.iter().map(|figure| sum_sql(figure, source, query)).collect();
    sql.push(sums.join(", "));
    from(&mut sql, source, group, (query.from, query.to), Began::Within);
    if let Some(until) = within_one {
        sql.push(format!(" AND {} = ({until} - 1) / {QUARTER_US}", quarter(source.at)));
    }
    narrow(&mut sql, source, &query.only);
    if let Some(within) = query.within {
        within.narrow(&mut sql, source.whose);
    }
    if key.is_some() {
        sql.push(" GROUP BY 1");
    }
    sql
}

/// Rows that last, one by one: what began before the period and lasts into it, or what began in it
/// and lasts over the end of a quarter of an hour. `since` and `until` are cut at the period.
pub(super) fn long(
    query: &ReportQuery,
    group: Option<Grouping>,
    source: &'static Source,
    figures: &[&'static Figure],
    settings: &Settings,
    began: Began,
) -> sql::Builder {
    let mut sql = settings.begin();
    let (since, until) = cut(source, query);
    sql.push(format!("SELECT {since} AS since, {until} AS until"));
    if let Some(key) = group.and_then(|group| key_sql(group, source)) {
        sql.push(format!(", {key} AS key"));
    }
    for figure in figures {
        if let Of::Sum(_, weight, _) = figure.of {
            sql.push(format!(", CAST({weight} AS BIGINT) AS {}", figure.name));
        }
    }
    from(&mut sql, source, group, (query.from, query.to), began);
    if let (Some(end), Began::Within) = (source.until, began) {
        sql.push(format!(" AND {} <> ({end} - 1) / {QUARTER_US}", quarter(source.at)));
        sql.push(format!(" AND {end} > {}", source.at));
    }
    narrow(&mut sql, source, &query.only);
    if let Some(within) = query.within {
        within.narrow(&mut sql, source.whose);
    }
    sql
}

/// When rows that last began. Both in one statement would read twice what one range has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Began {
    /// Within the period.
    Within,
    /// Before it, and they last into it.
    Before,
    /// Either.
    Ever,
}

/// The tables, the window, and the rows that count at all.
fn from(
    sql: &mut sql::Builder,
    source: &Source,
    group: Option<Grouping>,
    (from, to): (Timestamp, Timestamp),
    when: Began,
) {
    sql.push(" FROM ").push(window(source.from, from, to));
    if group == Some(Grouping::Team) {
        let agent = source.key(Grouping::Agent).unwrap_or("NULL");
        sql.push(" JOIN link AS membership ON membership.owner_table = 'agent' ");
        sql.push(format!("AND membership.owner = {agent} AND membership.team IS NOT NULL"));
    }
    sql.push(" WHERE ").push(source.filter);
    let (at, began) = (source.at, from.as_microsecond());
    sql.push(format!(" AND {at} < {}", to.as_microsecond()));
    let within = format!("{at} >= {began}");
    let Some(until) = source.until.filter(|_| when != Began::Within) else {
        sql.push(format!(" AND {within}"));
        return;
    };
    // The last that each agent began before: a seek for each, where a comparison of ends would read
    // all that ever was.
    let before = format!(
        "({until} > {began} AND {at} < {began} AND agent_interval.seq IN (SELECT \
         (SELECT last.seq FROM agent_interval AS last WHERE last.agent = worked.agent \
         AND last.from_at < {began} ORDER BY last.from_at DESC LIMIT 1) \
         FROM (SELECT DISTINCT agent FROM agent_clock) AS worked))"
    );
    let both = when == Began::Ever;
    sql.push(if both { format!(" AND ({within} OR {before})") } else { format!(" AND {before}") });
}

fn narrow(sql: &mut sql::Builder, source: &Source, only: &[(Grouping, Key)]) {
    for (by, key) in only {
        let column = match by {
            Grouping::Team => source.key(Grouping::Agent),
            by => source.key(*by),
        };
        let Some(column) = column else {
            sql.push(" AND 0 = 1");
            continue;
        };
        sql.push(format!(" AND {column}"));
        match (by, key) {
            (Grouping::Team, Key::Id(team)) => {
                sql.push(" IN (SELECT owner FROM link WHERE owner_table = 'agent' AND team = ");
                sql.push_bind(*team).push(")");
            }
            (_, Key::Id(id)) => drop(sql.push(" = ").push_bind(*id)),
            (_, Key::Word(word)) => drop(sql.push(" = ").push_bind(word.clone())),
            (_, Key::Time(_) | Key::Nobody) => drop(sql.push(" IS NULL")),
        }
    }
}

fn key_sql(group: Grouping, source: &Source) -> Option<String> {
    match group {
        Grouping::Hour | Grouping::Day => Some(quarter(source.at)),
        Grouping::Team => Some("membership.team".to_owned()),
        group => source.key(group).map(str::to_owned),
    }
}

fn quarter(at: &str) -> String {
    format!("{at} / {QUARTER_US}")
}

/// One figure over all rows, by its own name.
fn sum_sql(figure: &Figure, source: &Source, query: &ReportQuery) -> String {
    let sql = match figure.of {
        Of::Earliest(_) => format!("min({})", source.at),
        Of::Latest(_) => format!("max({})", source.at),
        Of::Sum(_, weight, lasting) if source.until.is_some() => {
            let (since, until) = cut(source, query);
            let scale = if lasting == Lasting::Hours { US_PER_MS } else { 1 };
            format!("sum(({weight}) * (({until} - {since}) / {scale}))")
        }
        Of::Sum(_, sql, _) => format!("sum({sql})"),
        Of::Total(_) | Of::Ratio(..) => "NULL".to_owned(),
    };
    format!("CAST({sql} AS BIGINT) AS {}", figure.name)
}

/// Where a row that lasts begins and ends within the period.
fn cut(source: &Source, query: &ReportQuery) -> (String, String) {
    let (at, until) = (source.at, source.until.unwrap_or(source.at));
    let (from, to) = (query.from.as_microsecond(), query.to.as_microsecond());
    (
        format!("CASE WHEN {at} > {from} THEN {at} ELSE {from} END"),
        format!("CASE WHEN {until} < {to} THEN {until} ELSE {to} END"),
    )
}

/// The calls behind a figure of a report.
#[derive(Clone, Debug)]
pub struct Counted {
    /// The report.
    pub report: &'static Report,
    /// The figure; of a quotient the calls are those that it is divided by.
    pub figure: &'static Figure,
    /// Only what is of these.
    pub only: Vec<(Grouping, Key)>,
    /// Counted from this moment.
    pub from: Timestamp,
    /// And before this.
    pub to: Timestamp,
}

impl Counted {
    /// What the settings say that the figure depends on.
    pub(crate) async fn settings(&self, store: &Store) -> Result<Settings, Error> {
        let parts = self.report.parts_of(self.figure);
        let setting = parts.iter().filter_map(|part| part.source()).find_map(|source| source.with);
        Settings::read(store, setting).await
    }

    /// Narrows a statement about calls to those.
    pub(crate) fn narrow(&self, sql: &mut sql::Builder) {
        sql.push(" AND call.id IN (");
        let mut first = true;
        for part in self.report.parts_of(self.figure) {
            let Of::Sum(source, weight, _) = part.of else { continue };
            let Some(call) = source.call else { continue };
            sql.push(if first { "SELECT " } else { " UNION ALL SELECT " }).push(call);
            first = false;
            from(sql, source, None, (self.from, self.to), Began::Ever);
            sql.push(format!(" AND {weight} <> 0"));
            narrow(sql, source, &self.only);
        }
        sql.push(if first { "NULL)" } else { ")" });
    }
}

/// Settings that a statement may ask as if they were a table.
pub(crate) struct Settings {
    table: Option<&'static str>,
    rows: Vec<(Uuid, Cell)>,
}

enum Cell {
    Number(i64),
    Text(String),
}

impl Settings {
    /// Reads what a source asks for.
    pub(super) async fn read(store: &Store, setting: Option<Setting>) -> Result<Self, Error> {
        let (table, rows) = match setting {
            None => return Ok(Self { table: None, rows: vec![] }),
            Some(Setting::Success) => {
                let mut rows = Vec::new();
                for campaign in store.campaigns().all().await? {
                    let id = Uuid::from(campaign.value.id);
                    let won = campaign.value.dispositions.into_iter();
                    let won = won.filter(|disposition| disposition.flags.success);
                    rows.extend(won.map(|disposition| (id, Cell::Text(disposition.code))));
                }
                ("success (campaign, code)", rows)
            }
            Some(Setting::Target) => {
                let queues = store.queues().all().await?.into_iter().map(|queue| queue.value);
                let us = |ms: u32| Cell::Number(i64::from(ms) * US_PER_MS);
                let rows = queues.map(|queue| (queue.id.into(), us(queue.service_level_ms)));
                ("target (queue, us)", rows.collect())
            }
            Some(Setting::Cost) => {
                let agents = store.agents().all().await?.into_iter().map(|agent| agent.value);
                let cents = |cents: u32| Cell::Number(cents.into());
                let rows = agents.map(|agent| (agent.id.into(), cents(agent.hourly_cost_cents)));
                ("cost (agent, cents)", rows.collect())
            }
        };
        Ok(Self { table: Some(table), rows })
    }

    /// A statement that has them.
    pub(crate) fn begin(&self) -> sql::Builder {
        let mut sql = sql::Builder::new("");
        let Some(table) = self.table else { return sql };
        sql.push(format!("WITH {table} AS ("));
        if self.rows.is_empty() {
            // A table without rows still has columns, of the types that it is compared with.
            sql.push(match table {
                "success (campaign, code)" => "SELECT campaign, code FROM disposition WHERE 1 = 0",
                "target (queue, us)" => "SELECT queue, started_at FROM call WHERE 1 = 0",
                _ => "SELECT agent, from_at FROM agent_interval WHERE 1 = 0",
            });
        } else {
            sql.push_values(&self.rows, |mut row, (id, cell)| {
                row.push_bind(*id);
                match cell {
                    Cell::Number(number) => row.push_bind(*number),
                    Cell::Text(text) => row.push_bind(text.clone()),
                };
            });
        }
        sql.push(") ");
        sql
    }
}
