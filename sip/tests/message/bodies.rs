//! What holds for any bytes: one body for each reader, in the shape that `cargo fuzz` wants.
//!
//! A body panics where a reader contradicts itself, and nowhere else. They are run by `fuzz` beside
//! this file, by the properties, and by the targets of the folder `fuzz`.

use std::io::{self, Cursor, Read, Write};
use std::time::Instant;

use bytes::Bytes;
use sip::endpoint::{Config, Counts, Endpoint, Flow, Output, Transport};
use sip::framing::{Frame, Framer, is_keep_alive};
use sip::header::{Challenge, Credentials, DigestParams, Name, NameAddr, Via};
use sip::message::{Headers, Message, Writer, limits};
use sip::uri::{Uri, unescape};
use tungstenite::protocol::{Role, WebSocket, WebSocketConfig};

use crate::reprint::{assert_reprints, reprint};

pub(crate) fn message(bytes: &[u8]) {
    match Message::parse(Bytes::copy_from_slice(bytes)) {
        Ok(message) => {
            read_everything(&message);
            let is_valid = match &message {
                Message::Request(request) => request.validate().is_ok(),
                Message::Response(response) => response.validate().is_ok(),
            };
            // Validation promises that the readings a transaction makes do not fail.
            if is_valid {
                assert!(message.from().is_ok() && message.to().is_ok() && message.cseq().is_ok());
                assert!(message.top_via().is_ok() && message.call_id().is_ok());
            }
            if reprint(&message).is_ok() {
                assert_reprints(&message);
            }
        }
        Err(rejected) => {
            let Some(request) = rejected.salvage else { return };
            read_everything(&request);
            let source = "192.0.2.1:5060".parse().unwrap();
            let status = rejected.fault.status;
            let answer = Writer::response_to(&request, status, Some("t"), source).finish();
            let answer = Message::parse(answer.unwrap()).unwrap();
            assert_eq!(answer.header(Name::CallId), request.header(Name::CallId));
        }
    }
}

pub(crate) fn uri(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let _ = unescape(text);
    let Ok(uri) = Uri::parse(text) else { return };
    assert_eq!(uri.as_str(), text);
    assert!(uri.is_equivalent(&uri));
    let copy = uri.to_buf();
    assert_eq!(copy.uri(), uri);
    assert_eq!(copy.as_str().parse(), Ok(copy.clone()));
    assert_eq!(copy.without_headers().uri().headers().count(), 0);
    assert_eq!((uri.user(), uri.host()), (copy.uri().user(), copy.uri().host()));
    let marked = copy.with_param("marked", Some("a b;c?d")).unwrap();
    if !uri.params().contains("marked") && uri.host().is_some() {
        let value = marked.uri().params().value("marked").map(unescape);
        assert_eq!(value.as_deref(), Some("a b;c?d"), "{marked}");
    }
}

pub(crate) fn header(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let (name, value) = text.split_once(':').unwrap_or(("To", text));
    let name = Name::parse(name.as_bytes()).unwrap_or(Name::To);
    let Ok(address) = NameAddr::parse(name, value) else { return };
    let printed = address.to_string();
    let again = NameAddr::parse(name, &printed).unwrap();
    assert_eq!(again.uri, address.uri);
    assert_eq!(again.display_name(), address.display_name());
    assert_eq!(again.tag(), address.tag());
    assert!(again.params.iter().eq(address.params.iter()));
}

pub(crate) fn via(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(via) = Via::parse(text) else { return };
    let printed = via.to_string();
    assert_eq!(Via::parse(&printed), Ok(via));
    let _ = (via.received(), via.rport(), via.has_magic_branch(), via.port_or_default());
}

pub(crate) fn digest(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(params) = DigestParams::parse(Name::Authorization, text) else { return };
    read_digest(params);
}

pub(crate) fn stream(bytes: &[u8]) {
    let mut framer = Framer::default();
    framer.push(bytes);
    let mut left = bytes.len();
    loop {
        match framer.next_frame() {
            Some(Ok(Frame::Message(raw))) => {
                left -= raw.len();
                assert_eq!(framer.buffered(), left);
                // The parser takes exactly what the framer cut.
                if let Ok(message) = Message::parse(raw.clone()) {
                    assert_eq!(message.raw().len(), raw.len());
                }
            }
            Some(Ok(Frame::Ping | Frame::Pong)) => left -= 2,
            Some(Err(rejected)) => {
                assert_eq!(framer.next_frame().unwrap().unwrap_err().fault, rejected.fault);
                assert_eq!(framer.buffered(), 0);
                return;
            }
            None => {
                assert!(framer.buffered() <= limits::MESSAGE_BYTES);
                return;
            }
        }
    }
}

