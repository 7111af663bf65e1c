//! `/v1/leads`: people on lists; who they are, where they stand, and why they are not dialled.

mod correction;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use dialer::campaign::Why;
use dialer::{Lead, LeadId, LeadStatus, ListId};
use routing::CampaignId;
use serde::{Deserialize, Serialize};
use store::Cursor;
use store::leads::LeadQuery;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::Api;
use crate::control::{Command, Reply};
use crate::documents::{Listed, Shown, Stamp, Tagged, bad_parameter, check_limit};
use crate::extract::{Id, Params};
use crate::problem::Problem;
use crate::router::Refusals;
use crate::schema;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(read))
        .routes(routes!(why_not))
        .merge(correction::routes())
}

/// What to search for; every parameter that is given must fit.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct LeadParams {
    /// On this list.
    #[param(value_type = Option<Uuid>)]
    list: Option<ListId>,
    /// On a list of this campaign.
    #[param(value_type = Option<Uuid>)]
    campaign: Option<CampaignId>,
    /// In this status.
    #[param(value_type = Option<schema::LeadStatus>)]
    status: Option<LeadStatus>,
    /// Part of the name, of any of their numbers or of the external id, in any case.
    #[param(max_length = 200)]
    text: Option<String>,
    /// The `next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<Cursor>,
    /// Rows on the page; 50 when it is left out.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
}

/// The stored `Lead`, with its version.
#[derive(Serialize, ToSchema)]
pub(crate) struct ShownLead {
    #[serde(flatten)]
    #[schema(value_type = schema::Lead)]
    lead: Lead,
    #[serde(flatten)]
    stamp: Stamp,
}

/// For which campaign a lead is asked about.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct WhyParams {
    /// The campaign.
    #[param(value_type = Uuid)]
    campaign: CampaignId,
}

/// Searches leads; a page does not tell the history of their numbers.
#[utoipa::path(get, path = "/v1/leads", tag = "leads", operation_id = "list_leads",
    params(LeadParams), responses((status = 200, body = Listed<ShownLead>), Refusals))]
async fn list(
    State(api): State<Api>,
    Params(params): Params<LeadParams>,
) -> Result<Json<Listed<Shown<Lead>>>, Problem> {
    check_limit(params.limit)?;
    if params.text.as_ref().is_some_and(|text| text.chars().count() > 200) {
        return Err(bad_parameter("text", "at most 200 characters"));
    }
    let LeadParams { list, campaign, status, text, after, limit } = params;
    let query = LeadQuery { list, campaign, status, text, after, limit };
    let page = api.store().leads().list(&query).await?;
    Ok(Json(Listed::of(page, Shown::from)))
}

/// Shows a lead and what has been tried at its number.
#[utoipa::path(get, path = "/v1/leads/{id}", tag = "leads", operation_id = "read_lead",
    params(("id" = Uuid, Path)), responses((status = 200, body = ShownLead), Refusals))]
async fn read(State(api): State<Api>, Id(id): Id<LeadId>) -> Result<Tagged<Shown<Lead>>, Problem> {
    Ok(Tagged::shown(StatusCode::OK, api.store().leads().find(id).await?))
}

/// Why a lead is not being dialled for a campaign at this moment, and when it could be.
#[utoipa::path(get, path = "/v1/leads/{id}/why", tag = "leads", operation_id = "why_not_dialled",
    params(("id" = Uuid, Path), WhyParams),
    responses((status = 200, body = schema::Why), Refusals))]
async fn why_not(
    State(api): State<Api>,
    Id(id): Id<LeadId>,
    Params(WhyParams { campaign }): Params<WhyParams>,
) -> Result<Json<Why>, Problem> {
    let lead = Box::new(api.store().leads().find_for(id, campaign).await?.value);
    api.store().campaigns().find(campaign).await?;
    match api.command(Command::WhyNot { campaign, lead }).await? {
        Reply::WhyNot(why) => Ok(Json(why)),
        other => Err(Problem::internal(format!("the switch answered a question with {other:?}"))),
    }
}
