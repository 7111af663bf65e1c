//! Cordboard: a call centre's phones in one binary.
//!
//! The crates below know one thing each; this one joins them. `switch` is the brain, `call` its
//! control of calls, `io` the edges, `demo` the simulated carrier with its customers and agents,
//! `doctor` what keeps a machine from carrying calls, `sim` the whole of it in virtual time,
//! `pacing` the pacer alone behind a simulator's protocol, `moving` one database into another,
//! `reconcile` whether the records agree, `backup` a copy of all of it and the way back, `what_if`
//! what one setting would change, by the records.
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        reason = "a test fails by panicking"
    )
)]

pub mod audit;
pub mod backup;
pub mod call;
pub mod cli;
pub mod demo;
pub mod doctor;

pub mod io;
pub mod moving;
pub mod pacing;
pub mod permits;
pub mod reconcile;
pub mod sim;
pub mod switch;
pub mod what_if;
