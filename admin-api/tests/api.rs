//! The API as a client meets it: real routes, a real SQLite file, and a switch that only listens.
//!
//! Covered: every refusal as a problem, roles over every route, sessions, CSRF, lock-out, the five
//! verbs of every setting, uploads, the do-not-call list, the desk, the event stream over a real
//! socket, and hostile texts. Not covered here: the hub itself (`src/live/tests.rs`) and the wire
//! shapes (`src/schema/tests.rs`).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

#[path = "api/agents.rs"]
mod agents;
#[path = "api/audit.rs"]
mod audit;
#[path = "api/call_in.rs"]
mod call_in;
#[path = "api/callbacks.rs"]
mod callbacks;
#[path = "api/calling.rs"]
mod calling;
#[path = "api/calling_hours.rs"]
mod calling_hours;
#[path = "api/campaigns.rs"]
mod campaigns;
#[path = "api/compliance.rs"]
mod compliance;
#[path = "api/desk.rs"]
mod desk;
#[path = "api/events.rs"]
mod events;
#[path = "api/hostile.rs"]
mod hostile;
#[path = "api/house.rs"]
mod house;
#[path = "api/identity.rs"]
mod identity;
#[path = "api/invitations.rs"]
mod invitations;
#[path = "api/kept_places.rs"]
mod kept_places;
#[path = "api/leads.rs"]
mod leads;
#[path = "api/password_resets.rs"]
mod password_resets;
#[path = "api/persons.rs"]
mod persons;
#[path = "api/problems.rs"]
mod problems;
#[path = "api/prompts.rs"]
mod prompts;
#[path = "api/provider_logins.rs"]
mod provider_logins;
#[path = "api/provisioning.rs"]
mod provisioning;
#[path = "api/recordings.rs"]
mod recordings;
#[path = "api/reports.rs"]
mod reports;
#[path = "api/roles.rs"]
mod roles;
#[path = "api/scripts.rs"]
mod scripts;
#[path = "api/sessions.rs"]
mod sessions;
#[path = "api/settings.rs"]
mod settings;
#[path = "api/telephones.rs"]
mod telephones;
#[path = "api/tokens.rs"]
mod tokens;
#[path = "api/totp.rs"]
mod totp;
#[path = "api/upload.rs"]
mod upload;
#[path = "api/verdicts.rs"]
mod verdicts;
#[path = "api/voicemails.rs"]
mod voicemails;
#[path = "api/webhooks.rs"]
mod webhooks;
#[path = "api/workflows.rs"]
mod workflows;
