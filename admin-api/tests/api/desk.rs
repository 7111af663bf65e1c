//! What an agent's desk asks, and how the switch's answers come back.

use admin_api::control::{
    CallVerb, Colleague, Directory, Group, PreviewedLead, Reach, Supervise, WaitingCall,
};
use admin_api::{AgentVerb, ClockIn, Command, CommandError, Reply};
use axum::body::Body;
use axum::http::Request;
use routing::{CallId, Cause, PauseClass, PauseReason, QueueId};
use serde_json::{Value, json};
use store::users::Role;
use store::{Direction, Event, Party};

use crate::house::House;

fn verb_of(house: &House) -> (Cause, AgentVerb) {
    match house.commands().pop() {
        Some(Command::Agent { by, verb, .. }) => (by, verb),
        Some(Command::Supervise { act: Supervise::Force(verb), .. }) => (Cause::Supervisor, verb),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn every_verb_reaches_the_switch_as_the_agents_own() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let id = admin.agent(1).await;
    let agent = house.user("ada", Role::Agent, Some(id.parse().unwrap())).await;
    let unit = Some(id.parse().unwrap());
    let phone = Some("+15550100123".parse().unwrap());
    let line = routing::LinePlan { persistent: false, phone, ..Default::default() };
    let dispose = json!({
        "code": "callback", "notes": "two\nlines", "callback_at": "2026-12-01T09:00:00Z",
        "callback_zone": "America/Chicago",
    });
    for (path, body, expected) in [
        ("clock-in", Value::Null, AgentVerb::ClockIn(ClockIn::default())),
        (
            "clock-in",
            json!({ "unit": id }),
            AgentVerb::ClockIn(ClockIn { unit, ..ClockIn::default() }),
        ),
        (
            "clock-in",
            json!({ "line": { "mode": "call_me", "persistent": false, "phone": "+15550100123" } }),
            AgentVerb::ClockIn(ClockIn { line: Some(line), ..ClockIn::default() }),
        ),
        ("clock-out", Value::Null, AgentVerb::ClockOut { reason: None }),
        (
            "clock-out",
            json!({ "reason": "home" }),
            AgentVerb::ClockOut { reason: Some("home".into()) },
        ),
        ("ready", Value::Null, AgentVerb::Ready),
        ("pause", Value::Null, AgentVerb::Pause { reason: None }),
        ("hold", Value::Null, AgentVerb::Hold),
        ("resume", Value::Null, AgentVerb::Resume),
        ("hang-up", Value::Null, AgentVerb::HangUp),
        (
            "dispose",
            dispose,
            AgentVerb::Dispose {
                call: None,
                code: "callback".into(),
                notes: Some("two\nlines".into()),
                callback_at: Some("2026-12-01T09:00:00Z".parse().unwrap()),
                callback_by: admin_api::CallbackBy::Anyone,
                callback_zone: Some("America/Chicago".into()),
            },
        ),
    ] {
        agent.post(&format!("/v1/me/{path}"), &body).await.expect(204);
        assert_eq!(verb_of(&house), (Cause::Agent, expected.clone()), "{path}");
        agent.post(&format!("/v1/agents/{id}/{path}"), &body).await.expect(204);
        assert_eq!(verb_of(&house), (Cause::Agent, expected.clone()), "{path}");
        admin.post(&format!("/v1/agents/{id}/{path}"), &body).await.expect(204);
        assert_eq!(verb_of(&house), (Cause::Supervisor, expected), "{path}");
    }
}

#[tokio::test]
async fn an_agent_sees_a_lead_before_it_is_dialled_and_says_when() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let id = admin.agent(1).await;
    let agent = house.user("ada", Role::Agent, Some(id.parse().unwrap())).await;
    let number = "+15550100123".parse().unwrap();
    let lead = dialer::Lead::new(uuid::Uuid::now_v7().into(), id.parse().unwrap(), number);
    let looked = PreviewedLead {
        campaign: id.parse().unwrap(),
        lead,
        dials_at: jiff::Timestamp::UNIX_EPOCH,
        may_skip: true,
    };
    house.switch.answers.lock().unwrap().push(Ok(Reply::Preview(Some(Box::new(looked)))));
    let shown = agent.get("/v1/me/preview").await.expect(200);
    assert_eq!(shown["lead"]["number"], "+15550100123");
    assert_eq!(
        (&shown["may_skip"], &shown["dials_at"]),
        (&json!(true), &json!("1970-01-01T00:00:00Z"))
    );
    house.switch.answers.lock().unwrap().push(Ok(Reply::Preview(None)));
    assert_eq!(agent.get("/v1/me/preview").await.expect(200), Value::Null);
    for (path, verb) in [("dial", AgentVerb::DialPreviewed), ("skip", AgentVerb::SkipPreviewed)] {
        agent.post(&format!("/v1/me/preview/{path}"), &Value::Null).await.expect(204);
        assert_eq!(verb_of(&house), (Cause::Agent, verb));
    }
    let campaign = json!({ "name": "May", "mode": { "kind": "preview", "look_s": 3 } });
    assert_eq!(admin.post("/v1/campaigns", &campaign).await.problem(422), "/mode/look_s");
    let message = json!({ "name": "May", "mode": { "kind": "agentless" } });
    admin.post("/v1/campaigns", &message).await.problem(422);
}

