//! Covered: edges of hours, the strictest zone and region, closed days, and clock changes, with a
//! property against asking the rule minute by minute.

use super::*;
use crate::campaigns::Deployment;
use jiff::SignedDuration;
use jiff::civil::Weekday::{self, Friday, Monday, Saturday, Sunday, Thursday, Tuesday, Wednesday};
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
        assert_eq!(window.is_open(at(now), &new_york, &["US-NY"]), open, "{now}");
    }
}

/// An area code over two zones: 08:00 in the western one until 21:00 in the eastern one.
#[test]
fn the_strictest_zone_counts() {
    let (window, both) = (CallingWindow::us(), zones(&["America/New_York", "America/Los_Angeles"]));
    assert!(!window.is_open(at("2026-01-15T15:59:59Z"), &both, &[]));
    assert!(window.is_open(at("2026-01-15T16:00:00Z"), &both, &[]));
    assert!(window.is_open(at("2026-01-16T01:59:59Z"), &both, &[]));
    assert!(!window.is_open(at("2026-01-16T02:00:00Z"), &both, &[]));
    let evening = window.next_opening(at("2026-01-16T02:00:00Z"), &both, &[]);
    assert_eq!(evening, Some(at("2026-01-16T16:00:00Z")));
}

/// RULES US-6: Florida closes an hour before its neighbours.
#[test]
fn a_region_replaces_the_hours_of_its_country() {
    let (mut window, eastern) = (CallingWindow::us(), zones(&["America/New_York"]));
    let half_past_eight = at("2026-01-16T01:30:00Z");
    assert!(window.is_open(half_past_eight, &eastern, &["US-GA"]));
    assert!(!window.is_open(half_past_eight, &eastern, &["US-FL"]));
    window.regions.insert("US".to_owned(), vec![Hours::new(Days::ALL, 8, 0, 12, 0)]);
    assert!(!window.is_open(half_past_eight, &eastern, &["US-GA"]));
    assert!(window.is_open(half_past_eight, &eastern, &["CA-ON"]));
}

#[test]
fn nobody_is_called_who_lives_nowhere_known() {
    let now = at("2026-01-15T18:00:00Z");
    assert!(!CallingWindow::us().is_open(now, &[], &[]));
    assert_eq!(CallingWindow::us().next_opening(now, &[], &[]), None);
    assert!(CallingWindow::always().is_open(now, &[], &[]));
}

/// 8 March 2026, New York: clocks jump from 02:00 to 03:00, so a window from 02:30 opens at
/// 03:00, which is 07:00 UTC.
#[test]
fn a_window_that_begins_in_the_hour_that_spring_skips_opens_at_its_end() {
    let opening = daily(2, 30, 4, 0).next_opening(
        at("2026-03-08T05:00:00Z"),
        &zones(&["America/New_York"]),
        &[],
    );
    assert_eq!(opening, Some(at("2026-03-08T07:00:00Z")));
}

/// 1 November 2026, New York: 01:00 to 02:00 happens twice, so 00:30–01:30 is open twice.
#[test]
fn a_window_in_the_hour_that_autumn_repeats_opens_again() {
    let (window, new_york) = (daily(0, 30, 1, 30), zones(&["America/New_York"]));
    assert!(window.is_open(at("2026-11-01T05:29:59Z"), &new_york, &[]));
    let again = window.next_opening(at("2026-11-01T05:30:00Z"), &new_york, &[]);
    assert_eq!(again, Some(at("2026-11-01T06:00:00Z")));
    let tomorrow = window.next_opening(at("2026-11-01T06:30:00Z"), &new_york, &[]);
    assert_eq!(tomorrow, Some(at("2026-11-02T05:30:00Z")));
}

/// RULES CA and AU: Sundays, and dates that are closed, are leapt over.
#[test]
fn closed_days_are_leapt_over() {
    let (mut window, sydney) = (CallingWindow::au(), zones(&["Australia/Sydney"]));
    // Saturday 19:00 in Sydney; the next hours are Monday's, 09:00.
    let saturday = at("2026-08-08T09:00:00Z");
    let monday = at("2026-08-09T23:00:00Z");
    assert_eq!(window.next_opening(saturday, &sydney, &[]), Some(monday));
    window.closed_on.insert("2026-08-10".parse().unwrap());
    let tuesday = monday.checked_add(SignedDuration::from_hours(24)).unwrap();
    assert_eq!(window.next_opening(saturday, &sydney, &[]), Some(tuesday));
}

/// Two zones whose hours never meet have no opening, and the search for one ends.
#[test]
fn zones_that_never_agree_have_no_opening() {
    let apart = zones(&["Pacific/Auckland", "Europe/London"]);
    let mornings = daily(8, 0, 12, 0);
    assert_eq!(mornings.next_opening(at("2026-01-15T00:00:00Z"), &apart, &[]), None);
}

#[test]
fn midnight_as_an_end_is_the_end_of_the_day() {
    let (window, utc) = (daily(20, 0, 0, 0), zones(&["Etc/UTC"]));
    assert!(window.is_open(at("2026-01-15T23:59:59Z"), &utc, &[]));
    assert!(!window.is_open(at("2026-01-16T00:00:00Z"), &utc, &[]));
}

