//! Who is nobody: scanners, floods, forgers. No state, no leg, no more bytes than they sent.

use proptest::prelude::*;

use super::*;

const SCENES: [&str; 8] =
    ["INVITE", "REGISTER", "OPTIONS", "BYE", "SUBSCRIBE", "NOTIFY", "MESSAGE", "CANCEL"];

fn request(method: &str, extra: &str) -> String {
    format!(
        "{method} sip:900115550100@192.0.2.1 SIP/2.0\n\
         Via: SIP/2.0/UDP 198.51.100.66:5060;branch=z9hG4bKs\n\
         Max-Forwards: 70\n\
         From: <sip:1001@192.0.2.1>;tag=s\n\
         To: <sip:1001@192.0.2.1>\n\
         Call-ID: s@198.51.100.66\n\
         CSeq: 1 {method}\n\
         Contact: <sip:1001@198.51.100.66:5060>\n\
         User-Agent: Phone 1.0\n\
         {extra}\n"
    )
}

fn bytes_out(solo: &mut Solo) -> usize {
    let sent = solo.take().into_iter().map(|(_, output)| match output {
        Output::Send { bytes, .. } => bytes.len(),
        Output::Event(event) => panic!("a stranger caused {event:?}"),
    });
    sent.sum()
}

/// S4, S5: an INVITE from nowhere is challenged and leaves no trace.
#[test]
fn an_invite_from_a_stranger_is_challenged_and_leaves_nothing() {
    let mut solo = Solo::new();
    solo.receive(STRANGER, &request("INVITE", ""));
    let (flow, response) = solo.last_response();
    assert_eq!(flow, udp(STRANGER));
    assert_eq!(response.status().code(), 407);
    assert!(response.proxy_authenticate().next().is_some());
    assert_eq!(solo.take_events(), []);
    assert_eq!(solo.endpoint.counts(), Counts::default());
    assert_eq!(solo.endpoint.deadline(), None);
    // Its ACK finds nothing and gets nothing.
    solo.receive(STRANGER, &request("ACK", ""));
    assert_eq!(solo.take(), []);
}

/// The same INVITE gets the same To tag, as a transaction would have given it.
#[test]
fn a_repeated_request_gets_the_same_tag_from_no_memory() {
    let mut solo = Solo::new();
    let mut tags = vec![];
    for _ in 0..2 {
        solo.receive(STRANGER, &request("INVITE", ""));
        tags.push(solo.our_tag());
    }
    assert_eq!(tags[0], tags[1]);
}

/// S4: a phone that is registered still has to prove each call it makes.
#[test]
fn a_call_from_a_registered_phone_is_challenged_too() {
    let mut solo = Solo::new();
    registrar::register(&mut solo, STRANGER, "");
    solo.take();
    solo.receive(STRANGER, &request("INVITE", ""));
    assert_eq!(solo.last_response().1.status().code(), 407);
}

/// S4: with the secret a call is the account's, whatever From and P-Asserted-Identity claim.
#[test]
fn a_proven_call_is_the_accounts_whatever_it_claims() {
    let mut solo = Solo::new();
    let asserted = "P-Asserted-Identity: <sip:+15550111@192.0.2.1>\n";
    solo.receive(STRANGER, &request("INVITE", asserted));
    let proof = registrar::proof(&solo, "INVITE", "1001", "s3cret");
    let text = request("INVITE", &format!("{asserted}Proxy-Authorization: {proof}\n"));
    solo.take();
    solo.receive(STRANGER, &text);
    let events = solo.take_events();
    let [Event::Incoming { leg, origin, calling, called, .. }] = &events[..] else {
        panic!("{events:?}")
    };
    assert_eq!(*origin, Origin::Account("1001".to_owned()));
    assert_eq!(calling.as_deref(), Some("1001"));
    assert_eq!(called, "900115550100");
    let leg = *leg;
    solo.hang_up(leg);
    solo.assert_empty();
}

/// A trunk is told by its port where one is given.
#[test]
fn a_trunk_with_a_port_is_trusted_on_that_port_alone() {
    let mut solo = Solo::new();
    let stranger: SocketAddr = STRANGER.parse().unwrap();
    let addresses = vec![(stranger.ip(), Some(5060))];
    solo.endpoint.set_peer(Peer { id: PeerId(3), addresses });
    solo.receive("198.51.100.66:5061", &request("INVITE", ""));
    assert_eq!(solo.last_response().1.status().code(), 407);
    solo.take();
    solo.receive(STRANGER, &request("INVITE", ""));
    let events = solo.take_events();
    assert!(
        matches!(events[..], [Event::Incoming { origin: Origin::Peer(PeerId(3)), .. }]),
        "{events:?}"
    );
    solo.endpoint.remove_peer(PeerId(3));
    solo.receive(STRANGER, &request("INVITE", "").replace("z9hG4bKs", "z9hG4bKt"));
    assert_eq!(solo.last_response().1.status().code(), 407);
}

