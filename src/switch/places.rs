//! Callers who hang up and are called back when their place in line has its turn (issue 5).
//!
//! ```text
//!  key in line ─▶ place kept ─▶ caller hears so, hangs up ─▶ place in line, arrived as its caller
//!  its turn ─▶ agent set aside, line up ─▶ gate ─▶ Permit ─▶ INVITE ─answered─▶ with the agent
//!                                            │ not now            └ not: again later, so often
//!                                            └▶ rests until it may be
//! ```
//! The book is `routing::Places`, and the place waits as any caller does. The dial is a dial by
//! hand for the agent who is set aside: whoever answers is with a person at once. To press the key
//! is to ask for this call, which is consent in words; the do-not-call list, the hours and the caps
//! bind it as they bind every other. Who cannot be called is not offered it: no number shown, one
//! that no trunk of the campaign reaches, one of our own, one that stands on a list.

use std::time::{Duration, Instant};

use admin_api::control::{CommandError, Reply};
use dialer::campaign::Way;
use dialer::gate::Check;
use dialer::rules::ConsentRule;
use dialer::zones::Place;
use dialer::{AttemptId, Consent, ConsentKind, Outcome};
use jiff::{SignedDuration, Timestamp};
use routing::floor::Kept;
use routing::places::Stage;
use routing::{AgentId, CallBack, CallId, KeptPlace, Number, Offer, PlaceEnd, Reserved, Work};
use store::Event;

use super::calls::{Slot, outcome_of};
use super::failover::Path;
use super::{Now, Output, Settings, Switch};
use crate::call::{Input, Origin, State};

impl Switch {
    /// What a caller in line is offered, and the number at which they would be called; none where
    /// their queue offers nothing or they cannot be called.
    pub(super) fn call_back_of(&self, slot: &Slot) -> Option<(CallBack, Number)> {
        let Origin::Inbound { .. } = slot.call.origin else { return None };
        if slot.call.connected_to().is_some() || !self.places.has_room() {
            return None;
        }
        let terms = self.floor.queue(slot.queue?)?.call_back?;
        let number: Number = slot.call.calling.parse().ok()?;
        let campaign = self.campaigns.get(&terms.campaign)?.settings();
        let reached = |id| self.trunks.get(id).is_some_and(|line| line.trunk.reaches(number));
        let rings = campaign.running && campaign.trunks.iter().any(|id| reached(*id));
        let known = !Place::of(number).zones.is_empty() && self.directory.did(number).is_none();
        let barred = self.gate.dnc().forbids(terms.campaign, number, Some(ConsentKind::Express));
        let law = self.gate.profile_of(campaign).map_or(ConsentRule::None, |law| law.consent);
        let agrees = campaign.consent.max(law).is_met_by(Some(ConsentKind::Express));
        let alone = self.places.of_number(number).is_empty();
        let may = rings && known && agrees && alone && barred.is_none();
        may.then_some((terms, number))
    }

    /// A caller in line pressed a key; where it is the one, the place is kept and they hear so.
    pub(super) fn keep_by_key(&mut self, now: Now, id: CallId, key: char, out: &mut Vec<Output>) {
        let waits = |slot: &&Slot| slot.call.state() == State::Waiting && slot.kept.is_none();
        let Some(slot) = self.calls.get(&id).filter(waits) else { return };
        let Some((terms, number)) = self.call_back_of(slot) else { return };
        let (Some(queue), Some(since)) = (slot.queue, self.floor.in_line_since(id)) else { return };
        let keep = SignedDuration::from_secs(terms.keep_s.into());
        let place = KeptPlace {
            call: id,
            queue,
            campaign: terms.campaign,
            number,
            arrived_at: self.wall(since),
            kept_at: now.wall,
            until: now.wall.saturating_add(keep).unwrap_or(now.wall),
            tries_max: terms.tries_max,
            retry_s: terms.retry_s,
        };
        // Whoever is still told so cannot be called: the place rests until the call is over.
        let told = now.wall.saturating_add(CONFIRMED).unwrap_or(now.wall);
        if !terms.is_key(key) || !self.places.keep(told, place, 0) {
            return;
        }
        if let Some(slot) = self.calls.get_mut(&id) {
            slot.kept = Some(place);
        }
        self.count_queue(Some(queue), |counts| counts.kept += 1);
        self.write(now, Event::PlaceKept { place: Box::new(place) }, out);
        self.floor(|floor, o| floor.withdraw(now.at, id, o));
        self.drive(now, id, Input::PlaceKept, out);
    }

    /// When a place that rests goes back in line, on the clock that does not jump.
    pub(super) fn places_deadline(&self, now: Now) -> Option<Instant> {
        let wait = self.places.deadline(now.wall)?.duration_since(now.wall);
        Some(now.at + Duration::try_from(wait).unwrap_or(Duration::ZERO))
    }

