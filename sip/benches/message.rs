//! What one INVITE costs the message layer: read, typed and answered.
//!
//! The figures that matter are in SPECIFICATION; the number of allocations is a test of its own
//! (`tests/message/cost.rs`), for it does not depend on the machine.
#![allow(missing_docs, reason = "criterion's macros make undocumented items")]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use invite::{answer, invite, read, typed};
use sip::framing::Framer;

#[path = "message/invite.rs"]
mod invite;

fn message(criterion: &mut Criterion) {
    let raw = invite();
    let mut group = criterion.benchmark_group("invite");
    group.throughput(Throughput::Bytes(raw.len() as u64));
    group.bench_function("parse", |bencher| bencher.iter(|| read(black_box(raw.clone()))));
    group.bench_function("parse_type", |bencher| {
        bencher.iter(|| read(black_box(raw.clone())).map(|request| typed(&request)));
    });
    group.bench_function("parse_type_print", |bencher| {
        bencher.iter(|| {
            let request = read(black_box(raw.clone()))?;
            black_box(typed(&request));
            answer(&request)
        });
    });
    group.bench_function("parse_validate", |bencher| {
        bencher.iter(|| read(black_box(raw.clone())).map(|request| request.validate().is_ok()));
    });
    group.bench_function("frame", |bencher| {
        bencher.iter(|| {
            let mut framer = Framer::default();
            framer.push(black_box(&raw));
            framer.next_frame()
        });
    });
    group.finish();
}

criterion_group!(benches, message);
criterion_main!(benches);
