//! Which user a provider means by a subject.
//!
//! ```text
//!   nobody ──first sign-in, by the claim──▶ linked ──an administrator──▶ nobody, and no session
//! ```
//! Only issuer and subject together name a person for good (OpenID Connect Core 1.0 §5.7): a name
//! or an address may be given to somebody else. So the claim decides once, and never again while
//! the link stands.

use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

use crate::database::Store;
use crate::error::Error;
use crate::row::Row;
use crate::sql;
use crate::users::UserId;

/// What a provider calls a user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Subject {
    /// The provider.
    pub issuer: String,
    /// Its word for the user.
    pub subject: String,
    /// Since when.
    pub linked_at: Timestamp,
}

/// The repository of subjects.
#[derive(Clone, Debug)]
pub struct Subjects {
    store: Store,
}

impl Subjects {
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    /// Whom a provider means by its word.
    pub async fn user(&self, issuer: &str, subject: &str) -> Result<Option<UserId>, Error> {
        let row =
            sql::query("SELECT account FROM provider_subject WHERE issuer = $1 AND subject = $2")
                .bind(issuer)
                .bind(subject)
                .fetch_optional(self.store.readers())
                .await?;
        row.map(|row| row.id("account")).transpose()
    }

    /// What a user is called, where they were linked.
    pub async fn of_user(&self, user: UserId) -> Result<Subject, Error> {
        sql::query("SELECT * FROM provider_subject WHERE account = $1")
            .bind(Uuid::from(user))
            .fetch_optional(self.store.readers())
            .await?
            .as_ref()
            .map_or(Err(Error::NotFound("link to a provider")), subject)
    }

    /// Links a user to a provider's word; whether that is so now.
    ///
    /// A link to another provider gives way. One to another word of the same provider does not, nor
    /// does a word that means another user.
    pub async fn link(
        &self,
        user: UserId,
        issuer: &str,
        subject: &str,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let mut writing = self.store.begin().await?;
        let row = sql::query(
            "INSERT INTO provider_subject (account, issuer, subject, linked_at) \
             SELECT $1, $2, $3, $4 WHERE NOT EXISTS (SELECT 1 FROM provider_subject AS other \
             WHERE other.issuer = $2 AND other.subject = $3) \
             ON CONFLICT (account) DO UPDATE SET issuer = excluded.issuer, \
             subject = excluded.subject, linked_at = excluded.linked_at \
             WHERE provider_subject.issuer <> excluded.issuer RETURNING *",
        )
        .bind(Uuid::from(user))
        .bind(issuer)
        .bind(subject)
        .bind(now.as_microsecond())
        .fetch_optional(&mut *writing)
        .await
        .map_err(|error| Error::of_write(error, &["subject"], "user"))?;
        let Some(row) = row else { return Ok(false) };
        writing.note(user, None, Some(&self::subject(&row)?))?;
        writing.commit().await?;
        Ok(true)
    }

    /// Forgets what a user is called: the claim decides again, and whoever came by the link is out.
    pub async fn unlink(&self, user: UserId) -> Result<(), Error> {
        let mut writing = self.store.begin().await?;
        let row = sql::query("DELETE FROM provider_subject WHERE account = $1 RETURNING *")
            .bind(Uuid::from(user))
            .fetch_optional(&mut *writing)
            .await?
            .ok_or(Error::NotFound("link to a provider"))?;
        sql::query("DELETE FROM session WHERE account = $1")
            .bind(Uuid::from(user))
            .execute(&mut *writing)
            .await?;
        writing.note(user, Some(&subject(&row)?), None)?;
        writing.commit().await
    }
}

fn subject(row: &Row) -> Result<Subject, Error> {
    Ok(Subject {
        issuer: row.column("issuer")?,
        subject: row.column("subject")?,
        linked_at: row.time("linked_at")?,
    })
}
