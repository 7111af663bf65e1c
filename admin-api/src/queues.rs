//! `/v1/queues`: inbound queues.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use routing::{Queue, QueueId};
use store::{Documents, Store};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::Api;
use crate::call_sheet;
use crate::control::Change;
use crate::documents::{self, Draft, IfMatch, ListParams, Listed, Resource, Shown, Tagged};
use crate::extract::{Id, Params};
use crate::problem::{FieldError, Problem};
use crate::router::Refusals;
use crate::schema;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(read, replace, remove))
}

impl Resource for Queue {
    fn repository(store: &Store) -> Documents<Self> {
        store.queues()
    }

    fn with_id(self, id: QueueId) -> Self {
        Self { id, ..self }
    }

    async fn faults(&self, api: &Api) -> Result<Vec<FieldError>, Problem> {
        let mut faults = documents::faults(self.validate().err());
        faults.extend(documents::unknown_zone(self.opening.as_ref()));
        if faults.is_empty() {
            faults.extend(call_sheet::address_fault(api, self.crm.as_ref()).await?);
        }
        Ok(faults)
    }

    fn changed(&self) -> Option<Change> {
        Some(Change::Queue(Box::new(self.clone())))
    }

    fn removed(id: QueueId) -> Option<Change> {
        Some(Change::QueueRemoved(id))
    }
}

/// Lists queues, the oldest first.
#[utoipa::path(get, path = "/v1/queues", tag = "queues",
    operation_id = "list_queues", params(ListParams), responses(
    (status = 200, body = Listed<schema::ShownQueue>), Refusals))]
async fn list(
    State(api): State<Api>,
    Params(params): Params<ListParams>,
) -> Result<Json<Listed<Shown<Queue>>>, Problem> {
    documents::list(&api, params).await
}

/// Adds a queue.
#[utoipa::path(post, path = "/v1/queues", tag = "queues",
    operation_id = "create_queue", request_body = schema::Queue,
    responses((status = 201, body = schema::ShownQueue), Refusals))]
async fn create(
    State(api): State<Api>,
    draft: Draft<Queue>,
) -> Result<Tagged<Shown<Queue>>, Problem> {
    documents::create(&api, draft).await
}

/// Shows a queue.
#[utoipa::path(get, path = "/v1/queues/{id}", tag = "queues",
    operation_id = "read_queue", params(("id" = Uuid, Path)),
    responses((status = 200, body = schema::ShownQueue), Refusals))]
async fn read(
    State(api): State<Api>,
    Id(id): Id<QueueId>,
) -> Result<Tagged<Shown<Queue>>, Problem> {
    documents::read(&api, id).await
}

/// Replaces a queue that was read at the version in `If-Match`.
#[utoipa::path(put, path = "/v1/queues/{id}", tag = "queues",
    operation_id = "replace_queue",
    params(("id" = Uuid, Path), ("If-Match" = String, Header)), request_body = schema::Queue,
    responses((status = 200, body = schema::ShownQueue), Refusals))]
async fn replace(
    State(api): State<Api>,
    Id(id): Id<QueueId>,
    made_from: IfMatch,
    draft: Draft<Queue>,
) -> Result<Tagged<Shown<Queue>>, Problem> {
    documents::replace(&api, id, made_from, draft).await
}

/// Deletes a queue that nothing refers to.
#[utoipa::path(delete, path = "/v1/queues/{id}", tag = "queues",
    operation_id = "remove_queue",
    params(("id" = Uuid, Path), ("If-Match" = String, Header)),
    responses((status = 204), Refusals))]
async fn remove(
    State(api): State<Api>,
    Id(id): Id<QueueId>,
    made_from: IfMatch,
) -> Result<StatusCode, Problem> {
    documents::remove::<Queue>(&api, id, made_from).await
}
