//! Who gets which call: the matching of waiting calls and ready agents, and the end of a wait.

use super::alarm::Alarm;
use super::order::Turn;
use super::waiting::Entry;
use super::work::{Reserved, Target, Work};
use super::{Event, Expiry, Floor, Held, ms};
use crate::ids::{AgentId, CallId};
use crate::presence::{Cause, Input, State};
use crate::queues::Queue;
use std::time::{Duration, Instant};

impl Floor {
    /// The agent became ready: the call that is next is the agent's; without one the agent waits
    /// in the pool.
    pub(super) fn match_agent(&mut self, now: Instant, agent: AgentId, out: &mut Vec<Event>) {
        let ageing = ms(self.limits.ageing_ms);
        loop {
            let Some(seat) = self.seats.get_mut(&agent) else { return };
            if *seat.presence.state() != State::Ready {
                return;
            }
            let Some(call) = self.waiting.best_for(now, ageing, seat.open_lines()) else {
                if let Some(place) = seat.place.filter(|_| seat.standing.is_empty()) {
                    seat.standing = seat.ranks(&self.queues, place);
                    self.pool.insert(&seat.standing);
                }
                return;
            };
            // A driver that is late must not let a call past its deadline through.
            if self.waiting.get(call).is_some_and(|entry| entry.deadline < now) {
                self.expire(call, out);
                continue;
            }
            let Some(entry) = self.leave(call) else { return };
            self.assign(now, agent, entry, out);
        }
    }

    /// A call that an agent let go of goes to the next one, or waits at its old place.
    ///
    /// The waiting bound does not hold it back: it was let in once, and agents are bounded too.
    pub(super) fn put_back(&mut self, now: Instant, entry: Entry, out: &mut Vec<Event>) {
        self.wait(entry);
        let call = entry.turn.call;
        if entry.deadline < now {
            self.expire(call, out);
        } else if let Some(agent) = self.taker(&entry.work) {
            self.leave(call);
            self.assign(now, agent, entry, out);
        }
    }

    /// The call has waited as long as it may.
    pub(super) fn expire(&mut self, call: CallId, out: &mut Vec<Event>) {
        let Some(entry) = self.leave(call) else { return };
        let target = entry.work.target;
        let own = entry.work.kept.is_some()
            || entry.work.deadline.is_some_and(|deadline| deadline <= entry.deadline);
        out.push(match target {
            Target::Queue(queue) if !own => {
                let action = self.queues.get(&queue).map(|q| q.overflow).unwrap_or_default();
                Event::Overflowed { call, queue, action }
            }
            _ => Event::Expired { call, target, why: Expiry::Deadline },
        });
    }

    /// The caller hears the position, and will again.
    pub(super) fn announce(&mut self, now: Instant, call: CallId, out: &mut Vec<Event>) {
        self.tell_position(call, out);
        let Some(entry) = self.waiting.get_mut(call) else { return };
        let Target::Queue(queue) = entry.work.target else { return };
        let every = self.queues.get(&queue).map_or(0, |queue| queue.announce_every_ms);
        entry.announce_at = (every > 0).then(|| now + ms(every));
        if let Some(at) = entry.announce_at {
            self.alarms.set(at, Alarm::Announce(call));
        }
        let near = entry.comfort_at.filter(|at| *at < now + APART);
        if let Some(near) = near {
            entry.comfort_at = Some(now + APART);
            self.alarms.replace(Some(near), entry.comfort_at, Alarm::Comfort(call));
        }
    }

    /// The caller hears the queue's clip, and will again; not so near to the position that one
    /// would be cut off by the other.
    pub(super) fn comfort(&mut self, now: Instant, call: CallId, out: &mut Vec<Event>) {
        let Some(entry) = self.waiting.get_mut(call) else { return };
        let Target::Queue(queue) = entry.work.target else { return };
        let every = comfort_every(self.queues.get(&queue));
        let position = entry.announce_at.filter(|at| *at < now + APART);
        entry.comfort_at = every.map(|every| position.map_or(now + every, |at| at + APART));
        if let Some(at) = entry.comfort_at {
            self.alarms.set(at, Alarm::Comfort(call));
        }
        if every.is_some() && position.is_none() {
            out.push(Event::Comfort { call, queue });
        }
    }

    /// Takes every call out of a line.
    pub(super) fn drain_line(&mut self, target: Target) -> Vec<CallId> {
        let calls: Vec<CallId> = self.waiting.line(target).map(|entry| entry.turn.call).collect();
        for call in &calls {
            self.leave(*call);
        }
        calls
    }

