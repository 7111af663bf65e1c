//! The jitter buffer of a source that is mixed: decoded samples by media time, and each mixing
//! listener's place in them.
//!
//! A late packet overwrites the concealment that stood in for it, a duplicate changes nothing. A
//! party that rests and says so (RFC 3389, Opus's DTX) is heard as noise of its level: nothing of
//! it was lost, and nothing is concealed.
//! The delay adapts by itself: a listener that runs dry waits (its delay grows by a frame), and
//! one that had more than it needs for a second skips 10 ms.

use super::{
    comfort::{Noise, Silence},
    conceal::{Concealment, HISTORY},
};

/// The last half second of one source.
#[derive(Debug)]
pub(crate) struct Playout {
    samples: Box<[i16; RING]>,
    /// Media time right after the newest sample.
    end: u32,
    /// What is added to the source's timestamps to give media time.
    offset: u32,
    epoch: Option<u32>,
    /// How loud it rests, and how often it said so.
    silence: Option<Silence>,
    rests: u32,
    /// What stands in the buffer for a rest.
    noise: Noise,
}

/// One listener's place in one source.
#[derive(Debug)]
pub(crate) struct Tap {
    cursor: u32,
    state: State,
    /// Least surplus over the current second, and frames of it read.
    surplus: (u32, u32),
    /// What stands in while the source has run dry.
    concealment: Option<Concealment>,
    noise: Noise,
    /// The source's rests that were noticed, and frames of noise since the last.
    rested: (u32, u32),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Nothing to play until enough has come in; frames waited with something in the buffer.
    Filling {
        waited: u32,
    },
    Playing,
    /// Ran dry this many frames ago.
    Concealing {
        frames: u32,
    },
}

impl Playout {
    pub(crate) fn new() -> Self {
        Self {
            samples: Box::new([0; RING]),
            end: 0,
            offset: 0,
            epoch: None,
            silence: None,
            rests: 0,
            noise: Noise::new(),
        }
    }

    /// Puts a packet in its place.
    pub(crate) fn write(&mut self, epoch: u32, timestamp: u32, samples: &[i16]) {
        let samples = &samples[..samples.len().min(RING / 4)];
        if samples.is_empty() {
            return;
        }
        let mut start = timestamp.wrapping_add(self.offset);
        let ahead = start.wrapping_sub(self.end).cast_signed();
        if self.epoch != Some(epoch) || !(-LATE_MAX..=GAP_MAX).contains(&ahead) {
            // Old numbers mean nothing here, or a pause: go on right behind what there is.
            self.epoch = Some(epoch);
            self.offset = self.end.wrapping_sub(timestamp);
            start = self.end;
        }
        let mut concealment = match self.silence.take() {
            Some(silence) => self.rest_until(start, silence),
            None => self.conceal_until(start),
        };
        for (at, sample) in samples.iter().enumerate() {
            let after = concealment.as_mut();
            let sample = after.map_or(*sample, |made_up| made_up.blended(at, *sample));
            *self.at(start.wrapping_add(samples_of(at))) = sample;
        }
        let end = start.wrapping_add(samples_of(samples.len()));
        if end.wrapping_sub(self.end).cast_signed() > 0 {
            self.end = end;
        }
    }

    /// Fills a gap with what might have been in it; a packet that is only late replaces it.
    fn conceal_until(&mut self, start: u32) -> Option<Concealment> {
        if start.wrapping_sub(self.end).cast_signed() <= 0 {
            return None;
        }
        let mut concealment = self.concealment(self.end);
        while self.end != start {
            *self.at(self.end) = concealment.sample();
            self.end = self.end.wrapping_add(1);
        }
        Some(concealment)
    }

    /// Fills a short rest with its noise: there is nothing to blend into what follows.
    fn rest_until(&mut self, start: u32, silence: Silence) -> Option<Concealment> {
        while start.wrapping_sub(self.end).cast_signed() > 0 {
            *self.at(self.end) = self.noise.sample(silence);
            self.end = self.end.wrapping_add(1);
        }
        None
    }

