//! Outcome laws: what becomes of a call to a number, decided by a seed and the number alone.
//!
//! The same seed and number give the same fate in every run and in any order of calls, so that a
//! run can be repeated and a call that went wrong can be placed again.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::time::Duration;

use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};

/// What a called number does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// A person answers and talks.
    Person {
        /// Rings this long.
        ring: Duration,
        /// Hangs up so long after the answer, unless the other side does first.
        talk: Duration,
    },
    /// Voicemail answers: a greeting, the beep, then it listens.
    Machine {
        /// Rings this long.
        ring: Duration,
        /// Hangs up so long after the answer.
        listen: Duration,
    },
    /// 180, then nothing until the caller gives up.
    NoAnswer,
    /// 183 with the information tones and an announcement, then the refusal.
    Announced {
        /// 404 or 484.
        code: u16,
    },
    /// A refusal.
    Refused {
        /// Rings this long; none means no 180 at all.
        ring: Option<Duration>,
        /// Comes this long after the INVITE, or after the ringing.
        after: Duration,
        /// 486 busy, 404 or 484 bad number, 503 carrier, 603 declined.
        code: u16,
    },
}

/// Weights of the fates; only their proportions matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mix {
    /// A person answers.
    pub person: u32,
    /// Voicemail answers.
    pub machine: u32,
    /// 486.
    pub busy: u32,
    /// Rings until cancelled.
    pub no_answer: u32,
    /// 404 or 484.
    pub bad_number: u32,
    /// Announced in early media, then 404.
    pub announced: u32,
    /// 503.
    pub carrier: u32,
    /// 603.
    pub declined: u32,
}

impl Mix {
    /// The demo's: livelier than life, so that three agents have something to do.
    pub const DEMO: Self = Self {
        person: 62,
        machine: 8,
        busy: 8,
        no_answer: 4,
        bad_number: 5,
        announced: 4,
        carrier: 4,
        declined: 5,
    };
}

/// How fates are drawn; [`Laws::demo`] holds the demo's.
#[derive(Clone, Debug)]
pub struct Laws {
    /// All chance comes from here.
    pub seed: [u8; 32],
    /// Proportions of the fates.
    pub mix: Mix,
    /// Ringing before an answer, in ms.
    pub ring_ms: RangeInclusive<u32>,
    /// A person's patience from the answer on, in ms.
    pub talk_ms: RangeInclusive<u32>,
    /// A machine's, in ms: its greeting, the beep, and the silence it records nothing of.
    pub listen_ms: RangeInclusive<u32>,
    /// Time before a refusal, in ms.
    pub refuse_ms: RangeInclusive<u32>,
    /// Numbers whose fate is settled, by their digits; the laws rule the rest.
    pub settled: BTreeMap<String, Fate>,
}

impl Laws {
    /// Short rings and talks: a minute shows what an hour would.
    #[must_use]
    pub fn demo(seed: [u8; 32]) -> Self {
        Self {
            seed,
            mix: Mix::DEMO,
            ring_ms: 1_000..=4_000,
            talk_ms: 4_000..=11_000,
            listen_ms: 6_500..=8_000,
            refuse_ms: 200..=1_200,
            settled: BTreeMap::new(),
        }
    }

    /// Settles one number's fate.
    #[must_use]
    pub fn with(mut self, number: &str, fate: Fate) -> Self {
        self.settled.insert(digits(number), fate);
        self
    }

    /// What becomes of a call to `number`; spelling (`+`, spaces, dashes) does not matter.
    #[must_use]
    pub fn fate(&self, number: &str) -> Fate {
        let number = digits(number);
        if let Some(fate) = self.settled.get(&number) {
            return fate.clone();
        }
        let mut chance = Chance::new(self.seed, &number);
        let refused = |chance: &mut Chance, code| Fate::Refused {
            ring: None,
            after: chance.ms(&self.refuse_ms),
            code,
        };
        let mix = &self.mix;
        let mut left = chance.below(mix.total());
        let mut drawn = |weight: u32| {
            let hit = left < weight;
            left = left.saturating_sub(weight);
            hit
        };
        if drawn(mix.person) {
            Fate::Person { ring: chance.ms(&self.ring_ms), talk: chance.ms(&self.talk_ms) }
        } else if drawn(mix.machine) {
            Fate::Machine { ring: chance.ms(&self.ring_ms), listen: chance.ms(&self.listen_ms) }
        } else if drawn(mix.busy) {
            refused(&mut chance, 486)
        } else if drawn(mix.bad_number) {
            let code = if chance.below(2) == 0 { 404 } else { 484 };
            refused(&mut chance, code)
        } else if drawn(mix.announced) {
            Fate::Announced { code: 404 }
        } else if drawn(mix.carrier) {
            refused(&mut chance, 503)
        } else if drawn(mix.declined) {
            let ring = Some(chance.ms(&self.ring_ms));
            Fate::Refused { ring, after: Duration::ZERO, code: 603 }
        } else {
            Fate::NoAnswer
        }
    }
}

