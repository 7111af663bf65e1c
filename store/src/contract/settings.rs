//! Covers: the five verbs on every kind of setting, unique fields, versions, references, search
//! and paging.

use dialer::ListId;
use routing::{
    Agent, AgentId, CampaignMembership, Cli, Did, DidTarget, Organisation, Overflow, Queue,
    QueueId, QueueMembership, Trunk,
};
use uuid::Uuid;

use crate::documents::{Document, Documents};
use crate::error::Error;
use crate::holds::{Held, LegalHold};
use crate::links::Target;
use crate::lists::List;
use crate::page::Query;
use crate::pause_reasons::OfferedReason;
use crate::retention::RetentionRule;
use crate::sql;
use crate::testing::{
    CAMPAIGN, CLI, LIST, TRUNK, agent, at, campaign, columns, database, furnished, grace, id,
    number, start,
};

/// Insert, read, change, refuse the stale, delete: for any kind.
async fn keeps_the_contract<T: Document + PartialEq + std::fmt::Debug>(
    documents: &Documents<T>,
    first: T,
    changed: T,
    other: T,
) {
    let inserted = documents.insert(&first, at(1)).await.unwrap();
    assert_eq!((inserted.version, &inserted.value), (1, &first));
    assert_eq!(documents.find(first.id()).await.unwrap(), inserted);
    documents.insert(&other, at(2)).await.unwrap();
    let taken = documents.insert(&first, at(3)).await.unwrap_err();
    assert!(matches!(taken, Error::Taken(_)), "{taken}");

    let updated = documents.update(&changed, 1, at(4)).await.unwrap();
    assert_eq!((updated.version, &updated.value), (2, &changed));
    assert_eq!((updated.created_at, updated.updated_at), (at(1), at(4)));
    assert_eq!(documents.find(first.id()).await.unwrap(), updated);
    let stale = documents.update(&first, 1, at(5)).await.unwrap_err();
    assert!(matches!(stale, Error::Stale { current: 2 }), "{stale}");
    let stale = documents.delete(first.id(), 1).await.unwrap_err();
    assert!(matches!(stale, Error::Stale { current: 2 }), "{stale}");

    let before = documents.all().await.unwrap().len();
    assert_eq!(documents.delete(first.id(), 2).await.unwrap().value, changed);
    assert_eq!(documents.all().await.unwrap().len(), before - 1);
    for gone in [
        documents.find(first.id()).await.unwrap_err(),
        documents.update(&first, 2, at(6)).await.unwrap_err(),
        documents.delete(first.id(), 2).await.unwrap_err(),
    ] {
        assert!(matches!(gone, Error::NotFound(what) if what == T::TABLE), "{gone}");
    }
}

fn trunk(n: u128, name: &str) -> Trunk {
    let json = serde_json::json!({
        "id": Uuid::from_u128(n), "name": name, "addresses": [{ "host": "192.0.2.11" }],
    });
    serde_json::from_value(json).unwrap()
}

fn queue(n: u128, name: &str) -> Queue {
    let json = serde_json::json!({ "id": Uuid::from_u128(n), "name": name });
    serde_json::from_value(json).unwrap()
}

fn cli(n: u128, digits: u64, enabled: bool) -> Cli {
    Cli {
        id: id(n),
        number: number(digits),
        label: Some("Main".into()),
        enabled,
        calls_per_day: None,
    }
}

fn did(n: u128, digits: u64, queue: QueueId) -> Did {
    Did {
        id: id(n),
        number: number(digits),
        label: None,
        target: DidTarget::Queue { queue },
        campaign: None,
        unavailable: Overflow::Notice,
        notice: None,
        opening: None,
    }
}

fn list(n: u128, name: &str) -> List {
    List { id: id::<ListId>(n), name: name.into(), source: None }
}

fn reason(n: u128, text: &str) -> OfferedReason {
    let json = serde_json::json!({ "id": Uuid::from_u128(n), "class": "break", "text": text });
    serde_json::from_value(json).unwrap()
}

fn entry(n: u128, name: &str) -> routing::PhonebookEntry {
    routing::PhonebookEntry { id: id(n), name: name.into(), number: number(5), note: None }
}

