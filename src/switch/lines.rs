//! Agent lines: the answered legs between the switch and its agents (R126–R128).
//!
//! ```text
//!  Down ──clock in, phone registered, Ready, call to rescue──▶ Ringing ──200──▶ Up
//!   ▲  ◀──refused, 30 s──────────────────────────────────────────┘              │
//!   │  ──the same, at a number outside──▶ Calling ──200──────────▶ Up           │
//!   └──leg ended: idle agents become unavailable, customers hear music ─────────┤
//!  gone ◀──────────────────────────── clock out: BYE ───────────────────────────┘
//! ```
//! There is a line for every agent who is clocked in, and for no other but while it is hung up. A
//! persistent one is kept between calls; of one that is made for each, see `per_call`. A number
//! outside is dialled as a call of its own, see `outside`; who calls in makes the line, see
//! `call_in` from the extension and `access` from any other telephone.

pub(super) mod access;
mod call_in;
mod outside;
mod per_call;

use std::time::{Duration, Instant};

use bytes::Bytes;
use media::StreamId;
use routing::{AgentId, CallId, ConnectionMode, LinePlan};
use sip::{Destination, Flow, Identity, Invite, LegId, Q850, Refusal, Transport};
use store::Event;

use super::inbound::refuse;
use super::legs::Ending;
use super::{Now, Output, Owner, Settings, Switch};
use crate::call::{Input as CallInput, Party};

/// One agent's line.
#[derive(Clone, Copy, Debug)]
pub(super) enum Line {
    /// Nothing is up.
    Down {
        /// When it is rung again by itself: while a customer waits for it.
        again: Option<Instant>,
    },
    /// The telephone rings.
    Ringing {
        /// The leg.
        party: Party,
        /// When ringing has lasted long enough.
        give_up: Instant,
    },
    /// A number outside is called.
    Calling {
        /// The call, which knows how long it may ring.
        call: CallId,
        /// Somebody answered, and has to press 1 before this.
        until: Option<Instant>,
    },
    /// Answered; a customer is one route away.
    Up {
        /// The leg.
        party: Party,
        /// When it is hung up unless something comes of it: where it is made for each call.
        until: Option<Instant>,
    },
    /// Hung up by us; its leg has not ended yet.
    Leaving {
        /// The leg; none was answered outside yet.
        party: Option<Party>,
        /// The agent clocked in again meanwhile.
        ring: bool,
    },
}

impl Line {
    pub(super) fn deadline(&self) -> Option<Instant> {
        match *self {
            Self::Down { again } => again,
            Self::Ringing { give_up, .. } => Some(give_up),
            Self::Up { until, .. } | Self::Calling { until, .. } => until,
            Self::Leaving { .. } => None,
        }
    }

    pub(super) fn party(&self) -> Option<Party> {
        match *self {
            Self::Down { .. } | Self::Calling { .. } => None,
            Self::Ringing { party, .. } | Self::Up { party, .. } => Some(party),
            Self::Leaving { party, .. } => party,
        }
    }
}

impl Switch {
    /// The agent's line, if it is up.
    pub(super) fn line_up(&self, agent: AgentId) -> Option<Party> {
        match self.lines.get(&agent) {
            Some(&Line::Up { party, .. }) => Some(party),
            _ => None,
        }
    }

    /// How the agent's line is made in this shift.
    pub(super) fn line_plan(&self, agent: AgentId) -> LinePlan {
        self.floor.agent(agent).map(|view| view.line).unwrap_or_default()
    }

    /// The agent clocked in: a persistent line is rung at once.
    pub(super) fn open_line(&mut self, now: Now, agent: AgentId, out: &mut Vec<Output>) {
        if self.line_plan(agent).persistent {
            self.ring_line(now, agent, out);
        } else if !self.lines.contains_key(&agent) {
            self.set_line(agent, Some(Line::Down { again: None }));
        }
    }

