//! What a recording hears, laid out in time: packets in, slots of 20 ms out.
//!
//! ```text
//!   … written, may be written again (500 ms) │ being filled │ early packets (100 ms)
//! ```
//! A slot goes out as soon as its time is over, so that a crash costs 20 ms at most; a packet that
//! comes late makes its slots go out again. There is no jitter buffer: a packet's place follows
//! from its timestamp. Invariant: nothing that is heard while masked enters a slot (S18).

use std::time::{Duration, Instant};

use crate::{
    command::StreamId,
    g711::Law,
    recording::{RecordingId, Slot},
};

/// One recording that runs.
#[derive(Debug)]
pub(crate) struct Tape {
    law: Law,
    started: Instant,
    /// The slot that is being filled: all before it have gone out.
    current: u64,
    cells: Vec<Cell>,
    tracks: Vec<Track>,
    masked: bool,
}

/// A slot that may still change.
#[derive(Clone, Copy, Debug)]
struct Cell {
    samples: [i16; Slot::SAMPLES],
    version: u32,
    masked: bool,
    /// Changed since it went out.
    late: bool,
}

/// One source, and where its timestamps lie.
#[derive(Debug)]
struct Track {
    source: StreamId,
    channel: usize,
    /// Epoch, timestamp and place of its newest packet.
    anchor: Option<(u32, u32, i64)>,
}

/// What the recorder is to do.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::large_enum_variant,
    reason = "nearly all are slots, and a box would be an allocation every 20 ms"
)]
pub enum Taped {
    /// Make the file.
    Start {
        /// Whose.
        recording: RecordingId,
        /// The law of its samples.
        law: Law,
    },
    /// Write a slot at its place.
    Slot {
        /// Whose.
        recording: RecordingId,
        /// What.
        slot: Slot,
    },
    /// Close the file; it is this long.
    End {
        /// Whose.
        recording: RecordingId,
        /// Slots from its start.
        slots: u64,
        /// Otherwise the file is removed.
        keep: bool,
    },
}

impl Tape {
    pub(crate) fn new(now: Instant, law: Law) -> Self {
        let silence = Cell { samples: [0; _], version: 0, masked: false, late: false };
        Self {
            law,
            started: now,
            current: 0,
            cells: vec![silence; CELLS],
            tracks: Vec::new(),
            masked: false,
        }
    }

    /// Sets who is heard on the two channels, agent first.
    pub(crate) fn set_sources(&mut self, channels: &[Vec<StreamId>; 2]) {
        let mut before = std::mem::take(&mut self.tracks);
        for (channel, sources) in channels.iter().enumerate() {
            for &source in sources {
                let known = before.iter().position(|t| (t.source, t.channel) == (source, channel));
                let anchor = known.and_then(|at| before.swap_remove(at).anchor);
                self.tracks.push(Track { source, channel, anchor });
            }
        }
    }

    pub(crate) fn sources(&self) -> impl Iterator<Item = StreamId> {
        self.tracks.iter().map(|track| track.source)
    }

    /// Puts what a source said in its place; `timestamp` counts samples of 8 kHz.
    pub(crate) fn place(
        &mut self,
        now: Instant,
        source: StreamId,
        (epoch, timestamp): (u32, u32),
        samples: &[i16],
    ) {
        let by_clock = self.clock(now) - signed(samples.len());
        for at in 0..self.tracks.len() {
            let track = &mut self.tracks[at];
            if track.source != source {
                continue;
            }
            let start = track.start(epoch, timestamp, by_clock);
            let channel = track.channel;
            if !self.masked {
                self.add(start, channel, samples);
            }
        }
    }

    fn add(&mut self, start: i64, channel: usize, samples: &[i16]) {
        for (at, sample) in samples.iter().enumerate() {
            let Ok(place) = u64::try_from(start + signed(at)) else { continue };
            let slot = place / Slot::SPAN;
            if slot + WRITTEN < self.current || slot > self.current + EARLY {
                continue;
            }
            let is_late = slot < self.current;
            let cell = self.cell(slot);
            if !cell.masked {
                let offset = usize::try_from(place % Slot::SPAN).unwrap_or(0);
                let sum = &mut cell.samples[2 * offset + channel];
                *sum = sum.saturating_add(*sample);
                cell.late |= is_late;
            }
        }
    }

    /// Masks from now on, or ends it; the slot of this instant is masked either way.
    pub(crate) fn mask(&mut self, masked: bool) {
        self.masked = masked;
        for slot in self.current..=self.current + EARLY {
            let is_current = slot == self.current;
            let cell = self.cell(slot);
            if masked || is_current {
                *cell = Cell { samples: [0; _], masked: true, ..*cell };
            } else {
                cell.masked = false;
            }
        }
    }

