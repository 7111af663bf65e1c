//! What pacers keep of an hour, through the whole brain.

use std::time::Duration;

use admin_api::control::Change;
use dialer::pacer::Learnt;

use super::PREDICTIVE;
use super::world::{CUSTOMER, Manner, World};

/// The world begins on a Wednesday at eight in the morning, New York, where its organisation is.
const HOUR: u8 = 2 * 24 + 8;

/// Sixty calls of which one in ten reached a person at 6 s, the others rang for 20 s.
fn memory() -> Learnt {
    let (mut reached, mut people, mut others) = (vec![60_000; 13], vec![0; 12], vec![0; 40]);
    reached.extend(vec![54_000; 28]);
    people.push(6_000);
    others.push(54_000);
    let stage = serde_json::json!({ "spent": [], "ended": [] });
    serde_json::from_value(serde_json::json!({
        "reached": reached, "people": people, "machines": [], "others": others,
        "detection_ms": 0, "stages": [stage, stage, stage],
    }))
    .unwrap()
}

/// Warm start: the store is asked when dialling begins, and the first decision knows of the same
/// hour a week ago.
#[test]
fn a_campaign_begins_with_the_memory_of_its_hour() {
    let first = |memory: Option<Learnt>| {
        let mut world = World::new();
        let mut campaign = world.campaign();
        campaign.running = false;
        world.tell(Change::Campaign(Box::new(campaign)));
        world.run(Duration::from_secs(1));
        if let Some(memory) = memory {
            world.remembers(memory);
        }
        world.dials(PREDICTIVE);
        world.run(Duration::from_secs(2));
        world.staff();
        world.people(&[CUSTOMER]);
        world.run(Duration::from_secs(2));
        assert_eq!(world.recalls(), [HOUR, HOUR], "once each time that it begins");
        let decisions = world.decisions();
        decisions.iter().find(|one| one.dial > 0).unwrap().forecast.unwrap().answer_permille
    };
    let (cold, warm) = (first(None), first(Some(memory())));
    assert!((250..450).contains(&cold), "a cold one takes one in three: {cold}");
    assert!((80..220).contains(&warm), "a warm one knows of one in ten: {warm}");
}

/// The hour ends, and what was learnt in it is written once; so it is when the campaign stops.
#[test]
fn the_hour_that_ends_is_written_down() {
    let mut world = World::new();
    world.carrier_is(Manner::refuses(486));
    world.staff();
    let people: Vec<_> = (0..40).map(|n| format!("+120255501{n:02}")).collect();
    for part in people.chunks(10) {
        world.people(&part.iter().map(String::as_str).collect::<Vec<_>>());
        world.run(Duration::from_mins(1));
    }
    world.run(Duration::from_mins(55));
    assert_eq!(world.learnt(HOUR), []);
    world.run(Duration::from_mins(2));
    assert_eq!(world.learnt(HOUR).len(), 1);
    let mut campaign = world.campaign();
    campaign.running = false;
    world.tell(Change::Campaign(Box::new(campaign)));
    world.run(Duration::from_secs(2));
    assert_eq!((world.learnt(HOUR).len(), world.learnt(HOUR + 1).len()), (1, 1));
    assert_eq!(world.recalls(), [HOUR], "it never rested");
}
