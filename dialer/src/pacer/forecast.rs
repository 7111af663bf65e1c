//! The forecast: with which chance nobody is free, at each of the next thirty seconds.
//!
//! ```text
//!  D(t) = spare now + freed by t − people answered by t − callers arrived by t
//!  P(t) = chance that D(t) ≤ 0
//! ```
//! Agents and calls are independent coins, so D is a Poisson-binomial: convolved exactly while
//! there are few of them, and a normal with continuity correction when there are many, when the
//! two agree. P is the mean over three levels of answering, so doubt about the level is risk.

use super::grid::{Row, STEPS, figure};
use super::level::{LEVELS, WEIGHTS};

/// What the forecast is made of.
#[derive(Debug, Default)]
pub(super) struct Facts<'a> {
    /// Agents free, less the people who wait for one already.
    pub(super) spare: i32,
    /// Busy agents, by their chance to be free at each moment.
    pub(super) freed: Vec<(u32, &'a Row)>,
    /// Calls in flight, by their chance to be with a person at each moment at level one.
    pub(super) answers: Vec<(u32, &'a Row)>,
    /// Expected by each moment: callers, and people of campaigns that share the agents.
    pub(super) callers: Row,
    pub(super) levels: [f64; LEVELS],
}

/// The forecast; placing a call changes it.
#[derive(Clone, Debug)]
pub(super) struct Forecast {
    levels: [f64; LEVELS],
    shape: Shape,
}

#[derive(Clone, Debug)]
enum Shape {
    /// Mean and variance of D.
    Normal(Box<[[Moments; LEVELS]; STEPS]>),
    /// Distributions of how many agents are taken, below the number there are.
    Exact(Vec<[Vec<f64>; LEVELS]>),
}

#[derive(Clone, Copy, Debug, Default)]
struct Moments {
    mean: f64,
    variance: f64,
}

impl Forecast {
    /// By the normal: its cost does not grow with the floor.
    pub(super) fn normal(facts: &Facts<'_>) -> Self {
        let mut moments = Box::new([[Moments::default(); LEVELS]; STEPS]);
        for (step, moments) in moments.iter_mut().enumerate() {
            let freed = sums(&facts.freed, step, 1.0, 1.0);
            let callers = facts.callers[step];
            for (moments, level) in moments.iter_mut().zip(facts.levels) {
                let coming = sums(&facts.answers, step, level, SURE);
                *moments = Moments {
                    mean: f64::from(facts.spare) + freed.mean - coming.mean - callers,
                    variance: freed.variance + coming.variance + callers,
                };
            }
        }
        Self { levels: facts.levels, shape: Shape::Normal(moments) }
    }

    /// Exactly: every agent and every call is convolved in.
    pub(super) fn exact(facts: &Facts<'_>) -> Self {
        let busy: u32 = facts.freed.iter().map(|(count, _)| count).sum();
        let agents = i64::from(facts.spare) + i64::from(busy);
        let room = usize::try_from(agents).unwrap_or(0);
        let at = |step: usize| {
            let mut taken = none_taken(room);
            for (count, row) in &facts.freed {
                (0..*count).for_each(|_| toss(&mut taken, 1.0 - row[step]));
            }
            // Callers are Poisson; four coins come near enough while they are few.
            let callers = facts.callers[step] / 4.0;
            if callers > 1e-3 {
                (0..4).for_each(|_| toss(&mut taken, callers.min(0.9)));
            }
            facts.levels.map(|level| {
                let mut taken = taken.clone();
                for (count, row) in &facts.answers {
                    let chance = (row[step] * level).min(SURE);
                    if chance < NEVER {
                        continue;
                    }
                    (0..*count).for_each(|_| toss(&mut taken, chance));
                }
                taken
            })
        };
        Self { levels: facts.levels, shape: Shape::Exact((0..STEPS).map(at).collect()) }
    }

    /// Chance that nobody is free at each moment.
    pub(super) fn nobody_free(&self) -> Row {
        let mut row = [0.0; STEPS];
        match &self.shape {
            Shape::Normal(moments) => {
                for (chance, moments) in row.iter_mut().zip(moments.iter()) {
                    let below = |m: &Moments| normal((0.5 - m.mean) / m.variance.max(0.05).sqrt());
                    *chance = moments.iter().zip(WEIGHTS).map(|(m, w)| w * below(m)).sum();
                }
            }
            Shape::Exact(steps) => {
                for (chance, levels) in row.iter_mut().zip(steps) {
                    let all_taken = |taken: &Vec<f64>| 1.0 - taken.iter().sum::<f64>();
                    let sum: f64 = levels.iter().zip(WEIGHTS).map(|(t, w)| w * all_taken(t)).sum();
                    *chance = sum.clamp(0.0, 1.0);
                }
            }
        }
        row
    }

    /// How many people more than agents at the worst moment, `deviations` standard deviations
    /// beyond the mean; below zero while agents are left over even then. By the normal alone.
    pub(super) fn shortfall(&self, deviations: f64) -> Option<f64> {
        let Shape::Normal(moments) = &self.shape else { return None };
        let at = |levels: &[Moments; LEVELS]| {
            let over = |of: &dyn Fn(&Moments) -> f64| -> f64 {
                levels.iter().zip(WEIGHTS).map(|(moments, weight)| weight * of(moments)).sum()
            };
            let mean = over(&|moments| moments.mean);
            let variance = over(&|moments| moments.variance + (moments.mean - mean).powi(2));
            deviations * variance.sqrt() - mean
        };
        Some(moments.iter().map(at).fold(f64::NEG_INFINITY, f64::max))
    }

    /// One more call, whose chance at level one to be with a person is `fresh`.
    pub(super) fn place(&mut self, fresh: &Row) {
        for (step, chance) in fresh.iter().enumerate() {
            for (number, level) in self.levels.into_iter().enumerate() {
                let chance = (chance * level).min(SURE);
                match &mut self.shape {
                    Shape::Normal(moments) => {
                        let moments = &mut moments[step][number];
                        moments.mean -= chance;
                        moments.variance += chance * (1.0 - chance);
                    }
                    Shape::Exact(steps) => toss(&mut steps[step][number], chance),
                }
            }
        }
    }

    /// How many agents are expected to be free at a moment, at the middle level.
    pub(super) fn free_at(facts: &Facts<'_>, step: usize) -> f64 {
        f64::from(facts.spare) + sums(&facts.freed, step, 1.0, 1.0).mean
    }
}

/// No coin is surer than this: the level that scales it is an estimate.
const SURE: f64 = 0.98;
/// A coin below this changes nothing that is worth its time.
const NEVER: f64 = 1e-3;

/// What the coins of a column add up to, each scaled by `level` and none surer than `surest`.
fn sums(rows: &[(u32, &Row)], step: usize, level: f64, surest: f64) -> Moments {
    rows.iter().fold(Moments::default(), |sum, (count, row)| {
        let (count, chance) = (f64::from(*count), (row[step] * level).min(surest));
        let variance = sum.variance + count * chance * (1.0 - chance);
        Moments { mean: sum.mean + count * chance, variance }
    })
}

/// All of the mass on "none taken", of `room` agents. No room at all has no mass: all are taken.
fn none_taken(room: usize) -> Vec<f64> {
    let mut taken = vec![0.0; room];
    if let Some(first) = taken.first_mut() {
        *first = 1.0;
    }
    taken
}

/// One more coin: with `chance` another agent is taken. Mass that reaches the room falls out.
fn toss(taken: &mut [f64], chance: f64) {
    let mut below = 0.0;
    for mass in taken {
        let stays = *mass * (1.0 - chance) + below * chance;
        below = *mass;
        *mass = stays;
    }
}

/// The standard normal's distribution (Abramowitz and Stegun 26.2.17, error below 7.5e-8).
fn normal(z: f64) -> f64 {
    const COEFFICIENTS: [f64; 5] =
        [0.319_381_530, -0.356_563_782, 1.781_477_937, -1.821_255_978, 1.330_274_429];
    let t = 1.0 / (1.0 + 0.231_641_9 * z.abs());
    let sum = COEFFICIENTS.iter().rev().fold(0.0, |sum, coefficient| (sum + coefficient) * t);
    let density = (-z * z / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt();
    if z < 0.0 { density * sum } else { 1.0 - density * sum }
}

/// The risk of a call placed now: the chance that nobody is free, at the moment it is answered.
pub(super) fn risk(nobody_free: &Row, fresh: &Row) -> f64 {
    let mut before = 0.0;
    let (mut risk, mut answered) = (0.0, 1e-9);
    for (chance, by_then) in nobody_free.iter().zip(fresh) {
        let now = by_then - before;
        before = *by_then;
        risk += now * chance;
        answered += now;
    }
    risk / answered
}

/// How many coins there are.
pub(super) fn coins(facts: &Facts<'_>) -> f64 {
    let count = |rows: &[(u32, &Row)]| rows.iter().map(|(count, _)| *count).sum::<u32>();
    figure(usize::try_from(count(&facts.freed) + count(&facts.answers)).unwrap_or(usize::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const EVEN: [f64; LEVELS] = [1.0; LEVELS];

    /// Two agents free, three calls that are with a person for sure and at once: one too many.
    #[test]
    fn nobody_is_free_when_more_answer_than_are_free() {
        let sure = [1.0; STEPS];
        let facts = |spare, calls| Facts {
            spare,
            answers: vec![(calls, &sure)],
            levels: EVEN,
            ..Facts::default()
        };
        let chance = |spare, calls| Forecast::exact(&facts(spare, calls)).nobody_free()[0];
        assert!(chance(2, 1) < 1e-9);
        // "Sure" is 0.98: two of two are taken with 0.98².
        assert!((chance(2, 2) - 0.960_4).abs() < 1e-9);
        assert!((chance(0, 0) - 1.0).abs() < 1e-9);
        assert!((chance(-3, 0) - 1.0).abs() < 1e-9);
    }

    /// Ten agents and twenty calls that are answered one time in four: five people, give or take
    /// the root of 3.75, and as many again for a level that may be half as high or higher.
    #[test]
    fn the_shortfall_is_as_many_deviations_from_the_mean_as_asked() {
        let quarter = [0.25; STEPS];
        let facts =
            |levels| Facts { spare: 10, answers: vec![(20, &quarter)], levels, ..Facts::default() };
        let shortfall = |levels, deviations| Forecast::normal(&facts(levels)).shortfall(deviations);
        assert!((shortfall(EVEN, 0.0).unwrap() + 5.0).abs() < 1e-9);
        assert!((shortfall(EVEN, 2.0).unwrap() - (2.0 * 3.75_f64.sqrt() - 5.0)).abs() < 1e-9);
        assert!(shortfall([0.5, 1.0, 1.5], 2.0) > shortfall(EVEN, 2.0));
        assert_eq!(Forecast::exact(&facts(EVEN)).shortfall(2.0), None);
    }

    #[test]
    fn the_normal_is_the_normal() {
        for (z, expected) in [(0.0, 0.5), (1.0, 0.841_344_7), (-1.96, 0.024_997_9), (6.0, 1.0)] {
            assert!((normal(z) - expected).abs() < 2e-7, "{z}: {}", normal(z));
        }
    }

    #[test]
    fn risk_weighs_each_moment_by_how_likely_the_answer_comes_then() {
        let mut fresh = [0.4; STEPS];
        fresh[0] = 0.1;
        let mut nobody = [0.0; STEPS];
        (nobody[0], nobody[1]) = (0.8, 0.2);
        // A quarter of the answers at the first moment, three quarters at the second.
        assert!((risk(&nobody, &fresh) - (0.25 * 0.8 + 0.75 * 0.2)).abs() < 1e-6);
    }

    proptest! {
        /// The convolution against every possible world, counted one by one, but for answers so
        /// unlikely that they are left out.
        #[test]
        fn the_exact_forecast_is_that_of_every_world_counted(
            spare in -2_i32..4,
            freed in prop::collection::vec(0.0_f64..1.0, 0..5),
            answers in prop::collection::vec(0.0_f64..0.9, 0..5),
            placed in 0.0_f64..0.9,
        ) {
            let row = |chance: f64| [chance; STEPS];
            let freed: Vec<Row> = freed.into_iter().map(row).collect();
            let answers: Vec<Row> = answers.into_iter().map(row).collect();
            let facts = Facts {
                spare,
                freed: freed.iter().map(|row| (1, row)).collect(),
                answers: answers.iter().map(|row| (1, row)).collect(),
                callers: [0.0; STEPS],
                levels: EVEN,
            };
            let mut forecast = Forecast::exact(&facts);
            forecast.place(&row(placed));
            let coins: Vec<(f64, i32)> = freed
                .iter()
                .map(|row| (row[0], 1))
                .chain(answers.iter().map(|row| (row[0], -1)))
                .chain([(placed, -1)])
                .collect();
            let mut nobody = 0.0;
            for world in 0..1_u32 << coins.len() {
                let (mut chance, mut free) = (1.0, spare);
                for (bit, (heads, change)) in coins.iter().enumerate() {
                    if world >> bit & 1 == 1 {
                        chance *= heads;
                        free += change;
                    } else {
                        chance *= 1.0 - heads;
                    }
                }
                if free <= 0 {
                    nobody += chance;
                }
            }
            let left_out = figure(answers.len()) * NEVER;
            prop_assert!((forecast.nobody_free()[0] - nobody).abs() < 1e-9 + left_out);
        }

        /// With fifty coins the normal agrees with the convolution to two in a hundred.
        #[test]
        fn the_normal_forecast_agrees_with_the_exact_one(
            spare in 0_i32..6,
            freed in 0.1_f64..0.9,
            answers in 0.1_f64..0.9,
            level in 0.5_f64..1.1,
        ) {
            let (freed, answers) = ([freed; STEPS], [answers; STEPS]);
            let facts = Facts {
                spare,
                freed: vec![(25, &freed)],
                answers: vec![(25, &answers)],
                callers: [0.2; STEPS],
                levels: [level * 0.9, level, level * 1.1],
            };
            let (exact, normal) = (Forecast::exact(&facts), Forecast::normal(&facts));
            for (exact, normal) in exact.nobody_free().iter().zip(normal.nobody_free()) {
                prop_assert!((exact - normal).abs() < 0.02, "{exact} and {normal}");
            }
        }
    }
}
