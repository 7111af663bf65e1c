//! Numbers that an agent dials by hand (R104, R153): the same gate, and no agent to wait for.

use super::{Campaign, Stage, Way};
use crate::consent::Consent;
use crate::gate::{Gate, Refusal};
use crate::ids::{AttemptId, LeadId, ListId};
use crate::leads::Lead;
use crate::permit::Permit;
use jiff::Timestamp;
use routing::Number;
use uuid::Uuid;

impl Campaign {
    /// Permits a number that is on no list of this campaign.
    ///
    /// It stands in the records as a lead of its own, of no list. Its agent is there already, so
    /// the pace does not count on another for it.
    pub fn dial_by_hand(
        &mut self,
        now: Timestamp,
        gate: &mut Gate,
        attempt: AttemptId,
        way: &Way,
        number: Number,
    ) -> Result<Permit, Refusal> {
        self.dial_for_agent(now, gate, attempt, way, nobodys(attempt, number))
    }

    /// The same to somebody who asked to be called back, and so agreed to this call.
    ///
    /// Errors: the gate's refusal.
    pub fn dial_back(
        &mut self,
        now: Timestamp,
        gate: &mut Gate,
        attempt: AttemptId,
        way: &Way,
        (number, consent): (Number, Consent),
    ) -> Result<Permit, Refusal> {
        let lead = Lead { consent: Some(consent), ..nobodys(attempt, number) };
        self.dial_for_agent(now, gate, attempt, way, lead)
    }

    fn dial_for_agent(
        &mut self,
        now: Timestamp,
        gate: &mut Gate,
        attempt: AttemptId,
        way: &Way,
        lead: Lead,
    ) -> Result<Permit, Refusal> {
        let permit = self.dial_lead(now, gate, attempt, way, lead);
        let permit = permit.map_err(|refused| refused.refusal)?;
        if let Some(flight) = self.in_flight.get_mut(&attempt) {
            flight.stage = Stage::Talking;
        }
        Ok(permit)
    }
}

/// A lead that stands on no list.
fn nobodys(attempt: AttemptId, number: Number) -> Lead {
    Lead::new(LeadId::from(Uuid::from(attempt)), ListId::from(Uuid::nil()), number)
}
