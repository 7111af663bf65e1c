//! What holds for every message that we print and for every stream that we cut.

use std::net::SocketAddr;

use bytes::Bytes;
use proptest::prelude::*;
use sip::framing::{Frame, Framer};
use sip::header::{Name, Rport};
use sip::message::{Quoted, Writer};
use sip::uri::UriBuf;
use sip::{Message, Method, Request, Status};

use crate::bodies;
use crate::samples;

/// What a request is printed from.
#[derive(Clone, Debug)]
struct Parts {
    method: Method,
    user: Option<String>,
    host: String,
    port: Option<u16>,
    display: String,
    token: String,
    number: u32,
    extension: String,
    body: Vec<u8>,
}

fn parts() -> impl Strategy<Value = Parts> {
    let method = prop::sample::select(Method::KNOWN);
    let host = prop_oneof!["[a-z][a-z0-9-]{0,10}\\.example", Just("192.0.2.7".to_owned())];
    let host = prop_oneof![host, Just("[2001:db8::7]".to_owned())];
    let uri = (prop::option::of(".{1,12}"), host, prop::option::of(1..u16::MAX));
    let texts = (one_line(), "[A-Za-z0-9.!%*_+`'~-]{1,20}", one_line());
    let body = prop::collection::vec(any::<u8>(), 0..300);
    (method, uri, texts, 0..1_u32 << 31, body).prop_map(|(method, uri, texts, number, body)| {
        Parts {
            method,
            user: uri.0,
            host: uri.1,
            port: uri.2,
            display: texts.0,
            token: texts.1,
            number,
            extension: texts.2,
            body,
        }
    })
}

fn one_line() -> impl Strategy<Value = String> {
    "[^\r\n\0]{0,40}"
}

impl Parts {
    fn uri(&self) -> UriBuf {
        UriBuf::sip(self.user.as_deref(), &self.host, self.port).unwrap()
    }

    fn print(&self) -> Bytes {
        let Self { token, display, number, .. } = self;
        let (uri, method) = (self.uri(), self.method);
        let mut writer = Writer::request(method, &uri);
        writer
            .header(
                Name::Via,
                format_args!("SIP/2.0/UDP {};branch=z9hG4bK{token};rport", self.host),
            )
            .header(Name::From, format_args!("{} <{uri}>;tag={token}", Quoted(display)))
            .header(Name::To, format_args!("<{uri}>"))
            .header(Name::CallId, format_args!("{token}@{}", self.host))
            .header(Name::CSeq, format_args!("{number} {method}"))
            .header(Name::Contact, format_args!("<{uri}>;expires={number}"))
            .header_named("X-Extension", &self.extension);
        writer.finish_with("application/octet-stream", &self.body).unwrap()
    }
}

fn read(raw: Bytes) -> Request {
    match Message::parse(raw).unwrap() {
        Message::Request(request) => request,
        Message::Response(response) => panic!("{response:?}"),
    }
}

