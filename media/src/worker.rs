//! A worker: one thread that owns sockets and a clock, and drives a [`Session`] with them.
//!
//! ```text
//!  few packets:  sleep in the poller ──packet | order | deadline──▶ read, obey, tick ─┐
//!       ▲                                                                             │
//!       └─────────────────────────────────────────────────────────────────────────────┘
//!  many packets: sleep 1 ms on the queue ──▶ ask the poller once for all that came ──▶ …
//! ```
//! LIMITS 1: above some 2,000 packets a second no packet wakes the thread; they are collected once
//! a millisecond. Orders wake it at once in either mode. There is no tick: with nothing to do the
//! thread sleeps until the session's deadline.
//!
//! Orders are obeyed in the order sent. When streams move here, their later orders may overtake
//! them, so from [`Order::Expect`] until the parcel is here everything waits (well under 2 ms).

use std::{
    collections::{BTreeMap, VecDeque},
    net::IpAddr,
    sync::Arc,
    time::{Duration, Instant},
};

pub use self::recorder::file_of;
use self::{pace::Pace, sockets::Ready};
pub(crate) use self::{
    ports::Candidates,
    queue::{Inbox, Outbox, queue},
    recorder::{Archive, Recorder},
    sockets::{Entrance, Pair, Sockets},
};
use crate::{
    command::{Command, StreamId},
    event::{Event, Failure},
    recording::RecordingId,
    sdp::Negotiated,
    session::{Input, Kind, Leaving, Out, Session, Stream, Tape},
};

mod pace;
mod ports;
mod queue;
mod recorder;
mod sockets;

/// Everything one media thread has.
pub(crate) struct Worker {
    wiring: Wiring,
    session: Session,
    sockets: Sockets,
    inbox: Inbox,
    candidates: Candidates,
    /// Bound and without a stream.
    idle: BTreeMap<u16, Pair>,
    out: Out,
    ready: Vec<Ready>,
    buffer: Box<[u8; DATAGRAM_MAX]>,
    pace: Pace,
    /// The move whose parcel must come before anything else is obeyed.
    awaited: Option<u64>,
    held: VecDeque<Order>,
    parcels: BTreeMap<u64, Load>,
}

/// Where a worker stands among the others.
#[derive(Clone)]
pub(crate) struct Wiring {
    /// Sockets are bound to it.
    pub(crate) address: IpAddr,
    /// The queues of all workers, this one included.
    pub(crate) workers: Vec<Outbox>,
    pub(crate) events: Arc<dyn Fn(Event) + Send + Sync>,
    /// None where no folder for recordings is configured.
    pub(crate) recorder: Option<Recorder>,
}

/// What a worker is told.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "nearly every order is a command")]
pub(crate) enum Order {
    /// By the brain.
    Command(Command),
    /// A parcel with this number is on its way.
    Expect(u64),
    /// Hand these streams to another worker.
    Depart { parcel: u64, streams: Vec<StreamId>, recordings: Vec<RecordingId>, to: usize },
    /// Streams from another worker.
    Parcel { parcel: u64, carried: Load },
    /// A pair whose stream closed elsewhere comes home.
    Home(Pair),
    /// The end.
    Stop,
}

/// All that goes from one worker to another at once.
#[derive(Debug, Default)]
pub(crate) struct Load {
    streams: Vec<Carried>,
    tapes: Vec<(RecordingId, Tape)>,
}

/// A stream on its way between workers, with its sockets.
#[derive(Debug)]
pub(crate) struct Carried {
    stream: Box<Stream>,
    pair: Pair,
}

impl Worker {
    pub(crate) fn new(
        wiring: Wiring,
        session: Session,
        sockets: Sockets,
        inbox: Inbox,
        candidates: Candidates,
    ) -> Self {
        Self {
            wiring,
            session,
            sockets,
            inbox,
            candidates,
            idle: BTreeMap::new(),
            out: Out::default(),
            ready: Vec::new(),
            buffer: Box::new([0; DATAGRAM_MAX]),
            pace: Pace::default(),
            awaited: None,
            held: VecDeque::new(),
            parcels: BTreeMap::new(),
        }
    }