#[tokio::test]
async fn a_pause_takes_an_offered_reason_or_a_class_with_words() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let id = admin.agent(1).await;
    let agent = house.user("ada", Role::Agent, Some(id.parse().unwrap())).await;
    let lunch = json!({ "class": "break", "text": "Lunch" });
    let lunch = admin.post("/v1/pause-reasons", &lunch).await.id();
    let off = json!({ "class": "meeting", "text": "Old", "enabled": false });
    let off = admin.post("/v1/pause-reasons", &off).await.id();
    let pause = async |body: Value| agent.post("/v1/me/pause", &body).await;
    pause(json!({ "reason": lunch })).await.expect(204);
    let reason = PauseReason { class: PauseClass::Break, text: Some("Lunch".into()) };
    assert_eq!(verb_of(&house).1, AgentVerb::Pause { reason: Some(reason) });
    pause(json!({ "class": "other", "text": "fire drill" })).await.expect(204);
    let reason = PauseReason { class: PauseClass::Other, text: Some("fire drill".into()) };
    assert_eq!(verb_of(&house).1, AgentVerb::Pause { reason: Some(reason) });
    for (body, field) in [
        (json!({ "reason": off }), "/reason"),
        (json!({ "reason": id }), "/reason"),
        (json!({ "reason": lunch, "class": "break" }), "/class"),
        (json!({ "class": "other" }), "/text"),
        (json!({ "class": "system" }), "/class"),
        (json!({ "class": "nap" }), "/class"),
        (json!({ "text": "x" }), "/class"),
        (json!({ "class": "break", "text": "a\r\nVia: x" }), "/text"),
    ] {
        assert_eq!(pause(body.clone()).await.problem(422), field, "{body}");
    }
    assert!(house.commands().is_empty());
}

#[tokio::test]
async fn a_refusal_of_the_switch_is_a_409_in_its_own_words() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let id = admin.agent(1).await;
    let answer = |error| house.switch.answers.lock().unwrap().push(Err(error));
    answer(CommandError::Refused { why: "the agent must clock in first".into() });
    let reception = admin.post(&format!("/v1/agents/{id}/ready"), &Value::Null).await;
    reception.problem(409);
    assert_eq!(reception.json()["detail"], "the agent must clock in first");
    answer(CommandError::Unknown);
    admin.post(&format!("/v1/agents/{id}/ready"), &Value::Null).await.problem(404);
    answer(CommandError::Unknown);
    admin.post(&format!("/v1/calls/{id}/hang-up"), &Value::Null).await.problem(404);
}

#[tokio::test]
async fn an_agent_finds_its_profile_and_its_own_calls_only() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let id = admin.agent(1427).await;
    let agent = house.user("ada", Role::Agent, Some(id.parse().unwrap())).await;
    let me = agent.get("/v1/me").await.expect(200);
    assert_eq!(me["agent"]["extension"], "501431427");
    assert_eq!(me["role"], "agent");
    // Somebody else's calls cannot be asked for: the filter is overruled.
    let other = admin.agent(2).await;
    let calls = agent.get(&format!("/v1/me/calls?agent={other}")).await.expect(200);
    assert_eq!(calls, json!({ "items": [], "next": null }));
    admin.get("/v1/calls?abandoned=true&live=false&direction=inbound").await.expect(200);
    admin.get("/v1/attempts?outcome=busy").await.expect(200);
    admin.get(&format!("/v1/calls/{id}")).await.problem(404);
    admin.get(&format!("/v1/attempts/{id}")).await.problem(404);
}