    /// Puts back in line whose rest is over.
    pub(super) fn tick_places(&mut self, now: Now, out: &mut Vec<Output>) {
        for call in self.places.due(now.wall) {
            self.put_in_line(now, call, out);
        }
    }

    /// A place that rests goes back in the line of its queue, under the id of a call to come. After
    /// a restart it waits for its queue to be told.
    pub(super) fn put_in_line(&mut self, now: Now, call: CallId, out: &mut Vec<Output>) {
        let Some(place) = self.places.get(call).copied() else { return };
        if !matches!(self.places.stage(call), Some((Stage::Resting { .. }, _))) {
            return;
        }
        if place.until <= now.wall || self.places.is_spent(call) {
            let spent = self.places.is_spent(call);
            let how = if spent { PlaceEnd::Unanswered } else { PlaceEnd::Overdue };
            return self.end_place(now, call, how, out);
        }
        if self.floor.queue(place.queue).is_none() {
            return;
        }
        // No agent is set aside, or rung, for somebody who cannot be called now.
        let runs = self.campaigns.get(&place.campaign).is_some_and(|own| own.settings().running);
        if !runs || self.no_call(now, place.campaign).is_some() {
            return self.put_off(now, call, None, out);
        }
        let next = CallId::from(self.ids.next(now.wall));
        let ago = Duration::try_from(now.wall.duration_since(place.arrived_at));
        let left = Duration::try_from(place.until.duration_since(now.wall));
        let kept = Kept {
            since: now.at.checked_sub(ago.unwrap_or_default()).unwrap_or(now.at),
            until: now.at + left.unwrap_or_default(),
        };
        self.places.stands(call, next);
        self.touched.queues.insert(place.queue);
        let work = Work::kept(place.queue, place.campaign, kept);
        match self.floor(|floor, o| floor.offer(now.at, next, work, o)) {
            Offer::Reserved(reserved) => self.place_assigned(now, reserved, out),
            Offer::Waiting { .. } => {}
            Offer::Full => self.put_off(now, call, None, out),
            Offer::Unavailable(_) => self.end_place(now, call, PlaceEnd::QueueGone, out),
        }
    }

    /// An agent is set aside for a place: their line comes up first, so that who answers is heard.
    pub(super) fn place_assigned(&mut self, now: Now, reserved: Reserved, out: &mut Vec<Output>) {
        let (agent, next) = (reserved.agent(), reserved.call());
        if self.must_be_rung(agent) {
            return self.ring_for(now, reserved, out);
        }
        match self.floor(|floor, o| floor.ring(now.at, reserved, o)) {
            Ok(()) => self.call_place(now, agent, next, out),
            Err(refused) => out.push(Output::Warn(format!("a kept place: {refused}"))),
        }
    }

    /// The agent is there: whoever kept the place is called, if they may be now.
    pub(super) fn call_place(
        &mut self,
        now: Now,
        agent: AgentId,
        next: CallId,
        out: &mut Vec<Output>,
    ) {
        let Some(place) = self.places.of_next(next).copied() else { return };
        if let Err(refused) = self.floor(|floor, o| floor.dial_kept(now.at, agent, o)) {
            out.push(Output::Warn(format!("a kept place: {refused}")));
            return;
        }
        let Some(way) = self.way_to(now, &place, agent) else {
            self.floor(|floor, o| floor.withdraw(now.at, next, o));
            return self.put_off(now, place.call, None, out);
        };
        let attempt = AttemptId::from(self.ids.next(now.wall));
        let Some(campaign) = self.campaigns.get_mut(&place.campaign) else { return };
        let asked = (place.number, consent(&place));
        match campaign.dial_back(now.wall, &mut self.gate, attempt, &way, asked) {
            Ok(permit) => {
                self.places.called(place.call);
                let called = Event::PlaceCalled { place: place.call, call: next, agent };
                self.write(now, called, out);
                let path = Path { known_as: Some(next), ..Path::default() };
                self.originate(now, permit, path, Some(agent), out);
            }
            Err(refusal) => {
                self.floor(|floor, o| floor.withdraw(now.at, next, o));
                let rest = SignedDuration::from_secs(place.retry_s.into());
                match refusal.next {
                    Some(at) => self.put_off(now, place.call, Some(at), out),
                    // They are being called already, and that call ends by itself.
                    None if refusal.check == Check::Claim => {
                        self.put_off(now, place.call, now.wall.checked_add(rest).ok(), out);
                    }
                    None => self.end_place(now, place.call, PlaceEnd::Refused, out),
                }
            }
        }
    }

