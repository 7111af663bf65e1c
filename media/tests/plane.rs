//! The whole plane over loopback, with real sockets: parties are UDP sockets that send tones, and
//! what they hear is judged by frequency.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]
#![expect(clippy::disallowed_methods, reason = "real sockets need the real clock")]

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket},
    sync::mpsc::{self, Receiver},
    thread,
    time::{Duration, Instant},
};

use media::{
    Command, Config, Country, Event, Failure, Plane, PortRange, Prompt, Route, Row, Signal,
    StreamId, StreamStats,
    g711::Law,
    rtp::{Header, TelephoneEvent},
    sdp::{Codec, Direction, Negotiated},
    tone,
};

const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// A running plane and what it said.
struct Stage {
    plane: Plane,
    events: Receiver<Event>,
    ports: Vec<u16>,
    closed: BTreeMap<StreamId, (u16, StreamStats)>,
}

/// One telephone.
struct Party {
    id: StreamId,
    socket: UdpSocket,
    /// Of the plane's socket for this party.
    port: u16,
    codec: Codec,
    tone: Vec<i16>,
    sent: usize,
    heard: Vec<(Instant, Header, Vec<u8>)>,
}

impl Stage {
    /// Every test has ports of its own.
    fn start(first: u16, workers: usize) -> Self {
        let config = Config {
            address: LOOPBACK,
            ports: PortRange { first, last: first + 199 },
            workers,
            ..Config::default()
        };
        let (sender, events) = mpsc::channel();
        let plane = Plane::start(config, move |event| drop(sender.send(event))).unwrap();
        let mut stage = Self { plane, events, ports: vec![], closed: BTreeMap::new() };
        stage.plane.send(Command::Bind { count: 40 });
        while stage.ports.len() < 40 {
            match stage.next() {
                Event::Bound { ports } => stage.ports.extend(ports),
                other => panic!("{other:?}"),
            }
        }
        stage
    }

    /// Waits until every worker has obeyed all that was sent before.
    fn settle(&mut self, workers: usize) {
        self.plane.send(Command::Bind { count: 0 });
        let mut left = workers;
        while left > 0 {
            left -= usize::from(self.next() == Event::Bound { ports: vec![] });
        }
    }

    fn next(&self) -> Event {
        self.events.recv_timeout(Duration::from_secs(5)).expect("an event within 5 s")
    }

    /// A party on a port of the given worker.
    fn party(&mut self, id: u64, codec: Codec, hz: f64, worker: (usize, usize)) -> Party {
        let (index, workers) = worker;
        let mine = |port: &u16| usize::from(port / 2) % workers == index;
        let port = self.ports.iter().position(mine).expect("a port of that worker");
        let port = self.ports.swap_remove(port);
        let socket = UdpSocket::bind((LOOPBACK, 0)).unwrap();
        socket.set_nonblocking(true).unwrap();
        let id = StreamId(id);
        let negotiated = agreed(socket.local_addr().unwrap(), codec);
        self.plane.send(Command::Open { stream: id, port, negotiated, signalling: LOOPBACK });
        // What comes before the port has a stream is thrown away.
        self.settle(workers);
        let tone = tone::sine(hz, 0.3, 8000);
        Party { id, socket, port, codec, tone, sent: 0, heard: vec![] }
    }

    fn route(&mut self, a: &Party, b: &Party) {
        self.plane.send(Command::Route(Route::between(a.id, b.id)));
    }

    /// Closes and waits for the figures.
    fn close(&mut self, party: &Party) -> StreamStats {
        self.plane.send(Command::Close { stream: party.id });
        while !self.closed.contains_key(&party.id) {
            if let Event::Closed { stream, port, stats } = self.next() {
                self.closed.insert(stream, (port, stats));
            }
        }
        let (port, stats) = self.closed[&party.id];
        assert_eq!(port, party.port);
        stats
    }
}

impl Party {
    fn say(&mut self) {
        let start = self.sent * 160 % self.tone.len();
        let samples = &self.tone[start..start + 160];
        let payload: Vec<_> =
            samples.iter().map(|s| self.codec.law().unwrap().encode(*s)).collect();
        self.send(self.codec.payload_type(), self.sent * 160, &payload);
    }

    fn send(&mut self, payload_type: u8, timestamp: usize, payload: &[u8]) {
        let header = Header {
            marker: self.sent == 0,
            payload_type,
            sequence: u16::try_from(self.sent & 0xFFFF).unwrap(),
            timestamp: u32::try_from(timestamp).unwrap(),
            ssrc: u32::try_from(self.id.0).unwrap(),
        };
        let packet = [&header.write()[..], payload].concat();
        self.socket.send_to(&packet, (LOOPBACK, self.port)).unwrap();
        self.sent += 1;
    }

