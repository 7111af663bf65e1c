//! Promises to call back: fired on time, offered to whose turn it is, dialled under the gate.
//!
//! ```text
//!  due, anyone's ──▶ Fetch ──▶ the campaign's stock, before every other lead ──▶ pace
//!  due, owner's or team's ──▶ Fetch ──▶ held until one of them is ready ──▶ dial, and the
//!                                       answer is theirs where they are still ready
//! ```
//! The book is `dialer::Callbacks`; it says what is due, this does it, and the journal keeps what
//! became of each promise.

use std::time::Duration;

use dialer::callbacks::{Callback, Notice, Turn};
use dialer::campaign::{Refused, Resolved};
use dialer::gate::Check;
use dialer::{AttemptId, CallbackId, Lead, LeadId, LeadStatus, Mode, Permit};
use jiff::{SignedDuration, Timestamp};
use routing::{AgentId, CallId, CampaignId, Number, PlaceEnd, StateName, TeamId};
use store::Event;

use admin_api::control::{CommandError, Reply};

use super::calls::Slot;
use super::failover::Path;
use super::{Now, Output, Switch};
use crate::call::Origin;

impl Switch {
    /// Takes a promise; nobody may be dialled for it before it is due.
    pub(super) fn promise(
        &mut self,
        now: Now,
        callback: Callback,
        (by, instead_of): (Option<AgentId>, Option<CallbackId>),
        out: &mut Vec<Output>,
    ) -> Result<Reply, CommandError> {
        self.may_replace(instead_of)?;
        if !self.campaigns.contains_key(&callback.campaign) {
            return Err(CommandError::Unknown);
        }
        // Copies of the lead from before the promise may lie in stock, also of other campaigns.
        for campaign in self.campaigns.values_mut() {
            campaign.forget(callback.lead);
        }
        let mut notices = vec![];
        let promised = self.callbacks.promise(callback.clone(), &mut notices);
        self.notice_callbacks(now, notices, out);
        if !promised {
            let why = "no more callbacks can be promised".to_owned();
            return Err(CommandError::Refused { why });
        }
        self.write(now, Event::CallbackPromised { callback: Box::new(callback), by }, out);
        Ok(Reply::Done)
    }

    /// Whether another promise may take this one's place: it is open, and nobody is being called
    /// for it, who would then have been called as nobody promised.
    fn may_replace(&self, before: Option<CallbackId>) -> Result<(), CommandError> {
        let Some(id) = before else { return Ok(()) };
        if self.callbacks.get(id).is_none() {
            return Err(CommandError::Unknown);
        }
        if self.callbacks.is_being_kept(id) {
            let why = "they are being called as promised".to_owned();
            return Err(CommandError::Refused { why });
        }
        Ok(())
    }

    /// Takes a promise back.
    pub(super) fn withdraw_callback(
        &mut self,
        now: Now,
        id: CallbackId,
        out: &mut Vec<Output>,
    ) -> Result<Reply, CommandError> {
        if self.callbacks.get(id).is_none() {
            return Err(CommandError::Unknown);
        }
        let mut notices = vec![];
        self.callbacks.withdraw(id, &mut notices);
        self.notice_callbacks(now, notices, out);
        Ok(Reply::Done)
    }

    /// When a promise is next due, on the clock that does not jump.
    pub(super) fn callback_deadline(&self, now: Now) -> Option<std::time::Instant> {
        let wait = self.callbacks.deadline()?.duration_since(now.wall);
        Some(now.at + Duration::try_from(wait).unwrap_or(Duration::ZERO))
    }

    pub(super) fn tick_callbacks(&mut self, now: Now, out: &mut Vec<Output>) {
        if self.callbacks.deadline().is_some_and(|at| at <= now.wall) {
            let mut notices = vec![];
            self.callbacks.tick(now.wall, &mut notices);
            self.notice_callbacks(now, notices, out);
        }
    }

