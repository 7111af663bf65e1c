//! Fuzz bodies as plain tests: each takes any bytes and must neither panic nor contradict itself.
//!
//! The bytes come from the corpora beside the tests, mutated from a fixed seed, so that a failure
//! repeats. The bodies have the shape that `cargo-fuzz` wants.

use bytes::Bytes;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use sip::Message;
use sip::framing::{Frame, Framer};
use sip::header::{Challenge, Credentials, DigestParams, Name, NameAddr, Via};
use sip::message::{Headers, Writer, limits};
use sip::uri::{Uri, unescape};

use crate::reprint::{assert_reprints, reprint};
use crate::samples;

#[test]
fn mutated_messages_neither_panic_nor_contradict_themselves() {
    run(&message_corpus(), 4_000, message);
}

#[test]
fn mutated_uris_neither_panic_nor_contradict_themselves() {
    let corpus = [
        "sip:alice:secret@example.com:5060;transport=tcp;lr?Replaces=a%40b&Subject=x",
        "sips:+1-212-555-0100;phone-context=x%20y@[2001:db8::1]:5061;maddr=192.0.2.1",
        "tel:+1(212)555-0100;ext=22;phone-context=example.com",
        "urn:service:sos",
    ];
    run(&corpus.map(Bytes::from), 20_000, uri);
}

#[test]
fn mutated_headers_neither_panic_nor_contradict_themselves() {
    let lines = message_corpus().into_iter().filter_map(|raw| Message::parse(raw).ok());
    let values = lines.flat_map(|message| {
        let text = |line: sip::message::Header<'_>| {
            Bytes::from(format!("{}:{}", line.name, line.value).into_bytes())
        };
        message.lines().map(text).collect::<Vec<_>>()
    });
    run(&values.collect::<Vec<_>>(), 20_000, header);
}

#[test]
fn mutated_vias_neither_panic_nor_contradict_themselves() {
    let corpus = [
        "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1;rport=5;received=[2001:db8::1];maddr=x",
        "SIP / 2.0 / TLS  [2001:db8::9]:5061 ; alias;branch = \"a;b\"",
    ];
    run(&corpus.map(Bytes::from), 20_000, via);
}

#[test]
fn mutated_digest_parameters_neither_panic_nor_contradict_themselves() {
    let corpus = [
        "Digest realm=\"a \\\" b\", nonce=\"x,y\", qop=\"auth,auth-int\", stale=TRUE, \
         algorithm=MD5",
        "Digest username=\"u\", uri=\"sip:x\", response=\"0f\", nc=00000001, \
         cnonce=\"c\", qop=auth",
    ];
    run(&corpus.map(Bytes::from), 20_000, digest);
}

#[test]
fn mutated_streams_neither_panic_nor_contradict_themselves() {
    let corpus = message_corpus();
    let two = corpus.iter().zip(corpus.iter().skip(1));
    let streams = two.map(|(one, two)| Bytes::from([one, &b"\r\n\r\n"[..], two].concat()));
    run(&streams.collect::<Vec<_>>(), 4_000, stream);
}

fn message_corpus() -> Vec<Bytes> {
    ["torture", "ipv6", "samples"]
        .into_iter()
        .flat_map(samples::folder)
        .map(|(_, raw)| raw)
        .collect()
}

fn run(corpus: &[Bytes], rounds: usize, body: fn(&[u8])) {
    let mut random = ChaCha20Rng::from_seed([7; 32]);
    for seed in corpus {
        body(seed);
    }
    for _ in 0..rounds {
        let mut mutant = corpus[below(&mut random, corpus.len())].to_vec();
        for _ in 0..=below(&mut random, 4) {
            mutate(&mut mutant, &mut random);
        }
        body(&mutant);
    }
}

/// The bytes on which readers of SIP trip.
const SHARP: &[u8] = b"\r\n\0 \t:;,=\"\\<>@%?&[]/*+-.0z\xc3\xff";

fn mutate(bytes: &mut Vec<u8>, random: &mut ChaCha20Rng) {
    let at = below(random, bytes.len() + 1);
    let end = (at + below(random, 12)).min(bytes.len());
    let sharp = SHARP[below(random, SHARP.len())];
    match below(random, 6) {
        0 => bytes.insert(at, sharp),
        1 if at < bytes.len() => bytes[at] = sharp,
        2 if at < bytes.len() => bytes[at] = u8::try_from(below(random, 256)).unwrap(),
        3 => drop(bytes.drain(at..end)),
        4 => {
            let copy = bytes[at..end].to_vec();
            let to = below(random, bytes.len() + 1);
            bytes.splice(to..to, copy);
        }
        _ => bytes.truncate(bytes.len().min(at + 40)),
    }
}

fn below(random: &mut ChaCha20Rng, bound: usize) -> usize {
    usize::try_from(random.next_u32()).unwrap() % bound
}

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

fn uri(bytes: &[u8]) {
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

fn header(bytes: &[u8]) {
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

fn via(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(via) = Via::parse(text) else { return };
    let printed = via.to_string();
    assert_eq!(Via::parse(&printed), Ok(via));
    let _ = (via.received(), via.rport(), via.has_magic_branch(), via.port_or_default());
}

fn digest(bytes: &[u8]) {
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
