//! What can go wrong in a repository, in the words of the one who asked.

use std::borrow::Cow;
use std::fmt;

use sqlx::error::ErrorKind;

/// Why a repository did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another row already has this value of a unique field.
    #[error("that {0} is taken")]
    Taken(&'static str),
    /// No row has this identity.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// A field points at something that does not exist.
    #[error("{0} names something that does not exist")]
    Unknown(Cow<'static, str>),
    /// The row cannot go while others point at it.
    #[error("it is still used by {by}")]
    Referenced {
        /// Who points at it, in the plural: `"queues"`.
        by: &'static str,
    },
    /// The row changed since it was read.
    #[error("it has changed since: it is at version {current} now")]
    Stale {
        /// The version in the database.
        current: u64,
    },
    /// A legal hold stands on it.
    #[error("a legal hold stands on it")]
    Held,
    /// A call about it goes on.
    #[error("a call goes on: wait until it is over")]
    Live,
    /// There may be no more of them.
    #[error("there are {most} {what} already, which is the most")]
    Full {
        /// Of what, in the plural.
        what: &'static str,
        /// How many there may be.
        most: i64,
    },
    /// What was to take the place of all there is holds nothing.
    #[error("an empty {0} takes nothing's place: delete what is not wanted any more")]
    Empty(&'static str),
    /// A database that was to be filled has something in it.
    #[error("the other database is in use already: name one that is new")]
    NotEmpty,
    /// A cursor that this page did not hand out.
    #[error("the cursor is not one that this list handed out")]
    Cursor,
    /// A stored value cannot be read back; the database was changed by other hands.
    #[error("the stored {what} cannot be read: {cause}")]
    Unreadable {
        /// The table or column.
        what: &'static str,
        /// What is wrong with it.
        cause: String,
    },
    /// The database file could not be brought up to date.
    #[error("the database cannot be migrated: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// As much is being counted as may be at once; it may be tried again.
    #[error("other reports are being made")]
    Busy,
    /// The database cannot be reached; it may be tried again.
    #[error("the database does not answer: {0}")]
    Away(#[source] sqlx::Error),
    /// The database failed.
    #[error("the database failed: {0}")]
    Database(#[source] sqlx::Error),
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::PoolTimedOut | sqlx::Error::Io(_) => Self::Away(error),
            sqlx::Error::Database(told) if crate::dialect::says_away(told.as_ref()) => {
                Self::Away(sqlx::Error::Database(told))
            }
            error => Self::Database(error),
        }
    }
}

impl Error {
    /// A failed write, told by the unique fields and the references that the statement touches.
    ///
    /// `fields` are the unique columns, `reference` is the field that may point nowhere.
    pub(crate) fn of_write(
        error: sqlx::Error,
        fields: &[&'static str],
        reference: &'static str,
    ) -> Self {
        let Some(database) = error.as_database_error() else { return error.into() };
        match database.kind() {
            ErrorKind::UniqueViolation => fields
                .iter()
                .chain(&["id"])
                .find(|field| crate::dialect::names_column(database, field))
                .map_or(Self::Database(error), |field| Self::Taken(field)),
            ErrorKind::ForeignKeyViolation => Self::Unknown(reference.into()),
            _ => error.into(),
        }
    }

    /// A failed delete: a foreign key that refuses says that somebody still points here.
    pub(crate) fn of_delete(error: sqlx::Error, by: &'static str) -> Self {
        match error.as_database_error().map(sqlx::error::DatabaseError::kind) {
            Some(ErrorKind::ForeignKeyViolation) => Self::Referenced { by },
            _ => error.into(),
        }
    }

    pub(crate) fn unreadable(what: &'static str, cause: &(impl fmt::Display + ?Sized)) -> Self {
        Self::Unreadable { what, cause: cause.to_string() }
    }
}
