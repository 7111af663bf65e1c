//! Offers that cross, with SIPp at the far side of a bare `sip::Endpoint` on a socket of its own.
//!
//! The switch offers nothing within a call but to refresh a session, 45 s after its start at the
//! soonest, which no test waits for. So this is the signalling alone, and there is no audio.

use std::io::ErrorKind;
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use bytes::Bytes;
use sip::{Config, Destination, Endpoint, Event, Flow, Identity, Invite, Output, Peer, PeerId};

use super::product::Product;
use super::sipp::Sipp;

/// One endpoint over UDP that offers once as soon as its call stands.
struct Bare {
    endpoint: Endpoint,
    socket: UdpSocket,
    at: SocketAddr,
    far: SocketAddr,
    /// When each INVITE of ours left for the first time.
    invites: Vec<Instant>,
    ended: bool,
}

impl Bare {
    fn beside(far: SocketAddr) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let at = socket.local_addr().unwrap();
        let mut endpoint = Endpoint::new(Config::new("bare"), [5; 32]);
        endpoint.set_peer(Peer { id: PEER, addresses: vec![(far.ip(), Some(far.port()))] });
        Self { endpoint, socket, at, far, invites: vec![], ended: false }
    }

    fn flow(&self) -> Flow {
        Flow::udp(self.at, self.far)
    }

    fn call(&mut self) {
        let to = Destination::Peer { id: PEER, user: "them".to_owned(), flow: self.flow() };
        let from = Identity { user: "us".to_owned(), display: None, host: self.at.to_string() };
        let invite = Invite {
            to,
            from,
            asserted: None,
            sdp: Some(OURS.into()),
            headers: vec![],
            credentials: None,
            timer_b: None,
        };
        let mut out = vec![];
        self.endpoint.invite(Instant::now(), invite, &mut out).unwrap();
        self.carry_out(out);
    }

    /// Serves the socket until its one call has ended; SIPp gives up long before this does.
    fn run(mut self) -> Vec<Instant> {
        let end = Instant::now() + Duration::from_mins(1);
        let mut datagram = [0; 4_096];
        while !self.ended {
            assert!(Instant::now() < end, "the call does not end");
            self.socket.set_read_timeout(Some(Duration::from_millis(5))).unwrap();
            let mut out = vec![];
            match self.socket.recv_from(&mut datagram) {
                Ok((length, _)) => {
                    let (now, bytes) =
                        (Instant::now(), Bytes::copy_from_slice(&datagram[..length]));
                    self.endpoint.receive(now, self.flow(), bytes, &mut out);
                }
                Err(none) => assert!(matches!(
                    none.kind(),
                    ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::ConnectionRefused
                )),
            }
            if self.endpoint.deadline().is_some_and(|at| at <= Instant::now()) {
                self.endpoint.tick(Instant::now(), &mut out);
            }
            self.carry_out(out);
        }
        self.invites
    }

    fn carry_out(&mut self, out: Vec<Output>) {
        for output in out {
            match output {
                Output::Send { bytes, .. } => self.send(&bytes),
                Output::Event(event) => self.happened(&event),
            }
        }
    }

    fn send(&mut self, bytes: &Bytes) {
        if bytes.starts_with(b"INVITE ") && !self.has_sent(bytes) {
            self.invites.push(Instant::now());
        }
        self.socket.send_to(bytes, self.far).unwrap();
    }

    /// On a machine that stalls an INVITE is sent again, which is no new one.
    fn has_sent(&self, bytes: &Bytes) -> bool {
        let text = String::from_utf8_lossy(bytes);
        let number = text.lines().find_map(|line| line.strip_prefix("CSeq: "));
        let number = number.and_then(|rest| rest.strip_suffix(" INVITE")).unwrap();
        self.invites.len() >= number.parse::<usize>().unwrap()
    }

    fn happened(&mut self, event: &Event) {
        let (now, mut out) = (Instant::now(), vec![]);
        let endpoint = &mut self.endpoint;
        match *event {
            Event::Incoming { leg, .. } => endpoint.answer(now, leg, OURS.into(), &mut out),
            Event::Answered { leg, .. } | Event::Confirmed { leg, .. } => {
                endpoint.offer(now, leg, NEWER.into(), &mut out);
            }
            Event::Offered { leg, .. } => endpoint.accept(now, leg, NEWER.into(), &mut out),
            Event::Ended { .. } => self.ended = true,
            _ => {}
        }
        self.carry_out(out);
    }
}

/// RFC 3261 §14.1: theirs is refused with 491 while ours is open; ours, refused with 491, comes
/// again by itself, and both get through. Whose Call-ID it is waits 2.1 s or more.
#[tokio::test(flavor = "multi_thread")]
async fn offers_that_cross_are_both_refused_and_get_through_in_turn() {
    for (scenario, is_ours) in [("glare.xml", false), ("glare-callee.xml", true)] {
        let far = SocketAddr::from(([127, 0, 0, 1], Product::free_port()));
        let mut bare = Bare::beside(far);
        let target = (!is_ours).then(|| bare.at.to_string());
        let sipp = Sipp::alone(scenario, far.port(), target.as_deref());
        if is_ours {
            bare.call();
        }
        let sent = tokio::task::spawn_blocking(move || bare.run()).await.unwrap();
        sipp.finished().await;
        let ours = if is_ours { &sent[1..] } else { &sent[..] };
        let [first, again] = ours else { panic!("{scenario}: {} offers left", ours.len()) };
        if is_ours {
            let waited = again.duration_since(*first);
            assert!(waited >= Duration::from_millis(2_100), "sent again after {waited:?}");
        }
    }
}

const PEER: PeerId = PeerId(1);
const OURS: &str = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
    m=audio 9 RTP/AVP 0\r\n";
const NEWER: &str = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
    m=audio 9 RTP/AVP 0\r\n";
