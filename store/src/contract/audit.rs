//! The audit log: entries with their changes or not at all, and a chain that shows every forgery.

use std::path::Path;

use dialer::permit::{Audit, AuditFault, Closing};
use serde_json::json;
use uuid::Uuid;

use crate::audit::{Act, Actor, AuditEntry, AuditQuery, Ending, Performance, amend};
use crate::database::Store;
use crate::error::Error;
use crate::sql;
use crate::testing::{agent, at, database, furnished, id};
use crate::users::{Role, User};

fn performance(verb: &str, seconds: i64) -> Performance {
    let act = Act {
        actor: Actor::User { id: Uuid::from_u128(7), name: "root".to_owned(), token: None },
        verb: verb.to_owned(),
        resource: "agents".to_owned(),
        object: None,
        asked: None,
        source: Some("192.0.2.1".to_owned()),
        agent: Some("curl/8".to_owned()),
    };
    Performance::begin(act, at(seconds))
}

async fn entries(store: &Store) -> Vec<AuditEntry> {
    let page = store.audit().list(&AuditQuery::default()).await.unwrap();
    page.items.into_iter().rev().map(|record| record.evidence).collect()
}

/// What an auditor finds wrong with the database.
async fn faults(store: &Store) -> Vec<AuditFault> {
    let mut audit = Audit::default();
    for line in store.audit().lines(0, 1_000).await.unwrap() {
        audit.line(&line);
    }
    let head = store.audit().head().await.unwrap();
    audit.line(&serde_json::to_string(&Closing { head }).unwrap());
    audit.finish().faults
}

async fn worked(dir: &Path) -> Store {
    let store = furnished(dir).await;
    let agents = store.agents();
    let made = performance("create_agent", 1);
    made.of(agents.insert(&agent(1), at(1))).await.unwrap();
    let mut renamed = agent(1);
    renamed.first_name = "Ada".to_owned();
    performance("replace_agent", 2).of(agents.update(&renamed, 1, at(2))).await.unwrap();
    performance("remove_agent", 3).of(agents.delete(renamed.id, 2)).await.unwrap();
    store
}

#[tokio::test]
async fn a_change_is_entered_with_what_was_there_before_and_after() {
    let dir = tempfile::tempdir().unwrap();
    let store = worked(dir.path()).await;
    let found = entries(&store).await;
    let verbs: Vec<_> = found.iter().map(|entry| (entry.sequence, entry.verb.as_str())).collect();
    assert_eq!(verbs, [(0, "create_agent"), (1, "replace_agent"), (2, "remove_agent")]);
    assert_eq!(found[0].before, None);
    assert_eq!(found[1].before, found[0].after);
    let (before, after) = (found[1].before.as_ref().unwrap(), found[1].after.as_ref().unwrap());
    assert_eq!((&before["first_name"], &after["first_name"]), (&json!("Grace"), &json!("Ada")));
    assert_eq!((&found[2].before, &found[2].after), (&found[1].after, &None));
    assert!(found.iter().all(|entry| entry.object == Some(Uuid::from_u128(1))));
    assert_eq!((found[1].at, found[1].ending), (at(2), Ending::Done));
    assert_eq!(found[1].source.as_deref(), Some("192.0.2.1"));
    assert_eq!(faults(&store).await, []);
}

#[tokio::test]
async fn what_was_not_written_is_not_entered_and_what_nobody_did_neither() {
    let dir = tempfile::tempdir().unwrap();
    let store = worked(dir.path()).await;
    let before = store.audit().head().await.unwrap();
    let refused = performance("remove_agent", 4);
    let answer = refused.of(store.agents().delete(id(1), 9)).await;
    assert!(matches!(answer, Err(Error::NotFound(_))));
    store.agents().insert(&agent(2), at(5)).await.unwrap();
    assert_eq!(store.audit().head().await.unwrap(), before);
    store.audit().conclude(&refused, Ending::Refused).await.unwrap();
    let last = entries(&store).await.pop().unwrap();
    assert_eq!((last.ending, last.object, last.after), (Ending::Refused, None, None));
}

/// What only the switch was told is entered afterwards, once, and with what was asked for.
#[tokio::test]
async fn an_act_that_stores_nothing_is_entered_as_it_ends() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let listening = performance("supervise_agent", 1);
    listening
        .of(async {
            amend(|act| act.asked = Some(json!({ "do": "listen", "sip_token": "hidden" })));
        })
        .await;
    store.audit().conclude(&listening, Ending::Done).await.unwrap();
    let found = entries(&store).await;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].after, Some(json!({ "do": "listen", "sip_token": "•••" })));
    let changing = performance("create_agent", 2);
    changing.of(store.agents().insert(&agent(1), at(2))).await.unwrap();
    store.audit().conclude(&changing, Ending::Done).await.unwrap();
    assert_eq!(entries(&store).await.len(), 2, "told once");
}

