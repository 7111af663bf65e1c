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

mod stretches;

pub use routing::hours::{Days, Hours, MAX_HOURS};
pub use stretches::open_stretches;

use crate::campaigns::Deployment;
use crate::zones::{Whereabouts, Zone, is_region};
use jiff::civil::{Date, Time, Weekday};
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
    /// Hours that replace `hours` in one region, by its code: `US-FL`; `US` for the rest of it.
    #[serde(default)]
    pub regions: BTreeMap<String, Vec<Hours>>,
    /// Local dates on which nobody is called.
    #[serde(default)]
    pub closed_on: BTreeSet<Date>,
    /// Local dates on which nobody is called in one region, by its code: `US-MA`; those of `US`
    /// count in its parts as well.
    #[serde(default)]
    pub holidays: BTreeMap<String, BTreeSet<Date>>,
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
        Self {
            profile,
            hours,
            regions: BTreeMap::new(),
            closed_on: BTreeSet::new(),
            holidays: BTreeMap::new(),
        }
    }

    /// Monday to Friday 08:00–20:00, Saturday 09:00–18:00: what consented calls keep to in Germany.
    #[must_use]
    pub fn de() -> Self {
        let saturday = Days::of(&[Weekday::Saturday]);
        let hours =
            vec![Hours::new(Days::WEEKDAYS, 8, 0, 20, 0), Hours::new(saturday, 9, 0, 18, 0)];
        Self::of(WindowProfile::De, hours)
    }

    /// Whether a person may be called now, wherever in `zones` and `regions` they are.
    ///
    /// No zone at all means that nobody knows their time: never, unless the profile is "always".
    #[must_use]
    pub fn is_open(&self, now: Timestamp, zones: &[Zone], regions: &[&str]) -> bool {
        let open_in = |zone| or_unknown(regions).all(|region| self.is_open_in(now, zone, region));
        self.profile == WindowProfile::Always || (!zones.is_empty() && zones.iter().all(open_in))
    }

    /// The first moment from `now` on at which [`Self::is_open`]; none within a year.
    #[must_use]
    pub fn next_opening(
        &self,
        now: Timestamp,
        zones: &[Zone],
        regions: &[&str],
    ) -> Option<Timestamp> {
        next_opening(&[self], now, zones, regions)
    }

    fn is_open_in(&self, now: Timestamp, zone: &Zone, region: Option<&str>) -> bool {
        let local = zone.local(now);
        !self.is_closed_on(local.date(), region)
            && self.hours_in(region).iter().any(|hours| hours.contain(local))
    }

    fn is_closed_on(&self, date: Date, region: Option<&str>) -> bool {
        let kept = |code| self.holidays.get(code).is_some_and(|dates| dates.contains(&date));
        self.closed_on.contains(&date) || codes_of(region).any(kept)
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
        codes_of(region).find_map(|code| self.regions.get(code)).unwrap_or(&self.hours)
    }

    /// Names every field that is out of its range, `of` first.
    pub(crate) fn validate(&self, of: &str, deployment: Deployment, wrong: &mut Vec<Invalid>) {
        if self.profile == WindowProfile::Always {
            if deployment == Deployment::Live {
                let why =
                    "must be us, uk, ca, au, de or custom: \"always\" is for simulated customers";
                wrong.push(Invalid::new(format!("{of}.profile"), why));
            }
            return;
        }
        Hours::validate(&self.hours, &format!("{of}.hours"), wrong);
        // A code that no number and no address has would be a rule that never holds.
        let codes = self.regions.keys().map(|code| ("regions", code));
        for (part, code) in codes.chain(self.holidays.keys().map(|code| ("holidays", code))) {
            if !is_region(code) {
                let why = "must be the ISO 3166 code of a region that numbers show, \
                           such as GB or US-FL";
                wrong.push(Invalid::new(format!("{of}.{part}.{code}"), why));
            }
        }
        for (code, hours) in &self.regions {
            Hours::validate(hours, &format!("{of}.regions.{code}"), wrong);
        }
        let days = self.closed_on.len() + self.holidays.values().map(BTreeSet::len).sum::<usize>();
        if days > MAX_CLOSED_DATES {
            let why = format!("must be at most {MAX_CLOSED_DATES} dates, those of holidays too");
            wrong.push(Invalid::new(format!("{of}.closed_on"), why));
        }
    }
}

/// Whether every one of these windows is open to somebody at these whereabouts.
#[must_use]
pub fn are_open(windows: &[&CallingWindow], now: Timestamp, who: &Whereabouts) -> bool {
    let regions: Vec<&str> = who.regions.iter().map(String::as_str).collect();
    let Some(zones) = &who.zones else { return false };
    windows.iter().all(|window| window.is_open(now, zones, &regions))
}

/// The first moment from `now` on at which every one of these windows is open; none within a year.
#[must_use]
pub fn next_opening(
    windows: &[&CallingWindow],
    now: Timestamp,
    zones: &[Zone],
    regions: &[&str],
) -> Option<Timestamp> {
    let bound = windows.iter().filter(|window| window.profile != WindowProfile::Always);
    let bound: Vec<_> = bound.collect();
    if bound.is_empty() {
        return Some(now);
    }
    if zones.is_empty() {
        return None;
    }
    let horizon = now.checked_add((HORIZON_DAYS * 24).hours()).ok()?;
    let mut at = now;
    loop {
        let mut latest = at;
        for (window, zone) in bound.iter().flat_map(|window| zones.iter().map(move |z| (window, z)))
        {
            for region in or_unknown(regions) {
                latest = latest.max(window.next_opening_in(at, zone, region, horizon)?);
            }
        }
        if latest == at {
            return Some(at);
        }
        at = latest;
    }
}

/// The regions, or one that nobody knows: its hours are the window's own.
fn or_unknown<'a>(regions: &'a [&'a str]) -> impl Iterator<Item = Option<&'a str>> {
    let unknown = regions.is_empty().then_some(None);
    regions.iter().map(|region| Some(*region)).chain(unknown)
}

/// `US-FL`, then `US`.
fn codes_of(region: Option<&str>) -> impl Iterator<Item = &str> {
    let country = region.and_then(|code| code.split_once('-')).map(|(country, _)| country);
    [region, country].into_iter().flatten()
}

/// How far ahead an opening is looked for.
const HORIZON_DAYS: i64 = 366;
/// Most dates that are closed, in all regions together.
const MAX_CLOSED_DATES: usize = 2_000;

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
    /// Germany.
    De,
    /// The organisation's own.
    Custom,
    /// No limit: for a demonstration or a test, never for people.
    Always,
}

#[cfg(test)]
mod tests;
