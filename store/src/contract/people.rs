//! Covers: extensions' secrets, users, sessions.

use jiff::SignedDuration;
use md5::{Digest, Md5};
use routing::Login;

use crate::agents::SipSecret;
use crate::error::Error;
use crate::page::Query;
use crate::sessions::{Lifetime, SESSIONS_PER_USER, SessionId};
use crate::sign_in::SignIn;
use crate::testing::{agent, at, everything, furnished, grace, id, start};
use crate::users::{Role, User, UserId};

fn user(n: u128, username: &str) -> User {
    User::new(id::<UserId>(n), username, Role::Administrator)
}

/// RFC 2617 §3.5 and RFC 7616 §3.9.1 give the digests of this A1.
#[test]
fn what_is_kept_of_a_secret_is_the_digest_of_the_rfc_examples() {
    let secret = SipSecret::new(grace(), "Mufasa", "testrealm@host.com", "Circle Of Life", start());
    assert_eq!(hex::encode(secret.ha1_md5), "939e7578ed9e3c518a452acee763bce9");
    let a1 = "Mufasa:http-auth@example.org:Circle of Life";
    let secret =
        SipSecret::new(grace(), "Mufasa", "http-auth@example.org", "Circle of Life", start());
    assert_eq!(secret.ha1_md5, <[u8; 16]>::from(Md5::digest(a1)));
    let expected = "7987c64c30e25f1b74be53f966b49b90f2808aa92faf9a00262392d7b4794232";
    assert_eq!(hex::encode(secret.ha1_sha256), expected);
    assert!(!format!("{secret:?}").contains("ha1"), "a secret is never printed");
}

#[tokio::test]
async fn a_new_secret_replaces_the_old_and_goes_with_the_agent() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let secrets = store.sip_secrets();
    let secret = |n: u128, name: &str, password| {
        SipSecret::new(id(n), name, "pbx.example.net", password, start())
    };
    let error = secrets.put(&secret(1, "501431", "first")).await.unwrap_err();
    assert!(matches!(&error, Error::Unknown(field) if field == "agent"), "{error}");
    store.agents().insert(&agent(1), start()).await.unwrap();
    store.agents().insert(&agent(2), start()).await.unwrap();
    secrets.put(&secret(1, "501431", "first")).await.unwrap();
    secrets.put(&secret(1, "501431", "second")).await.unwrap();
    assert_eq!(secrets.find(grace()).await.unwrap(), secret(1, "501431", "second"));
    let error = secrets.put(&secret(2, "501431", "third")).await.unwrap_err();
    assert!(matches!(error, Error::Taken("username")), "{error}");
    assert_eq!(secrets.all().await.unwrap().len(), 1);
    store.agents().delete(grace(), 1).await.unwrap();
    assert!(matches!(secrets.find(grace()).await, Err(Error::NotFound(_))));
}

#[tokio::test]
async fn a_user_is_kept_and_the_hash_is_read_only_by_who_checks_it() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let users = store.users();
    users.insert(&user(1, "root"), "$argon2id$one", at(0)).await.unwrap();
    let error = users.insert(&user(2, "root"), "x", at(0)).await.unwrap_err();
    assert!(matches!(error, Error::Taken("username")), "{error}");
    let linked = User { agent: Some(grace()), role: Role::Agent, ..user(2, "grace") };
    let error = users.insert(&linked, "x", at(0)).await.unwrap_err();
    assert!(matches!(&error, Error::Unknown(field) if field == "agent"), "{error}");
    store.agents().insert(&agent(1), start()).await.unwrap();
    users.insert(&linked, "$argon2id$two", at(1)).await.unwrap();
    let twin = User { agent: Some(grace()), ..user(3, "twin") };
    let error = users.insert(&twin, "x", at(0)).await.unwrap_err();
    assert!(matches!(error, Error::Taken("agent")), "{error}");

    let credentials = users.credentials("grace").await.unwrap();
    assert_eq!(credentials.password_hash, "$argon2id$two");
    assert!(!format!("{credentials:?}").contains("argon2"), "a hash is never printed");
    assert!(matches!(users.credentials("nobody").await, Err(Error::NotFound("user"))));

    let renamed = User { username: "hopper".into(), ..linked.clone() };
    assert_eq!(users.update(&renamed, 1, at(2)).await.unwrap().version, 2);
    assert!(matches!(users.update(&linked, 1, at(3)).await, Err(Error::Stale { current: 2 })));
    let found = users.list(&Query { text: Some("OPP".into()), ..Query::default() }).await.unwrap();
    assert_eq!(found.items.len(), 1);
    assert_eq!(found.items[0].value, renamed);
    assert!(matches!(users.delete(renamed.id, 1).await, Err(Error::Stale { current: 2 })));
    users.delete(renamed.id, 2).await.unwrap();
    assert!(matches!(users.find(renamed.id).await, Err(Error::NotFound("user"))));
}

