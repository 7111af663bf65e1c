//! The running product under load while something it stands on breaks (FAULTS F1 to F4).
//!
//! At the end SIPp's log and the product's records are compared: no lead was dialled twice, no
//! INVITE is without exactly one attempt and one call, nothing is left open, and the chain of
//! permits is whole.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

#[path = "faults/evidence.rs"]
mod evidence;
#[path = "faults/floor.rs"]
mod floor;
#[path = "faults/killed.rs"]
mod killed;
#[path = "faults/outage.rs"]
mod outage;
#[path = "faults/scene.rs"]
mod scene;
#[path = "faults/webhooks.rs"]
mod webhooks;
