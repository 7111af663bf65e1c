//! `/v1/dids`: the numbers that callers dial, and where each leads.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use routing::{Did, DidId};
use store::{Documents, Store};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::Api;
use crate::control::Change;
use crate::documents::{self, Draft, IfMatch, ListParams, Listed, Resource, Shown, Tagged};
use crate::extract::{Id, Params};
use crate::organisation;
use crate::problem::{FieldError, Problem};
use crate::router::Refusals;
use crate::schema;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(read, replace, remove))
}

impl Resource for Did {
    fn repository(store: &Store) -> Documents<Self> {
        store.dids()
    }

    fn with_id(self, id: DidId) -> Self {
        Self { id, ..self }
    }

    /// A DID must not read as one of our extensions (REQUIREMENTS A6, "Prefix arithmetic").
    async fn faults(&self, api: &Api) -> Result<Vec<FieldError>, Problem> {
        let mut faults = documents::faults(self.validate().err());
        faults.extend(documents::unknown_zone(self.opening.as_ref()));
        let prefix = organisation::find(api).await?.map(|found| found.value.prefix);
        if let Some(Err(overlap)) = prefix.map(|prefix| prefix.check([], [&self.number], [])) {
            faults.push(FieldError::new("/number", format!("another number: {overlap}")));
        }
        Ok(faults)
    }

    fn changed(&self) -> Option<Change> {
        Some(Change::Did(Box::new(self.clone())))
    }

    fn removed(id: DidId) -> Option<Change> {
        Some(Change::DidRemoved(id))
    }
}

/// Lists DIDs, the oldest first.
#[utoipa::path(get, path = "/v1/dids", tag = "dids",
    operation_id = "list_dids", params(ListParams), responses(
    (status = 200, body = Listed<schema::ShownDid>), Refusals))]
async fn list(
    State(api): State<Api>,
    Params(params): Params<ListParams>,
) -> Result<Json<Listed<Shown<Did>>>, Problem> {
    documents::list(&api, params).await
}

/// Adds a DID.
#[utoipa::path(post, path = "/v1/dids", tag = "dids",
    operation_id = "create_did", request_body = schema::Did,
    responses((status = 201, body = schema::ShownDid), Refusals))]
async fn create(State(api): State<Api>, draft: Draft<Did>) -> Result<Tagged<Shown<Did>>, Problem> {
    documents::create(&api, draft).await
}

/// Shows a DID.
#[utoipa::path(get, path = "/v1/dids/{id}", tag = "dids",
    operation_id = "read_did", params(("id" = Uuid, Path)),
    responses((status = 200, body = schema::ShownDid), Refusals))]
async fn read(State(api): State<Api>, Id(id): Id<DidId>) -> Result<Tagged<Shown<Did>>, Problem> {
    documents::read(&api, id).await
}

/// Replaces a DID that was read at the version in `If-Match`.
#[utoipa::path(put, path = "/v1/dids/{id}", tag = "dids",
    operation_id = "replace_did",
    params(("id" = Uuid, Path), ("If-Match" = String, Header)), request_body = schema::Did,
    responses((status = 200, body = schema::ShownDid), Refusals))]
async fn replace(
    State(api): State<Api>,
    Id(id): Id<DidId>,
    made_from: IfMatch,
    draft: Draft<Did>,
) -> Result<Tagged<Shown<Did>>, Problem> {
    documents::replace(&api, id, made_from, draft).await
}

/// Deletes a DID that nothing refers to.
#[utoipa::path(delete, path = "/v1/dids/{id}", tag = "dids",
    operation_id = "remove_did",
    params(("id" = Uuid, Path), ("If-Match" = String, Header)),
    responses((status = 204), Refusals))]
async fn remove(
    State(api): State<Api>,
    Id(id): Id<DidId>,
    made_from: IfMatch,
) -> Result<StatusCode, Problem> {
    documents::remove::<Did>(&api, id, made_from).await
}