    fn listen(&mut self) {
        let mut buffer = [0; 2048];
        while let Ok(len) = self.socket.recv(&mut buffer) {
            let (header, payload) = Header::read(&buffer[..len]).unwrap();
            self.heard.push((Instant::now(), header, buffer[payload].to_vec()));
        }
    }

    /// Energy at `hz` in what was heard.
    fn share(&self, hz: f64) -> f64 {
        let audio = self.heard.iter().flat_map(|(_, _, payload)| payload);
        let samples: Vec<_> =
            audio.map(|sample| self.codec.law().unwrap().decode(*sample)).collect();
        tone::share(&samples, hz)
    }

    fn sequences(&self) -> Vec<u16> {
        self.heard.iter().map(|(_, header, _)| header.sequence).collect()
    }
}

fn agreed(remote: SocketAddr, codec: Codec) -> Negotiated {
    Negotiated {
        remote,
        rtcp: SocketAddr::new(remote.ip(), remote.port().wrapping_add(1).max(1024)),
        rtcp_mux: true,
        codec,
        payload_type_send: codec.payload_type(),
        payload_type_recv: codec.payload_type(),
        dtmf: Some((101, 101)),
        ptime_ms: 20,
        direction: Direction::SendRecv,
        dtx: false,
        srtp: None,
        web: None,
    }
}

/// Everybody talks for so long, a packet every 20 ms, and listens all the time.
fn talk(parties: &mut [&mut Party], ms: u64) {
    let start = Instant::now();
    for frame in 0..ms / 20 {
        for party in parties.iter_mut() {
            party.say();
        }
        let next = start + Duration::from_millis(20 * (frame + 1));
        while Instant::now() < next {
            listen(parties);
            thread::sleep(Duration::from_millis(1));
        }
    }
    thread::sleep(Duration::from_millis(10));
    listen(parties);
}

fn listen(parties: &mut [&mut Party]) {
    for party in parties {
        party.listen();
    }
}

/// Waits until everybody has heard so many packets: how soon is up to the machine.
fn until_heard(parties: &mut [&mut Party], count: usize) {
    let end = Instant::now() + Duration::from_secs(10);
    while parties.iter().any(|party| party.heard.len() < count) && Instant::now() < end {
        thread::sleep(Duration::from_millis(1));
        listen(parties);
    }
}

#[test]
fn two_parties_hear_each_other_across_both_laws() {
    let mut stage = Stage::start(21_000, 1);
    let mut a = stage.party(1, Codec::Pcma, 500.0, (0, 1));
    let mut b = stage.party(2, Codec::Pcmu, 900.0, (0, 1));
    stage.route(&a, &b);
    talk(&mut [&mut a, &mut b], 600);
    until_heard(&mut [&mut a, &mut b], 30);
    assert!(a.share(900.0) > 0.95, "{}", a.share(900.0));
    assert!(b.share(500.0) > 0.95, "{}", b.share(500.0));
    let stats = stage.close(&a);
    assert_eq!((stats.received, stats.sent, stats.strays, stats.lost), (30, 30, 0, 0));
    assert_eq!(stats.sent_octets, 30 * 160);
    stage.close(&b);
    stage.plane.stop();
}

/// Agents stay, customers come and go on another worker; with every new pairing the customer's
/// stream moves while both talk. Nothing is lost and nobody hears a stranger.
#[test]
fn streams_move_between_workers_under_traffic() {
    let mut stage = Stage::start(21_200, 2);
    let agent_hz = [500.0, 600.0, 700.0];
    let customer_hz = [1500.0, 1600.0, 1700.0];
    let mut party = |id, hz, worker| stage.party(id, Codec::Pcma, hz, (worker, 2));
    let mut agents: Vec<_> = (0..).zip(agent_hz).map(|(n, hz)| party(n, hz, 0)).collect();
    let mut customers: Vec<_> = (10..).zip(customer_hz).map(|(n, hz)| party(n, hz, 1)).collect();
    for round in 0..6 {
        for (agent, mine) in agents.iter().zip(0..) {
            stage.route(agent, &customers[(mine + round) % 3]);
        }
        stage.settle(2);
        for party in agents.iter_mut().chain(&mut customers) {
            party.listen();
            party.heard.clear();
        }
        let mut all: Vec<_> = agents.iter_mut().chain(&mut customers).collect();
        talk(&mut all, 200);
        until_heard(&mut all, 10);
        for (mine, agent) in agents.iter().enumerate() {
            let theirs = (mine + round) % 3;
            let customer = &customers[theirs];
            assert!(agent.share(customer_hz[theirs]) > 0.9, "round {round}, {mine}");
            assert!(customer.share(agent_hz[mine]) > 0.9, "round {round}, {mine}");
            for party in [agent, customer] {
                assert_eq!(party.heard.len(), 10, "round {round}: every packet arrives");
                let steps = party.sequences();
                assert!(steps.windows(2).all(|pair| pair[1] == pair[0].wrapping_add(1)));
            }
        }
    }
    for party in agents.iter().chain(&customers) {
        let stats = stage.close(party);
        assert_eq!((stats.received, stats.lost, stats.strays), (60, 0, 0));
    }
    // The ports are home again, on the workers that bound them.
    for party in &customers {
        stage.ports.push(party.port);
        stage.party(100 + party.id.0, Codec::Pcma, 700.0, (1, 2));
    }
    stage.plane.send(Command::Bind { count: 0 });
    assert_eq!(stage.next(), Event::Bound { ports: vec![] }, "every one was opened");
    stage.plane.stop();
}