/// R97: who called back is listed for the agent whose queue or campaign it concerns.
#[tokio::test]
async fn an_agent_finds_who_called_back_in_pages() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let queue = admin.post("/v1/queues", &json!({ "name": "Loans" })).await.id();
    let profile = json!({
        "number": 1, "code": "E-1", "first_name": "Ada", "last_name": "Byron",
        "time_zone": "Europe/London", "queues": [{ "queue": queue }],
    });
    let id = admin.post("/v1/agents", &profile).await.id();
    let agent = house.user("ada", Role::Agent, Some(id.parse().unwrap())).await;
    let other = admin.agent(2).await;
    let other = house.user("bob", Role::Agent, Some(other.parse().unwrap())).await;
    let call = |n: u128| CallId::from(uuid::Uuid::from_u128(n));
    for n in [1, 2] {
        house.happened([missed(call(n), queue.parse().unwrap()), over(call(n))]).await;
    }
    let first = agent.get("/v1/me/returned-calls?limit=1").await.expect(200);
    assert_eq!(first["items"][0]["calling"], "+15550100002");
    assert_eq!(first["items"][0]["queue"], "Loans");
    let next = first["next"].as_str().unwrap();
    let next = agent.get(&format!("/v1/me/returned-calls?limit=1&after={next}")).await.expect(200);
    assert_eq!(next["items"][0]["calling"], "+15550100001");
    assert_eq!(next["next"], Value::Null);
    let later = "/v1/me/returned-calls?from=2999-01-01T00:00:00Z";
    assert_eq!(agent.get(later).await.expect(200)["items"], json!([]));
    assert_eq!(other.get("/v1/me/returned-calls").await.expect(200)["items"], json!([]));
    assert_eq!(agent.get("/v1/me/returned-calls?limit=0").await.problem(400), "limit");
}

fn missed(call: CallId, queue: QueueId) -> Event {
    Event::CallStarted {
        call,
        direction: Direction::Inbound,
        calling: format!("+1555010{:04}", call.as_uuid().as_u128()),
        called: "+15550109999".to_owned(),
        campaign: None,
        queue: Some(queue),
        did: None,
        attempt: None,
        trunk: None,
    }
}

fn over(call: CallId) -> Event {
    Event::CallEnded {
        call,
        by: Party::Customer,
        sip: None,
        q850: None,
        ring_ms: 0,
        talk_ms: 0,
        hold_ms: 0,
        wait_ms: 5_000,
    }
}

/// R106, R107: the agent's own question; and keys are keys.
#[tokio::test]
async fn an_agent_sees_whom_to_reach_and_presses_keys_only() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let id = admin.agent(1).await;
    let agent = house.user("ada", Role::Agent, Some(id.parse().unwrap())).await;
    let colleague = Colleague {
        id: id.parse().unwrap(),
        number: 7.try_into().unwrap(),
        name: "Bob Ray".into(),
        state: routing::StateName::Ready,
        since: jiff::Timestamp::UNIX_EPOCH,
        allowed: vec![Reach::Call, Reach::Transfer],
    };
    let seen = Directory { colleagues: vec![colleague], ..Directory::default() };
    house.switch.answers.lock().unwrap().push(Ok(Reply::Directory(Box::new(seen))));
    let shown = agent.get("/v1/me/directory").await.expect(200);
    assert_eq!(shown["colleagues"][0]["allowed"], json!(["call", "transfer"]));
    assert_eq!(shown["colleagues"][0]["state"], "ready");
    let asked = house.commands().pop();
    assert!(matches!(asked, Some(Command::Directory { agent }) if agent.to_string() == id));
    agent.post("/v1/me/call", &json!({ "do": "press", "keys": "12#" })).await.expect(200);
    let pressed = CallVerb::Press { keys: "12#".to_owned().try_into().unwrap() };
    assert_eq!(verb_of(&house), (Cause::Agent, AgentVerb::Call(pressed)));
    for keys in ["", "12x", "0123456789012345678901234567890123"] {
        let told = agent.post("/v1/me/call", &json!({ "do": "press", "keys": keys })).await;
        told.expect(422);
    }
}

