//! Conversations of three as a supervisor shapes them, judged by what each party is sent.

use super::*;
use crate::room::{Role, Room};

const CUSTOMER: StreamId = A;
const AGENT: StreamId = B;
const SUPERVISOR: StreamId = C;

const TONES: [(StreamId, f64); 3] = [(CUSTOMER, 500.0), (AGENT, 900.0), (SUPERVISOR, 1700.0)];

/// A call with a supervisor beside it; all three talk all the time.
struct Watched {
    stage: Stage,
    room: Room,
    tones: [(StreamId, Vec<i16>); 3],
    at: usize,
}

impl Watched {
    fn new() -> Self {
        let mut stage = Stage::new();
        for (party, _) in TONES {
            stage.open(party, Codec::Pcma);
        }
        let room = Room::of(&[CUSTOMER, AGENT]).unwrap();
        stage.command(Command::Route(room.route()));
        Self { stage, room, tones: TONES.map(|(id, hz)| (id, tone::sine(hz, 0.2, 8000))), at: 0 }
    }

    fn seat(&mut self, role: Role) {
        self.room.seat(SUPERVISOR, role).unwrap();
        self.stage.command(Command::Route(self.room.route()));
    }

    /// A packet of each, `count` times.
    fn talk(&mut self, count: usize) {
        for _ in 0..count {
            let start = self.at * 160 % 8000;
            for (party, tone) in &self.tones {
                let samples = &tone[start..start + 160];
                let payload: Vec<_> = samples.iter().map(|s| Law::A.encode(*s)).collect();
                self.stage.packet(*party, numbered(*party, self.at), &payload);
            }
            self.at += 1;
            self.stage.pass(20);
        }
    }

    /// Who is heard by `listener` while all talk for half a second, 100 ms left to settle.
    fn heard_by(&mut self, listener: StreamId) -> Vec<StreamId> {
        self.talk(5);
        self.stage.heard(listener);
        self.talk(25);
        let samples = decoded(&self.stage.heard(listener), Codec::Pcma);
        let present = |(_, hz): &&(StreamId, f64)| tone::share(&samples, *hz) > 0.05;
        TONES.iter().filter(present).map(|(id, _)| *id).collect()
    }
}

/// The three modes and a takeover, each by what everybody hears.
#[test]
fn listening_whispering_barging_and_taking_over_are_changes_of_role() {
    let mut watched = Watched::new();
    watched.seat(Role::Monitor);
    assert_eq!(watched.heard_by(SUPERVISOR), [CUSTOMER, AGENT]);
    assert_eq!(watched.heard_by(CUSTOMER), [AGENT]);
    assert_eq!(watched.heard_by(AGENT), [CUSTOMER]);
    watched.seat(Role::Whisper { to: AGENT });
    assert_eq!(watched.heard_by(AGENT), [CUSTOMER, SUPERVISOR]);
    assert_eq!(watched.heard_by(CUSTOMER), [AGENT]);
    watched.seat(Role::Party);
    assert_eq!(watched.heard_by(CUSTOMER), [AGENT, SUPERVISOR]);
    let before = watched.room.clone();
    watched.room.leave(AGENT);
    watched.stage.command(Command::Route(watched.room.route_from(&before)));
    assert_eq!(watched.heard_by(CUSTOMER), [SUPERVISOR]);
    watched.talk(5);
    watched.stage.heard(AGENT);
    watched.talk(25);
    assert_eq!(watched.stage.heard(AGENT), []);
}

/// Listening in costs the two who talk nothing: their packets are the very bytes that they would
/// have been without it.
#[test]
fn who_is_listened_to_gets_the_same_packets_as_before() {
    let mut alone = Watched::new();
    let mut watched = Watched::new();
    watched.seat(Role::Monitor);
    alone.talk(20);
    watched.talk(20);
    for party in [CUSTOMER, AGENT] {
        let payloads = |stage: &mut Stage| -> Vec<_> {
            stage.heard(party).into_iter().map(|sent| (sent.at_ms, sent.payload)).collect()
        };
        assert_eq!(payloads(&mut watched.stage), payloads(&mut alone.stage));
    }
}

/// A role changes within one packet time: 20 ms after the order nothing of the old row is sent.
#[test]
fn a_change_of_role_is_heard_within_one_packet_time() {
    let mut watched = Watched::new();
    watched.seat(Role::Party);
    watched.talk(10);
    watched.seat(Role::Monitor);
    watched.stage.heard(CUSTOMER);
    watched.talk(10);
    let samples = decoded(&watched.stage.heard(CUSTOMER), Codec::Pcma);
    assert!(tone::share(&samples, 1700.0) < 0.001);
    assert!(tone::share(&samples, 900.0) > 0.99);
}
