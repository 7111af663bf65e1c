//! What happens to calls: offered, connected, rung, held, over.

use super::work::{Offer, Reserved, Target, Work};
use super::{Event, Floor, ms, unknown_agent};
use crate::ids::{AgentId, CallId, CampaignId};
use crate::presence::{Action, Cause, Input, Refusal, Refused, State};
use std::time::Instant;

impl Floor {
    /// Puts an answered call to whoever may take it; without one it waits.
    pub fn offer(&mut self, now: Instant, call: CallId, work: Work, out: &mut Vec<Event>) -> Offer {
        self.tick(now, out);
        if let Err(refused) = self.may_wait(call, &work) {
            return Offer::Unavailable(refused);
        }
        let entry = self.entry(now, call, work);
        if let Some(reserved) = self.take(now, entry, true, out) {
            return Offer::Reserved(reserved);
        }
        if self.is_full(work.target) {
            return Offer::Full;
        }
        self.wait(entry);
        let (position, of) = self.waiting.position(&entry);
        Offer::Waiting { position, of }
    }

    /// Sets an agent aside for a call that is still to be made; without one nothing waits.
    pub fn reserve(
        &mut self,
        now: Instant,
        call: CallId,
        work: Work,
        out: &mut Vec<Event>,
    ) -> Option<Reserved> {
        self.tick(now, out);
        if self.knows(call) {
            return None;
        }
        let entry = self.entry(now, call, work);
        self.take(now, entry, false, out)
    }

    /// Agent and customer are connected at once, over the agent's persistent line.
    pub fn connect(
        &mut self,
        now: Instant,
        reserved: Reserved,
        out: &mut Vec<Event>,
    ) -> Result<(), Refused> {
        let agent = self.redeem(now, reserved, out)?;
        self.step(now, agent, Input::Connect, Cause::Call, out)
    }

    /// The agent's handset rings; [`Floor::answered`] or [`Floor::declined`] follows.
    pub fn ring(
        &mut self,
        now: Instant,
        reserved: Reserved,
        out: &mut Vec<Event>,
    ) -> Result<(), Refused> {
        let agent = self.redeem(now, reserved, out)?;
        let until = now + ms(self.limits.ring_ms);
        self.step(now, agent, Input::Ring { until }, Cause::Call, out)
    }

    /// The agent looks at the lead; [`Floor::dial_previewed`] or [`Floor::skip`] follows.
    pub fn preview(
        &mut self,
        now: Instant,
        reserved: Reserved,
        out: &mut Vec<Event>,
    ) -> Result<(), Refused> {
        let agent = self.redeem(now, reserved, out)?;
        let until = now + ms(self.limits.preview_ms);
        self.step(now, agent, Input::Preview { until }, Cause::Call, out)
    }

    /// The reservation is not needed: the agent keeps the place in the ready pool, and the call is
    /// the floor's no more. One that is over already changes nothing.
    pub fn give_back(&mut self, now: Instant, reserved: Reserved, out: &mut Vec<Event>) {
        if let Ok(agent) = self.redeem(now, reserved, out) {
            let done = self.step(now, agent, Input::Release, Cause::Call, out);
            debug_assert!(done.is_ok(), "a reserved agent can be released: {done:?}");
        }
    }

    /// What rang is answered, by the agent's handset or by the customer the agent dialled.
    pub fn answered(
        &mut self,
        now: Instant,
        agent: AgentId,
        out: &mut Vec<Event>,
    ) -> Result<(), Refused> {
        self.tick(now, out);
        match self.agent(agent).ok_or_else(unknown_agent)?.state() {
            State::Ringing { .. } => self.step(now, agent, Input::Connect, Cause::Call, out),
            _ => Err(Refused::illegal("no call rings at the agent")),
        }
    }

    /// The agent will not or cannot take the call that rings; it waits again at its old place.
    pub fn declined(
        &mut self,
        now: Instant,
        agent: AgentId,
        out: &mut Vec<Event>,
    ) -> Result<(), Refused> {
        self.checked(now, agent, Action::Decline, Input::Decline, out)
    }

    /// The previewed lead is dialled.
    pub fn dial_previewed(
        &mut self,
        now: Instant,
        agent: AgentId,
        out: &mut Vec<Event>,
    ) -> Result<(), Refused> {
        let until = now + ms(self.limits.ring_ms);
        self.checked(now, agent, Action::DialPreviewed, Input::DialPreviewed { until }, out)
    }

    /// Whoever kept the place that the agent is rung for is dialled; [`Floor::answered`] follows.
    pub fn dial_kept(
        &mut self,
        now: Instant,
        agent: AgentId,
        out: &mut Vec<Event>,
    ) -> Result<(), Refused> {
        self.tick(now, out);
        let until = now + ms(self.limits.dial_ms);
        self.step(now, agent, Input::DialKept { until }, Cause::Call, out)
    }

    /// The previewed lead is passed.
    pub fn skip(
        &mut self,
        now: Instant,
        agent: AgentId,
        out: &mut Vec<Event>,
    ) -> Result<(), Refused> {
        self.checked(now, agent, Action::Skip, Input::Release, out)
    }

    /// The customer is put on hold.
    pub fn hold(
        &mut self,
        now: Instant,
        agent: AgentId,
        out: &mut Vec<Event>,
    ) -> Result<(), Refused> {
        self.checked(now, agent, Action::Hold, Input::Hold, out)
    }

