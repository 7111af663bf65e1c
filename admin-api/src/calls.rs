//! `/v1/calls`: records of calls, their steps, and the end of a live one.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use dialer::LeadId;
use jiff::Timestamp;
use routing::{AgentId, CallId, CampaignId, QueueId, WorkflowId};
use serde::{Deserialize, Serialize};
use store::calls::{CallLeg, CallQuery, CallRecord, CallStep, CallTalk, LedBy};
use store::reach::Within;
use store::roles::Permission;
use store::{Cursor, Direction};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::Api;
use crate::call_sheet::{self, CallScript};
use crate::control::Command;
use crate::documents::{Listed, bad_parameter, check_limit};
use crate::extract::{Id, Params};
use crate::identity::Caller;
use crate::problem::Problem;
use crate::router::Refusals;
use crate::schema;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(read)).routes(routes!(hang_up))
}

/// What to search for; every parameter that is given must fit.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct CallParams {
    /// Of this campaign.
    #[param(value_type = Option<Uuid>)]
    campaign: Option<CampaignId>,
    /// Of this queue.
    #[param(value_type = Option<Uuid>)]
    queue: Option<QueueId>,
    /// Of this agent.
    #[param(value_type = Option<Uuid>)]
    agent: Option<AgentId>,
    /// Of this lead.
    #[param(value_type = Option<Uuid>)]
    lead: Option<LeadId>,
    /// Begun by this side.
    #[param(value_type = Option<schema::CallDirection>)]
    direction: Option<Direction>,
    /// Abandoned, or not.
    abandoned: Option<bool>,
    /// Alive, or ended.
    live: Option<bool>,
    /// From or to this number or extension.
    #[param(max_length = 32)]
    number: Option<String>,
    /// Begun at or after this.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Begun before this.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
    /// Led by this workflow; with `workflow_version`.
    #[param(value_type = Option<Uuid>)]
    workflow: Option<WorkflowId>,
    /// Led by this version of the workflow.
    #[param(minimum = 1)]
    workflow_version: Option<u64>,
    /// The `next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<Cursor>,
    /// Rows on the page; 50 when it is left out.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
}

impl CallParams {
    /// The same search, for this agent's calls only.
    pub(crate) fn of_agent(self, agent: AgentId) -> Self {
        Self { agent: Some(agent), ..self }
    }
}

/// A call and what happened in it.
#[derive(Serialize, ToSchema)]
struct CallWithSteps {
    #[serde(flatten)]
    #[schema(value_type = schema::Call)]
    call: CallRecord,
    /// In order.
    #[schema(value_type = Vec<schema::CallStep>)]
    steps: Vec<CallStep>,
    /// How its legs were heard, in the order they left it.
    #[schema(value_type = Vec<schema::CallLeg>)]
    legs: Vec<CallLeg>,
    /// Who spoke in each agent's part of it, in their order.
    #[schema(value_type = Vec<schema::CallTalk>)]
    talk: Vec<CallTalk>,
    /// What was answered to the script; null where nothing was.
    script: Option<CallScript>,
}

/// Lists calls, the newest first.
#[utoipa::path(get, path = "/v1/calls", tag = "calls", operation_id = "list_calls",
    params(CallParams), responses((status = 200, body = Listed<schema::Call>), Refusals))]
async fn list(
    State(api): State<Api>,
    caller: Caller,
    Params(params): Params<CallParams>,
) -> Result<Json<Listed<CallRecord>>, Problem> {
    page(&api, params, caller.within(Permission::CallsRead)).await
}

/// Shows a call and what happened in it.
#[utoipa::path(get, path = "/v1/calls/{id}", tag = "calls", operation_id = "read_call",
    params(("id" = Uuid, Path)), responses((status = 200, body = CallWithSteps), Refusals))]
async fn read(State(api): State<Api>, Id(id): Id<CallId>) -> Result<Json<CallWithSteps>, Problem> {
    let call = api.store().calls().find(id).await?;
    let steps = api.store().calls().steps(id).await?;
    let legs = api.store().calls().legs(id).await?;
    let talk = api.store().calls().talk(id).await?;
    let script = call_sheet::answered(&api, id).await?;
    Ok(Json(CallWithSteps { call, steps, legs, talk, script }))
}

/// Ends a live call, whoever is in it.
#[utoipa::path(post, path = "/v1/calls/{id}/hang-up", tag = "calls",
    operation_id = "hang_up_call", params(("id" = Uuid, Path)),
    responses((status = 204), Refusals))]
async fn hang_up(State(api): State<Api>, Id(call): Id<CallId>) -> Result<StatusCode, Problem> {
    api.command(Command::EndCall { call }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// One page of the search.
pub(crate) async fn page(
    api: &Api,
    params: CallParams,
    within: Option<Within>,
) -> Result<Json<Listed<CallRecord>>, Problem> {
    check_limit(params.limit)?;
    let CallParams { campaign, queue, agent, lead, direction, abandoned, live, number, .. } =
        params;
    let CallParams { from, to, workflow, workflow_version, after, limit, .. } = params;
    let led_by = match (workflow, workflow_version) {
        (None, None) => None,
        (Some(workflow), Some(version)) => Some(led_by(api, workflow, version).await?),
        (None, Some(_)) => return Err(bad_parameter("workflow", "whose version it is")),
        (Some(_), None) => return Err(bad_parameter("workflow_version", "which of its versions")),
    };
    let query = CallQuery {
        campaign,
        queue,
        agent,
        lead,
        direction,
        abandoned,
        live,
        number,
        from,
        to,
        after,
        limit,
        within,
        counted: None,
        led_by,
    };
    let page = api.store().calls().list(&query).await?;
    Ok(Json(Listed::of(page, |call| call)))
}

/// A version of a workflow, with the step that every call comes to that it leads.
async fn led_by(api: &Api, workflow: WorkflowId, version: u64) -> Result<LedBy, Problem> {
    let workflows = api.store().workflows();
    workflows.find(workflow).await?;
    let kept = workflows.versions(workflow, Some(version.saturating_add(1))).await?;
    let found = kept.into_iter().find(|kept| kept.version == version);
    let found = found.ok_or_else(|| Problem::not_found("version"))?;
    Ok(LedBy { workflow, version, start: found.value.start })
}
