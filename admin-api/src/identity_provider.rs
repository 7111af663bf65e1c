//! `/v1/identity-provider`: the OpenID provider at which users sign in who have no password here
//! (R199).
//!
//! Whoever sets it decides who is believed to be whom: so it takes all that an administrator may.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use store::sign_in::provider::ProviderSettings;
use store::users::{Role, UserId};
use store::{Error, Stored};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::Api;
use crate::documents::{self, IfMatch, Shown, Stamp, Tagged};
use crate::extract::{Body, Id};
use crate::identity::{Caller, grants};
use crate::problem::Problem;
use crate::provider_logins;
use crate::roles;
use crate::router::Refusals;
use crate::schema;
use crate::secret::Secret;
use crate::sessions;
use crate::users;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(read, replace, remove))
        .routes(routes!(set_secret, remove_secret))
        .routes(routes!(test))
        .routes(routes!(subject, unlink))
}

/// The provider's settings, with their version.
#[derive(Serialize, ToSchema)]
struct ShownProvider {
    #[serde(flatten)]
    #[schema(value_type = schema::ProviderSettings)]
    settings: ProviderSettings,
    #[serde(flatten)]
    stamp: Stamp,
    /// Whether we prove ourselves to it by a secret.
    has_secret: bool,
    /// What must be registered there; null until `http.public_url` is set in the configuration.
    redirect_uri: Option<String>,
}

/// What the provider knows us by.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ClientSecret {
    /// As the provider shows it.
    #[schema(value_type = String, format = Password, min_length = 1, max_length = 1024)]
    secret: Secret,
}

/// What became of asking the provider.
#[derive(Debug, Serialize, ToSchema)]
struct TriedProvider {
    /// It answers as it should.
    answers: bool,
    /// What it does not do as it should.
    why: Option<String>,
}

/// What the provider calls a user.
#[derive(Debug, Serialize, ToSchema)]
struct LinkedSubject {
    /// The provider.
    issuer: String,
    /// Its word for the user.
    subject: String,
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    linked_at: Timestamp,
}

/// Shows the identity provider.
#[utoipa::path(get, path = "/v1/identity-provider", tag = "organisation",
    operation_id = "read_identity_provider",
    responses((status = 200, body = ShownProvider), Refusals))]
async fn read(State(api): State<Api>) -> Result<Tagged<ShownProvider>, Problem> {
    let found = api.store().provider().find().await?;
    shown(&api, StatusCode::OK, found).await
}

/// Sets the identity provider up, or replaces its settings that were read at the version in
/// `If-Match`; in force with the next sign-in.
#[utoipa::path(put, path = "/v1/identity-provider", tag = "organisation",
    operation_id = "replace_identity_provider",
    params(("If-Match" = Option<String>, Header, description = "required once it is set up")),
    request_body = schema::ProviderSettings,
    responses((status = 200, body = ShownProvider), (status = 201, body = ShownProvider),
        Refusals))]
async fn replace(
    State(api): State<Api>,
    caller: Caller,
    headers: HeaderMap,
    Body(settings): Body<ProviderSettings>,
) -> Result<Tagged<ShownProvider>, Problem> {
    for_administrators(&api, &caller).await?;
    documents::refuse(documents::faults(settings.faults(api.settings().plain_sign_in)))?;
    let provider = api.store().provider();
    let (status, stored) = match provider.find().await {
        Err(Error::NotFound(_)) => {
            (StatusCode::CREATED, provider.insert(&settings, api.now()).await?)
        }
        found => {
            let version = IfMatch::read(headers.get(header::IF_MATCH))?.or(found?.version);
            (StatusCode::OK, provider.update(&settings, version, api.now()).await?)
        }
    };
    shown(&api, status, stored).await
}

/// Forgets the identity provider: whoever signs in by it does not until they have a password.
#[utoipa::path(delete, path = "/v1/identity-provider", tag = "organisation",
    operation_id = "remove_identity_provider", params(("If-Match" = String, Header)),
    responses((status = 204), Refusals))]
