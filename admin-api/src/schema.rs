//! How the types of `routing` and `dialer` look on the wire, for the OpenAPI document.
//!
//! Those crates know nothing of HTTP, so each of their words has a twin here that only lends its
//! schema. The twins cannot drift: the tests write every word and a full value of each shape with
//! the domain's type, read it with the twin, and compare.

mod callbacks;
mod campaigns;
mod clis;
mod compliance;
mod dids;
mod phonebook;
mod prompts;
mod records;
mod reports;
mod retention;
mod roles;
mod scripts;
mod security;
mod settings;
mod sign_in;
mod webhooks;
mod words;
mod workflows;

pub(crate) use callbacks::{
    Callback, CallbackReport, KeptPlace, MissedCaller, ReturnedCall, Terms,
};
pub(crate) use campaigns::{AbandonPolicy, Campaign, Decision, Disposition, Retry};
pub(crate) use clis::CliHealth;
pub(crate) use compliance::{
    Consent, DncRegister, LegalProfile, ShownDncRegister, ShownLegalProfile,
};
pub(crate) use phonebook::{PhonebookEntry, ShownPhonebookEntry};
pub(crate) use prompts::{PromptVersion, ShownPrompt};
pub(crate) use records::{
    AgentStats, Attempt, Call, CallLeg, CallStep, CallTalk, Completeness, DncScope, ImportReport,
    Lead, OtherNumber, Recording, Shift, Supervision, Verdict, Voicemail, Why,
};
pub(crate) use reports::{FigureUnit, Reconciliation, ReportGrouping};
pub(crate) use retention::{LegalHold, RetentionRule, ShownLegalHold, ShownRetentionRule};
pub(crate) use roles::{CustomRole, Permission, Scope};
pub(crate) use scripts::{Script, ShownScript};
pub(crate) use security::SecurityPolicy;
pub(crate) use settings::{
    Agent, Cli, Did, LinePlan, List, OfferedReason, Organisation, PauseReason, Queue, ShownAgent,
    ShownCampaign, ShownCli, ShownCustomRole, ShownDid, ShownList, ShownOrganisation, ShownQueue,
    ShownReason, ShownTeam, ShownTrunk, Team, Trunk,
};
pub(crate) use sign_in::{ProviderSettings, SignIn};
pub(crate) use webhooks::{
    Delivery, DeliveryState, DeliveryWithBody, Finished, MadeWebhook, ShownWebhook, Webhook,
};
pub(crate) use words::{
    AgentAction, AgentState, Attendance, CallDirection, CapBy, ConsentKind, Counts, Fault,
    LeadStatus, Login, Met, Outcome, PauseClass, Tier,
};
pub(crate) use workflows::{Rung, ShownWorkflow, Workflow};

macro_rules! vocabulary {
    ($($(#[$doc:meta])* $name:ident { $($(#[$value_doc:meta])* $value:ident),+ $(,)? })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        #[allow(clippy::enum_variant_names, reason = "the words are `routing`'s")]
        pub(crate) enum $name { $($(#[$value_doc])* $value),+ }

        #[cfg(test)]
        impl $name {
            pub(crate) const ALL: &[Self] = &[$(Self::$value),+];
        }
    )+};
}
pub(crate) use vocabulary;

macro_rules! shapes {
    ($($(#[$doc:meta])* $name:ident {
        $($(#[$field_doc:meta])* $field:ident: $type:ty),+ $(,)?
    })+) => {$(
        $(#[$doc])*
        #[derive(Debug, PartialEq, Serialize, Deserialize, ToSchema)]
        #[serde(deny_unknown_fields)]
        pub(crate) struct $name { $($(#[$field_doc])* $field: $type),+ }
    )+};
}
pub(crate) use shapes;

#[cfg(test)]
mod tests;
