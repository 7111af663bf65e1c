//! Audio as it arrives, cut into frames of 20 ms on a clock of its own.
//!
//! The clock follows the wall: where audio is missing for a tenth of a second, silence takes its
//! place, and what comes in a burst far ahead of time is left out. So a time that is counted in
//! frames is never further than a fifth of a second from the time of day. What lies below voices,
//! DC, hum and the rumble of a street, is filtered out on the way.

use std::time::{Duration, Instant};

/// Cuts samples into frames.
#[derive(Debug)]
pub(super) struct Frames {
    opened: Instant,
    /// Frames that were given out, silent ones too.
    given: u32,
    rest: Vec<i16>,
    /// The filter's last input and output.
    before: (f32, f32),
}

impl Frames {
    pub(super) fn new(now: Instant) -> Self {
        Self { opened: now, given: 0, rest: Vec::with_capacity(2 * FRAME), before: (0.0, 0.0) }
    }

    /// Takes samples in, unless they are far ahead of time.
    pub(super) fn push(&mut self, now: Instant, samples: &[i16]) {
        let have = self.opened + Duration::from_millis(self.position().into());
        if have.saturating_duration_since(now) < EARLY {
            let filtered = samples.iter().map(|sample| high_pass(&mut self.before, *sample));
            self.rest.extend(filtered);
        }
    }

    /// The next whole frame; [`Frames::count`] it.
    pub(super) fn pop(&mut self) -> Option<[i16; FRAME]> {
        let frame = *self.rest.first_chunk::<FRAME>()?;
        self.rest.drain(..FRAME);
        Some(frame)
    }

    /// How many frames of silence stand for what has not come.
    pub(super) fn missing(&self, now: Instant) -> u32 {
        if now < self.deadline() {
            return 0;
        }
        let behind = now.saturating_duration_since(self.opened).as_millis();
        let behind = u32::try_from(behind).unwrap_or(u32::MAX).saturating_sub(self.position());
        (behind / FRAME_MS).min(FILL_MAX)
    }

    /// When silence takes the place of what has not come.
    pub(super) fn deadline(&self) -> Instant {
        self.opened + Duration::from_millis(self.position().into()) + LATE
    }

    /// Counts frames as given; the time at the end of the last, in ms.
    pub(super) fn count(&mut self, frames: u32) -> u32 {
        self.given = self.given.saturating_add(frames);
        self.position()
    }

    fn position(&self) -> u32 {
        self.given.saturating_mul(FRAME_MS)
    }
}

/// One pole and one zero: 3 dB at about 280 Hz.
#[expect(clippy::cast_possible_truncation, reason = "the cast saturates")]
fn high_pass((input, output): &mut (f32, f32), sample: i16) -> i16 {
    let sample = f32::from(sample);
    *output = sample - *input + 0.8 * *output;
    // In silence it would fade for ever, and below the smallest normal number each step of it costs
    // the machine a hundred times a sound's.
    if output.abs() < INAUDIBLE {
        *output = 0.0;
    }
    *input = sample;
    // As `round`, which is a call into the C library where SSE4.1 cannot be taken for granted.
    (*output + 0.5_f32.copysign(*output)) as i16
}

/// A millionth of the smallest step that a sample can tell.
const INAUDIBLE: f32 = 1e-6;

/// A frame, in ms.
pub(super) const FRAME_MS: u32 = 20;

/// A frame, in samples at 8 kHz.
const FRAME: usize = 160;

/// Audio that is later than this counts as silence.
const LATE: Duration = Duration::from_millis(100);

/// Audio that is further ahead than this is left out.
const EARLY: Duration = Duration::from_millis(200);

/// A minute: whoever is called less often has lost the thread anyway.
const FILL_MAX: u32 = 3_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_leaves_nothing_in_the_filter() {
        let mut state = (0.0, 0.0);
        high_pass(&mut state, i16::MAX);
        for _ in 0..FRAME {
            high_pass(&mut state, 0);
            assert!(!state.1.is_subnormal(), "{state:?}");
        }
        assert_eq!(state, (0.0, 0.0));
    }
}