    /// When the next slot is over.
    pub(crate) fn deadline(&self) -> Instant {
        self.started + SLOT * u32::try_from(self.current + 1).unwrap_or(u32::MAX)
    }

    /// Gives out the slots that are over, and those that late packets changed.
    pub(crate) fn tick(&mut self, now: Instant, mut out: impl FnMut(Slot)) {
        for slot in self.current.saturating_sub(WRITTEN)..self.current {
            let cell = self.cell(slot);
            if std::mem::take(&mut cell.late) {
                cell.version += 1;
                out(self.slot(slot));
            }
        }
        let over = u64::try_from(self.clock(now)).unwrap_or(0) / Slot::SPAN;
        while self.current < over {
            out(self.slot(self.current));
            self.current += 1;
            // The cell that comes into reach is that of a slot long gone.
            let (masked, ahead) = (self.masked, self.current + EARLY);
            *self.cell(ahead) = Cell { samples: [0; _], version: 0, masked, late: false };
        }
    }

    /// Gives out all that is left; how many slots there are.
    pub(crate) fn end(&mut self, now: Instant, mut out: impl FnMut(Slot)) -> u64 {
        self.tick(now, &mut out);
        out(self.slot(self.current));
        self.current + 1
    }

    fn slot(&mut self, index: u64) -> Slot {
        let law = self.law;
        let cell = self.cell(index);
        let samples = cell.samples.map(|sample| law.encode(sample));
        Slot { index, version: cell.version, masked: cell.masked, samples }
    }

    fn cell(&mut self, slot: u64) -> &mut Cell {
        let place = usize::try_from(slot % CELLS as u64).unwrap_or_default();
        &mut self.cells[place]
    }

    /// Now, in samples from the start.
    fn clock(&self, now: Instant) -> i64 {
        let since = now.saturating_duration_since(self.started).as_micros();
        i64::try_from(since * 8 / 1000).unwrap_or(i64::MAX)
    }
}

impl Track {
    /// Where a packet begins: right where its timestamp says, unless that left the clock.
    fn start(&mut self, epoch: u32, timestamp: u32, by_clock: i64) -> i64 {
        let by_timestamp = self
            .anchor
            .filter(|(known, ..)| *known == epoch)
            .map(|(_, t, place)| place + i64::from(timestamp.wrapping_sub(t).cast_signed()));
        let start = by_timestamp
            .filter(|start| (-EARLY_MAX..=LATE_MAX).contains(&(by_clock - start)))
            .unwrap_or(by_clock);
        self.anchor = Some((epoch, timestamp, start));
        start
    }
}

const SLOT: Duration = Duration::from_millis(20);

/// Slots that late packets may still reach.
const WRITTEN: u64 = 25;

/// Slots ahead that early packets may reach.
const EARLY: u64 = 6;

const CELLS: usize = 32;

/// 400 ms behind the clock, or 100 ms before it: further away is a pause or another clock.
const LATE_MAX: i64 = 3200;
const EARLY_MAX: i64 = 800;

