//! Covers: what is held about a person is collected whole, and forgotten without a count that
//! moves.

use dialer::leads::OtherNumber;
use routing::{CallId, Number};
use serde_json::Value;
use uuid::Uuid;

use super::reports::{after_a_shift, query};
use super::{recordings, voicemails};
use crate::database::Store;
use crate::error::Error;
use crate::event::Event;
use crate::fold::Fold;
use crate::holds::{Held, LegalHold};
use crate::reports::{REPORTS, ReportTable};
use crate::sql;
use crate::testing::{
    CLI, Written, at, call_started, everything, furnished, id, lead, number, rows, start,
};

/// A shift in which somebody was called and left a message, on a list with all their particulars.
async fn with_a_person(dir: &std::path::Path) -> Store {
    let (store, _) = after_a_shift(dir, 7).await;
    let mut person = lead(1);
    person.last_name = "Lovelace".to_owned();
    person.external_id = Some("CRM-1815".to_owned());
    person.fields.insert("street".to_owned(), "St James's Square".to_owned());
    store.leads().insert(&[person, lead(2)], start()).await.unwrap();
    store
}

/// Every figure of every report, by everything that it can be told by.
async fn figures(store: &Store) -> Vec<ReportTable> {
    let mut tables = Vec::new();
    for report in REPORTS {
        for group in report.groupings {
            let query = query(report, *group, (-1_000, 50_000));
            tables.push(store.reports().run(&query).await.unwrap());
        }
    }
    tables
}

/// Ends what goes on at the end of the shift.
async fn over(store: &Store) {
    let mut writing = store.begin().await.unwrap();
    for table in ["call", "attempt"] {
        let end = format!("UPDATE {table} SET ended_at = $1 WHERE ended_at IS NULL");
        let end = sql::query(sqlx::AssertSqlSafe(end)).bind(at(50_000).as_microsecond());
        end.execute(&mut *writing).await.unwrap();
    }
    writing.commit().await.unwrap();
}

/// The tables in which a text stands.
async fn where_it_stands(store: &Store, text: &str) -> Vec<String> {
    let all = everything(store).await;
    let found = all.lines().filter(|line| line.contains(text));
    let mut tables: Vec<_> =
        found.filter_map(|line| Some(line.split_once(':')?.0.to_owned())).collect();
    tables.dedup();
    tables
}

/// Issue 7, §11: erased with counts preserved.
#[tokio::test]
async fn somebody_who_is_forgotten_is_in_no_record_but_the_evidence_and_every_figure_stays() {
    let dir = tempfile::tempdir().unwrap();
    let store = with_a_person(dir.path()).await;
    let waiting = store.persons().forget(number(1), at(50_000)).await.unwrap_err();
    assert!(matches!(waiting, Error::Live), "somebody waits at the end of the shift: {waiting}");
    over(&store).await;
    let (before, agreed) =
        (figures(&store).await, store.reconcile().run(at(-10), at(50_000)).await);
    let forgotten = store.persons().forget(number(1), at(60_000)).await.unwrap();
    assert_eq!(forgotten.leads, [lead(1).id]);
    assert!(forgotten.calls > 10 && forgotten.attempts > 0, "{forgotten:?}");
    assert_eq!(forgotten.permits_kept, forgotten.attempts, "each attempt has its evidence");
    let number = number(1).to_string();
    let mut left = where_it_stands(&store, &number).await;
    left.retain(|table| table != "permit");
    assert_eq!(left, [""; 0], "but for the evidence");
    for particular in ["Lovelace", "CRM-1815", "Square"] {
        assert_eq!(where_it_stands(&store, particular).await, [""; 0], "{particular}");
    }
    assert_eq!(figures(&store).await, before);
    let reconciled = store.reconcile().run(at(-10), at(50_000)).await.unwrap();
    assert_eq!(reconciled, agreed.unwrap());
    let nobody = store.leads().find(lead(1).id).await.unwrap();
    assert_eq!(nobody.value.status, dialer::LeadStatus::DoNotCall);
    assert!(nobody.value.number.to_string().starts_with("+999"), "no country has that code");
    assert_eq!(store.leads().find(lead(2).id).await.unwrap().value.last_name, "Byron 2");
    let again = store.persons().forget(self::number(1), at(60_001)).await.unwrap_err();
    assert!(matches!(again, Error::NotFound("person")), "{again}");
}

