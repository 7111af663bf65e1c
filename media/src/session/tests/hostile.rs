//! What must hold whatever the network and the brain do.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::{
    Country,
    prompt::{Prompt, Signal},
};

#[derive(Clone, Debug)]
enum Step {
    Packet {
        stream: u64,
        from: u64,
        payload_type: u8,
        sequence: u16,
        timestamp: u32,
        ssrc: u32,
    },
    Junk {
        stream: u64,
        from: u64,
        bytes: Vec<u8>,
        report: bool,
    },
    Row {
        listener: u64,
        hears: Vec<(u64, i8)>,
    },
    Play {
        stream: u64,
        repeat: bool,
    },
    StopPlay(u64),
    Update {
        stream: u64,
        sends: bool,
        receives: bool,
        mu: bool,
    },
    Close(u64),
    /// Away to another worker and back.
    Move(Vec<u64>),
    Pass(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let stream = 1..5u64;
    let packet = (stream.clone(), 1..6u64, 0..3usize, 0..90u16, 0..20_000u32, 1..3u32);
    let row = (stream.clone(), prop::collection::vec((1..5u64, -70..25i8), 0..4));
    prop_oneof![
        8 => packet.prop_map(|(stream, from, kind, sequence, timestamp, ssrc)| Step::Packet {
            stream, from, payload_type: [8, 0, 101][kind], sequence, timestamp, ssrc
        }),
        1 => (stream.clone(), 1..6u64, prop::collection::vec(any::<u8>(), 0..40), any::<bool>())
            .prop_map(|(stream, from, bytes, report)| Step::Junk { stream, from, bytes, report }),
        3 => row.prop_map(|(listener, hears)| Step::Row { listener, hears }),
        1 => (stream.clone(), any::<bool>())
            .prop_map(|(stream, repeat)| Step::Play { stream, repeat }),
        1 => stream.clone().prop_map(Step::StopPlay),
        1 => (stream.clone(), any::<bool>(), any::<bool>(), any::<bool>())
            .prop_map(|(stream, sends, receives, mu)| Step::Update { stream, sends, receives, mu }),
        1 => stream.clone().prop_map(Step::Close),
        1 => prop::collection::vec(stream, 1..4).prop_map(Step::Move),
        6 => (0..60u64).prop_map(Step::Pass),
    ]
}

fn apply(stage: &mut Stage, step: Step) {
    match step {
        Step::Packet { stream, from, payload_type, sequence, timestamp, ssrc } => {
            let header = Header { marker: false, payload_type, sequence, timestamp, ssrc };
            stage.packet_from(address(StreamId(from)), StreamId(stream), header, &[0xD5; 160]);
        }
        Step::Junk { stream, from, bytes, report } => {
            let (stream, from) = (StreamId(stream), address(StreamId(from)));
            stage.input(if report {
                Input::Report { stream, from, packet: &bytes }
            } else {
                Input::Packet { stream, from, packet: &bytes }
            });
        }
        Step::Row { listener, hears } => {
            let hears: Vec<_> = hears.into_iter().map(|(from, db)| (StreamId(from), db)).collect();
            stage.command(row(StreamId(listener), &hears));
        }
        Step::Play { stream, repeat } => {
            let prompt = Prompt::Signal(Signal::Beep, Country::Us);
            stage.command(Command::Play { stream: StreamId(stream), prompt, repeat, tag: 0 });
        }
        Step::StopPlay(stream) => stage.command(Command::StopPlay { stream: StreamId(stream) }),
        Step::Update { stream, sends, receives, mu } => {
            let direction = match (sends, receives) {
                (true, true) => Direction::SendRecv,
                (true, false) => Direction::SendOnly,
                (false, true) => Direction::RecvOnly,
                (false, false) => Direction::Inactive,
            };
            let codec = if mu { Codec::Pcmu } else { Codec::Pcma };
            let stream = StreamId(stream);
            let negotiated = Negotiated { direction, ..agreed(stream, codec) };
            stage.command(Command::Update { stream, negotiated });
        }
        Step::Close(stream) => stage.command(Command::Close { stream: StreamId(stream) }),
        Step::Move(streams) => {
            let ids: Vec<_> = streams.into_iter().map(StreamId).collect();
            let away = stage.session.depart(&ids, &[]);
            for stream in away.streams {
                stage.session.arrive(stream);
            }
        }
        Step::Pass(ms) => {
            stage.pass(ms);
        }
    }
}

proptest! {
    /// Each party is sent to at its own address only (S8), under one SSRC, and no sequence number
    /// twice: `Outgoing`'s invariant through every path at once.
    #[test]
    fn a_party_sees_one_stream_without_repetition(
        steps in prop::collection::vec(step(), 1..120),
    ) {
        let mut stage = Stage::new();
        (1..5).for_each(|id| stage.open(StreamId(id), Codec::Pcma));
        for step in steps {
            apply(&mut stage, step);
        }
        let mut numbers = BTreeSet::new();
        let mut ssrcs = BTreeSet::new();
        for Sent { stream, to, header, payload, .. } in &stage.sent {
            prop_assert_eq!(*to, address(*stream));
            prop_assert!(numbers.insert((*stream, header.sequence)), "twice: {:?}", header);
            ssrcs.insert((*stream, header.ssrc));
            prop_assert!([4, 160].contains(&payload.len()));
        }
        prop_assert!(ssrcs.len() <= 4);
        for (stream, to, _) in &stage.reports {
            prop_assert_eq!(to.ip(), address(*stream).ip());
        }
    }

    /// Every buffer and timer goes with its stream.
    #[test]
    fn what_is_closed_leaves_nothing(steps in prop::collection::vec(step(), 1..60)) {
        let mut stage = Stage::new();
        (1..5).for_each(|id| stage.open(StreamId(id), Codec::Pcma));
        for step in steps {
            apply(&mut stage, step);
        }
        for id in 1..5 {
            for stream in stage.session.streams.values() {
                let mixed = stream.heard_by.iter().any(|listener| {
                    stage.session.streams.get(listener).is_some_and(|l| l.hearing.is_mix())
                });
                prop_assert_eq!(stream.playout.is_some(), mixed);
                for listener in &stream.heard_by {
                    let sources = stage.session.streams[listener].hearing.sources();
                    prop_assert!(sources.contains(&stream.id));
                }
                for source in stream.hearing.sources() {
                    prop_assert!(stage.session.streams[&source].heard_by.contains(&stream.id));
                }
            }
            stage.command(Command::Close { stream: StreamId(id) });
        }
        prop_assert!(stage.session.is_empty() && stage.session.timetable.is_empty());
    }
}
