//! Every request that may change something leaves an entry in the audit log, done or refused.
//!
//! What a repository writes is entered with it, in one transaction. What only the switch was told,
//! and what was refused, is entered after it. Of requests without a session, logins are entered,
//! and what a mailed link or a letter does: others could fill the log from outside.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::LazyLock;

use axum::extract::MatchedPath;
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::Response;
use store::audit::{Act, Actor, Ending, Performance};
use store::users::UserId;
use utoipa::openapi::PathItem;

use super::Caller;
use super::gate::{is_safe, named, source};
use crate::api::Api;
use crate::problem::Problem;

/// What a request is about to do; none where it can change nothing.
pub(super) async fn of(api: &Api, parts: &mut Parts, caller: Option<&Caller>) -> Option<Act> {
    let path = parts.extensions.get::<MatchedPath>()?.as_str().to_owned();
    if is_safe(&parts.method) && path != SPENT_BY_GET {
        return None;
    }
    let resource = path.trim_start_matches("/v1/").split('/').next().unwrap_or_default();
    // Whoever asks for a letter has changed nothing: the letter is entered, where there is one.
    // Nor has whoever goes to the provider: that they came back is entered.
    if resource == "password-resets" || path == "/v1/provider-logins" {
        return None;
    }
    let verb = VERBS.get(&(parts.method.to_string(), path.clone()))?.clone();
    let object = named(parts).await.and_then(|id| id.parse().ok());
    let agent = parts.headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
    Some(Act {
        actor: caller.map_or(Actor::Nobody, of_caller),
        verb,
        resource: resource.to_owned(),
        object,
        asked: None,
        source: Some(source(api, parts).to_string()),
        agent: agent.map(|agent| agent.chars().take(AGENT_CHARACTERS_MAX).collect()),
    })
}

/// Does it, and enters how it ended where what it wrote has not.
pub(super) async fn perform(
    api: &Api,
    act: Act,
    work: impl Future<Output = Response> + Send + 'static,
) -> Result<Response, Problem> {
    // In a task of its own: whoever hangs up in the middle must not get away without an entry.
    let performing = tokio::spawn(performed(api.clone(), act, work));
    performing.await.map_err(Problem::internal)?
}

async fn performed(
    api: Api,
    act: Act,
    work: impl Future<Output = Response>,
) -> Result<Response, Problem> {
    let stranger = act.actor == Actor::Nobody;
    let performance = Performance::begin(act, api.now());
    let response = performance.of(work).await;
    let status = response.status();
    if stranger && !status.is_success() && status != StatusCode::UNAUTHORIZED {
        return Ok(response);
    }
    let ending = match status {
        status if status.is_client_error() => Ending::Refused,
        status if status.is_server_error() => Ending::Failed,
        _ => Ending::Done,
    };
    api.store().audit().conclude(&performance, ending).await?;
    Ok(response)
}

/// A user, signed in, as one who acts.
pub(crate) fn user(id: UserId, name: &str) -> Actor {
    Actor::User { id: id.into(), name: name.to_owned(), token: None }
}

fn of_caller(caller: &Caller) -> Actor {
    Actor::User { id: caller.user.into(), name: caller.username.clone(), token: caller.token }
}

/// What the document calls the operation of a method and a path.
static VERBS: LazyLock<BTreeMap<(String, String), String>> = LazyLock::new(|| {
    let mut verbs = BTreeMap::new();
    for (path, PathItem { get, put, post, delete, patch, .. }) in
        crate::router::openapi().paths.paths
    {
        if path == SPENT_BY_GET
            && let Some(id) = get.and_then(|operation| operation.operation_id)
        {
            verbs.insert(("GET".to_owned(), path.clone()), id);
        }
        let operations = [("PUT", put), ("POST", post), ("DELETE", delete), ("PATCH", patch)];
        for (method, operation) in operations {
            if let Some(id) = operation.and_then(|operation| operation.operation_id) {
                verbs.insert((method.to_owned(), path.clone()), id);
            }
        }
    }
    verbs
});

/// A telephone asks by GET for the secret that is made with that.
const SPENT_BY_GET: &str = "/v1/provisioning/{token}";

/// What browsers send is shorter.
const AGENT_CHARACTERS_MAX: usize = 300;
