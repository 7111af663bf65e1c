//! Books on calls: D5, D12, D13, D15.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use dialer::LeadId;
use dialer::campaign::Recycle;
use dialer::leads::LeadStatus;
use jiff::{SignedDuration, Timestamp};
use routing::{AgentId, CallId, CampaignId, Overflow, Priority, QueueId};
use store::{Entry, Event};

use super::Found;
use crate::sim::invariant::Invariant;
use crate::sim::scene::Scene;

/// What is known of calls.
#[derive(Debug, Default)]
pub(super) struct Calls {
    live: BTreeMap<CallId, Call>,
    waiting: BTreeMap<QueueId, BTreeMap<CallId, Timestamp>>,
    disposed: HashSet<(CallId, AgentId)>,
    /// Leads that are never to be dialled again.
    closed: HashMap<LeadId, LeadStatus>,
    /// People we dialled who have answered and met nobody yet.
    unmet: BTreeSet<(Timestamp, CallId)>,
    /// How many callers each queue may hold.
    room: BTreeMap<QueueId, usize>,
    /// Where callers go from each after that.
    overflow: BTreeMap<QueueId, QueueId>,
    /// How long a caller waits in each, before the notice.
    patience: BTreeMap<QueueId, SignedDuration>,
    /// Who came to which queue in this step, and whether from another.
    came: Vec<(QueueId, CallId, bool)>,
}

#[derive(Clone, Copy, Debug)]
struct Call {
    dialled: bool,
    answered: bool,
    agent: Option<AgentId>,
    queue: Option<QueueId>,
    campaign: Option<CampaignId>,
    /// When it came to the queue that it is in: it waited, was rung for, or had an agent at once.
    queued: Option<Timestamp>,
    /// Since when it waits in the queue that it is in, without an agent.
    waits: Option<Timestamp>,
    /// When the person answered, while nobody was met.
    unmet: Option<Timestamp>,
}

impl Calls {
    pub(super) fn new(scene: &Scene) -> Self {
        let mut calls = Self::default();
        for queue in &scene.queues {
            calls.resize(queue.id, queue.length_max);
            let patience = SignedDuration::from_millis(queue.wait_ms_max.into());
            calls.patience.insert(queue.id, patience);
            if let Overflow::Queue { queue: next } = queue.overflow {
                calls.overflow.insert(queue.id, next);
            }
        }
        calls
    }

    /// A queue holds so many from now on.
    pub(super) fn resize(&mut self, queue: QueueId, length_max: u32) {
        self.room.insert(queue, usize::try_from(length_max).unwrap_or(usize::MAX));
    }

    pub(super) fn live(&self) -> usize {
        self.live.len()
    }

    /// Ids rise with time.
    pub(super) fn oldest(&self) -> Option<CallId> {
        self.live.keys().next().copied()
    }

    /// Takes a durable entry for granted.
    pub(super) fn replay(&mut self, entry: &Entry) {
        let _: Found = match &entry.event {
            Event::CallStarted { call, queue, campaign, attempt, .. } => {
                self.started(*call, (*queue, *campaign), attempt.is_some())
            }
            Event::CallEnded { call, .. } => self.ended(*call),
            Event::Disposed { call, agent, lead, recycle, .. } => {
                self.disposed(*call, *agent, *lead, recycle.as_ref())
            }
            Event::OptedOut { lead: Some(lead), .. } => {
                self.objected(*lead);
                Ok(())
            }
            _ => Ok(()),
        };
    }

    pub(super) fn started(
        &mut self,
        call: CallId,
        (queue, campaign): (Option<QueueId>, Option<CampaignId>),
        dialled: bool,
    ) -> Found {
        let fresh = Call {
            dialled,
            answered: false,
            agent: None,
            queue,
            campaign,
            queued: None,
            waits: None,
            unmet: None,
        };
        match self.live.insert(call, fresh) {
            Some(_) => Err((Invariant::D1, format!("call {call} began twice"))),
            None => Ok(()),
        }
    }

