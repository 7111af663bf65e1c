//! Consultations and transfers: an agent asks a colleague, a queue or a number, and sends the
//! customer on, with a word or without.
//!
//! ```text
//!  blind     customer ─sent───▶ waits for agent or queue        agent ─▶ wrap-up
//!            customer ─handed─▶ music ─ number answers ─▶ bridged      (else back to the agent)
//!  attended  customer on hold, agent ⇄ third ─complete─▶ customer ⇄ third, agent ─▶ wrap-up
//! ```
//! A consultation is a call of its own, whose this side is the agent's line: the floor offers it to
//! a colleague as it offers customers, and a number is dialled under the trunk's allow-list, with
//! its record durable before its INVITE. Which move is allowed when, `call::actions` tells.

use admin_api::control::{CallVerb, CommandError, Destination, Reply};
use routing::{AgentId, CallId, CampaignId, DidTarget, Number, Target, TrunkId, WorkflowId};
use store::{Direction, Event};
use uuid::Uuid;

use super::calls::Slot;
use super::desk::{LastCall, refused};
use super::{Now, Output, Settings, Switch, streams};
use crate::call::actions::{Act, Customer, Situation, Third};
use crate::call::{Call, Input, Limits, Origin, State, Wanted};

/// An agent's call to a third party.
#[derive(Clone, Copy, Debug)]
pub(super) struct Consultation {
    /// Its call.
    pub(super) call: CallId,
    /// The customer's call that it is about; none is a call to a colleague for its own sake.
    pub(super) about: Option<CallId>,
    stance: Stance,
}

/// Where the third party is, once there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stance {
    Beside,
    Aside,
    Together,
}

impl Consultation {
    pub(super) fn new(call: CallId, about: Option<CallId>) -> Self {
        Self { call, about, stance: Stance::Beside }
    }

    pub(super) fn is_at_the_table(&self) -> bool {
        self.stance != Stance::Aside
    }
}

impl Switch {
    /// The call that the agent has in hand, and what it allows.
    pub(super) fn situation(&self, agent: AgentId) -> Option<(CallId, Situation)> {
        let call = self.call_of(agent)?;
        let slot = self.calls.get(&call)?;
        let customer = match slot.call.state() {
            State::Cleared | State::Dialling { .. } => Customer::Ringing,
            State::Talking { .. } => Customer::Talking,
            State::Held { .. } | State::Parked { .. } => Customer::Held,
            _ => return None,
        };
        let internal = matches!(slot.call.origin, Origin::Consult { .. });
        let muted = self.muted.contains(&agent);
        Some((call, Situation { customer, third: self.third(agent), muted, internal }))
    }

    pub(super) fn third(&self, agent: AgentId) -> Third {
        let Some(consultation) = self.consultations.get(&agent) else { return Third::None };
        let state = self.calls.get(&consultation.call).map(|slot| slot.call.state());
        match (state, consultation.stance) {
            (Some(State::Talking { .. } | State::Beside { .. }), Stance::Beside) => Third::Beside,
            (Some(State::Talking { .. } | State::Beside { .. }), Stance::Aside) => Third::Aside,
            (Some(State::Talking { .. } | State::Beside { .. }), Stance::Together) => {
                Third::Together
            }
            _ => Third::Ringing,
        }
    }

    /// Refuses an act that the call in hand does not allow; gives the call.
    pub(super) fn permit_act(&self, agent: AgentId, act: Act) -> Result<CallId, CommandError> {
        let none = || illegal("there is no call in hand");
        let (call, situation) = self.situation(agent).ok_or_else(none)?;
        match situation.why_not(act) {
            Some(why) => Err(illegal(why)),
            None => Ok(call),
        }
    }

