//! `/v1/me/queues`: an agent's own queues: what waits in each, and whether the agent is active.
//!
//! Who pulls (R219) picks a call here and takes it by `/v1/me/call`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::Timestamp;
use routing::{CallId, QueueId, Tier};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::Api;
use crate::control::{AgentVerb, Command, Reply};
use crate::desk;
use crate::extract::Id;
use crate::identity::Caller;
use crate::problem::Problem;
use crate::router::Refusals;
use crate::schema;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(read)).routes(routes!(activate, deactivate))
}

/// A queue of the agent's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Group {
    /// The queue.
    #[schema(value_type = Uuid)]
    pub id: QueueId,
    /// Its name.
    pub name: String,
    /// When it asks the agent.
    #[schema(value_type = schema::Tier)]
    pub tier: Tier,
    /// It may ask the agent at all.
    pub active: bool,
    /// Callers who wait.
    pub waiting: u32,
    /// Agents who are free for it.
    pub ready: u32,
    /// The first of them, in the order in which they are served; at most 20.
    pub calls: Vec<WaitingCall>,
}

/// A caller who waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct WaitingCall {
    /// The call.
    #[schema(value_type = Uuid)]
    pub id: CallId,
    /// Who calls.
    pub calling: String,
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    pub since: Timestamp,
}

/// What waits in the agent's queues.
#[utoipa::path(get, path = "/v1/me/queues", tag = "desk", operation_id = "my_queues",
    responses((status = 200, body = Vec<Group>), Refusals))]
async fn read(State(api): State<Api>, caller: Caller) -> Result<Json<Vec<Group>>, Problem> {
    let agent = caller.own_agent()?;
    match api.command(Command::Groups { agent }).await? {
        Reply::Groups(groups) => Ok(Json(groups)),
        other => Err(Problem::internal(format!("the switch answered a question with {other:?}"))),
    }
}

/// Goes active in a queue: it may ask the agent.
#[utoipa::path(post, path = "/v1/me/queues/{id}/active", tag = "desk",
    operation_id = "my_queue_active", params(("id" = Uuid, Path)),
    responses((status = 204), Refusals))]
async fn activate(
    State(api): State<Api>,
    caller: Caller,
    Id(queue): Id<QueueId>,
) -> Result<StatusCode, Problem> {
    let verb = AgentVerb::Group { queue, active: true };
    desk::give(&api, &caller, caller.own_agent()?, verb).await
}

/// Goes inactive in a queue: it asks the others.
#[utoipa::path(delete, path = "/v1/me/queues/{id}/active", tag = "desk",
    operation_id = "my_queue_inactive", params(("id" = Uuid, Path)),
    responses((status = 204), Refusals))]
async fn deactivate(
    State(api): State<Api>,
    caller: Caller,
    Id(queue): Id<QueueId>,
) -> Result<StatusCode, Problem> {
    let verb = AgentVerb::Group { queue, active: false };
    desk::give(&api, &caller, caller.own_agent()?, verb).await
}
