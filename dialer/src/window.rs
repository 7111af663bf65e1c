//! Calling windows: the hours in which a person may be rung, in their own time (RULES US-6, CA,
//! AU), exact across daylight saving.
//!
//! A window is a set of local days and hours. A moment is legal when it lies inside in *every*
//! zone the person may be in. [`CallingWindow::is_open`] is the only rule; `next_opening` looks
//! for the first moment at which that rule holds, and can disagree with it nowhere:
//!
//! ```text
//!   a zone opens only at a local `from`, or where its offset changes
//!   next_opening: leap to the latest "next open" of all zones until none has to move
//! ```

use crate::campaigns::Deployment;
use crate::zones::Zone;
use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::{Timestamp, ToSpan};
use routing::Invalid;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// When people may be called, in their own time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallingWindow {
    /// The rule it came from, as evidence shows it.
    pub profile: WindowProfile,
    /// The hours; a moment inside any of them is inside the window. At most [`MAX_HOURS`].
    pub hours: Vec<Hours>,
    /// Hours that replace `hours` in one region, by its code: `US-FL`, `GB`.
    #[serde(default)]
    pub regions: BTreeMap<String, Vec<Hours>>,
    /// Local dates on which nobody is called.
    #[serde(default)]
    pub closed_on: BTreeSet<Date>,
}

impl CallingWindow {
    /// Every day 08:00–21:00, the US rule (16 CFR 310.4(c)); Florida and Oklahoma until 20:00.
    #[must_use]
    pub fn us() -> Self {
        let until_eight = vec![Hours::new(Days::ALL, 8, 0, 20, 0)];
        let regions = ["US-FL", "US-OK"].map(|code| (code.to_owned(), until_eight.clone()));
        Self {
            regions: regions.into(),
            ..Self::of(WindowProfile::Us, vec![Hours::new(Days::ALL, 8, 0, 21, 0)])
        }
    }

    /// Monday to Friday 08:00–21:00, weekends 09:00–20:00: what the UK's industry holds to.
    #[must_use]
    pub fn uk() -> Self {
        let hours =
            vec![Hours::new(Days::WEEKDAYS, 8, 0, 21, 0), Hours::new(Days::WEEKEND, 9, 0, 20, 0)];
        Self::of(WindowProfile::Uk, hours)
    }

    /// Monday to Friday 09:00–21:30, weekends 10:00–18:00, the Canadian rule.
    #[must_use]
    pub fn ca() -> Self {
        let hours =
            vec![Hours::new(Days::WEEKDAYS, 9, 0, 21, 30), Hours::new(Days::WEEKEND, 10, 0, 18, 0)];
        Self::of(WindowProfile::Ca, hours)
    }

    /// Monday to Friday 09:00–20:00, Saturday 09:00–17:00, the Australian rule.
    #[must_use]
    pub fn au() -> Self {
        let saturday = Days::of(&[Weekday::Saturday]);
        let hours =
            vec![Hours::new(Days::WEEKDAYS, 9, 0, 20, 0), Hours::new(saturday, 9, 0, 17, 0)];
        Self::of(WindowProfile::Au, hours)
    }

    /// No window at all: for simulated customers only.
    #[must_use]
    pub fn always() -> Self {
        Self::of(WindowProfile::Always, Vec::new())
    }

    fn of(profile: WindowProfile, hours: Vec<Hours>) -> Self {
        Self { profile, hours, regions: BTreeMap::new(), closed_on: BTreeSet::new() }
    }

    /// Whether a person in `region` may be called now, wherever in `zones` they are.
    ///
    /// No zone at all means that nobody knows their time: never, unless the profile is "always".
    #[must_use]
    pub fn is_open(&self, now: Timestamp, zones: &[Zone], region: Option<&str>) -> bool {
        self.profile == WindowProfile::Always
            || (!zones.is_empty() && zones.iter().all(|zone| self.is_open_in(now, zone, region)))
    }

    /// The first moment from `now` on at which [`Self::is_open`]; none within a year.
    #[must_use]
    pub fn next_opening(
        &self,
        now: Timestamp,
        zones: &[Zone],
        region: Option<&str>,
    ) -> Option<Timestamp> {
        if self.profile == WindowProfile::Always {
            return Some(now);
        }
        if zones.is_empty() {
            return None;
        }
        let horizon = now.checked_add((HORIZON_DAYS * 24).hours()).ok()?;
        let mut at = now;
        loop {
            let mut latest = at;
            for zone in zones {
                latest = latest.max(self.next_opening_in(at, zone, region, horizon)?);
            }
            if latest == at {
                return Some(at);
            }
            at = latest;
        }
    }

    fn is_open_in(&self, now: Timestamp, zone: &Zone, region: Option<&str>) -> bool {
        let local = zone.local(now);
        !self.closed_on.contains(&local.date())
            && self.hours_in(region).iter().any(|hours| hours.contain(local))
    }

    /// The first moment in `from..=horizon` at which `zone` is open.
    fn next_opening_in(
        &self,
        from: Timestamp,
        zone: &Zone,
        region: Option<&str>,
        horizon: Timestamp,
    ) -> Option<Timestamp> {
        if self.is_open_in(from, zone, region) {
            return Some(from);
        }
        // A day earlier, and a day beyond the first find: where clocks go back over midnight, a
        // later date can hold the earlier moment.
        let mut date = zone.local(from).date().yesterday().ok()?;
        let mut earliest: Option<Timestamp> = None;
        loop {
            let openings = self.candidates(date, zone, region);
            let opening = openings
                .into_iter()
                .filter(|at| (from..=horizon).contains(at) && self.is_open_in(*at, zone, region))
                .min();
            if earliest.is_some() {
                return earliest.into_iter().chain(opening).min();
            }
            earliest = opening;
            if zone.instants_of(date.to_datetime(Time::midnight()))[0] > horizon {
                return earliest;
            }
            date = date.tomorrow().ok()?;
        }
    }

