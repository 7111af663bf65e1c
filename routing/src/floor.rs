//! The floor: the one owner of agent states, the ready pool and the queues.
//!
//! ```text
//! offer ─┬─ an agent is free ──────────▶ Reserved ─┬─ connect ──────────▶ the agent's
//!        └─ none ▶ Waiting ─ one is now ▶ Assigned ┴─ ring ─▶ answered ─▶ the agent's
//!                   ▲ │ │                            │
//!                   │ │ └─ its deadline ▶ Expired    │
//!                   │ └─ its longest wait ▶ Overflowed
//!                   └──────────── let go ◀───────────┘
//! ```
//!
//! Invariants, told by [`Floor::check_invariants`]: an agent is in exactly one place, a call has
//! exactly one owner, each reservation has a deadline, and no call waits while an agent who may
//! take it is ready: whoever becomes ready is matched in the same call. The order among calls and
//! the order among agents are one function each, in `order`. Every verb first lets end what is
//! over by `now`, so a driver that is late never revives what its deadline has ended.

mod alarm;
mod attendance;
mod calls;
mod event;
mod groups;
mod invariants;
mod matching;
mod order;
mod pool;
mod reach;
mod settings;
mod verbs;
mod view;
mod waiting;
mod work;

pub use event::{Event, Expiry};
pub use verbs::Force;
pub use view::{AgentView, Tally};
pub use work::{Kept, Limits, Offer, Reserved, Target, Work};

use crate::agents::{Agent, LinePlan};
use crate::alarms::Alarms;
use crate::ids::{AgentId, CallId, QueueId, TeamId};
use crate::organisation::Policy;
use crate::presence::{Cause, Change, Input, Presence, Refusal, Refused, State};
use crate::queues::Queue;
use crate::teams::Team;
use alarm::Alarm;
use groups::Groups;
use order::Place;
use pool::{Pool, Standing};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use view::Tallies;
use waiting::{Entry, Waiting};

/// The one owner of agent states, the ready pool and the queues.
#[derive(Debug)]
pub struct Floor {
    limits: Limits,
    policy: Policy,
    seats: BTreeMap<AgentId, Seat>,
    teams: BTreeMap<TeamId, Team>,
    queues: BTreeMap<QueueId, Queue>,
    pool: Pool,
    waiting: Waiting,
    /// The agent who owns a call that does not wait.
    owners: BTreeMap<CallId, AgentId>,
    /// Who parked a call that is parked.
    parkers: BTreeMap<CallId, AgentId>,
    tallies: Tallies,
    alarms: Alarms<Alarm>,
    /// Orders what happens at the same instant, and tells one reservation from the next.
    serial: u64,
}

/// An agent on the floor.
#[derive(Debug)]
struct Seat {
    profile: Agent,
    presence: Presence,
    /// The team that the agent clocked in to (R187).
    unit: Option<TeamId>,
    /// How the agent's line is made in this shift, or would be in the next.
    line: LinePlan,
    /// The place in the ready pool, kept while work is set aside that may come to nothing.
    place: Option<Place>,
    /// Where the agent stands in the pool by that place; nowhere for who is not ready.
    standing: Standing,
    groups: Groups,
    /// The work that is set aside or rings.
    held: Option<Held>,
    /// The profile is removed, and the seat goes with the last call.
    leaving: bool,
}

/// Work set aside for an agent.
#[derive(Debug)]
struct Held {
    entry: Entry,
    /// Which token may use the reservation.
    serial: u64,
    /// A customer is there already, and waits again if the agent lets go.
    present: bool,
}

impl Floor {
    /// An empty floor.
    #[must_use]
    pub fn new(limits: Limits, policy: Policy) -> Self {
        Self {
            limits,
            policy,
            seats: BTreeMap::new(),
            teams: BTreeMap::new(),
            queues: BTreeMap::new(),
            pool: Pool::default(),
            waiting: Waiting::default(),
            owners: BTreeMap::new(),
            parkers: BTreeMap::new(),
            tallies: Tallies::default(),
            alarms: Alarms::default(),
            serial: 0,
        }
    }

    /// Time passed: what is over ends.
    pub fn tick(&mut self, now: Instant, out: &mut Vec<Event>) {
        while let Some(alarm) = self.alarms.due(now) {
            match alarm {
                Alarm::Agent(agent) => {
                    let ticked = self.step(now, agent, Input::Tick, Cause::Timeout, out);
                    debug_assert!(ticked.is_ok(), "a tick is legal in every state: {ticked:?}");
                }
                Alarm::Idle(agent) => self.idle(now, agent, out),
                Alarm::Call(call) => self.expire(call, out),
                Alarm::Announce(call) => self.announce(now, call, out),
                Alarm::Comfort(call) => self.comfort(now, call, out),
            }
        }
    }

