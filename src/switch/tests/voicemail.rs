//! Callers who leave a message, whose it is, and the lamp that tells of it.

use std::time::Duration;

use admin_api::control::{AgentVerb, Change};
use media::Command as Media;
use routing::{Mailbox, Overflow, PauseReason, StateName};
use store::Event;

use super::lamps::{shown, watch};
use super::world::World;

const CALLER: &str = "+12025550111";
const GREETING: &str = "Named(PromptId(\"leave-a-message\"))";
const TONE: &str = "Signal(Beep, Us)";

/// The queue takes messages as soon as it is full.
fn full_queue() -> World {
    World::of(1, |scene| {
        scene.queue.overflow = Overflow::Voicemail;
        scene.queue.length_max = 1;
    })
}

/// The number of an agent who takes a break.
fn paused() -> World {
    let mut world = World::of(1, |scene| scene.dids[1].unavailable = Overflow::Voicemail);
    world.staff();
    world.ask(0, AgentVerb::Pause { reason: Some(PauseReason::ordered()) }).unwrap();
    world
}

fn calls(world: &mut World, did: usize) {
    let called = world.scene().dids[did].number.to_string();
    world.carrier_calls(CALLER, &called);
}

fn left(world: &World) -> Vec<Mailbox> {
    world.all(|event| match event {
        Event::VoicemailStarted { mailbox, .. } => Some(*mailbox),
        _ => None,
    })
}

fn abandoned(world: &World) -> usize {
    world.recorded(|event| matches!(event, Event::CallAbandoned { .. }))
}

/// R96, R158: greeting, tone, message; nothing is recorded before the tone, and the caller alone.
#[test]
fn who_calls_a_paused_agent_leaves_a_message_after_the_tone() {
    let mut world = paused();
    calls(&mut world, 1);
    assert_eq!((world.plays(GREETING), world.plays(TONE)), (1, 0));
    assert_eq!(world.recording(), None);
    world.message_ends();
    assert_eq!(world.plays(TONE), 1);
    let (_, [agent, caller]) = world.recording().unwrap();
    assert_eq!((agent.len(), caller.len()), (0, 1));
    world.message_ends();
    assert_eq!(world.plays("Silence"), 1, "the line is kept open");
    world.run(Duration::from_secs(10));
    world.leg_hangs_up(0);
    let agent = world.agent_id();
    assert_eq!(left(&world), [Mailbox::Agent { agent }]);
    assert_eq!(world.recorded(|event| matches!(event, Event::RecordingEnded { .. })), 1);
    assert_eq!((abandoned(&world), world.state(0)), (0, StateName::Paused));
    world.closes(1);
}

/// A caller of a queue is asked for a message when it overflows; the queue's mailbox has it.
#[test]
fn a_queue_that_overflows_takes_the_message_into_its_own_mailbox() {
    let mut world = full_queue();
    calls(&mut world, 0);
    calls(&mut world, 0);
    world.message_ends();
    world.run(Duration::from_secs(5));
    world.leg_hangs_up(1);
    let queue = world.scene().queue.id;
    assert_eq!(left(&world), [Mailbox::Queue { queue }]);
    world.leg_hangs_up(0);
    assert_eq!(abandoned(&world), 1, "who waited to the end of their patience");
    world.closes(1);
}

/// A greeting is not waited for longer than any notice; a message ends after three minutes.
#[test]
fn a_greeting_that_never_ends_and_a_message_that_never_ends_are_ended() {
    let mut world = paused();
    calls(&mut world, 1);
    world.run(Duration::from_millis(29_999));
    assert_eq!(world.plays(TONE), 0);
    world.run(Duration::from_millis(1));
    assert_eq!(world.plays(TONE), 1);
    world.run(Duration::from_secs(179));
    assert_eq!(world.carrier_ended(), 0);
    world.run(Duration::from_secs(1));
    assert_eq!(world.carrier_ended(), 1);
    world.closes(1);
}

