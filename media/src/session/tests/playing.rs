//! Prompts, mixes and everything that time alone brings about.

use super::*;
use crate::{
    Country,
    prompt::{Prompt, PromptId, Signal, Standing},
    rtcp,
};

fn play(prompt: Prompt, repeat: bool, tag: u64) -> Command {
    Command::Play { stream: A, prompt, repeat, tag }
}

fn busy() -> Prompt {
    Prompt::Signal(Signal::Busy, Country::De)
}

/// A frame every 20 ms to the millisecond, the first in the instant of the command.
#[test]
fn a_prompt_is_sent_in_frames_of_the_packet_time() {
    let mut stage = Stage::of_two();
    stage.pass(7);
    stage.command(play(busy(), true, 1));
    stage.pass(100);
    let heard = stage.heard(A);
    let times: Vec<_> = heard.iter().map(|sent| sent.at_ms).collect();
    assert_eq!(times, [7, 27, 47, 67, 87, 107]);
    assert!(tone::share(&decoded(&heard, Codec::Pcma), 425.0) > 0.95);
    assert_eq!(heard.iter().filter(|sent| sent.header.marker).count(), 1);
}

/// I34: a party that asked for packets of 30 ms gets them.
#[test]
fn frames_are_as_long_as_the_party_asked() {
    for (ptime_ms, samples, times) in [(10, 80u16, vec![0, 10, 20, 30]), (30, 240, vec![0, 30])] {
        let mut stage = Stage::new();
        stage.open_as(A, Negotiated { ptime_ms, ..agreed(A, Codec::Pcmu) });
        stage.command(play(busy(), true, 1));
        stage.pass(30);
        let heard = stage.heard(A);
        assert_eq!(heard.iter().map(|sent| sent.at_ms).collect::<Vec<_>>(), times);
        assert!(heard.iter().all(|sent| sent.payload.len() == usize::from(samples)));
        let last = heard.last().unwrap().header.timestamp;
        let steps = u32::try_from(heard.len() - 1).unwrap();
        assert_eq!(last.wrapping_sub(heard[0].header.timestamp), steps * u32::from(samples));
    }
}

/// The row is kept while a prompt plays, and heard again when it ends.
#[test]
fn at_its_end_a_prompt_is_told_and_the_row_is_heard_again() {
    let mut stage = Stage::of_two();
    stage.command(play(Prompt::Signal(Signal::Beep, Country::De), false, 42));
    // The beep's cadence lasts 300 ms: fifteen frames.
    for at in 0..14 {
        stage.packet(B, numbered(B, at), &[0xD5; 160]);
        stage.pass(20);
    }
    assert_eq!(stage.heard(A).len(), 15);
    stage.events();
    stage.pass(15);
    stage.packet(B, numbered(B, 14), &[1; 160]);
    assert_eq!((stage.heard(A), stage.events()), (vec![], vec![]));
    stage.pass(5);
    assert_eq!(stage.events(), [Event::PlayEnded { stream: A, tag: 42 }]);
    let heard = stage.heard(A);
    assert_eq!((heard.len(), heard[0].at_ms, heard[0].payload[0]), (1, 300, 1));
    assert!(heard[0].header.marker);
}

#[test]
fn a_prompt_that_is_stopped_or_replaced_has_no_end() {
    let mut stage = Stage::of_two();
    stage.command(play(busy(), false, 1));
    stage.pass(100);
    stage.command(play(busy(), false, 2));
    stage.pass(100);
    stage.packet(B, numbered(B, 0), &[9; 160]);
    stage.events();
    stage.heard(A);
    stage.command(Command::StopPlay { stream: A });
    let heard = stage.heard(A);
    assert_eq!(heard[0].payload[0], 9, "the row is heard in the same instant");
    stage.pass(2000);
    assert_eq!((stage.heard(A), stage.events()), (vec![], vec![]));
}

#[test]
fn the_number_in_the_queue_is_spoken() {
    let mut stage = Stage::of_two();
    stage.command(play(Prompt::Standing(Standing::at(3)), false, 9));
    stage.pass(2_900);
    assert!(stage.heard(A).len() > 140);
    stage.pass(2_000);
    assert!(stage.events().contains(&Event::PlayEnded { stream: A, tag: 9 }));
}

#[test]
fn a_prompt_that_is_missing_is_named_and_nothing_else_happens() {
    let mut stage = Stage::of_two();
    stage.command(play(Prompt::Named(PromptId("jingle".to_owned())), false, 9));
    let failure = Failure::UnknownPrompt("jingle".to_owned());
    assert_eq!(stage.events(), [Event::Failed { stream: Some(A), failure }]);
    stage.packet(B, numbered(B, 0), &[9]);
    assert_eq!(stage.heard(A).len(), 1);
}

