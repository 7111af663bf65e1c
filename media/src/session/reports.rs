//! RTCP of one stream: a report of ours every 5 s while packets flow, and what the party's reports
//! tell. A stream that is silent both ways reports nothing and costs nothing.
//!
//! Reports go where `a=rtcp` said while the party is where it said, to the RTP address if muxed,
//! and behind a NAT only to an address that reports came from (S8).

use std::{
    fmt::Write as _,
    net::SocketAddr,
    time::{Duration, Instant},
};

use super::{gauge::Told, latch::Latch, outgoing::Outgoing, reception::Reception};
use crate::{
    rtcp::{Block, Heard, Report, SenderPart},
    sdp::Negotiated,
};

/// The reports of one stream.
#[derive(Debug)]
pub(crate) struct Reports {
    cname: String,
    due: Option<Instant>,
    /// Packets sent at the last report.
    reported: u64,
    heard_octets: u64,
    /// Middle of the NTP time of the party's last SR, and when it came.
    last_sr: Option<(u32, Instant)>,
    /// What our clock said in our last SR, and when.
    ours: Option<(u32, Instant)>,
    from: Option<SocketAddr>,
    lost_by_party: Option<u32>,
    round_trip: Option<Duration>,
}

impl Reports {
    /// `random` makes the CNAME (RFC 7022 §4.2: 96 bits, new for each stream).
    pub(crate) fn new(random: [u32; 4]) -> Self {
        let mut cname = String::with_capacity(32);
        for word in random {
            // Writing to a string cannot fail.
            let _ = write!(cname, "{word:08x}");
        }
        Self {
            cname,
            due: None,
            reported: 0,
            heard_octets: 0,
            last_sr: None,
            ours: None,
            from: None,
            lost_by_party: None,
            round_trip: None,
        }
    }

    pub(crate) fn heard(&mut self, now: Instant, octets: usize) {
        self.heard_octets += octets as u64;
        self.due.get_or_insert(now + INTERVAL);
    }

    pub(crate) fn sent(&mut self, now: Instant) {
        self.due.get_or_insert(now + INTERVAL);
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.due
    }

    /// Takes in a compound packet, and what it says of what we sent; none if it is no such packet.
    pub(crate) fn receive(
        &mut self,
        now: Instant,
        from: SocketAddr,
        packet: &[u8],
        ssrc: u32,
    ) -> Option<Told> {
        let heard = Heard::read(packet, ssrc)?;
        self.from = Some(from);
        if let Some(middle) = heard.ntp_middle {
            self.last_sr = Some((middle, now));
        }
        let mut told = Told::default();
        if let Some(block) = heard.about_us {
            self.lost_by_party = Some(block.lost);
            let round_trip = self.round_trip(now, &block);
            self.round_trip = round_trip.or(self.round_trip);
            // 24 bits with a sign.
            told = Told { lost: Some((block.lost << 8).cast_signed() >> 8), round_trip };
        }
        Some(told)
    }

    /// RFC 3550 §6.4.1, by our own clock: now less when our SR left, less the party's delay.
    fn round_trip(&self, now: Instant, block: &Block) -> Option<Duration> {
        let (middle, at) = self.ours?;
        let delay = Duration::from_secs(1) * block.delay / 65_536;
        (middle == block.last_report).then(|| now.saturating_duration_since(at))?.checked_sub(delay)
    }

    /// The report that is due. `clock` is when the plane started: the zero of our NTP time.
    pub(crate) fn make(
        &mut self,
        now: Instant,
        clock: Instant,
        outgoing: &Outgoing,
        reception: &mut Reception,
    ) -> Report {
        self.due = None;
        let packets = outgoing.packets();
        let ntp = ntp(now.saturating_duration_since(clock));
        let sender = (packets > self.reported).then(|| {
            self.ours = Some((middle(ntp), now));
            SenderPart {
                ntp,
                timestamp: outgoing.timestamp_at(now),
                packets: low(packets),
                octets: low(outgoing.octets()),
            }
        });
        self.reported = packets;
        let lost = low(reception.lost().min(0x7F_FFFF));
        let jitter = reception.jitter_samples();
        let block = reception.report().map(|(ssrc, highest, fraction_lost)| Block {
            ssrc,
            fraction_lost,
            lost,
            highest,
            jitter,
            last_report: self.last_sr.map_or(0, |(middle, _)| middle),
            delay: self
                .last_sr
                .map_or(0, |(_, at)| middle(ntp_of(now.saturating_duration_since(at)))),
        });
        Report { ssrc: outgoing.ssrc(), sender, block }
    }

    pub(crate) fn destination(&self, latch: &Latch, negotiated: &Negotiated) -> Option<SocketAddr> {
        if negotiated.rtcp_mux {
            latch.destination()
        } else if latch.is_as_signalled() {
            Some(negotiated.rtcp)
        } else {
            self.from
        }
    }

    pub(crate) fn cname(&self) -> &str {
        &self.cname
    }

    pub(crate) fn heard_octets(&self) -> u64 {
        self.heard_octets
    }

    pub(crate) fn lost_by_party(&self) -> Option<u32> {
        self.lost_by_party
    }

    pub(crate) fn round_trip_us(&self) -> Option<u32> {
        Some(u32::try_from(self.round_trip?.as_micros()).unwrap_or(u32::MAX))
    }
}

/// RFC 3550 §6.2.
const INTERVAL: Duration = Duration::from_secs(5);

/// Never 0, which RFC 3550 reads as "no report": the plane's first second is second 1.
fn ntp(since: Duration) -> u64 {
    ntp_of(since + Duration::from_secs(1))
}

/// 32.32 fixed point.
fn ntp_of(time: Duration) -> u64 {
    let fraction = (u64::from(time.subsec_nanos()) << 32) / 1_000_000_000;
    (time.as_secs() << 32) | fraction
}

fn middle(ntp: u64) -> u32 {
    low(ntp >> 16)
}

/// The lower 32 bits, which is what the fields of RTCP hold.
fn low(value: u64) -> u32 {
    (value & 0xFFFF_FFFF) as u32
}
