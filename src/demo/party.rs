//! Parties: the audio of simulated telephones, each with an RTP socket, a voice and an ear.
//!
//! One thread serves hundreds of them. It wakes each millisecond on an absolute schedule; a party
//! sends every 20 ms in a slot of its own and reads its socket every 10 ms, or every millisecond
//! while it listens for an agent's first packet, so that the arrival is known to the millisecond.
//! Nothing here comes from the media plane that the parties verify but G.711 and the RTP header.
//!
//! ```text
//!   Parties::seat ─▶ seated ─ connect ─▶ talking ─ connect again ─▶ talking
//!                      └────────── the Party is dropped ───────────────┴─▶ its socket is closed
//! ```

mod seat;

use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use media::sdp::Negotiated;

use self::seat::Seat;
use super::ear::Heard;
use super::signature::Chord;
use super::voice::Script;

/// The thread that serves all parties; it ends when this is dropped.
#[derive(Debug)]
pub struct Parties {
    address: IpAddr,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Parties {
    /// Starts the thread; parties' sockets are bound to `address`.
    pub fn start(address: IpAddr) -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let thread = std::thread::Builder::new().name("parties".to_owned()).spawn({
            let shared = Arc::clone(&shared);
            move || run(&shared)
        })?;
        Ok(Self { address, shared, thread: Some(thread) })
    }

    /// Seats a party: its socket is bound, it hears nothing yet and says nothing.
    ///
    /// An `attentive` one finds out when it first hears an agent, at the cost of reading more
    /// often.
    pub fn seat(&self, script: Script, chord: Option<Chord>, attentive: bool) -> io::Result<Party> {
        let socket = even_port(self.address)?;
        let address = socket.local_addr()?;
        let ssrc = self.shared.ssrc.fetch_add(0x9e37_79b9, Ordering::Relaxed);
        let inner = Arc::new(Inner {
            attentive: AtomicBool::new(attentive),
            seat: Mutex::new(Seat::new(socket, script, chord, attentive, ssrc)),
        });
        locked(&self.shared.joining).push(Arc::downgrade(&inner));
        Ok(Party { address, inner })
    }

    /// The furthest the thread has been behind its schedule: above some 10 ms, the machine was too
    /// busy for figures taken here to mean much.
    #[must_use]
    pub fn behind_max(&self) -> Duration {
        Duration::from_micros(self.shared.behind_max_us.load(Ordering::Relaxed))
    }
}

impl Drop for Parties {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread of the simulated parties panicked");
        }
    }
}

/// One simulated telephone's audio; dropping it closes its socket.
#[derive(Debug)]
pub struct Party {
    address: SocketAddr,
    inner: Arc<Inner>,
}

impl Party {
    /// Where it wants its RTP.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Starts to talk and listen as negotiated; again, after a re-INVITE or an answer that
    /// replaces early media.
    pub fn connect(&self, negotiated: &Negotiated) {
        self.seat().connect(negotiated);
    }

    /// Says something else from now on.
    pub fn say(&self, script: Script) {
        self.seat().say(script);
    }

    /// What it heard, in steps of 200 ms, oldest first.
    #[must_use]
    pub fn heard(&self) -> Vec<Heard> {
        self.seat().heard()
    }

    /// The agent it heard first, and when that agent's first packet arrived.
    #[must_use]
    pub fn began(&self) -> Option<(Instant, Chord)> {
        self.seat().began()
    }

    /// What went over its socket.
    #[must_use]
    pub fn traffic(&self) -> Traffic {
        self.seat().traffic()
    }

    fn seat(&self) -> MutexGuard<'_, Seat> {
        locked(&self.inner.seat)
    }
}

/// Packets of one party.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// RTP sent.
    pub sent: u64,
    /// RTP taken from whom the SDP named.
    pub received: u64,
    /// RTP from anybody else, or of a payload type that was not agreed: bleed.
    pub strange: u64,
    /// Sends that the socket refused.
    pub unsent: u64,
}

#[derive(Debug, Default)]
struct Shared {
    joining: Mutex<Vec<Weak<Inner>>>,
    stop: AtomicBool,
    behind_max_us: AtomicU64,
    ssrc: std::sync::atomic::AtomicU32,
}

#[derive(Debug)]
struct Inner {
    /// Kept beside the lock, so that a sweep does not take it for nothing.
    attentive: AtomicBool,
    seat: Mutex<Seat>,
}

struct Entry {
    inner: Weak<Inner>,
    slot: u64,
}

/// Ticks between two packets of one party.
const SLOTS: u64 = 20;

const TICK: Duration = Duration::from_millis(1);

/// Further behind than this the thread skips ticks instead of catching up.
const CATCH_UP_MAX: Duration = Duration::from_millis(200);

fn run(shared: &Shared) {
    let mut entries: Vec<Entry> = vec![];
    let mut buffer = [0; 2_048];
    let mut due = Instant::now();
    let mut tick = 0_u64;
    let mut next_slot = 0;
    while !shared.stop.load(Ordering::Relaxed) {
        for inner in locked(&shared.joining).drain(..) {
            entries.push(Entry { inner, slot: next_slot });
            // Seven is prime to twenty: neighbours get slots far apart.
            next_slot = (next_slot + 7) % SLOTS;
        }
        entries.retain(|entry| entry.sweep(tick, &mut buffer));
        tick += 1;
        due += TICK;
        let now = Instant::now();
        if let Some(early) = due.checked_duration_since(now) {
            std::thread::sleep(early);
        } else {
            let behind = now - due;
            let us = u64::try_from(behind.as_micros()).unwrap_or(u64::MAX);
            shared.behind_max_us.fetch_max(us, Ordering::Relaxed);
            if behind > CATCH_UP_MAX {
                due = now;
            }
        }
    }
}

