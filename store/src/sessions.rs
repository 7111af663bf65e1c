//! Sessions: logins that are alive. The database holds the hash of a token, never the token, so
//! that a copy of it opens nothing (FAULTS S14).

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::database::Store;
use crate::error::Error;
use crate::row::{self, Row};
use crate::sql;
use crate::users::{User, UserId};

/// A login that is alive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Session {
    /// What names it in a list: the hash of its token.
    pub id: SessionId,
    /// Who logged in.
    pub user: UserId,
    /// When.
    pub created_at: Timestamp,
    /// When it was last used, to about a minute.
    pub seen_at: Timestamp,
    /// When it ends, however busy it is.
    pub expires_at: Timestamp,
    /// The address it was made from.
    pub source: String,
    /// When its user proved elsewhere who they are, where that is known.
    pub proven_at: Option<Timestamp>,
}

/// The SHA-256 of a token, in hexadecimal where it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId([u8; 32]);

impl SessionId {
    /// The session of this token. A token is random, 128 bits or more, so a plain hash is enough.
    #[must_use]
    pub fn of(token: &str) -> Self {
        Self(Sha256::digest(token).into())
    }

    /// Its 32 bytes, for whoever keeps something by session.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl From<SessionId> for Uuid {
    /// What names a session to people; the other half of the hash is not theirs to know.
    fn from(SessionId(hash): SessionId) -> Self {
        let half = hash.first_chunk::<16>().copied().unwrap_or_default();
        uuid::Builder::from_custom_bytes(half).into_uuid()
    }
}

impl std::fmt::Display for SessionId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl std::str::FromStr for SessionId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| Error::NotFound("session"))?;
        Ok(Self(bytes))
    }
}

impl Serialize for SessionId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// How long a session lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetime {
    /// Without being used.
    pub idle: SignedDuration,
    /// However busy it is.
    pub absolute: SignedDuration,
}

/// The repository of sessions.
#[derive(Clone, Debug)]
pub struct Sessions {
    store: Store,
}

impl Sessions {
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    /// Begins a session of `user` with a token that was just made.
    ///
    /// At most [`SESSIONS_PER_USER`] live at once: the one unused for longest gives way.
    pub async fn insert(
        &self,
        token: &str,
        user: UserId,
        source: &str,
        lifetime: Lifetime,
        now: Timestamp,
    ) -> Result<Session, Error> {
        let mut writing = self.store.begin().await?;
        let expires_at = now.saturating_add(lifetime.absolute).unwrap_or(now);
        let row = sql::query(
            "INSERT INTO session \
             (token, account, created_at, seen_at, idle_us, expires_at, source) \
             VALUES ($1, $2, $3, $3, $4, $5, $6) RETURNING *",
        )
        .bind(&SessionId::of(token).0[..])
        .bind(Uuid::from(user))
        .bind(now.as_microsecond())
        .bind(row::signed(lifetime.idle.as_micros()))
        .bind(expires_at.as_microsecond())
        .bind(source)
        .fetch_one(&mut *writing)
        .await
        .map_err(|error| Error::of_write(error, &["token"], "user"))?;
        sql::query(
            "DELETE FROM session WHERE account = $1 AND token NOT IN \
             (SELECT token FROM session WHERE account = $1 ORDER BY seen_at DESC LIMIT $2)",
        )
        .bind(Uuid::from(user))
        .bind(SESSIONS_PER_USER)
        .execute(&mut *writing)
        .await?;
        writing.touched(user);
        writing.commit().await?;
        session(&row)
    }

    /// The living session of this token and its user, as both are now.
    ///
    /// [`Error::NotFound`] when it is unknown, over, idle for too long, or the user may not log in.
    pub async fn find(&self, token: &str, now: Timestamp) -> Result<(Session, User), Error> {
        let id = SessionId::of(token);
        let row = sql::query(
            "SELECT * FROM session WHERE token = $1 AND expires_at > $2 AND seen_at + idle_us > $2",
        )
        .bind(&id.0[..])
        .bind(now.as_microsecond())
        .fetch_optional(self.store.readers())
        .await?
        .ok_or(Error::NotFound("session"))?;
        let session = session(&row)?;
        let user = self.store.users().find(session.user).await?.value;
        if user.login != routing::Login::Enabled {
            return Err(Error::NotFound("session"));
        }
        self.touch(&session, now).await?;
        Ok((session, user))
    }

