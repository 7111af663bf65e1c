//! Callers whom a workflow leads. It is noon on a Wednesday in March, by Greenwich.

use std::time::Duration;

use admin_api::control::{AgentVerb, Change};
use media::Command as Media;
use routing::workflows::{Answer, Question, Values};
use routing::{DidTarget, Mailbox, Number, Overflow, PauseReason, StateName, Workflow, WorkflowId};
use serde_json::{Value, json};
use store::Event;
use uuid::Uuid;

use super::calling::OUTSIDE;
use super::world::Ear::{Agent, Leg};
use super::world::World;

pub(super) const CALLER: &str = "+12025550111";
const WELCOME: &str = "Named(PromptId(\"welcome\"))";

fn front() -> WorkflowId {
    Uuid::from_u128(0xF).into()
}

fn workflow(start: &str, steps: &Value) -> Workflow {
    let json = json!({ "id": Uuid::from_u128(0xF), "name": "Front", "start": start,
        "steps": steps });
    let workflow: Workflow = serde_json::from_value(json).unwrap();
    assert_eq!(workflow.faults(), []);
    workflow
}

/// One agent; the first number leads to these steps.
pub(super) fn led(start: &str, steps: impl FnOnce(&World) -> Value) -> World {
    let mut world =
        World::of(1, |scene| scene.dids[0].target = DidTarget::Workflow { workflow: front() });
    let workflow = Box::new(workflow(start, &steps(&world)));
    world.tell(Change::Workflow { workflow, version: 1 });
    world
}

/// A menu: 1 is the queue, 2 another number, 3 the agent, 9 a message; else the end.
fn menu(world: &World) -> Value {
    let (queue, agent) = (world.scene().queue.id, world.agent_id());
    json!({
        "menu": { "do": "gather", "clip": "welcome", "tries": 2, "wait_ms": 4_000,
            "choices": { "1": "queue", "2": "away", "3": "agent", "9": "message" },
            "otherwise": "end" },
        "queue": { "do": "queue", "queue": queue },
        "away": { "do": "transfer", "number": OUTSIDE },
        "agent": { "do": "agent", "agent": agent },
        "message": { "do": "voicemail", "mailbox": { "of": "queue", "queue": queue } },
        "end": { "do": "hang_up" },
    })
}

pub(super) fn calls(world: &mut World) {
    let called = world.scene().dids[0].number.to_string();
    world.carrier_calls(CALLER, &called);
}

pub(super) fn press(world: &mut World, keys: &str) {
    let stream = world.last_media(|command| match command {
        Media::Play { stream, .. } => Some(*stream),
        _ => None,
    });
    for digit in keys.chars() {
        world.media_says(media::Event::Dtmf { stream: stream.unwrap(), digit });
    }
}

fn steps(world: &World) -> Vec<String> {
    world.all(|event| match event {
        Event::CallLed { step, version, .. } => Some(format!("{step} {version}")),
        _ => None,
    })
}

/// Queue, workflow, the same queue, until the bound: one caller, offered once.
#[test]
fn a_caller_who_comes_round_to_a_queue_again_is_counted_once() {
    let mut world = World::of(1, |scene| {
        scene.queue.wait_ms_max = 10_000;
        scene.queue.overflow = Overflow::Workflow { workflow: front() };
    });
    let queue = world.scene().queue.id;
    let back = json!({ "back": { "do": "queue", "queue": queue } });
    let workflow = Box::new(workflow("back", &back));
    world.tell(Change::Workflow { workflow, version: 1 });
    calls(&mut world);
    world.run(Duration::from_secs(35));
    assert_eq!((steps(&world).len(), world.offered()), (3, (1, 0)), "round three times");
    world.at_work(0);
    world.agent(AgentVerb::Ready);
    assert_eq!((world.hears(Leg(0)), world.offered()), (vec![Agent(0)], (1, 1)));
    world.closes(1);
}

fn abandoned(world: &World) -> usize {
    world.recorded(|event| matches!(event, Event::CallAbandoned { .. }))
}

/// Issue 5, point 7: a key in the welcome ends it, and the caller talks to the queue's agent.
#[test]
fn a_caller_presses_a_key_and_talks_to_the_queues_agent() {
    let mut world = led("menu", menu);
    world.staff();
    calls(&mut world);
    assert_eq!((world.plays(WELCOME), world.state(0)), (1, StateName::Ready));
    // What a caller spends in the menu is no waiting for an agent.
    world.run(Duration::from_secs(30));
    press(&mut world, "1");
    assert_eq!((world.hears(Leg(0)), world.hears(Agent(0))), (vec![Agent(0)], vec![Leg(0)]));
    assert_eq!(steps(&world), ["menu 1", "queue 1"]);
    let queued = world.recorded(|event| matches!(event, Event::CallQueued { .. }));
    assert_eq!(queued, 1, "the record names the queue where nobody waited, too");
    press(&mut world, "2");
    assert_eq!(world.state(0), StateName::Talking, "keys are the agent's now");
    world.run(Duration::from_millis(250));
    assert_eq!(world.service_level(), (Some(1.0), Some(1.0)), "it was offered to the queue");
    world.leg_hangs_up(0);
    assert_eq!(abandoned(&world), 0);
    world.closes(1);
}

