//! Lines that agents make themselves, by calling in from their extension (R126).
//!
//! ```text
//!  Down ─ INVITE of the agent's own extension ─▶ Up
//! ```
//! Whatever number the extension dials, it reaches the contact centre and nothing else (R166); who
//! it is, digest has proven. Nobody is rung who calls in, but for an agent whose line dropped with
//! a customer on it: that one is called back at the extension.

use bytes::Bytes;
use routing::{AgentId, ConnectionMode, State};
use sip::{Flow, LegId, Q850, Refusal};

use super::Line;
use crate::call::Party;
use crate::switch::inbound::refuse;
use crate::switch::{Now, Output, Owner, Switch};

impl Switch {
    /// An extension calls: the line of an agent who calls in.
    pub(in crate::switch) fn call_in(
        &mut self,
        now: Now,
        leg: LegId,
        (user, flow): (&str, Flow),
        sdp: Option<&Bytes>,
        out: &mut Vec<Output>,
    ) -> Result<(), Refusal> {
        let takes_only = || refuse(403, "Extensions Take Calls Only", Q850::REJECTED);
        let agent = self.directory.agent_at(user).ok_or_else(takes_only)?;
        if !matches!(self.lines.get(&agent), Some(Line::Down { .. })) {
            return Err(refuse(486, "The Line Is There Already", Q850(17)));
        }
        let offer = sdp.ok_or_else(|| refuse(488, "An Offer Is Needed", Q850(88)))?;
        let owner = Owner::Line(agent);
        let reserved = self.reserve_for_phone(now, owner, flow);
        let (stream, port) = reserved.ok_or_else(|| refuse(503, "No Room", Q850::NO_CIRCUIT))?;
        let said = match self.describe(stream, Some(offer), out) {
            Ok(said) => said,
            Err(error) => {
                self.close_stream(now, stream, out);
                return Err(refuse(488, &error.to_string(), Q850(88)));
            }
        };
        self.legs.insert(leg, owner);
        self.sip(out, |sip, o| sip.answer(now.at, leg, said, o));
        self.line_is_up(now, agent, Party { leg, stream, port }, out);
        Ok(())
    }

    /// Whether whoever has this extension calls in, and has not yet.
    pub(in crate::switch) fn is_awaited(&self, user: &str) -> bool {
        self.directory.agent_at(user).is_some_and(|agent| {
            let calls_in = self.line_plan(agent).mode == ConnectionMode::CallIn;
            calls_in && self.works(agent) && self.line_up(agent).is_none()
        })
    }

    /// Whether the agent's line may be rung now: it is made so, or a customer waits for it.
    pub(super) fn may_be_rung(&self, agent: AgentId) -> bool {
        let stranded = self
            .floor
            .agent(agent)
            .is_some_and(|view| matches!(view.state(), State::System { stranded: Some(_), .. }));
        stranded || self.line_plan(agent).mode != ConnectionMode::CallIn
    }
}
