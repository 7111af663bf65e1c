//! How much may be in the air at once, whatever its price.
//!
//! The price is right on the average, and an average of forty minutes hides nothing: a dozen calls
//! that ring together can be answered together, and cost more than the rest of the window repays.
//! Two bounds look at what is in the air as a whole.
//!
//! *The first calls*: of a campaign that has seen nothing end, the first seconds of ringing say
//! little, and a dry spell looks like a list on which nobody answers. Until [`FIRST`] calls have
//! ended, [`EACH`] are in the air for each free agent and no more, nor when none is.
//!
//! *The last people*: the people that the calls in the air bring, [`DEVIATIONS`] standard
//! deviations beyond what is expected of them, less the agents they find, are no more than the
//! window can still lose. With days to come this never speaks; near a window's end it does.
//!
//! One call for each free agent is always within both: it abandons nobody.

use super::forecast::Forecast;
use super::grid::Row;

/// The calls in the air, and those placed now.
#[derive(Debug)]
pub(super) struct Wave {
    forecast: Forecast,
    headroom: f64,
    in_the_air: usize,
    free: usize,
    most: usize,
}

impl Wave {
    /// What is in the air before a decision: `forecast` by the normal, `in_the_air` calls that may
    /// still bring a person, `ended` that did not or did, for `free` agents; `headroom` is how
    /// many people the window can still lose.
    pub(super) fn new(
        forecast: Forecast,
        headroom: f64,
        in_the_air: usize,
        ended: usize,
        free: usize,
    ) -> Self {
        let most = if ended < FIRST { EACH * free.max(1) } else { usize::MAX };
        Self { forecast, headroom, in_the_air, free, most }
    }

    /// Whether one more call may join it.
    pub(super) fn takes_another(&self) -> bool {
        let within = |shortfall| shortfall <= self.headroom;
        self.in_the_air < self.free
            || (self.in_the_air < self.most
                && self.forecast.shortfall(DEVIATIONS).is_none_or(within))
    }

    /// One more call, whose chance at level one to be with a person is `fresh`.
    pub(super) fn place(&mut self, fresh: &Row) {
        self.forecast.place(fresh);
        self.in_the_air += 1;
    }
}

/// Calls whose ends say what a list is like.
const FIRST: usize = 40;
/// Calls in the air for each free agent until then.
const EACH: usize = 3;
/// How far beyond what is expected of it a wave is thought of. The forecast knows nothing of the
/// calls placed in its next seconds, nor of what makes people answer together: hence so many.
const DEVIATIONS: f64 = 5.0;

#[cfg(test)]
mod tests {
    use super::super::forecast::Facts;
    use super::super::grid::STEPS;
    use super::*;

    /// A wave for `free` agents whose calls are answered one time in four, filled to its bound.
    fn filled(free: usize, headroom: f64, ended: usize) -> usize {
        let quarter = [0.25; STEPS];
        let facts =
            Facts { spare: i32::try_from(free).unwrap(), levels: [1.0; 3], ..Facts::default() };
        let mut wave = Wave::new(Forecast::normal(&facts), headroom, 0, ended, free);
        let mut placed = 0;
        while placed < 1_000 && wave.takes_another() {
            wave.place(&quarter);
            placed += 1;
        }
        placed
    }

    #[test]
    fn the_first_calls_are_three_for_each_free_agent() {
        assert_eq!(filled(20, f64::INFINITY, 39), 60);
        assert_eq!(filled(20, f64::INFINITY, 40), 1_000);
        // Nobody is free: three ring for whoever will be.
        assert_eq!(filled(0, f64::INFINITY, 0), 3);
    }

    /// With 32 in the air of whom a quarter answers, 8 people come, and 12 more at five deviations:
    /// 20 agents are just enough when nobody may be lost, and one to one always is.
    #[test]
    fn a_wave_costs_no_more_than_the_window_can_lose() {
        let (nothing, some, much) =
            (filled(20, 0.0, 100), filled(20, 4.0, 100), filled(20, 30.0, 100));
        assert!((31..=33).contains(&nothing), "{nothing}");
        assert!(nothing < some && some < much, "{nothing}, {some}, {much}");
        assert_eq!(filled(20, -8.0, 100), 20);
        assert_eq!(filled(1, -8.0, 100), 1);
    }
}