/// S5: programs that look for open switches get silence.
#[test]
fn a_scanner_gets_no_answer() {
    let mut solo = Solo::new();
    for method in SCENES {
        let text = request(method, "").replace("Phone 1.0", "friendly-scanner");
        solo.receive(STRANGER, &text);
    }
    assert_eq!(solo.take(), []);
    assert_eq!(solo.endpoint.unanswered(), 8);
}

/// S2: too many wrong passwords, and the source hears nothing for a while.
#[test]
fn a_guesser_is_ignored_after_its_share() {
    let mut solo = Solo::new();
    solo.endpoint.config.bounds.failures_per_source = 20;
    let (mut answers, mut told) = (0, vec![]);
    for _ in 0..40 {
        solo.receive(STRANGER, &request("REGISTER", ""));
        let proof = registrar::proof(&solo, "REGISTER", "1001", "guess");
        solo.take();
        solo.receive(STRANGER, &request("REGISTER", &format!("Authorization: {proof}\n")));
        for (_, output) in solo.take() {
            match output {
                Output::Send { .. } => answers += 1,
                Output::Event(Event::Denied { why, .. }) => told.push(why),
                Output::Event(event) => panic!("{event:?}"),
            }
        }
    }
    assert_eq!(answers, 20, "and not one of the twenty that followed");
    let expected = [[Denial::WrongSecret; 20], [Denial::LockedOut; 20]].concat();
    assert_eq!(told, expected, "whose telephone it is may read why");
}

/// S3: a user that exists and one that does not get the same bytes but for nonce and name.
#[test]
fn nothing_tells_which_users_exist() {
    let mut answers = vec![];
    for user in ["1001", "9999"] {
        let mut solo = Solo::new();
        solo.receive(STRANGER, &request("REGISTER", "").replace("1001", user));
        let proof = registrar::proof(&solo, "REGISTER", user, "guess");
        solo.take();
        let text = request("REGISTER", &format!("Authorization: {proof}\n"));
        solo.receive(STRANGER, &text.replace("<sip:1001@", &format!("<sip:{user}@")));
        let (_, response) = solo.last_response();
        let raw = String::from_utf8(response.raw().to_vec()).unwrap();
        let tag = response.to().unwrap().tag().unwrap().to_owned();
        answers.push(raw.replace(user, "USER").replace(&tag, "TAG"));
    }
    assert_eq!(answers[0], answers[1]);
}

/// S3: by shape nobody is told apart: every method, with no proof, a wrong one and an old one,
/// over UDP and over a stream.
#[test]
fn every_answer_to_an_unknown_user_has_the_shape_of_a_known_ones() {
    let shape = |user: &str, method: &str, extra: &str, is_stream: bool| {
        let mut solo = Solo::new();
        let path = Flow { transport: Transport::Tcp, connection: 9, ..udp(STRANGER) };
        let path = if is_stream { path } else { udp(STRANGER) };
        solo.receive_over(path, &request(method, extra).replace("1001", user));
        let sent = solo.take().into_iter().filter_map(|(_, output)| match output {
            Output::Send { bytes, .. } => Some(String::from_utf8(bytes.to_vec()).unwrap()),
            Output::Event(_) => None,
        });
        let digits = |c: char| if c.is_ascii_hexdigit() { 'x' } else { c };
        let masked = |text: String| text.chars().map(digits).collect();
        sent.map(masked).collect::<Vec<String>>()
    };
    let digest = |name: &str| {
        format!(
            "{name}: Digest username=\"1001\", realm=\"pbx\", nonce=\"00\", uri=\"sip:pbx\", \
             response=\"00112233445566778899aabbccddeeff\", algorithm=MD5\n"
        )
    };
    let extras = [String::new(), digest("Authorization"), digest("Proxy-Authorization")];
    for method in SCENES {
        for extra in &extras {
            for is_stream in [false, true] {
                let known = shape("1001", method, extra, is_stream);
                let unknown = shape("9999", method, extra, is_stream);
                assert_eq!(known, unknown, "{method} {extra} {is_stream}");
            }
        }
    }
}

