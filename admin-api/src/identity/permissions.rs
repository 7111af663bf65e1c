//! Who may do what: the one table, read by the one gate. What is not in it is refused.
//!
//! | role | may |
//! | --- | --- |
//! | administrator | everything |
//! | manager | run the floor: agents, queues, campaigns, lists, leads, DNC, records, live |
//! | agent | its own work under `/v1/me` and `/v1/agents/{its own id}`, its own events |
//!
//! Another's object is a 404 and not a 403, so that ids cannot be probed (FAULTS S13).

use axum::http::Method;

use super::{Caller, Role};

/// Who may use a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    /// Whoever asks, signed in or not.
    Everybody,
    /// Whoever is signed in.
    SignedIn,
    /// Administrators.
    Administrators,
    /// Administrators and managers.
    Managers,
    /// Administrators, managers, and the agent that the path names.
    OwnAgent,
    /// Whoever has an agent profile.
    Agents,
}

/// What the gate decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Allowed,
    /// The role does not reach this far.
    Forbidden,
    /// It is not the caller's to know of.
    Hidden,
}

impl Who {
    /// Decides for a caller; `named` is the `{id}` of the path.
    pub(crate) fn admits(self, caller: &Caller, named: Option<&str>) -> Verdict {
        let is = |allowed: bool| if allowed { Verdict::Allowed } else { Verdict::Forbidden };
        let manages = matches!(caller.role, Role::Administrator | Role::Manager);
        match self {
            Self::Everybody | Self::SignedIn => Verdict::Allowed,
            Self::Administrators => is(caller.role == Role::Administrator),
            Self::Managers => is(manages),
            Self::OwnAgent if manages => Verdict::Allowed,
            Self::OwnAgent => {
                let own = caller.agent.map(|agent| agent.to_string());
                let same = own.is_some() && own.as_deref() == named;
                if same { Verdict::Allowed } else { Verdict::Hidden }
            }
            // R66: an agent user without a profile is told so by the handler.
            Self::Agents => is(caller.role == Role::Agent || caller.agent.is_some()),
        }
    }
}

/// The rule of a route; none is a route that nobody may use.
pub(crate) fn rule(method: &Method, path: &str) -> Option<Who> {
    // HEAD is GET without the body (RFC 9110 §9.3.2).
    let method = if method == Method::HEAD { "GET" } else { method.as_str() };
    TABLE.iter().find(|(m, p, _)| *m == method && *p == path).map(|(_, _, who)| *who)
}

