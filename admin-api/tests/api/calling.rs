//! What agents do with calls and supervisors to agents, as it reaches the switch.

use admin_api::control::{CallVerb, Destination, Supervise};
use admin_api::{AgentVerb, Command, CommandError, Reply};
use dialer::callbacks::{Callback, Terms};
use dialer::{Lead, LeadId};
use routing::{CallId, Cause};
use serde_json::{Value, json};
use store::Event;
use store::users::Role;
use uuid::Uuid;

use crate::house::House;

#[tokio::test]
async fn every_act_with_a_call_reaches_the_switch_in_its_own_words() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let id = admin.agent(1).await;
    let agent = house.user("ada", Role::Agent, Some(id.parse().unwrap())).await;
    let some = Uuid::from_u128(7);
    let number = "+15550100123".parse().unwrap();
    let queue = Destination::Queue { queue: some.into() };
    for (body, expected) in [
        (json!({ "do": "call_agent", "agent": some }), CallVerb::CallAgent { agent: some.into() }),
        (json!({ "do": "take", "call": some }), CallVerb::Take { call: some.into() }),
        (
            json!({ "do": "transfer", "to": { "kind": "queue", "queue": some } }),
            CallVerb::Transfer { to: queue },
        ),
        (
            json!({ "do": "consult", "to": { "kind": "number", "number": "+15550100123" } }),
            CallVerb::Consult { to: Destination::Number { number } },
        ),
        (json!({ "do": "swap" }), CallVerb::Swap {}),
        (json!({ "do": "merge" }), CallVerb::Merge {}),
        (json!({ "do": "complete" }), CallVerb::Complete {}),
        (json!({ "do": "dismiss" }), CallVerb::Dismiss {}),
        (json!({ "do": "park" }), CallVerb::Park {}),
        (json!({ "do": "mute" }), CallVerb::Mute {}),
        (json!({ "do": "unmute" }), CallVerb::Unmute {}),
    ] {
        let made = agent.post("/v1/me/call", &body).await.expect(200);
        assert_eq!(made, json!({ "call": null }), "{body}");
        match house.commands().pop() {
            Some(Command::Agent { by: Cause::Agent, verb: AgentVerb::Call(verb), .. }) => {
                assert_eq!(verb, expected);
            }
            other => panic!("{other:?}"),
        }
    }
    let call = CallId::from(some);
    house.switch.answers.lock().unwrap().push(Ok(Reply::Call { call }));
    let made = agent.post("/v1/me/call", &json!({ "do": "park" })).await.expect(200);
    assert_eq!(made, json!({ "call": some }));
}

/// A number that an agent dials is somebody's: whoever has it on the campaign's lists.
#[tokio::test]
async fn a_number_is_dialled_with_whoever_has_it() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let id = admin.agent(1).await;
    let agent = house.user("ada", Role::Agent, Some(id.parse().unwrap())).await;
    let list = admin.post("/v1/lists", &json!({ "name": "spring" })).await.id();
    let campaign = json!({ "name": "spring", "lists": [list] });
    let campaign = admin.post("/v1/campaigns", &campaign).await.id();
    let (lead, number) = (LeadId::from(Uuid::now_v7()), "+442079460101".parse().unwrap());
    let lead = Lead::new(lead, list.parse().unwrap(), number);
    house.store.leads().insert(std::slice::from_ref(&lead), jiff::Timestamp::now()).await.unwrap();
    for (dialled, campaign, known) in [
        ("+442079460101", campaign.as_str(), Some(lead.id)),
        ("+442079460102", campaign.as_str(), None),
        ("+442079460101", "00000000-0000-7000-8000-000000000007", None),
    ] {
        let body = json!({ "do": "dial", "number": dialled, "campaign": campaign });
        agent.post("/v1/me/call", &body).await.expect(200);
        match house.commands().pop() {
            Some(Command::Dial { number, person, .. }) => {
                assert_eq!(number.to_string(), dialled);
                assert_eq!(person.map(|person| person.id), known);
            }
            other => panic!("{other:?}"),
        }
    }
}

