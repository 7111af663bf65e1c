//! `/v1/trunks`: the ways to and from carriers.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use routing::{Trunk, TrunkId};
use serde::Deserialize;
use store::trunks::TrunkSecret;
use store::{Documents, Store};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::Api;
use crate::control::Change;
use crate::documents::{self, Draft, IfMatch, ListParams, Listed, Resource, Shown, Tagged};
use crate::extract::{Body, Id, Params};
use crate::problem::{FieldError, Problem};
use crate::router::Refusals;
use crate::schema;
use crate::secret::Secret;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(read, replace, remove))
        .routes(routes!(put_secret, remove_secret))
}

/// What a carrier knows us by: it answers the challenges to our REGISTER and INVITE.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TrunkCredentials {
    /// The digest's user name.
    #[schema(min_length = 1, max_length = 128)]
    username: String,
    /// The digest's password; never shown again.
    #[schema(value_type = String, min_length = 1, max_length = 256)]
    password: Secret,
}

impl TrunkCredentials {
    fn faults(&self) -> Vec<FieldError> {
        let sound = |text: &str, most| {
            (1..=most).contains(&text.chars().count()) && !text.chars().any(char::is_control)
        };
        let mut faults = vec![];
        if !sound(&self.username, 128) {
            faults.push(FieldError::new("/username", "1 to 128 characters on one line"));
        }
        if !sound(self.password.reveal(), 256) {
            faults.push(FieldError::new("/password", "1 to 256 characters on one line"));
        }
        faults
    }
}

impl Resource for Trunk {
    fn repository(store: &Store) -> Documents<Self> {
        store.trunks()
    }

    fn with_id(self, id: TrunkId) -> Self {
        Self { id, ..self }
    }

    async fn faults(&self, _: &Api) -> Result<Vec<FieldError>, Problem> {
        Ok(documents::faults(self.validate().err()))
    }

    fn changed(&self) -> Option<Change> {
        Some(Change::Trunk(Box::new(self.clone())))
    }

    fn removed(id: TrunkId) -> Option<Change> {
        Some(Change::TrunkRemoved(id))
    }
}

/// Lists trunks, the oldest first.
#[utoipa::path(get, path = "/v1/trunks", tag = "trunks",
    operation_id = "list_trunks", params(ListParams), responses(
    (status = 200, body = Listed<schema::ShownTrunk>), Refusals))]
async fn list(
    State(api): State<Api>,
    Params(params): Params<ListParams>,
) -> Result<Json<Listed<Shown<Trunk>>>, Problem> {
    documents::list(&api, params).await
}

/// Adds a trunk.
#[utoipa::path(post, path = "/v1/trunks", tag = "trunks",
    operation_id = "create_trunk", request_body = schema::Trunk,
    responses((status = 201, body = schema::ShownTrunk), Refusals))]
async fn create(
    State(api): State<Api>,
    draft: Draft<Trunk>,
) -> Result<Tagged<Shown<Trunk>>, Problem> {
    documents::create(&api, draft).await
}

/// Shows a trunk.
#[utoipa::path(get, path = "/v1/trunks/{id}", tag = "trunks",
    operation_id = "read_trunk", params(("id" = Uuid, Path)),
    responses((status = 200, body = schema::ShownTrunk), Refusals))]
async fn read(
    State(api): State<Api>,
    Id(id): Id<TrunkId>,
) -> Result<Tagged<Shown<Trunk>>, Problem> {
    documents::read(&api, id).await
}

/// Replaces a trunk that was read at the version in `If-Match`.
#[utoipa::path(put, path = "/v1/trunks/{id}", tag = "trunks",
    operation_id = "replace_trunk",
    params(("id" = Uuid, Path), ("If-Match" = String, Header)), request_body = schema::Trunk,
    responses((status = 200, body = schema::ShownTrunk), Refusals))]
async fn replace(
    State(api): State<Api>,
    Id(id): Id<TrunkId>,
    made_from: IfMatch,
    draft: Draft<Trunk>,
) -> Result<Tagged<Shown<Trunk>>, Problem> {
    documents::replace(&api, id, made_from, draft).await
}

/// Deletes a trunk that nothing refers to.
#[utoipa::path(delete, path = "/v1/trunks/{id}", tag = "trunks",
    operation_id = "remove_trunk",
    params(("id" = Uuid, Path), ("If-Match" = String, Header)),
    responses((status = 204), Refusals))]
async fn remove(
    State(api): State<Api>,
    Id(id): Id<TrunkId>,
    made_from: IfMatch,
) -> Result<StatusCode, Problem> {
    documents::remove::<Trunk>(&api, id, made_from).await
}

/// Sets what the carrier knows us by; the one before stops to be used.
#[utoipa::path(put, path = "/v1/trunks/{id}/secret", tag = "trunks",
    operation_id = "put_trunk_secret", params(("id" = Uuid, Path)),
    request_body = TrunkCredentials, responses((status = 204), Refusals))]
async fn put_secret(
    State(api): State<Api>,
    Id(id): Id<TrunkId>,
    Body(credentials): Body<TrunkCredentials>,
) -> Result<StatusCode, Problem> {
    let faults = credentials.faults();
    if !faults.is_empty() {
        return Err(Problem::fields(faults));
    }
    api.store().trunks().find(id).await?;
    let TrunkCredentials { username, password } = credentials;
    let password = password.reveal().to_owned();
    let secret = TrunkSecret { trunk: id, username, password };
    api.store().trunk_secrets().put(&secret).await?;
    api.tell(Change::TrunkSecret(id, Some(secret)))?;
    Ok(StatusCode::NO_CONTENT)
}

/// Forgets what the carrier knows us by.
#[utoipa::path(delete, path = "/v1/trunks/{id}/secret", tag = "trunks",
    operation_id = "remove_trunk_secret", params(("id" = Uuid, Path)),
    responses((status = 204), Refusals))]
async fn remove_secret(State(api): State<Api>, Id(id): Id<TrunkId>) -> Result<StatusCode, Problem> {
    api.store().trunk_secrets().delete(id).await?;
    api.tell(Change::TrunkSecret(id, None))?;
    Ok(StatusCode::NO_CONTENT)
}
