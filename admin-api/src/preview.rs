//! `/v1/me/preview`: the lead that an agent looks at before it is dialled.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use dialer::Lead;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::api::Api;
use crate::control::{AgentVerb, Command, PreviewedLead, Reply};
use crate::desk;
use crate::identity::Caller;
use crate::live::clock_of;
use crate::problem::Problem;
use crate::router::Refusals;
use crate::schema;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(read)).routes(routes!(dial)).routes(routes!(skip))
}

/// A lead that an agent looks at.
#[derive(Serialize, ToSchema)]
struct Previewed {
    /// For which campaign.
    campaign: Uuid,
    /// Whom.
    #[schema(value_type = schema::Lead)]
    lead: Lead,
    /// The zone that they are called in: the one they are said to live in, else the only one that
    /// their number and their address leave; null where several are left.
    zone: Option<String>,
    /// Where `zone` is null, each zone that they may be in; empty where nobody knows.
    zones: Vec<String>,
    /// When the time to look is over and it is dialled.
    #[schema(value_type = String, format = DateTime)]
    dials_at: Timestamp,
    /// Whether the agent may pass it.
    may_skip: bool,
}

/// What the agent looks at; null where there is nothing to look at.
#[utoipa::path(get, path = "/v1/me/preview", tag = "desk", operation_id = "read_preview",
    responses((status = 200, body = Option<Previewed>), Refusals))]
async fn read(State(api): State<Api>, caller: Caller) -> Result<Json<Option<Previewed>>, Problem> {
    let agent = caller.own_agent()?;
    match api.command(Command::Preview { agent }).await? {
        Reply::Preview(looked) => Ok(Json(looked.map(|looked| {
            let PreviewedLead { campaign, lead, dials_at, may_skip } = *looked;
            let (zone, zones) = clock_of(&lead);
            Previewed { campaign: campaign.into(), lead, zone, zones, dials_at, may_skip }
        }))),
        other => Err(Problem::internal(format!("the switch answered a question with {other:?}"))),
    }
}

/// Dials the lead now.
#[utoipa::path(post, path = "/v1/me/preview/dial", tag = "desk", operation_id = "dial_preview",
    responses((status = 204), Refusals))]
async fn dial(State(api): State<Api>, caller: Caller) -> Result<StatusCode, Problem> {
    desk::give(&api, &caller, caller.own_agent()?, AgentVerb::DialPreviewed).await
}

/// Passes the lead, where the campaign lets the agent.
#[utoipa::path(post, path = "/v1/me/preview/skip", tag = "desk", operation_id = "skip_preview",
    responses((status = 204), Refusals))]
async fn skip(State(api): State<Api>, caller: Caller) -> Result<StatusCode, Problem> {
    desk::give(&api, &caller, caller.own_agent()?, AgentVerb::SkipPreviewed).await
}