/// A queue that has nobody plays its music; who hangs up there has abandoned the call, and who
/// hangs up before has not.
#[test]
fn only_who_asked_for_somebody_can_abandon_a_call() {
    for (keys, expected) in [("1", 1), ("", 0)] {
        let mut world = led("menu", menu);
        calls(&mut world);
        press(&mut world, keys);
        assert_eq!(world.plays("HoldMusic"), expected);
        world.run(Duration::from_secs(2));
        world.leg_hangs_up(0);
        assert_eq!(abandoned(&world), expected, "{keys:?}");
        let queued = world.recorded(|event| matches!(event, Event::CallQueued { .. }));
        assert_eq!(queued, expected, "its record names the queue once");
        world.closes(1);
    }
}

/// Silence is two tries of clip and four seconds; then the workflow ends the call.
#[test]
fn a_silent_caller_is_asked_twice_and_hung_up_on() {
    let mut world = led("menu", menu);
    calls(&mut world);
    world.message_ends();
    world.run(Duration::from_millis(3_999));
    assert_eq!(world.plays(WELCOME), 1);
    world.run(Duration::from_millis(1));
    assert_eq!(world.plays(WELCOME), 2);
    world.message_ends();
    world.run(Duration::from_secs(4));
    assert_eq!((world.carrier_ended(), abandoned(&world)), (1, 0));
    assert_eq!(steps(&world), ["menu 1", "end 1"]);
    world.closes(1);
}

/// R161, R158: Capture Voice, and another number.
#[test]
fn a_workflow_takes_a_message_and_puts_through_to_a_number() {
    let mut world = led("menu", menu);
    calls(&mut world);
    press(&mut world, "9");
    world.message_ends();
    world.run(Duration::from_secs(3));
    world.leg_hangs_up(0);
    let queue = world.scene().queue.id;
    let left = world.all(|event| match event {
        Event::VoicemailStarted { mailbox, .. } => Some(*mailbox),
        _ => None,
    });
    assert_eq!(left, [Mailbox::Queue { queue }]);
    world.closes(1);

    let mut world = led("menu", menu);
    calls(&mut world);
    press(&mut world, "2");
    world.carrier_answers();
    assert_eq!((world.hears(Leg(0)), world.hears(Leg(1))), (vec![Leg(1)], vec![Leg(0)]));
    world.leg_hangs_up(0);
    world.run(Duration::from_secs(1));
    world.closes(1);
}

/// Issue 5, point 7: a new version touches only new calls.
#[test]
fn a_call_keeps_the_version_it_began_with() {
    let mut world = led("menu", menu);
    world.staff();
    calls(&mut world);
    let gone = workflow("menu", &json!({ "menu": { "do": "hang_up" } }));
    world.tell(Change::Workflow { workflow: Box::new(gone), version: 2 });
    press(&mut world, "3");
    assert_eq!(world.hears(Leg(0)), [Agent(0)]);
    calls(&mut world);
    assert_eq!(steps(&world), ["menu 1", "agent 1", "menu 2"]);
    assert_eq!(world.carrier_ended(), 1);
    world.tell(Change::WorkflowRemoved(front()));
    calls(&mut world);
    assert_eq!(world.plays("Named(PromptId(\"nobody-here\"))"), 1, "no workflow any more");
    world.leg_hangs_up(2);
    world.leg_hangs_up(0);
    world.closes(1);
}

/// Hours that nobody needs to be asked for are decided in the INVITE's own pass.
#[test]
fn opening_hours_lead_a_caller_at_once() {
    for (until, heard) in [("13:00:00", vec![Agent(0)]), ("12:00:00", vec![])] {
        let mut world = led("hours", |world| {
            json!({
                "hours": { "do": "hours", "time_zone": "Europe/London", "open": "queue",
                    "closed": "end",
                    "hours": [{ "days": ["wed"], "from": "09:00:00", "to": until }] },
                "queue": { "do": "queue", "queue": world.scene().queue.id },
                "end": { "do": "hang_up" },
            })
        });
        world.staff();
        calls(&mut world);
        assert_eq!(world.hears(Leg(0)), heard, "{until}");
        assert_eq!(world.carrier_ended(), usize::from(heard.is_empty()));
        if !heard.is_empty() {
            world.leg_hangs_up(0);
        }
        world.closes(1);
    }
}

