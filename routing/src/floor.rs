//! The floor: the one owner of agent states, the ready pool and the queues.
//!
//! ```text
//! offer ─┬─ an agent is free ──────────────▶ Reserved ─connect─▶ the agent's
//!        └─ none ▶ Waiting ─agent ready ▶ Event::Assigned ─┘
//!                     ├─ longest wait ▶ Event::Overflowed     ring ▶ answered ▶ the agent's
//!                     └─ deadline ────▶ Event::Expired           └─ unanswered ▶ Waiting again
//! ```
//!
//! Invariants, told by [`Floor::check_invariants`]: an agent is in exactly one place, a call has
//! exactly one owner, each reservation has a deadline, and no call waits while an agent who may
//! take it is ready. Whoever becomes ready is matched in the same call. The order among calls and
//! the order among agents are one function each, in `order`.

mod event;
mod work;

pub use event::{Event, Expiry};
pub use work::{Limits, Offer, Reserved, Target, Work};

use crate::agents::Agent;
use crate::ids::{AgentId, CallId, CampaignId, QueueId};
use crate::organisation::PausePolicy;
use crate::presence::{Action, Fault, Latch, PauseReason, Presence, Refused, State};
use crate::queues::Queue;
use std::time::Instant;

/// The one owner of agent states, the ready pool and the queues.
#[derive(Debug)]
pub struct Floor {}

/// What a supervisor orders (issue: force state, log out).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Force {
    /// Ready.
    Ready,
    /// Paused, after a conversation.
    Pause(PauseReason),
    /// Logged out, after a conversation.
    ClockOut {
        /// Why.
        reason: Option<String>,
    },
}

/// What anybody may see of an agent on the floor.
#[derive(Debug, Clone, Copy)]
pub struct AgentView<'a> {
    /// The profile.
    pub profile: &'a Agent,
    /// The presence: state, since when, latch, allowed actions.
    pub presence: &'a Presence,
}

/// How many agents of a campaign or queue are where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Ready and free for it now.
    pub ready: usize,
    /// Clocked in.
    pub logged_in: usize,
    /// Reserved, ringing, previewing, talking, holding or wrapping up, for whomever.
    pub busy: usize,
}

impl Floor {
    /// An empty floor.
    #[must_use]
    pub fn new(limits: Limits, pause_reason: PausePolicy, clock_out_while_active: bool) -> Self {
        todo!()
    }

    /// Adds an agent, logged out, or changes a profile.
    ///
    /// An agent who may no longer work is logged out, after a conversation.
    pub fn set_agent(
        &mut self,
        now: Instant,
        agent: Agent,
        out: &mut Vec<Event>,
    ) -> Result<(), Refused> {
        todo!()
    }

    /// Removes an agent, after a conversation.
    pub fn remove_agent(&mut self, now: Instant, agent: AgentId, out: &mut Vec<Event>) {
        todo!()
    }

    /// Adds a queue or changes it; callers who wait already keep the times they were promised.
    pub fn set_queue(&mut self, now: Instant, queue: Queue) -> Result<(), Refused> {
        todo!()
    }

    /// Removes a queue; its callers overflow.
    pub fn remove_queue(&mut self, now: Instant, queue: QueueId, out: &mut Vec<Event>) {
        todo!()
    }

    /// The agent begins to work; a persistent line has to come up before Ready.
    pub fn clock_in(
        &mut self,
        now: Instant,
        agent: AgentId,
        persistent: bool,
        out: &mut Vec<Event>,
    ) -> Result<(), Refused> {
        todo!()
    }

    /// The agent stops working; refused with work in hand unless the organisation allows it.
    pub fn clock_out(
        &mut self,
        now: Instant,
        agent: AgentId,
        reason: Option<String>,
        out: &mut Vec<Event>,
    ) -> Result<(), Refused> {
        todo!()
    }

    /// The agent's line is up.
    pub fn line_up(
        &mut self,
        now: Instant,
        agent: AgentId,
        out: &mut Vec<Event>,
    ) -> Result<(), Refused> {
        self.back(now, agent, Fault::LineLost, out)
    }