/// A count of samples within one packet.
fn signed(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

#[expect(clippy::disallowed_methods, reason = "a test reads the clock once, for its epoch")]
#[cfg(test)]
mod tests {
    use super::*;
    use crate::tone;

    const AGENT: StreamId = StreamId(1);
    const CUSTOMER: StreamId = StreamId(2);

    /// A tape, its clock, and the file that its slots make.
    struct Stage {
        tape: Tape,
        now: Instant,
        file: Vec<Option<Slot>>,
    }

    impl Stage {
        fn new() -> Self {
            let now = Instant::now();
            let mut tape = Tape::new(now, Law::A);
            tape.set_sources(&[vec![AGENT], vec![CUSTOMER]]);
            Self { tape, now, file: vec![] }
        }

        fn pass(&mut self, ms: u64) {
            let end = self.now + Duration::from_millis(ms);
            while self.tape.deadline() <= end {
                let at = self.tape.deadline();
                self.tick(at);
            }
            self.now = end;
        }

        fn tick(&mut self, now: Instant) {
            let mut slots = vec![];
            self.tape.tick(now, |slot| slots.push(slot));
            self.write(slots);
        }

        fn write(&mut self, slots: Vec<Slot>) {
            for slot in slots {
                let at = usize::try_from(slot.index).unwrap();
                if self.file.len() <= at {
                    self.file.resize(at + 1, None);
                }
                let before = self.file[at].as_ref().map(|slot| slot.version);
                assert!(before < Some(slot.version), "a nonce is used twice");
                self.file[at] = Some(slot);
            }
        }

        fn say(&mut self, source: StreamId, at: u32, samples: &[i16]) {
            self.tape.place(self.now, source, (0, at * 160), samples);
        }

        fn channel(&self, channel: usize) -> Vec<i16> {
            let slots = self.file.iter().map(|slot| slot.as_ref().expect("no gap"));
            let bytes = slots.flat_map(|slot| slot.samples.iter().skip(channel).step_by(2));
            bytes.map(|sample| Law::A.decode(*sample)).collect()
        }
    }

    /// Each on its own channel, every 20 ms on disk right after.
    #[test]
    fn what_is_said_is_out_20_ms_later() {
        let mut stage = Stage::new();
        let (low, high) = (tone::sine(500.0, 0.3, 8000), tone::sine(1700.0, 0.3, 8000));
        for at in 0..50 {
            stage.pass(20);
            let range = at * 160..(at + 1) * 160;
            let number = u32::try_from(at).unwrap();
            stage.say(AGENT, number, &low[range.clone()]);
            stage.say(CUSTOMER, number, &high[range]);
            assert!(stage.file.len() > at);
        }
        stage.pass(20);
        let (agent, customer) = (stage.channel(0), stage.channel(1));
        assert!(tone::share(&agent, 500.0) > 0.97 && tone::share(&agent, 1700.0) < 0.001);
        assert!(tone::share(&customer, 1700.0) > 0.97 && tone::share(&customer, 500.0) < 0.001);
    }

    /// F9: jitter of 100 ms, reordering: all that came within half a second is in its place.
    #[test]
    fn late_packets_find_their_place() {
        let tone = tone::sine(500.0, 0.3, 8000);
        let mut stage = Stage::new();
        stage.pass(20);
        let packet = |at: u32| &tone[at as usize * 160..(at as usize + 1) * 160];
        stage.say(AGENT, 0, packet(0));
        for burst in 0..8 {
            stage.pass(120);
            for at in [6, 5, 4, 3, 2, 1].map(|at| burst * 6 + at) {
                stage.say(AGENT, at, packet(at));
            }
        }
        stage.pass(40);
        let heard = stage.channel(0);
        assert!(tone::share(&heard[160..160 * 48], 500.0) > 0.99);
    }

    /// S18: masked before it is written; what came just before stays, what comes after is back.
    #[test]
    fn what_is_masked_never_leaves_the_tape() {
        let loud = [20_000; 160];
        let mut stage = Stage::new();
        for at in 0..60 {
            stage.pass(20);
            if at == 20 {
                stage.tape.mask(true);
            }
            if at == 40 {
                stage.tape.mask(false);
            }
            stage.say(AGENT, at, &loud);
        }
        stage.pass(20);
        let flags: Vec<_> = stage.file.iter().map(|slot| slot.as_ref().unwrap().masked).collect();
        let first = flags.iter().position(|masked| *masked).unwrap();
        let count = flags.iter().filter(|masked| **masked).count();
        assert_eq!((first, count), (21, 21));
        let heard = stage.channel(0);
        assert!(heard[first * 160..(first + count) * 160].iter().all(|s| s.unsigned_abs() < 20));
        assert!(heard[(first + count) * 160..59 * 160].iter().all(|s| *s > 15_000));
    }

    /// A pause in the speech is silence of its length, whatever the numbers do behind it.
    #[test]
    fn a_new_epoch_goes_on_at_the_clock() {
        let loud = [20_000; 160];
        let mut stage = Stage::new();
        stage.pass(20);
        stage.say(AGENT, 0, &loud);
        stage.pass(1000);
        stage.tape.place(stage.now, AGENT, (1, 3_000_000_000), &loud);
        stage.pass(20);
        let mut slots = vec![];
        let count = stage.tape.end(stage.now, |slot| slots.push(slot));
        stage.write(slots);
        let heard = stage.channel(0);
        assert_eq!((heard.len(), count), (160 * 53, 53));
        assert!(heard[50 * 160 + 10] > 15_000 && heard[49 * 160].unsigned_abs() < 20);
    }

    /// Two agents on one channel, as in a three-way call, are heard together.
    #[test]
    fn two_sources_of_one_channel_are_summed() {
        let mut stage = Stage::new();
        stage.tape.set_sources(&[vec![AGENT, StreamId(3)], vec![CUSTOMER]]);
        stage.pass(20);
        stage.say(AGENT, 0, &[8_000; 160]);
        stage.say(StreamId(3), 77, &[8_000; 160]);
        stage.pass(20);
        assert!(stage.channel(0)[..160].iter().all(|sample| (15_000..17_000).contains(sample)));
    }
}
