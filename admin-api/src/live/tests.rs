//! The hub and what a viewer sees, without a socket. The socket's side is in `tests/api/events.rs`.

use super::*;
use routing::{AgentId, CallId};
use uuid::Uuid;

fn agent(n: u128) -> AgentId {
    Uuid::from_u128(n).into()
}

fn call(n: u128) -> CallId {
    Uuid::from_u128(0xca11_0000 + n).into()
}

fn agent_event(n: u128) -> LiveEvent {
    LiveEvent::Agent(AgentView {
        id: agent(n),
        number: u32::try_from(n).unwrap().try_into().unwrap(),
        name: format!("Agent {n}"),
        state: routing::StateName::Ready,
        since: Timestamp::UNIX_EPOCH,
        until: None,
        reason: None,
        counts: Some(routing::Counts::Ready),
        attendance: routing::Attendance::Available,
        unit: None,
        next: None,
        fault: None,
        call: None,
        line: routing::LinePlan::default(),
        line_up: true,
        registered: true,
        allowed: vec![routing::Action::Pause],
        help: None,
        watched: false,
        inactive: vec![],
    })
}

fn call_event(n: u128, with: Option<AgentId>) -> LiveEvent {
    LiveEvent::Call(CallView {
        id: call(n),
        direction: CallDirection::Inbound,
        state: CallState::Talking,
        calling: Some("+15550100123".to_owned()),
        called: "+15550100199".to_owned(),
        campaign: None,
        campaign_name: None,
        queue: None,
        agent: with,
        by: None,
        about: None,
        allowed: vec![],
        recording: None,
        legs: vec![],
        talk: None,
        lead: None,
        since: Timestamp::UNIX_EPOCH,
        started_at: Timestamp::UNIX_EPOCH,
    })
}

fn after(hub: &Hub, seq: u64) -> Option<Vec<u64>> {
    match hub.after(seq) {
        Next::Events(events) => Some(events.iter().map(|event| event.numbered.seq).collect()),
        Next::Gone => None,
    }
}

#[test]
fn a_reader_resumes_after_any_event_that_is_still_in_the_ring() {
    let hub = Hub::starting_at(1000);
    for n in 1..=5 {
        assert_eq!(hub.publish(agent_event(n)), 999 + u64::try_from(n).unwrap());
    }
    assert_eq!(after(&hub, 999), Some(vec![1000, 1001, 1002, 1003, 1004]));
    assert_eq!(after(&hub, 1002), Some(vec![1003, 1004]));
    assert_eq!(after(&hub, 1004), Some(vec![]));
}

/// A number from before a restart, or from the future, is never one of ours.
#[test]
fn a_place_that_is_not_ours_is_gone() {
    let hub = Hub::starting_at(1000);
    hub.publish(agent_event(1));
    assert_eq!(after(&hub, 17), None);
    assert_eq!(after(&hub, 1001), None);
    assert_eq!(after(&hub, u64::MAX), None);
}

#[test]
fn an_empty_hub_has_a_place_to_resume_from() {
    let hub = Hub::starting_at(1000);
    assert_eq!(hub.snapshot().seq, 999);
    assert_eq!(after(&hub, 999), Some(vec![]));
}

/// The slow viewer's case: it is told that its place is gone, and nobody else waits for it.
#[test]
fn the_ring_forgets_the_oldest_and_never_grows() {
    let hub = Hub::starting_at(1);
    let total = u64::try_from(RING).unwrap() + 10;
    for _ in 0..total {
        hub.publish(LiveEvent::Totals(Totals::default()));
    }
    assert_eq!(after(&hub, 9), None);
    assert_eq!(after(&hub, 10).map(|events| events.len()), Some(BATCH));
    assert_eq!(hub.lock().ring.len(), RING);
}

#[test]
fn the_snapshot_holds_the_latest_value_of_what_still_exists() {
    let hub = Hub::starting_at(1);
    hub.publish(agent_event(1));
    hub.publish(agent_event(2));
    hub.publish(call_event(1, None));
    hub.publish(agent_event(1));
    hub.publish(LiveEvent::CallGone { id: call(1) });
    hub.publish(LiveEvent::AgentGone { id: agent(2) });
    let snapshot = hub.snapshot();
    assert_eq!(snapshot.seq, 6);
    let kept: Vec<u64> = snapshot.events.iter().map(|event| event.numbered.seq).collect();
    assert_eq!(kept, [4]);
}

/// "500 viewers cost about as much as one": the same text, not an equal one.
#[test]
fn an_event_is_serialised_once_for_all_viewers() {
    let hub = Hub::starting_at(1);
    hub.publish(agent_event(1));
    let (one, two) = (hub.snapshot(), hub.snapshot());
    let (one, two) = (one.events[0].text(), two.events[0].text());
    assert_eq!(one.as_str().as_ptr(), two.as_str().as_ptr());
    let json: serde_json::Value = serde_json::from_str(&one).unwrap();
    assert_eq!(json["event"]["type"], "agent");
    assert_eq!(json["event"]["state"], "ready");
    assert_eq!(json["seq"], 1);
}

/// R67: an agent sees what is its own; a call that moves on is over for it.
#[test]
fn an_agents_viewer_sees_its_own_agent_and_its_own_calls() {
    let hub = Hub::starting_at(1);
    let mut viewer = Viewer::new(Some(agent(1)));
    let mut sees = |event: LiveEvent| {
        let seq = hub.publish(event);
        let Next::Events(events) = hub.after(seq - 1) else { panic!("just published") };
        let text = viewer.view(&events[0])?;
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(json["seq"], seq);
        json["event"]["type"].as_str().map(str::to_owned)
    };
    assert_eq!(sees(agent_event(1)).as_deref(), Some("agent"));
    assert_eq!(sees(agent_event(2)), None);
    assert_eq!(sees(LiveEvent::Totals(Totals::default())), None);
    assert_eq!(sees(call_event(1, Some(agent(2)))), None);
    assert_eq!(sees(LiveEvent::CallGone { id: call(1) }), None);
    assert_eq!(sees(call_event(2, Some(agent(1)))).as_deref(), Some("call"));
    assert_eq!(sees(call_event(2, Some(agent(2)))).as_deref(), Some("call_gone"));
    assert_eq!(sees(LiveEvent::CallGone { id: call(2) }), None);
    assert_eq!(sees(call_event(3, Some(agent(1)))).as_deref(), Some("call"));
    assert_eq!(sees(LiveEvent::CallGone { id: call(3) }).as_deref(), Some("call_gone"));
}
