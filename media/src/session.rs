//! The pure core: the streams that one worker carries, and who hears whom among them.
//!
//! ```text
//!            ┌ Relay: rewrite twelve bytes, send          (one source, 0 dB)
//!  packet ▶ source ┤
//!            └ Playout ▶ every packet time of the listener: sum, clip, encode, send   (Mix)
//! ```
//! Packets, commands and time go in; datagrams and events come out in [`Out`]. No clock, no
//! socket, no randomness but the seed: a test drives a session through hours in milliseconds.
//! An idle stream has no timer that ticks, only deadlines that are far away.

use std::{
    collections::{BTreeMap, BTreeSet, btree_map::Entry},
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};

use self::{
    door::Door,
    hearing::Hearing,
    packet::{Content, Incoming, Opened},
    stream::{Opening, Player},
};
pub use self::{
    out::{Datagram, Kind, Out},
    tape::Taped,
};
pub(crate) use self::{stream::Stream, tape::Tape};
use crate::{
    command::{Command, StreamId},
    dtls::DtlsSetup,
    event::{Event, Failure},
    library::Library,
    prompt::{PromptId, Samples},
    recording::RecordingId,
    rtp,
};

mod browser;
mod comfort;
mod conceal;
mod door;
mod frames;
mod gauge;
mod guard;
mod hearing;
mod keying;
mod latch;
mod listening;
mod out;
mod outgoing;
mod packet;
mod playout;
mod reception;
mod reporting;
mod reports;
mod rows;
mod stream;
mod tape;
mod taping;
pub(crate) mod voice;

/// All streams of one worker.
#[derive(Debug)]
pub struct Session {
    streams: BTreeMap<StreamId, Stream>,
    /// One entry a stream, at or before its true deadline.
    timetable: BTreeSet<(Instant, StreamId)>,
    tapes: BTreeMap<RecordingId, Tape>,
    /// An entry for every tape; one for a tape that has gone does no harm.
    tape_times: BTreeSet<(Instant, RecordingId)>,
    /// Of the port that all browsers share.
    door: Door,
    setup: Setup,
    random: ChaCha20Rng,
    sum: Vec<i32>,
    frame: Vec<i16>,
    /// A packet that was protected.
    plain: Vec<u8>,
}

/// What all sessions of a plane share.
#[derive(Clone, Debug)]
pub struct Setup {
    /// What can be played.
    pub library: Arc<Library>,
    /// Where nothing was sent for this long, one packet of silence is.
    pub keep_alive: Option<Duration>,
    /// Zero of the NTP time in our reports.
    pub clock: Instant,
    /// How handshakes with browsers begin; none: no browser can be a party.
    pub(crate) dtls: Option<DtlsSetup>,
}

impl Setup {
    /// One without browsers.
    #[must_use]
    pub fn new(library: Arc<Library>, keep_alive: Option<Duration>, clock: Instant) -> Self {
        Self { library, keep_alive, clock, dtls: None }
    }
}

/// What goes to another session.
pub(crate) struct Leaving {
    pub(crate) streams: Vec<Stream>,
    pub(crate) tapes: Vec<(RecordingId, Tape)>,
}

/// What happens to a session.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "it is looked at where it is made, and not kept")]
pub enum Input<'a> {
    /// A datagram on a stream's RTP socket.
    Packet {
        /// Whose socket.
        stream: StreamId,
        /// Who sent it.
        from: SocketAddr,
        /// All of it.
        packet: &'a [u8],
    },
    /// A datagram on a stream's RTCP socket.
    Report {
        /// Whose socket.
        stream: StreamId,
        /// Who sent it.
        from: SocketAddr,
        /// All of it.
        packet: &'a [u8],
    },
    /// A datagram on the port that all browsers share.
    Web {
        /// Who sent it.
        from: SocketAddr,
        /// All of it.
        packet: &'a [u8],
    },
    /// From the brain.
    Command(Command),
    /// [`Session::deadline`] has passed.
    Tick,
}

