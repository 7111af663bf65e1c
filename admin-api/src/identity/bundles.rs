//! What the house's own roles grant (R68, R69).
//!
//! | role | may |
//! | --- | --- |
//! | agent | its own work, its own profile and figures |
//! | unit manager | run the agents of its teams and units; see their calls and figures |
//! | manager | run the floor; see calls and figures of its campaigns |
//! | compliance officer | see everything; change do-not-call, legal profiles and evidence |
//! | senior manager | run the floor; see all calls and figures |
//! | owner, administrator | everything |

use Permission as P;
use store::roles::{Grants, Permission, Scope};
use store::users::Role;

/// What the role grants; of a custom one, `custom`.
pub(crate) fn grants(role: Role, custom: Option<Grants>) -> Grants {
    match role {
        Role::Agent => at(Scope::Own, AGENT),
        Role::UnitManager => at(Scope::Unit, UNIT).chain_all(SHARED),
        Role::Manager => at(Scope::Campaign, RECORDS).chain_all(FLOOR),
        Role::ComplianceOfficer => at(Scope::All, RECORDS).chain_all(SHARED).chain_all(COMPLIANCE),
        Role::SeniorManager => at(Scope::All, RECORDS).chain_all(FLOOR).chain_all(WHOLE),
        Role::Owner | Role::Administrator => everything(),
        Role::Custom(_) => custom.unwrap_or_default(),
    }
}

/// Every permission over everything.
pub(crate) fn everything() -> Grants {
    at(Scope::All, RECORDS).chain_all(FLOOR).chain_all(WHOLE).chain_all(&[
        P::OrganisationWrite,
        P::Users,
        P::TelephonyWrite,
        P::LawWrite,
        P::AuditRead,
        P::Webhooks,
    ])
}

fn at(scope: Scope, permissions: &[Permission]) -> Grants {
    permissions.iter().map(|permission| (*permission, scope)).collect()
}

/// Adds permissions over everything.
trait ChainAll {
    fn chain_all(self, permissions: &[Permission]) -> Self;
}

impl ChainAll for Grants {
    fn chain_all(mut self, permissions: &[Permission]) -> Self {
        self.extend(at(Scope::All, permissions));
        self
    }
}

/// R67: an agent sees what is its own and of nobody else.
const AGENT: &[Permission] = &[P::AgentsRead, P::AgentsDirect, P::PerformanceRead];

/// R192, R194: managers of a unit run its agents' time.
const UNIT: &[Permission] = &[
    P::AgentsRead,
    P::AgentsWrite,
    P::AgentsDirect,
    P::Supervise,
    P::PerformanceRead,
    P::CallsRead,
    P::RecordingsRead,
    P::CallbacksRead,
];

/// What a manager sees of the campaigns assigned, and the others of all (R69).
const RECORDS: &[Permission] =
    &[P::PerformanceRead, P::CallsRead, P::RecordingsRead, P::CallbacksRead, P::CallbacksWrite];

/// What whoever runs a part of the house needs to read.
const SHARED: &[Permission] =
    &[P::OrganisationRead, P::TeamsRead, P::QueuesRead, P::CampaignsRead, P::Live];

/// R69: see, create, edit, invite and archive agents; and the floor that they work on.
const FLOOR: &[Permission] = &[
    P::OrganisationRead,
    P::AgentsRead,
    P::AgentsWrite,
    P::AgentsDirect,
    P::Supervise,
    P::TeamsRead,
    P::TeamsWrite,
    P::TelephonyRead,
    P::QueuesRead,
    P::QueuesWrite,
    P::CampaignsRead,
    P::CampaignsWrite,
    P::CampaignsRun,
    P::LeadsRead,
    P::LeadsWrite,
    P::DncRead,
    P::DncWrite,
    P::LawRead,
    P::PauseReasonsWrite,
    P::PhonebookWrite,
    P::PromptsWrite,
    P::CallsEnd,
    P::Voicemails,
    P::VerdictsReview,
    P::Live,
];

/// What shows the whole house at once.
const WHOLE: &[Permission] = &[P::SupervisionRead, P::PermitsExport];

/// R69 gives the compliance officer the agents too.
const COMPLIANCE: &[Permission] = &[
    P::AgentsRead,
    P::AgentsWrite,
    P::SupervisionRead,
    P::TelephonyRead,
    P::LeadsRead,
    P::DncRead,
    P::DncWrite,
    P::LawRead,
    P::LawWrite,
    P::PermitsExport,
    P::AuditRead,
];

#[cfg(test)]
mod tests {
    use super::*;

    /// R69, as it stands there.
    #[test]
    fn the_matrix_of_the_roles_is_the_one_that_was_asked_for() {
        use Role::{Agent, ComplianceOfficer, Manager, Owner, SeniorManager};
        let has = |role, permission| grants(role, None).get(&permission).copied();
        for permission in [P::AgentsRead, P::AgentsWrite] {
            for role in [Manager, ComplianceOfficer, SeniorManager, Owner] {
                assert_eq!(has(role, permission), Some(Scope::All), "{role:?} {permission:?}");
            }
        }
        assert_eq!(has(Agent, P::AgentsWrite), None);
        let performance = [
            (Agent, Scope::Own),
            (Manager, Scope::Campaign),
            (ComplianceOfficer, Scope::All),
            (SeniorManager, Scope::All),
            (Owner, Scope::All),
        ];
        for (role, scope) in performance {
            assert_eq!(has(role, P::PerformanceRead), Some(scope), "{role:?}");
        }
    }

    /// Who was a manager becomes a senior manager, and loses nothing.
    #[test]
    fn a_senior_manager_has_all_that_managers_had() {
        let senior = grants(Role::SeniorManager, None);
        assert!(senior.values().all(|scope| *scope == Scope::All));
        let missing: Vec<_> = everything()
            .into_keys()
            .filter(|permission| !senior.contains_key(permission))
            .collect();
        // Of these, the audit log and webhooks came later.
        let own = [
            P::OrganisationWrite,
            P::Users,
            P::TelephonyWrite,
            P::LawWrite,
            P::AuditRead,
            P::Webhooks,
        ];
        assert_eq!(missing, own);
    }

    #[test]
    fn a_custom_role_grants_what_it_names_and_nothing_else() {
        let custom = Role::Custom(uuid::Uuid::nil().into());
        assert_eq!(grants(custom, None), Grants::new());
        let own = Grants::from([(P::Live, Scope::All)]);
        assert_eq!(grants(custom, Some(own.clone())), own);
    }
}
