//! How the numbers that we show fare: answers, short calls, blocks, and calls spent of a day.
//!
//! ```text
//!   dialled ─▶ today + 1          Well ──answers fall, or blocks──▶ Fallen | Blocked
//!   ended   ─▶ lately, usually      ▲──────── half-way back ────────────┘
//! ```
//! A number that networks take for a nuisance is answered less and less and then blocked (607, 608
//! and "603+", INTEROP 64). It is seen by comparing its last hundred calls with its last thousands,
//! so a poor list alarms no number that always dialled it. What the network or we failed ourselves
//! says nothing of a number and is left out. Bounded to [`CLIS_MAX`] numbers.

use crate::outcomes::Outcome;
use crate::pacer::whole;
use jiff::civil::Date;
use routing::Number;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// The numbers that are shown, and how each fares.
#[derive(Clone, Debug, Default)]
pub struct CliHealth {
    of: BTreeMap<Number, Record>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Record {
    day: Option<Date>,
    today: u32,
    lately: Share,
    usually: Share,
    trouble: Option<Trouble>,
}

/// What a restart knows of a number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Past {
    /// Calls that showed it today.
    pub today: u32,
    /// Calls of the last weeks that came to an end which says something.
    pub calls: u32,
    /// Of them, those that were answered.
    pub answered: u32,
    /// Of those, the ones shorter than [`SHORT`].
    pub short: u32,
    /// Calls that a network blocked.
    pub blocked: u32,
}

impl CliHealth {
    /// Takes what was known of a number before a restart.
    pub fn restore(&mut self, number: Number, today: Date, past: Past) {
        if let Some(record) = self.record(number) {
            (record.day, record.today) = (Some(today), past.today);
            let share = |count: u32| f64::from(count) / f64::from(past.calls.max(1));
            let calls = f64::from(past.calls).min(USUALLY);
            record.usually = Share {
                calls,
                answered: share(past.answered) * calls,
                short: share(past.short) * calls,
                blocked: share(past.blocked) * calls,
            };
        }
    }

    /// A call shows this number.
    pub fn dialled(&mut self, number: Number, today: Date) {
        if let Some(record) = self.record(number) {
            record.begin(today);
            record.today = record.today.saturating_add(1);
        }
    }

    /// Whether as many calls have shown it today as may.
    #[must_use]
    pub fn is_spent(&self, number: Number, today: Date, most: u32) -> bool {
        let record = self.of.get(&number).filter(|record| record.day == Some(today));
        record.is_some_and(|record| record.today >= most)
    }

    /// A call that showed it is over, after a talk of this length; tells a change for the worse.
    pub fn ended(&mut self, number: Number, outcome: Outcome, talk: Duration) -> Option<Trouble> {
        let answered = outcome.is_answered();
        let ours = matches!(
            outcome,
            Outcome::CarrierFailure
                | Outcome::Configuration
                | Outcome::Cancelled
                | Outcome::Interrupted
                | Outcome::BadNumber
                | Outcome::NoMedia
        );
        let record = self.record(number).filter(|_| !ours)?;
        let one = Share {
            calls: 1.0,
            answered: weight(answered),
            short: weight(answered && talk < SHORT),
            blocked: weight(outcome == Outcome::Blocked),
        };
        record.lately.add(one, LATELY);
        record.usually.add(one, USUALLY);
        let before = record.trouble;
        record.trouble = judge(record);
        record.trouble.filter(|trouble| before != Some(*trouble))
    }

    /// How a number fares.
    #[must_use]
    pub fn standing(&self, number: Number, today: Date) -> Standing {
        let record = self.of.get(&number).copied().unwrap_or_default();
        Standing {
            today: if record.day == Some(today) { record.today } else { 0 },
            lately: record.lately.into(),
            usually: record.usually.into(),
            trouble: record.trouble,
        }
    }

    fn record(&mut self, number: Number) -> Option<&mut Record> {
        if self.of.len() >= CLIS_MAX && !self.of.contains_key(&number) {
            return None;
        }
        Some(self.of.entry(number).or_default())
    }
}

