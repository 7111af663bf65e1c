//! The one RTP stream that a party receives from us, whoever it listens to.
//!
//! It has an SSRC of its own, and its sequence numbers and timestamps go on without a break when
//! the source changes: a phone hears one sender all along. Invariant: no sequence number is sent
//! twice, and within a talkspurt a later number never has an earlier timestamp.

use std::time::Instant;

use super::reception::Arrival;
use crate::{command::StreamId, rtp::Header, tone::RATE};

/// Numbers of the packets that we send.
#[derive(Debug)]
pub(crate) struct Outgoing {
    ssrc: u32,
    last: Last,
    sent_at: Option<Instant>,
    anchor: Option<Anchor>,
    /// The last frame said that we cease to send.
    ceased: bool,
    /// A frame was not sent since the last packet: nobody spoke in it.
    rested: bool,
    /// The event being relayed into a mix: its source, its timestamp there and ours.
    event: Option<(StreamId, u32, u32)>,
    packets: u64,
    octets: u64,
    /// Of the RTP clock, in Hz.
    clock: u32,
}

/// The newest packet.
#[derive(Clone, Copy, Debug)]
struct Last {
    sequence: u16,
    timestamp: u32,
    /// Samples it holds.
    span: u32,
}

/// How the numbers of the source that is relayed become ours.
#[derive(Clone, Copy, Debug)]
struct Anchor {
    source: StreamId,
    epoch: u32,
    first: u64,
    highest: u64,
    sequence: u16,
    timestamp_delta: u32,
}

/// A packet of a source, as far as its numbers go.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Relayed {
    pub(crate) source: StreamId,
    pub(crate) arrival: Arrival,
    pub(crate) timestamp: u32,
    pub(crate) marker: bool,
    /// Samples it holds; 0 for an event.
    pub(crate) span: u32,
}

impl Outgoing {
    /// `random` gives the SSRC and where the numbers start (RFC 3550 §5.1).
    pub(crate) fn new(random: [u32; 3]) -> Self {
        let [ssrc, timestamp, sequence] = random;
        let last = Last { sequence: (sequence >> 16) as u16, timestamp, span: 0 };
        let (sent_at, anchor, event, clock) = (None, None, None, RATE);
        let (ceased, rested, packets, octets) = (false, false, 0, 0);
        Self { ssrc, last, sent_at, anchor, ceased, rested, event, packets, octets, clock }
    }

    /// The RTP clock of what is sent from now on, in Hz; its numbers go on.
    pub(crate) fn set_clock(&mut self, clock: u32) {
        if std::mem::replace(&mut self.clock, clock) != clock {
            self.anchor = None;
        }
    }

    /// Numbers for a relayed packet. `None`: it is older than the switch to its source, and its
    /// place is taken.
    pub(crate) fn relay(&mut self, now: Instant, packet: &Relayed) -> Option<Header> {
        let Arrival { index, epoch } = packet.arrival;
        let known = self.anchor.filter(|a| a.source == packet.source && a.epoch == epoch);
        let mut anchor = known.unwrap_or_else(|| Anchor {
            source: packet.source,
            epoch,
            first: index,
            highest: index,
            sequence: self.last.sequence.wrapping_add(1),
            timestamp_delta: self.follow(now).wrapping_sub(packet.timestamp),
        });
        let offset = index.checked_sub(anchor.first)?;
        // Sequence numbers are the lower 16 bits of the index.
        let sequence = anchor.sequence.wrapping_add((offset & 0xFFFF) as u16);
        let timestamp = packet.timestamp.wrapping_add(anchor.timestamp_delta);
        if known.is_none() || index > anchor.highest {
            anchor.highest = index;
            self.last.sequence = sequence;
            // An event keeps the timestamp of its start, which may lie behind us (RFC 4733 §2.2.1).
            if known.is_none() || timestamp.wrapping_sub(self.last.timestamp).cast_signed() > 0 {
                self.last.timestamp = timestamp;
                self.last.span = packet.span;
            }
        }
        self.anchor = Some(anchor);
        let marker = packet.marker || known.is_none();
        Some(self.header(now, marker, sequence, timestamp))
    }

