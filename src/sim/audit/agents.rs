//! Books on agents: D4, D14.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;
use routing::{AgentId, CallId, CampaignId, Counts, StateName};

use super::Found;
use crate::sim::invariant::Invariant;
use crate::sim::scene::WRAP_UP_MS;

/// What is known of agents.
#[derive(Debug, Default)]
pub(super) struct Agents {
    /// Who is clocked in, and up to when their time is accounted for.
    at_work: BTreeMap<AgentId, Timestamp>,
    /// Who clocked out in this step, and when: their last interval follows in the same step.
    leaving: BTreeMap<AgentId, Timestamp>,
    with: BTreeMap<AgentId, CallId>,
    /// Agents whose telephone has just rung to the end of its time.
    in_vain: BTreeSet<AgentId>,
    time: Time,
}

/// The agents' time, all of them together.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::sim) struct Time {
    /// Talk, hold and wrap-up.
    pub(in crate::sim) worked: Duration,
    /// Ready, and ringing or reserved.
    pub(in crate::sim) idle: Duration,
}

impl Agents {
    /// D14: time begins at the clock-in.
    pub(super) fn clock(&mut self, agent: AgentId, clocked_in: bool, wall: Timestamp) -> Found {
        if clocked_in {
            return match self.at_work.insert(agent, micros(wall)) {
                Some(_) => Err((Invariant::D14, format!("agent {agent} clocked in twice"))),
                None => Ok(()),
            };
        }
        // After a power cut the clock-out is written for agents of the life before.
        if self.at_work.contains_key(&agent) {
            self.leaving.insert(agent, micros(wall));
        }
        Ok(())
    }

    /// D14: each interval begins where the one before ended, and ends now.
    pub(super) fn interval(
        &mut self,
        agent: AgentId,
        (state, counts): (StateName, Counts),
        (from, to): (Timestamp, Timestamp),
        wall: Timestamp,
    ) -> Found {
        is_counted(agent, state, counts)?;
        let Some(accounted) = self.at_work.get_mut(&agent) else {
            return Err((Invariant::D14, format!("agent {agent} has time and is not clocked in")));
        };
        let (from, to, wall) = (micros(from), micros(to), micros(wall));
        if *accounted != from || to > wall || to < from {
            let what =
                format!("agent {agent}: {from} to {to} at {wall}, accounted for to {accounted}");
            return Err((Invariant::D14, what));
        }
        *accounted = to;
        let length = Duration::try_from(to.duration_since(from)).unwrap_or_default();
        if let Some(most) = longest(state, counts).filter(|most| length > *most) {
            let what = format!("agent {agent} was {state} for {length:?}, longer than {most:?}");
            return Err((Invariant::Kept, what));
        }
        // The customer whose agent's line did not come back in time waits for another.
        let limit = longest(state, counts).filter(|_| state == StateName::System);
        if limit.is_some_and(|most| length + A_MOMENT >= most) {
            self.with.remove(&agent);
        }
        if self.in_vain.remove(&agent) && state == StateName::Ready {
            let what = format!("agent {agent} did not pick up, and is ready for the next call");
            return Err((Invariant::Kept, what));
        }
        if state == StateName::Ringing && length + A_MOMENT >= RING {
            self.in_vain.insert(agent);
        }
        match counts {
            Counts::Talk | Counts::Hold | Counts::WrapUp => self.time.worked += length,
            Counts::Ready | Counts::Ring => self.time.idle += length,
            Counts::Pause => {}
        }
        Ok(())
    }

    /// Time is booked on the campaign whose work it was, and time without work on none.
    pub(super) fn booked(
        agent: AgentId,
        state: StateName,
        (of_call, booked): (Option<CampaignId>, Option<CampaignId>),
    ) -> Found {
        use StateName as S;
        let idle = matches!(state, S::Ready | S::NotReady | S::Paused);
        let works = matches!(state, S::Talking | S::Hold | S::WrapUp);
        let right = match (idle, works) {
            (true, _) => booked.is_none(),
            (_, true) => of_call.is_none() || booked == of_call,
            _ => true,
        };
        if right {
            return Ok(());
        }
        let what = format!("agent {agent} was {state}, booked on {booked:?}, not {of_call:?}");
        Err((Invariant::D14, what))
    }

    /// D4: an agent takes a call when there is no other in hand.
    pub(super) fn takes(&mut self, agent: AgentId, call: CallId) -> Found {
        // A call that was parked may have come from another agent.
        self.over(call);
        match self.with.insert(agent, call) {
            Some(other) if other != call => {
                Err((Invariant::D4, format!("agent {agent} took {call} while with {other}")))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn over(&mut self, call: CallId) {
        self.with.retain(|_, own| *own != call);
    }

    /// D14: whoever clocked out in this step has no time that is unaccounted for.
    pub(super) fn step(&mut self) -> Found {
        while let Some((agent, left)) = self.leaving.pop_first() {
            match self.at_work.remove(&agent) {
                Some(accounted) if accounted == left => {}
                accounted => {
                    let what = format!("agent {agent} left at {left}, accounted to {accounted:?}");
                    return Err((Invariant::D14, what));
                }
            }
        }
        Ok(())
    }

    pub(super) fn end(&self) -> Found {
        match self.at_work.keys().next() {
            Some(agent) => Err((Invariant::D14, format!("agent {agent} never clocked out"))),
            None => Ok(()),
        }
    }

    pub(super) fn time(&self) -> Time {
        self.time
    }
}

/// What an hour of each state is paid and reported as (R90 to R92).
fn is_counted(agent: AgentId, state: StateName, counts: Counts) -> Found {
    use StateName as S;
    let right = match state {
        S::LoggedOut => false,
        S::NotReady | S::Paused => counts == Counts::Pause,
        S::Ready => counts == Counts::Ready,
        S::Reserved | S::Ringing | S::Previewing => counts == Counts::Ring,
        S::Talking | S::Consulting => counts == Counts::Talk,
        S::Hold => counts == Counts::Hold,
        S::WrapUp => counts == Counts::WrapUp,
        // With a customer who waits for the agent's line it is hold, else pause.
        S::System => matches!(counts, Counts::Hold | Counts::Pause),
    };
    let told = || format!("agent {agent} was {state}, which counts as {counts:?}");
    if right { Ok(()) } else { Err((Invariant::D14, told())) }
}

/// What ends by itself, and when: the floor's limits, and the scene's wrap-up.
fn longest(state: StateName, counts: Counts) -> Option<Duration> {
    let ms = match state {
        // A customer whose agent's line is gone.
        StateName::System if counts == Counts::Hold => 20_000,
        StateName::Reserved => 5_000,
        StateName::Ringing => return Some(RING + A_MOMENT),
        StateName::WrapUp => WRAP_UP_MS,
        _ => return None,
    };
    Some(Duration::from_millis(u64::from(ms)) + A_MOMENT)
}

/// A limit is told with a millisecond to spare.
const A_MOMENT: Duration = Duration::from_millis(1);

/// How long an agent's telephone rings.
const RING: Duration = Duration::from_secs(20);

/// The journal keeps whole microseconds.
fn micros(at: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(at.as_microsecond()).unwrap_or(at)
}