    pub(super) fn notice_callbacks(
        &mut self,
        now: Now,
        notices: Vec<Notice>,
        out: &mut Vec<Output>,
    ) {
        for notice in notices {
            match notice {
                Notice::Turn(id, _) => {
                    let Some(due) = self.callbacks.get(id) else { continue };
                    out.push(Output::Fetch(due.campaign, due.lead));
                }
                Notice::Closed(callback, how) => {
                    self.held.retain(|_, held| held.callback != callback);
                    self.write(now, Event::CallbackClosed { callback, how }, out);
                }
            }
        }
    }

    /// A lead that was fetched because its promise is due: into the stock where anyone may call,
    /// else held for its owner or team.
    pub(super) fn callback_lead(
        &mut self,
        now: Now,
        campaign: CampaignId,
        mut lead: Lead,
        out: &mut Vec<Output>,
    ) {
        let Some(due) = self.callbacks.of_lead(lead.id) else { return };
        lead.next_due_at = lead.next_due_at.filter(|at| *at > due.anyone_at());
        if lead.number != due.number {
            // It is that number of theirs at which they were promised the call.
            lead.turn_to(due.number, true);
        }
        match due.turn(now.wall) {
            Some(Turn::Anyone) if self.paces_people(campaign) => {
                self.held.remove(&lead.id);
                if self.is_calling_us(&lead) {
                    return self.after_their_call(now, lead.id, out);
                }
                self.restock(now, campaign, vec![lead]);
            }
            Some(_) => {
                let callback = due.id;
                self.held.insert(lead.id, Held { callback, lead });
                self.pace.insert(campaign);
            }
            None => {}
        }
    }

    /// Whether the campaign's pace calls people for agents to speak with: where agents choose, or
    /// messages are played, who was promised a call is called for an agent all the same.
    pub(super) fn paces_people(&self, campaign: CampaignId) -> bool {
        let mode = self.campaigns.get(&campaign).map(|own| own.settings().mode);
        !matches!(mode, Some(Mode::Manual | Mode::Agentless { .. }))
    }

    /// Dials what is due to agents who are ready, before anything else of the campaign.
    ///
    /// Where each attempt has an agent, a promise waits for one whom no attempt is made for.
    pub(super) fn dial_callbacks(&mut self, now: Now, id: CampaignId, out: &mut Vec<Output>) {
        let due = !self.held.is_empty() && self.callbacks.is_due(now.wall, id);
        if !due {
            return;
        }
        for (agent, teams, cli) in self.ready_for(id) {
            if self.no_call(now, id).is_some() || !self.has_agent_to_spare(now, id) {
                return;
            }
            let due = self.callbacks.next_for(now.wall, id, agent, &teams);
            let Some(lead) = due.map(|due| due.lead) else { continue };
            let Some(held) = self.held.remove(&lead) else { continue };
            if self.is_calling_us(&held.lead) {
                self.after_their_call(now, lead, out);
                continue;
            }
            self.dial_held(now, id, (agent, cli), held, out);
        }
    }

    fn has_agent_to_spare(&mut self, now: Now, id: CampaignId) -> bool {
        let Some(campaign) = self.campaigns.get(&id) else { return false };
        let mode = campaign.settings().mode;
        // Messages that ring need nobody: there, only promised calls are spoken for.
        let spoken_for =
            if mode.needs_agents() { campaign.unserved() } else { self.made_for_agents(id) };
        mode.dials_ahead() || spoken_for < self.free_agents(now, id)
    }

    /// Live calls of a campaign that were made for an agent, who is not with them yet.
    fn made_for_agents(&self, id: CampaignId) -> usize {
        let made = |slot: &&Slot| slot.campaign == Some(id) && slot.path.made_for.is_some();
        let alone = |slot: &&Slot| slot.call.connected_to().is_none();
        self.calls.values().filter(made).filter(alone).count()
    }

