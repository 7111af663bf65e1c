//! Signatures: the quiet chords by which simulated parties prove whom they hear.
//!
//! A chord is three lines of a 50 Hz grid from 2,500 to 3,700 Hz, above the demo's speech clips.
//! Agents own the even lines, customers the odd ones. A line has a whole number of periods in
//! 20 ms: frames are orthogonal, a lost or repeated frame leaves the phase where it was, and two
//! different chords differ in at least one line, so any crosstalk shows as a line too many.
//!
//! ```text
//!   speech ─────────┤ 2,250 Hz     2,500 │a│c│a│c│ … │a│ 3,700 Hz
//! ```

use std::f32::consts::TAU;
use std::sync::LazyLock;

/// Samples of a 20 ms frame at 8 kHz, and the period of every line.
pub const FRAME: usize = 160;

/// Lines on the grid.
pub const LINES: usize = 25;

/// A line's amplitude in a party's voice, in 16-bit steps: 38 dB under full scale.
pub const AMPLITUDE: f32 = 400.0;

/// Which half of the grid a party owns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Even lines: 286 chords.
    Agent,
    /// Odd lines: 220 chords.
    Customer,
}

impl Role {
    /// All lines of this role.
    #[must_use]
    pub fn lines(self) -> Lines {
        match self {
            Self::Agent => Lines(EVEN),
            Self::Customer => Lines(!EVEN & ALL),
        }
    }
}

const ALL: u32 = (1 << LINES) - 1;
const EVEN: u32 = 0x0155_5555;

/// A set of lines, bit `n` for 2,500 + 50·n Hz.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lines(u32);

impl Lines {
    /// Lines whose amplitude reaches `floor`, in 16-bit steps.
    #[must_use]
    pub fn above(amplitudes: &[f32; LINES], floor: f32) -> Self {
        let bits = amplitudes.iter().enumerate();
        Self(bits.filter(|(_, level)| **level >= floor).fold(0, |set, (line, _)| set | 1 << line))
    }

    /// Lines that are in both sets.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Lines that are here and not in `other`.
    #[must_use]
    pub fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether every line of `chord` is here.
    #[must_use]
    pub fn hold(self, chord: Chord) -> bool {
        self.0 & chord.0.0 == chord.0.0
    }

    /// How many lines are here.
    #[must_use]
    pub fn len(self) -> u32 {
        self.0.count_ones()
    }

    /// Whether no line is here.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The chord these lines are, if they are exactly three of one role.
    #[must_use]
    pub fn chord(self) -> Option<Chord> {
        let one_role = self.without(Role::Agent.lines()).is_empty()
            || self.and(Role::Agent.lines()).is_empty();
        (self.len() == 3 && one_role).then_some(Chord(self))
    }
}

/// Three lines of one role: one party's signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Chord(Lines);

impl Chord {
    /// The `index`th chord of a role; beyond [`Chord::count`] they repeat.
    #[must_use]
    pub fn nth(role: Role, index: usize) -> Self {
        let chords = match role {
            Role::Agent => &GRID.agents,
            Role::Customer => &GRID.customers,
        };
        chords[index % chords.len()]
    }

    /// How many parties of a role can be told apart at one time.
    #[must_use]
    pub fn count(role: Role) -> usize {
        match role {
            Role::Agent => GRID.agents.len(),
            Role::Customer => GRID.customers.len(),
        }
    }

    /// Its lines.
    #[must_use]
    pub fn lines(self) -> Lines {
        self.0
    }

    /// One period of it, to be added to every frame the party sends.
    #[must_use]
    pub fn frame(self) -> [i16; FRAME] {
        let mut frame = [0.0_f32; FRAME];
        for line in (0..LINES).filter(|line| self.0.0 & 1 << line != 0) {
            // Phases a third of a turn apart keep the peaks of the sum down.
            let mut turn = line * FRAME / 3 % FRAME;
            for sample in &mut frame {
                *sample += AMPLITUDE * GRID.cosine[turn];
                turn = (turn + FIRST_PERIODS + line) % FRAME;
            }
        }
        frame.map(to_sample)
    }
}

/// Periods of the lowest line in one frame: 2,500 Hz in 20 ms.
const FIRST_PERIODS: usize = 50;

