//! `/v1/me/leads`: an agent who may looks for people among the leads of their own campaigns (R148).
//!
//! Nothing is changed here: who they are and where they stand is shown, and dialling one by hand is
//! another permission. A campaign that is not the agent's is a 404 (FAULTS S13).

use axum::Json;
use axum::extract::State;
use dialer::Lead;
use routing::{Agent, CampaignId};
use serde::{Deserialize, Serialize};
use store::Cursor;
use store::leads::LeadQuery;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::Api;
use crate::documents::{Listed, Shown, bad_parameter, check_limit};
use crate::extract::Params;
use crate::identity::Caller;
use crate::leads::ShownLead;
use crate::problem::{Kind, Problem};
use crate::router::Refusals;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(campaigns)).routes(routes!(search))
}

/// A campaign that the agent may look for leads of.
#[derive(Debug, Serialize, ToSchema)]
struct LeadCampaign {
    /// Its identity.
    #[schema(value_type = Uuid)]
    id: CampaignId,
    /// Its name.
    name: String,
}

/// Whom to look for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct SearchParams {
    /// On a list of this campaign of the agent's.
    #[param(value_type = Uuid)]
    campaign: CampaignId,
    /// Part of the name, of any of their numbers or of the external id, in any case.
    #[param(min_length = 2, max_length = 200)]
    text: String,
    /// The `next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<Cursor>,
    /// Rows on the page; 50 when it is left out.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
}

/// Names the campaigns whose leads the agent may look for; none where they may not.
#[utoipa::path(get, path = "/v1/me/lead-campaigns", tag = "desk",
    operation_id = "my_lead_campaigns",
    responses((status = 200, body = Vec<LeadCampaign>), Refusals))]
async fn campaigns(
    State(api): State<Api>,
    caller: Caller,
) -> Result<Json<Vec<LeadCampaign>>, Problem> {
    let agent = api.store().agents().find(caller.own_agent()?).await?.value;
    let mut named = Vec::new();
    for member in agent.campaigns.iter().filter(|_| agent.permissions.lead_search) {
        let campaign = api.store().campaigns().find(member.campaign).await?.value;
        named.push(LeadCampaign { id: campaign.id, name: campaign.name });
    }
    named.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(Json(named))
}

/// Looks for leads of one of the agent's campaigns.
#[utoipa::path(get, path = "/v1/me/leads", tag = "desk", operation_id = "search_my_leads",
    params(SearchParams), responses((status = 200, body = Listed<ShownLead>), Refusals))]
async fn search(
    State(api): State<Api>,
    caller: Caller,
    Params(SearchParams { campaign, text, after, limit }): Params<SearchParams>,
) -> Result<Json<Listed<Shown<Lead>>>, Problem> {
    check_limit(limit)?;
    if !(2..=200).contains(&text.trim().chars().count()) {
        return Err(bad_parameter("text", "2 to 200 characters"));
    }
    let agent = api.store().agents().find(caller.own_agent()?).await?.value;
    check(&agent, campaign)?;
    let (campaign, text) = (Some(campaign), Some(text.trim().to_owned()));
    let query = LeadQuery { campaign, text, after, limit, ..LeadQuery::default() };
    let page = api.store().leads().list(&query).await?;
    Ok(Json(Listed::of(page, Shown::from)))
}

fn check(agent: &Agent, campaign: CampaignId) -> Result<(), Problem> {
    if !agent.permissions.lead_search {
        return Err(Problem::new(Kind::Forbidden, "your profile does not allow to look for leads"));
    }
    if agent.campaigns.iter().all(|member| member.campaign != campaign) {
        return Err(Problem::not_found("campaign"));
    }
    Ok(())
}
