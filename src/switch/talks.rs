//! Who speaks in each conversation: turns from the plane in, entries and figures out.
//!
//! ```text
//!  connected ─▶ both streams are followed ─▶ turns ─▶ call::talk ─▶ DeadAir, TalkOver
//!  with another agent, or over ─▶ CallTalked
//! ```
//! Two ends of one codec that is dear to decode are not followed, unless the recording decodes
//! them anyway. An agent's part begins with its connection and ends with that of the next agent or
//! with the call; whatever is no conversation in between, a hold for one, rests. What a supervisor
//! or a third party says is no part of it.

use std::collections::BTreeMap;
use std::time::Instant;

use admin_api::live::TalkView;
use media::{Command, StreamId, Turn};
use routing::{AgentId, Alarms, CallId};
use store::Event;

use super::{Now, Output, Switch};
use crate::call::State;
use crate::call::talk::{Side, Talk, Told};

/// Every conversation that is followed.
#[derive(Debug, Default)]
pub(super) struct Talks {
    parts: BTreeMap<CallId, Part>,
    streams: BTreeMap<StreamId, (CallId, Side)>,
    alarms: Alarms<CallId>,
}

/// An agent's part of a call.
#[derive(Debug)]
struct Part {
    agent: AgentId,
    talk: Talk,
    rests: bool,
    /// What is shown of its dead air.
    dead_since: Option<Instant>,
    due: Option<Instant>,
}

impl Talks {
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.alarms.first()
    }

    /// A stream is not followed any more.
    fn forget(&mut self, stream: StreamId) {
        self.streams.remove(&stream);
    }
}

impl Switch {
    /// An agent and the customer of a call hear each other from now on, or again.
    pub(super) fn begin_talk(
        &mut self,
        now: Now,
        (call, agent): (CallId, AgentId),
        out: &mut Vec<Output>,
    ) {
        let customer = self.calls.get(&call).and_then(|slot| slot.call.customer);
        let Some((line, customer)) = self.line_up(agent).zip(customer) else { return };
        let dear = self.streams.are_dear_to_follow([line.stream, customer.stream])
            && self.recordings.mark(call).is_none();
        if dear || !self.settings.follow_talk {
            return self.end_talk(now, call, out);
        }
        if self.talks.parts.get(&call).is_some_and(|part| part.agent != agent) {
            self.end_talk(now, call, out);
        }
        self.talks.parts.entry(call).or_insert_with(|| Part {
            agent,
            talk: Talk::new(now.at),
            rests: false,
            dead_since: None,
            due: None,
        });
        for (stream, side) in [(line.stream, Side::Agent), (customer.stream, Side::Customer)] {
            let known = (call, side);
            let mut of_side = self.talks.streams.iter().filter(|(_, of)| **of == known);
            let replaced = of_side.find(|(id, _)| **id != stream).map(|(id, _)| *id);
            if let Some(replaced) = replaced {
                self.fall_out(now, replaced, out);
            }
            // The plane knows no stream before offer and answer have met.
            if self.streams.is_open(stream)
                && self.talks.streams.insert(stream, known) != Some(known)
            {
                out.push(Output::Media(Command::Follow { stream, follow: true }));
            }
        }
        self.count_talk(now, call, out);
    }

    /// The state of a call has changed: whoever is not in conversation is silent by right.
    pub(super) fn rest_talk(&mut self, now: Now, call: CallId, state: State) {
        if let Some(part) = self.talks.parts.get_mut(&call) {
            let rests = state != State::Talking { agent: part.agent };
            if std::mem::replace(&mut part.rests, rests) != rests {
                part.talk.rest(now.at, rests);
                let due = part.talk.deadline();
                self.talks.alarms.replace(std::mem::replace(&mut part.due, due), due, call);
            }
        }
    }

    /// The conversation of a call with its agent is over.
    pub(super) fn end_talk(&mut self, now: Now, call: CallId, out: &mut Vec<Output>) {
        let Some(part) = self.talks.parts.remove(&call) else { return };
        self.talks.alarms.replace(part.due, None, call);
        let followed = self.talks.streams.iter().filter(|(_, (of, _))| *of == call);
        let followed: Vec<_> = followed.map(|(stream, _)| *stream).collect();
        for stream in followed {
            self.talks.forget(stream);
            if self.streams.is_open(stream) {
                out.push(Output::Media(Command::Follow { stream, follow: false }));
            }
        }
        let (agent, mut told) = (part.agent, vec![]);
        let talk = part.talk.end(now.at, &mut told);
        self.tell_talk(now, (call, agent), &told, out);
        self.write(now, Event::CallTalked { call, agent, talk }, out);
    }

    /// A stream is no more, or another one stands for its side: what it said last ends there.
    pub(super) fn fall_out(&mut self, now: Now, stream: StreamId, out: &mut Vec<Output>) {
        if self.talks.streams.contains_key(&stream) {
            self.spoke(now, (stream, Turn { speaks: false, ago_ms: 0 }), out);
            self.talks.forget(stream);
        }
    }

    /// A party began or ceased to speak.
    pub(super) fn spoke(
        &mut self,
        now: Now,
        (stream, turn): (StreamId, Turn),
        out: &mut Vec<Output>,
    ) {
        let Some((call, side)) = self.talks.streams.get(&stream).copied() else { return };
        if let Some(part) = self.talks.parts.get_mut(&call) {
            part.talk.turn(now.at, side, turn);
        }
        self.count_talk(now, call, out);
    }

    pub(super) fn tick_talks(&mut self, now: Now, out: &mut Vec<Output>) {
        let due: Vec<_> = std::iter::from_fn(|| self.talks.alarms.due(now.at)).collect();
        for call in due {
            self.count_talk(now, call, out);
        }
    }

    /// Counts what is certain, and tells what came of it.
    fn count_talk(&mut self, now: Now, call: CallId, out: &mut Vec<Output>) {
        let Some(part) = self.talks.parts.get_mut(&call) else { return };
        let mut told = vec![];
        part.talk.pass(now.at, &mut told);
        let due = part.talk.deadline();
        self.talks.alarms.replace(std::mem::replace(&mut part.due, due), due, call);
        let (agent, dead) = (part.agent, part.talk.dead_since());
        if std::mem::replace(&mut part.dead_since, dead) != dead || !told.is_empty() {
            self.touch_call(call);
        }
        self.tell_talk(now, (call, agent), &told, out);
    }

    fn tell_talk(
        &mut self,
        now: Now,
        (call, agent): (CallId, AgentId),
        told: &[Told],
        out: &mut Vec<Output>,
    ) {
        let ms = |time: std::time::Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        for one in told {
            let event = match *one {
                Told::DeadAir(lasted) => Event::DeadAir { call, agent, for_ms: ms(lasted) },
                Told::TalkOver(lasted) => Event::TalkOver { call, agent, for_ms: ms(lasted) },
            };
            self.write(now, event, out);
        }
    }

    /// Who has spoken in a call with its agent.
    pub(super) fn talk_view(&self, call: CallId) -> Option<TalkView> {
        let part = self.talks.parts.get(&call)?;
        let figures = part.talk.figures();
        Some(TalkView {
            agent_us: figures.agent_us,
            customer_us: figures.customer_us,
            both_us: figures.both_us,
            nobody_us: figures.nobody_us,
            dead_airs: figures.dead_airs,
            talk_overs: figures.talk_overs,
            dead_since: part.dead_since.map(|since| self.wall(since)),
        })
    }
}