    fn dial_held(
        &mut self,
        now: Now,
        id: CampaignId,
        (agent, cli): (AgentId, Option<Number>),
        held: Held,
        out: &mut Vec<Output>,
    ) {
        let attempt = AttemptId::from(self.ids.next(now.wall));
        let Some(campaign) = self.campaigns.get(&id) else { return };
        let (trunks, own) = (campaign.settings().trunks.clone(), campaign.settings().cli);
        let Some(way) = self.way_among(now, trunks, own, cli) else {
            self.held.insert(held.lead.id, held);
            return;
        };
        let Some(campaign) = self.campaigns.get_mut(&id) else { return };
        let lead = held.lead.id;
        match campaign.dial_lead(now.wall, &mut self.gate, attempt, &way, held.lead) {
            Ok(permit) => {
                self.callbacks.calling(now.wall, lead, attempt);
                let path = Path { agents_cli: cli, made_for: Some(agent), ..Path::default() };
                self.originate(now, permit, path, None, out);
            }
            Err(refused) => self.callback_refused(now, id, &[*refused], out),
        }
    }

    /// Agents who are ready for a campaign, the longest idle first.
    pub(super) fn ready_for(&self, id: CampaignId) -> Vec<(AgentId, Vec<TeamId>, Option<Number>)> {
        let ready = self.floor.agents().filter(|view| view.state().name() == StateName::Ready);
        let serves = ready.filter(|view| view.serves(id));
        let mut ready: Vec<_> = serves
            .map(|view| {
                let profile = &view.profile;
                (view.presence.since(), profile.id, profile.teams.clone(), profile.cli)
            })
            .collect();
        ready.sort_unstable_by_key(|(since, agent, ..)| (*since, *agent));
        ready.into_iter().map(|(_, agent, teams, cli)| (agent, teams, cli)).collect()
    }

    /// The gate let a promised call not pass: it waits for the gate's moment, or a minute where
    /// the fault is ours and not the person's; else it is broken.
    pub(super) fn callback_refused(
        &mut self,
        now: Now,
        id: CampaignId,
        refused: &[Refused],
        out: &mut Vec<Output>,
    ) {
        for one in refused {
            // What another campaign may not is nothing to the promise.
            if self.callbacks.of_lead(one.lead.id).is_some_and(|open| open.campaign != id) {
                continue;
            }
            let again = one.refusal.next.or_else(|| {
                let status = one.lead.status;
                let passes = match one.refusal.check {
                    Check::Running
                    | Check::Trunk
                    | Check::Profile
                    | Check::Cli
                    | Check::Claim
                    | Check::Capacity => true,
                    // Another call of theirs is live, or ended since this copy was read.
                    Check::Lead => status == LeadStatus::InFlight || status.is_dialable(),
                    _ => false,
                };
                passes.then(|| now.wall.checked_add(LOOK_AGAIN).ok()).flatten()
            });
            self.callback_missed(now, (one.lead.id, None), again, out);
        }
    }

    /// A dial that may have been promised is under way.
    pub(super) fn callback_dialled(&mut self, now: Now, permit: &Permit) {
        let lead = permit.lead();
        // A call for another campaign keeps no promise of this one.
        if self.callbacks.of_lead(lead).is_some_and(|open| open.campaign == permit.campaign()) {
            self.held.remove(&lead);
            self.callbacks.calling(now.wall, lead, permit.attempt());
        }
    }

    /// What a promise makes of the end of an attempt: the one that was to keep it is followed by
    /// another while there is time, and any other leaves the lead promised.
    pub(super) fn as_promised(&self, attempt: AttemptId, resolved: Resolved) -> Resolved {
        let lead = resolved.lead.id;
        let objected = resolved.recycle.status == LeadStatus::DoNotCall;
        let Some(open) = self.callbacks.of_lead(lead).filter(|_| !objected) else {
            return resolved;
        };
        // Before that it is the turn of its owner or team, who are not asked for by the pace.
        let anyone_at = open.anyone_at();
        let next = if self.callbacks.is_calling(lead, attempt) {
            self.callbacks.calls_again(lead, attempt, resolved.again)
        } else {
            Some(anyone_at)
        };
        match next {
            Some(next) => resolved.promised(next.max(anyone_at)),
            None => resolved,
        }
    }

