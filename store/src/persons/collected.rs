//! Everything that is held about a person, row by row: what somebody who asks for it is given.

use std::collections::BTreeMap;

use jiff::Timestamp;
use routing::Number;
use serde::Serialize;
use serde_json::{Map, Value};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use super::{Persons, Traces, in_any};
use crate::error::Error;
use crate::moving::{Kind, kinds};
use crate::row::Row;
use crate::sql;

/// What is held about a person.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Collected {
    /// Their number.
    pub number: Number,
    /// When it was collected.
    pub collected_at: Timestamp,
    /// The rows about them, by table; moments are written in RFC 3339.
    pub records: BTreeMap<&'static str, Vec<Value>>,
}

impl Persons {
    /// Collects everything, as it is at one moment.
    ///
    /// Errors as of [`Persons::forget`], but for holds and calls that go on.
    pub async fn collect(&self, number: Number, now: Timestamp) -> Result<Collected, Error> {
        let _turn = self.store.heavy().await?;
        let mut reading = self.store.readers().begin().await?;
        let traces = Traces::of(&mut reading, number).await?;
        let mut records = BTreeMap::new();
        for (table, by) in TABLES {
            let columns = kinds(&mut reading, self.store.readers(), table).await?;
            let names: Vec<_> = columns.keys().map(String::as_str).collect();
            let mut sql =
                sql::Builder::new(format!("SELECT {} FROM {table} WHERE ", names.join(", ")));
            by.narrow(&mut sql, &traces, number);
            let rows = sql.build().persistent(false).fetch_all(&mut reading).await?;
            let rows = rows.iter().map(|row| told(row, &columns));
            records.insert(table, rows.collect::<Result<Vec<_>, _>>()?);
        }
        let mut sql = sql::query(AssertSqlSafe(REGISTERS.to_owned()));
        sql = sql.bind(number.to_string());
        let registers = sql.fetch_all(&mut reading).await?;
        let names = registers.iter().map(|row| row.only::<String>().map(Value::from));
        records.insert("dnc_register", names.collect::<Result<_, _>>()?);
        if records.values().all(Vec::is_empty) {
            return Err(Error::NotFound("person"));
        }
        Ok(Collected { number, collected_at: now, records })
    }
}

const REGISTERS: &str = "SELECT dnc_register.name FROM dnc_registered \
    JOIN dnc_register ON dnc_register.id = dnc_registered.register \
    WHERE dnc_registered.number = $1 ORDER BY dnc_register.name";

/// How a table knows whom its rows are about.
#[derive(Clone, Copy)]
enum By {
    Lead(&'static str),
    Call(&'static str),
    /// Attempts of those calls.
    Attempt(&'static str),
    Number(&'static str),
    /// Messages about those calls or leads, or with that number.
    Message,
}

/// Every table with rows about people.
const TABLES: [(&str, By); 17] = [
    ("lead", By::Lead("id")),
    ("attempt", By::Call("call")),
    ("permit", By::Attempt("attempt")),
    ("call", By::Call("id")),
    ("call_step", By::Call("call")),
    ("call_leg", By::Call("call")),
    ("call_talk", By::Call("call")),
    ("disposition", By::Call("call")),
    ("script_answers", By::Call("call")),
    ("recording", By::Call("call")),
    ("voicemail", By::Call("call")),
    ("verdict", By::Call("call")),
    ("callback", By::Lead("lead")),
    ("kept_place", By::Call("call")),
    ("dnc", By::Number("number")),
    ("legal_hold", By::Number("number")),
    ("webhook_delivery", By::Message),
];

impl By {
    fn narrow(self, sql: &mut sql::Builder, traces: &Traces, number: Number) {
        match self {
            Self::Lead(column) => in_any(sql, column, &traces.leads),
            Self::Call(column) => in_any(sql, column, &traces.calls),
            Self::Attempt(column) => {
                sql.push(column).push(" IN (SELECT id FROM attempt WHERE ");
                in_any(sql, "call", &traces.calls);
                sql.push(")");
            }
            Self::Message => traces.told(sql, number),
            Self::Number(column) => {
                sql.push(column).push(" = ").push_bind(number.to_string());
            }
        }
    }
}

/// A row in words: what is nothing is left out.
fn told(row: &Row, columns: &BTreeMap<String, Kind>) -> Result<Value, Error> {
    let mut members = Map::new();
    for (place, (name, kind)) in columns.iter().enumerate() {
        let value = match kind {
            Kind::Number => row.at::<Option<i64>>(place)?.map(|number| moment(name, number)),
            Kind::Text => row.at::<Option<String>>(place)?.map(text),
            Kind::Id => row.at::<Option<Uuid>>(place)?.map(|id| id.to_string().into()),
            Kind::Bytes => row.at::<Option<Vec<u8>>>(place)?.map(|bytes| bytes_told(&bytes)),
        };
        members.extend(value.map(|value| (name.clone(), value)));
    }
    Ok(Value::Object(members))
}

/// A column that ends in `at` is a moment in microseconds; none is before 1970 or zero.
fn moment(name: &str, number: i64) -> Value {
    let is_moment = (name == "at" || name.ends_with("_at")) && number > 0;
    let moment = is_moment.then(|| Timestamp::from_microsecond(number).ok()).flatten();
    moment.map_or(number.into(), |moment| moment.to_string().into())
}

/// What rests as JSON is told as it is.
fn text(text: String) -> Value {
    let nested = text.starts_with(['{', '[']).then(|| serde_json::from_str(&text).ok());
    nested.flatten().unwrap_or_else(|| text.into())
}

/// SQLite keeps an identity as its 16 bytes.
fn bytes_told(bytes: &[u8]) -> Value {
    Uuid::from_slice(bytes).map_or_else(|_| hex::encode(bytes).into(), |id| id.to_string().into())
}
