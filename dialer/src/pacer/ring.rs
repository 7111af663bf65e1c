//! How a call ends while it rings: hazards by its age, learnt from every call of the campaign.
//!
//! A discrete-time survival model with competing ends (a person, a machine, anything else). Each
//! bin of age keeps how many calls reached it and how many ended in it, and which way. Calls that
//! still ring are exposure without an end (censored): without them, short calls would seem the
//! rule at the start of a campaign, and it would dial too much. Old calls fade with a half-life.

use super::grid::{AHEAD_S, Row, STEPS, figure, index, whole};
use super::memory::{Counts, Learnt, believed_of};

/// What is known of ringing.
#[derive(Clone, Debug)]
pub(super) struct RingHazard {
    /// Weight of the calls that reached each bin.
    reached: Ages,
    people: Ages,
    machines: Ages,
    others: Ages,
    /// Time from answer to the detector's "a person".
    detection_s: Mean,
    table: Table,
}

/// One figure for each bin of age.
type Ages = [f64; BINS];

/// What follows from the counts, made anew now and then.
#[derive(Clone, Debug)]
struct Table {
    /// Chance that a call which reaches a bin is answered by a person in it.
    person: Ages,
    /// Chance that an answer at that age is a person's.
    person_if_answered: Ages,
    /// Chance that a call is with a person by the end of each moment, by its age.
    rows: Vec<Row>,
    /// Chance that a call placed now ever reaches a person.
    ever: f64,
}

impl RingHazard {
    pub(super) fn new() -> Self {
        let table = Table {
            person: [0.0; BINS],
            person_if_answered: [0.5; BINS],
            rows: vec![[0.0; STEPS]; BINS],
            ever: 0.0,
        };
        let none = [0.0; BINS];
        let mut ring = Self {
            reached: none,
            people: none,
            machines: none,
            others: none,
            detection_s: Mean::default(),
            table,
        };
        ring.rebuild(&[]);
        ring
    }

    /// A call stopped ringing at this age, whichever way; the way is told later.
    pub(super) fn stopped(&mut self, age_s: f64) -> Age {
        let bin = bin(age_s);
        for counts in [&mut self.reached, &mut self.people, &mut self.machines, &mut self.others] {
            for count in counts.iter_mut() {
                *count *= FADE;
            }
        }
        for count in self.reached.iter_mut().take(bin + 1) {
            *count += 1.0;
        }
        Age(bin)
    }

    /// The answer at that age was a person's, known after `detection_s`.
    pub(super) fn was_person(&mut self, Age(bin): Age, detection_s: f64) {
        self.people[bin] += 1.0;
        self.detection_s.add(detection_s);
    }

    /// The answer at that age was a machine's.
    pub(super) fn was_machine(&mut self, Age(bin): Age) {
        self.machines[bin] += 1.0;
    }

    /// It ended at that age without an answer.
    pub(super) fn was_no_answer(&mut self, Age(bin): Age) {
        self.others[bin] += 1.0;
    }

    /// Chance per second that a call of this age is answered by a person.
    pub(super) fn hazard(&self, age_s: f64) -> f64 {
        self.table.person[bin(age_s)] / BIN_S
    }

    /// Chance that a call of this age is with a person by each moment.
    pub(super) fn row(&self, age: Age) -> &Row {
        &self.table.rows[age.0]
    }

    /// Chance that an answer at that age is a person's.
    pub(super) fn person_if_answered(&self, age: Age) -> f64 {
        self.table.person_if_answered[age.0]
    }

    /// Chance that a call placed now ever reaches a person.
    pub(super) fn ever(&self) -> f64 {
        self.table.ever
    }

    /// How long the detector takes to say "a person", in seconds.
    pub(super) fn detection_s(&self) -> f64 {
        self.detection_s.mean()
    }

    /// Writes down what is known.
    pub(super) fn keep(&self, learnt: &mut Learnt) {
        learnt.reached = Counts::of(&self.reached);
        learnt.people = Counts::of(&self.people);
        learnt.machines = Counts::of(&self.machines);
        learnt.others = Counts::of(&self.others);
        learnt.detection_ms = whole(self.detection_s.mean() * 1_000.0);
    }

