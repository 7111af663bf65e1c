//! How each leg of a call is heard: measured by the plane over the part of the leg that belongs to
//! the call, written when that part is over; and who is not heard at all.
//!
//! ```text
//!  customer:  answer ──────────── measured ───────────▶ stream closed
//!  agent:     connected ── measured ──▶ the call over, with somebody else, or the line closed
//!
//!  Quiet for 3 s in a conversation, or before one ─▶ AudioLost ─ a packet ─▶ AudioBack
//!                                                       └─ its steps: `repair`
//! ```
//! How a leg sounds now comes every 5 s, is shown and not kept. An agent's line carries many calls,
//! so each of its parts has a tag that comes back with the plane's answer, which may be later than
//! the end of the call.

use std::collections::BTreeMap;

use admin_api::ladders::Remark;
use admin_api::live::LegView;
use admin_api::metrics::Metric;
use media::{Command, Quality, StreamId};
use routing::{AgentId, CallId};
use store::{Event, LegQuality};

use super::{Now, Output, Owner, Switch};
use crate::call::{Call, State};

/// What is being measured, and who is silent.
#[derive(Debug, Default)]
pub(super) struct Qualities {
    /// The call that each agent's line is measured for.
    lines: BTreeMap<AgentId, CallId>,
    /// Parts that the plane has been asked about.
    asked: BTreeMap<u64, Part>,
    last_tag: u64,
    /// Streams that are silent, and the call whose journal says so.
    silent: BTreeMap<StreamId, Option<CallId>>,
    /// How streams sounded when that was last shown.
    present: BTreeMap<StreamId, Quality>,
    /// Legs that fell silent while the other end was heard, and while nobody was.
    counted: [u64; 2],
}

/// A line's part in a call.
#[derive(Clone, Copy, Debug)]
struct Part {
    stream: StreamId,
    call: CallId,
    agent: AgentId,
}

impl Qualities {
    /// The tag under which a line's part comes back; 0 for what nobody wants to know.
    fn ask(&mut self, part: Option<Part>) -> u64 {
        let Some(part) = part else { return 0 };
        self.last_tag += 1;
        self.asked.insert(self.last_tag, part);
        if self.asked.len() > ASKED_MAX {
            self.asked.pop_first();
        }
        self.last_tag
    }
}

impl Switch {
    /// A customer answered: what came before, early media and its silence, does not count.
    pub(super) fn measure_customer(&mut self, stream: StreamId, out: &mut Vec<Output>) {
        self.forget_silence(stream);
        out.push(Output::Media(Command::Measure { stream, tag: 0 }));
    }

    /// The agent's line is part of a call from now on, or of none; its part in the one before is
    /// over.
    pub(super) fn measure_line(
        &mut self,
        agent: AgentId,
        call: Option<CallId>,
        out: &mut Vec<Output>,
    ) {
        let before = match call {
            Some(call) => self.qualities.lines.insert(agent, call),
            None => self.qualities.lines.remove(&agent),
        };
        let Some(line) = self.line_up(agent).filter(|_| before != call) else { return };
        let stream = line.stream;
        let part = before.map(|call| Part { stream, call, agent });
        let tag = self.qualities.ask(part);
        self.forget_silence(stream);
        out.push(Output::Media(Command::Measure { stream, tag }));
    }

    /// Nobody's line is part of this call any more, but for that of `agent`.
    pub(super) fn measure_others(
        &mut self,
        call: CallId,
        agent: Option<AgentId>,
        out: &mut Vec<Output>,
    ) {
        let lines = self.qualities.lines.iter();
        let over = lines.filter(|(other, of)| **of == call && Some(**other) != agent);
        let over: Vec<_> = over.map(|(agent, _)| *agent).collect();
        for agent in over {
            self.measure_line(agent, None, out);
        }
    }

    /// The plane tells how a line was heard in a call.
    pub(super) fn measured(
        &mut self,
        now: Now,
        tag: u64,
        quality: Option<Quality>,
        out: &mut Vec<Output>,
    ) {
        if let Some(Part { call, agent, .. }) = self.qualities.asked.remove(&tag) {
            self.write_quality(now, call, Some(agent), quality, out);
        }
    }

    /// A stream closed: its last part is over.
    pub(super) fn measured_last(
        &mut self,
        now: Now,
        stream: StreamId,
        quality: Option<Quality>,
        out: &mut Vec<Output>,
    ) {
        self.forget_silence(stream);
        self.qualities.asked.retain(|_, part| part.stream != stream);
        match self.streams.owner(stream) {
            Some(Owner::Call(call)) => self.write_quality(now, call, None, quality, out),
            Some(Owner::Line(agent)) => {
                let is_newer_up = self.line_up(agent).is_some_and(|line| line.stream != stream);
                let call = self.qualities.lines.get(&agent).copied().filter(|_| !is_newer_up);
                if let Some(call) = call {
                    self.qualities.lines.remove(&agent);
                    self.write_quality(now, call, Some(agent), quality, out);
                }
            }
            Some(Owner::Enquiry(_)) | None => {}
        }
    }

    fn write_quality(
        &mut self,
        now: Now,
        call: CallId,
        agent: Option<AgentId>,
        quality: Option<Quality>,
        out: &mut Vec<Output>,
    ) {
        let Some(quality) = quality else { return };
        let quality = LegQuality {
            mos: quality.mos,
            received: quality.received,
            lost: quality.lost,
            lost_by_party: quality.lost_by_party,
            jitter_us: quality.jitter_us,
            jitter_max_us: quality.jitter_max_us,
            round_trip_us: quality.round_trip_us,
        };
        self.write(now, Event::CallMeasured { call, agent, quality }, out);
    }

