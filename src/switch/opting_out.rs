//! People who ask by themselves not to be called again (RULES US-4).
//!
//! ```text
//!  a recorded message, a notice ──the campaign's key──▶ listed, confirmed, and the call ends
//!  a workflow ──its step `do_not_call`──▶ listed, and the workflow goes on
//! ```
//! 47 CFR 64.1200(a)(7)(i)(B): the mechanism must record the number on the seller's do-not-call
//! list and end the call at once. The seller's list is the organisation's: one that bound a single
//! campaign would let the next one call. As with what an agent declares, the gate knows it before
//! the next pass, and the journal before anybody is told.

use dialer::Campaign;
use dialer::campaign::Recycle;
use dialer::dnc::DncScope;
use routing::{CallId, Number};
use store::Event;

use super::calls::{is_ringing, outcome_of};
use super::{Now, Output, Switch, streams};
use crate::call::{Input, Origin};

impl Switch {
    /// Nobody calls this number from now on. Calls that ring at whoever has it are given up; who is
    /// on the line stays, and nothing that it comes to makes their lead due.
    pub(super) fn never_call(&mut self, now: Now, number: Number, out: &mut Vec<Output>) {
        for attempt in self.gate.forbid(DncScope::Organisation, number) {
            let slot = self.attempts.get(&attempt).and_then(|call| self.calls.get(call));
            let Some(slot) = slot else { continue };
            if is_ringing(slot.call.state()) {
                self.cancel_attempt(now, attempt, out);
                continue;
            }
            let said = Recycle::objected(outcome_of(slot));
            let running = slot.campaign.and_then(|id| self.campaigns.get_mut(&id));
            if let Some(running) = running {
                running.said(attempt, said);
            }
        }
    }

    /// Whoever hears a message, or why nobody comes, pressed a key: it may be the one.
    pub(super) fn opt_out_by_key(
        &mut self,
        now: Now,
        id: CallId,
        key: char,
        out: &mut Vec<Output>,
    ) {
        let Some(slot) = self.calls.get(&id).filter(|slot| slot.call.may_opt_out()) else { return };
        let Origin::Dialled { campaign, .. } = slot.call.origin else { return };
        let settings = self.campaigns.get(&campaign).map(Campaign::settings);
        let Some(settings) = settings.filter(|own| own.opt_out_key == Some(key)) else { return };
        let (number, confirmed) = (slot.call.called.parse(), settings.opt_out_notice.clone());
        let Ok(number) = number else { return };
        self.opted_out(now, id, (number, Some(key)), out);
        self.drive(now, id, Input::OptedOut(confirmed.is_some()), out);
        let confirming = self.calls.get(&id).filter(|slot| slot.call.is_confirming());
        let party = confirming.and_then(|slot| slot.call.customer);
        if let (Some(party), Some(clip)) = (party, confirmed) {
            streams::confirmation(party.stream, clip, out);
        }
    }

    /// A workflow put its caller's number on the list.
    pub(super) fn opt_out_by_step(
        &mut self,
        now: Now,
        id: CallId,
        number: Number,
        out: &mut Vec<Output>,
    ) {
        // Once is enough: they may go round by their own keys.
        if self.calls.get(&id).is_some_and(|slot| !slot.call.has_opted_out()) {
            self.opted_out(now, id, (number, None), out);
            self.drive(now, id, Input::OptedOut(false), out);
        }
    }

    fn opted_out(
        &mut self,
        now: Now,
        call: CallId,
        (number, key): (Number, Option<char>),
        out: &mut Vec<Output>,
    ) {
        let Some(slot) = self.calls.get(&call) else { return };
        let (campaign, outcome) = (slot.campaign, outcome_of(slot));
        let lead = slot.call.origin.lead();
        let recycle = lead.map(|_| Recycle::objected(outcome));
        self.never_call(now, number, out);
        let event = Event::OptedOut { call, number, campaign, lead, key, recycle };
        self.write(now, event, out);
    }
}
