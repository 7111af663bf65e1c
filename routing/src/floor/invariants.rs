//! The floor's invariants, recomputed from scratch (FAULTS D4, D5 and the house's own).

use super::alarm::Alarm;
use super::view::Tallies;
use super::work::Target;
use super::{Floor, Seat};
use crate::presence::State;
use std::collections::BTreeMap;

impl Floor {
    /// Tells the first invariant that does not hold; for the simulator, after every step.
    pub fn check_invariants(&self) -> Result<(), String> {
        self.check_owners()?;
        self.check_reservations()?;
        self.check_pool()?;
        self.check_waiting()?;
        self.check_tallies()
    }

    /// A call has exactly one owner, and the agent's state names it.
    fn check_owners(&self) -> Result<(), String> {
        let mut owned = BTreeMap::new();
        for (id, seat) in &self.seats {
            if let Some(call) = seat.presence.state().owns() {
                if let Some(other) = owned.insert(call, *id) {
                    return Err(format!("call {call} is owned by agents {other} and {id}"));
                }
                if self.waiting.get(call).is_some() {
                    return Err(format!("call {call} waits and is owned by agent {id}"));
                }
            }
        }
        if owned != self.owners {
            return Err(format!("owners by state {owned:?}, by index {:?}", self.owners));
        }
        Ok(())
    }

    /// Whatever ends by itself has its alarm, and there is no other alarm.
    fn check_reservations(&self) -> Result<(), String> {
        let mut alarms = 0;
        for (id, seat) in &self.seats {
            let state = seat.presence.state();
            if let Some(until) = state.until() {
                alarms += 1;
                if !self.alarms.contains(until, Alarm::Agent(*id)) {
                    return Err(format!("agent {id} is {} without an alarm", state.name()));
                }
            }
            if let Some(at) = seat.groups.alarm {
                alarms += 1;
                if !self.alarms.contains(at, Alarm::Idle(*id)) {
                    return Err(format!("agent {id} is watched without an alarm"));
                }
            }
            check_held(seat).map_err(|why| format!("agent {id}: {why}"))?;
        }
        for entry in self.waiting.calls() {
            let call = entry.turn.call;
            alarms += 1 + usize::from(entry.announce_at.is_some());
            alarms += usize::from(entry.comfort_at.is_some());
            let announced =
                entry.announce_at.is_none_or(|at| self.alarms.contains(at, Alarm::Announce(call)));
            if !announced || !self.alarms.contains(entry.deadline, Alarm::Call(call)) {
                return Err(format!("call {call} waits without its alarms"));
            }
        }
        if alarms != self.alarms.len() {
            return Err(format!("{} alarms, of which {alarms} belong", self.alarms.len()));
        }
        Ok(())
    }

    /// Who is ready stands in each line of theirs once, and nobody else stands there.
    fn check_pool(&self) -> Result<(), String> {
        let mut entries = 0;
        for (id, seat) in &self.seats {
            if *seat.presence.state() != State::Ready {
                continue;
            }
            let Some(place) = seat.place else {
                return Err(format!("agent {id} is ready without a place"));
            };
            let standing = seat.ranks(&self.queues, place);
            entries += standing.len();
            if standing != seat.standing || !self.pool.holds(&standing) {
                return Err(format!("agent {id} is ready and stands elsewhere in the pool"));
            }
            if let Some(fault) = seat.presence.fault() {
                return Err(format!("agent {id} is ready with {fault:?}"));
            }
        }
        if entries != self.pool.entries() {
            return Err(format!("{} in the pool, of which {entries} belong", self.pool.entries()));
        }
        Ok(())
    }

    /// No call waits while an agent who may take it is ready, nor in a queue that is gone.
    fn check_waiting(&self) -> Result<(), String> {
        let mut lined = 0;
        for target in self.waiting.targets() {
            lined += self.waiting.line_len(target);
            if let Some(agent) = self.pool.first(target) {
                return Err(format!("a call waits for {target:?} while agent {agent} is ready"));
            }
            let there = match target {
                Target::Campaign(_) => true,
                Target::Queue(queue) => self.queues.contains_key(&queue),
                Target::Agent(agent) => self.seats.contains_key(&agent),
            };
            if !there {
                return Err(format!("a call waits for {target:?}, which is gone"));
            }
        }
        if lined != self.waiting.len() {
            return Err(format!("{} calls wait, {lined} stand in lines", self.waiting.len()));
        }
        if lined > self.limits.waiting_max + self.limits.agents_max {
            return Err(format!("{lined} calls wait, over every bound"));
        }
        Ok(())
    }

    fn check_tallies(&self) -> Result<(), String> {
        let mut counted = Tallies::default();
        for seat in self.seats.values() {
            counted.count(&seat.profile, seat.presence.state());
        }
        if counted.0 != self.tallies.0 {
            return Err(format!("tallies {:?}, counted {:?}", self.tallies.0, counted.0));
        }
        Ok(())
    }
}

/// Work is held exactly while it is set aside or rings; a call that the agent dials is not held.
fn check_held(seat: &Seat) -> Result<(), String> {
    let state = seat.presence.state();
    let held = seat.held.as_ref().map(|held| held.entry.turn.call);
    let sound = match state {
        State::Ringing { call, .. } if seat.presence.is_outgoing() => {
            held.is_none_or(|held| held == *call)
        }
        State::Reserved { call, .. }
        | State::Ringing { call, .. }
        | State::Previewing { call, .. } => held == Some(*call),
        _ => held.is_none(),
    };
    if sound { Ok(()) } else { Err(format!("is {} and holds {held:?}", state.name())) }
}