    /// Carries out what an agent asks to be done with calls.
    pub(super) fn call_verb(
        &mut self,
        now: Now,
        agent: AgentId,
        verb: CallVerb,
        out: &mut Vec<Output>,
    ) -> Result<Reply, CommandError> {
        let reply = match verb {
            // It would be a call without what is known of the person.
            CallVerb::Dial { .. } | CallVerb::CallBack { .. } => {
                Err(illegal("who is dialled must be looked up first"))
            }
            CallVerb::CallAgent { agent: other } => self.call_agent(now, agent, other, out),
            CallVerb::Take { call } => self.take_call(now, agent, call, out),
            CallVerb::Mute {} => self.mute(agent, true, out),
            CallVerb::Unmute {} => self.mute(agent, false, out),
            CallVerb::Press { keys } => self.press(agent, &keys, out),
            CallVerb::Transfer { to } => self.transfer(now, agent, to, out),
            CallVerb::Consult { to } => self.consult(now, agent, to, out),
            CallVerb::Swap {} => self.swap(now, agent, out),
            CallVerb::Merge {} => self.merge(now, agent, out),
            CallVerb::Complete {} => self.complete(now, agent, out),
            CallVerb::Dismiss {} => self.dismiss(now, agent, out),
            CallVerb::Park {} => self.park(now, agent, out),
        };
        self.touched.agents.insert(agent);
        reply
    }

    /// Sends the customer on without a word.
    fn transfer(
        &mut self,
        now: Now,
        agent: AgentId,
        to: Destination,
        out: &mut Vec<Output>,
    ) -> Result<Reply, CommandError> {
        let call = self.permit_act(agent, Act::Transfer)?;
        let to = self.in_the_house(to);
        if let Some(workflow) = self.workflow_at(to) {
            return Ok(self.send_to_workflow(now, (call, agent), (to, workflow), out));
        }
        self.may_go(now, agent, to)?;
        if let Destination::Number { number } = to {
            let other = self.dial_third(now, agent, (Some(call), number), out)?;
            self.sent_on(now, (call, agent), to, false, out);
            self.mate(call, other);
            self.drive(now, call, Input::Handed(other), out);
            return Ok(Reply::Done);
        }
        if let Some(slot) = self.calls.get_mut(&call) {
            (slot.wanted, slot.transferred) = (wanted(to), true);
        }
        self.sent_on(now, (call, agent), to, false, out);
        self.drive(now, call, Input::Sent, out);
        Ok(Reply::Done)
    }

    /// A workflow leads the customer on, whose number of ours the agent named.
    fn send_to_workflow(
        &mut self,
        now: Now,
        (call, agent): (CallId, AgentId),
        (to, workflow): (Destination, WorkflowId),
        out: &mut Vec<Output>,
    ) -> Reply {
        if let Some(slot) = self.calls.get_mut(&call) {
            slot.to_workflow = Some(workflow);
        }
        self.sent_on(now, (call, agent), to, false, out);
        self.drive(now, call, Input::Sent, out);
        Reply::Done
    }

    /// A number of ours is reached here, as whoever it leads to: by a carrier it would come back as
    /// a call of its own (FAULTS F24).
    fn in_the_house(&self, to: Destination) -> Destination {
        let Destination::Number { number } = to else { return to };
        match self.directory.did(number).map(|did| did.target) {
            Some(DidTarget::Queue { queue }) => Destination::Queue { queue },
            Some(DidTarget::Agent { agent }) => Destination::Agent { agent },
            Some(DidTarget::Workflow { .. } | DidTarget::CallIn) | None => to,
        }
    }

    /// The workflow that a number of ours leads to.
    fn workflow_at(&self, to: Destination) -> Option<WorkflowId> {
        let Destination::Number { number } = to else { return None };
        match self.directory.did(number)?.target {
            DidTarget::Workflow { workflow } => Some(workflow),
            DidTarget::Queue { .. } | DidTarget::Agent { .. } | DidTarget::CallIn => None,
        }
    }

    /// Calls somebody about the call in hand; the customer hears music.
    fn consult(
        &mut self,
        now: Now,
        agent: AgentId,
        to: Destination,
        out: &mut Vec<Output>,
    ) -> Result<Reply, CommandError> {
        let call = self.permit_act(agent, Act::Consult)?;
        let to = self.in_the_house(to);
        if self.workflow_at(to).is_some() {
            return Err(illegal("the number is a workflow's, which nobody can be asked about"));
        }
        self.may_go(now, agent, to)?;
        if self.permit_act(agent, Act::Hold).is_ok() {
            self.hold(now, agent, out).map_err(refused)?;
        }
        match to {
            Destination::Number { number } => {
                let third = self.dial_third(now, agent, (Some(call), number), out)?;
                self.consultations.insert(agent, Consultation::new(third, Some(call)));
            }
            Destination::Agent { .. } | Destination::Queue { .. } => {
                self.call_colleague(now, agent, Some(call), to, out);
            }
        }
        self.touch_call(call);
        Ok(Reply::Done)
    }

