//! One stream: a party's packets in, one RTP stream out, and the timers of both.
//!
//! ```text
//!  receive: latch (S8) ▶ valid? ▶ Reception ▶ keys ▶ Playout (if mixed) ▶ kept as the last packet
//!  send:    relayed packet | mixed frame | prompt | keep-alive ▶ Outgoing ▶ datagram
//! ```
//! Invariant: nothing is sent while the direction forbids it, no address is known, or a stream that
//! must be protected has no keys.

use std::{
    net::{IpAddr, SocketAddr},
    time::{Duration, Instant},
};

use super::{
    Out,
    browser::Browser,
    comfort::Silence,
    gauge::Gauge,
    guard::Guard,
    hearing::Hearing,
    keying::Keying,
    latch::{Latch, Source},
    out::Kind,
    outgoing::{Outgoing, Relayed},
    packet::{Content, Incoming, LastPacket, Opened},
    playout::Playout,
    reception::Reception,
    reports::Reports,
    voice::Voice,
};
use crate::{
    codec::{Decoder, Encoder},
    command::StreamId,
    dtls::DtlsSetup,
    dtmf::Detector,
    ears::{Ears, Turns},
    event::Event,
    opus::Speech,
    recording::RecordingId,
    rtp::{Header, TelephoneEvent},
    sdp::Negotiated,
    tone::RATE,
};

/// One stream, as its session and nobody else holds it.
#[derive(Debug)]
pub(crate) struct Stream {
    pub(super) id: StreamId,
    pub(super) port: u16,
    pub(super) negotiated: Negotiated,
    pub(super) latch: Latch,
    pub(super) reception: Reception,
    pub(super) outgoing: Outgoing,
    pub(super) reports: Reports,
    pub(super) gauge: Gauge,
    /// The same since our last report.
    pub(super) present: Gauge,
    pub(super) hearing: Hearing,
    /// Whose rows name this stream.
    pub(super) heard_by: Vec<StreamId>,
    /// Present while somebody mixes this stream.
    pub(super) playout: Option<Playout>,
    /// Recordings that hear this stream.
    pub(super) tapes: Vec<RecordingId>,
    /// The newest packet's samples, while somebody mixes or records them.
    pub(super) pcm: Vec<i16>,
    /// Of the party, once somebody needs its samples.
    decoder: Option<Decoder>,
    /// Towards the party, once it is sent a frame of ours.
    encoder: Option<Encoder>,
    /// Where the samples begin, in samples.
    pub(super) pcm_at: u32,
    /// A frame of our own, encoded.
    frame: Vec<u8>,
    pub(super) last: Option<LastPacket>,
    pub(super) player: Option<Player>,
    /// Keys being pressed towards the party.
    pub(super) keying: Option<Keying>,
    /// Hears keys as tones, where no events were agreed.
    detector: Detector,
    /// Present while somebody wants to know what the party is.
    pub(super) ears: Option<Box<Ears>>,
    /// Present while somebody wants to know when the party speaks.
    pub(super) turns: Option<Box<Turns>>,
    /// When the next frame of a mix or prompt is due.
    pub(super) frame_at: Option<Instant>,
    /// Where the session's timetable has this stream.
    pub(super) scheduled: Option<Instant>,
    /// Present while the stream is protected.
    pub(super) guard: Option<Guard>,
    /// Present where a browser is the party.
    pub(super) browser: Option<Box<Browser>>,
    keep_alive: Option<Duration>,
    opened_at: Instant,
    /// Last valid packet, or since when one could be expected.
    heard_at: Instant,
    started: bool,
    quiet: bool,
    /// The party said that it sends nothing while it is silent, and is.
    rests: bool,
    /// Epoch and timestamp of the newest key press.
    key: Option<(u32, u32)>,
    pub(super) strays: u64,
    pub(super) invalid: u64,
}

/// A prompt that plays.
#[derive(Debug)]
pub(crate) struct Player {
    pub(super) voice: Voice,
    /// None: its end is nobody's business.
    pub(super) tag: Option<u64>,
}

/// What a stream is opened with.
pub(crate) struct Opening {
    pub(super) id: StreamId,
    pub(super) port: u16,
    pub(super) negotiated: Negotiated,
    pub(super) signalling: IpAddr,
    pub(super) keep_alive: Option<Duration>,
    pub(super) random: [u32; 7],
}

