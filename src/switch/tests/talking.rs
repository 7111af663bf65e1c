//! Covers: who speaks in a conversation, from the plane's turns to the entries and the live view.

use std::time::Duration;

use admin_api::control::AgentVerb;
use media::sdp::Codec;
use media::{Command as Media, Event as Report, StreamId, Turn};
use store::{Event, TalkFigures};

use super::quality::talking;
use super::world::{CUSTOMER, World, settings};
use crate::switch::Settings;

fn says(world: &mut World, stream: StreamId, speaks: bool) {
    world.media_says(Report::Spoke { stream, turn: Turn { speaks, ago_ms: 0 } });
}

fn figures(world: &World) -> Vec<TalkFigures> {
    world.all(|event| match event {
        Event::CallTalked { talk, .. } => Some(*talk),
        _ => None,
    })
}

/// Issue 4, point 8: dead air and talk-over are entries with their length, and the shares of the
/// conversation stand in its record, to the millisecond.
#[test]
fn a_conversation_is_told_by_who_spoke_in_it() {
    let (mut world, line, customer) = talking();
    let steps = [
        (customer, true, 1_000),
        (line, true, 3_000),
        (customer, false, 1_000),
        (line, false, 7_000),
        (line, true, 500),
    ];
    for (stream, speaks, then) in steps {
        says(&mut world, stream, speaks);
        world.run(Duration::from_millis(then));
    }
    world.carrier_hangs_up();
    let told = world.all(|event| match event {
        Event::DeadAir { for_ms, .. } => Some(("dead air", *for_ms)),
        Event::TalkOver { for_ms, .. } => Some(("talk-over", *for_ms)),
        _ => None,
    });
    assert_eq!(told, [("talk-over", 3_000), ("dead air", 7_000)]);
    let expected = TalkFigures {
        agent_us: 1_500_000,
        customer_us: 1_000_000,
        both_us: 3_000_000,
        nobody_us: 7_000_000,
        dead_airs: 1,
        talk_overs: 1,
    };
    assert_eq!(figures(&world), [expected]);
    let left = |command: &Media| *command == Media::Follow { stream: line, follow: false };
    assert_eq!(world.media(left), 1, "an idle line is listened to by nobody");
}

/// Whoever looks on sees dead air while it lasts, 5 s of it and what it takes to be certain.
#[test]
fn dead_air_is_shown_while_it_lasts() {
    let (mut world, line, _) = talking();
    let dead = |world: &World| world.call_shown().talk.unwrap().dead_since.is_some();
    world.run(Duration::from_millis(5_599));
    assert!(!dead(&world));
    world.run(Duration::from_millis(1));
    assert!(dead(&world));
    says(&mut world, line, true);
    world.run(Duration::from_millis(600));
    assert!(!dead(&world));
    assert_eq!(world.call_shown().talk.unwrap().dead_airs, 1);
}

/// A hold is no part of the conversation, which goes on after it as the same part.
#[test]
fn nobody_has_to_speak_on_hold() {
    let (mut world, line, _) = talking();
    says(&mut world, line, true);
    world.run(Duration::from_secs(2));
    world.agent(AgentVerb::Hold);
    says(&mut world, line, false);
    world.run(Duration::from_mins(1));
    world.agent(AgentVerb::Resume);
    world.run(Duration::from_secs(1));
    world.carrier_hangs_up();
    let [talk] = figures(&world)[..] else { panic!("one part") };
    assert_eq!((talk.agent_us, talk.nobody_us, talk.dead_airs), (2_000_000, 1_000_000, 0));
}

/// Issue 4: two ends of one codec are relayed as they are, and Opus is not decoded only to be
/// followed; a recording decodes it anyway.
#[test]
fn a_relay_of_opus_is_followed_only_while_it_is_recorded() {
    let opus = || {
        let settings = Settings { codecs: vec![Codec::Opus], ..settings() };
        World::under(settings, 1, |scene| scene.trunk.codecs = vec![routing::Codec::Opus])
    };
    for (is_opus, records, follows) in
        [(true, false, false), (true, true, true), (false, false, true)]
    {
        let mut world = if is_opus { opus() } else { World::new() };
        if records {
            world.must_record();
        }
        world.staff();
        world.lead(CUSTOMER);
        world.run(Duration::from_secs(1));
        world.carrier_answers();
        let followed = world.media(|command| matches!(command, Media::Follow { .. }));
        assert_eq!(followed, if follows { 2 } else { 0 });
        assert_eq!(world.call_shown().talk.is_some(), follows);
        world.carrier_hangs_up();
        assert_eq!(figures(&world).len(), usize::from(follows));
    }
}

/// Who is cut off in mid-word does not speak on over the line that takes its place.
#[test]
fn a_line_that_is_replaced_in_mid_word_speaks_no_more() {
    let (mut world, line, customer) = talking();
    says(&mut world, line, true);
    world.run(Duration::from_secs(1));
    world.phone_hangs_up();
    world.run(Duration::from_secs(10));
    let replaced = |command: &Media| match command {
        Media::Follow { stream, follow: true } => ![line, customer].contains(stream),
        _ => false,
    };
    assert_eq!(world.media(replaced), 1, "the new line is followed");
    world.carrier_hangs_up();
    let [talk] = figures(&world)[..] else { panic!("one part") };
    assert_eq!(talk.agent_us, 1_000_000);
}