/// Method, path as the router spells it, and who may.
pub(crate) const TABLE: &[(&str, &str, Who)] = &[
    ("GET", "/v1/health", Who::Everybody),
    ("GET", "/openapi.json", Who::Everybody),
    // A scraper is known by its address, which the handler looks at.
    ("GET", "/metrics", Who::Everybody),
    ("POST", "/v1/login", Who::Everybody),
    // A browser's ticket is checked by the handler: it is the proof.
    ("GET", "/v1/events", Who::Everybody),
    ("POST", "/v1/logout", Who::SignedIn),
    ("GET", "/v1/session", Who::SignedIn),
    ("PUT", "/v1/session/password", Who::SignedIn),
    ("GET", "/v1/session/totp", Who::SignedIn),
    ("POST", "/v1/session/totp", Who::SignedIn),
    ("PUT", "/v1/session/totp", Who::SignedIn),
    ("POST", "/v1/session/totp/remove", Who::SignedIn),
    ("GET", "/v1/sessions", Who::SignedIn),
    // A session of somebody else is not found by the handler.
    ("DELETE", "/v1/sessions/{id}", Who::SignedIn),
    // Whoever chooses a password is told its rule.
    ("GET", "/v1/security-policy", Who::SignedIn),
    ("PUT", "/v1/security-policy", Who::Administrators),
    ("POST", "/v1/events/ticket", Who::SignedIn),
    ("GET", "/v1/live", Who::SignedIn),
    ("GET", "/v1/organisation", Who::Managers),
    ("PUT", "/v1/organisation", Who::Administrators),
    ("GET", "/v1/users", Who::Administrators),
    ("POST", "/v1/users", Who::Administrators),
    ("GET", "/v1/users/{id}", Who::Administrators),
    ("PUT", "/v1/users/{id}", Who::Administrators),
    ("DELETE", "/v1/users/{id}", Who::Administrators),
    ("PUT", "/v1/users/{id}/password", Who::Administrators),
    ("GET", "/v1/users/{id}/sessions", Who::Administrators),
    ("DELETE", "/v1/users/{id}/sessions", Who::Administrators),
    ("DELETE", "/v1/users/{id}/totp", Who::Administrators),
    ("GET", "/v1/agents", Who::Managers),
    ("POST", "/v1/agents", Who::Managers),
    ("GET", "/v1/agents/{id}", Who::OwnAgent),
    ("PUT", "/v1/agents/{id}", Who::Managers),
    ("DELETE", "/v1/agents/{id}", Who::Managers),
    ("POST", "/v1/agents/{id}/sip-secret", Who::Managers),
    ("POST", "/v1/agents/{id}/clock-in", Who::OwnAgent),
    ("POST", "/v1/agents/{id}/clock-out", Who::OwnAgent),
    ("POST", "/v1/agents/{id}/ready", Who::OwnAgent),
    ("POST", "/v1/agents/{id}/pause", Who::OwnAgent),
    ("POST", "/v1/agents/{id}/hold", Who::OwnAgent),
    ("POST", "/v1/agents/{id}/resume", Who::OwnAgent),
    ("POST", "/v1/agents/{id}/recording/pause", Who::OwnAgent),
    ("POST", "/v1/agents/{id}/recording/resume", Who::OwnAgent),
    ("POST", "/v1/agents/{id}/hang-up", Who::OwnAgent),
    ("POST", "/v1/agents/{id}/dispose", Who::OwnAgent),
    ("GET", "/v1/agents/{id}/telephone", Who::OwnAgent),
    ("GET", "/v1/me", Who::SignedIn),
    ("GET", "/v1/me/telephone", Who::Agents),
    ("POST", "/v1/me/sip-token", Who::Agents),
    ("GET", "/v1/me/calls", Who::Agents),
    ("GET", "/v1/me/directory", Who::Agents),
    ("GET", "/v1/me/queues", Who::Agents),
    ("POST", "/v1/me/queues/{id}/active", Who::Agents),
    ("DELETE", "/v1/me/queues/{id}/active", Who::Agents),
    ("GET", "/v1/me/preview", Who::Agents),
    ("POST", "/v1/me/preview/dial", Who::Agents),
    ("POST", "/v1/me/preview/skip", Who::Agents),
    ("GET", "/v1/me/voicemails", Who::Agents),
    ("GET", "/v1/me/voicemails/{id}/audio", Who::Agents),
    ("PUT", "/v1/me/voicemails/{id}/heard", Who::Agents),
    ("DELETE", "/v1/me/voicemails/{id}", Who::Agents),
    ("POST", "/v1/me/clock-in", Who::Agents),
    ("POST", "/v1/me/clock-out", Who::Agents),
    ("POST", "/v1/me/ready", Who::Agents),
    ("POST", "/v1/me/pause", Who::Agents),
    ("POST", "/v1/me/hold", Who::Agents),
    ("POST", "/v1/me/resume", Who::Agents),
    ("POST", "/v1/me/recording/pause", Who::Agents),
    ("POST", "/v1/me/recording/resume", Who::Agents),
    ("POST", "/v1/me/hang-up", Who::Agents),
    ("POST", "/v1/me/dispose", Who::Agents),
    ("GET", "/v1/trunks", Who::Managers),
    ("POST", "/v1/trunks", Who::Administrators),
    ("GET", "/v1/trunks/{id}", Who::Managers),
    ("PUT", "/v1/trunks/{id}", Who::Administrators),
    ("DELETE", "/v1/trunks/{id}", Who::Administrators),
    ("PUT", "/v1/trunks/{id}/secret", Who::Administrators),
    ("DELETE", "/v1/trunks/{id}/secret", Who::Administrators),
    ("GET", "/v1/clis", Who::Managers),
    ("POST", "/v1/clis", Who::Administrators),
    ("GET", "/v1/clis/health", Who::Managers),
    ("GET", "/v1/clis/{id}", Who::Managers),
    ("PUT", "/v1/clis/{id}", Who::Administrators),
    ("DELETE", "/v1/clis/{id}", Who::Administrators),
    ("GET", "/v1/dids", Who::Managers),
    ("POST", "/v1/dids", Who::Administrators),
    ("GET", "/v1/dids/{id}", Who::Managers),
    ("PUT", "/v1/dids/{id}", Who::Administrators),
    ("DELETE", "/v1/dids/{id}", Who::Administrators),
    ("GET", "/v1/queues", Who::Managers),
    ("POST", "/v1/queues", Who::Managers),
    ("GET", "/v1/queues/{id}", Who::Managers),
    ("PUT", "/v1/queues/{id}", Who::Managers),
    ("DELETE", "/v1/queues/{id}", Who::Managers),
    ("GET", "/v1/teams", Who::Managers),
    ("POST", "/v1/teams", Who::Managers),
    ("GET", "/v1/teams/{id}", Who::Managers),
    ("PUT", "/v1/teams/{id}", Who::Managers),
    ("DELETE", "/v1/teams/{id}", Who::Managers),
    ("GET", "/v1/attendance", Who::Managers),
    ("POST", "/v1/agents/{id}/supervise", Who::Managers),
    ("GET", "/v1/supervision", Who::Managers),
    ("GET", "/v1/agents/{id}/stats", Who::OwnAgent),
    ("GET", "/v1/me/stats", Who::Agents),
    ("POST", "/v1/me/call", Who::Agents),
    ("POST", "/v1/me/help", Who::Agents),
    ("GET", "/v1/me/attendance", Who::Agents),
    ("GET", "/v1/campaigns", Who::Managers),
    ("POST", "/v1/campaigns", Who::Managers),
    ("GET", "/v1/campaigns/{id}", Who::Managers),
    ("PUT", "/v1/campaigns/{id}", Who::Managers),
    ("DELETE", "/v1/campaigns/{id}", Who::Managers),
    ("POST", "/v1/campaigns/{id}/start", Who::Managers),
    ("POST", "/v1/campaigns/{id}/stop", Who::Managers),
    ("GET", "/v1/campaigns/{id}/pacing", Who::Managers),
    ("GET", "/v1/campaigns/{id}/funnel", Who::Managers),
    ("GET", "/v1/campaigns/{id}/amd", Who::Managers),
    // The desk shows them at the end of a call.
    ("GET", "/v1/campaigns/{id}/dispositions", Who::SignedIn),
    ("GET", "/v1/lists", Who::Managers),
    ("POST", "/v1/lists", Who::Managers),
    ("GET", "/v1/lists/{id}", Who::Managers),
    ("PUT", "/v1/lists/{id}", Who::Managers),
    ("DELETE", "/v1/lists/{id}", Who::Managers),
    ("GET", "/v1/lists/{id}/leads", Who::Managers),
    ("POST", "/v1/lists/{id}/leads", Who::Managers),
    ("GET", "/v1/leads", Who::Managers),
    ("GET", "/v1/leads/{id}", Who::Managers),
    ("GET", "/v1/leads/{id}/why", Who::Managers),
    ("GET", "/v1/dnc", Who::Managers),
    ("POST", "/v1/dnc", Who::Managers),
    ("POST", "/v1/dnc/remove", Who::Managers),
    ("GET", "/v1/dnc/check", Who::Managers),
    ("POST", "/v1/dnc/import", Who::Managers),
    ("GET", "/v1/dnc-registers", Who::Managers),
    ("POST", "/v1/dnc-registers", Who::Managers),
    ("GET", "/v1/dnc-registers/{id}", Who::Managers),
    ("PUT", "/v1/dnc-registers/{id}", Who::Managers),
    ("DELETE", "/v1/dnc-registers/{id}", Who::Managers),
    ("GET", "/v1/dnc-registers/{id}/numbers", Who::Managers),
    ("PUT", "/v1/dnc-registers/{id}/numbers", Who::Managers),
    ("GET", "/v1/legal-profiles", Who::Managers),
    ("POST", "/v1/legal-profiles", Who::Administrators),
    ("GET", "/v1/legal-profiles/{id}", Who::Managers),
    ("PUT", "/v1/legal-profiles/{id}", Who::Administrators),
    ("DELETE", "/v1/legal-profiles/{id}", Who::Administrators),
    // Agents choose from them.
    ("GET", "/v1/pause-reasons", Who::SignedIn),
    ("POST", "/v1/pause-reasons", Who::Managers),
    ("GET", "/v1/pause-reasons/{id}", Who::SignedIn),
    ("PUT", "/v1/pause-reasons/{id}", Who::Managers),
    ("DELETE", "/v1/pause-reasons/{id}", Who::Managers),
    ("GET", "/v1/voicemails", Who::Managers),
    ("GET", "/v1/voicemails/{id}/audio", Who::Managers),
    ("PUT", "/v1/voicemails/{id}/heard", Who::Managers),
    ("DELETE", "/v1/voicemails/{id}", Who::Managers),
    ("GET", "/v1/calls", Who::Managers),
    ("GET", "/v1/calls/{id}", Who::Managers),
    ("GET", "/v1/calls/{id}/ladder", Who::Managers),
    ("GET", "/v1/calls/{id}/ladder.txt", Who::Managers),
    ("GET", "/v1/calls/{id}/ladder.pcap", Who::Managers),
    ("POST", "/v1/calls/{id}/hang-up", Who::Managers),
    ("GET", "/v1/recordings", Who::Managers),
    ("GET", "/v1/recordings/completeness", Who::Managers),
    ("GET", "/v1/recordings/{id}", Who::Managers),
    ("GET", "/v1/recordings/{id}/audio", Who::Managers),
    ("GET", "/v1/recordings/{id}/peaks", Who::Managers),
    ("GET", "/v1/attempts", Who::Managers),
    ("GET", "/v1/attempts/{id}", Who::Managers),
    ("GET", "/v1/permits", Who::Managers),
    ("GET", "/v1/callbacks", Who::Managers),
    ("POST", "/v1/callbacks", Who::Managers),
    ("GET", "/v1/callbacks/{id}", Who::Managers),
    ("POST", "/v1/callbacks/{id}/withdraw", Who::Managers),
    ("GET", "/v1/callback-report", Who::Managers),
    ("GET", "/v1/returned-calls", Who::Managers),
    ("GET", "/v1/me/callbacks", Who::Agents),
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

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
        assert_eq!(rule(&Method::HEAD, "/v1/health"), Some(Who::Everybody));
    }
}
