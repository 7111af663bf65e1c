//! In which queues an agent is active, and how much work is enough (R216–R226, R230).
//!
//! ```text
//!            ┌── go inactive, or no sign of the agent for so long ──▶
//!   Active ──┤                                                       Inactive
//!            ◀── go active, or clock in where that activates ────────┘
//! ```
//! Who is inactive in a queue, or at a limit, stands in no line for it; the lower of the limits
//! overall and for the queue holds. A sign of the agent is what they do at the desk, and a
//! conversation. Parked calls of a queue that gave up on their agent are handed off to the others
//! (R224). What an agent takes by hand, and who wants this very agent, is bound by none of it.

use super::alarm::Alarm;
use super::order::{AgentRank, Place, among_agents};
use super::pool::{Line, Standing, lines};
use super::work::Target;
use super::{Event, Floor, Seat, unknown_agent};
use crate::agents::Agent;
use crate::ids::{AgentId, CallId, QueueId};
use crate::presence::{Cause, Refused, State};
use crate::queues::Queue;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// An agent's standing in their groups.
#[derive(Debug)]
pub(super) struct Groups {
    /// Queues of the profile that the agent is not active in.
    inactive: BTreeSet<QueueId>,
    /// The agent's last turn in each queue: when it gave them a call.
    turns: BTreeMap<QueueId, u64>,
    /// Calls that the agent parked, and by which queue each came.
    parked: BTreeMap<CallId, Option<QueueId>>,
    /// The last sign of the agent.
    seen: Instant,
    /// When a queue may give up on the agent.
    pub(super) alarm: Option<Instant>,
}

impl Groups {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            inactive: BTreeSet::new(),
            turns: BTreeMap::new(),
            parked: BTreeMap::new(),
            seen: now,
            alarm: None,
        }
    }

    /// The agent did something.
    pub(super) fn seen(&mut self, now: Instant) {
        self.seen = now;
    }

    /// A queue gave the agent a call.
    pub(super) fn turn(&mut self, target: Target, serial: u64) {
        if let Target::Queue(queue) = target {
            self.turns.insert(queue, serial);
        }
    }

    /// Forgets queues that are the agent's no more.
    pub(super) fn keep_to(&mut self, profile: &Agent) {
        let theirs = |queue: &QueueId| profile.queues.iter().any(|member| member.queue == *queue);
        self.inactive.retain(theirs);
        self.turns.retain(|queue, _| theirs(queue));
    }

    /// Whether the agent is given work of this line.
    fn takes(&self, profile: &Agent, line: &Line) -> bool {
        let overall = usize::from(profile.distribution.calls_max);
        let Target::Queue(queue) = line.target else {
            return matches!(line.target, Target::Agent(_)) || self.parked.len() < overall;
        };
        let of_queue = self.parked.values().filter(|by| **by == Some(queue)).count();
        let limit = line.calls_max.map_or(overall, |own| usize::from(own).min(overall));
        !self.inactive.contains(&queue) && self.parked.len() < overall && of_queue < limit
    }
}

impl Seat {
    /// The lines that the agent is given work of now.
    pub(super) fn open_lines(&self) -> impl Iterator<Item = Line> + '_ {
        let is_dialled = |line: &Line| matches!(line.target, Target::Campaign(_));
        lines(&self.profile)
            // A person who answered cannot wait for a telephone to be picked up (RULES US-1).
            .filter(move |line| self.line.persistent || !is_dialled(line))
            .filter(|line| self.groups.takes(&self.profile, line))
    }

    /// Where the agent stands in each of those lines.
    pub(super) fn ranks(&self, queues: &BTreeMap<QueueId, Queue>, place: Place) -> Standing {
        let rank = |line: &Line| -> AgentRank {
            let queue = match line.target {
                Target::Queue(queue) => Some(queue),
                Target::Campaign(_) | Target::Agent(_) => None,
            };
            let order = queue.and_then(|id| queues.get(&id)).map(|queue| queue.order);
            let turn = queue.and_then(|id| self.groups.turns.get(&id)).copied().unwrap_or(0);
            among_agents(order.unwrap_or_default(), line, turn, place, self.profile.id)
        };
        self.open_lines().map(|line| (line.target, rank(&line))).collect()
    }

    /// Whether the agent is active in the queue; none for who is no member.
    pub(super) fn is_active(&self, queue: QueueId) -> Option<bool> {
        let member = self.profile.queues.iter().any(|member| member.queue == queue);
        member.then(|| !self.groups.inactive.contains(&queue))
    }
}

impl Floor {
    /// The agent goes active or inactive in a queue of theirs (R226).
    pub fn set_active(
        &mut self,
        now: Instant,
        agent: AgentId,
        (queue, active): (QueueId, bool),
        out: &mut Vec<Event>,
    ) -> Result<(), Refused> {
        self.tick(now, out);
        let seat = self.seats.get_mut(&agent).ok_or_else(unknown_agent)?;
        if *seat.presence.state() == State::LoggedOut {
            return Err(Refused::illegal("the agent must clock in first"));
        }
        let was = seat.is_active(queue);
        let was = was.ok_or_else(|| Refused::illegal("the agent is no member of that queue"))?;
        seat.groups.seen(now);
        if was != active {
            self.turn_group(now, (agent, queue), active, Cause::Agent, out);
        }
        self.watch_idle(now, agent);
        Ok(())
    }