    /// When [`Floor::tick`] is due.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        self.alarms.first()
    }

    /// Gives an agent one input, and brings everything that depends on the state along.
    fn step(
        &mut self,
        now: Instant,
        agent: AgentId,
        input: Input,
        cause: Cause,
        out: &mut Vec<Event>,
    ) -> Result<(), Refused> {
        let seat = self.seats.get_mut(&agent).ok_or_else(unknown_agent)?;
        let latch = seat.presence.latch().cloned();
        if cause == Cause::Agent {
            seat.groups.seen(now);
        }
        // A call that is over is nobody's; one that an agent only let go of still wants one.
        let over = matches!(input, Input::Release | Input::Ended | Input::Turn { .. });
        match seat.presence.handle(now, input, cause)? {
            Some(change) => self.follow(now, agent, change, over, out),
            None if seat.presence.latch() != latch.as_ref() => {
                let latch = seat.presence.latch().cloned();
                out.push(Event::Latched { agent, latch, at: now });
            }
            None => {}
        }
        Ok(())
    }

    /// Brings indices, ownership and events along with an agent's change of state.
    fn follow(
        &mut self,
        now: Instant,
        agent: AgentId,
        change: Change,
        over: bool,
        out: &mut Vec<Event>,
    ) {
        self.index(agent, &change, over);
        let Change { from, to, cause, note, at, interval } = change;
        let let_go = self.hand_over(agent, &from, &to, over);
        if let State::WrapUp { call, .. } = from {
            out.push(Event::WrapUpEnded { agent, call, cause });
        }
        let stranded = matches!(from, State::System { .. }).then(|| from.owns()).flatten();
        let gone = to == State::LoggedOut;
        let ready = to == State::Ready;
        let away = matches!(to, State::Paused { .. } | State::LoggedOut);
        out.push(Event::StateChanged { agent, from, to, cause, note, at });
        out.extend(interval.map(Event::Interval));
        match (let_go, stranded) {
            (Some(call), Some(_)) => out.push(Event::Stranded { agent, call }),
            (Some(call), None) => self.let_go(now, agent, call, out),
            (None, _) => {}
        }
        if gone {
            self.hand_off(agent, None, out);
            self.watch_idle(now, agent);
        }
        if ready {
            self.match_agent(now, agent, out);
        } else if away {
            self.expire_line(Target::Agent(agent), out);
        }
        self.bury(agent);
    }

    /// Keeps the ready pool, the tallies and the agent's alarm true to the state; who is ready
    /// enters the pool in `match_agent`, if no call waits.
    fn index(&mut self, agent: AgentId, change: &Change, over: bool) {
        let Change { from, to, cause, at, .. } = change;
        let Some(seat) = self.seats.get_mut(&agent) else { return };
        self.pool.remove(&std::mem::take(&mut seat.standing));
        // Work that comes to nothing costs nobody the place in line, unless it lapsed unused: the
        // same agent first again would only lapse again.
        let keeps =
            matches!(to, State::Reserved { .. } | State::Ringing { .. } | State::Previewing { .. });
        if !keeps && (*to != State::Ready || *cause == Cause::Timeout) {
            seat.place = None;
        }
        if *to == State::Ready {
            self.serial += 1;
            seat.place.get_or_insert(Place::new(*at, self.serial));
        }
        if matches!(from, State::Talking { .. } | State::Hold { .. } | State::Consulting { .. }) {
            seat.groups.seen(*at);
        }
        // In conversation nothing can be let go of any more.
        if (over || matches!(to, State::Talking { .. }))
            && let Some(held) = seat.held.take().filter(|_| !over)
        {
            self.serial += 1;
            seat.groups.turn(held.entry.work.target, self.serial);
        }
        self.tallies.moved(&seat.profile, from, to);
        self.alarms.replace(from.until(), to.until(), Alarm::Agent(agent));
    }

    /// Keeps the owner of the call true to the state; gives a call that the agent let go of.
    fn hand_over(
        &mut self,
        agent: AgentId,
        from: &State,
        to: &State,
        over: bool,
    ) -> Option<CallId> {
        let (left, taken) = (from.owns(), to.owns());
        if left == taken {
            return None;
        }
        if let Some(call) = left {
            self.owners.remove(&call);
        }
        if let Some(call) = taken {
            self.owners.insert(call, agent);
        }
        left.filter(|_| !over)
    }

    /// A call that an agent let go of waits again at its old place, if a customer is there.
    fn let_go(&mut self, now: Instant, agent: AgentId, call: CallId, out: &mut Vec<Event>) {
        let held = self.seats.get_mut(&agent).and_then(|seat| seat.held.take());
        let entry = held.filter(|held| held.present).map(|held| held.entry);
        out.push(Event::LetGo { agent, call, waits: entry.is_some() });
        if let Some(entry) = entry {
            self.put_back(now, entry, out);
        }
    }

    /// Removes the seat of an agent who was removed and has now logged out.
    fn bury(&mut self, agent: AgentId) {
        let gone = |seat: &Seat| seat.leaving && *seat.presence.state() == State::LoggedOut;
        if self.seats.get(&agent).is_some_and(gone) {
            self.seats.remove(&agent);
        }
    }

    fn next_serial(&mut self) -> u64 {
        self.serial += 1;
        self.serial
    }
}

fn unknown_agent() -> Refused {
    Refused::new(Refusal::Unknown, "there is no such agent")
}

fn ms(ms: u32) -> Duration {
    Duration::from_millis(u64::from(ms))
}

#[cfg(test)]
mod tests;
