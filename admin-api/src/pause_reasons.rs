//! `/v1/pause-reasons`: what agents may choose from when they pause (R73, R146).

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use store::pause_reasons::{OfferedReason, PauseReasonId};
use store::{Documents, Store};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::Api;
use crate::control::Change;
use crate::documents::{self, Draft, IfMatch, ListParams, Listed, Resource, Shown, Tagged};
use crate::extract::{Id, Params};
use crate::problem::{FieldError, Problem};
use crate::router::Refusals;
use crate::schema;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(read, replace, remove))
}

impl Resource for OfferedReason {
    fn repository(store: &Store) -> Documents<Self> {
        store.pause_reasons()
    }

    fn with_id(self, id: PauseReasonId) -> Self {
        Self { id, ..self }
    }

    async fn faults(&self, _: &Api) -> Result<Vec<FieldError>, Problem> {
        Ok(documents::faults(self.reason.validate().err()))
    }

    fn changed(&self) -> Option<Change> {
        // The desk offers them; the switch takes any reason that a desk gives.
        None
    }

    fn removed(_: PauseReasonId) -> Option<Change> {
        None
    }
}

/// Lists pause reasons, the oldest first.
#[utoipa::path(get, path = "/v1/pause-reasons", tag = "pause-reasons",
    operation_id = "list_pause_reasons", params(ListParams), responses(
    (status = 200, body = Listed<schema::ShownReason>), Refusals))]
async fn list(
    State(api): State<Api>,
    Params(params): Params<ListParams>,
) -> Result<Json<Listed<Shown<OfferedReason>>>, Problem> {
    documents::list(&api, params).await
}

/// Adds a pause reason.
#[utoipa::path(post, path = "/v1/pause-reasons", tag = "pause-reasons",
    operation_id = "create_pause_reason", request_body = schema::OfferedReason,
    responses((status = 201, body = schema::ShownReason), Refusals))]
async fn create(
    State(api): State<Api>,
    draft: Draft<OfferedReason>,
) -> Result<Tagged<Shown<OfferedReason>>, Problem> {
    documents::create(&api, draft).await
}

/// Shows a pause reason.
#[utoipa::path(get, path = "/v1/pause-reasons/{id}", tag = "pause-reasons",
    operation_id = "read_pause_reason", params(("id" = Uuid, Path)),
    responses((status = 200, body = schema::ShownReason), Refusals))]
async fn read(
    State(api): State<Api>,
    Id(id): Id<PauseReasonId>,
) -> Result<Tagged<Shown<OfferedReason>>, Problem> {
    documents::read(&api, id).await
}

/// Replaces a pause reason that was read at the version in `If-Match`.
#[utoipa::path(put, path = "/v1/pause-reasons/{id}", tag = "pause-reasons",
    operation_id = "replace_pause_reason",
    params(("id" = Uuid, Path), ("If-Match" = String, Header)),
    request_body = schema::OfferedReason,
    responses((status = 200, body = schema::ShownReason), Refusals))]
async fn replace(
    State(api): State<Api>,
    Id(id): Id<PauseReasonId>,
    made_from: IfMatch,
    draft: Draft<OfferedReason>,
) -> Result<Tagged<Shown<OfferedReason>>, Problem> {
    documents::replace(&api, id, made_from, draft).await
}

/// Deletes a pause reason that nothing refers to.
#[utoipa::path(delete, path = "/v1/pause-reasons/{id}", tag = "pause-reasons",
    operation_id = "remove_pause_reason",
    params(("id" = Uuid, Path), ("If-Match" = String, Header)),
    responses((status = 204), Refusals))]
async fn remove(
    State(api): State<Api>,
    Id(id): Id<PauseReasonId>,
    made_from: IfMatch,
) -> Result<StatusCode, Problem> {
    documents::remove::<OfferedReason>(&api, id, made_from).await
}