impl Stream {
    pub(super) fn open(now: Instant, opening: &Opening, dtls: Option<&DtlsSetup>) -> Self {
        let [ssrc, timestamp, sequence, name @ ..] = opening.random;
        let mut guard = None;
        Guard::follow(&mut guard, opening.negotiated.srtp);
        let web = dtls.zip(opening.negotiated.web);
        let clock = opening.negotiated.codec.clock();
        let mut stream = Self {
            id: opening.id,
            port: opening.port,
            negotiated: opening.negotiated,
            latch: Latch::new(opening.negotiated.remote, opening.signalling),
            reception: Reception::default(),
            outgoing: Outgoing::new([ssrc, timestamp, sequence]),
            reports: Reports::new(name),
            gauge: Gauge::default(),
            present: Gauge::default(),
            hearing: Hearing::Nobody,
            heard_by: Vec::new(),
            playout: None,
            tapes: Vec::new(),
            pcm: Vec::new(),
            decoder: None,
            encoder: None,
            pcm_at: 0,
            frame: Vec::new(),
            last: None,
            player: None,
            keying: None,
            detector: Detector::default(),
            ears: None,
            turns: None,
            frame_at: None,
            scheduled: None,
            guard,
            browser: web.map(|(dtls, web)| Box::new(Browser::new(now, dtls, web))),
            keep_alive: opening.keep_alive,
            opened_at: now,
            heard_at: now,
            started: false,
            quiet: false,
            rests: false,
            key: None,
            strays: 0,
            invalid: 0,
        };
        stream.set_clock(clock);
        stream
    }

    fn set_clock(&mut self, clock: u32) {
        self.reception.set_clock(clock);
        self.outgoing.set_clock(clock);
    }

    pub(crate) fn id(&self) -> StreamId {
        self.id
    }

    pub(super) fn update(
        &mut self,
        now: Instant,
        negotiated: Negotiated,
        dtls: Option<&DtlsSetup>,
    ) {
        let received = self.negotiated.direction.receives();
        if negotiated.direction.receives() != received {
            self.heard_at = now;
            self.quiet = false;
        }
        if let (Some(browser), Some((web, dtls))) = (&mut self.browser, negotiated.web.zip(dtls)) {
            if browser.update(now, dtls, web) {
                self.guard = None;
            }
        } else {
            self.latch.signal(negotiated.remote);
            Guard::follow(&mut self.guard, negotiated.srtp);
        }
        if self.negotiated.codec != negotiated.codec {
            (self.decoder, self.encoder) = (None, None);
            self.set_clock(negotiated.codec.clock());
        }
        self.negotiated = negotiated;
        if !negotiated.direction.receives() {
            self.last = None;
        }
    }

    /// Opens a protected datagram into `plain` (S8: what is not authentic teaches us nothing).
    pub(super) fn open_guarded(
        &mut self,
        now: Instant,
        from: SocketAddr,
        packet: &[u8],
        is_report: bool,
        plain: &mut Vec<u8>,
    ) -> Opened {
        let Some(guard) = &mut self.guard else {
            // S9: what a browser sends before it has keys is nobody's audio.
            return if self.browser.is_some() { Opened::Refused } else { Opened::Plain };
        };
        plain.clear();
        plain.extend_from_slice(packet);
        if let Ok(len) = guard.open(plain, is_report) {
            plain.truncate(len);
            if let Some(browser) = &mut self.browser {
                browser.lives(now);
            }
            return Opened::Guarded;
        }
        self.refuse(from);
        Opened::Refused
    }

    /// Takes in a datagram from the RTP socket; what others may hear of it.
    pub(super) fn receive(
        &mut self,
        now: Instant,
        from: SocketAddr,
        packet: &[u8],
        out: &mut Out,
    ) -> Option<Incoming> {
        let Some((header, payload)) = Header::read(packet) else {
            self.refuse(from);
            return None;
        };
        // Of a browser's packets it is known by now who made them, from wherever they come.
        let is_known = self.browser.is_some();
        if !is_known && self.latch.judge(now, from, header.ssrc) == Source::Stray {
            self.strays += 1;
            return None;
        }
        let Some(content) = self.content(header.payload_type, payload.len()) else {
            self.invalid += 1;
            return None;
        };
        self.hear(now, from, header.ssrc, out);
        let arrival = self.reception.arrive(now, &header, matches!(content, Content::Audio(_)))?;
        self.reports.heard(now, payload.len());
        if let Content::Audio(_) = content {
            self.gauge.heard(&self.reception);
            self.present.heard(&self.reception);
        }
        if !self.negotiated.direction.receives() {
            return None;
        }
        let span = match content {
            Content::Audio(codec) => codec.span(&packet[payload.clone()]),
            Content::Event | Content::Noise => 0,
        };
        let numbers = Relayed {
            source: self.id,
            arrival,
            timestamp: header.timestamp,
            marker: header.marker,
            span: u32::try_from(span).ok()?,
        };
        let clock = self.negotiated.codec.clock();
        let mut incoming = Incoming { numbers, content, payload, clock, pressed: None };
        incoming.pressed = self.keep(now, &incoming, packet, out);
        Some(incoming)
    }

