//! Golden pairs: each file in `tests/sdp` holds a description as a peer sends it and what we make
//! of it. `BLESS=1 cargo test -p media --test sdp` writes what is made now; read the difference.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::{fmt::Write as _, fs, path::Path};

use media::{
    PortRange,
    sdp::{
        self, Codec, Direction, Fingerprint, Local, Negotiated, Policy, SrtpPolicy, SrtpSecret,
        WebEnd,
    },
    srtp::Profile,
};

/// Sections: a comment, `--- offer` or `--- answer to ours`, then what came of it.
#[test]
fn every_golden_pair_holds() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sdp");
    let mut files: Vec<_> =
        fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    assert!(files.len() >= 30, "the corpus is there");
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let (input, _) = text.split_once("\n--- result\n").unwrap();
        let made = format!("{input}\n--- result\n{}", result_of(input));
        if std::env::var_os("BLESS").is_some() {
            fs::write(&file, &made).unwrap();
            continue;
        }
        assert_eq!(made, text, "{}", file.display());
    }
}

/// RFC 3264 §5: one audio stream, our preference first, the sixteen keys.
#[test]
fn an_offer_says_all_that_a_phone_needs() {
    let made = sdp::offer(&LOCAL, &OURS, Direction::SendOnly);
    let expected = "v=0\no=- 7 3 IN IP4 198.51.100.1\ns=-\nc=IN IP4 198.51.100.1\nt=0 0\n\
        m=audio 20000 RTP/AVP 8 0 9 111 101 110\na=rtpmap:8 PCMA/8000\na=rtpmap:0 PCMU/8000\n\
        a=rtpmap:9 G722/8000\na=rtpmap:111 opus/48000/2\n\
        a=fmtp:111 minptime=10;useinbandfec=1\na=rtpmap:101 telephone-event/8000\n\
        a=fmtp:101 0-15\na=rtpmap:110 telephone-event/48000\na=fmtp:110 0-15\n\
        a=ptime:20\na=sendonly\n";
    assert_eq!(std::str::from_utf8(&made).unwrap(), expected.replace('\n', "\r\n"));
}

/// What we offer is what we accept, and both ends see one stream with the directions mirrored.
#[test]
fn an_offer_of_ours_is_answered_by_ourselves() {
    let theirs = Local { address: "203.0.113.9".parse().unwrap(), port: 30_000, ..LOCAL };
    for direction in
        [Direction::SendRecv, Direction::SendOnly, Direction::RecvOnly, Direction::Inactive]
    {
        let offer = sdp::offer(&LOCAL, &OURS, direction);
        let policy = Policy::default();
        let (answer, there) =
            sdp::answer(&theirs, &offer, &[Codec::Pcmu], Direction::SendRecv, &policy).unwrap();
        let here = sdp::accept(&LOCAL, &answer, &OURS, direction, &policy).unwrap();
        assert_eq!((here.codec, there.codec), (Codec::Pcmu, Codec::Pcmu));
        assert_eq!((here.direction, there.direction), (direction, direction.reversed()));
        assert_eq!(here.remote.to_string(), "203.0.113.9:30000");
        assert_eq!(there.remote.to_string(), "198.51.100.1:20000");
    }
}

/// S9, by every policy of ours against every policy of theirs: what comes of it is never weaker
/// than either wants, and both ends hold the same keys.
#[test]
fn no_policy_is_ever_weakened() {
    use SrtpPolicy::{Off, Prefer, Require};
    let policy = Policy::default();
    for ours in [Off, Prefer, Require] {
        for theirs in [Off, Prefer, Require] {
            let here = Local { srtp: ours, ..LOCAL };
            let address = "203.0.113.9".parse().unwrap();
            let secret = SrtpSecret([4; 32]);
            let there = Local { srtp: theirs, secret, address, port: 30_000, ..LOCAL };
            let offer = sdp::offer(&here, &OURS, Direction::SendRecv);
            let answered = sdp::answer(&there, &offer, &OURS, Direction::SendRecv, &policy);
            let impossible = matches!((ours, theirs), (Off, Require) | (Require, Off));
            assert_eq!(answered.is_err(), impossible, "{ours:?} {theirs:?}");
            let Ok((answer, there)) = answered else { continue };
            let here = sdp::accept(&here, &answer, &OURS, Direction::SendRecv, &policy).unwrap();
            let keys = here.srtp.map(|srtp| (srtp.send, srtp.receive));
            assert_eq!(keys, there.srtp.map(|srtp| (srtp.receive, srtp.send)));
            let expected = (ours != Off && theirs != Off).then_some(Profile::AeadAes256Gcm);
            assert_eq!(here.srtp.map(|srtp| srtp.send.profile()), expected);
        }
    }
}

