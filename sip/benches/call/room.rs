//! Two endpoints that call each other: the scene of both kinds of benchmark.

use std::time::{Duration, Instant};

use bytes::Bytes;
use sip::testing::{End, Link, Network, Pair};
use sip::{Config, Destination, Endpoint, Event, Flow, Identity, Invite, LegId, Peer, PeerId};

const SDP: &[u8] = b"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n\
    m=audio 20000 RTP/AVP 0 8 101\r\na=rtpmap:101 telephone-event/8000\r\n";

pub(super) fn room() -> Pair {
    let end = |end: End| {
        let mut endpoint = Endpoint::new(Config::new("pbx"), [1; 32]);
        let addresses = vec![(end.other().address().ip(), None)];
        endpoint.set_peer(Peer { id: PeerId(1), addresses });
        endpoint
    };
    let network = Network::new(Link::GOOD, 1);
    Pair::new(Instant::now(), end(End::Left), end(End::Right), network)
}

fn invite(flow: Flow) -> Invite {
    Invite {
        to: Destination::Peer { id: PeerId(1), user: "4000".to_owned(), flow },
        from: Identity { user: "15550199".to_owned(), display: None, host: "pbx".to_owned() },
        asserted: None,
        sdp: Some(Bytes::from_static(SDP)),
        headers: vec![],
        credentials: None,
        timer_b: None,
    }
}

/// Opens, answers and ends `calls` calls at once, and lets every timer run.
pub(super) fn calls(pair: &mut Pair, calls: u64) {
    let flow = pair.flow(End::Left);
    let legs: Vec<LegId> = (0..calls)
        .filter_map(|_| pair.act(End::Left, |e, now, out| e.invite(now, invite(flow), out)).ok())
        .collect();
    pair.run_for(Duration::from_millis(20));
    for event in pair.take(End::Right) {
        if let Event::Incoming { leg, .. } = event {
            pair.act(End::Right, |e, now, out| {
                e.progress(now, leg, 180, None, out);
                e.answer(now, leg, Bytes::from_static(SDP), out);
            });
        }
    }
    pair.run_for(Duration::from_millis(40));
    for leg in legs {
        pair.act(End::Left, |e, now, out| e.hang_up(now, leg, None, out));
    }
    pair.run_until_idle();
    pair.take(End::Left);
    pair.take(End::Right);
    pair.sent.clear();
    assert_eq!(pair.left.counts(), sip::Counts::default());
}
