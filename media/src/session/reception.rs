//! One party's packets, in order: RFC 3550 §A.1 (validity), §A.3 (loss) and §A.8 (jitter).
//!
//! Sequence numbers become an index that never wraps. A new SSRC, a sequence that starts over
//! (I60: a re-INVITE may reset it and keep the SSRC) or a timestamp that leaps begins a new
//! *epoch*: whoever relays or plays out the stream must not continue its old numbers.

use std::time::Instant;

use crate::{rtp::Header, tone::RATE};

/// What has been received from one party.
#[derive(Debug)]
pub(crate) struct Reception {
    run: Option<Run>,
    epoch: u32,
    received: u64,
    /// Of runs that ended.
    lost_before: u64,
    duplicates: u64,
    reordered: u64,
    /// At the last report, for the fraction lost since.
    reported: (u64, u64),
    /// Of the RTP clock, in Hz.
    clock: u32,
}

impl Default for Reception {
    fn default() -> Self {
        Self {
            run: None,
            epoch: 0,
            received: 0,
            lost_before: 0,
            duplicates: 0,
            reordered: 0,
            reported: (0, 0),
            clock: RATE,
        }
    }
}

/// Packets of one SSRC whose sequence numbers belong together.
#[derive(Debug)]
struct Run {
    ssrc: u32,
    first: u64,
    highest: u64,
    /// Bit n: the packet n before the highest has arrived.
    window: u64,
    received: u64,
    audio: Option<(u32, Instant)>,
    jitter: f64,
}

/// A packet that is new and belongs to the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Arrival {
    /// Rises by one a packet, within an epoch.
    pub(crate) index: u64,
    /// Rises when numbers start over.
    pub(crate) epoch: u32,
}

impl Reception {
    /// Counts a packet; `None` if it came before. `is_audio` is false for events, whose timestamps
    /// stand still.
    pub(crate) fn arrive(
        &mut self,
        now: Instant,
        header: &Header,
        is_audio: bool,
    ) -> Option<Arrival> {
        let index = match self.run.as_ref().map(|run| run.place(header)) {
            Some(Place::Ahead(index)) => index,
            Some(Place::Behind(index)) => return self.arrive_late(index),
            Some(Place::Elsewhere) | None => self.start(header),
        };
        let (epoch, clock) = (&mut self.epoch, self.clock);
        let run = self.run.as_mut()?;
        let step = index - run.highest;
        run.window = run.window.checked_shl(u32::try_from(step).unwrap_or(64)).unwrap_or(0) | 1;
        run.highest = index;
        run.received += 1;
        self.received += 1;
        if is_audio {
            if run.leaps(now, header.timestamp, clock) {
                *epoch += 1;
            }
            run.audio = Some((header.timestamp, now));
        }
        Some(Arrival { index, epoch: *epoch })
    }

    fn arrive_late(&mut self, index: u64) -> Option<Arrival> {
        let run = self.run.as_mut()?;
        let bit = 1u64.checked_shl(u32::try_from(run.highest - index).ok()?).unwrap_or(0);
        if run.window & bit != 0 {
            self.duplicates += 1;
            return None;
        }
        run.window |= bit;
        run.first = run.first.min(index);
        run.received += 1;
        self.received += 1;
        self.reordered += 1;
        Some(Arrival { index, epoch: self.epoch })
    }

    fn start(&mut self, header: &Header) -> u64 {
        if self.run.is_some() {
            self.lost_before = self.lost();
            self.epoch += 1;
        }
        // One cycle up, so that packets that were sent before the first may still come.
        let first = (1 << 16) + u64::from(header.sequence);
        let ssrc = header.ssrc;
        let jitter = 0.0;
        self.run =
            Some(Run { ssrc, first, highest: first, window: 0, received: 0, audio: None, jitter });
        first
    }

    /// The RTP clock of what comes from now on, in Hz.
    pub(crate) fn set_clock(&mut self, clock: u32) {
        if std::mem::replace(&mut self.clock, clock) != clock
            && let Some(run) = &mut self.run
        {
            (run.audio, run.jitter) = (None, 0.0);
            self.epoch += 1;
        }
    }

