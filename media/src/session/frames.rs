//! Frames of our own: prompts, and what several sources sum up to.

use std::time::{Duration, Instant};

use super::{Out, Session, hearing::Hearing, playout::Tap};
use crate::{command::StreamId, event::Event};

impl Session {
    /// Makes the next frame of a prompt or mix and sets when the one after is due.
    pub(super) fn frame(&mut self, now: Instant, id: StreamId, out: &mut Out) {
        let Some(stream) = self.streams.get_mut(&id) else { return };
        let frame_time = stream.frame_time();
        let due = stream.frame_at.take().unwrap_or(now) + frame_time;
        // After a stall the rhythm starts anew: nobody wants the frames that were missed.
        let next = if now.saturating_duration_since(due) > STALL { now + frame_time } else { due };
        let mut frame = std::mem::take(&mut self.frame);
        frame.resize(stream.frame_len(), 0);
        let goes_on = if stream.player.is_some() {
            self.prompt_frame(now, id, &mut frame, out)
        } else {
            self.mixed_frame(now, id, &mut frame, out)
        };
        self.frame = frame;
        if goes_on && let Some(stream) = self.streams.get_mut(&id) {
            stream.frame_at = Some(next);
        }
    }

    /// False at the end of the prompt; then the row is heard again.
    fn prompt_frame(
        &mut self,
        now: Instant,
        id: StreamId,
        frame: &mut [i16],
        out: &mut Out,
    ) -> bool {
        let Some(stream) = self.streams.get_mut(&id) else { return false };
        let Some(player) = &mut stream.player else { return false };
        if player.voice.fill(frame) {
            stream.send_frame(now, frame, false, out);
            return true;
        }
        let tag = player.tag;
        stream.player = None;
        out.events.extend(tag.map(|tag| Event::PlayEnded { stream: id, tag }));
        self.listen(now, id, out);
        self.streams.get(&id).is_some_and(|stream| stream.hearing.is_mix())
    }

    /// False once every source is silent for good: the first packet of one starts it again.
    fn mixed_frame(
        &mut self,
        now: Instant,
        id: StreamId,
        frame: &mut [i16],
        out: &mut Out,
    ) -> bool {
        let Some(listener) = self.streams.get_mut(&id) else { return false };
        let mut hearing = std::mem::take(&mut listener.hearing);
        self.sum.clear();
        self.sum.resize(frame.len(), 0);
        let mut alive = false;
        if let Hearing::Mix(mixed) = &mut hearing {
            for source in mixed {
                let playout = self.streams.get(&source.from).and_then(|s| s.playout.as_ref());
                if let Some(playout) = playout {
                    let tap = source.tap.get_or_insert_with(|| Tap::new(playout));
                    alive |= tap.mix(playout, source.gain, &mut self.sum);
                }
            }
        }
        for (sample, sum) in frame.iter_mut().zip(&self.sum) {
            *sample = clipped(*sum);
        }
        if let Some(listener) = self.streams.get_mut(&id) {
            listener.hearing = hearing;
            if alive {
                listener.send_frame(now, frame, true, out);
            }
        }
        alive
    }
}

/// A worker that was away this long does not catch up.
const STALL: Duration = Duration::from_millis(100);

#[expect(clippy::cast_possible_truncation, reason = "clamped before")]
fn clipped(sum: i32) -> i16 {
    sum.clamp(i32::from(i16::MIN), i32::from(i16::MAX)) as i16
}
