//! The price of a routing decision at 1,000 agents and 500 waiting calls; promised is 20 µs.
//!
//! Every agent serves three campaigns and three queues, which is what makes becoming ready dear:
//! an agent stands in every line at once.
#![expect(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use criterion::{Criterion, criterion_group, criterion_main};
use line::Bench;

#[path = "decision/line.rs"]
mod line;

criterion_group!(benches, decisions);
criterion_main!(benches);

fn decisions(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("1000 agents");
    group.bench_function("a call is offered and an agent is reserved", |bencher| {
        let mut bench = Bench::new();
        bench.everybody_ready();
        bencher.iter_custom(|times| (0..times).map(|_| bench.call_to_ready_agent()).sum());
    });
    group.bench_function("a call is offered and waits behind 500", |bencher| {
        let mut bench = Bench::new();
        bench.fill_lines();
        bencher.iter_custom(|times| (0..times).map(|_| bench.call_that_waits()).sum());
    });
    group.bench_function("an agent becomes ready and gets one of 500 that wait", |bencher| {
        let mut bench = Bench::new();
        bench.fill_lines();
        bencher.iter_custom(|times| (0..times).map(|_| bench.agent_becomes_ready()).sum());
    });
    group.finish();
}
