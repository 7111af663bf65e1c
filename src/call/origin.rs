//! Why a call exists: who began it, on whose behalf, and through which carrier.

use dialer::{AttemptId, LeadId};
use routing::{AgentId, CallId, CampaignId, DidId, QueueId, TrunkId};
use uuid::Uuid;

/// Why this call exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The dialer called a lead.
    Dialled {
        /// On whose behalf.
        campaign: CampaignId,
        /// The attempt its permit was given for.
        attempt: AttemptId,
        /// The person.
        lead: LeadId,
        /// Through which carrier.
        trunk: TrunkId,
        /// The agent who dials by hand (R104), and is with the customer who answers.
        by: Option<AgentId>,
    },
    /// Somebody called one of our numbers.
    Inbound {
        /// The number that was called.
        did: DidId,
        /// Whom it leads to; none where a workflow says so.
        wanted: Option<Wanted>,
        /// From which carrier.
        trunk: TrunkId,
    },
    /// A caller whom nobody here takes is sent on to a number (R158).
    Forwarded {
        /// The caller.
        about: CallId,
        /// Through which carrier.
        trunk: TrunkId,
    },
    /// The switch calls the number at which an agent's line is made (R128).
    Line {
        /// Whose line.
        agent: AgentId,
        /// Through which carrier.
        trunk: TrunkId,
    },
    /// Somebody called an access number, to be an agent's line (R126).
    Access {
        /// The number that was called.
        did: DidId,
        /// From which carrier.
        trunk: TrunkId,
        /// The carrier says who calls (RFC 3325), and not the caller alone.
        asserted: bool,
    },
    /// An agent calls a colleague (R152), or somebody who may help with the call in hand.
    Consult {
        /// The agent who calls; their line is this side of the call.
        by: AgentId,
        /// The call that it is about, which may be transferred by it.
        about: Option<CallId>,
        /// Through which carrier, where the other side is outside.
        trunk: Option<TrunkId>,
    },
}

impl Origin {
    /// The carrier whose line it takes.
    #[must_use]
    pub fn trunk(&self) -> Option<TrunkId> {
        match *self {
            Self::Dialled { trunk, .. }
            | Self::Inbound { trunk, .. }
            | Self::Line { trunk, .. }
            | Self::Access { trunk, .. }
            | Self::Forwarded { trunk, .. } => Some(trunk),
            Self::Consult { trunk, .. } => trunk,
        }
    }

    /// The carrier it is dialled through; none for a call that came in or stays within.
    #[must_use]
    pub fn dials(&self) -> Option<TrunkId> {
        match *self {
            Self::Dialled { trunk, .. }
            | Self::Line { trunk, .. }
            | Self::Forwarded { trunk, .. } => Some(trunk),
            Self::Consult { trunk, .. } => trunk,
            Self::Inbound { .. } | Self::Access { .. } => None,
        }
    }

    /// The person of a list whom it is to; none where it came in, and where an agent dialled a
    /// number that no list has.
    #[must_use]
    pub fn lead(&self) -> Option<LeadId> {
        match *self {
            Self::Dialled { attempt, lead, .. } => {
                Some(lead).filter(|lead| Uuid::from(*lead) != Uuid::from(attempt))
            }
            _ => None,
        }
    }

    /// The agent who made it.
    #[must_use]
    pub fn made_by(&self) -> Option<AgentId> {
        match *self {
            Self::Dialled { by, .. } => by,
            Self::Consult { by, .. } => Some(by),
            Self::Inbound { .. }
            | Self::Line { .. }
            | Self::Access { .. }
            | Self::Forwarded { .. } => None,
        }
    }
}

/// Whom an inbound call waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// This agent and no other.
    Agent(AgentId),
    /// The longest idle agent of a queue.
    Queue(QueueId),
}
