//! The far sides: endpoints of their own, and what each does with an INVITE.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use media::sdp::{self, Codec, Direction, Local, Policy, SrtpPolicy, SrtpSecret};
use sip::{Endpoint, Flow, LegId, Peer, PeerId};

use super::switch_address;
use crate::switch::Input;

/// A far side: an endpoint, and what it was told.
pub(super) struct Far {
    pub(super) endpoint: Endpoint,
    pub(super) address: SocketAddr,
    pub(super) manner: Manner,
    pub(super) legs: Vec<(LegId, bytes::Bytes)>,
    /// An offer that came in a 200, and waits for an answer.
    pub(super) offered: Option<(LegId, bytes::Bytes)>,
    /// Whom each INVITE called, and who was said to call.
    pub(super) called: Vec<(String, Option<String>)>,
    /// The last 200 it sent, whose tags are those of its dialog.
    pub(super) answered: Option<bytes::Bytes>,
    pub(super) ended: usize,
    /// What it answers to our offers.
    pub(super) wish: Direction,
    /// How the last leg that ended was refused.
    pub(super) refused: Option<u16>,
}

/// What a far side does with an INVITE.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::switch::tests) enum Manner {
    Rings,
    Answers,
    Refuses {
        code: u16,
        retry_after: Option<Duration>,
        rings: bool,
    },
    /// It hears nothing at all.
    IsSilent,
}

impl Manner {
    pub(in crate::switch::tests) fn refuses(code: u16) -> Self {
        Self::Refuses { code, retry_after: None, rings: false }
    }
}

impl Far {
    pub(super) fn new(last: u8, manner: Manner) -> Self {
        let mut endpoint = Endpoint::new(sip::Config::new("far"), [last; 32]);
        let addresses = vec![(switch_address().ip(), None)];
        endpoint.set_peer(Peer { id: PeerId(1), addresses });
        let address = SocketAddr::from(([192, 0, 2, last], 5_060));
        let (legs, called) = (vec![], vec![]);
        let (offered, answered) = (None, None);
        Self {
            endpoint,
            address,
            manner,
            legs,
            offered,
            called,
            answered,
            ended: 0,
            wish: Direction::SendRecv,
            refused: None,
        }
    }

    /// Does something and brings what it sends to the switch.
    pub(super) fn act(
        &mut self,
        now: Instant,
        verb: impl FnOnce(&mut Endpoint, &mut Vec<sip::Output>),
    ) -> Vec<Input> {
        let (mut inputs, mut out) = (vec![], vec![]);
        verb(&mut self.endpoint, &mut out);
        while !out.is_empty() {
            for output in std::mem::take(&mut out) {
                match output {
                    sip::Output::Send { bytes, .. } => {
                        if self.manner == Manner::Answers && bytes.starts_with(b"SIP/2.0 200") {
                            self.answered = Some(bytes.clone());
                        }
                        inputs.push(Input::Sip(Flow::udp(switch_address(), self.address), bytes));
                    }
                    sip::Output::Event(sip::Event::Incoming {
                        leg, sdp, called, calling, ..
                    }) => {
                        let answer = self.describe(&sdp.unwrap());
                        self.called.push((called, calling));
                        self.welcome(now, leg, &answer, &mut out);
                        self.legs.push((leg, answer));
                    }
                    sip::Output::Event(sip::Event::Answered { leg, sdp: Some(offer) }) => {
                        self.offered = Some((leg, offer));
                    }
                    sip::Output::Event(sip::Event::Offered { leg, sdp: Some(offer) }) => {
                        let answer = self.describe(&offer);
                        self.endpoint.accept(now, leg, answer, &mut out);
                    }
                    sip::Output::Event(sip::Event::Ended { code, .. }) => {
                        self.ended += 1;
                        self.refused = code.filter(|code| *code >= 300);
                    }
                    sip::Output::Event(_) => {}
                }
            }
        }
        inputs
    }

    fn welcome(
        &mut self,
        now: Instant,
        leg: LegId,
        answer: &bytes::Bytes,
        out: &mut Vec<sip::Output>,
    ) {
        let rings = !matches!(self.manner, Manner::Refuses { rings: false, .. });
        if rings {
            self.endpoint.progress(now, leg, 180, None, out);
        }
        match self.manner {
            Manner::Answers => self.endpoint.answer(now, leg, answer.clone(), out),
            Manner::Refuses { code, retry_after, .. } => {
                let refusal = sip::Refusal { retry_after, ..sip::Refusal::from(code) };
                self.endpoint.reject(now, leg, refusal, out);
            }
            Manner::Rings | Manner::IsSilent => {}
        }
    }

    /// Where it hears, at this port.
    pub(super) fn local(&self, port: u16) -> Local {
        let (srtp, secret) = (SrtpPolicy::Off, SrtpSecret::default());
        Local { address: self.address.ip(), port, session: 1, version: 1, srtp, secret, web: None }
    }

    pub(super) fn describe(&self, offer: &[u8]) -> bytes::Bytes {
        let local = self.local(4_000 + 2 * u16::try_from(self.legs.len()).unwrap());
        let codecs = [Codec::Pcmu, Codec::Opus];
        let policy = Policy::default();
        sdp::answer(&local, offer, &codecs, self.wish, &policy).unwrap().0
    }
}
