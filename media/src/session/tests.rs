//! Sessions in virtual time: packets, commands and the clock are all the test's.
//!
//! Covered here: relay (loss, order, SSRC, leaps, wrap, both laws), routes and the first packet
//! after one, S8, keys, hold, closing, moving. `playing.rs` has prompts, mixes and timers,
//! `hostile.rs` what must hold whatever comes.
#![expect(clippy::disallowed_methods, reason = "a test reads the clock once, for its epoch")]

use std::{net::IpAddr, sync::LazyLock};

use super::*;
use crate::{
    event::StreamStats,
    g711::Law,
    quality::Quality,
    route::{Route, Row},
    rtp::{Header, TelephoneEvent},
    sdp::{Codec, Direction, Negotiated},
    tone,
};

mod guarded;
mod hostile;
mod keys;
mod listening;
mod measured;
mod playing;
mod resting;
mod rooms;
mod taped;
mod transcoded;
mod web;

const A: StreamId = StreamId(1);
const B: StreamId = StreamId(2);
const C: StreamId = StreamId(3);

static LIBRARY: LazyLock<Arc<Library>> = LazyLock::new(|| Arc::new(Library::shipped().unwrap()));

/// A session, its clock, and all that came out of it.
struct Stage {
    session: Session,
    start: Instant,
    now: Instant,
    sent: Vec<Sent>,
    reports: Vec<(StreamId, SocketAddr, Vec<u8>)>,
    events: Vec<Event>,
    /// How parties sounded at present; apart, since every report brings one.
    sounds: Vec<(u128, StreamId, Quality)>,
    taped: Vec<Taped>,
}

/// An RTP packet that the session sent.
#[derive(Clone, Debug, PartialEq)]
struct Sent {
    at_ms: u128,
    stream: StreamId,
    to: SocketAddr,
    header: Header,
    payload: Vec<u8>,
}

impl Stage {
    fn new() -> Self {
        let start = Instant::now();
        let library = Arc::clone(&LIBRARY);
        let setup = Setup::new(library, None, start);
        let session = Session::new(setup, [7; 32]);
        Self {
            session,
            start,
            now: start,
            sent: vec![],
            reports: vec![],
            events: vec![],
            sounds: vec![],
            taped: vec![],
        }
    }

    /// Parties A and B, both A-law, who hear each other.
    fn of_two() -> Self {
        let mut stage = Self::new();
        stage.open(A, Codec::Pcma);
        stage.open(B, Codec::Pcma);
        stage.command(Command::Route(Route::between(A, B)));
        stage
    }

    fn open(&mut self, stream: StreamId, codec: Codec) {
        self.open_as(stream, agreed(stream, codec));
    }

    fn open_as(&mut self, stream: StreamId, negotiated: Negotiated) {
        let signalling = negotiated.remote.ip();
        self.command(Command::Open { stream, port: 10_000, negotiated, signalling });
    }

    fn command(&mut self, command: Command) {
        self.input(Input::Command(command));
    }

    fn packet(&mut self, stream: StreamId, header: Header, payload: &[u8]) {
        self.packet_from(address(stream), stream, header, payload);
    }

    fn packet_from(&mut self, from: SocketAddr, stream: StreamId, header: Header, payload: &[u8]) {
        let packet = [&header.write()[..], payload].concat();
        self.input(Input::Packet { stream, from, packet: &packet });
    }

    /// Lets time pass; what is due is done at its own instant. How often the worker would have
    /// been woken.
    fn pass(&mut self, ms: u64) -> usize {
        let mut ticks = 0;
        let end = self.now + Duration::from_millis(ms);
        while let Some(at) = self.session.deadline().filter(|at| *at <= end) {
            self.now = at.max(self.now);
            self.input(Input::Tick);
            ticks += 1;
        }
        self.now = end;
        ticks
    }

