//! Recordings by policy: when they begin and end, what an agent may do to one, what trouble stops.

use std::time::Duration;

use admin_api::control::AgentVerb;
use admin_api::live::RecordingMark;
use media::Command as Media;
use routing::StateName;
use store::Event;

use super::world::{CUSTOMER, World};

/// A call with an agent, in a campaign that records.
fn talking() -> World {
    let mut world = World::new();
    world.must_record();
    world.staff();
    world.lead(CUSTOMER);
    world.run(Duration::from_secs(1));
    world.carrier_answers();
    world
}

/// The recording is in the journal, begins with the conversation, and ends with the call; its
/// chain is kept.
#[test]
fn a_conversation_is_recorded_from_the_first_word_to_the_last() {
    let mut world = talking();
    let (_, [agent, customer]) = world.recording().unwrap();
    assert!(agent.len() == 1 && customer.len() == 1 && agent != customer);
    assert_eq!(world.recorded(|event| matches!(event, Event::RecordingStarted { .. })), 1);
    world.run(Duration::from_secs(10));
    world.carrier_hangs_up();
    let ended = |event: &Event| match event {
        Event::RecordingEnded { duration_ms: 10_000, gap_ms: 0, chain, interrupted, .. } => {
            *chain == "07".repeat(32) && !interrupted
        }
        _ => false,
    };
    assert_eq!(world.recorded(ended), 1);
}

#[test]
fn a_campaign_that_does_not_record_leaves_no_recording() {
    let mut world = World::new();
    world.staff();
    world.lead(CUSTOMER);
    world.run(Duration::from_secs(1));
    world.carrier_answers();
    assert_eq!(world.recording(), None);
    assert_eq!(world.media(|command| matches!(command, Media::Record { .. })), 0);
}

/// S18: the agent pauses before the card number and resumes after it, once each; the desk shows it.
#[test]
fn an_agent_masks_what_must_not_be_kept() {
    let mut world = talking();
    let (tape, _) = world.recording().unwrap();
    let masked = |masked| {
        let wanted = Media::Mask { recording: tape, masked };
        move |command: &Media| *command == wanted
    };
    assert_eq!(world.recording_mark(), Some(RecordingMark::Running));
    world.agent(AgentVerb::PauseRecording);
    assert_eq!((world.media(masked(true)), world.media(masked(false))), (1, 0));
    assert_eq!(world.recording_mark(), Some(RecordingMark::Paused));
    world.agent(AgentVerb::ResumeRecording);
    assert_eq!(world.recording_mark(), Some(RecordingMark::Running));
    assert_eq!((world.media(masked(true)), world.media(masked(false))), (1, 1));
    assert_eq!(world.recorded(|event| matches!(event, Event::RecordingPaused { .. })), 1);
    assert_eq!(world.recorded(|event| matches!(event, Event::RecordingResumed { .. })), 1);
}

/// F11: the agent's line is lost and comes back: one recording, with the new stream in it.
#[test]
fn a_line_that_comes_back_is_heard_in_the_same_recording() {
    let mut world = talking();
    let (before, [first, _]) = world.recording().unwrap();
    world.phone_hangs_up();
    world.run(Duration::from_secs(4));
    let (after, [second, _]) = world.recording().unwrap();
    assert_eq!(before, after);
    assert_ne!(first, second);
    assert_eq!(world.recorded(|event| matches!(event, Event::RecordingStarted { .. })), 1);
}

/// F5: while a recording cannot be written, a campaign that must record does not dial; with the
/// disk comes the dialling.
#[test]
fn a_full_disk_stops_the_dialling_of_campaigns_that_must_record() {
    let mut world = World::new();
    world.must_record();
    world.staff();
    let trouble = |trouble: Option<&str>| media::Event::RecordingTrouble {
        recording: media::RecordingId(99),
        trouble: trouble.map(str::to_owned),
    };
    world.media_says(trouble(Some("no space left")));
    world.lead(CUSTOMER);
    world.run(Duration::from_secs(5));
    assert_eq!(world.carrier_rang(), 0, "dialled without a recorder");
    world.media_says(trouble(None));
    world.run(Duration::from_secs(2));
    assert_eq!(world.carrier_rang(), 1);
}

/// F5: the call whose recording is in trouble goes on as if nothing were.
#[test]
fn a_full_disk_ends_no_call() {
    let mut world = talking();
    let (recording, _) = world.recording().unwrap();
    let trouble = Some("no space left".to_owned());
    world.media_says(media::Event::RecordingTrouble { recording, trouble });
    world.run(Duration::from_secs(10));
    assert_eq!((world.carrier_ended(), world.agent_state()), (0, StateName::Talking));
}
