//! What one call costs the signalling core, both of its sides counted: INVITE to BYE over UDP,
//! seven messages, with every transaction run to its end.
//!
//! Needs `--features testing`. The figure stands in SPECIFICATION.
#![allow(missing_docs, reason = "criterion's macros make undocumented items")]
#![expect(clippy::disallowed_methods, reason = "the room wants an epoch")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use room::{calls, room};

#[path = "call/room.rs"]
mod room;

fn whole_calls(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("call");
    let mut pair = room();
    for number in [1, 100] {
        group.throughput(Throughput::Elements(number));
        group.bench_function(format!("{number} at once"), |bencher| {
            bencher.iter(|| calls(&mut pair, number));
        });
    }
    group.finish();
}

criterion_group!(benches, whole_calls);
criterion_main!(benches);
