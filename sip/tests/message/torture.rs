//! RFC 4475: every message of its archive (tests/torture), with a verdict.
//!
//! `Refused` is the answer of parsing and validation. What only an endpoint can refuse (a method,
//! an extension, a media type) must read, down to the part that its answer depends on; what it then
//! says is the table's third column. `test` is in the archive but not in the text of the RFC.

use std::net::SocketAddr;
use std::time::Instant;

use bytes::Bytes;
use sip::header::{Contact, Name, Transport};
use sip::message::{Malformed, Writer};
use sip::uri::{Host, Scheme, Uri, unescape};
use sip::{Config, Endpoint, Flow, Message, Method, Output, Peer, PeerId, Request, Response};

use crate::reprint::assert_reprints;
use crate::samples;

enum Verdict {
    /// Valid, and this must read.
    Request(fn(&Request)),
    /// Valid, and this must read.
    Response(fn(&Response)),
    /// Answered with the code in the table; the fault names that header.
    Refused(Option<Name>),
    /// A response nobody may act on; the fault names that header.
    Dropped(Option<Name>),
    /// Too broken to be answered.
    Ignored,
}
use Verdict::{Dropped, Ignored, Refused};

struct Case {
    file: &'static str,
    section: &'static str,
    /// The first thing a whole endpoint says to a trunk it knows; 100 opens a leg, 481 wants the
    /// dialog of the To tag.
    answer: Option<u16>,
    verdict: Verdict,
}

const fn case(
    file: &'static str,
    section: &'static str,
    answer: Option<u16>,
    verdict: Verdict,
) -> Case {
    Case { file, section, answer, verdict }
}

const CASES: &[Case] = &[
    case("wsinv", "3.1.1.1", Some(481), Verdict::Request(short_tortuous_invite)),
    case("intmeth", "3.1.1.2", Some(405), Verdict::Request(wide_range_of_characters)),
    case("esc01", "3.1.1.3", Some(100), Verdict::Request(escapes_in_uris)),
    case("escnull", "3.1.1.4", Some(401), Verdict::Request(escaped_nulls)),
    case("esc02", "3.1.1.5", Some(405), Verdict::Request(percent_that_escapes_nothing)),
    case("lwsdisp", "3.1.1.6", Some(200), Verdict::Request(no_space_before_bracket)),
    case("longreq", "3.1.1.7", Some(100), Verdict::Request(long_values)),
    case("dblreq", "3.1.1.8", Some(401), Verdict::Request(trailing_octets)),
    case("semiuri", "3.1.1.9", Some(200), Verdict::Request(semicolon_in_user)),
    case("transports", "3.1.1.10", Some(200), Verdict::Request(varied_transports)),
    case("mpart01", "3.1.1.11", Some(405), Verdict::Request(multipart_with_binary)),
    case("unreason", "3.1.1.12", None, Verdict::Response(unusual_reason)),
    case("noreason", "3.1.1.13", None, Verdict::Response(empty_reason)),
    case("badinv01", "3.1.2.1", Some(400), Refused(Some(Name::Via))),
    case("clerr", "3.1.2.2", Some(400), Refused(Some(Name::ContentLength))),
    case("ncl", "3.1.2.3", Some(400), Refused(Some(Name::ContentLength))),
    case("scalar02", "3.1.2.4", Some(400), Refused(Some(Name::CSeq))),
    case("scalarlg", "3.1.2.5", None, Dropped(Some(Name::CSeq))),
    case("quotbal", "3.1.2.6", Some(400), Refused(Some(Name::To))),
    case("ltgtruri", "3.1.2.7", Some(400), Refused(None)),
    case("lwsruri", "3.1.2.8", Some(400), Refused(None)),
    case("lwsstart", "3.1.2.9", Some(400), Refused(None)),
    case("trws", "3.1.2.10", Some(400), Refused(None)),
    case("escruri", "3.1.2.11", Some(400), Refused(None)),
    // The RFC lets an element that has no use for the date leave it unread.
    case("baddate", "3.1.2.12", Some(100), Verdict::Request(unread_date)),
    case("regbadct", "3.1.2.13", Some(400), Refused(Some(Name::Contact))),
    case("badaspec", "3.1.2.14", Some(400), Refused(Some(Name::To))),
    case("baddn", "3.1.2.15", Some(400), Refused(Some(Name::From))),
    case("badvers", "3.1.2.16", Some(505), Refused(None)),
    case("mismatch01", "3.1.2.17", Some(400), Refused(Some(Name::CSeq))),
    case("mismatch02", "3.1.2.18", Some(400), Refused(Some(Name::CSeq))),
    case("bigcode", "3.1.2.19", None, Dropped(None)),
    case("badbranch", "3.2.1", Some(200), Verdict::Request(branch_without_identifier)),
    case("insuf", "3.3.1", Some(400), Refused(Some(Name::From))),
    case("unkscm", "3.3.2", Some(416), Refused(None)),
    case("novelsc", "3.3.3", Some(416), Refused(None)),
    case("unksm2", "3.3.4", Some(401), Verdict::Request(unknown_schemes_in_headers)),
    case("bext01", "3.3.5", Some(420), Verdict::Request(unknown_extensions)),
    case("invut", "3.3.6", Some(415), Verdict::Request(unknown_content_type)),
    case("regaut01", "3.3.7", Some(401), Verdict::Request(unknown_authorization_scheme)),
    case("multi01", "3.3.8", Some(400), Refused(Some(Name::CSeq))),
    case("mcl01", "3.3.9", Some(400), Refused(Some(Name::ContentLength))),
    case("bcast", "3.3.10", None, Dropped(Some(Name::Via))),
    case("zeromf", "3.3.11", Some(200), Verdict::Request(no_forwards_left)),
    case("cparam01", "3.3.12", Some(401), Verdict::Request(contact_header_parameter)),
    case("cparam02", "3.3.13", Some(401), Verdict::Request(contact_uri_parameter)),
    case("regescrt", "3.3.14", Some(401), Verdict::Request(contact_with_escaped_header)),
    case("sdp01", "3.3.15", Some(406), Verdict::Request(unacceptable_accept)),
    case("inv2543", "3.4.1", Some(100), Verdict::Request(rfc_2543_invite)),
    case("test", "(archive)", None, Ignored),
];

