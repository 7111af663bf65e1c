//! Lists in pages: a cursor names the last row that was seen, so that a page costs the same at the
//! end of a long table as at its beginning, and nothing is skipped when rows come and go.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::Error;
use crate::reach::Within;
use crate::sql;

/// What to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// Part of a name, a number or a code, in any case; everything when none.
    pub text: Option<String>,
    /// Where the page before ended.
    pub after: Option<Cursor>,
    /// Rows on the page; [`LIMIT_DEFAULT`] when none, at most [`LIMIT_MAX`].
    pub limit: Option<u32>,
    /// Of these only; all when none.
    pub within: Option<Within>,
}

/// Rows on a page when nobody says.
pub const LIMIT_DEFAULT: u32 = 50;

/// Most rows on a page.
pub const LIMIT_MAX: u32 = 1_000;

impl Query {
    /// Rows on the page.
    pub(crate) fn limit(&self) -> u32 {
        limit(self.limit)
    }
}

/// The bounds of a page.
pub(crate) fn limit(asked: Option<u32>) -> u32 {
    asked.unwrap_or(LIMIT_DEFAULT).clamp(1, LIMIT_MAX)
}

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Where the next page begins; none when this is the last.
    pub next: Option<Cursor>,
}

impl<T> Page<T> {
    /// A page out of one row more than it may hold.
    pub(crate) fn of(mut rows: Vec<T>, limit: u32, cursor: impl Fn(&T) -> Cursor) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| more).map(cursor);
        Self { items: rows, next }
    }
}

/// The last row of a page; opaque to whoever carries it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Cursor {
    /// The value that the list is ordered by, in microseconds where it is a time.
    pub(crate) at: i64,
    /// What tells two rows of the same value apart.
    pub(crate) id: Uuid,
}

impl Cursor {
    pub(crate) fn by_id(id: impl Into<Uuid>) -> Self {
        Self { at: 0, id: id.into() }
    }

    pub(crate) fn by_time(at: Timestamp, id: impl Into<Uuid>) -> Self {
        Self { at: at.as_microsecond(), id: id.into() }
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.at, self.id.simple())
    }
}

impl FromStr for Cursor {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let (at, id) = text.rsplit_once('-').ok_or(Error::Cursor)?;
        Ok(Self {
            at: at.parse().map_err(|_| Error::Cursor)?,
            id: Uuid::try_parse(id).map_err(|_| Error::Cursor)?,
        })
    }
}

impl TryFrom<String> for Cursor {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<Cursor> for String {
    fn from(cursor: Cursor) -> Self {
        cursor.to_string()
    }
}

/// A `LIKE` pattern that finds `text` anywhere and takes no wildcard from it.
pub(crate) fn contains(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for character in text.to_lowercase().chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}

/// Ends a query for records: a window of time, the newest first, after a cursor, one row more than
/// the page.
pub(crate) fn newest_first(
    sql: &mut sql::Builder,
    (time, identity): (&'static str, &'static str),
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    after: Option<Cursor>,
    limit: u32,
) {
    if let Some(from) = from {
        sql.push(" AND ").push(time).push(" >= ").push_bind(from.as_microsecond());
    }
    if let Some(to) = to {
        sql.push(" AND ").push(time).push(" < ").push_bind(to.as_microsecond());
    }
    if let Some(Cursor { at, id }) = after {
        sql.push(" AND (").push(time).push(", ").push(identity).push(") < (");
        sql.push_bind(at).push(", ").push_bind(id).push(")");
    }
    sql.push(" ORDER BY ").push(time).push(" DESC, ").push(identity).push(" DESC LIMIT ");
    sql.push_bind(i64::from(limit) + 1);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_cursor_survives_the_journey_through_a_client(at: i64, id: u128) {
            let cursor = Cursor { at, id: Uuid::from_u128(id) };
            prop_assert_eq!(cursor.to_string().parse::<Cursor>().unwrap(), cursor);
        }

        #[test]
        fn a_made_up_cursor_is_an_error_and_never_a_panic(text: String) {
            let _ = text.parse::<Cursor>();
        }
    }

    #[test]
    fn a_search_takes_wildcards_for_what_they_look_like() {
        assert_eq!(contains("50%_Off\\"), "%50\\%\\_off\\\\%");
    }

    #[test]
    fn only_a_page_with_more_behind_it_has_a_cursor() {
        let cursor = |n: &u128| Cursor::by_id(Uuid::from_u128(*n));
        let last = Page::of(vec![1, 2], 2, cursor);
        assert_eq!((last.items, last.next), (vec![1, 2], None));
        let first = Page::of(vec![1, 2, 3], 2, cursor);
        assert_eq!((first.items, first.next), (vec![1, 2], Some(cursor(&2))));
    }
}