/// Issue 4, point 6: what plays goes on with the version it began with; the next hears the new one,
/// and a clip that is gone leaves the shipped one of its name.
#[test]
fn a_clip_that_changes_while_it_plays_changes_for_the_next_who_hears_it() {
    let mut stage = Stage::of_two();
    let music = || PromptId("hold-music".to_owned());
    let stock = |hz: Option<f64>| {
        let samples = hz.map(|hz| tone::sine(hz, 0.3, 4_000).into());
        Command::Stock { clip: music(), samples }
    };
    stage.command(stock(Some(600.0)));
    stage.command(play(Prompt::Named(music()), true, 1));
    stage.pass(200);
    stage.command(stock(Some(1_100.0)));
    stage.pass(1_000);
    let heard = decoded(&stage.heard(A), Codec::Pcma);
    assert!(heard.len() > 9_000 && tone::share(&heard, 600.0) > 0.95);
    stage.command(play(Prompt::HoldMusic, true, 2));
    stage.pass(400);
    assert!(tone::share(&decoded(&stage.heard(A), Codec::Pcma), 1_100.0) > 0.95);
    stage.command(stock(None));
    stage.command(play(Prompt::HoldMusic, true, 3));
    stage.pass(400);
    let shipped = decoded(&stage.heard(A), Codec::Pcma);
    assert!(tone::share(&shipped, 1_100.0) < 0.2 && shipped.iter().any(|s| s.abs() > 1_000));
    assert!(stage.events().iter().all(|event| !matches!(event, Event::Failed { .. })));
}

/// Three-way: each hears the two others and not themselves (N−1).
#[test]
fn in_a_conference_each_hears_the_others() {
    let mut stage = Stage::of_two();
    stage.open(C, Codec::Pcmu);
    let hears = |listener, others: [StreamId; 2]| Row {
        listener,
        hears: others.map(|from| crate::route::Heard { from, gain_db: 0 }).to_vec(),
    };
    let rows = vec![hears(A, [B, C]), hears(B, [A, C]), hears(C, [A, B])];
    stage.command(Command::Route(Route { rows }));
    let tones =
        [(A, 500.0), (B, 900.0), (C, 1700.0)].map(|(id, hz)| (id, tone::sine(hz, 0.2, 8000)));
    for at in 0..50 {
        for (id, tone) in &tones {
            let codec = if *id == C { Codec::Pcmu } else { Codec::Pcma };
            let frame = &tone[at * 160..(at + 1) * 160];
            let payload: Vec<_> = frame.iter().map(|s| codec.law().unwrap().encode(*s)).collect();
            let payload_type = codec.payload_type();
            stage.packet(*id, Header { payload_type, ..numbered(*id, at) }, &payload);
        }
        stage.pass(20);
    }
    for (id, codec, present, absent) in [
        (A, Codec::Pcma, [900.0, 1700.0], 500.0),
        (B, Codec::Pcma, [500.0, 1700.0], 900.0),
        (C, Codec::Pcmu, [500.0, 900.0], 1700.0),
    ] {
        let sent = stage.heard(id);
        let samples = decoded(&sent[sent.len() - 40..], codec);
        for hz in present {
            assert!((0.45..0.55).contains(&tone::share(&samples, hz)), "{id} at {hz}");
        }
        assert!(tone::share(&samples, absent) < 0.01, "{id} hears itself");
    }
}

/// Whisper: the agent hears customer and supervisor, the customer only the agent.
#[test]
fn a_supervisor_whispers_at_the_gain_of_the_row() {
    let mut stage = Stage::of_two();
    stage.open(C, Codec::Pcma);
    stage.command(row(A, &[(B, 0), (C, -12)]));
    let (customer, supervisor) = (tone::sine(500.0, 0.3, 16_000), tone::sine(900.0, 0.3, 16_000));
    let encode =
        |samples: &[i16]| -> Vec<u8> { samples.iter().map(|s| Law::A.encode(*s)).collect() };
    for at in 0..100 {
        let range = at * 160..(at + 1) * 160;
        stage.packet(B, numbered(B, at), &encode(&customer[range.clone()]));
        stage.packet(C, numbered(C, at), &encode(&supervisor[range]));
        stage.pass(20);
    }
    let heard = stage.heard(A);
    let samples = decoded(&heard[20..], Codec::Pcma);
    let ratio = tone::share(&samples, 900.0) / tone::share(&samples, 500.0);
    let db = 10.0 * ratio.log10();
    assert!((db + 12.0).abs() < 0.5, "{db} dB");
    assert_eq!(stage.heard(B), [], "A said nothing, and B hears nobody else");
}

