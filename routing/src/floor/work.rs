//! Work: what is offered to the floor, and what the floor gives for it.

use crate::agents::Priority;
use crate::ids::{AgentId, CallId, CampaignId, QueueId};
use crate::invalid::Invalid;
use crate::presence::Refused;
use crate::queues::within;
use serde::{Deserialize, Serialize};
use std::time::Instant;

/// A call as the floor sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Work {
    /// Who may take it.
    pub target: Target,
    /// Its rank among calls to the same target.
    pub priority: Priority,
    /// A customer we dialled has answered and waits: before all inbound (DESIGN §3).
    pub answered: bool,
    /// It waits no longer than this; none is as long as the queue or the floor allows.
    pub deadline: Option<Instant>,
    /// Whose statistics and dispositions it is (R157); a campaign's own call always its own.
    pub campaign: Option<CampaignId>,
    /// A transfer, which some agents receive while paused (R150).
    pub transfer: bool,
    /// A colleague's call, after which there is nothing to wrap up (R152).
    pub internal: bool,
    /// Since when it has a place in the line, where it comes back to it; else since it is offered.
    pub since: Option<Instant>,
    /// Nobody is there yet: a place in line that a caller kept, for a call to come.
    pub kept: Option<Kept>,
}

/// A place in line that a caller kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    /// Since when they have been in line.
    pub since: Instant,
    /// When it is given up; no longest wait of the queue ends it.
    pub until: Instant,
}

impl Work {
    /// A customer whom a campaign dialled has answered; `deadline` is the legal wait.
    #[must_use]
    pub fn answered(campaign: CampaignId, deadline: Instant) -> Self {
        let target = Target::Campaign(campaign);
        let deadline = Some(deadline);
        Self { answered: true, deadline, campaign: Some(campaign), ..Self::to(target) }
    }

    /// A caller for a target.
    #[must_use]
    pub fn inbound(target: Target) -> Self {
        Self::to(target)
    }

    /// A caller for a queue.
    #[must_use]
    pub fn queued(queue: QueueId) -> Self {
        Self::to(Target::Queue(queue))
    }

    /// A colleague's call, to an agent or to whoever of a queue is free.
    #[must_use]
    pub fn colleague(target: Target) -> Self {
        Self { transfer: true, internal: true, ..Self::to(target) }
    }

    /// The place that a caller of a queue kept, for a call that a campaign makes.
    #[must_use]
    pub fn kept(queue: QueueId, campaign: CampaignId, kept: Kept) -> Self {
        Self { campaign: Some(campaign), kept: Some(kept), ..Self::queued(queue) }
    }

    /// A caller for one agent.
    #[must_use]
    pub fn direct(agent: AgentId) -> Self {
        Self::to(Target::Agent(agent))
    }

    fn to(target: Target) -> Self {
        Self {
            target,
            priority: Priority::Medium,
            answered: false,
            deadline: None,
            campaign: None,
            transfer: false,
            internal: false,
            since: None,
            kept: None,
        }
    }
}

/// Who may take a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
pub enum Target {
    /// The agents of a campaign.
    Campaign(CampaignId),
    /// The agents of a queue.
    Queue(QueueId),
    /// One agent.
    Agent(AgentId),
}

/// What became of an offered call.
#[derive(Debug)]
#[must_use = "a reservation inside must be used or given back"]
pub enum Offer {
    /// An agent is set aside for it.
    Reserved(Reserved),
    /// It waits.
    Waiting {
        /// Its place in its own line, 1 being next.
        position: usize,
        /// The length of that line.
        of: usize,
    },
    /// Its queue, or the floor, is full.
    Full,
    /// Nobody will take it: the agent is away, paused or unavailable, or there is no such target.
    Unavailable(Refused),
}

/// An agent set aside for a call: to be connected, rung, previewed or given back.
///
/// It ends by itself at `until`; using it later is refused, and the call has gone on by then.
#[derive(Debug)]
#[must_use = "a reserved agent waits until it is connected, rung or given back"]
pub struct Reserved {
    pub(super) agent: AgentId,
    pub(super) call: CallId,
    pub(super) until: Instant,
    pub(super) serial: u64,
}

impl Reserved {
    /// The agent.
    #[must_use]
    pub fn agent(&self) -> AgentId {
        self.agent
    }

    /// The call.
    #[must_use]
    pub fn call(&self) -> CallId {
        self.call
    }

    /// When the reservation ends by itself.
    #[must_use]
    pub fn until(&self) -> Instant {
        self.until
    }
}

/// The floor's bounds and times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Agents; a further one is refused.
    pub agents_max: usize,
    /// Queues; a further one is refused.
    pub queues_max: usize,
    /// Calls that wait, over all lines; a further one finds the floor full.
    pub waiting_max: usize,
    /// The longest wait of a call for a campaign or an agent, in ms.
    pub wait_ms_max: u32,
    /// A reservation that nobody uses ends after this, in ms.
    pub reserve_ms: u32,
    /// An agent's handset rings no longer than this, in ms.
    pub ring_ms: u32,
    /// A number dialled by hand rings no longer than this, in ms; a guard behind the call's own.
    pub dial_ms: u32,
    /// A lead is previewed no longer than this, in ms.
    pub preview_ms: u32,
    /// A customer whose agent's line dropped is kept for the agent this long, in ms.
    pub recover_ms: u32,
    /// The head start of a priority over the next: so much longer a call of the lower one has to
    /// wait to be served first, in ms.
    pub ageing_ms: u32,
}

impl Limits {
    /// Checks every limit: agents 1..=100 000, queues and waiting calls 1..=100 000, times in ms.
    ///
    /// A reservation of no time at all would be made and lapse for ever in one instant.
    pub fn validate(&self) -> Result<(), Invalid> {
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        within("agents_max", count(self.agents_max), 1, 100_000)?;
        within("queues_max", count(self.queues_max), 1, 100_000)?;
        within("waiting_max", count(self.waiting_max), 1, 100_000)?;
        within("wait_ms_max", self.wait_ms_max, 1_000, 14_400_000)?;
        within("reserve_ms", self.reserve_ms, 100, 60_000)?;
        within("ring_ms", self.ring_ms, 1_000, 120_000)?;
        within("dial_ms", self.dial_ms, 1_000, 300_000)?;
        within("preview_ms", self.preview_ms, 1_000, 3_600_000)?;
        within("recover_ms", self.recover_ms, 0, 120_000)?;
        within("ageing_ms", self.ageing_ms, 1_000, 3_600_000)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            agents_max: 5_000,
            queues_max: 1_000,
            waiting_max: 5_000,
            wait_ms_max: 600_000,
            reserve_ms: 5_000,
            ring_ms: 20_000,
            dial_ms: 150_000,
            preview_ms: 60_000,
            recover_ms: 20_000,
            ageing_ms: 120_000,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_floors_own_limits_are_sound_and_a_wrong_one_is_refused_by_name() {
        let limits = Limits::default();
        assert_eq!(limits.validate(), Ok(()));
        let told = Limits { reserve_ms: 0, ..limits }.validate().unwrap_err().to_string();
        assert_eq!(told, "reserve_ms: must be from 100 to 60000");
        let told = Limits { agents_max: 0, ..limits }.validate().unwrap_err().to_string();
        assert_eq!(told, "agents_max: must be from 1 to 100000");
        assert!(serde_json::from_str::<Limits>(r#"{"ring_seconds":20}"#).is_err());
    }
}
