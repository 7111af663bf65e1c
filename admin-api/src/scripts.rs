//! `/v1/scripts`: what agents read and ask in a conversation, refused with the name of the page
//! that would lose them. A campaign and a queue name theirs; [`crate::call_sheet`] shows it.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use routing::{Script, ScriptId};
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

impl Resource for Script {
    fn repository(store: &Store) -> Documents<Self> {
        store.scripts()
    }

    fn with_id(self, id: ScriptId) -> Self {
        Self { id, ..self }
    }

    async fn faults(&self, _: &Api) -> Result<Vec<FieldError>, Problem> {
        Ok(documents::faults(Script::faults(self)))
    }

    fn changed(&self) -> Option<Change> {
        None
    }

    fn removed(_: ScriptId) -> Option<Change> {
        None
    }
}

/// Lists scripts, the oldest first.
#[utoipa::path(get, path = "/v1/scripts", tag = "scripts",
    operation_id = "list_scripts", params(ListParams), responses(
    (status = 200, body = Listed<schema::ShownScript>), Refusals))]
async fn list(
    State(api): State<Api>,
    Params(params): Params<ListParams>,
) -> Result<Json<Listed<Shown<Script>>>, Problem> {
    documents::list(&api, params).await
}

/// Adds a script.
#[utoipa::path(post, path = "/v1/scripts", tag = "scripts",
    operation_id = "create_script", request_body = schema::Script,
    responses((status = 201, body = schema::ShownScript), Refusals))]
async fn create(
    State(api): State<Api>,
    draft: Draft<Script>,
) -> Result<Tagged<Shown<Script>>, Problem> {
    documents::create(&api, draft).await
}

/// Shows a script.
#[utoipa::path(get, path = "/v1/scripts/{id}", tag = "scripts",
    operation_id = "read_script", params(("id" = Uuid, Path)),
    responses((status = 200, body = schema::ShownScript), Refusals))]
async fn read(
    State(api): State<Api>,
    Id(id): Id<ScriptId>,
) -> Result<Tagged<Shown<Script>>, Problem> {
    documents::read(&api, id).await
}

/// Replaces a script that was read at the version in `If-Match`.
#[utoipa::path(put, path = "/v1/scripts/{id}", tag = "scripts",
    operation_id = "replace_script",
    params(("id" = Uuid, Path), ("If-Match" = String, Header)), request_body = schema::Script,
    responses((status = 200, body = schema::ShownScript), Refusals))]
async fn replace(
    State(api): State<Api>,
    Id(id): Id<ScriptId>,
    made_from: IfMatch,
    draft: Draft<Script>,
) -> Result<Tagged<Shown<Script>>, Problem> {
    documents::replace(&api, id, made_from, draft).await
}

/// Deletes a script that nothing refers to, and that no call was answered by.
#[utoipa::path(delete, path = "/v1/scripts/{id}", tag = "scripts",
    operation_id = "remove_script",
    params(("id" = Uuid, Path), ("If-Match" = String, Header)),
    responses((status = 204), Refusals))]
async fn remove(
    State(api): State<Api>,
    Id(id): Id<ScriptId>,
    made_from: IfMatch,
) -> Result<StatusCode, Problem> {
    documents::remove::<Script>(&api, id, made_from).await
}