    /// An agent parked a call, which counts against their limits until [`Floor::unparked`].
    pub fn parked(&mut self, agent: AgentId, call: CallId, queue: Option<QueueId>) {
        if let Some(seat) = self.seats.get_mut(&agent) {
            seat.groups.parked.insert(call, queue);
            self.parkers.insert(call, agent);
            self.restand(agent);
        }
    }

    /// A parked call went on; one that nobody parked changes nothing.
    pub fn unparked(&mut self, now: Instant, call: CallId, out: &mut Vec<Event>) {
        let Some(agent) = self.parkers.remove(&call) else { return };
        if let Some(seat) = self.seats.get_mut(&agent) {
            seat.groups.parked.remove(&call);
            self.restand(agent);
            self.match_agent(now, agent, out);
        }
    }

    /// Who clocks in is active everywhere, or has to go active group by group (R225).
    pub(super) fn open_groups(&mut self, now: Instant, agent: AgentId) {
        let Some(seat) = self.seats.get_mut(&agent) else { return };
        let all = seat.profile.queues.iter().map(|member| member.queue);
        let shut = !seat.profile.distribution.active_at_login;
        seat.groups.inactive = all.filter(|_| shut).collect();
        seat.groups.seen(now);
        self.watch_idle(now, agent);
    }

    /// Queues that have seen no sign of the agent for their time give up on them (R223); work in
    /// hand puts it off.
    pub(super) fn idle(&mut self, now: Instant, agent: AgentId, out: &mut Vec<Event>) {
        let Some(seat) = self.seats.get_mut(&agent) else { return };
        seat.groups.alarm = None;
        if seat.presence.state().call().is_some() {
            seat.groups.seen(now);
        }
        let over: Vec<_> = self.patience(agent).filter(|(_, at)| *at <= now).collect();
        for (queue, _) in over {
            self.turn_group(now, (agent, queue), false, Cause::Timeout, out);
            self.hand_off(agent, Some(queue), out);
        }
        self.watch_idle(now, agent);
    }

    /// Sets the alarm of the first queue that may give up on the agent.
    pub(super) fn watch_idle(&mut self, now: Instant, agent: AgentId) {
        let here = self.agent(agent).is_some_and(|view| *view.state() != State::LoggedOut);
        let due = self.patience(agent).map(|(_, at)| at.max(now)).min().filter(|_| here);
        if let Some(seat) = self.seats.get_mut(&agent) {
            self.alarms.replace(seat.groups.alarm, due, Alarm::Idle(agent));
            seat.groups.alarm = due;
        }
    }

    /// Parked calls of a queue, or of every queue, go to whoever is there (R224).
    pub(super) fn hand_off(&mut self, agent: AgentId, of: Option<QueueId>, out: &mut Vec<Event>) {
        let Some(seat) = self.seats.get(&agent) else { return };
        for (call, queue) in &seat.groups.parked {
            if let Some(queue) = queue.filter(|queue| of.is_none_or(|of| of == *queue)) {
                out.push(Event::HandedOff { call: *call, agent, queue });
            }
        }
    }

    /// The agent's places in the ready pool follow a change of what they stand in line for.
    pub(super) fn restand(&mut self, agent: AgentId) {
        let Some(seat) = self.seats.get_mut(&agent) else { return };
        if let Some(place) = seat.place.filter(|_| !seat.standing.is_empty()) {
            self.pool.remove(&seat.standing);
            seat.standing = seat.ranks(&self.queues, place);
            self.pool.insert(&seat.standing);
        }
    }

    /// When each active queue gives up on the agent, if it ever does.
    fn patience(&self, agent: AgentId) -> impl Iterator<Item = (QueueId, Instant)> + '_ {
        let seat = self.seats.get(&agent);
        seat.into_iter().flat_map(move |seat| {
            let active = seat.profile.queues.iter().map(|member| member.queue);
            let active = active.filter(|queue| !seat.groups.inactive.contains(queue));
            active.filter_map(move |id| {
                let minutes = self.queues.get(&id)?.auto_inactive_min;
                let wait = Duration::from_mins(u64::from(minutes));
                (minutes > 0).then(|| (id, seat.groups.seen + wait))
            })
        })
    }

    fn turn_group(
        &mut self,
        now: Instant,
        (agent, queue): (AgentId, QueueId),
        active: bool,
        cause: Cause,
        out: &mut Vec<Event>,
    ) {
        let Some(seat) = self.seats.get_mut(&agent) else { return };
        if active {
            seat.groups.inactive.remove(&queue);
        } else {
            seat.groups.inactive.insert(queue);
        }
        out.push(Event::GroupTurned { agent, queue, active, cause });
        self.restand(agent);
        self.match_agent(now, agent, out);
    }
}