    /// The living sessions of one user, the newest first.
    pub async fn list(&self, user: UserId, now: Timestamp) -> Result<Vec<Session>, Error> {
        let rows = sql::query(
            "SELECT * FROM session WHERE account = $1 AND expires_at > $2 \
             AND seen_at + idle_us > $2 ORDER BY created_at DESC",
        )
        .bind(Uuid::from(user))
        .bind(now.as_microsecond())
        .fetch_all(self.store.readers())
        .await?;
        rows.iter().map(session).collect()
    }

    /// Notes when its user proved elsewhere who they are.
    pub async fn proven(&self, id: SessionId, at: Timestamp) -> Result<(), Error> {
        let mut writing = self.store.begin().await?;
        sql::query("UPDATE session SET proven_at = $2 WHERE token = $1")
            .bind(&id.0[..])
            .bind(at.as_microsecond())
            .execute(&mut *writing)
            .await?;
        writing.commit().await
    }

    /// Ends one session of a user.
    pub async fn delete(&self, user: UserId, id: SessionId) -> Result<(), Error> {
        let mut writing = self.store.begin().await?;
        let deleted = sql::query("DELETE FROM session WHERE account = $1 AND token = $2")
            .bind(Uuid::from(user))
            .bind(&id.0[..])
            .execute(&mut *writing)
            .await?;
        writing.touched(user);
        writing.commit().await?;
        if deleted == 0 { Err(Error::NotFound("session")) } else { Ok(()) }
    }

    /// Ends every session of a user.
    pub async fn delete_all(&self, user: UserId) -> Result<u64, Error> {
        let mut writing = self.store.begin().await?;
        let deleted = sql::query("DELETE FROM session WHERE account = $1")
            .bind(Uuid::from(user))
            .execute(&mut *writing)
            .await?;
        writing.commit().await?;
        Ok(deleted)
    }

    /// Forgets sessions that are over.
    pub async fn sweep(&self, now: Timestamp) -> Result<u64, Error> {
        let mut writing = self.store.begin().await?;
        let swept =
            sql::query("DELETE FROM session WHERE expires_at <= $1 OR seen_at + idle_us <= $1")
                .bind(now.as_microsecond())
                .execute(&mut *writing)
                .await?;
        writing.commit().await?;
        Ok(swept)
    }

    /// Notes that a session is used; once a minute is enough, and a write for every request is not.
    async fn touch(&self, session: &Session, now: Timestamp) -> Result<(), Error> {
        if now.duration_since(session.seen_at) < TOUCH_EVERY {
            return Ok(());
        }
        let mut writing = self.store.begin().await?;
        sql::query("UPDATE session SET seen_at = $2 WHERE token = $1")
            .bind(&session.id.0[..])
            .bind(now.as_microsecond())
            .execute(&mut *writing)
            .await?;
        writing.commit().await?;
        Ok(())
    }
}

/// Most living sessions of one user.
pub const SESSIONS_PER_USER: i64 = 32;

const TOUCH_EVERY: SignedDuration = SignedDuration::from_mins(1);

fn session(row: &Row) -> Result<Session, Error> {
    let token: &[u8] = row.column("token")?;
    let token =
        token.try_into().map_err(|_| Error::unreadable("session", "a hash of the wrong length"))?;
    Ok(Session {
        id: SessionId(token),
        user: row.id("account")?,
        created_at: row.time("created_at")?,
        seen_at: row.time("seen_at")?,
        expires_at: row.time("expires_at")?,
        source: row.column("source")?,
        proven_at: row.time_maybe("proven_at")?,
    })
}
