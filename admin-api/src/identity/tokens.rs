//! A caller that is a program with a token: what it may do, and what it never may.

use jiff::Timestamp;
use store::roles::{Grants, Permission, Scope};
use store::sessions::SessionId;

use super::{Caller, grants};
use crate::api::Api;
use crate::problem::Problem;

/// What every token begins with, so that a search for leaked ones finds it.
pub(crate) const PREFIX: &str = "cordboard_";

/// 256 bits.
pub(crate) const RANDOM_BYTES: usize = 32;

/// Whoever proves to be a program with this token; none where none lives.
pub(super) async fn caller(api: &Api, text: &str) -> Result<Option<Caller>, Problem> {
    let (token, user) = match api.store().api_tokens().find(text, api.now()).await {
        Ok(found) => found,
        Err(store::Error::NotFound(_)) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let own = grants(api, user.role).await?;
    let granted = narrowed(&token.grants, &own);
    let caller = Caller::new(user, granted, SessionId::of(text), text);
    Ok(Some(Caller { token: Some(token.id), ..caller }))
}

/// Whether a program's token lives, and grants what it did.
pub(crate) async fn lives(api: &Api, caller: &Caller, own: &Grants, now: Timestamp) -> bool {
    let Some(id) = caller.token else { return false };
    let Ok(tokens) = api.store().api_tokens().list(caller.user).await else { return true };
    let living = tokens.iter().find(|token| token.id == id && token.expires_at > now);
    living.is_some_and(|token| narrowed(&token.grants, own) == caller.grants)
}

/// What a token grants of what its user may: no more than either.
fn narrowed(token: &Grants, own: &Grants) -> Grants {
    let lent = |(permission, scope): (&Permission, &Scope)| {
        let narrower = match (scope, own.get(permission)?) {
            (lent, Scope::All) => lent,
            (Scope::All, own) => own,
            (lent, own) if lent == own => lent,
            _ => return None,
        };
        Some((*permission, *narrower))
    };
    token.iter().filter_map(lent).collect()
}

/// What is about the person alone: passwords, codes, sessions and tokens.
pub(super) fn is_personal(path: &str) -> bool {
    let path = path.strip_prefix("/v1/").unwrap_or(path);
    let first = path.split('/').next().unwrap_or_default();
    ["session", "sessions", "tokens", "logout"].contains(&first)
}

/// The refusal of what is about the person alone.
pub(super) fn refusal() -> Problem {
    let detail = "a token is for work: sign in for what is about the user";
    Problem::new(crate::problem::Kind::Forbidden, detail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use Permission as P;

    #[test]
    fn a_token_grants_what_its_user_may_and_was_lent() {
        let token = Grants::from([
            (P::CallsRead, Scope::All),
            (P::AgentsRead, Scope::Team),
            (P::AgentsWrite, Scope::Team),
            (P::Users, Scope::All),
        ]);
        let own = Grants::from([
            (P::CallsRead, Scope::Campaign),
            (P::AgentsRead, Scope::All),
            (P::AgentsWrite, Scope::Campaign),
            (P::Live, Scope::All),
        ]);
        let both = [(P::CallsRead, Scope::Campaign), (P::AgentsRead, Scope::Team)];
        assert_eq!(narrowed(&token, &own), Grants::from(both));
    }

    #[test]
    fn what_is_about_the_person_is_known_by_its_path() {
        for path in ["/v1/session", "/v1/session/totp", "/v1/sessions/{id}", "/v1/tokens"] {
            assert!(is_personal(path), "{path}");
        }
        for path in ["/v1/me/ready", "/v1/users/{id}/tokens", "/v1/security-policy"] {
            assert!(!is_personal(path), "{path}");
        }
    }
}
