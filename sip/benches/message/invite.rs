//! A carrier's INVITE, and what is done with it: the scene of both kinds of benchmark.

use bytes::Bytes;
use sip::header::Name;
use sip::message::Writer;
use sip::{Message, Request, Status};

pub(super) fn invite() -> Bytes {
    Bytes::from_static(include_bytes!("../../tests/samples/carrier-invite.dat"))
}

pub(super) fn read(raw: Bytes) -> Option<Request> {
    match Message::parse(raw) {
        Ok(Message::Request(request)) => Some(request),
        Ok(Message::Response(_)) | Err(_) => None,
    }
}

/// What a transaction and a dialog look at.
pub(super) fn typed(request: &Request) -> usize {
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

pub(super) fn answer(request: &Request) -> Option<Bytes> {
    let source = ([198, 51, 100, 20], 5060).into();
    Writer::response_to(request, Status::OK, Some("a1b2c3d4"), source)
        .header(Name::Contact, "<sip:203.0.113.9:5060>")
        .finish_with("application/sdp", &request.body())
        .ok()
}
