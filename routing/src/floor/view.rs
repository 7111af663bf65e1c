//! What others see of the floor: counts for the pacer, snapshots for boards.

use super::pool::lines;
use super::work::Target;
use super::{Event, Floor, Seat};
use crate::agents::{Agent, LinePlan, QueueMembership};
use crate::ids::{AgentId, CallId, CampaignId, QueueId, TeamId};
use crate::presence::{Action, Latch, Presence, State};
use crate::queues::Queue;
use std::collections::BTreeMap;
use std::time::Instant;

/// What anybody may see of an agent on the floor.
#[derive(Debug, Clone, Copy)]
pub struct AgentView<'a> {
    /// The profile.
    pub profile: &'a Agent,
    /// The presence: state, since when, latch, allowed actions.
    pub presence: &'a Presence,
    /// The team that the agent clocked in to last (R187).
    pub unit: Option<TeamId>,
    /// How the agent's line is made in this shift; of who is logged out, in the next.
    pub line: LinePlan,
    seat: &'a Seat,
}

impl<'a> AgentView<'a> {
    /// The state.
    #[must_use]
    pub fn state(&self) -> &'a State {
        self.presence.state()
    }

    /// What the agent may do now.
    #[must_use]
    pub fn allowed(&self) -> Vec<Action> {
        self.presence.allowed()
    }

    /// The queues of the profile, and whether the agent is active in each (R226).
    pub fn groups(&self) -> impl Iterator<Item = (&'a QueueMembership, bool)> {
        let seat = self.seat;
        seat.profile
            .queues
            .iter()
            .map(move |member| (member, seat.is_active(member.queue) == Some(true)))
    }

    /// Whether people whom this campaign dialled can be put through to the agent: the campaign is
    /// the agent's, and the line is kept up for them.
    #[must_use]
    pub fn serves(&self, campaign: CampaignId) -> bool {
        let mut own = self.profile.campaigns.iter();
        self.line.persistent && own.any(|member| member.campaign == campaign)
    }

    /// What follows the work in hand instead of Ready: the pacer counts on no such agent.
    #[must_use]
    pub fn latch(&self) -> Option<&'a Latch> {
        self.presence.latch()
    }
}

impl Seat {
    fn view(&self) -> AgentView<'_> {
        let Self { profile, presence, unit, line, .. } = self;
        AgentView { profile, presence, unit: *unit, line: *line, seat: self }
    }
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
    /// Agents who are ready and may take this campaign's calls; indexed, no scan.
    #[must_use]
    pub fn ready_count(&self, campaign: CampaignId) -> usize {
        self.pool.len(Target::Campaign(campaign))
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
        self.waiting.line_len(target)
    }

    /// The calls that wait for this target, in the order in which they are served.
    pub fn line(&self, target: Target) -> impl Iterator<Item = CallId> + '_ {
        self.waiting.line(target).map(|entry| entry.turn.call)
    }

    /// Calls that wait, over all lines.
    #[must_use]
    pub fn waiting_total(&self) -> usize {
        self.waiting.len()
    }

    /// How many agents of a campaign or queue are where.
    #[must_use]
    pub fn tally(&self, target: Target) -> Tally {
        let counted = self.tallies.0.get(&target).copied().unwrap_or_default();
        Tally { ready: self.pool.len(target), ..counted }
    }

    /// Who is ready for this target, in the order they are asked.
    pub fn ready_agents(&self, target: Target) -> impl Iterator<Item = AgentId> + '_ {
        self.pool.agents(target)
    }

    /// One agent.
    #[must_use]
    pub fn agent(&self, agent: AgentId) -> Option<AgentView<'_>> {
        let seat = self.seats.get(&agent)?;
        Some(seat.view())
    }

    /// Every agent, by id.
    pub fn agents(&self) -> impl Iterator<Item = AgentView<'_>> {
        self.seats.values().map(Seat::view)
    }

    /// The queue's settings.
    #[must_use]
    pub fn queue(&self, queue: QueueId) -> Option<&Queue> {
        self.queues.get(&queue)
    }

    /// Every queue, by id.
    pub fn queues(&self) -> impl Iterator<Item = &Queue> {
        self.queues.values()
    }

    /// The agent who owns this call, if one does.
    #[must_use]
    pub fn owner(&self, call: CallId) -> Option<AgentId> {
        self.owners.get(&call).copied()
    }

    /// Since when a waiting call has been in line.
    #[must_use]
    pub fn in_line_since(&self, call: CallId) -> Option<Instant> {
        self.waiting.get(call).map(|entry| entry.turn.arrived)
    }

    /// Whether this call waits.
    #[must_use]
    pub fn is_waiting(&self, call: CallId) -> bool {
        self.waiting.get(call).is_some()
    }

    /// A waiting call's place in its line and the line's length, 1 being next.
    #[must_use]
    pub fn position(&self, call: CallId) -> Option<(usize, usize)> {
        self.waiting.get(call).map(|entry| self.waiting.position(entry))
    }

    /// Whether the floor knows the call at all.
    pub(super) fn knows(&self, call: CallId) -> bool {
        self.owners.contains_key(&call) || self.waiting.get(call).is_some()
    }

    /// Tells a waiting caller the place in line.
    pub(super) fn tell_position(&self, call: CallId, out: &mut Vec<Event>) {
        if let Some((position, of)) = self.position(call) {
            out.push(Event::Position { call, position, of });
        }
    }
}

/// Agents by target, but for who is ready: the pool counts these itself.
#[derive(Debug, Default)]
pub(super) struct Tallies(pub(super) BTreeMap<Target, Tally>);

impl Tallies {
    /// An agent's state changed.
    pub(super) fn moved(&mut self, agent: &Agent, from: &State, to: &State) {
        let (left, entered) = (counted(from), counted(to));
        if left != entered {
            self.adjust(agent, left, entered);
        }
    }

    pub(super) fn count(&mut self, agent: &Agent, state: &State) {
        self.adjust(agent, (false, false), counted(state));
    }

    pub(super) fn uncount(&mut self, agent: &Agent, state: &State) {
        self.adjust(agent, counted(state), (false, false));
    }

    fn adjust(&mut self, agent: &Agent, left: (bool, bool), entered: (bool, bool)) {
        for line in lines(agent) {
            let tally = self.0.entry(line.target).or_default();
            tally.logged_in += usize::from(entered.0);
            tally.logged_in -= usize::from(left.0);
            tally.busy += usize::from(entered.1);
            tally.busy -= usize::from(left.1);
            if *tally == Tally::default() {
                self.0.remove(&line.target);
            }
        }
    }
}

/// Whether an agent in this state is clocked in, and has work in hand.
fn counted(state: &State) -> (bool, bool) {
    (*state != State::LoggedOut, state.call().is_some())
}