/// Loud speakers together stay loud: they are clipped and never wrap around.
#[test]
fn a_sum_beyond_full_scale_is_clipped() {
    let mut stage = Stage::of_two();
    stage.open(C, Codec::Pcma);
    stage.command(row(A, &[(B, 20), (C, 20)]));
    for at in 0..20 {
        for party in [B, C] {
            stage.packet(party, numbered(party, at), &[Law::A.encode(20_000); 160]);
        }
        stage.pass(20);
    }
    let heard = stage.heard(A);
    let loud = decoded(&heard[heard.len() - 5..], Codec::Pcma);
    assert!(loud.iter().all(|sample| *sample > 30_000));
}

/// An event goes into a mix, too, with numbers of the mix.
#[test]
fn a_key_reaches_a_party_that_hears_a_mix() {
    let mut stage = Stage::of_two();
    stage.command(row(A, &[(B, -6)]));
    for at in 0..10 {
        stage.packet(B, numbered(B, at), &[0xD5; 160]);
        if at > 6 {
            let header = Header { payload_type: 101, timestamp: 5000, ..numbered(B, 100 + at) };
            stage.packet(
                B,
                header,
                &TelephoneEvent { event: 1, end: false, volume: 0, duration: 0 }.write(),
            );
        }
        stage.pass(20);
    }
    let heard = stage.heard(A);
    let keys: Vec<_> = heard.iter().filter(|sent| sent.header.payload_type == 101).collect();
    assert_eq!(keys.len(), 3);
    assert!(keys.iter().all(|sent| sent.header.timestamp == keys[0].header.timestamp));
    let sequences: Vec<_> = heard.iter().map(|sent| sent.header.sequence).collect();
    assert!(sequences.windows(2).all(|pair| pair[1].wrapping_sub(pair[0]) == 1));
}

/// LIMITS 4: when everybody is silent a mix stops, and starts again with the first word.
#[test]
fn a_mix_of_silent_parties_costs_nothing() {
    let mut stage = Stage::of_two();
    stage.command(row(A, &[(B, -6)]));
    stage.say(B, &tone::sine(500.0, 0.3, 1600));
    stage.heard(A);
    stage.pass(1000);
    assert!(stage.heard(A).len() < 10);
    // Two silences told and a report to B: nothing else wakes anybody in ten seconds.
    assert!(stage.pass(10_000) <= 6);
    assert_eq!(stage.heard(A), []);
    let header = numbered(B, 500);
    stage.packet(B, header, &[1; 160]);
    stage.pass(20);
    stage.packet(B, numbered(B, 501), &[1; 160]);
    stage.pass(100);
    assert!(!stage.heard(A).is_empty());
}

/// F8: exactly 3 s after the last packet, once; and once more when it speaks again.
#[test]
fn a_party_that_falls_silent_is_told_after_three_seconds() {
    let mut stage = Stage::of_two();
    stage.packet(A, numbered(A, 0), &[1]);
    stage.pass(1500);
    stage.packet(A, numbered(A, 75), &[1]);
    stage.events();
    stage.pass(1499);
    assert_eq!(stage.events(), []);
    stage.pass(1);
    assert_eq!(stage.events(), [Event::Quiet { stream: B, for_ms: 3000 }], "B never spoke");
    stage.pass(1500);
    assert_eq!(stage.events(), [Event::Quiet { stream: A, for_ms: 3000 }]);
    stage.pass(60_000);
    assert_eq!(stage.events(), []);
    stage.packet(A, numbered(A, 76), &[1]);
    assert_eq!(stage.events(), [Event::Resumed { stream: A }]);
}

/// An idle call has no timer at all once its silence was told.
#[test]
fn an_idle_call_waits_for_nothing() {
    let mut stage = Stage::of_two();
    stage.pass(3000);
    assert_eq!(stage.session.deadline(), None);
}

