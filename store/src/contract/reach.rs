//! Covers: scopes as conditions of SQL, custom roles, and what a user refers to.

use routing::{AgentId, CampaignId, Team, TeamId};

use super::records::journal;
use crate::calls::CallQuery;
use crate::error::Error;
use crate::fold::Fold;
use crate::page::Query;
use crate::reach::{Object, Within};
use crate::recordings::RecordingQuery;
use crate::roles::{CustomRole, Permission, RoleId, Scope};
use crate::testing::{CAMPAIGN, agent, at, furnished, id, start};
use crate::users::{Role, User, UserId};
use crate::{Direction, Event, Store};

const TEAM: u128 = 0x7ea;
const OTHER: u128 = 0xca2;

fn user(n: u128) -> User {
    User {
        teams: vec![id::<TeamId>(TEAM)],
        campaigns: vec![id::<CampaignId>(CAMPAIGN)],
        ..User::new(id::<UserId>(n), &format!("user {n}"), Role::Manager)
    }
}

/// Agent 1 is in the team, agent 2 works for the campaign, agent 3 clocked in for the team last,
/// agent 4 did before its latest shift; each has had a call.
async fn peopled(store: &Store, dir: &std::path::Path) {
    let team = Team { id: id(TEAM), name: "Loans".to_owned(), tracked: true };
    store.teams().insert(&team, start()).await.unwrap();
    let other = dialer::CampaignSettings::new(id::<CampaignId>(OTHER), "Autumn");
    store.campaigns().insert(&other, start()).await.unwrap();
    for n in 1..=4 {
        let mut one = agent(n);
        one.teams = if n == 1 { vec![id(TEAM)] } else { vec![] };
        one.campaigns.clear();
        if n == 2 {
            let campaign = id::<CampaignId>(CAMPAIGN);
            let membership = serde_json::json!({ "campaign": campaign, "priority": "medium" });
            one.campaigns.push(serde_json::from_value(membership).unwrap());
        }
        store.agents().insert(&one, start()).await.unwrap();
    }
    let clock = |agent: u128, unit: Option<u128>| Event::AgentClock {
        agent: id(agent),
        clocked_in: true,
        reason: None,
        unit: unit.map(id::<TeamId>),
    };
    let mut events =
        vec![clock(3, None), clock(3, Some(TEAM)), clock(4, Some(TEAM)), clock(4, None)];
    for n in 1..=4_u128 {
        events.push(Event::CallStarted {
            call: id(n),
            direction: Direction::Inbound,
            calling: "+15550100001".to_owned(),
            called: "+15550100002".to_owned(),
            campaign: Some(id(if n == 1 { CAMPAIGN } else { OTHER })),
            queue: None,
            did: None,
            trunk: None,
            attempt: None,
        });
        events.push(Event::CallConnected { call: id(n), agent: id(n), answer_to_agent_us: 0 });
        events.push(Event::RecordingStarted { recording: id(n), call: id(n), agent: id(n) });
    }
    let events: Vec<_> = (0..).zip(events).map(|(second, event)| (at(second), event)).collect();
    let written = journal(dir, &events);
    Fold::open(store, &written.journal).await.unwrap().catch_up().await.unwrap();
}

#[tokio::test]
async fn a_scope_reaches_what_it_names_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    peopled(&store, dir.path()).await;
    let boss = user(9);
    store.users().insert(&boss, "hash", at(0)).await.unwrap();
    let everything = [
        (Within::Own(Some(id(2))), vec![2], vec![2]),
        (Within::Own(None), vec![], vec![]),
        (Within::Team(boss.id), vec![1], vec![1]),
        (Within::Unit(boss.id), vec![1, 3], vec![1, 3]),
        (Within::Campaign(boss.id), vec![2], vec![1]),
        (Within::Campaign(id(8)), vec![], vec![]),
    ];
    for (within, agents, calls) in everything {
        let within_agents = Query { within: Some(within), ..Query::default() };
        let found = store.agents().list(&within_agents).await.unwrap().items;
        let ids: Vec<AgentId> = found.into_iter().map(|found| found.value.id).collect();
        assert_eq!(ids, agents.iter().map(|n| id(*n)).collect::<Vec<_>>(), "{within:?}");
        let query = CallQuery { within: Some(within), ..CallQuery::default() };
        assert_eq!(store.calls().list(&query).await.unwrap().items.len(), calls.len());
        let query = RecordingQuery { within: Some(within), ..RecordingQuery::default() };
        assert_eq!(store.recordings().list(&query).await.unwrap().items.len(), calls.len());
        for n in 1..=4 {
            let reached = async |object| store.reaches(within, object).await.unwrap();
            assert_eq!(reached(Object::Agent(id(n))).await, agents.contains(&n), "{within:?} {n}");
            assert_eq!(reached(Object::Call(id(n))).await, calls.contains(&n), "{within:?} {n}");
            let recording = reached(Object::Recording(id(n))).await;
            assert_eq!(recording, calls.contains(&n), "{within:?} {n}");
        }
    }
    let within = Within::Campaign(boss.id);
    assert!(store.reaches(within, Object::Campaign(id(CAMPAIGN))).await.unwrap());
    assert!(!store.reaches(within, Object::Campaign(id(OTHER))).await.unwrap());
    assert!(!store.reaches(Within::Team(boss.id), Object::Campaign(id(CAMPAIGN))).await.unwrap());
    let changed = User { campaigns: vec![id(OTHER)], ..boss };
    store.users().update(&changed, 1, at(1)).await.unwrap();
    assert!(store.reaches(within, Object::Campaign(id(OTHER))).await.unwrap(), "at once");
}

#[tokio::test]
async fn what_a_user_refers_to_is_there_and_stays() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let stray = User { teams: vec![id(77)], ..user(1) };
    let error = store.users().insert(&stray, "hash", at(0)).await.unwrap_err();
    assert!(matches!(&error, Error::Unknown(field) if field == "teams[0]"), "{error}");
    let role = CustomRole {
        id: id::<RoleId>(5),
        name: "Quality".to_owned(),
        grants: [(Permission::CallsRead, Scope::Team)].into(),
    };
    store.roles().insert(&role, at(0)).await.unwrap();
    let custom = User { role: Role::Custom(role.id), teams: vec![], ..user(1) };
    store.users().insert(&custom, "hash", at(0)).await.unwrap();
    assert_eq!(store.users().find(custom.id).await.unwrap().value, custom);
    let error = store.roles().delete(role.id, 1).await.unwrap_err();
    assert!(matches!(error, Error::Referenced { by: "users" }), "{error}");
    let campaign = store.campaigns().find(id(CAMPAIGN)).await.unwrap();
    let error = store.campaigns().delete(id(CAMPAIGN), campaign.version).await.unwrap_err();
    assert!(matches!(error, Error::Referenced { .. }), "{error}");
    store.users().delete(custom.id, 1).await.unwrap();
    store.roles().delete(role.id, 1).await.unwrap();
}
