//! What authenticator apps share with us (RFC 6238), and the codes that stand in for a lost one.
//!
//! ```text
//!   none ──proposed──▶ step 0 ──the app's first code──▶ in force, step n
//!     ▲──────────────────────── removed ──────────────────────┘
//! ```
//!
//! A step is spent once (RFC 6238 §5.2), tries are bounded in time, and both are kept here rather
//! than in memory: a restart gives nobody another try (FAULTS S15). The secret itself rests in the
//! clear, as a trunk's password does, because both sides need it; of recovery codes only hashes.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::database::Store;
use crate::error::Error;
use crate::sql;
use crate::users::UserId;

/// What an app and we know.
#[derive(Clone, PartialEq, Eq)]
pub struct TotpSecret {
    /// The shared secret.
    pub secret: Vec<u8>,
    /// The last step that was spent; 0 while the secret is only proposed.
    pub step: u64,
}

impl fmt::Debug for TotpSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TotpSecret").field("step", &self.step).finish_non_exhaustive()
    }
}

/// The repository of shared secrets.
#[derive(Clone, Debug)]
pub struct TotpSecrets {
    store: Store,
}

impl TotpSecrets {
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    /// The secret of a user, proposed or in force.
    pub async fn find(&self, user: UserId) -> Result<TotpSecret, Error> {
        let row = sql::query("SELECT secret, step FROM totp WHERE account = $1")
            .bind(Uuid::from(user))
            .fetch_optional(self.store.readers())
            .await?
            .ok_or(Error::NotFound("authenticator app"))?;
        Ok(TotpSecret { secret: row.column("secret")?, step: row.count("step")? })
    }

    /// Proposes a secret in place of one that was only proposed.
    ///
    /// Errors: [`Error::Taken`] when one is in force.
    pub async fn propose(&self, user: UserId, secret: &[u8]) -> Result<(), Error> {
        let mut writing = self.store.begin().await?;
        let row = sql::query(
            "INSERT INTO totp (account, secret, step, tries, tries_from) VALUES ($1, $2, 0, 0, 0) \
             ON CONFLICT (account) DO UPDATE SET secret = excluded.secret WHERE totp.step = 0 \
             RETURNING account",
        )
        .bind(Uuid::from(user))
        .bind(secret)
        .fetch_optional(&mut *writing)
        .await
        .map_err(|error| Error::of_write(error, &[], "user"))?;
        row.ok_or(Error::Taken("authenticator app"))?;
        writing.commit().await?;
        Ok(())
    }

    /// Whether the user may try one more code: at most `most` in `window`.
    pub async fn may_try(
        &self,
        user: UserId,
        most: u32,
        window: SignedDuration,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let since = now.saturating_sub(window).unwrap_or(now);
        let mut writing = self.store.begin().await?;
        let row = sql::query(
            "UPDATE totp SET tries = CASE WHEN tries_from <= $2 THEN 1 ELSE tries + 1 END, \
             tries_from = CASE WHEN tries_from <= $2 THEN $3 ELSE tries_from END \
             WHERE account = $1 AND (tries < $4 OR tries_from <= $2) RETURNING tries",
        )
        .bind(Uuid::from(user))
        .bind(since.as_microsecond())
        .bind(now.as_microsecond())
        .bind(i64::from(most))
        .fetch_optional(&mut *writing)
        .await?;
        writing.commit().await?;
        Ok(row.is_some())
    }

    /// Spends a step; whether it and all after it were unspent until now.
    pub async fn spend(&self, user: UserId, step: u64) -> Result<bool, Error> {
        let mut writing = self.store.begin().await?;
        let spent = sql::query(
            "UPDATE totp SET step = $2, tries = 0 WHERE account = $1 AND step > 0 AND step < $2",
        )
        .bind(Uuid::from(user))
        .bind(crate::row::signed(step))
        .execute(&mut *writing)
        .await?;
        writing.commit().await?;
        Ok(spent == 1)
    }

    /// Puts the proposed secret in force by the app's first code, with these recovery codes.
    ///
    /// Errors: [`Error::NotFound`] when none is proposed.
    pub async fn confirm(
        &self,
        user: UserId,
        step: u64,
        recovery: &[[u8; 32]],
    ) -> Result<(), Error> {
        let mut writing = self.store.begin().await?;
        let confirmed =
            sql::query("UPDATE totp SET step = $2, tries = 0 WHERE account = $1 AND step = 0")
                .bind(Uuid::from(user))
                .bind(crate::row::signed(step))
                .execute(&mut *writing)
                .await?;
        if confirmed == 0 {
            return Err(Error::NotFound("proposed authenticator app"));
        }
        sql::query("DELETE FROM recovery_code WHERE account = $1")
            .bind(Uuid::from(user))
            .execute(&mut *writing)
            .await?;
        for code in recovery {
            sql::query("INSERT INTO recovery_code (account, code) VALUES ($1, $2)")
                .bind(Uuid::from(user))
                .bind(&code[..])
                .execute(&mut *writing)
                .await?;
        }
        enrolled(&mut writing, user, true).await?;
        writing.touched(user);
        writing.commit().await?;
        Ok(())
    }

    /// Spends a recovery code by its hash; whether it was there.
    pub async fn recover(&self, user: UserId, code: &[u8; 32]) -> Result<bool, Error> {
        let mut writing = self.store.begin().await?;
        let spent = sql::query("DELETE FROM recovery_code WHERE account = $1 AND code = $2")
            .bind(Uuid::from(user))
            .bind(&code[..])
            .execute(&mut *writing)
            .await?;
        writing.commit().await?;
        Ok(spent == 1)
    }

    /// How many recovery codes are left.
    pub async fn recovery_codes(&self, user: UserId) -> Result<u32, Error> {
        sql::query("SELECT COUNT(*) AS codes FROM recovery_code WHERE account = $1")
            .bind(Uuid::from(user))
            .fetch_one(self.store.readers())
            .await?
            .count("codes")
    }

    /// Forgets the app and its recovery codes.
    pub async fn remove(&self, user: UserId) -> Result<(), Error> {
        let mut writing = self.store.begin().await?;
        for statement in
            ["DELETE FROM totp WHERE account = $1", "DELETE FROM recovery_code WHERE account = $1"]
        {
            sql::query(statement).bind(Uuid::from(user)).execute(&mut *writing).await?;
        }
        enrolled(&mut writing, user, false).await?;
        writing.touched(user);
        writing.commit().await?;
        Ok(())
    }
}

async fn enrolled(writing: &mut sql::Connection, user: UserId, has: bool) -> Result<(), Error> {
    sql::query("UPDATE account SET has_totp = $2, version = version + 1 WHERE id = $1")
        .bind(Uuid::from(user))
        .bind(i64::from(has))
        .execute(writing)
        .await?;
    Ok(())
}
