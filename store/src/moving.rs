//! One database copied into another, of either make: how an installation moves to PostgreSQL.
//!
//! The journal stays where it is. The copy knows how far it was folded, so whatever is durable and
//! not in it yet is folded when the switch starts on the other database.

use std::collections::BTreeMap;

use futures_util::StreamExt as _;
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::database::Store;
use crate::dialect::PARAMETERS_MAX;
use crate::error::Error;
use crate::row::Row;
use crate::sql::{self, Connection, Pool, Transaction, Value};

/// How many rows of each table were copied.
pub type Copied = BTreeMap<&'static str, u64>;

impl Store {
    /// Copies everything into a database that nothing was written to yet, as it is at one moment.
    ///
    /// All of it is there when this returns, or nothing is.
    ///
    /// Errors: [`Error::NotEmpty`]; either database fails.
    pub async fn copy_to(&self, other: &Store) -> Result<Copied, Error> {
        let mut reading = self.readers().begin().await?;
        let mut writing = other.begin_unnoted().await?;
        if has_rows(&mut writing, "account").await? || has_rows(&mut writing, "permit").await? {
            return Err(Error::NotEmpty);
        }
        let mut copied = Copied::new();
        for table in TABLES {
            let from = kinds(&mut reading, self.readers(), table).await?;
            let to = kinds(&mut writing, other.readers(), table).await?;
            sql::query(AssertSqlSafe(format!("DELETE FROM {table}"))).execute(&mut writing).await?;
            let columns = Columns { table, from, to };
            copied.insert(table, columns.copy(&mut reading, &mut writing).await?);
        }
        if matches!(other.readers(), Pool::Postgres(_)) {
            sql::query(NEXT_PLACE).fetch_all(&mut writing).await?;
        }
        writing.commit().await?;
        Ok(copied)
    }
}

/// Every table, after those that it refers to; `lead_tally` is kept by the database itself.
pub(crate) const TABLES: [&str; 69] = [
    "organisation",
    "agent",
    "queue",
    "trunk",
    "cli",
    "did",
    "campaign",
    "list",
    "pause_reason",
    "sip_secret",
    "call_in_pin",
    "dnc",
    "dnc_version",
    "dnc_removal",
    "lead",
    "further_number",
    "lead_put_off",
    "put_off_set",
    "fold_position",
    "permit",
    "attempt",
    "call",
    "call_step",
    "agent_interval",
    "agent_clock",
    "disposition",
    "dnc_register",
    "dnc_registered",
    "legal_profile",
    "team",
    "phonebook",
    "prompt",
    "prompt_version",
    "prompt_audio",
    "workflow",
    "workflow_version",
    "script",
    "script_version",
    "script_answers",
    "link",
    "supervision",
    "trunk_secret",
    "recording",
    "place",
    "callback",
    "kept_place",
    "pacer_memory",
    "call_leg",
    "call_talk",
    "voicemail",
    "verdict",
    "security_policy",
    "sign_in_source",
    "role",
    "account",
    "mailed_link",
    "provider_subject",
    "session",
    "former_password",
    "totp",
    "recovery_code",
    "audit",
    "api_token",
    "retention_rule",
    "legal_hold",
    "webhook",
    "webhook_state",
    "webhook_delivery",
    "clock_set",
];

/// A place that is added later must not take the identity of one that was copied.
const NEXT_PLACE: &str = "SELECT setval(pg_get_serial_sequence('place', 'id'), \
    coalesce(max(id), 0) + 1, false) FROM place";

async fn has_rows(connection: &mut Connection, table: &str) -> Result<bool, Error> {
    let sql = AssertSqlSafe(format!("SELECT 1 FROM {table} LIMIT 1"));
    Ok(sql::query(sql).fetch_optional(connection).await?.is_some())
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Number,
    Text,
    Bytes,
    Id,
}

/// The columns of a table, in the order of their names.
pub(crate) async fn kinds(
    connection: &mut Connection,
    make: &Pool,
    table: &'static str,
) -> Result<BTreeMap<String, Kind>, Error> {
    let sql = match make {
        Pool::Sqlite(_) => "SELECT name, type AS kind FROM pragma_table_info($1)",
        Pool::Postgres(_) => {
            "SELECT column_name::TEXT AS name, upper(data_type::TEXT) AS kind \
             FROM information_schema.columns \
             WHERE table_schema = current_schema() AND table_name = $1"
        }
    };
    let rows = sql::query(sql).bind(table).fetch_all(connection).await?;
    let kind = |row: &Row| {
        let kind = match row.column::<String>("kind")?.as_str() {
            "BIGINT" | "INTEGER" => Kind::Number,
            "TEXT" => Kind::Text,
            "BLOB" | "BYTEA" => Kind::Bytes,
            "UUID" => Kind::Id,
            other => return Err(Error::unreadable(table, other)),
        };
        Ok((row.column("name")?, kind))
    };
    rows.iter().map(kind).collect()
}

struct Columns {
    table: &'static str,
    from: BTreeMap<String, Kind>,
    to: BTreeMap<String, Kind>,
}

impl Columns {
    /// Copies every row; how many there were.
    async fn copy(
        &self,
        reading: &mut Connection,
        writing: &mut Transaction,
    ) -> Result<u64, Error> {
        let names: Vec<_> = self.from.keys().map(String::as_str).collect();
        let names = names.join(", ");
        let at_once = PARAMETERS_MAX / self.from.len().max(1);
        let select = format!("SELECT {names} FROM {}", self.table);
        let mut rows = sql::query(AssertSqlSafe(select)).fetch(reading).chunks(at_once);
        let mut copied = 0;
        while let Some(part) = rows.next().await {
            let mut values = Vec::with_capacity(part.len());
            for row in part {
                values.push(self.values(&row?)?);
            }
            copied += u64::try_from(values.len()).unwrap_or(u64::MAX);
            let mut insert = sql::Builder::new(format!("INSERT INTO {} ({names}) ", self.table));
            insert.push_values(values, |mut row, values| {
                for value in values {
                    row.push_bind(value);
                }
            });
            insert.build().persistent(false).execute(&mut *writing).await?;
        }
        Ok(copied)
    }

    fn values(&self, row: &Row) -> Result<Vec<Value>, Error> {
        let value = |(at, (name, kind)): (usize, (&String, &Kind))| {
            let value = match kind {
                Kind::Number => Value::Number(row.at(at)?),
                Kind::Text => Value::Text(row.at(at)?),
                Kind::Bytes => Value::Bytes(row.at(at)?),
                Kind::Id => Value::Id(row.at(at)?),
            };
            match (value, self.to.get(name)) {
                // SQLite keeps an identity as its bytes.
                (Value::Bytes(bytes), Some(Kind::Id)) => {
                    let id = bytes.as_deref().map(Uuid::from_slice).transpose();
                    Ok(Value::Id(id.map_err(|cause| Error::unreadable(self.table, &cause))?))
                }
                (value, Some(_)) => Ok(value),
                (_, None) => Err(Error::unreadable(self.table, &format_args!("no {name} there"))),
            }
        };
        self.from.iter().enumerate().map(value).collect()
    }
}