    /// Whether a person we dialled has answered.
    pub(super) fn answered(
        &mut self,
        call: CallId,
        wall: Timestamp,
    ) -> Result<bool, (Invariant, String)> {
        let row = self.row(call)?;
        let twice = std::mem::replace(&mut row.answered, true);
        let dialled = row.dialled;
        if dialled {
            row.unmet = Some(wall);
            self.unmet.insert((wall, call));
        }
        if twice {
            return Err((Invariant::D5, format!("call {call} was answered twice")));
        }
        Ok(dialled)
    }

    pub(super) fn queued(&mut self, call: CallId, queue: QueueId, wall: Timestamp) -> Found {
        let row = self.row(call)?;
        let before = row.queue.replace(queue);
        // Whom an agent let go of keeps the place that they had.
        let again = row.queued.filter(|_| before == Some(queue));
        let since = *row.queued.insert(again.unwrap_or(wall));
        row.waits = row.waits.filter(|_| before == Some(queue)).or(Some(wall));
        if let Some(line) = before.and_then(|before| self.waiting.get_mut(&before)) {
            line.remove(&call);
        }
        self.waiting.entry(queue).or_default().insert(call, since);
        if again.is_none() {
            self.came.push((queue, call, before != Some(queue)));
        }
        Ok(())
    }

    /// An agent's telephone rings for a caller, who has come to the queue by then and waits.
    pub(super) fn rung_for(&mut self, call: CallId, wall: Timestamp) {
        if let Some(row) = self.live.get_mut(&call).filter(|row| row.is_new_in_queue()) {
            (row.queued, row.waits) = (Some(wall), Some(wall));
        }
    }

    /// After each step: whoever came to a queue in it and was let in had room. Who comes from
    /// another and finds it full hears so at once, and their record names it all the same; of whom
    /// it is not known what they hear, nothing is said.
    pub(super) fn in_room(&mut self, is_heard: impl Fn(CallId) -> bool) -> Found {
        for (queue, call, moved) in std::mem::take(&mut self.came) {
            if moved && !is_heard(call) {
                continue;
            }
            let Some(line) = self.waiting.get(&queue) else { continue };
            let room = self.room.get(&queue).copied().unwrap_or(usize::MAX);
            if line.contains_key(&call) && line.len() > room {
                let held = line.len();
                let what = format!("queue {queue} holds {held} callers, and may hold {room}");
                return Err((Invariant::Kept, what));
            }
        }
        Ok(())
    }

    /// Whoever answered has met an agent or heard the notice within the legal wait, and no caller
    /// waits longer than the queue lets them, with time for the notice.
    pub(super) fn in_time(&self, wall: Timestamp) -> Found {
        for (queue, line) in &self.waiting {
            let waits = |call: &CallId| self.live.get(call).and_then(|row| row.waits);
            let longest = self.patience(*queue) + LONGEST_NOTICE;
            let late = line
                .keys()
                .find(|call| waits(call).is_some_and(|since| wall.duration_since(since) > longest));
            if let Some(call) = late {
                return Err((Invariant::Kept, format!("call {call} still waits in {queue}")));
            }
        }
        match self.unmet.first() {
            Some((since, call)) if wall.duration_since(*since) > LEGAL_WAIT => {
                Err((Invariant::D5, format!("call {call} was answered {since} and met nobody")))
            }
            _ => Ok(()),
        }
    }

    fn met(&mut self, call: CallId) {
        if let Some(since) = self.live.get_mut(&call).and_then(|row| row.unmet.take()) {
            self.unmet.remove(&(since, call));
        }
    }