    /// What might go on at this media time.
    fn concealment(&self, time: u32) -> Concealment {
        let first = time.wrapping_sub(samples_of(HISTORY));
        let at = |back: usize| self.read(first.wrapping_add(samples_of(back)));
        Concealment::of(Box::new(std::array::from_fn(at)))
    }

    /// How loud the party rests, if it does.
    pub(crate) fn silence(&self) -> Option<Silence> {
        self.silence
    }

    /// The party rests, and says how loud that is; if more of it comes, it does not.
    pub(crate) fn rest(&mut self, silence: Option<Silence>) {
        self.silence = silence;
        self.rests = self.rests.wrapping_add(1);
    }

    fn at(&mut self, time: u32) -> &mut i16 {
        &mut self.samples[time as usize % RING]
    }

    fn read(&self, time: u32) -> i16 {
        self.samples[time as usize % RING]
    }
}

impl Tap {
    /// A listener that starts with what comes next.
    pub(crate) fn new(playout: &Playout) -> Self {
        Self {
            cursor: playout.end,
            state: State::Filling { waited: 0 },
            surplus: (u32::MAX, 0),
            concealment: None,
            noise: Noise::new(),
            rested: (playout.rests, RESTED_MAX),
        }
    }

    /// Adds the next frame to `sum`, scaled by `gain` (Q12); false if the source is silent for
    /// good, and nothing was added.
    pub(crate) fn mix(&mut self, playout: &Playout, gain: i32, sum: &mut [i32]) -> bool {
        let frame = samples_of(sum.len());
        let level = playout.end.wrapping_sub(self.cursor);
        self.state = match self.state {
            State::Filling { .. } if level >= PRIME => {
                self.cursor = playout.end.wrapping_sub(PRIME.max(frame));
                self.play(playout, gain, sum);
                State::Playing
            }
            State::Filling { .. } if level == 0 => return self.rest(playout, gain, sum),
            // Too little to start with, and nothing follows: forget it.
            State::Filling { waited } if waited >= WAITED_MAX => {
                self.cursor = playout.end;
                // What comes next has the whole time again.
                self.state = State::Filling { waited: 0 };
                return self.rest(playout, gain, sum);
            }
            State::Filling { waited } => {
                self.add_noise(playout, gain, sum);
                State::Filling { waited: waited + 1 }
            }
            State::Playing | State::Concealing { .. } if level >= frame => {
                if level > LEVEL_MAX {
                    self.cursor = playout.end.wrapping_sub(PRIME.max(frame));
                }
                self.play(playout, gain, sum);
                State::Playing
            }
            State::Concealing { frames } if frames >= CONCEALED_FRAMES => {
                self.cursor = playout.end;
                self.concealment = None;
                State::Filling { waited: 0 }
            }
            State::Playing => self.conceal(playout, gain, sum, 0),
            State::Concealing { frames } => self.conceal(playout, gain, sum, frames),
        };
        true
    }

    fn play(&mut self, playout: &Playout, gain: i32, sum: &mut [i32]) {
        let mut concealment = self.concealment.take();
        for (at, out) in sum.iter_mut().enumerate() {
            let sample = playout.read(self.cursor.wrapping_add(samples_of(at)));
            let after = concealment.as_mut();
            let sample = after.map_or(sample, |made_up| made_up.blended(at, sample));
            *out += (i32::from(sample) * gain) >> GAIN_BITS;
        }
        self.cursor = self.cursor.wrapping_add(samples_of(sum.len()));
        self.trim(playout.end.wrapping_sub(self.cursor));
    }

    /// Gives back delay that was not needed for a second.
    fn trim(&mut self, left: u32) {
        let (least, frames) = self.surplus;
        self.surplus = (least.min(left), frames + 1);
        if frames + 1 >= TRIM_FRAMES {
            if self.surplus.0 >= SURPLUS_MAX {
                self.cursor = self.cursor.wrapping_add(TRIM);
            }
            self.surplus = (u32::MAX, 0);
        }
    }

