//! The media plane reduced to its events, and the books on its ports and streams (D11).
//!
//! ```text
//!   Bind ─▶ Bound        Open ─▶ Started │ Quiet after 3 s where no audio comes
//!   Play ─▶ PlayEnded    Close ─▶ Closed with the port
//! ```
//! Whatever the plane itself would refuse with [`media::Failure`] is a broken invariant here: the
//! brain must not ask for it.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::Duration;

use media::{
    Command, Event, PortRange, Prompt, PromptId, RecordingId, Route, StreamId, StreamStats,
};
use routing::prompts::ABANDONED_NOTICE;

use super::agenda::{Happening, Report};
use super::errand::{Errand, Errands};
use super::invariant::Invariant;
use super::scene::OPT_OUT_KEY;

/// The plane of one life of the switch.
#[derive(Debug)]
pub(super) struct Plane {
    life: u32,
    range: PortRange,
    next_port: u32,
    bound: BTreeSet<u16>,
    streams: BTreeMap<StreamId, Stream>,
    taken: BTreeMap<u16, StreamId>,
    newest: StreamId,
    mute: BTreeSet<SocketAddr>,
    turns: u64,
    /// Recordings that run, and since when.
    recordings: BTreeMap<RecordingId, Duration>,
}

#[derive(Debug)]
struct Stream {
    port: u16,
    remote: SocketAddr,
    playing: Option<u64>,
    hears: usize,
}

impl Plane {
    pub(super) fn new(life: u32, range: PortRange) -> Self {
        Self {
            life,
            range,
            next_port: range.first.into(),
            bound: BTreeSet::new(),
            streams: BTreeMap::new(),
            taken: BTreeMap::new(),
            newest: StreamId(0),
            mute: BTreeSet::new(),
            turns: 0,
            recordings: BTreeMap::new(),
        }
    }

    /// Streams that are open.
    pub(super) fn open(&self) -> usize {
        self.streams.len()
    }

    /// No audio comes from this address from now on; a stream that listens to it is told.
    pub(super) fn mute(&mut self, at: Duration, far: SocketAddr, errands: &mut Errands) {
        self.mute.insert(far);
        let streams: Vec<_> = self.listening_to(far).collect();
        for stream in streams {
            self.report(at + SILENCE, Report::Missed(stream), errands);
        }
    }

    /// Audio comes from there again.
    pub(super) fn unmute(&mut self, far: SocketAddr) {
        self.mute.remove(&far);
    }

