//! Agent lines: the answered legs to agents' telephones that stay up between calls.
//!
//! ```text
//!  Down ──clock in, phone registered, Ready, call to rescue──▶ Ringing ──200──▶ Up
//!   ▲  ◀──refused, 30 s──────────────────────────────────────────┘              │
//!   └──leg ended: idle agents become unavailable, customers hear music ─────────┤
//!  gone ◀──────────────────────────── clock out: BYE ───────────────────────────┘
//! ```
//! There is a line for every agent who is clocked in, and for no other but while it is hung up.

use std::time::{Duration, Instant};

use bytes::Bytes;
use media::StreamId;
use routing::{AgentId, StateName};
use sip::{Destination, Flow, Identity, Invite, LegId, Transport};
use store::Event;

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
    /// Answered; a customer is one route away.
    Up {
        /// The leg.
        party: Party,
    },
    /// Hung up by us; its leg has not ended yet.
    Leaving {
        /// The leg.
        party: Party,
        /// The agent clocked in again meanwhile.
        ring: bool,
    },
}

impl Line {
    pub(super) fn deadline(&self) -> Option<Instant> {
        match *self {
            Self::Down { again } => again,
            Self::Ringing { give_up, .. } => Some(give_up),
            Self::Up { .. } | Self::Leaving { .. } => None,
        }
    }

    pub(super) fn party(&self) -> Option<Party> {
        match *self {
            Self::Down { .. } => None,
            Self::Ringing { party, .. } | Self::Up { party } | Self::Leaving { party, .. } => {
                Some(party)
            }
        }
    }
}

impl Switch {
    /// The agent's line, if it is up.
    pub(super) fn line_up(&self, agent: AgentId) -> Option<Party> {
        match self.lines.get(&agent) {
            Some(&Line::Up { party }) => Some(party),
            _ => None,
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
            Some(Line::Ringing { .. } | Line::Up { .. }) => return,
        }
        let line = match self.invite_line(now, agent, out) {
            Some(party) => Line::Ringing { party, give_up: now.at + RING_MAX },
            None => Line::Down { again: self.rescue_at(now, agent) },
        };
        self.set_line(agent, Some(line));
        self.touched.agents.insert(agent);
    }

    fn invite_line(&mut self, now: Now, agent: AgentId, out: &mut Vec<Output>) -> Option<Party> {
        let extension = self.directory.extension(agent)?.to_owned();
        let flow = self.sip.bindings(&extension).first()?.flow;
        let (stream, port) = self.reserve_for_phone(now, Owner::Line(agent), flow)?;
        let offer = self.streams.offer(stream, media::sdp::Direction::SendRecv);
        let invite = Invite {
            to: Destination::Account(extension),
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

    /// A port and a number for a leg of an agent's telephone.
    pub(super) fn reserve_for_phone(
        &mut self,
        now: Now,
        owner: Owner,
        flow: Flow,
    ) -> Option<(StreamId, u16)> {
        let phone = flow.remote.ip();
        // A page speaks SIP by WebSocket, and its audio is WebRTC.
        let is_page = matches!(flow.transport, Transport::Ws | Transport::Wss);
        if is_page && self.settings.web.is_some() {
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
        match self.lines.get(&agent).and_then(Line::party) {
            Some(party) => {
                self.set_line(agent, Some(Line::Leaving { party, ring: false }));
                self.sip(out, |sip, o| sip.hang_up(now.at, party.leg, None, o));
            }
            None => self.set_line(agent, None),
        }
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
        self.set_line(agent, Some(Line::Up { party }));
        self.touched.agents.insert(agent);
        if let Err(refused) = self.floor(|floor, o| floor.line_up(now.at, agent, o)) {
            out.push(Output::Warn(format!("an agent's line is up, but {refused}")));
        }
        if let Some(call) = self.call_of(agent) {
            self.drive(now, call, CallInput::LineBack, out);
        }
    }

    /// The line's leg is over, for whatever reason.
    pub(super) fn line_ended(
        &mut self,
        now: Now,
        agent: AgentId,
        leg: LegId,
        out: &mut Vec<Output>,
    ) {
        let Some(line) = self.lines.get(&agent).copied() else { return };
        let Some(party) = line.party().filter(|party| party.leg == leg) else { return };
        self.close_stream(now, party.stream, out);
        self.touched.agents.insert(agent);
        let works =
            self.floor.agent(agent).is_some_and(|view| view.state().name() != StateName::LoggedOut);
        if !works {
            self.set_line(agent, None);
            return;
        }
        self.set_line(agent, Some(Line::Down { again: None }));
        let call = self.call_of(agent);
        if let Line::Up { .. } = line {
            if let Err(refused) = self.floor(|floor, o| floor.line_lost(now.at, agent, o)) {
                out.push(Output::Warn(format!("an agent's line is lost, but {refused}")));
            }
            self.end_consultation(now, agent, out);
            if let Some(call) = call.filter(|call| self.is_with(*call, agent)) {
                self.write(now, Event::AgentLost { call, agent }, out);
                self.drive(now, call, CallInput::LineLost, out);
            }
        }
        if let Line::Leaving { ring: true, .. } = line {
            self.ring_line(now, agent, out);
            return;
        }
        let again = self.rescue_at(now, agent);
        if let Some(Line::Down { .. }) = self.lines.get(&agent) {
            self.set_line(agent, Some(Line::Down { again }));
        }
    }

    /// A telephone registered: a line that is down is rung again.
    pub(super) fn phone_registered(&mut self, now: Now, user: &str, out: &mut Vec<Output>) {
        let Some(agent) = self.directory.agent_at(user) else { return };
        self.touched.agents.insert(agent);
        self.phone_seen(now, agent, out);
        self.forget_refusal(agent);
        if matches!(self.lines.get(&agent), Some(Line::Down { .. })) {
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
            Some(Line::Ringing { party, .. }) => {
                self.set_line(agent, Some(Line::Leaving { party, ring: false }));
                self.sip(out, |sip, o| sip.hang_up(now.at, party.leg, None, o));
            }
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

/// How long an agent's telephone may ring.
const RING_MAX: Duration = Duration::from_secs(30);

/// How often a lost line is tried while a customer waits for its agent.
const RESCUE_PAUSE: Duration = Duration::from_secs(3);
