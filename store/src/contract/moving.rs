//! Covers: a database copied into another.

use std::collections::BTreeSet;

use crate::database::Store;
use crate::error::Error;
use crate::event::Event;
use crate::fold::Fold;
use crate::moving::TABLES;
use crate::testing::{
    Permits, Written, at, call_started, columns, database, furnished_at, id, lead, rows, shown,
    start,
};

/// Issue 7: what was there is there, to the row; what comes later goes on from it.
#[tokio::test]
async fn a_moved_database_has_every_row_and_goes_on() {
    let (dir, file) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let here = furnished_at(file.path().join("cordboard.sqlite")).await;
    here.leads().insert(&[lead(1), lead(2)], start()).await.unwrap();
    let mut written = Written::open(&file.path().join("journal"));
    let mut permits = Permits::after(dialer::permit::ChainHead::START);
    let (attempt, call) = (id(0xa1), id(0xc1));
    let permit = Box::new(permits.permit(attempt, 1, at(1)));
    written.append(at(1), Event::Permitted { permit, call });
    written.append(at(1), call_started(call, Some(attempt)));
    written.wait();
    Fold::open(&here, &written.journal).await.unwrap().catch_up().await.unwrap();

    let there = Store::open(database(dir.path())).await.unwrap();
    let copied = here.copy_to(&there).await.unwrap();
    assert_eq!((copied["lead"], copied["permit"], copied["call"]), (2, 1, 1));
    for table in TABLES.into_iter().chain(["lead_tally"]) {
        assert_eq!(sorted(&here, table).await, sorted(&there, table).await, "{table}");
    }
    let mut elsewhere = lead(3);
    elsewhere.number = "+442079460101".parse().unwrap();
    there.leads().insert(&[elsewhere], start()).await.unwrap();
    let folded = Fold::open(&there, &written.journal).await.unwrap().catch_up().await.unwrap();
    assert_eq!(folded, written.journal.next_seq() - 1, "the copy knows how far it was folded");
    let again = here.copy_to(&there).await.unwrap_err();
    assert!(matches!(again, Error::NotEmpty), "{again}");
}

/// A table that is added later must not stay behind.
#[tokio::test]
async fn every_table_is_copied() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(database(dir.path())).await.unwrap();
    let mut all: BTreeSet<_> = columns(&store).await.into_keys().collect();
    all.retain(|table| table != "lead_tally" && table != "_sqlx_migrations");
    assert_eq!(all, TABLES.into_iter().map(str::to_owned).collect());
}

/// The rows of a table, whatever their order, with the columns in the order of their names.
async fn sorted(store: &Store, table: &str) -> BTreeSet<String> {
    let names: Vec<_> = columns(store).await[table].iter().cloned().collect();
    let found = rows(store, &format!("SELECT {} FROM {table}", names.join(", "))).await;
    found.iter().map(shown).collect()
}
