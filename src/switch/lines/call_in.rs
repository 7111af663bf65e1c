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
use crate::switch::inbound::refuse;
use crate::switch::{Now, Output, Owner, Switch};

impl Switch {
    /// The extension of an agent who calls in has called: that is the line.
    pub(in crate::switch) fn call_in(
        &mut self,
        now: Now,
        leg: LegId,
        (agent, flow): (AgentId, Flow),
        sdp: Option<&Bytes>,
        out: &mut Vec<Output>,
    ) -> Result<(), Refusal> {
        if !matches!(self.lines.get(&agent), Some(Line::Down { .. })) {
            return Err(refuse(486, "The Line Is There Already", Q850(17)));
        }
        let offer = sdp.ok_or_else(|| refuse(488, "An Offer Is Needed", Q850(88)))?;
        let owner = Owner::Line(agent);
        let (party, said) = self.take_phone(now, (owner, leg, flow), Some(offer), out)?;
        self.door.forget(agent);
        self.legs.insert(leg, owner);
        self.sip(out, |sip, o| sip.answer(now.at, leg, said, o));
        self.line_is_up(now, agent, party, out);
        Ok(())
    }

    /// Whoever has this extension, if they are to call in and have not yet.
    pub(in crate::switch) fn to_call_in(&self, user: &str) -> Option<AgentId> {
        self.directory.agent_at(user).filter(|agent| {
            let calls_in = self.line_plan(*agent).mode == ConnectionMode::CallIn;
            calls_in && self.works(*agent) && self.line_up(*agent).is_none()
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
