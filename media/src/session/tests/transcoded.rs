//! Covers: parties that speak different codecs, what is made of lost packets, and rest.

use super::*;
use crate::{codec, session::hearing::Hearing};

/// Somebody who speaks a codec with memory, and hears it.
pub(super) struct Voice {
    party: StreamId,
    codec: Codec,
    pub(super) encoder: codec::Encoder,
    packets: usize,
}

impl Voice {
    pub(super) fn new(party: StreamId, codec: Codec) -> Self {
        Self { party, codec, encoder: codec::Encoder::of(codec), packets: 0 }
    }

    /// The packets of 20 ms that hold these samples.
    pub(super) fn packets(&mut self, samples: &[i16]) -> Vec<(Header, Vec<u8>)> {
        let packet = |samples: &[i16]| {
            let mut payload = vec![];
            self.encoder.encode(samples, &mut payload);
            let payload_type = self.codec.payload_type();
            let plain = numbered(self.party, self.packets);
            let timestamp = plain.timestamp.wrapping_mul(self.codec.scale());
            let header = Header { payload_type, timestamp, ..plain };
            self.packets += 1;
            (header, payload)
        };
        samples.chunks(160).map(packet).collect()
    }
}

fn heard(stage: &mut Stage, party: StreamId, codec: Codec) -> Vec<i16> {
    let (mut decoder, mut samples) = (codec::Decoder::of(codec), vec![]);
    for sent in stage.heard(party) {
        assert_eq!(sent.header.payload_type, codec.payload_type());
        decoder.decode(sent.header.sequence.into(), &sent.payload, &mut samples);
    }
    samples
}

/// Both talk at once, each packet in its time.
fn converse(stage: &mut Stage, voices: &mut [(&mut Voice, f64)], ms: usize) {
    let spoken: Vec<_> = voices
        .iter_mut()
        .map(|(voice, hz)| (voice.party, voice.packets(&tone::sine(*hz, 0.3, ms * 8))))
        .collect();
    for at in 0..ms / 20 {
        for (party, packets) in &spoken {
            let (header, payload) = &packets[at];
            stage.packet(*party, *header, payload);
        }
        stage.pass(20);
    }
}

fn of_two(codecs: [Codec; 2]) -> Stage {
    let mut stage = Stage::new();
    stage.open(A, codecs[0]);
    stage.open(B, codecs[1]);
    stage.command(Command::Route(Route::between(A, B)));
    stage
}

/// Issue 4, point 3: transcoded where the codecs differ, both ways, with one jitter buffer of two
/// packets between.
#[test]
fn a_wideband_telephone_and_a_narrow_carrier_hear_each_other() {
    let mut stage = of_two([Codec::G722, Codec::Pcma]);
    let (mut a, mut b) = (Voice::new(A, Codec::G722), Voice::new(B, Codec::Pcma));
    converse(&mut stage, &mut [(&mut a, 500.0), (&mut b, 900.0)], 1_000);
    for (party, codec, hz) in [(A, Codec::G722, 900.0), (B, Codec::Pcma, 500.0)] {
        let samples = heard(&mut stage, party, codec);
        assert!((7_200..=8_000).contains(&samples.len()), "{} samples", samples.len());
        assert!(tone::share(&samples[800..], hz) > 0.98, "{party}");
    }
    // It ends with its source: a mix of nobody sends nothing.
    stage.pass(500);
    stage.sent.clear();
    stage.pass(1_000);
    assert_eq!(stage.sent, []);
}

/// Issue 4, point 3: relayed without decoding where both agree, bit for bit.
#[test]
fn two_wideband_telephones_are_relayed_bit_for_bit() {
    let mut stage = of_two([Codec::G722; 2]);
    let mut voice = Voice::new(A, Codec::G722);
    for (header, payload) in voice.packets(&tone::sine(700.0, 0.4, 1_600)) {
        stage.packet(A, header, &payload);
        let sent = stage.heard(B);
        assert_eq!((sent.len(), &sent[0].payload), (1, &payload));
        stage.pass(20);
    }
}

/// Issue 4, point 3: a browser's Opus and a carrier's G.711, both ways, with one packet in eight of
/// the browser's lost and made of what the next one says of it.
#[test]
fn a_browser_with_opus_and_a_carrier_hear_each_other() {
    let mut stage = of_two([Codec::Opus, Codec::Pcma]);
    let (mut a, mut b) = (Voice::new(A, Codec::Opus), Voice::new(B, Codec::Pcma));
    let ours = a.packets(&tone::sine(500.0, 0.3, 16_000));
    let theirs = b.packets(&tone::sine(900.0, 0.3, 16_000));
    for (at, (ours, theirs)) in ours.iter().zip(&theirs).enumerate() {
        if at % 8 != 5 {
            stage.packet(A, ours.0, &ours.1);
        }
        stage.packet(B, theirs.0, &theirs.1);
        stage.pass(20);
    }
    let sent: Vec<_> = stage.sent.iter().filter(|sent| sent.stream == A).cloned().collect();
    let steps = sent.windows(2).map(|w| w[1].header.timestamp.wrapping_sub(w[0].header.timestamp));
    assert!(steps.into_iter().all(|step| step == 960), "48 kHz counts 960 in 20 ms");
    for (party, codec, hz) in [(A, Codec::Opus, 900.0), (B, Codec::Pcma, 500.0)] {
        let samples = heard(&mut stage, party, codec);
        let share = tone::share(&samples[1_600..], hz);
        assert!(samples.len() >= 15_200 && share > 0.7, "{share} of {}", samples.len());
    }
    let jitter = stage.close(A).jitter_us;
    assert!(jitter < 1_000, "{jitter} µs by the clock of 48 kHz");
}

