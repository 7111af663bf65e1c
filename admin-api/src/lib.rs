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

mod agents;
mod api;
mod api_tokens;
mod attempts;
mod attendance;
mod audit;
pub mod call_in;
mod call_sheet;
mod callbacks;
mod calling;
mod calling_hours;
mod calls;
mod campaigns;
mod clis;
pub mod control;
mod csv;
mod desk;
mod dids;
pub mod directory;
mod dnc;
mod documents;
mod events;
mod extract;
pub mod fetch;
pub mod groups;
mod health;
mod identity;
mod identity_provider;
mod invitations;
mod kept_places;
pub mod ladders;
mod lead_search;
mod leads;
mod letters;
mod lists;
pub mod live;
mod mailed_links;
mod me;
pub mod metrics;
mod organisation;
mod own_email;
mod password_resets;
mod pause_reasons;
mod permits;
mod persons;
mod phonebook;
pub mod post;
mod preview;
mod problem;
mod profiles;
pub mod prompts;
mod provider_logins;
mod provisioning;
mod queues;
pub mod recordings;
mod registers;
mod reports;
mod retention;
mod roles;
mod router;
mod schema;
mod scripts;
mod secret;
mod security;
mod sessions;
mod stats;
mod supervision;
mod teams;
pub mod telephones;
mod totp;
mod trunks;
mod upload;
mod users;
mod verbs;
mod verdicts;
mod voicemails;
mod webhooks;
mod workflows;

pub use api::{Api, Clock, Settings};
pub use control::{
    AgentVerb, Answer, Busy, CallbackBy, Change, ClockIn, Command, CommandError, Control, Reply,
};
pub use identity::first::{CannotAdd, NewUser, add_user, first_administrator};
pub use identity::gate::{forwarded_for, is_own_page};
pub use problem::{FieldError, Problem, Reference};
pub use router::{openapi, router};
pub use secret::Secret;
