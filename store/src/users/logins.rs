//! What a login leaves with its user: passwords that were, wrong ones in a row, and who shut it.
//!
//! ```text
//!   enabled ──N wrong in a row──▶ disabled_by_wrong_passwords ─┐
//!      │ └────N days without one─▶ disabled_by_inactivity ─────┤ an administrator, and nobody else
//!      ◀───────────────────────────────────────────────────────┘
//! ```
//!
//! The last administrator who can sign in is never shut by either: nobody could undo it.

use jiff::Timestamp;
use routing::Login;
use uuid::Uuid;

use super::{User, UserId, Users, stored};
use crate::audit::Writing;
use crate::documents::Stored;
use crate::error::Error;
use crate::mailed_links;
use crate::row;
use crate::sign_in::SignIn;
use crate::sql;

impl Users {
    /// Sets the hash of a new password, and ends every session that the old one began.
    ///
    /// The hash before stays among the [`FORMER_PASSWORDS`] latest.
    pub async fn set_password(
        &self,
        id: UserId,
        password_hash: &str,
        must_change: bool,
        now: Timestamp,
    ) -> Result<Stored<User>, Error> {
        let mut writing = self.store.begin().await?;
        let user = replace_password(&mut writing, id, password_hash, must_change, now).await?;
        writing.touched(id);
        writing.commit().await?;
        Ok(user)
    }

    /// Changes where letters reach a user; what was mailed elsewhere is dead.
    pub async fn set_email(
        &self,
        id: UserId,
        email: Option<&str>,
        now: Timestamp,
    ) -> Result<Stored<User>, Error> {
        let mut writing = self.store.begin().await?;
        let before = sql::query("SELECT * FROM account WHERE id = $1")
            .bind(Uuid::from(id))
            .fetch_optional(&mut *writing)
            .await?;
        let before = before.as_ref().map_or(Err(Error::NotFound("user")), super::user)?;
        let row = sql::query(
            "UPDATE account SET email = $2, version = version + 1, updated_at = $3 \
             WHERE id = $1 RETURNING *",
        )
        .bind(Uuid::from(id))
        .bind(email)
        .bind(now.as_microsecond())
        .fetch_one(&mut *writing)
        .await
        .map_err(super::refused)?;
        mailed_links::kill(&mut writing, id, email).await?;
        writing.note(id, Some(&before), Some(&super::user(&row)?))?;
        writing.commit().await?;
        stored(&row)
    }

    /// The hashes of the user's `most` latest passwords, the present one first.
    pub async fn latest_passwords(&self, id: UserId, most: u8) -> Result<Vec<String>, Error> {
        let rows = sql::query(
            "SELECT password_hash AS hash, 1 AS present, 0 AS left_at FROM account WHERE id = $1 \
             UNION ALL SELECT hash, 0, left_at FROM former_password WHERE account = $1 \
             ORDER BY present DESC, left_at DESC LIMIT $2",
        )
        .bind(Uuid::from(id))
        .bind(i64::from(most))
        .fetch_all(self.store.readers())
        .await?;
        rows.iter().map(|row| row.column("hash")).collect()
    }

    /// Counts a login: the wrong passwords before it are forgotten.
    pub async fn logged_in(&self, id: UserId, now: Timestamp) -> Result<(), Error> {
        let mut writing = self.store.begin().await?;
        sql::query(
            "UPDATE account SET wrong_logins = 0, last_login_at = $2, active_at = $2 WHERE id = $1",
        )
        .bind(Uuid::from(id))
        .bind(now.as_microsecond())
        .execute(&mut *writing)
        .await?;
        writing.commit().await?;
        Ok(())
    }

