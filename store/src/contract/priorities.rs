//! Covers: a refill that steps down the priorities of its lists, however many there are.

use dialer::campaigns::Order;
use dialer::{Lead, LeadStatus};

use crate::database::Store;
use crate::leads::Wanted;
use crate::lists::List;
use crate::testing::{CAMPAIGN, LIST, at, furnished, id, lead, start};

/// The `n` of the leads that are read, of both lists.
async fn read(store: &Store, order: Order, limit: usize) -> Vec<i16> {
    let wanted = Wanted {
        campaign: id(CAMPAIGN),
        lists: &[id(LIST), id(2)],
        max_attempts: 3,
        now: at(0),
        filters: &[],
        order,
        limit,
        excluding: &[],
    };
    let found = store.leads().dialable(&wanted).await.unwrap().leads;
    found.iter().map(|lead| lead.number.digits()[7..].parse().unwrap()).collect()
}

/// Each lead has a priority of its own, and those of the two hundred highest are not due: the leads
/// below them are found all the same, the highest of either list first.
#[tokio::test]
async fn leads_of_low_priority_are_found_below_any_number_of_levels_that_wait() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let other = List { id: id(2), name: "Other".into(), source: None };
    store.lists().insert(&other, start()).await.unwrap();
    let of = |n: i16| {
        let waits = (n > 100).then(|| at(60));
        let status = if waits.is_some() { LeadStatus::Due } else { LeadStatus::New };
        let list = if n % 3 == 0 { other.id } else { id(LIST) };
        Lead {
            list,
            priority: n - 150,
            next_due_at: waits,
            status,
            ..lead(n.unsigned_abs().into())
        }
    };
    let leads: Vec<_> = (1..=300).map(of).collect();
    store.leads().insert(&leads, start()).await.unwrap();
    assert_eq!(read(&store, Order::OldestFirst, 4).await, [100, 99, 98, 97]);
    let all: Vec<_> = (1..=100).rev().collect();
    assert_eq!(read(&store, Order::NewestFirst, 500).await, all, "priority goes before age");
}