#[tokio::test]
async fn what_is_collected_is_every_row_about_the_person_and_about_nobody_else() {
    let dir = tempfile::tempdir().unwrap();
    let store = with_a_person(dir.path()).await;
    let collected = store.persons().collect(number(1), at(60_000)).await.unwrap();
    let of = |table: &str| &collected.records[table];
    assert_eq!(of("lead").len(), 1);
    assert_eq!(of("lead")[0]["last_name"], "Lovelace");
    assert_eq!(of("lead")[0]["fields"]["street"], "St James's Square");
    assert_eq!(of("lead")[0]["id"], Uuid::from(lead(1).id).to_string());
    assert_eq!(of("lead")[0]["created_at"], start().to_string());
    let mine = |row: &&Value| row["called"] == number(1).to_string();
    let calls = rows(&store, "SELECT 1 FROM call WHERE called = '+15550100001'").await.len();
    assert_eq!(of("call").iter().filter(mine).count(), calls);
    for table in ["attempt", "permit", "call_step", "disposition"] {
        assert!(!of(table).is_empty(), "{table}");
    }
    let permit = &of("permit")[0]["evidence"];
    assert!(permit["pacing"].is_object(), "what rests as JSON is told as it is: {permit}");
    let stranger: Number = "+442079460999".parse().unwrap();
    let nobody = store.persons().collect(stranger, at(60_000)).await.unwrap_err();
    assert!(matches!(nobody, Error::NotFound("person")), "{nobody}");
}

/// Audio goes with who spoke: what is marked is removed by who asked, or in the night.
#[tokio::test]
async fn recordings_and_messages_of_the_forgotten_are_marked_for_removal() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    voicemails::left(&store, dir.path()).await;
    let live = store.persons().forget(number(1), at(9_000)).await.unwrap_err();
    assert!(matches!(live, Error::Live), "{live}");
    let other = tempfile::tempdir().unwrap();
    let store = furnished(other.path()).await;
    recordings::recorded(&store, other.path()).await;
    let forgotten = store.persons().forget(number(1), at(9_000)).await.unwrap();
    assert_eq!((forgotten.calls, forgotten.recordings.len()), (4, 4));
    let mut marked = store.sweep().removed_since(at(9_000)).await.unwrap();
    marked.sort_unstable();
    let mut told = forgotten.recordings;
    told.sort_unstable();
    assert_eq!(marked, told);
}

#[tokio::test]
async fn nobody_is_forgotten_under_a_hold() {
    let dir = tempfile::tempdir().unwrap();
    let store = with_a_person(dir.path()).await;
    let targets = [
        Held::Number { number: number(1) },
        Held::List { list: lead(1).list },
        Held::Campaign { campaign: crate::testing::campaign().id },
    ];
    for target in targets {
        let hold = LegalHold { id: Uuid::now_v7(), target, reason: "Case 17".to_owned() };
        store.legal_holds().insert(&hold, start()).await.unwrap();
        let refused = store.persons().forget(number(1), at(60_000)).await.unwrap_err();
        assert!(matches!(refused, Error::Held), "{target:?}: {refused}");
        store.legal_holds().delete(hold.id, 1).await.unwrap();
    }
    assert_eq!(store.leads().find(lead(1).id).await.unwrap().value.last_name, "Lovelace");
}

/// A hold on one number of a lead holds whatever would go with another of theirs.
#[tokio::test]
async fn a_hold_on_a_lead_s_other_number_holds_the_lead() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let mut person = lead(1);
    person.other_numbers =
        vec![OtherNumber { kind: "mobile".to_owned(), number: number(3), passed_over: false }];
    store.leads().insert(&[person, lead(2)], start()).await.unwrap();
    let target = Held::Number { number: number(3) };
    let hold = LegalHold { id: Uuid::now_v7(), target, reason: "Case 17".to_owned() };
    store.legal_holds().insert(&hold, start()).await.unwrap();
    let version = store.leads().find(lead(1).id).await.unwrap().version;
    let refused = store.leads().delete(lead(1).id, version).await.unwrap_err();
    assert!(matches!(refused, Error::Held), "{refused}");
    let refused = store.persons().forget(number(1), at(1)).await.unwrap_err();
    assert!(matches!(refused, Error::Held), "{refused}");
    let version = store.leads().find(lead(2).id).await.unwrap().version;
    store.leads().delete(lead(2).id, version).await.unwrap();
}

/// The numbers that we call from and are called at stand in everybody's calls.
#[tokio::test]
async fn a_number_of_ours_is_nobody_whose_calls_could_be_forgotten() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    recordings::recorded(&store, dir.path()).await;
    let ours = store.persons().forget(number(CLI), at(9_000)).await.unwrap_err();
    assert!(matches!(ours, Error::NotFound("person")), "{ours}");
    assert_eq!(store.sweep().removed_since(at(9_000)).await.unwrap(), []);
}

/// A number that stands for more calls than a person makes is an exchange's, or withheld.
#[tokio::test]
async fn a_number_of_ten_thousand_calls_is_no_persons() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let mut written = Written::open(&dir.path().join("journal"));
    for n in 0..10_001 {
        written.append(at(0), call_started(id::<CallId>(n), None));
    }
    written.append(at(1), Event::Stopped);
    written.wait();
    Fold::open(&store, &written.journal).await.unwrap().catch_up().await.unwrap();
    let many = store.persons().collect(number(1), at(2)).await.unwrap_err();
    assert!(matches!(many, Error::Full { most: 10_000, .. }), "{many}");
}
