//! The ports that a worker may bind, in random order (S8).

use std::io;

use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};

use super::home;
use crate::plane::PortRange;

/// Even ports of one worker that are not bound yet.
#[derive(Debug)]
pub(crate) struct Candidates {
    unused: Vec<u16>,
    /// Somebody else had them; tried again when nothing else is left.
    taken: Vec<u16>,
    random: ChaCha20Rng,
}

impl Candidates {
    /// The share of worker `index` of `workers`.
    pub(crate) fn new(range: PortRange, index: usize, workers: usize, seed: [u8; 32]) -> Self {
        let even = (range.first..range.last).filter(|port| port % 2 == 0);
        Self {
            unused: even.filter(|port| home(*port, workers) == index).collect(),
            taken: Vec::new(),
            random: ChaCha20Rng::from_seed(seed),
        }
    }

    /// Binds up to `count` ports with `bind`; with fewer comes the reason, as text.
    pub(crate) fn bind<T>(
        &mut self,
        count: u16,
        mut bind: impl FnMut(u16) -> io::Result<T>,
    ) -> (Vec<T>, Option<String>) {
        let mut bound = Vec::with_capacity(usize::from(count));
        let mut refused = None;
        if self.unused.is_empty() {
            self.unused.append(&mut self.taken);
        }
        while bound.len() < usize::from(count) {
            let Some(port) = self.pick() else {
                refused.get_or_insert_with(|| "the configured range is used up".to_owned());
                break;
            };
            match bind(port) {
                Ok(pair) => bound.push(pair),
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => self.taken.push(port),
                Err(error) => {
                    // Not the port's fault: the next would fail the same way.
                    self.unused.push(port);
                    refused = Some(format!("port {port}: {error}"));
                    break;
                }
            }
        }
        (bound, refused)
    }

    fn pick(&mut self) -> Option<u16> {
        let len = u64::try_from(self.unused.len()).ok().filter(|len| *len > 0)?;
        let at = usize::try_from(self.random.next_u64() % len).ok()?;
        Some(self.unused.swap_remove(at))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const RANGE: PortRange = PortRange { first: 10_001, last: 10_100 };

    #[test]
    fn workers_share_the_even_ports_and_leave_room_for_rtcp() {
        let mut all = BTreeSet::new();
        for index in 0..3 {
            let mut candidates = Candidates::new(RANGE, index, 3, [7; 32]);
            let (ports, refused) = candidates.bind(100, Ok);
            assert!(refused.is_some());
            assert!(ports.iter().all(|port| all.insert(*port)));
        }
        assert_eq!(all, (10_002..=10_098).step_by(2).collect());
    }

    #[test]
    fn ports_come_in_random_order() {
        let (ports, _) = Candidates::new(RANGE, 0, 1, [7; 32]).bind(20, Ok);
        let (others, _) = Candidates::new(RANGE, 0, 1, [8; 32]).bind(20, Ok);
        assert!(!ports.is_sorted() && ports != others);
    }

    #[test]
    fn a_port_that_is_taken_is_passed_over_and_tried_again_later() {
        let mut candidates = Candidates::new(RANGE, 0, 1, [7; 32]);
        let taken = |port| match port % 4 {
            0 => Err(io::ErrorKind::AddrInUse.into()),
            _ => Ok(port),
        };
        let (ports, refused) = candidates.bind(100, taken);
        assert!(ports.iter().all(|port| port % 4 != 0) && refused.is_some());
        let (ports, _) = candidates.bind(100, Ok);
        assert!(!ports.is_empty() && ports.iter().all(|port| port % 4 == 0));
    }

    #[test]
    fn a_failure_of_the_system_stops_and_says_why() {
        let mut candidates = Candidates::new(RANGE, 0, 1, [7; 32]);
        let (ports, refused) =
            candidates.bind(3, |_| Err::<u16, _>(io::Error::other("too many open files")));
        assert!(ports.is_empty() && refused.is_some_and(|text| text.ends_with("open files")));
        assert_eq!(candidates.bind(49, Ok).0.len(), 49);
    }
}
