//! A decision with the numbers it was made on.

use super::trust::Doubt;
use crate::ids::AttemptId;

/// What was decided, with the numbers it was decided on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Verdict {
    /// How many calls to place now.
    pub dial: usize,
    /// A call to give up: it has rung for long enough and would most likely find nobody.
    pub give_up: Option<AttemptId>,
    /// How many of the calls that ring are too many for the agents who are left.
    pub too_many: usize,
    /// On what ground it stands.
    pub footing: Footing,
    /// Agents expected to be free within 18 s.
    pub free_in_18_s: f64,
    /// Chance that a call reaches a person.
    pub answer: f64,
    /// Its standard deviation.
    pub answer_spread: f64,
    /// The risk of the first call that was not placed.
    pub next_risk: f64,
    /// The greatest risk allowed.
    pub allowed_risk: f64,
    /// The share abandoned so far.
    pub abandoned: f64,
    /// The greatest share that may be.
    pub cap: f64,
}

/// On what ground a decision stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Footing {
    /// The forecast.
    Forecast,
    /// One to one: one more person abandoned would be one too many.
    Guarded,
    /// One to one: the forecast cannot be believed.
    Doubtful(Doubt),
}

impl Footing {
    /// Why it is one to one, in words; none where it is not.
    #[must_use]
    pub const fn because(self) -> Option<&'static str> {
        match self {
            Self::Forecast => None,
            Self::Guarded => Some("one more abandoned would be one too many"),
            Self::Doubtful(doubt) => Some(doubt.as_str()),
        }
    }
}