    /// An agent has the person on the line: what was promised to whom we dialled is kept, and what
    /// was promised to a number that calls us needs no call any more. Who gave up before that is
    /// still to be called.
    pub(super) fn promise_kept(
        &mut self,
        now: Now,
        id: CallId,
        first: bool,
        out: &mut Vec<Output>,
    ) {
        let Some(call) = self.calls.get(&id).map(|slot| &slot.call) else { return };
        let mut notices = vec![];
        match call.origin {
            Origin::Dialled { lead, .. } => {
                self.callbacks.reached(now.wall, lead, &mut notices);
            }
            // What was promised in this call stands.
            Origin::Inbound { .. } if first => {
                if let Some(number) = dialled_back(&call.calling) {
                    self.callbacks.called_in(number, &mut notices);
                }
            }
            _ => {}
        }
        self.notice_callbacks(now, notices, out);
    }

    /// Whose promise is due called meanwhile, from whichever number of theirs, and met an agent.
    pub(super) fn called_in_since(&mut self, now: Now, lead: LeadId, out: &mut Vec<Output>) {
        let mut notices = vec![];
        self.callbacks.called_in_as(lead, &mut notices);
        self.notice_callbacks(now, notices, out);
    }

    /// The person was not reached, and may be called again from `next` on.
    pub(super) fn callback_missed(
        &mut self,
        now: Now,
        call: (LeadId, Option<AttemptId>),
        next: Option<Timestamp>,
        out: &mut Vec<Output>,
    ) {
        let mut notices = vec![];
        self.callbacks.missed(call, next, &mut notices);
        self.notice_callbacks(now, notices, out);
    }

    /// The person has just had another call than the promised one: nobody calls them again at once,
    /// nor before whoever spoke with them has said what came of it.
    pub(super) fn callback_rests(&mut self, now: Now, lead: LeadId, again: Option<Timestamp>) {
        let until = again.or_else(|| now.wall.checked_add(LOOK_AGAIN).ok());
        if let Some(until) = until {
            self.callbacks.rest(lead, until);
        }
    }

    /// A customer calls in: a place that they kept needs no call any more.
    pub(super) fn customer_called_in(&mut self, now: Now, calling: &str, out: &mut Vec<Output>) {
        if let Some(number) = dialled_back(calling) {
            self.end_places(now, self.places.of_number(number), PlaceEnd::CalledIn, out);
        }
    }

    /// Who is calling us would find two of our calls: theirs comes first, and the promise waits.
    fn after_their_call(&mut self, now: Now, lead: LeadId, out: &mut Vec<Output>) {
        self.callback_missed(now, (lead, None), now.wall.checked_add(LOOK_AGAIN).ok(), out);
    }

    /// Whether somebody at a number of this person is calling us at this moment.
    fn is_calling_us(&self, lead: &Lead) -> bool {
        let inbound = |slot: &&Slot| matches!(slot.call.origin, Origin::Inbound { .. });
        let callers = self.calls.values().filter(inbound);
        let mut callers = callers.filter_map(|slot| dialled_back(&slot.call.calling));
        callers.any(|caller| lead.numbers().any(|own| own == caller))
    }
}

/// After what time a promise that we could not keep for a fault of ours is tried again.
const LOOK_AGAIN: SignedDuration = SignedDuration::from_mins(1);

/// The number of a caller, as we would dial it; carriers write it with a plus and without.
pub(super) fn dialled_back(calling: &str) -> Option<Number> {
    format!("+{}", calling.trim_start_matches('+')).parse().ok()
}

/// A lead whose promise is due, and whose owner or team is not ready yet.
#[derive(Debug)]
pub(super) struct Held {
    callback: CallbackId,
    lead: Lead,
}

impl Held {
    /// Somebody corrected the lead; when it is due stays.
    pub(super) fn correct(&mut self, newer: &Lead) {
        self.lead.correct(newer);
    }
}
