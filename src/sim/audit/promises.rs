//! Books on promised calls: what is reported as kept was kept, whoever calls in is not called, and
//! no promise is open for ever.

use std::collections::{BTreeMap, BTreeSet};

use dialer::callbacks::{Callback, Closing};
use dialer::{CallbackId, LeadId};
use jiff::{SignedDuration, Timestamp};
use routing::{CallId, Number};

use super::Found;
use crate::sim::invariant::Invariant;

/// Promises that are open.
#[derive(Debug, Default)]
pub(super) struct Promises {
    open: BTreeMap<CallbackId, Promise>,
    /// To people who have called in and met an agent in this step.
    called_in: BTreeSet<CallbackId>,
    /// Who calls in.
    callers: BTreeMap<CallId, Number>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Promise {
    lead: LeadId,
    number: Number,
    pub(super) due: Timestamp,
    /// From when on everybody may call.
    pub(super) anyone: Timestamp,
    /// Until when it counts as kept, and when it is given up.
    until: Timestamp,
    pub(super) ends: Timestamp,
}

impl Promises {
    /// With those that were made before the shift.
    pub(super) fn new(before: &[Callback]) -> Self {
        let mut promises = Self::default();
        for callback in before {
            promises.made(callback);
        }
        promises
    }

    pub(super) fn made(&mut self, callback: &Callback) {
        let after = |minutes: u16| {
            let wait = SignedDuration::from_mins(minutes.into());
            callback.due_at.saturating_add(wait).unwrap_or(Timestamp::MAX)
        };
        let promise = Promise {
            lead: callback.lead,
            number: callback.number,
            due: callback.due_at,
            anyone: callback.anyone_at(),
            until: after(callback.terms.window_min),
            ends: after(callback.terms.give_up_after_min),
        };
        self.open.insert(callback.id, promise);
    }

    /// What this person is promised.
    pub(super) fn to(&self, lead: LeadId) -> Option<Promise> {
        self.open.values().find(|one| one.lead == lead).copied()
    }

    /// A promise ends once, and by the name that its time gives it.
    pub(super) fn closed(&mut self, id: CallbackId, how: Closing, wall: Timestamp) -> Found {
        self.called_in.remove(&id);
        let Some(Promise { due, until, .. }) = self.open.remove(&id) else {
            return Err((Invariant::Kept, format!("promise {id} ended twice, or was never made")));
        };
        let right = match how {
            Closing::Kept => (due..=until).contains(&wall),
            Closing::Late => wall > until,
            Closing::Broken | Closing::CalledIn | Closing::Withdrawn => true,
        };
        if right {
            return Ok(());
        }
        let what = format!("promise {id} for {due} to {until} is told as {how:?} at {wall}");
        Err((Invariant::Kept, what))
    }

    /// Somebody calls in.
    pub(super) fn called(&mut self, call: CallId, calling: &str) {
        self.callers.extend(calling.parse().ok().map(|number| (call, number)));
    }

    /// That call is over.
    pub(super) fn hung_up(&mut self, call: CallId) {
        self.callers.remove(&call);
    }

    /// An agent has a call: if it came in, what was promised at that number needs no call any more,
    /// unless it is being made.
    pub(super) fn met(&mut self, call: CallId, is_dialling: impl Fn(LeadId) -> bool) {
        let Some(number) = self.callers.get(&call).copied() else { return };
        let there = self.open.iter().filter(|(_, one)| one.number == number);
        let waiting = there.filter(|(_, one)| !is_dialling(one.lead)).map(|(id, _)| *id);
        self.called_in.extend(waiting);
    }

    /// After each step: nobody who has called in is still to be called.
    pub(super) fn step(&mut self) -> Found {
        match self.called_in.pop_first() {
            Some(id) => Err((Invariant::Kept, format!("promise {id} stands, and they called in"))),
            None => Ok(()),
        }
    }

    /// While nobody sets the clock: no promise is open that is to be given up.
    pub(super) fn in_time(&self, wall: Timestamp, is_dialling: impl Fn(LeadId) -> bool) -> Found {
        let late = |one: &Promise| wall.duration_since(one.ends) > PATIENCE;
        let over = |(_, one): &(&CallbackId, &Promise)| late(one) && !is_dialling(one.lead);
        match self.open.iter().find(over) {
            Some((id, one)) => {
                Err((Invariant::Kept, format!("promise {id} stands, and ended at {}", one.ends)))
            }
            None => Ok(()),
        }
    }

    /// A number at which somebody waits for a call.
    pub(super) fn number(&self) -> Option<Number> {
        self.open.values().next().map(|one| one.number)
    }

    /// Takes a durable end for granted.
    pub(super) fn forget(&mut self, id: CallbackId) {
        self.open.remove(&id);
    }
}

/// A tick comes at its moment, and a sweep some steps later.
const PATIENCE: SignedDuration = SignedDuration::from_secs(30);
