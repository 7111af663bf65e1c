//! A report as it is shown: JSON with names, and CSV for spreadsheets.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use store::reports::{Grouping, Key, ReportQuery, ReportTable, Unit, Value};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::csv;
use crate::schema::ReportGrouping;

/// A report that was run.
#[derive(Serialize, ToSchema)]
pub(super) struct ShownTable {
    /// Which report.
    report: &'static str,
    /// What its rows are.
    #[schema(value_type = ReportGrouping)]
    group: Grouping,
    /// Where the period begins.
    #[schema(value_type = String, format = DateTime)]
    from: Timestamp,
    /// Where it ends.
    #[schema(value_type = String, format = DateTime)]
    to: Timestamp,
    /// Whose hours and days.
    zone: String,
    /// The names of its figures: what each value is.
    figures: Vec<&'static str>,
    /// The rows, in the order of time or of their names.
    rows: Vec<ShownRow>,
    /// The same figures of all rows together.
    #[schema(value_type = Vec<Option<f64>>)]
    totals: Vec<Option<Value>>,
}

/// A row.
#[derive(Serialize, ToSchema)]
struct ShownRow {
    /// Whom or when it is about: an id, a word, or the moment that it begins; null is nobody.
    #[schema(value_type = Option<String>)]
    key: Option<String>,
    /// What to call it; null where it has no name, or none any more.
    name: Option<String>,
    /// Where the time that it counts begins.
    #[schema(value_type = String, format = DateTime)]
    from: Timestamp,
    /// Where that ends.
    #[schema(value_type = String, format = DateTime)]
    to: Timestamp,
    /// One value for each figure; null where there is nothing to divide by.
    #[schema(value_type = Vec<Option<f64>>)]
    values: Vec<Option<Value>>,
}

impl ShownTable {
    pub(super) fn of(
        query: &ReportQuery,
        table: ReportTable,
        names: &BTreeMap<Uuid, String>,
    ) -> Self {
        let rows = table.rows.into_iter().map(|row| ShownRow {
            name: name_of(query, &row.key, names),
            key: text_of(&row.key),
            from: row.from,
            to: row.to,
            values: row.values,
        });
        let mut rows: Vec<_> = rows.collect();
        if !query.group.is_time() {
            rows.sort_by(|one, other| (&one.name, &one.key).cmp(&(&other.name, &other.key)));
        }
        Self {
            report: query.report.name,
            group: query.group,
            from: query.from,
            to: query.to,
            zone: query.zone.iana_name().unwrap_or("UTC").to_owned(),
            figures: query.report.figures.iter().map(|figure| figure.name).collect(),
            rows,
            totals: table.totals,
        }
    }
}

/// The table as RFC 4180 has it, with a line of totals at its end.
pub(super) fn csv(
    query: &ReportQuery,
    table: &ReportTable,
    names: &BTreeMap<Uuid, String>,
) -> Vec<u8> {
    let units: Vec<_> = query.report.figures.iter().map(|figure| figure.unit).collect();
    let heads = query.report.figures.iter().map(|figure| match unit_of(figure.unit) {
        "" => figure.name.to_owned(),
        unit => format!("{} ({unit})", figure.name),
    });
    let heads: Vec<_> = [word(query.group), "name".to_owned()].into_iter().chain(heads).collect();
    let line = |key: String, name: String, values: &[Option<Value>]| {
        let cells = units.iter().zip(values).map(|(unit, value)| cell(query, *unit, *value));
        let cells: Vec<_> = [key, name].into_iter().chain(cells).collect();
        csv::row(cells.iter().map(String::as_str))
    };
    let mut text = csv::row(heads.iter().map(String::as_str)).to_vec();
    for row in &table.rows {
        let name = name_of(query, &row.key, names).unwrap_or_default();
        text.extend(line(text_of(&row.key).unwrap_or_default(), name, &row.values));
    }
    text.extend(line("total".to_owned(), String::new(), &table.totals));
    text
}

/// The word of a grouping, as paths and headers spell it.
pub(super) fn word(group: Grouping) -> String {
    let word = serde_json::to_value(group).ok();
    word.as_ref().and_then(serde_json::Value::as_str).unwrap_or_default().to_owned()
}

fn text_of(key: &Key) -> Option<String> {
    match key {
        Key::Time(at) => Some(at.to_string()),
        Key::Id(id) => Some(id.to_string()),
        Key::Word(word) => Some(word.clone()),
        Key::Nobody => None,
    }
}

/// A thing's own name, or what a clock on the wall shows.
fn name_of(query: &ReportQuery, key: &Key, names: &BTreeMap<Uuid, String>) -> Option<String> {
    match key {
        Key::Id(id) => names.get(id).cloned(),
        Key::Word(word) => Some(word.clone()),
        Key::Time(at) => Some(local(query, *at)),
        Key::Nobody => None,
    }
}

fn local(query: &ReportQuery, at: Timestamp) -> String {
    let local = query.zone.to_datetime(at);
    match query.group {
        Grouping::Day => local.date().to_string(),
        _ => format!("{} {:02}:{:02}", local.date(), local.hour(), local.minute()),
    }
}

fn unit_of(unit: Unit) -> &'static str {
    match unit {
        Unit::Microseconds => "s",
        Unit::Share => "%",
        Unit::Count | Unit::Cents | Unit::Mos | Unit::Moment => "",
    }
}

fn cell(query: &ReportQuery, unit: Unit, value: Option<Value>) -> String {
    let Some(value) = value else { return String::new() };
    match unit {
        Unit::Count => format!("{}", value.as_f64()),
        Unit::Microseconds => format!("{:.3}", value.as_f64() / 1e6),
        Unit::Share => format!("{:.2}", value.as_f64() * 100.0),
        Unit::Cents | Unit::Mos => format!("{:.2}", value.as_f64() / 100.0),
        Unit::Moment => match value {
            Value::Whole(us) => Timestamp::from_microsecond(us)
                .map_or_else(|_| String::new(), |at| query.zone.to_datetime(at).to_string()),
            Value::Part(_) => String::new(),
        },
    }
}