    /// D13: an agent who takes a caller leaves nobody waiting who is more urgent to that agent.
    ///
    /// Only fresh callers are compared: ageing lets a caller overtake after two minutes.
    pub(super) fn in_order(
        &self,
        call: CallId,
        Serves { queues, campaigns }: &Serves,
        rung_for: &BTreeSet<CallId>,
        wall: Timestamp,
    ) -> Found {
        let Some(taken) = self.live.get(&call).filter(|row| !row.dialled && row.agent.is_none())
        else {
            return Ok(());
        };
        let rank = |queue| queues.iter().find(|(own, _)| *own == queue).map(|(_, rank)| *rank);
        let Some(own) = taken.queue.and_then(rank) else { return Ok(()) };
        let fresh = |since: &Timestamp| wall.duration_since(*since) < FRESH;
        let waited = |queue: &QueueId, call: &CallId| self.waiting.get(queue)?.get(call).copied();
        if let Some(queue) = taken.queue
            && waited(&queue, &call).is_some_and(|since| !fresh(&since))
        {
            return Ok(());
        }
        let theirs = |call: &CallId| self.live.get(call).and_then(|row| row.campaign);
        let answered = self.unmet.iter().find(|(since, call)| {
            *since < wall && theirs(call).is_some_and(|own| campaigns.contains(&own))
        });
        if let Some((since, person)) = answered {
            let what = format!("call {call} was taken before {person}, who answered at {since}");
            return Err((Invariant::D13, what));
        }
        let line = taken.queue.and_then(|queue| self.waiting.get(&queue));
        let patience = taken.queue.map(|queue| self.patience(queue)).unwrap_or_default();
        let first = line.into_iter().flatten().find(|(other, since)| {
            let in_line = wall.duration_since(**since) < patience - A_MOMENT;
            **other != call && in_line && taken.queued > Some(**since)
        });
        if let Some((other, since)) = first {
            let what = format!("call {call} was taken before {other}, who waits since {since}");
            return Err((Invariant::D13, what));
        }
        let urgent = queues.iter().filter(|(_, rank)| *rank < own);
        for (queue, _) in urgent {
            let line = self.waiting.get(queue);
            let waits =
                |(call, since): &(&CallId, &Timestamp)| fresh(since) && !rung_for.contains(call);
            if let Some((other, _)) = line.and_then(|line| line.iter().find(waits)) {
                let what = format!("call {call} was taken while {other} is more urgent");
                return Err((Invariant::D13, what));
            }
        }
        Ok(())
    }

    /// D5: an agent is with a call that has none. Whether it is the first agent of a person we
    /// dialled; none for a caller.
    pub(super) fn connected(
        &mut self,
        (call, agent): (CallId, AgentId),
        wall: Timestamp,
    ) -> Result<Option<bool>, (Invariant, String)> {
        let row = self.row(call)?;
        if !row.answered {
            return Err((Invariant::D5, format!("call {call} has an agent and no answer")));
        }
        let first = row.agent.replace(agent).is_none();
        row.waits = None;
        row.queued = row.queued.or(Some(wall));
        let (queue, dialled) = (row.queue, row.dialled);
        self.met(call);
        if let Some(line) = queue.and_then(|queue| self.waiting.get_mut(&queue)) {
            line.remove(&call);
        }
        Ok(dialled.then_some(first))
    }

    /// A caller hears why nobody comes, and is in line no more. Who waited for as long as one waits
    /// goes to where the queue says, if there is room.
    pub(super) fn gives_up(&mut self, call: CallId, wall: Timestamp) -> Found {
        let row = *self.row(call)?;
        if let Some(line) = row.queue.and_then(|queue| self.waiting.get_mut(&queue)) {
            line.remove(&call);
        }
        let next = row.queue.and_then(|queue| self.overflow.get(&queue).zip(Some(queue)));
        let (Some((next, queue)), Some(since)) = (next, row.waits) else { return Ok(()) };
        let there = self.waiting.get(next).map_or(0, BTreeMap::len);
        let room = self.room.get(next).copied().unwrap_or(0);
        let waited = wall.duration_since(since);
        if there < room && waited + A_MOMENT > self.patience(queue) && row.agent.is_none() {
            let what = format!("call {call} hears the notice of {queue}, not {next}'s music");
            return Err((Invariant::Kept, what));
        }
        Ok(())
    }

    /// Nobody came for a call; whether it is of a person we dialled.
    pub(super) fn abandoned(&mut self, call: CallId) -> Result<bool, (Invariant, String)> {
        let dialled = self.row(call)?.dialled;
        self.met(call);
        Ok(dialled)
    }

    /// The queue of a caller whom no agent has met.
    pub(super) fn waited_in(&self, call: CallId) -> Option<QueueId> {
        self.live.get(&call).filter(|row| !row.dialled && row.agent.is_none())?.queue
    }

    /// Whose work a live call that we dialled is.
    pub(super) fn campaign(&self, call: CallId) -> Option<CampaignId> {
        self.live.get(&call).filter(|row| row.dialled)?.campaign
    }

