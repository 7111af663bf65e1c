//! What roles grant, and agents' profiles, as the API shows it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{shapes, vocabulary};

vocabulary! {
    /// Something that a role may allow.
    Permission {
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
        /// Do an agent's work for the agent.
        AgentsDirect,
        /// Listen to an agent's calls, whisper, barge in.
        Supervise,
        /// See who supervised whom.
        SupervisionRead,
        /// See teams.
        TeamsRead,
        /// Change them.
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
        /// Change them.
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
        /// See how agents and campaigns do.
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
    Scope {
        /// What is of the user's own agent.
        Own,
        /// What is of agents in the user's teams.
        Team,
        /// The same, and of agents whose latest shift was for one of those teams.
        Unit,
        /// What is of the user's campaigns.
        Campaign,
        /// Everything.
        All,
    }
}

shapes! {
    /// What an agent may do beside taking calls.
    Permissions {
        /// Dial a number by hand.
        #[schema(required = false)]
        manual_calls: bool,
        /// See campaigns of theirs that are stopped, too, where they dial by hand; none of those is
        /// dialled for.
        #[schema(required = false)]
        stopped_campaigns: bool,
        /// Call colleagues of their own teams; allowed unless told otherwise.
        #[schema(required = false)]
        agent_calls: bool,
        /// Ask and send customers to numbers outside.
        #[schema(required = false)]
        outside_transfers: bool,
        /// Look for people among the leads of their own campaigns.
        #[schema(required = false)]
        lead_search: bool,
        /// See their own promised calls of the day; allowed unless told otherwise.
        #[schema(required = false)]
        callback_list: bool,
        /// Dial whom they promised a call from that list.
        #[schema(required = false)]
        callback_dials: bool,
    }
    /// A role of the organisation's own.
    CustomRole {
        /// What administrators call it; unique.
        #[schema(min_length = 1, max_length = 64)]
        name: String,
        /// What it grants, and how far: a permission that belongs to no agent and no campaign
        /// reaches `all`.
        grants: BTreeMap<String, Scope>,
    }
}
