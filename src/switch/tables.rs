//! The tables around agents: who sits at them now, told to the media plane as routes.
//!
//! A table belongs to one agent: their line, the customer in hand unless on hold, whoever they
//! consult unless turned from, and supervisors who listen. A colleague who is consulted sits at the
//! table of the agent who called. Every change of these is one `reroute`.

use dialer::Outcome;
use media::{Command, Country, Signal, StreamId};
use routing::{AgentId, CallId};

use super::calls::{Slot, outcome_of};
use super::{Output, Switch, streams};
use crate::call::table::{Ear, Table};
use crate::call::{Origin, State};

impl Switch {
    /// Tells the plane who hears whom around this agent.
    pub(super) fn reroute(&self, agent: AgentId, out: &mut Vec<Output>) {
        let Some(table) = self.table(agent) else { return };
        self.close_other_ear(self.host(agent), out);
        for stream in std::iter::once(&table.agent).chain(&table.guests) {
            out.push(Output::Media(Command::StopPlay { stream: *stream }));
        }
        out.push(Output::Media(Command::Route(table.route())));
    }

    /// Lets the parties of two calls hear each other.
    pub(super) fn bridge(&self, one: CallId, other: CallId, out: &mut Vec<Output>) {
        let stream = |id| self.calls.get(&id)?.call.customer.map(|party| party.stream);
        if let (Some(one), Some(other)) = (stream(one), stream(other)) {
            out.push(Output::Media(Command::StopPlay { stream: other }));
            streams::join(one, other, out);
        }
    }

    /// The agent hears that the other side rings.
    pub(super) fn ringback(&self, agent: AgentId, call: CallId, out: &mut Vec<Output>) {
        if let Some(ear) = self.ear(agent) {
            streams::ringback(ear, self.country_of(call), out);
        }
    }

    /// An agent whose call was not answered hears why: engaged, or not to be reached. Of one that
    /// rang in vain the ringing has said all there is.
    pub(super) fn hear_failure(&self, agent: AgentId, slot: &Slot, out: &mut Vec<Output>) {
        let signal = match outcome_of(slot) {
            Outcome::Busy | Outcome::Refused => Signal::Busy,
            Outcome::BadNumber
            | Outcome::Blocked
            | Outcome::CarrierFailure
            | Outcome::Configuration => Signal::Congestion,
            _ => return,
        };
        if let Some(ear) = self.ear(agent).filter(|_| slot.hung_up_by.is_none()) {
            streams::failure(ear, signal, self.country(&slot.call.called), out);
        }
    }

    /// Whose signals belong to a call: those of the number that was called.
    pub(super) fn country_of(&self, call: CallId) -> Country {
        let called = self.calls.get(&call).map(|slot| slot.call.called.as_str());
        self.country(called.unwrap_or_default())
    }

    fn country(&self, called: &str) -> Country {
        Country::of_number(called).unwrap_or(self.settings.tones)
    }

    /// This side of a call: the customer's stream, or the line of the agent who made it.
    pub(super) fn near(&self, slot: &Slot) -> Option<StreamId> {
        let caller = match slot.call.origin {
            Origin::Consult { by, trunk: None, .. } => self.ear(by),
            _ => None,
        };
        slot.call.customer.map(|party| party.stream).or(caller)
    }

    fn table(&self, agent: AgentId) -> Option<Table> {
        let host = self.host(agent);
        let ear = self.ear(host)?;
        let in_hand = self.call_of(host).and_then(|call| self.calls.get(&call));
        let customer = in_hand
            .filter(|slot| slot.call.state() == State::Talking { agent: host })
            .and_then(|slot| slot.call.customer);
        let third = self.consultations.get(&host).filter(|one| one.is_at_the_table());
        let third = third.and_then(|consultation| self.far(consultation.call));
        let guests = customer.map(|party| party.stream).into_iter().chain(third).collect();
        let watching = self.watched.get(&host).into_iter().flatten();
        let ears = watching.filter_map(|(boss, ear)| Some((self.line_up(*boss)?.stream, *ear)));
        let supervisors: Vec<(StreamId, Ear)> = ears.collect();
        Some(Table { agent: ear, muted: self.muted.contains(&host), guests, supervisors })
    }

    /// At whose table the agent sits: their own, or that of the colleague who called them.
    pub(super) fn host(&self, agent: AgentId) -> AgentId {
        let in_hand = self.call_of(agent).and_then(|call| self.calls.get(&call));
        match in_hand.map(|slot| slot.call.origin) {
            Some(Origin::Consult { by, .. }) => by,
            _ => agent,
        }
    }

    /// The other side of a consultation, once somebody is there.
    pub(super) fn far(&self, call: CallId) -> Option<StreamId> {
        let slot = self.calls.get(&call)?;
        match slot.call.state() {
            State::Talking { agent } => self.line_up(agent).map(|line| line.stream),
            State::Beside { .. } => slot.call.customer.map(|party| party.stream),
            _ => None,
        }
    }
}
