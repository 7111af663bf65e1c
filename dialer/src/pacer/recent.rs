//! Small memories: how long people really wait, and how often somebody calls in.

use super::grid::{AHEAD_S, Row};

/// A mean of waits that forgets by a tenth at each.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grace {
    sum_s: f64,
    weight: f64,
}

impl Grace {
    /// A second and a half: two seconds less what a detector takes.
    pub(super) const fn new() -> Self {
        Self { sum_s: 3.0, weight: 2.0 }
    }

    pub(super) fn add(&mut self, waited_s: f64) {
        self.sum_s = self.sum_s * 0.9 + waited_s;
        self.weight = self.weight * 0.9 + 1.0;
    }

    /// A tenth of a second less than the mean, for the switch needs some of it.
    pub(super) fn seconds(self) -> f64 {
        (self.sum_s / self.weight - 0.1).clamp(0.0, 4.0)
    }
}

/// Callers per second over the last twenty minutes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Callers {
    seen: f64,
    over_s: f64,
}

impl Callers {
    /// None so far, believed for a quarter of an hour.
    pub(super) const fn new() -> Self {
        Self { seen: 0.0, over_s: 900.0 }
    }

    pub(super) fn arrived(&mut self) {
        self.seen += 1.0;
    }

    pub(super) fn pass(&mut self, dt_s: f64) {
        let kept = (-dt_s / 1_200.0).exp();
        self.seen *= kept;
        self.over_s = self.over_s * kept + dt_s;
    }

    /// How many are expected by each moment, beside `others` who are.
    pub(super) fn by(self, others: Row) -> Row {
        let per_s = self.seen / self.over_s;
        std::array::from_fn(|step| per_s * AHEAD_S[step] + others[step])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sixty callers an hour, one each minute: after an hour the forecast is one a minute.
    #[test]
    fn callers_are_expected_as_they_came() {
        let mut callers = Callers::new();
        for _ in 0..120 {
            callers.arrived();
            callers.pass(60.0);
        }
        let by = callers.by([0.0; super::super::STEPS]);
        assert!((by[19] - 0.5).abs() < 0.05, "within 30 s: {}", by[19]);
    }

    #[test]
    fn grace_follows_what_people_really_waited() {
        let mut grace = Grace::new();
        assert!((grace.seconds() - 1.4).abs() < 1e-9);
        (0..50).for_each(|_| grace.add(0.6));
        assert!((grace.seconds() - 0.5).abs() < 0.02);
    }
}