#[tokio::test]
async fn every_kind_of_setting_keeps_the_same_contract() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let renamed = Agent { first_name: "Ada".into(), ..agent(1) };
    keeps_the_contract(&store.agents(), agent(1), renamed, agent(2)).await;
    let (first, other) = (trunk(11, "North"), trunk(12, "South"));
    keeps_the_contract(&store.trunks(), first, trunk(11, "East"), other).await;
    let (first, other) = (queue(21, "Support"), queue(22, "Sales"));
    keeps_the_contract(&store.queues(), first, queue(21, "Help"), other).await;
    let (first, other) = (cli(31, 1, true), cli(32, 2, true));
    keeps_the_contract(&store.clis(), first, cli(31, 1, false), other).await;
    let queue = id::<QueueId>(22);
    let (first, other) = (did(41, 11, queue), did(42, 12, queue));
    keeps_the_contract(&store.dids(), first, did(41, 13, queue), other).await;
    let (first, other) = (list(51, "May"), list(52, "June"));
    keeps_the_contract(&store.lists(), first, list(51, "July"), other).await;
    let (first, other) = (reason(61, "Lunch"), reason(62, "Rest"));
    keeps_the_contract(&store.pause_reasons(), first, reason(61, "Tea"), other).await;
    let (first, other) = (entry(65, "Locksmith"), entry(66, "Taxi"));
    keeps_the_contract(&store.phonebook(), first, entry(65, "Glazier"), other).await;
    let campaigns = [CAMPAIGN, 0xcb].map(id);
    let rule = |n, campaign| RetentionRule {
        id: id(n),
        campaign,
        recordings_days: Some(30),
        messages_days: None,
    };
    let other = dialer::CampaignSettings { id: campaigns[1], name: "Mayfair".into(), ..campaign() };
    store.campaigns().insert(&other, at(0)).await.unwrap();
    let (first, other) = (rule(67, None), rule(68, Some(campaigns[0])));
    let changed = rule(67, Some(campaigns[1]));
    keeps_the_contract(&store.retention_rules(), first, changed, other).await;
    let hold = |n, of| LegalHold {
        id: id(n),
        target: Held::Number { number: number(of) },
        reason: "Case 17".into(),
    };
    keeps_the_contract(&store.legal_holds(), hold(69, 1), hold(69, 2), hold(70, 3)).await;
    let named =
        |n, name: &str| dialer::CampaignSettings { id: id(n), name: name.into(), ..campaign() };
    let (first, other) = (named(71, "Winter"), named(72, "Summer"));
    keeps_the_contract(&store.campaigns(), first, named(71, "Autumn"), other).await;
}

#[tokio::test]
async fn a_taken_value_is_told_by_its_field() {
    let dir = tempfile::tempdir().unwrap();
    let agents = furnished(dir.path()).await.agents();
    let named = |n: u32| Agent { username: Some("grace".into()), ..agent(n) };
    agents.insert(&named(1), start()).await.unwrap();
    for (clash, field) in [
        (Agent { number: agent(1).number, ..agent(2) }, "number"),
        (Agent { code: agent(1).code, ..agent(2) }, "code"),
        (named(2), "username"),
    ] {
        let error = agents.insert(&clash, start()).await.unwrap_err();
        assert!(matches!(error, Error::Taken(taken) if taken == field), "{error}");
    }
    agents.insert(&agent(2), start()).await.unwrap();
    let error = agents.update(&Agent { id: id(2), ..named(3) }, 1, at(1)).await.unwrap_err();
    assert!(matches!(error, Error::Taken("username")), "{error}");
    // Nobody's user name is not taken by nobody's.
    agents.insert(&agent(3), start()).await.unwrap();
}

