//! `/v1/verdicts`: a sample of what the detector took for machines, for a reviewer to hear (issue 6
//! point 8).
//!
//! A reviewer says what they heard before they are told what the detector said of it. What they
//! say counts in `/v1/campaigns/{id}/amd` beside what agents met.

use axum::Json;
use axum::body::Body as HttpBody;
use axum::extract::State;
use axum::http::{HeaderMap, Response};
use jiff::Timestamp;
use routing::{CampaignId, RecordingId};
use serde::Deserialize;
use store::Cursor;
use store::verdicts::{Met, Verdict, VerdictQuery};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::Api;
use crate::documents::{Listed, check_limit};
use crate::extract::{Body, Id, Params};
use crate::identity::Caller;
use crate::problem::Problem;
use crate::recordings;
use crate::router::Refusals;
use crate::schema;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(audio)).routes(routes!(judge))
}

/// What to search for; every parameter that is given must fit.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct VerdictParams {
    /// Of this campaign's calls.
    #[param(value_type = Option<Uuid>)]
    campaign: Option<CampaignId>,
    /// Judged by a reviewer, or waiting for one.
    judged: Option<bool>,
    /// Answered at or after this.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Answered before this.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
    /// The `next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<Cursor>,
    /// Rows on the page; 50 when it is left out.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
}

/// What a reviewer heard.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Judgement {
    /// A person, a machine, or nobody could tell.
    #[schema(value_type = schema::Met)]
    met: Met,
}

/// Lists machine verdicts for review, the newest first.
#[utoipa::path(get, path = "/v1/verdicts", tag = "verdicts", operation_id = "list_verdicts",
    params(VerdictParams),
    responses((status = 200, body = Listed<schema::Verdict>), Refusals))]
async fn list(
    State(api): State<Api>,
    Params(params): Params<VerdictParams>,
) -> Result<Json<Listed<Verdict>>, Problem> {
    let VerdictParams { campaign, judged, from, to, after, limit } = params;
    check_limit(limit)?;
    let query = VerdictQuery { campaign, judged, from, to, after, limit };
    let found = api.store().verdicts().list(&query).await?;
    Ok(Json(Listed::of(found, |verdict| verdict)))
}

/// Plays what was said from the answer to the verdict: WAV, the party on the right, whole or in
/// ranges.
#[utoipa::path(get, path = "/v1/verdicts/{id}/audio", tag = "verdicts",
    operation_id = "play_verdict", params(("id" = Uuid, Path)),
    responses((status = 200, content_type = "audio/wav"),
        (status = 206, content_type = "audio/wav"), Refusals))]
async fn audio(
    State(api): State<Api>,
    caller: Caller,
    Id(id): Id<RecordingId>,
    headers: HeaderMap,
) -> Result<Response<HttpBody>, Problem> {
    let verdict = api.store().verdicts().find(id).await?;
    recordings::play(&api, &caller, verdict.id, &headers).await
}

/// Says what a reviewer heard; who says something else later is believed.
#[utoipa::path(put, path = "/v1/verdicts/{id}/met", tag = "verdicts",
    operation_id = "judge_verdict", params(("id" = Uuid, Path)), request_body = Judgement,
    responses((status = 200, body = schema::Verdict), Refusals))]
async fn judge(
    State(api): State<Api>,
    caller: Caller,
    Id(id): Id<RecordingId>,
    Body(Judgement { met }): Body<Judgement>,
) -> Result<Json<Verdict>, Problem> {
    let verdicts = api.store().verdicts();
    verdicts.judge(id, met, (&caller.username, api.now())).await?;
    Ok(Json(verdicts.find(id).await?))
}
