//! The network between the switch and every far side: delay, jitter, loss, duplicates, cuts.
//!
//! Jitter longer than the gap between two messages reorders them. Both ways are alike.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Duration;

use crate::demo::outcomes::Chance;

/// The paths of one run.
#[derive(Debug)]
pub(super) struct Network {
    chance: Chance,
    spell: Spell,
    /// Far sides whose path is cut.
    cut: BTreeSet<SocketAddr>,
}

/// How bad the network is at present.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Spell {
    /// Messages lost, of a thousand.
    pub(super) loss: u32,
    /// Messages that arrive twice, of a thousand.
    pub(super) doubled: u32,
    /// Longest delay beyond the path's own, in ms.
    pub(super) jitter_ms: u32,
}

impl Network {
    /// A network in which nothing goes wrong.
    pub(super) fn new(seed: [u8; 32]) -> Self {
        let chance = Chance::new(seed, "network");
        Self { chance, spell: Spell::default(), cut: BTreeSet::new() }
    }

    pub(super) fn set(&mut self, spell: Spell) {
        self.spell = spell;
    }

    pub(super) fn cut(&mut self, far: SocketAddr) {
        self.cut.insert(far);
    }

    pub(super) fn mend(&mut self, far: SocketAddr) {
        self.cut.remove(&far);
    }

    /// After how long a message between the switch and `far` arrives: never, once or twice.
    pub(super) fn arrivals(&mut self, far: SocketAddr) -> [Option<Duration>; 2] {
        if self.cut.contains(&far) {
            return [None, None];
        }
        let path = Duration::from_micros(2_000 + 500 * u64::from(far.port() % 40));
        if self.spell == Spell::default() {
            return [Some(path), None];
        }
        let once = (!self.chance.happens(self.spell.loss)).then(|| path + self.jitter());
        let twice = self.chance.happens(self.spell.doubled).then(|| path + self.jitter());
        [once, twice]
    }

    fn jitter(&mut self) -> Duration {
        self.chance.ms(&(0..=self.spell.jitter_ms))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn far() -> SocketAddr {
        SocketAddr::from(([198, 51, 100, 1], 5_060))
    }

    #[test]
    fn a_quiet_network_delivers_each_message_once_and_in_order() {
        let mut network = Network::new([1; 32]);
        let first = network.arrivals(far());
        assert!(matches!(first, [Some(_), None]));
        assert_eq!(first, network.arrivals(far()));
    }

    #[test]
    fn a_cut_loses_everything_and_a_spell_what_it_says() {
        let mut network = Network::new([1; 32]);
        network.set(Spell { loss: 200, doubled: 100, jitter_ms: 50 });
        let all: Vec<_> = (0..10_000).map(|_| network.arrivals(far())).collect();
        let share = |which: usize| all.iter().filter(|one| one[which].is_some()).count();
        assert!((7_800..8_200).contains(&share(0)), "{}", share(0));
        assert!((900..1_100).contains(&share(1)), "{}", share(1));
        network.cut(far());
        assert_eq!(network.arrivals(far()), [None, None]);
    }
}