impl Record {
    fn begin(&mut self, today: Date) {
        if self.day != Some(today) {
            (self.day, self.today) = (Some(today), 0);
        }
    }
}

/// Most numbers that are watched; what is shown beyond them is not.
pub const CLIS_MAX: usize = 10_000;

/// A conversation shorter than this was none: somebody heard who it was, or nobody.
pub const SHORT: Duration = Duration::from_secs(6);

fn weight(is: bool) -> f64 {
    if is { 1.0 } else { 0.0 }
}

/// Counts that forget.
#[derive(Clone, Copy, Debug, Default)]
struct Share {
    calls: f64,
    answered: f64,
    short: f64,
    blocked: f64,
}

impl Share {
    /// Adds a call; the memory holds `most` of them.
    fn add(&mut self, one: Self, most: f64) {
        let kept = if self.calls + 1.0 > most { (most - 1.0) / self.calls } else { 1.0 };
        self.calls = self.calls * kept + one.calls;
        self.answered = self.answered * kept + one.answered;
        self.short = self.short * kept + one.short;
        self.blocked = self.blocked * kept + one.blocked;
    }

    fn rate(&self, of: f64) -> f64 {
        if self.calls > 0.0 { of / self.calls } else { 0.0 }
    }
}

/// How many calls the two memories hold.
const LATELY: f64 = 100.0;
const USUALLY: f64 = 3_000.0;

/// What is wrong with a number, from its two memories.
fn judge(record: &Record) -> Option<Trouble> {
    let Record { lately, usually, trouble, .. } = record;
    let (now, then) = (lately.rate(lately.answered), usually.rate(usually.answered));
    let most = if *trouble == Some(Trouble::Blocked) { BLOCKS / 2.0 } else { BLOCKS };
    if lately.blocked >= most {
        return Some(Trouble::Blocked);
    }
    if *trouble == Some(Trouble::Fallen) {
        // Half-way back, or the alarm would come and go with every call.
        return trouble.filter(|_| now < then * f64::midpoint(FALL, 1.0));
    }
    let spread = (then * (1.0 - then) / lately.calls.max(1.0)).sqrt();
    let sure = lately.calls >= LATELY / 2.0 && usually.calls >= LATELY * 2.0;
    let fell = sure && now < then * FALL && now < then - 3.0 * spread;
    fell.then_some(Trouble::Fallen)
}

/// So many blocked calls among the last hundred are no accident.
const BLOCKS: f64 = 4.0;

/// To which part of its usual rate of answers a number has to fall.
const FALL: f64 = 0.6;

fn permille(rate: f64) -> u16 {
    u16::try_from(whole(rate * 1_000.0)).unwrap_or(u16::MAX)
}

/// What is wrong with a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    /// Far fewer people answer it than did.
    Fallen,
    /// Networks block it.
    Blocked,
}

impl Trouble {
    /// Every one, in order of declaration.
    pub const ALL: [Self; 2] = [Self::Fallen, Self::Blocked];
}

/// How a number fares, in whole numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Calls that have shown it today.
    pub today: u32,
    /// Its last hundred calls.
    pub lately: Rates,
    /// Its last thousands.
    pub usually: Rates,
    /// What is wrong with it.
    pub trouble: Option<Trouble>,
}

/// Shares of the calls that showed a number, in thousandths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rates {
    /// How many calls they are of.
    pub calls: u32,
    /// Answered.
    pub answered_permille: u16,
    /// Answered, and over within six seconds.
    pub short_permille: u16,
    /// Blocked by a network.
    pub blocked_permille: u16,
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = |permille: u16| f64::from(permille) / 10.0;
        let Rates { calls, answered_permille, blocked_permille, .. } = self.lately;
        write!(f, "of its last {calls} calls {:.1} % were answered", percent(answered_permille))?;
        write!(f, " ({:.1} % usually are) and ", percent(self.usually.answered_permille))?;
        write!(f, "{:.1} % blocked", percent(blocked_permille))
    }
}

