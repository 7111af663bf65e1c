//! Recordings of a session: which streams each hears, and when its next slot is due.
//!
//! Invariant: a stream's `tapes` names exactly the recordings that hear it.

use std::time::Instant;

use super::{Out, Session, failed, tape::Tape};
use crate::{
    command::StreamId,
    event::{Event, Failure},
    g711::Law,
    recording::RecordingId,
    session::tape::Taped,
};

impl Session {
    /// Starts a recording, or changes whom it hears.
    pub(super) fn record(
        &mut self,
        now: Instant,
        recording: RecordingId,
        mut channels: [Vec<StreamId>; 2],
        out: &mut Out,
    ) {
        for sources in &mut channels {
            sources.retain(|source| {
                let known = self.streams.contains_key(source);
                if !known {
                    out.events.push(failed(*source, Failure::UnknownStream));
                }
                known
            });
        }
        let law = self.law_of(channels.iter().flatten());
        let tape = self.tapes.entry(recording).or_insert_with(|| {
            out.taped.push(Taped::Start { recording, law });
            let tape = Tape::new(now, law);
            self.tape_times.insert((tape.deadline(), recording));
            tape
        });
        let before: Vec<_> = tape.sources().collect();
        tape.set_sources(&channels);
        for source in before {
            if let Some(stream) = self.streams.get_mut(&source) {
                stream.tapes.retain(|id| *id != recording);
            }
        }
        for source in channels.iter().flatten() {
            if let Some(stream) = self.streams.get_mut(source)
                && !stream.tapes.contains(&recording)
            {
                stream.tapes.push(recording);
            }
        }
    }

    /// G.711 is kept as received: the law of the first source, where it has one.
    fn law_of<'a>(&self, mut sources: impl Iterator<Item = &'a StreamId>) -> Law {
        let first = sources.next().and_then(|source| self.streams.get(source));
        let is_mu = first.is_some_and(|stream| stream.negotiated.codec.law() == Some(Law::Mu));
        if is_mu { Law::Mu } else { Law::A }
    }

    pub(super) fn mask(&mut self, now: Instant, id: RecordingId, masked: bool, out: &mut Out) {
        match self.tapes.get_mut(&id) {
            Some(tape) => {
                // What is over by now was said before.
                tape.tick(now, |slot| out.taped.push(Taped::Slot { recording: id, slot }));
                tape.mask(masked);
            }
            None => out.events.push(unknown(id)),
        }
    }

    pub(super) fn stop_record(
        &mut self,
        now: Instant,
        (id, keep): (RecordingId, bool),
        out: &mut Out,
    ) {
        let Some(mut tape) = self.tapes.remove(&id) else {
            out.events.push(unknown(id));
            return;
        };
        for source in tape.sources() {
            if let Some(stream) = self.streams.get_mut(&source) {
                stream.tapes.retain(|tape| *tape != id);
            }
        }
        let slots = tape.end(now, |slot| out.taped.push(Taped::Slot { recording: id, slot }));
        out.taped.push(Taped::End { recording: id, slots, keep });
    }

    /// Lets the recordings of a stream hear what it said last.
    pub(super) fn tape(&mut self, now: Instant, source: StreamId, place: (u32, u32)) {
        let Some(stream) = self.streams.get_mut(&source) else { return };
        let tapes = std::mem::take(&mut stream.tapes);
        let pcm = std::mem::take(&mut stream.pcm);
        for id in &tapes {
            if let Some(tape) = self.tapes.get_mut(id) {
                tape.place(now, source, place, &pcm);
            }
        }
        if let Some(stream) = self.streams.get_mut(&source) {
            (stream.tapes, stream.pcm) = (tapes, pcm);
        }
    }

    pub(super) fn tick_tapes(&mut self, now: Instant, out: &mut Out) {
        while let Some(&(at, recording)) = self.tape_times.first()
            && at <= now
        {
            self.tape_times.pop_first();
            // One that was stopped is not there any more.
            if let Some(tape) = self.tapes.get_mut(&recording) {
                tape.tick(now, |slot| out.taped.push(Taped::Slot { recording, slot }));
                self.tape_times.insert((tape.deadline(), recording));
            }
        }
    }

    /// Takes recordings out; streams that they heard and that stay are heard no more.
    pub(super) fn depart_tapes(&mut self, leaving: &[RecordingId]) -> Vec<(RecordingId, Tape)> {
        leaving.iter().filter_map(|id| Some((*id, self.tapes.remove(id)?))).collect()
    }

    /// Goes on with a recording that another session carried.
    pub(crate) fn arrive_tape(&mut self, id: RecordingId, tape: Tape) {
        self.tape_times.insert((tape.deadline(), id));
        self.tapes.insert(id, tape);
    }
}

fn unknown(recording: RecordingId) -> Event {
    Event::Failed { stream: None, failure: Failure::UnknownRecording(recording) }
}
