//! `/v1/roles`: what the roles grant, those of the house and those of the organisation's own.
//!
//! Nobody gives away what they do not have: neither by a role, nor by giving one to a user, nor by
//! taking over a user who has more (`no_more_than_own`).

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use store::roles::{CustomRole, Grants, RoleId, Scope};
use store::users::Role;
use store::{Documents, Store};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::Api;
use crate::control::Change;
use crate::documents::{self, Draft, IfMatch, ListParams, Listed, Resource, Shown, Tagged};
use crate::extract::{Id, Params};
use crate::identity::{Caller, bundles};
use crate::problem::{FieldError, Kind, Problem};
use crate::router::Refusals;
use crate::schema;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(read, replace, remove))
}

impl Resource for CustomRole {
    fn repository(store: &Store) -> Documents<Self> {
        store.roles()
    }

    fn with_id(self, id: RoleId) -> Self {
        Self { id, ..self }
    }

    async fn faults(&self, _: &Api) -> Result<Vec<FieldError>, Problem> {
        Ok(documents::faults(self.validate().err()))
    }

    /// The switch knows no users.
    fn changed(&self) -> Option<Change> {
        None
    }

    fn removed(_: RoleId) -> Option<Change> {
        None
    }
}

/// The organisation's own roles, and what those of the house grant.
#[derive(Serialize, ToSchema)]
struct RolesListed {
    #[serde(flatten)]
    #[schema(value_type = Listed<schema::ShownCustomRole>)]
    custom: Listed<Shown<CustomRole>>,
    /// The roles of the house by their words, and what they grant.
    #[schema(value_type = BTreeMap<String, BTreeMap<String, schema::Scope>>)]
    house: BTreeMap<&'static str, Grants>,
}

/// Refuses whoever would give, or get into, more than they have.
pub(crate) fn no_more_than_own(caller: &Caller, grants: &Grants) -> Result<(), Problem> {
    let has = |(permission, scope): (_, &Scope)| {
        let own = caller.grants.get(permission);
        own == Some(&Scope::All) || own == Some(scope)
    };
    if grants.iter().all(has) {
        return Ok(());
    }
    Err(Problem::new(Kind::Forbidden, "that role grants more than your own"))
}

/// Lists the organisation's own roles, the oldest first, beside those of the house.
#[utoipa::path(get, path = "/v1/roles", tag = "users", operation_id = "list_roles",
    params(ListParams), responses((status = 200, body = RolesListed), Refusals))]
async fn list(
    State(api): State<Api>,
    Params(params): Params<ListParams>,
) -> Result<Json<RolesListed>, Problem> {
    let Json(custom) = documents::list(&api, params).await?;
    let house = Role::HOUSE.iter().map(|(role, word)| (*word, bundles::grants(*role, None)));
    Ok(Json(RolesListed { custom, house: house.collect() }))
}

/// Adds a role.
#[utoipa::path(post, path = "/v1/roles", tag = "users", operation_id = "create_role",
    request_body = schema::CustomRole,
    responses((status = 201, body = schema::ShownCustomRole), Refusals))]
async fn create(
    State(api): State<Api>,
    caller: Caller,
    draft: Draft<CustomRole>,
) -> Result<Tagged<Shown<CustomRole>>, Problem> {
    no_more_than_own(&caller, &draft.0.grants)?;
    documents::create(&api, draft).await
}

/// Shows a role.
#[utoipa::path(get, path = "/v1/roles/{id}", tag = "users", operation_id = "read_role",
    params(("id" = Uuid, Path)),
    responses((status = 200, body = schema::ShownCustomRole), Refusals))]
async fn read(
    State(api): State<Api>,
    Id(id): Id<RoleId>,
) -> Result<Tagged<Shown<CustomRole>>, Problem> {
    documents::read(&api, id).await
}

/// Replaces a role that was read at the version in `If-Match`; in force with the next request.
#[utoipa::path(put, path = "/v1/roles/{id}", tag = "users", operation_id = "replace_role",
    params(("id" = Uuid, Path), ("If-Match" = String, Header)),
    request_body = schema::CustomRole,
    responses((status = 200, body = schema::ShownCustomRole), Refusals))]
async fn replace(
    State(api): State<Api>,
    caller: Caller,
    Id(id): Id<RoleId>,
    made_from: IfMatch,
    draft: Draft<CustomRole>,
) -> Result<Tagged<Shown<CustomRole>>, Problem> {
    no_more_than_own(&caller, &api.store().roles().find(id).await?.value.grants)?;
    no_more_than_own(&caller, &draft.0.grants)?;
    let replaced = documents::replace(&api, id, made_from, draft).await?;
    api.sign_outs().send_modify(|count| *count += 1);
    Ok(replaced)
}

/// Deletes a role that no user has.
#[utoipa::path(delete, path = "/v1/roles/{id}", tag = "users", operation_id = "remove_role",
    params(("id" = Uuid, Path), ("If-Match" = String, Header)),
    responses((status = 204), Refusals))]
async fn remove(
    State(api): State<Api>,
    Id(id): Id<RoleId>,
    made_from: IfMatch,
) -> Result<StatusCode, Problem> {
    documents::remove::<CustomRole>(&api, id, made_from).await
}