    /// D1: a call ends once.
    pub(super) fn ended(&mut self, call: CallId) -> Found {
        self.met(call);
        let Some(row) = self.live.remove(&call) else {
            return Err((Invariant::D1, format!("call {call} ended without being alive")));
        };
        if let Some(line) = row.queue.and_then(|queue| self.waiting.get_mut(&queue)) {
            line.remove(&call);
        }
        Ok(())
    }

    /// D12: one disposition by one agent for one call.
    pub(super) fn disposed(
        &mut self,
        call: CallId,
        agent: AgentId,
        lead: Option<LeadId>,
        recycle: Option<&Recycle>,
    ) -> Found {
        if !self.disposed.insert((call, agent)) {
            return Err((Invariant::D12, format!("call {call} was disposed of twice by {agent}")));
        }
        if let (Some(lead), Some(recycle)) = (lead, recycle) {
            self.recycled(lead, recycle)?;
            if recycle.status == LeadStatus::DoNotCall {
                self.objected(lead);
            }
        }
        Ok(())
    }

    /// This person asked not to be called again.
    pub(super) fn objected(&mut self, lead: LeadId) {
        self.closed.insert(lead, LeadStatus::DoNotCall);
    }

    /// D12: who asked not to be called is never due again.
    pub(super) fn recycled(&self, lead: LeadId, recycle: &Recycle) -> Found {
        match self.closed.get(&lead) {
            Some(closed) if recycle.status != *closed => {
                let to = recycle.status;
                Err((Invariant::D12, format!("lead {lead} went from {closed} to {to}")))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn end(&self) -> Found {
        match self.live.keys().next() {
            Some(call) => Err((Invariant::D1, format!("call {call} never ended"))),
            None => Ok(()),
        }
    }

    /// Callers without an agent, and since when they wait in the queue that they are in.
    pub(super) fn in_line(&self) -> impl Iterator<Item = (CallId, Timestamp)> + '_ {
        let calls = self.waiting.values().flat_map(BTreeMap::keys);
        calls.filter_map(|call| Some((*call, self.live.get(call)?.waits?)))
    }

    /// How many came to the queue of a caller before them, and wait there; who has waited for as
    /// long as one waits is gone.
    pub(super) fn ahead(&self, call: CallId, wall: Timestamp) -> Option<usize> {
        let queue = self.live.get(&call)?.queue?;
        let line = self.waiting.get(&queue)?;
        let own = line.get(&call)?;
        let waits = |(other, since): &(&CallId, &Timestamp)| {
            let waits = self.live.get(other).and_then(|row| row.waits).unwrap_or(wall);
            *since < own && wall.duration_since(waits) < self.patience(queue)
        };
        Some(line.iter().filter(waits).count())
    }

    fn patience(&self, queue: QueueId) -> SignedDuration {
        self.patience.get(&queue).copied().unwrap_or_default()
    }

    fn row(&mut self, call: CallId) -> Result<&mut Call, (Invariant, String)> {
        let gone = || (Invariant::D1, format!("call {call} is told of and not alive"));
        self.live.get_mut(&call).ok_or_else(gone)
    }
}

impl Call {
    /// A caller of a queue of whom nothing is known there yet.
    fn is_new_in_queue(&self) -> bool {
        !self.dialled && self.queue.is_some() && self.queued.is_none() && self.agent.is_none()
    }
}

/// What an agent answers, and how urgently.
#[derive(Clone, Debug)]
pub(super) struct Serves {
    pub(super) queues: Vec<(QueueId, Priority)>,
    pub(super) campaigns: Vec<CampaignId>,
}

/// Two seconds from the answer to an agent or the notice (47 CFR 64.1200(a)(7)), and a moment.
const LEGAL_WAIT: SignedDuration = SignedDuration::from_millis(2_050);

/// The longest notice after the longest wait.
const LONGEST_NOTICE: SignedDuration = SignedDuration::from_secs(25);

/// Whoever has waited for so much less than the longest wait is in line.
const A_MOMENT: SignedDuration = SignedDuration::from_secs(5);

/// Short of the floor's ageing step.
const FRESH: SignedDuration = SignedDuration::from_secs(110);