/// S9: whoever strips our lines from an offer that requires protection gets no call.
#[test]
fn an_answer_without_protection_is_refused_where_it_is_required() {
    let required = Local { srtp: SrtpPolicy::Require, ..LOCAL };
    let theirs = Local { address: "203.0.113.9".parse().unwrap(), port: 30_000, ..LOCAL };
    let policy = Policy::default();
    let stripped = sdp::offer(&theirs, &OURS, Direction::SendRecv);
    let refused = sdp::accept(&required, &stripped, &OURS, Direction::SendRecv, &policy);
    assert!(refused.unwrap_err().to_string().contains("a=crypto"));
}

const LOCAL: Local = Local {
    address: std::net::IpAddr::V4(std::net::Ipv4Addr::new(198, 51, 100, 1)),
    port: 20_000,
    session: 7,
    version: 3,
    srtp: SrtpPolicy::Off,
    secret: SrtpSecret([9; 32]),
    web: None,
};

const OURS: [Codec; 4] = [Codec::Pcma, Codec::Pcmu, Codec::G722, Codec::Opus];

fn result_of(input: &str) -> String {
    let local = Local { srtp: srtp_of(input), web: web_of(input), ..LOCAL };
    let policy = Policy {
        allow_loopback: false,
        own: Some((LOCAL.address, PortRange { first: 16_384, last: 32_767 })),
    };
    let want = Direction::SendRecv;
    let mut result = String::new();
    if let Some((_, offer)) = input.split_once("--- offer\n") {
        match sdp::answer(&local, wire(offer).as_bytes(), &OURS, want, &policy) {
            Ok((answer, negotiated)) => {
                result.push_str(&agreed(&negotiated));
                result.push_str(&std::str::from_utf8(&answer).unwrap().replace("\r\n", "\n"));
            }
            Err(error) => writeln!(result, "refused: {error}").unwrap(),
        }
    } else {
        let (_, answer) = input.split_once("--- answer to ours\n").unwrap();
        match sdp::accept(&local, wire(answer).as_bytes(), &OURS, want, &policy) {
            Ok(negotiated) => result.push_str(&agreed(&negotiated)),
            Err(error) => writeln!(result, "refused: {error}").unwrap(),
        }
    }
    result
}

/// A comment may say under which policy.
fn srtp_of(input: &str) -> SrtpPolicy {
    let says = |policy: &str| input.lines().any(|line| line == format!("# srtp: {policy}"));
    match (says("prefer"), says("require")) {
        (true, _) => SrtpPolicy::Prefer,
        (_, true) => SrtpPolicy::Require,
        _ => SrtpPolicy::Off,
    }
}

/// A comment may say that the other side is a browser.
fn web_of(input: &str) -> Option<WebEnd> {
    let is_web = input.lines().any(|line| line == "# web");
    is_web.then(|| WebEnd::new(Fingerprint([7; 32]), &LOCAL.secret))
}

fn wire(text: &str) -> String {
    format!("{}\r\n", text.trim_end().replace('\n', "\r\n"))
}

fn agreed(negotiated: &Negotiated) -> String {
    let n = negotiated;
    let dtmf = n.dtmf.map_or("none".to_owned(), |(send, recv)| format!("{send}/{recv}"));
    format!(
        "agreed: {:?} {}/{} to {}, rtcp {}{}, keys {dtmf}, {} ms, we {:?}{}{}{}\n",
        n.codec,
        n.payload_type_send,
        n.payload_type_recv,
        n.remote,
        n.rtcp,
        if n.rtcp_mux { " (mux)" } else { "" },
        n.ptime_ms,
        n.direction,
        if n.dtx { ", DTX" } else { "" },
        n.srtp.map_or(String::new(), |srtp| format!(", {:?}", srtp.send.profile())),
        n.web.map_or(String::new(), |web| format!(", DTLS as {:?}", web.role))
    )
}