    /// Rings the agent's telephone unless it rings or is answered already.
    pub(super) fn ring_line(&mut self, now: Now, agent: AgentId, out: &mut Vec<Output>) {
        match self.lines.get_mut(&agent) {
            None | Some(Line::Down { .. }) => {}
            Some(Line::Leaving { ring, .. }) => {
                *ring = true;
                return;
            }
            Some(Line::Ringing { .. } | Line::Calling { .. } | Line::Up { .. }) => return,
        }
        let phone = self.line_plan(agent).phone.or_else(|| self.door.called_from(agent));
        let line = match phone {
            _ if !self.may_be_rung(agent) => {
                return self.set_line(agent, Some(Line::Down { again: None }));
            }
            Some(number) => {
                let call = self.call_phone(now, agent, number, out);
                call.map(|call| Line::Calling { call, until: None })
            }
            None => self
                .invite_line(now, agent, out)
                .map(|party| Line::Ringing { party, give_up: now.at + RING_MAX }),
        };
        let line = line.unwrap_or_else(|| Line::Down { again: self.rescue_at(now, agent) });
        self.set_line(agent, Some(line));
        self.touched.agents.insert(agent);
    }

    /// Whether the agent's extension is registered by what the plan rings.
    pub(super) fn has_telephone(&self, agent: AgentId, plan: LinePlan) -> bool {
        let extension = self.directory.extension(agent).unwrap_or_default();
        let page_only = plan.mode == ConnectionMode::WebConnect;
        let mut bindings = self.sip.bindings(extension).iter();
        bindings.any(|binding| !page_only || is_page(binding.flow.transport))
    }

    fn invite_line(&mut self, now: Now, agent: AgentId, out: &mut Vec<Output>) -> Option<Party> {
        let extension = self.directory.extension(agent)?.to_owned();
        let page_only = self.line_plan(agent).mode == ConnectionMode::WebConnect;
        let mut bindings = self.sip.bindings(&extension).iter();
        let fits = |transport| !page_only || is_page(transport);
        let flow = bindings.find(|binding| fits(binding.flow.transport))?.flow;
        let (stream, port) = self.reserve_for_phone(now, Owner::Line(agent), flow)?;
        let offer = self.streams.offer(stream, media::sdp::Direction::SendRecv);
        let account = if page_only { Destination::Page } else { Destination::Account };
        let invite = Invite {
            to: account(extension),
            from: self.house(),
            asserted: None,
            sdp: offer,
            headers: vec![],
            credentials: None,
            timer_b: None,
        };
        match self.sip(out, |sip, o| sip.invite(now.at, invite, o)) {
            Ok(leg) => {
                self.legs.insert(leg, Owner::Line(agent));
                Some(Party { leg, stream, port })
            }
            Err(error) => {
                out.push(Output::Warn(format!("an agent's line: {error}")));
                self.close_stream(now, stream, out);
                None
            }
        }
    }

    /// Our side of what an agent's telephone offers by a call of its own, or of our offer.
    pub(super) fn take_phone(
        &mut self,
        now: Now,
        (owner, leg, flow): (Owner, LegId, Flow),
        sdp: Option<&Bytes>,
        out: &mut Vec<Output>,
    ) -> Result<(Party, Bytes), Refusal> {
        let place = self.reserve_for_phone(now, owner, flow);
        let (stream, port) = place.ok_or_else(|| refuse(503, "No Room", Q850::NO_CIRCUIT))?;
        match self.describe(stream, sdp, out) {
            Ok(said) => Ok((Party { leg, stream, port }, said)),
            Err(error) => {
                self.close_stream(now, stream, out);
                Err(refuse(488, &error.to_string(), Q850(88)))
            }
        }
    }

    /// A port and a number for a leg of an agent's telephone.
    fn reserve_for_phone(&mut self, now: Now, owner: Owner, flow: Flow) -> Option<(StreamId, u16)> {
        let phone = flow.remote.ip();
        // A page speaks SIP by WebSocket, and its audio is WebRTC.
        if is_page(flow.transport) && self.settings.web.is_some() {
            return self.streams.reserve_web(owner, phone);
        }
        self.streams.reserve(now.at, owner, phone, self.settings.srtp)
    }

    /// Who calls an agent's telephone to make its line.
    fn house(&self) -> Identity {
        let organisation = self.directory.organisation.as_ref();
        Identity {
            user: "cordboard".to_owned(),
            display: organisation.map(|organisation| organisation.name.clone()),
            host: self.settings.sip.realm.clone(),
        }
    }

