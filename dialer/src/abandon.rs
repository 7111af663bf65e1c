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
use std::time::Duration;

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

    /// Its formula's sum.
    #[must_use]
    pub fn sum(&self, counts: Counts) -> Sum {
        match self.formula {
            Formula::Us => us_sum(counts),
            Formula::Uk { amd_false_positives } => uk_sum(counts, amd_false_positives),
        }
    }

    /// How long it is until the local midnight, when the day's window begins anew.
    #[must_use]
    pub fn day_left(&self, now: Timestamp) -> Duration {
        let end = self.clock().and_then(|zone| {
            let tomorrow = zone.local(now).date().tomorrow().ok()?;
            Some(zone.midnight(tomorrow))
        });
        let left = end.map(|end| end.duration_since(now));
        left.and_then(|left| Duration::try_from(left).ok()).unwrap_or_default()
    }

    fn clock(&self) -> Option<Zone> {
        Zone::named(&self.zone).or_else(|| Zone::named("UTC"))
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
    /// [`us_sum`]; Canada's is the same sum over another period.
    Us,
    /// [`uk_sum`].
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

/// The US sum: abandoned calls in calls that a person answered.
///
/// 16 CFR 310.4(b)(4)(i). Whoever hung up before meeting anybody is in neither number, because
/// nobody knows whether it was a person.
#[must_use]
pub fn us_sum(counts: Counts) -> Sum {
    let abandoned = f64::from(counts.abandoned);
    Sum { abandoned, people: abandoned + f64::from(counts.connected), charged: 0.0 }
}

/// The UK sum, Ofcom's abandoned call rate.
///
/// With a detector, people it took for machines are abandoned calls too. Without one, some of the
/// abandoned calls met machines; how many is estimated from what agents met, and deducted. Either
/// way the sum is abandoned ÷ (abandoned + live calls passed to agents).
#[must_use]
pub fn uk_sum(counts: Counts, amd_false_positives: Option<u16>) -> Sum {
    let dropped = f64::from(counts.abandoned);
    let met = f64::from(counts.connected);
    let met_people = met - f64::from(counts.machines_met.min(counts.connected));
    let charged = amd_false_positives
        .map_or(0.0, |per_thousand| f64::from(counts.machines) * f64::from(per_thousand) / 1_000.0);
    let dropped = match amd_false_positives {
        None if met > 0.0 => dropped * met_people / met,
        _ => dropped,
    };
    let abandoned = dropped + charged;
    Sum { abandoned, people: abandoned + met_people, charged }
}

/// What a rate is the quotient of.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sum {
    /// People who were abandoned.
    pub abandoned: f64,
    /// People who answered, the abandoned among them.
    pub people: f64,
    /// Of the abandoned, people whom a detector took for machines: no pacing spares them.
    pub charged: f64,
}

impl Sum {
    /// The rate, 0..1; none before the first answer.
    #[must_use]
    pub fn rate(self) -> Option<f64> {
        (self.people > 0.0).then(|| self.abandoned / self.people)
    }

    /// How many more were abandoned than `cap`, a share, allows.
    pub(crate) fn excess(self, cap: f64) -> f64 {
        self.abandoned - cap * self.people
    }
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
/// Minutes of the last 25 h, and hours of the 62 days before; at most about 3,000 entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AbandonLedger {
    /// By the minute, since the epoch, in which a stretch begins.
    stretches: BTreeMap<i64, Counts>,
    /// Stretches before this minute, the first of its hour, are hours.
    fine_from: i64,
}

impl AbandonLedger {
    /// Counts what ended at `at`, in any order: now, or in the past while it is being restored.
    pub fn add(&mut self, at: Timestamp, counts: Counts) {
        if counts.is_zero() {
            return;
        }
        let stretch = if minute(at) < self.fine_from { hour(minute(at)) } else { minute(at) };
        *self.stretches.entry(stretch).or_default() += counts;
        let newest = self.stretches.last_key_value().map_or(0, |(minute, _)| *minute);
        self.join_before(hour(newest - FINE_MIN));
        self.stretches = std::mem::take(&mut self.stretches).split_off(&hour(newest - KEPT_MIN));
    }