#[test]
fn a_wrong_window_names_its_fields() {
    let mut window = daily(9, 0, 9, 0);
    window.regions.insert("US-FL".to_owned(), vec![]);
    window.hours[0].days = Days::of(&[]);
    let mut wrong = Vec::new();
    window.validate("window", Deployment::Live, &mut wrong);
    let fields: Vec<_> = wrong.iter().map(|invalid| &*invalid.field).collect();
    assert_eq!(fields, ["window.hours[0].to", "window.hours[0].days", "window.regions.US-FL"]);
    let mut window = CallingWindow::us();
    for code in ["US-FL", "US", "us-fl", "Atlantis", "US-XX"] {
        window.regions.insert(code.to_owned(), vec![Hours::new(Days::ALL, 8, 0, 20, 0)]);
        window.holidays.insert(code.to_owned(), BTreeSet::new());
    }
    let mut wrong = Vec::new();
    window.validate("window", Deployment::Live, &mut wrong);
    let fields: Vec<_> = wrong.iter().map(|invalid| &*invalid.field).collect();
    let unknown = ["Atlantis", "US-XX", "us-fl"];
    let regions = unknown.map(|code| format!("window.regions.{code}"));
    let holidays = unknown.map(|code| format!("window.holidays.{code}"));
    assert_eq!(fields, [regions, holidays].concat(), "a rule that would never hold");
    wrong.clear();
    CallingWindow::always().validate("window", Deployment::Live, &mut wrong);
    assert_eq!(wrong[0].field, "window.profile");
    wrong.clear();
    CallingWindow::always().validate("window", Deployment::Demo, &mut wrong);
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
        days in 1_usize..128,
    ) {
        let zones = zones(&[ODD[one], ODD[two]]);
        let time = |m: i64| Time::midnight() + SignedDuration::from_mins(m);
        let to = (from + length).min(1_440) % 1_440;
        let week = [Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday];
        let days: Vec<_> = (0..7).filter(|n| days >> n & 1 == 1).map(|n| week[n]).collect();
        let hours = vec![Hours { days: Days::of(&days), from: time(from), to: time(to) }];
        let window = CallingWindow::of(WindowProfile::Custom, hours);
        let epoch = jiff::civil::date(2026, month, day).to_datetime(Time::midnight());
        let epoch = jiff::tz::Offset::UTC.to_timestamp(epoch).unwrap();
        let start = epoch.checked_add(SignedDuration::from_mins(minute)).unwrap();
        let minutes = (0..3 * 1_440).map(|m| start + SignedDuration::from_mins(m));
        let first = { minutes }.find(|at| window.is_open(*at, &zones, &[]));
        let found = window.next_opening(start, &zones, &[]);
        if first.is_some() {
            prop_assert_eq!(found, first);
        } else {
            let later = start + SignedDuration::from_mins(3 * 1_440);
            let ok = found.is_none_or(|at| at >= later && window.is_open(at, &zones, &[]));
            prop_assert!(ok, "{found:?}");
        }
    }
}

/// RULES AU and CA: a holiday closes its country or its part of it, and no other.
#[test]
fn a_holiday_closes_the_region_that_keeps_it() {
    let (mut window, eastern) = (CallingWindow::us(), zones(&["America/New_York"]));
    let noon = at("2026-04-20T16:00:00Z");
    window.holidays.insert("US-MA".to_owned(), ["2026-04-20".parse().unwrap()].into());
    assert!(!window.is_open(noon, &eastern, &["US-MA"]), "Patriots' Day");
    assert!(window.is_open(noon, &eastern, &["US-NY"]));
    window.holidays.insert("US".to_owned(), ["2026-04-20".parse().unwrap()].into());
    assert!(!window.is_open(noon, &eastern, &["US-NY"]), "the whole country's counts in its parts");
    assert!(window.is_open(noon, &eastern, &["CA-ON"]));
}

/// A number of Georgia with an address in Florida: the hours of both.
#[test]
fn the_strictest_region_counts() {
    let (window, eastern) = (CallingWindow::us(), zones(&["America/New_York"]));
    let half_past_eight = at("2026-01-16T01:30:00Z");
    assert!(window.is_open(half_past_eight, &eastern, &["US-GA", "US-NY"]));
    assert!(!window.is_open(half_past_eight, &eastern, &["US-GA", "US-FL"]));
    let morning = window.next_opening(half_past_eight, &eastern, &["US-GA", "US-FL"]);
    assert_eq!(morning, Some(at("2026-01-16T13:00:00Z")));
}

/// Two rules at once: a moment has to be inside both.
#[test]
fn the_hours_of_the_law_and_of_the_campaign_meet_where_both_are_open() {
    let (law, own, london) = (CallingWindow::uk(), daily(17, 0, 23, 0), zones(&["Europe/London"]));
    let opening = |from| next_opening(&[&law, &own], at(from), &london, &["GB"]);
    assert_eq!(opening("2026-01-15T09:00:00Z"), Some(at("2026-01-15T17:00:00Z")));
    // A Saturday's evening ends at 20:00 by law, and Sunday's begins at 17:00 by choice.
    assert_eq!(opening("2026-01-17T20:00:00Z"), Some(at("2026-01-18T17:00:00Z")));
    let never = daily(21, 0, 23, 0);
    assert_eq!(next_opening(&[&law, &never], at("2026-01-15T09:00:00Z"), &london, &[]), None);
}