/// RFC 4475, whole: each message gets its verdict, and each refusal its answer.
#[test]
fn every_torture_message_gets_its_verdict() {
    let messages = samples::folder("torture");
    let listed: Vec<_> = CASES.iter().map(|case| case.file.to_owned()).collect();
    assert_eq!(CASES.len(), 50, "the archive holds 50 messages");
    assert!(messages.keys().all(|file| listed.contains(file)), "a message has no verdict");
    for Case { file, section, answer, verdict } in CASES {
        let raw = whole(file, messages[*file].clone());
        println!("{file} (RFC 4475 §{section})");
        match (verdict, judge(raw)) {
            (Verdict::Request(check), Judged::Good(message)) => {
                check(message.request().unwrap());
                assert_reprints(&message);
            }
            (Verdict::Response(check), Judged::Good(message)) => {
                check(message.response().unwrap());
                assert_reprints(&message);
            }
            (Refused(header), Judged::Bad(fault, Some(request))) => {
                let status = Some(fault.status.code());
                assert_eq!((status, fault.header), (*answer, *header), "{fault}");
                assert_answerable(&request, fault);
            }
            (Dropped(header), Judged::Bad(fault, None)) => assert_eq!(fault.header, *header),
            (Ignored, Judged::Bad(_, None)) => {}
            (_, judged) => panic!("{file}: {judged:?}"),
        }
    }
}