/// The moment that counts: the customer waits, an agent is taken, and the agent's last packet
/// leaves with the route.
#[test]
fn music_ends_and_the_agent_is_heard_at_once() {
    let mut stage = Stage::start(21_400, 1);
    let mut agent = stage.party(1, Codec::Pcma, 500.0, (0, 1));
    let mut customer = stage.party(2, Codec::Pcmu, 900.0, (0, 1));
    let busy = Prompt::Signal(Signal::Busy, Country::De);
    stage.plane.send(Command::Play { stream: customer.id, prompt: busy, repeat: true, tag: 1 });
    talk(&mut [&mut agent, &mut customer], 300);
    assert!(customer.share(425.0) > 0.95);
    assert!(agent.heard.is_empty());
    customer.heard.clear();
    agent.say();
    thread::sleep(Duration::from_millis(5));
    customer.listen();
    customer.heard.clear();
    let routed = Instant::now();
    stage.plane.send(Command::StopPlay { stream: customer.id });
    stage.route(&agent, &customer);
    // The agent says nothing more: what comes is the packet from before the route. One more of the
    // signal may come first.
    let first = loop {
        customer.listen();
        let marked = customer.heard.iter().find(|(_, header, _)| header.marker);
        assert!(marked.is_some() || routed.elapsed() < Duration::from_secs(10), "nothing came");
        if let Some((at, _, payload)) = marked {
            break (*at, payload.len());
        }
    };
    println!("route to the agent's first packet: {} µs", (first.0 - routed).as_micros());
    assert_eq!(first.1, 160);
    talk(&mut [&mut agent, &mut customer], 300);
    assert!(customer.share(500.0) > 0.9 && agent.share(900.0) > 0.9);
    stage.plane.stop();
}

