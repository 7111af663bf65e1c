//! One call of the carrier: what is known of it, and its customer's end of the audio.

use std::net::SocketAddr;
use std::time::Instant;

use bytes::Bytes;
use media::sdp::{self, Codec, Local, Negotiated, Policy, SrtpPolicy, SrtpSecret};
use sip::Side;

use super::customers::Signature;
use super::record::{CallRecord, Course, Direction};
use crate::demo::outcomes::Fate;
use crate::demo::party::Party;

/// A call that has not ended.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) direction: Direction,
    pub(super) called: String,
    pub(super) calling: Option<String>,
    pub(super) fate: Option<Fate>,
    /// The switch's offer, until it is answered.
    pub(super) offer: Option<Bytes>,
    pub(super) invited: Instant,
    pub(super) rang: Option<Instant>,
    pub(super) answered: Option<Instant>,
    customer: Option<Customer>,
    version: u64,
}

/// Somebody with a telephone at the ear.
#[derive(Debug)]
struct Customer {
    party: Party,
    signature: Signature,
}

impl Call {
    pub(super) fn new(direction: Direction, called: String, calling: Option<String>) -> Self {
        Self {
            direction,
            called,
            calling,
            fate: None,
            offer: None,
            invited: Instant::now(),
            rang: None,
            answered: None,
            customer: None,
            version: 0,
        }
    }

    pub(super) fn seat(&mut self, party: Party, signature: Signature) {
        self.customer = Some(Customer { party, signature });
    }

    pub(super) fn has_customer(&self) -> bool {
        self.customer.is_some()
    }

    /// Our offer.
    pub(super) fn offer(&mut self) -> Option<Bytes> {
        self.version += 1;
        Some(sdp::offer(&self.local()?, &CODECS, sdp::Direction::SendRecv))
    }

    /// Our answer to `offer`; the customer talks and listens from now on.
    pub(super) fn answer(&mut self, offer: &[u8]) -> Option<Bytes> {
        self.version += 1;
        let local = self.local()?;
        let agreed = sdp::answer(&local, offer, &CODECS, sdp::Direction::SendRecv, &POLICY);
        self.connect(agreed)
    }

    /// Reads the answer to our offer; the customer talks and listens from now on.
    pub(super) fn accept(&mut self, answer: &[u8]) -> bool {
        let Some(local) = self.local() else { return false };
        let agreed = sdp::accept(&local, answer, &CODECS, sdp::Direction::SendRecv, &POLICY);
        self.connect(agreed.map(|negotiated| ((), negotiated))).is_some()
    }

    fn connect<T>(&self, agreed: Result<(T, Negotiated), sdp::SdpError>) -> Option<T> {
        match agreed {
            Ok((said, negotiated)) => {
                self.customer.as_ref()?.party.connect(&negotiated);
                Some(said)
            }
            Err(error) => {
                tracing::warn!(%error, called = self.called, "the switch's SDP is refused");
                None
            }
        }
    }

    /// Our end.
    fn local(&self) -> Option<Local> {
        let address: SocketAddr = self.customer.as_ref()?.party.address();
        Some(Local {
            address: address.ip(),
            port: address.port(),
            session: u64::from(address.port()),
            version: self.version,
            srtp: SrtpPolicy::Off,
            secret: SrtpSecret::default(),
            web: None,
        })
    }

    /// The record, and the signature to be given back.
    pub(super) fn end(self, by: Side, code: Option<u16>) -> (CallRecord, Option<Signature>) {
        let party = self.customer.as_ref().map(|customer| &customer.party);
        let course = Course {
            invited: self.invited,
            rang: self.rang,
            answered: self.answered,
            ended: Instant::now(),
        };
        let record = CallRecord {
            direction: self.direction,
            called: self.called,
            calling: self.calling,
            fate: self.fate,
            course,
            by,
            code,
            chord: self.customer.as_ref().map(|customer| customer.signature.chord),
            began: party.and_then(Party::began),
            heard: party.map(Party::heard).unwrap_or_default(),
            traffic: party.map(Party::traffic).unwrap_or_default(),
        };
        (record, self.customer.map(|customer| customer.signature))
    }
}

const CODECS: [Codec; 2] = [Codec::Pcmu, Codec::Pcma];

/// The whole demo is on loopback.
const POLICY: Policy = Policy { allow_loopback: true, own: None };