    /// Numbers for a frame of our own: mixed, played or silent.
    pub(crate) fn next(&mut self, now: Instant, span: u32) -> Header {
        let changed = self.anchor.take().is_some() | std::mem::take(&mut self.rested);
        let fresh = changed || self.is_idle(now);
        let sequence = self.last.sequence.wrapping_add(1);
        let timestamp = self.follow(now);
        self.last = Last { sequence, timestamp, span };
        self.header(now, fresh, sequence, timestamp)
    }

    /// Whether a frame is left out: it `ceases`, and the one before it said so. Time goes on then,
    /// numbers do not, and what comes next begins a talkspurt (RFC 3551 §4.1).
    pub(crate) fn rests(&mut self, now: Instant, span: u32, ceases: bool) -> bool {
        let rests = std::mem::replace(&mut self.ceased, ceases) && ceases;
        if rests {
            (self.anchor, self.rested) = (None, true);
            self.last = Last { timestamp: self.follow(now), span, ..self.last };
            self.sent_at = Some(now);
        }
        rests
    }

    /// Numbers for an event that goes into a mix: one timestamp as long as it lasts (RFC 4733
    /// §2.2.1).
    pub(crate) fn event(&mut self, now: Instant, packet: &Relayed) -> Header {
        self.anchor = None;
        let ours = match self.event {
            Some((source, theirs, ours))
                if (source, theirs) == (packet.source, packet.timestamp) =>
            {
                ours
            }
            _ => self.follow(now),
        };
        self.event = Some((packet.source, packet.timestamp, ours));
        self.last.sequence = self.last.sequence.wrapping_add(1);
        self.header(now, packet.marker, self.last.sequence, ours)
    }

    /// Numbers for an event of our own; `first` begins it.
    pub(crate) fn own_event(&mut self, now: Instant, first: bool) -> Header {
        self.anchor = None;
        let timestamp = match self.event {
            Some((OURSELVES, _, ours)) if !first => ours,
            _ => self.follow(now),
        };
        self.event = Some((OURSELVES, 0, timestamp));
        self.last.sequence = self.last.sequence.wrapping_add(1);
        self.header(now, first, self.last.sequence, timestamp)
    }

    /// Counts what was sent.
    pub(crate) fn sent(&mut self, octets: usize) {
        self.packets += 1;
        self.octets += octets as u64;
    }

    pub(crate) fn sent_at(&self) -> Option<Instant> {
        self.sent_at
    }

    pub(crate) fn packets(&self) -> u64 {
        self.packets
    }

    pub(crate) fn octets(&self) -> u64 {
        self.octets
    }

    pub(crate) fn ssrc(&self) -> u32 {
        self.ssrc
    }

    /// The RTP timestamp of `now`, for a sender report.
    pub(crate) fn timestamp_at(&self, now: Instant) -> u32 {
        self.last.timestamp.wrapping_add(self.since_last(now))
    }

    fn header(&mut self, now: Instant, marker: bool, sequence: u16, timestamp: u32) -> Header {
        self.sent_at = Some(now);
        Header { marker, payload_type: 0, sequence, timestamp, ssrc: self.ssrc }
    }

    /// The timestamp of what follows the last packet: right behind it, or later by the pause
    /// between them.
    fn follow(&self, now: Instant) -> u32 {
        let step = if self.is_idle(now) {
            self.since_last(now).max(self.last.span)
        } else {
            self.last.span
        };
        self.last.timestamp.wrapping_add(step)
    }

    /// A pause that a listener can tell: what comes next starts a talkspurt.
    fn is_idle(&self, now: Instant) -> bool {
        self.sent_at.is_none() || self.since_last(now) >= self.last.span + self.clock / PAUSES
    }

    fn since_last(&self, now: Instant) -> u32 {
        let Some(at) = self.sent_at else { return 0 };
        let samples = now.saturating_duration_since(at).as_millis() * u128::from(self.clock / 1000);
        // A timestamp wraps, so may a pause.
        (samples & 0xFFFF_FFFF) as u32
    }
}

/// In a second: 40 ms are two packets; that late is jitter, more is a pause.
const PAUSES: u32 = 25;

/// The source of events of our own; the brain counts streams from 1.
const OURSELVES: StreamId = StreamId(0);

