//! Covers: places in line that callers kept, folded from the journal, found again by a restart, and
//! counted once in the figures of their queue.

use jiff::Timestamp;
use routing::{CallId, KeptPlace, PlaceEnd};
use uuid::Uuid;

use crate::database::Store;
use crate::event::Event;
use crate::fold::Fold;
use crate::kept_places::KeptPlaceQuery;
use crate::testing::{CAMPAIGN, Written, at, furnished, grace, id, number};

fn call(n: u64) -> CallId {
    Uuid::from_u128(u128::from(n)).into()
}

fn place(n: u64, arrived_at: Timestamp) -> KeptPlace {
    KeptPlace {
        call: call(n),
        queue: Uuid::from_u128(9).into(),
        campaign: id(CAMPAIGN),
        number: number(n),
        arrived_at,
        kept_at: at(9 + i64::try_from(n).unwrap()),
        until: at(86_400),
        tries_max: 3,
        retry_s: 300,
    }
}

fn kept(n: u64, arrived_at: Timestamp) -> Event {
    Event::PlaceKept { place: Box::new(place(n, arrived_at)) }
}

async fn fold(store: &Store, written: &Written) {
    written.wait();
    Fold::open(store, &written.journal).await.unwrap().catch_up().await.unwrap();
}

#[tokio::test]
async fn a_place_is_found_again_with_its_tries_until_it_is_over() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let mut written = Written::open(&dir.path().join("journal"));
    written.append(at(10), kept(1, at(2)));
    written.append(at(11), kept(2, at(1)));
    let called = Event::PlaceCalled { place: call(1), call: call(100), agent: grace() };
    written.append(at(20), called);
    fold(&store, &written).await;
    let open = store.kept_places().open().await.unwrap();
    assert_eq!(open, [(place(2, at(1)), 0), (place(1, at(2)), 1)], "in the order of arrival");
    written.append(at(30), Event::PlaceClosed { place: call(1), how: PlaceEnd::Reached });
    written.append(at(31), Event::PlaceClosed { place: call(1), how: PlaceEnd::Removed });
    fold(&store, &written).await;
    let open = store.kept_places().open().await.unwrap();
    assert_eq!(open, [(place(2, at(1)), 0)]);
    let page = store.kept_places().list(&KeptPlaceQuery::default()).await.unwrap();
    let [second, first] = &page.items[..] else { panic!("{page:?}") };
    assert_eq!((second.place.call, second.closing), (call(2), None), "the latest first");
    assert_eq!((first.closing, first.closed_at), (Some(PlaceEnd::Reached), Some(at(30))));
    assert_eq!((first.tries, first.last_call), (1, Some(call(100))));
    let query = KeptPlaceQuery { open: true, ..KeptPlaceQuery::default() };
    assert_eq!(store.kept_places().list(&query).await.unwrap().items.len(), 1);
    let query = KeptPlaceQuery { queue: Some(Uuid::from_u128(8).into()), ..query };
    assert_eq!(store.kept_places().list(&query).await.unwrap().items, []);
}
