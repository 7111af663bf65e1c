//! Tokens of programs: found while they live, by their hash alone.

use jiff::SignedDuration;
use routing::Login;
use uuid::Uuid;

use crate::api_tokens::{ApiToken, TOKENS_PER_USER};
use crate::database::Store;
use crate::error::Error;
use crate::roles::{Grants, Permission, Scope};
use crate::testing::{at, everything, furnished, id};
use crate::users::{Role, User};

fn user() -> User {
    User::new(id(1), "root", Role::Administrator)
}

fn token(n: u128) -> ApiToken {
    ApiToken {
        id: Uuid::from_u128(n),
        user: id(1),
        name: format!("Wallboard {n}"),
        grants: Grants::from([(Permission::Live, Scope::All)]),
        created_at: at(0),
        expires_at: at(0) + SignedDuration::from_hours(24),
        seen_at: None,
    }
}

async fn with_user(dir: &std::path::Path) -> Store {
    let store = furnished(dir).await;
    store.users().insert(&user(), "hash", at(0)).await.unwrap();
    store
}

/// FAULTS S14.
#[tokio::test]
async fn a_token_lives_until_its_end_and_its_text_is_not_in_the_database() {
    let dir = tempfile::tempdir().unwrap();
    let store = with_user(dir.path()).await;
    let tokens = store.api_tokens();
    let text = "cordboard_a-text-that-nobody-may-find";
    tokens.insert(&token(1), text).await.unwrap();
    let (found, owner) = tokens.find(text, at(10)).await.unwrap();
    assert_eq!((found, owner.username.as_str()), (token(1), "root"));
    assert_eq!(tokens.list(id(1)).await.unwrap()[0].seen_at, Some(at(10)));
    tokens.find(text, at(69)).await.unwrap();
    assert_eq!(tokens.list(id(1)).await.unwrap()[0].seen_at, Some(at(10)), "once a minute");
    tokens.find(text, at(70)).await.unwrap();
    assert_eq!(tokens.list(id(1)).await.unwrap()[0].seen_at, Some(at(70)));
    assert!(tokens.find("cordboard_other", at(70)).await.is_err());
    let end = 24 * 3_600;
    assert!(tokens.find(text, at(end - 1)).await.is_ok());
    assert!(matches!(tokens.find(text, at(end)).await, Err(Error::NotFound("token"))));
    let kept = everything(&store).await;
    assert!(kept.contains("api_token: ") && !kept.contains(text), "{kept}");
}

#[tokio::test]
async fn a_token_ends_when_it_is_revoked_and_rests_while_its_user_is_shut_out() {
    let dir = tempfile::tempdir().unwrap();
    let store = with_user(dir.path()).await;
    let tokens = store.api_tokens();
    tokens.insert(&token(1), "one").await.unwrap();
    let shut = User { login: Login::DisabledByAdmin, ..user() };
    store.users().update(&shut, 1, at(1)).await.unwrap();
    assert!(tokens.find("one", at(2)).await.is_err());
    store.users().update(&user(), 2, at(3)).await.unwrap();
    assert!(tokens.find("one", at(4)).await.is_ok());
    assert!(matches!(tokens.delete(id(2), Uuid::from_u128(1)).await, Err(Error::NotFound(_))));
    tokens.delete(id(1), Uuid::from_u128(1)).await.unwrap();
    assert!(tokens.find("one", at(5)).await.is_err());
    tokens.insert(&token(1), "two").await.unwrap();
    store.users().delete(id(1), 3).await.unwrap();
    assert_eq!(tokens.list(id(1)).await.unwrap(), [], "gone with its user");
}

#[tokio::test]
async fn a_user_has_no_two_tokens_of_one_name_and_not_too_many() {
    let dir = tempfile::tempdir().unwrap();
    let store = with_user(dir.path()).await;
    let tokens = store.api_tokens();
    for n in 1..=u128::try_from(TOKENS_PER_USER).unwrap() {
        tokens.insert(&token(n), &n.to_string()).await.unwrap();
    }
    let more = tokens.insert(&token(99), "more").await;
    assert!(matches!(more, Err(Error::Full { most: TOKENS_PER_USER, .. })));
    tokens.delete(id(1), Uuid::from_u128(1)).await.unwrap();
    let twin = ApiToken { name: token(2).name, ..token(99) };
    assert!(matches!(tokens.insert(&twin, "twin").await, Err(Error::Taken("name"))));
    let orphan = ApiToken { user: id(9), ..token(99) };
    assert!(matches!(tokens.insert(&orphan, "orphan").await, Err(Error::Unknown(_))));
}
