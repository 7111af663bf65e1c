//! Keys that we press, and keys that we hear, as events and as tones.

use super::*;
use crate::dtmf;

fn press(digits: &str) -> Command {
    Command::Press { stream: A, digits: digits.to_owned() }
}

/// RFC 4733 §2.5.1: one timestamp a key, growing durations, the end three times, marked once.
#[test]
fn a_key_is_pressed_as_an_event() {
    let mut stage = Stage::of_two();
    stage.command(press("5#"));
    stage.pass(600);
    let heard = stage.heard(A);
    let events: Vec<_> = heard
        .iter()
        .map(|sent| (sent.at_ms, TelephoneEvent::read(&sent.payload).unwrap(), sent.header.marker))
        .collect();
    assert_eq!(events.len(), 16);
    assert!(heard.iter().all(|sent| sent.header.payload_type == 101));
    let keys: Vec<_> = events.iter().filter(|e| e.2).map(|e| (e.0, e.1.digit())).collect();
    assert_eq!(keys, [(0, Some('5')), (260, Some('#'))]);
    let durations: Vec<_> = events[..8].iter().map(|(_, event, _)| event.duration).collect();
    assert_eq!(durations, [160, 320, 480, 640, 800, 800, 800, 800]);
    let ends: Vec<_> = events[..8].iter().map(|(_, event, _)| event.end).collect();
    assert_eq!(ends, [false, false, false, false, false, true, true, true]);
    let stamps: std::collections::BTreeSet<_> =
        heard.iter().map(|sent| sent.header.timestamp).collect();
    assert_eq!(stamps.len(), 2);
    let steps = heard.windows(2).map(|w| w[1].header.sequence.wrapping_sub(w[0].header.sequence));
    assert!(steps.into_iter().all(|step| step == 1));
}

/// A party that knows no events hears tones, and its row again after them.
#[test]
fn a_key_is_pressed_as_tones_where_no_events_were_agreed() {
    let mut stage = Stage::new();
    stage.open_as(A, Negotiated { dtmf: None, ..agreed(A, Codec::Pcma) });
    stage.open(B, Codec::Pcma);
    stage.command(Command::Route(Route::between(A, B)));
    stage.command(press("7"));
    stage.pass(250);
    let samples = decoded(&stage.heard(A), Codec::Pcma);
    assert!(
        tone::share(&samples[..800], 852.0) > 0.2 && tone::share(&samples[..800], 1209.0) > 0.3
    );
    assert_eq!(stage.events(), []);
    stage.packet(B, numbered(B, 0), &[9; 160]);
    assert_eq!(stage.heard(A)[0].payload, [9; 160]);
}

/// Keys pass between a leg with events and one without: as tones, once a press.
#[test]
fn an_event_becomes_a_tone_for_who_knows_no_events() {
    let mut stage = Stage::new();
    stage.open_as(A, Negotiated { dtmf: None, ..agreed(A, Codec::Pcma) });
    stage.open(B, Codec::Pcma);
    stage.command(Command::Route(Route::between(A, B)));
    for (at, duration) in [(0, 160), (1, 320), (2, 480), (3, 480)] {
        let event = TelephoneEvent { event: 9, end: at > 1, volume: 10, duration };
        let header = Header { payload_type: 101, timestamp: 0, ..numbered(B, at) };
        stage.packet(B, header, &event.write());
        stage.pass(20);
    }
    stage.pass(400);
    let samples = decoded(&stage.heard(A), Codec::Pcma);
    let mut detector = dtmf::Detector::default();
    let heard: String = samples.chunks(160).filter_map(|packet| detector.hear(packet)).collect();
    assert_eq!(heard, "9");
    assert_eq!(
        stage.events(),
        [Event::Started { stream: B }, Event::Dtmf { stream: B, digit: '9' }]
    );
}

/// I56: keys are heard in the audio of a party that agreed to no events, and only there.
#[test]
fn tones_are_keys_where_no_events_were_agreed() {
    for (dtmf, expected) in [(None, vec!['4', '2']), (Some((101, 101)), vec![])] {
        let mut stage = Stage::new();
        stage.open_as(A, Negotiated { dtmf, ..agreed(A, Codec::Pcma) });
        stage.say(A, &"42".chars().flat_map(|key| dtmf::tones(key).unwrap()).collect::<Vec<_>>());
        let keys: Vec<_> = stage
            .events()
            .into_iter()
            .filter_map(|event| match event {
                Event::Dtmf { digit, .. } => Some(digit),
                _ => None,
            })
            .collect();
        assert_eq!(keys, expected);
    }
}