/// What comes in a WebSocket after its handshake (RFC 6455, RFC 7118): no message of it is longer
/// than its bound, each is read by itself, and what proves nothing leaves nothing behind.
#[expect(clippy::disallowed_methods, reason = "a test reads the clock once, for its epoch")]
pub(crate) fn websocket(bytes: &[u8]) {
    let bound = Some(limits::MESSAGE_BYTES);
    let settings = WebSocketConfig::default().max_message_size(bound).max_frame_size(bound);
    let wire = Wire(Cursor::new(bytes));
    let mut socket = WebSocket::from_raw_socket(wire, Role::Server, Some(settings));
    let mut endpoint = Endpoint::new(Config::new("pbx"), [7; 32]);
    let (local, remote) = ("192.0.2.1:443".parse(), "198.51.100.7:50000".parse());
    let (local, remote) = (local.unwrap(), remote.unwrap());
    let flow = Flow { transport: Transport::Wss, local, remote, connection: 1 };
    let now = Instant::now();
    while let Ok(message) = socket.read() {
        let text = message.is_text() || message.is_binary();
        let message = message.into_data();
        assert!(message.len() <= limits::MESSAGE_BYTES);
        if !text || is_keep_alive(&message) {
            continue;
        }
        let mut out = vec![];
        endpoint.receive(now, flow, message, &mut out);
        for output in out {
            if let Output::Send { flow: to, bytes } = output {
                assert_eq!(to, flow, "an answer leaves by the socket that asked");
                assert!(Message::parse(bytes).is_ok());
            }
        }
        assert_eq!(endpoint.counts(), Counts::default());
    }
}

/// A peer that has said all it will say, and reads whatever it is told.
struct Wire<'a>(Cursor<&'a [u8]>);

impl Read for Wire<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.0.read(into)
    }
}

impl Write for Wire<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Every reading there is: none may panic, whatever the header holds.
fn read_everything(headers: &Headers) {
    for line in headers.lines() {
        assert!(!line.value.contains(['\r', '\n', '\0']), "{line:?}");
        assert!(headers.header_named(line.name).count() <= limits::HEADERS);
    }
    for &name in Name::ALL {
        assert!(headers.headers(name).all(|value| !value.contains('\n')));
        headers.name_addrs(name).flatten().for_each(read_address);
    }
    let _ = headers.vias().count();
    let _ = headers.contacts().count();
    headers.reason_header().flatten().for_each(|reason| {
        let _ = (reason.text(), reason.is_q850(), reason.is_sip());
    });
    let challenges = headers.www_authenticate().chain(headers.proxy_authenticate());
    challenges.flatten().for_each(|challenge| read_digest(challenge.0));
    let credentials = headers.authorization().chain(headers.proxy_authorization());
    credentials.flatten().for_each(|credentials| read_digest(credentials.0));
    let _ = (headers.require().count(), headers.supported().count(), headers.allow().count());
    let _ = (headers.top_via(), headers.from(), headers.to(), headers.cseq(), headers.call_id());
    let _ = (headers.max_forwards(), headers.expires(), headers.min_expires(), headers.min_se());
    let _ = (headers.session_expires(), headers.retry_after(), headers.content_type());
    let _ = (headers.rack(), headers.rseq(), headers.refer_to(), headers.referred_by());
    let _ = (headers.replaces(), headers.event(), headers.body(), headers.raw());
}

fn read_address(address: NameAddr<'_>) {
    let _ = (address.q(), address.expires(), address.instance(), address.reg_id());
    let _ = (address.display_name(), address.tag(), address.uri.user_unescaped());
    let _ = (address.uri.host(), address.uri.header("Replaces"), address.uri.is_loose_router());
    assert!(address.uri.is_equivalent(&address.uri));
}

fn read_digest(params: DigestParams<'_>) {
    let credentials = Credentials(params);
    let _ = (credentials.username(), credentials.realm(), credentials.nonce(), credentials.nc());
    let _ = (credentials.uri(), credentials.response(), credentials.opaque(), credentials.qop());
    let _ = (credentials.cnonce(), credentials.algorithm(), params.is_digest());
    let challenge = Challenge(params);
    let _ = (challenge.realm(), challenge.offers_qop("auth"), challenge.is_stale());
    let _ = (challenge.nonce(), challenge.opaque(), challenge.algorithm());
}