proptest! {
    #[test]
    fn what_is_printed_reads_back(parts in parts()) {
        let request = read(parts.print());
        request.validate().unwrap();
        prop_assert_eq!(request.method(), parts.method);
        let uri = parts.uri();
        prop_assert_eq!(request.uri().unwrap(), uri.uri());
        let user = request.uri().unwrap().user_unescaped();
        prop_assert_eq!(user.as_deref(), parts.user.as_deref());
        prop_assert_eq!(request.uri().unwrap().port(), parts.port);
        let from = request.from().unwrap();
        prop_assert_eq!(from.display_name().unwrap(), &*parts.display);
        prop_assert_eq!(from.tag(), Some(&*parts.token));
        prop_assert_eq!(request.to().unwrap().uri, uri.uri());
        prop_assert_eq!(request.cseq().unwrap().number, parts.number);
        let via = request.top_via().unwrap();
        prop_assert_eq!(via.branch().unwrap(), format!("z9hG4bK{}", parts.token));
        prop_assert_eq!(via.rport(), Some(Rport::Requested));
        let contact = request.contacts().next().unwrap().unwrap();
        prop_assert_eq!(contact.address().unwrap().expires(), Ok(Some(parts.number)));
        let extension = request.header_named("x-extension").next().unwrap();
        prop_assert_eq!(extension, parts.extension.trim_matches([' ', '\t']));
        prop_assert_eq!(request.body(), &parts.body[..]);
    }

    /// RFC 3261 §8.2.6.2 and RFC 3581 §4: an answer carries what its request carried.
    #[test]
    fn an_answer_belongs_to_its_request(
        parts in parts(),
        tag in "[a-z0-9]{8}",
        port in 1..u16::MAX,
    ) {
        let request = read(parts.print());
        let source = SocketAddr::from(([203, 0, 113, 5], port));
        let mut answer = Writer::response_to(&request, Status::OK, Some(&tag), source);
        let answer = Message::parse(answer.finish().unwrap()).unwrap();
        answer.response().unwrap().validate().unwrap();
        let via = answer.top_via().unwrap();
        prop_assert_eq!(via.rport(), Some(Rport::Port(port)));
        prop_assert_eq!(via.received(), Some(source.ip()));
        prop_assert_eq!(via.branch(), request.top_via().unwrap().branch());
        prop_assert_eq!(answer.to().unwrap().tag(), Some(&*tag));
        for name in [Name::From, Name::CallId, Name::CSeq] {
            prop_assert_eq!(answer.header(name), request.header(name));
        }
    }

    /// FAULTS S11: a line break in any text is refused, never sent.
    #[test]
    fn no_text_breaks_out_of_its_line(text in ".{0,8}", sharp in "[\r\n\0]", rest in ".{0,20}") {
        let evil = format!("{text}{sharp}{rest}");
        let uri = "sip:a@example.com";
        let refused = [
            Writer::request(Method::Bye, &evil).finish(),
            Writer::response(Status::OK, &evil).finish(),
            Writer::request(Method::Bye, uri).header(Name::Subject, &evil).finish(),
            Writer::request(Method::Bye, uri).header(Name::From, Quoted(&evil)).finish(),
            Writer::request(Method::Bye, uri).header_named("X-Note", &evil).finish(),
            Writer::request(Method::Bye, uri).header_named(&evil, "x").finish(),
            Writer::request(Method::Bye, uri).finish_with(&evil, b""),
        ];
        prop_assert!(refused.iter().all(Result::is_err), "{:?}", refused);
        // A URI of our making has no such character either: it is escaped.
        let escaped = UriBuf::sip(Some(&evil), "example.com", None).unwrap();
        prop_assert!(!escaped.as_str().contains(['\r', '\n', '\0']));
    }

    #[test]
    fn no_bytes_make_the_parser_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        bodies::message(&bytes);
        bodies::stream(&bytes);
    }

    /// RFC 3261 §18.3: where the network cuts a stream says nothing.
    #[test]
    fn frames_do_not_depend_on_chunks(
        order in prop::collection::vec(0_usize..8, 1..6),
        lengths in prop::collection::vec(1_usize..200, 0..30),
        damage in prop::option::of((0_usize..2_000, any::<u8>())),
    ) {
        let mut stream: Vec<u8> = order.iter().flat_map(|&at| piece(at)).collect();
        if let Some((at, byte)) = damage
            && let Some(hit) = stream.get_mut(at)
        {
            *hit = byte;
        }
        let whole = frames([&stream[..]]);
        let mut pieces = vec![];
        let mut rest = &stream[..];
        for length in lengths {
            let (chunk, after) = rest.split_at(length.min(rest.len()));
            pieces.push(chunk);
            rest = after;
        }
        pieces.push(rest);
        prop_assert_eq!(frames(pieces), whole.clone());
        prop_assert_eq!(frames(stream.chunks(1)), whole);
    }
}

fn piece(at: usize) -> Vec<u8> {
    match at {
        0 => b"\r\n\r\n".to_vec(),
        1 => b"\r\n".to_vec(),
        2 => b"OPTIONS sip:a SIP/2.0\r\nl : 3\r\n\r\na\r\n".to_vec(),
        3 => b"OPTIONS sip:a SIP/2.0\r\nX: y\r\n\r\n".to_vec(),
        at => samples::folder("samples").into_values().nth(at % 5).unwrap().to_vec(),
    }
}

/// What a stream in these chunks brings, down to its first fault.
fn frames<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> Vec<Result<Frame, String>> {
    let mut stream = Framer::default();
    let mut frames = vec![];
    for piece in chunks {
        stream.push(piece);
        while let Some(frame) = stream.next_frame() {
            let frame = frame.map_err(|rejected| rejected.to_string());
            let is_lost = frame.is_err();
            frames.push(frame);
            if is_lost {
                return frames;
            }
        }
    }
    frames
}