    fn listening_to(&self, far: SocketAddr) -> impl Iterator<Item = StreamId> + '_ {
        self.streams.iter().filter(move |(_, one)| one.remote == far).map(|(id, _)| *id)
    }

    /// A command of the brain.
    pub(super) fn obey(&mut self, at: Duration, command: Command, errands: &mut Errands) {
        let done = match command {
            Command::Bind { count } => {
                self.bind(at, count, errands);
                Ok(())
            }
            Command::Open { stream, port, negotiated, .. } => {
                self.open_stream(at, stream, port, negotiated.remote, errands)
            }
            Command::Update { stream, negotiated } => {
                self.update(at, stream, negotiated.remote, errands)
            }
            Command::Route(route) => self.route(&route),
            Command::Play { stream, prompt, repeat, tag } => {
                self.play(at, stream, (&prompt, repeat, tag), errands)
            }
            Command::Stock { .. } => Ok(()),
            Command::Press { stream, .. }
            | Command::Listen { stream, .. }
            | Command::Follow { stream, .. }
            | Command::Latch { stream } => self.stream(stream).map(drop),
            Command::StopPlay { stream } => self.stream(stream).map(|one| one.playing = None),
            Command::Measure { stream, tag } => self.stream(stream).map(drop).map(|()| {
                let measured = Event::Measured { stream, tag, quality: None };
                self.report(at + WORKER, Report::Event(measured), errands);
            }),
            Command::Close { stream } => self.close(at, stream, errands),
            Command::Record { recording, .. } => {
                self.recordings.entry(recording).or_insert(at);
                Ok(())
            }
            Command::Mask { recording, .. } => self.is_recording(recording),
            Command::StopRecord { recording, keep } => {
                self.stop_recording(at, (recording, keep), errands)
            }
        };
        if let Err(what) = done {
            errands.push(Errand::Broken(Invariant::D11, what));
        }
    }

    fn bind(&mut self, at: Duration, count: u16, errands: &mut Errands) {
        let mut ports = vec![];
        while ports.len() < usize::from(count) && self.next_port <= self.range.last.into() {
            if let Ok(port) = u16::try_from(self.next_port) {
                self.bound.insert(port);
                ports.push(port);
            }
            self.next_port += 2;
        }
        self.report(at + WORKER, Report::Event(Event::Bound { ports }), errands);
    }

    fn open_stream(
        &mut self,
        at: Duration,
        stream: StreamId,
        port: u16,
        remote: SocketAddr,
        errands: &mut Errands,
    ) -> Result<(), String> {
        if stream <= self.newest && self.streams.contains_key(&stream) {
            return Err(format!("{stream} is open already"));
        }
        if !self.bound.contains(&port) {
            return Err(format!("port {port} was never bound"));
        }
        if let Some(other) = self.taken.insert(port, stream) {
            return Err(format!("port {port} belongs to {other} and was given to {stream}"));
        }
        self.newest = self.newest.max(stream);
        self.streams.insert(stream, Stream { port, remote, playing: None, hears: 0 });
        self.listen(at, stream, remote, errands);
        Ok(())
    }

    fn update(
        &mut self,
        at: Duration,
        stream: StreamId,
        remote: SocketAddr,
        errands: &mut Errands,
    ) -> Result<(), String> {
        self.stream(stream)?.remote = remote;
        self.listen(at, stream, remote, errands);
        Ok(())
    }

    fn listen(&self, at: Duration, stream: StreamId, remote: SocketAddr, errands: &mut Errands) {
        if self.mute.contains(&remote) {
            self.report(at + SILENCE, Report::Missed(stream), errands);
        } else {
            let started = Report::Event(Event::Started { stream });
            self.report(at + FIRST_PACKET, started, errands);
        }
    }

    /// Who hears whom; a row may name only what is open, and nobody hears two at once.
    fn route(&mut self, route: &Route) -> Result<(), String> {
        for row in &route.rows {
            for heard in &row.hears {
                if !self.streams.contains_key(&heard.from) {
                    return Err(format!(
                        "{} hears {}, which is not open",
                        row.listener, heard.from
                    ));
                }
            }
            let hears = row.hears.len();
            self.stream(row.listener)?.hears = hears;
        }
        Ok(())
    }

    fn play(
        &mut self,
        at: Duration,
        stream: StreamId,
        (prompt, repeat, tag): (&Prompt, bool, u64),
        errands: &mut Errands,
    ) -> Result<(), String> {
        self.turns += 1;
        let turn = self.turns;
        self.stream(stream)?.playing = Some(turn);
        if !repeat && *prompt != Prompt::Silence {
            let length = match prompt {
                Prompt::Standing(_) => Duration::from_secs(3),
                _ => Duration::from_secs(7),
            };
            self.report(at + length, Report::Played { stream, tag, turn }, errands);
            // One of three who hear why nobody comes does not want to be called again.
            if *prompt == Prompt::Named(PromptId(ABANDONED_NOTICE.to_owned()))
                && turn.is_multiple_of(3)
            {
                let pressed = Event::Dtmf { stream, digit: OPT_OUT_KEY };
                self.report(at + PRESSES_AFTER, Report::Event(pressed), errands);
            }
        }
        Ok(())
    }

    fn close(&mut self, at: Duration, id: StreamId, errands: &mut Errands) -> Result<(), String> {
        let stream = self.streams.remove(&id).ok_or_else(|| format!("{id} was closed before"))?;
        self.taken.remove(&stream.port);
        let (port, stats) = (stream.port, StreamStats::default());
        let closed = Event::Closed { stream: id, port, stats };
        self.report(at + WORKER, Report::Event(closed), errands);
        Ok(())
    }

    fn is_recording(&self, recording: RecordingId) -> Result<(), String> {
        let runs = self.recordings.contains_key(&recording);
        runs.then_some(()).ok_or_else(|| format!("recording {recording:?} does not run"))
    }

    fn stop_recording(
        &mut self,
        at: Duration,
        (recording, keep): (RecordingId, bool),
        errands: &mut Errands,
    ) -> Result<(), String> {
        self.is_recording(recording)?;
        let began = self.recordings.remove(&recording).unwrap_or(at);
        if !keep {
            return Ok(());
        }
        let slots = u64::try_from(at.saturating_sub(began).as_millis() / 20).unwrap_or(u64::MAX);
        let recorded = Event::Recorded { recording, slots, gaps: 0, chain: [0; 32] };
        self.report(at + WORKER, Report::Event(recorded), errands);
        Ok(())
    }

    fn stream(&mut self, id: StreamId) -> Result<&mut Stream, String> {
        self.streams.get_mut(&id).ok_or_else(|| format!("{id} is not open"))
    }

    fn report(&self, at: Duration, report: Report, errands: &mut Errands) {
        errands.push(Errand::At(at, Happening::Media(self.life, report)));
    }

    /// What the brain is told of a report whose time has come.
    pub(super) fn due(&mut self, report: Report) -> Option<Event> {
        match report {
            Report::Event(Event::Started { stream } | Event::Dtmf { stream, .. })
                if !self.streams.contains_key(&stream) =>
            {
                None
            }
            Report::Event(event) => Some(event),
            Report::Played { stream, tag, turn } => {
                let one = self.streams.get_mut(&stream)?;
                (one.playing == Some(turn)).then(|| {
                    one.playing = None;
                    Event::PlayEnded { stream, tag }
                })
            }
            Report::Missed(stream) => {
                let silent = self.mute.contains(&self.streams.get(&stream)?.remote);
                silent.then_some(Event::Quiet { stream, for_ms: 3_000 })
            }
        }
    }
}