/// S5, L2: a source that asks more than a city's worth of telephones is answered no more, and its
/// neighbour is.
#[test]
fn a_source_that_asks_too_much_is_not_answered() {
    let mut solo = Solo::new();
    let text = request("OPTIONS", "");
    for _ in 0..5_000 {
        solo.receive(STRANGER, &text);
    }
    assert_eq!(solo.take().len(), 4_000);
    assert_eq!(solo.endpoint.unanswered(), 1_000);
    solo.receive("198.51.100.67:5060", &text);
    assert_eq!(solo.take().len(), 1);
    solo.run_until(1_000);
    solo.receive(STRANGER, &text);
    assert_eq!(solo.take().len(), 1, "a second later it has tokens again");
}

/// S6: even the smallest request that can be answered gets no more than it sent.
#[test]
fn a_small_request_gets_a_smaller_answer_or_none() {
    for method in SCENES {
        let mut solo = Solo::new();
        let text = format!(
            "{method} sip:a SIP/2.0\nVia: SIP/2.0/UDP a;branch=z9hG4bKs;rport\n\
             f: <sip:a>;tag=s\nt: <sip:a>\ni: s\nCSeq: 1 {method}\n\n"
        );
        let sent = text.replace('\n', "\r\n").len();
        solo.receive(STRANGER, &text);
        let got = bytes_out(&mut solo);
        assert!(got <= sent, "{method}: {got} > {sent}");
    }
}

/// A phone's REGISTER has room for the challenge: dropping is for oddities alone.
#[test]
fn a_usual_register_is_challenged_within_its_size() {
    let mut solo = Solo::new();
    let text = "REGISTER sip:192.0.2.1:5060 SIP/2.0\n\
        Via: SIP/2.0/UDP 198.51.100.66:5060;branch=z9hG4bK-17-1-0\n\
        From: <sip:1001@192.0.2.1:5060>;tag=1\n\
        To: <sip:1001@192.0.2.1:5060>\n\
        Call-ID: 1-17@198.51.100.66\n\
        CSeq: 1 REGISTER\n\
        Contact: sip:1001@198.51.100.66:5060\n\
        Max-Forwards: 70\n\
        Expires: 3600\n\
        Content-Length: 0\n\n";
    solo.receive(STRANGER, text);
    let (_, response) = solo.last_response();
    let challenge = response.www_authenticate().next().unwrap().unwrap();
    assert_eq!(challenge.algorithm(), "MD5");
    assert!(challenge.offers_qop("auth"));
}

/// A stream's peer has proven its address, so it gets every algorithm, the best one first; a page
/// gets the one it knows (I16).
#[test]
fn over_tcp_every_algorithm_is_offered() {
    let mut solo = Solo::new();
    let tcp = Flow { transport: Transport::Tcp, connection: 3, ..udp(STRANGER) };
    solo.receive_over(tcp, &request("REGISTER", ""));
    let (flow, response) = solo.last_response();
    assert_eq!(flow, tcp);
    let algorithms = response.www_authenticate().map(|challenge| challenge.unwrap().algorithm());
    assert_eq!(algorithms.collect::<Vec<_>>(), ["SHA-512-256", "SHA-256", "MD5"]);
    let ws = Flow { transport: Transport::Wss, ..tcp };
    solo.receive_over(ws, &request("REGISTER", ""));
    let (_, response) = solo.last_response();
    assert_eq!(response.www_authenticate().count(), 1);
}

/// Junk on the wire: nothing is sent, nothing is kept.
#[test]
fn junk_is_dropped() {
    let mut solo = Solo::new();
    for junk in ["", "\r\n\r\n", "\0\0\0", "SIP/2.0 200 OK\n\n", "HELO\n\n", "\u{ff}"] {
        solo.receive(STRANGER, junk);
    }
    assert_eq!(bytes_out(&mut solo), 0);
    assert_eq!(solo.endpoint.counts(), Counts::default());
}

proptest! {
    /// S5, S6: whatever a stranger sends, it gets no more bytes, makes no event and no state.
    #[test]
    fn no_stranger_is_amplified_or_remembered(
        method in proptest::sample::select(&SCENES[..]),
        tag in "(;tag=[a-z0-9.]{1,20})?",
        extra in "(Require: [a-z]{1,40}\n)?(Expires: [0-9]{1,3}\n)?(Supported: [a-z]{1,9}\n)?",
        cut in 0_usize..600,
    ) {
        let mut solo = Solo::new();
        let to = format!("To: <sip:1001@192.0.2.1>{tag}\n");
        let mut text = request(method, &extra).replace("To: <sip:1001@192.0.2.1>\n", &to);
        text.truncate(text.len() - cut.min(text.len()) / 3);
        let sent = text.replace('\n', "\r\n").len();
        solo.receive(STRANGER, &text);
        prop_assert!(bytes_out(&mut solo) <= sent);
        prop_assert_eq!(solo.endpoint.counts(), Counts::default());
        prop_assert_eq!(solo.endpoint.deadline(), None);
    }
}