    /// Goes on as it was, fading, or as noise if it rests; the cursor waits.
    fn conceal(&mut self, playout: &Playout, gain: i32, sum: &mut [i32], frames: u32) -> State {
        if playout.silence.is_some() {
            self.add_noise(playout, gain, sum);
            return State::Concealing { frames: frames + 1 };
        }
        let before = self.cursor;
        let made_up = self.concealment.get_or_insert_with(|| playout.concealment(before));
        for out in sum {
            *out += (i32::from(made_up.sample()) * gain) >> GAIN_BITS;
        }
        State::Concealing { frames: frames + 1 }
    }

    /// Noise, where the source said how loud it rests and said so not too long ago.
    fn rest(&mut self, playout: &Playout, gain: i32, sum: &mut [i32]) -> bool {
        if self.rested.0 != playout.rests {
            self.rested = (playout.rests, 0);
        }
        let rests = playout.silence.is_some() && self.rested.1 < RESTED_MAX;
        if rests {
            self.rested.1 += 1;
            self.add_noise(playout, gain, sum);
        }
        rests
    }

    fn add_noise(&mut self, playout: &Playout, gain: i32, sum: &mut [i32]) {
        let Some(silence) = playout.silence else { return };
        for out in sum {
            *out += (i32::from(self.noise.sample(silence)) * gain) >> GAIN_BITS;
        }
    }
}

/// Q12: 4096 is 0 dB. At or below [`MUTE_DB`] it is 0; above 20 dB it stays there.
#[expect(clippy::cast_possible_truncation, reason = "at most 40,960")]
pub(crate) fn gain(db: i8) -> i32 {
    if db <= MUTE_DB {
        return 0;
    }
    let factor = 10f64.powf(f64::from(db.min(20)) / 20.0);
    (factor * f64::from(1 << GAIN_BITS)).round() as i32
}

/// The gain that is silence.
pub(crate) const MUTE_DB: i8 = -64;

const RING: usize = 4096;
const GAIN_BITS: u32 = 12;

/// Two packets of 20 ms in the buffer before a source is heard.
const PRIME: u32 = 320;

/// Half of the ring: older packets are of no use.
const LATE_MAX: i32 = 2048;

/// 100 ms: what is further ahead is a pause, not loss.
const GAP_MAX: i32 = 800;

/// 200 ms: a listener this far behind jumps.
const LEVEL_MAX: u32 = 1600;

const CONCEALED_FRAMES: u32 = 3;

/// 10 s of frames: who rests says so now and then, and whoever does not has gone.
const RESTED_MAX: u32 = 500;

const WAITED_MAX: u32 = 5;

/// 30 ms left over after every read of a second is more than the jitter needs.
const SURPLUS_MAX: u32 = 240;
const TRIM_FRAMES: u32 = 50;
const TRIM: u32 = 80;

