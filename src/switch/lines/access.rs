//! Lines that agents make from any telephone, by calling an access number (R126).
//!
//! ```text
//!  DID "call_in" ─▶ Led by `routing::call_in` ─▶ proven at the edge ─▶ refused in words, hung up
//!                                                                 └─▶ Up: its leg is the line's
//! ```
//! It is a call with a record of its own, as a line that we call is, and its leg becomes the line's
//! when the agent is known. The PIN goes to the edge, which has its hash, and is in no record, no
//! log and no recording: nothing of the call is recorded before it is the line. Whom an agent's own
//! number shows is what the organisation says; a number that two agents have shows nobody. When the
//! line drops with a customer on it, the agent is called back at that number, or calls in again.

mod proving;

use std::collections::BTreeMap;

use routing::call_in::{Act, CallIn, Guard, Input as Step, Try};
use routing::prompts::{
    CALL_IN_BARRED, CALL_IN_CLOCK_IN, CALL_IN_OTHERWISE, CALL_IN_THERE, CALL_IN_WELCOME,
};
use routing::{AgentId, CallId, ConnectionMode, KnownCaller, Lifecycle, Login, Number, Pin};
use sip::{Q850, Refusal};
use store::Event;
use store::event::CallInResult;

use super::Line;
use crate::call::{Input, Origin};
use crate::switch::calls::Slot;
use crate::switch::inbound::refuse;
use crate::switch::legs::Ending;
use crate::switch::{Now, Output, Switch, streams};

/// What outlives the calls to access numbers.
#[derive(Debug, Default)]
pub(in crate::switch) struct Door {
    guard: Guard,
    /// Own numbers from which agents called in: where they are called back.
    called_from: BTreeMap<AgentId, Number>,
}

/// A call to an access number.
#[derive(Debug)]
pub(in crate::switch) struct Access {
    machine: CallIn,
    /// Whom the PIN that is being proven is to be of; none is a number that no agent has.
    claimed: Option<AgentId>,
    /// The try, as the guard counted it; none where it is wrong by a lock.
    tried: Option<Try>,
    /// What is to be proven, while it is held back.
    held: Option<Proof>,
    /// How the agent is known.
    how: CallInResult,
    /// Whose line it is.
    agent: Option<AgentId>,
}

/// A PIN to be proven; [`Input::Proved`](crate::switch::Input::Proved) answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// For which call.
    pub call: CallId,
    /// Comes back with the answer.
    pub ticket: u64,
    /// Whose; none is nobody's, which takes as long and is never right.
    pub agent: Option<AgentId>,
    /// What was keyed.
    pub pin: Pin,
}

impl Door {
    /// The agent has a new PIN, or none any more.
    pub(in crate::switch) fn forgive(&mut self, agent: AgentId) {
        self.guard.forgive(agent);
    }

    pub(super) fn called_from(&self, agent: AgentId) -> Option<Number> {
        self.called_from.get(&agent).copied()
    }

    pub(super) fn forget(&mut self, agent: AgentId) {
        self.called_from.remove(&agent);
    }
}

impl Switch {
    /// Somebody called an access number.
    pub(in crate::switch) fn begin_access(&mut self, now: Now, id: CallId, out: &mut Vec<Output>) {
        let Some(slot) = self.calls.get(&id) else { return };
        let worth = self.directory.organisation.as_ref();
        let worth = worth.map_or(KnownCaller::Ignored, |organisation| organisation.known_caller);
        let own = slot.call.calling.parse().ok().and_then(|number| self.owner_of(number));
        let known = own.filter(|_| worth != KnownCaller::Ignored);
        let asserted = matches!(slot.call.origin, Origin::Access { asserted: true, .. });
        // From is what the caller says; a carrier that knows better asserts it (RFC 3325).
        let trusted = worth == KnownCaller::Trusted && asserted;
        let mut acts = vec![];
        let machine = CallIn::begin(now.at, known, trusted, &mut acts);
        let how = CallInResult::ByTelephone;
        let access = Access { machine, claimed: None, tried: None, held: None, how, agent: None };
        if let Some(slot) = self.calls.get_mut(&id) {
            slot.access = Some(Box::new(access));
        }
        self.drive(now, id, Input::Led(now.at), out);
        self.access_acts(now, id, acts, out);
    }