impl Entry {
    /// Serves the party if this tick is its own; false once the party is gone.
    fn sweep(&self, tick: u64, buffer: &mut [u8]) -> bool {
        let Some(inner) = self.inner.upgrade() else { return false };
        let own = tick % SLOTS == self.slot;
        let attentive = inner.attentive.load(Ordering::Relaxed);
        if attentive || tick % (SLOTS / 2) == self.slot % (SLOTS / 2) {
            let mut seat = locked(&inner.seat);
            seat.listen(buffer);
            if attentive && !seat.is_attentive() {
                inner.attentive.store(false, Ordering::Relaxed);
            }
            if own {
                seat.speak(buffer);
            }
        }
        true
    }
}

/// A socket on an even port, as RTP has it (RFC 3550 §11).
fn even_port(address: IpAddr) -> io::Result<UdpSocket> {
    let mut odd = vec![];
    while odd.len() < 32 {
        let socket = UdpSocket::bind((address, 0))?;
        if socket.local_addr()?.port() % 2 == 0 {
            socket.set_nonblocking(true)?;
            return Ok(socket);
        }
        // Held until an even one is found, or the kernel may offer it again.
        odd.push(socket);
    }
    Err(io::Error::new(io::ErrorKind::AddrInUse, "no even UDP port is free"))
}

/// A value that is whole between any two statements of its owner: a panic cannot leave it torn.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use media::sdp::{Codec, Direction};

    use super::*;
    use crate::demo::signature::{Chord, Role};

    const LOOPBACK: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    fn towards(remote: SocketAddr, codec: Codec) -> Negotiated {
        Negotiated {
            remote,
            rtcp: remote,
            rtcp_mux: true,
            codec,
            payload_type_send: codec.payload_type(),
            payload_type_recv: codec.payload_type(),
            dtmf: None,
            ptime_ms: 20,
            direction: Direction::SendRecv,
            dtx: false,
            srtp: None,
            web: None,
        }
    }

    fn pair(parties: &Parties, codec: Codec) -> (Party, Party) {
        let seat = |role, index| {
            parties.seat(Script::silence(), Some(Chord::nth(role, index)), true).unwrap()
        };
        let (agent, customer) = (seat(Role::Agent, 1), seat(Role::Customer, 2));
        agent.connect(&towards(customer.address(), codec));
        customer.connect(&towards(agent.address(), codec));
        (agent, customer)
    }

    /// Waits for what a busy machine may bring late.
    fn until(met: impl Fn() -> bool) {
        let mut patience = 2_000;
        while !met() {
            assert!(patience > 0, "20 s and not met");
            patience -= 1;
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    #[test]
    fn two_parties_hear_each_other_in_either_law() {
        for codec in [Codec::Pcmu, Codec::Pcma] {
            let parties = Parties::start(LOOPBACK).unwrap();
            let begun = std::time::Instant::now();
            let (agent, customer) = pair(&parties, codec);
            let theirs = Chord::nth(Role::Customer, 2).lines();
            until(|| agent.heard().last().is_some_and(|heard| heard.traces == theirs));
            until(|| customer.began().is_some_and(|began| began.1 == Chord::nth(Role::Agent, 1)));
            until(|| customer.traffic().sent >= 30);
            let (traffic, lasted) = (customer.traffic(), begun.elapsed());
            let due = lasted.as_millis() / 20 + 2;
            assert!(u128::from(traffic.sent) <= due, "{traffic:?} in {lasted:?}");
            assert_eq!((traffic.strange, traffic.unsent), (0, 0));
        }
    }

    #[test]
    fn packets_from_a_stranger_are_counted_and_not_heard() {
        let parties = Parties::start(LOOPBACK).unwrap();
        let (agent, customer) = pair(&parties, Codec::Pcmu);
        let stranger =
            parties.seat(Script::silence(), Some(Chord::nth(Role::Agent, 7)), false).unwrap();
        stranger.connect(&towards(customer.address(), Codec::Pcmu));
        until(|| customer.traffic().strange > 15);
        let foreign = |heard: &Heard| heard.traces != Chord::nth(Role::Agent, 1).lines();
        assert!(!customer.heard().iter().skip(1).any(foreign));
        drop(agent);
    }

    #[test]
    fn a_dropped_party_leaves_its_port_and_the_thread_ends_with_the_last_handle() {
        let parties = Parties::start(LOOPBACK).unwrap();
        let (agent, _customer) = pair(&parties, Codec::Pcmu);
        let address = agent.address();
        drop(agent);
        until(|| UdpSocket::bind(address).is_ok());
    }

    #[test]
    fn ports_are_even() {
        let parties = Parties::start(LOOPBACK).unwrap();
        for _ in 0..20 {
            let party = parties.seat(Script::silence(), None, false).unwrap();
            assert_eq!(party.address().port() % 2, 0);
        }
    }
}