/// R135: the login shuts at the set number of wrong passwords in a row, and not one sooner.
#[tokio::test]
async fn wrong_passwords_in_a_row_shut_the_login_and_a_right_one_starts_the_count_again() {
    let dir = tempfile::tempdir().unwrap();
    let users = furnished(dir.path()).await.users();
    let agent = User { role: Role::Agent, ..user(1, "root") };
    let root = agent.id;
    users.insert(&agent, "hash", at(0)).await.unwrap();
    for _ in 0..2 {
        assert_eq!(users.wrong_password(root, 3).await.unwrap(), Login::Enabled);
    }
    users.logged_in(root, at(5)).await.unwrap();
    assert_eq!(users.find(root).await.unwrap().value.last_login_at, Some(at(5)));
    for expected in [Login::Enabled, Login::Enabled, Login::DisabledByWrongPasswords] {
        assert_eq!(users.wrong_password(root, 3).await.unwrap(), expected);
    }
    assert_eq!(users.credentials("root").await.unwrap().wrong_logins, 3);
}

/// R134, R135: neither wrong passwords nor time shuts out the last who could let others in again.
#[tokio::test]
async fn the_last_administrator_is_never_shut_and_who_is_let_in_again_begins_anew() {
    let dir = tempfile::tempdir().unwrap();
    let users = furnished(dir.path()).await.users();
    let (root, second) = (user(1, "root"), user(2, "second"));
    let agent = User { role: Role::Agent, ..user(3, "agent") };
    for who in [&root, &second, &agent] {
        users.insert(who, "hash", at(0)).await.unwrap();
    }
    users.logged_in(root.id, at(10)).await.unwrap();
    assert_eq!(users.shut_inactive(at(11), at(20)).await.unwrap(), 2);
    let shut = users.find(second.id).await.unwrap();
    assert_eq!(shut.value.login, Login::DisabledByInactivity);
    for _ in 0..9 {
        assert_eq!(users.wrong_password(root.id, 3).await.unwrap(), Login::Enabled);
    }
    users.update(&second, shut.version, at(30)).await.unwrap();
    assert_eq!(users.shut_inactive(at(11), at(30)).await.unwrap(), 1, "root is not the last now");
    assert_eq!(users.find(second.id).await.unwrap().value.login, Login::Enabled);
    let shut = users.wrong_password(agent.id, 1).await.unwrap();
    assert_eq!(shut, Login::DisabledByInactivity, "the first reason stays");
    let found = users.find(agent.id).await.unwrap();
    users.update(&agent, found.version, at(40)).await.unwrap();
    assert_eq!(users.credentials("agent").await.unwrap().wrong_logins, 0);
    users.wrong_stranger().await.unwrap();
}

/// Whoever signs in elsewhere is none who could let others in while that is away (R199).
#[tokio::test]
async fn who_signs_in_elsewhere_does_not_stand_in_for_the_last_administrator_with_a_password() {
    let dir = tempfile::tempdir().unwrap();
    let users = furnished(dir.path()).await.users();
    let root = user(1, "root");
    let boss = User { sign_in: SignIn::Provider, ..user(2, "boss") };
    for who in [&root, &boss] {
        users.insert(who, "hash", at(0)).await.unwrap();
    }
    users.logged_in(boss.id, at(10)).await.unwrap();
    assert_eq!(users.shut_inactive(at(5), at(20)).await.unwrap(), 0);
    for _ in 0..9 {
        assert_eq!(users.wrong_password(root.id, 3).await.unwrap(), Login::Enabled);
    }
}