    /// What ended from `from` on; the stretch that `from` lies in counts whole.
    #[must_use]
    pub fn since(&self, from: Timestamp) -> Counts {
        let from = minute(from);
        let from = if from < self.fine_from { hour(from) } else { from };
        let mut total = Counts::default();
        for counts in self.stretches.range(from..).map(|(_, counts)| counts) {
            total += *counts;
        }
        total
    }

    /// The rate by a policy's formula over its period; none before anybody answered.
    #[must_use]
    pub fn rate(&self, now: Timestamp, policy: &AbandonPolicy) -> Option<f64> {
        let counts = self.since(policy.over.start(now, &policy.clock()?));
        policy.sum(counts).rate()
    }

    /// The same without any estimate: what was dropped, of what was dropped or met an agent.
    #[must_use]
    pub fn plain_rate(&self, now: Timestamp, policy: &AbandonPolicy) -> Option<f64> {
        us_sum(self.since(policy.over.start(now, &policy.clock()?))).rate()
    }

    /// The sum of the window that is closest to its cap: the policy's period or the local day,
    /// with `live` calls that are not in the ledger yet. So no day goes over what a month may.
    #[must_use]
    pub fn tightest(&self, now: Timestamp, policy: &AbandonPolicy, live: Counts, cap: f64) -> Sum {
        let Some(zone) = policy.clock() else { return Sum::default() };
        let of = |period: Period| {
            let mut counts = self.since(period.start(now, &zone));
            counts += live;
            policy.sum(counts)
        };
        let (period, day) = (of(policy.over), of(Period::Day));
        if period.excess(cap) > day.excess(cap) { period } else { day }
    }

    /// The stretches, by when each begins: what a restart restores with [`Self::add`].
    pub fn stretches(&self) -> impl Iterator<Item = (Timestamp, Counts)> + '_ {
        let at = |minute: i64| Timestamp::from_second(minute.saturating_mul(60));
        self.stretches.iter().filter_map(move |(minute, counts)| Some((at(*minute).ok()?, *counts)))
    }

    /// Joins minutes before `horizon`, the first of an hour, into their hours.
    fn join_before(&mut self, horizon: i64) {
        if horizon <= self.fine_from {
            return;
        }
        let fine: Vec<i64> =
            self.stretches.range(self.fine_from..horizon).map(|(minute, _)| *minute).collect();
        for minute in fine {
            if let Some(counts) = self.stretches.remove(&minute) {
                *self.stretches.entry(hour(minute)).or_default() += counts;
            }
        }
        self.fine_from = horizon;
    }
}

