//! Bringing back a leg that nobody hears in a conversation: small steps first, each of them in the
//! journal and in the call's ladder.
//!
//! ```text
//!              nothing for 3 s     5 s                 8 s
//!  a telephone ─▶ latch ─────────▶ re-INVITE ────────▶ gave up
//!  a browser   ─▶ ICE restart ───────────────────────▶ gave up
//!      a packet, another part of the line, its end ──▶ over
//! ```
//! Latching again is FAULTS S8 from its beginning: whoever is allowed may speak. The re-INVITE says
//! again what stands, so that its answer tells where the party is now (RFC 3261 §14); to a browser
//! it carries a new login, which makes it look for a way anew (RFC 8445 §9). A person who was
//! dialled and never sent a packet is hung up in the end: the carrier has no audio (FAULTS F8).
//!
//! One repair a silence, and five for a leg in a call; a conversation that is put on hold
//! meanwhile, by either side, is left alone.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use media::sdp::Direction;
use media::{Command, StreamId};
use routing::{AgentId, CallId};
use store::{Event, RepairStep};

use super::{Now, Output, Owner, Switch};
use crate::call::{Input, Origin};

/// Streams that are being repaired.
#[derive(Debug, Default)]
pub(super) struct Repairs {
    running: BTreeMap<StreamId, Repair>,
    /// How many were begun for each stream in its call.
    begun: BTreeMap<StreamId, u8>,
}

/// How far one repair is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Repair {
    Latched { until: Instant },
    Asked { until: Instant },
}

impl Repair {
    /// A party has just been missed for 3 s.
    fn begin(now: Instant, is_web: bool) -> (Self, RepairStep) {
        if is_web {
            let until = now + LATCH_PATIENCE + ASK_PATIENCE;
            (Self::Asked { until }, RepairStep::IceRestart)
        } else {
            (Self::Latched { until: now + LATCH_PATIENCE }, RepairStep::Latch)
        }
    }

    fn until(self) -> Instant {
        match self {
            Self::Latched { until } | Self::Asked { until } => until,
        }
    }

    /// What is done when its time has come, and how it goes on.
    fn next(self, now: Instant) -> (Option<Self>, RepairStep) {
        match self {
            Self::Latched { .. } => {
                (Some(Self::Asked { until: now + ASK_PATIENCE }), RepairStep::Reinvite)
            }
            Self::Asked { .. } => (None, RepairStep::GaveUp),
        }
    }
}

impl Repairs {
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.running.values().map(|repair| repair.until()).min()
    }

    /// Nobody waits for this stream any more.
    pub(super) fn forget(&mut self, stream: StreamId) {
        self.running.remove(&stream);
    }

    /// Another part of a stream's life begins, or none.
    pub(super) fn begin_anew(&mut self, stream: StreamId) {
        self.forget(stream);
        self.begun.remove(&stream);
    }

    /// Whether one more may begin.
    fn may_begin(&mut self, stream: StreamId) -> bool {
        let begun = self.begun.entry(stream).or_default();
        let may = *begun < REPAIRS_MAX;
        *begun += u8::from(may);
        may
    }
}

impl Switch {
    /// A party of a conversation has been silent for 3 s.
    pub(super) fn begin_repair(&mut self, now: Now, stream: StreamId, out: &mut Vec<Output>) {
        if self.misses(stream).is_none() || !self.repairs.may_begin(stream) {
            return;
        }
        let (repair, step) = Repair::begin(now.at, self.streams.is_web(stream));
        self.repairs.running.insert(stream, repair);
        self.repair(now, stream, step, out);
    }

    /// The next step of whoever is still not heard.
    pub(super) fn tick_repairs(&mut self, now: Now, out: &mut Vec<Output>) {
        let due = self.repairs.running.iter().filter(|(_, repair)| repair.until() <= now.at);
        let due: Vec<_> = due.map(|(stream, repair)| (*stream, repair.next(now.at))).collect();
        for (stream, (next, step)) in due {
            match next {
                Some(next) => self.repairs.running.insert(stream, next),
                None => self.repairs.running.remove(&stream),
            };
            self.repair(now, stream, step, out);
        }
    }