    /// Adds a memory to what is known, each believed for as much as a memory is.
    pub(super) fn recall(&mut self, learnt: &Learnt) {
        let own = believed_of(self.reached[0]);
        let part = believed_of(learnt.reached.first());
        let memories = [&learnt.reached, &learnt.people, &learnt.machines, &learnt.others];
        let counts = [&mut self.reached, &mut self.people, &mut self.machines, &mut self.others];
        for (counts, memory) in counts.into_iter().zip(memories) {
            for count in counts.iter_mut() {
                *count *= own;
            }
            memory.add_to(counts, part);
        }
        if self.detection_s.weight < 1.0 {
            self.detection_s.add(f64::from(learnt.detection_ms) / 1_000.0);
        }
    }

    /// Makes the tables anew; `ringing` are the ages of the calls that still ring.
    pub(super) fn rebuild(&mut self, ringing: &[f64]) {
        let mut exposed = self.reached;
        for age in ringing {
            for weight in exposed.iter_mut().take(bin(*age)) {
                *weight += 1.0;
            }
        }
        // The chance of having reached a person by the start of each bin, and of still ringing.
        let (mut by_then, mut still) = ([0.0; BINS + 1], [1.0; BINS + 1]);
        let mut prior = Prior::new();
        for bin in 0..BINS {
            let (weight, person, other) = prior.of(bin);
            let all = exposed[bin] + weight;
            let ended = self.machines[bin] + self.others[bin];
            let person = (self.people[bin] + weight * person) / all.max(f64::EPSILON);
            let other = (ended + weight * other) / all.max(f64::EPSILON);
            let cut = (HAZARD_MOST / (person + other)).min(1.0);
            let (person, other) = (person * cut, other * cut);
            self.table.person[bin] = person;
            by_then[bin + 1] = by_then[bin] + still[bin] * person;
            still[bin + 1] = (still[bin] * (1.0 - person - other)).max(1e-6);
        }
        self.table.ever = by_then[BINS];
        self.share_answers();
        let detection_s = self.detection_s.mean();
        for (bin, row) in self.table.rows.iter_mut().enumerate() {
            let age = figure(bin) * BIN_S;
            for (chance, ahead) in row.iter_mut().zip(AHEAD_S) {
                let reached = between(&by_then, age + (ahead - detection_s).max(0.0));
                *chance = ((reached - by_then[bin]) / still[bin]).clamp(0.0, 1.0);
            }
        }
    }

    /// Whose an answer is, from the answers of the ages around it.
    fn share_answers(&mut self) {
        for (bin, share) in self.table.person_if_answered.iter_mut().enumerate() {
            let around = bin.saturating_sub(3)..(bin + 4).min(BINS);
            let people: f64 = self.people[around.clone()].iter().sum();
            let machines: f64 = self.machines[around].iter().sum();
            *share = (people + 1.0) / (people + machines + 1.5);
        }
    }
}

/// Half-second bins of age, 65 s of them: longer than anything may ring.
pub(super) const BINS: usize = 130;
const BIN_S: f64 = 0.5;

/// An age, as a bin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Age(usize);

impl Age {
    /// A call placed this moment.
    pub(super) const NEW: Self = Self(0);

    pub(super) fn of(age_s: f64) -> Self {
        Self(bin(age_s))
    }
}

fn bin(age_s: f64) -> usize {
    index(age_s / BIN_S, BINS - 1)
}

/// A cumulative figure at an age between two bins.
fn between(cumulative: &[f64; BINS + 1], age_s: f64) -> f64 {
    let place = (age_s / BIN_S).clamp(0.0, figure(BINS));
    let bin = index(place, BINS - 1);
    cumulative[bin] + (cumulative[bin + 1] - cumulative[bin]) * (place - figure(bin))
}

/// No bin ends more of its calls than this: a chance of one would divide by nothing.
const HAZARD_MOST: f64 = 0.98;

/// What one resolved call leaves of all that were before it: a half-life of 1,500 calls.
const FADE: f64 = 0.999_538;

/// Eight imagined calls before the first real one: about one in three reaches a person, mostly
/// in the first twenty seconds. More people than there will be, so the first calls are few.
struct Prior {
    reached: f64,
}