impl Mix {
    /// Sum of the weights; at least 1.
    fn total(&self) -> u32 {
        [
            self.person,
            self.machine,
            self.busy,
            self.no_answer,
            self.bad_number,
            self.announced,
            self.carrier,
            self.declined,
        ]
        .into_iter()
        .fold(0_u32, u32::saturating_add)
        .max(1)
    }
}

/// Draws from a seed; one stream for each name.
#[derive(Debug)]
pub struct Chance(ChaCha20Rng);

impl Chance {
    /// The stream that belongs to `name`; names differ in their first 32 bytes.
    #[must_use]
    pub fn new(seed: [u8; 32], name: &str) -> Self {
        let mut key = seed;
        for (byte, letter) in key.iter_mut().zip(name.bytes()) {
            *byte ^= letter;
        }
        Self(ChaCha20Rng::from_seed(key))
    }

    /// Evenly from 0 to `bound` - 1; 0 for a bound of 0.
    pub fn below(&mut self, bound: u32) -> u32 {
        let scaled = (u64::from(self.0.next_u32()) * u64::from(bound)) >> 32;
        u32::try_from(scaled).unwrap_or(0)
    }

    /// Whether something happens that happens so often in a thousand times.
    pub fn happens(&mut self, permille: u32) -> bool {
        self.below(1_000) < permille
    }

    /// Evenly from a range of milliseconds.
    pub fn ms(&mut self, range: &RangeInclusive<u32>) -> Duration {
        let span = range.end().saturating_sub(*range.start()).saturating_add(1);
        Duration::from_millis(u64::from(range.start().saturating_add(self.below(span))))
    }

    /// 32 random bytes.
    pub fn bytes(&mut self) -> [u8; 32] {
        let mut bytes = [0; 32];
        self.0.fill_bytes(&mut bytes);
        bytes
    }
}

/// A number without its spelling.
#[must_use]
pub fn digits(number: &str) -> String {
    number.chars().filter(char::is_ascii_digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SEED: [u8; 32] = [7; 32];

    #[test]
    fn spelling_does_not_change_a_number_s_fate() {
        let laws = Laws::demo(SEED);
        for last in 100..200 {
            let plain = laws.fate(&format!("1202555{last:04}"));
            assert_eq!(laws.fate(&format!("+1 202 555-{last:04}")), plain);
        }
    }

    #[test]
    fn a_settled_number_ignores_the_laws() {
        let laws = Laws::demo(SEED).with("+44 20 7946 0001", Fate::NoAnswer);
        assert_eq!(laws.fate("442079460001"), Fate::NoAnswer);
    }

    #[test]
    fn ten_thousand_numbers_meet_their_fates_in_the_mix_s_proportions() {
        let laws = Laws::demo(SEED);
        let mut seen = BTreeMap::new();
        for number in 0..10_000 {
            let fate = match laws.fate(&format!("1{number:010}")) {
                Fate::Person { .. } => "person",
                Fate::Machine { .. } => "machine",
                Fate::NoAnswer => "no answer",
                Fate::Announced { .. } => "announced",
                Fate::Refused { code: 404 | 484, .. } => "bad number",
                Fate::Refused { code: 486, .. } => "busy",
                Fate::Refused { code: 503, .. } => "carrier",
                Fate::Refused { code: 603, .. } => "declined",
                Fate::Refused { code, .. } => panic!("{code} is in no mix"),
            };
            *seen.entry(fate).or_insert(0_i32) += 1;
        }
        let mix = Mix::DEMO;
        for (fate, weight) in [
            ("person", mix.person),
            ("machine", mix.machine),
            ("no answer", mix.no_answer),
            ("announced", mix.announced),
            ("bad number", mix.bad_number),
            ("busy", mix.busy),
            ("carrier", mix.carrier),
            ("declined", mix.declined),
        ] {
            let expected = i32::try_from(10_000 * weight / mix.total()).unwrap();
            let off = (seen[fate] - expected).abs();
            assert!(off < 150, "{fate}: {} of 10,000, expected about {expected}", seen[fate]);
        }
    }

    proptest! {
        /// Neither the order of calls nor how often a number is called matters.
        #[test]
        fn a_fate_depends_on_seed_and_number_alone(seed: [u8; 32], number in "[0-9]{7,15}") {
            let laws = Laws::demo(seed);
            let fate = laws.fate(&number);
            let _ = laws.fate("442079460001");
            prop_assert_eq!(laws.fate(&number), fate);
        }

        #[test]
        fn times_stay_in_their_ranges(seed: [u8; 32], number in "[0-9]{7,15}") {
            let laws = Laws::demo(seed);
            if let Fate::Person { ring, talk } = laws.fate(&number) {
                prop_assert!((1_000..=4_000).contains(&ring.as_millis()));
                prop_assert!((4_000..=11_000).contains(&talk.as_millis()));
            }
        }
    }
}
