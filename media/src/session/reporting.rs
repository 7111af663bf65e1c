//! What a stream tells and is told by RTCP, and the figures that are kept of it.

use std::{net::SocketAddr, time::Instant};

use super::{Out, out::Kind, stream::Stream};
use crate::{
    event::{Event, StreamStats},
    quality::Quality,
};

impl Stream {
    /// Takes in a datagram from the RTCP socket, or a muxed one.
    pub(super) fn receive_report(&mut self, now: Instant, from: SocketAddr, packet: &[u8]) {
        let party = self.latch.destination().map(|address| address.ip());
        if self.browser.is_none()
            && from != self.negotiated.rtcp
            && Some(from.ip().to_canonical()) != party
        {
            self.strays += 1;
            return;
        }
        match self.reports.receive(now, from, packet, self.outgoing.ssrc()) {
            Some(told) => {
                self.gauge.told(told, self.outgoing.packets());
                self.present.told(told, self.outgoing.packets());
            }
            None => self.invalid += 1,
        }
    }

    pub(super) fn report(&mut self, now: Instant, clock: Instant, out: &mut Out) {
        let report = self.reports.make(now, clock, &self.outgoing, &mut self.reception);
        self.send_report(out, |cname, bytes| report.write(cname, bytes));
        let present = self.present.quality(&self.reception, self.negotiated.ptime_ms);
        self.present.restart(&self.reception);
        let stream = self.id;
        out.events.extend(present.map(|quality| Event::Sounds { stream, quality }));
    }

    /// Says goodbye to a party that was sent something (RFC 3550 §6.6).
    pub(super) fn say_bye(&mut self, now: Instant, clock: Instant, out: &mut Out) {
        if self.outgoing.packets() > 0 {
            let report = self.reports.make(now, clock, &self.outgoing, &mut self.reception);
            self.send_report(out, |cname, bytes| report.write_bye(cname, bytes));
        }
    }

    fn send_report(&mut self, out: &mut Out, write: impl FnOnce(&str, &mut Vec<u8>)) {
        let to = self.reports.destination(&self.latch, &self.negotiated);
        let to = to.filter(|_| self.is_ready());
        if let Some(to) = to.filter(|to| !to.ip().is_unspecified()) {
            let kind = match (&self.browser, self.negotiated.rtcp_mux) {
                (Some(_), _) => Kind::Web,
                (None, true) => Kind::Rtp,
                (None, false) => Kind::Rtcp,
            };
            let (guard, cname) = (&mut self.guard, self.reports.cname());
            out.send(self.id, kind, to, |bytes| {
                let start = bytes.len();
                write(cname, bytes);
                guard.as_mut().is_none_or(|guard| guard.protect(bytes, start, true))
            });
        }
    }

    /// How the party was heard since the last measurement; the next one begins, and with it a new
    /// wait for a party that is silent.
    pub(super) fn measure(&mut self, now: Instant) -> Option<Quality> {
        let quality = self.quality();
        self.gauge.restart(&self.reception);
        self.expect(now);
        quality
    }

    fn quality(&self) -> Option<Quality> {
        self.gauge.quality(&self.reception, self.negotiated.ptime_ms)
    }

    pub(super) fn stats(&self) -> StreamStats {
        StreamStats {
            received: self.reception.received(),
            received_octets: self.reports.heard_octets(),
            lost: self.reception.lost(),
            duplicates: self.reception.duplicates(),
            reordered: self.reception.reordered(),
            strays: self.strays,
            invalid: self.invalid,
            sent: self.outgoing.packets(),
            sent_octets: self.outgoing.octets(),
            jitter_us: self.reception.jitter_us(),
            lost_by_party: self.reports.lost_by_party(),
            round_trip_us: self.reports.round_trip_us(),
            quality: self.quality(),
        }
    }
}