    fn input(&mut self, input: Input<'_>) {
        let mut out = Out::default();
        self.session.handle(self.now, input, &mut out);
        let at_ms = (self.now - self.start).as_millis();
        for (datagram, bytes) in out.datagrams() {
            let Datagram { stream, to, .. } = *datagram;
            if datagram.kind == Kind::Rtcp || rtp::is_rtcp(bytes) {
                self.reports.push((stream, to, bytes.to_vec()));
                continue;
            }
            let (header, range) = Header::read(bytes).unwrap();
            self.sent.push(Sent { at_ms, stream, to, header, payload: bytes[range].to_vec() });
        }
        for event in out.events.drain(..) {
            match event {
                Event::Sounds { stream, quality } => self.sounds.push((at_ms, stream, quality)),
                event => self.events.push(event),
            }
        }
        self.taped.append(&mut out.taped);
    }

    /// `party` says `samples` in packets of 20 ms, one every 20 ms.
    fn say(&mut self, party: StreamId, samples: &[i16]) {
        for (at, samples) in samples.chunks(160).enumerate() {
            let payload: Vec<_> = samples.iter().map(|s| Law::A.encode(*s)).collect();
            self.packet(party, numbered(party, at), &payload);
            self.pass(20);
        }
    }

    /// What `party` was sent since last asked.
    fn heard(&mut self, party: StreamId) -> Vec<Sent> {
        let (theirs, others) =
            std::mem::take(&mut self.sent).into_iter().partition(|sent| sent.stream == party);
        self.sent = others;
        theirs
    }

    fn events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }

    fn close(&mut self, stream: StreamId) -> StreamStats {
        self.command(Command::Close { stream });
        match self.events.pop() {
            Some(Event::Closed { stream: closed, port: 10_000, stats }) if closed == stream => {
                stats
            }
            other => panic!("expected Closed, got {other:?}"),
        }
    }
}

fn address(stream: StreamId) -> SocketAddr {
    SocketAddr::from(([203, 0, 113, u8::try_from(stream.0).unwrap()], 4000))
}

