//! The dialer: campaigns, lists, leads, outcomes, the compliance gate and pacing.
//!
//! Everything here is pure: the wall clock is an argument ([`jiff::Timestamp`]), and nothing
//! reads a socket, a file or a source of randomness. A [`Campaign`] owns its leads in flight; the
//! [`Gate`] owns the live claims and makes every [`Permit`]; nothing is dialled without one.
//!
//! ```text
//!  store ──leads──▶ Campaign::restock     floor ──free agents──▶ Campaign::pace ──▶ n
//!                        │ Campaign::dial ◀───────────────────────────────────── n times
//!                        ▼
//!                   Gate::check ──Refusal──▶ why, and when next
//!                        └──Permit──▶ journal ──▶ INVITE ──▶ Outcome ──▶ Campaign::resolved
//! ```
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        reason = "a test fails by panicking"
    )
)]

pub mod abandon;
pub mod callbacks;
pub mod campaign;
pub mod campaigns;
pub mod cli_health;
pub mod confusion;
pub mod consent;
pub mod dnc;
#[cfg(test)]
mod fixtures;
pub mod gate;
pub mod ids;
pub mod import;
pub mod leads;
pub mod outcomes;
pub mod pacer;
pub mod permit;
pub mod rules;
pub mod window;
pub mod zones;

pub use campaign::Campaign;
pub use campaigns::{Amd, Answerer, CampaignSettings, Disposition, Mode, OnMachine};
pub use consent::{Consent, ConsentKind};
pub use dnc::Dnc;
pub use gate::{Gate, Refusal};
pub use ids::{AttemptId, CallbackId, LeadId, ListId, ProfileId, RegisterId};
pub use leads::{Lead, LeadStatus};
pub use outcomes::Outcome;
pub use permit::{Evidence, Permit, PermitRecord};
pub use rules::LegalProfile;
pub use window::CallingWindow;
