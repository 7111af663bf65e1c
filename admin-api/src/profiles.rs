//! `/v1/legal-profiles`: what a country asks of a dialer, to be edited; campaigns name one.
//!
//! The values that are shipped are defaults with their sources, and no legal advice.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use dialer::{LegalProfile, ProfileId};
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

impl Resource for LegalProfile {
    fn repository(store: &Store) -> Documents<Self> {
        store.profiles()
    }

    fn with_id(self, id: ProfileId) -> Self {
        Self { id, ..self }
    }

    async fn faults(&self, _: &Api) -> Result<Vec<FieldError>, Problem> {
        let mut faults = documents::faults(self.validate().err().unwrap_or_default());
        let sources = self.sources.iter().enumerate().flat_map(|(n, source)| {
            let place = |field| format!("/sources/{n}/{field}");
            [(place("rule"), source.rule.as_str()), (place("basis"), source.basis.as_str())]
        });
        let name = [("/name".to_owned(), self.name.as_str())];
        faults.extend(documents::lines(name.into_iter().chain(sources)));
        Ok(faults)
    }

    fn changed(&self) -> Option<Change> {
        Some(Change::Profile(Box::new(self.clone())))
    }

    fn removed(id: ProfileId) -> Option<Change> {
        Some(Change::ProfileRemoved(id))
    }
}

/// Lists legal profiles, the oldest first.
#[utoipa::path(get, path = "/v1/legal-profiles", tag = "legal profiles",
    operation_id = "list_legal_profiles",
    params(ListParams), responses(
    (status = 200, body = Listed<schema::ShownLegalProfile>), Refusals))]
async fn list(
    State(api): State<Api>,
    Params(params): Params<ListParams>,
) -> Result<Json<Listed<Shown<LegalProfile>>>, Problem> {
    documents::list(&api, params).await
}

/// Adds a legal profile.
#[utoipa::path(post, path = "/v1/legal-profiles", tag = "legal profiles",
    operation_id = "create_legal_profile",
    request_body = schema::LegalProfile,
    responses((status = 201, body = schema::ShownLegalProfile), Refusals))]
async fn create(
    State(api): State<Api>,
    draft: Draft<LegalProfile>,
) -> Result<Tagged<Shown<LegalProfile>>, Problem> {
    documents::create(&api, draft).await
}

/// Shows a legal profile.
#[utoipa::path(get, path = "/v1/legal-profiles/{id}", tag = "legal profiles",
    operation_id = "read_legal_profile",
    params(("id" = Uuid, Path)),
    responses((status = 200, body = schema::ShownLegalProfile), Refusals))]
async fn read(
    State(api): State<Api>,
    Id(id): Id<ProfileId>,
) -> Result<Tagged<Shown<LegalProfile>>, Problem> {
    documents::read(&api, id).await
}

/// Replaces a legal profile that was read at the version in `If-Match`.
#[utoipa::path(put, path = "/v1/legal-profiles/{id}", tag = "legal profiles",
    operation_id = "replace_legal_profile",
    params(("id" = Uuid, Path), ("If-Match" = String, Header)),
    request_body = schema::LegalProfile,
    responses((status = 200, body = schema::ShownLegalProfile), Refusals))]
async fn replace(
    State(api): State<Api>,
    Id(id): Id<ProfileId>,
    made_from: IfMatch,
    draft: Draft<LegalProfile>,
) -> Result<Tagged<Shown<LegalProfile>>, Problem> {
    documents::replace(&api, id, made_from, draft).await
}

/// Deletes a legal profile that nothing refers to.
#[utoipa::path(delete, path = "/v1/legal-profiles/{id}", tag = "legal profiles",
    operation_id = "remove_legal_profile",
    params(("id" = Uuid, Path), ("If-Match" = String, Header)),
    responses((status = 204), Refusals))]
async fn remove(
    State(api): State<Api>,
    Id(id): Id<ProfileId>,
    made_from: IfMatch,
) -> Result<StatusCode, Problem> {
    documents::remove::<LegalProfile>(&api, id, made_from).await
}
