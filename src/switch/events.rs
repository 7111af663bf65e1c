//! What the floor tells, carried into calls, lines and the journal.

use routing::{AgentId, CallId, Event, Interval, Offer, Overflow, State, StateName, Target, Work};
use store::Event as Record;

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
            Event::Position { call, position, .. } => {
                let party = self.calls.get(&call).and_then(|slot| slot.call.customer);
                if let Some(party) = party {
                    let position = u16::try_from(position).unwrap_or(u16::MAX);
                    streams::position(party.stream, position, out);
                }
            }
            Event::LetGo { agent, call, .. } if self.stopped_looking(now, agent, call) => {}
            Event::LetGo { call, waits: false, .. } if self.is_by_hand(call) => {
                self.drive(now, call, Input::HangUp, out);
            }
            Event::LetGo { call, waits: false, .. } => self.seek(now, call, out),
            Event::LetGo { call, waits: true, .. } => self.drive(now, call, Input::LetGo, out),
            Event::WrapUpEnded { .. } => {}
            Event::GroupTurned { agent, .. } => drop(self.touched.agents.insert(agent)),
            Event::HandedOff { call, queue, .. } => {
                if let Some(slot) = self.calls.get_mut(&call) {
                    (slot.wanted, slot.transferred) = (Some(Wanted::Queue(queue)), false);
                }
                self.drive(now, call, Input::Returned, out);
            }
            Event::Stranded { call, .. } => self.drive(now, call, Input::Stranded, out),
            Event::Overflowed { call, action, .. } => self.overflow(now, call, action, out),
            Event::Expired { call, .. } => self.drive(now, call, Input::Unserved, out),
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
        let Some(slot) = self.calls.get_mut(&id) else { return };
        let rescued = slot.call.connected_to().is_some();
        let wanted = slot.meant();
        if let Some(Wanted::Queue(queue)) = wanted {
            slot.queue = Some(queue);
            let told = slot.told_queue.take() == Some(queue);
            self.touched.queues.insert(queue);
            if !told {
                self.write(now, Record::CallQueued { call: id, queue }, out);
            }
        }
        if wanted.is_none() && !rescued {
            return;
        }
        let slot = self.calls.get(&id);
        if let Some((slot, stream)) = slot.and_then(|slot| Some((slot, self.near(slot)?))) {
            streams::music(stream, self.music_of(slot), out);
        }
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
        if slot.overflows > OVERFLOWS_MAX {
            return self.drive(now, id, Input::Unserved, out);
        }
        let wanted = match action {
            Overflow::Notice => return self.drive(now, id, Input::Unserved, out),
            Overflow::HangUp => return self.drive(now, id, Input::HangUp, out),
            Overflow::Voicemail => return self.take_message(now, id, out),
            Overflow::Number { number } => return self.forward(now, id, number, out),
            Overflow::Workflow { workflow } => return self.follow(now, id, workflow, out),
            Overflow::Queue { queue } => Wanted::Queue(queue),
            Overflow::Agent { agent } => Wanted::Agent(agent),
        };
        (slot.wanted, slot.transferred) = (Some(wanted), false);
        self.seek(now, id, out);
    }
}

fn is_out(state: &State) -> bool {
    state.name() == StateName::LoggedOut
}

/// How often one call is sent elsewhere; queues that point at each other end here.
const OVERFLOWS_MAX: u8 = 8;