#[expect(clippy::disallowed_methods, reason = "a test reads the clock once, for its epoch")]
#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const A: StreamId = StreamId(1);
    const B: StreamId = StreamId(2);

    fn packet(source: StreamId, index: u64, timestamp: u32) -> Relayed {
        let arrival = Arrival { index, epoch: 0 };
        Relayed { source, arrival, timestamp, marker: false, span: 160 }
    }

    fn numbers(header: Header) -> (u16, u32, bool) {
        (header.sequence, header.timestamp, header.marker)
    }

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn numbers_go_on_when_the_source_changes() {
        let mut outgoing = Outgoing::new([7, 1000, 9 << 16]);
        let start = Instant::now();
        let mut relay = |at, packet: Relayed| outgoing.relay(start + ms(at), &packet).map(numbers);
        assert_eq!(relay(0, packet(A, 500, 80_000)), Some((10, 1000, true)));
        assert_eq!(relay(20, packet(A, 501, 80_160)), Some((11, 1160, false)));
        // 10 ms later another source: right behind, with a marker.
        assert_eq!(relay(30, packet(B, 7, 5)), Some((12, 1320, true)));
        assert_eq!(relay(50, packet(B, 8, 165)), Some((13, 1480, false)));
        // A pause of a second shows in the timestamp.
        assert_eq!(relay(1050, packet(A, 551, 88_160)), Some((14, 1480 + 8000, true)));
    }

    #[test]
    fn loss_shows_and_reordering_is_passed_on() {
        let mut outgoing = Outgoing::new([7, 0, 0]);
        let now = Instant::now();
        let mut sequence = |index| {
            let timestamp = u32::try_from(index).unwrap() * 160;
            outgoing.relay(now, &packet(A, index, timestamp)).map(|header| header.sequence)
        };
        assert_eq!(sequence(100), Some(1));
        assert_eq!(sequence(103), Some(4));
        assert_eq!(sequence(102), Some(3));
        // From before the switch: its number was another source's.
        assert_eq!(sequence(99), None);
        assert_eq!(sequence(104), Some(5));
    }

    /// Eleven minutes of packets and more: the distance to the switch exceeds half of 16 bits.
    #[test]
    fn a_long_call_wraps_without_a_break() {
        let mut outgoing = Outgoing::new([7, u32::MAX - 100, 65_000 << 16]);
        let mut now = Instant::now();
        let mut last = None;
        for index in 0..140_000u32 {
            now += ms(20);
            let timestamp = (u32::MAX - 5000).wrapping_add(index * 160);
            let header = outgoing.relay(now, &packet(A, index.into(), timestamp)).unwrap();
            if let Some((sequence, timestamp)) = last {
                assert_eq!(header.sequence.wrapping_sub(sequence), 1);
                assert_eq!(header.timestamp.wrapping_sub(timestamp), 160);
            }
            last = Some((header.sequence, header.timestamp));
        }
    }

    #[test]
    fn frames_of_our_own_follow_what_was_relayed() {
        let mut outgoing = Outgoing::new([7, 0, 0]);
        let start = Instant::now();
        let relayed = outgoing.relay(start, &packet(A, 5, 700)).map(numbers);
        assert_eq!(relayed, Some((1, 0, true)));
        assert_eq!(numbers(outgoing.next(start + ms(20), 160)), (2, 160, true));
        assert_eq!(numbers(outgoing.next(start + ms(40), 160)), (3, 320, false));
        let back = outgoing.relay(start + ms(60), &packet(A, 8, 1180)).map(numbers);
        assert_eq!(back, Some((4, 480, true)));
    }

    /// RFC 4733 §2.2.1: packets of one event share a timestamp, and have numbers of their own.
    #[test]
    fn an_event_in_a_mix_keeps_its_timestamp() {
        let mut outgoing = Outgoing::new([7, 0, 0]);
        let start = Instant::now();
        outgoing.next(start, 160);
        let first = outgoing.event(start + ms(5), &packet(A, 1, 9_000));
        outgoing.next(start + ms(20), 160);
        let second = outgoing.event(start + ms(25), &packet(A, 2, 9_000));
        assert_eq!((first.sequence, second.sequence), (2, 4));
        assert_eq!(first.timestamp, second.timestamp);
    }
}
