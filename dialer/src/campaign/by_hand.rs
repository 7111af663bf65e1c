//! Numbers that an agent dials by hand (R104, R153): the same gate, and no agent to wait for.

use super::{Campaign, Stage, Way};
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
        let lead = LeadId::from(Uuid::from(attempt));
        let lead = Lead::new(lead, ListId::from(Uuid::nil()), number);
        let permit = self.dial_lead(now, gate, attempt, way, lead);
        let permit = permit.map_err(|refused| refused.refusal)?;
        if let Some(flight) = self.in_flight.get_mut(&attempt) {
            flight.stage = Stage::Talking;
        }
        Ok(permit)
    }
}