impl From<Share> for Rates {
    fn from(share: Share) -> Self {
        Self {
            calls: whole(share.calls),
            answered_permille: permille(share.rate(share.answered)),
            short_permille: permille(share.rate(share.short)),
            blocked_permille: permille(share.rate(share.blocked)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TALK: Duration = Duration::from_secs(90);

    fn number() -> Number {
        "+12025550199".parse().unwrap()
    }

    fn day(day: i8) -> Date {
        jiff::civil::date(2026, 11, day)
    }

    /// So many calls, of which one in `one_in` is answered; the troubles told on the way.
    fn calls(health: &mut CliHealth, count: u32, one_in: u32) -> Vec<Trouble> {
        let outcome =
            |n: u32| if n.is_multiple_of(one_in) { Outcome::Connected } else { Outcome::NoAnswer };
        (0..count).filter_map(|n| health.ended(number(), outcome(n), TALK)).collect()
    }

    /// Issue 6: an alarm on a fall, told once, and gone when the number is well again.
    #[test]
    fn a_number_that_is_answered_half_as_often_is_told_once() {
        let mut health = CliHealth::default();
        assert_eq!(calls(&mut health, 2_000, 3), []);
        let told = calls(&mut health, 200, 9);
        assert_eq!(told, [Trouble::Fallen]);
        let standing = health.standing(number(), day(1));
        assert_eq!(standing.trouble, Some(Trouble::Fallen));
        let sentence = standing.to_string();
        assert!(sentence.starts_with("of its last 100 calls 1"), "{sentence}");
        assert!(sentence.ends_with("% usually are) and 0.0 % blocked"), "{sentence}");
        assert_eq!(calls(&mut health, 300, 3), []);
        assert_eq!(health.standing(number(), day(1)).trouble, None);
    }

    /// A list that nobody answers alarms no number that never was answered more.
    #[test]
    fn a_poor_list_is_no_fall() {
        let mut health = CliHealth::default();
        assert_eq!(calls(&mut health, 5_000, 20), []);
    }

    /// 607, 608 and 603+ (INTEROP 64): four of a hundred; what we failed ourselves is left out.
    #[test]
    fn blocks_are_told_and_our_own_failures_are_not() {
        let mut health = CliHealth::default();
        calls(&mut health, 90, 3);
        for _ in 0..50 {
            assert_eq!(health.ended(number(), Outcome::CarrierFailure, Duration::ZERO), None);
        }
        let mut blocked = || health.ended(number(), Outcome::Blocked, Duration::ZERO);
        assert_eq!([blocked(), blocked(), blocked()], [None; 3]);
        assert_eq!(blocked(), Some(Trouble::Blocked));
        assert_eq!(blocked(), None, "told once");
        let lately = health.standing(number(), day(1)).lately;
        assert_eq!((lately.calls, lately.blocked_permille), (95, 53));
    }

    #[test]
    fn the_calls_of_a_day_are_counted_by_the_day() {
        let mut health = CliHealth::default();
        for _ in 0..3 {
            assert!(!health.is_spent(number(), day(1), 3));
            health.dialled(number(), day(1));
        }
        assert!(health.is_spent(number(), day(1), 3));
        assert!(!health.is_spent(number(), day(2), 3));
        health.dialled(number(), day(2));
        assert_eq!(health.standing(number(), day(2)).today, 1);
    }

    /// A restart forgets neither the day's calls nor what is usual.
    #[test]
    fn a_restart_knows_the_day_and_the_usual() {
        let mut health = CliHealth::default();
        let past = Past { today: 40, calls: 9_000, answered: 3_000, short: 90, blocked: 0 };
        health.restore(number(), day(1), past);
        let standing = health.standing(number(), day(1));
        assert_eq!((standing.today, standing.usually.calls), (40, 3_000));
        let usually = standing.usually;
        assert_eq!((usually.answered_permille, usually.short_permille), (333, 10));
        assert_eq!(calls(&mut health, 100, 10).len(), 1, "a fall is seen at once");
    }

    #[test]
    fn a_talk_of_less_than_six_seconds_is_short() {
        let mut health = CliHealth::default();
        for talk in [0, 5_999, 6_000, 60_000].map(Duration::from_millis) {
            health.ended(number(), Outcome::Connected, talk);
        }
        assert_eq!(health.standing(number(), day(1)).lately.short_permille, 500);
    }
}