    /// Turns from the customer to the third party, or back.
    fn swap(
        &mut self,
        now: Now,
        agent: AgentId,
        out: &mut Vec<Output>,
    ) -> Result<Reply, CommandError> {
        let call = self.permit_act(agent, Act::Swap)?;
        let to_customer = self.third(agent) == Third::Beside;
        self.set_stance(agent, if to_customer { Stance::Aside } else { Stance::Beside }, out);
        if to_customer {
            self.resume(now, agent, out).map_err(refused)?;
        } else if self.permit_act(agent, Act::Hold).is_ok() {
            self.hold(now, agent, out).map_err(refused)?;
        }
        self.reroute(agent, out);
        self.touch_call(call);
        Ok(Reply::Done)
    }

    /// Lets all three talk.
    fn merge(
        &mut self,
        now: Now,
        agent: AgentId,
        out: &mut Vec<Output>,
    ) -> Result<Reply, CommandError> {
        let call = self.permit_act(agent, Act::Merge)?;
        let held =
            matches!(self.situation(agent), Some((_, now)) if now.customer == Customer::Held);
        self.set_stance(agent, Stance::Together, out);
        if held {
            self.resume(now, agent, out).map_err(refused)?;
        }
        self.reroute(agent, out);
        self.touch_call(call);
        Ok(Reply::Done)
    }

    /// Leaves customer and third party to each other: the attended transfer.
    fn complete(
        &mut self,
        now: Now,
        agent: AgentId,
        out: &mut Vec<Output>,
    ) -> Result<Reply, CommandError> {
        let call = self.permit_act(agent, Act::Complete)?;
        let gone = || illegal("nobody is there to take the customer");
        let third = self.consultations.get(&agent).map(|one| one.call).ok_or_else(gone)?;
        let slot = self.calls.get(&third).ok_or_else(gone)?;
        match (slot.call.state(), slot.call.called.parse()) {
            (State::Talking { agent: other }, _) => {
                let campaign = self.calls.get(&call).and_then(|slot| slot.campaign);
                let pass = (agent, other);
                self.floor(|floor, o| floor.pass(now.at, pass, campaign, o)).map_err(refused)?;
                let to = Destination::Agent { agent: other };
                self.sent_on(now, (call, agent), to, true, out);
                self.connected(now, call, other, out);
                self.drive(now, call, Input::Passed(other), out);
                self.drive(now, third, Input::HangUp, out);
            }
            (State::Beside { .. }, Ok(number)) => {
                self.consultations.remove(&agent);
                self.end_enquiry(now, agent, out);
                self.sent_on(now, (call, agent), Destination::Number { number }, true, out);
                self.mate(call, third);
                self.drive(now, call, Input::Bridged(third), out);
                self.drive(now, third, Input::Bridged(call), out);
            }
            _ => return Err(gone()),
        }
        Ok(Reply::Done)
    }

    /// Ends the call to the third party; the customer stays where they are.
    fn dismiss(
        &mut self,
        now: Now,
        agent: AgentId,
        out: &mut Vec<Output>,
    ) -> Result<Reply, CommandError> {
        self.permit_act(agent, Act::Dismiss)?;
        self.end_consultation(now, agent, out);
        Ok(Reply::Done)
    }

    /// Ends the agent's call to a third party, if there is one.
    pub(super) fn end_consultation(&mut self, now: Now, agent: AgentId, out: &mut Vec<Output>) {
        // At once: a number that still rings takes its time to be cancelled.
        if let Some(consultation) = self.consultations.remove(&agent) {
            self.leave(now, agent, consultation.about);
            self.end_enquiry(now, agent, out);
            self.drive(now, consultation.call, Input::HangUp, out);
            self.reroute(agent, out);
        }
    }

    /// The agent is where they were before the consultation.
    fn leave(&mut self, now: Now, agent: AgentId, about: Option<CallId>) {
        match about {
            Some(call) => self.touch_call(call),
            // The line may be gone, and the agent with it.
            None => drop(self.floor(|floor, o| floor.ended(now.at, agent, o))),
        }
    }

