//! What happened and what was set: the journal, its fold into SQL, and the repositories.
//!
//! ```text
//!   brain ──▶ Journal ──▶ segment files ──▶ Fold ──▶ records    call, attempt, agent_interval …
//!                                                    settings   agent, campaign, list, lead …
//!   admin-api ──▶ repositories ──────────────────────────▲
//! ```
//!
//! The journal is the truth of what happened, and nothing on a call's path waits for SQL (DESIGN
//! §1). Settings are SQL first: durable, then told to the brain (DESIGN §6). The types of a
//! resource are `routing`'s and `dialer`'s; here is only how they rest.
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        reason = "a test fails by panicking"
    )
)]

pub mod agents;
pub mod api_tokens;
pub mod attempts;
pub mod attendance;
pub mod audit;
pub mod backup;
pub mod call_in_pins;
pub mod callbacks;
pub mod calls;
pub mod campaigns;
pub mod clis;
#[cfg(test)]
mod contract;
pub mod database;
mod dialect;
pub mod dids;
pub mod dnc;
pub mod documents;
pub mod error;
pub mod event;
pub mod fold;
pub mod holds;
pub mod intervals;
pub mod journal;
pub mod kept_places;
pub mod leads;
pub mod links;
pub mod lists;
pub mod mailed_links;
pub mod moving;
pub mod organisation;
pub mod pacing;
pub mod page;
pub mod past;
pub mod pause_reasons;
pub mod persons;
pub mod phonebook;
pub mod profiles;
pub mod prompts;
pub mod queues;
pub mod reach;
pub mod reconcile;
pub mod recordings;
pub mod registers;
pub mod reports;
pub mod retention;
pub mod roles;
mod row;
pub mod script_answers;
pub mod scripts;
pub mod security;
pub mod sessions;
pub mod sign_in;
mod sql;
pub mod stats;
pub mod sweep;
pub mod teams;
#[cfg(test)]
mod testing;
pub mod totp;
pub mod trunks;
pub mod users;
pub mod verdicts;
pub mod voicemails;
pub mod webhooks;
pub mod workflows;

pub use audit::{Act, Actor, AuditLog};
pub use calls::{LegQuality, TalkFigures};
pub use database::{Place, Store};
pub use documents::{Documents, Stored};
pub use error::Error;
pub use event::{Direction, Entry, Event, Party, RepairStep};
pub use fold::Fold;
pub use journal::{Journal, JournalError, Options, Reader, Recovered, Refused, Report};
pub use page::{Cursor, Page, Query};
