//! The PINs of callers of an access number: counted, held back, proven at the edge, and written.
//!
//! ```text
//!  keyed ─counted─▶ held back ─▶ Output::Prove ─▶ right: admitted
//!                                     ├─▶ wrong: written, warned of where it locks
//!                                     └─▶ not proven, or no answer in time: taken back, written
//! ```
//! Who hangs up before the answer has tried all the same: it is written, and stays counted.

use routing::call_in::{Claim, Input as Step, Locked, Source};
use routing::{AgentId, AgentNumber, CallId, Number, Pin, Verdict};
use store::Event;
use store::event::CallInResult;

use super::Proof;
use crate::switch::calls::Slot;
use crate::switch::{Now, Output, Switch};

impl Switch {
    /// Sends a PIN to be proven; one that is locked, or nobody's, takes as long.
    pub(super) fn prove(
        &mut self,
        now: Now,
        (id, ticket): (CallId, u64),
        claim: Claim,
        pin: Pin,
        out: &mut Vec<Output>,
    ) {
        let claimed = match claim {
            Claim::Agent(agent) => Some(agent),
            Claim::Number(number) => number.and_then(|number| self.agent_of(number)),
        };
        let Some(number) = self.calls.get(&id).map(|slot| slot.call.calling.parse().ok()) else {
            return;
        };
        let source = self.source(claimed, number);
        let tried = self.door.guard.tries(now.at, claimed, source);
        let agent = claimed.filter(|_| tried.is_some());
        let proof = Proof { call: id, ticket, agent, pin };
        let slot = self.calls.get_mut(&id);
        let Some(access) = slot.and_then(|slot| slot.access.as_mut()) else { return };
        (access.claimed, access.tried) = (claimed, tried);
        match tried.map(|tried| tried.wait).filter(|wait| !wait.is_zero()) {
            Some(wait) => {
                access.held = Some(proof);
                self.access(now, id, Step::Slowed(wait), out);
            }
            None => out.push(Output::Prove(proof)),
        }
    }

    /// A PIN was held back for long enough.
    pub(super) fn send_held(&mut self, id: CallId, out: &mut Vec<Output>) {
        let slot = self.calls.get_mut(&id);
        let held = slot.and_then(|slot| slot.access.as_mut()).and_then(|one| one.held.take());
        out.extend(held.map(Output::Prove));
    }

    /// The edge says whether a PIN is right. Of a call that ended meanwhile it means nothing.
    pub(in crate::switch) fn proved(
        &mut self,
        now: Now,
        (id, ticket): (CallId, u64),
        verdict: Verdict,
        out: &mut Vec<Output>,
    ) {
        if !self.is_led(id) {
            return;
        }
        let Some(slot) = self.calls.get_mut(&id) else { return };
        let number = slot.call.calling.parse().ok();
        let access = slot.access.as_mut().filter(|access| access.machine.has_asked(ticket));
        let Some(access) = access else { return };
        let (claimed, tried) = (access.claimed, access.tried);
        let agent = claimed.filter(|_| verdict == Verdict::Right && tried.is_some());
        if agent.is_some() {
            access.how = CallInResult::ByPin;
        }
        match (verdict, agent) {
            (Verdict::NotProven, _) => return self.access(now, id, Step::Unproven(ticket), out),
            (_, Some(agent)) => {
                let source = self.source(claimed, number);
                self.door.guard.was_right(agent, source);
            }
            (_, None) => {
                let how = if tried.is_some() { CallInResult::Wrong } else { CallInResult::Locked };
                self.write(now, Event::CalledIn { call: id, agent: claimed, how }, out);
                let locks = tried.unwrap_or_default().locks;
                self.tell_wrong(now, (claimed, number), locks, out);
            }
        }
        self.access(now, id, Step::Proved(ticket, agent), out);
    }

    /// Nobody could prove it: the try is taken back.
    pub(super) fn forgive_try(&mut self, now: Now, id: CallId, out: &mut Vec<Output>) {
        let Some(slot) = self.calls.get_mut(&id) else { return };
        let number = slot.call.calling.parse().ok();
        let Some(access) = slot.access.as_mut() else { return };
        let (claimed, tried) = (access.claimed, access.tried.take());
        if tried.is_some() {
            let source = self.source(claimed, number);
            self.door.guard.was_none(claimed, source);
        }
        let how = CallInResult::NotProven;
        self.write(now, Event::CalledIn { call: id, agent: claimed, how }, out);
        out.push(Output::Warn("call-in: a PIN could not be proven: try again later".to_owned()));
    }

    /// A call ends before its PIN is proven: it was a try.
    pub(in crate::switch) fn end_try(&mut self, now: Now, slot: &Slot, out: &mut Vec<Output>) {
        let access = slot.access.as_deref();
        let Some(access) = access.filter(|access| access.machine.is_proving()) else { return };
        let (call, agent, how) = (slot.call.id, access.claimed, CallInResult::NotProven);
        self.write(now, Event::CalledIn { call, agent, how }, out);
        let locks = access.tried.unwrap_or_default().locks;
        self.tell_wrong(now, (agent, slot.call.calling.parse().ok()), locks, out);
    }

    fn source(&self, claimed: Option<AgentId>, number: Option<Number>) -> Source {
        let view = claimed.and_then(|agent| self.floor.agent(agent));
        let own = view.zip(number);
        Source {
            number,
            own: own.is_some_and(|(view, number)| view.profile.connection.is_own(number)),
        }
    }

    fn agent_of(&self, number: AgentNumber) -> Option<AgentId> {
        let mut agents = self.floor.agents();
        agents.find(|view| view.profile.number == number).map(|view| view.profile.id)
    }

    /// Somebody is to know of what was locked, and of a house that is tried all over.
    fn tell_wrong(
        &mut self,
        now: Now,
        (agent, number): (Option<AgentId>, Option<Number>),
        locks: Locked,
        out: &mut Vec<Output>,
    ) {
        let caller = number.map_or("who shows no number".to_owned(), |number| number.to_string());
        let view = agent.and_then(|agent| self.floor.agent(agent));
        if let Some(view) = view.filter(|_| locks.pair) {
            let number = view.profile.number;
            out.push(Output::Warn(format!(
                "call-in: {caller} is locked for 15 minutes for agent {number}: wrong too often"
            )));
        }
        if locks.caller {
            out.push(Output::Warn(format!(
                "call-in: {caller} is locked for 15 minutes: wrong too often"
            )));
        }
        if self.door.guard.was_wrong(now.at) {
            out.push(Output::Warn(format!(
                "call-in: 50 more wrong tries within an hour, the latest by {caller}: PINs may \
                 be guessed at"
            )));
        }
    }
}
