//! Covers: every report against a recount of the journal, the calls behind every number, cuts at
//! periods, hours and days of several zones, teams, and what narrows a report.

mod recount;
mod script;

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use routing::{Queue, QueueId, Team, TeamId};
use uuid::Uuid;

use super::records::journal;
use crate::calls::CallQuery;
use crate::database::Store;
use crate::event::Event;
use crate::fold::Fold;
use crate::reports::{
    Counted, Grouping, Key, REPORTS, Report, ReportQuery, ReportTable, Unit, Value,
};
use crate::testing::{agent, at, furnished, id, start};
use recount::{Recount, Sums};
use script::{QUEUE, SECONDS};

/// A house after a scripted shift, and the shift.
pub(super) async fn after_a_shift(
    dir: &std::path::Path,
    seed: u64,
) -> (Store, Vec<(Timestamp, Event)>) {
    let store = furnished(dir).await;
    let queue = Queue::new(id::<QueueId>(QUEUE), "Sales");
    assert_eq!(queue.service_level_ms, 20_000, "what the recount takes for in time");
    store.queues().insert(&queue, start()).await.unwrap();
    for team in [1, 2] {
        let team = Team { id: team_id(team), name: format!("Team {team}"), tracked: false };
        store.teams().insert(&team, start()).await.unwrap();
    }
    for (n, teams) in [(1, vec![1]), (2, vec![1, 2]), (3, vec![])] {
        let mut one = agent(n);
        one.hourly_cost_cents = n * 1_000;
        one.teams = teams.into_iter().map(team_id).collect();
        store.agents().insert(&one, start()).await.unwrap();
    }
    let events = script::shift(seed);
    let written = journal(dir, &events);
    Fold::open(&store, &written.journal).await.unwrap().catch_up().await.unwrap();
    (store, events)
}

fn team_id(n: u128) -> TeamId {
    id(0x7ea0 + n)
}

pub(super) fn query(
    report: &'static Report,
    group: Grouping,
    (from, to): (i64, i64),
) -> ReportQuery {
    let (from, to) = (at(from), at(to));
    let (only, within) = (vec![], None);
    ReportQuery { report, group, only, from, to, zone: TimeZone::UTC, within }
}

/// The figures of a table that the recount has, and what it would have of them: rows of zeros say
/// the same as none.
fn told(report: &Report, table: &ReportTable, recounted: &Sums) -> Sums {
    let mut sums = Sums::new();
    let names: std::collections::BTreeSet<_> =
        recounted.values().flat_map(BTreeMap::keys).copied().collect();
    for row in &table.rows {
        for (figure, value) in report.figures.iter().zip(&row.values) {
            let Some(value) = value.filter(|_| names.contains(figure.name)) else { continue };
            let whole = match value {
                Value::Whole(whole) => whole,
                // The recount has cents of an hour by the second.
                Value::Part(cents) => format!("{:.0}", cents * 3_600.0).parse().unwrap(),
            };
            sums.entry(row.key.clone()).or_default().insert(figure.name, whole);
        }
    }
    without_zeros(sums)
}

fn without_zeros(mut sums: Sums) -> Sums {
    for figures in sums.values_mut() {
        figures.retain(|_, sum| *sum != 0);
    }
    sums.retain(|_, figures| !figures.is_empty());
    sums
}

/// "Reports against an independent recount from the journal in the tests."
#[tokio::test]
async fn every_report_is_what_a_recount_of_the_journal_gives() {
    let dir = tempfile::tempdir().unwrap();
    let (store, entries) = after_a_shift(dir.path(), 7).await;
    let by = [
        ("agents", vec![Grouping::Agent, Grouping::Hour, Grouping::Day]),
        ("campaigns", vec![Grouping::Campaign, Grouping::Hour]),
        ("queues", vec![Grouping::Queue, Grouping::Hour, Grouping::Day]),
        ("trunks", vec![Grouping::Trunk, Grouping::Hour]),
        ("dispositions", vec![Grouping::Disposition, Grouping::Agent, Grouping::Campaign]),
        ("callbacks", vec![Grouping::Campaign, Grouping::Agent, Grouping::Day]),
        ("recordings", vec![Grouping::Agent, Grouping::Campaign, Grouping::Hour]),
    ];
    let mut compared = 0;
    for (name, groups) in by {
        let report = Report::named(name).unwrap();
        for group in groups {
            for (zone, period) in [
                ("UTC", (-1_000, SECONDS)),
                ("Asia/Kolkata", (-1_000, SECONDS)),
                ("America/New_York", (4_321, 20_123)),
            ] {
                let zone = TimeZone::get(zone).unwrap();
                let query = ReportQuery { zone: zone.clone(), ..query(report, group, period) };
                let table = store.reports().run(&query).await.unwrap();
                let (from, to) = (query.from, query.to);
                let recount = Recount { entries: &entries, from, to, zone, group };
                let recounted = recount.of(name);
                let told = told(report, &table, &recounted);
                assert_eq!(told, without_zeros(recounted), "{name} by {group:?}");
                compared += told.values().map(BTreeMap::len).sum::<usize>();
            }
        }
    }
    assert!(compared > 1_000, "only {compared} figures were compared");
}