fn agreed(stream: StreamId, codec: Codec) -> Negotiated {
    let remote = address(stream);
    Negotiated {
        remote,
        rtcp: SocketAddr::new(remote.ip(), remote.port() + 1),
        rtcp_mux: false,
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

/// The `at`th packet of a party, 160 samples each.
fn numbered(party: StreamId, at: usize) -> Header {
    let at = u32::try_from(at).unwrap();
    Header {
        marker: false,
        payload_type: 8,
        sequence: (at & 0xFFFF) as u16,
        timestamp: at.wrapping_mul(160),
        ssrc: u32::try_from(party.0).unwrap(),
    }
}

fn decoded(sent: &[Sent], codec: Codec) -> Vec<i16> {
    sent.iter()
        .flat_map(|sent| &sent.payload)
        .map(|sample| codec.law().unwrap().decode(*sample))
        .collect()
}

fn row(listener: StreamId, hears: &[(StreamId, i8)]) -> Command {
    let hears =
        hears.iter().map(|&(from, gain_db)| crate::route::Heard { from, gain_db }).collect();
    Command::Route(Route { rows: vec![Row { listener, hears }] })
}

/// RFC 3550: what is relayed is the same audio under our own SSRC, at once.
#[test]
fn a_packet_is_relayed_at_once_under_our_own_ssrc() {
    let mut stage = Stage::of_two();
    stage.packet(A, numbered(A, 5), &[1, 2, 3]);
    let heard = stage.heard(B);
    assert_eq!(heard.len(), 1);
    assert_eq!(
        (heard[0].at_ms, heard[0].to, &heard[0].payload[..]),
        (0, address(B), &[1, 2, 3][..])
    );
    assert!(heard[0].header.marker && heard[0].header.ssrc != 1);
    assert_eq!(stage.heard(A), []);
    assert_eq!(stage.events(), [Event::Started { stream: A }]);
}

#[test]
fn each_direction_has_payload_types_of_its_own() {
    let mut stage = Stage::new();
    stage.open(A, Codec::Pcma);
    let other_numbers = Negotiated { payload_type_send: 97, ..agreed(B, Codec::Pcma) };
    stage.open_as(B, other_numbers);
    stage.command(Command::Route(Route::between(A, B)));
    stage.packet(A, numbered(A, 0), &[1]);
    assert_eq!(stage.heard(B)[0].header.payload_type, 97);
}

#[test]
fn a_law_becomes_mu_law_on_the_way() {
    let mut stage = Stage::new();
    stage.open(A, Codec::Pcma);
    stage.open(B, Codec::Pcmu);
    stage.command(Command::Route(Route::between(A, B)));
    stage.say(A, &tone::sine(700.0, 0.5, 1600));
    let heard = stage.heard(B);
    assert!(heard.iter().all(|sent| sent.header.payload_type == 0));
    assert!(tone::share(&decoded(&heard, Codec::Pcmu), 700.0) > 0.99);
}

/// F9: gaps stay gaps, order stays as it came, and nothing is heard twice.
#[test]
fn loss_and_reordering_are_relayed_and_duplicates_are_not() {
    let mut stage = Stage::of_two();
    for at in [10, 11, 14, 13, 13, 15, 9, 14u8] {
        stage.packet(A, numbered(A, at.into()), &[at]);
    }
    let heard = stage.heard(B);
    let first = heard[0].header.sequence;
    let places: Vec<_> =
        heard.iter().map(|s| (s.payload[0], s.header.sequence.wrapping_sub(first))).collect();
    assert_eq!(places, [(10, 0), (11, 1), (14, 4), (13, 3), (15, 5)]);
    let stats = stage.close(A);
    assert_eq!((stats.received, stats.duplicates, stats.reordered, stats.lost), (6, 2, 2, 1));
}

/// I60: a new SSRC, a sequence that starts over, a timestamp that leaps. The listener's phone
/// sees one sender all along.
#[test]
fn whatever_the_source_does_to_its_numbers_the_listener_sees_one_stream() {
    let mut stage = Stage::of_two();
    let mut headers: Vec<_> = (65_530..65_540).map(|at| numbered(A, at)).collect();
    headers.extend((7..12).map(|at| Header { ssrc: 99, ..numbered(A, at) }));
    headers.extend((40_000..40_005).map(|at| Header { ssrc: 99, ..numbered(A, at) }));
    headers.extend((40_005..40_010).map(|at| Header {
        ssrc: 99,
        timestamp: numbered(A, at).timestamp.wrapping_add(3_000_000_000),
        ..numbered(A, at)
    }));
    for header in &headers {
        stage.packet(A, *header, &[0xD5; 160]);
        stage.pass(20);
    }
    let heard = stage.heard(B);
    assert_eq!(heard.len(), headers.len());
    for pair in heard.windows(2) {
        let (before, after) = (pair[0].header, pair[1].header);
        assert_eq!(after.sequence.wrapping_sub(before.sequence), 1);
        assert_eq!(after.timestamp.wrapping_sub(before.timestamp), 160);
        assert_eq!(after.ssrc, before.ssrc);
    }
    let markers: Vec<_> =
        heard.iter().enumerate().filter(|(_, s)| s.header.marker).map(|(at, _)| at).collect();
    assert_eq!(markers, [0, 10, 15, 20]);
}

/// The customer hears the agent's last packet in the instant of the route, not up to 20 ms later.
#[test]
fn a_new_route_sends_the_last_packet_at_once() {
    let mut stage = Stage::new();
    stage.open(A, Codec::Pcma);
    stage.open(B, Codec::Pcma);
    stage.packet(A, numbered(A, 0), &[1]);
    stage.pass(19);
    stage.command(Command::Route(Route::between(A, B)));
    assert_eq!(
        stage.heard(B).iter().map(|s| (s.at_ms, s.payload[0])).collect::<Vec<_>>(),
        [(19, 1)]
    );
    stage.pass(1);
    stage.packet(A, numbered(A, 1), &[2]);
    let next = stage.heard(B);
    assert_eq!((next[0].payload[0], next[0].header.marker), (2, false));
    // The same row again changes nothing and repeats nothing.
    stage.command(Command::Route(Route::between(A, B)));
    assert_eq!(stage.heard(B), []);
}

#[test]
fn a_packet_from_the_past_is_not_sent_at_a_new_route() {
    let mut stage = Stage::new();
    stage.open(A, Codec::Pcma);
    stage.open(B, Codec::Pcma);
    stage.packet(A, numbered(A, 0), &[1]);
    stage.pass(26);
    stage.command(Command::Route(Route::between(A, B)));
    assert_eq!(stage.heard(B), []);
}

#[test]
fn an_empty_row_is_silence() {
    let mut stage = Stage::of_two();
    stage.command(Command::Route(Route::silence(&[B])));
    stage.packet(A, numbered(A, 0), &[1]);
    stage.packet(B, numbered(B, 0), &[2]);
    assert_eq!(stage.heard(B), []);
    assert_eq!(stage.heard(A).len(), 1);
}

/// S8: a sprayer at a third address, with the party's own SSRC and numbers, hears nothing and is
/// not heard, before the party speaks and after.
#[test]
fn a_sprayer_gets_and_injects_nothing() {
    let mut stage = Stage::of_two();
    let sprayer: SocketAddr = "198.51.100.66:4000".parse().unwrap();
    stage.packet_from(sprayer, A, numbered(A, 0), &[66]);
    assert_eq!((stage.heard(B), stage.events()), (vec![], vec![]));
    stage.packet(A, numbered(A, 0), &[1]);
    stage.packet_from(sprayer, A, numbered(A, 1), &[66]);
    stage.input(Input::Packet { stream: A, from: sprayer, packet: b"junk" });
    stage.input(Input::Report { stream: A, from: sprayer, packet: &[0x80, 201, 0, 1, 0, 0, 0, 1] });
    stage.packet(B, numbered(B, 0), &[2]);
    assert_eq!(stage.heard(B).len(), 1);
    assert!(stage.heard(A).iter().all(|sent| sent.to == address(A)));
    assert_eq!(stage.close(A).strays, 4);
}

#[test]
fn junk_from_the_party_itself_neither_locks_nor_is_heard() {
    let mut stage = Stage::of_two();
    let unagreed = Header { payload_type: 18, ..numbered(A, 0) };
    stage.packet(A, unagreed, &[1]);
    stage.packet(A, numbered(A, 0), &[]);
    stage.input(Input::Packet { stream: A, from: address(A), packet: b"junk" });
    assert_eq!((stage.heard(B), stage.events()), (vec![], vec![]));
    assert_eq!(stage.close(A).invalid, 3);
}

/// S8, F10: the phone's NAT is learnt from the signalling's address, and audio follows it.
#[test]
fn a_phone_behind_nat_hears_at_the_address_it_speaks_from() {
    let mut stage = Stage::of_two();
    let private = Negotiated { remote: "10.0.0.5:4000".parse().unwrap(), ..agreed(C, Codec::Pcma) };
    let signalling: IpAddr = "203.0.113.50".parse().unwrap();
    stage.command(Command::Open { stream: C, port: 1, negotiated: private, signalling });
    stage.command(Command::Route(Route::between(A, C)));
    let seen = SocketAddr::new(signalling, 61_000);
    stage.packet_from(seen, C, numbered(C, 0), &[3]);
    assert_eq!(
        stage.events(),
        [Event::Latched { stream: C, remote: seen }, Event::Started { stream: C }]
    );
    stage.packet(A, numbered(A, 0), &[1]);
    assert_eq!(stage.heard(C)[0].to, seen);
}

/// RFC 4733 §2.5.1.4: many packets, three ends, any of them lost: one press.
#[test]
fn a_key_is_told_once_and_relayed_under_the_listeners_number() {
    let mut stage = Stage::new();
    stage.open(A, Codec::Pcma);
    stage.open_as(B, Negotiated { dtmf: Some((96, 101)), ..agreed(B, Codec::Pcma) });
    stage.open_as(C, Negotiated { dtmf: None, ..agreed(C, Codec::Pcma) });
    stage.command(Command::Route(Route { rows: vec![Row::relay(B, A), Row::relay(C, A)] }));
    let mut press = |at: usize, started: u32, event: u8, end: bool| {
        let header = Header { payload_type: 101, timestamp: started, ..numbered(A, at) };
        let payload = TelephoneEvent { event, end, volume: 10, duration: 160 }.write();
        stage.packet(A, header, &payload);
    };
    (0..6).for_each(|at| press(at, 1000, 5, at > 2));
    (6..8).for_each(|at| press(at, 9000, 11, at > 6));
    let digits: Vec<_> = stage
        .events()
        .into_iter()
        .filter_map(|e| if let Event::Dtmf { digit, .. } = e { Some(digit) } else { None })
        .collect();
    assert_eq!(digits, ['5', '#']);
    let heard = stage.heard(B);
    assert_eq!(heard.len(), 8);
    assert!(heard.iter().all(|sent| sent.header.payload_type == 96));
    assert!(heard[..6].iter().all(|sent| sent.header.timestamp == heard[0].header.timestamp));
    assert_eq!(stage.heard(C), []);
}

/// I29, I62: on hold the party is sent nothing that its direction forbids, and its silence is no
/// fault.
#[test]
fn a_direction_is_kept_both_ways() {
    let mut stage = Stage::of_two();
    let held = |direction| Command::Update {
        stream: A,
        negotiated: Negotiated { direction, ..agreed(A, Codec::Pcma) },
    };
    stage.command(held(Direction::RecvOnly));
    stage.packet(B, numbered(B, 0), &[2]);
    stage.packet(A, numbered(A, 0), &[1]);
    assert_eq!((stage.heard(A).len(), stage.heard(B).len()), (0, 1));
    stage.command(held(Direction::SendOnly));
    stage.packet(B, numbered(B, 1), &[2]);
    stage.packet(A, numbered(A, 1), &[1]);
    assert_eq!((stage.heard(A).len(), stage.heard(B).len()), (1, 0));
    stage.events();
    stage.pass(2999);
    stage.packet(B, numbered(B, 2), &[2]);
    stage.pass(2000);
    assert_eq!(stage.events(), [], "A may not send, and B has");
}

#[test]
fn who_hangs_up_is_gone_from_every_row() {
    let mut stage = Stage::of_two();
    stage.open(C, Codec::Pcma);
    stage.command(row(C, &[(A, 0), (B, 0)]));
    stage.packet(A, numbered(A, 0), &[0xD5; 160]);
    let stats = stage.close(A);
    assert_eq!((stats.received, stats.received_octets), (1, 160));
    stage.packet(B, numbered(B, 0), &[0xD5; 160]);
    assert_eq!(stage.heard(A), []);
    stage.command(Command::Update { stream: A, negotiated: agreed(A, Codec::Pcma) });
    let gone = Event::Failed { stream: Some(A), failure: Failure::UnknownStream };
    assert_eq!(stage.events().last(), Some(&gone));
    stage.close(B);
    stage.close(C);
    assert!(stage.session.is_empty() && stage.session.deadline().is_none());
}

/// A call that goes to another worker in the middle of a word.
#[test]
fn streams_that_move_go_on_with_their_numbers() {
    let mut here = Stage::of_two();
    here.packet(A, numbered(A, 0), &[1]);
    let before = here.heard(B)[0].header;
    let mut there = Stage::new();
    there.now = here.now + Duration::from_millis(20);
    there.start = here.start;
    for stream in here.session.depart(&[A, B], &[]).streams {
        there.session.arrive(stream);
    }
    assert!(here.session.is_empty() && here.session.deadline().is_none());
    there.packet(A, numbered(A, 1), &[2]);
    let after = there.heard(B)[0].header;
    assert_eq!(after.sequence, before.sequence.wrapping_add(1));
    assert_eq!((after.timestamp, after.ssrc), (before.timestamp.wrapping_add(160), before.ssrc));
    assert_eq!(there.events(), []);
    there.pass(3000);
    assert!(matches!(there.events()[..], [Event::Quiet { .. }, Event::Quiet { .. }]));
}

/// An agent went to a customer on another worker and came back: it had still been on the list of
/// its first customer, and heard two at once.
#[test]
fn who_moves_away_leaves_nothing_behind() {
    let mut here = Stage::of_two();
    here.open(C, Codec::Pcma);
    here.command(row(C, &[(A, -6)]));
    let away = here.session.depart(&[A], &[]).streams;
    assert_eq!((away[0].heard_by.len(), away[0].hearing.sources()), (0, vec![]));
    for stayed in here.session.streams.values() {
        assert!(stayed.heard_by.is_empty() && stayed.hearing.sources().is_empty());
    }
    for stream in away {
        here.session.arrive(stream);
    }
    here.packet(A, numbered(A, 0), &[1]);
    here.packet(B, numbered(B, 0), &[1]);
    assert!(here.heard(A).is_empty() && here.heard(B).is_empty() && here.heard(C).is_empty());
}
