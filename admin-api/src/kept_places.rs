//! `/v1/kept-places`: places in line of callers who hung up and are called back in their turn.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::Timestamp;
use routing::{CallId, QueueId};
use serde::Deserialize;
use store::Cursor;
use store::kept_places::{KeptPlaceQuery, KeptPlaceRecord};
use store::roles::Permission;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::Api;
use crate::control::Command;
use crate::documents::{Listed, check_limit};
use crate::extract::{Id, Params};
use crate::identity::Caller;
use crate::problem::Problem;
use crate::router::Refusals;
use crate::schema;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(remove))
}

/// What to search for; every parameter that is given must fit.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct KeptPlaceParams {
    /// In the line of this queue.
    #[param(value_type = Option<Uuid>)]
    queue: Option<QueueId>,
    /// Only those that are kept now.
    #[serde(default)]
    open: bool,
    /// Kept at or after this.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Kept before this.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
    /// The `next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<Cursor>,
    /// Rows on the page; 50 when it is left out.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
}

/// Lists kept places, the latest kept first.
#[utoipa::path(get, path = "/v1/kept-places", tag = "callbacks",
    operation_id = "list_kept_places", params(KeptPlaceParams),
    responses((status = 200, body = Listed<schema::KeptPlace>), Refusals))]
async fn list(
    State(api): State<Api>,
    caller: Caller,
    Params(params): Params<KeptPlaceParams>,
) -> Result<Json<Listed<KeptPlaceRecord>>, Problem> {
    let KeptPlaceParams { queue, open, from, to, after, limit } = params;
    check_limit(limit)?;
    let within = caller.within(Permission::CallbacksRead);
    let query = KeptPlaceQuery { queue, number: None, open, from, to, after, limit, within };
    let page = api.store().kept_places().list(&query).await?;
    Ok(Json(Listed::of(page, |place| place)))
}

/// Removes a place, by the call whose caller kept it: nobody is called for it any more.
#[utoipa::path(delete, path = "/v1/kept-places/{id}", tag = "callbacks",
    operation_id = "remove_kept_place", params(("id" = Uuid, Path)),
    responses((status = 204), Refusals))]
async fn remove(State(api): State<Api>, Id(id): Id<CallId>) -> Result<StatusCode, Problem> {
    api.command(Command::RemovePlace(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}