/// R219, R226: the agent's own queues, seen, joined and left.
#[tokio::test]
async fn an_agent_sees_the_own_queues_and_goes_active_in_them() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let id = admin.agent(1).await;
    let agent = house.user("ada", Role::Agent, Some(id.parse().unwrap())).await;
    let call = WaitingCall {
        id: id.parse().unwrap(),
        calling: "+15550100123".into(),
        since: jiff::Timestamp::UNIX_EPOCH,
    };
    let seen = Group {
        id: id.parse().unwrap(),
        name: "Support".into(),
        tier: routing::Tier::Pull,
        active: true,
        waiting: 21,
        ready: 0,
        calls: vec![call],
    };
    house.switch.answers.lock().unwrap().push(Ok(Reply::Groups(vec![seen])));
    let shown = agent.get("/v1/me/queues").await.expect(200);
    assert_eq!((&shown[0]["tier"], &shown[0]["waiting"]), (&json!("pull"), &json!(21)));
    assert_eq!(shown[0]["calls"][0]["calling"], "+15550100123");
    let (queue, path) = (id.parse().unwrap(), format!("/v1/me/queues/{id}/active"));
    agent.post(&path, &Value::Null).await.expect(204);
    assert_eq!(verb_of(&house).1, AgentVerb::Group { queue, active: true });
    agent.delete(&path, None).await.expect(204);
    assert_eq!(verb_of(&house).1, AgentVerb::Group { queue, active: false });
}

/// R148: who may look for leads finds those of their own campaigns; nobody else finds any, and
/// another's campaign is not there (S13).
#[tokio::test]
async fn an_agent_who_may_looks_for_leads_of_their_own_campaigns() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let list = admin.post("/v1/lists", &json!({ "name": "Spring" })).await.id();
    let others = admin.post("/v1/lists", &json!({ "name": "Autumn" })).await.id();
    let campaign = json!({ "name": "May", "lists": [list] });
    let campaign = admin.post("/v1/campaigns", &campaign).await.id();
    let another = json!({ "name": "October", "lists": [others] });
    let another = admin.post("/v1/campaigns", &another).await.id();
    for (list, csv) in [
        (&list, "phone,first_name,last_name\n+12125550101,Ada,Byron\n+12125550102,Mary,Jackson\n"),
        (&others, "phone,first_name,last_name\n+12125550103,Ada,Other\n"),
    ] {
        let request = Request::post(format!("/v1/lists/{list}/leads?region=US"))
            .header("content-type", "text/csv; charset=utf-8")
            .body(Body::from(csv))
            .unwrap();
        admin.send(request).await.expect(200);
    }
    let agent = |number: u32, may: bool| {
        json!({
            "number": number, "code": format!("E-{number}"), "first_name": "Ada",
            "last_name": "Byron", "time_zone": "Europe/London",
            "campaigns": [{ "campaign": campaign }], "permissions": { "lead_search": may },
        })
    };
    let may = admin.post("/v1/agents", &agent(1, true)).await.id().parse().unwrap();
    let may = house.user("ada", Role::Agent, Some(may)).await;
    let search =
        |campaign: &str, text: &str| format!("/v1/me/leads?campaign={campaign}&text={text}");
    let named = may.get("/v1/me/lead-campaigns").await.expect(200);
    assert_eq!(named, json!([{ "id": campaign, "name": "May" }]));
    let found = may.get(&search(&campaign, "ada")).await.expect(200);
    let items = found["items"].as_array().unwrap();
    assert_eq!((items.len(), &items[0]["number"]), (1, &json!("+12125550101")));
    let found = may.get(&search(&campaign, "5550102")).await.expect(200);
    assert_eq!(found["items"][0]["last_name"], "Jackson");
    may.get(&search(&another, "ada")).await.problem(404);
    assert_eq!(may.get(&search(&campaign, "a")).await.problem(400), "text");

    let not = admin.post("/v1/agents", &agent(2, false)).await.id().parse().unwrap();
    let not = house.user("bob", Role::Agent, Some(not)).await;
    assert_eq!(not.get("/v1/me/lead-campaigns").await.expect(200), json!([]));
    not.get(&search(&campaign, "ada")).await.problem(403);
}