    /// Makes a call to a colleague, or to whoever of a queue is free, and offers it to the floor.
    pub(super) fn call_colleague(
        &mut self,
        now: Now,
        agent: AgentId,
        about: Option<CallId>,
        to: Destination,
        out: &mut Vec<Output>,
    ) -> CallId {
        let id = CallId::from(self.ids.next(now.wall));
        let calling = self.directory.extension(agent).unwrap_or_default().to_owned();
        let called = match to {
            Destination::Agent { agent } => self.directory.extension(agent).map(str::to_owned),
            Destination::Queue { queue } => self.floor.queue(queue).map(|queue| queue.name.clone()),
            Destination::Number { number } => Some(number.to_string()),
        };
        let origin = Origin::Consult { by: agent, about, trunk: None };
        let called = called.unwrap_or_default();
        let call = Call::colleague(now.at, id, origin, calling, called, limits());
        let mut slot = Slot::new(now, call, None);
        slot.wanted = wanted(to);
        self.consultations.insert(agent, Consultation::new(id, about));
        self.started(now, slot, Direction::Internal, out);
        self.seek(now, id, out);
        id
    }

    /// Dials a third party for an agent.
    fn dial_third(
        &mut self,
        now: Now,
        agent: AgentId,
        (about, number): (Option<CallId>, Number),
        out: &mut Vec<Output>,
    ) -> Result<CallId, CommandError> {
        let campaign = about.and_then(|id| self.calls.get(&id)).and_then(|slot| slot.campaign);
        let own = self.floor.agent(agent).and_then(|view| view.profile.cli);
        let origin = |trunk| Origin::Consult { by: agent, about, trunk: Some(trunk) };
        self.dial_outside(now, (campaign, own), number, origin, out)
    }

    /// Dials a number that is no lead: the INVITE leaves once the call's record is durable. `own`
    /// is the number that the agent shows.
    pub(super) fn dial_outside(
        &mut self,
        now: Now,
        (campaign, own): (Option<CampaignId>, Option<Number>),
        number: Number,
        origin: impl FnOnce(TrunkId) -> Origin,
        out: &mut Vec<Output>,
    ) -> Result<CallId, CommandError> {
        if self.draining || self.calls.len() >= self.settings.calls_max {
            return Err(illegal("the switch has no room for another call"));
        }
        if let Some(trouble) = &self.ledger.trouble {
            return Err(illegal(format!("nothing may be dialled now: {trouble}")));
        }
        // A call that is no campaign's is bound by the organisation's list alone.
        let whose = campaign.unwrap_or(CampaignId::from(Uuid::nil()));
        if self.gate.dnc().forbids(whose, number, None).is_some() {
            return Err(illegal(format!("{number} is on a do-not-call list")));
        }
        let trunks = self.trunks.reaching(number);
        let Some(trunk) = self.trunk_among(now, &trunks) else {
            return Err(illegal(format!("no trunk takes a call to {number} now")));
        };
        let of_campaign = campaign.and_then(|id| self.campaigns.get(&id));
        let shown =
            self.cli_for(now, of_campaign.and_then(|campaign| campaign.settings().cli), own);
        let shown = shown.map_err(|why| illegal(why.to_string()))?;
        let id = CallId::from(self.ids.next(now.wall));
        let line = self.trunks.get(trunk);
        let presented = line.map_or(shown.number, |line| line.trunk.presents(shown.number));
        let (calling, called) = (presented.to_string(), number.to_string());
        let call = Call::dialled(now.at, id, origin(trunk), calling, called, limits());
        self.trunks.reserve(trunk);
        let mut slot = Slot::new(now, call, campaign);
        slot.path.reserved = true;
        let direction = match slot.call.origin {
            Origin::Line { .. } => Direction::Line,
            _ => Direction::Outbound,
        };
        let seq = self.started(now, slot, direction, out);
        self.ledger.wait_for(seq, id);
        Ok(id)
    }

