//! What one INVITE costs the message layer: read, typed and answered.
//!
//! The figures that matter are in SPECIFICATION; the number of allocations is a test of its own
//! (`tests/message/cost.rs`), for it does not depend on the machine.
#![allow(missing_docs, reason = "criterion's macros make undocumented items")]

use std::hint::black_box;

use bytes::Bytes;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use sip::framing::Framer;
use sip::header::Name;
use sip::message::Writer;
use sip::{Message, Request, Status};

fn invite() -> Bytes {
    Bytes::from_static(include_bytes!("../tests/samples/carrier-invite.dat"))
}

fn read(raw: Bytes) -> Option<Request> {
    match Message::parse(raw) {
        Ok(Message::Request(request)) => Some(request),
        Ok(Message::Response(_)) | Err(_) => None,
    }
}

/// What a transaction and a dialog look at.
fn typed(request: &Request) -> usize {
    let read = [
        request.uri().is_ok(),
        request.top_via().is_ok_and(|via| via.has_magic_branch()),
        request.from().is_ok_and(|from| from.tag().is_some()),
        request.to().is_ok_and(|to| to.tag().is_none()),
        request.cseq().is_ok(),
        request.call_id().is_ok(),
        request.max_forwards().is_ok(),
        request.contacts().all(|contact| contact.is_ok()),
        request.record_routes().all(|route| route.is_ok()),
        request.content_type().is_ok(),
        request.session_expires().is_ok(),
        request.lists(Name::Supported, "100rel"),
    ];
    read.iter().filter(|&&read| read).count()
}

fn answer(request: &Request) -> Option<Bytes> {
    let source = ([198, 51, 100, 20], 5060).into();
    Writer::response_to(request, Status::OK, Some("a1b2c3d4"), source)
        .header(Name::Contact, "<sip:203.0.113.9:5060>")
        .finish_with("application/sdp", &request.body())
        .ok()
}

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