/// A password does not outlive the change to another proof.
#[tokio::test]
async fn who_signs_in_elsewhere_has_no_password_any_more() {
    let dir = tempfile::tempdir().unwrap();
    let users = furnished(dir.path()).await.users();
    let bob = user(1, "bob");
    let stored = users.insert(&bob, "hash", at(0)).await.unwrap();
    let elsewhere = User { sign_in: SignIn::Provider, ..bob.clone() };
    let stored = users.update(&elsewhere, stored.version, at(1)).await.unwrap();
    users.update(&bob, stored.version, at(2)).await.unwrap();
    let hash = users.credentials("bob").await.unwrap().password_hash;
    assert!(hash.starts_with("$argon2id$") && hash.ends_with("AAAA"), "{hash}");
}

/// An administrator who was asked to come has no password, and lets nobody in.
#[tokio::test]
async fn who_has_not_come_yet_is_no_administrator_who_could_let_others_in() {
    let dir = tempfile::tempdir().unwrap();
    let users = furnished(dir.path()).await.users();
    let root = user(1, "root");
    users.insert(&root, "hash", at(0)).await.unwrap();
    let asked = User { invited: true, ..user(2, "asked") };
    users.insert(&asked, "unknown", at(5)).await.unwrap();
    assert_eq!(users.wrong_password(root.id, 1).await.unwrap(), Login::Enabled);
    assert_eq!(users.shut_inactive(at(10), at(20)).await.unwrap(), 1);
    assert_eq!(users.find(root.id).await.unwrap().value.login, Login::Enabled);
}

#[tokio::test]
async fn former_passwords_are_kept_as_far_as_a_policy_may_look_back() {
    let dir = tempfile::tempdir().unwrap();
    let users = furnished(dir.path()).await.users();
    let root = user(1, "root").id;
    users.insert(&user(1, "root"), "hash 0", at(0)).await.unwrap();
    for n in 1..=30 {
        users.set_password(root, &format!("hash {n}"), false, at(n)).await.unwrap();
    }
    let latest = users.latest_passwords(root, 3).await.unwrap();
    assert_eq!(latest, ["hash 30", "hash 29", "hash 28"]);
    let all = users.latest_passwords(root, u8::MAX).await.unwrap();
    assert_eq!((all.len(), &*all[23]), (24, "hash 7"));
}

/// FAULTS S15: a step is spent once, five tries in five minutes, a recovery code is gone with use.
#[tokio::test]
async fn a_code_is_spent_once_and_tries_are_counted() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let root = user(1, "root").id;
    store.users().insert(&user(1, "root"), "hash", at(0)).await.unwrap();
    let totp = store.totp();
    totp.propose(root, b"first").await.unwrap();
    totp.propose(root, b"second").await.unwrap();
    assert!(!totp.spend(root, 7).await.unwrap(), "not in force yet");
    totp.confirm(root, 7, &[[1; 32], [2; 32]]).await.unwrap();
    assert!(store.users().find(root).await.unwrap().value.totp_enrolled);
    assert!(matches!(totp.propose(root, b"third").await, Err(Error::Taken(_))));
    assert!(matches!(totp.confirm(root, 9, &[]).await, Err(Error::NotFound(_))));
    assert_eq!(totp.find(root).await.unwrap().secret, b"second");
    let spent = [totp.spend(root, 7).await, totp.spend(root, 8).await, totp.spend(root, 8).await];
    assert_eq!(spent.map(Result::unwrap), [false, true, false]);

    let minutes = |n: i64| at(n * 60);
    for n in 0..6 {
        let may = totp.may_try(root, 5, SignedDuration::from_mins(5), at(n)).await.unwrap();
        assert_eq!(may, n < 5);
    }
    assert!(!totp.may_try(root, 5, SignedDuration::from_mins(5), minutes(4)).await.unwrap());
    assert!(totp.may_try(root, 5, SignedDuration::from_mins(5), minutes(5)).await.unwrap());

    assert!(totp.recover(root, &[1; 32]).await.unwrap());
    assert!(!totp.recover(root, &[1; 32]).await.unwrap());
    assert_eq!(totp.recovery_codes(root).await.unwrap(), 1);
    totp.remove(root).await.unwrap();
    assert_eq!(totp.recovery_codes(root).await.unwrap(), 0);
    assert!(!store.users().find(root).await.unwrap().value.totp_enrolled);
}

