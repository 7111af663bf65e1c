//! The HTTP and WebSocket API: identity, resources, live events, OpenAPI.
//!
//! ```text
//!   request ─▶ gate: who is it, may they ─▶ handler ─▶ typed input
//!                                                        ├─▶ store: durable
//!                                                        └─▶ Control: the switch is told
//!   brain's edge ─▶ live::Hub ─▶ WebSocket viewers
//! ```
//!
//! A handler does three things in order: it takes typed input, makes the change durable, and tells
//! the switch. It holds no rule about calls. Every refusal is a [`Problem`] (RFC 9457); every
//! route stands in one table of permissions, and what is not in the table is refused.

#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        reason = "a test fails by panicking"
    )
)]

mod api;
pub mod control;
mod extract;
pub mod live;
mod problem;
mod router;
mod schema;
mod secret;

pub use api::{Api, Clock, Settings};
pub use control::{AgentVerb, Answer, Busy, Change, Command, CommandError, Control, Reply};
pub use problem::{FieldError, Problem};
pub use router::router;
pub use secret::Secret;