/// Amplitude of every line in a frame, where the samples carry a window that sums to `weight`.
#[must_use]
pub fn amplitudes(frame: &[f32; FRAME], weight: f32) -> [f32; LINES] {
    let mut levels = [0.0; LINES];
    for (line, level) in levels.iter_mut().enumerate() {
        let step = FIRST_PERIODS + line;
        let (mut real, mut imaginary, mut turn) = (0.0_f32, 0.0_f32, 0);
        for sample in frame {
            real += sample * GRID.cosine[turn];
            imaginary += sample * GRID.sine[turn];
            turn += step;
            if turn >= FRAME {
                turn -= FRAME;
            }
        }
        *level = 2.0 * real.hypot(imaginary) / weight;
    }
    levels
}

struct Grid {
    cosine: [f32; FRAME],
    sine: [f32; FRAME],
    agents: Vec<Chord>,
    customers: Vec<Chord>,
}

static GRID: LazyLock<Grid> = LazyLock::new(|| {
    let turn = |index: usize| TAU * float(index) / float(FRAME);
    Grid {
        cosine: std::array::from_fn(|index| turn(index).cos()),
        sine: std::array::from_fn(|index| turn(index).sin()),
        agents: chords(Role::Agent),
        customers: chords(Role::Customer),
    }
});

fn chords(role: Role) -> Vec<Chord> {
    let own: Vec<u32> =
        (0..LINES).map(|line| 1 << line).filter(|bit| bit & role.lines().0 != 0).collect();
    let mut found = vec![];
    for (at, low) in own.iter().enumerate() {
        for (beside, middle) in own.iter().enumerate().skip(at + 1) {
            found.extend(own[beside + 1..].iter().map(|high| Chord(Lines(low | middle | high))));
        }
    }
    found
}

/// A sample in 16-bit steps, clipped at full scale.
#[must_use]
#[expect(clippy::cast_possible_truncation, reason = "clamped to the range of i16 before the cast")]
pub fn to_sample(value: f32) -> i16 {
    value.round().clamp(f32::from(i16::MIN), f32::from(i16::MAX)) as i16
}

/// A small count as a float.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "counts of samples here stay far below 2^24")]
pub fn float(number: usize) -> f32 {
    number as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn no_two_parties_of_a_floor_share_a_chord() {
        assert_eq!((Chord::count(Role::Agent), Chord::count(Role::Customer)), (286, 220));
        let mut all: Vec<_> = GRID.agents.iter().chain(&GRID.customers).collect();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 286 + 220);
    }

    #[test]
    fn the_two_roles_share_the_grid_and_no_line() {
        let (agents, customers) = (Role::Agent.lines(), Role::Customer.lines());
        assert!(agents.and(customers).is_empty());
        assert_eq!(agents.0 | customers.0, (1 << LINES) - 1);
    }

    #[test]
    fn a_chord_keeps_well_under_full_scale() {
        for index in 0..Chord::count(Role::Agent) {
            let peak = Chord::nth(Role::Agent, index).frame().iter().map(|s| s.abs()).max();
            assert!(peak <= Some(1_200), "chord {index} peaks at {peak:?}");
        }
    }

    #[test]
    fn three_lines_of_mixed_roles_are_no_chord() {
        assert_eq!(Lines(0b111).chord(), None);
        assert_eq!(Lines(0b1_0101).chord(), Some(Chord(Lines(0b1_0101))));
        assert_eq!(Lines(0b101_0101).chord(), None, "four lines are two parties");
    }

    proptest! {
        /// Whatever the frame's phase, exactly the chord's own lines show.
        #[test]
        fn a_frame_shows_its_own_lines_at_any_phase(index in 0_usize..286, shift in 0..FRAME) {
            let chord = Chord::nth(Role::Agent, index);
            let mut frame = chord.frame().map(f32::from);
            frame.rotate_left(shift);
            let levels = amplitudes(&frame, float(FRAME));
            prop_assert_eq!(Lines::above(&levels, AMPLITUDE * 0.98), chord.lines());
            prop_assert_eq!(Lines::above(&levels, AMPLITUDE * 0.02), chord.lines());
        }
    }
}
