//! Calls that agents make themselves: to a customer by hand, and to a colleague.
//!
//! ```text
//!  dial ─▶ Campaign ─▶ Gate ─▶ Permit ─▶ journal ─(durable)─▶ INVITE ─▶ answered ─▶ the agent's
//!  call ─▶ floor ─▶ the colleague's line, or a place in line
//! ```
//! R104, R153, R156: a number dialled by hand belongs to a campaign that runs, shows its CLI
//! (R154), and passes the same gate as any other: do-not-call, hours and attempts bind it too.
//! R152: a colleague is somebody of one of the agent's own teams.

use admin_api::control::{CommandError, Destination, Reply};
use dialer::campaign::nobodys;
use dialer::{AttemptId, CallbackId, Lead};
use routing::presence::Action;
use routing::{AgentId, CallId, CampaignId, Number};
use store::Event;

use super::calls::Slot;
use super::consult::illegal;
use super::desk::{LastCall, refused};
use super::failover::Path;
use super::{Now, Output, Switch};
use crate::call::actions::Act;
use crate::call::{Input, Origin, State, Wanted};

/// By what leave an agent dials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leave {
    /// Numbers of their choice.
    ByHand,
    /// Whom they promised a call, at that number.
    Promised(CallbackId),
}

impl Switch {
    /// Dials a number for an agent, on a campaign's behalf; `person` is whoever has it on the
    /// campaign's lists, whose hours, consent and wishes bind the call.
    pub(super) fn dial_by_hand(
        &mut self,
        now: Now,
        (agent, leave): (AgentId, Leave),
        (campaign, number): (CampaignId, Number),
        person: Option<Lead>,
        out: &mut Vec<Output>,
    ) -> Result<Reply, CommandError> {
        let view = self.floor.agent(agent).ok_or(CommandError::Unknown)?;
        let may = &view.profile.permissions;
        match leave {
            Leave::ByHand if !may.manual_calls => {
                return Err(illegal("the agent may not dial by hand"));
            }
            Leave::Promised(_) if !(may.callback_list && may.callback_dials) => {
                return Err(illegal("the agent may not dial from the list of promised calls"));
            }
            Leave::Promised(id) => {
                let promise = self.callbacks.get(id).filter(|own| own.owner == Some(agent));
                if promise.is_none_or(|own| (own.campaign, own.number) != (campaign, number)) {
                    return Err(illegal("callback: it is no open promise of the agent's"));
                }
            }
            Leave::ByHand => {}
        }
        if !view.profile.campaigns.iter().any(|own| own.campaign == campaign) {
            return Err(illegal("campaign: it is none of the agent's"));
        }
        view.presence.check(Action::Dial).map_err(refused)?;
        let own = view.profile.cli;
        if self.line_up(agent).is_none() {
            return Err(illegal("the agent line is down; it must come up first"));
        }
        if let Some(why) = self.no_call(now, campaign) {
            return Err(illegal(why));
        }
        let running = self.campaigns.get(&campaign);
        let running = running.ok_or_else(|| illegal("campaign: there is no such campaign"))?;
        let (shown, trunks) = (running.settings().cli, running.settings().trunks.clone());
        let trunks: Vec<_> = trunks
            .into_iter()
            .filter(|id| self.trunks.get(*id).is_some_and(|line| line.trunk.reaches(number)))
            .collect();
        let Some(way) = self.way_among(now, trunks.clone(), shown, own) else {
            return Err(illegal(match self.trunk_among(now, &trunks) {
                None => format!("no trunk of the campaign takes a call to {number} now"),
                Some(_) => "the number to show was shown as often today as it may be".to_owned(),
            }));
        };
        let attempt = AttemptId::from(self.ids.next(now.wall));
        let Some(running) = self.campaigns.get_mut(&campaign) else {
            return Err(CommandError::Unknown);
        };
        let theirs = person.filter(|lead| lead.numbers().any(|own| own == number));
        let person = theirs.unwrap_or_else(|| nobodys(attempt, number));
        let permit = running
            .dial_by_hand(now.wall, &mut self.gate, attempt, &way, (person, number))
            .map_err(|refusal| illegal(refusal.to_string()))?;
        self.callback_dialled(now, &permit);
        if let Leave::Promised(_) = leave {
            self.callbacks.keeping(permit.lead(), permit.attempt());
        }
        let path = Path { agents_cli: own, ..Path::default() };
        let call = self.originate(now, permit, path, Some(agent), out);
        self.floor(|floor, o| floor.dial(now.at, agent, call, Some(campaign), o))
            .map_err(refused)?;
        Ok(Reply::Call { call })
    }