impl Session {
    /// A session without streams.
    #[must_use]
    pub fn new(setup: Setup, seed: [u8; 32]) -> Self {
        Self {
            streams: BTreeMap::new(),
            timetable: BTreeSet::new(),
            tapes: BTreeMap::new(),
            tape_times: BTreeSet::new(),
            door: Door::default(),
            setup,
            random: ChaCha20Rng::from_seed(seed),
            sum: Vec::new(),
            frame: Vec::new(),
            plain: Vec::new(),
        }
    }

    /// Advances the session; everything to be done about it lands in `out`.
    pub fn handle(&mut self, now: Instant, input: Input<'_>, out: &mut Out) {
        match input {
            Input::Packet { stream, from, packet } => {
                self.datagram(now, stream, from, packet, false, out);
            }
            Input::Report { stream, from, packet } => {
                self.datagram(now, stream, from, packet, true, out);
            }
            Input::Web { from, packet } => self.at_door(now, from, packet, out),
            Input::Command(command) => self.command(now, command, out),
            Input::Tick => self.tick(now, out),
        }
    }

    /// When [`Input::Tick`] is next due; `None` while there is nothing to wait for.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        let streams = self.timetable.first().map(|(at, _)| *at);
        let tapes = self.tape_times.first().map(|(at, _)| *at);
        streams.into_iter().chain(tapes).min()
    }

    /// Streams that are open.
    #[must_use]
    pub fn len(&self) -> usize {
        self.streams.len()
    }

    /// Whether this stream is open.
    #[must_use]
    pub fn has(&self, stream: StreamId) -> bool {
        self.streams.contains_key(&stream)
    }

    /// Whether no stream is open.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.streams.is_empty()
    }

    /// Takes streams out, to be carried by another session. Whoever stays hears them no more, nor
    /// do they hear those who stay: the route that moves them has cut these ties.
    pub(crate) fn depart(&mut self, ids: &[StreamId], recordings: &[RecordingId]) -> Leaving {
        let tapes = self.depart_tapes(recordings);
        let mut streams: Vec<_> = ids.iter().filter_map(|id| self.remove(*id)).collect();
        for stream in &mut streams {
            for source in stream.hearing.sources() {
                if self.streams.contains_key(&source) {
                    self.unhear(stream.id, source, stream.hearing.is_mix());
                    stream.hearing.forget(source);
                }
            }
            stream.heard_by.retain(|listener| match self.streams.get_mut(listener) {
                Some(listener) => {
                    listener.hearing.forget(stream.id);
                    false
                }
                None => true,
            });
        }
        let mixes = |stream: &&Stream| stream.hearing.is_mix();
        let mixing: BTreeSet<_> = streams.iter().filter(mixes).map(|stream| stream.id).collect();
        for stream in &mut streams {
            if !stream.heard_by.iter().any(|listener| mixing.contains(listener)) {
                stream.playout = None;
            }
        }
        Leaving { streams, tapes }
    }

    /// Goes on with a stream that another session carried.
    pub(crate) fn arrive(&mut self, stream: Stream) {
        let id = stream.id;
        self.streams.insert(id, stream);
        self.schedule(id);
    }

    /// Opens what is protected, and tells reports from packets where they share a port.
    fn datagram(
        &mut self,
        now: Instant,
        id: StreamId,
        from: SocketAddr,
        packet: &[u8],
        on_report_port: bool,
        out: &mut Out,
    ) {
        let Some(source) = self.streams.get_mut(&id) else { return };
        let is_report = on_report_port || (source.negotiated.rtcp_mux && rtp::is_rtcp(packet));
        let mut plain = std::mem::take(&mut self.plain);
        let packet = match source.open_guarded(now, from, packet, is_report, &mut plain) {
            Opened::Plain => Some(packet),
            Opened::Guarded => Some(plain.as_slice()),
            Opened::Refused => None,
        };
        match packet {
            Some(packet) if is_report => source.receive_report(now, from, packet),
            Some(packet) => self.packet(now, id, from, packet, out),
            None => {}
        }
        self.plain = plain;
    }

    fn packet(
        &mut self,
        now: Instant,
        id: StreamId,
        from: SocketAddr,
        packet: &[u8],
        out: &mut Out,
    ) {
        let Some(source) = self.streams.get_mut(&id) else { return };
        let Some(incoming) = source.receive(now, from, packet, out) else {
            // Even what is not heard may have set a timer.
            self.schedule(id);
            return;
        };
        if !source.tapes.is_empty()
            && let Content::Audio(_) = incoming.content
        {
            let place = (incoming.numbers.arrival.epoch, source.pcm_at);
            self.tape(now, id, place);
        }
        let Some(source) = self.streams.get_mut(&id) else { return };
        let listeners = std::mem::take(&mut source.heard_by);
        let payload = &packet[incoming.payload.clone()];
        for listener in &listeners {
            self.deliver(now, *listener, &incoming, payload, out);
        }
        if let Some(source) = self.streams.get_mut(&id) {
            source.heard_by = listeners;
        }
        self.schedule(id);
    }

    fn deliver(
        &mut self,
        now: Instant,
        id: StreamId,
        incoming: &Incoming,
        payload: &[u8],
        out: &mut Out,
    ) {
        let Some(listener) = self.streams.get_mut(&id) else { return };
        let knows = listener.negotiated.dtmf.is_some()
            && listener.negotiated.codec.clock() == incoming.clock;
        if incoming.content == Content::Event && !knows {
            // It knows no events, or counts time in another way: the press is made anew, once.
            if let Some(digit) = incoming.pressed {
                listener.press(now, &digit.to_string());
            }
            return self.schedule(id);
        }
        let is_deaf = listener.player.is_some()
            || (listener.keying.is_some() && incoming.content != Content::Event);
        match (is_deaf, &listener.hearing) {
            (true, _) | (_, Hearing::Nobody) => return,
            (false, Hearing::Relay(_)) => listener.relay(now, incoming, payload, out),
            (false, Hearing::Mix(_)) if incoming.content == Content::Event => {
                listener.insert_event(now, incoming, payload, out);
            }
            (false, Hearing::Mix(_)) => {
                let frame_time = listener.frame_time();
                listener.frame_at.get_or_insert(now + frame_time);
            }
        }
        self.schedule(id);
    }

    fn command(&mut self, now: Instant, command: Command, out: &mut Out) {
        match command {
            // The worker's own: it owns the sockets.
            Command::Bind { .. } => {}
            Command::Open { stream, port, negotiated, signalling } => {
                let random = std::array::from_fn(|_| self.random.next_u32());
                let Setup { keep_alive, .. } = self.setup;
                let id = stream;
                let opening = Opening { id, port, negotiated, signalling, keep_alive, random };
                self.open(now, &opening, out);
            }
            Command::Update { stream, negotiated } => {
                let dtls = self.setup.dtls.clone();
                self.change(stream, out, |open, _| open.update(now, negotiated, dtls.as_ref()));
                if let Some(open) = self.streams.get(&stream) {
                    self.door.admit(open);
                }
                self.suit(now, stream, out);
            }
            Command::Latch { stream } => self.change(stream, out, |open, _| open.latch.again(now)),
            Command::Route(route) => self.route(now, route, out),
            Command::Play { stream, prompt, repeat, tag } => {
                let voice = self.setup.library.voice(&prompt);
                self.change(stream, out, |open, out| match voice {
                    Ok(voice) => {
                        open.player =
                            Some(Player { voice: voice.repeating(repeat), tag: Some(tag) });
                        open.frame_at = Some(now);
                    }
                    Err(name) => {
                        out.events.push(failed(stream, Failure::UnknownPrompt(name)));
                    }
                });
                self.tick(now, out);
            }
            Command::Stock { clip, samples } => self.stock(clip, samples),
            Command::Press { stream, digits } => {
                self.change(stream, out, |open, _| open.press(now, &digits));
                self.tick(now, out);
            }
            Command::StopPlay { stream } => {
                let mut stopped = false;
                self.change(stream, out, |open, _| stopped = open.player.take().is_some());
                if stopped {
                    self.listen(now, stream, out);
                }
            }
            Command::Listen { stream, listen } => {
                self.change(stream, out, |open, _| open.listen_for(now, listen));
            }
            Command::Follow { stream, follow } => {
                self.change(stream, out, |open, _| open.follow_turns(now, follow));
            }
            Command::Record { recording, channels } => self.record(now, recording, channels, out),
            Command::Mask { recording, masked } => self.mask(now, recording, masked, out),
            Command::StopRecord { recording, keep } => {
                self.stop_record(now, (recording, keep), out);
            }
            Command::Measure { stream, tag } => self.change(stream, out, |open, out| {
                let quality = open.measure(now);
                out.events.push(Event::Measured { stream, tag, quality });
            }),
            Command::Close { stream } => self.close(now, stream, out),
        }
    }

    fn open(&mut self, now: Instant, opening: &Opening, out: &mut Out) {
        match self.streams.entry(opening.id) {
            Entry::Occupied(_) => out.events.push(failed(opening.id, Failure::StreamExists)),
            Entry::Vacant(place) => {
                let open = Stream::open(now, opening, self.setup.dtls.as_ref());
                self.door.admit(place.insert(open));
                self.schedule(opening.id);
            }
        }
    }

    /// Each worker has a library of its own, which names the same samples.
    fn stock(&mut self, clip: PromptId, samples: Option<Samples>) {
        Arc::make_mut(&mut self.setup.library).stock(clip, samples);
    }

    fn change(&mut self, id: StreamId, out: &mut Out, change: impl FnOnce(&mut Stream, &mut Out)) {
        match self.streams.get_mut(&id) {
            Some(stream) => {
                change(stream, out);
                self.schedule(id);
            }
            None => out.events.push(failed(id, Failure::UnknownStream)),
        }
    }

    fn close(&mut self, now: Instant, id: StreamId, out: &mut Out) {
        let Some(mut stream) = self.remove(id) else {
            out.events.push(failed(id, Failure::UnknownStream));
            return;
        };
        for source in stream.hearing.sources() {
            self.unhear(id, source, stream.hearing.is_mix());
        }
        for listener in &stream.heard_by {
            if let Some(listener) = self.streams.get_mut(listener) {
                listener.hearing.forget(id);
            }
        }
        stream.say_bye(now, self.setup.clock, out);
        out.events.push(Event::Closed { stream: id, port: stream.port, stats: stream.stats() });
    }

    fn remove(&mut self, id: StreamId) -> Option<Stream> {
        let mut stream = self.streams.remove(&id)?;
        if let Some(at) = stream.scheduled.take() {
            self.timetable.remove(&(at, id));
        }
        self.door.forget(&stream);
        Some(stream)
    }

    fn tick(&mut self, now: Instant, out: &mut Out) {
        self.tick_tapes(now, out);
        while let Some(&(at, id)) = self.timetable.first()
            && at <= now
        {
            self.timetable.pop_first();
            if let Some(stream) = self.streams.get_mut(&id) {
                stream.scheduled = None;
                stream.tick(now, self.setup.clock, out);
                if stream.frame_at.is_some_and(|at| at <= now) {
                    self.frame(now, id, out);
                }
            }
            self.schedule(id);
        }
    }

    /// Puts a stream's deadline into the timetable if it comes before what stands there. A later
    /// one is left for the tick to find: packets move deadlines back all the time.
    fn schedule(&mut self, id: StreamId) {
        let Some(stream) = self.streams.get_mut(&id) else { return };
        let Some(deadline) = stream.deadline() else { return };
        if stream.scheduled.is_some_and(|at| at <= deadline) {
            return;
        }
        if let Some(at) = stream.scheduled.replace(deadline) {
            self.timetable.remove(&(at, id));
        }
        self.timetable.insert((deadline, id));
    }
}

fn failed(stream: StreamId, failure: Failure) -> Event {
    Event::Failed { stream: Some(stream), failure }
}

#[cfg(test)]
mod tests;