/// Any number leads to its calls: as many of them as the number says.
#[tokio::test]
async fn the_calls_behind_a_number_are_as_many_as_it_says() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = after_a_shift(dir.path(), 11).await;
    let mut followed = 0;
    for report in REPORTS {
        for group in report.groupings {
            let query = query(report, *group, (-1_000, SECONDS));
            let table = store.reports().run(&query).await.unwrap();
            // Of every table the first rows and the last: there are hundreds of hours.
            let rows = table.rows.iter().take(2).chain(table.rows.iter().rev().take(1));
            for (row, (figure, value)) in rows
                .flat_map(|row| report.figures.iter().zip(&row.values).map(move |cell| (row, cell)))
            {
                if figure.unit != Unit::Count || !figure.has_calls(report) {
                    continue;
                }
                let only = if group.is_time() { vec![] } else { vec![(*group, row.key.clone())] };
                let (from, to) = (row.from, row.to);
                let counted = Some(Counted { report, figure, only, from, to });
                let query = CallQuery { counted, limit: Some(1_000), ..CallQuery::default() };
                let calls = store.calls().list(&query).await.unwrap().items.len();
                let says = Some(Value::Whole(i64::try_from(calls).unwrap()));
                assert_eq!(says, *value, "{} {} {:?}", report.name, figure.name, row.key);
                followed += calls;
            }
        }
    }
    assert!(followed > 500, "only {followed} calls were found");
}

/// A row is cut and counted once: whatever the rows are, they add up to the same total.
#[tokio::test]
async fn totals_are_the_same_however_a_report_is_grouped() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = after_a_shift(dir.path(), 3).await;
    for report in REPORTS {
        let mut totals = Vec::new();
        for group in report.groupings {
            for zone in ["UTC", "Asia/Kathmandu"] {
                let zone = TimeZone::get(zone).unwrap();
                let query = ReportQuery { zone, ..query(report, *group, (100, 30_000)) };
                totals.push(store.reports().run(&query).await.unwrap().totals);
            }
        }
        assert!(totals[0].iter().any(Option::is_some), "{}", report.name);
        for other in &totals[1..] {
            assert_eq!(other, &totals[0], "{}", report.name);
        }
    }
}

/// Who is in two teams counts in both, and once in the total.
#[tokio::test]
async fn an_agent_of_two_teams_counts_in_each_and_once_in_the_total() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = after_a_shift(dir.path(), 5).await;
    let report = Report::named("agents").unwrap();
    let at = report.figures.iter().position(|figure| figure.name == "login_time").unwrap();
    let run = async |group, only| {
        let query = ReportQuery { only, ..query(report, group, (0, SECONDS)) };
        let table = store.reports().run(&query).await.unwrap();
        let login = |row: &crate::reports::ReportRow| (row.key.clone(), row.values[at].unwrap());
        (table.rows.iter().map(login).collect::<BTreeMap<_, _>>(), table.totals[at].unwrap())
    };
    let (agents, all) = run(Grouping::Agent, vec![]).await;
    let (teams, total) = run(Grouping::Team, vec![]).await;
    let of = |key: Uuid| whole(agents[&Key::Id(key)]);
    let (one, two, three) = (of(id(1)), of(id(2)), of(id(3)));
    assert_eq!((whole(total), one + two + three), (whole(all), whole(all)));
    assert_eq!(whole(teams[&Key::Id(team_id(1).into())]), one + two);
    assert_eq!(whole(teams[&Key::Id(team_id(2).into())]), two);
    let team = (Grouping::Team, Key::Id(team_id(2).into()));
    let (_, of_team) = run(Grouping::Agent, vec![team]).await;
    assert_eq!(whole(of_team), two);
}

fn whole(value: Value) -> i64 {
    let Value::Whole(whole) = value else { panic!("{value:?} is a quotient") };
    whole
}

/// A figure that a row cannot be asked for would be a silent zero.
#[test]
fn every_source_of_a_report_can_be_grouped_as_the_report_can() {
    for report in REPORTS {
        for group in report.groupings.iter().filter(|group| !group.is_time()) {
            assert!(report.can_tell(*group), "{} by {group:?}", report.name);
        }
        let names: std::collections::BTreeSet<_> =
            report.figures.iter().map(|figure| figure.name).collect();
        assert_eq!(names.len(), report.figures.len(), "{}", report.name);
    }
}
