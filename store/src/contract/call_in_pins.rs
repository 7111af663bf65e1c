//! Covers: PINs of agents who call in, which are hashes, go with their agent, and print nothing.

use crate::call_in_pins::CallInPin;
use crate::error::Error;
use crate::testing::{agent, at, furnished, grace, id, start};

#[tokio::test]
async fn a_pin_is_put_in_place_of_the_one_before_and_is_taken_away() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    store.agents().insert(&agent(1), start()).await.unwrap();
    let pins = store.call_in_pins();
    assert_eq!(pins.find(grace()).await.unwrap(), None);
    let pin = |hash: &str, n| CallInPin { agent: grace(), hash: hash.into(), set_at: at(n) };
    pins.put(&pin("$argon2id$one", 1)).await.unwrap();
    pins.put(&pin("$argon2id$two", 2)).await.unwrap();
    let found = pins.find(grace()).await.unwrap().unwrap();
    assert_eq!(found, pin("$argon2id$two", 2));
    assert!(!format!("{found:?}").contains("argon2"), "a hash is never printed");
    assert!(pins.remove(grace()).await.unwrap());
    assert!(!pins.remove(grace()).await.unwrap());
    assert_eq!(pins.find(grace()).await.unwrap(), None);
    pins.put(&pin("$argon2id$one", 3)).await.unwrap();
    store.agents().delete(grace(), 1).await.unwrap();
    assert_eq!(pins.find(grace()).await.unwrap(), None, "it goes with its agent");
}

#[tokio::test]
async fn a_pin_of_nobody_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let pin = CallInPin { agent: id(0xdead), hash: "$argon2id$one".into(), set_at: at(1) };
    assert!(matches!(store.call_in_pins().put(&pin).await, Err(Error::Unknown(_))));
}
