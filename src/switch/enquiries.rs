//! Enquiry calls: an agent's telephone calls somebody about the customer it has (INTEROP 42).
//!
//! ```text
//!  INVITE ─▶ the desk's "consult", by the same rules ─▶ 200, the enquiry is the agent's ear
//!                                                  └▶ 403, 404, 603      (nothing has changed)
//!  hold here and resume there ─▶ "swap"       BYE ─▶ "dismiss"
//!  REFER with Replaces, either way about ─▶ "complete" ─▶ 202, NOTIFY 200, BYE
//! ```
//! R166: an extension connects to the contact centre and to nothing else. So a telephone calls only
//! whom its agent may consult, about a customer in hand, one at a time, and every call leaves as
//! the desk's would: under the do-not-call list and the trunk's allow-list, durable before its
//! INVITE (FAULTS S4).
//! Invariants: an enquiry lives no longer than its consultation; while the agent turns to the third
//! party it is what they hear and speak by, otherwise the line is.

use admin_api::control::CallVerb;
use bytes::Bytes;
use media::StreamId;
use media::sdp::Direction;
use routing::AgentId;
use sip::{Flow, LegId, Q850, Refusal};

use super::inbound::refuse;
use super::{Now, Output, Owner, Switch, streams};
use crate::call::Party;
use crate::call::actions::{Act, Customer, Situation, Third};

/// A telephone's own call about a customer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Enquiry {
    pub(super) party: Party,
    /// Hung up by us; its leg has not ended yet.
    leaving: bool,
}

impl Switch {
    /// An INVITE of a telephone of ours: a consultation, or nothing.
    pub(super) fn enquire(
        &mut self,
        now: Now,
        leg: LegId,
        (user, flow): (&str, Flow),
        called: &str,
        sdp: Option<&Bytes>,
        out: &mut Vec<Output>,
    ) -> Result<(), Refusal> {
        let alone = || refuse(403, "Extensions Take Calls Only", Q850::REJECTED);
        let agent = self.directory.agent_at(user).ok_or_else(alone)?;
        if self.enquiries.contains_key(&agent) || self.line_up(agent).is_none() {
            return Err(alone());
        }
        self.permit_act(agent, Act::Consult).map_err(|_| alone())?;
        let to = self.keyed(called).ok_or_else(|| refuse(404, "No Such Number", Q850(1)))?;
        let owner = Owner::Enquiry(agent);
        let (party, said) = self.take_phone(now, (owner, leg, flow), sdp, out)?;
        self.enquiries.insert(agent, Enquiry { party, leaving: false });
        self.legs.insert(leg, owner);
        if let Err(error) = self.call_verb(now, agent, CallVerb::Consult { to }, out) {
            self.enquiries.remove(&agent);
            self.legs.remove(&leg);
            self.close_stream(now, party.stream, out);
            return Err(refuse(603, &error.to_string(), Q850::REJECTED));
        }
        self.sip(out, |sip, o| sip.answer(now.at, leg, said, o));
        if let Some(consultation) = self.consultations.get(&agent) {
            self.trace_leg(consultation.call, leg);
        }
        Ok(())
    }

    /// What the agent hears and speaks by now: the enquiry while they turn to the third party.
    pub(super) fn ear(&self, agent: AgentId) -> Option<StreamId> {
        let is_back = |now: Situation| now.customer == Customer::Talking;
        let turned = matches!(self.third(agent), Third::Ringing | Third::Beside)
            && !self.situation(agent).is_some_and(|(_, now)| is_back(now));
        let enquiry = self.enquiries.get(&agent).filter(|enquiry| turned && !enquiry.leaving);
        let line = self.line_up(agent)?;
        Some(enquiry.map_or(line.stream, |enquiry| enquiry.party.stream))
    }

    /// Nobody is heard by what the agent has turned from.
    pub(super) fn close_other_ear(&self, agent: AgentId, out: &mut Vec<Output>) {
        let Some(enquiry) = self.enquiries.get(&agent) else { return };
        let (line, ear) = (self.line_up(agent), self.ear(agent));
        let both = line.map(|line| line.stream).into_iter().chain([enquiry.party.stream]);
        let other = both.filter(|stream| Some(*stream) != ear && self.streams.is_open(*stream));
        streams::part(&other.collect::<Vec<_>>(), out);
    }

    /// A hold key turns between customer and third party; whether it did.
    pub(super) fn turned_by_key(
        &mut self,
        now: Now,
        owner: Owner,
        direction: Direction,
        out: &mut Vec<Output>,
    ) -> bool {
        let (agent, from) = match owner {
            Owner::Line(agent) => (agent, Third::Beside),
            Owner::Enquiry(agent) => (agent, Third::Aside),
            Owner::Call(_) => return false,
        };
        let resumes = !matches!(direction, Direction::RecvOnly | Direction::Inactive);
        let turns = resumes && self.enquiries.contains_key(&agent) && self.third(agent) == from;
        turns && self.call_verb(now, agent, CallVerb::Swap {}, out).is_ok()
    }

    /// Whether two legs are the line and the enquiry of this agent, either way about.
    pub(super) fn are_of(&self, agent: AgentId, legs: [LegId; 2]) -> bool {
        let line = self.line_up(agent).map(|line| line.leg);
        let enquiry = self.enquiries.get(&agent).map(|enquiry| enquiry.party.leg);
        let [one, other] = legs.map(Some);
        (one, other) == (line, enquiry) || (one, other) == (enquiry, line)
    }

    /// The consultation is over, and so is the telephone's call about it.
    pub(super) fn end_enquiry(&mut self, now: Now, agent: AgentId, out: &mut Vec<Output>) {
        let Some(enquiry) = self.enquiries.get_mut(&agent).filter(|enquiry| !enquiry.leaving)
        else {
            return;
        };
        enquiry.leaving = true;
        let leg = enquiry.party.leg;
        self.sip(out, |sip, o| sip.hang_up(now.at, leg, None, o));
    }

    /// The telephone's call is over, whoever ended it.
    pub(super) fn enquiry_ended(&mut self, now: Now, agent: AgentId, out: &mut Vec<Output>) {
        let Some(enquiry) = self.enquiries.remove(&agent) else { return };
        self.close_stream(now, enquiry.party.stream, out);
        if !enquiry.leaving {
            self.end_consultation(now, agent, out);
        }
        self.touched.agents.insert(agent);
    }
}