    /// Keeps a new call and writes that it began.
    fn started(
        &mut self,
        now: Now,
        slot: Slot,
        direction: Direction,
        out: &mut Vec<Output>,
    ) -> u64 {
        let call = &slot.call;
        let started = Event::CallStarted {
            call: call.id,
            direction,
            calling: call.calling.clone(),
            called: call.called.clone(),
            campaign: slot.campaign,
            queue: None,
            did: None,
            attempt: None,
            trunk: call.origin.trunk(),
        };
        let id = call.id;
        self.calls.insert(id, slot);
        self.touch_call(id);
        self.write(now, started, out)
    }

    /// The customer leaves the agent, whose wrap-up is about them still.
    fn sent_on(
        &mut self,
        now: Now,
        (call, agent): (CallId, AgentId),
        to: Destination,
        attended: bool,
        out: &mut Vec<Output>,
    ) {
        if let Some(slot) = self.calls.get(&call) {
            self.last_calls.insert(agent, LastCall::of(slot));
        }
        let to = match to {
            Destination::Agent { agent } => format!("agent {agent}"),
            Destination::Queue { queue } => format!("queue {queue}"),
            Destination::Number { number } => number.to_string(),
        };
        self.write(now, Event::CallTransferred { call, agent, attended, to }, out);
    }

    /// Two calls that stand and fall together.
    pub(super) fn mate(&mut self, one: CallId, other: CallId) {
        for (id, mate) in [(one, other), (other, one)] {
            if let Some(slot) = self.calls.get_mut(&id) {
                slot.mate = Some(mate);
            }
        }
    }

    fn set_stance(&mut self, agent: AgentId, stance: Stance, out: &mut Vec<Output>) {
        let Some(consultation) = self.consultations.get_mut(&agent) else { return };
        consultation.stance = stance;
        let third = consultation.call;
        if let (Stance::Aside, Some(stream)) = (stance, self.far(third)) {
            streams::part(&[stream], out);
            streams::music(stream, None, out);
        }
    }

    /// A consultation's call is over: its agent is where they were, and its customer too.
    pub(super) fn consultation_over(
        &mut self,
        now: Now,
        (id, by, about): (CallId, AgentId, Option<CallId>),
        out: &mut Vec<Output>,
    ) {
        if self.consultations.get(&by).is_some_and(|consultation| consultation.call == id) {
            self.consultations.remove(&by);
            self.leave(now, by, about);
            self.end_enquiry(now, by, out);
        }
        self.reroute(by, out);
        let handed = about.filter(|call| {
            let state = self.calls.get(call).map(|slot| slot.call.state());
            state == Some(State::Handed { to: id })
        });
        if let Some(call) = handed {
            if let Some(slot) = self.calls.get_mut(&call) {
                (slot.wanted, slot.transferred) = (Some(Wanted::Agent(by)), true);
                slot.mate = None;
            }
            self.drive(now, call, Input::Returned, out);
        }
    }

    /// Refuses a destination that takes nobody now.
    fn may_go(&self, now: Now, agent: AgentId, to: Destination) -> Result<(), CommandError> {
        let target = match to {
            Destination::Agent { agent } => Target::Agent(agent),
            Destination::Queue { queue } if !self.is_open(now, queue) => {
                return Err(illegal("the queue is closed now"));
            }
            Destination::Queue { queue } => Target::Queue(queue),
            Destination::Number { number } if self.directory.did(number).is_some() => {
                return Err(illegal("the number is where agents call in"));
            }
            Destination::Number { .. } => {
                let view = self.floor.agent(agent);
                let may = view.is_some_and(|view| view.profile.permissions.outside_transfers);
                return if may { Ok(()) } else { Err(illegal("the agent may not call outside")) };
            }
        };
        self.floor.may_send(agent, target).map_err(refused)
    }
}

/// Where a call is to go; none for a number, which is no place on the floor.
fn wanted(to: Destination) -> Option<Wanted> {
    match to {
        Destination::Agent { agent } => Some(Wanted::Agent(agent)),
        Destination::Queue { queue } => Some(Wanted::Queue(queue)),
        Destination::Number { .. } => None,
    }
}

fn limits() -> Limits {
    let ring = Settings::THIRD_RINGS;
    let (notice, stored) = (Settings::NOTICE_MAX, Settings::STORED_MAX);
    Limits { ring, notice, stored, message: false }
}

pub(super) fn illegal(why: impl Into<String>) -> CommandError {
    CommandError::Refused { why: why.into() }
}
