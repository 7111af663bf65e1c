//! Ears on a stream: what is heard, when it is told, and what it costs.

use super::*;
use crate::ears::{Sound, Turn, listen::Listen, verdict::Answerer};

fn listen(stage: &mut Stage) {
    stage.command(Command::Listen { stream: A, listen: Some(Listen::default()) });
}

/// Says `samples` as A would, a packet each 20 ms.
fn say(stage: &mut Stage, first: usize, samples: &[i16]) {
    for (packet, n) in samples.chunks(160).zip(first..) {
        stage.pass(20);
        let payload: Vec<_> = packet.iter().map(|sample| Law::A.encode(*sample)).collect();
        stage.packet(A, numbered(A, n), &payload);
    }
}

fn sounds(stage: &mut Stage) -> Vec<Sound> {
    let heard = std::mem::take(&mut stage.events).into_iter().filter_map(|event| match event {
        Event::Heard { stream: A, sound } => Some(sound),
        _ => None,
    });
    heard.collect()
}

/// From the packet to the event: a tone that asks for a message, 80 ms after its end.
#[test]
fn what_a_party_says_is_heard_through_its_codec() {
    let mut stage = Stage::of_two();
    listen(&mut stage);
    say(&mut stage, 0, &[vec![0; 8_000], tone::sine(1_000.0, 0.2, 2_400), vec![0; 480]].concat());
    assert_eq!(sounds(&mut stage), []);
    say(&mut stage, 68, &[0; 160]);
    let heard = sounds(&mut stage);
    assert_eq!(heard[1], Sound::Beep { hz: 1_000, lasted_ms: 300, ago_ms: 80 });
    let Sound::Judged(verdict) = &heard[0] else { panic!("{heard:?}") };
    assert_eq!((verdict.answerer, verdict.at_ms), (Answerer::Machine, 1_380));
}

/// The verdict does not wait for packets: none need ever come.
#[test]
fn a_party_that_sends_nothing_is_judged_all_the_same() {
    let mut stage = Stage::of_two();
    listen(&mut stage);
    stage.pass(4_000);
    let heard = sounds(&mut stage);
    let [Sound::Judged(verdict)] = &heard[..] else { panic!("{heard:?}") };
    assert_eq!((verdict.answerer, verdict.at_ms), (Answerer::Uncertain, 3_000));
}

/// A session listens only if told to, and to the party alone: a prompt is nothing it says.
#[test]
fn nobody_is_listened_to_unasked_nor_after_the_end() {
    let mut stage = Stage::of_two();
    say(&mut stage, 0, &[vec![0; 800], tone::sine(1_000.0, 0.2, 4_000), vec![0; 8_000]].concat());
    assert_eq!(sounds(&mut stage), []);
    listen(&mut stage);
    stage.command(Command::Listen { stream: A, listen: None });
    stage.pass(6_000);
    assert_eq!(sounds(&mut stage), []);
}

/// Issue 4, point 8: the turns of a party come through its codec and its pauses, and end with the
/// packets where they do.
#[test]
fn a_party_that_is_followed_tells_its_turns() {
    let mut stage = Stage::of_two();
    let line = [vec![0; 3_200], crate::ears::tests::vowel(400)].concat();
    let speech = |stage: &mut Stage, first| say(stage, first, &line);
    speech(&mut stage, 0);
    assert!(spoke(&mut stage).is_empty(), "nobody asked");
    stage.command(Command::Follow { stream: A, follow: true });
    speech(&mut stage, 40);
    stage.pass(2_000);
    let told = spoke(&mut stage);
    assert_eq!(told.iter().map(|turn| turn.speaks).collect::<Vec<_>>(), [true, false]);
    assert!(told.iter().all(|turn| turn.ago_ms <= Turn::AGO_MAX_MS), "{told:?}");
    stage.command(Command::Follow { stream: A, follow: false });
    speech(&mut stage, 180);
    assert!(spoke(&mut stage).is_empty(), "nobody asks any more");
}

fn spoke(stage: &mut Stage) -> Vec<Turn> {
    let told = std::mem::take(&mut stage.events).into_iter().filter_map(|event| match event {
        Event::Spoke { stream: A, turn } => Some(turn),
        _ => None,
    });
    told.collect()
}
