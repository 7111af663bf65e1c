//! Who may do what: the one table, read by the one gate. What is not in it is refused.
//!
//! A route asks for a permission, and the caller's role grants it with a scope, or not at all
//! (`bundles`). Where the scope is not everything, a route that names an object is open for those
//! within reach (`store::reach`), a list shows those alone, and any other route is closed.
//!
//! Another's object is a 404 and not a 403, so that ids cannot be probed (FAULTS S13).

use Who::{Agents, Everybody, May, SignedIn, Within};
use axum::http::Method;
use store::reach::Object;
use store::roles::Permission as P;
use uuid::Uuid;

/// Who may use a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    /// Whoever asks, signed in or not.
    Everybody,
    /// Whoever is signed in.
    SignedIn,
    /// Whoever has an agent profile, and whoever ought to have one.
    Agents,
    /// Whoever has the permission over everything.
    May(P),
    /// Whoever has the permission over the object that the path names; a list is narrowed by its
    /// handler.
    Within(P),
}

/// The rule of a route; none is a route that nobody may use.
pub(crate) fn rule(method: &Method, path: &str) -> Option<Who> {
    // HEAD is GET without the body (RFC 9110 §9.3.2).
    let method = if method == Method::HEAD { "GET" } else { method.as_str() };
    TABLE.iter().find(|(m, p, _)| *m == method && *p == path).map(|(_, _, who)| *who)
}

/// What kind of thing a path names as `{id}`, and its word; none where scopes mean nothing.
pub(crate) fn object(path: &str, id: Uuid) -> Option<(&'static str, Object)> {
    let mut parts = path.strip_prefix("/v1/")?.split('/');
    match (parts.next()?, parts.next()?) {
        ("agents", "{id}") => Some(("agent", Object::Agent(id.into()))),
        ("campaigns", "{id}") => Some(("campaign", Object::Campaign(id.into()))),
        ("calls", "{id}") => Some(("call", Object::Call(id.into()))),
        ("attempts", "{id}") => Some(("attempt", Object::Attempt(id.into()))),
        ("recordings", "{id}") => Some(("recording", Object::Recording(id.into()))),
        ("callbacks", "{id}") => Some(("callback", Object::Callback(id.into()))),
        _ => None,
    }
}

