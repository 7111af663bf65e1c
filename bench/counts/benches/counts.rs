//! Counts instructions where the other benchmarks measure time: the same on any day, however busy
//! the machine is. Run it with `bench/counts/run`, which compares the counts with those that are
//! kept beside it.
//!
//! The scenes are those of the wall-clock benchmarks of `sip`, `media` and `routing`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    unused_qualifications,
    reason = "a benchmark fails by panicking, and gungraun's macros write undocumented items"
)]
#![expect(clippy::disallowed_methods, reason = "the epoch of virtual time")]

use std::hint::black_box;

use bytes::Bytes;
use gungraun::{library_benchmark, library_benchmark_group, main};
use line::Bench;
use media::sdp::Codec;
use pace::Shift;
use sip::testing::Pair;
use stage::Stage;

#[path = "../../../sip/benches/message/invite.rs"]
mod invite;
#[path = "../../../routing/benches/decision/line.rs"]
mod line;
#[path = "pace.rs"]
mod pace;
#[path = "../../../sip/benches/call/room.rs"]
mod room;
#[path = "../../../media/benches/session/stage.rs"]
mod stage;

library_benchmark_group!(name = each_message; benchmarks = parse, transactions);
library_benchmark_group!(name = each_packet; benchmarks = round);
library_benchmark_group!(name = each_decision; benchmarks = route_at_once, route_to_line, pace);
main!(library_benchmark_groups = each_message, each_packet, each_decision);

/// An INVITE of 1.1 kB is read, typed and answered.
#[library_benchmark]
#[bench::invite(invite::invite())]
fn parse(raw: Bytes) -> Option<Bytes> {
    let request = invite::read(black_box(raw))?;
    black_box(invite::typed(&request));
    invite::answer(&request)
}

/// A call from INVITE to BYE, both of its sides, each transaction to its end. It is not the room's
/// first.
#[library_benchmark]
#[bench::whole_call(args = (), setup = room_in_use)]
fn transactions(mut pair: Pair) -> Pair {
    room::calls(&mut pair, 1);
    pair
}

fn room_in_use() -> Pair {
    let mut pair = room::room();
    room::calls(&mut pair, 1);
    pair
}

/// 300 packets: relayed, decoded and encoded anew, mixed with another's.
#[library_benchmark]
#[bench::relay(args = (Codec::Pcma, Codec::Pcma), setup = talking)]
#[bench::transcode(args = (Codec::Pcma, Codec::G722), setup = talking)]
#[bench::mix(args = (), setup = conference)]
fn round(mut stage: Stage) -> Stage {
    stage.round();
    stage
}

fn talking(codec: Codec, other: Codec) -> Stage {
    warm(stage::stage(codec, other))
}

fn conference() -> Stage {
    warm(stage::mixing())
}

/// A jitter buffer waits at first, and what is kept from round to round is made once.
fn warm(mut stage: Stage) -> Stage {
    for _ in 0..20 {
        stage.round();
    }
    stage
}

/// An answered call finds a ready agent among a thousand, and all that follows to the disposition.
#[library_benchmark]
#[bench::of_a_thousand(args = (), setup = everybody_ready)]
fn route_at_once(mut bench: Bench) -> Bench {
    black_box(bench.call_to_ready_agent());
    bench
}

fn everybody_ready() -> Bench {
    let mut bench = Bench::new();
    bench.everybody_ready();
    black_box(bench.call_to_ready_agent());
    bench
}

/// An agent becomes ready, gets one of 500 calls that wait, and pauses.
#[library_benchmark]
#[bench::of_five_hundred(args = (), setup = lines_full)]
fn route_to_line(mut bench: Bench) -> Bench {
    black_box(bench.agent_becomes_ready());
    bench
}

fn lines_full() -> Bench {
    let mut bench = Bench::new();
    bench.fill_lines();
    black_box(bench.agent_becomes_ready());
    bench
}

/// A second of decisions of a campaign in mid-shift.
#[library_benchmark]
#[bench::two_hundred_agents(args = (200,), setup = Shift::after_an_hour)]
fn pace(mut shift: Shift) -> Shift {
    shift.second();
    shift
}
