//! A browser as a party, played by the same DTLS in the other role: it proves its address, agrees
//! keys, talks, moves, falls silent, and is not let in where it proves nothing.

use std::sync::LazyLock;

use super::*;
use crate::{
    dtls::{DtlsSetup, Handshake, Identity, Turn},
    sdp::{DtlsRole, Fingerprint, Login, LoginMark, SrtpSecret, Web, WebEnd},
    srtp::{Protection, Receiver, Sender},
    stun,
};

static OURS: LazyLock<Identity> = LazyLock::new(identity);
static THEIRS: LazyLock<Identity> = LazyLock::new(identity);

fn identity() -> Identity {
    let made = rcgen::generate_simple_self_signed(vec!["test".to_owned()]).unwrap();
    Identity {
        certificate: made.cert.der().to_vec(),
        private_key: made.signing_key.serialize_der(),
    }
}

/// The other end of stream A.
struct Page {
    from: SocketAddr,
    login: Login,
    handshake: Handshake,
    keys: Option<(Sender, Receiver)>,
}

fn login() -> Login {
    WebEnd::new(OURS.fingerprint(), &SrtpSecret([5; 32])).login
}

fn web(fingerprint: Fingerprint, role: DtlsRole) -> Web {
    Web { login: login(), theirs: LoginMark(1), fingerprint, role }
}

fn open(stage: &mut Stage, web: Web) {
    let remote = "0.0.0.0:9".parse().unwrap();
    let browser = Negotiated { remote, rtcp: remote, rtcp_mux: true, ..agreed(A, Codec::Pcma) };
    stage.open_as(A, Negotiated { web: Some(web), ..browser });
    stage.open(B, Codec::Pcma);
    stage.command(Command::Route(Route::between(A, B)));
}

fn stage() -> Stage {
    let mut stage = Stage::new();
    stage.session.setup.dtls = Some(DtlsSetup::new(OURS.clone()).unwrap());
    stage
}

impl Page {
    fn new(now: Instant, role: DtlsRole) -> Self {
        let dtls = DtlsSetup::new(THEIRS.clone()).unwrap();
        let handshake = dtls.begin(now, OURS.fingerprint(), role);
        Self { from: address(A), login: login(), handshake, keys: None }
    }

    /// What the session answers to a datagram from the page.
    fn send(&self, stage: &mut Stage, packet: &[u8]) -> Vec<Vec<u8>> {
        let mut out = Out::default();
        let input = Input::Web { from: self.from, packet };
        stage.session.handle(stage.now, input, &mut out);
        stage.events.append(&mut out.events);
        let to_page = out.datagrams().filter(|(datagram, _)| datagram.kind == Kind::Web);
        let answers: Vec<_> = to_page
            .map(|(datagram, bytes)| {
                assert_eq!((datagram.stream, datagram.to), (A, self.from));
                bytes.to_vec()
            })
            .collect();
        for (datagram, bytes) in out.datagrams().filter(|(datagram, _)| datagram.stream == B) {
            let (header, range) = Header::read(bytes).unwrap();
            let (at_ms, to) = ((stage.now - stage.start).as_millis(), datagram.to);
            let payload = bytes[range].to_vec();
            stage.sent.push(Sent { at_ms, stream: B, to, header, payload });
        }
        answers
    }

    fn check(&self, stage: &mut Stage) -> Vec<Vec<u8>> {
        let ufrag = String::from_utf8(self.login.ufrag.to_vec()).unwrap();
        let name = format!("{ufrag}:theirs");
        self.send(stage, &stun::request(&name, &self.login.password, true))
    }

    /// Shakes hands to the end, or until nobody has anything more to say.
    fn shake(&mut self, stage: &mut Stage) {
        let mut to_session = Vec::new();
        self.handshake.tick(stage.now, |bytes| to_session.push(bytes.to_vec()));
        while !to_session.is_empty() {
            let answers: Vec<_> =
                to_session.drain(..).flat_map(|packet| self.send(stage, &packet)).collect();
            for answer in answers {
                let turn = self.handshake.receive(stage.now, &answer, |bytes| {
                    to_session.push(bytes.to_vec());
                });
                if let Turn::Agreed(Protection { send, receive }) = turn {
                    let keys = (Sender::new(&send).unwrap(), Receiver::new(&receive).unwrap());
                    self.keys = Some(keys);
                }
            }
        }
    }