const HOUR: SignedDuration = SignedDuration::from_hours(1);

#[tokio::test]
async fn a_session_lives_while_it_is_used_and_never_past_its_end() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let root = user(1, "root");
    store.users().insert(&root, "hash", at(0)).await.unwrap();
    let sessions = store.sessions();
    let lifetime = Lifetime { idle: HOUR, absolute: HOUR * 3 };
    sessions.insert("token", root.id, "192.0.2.1", lifetime, at(0)).await.unwrap();
    assert!(matches!(sessions.find("other", at(1)).await, Err(Error::NotFound("session"))));

    let minutes = |n: i64| at(n * 60);
    for n in [50, 100, 150, 179] {
        let (session, who) = sessions.find("token", minutes(n)).await.unwrap();
        assert_eq!((session.user, who.id, session.id), (root.id, root.id, SessionId::of("token")));
    }
    assert!(sessions.find("token", minutes(180)).await.is_err(), "absolute");

    sessions.insert("idle", root.id, "192.0.2.1", lifetime, at(0)).await.unwrap();
    assert!(sessions.find("idle", minutes(59)).await.is_ok());
    assert!(sessions.find("idle", minutes(119)).await.is_err(), "idle");
    assert_eq!(sessions.sweep(minutes(180)).await.unwrap(), 2);
}

/// FAULTS S14: a stolen database opens no session, and logging out takes effect at once.
#[tokio::test]
async fn a_token_is_not_in_the_database_and_a_session_ends_when_it_is_told_to() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let root = user(1, "root");
    let stored = store.users().insert(&root, "hash", at(0)).await.unwrap();
    let sessions = store.sessions();
    let lifetime = Lifetime { idle: HOUR, absolute: HOUR };
    let token = "a-token-that-nobody-may-find";
    for n in 0..=SESSIONS_PER_USER {
        let token = format!("{token}{n}");
        sessions.insert(&token, root.id, "192.0.2.1", lifetime, at(n)).await.unwrap();
    }
    let bound = usize::try_from(SESSIONS_PER_USER).unwrap();
    assert_eq!(sessions.list(root.id, at(60)).await.unwrap().len(), bound);
    assert!(sessions.find(&format!("{token}0"), at(60)).await.is_err(), "the oldest gave way");

    let id = SessionId::of(&format!("{token}1"));
    assert_eq!(id.to_string().parse::<SessionId>().unwrap(), id);
    sessions.delete(root.id, id).await.unwrap();
    assert!(sessions.find(&format!("{token}1"), at(60)).await.is_err());
    assert!(matches!(sessions.delete(root.id, id).await, Err(Error::NotFound("session"))));

    let shut = User { login: Login::DisabledByAdmin, ..root.clone() };
    store.users().update(&shut, stored.version, at(60)).await.unwrap();
    assert!(sessions.find(&format!("{token}2"), at(60)).await.is_err(), "a shut login");
    store.users().update(&root, 2, at(61)).await.unwrap();
    assert!(sessions.find(&format!("{token}2"), at(61)).await.is_ok());
    store.users().set_password(root.id, "new", true, at(62)).await.unwrap();
    assert!(sessions.find(&format!("{token}2"), at(62)).await.is_err(), "a new password");
    let kept = everything(&store).await;
    assert!(kept.contains(&root.username) && !kept.contains(token), "{kept}");
}
