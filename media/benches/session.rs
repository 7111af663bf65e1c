//! What the pure part costs: a relayed, a transcoded and a mixed packet, no kernel in it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    reason = "a benchmark fails by panicking, and criterion's macro writes no documentation"
)]
#![expect(clippy::disallowed_methods, reason = "the epoch of virtual time")]

use criterion::{Criterion, criterion_group, criterion_main};
use media::sdp::Codec;
use stage::{mixing, stage};

#[path = "session/stage.rs"]
mod stage;

fn costs(criterion: &mut Criterion) {
    let mut relay = stage(Codec::Pcma, Codec::Pcma);
    criterion.bench_function("relay, 300 packets", |bench| bench.iter(|| relay.round()));
    for (from, to, name) in [
        (Codec::Pcma, Codec::Pcmu, "A-law to µ-law, 300 packets"),
        (Codec::Pcma, Codec::G722, "A-law to G.722, 300 packets"),
        (Codec::G722, Codec::Pcma, "G.722 to A-law, 300 packets"),
        (Codec::Pcma, Codec::Opus, "A-law to Opus, 300 packets"),
    ] {
        let mut transcode = stage(from, to);
        criterion.bench_function(name, |bench| bench.iter(|| transcode.round()));
    }
    let mut mix = mixing();
    criterion.bench_function("mix of two, 300 frames", |bench| bench.iter(|| mix.round()));
}

criterion_group!(benches, costs);
criterion_main!(benches);
