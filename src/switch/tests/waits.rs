//! What a queue tells of the wait of whoever comes now.

use std::time::Duration;

use admin_api::control::Change;
use media::{Command, Prompt, Standing};

use super::world::World;

/// Issue 5 point 4: by the queue's own pace, and nothing where nobody knows.
#[test]
fn a_queue_tells_the_likely_wait_by_its_own_pace() {
    let mut world = World::new();
    world.staff();
    let queue = world.scene().dids[0].number.to_string();
    for caller in 1..=6 {
        world.carrier_calls(&format!("+1202555011{caller}"), &queue);
    }
    for (leg, told) in [(0, None), (1, None), (2, Some(90))] {
        assert_eq!(world.likely_wait(), None);
        world.run(Duration::from_secs(30));
        world.leg_hangs_up(leg);
        world.dispose("sale");
        assert_eq!(world.likely_wait(), told, "two wait, each for half a minute");
    }
    world.run(Duration::from_secs(10));
    world.leg_hangs_up(5);
    assert_eq!(world.likely_wait(), Some(50), "one went, and ten seconds have passed");
    world.closes(1);
}

/// Issue 5 point 4: by the same pace, in minutes begun, to those who wait; the queue may say no.
#[test]
fn a_caller_in_line_is_told_the_place_and_the_likely_wait() {
    for announced in [true, false] {
        let mut world = World::new();
        let mut queue = world.scene().queue.clone();
        (queue.announce_every_ms, queue.announce_wait) = (15_000, announced);
        world.tell(Change::Queue(Box::new(queue)));
        world.staff();
        let called = world.scene().dids[0].number.to_string();
        for caller in 1..=8 {
            world.carrier_calls(&format!("+1202555011{caller}"), &called);
        }
        world.run(Duration::from_secs(15));
        assert_eq!(world.told(Standing::at(7)), 1, "nobody knows the wait yet");
        for leg in 0..3 {
            world.run(Duration::from_secs(if leg == 0 { 15 } else { 30 }));
            world.leg_hangs_up(leg);
            world.dispose("sale");
        }
        world.run(Duration::from_secs(15));
        let last = Standing { wait_min: Some(2), ..Standing::at(4) };
        let next = Standing { wait_min: Some(0), ..Standing::at(1) };
        let told = usize::from(announced);
        assert_eq!((world.told(last), world.told(next)), (told, told), "105 s, and 15 s");
        world.closes(1);
    }
}

#[test]
fn a_queue_whose_agents_are_free_takes_callers_at_once_and_an_empty_one_knows_nothing() {
    let mut world = World::new();
    let queue = world.scene().dids[0].number.to_string();
    world.carrier_calls("+12025550111", &queue);
    assert_eq!(world.likely_wait(), None, "nobody is there");
    world.leg_hangs_up(0);
    world.staff();
    world.carrier_calls("+12025550112", &queue);
    world.leg_hangs_up(1);
    world.dispose("sale");
    world.tell_queue();
    assert_eq!(world.likely_wait(), Some(0));
    world.closes(1);
}

impl World {
    /// How often somebody was told this.
    fn told(&self, standing: Standing) -> usize {
        self.media(|command| {
            matches!(command, Command::Play { prompt: Prompt::Standing(said), .. }
                if *said == standing)
        })
    }

    /// The queue's settings are told again, so that it is shown.
    fn tell_queue(&mut self) {
        let queue = Box::new(self.scene().queue.clone());
        self.tell(admin_api::control::Change::Queue(queue));
    }
}
