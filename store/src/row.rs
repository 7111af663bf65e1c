//! How values rest in a row, and how they are read back without a panic.

use std::fmt::Display;
use std::str::FromStr;

use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::Row as _;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use crate::error::Error;
use crate::sql::Readable;

/// One row of either database; an error names the column.
pub(crate) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

impl Row {
    pub(crate) fn column<'r, T: Readable<'r>>(&'r self, name: &'static str) -> Result<T, Error> {
        match self {
            Self::Sqlite(row) => row.try_get(name),
            Self::Postgres(row) => row.try_get(name),
        }
        .map_err(|cause| Error::unreadable(name, &cause))
    }

    /// The only column of a row, which needs no name.
    pub(crate) fn only<'r, T: Readable<'r>>(&'r self) -> Result<T, Error> {
        self.at(0)
    }

    /// The column at a place, from 0.
    pub(crate) fn at<'r, T: Readable<'r>>(&'r self, place: usize) -> Result<T, Error> {
        match self {
            Self::Sqlite(row) => row.try_get(place),
            Self::Postgres(row) => row.try_get(place),
        }
        .map_err(|cause| Error::unreadable("column", &cause))
    }

    pub(crate) fn id<T: From<Uuid>>(&self, name: &'static str) -> Result<T, Error> {
        self.column::<Uuid>(name).map(T::from)
    }

    pub(crate) fn id_maybe<T: From<Uuid>>(&self, name: &'static str) -> Result<Option<T>, Error> {
        Ok(self.column::<Option<Uuid>>(name)?.map(T::from))
    }

    pub(crate) fn time(&self, name: &'static str) -> Result<Timestamp, Error> {
        timestamp(name, self.column(name)?)
    }

    pub(crate) fn time_maybe(&self, name: &'static str) -> Result<Option<Timestamp>, Error> {
        let stored: Option<i64> = self.column(name)?;
        stored.map(|micros| timestamp(name, micros)).transpose()
    }

    /// A number that is never negative and fits its type.
    pub(crate) fn count<T: TryFrom<i64>>(&self, name: &'static str) -> Result<T, Error> {
        count(name, self.column(name)?)
    }

    pub(crate) fn count_maybe<T: TryFrom<i64>>(
        &self,
        name: &'static str,
    ) -> Result<Option<T>, Error> {
        let stored: Option<i64> = self.column(name)?;
        stored.map(|number| count(name, number)).transpose()
    }

    pub(crate) fn flag(&self, name: &'static str) -> Result<bool, Error> {
        Ok(self.column::<i64>(name)? != 0)
    }

    /// A text that its type can parse.
    pub(crate) fn parsed<T: FromStr<Err: Display>>(&self, name: &'static str) -> Result<T, Error> {
        let text: &str = self.column(name)?;
        text.parse().map_err(|cause: T::Err| Error::unreadable(name, &cause))
    }

    pub(crate) fn parsed_maybe<T: FromStr<Err: Display>>(
        &self,
        name: &'static str,
    ) -> Result<Option<T>, Error> {
        let text: Option<&str> = self.column(name)?;
        text.map(str::parse).transpose().map_err(|cause: T::Err| Error::unreadable(name, &cause))
    }

    pub(crate) fn json<T: DeserializeOwned>(&self, name: &'static str) -> Result<T, Error> {
        let text: &str = self.column(name)?;
        serde_json::from_str(text).map_err(|cause| Error::unreadable(name, &cause))
    }

    pub(crate) fn json_maybe<T: DeserializeOwned>(
        &self,
        name: &'static str,
    ) -> Result<Option<T>, Error> {
        let text: Option<&str> = self.column(name)?;
        let parsed = text.map(serde_json::from_str).transpose();
        parsed.map_err(|cause| Error::unreadable(name, &cause))
    }

    /// A word of an enum, as [`word`] wrote it.
    pub(crate) fn word<T: DeserializeOwned>(&self, name: &'static str) -> Result<T, Error> {
        from_word(name, self.column(name)?)
    }

    pub(crate) fn word_maybe<T: DeserializeOwned>(
        &self,
        name: &'static str,
    ) -> Result<Option<T>, Error> {
        let text: Option<&str> = self.column(name)?;
        text.map(|text| from_word(name, text)).transpose()
    }
}

/// JSON as the database keeps it.
pub(crate) fn json<T: Serialize>(what: &'static str, value: &T) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|cause| Error::unreadable(what, &cause))
}

/// The word that serde writes for a variant without fields, so that it is spelt in one place only.
pub(crate) fn word<T: Serialize>(what: &'static str, value: &T) -> Result<String, Error> {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => Ok(word),
        Ok(other) => Err(Error::unreadable(what, &format_args!("{other} is not one word"))),
        Err(cause) => Err(Error::unreadable(what, &cause)),
    }
}

fn from_word<T: DeserializeOwned>(what: &'static str, word: &str) -> Result<T, Error> {
    serde_json::from_value(serde_json::Value::String(word.to_owned()))
        .map_err(|cause| Error::unreadable(what, &cause))
}

fn timestamp(what: &'static str, micros: i64) -> Result<Timestamp, Error> {
    Timestamp::from_microsecond(micros).map_err(|cause| Error::unreadable(what, &cause))
}

fn count<T: TryFrom<i64>>(what: &'static str, number: i64) -> Result<T, Error> {
    T::try_from(number)
        .map_err(|_| Error::unreadable(what, &format_args!("{number} is out of range")))
}

/// A moment as the database keeps it: in whole microseconds.
pub(crate) fn whole(at: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(at.as_microsecond()).unwrap_or(at)
}

/// A count as the database tells it: never negative.
pub(crate) fn number(count: i64) -> u64 {
    u64::try_from(count).unwrap_or_default()
}

/// A number as the database keeps it: no column is unsigned in either database.
pub(crate) fn signed<T: TryInto<i64>>(number: T) -> i64 {
    number.try_into().unwrap_or(i64::MAX)
}