async fn remove(
    State(api): State<Api>,
    caller: Caller,
    made_from: IfMatch,
) -> Result<StatusCode, Problem> {
    for_administrators(&api, &caller).await?;
    let provider = api.store().provider();
    let version = made_from.or(provider.find().await?.version);
    provider.remove(version).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Keeps what the provider knows us by; it is never shown again.
#[utoipa::path(put, path = "/v1/identity-provider/secret", tag = "organisation",
    operation_id = "set_identity_provider_secret", request_body = ClientSecret,
    responses((status = 204), Refusals))]
async fn set_secret(
    State(api): State<Api>,
    caller: Caller,
    Body(ClientSecret { secret }): Body<ClientSecret>,
) -> Result<StatusCode, Problem> {
    for_administrators(&api, &caller).await?;
    let text = secret.reveal();
    if !(1..=1024).contains(&text.len()) || text.chars().any(char::is_control) {
        return Err(Problem::field("/secret", "one line of 1 to 1024 characters"));
    }
    api.store().provider().set_secret(Some(text)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Forgets what the provider knows us by: we prove ourselves by PKCE alone.
#[utoipa::path(delete, path = "/v1/identity-provider/secret", tag = "organisation",
    operation_id = "remove_identity_provider_secret", responses((status = 204), Refusals))]
async fn remove_secret(State(api): State<Api>, caller: Caller) -> Result<StatusCode, Problem> {
    for_administrators(&api, &caller).await?;
    api.store().provider().set_secret(None).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Asks the provider for what it says of itself, and tells what is wrong with it.
#[utoipa::path(post, path = "/v1/identity-provider/test", tag = "organisation",
    operation_id = "test_identity_provider",
    responses((status = 200, body = TriedProvider), Refusals))]
async fn test(State(api): State<Api>) -> Result<Json<TriedProvider>, Problem> {
    let issuer = api.store().provider().find().await?.value.issuer;
    let why = api.provider().described(&api, &issuer, SignedDuration::ZERO).await.err();
    let why = why.map(|why| why.to_string());
    Ok(Json(TriedProvider { answers: why.is_none(), why }))
}

/// Shows what the provider calls a user.
#[utoipa::path(get, path = "/v1/users/{id}/provider-subject", tag = "users",
    operation_id = "read_provider_subject", params(("id" = Uuid, Path)),
    responses((status = 200, body = LinkedSubject), Refusals))]
async fn subject(
    State(api): State<Api>,
    Id(id): Id<UserId>,
) -> Result<Json<LinkedSubject>, Problem> {
    let found = api.store().subjects().of_user(id).await?;
    let store::sign_in::subjects::Subject { issuer, subject, linked_at } = found;
    Ok(Json(LinkedSubject { issuer, subject, linked_at }))
}

/// Forgets what the provider calls a user: every session ends, and at the next sign-in the claim
/// decides anew.
#[utoipa::path(delete, path = "/v1/users/{id}/provider-subject", tag = "users",
    operation_id = "unlink_provider_subject", params(("id" = Uuid, Path)),
    responses((status = 204), Refusals))]
async fn unlink(
    State(api): State<Api>,
    caller: Caller,
    Id(id): Id<UserId>,
) -> Result<StatusCode, Problem> {
    users::under(&api, &caller, id).await?;
    let living = api.store().sessions().list(id, api.now()).await?;
    api.store().subjects().unlink(id).await?;
    sessions::ended(&api, &living).await;
    Ok(StatusCode::NO_CONTENT)
}

async fn shown(
    api: &Api,
    status: StatusCode,
    stored: Stored<ProviderSettings>,
) -> Result<Tagged<ShownProvider>, Problem> {
    let version = stored.version;
    let Shown { value: settings, stamp } = stored.into();
    let has_secret = api.store().provider().secret().await?.is_some();
    let redirect_uri = provider_logins::redirect_uri(api);
    let body = ShownProvider { settings, stamp, has_secret, redirect_uri };
    Ok(Tagged { status, version, body })
}

/// Refuses whoever has less than an administrator: they could sign in as one.
pub(crate) async fn for_administrators(api: &Api, caller: &Caller) -> Result<(), Problem> {
    roles::no_more_than_own(caller, &grants(api, Role::Administrator).await?)
}
