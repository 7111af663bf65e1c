//! How long a stage of an agent's work lasts: talk, wrap-up, talk with callers who came in.
//!
//! A piecewise-constant hazard by elapsed time, with exponential forgetting. Stages that still
//! run are censored exposure; a thin bin borrows from its neighbours, and all from the mean.

use super::grid::{figure, index};
use super::memory::{Counts, Stages, believed_of};

/// What is known of one stage's length.
#[derive(Clone, Debug)]
pub(super) struct Stage {
    /// Seconds spent in each bin, by stages that ended.
    spent: Vec<f64>,
    /// Stages that ended in each bin.
    ended: Vec<f64>,
    /// Hazard summed to the start of each bin, and to the end of the last.
    cumulative: Vec<f64>,
    prior_mean_s: f64,
}

impl Stage {
    /// A stage believed to last `prior_mean_s`, until stages are seen.
    pub(super) fn new(prior_mean_s: f64) -> Self {
        let none = vec![0.0; BINS];
        let mut stage = Self {
            spent: none.clone(),
            ended: none,
            cumulative: vec![0.0; BINS + 1],
            prior_mean_s,
        };
        stage.rebuild(&[]);
        stage
    }

    /// One stage ended after this long.
    pub(super) fn ended_after(&mut self, seconds: f64) {
        for figure in self.spent.iter_mut().chain(&mut self.ended) {
            *figure *= FADE;
        }
        let last = bin(seconds);
        expose(&mut self.spent, seconds);
        // A stage of no length would have no exposure, and its bin an endless hazard.
        self.spent[last] += (0.1 - (seconds - edge_s(last))).max(0.0);
        self.ended[last] += 1.0;
    }

    /// What is known, to be kept.
    pub(super) fn kept(&self) -> Stages {
        Stages { spent: Counts::of(&self.spent), ended: Counts::of(&self.ended) }
    }

    /// Adds a memory to what is known, each believed for as much as a memory is.
    pub(super) fn recall(&mut self, kept: &Stages) {
        let own = believed_of(self.ended.iter().sum());
        for figure in self.spent.iter_mut().chain(&mut self.ended) {
            *figure *= own;
        }
        let part = believed_of(kept.ended.sum());
        kept.spent.add_to(&mut self.spent, part);
        kept.ended.add_to(&mut self.ended, part);
    }

    /// Makes the hazards anew; `running` are the lengths so far of stages that still run.
    pub(super) fn rebuild(&mut self, running: &[f64]) {
        let mut spent = self.spent.clone();
        for seconds in running {
            expose(&mut spent, *seconds);
        }
        let all_spent: f64 = spent.iter().sum::<f64>() + PRIOR_STAGES * self.prior_mean_s;
        let all_ended: f64 = self.ended.iter().sum::<f64>() + PRIOR_STAGES;
        let overall = all_ended / all_spent;
        for bin in 0..BINS {
            let around = bin.saturating_sub(2)..(bin + 3).min(BINS);
            let weight = |other: usize| if other == bin { 1.0 } else { 0.5 };
            let near = |counts: &[f64]| -> f64 {
                around.clone().map(|other| weight(other) * counts[other]).sum()
            };
            let hazard = (near(&self.ended) + BORROWED) / (near(&spent) + BORROWED / overall);
            let length = edge_s(bin + 1) - edge_s(bin);
            self.cumulative[bin + 1] = self.cumulative[bin] + hazard * length;
        }
    }

    /// Chance that a stage which has lasted `elapsed_s` ends within `more_s`.
    pub(super) fn ends_within(&self, elapsed_s: f64, more_s: f64) -> f64 {
        1.0 - (self.hazard_to(elapsed_s) - self.hazard_to(elapsed_s + more_s)).exp()
    }

    fn hazard_to(&self, seconds: f64) -> f64 {
        let seconds = seconds.min(LONGEST_S - 1.0);
        let bin = bin(seconds);
        let (from, to) = (self.cumulative[bin], self.cumulative[bin + 1]);
        from + (to - from) * (seconds - edge_s(bin)) / (edge_s(bin + 1) - edge_s(bin))
    }
}

