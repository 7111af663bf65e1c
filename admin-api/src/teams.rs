//! `/v1/teams`: the groups that agents belong to, and the units they clock in to (R144, R187).

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use routing::{Team, TeamId};
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

impl Resource for Team {
    fn repository(store: &Store) -> Documents<Self> {
        store.teams()
    }

    fn with_id(self, id: TeamId) -> Self {
        Self { id, ..self }
    }

    async fn faults(&self, _: &Api) -> Result<Vec<FieldError>, Problem> {
        Ok(documents::faults(self.validate().err()))
    }

    fn changed(&self) -> Option<Change> {
        Some(Change::Team(self.clone()))
    }

    fn removed(id: TeamId) -> Option<Change> {
        Some(Change::TeamRemoved(id))
    }
}

/// Lists teams, the oldest first.
#[utoipa::path(get, path = "/v1/teams", tag = "teams",
    operation_id = "list_teams", params(ListParams), responses(
    (status = 200, body = Listed<schema::ShownTeam>), Refusals))]
async fn list(
    State(api): State<Api>,
    Params(params): Params<ListParams>,
) -> Result<Json<Listed<Shown<Team>>>, Problem> {
    documents::list(&api, params).await
}

/// Adds a team.
#[utoipa::path(post, path = "/v1/teams", tag = "teams",
    operation_id = "create_team", request_body = schema::Team,
    responses((status = 201, body = schema::ShownTeam), Refusals))]
async fn create(
    State(api): State<Api>,
    draft: Draft<Team>,
) -> Result<Tagged<Shown<Team>>, Problem> {
    documents::create(&api, draft).await
}

/// Shows a team.
#[utoipa::path(get, path = "/v1/teams/{id}", tag = "teams",
    operation_id = "read_team", params(("id" = Uuid, Path)),
    responses((status = 200, body = schema::ShownTeam), Refusals))]
async fn read(State(api): State<Api>, Id(id): Id<TeamId>) -> Result<Tagged<Shown<Team>>, Problem> {
    documents::read(&api, id).await
}

/// Replaces a team that was read at the version in `If-Match`.
#[utoipa::path(put, path = "/v1/teams/{id}", tag = "teams",
    operation_id = "replace_team",
    params(("id" = Uuid, Path), ("If-Match" = String, Header)), request_body = schema::Team,
    responses((status = 200, body = schema::ShownTeam), Refusals))]
async fn replace(
    State(api): State<Api>,
    Id(id): Id<TeamId>,
    made_from: IfMatch,
    draft: Draft<Team>,
) -> Result<Tagged<Shown<Team>>, Problem> {
    documents::replace(&api, id, made_from, draft).await
}

/// Deletes a team that nothing refers to.
#[utoipa::path(delete, path = "/v1/teams/{id}", tag = "teams",
    operation_id = "remove_team",
    params(("id" = Uuid, Path), ("If-Match" = String, Header)),
    responses((status = 204), Refusals))]
async fn remove(
    State(api): State<Api>,
    Id(id): Id<TeamId>,
    made_from: IfMatch,
) -> Result<StatusCode, Problem> {
    documents::remove::<Team>(&api, id, made_from).await
}