    pub(super) fn entry(&mut self, now: Instant, call: CallId, work: Work) -> Entry {
        let queue = match work.target {
            Target::Queue(queue) => self.queues.get(&queue),
            Target::Campaign(_) | Target::Agent(_) => None,
        };
        let arrived = work.kept.map(|kept| kept.since).or(work.since).unwrap_or(now);
        let longest = now + ms(queue.map_or(self.limits.wait_ms_max, |queue| queue.wait_ms_max));
        let longest = work.kept.map_or(longest, |kept| kept.until);
        let deadline = work.deadline.map_or(longest, |deadline| deadline.min(longest));
        let due = if work.answered {
            deadline
        } else {
            arrived + ms(queue.map_or(0, |queue| queue.service_level_ms))
        };
        let every = queue.map_or(0, |queue| queue.announce_every_ms);
        let announce_at = (every > 0 && work.kept.is_none()).then(|| now + ms(every));
        let comfort = comfort_every(queue).filter(|_| work.kept.is_none());
        let comfort_at = comfort.map(|every| now + every);
        let serial = self.next_serial();
        let turn = Turn { due, serial, call, arrived };
        Entry { work, turn, deadline, announce_at, comfort_at }
    }

    /// Who takes a call now: the one named, or the longest idle of the line.
    pub(super) fn taker(&self, work: &Work) -> Option<AgentId> {
        let Target::Agent(agent) = work.target else { return self.pool.first(work.target) };
        let seat = self.seats.get(&agent)?;
        let takes = match seat.presence.state() {
            State::Ready => true,
            State::Paused { .. } => {
                work.transfer
                    && seat.profile.transfers_when_paused
                    && seat.presence.fault().is_none()
            }
            _ => false,
        };
        takes.then_some(agent)
    }

    pub(super) fn take(
        &mut self,
        now: Instant,
        entry: Entry,
        present: bool,
        out: &mut Vec<Event>,
    ) -> Option<Reserved> {
        let agent = self.taker(&entry.work)?;
        self.set_aside(now, agent, entry, present, out)
    }

    fn assign(&mut self, now: Instant, agent: AgentId, entry: Entry, out: &mut Vec<Event>) {
        if let Some(reserved) = self.set_aside(now, agent, entry, true, out) {
            out.push(Event::Assigned { call: entry.turn.call, reserved });
        }
    }

    /// Sets an agent aside; the only place where a reservation is made.
    fn set_aside(
        &mut self,
        now: Instant,
        agent: AgentId,
        entry: Entry,
        present: bool,
        out: &mut Vec<Event>,
    ) -> Option<Reserved> {
        // Never nothing: a reservation that lapses as it is made would be made again, for ever.
        let until = now + ms(self.limits.reserve_ms.max(1));
        let Turn { call, .. } = entry.turn;
        let campaign = entry.work.campaign.or(match entry.work.target {
            Target::Campaign(campaign) => Some(campaign),
            Target::Queue(_) | Target::Agent(_) => None,
        });
        let paused_too = entry.work.transfer;
        let internal = entry.work.internal;
        let input = Input::Reserve { call, campaign, until, paused_too, internal };
        let done = self.step(now, agent, input, Cause::Call, out);
        debug_assert!(done.is_ok(), "whoever takes calls can be reserved: {done:?}");
        done.ok()?;
        let serial = self.next_serial();
        let seat = self.seats.get_mut(&agent)?;
        seat.held = Some(Held { entry, serial, present });
        Some(Reserved { agent, call, until, serial })
    }

    pub(super) fn is_full(&self, target: Target) -> bool {
        let line_max = match target {
            Target::Queue(queue) => self.queues.get(&queue).map_or(0, |queue| queue.length_max),
            Target::Campaign(_) | Target::Agent(_) => u32::MAX,
        };
        let line_max = usize::try_from(line_max).unwrap_or(usize::MAX);
        self.waiting.len() >= self.limits.waiting_max || self.waiting.line_len(target) >= line_max
    }

    pub(super) fn wait(&mut self, entry: Entry) {
        let call = entry.turn.call;
        self.alarms.set(entry.deadline, Alarm::Call(call));
        if let Some(at) = entry.announce_at {
            self.alarms.set(at, Alarm::Announce(call));
        }
        if let Some(at) = entry.comfort_at {
            self.alarms.set(at, Alarm::Comfort(call));
        }
        self.waiting.insert(entry);
    }

    pub(super) fn leave(&mut self, call: CallId) -> Option<Entry> {
        let entry = self.waiting.remove(call)?;
        self.alarms.clear(entry.deadline, Alarm::Call(call));
        if let Some(at) = entry.announce_at {
            self.alarms.clear(at, Alarm::Announce(call));
        }
        if let Some(at) = entry.comfort_at {
            self.alarms.clear(at, Alarm::Comfort(call));
        }
        Some(entry)
    }
}

/// How often callers of a queue hear its clip, where it has one.
fn comfort_every(queue: Option<&Queue>) -> Option<Duration> {
    queue.filter(|queue| queue.comfort.is_some()).map(|queue| ms(queue.comfort_every_ms))
}

/// Long enough to tell a position and a wait.
const APART: Duration = Duration::from_secs(10);
