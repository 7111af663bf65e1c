//! What is held about a person, given to them and forgotten.

use admin_api::{Change, Command};
use routing::{AgentId, CallId, Mailbox, RecordingId};
use serde_json::json;
use store::{Direction, Event, Party};
use uuid::Uuid;

use crate::house::{House, RECORDED};

const NUMBER: &str = "+15550100123";

/// Somebody called, left a message, and is on a list.
async fn called(house: &House) {
    let call = CallId::from(Uuid::from_u128(0xCA11));
    let mailbox = Mailbox::Agent { agent: AgentId::from(Uuid::from_u128(1)) };
    let recording = RecordingId::from(Uuid::from_u128(RECORDED));
    let started = Event::CallStarted {
        call,
        direction: Direction::Inbound,
        calling: NUMBER.to_owned(),
        called: "+15550100199".to_owned(),
        campaign: None,
        queue: None,
        did: None,
        attempt: None,
        trunk: None,
    };
    let (duration_ms, gap_ms, chain, interrupted) = (4_000, 0, "ab".repeat(32), false);
    let ended = Event::CallEnded {
        call,
        by: Party::Customer,
        sip: None,
        q850: None,
        ring_ms: 0,
        talk_ms: 0,
        hold_ms: 0,
        wait_ms: 0,
    };
    house
        .happened([
            started,
            Event::VoicemailStarted { recording, call, mailbox },
            Event::RecordingEnded { recording, duration_ms, gap_ms, chain, interrupted },
            ended,
        ])
        .await;
}

#[tokio::test]
async fn a_person_is_collected_as_a_file_and_then_forgotten_while_nobody_dials_them() {
    let house = House::new().await;
    let admin = house.set_up().await;
    called(&house).await;
    let person = json!({ "number": NUMBER });
    let file = admin.post("/v1/persons/collect", &person).await;
    let collected = file.expect(200);
    assert_eq!(file.header("content-disposition"), "attachment; filename=\"person.json\"");
    assert_eq!(collected["records"]["call"][0]["calling"], NUMBER);
    assert_eq!(collected["records"]["voicemail"].as_array().unwrap().len(), 1);
    house.changes();
    house.commands();

    let hold = json!({ "target": { "of": "number", "number": NUMBER }, "reason": "Case 17" });
    let laid = admin.post("/v1/legal-holds", &hold).await;
    admin.post("/v1/persons/forget", &person).await.problem(409);
    let lift = format!("/v1/legal-holds/{}", laid.id());
    admin.delete(&lift, Some("*")).await.expect(204);
    let commands = house.commands();
    let lifted = matches!(commands[..], [Command::Suppress { .. }, Command::Unsuppress { .. }]);
    assert!(lifted, "who was not forgotten may be dialled as before: {commands:?}");

    let forgotten = admin.post("/v1/persons/forget", &person).await.expect(200);
    assert_eq!((&forgotten["calls"], &forgotten["messages"]), (&json!(1), &json!(1)));
    let changes = house.changes();
    assert!(matches!(changes[..], [Change::MessageRemoved { .. }]), "the lamp: {changes:?}");
    admin.post("/v1/persons/forget", &person).await.problem(404);
    admin.post("/v1/persons/collect", &person).await.problem(404);
    let calls = admin.get("/v1/calls").await.expect(200);
    assert_eq!(calls["items"][0]["calling"], "erased");
    let log = admin.get("/v1/audit?resource=persons").await.expect(200);
    let entries = log["items"].as_array().unwrap();
    assert_eq!(entries.len(), 5, "{log}");
    assert!(!log.to_string().contains(NUMBER), "the log does not name whom it forgot");
}

#[tokio::test]
async fn who_is_listed_as_not_to_be_called_stays_so() {
    let house = House::new().await;
    let admin = house.set_up().await;
    called(&house).await;
    let listed = json!({ "numbers": [NUMBER], "reason": "asked" });
    admin.post("/v1/dnc", &listed).await.expect(200);
    house.commands();
    let forgotten = admin.post("/v1/persons/forget", &json!({ "number": NUMBER })).await;
    assert_eq!(forgotten.expect(200)["dnc_kept"], 1);
    assert!(matches!(house.commands()[..], [Command::Suppress { .. }]), "and nothing lifts it");
    let found = admin.get(&format!("/v1/dnc/check?number=%2B{}", &NUMBER[1..])).await.expect(200);
    assert_eq!(found["listed"], true);
    let wrong = admin.post("/v1/persons/forget", &json!({ "number": "12" })).await;
    assert_eq!(wrong.problem(422), "/number");
}