    fn say(&mut self, stage: &mut Stage, at: usize) {
        let mut packet = [&numbered(A, at).write()[..], &[7; 160]].concat();
        self.keys.as_mut().unwrap().0.protect_rtp(&mut packet, 0).unwrap();
        self.send(stage, &packet);
    }
}

/// A page that is reached and secured.
fn talking() -> (Stage, Page) {
    let mut stage = stage();
    open(&mut stage, web(THEIRS.fingerprint(), DtlsRole::Server));
    let mut page = Page::new(stage.now, DtlsRole::Client);
    assert_eq!(page.check(&mut stage).len(), 1);
    page.shake(&mut stage);
    assert!(page.keys.is_some(), "no keys");
    (stage, page)
}

fn is_gone(stage: &mut Stage) -> bool {
    stage.events().contains(&Event::Gone { stream: A })
}

/// RFC 5764: keys agreed by DTLS protect both ways.
#[test]
fn a_page_that_proved_itself_hears_and_is_heard() {
    let (mut stage, mut page) = talking();
    for at in 0..5 {
        page.say(&mut stage, at);
        let mut out = Out::default();
        let plain = [&numbered(B, at).write()[..], &[9; 160]].concat();
        let input = Input::Packet { stream: B, from: address(B), packet: &plain };
        stage.session.handle(stage.now, input, &mut out);
        let (datagram, bytes) = out.datagrams().next().unwrap();
        assert_eq!((datagram.to, datagram.kind), (page.from, Kind::Web));
        let mut bytes = bytes.to_vec();
        let len = page.keys.as_mut().unwrap().1.unprotect_rtp(&mut bytes).unwrap();
        assert_eq!(bytes[12..len], [9; 160]);
        stage.pass(20);
    }
    let heard = stage.heard(B);
    assert_eq!(heard.len(), 5);
    assert!(heard.iter().all(|sent| sent.payload == [7; 160]));
    assert_eq!(stage.close(A).received, 5);
}

/// RFC 5763 §5: a page that answers `passive` waits for our `ClientHello`.
#[test]
fn we_shake_hands_first_with_a_page_that_waits() {
    let mut stage = stage();
    open(&mut stage, web(THEIRS.fingerprint(), DtlsRole::Client));
    let mut page = Page::new(stage.now, DtlsRole::Server);
    let hello = page.check(&mut stage);
    assert!(hello.len() > 1, "no ClientHello followed the answer to the check");
    let mut to_session = Vec::new();
    for packet in &hello[1..] {
        page.handshake.receive(stage.now, packet, |bytes| to_session.push(bytes.to_vec()));
    }
    assert!(!to_session.is_empty());
}

/// S8: without a signed check not one byte is sent, and nothing that comes is believed.
#[test]
fn from_an_address_that_proved_nothing_nothing_is_taken_and_nothing_goes_there() {
    let mut stage = stage();
    open(&mut stage, web(THEIRS.fingerprint(), DtlsRole::Server));
    let mut page = Page::new(stage.now, DtlsRole::Client);
    page.shake(&mut stage);
    assert!(page.keys.is_none());
    let forged = Login { password: [b'x'; 24], ..login() };
    page.login = forged;
    assert!(page.check(&mut stage).is_empty());
    let plain = [&numbered(A, 1).write()[..], &[7; 160]].concat();
    assert!(page.send(&mut stage, &plain).is_empty());
    assert_eq!(stage.heard(B), []);
    assert_eq!(stage.close(A).strays, 1);
}

