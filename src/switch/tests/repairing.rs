//! Covers: a leg that nobody hears, and the steps by which it is heard again; how legs sound now.

use std::time::Duration;

use admin_api::control::{AgentVerb, Command, Reply};
use admin_api::ladders::Remark;
use media::sdp::{Direction, Fingerprint};
use media::{Command as Media, Event as Report, StreamId};
use store::{Event, RepairStep};

use super::quality::{heard, talking};
use super::world::{CUSTOMER, World, settings};
use crate::switch::streams::Streams;
use crate::switch::{Owner, Settings, WebDoor};

fn quiet(stream: StreamId) -> Report {
    Report::Quiet { stream, for_ms: 3_000 }
}

fn steps(world: &World) -> Vec<RepairStep> {
    world.all(|event| match event {
        Event::AudioRepaired { agent: None, step, .. } => Some(*step),
        _ => None,
    })
}

fn updates(world: &World, of: StreamId) -> usize {
    world.media(|command| matches!(command, Media::Update { stream, .. } if *stream == of))
}

/// Issue 4, point 9: the address is learnt anew at once, 2 s later the far side is asked where it
/// is, 3 s after that nothing more is done; a person who was heard before is not hung up on.
#[test]
fn a_customer_who_falls_silent_is_latched_then_asked_then_given_up() {
    use RepairStep::{GaveUp, Latch, Reinvite};
    let (mut world, _, customer) = talking();
    world.media_says(Report::Started { stream: customer });
    world.media_says(quiet(customer));
    assert_eq!(steps(&world), [Latch]);
    let latched = |command: &Media| *command == Media::Latch { stream: customer };
    assert_eq!(world.media(latched), 1);
    let before = (updates(&world, customer), world.invites_to(CUSTOMER));
    world.run(Duration::from_millis(1_999));
    assert_eq!((updates(&world, customer), world.invites_to(CUSTOMER)), before);
    world.run(Duration::from_millis(1));
    assert_eq!(steps(&world), [Latch, Reinvite]);
    assert_eq!(
        (updates(&world, customer), world.invites_to(CUSTOMER)),
        (before.0 + 1, before.1 + 1)
    );
    world.run(Duration::from_millis(2_999));
    assert_eq!(steps(&world).len(), 2);
    world.run(Duration::from_secs(10));
    assert_eq!(steps(&world), [Latch, Reinvite, GaveUp]);
    assert_eq!(world.left_over().calls, 1);
}

/// What helped ends the repair, and a later silence begins with its first step again.
#[test]
fn who_is_heard_again_is_asked_nothing_more() {
    let (mut world, _, customer) = talking();
    world.media_says(quiet(customer));
    world.run(Duration::from_millis(100));
    world.media_says(Report::Resumed { stream: customer });
    let invites = world.invites_to(CUSTOMER);
    world.run(Duration::from_secs(20));
    assert_eq!((steps(&world), world.invites_to(CUSTOMER)), (vec![RepairStep::Latch], invites));
    world.media_says(quiet(customer));
    assert_eq!(steps(&world), [RepairStep::Latch; 2]);
}

/// FAULTS F8: who answered a dialled call and never sent a packet is hung up 8 s after the answer,
/// the attempt is none that counts, and both legs are let go.
#[test]
fn a_carrier_that_answers_without_audio_is_hung_up() {
    let (mut world, _, customer) = talking();
    world.run(Duration::from_secs(3));
    world.media_says(quiet(customer));
    let ended = |world: &World| {
        world.recorded(|event| {
            let no_media = dialer::Outcome::NoMedia;
            matches!(event, Event::AttemptEnded { outcome, .. } if *outcome == no_media)
        })
    };
    world.run(Duration::from_millis(4_999));
    assert_eq!(ended(&world), 0);
    world.run(Duration::from_millis(1));
    assert_eq!(ended(&world), 1);
    assert_eq!(world.left_over().calls, 0);
    let streams = world.media(|command| matches!(command, Media::Close { .. }));
    assert_eq!(streams, 1, "the customer's stream; the agent's line stays");
}

/// Each step stands between the SIP messages of the call, where a person looks for it.
#[test]
fn the_ladder_of_a_call_tells_what_was_done_for_its_audio() {
    let (mut world, _, customer) = talking();
    world.media_says(quiet(customer));
    world.run(Duration::from_millis(2_500));
    world.media_says(Report::Resumed { stream: customer });
    let call = world.call_shown().id;
    let ladder = match world.request(Command::Ladder { call }) {
        Ok(Reply::Ladder(ladder)) => ladder,
        other => panic!("no ladder: {other:?}"),
    };
    let told: Vec<_> = ladder.notes.iter().map(|note| note.what).collect();
    assert_eq!(told, [Remark::AudioLost, Remark::Latch, Remark::Reinvite, Remark::AudioBack]);
    assert!(ladder.notes.iter().all(|note| note.agent.is_none()));
}

