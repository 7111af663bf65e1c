//! The endpoint against scripted far sides, to the millisecond, and against itself.
//!
//! Covered: what one side alone can show (`calls`, `carriers`, `reliable`, `answers`, `dialogs`,
//! `early`, `offers`, `referrals`, `sessions`, `strangers`, `registrar`) with hand-written peers,
//! and what takes two (`pairs`, `storms`) over `testing::Pair`.
//! Not covered here: the transaction machines (beside their code) and real phones (`tests/`).

mod answers;
mod calls;
mod carriers;
mod dialogs;
mod early;
mod offers;
mod pairs;
mod referrals;
mod registrar;
mod reliable;
mod sessions;
mod storms;
mod strangers;
mod subscriptions;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::*;
use crate::header::Name;
use crate::leg::{Destination, Identity};
use crate::message::{Message, Method, Request, Status, Writer};
use crate::registrar::Secret;

const US: &str = "192.0.2.1:5060";
const CARRIER: &str = "192.0.2.9:5060";
const STRANGER: &str = "198.51.100.66:5060";
const OFFER: &str = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\n";
const ANSWER: &str = "v=0\r\no=- 2 1 IN IP4 192.0.2.9\r\n";

/// One endpoint and everything it did, with the time in ms.
struct Solo {
    endpoint: Endpoint,
    epoch: Instant,
    now: Instant,
    seen: Vec<(u128, Output)>,
}

impl Solo {
    /// An endpoint that trusts [`CARRIER`] and knows account 1001 with password `s3cret`.
    #[expect(clippy::disallowed_methods, reason = "a test reads the clock once, for its epoch")]
    fn new() -> Self {
        let mut endpoint = Endpoint::new(Config::new("pbx"), [7; 32]);
        let carrier: SocketAddr = CARRIER.parse().unwrap();
        let addresses = vec![(carrier.ip(), None)];
        endpoint.set_peer(Peer { id: PeerId(9), addresses });
        let secret = Secret::Password("s3cret".to_owned());
        endpoint.set_account(Account::new("1001", secret));
        let epoch = Instant::now();
        Self { endpoint, epoch, now: epoch, seen: vec![] }
    }

    fn act<R>(&mut self, verb: impl FnOnce(&mut Endpoint, Instant, &mut Vec<Output>) -> R) -> R {
        let mut out = vec![];
        let result = verb(&mut self.endpoint, self.now, &mut out);
        let at_ms = (self.now - self.epoch).as_millis();
        self.seen.extend(out.into_iter().map(|output| (at_ms, output)));
        result
    }

    /// Takes a message; lines may end in LF alone.
    fn receive(&mut self, from: &str, text: &str) {
        self.receive_over(udp(from), text);
    }

    fn receive_over(&mut self, flow: Flow, text: &str) {
        let bytes = Bytes::from(text.replace("\r\n", "\n").replace('\n', "\r\n"));
        self.act(|endpoint, now, out| endpoint.receive(now, flow, bytes, out));
    }

    /// The far side's response to a request of ours.
    fn respond(&mut self, request: &Request, code: u16, tag: Option<&str>, sdp: Option<&str>) {
        self.respond_with(request, code, tag, sdp, |_| {});
    }

    fn respond_with(
        &mut self,
        request: &Request,
        code: u16,
        tag: Option<&str>,
        sdp: Option<&str>,
        add: impl FnOnce(&mut Writer),
    ) {
        let status = Status::new(code).unwrap();
        let source = US.parse().unwrap();
        let mut writer = Writer::response_to(request, status, tag, source);
        add(&mut writer);
        let bytes = match sdp {
            Some(sdp) => writer.finish_with("application/sdp", sdp.as_bytes()),
            None => writer.finish(),
        };
        let bytes = bytes.unwrap();
        self.act(|endpoint, now, out| endpoint.receive(now, udp(CARRIER), bytes, out));
    }

    /// Lets every deadline up to `ms` after the start pass, and stands there.
    fn run_until(&mut self, ms: u64) {
        let until = self.epoch + Duration::from_millis(ms);
        while let Some(at) = self.endpoint.deadline().filter(|at| *at <= until) {
            self.now = at.max(self.now);
            self.act(Endpoint::tick);
        }
        self.now = until;
    }

    /// Lets every deadline pass.
    fn run_until_idle(&mut self) {
        while let Some(at) = self.endpoint.deadline() {
            self.now = at;
            self.act(Endpoint::tick);
        }
    }

    /// What was done since the last time it was asked.
    fn take(&mut self) -> Vec<(u128, Output)> {
        std::mem::take(&mut self.seen)
    }

    fn take_events(&mut self) -> Vec<Event> {
        let event = |(_, output)| match output {
            Output::Event(event) => Some(event),
            Output::Send { .. } => None,
        };
        self.take().into_iter().filter_map(event).collect()
    }

    /// Start lines with their times; a request without its URI, a response without its phrase.
    fn take_sent(&mut self) -> Vec<(u128, String)> {
        let line = |(ms, output)| match output {
            Output::Send { bytes, .. } => Some((ms, brief(&bytes))),
            Output::Event(_) => None,
        };
        self.take().into_iter().filter_map(line).collect()
    }

    /// The last request of that method we sent, and where to.
    fn last_request(&self, method: Method) -> (Flow, Request) {
        let found = self.seen.iter().rev().find_map(|(_, output)| match output {
            Output::Send { flow, bytes } => match Message::parse(bytes.clone()).unwrap() {
                Message::Request(request) if request.method() == method => Some((*flow, request)),
                _ => None,
            },
            Output::Event(_) => None,
        });
        found.unwrap_or_else(|| panic!("no {method} was sent: {:?}", self.seen))
    }

