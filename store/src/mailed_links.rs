//! Links in letters: to a first password, and to a new one. The database holds the hash of what
//! stands in the letter, so that a copy of it opens nothing (FAULTS S14).
//!
//! ```text
//!   issued ──used once, before its end──▶ a password, and every session over
//!      └──issued again, withdrawn, another address, another password, its end──▶ dead
//! ```
//! A user has one link of each purpose at most. A link is for the address that it was sent to: it
//! dies with the first profile that says another (R40).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::audit::Writing;
use crate::database::Store;
use crate::documents::Stored;
use crate::error::Error;
use crate::row::{self, Row};
use crate::sql;
use crate::users::{User, UserId};

/// A link that was issued.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MailedLink {
    /// Whom it lets choose a password.
    pub user: UserId,
    /// What for.
    pub purpose: Purpose,
    /// Where it was sent, or would have been.
    pub address: String,
    /// When.
    pub created_at: Timestamp,
    /// From then on it opens nothing.
    pub expires_at: Timestamp,
}

/// What a link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Somebody is asked to come (R39).
    Invitation,
    /// Somebody forgot the password.
    PasswordReset,
}

/// The repository of links.
#[derive(Clone, Debug)]
pub struct MailedLinks {
    store: Store,
}

impl MailedLinks {
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    /// Issues a link for this token, which is random, 128 bits or more; the one before of the same
    /// user and purpose is dead.
    pub async fn issue(&self, token: &str, link: &MailedLink) -> Result<(), Error> {
        let mut writing = self.store.begin().await?;
        put(&mut writing, token, link).await?;
        writing.note(link.user, None, Some(link))?;
        writing.commit().await
    }

    /// Adds a user who has no password yet, with the link that lets them choose one: both or none.
    ///
    /// `unknown` is the hash of a password that nobody knows.
    pub async fn invite(
        &self,
        user: &User,
        unknown: &str,
        token: &str,
        link: &MailedLink,
    ) -> Result<Stored<User>, Error> {
        let mut writing = self.store.begin().await?;
        let added = crate::users::add(&mut writing, user, unknown, link.created_at).await?;
        put(&mut writing, token, link).await?;
        writing.commit().await?;
        Ok(added)
    }

    /// The living link of this token and its user as both are now.
    ///
    /// [`Error::NotFound`] when it is unknown, used, over, or the user has another address.
    pub async fn find(&self, token: &str, now: Timestamp) -> Result<(MailedLink, User), Error> {
        let dead = || Error::NotFound("link");
        let row = sql::query("SELECT * FROM mailed_link WHERE token = $1 AND expires_at > $2")
            .bind(hash(token))
            .bind(now.as_microsecond())
            .fetch_optional(self.store.readers())
            .await?
            .ok_or_else(dead)?;
        let link = mailed_link(&row)?;
        let user = self.store.users().find(link.user).await?.value;
        let reached = user.email.as_deref().is_some_and(|own| is_same(own, &link.address));
        if reached { Ok((link, user)) } else { Err(dead()) }
    }

    /// The user's link for this purpose, living or over.
    pub async fn of_user(&self, user: UserId, purpose: Purpose) -> Result<MailedLink, Error> {
        sql::query("SELECT * FROM mailed_link WHERE account = $1 AND purpose = $2")
            .bind(Uuid::from(user))
            .bind(row::word("purpose", &purpose)?)
            .fetch_optional(self.store.readers())
            .await?
            .as_ref()
            .map_or(Err(Error::NotFound("link")), mailed_link)
    }

    /// Takes a link back; one that is over too.
    pub async fn withdraw(&self, user: UserId, purpose: Purpose) -> Result<(), Error> {
        let mut writing = self.store.begin().await?;
        let row =
            sql::query("DELETE FROM mailed_link WHERE account = $1 AND purpose = $2 RETURNING *")
                .bind(Uuid::from(user))
                .bind(row::word("purpose", &purpose)?)
                .fetch_optional(&mut *writing)
                .await?
                .ok_or(Error::NotFound("link"))?;
        writing.note(user, Some(&mailed_link(&row)?), None)?;
        writing.commit().await
    }

    /// Uses a link up: the user has this password from now on, every session is over and every
    /// other link dead. Of several who try at once, one does it.
    ///
    /// [`Error::NotFound`] as with [`Self::find`], and when the user may not log in.
    pub async fn redeem(
        &self,
        token: &str,
        password_hash: &str,
        now: Timestamp,
    ) -> Result<Stored<User>, Error> {
        let dead = || Error::NotFound("link");
        let mut writing = self.store.begin().await?;
        let row =
            sql::query("DELETE FROM mailed_link WHERE token = $1 AND expires_at > $2 RETURNING *")
                .bind(hash(token))
                .bind(now.as_microsecond())
                .fetch_optional(&mut *writing)
                .await?;
        let link = row.as_ref().map_or_else(|| Err(dead()), mailed_link)?;
        let reached = sql::query(
            "SELECT id FROM account WHERE id = $1 AND lower(email) = lower($2) AND login = $3",
        )
        .bind(Uuid::from(link.user))
        .bind(&link.address)
        .bind(row::word("login", &routing::Login::Enabled)?)
        .fetch_optional(&mut *writing)
        .await?;
        if reached.is_none() {
            return Err(dead());
        }
        let user =
            crate::users::replace_password(&mut writing, link.user, password_hash, false, now)
                .await?;
        writing.note(link.user, Some(&link), None)?;
        writing.commit().await?;
        Ok(user)
    }
}

/// Kills what was mailed to a user: all of it, or what went to another address than this.
pub(crate) async fn kill(
    writing: &mut Writing,
    user: UserId,
    but_to: Option<&str>,
) -> Result<(), Error> {
    sql::query("DELETE FROM mailed_link WHERE account = $1 AND lower(address) <> lower($2)")
        .bind(Uuid::from(user))
        .bind(but_to.unwrap_or_default())
        .execute(&mut **writing)
        .await?;
    Ok(())
}

async fn put(writing: &mut Writing, token: &str, link: &MailedLink) -> Result<(), Error> {
    let (user, purpose) = (Uuid::from(link.user), row::word("purpose", &link.purpose)?);
    sql::query("DELETE FROM mailed_link WHERE account = $1 AND purpose = $2")
        .bind(user)
        .bind(&purpose)
        .execute(&mut **writing)
        .await?;
    sql::query(
        "INSERT INTO mailed_link (token, account, purpose, address, created_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(hash(token))
    .bind(user)
    .bind(&purpose)
    .bind(&link.address)
    .bind(link.created_at.as_microsecond())
    .bind(link.expires_at.as_microsecond())
    .execute(&mut **writing)
    .await
    .map_err(|error| Error::of_write(error, &[], "user"))?;
    // Whoever is asked to come has not stayed away (R134).
    sql::query("UPDATE account SET active_at = $2 WHERE id = $1 AND invited = 1")
        .bind(user)
        .bind(link.created_at.as_microsecond())
        .execute(&mut **writing)
        .await?;
    Ok(())
}

fn hash(token: &str) -> Vec<u8> {
    Sha256::digest(token).to_vec()
}

/// Whether two addresses reach one person: nobody has two that differ in case alone.
fn is_same(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}

fn mailed_link(row: &Row) -> Result<MailedLink, Error> {
    Ok(MailedLink {
        user: row.id("account")?,
        purpose: row.word("purpose")?,
        address: row.column("address")?,
        created_at: row.time("created_at")?,
        expires_at: row.time("expires_at")?,
    })
}