    /// Every moment of one local date at which the zone could turn from closed to open.
    fn candidates(&self, date: Date, zone: &Zone, region: Option<&str>) -> Vec<Timestamp> {
        let froms = self.hours_in(region).iter().map(|hours| date.to_datetime(hours.from));
        let mut found: Vec<_> = froms.flat_map(|local| zone.instants_of(local)).collect();
        found.extend(zone.offset_changes(date));
        found
    }

    fn hours_in(&self, region: Option<&str>) -> &[Hours] {
        region.and_then(|code| self.regions.get(code)).unwrap_or(&self.hours)
    }

    pub(crate) fn validate(&self, deployment: Deployment, wrong: &mut Vec<Invalid>) {
        if self.profile == WindowProfile::Always {
            if deployment == Deployment::Live {
                let why = "must be us, uk, ca, au or custom: \"always\" is for simulated customers";
                wrong.push(Invalid::new("window.profile", why));
            }
            return;
        }
        Hours::validate(&self.hours, "window.hours", wrong);
        for (code, hours) in &self.regions {
            Hours::validate(hours, &format!("window.regions.{code}"), wrong);
        }
        if self.closed_on.len() > MAX_CLOSED_DATES {
            let why = format!("must be at most {MAX_CLOSED_DATES} dates");
            wrong.push(Invalid::new("window.closed_on", why));
        }
    }
}

/// How far ahead an opening is looked for.
const HORIZON_DAYS: i64 = 366;
/// Most rows of hours in a window or in one of its regions.
pub const MAX_HOURS: usize = 21;
const MAX_CLOSED_DATES: usize = 400;

impl Default for CallingWindow {
    fn default() -> Self {
        Self::us()
    }
}

/// The rule that a window came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WindowProfile {
    /// United States.
    Us,
    /// United Kingdom.
    Uk,
    /// Canada.
    Ca,
    /// Australia.
    Au,
    /// The organisation's own.
    Custom,
    /// No limit: for a demonstration or a test, never for people.
    Always,
}

/// One stretch of local time on certain days: `from` ≤ local time < `to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hours {
    /// The days it holds on.
    pub days: Days,
    /// The first moment inside.
    pub from: Time,
    /// The first moment after it; `00:00:00` is the end of the day.
    pub to: Time,
}

impl Hours {
    /// Hours of whole minutes; a part that is out of its range counts as midnight.
    #[must_use]
    pub fn new(days: Days, from_h: i8, from_min: i8, to_h: i8, to_min: i8) -> Self {
        let time = |h, min| Time::new(h, min, 0, 0).unwrap_or(Time::midnight());
        Self { days, from: time(from_h, from_min), to: time(to_h, to_min) }
    }

    fn contain(&self, local: DateTime) -> bool {
        let before_end = self.to == Time::midnight() || local.time() < self.to;
        self.days.contain(local.weekday()) && self.from <= local.time() && before_end
    }

    fn validate(rows: &[Self], field: &str, wrong: &mut Vec<Invalid>) {
        if rows.is_empty() || rows.len() > MAX_HOURS {
            wrong.push(Invalid::new(
                field.to_owned(),
                format!("must be 1 to {MAX_HOURS} rows of hours"),
            ));
        }
        for (index, row) in rows.iter().enumerate() {
            if row.to != Time::midnight() && row.to <= row.from {
                let why = "must be later than `from`, or 00:00:00 for the end of the day";
                wrong.push(Invalid::new(format!("{field}[{index}].to"), why));
            }
            if row.days.is_empty() {
                wrong.push(Invalid::new(
                    format!("{field}[{index}].days"),
                    "must name at least one day",
                ));
            }
        }
    }
}

/// A set of weekdays; in JSON a list such as `["mon", "tue"]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct Days(u8);

impl Days {
    /// Every day.
    pub const ALL: Self = Self(0b111_1111);
    /// Monday to Friday.
    pub const WEEKDAYS: Self = Self(0b001_1111);
    /// Saturday and Sunday.
    pub const WEEKEND: Self = Self(0b110_0000);

    /// These days and no others.
    #[must_use]
    pub fn of(days: &[Weekday]) -> Self {
        Self(days.iter().fold(0, |bits, day| bits | 1 << day.to_monday_zero_offset()))
    }

    /// Whether `day` is one of them.
    #[must_use]
    pub fn contain(self, day: Weekday) -> bool {
        self.0 & (1 << day.to_monday_zero_offset()) != 0
    }

    /// Whether it is no day at all.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

const DAY_NAMES: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

impl TryFrom<Vec<String>> for Days {
    type Error = Invalid;

    fn try_from(names: Vec<String>) -> Result<Self, Self::Error> {
        names.iter().try_fold(Self(0), |days, name| {
            let index = DAY_NAMES.iter().position(|known| known == name);
            let index = index.ok_or_else(|| {
                Invalid::new(
                    "days",
                    format!("must be among {}, not {name:?}", DAY_NAMES.join(", ")),
                )
            })?;
            Ok(Self(days.0 | 1 << index))
        })
    }
}

impl From<Days> for Vec<String> {
    fn from(days: Days) -> Self {
        let named = DAY_NAMES.iter().enumerate().filter(|(index, _)| days.0 & (1 << index) != 0);
        named.map(|(_, name)| (*name).to_owned()).collect()
    }
}
