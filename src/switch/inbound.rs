//! Calls that reach us: from a trunk to a DID, and from there to an agent or a queue.
//!
//! Only a trunk gets this far, by its address. A telephone of ours may register and be called; it
//! dials nobody (R166: an extension connects to the contact centre and to nothing else) but whom
//! its agent consults about a customer in hand, by the desk's rules (`enquiries`, FAULTS S4). Where
//! its agent calls in, its INVITE makes their line; a DID may be where agents call in from any
//! other telephone (`lines::access`).

use bytes::Bytes;
use media::StreamId;
use media::sdp::{Direction, SdpError};
use routing::{CallId, Did, DidTarget, TrunkId};
use sip::{Flow, LegId, Origin as From, Q850, Refusal};
use store::{Direction as Way, Event};

use super::calls::Slot;
use super::{Now, Output, Owner, Settings, Switch, streams};
use crate::call::{Call, Limits, Origin, Party, Wanted};

impl Switch {
    /// An authenticated INVITE: answered or refused in this pass.
    pub(super) fn incoming(
        &mut self,
        now: Now,
        leg: LegId,
        (origin, flow): (From, Flow),
        (called, calling, asserted): (String, Option<String>, bool),
        sdp: Option<&Bytes>,
        out: &mut Vec<Output>,
    ) {
        let accepted = match origin {
            From::Peer(peer) => {
                let calling = calling.unwrap_or_else(|| "anonymous".to_owned());
                self.admit(now, leg, (peer, flow), (called, calling, asserted), sdp, out)
            }
            From::Account(user) => match self.to_call_in(&user) {
                Some(agent) => self.call_in(now, leg, (agent, flow), sdp, out),
                None => self.enquire(now, leg, (&user, flow), &called, sdp, out),
            },
        };
        if let Err(refusal) = accepted {
            self.sip(out, |sip, o| sip.reject(now.at, leg, refusal, o));
        }
    }

    fn admit(
        &mut self,
        now: Now,
        leg: LegId,
        (peer, flow): (sip::PeerId, Flow),
        (called, calling, asserted): (String, String, bool),
        sdp: Option<&Bytes>,
        out: &mut Vec<Output>,
    ) -> Result<(), Refusal> {
        let full = || refuse(503, "No Room", Q850::NO_CIRCUIT);
        if self.draining || self.calls.len() >= self.settings.calls_max {
            return Err(full());
        }
        let trunk = self.trunks.of_peer(peer).ok_or_else(full)?;
        let line = self.trunks.get(trunk).filter(|line| line.has_place()).ok_or_else(full)?;
        let rule = &line.trunk.numbers;
        let codecs = line.trunk.codecs.clone();
        let calling = rule.read(&calling).map_or(calling, |number| number.to_string());
        let unknown = || refuse(404, "No Such Number", Q850(1));
        let number = rule.read(&called).ok_or_else(unknown)?;
        let did = self.directory.did(number).ok_or_else(unknown)?;
        let (did_id, campaign, wanted) = (did.id, did.campaign, wanted(&did.target));
        let (origin, direction) = begun(did, trunk, asserted);
        self.access_room(origin, &calling)?;
        let srtp = streams::srtp(line.trunk.srtp);
        let id = CallId::from(self.ids.next(now.wall));
        let owner = Owner::Call(id);
        let (stream, port) =
            self.streams.reserve(now.at, owner, flow.remote.ip(), srtp).ok_or_else(full)?;
        self.streams.speak(stream, &codecs);
        let said = match self.describe(stream, sdp, out) {
            Ok(said) => said,
            Err(error) => {
                self.close_stream(now, stream, out);
                return Err(refuse(488, &error.to_string(), Q850(88)));
            }
        };
        let (notice, stored) = (Settings::NOTICE_MAX, Settings::STORED_MAX);
        let limits = Limits { ring: notice, notice, stored, message: false };
        let party = Party { leg, stream, port };
        let (from, to, called) = (calling.clone(), number.to_string(), number.to_string());
        let call = Call::inbound(now.at, id, origin, calling, called, limits, party);
        self.legs.insert(leg, owner);
        if let Some(line) = self.trunks.get_mut(trunk) {
            line.calls += 1;
        }
        let mut slot = Slot::new(now, call, campaign);
        slot.queue = match wanted {
            Some(Wanted::Queue(queue)) => Some(queue),
            Some(Wanted::Agent(_)) | None => None,
        };
        let started = Event::CallStarted {
            call: id,
            direction,
            calling: from,
            called: to,
            campaign,
            queue: slot.queue,
            did: Some(did_id),
            attempt: None,
            trunk: Some(trunk),
        };
        let from = slot.call.calling.clone();
        let queue = slot.queue;
        self.calls.insert(id, slot);
        if let Some(queue) = queue {
            self.caller_arrived(now, id, queue);
        }
        self.write(now, started, out);
        self.write(now, Event::CallAnswered { call: id }, out);
        if direction == Way::Inbound {
            self.customer_called_in(now, &from, out);
        }
        self.sip(out, |sip, o| sip.answer(now.at, leg, said, o));
        self.touch_call(id);
        // Who made no offer can hear nothing before the ACK has brought an answer to ours.
        if sdp.is_some() {
            self.seek(now, id, out);
        }
        Ok(())
    }

    /// Our side of the caller's offer, or our offer where it made none.
    pub(super) fn describe(
        &mut self,
        stream: StreamId,
        sdp: Option<&Bytes>,
        out: &mut Vec<Output>,
    ) -> Result<Bytes, SdpError> {
        let Some(offer) = sdp else {
            return Ok(self.streams.offer(stream, Direction::SendRecv).unwrap_or_default());
        };
        let (said, agreed) = self.streams.answer(stream, offer)?;
        self.open_stream(stream, agreed, out);
        Ok(said)
    }
}

pub(super) fn refuse(code: u16, phrase: &str, q850: Q850) -> Refusal {
    let phrase: String = phrase.chars().filter(|c| !c.is_control()).take(PHRASE_MAX).collect();
    Refusal { code, phrase: Some(phrase), q850: Some(q850), retry_after: None }
}

/// A reason phrase is a hint, not a letter.
const PHRASE_MAX: usize = 120;

/// What a call to a number of ours is: a caller's, or an agent's who calls in.
fn begun(did: &Did, trunk: TrunkId, asserted: bool) -> (Origin, Way) {
    let (wanted, did_id) = (wanted(&did.target), did.id);
    match did.target {
        DidTarget::CallIn => (Origin::Access { did: did_id, trunk, asserted }, Way::Line),
        _ => (Origin::Inbound { did: did_id, wanted, trunk }, Way::Inbound),
    }
}

/// Whom a caller to a number of ours is put through to; in a workflow that is told later, and who
/// calls in as an agent waits for nobody.
fn wanted(target: &DidTarget) -> Option<Wanted> {
    match *target {
        DidTarget::Agent { agent } => Some(Wanted::Agent(agent)),
        DidTarget::Queue { queue } => Some(Wanted::Queue(queue)),
        DidTarget::Workflow { .. } | DidTarget::CallIn => None,
    }
}
