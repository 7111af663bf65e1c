//! Pace: how many attempts to make now, and the sentence that explains it.

use crate::campaigns::{CampaignSettings, Mode};
use crate::pacer::{Verdict, whole};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What the floor and the trunks can take at this moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Demand {
    /// Agents who are free for this campaign and promised to no other call.
    pub free_agents: usize,
    /// Lines free on its trunks.
    pub free_lines: usize,
    /// What the pacer says; none where it was not asked, or looked a moment ago.
    pub verdict: Option<Verdict>,
}

/// How many attempts to make, with the numbers it was decided on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// When it was made.
    pub at: Timestamp,
    /// How the campaign dials, as [`Mode::as_str`] spells it.
    pub mode: String,
    /// Agents who were free.
    pub free_agents: u32,
    /// Attempts that might still have needed one of them.
    pub unserved: u32,
    /// Lines that were free.
    pub free_lines: u32,
    /// How many attempts to make.
    pub dial: u32,
    /// What was foreseen, where the campaign dials by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forecast: Option<Forecast>,
    /// Why there was one attempt for each free agent and no more, where the mode would have more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub one_to_one: Option<String>,
}

/// The forecast that a decision was made on, in whole numbers: evidence knows no fractions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forecast {
    /// Agents expected to be free within 18 s, in tenths.
    pub free_in_18_s_tenths: u32,
    /// Chance that a call reaches a person, in thousandths.
    pub answer_permille: u32,
    /// Its standard deviation, in thousandths.
    pub answer_spread_permille: u32,
    /// Chance that the next call would find nobody if answered, in thousandths.
    pub risk_permille: u32,
    /// The greatest such chance allowed, in thousandths.
    pub allowed_permille: u32,
    /// The share abandoned so far, in thousandths.
    pub abandoned_permille: u32,
    /// The greatest share that may be, in thousandths.
    pub cap_permille: u32,
}

impl Forecast {
    fn of(verdict: &Verdict) -> Self {
        Self {
            free_in_18_s_tenths: whole(verdict.free_in_18_s.max(0.0) * 10.0),
            answer_permille: whole(verdict.answer * 1_000.0),
            answer_spread_permille: whole(verdict.answer_spread * 1_000.0),
            risk_permille: whole(verdict.next_risk * 1_000.0),
            allowed_permille: whole(verdict.allowed_risk * 1_000.0),
            abandoned_permille: whole(verdict.abandoned * 1_000.0),
            cap_permille: whole(verdict.cap * 1_000.0),
        }
    }
}

impl Decision {
    /// No dial, because nobody has asked yet.
    pub(crate) fn idle(settings: &CampaignSettings) -> Self {
        let demand = Demand { free_agents: 0, free_lines: 0, verdict: None };
        decide(Timestamp::UNIX_EPOCH, settings, demand, Flying::default())
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { mode, free_agents, unserved, free_lines, dial, .. } = self;
        write!(f, "{dial} dials ({mode}")?;
        if let Some(because) = &self.one_to_one {
            write!(f, ", one to one: {because}")?;
        }
        write!(f, "): {free_agents} agents free")?;
        if let Some(seen) = &self.forecast {
            let Forecast { free_in_18_s_tenths: soon, answer_permille: answer, .. } = seen;
            write!(f, ", {} within 18 s, chance of answer ", Thousandths(soon * 100, 1))?;
            write!(f, "{} ± ", Thousandths(*answer, 2))?;
            write!(f, "{}, ", Thousandths(seen.answer_spread_permille, 2))?;
            write!(f, "expected abandon {} %, ", Thousandths(seen.risk_permille * 100, 1))?;
            write!(f, "allowed {} %, ", Thousandths(seen.allowed_permille * 100, 1))?;
            write!(f, "so far {} %, ", Thousandths(seen.abandoned_permille * 100, 1))?;
            write!(f, "cap {} %", Thousandths(seen.cap_permille * 100, 1))?;
        }
        write!(f, ", {unserved} attempts may need one, {free_lines} lines free")
    }
}

/// Thousandths of a unit, shown with so many decimals.
struct Thousandths(u32, usize);

impl fmt::Display for Thousandths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.*}", self.1, f64::from(self.0) / 1_000.0)
    }
}

/// What a campaign has in the air.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Flying {
    /// Attempts that may still need an agent.
    pub(super) unserved: usize,
    /// Whether more people were abandoned than may be.
    pub(super) over_cap: bool,
}

