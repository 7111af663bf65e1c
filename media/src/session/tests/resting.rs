//! Covers: parties that send nothing while they are silent, and what we leave out for those who
//! want that (RFC 3389; Opus's DTX, RFC 7587 §3.1.3 and §6.1).

use super::{transcoded::Voice, *};
use crate::opus::{self, Speech};

/// Noise of about -66 dBov that has more of the low tones, as a quiet room has it.
fn room(count: usize) -> Vec<i16> {
    let (mut seed, mut low) = (1u32, 0);
    let sample = |_| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let white = i32::try_from((seed >> 16) % 81).unwrap() - 40;
        low += (white * 16 - low) / 4;
        i16::try_from(low / 8).unwrap()
    };
    (0..count).map(sample).collect()
}

/// Syllables of a voice: harmonics of 150 Hz that come and go four times a second.
fn words(count: usize) -> Vec<i16> {
    let harmonics = [150.0, 300.0, 450.0, 600.0, 750.0].map(|hz| tone::sine(hz, 0.15, count));
    let loud = tone::sine(2.0, 1.0, count);
    let sample = |at: usize| {
        let sum: i32 = harmonics.iter().map(|harmonic| i32::from(harmonic[at])).sum();
        i16::try_from(sum * i32::from(loud[at]).abs() / 32_768).unwrap_or(i16::MAX)
    };
    (0..count).map(sample).zip(room(count)).map(|(word, noise)| word / 2 + noise).collect()
}

/// -dBov.
fn level(samples: &[i16]) -> f64 {
    let energy: f64 = samples.iter().map(|sample| f64::from(*sample).powi(2)).sum();
    let count = f64::from(u32::try_from(samples.len()).unwrap());
    10.0 * (energy / count / 32_768f64.powi(2)).log10()
}

/// The packets that a party with DTX sends of what it says: numbers are given to none else. `says`
/// is whether the packet that is the last for now is sent.
fn with_dtx(samples: &[i16], says: bool) -> Vec<Option<(Header, Vec<u8>)>> {
    let mut voice = Voice::new(A, Codec::Opus);
    voice.encoder.cease(true);
    let (mut rested, mut sequence) = (false, 0);
    let all = voice.packets(samples).into_iter();
    all.map(|(header, payload)| {
        let ceases = opus::speech(&payload) == Speech::Ceases;
        let is_first = !std::mem::replace(&mut rested, ceases);
        (!ceases || (says && is_first)).then(|| {
            sequence += 1;
            (Header { sequence, ..header }, payload)
        })
    })
    .collect()
}

fn stage(codecs: [Codec; 2]) -> Stage {
    let mut stage = Stage::new();
    stage.open(A, codecs[0]);
    stage.open(B, codecs[1]);
    stage.command(Command::Route(Route::between(A, B)));
    stage
}

/// What B was sent, in its time: silence where nothing was.
fn heard(stage: &mut Stage) -> Vec<i16> {
    let mut samples = vec![];
    for sent in stage.heard(B) {
        samples.extend(sent.payload.iter().map(|code| Law::Mu.decode(*code)));
    }
    samples
}

/// Who falls silent is heard as the noise of their room, whether their last packet says so or not:
/// nothing is lost, nothing is made up out of their last word, and nobody misses them.
#[test]
fn a_browser_that_rests_is_heard_as_its_room() {
    for says in [true, false] {
        let mut stage = stage([Codec::Opus, Codec::Pcmu]);
        let spoken = [room(8_000), words(8_000), room(8 * 8_000)].concat();
        let packets = with_dtx(&spoken, says);
        let sent = packets[120..].iter().flatten().count();
        assert!((8..60).contains(&sent), "{sent} packets of 380 were sent");
        for packet in &packets {
            if let Some((header, payload)) = packet {
                stage.packet(A, *header, payload);
            }
            stage.pass(20);
        }
        let samples = heard(&mut stage);
        assert!(samples.len() > 78_000, "{} of 80,000 samples", samples.len());
        for second in samples[24_000..].chunks_exact(8_000) {
            let level = level(second);
            assert!((-73.0..-62.0).contains(&level), "{level} dBov where it was -66");
        }
        for stretch in samples[24_000..].chunks_exact(800) {
            let level = level(stretch);
            assert!((-78.0..-60.0).contains(&level), "{level} dBov for a tenth of a second");
        }
        assert_eq!(quiets(&stage), [], "nobody misses A");
        let stats = stage.close(A);
        assert_eq!((stats.lost, stats.quality.map(|quality| quality.lost)), (0, Some(0)));
        assert!(stats.jitter_us < 1_000, "{} µs", stats.jitter_us);
    }
}

