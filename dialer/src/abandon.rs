//! Abandoned calls: who answered, who met an agent, who did not, and each regulator's own sum
//! (RULES US-2, UK-1, UK-2, CA; one function a regulator).
//!
//! The ledger keeps minutes for a day and hours for two months, per campaign. It holds no truth
//! of its own: adding the same outcomes again after a restart gives the same ledger.

use crate::campaigns::in_range;
use crate::outcomes::Outcome;
use crate::zones::Zone;
use jiff::{SignedDuration, Timestamp};
use routing::Invalid;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::AddAssign;

/// How a campaign's abandoned calls are counted, and how many are too many.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AbandonPolicy {
    /// Whose formula.
    pub formula: Formula,
    /// Over which time.
    pub over: Period,
    /// The most allowed, in tenths of a percent; 0..=1,000.
    pub limit_permille: u16,
    /// The zone in which a day or a month begins, by IANA name.
    pub zone: String,
}

impl AbandonPolicy {
    /// US: 3 % of calls answered by a person, over any 30 days.
    #[must_use]
    pub fn us() -> Self {
        Self::of(Formula::Us, Period::Days30, 30, "America/New_York")
    }

    /// UK: the abandoned call rate over 24 h; 2 %, for 3 % is no safe harbour since 2017.
    #[must_use]
    pub fn uk() -> Self {
        Self::of(Formula::Uk { amd_false_positives: None }, Period::Hours24, 20, "Europe/London")
    }

    /// Canada: 5 % over a calendar month.
    #[must_use]
    pub fn ca() -> Self {
        Self::of(Formula::Us, Period::CalendarMonth, 50, "America/Toronto")
    }

    fn of(formula: Formula, over: Period, limit_permille: u16, zone: &str) -> Self {
        Self { formula, over, limit_permille, zone: zone.to_owned() }
    }

    pub(crate) fn validate(&self, wrong: &mut Vec<Invalid>) {
        in_range(wrong, "abandon.limit_permille", self.limit_permille.into(), 0, 1_000);
        if Zone::named(&self.zone).is_none() {
            let why = "must be an IANA time zone such as Europe/London";
            wrong.push(Invalid::new("abandon.zone", why));
        }
    }
}

impl Default for AbandonPolicy {
    fn default() -> Self {
        Self::us()
    }
}

/// Whose sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Formula {
    /// [`us_rate`]; Canada's is the same sum over another period.
    Us,
    /// [`uk_rate`].
    Uk {
        /// People whom a detector took for machines, for every thousand machine verdicts, by the
        /// organisation's own audit; none when no detector listens.
        amd_false_positives: Option<u16>,
    },
}

/// Over which time a rate is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    /// The last 24 hours.
    Hours24,
    /// The last 30 days; never above the limit means that no 30-day period is.
    Days30,
    /// Since the local midnight.
    Day,
    /// Since the first of the local month.
    CalendarMonth,
}

impl Period {
    /// When the period that ends at `now` began.
    fn start(self, now: Timestamp, zone: &Zone) -> Timestamp {
        let back = |hours| now.saturating_sub(SignedDuration::from_hours(hours));
        let today = zone.local(now).date();
        match self {
            Self::Hours24 => back(24).unwrap_or(Timestamp::MIN),
            Self::Days30 => back(30 * 24).unwrap_or(Timestamp::MIN),
            Self::Day => zone.midnight(today),
            Self::CalendarMonth => zone.midnight(today.first_of_month()),
        }
    }
}

/// The US sum: abandoned calls in calls that a person answered. None before the first of them.
///
/// 16 CFR 310.4(b)(4)(i). Whoever hung up before meeting anybody is in neither number, because
/// nobody knows whether it was a person.
#[must_use]
pub fn us_rate(counts: Counts) -> Option<f64> {
    ratio(f64::from(counts.abandoned), f64::from(counts.connected))
}

/// The UK sum, Ofcom's abandoned call rate. None before the first answer.
///
/// With a detector, people it took for machines are abandoned calls too. Without one, some of the
/// abandoned calls met machines; how many is estimated from what agents met, and deducted. Either
/// way the sum is abandoned ÷ (abandoned + live calls passed to agents).
#[must_use]
pub fn uk_rate(counts: Counts, amd_false_positives: Option<u16>) -> Option<f64> {
    let abandoned = f64::from(counts.abandoned);
    let met = f64::from(counts.connected);
    let met_people = met - f64::from(counts.machines_met.min(counts.connected));
    let estimate = match amd_false_positives {
        Some(per_thousand) => {
            abandoned + f64::from(counts.machines) * f64::from(per_thousand) / 1_000.0
        }
        None if met > 0.0 => abandoned * met_people / met,
        None => abandoned,
    };
    ratio(estimate, met_people)
}