/// The edge is asked once; its answer leads on, and one that comes too late changes nothing.
#[test]
fn a_lookup_and_a_webhook_are_asked_of_the_edge_with_a_time_limit() {
    let known = |world: &World| {
        json!({
            "who": { "do": "lookup", "found": "ask", "unknown": "end" },
            "ask": { "do": "webhook", "url": "https://crm.example/", "wait_ms": 700,
                "then": "tier", "failed": "end" },
            "tier": { "do": "branch", "value": "tier", "cases": { "gold": "queue" },
                "otherwise": "end" },
            "queue": { "do": "queue", "queue": world.scene().queue.id },
            "end": { "do": "hang_up" },
        })
    };
    let mut world = led("who", known);
    world.staff();
    calls(&mut world);
    let asked = world.asked();
    assert_eq!(asked.question, Question::Lead { number: CALLER.to_owned() });
    let lead = Values::from([("lead".to_owned(), "7".to_owned())]);
    world.answers(&asked, Answer::Found(lead));
    let asked = world.asked();
    let Question::Webhook { values, .. } = &asked.question else { panic!("{asked:?}") };
    assert_eq!((values["lead"].as_str(), values["calling"].as_str()), ("7", CALLER));
    let gold = Values::from([("tier".to_owned(), "gold".to_owned())]);
    world.answers(&asked, Answer::Found(gold));
    assert_eq!(world.hears(Leg(0)), [Agent(0)]);
    world.leg_hangs_up(0);
    world.closes(1);

    let mut world = led("who", known);
    calls(&mut world);
    let first = world.asked();
    world.answers(&first, Answer::Found(Values::new()));
    let second = world.asked();
    world.run(Duration::from_millis(699));
    assert_eq!(world.carrier_ended(), 0);
    world.run(Duration::from_millis(1));
    assert_eq!(world.carrier_ended(), 1);
    world.answers(&second, Answer::Found(Values::new()));
    assert_eq!(steps(&world), ["who 1", "ask 1", "end 1"]);
    world.closes(1);
}

/// R157, R174: a workflow decides what happens when the agent is paused.
#[test]
fn the_number_of_a_paused_agent_leads_to_a_workflow() {
    let mut world = World::of(1, |scene| {
        scene.dids[1].unavailable = Overflow::Workflow { workflow: front() };
    });
    let number: Number = OUTSIDE.parse().unwrap();
    let steps = json!({
        "hello": { "do": "play", "clip": "welcome", "then": "away" },
        "away": { "do": "transfer", "number": number },
    });
    let workflow = Box::new(workflow("hello", &steps));
    world.tell(Change::Workflow { workflow, version: 1 });
    world.staff();
    world.ask(0, AgentVerb::Pause { reason: Some(PauseReason::ordered()) }).unwrap();
    let called = world.scene().dids[1].number.to_string();
    world.carrier_calls(CALLER, &called);
    assert_eq!((world.plays(WELCOME), world.carrier_rang()), (1, 1));
    world.clip_is_missing();
    assert_eq!(world.carrier_rang(), 2, "a clip that is not there is passed over");
    world.carrier_answers();
    assert_eq!(world.hears(Leg(0)), [Leg(1)]);
    world.leg_hangs_up(0);
    world.run(Duration::from_secs(1));
    world.closes(1);
}

/// A workflow and an agent's number that lead to each other end in the notice.
#[test]
fn a_circle_of_a_paused_agents_number_and_a_workflow_ends_in_the_notice() {
    let mut world = World::of(1, |scene| {
        scene.dids[1].unavailable = Overflow::Workflow { workflow: front() };
    });
    let back = json!({ "back": { "do": "agent", "agent": world.agent_id() } });
    let workflow = Box::new(workflow("back", &back));
    world.tell(Change::Workflow { workflow, version: 1 });
    world.staff();
    world.ask(0, AgentVerb::Pause { reason: Some(PauseReason::ordered()) }).unwrap();
    let called = world.scene().dids[1].number.to_string();
    world.carrier_calls(CALLER, &called);
    assert_eq!(steps(&world).len(), 8);
    assert_eq!(world.plays("Named(PromptId(\"nobody-here\"))"), 1);
    world.leg_hangs_up(0);
    world.closes(1);
}

/// FAULTS F24: our own number is reached here, and not by way of the carrier.
#[test]
fn a_workflow_that_transfers_to_our_own_number_makes_no_call() {
    let mut world = World::of(1, |scene| {
        scene.dids[1].target = DidTarget::Workflow { workflow: front() };
    });
    let number = world.scene().dids[0].number;
    let steps = json!({ "on": { "do": "transfer", "number": number } });
    world.tell(Change::Workflow { workflow: Box::new(workflow("on", &steps)), version: 1 });
    world.staff();
    let called = world.scene().dids[1].number.to_string();
    world.carrier_calls(CALLER, &called);
    assert_eq!(world.carrier_rang(), 1, "the caller's own INVITE and no other");
    assert_eq!(world.hears(Leg(0)), [Agent(0)]);
    world.leg_hangs_up(0);
    world.closes(1);
}

/// Who waited for a queue and is sent on into a menu has asked for somebody.
#[test]
fn a_caller_whom_a_queue_sends_into_a_workflow_can_abandon_the_call() {
    let mut world = World::of(1, |scene| {
        scene.queue.overflow = Overflow::Workflow { workflow: front() };
    });
    let steps = menu(&world);
    world.tell(Change::Workflow { workflow: Box::new(workflow("menu", &steps)), version: 1 });
    calls(&mut world);
    let patience = Duration::from_millis(world.scene().queue.wait_ms_max.into());
    world.run(patience);
    assert_eq!(world.plays(WELCOME), 1, "the queue's time is over");
    world.leg_hangs_up(0);
    assert_eq!(abandoned(&world), 1);
    world.closes(1);
}
