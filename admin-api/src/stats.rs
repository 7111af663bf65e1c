//! `/v1/me/stats`, `/v1/agents/{id}/stats`: My Stats (R84–R95), up to this moment.
//!
//! Without a period it is the agent's session: since the last clock-in. What the records cannot
//! know yet, the time in the present state, comes from what is live.

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use routing::{AgentId, Counts, PauseClass};
use serde::{Deserialize, Serialize};
use store::stats::AgentStats;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::Api;
use crate::documents::bad_parameter;
use crate::extract::{Id, Params};
use crate::identity::Caller;
use crate::live::LiveEvent;
use crate::problem::Problem;
use crate::router::Refusals;
use crate::schema;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(own)).routes(routes!(read))
}

/// Over which time.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Period {
    /// From this; the last clock-in when it is left out.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Up to this; now when it is left out.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
}

/// The figures, and over which time they are.
#[derive(Serialize, ToSchema)]
struct Figures {
    /// Where the period begins.
    #[schema(value_type = String, format = DateTime)]
    from: Timestamp,
    /// Where it ends.
    #[schema(value_type = String, format = DateTime)]
    to: Timestamp,
    #[serde(flatten)]
    #[schema(value_type = schema::AgentStats)]
    stats: AgentStats,
}

/// The agent's own figures.
#[utoipa::path(get, path = "/v1/me/stats", tag = "stats", operation_id = "my_stats",
    params(Period), responses((status = 200, body = Figures), Refusals))]
async fn own(
    State(api): State<Api>,
    caller: Caller,
    Params(period): Params<Period>,
) -> Result<Json<Figures>, Problem> {
    figures(&api, caller.own_agent()?, &period).await
}

/// An agent's figures.
#[utoipa::path(get, path = "/v1/agents/{id}/stats", tag = "stats", operation_id = "agent_stats",
    params(("id" = Uuid, Path), Period), responses((status = 200, body = Figures), Refusals))]
async fn read(
    State(api): State<Api>,
    Id(agent): Id<AgentId>,
    Params(period): Params<Period>,
) -> Result<Json<Figures>, Problem> {
    api.store().agents().find(agent).await?;
    figures(&api, agent, &period).await
}

async fn figures(api: &Api, agent: AgentId, period: &Period) -> Result<Json<Figures>, Problem> {
    let now = api.now();
    let to = period.to.unwrap_or(now);
    let from = match period.from {
        Some(from) => from,
        None => api.store().stats().session_began(agent).await?.unwrap_or(to),
    };
    if from > to {
        return Err(bad_parameter("to", "a moment after from"));
    }
    let mut stats = api.store().stats().of(agent, from, to).await?;
    if let Some((counts, class, since)) = present(api, agent) {
        let us = to.min(now).as_microsecond() - since.max(from).as_microsecond();
        stats.add(counts, class, u64::try_from(us).unwrap_or(0));
    }
    Ok(Json(Figures { from, to, stats }))
}

/// What the time in the agent's present state counts as, and since when.
fn present(api: &Api, agent: AgentId) -> Option<(Counts, Option<PauseClass>, Timestamp)> {
    let snapshot = api.control().hub().snapshot();
    snapshot.events.iter().find_map(|event| match &event.numbered.event {
        LiveEvent::Agent(view) if view.id == agent => {
            let class = view.reason.as_ref().map(|reason| reason.class);
            Some((view.counts?, class, view.since))
        }
        _ => None,
    })
}