/// FAULTS S23.
#[tokio::test]
async fn no_password_hash_and_no_session_token_is_entered() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let root = User::new(id(1), "root", Role::Administrator);
    let act = performance("create_user", 1);
    act.of(store.users().insert(&root, "a-hash-of-it", at(1))).await.unwrap();
    let act = performance("set_password", 2);
    act.of(store.users().set_password(root.id, "another-hash", true, at(2))).await.unwrap();
    let text = store.audit().lines(0, 10).await.unwrap().join("\n");
    assert!(text.contains("\"username\":\"root\""), "{text}");
    assert!(!text.contains("-hash"), "{text}");
    assert_eq!(entries(&store).await[1].object, Some(Uuid::from_u128(1)));
}

/// Each column that a search reads is held by the hash too.
#[tokio::test]
async fn an_entry_that_was_altered_or_left_out_in_the_database_is_named() {
    for (statement, told) in [
        ("UPDATE audit SET verb = 'ready' WHERE sequence = 1", "record 1 was altered"),
        ("UPDATE audit SET at = at + 1 WHERE sequence = 1", "record 1 was altered"),
        ("UPDATE audit SET actor = NULL WHERE sequence = 1", "record 1 was altered"),
        ("UPDATE audit SET object = NULL WHERE sequence = 1", "record 1 was altered"),
        ("UPDATE audit SET evidence = replace(evidence, 'Ada', 'Eve') WHERE sequence = 1", "1 was"),
        ("DELETE FROM audit WHERE sequence = 1", "records 1 to 1 are missing"),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let store = worked(dir.path()).await;
        let mut writing = store.begin().await.unwrap();
        sql::query(statement).execute(&mut *writing).await.unwrap();
        writing.commit().await.unwrap();
        let first = faults(&store).await.first().map(ToString::to_string).unwrap_or_default();
        assert!(first.contains(told), "{statement}: {first:?}");
    }
}

#[tokio::test]
async fn a_search_finds_by_everything_it_is_given_and_pages_without_gaps() {
    let dir = tempfile::tempdir().unwrap();
    let store = worked(dir.path()).await;
    let search = async |query: AuditQuery| {
        let found = store.audit().list(&query).await.unwrap();
        found.items.iter().map(|record| record.evidence.sequence).collect::<Vec<_>>()
    };
    let all = AuditQuery::default;
    assert_eq!(search(AuditQuery { verb: Some("remove_agent".into()), ..all() }).await, [2]);
    assert_eq!(search(AuditQuery { resource: Some("users".into()), ..all() }).await, [0; 0]);
    let person = Some(Uuid::from_u128(7));
    assert_eq!(search(AuditQuery { actor: person, ..all() }).await, [2, 1, 0]);
    assert_eq!(search(AuditQuery { object: person, ..all() }).await, [0; 0]);
    assert_eq!(search(AuditQuery { ending: Some(Ending::Refused), ..all() }).await, [0; 0]);
    assert_eq!(search(AuditQuery { from: Some(at(2)), to: Some(at(3)), ..all() }).await, [1]);
    let page = store.audit().list(&AuditQuery { limit: Some(2), ..all() }).await.unwrap();
    assert_eq!(page.items.len(), 2);
    assert_eq!(search(AuditQuery { after: page.next, ..all() }).await, [0]);
}

/// Several may act at once: the chain has one end.
#[tokio::test]
async fn entries_of_many_at_once_form_one_chain() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let act = |n: u32| {
        let store = store.clone();
        async move {
            let act = performance("create_agent", i64::from(n));
            act.of(store.agents().insert(&agent(n), at(i64::from(n)))).await.unwrap();
        }
    };
    futures_util::future::join_all((1..=20).map(act)).await;
    assert_eq!(store.audit().head().await.unwrap().length, 20);
    assert_eq!(faults(&store).await, []);
    store.close().await;
    let beside = Store::open_to_read(database(dir.path())).await.unwrap();
    assert_eq!(faults(&beside).await, []);
    assert!(beside.agents().insert(&agent(30), at(30)).await.is_err(), "it only reads");
}
