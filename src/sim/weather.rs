//! What goes wrong during a shift, and when: drawn once from the seed, before the shift begins.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::carrier::Mood;
use super::network::Spell;
use super::plan::{Fault, Faults};
use super::scene::CARRIERS;
use crate::demo::outcomes::Chance;

/// One change of the weather.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// The network from now on.
    Network(Spell),
    /// The path to a carrier is cut, or whole again.
    CarrierPath { carrier: usize, whole: bool },
    /// The path to a telephone is cut, or whole again.
    PhonePath { phone: usize, whole: bool },
    /// A carrier from now on.
    Carrier { carrier: usize, mood: Mood },
    /// A sync of the journal takes so many ms from now on.
    DiskSpeed(RangeInclusive<u32>),
    /// The journal's disk takes nothing, or everything again.
    DiskStuck(bool),
    /// A question to the store takes so many ms from now on.
    StoreSpeed(u32),
    /// The store answers nothing and folds nothing, or does again.
    StoreGone(bool),
    /// The power is cut.
    PowerCut,
    /// The wall clock is off by so many seconds.
    Clock(i64),
    /// One agent in so many clocks out, or pauses, at once.
    Walkout { one_in: usize },
    /// Something happens to a telephone.
    Phone { phone: usize, what: Mishap },
    /// A campaign is stopped or started.
    Campaign { campaign: usize, running: bool },
    /// A trunk is disabled or enabled.
    Trunk { trunk: usize, enabled: bool },
    /// Somebody asks not to be called: a share of all leads, in thousandths.
    Forbid(u32),
    /// A supervisor ends a call: the oldest.
    EndCall,
    /// A queue's settings are changed under its callers: how many it holds.
    Queue { queue: usize, length_max: u32 },
    /// The lists changed: stocks are stale.
    Lists,
}

/// What happens to a telephone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mishap {
    /// Its power is gone for a while.
    Crash,
    /// The handset is put down.
    HangUp,
    /// Its hold key is pressed.
    Hold,
    /// It is seen at another port.
    Move,
}

/// The weather of a shift: changes with their times, in order.
pub(super) fn forecast(
    faults: Faults,
    (agents, length): (usize, Duration),
    seed: [u8; 32],
) -> Vec<(Duration, Change)> {
    let mut sky = Sky { chance: Chance::new(seed, "weather"), length, changes: vec![] };
    sky.paths(faults, agents);
    sky.machines(faults);
    sky.people(faults, agents);
    sky.changes.sort_by_key(|(at, _)| *at);
    sky.changes
}

struct Sky {
    chance: Chance,
    length: Duration,
    changes: Vec<(Duration, Change)>,
}

impl Sky {
    fn paths(&mut self, faults: Faults, agents: usize) {
        if faults.has(Fault::Network) {
            for at in self.moments(3.0) {
                let spell = Spell {
                    loss: self.chance.below(200),
                    doubled: self.chance.below(100),
                    jitter_ms: self.chance.below(250),
                };
                let usual = Spell { loss: 5, doubled: 5, jitter_ms: 15 };
                self.spell(at, 20..=300, Change::Network(spell), Change::Network(usual));
            }
        }
        if faults.has(Fault::Partition) {
            for at in self.moments(1.5) {
                let carrier = self.below(CARRIERS);
                let path = |whole| Change::CarrierPath { carrier, whole };
                self.spell(at, 2..=60, path(false), path(true));
            }
            for at in self.moments(3.0) {
                let phone = self.below(agents);
                let path = |whole| Change::PhonePath { phone, whole };
                self.spell(at, 2..=120, path(false), path(true));
            }
        }
        if faults.has(Fault::Carrier) {
            for at in self.moments(3.0) {
                let carrier = self.below(CARRIERS);
                let mood = if self.chance.happens(500) { Mood::Storm } else { Mood::Dead };
                let turn = |mood| Change::Carrier { carrier, mood };
                self.spell(at, 3..=90, turn(mood), turn(Mood::Well));
            }
        }
    }

    fn machines(&mut self, faults: Faults) {
        if faults.has(Fault::Disk) {
            for at in self.moments(3.0) {
                let slow = Change::DiskSpeed(20..=900);
                self.spell(at, 5..=120, slow, Change::DiskSpeed(super::disk::QUICK));
            }
            for at in self.moments(1.0) {
                self.spell(at, 1..=60, Change::DiskStuck(true), Change::DiskStuck(false));
            }
        }
        if faults.has(Fault::Store) {
            for at in self.moments(2.0) {
                self.spell(at, 10..=180, Change::StoreSpeed(2_000), Change::StoreSpeed(5));
            }
            for at in self.moments(1.0) {
                self.spell(at, 20..=90, Change::StoreGone(true), Change::StoreGone(false));
            }
        }
        if faults.has(Fault::Restart) {
            for at in self.moments(1.5) {
                self.changes.push((at, Change::PowerCut));
            }
        }
        if faults.has(Fault::Clock) {
            for at in self.moments(1.0) {
                let off = i64::from(self.chance.below(7_200)) - 3_600;
                self.spell(at, 10..=900, Change::Clock(off), Change::Clock(0));
            }
        }
    }

