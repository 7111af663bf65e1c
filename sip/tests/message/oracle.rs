//! A second opinion: rsip 0.4, on every message that it can read.
//!
//! It is the oracle for method, URI, Call-ID, CSeq, tags and branch. What it cannot read, or reads
//! against the RFC, stands in [`FAULTS`] with the reason; a fault that is mended must leave it.

use std::collections::BTreeSet;

use bytes::Bytes;
use proptest::prelude::*;
use rsip::headers::typed;
use rsip::headers::untyped::{ToTypedHeader, UntypedHeader as _};
use rsip::message::HeadersExt as _;
use sip::header::Name;
use sip::message::Writer;
use sip::{Message, Method};

use crate::reprint::reprint;
use crate::samples;

/// What both parsers must agree on; `None` where a message has no such part.
#[derive(Debug, PartialEq, Eq)]
struct Reading {
    start: String,
    uri_user: Option<String>,
    uri_host: Option<String>,
    call_id: String,
    cseq: (u32, String),
    from_tag: Option<String>,
    to_tag: Option<String>,
    branch: Option<String>,
    contact_user: Option<String>,
    body: Vec<u8>,
}

fn ours(message: &Message) -> Reading {
    let request = message.request();
    let uri = request.map(|request| request.uri().unwrap());
    let tag = |tag: Option<&str>| tag.map(str::to_owned);
    let cseq = message.cseq().unwrap();
    Reading {
        start: match message {
            Message::Request(request) => request.method_text().to_owned(),
            Message::Response(response) => response.status().to_string(),
        },
        uri_user: uri.and_then(|uri| uri.user().map(str::to_owned)),
        uri_host: uri.and_then(|uri| uri.host().map(|host| host.to_string())),
        call_id: message.call_id().unwrap().to_owned(),
        cseq: (cseq.number, cseq.method_text.to_owned()),
        from_tag: tag(message.from().unwrap().tag()),
        to_tag: tag(message.to().unwrap().tag()),
        branch: tag(message.top_via().unwrap().branch()),
        contact_user: message
            .contacts()
            .find_map(|contact| contact.unwrap().address()?.uri.user().map(str::to_owned)),
        body: message.body().to_vec(),
    }
}

/// As text, for rsip's errors have no common type.
fn theirs(raw: &[u8]) -> Result<Reading, String> {
    let message = rsip::SipMessage::try_from(raw).map_err(|error| error.to_string())?;
    let tag = |tag: Option<&rsip::param::Tag>| tag.map(|tag| tag.value().to_owned());
    let typed = |error: rsip::Error| error.to_string();
    let cseq: typed::CSeq = message.cseq_header().and_then(ToTypedHeader::typed).map_err(typed)?;
    let from: typed::From = message.from_header().and_then(ToTypedHeader::typed).map_err(typed)?;
    let to: typed::To = message.to_header().and_then(ToTypedHeader::typed).map_err(typed)?;
    let via: typed::Via = message.via_header().and_then(ToTypedHeader::typed).map_err(typed)?;
    let contact =
        message.contact_header().ok().map(ToTypedHeader::typed).transpose().map_err(typed)?;
    let (start, uri) = match &message {
        rsip::SipMessage::Request(request) => (request.method.to_string(), Some(&request.uri)),
        rsip::SipMessage::Response(response) => (response.status_code.to_string(), None),
    };
    Ok(Reading {
        start: start.split(' ').next().unwrap_or_default().to_owned(),
        uri_user: uri.and_then(|uri| uri.user().map(str::to_owned)),
        uri_host: uri.map(|uri| uri.host().to_string()),
        call_id: message.call_id_header().map_err(typed)?.value().to_owned(),
        cseq: (cseq.seq, cseq.method.to_string()),
        from_tag: tag(from.tag()),
        to_tag: tag(to.tag()),
        branch: via.branch().map(|branch| branch.value().to_owned()),
        contact_user: contact.and_then(|contact| contact.uri.user().map(str::to_owned)),
        body: message.body().clone(),
    })
}

/// A valid message on which rsip 0.4.0 fails or errs.
struct Fault {
    message: &'static str,
    on: &'static str,
    /// Whether it still does when our writer has spelt names out, joined folds and cut the tail.
    when_printed: bool,
}

const fn fault(message: &'static str, on: &'static str, when_printed: bool) -> Fault {
    Fault { message, on, when_printed }
}