    /// Whether there is room for a call: for one to an access number, one more caller who is not
    /// proven, of this number.
    pub(in crate::switch) fn access_room(
        &self,
        origin: Origin,
        calling: &str,
    ) -> Result<(), Refusal> {
        let Origin::Access { .. } = origin else { return Ok(()) };
        let number = calling.parse::<Number>().ok();
        let asks = |slot: &&Slot| {
            let known = slot.access.as_ref().is_some_and(|access| access.agent.is_some());
            matches!(slot.call.origin, Origin::Access { .. }) && !known
        };
        let callers = self.calls.values().filter(asks).map(|slot| slot.call.calling.parse().ok());
        let (mut all, mut same) = (0, 0);
        for caller in callers {
            all += 1;
            same += usize::from(caller == number);
        }
        let of_caller = if number.is_some() { OF_CALLER_MAX } else { UNNUMBERED_MAX };
        if all >= UNPROVEN_MAX {
            return Err(refuse(503, "Too Many Call In", Q850::NO_CIRCUIT));
        }
        if same >= of_caller {
            return Err(refuse(486, "Busy Here", Q850(17)));
        }
        Ok(())
    }

    /// What happens to a caller of an access number.
    pub(in crate::switch) fn access(
        &mut self,
        now: Now,
        id: CallId,
        step: Step,
        out: &mut Vec<Output>,
    ) {
        let slot = self.calls.get_mut(&id);
        let Some(access) = slot.and_then(|slot| slot.access.as_mut()) else { return };
        let mut acts = vec![];
        access.machine.handle(now.at, step, &mut acts);
        self.access_acts(now, id, acts, out);
    }

    /// Whether the call is to an access number.
    pub(in crate::switch) fn is_access(&self, id: CallId) -> bool {
        self.calls.get(&id).is_some_and(|slot| slot.access.is_some())
    }

    /// The clip that a caller of an access number is to hear is not there.
    pub(in crate::switch) fn access_past(
        &mut self,
        now: Now,
        id: CallId,
        out: &mut Vec<Output>,
    ) -> bool {
        let slot = self.calls.get(&id);
        let Some(access) = slot.and_then(|slot| slot.access.as_ref()) else { return false };
        let ticket = access.machine.ticket();
        self.access(now, id, Step::Played(ticket), out);
        true
    }

    fn access_acts(&mut self, now: Now, id: CallId, acts: Vec<Act>, out: &mut Vec<Output>) {
        let due = |slot: &Slot| slot.access.as_ref().and_then(|access| access.machine.deadline());
        if let Some(until) = self.calls.get(&id).and_then(due) {
            self.drive(now, id, Input::Led(until), out);
        }
        for act in acts {
            let party = self.calls.get(&id).and_then(|slot| slot.call.customer);
            let Some(party) = party else { return };
            match act {
                Act::Play { clip, ticket } => {
                    streams::clip(party.stream, clip.to_owned(), ticket, out);
                }
                Act::Quiet => streams::hush(party.stream, out),
                Act::Prove { ticket, claim, pin } => self.prove(now, (id, ticket), claim, pin, out),
                Act::Send => self.send_held(id, out),
                Act::Forgive => self.forgive_try(now, id, out),
                Act::Admit(agent) => self.admit_agent(now, id, agent, out),
                Act::HangUp => self.drive(now, id, Input::HangUp, out),
            }
        }
    }

    /// The agent is known: the line is theirs, or they hear why not.
    fn admit_agent(&mut self, now: Now, id: CallId, agent: AgentId, out: &mut Vec<Output>) {
        if !self.is_led(id) {
            return;
        }
        if let Some((clip, how)) = self.line_refused(agent) {
            self.write(now, Event::CalledIn { call: id, agent: Some(agent), how }, out);
            self.access(now, id, Step::Refused(clip), out);
            return;
        }
        let Some(slot) = self.calls.get_mut(&id) else { return };
        let (Some(party), Some(access)) = (slot.call.customer, slot.access.as_mut()) else {
            return;
        };
        access.agent = Some(agent);
        let (how, calling) = (access.how, slot.call.calling.parse().ok());
        let view = self.floor.agent(agent);
        let own =
            |number: &Number| view.is_some_and(|view| view.profile.connection.is_own(*number));
        match calling.filter(own) {
            Some(number) => {
                self.door.called_from.insert(agent, number);
            }
            None => self.door.forget(agent),
        }
        self.give_way(now, agent, out);
        self.outside.insert(agent, id);
        self.write(now, Event::CalledIn { call: id, agent: Some(agent), how }, out);
        self.drive(now, id, Input::Lined(agent), out);
        streams::notice(party.stream, CALL_IN_WELCOME.to_owned(), out);
        self.phone_is_line(now, (id, agent), party, out);
    }