    fn people(&mut self, faults: Faults, agents: usize) {
        if faults.has(Fault::Agents) {
            for at in self.moments(1.5) {
                let one_in = 1 + self.below(3);
                self.changes.push((at, Change::Walkout { one_in }));
            }
        }
        if faults.has(Fault::Handsets) {
            #[expect(clippy::cast_precision_loss, reason = "a rate of some thousands")]
            let rate = 6.0 + agents as f64;
            for at in self.moments(rate) {
                let what = match self.chance.below(4) {
                    0 => Mishap::Crash,
                    1 => Mishap::HangUp,
                    2 => Mishap::Hold,
                    _ => Mishap::Move,
                };
                let phone = self.below(agents);
                self.changes.push((at, Change::Phone { phone, what }));
            }
        }
        if faults.has(Fault::Admin) {
            self.administrators();
        }
    }

    fn administrators(&mut self) {
        for at in self.moments(2.0) {
            let campaign = self.below(2);
            let turn = |running| Change::Campaign { campaign, running };
            self.spell(at, 5..=240, turn(false), turn(true));
        }
        for at in self.moments(1.0) {
            let trunk = self.below(CARRIERS);
            let turn = |enabled| Change::Trunk { trunk, enabled };
            self.spell(at, 5..=120, turn(false), turn(true));
        }
        for at in self.moments(12.0) {
            let share = self.chance.below(1_000);
            self.changes.push((at, Change::Forbid(share)));
        }
        for at in self.moments(4.0) {
            self.changes.push((at, Change::EndCall));
        }
        for at in self.moments(1.0) {
            let queue = self.below(2);
            let size = |length_max| Change::Queue { queue, length_max };
            self.spell(at, 30..=300, size(1), size(20));
        }
        for at in self.moments(2.0) {
            self.changes.push((at, Change::Lists));
        }
    }

    /// Moments at which something happens that happens so often in an hour; a short shift has the
    /// weather of half an hour.
    fn moments(&mut self, an_hour: f64) -> Vec<Duration> {
        let wanted = an_hour * (self.length.as_secs_f64() / 3_600.0).max(0.5);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a thousand times a small number"
        )]
        let permille = (wanted * 1_000.0).round() as u32;
        let count = permille / 1_000 + u32::from(self.chance.happens(permille % 1_000));
        (0..count).map(|_| self.moment()).collect()
    }

    fn moment(&mut self) -> Duration {
        let ms = u32::try_from(self.length.as_millis()).unwrap_or(u32::MAX);
        Duration::from_millis(self.chance.below(ms).into())
    }

    fn spell(&mut self, at: Duration, seconds: RangeInclusive<u32>, begins: Change, ends: Change) {
        let length = self.chance.ms(&(seconds.start() * 1_000..=seconds.end() * 1_000));
        self.changes.push((at, begins));
        // Everything is well again before the shift's books are closed.
        self.changes.push(((at + length).min(self.length), ends));
    }

    fn below(&mut self, bound: usize) -> usize {
        let bound = u32::try_from(bound).unwrap_or(u32::MAX);
        usize::try_from(self.chance.below(bound)).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHIFT: (usize, Duration) = (20, Duration::from_hours(8));

    #[test]
    fn the_sky_is_clear_when_nothing_is_to_go_wrong() {
        assert_eq!(forecast(Faults::NONE, SHIFT, [1; 32]), []);
    }

    #[test]
    fn whatever_goes_wrong_is_well_again_by_the_end_of_the_shift() {
        let changes = forecast(Faults::all(), SHIFT, [1; 32]);
        assert!(changes.len() > 100, "{}", changes.len());
        assert!(changes.is_sorted_by_key(|(at, _)| *at));
        assert!(changes.iter().all(|(at, _)| *at <= SHIFT.1));
        let last = |wanted: fn(&Change) -> bool| {
            changes.iter().rev().map(|(_, change)| change).find(|change| wanted(change))
        };
        let disk = last(|change| matches!(change, Change::DiskStuck(_)));
        assert_eq!(disk, Some(&Change::DiskStuck(false)));
    }
}