/// RFC 5118 is left out as a whole: rsip 0.4.0 reads no IPv6 host.
const FAULTS: &[Fault] = &[
    fault("browser-register", "quoted Contact parameters", true),
    fault("challenge", "compact names", false),
    fault("dblreq", "compact names, bytes behind Content-Length, a dot in the user part", true),
    fault("esc01", "folded headers, escapes in the user part", true),
    fault("esc02", "unknown methods", false),
    fault("handset-register", "quoted Contact parameters", true),
    fault("intmeth", "the user part's alphabet, unknown methods", false),
    fault("longreq", "space before the colon", false),
    fault("regescrt", "compact names, headers in a URI", true),
    fault("ringing", "IPv6 hosts", true),
    fault("semiuri", "a semicolon in the user part", true),
    fault("unksm2", "URI schemes other than sip and sips", true),
    fault("wsinv", "space before the colon, folded headers, quotes in a display name", true),
];

#[test]
fn rsip_agrees_on_every_message_it_can_read() {
    let messages = valid_messages();
    assert!(messages.len() >= FAULTS.len() + 15, "only {} messages", messages.len());
    assert_disagreements(&messages, &FAULTS.iter().collect::<Vec<_>>());
}

/// Unknown methods are not ours to print, so they are left out here.
#[test]
fn rsip_agrees_on_what_we_print_of_them() {
    let mut messages = valid_messages();
    messages.retain(|(_, _, message)| {
        message.request().is_none_or(|request| request.method() != Method::Other)
    });
    for (_, raw, message) in &mut messages {
        *raw = reprint(message).unwrap();
    }
    let faults: Vec<_> = FAULTS.iter().filter(|fault| fault.when_printed).collect();
    assert_disagreements(&messages, &faults);
}

proptest! {
    /// Within the alphabet that rsip knows, the two agree on anything.
    #[test]
    fn rsip_agrees_on_generated_requests(
        (user, host) in ("[+]?[a-z0-9]{1,16}", "[a-z][a-z0-9-]{0,8}\\.example"),
        (tag, branch) in ("[A-Za-z0-9.-]{1,24}", "z9hG4bK[A-Za-z0-9.-]{1,24}"),
        (number, port) in (0..1_u32 << 31, 1..u16::MAX),
        method in prop::sample::select(Method::KNOWN),
        body in "[ -~]{0,80}",
    ) {
        let mut writer = Writer::request(method, format_args!("sip:{user}@{host}:{port}"));
        writer
            .header(Name::Via, format_args!("SIP/2.0/UDP {host}:{port};branch={branch};rport"))
            .header(Name::From, format_args!("\"{user}\" <sip:{user}@{host}>;tag={tag}"))
            .header(Name::To, format_args!("<sip:{user}@{host}>"))
            .header(Name::CallId, format_args!("{tag}@{host}"))
            .header(Name::CSeq, format_args!("{number} {method}"))
            .header(Name::Contact, format_args!("<sip:{user}@{host}:{port}>"));
        let raw = writer.finish_with("text/plain", body.as_bytes()).unwrap();
        let message = Message::parse(raw.clone()).unwrap();
        prop_assert_eq!(theirs(&raw), Ok(ours(&message)));
    }
}

fn valid_messages() -> Vec<(String, Bytes, Message)> {
    let torture = samples::folder("torture").into_iter();
    let devices = samples::folder("samples").into_iter();
    let read = |(name, raw): (String, Bytes)| {
        let message = Message::parse(raw.clone()).ok()?;
        let is_valid = match &message {
            Message::Request(request) => request.validate().is_ok(),
            Message::Response(response) => response.validate().is_ok(),
        };
        is_valid.then_some((name, raw, message))
    };
    torture.chain(devices).filter_map(read).collect()
}

fn assert_disagreements(messages: &[(String, Bytes, Message)], listed: &[&Fault]) {
    let mut at_fault = BTreeSet::new();
    for (name, raw, message) in messages {
        let (ours, theirs) = (ours(message), theirs(raw));
        if theirs.as_ref() != Ok(&ours) {
            at_fault.insert(name.as_str());
        }
    }
    let known: BTreeSet<_> = listed.iter().map(|fault| fault.message).collect();
    let reasons: Vec<_> = listed.iter().map(|fault| (fault.message, fault.on)).collect();
    assert_eq!(at_fault, known, "known are {reasons:?}");
}
