//! `/v1/agents/{id}/supervise`: what supervisors do to agents; `/v1/supervision`: that they did.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::Timestamp;
use routing::AgentId;
use serde::{Deserialize, Serialize};
use store::intervals::{IntervalQuery, SupervisionRecord};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::Api;
use crate::control::{Command, Supervise, Supervisor};
use crate::desk::check_text;
use crate::documents::check_limit;
use crate::extract::{Body, Id, Params};
use crate::identity::Caller;
use crate::problem::Problem;
use crate::router::Refusals;
use crate::schema;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(supervise)).routes(routes!(list))
}

/// What a supervisor does to an agent.
///
/// To hear or speak, the supervisor's user needs an agent profile of their own, clocked in and not
/// ready: they take part by that agent's line.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
enum Act {
    /// Hear the agent's conversations, from one to the next.
    Listen {},
    /// And speak to the agent alone.
    Whisper {},
    /// And speak to everybody.
    Barge {},
    /// Leave.
    Stop {},
    /// Have the customer instead of the agent.
    TakeOver {},
    /// Send the agent a word.
    Message {
        /// One line or several.
        #[schema(min_length = 1, max_length = 500)]
        text: String,
    },
}

impl Act {
    fn checked(self) -> Result<Supervise, Problem> {
        Ok(match self {
            Self::Listen {} => Supervise::Listen,
            Self::Whisper {} => Supervise::Whisper,
            Self::Barge {} => Supervise::Barge,
            Self::Stop {} => Supervise::Stop,
            Self::TakeOver {} => Supervise::TakeOver,
            Self::Message { text } => {
                if text.trim().is_empty() {
                    return Err(Problem::field("/text", "a word or more"));
                }
                check_text("/text", Some(&text), 500, true)?;
                Supervise::Message { text }
            }
        })
    }
}

/// Listens to an agent, whispers, barges in, takes over, sends a word.
#[utoipa::path(post, path = "/v1/agents/{id}/supervise", tag = "supervision",
    operation_id = "supervise_agent", params(("id" = Uuid, Path)), request_body = Act,
    responses((status = 204), Refusals))]
async fn supervise(
    State(api): State<Api>,
    caller: Caller,
    Id(agent): Id<AgentId>,
    Body(act): Body<Act>,
) -> Result<StatusCode, Problem> {
    let (by, act) = (supervisor(&caller), act.checked()?);
    let asked = serde_json::json!({ "do": act.word() });
    store::audit::amend(|entry| entry.asked = Some(asked));
    api.command(Command::Supervise { agent, by, act }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The caller as a supervisor.
pub(crate) fn supervisor(caller: &Caller) -> Supervisor {
    Supervisor { user: caller.user.into(), name: caller.username.clone(), agent: caller.agent }
}

/// Which acts; every parameter that is given must fit.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ActParams {
    /// On this agent.
    #[param(value_type = Option<Uuid>)]
    agent: Option<AgentId>,
    /// At or after this.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Before this.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
    /// The `seq` of the last act of the page before.
    after: Option<u64>,
    /// Rows on the page; 50 when it is left out.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
}

/// What supervisors did, in order.
#[derive(Serialize, ToSchema)]
struct Acts {
    /// The acts.
    #[schema(value_type = Vec<schema::Supervision>)]
    items: Vec<SupervisionRecord>,
}

/// Lists what supervisors did.
#[utoipa::path(get, path = "/v1/supervision", tag = "supervision",
    operation_id = "list_supervision", params(ActParams),
    responses((status = 200, body = Acts), Refusals))]
async fn list(
    State(api): State<Api>,
    Params(params): Params<ActParams>,
) -> Result<Json<Acts>, Problem> {
    check_limit(params.limit)?;
    let ActParams { agent, from, to, after, limit } = params;
    let query = IntervalQuery { agent, from, to, after, limit };
    Ok(Json(Acts { items: api.store().intervals().supervision(&query).await? }))
}