/// S9: between check and keys nothing is heard either way, though the address is proven.
#[test]
fn before_there_are_keys_nothing_is_heard() {
    let mut stage = stage();
    open(&mut stage, web(THEIRS.fingerprint(), DtlsRole::Server));
    let page = Page::new(stage.now, DtlsRole::Client);
    page.check(&mut stage);
    let plain = [&numbered(A, 1).write()[..], &[7; 160]].concat();
    page.send(&mut stage, &plain);
    assert_eq!(stage.heard(B), []);
    stage.packet(B, numbered(B, 1), &[9; 160]);
    assert_eq!(stage.heard(A), []);
}

/// RFC 8122 §5: another certificate than the signalling named gets no keys.
#[test]
fn a_page_with_another_certificate_is_gone() {
    let mut stage = stage();
    open(&mut stage, web(Fingerprint([1; 32]), DtlsRole::Server));
    let mut page = Page::new(stage.now, DtlsRole::Client);
    page.check(&mut stage);
    page.shake(&mut stage);
    assert!(is_gone(&mut stage));
    stage.packet(B, numbered(B, 1), &[9; 160]);
    assert_eq!(stage.heard(A), []);
}

/// RFC 7675: told 4 s after the last sign of life, to the millisecond, and once.
#[test]
fn a_page_that_falls_silent_is_gone_after_4_s() {
    let (mut stage, mut page) = talking();
    page.say(&mut stage, 0);
    stage.pass(3_999);
    assert!(!is_gone(&mut stage));
    stage.pass(1);
    assert!(is_gone(&mut stage));
    stage.pass(20_000);
    assert!(!is_gone(&mut stage));
}

/// Whoever is held sends no audio, and checks alone keep it.
#[test]
fn the_checks_of_a_page_that_is_held_keep_it() {
    let (mut stage, page) = talking();
    let remote = "0.0.0.0:9".parse().unwrap();
    let held = Negotiated {
        remote,
        direction: Direction::Inactive,
        web: Some(web(THEIRS.fingerprint(), DtlsRole::Server)),
        ..agreed(A, Codec::Pcma)
    };
    stage.command(Command::Update { stream: A, negotiated: held });
    for _ in 0..5 {
        stage.pass(5_000);
        page.check(&mut stage);
    }
    assert!(!is_gone(&mut stage));
    stage.pass(10_000);
    assert!(is_gone(&mut stage));
}

#[test]
fn a_page_that_never_comes_is_gone_after_12_s() {
    let mut stage = stage();
    open(&mut stage, web(THEIRS.fingerprint(), DtlsRole::Server));
    stage.pass(11_999);
    assert!(!is_gone(&mut stage));
    stage.pass(1);
    assert!(is_gone(&mut stage));
}

/// RFC 8445 §9: after a restart the page comes from elsewhere under the new login, and goes on
/// with the keys it has.
#[test]
fn a_page_that_changes_its_network_is_followed() {
    let (mut stage, mut page) = talking();
    page.say(&mut stage, 0);
    let fresh = Login { ufrag: *b"restart1", password: [b'n'; 24] };
    let theirs = LoginMark(2);
    let restarted = Web { login: fresh, theirs, ..web(THEIRS.fingerprint(), DtlsRole::Server) };
    let remote = "0.0.0.0:9".parse().unwrap();
    let negotiated = Negotiated { remote, web: Some(restarted), ..agreed(A, Codec::Pcma) };
    stage.command(Command::Update { stream: A, negotiated });
    stage.events();
    page.login = fresh;
    page.from = "198.51.100.7:61000".parse().unwrap();
    page.check(&mut stage);
    assert_eq!(stage.events(), [Event::Latched { stream: A, remote: page.from }]);
    page.say(&mut stage, 1);
    assert_eq!(stage.heard(B).len(), 2);
    stage.packet(B, numbered(B, 1), &[9; 160]);
    stage.pass(0);
    assert_eq!(stage.close(A).received, 2);
}

/// A stream that is closed leaves neither login nor address behind.
#[test]
fn the_door_is_shut_behind_a_page_that_left() {
    let (mut stage, page) = talking();
    stage.close(A);
    assert!(page.check(&mut stage).is_empty());
    assert_eq!(format!("{:?}", stage.session.door), "Door { logins: {}, addresses: {} }");
}
