//! What ears make of synthesised lines, to the millisecond of the frame it happens in.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::{
    listen::Listen,
    verdict::{Answerer, Reason, Verdict},
    *,
};
use crate::tone::{RATE, sine};

/// Silence as a digital line has it.
pub(super) fn silence(ms: usize) -> Vec<i16> {
    vec![0; 8 * ms]
}

/// A voiced sound: harmonics of 120 Hz under two formants, whose pitch and loudness move.
pub(crate) fn vowel(ms: usize) -> Vec<i16> {
    let mut phase = 0.0_f64;
    (0..8 * ms)
        .map(|at| {
            let time = f64::from(u32::try_from(at).unwrap()) / f64::from(RATE);
            phase += 120.0 + 25.0 * (time * 9.0).sin();
            let turn = std::f64::consts::TAU * phase / f64::from(RATE);
            let harmonic = |n: f64| {
                let hz = 120.0 * n;
                let formants = (-((hz - 600.0) / 220.0).powi(2)).exp()
                    + 0.6 * (-((hz - 1_500.0) / 300.0).powi(2)).exp();
                (0.08 + formants) * (turn * n).sin()
            };
            let sum: f64 = (1..20).map(|n| harmonic(f64::from(n))).sum();
            let loudness = 2_500.0 + 800.0 * (time * 14.0).sin();
            #[expect(clippy::cast_possible_truncation, reason = "the cast saturates")]
            let sample = (sum * loudness) as i16;
            sample
        })
        .collect()
}

/// White noise of this level in dBFS, the same every time.
pub(super) fn noise(ms: usize, level: f64) -> Vec<i16> {
    let amplitude = 32_768.0 * 10.0_f64.powf(level / 20.0) * 3.0_f64.sqrt();
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    (0..8 * ms)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let unit = f64::from(u32::try_from(state >> 32).unwrap()) / f64::from(u32::MAX);
            #[expect(clippy::cast_possible_truncation, reason = "the cast saturates")]
            let sample = ((2.0 * unit - 1.0) * amplitude) as i16;
            sample
        })
        .collect()
}

/// What is heard, and when in ms since the answer, of a line in packets of 20 ms.
fn heard(line: &[i16]) -> Vec<(u32, Sound)> {
    let opened = instant();
    let mut ears = Ears::new(opened, Listen::default());
    let mut told = vec![];
    for (packet, n) in line.chunks(160).zip(1_u32..) {
        let mut sounds = vec![];
        ears.hear(opened + Duration::from_millis(u64::from(n) * 20), packet, &mut sounds);
        told.extend(sounds.into_iter().map(|sound| (n * 20, sound)));
    }
    told
}

#[expect(clippy::disallowed_methods, reason = "a test reads the clock once, for its epoch")]
fn instant() -> Instant {
    Instant::now()
}

fn verdict(told: &[(u32, Sound)]) -> (u32, &Verdict) {
    let mut verdicts = told.iter().filter_map(|(at, sound)| match sound {
        Sound::Judged(verdict) => Some((*at, verdict)),
        _ => None,
    });
    let first = verdicts.next().unwrap();
    assert_eq!(verdicts.next(), None, "there is one verdict");
    first
}

/// Words of 300 ms with 160 ms between them.
fn sentence(words: usize) -> Vec<i16> {
    let words = (0..words).map(|_| [vowel(300), silence(160)].concat());
    words.collect::<Vec<_>>().concat()
}

/// 16 CFR 310.4(b)(1)(iv): the two seconds begin when the greeting ends, 700 ms before we know.
#[test]
fn a_short_greeting_and_a_pause_are_a_person() {
    let told = heard(&[silence(400), vowel(500), silence(2_000)].concat());
    let greeted = Sound::GreetingEnded { ago_ms: 700 };
    assert_eq!(told[0], (1_600, greeted));
    let (at, verdict) = verdict(&told);
    assert_eq!(
        (at, verdict.answerer, verdict.reason),
        (1_600, Answerer::Person, Reason::ShortGreeting)
    );
    assert_eq!(
        verdict.to_string(),
        "person: greeted for 500 ms in 1 bursts after 400 ms of silence, then waited 700 ms"
    );
}

#[test]
fn a_greeting_that_goes_on_is_a_machine() {
    let told = heard(&[silence(600), sentence(12)].concat());
    let (at, verdict) = verdict(&told);
    assert_eq!((at, verdict.answerer), (4_400, Answerer::Machine));
    assert_eq!(
        verdict.to_string(),
        "machine: spoke for 3800 ms in 9 bursts after 600 ms of silence, with no pause over 160 ms"
    );
}

/// Between a person's greeting and a machine's lies what nobody can tell.
#[test]
fn a_greeting_of_middle_length_is_uncertain() {
    let told = heard(&[silence(300), sentence(5), silence(1_500)].concat());
    let (at, verdict) = verdict(&told);
    assert_eq!((at, verdict.answerer), (300 + 2_140 + 1_500, Answerer::Uncertain));
    assert_eq!(verdict.reason, Reason::UnclearGreeting);
    assert_eq!(told[0], (at, Sound::GreetingEnded { ago_ms: 1_500 }));
}

/// A second between two sentences ends no greeting that is longer than a person's.
#[test]
fn a_machine_may_pause_between_its_sentences() {
    let told = heard(&[silence(300), sentence(5), silence(840), sentence(5)].concat());
    let (at, verdict) = verdict(&told);
    assert_eq!((at, verdict.answerer), (300 + 3_800, Answerer::Machine));
    assert_eq!((verdict.words, verdict.longest_pause_ms), (7, 1_000));
}