#[test]
fn the_hash_key_ends_the_message_and_no_other_key_does() {
    let mut world = paused();
    calls(&mut world, 1);
    let stream = world.last_media(|command| match command {
        Media::Play { stream, .. } => Some(*stream),
        _ => None,
    });
    let stream = stream.unwrap();
    let press = |digit| media::Event::Dtmf { stream, digit };
    world.media_says(press('#'));
    assert_eq!(world.carrier_ended(), 0, "the greeting is not the message");
    world.message_ends();
    world.run(Duration::from_secs(3));
    world.media_says(press('1'));
    assert_eq!(world.carrier_ended(), 0);
    world.media_says(press('#'));
    assert_eq!((world.carrier_ended(), abandoned(&world)), (1, 0));
    world.closes(1);
}

/// Whoever hangs up during the greeting, or at the tone, has abandoned the call.
#[test]
fn a_hang_up_before_a_word_is_said_is_an_abandoned_call() {
    for tone in [false, true] {
        let mut world = paused();
        calls(&mut world, 1);
        if tone {
            world.message_ends();
            world.run(Duration::from_millis(900));
        }
        world.leg_hangs_up(0);
        assert_eq!((abandoned(&world), left(&world).len()), (1, usize::from(tone)));
        world.closes(1);
    }
}

/// FAULTS F5: no message is promised that cannot be kept.
#[test]
fn while_recordings_cannot_be_written_the_caller_hears_that_nobody_is_here() {
    let mut world = paused();
    world.media_says(media::Event::RecordingTrouble {
        recording: media::RecordingId(99),
        trouble: Some("the disk is full".to_owned()),
    });
    calls(&mut world, 1);
    assert_eq!((world.plays(GREETING), world.plays("Named(PromptId(\"nobody-here\"))")), (0, 1));
    world.leg_hangs_up(0);
    world.closes(1);
}

/// The agent's own greeting comes before the built-in one.
#[test]
fn an_agent_greets_in_their_own_words() {
    let mut world = World::of(1, |scene| {
        scene.dids[1].unavailable = Overflow::Voicemail;
        scene.agents[0].greeting = Some("rita-is-out".to_owned());
    });
    calls(&mut world, 1);
    assert_eq!(world.plays("Named(PromptId(\"rita-is-out\"))"), 1);
    world.leg_hangs_up(0);
    world.closes(1);
}

/// INTEROP 53, RFC 3842 §5: the lamp tells how many are new and how many are old.
#[test]
fn the_lamp_of_a_telephone_follows_its_agents_mailbox() {
    let mut world = paused();
    watch(&mut world, "message-summary");
    let dark = shown(&mut world);
    assert!(dark.contains("Messages-Waiting: no\r\n") && dark.contains("Voice-Message: 0/0\r\n"));
    calls(&mut world, 1);
    world.message_ends();
    world.run(Duration::from_secs(5));
    world.leg_hangs_up(0);
    let lit = shown(&mut world);
    assert!(lit.contains("Messages-Waiting: yes\r\n") && lit.contains("Voice-Message: 1/0\r\n"));
    let mailbox = Mailbox::Agent { agent: world.agent_id() };
    world.tell(Change::MessageMarked { mailbox, heard: true });
    let heard = shown(&mut world);
    assert!(heard.contains("Messages-Waiting: no\r\n") && heard.contains("Voice-Message: 0/1\r\n"));
    world.tell(Change::MessageRemoved { mailbox, heard: true });
    assert!(shown(&mut world).contains("Voice-Message: 0/0\r\n"));
    world.closes(1);
}

/// A greeting that is not in the library: the tone comes at once, and the message is taken.
#[test]
fn a_greeting_that_is_not_there_is_left_out() {
    let mut world = paused();
    calls(&mut world, 1);
    world.clip_is_missing();
    assert_eq!((world.plays(TONE), left(&world).len()), (1, 1));
    world.leg_hangs_up(0);
    world.closes(1);
}
