//! Covers: addresses of users, links in letters.

use jiff::{SignedDuration, Timestamp};
use routing::Login;

use crate::error::Error;
use crate::mailed_links::{MailedLink, Purpose};
use crate::page::Query;
use crate::sessions::Lifetime;
use crate::testing::{at, everything, furnished, id};
use crate::users::{Role, User, UserId};

fn user(n: u128, username: &str, email: &str) -> User {
    let email = Some(email.to_owned());
    User { email, ..User::new(id::<UserId>(n), username, Role::Agent) }
}

fn link(user: &User, purpose: Purpose, now: Timestamp) -> MailedLink {
    MailedLink {
        user: user.id,
        purpose,
        address: user.email.clone().unwrap(),
        created_at: now,
        expires_at: now + SignedDuration::from_hours(1),
    }
}

fn is_dead<T: std::fmt::Debug>(found: Result<T, Error>) -> bool {
    matches!(found.unwrap_err(), Error::NotFound("link"))
}

/// A reset that is asked for by address leads to one person, whatever the case.
#[tokio::test]
async fn no_two_users_have_one_address_and_each_is_found_by_name_and_address() {
    let dir = tempfile::tempdir().unwrap();
    let users = furnished(dir.path()).await.users();
    let grace = user(1, "grace", "Grace@Example.net");
    users.insert(&grace, "hash", at(0)).await.unwrap();
    let twin = users.insert(&user(2, "twin", "grace@example.NET"), "hash", at(0)).await;
    assert!(matches!(twin.unwrap_err(), Error::Taken("email")));
    let nowhere = User { email: None, ..user(3, "ada", "") };
    users.insert(&nowhere, "hash", at(0)).await.unwrap();
    users.insert(&User { email: None, ..user(4, "bob", "") }, "hash", at(0)).await.unwrap();
    let taken = users.set_email(id(3), Some("GRACE@example.net"), at(1)).await;
    assert!(matches!(taken.unwrap_err(), Error::Taken("email")));
    let changed = users.set_email(id(3), Some("ada@example.net"), at(1)).await.unwrap();
    assert_eq!((changed.version, changed.value.email.as_deref()), (2, Some("ada@example.net")));

    assert_eq!(users.meant_by("grace@example.net").await.unwrap(), grace);
    assert_eq!(users.meant_by("grace").await.unwrap(), grace);
    assert!(matches!(users.meant_by("").await, Err(Error::NotFound("user"))));
    let named = User { email: None, ..user(5, "ada@example.net", "") };
    users.insert(&named, "hash", at(1)).await.unwrap();
    assert_eq!(users.meant_by("ada@example.net").await.unwrap().id, named.id, "a name goes first");
    let part = Query { text: Some("E@EXAMPLE".into()), ..Query::default() };
    let found = users.list(&part).await.unwrap();
    assert_eq!(found.items.iter().map(|one| one.value.id).collect::<Vec<_>>(), [grace.id]);
}

/// R39, R40: invited, in with an own password, and not a second time by the same link.
#[tokio::test]
async fn an_invited_user_has_no_password_until_the_link_is_used_once() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let links = store.mailed_links();
    let grace = User { invited: true, ..user(1, "grace", "grace@example.net") };
    let invitation = link(&grace, Purpose::Invitation, at(0));
    links.invite(&grace, "unknown", "token-in-the-letter", &invitation).await.unwrap();
    let again = User { invited: true, ..user(2, "grace", "other@example.net") };
    let other = link(&again, Purpose::Invitation, at(0));
    let taken = links.invite(&again, "unknown", "another", &other).await;
    assert!(matches!(taken.unwrap_err(), Error::Taken("username")));
    assert!(is_dead(links.find("another", at(1)).await), "the link stands and falls with the user");

    assert_eq!(links.of_user(grace.id, Purpose::Invitation).await.unwrap(), invitation);
    assert!(is_dead(links.of_user(grace.id, Purpose::PasswordReset).await));
    let (found, who) = links.find("token-in-the-letter", at(3_599)).await.unwrap();
    assert_eq!((found, who), (invitation, grace.clone()));
    assert!(is_dead(links.find("token-in-the-letter", at(3_600)).await), "its end");
    assert!(is_dead(links.redeem("token-in-the-letter", "own", at(3_600)).await));
    let come = links.redeem("token-in-the-letter", "own", at(3_599)).await.unwrap();
    assert!(!come.value.invited && !come.value.must_change_password);
    assert_eq!(store.users().credentials("grace").await.unwrap().password_hash, "own");
    assert!(is_dead(links.redeem("token-in-the-letter", "theirs", at(3_599)).await));
    let kept = everything(&store).await;
    assert!(!kept.contains("token-in-the-letter"), "{kept}");
}

