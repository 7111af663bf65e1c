//! What the floor tells, carried into calls, lines and the journal.

use std::time::{Duration, Instant};

use media::Standing;
use routing::{
    AgentId, CallId, DidTarget, Event, Interval, Offer, Overflow, QueueId, State, StateName,
    Target, Work,
};
use store::Event as Record;

use super::views::count;
use super::{Now, Output, Switch, streams};
use crate::call::{Input, Origin, Wanted};

impl Switch {
    /// Deals with one event of the floor.
    pub(super) fn floor_event(&mut self, now: Now, event: Event, out: &mut Vec<Output>) {
        match event {
            Event::StateChanged { agent, from, to, note, .. } => {
                self.agent_moved(now, agent, (&from, &to), note, out);
            }
            Event::Latched { agent, .. } => {
                self.touched.agents.insert(agent);
                self.tell_agent(now, agent);
            }
            Event::Interval(interval) => self.write_interval(now, interval, out),
            Event::Assigned { reserved, .. } => self.connect(now, reserved, out),
            Event::Position { call, position, .. } => self.tell_standing(now, call, position, out),
            Event::Comfort { call, queue } => self.comfort(call, queue, out),
            Event::LetGo { call, .. } if self.places.of_next(call).is_some() => {
                self.place_let_go(now, call, out);
            }
            Event::LetGo { agent, call, .. } if self.stopped_looking(now, agent, call) => {}
            Event::LetGo { call, waits: false, .. } if self.is_by_hand(call) => {
                self.drive(now, call, Input::HangUp, out);
            }
            Event::LetGo { call, waits: false, .. } => self.seek(now, call, out),
            Event::LetGo { call, waits: true, .. } => {
                if self.floor.is_waiting(call) {
                    self.note_wait(now, call, out);
                }
                self.drive(now, call, Input::LetGo, out);
            }
            Event::WrapUpEnded { .. } => {}
            Event::GroupTurned { agent, .. } => drop(self.touched.agents.insert(agent)),
            Event::HandedOff { call, queue, .. } => {
                if let Some(slot) = self.calls.get_mut(&call) {
                    (slot.wanted, slot.transferred) = (Some(Wanted::Queue(queue)), false);
                }
                self.drive(now, call, Input::Returned, out);
            }
            Event::Stranded { call, .. } => self.drive(now, call, Input::Stranded, out),
            Event::Overflowed { call, .. } | Event::Expired { call, .. }
                if self.places.of_next(call).is_some() =>
            {
                self.place_over(now, call, out);
            }
            Event::Overflowed { call, action, .. } => self.overflow(now, call, action, out),
            Event::Expired { call, .. } => self.drive(now, call, Input::Unserved, out),
        }
    }

    /// A caller hears the place in line and, where their queue has it so and knows it, the wait.
    fn tell_standing(&self, now: Now, call: CallId, position: usize, out: &mut Vec<Output>) {
        let Some(slot) = self.calls.get(&call) else { return };
        let Some(party) = slot.call.customer else { return };
        let queue = slot.queue.filter(|id| self.floor.queue(*id).is_some_and(|q| q.announce_wait));
        let waits = queue.and_then(|queue| self.waits.get(&queue));
        let likely = waits.and_then(|waits| waits.likely(now.at, count(position)));
        let minutes = |wait: Duration| u16::try_from(wait.as_secs().div_ceil(60)).ok();
        let wait_min = likely
            .and_then(|wait| if wait < Duration::from_mins(1) { Some(0) } else { minutes(wait) });
        let place = u16::try_from(position).unwrap_or(u16::MAX);
        let call_back = self.call_back_of(slot).map(|(terms, _)| terms.digit);
        streams::standing(party.stream, Standing { place, wait_min, call_back }, out);
    }

    /// A caller in line hears the clip of the queue.
    fn comfort(&self, call: CallId, queue: QueueId, out: &mut Vec<Output>) {
        let clip = self.floor.queue(queue).and_then(|queue| queue.comfort.clone());
        let party = self.calls.get(&call).and_then(|slot| slot.call.customer);
        if let (Some(clip), Some(party)) = (clip, party) {
            streams::comfort(party.stream, clip, out);
        }
    }