/// A count of samples within one packet or frame.
fn samples_of(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tone;

    fn packets(samples: &[i16]) -> Vec<Vec<i16>> {
        samples.chunks(160).map(<[i16]>::to_vec).collect()
    }

    fn frame(tap: &mut Tap, playout: &Playout) -> Option<Vec<i16>> {
        let mut sum = [0; 160];
        let heard = tap.mix(playout, gain(0), &mut sum);
        heard.then(|| sum.iter().map(|s| i16::try_from(*s).unwrap()).collect())
    }

    /// Writes packets in the given order, one a frame, and reads as many frames.
    fn played(order: &[usize]) -> Vec<i16> {
        let packets = packets(&tone::sine(500.0, 0.5, 160 * 60));
        let mut playout = Playout::new();
        let mut tap = Tap::new(&playout);
        let mut heard = vec![];
        for &index in order {
            let timestamp = (u32::MAX - 4000).wrapping_add(u32::try_from(index * 160).unwrap());
            playout.write(0, timestamp, &packets[index]);
            heard.extend(frame(&mut tap, &playout).unwrap_or_else(|| vec![0; 160]));
        }
        heard
    }

    #[test]
    fn a_steady_source_is_heard_whole_after_two_packets() {
        let heard = played(&(0..50).collect::<Vec<_>>());
        assert!(heard[..160].iter().all(|sample| *sample == 0));
        assert!(tone::share(&heard[160..], 500.0) > 0.99);
    }

    #[test]
    fn reordering_and_duplicates_leave_no_trace() {
        let order = [0, 1, 2, 4, 3, 5, 5, 6, 8, 7, 9, 10, 11, 12];
        let heard = played(&order);
        assert!(tone::share(&heard[160..], 500.0) > 0.99);
    }

    #[test]
    fn a_lost_packet_is_concealed() {
        let order: Vec<_> = (0..40).filter(|index| index % 10 != 5).collect();
        let heard = played(&order);
        assert!(tone::share(&heard[160..], 500.0) > 0.95);
    }

    #[test]
    fn a_source_that_stops_fades_and_comes_back() {
        let packets = packets(&tone::sine(500.0, 0.5, 160 * 10));
        let mut playout = Playout::new();
        let mut tap = Tap::new(&playout);
        for (index, packet) in packets.iter().enumerate() {
            playout.write(0, u32::try_from(index * 160).unwrap(), packet);
            let _ = frame(&mut tap, &playout);
        }
        let silent_after = (0..20).position(|_| frame(&mut tap, &playout).is_none());
        assert!(silent_after.is_some_and(|frames| frames <= 6), "{silent_after:?}");
        // It speaks again after ten seconds; the pause is not played out.
        playout.write(0, 80_000, &packets[0]);
        let _ = frame(&mut tap, &playout);
        playout.write(0, 80_160, &packets[1]);
        assert!(frame(&mut tap, &playout).unwrap().iter().any(|sample| *sample != 0));
    }

    /// A lone packet was forgotten, and with it the patience for every packet after it: whoever
    /// spoke next was not heard by this listener any more.
    #[test]
    fn a_lone_packet_before_a_pause_costs_nobody_their_voice() {
        let packets = packets(&tone::sine(500.0, 0.5, 160 * 12));
        let mut playout = Playout::new();
        let mut tap = Tap::new(&playout);
        playout.write(0, 0, &packets[0]);
        for _ in 0..50 {
            let _ = frame(&mut tap, &playout);
        }
        let mut heard = vec![];
        for (index, packet) in packets.iter().enumerate() {
            playout.write(0, 80_000 + u32::try_from(index * 160).unwrap(), packet);
            heard.extend(frame(&mut tap, &playout).unwrap_or_default());
        }
        assert!(tone::share(&heard[160..], 500.0) > 0.95, "{} samples", heard.len());
    }

    #[test]
    fn delay_that_is_not_needed_is_given_back() {
        let packets = packets(&tone::sine(500.0, 0.5, 160 * 10));
        let mut playout = Playout::new();
        let mut tap = Tap::new(&playout);
        let mut timestamp = 0;
        let mut write = |playout: &mut Playout| {
            playout.write(0, timestamp, &packets[0]);
            timestamp += 160;
        };
        // A burst of six packets, then one a frame for seven seconds.
        (0..2).for_each(|_| write(&mut playout));
        let _ = frame(&mut tap, &playout);
        (0..4).for_each(|_| write(&mut playout));
        let before = playout.end.wrapping_sub(tap.cursor);
        for _ in 0..350 {
            write(&mut playout);
            let _ = frame(&mut tap, &playout);
        }
        let after = playout.end.wrapping_sub(tap.cursor);
        assert!(before >= 640 && after <= 400, "{before} to {after}");
    }

    #[test]
    fn gains_are_what_they_say() {
        assert_eq!((gain(0), gain(-64), gain(-128)), (4096, 0, 0));
        assert_eq!((gain(6), gain(-6)), (8173, 2053));
        assert_eq!(gain(127), gain(20));
    }
}
