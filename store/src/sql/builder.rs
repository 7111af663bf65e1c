//! Statements of as many parts as are asked for.

use std::fmt::Display;

use sqlx::{AssertSqlSafe, SqlSafeStr, SqlStr};

use super::{Statement, Value};

/// A statement in the making: what is pushed is SQL, what is bound never is.
#[derive(Debug)]
pub(crate) struct Builder {
    sql: String,
    places: Vec<usize>,
    values: Vec<Value>,
}

impl Builder {
    pub(crate) fn new(sql: impl Into<String>) -> Self {
        Self { sql: sql.into(), places: Vec::new(), values: Vec::new() }
    }

    /// Goes on with SQL.
    pub(crate) fn push(&mut self, sql: impl AsRef<str>) -> &mut Self {
        self.sql.push_str(sql.as_ref());
        self
    }

    /// Goes on with a parameter.
    pub(crate) fn push_bind(&mut self, value: impl Into<Value>) -> &mut Self {
        self.places.push(self.sql.len());
        self.values.push(value.into());
        self
    }

    /// Goes on with parameters that have `separator` between them.
    pub(crate) fn separated(&mut self, separator: &'static str) -> Separated<'_> {
        Separated { builder: self, separator, first: true }
    }

    /// Goes on with the rows that `VALUES` lists; at least one.
    pub(crate) fn push_values<R>(
        &mut self,
        rows: impl IntoIterator<Item = R>,
        mut bind: impl FnMut(Separated<'_>, R),
    ) {
        self.push("VALUES ");
        for (place, row) in rows.into_iter().enumerate() {
            self.push(if place == 0 { "(" } else { ", (" });
            bind(self.separated(", "), row);
            self.push(")");
        }
    }

    /// The text with its places numbered, and what stands there.
    #[cfg(test)]
    pub(crate) fn shown(self) -> Vec<String> {
        let text = Text::Parts { sql: self.sql, places: self.places };
        let mut all = vec![text.written(|n| format!("${n}")).as_str().to_owned()];
        all.extend(self.values.into_iter().map(|value| match value {
            Value::Text(text) => text.unwrap_or_default(),
            other => format!("{other:?}"),
        }));
        all
    }

    pub(crate) fn build(self) -> Statement {
        Statement {
            text: Text::Parts { sql: self.sql, places: self.places },
            values: self.values,
            kept: true,
        }
    }
}

/// Parameters with something between them.
#[derive(Debug)]
pub(crate) struct Separated<'a> {
    builder: &'a mut Builder,
    separator: &'static str,
    first: bool,
}

impl Separated<'_> {
    pub(crate) fn push_bind(&mut self, value: impl Into<Value>) -> &mut Self {
        if !std::mem::take(&mut self.first) {
            self.builder.push(self.separator);
        }
        self.builder.push_bind(value);
        self
    }
}

/// The text of a statement.
#[derive(Debug)]
pub(super) enum Text {
    /// With its places numbered.
    Whole(SqlStr),
    /// Without them: they belong where `places` says, in their order.
    Parts { sql: String, places: Vec<usize> },
}

impl Text {
    /// The text with its places as a database writes them.
    pub(super) fn written<P: Display>(&self, place: impl Fn(usize) -> P) -> SqlStr {
        match self {
            Self::Whole(sql) => sql.clone(),
            Self::Parts { sql, places } => {
                let mut text = String::with_capacity(sql.len() + places.len() * 6);
                let mut rest = 0;
                for (n, at) in (1..).zip(places) {
                    text.push_str(&sql[rest..*at]);
                    text.push_str(&place(n).to_string());
                    rest = *at;
                }
                text.push_str(&sql[rest..]);
                AssertSqlSafe(text).into_sql_str()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_stands_where_it_was_bound_and_never_in_the_text() {
        let mut sql = Builder::new("SELECT * FROM lead WHERE name = ");
        sql.push_bind("x'; DROP TABLE lead").push(" AND list IN (");
        let mut lists = sql.separated(", ");
        lists.push_bind(1_i64).push_bind(2_i64);
        sql.push(")");
        let built = sql.build();
        assert_eq!(
            built.text.written(|n| format!("${n}")).as_str(),
            "SELECT * FROM lead WHERE name = $1 AND list IN ($2, $3)"
        );
        assert_eq!(built.values.len(), 3);
    }

    #[test]
    fn rows_of_values_are_told_apart() {
        let mut sql = Builder::new("INSERT INTO t (a, b) ");
        sql.push_values([1_i64, 2], |mut row, n| {
            row.push_bind(n).push_bind("b");
        });
        let text = sql.build().text;
        let text = text.written(|_| "?");
        assert_eq!(text.as_str(), "INSERT INTO t (a, b) VALUES (?, ?), (?, ?)");
    }
}
