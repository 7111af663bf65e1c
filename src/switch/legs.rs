//! What happens on legs, given to whoever owns them.

use std::time::Duration;

use bytes::Bytes;
use media::StreamId;
use media::sdp::Direction;
use routing::{AgentId, CallId, StateName};
use sip::{Event, LegId};

use super::{Now, Output, Owner, Switch};
use crate::call::{Input as CallInput, State};

/// How a leg ended, as its owner needs it.
#[derive(Clone, Debug, Default)]
pub(super) struct Ending {
    pub(super) by_us: bool,
    pub(super) by_network: bool,
    pub(super) code: Option<u16>,
    pub(super) q850: Option<u8>,
    pub(super) reason: Option<String>,
    pub(super) retry_after: Option<Duration>,
    /// Where a 3xx says to call instead.
    pub(super) redirect: Vec<String>,
}

impl Switch {
    /// Deals with one event of the endpoint.
    pub(super) fn sip_event(&mut self, now: Now, event: Event, out: &mut Vec<Output>) {
        match event {
            // RFC 3891 §3: who may not take a dialog's place is refused, not put through anew.
            Event::Incoming { leg, replaces: Some(_), .. } => {
                self.sip(out, |sip, o| sip.reject(now.at, leg, 603, o));
            }
            Event::Incoming { leg, origin, called, calling, asserted, sdp, flow, .. } => {
                let who = (called, calling, asserted);
                self.incoming(now, leg, (origin, flow), who, sdp.as_ref(), out);
            }
            Event::Referred { leg, referral } => self.referred(now, leg, &referral, out),
            Event::Progress { leg, code, .. } => {
                if let Some(Owner::Call(call)) = self.legs.get(&leg).copied() {
                    self.rang(call, code);
                    // RULES US-3 counts the ringing, not the announcement before it.
                    if code == 180 {
                        self.tell_rings(now, call);
                    }
                    self.rings(now, call, out);
                }
            }
            Event::Answered { leg, sdp } => match self.legs.get(&leg).copied() {
                Some(Owner::Call(call)) => self.call_answered(now, call, sdp.as_ref(), out),
                Some(Owner::Line(agent)) => self.line_answered(now, agent, sdp.as_ref(), out),
                // An enquiry is no call of ours: it is never answered to us.
                Some(Owner::Enquiry(_)) | None => {
                    self.sip(out, |sip, o| sip.hang_up(now.at, leg, None, o));
                }
            },
            Event::Confirmed { leg, sdp: Some(answer) }
            | Event::OfferAnswered { leg, sdp: Some(answer) } => {
                self.agreed(now, leg, &answer, out);
            }
            Event::Offered { leg, sdp } => self.offered(now, leg, sdp, out),
            Event::Ended { leg, by, code, q850, reason, retry_after, redirect } => {
                let ending = Ending {
                    retry_after,
                    redirect,
                    by_us: by == sip::Side::Us,
                    by_network: matches!(by, sip::Side::Timeout | sip::Side::Network),
                    code,
                    q850: q850.map(|cause| cause.0),
                    reason,
                };
                self.leg_ended(now, leg, ending, out);
            }
            Event::Dtmf { leg, digit, .. } => self.pass_key(now, leg, digit, out),
            Event::Denied { user, why, flow } => self.denied(now, &user, why, flow),
            Event::Subscribed { id, package, target, .. } => {
                self.subscribed(now, id, (package, target), out);
            }
            Event::Unsubscribed { id } => self.unsubscribed(id),
            Event::Registered { user, .. } => self.phone_registered(now, &user, out),
            Event::Unregistered { user, .. } => self.phone_gone(now, &user, out),
            Event::RegistrationUp { .. }
            | Event::RegistrationFailed { .. }
            | Event::Pong { .. } => self.carrier_event(now, &event, out),
            Event::OfferRefused { leg, .. } => {
                let owner = self.legs.get(&leg).copied();
                if let Some(party) = owner.and_then(|owner| self.party(owner)) {
                    self.streams.offer_refused(party.stream);
                }
            }
            Event::Confirmed { sdp: None, .. } | Event::OfferAnswered { sdp: None, .. } => {}
        }
    }

    fn leg_ended(&mut self, now: Now, leg: LegId, ending: Ending, out: &mut Vec<Output>) {
        if let Some(Owner::Call(call)) = self.legs.get(&leg).copied() {
            self.trace_leg(call, leg);
        }
        match self.legs.remove(&leg) {
            Some(Owner::Call(call)) => {
                if let Some(slot) = self.calls.get_mut(&call) {
                    slot.ending = ending;
                }
                if !self.detour(now, call, out) {
                    self.drive(now, call, CallInput::LegEnded, out);
                }
            }
            Some(Owner::Line(agent)) => self.line_ended(now, agent, (leg, ending), out),
            Some(Owner::Enquiry(agent)) => self.enquiry_ended(now, agent, out),
            None => {}
        }
    }