    /// The customer is taken back from hold.
    pub fn resume(
        &mut self,
        now: Instant,
        agent: AgentId,
        out: &mut Vec<Event>,
    ) -> Result<(), Refused> {
        self.checked(now, agent, Action::Resume, Input::Resume, out)
    }

    /// The agent's call is over.
    pub fn ended(
        &mut self,
        now: Instant,
        agent: AgentId,
        out: &mut Vec<Event>,
    ) -> Result<(), Refused> {
        self.act(now, agent, Input::Ended, Cause::Call, out)
    }

    /// The agent takes a call that waits, whoever it waits for, or that nobody has (R219).
    pub fn take_call(
        &mut self,
        now: Instant,
        agent: AgentId,
        call: CallId,
        campaign: Option<CampaignId>,
        out: &mut Vec<Event>,
    ) -> Result<(), Refused> {
        self.tick(now, out);
        self.agent(agent).ok_or_else(unknown_agent)?.presence.check(Action::Take)?;
        if self.owners.contains_key(&call) {
            return Err(Refused::illegal("the call is with an agent"));
        }
        self.leave(call);
        self.step(now, agent, Input::Take { call, campaign }, Cause::Agent, out)
    }

    /// `from` gives the call in hand to `to`: an attended transfer to who talks with them about it,
    /// whose own call is the floor's no more, or a supervisor who takes over.
    pub fn pass(
        &mut self,
        now: Instant,
        (from, to): (AgentId, AgentId),
        campaign: Option<CampaignId>,
        out: &mut Vec<Event>,
    ) -> Result<(), Refused> {
        self.tick(now, out);
        let call = self.agent(from).ok_or_else(unknown_agent)?.state().owns();
        let call = call.ok_or_else(|| Refused::illegal("there is no call to give"))?;
        let other = self.agent(to).ok_or_else(unknown_agent)?.presence;
        let input = match other.state() {
            State::Talking { .. } if from != to => Input::Turn { call, campaign },
            _ => {
                other.check(Action::Take)?;
                Input::Take { call, campaign }
            }
        };
        self.step(now, from, Input::Ended, Cause::Call, out)?;
        self.step(now, to, input, Cause::Call, out)
    }

    /// Refuses work that nobody would take now: for an agent, unless they are free for it.
    pub fn may_take(&self, work: &Work) -> Result<(), Refused> {
        match work.target {
            Target::Agent(agent) => {
                let state = self.agent(agent).ok_or_else(unknown_agent)?.state();
                if self.taker(work).is_some() {
                    return Ok(());
                }
                Err(Refused::illegal(format!("the agent is {}", state.name().words())))
            }
            Target::Queue(queue) if !self.queues.contains_key(&queue) => {
                Err(Refused::new(Refusal::Unknown, "there is no such queue"))
            }
            Target::Queue(_) | Target::Campaign(_) => Ok(()),
        }
    }

    /// The call is gone, wherever it is: it waits no more, rings no more, and whoever talked in it
    /// wraps up. A call that the floor does not know changes nothing.
    pub fn withdraw(&mut self, now: Instant, call: CallId, out: &mut Vec<Event>) {
        self.tick(now, out);
        if self.leave(call).is_some() {
            return;
        }
        if let Some(agent) = self.owner(call) {
            let done = self.step(now, agent, Input::Ended, Cause::Call, out);
            debug_assert!(done.is_ok(), "whoever owns a call can end it: {done:?}");
        }
    }

    /// Refuses a call that nobody will ever take.
    fn may_wait(&self, call: CallId, work: &Work) -> Result<(), Refused> {
        if self.knows(call) {
            return Err(Refused::illegal("the call is on the floor already"));
        }
        match work.target {
            Target::Campaign(_) => Ok(()),
            Target::Queue(queue) if self.queues.contains_key(&queue) => Ok(()),
            Target::Queue(_) => Err(Refused::new(Refusal::Unknown, "there is no such queue")),
            Target::Agent(agent) => {
                let state = self.agent(agent).ok_or_else(unknown_agent)?.presence.state();
                // Whoever has work in hand may be free before the caller's deadline.
                if state.call().is_some() || self.taker(work).is_some() {
                    return Ok(());
                }
                Err(Refused::illegal(format!("the agent is {}", state.name().words())))
            }
        }
    }

    /// Refuses a reservation that is over: its agent and its call have gone on.
    #[expect(clippy::needless_pass_by_value, reason = "a token is used up, whatever comes of it")]
    fn redeem(
        &mut self,
        now: Instant,
        reserved: Reserved,
        out: &mut Vec<Event>,
    ) -> Result<AgentId, Refused> {
        self.tick(now, out);
        let Reserved { agent, serial, .. } = reserved;
        let stands = self.seats.get(&agent).is_some_and(|seat| {
            matches!(seat.presence.state(), State::Reserved { .. })
                && seat.held.as_ref().is_some_and(|held| held.serial == serial)
        });
        if stands {
            return Ok(agent);
        }
        Err(Refused::new(Refusal::Stale, "the reservation is over"))
    }

    /// An agent's own move in a call, refused in the words that the desk shows.
    fn checked(
        &mut self,
        now: Instant,
        agent: AgentId,
        action: Action,
        input: Input,
        out: &mut Vec<Event>,
    ) -> Result<(), Refused> {
        self.tick(now, out);
        self.agent(agent).ok_or_else(unknown_agent)?.presence.check(action)?;
        self.step(now, agent, input, Cause::Agent, out)
    }
}