    /// Why an agent who is known has no line by this call: the clip, and the word of the record.
    fn line_refused(&self, agent: AgentId) -> Option<(&'static str, CallInResult)> {
        let barred = (CALL_IN_BARRED, CallInResult::Barred);
        let Some(view) = self.floor.agent(agent) else { return Some(barred) };
        let profile = view.profile;
        if profile.lifecycle != Lifecycle::Active || profile.login != Login::Enabled {
            return Some(barred);
        }
        if !self.works(agent) {
            return Some((CALL_IN_CLOCK_IN, CallInResult::NotClockedIn));
        }
        if view.line.mode != ConnectionMode::CallIn {
            return Some((CALL_IN_OTHERWISE, CallInResult::OtherMode));
        }
        match self.lines.get(&agent) {
            Some(Line::Up { .. }) | None => Some((CALL_IN_THERE, CallInResult::HasLine)),
            Some(_) => None,
        }
    }

    /// The agent is here: whoever rings for the line stops, and a leg that leaves is gone.
    fn give_way(&mut self, now: Now, agent: AgentId, out: &mut Vec<Output>) {
        let line = self.lines.get(&agent).copied();
        self.set_line(agent, Some(Line::Down { again: None }));
        match line {
            Some(Line::Calling { call, .. }) => {
                self.outside.remove(&agent);
                self.drive(now, call, Input::HangUp, out);
            }
            Some(Line::Ringing { party, .. } | Line::Leaving { party: Some(party), .. }) => {
                // Its owner first: what is still to come of the leg is not the line's.
                self.legs.remove(&party.leg);
                if let Some(Line::Ringing { .. }) = line {
                    self.sip(out, |sip, o| sip.hang_up(now.at, party.leg, None, o));
                }
                let ending = Ending { by_us: true, ..Ending::default() };
                if !self.end_outside(now, agent, ending, out) {
                    self.close_stream(now, party.stream, out);
                }
            }
            Some(Line::Leaving { party: None, .. }) => {
                self.outside.remove(&agent);
            }
            Some(Line::Down { .. } | Line::Up { .. }) | None => {}
        }
    }

    /// The one agent whose own number this is.
    fn owner_of(&self, number: Number) -> Option<AgentId> {
        let own = |view: &routing::floor::AgentView<'_>| view.profile.connection.is_own(number);
        let mut owners = self.floor.agents().filter(own).map(|view| view.profile.id);
        let owner = owners.next()?;
        owners.next().is_none().then_some(owner)
    }

    /// A call to an access number is over.
    pub(in crate::switch) fn access_over(&mut self, now: Now, slot: &Slot, out: &mut Vec<Output>) {
        let agent = slot.access.as_ref().and_then(|access| access.agent);
        if let Some(agent) = agent {
            self.phone_over(now, (slot.call.id, agent), out);
        }
    }

    /// A caller of an access number pressed a key.
    pub(in crate::switch) fn access_by_key(
        &mut self,
        now: Now,
        id: CallId,
        key: char,
        out: &mut Vec<Output>,
    ) {
        if self.is_led(id) {
            self.access(now, id, Step::Key(key), out);
        }
    }
}

impl Access {
    /// Whose line the call is.
    pub(in crate::switch) fn agent(&self) -> Option<AgentId> {
        self.agent
    }
}

/// Callers at one time who are not proven.
const UNPROVEN_MAX: usize = 20;

/// Those of one number: one who hung up may not have left yet.
const OF_CALLER_MAX: usize = 2;

/// Those who show no number, that the others keep room.
const UNNUMBERED_MAX: usize = 10;
