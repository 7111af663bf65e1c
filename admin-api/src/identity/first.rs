//! The people who exist before anybody can log in.
//!
//! No password is ever chosen by the program text: each is random, made on this machine, and shown
//! once to the person who started it.

use jiff::Timestamp;
use routing::AgentId;
use store::Store;
use store::audit::{Act, Actor, Performance};
use store::users::{Role, User};
use uuid::Uuid;

use super::password::{self, Passwords};
use crate::secret::Secret;

/// A user that was just made, and the only copy of the password.
#[derive(Debug)]
pub struct NewUser {
    /// What to type.
    pub username: String,
    /// And with it.
    pub password: Secret,
}

/// Makes the administrator of a new installation; none when there is a user already.
pub async fn first_administrator(store: &Store) -> Result<Option<NewUser>, CannotAdd> {
    let anybody = store::Query { limit: Some(1), ..store::Query::default() };
    if store.users().list(&anybody).await?.items.is_empty() {
        add_user(store, "admin", Role::Administrator, None).await.map(Some)
    } else {
        Ok(None)
    }
}

/// Adds a user with a random password that need not be changed.
pub async fn add_user(
    store: &Store,
    username: &str,
    role: Role,
    agent: Option<AgentId>,
) -> Result<NewUser, CannotAdd> {
    let policy = store.security_policy().find().await?.value;
    let password = password::generate(&policy).map_err(|_| CannotAdd::Randomness)?;
    let hash = Passwords::new().hash(password.clone()).await.map_err(|_| CannotAdd::Hash)?;
    let user = User { agent, ..User::new(Uuid::now_v7().into(), username, role) };
    let now = Timestamp::now();
    Performance::begin(by_the_system(), now).of(store.users().insert(&user, &hash, now)).await?;
    Ok(NewUser { username: user.username, password })
}

/// Nobody is signed in yet.
fn by_the_system() -> Act {
    Act {
        actor: Actor::System,
        verb: "create_user".to_owned(),
        resource: "users".to_owned(),
        object: None,
        asked: None,
        source: None,
        agent: None,
    }
}

/// Why a user could not be made.
#[derive(Debug, thiserror::Error)]
pub enum CannotAdd {
    /// The database refused.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The operating system gave no random bytes.
    #[error("the operating system gives no randomness")]
    Randomness,
    /// The password could not be hashed.
    #[error("the password cannot be hashed")]
    Hash,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_a_database_without_users_gets_an_administrator() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("cordboard.db")).await.unwrap();
        let first = first_administrator(&store).await.unwrap().unwrap();
        assert_eq!(first.username, "admin");
        assert!(first_administrator(&store).await.unwrap().is_none());
        let kept = store.users().credentials("admin").await.unwrap();
        assert_eq!(kept.user.role, Role::Administrator);
        assert!(!kept.password_hash.contains(first.password.reveal()));
        assert!(!format!("{first:?}").contains(first.password.reveal()));
    }
}
