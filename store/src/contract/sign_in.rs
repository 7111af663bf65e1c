//! Covers: how users prove who they are, who is asked elsewhere, and whom a provider means.

use crate::error::Error;
use crate::sessions::Lifetime;
use crate::sign_in::SignIn;
use crate::sign_in::provider::ProviderSettings;
use crate::testing::{at, furnished, id};
use crate::users::{Role, User, UserId};
use jiff::SignedDuration;

fn settings(issuer: &str) -> ProviderSettings {
    ProviderSettings {
        name: "Acme".to_owned(),
        issuer: issuer.to_owned(),
        client_id: "cordboard".to_owned(),
        scopes: vec!["openid".to_owned()],
        claim: "email".to_owned(),
        enabled: true,
    }
}

/// R199: there is one of a kind, its secret outlives its settings' changes and goes with it.
#[tokio::test]
async fn a_source_is_set_up_once_changed_by_version_and_its_secret_stands_apart() {
    let dir = tempfile::tempdir().unwrap();
    let provider = furnished(dir.path()).await.provider();
    assert!(matches!(provider.find().await.unwrap_err(), Error::NotFound("identity provider")));
    assert_eq!(provider.secret().await.unwrap(), None);
    assert!(matches!(provider.set_secret(Some("x")).await.unwrap_err(), Error::NotFound(_)));
    let first = provider.insert(&settings("https://a"), at(0)).await.unwrap();
    let twice = provider.insert(&settings("https://b"), at(0)).await;
    assert!(matches!(twice.unwrap_err(), Error::Taken("kind")));
    provider.set_secret(Some("told to nobody")).await.unwrap();
    let stale = provider.update(&settings("https://b"), first.version + 1, at(1)).await;
    assert!(matches!(stale.unwrap_err(), Error::Stale { current: 1 }));
    let second = provider.update(&settings("https://b"), first.version, at(1)).await.unwrap();
    assert_eq!((second.version, second.value.issuer.as_str()), (2, "https://b"));
    assert_eq!(provider.find().await.unwrap(), second);
    assert_eq!(provider.secret().await.unwrap().as_deref(), Some("told to nobody"));
    assert!(matches!(provider.remove(1).await.unwrap_err(), Error::Stale { current: 2 }));
    provider.remove(2).await.unwrap();
    assert_eq!(provider.secret().await.unwrap(), None);
}

/// OpenID Connect Core 1.0 §5.7: a word means one user, and a user has one word.
#[tokio::test]
async fn a_subject_is_one_users_until_somebody_unlinks_it() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let [ada, bob]: [UserId; 2] = [id(1), id(2)];
    for (user, name) in [(ada, "ada"), (bob, "bob")] {
        let user = User { sign_in: SignIn::Provider, ..User::new(user, name, Role::Agent) };
        store.users().insert(&user, "hash", at(0)).await.unwrap();
    }
    let subjects = store.subjects();
    assert!(subjects.link(ada, "https://a", "7", at(1)).await.unwrap());
    assert!(!subjects.link(bob, "https://a", "7", at(1)).await.unwrap(), "the word is hers");
    assert!(!subjects.link(ada, "https://a", "8", at(1)).await.unwrap(), "she has a word");
    assert!(subjects.link(bob, "https://b", "7", at(1)).await.unwrap(), "another provider's");
    assert_eq!(subjects.user("https://a", "7").await.unwrap(), Some(ada));
    assert_eq!(subjects.user("https://a", "8").await.unwrap(), None);
    assert_eq!(subjects.of_user(bob).await.unwrap().issuer, "https://b");
    assert!(subjects.link(ada, "https://b", "9", at(2)).await.unwrap(), "the provider changed");
    assert_eq!(subjects.user("https://a", "7").await.unwrap(), None);
    let hour = SignedDuration::from_hours(1);
    let lifetime = Lifetime { idle: hour, absolute: hour };
    for (user, token) in [(ada, "hers"), (bob, "his")] {
        store.sessions().insert(token, user, "192.0.2.1", lifetime, at(2)).await.unwrap();
    }
    subjects.unlink(ada).await.unwrap();
    let living = async |user| store.sessions().list(user, at(2)).await.unwrap().len();
    assert_eq!((living(ada).await, living(bob).await), (0, 1), "whoever came by the link is out");
    assert!(matches!(subjects.unlink(ada).await.unwrap_err(), Error::NotFound(_)));
    assert!(subjects.link(ada, "https://b", "10", at(3)).await.unwrap());
}

/// R199, R202: whoever signs in elsewhere has no password to change, and what the other way began
/// is over.
#[tokio::test]
async fn another_way_to_sign_in_ends_what_the_one_before_began() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let (users, ada) = (store.users(), id::<UserId>(1));
    let user = User { must_change_password: true, ..User::new(ada, "ada", Role::Agent) };
    let made = users.insert(&user, "hash", at(0)).await.unwrap();
    assert!(made.value.must_change_password);
    let hour = SignedDuration::from_hours(1);
    let lifetime = Lifetime { idle: hour, absolute: hour };
    let sessions = store.sessions();
    let session = sessions.insert("token", ada, "192.0.2.1", lifetime, at(0)).await.unwrap();
    assert_eq!(session.proven_at, None);
    sessions.proven(session.id, at(0)).await.unwrap();
    let own = sessions.list(ada, at(0)).await.unwrap();
    assert_eq!(own[0].proven_at, Some(at(0)));

    let elsewhere = User { sign_in: SignIn::Provider, ..user };
    let changed = users.update(&elsewhere, made.version, at(1)).await.unwrap();
    assert_eq!(changed.value.sign_in, SignIn::Provider);
    assert!(!changed.value.must_change_password);
    assert!(store.sessions().list(ada, at(1)).await.unwrap().is_empty());
    assert!(store.subjects().link(ada, "https://a", "7", at(1)).await.unwrap());
    let here = User { sign_in: SignIn::Password, ..changed.value };
    users.update(&here, changed.version, at(2)).await.unwrap();
    assert_eq!(store.subjects().user("https://a", "7").await.unwrap(), None);
}