/// RFC 4733 §2.1: events count time as the audio does, so a key crosses between two clocks as a
/// press of its own.
#[test]
fn a_key_crosses_between_two_clocks_as_a_press_of_its_own() {
    let mut stage = of_two([Codec::Opus, Codec::Pcma]);
    let press = Header { payload_type: 101, marker: true, ..numbered(A, 0) };
    stage.packet(A, press, &[5, 10, 0x03, 0xC0]);
    stage.pass(300);
    let events: Vec<_> =
        stage.heard(B).into_iter().filter(|sent| sent.header.payload_type == 101).collect();
    let durations: Vec<_> = events.iter().map(|sent| sent.payload[3]).collect();
    assert_eq!((events.len(), events[0].payload[0]), (8, 5));
    assert_eq!(durations[..2], [160, 64], "20 and 40 ms of 8 kHz, the low byte");
}

/// A re-INVITE that changes the codec changes what is done, in the middle of a word.
#[test]
fn a_codec_that_changes_is_relayed_or_decoded_from_the_next_packet() {
    let mut stage = of_two([Codec::G722; 2]);
    let relays =
        |stage: &Stage, party| matches!(stage.session.streams[&party].hearing, Hearing::Relay(_));
    assert!(relays(&stage, A) && relays(&stage, B));
    stage.command(Command::Update { stream: B, negotiated: agreed(B, Codec::Pcmu) });
    assert!(!relays(&stage, A) && !relays(&stage, B));
    let (mut a, mut b) = (Voice::new(A, Codec::G722), Voice::new(B, Codec::Pcmu));
    converse(&mut stage, &mut [(&mut a, 500.0), (&mut b, 900.0)], 500);
    assert!(tone::share(&heard(&mut stage, B, Codec::Pcmu)[800..], 500.0) > 0.98);
    assert!(tone::share(&heard(&mut stage, A, Codec::G722)[800..], 900.0) > 0.98);
    stage.command(Command::Update { stream: A, negotiated: agreed(A, Codec::Pcma) });
    assert!(relays(&stage, A) && relays(&stage, B), "the laws need no decoder");
    stage.command(row(B, &[(A, -6)]));
    stage.command(Command::Update { stream: A, negotiated: agreed(A, Codec::Pcmu) });
    assert!(!relays(&stage, B), "a gain is a gain");
}

/// FAULTS F9: one packet in ten lost is filled in by the voice's own pitch.
#[test]
fn what_is_lost_on_the_way_is_filled_in() {
    let mut stage = of_two([Codec::G722, Codec::Pcma]);
    let packets = Voice::new(A, Codec::G722).packets(&tone::sine(400.0, 0.3, 16_000));
    for (at, (header, payload)) in packets.iter().enumerate() {
        if at % 10 != 4 {
            stage.packet(A, *header, payload);
        }
        stage.pass(20);
    }
    let samples = heard(&mut stage, B, Codec::Pcma);
    let share = tone::share(&samples[800..], 400.0);
    assert!(samples.len() >= 15_000 && share > 0.9, "{share} of {}", samples.len());
}

/// RFC 3389: who rests is heard as noise of its level, until it speaks or is forgotten.
#[test]
fn a_party_that_rests_is_heard_as_noise_of_its_level() {
    let mut stage = of_two([Codec::G722, Codec::Pcma]);
    let mut voice = Voice::new(A, Codec::G722);
    converse(&mut stage, &mut [(&mut voice, 500.0)], 400);
    stage.pass(200);
    stage.sent.clear();
    let rest = Header { payload_type: 13, ..numbered(A, 20) };
    stage.packet(A, rest, &[50]);
    stage.pass(1_000);
    let noise = heard(&mut stage, B, Codec::Pcma);
    let energy: f64 = noise.iter().map(|sample| f64::from(*sample).powi(2)).sum();
    let count = f64::from(u32::try_from(noise.len()).unwrap());
    let dbov = 10.0 * (energy / count / 32_768f64.powi(2)).log10();
    assert!(noise.len() >= 7_500 && (dbov + 50.0).abs() < 1.5, "{dbov} of {}", noise.len());
    stage.pass(15_000);
    stage.sent.clear();
    stage.pass(1_000);
    assert_eq!(stage.sent, [], "nobody rests for ever without a word");
}

/// A recording is the same G.711 whatever the telephone spoke.
#[test]
fn a_wideband_telephone_is_in_the_recording() {
    let mut stage = of_two([Codec::G722, Codec::Pcma]);
    let recording = crate::RecordingId(7);
    stage.command(Command::Record { recording, channels: [vec![A], vec![B]] });
    let mut voice = Voice::new(A, Codec::G722);
    converse(&mut stage, &mut [(&mut voice, 500.0)], 600);
    let samples = taped::channel(&taped::slots(&stage), 0);
    assert!(tone::share(&samples[1_600..4_000], 500.0) > 0.95);
}
