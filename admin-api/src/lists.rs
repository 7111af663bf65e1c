//! `/v1/lists`: lists of leads, and how they are filled from CSV.

mod export;
mod upload;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use dialer::ListId;
use store::lists::List;
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
        .merge(upload::routes())
        .merge(export::routes())
}

impl Resource for List {
    fn repository(store: &Store) -> Documents<Self> {
        store.lists()
    }

    fn with_id(self, id: ListId) -> Self {
        Self { id, ..self }
    }

    async fn faults(&self, _: &Api) -> Result<Vec<FieldError>, Problem> {
        let mut faults = Vec::new();
        let mut line = |field: &str, text: &str, most: usize| {
            let length = text.trim().chars().count();
            if !(1..=most).contains(&length) || text.chars().any(char::is_control) {
                faults.push(FieldError::new(field, format!("one line of 1 to {most} characters")));
            }
        };
        line("/name", &self.name, 100);
        if let Some(source) = &self.source {
            line("/source", source, 200);
        }
        Ok(faults)
    }

    /// A list without leads is nothing to the switch; its leads are told when they come.
    fn changed(&self) -> Option<Change> {
        None
    }

    fn removed(id: ListId) -> Option<Change> {
        Some(Change::ListRemoved(id))
    }
}

/// Lists lists, the oldest first.
#[utoipa::path(get, path = "/v1/lists", tag = "lists",
    operation_id = "list_lists", params(ListParams), responses(
    (status = 200, body = Listed<schema::ShownList>), Refusals))]
async fn list(
    State(api): State<Api>,
    Params(params): Params<ListParams>,
) -> Result<Json<Listed<Shown<List>>>, Problem> {
    documents::list(&api, params).await
}

/// Adds a list without leads.
#[utoipa::path(post, path = "/v1/lists", tag = "lists",
    operation_id = "create_list", request_body = schema::List,
    responses((status = 201, body = schema::ShownList), Refusals))]
async fn create(
    State(api): State<Api>,
    draft: Draft<List>,
) -> Result<Tagged<Shown<List>>, Problem> {
    documents::create(&api, draft).await
}

/// Shows a list.
#[utoipa::path(get, path = "/v1/lists/{id}", tag = "lists",
    operation_id = "read_list", params(("id" = Uuid, Path)),
    responses((status = 200, body = schema::ShownList), Refusals))]
async fn read(State(api): State<Api>, Id(id): Id<ListId>) -> Result<Tagged<Shown<List>>, Problem> {
    documents::read(&api, id).await
}

/// Renames a list that was read at the version in `If-Match`.
#[utoipa::path(put, path = "/v1/lists/{id}", tag = "lists",
    operation_id = "replace_list",
    params(("id" = Uuid, Path), ("If-Match" = String, Header)), request_body = schema::List,
    responses((status = 200, body = schema::ShownList), Refusals))]
async fn replace(
    State(api): State<Api>,
    Id(id): Id<ListId>,
    made_from: IfMatch,
    draft: Draft<List>,
) -> Result<Tagged<Shown<List>>, Problem> {
    documents::replace(&api, id, made_from, draft).await
}

/// Deletes a list and its leads, unless a campaign has it or one of the leads was dialled.
#[utoipa::path(delete, path = "/v1/lists/{id}", tag = "lists",
    operation_id = "remove_list",
    params(("id" = Uuid, Path), ("If-Match" = String, Header)),
    responses((status = 204), Refusals))]
async fn remove(
    State(api): State<Api>,
    Id(id): Id<ListId>,
    made_from: IfMatch,
) -> Result<StatusCode, Problem> {
    documents::remove::<List>(&api, id, made_from).await
}