/// How many attempts to make: the mode's number, at most what lines and settings allow.
pub(super) fn decide(
    at: Timestamp,
    settings: &CampaignSettings,
    demand: Demand,
    flying: Flying,
) -> Decision {
    let Demand { free_agents, free_lines, verdict } = demand;
    let spare = free_agents.saturating_sub(flying.unserved);
    let (wanted, one_to_one) = match settings.mode {
        // Agents dial, each for themselves.
        Mode::Manual | Mode::Preview { .. } => (0, None),
        // Nobody is met, so nobody is waited for.
        Mode::Agentless { max_live } => (usize::from(max_live), None),
        Mode::Progressive { .. } => (spare, None),
        Mode::Power { .. } if flying.over_cap => (spare, Some(OVER_CAP)),
        Mode::Power { attempts_per_agent_tenths: tenths, .. } => {
            let attempts = free_agents * usize::from(tenths) / 10;
            (attempts.saturating_sub(flying.unserved), None)
        }
        Mode::Predictive { .. } => match verdict {
            Some(verdict) => (verdict.dial, verdict.footing.because()),
            None => (0, None),
        },
    };
    let below_most = usize::from(settings.mode.max_live()).saturating_sub(flying.unserved);
    let dial = if settings.running { wanted.min(free_lines).min(below_most) } else { 0 };
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Decision {
        at,
        mode: settings.mode.as_str().to_owned(),
        free_agents: count(free_agents),
        unserved: count(flying.unserved),
        free_lines: count(free_lines),
        dial: count(dial),
        forecast: verdict.as_ref().map(Forecast::of),
        one_to_one: one_to_one.map(str::to_owned),
    }
}

const OVER_CAP: &str = "too many were abandoned";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{NOON, at, settings};
    use crate::pacer::{Doubt, Footing};

    const VERDICT: Verdict = Verdict {
        dial: 3,
        give_up: None,
        too_many: 0,
        footing: Footing::Forecast,
        free_in_18_s: 4.04,
        answer: 0.21,
        answer_spread: 0.03,
        next_risk: 0.021,
        allowed_risk: 0.018,
        abandoned: 0.019,
        cap: 0.03,
    };

    fn decided(mode: Mode, demand: Demand, flying: Flying) -> Decision {
        decide(at(NOON), &CampaignSettings { mode, ..settings() }, demand, flying)
    }

    fn predictive(demand: Demand) -> Decision {
        decided(Mode::Predictive { max_live: 100 }, demand, Flying::default())
    }

    const DEMAND: Demand = Demand { free_agents: 2, free_lines: 50, verdict: Some(VERDICT) };

    /// A decision can be told in a sentence with its numbers.
    #[test]
    fn a_forecast_is_told_with_its_numbers() {
        let sentence = "3 dials (predictive): 2 agents free, 4.0 within 18 s, chance of answer \
                        0.21 ± 0.03, expected abandon 2.1 %, allowed 1.8 %, so far 1.9 %, cap \
                        3.0 %, 0 attempts may need one, 50 lines free";
        assert_eq!(predictive(DEMAND).to_string(), sentence);
        let lost = Verdict { footing: Footing::Doubtful(Doubt::EventsLost), ..VERDICT };
        let told = predictive(Demand { verdict: Some(lost), ..DEMAND }).to_string();
        assert!(told.starts_with("3 dials (predictive, one to one: events were lost)"), "{told}");
    }

    /// Agents who dial for themselves are not dialled for; messages wait for no agent.
    #[test]
    fn modes_without_a_pace_dial_by_lines_or_not_at_all() {
        let preview = Mode::Preview { look_s: 30, may_skip: true };
        for mode in [Mode::Manual, preview] {
            assert_eq!(decided(mode, DEMAND, Flying::default()).dial, 0);
        }
        let nobody = Demand { free_agents: 0, free_lines: 50, verdict: None };
        let flying = Flying { unserved: 7, over_cap: true };
        let mode = Mode::Agentless { max_live: 40 };
        assert_eq!(decided(mode, nobody, flying).dial, 33);
        assert_eq!(decided(mode, Demand { free_lines: 5, ..nobody }, flying).dial, 5);
    }

    #[test]
    fn without_a_verdict_nothing_is_dialled_ahead() {
        assert_eq!(predictive(Demand { verdict: None, ..DEMAND }).dial, 0);
    }

    #[test]
    fn lines_and_the_most_live_attempts_bound_every_mode() {
        assert_eq!(predictive(Demand { free_lines: 1, ..DEMAND }).dial, 1);
        let flying = Flying { unserved: 99, ..Flying::default() };
        assert_eq!(decided(Mode::Predictive { max_live: 100 }, DEMAND, flying).dial, 1);
    }

    /// Three attempts for each of two free agents, less the one in the air; one to one over the
    /// cap.
    #[test]
    fn power_dials_its_ratio_and_one_to_one_over_the_cap() {
        let mode = Mode::Power { attempts_per_agent_tenths: 30, max_live: 100 };
        let flying = Flying { unserved: 1, over_cap: false };
        assert_eq!(decided(mode, DEMAND, flying).dial, 5);
        let over = decided(mode, DEMAND, Flying { over_cap: true, ..flying });
        assert_eq!((over.dial, over.one_to_one.as_deref()), (1, Some(OVER_CAP)));
    }
}
