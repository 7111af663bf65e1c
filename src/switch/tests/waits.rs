//! What a queue tells of the wait of whoever comes now.

use std::time::Duration;

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
    /// The queue's settings are told again, so that it is shown.
    fn tell_queue(&mut self) {
        let queue = Box::new(self.scene().queue.clone());
        self.tell(admin_api::control::Change::Queue(queue));
    }
}