/// Half a scale of DC, and hum as loud as a voice, are silence all the same.
#[test]
fn dc_and_hum_are_silence() {
    let hum = sine(50.0, 0.1, 48_000);
    for line in [vec![9_000; 48_000], hum] {
        assert_eq!(verdict(&heard(&line)).1.reason, Reason::InitialSilence);
    }
}

#[test]
fn whoever_says_nothing_is_uncertain() {
    let told = heard(&silence(7_000));
    let (at, verdict) = verdict(&told);
    assert_eq!((at, verdict.reason), (3_000, Reason::InitialSilence));
    assert_eq!(verdict.to_string(), "uncertain: said nothing for 3000 ms");
    assert_eq!(told.len(), 1, "a silence after nothing is not told");
}

/// A late and slow talker, whom the limit cuts short.
#[test]
fn when_the_time_is_up_it_is_uncertain() {
    let told = heard(&[silence(2_800), sentence(10)].concat());
    assert_eq!(verdict(&told).0, 6_000);
    assert_eq!(verdict(&told).1.reason, Reason::TimeUp);
}

/// R108: the message begins when the beep has ended.
#[test]
fn a_beep_after_a_greeting_is_told_with_its_end() {
    let line = [silence(500), sentence(11), silence(200), sine(1_000.0, 0.25, 3_200), silence(500)];
    let told = heard(&line.concat());
    let beep = Sound::Beep { hz: 1_000, lasted_ms: 400, ago_ms: 80 };
    assert_eq!(told.last(), Some(&(500 + 11 * 460 + 200 + 400 + 80, beep)));
}

/// A machine without words, and one whose greeting is as short as a person's.
#[test]
fn a_beep_decides_where_nothing_else_has() {
    let told = heard(&[silence(500), sine(440.0, 0.25, 4_000), silence(200)].concat());
    let (at, heard) = verdict(&told);
    assert_eq!((at, heard.reason), (1_080, Reason::Beep));
    assert_eq!(told.len(), 2);
}

/// Instead of a beep, silence: whoever leaves a message does not wait for ever.
#[test]
fn silence_after_a_greeting_is_told_once() {
    let told = heard(&[silence(300), sentence(10), silence(7_000)].concat());
    let silences: Vec<_> =
        told.iter().filter(|(_, sound)| matches!(sound, Sound::Silence { .. })).collect();
    let spoken = 300 + 10 * 460 - 160;
    assert_eq!(silences, [&(spoken + 3_000, Sound::Silence { for_ms: 3_000 })]);
}

#[test]
fn the_network_and_a_fax_are_machines() {
    let sit = [sine(950.0, 0.2, 2_640), sine(1_400.0, 0.2, 2_640), sine(1_800.0, 0.2, 2_640)];
    let told = heard(&[silence(100), sit.concat(), silence(300)].concat());
    let (at, heard_of) = verdict(&told);
    assert_eq!((at, heard_of.reason, told.len()), (1_160, Reason::Sit, 1));
    for (hz, ms, at) in [(2_100.0, 3_000, 700), (1_100.0, 500, 780)] {
        let told = heard(&[silence(200), sine(hz, 0.2, 8 * ms), silence(300)].concat());
        let (told_at, heard_of) = verdict(&told);
        assert_eq!((told_at, heard_of.reason), (at, Reason::Fax), "{hz}");
    }
}

/// A party that sends nothing while it is silent, or whose packets are lost.
#[test]
fn time_goes_on_where_no_audio_comes() {
    let opened = instant();
    let mut ears = Ears::new(opened, Listen::default());
    let mut sounds = vec![];
    for (packet, n) in [silence(400), vowel(500)].concat().chunks(160).zip(1_u64..) {
        ears.hear(opened + Duration::from_millis(n * 20), packet, &mut sounds);
    }
    assert_eq!(sounds, []);
    let mut at = 0;
    while sounds.is_empty() {
        let due = ears.deadline();
        at = (due - opened).as_millis();
        ears.tick(due, &mut sounds);
    }
    assert_eq!(sounds[0], Sound::GreetingEnded { ago_ms: 700 });
    assert_eq!(at, 1_600);
}

/// A burst of audio from the past does not carry the clock away.
#[test]
fn audio_far_ahead_of_time_is_left_out() {
    let opened = instant();
    let mut ears = Ears::new(opened, Listen::default());
    let mut sounds = vec![];
    for packet in silence(20_000).chunks(160) {
        ears.hear(opened, packet, &mut sounds);
    }
    assert_eq!(sounds, []);
    assert!(ears.deadline() <= opened + Duration::from_millis(320));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    /// Whatever comes, in packets of whatever size: one verdict, within its time and no later than
    /// the frame it is due in; and ears that hear nothing know it is late.
    #[test]
    fn there_is_one_verdict_and_it_is_in_time(
        parts in prop::collection::vec((0_u8..4, 20_usize..1_500), 1..12),
        packet in 80_usize..400,
    ) {
        let part = |(kind, ms): &(u8, usize)| match kind {
            0 => silence(*ms),
            1 => vowel(*ms),
            2 => noise(*ms, -35.0),
            _ => sine(1_000.0, 0.2, 8 * ms),
        };
        let mut line: Vec<i16> = parts.iter().flat_map(part).collect();
        line.extend(silence(7_000));
        let opened = instant();
        let mut ears = Ears::new(opened, Listen::default());
        let (mut told, mut sent) = (vec![], 0);
        for packet in line.chunks(packet) {
            sent += packet.len() as u64;
            ears.hear(opened + Duration::from_micros(sent * 125), packet, &mut told);
        }
        let verdicts: Vec<_> = told.iter().filter_map(|sound| match sound {
            Sound::Judged(verdict) => Some(verdict),
            _ => None,
        }).collect();
        prop_assert_eq!(verdicts.len(), 1);
        prop_assert!(verdicts[0].at_ms <= 6_000);
    }
}
