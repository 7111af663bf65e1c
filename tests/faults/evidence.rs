//! What SIPp's log and the product's records must agree on, whatever went wrong between them.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use cordboard::io::Running;
use cordboard::permits;
use store::attempts::{AttemptQuery, AttemptRecord};
use store::calls::{CallQuery, CallRecord};
use store::{Party, Store};

/// What SIPp saw and what the product wrote say the same.
pub(crate) fn compare(
    invited: &BTreeMap<String, Vec<String>>,
    attempts: &[AttemptRecord],
    calls: &[CallRecord],
) {
    assert!(!invited.is_empty(), "nobody was dialled");
    let attempts = by_number(attempts, |one| one.number.to_string());
    let calls = by_number(calls, |one| one.called.clone());
    for (number, by) in invited {
        assert_eq!(by.len(), 1, "{number} was dialled {} times: {by:?}", by.len());
        assert!(attempts.contains_key(number), "{number} has no attempt");
    }
    for (number, made) in &attempts {
        assert_eq!(made.len(), 1, "{number}: {made:#?}");
        let calls = calls.get(number).map(Vec::as_slice).unwrap_or_default();
        let [call] = calls else { panic!("{number}: {made:#?} by {calls:#?}") };
        // The kill may fall between a permit and its INVITE; nothing else leaves one without the
        // other.
        let cut = call.ended_by == Some(Party::Interrupted);
        assert!(cut || invited.contains_key(number), "{number}: no INVITE for {call:#?}");
    }
    let strange = calls.iter().find(|(number, _)| !attempts.contains_key(*number));
    assert!(strange.is_none(), "a call without an attempt: {strange:#?}");
}

fn by_number<R>(records: &[R], number: impl Fn(&R) -> String) -> BTreeMap<String, Vec<&R>> {
    let mut by_number = BTreeMap::<_, Vec<_>>::new();
    for record in records {
        by_number.entry(number(record)).or_default().push(record);
    }
    by_number
}

pub(crate) fn whole_chain(folder: &Path) {
    let (mut export, mut told) = (vec![], vec![]);
    permits::export(&folder.join("journal"), &mut export).unwrap();
    let file = folder.join("permits.ndjson");
    std::fs::write(&file, &export).unwrap();
    let whole = permits::verify(&file, "permits", &mut told);
    assert!(whole.is_ok(), "{}", String::from_utf8_lossy(&told));
}

/// Every attempt and call, once the last has ended.
pub(crate) async fn at_rest(running: &Running) -> (Vec<AttemptRecord>, Vec<CallRecord>) {
    let end = Instant::now() + Duration::from_mins(2);
    loop {
        let (attempts, calls) = (attempts(&running.store).await, calls(&running.store).await);
        let open = attempts.iter().filter(|one| one.ended_at.is_none()).count()
            + calls.iter().filter(|one| one.ended_at.is_none()).count();
        if open == 0 && running.desk.inspect().await.unwrap().left_over.calls == 0 {
            return (attempts, calls);
        }
        assert!(Instant::now() < end, "{open} attempts or calls never ended");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

async fn attempts(store: &Store) -> Vec<AttemptRecord> {
    let (mut all, mut after) = (vec![], None);
    loop {
        let query = AttemptQuery { after, limit: Some(500), ..AttemptQuery::default() };
        let page = store.attempts().list(&query).await.unwrap();
        all.extend(page.items);
        after = page.next;
        if after.is_none() {
            return all;
        }
    }
}

async fn calls(store: &Store) -> Vec<CallRecord> {
    let (mut all, mut after) = (vec![], None);
    loop {
        let query = CallQuery { after, limit: Some(500), ..CallQuery::default() };
        let page = store.calls().list(&query).await.unwrap();
        all.extend(page.items);
        after = page.next;
        if after.is_none() {
            return all;
        }
    }
}