    /// The agent stopped working: the line is hung up.
    pub(super) fn leave_line(&mut self, now: Now, agent: AgentId, out: &mut Vec<Output>) {
        self.hang_up_line(now, agent, out);
        self.door.forget(agent);
        match self.lines.get_mut(&agent) {
            Some(Line::Leaving { ring, .. }) => *ring = false,
            _ => self.set_line(agent, None),
        }
    }

    /// The line is not needed any more.
    pub(super) fn hang_up_line(&mut self, now: Now, agent: AgentId, out: &mut Vec<Output>) {
        let ring = false;
        match self.lines.get(&agent).copied() {
            Some(Line::Ringing { party, .. } | Line::Up { party, .. }) => {
                self.set_line(agent, Some(Line::Leaving { party: Some(party), ring }));
                self.sip(out, |sip, o| sip.hang_up(now.at, party.leg, None, o));
            }
            Some(Line::Calling { call, .. }) => {
                self.set_line(agent, Some(Line::Leaving { party: None, ring }));
                self.drive(now, call, CallInput::HangUp, out);
            }
            Some(Line::Down { .. }) => self.set_line(agent, Some(Line::Down { again: None })),
            Some(Line::Leaving { .. }) | None => {}
        }
        self.touched.agents.insert(agent);
    }

    /// The agent's telephone answered.
    pub(super) fn line_answered(
        &mut self,
        now: Now,
        agent: AgentId,
        sdp: Option<&Bytes>,
        out: &mut Vec<Output>,
    ) {
        let Some(&Line::Ringing { party, .. }) = self.lines.get(&agent) else { return };
        let agreed = self.streams.accept(party.stream, sdp.map_or(&[], |sdp| &sdp[..]));
        let agreed = match agreed {
            Ok(agreed) => agreed,
            Err(error) => {
                out.push(Output::Warn(format!("an agent's telephone answered badly: {error}")));
                self.sip(out, |sip, o| sip.hang_up(now.at, party.leg, None, o));
                return;
            }
        };
        self.open_stream(party.stream, agreed, out);
        self.line_is_up(now, agent, party, out);
    }

    /// Somebody is there at the other end of the agent's line.
    fn line_is_up(&mut self, now: Now, agent: AgentId, party: Party, out: &mut Vec<Output>) {
        self.set_line(agent, Some(Line::Up { party, until: None }));
        self.touched.agents.insert(agent);
        if let Err(refused) = self.floor(|floor, o| floor.line_up(now.at, agent, o)) {
            out.push(Output::Warn(format!("an agent's line is up, but {refused}")));
        }
        match self.call_of(agent) {
            Some(call) if self.is_rung(agent) && self.places.of_next(call).is_some() => {
                self.call_place(now, agent, call, out);
            }
            Some(call) if self.is_rung(agent) => self.take_rung(now, (call, agent), out),
            Some(call) => self.drive(now, call, CallInput::LineBack, out),
            None => {}
        }
        self.bound_line(now, agent);
    }

    /// The line's leg is over, for whatever reason.
    pub(super) fn line_ended(
        &mut self,
        now: Now,
        agent: AgentId,
        (leg, ending): (LegId, Ending),
        out: &mut Vec<Output>,
    ) {
        let Some(line) = self.lines.get(&agent).copied() else { return };
        let Some(party) = line.party().filter(|party| party.leg == leg) else { return };
        let hung_up = !ending.by_us && !ending.by_network;
        if !self.end_outside(now, agent, ending, out) {
            self.close_stream(now, party.stream, out);
        }
        self.line_down(now, agent, (line, hung_up), out);
    }