fn ratio(lost: f64, kept: f64) -> Option<f64> {
    (lost + kept > 0.0).then(|| lost / (lost + kept))
}

/// What became of answered calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Met an agent, whatever the agent met.
    pub connected: u32,
    /// Of those, the ones where the agent's disposition says: a machine.
    pub machines_met: u32,
    /// Met no agent in time.
    pub abandoned: u32,
    /// Given up because a detector heard a machine.
    pub machines: u32,
}

impl Counts {
    /// What one outcome adds.
    #[must_use]
    pub const fn of(outcome: Outcome) -> Self {
        let none = Self { connected: 0, machines_met: 0, abandoned: 0, machines: 0 };
        match outcome {
            Outcome::Connected => Self { connected: 1, ..none },
            Outcome::Abandoned => Self { abandoned: 1, ..none },
            Outcome::Machine => Self { machines: 1, ..none },
            _ => none,
        }
    }

    /// What a disposition adds that says the agent met a machine.
    #[must_use]
    pub const fn machine_met() -> Self {
        Self { connected: 0, machines_met: 1, abandoned: 0, machines: 0 }
    }

    /// Whether nothing was counted.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self == Self::default()
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, more: Self) {
        self.connected = self.connected.saturating_add(more.connected);
        self.machines_met = self.machines_met.saturating_add(more.machines_met);
        self.abandoned = self.abandoned.saturating_add(more.abandoned);
        self.machines = self.machines.saturating_add(more.machines);
    }
}

/// Answered calls by the time they ended.
///
/// Minutes of the last 24 h, and hours of the 62 days before; at most about 3,000 entries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AbandonLedger {
    /// By the minute, since the epoch, in which a stretch begins.
    stretches: BTreeMap<i64, Counts>,
}

impl AbandonLedger {
    /// Counts what ended at `at`, in any order: now, or in the past while it is being restored.
    pub fn add(&mut self, at: Timestamp, counts: Counts) {
        if counts.is_zero() {
            return;
        }
        *self.stretches.entry(minute(at)).or_default() += counts;
        let newest = self.stretches.last_key_value().map_or(0, |(minute, _)| *minute);
        self.stretches = std::mem::take(&mut self.stretches).split_off(&(newest - KEPT_MIN));
        self.fold_before(newest - FINE_MIN);
    }

    /// What ended from `from` on; the stretch that `from` lies in counts whole.
    #[must_use]
    pub fn since(&self, from: Timestamp) -> Counts {
        let newest = self.stretches.last_key_value().map_or(0, |(minute, _)| *minute);
        let from = minute(from);
        let from = if from < newest - FINE_MIN { hour(from) } else { from };
        let mut total = Counts::default();
        for counts in self.stretches.range(from..).map(|(_, counts)| counts) {
            total += *counts;
        }
        total
    }

    /// The rate by a policy's formula over its period; none before anybody answered.
    #[must_use]
    pub fn rate(&self, now: Timestamp, policy: &AbandonPolicy) -> Option<f64> {
        let zone = Zone::named(&policy.zone).or_else(|| Zone::named("UTC"))?;
        let counts = self.since(policy.over.start(now, &zone));
        match policy.formula {
            Formula::Us => us_rate(counts),
            Formula::Uk { amd_false_positives } => uk_rate(counts, amd_false_positives),
        }
    }

    /// The stretches, by when each begins: what a restart restores with [`Self::add`].
    pub fn stretches(&self) -> impl Iterator<Item = (Timestamp, Counts)> + '_ {
        let at = |minute: i64| Timestamp::from_second(minute.saturating_mul(60));
        self.stretches.iter().filter_map(move |(minute, counts)| Some((at(*minute).ok()?, *counts)))
    }

    /// Joins minutes before `horizon` into their hour.
    fn fold_before(&mut self, horizon: i64) {
        let coarse = hour(horizon);
        let fine: Vec<i64> = self
            .stretches
            .range(..coarse)
            .rev()
            .map(|(minute, _)| *minute)
            .take_while(|minute| *minute >= coarse - FINE_MIN || hour(*minute) != *minute)
            .filter(|minute| hour(*minute) != *minute)
            .collect();
        for minute in fine {
            if let Some(counts) = self.stretches.remove(&minute) {
                *self.stretches.entry(hour(minute)).or_default() += counts;
            }
        }
    }
}

fn minute(at: Timestamp) -> i64 {
    at.as_second().div_euclid(60)
}

/// The first minute of the hour that a minute lies in.
fn hour(minute: i64) -> i64 {
    minute.div_euclid(60) * 60
}

/// Minutes are kept apart for this long.
const FINE_MIN: i64 = 25 * 60;
/// Anything is kept for this long: a calendar month that began up to 31 days before the last.
const KEPT_MIN: i64 = 62 * 24 * 60;