#[tokio::test]
async fn a_link_dies_when_it_is_issued_again_withdrawn_or_meant_for_another_address() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let (links, users) = (store.mailed_links(), store.users());
    let grace = user(1, "grace", "grace@example.net");
    users.insert(&grace, "hash", at(0)).await.unwrap();
    let reset = link(&grace, Purpose::PasswordReset, at(0));
    links.issue("first", &reset).await.unwrap();
    links.issue("second", &reset).await.unwrap();
    assert!(is_dead(links.redeem("first", "own", at(1)).await));
    links.issue("invitation", &link(&grace, Purpose::Invitation, at(0))).await.unwrap();
    assert!(links.find("second", at(1)).await.is_ok(), "one of each purpose");
    links.withdraw(grace.id, Purpose::Invitation).await.unwrap();
    assert!(is_dead(links.find("invitation", at(1)).await));
    assert!(is_dead(links.withdraw(grace.id, Purpose::Invitation).await));

    let same = User { email: Some("GRACE@example.net".to_owned()), ..grace.clone() };
    users.update(&same, 1, at(2)).await.unwrap();
    assert!(links.find("second", at(2)).await.is_ok(), "case is no difference");
    let moved = User { email: Some("hopper@example.net".to_owned()), ..grace.clone() };
    users.update(&moved, 2, at(2)).await.unwrap();
    assert!(is_dead(links.redeem("second", "own", at(3)).await));
    assert!(is_dead(links.of_user(grace.id, Purpose::PasswordReset).await), "it is gone for good");

    links.issue("for an agent", &link(&moved, Purpose::PasswordReset, at(3))).await.unwrap();
    let found = users.find(grace.id).await.unwrap();
    let raised = User { role: Role::Owner, ..found.value };
    users.update(&raised, found.version, at(3)).await.unwrap();
    assert!(is_dead(links.redeem("for an agent", "own", at(4)).await), "another role");

    links.issue("third", &link(&moved, Purpose::PasswordReset, at(4))).await.unwrap();
    users.set_email(grace.id, None, at(4)).await.unwrap();
    assert!(is_dead(links.redeem("third", "own", at(5)).await));
    users.set_email(grace.id, moved.email.as_deref(), at(5)).await.unwrap();
    links.issue("fourth", &link(&moved, Purpose::PasswordReset, at(5))).await.unwrap();
    users.set_password(grace.id, "another", true, at(6)).await.unwrap();
    assert!(is_dead(links.redeem("fourth", "own", at(6)).await), "a password since");
    links.issue("fifth", &link(&moved, Purpose::PasswordReset, at(7))).await.unwrap();
    let found = users.find(grace.id).await.unwrap();
    let shut = User { login: Login::DisabledByAdmin, ..found.value };
    users.update(&shut, found.version, at(7)).await.unwrap();
    assert!(is_dead(links.redeem("fifth", "own", at(8)).await), "a shut login");
    assert_eq!(users.credentials("grace").await.unwrap().password_hash, "another");
}

/// Two open the letter at once: one password is set, and it is that of who was told so.
#[tokio::test]
async fn of_several_who_use_a_link_at_once_one_does_and_every_session_ends() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let grace = user(1, "grace", "grace@example.net");
    store.users().insert(&grace, "hash", at(0)).await.unwrap();
    let hour = SignedDuration::from_hours(1);
    let lifetime = Lifetime { idle: hour, absolute: hour };
    store.sessions().insert("session", grace.id, "192.0.2.1", lifetime, at(0)).await.unwrap();
    let reset = link(&grace, Purpose::PasswordReset, at(0));
    store.mailed_links().issue("token", &reset).await.unwrap();
    let tries = (0..8).map(|n| {
        let links = store.mailed_links();
        tokio::spawn(async move { (n, links.redeem("token", &format!("hash {n}"), at(1)).await) })
    });
    let mut winners = vec![];
    for tried in tries.collect::<Vec<_>>() {
        let (n, used) = tried.await.unwrap();
        match used {
            Ok(_) => winners.push(n),
            lost => assert!(is_dead(lost)),
        }
    }
    assert_eq!(winners.len(), 1);
    let kept = store.users().credentials("grace").await.unwrap();
    assert_eq!(kept.password_hash, format!("hash {}", winners[0]));
    assert!(store.sessions().find("session", at(1)).await.is_err());
}