    pub(crate) fn received(&self) -> u64 {
        self.received
    }

    pub(crate) fn duplicates(&self) -> u64 {
        self.duplicates
    }

    pub(crate) fn reordered(&self) -> u64 {
        self.reordered
    }

    /// RFC 3550 §A.3.
    pub(crate) fn lost(&self) -> u64 {
        let run = self.run.as_ref().map_or(0, |run| run.expected().saturating_sub(run.received));
        self.lost_before + run
    }

    /// Interarrival jitter in samples.
    pub(crate) fn jitter_samples(&self) -> u32 {
        whole(self.jitter())
    }

    /// Interarrival jitter in microseconds.
    pub(crate) fn jitter_us(&self) -> u32 {
        whole(self.jitter() * 1_000_000.0 / f64::from(self.clock))
    }

    fn jitter(&self) -> f64 {
        self.run.as_ref().map_or(0.0, |run| run.jitter)
    }

    /// SSRC, highest extended sequence number, and the share lost since this was last asked, in
    /// 1/256.
    pub(crate) fn report(&mut self) -> Option<(u32, u32, u8)> {
        let (received, lost) = (self.received, self.lost());
        let run = self.run.as_ref()?;
        let got = received - self.reported.0;
        let missed = lost.saturating_sub(self.reported.1);
        self.reported = (received, lost);
        let fraction = (256 * missed).checked_div(got + missed).unwrap_or(0).min(255);
        // The lower 32 bits are what RFC 3550 carries.
        let highest = u32::try_from((run.highest - (1 << 16)) & u64::from(u32::MAX)).ok()?;
        Some((run.ssrc, highest, u8::try_from(fraction).ok()?))
    }
}

enum Place {
    Ahead(u64),
    Behind(u64),
    Elsewhere,
}

impl Run {
    fn place(&self, header: &Header) -> Place {
        if header.ssrc != self.ssrc {
            return Place::Elsewhere;
        }
        // The lower 16 bits are the sequence number.
        let highest = (self.highest & 0xFFFF) as u16;
        let ahead = header.sequence.wrapping_sub(highest);
        let behind = highest.wrapping_sub(header.sequence);
        if ahead != 0 && ahead < DROPOUT_MAX {
            Place::Ahead(self.highest + u64::from(ahead))
        } else if behind < MISORDER_MAX {
            Place::Behind(self.highest - u64::from(behind))
        } else {
            Place::Elsewhere
        }
    }

    fn expected(&self) -> u64 {
        self.highest - self.first + 1
    }

    /// Moves the jitter on; true if the timestamp left the clock by more than a second.
    fn leaps(&mut self, now: Instant, timestamp: u32, clock: u32) -> bool {
        let Some((before, at)) = self.audio else { return false };
        let elapsed = now.saturating_duration_since(at).as_secs_f64() * f64::from(clock);
        let advanced = f64::from(timestamp.wrapping_sub(before).cast_signed());
        let deviation = (elapsed - advanced).abs();
        if deviation > f64::from(clock) {
            return true;
        }
        self.jitter += (deviation - self.jitter) / 16.0;
        false
    }
}

/// RFC 3550 §A.1: a larger step ahead is a sequence that started over, not loss.
const DROPOUT_MAX: u16 = 3000;

/// Further behind than the window can tell from a duplicate.
const MISORDER_MAX: u16 = 64;

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the cast saturates, and jitter is positive"
)]
fn whole(value: f64) -> u32 {
    value as u32
}

