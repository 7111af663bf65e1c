//! How values rest in a row, and how they are read back without a panic.

use std::fmt::Display;
use std::str::FromStr;

use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::sqlite::SqliteRow;
use sqlx::{Decode, Row, Sqlite, Type};
use uuid::Uuid;

use crate::error::Error;

/// Reads the columns of one row; an error names the column.
pub(crate) trait Columns {
    fn column<'r, T>(&'r self, name: &'static str) -> Result<T, Error>
    where
        T: Decode<'r, Sqlite> + Type<Sqlite>;

    fn id<T: From<Uuid>>(&self, name: &'static str) -> Result<T, Error> {
        self.column::<Uuid>(name).map(T::from)
    }

    fn id_maybe<T: From<Uuid>>(&self, name: &'static str) -> Result<Option<T>, Error> {
        Ok(self.column::<Option<Uuid>>(name)?.map(T::from))
    }

    fn time(&self, name: &'static str) -> Result<Timestamp, Error> {
        timestamp(name, self.column(name)?)
    }

    fn time_maybe(&self, name: &'static str) -> Result<Option<Timestamp>, Error> {
        let stored: Option<i64> = self.column(name)?;
        stored.map(|micros| timestamp(name, micros)).transpose()
    }

    /// A number that is never negative and fits its type.
    fn count<T: TryFrom<i64>>(&self, name: &'static str) -> Result<T, Error> {
        count(name, self.column(name)?)
    }

    fn count_maybe<T: TryFrom<i64>>(&self, name: &'static str) -> Result<Option<T>, Error> {
        let stored: Option<i64> = self.column(name)?;
        stored.map(|number| count(name, number)).transpose()
    }

    fn flag(&self, name: &'static str) -> Result<bool, Error> {
        Ok(self.column::<i64>(name)? != 0)
    }

    /// A text that its type can parse.
    fn parsed<T: FromStr<Err: Display>>(&self, name: &'static str) -> Result<T, Error> {
        let text: &str = self.column(name)?;
        text.parse().map_err(|cause: T::Err| Error::unreadable(name, &cause))
    }

    fn parsed_maybe<T: FromStr<Err: Display>>(
        &self,
        name: &'static str,
    ) -> Result<Option<T>, Error> {
        let text: Option<&str> = self.column(name)?;
        text.map(str::parse).transpose().map_err(|cause: T::Err| Error::unreadable(name, &cause))
    }

    fn json<T: DeserializeOwned>(&self, name: &'static str) -> Result<T, Error> {
        let text: &str = self.column(name)?;
        serde_json::from_str(text).map_err(|cause| Error::unreadable(name, &cause))
    }

    fn json_maybe<T: DeserializeOwned>(&self, name: &'static str) -> Result<Option<T>, Error> {
        let text: Option<&str> = self.column(name)?;
        let parsed = text.map(serde_json::from_str).transpose();
        parsed.map_err(|cause| Error::unreadable(name, &cause))
    }

    /// A word of an enum, as [`word`] wrote it.
    fn word<T: DeserializeOwned>(&self, name: &'static str) -> Result<T, Error> {
        from_word(name, self.column(name)?)
    }

    fn word_maybe<T: DeserializeOwned>(&self, name: &'static str) -> Result<Option<T>, Error> {
        let text: Option<&str> = self.column(name)?;
        text.map(|text| from_word(name, text)).transpose()
    }
}

impl Columns for SqliteRow {
    fn column<'r, T>(&'r self, name: &'static str) -> Result<T, Error>
    where
        T: Decode<'r, Sqlite> + Type<Sqlite>,
    {
        self.try_get(name).map_err(|cause| Error::unreadable(name, &cause))
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

/// A number as the database keeps it: no column is unsigned in either database.
pub(crate) fn signed<T: TryInto<i64>>(number: T) -> i64 {
    number.try_into().unwrap_or(i64::MAX)
}