    /// Works until told to stop.
    pub(crate) fn run(mut self) {
        loop {
            let first = self.sleep();
            if !self.obey_all(first) {
                return;
            }
            let packets = self.collect();
            let now = now();
            self.pace.note(now, packets);
            if self.session.deadline().is_some_and(|at| at <= now) {
                self.session.handle(now, Input::Tick, &mut self.out);
                self.flush();
            }
        }
    }

    /// Waits for something to do.
    fn sleep(&mut self) -> Option<Order> {
        let until = self.session.deadline().map(|at| at.saturating_duration_since(now()));
        if self.pace.is_busy() {
            let pause = until.map_or(SWEEP, |until| until.min(SWEEP));
            return self.inbox.wait(pause);
        }
        // Its call of the poller may have been answered by a look that asked for packets alone.
        if let Some(order) = self.inbox.next() {
            return Some(order);
        }
        self.sockets.wait(until, &mut self.ready);
        None
    }

    /// False once told to stop.
    fn obey_all(&mut self, first: Option<Order>) -> bool {
        let mut next = first.or_else(|| self.inbox.next());
        while let Some(order) = next {
            match order {
                Order::Stop => return false,
                Order::Home(pair) => {
                    self.idle.insert(pair.port, pair);
                    self.inbox.done();
                }
                Order::Parcel { parcel, carried } => {
                    self.parcels.insert(parcel, carried);
                    self.inbox.done();
                }
                order => self.held.push_back(order),
            }
            self.obey_held();
            next = self.inbox.next();
        }
        true
    }

    /// Obeys what waits, up to the first that needs a parcel that is not here.
    fn obey_held(&mut self) {
        loop {
            if let Some(parcel) = self.awaited {
                let Some(carried) = self.parcels.remove(&parcel) else { return };
                self.unpack(carried);
                self.awaited = None;
            }
            let Some(order) = self.held.pop_front() else { return };
            match order {
                Order::Command(command) => self.obey(command),
                Order::Expect(parcel) => self.awaited = Some(parcel),
                Order::Depart { parcel, streams, recordings, to } => {
                    self.depart(parcel, (&streams, &recordings), to);
                }
                // Never held.
                Order::Parcel { .. } | Order::Home(_) | Order::Stop => {}
            }
            self.inbox.done();
        }
    }

    fn obey(&mut self, command: Command) {
        let now = now();
        match command {
            Command::Bind { count } => self.bind(count),
            // A browser comes by the door and needs no socket of its own.
            Command::Open { negotiated: Negotiated { web: Some(_), .. }, .. } => {
                self.session.handle(now, Input::Command(command), &mut self.out);
            }
            Command::Open { stream, port, .. } => match self.prepare(stream, port) {
                Ok(()) => self.session.handle(now, Input::Command(command), &mut self.out),
                Err(failure) => self.fail(Some(stream), failure),
            },
            Command::Close { stream } => {
                self.session.handle(now, Input::Command(command), &mut self.out);
                self.send();
                // The pair is home before the brain hears of it and may use the port again.
                if let Some(pair) = self.sockets.release(stream) {
                    let home = home(pair.port, self.wiring.workers.len());
                    self.wiring.workers[home].send(Order::Home(pair));
                }
            }
            command => self.session.handle(now, Input::Command(command), &mut self.out),
        }
        self.flush();
    }

    fn bind(&mut self, count: u16) {
        let address = self.wiring.address;
        let (pairs, refused) = self.candidates.bind(count, |port| Pair::bind(address, port));
        let ports = pairs.iter().map(|pair| pair.port).collect();
        self.idle.extend(pairs.into_iter().map(|pair| (pair.port, pair)));
        self.out.events.push(Event::Bound { ports });
        if let Some(error) = refused {
            self.fail(None, Failure::Bind(error));
        }
    }

    /// Gives an idle pair to a stream.
    fn prepare(&mut self, stream: StreamId, port: u16) -> Result<(), Failure> {
        if self.session.has(stream) {
            return Err(Failure::StreamExists);
        }
        let pair = self.idle.remove(&port).ok_or(Failure::UnknownPort(port))?;
        pair.drain();
        self.sockets.watch(stream, pair).map_err(|error| Failure::Bind(error.to_string()))
    }