/// A pause that no packet stands for is filled with the room, and not with what concealment makes
/// of the last vowel.
#[test]
fn a_word_after_a_short_rest_comes_in_its_time() {
    let mut stage = stage([Codec::Opus, Codec::Pcmu]);
    let spoken = [room(8_000), words(8_000), room(4_800), words(8_000)].concat();
    for packet in with_dtx(&spoken, true) {
        if let Some((header, payload)) = packet {
            stage.packet(A, header, &payload);
        }
        stage.pass(20);
    }
    let samples = heard(&mut stage);
    let vowel = |at: usize| level(&samples[at..at + 400]) > -35.0;
    let first = (17_000..samples.len() - 400).find(|at| vowel(*at)).unwrap();
    // Two packets of buffer, and the first loud moment of a syllable.
    assert!((20_600..22_400).contains(&first), "the second word comes at {first}");
}

/// RFC 3389 §3: who rests may say so once, and has until it is told otherwise nothing to add.
#[test]
fn who_said_that_it_rests_is_missed_after_ten_seconds() {
    let mut stage = stage([Codec::Pcma, Codec::Pcma]);
    stage.say(A, &words(1_600));
    stage.packet(A, Header { payload_type: 13, ..numbered(A, 10) }, &[50]);
    stage.pass(9_900);
    assert_eq!(quiets(&stage), []);
    stage.pass(200);
    assert_eq!(quiets(&stage), [10_000]);
    let header = Header { sequence: 11, ..numbered(A, 600) };
    stage.packet(A, header, &[0xD5; 160]);
    stage.pass(3_100);
    assert_eq!(quiets(&stage), [10_000, 3_000], "who speaks is missed as soon as ever");
}

fn quiets(stage: &Stage) -> Vec<u32> {
    let quiet = |event: &Event| match event {
        Event::Quiet { stream: A, for_ms } => Some(*for_ms),
        _ => None,
    };
    stage.events.iter().filter_map(quiet).collect()
}

/// B in Opus hears A for two seconds in which A speaks, rests and speaks.
fn told(dtx: bool) -> Vec<Sent> {
    let mut stage = Stage::new();
    stage.open(A, Codec::Pcma);
    stage.open_as(B, Negotiated { dtx, ..agreed(B, Codec::Opus) });
    stage.command(Command::Route(Route::between(A, B)));
    stage.say(A, &[words(8_000), vec![0; 16_000], words(8_000)].concat());
    stage.heard(B)
}

/// RFC 7587 §6.1: whoever wants `usedtx=1` is spared packets in which nobody speaks; their numbers
/// go on, their time does, and what is said next is marked. Nobody else is spared any.
#[test]
fn packets_in_which_nobody_speaks_are_left_out_for_who_wants_that() {
    let (spared, all) = (told(true), told(false));
    assert_eq!(all.len(), 199, "one of 20 ms is in the buffer");
    let silent = |sent: &&Sent| (1_600..3_000).contains(&sent.at_ms);
    assert_eq!(all.iter().filter(silent).count(), 70);
    let left = spared.iter().filter(silent).count();
    assert!((2..15).contains(&left), "{left} packets in 1.4 s of silence");
    let step = |pair: &[Sent]| {
        let [before, after] = pair else { unreachable!("windows of two") };
        let sequences = after.header.sequence.wrapping_sub(before.header.sequence);
        let ticks = after.header.timestamp.wrapping_sub(before.header.timestamp);
        let passed = u32::try_from(after.at_ms - before.at_ms).unwrap();
        assert_eq!((sequences, ticks), (1, passed * 48), "at {} ms", after.at_ms);
        assert_eq!(after.header.marker, passed > 20, "at {} ms", after.at_ms);
    };
    spared.windows(2).for_each(step);
    let (mut decoder, mut samples) = (crate::codec::Decoder::of(Codec::Opus), vec![]);
    for sent in spared.iter().filter(|sent| sent.at_ms > 3_100) {
        decoder.decode(sent.header.sequence.into(), &sent.payload, &mut samples);
    }
    assert!(level(&samples) > -35.0, "the second word is heard: {}", level(&samples));
}

/// Music, and what keeps a binding alive, are no conversation.
#[test]
fn a_keep_alive_is_sent_whoever_is_spared_silence() {
    let start = Instant::now();
    let keep_alive = Some(Duration::from_secs(1));
    let setup = Setup::new(Arc::clone(&LIBRARY), keep_alive, start);
    let mut stage = Stage { session: Session::new(setup, [7; 32]), start, ..Stage::new() };
    stage.now = start;
    stage.open_as(A, Negotiated { dtx: true, ..agreed(A, Codec::Opus) });
    stage.pass(30_500);
    assert_eq!(stage.heard(A).len(), 30);
}
