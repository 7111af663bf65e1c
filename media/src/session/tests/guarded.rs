//! SRTP on one leg and none on the other: what is authentic is heard, and nothing else teaches the
//! session anything.

use super::*;
use crate::srtp::{Keys, Profile, Protection, Receiver, Sender};

const OURS: u8 = 1;
const THEIRS: u8 = 2;

fn keys(seed: u8) -> Keys {
    Keys::new(Profile::AesCm128Sha1Tag80, &[seed; 30]).unwrap()
}

/// A is protected, B is not; they hear each other.
fn stage() -> Stage {
    let mut stage = Stage::new();
    let srtp = Some(Protection { send: keys(OURS), receive: keys(THEIRS) });
    stage.open_as(A, Negotiated { srtp, ..agreed(A, Codec::Pcma) });
    stage.open(B, Codec::Pcma);
    stage.command(Command::Route(Route::between(A, B)));
    stage
}

fn protected(sender: &mut Sender, at: usize, payload: &[u8]) -> Vec<u8> {
    let mut packet = [&numbered(A, at).write()[..], payload].concat();
    sender.protect_rtp(&mut packet, 0).unwrap();
    packet
}

/// What goes to the protected leg opens with our keys, and what comes from it is heard plain.
#[test]
fn a_protected_leg_talks_with_a_plain_one() {
    let mut stage = stage();
    let mut theirs = Sender::new(&keys(THEIRS)).unwrap();
    let mut ours = Receiver::new(&keys(OURS)).unwrap();
    for at in 0..5 {
        let packet = protected(&mut theirs, at, &[7; 160]);
        stage.input(Input::Packet { stream: A, from: address(A), packet: &packet });
        let mut out = Out::default();
        let plain = [&numbered(B, at).write()[..], &[9; 160]].concat();
        let input = Input::Packet { stream: B, from: address(B), packet: &plain };
        stage.session.handle(stage.now, input, &mut out);
        let (datagram, bytes) = out.datagrams().next().unwrap();
        assert_eq!(datagram.to, address(A));
        let mut bytes = bytes.to_vec();
        assert_ne!(bytes[12..172], [9; 160]);
        let len = ours.unprotect_rtp(&mut bytes).unwrap();
        assert_eq!(bytes[12..len], [9; 160]);
        stage.pass(20);
    }
    let heard = stage.heard(B);
    assert_eq!(heard.len(), 5);
    assert!(heard.iter().all(|sent| sent.payload == [7; 160]));
    assert_eq!(stage.close(A).received, 5);
}

/// S8: plain packets, forged ones and replayed ones latch nothing, start nothing, reach nobody.
#[test]
fn what_is_not_authentic_teaches_nothing() {
    let mut stage = stage();
    let mut theirs = Sender::new(&keys(THEIRS)).unwrap();
    let mut stranger = Sender::new(&keys(99)).unwrap();
    let genuine = protected(&mut theirs, 1, &[7; 160]);
    stage.packet(A, numbered(A, 0), &[6; 160]);
    let forged = protected(&mut stranger, 1, &[6; 160]);
    stage.input(Input::Packet { stream: A, from: address(A), packet: &forged });
    assert_eq!((stage.heard(B), stage.events()), (vec![], vec![]));
    stage.input(Input::Packet { stream: A, from: address(A), packet: &genuine });
    assert_eq!(stage.events(), [Event::Started { stream: A }]);
    let elsewhere = "203.0.113.1:5555".parse().unwrap();
    stage.pass(2_000);
    stage.input(Input::Packet { stream: A, from: elsewhere, packet: &genuine });
    assert_eq!((stage.heard(B).len(), stage.events()), (1, vec![]));
}

/// The same keys in a re-INVITE go on; new ones begin anew, and the old open nothing any more.
#[test]
fn a_new_agreement_brings_new_keys() {
    let mut stage = stage();
    let mut old = Sender::new(&keys(THEIRS)).unwrap();
    let say = |stage: &mut Stage, sender: &mut Sender, at: usize| {
        let packet = protected(sender, at, &[7; 160]);
        stage.input(Input::Packet { stream: A, from: address(A), packet: &packet });
        stage.heard(B).len()
    };
    assert_eq!(say(&mut stage, &mut old, 0), 1);
    let update = |receive| {
        let srtp = Some(Protection { send: keys(OURS), receive });
        let negotiated = Negotiated { srtp, ..agreed(A, Codec::Pcma) };
        Command::Update { stream: A, negotiated }
    };
    stage.command(update(keys(THEIRS)));
    assert_eq!(say(&mut stage, &mut old, 1), 1);
    stage.command(update(keys(3)));
    assert_eq!(say(&mut stage, &mut old, 2), 0);
    let mut new = Sender::new(&keys(3)).unwrap();
    assert_eq!(say(&mut stage, &mut new, 3), 1);
}
