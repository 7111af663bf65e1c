//! Messages of callers as an agent, a supervisor and a stranger meet them.

use admin_api::Change;
use routing::{AgentId, CallId, Mailbox, QueueId, RecordingId};
use serde_json::{Value, json};
use store::users::Role;
use store::{Direction, Event};
use uuid::Uuid;

use crate::house::{As, House, RECORDED};

/// Three messages: to the agent, to a queue of theirs, and to a colleague.
async fn left(house: &House, agent: AgentId, queue: QueueId) {
    let others = AgentId::from(Uuid::from_u128(99));
    let mailboxes =
        [Mailbox::Agent { agent }, Mailbox::Queue { queue }, Mailbox::Agent { agent: others }];
    let mut events = vec![];
    for (n, mailbox) in (RECORDED..).zip(mailboxes) {
        let (recording, call) = (id::<RecordingId>(n), id::<CallId>(0xCA11 + n));
        events.push(Event::CallStarted {
            call,
            direction: Direction::Inbound,
            calling: "+15550100123".to_owned(),
            called: "+15550100199".to_owned(),
            campaign: None,
            queue: None,
            did: None,
            attempt: None,
            trunk: None,
        });
        events.push(Event::VoicemailStarted { recording, call, mailbox });
        let (duration_ms, gap_ms, chain) = (4_000, 0, "ab".repeat(32));
        let interrupted = false;
        events.push(Event::RecordingEnded { recording, duration_ms, gap_ms, chain, interrupted });
    }
    house.happened(events).await;
}

fn id<T: From<Uuid>>(n: u128) -> T {
    Uuid::from_u128(n).into()
}

fn path(n: u128) -> String {
    format!("/v1/me/voicemails/{}", Uuid::from_u128(n))
}

async fn listed(who: &As<'_>, path: &str) -> Vec<u128> {
    let found = who.get(path).await.expect(200);
    let items = found["items"].as_array().unwrap().iter();
    let mut ids: Vec<_> = items
        .map(|message| message["id"].as_str().unwrap().parse::<Uuid>().unwrap().as_u128())
        .collect();
    ids.sort_unstable();
    ids
}

/// An organisation, an agent in a queue, and their messages.
async fn at_work(house: &House) -> (As<'_>, As<'_>, AgentId) {
    let admin = house.set_up().await;
    let queue = admin.post("/v1/queues", &json!({ "name": "Loans" })).await.id();
    let agent = json!({
        "number": 1, "code": "E-1", "first_name": "Ada", "last_name": "Byron",
        "time_zone": "Europe/London", "queues": [{ "queue": queue }],
    });
    let agent: AgentId = admin.post("/v1/agents", &agent).await.id().parse().unwrap();
    left(house, agent, queue.parse().unwrap()).await;
    let ada = house.user("ada", Role::Agent, Some(agent)).await;
    house.changes();
    (admin, ada, agent)
}

/// R96: own messages and those of own queues; another's is not there (S13).
#[tokio::test]
async fn an_agent_hears_the_own_messages_and_those_of_the_own_queues() {
    let house = House::new().await;
    let (admin, ada, agent) = at_work(&house).await;
    assert_eq!(listed(&ada, "/v1/me/voicemails").await, [RECORDED, RECORDED + 1]);
    assert_eq!(listed(&admin, "/v1/voicemails").await, [RECORDED, RECORDED + 1, RECORDED + 2]);
    let own = format!("/v1/voicemails?agent={agent}");
    assert_eq!(listed(&admin, &own).await, [RECORDED]);
    assert_eq!(listed(&ada, &format!("/v1/me/voicemails?agent={agent}")).await, [RECORDED]);
    let others = format!("/v1/me/voicemails?agent={}", Uuid::from_u128(99));
    assert!(listed(&ada, &others).await.is_empty(), "another's mailbox by asking for it");
    let first = ada.get("/v1/me/voicemails?heard=false&limit=1").await.expect(200);
    assert_eq!(first["items"][0]["calling"], "+15550100123");
    assert_eq!(first["items"][0]["duration_ms"], 4_000);
    let audio = ada.get(&format!("{}/audio", path(RECORDED))).await;
    assert_eq!((audio.status.as_u16(), audio.header("content-type")), (200, "audio/wav".into()));
    ada.get("/v1/voicemails").await.problem(403);
    for end in ["audio", "heard", ""] {
        let path = format!("{}/{end}", path(RECORDED + 2));
        let path = path.trim_end_matches('/');
        let method = match end {
            "audio" => "GET",
            "heard" => "PUT",
            _ => "DELETE",
        };
        let body = if end == "heard" { json!({ "heard": true }) } else { Value::Null };
        ada.call(method, path, &body).await.problem(404);
    }
    assert_eq!(ada.get("/v1/me/voicemails?limit=0").await.problem(400), "limit");
}

/// The lamps follow: what is marked twice is told once.
#[tokio::test]
async fn a_message_that_is_marked_or_removed_is_told_to_the_switch_once() {
    let house = House::new().await;
    let (_, ada, agent) = at_work(&house).await;
    let heard = format!("{}/heard", path(RECORDED));
    for _ in 0..2 {
        ada.put(&heard, None, &json!({ "heard": true })).await.expect(204);
    }
    let mailbox = Mailbox::Agent { agent };
    let told = house.changes();
    let is = |change: &Change, expected: bool| {
        matches!(change, Change::MessageMarked { mailbox: m, heard } if *m == mailbox
            && *heard == expected)
    };
    assert!(matches!(&told[..], [one] if is(one, true)), "{told:?}");
    assert_eq!(listed(&ada, "/v1/me/voicemails?heard=true").await, [RECORDED]);
    ada.put(&heard, None, &json!({ "heard": false })).await.expect(204);
    assert!(matches!(&house.changes()[..], [one] if is(one, false)));
    ada.delete(&path(RECORDED), None).await.expect(204);
    let told = house.changes();
    assert!(
        matches!(&told[..], [Change::MessageRemoved { mailbox: m, heard: false }] if *m == mailbox),
        "{told:?}"
    );
    ada.delete(&path(RECORDED), None).await.problem(404);
    assert_eq!(listed(&ada, "/v1/me/voicemails").await, [RECORDED + 1]);
    ada.put(&heard, None, &json!({ "heard": true })).await.problem(404);
    assert_eq!(ada.put(&heard, None, &json!({ "hear": true })).await.problem(422), "/hear");
}