    /// By which trunk the call would leave now, and what it would show; none while nothing may.
    fn way_to(&mut self, now: Now, place: &KeptPlace, agent: AgentId) -> Option<Way> {
        let full = self.no_call(now, place.campaign).is_some();
        let campaign = self.campaigns.get(&place.campaign)?.settings();
        if full || !campaign.running {
            return None;
        }
        let (own, mut trunks) = (campaign.cli, campaign.trunks.clone());
        trunks
            .retain(|id| self.trunks.get(*id).is_some_and(|line| line.trunk.reaches(place.number)));
        let agents = self.floor.agent(agent).and_then(|view| view.profile.cli);
        self.way_among(now, trunks, own, agents)
    }

    /// Nothing can be dialled now: it rests for a moment, or until the gate's.
    fn put_off(&mut self, now: Now, call: CallId, at: Option<Timestamp>, out: &mut Vec<Output>) {
        let until = at.or_else(|| now.wall.checked_add(SOON).ok()).unwrap_or(now.wall);
        if self.places.put_off(call, until) {
            self.end_place(now, call, PlaceEnd::Overdue, out);
        }
    }

    /// An agent has the person on the line.
    pub(super) fn place_reached(&mut self, now: Now, id: CallId, out: &mut Vec<Output>) {
        let Some(place) = self.places.of_next(id).copied() else { return };
        self.end_place(now, place.call, PlaceEnd::Reached, out);
    }

    /// A call is over: a place that its caller kept goes in line, and one that it was made for
    /// rests until the next try.
    pub(super) fn place_follows(&mut self, now: Now, slot: &Slot, out: &mut Vec<Output>) {
        if slot.kept.is_some() {
            return self.put_in_line(now, slot.call.id, out);
        }
        let Some(place) = self.places.of_next(slot.call.id).copied() else { return };
        self.touched.queues.insert(place.queue);
        let outcome = outcome_of(slot);
        if !outcome.counts_as_attempt() || outcome == Outcome::Cancelled {
            self.places.forgive(place.call);
        }
        if let Some(how) = self.places.missed(now.wall, place.call) {
            self.end_place(now, place.call, how, out);
        }
    }

    /// A place waits no more: its time is over, or its queue is gone.
    pub(super) fn place_over(&mut self, now: Now, next: CallId, out: &mut Vec<Output>) {
        let Some(place) = self.places.of_next(next).copied() else { return };
        let there = self.floor.queue(place.queue).is_some();
        let how = if there { PlaceEnd::Overdue } else { PlaceEnd::QueueGone };
        self.end_place(now, place.call, how, out);
    }

    /// The agent let go of a place: it stands in line again, unless the person is being called.
    pub(super) fn place_let_go(&mut self, now: Now, next: CallId, out: &mut Vec<Output>) {
        if self.calls.contains_key(&next) {
            self.floor(|floor, o| floor.withdraw(now.at, next, o));
            self.drive(now, next, Input::HangUp, out);
        }
    }

    /// A supervisor removes a place: nobody is called for it any more.
    pub(super) fn remove_place(
        &mut self,
        now: Now,
        call: CallId,
        out: &mut Vec<Output>,
    ) -> Result<Reply, CommandError> {
        if self.places.get(call).is_none() {
            return Err(CommandError::Unknown);
        }
        self.end_place(now, call, PlaceEnd::Removed, out);
        Ok(Reply::Done)
    }

    /// Ends several at once.
    pub(super) fn end_places(
        &mut self,
        now: Now,
        calls: Vec<CallId>,
        how: PlaceEnd,
        out: &mut Vec<Output>,
    ) {
        for call in calls {
            self.end_place(now, call, how, out);
        }
    }

    /// It is kept no more; a call that is made for it in vain ends.
    pub(super) fn end_place(
        &mut self,
        now: Now,
        call: CallId,
        how: PlaceEnd,
        out: &mut Vec<Output>,
    ) {
        let next = self.places.stage(call).and_then(|(_, next)| next);
        let Some(place) = self.places.close(call) else { return };
        self.touched.queues.insert(place.queue);
        self.write(now, Event::PlaceClosed { place: call, how }, out);
        let Some(next) = next.filter(|_| how != PlaceEnd::Reached) else { return };
        match self.calls.get_mut(&next) {
            Some(slot) => {
                slot.cancelled |= slot.call.answered_at().is_none();
                self.drive(now, next, Input::HangUp, out);
            }
            None => self.floor(|floor, o| floor.withdraw(now.at, next, o)),
        }
    }
}

/// That the person asked for this call.
fn consent(place: &KeptPlace) -> Consent {
    Consent {
        kind: ConsentKind::Express,
        given_at: place.kept_at,
        until: Some(place.until),
        source: format!("pressed the key in call {}, at the number that it showed", place.call),
    }
}

/// How soon a place is looked at again that could not be called.
const SOON: SignedDuration = SignedDuration::from_secs(10);

/// A caller who kept a place has heard so by then, and is gone.
const CONFIRMED: SignedDuration =
    SignedDuration::from_secs(Settings::NOTICE_MAX.as_secs().cast_signed() + 5);
