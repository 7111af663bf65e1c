//! `/v1/phonebook`: numbers outside that agents reach by name (R101).
//!
//! Whoever is signed in reads it: it is for transfers. Whether an agent may send anybody outside is
//! the agent's own setting, and asked when they do.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use routing::{PhonebookEntry, PhonebookEntryId};
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

impl Resource for PhonebookEntry {
    fn repository(store: &Store) -> Documents<Self> {
        store.phonebook()
    }

    fn with_id(self, id: PhonebookEntryId) -> Self {
        Self { id, ..self }
    }

    async fn faults(&self, _: &Api) -> Result<Vec<FieldError>, Problem> {
        Ok(documents::faults(self.validate().err()))
    }

    /// The switch is told numbers, never names.
    fn changed(&self) -> Option<Change> {
        None
    }

    fn removed(_: PhonebookEntryId) -> Option<Change> {
        None
    }
}

/// Lists the phonebook, the oldest entry first; `text` is part of a name or number.
#[utoipa::path(get, path = "/v1/phonebook", tag = "phonebook",
    operation_id = "list_phonebook", params(ListParams), responses(
    (status = 200, body = Listed<schema::ShownPhonebookEntry>), Refusals))]
async fn list(
    State(api): State<Api>,
    Params(params): Params<ListParams>,
) -> Result<Json<Listed<Shown<PhonebookEntry>>>, Problem> {
    documents::list(&api, params).await
}

/// Adds a number.
#[utoipa::path(post, path = "/v1/phonebook", tag = "phonebook",
    operation_id = "create_phonebook_entry", request_body = schema::PhonebookEntry,
    responses((status = 201, body = schema::ShownPhonebookEntry), Refusals))]
async fn create(
    State(api): State<Api>,
    draft: Draft<PhonebookEntry>,
) -> Result<Tagged<Shown<PhonebookEntry>>, Problem> {
    documents::create(&api, draft).await
}

/// Shows an entry.
#[utoipa::path(get, path = "/v1/phonebook/{id}", tag = "phonebook",
    operation_id = "read_phonebook_entry", params(("id" = Uuid, Path)),
    responses((status = 200, body = schema::ShownPhonebookEntry), Refusals))]
async fn read(
    State(api): State<Api>,
    Id(id): Id<PhonebookEntryId>,
) -> Result<Tagged<Shown<PhonebookEntry>>, Problem> {
    documents::read(&api, id).await
}

/// Replaces an entry that was read at the version in `If-Match`.
#[utoipa::path(put, path = "/v1/phonebook/{id}", tag = "phonebook",
    operation_id = "replace_phonebook_entry",
    params(("id" = Uuid, Path), ("If-Match" = String, Header)),
    request_body = schema::PhonebookEntry,
    responses((status = 200, body = schema::ShownPhonebookEntry), Refusals))]
async fn replace(
    State(api): State<Api>,
    Id(id): Id<PhonebookEntryId>,
    made_from: IfMatch,
    draft: Draft<PhonebookEntry>,
) -> Result<Tagged<Shown<PhonebookEntry>>, Problem> {
    documents::replace(&api, id, made_from, draft).await
}

/// Deletes an entry.
#[utoipa::path(delete, path = "/v1/phonebook/{id}", tag = "phonebook",
    operation_id = "remove_phonebook_entry",
    params(("id" = Uuid, Path), ("If-Match" = String, Header)),
    responses((status = 204), Refusals))]
async fn remove(
    State(api): State<Api>,
    Id(id): Id<PhonebookEntryId>,
    made_from: IfMatch,
) -> Result<StatusCode, Problem> {
    documents::remove::<PhonebookEntry>(&api, id, made_from).await
}
