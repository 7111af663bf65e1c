//! What a role grants: permissions, each with the scope it reaches (R68, R69).
//!
//! The house has roles of its own ([`Role`](crate::users::Role)); an organisation adds others as
//! documents. What a role does not name it does not grant.

use std::collections::BTreeMap;
use std::fmt;

use routing::Invalid;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::documents::{Document, Documents, Value};
use crate::links::{Link, Target};

/// Something that a role may allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// See the organisation's settings.
    OrganisationRead,
    /// Change them, and the security policy.
    OrganisationWrite,
    /// Manage users, their passwords and sessions, and roles.
    Users,
    /// See agents' profiles.
    AgentsRead,
    /// Add, change and delete agents.
    AgentsWrite,
    /// Do an agent's work for the agent: clock in, pause, hang up.
    AgentsDirect,
    /// Listen to an agent's calls, whisper, barge in.
    Supervise,
    /// See who supervised whom.
    SupervisionRead,
    /// See teams.
    TeamsRead,
    /// Add, change and delete teams.
    TeamsWrite,
    /// See trunks, CLIs and DIDs.
    TelephonyRead,
    /// Change them.
    TelephonyWrite,
    /// See queues.
    QueuesRead,
    /// Change them.
    QueuesWrite,
    /// See campaigns' settings.
    CampaignsRead,
    /// Change them.
    CampaignsWrite,
    /// Start and stop campaigns.
    CampaignsRun,
    /// See lists and leads.
    LeadsRead,
    /// Load and change them.
    LeadsWrite,
    /// See do-not-call entries and registers.
    DncRead,
    /// Change them.
    DncWrite,
    /// See legal profiles.
    LawRead,
    /// Change them.
    LawWrite,
    /// Change reasons for a pause.
    PauseReasonsWrite,
    /// Change the phonebook.
    PhonebookWrite,
    /// Change prompts.
    PromptsWrite,
    /// See how agents and campaigns do: figures, attendance, pacing.
    PerformanceRead,
    /// See calls and attempts.
    CallsRead,
    /// End a call of somebody else.
    CallsEnd,
    /// Hear recordings.
    RecordingsRead,
    /// Hear and delete messages of callers.
    Voicemails,
    /// Hear a sample of the calls given up as machines', and say who it was.
    VerdictsReview,
    /// See promises to call back.
    CallbacksRead,
    /// Make and withdraw them.
    CallbacksWrite,
    /// Take the permits out, as evidence.
    PermitsExport,
    /// See who changed what.
    AuditRead,
    /// Decide which servers are told of calls and agents, and see what they were told.
    Webhooks,
    /// Watch everything that happens, as it happens.
    Live,
}

/// How far a permission reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// What is the user's own agent's.
    Own,
    /// What is of agents in the user's teams.
    Team,
    /// The same, and of agents whose latest shift was for one of those teams (R187, R194).
    Unit,
    /// What is of the user's campaigns.
    Campaign,
    /// Everything.
    All,
}

/// What a role grants.
pub type Grants = BTreeMap<Permission, Scope>;

/// A role of the organisation's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustomRole {
    /// Its identity.
    pub id: RoleId,
    /// What administrators call it; unique.
    pub name: String,
    /// What it grants.
    pub grants: Grants,
}

impl Permission {
    /// How far it can reach: what belongs to no agent and no campaign is either all or nothing.
    #[must_use]
    pub fn scopes(self) -> &'static [Scope] {
        match self {
            Self::AgentsRead
            | Self::AgentsWrite
            | Self::AgentsDirect
            | Self::Supervise
            | Self::PerformanceRead
            | Self::CallsRead
            | Self::CallsEnd
            | Self::RecordingsRead
            | Self::CallbacksRead
            | Self::CallbacksWrite => {
                &[Scope::Own, Scope::Team, Scope::Unit, Scope::Campaign, Scope::All]
            }
            Self::CampaignsRead | Self::CampaignsWrite | Self::CampaignsRun => {
                &[Scope::Campaign, Scope::All]
            }
            _ => &[Scope::All],
        }
    }
}

impl CustomRole {
    /// Checks the name, and that each permission can reach as far as it is granted.
    pub fn validate(&self) -> Result<(), Invalid> {
        for (permission, scope) in &self.grants {
            if !permission.scopes().contains(scope) {
                let word = |value: serde_json::Value| value.as_str().map(str::to_owned);
                let name = serde_json::to_value(permission).ok().and_then(word);
                let scopes = permission
                    .scopes()
                    .iter()
                    .filter_map(|scope| serde_json::to_value(scope).ok().and_then(word));
                let expected = scopes.collect::<Vec<_>>().join(", ");
                let field = format!("grants.{}", name.unwrap_or_default());
                return Err(Invalid::new(field, format!("one of: {expected}")));
            }
        }
        let length = self.name.chars().count();
        if self.name.trim().is_empty() || length > 64 || self.name.chars().any(char::is_control) {
            return Err(Invalid::new("name", "one line of 1 to 64 characters"));
        }
        Ok(())
    }
}

/// A custom role's identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RoleId(Uuid);

impl From<Uuid> for RoleId {
    fn from(id: Uuid) -> Self {
        Self(id)
    }
}

impl From<RoleId> for Uuid {
    fn from(id: RoleId) -> Self {
        id.0
    }
}

impl fmt::Display for RoleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The repository of custom roles.
pub type Roles = Documents<CustomRole>;

impl Document for CustomRole {
    type Id = RoleId;
    const TABLE: &'static str = "role";
    const UNIQUE: &'static [&'static str] = &["name"];

    fn id(&self) -> RoleId {
        self.id
    }

    fn unique(&self) -> Vec<Value> {
        vec![Value::Text(Some(self.name.clone()))]
    }

    fn search(&self) -> String {
        self.name.clone()
    }

    fn links(&self) -> Vec<Link> {
        Vec::new()
    }

    fn target(&self) -> Option<Target> {
        None
    }

    fn records() -> Option<(&'static str, &'static str)> {
        Some(("SELECT 1 FROM account WHERE custom_role = $1 LIMIT 1", "users"))
    }
}
