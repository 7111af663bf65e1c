//! What a message costs, in the one unit that is the same on every machine.

use std::hint::black_box;

use bytes::Bytes;
use sip::header::Name;
use sip::message::Writer;
use sip::{Message, Status};

use crate::samples;

/// DEPENDENCIES' promise for the message layer: an INVITE of 1.1 kB is read, typed and answered
/// with at most four allocations, and none of them grows with the number of readings.
#[test]
fn an_invite_is_read_typed_and_answered_with_four_allocations() {
    let raw = samples::folder("samples")["carrier-invite"].clone();
    assert!((1_000..1_300).contains(&raw.len()));
    let counted = allocation_counter::measure(|| {
        let message = Message::parse(raw.clone()).unwrap();
        let request = message.request().unwrap();
        for _ in 0..10 {
            request.validate().unwrap();
            let readings = (request.uri(), request.session_expires(), request.allow().count());
            let _ = black_box(readings);
        }
        black_box(answer(request));
    });
    assert!(counted.count_total <= 4, "{} allocations", counted.count_total);
    assert!(counted.bytes_max <= 4_096, "{} bytes at once", counted.bytes_max);
}

fn answer(request: &sip::Request) -> Bytes {
    let source = ([198, 51, 100, 20], 5060).into();
    Writer::response_to(request, Status::OK, Some("a1b2c3d4"), source)
        .header(Name::Contact, "<sip:203.0.113.9:5060>")
        .finish_with("application/sdp", &request.body())
        .unwrap()
}