#[expect(clippy::disallowed_methods, reason = "a test reads the clock once, for its epoch")]
#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    fn packet(sequence: u16, ssrc: u32) -> Header {
        let timestamp = u32::from(sequence).wrapping_mul(160);
        Header { marker: false, payload_type: 8, sequence, timestamp, ssrc }
    }

    /// Every packet 20 ms after the one before.
    fn receive(reception: &mut Reception, sequences: &[u16]) -> Vec<Option<(u64, u32)>> {
        let mut now = Instant::now();
        let mut arrivals = vec![];
        for &sequence in sequences {
            now += Duration::from_millis(20);
            let mut header = packet(sequence, 1);
            // A clock that does not wrap with the sequence.
            header.timestamp = u32::from(sequence.wrapping_add(100)).wrapping_mul(160);
            let arrival = reception.arrive(now, &header, false);
            arrivals.push(arrival.map(|a| (a.index - (1 << 16), a.epoch)));
        }
        arrivals
    }

    #[test]
    fn the_index_goes_on_where_the_sequence_wraps() {
        let mut reception = Reception::default();
        let indexes = receive(&mut reception, &[65_534, 65_535, 0, 1]);
        assert_eq!(
            indexes,
            [Some((65_534, 0)), Some((65_535, 0)), Some((65_536, 0)), Some((65_537, 0))]
        );
        assert_eq!((reception.lost(), reception.received()), (0, 4));
    }

    #[test]
    fn loss_reordering_and_duplicates_are_told_apart() {
        let mut reception = Reception::default();
        let indexes = receive(&mut reception, &[10, 11, 14, 12, 12, 11, 15]);
        assert_eq!(indexes[4..6], [None, None]);
        assert_eq!(reception.received(), 5);
        assert_eq!((reception.duplicates(), reception.reordered(), reception.lost()), (2, 1, 1));
    }

    /// RFC 3550 §A.1 restarts; I60: the SSRC stays and the sequence starts over.
    #[test]
    fn a_sequence_that_starts_over_is_a_new_epoch_and_no_loss() {
        let mut reception = Reception::default();
        let indexes = receive(&mut reception, &[40_000, 40_001, 5, 6]);
        assert_eq!(indexes[2..], [Some((5, 1)), Some((6, 1))]);
        assert_eq!((reception.lost(), reception.received()), (0, 4));
    }

    #[test]
    fn a_new_ssrc_is_a_new_epoch_and_keeps_the_counts() {
        let mut reception = Reception::default();
        let now = Instant::now();
        for (sequence, ssrc) in [(1, 1), (3, 1), (500, 2), (502, 2)] {
            reception.arrive(now, &packet(sequence, ssrc), false);
        }
        assert_eq!(reception.epoch, 1);
        assert_eq!((reception.received(), reception.lost()), (4, 2));
    }

    /// A pause in the speech moves timestamp and clock alike; a leap moves one of them.
    #[test]
    fn a_timestamp_that_leaps_is_a_new_epoch_and_a_pause_is_not() {
        let mut reception = Reception::default();
        let start = Instant::now();
        let mut send = |after_ms, sequence, timestamp| {
            let header = Header { timestamp, ..packet(sequence, 1) };
            let now = start + Duration::from_millis(after_ms);
            reception.arrive(now, &header, true).unwrap().epoch
        };
        assert_eq!(send(0, 1, 0), 0);
        assert_eq!(send(20, 2, 160), 0);
        assert_eq!(send(60_020, 3, 480_160), 0);
        assert_eq!(send(60_040, 4, 900_000_000), 1);
        assert_eq!(send(60_060, 5, 900_000_160), 1);
    }

    /// RFC 3550 §A.8: packets 30 and 10 ms apart settle at 10 ms of jitter.
    #[test]
    fn jitter_is_the_mean_deviation() {
        let mut reception = Reception::default();
        let mut now = Instant::now();
        for sequence in 0..200u16 {
            now += Duration::from_millis(if sequence % 2 == 0 { 30 } else { 10 });
            reception.arrive(now, &packet(sequence, 1), true);
        }
        assert!((reception.jitter() - 80.0).abs() < 1.0, "{}", reception.jitter());
    }

    proptest! {
        /// Whatever comes: what was received is what was passed on, and nothing is passed on twice.
        #[test]
        fn no_packet_is_passed_on_twice(sequences in prop::collection::vec(0u16..40, 1..80)) {
            let mut reception = Reception::default();
            let passed: Vec<_> =
                receive(&mut reception, &sequences).into_iter().flatten().collect();
            let unique: std::collections::BTreeSet<_> = passed.iter().collect();
            prop_assert_eq!(unique.len(), passed.len());
            prop_assert_eq!(reception.received(), passed.len() as u64);
            let all = reception.received() + reception.duplicates();
            prop_assert_eq!(all, sequences.len() as u64);
        }
    }
}
