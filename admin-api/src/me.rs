//! `/v1/me`: the signed-in user, and the work of the agent that the user is.
//!
//! A user who is no agent is told so (R66): 404, "no agent profile is linked to this user".

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use routing::AgentId;
use serde::Serialize;
use store::calls::CallRecord;
use store::users::Role;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::agents::AgentShown;
use crate::api::Api;
use crate::call_sheet;
use crate::calls::{self, CallParams};
use crate::control::AgentVerb;
use crate::desk::{self, ClockIn, ClockOut, Dispose, Pause};
use crate::documents::Listed;
use crate::extract::{Body, Maybe, Params};
use crate::identity::Caller;
use crate::organisation;
use crate::problem::Problem;
use crate::router::Refusals;
use crate::schema;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(read))
        .routes(routes!(own_calls))
        .routes(routes!(clock_in))
        .routes(routes!(clock_out))
        .routes(routes!(ring_line))
        .routes(routes!(ready))
        .routes(routes!(pause))
        .routes(routes!(hold))
        .routes(routes!(resume))
        .routes(routes!(hang_up))
        .routes(routes!(dispose))
}

/// The signed-in user.
#[derive(Serialize, ToSchema)]
struct Me {
    /// The user's name.
    username: String,
    /// What the user may do.
    #[schema(value_type = String, example = "manager")]
    role: Role,
    /// The agent that the user is; null where there is none.
    #[schema(value_type = Option<schema::ShownAgent>)]
    agent: Option<AgentShown>,
}

/// Who is signed in, and the agent that the user is.
#[utoipa::path(get, path = "/v1/me", tag = "desk", operation_id = "read_me",
    responses((status = 200, body = Me), Refusals))]
async fn read(State(api): State<Api>, caller: Caller) -> Result<Json<Me>, Problem> {
    let agent = match caller.agent {
        Some(id) => Some(profile(&api, id).await?),
        None => None,
    };
    Ok(Json(Me { username: caller.username, role: caller.role, agent }))
}

async fn profile(api: &Api, id: AgentId) -> Result<AgentShown, Problem> {
    let stored = api.store().agents().find(id).await?;
    Ok(AgentShown::new(stored, &organisation::required(api).await?))
}

/// The agent's own calls, the newest first.
#[utoipa::path(get, path = "/v1/me/calls", tag = "desk", operation_id = "my_calls",
    params(CallParams), responses((status = 200, body = Listed<schema::Call>), Refusals))]
async fn own_calls(
    State(api): State<Api>,
    caller: Caller,
    Params(params): Params<CallParams>,
) -> Result<Json<Listed<CallRecord>>, Problem> {
    calls::page(&api, params.of_agent(caller.own_agent()?), None).await
}

/// Clocks the agent in, with the line made as the profile or the body says.
#[utoipa::path(post, path = "/v1/me/clock-in", tag = "desk", operation_id = "my_clock_in",
    request_body = Option<ClockIn>, responses((status = 204), Refusals))]
async fn clock_in(
    State(api): State<Api>,
    caller: Caller,
    Maybe(body): Maybe<ClockIn>,
) -> Result<StatusCode, Problem> {
    desk::give(&api, &caller, caller.own_agent()?, body.verb()?).await
}

/// Rings the agent's telephone where the line is made for each call: to dial by hand, or to listen.
#[utoipa::path(post, path = "/v1/me/line", tag = "desk", operation_id = "my_line",
    responses((status = 204), Refusals))]
async fn ring_line(State(api): State<Api>, caller: Caller) -> Result<StatusCode, Problem> {
    desk::give(&api, &caller, caller.own_agent()?, AgentVerb::RingLine).await
}

/// Clocks the agent out.
#[utoipa::path(post, path = "/v1/me/clock-out", tag = "desk", operation_id = "my_clock_out",
    request_body = Option<ClockOut>, responses((status = 204), Refusals))]
async fn clock_out(
    State(api): State<Api>,
    caller: Caller,
    Maybe(body): Maybe<ClockOut>,
) -> Result<StatusCode, Problem> {
    desk::give(&api, &caller, caller.own_agent()?, body.verb()?).await
}

/// Makes the agent ready for calls.
#[utoipa::path(post, path = "/v1/me/ready", tag = "desk", operation_id = "my_ready",
    responses((status = 204), Refusals))]
async fn ready(State(api): State<Api>, caller: Caller) -> Result<StatusCode, Problem> {
    desk::give(&api, &caller, caller.own_agent()?, AgentVerb::Ready).await
}

/// Pauses the agent, at once or after the call in hand.
#[utoipa::path(post, path = "/v1/me/pause", tag = "desk", operation_id = "my_pause",
    request_body = Option<Pause>, responses((status = 204), Refusals))]
async fn pause(
    State(api): State<Api>,
    caller: Caller,
    Maybe(body): Maybe<Pause>,
) -> Result<StatusCode, Problem> {
    desk::give(&api, &caller, caller.own_agent()?, body.verb(&api).await?).await
}

/// Puts the customer of the agent on hold.
#[utoipa::path(post, path = "/v1/me/hold", tag = "desk", operation_id = "my_hold",
    responses((status = 204), Refusals))]
async fn hold(State(api): State<Api>, caller: Caller) -> Result<StatusCode, Problem> {
    desk::give(&api, &caller, caller.own_agent()?, AgentVerb::Hold).await
}

/// Takes the customer of the agent back from hold.
#[utoipa::path(post, path = "/v1/me/resume", tag = "desk", operation_id = "my_resume",
    responses((status = 204), Refusals))]
async fn resume(State(api): State<Api>, caller: Caller) -> Result<StatusCode, Problem> {
    desk::give(&api, &caller, caller.own_agent()?, AgentVerb::Resume).await
}

/// Ends the call that the agent has in hand.
#[utoipa::path(post, path = "/v1/me/hang-up", tag = "desk", operation_id = "my_hang_up",
    responses((status = 204), Refusals))]
async fn hang_up(State(api): State<Api>, caller: Caller) -> Result<StatusCode, Problem> {
    desk::give(&api, &caller, caller.own_agent()?, AgentVerb::HangUp).await
}

/// Declares what the conversation of the agent came to, which ends the wrap-up.
#[utoipa::path(post, path = "/v1/me/dispose", tag = "desk", operation_id = "my_dispose",
    request_body = Dispose, responses((status = 204), Refusals))]
async fn dispose(
    State(api): State<Api>,
    caller: Caller,
    Body(body): Body<Dispose>,
) -> Result<StatusCode, Problem> {
    let (agent, call, code) = (caller.own_agent()?, body.call, body.code.clone());
    let verb = body.verb()?;
    call_sheet::admit_disposition(&api, agent, call, &code).await?;
    desk::give(&api, &caller, agent, verb).await
}