    /// Calls a colleague of one of the agent's teams.
    pub(super) fn call_agent(
        &mut self,
        now: Now,
        agent: AgentId,
        other: AgentId,
        out: &mut Vec<Output>,
    ) -> Result<Reply, CommandError> {
        let view = self.floor.agent(agent).ok_or(CommandError::Unknown)?;
        view.presence.check(Action::CallAgent).map_err(refused)?;
        self.floor.may_call(agent, other).map_err(refused)?;
        if self.line_up(agent).is_none() {
            return Err(illegal("the agent line is down; it must come up first"));
        }
        let to = Destination::Agent { agent: other };
        let call = self.call_colleague(now, agent, None, to, out);
        self.floor(|floor, o| floor.consult(now.at, agent, call, o)).map_err(refused)?;
        Ok(Reply::Call { call })
    }

    /// The agent is heard by nobody, or again.
    pub(super) fn mute(
        &mut self,
        agent: AgentId,
        mute: bool,
        out: &mut Vec<Output>,
    ) -> Result<Reply, CommandError> {
        let call = self.permit_act(agent, if mute { Act::Mute } else { Act::Unmute })?;
        if mute {
            self.muted.insert(agent);
        } else {
            self.muted.remove(&agent);
        }
        self.reroute(agent, out);
        self.touch_call(call);
        Ok(Reply::Done)
    }

    /// Leaves the customer with music, for anybody to take.
    pub(super) fn park(
        &mut self,
        now: Now,
        agent: AgentId,
        out: &mut Vec<Output>,
    ) -> Result<Reply, CommandError> {
        let call = self.permit_act(agent, Act::Park)?;
        if let Some(slot) = self.calls.get_mut(&call) {
            (slot.wanted, slot.transferred) = (Some(Wanted::Agent(agent)), true);
            self.last_calls.insert(agent, LastCall::of(slot));
        }
        self.write(now, Event::CallParked { call, agent }, out);
        self.drive(now, call, Input::Stored, out);
        Ok(Reply::Call { call })
    }

    /// Gives the agent a call that is parked, or waits in a queue of theirs (R219).
    pub(super) fn take_call(
        &mut self,
        now: Now,
        agent: AgentId,
        call: CallId,
        out: &mut Vec<Output>,
    ) -> Result<Reply, CommandError> {
        let view = self.floor.agent(agent).ok_or(CommandError::Unknown)?;
        let slot = self.calls.get(&call).ok_or(CommandError::Unknown)?;
        let queues = &view.profile.queues;
        let theirs = slot.queue.is_some_and(|id| queues.iter().any(|member| member.queue == id));
        match (slot.call.state(), slot.call.origin) {
            (State::Stored { .. }, _) => {}
            (State::Waiting, Origin::Inbound { .. }) if theirs => {}
            // Another's call is not theirs to know of.
            _ => return Err(CommandError::Unknown),
        }
        if self.line_up(agent).is_none() {
            return Err(illegal("the agent line is down; it must come up first"));
        }
        let campaign = slot.campaign;
        self.floor(|floor, o| floor.take_call(now.at, agent, call, campaign, o))
            .map_err(refused)?;
        self.connected(now, call, agent, out);
        self.drive(now, call, Input::Taken(agent), out);
        Ok(Reply::Call { call })
    }