    /// What follows for an agent whose line, as it was, is no more.
    fn line_down(
        &mut self,
        now: Now,
        agent: AgentId,
        (line, hung_up): (Line, bool),
        out: &mut Vec<Output>,
    ) {
        self.touched.agents.insert(agent);
        if !self.works(agent) {
            self.set_line(agent, None);
            return;
        }
        self.set_line(agent, Some(Line::Down { again: None }));
        match line {
            Line::Up { .. } if self.hung_up_after_use(now, agent, hung_up, out) => {}
            Line::Up { .. } => self.line_lost(now, agent, out),
            Line::Leaving { ring: true, .. } => return self.ring_line(now, agent, out),
            Line::Ringing { .. } | Line::Calling { .. } => self.not_picked_up(now, agent, out),
            Line::Down { .. } | Line::Leaving { .. } => {}
        }
        let again = self.rescue_at(now, agent);
        if let Some(Line::Down { .. }) = self.lines.get(&agent) {
            self.set_line(agent, Some(Line::Down { again }));
        }
    }

    /// An idle agent is unavailable, and a customer hears music while the agent is called back.
    fn line_lost(&mut self, now: Now, agent: AgentId, out: &mut Vec<Output>) {
        let call = self.call_of(agent);
        if let Err(refused) = self.floor(|floor, o| floor.line_lost(now.at, agent, o)) {
            out.push(Output::Warn(format!("an agent's line is lost, but {refused}")));
        }
        self.end_consultation(now, agent, out);
        if let Some(call) = call.filter(|call| self.is_with(*call, agent)) {
            self.write(now, Event::AgentLost { call, agent }, out);
            self.drive(now, call, CallInput::LineLost, out);
        }
    }

    /// A telephone registered: a line that is down is rung again.
    pub(super) fn phone_registered(&mut self, now: Now, user: &str, out: &mut Vec<Output>) {
        let Some(agent) = self.directory.agent_at(user) else { return };
        self.touched.agents.insert(agent);
        self.phone_seen(now, agent, out);
        self.forget_refusal(agent);
        let plan = self.line_plan(agent);
        let wanted = plan.persistent || self.call_of(agent).is_some();
        let is_down = matches!(self.lines.get(&agent), Some(Line::Down { .. }));
        if is_down && wanted && plan.rings_extension() {
            self.ring_line(now, agent, out);
        }
    }

    /// A telephone that fell silent is asked whether it is there; no answer ends its leg.
    pub(super) fn ask_line(&mut self, now: Now, agent: AgentId, out: &mut Vec<Output>) {
        if let Some(party) = self.line_up(agent) {
            let is_held = self.streams.is_held(party.stream);
            let patience = if is_held { Settings::HELD_PATIENCE } else { Settings::PROBE_PATIENCE };
            self.sip(out, |sip, o| sip.probe(now.at, party.leg, patience, o));
        }
    }

    /// A line's deadline has come: it rang for too long, or is to be rung again.
    pub(super) fn tick_line(&mut self, now: Now, agent: AgentId, out: &mut Vec<Output>) {
        let due = |line: &Line| line.deadline().is_some_and(|at| at <= now.at);
        match self.lines.get(&agent).copied().filter(due) {
            Some(Line::Ringing { .. }) => self.hang_up_line(now, agent, out),
            Some(Line::Up { .. }) => self.let_idle_line_go(now, agent, out),
            Some(Line::Calling { call, .. }) => self.drive(now, call, CallInput::HangUp, out),
            Some(_) => self.ring_line(now, agent, out),
            None => {}
        }
    }

    /// Where the agent's line stands now, and its alarm with it.
    fn set_line(&mut self, agent: AgentId, line: Option<Line>) {
        let old = match line {
            Some(line) => self.lines.insert(agent, line),
            None => self.lines.remove(&agent),
        };
        let due = |line: Option<Line>| line.as_ref().and_then(Line::deadline);
        self.alarms.replace(due(old), due(line), Owner::Line(agent));
    }

    /// A line is rung again by itself only while a customer waits for it.
    fn rescue_at(&self, now: Now, agent: AgentId) -> Option<Instant> {
        self.call_of(agent).map(|_| now.at + RESCUE_PAUSE)
    }
}

fn is_page(transport: Transport) -> bool {
    matches!(transport, Transport::Ws | Transport::Wss)
}

/// How long an agent's telephone may ring.
const RING_MAX: Duration = Duration::from_secs(30);

/// How often a lost line is tried while a customer waits for its agent.
const RESCUE_PAUSE: Duration = Duration::from_secs(3);
