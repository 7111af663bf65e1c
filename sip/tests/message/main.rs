//! The message layer against texts that nobody here wrote, and against texts that nobody would.
//!
//! `torture` and `ipv6`: the messages of RFC 4475 and RFC 5118 with a verdict each. `oracle`: a
//! second parser on what it can read. `properties` and `fuzz`: what holds for every input.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod bodies;
mod cost;
mod fuzz;
mod ipv6;
mod oracle;
mod properties;
mod reprint;
mod samples;
mod torture;