    /// The customer whom the agent dialled by hand answered: they are together at once.
    pub(super) fn reached(
        &mut self,
        now: Now,
        call: CallId,
        agent: AgentId,
        out: &mut Vec<Output>,
    ) {
        if let Err(refused) = self.floor(|floor, o| floor.answered(now.at, agent, o)) {
            out.push(Output::Warn(format!("call {call}: {refused}")));
            return self.drive(now, call, Input::HangUp, out);
        }
        self.connected(now, call, agent, out);
        self.drive(now, call, Input::Answered, out);
    }

    /// The third party answered: beside the agent, or put through to the customer sent on to them.
    pub(super) fn third_answered(
        &mut self,
        now: Now,
        third: CallId,
        about: Option<CallId>,
        out: &mut Vec<Output>,
    ) {
        self.drive(now, third, Input::Answered, out);
        let handed = about.filter(|call| {
            let state = self.calls.get(call).map(|slot| slot.call.state());
            state == Some(State::Handed { to: third })
        });
        if let Some(call) = handed {
            self.drive(now, call, Input::Bridged(third), out);
            self.drive(now, third, Input::Bridged(call), out);
        }
        self.touch_call(third);
    }

    /// The other side rings: the agent who dialled hears it.
    pub(super) fn rings(&mut self, now: Now, call: CallId, out: &mut Vec<Output>) {
        self.drive(now, call, Input::Ringing, out);
        let slot = self.calls.get(&call);
        let caller = slot.and_then(|slot| match slot.call.origin {
            Origin::Dialled { by, .. } => by,
            // Of a blind transfer the agent hears nothing any more.
            Origin::Consult { by, .. } => self.consultations.contains_key(&by).then_some(by),
            Origin::Inbound { .. }
            | Origin::Line { .. }
            | Origin::Access { .. }
            | Origin::Forwarded { .. } => None,
        });
        if let Some(agent) = caller {
            self.ringback(agent, call, out);
        }
    }

    /// An agent dialled it by hand, and nobody else is to have it.
    pub(super) fn is_by_hand(&self, call: CallId) -> bool {
        let origin = self.calls.get(&call).map(|slot| slot.call.origin);
        matches!(origin, Some(Origin::Dialled { by: Some(_), .. }))
    }

    /// A call is over: whoever it was for or stood by it goes on without.
    pub(super) fn let_others_know(&mut self, now: Now, slot: &Slot, out: &mut Vec<Output>) {
        if let Some(agent) = slot.call.connected_to() {
            let about = self.consultations.get(&agent).and_then(|one| one.about);
            if about == Some(slot.call.id) {
                self.end_consultation(now, agent, out);
            }
        }
        match slot.call.origin {
            Origin::Consult { by, about, .. } => {
                self.consultation_over(now, (slot.call.id, by, about), out);
            }
            Origin::Forwarded { about, .. } => self.forward_over(now, slot.call.id, about, out),
            Origin::Line { agent, .. } => self.phone_over(now, (slot.call.id, agent), out),
            Origin::Access { .. } => self.access_over(now, slot, out),
            Origin::Dialled { by: Some(agent), .. } => {
                self.reroute(agent, out);
                self.hear_failure(agent, slot, out);
            }
            _ => {}
        }
        if let Some(mate) = slot.mate.filter(|mate| self.calls.contains_key(mate)) {
            let bridged = self.calls.get(&mate).is_some_and(|other| {
                matches!(other.call.state(), State::Bridged { .. })
                    || matches!(
                        other.call.origin,
                        Origin::Consult { .. } | Origin::Forwarded { .. }
                    )
            });
            if bridged {
                self.drive(now, mate, Input::HangUp, out);
            }
        }
    }
}