/// RFC 4475, whole: what goes back to the sender, once everything above the parser has had its
/// say: unknown methods, schemes, extensions and media types, and who may register.
#[test]
#[expect(clippy::disallowed_methods, reason = "a test reads the clock once, for its epoch")]
fn an_endpoint_answers_every_torture_message() {
    let messages = samples::folder("torture");
    let epoch = Instant::now();
    let flow = Flow::udp("192.0.2.1:5060".parse().unwrap(), SOURCE.parse().unwrap());
    let answered = CASES.iter().map(|Case { file, .. }| {
        let mut endpoint = Endpoint::new(Config::new("example.com"), [3; 32]);
        endpoint.set_peer(Peer { id: PeerId(1), addresses: vec![(flow.remote.ip(), None)] });
        let mut out = vec![];
        endpoint.receive(epoch, flow, whole(file, messages[*file].clone()), &mut out);
        let sent = out.iter().find_map(|output| match output {
            Output::Send { bytes, .. } => Some(Message::parse(bytes.clone()).unwrap()),
            Output::Event(_) => None,
        });
        let answer = sent.map(|sent| sent.response().unwrap().status().code());
        assert_eq!(answer == Some(100), endpoint.counts().legs == 1, "{file}");
        (*file, answer)
    });
    let expected = CASES.iter().map(|case| (case.file, case.answer));
    assert_eq!(answered.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
}

const SOURCE: &str = "192.0.2.99:5099";

/// RFC 4475 §3.1.2.15 shows the empty line that the archive's copy of `baddn` lacks.
fn whole(file: &str, raw: Bytes) -> Bytes {
    if file != "baddn" {
        return raw;
    }
    assert!(Message::parse(raw.clone()).is_err());
    Bytes::from([&raw[..], b"\r\n"].concat())
}

#[derive(Debug)]
enum Judged {
    Good(Message),
    Bad(Malformed, Option<Request>),
}

fn judge(raw: Bytes) -> Judged {
    match Message::parse(raw) {
        Ok(Message::Request(request)) => match request.validate() {
            Ok(()) => Judged::Good(Message::Request(request)),
            Err(fault) => Judged::Bad(fault, Some(request)),
        },
        Ok(Message::Response(response)) => match response.validate() {
            Ok(()) => Judged::Good(Message::Response(response)),
            Err(fault) => Judged::Bad(fault, None),
        },
        Err(rejected) => Judged::Bad(rejected.fault, rejected.salvage.map(|request| *request)),
    }
}

fn assert_answerable(request: &Request, fault: Malformed) {
    let source: SocketAddr = SOURCE.parse().unwrap();
    let answer = Writer::response_to_with(request, fault.status, fault, Some("ours"), source)
        .finish()
        .unwrap();
    let Message::Response(answer) = Message::parse(answer).unwrap() else { panic!("a request") };
    assert_eq!(answer.status(), fault.status);
    assert_eq!(answer.reason(), fault.to_string());
    for name in [Name::From, Name::CallId, Name::CSeq] {
        assert_eq!(answer.count(name), request.count(name), "{name}");
    }
    assert_eq!(answer.headers(Name::Via).count(), request.headers(Name::Via).count());
}

fn short_tortuous_invite(request: &Request) {
    assert_eq!(request.method(), Method::Invite);
    let uri = request.uri().unwrap();
    assert_eq!(uri.user(), Some("vivekg"));
    assert_eq!(uri.host(), Some(Host::Name("chair-dnrc.example.com")));
    assert!(uri.params().contains("unknownparam"));
    assert_eq!(request.to().unwrap().tag(), Some("1918181833n"));
    let from = request.from().unwrap();
    assert_eq!(from.display_name().unwrap(), r#"J Rosenberg \""#);
    assert_eq!(from.tag(), Some("98asjd8"));
    assert_eq!(request.max_forwards().unwrap(), Some(68));
    assert_eq!(request.call_id().unwrap(), "wsinv.ndaksdj@192.0.2.1");
    assert_eq!(
        (request.cseq().unwrap().number, request.cseq().unwrap().method_text),
        (9, "INVITE")
    );
    let hops: Vec<_> = request.vias().map(|via| via.unwrap()).collect();
    let seen: Vec<_> = hops
        .iter()
        .map(|via| (via.transport, via.host.to_string(), via.branch().unwrap()))
        .collect();
    let hop = |transport, host: &str, branch| (transport, host.to_owned(), branch);
    assert_eq!(
        seen,
        [
            hop(Transport::Udp, "192.0.2.2", "390skdjuw"),
            hop(Transport::Tcp, "spindle.example.com", "z9hG4bK9ikj8"),
            hop(Transport::Udp, "192.168.255.111", "z9hG4bK30239"),
        ]
    );
    assert_eq!(request.header(Name::Subject), Some(""));
    let fangled: Vec<_> = request.header_named("newfangledheader").collect();
    assert_eq!(fangled, ["newfangled value   continued newfangled value"]);
    let routes: Vec<_> = request.routes().map(|route| route.unwrap().uri).collect();
    assert!(routes.len() == 1 && routes[0].is_loose_router());
    assert_eq!(routes[0].params().value("unknownwith"), Some("value"));
    let contact = only_contact(request);
    assert_eq!(contact.display_name().unwrap(), r#"Quoted string """#);
    assert_eq!(contact.params.value("newparam"), Some("newvalue"));
    assert!(contact.params.contains("secondparam"));
    assert_eq!(contact.q().unwrap(), 330);
    assert!(request.content_type().unwrap().unwrap().is("application", "sdp"));
    assert_eq!(request.body().len(), 150);
}

fn only_contact(request: &Request) -> sip::header::NameAddr<'_> {
    let contacts: Vec<_> = request.contacts().collect();
    match contacts.as_slice() {
        [Ok(Contact::Address(address))] => *address,
        other => panic!("{other:?}"),
    }
}

fn wide_range_of_characters(request: &Request) {
    let method = "!interesting-Method0123456789_*+`.%indeed'~";
    assert_eq!((request.method(), request.method_text()), (Method::Other, method));
    assert_eq!(request.cseq().unwrap().method_text, method);
    let uri = request.uri().unwrap();
    assert_eq!(uri.user(), Some("1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*"));
    assert_eq!(uri.password(), Some("&it+has=1,weird!*pas$wo~d_too.(doesn't-it)"));
    assert_eq!(uri.host(), Some(Host::Name("example.com")));
    assert_eq!(request.top_via().unwrap().branch(), Some("z9hG4bK-.!%66*_+`'~"));
    // The NUL that the RFC escapes with a backslash is the one character that does not survive.
    assert_eq!(request.to().unwrap().display_name().unwrap(), "BEL:\u{7} NUL:? DEL:\u{7f}");
    let from = request.from().unwrap();
    assert_eq!(from.display, Some("token1~` token2'+_ token3*%!.-"));
    assert_eq!(from.params.value("fromParam''~+*_!.-%"), Some("работающий"));
    assert_eq!(from.tag(), Some("_token~1'+`*%!-."));
    let call_id = r#"intmeth.word%ZK-!.*_+'@word`~)(><:\/"][?}{"#;
    assert_eq!(request.call_id().unwrap(), call_id);
    let extension: Vec<_> = request.header_named("extensionHeader-!.%*+_`'~").collect();
    assert_eq!(extension, ["\u{feff}大停電"]);
    assert_eq!(request.max_forwards().unwrap(), Some(255));
}

fn escapes_in_uris(request: &Request) {
    let uri = request.uri().unwrap();
    assert_eq!(uri.user_unescaped().unwrap(), "sips:user@example.com");
    assert_eq!(uri.host(), Some(Host::Name("example.net")));
    let plain = Uri::parse("sip:user@example.com").unwrap();
    assert!(request.to().unwrap().uri.is_equivalent(&plain));
    assert_eq!(request.from().unwrap().uri.user_unescaped().unwrap(), "I have spaces");
    let contact = only_contact(request).uri;
    assert_eq!(contact.user_unescaped().unwrap(), "caller");
    // `%6C%72` is the parameter `lr` spelt with escapes, `n%61me` is `name`.
    assert!(contact.is_loose_router());
    assert_eq!(contact.params().value("name").map(unescape).as_deref(), Some("value%41"));
    let other = Uri::parse("sip:caller@host5.example.net;lr;name=value%25%34%32").unwrap();
    let same = Uri::parse("sip:caller@host5.example.net;lr;name=value%2541").unwrap();
    assert!(contact.is_equivalent(&same) && !contact.is_equivalent(&other));
}

fn escaped_nulls(request: &Request) {
    let users: Vec<_> = request
        .contacts()
        .map(|contact| {
            contact.unwrap().address().unwrap().uri.user_unescaped().unwrap().into_owned()
        })
        .collect();
    assert_eq!(users, ["\0", "\0\0"]);
    assert_eq!(request.to().unwrap().uri.user_unescaped().unwrap(), "null-\0-null");
    let contacts: Vec<_> = request.contacts().map(|contact| contact.unwrap()).collect();
    let [Contact::Address(one), Contact::Address(two)] = contacts[..] else { panic!("a star") };
    assert!(!one.uri.is_equivalent(&two.uri));
}

fn percent_that_escapes_nothing(request: &Request) {
    assert_eq!((request.method(), request.method_text()), (Method::Other, "RE%47IST%45R"));
    assert_eq!(request.to().unwrap().display, Some("%Z%45"));
    assert_eq!(request.contacts().count(), 2);
    assert_eq!(request.header_named("C%6Fntact").count(), 1);
}

fn no_space_before_bracket(request: &Request) {
    let from = request.from().unwrap();
    assert_eq!((from.display, from.uri.as_str()), (Some("caller"), "sip:caller@example.com"));
}

fn long_values(request: &Request) {
    assert_eq!(request.vias().flatten().count(), 34);
    let last = request.vias().last().unwrap().unwrap();
    assert_eq!(last.received(), Some("192.0.2.5".parse().unwrap()));
    assert!(last.branch().unwrap().ends_with("branchvalue"));
    assert!(request.to().unwrap().display.unwrap().len() > 100);
    assert!(request.from().unwrap().tag().unwrap().len() > 100);
    assert_eq!(request.body().len(), 150);
}

fn trailing_octets(request: &Request) {
    assert_eq!(request.method(), Method::Register);
    assert!(request.body().is_empty());
    assert!(request.raw().ends_with(b"Content-Length: 0\r\n\r\n"));
}

fn semicolon_in_user(request: &Request) {
    let uri = request.uri().unwrap();
    assert_eq!(uri.user(), Some("user;par=u%40example.net"));
    assert_eq!(uri.user_unescaped().unwrap(), "user;par=u@example.net");
    assert_eq!(uri.host(), Some(Host::Name("example.com")));
    assert_eq!(uri.params().iter().count(), 0);
    assert_eq!(request.headers(Name::Accept).count(), 6);
}

fn varied_transports(request: &Request) {
    use Transport::{Other, Tcp, Tls, Udp};
    let seen: Vec<_> = request.vias().map(|via| via.unwrap().transport).collect();
    assert_eq!(seen, [Udp, Other, Tls, Other, Tcp]);
}

fn multipart_with_binary(request: &Request) {
    let kind = request.content_type().unwrap().unwrap();
    assert!(kind.is("multipart", "mixed"));
    assert_eq!(kind.params.value("boundary"), Some("7a9cbec02ceef655"));
    let body = request.body();
    assert_eq!(body.len(), 553);
    assert!(body.contains(&0) && body.ends_with(b"--7a9cbec02ceef655--\r\n"));
}

fn unusual_reason(response: &Response) {
    assert_eq!(response.status().code(), 200);
    assert_eq!(response.reason(), "= 2**3 * 5**2 но сто девяносто девять - простое");
    assert_eq!(response.body().len(), 154);
}

fn empty_reason(response: &Response) {
    assert_eq!((response.status().code(), response.reason()), (100, ""));
}

fn unread_date(request: &Request) {
    assert_eq!(request.header(Name::Date), Some("Fri, 01 Jan 2010 16:00:00 EST"));
}

/// The cookie alone names no transaction: it is matched by the rules for RFC 2543 elements.
fn branch_without_identifier(request: &Request) {
    let via = request.top_via().unwrap();
    assert_eq!(via.branch(), Some("z9hG4bK"));
    assert!(!via.has_magic_branch());
}

fn unknown_schemes_in_headers(request: &Request) {
    assert_eq!(request.to().unwrap().uri.scheme_text(), "isbn");
    assert_eq!(request.from().unwrap().uri.as_str(), "http://www.example.com");
    assert_eq!(only_contact(request).uri.scheme(), Scheme::Other);
}

/// Answered with 420, and listed in Unsupported.
fn unknown_extensions(request: &Request) {
    let tags: Vec<_> = request.require().collect();
    assert_eq!(tags, ["nothingSupportsThis", "nothingSupportsThisEither"]);
    assert_eq!(request.headers(Name::ProxyRequire).count(), 2);
}

/// Answered with 415; Accept then lists what would do.
fn unknown_content_type(request: &Request) {
    let kind = request.content_type().unwrap().unwrap();
    assert!(!kind.is("application", "sdp") && kind.subtype == "unknownformat");
    assert_eq!(request.body().len(), 40);
}

/// To a registrar this is a request without credentials: 401.
fn unknown_authorization_scheme(request: &Request) {
    let credentials = request.authorization().next().unwrap().unwrap();
    assert_eq!(credentials.0.scheme(), "NoOneKnowsThisScheme");
    assert!(!credentials.0.is_digest());
}

/// A proxy answers 483; an endpoint serves it, for it goes no further.
fn no_forwards_left(request: &Request) {
    assert_eq!(request.max_forwards().unwrap(), Some(0));
}

fn contact_header_parameter(request: &Request) {
    let contact = only_contact(request);
    assert!(
        contact.params.contains("unknownparam") && !contact.uri.params().contains("unknownparam")
    );
}

fn contact_uri_parameter(request: &Request) {
    let contact = only_contact(request);
    assert!(
        contact.uri.params().contains("unknownparam") && !contact.params.contains("unknownparam")
    );
}

fn contact_with_escaped_header(request: &Request) {
    let contact = only_contact(request);
    assert_eq!(contact.uri.header("route").unwrap(), "<sip:sip.example.com>");
}

/// Answered with 406: the peer takes none of the bodies there are.
fn unacceptable_accept(request: &Request) {
    let accepted: Vec<_> = request.headers(Name::Accept).collect();
    assert_eq!(accepted, ["text/nobodyKnowsThis"]);
}

fn rfc_2543_invite(request: &Request) {
    assert_eq!(request.from().unwrap().tag(), None);
    assert_eq!(request.top_via().unwrap().branch(), None);
    assert_eq!(request.max_forwards().unwrap(), None);
    let route = request.record_routes().next().unwrap().unwrap();
    assert_eq!(route.uri.params().value("maddr"), Some("ss1.example.com"));
    assert!(request.body().starts_with(b"v=0\r\n") && request.body().ends_with(b"RTP/AVP 0\r\n"));
}
