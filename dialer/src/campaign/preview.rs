//! Leads that an agent looks at before they are dialled.
//!
//! ```text
//!   stock ──show──▶ shown ──take──▶ dialled by the agent, or put off
//!     ▲               └──return──┐
//!     └──────────────────────────┘ the agent left
//! ```
//! The gate is asked when a lead is shown, so that nobody prepares for a call that must not be, and
//! again when it is dialled, for time has passed.

use super::{Campaign, REFUSALS_PER_DIAL, Refused, Way};
use crate::gate::{Ask, Gate};
use crate::ids::{AttemptId, LeadId};
use crate::leads::Lead;
use jiff::Timestamp;

impl Campaign {
    /// The next lead that may be dialled, to be looked at; none if no lead in stock may be.
    ///
    /// Leads that the gate would refuse leave the stock and are told in `refused`.
    pub fn show(
        &mut self,
        now: Timestamp,
        gate: &Gate,
        way: &Way,
        refused: &mut Vec<Refused>,
    ) -> Option<&Lead> {
        for _ in 0..REFUSALS_PER_DIAL {
            let lead = self.stock.next(now)?;
            let (campaign, pacing) = (&self.settings, &self.decision);
            let attempt = AttemptId::from(uuid::Uuid::nil());
            let ask =
                Ask { attempt, campaign, lead: &lead, trunk: way.trunk, cli: &way.cli, pacing };
            let Some(refusal) = gate.explain(now, &ask).into_iter().next() else {
                let id = lead.id;
                self.shown.insert(id, lead);
                return self.shown.get(&id);
            };
            refused.push(Refused { lead, refusal });
        }
        None
    }

    /// A lead that an agent looks at.
    #[must_use]
    pub fn shown(&self, lead: LeadId) -> Option<&Lead> {
        self.shown.get(&lead)
    }

    /// The agent has looked: the lead is theirs to dial, or to be put off.
    pub fn take_shown(&mut self, lead: LeadId) -> Option<Lead> {
        self.shown.remove(&lead)
    }

    /// The agent left: the lead is another's to look at.
    pub fn return_shown(&mut self, now: Timestamp, lead: LeadId) {
        if let Some(lead) = self.shown.remove(&lead) {
            self.stock.add(now, vec![lead]);
        }
    }
}