#[tokio::test]
async fn a_reference_to_nothing_is_told_by_its_field_and_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let mut working = agent(1);
    working.campaigns = vec![
        CampaignMembership { campaign: id(CAMPAIGN), priority: routing::Priority::High },
        CampaignMembership { campaign: id(404), priority: routing::Priority::Low },
    ];
    let error = store.agents().insert(&working, start()).await.unwrap_err();
    assert!(matches!(&error, Error::Unknown(field) if field == "campaigns[1].campaign"), "{error}");
    let error = store.agents().find(working.id).await.unwrap_err();
    assert!(matches!(error, Error::NotFound("agent")), "{error}");

    let lost = dialer::CampaignSettings { trunks: vec![id(404)], ..campaign() };
    let error = store.campaigns().update(&lost, 1, at(1)).await.unwrap_err();
    assert!(matches!(&error, Error::Unknown(field) if field == "trunks[0]"), "{error}");
    assert_eq!(store.campaigns().find(id(CAMPAIGN)).await.unwrap().version, 1);

    let presenting = Agent { cli: Some(number(404)), ..agent(1) };
    let error = store.agents().insert(&presenting, start()).await.unwrap_err();
    assert!(matches!(&error, Error::Unknown(field) if field == "cli"), "{error}");
}

#[tokio::test]
async fn what_is_referred_to_cannot_go_and_says_who_refers_to_it() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let busy = queue(21, "Support");
    store.queues().insert(&busy, start()).await.unwrap();
    let mut working = agent(1);
    working.campaigns =
        vec![CampaignMembership { campaign: id(CAMPAIGN), priority: routing::Priority::Medium }];
    working.queues = vec![QueueMembership::of(busy.id)];
    store.agents().insert(&working, start()).await.unwrap();
    let mut number_of_agent = did(41, 11, busy.id);
    number_of_agent.target = DidTarget::Agent { agent: working.id };
    store.dids().insert(&number_of_agent, start()).await.unwrap();

    let refused =
        |by| move |error: Error| matches!(error, Error::Referenced { by: who } if who == by);
    assert!(refused("agents")(store.queues().delete(busy.id, 1).await.unwrap_err()));
    assert!(refused("agents")(store.campaigns().delete(id(CAMPAIGN), 1).await.unwrap_err()));
    assert!(refused("campaigns")(store.trunks().delete(id(TRUNK), 1).await.unwrap_err()));
    assert!(refused("campaigns")(store.lists().delete(id(LIST), 1).await.unwrap_err()));
    assert!(refused("campaigns")(store.clis().delete(id(0xc11), 1).await.unwrap_err()));
    assert!(refused("DIDs")(store.agents().delete(working.id, 1).await.unwrap_err()));
    let moved = Cli { number: number(8), ..cli(0xc11, CLI, true) };
    assert!(refused("campaigns")(store.clis().update(&moved, 1, at(1)).await.unwrap_err()));

    let who = store.referrers(&Target::Queue(busy.id)).await.unwrap();
    assert_eq!(who.len(), 1);
    assert_eq!((who[0].resource.as_str(), who[0].field.as_str()), ("agent", "queues[0].queue"));
    assert_eq!(AgentId::from(who[0].id), working.id);

    // Once nobody does, it can.
    store.dids().delete(number_of_agent.id, 1).await.unwrap();
    store.agents().delete(working.id, 1).await.unwrap();
    store.queues().delete(busy.id, 1).await.unwrap();
}

#[tokio::test]
async fn a_search_finds_part_of_a_name_and_pages_add_up() {
    let dir = tempfile::tempdir().unwrap();
    let agents = furnished(dir.path()).await.agents();
    for n in 1..=25 {
        let username = Some(format!("user_{n}"));
        agents.insert(&Agent { username, ..agent(n) }, at(i64::from(n))).await.unwrap();
    }
    let search = |text: &str| Query { text: Some(text.into()), ..Query::default() };
    for (text, found) in [("HOPPER 1", 11), ("hopper 25", 1), ("e7", 1), ("_2", 7), ("%", 0)] {
        assert_eq!(agents.list(&search(text)).await.unwrap().items.len(), found, "{text}");
    }
    let mut numbers = Vec::new();
    let mut query = Query { limit: Some(10), ..Query::default() };
    loop {
        let page = agents.list(&query).await.unwrap();
        numbers.extend(page.items.iter().map(|agent| u32::from(agent.value.number)));
        query.after = page.next;
        if page.next.is_none() {
            break;
        }
    }
    assert_eq!(numbers, (1..=25).collect::<Vec<_>>());
    let found = agents.find_by_number(agent(7).number).await.unwrap();
    assert_eq!(found.value.id, id::<AgentId>(7));
}