    fn repair(&mut self, now: Now, stream: StreamId, step: RepairStep, out: &mut Vec<Output>) {
        let Some((call, agent)) = self.misses(stream) else {
            return self.repairs.forget(stream);
        };
        self.ladders.note(call, agent, step.into());
        self.touch_call(call);
        self.write(now, Event::AudioRepaired { call, agent, step }, out);
        match step {
            RepairStep::Latch => out.push(Output::Media(Command::Latch { stream })),
            RepairStep::IceRestart => {
                self.streams.restart_ice(stream);
                self.ask_again(now, stream, out);
            }
            RepairStep::Reinvite => self.ask_again(now, stream, out),
            RepairStep::GaveUp => self.end_mute(now, stream, out),
        }
    }

    /// The conversation that misses a stream: whoever put us on hold is silent by right
    /// (INTEROP 29).
    fn misses(&self, stream: StreamId) -> Option<(CallId, Option<AgentId>)> {
        self.conversation(stream).filter(|_| !self.streams.is_held(stream))
    }

    /// Offers again what we are, and is answered with where the party is.
    fn ask_again(&mut self, now: Now, stream: StreamId, out: &mut Vec<Output>) {
        let party = self.streams.owner(stream).and_then(|owner| self.party(owner));
        let Some(party) = party.filter(|party| party.stream == stream) else { return };
        if let Some(offer) = self.streams.offer(stream, Direction::SendRecv) {
            self.sip(out, |sip, o| sip.offer(now.at, party.leg, offer, o));
        }
    }

    /// FAULTS F8: a carrier that answered for somebody and never brought a packet of theirs.
    fn end_mute(&mut self, now: Now, stream: StreamId, out: &mut Vec<Output>) {
        let Some(Owner::Call(call)) = self.streams.owner(stream) else { return };
        let Some(slot) = self.calls.get_mut(&call) else { return };
        let dialled = matches!(slot.call.origin, Origin::Dialled { .. });
        if dialled && !self.streams.was_heard(stream) {
            slot.no_media = true;
            self.drive(now, call, Input::HangUp, out);
        }
    }
}

/// A party that sends is heard within one packet; this is the time that its network may need.
const LATCH_PATIENCE: Duration = Duration::from_secs(2);

/// A leg that falls silent more often is not helped by this, and each repair costs a message.
const REPAIRS_MAX: u8 = 5;

/// A re-INVITE that is answered at the third sending, and the audio behind it: FAULTS F8 says 8 s
/// in all.
const ASK_PATIENCE: Duration = Duration::from_secs(3);

#[cfg(test)]
mod tests {
    use super::*;

    /// The steps of a silence that nothing ends, in milliseconds after the silence began.
    fn steps(is_web: bool) -> Vec<(u128, RepairStep)> {
        let start = Instant::now();
        let missed = start + Duration::from_secs(3);
        let (repair, step) = Repair::begin(missed, is_web);
        let (mut steps, mut next) = (vec![(3_000, step)], Some(repair));
        while let Some(repair) = next {
            let now = repair.until();
            let step;
            (next, step) = repair.next(now);
            steps.push(((now - start).as_millis(), step));
        }
        steps
    }

    /// Issue 4, point 9; FAULTS F8: to the millisecond, and never a step twice.
    #[test]
    fn a_silence_is_repaired_in_steps_and_given_up_after_eight_seconds() {
        use RepairStep::{GaveUp, IceRestart, Latch, Reinvite};
        assert_eq!(steps(false), [(3_000, Latch), (5_000, Reinvite), (8_000, GaveUp)]);
        assert_eq!(steps(true), [(3_000, IceRestart), (8_000, GaveUp)]);
    }
}
