//! Fuzz bodies as plain tests: each takes any bytes and must neither panic nor contradict itself.
//!
//! The bytes come from the corpora beside the tests, mutated from a fixed seed, so that a failure
//! repeats. The folder `fuzz` gives the same bodies to `cargo fuzz`, which goes on for as long as
//! it is let.

use bytes::Bytes;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use sip::Message;

use crate::bodies::{digest, header, message, stream, uri, via, websocket};
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

/// RFC 7118: each message of the corpora in a frame of its own, between pings and keep-alives.
#[test]
fn mutated_websockets_neither_panic_nor_contradict_themselves() {
    let framed = |raw: Bytes| {
        let parts = [
            frame(PING, b"hello"),
            frame(TEXT, b"\r\n\r\n"),
            frame(BINARY, &raw),
            // The same in two fragments, with a ping between them.
            frame(TEXT & !FIN, &raw[..raw.len() / 2]),
            frame(PING, b""),
            frame(FIN, &raw[raw.len() / 2..]),
            frame(CLOSE, &[3, 232]),
        ];
        Bytes::from(parts.concat())
    };
    run(&message_corpus().into_iter().map(framed).collect::<Vec<_>>(), 4_000, websocket);
}

/// A client's frame (RFC 6455 §5.2), under a mask that changes nothing.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    match u8::try_from(payload.len()) {
        Ok(short) if short < LONG => frame.push(MASKED | short),
        _ => {
            frame.push(MASKED | LONG);
            frame.extend(u16::try_from(payload.len()).unwrap().to_be_bytes());
        }
    }
    frame.extend([0; 4]);
    frame.extend(payload);
    frame
}

const FIN: u8 = 0x80;
const TEXT: u8 = FIN | 0x1;
const BINARY: u8 = FIN | 0x2;
const CLOSE: u8 = FIN | 0x8;
const PING: u8 = FIN | 0x9;
const MASKED: u8 = 0x80;
/// A length of two bytes follows.
const LONG: u8 = 0x7E;

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