    /// What a payload type means here. A peer that sends with the number that we send with, and
    /// not with the one we offered, means the same (I34).
    fn content(&self, payload_type: u8, len: usize) -> Option<Content> {
        let agreed = &self.negotiated;
        if [agreed.payload_type_recv, agreed.payload_type_send].contains(&payload_type) {
            return (1..=PAYLOAD_MAX).contains(&len).then_some(Content::Audio(agreed.codec));
        }
        if agreed.dtmf.is_some_and(|(send, recv)| [send, recv].contains(&payload_type)) {
            return (4..=PAYLOAD_MAX).contains(&len).then_some(Content::Event);
        }
        (payload_type == COMFORT_NOISE).then_some(Content::Noise)
    }

    /// A valid packet of the party: locks its address, ends its silence.
    fn hear(&mut self, now: Instant, from: SocketAddr, ssrc: u32, out: &mut Out) {
        let stream = self.id;
        if self.browser.is_none()
            && let Some(remote) = self.latch.lock(now, from, ssrc)
        {
            out.events.push(Event::Latched { stream, remote });
        }
        if !std::mem::replace(&mut self.started, true) {
            out.events.push(Event::Started { stream });
        }
        if std::mem::take(&mut self.quiet) {
            out.events.push(Event::Resumed { stream });
        }
        self.heard_at = now;
    }

    /// Keeps what later listeners need; the key whose press begins, if one does.
    fn keep(
        &mut self,
        now: Instant,
        incoming: &Incoming,
        packet: &[u8],
        out: &mut Out,
    ) -> Option<char> {
        let payload = &packet[incoming.payload.clone()];
        let Relayed { arrival, timestamp, .. } = incoming.numbers;
        match incoming.content {
            Content::Audio(codec) => {
                let listens = self.negotiated.dtmf.is_none();
                if listens || self.wants_samples() {
                    self.pcm.clear();
                    let decoder = self.decoder.get_or_insert_with(|| Decoder::of(codec));
                    let filled = decoder.decode(arrival.index, payload, &mut self.pcm);
                    let filled = u32::try_from(filled).unwrap_or(0);
                    self.pcm_at = (timestamp / codec.scale()).wrapping_sub(filled);
                }
                if listens && let Some(digit) = self.detector.hear(&self.pcm) {
                    out.events.push(Event::Dtmf { stream: self.id, digit });
                }
                self.overhear(now, out);
                self.play_out(arrival.epoch, codec.speech(payload));
                let mut kept = self.last.take().map_or_else(Vec::new, |last| last.payload);
                kept.clear();
                kept.extend_from_slice(payload);
                self.last = Some(LastPacket { at: now, incoming: incoming.clone(), payload: kept });
            }
            Content::Event => {
                let newer = self.key.is_none_or(|(epoch, before)| {
                    epoch != arrival.epoch || timestamp.wrapping_sub(before).cast_signed() > 0
                });
                if newer {
                    self.key = Some((arrival.epoch, timestamp));
                    let digit = TelephoneEvent::read(payload).and_then(|event| event.digit());
                    let stream = self.id;
                    out.events.extend(digit.map(|digit| Event::Dtmf { stream, digit }));
                    return digit;
                }
            }
            Content::Noise => {
                self.rests = true;
                if let Some(playout) = &mut self.playout {
                    playout.rest(Silence::read(payload));
                }
            }
        }
        None
    }