impl Default for AbandonLedger {
    fn default() -> Self {
        Self { stretches: BTreeMap::new(), fine_from: i64::MIN }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::at;
    use proptest::prelude::*;

    fn counts(connected: u32, machines_met: u32, abandoned: u32, machines: u32) -> Counts {
        Counts { connected, machines_met, abandoned, machines }
    }

    fn percent(rate: Option<f64>) -> String {
        rate.map_or("none".to_owned(), |rate| format!("{:.2} %", rate * 100.0))
    }

    /// RULES UK-2, the industry's own vector: 29 drops while agents met 9 people and 7 machines.
    #[test]
    fn without_a_detector_the_uk_deducts_the_drops_that_met_machines() {
        // 29 × 9/16 = 16.3125 of the drops met people; 16.3125 / (16.3125 + 9) = 64.44 %.
        assert_eq!(percent(uk_sum(counts(16, 7, 29, 0), None).rate()), "64.44 %");
        assert_eq!(percent(uk_sum(counts(100, 0, 3, 0), None).rate()), "2.91 %");
        assert_eq!(percent(uk_sum(counts(0, 0, 3, 0), None).rate()), "100.00 %");
        assert_eq!(percent(uk_sum(counts(5, 5, 3, 0), None).rate()), "none");
    }

    /// RULES UK-2: with a detector, the people it took for machines count as abandoned.
    #[test]
    fn with_a_detector_the_uk_charges_its_false_positives() {
        // 20 ‰ of 500 verdicts were people: (2 + 10) / (2 + 10 + 400).
        assert_eq!(percent(uk_sum(counts(400, 0, 2, 500), Some(20)).rate()), "2.91 %");
        assert_eq!(percent(uk_sum(counts(400, 0, 2, 500), Some(0)).rate()), "0.50 %");
    }

    /// 16 CFR 310.4(b)(4)(i): 3 % of all calls answered by a person.
    #[test]
    fn the_us_counts_abandoned_in_all_calls_that_a_person_answered() {
        assert_eq!(percent(us_sum(counts(97, 0, 3, 1_000)).rate()), "3.00 %");
        assert_eq!(percent(us_sum(counts(97, 50, 3, 0)).rate()), "3.00 %");
        assert_eq!(percent(us_sum(Counts::default()).rate()), "none");
    }

    /// Every outcome is in one column or none, whoever adds it up.
    #[test]
    fn an_outcome_adds_to_one_column_at_most() {
        for outcome in Outcome::ALL {
            let Counts { connected, machines_met, abandoned, machines } = Counts::of(outcome);
            let expected = match outcome {
                Outcome::Connected => (1, 0, 0, 0),
                Outcome::Abandoned => (0, 0, 1, 0),
                Outcome::Machine => (0, 0, 0, 1),
                _ => (0, 0, 0, 0),
            };
            assert_eq!((connected, machines_met, abandoned, machines), expected, "{outcome}");
        }
    }

    /// Each period begins where its regulator says, in the zone of the policy.
    #[test]
    fn a_rate_is_taken_over_its_period() {
        let mut ledger = AbandonLedger::default();
        let abandoned = Counts::of(Outcome::Abandoned);
        for when in [
            "2026-02-25T12:00:00Z",
            "2026-03-01T04:30:00Z", // 28 February in Toronto
            "2026-03-01T05:30:00Z", // 1 March there
            "2026-03-14T15:00:00Z",
            "2026-03-15T03:59:00Z", // the 14th in Toronto
            "2026-03-15T04:00:00Z", // midnight there
        ] {
            ledger.add(at(when), abandoned);
        }
        let now = at("2026-03-15T14:00:00Z");
        ledger.add(now, Counts::of(Outcome::Connected));
        let rate = |over| {
            let policy = AbandonPolicy { over, ..AbandonPolicy::ca() };
            percent(ledger.rate(now, &policy))
        };
        assert_eq!(rate(Period::Day), percent(us_sum(counts(1, 0, 1, 0)).rate()));
        assert_eq!(rate(Period::Hours24), percent(us_sum(counts(1, 0, 3, 0)).rate()));
        assert_eq!(rate(Period::CalendarMonth), percent(us_sum(counts(1, 0, 4, 0)).rate()));
        assert_eq!(rate(Period::Days30), percent(us_sum(counts(1, 0, 6, 0)).rate()));
    }

    #[test]
    fn what_is_two_months_old_is_forgotten() {
        let mut ledger = AbandonLedger::default();
        ledger.add(at("2026-01-01T00:00:00Z"), counts(1, 0, 0, 0));
        ledger.add(at("2026-03-05T00:00:00Z"), counts(2, 0, 0, 0));
        assert_eq!(ledger.since(Timestamp::MIN), counts(2, 0, 0, 0));
    }

    proptest! {
        /// The ledger against a plain list, for any order of arrival: minutes within the last
        /// day, whole hours before it.
        #[test]
        fn the_ledger_agrees_with_a_plain_list(
            events in prop::collection::vec((0_i64..60 * 1_440, 0_u32..3, 0_u32..3), 1..200),
            back in 0_i64..60 * 1_440,
        ) {
            let start = at("2026-01-01T00:00:00Z");
            let when = |minute: i64| start + SignedDuration::from_mins(minute);
            let mut ledger = AbandonLedger::default();
            for (minute, connected, abandoned) in &events {
                ledger.add(when(*minute), counts(*connected, 0, *abandoned, 0));
            }
            let newest = events.iter().filter(|(_, c, a)| c + a > 0).map(|(m, ..)| *m).max();
            let newest = newest.unwrap_or(0);
            let fine_from = (newest - 25 * 60).div_euclid(60) * 60;
            let from = if back < fine_from { back.div_euclid(60) * 60 } else { back };
            let mut expected = Counts::default();
            for (minute, connected, abandoned) in &events {
                if *minute >= from {
                    expected += counts(*connected, 0, *abandoned, 0);
                }
            }
            prop_assert_eq!(ledger.since(when(back)), expected);
            prop_assert!(ledger.stretches.len() <= 25 * 60 + 62 * 24 + 60);
            let mut restored = AbandonLedger::default();
            for (at, counts) in ledger.stretches() {
                restored.add(at, counts);
            }
            prop_assert_eq!(restored, ledger);
        }
    }
}
