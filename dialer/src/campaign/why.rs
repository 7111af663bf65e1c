//! "Why was this lead not dialled, and when will it be": one answer for every lead.

use super::{Campaign, Way};
use crate::campaigns::choice::kept_out_by;
use crate::gate::{Ask, Check, Gate};
use crate::ids::AttemptId;
use crate::leads::Lead;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Why a lead is not being dialled at this moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Why {
    /// The first cause.
    pub cause: Cause,
    /// It and every further one, in sentences.
    pub because: Vec<String>,
    /// When time alone makes it dialable; none when it takes more than time.
    pub next: Option<Timestamp>,
}

/// What keeps a lead from being dialled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "cause", rename_all = "snake_case")]
pub enum Cause {
    /// It is not on a list of the campaign.
    OtherList,
    /// A filter of the campaign keeps it out.
    FilteredOut,
    /// It is being dialled, or is in a conversation.
    InFlight {
        /// The live attempt.
        attempt: AttemptId,
    },
    /// The campaign has no trunk to dial by.
    NoTrunk,
    /// A check of the gate fails.
    Refused {
        /// The first that does.
        check: Check,
    },
    /// It may be dialled, and others come first.
    Queued {
        /// How many leads of the stock are ahead; none when it is not in the stock yet.
        ahead: Option<u32>,
    },
    /// It is next, and waits for a free agent or line.
    NoAgent,
}

impl Campaign {
    /// Why this lead is not being dialled now, and when it could be; `way` is none where the
    /// campaign has no trunk.
    #[must_use]
    pub fn why_not(&self, now: Timestamp, gate: &Gate, lead: &Lead, way: Option<&Way>) -> Why {
        if !self.settings.lists.contains(&lead.list) {
            let because = format!("list {} is not one of the campaign's", lead.list);
            return Why { cause: Cause::OtherList, because: vec![because], next: None };
        }
        if let Some((attempt, _)) = self.in_flight.iter().find(|(_, f)| f.lead.id == lead.id) {
            let (cause, because) = (Cause::InFlight { attempt: *attempt }, "it is in a call");
            return Why { cause, because: vec![because.to_owned()], next: None };
        }
        if let Some(filter) = kept_out_by(&self.settings.filters, lead) {
            let because = format!("the campaign's filter on {:?} keeps it out", filter.column);
            return Why { cause: Cause::FilteredOut, because: vec![because], next: None };
        }
        let Some(way) = way else {
            let because = "the campaign has no trunk to dial by".to_owned();
            return Why { cause: Cause::NoTrunk, because: vec![because], next: None };
        };
        let ask = Ask {
            attempt: AttemptId::from(uuid::Uuid::nil()),
            campaign: &self.settings,
            lead,
            trunk: way.trunk,
            cli: &way.cli,
            pacing: &self.decision,
        };
        let refusals = gate.explain(now, &ask);
        if let Some(first) = refusals.first() {
            let (cause, next) = (Cause::Refused { check: first.check }, first.next);
            let because = refusals.into_iter().map(|refusal| refusal.because).collect();
            return Why { cause, because, next };
        }
        let (cause, because) = match self.stock.position(lead.id) {
            Some(0) => (Cause::NoAgent, format!("it is next: {}", self.decision)),
            Some(ahead) => {
                let count = u32::try_from(ahead).unwrap_or(u32::MAX);
                (Cause::Queued { ahead: Some(count) }, format!("{ahead} leads come before it"))
            }
            None => (Cause::Queued { ahead: None }, "it waits on its list".to_owned()),
        };
        Why { cause, because: vec![because], next: Some(now) }
    }
}
