//! `/v1/tokens`: what programs prove themselves with. A user lends a token a part of what the user
//! may do, for a time; it is shown once, and a hash of it is kept.
//!
//! A token never grants more than its user may at that moment. It makes no other tokens, and leaves
//! the user's passwords, codes and sessions alone: whoever finds one cannot stay longer than it.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use store::api_tokens::ApiToken;
use store::roles::{CustomRole, Grants};
use store::users::UserId;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::api::Api;
use crate::documents::{self, Listed};
use crate::extract::{Body, Id};
use crate::identity::{Caller, tokens};
use crate::problem::Problem;
use crate::roles;
use crate::router::Refusals;
use crate::schema;
use crate::secret::Secret;
use crate::users;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(revoke))
        .routes(routes!(list_of_user, revoke_all_of_user))
}

/// A token that is wanted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewToken {
    /// What the user calls it; unique among the user's.
    #[schema(min_length = 1, max_length = 64)]
    name: String,
    /// What it may do, and how far: no more than its user.
    #[schema(value_type = BTreeMap<String, schema::Scope>)]
    grants: Grants,
    /// Days until it ends.
    #[schema(minimum = 1, maximum = 366)]
    days: u16,
}

/// A token as it may be shown.
#[derive(Debug, Serialize, ToSchema)]
struct ShownToken {
    /// Its identity; of no use for anything but to revoke it.
    id: Uuid,
    /// What the user calls it.
    name: String,
    /// What it may do, where its user still may.
    #[schema(value_type = BTreeMap<String, schema::Scope>)]
    grants: Grants,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it ends.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
    /// When it was last used, to about a minute.
    #[schema(value_type = Option<String>, format = DateTime)]
    seen_at: Option<Timestamp>,
}

/// A token that was just made.
#[derive(Serialize, ToSchema)]
struct MadeToken {
    #[serde(flatten)]
    shown: ShownToken,
    /// Send it as `Authorization: Bearer`. Shown now and never again.
    token: String,
}

impl From<ApiToken> for ShownToken {
    fn from(token: ApiToken) -> Self {
        let ApiToken { id, user: _, name, grants, created_at, expires_at, seen_at } = token;
        Self { id, name, grants, created_at, expires_at, seen_at }
    }
}

/// Lists one's own tokens, the newest first; those that are over too.
#[utoipa::path(get, path = "/v1/tokens", tag = "session", operation_id = "list_tokens",
    responses((status = 200, body = Listed<ShownToken>), Refusals))]
async fn list(State(api): State<Api>, caller: Caller) -> Result<Json<Listed<ShownToken>>, Problem> {
    shown(&api, caller.user).await
}

/// Makes a token for at most what one may do oneself.
#[utoipa::path(post, path = "/v1/tokens", tag = "session", operation_id = "create_token",
    request_body = NewToken, responses((status = 201, body = MadeToken), Refusals))]
async fn create(
    State(api): State<Api>,
    caller: Caller,
    Body(NewToken { name, grants, days }): Body<NewToken>,
) -> Result<(StatusCode, Json<MadeToken>), Problem> {
    // A name and grants are sound where a role of that name and those grants would be.
    let role = CustomRole { id: Uuid::nil().into(), name, grants };
    documents::refuse(documents::faults(role.validate().err()))?;
    if !(1..=DAYS_MAX).contains(&days) {
        return Err(Problem::field("/days", format!("1 to {DAYS_MAX}")));
    }
    roles::no_more_than_own(&caller, &role.grants)?;
    let secret = Secret::random(tokens::RANDOM_BYTES).map_err(Problem::internal)?;
    let text = format!("{}{}", tokens::PREFIX, secret.reveal());
    let now = api.now();
    let lifetime = SignedDuration::from_hours(24 * i64::from(days));
    let token = ApiToken {
        id: Uuid::now_v7(),
        user: caller.user,
        name: role.name,
        grants: role.grants,
        created_at: now,
        expires_at: now.saturating_add(lifetime).unwrap_or(now),
        seen_at: None,
    };
    api.store().api_tokens().insert(&token, &text).await?;
    Ok((StatusCode::CREATED, Json(MadeToken { shown: token.into(), token: text })))
}

const DAYS_MAX: u16 = 366;

/// Revokes one of one's own tokens, from the next request on.
#[utoipa::path(delete, path = "/v1/tokens/{id}", tag = "session", operation_id = "revoke_token",
    params(("id" = Uuid, Path)), responses((status = 204), Refusals))]
async fn revoke(
    State(api): State<Api>,
    caller: Caller,
    Id(id): Id<Uuid>,
) -> Result<StatusCode, Problem> {
    api.store().api_tokens().delete(caller.user, id).await?;
    api.sign_outs().send_modify(|count| *count += 1);
    Ok(StatusCode::NO_CONTENT)
}

/// Lists a user's tokens, the newest first.
#[utoipa::path(get, path = "/v1/users/{id}/tokens", tag = "users",
    operation_id = "list_tokens_of_user", params(("id" = Uuid, Path)),
    responses((status = 200, body = Listed<ShownToken>), Refusals))]
async fn list_of_user(
    State(api): State<Api>,
    Id(user): Id<UserId>,
) -> Result<Json<Listed<ShownToken>>, Problem> {
    api.store().users().find(user).await?;
    shown(&api, user).await
}

/// Revokes every token of a user.
#[utoipa::path(delete, path = "/v1/users/{id}/tokens", tag = "users",
    operation_id = "revoke_tokens_of_user", params(("id" = Uuid, Path)),
    responses((status = 204), Refusals))]
async fn revoke_all_of_user(
    State(api): State<Api>,
    caller: Caller,
    Id(user): Id<UserId>,
) -> Result<StatusCode, Problem> {
    users::under(&api, &caller, user).await?;
    let tokens = api.store().api_tokens();
    for token in tokens.list(user).await? {
        match tokens.delete(user, token.id).await {
            // Its user was quicker.
            Ok(()) | Err(store::Error::NotFound(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    api.sign_outs().send_modify(|count| *count += 1);
    Ok(StatusCode::NO_CONTENT)
}

async fn shown(api: &Api, user: UserId) -> Result<Json<Listed<ShownToken>>, Problem> {
    let tokens = api.store().api_tokens().list(user).await?;
    let items = tokens.into_iter().map(ShownToken::from).collect();
    Ok(Json(Listed { items, next: None }))
}