    fn fail(&mut self, stream: Option<StreamId>, failure: Failure) {
        self.out.events.push(Event::Failed { stream, failure });
    }

    fn depart(
        &mut self,
        parcel: u64,
        (streams, recordings): (&[StreamId], &[RecordingId]),
        to: usize,
    ) {
        let Leaving { streams, tapes } = self.session.depart(streams, recordings);
        let mut carried = Load { streams: Vec::with_capacity(streams.len()), tapes };
        for stream in streams {
            if let Some(pair) = self.sockets.release(stream.id()) {
                carried.streams.push(Carried { stream: Box::new(stream), pair });
            }
        }
        self.wiring.workers[to].send(Order::Parcel { parcel, carried });
    }

    fn unpack(&mut self, carried: Load) {
        for (id, tape) in carried.tapes {
            self.session.arrive_tape(id, tape);
        }
        for Carried { stream, pair } in carried.streams {
            let id = stream.id();
            match self.sockets.watch(id, pair) {
                Ok(()) => self.session.arrive(*stream),
                Err(error) => self.fail(Some(id), Failure::Bind(error.to_string())),
            }
        }
        self.flush();
    }

    /// Reads what has come, one datagram a socket and round; how many they were.
    ///
    /// The poller says who has more, at one call for all of them: reading a socket until it is
    /// empty would cost every packet a second call that finds nothing.
    fn collect(&mut self) -> u32 {
        if !self.pace.is_busy() {
            return self.read();
        }
        let mut packets = 0;
        for _ in 0..ROUNDS_MAX {
            self.sockets.wait(Some(Duration::ZERO), &mut self.ready);
            if self.ready.is_empty() {
                break;
            }
            packets += self.read();
        }
        packets
    }

    /// Reads from each socket that is ready; each packet is on its way out before the next is
    /// looked at. All browsers share the door, so that it has more than others.
    fn read(&mut self) -> u32 {
        let mut packets = 0;
        for at in 0..self.ready.len() {
            let ready = self.ready[at];
            let most = if ready.is_door() { DOOR_BURST_MAX } else { 1 };
            for _ in 0..most {
                if !self.take(ready) {
                    break;
                }
                packets += 1;
            }
        }
        self.ready.clear();
        packets
    }

    /// Reads one datagram and lets the session have it; false where there was none.
    fn take(&mut self, ready: Ready) -> bool {
        let received = self.sockets.receive(ready, self.buffer.as_mut_slice());
        let Some((entrance, from, len)) = received else { return false };
        let packet = &self.buffer[..len];
        let input = match entrance {
            Entrance::Door => Input::Web { from, packet },
            Entrance::Stream(stream, Kind::Rtcp) => Input::Report { stream, from, packet },
            Entrance::Stream(stream, _) => Input::Packet { stream, from, packet },
        };
        self.session.handle(now(), input, &mut self.out);
        self.flush();
        true
    }

    fn flush(&mut self) {
        self.send();
        for event in self.out.events.drain(..) {
            (self.wiring.events)(event);
        }
        for taped in self.out.taped.drain(..) {
            if let Some(recorder) = &self.wiring.recorder {
                recorder.take(taped);
            }
        }
        self.out.clear();
    }

    fn send(&mut self) {
        for (datagram, bytes) in self.out.datagrams() {
            self.sockets.send(datagram.stream, datagram.kind, datagram.to, bytes);
        }
        self.out.clear_datagrams();
    }
}

/// The worker that a port belongs to: where it is bound, and where it rests.
pub(crate) fn home(port: u16, workers: usize) -> usize {
    usize::from(port / 2) % workers.max(1)
}

/// LIMITS 1: how long a busy worker collects packets.
const SWEEP: Duration = Duration::from_millis(1);

/// Rounds over the sockets before orders and deadlines have their turn again.
const ROUNDS_MAX: usize = 16;

/// Datagrams read from the door before the next socket's turn.
const DOOR_BURST_MAX: usize = 16;

/// Longer datagrams are cut, and so refused.
const DATAGRAM_MAX: usize = 2048;

#[expect(clippy::disallowed_methods, reason = "a worker is where time comes from")]
fn now() -> Instant {
    Instant::now()
}
