//! RFC 5118: the torture messages for IPv6 (tests/ipv6), with a verdict each.
//!
//! The RFC's archive ends lines with a bare LF and lacks two final empty lines, so its files are
//! put on the wire first, as its text shows them.

use std::net::Ipv6Addr;

use bytes::Bytes;
use sip::uri::{Host, Uri};
use sip::{Message, Request};

use crate::reprint::assert_reprints;
use crate::samples;

type Check = fn(&Request);

const CASES: &[(&str, Check)] = &[
    ("ipv6-good", |request| {
        assert_eq!(request.uri().unwrap().host(), Some(v6("2001:db8::10")));
        assert_eq!(request.top_via().unwrap().host, v6("2001:db8::9:1"));
        let contact = request.contacts().next().unwrap().unwrap();
        assert_eq!(contact.address().unwrap().uri.host(), Some(v6("2001:db8::1")));
    }),
    ("port-ambiguous", |request| {
        let uri = request.uri().unwrap();
        assert_eq!((uri.host(), uri.port()), (Some(v6("2001:db8::10:5070")), None));
    }),
    ("port-unambiguous", |request| {
        let uri = request.uri().unwrap();
        assert_eq!((uri.host(), uri.port()), (Some(v6("2001:db8::10")), Some(5070)));
    }),
    ("via-received-param-with-delim", received),
    ("via-received-param-no-delim", received),
    ("ipv6-in-sdp", |request| {
        assert!(request.body().starts_with(b"v=0\r\no=assistant 971731711378798081 0 IN IP6"));
    }),
    ("mult-ip-in-header", |request| {
        let hops: Vec<_> = request.vias().map(|via| via.unwrap()).collect();
        assert_eq!(hops[0].host, v6("2001:db8::9:1"));
        assert_eq!((hops[0].port, hops[1].port), (Some(6050), None));
        assert_eq!(hops[1].host, Host::V4("192.0.2.1".parse().unwrap()));
        assert_eq!(hops[2].received(), Some("192.0.2.200".parse().unwrap()));
    }),
    ("mult-ip-in-sdp", |request| {
        assert_eq!(request.uri().unwrap().host(), Some(v6("2001:db8::10")));
    }),
    ("ipv4-mapped-ipv6", |request| {
        let hops: Vec<_> = request.vias().map(|via| via.unwrap()).collect();
        assert_eq!(hops[0].host, v6("::ffff:192.0.2.10"));
        assert_eq!(hops[0].port, Some(19823));
    }),
    ("ipv6-bug-abnf-3-colons", embedded_v4),
    ("ipv6-correct-abnf-2-colons", embedded_v4),
];

fn v6(text: &str) -> Host<'static> {
    Host::V6(text.parse::<Ipv6Addr>().unwrap())
}

fn received(request: &Request) {
    let via = request.top_via().unwrap();
    assert_eq!(via.received(), Some("2001:db8::9:255".parse().unwrap()));
}

fn embedded_v4(request: &Request) {
    assert_eq!(request.uri().unwrap().host(), Some(v6("2001:db8::192.0.2.1")));
    assert_eq!(request.to().unwrap().uri.host(), Some(v6("2001:db8::192.0.2.1")));
}

/// RFC 5118 §4: eleven valid messages read.
#[test]
fn every_valid_ipv6_message_reads() {
    let messages = samples::folder("ipv6");
    let verdicts = CASES.iter().map(|(file, _)| *file).chain(["ipv6-bad"]);
    assert_eq!(messages.len(), verdicts.count(), "a message has no verdict");
    for (file, check) in CASES {
        println!("{file}");
        let message = Message::parse(on_the_wire(&messages[*file])).unwrap();
        let request = message.request().unwrap();
        request.validate().unwrap();
        check(request);
        assert_reprints(&message);
    }
}

/// RFC 5118 §4.2: an IPv6 address without brackets is answered with 400.
#[test]
fn an_address_without_brackets_is_refused() {
    let raw = on_the_wire(&samples::folder("ipv6")["ipv6-bad"]);
    let message = Message::parse(raw).unwrap();
    let fault = message.request().unwrap().validate().unwrap_err();
    assert_eq!(fault.status.code(), 400);
    assert!(Uri::parse("sip:2001:db8::10").is_err());
}

/// Two of the SDP bodies are counted with other line ends than the archive has, so Content-Length
/// is set to what there is; the framing has tests of its own.
fn on_the_wire(archived: &[u8]) -> Bytes {
    let text = std::str::from_utf8(archived).unwrap().replace('\n', "\r\n");
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((text.trim_end(), ""));
    let (start, _) = head.split_once("\r\nContent-Length:").unwrap();
    Bytes::from(format!("{start}\r\nContent-Length: {}\r\n\r\n{body}", body.len()))
}