impl Prior {
    const CALLS: f64 = 8.0;

    fn new() -> Self {
        Self { reached: 1.0 }
    }

    /// Weight of the bin, and the chances of a person and of any other end in it.
    fn of(&mut self, bin: usize) -> (f64, f64, f64) {
        let age_s = (figure(bin) + 0.5) * BIN_S;
        let person = match age_s {
            ..2.0 => 0.002,
            ..22.0 => 0.012,
            _ => 0.004,
        };
        let other = if age_s < 20.0 { 0.004 } else { 0.08 };
        let weight = Self::CALLS * self.reached;
        self.reached *= 1.0 - person - other;
        (weight, person, other)
    }
}

/// A mean that forgets: each new figure fades the older by 2 %.
#[derive(Clone, Copy, Debug, Default)]
struct Mean {
    sum: f64,
    weight: f64,
}

impl Mean {
    fn add(&mut self, x: f64) {
        self.sum = self.sum * 0.98 + x;
        self.weight = self.weight * 0.98 + 1.0;
    }

    fn mean(self) -> f64 {
        if self.weight > 0.5 { self.sum / self.weight } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A call that ended in one way at each age of a list, over and over.
    fn learnt(ends: &[(f64, char)]) -> RingHazard {
        let mut ring = RingHazard::new();
        for _ in 0..2_000 {
            for (age_s, end) in ends {
                let age = ring.stopped(*age_s);
                match end {
                    'p' => ring.was_person(age, 0.0),
                    'm' => ring.was_machine(age),
                    _ => ring.was_no_answer(age),
                }
            }
        }
        ring.rebuild(&[]);
        ring
    }

    /// One call in four is answered by a person at 5 s: at age 0 the chance within 10 s is 1/4,
    /// at 5.5 s it is over, and of answers at that age all are people.
    #[test]
    fn the_chances_are_those_of_the_calls_seen() {
        let ring = learnt(&[(5.1, 'p'), (8.2, 'm'), (25.0, '-'), (25.0, '-')]);
        let near = |a: f64, b: f64| (a - b).abs() < 0.01;
        assert!(near(ring.row(Age::NEW)[9], 0.25), "{}", ring.row(Age::NEW)[9]);
        assert!(near(ring.row(Age::NEW)[3], 0.0), "{}", ring.row(Age::NEW)[3]);
        assert!(near(ring.ever(), 0.25), "{}", ring.ever());
        assert!(ring.row(Age::of(6.0))[19] < 0.01);
        // Of those that reach 5 s, none of which has ended yet, still one in four.
        assert!(near(ring.row(Age::of(5.0))[0], 0.25), "{}", ring.row(Age::of(5.0))[0]);
        assert!(ring.person_if_answered(Age::of(5.1)) > 0.98);
        assert!(ring.person_if_answered(Age::of(8.2)) < 0.5);
    }

    /// Calls that have rung for 20 s without an answer tell as much as calls that ended.
    #[test]
    fn calls_that_still_ring_lower_the_chance_of_an_early_answer() {
        let mut ring = RingHazard::new();
        let before = ring.row(Age::NEW)[9];
        ring.rebuild(&[20.0; 50]);
        assert!(ring.row(Age::NEW)[9] < before / 3.0, "{before} then {}", ring.row(Age::NEW)[9]);
    }

    /// The detector's delay moves an answer later, and loses none.
    #[test]
    fn a_detector_delays_the_person() {
        let mut ring = learnt(&[(5.1, 'p'), (25.0, '-')]);
        for _ in 0..200 {
            let age = ring.stopped(5.1);
            ring.was_person(age, 2.0);
        }
        ring.rebuild(&[]);
        assert!((ring.detection_s() - 2.0).abs() < 0.1);
        let row = ring.row(Age::NEW);
        assert!(row[5] < 0.02 && row[9] > 0.4, "{row:?}");
    }

    #[test]
    fn before_the_first_call_the_chance_is_a_cautious_one_in_three() {
        let ring = RingHazard::new();
        assert!((0.25..0.45).contains(&ring.ever()), "{}", ring.ever());
    }
}