/// S8 on a real socket.
#[test]
fn a_sprayer_from_a_third_address_gets_and_injects_nothing() {
    let mut stage = Stage::start(21_600, 1);
    let mut a = stage.party(1, Codec::Pcma, 500.0, (0, 1));
    let mut b = stage.party(2, Codec::Pcma, 900.0, (0, 1));
    stage.route(&a, &b);
    let sprayer = UdpSocket::bind((Ipv4Addr::new(127, 0, 0, 66), 0)).unwrap();
    sprayer.set_nonblocking(true).unwrap();
    let loud: Vec<_> = tone::sine(2500.0, 0.9, 160).iter().map(|s| Law::A.encode(*s)).collect();
    for round in 0..20u16 {
        for port in [a.port, b.port] {
            let header =
                Header { marker: false, payload_type: 8, sequence: round, timestamp: 0, ssrc: 1 };
            sprayer.send_to(&[&header.write()[..], &loud].concat(), (LOOPBACK, port)).unwrap();
        }
        talk(&mut [&mut a, &mut b], 20);
    }
    until_heard(&mut [&mut a, &mut b], 20);
    assert_eq!(sprayer.recv(&mut [0; 64]).unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
    assert!(a.share(900.0) > 0.95 && a.share(2500.0) < 0.01);
    assert_eq!((stage.close(&a).strays, stage.close(&b).strays), (20, 20));
    stage.plane.stop();
}

#[test]
fn a_key_is_told_once_and_heard_by_the_other_side() {
    let mut stage = Stage::start(21_800, 1);
    let mut a = stage.party(1, Codec::Pcma, 500.0, (0, 1));
    let mut b = stage.party(2, Codec::Pcma, 900.0, (0, 1));
    stage.route(&a, &b);
    for duration in 1..=5u16 {
        let key =
            TelephoneEvent { event: 9, end: duration > 2, volume: 10, duration: duration * 160 };
        a.send(101, 4000, &key.write());
    }
    talk(&mut [&mut a, &mut b], 40);
    until_heard(&mut [&mut b], 7);
    let keys = b.heard.iter().filter(|(_, header, _)| header.payload_type == 101).count();
    assert_eq!(keys, 5);
    let told = stage.events.try_iter().filter(|event| matches!(event, Event::Dtmf { .. }));
    assert_eq!(told.collect::<Vec<_>>(), [Event::Dtmf { stream: a.id, digit: '9' }]);
    stage.plane.stop();
}

#[test]
fn what_cannot_be_done_is_said() {
    let mut stage = Stage::start(22_000, 2);
    let failed = |stream, failure| Event::Failed { stream: Some(StreamId(stream)), failure };
    stage.plane.send(Command::Close { stream: StreamId(9) });
    assert_eq!(stage.next(), failed(9, Failure::UnknownStream));
    let negotiated = agreed("127.0.0.1:4000".parse().unwrap(), Codec::Pcma);
    let open = |port| Command::Open { stream: StreamId(1), port, negotiated, signalling: LOOPBACK };
    stage.plane.send(open(9998));
    assert_eq!(stage.next(), failed(1, Failure::UnknownPort(9998)));
    let a = stage.party(2, Codec::Pcma, 500.0, (0, 2));
    stage.plane.send(Command::Open {
        stream: a.id,
        port: stage.ports[0],
        negotiated,
        signalling: LOOPBACK,
    });
    assert_eq!(stage.next(), failed(2, Failure::StreamExists));
    let hears = vec![media::Heard { from: a.id, gain_db: 0 }; Route::HEARD_MAX + 1];
    stage.plane.send(Command::Route(Route { rows: vec![Row { listener: a.id, hears }] }));
    assert_eq!(stage.next(), failed(2, Failure::TooManySources(65)));
    stage.plane.send(Command::Bind { count: 500 });
    let bound = [stage.next(), stage.next(), stage.next(), stage.next()];
    let used_up = Failure::Bind("the configured range is used up".to_owned());
    let refusals = bound.iter().filter(
        |event| matches!(event, Event::Failed { stream: None, failure } if *failure == used_up),
    );
    assert_eq!(refusals.count(), 2);
    stage.plane.stop();
}

/// A worker that is stuck: new work is refused at the bound, and hanging up still works.
#[test]
fn a_worker_that_is_behind_refuses_work_but_never_a_close() {
    let (gate, wait) = mpsc::sync_channel::<()>(0);
    let wait = std::sync::Mutex::new(wait);
    let (sender, events) = mpsc::channel();
    let config = Config {
        address: LOOPBACK,
        ports: PortRange { first: 22_200, last: 22_219 },
        workers: 1,
        ..Config::default()
    };
    let mut plane = Plane::start(config, move |event| {
        if matches!(event, Event::PlayEnded { .. }) {
            let _ = wait.lock().unwrap().recv();
        }
        drop(sender.send(event));
    })
    .unwrap();
    plane.send(Command::Bind { count: 1 });
    let next = || events.recv_timeout(Duration::from_secs(5)).unwrap();
    let Event::Bound { ports } = next() else { panic!() };
    let stream = StreamId(1);
    let negotiated = agreed("127.0.0.1:4000".parse().unwrap(), Codec::Pcma);
    plane.send(Command::Open { stream, port: ports[0], negotiated, signalling: LOOPBACK });
    let beep = Prompt::Signal(Signal::Beep, Country::De);
    plane.send(Command::Play { stream, prompt: beep, repeat: false, tag: 0 });
    // The worker blocks in the beep's PlayEnded; all that follows waits.
    thread::sleep(Duration::from_millis(600));
    let mut refused = 0;
    for _ in 0..20_000 {
        plane.send(Command::StopPlay { stream });
        while let Ok(Event::Failed { failure: Failure::Overloaded, .. }) = events.try_recv() {
            refused += 1;
        }
    }
    assert_eq!(refused, 20_000 - 16_384);
    plane.send(Command::Close { stream });
    drop(gate);
    let closed = std::iter::from_fn(|| Some(next()))
        .find(|event| matches!(event, Event::Closed { stream: closed, .. } if *closed == stream));
    assert!(closed.is_some());
    plane.stop();
}

#[test]
fn a_bad_setting_is_named() {
    let refused = |config| Plane::start(config, |_| {}).unwrap_err().to_string();
    let ports = PortRange { first: 30_000, last: 20_000 };
    let error = refused(Config { ports, ..Config::default() });
    assert!(error.starts_with("media.ports: 30000 to 20000; expected"), "{error}");
}
