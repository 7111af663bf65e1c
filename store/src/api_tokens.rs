//! Tokens that a user lends to programs, each for a part of what the user may do. The database
//! holds the hash of a token, never the token, so that a copy of it opens nothing (FAULTS S14).

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::database::Store;
use crate::error::Error;
use crate::roles::Grants;
use crate::row::{self, Row};
use crate::sql;
use crate::users::{User, UserId};

/// A token as it may be shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ApiToken {
    /// Its identity.
    pub id: Uuid,
    /// Whose it is.
    pub user: UserId,
    /// What the user calls it; unique among the user's.
    pub name: String,
    /// What it may do, where its user still may.
    pub grants: Grants,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// When it was last used, to about a minute.
    pub seen_at: Option<Timestamp>,
}

/// The repository of tokens.
#[derive(Clone, Debug)]
pub struct ApiTokens {
    store: Store,
}

impl ApiTokens {
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    /// Keeps a token whose text was just made: random, 128 bits or more, so a plain hash is enough.
    ///
    /// Errors: [`Error::Taken`] when the user has one of that name; [`Error::Full`] at
    /// [`TOKENS_PER_USER`].
    pub async fn insert(&self, token: &ApiToken, text: &str) -> Result<(), Error> {
        let mut writing = self.store.begin().await?;
        let count: i64 = sql::query("SELECT count(*) FROM api_token WHERE account = $1")
            .bind(Uuid::from(token.user))
            .fetch_one(&mut *writing)
            .await?
            .only()?;
        if count >= TOKENS_PER_USER {
            return Err(Error::Full { what: "tokens", most: TOKENS_PER_USER });
        }
        sql::query(
            "INSERT INTO api_token (id, account, name, token, grants, created_at, expires_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(token.id)
        .bind(Uuid::from(token.user))
        .bind(&token.name)
        .bind(&Sha256::digest(text)[..])
        .bind(row::json("grants", &token.grants)?)
        .bind(token.created_at.as_microsecond())
        .bind(token.expires_at.as_microsecond())
        .execute(&mut *writing)
        .await
        .map_err(|error| Error::of_write(error, &["name"], "user"))?;
        writing.note(token.id, None, Some(token))?;
        writing.commit().await
    }

    /// The living token of this text and its user, as both are now.
    ///
    /// [`Error::NotFound`] when it is unknown or over, or the user may not log in.
    pub async fn find(&self, text: &str, now: Timestamp) -> Result<(ApiToken, User), Error> {
        let row = sql::query("SELECT * FROM api_token WHERE token = $1 AND expires_at > $2")
            .bind(&Sha256::digest(text)[..])
            .bind(now.as_microsecond())
            .fetch_optional(self.store.readers())
            .await?
            .ok_or(Error::NotFound("token"))?;
        let token = token(&row)?;
        let user = self.store.users().find(token.user).await?.value;
        if user.login != routing::Login::Enabled {
            return Err(Error::NotFound("token"));
        }
        self.touch(&token, now).await?;
        Ok((token, user))
    }

    /// Every token of one user, the newest first; those that are over too.
    pub async fn list(&self, user: UserId) -> Result<Vec<ApiToken>, Error> {
        let rows = sql::query("SELECT * FROM api_token WHERE account = $1 ORDER BY id DESC")
            .bind(Uuid::from(user))
            .fetch_all(self.store.readers())
            .await?;
        rows.iter().map(token).collect()
    }

    /// Revokes a token of a user.
    pub async fn delete(&self, user: UserId, id: Uuid) -> Result<(), Error> {
        let mut writing = self.store.begin().await?;
        let row = sql::query("DELETE FROM api_token WHERE account = $1 AND id = $2 RETURNING *")
            .bind(Uuid::from(user))
            .bind(id)
            .fetch_optional(&mut *writing)
            .await?
            .ok_or(Error::NotFound("token"))?;
        writing.note(id, Some(&token(&row)?), None)?;
        writing.commit().await
    }

    /// Notes that a token is used; once a minute is enough.
    async fn touch(&self, token: &ApiToken, now: Timestamp) -> Result<(), Error> {
        if token.seen_at.is_some_and(|seen| now.duration_since(seen) < TOUCH_EVERY) {
            return Ok(());
        }
        let mut writing = self.store.begin().await?;
        sql::query("UPDATE api_token SET seen_at = $2 WHERE id = $1")
            .bind(token.id)
            .bind(now.as_microsecond())
            .execute(&mut *writing)
            .await?;
        writing.commit().await
    }
}

/// Most tokens of one user, those that are over among them.
pub const TOKENS_PER_USER: i64 = 50;

const TOUCH_EVERY: SignedDuration = SignedDuration::from_mins(1);

fn token(row: &Row) -> Result<ApiToken, Error> {
    Ok(ApiToken {
        id: row.column("id")?,
        user: row.id("account")?,
        name: row.column("name")?,
        grants: row.json("grants")?,
        created_at: row.time("created_at")?,
        expires_at: row.time("expires_at")?,
        seen_at: row.time_maybe("seen_at")?,
    })
}