/// A conversation that is put on hold has nobody who misses anything.
#[test]
fn a_call_that_is_held_meanwhile_is_left_alone() {
    let (mut world, _, customer) = talking();
    world.media_says(quiet(customer));
    world.agent(AgentVerb::Hold);
    world.run(Duration::from_secs(20));
    assert_eq!(steps(&world), [RepairStep::Latch]);
}

/// INTEROP 29: whoever put us on hold is silent by right.
#[test]
fn a_customer_who_holds_is_not_sought() {
    let (mut world, _, customer) = talking();
    world.customer_holds();
    world.media_says(quiet(customer));
    world.run(Duration::from_secs(20));
    assert_eq!(steps(&world), []);
}

/// INTEROP 29: it is on hold as well who says so to our own offer.
#[test]
fn a_customer_who_answers_on_hold_is_sought_no_further() {
    use RepairStep::{Latch, Reinvite};
    let (mut world, _, customer) = talking();
    world.customer_answers_on_hold();
    world.media_says(quiet(customer));
    world.run(Duration::from_secs(20));
    assert_eq!(steps(&world), [Latch, Reinvite]);
    world.media_says(Report::Resumed { stream: customer });
    world.media_says(quiet(customer));
    assert_eq!(steps(&world), [Latch, Reinvite]);
}

/// Who fell silent on hold is missed as soon as the agent is back.
#[test]
fn a_silence_that_began_on_hold_is_repaired_after_it() {
    let (mut world, _, customer) = talking();
    world.agent(AgentVerb::Hold);
    world.media_says(quiet(customer));
    world.run(Duration::from_secs(20));
    let lost = |event: &Event| matches!(event, Event::AudioLost { agent: None, .. });
    assert_eq!((world.recorded(lost), steps(&world).len()), (0, 0));
    world.agent(AgentVerb::Resume);
    assert_eq!((world.recorded(lost), steps(&world)), (1, vec![RepairStep::Latch]));
}

/// Bounded: a leg that comes and goes all the time is repaired five times in a call.
#[test]
fn a_leg_is_repaired_five_times_in_a_call() {
    let (mut world, _, customer) = talking();
    for _ in 0..7 {
        world.media_says(quiet(customer));
        world.run(Duration::from_millis(100));
        world.media_says(Report::Resumed { stream: customer });
        world.run(Duration::from_secs(10));
    }
    assert_eq!(steps(&world), [RepairStep::Latch; 5]);
}

/// RFC 8445 §9, INTEROP 28: what a browser is asked with has a new login and a new version.
#[test]
fn a_browser_is_asked_with_a_new_login() {
    let fingerprint = Fingerprint([1; 32]);
    let settings = Settings { web: Some(WebDoor { port: 8_443, fingerprint }), ..settings() };
    let mut streams = Streams::new(&settings, [[1; 32], [2; 32]]);
    let agent = World::new().agent_id();
    let owner = Owner::Line(agent);
    let (stream, _) = streams.reserve_web(owner, settings.media_address).unwrap();
    let said = |streams: &mut Streams| {
        let offer = streams.offer(stream, Direction::SendRecv).unwrap();
        let text = String::from_utf8(offer.to_vec()).unwrap();
        let line =
            |start: &str| text.lines().find(|line| line.starts_with(start)).unwrap().to_owned();
        (line("a=ice-ufrag:"), line("o="))
    };
    let first = said(&mut streams);
    assert_eq!(said(&mut streams), first);
    streams.restart_ice(stream);
    let restarted = said(&mut streams);
    assert!(restarted.0 != first.0 && restarted.1 != first.1, "{restarted:?}");
}

/// Issue 4, point 9: whoever looks on sees how each leg sounds now, and which is silent.
#[test]
fn the_live_view_of_a_call_shows_how_each_leg_sounds() {
    let (mut world, line, customer) = talking();
    let shown = |world: &World| {
        let legs = world.call_shown().legs.clone();
        legs.into_iter().map(|leg| (leg.agent, leg.mos, leg.silent)).collect::<Vec<_>>()
    };
    let agent = Some(world.agent_id());
    assert_eq!(shown(&world), [(None, None, false), (agent, None, false)]);
    world.media_says(Report::Sounds { stream: customer, quality: heard(431) });
    world.media_says(Report::Sounds { stream: line, quality: heard(222) });
    world.media_says(quiet(line));
    assert_eq!(shown(&world), [(None, Some(431), false), (agent, Some(222), true)]);
    for (told, seen) in [(429, 431), (440, 431), (441, 441), (432, 441), (431, 431)] {
        world.media_says(Report::Sounds { stream: customer, quality: heard(told) });
        assert_eq!(shown(&world)[0], (None, Some(seen), false), "nothing flaps around a tenth");
    }
}