    /// The agent's persistent line is down.
    pub fn line_lost(
        &mut self,
        now: Instant,
        agent: AgentId,
        out: &mut Vec<Event>,
    ) -> Result<(), Refused> {
        self.lost(now, agent, Fault::LineLost, out)
    }

    /// The watchdog misses something.
    pub fn lost(
        &mut self,
        now: Instant,
        agent: AgentId,
        fault: Fault,
        out: &mut Vec<Event>,
    ) -> Result<(), Refused> {
        todo!()
    }

    /// The watchdog sees it again.
    pub fn back(
        &mut self,
        now: Instant,
        agent: AgentId,
        fault: Fault,
        out: &mut Vec<Event>,
    ) -> Result<(), Refused> {
        todo!()
    }

    /// Play, or a latched pause taken back.
    pub fn ready(
        &mut self,
        now: Instant,
        agent: AgentId,
        out: &mut Vec<Event>,
    ) -> Result<(), Refused> {
        todo!()
    }

    /// Pause; during a conversation, after it.
    pub fn pause(
        &mut self,
        now: Instant,
        agent: AgentId,
        reason: Option<PauseReason>,
        out: &mut Vec<Event>,
    ) -> Result<(), Refused> {
        todo!()
    }

    /// The disposition is given: the wrap-up ends.
    pub fn dispose(
        &mut self,
        now: Instant,
        agent: AgentId,
        out: &mut Vec<Event>,
    ) -> Result<(), Refused> {
        todo!()
    }

    /// The agent dials a number by hand (R104).
    pub fn dial(
        &mut self,
        now: Instant,
        agent: AgentId,
        call: CallId,
        campaign: Option<CampaignId>,
        out: &mut Vec<Event>,
    ) -> Result<(), Refused> {
        todo!()
    }

    /// A supervisor's order.
    pub fn force(
        &mut self,
        now: Instant,
        agent: AgentId,
        order: Force,
        out: &mut Vec<Event>,
    ) -> Result<(), Refused> {
        todo!()
    }

    /// Puts an answered call to whoever may take it; without one it waits.
    pub fn offer(&mut self, now: Instant, call: CallId, work: Work, out: &mut Vec<Event>) -> Offer {
        todo!()
    }

    /// Sets an agent aside for a call that is still to be made; without one nothing waits.
    pub fn reserve(
        &mut self,
        now: Instant,
        call: CallId,
        work: Work,
        out: &mut Vec<Event>,
    ) -> Option<Reserved> {
        todo!()
    }

    /// Agent and customer are connected at once, over the agent's persistent line.
    pub fn connect(
        &mut self,
        now: Instant,
        reserved: Reserved,
        out: &mut Vec<Event>,
    ) -> Result<(), Refused> {
        todo!()
    }

    /// The agent's handset rings; [`Floor::answered`] or [`Floor::declined`] follows.
    pub fn ring(
        &mut self,
        now: Instant,
        reserved: Reserved,
        out: &mut Vec<Event>,
    ) -> Result<(), Refused> {
        todo!()
    }

    /// The agent looks at the lead; [`Floor::dial_previewed`] or [`Floor::skip`] follows.
    pub fn preview(
        &mut self,
        now: Instant,
        reserved: Reserved,
        out: &mut Vec<Event>,
    ) -> Result<(), Refused> {
        todo!()
    }

    /// The reservation is not needed: the agent keeps the place in the ready pool, and the call is
    /// the floor's no more.
    pub fn give_back(&mut self, now: Instant, reserved: Reserved, out: &mut Vec<Event>) {
        todo!()
    }

    /// What rang is answered, by the agent's handset or by the customer the agent dialled.
    pub fn answered(
        &mut self,
        now: Instant,
        agent: AgentId,
        out: &mut Vec<Event>,
    ) -> Result<(), Refused> {
        todo!()
    }

    /// The agent will not or cannot take the call that rings; it waits again at its old place.
    pub fn declined(
        &mut self,
        now: Instant,
        agent: AgentId,
        out: &mut Vec<Event>,
    ) -> Result<(), Refused> {
        todo!()
    }