#[tokio::test]
async fn the_organisation_is_set_up_once_and_changed_by_version() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let settings = store.organisation();
    assert!(matches!(settings.find().await.unwrap_err(), Error::NotFound("organisation")));
    let json = r#"{"name":"Acme","prefix":"50143","time_zone":"Europe/London"}"#;
    let acme: Organisation = serde_json::from_str(json).unwrap();
    settings.insert(&acme, at(0)).await.unwrap();
    assert!(matches!(settings.insert(&acme, at(1)).await.unwrap_err(), Error::Taken("id")));

    let shown = Organisation { cli: Some(number(CLI)), ..acme.clone() };
    assert_eq!(settings.update(&shown, 1, at(2)).await.unwrap().version, 2);
    let stale = settings.update(&acme, 1, at(3)).await.unwrap_err();
    assert!(matches!(stale, Error::Stale { current: 2 }), "{stale}");
    assert_eq!(settings.find().await.unwrap().value, shown);
    let who = store.referrers(&Target::Cli(number(CLI))).await.unwrap();
    assert!(who.iter().any(|who| who.resource == "organisation" && who.id.is_nil()));
    let foreign = Organisation { cli: Some(number(404)), ..acme };
    let error = settings.update(&foreign, 2, at(4)).await.unwrap_err();
    assert!(matches!(&error, Error::Unknown(field) if field == "cli"), "{error}");
}

/// An agent with records keeps them: it is archived instead (R17).
#[tokio::test]
async fn what_has_records_cannot_be_deleted() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    store.agents().insert(&agent(1), start()).await.unwrap();
    let mut writing = store.begin().await.unwrap();
    sql::query(
        "INSERT INTO agent_interval (seq, agent, state, counts, from_at, to_at) \
         VALUES (1, $1, 'ready', 'ready', 0, 1)",
    )
    .bind(Uuid::from(grace()))
    .execute(&mut *writing)
    .await
    .unwrap();
    writing.commit().await.unwrap();
    let error = store.agents().delete(grace(), 1).await.unwrap_err();
    assert!(error.to_string().contains("archive the agent"), "{error}");
}

/// A database from a later version must not be written to by an earlier one.
#[tokio::test]
async fn a_database_opens_again_with_what_was_in_it_and_a_later_schema_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    store.close().await;
    let again = crate::Store::open(database(dir.path())).await.unwrap();
    assert_eq!(again.campaigns().all().await.unwrap().len(), 1);
    let mut writing = again.begin().await.unwrap();
    sql::query(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
         VALUES (9999, 'from the future', true, $1, 0)",
    )
    .bind(vec![0])
    .execute(&mut *writing)
    .await
    .unwrap();
    writing.commit().await.unwrap();
    again.close().await;
    let error = crate::Store::open(database(dir.path())).await.unwrap_err();
    assert!(matches!(error, Error::Migration(_)), "{error}");
}

#[tokio::test]
async fn a_trunks_secret_is_replaced_and_goes_with_the_trunk() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let secrets = store.trunk_secrets();
    let secret = |trunk: u128, password: &str| crate::trunks::TrunkSecret {
        trunk: id(trunk),
        username: "44207946".to_owned(),
        password: password.to_owned(),
    };
    let error = secrets.put(&secret(404, "x")).await.unwrap_err();
    assert!(matches!(&error, Error::Unknown(field) if field == "trunk"), "{error}");
    store.trunks().insert(&trunk(11, "North"), start()).await.unwrap();
    secrets.put(&secret(11, "first")).await.unwrap();
    secrets.put(&secret(11, "second")).await.unwrap();
    assert_eq!(secrets.all().await.unwrap(), [secret(11, "second")]);
    assert!(!format!("{:?}", secret(11, "second")).contains("second"), "never printed");
    store.trunks().delete(id(11), 1).await.unwrap();
    assert!(secrets.all().await.unwrap().is_empty());
    assert!(matches!(secrets.delete(id(11)).await, Err(Error::NotFound(_))));
}

/// A column that only one database has would be missed by whoever runs on the other. On SQLite this
/// compares the schema with itself.
#[tokio::test]
async fn both_databases_have_the_same_tables_and_columns() {
    let (dir, file) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let here = furnished(dir.path()).await;
    let there = crate::Store::open(file.path().join("cordboard.sqlite")).await.unwrap();
    assert_eq!(columns(&here).await, columns(&there).await);
}