    /// Nothing was heard of a stream for 3 s.
    pub(super) fn fell_silent(&mut self, now: Now, stream: StreamId, out: &mut Vec<Output>) {
        let told = self.conversation(stream).map(|(call, agent)| {
            let both = self.is_other_silent(call, agent);
            self.qualities.counted[usize::from(both)] += 1;
            let what = if both { Remark::NoAudio } else { Remark::AudioLost };
            self.ladders.note(call, agent, what);
            self.touch_call(call);
            self.write(now, Event::AudioLost { call, agent, both }, out);
            call
        });
        self.qualities.silent.insert(stream, told);
        if told.is_some() {
            self.begin_repair(now, stream, out);
        }
    }

    /// Somebody listens to a stream from now on: one that fell silent before is missed at once.
    pub(super) fn miss(&mut self, now: Now, stream: StreamId, out: &mut Vec<Output>) {
        if let Some(None) = self.qualities.silent.get(&stream) {
            self.fell_silent(now, stream, out);
        }
    }

    /// A silent stream is heard again.
    pub(super) fn spoke_again(&mut self, now: Now, stream: StreamId, out: &mut Vec<Output>) {
        self.repairs.forget(stream);
        let Some(Some(call)) = self.qualities.silent.remove(&stream) else { return };
        self.touch_call(call);
        if let Some((_, agent)) = self.conversation(stream).filter(|(now, _)| *now == call) {
            self.ladders.note(call, agent, Remark::AudioBack);
            self.write(now, Event::AudioBack { call, agent }, out);
        }
    }

    /// What was missed of a stream, and how it sounded, is nothing to what comes now.
    fn forget_silence(&mut self, stream: StreamId) {
        self.qualities.silent.remove(&stream);
        self.qualities.present.remove(&stream);
        self.repairs.begin_anew(stream);
    }

    /// How a stream sounds now: shown where one would hear a difference.
    pub(super) fn sounds(&mut self, stream: StreamId, quality: Quality) {
        if self.streams.owner(stream).is_none() {
            return;
        }
        let shown = self.qualities.present.get(&stream);
        if shown.is_some_and(|shown| shown.mos.abs_diff(quality.mos) < AUDIBLE) {
            return;
        }
        self.qualities.present.insert(stream, quality);
        let call = match self.streams.owner(stream) {
            Some(Owner::Call(call)) => Some(call),
            Some(Owner::Line(agent)) => self.qualities.lines.get(&agent).copied(),
            Some(Owner::Enquiry(_)) | None => None,
        };
        if let Some(call) = call {
            self.touch_call(call);
        }
    }

    /// How the legs of a call are heard now: the customer's, then those of agents.
    pub(super) fn leg_views(&self, call: &Call) -> Vec<LegView> {
        let customer = call.customer.map(|party| (None, party.stream));
        let lines = self.qualities.lines.iter().filter(|(_, of)| **of == call.id);
        let lines = lines.filter_map(|(agent, _)| {
            self.line_up(*agent).map(|party| (Some(*agent), party.stream))
        });
        let answered = |stream: &StreamId| self.streams.is_open(*stream);
        let legs = customer.into_iter().chain(lines).filter(|(_, stream)| answered(stream));
        legs.map(|(agent, stream)| {
            let quality = self.qualities.present.get(&stream);
            LegView {
                agent,
                mos: quality.map(|quality| quality.mos),
                lost: quality.map(|quality| quality.lost),
                lost_by_party: quality.and_then(|quality| quality.lost_by_party),
                jitter_us: quality.map(|quality| quality.jitter_us),
                round_trip_us: quality.and_then(|quality| quality.round_trip_us),
                silent: matches!(self.qualities.silent.get(&stream), Some(Some(_))),
            }
        })
        .collect()
    }

    /// The call in which this stream has to be heard now, and its agent where it is a line.
    pub(super) fn conversation(&self, stream: StreamId) -> Option<(CallId, Option<AgentId>)> {
        let (call, agent) = match self.streams.owner(stream)? {
            Owner::Call(call) => (call, None),
            Owner::Line(agent) => (*self.qualities.lines.get(&agent)?, Some(agent)),
            Owner::Enquiry(_) => return None,
        };
        let slot = self.calls.get(&call).filter(|slot| slot.call.answered_at().is_some())?;
        let talks = match slot.call.state() {
            State::Talking { .. } | State::Beside { .. } | State::Bridged { .. } => true,
            // FAULTS F8: a carrier that answers and sends nothing.
            State::Waiting => agent.is_none(),
            _ => false,
        };
        talks.then_some((call, agent))
    }

    fn is_other_silent(&self, call: CallId, agent: Option<AgentId>) -> bool {
        let slot = self.calls.get(&call);
        let other = match agent {
            Some(_) => slot.and_then(|slot| slot.call.customer),
            None => slot.and_then(|slot| self.line_up(slot.call.agent()?)),
        };
        other.is_some_and(|other| self.qualities.silent.contains_key(&other.stream))
    }

    pub(super) fn quality_metrics(&self) -> Metric {
        let [one_way, none] = self.qualities.counted;
        let samples = [("one_way".to_owned(), one_way), ("none".to_owned(), none)];
        Metric::counter(
            "audio_lost_total",
            "Legs of calls that fell silent for 3 s, by what was left of the conversation.",
            0,
        )
        .by("heard", samples)
    }
}

/// Answers come within milliseconds; a plane that gives none is not waited for.
const ASKED_MAX: usize = 4_096;

/// A tenth, in hundredths of MOS: one that stays near a tenth's edge does not flicker.
const AUDIBLE: u16 = 10;