    /// The previewed lead is dialled.
    pub fn dial_previewed(
        &mut self,
        now: Instant,
        agent: AgentId,
        out: &mut Vec<Event>,
    ) -> Result<(), Refused> {
        todo!()
    }

    /// The previewed lead is passed.
    pub fn skip(
        &mut self,
        now: Instant,
        agent: AgentId,
        out: &mut Vec<Event>,
    ) -> Result<(), Refused> {
        todo!()
    }

    /// The customer is put on hold.
    pub fn hold(
        &mut self,
        now: Instant,
        agent: AgentId,
        out: &mut Vec<Event>,
    ) -> Result<(), Refused> {
        todo!()
    }

    /// The customer is taken back from hold.
    pub fn resume(
        &mut self,
        now: Instant,
        agent: AgentId,
        out: &mut Vec<Event>,
    ) -> Result<(), Refused> {
        todo!()
    }

    /// The agent's call is over.
    pub fn ended(
        &mut self,
        now: Instant,
        agent: AgentId,
        out: &mut Vec<Event>,
    ) -> Result<(), Refused> {
        todo!()
    }

    /// The call is gone, wherever it is: it waits no more, rings no more, and whoever talked in it
    /// wraps up. A call that the floor does not know changes nothing.
    pub fn withdraw(&mut self, now: Instant, call: CallId, out: &mut Vec<Event>) {
        todo!()
    }

    /// Time passed: what is over ends.
    pub fn tick(&mut self, now: Instant, out: &mut Vec<Event>) {
        todo!()
    }

    /// When [`Floor::tick`] is due.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        todo!()
    }

    /// Agents who are ready and may take this campaign's calls; indexed, no scan.
    #[must_use]
    pub fn ready_count(&self, campaign: CampaignId) -> usize {
        self.tally(Target::Campaign(campaign)).ready
    }

    /// Agents of this campaign who are clocked in.
    #[must_use]
    pub fn logged_in_count(&self, campaign: CampaignId) -> usize {
        self.tally(Target::Campaign(campaign)).logged_in
    }

    /// Agents of this campaign who have work in hand, whosever it is.
    #[must_use]
    pub fn busy_count(&self, campaign: CampaignId) -> usize {
        self.tally(Target::Campaign(campaign)).busy
    }

    /// Calls that wait for this target.
    #[must_use]
    pub fn waiting_count(&self, target: Target) -> usize {
        todo!()
    }

    /// How many agents of a campaign or queue are where.
    #[must_use]
    pub fn tally(&self, target: Target) -> Tally {
        todo!()
    }

    /// One agent.
    #[must_use]
    pub fn agent(&self, agent: AgentId) -> Option<AgentView<'_>> {
        todo!()
    }

    /// Every agent, by id.
    pub fn agents(&self) -> impl Iterator<Item = AgentView<'_>> {
        std::iter::empty()
    }

    /// The queue's settings.
    #[must_use]
    pub fn queue(&self, queue: QueueId) -> Option<&Queue> {
        todo!()
    }

    /// Every queue, by id.
    pub fn queues(&self) -> impl Iterator<Item = &Queue> {
        std::iter::empty()
    }

    /// The agent who owns this call, if one does.
    #[must_use]
    pub fn owner(&self, call: CallId) -> Option<AgentId> {
        todo!()
    }

    /// Tells the first invariant that does not hold; for the simulator, after every step.
    pub fn check_invariants(&self) -> Result<(), String> {
        todo!()
    }
}

impl AgentView<'_> {
    /// The state.
    #[must_use]
    pub fn state(&self) -> &State {
        self.presence.state()
    }

    /// What the agent may do now.
    #[must_use]
    pub fn allowed(&self) -> Vec<Action> {
        self.presence.allowed()
    }

    /// What follows the work in hand instead of Ready: the pacer counts on no such agent.
    #[must_use]
    pub fn latch(&self) -> Option<&Latch> {
        self.presence.latch()
    }
}