    /// Puts the newest packet's samples where those who mix find them.
    fn play_out(&mut self, epoch: u32, speech: Speech) {
        self.rests = speech == Speech::Ceases || (self.rests && speech == Speech::Nobody);
        let Some(playout) = &mut self.playout else { return };
        let before = playout.silence();
        playout.write(epoch, self.pcm_at, &self.pcm);
        let silence = match (speech, before) {
            (Speech::Possible, _) => return,
            // Nothing was coded in it: its samples tell the decoder's mind.
            (Speech::Ceases, Some(before)) => before,
            (_, None) => Silence::of(&self.pcm),
            (Speech::Nobody, Some(before)) => before.towards(Silence::of(&self.pcm)),
        };
        playout.rest(Some(silence));
    }

    /// Counts a datagram that is no RTP at all.
    fn refuse(&mut self, from: SocketAddr) {
        if self.latch.destination() == Some(from) {
            self.invalid += 1;
        } else {
            self.strays += 1;
        }
    }

    /// Relays a packet of another stream. An event goes only to a party that understands it.
    pub(super) fn relay(
        &mut self,
        now: Instant,
        incoming: &Incoming,
        payload: &[u8],
        out: &mut Out,
    ) {
        let Some(payload_type) = self.payload_type(incoming.content) else { return };
        if self.destination().is_none() || !self.understands(incoming.content) {
            return;
        }
        let Some(header) = self.outgoing.relay(now, &incoming.numbers) else { return };
        let table = match incoming.content {
            Content::Audio(codec) => {
                let laws = codec.law().zip(self.negotiated.codec.law());
                laws.and_then(|(theirs, ours)| theirs.transcoding(ours))
            }
            _ => None,
        };
        self.send(now, Header { payload_type, ..header }, out, |bytes| match table {
            Some(table) => bytes.extend(payload.iter().map(|s| table[usize::from(*s)])),
            None => bytes.extend_from_slice(payload),
        });
    }

    /// Puts an event of a source into what this stream hears mixed.
    pub(super) fn insert_event(
        &mut self,
        now: Instant,
        incoming: &Incoming,
        payload: &[u8],
        out: &mut Out,
    ) {
        let Some(payload_type) = self.payload_type(Content::Event) else { return };
        if self.destination().is_some() {
            let header = self.outgoing.event(now, &incoming.numbers);
            let header = Header { payload_type, ..header };
            self.send(now, header, out, |bytes| bytes.extend_from_slice(payload));
        }
    }

    /// Sends one packet of an event of our own.
    pub(super) fn send_event(&mut self, now: Instant, first: bool, payload: &[u8], out: &mut Out) {
        let Some(payload_type) = self.payload_type(Content::Event) else { return };
        if self.destination().is_some() {
            let header = self.outgoing.own_event(now, first);
            let header = Header { payload_type, ..header };
            self.send(now, header, out, |bytes| bytes.extend_from_slice(payload));
        }
    }

    /// Sends a frame of our own; one of a conversation may be left out where the party wants that
    /// of who is silent (RFC 7587 §6.1, `usedtx`). The first of them is sent, and says so.
    pub(super) fn send_frame(&mut self, now: Instant, frame: &[i16], talk: bool, out: &mut Out) {
        if self.destination().is_none() {
            return;
        }
        let Negotiated { codec, payload_type_send: payload_type, dtx, .. } = self.negotiated;
        let span = u32::try_from(frame.len()).unwrap_or(0) * codec.scale();
        let mut payload = std::mem::take(&mut self.frame);
        payload.clear();
        let encoder = self.encoder.get_or_insert_with(|| Encoder::of(codec));
        encoder.cease(talk && dtx);
        encoder.encode(frame, &mut payload);
        let ceases = talk && dtx && codec.speech(&payload) == Speech::Ceases;
        if !self.outgoing.rests(now, span, ceases) {
            let header = Header { payload_type, ..self.outgoing.next(now, span) };
            self.send(now, header, out, |bytes| bytes.extend_from_slice(&payload));
        }
        self.frame = payload;
    }

    fn send(
        &mut self,
        now: Instant,
        header: Header,
        out: &mut Out,
        payload: impl FnOnce(&mut Vec<u8>),
    ) {
        let Some(to) = self.destination() else { return };
        let (mut octets, guard) = (0, &mut self.guard);
        let kind = if self.browser.is_some() { Kind::Web } else { Kind::Rtp };
        out.send(self.id, kind, to, |bytes| {
            let start = bytes.len();
            bytes.extend(header.write());
            payload(bytes);
            octets = bytes.len() - start - Header::LEN;
            guard.as_mut().is_none_or(|guard| guard.protect(bytes, start, false))
        });
        self.outgoing.sent(octets);
        self.reports.sent(now);
    }

