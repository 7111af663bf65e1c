//! What an agent dials (R104, R153): the same gate, and no agent to wait for.

use super::{Asked, Campaign, Recycle, Refused, Way};
use crate::consent::Consent;
use crate::gate::{Gate, Refusal};
use crate::ids::{AttemptId, LeadId, ListId};
use crate::leads::{Lead, LeadStatus};
use crate::outcomes::Outcome;
use crate::permit::Permit;
use jiff::Timestamp;
use routing::Number;
use uuid::Uuid;

impl Campaign {
    /// Permits a lead that an agent chose, who is there already: the pace does not count on another
    /// for it, and what comes of it says nothing of how the campaign dials.
    pub fn dial_for_agent(
        &mut self,
        now: Timestamp,
        gate: &mut Gate,
        attempt: AttemptId,
        way: &Way,
        lead: Lead,
    ) -> Result<Permit, Box<Refused>> {
        self.stock.remove(lead.id);
        self.permit(now, gate, attempt, way, (lead, Asked::ByAgent))
    }

    /// Permits a person whom an agent dials by hand, at a number of theirs: whoever they are, what
    /// is known of them binds the call. When the dialer would have called them, and how often it
    /// may, does not; and somebody whom it is done with is not its to call again.
    ///
    /// Errors: the gate's refusal.
    pub fn dial_by_hand(
        &mut self,
        now: Timestamp,
        gate: &mut Gate,
        attempt: AttemptId,
        way: &Way,
        (mut person, number): (Lead, Number),
    ) -> Result<Permit, Refusal> {
        let stood = person.status;
        person.turn_to(number, true);
        if matches!(stood, LeadStatus::Done | LeadStatus::Exhausted | LeadStatus::BadNumber) {
            person.status = LeadStatus::Due;
        }
        person.next_due_at = None;
        let changed = person.status != stood;
        let permit = self.dial_for_agent(now, gate, attempt, way, person);
        let permit = permit.map_err(|refused| refused.refusal)?;
        if changed {
            let stands = Recycle { status: stood, ..Recycle::done(Outcome::Connected) };
            self.said(attempt, stands);
        }
        Ok(permit)
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
        let permit = self.dial_for_agent(now, gate, attempt, way, lead);
        permit.map_err(|refused| refused.refusal)
    }
}

/// A lead that stands on no list: a number whose person nobody knows. Its id is its attempt's.
#[must_use]
pub fn nobodys(attempt: AttemptId, number: Number) -> Lead {
    Lead::new(LeadId::from(Uuid::from(attempt)), ListId::from(Uuid::nil()), number)
}
