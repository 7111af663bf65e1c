//! The floor: agents and their states, numbers, queues and the ready pool.
//!
//! Settings ([`Agent`], [`Queue`], [`Trunk`], [`Did`], [`Cli`], [`Organisation`]) are plain values
//! that check themselves; [`Floor`] is the one owner of who is in which state, who is free, and
//! which call waits for whom. Everything is synchronous and deterministic: time is an argument,
//! and the same inputs give the same events in the same order.
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
pub mod alarms;
pub mod call_in;
pub mod clis;
pub mod dids;
pub mod floor;
pub mod hours;
pub mod ids;
pub mod invalid;
pub mod mailbox;
pub mod number;
pub mod opening;
pub mod organisation;
pub mod phonebook;
pub mod placeholders;
pub mod places;
pub mod presence;
pub mod prompts;
pub mod queues;
pub mod scripts;
pub mod teams;
pub mod trunks;
pub mod waits;
pub mod workflows;

pub use agents::{
    AfterCall, Agent, AgentNumber, CampaignMembership, Connection, ConnectionMode, DigestChoice,
    Distribution, Lifecycle, LinePlan, Login, Permissions, Priority, QueueMembership, Telephone,
    Tier,
};
pub use alarms::Alarms;
pub use call_in::{CallIn, KnownCaller, Pin, Verdict};
pub use clis::{Cli, CliOrigin, EffectiveCli, effective_cli};
pub use dids::{Did, DidTarget};
pub use floor::{Event, Floor, Offer, Reserved, Target, Work};
pub use hours::{Days, Hours};
pub use ids::{
    AgentId, CallId, CampaignId, CliId, DidId, PhonebookEntryId, PromptId, QueueId, RecordingId,
    ScriptId, TeamId, TrunkId, WorkflowId,
};
pub use invalid::Invalid;
pub use mailbox::{Mailbox, Messages};
pub use number::{Extension, Number, Prefix};
pub use opening::Opening;
pub use organisation::{Organisation, PausePolicy, Policy};
pub use phonebook::PhonebookEntry;
pub use places::{CallBack, KeptPlace, PlaceEnd, Places};
pub use presence::{
    Action, Attendance, Cause, Counts, Fault, Interval, PauseClass, PauseReason, Presence, Refused,
    State, StateName,
};
pub use prompts::{Prompt, Sound};
pub use queues::{AgentOrder, Overflow, Queue};
pub use scripts::Script;
pub use teams::Team;
pub use trunks::{CliRule, Codec, Transport, Trunk, TrunkAddress, TrunkRegistration};
pub use waits::Waits;
pub use workflows::Workflow;

/// Where a test's virtual time begins.
#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "std makes an Instant in no other way")]
fn origin() -> std::time::Instant {
    std::time::Instant::now()
}
