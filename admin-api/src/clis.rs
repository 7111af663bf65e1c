//! `/v1/clis`: the numbers that the organisation owns and may present.

mod health;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use routing::{Cli, CliId};
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
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(read, replace, remove))
        .merge(health::routes())
}

impl Resource for Cli {
    fn repository(store: &Store) -> Documents<Self> {
        store.clis()
    }

    fn with_id(self, id: CliId) -> Self {
        Self { id, ..self }
    }

    async fn faults(&self, _: &Api) -> Result<Vec<FieldError>, Problem> {
        Ok(documents::faults(self.validate().err()))
    }

    fn changed(&self) -> Option<Change> {
        Some(Change::Cli(self.clone()))
    }

    fn removed(id: CliId) -> Option<Change> {
        Some(Change::CliRemoved(id))
    }
}

/// Lists CLIs, the oldest first.
#[utoipa::path(get, path = "/v1/clis", tag = "clis",
    operation_id = "list_clis", params(ListParams), responses(
    (status = 200, body = Listed<schema::ShownCli>), Refusals))]
async fn list(
    State(api): State<Api>,
    Params(params): Params<ListParams>,
) -> Result<Json<Listed<Shown<Cli>>>, Problem> {
    documents::list(&api, params).await
}

/// Adds a CLI.
#[utoipa::path(post, path = "/v1/clis", tag = "clis",
    operation_id = "create_cli", request_body = schema::Cli,
    responses((status = 201, body = schema::ShownCli), Refusals))]
async fn create(State(api): State<Api>, draft: Draft<Cli>) -> Result<Tagged<Shown<Cli>>, Problem> {
    documents::create(&api, draft).await
}

/// Shows a CLI.
#[utoipa::path(get, path = "/v1/clis/{id}", tag = "clis",
    operation_id = "read_cli", params(("id" = Uuid, Path)),
    responses((status = 200, body = schema::ShownCli), Refusals))]
async fn read(State(api): State<Api>, Id(id): Id<CliId>) -> Result<Tagged<Shown<Cli>>, Problem> {
    documents::read(&api, id).await
}

/// Replaces a CLI that was read at the version in `If-Match`.
#[utoipa::path(put, path = "/v1/clis/{id}", tag = "clis",
    operation_id = "replace_cli",
    params(("id" = Uuid, Path), ("If-Match" = String, Header)), request_body = schema::Cli,
    responses((status = 200, body = schema::ShownCli), Refusals))]
async fn replace(
    State(api): State<Api>,
    Id(id): Id<CliId>,
    made_from: IfMatch,
    draft: Draft<Cli>,
) -> Result<Tagged<Shown<Cli>>, Problem> {
    documents::replace(&api, id, made_from, draft).await
}

/// Deletes a CLI that nothing refers to.
#[utoipa::path(delete, path = "/v1/clis/{id}", tag = "clis",
    operation_id = "remove_cli",
    params(("id" = Uuid, Path), ("If-Match" = String, Header)),
    responses((status = 204), Refusals))]
async fn remove(
    State(api): State<Api>,
    Id(id): Id<CliId>,
    made_from: IfMatch,
) -> Result<StatusCode, Problem> {
    documents::remove::<Cli>(&api, id, made_from).await
}