/// Adds the time that a stage of this length spent in each bin.
fn expose(spent: &mut [f64], seconds: f64) {
    let last = bin(seconds);
    for (bin, time) in spent.iter_mut().enumerate().take(last) {
        *time += edge_s(bin + 1) - edge_s(bin);
    }
    spent[last] += (seconds - edge_s(last)).max(0.0);
}

/// Bins of 2 s to a minute, 5 s to five, 15 s to a quarter of an hour, a minute to the hour.
pub(super) const BINS: usize = 163;
const LONGEST_S: f64 = 3_600.0;

pub(super) fn bin(seconds: f64) -> usize {
    let place = match seconds {
        ..60.0 => seconds / 2.0,
        ..300.0 => 30.0 + (seconds - 60.0) / 5.0,
        ..900.0 => 78.0 + (seconds - 300.0) / 15.0,
        _ => 118.0 + (seconds - 900.0) / 60.0,
    };
    index(place, BINS - 1)
}

/// Where a bin begins.
fn edge_s(bin: usize) -> f64 {
    let place = figure(bin);
    match bin {
        ..30 => place * 2.0,
        30..78 => 60.0 + (place - 30.0) * 5.0,
        78..118 => 300.0 + (place - 78.0) * 15.0,
        _ => 900.0 + (place - 118.0) * 60.0,
    }
}

/// The middle of a bin: what a stage that is in it has lasted.
pub(super) fn middle_s(bin: usize) -> f64 {
    f64::midpoint(edge_s(bin), edge_s(bin + 1))
}

/// What one ended stage leaves of those before it: a half-life of 600.
const FADE: f64 = 0.998_845;
/// Imagined stages of the mean length before the first real one.
const PRIOR_STAGES: f64 = 4.0;
/// How many ends, at the overall hazard, each bin borrows.
const BORROWED: f64 = 1.5;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bin_begins_where_the_one_before_it_ends() {
        for number in 0..BINS {
            assert_eq!(bin(edge_s(number)), number);
            assert_eq!(bin(edge_s(number + 1) - 0.01), number);
        }
        assert!((edge_s(BINS) - LONGEST_S).abs() < 1e-9);
        assert_eq!((bin(-3.0), bin(99_999.0)), (0, BINS - 1));
    }

    /// Exponential stages have no memory: whatever has passed, half are over after the median.
    #[test]
    fn a_memoryless_stage_is_learnt_as_memoryless() {
        let mut stage = Stage::new(150.0);
        let mean_s = 100.0;
        for n in 0..20_000_u32 {
            let chance = f64::from((n * 7_919) % 20_000) / 20_000.0;
            stage.ended_after(-mean_s * (1.0 - chance).ln());
        }
        stage.rebuild(&[]);
        for elapsed_s in [0.0, 30.0, 90.0, 200.0] {
            let half = stage.ends_within(elapsed_s, mean_s * 2.0_f64.ln());
            assert!((half - 0.5).abs() < 0.05, "after {elapsed_s} s: {half}");
        }
    }

    /// A stage that always lasts 40 s: unlikely to end at 10 s, near its end at 39 s.
    #[test]
    fn a_fixed_stage_is_learnt_as_fixed() {
        let mut stage = Stage::new(150.0);
        (0..2_000).for_each(|_| stage.ended_after(40.0));
        stage.rebuild(&[]);
        assert!(stage.ends_within(10.0, 20.0) < 0.05);
        assert!(stage.ends_within(39.0, 6.0) > 0.9);
    }

    /// Long conversations that still run must not be forgotten because none has ended yet.
    #[test]
    fn stages_that_still_run_lengthen_the_estimate() {
        let mut stage = Stage::new(150.0);
        let before = stage.ends_within(0.0, 60.0);
        stage.rebuild(&[900.0; 20]);
        assert!(stage.ends_within(0.0, 60.0) < before / 2.0);
    }
}
