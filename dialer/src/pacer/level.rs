//! The answer level: how many more people answer now than the hazards of the last hours say.
//!
//! A Gamma posterior of answers seen over answers expected, with a memory of thirty answers or
//! five minutes, whichever is longer. A twin with a memory of eight answers or forty seconds
//! watches it: when the two differ by more than chance would, the world has changed and the slow
//! one starts again where the fast one is.

/// What is known of the level.
#[derive(Clone, Copy, Debug)]
pub(super) struct Level {
    slow: Memory,
    fast: Memory,
}

impl Level {
    pub(super) const fn new() -> Self {
        Self {
            slow: Memory { seen: 10.0, expected: 10.0, span_s: 300.0, least: 30.0 },
            fast: Memory { seen: 5.0, expected: 5.0, span_s: 40.0, least: 8.0 },
        }
    }

    /// A person answered.
    pub(super) fn answered(&mut self) {
        self.slow.seen += 1.0;
        self.fast.seen += 1.0;
    }

    /// `dt_s` passed in which `expected` answers were due by the hazards.
    pub(super) fn pass(&mut self, dt_s: f64, expected: f64) {
        self.slow.pass(dt_s, expected);
        self.fast.pass(dt_s, expected);
        let due = self.slow.ratio() * self.fast.expected;
        let surprise = (self.fast.seen - due) / due.max(1.0).sqrt();
        // Fewer answers than expected cost time, more cost abandoned calls: quicker to see those.
        if !(-3.5..=3.0).contains(&surprise) {
            self.slow.seen = self.fast.ratio() * self.fast.least;
            self.slow.expected = self.fast.least;
        }
    }

    /// The mean.
    pub(super) fn mean(&self) -> f64 {
        self.slow.ratio().clamp(0.1, 6.0)
    }

    /// The standard deviation.
    pub(super) fn spread(&self) -> f64 {
        self.slow.seen.max(1.0).sqrt() / self.slow.expected
    }

    /// Three levels that stand for the posterior, with [`WEIGHTS`]: they match its mean and
    /// variance, so that whoever knows little is cautious without a rule for it.
    pub(super) fn three(&self) -> [f64; LEVELS] {
        let (mean, apart) = (self.mean(), 3.0_f64.sqrt() * self.spread());
        [(mean - apart).max(0.2 * mean), mean, mean + apart]
    }
}

/// How many levels stand for the posterior.
pub(super) const LEVELS: usize = 3;
/// Their weights: Gauss-Hermite's for a normal.
pub(super) const WEIGHTS: [f64; LEVELS] = [1.0 / 6.0, 2.0 / 3.0, 1.0 / 6.0];

#[derive(Clone, Copy, Debug)]
struct Memory {
    seen: f64,
    expected: f64,
    /// How long it remembers.
    span_s: f64,
    /// Expected answers that it never forgets.
    least: f64,
}

impl Memory {
    fn pass(&mut self, dt_s: f64, expected: f64) {
        self.expected += expected;
        if self.expected > self.least {
            let kept = (-dt_s / self.span_s).exp().max(self.least / self.expected);
            self.seen *= kept;
            self.expected *= kept;
        }
    }

    fn ratio(&self) -> f64 {
        self.seen / self.expected
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers at `rate` times what is expected, `seconds` long, one expected each second.
    fn live(level: &mut Level, rate: f64, seconds: u32) {
        let mut owed = 0.0;
        for _ in 0..seconds {
            owed += rate;
            while owed >= 1.0 {
                owed -= 1.0;
                level.answered();
            }
            level.pass(1.0, 1.0);
        }
    }

    #[test]
    fn the_level_finds_the_rate_and_grows_sure_of_it() {
        let mut level = Level::new();
        let unsure = level.spread();
        live(&mut level, 1.3, 1_200);
        assert!((level.mean() - 1.3).abs() < 0.05, "{}", level.mean());
        assert!(level.spread() < unsure / 3.0);
    }

    /// Lunch ends and twice as many people pick up: known within half a minute, where the slow
    /// memory alone would take five.
    #[test]
    fn a_change_of_the_world_is_seen_within_seconds() {
        let mut level = Level::new();
        live(&mut level, 1.0, 1_200);
        live(&mut level, 2.5, 25);
        assert!(level.mean() > 1.8, "{}", level.mean());
    }

    #[test]
    fn chance_alone_does_not_reset_it() {
        let mut level = Level::new();
        live(&mut level, 1.0, 600);
        let sure = level.spread();
        (0..5).for_each(|_| level.answered());
        level.pass(5.0, 5.0);
        assert!(level.spread() < sure * 1.3);
    }

    #[test]
    fn three_levels_have_the_mean_and_variance_of_the_posterior() {
        let mut level = Level::new();
        live(&mut level, 0.8, 2_000);
        let levels = level.three();
        let mean: f64 = levels.iter().zip(WEIGHTS).map(|(x, w)| x * w).sum();
        let square: f64 = levels.iter().zip(WEIGHTS).map(|(x, w)| w * (x - mean).powi(2)).sum();
        assert!((mean - level.mean()).abs() < 1e-9);
        assert!((square.sqrt() - level.spread()).abs() < 1e-9);
    }
}
