//! What the organisation asks of those who sign in: one document that is always there.

use jiff::Timestamp;
use routing::Invalid;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::database::Store;
use crate::documents::{Stored, stored};
use crate::error::Error;
use crate::row;
use crate::sql;

/// What the organisation asks of passwords, logins and sessions (R130, R134, R135).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SecurityPolicy {
    /// Characters of a new password; 8 to 64.
    pub password_length_min: u8,
    /// Of lower case, upper case, digits and others, how many a new password has; 1 to 4.
    pub password_classes_min: u8,
    /// How many of the latest passwords may not come back, the present one among them; 1 to 24.
    pub password_history: u8,
    /// Wrong passwords in a row that shut a login; none leaves it to the wait of their source.
    pub wrong_passwords_max: Option<u16>,
    /// Days without a login that shut it; none never does.
    pub inactivity_days_max: Option<u16>,
    /// Minutes that a session outlives its last use; 5 to 1,440.
    pub session_idle_minutes: u16,
    /// Hours that a session lives, however busy it is; 1 to 168.
    pub session_hours_max: u16,
    /// Hours in which an invitation can be accepted; 1 to 720.
    pub invitation_hours: u16,
    /// Minutes in which a forgotten password can be replaced; 5 to 1,440.
    pub reset_minutes: u16,
}

impl Default for SecurityPolicy {
    fn default() -> Self {
        Self {
            // NIST SP 800-63B asks for 8 at the least; nobody types these often.
            password_length_min: 12,
            password_classes_min: 1,
            password_history: 1,
            wrong_passwords_max: None,
            inactivity_days_max: None,
            // A shift, and a long lunch.
            session_idle_minutes: 60,
            session_hours_max: 12,
            // A weekend.
            invitation_hours: 72,
            reset_minutes: 30,
        }
    }
}

impl SecurityPolicy {
    /// Every field that is out of its range.
    #[must_use]
    pub fn faults(&self) -> Vec<Invalid> {
        let ranges = [
            ("password_length_min", u16::from(self.password_length_min), 8, 64),
            ("password_classes_min", u16::from(self.password_classes_min), 1, 4),
            ("password_history", u16::from(self.password_history), 1, 24),
            ("wrong_passwords_max", self.wrong_passwords_max.unwrap_or(3), 3, 100),
            ("inactivity_days_max", self.inactivity_days_max.unwrap_or(1), 1, 3650),
            ("session_idle_minutes", self.session_idle_minutes, 5, 1440),
            ("session_hours_max", self.session_hours_max, 1, 168),
            ("invitation_hours", self.invitation_hours, 1, 720),
            ("reset_minutes", self.reset_minutes, 5, 1440),
        ];
        let out = ranges.into_iter().filter(|(_, got, least, most)| !(least..=most).contains(&got));
        out.map(|(field, _, least, most)| Invalid::new(field, format!("{least} to {most}")))
            .collect()
    }
}

/// The repository of the policy.
#[derive(Clone, Debug)]
pub struct SecurityPolicies {
    store: Store,
}

impl SecurityPolicies {
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    /// The policy in force.
    pub async fn find(&self) -> Result<Stored<SecurityPolicy>, Error> {
        let row =
            sql::query("SELECT settings, version, created_at, updated_at FROM security_policy");
        stored(&row.fetch_one(self.store.readers()).await?)
    }

    /// Replaces the policy that was read at `version`.
    pub async fn update(
        &self,
        value: &SecurityPolicy,
        version: u64,
        now: Timestamp,
    ) -> Result<Stored<SecurityPolicy>, Error> {
        let mut writing = self.store.begin().await?;
        let before = sql::query("SELECT * FROM security_policy").fetch_one(&mut *writing).await?;
        let before: Stored<SecurityPolicy> = stored(&before)?;
        let row = sql::query(
            "UPDATE security_policy SET settings = $1, version = version + 1, updated_at = $2 \
             WHERE version = $3 RETURNING settings, version, created_at, updated_at",
        )
        .bind(row::json("security_policy", value)?)
        .bind(now.as_microsecond())
        .bind(row::signed(version))
        .fetch_optional(&mut *writing)
        .await?;
        let Some(row) = row else {
            drop(writing);
            return Err(Error::Stale { current: self.find().await?.version });
        };
        writing.note(Uuid::nil(), Some(&before.value), Some(value))?;
        writing.commit().await?;
        stored(&row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_out_of_range_is_told_by_its_fields() {
        assert_eq!(SecurityPolicy::default().faults(), []);
        let wild = SecurityPolicy {
            password_length_min: 7,
            password_classes_min: 5,
            password_history: 0,
            wrong_passwords_max: Some(2),
            inactivity_days_max: Some(0),
            session_idle_minutes: 4,
            session_hours_max: 169,
            invitation_hours: 0,
            reset_minutes: 4,
        };
        assert_eq!(wild.faults().len(), 9);
        assert_eq!(wild.faults()[3].to_string(), "wrong_passwords_max: 3 to 100");
    }
}
