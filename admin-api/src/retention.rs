//! `/v1/retention-rules` and `/v1/legal-holds`: for how long audio is kept, and what no rule
//! removes.
//!
//! The switch is told of neither: a night's sweep reads them, and so does who removes a message.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use store::holds::{Held, LegalHold};
use store::retention::RetentionRule;
use store::{Documents, Store};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::api::Api;
use crate::control::Change;
use crate::documents::{self, Draft, IfMatch, ListParams, Listed, Resource, Shown, Tagged};
use crate::extract::{Id, Params};
use crate::problem::{FieldError, Problem};
use crate::router::Refusals;
use crate::schema;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list_rules, create_rule))
        .routes(routes!(read_rule, replace_rule, remove_rule))
        .routes(routes!(list_holds, create_hold))
        .routes(routes!(read_hold, replace_hold, remove_hold))
}

impl Resource for RetentionRule {
    fn repository(store: &Store) -> Documents<Self> {
        store.retention_rules()
    }

    fn with_id(self, id: Uuid) -> Self {
        Self { id, ..self }
    }

    async fn faults(&self, _: &Api) -> Result<Vec<FieldError>, Problem> {
        Ok(documents::faults(RetentionRule::faults(self)))
    }

    fn changed(&self) -> Option<Change> {
        None
    }

    fn removed(_: Uuid) -> Option<Change> {
        None
    }
}

impl Resource for LegalHold {
    fn repository(store: &Store) -> Documents<Self> {
        store.legal_holds()
    }

    fn with_id(self, id: Uuid) -> Self {
        Self { id, ..self }
    }

    async fn faults(&self, api: &Api) -> Result<Vec<FieldError>, Problem> {
        let mut faults = documents::faults(self.validate().err());
        if let Held::Call { call } = self.target {
            match api.store().calls().find(call).await {
                Err(store::Error::NotFound(_)) => {
                    faults.push(FieldError::new("/target/call", "the id of one that exists"));
                }
                found => drop(found?),
            }
        }
        Ok(faults)
    }

    fn changed(&self) -> Option<Change> {
        None
    }

    fn removed(_: Uuid) -> Option<Change> {
        None
    }
}

/// Lists the rules of retention, the oldest first.
#[utoipa::path(get, path = "/v1/retention-rules", tag = "retention",
    operation_id = "list_retention_rules", params(ListParams), responses(
    (status = 200, body = Listed<schema::ShownRetentionRule>), Refusals))]
async fn list_rules(
    State(api): State<Api>,
    Params(params): Params<ListParams>,
) -> Result<Json<Listed<Shown<RetentionRule>>>, Problem> {
    documents::list(&api, params).await
}

/// Adds a rule for a campaign, or the organisation's for all other calls.
#[utoipa::path(post, path = "/v1/retention-rules", tag = "retention",
    operation_id = "create_retention_rule", request_body = schema::RetentionRule,
    responses((status = 201, body = schema::ShownRetentionRule), Refusals))]
async fn create_rule(
    State(api): State<Api>,
    draft: Draft<RetentionRule>,
) -> Result<Tagged<Shown<RetentionRule>>, Problem> {
    documents::create(&api, draft).await
}

/// Shows a rule.
#[utoipa::path(get, path = "/v1/retention-rules/{id}", tag = "retention",
    operation_id = "read_retention_rule", params(("id" = Uuid, Path)),
    responses((status = 200, body = schema::ShownRetentionRule), Refusals))]
async fn read_rule(
    State(api): State<Api>,
    Id(id): Id<Uuid>,
) -> Result<Tagged<Shown<RetentionRule>>, Problem> {
    documents::read(&api, id).await
}

/// Replaces a rule that was read at the version in `If-Match`.
#[utoipa::path(put, path = "/v1/retention-rules/{id}", tag = "retention",
    operation_id = "replace_retention_rule",
    params(("id" = Uuid, Path), ("If-Match" = String, Header)),
    request_body = schema::RetentionRule,
    responses((status = 200, body = schema::ShownRetentionRule), Refusals))]
async fn replace_rule(
    State(api): State<Api>,
    Id(id): Id<Uuid>,
    made_from: IfMatch,
    draft: Draft<RetentionRule>,
) -> Result<Tagged<Shown<RetentionRule>>, Problem> {
    documents::replace(&api, id, made_from, draft).await
}

/// Deletes a rule: what it was about keeps to the organisation's, or is kept for good.
#[utoipa::path(delete, path = "/v1/retention-rules/{id}", tag = "retention",
    operation_id = "remove_retention_rule",
    params(("id" = Uuid, Path), ("If-Match" = String, Header)),
    responses((status = 204), Refusals))]
async fn remove_rule(
    State(api): State<Api>,
    Id(id): Id<Uuid>,
    made_from: IfMatch,
) -> Result<StatusCode, Problem> {
    documents::remove::<RetentionRule>(&api, id, made_from).await
}

/// Lists legal holds, the oldest first; `text` is part of a reason or number.
#[utoipa::path(get, path = "/v1/legal-holds", tag = "retention",
    operation_id = "list_legal_holds", params(ListParams), responses(
    (status = 200, body = Listed<schema::ShownLegalHold>), Refusals))]
async fn list_holds(
    State(api): State<Api>,
    Params(params): Params<ListParams>,
) -> Result<Json<Listed<Shown<LegalHold>>>, Problem> {
    documents::list(&api, params).await
}

/// Lays a hold on a campaign, a list, a call or a person.
#[utoipa::path(post, path = "/v1/legal-holds", tag = "retention",
    operation_id = "create_legal_hold", request_body = schema::LegalHold,
    responses((status = 201, body = schema::ShownLegalHold), Refusals))]
async fn create_hold(
    State(api): State<Api>,
    draft: Draft<LegalHold>,
) -> Result<Tagged<Shown<LegalHold>>, Problem> {
    documents::create(&api, draft).await
}

/// Shows a hold.
#[utoipa::path(get, path = "/v1/legal-holds/{id}", tag = "retention",
    operation_id = "read_legal_hold", params(("id" = Uuid, Path)),
    responses((status = 200, body = schema::ShownLegalHold), Refusals))]
async fn read_hold(
    State(api): State<Api>,
    Id(id): Id<Uuid>,
) -> Result<Tagged<Shown<LegalHold>>, Problem> {
    documents::read(&api, id).await
}

/// Replaces a hold that was read at the version in `If-Match`.
#[utoipa::path(put, path = "/v1/legal-holds/{id}", tag = "retention",
    operation_id = "replace_legal_hold",
    params(("id" = Uuid, Path), ("If-Match" = String, Header)),
    request_body = schema::LegalHold,
    responses((status = 200, body = schema::ShownLegalHold), Refusals))]
async fn replace_hold(
    State(api): State<Api>,
    Id(id): Id<Uuid>,
    made_from: IfMatch,
    draft: Draft<LegalHold>,
) -> Result<Tagged<Shown<LegalHold>>, Problem> {
    documents::replace(&api, id, made_from, draft).await
}

/// Lifts a hold: what has outlived its rule meanwhile goes in the next night.
#[utoipa::path(delete, path = "/v1/legal-holds/{id}", tag = "retention",
    operation_id = "remove_legal_hold",
    params(("id" = Uuid, Path), ("If-Match" = String, Header)),
    responses((status = 204), Refusals))]
async fn remove_hold(
    State(api): State<Api>,
    Id(id): Id<Uuid>,
    made_from: IfMatch,
) -> Result<StatusCode, Problem> {
    documents::remove::<LegalHold>(&api, id, made_from).await
}
