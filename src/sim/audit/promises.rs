//! Books on promised calls: what is reported as kept was kept.

use std::collections::BTreeMap;

use dialer::CallbackId;
use dialer::callbacks::{Callback, Closing};
use jiff::{SignedDuration, Timestamp};

use super::Found;
use crate::sim::invariant::Invariant;

/// Promises that are open: when each was due, and until when it counts as kept.
#[derive(Debug, Default)]
pub(super) struct Promises(BTreeMap<CallbackId, (Timestamp, Timestamp)>);

impl Promises {
    pub(super) fn made(&mut self, callback: &Callback) {
        let window = SignedDuration::from_mins(callback.terms.window_min.into());
        let until = callback.due_at.saturating_add(window).unwrap_or(Timestamp::MAX);
        self.0.insert(callback.id, (callback.due_at, until));
    }

    /// A promise ends once, and by the name that its time gives it.
    pub(super) fn closed(&mut self, id: CallbackId, how: Closing, wall: Timestamp) -> Found {
        let Some((due, until)) = self.0.remove(&id) else {
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

    /// Takes a durable end for granted.
    pub(super) fn forget(&mut self, id: CallbackId) {
        self.0.remove(&id);
    }
}