    /// Counts a wrong password, and shuts the login at the `most`-th in a row (R135).
    pub async fn wrong_password(&self, id: UserId, most: u16) -> Result<Login, Error> {
        let mut writing = self.store.begin().await?;
        let row = sql::query(
            "UPDATE account SET wrong_logins = wrong_logins + 1, login = CASE \
             WHEN wrong_logins + 1 >= $2 AND login = $3 AND (role <> $5 OR EXISTS \
             (SELECT 1 FROM account AS other WHERE other.id <> $1 AND other.role = $5 \
             AND other.login = $3 AND other.invited = 0 AND other.sign_in = $6)) \
             THEN $4 ELSE login END, version = version + 1 WHERE id = $1 RETURNING login",
        )
        .bind(Uuid::from(id))
        .bind(i64::from(most))
        .bind(row::word("login", &Login::Enabled)?)
        .bind(row::word("login", &Login::DisabledByWrongPasswords)?)
        .bind(super::Role::Administrator.word())
        .bind(row::word("sign_in", &SignIn::Password)?)
        .fetch_optional(&mut *writing)
        .await?
        .ok_or(Error::NotFound("user"))?;
        writing.commit().await?;
        row.word("login")
    }

    /// Counts a wrong password of a user who does not exist: as much work as for one who does, so
    /// that the time of a refusal tells nobody who exists (FAULTS S3).
    pub async fn wrong_stranger(&self) -> Result<(), Error> {
        let mut writing = self.store.begin().await?;
        sql::query("UPDATE security_policy SET strangers = strangers + 1")
            .execute(&mut *writing)
            .await?;
        writing.commit().await?;
        Ok(())
    }

    /// Shuts the logins that were last active before `since` (R134); how many.
    pub async fn shut_inactive(&self, since: Timestamp, now: Timestamp) -> Result<u64, Error> {
        let mut writing = self.store.begin().await?;
        let shut = sql::query(
            "UPDATE account SET login = $3, version = version + 1, updated_at = $2 \
             WHERE active_at < $1 AND login = $4 AND id NOT IN (SELECT id FROM account \
             WHERE role = $5 AND login = $4 AND invited = 0 AND sign_in = $6 \
             ORDER BY active_at DESC, id LIMIT 1)",
        )
        .bind(since.as_microsecond())
        .bind(now.as_microsecond())
        .bind(row::word("login", &Login::DisabledByInactivity)?)
        .bind(row::word("login", &Login::Enabled)?)
        .bind(super::Role::Administrator.word())
        .bind(row::word("sign_in", &SignIn::Password)?)
        .execute(&mut *writing)
        .await?;
        writing.commit().await?;
        Ok(shut)
    }
}

/// Sets the hash of a new password as part of a larger change: no session and no mailed link of the
/// user outlives it, and who was asked to come has come.
pub(crate) async fn replace_password(
    writing: &mut Writing,
    id: UserId,
    password_hash: &str,
    must_change: bool,
    now: Timestamp,
) -> Result<Stored<User>, Error> {
    sql::query(
        "INSERT INTO former_password (account, hash, left_at) \
         SELECT id, password_hash, $2 FROM account WHERE id = $1",
    )
    .bind(Uuid::from(id))
    .bind(now.as_microsecond())
    .execute(&mut **writing)
    .await?;
    sql::query(
        "DELETE FROM former_password WHERE account = $1 AND hash NOT IN (SELECT hash FROM \
         former_password WHERE account = $1 ORDER BY left_at DESC, hash LIMIT $2)",
    )
    .bind(Uuid::from(id))
    .bind(FORMER_PASSWORDS)
    .execute(&mut **writing)
    .await?;
    let row = sql::query(
        "UPDATE account SET password_hash = $2, must_change = $3, wrong_logins = 0, invited = 0, \
         version = version + 1, updated_at = $4 WHERE id = $1 RETURNING *",
    )
    .bind(Uuid::from(id))
    .bind(password_hash)
    .bind(i64::from(must_change))
    .bind(now.as_microsecond())
    .fetch_optional(&mut **writing)
    .await?
    .ok_or(Error::NotFound("user"))?;
    sql::query("DELETE FROM session WHERE account = $1")
        .bind(Uuid::from(id))
        .execute(&mut **writing)
        .await?;
    mailed_links::kill(writing, id, None).await?;
    stored(&row)
}

/// No policy looks further back than this, the present password among them.
const FORMER_PASSWORDS: i64 = 23;
