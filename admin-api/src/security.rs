//! `/v1/security-policy`: what the organisation asks of passwords, logins and sessions.

use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use store::security::SecurityPolicy;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::Api;
use crate::documents::{self, IfMatch, Shown, Stamp, Tagged};
use crate::extract::Body;
use crate::problem::Problem;
use crate::router::Refusals;
use crate::schema;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(read, replace))
}

/// The policy in force, with its version.
#[derive(Serialize, ToSchema)]
struct ShownSecurityPolicy {
    #[serde(flatten)]
    policy: schema::SecurityPolicy,
    #[serde(flatten)]
    stamp: Stamp,
}

/// Shows what the organisation asks of passwords, logins and sessions.
#[utoipa::path(get, path = "/v1/security-policy", tag = "organisation",
    operation_id = "read_security_policy",
    responses((status = 200, body = ShownSecurityPolicy), Refusals))]
async fn read(State(api): State<Api>) -> Result<Tagged<Shown<SecurityPolicy>>, Problem> {
    Ok(Tagged::shown(StatusCode::OK, api.store().security_policy().find().await?))
}

/// Replaces the policy that was read at the version in `If-Match`; in force with the next login.
#[utoipa::path(put, path = "/v1/security-policy", tag = "organisation",
    operation_id = "replace_security_policy",
    params(("If-Match" = String, Header)), request_body = schema::SecurityPolicy,
    responses((status = 200, body = ShownSecurityPolicy), Refusals))]
async fn replace(
    State(api): State<Api>,
    made_from: IfMatch,
    Body(policy): Body<SecurityPolicy>,
) -> Result<Tagged<Shown<SecurityPolicy>>, Problem> {
    documents::refuse(documents::faults(policy.faults()))?;
    let policies = api.store().security_policy();
    let version = made_from.or(policies.find().await?.version);
    Ok(Tagged::shown(StatusCode::OK, policies.update(&policy, version, api.now()).await?))
}
