//! Covers: how a leg was heard, by span, and a silent party that is missed anew.

use super::*;
use crate::rtcp::{Block, Report};

/// `party` sends these packets in their time, the rest is lost.
fn send(stage: &mut Stage, party: StreamId, packets: impl Iterator<Item = usize>, end: usize) {
    let packets: Vec<_> = packets.collect();
    for at in packets[0]..end {
        if packets.contains(&at) {
            stage.packet(party, numbered(party, at), &[0xD5; 160]);
        }
        stage.pass(20);
    }
}

fn measure(stage: &mut Stage, tag: u64) -> Option<Quality> {
    stage.command(Command::Measure { stream: A, tag });
    match stage.events().pop() {
        Some(Event::Measured { stream: A, tag: told, quality }) if told == tag => quality,
        other => panic!("not measured: {other:?}"),
    }
}

/// RFC 3550 §A.3, §A.8; G.107: each measurement is about its own span, and the last one comes with
/// the end of the stream.
#[test]
fn each_span_is_measured_by_itself() {
    let mut stage = Stage::of_two();
    send(&mut stage, A, (0..200).filter(|at| at % 10 != 3), 200);
    let lossy = measure(&mut stage, 1).unwrap();
    assert_eq!((lossy.received, lossy.lost, lossy.jitter_us), (180, 100, 0));
    send(&mut stage, A, 200..300, 300);
    let clean = measure(&mut stage, 2).unwrap();
    assert_eq!((clean.received, clean.lost, clean.mos), (100, 0, 440));
    assert!(lossy.mos < 350, "{}", lossy.mos);
    send(&mut stage, A, (300..400).filter(|at| at % 4 != 2), 400);
    let last = stage.close(A).quality.unwrap();
    assert_eq!((last.received, last.lost), (75, 250));
}

/// RFC 3550 §6.4.1: what the party says it missed of ours is the other way of its leg.
#[test]
fn the_party_says_what_it_missed() {
    let mut stage = Stage::of_two();
    send(&mut stage, A, 0..100, 100);
    let _ = measure(&mut stage, 1);
    send(&mut stage, B, 0..100, 100);
    let ssrc = stage.heard(A)[0].header.ssrc;
    let block =
        Block { ssrc, fraction_lost: 0, lost: 20, highest: 0, jitter: 0, last_report: 0, delay: 0 };
    let mut packet = vec![];
    Report { ssrc: 1, sender: None, block: Some(block) }.write("a", &mut packet);
    let from = agreed(A, Codec::Pcma).rtcp;
    stage.input(Input::Report { stream: A, from, packet: &packet });
    let told = measure(&mut stage, 2).unwrap();
    assert_eq!((told.lost_by_party, told.received), (Some(200), 0));
}

/// Issue 4, point 9: how a leg sounds now is told with each of our reports, every 5 s, and what was
/// worse before is no part of it.
#[test]
fn how_a_party_sounds_now_is_told_every_five_seconds() {
    let mut stage = Stage::of_two();
    send(&mut stage, A, (0..250).filter(|at| at % 10 != 3), 250);
    stage.pass(1);
    send(&mut stage, A, 250..500, 500);
    stage.pass(1);
    let told: Vec<_> = stage.sounds.iter().filter(|told| told.1 == A).collect();
    let times: Vec<_> = told.iter().map(|told| told.0).collect();
    assert_eq!(times, [5_000, 10_001]);
    assert_eq!(told.iter().map(|told| told.2.lost).collect::<Vec<_>>(), [100, 0]);
    assert!(told[0].2.mos < 350 && told[1].2.mos == 440, "{told:?}");
}

/// Who was silent while it rang, and still is 3 s after the answer, is missed again.
#[test]
fn a_silent_party_is_missed_anew_in_each_span() {
    let mut stage = Stage::new();
    stage.open(A, Codec::Pcma);
    stage.pass(10_000);
    assert_eq!(stage.events(), [Event::Quiet { stream: A, for_ms: 3_000 }]);
    assert_eq!(measure(&mut stage, 1), None);
    stage.pass(2_999);
    assert_eq!(stage.events(), []);
    stage.pass(1);
    assert_eq!(stage.events(), [Event::Quiet { stream: A, for_ms: 3_000 }]);
}

/// FAULTS F8: the 3 s of a party whose early media ended before the answer count from the answer.
#[test]
fn early_media_does_not_count_towards_the_silence_after_it() {
    let mut stage = Stage::new();
    stage.open(A, Codec::Pcma);
    send(&mut stage, A, 0..50, 50);
    stage.pass(1_500);
    assert!(measure(&mut stage, 1).is_some());
    stage.pass(2_999);
    assert_eq!(stage.events(), []);
    stage.pass(1);
    assert_eq!(stage.events(), [Event::Quiet { stream: A, for_ms: 3_000 }]);
}
