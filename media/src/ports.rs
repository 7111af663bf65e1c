//! The brain's pool of RTP ports that workers have bound: pure, so that SDP is written without
//! waiting on any other thread.
//!
//! Ports are picked at random (S8: a sprayer cannot guess the next call's), rest after use until
//! the last packets of the old call are gone, and are refilled ahead of need.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};

/// Free ports, and those that rest.
#[derive(Debug)]
pub struct Ports {
    free: Vec<u16>,
    resting: VecDeque<(Instant, u16)>,
    taken: usize,
    asked: usize,
    low_water: usize,
    random: ChaCha20Rng,
}

impl Ports {
    /// How long a port rests after its stream closed.
    pub const QUARANTINE: Duration = Duration::from_secs(10);

    /// An empty pool that asks for more whenever fewer than `low_water` ports are free.
    #[must_use]
    pub fn new(low_water: u16, seed: [u8; 32]) -> Self {
        Self {
            free: Vec::new(),
            resting: VecDeque::new(),
            taken: 0,
            asked: 0,
            low_water: usize::from(low_water),
            random: ChaCha20Rng::from_seed(seed),
        }
    }

    /// Takes in what [`Event::Bound`](crate::Event::Bound) brought.
    pub fn add(&mut self, ports: &[u16]) {
        self.asked = self.asked.saturating_sub(ports.len());
        self.free.extend_from_slice(ports);
    }

    /// A random free port; `None` means refuse the call (503): the range is in use.
    pub fn take(&mut self, now: Instant) -> Option<u16> {
        self.wake(now);
        let len = u64::try_from(self.free.len()).ok().filter(|len| *len > 0)?;
        let at = usize::try_from(self.random.next_u64() % len).ok()?;
        self.taken += 1;
        Some(self.free.swap_remove(at))
    }

    /// Returns the port of a closed stream; it rests for [`Ports::QUARANTINE`].
    pub fn give_back(&mut self, now: Instant, port: u16) {
        self.taken = self.taken.saturating_sub(1);
        self.resting.push_back((now + Self::QUARANTINE, port));
    }

    /// How many ports to ask for with [`Command::Bind`](crate::Command::Bind) now, if the pool
    /// runs low; each request is made once and stands until [`Ports::add`] answers it. What the
    /// range did not have stays asked for, so that a range that is used up is not asked again.
    ///
    /// Ports that rest are no supply: at 50 calls a second a thousand of them do.
    pub fn refill(&mut self) -> Option<u16> {
        let expected = self.free.len() + self.asked;
        let count = u16::try_from((2 * self.low_water).checked_sub(expected)?).ok()?;
        if expected >= self.low_water || count == 0 {
            return None;
        }
        self.asked += usize::from(count);
        Some(count)
    }

    /// Ports in use by streams; 0 when every call has ended.
    #[must_use]
    pub fn taken(&self) -> usize {
        self.taken
    }

    /// Ports that could be taken at once.
    pub fn free(&mut self, now: Instant) -> usize {
        self.wake(now);
        self.free.len()
    }

    fn wake(&mut self, now: Instant) {
        while let Some(&(at, port)) = self.resting.front()
            && at <= now
        {
            self.resting.pop_front();
            self.free.push(port);
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a test reads the clock once, for its epoch")]
#[cfg(test)]
mod tests {
    use super::*;

    fn bound(count: u16) -> Vec<u16> {
        (0..count).map(|at| 20_000 + 2 * at).collect()
    }

    fn pool(count: u16, seed: u8) -> Ports {
        let mut ports = Ports::new(10, [seed; 32]);
        ports.add(&bound(count));
        ports
    }

    /// S8: not in the order bound, and not the same order in the next process.
    #[test]
    fn ports_are_taken_at_random() {
        let now = Instant::now();
        let order = |seed| {
            let mut ports = pool(50, seed);
            std::iter::from_fn(|| ports.take(now)).collect::<Vec<_>>()
        };
        assert!(!order(1).is_sorted());
        assert_ne!(order(1), order(2));
        assert_eq!(order(1), order(1));
        let mut all = order(1);
        all.sort_unstable();
        assert_eq!(all, bound(50));
    }

    #[test]
    fn a_port_rests_ten_seconds_before_it_is_used_again() {
        let mut ports = pool(1, 0);
        let start = Instant::now();
        let port = ports.take(start).unwrap();
        assert_eq!((ports.take(start), ports.taken()), (None, 1));
        ports.give_back(start, port);
        assert_eq!(ports.taken(), 0);
        assert_eq!(ports.take(start + Duration::from_millis(9_999)), None);
        assert_eq!(ports.take(start + Duration::from_secs(10)), Some(port));
    }

    /// Each call of half a second leaves its port to rest for ten: the pool grows to what the rate
    /// needs, and no further.
    #[test]
    fn a_pool_serves_a_steady_rate_whatever_rests() {
        let (start, mut ports, mut bound) = (Instant::now(), Ports::new(10, [0; 32]), 0);
        let mut busy = VecDeque::new();
        for ms in (0..60_000).step_by(5) {
            let now = start + Duration::from_millis(ms);
            if let Some(count) = ports.refill() {
                ports.add(&(bound..bound + count).collect::<Vec<_>>());
                bound += count;
            }
            busy.push_back(ports.take(now).unwrap_or_else(|| panic!("no port at {ms} ms")));
            if busy.len() > 100 {
                ports.give_back(now, busy.pop_front().unwrap());
            }
        }
        assert!((2_100..2_150).contains(&bound), "{bound} ports for 2,100 taken or at rest");
    }

    #[test]
    fn a_pool_that_runs_low_asks_once() {
        let mut ports = Ports::new(10, [0; 32]);
        assert_eq!(ports.refill(), Some(20));
        assert_eq!(ports.refill(), None);
        ports.add(&bound(20));
        let now = Instant::now();
        (0..10).for_each(|_| assert!(ports.take(now).is_some()));
        assert_eq!(ports.refill(), None);
        ports.take(now);
        assert_eq!(ports.refill(), Some(11));
    }
}
