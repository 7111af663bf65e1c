//! Callers whom nobody here takes: after hours, and sent on to another number.
//!
//! ```text
//!  caller ─handed─▶ music ─ the number answers ─▶ bridged, no agent with them
//!                         └ it does not ─▶ the notice
//! ```
//! The other number is dialled as an agent's third party is: under the trunk's allow-list and the
//! do-not-call list, with its record durable before its INVITE (R158).

use dialer::zones::Zone;
use routing::{CallId, Number, Opening, Overflow, QueueId};

use super::calls::Slot;
use super::{Now, Output, Switch};
use crate::call::{Input, Origin, State, Wanted};

impl Switch {
    /// What happens to a caller who comes when nobody is there; none while somebody is, and for
    /// whoever has met an agent.
    pub(super) fn after_hours(&self, now: Now, slot: &Slot) -> Option<Overflow> {
        self.closed_place(now, slot).map(|opening| opening.closed)
    }

    /// The hours that keep a caller out.
    pub(super) fn closed_place(&self, now: Now, slot: &Slot) -> Option<&Opening> {
        if slot.call.connected_to().is_some() {
            return None;
        }
        let of_number = match slot.call.origin {
            Origin::Inbound { did, .. } => {
                let did = self.directory.did_by_id(did).filter(|_| slot.wanted.is_none());
                did.and_then(|did| did.opening.as_ref())
            }
            _ => None,
        };
        let of_queue = match slot.meant() {
            Some(Wanted::Queue(queue)) => self.floor.queue(queue),
            Some(Wanted::Agent(_)) | None => None,
        };
        let of_queue = of_queue.and_then(|queue| queue.opening.as_ref());
        [of_number, of_queue].into_iter().flatten().find(|opening| is_closed(now, opening))
    }

    /// Whether the queue's callers find somebody there now.
    pub(super) fn is_open(&self, now: Now, queue: QueueId) -> bool {
        let opening = self.floor.queue(queue).and_then(|queue| queue.opening.as_ref());
        opening.is_none_or(|opening| !is_closed(now, opening))
    }

    /// Sends a caller on to a number.
    pub(super) fn forward(&mut self, now: Now, id: CallId, number: Number, out: &mut Vec<Output>) {
        let campaign = self.calls.get(&id).and_then(|slot| slot.campaign);
        let origin = |trunk| Origin::Forwarded { about: id, trunk };
        match self.dial_outside(now, (campaign, None), number, origin, out) {
            Ok(other) => {
                self.mate(id, other);
                self.drive(now, id, Input::Handed(other), out);
            }
            Err(why) => {
                out.push(Output::Warn(format!("call {id} is not sent on: {why}")));
                self.drive(now, id, Input::Unserved, out);
            }
        }
    }

    /// The other number answered: the caller is put through, if still there.
    pub(super) fn forward_answered(
        &mut self,
        now: Now,
        other: CallId,
        caller: CallId,
        out: &mut Vec<Output>,
    ) {
        if !self.is_handed(caller, other) {
            return self.drive(now, other, Input::HangUp, out);
        }
        self.drive(now, caller, Input::Bridged(other), out);
        self.drive(now, other, Input::Bridged(caller), out);
    }

    /// The call to the other number is over: a caller who was not put through hears the notice.
    pub(super) fn forward_over(
        &mut self,
        now: Now,
        other: CallId,
        caller: CallId,
        out: &mut Vec<Output>,
    ) {
        if self.is_handed(caller, other) {
            self.drive(now, caller, Input::Unserved, out);
        }
    }

    fn is_handed(&self, caller: CallId, to: CallId) -> bool {
        let state = self.calls.get(&caller).map(|slot| slot.call.state());
        state == Some(State::Handed { to })
    }
}

/// Whether nobody is there now; in a zone that nobody knows somebody is.
fn is_closed(now: Now, opening: &Opening) -> bool {
    Zone::named(&opening.time_zone).is_some_and(|zone| !opening.is_open(zone.local(now.wall)))
}