/// Method, path as the router spells it, and who may.
pub(crate) const TABLE: &[(&str, &str, Who)] = &[
    ("GET", "/v1/health", Everybody),
    ("GET", "/openapi.json", Everybody),
    // A scraper is known by its address, which the handler looks at.
    ("GET", "/metrics", Everybody),
    ("POST", "/v1/login", Everybody),
    ("GET", "/v1/sign-in-methods", Everybody),
    // The provider proves who it is; the cookie, that it is the browser that began.
    ("POST", "/v1/provider-logins", Everybody),
    ("POST", "/v1/provider-logins/finish", Everybody),
    // Whoever forgot a password has nothing else to show; the letter goes to its reader alone.
    ("POST", "/v1/password-resets", Everybody),
    // What stands in the letter is the proof.
    ("POST", "/v1/mailed-links/open", Everybody),
    ("POST", "/v1/mailed-links/use", Everybody),
    // A browser's ticket is checked by the handler: it is the proof.
    ("GET", "/v1/events", Everybody),
    ("POST", "/v1/logout", SignedIn),
    ("GET", "/v1/session", SignedIn),
    ("PUT", "/v1/session/password", SignedIn),
    ("PUT", "/v1/session/email", SignedIn),
    ("GET", "/v1/session/totp", SignedIn),
    ("POST", "/v1/session/totp", SignedIn),
    ("PUT", "/v1/session/totp", SignedIn),
    ("POST", "/v1/session/totp/remove", SignedIn),
    ("GET", "/v1/sessions", SignedIn),
    ("GET", "/v1/tokens", SignedIn),
    ("POST", "/v1/tokens", SignedIn),
    // A token of somebody else is not found by the handler.
    ("DELETE", "/v1/tokens/{id}", SignedIn),
    // A session of somebody else is not found by the handler.
    ("DELETE", "/v1/sessions/{id}", SignedIn),
    // Whoever chooses a password is told its rule.
    ("GET", "/v1/security-policy", SignedIn),
    ("PUT", "/v1/security-policy", May(P::OrganisationWrite)),
    // Who changes it could sign in as anybody: the handler asks for all that there is.
    ("GET", "/v1/identity-provider", May(P::Users)),
    ("PUT", "/v1/identity-provider", May(P::Users)),
    ("DELETE", "/v1/identity-provider", May(P::Users)),
    ("PUT", "/v1/identity-provider/secret", May(P::Users)),
    ("DELETE", "/v1/identity-provider/secret", May(P::Users)),
    ("POST", "/v1/identity-provider/test", May(P::Users)),
    ("POST", "/v1/events/ticket", SignedIn),
    ("GET", "/v1/live", SignedIn),
    ("GET", "/v1/organisation", May(P::OrganisationRead)),
    ("PUT", "/v1/organisation", May(P::OrganisationWrite)),
    ("GET", "/v1/users", May(P::Users)),
    ("POST", "/v1/users", May(P::Users)),
    ("GET", "/v1/users/{id}", May(P::Users)),
    ("PUT", "/v1/users/{id}", May(P::Users)),
    ("DELETE", "/v1/users/{id}", May(P::Users)),
    ("POST", "/v1/invitations", May(P::Users)),
    ("GET", "/v1/users/{id}/invitation", May(P::Users)),
    ("POST", "/v1/users/{id}/invitation", May(P::Users)),
    ("DELETE", "/v1/users/{id}/invitation", May(P::Users)),
    ("GET", "/v1/roles", May(P::Users)),
    ("POST", "/v1/roles", May(P::Users)),
    ("GET", "/v1/roles/{id}", May(P::Users)),
    ("PUT", "/v1/roles/{id}", May(P::Users)),
    ("DELETE", "/v1/roles/{id}", May(P::Users)),
    ("PUT", "/v1/users/{id}/password", May(P::Users)),
    ("GET", "/v1/users/{id}/sessions", May(P::Users)),
    ("DELETE", "/v1/users/{id}/sessions", May(P::Users)),
    ("DELETE", "/v1/users/{id}/totp", May(P::Users)),
    ("GET", "/v1/users/{id}/provider-subject", May(P::Users)),
    ("DELETE", "/v1/users/{id}/provider-subject", May(P::Users)),
    ("GET", "/v1/users/{id}/tokens", May(P::Users)),
    ("DELETE", "/v1/users/{id}/tokens", May(P::Users)),
    ("GET", "/v1/agents", Within(P::AgentsRead)),
    ("POST", "/v1/agents", May(P::AgentsWrite)),
    ("POST", "/v1/agents/import", May(P::AgentsWrite)),
    ("GET", "/v1/agents/{id}", Within(P::AgentsRead)),
    ("PUT", "/v1/agents/{id}", Within(P::AgentsWrite)),
    ("DELETE", "/v1/agents/{id}", Within(P::AgentsWrite)),
    ("POST", "/v1/agents/{id}/sip-secret", Within(P::AgentsWrite)),
    ("POST", "/v1/agents/{id}/provisioning", Within(P::AgentsWrite)),
    // A softphone has nothing to show but the link.
    ("GET", "/v1/provisioning/{token}", Everybody),
    ("GET", "/v1/agents/{id}/invitation", Within(P::AgentsRead)),
    ("POST", "/v1/agents/{id}/invitation", Within(P::AgentsWrite)),
    ("DELETE", "/v1/agents/{id}/invitation", Within(P::AgentsWrite)),
    ("POST", "/v1/agents/{id}/clock-in", Within(P::AgentsDirect)),
    ("POST", "/v1/agents/{id}/clock-out", Within(P::AgentsDirect)),
    ("POST", "/v1/agents/{id}/ready", Within(P::AgentsDirect)),
    ("POST", "/v1/agents/{id}/pause", Within(P::AgentsDirect)),
    ("POST", "/v1/agents/{id}/hold", Within(P::AgentsDirect)),
    ("POST", "/v1/agents/{id}/resume", Within(P::AgentsDirect)),
    ("POST", "/v1/agents/{id}/recording/pause", Within(P::AgentsDirect)),
    ("POST", "/v1/agents/{id}/recording/resume", Within(P::AgentsDirect)),
    ("POST", "/v1/agents/{id}/hang-up", Within(P::AgentsDirect)),
    ("POST", "/v1/agents/{id}/dispose", Within(P::AgentsDirect)),
    ("GET", "/v1/agents/{id}/telephone", Within(P::AgentsRead)),
    ("GET", "/v1/agents/{id}/call-in-pin", Within(P::AgentsRead)),
    ("PUT", "/v1/agents/{id}/call-in-pin", Within(P::AgentsWrite)),
    ("DELETE", "/v1/agents/{id}/call-in-pin", Within(P::AgentsWrite)),
    ("GET", "/v1/me", SignedIn),
    ("GET", "/v1/me/call-in", Agents),
    ("PUT", "/v1/me/call-in-pin", Agents),
    ("GET", "/v1/me/telephone", Agents),
    ("POST", "/v1/me/sip-token", Agents),
    ("GET", "/v1/me/calls", Agents),
    ("GET", "/v1/me/directory", Agents),
    ("GET", "/v1/me/lead-campaigns", Agents),
    // Whether the agent may is in their profile, which the handler reads.
    ("GET", "/v1/me/leads", Agents),
    ("GET", "/v1/me/queues", Agents),
    ("POST", "/v1/me/queues/{id}/active", Agents),
    ("DELETE", "/v1/me/queues/{id}/active", Agents),
    ("GET", "/v1/me/preview", Agents),
    ("POST", "/v1/me/preview/dial", Agents),
    ("POST", "/v1/me/preview/skip", Agents),
    ("GET", "/v1/me/voicemails", Agents),
    ("GET", "/v1/me/voicemails/{id}/audio", Agents),
    ("PUT", "/v1/me/voicemails/{id}/heard", Agents),
    ("DELETE", "/v1/me/voicemails/{id}", Agents),
    ("POST", "/v1/me/clock-in", Agents),
    ("POST", "/v1/me/clock-out", Agents),
    ("POST", "/v1/me/line", Agents),
    ("POST", "/v1/me/ready", Agents),
    ("POST", "/v1/me/pause", Agents),
    ("POST", "/v1/me/hold", Agents),
    ("POST", "/v1/me/resume", Agents),
    ("POST", "/v1/me/recording/pause", Agents),
    ("POST", "/v1/me/recording/resume", Agents),
    ("POST", "/v1/me/hang-up", Agents),
    ("POST", "/v1/me/dispose", Agents),
    ("GET", "/v1/trunks", May(P::TelephonyRead)),
    ("POST", "/v1/trunks", May(P::TelephonyWrite)),
    ("GET", "/v1/trunks/{id}", May(P::TelephonyRead)),
    ("PUT", "/v1/trunks/{id}", May(P::TelephonyWrite)),
    ("DELETE", "/v1/trunks/{id}", May(P::TelephonyWrite)),
    ("PUT", "/v1/trunks/{id}/secret", May(P::TelephonyWrite)),
    ("DELETE", "/v1/trunks/{id}/secret", May(P::TelephonyWrite)),
    ("GET", "/v1/clis", May(P::TelephonyRead)),
    ("POST", "/v1/clis", May(P::TelephonyWrite)),
    ("GET", "/v1/clis/health", May(P::TelephonyRead)),
    ("GET", "/v1/clis/{id}", May(P::TelephonyRead)),
    ("PUT", "/v1/clis/{id}", May(P::TelephonyWrite)),
    ("DELETE", "/v1/clis/{id}", May(P::TelephonyWrite)),
    ("GET", "/v1/dids", May(P::TelephonyRead)),
    ("POST", "/v1/dids", May(P::TelephonyWrite)),
    ("GET", "/v1/dids/{id}", May(P::TelephonyRead)),
    ("PUT", "/v1/dids/{id}", May(P::TelephonyWrite)),
    ("DELETE", "/v1/dids/{id}", May(P::TelephonyWrite)),
    ("GET", "/v1/queues", May(P::QueuesRead)),
    ("POST", "/v1/queues", May(P::QueuesWrite)),
    ("GET", "/v1/queues/{id}", May(P::QueuesRead)),
    ("PUT", "/v1/queues/{id}", May(P::QueuesWrite)),
    ("DELETE", "/v1/queues/{id}", May(P::QueuesWrite)),
    ("GET", "/v1/workflows", May(P::TelephonyRead)),
    // A webhook sends what is known of callers out: who may write one, may write trunks.
    ("POST", "/v1/workflows", May(P::TelephonyWrite)),
    ("POST", "/v1/workflows/simulate", May(P::TelephonyRead)),
    ("GET", "/v1/workflows/{id}", May(P::TelephonyRead)),
    ("GET", "/v1/workflows/{id}/versions", May(P::TelephonyRead)),
    ("GET", "/v1/workflows/{id}/uses", May(P::TelephonyRead)),
    ("PUT", "/v1/workflows/{id}", May(P::TelephonyWrite)),
    ("DELETE", "/v1/workflows/{id}", May(P::TelephonyWrite)),
    // What agents say for a campaign is the campaign's.
    ("GET", "/v1/scripts", May(P::CampaignsRead)),
    ("POST", "/v1/scripts", May(P::CampaignsWrite)),
    ("GET", "/v1/scripts/{id}", May(P::CampaignsRead)),
    ("PUT", "/v1/scripts/{id}", May(P::CampaignsWrite)),
    ("DELETE", "/v1/scripts/{id}", May(P::CampaignsWrite)),
    ("GET", "/v1/me/call-sheet", Agents),
    ("GET", "/v1/me/calling-hours", Agents),
    ("PUT", "/v1/me/call-sheet/answers", Agents),
    ("GET", "/v1/teams", May(P::TeamsRead)),
    ("POST", "/v1/teams", May(P::TeamsWrite)),
    ("GET", "/v1/teams/{id}", May(P::TeamsRead)),
    ("PUT", "/v1/teams/{id}", May(P::TeamsWrite)),
    ("DELETE", "/v1/teams/{id}", May(P::TeamsWrite)),
    ("GET", "/v1/attendance", Within(P::PerformanceRead)),
    ("GET", "/v1/reports", Within(P::PerformanceRead)),
    ("GET", "/v1/reports/{report}", Within(P::PerformanceRead)),
    ("GET", "/v1/reports/{report}/csv", Within(P::PerformanceRead)),
    ("GET", "/v1/reports/{report}/calls", Within(P::CallsRead)),
    // It is about the house as a whole.
    ("GET", "/v1/reconciliation", May(P::PerformanceRead)),
    ("POST", "/v1/agents/{id}/supervise", Within(P::Supervise)),
    ("GET", "/v1/supervision", May(P::SupervisionRead)),
    ("GET", "/v1/agents/{id}/stats", Within(P::PerformanceRead)),
    ("GET", "/v1/me/stats", Agents),
    ("POST", "/v1/me/call", Agents),
    ("POST", "/v1/me/help", Agents),
    ("GET", "/v1/me/attendance", Agents),
    ("GET", "/v1/campaigns", Within(P::CampaignsRead)),
    ("POST", "/v1/campaigns", May(P::CampaignsWrite)),
    ("GET", "/v1/campaigns/{id}", Within(P::CampaignsRead)),
    ("PUT", "/v1/campaigns/{id}", Within(P::CampaignsWrite)),
    ("DELETE", "/v1/campaigns/{id}", Within(P::CampaignsWrite)),
    ("POST", "/v1/campaigns/{id}/start", Within(P::CampaignsRun)),
    ("POST", "/v1/campaigns/{id}/stop", Within(P::CampaignsRun)),
    ("GET", "/v1/campaigns/{id}/pacing", Within(P::PerformanceRead)),
    ("GET", "/v1/campaigns/{id}/funnel", Within(P::PerformanceRead)),
    ("GET", "/v1/campaigns/{id}/amd", Within(P::PerformanceRead)),
    ("GET", "/v1/campaigns/{id}/effective", Within(P::CampaignsRead)),
    // The desk shows them at the end of a call.
    ("GET", "/v1/campaigns/{id}/dispositions", SignedIn),
    ("GET", "/v1/lists", May(P::LeadsRead)),
    ("POST", "/v1/lists", May(P::LeadsWrite)),
    ("GET", "/v1/lists/{id}", May(P::LeadsRead)),
    ("PUT", "/v1/lists/{id}", May(P::LeadsWrite)),
    ("DELETE", "/v1/lists/{id}", May(P::LeadsWrite)),
    ("GET", "/v1/lists/{id}/leads", May(P::LeadsRead)),
    ("POST", "/v1/lists/{id}/leads", May(P::LeadsWrite)),
    ("GET", "/v1/leads", May(P::LeadsRead)),
    ("GET", "/v1/leads/{id}", May(P::LeadsRead)),
    ("PUT", "/v1/leads/{id}", May(P::LeadsWrite)),
    ("DELETE", "/v1/leads/{id}", May(P::LeadsWrite)),
    ("GET", "/v1/leads/{id}/why", May(P::LeadsRead)),
    ("GET", "/v1/dnc", May(P::DncRead)),
    ("POST", "/v1/dnc", May(P::DncWrite)),
    ("POST", "/v1/dnc/remove", May(P::DncWrite)),
    ("GET", "/v1/dnc/check", May(P::DncRead)),
    ("POST", "/v1/dnc/import", May(P::DncWrite)),
    ("GET", "/v1/dnc-registers", May(P::DncRead)),
    ("POST", "/v1/dnc-registers", May(P::DncWrite)),
    ("GET", "/v1/dnc-registers/{id}", May(P::DncRead)),
    ("PUT", "/v1/dnc-registers/{id}", May(P::DncWrite)),
    ("DELETE", "/v1/dnc-registers/{id}", May(P::DncWrite)),
    ("GET", "/v1/dnc-registers/{id}/numbers", May(P::DncRead)),
    ("PUT", "/v1/dnc-registers/{id}/numbers", May(P::DncWrite)),
    ("GET", "/v1/legal-profiles", May(P::LawRead)),
    ("POST", "/v1/legal-profiles", May(P::LawWrite)),
    ("GET", "/v1/legal-profiles/{id}", May(P::LawRead)),
    ("PUT", "/v1/legal-profiles/{id}", May(P::LawWrite)),
    ("DELETE", "/v1/legal-profiles/{id}", May(P::LawWrite)),
    ("GET", "/v1/retention-rules", May(P::LawRead)),
    ("POST", "/v1/retention-rules", May(P::LawWrite)),
    ("GET", "/v1/retention-rules/{id}", May(P::LawRead)),
    ("PUT", "/v1/retention-rules/{id}", May(P::LawWrite)),
    ("DELETE", "/v1/retention-rules/{id}", May(P::LawWrite)),
    ("POST", "/v1/persons/collect", May(P::LawWrite)),
    ("POST", "/v1/persons/forget", May(P::LawWrite)),
    ("GET", "/v1/legal-holds", May(P::LawRead)),
    ("POST", "/v1/legal-holds", May(P::LawWrite)),
    ("GET", "/v1/legal-holds/{id}", May(P::LawRead)),
    ("PUT", "/v1/legal-holds/{id}", May(P::LawWrite)),
    ("DELETE", "/v1/legal-holds/{id}", May(P::LawWrite)),
    // Agents choose from them.
    ("GET", "/v1/pause-reasons", SignedIn),
    ("POST", "/v1/pause-reasons", May(P::PauseReasonsWrite)),
    ("GET", "/v1/pause-reasons/{id}", SignedIn),
    ("PUT", "/v1/pause-reasons/{id}", May(P::PauseReasonsWrite)),
    ("DELETE", "/v1/pause-reasons/{id}", May(P::PauseReasonsWrite)),
    // Agents transfer to them.
    ("GET", "/v1/phonebook", SignedIn),
    ("POST", "/v1/phonebook", May(P::PhonebookWrite)),
    ("GET", "/v1/phonebook/{id}", SignedIn),
    ("PUT", "/v1/phonebook/{id}", May(P::PhonebookWrite)),
    ("DELETE", "/v1/phonebook/{id}", May(P::PhonebookWrite)),
    // Every form that names a clip offers them.
    ("GET", "/v1/prompts", SignedIn),
    ("GET", "/v1/prompts/clips", SignedIn),
    ("GET", "/v1/prompts/built-in/{name}/audio", SignedIn),
    ("GET", "/v1/prompts/{id}", SignedIn),
    ("GET", "/v1/prompts/{id}/audio", SignedIn),
    ("GET", "/v1/prompts/{id}/versions", SignedIn),
    ("GET", "/v1/prompts/{id}/uses", SignedIn),
    ("POST", "/v1/prompts", May(P::PromptsWrite)),
    ("POST", "/v1/prompts/spoken", May(P::PromptsWrite)),
    ("PUT", "/v1/prompts/{id}/audio", May(P::PromptsWrite)),
    ("PUT", "/v1/prompts/{id}/spoken", May(P::PromptsWrite)),
    ("DELETE", "/v1/prompts/{id}", May(P::PromptsWrite)),
    ("GET", "/v1/voicemails", May(P::Voicemails)),
    ("GET", "/v1/voicemails/{id}/audio", May(P::Voicemails)),
    ("PUT", "/v1/voicemails/{id}/heard", May(P::Voicemails)),
    ("DELETE", "/v1/voicemails/{id}", May(P::Voicemails)),
    ("GET", "/v1/verdicts", May(P::VerdictsReview)),
    ("GET", "/v1/verdicts/{id}/audio", May(P::VerdictsReview)),
    ("PUT", "/v1/verdicts/{id}/met", May(P::VerdictsReview)),
    ("GET", "/v1/calls", Within(P::CallsRead)),
    ("GET", "/v1/calls/{id}", Within(P::CallsRead)),
    ("GET", "/v1/calls/{id}/ladder", Within(P::CallsRead)),
    ("GET", "/v1/calls/{id}/ladder.txt", Within(P::CallsRead)),
    ("GET", "/v1/calls/{id}/ladder.pcap", Within(P::CallsRead)),
    ("POST", "/v1/calls/{id}/hang-up", Within(P::CallsEnd)),
    ("GET", "/v1/recordings", Within(P::RecordingsRead)),
    ("GET", "/v1/recordings/completeness", Within(P::RecordingsRead)),
    ("GET", "/v1/recordings/{id}", Within(P::RecordingsRead)),
    ("GET", "/v1/recordings/{id}/audio", Within(P::RecordingsRead)),
    ("GET", "/v1/recordings/{id}/peaks", Within(P::RecordingsRead)),
    ("GET", "/v1/attempts", Within(P::CallsRead)),
    ("GET", "/v1/attempts/{id}", Within(P::CallsRead)),
    ("GET", "/v1/permits", May(P::PermitsExport)),
    ("GET", "/v1/audit", May(P::AuditRead)),
    ("GET", "/v1/audit.csv", May(P::AuditRead)),
    ("GET", "/v1/audit.ndjson", May(P::AuditRead)),
    ("GET", "/v1/webhooks", May(P::Webhooks)),
    ("POST", "/v1/webhooks", May(P::Webhooks)),
    ("GET", "/v1/webhooks/{id}", May(P::Webhooks)),
    ("PUT", "/v1/webhooks/{id}", May(P::Webhooks)),
    ("DELETE", "/v1/webhooks/{id}", May(P::Webhooks)),
    ("POST", "/v1/webhooks/{id}/secret", May(P::Webhooks)),
    ("POST", "/v1/webhooks/{id}/test", May(P::Webhooks)),
    ("POST", "/v1/webhooks/{id}/resume", May(P::Webhooks)),
    ("POST", "/v1/webhooks/{id}/replay", May(P::Webhooks)),
    ("GET", "/v1/webhook-deliveries", May(P::Webhooks)),
    ("GET", "/v1/webhook-deliveries/{id}", May(P::Webhooks)),
    ("POST", "/v1/webhook-deliveries/{id}/replay", May(P::Webhooks)),
    ("GET", "/v1/callbacks", Within(P::CallbacksRead)),
    ("POST", "/v1/callbacks", Within(P::CallbacksWrite)),
    ("GET", "/v1/callbacks/{id}", Within(P::CallbacksRead)),
    ("POST", "/v1/callbacks/{id}/withdraw", Within(P::CallbacksWrite)),
    ("POST", "/v1/callbacks/{id}/move", Within(P::CallbacksWrite)),
    ("GET", "/v1/callback-report", Within(P::CallbacksRead)),
    ("GET", "/v1/returned-calls", May(P::CallsRead)),
    ("GET", "/v1/kept-places", Within(P::CallbacksRead)),
    ("DELETE", "/v1/kept-places/{id}", May(P::CallbacksWrite)),
    ("GET", "/v1/me/callbacks", Agents),
    ("GET", "/v1/me/returned-calls", Agents),
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use store::roles::Scope;

    #[test]
    fn no_route_has_two_rules() {
        let keys: BTreeSet<_> = TABLE.iter().map(|(method, path, _)| (method, path)).collect();
        assert_eq!(keys.len(), TABLE.len());
    }

    /// Deny by default.
    #[test]
    fn a_route_that_is_not_in_the_table_has_no_rule() {
        assert_eq!(rule(&Method::PATCH, "/v1/agents"), None);
        assert_eq!(rule(&Method::GET, "/v1/agents/7"), None);
        assert_eq!(rule(&Method::HEAD, "/v1/health"), Some(Everybody));
    }

    /// A scope that a route could not look up would close it, or open it for all.
    #[test]
    fn a_permission_has_scopes_where_its_routes_can_tell_whose_an_object_is() {
        for (method, path, who) in TABLE {
            match who {
                Within(permission) => {
                    assert!(permission.scopes().len() > 1, "{method} {path}");
                    let named = path.contains("{id}");
                    assert_eq!(object(path, Uuid::nil()).is_some(), named, "{method} {path}");
                }
                May(permission) => assert!(permission.scopes().contains(&Scope::All)),
                _ => {}
            }
        }
    }
}