/// RFC 6263: what keeps a NAT open, and only where nothing else was sent.
#[test]
fn a_silent_line_is_kept_alive() {
    let mut stage = Stage::new();
    stage.session.setup.keep_alive = Some(Duration::from_secs(15));
    stage.open(A, Codec::Pcma);
    stage.pass(45_500);
    let heard = stage.heard(A);
    assert_eq!(heard.iter().map(|s| s.at_ms).collect::<Vec<_>>(), [15_000, 30_000, 45_000]);
    assert!(heard.iter().all(|sent| sent.payload == [0xD5; 160]));
    let step = heard[1].header.timestamp.wrapping_sub(heard[0].header.timestamp);
    assert_eq!(step, 120_000, "the timestamp shows the pause");
    stage.command(Command::Update {
        stream: A,
        negotiated: Negotiated { direction: Direction::RecvOnly, ..agreed(A, Codec::Pcma) },
    });
    stage.pass(60_000);
    assert_eq!(stage.heard(A), []);
}

/// RFC 3550 §6.4: every 5 s while packets flow, with the counts of both directions.
#[test]
fn reports_tell_what_was_sent_and_received() {
    let mut stage = Stage::of_two();
    for at in 0..260 {
        if at % 10 != 3 {
            stage.packet(A, numbered(A, at), &[0xD5; 160]);
        }
        stage.pass(20);
    }
    let (to_a, to_b): (Vec<_>, Vec<_>) =
        stage.reports.iter().partition(|(stream, _, _)| *stream == A);
    assert_eq!((to_a.len(), to_b.len()), (1, 1));
    let (_, to, report) = to_a[0];
    assert_eq!((to.port(), report[1]), (4001, 201), "A was sent nothing: RR");
    let about = rtcp::Heard::read(report, 1).unwrap().about_us.unwrap();
    // 250 packets up to 5 s, one in ten lost.
    assert_eq!((about.highest, about.lost, about.fraction_lost), (249, 25, 25));
    let (_, _, report) = to_b[0];
    assert_eq!(report[1], 200, "B was sent packets: SR");
    let packets = u32::from_be_bytes(report[20..24].try_into().unwrap());
    assert_eq!(packets, 225);
    // Nobody speaks: one last report for the packets since, then none.
    stage.pass(60_000);
    assert_eq!(stage.reports.len(), 4);
}

/// RFC 3550 §6.6: who was sent something hears that it ends, and nobody else does.
#[test]
fn a_stream_that_ends_says_bye() {
    let mut stage = Stage::of_two();
    stage.packet(A, numbered(A, 0), &[1]);
    stage.close(A);
    assert_eq!(stage.reports, []);
    stage.close(B);
    let (stream, to, bye) = &stage.reports[0];
    assert_eq!((*stream, to.port()), (B, 4001));
    assert_eq!(bye[bye.len() - 8..bye.len() - 4], [0x81, 203, 0, 1]);
    assert_eq!(rtcp::Heard::read(bye, 0).map(|heard| heard.ntp_middle.is_some()), Some(true));
}

/// RFC 3550 §6.4.1: now - DLSR - LSR.
#[test]
fn the_round_trip_is_taken_from_the_partys_report() {
    let mut stage = Stage::of_two();
    stage.say(A, &vec![0; 160 * 251]);
    let (_, _, ours) = stage.reports.iter().find(|(stream, _, _)| *stream == B).unwrap();
    let heard = rtcp::Heard::read(ours, 0).unwrap();
    let ssrc = u32::from_be_bytes(ours[4..8].try_into().unwrap());
    // It left at 5.000 s; now is 5.020 s. The party held it for 12.5 ms.
    let block = rtcp::Block {
        ssrc,
        fraction_lost: 0,
        lost: 17,
        highest: 0,
        jitter: 0,
        last_report: heard.ntp_middle.unwrap(),
        delay: 819,
    };
    let mut packet = vec![];
    rtcp::Report { ssrc: 2, sender: None, block: Some(block) }.write("b", &mut packet);
    let from = SocketAddr::new(address(B).ip(), 4001);
    stage.input(Input::Report { stream: B, from, packet: &packet });
    let stats = stage.close(B);
    assert_eq!(stats.lost_by_party, Some(17));
    assert!((7_400..7_600).contains(&stats.round_trip_us.unwrap()), "{stats:?}");
}

/// RFC 5761: on one port, reports are told from audio by their second byte.
#[test]
fn muxed_reports_share_the_port() {
    let mut stage = Stage::new();
    let muxed = Negotiated { rtcp_mux: true, rtcp: address(A), ..agreed(A, Codec::Pcma) };
    stage.open_as(A, muxed);
    stage.command(play(Prompt::Silence, false, 0));
    stage.pass(5000);
    assert_eq!(stage.reports[0].1, address(A));
    let report = stage.reports[0].2.clone();
    stage.input(Input::Packet { stream: A, from: address(A), packet: &report });
    let stats = stage.close(A);
    assert_eq!((stats.received, stats.invalid, stats.strays), (0, 0, 0));
}
