//! `/v1/attendance`: who worked when, for which unit, and on what (R193, R194).
//!
//! A shift that goes on is counted up to now: what the records cannot know yet, the time in the
//! present state, comes from what is live.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use routing::{AgentId, Attendance, TeamId};
use serde::{Deserialize, Serialize};
use store::attendance::{Shift, ShiftQuery};
use store::reach::Within;
use store::roles::Permission;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::Api;
use crate::documents::check_limit;
use crate::extract::Params;
use crate::identity::Caller;
use crate::live::LiveEvent;
use crate::problem::Problem;
use crate::router::Refusals;
use crate::schema;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(own))
}

/// Which shifts; every parameter that is given must fit.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ShiftParams {
    /// Of this agent.
    #[param(value_type = Option<Uuid>)]
    agent: Option<AgentId>,
    /// For this team.
    #[param(value_type = Option<Uuid>)]
    unit: Option<TeamId>,
    /// Begun at or after this.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Begun before this.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
    /// The `seq` of the last shift of the page before.
    before: Option<u64>,
    /// Rows on the page; 50 when it is left out.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
}

/// Shifts, the newest first.
#[derive(Serialize, ToSchema)]
struct Shifts {
    /// The shifts.
    #[schema(value_type = Vec<schema::Shift>)]
    items: Vec<Shift>,
}

/// Lists agents' shifts, the newest first, up to this moment.
#[utoipa::path(get, path = "/v1/attendance", tag = "attendance", operation_id = "list_attendance",
    params(ShiftParams), responses((status = 200, body = Shifts), Refusals))]
async fn list(
    State(api): State<Api>,
    caller: Caller,
    Params(params): Params<ShiftParams>,
) -> Result<Json<Shifts>, Problem> {
    page(&api, params, caller.within(Permission::PerformanceRead)).await
}

/// Lists the agent's own shifts.
#[utoipa::path(get, path = "/v1/me/attendance", tag = "attendance",
    operation_id = "list_my_attendance", params(ShiftParams),
    responses((status = 200, body = Shifts), Refusals))]
async fn own(
    State(api): State<Api>,
    caller: Caller,
    Params(params): Params<ShiftParams>,
) -> Result<Json<Shifts>, Problem> {
    let agent = Some(caller.own_agent()?);
    page(&api, ShiftParams { agent, ..params }, None).await
}

async fn page(
    api: &Api,
    params: ShiftParams,
    within: Option<Within>,
) -> Result<Json<Shifts>, Problem> {
    check_limit(params.limit)?;
    let ShiftParams { agent, unit, from, to, before, limit } = params;
    let query = ShiftQuery { agent, unit, from, to, before, limit, within };
    let mut items = api.store().attendance().list(&query).await?;
    let present = present(api);
    for shift in items.iter_mut().filter(|shift| shift.clocked_out_at.is_none()) {
        if let Some((word, since)) = present.get(&shift.agent) {
            let from = (*since).max(shift.clocked_in_at);
            let us = api.now().as_microsecond() - from.as_microsecond();
            shift.add(*word, u64::try_from(us).unwrap_or(0));
        }
    }
    Ok(Json(Shifts { items }))
}

/// What every agent is doing now, and since when.
fn present(api: &Api) -> BTreeMap<AgentId, (Attendance, Timestamp)> {
    let snapshot = api.control().hub().snapshot();
    let agents = snapshot.events.iter().filter_map(|event| match &event.numbered.event {
        LiveEvent::Agent(view) => Some((view.id, (view.attendance, view.since))),
        _ => None,
    });
    agents.collect()
}
