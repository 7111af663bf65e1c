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
    /// Hours that replace `hours` in one region, by its code: `US-FL`; `US` for the rest of it.
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
        let country = region.and_then(|code| code.split('-').next());
        let mut codes = [region, country].into_iter().flatten();
        codes.find_map(|code| self.regions.get(code)).unwrap_or(&self.hours)
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

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::SignedDuration;
    use proptest::prelude::*;

    fn zones(names: &[&str]) -> Vec<Zone> {
        names.iter().map(|name| Zone::named(name).unwrap()).collect()
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn daily(from_h: i8, from_min: i8, to_h: i8, to_min: i8) -> CallingWindow {
        let hours = vec![Hours::new(Days::ALL, from_h, from_min, to_h, to_min)];
        CallingWindow::of(WindowProfile::Custom, hours)
    }

    /// 16 CFR 310.4(c): from eight in the morning until, and not at, nine in the evening.
    #[test]
    fn a_window_holds_its_first_moment_and_not_its_last() {
        let (window, new_york) = (CallingWindow::us(), zones(&["America/New_York"]));
        let verdicts = [
            ("2026-01-15T12:59:59.999999Z", false),
            ("2026-01-15T13:00:00Z", true),
            ("2026-01-16T01:59:59.999999Z", true),
            ("2026-01-16T02:00:00Z", false),
        ];
        for (now, open) in verdicts {
            assert_eq!(window.is_open(at(now), &new_york, Some("US-NY")), open, "{now}");
        }
    }

    /// An area code over two zones: 08:00 in the western one until 21:00 in the eastern one.
    #[test]
    fn the_strictest_zone_counts() {
        let (window, both) =
            (CallingWindow::us(), zones(&["America/New_York", "America/Los_Angeles"]));
        assert!(!window.is_open(at("2026-01-15T15:59:59Z"), &both, None));
        assert!(window.is_open(at("2026-01-15T16:00:00Z"), &both, None));
        assert!(window.is_open(at("2026-01-16T01:59:59Z"), &both, None));
        assert!(!window.is_open(at("2026-01-16T02:00:00Z"), &both, None));
        let evening = window.next_opening(at("2026-01-16T02:00:00Z"), &both, None);
        assert_eq!(evening, Some(at("2026-01-16T16:00:00Z")));
    }

    /// RULES US-6: Florida closes an hour before its neighbours.
    #[test]
    fn a_region_replaces_the_hours_of_its_country() {
        let (mut window, eastern) = (CallingWindow::us(), zones(&["America/New_York"]));
        let half_past_eight = at("2026-01-16T01:30:00Z");
        assert!(window.is_open(half_past_eight, &eastern, Some("US-GA")));
        assert!(!window.is_open(half_past_eight, &eastern, Some("US-FL")));
        window.regions.insert("US".to_owned(), vec![Hours::new(Days::ALL, 8, 0, 12, 0)]);
        assert!(!window.is_open(half_past_eight, &eastern, Some("US-GA")));
        assert!(window.is_open(half_past_eight, &eastern, Some("CA-ON")));
    }

    #[test]
    fn nobody_is_called_who_lives_nowhere_known() {
        let now = at("2026-01-15T18:00:00Z");
        assert!(!CallingWindow::us().is_open(now, &[], None));
        assert_eq!(CallingWindow::us().next_opening(now, &[], None), None);
        assert!(CallingWindow::always().is_open(now, &[], None));
    }

    /// 8 March 2026, New York: clocks jump from 02:00 to 03:00, so a window from 02:30 opens at
    /// 03:00, which is 07:00 UTC.
    #[test]
    fn a_window_that_begins_in_the_hour_that_spring_skips_opens_at_its_end() {
        let opening = daily(2, 30, 4, 0).next_opening(
            at("2026-03-08T05:00:00Z"),
            &zones(&["America/New_York"]),
            None,
        );
        assert_eq!(opening, Some(at("2026-03-08T07:00:00Z")));
    }

    /// 1 November 2026, New York: 01:00 to 02:00 happens twice, so 00:30–01:30 is open twice.
    #[test]
    fn a_window_in_the_hour_that_autumn_repeats_opens_again() {
        let (window, new_york) = (daily(0, 30, 1, 30), zones(&["America/New_York"]));
        assert!(window.is_open(at("2026-11-01T05:29:59Z"), &new_york, None));
        let again = window.next_opening(at("2026-11-01T05:30:00Z"), &new_york, None);
        assert_eq!(again, Some(at("2026-11-01T06:00:00Z")));
        let tomorrow = window.next_opening(at("2026-11-01T06:30:00Z"), &new_york, None);
        assert_eq!(tomorrow, Some(at("2026-11-02T05:30:00Z")));
    }

    /// RULES CA and AU: Sundays, and dates that are closed, are leapt over.
    #[test]
    fn closed_days_are_leapt_over() {
        let (mut window, sydney) = (CallingWindow::au(), zones(&["Australia/Sydney"]));
        // Saturday 19:00 in Sydney; the next hours are Monday's, 09:00.
        let saturday = at("2026-08-08T09:00:00Z");
        let monday = at("2026-08-09T23:00:00Z");
        assert_eq!(window.next_opening(saturday, &sydney, None), Some(monday));
        window.closed_on.insert("2026-08-10".parse().unwrap());
        let tuesday = monday.checked_add(SignedDuration::from_hours(24)).unwrap();
        assert_eq!(window.next_opening(saturday, &sydney, None), Some(tuesday));
    }

    /// Two zones whose hours never meet have no opening, and the search for one ends.
    #[test]
    fn zones_that_never_agree_have_no_opening() {
        let apart = zones(&["Pacific/Auckland", "Europe/London"]);
        let mornings = daily(8, 0, 12, 0);
        assert_eq!(mornings.next_opening(at("2026-01-15T00:00:00Z"), &apart, None), None);
    }

    #[test]
    fn midnight_as_an_end_is_the_end_of_the_day() {
        let (window, utc) = (daily(20, 0, 0, 0), zones(&["Etc/UTC"]));
        assert!(window.is_open(at("2026-01-15T23:59:59Z"), &utc, None));
        assert!(!window.is_open(at("2026-01-16T00:00:00Z"), &utc, None));
    }

    #[test]
    fn a_wrong_window_names_its_fields() {
        let mut window = daily(9, 0, 9, 0);
        window.regions.insert("US-FL".to_owned(), vec![]);
        window.hours[0].days = Days::of(&[]);
        let mut wrong = Vec::new();
        window.validate(Deployment::Live, &mut wrong);
        let fields: Vec<_> = wrong.iter().map(|invalid| &*invalid.field).collect();
        assert_eq!(fields, ["window.hours[0].to", "window.hours[0].days", "window.regions.US-FL"]);
        wrong.clear();
        CallingWindow::always().validate(Deployment::Live, &mut wrong);
        assert_eq!(wrong[0].field, "window.profile");
        wrong.clear();
        CallingWindow::always().validate(Deployment::Demo, &mut wrong);
        assert_eq!(wrong, []);
    }

    #[test]
    fn days_travel_as_names_and_refuse_others() {
        let days = Days::of(&[Weekday::Monday, Weekday::Sunday]);
        assert_eq!(serde_json::to_string(&days).unwrap(), r#"["mon","sun"]"#);
        assert_eq!(serde_json::from_str::<Days>(r#"["mon","sun"]"#).unwrap(), days);
        let told = serde_json::from_str::<Days>(r#"["monday"]"#).unwrap_err().to_string();
        assert!(told.contains("mon, tue, wed, thu, fri, sat, sun, not \"monday\""), "{told}");
    }

    /// Zones with odd offsets, odd changes (Lord Howe: half an hour; Beirut and Havana: at
    /// midnight) and none.
    const ODD: [&str; 8] = [
        "America/New_York",
        "Australia/Lord_Howe",
        "Asia/Beirut",
        "America/Havana",
        "America/St_Johns",
        "Asia/Kathmandu",
        "Europe/London",
        "Africa/Casablanca",
    ];

    proptest! {
        /// The search agrees with asking the rule minute by minute for three days, around the
        /// changes of the clocks.
        #[test]
        fn the_next_opening_is_the_first_open_minute(
            one in 0..ODD.len(),
            two in 0..ODD.len(),
            (month, day) in prop::sample::select(vec![(3, 6), (3, 27), (4, 3), (10, 2), (10, 30)]),
            minute in 0_i64..4_320,
            (from, length) in (0_i64..1_439, 1_i64..1_440),
            days in 1_u8..128,
        ) {
            let zones = zones(&[ODD[one], ODD[two]]);
            let time = |m: i64| Time::midnight() + SignedDuration::from_mins(m);
            let to = (from + length).min(1_440) % 1_440;
            let hours = vec![Hours { days: Days(days), from: time(from), to: time(to) }];
            let window = CallingWindow::of(WindowProfile::Custom, hours);
            let epoch = jiff::civil::date(2026, month, day).to_datetime(Time::midnight());
            let epoch = jiff::tz::Offset::UTC.to_timestamp(epoch).unwrap();
            let start = epoch.checked_add(SignedDuration::from_mins(minute)).unwrap();
            let minutes = (0..3 * 1_440).map(|m| start + SignedDuration::from_mins(m));
            let first = { minutes }.find(|at| window.is_open(*at, &zones, None));
            let found = window.next_opening(start, &zones, None);
            if first.is_some() {
                prop_assert_eq!(found, first);
            } else {
                let later = start + SignedDuration::from_mins(3 * 1_440);
                let ok = found.is_none_or(|at| at >= later && window.is_open(at, &zones, None));
                prop_assert!(ok, "{found:?}");
            }
        }
    }
}