    fn payload_type(&self, content: Content) -> Option<u8> {
        match content {
            Content::Audio(_) => Some(self.negotiated.payload_type_send),
            Content::Event => self.negotiated.dtmf.map(|(send, _)| send),
            Content::Noise => None,
        }
    }

    /// Whether the party's codec can be made of a source's packet by packet.
    fn understands(&self, content: Content) -> bool {
        match content {
            Content::Audio(codec) => codec.relays_to(self.negotiated.codec),
            Content::Event | Content::Noise => true,
        }
    }

    fn destination(&self) -> Option<SocketAddr> {
        let may = self.negotiated.direction.sends() && self.is_ready();
        self.latch.destination().filter(|_| may)
    }

    /// S9: false for a browser that has no keys yet.
    pub(super) fn is_ready(&self) -> bool {
        self.browser.is_none() || self.guard.is_some()
    }

    /// Gives a party the whole time again before it counts as missed.
    pub(super) fn expect(&mut self, now: Instant) {
        (self.quiet, self.heard_at) = (false, now);
    }

    /// Samples in a frame of our own.
    pub(super) fn frame_len(&self) -> usize {
        usize::from(self.negotiated.ptime_ms.clamp(10, 30)) * RATE as usize / 1000
    }

    pub(super) fn frame_time(&self) -> Duration {
        Duration::from_millis(u64::from(self.negotiated.ptime_ms.clamp(10, 30)))
    }

    /// The last packet, if it is recent enough to stand for the present.
    pub(super) fn fresh(&self, now: Instant) -> Option<&LastPacket> {
        let limit = self.frame_time() + JITTER;
        self.last.as_ref().filter(|last| now.saturating_duration_since(last.at) <= limit)
    }

    /// When [`Stream::tick`] or the next frame is due.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let reports = self.reports.deadline();
        let hears = self.negotiated.direction.receives();
        let browser = self.browser.as_ref().and_then(|browser| browser.deadline(hears));
        let party = [self.quiet_at(), self.ears_at(), browser];
        let own = [self.frame_at, self.keep_alive_at(), reports, self.key_at()];
        party.into_iter().chain(own).flatten().min()
    }

    /// Does what time alone asks for, frames excepted.
    pub(super) fn tick(&mut self, now: Instant, clock: Instant, out: &mut Out) {
        self.key(now, out);
        self.tick_ears(now, out);
        self.tick_browser(now, out);
        if self.quiet_at().is_some_and(|at| at <= now) {
            self.quiet = true;
            let silent = now.saturating_duration_since(self.heard_at).as_millis();
            let for_ms = u32::try_from(silent).unwrap_or(u32::MAX);
            out.events.push(Event::Quiet { stream: self.id, for_ms });
        }
        if self.keep_alive_at().is_some_and(|at| at <= now) {
            const SILENCE: [i16; 240] = [0; 240];
            self.send_frame(now, &SILENCE[..self.frame_len()], false, out);
        }
        if self.reports.deadline().is_some_and(|at| at <= now) {
            self.report(now, clock, out);
        }
    }

    fn quiet_at(&self) -> Option<Instant> {
        let waits = self.negotiated.direction.receives() && !self.quiet;
        waits.then(|| self.heard_at + if self.rests { RESTED_MAX } else { QUIET_AFTER })
    }

    fn keep_alive_at(&self) -> Option<Instant> {
        self.destination()?;
        Some(self.outgoing.sent_at().unwrap_or(self.opened_at) + self.keep_alive?)
    }
}

/// F8: silence on the wire that somebody should look into.
const QUIET_AFTER: Duration = Duration::from_secs(3);

/// The same of who said that it sends nothing while it is silent: RFC 3389 §3 asks for another word
/// only when the noise changes.
const RESTED_MAX: Duration = Duration::from_secs(10);

/// How late a packet may be and still be the newest there is.
const JITTER: Duration = Duration::from_millis(5);

/// 128 ms of G.711, far above what anybody sends.
const PAYLOAD_MAX: usize = 1024;

/// Static payload type (RFC 3389).
const COMFORT_NOISE: u8 = 13;