    fn agent_moved(
        &mut self,
        now: Now,
        agent: AgentId,
        (from, to): (&State, &State),
        note: Option<String>,
        out: &mut Vec<Output>,
    ) {
        self.touched.agents.insert(agent);
        self.tell_agent(now, agent);
        self.pace_for(agent);
        if !matches!(to, State::NotReady | State::Paused { .. }) {
            self.unwatch(agent, out);
        }
        let (was_out, is_out) = (is_out(from), is_out(to));
        if was_out == is_out {
            return self.line_follows(now, agent, (from, to), out);
        }
        let unit = self.floor.agent(agent).and_then(|view| view.unit);
        let clock = Record::AgentClock { agent, clocked_in: was_out, reason: note, unit };
        self.write(now, clock, out);
        if was_out {
            self.open_line(now, agent, out);
        } else {
            self.leave_line(now, agent, out);
        }
    }

    fn write_interval(&mut self, now: Now, interval: Interval, out: &mut Vec<Output>) {
        let event = Record::AgentInterval {
            agent: interval.agent,
            state: interval.state,
            counts: interval.counts,
            reason: interval.reason,
            from: self.wall(interval.from),
            to: self.wall(interval.to),
            call: interval.call,
            campaign: interval.campaign,
        };
        self.write(now, event, out);
    }

    /// Puts a call to the floor: an agent at once, a place in line, or what its overflow says.
    pub(super) fn offer(&mut self, now: Now, id: CallId, work: Work, out: &mut Vec<Output>) {
        let work = Work { since: self.in_line_since(now, id, work.target), ..work };
        match self.floor(|floor, o| floor.offer(now.at, id, work, o)) {
            Offer::Reserved(reserved) => self.connect(now, reserved, out),
            Offer::Waiting { .. } => self.wait(now, id, out),
            Offer::Full => {
                let action = self.full(work.target);
                self.overflow(now, id, action, out);
            }
            Offer::Unavailable(_) => {
                let action = self.unavailable(id);
                self.overflow(now, id, action, out);
            }
        }
    }

    /// Nobody is free: a caller hears music; whom we dialled has two seconds of silence.
    fn wait(&mut self, now: Now, id: CallId, out: &mut Vec<Output>) {
        self.note_wait(now, id, out);
        let slot = self.calls.get(&id);
        let slot = slot.filter(|slot| slot.meant().is_some() || slot.call.connected_to().is_some());
        if let Some((slot, stream)) = slot.and_then(|slot| Some((slot, self.near(slot)?))) {
            streams::music(stream, self.music_of(slot), out);
        }
    }

    /// The record of a call says once that it waits in its queue, also where it does only because
    /// nobody picked up the telephone that rang for it.
    fn note_wait(&mut self, now: Now, id: CallId, out: &mut Vec<Output>) {
        let Some(slot) = self.calls.get_mut(&id) else { return };
        let Some(Wanted::Queue(queue)) = slot.meant() else { return };
        slot.queue = Some(queue);
        let told = slot.told_queue.replace(queue) == Some(queue);
        self.touched.queues.insert(queue);
        if !told {
            self.write(now, Record::CallQueued { call: id, queue }, out);
        }
    }

    /// Since when a caller has a place in the line of their queue: whom an agent's lost line brings
    /// back has the one they had (FAULTS F11), and whoever is sent there comes last.
    fn in_line_since(&mut self, now: Now, id: CallId, target: Target) -> Option<Instant> {
        let Target::Queue(queue) = target else { return None };
        let slot = self.calls.get_mut(&id)?;
        let back = slot.call.connected_to().is_some() && !slot.transferred;
        let had = slot.came.filter(|(own, _)| back && *own == queue);
        Some(slot.came.insert(had.unwrap_or((queue, now.at))).1)
    }

