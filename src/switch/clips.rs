//! Which clip a party hears, and what is heard where it is missing.
//!
//! Settings name clips. The store refuses a name that is none, so one that the plane does not have
//! is older than that rule: a built-in one is heard in its place, and never nothing.

use media::{Command, PromptId, Samples};
use routing::prompts::{ABANDONED_NOTICE, BUILT_IN, CALL_BACK_KEPT, NOBODY_HERE};
use routing::{CallId, Sound};

use super::calls::Slot;
use super::{Now, Output, Switch, streams};
use crate::call::{Input, Origin, State};

impl Switch {
    /// Has a clip at hand, or no longer.
    pub(super) fn stock(name: String, sound: Option<Sound>, out: &mut Vec<Output>) {
        let (clip, samples) = (PromptId(name), sound.map(|Sound(samples)| Samples(samples)));
        out.push(Output::Media(Command::Stock { clip, samples }));
    }

    /// The music of a call's queue; none is the built-in one.
    pub(super) fn music_of(&self, slot: &Slot) -> Option<String> {
        self.floor.queue(slot.queue?)?.music.clone()
    }

    /// Why nobody comes: the campaign's words to whom it called, else those of the hours that keep
    /// the caller out, of the queue, or of the number that was called.
    pub(super) fn notice_of(&self, now: Now, slot: &Slot) -> String {
        if slot.kept.is_some() {
            return CALL_BACK_KEPT.to_owned();
        }
        if is_abandoned(slot) {
            let campaign = slot.campaign.and_then(|id| self.campaigns.get(&id));
            let own = campaign.map(|campaign| campaign.settings().notice.clone());
            return own.unwrap_or_else(|| ABANDONED_NOTICE.to_owned());
        }
        let closed = self.closed_place(now, slot).and_then(|opening| opening.notice.as_ref());
        let queue = slot.queue.and_then(|queue| self.floor.queue(queue));
        let queue = queue.and_then(|queue| queue.notice.as_ref());
        let number = match slot.call.origin {
            Origin::Inbound { did, .. } => self.directory.did_by_id(did),
            _ => None,
        };
        let number = number.and_then(|did| did.notice.as_ref());
        closed.or(queue).or(number).cloned().unwrap_or_else(|| NOBODY_HERE.to_owned())
    }

    /// A clip is not there: who was to hear it hears the built-in one, or goes on without it.
    pub(super) fn unplayable(&mut self, now: Now, call: CallId, clip: &str, out: &mut Vec<Output>) {
        let Some(slot) = self.calls.get(&call) else { return };
        let Some(stream) = self.near(slot) else { return };
        let built_in = BUILT_IN.contains(&clip);
        match slot.call.state() {
            // A message that was made for one purpose has no other to stand for it; who opted out
            // is not kept.
            State::Notice { .. }
                if built_in || self.is_message(slot) || slot.call.is_confirming() =>
            {
                self.drive(now, call, Input::HangUp, out);
            }
            State::Notice { .. } => {
                let words = if is_abandoned(slot) { ABANDONED_NOTICE } else { NOBODY_HERE };
                streams::notice(stream, words.to_owned(), out);
            }
            State::Asked { .. } => self.drive(now, call, Input::NoticePlayed, out),
            State::Led { .. } => self.lead_past(now, call, out),
            // Nobody else: who has been joined meanwhile must not hear it over the conversation.
            State::Waiting
            | State::Held { .. }
            | State::Parked { .. }
            | State::Handed { .. }
            | State::Stored { .. }
                if !built_in =>
            {
                streams::music(stream, None, out);
            }
            _ => {}
        }
    }

    /// Whether a call was made to say one thing.
    fn is_message(&self, slot: &Slot) -> bool {
        let campaign = slot.campaign.and_then(|id| self.campaigns.get(&id));
        let says = campaign.is_some_and(|campaign| campaign.settings().message.is_some());
        says && matches!(slot.call.origin, Origin::Dialled { .. }) && !slot.call.was_abandoned()
    }
}

/// Whether whom we called found nobody.
fn is_abandoned(slot: &Slot) -> bool {
    matches!(slot.call.origin, Origin::Dialled { .. }) && slot.call.was_abandoned()
}