/// How long people listen before they press a key.
const PRESSES_AFTER: Duration = Duration::from_secs(2);

/// How soon a worker obeys.
const WORKER: Duration = Duration::from_millis(1);

/// From the SDP to the party's first packet.
const FIRST_PACKET: Duration = Duration::from_millis(35);

/// After so long without a packet a party is missed.
const SILENCE: Duration = Duration::from_secs(3);

#[cfg(test)]
mod tests {
    use super::*;

    fn plane() -> (Plane, Errands) {
        let range = PortRange { first: 20_000, last: 20_010 };
        let (mut plane, mut errands) = (Plane::new(1, range), vec![]);
        plane.obey(Duration::ZERO, Command::Bind { count: 2 }, &mut errands);
        errands.clear();
        (plane, errands)
    }

    fn opened(plane: &mut Plane, stream: u64, port: u16) -> Option<String> {
        let mut errands = vec![];
        let remote = SocketAddr::from(([198, 51, 100, 1], 4_000));
        let opened =
            plane.open_stream(Duration::ZERO, StreamId(stream), port, remote, &mut errands);
        opened.err()
    }

    /// D11: the books of the simulator find what the real plane would refuse.
    #[test]
    fn a_port_given_twice_or_never_bound_is_found() {
        let (mut plane, mut errands) = plane();
        assert_eq!(opened(&mut plane, 1, 20_000), None);
        let twice = opened(&mut plane, 2, 20_000).unwrap();
        assert!(twice.contains("20000") && twice.contains("given to"), "{twice}");
        assert_eq!(opened(&mut plane, 3, 20_008).unwrap(), "port 20008 was never bound");
        let close = || Command::Close { stream: StreamId(1) };
        plane.obey(Duration::ZERO, close(), &mut errands);
        plane.obey(Duration::ZERO, close(), &mut errands);
        let broken = errands.iter().filter(|one| matches!(one, Errand::Broken(..))).count();
        assert_eq!(broken, 1, "the second close");
    }

    #[test]
    fn a_prompt_that_was_replaced_tells_no_end() {
        let (mut plane, mut errands) = plane();
        opened(&mut plane, 1, 20_000);
        let play = |tag| Command::Play {
            stream: StreamId(1),
            prompt: Prompt::HoldMusic,
            repeat: false,
            tag,
        };
        plane.obey(Duration::ZERO, play(1), &mut errands);
        plane.obey(Duration::ZERO, play(2), &mut errands);
        let reports: Vec<_> = errands
            .into_iter()
            .filter_map(|errand| match errand {
                Errand::At(_, Happening::Media(_, report)) => Some(report),
                _ => None,
            })
            .collect();
        let told: Vec<_> = reports.into_iter().filter_map(|report| plane.due(report)).collect();
        assert_eq!(told, [Event::PlayEnded { stream: StreamId(1), tag: 2 }]);
    }
}
