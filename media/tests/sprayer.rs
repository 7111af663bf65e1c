//! FAULTS S8 over real sockets: somebody sprays the whole port range during fifty calls, before the
//! parties have spoken and after, as a stranger and with the parties' own numbers. Nothing comes
//! back to the sprayer, and nothing of it reaches a party.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]
#![expect(clippy::disallowed_methods, reason = "real sockets need the real clock")]

use std::{
    net::{IpAddr, Ipv4Addr, UdpSocket},
    sync::mpsc::{self, Receiver},
    thread,
    time::Duration,
};

use media::{
    Command, Config, Event, Plane, PortRange, Route, StreamId,
    rtp::Header,
    sdp::{Codec, Direction, Negotiated},
};

const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// Another host, as far as loopback has one.
const STRANGER: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));

/// Below the ports the kernel hands out: a party bound inside would be sprayed itself, past us.
const PORTS: PortRange = PortRange { first: 27_000, last: 27_399 };
const CALLS: u64 = 50;

/// What the sprayer's packets hold, and the parties' do not.
const SPRAYED: u8 = 0x11;
const SAID: u8 = 0xD5;

struct Party {
    stream: StreamId,
    socket: UdpSocket,
    port: u16,
    sent: u16,
}

impl Party {
    fn say(&mut self) {
        let packet = packet(u32::try_from(self.stream.0).unwrap(), self.sent, SAID);
        self.socket.send_to(&packet, (LOOPBACK, self.port)).unwrap();
        self.sent += 1;
    }

    /// Payload bytes of every packet that came.
    fn heard(&self) -> Vec<u8> {
        let mut buffer = [0; 2048];
        let mut heard = vec![];
        while let Ok(len) = self.socket.recv(&mut buffer) {
            // Reports come here too: the test muxes them.
            if !media::rtp::is_rtcp(&buffer[..len])
                && let Some((_, payload)) = Header::read(&buffer[..len])
            {
                heard.push(buffer[payload.start]);
            }
        }
        heard
    }
}

fn packet(ssrc: u32, sequence: u16, payload: u8) -> Vec<u8> {
    let timestamp = u32::from(sequence) * 160;
    let header = Header { marker: false, payload_type: 8, sequence, timestamp, ssrc };
    [&header.write()[..], &[payload; 160]].concat()
}

fn plane() -> (Plane, Receiver<Event>, Vec<u16>) {
    let config = Config { address: LOOPBACK, ports: PORTS, workers: 2, ..Config::default() };
    let (sender, events) = mpsc::channel();
    let mut plane = Plane::start(config, move |event| drop(sender.send(event))).unwrap();
    let count = 2 * u16::try_from(CALLS).unwrap();
    plane.send(Command::Bind { count });
    let mut bound = vec![];
    while bound.len() < usize::from(count) {
        match events.recv_timeout(Duration::from_secs(10)).unwrap() {
            Event::Bound { ports } => bound.extend(ports),
            other => panic!("{other:?}"),
        }
    }
    (plane, events, bound)
}

fn party(plane: &mut Plane, stream: u64, port: u16) -> Party {
    let socket = UdpSocket::bind((LOOPBACK, 0)).unwrap();
    socket.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
    let remote = socket.local_addr().unwrap();
    let negotiated = Negotiated {
        remote,
        rtcp: remote,
        rtcp_mux: true,
        codec: Codec::Pcma,
        payload_type_send: 8,
        payload_type_recv: 8,
        dtmf: Some((101, 101)),
        ptime_ms: 20,
        direction: Direction::SendRecv,
        dtx: false,
        srtp: None,
        web: None,
    };
    let stream = StreamId(stream);
    plane.send(Command::Open { stream, port, negotiated, signalling: LOOPBACK });
    Party { stream, socket, port, sent: 0 }
}

/// A packet to every port of the range, with the SSRC and the next numbers of every third party.
fn spray(sprayers: &[UdpSocket], parties: &[Party]) {
    for port in PORTS.first..=PORTS.last {
        let party = &parties[usize::from(port) % parties.len()];
        let ssrc = u32::try_from(party.stream.0).unwrap();
        for sprayer in sprayers {
            let rtp = packet(ssrc, party.sent, SPRAYED);
            sprayer.send_to(&rtp, (LOOPBACK, port)).unwrap();
            // A receiver report about nothing.
            let report = [&[0x80, 201, 0, 1][..], &ssrc.to_be_bytes()].concat();
            sprayer.send_to(&report, (LOOPBACK, port)).unwrap();
        }
    }
}

#[test]
fn a_sprayer_gets_nothing_and_injects_nothing_during_fifty_calls() {
    let (mut plane, events, mut ports) = plane();
    let mut parties: Vec<_> =
        (1..=2 * CALLS).map(|stream| party(&mut plane, stream, ports.pop().unwrap())).collect();
    for pair in parties.chunks(2) {
        plane.send(Command::Route(Route::between(pair[0].stream, pair[1].stream)));
    }
    // What comes before a port has its stream is thrown away.
    thread::sleep(Duration::from_millis(300));
    let stranger = UdpSocket::bind((STRANGER, 0)).unwrap();
    // From the parties' own host, which may only speak before a party has.
    let neighbour = UdpSocket::bind((LOOPBACK, 0)).unwrap();
    spray(std::slice::from_ref(&stranger), &parties);
    for party in &mut parties {
        party.say();
    }
    thread::sleep(Duration::from_millis(100));
    let sprayers = [stranger, neighbour];
    for _ in 0..5 {
        spray(&sprayers, &parties);
        parties.iter_mut().for_each(Party::say);
        thread::sleep(Duration::from_millis(50));
    }
    for sprayer in &sprayers {
        sprayer.set_nonblocking(true).unwrap();
        let mut buffer = [0; 2048];
        assert!(sprayer.recv_from(&mut buffer).is_err(), "bled to the sprayer");
    }
    for party in &parties {
        let heard = party.heard();
        assert!(heard.contains(&SAID), "{} heard its partner", party.stream);
        assert!(!heard.contains(&SPRAYED), "injected into {}", party.stream);
    }
    for party in &parties {
        plane.send(Command::Close { stream: party.stream });
    }
    let mut closed = 0;
    while closed < parties.len() {
        match events.recv_timeout(Duration::from_secs(10)).unwrap() {
            Event::Closed { stats, .. } => {
                assert!(stats.strays > 0 && stats.received <= 6, "{stats:?}");
                closed += 1;
            }
            Event::Latched { remote, stream } => panic!("{stream} was latched to {remote}"),
            _ => {}
        }
    }
    plane.stop();
}

/// The ports of one run are in no order that a sprayer could guess from.
#[test]
fn ports_are_bound_at_random() {
    let range = PortRange { first: 27_400, last: 27_799 };
    let config = |seed| {
        let (address, workers) = (LOOPBACK, 1);
        Config { address, ports: range, workers, seed, ..Config::default() }
    };
    let bound = |seed| {
        let (sender, events) = mpsc::channel();
        let mut plane =
            Plane::start(config([seed; 32]), move |event| drop(sender.send(event))).unwrap();
        plane.send(Command::Bind { count: 20 });
        let ports = match events.recv_timeout(Duration::from_secs(10)).unwrap() {
            Event::Bound { ports } => ports,
            other => panic!("{other:?}"),
        };
        plane.stop();
        ports
    };
    let (one, other) = (bound(1), bound(2));
    assert!(!one.is_sorted() && one != other);
}