    /// The far side answered an offer of ours within a dialog.
    fn agreed(&mut self, now: Now, leg: LegId, answer: &Bytes, out: &mut Vec<Output>) {
        let Some(party) = self.legs.get(&leg).and_then(|owner| self.party(*owner)) else { return };
        let was_open = self.streams.is_open(party.stream);
        match self.streams.accept(party.stream, answer) {
            Ok(agreed) => {
                self.open_stream(party.stream, agreed, out);
                if !was_open {
                    self.described(now, leg, out);
                }
            }
            Err(error) => {
                out.push(Output::Warn(format!("an answer that cannot be used: {error}")));
                self.sip(out, |sip, o| sip.hang_up(now.at, leg, None, o));
            }
        }
    }

    /// A caller who made no offer has answered ours: it can hear, so it may meet somebody.
    fn described(&mut self, now: Now, leg: LegId, out: &mut Vec<Output>) {
        let Some(Owner::Call(call)) = self.legs.get(&leg).copied() else { return };
        if self.calls.get(&call).is_some_and(|slot| slot.call.state() == State::Waiting) {
            self.seek(now, call, out);
        }
    }

    /// A re-INVITE: the stream follows, and a telephone's hold key is the agent's hold.
    fn offered(&mut self, now: Now, leg: LegId, sdp: Option<Bytes>, out: &mut Vec<Output>) {
        let Some(owner) = self.legs.get(&leg).copied() else { return };
        let Some(party) = self.party(owner) else { return };
        let Some(sdp) = sdp else {
            // INTEROP 30: a re-INVITE without SDP is answered with a full offer.
            if let Some(offer) = self.streams.offer(party.stream, Direction::SendRecv) {
                self.sip(out, |sip, o| sip.accept(now.at, leg, offer, o));
            }
            return;
        };
        match self.streams.answer(party.stream, &sdp) {
            Ok((answer, agreed)) => {
                self.sip(out, |sip, o| sip.accept(now.at, leg, answer, o));
                self.open_stream(party.stream, agreed, out);
                let turned = self.turned_by_key(now, owner, agreed.direction, out);
                if let (Owner::Line(agent), false) = (owner, turned) {
                    self.hold_key(now, agent, agreed.direction, out);
                }
            }
            Err(_) => self.sip(out, |sip, o| sip.refuse(now.at, leg, 488, o)),
        }
    }

    /// A key that came by INFO (INTEROP 56) is pressed towards whoever hears the leg; where that is
    /// a recording, it may be the one that opts out.
    pub(super) fn pass_key(&mut self, now: Now, leg: LegId, digit: char, out: &mut Vec<Output>) {
        if let Some(Owner::Call(call)) = self.legs.get(&leg).copied() {
            self.opt_out_by_key(now, call, digit, out);
        }
        let stream = match self.legs.get(&leg).copied() {
            Some(Owner::Call(call)) => self.talks_with(call),
            Some(Owner::Line(agent)) => self.call_of(agent).and_then(|call| self.talked_to(call)),
            Some(Owner::Enquiry(agent)) => {
                self.consultations.get(&agent).and_then(|third| self.far(third.call))
            }
            None => None,
        };
        if let Some(stream) = stream {
            let digits = digit.to_string();
            out.push(Output::Media(media::Command::Press { stream, digits }));
        }
    }

    /// The line of the agent who talks in a call.
    fn talks_with(&self, call: CallId) -> Option<StreamId> {
        match self.calls.get(&call)?.call.state() {
            State::Talking { agent } => self.line_up(agent).map(|line| line.stream),
            _ => None,
        }
    }

    /// The customer of a call in which somebody talks.
    fn talked_to(&self, call: CallId) -> Option<StreamId> {
        let call = &self.calls.get(&call)?.call;
        let talking = matches!(call.state(), State::Talking { .. });
        call.customer.filter(|_| talking).map(|party| party.stream)
    }

    fn hold_key(&mut self, now: Now, agent: AgentId, direction: Direction, out: &mut Vec<Output>) {
        let state = self.floor.agent(agent).map(|view| view.state().name());
        let held = matches!(direction, Direction::RecvOnly | Direction::Inactive);
        let done = match (state, held) {
            (Some(StateName::Talking), true) => self.hold(now, agent, out),
            (Some(StateName::Hold), false) => self.resume(now, agent, out),
            _ => Ok(()),
        };
        if let Err(refused) = done {
            out.push(Output::Warn(format!("a telephone's hold key: {refused}")));
        }
    }

    pub(super) fn party(&self, owner: Owner) -> Option<crate::call::Party> {
        match owner {
            Owner::Call(call) => self.calls.get(&call)?.call.customer,
            Owner::Line(agent) => self.lines.get(&agent)?.party(),
            Owner::Enquiry(agent) => self.enquiries.get(&agent).map(|enquiry| enquiry.party),
        }
    }
}