    /// The last response we sent, and where to.
    fn last_response(&self) -> (Flow, crate::message::Response) {
        let found = self.seen.iter().rev().find_map(|(_, output)| match output {
            Output::Send { flow, bytes } => match Message::parse(bytes.clone()).unwrap() {
                Message::Response(response) => Some((*flow, response)),
                Message::Request(_) => None,
            },
            Output::Event(_) => None,
        });
        found.unwrap_or_else(|| panic!("no response was sent: {:?}", self.seen))
    }

    fn invite(&mut self) -> LegId {
        self.invite_with(|_| {})
    }

    fn invite_with(&mut self, change: impl FnOnce(&mut Invite)) -> LegId {
        let mut invite = to_carrier();
        change(&mut invite);
        self.act(|endpoint, now, out| endpoint.invite(now, invite, out)).unwrap()
    }

    /// A call of ours that the carrier has answered; its INVITE.
    fn answered(&mut self) -> (LegId, Request) {
        let leg = self.invite();
        let (_, request) = self.last_request(Method::Invite);
        self.respond_with(&request, 200, Some("far"), Some(ANSWER), |writer| {
            writer.header(Name::Contact, "<sip:carrier@192.0.2.9:5060>");
        });
        self.take();
        (leg, request)
    }

    /// A call of the carrier's that waits for us.
    fn incoming(&mut self) -> LegId {
        self.receive(CARRIER, &invite_text("z9hG4bK1", 1, "", OFFER));
        let leg = self.take_events().into_iter().find_map(|event| match event {
            Event::Incoming { leg, .. } => Some(leg),
            _ => None,
        });
        leg.unwrap()
    }

    /// A call of the carrier's, answered and acknowledged; our To tag.
    fn confirmed(&mut self) -> (LegId, String) {
        let leg = self.incoming();
        self.act(|endpoint, now, out| endpoint.answer(now, leg, ANSWER.into(), out));
        let tag = self.our_tag();
        self.receive(CARRIER, &in_dialog("ACK", "z9hG4bK2", 1, &tag, ""));
        self.take();
        (leg, tag)
    }

    /// The To tag of our last response.
    fn our_tag(&self) -> String {
        let (_, response) = self.last_response();
        response.to().unwrap().tag().unwrap().to_owned()
    }

    fn hang_up(&mut self, leg: LegId) {
        self.act(|endpoint, now, out| endpoint.hang_up(now, leg, None, out));
    }

    /// Nothing is left, and nothing is scheduled.
    fn assert_empty(&mut self) {
        self.run_until_idle();
        assert_eq!(self.endpoint.counts(), Counts::default());
        assert!(self.endpoint.legs.is_empty() && self.endpoint.merged.is_empty());
    }
}

fn udp(from: &str) -> Flow {
    Flow::udp(US.parse().unwrap(), from.parse().unwrap())
}

fn to_carrier() -> Invite {
    Invite {
        to: Destination::Peer { id: PeerId(9), user: "15550100".to_owned(), flow: udp(CARRIER) },
        from: Identity {
            user: "15550199".to_owned(),
            display: Some("Cordboard".to_owned()),
            host: "pbx".to_owned(),
        },
        asserted: None,
        sdp: Some(Bytes::from_static(OFFER.as_bytes())),
        headers: vec![],
        credentials: None,
        timer_b: None,
    }
}

/// An INVITE of the carrier; `headers` are whole lines.
fn invite_text(branch: &str, cseq: u32, headers: &str, sdp: &str) -> String {
    let kind = if sdp.is_empty() { "" } else { "Content-Type: application/sdp\n" };
    format!(
        "INVITE sip:4000@192.0.2.1 SIP/2.0\n\
         Via: SIP/2.0/UDP 192.0.2.9:5060;branch={branch}\n\
         Max-Forwards: 70\n\
         From: \"Ann\" <sip:15550123@192.0.2.9>;tag=caller\n\
         To: <sip:4000@192.0.2.1>\n\
         Call-ID: call-1\n\
         CSeq: {cseq} INVITE\n\
         Contact: <sip:15550123@192.0.2.9:5060>\n\
         {headers}{kind}\n{sdp}"
    )
}

/// A request of the carrier within the dialog of [`invite_text`]; `rest` is headers and body.
fn in_dialog(method: &str, branch: &str, cseq: u32, our_tag: &str, rest: &str) -> String {
    let rest = if rest.is_empty() { "\n" } else { rest };
    format!(
        "{method} sip:4000@192.0.2.1 SIP/2.0\n\
         Via: SIP/2.0/UDP 192.0.2.9:5060;branch={branch}\n\
         Max-Forwards: 70\n\
         From: \"Ann\" <sip:15550123@192.0.2.9>;tag=caller\n\
         To: <sip:4000@192.0.2.1>;tag={our_tag}\n\
         Call-ID: call-1\n\
         CSeq: {cseq} {method}\n\
         {rest}"
    )
}

fn with_sdp(sdp: &str) -> String {
    format!("Content-Type: application/sdp\n\n{sdp}")
}

/// `INVITE`, or `200 INVITE`.
fn brief(bytes: &Bytes) -> String {
    match Message::parse(bytes.clone()).unwrap() {
        Message::Request(request) => request.method().to_string(),
        Message::Response(response) => {
            format!("{} {}", response.status(), response.cseq().unwrap().method_text)
        }
    }
}

fn lines(sent: &[(u128, String)]) -> Vec<&str> {
    sent.iter().map(|(_, line)| line.as_str()).collect()
}

/// An end without further particulars.
fn ended(leg: LegId, by: Side, code: Option<u16>) -> impl Fn(&Event) -> bool {
    move |event| {
        matches!(event, Event::Ended { leg: l, by: b, code: c, .. }
            if (*l, *b, *c) == (leg, by, code))
    }
}