    /// What shall happen to a call that finds no place in line: its queue says.
    fn full(&self, target: Target) -> Overflow {
        match target {
            Target::Queue(queue) => {
                self.floor.queue(queue).map_or(Overflow::Notice, |queue| queue.overflow)
            }
            _ => Overflow::Notice,
        }
    }

    /// What shall happen to a call whose target takes none: its DID says.
    fn unavailable(&self, id: CallId) -> Overflow {
        let origin = self.calls.get(&id).map(|slot| slot.call.origin);
        match origin {
            Some(Origin::Inbound { did, .. }) => {
                self.directory.did_by_id(did).map_or(Overflow::Notice, |did| did.unavailable)
            }
            _ => Overflow::Notice,
        }
    }

    pub(super) fn overflow(
        &mut self,
        now: Now,
        id: CallId,
        action: Overflow,
        out: &mut Vec<Output>,
    ) {
        let Some(slot) = self.calls.get_mut(&id) else { return };
        slot.overflows += 1;
        slot.told_queue = None;
        if slot.overflows > OVERFLOWS_MAX {
            return self.drive(now, id, Input::Unserved, out);
        }
        let wanted = match self.at_home(action) {
            Overflow::Notice => return self.drive(now, id, Input::Unserved, out),
            Overflow::HangUp => return self.drive(now, id, Input::HangUp, out),
            Overflow::Voicemail => return self.take_message(now, id, out),
            Overflow::Number { number } => return self.forward(now, id, number, out),
            Overflow::Workflow { workflow } => return self.follow(now, id, workflow, out),
            Overflow::Queue { queue } => Wanted::Queue(queue),
            Overflow::Agent { agent } => Wanted::Agent(agent),
        };
        if let Wanted::Queue(queue) = wanted {
            self.sent_to_queue(now, id, queue, out);
        }
        if let Some(slot) = self.calls.get_mut(&id) {
            (slot.wanted, slot.transferred) = (Some(wanted), false);
        }
        self.seek(now, id, out);
    }

    /// A caller is another queue's from here on: each queue counts them once, as what they came to
    /// there. Who comes round has not been sent elsewhere after all.
    fn sent_to_queue(&mut self, now: Now, id: CallId, queue: QueueId, out: &mut Vec<Output>) {
        let Some(slot) = self.calls.get(&id) else { return };
        let Origin::Inbound { .. } = slot.call.origin else { return };
        if slot.call.connected_to().is_some() {
            return;
        }
        let left = slot.queue.filter(|left| *left != queue && slot.offered.contains(left));
        let back = slot.offered.contains(&queue) && slot.queue != Some(queue);
        self.caller_arrived(now, id, queue);
        self.count_queue(left, |counts| counts.overflowed += 1);
        if back {
            self.count_queue(Some(queue), |counts| {
                counts.overflowed = counts.overflowed.saturating_sub(1);
            });
        }
        if let Some(slot) = self.calls.get_mut(&id) {
            (slot.queue, slot.told_queue) = (Some(queue), Some(queue));
        }
        // Its record says so even where an agent is free and nobody waits.
        self.write(now, Record::CallQueued { call: id, queue }, out);
    }

    /// A number of our own is reached here, under the bound of [`OVERFLOWS_MAX`]: by a carrier each
    /// round would be a new call (FAULTS F24).
    fn at_home(&self, action: Overflow) -> Overflow {
        let Overflow::Number { number } = action else { return action };
        match self.directory.did(number).map(|did| did.target) {
            Some(DidTarget::Queue { queue }) => Overflow::Queue { queue },
            Some(DidTarget::Agent { agent }) => Overflow::Agent { agent },
            Some(DidTarget::Workflow { workflow }) => Overflow::Workflow { workflow },
            Some(DidTarget::CallIn) => Overflow::Notice,
            None => action,
        }
    }
}

fn is_out(state: &State) -> bool {
    state.name() == StateName::LoggedOut
}

/// How often one call is sent elsewhere; queues that point at each other end here.
const OVERFLOWS_MAX: u8 = 8;
