//! Furnishing: the scene goes into an empty store, before the switch opens it.

use admin_api::{CannotAdd, NewUser, Secret, add_user, first_administrator};
use dialer::import::{Import, ImportError, ImportOptions};
use jiff::Timestamp;
use routing::AgentId;
use store::Store;
use store::agents::SipSecret;
use store::lists::List;
use store::users::Role;
use uuid::Uuid;

use super::scene::Scene;

/// Everything that can log in or register; the only copy of each secret.
#[derive(Debug)]
pub struct Keys {
    /// The administrator.
    pub administrator: NewUser,
    /// The agents, in the scene's order.
    pub agents: Vec<AgentKeys>,
}

/// One agent's login and telephone.
#[derive(Debug)]
pub struct AgentKeys {
    /// Who.
    pub id: AgentId,
    /// First and last name.
    pub name: String,
    /// The login.
    pub login: NewUser,
    /// What the telephone registers as.
    pub extension: String,
    /// What it proves itself with.
    pub secret: Secret,
}

/// Why the store does not hold the scene.
#[derive(Debug, thiserror::Error)]
pub enum FurnishError {
    /// It has been used before: a demo begins with an empty one.
    #[error("the state folder is in use already: a demo wants a new one")]
    InUse,
    /// The database.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// A user.
    #[error(transparent)]
    User(#[from] CannotAdd),
    /// The list.
    #[error("the demo's list: {0}")]
    List(#[from] ImportError),
    /// The operating system gives no randomness.
    #[error("no random secrets: {0}")]
    Random(#[from] getrandom::Error),
}

/// Stores the whole scene; digest secrets are bound to `realm`.
pub async fn furnish(store: &Store, scene: &Scene, realm: &str) -> Result<Keys, FurnishError> {
    let administrator = first_administrator(store).await?.ok_or(FurnishError::InUse)?;
    let now = Timestamp::now();
    for cli in &scene.clis {
        store.clis().insert(cli, now).await?;
    }
    store.organisation().insert(&scene.organisation, now).await?;
    store.trunks().insert(&scene.trunk, now).await?;
    store.queues().insert(&scene.queue, now).await?;
    list(store, scene, now).await?;
    store.campaigns().insert(&scene.campaign, now).await?;
    let mut agents = vec![];
    for agent in &scene.agents {
        store.agents().insert(agent, now).await?;
        let username = agent.username.as_deref().unwrap_or(&agent.code);
        let login = add_user(store, username, Role::Agent, Some(agent.id)).await?;
        let extension = scene.organisation.prefix.extension(agent.number);
        let secret = Secret::random(SECRET_BYTES)?;
        let kept = SipSecret::new(agent.id, extension.as_str(), realm, secret.reveal(), now);
        store.sip_secrets().put(&kept).await?;
        agents.push(AgentKeys {
            id: agent.id,
            name: agent.display_name(),
            login,
            extension: extension.to_string(),
            secret,
        });
    }
    for workflow in &scene.workflows {
        store.workflows().insert(workflow, now).await?;
    }
    for did in &scene.dids {
        store.dids().insert(did, now).await?;
    }
    Ok(Keys { administrator, agents })
}

/// 96 bits (FAULTS S2).
const SECRET_BYTES: usize = 12;

/// The list goes the way of every list: through the import.
async fn list(store: &Store, scene: &Scene, now: Timestamp) -> Result<(), FurnishError> {
    let source = Some("demo.csv".to_owned());
    let list = List { id: scene.list, name: scene.list_name.clone(), source };
    store.lists().insert(&list, now).await?;
    let rows = Import::open(scene.leads_csv.as_bytes(), &ImportOptions::new("US"))?;
    let leads: Vec<_> = rows.map(|row| row.into_lead(Uuid::now_v7().into(), scene.list)).collect();
    store.leads().insert(&leads, now).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::scene::Size;
    use store::leads::Within;

    #[tokio::test]
    async fn the_scene_fills_an_empty_store_and_no_other() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("demo.db")).await.unwrap();
        let size = Size { agents: 2, leads: 300 };
        let scene = Scene::set(([127, 0, 0, 1], 5080).into(), size, [1; 32]).unwrap();
        let keys = furnish(&store, &scene, "realm").await.unwrap();
        assert_eq!(store.leads().numbers(scene.list, Within::List).await.unwrap().len(), 300);
        assert_eq!(store.campaigns().find(scene.campaign.id).await.unwrap().value, scene.campaign);
        let [first, second] = keys.agents.as_slice() else { panic!("two agents") };
        assert_eq!(
            (first.login.username.as_str(), first.extension.as_str()),
            ("agent1427", "501431427")
        );
        assert_ne!(first.secret.reveal(), second.secret.reveal());
        assert_ne!(first.login.password.reveal(), second.login.password.reveal());
        let again = furnish(&store, &scene, "realm").await;
        assert!(matches!(again, Err(FurnishError::InUse)), "{again:?}");
    }
}