/// R149: of the own list, and no other.
#[tokio::test]
async fn a_promise_is_kept_from_the_list_by_whoever_made_it() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let id = admin.agent(1).await;
    let agent = house.user("ada", Role::Agent, Some(id.parse().unwrap())).await;
    let body = json!({ "do": "call_back", "callback": Uuid::from_u128(7) });
    assert_eq!(agent.post("/v1/me/call", &body).await.problem(422), "/callback");
    let list = admin.post("/v1/lists", &json!({ "name": "spring" })).await.id();
    let campaign = json!({ "name": "spring", "lists": [list] });
    let campaign = admin.post("/v1/campaigns", &campaign).await.id();
    let stranger = admin.agent(2).await;
    for (n, owner, own) in [(8, &id, true), (9, &stranger, false)] {
        let lead = LeadId::from(Uuid::now_v7());
        let number = format!("+44207946010{n}").parse().unwrap();
        let person = Lead::new(lead, list.parse().unwrap(), number);
        house.store.leads().insert(&[person], house.now()).await.unwrap();
        let callback = Box::new(Callback {
            id: Uuid::from_u128(n).into(),
            lead,
            campaign: campaign.parse().unwrap(),
            number,
            due_at: house.now(),
            zone: "UTC".to_owned(),
            owner: Some(owner.parse().unwrap()),
            team: None,
            terms: Terms::default(),
            note: String::new(),
        });
        house.happened([Event::CallbackPromised { callback, by: None }]).await;
        let body = json!({ "do": "call_back", "callback": Uuid::from_u128(n) });
        let answer = agent.post("/v1/me/call", &body).await;
        if !own {
            assert_eq!(answer.problem(422), "/callback", "it is another's");
            continue;
        }
        answer.expect(200);
        match house.commands().pop() {
            Some(Command::Dial {
                number: at, person: Some(person), promise: Some(kept), ..
            }) => {
                assert_eq!((at, person.id, kept), (number, lead, Uuid::from_u128(n).into()));
            }
            other => panic!("{other:?}"),
        }
    }
    agent.get("/v1/me/callbacks").await.expect(200);
    let path = format!("/v1/agents/{id}");
    let profile = json!({
        "number": 1, "code": "E-1", "first_name": "Ada", "last_name": "Byron",
        "time_zone": "Europe/London", "permissions": { "callback_list": false },
    });
    admin.put(&path, Some("*"), &profile).await.expect(200);
    agent.get("/v1/me/callbacks").await.problem(403);
}

#[tokio::test]
async fn an_act_that_is_none_and_a_field_that_is_not_its_own_are_refused() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let id = admin.agent(1).await;
    let agent = house.user("ada", Role::Agent, Some(id.parse().unwrap())).await;
    for body in [
        json!({ "do": "fly" }),
        json!({ "do": "transfer" }),
        json!({ "do": "swap", "to": 1 }),
        json!({ "do": "transfer", "to": { "kind": "number", "number": "911" } }),
    ] {
        let refused = agent.post("/v1/me/call", &body).await;
        assert!(refused.status.is_client_error(), "{body}: {}", refused.text);
    }
    assert!(house.commands().is_empty());
    let why = "the customer is on hold already".to_owned();
    house.switch.answers.lock().unwrap().push(Err(CommandError::Refused { why }));
    let refused = agent.post("/v1/me/call", &json!({ "do": "swap" })).await;
    refused.problem(409);
    assert_eq!(refused.json()["detail"], "the customer is on hold already");
}

/// Issue 5, point 10: every act names who acted, for the record.
#[tokio::test]
async fn a_supervisors_act_reaches_the_switch_with_who_acted() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let id = admin.agent(1).await;
    let path = format!("/v1/agents/{id}/supervise");
    for (word, expected) in [
        ("listen", Supervise::Listen),
        ("whisper", Supervise::Whisper),
        ("barge", Supervise::Barge),
        ("stop", Supervise::Stop),
        ("take_over", Supervise::TakeOver),
    ] {
        admin.post(&path, &json!({ "do": word })).await.expect(204);
        match house.commands().pop() {
            Some(Command::Supervise { agent, by, act }) => {
                assert_eq!((agent.to_string(), act), (id.clone(), expected));
                assert_eq!((by.name.as_str(), by.agent), ("admin", None));
            }
            other => panic!("{other:?}"),
        }
    }
    admin.post(&path, &json!({ "do": "message", "text": "well done" })).await.expect(204);
    assert_eq!(
        admin.post(&path, &json!({ "do": "message", "text": " " })).await.problem(422),
        "/text"
    );
    let acts = admin.get("/v1/supervision?limit=5").await.expect(200);
    assert_eq!(acts, json!({ "items": [] }));
    let agent = house.user("ada", Role::Agent, Some(id.parse().unwrap())).await;
    agent.post(&path, &json!({ "do": "listen" })).await.problem(403);
    agent.post("/v1/me/help", &json!({ "reason": "angry" })).await.expect(204);
    agent.post("/v1/me/help", &Value::Null).await.expect(204);
}
