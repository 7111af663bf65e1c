//! How legs are heard: measured for the call that they are part of, missed when they are silent.

use std::time::Duration;

use media::{Command as Media, Event as Report, Quality, StreamId};
use routing::AgentId;
use store::Event;

use super::world::{CUSTOMER, World};

/// A conversation, and the streams of agent and customer.
pub(super) fn talking() -> (World, StreamId, StreamId) {
    let mut world = World::new();
    world.must_record();
    world.staff();
    world.lead(CUSTOMER);
    world.run(Duration::from_secs(1));
    world.carrier_answers();
    let (_, [agent, customer]) = world.recording().unwrap();
    (world, agent[0], customer[0])
}

pub(super) fn heard(mos: u16) -> Quality {
    Quality {
        mos,
        received: 250,
        lost: 4,
        lost_by_party: None,
        jitter_us: 900,
        jitter_max_us: 2_000,
        round_trip_us: Some(30_000),
    }
}

/// The measurements that the plane was asked for, by stream and tag.
fn asked(world: &World) -> Vec<(StreamId, u64)> {
    let asked = |command: &Media| match command {
        Media::Measure { stream, tag } => Some((*stream, *tag)),
        _ => None,
    };
    world.commands().iter().filter_map(asked).collect()
}

fn measured(world: &World, whose: Option<AgentId>, score: u16) -> usize {
    world.recorded(|event| {
        matches!(event, Event::CallMeasured { agent, quality, .. }
            if *agent == whose && quality.mos == score)
    })
}

/// Issue 4, point 9: the customer's leg is measured from its answer, the agent's line from the
/// connection to the end of the call; what the line was before and after is no part of it.
#[test]
fn an_agents_line_is_measured_for_the_calls_that_it_carries() {
    let (mut world, line, customer) = talking();
    assert_eq!(asked(&world), [(customer, 0), (line, 0)]);
    world.run(Duration::from_secs(5));
    world.carrier_hangs_up();
    assert_eq!(asked(&world)[2..], [(line, 1)]);
    let measured_line = |tag| Report::Measured { stream: line, tag, quality: Some(heard(431)) };
    world.media_says(measured_line(1));
    let agent = Some(world.agent_id());
    assert_eq!((measured(&world, agent, 431), measured(&world, None, 431)), (1, 0));
    // What was not asked, or is answered twice, is nobody's.
    world.media_says(measured_line(1));
    world.media_says(measured_line(0));
    assert_eq!(measured(&world, agent, 431), 1);
}

/// The last word about a line that is lost in mid-call comes with its end.
#[test]
fn a_line_that_is_lost_is_measured_to_its_last_packet() {
    let (mut world, line, _) = talking();
    world.closes_with(Some(heard(222)));
    world.phone_hangs_up();
    assert_eq!(measured(&world, Some(world.agent_id()), 222), 1);
    world.closes_with(None);
    world.run(Duration::from_secs(4));
    world.carrier_hangs_up();
    let tags: Vec<_> = asked(&world).iter().filter(|(s, _)| *s == line).map(|a| a.1).collect();
    assert_eq!(tags, [0], "the stream that has gone is asked for nothing");
}

/// FAULTS F8, issue 4 point 9: who is not heard for 3 s is in the journal, with what is left of the
/// conversation, and in the figures; so is their return, once.
#[test]
fn a_conversation_in_which_somebody_is_not_heard_says_so() {
    let (mut world, line, customer) = talking();
    let quiet = |stream| Report::Quiet { stream, for_ms: 3_000 };
    let lost = |world: &World, whose: Option<AgentId>, none: bool| {
        world.recorded(|event| {
            matches!(event, Event::AudioLost { agent, both, .. }
                if *agent == whose && *both == none)
        })
    };
    world.media_says(quiet(customer));
    world.media_says(quiet(line));
    let agent = Some(world.agent_id());
    assert_eq!((lost(&world, None, false), lost(&world, agent, true)), (1, 1));
    let figures = world.audio_lost();
    assert_eq!(figures, [("one_way".to_owned(), 1), ("none".to_owned(), 1)]);
    world.media_says(Report::Resumed { stream: customer });
    world.media_says(Report::Resumed { stream: customer });
    let back = |event: &Event| matches!(event, Event::AudioBack { agent: None, .. });
    assert_eq!(world.recorded(back), 1);
}

/// Silence on hold is how some telephones save packets (INTEROP 62), and nobody talks before an
/// answer.
#[test]
fn silence_where_nobody_talks_is_no_fault() {
    let (mut world, _, customer) = talking();
    world.agent(admin_api::control::AgentVerb::Hold);
    world.media_says(Report::Quiet { stream: customer, for_ms: 3_000 });
    assert_eq!(world.recorded(|event| matches!(event, Event::AudioLost { .. })), 0);
}
