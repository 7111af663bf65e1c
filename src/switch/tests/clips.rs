//! Which clip a party hears: the campaign's, the queue's, the hours' and the number's own, and the
//! built-in one where a clip is missing.

use std::time::Duration;

use admin_api::control::{AgentVerb, Change};
use media::Command;
use routing::{Days, Hours, Opening, Overflow, Sound};

use super::CUSTOMER;
use super::world::World;

const CALLER: &str = "+12025550111";

fn named(clip: &str) -> String {
    format!("Named(PromptId({clip:?}))")
}

/// Somebody calls the scene's queue.
fn rings(world: &mut World) {
    let called = world.scene().dids[0].number.to_string();
    world.carrier_calls(CALLER, &called);
}

/// Issue 4, point 6; RULES US-4: the campaign's own words, and never silence in their place.
#[test]
fn whom_nobody_takes_hears_the_campaigns_notice_or_the_built_in_one() {
    let mut world = World::of(1, |scene| scene.campaign.notice = "Sorry".into());
    world.telephones_ring_on();
    world.staff();
    world.lead(CUSTOMER);
    world.run(Duration::from_secs(1));
    world.agent(AgentVerb::ClockOut { reason: None });
    world.carrier_answers();
    world.run(Duration::from_secs(2));
    assert_eq!((world.plays(&named("Sorry")), world.plays(&named("abandoned-notice"))), (1, 0));
    world.clip_is_missing();
    assert_eq!(world.plays(&named("abandoned-notice")), 1);
    assert_eq!(world.carrier_ended(), 0);
    world.message_ends();
    world.run(Duration::from_secs(1));
    assert_eq!(world.carrier_ended(), 1);
}

#[test]
fn a_queue_plays_its_own_music_or_the_built_in_one() {
    let mut world = World::of(1, |scene| scene.queue.music = Some("Jazz".into()));
    rings(&mut world);
    assert_eq!((world.plays(&named("Jazz")), world.plays("HoldMusic")), (1, 0));
    world.clip_is_missing();
    assert_eq!(world.plays("HoldMusic"), 1);
    world.leg_hangs_up(0);
    world.closes(1);
}

/// R157: of the words for whom nobody takes, the hours' go before the queue's, and those before the
/// number's. It is noon.
#[test]
fn after_hours_and_in_a_full_queue_callers_hear_why() {
    let opening = |to: i8, notice: Option<&str>| Opening {
        time_zone: "UTC".into(),
        hours: vec![Hours::new(Days::ALL, 9, 0, to, 0)],
        closed_on: [].into(),
        closed: Overflow::Notice,
        notice: notice.map(Into::into),
    };
    for (hours, of_queue, of_number, expected) in [
        (opening(12, Some("Evening")), Some("Full"), Some("Front"), "Evening"),
        (opening(12, None), Some("Full"), Some("Front"), "Full"),
        (opening(18, Some("Evening")), Some("Full"), Some("Front"), "Full"),
        (opening(18, None), None, Some("Front"), "Front"),
        (opening(18, None), None, None, "nobody-here"),
    ] {
        let mut world = World::of(1, |scene| {
            scene.queue.opening = Some(hours);
            scene.queue.wait_ms_max = 5_000;
            scene.queue.notice = of_queue.map(Into::into);
            scene.dids[0].notice = of_number.map(Into::into);
        });
        rings(&mut world);
        world.run(Duration::from_secs(6));
        assert_eq!(world.plays(&named(expected)), 1, "{expected}");
        world.message_ends();
        world.run(Duration::from_secs(1));
        world.closes(1);
    }
}

/// The plane is told how a clip sounds, and when it is gone.
#[test]
fn a_prompt_is_stocked_in_the_plane_and_leaves_it() {
    let mut world = World::of(1, |_| {});
    let change = |sound| Change::Prompt { name: "Jazz".into(), sound };
    world.tell(change(Some(Sound([1, 2, 3].into()))));
    let stocked = |command: &Command| match command {
        Command::Stock { clip, samples } => {
            Some((clip.0.clone(), samples.as_ref().map(|samples| samples.0.to_vec())))
        }
        _ => None,
    };
    assert_eq!(world.last_media(stocked), Some(("Jazz".into(), Some(vec![1, 2, 3]))));
    world.tell(change(None));
    assert_eq!(world.last_media(stocked), Some(("Jazz".into(), None)));
}

/// Issue 5 point 4: a clip each so many seconds, and the music goes on after it; not within ten
/// seconds of the position.
#[test]
fn a_caller_in_line_hears_the_queues_clip_in_between() {
    let mut world = World::of(1, |scene| {
        scene.queue.comfort = Some("Patience".into());
        (scene.queue.comfort_every_ms, scene.queue.announce_every_ms) = (20_000, 45_000);
    });
    rings(&mut world);
    let heard = |world: &World| world.plays(&named("Patience"));
    world.run(Duration::from_secs(19));
    assert_eq!((heard(&world), world.plays("HoldMusic")), (0, 1));
    world.run(Duration::from_secs(2));
    assert_eq!(heard(&world), 1);
    world.message_ends();
    assert_eq!(world.plays("HoldMusic"), 2, "the music goes on");
    world.run(Duration::from_secs(23));
    assert_eq!(heard(&world), 1, "the position is told at 45 s");
    world.run(Duration::from_secs(12));
    assert_eq!(heard(&world), 2, "ten seconds after it");
    world.leg_hangs_up(0);
    world.run(Duration::from_mins(2));
    assert_eq!(heard(&world), 2);
    world.closes(1);
}
