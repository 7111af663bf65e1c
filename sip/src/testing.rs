//! Two endpoints in one room: joined in memory, under virtual time, over a network with a seed.
//!
//! Nothing here reads a clock: time jumps to whatever is due next, an arrival or a deadline, so a
//! minute of retransmissions takes microseconds, and a seed gives the same run byte for byte.

mod network;

pub use network::{Link, Network};

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::endpoint::{Endpoint, Event, Flow, Output, Transport};

/// One of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum End {
    /// At 192.0.2.1:5060.
    Left,
    /// At 192.0.2.2:5060.
    Right,
}

impl End {
    /// Its address.
    #[must_use]
    pub fn address(self) -> SocketAddr {
        let last = match self {
            Self::Left => 1,
            Self::Right => 2,
        };
        SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, last)), 5060)
    }

    /// The one across.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Left => Self::Right,
            Self::Right => Self::Left,
        }
    }
}

/// Something an endpoint told, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Since the start.
    pub at: Duration,
    /// By whom.
    pub end: End,
    /// What.
    pub event: Event,
}

/// Something an endpoint sent, whether or not it arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Since the start.
    pub at: Duration,
    /// By whom.
    pub end: End,
    /// The whole message.
    pub bytes: Bytes,
}

impl Sent {
    /// The start line.
    #[must_use]
    pub fn start_line(&self) -> String {
        let text = String::from_utf8_lossy(&self.bytes);
        text.lines().next().unwrap_or_default().to_owned()
    }
}

/// Two endpoints and the network between them.
#[derive(Debug)]
pub struct Pair {
    /// At 192.0.2.1:5060.
    pub left: Endpoint,
    /// At 192.0.2.2:5060.
    pub right: Endpoint,
    /// What lies between; may change while it runs.
    pub network: Network,
    /// What was told and not yet taken.
    pub told: Vec<Told>,
    /// Everything sent.
    pub sent: Vec<Sent>,
    transport: Transport,
    epoch: Instant,
    now: Instant,
}

impl Pair {
    /// Joins two endpoints at `epoch`.
    #[must_use]
    pub fn new(epoch: Instant, left: Endpoint, right: Endpoint, network: Network) -> Self {
        let (told, sent, transport) = (vec![], vec![], Transport::Udp);
        Self { left, right, network, told, sent, transport, epoch, now: epoch }
    }

    /// The same over another transport; a reliable one loses and reorders nothing.
    #[must_use]
    pub fn over(self, transport: Transport) -> Self {
        Self { transport, ..self }
    }

    /// The present.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.now
    }

    /// Since the start.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.now - self.epoch
    }

    /// The path from one end to the other.
    #[must_use]
    pub fn flow(&self, from: End) -> Flow {
        let connection = u64::from(self.transport.is_reliable());
        let (local, remote) = (from.address(), from.other().address());
        Flow { transport: self.transport, local, remote, connection }
    }

    /// Has one end do something now, and carries what it sends.
    pub fn act<R>(
        &mut self,
        end: End,
        verb: impl FnOnce(&mut Endpoint, Instant, &mut Vec<Output>) -> R,
    ) -> R {
        let mut out = vec![];
        let now = self.now;
        let result = verb(self.endpoint(end), now, &mut out);
        self.carry(end, out);
        result
    }

    /// Goes to the next arrival or deadline and lets it happen; `false` when there is none.
    pub fn step(&mut self) -> bool {
        let Some(next) = self.next() else { return false };
        self.now = self.now.max(next);
        if let Some((from, bytes)) = self.network.arrive(self.now) {
            let end = from.other();
            let flow = self.flow(end);
            self.act(end, |endpoint, now, out| endpoint.receive(now, flow, bytes, out));
            return true;
        }
        for end in [End::Left, End::Right] {
            if self.endpoint(end).deadline().is_some_and(|at| at <= self.now) {
                self.act(end, Endpoint::tick);
            }
        }
        true
    }

    /// Lets everything happen that is due within `duration`, and stands at its end.
    pub fn run_for(&mut self, duration: Duration) {
        let until = self.now + duration;
        while self.next().is_some_and(|at| at <= until) {
            self.step();
        }
        self.now = until;
    }

    /// Lets everything happen until nothing is due any more; never, while a call or a registration
    /// of ours is up, for it keeps refreshing itself.
    pub fn run_until_idle(&mut self) {
        while self.step() {}
    }

    /// What `end` has told since the last time it was asked.
    pub fn take(&mut self, end: End) -> Vec<Event> {
        let taken = self.told.extract_if(.., |told| told.end == end);
        taken.map(|told| told.event).collect()
    }

    fn next(&self) -> Option<Instant> {
        let deadlines = [self.left.deadline(), self.right.deadline(), self.network.next()];
        deadlines.into_iter().flatten().min()
    }

    fn endpoint(&mut self, end: End) -> &mut Endpoint {
        match end {
            End::Left => &mut self.left,
            End::Right => &mut self.right,
        }
    }

    fn carry(&mut self, end: End, out: Vec<Output>) {
        let at = self.elapsed();
        for output in out {
            match output {
                Output::Event(event) => self.told.push(Told { at, end, event }),
                Output::Send { flow, bytes } => {
                    self.sent.push(Sent { at, end, bytes: bytes.clone() });
                    if flow.remote == end.other().address() {
                        let reliable = self.transport.is_reliable();
                        self.network.send(self.now, end, reliable, bytes);
                    }
                }
            }
        }
    }
}
