//! What trunks and telephones are offered.

use std::time::Duration;

use routing::Codec;

use super::world::{CUSTOMER, World};

/// The list of a trunk is what its INVITE offers, best first (issue 4, point 3).
#[test]
fn a_trunk_is_offered_what_its_list_says() {
    let mut world =
        World::of(1, |scene| scene.trunk.codecs = vec![Codec::G722, Codec::Opus, Codec::Pcmu]);
    world.staff();
    let telephone = world.last_invite();
    assert!(telephone.contains(" RTP/AVP 8 0 101\r\n"), "{telephone}");
    world.lead(CUSTOMER);
    world.run(Duration::from_secs(1));
    let carrier = world.last_invite();
    assert!(carrier.contains(" RTP/AVP 9 111 0 101 110\r\n"), "{carrier}");
    assert!(carrier.contains("a=rtpmap:9 G722/8000\r\n"), "{carrier}");
}
