//! `/v1/attempts`: who was dialled, when, by whose leave, and how it ended.

use axum::Json;
use axum::extract::State;
use dialer::{AttemptId, LeadId, Outcome, PermitRecord};
use jiff::Timestamp;
use routing::{CampaignId, Number};
use serde::{Deserialize, Serialize};
use store::Cursor;
use store::attempts::{AttemptQuery, AttemptRecord};
use store::roles::Permission;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::Api;
use crate::documents::{Listed, check_limit};
use crate::extract::{Id, Params};
use crate::identity::Caller;
use crate::problem::Problem;
use crate::router::Refusals;
use crate::schema;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(read))
}

/// What to search for; every parameter that is given must fit.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct AttemptParams {
    /// Of this campaign.
    #[param(value_type = Option<Uuid>)]
    campaign: Option<CampaignId>,
    /// Of this lead.
    #[param(value_type = Option<Uuid>)]
    lead: Option<LeadId>,
    /// At this number, in E.164; its `+` is written `%2B`.
    #[param(value_type = Option<String>)]
    number: Option<Number>,
    /// With this outcome.
    #[param(value_type = Option<schema::Outcome>)]
    outcome: Option<Outcome>,
    /// Permitted at or after this.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Permitted before this.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
    /// The `next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<Cursor>,
    /// Rows on the page; 50 when it is left out.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
}

/// An attempt and the leave it had.
#[derive(Serialize, ToSchema)]
struct AttemptWithPermit {
    #[serde(flatten)]
    #[schema(value_type = schema::Attempt)]
    attempt: AttemptRecord,
    /// Every check that was made before the call, with its facts, chained to the permit before.
    #[schema(value_type = Object)]
    permit: PermitRecord,
}

/// Lists attempts, the newest first.
#[utoipa::path(get, path = "/v1/attempts", tag = "attempts", operation_id = "list_attempts",
    params(AttemptParams), responses((status = 200, body = Listed<schema::Attempt>), Refusals))]
async fn list(
    State(api): State<Api>,
    caller: Caller,
    Params(params): Params<AttemptParams>,
) -> Result<Json<Listed<AttemptRecord>>, Problem> {
    check_limit(params.limit)?;
    let AttemptParams { campaign, lead, number, outcome, from, to, after, limit } = params;
    let within = caller.within(Permission::CallsRead);
    let query = AttemptQuery { campaign, lead, number, outcome, from, to, after, limit, within };
    let page = api.store().attempts().list(&query).await?;
    Ok(Json(Listed::of(page, |attempt| attempt)))
}

/// Shows an attempt and its permit: the evidence an auditor asks for.
#[utoipa::path(get, path = "/v1/attempts/{id}", tag = "attempts", operation_id = "read_attempt",
    params(("id" = Uuid, Path)), responses((status = 200, body = AttemptWithPermit), Refusals))]
async fn read(
    State(api): State<Api>,
    Id(id): Id<AttemptId>,
) -> Result<Json<AttemptWithPermit>, Problem> {
    let attempt = api.store().attempts().find(id).await?;
    let permit = api.store().attempts().permit(id).await?;
    Ok(Json(AttemptWithPermit { attempt, permit }))
}
