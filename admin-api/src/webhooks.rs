//! `/v1/webhooks` and `/v1/webhook-deliveries`: which servers are told of which events, what was
//! told, and a way to tell it again.
//!
//! A webhook's secret is shown when it is made and when it is changed, and never again. The switch
//! is told nothing: the fold reads who wants to know, and an edge reads what is to be sent.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::webhooks::outbox::{Delivery, DeliveryQuery, DeliveryState, Health, OVERLAP, Outbox};
use store::webhooks::{WEBHOOKS_MAX, Webhook};
use store::{Cursor, Documents, Query, Store, Stored};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::api::Api;
use crate::control::Change;
use crate::documents::{
    self, Draft, IfMatch, ListParams, Listed, Resource, Shown, Tagged, check_limit,
};
use crate::extract::{Body, Id, Params};
use crate::problem::{FieldError, Problem};
use crate::router::Refusals;
use crate::schema;
use crate::secret::Secret;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(read, replace, remove))
        .routes(routes!(renew_secret))
        .routes(routes!(test))
        .routes(routes!(resume))
        .routes(routes!(replay_span))
        .routes(routes!(deliveries))
        .routes(routes!(delivery))
        .routes(routes!(replay))
}

impl Resource for Webhook {
    fn repository(store: &Store) -> Documents<Self> {
        store.webhooks()
    }

    fn with_id(self, id: Uuid) -> Self {
        Self { id, ..self }
    }

    async fn faults(&self, api: &Api) -> Result<Vec<FieldError>, Problem> {
        Ok(documents::faults(Webhook::faults(self, api.settings().plain_webhooks)))
    }

    fn changed(&self) -> Option<Change> {
        None
    }

    fn removed(_: Uuid) -> Option<Change> {
        None
    }
}

/// A webhook, and how it fares.
#[derive(Serialize)]
struct Faring {
    #[serde(flatten)]
    shown: Shown<Webhook>,
    health: Health,
}

/// A webhook that was just made.
#[derive(Serialize)]
struct Made {
    #[serde(flatten)]
    shown: Shown<Webhook>,
    secret: String,
}

/// What signs messages from now on.
#[derive(Serialize, ToSchema)]
struct WebhookSecret {
    /// `whsec_` and the key in base64. Shown now and never again.
    secret: String,
    /// Until when the secret before it signs too.
    #[schema(value_type = String, format = DateTime)]
    former_until: Timestamp,
}

/// A message that is on its way.
#[derive(Serialize, ToSchema)]
struct WebhookTest {
    /// The delivery, which tells what came of it.
    delivery: Uuid,
}

/// What is to be told again.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReplayedSpan {
    /// What happened at or after this.
    #[schema(value_type = String, format = DateTime)]
    from: Timestamp,
    /// And before this.
    #[schema(value_type = String, format = DateTime)]
    to: Timestamp,
    /// What nobody tries to send any more, or what was delivered.
    #[schema(value_type = schema::Finished)]
    state: DeliveryState,
}

/// How much is told again.
#[derive(Serialize, ToSchema)]
struct Replayed {
    /// Messages.
    deliveries: u64,
}

/// A message, with what is sent.
#[derive(Serialize)]
struct WithBody {
    #[serde(flatten)]
    delivery: Delivery,
    body: Value,
}

/// Which messages to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct DeliveryParams {
    /// Of this webhook.
    webhook: Option<Uuid>,
    /// That stand here.
    #[param(value_type = Option<schema::DeliveryState>)]
    state: Option<DeliveryState>,
    /// Happened at or after this.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Happened before this.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
    /// The `next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<Cursor>,
    /// Rows on the page; 50 when it is left out.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
}

/// Lists webhooks, the oldest first, and how each fares; `text` is part of a name or an address.
#[utoipa::path(get, path = "/v1/webhooks", tag = "webhooks",
    operation_id = "list_webhooks", params(ListParams), responses(
    (status = 200, body = Listed<schema::ShownWebhook>), Refusals))]
async fn list(
    State(api): State<Api>,
    Params(params): Params<ListParams>,
) -> Result<Json<Listed<Faring>>, Problem> {
    let query: Query = params.query()?;
    let page = api.store().webhooks().list(&query).await?;
    let mut health = outbox(&api).health().await?;
    let faring = |stored: Stored<Webhook>| {
        let health = health.remove(&stored.value.id).unwrap_or_default();
        Faring { shown: stored.into(), health }
    };
    let items = page.items.into_iter().map(faring).collect();
    Ok(Json(Listed { items, next: page.next }))
}

/// Adds a webhook; the answer has its secret.
#[utoipa::path(post, path = "/v1/webhooks", tag = "webhooks",
    operation_id = "create_webhook", request_body = schema::Webhook,
    responses((status = 201, body = schema::MadeWebhook), Refusals))]
async fn create(
    State(api): State<Api>,
    Draft(value): Draft<Webhook>,
) -> Result<Tagged<Made>, Problem> {
    let most = i64::try_from(WEBHOOKS_MAX).unwrap_or(i64::MAX);
    if api.store().webhooks().all().await?.len() >= WEBHOOKS_MAX {
        return Err(store::Error::Full { what: "webhooks", most }.into());
    }
    let secret = new_secret()?;
    let stored = documents::insert(&api, &value.with_id(Uuid::now_v7())).await?;
    outbox(&api).put_secret(stored.value.id, &secret, api.now(), api.now()).await?;
    let version = stored.version;
    let body = Made { shown: stored.into(), secret };
    Ok(Tagged { status: StatusCode::CREATED, version, body })
}

/// Shows a webhook, and how it fares.
#[utoipa::path(get, path = "/v1/webhooks/{id}", tag = "webhooks",
    operation_id = "read_webhook", params(("id" = Uuid, Path)),
    responses((status = 200, body = schema::ShownWebhook), Refusals))]
async fn read(State(api): State<Api>, Id(id): Id<Uuid>) -> Result<Tagged<Faring>, Problem> {
    let stored = api.store().webhooks().find(id).await?;
    faring(&api, stored).await
}

/// Replaces a webhook that was read at the version in `If-Match`.
#[utoipa::path(put, path = "/v1/webhooks/{id}", tag = "webhooks",
    operation_id = "replace_webhook",
    params(("id" = Uuid, Path), ("If-Match" = String, Header)),
    request_body = schema::Webhook,
    responses((status = 200, body = schema::ShownWebhook), Refusals))]
async fn replace(
    State(api): State<Api>,
    Id(id): Id<Uuid>,
    made_from: IfMatch,
    Draft(value): Draft<Webhook>,
) -> Result<Tagged<Faring>, Problem> {
    let stored = documents::update(&api, value.with_id(id), made_from).await?;
    faring(&api, stored).await
}

/// Deletes a webhook with everything that is still to be told to it.
#[utoipa::path(delete, path = "/v1/webhooks/{id}", tag = "webhooks",
    operation_id = "remove_webhook",
    params(("id" = Uuid, Path), ("If-Match" = String, Header)),
    responses((status = 204), Refusals))]
async fn remove(
    State(api): State<Api>,
    Id(id): Id<Uuid>,
    made_from: IfMatch,
) -> Result<StatusCode, Problem> {
    documents::remove::<Webhook>(&api, id, made_from).await
}

/// Gives a webhook a new secret; the one before signs too for a day.
#[utoipa::path(post, path = "/v1/webhooks/{id}/secret", tag = "webhooks",
    operation_id = "renew_webhook_secret", params(("id" = Uuid, Path)),
    responses((status = 200, body = WebhookSecret), Refusals))]
async fn renew_secret(
    State(api): State<Api>,
    Id(id): Id<Uuid>,
) -> Result<Json<WebhookSecret>, Problem> {
    api.store().webhooks().find(id).await?;
    let (secret, former_until) = (new_secret()?, api.now() + OVERLAP);
    outbox(&api).put_secret(id, &secret, api.now(), former_until).await?;
    Ok(Json(WebhookSecret { secret, former_until }))
}

/// Sends a test, once, also where the webhook is paused or not enabled.
#[utoipa::path(post, path = "/v1/webhooks/{id}/test", tag = "webhooks",
    operation_id = "test_webhook", params(("id" = Uuid, Path)),
    responses((status = 202, body = WebhookTest), Refusals))]
async fn test(
    State(api): State<Api>,
    Id(id): Id<Uuid>,
) -> Result<(StatusCode, Json<WebhookTest>), Problem> {
    api.store().webhooks().find(id).await?;
    let delivery = outbox(&api).test(id, api.now()).await?;
    Ok((StatusCode::ACCEPTED, Json(WebhookTest { delivery })))
}

/// Ends the pause of a webhook that failed for too long: what waits is sent.
#[utoipa::path(post, path = "/v1/webhooks/{id}/resume", tag = "webhooks",
    operation_id = "resume_webhook", params(("id" = Uuid, Path)),
    responses((status = 204), Refusals))]
async fn resume(State(api): State<Api>, Id(id): Id<Uuid>) -> Result<StatusCode, Problem> {
    api.store().webhooks().find(id).await?;
    outbox(&api).resume(id, api.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sends everything of a span again that was delivered, or that nobody tries to send any more.
#[utoipa::path(post, path = "/v1/webhooks/{id}/replay", tag = "webhooks",
    operation_id = "replay_webhook", params(("id" = Uuid, Path)), request_body = ReplayedSpan,
    responses((status = 200, body = Replayed), Refusals))]
async fn replay_span(
    State(api): State<Api>,
    Id(id): Id<Uuid>,
    Body(ReplayedSpan { from, to, state }): Body<ReplayedSpan>,
) -> Result<Json<Replayed>, Problem> {
    if to <= from {
        return Err(Problem::field("/to", "a moment after from"));
    }
    if state == DeliveryState::Waiting {
        return Err(Problem::field("/state", "delivered or dead"));
    }
    api.store().webhooks().find(id).await?;
    let deliveries = outbox(&api).replay_span(id, (from, to), state, api.now()).await?;
    Ok(Json(Replayed { deliveries }))
}

/// Lists messages, the newest first; those that are done are kept for a week.
#[utoipa::path(get, path = "/v1/webhook-deliveries", tag = "webhooks",
    operation_id = "list_webhook_deliveries", params(DeliveryParams),
    responses((status = 200, body = Listed<schema::Delivery>), Refusals))]
async fn deliveries(
    State(api): State<Api>,
    Params(params): Params<DeliveryParams>,
) -> Result<Json<Listed<Delivery>>, Problem> {
    let DeliveryParams { webhook, state, from, to, after, limit } = params;
    check_limit(limit)?;
    let query = DeliveryQuery { webhook, state, from, to, after, limit };
    Ok(Json(Listed::of(outbox(&api).list(&query).await?, |delivery| delivery)))
}

/// Shows a message with what is sent.
#[utoipa::path(get, path = "/v1/webhook-deliveries/{id}", tag = "webhooks",
    operation_id = "read_webhook_delivery", params(("id" = Uuid, Path)),
    responses((status = 200, body = schema::DeliveryWithBody), Refusals))]
async fn delivery(State(api): State<Api>, Id(id): Id<Uuid>) -> Result<Json<WithBody>, Problem> {
    let (delivery, body) = outbox(&api).find(id).await?;
    let body = serde_json::from_str(&body).map_err(Problem::internal)?;
    Ok(Json(WithBody { delivery, body }))
}

/// Sends a message again, as it was; one that waits is sent at once.
#[utoipa::path(post, path = "/v1/webhook-deliveries/{id}/replay", tag = "webhooks",
    operation_id = "replay_webhook_delivery", params(("id" = Uuid, Path)),
    responses((status = 204), Refusals))]
async fn replay(State(api): State<Api>, Id(id): Id<Uuid>) -> Result<StatusCode, Problem> {
    outbox(&api).replay(id, api.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn faring(api: &Api, stored: Stored<Webhook>) -> Result<Tagged<Faring>, Problem> {
    let health = outbox(api).health().await?.remove(&stored.value.id).unwrap_or_default();
    let version = stored.version;
    Ok(Tagged { status: StatusCode::OK, version, body: Faring { shown: stored.into(), health } })
}

fn outbox(api: &Api) -> Outbox {
    api.store().outbox()
}

/// As Standard Webhooks writes it: libraries that verify expect the prefix.
fn new_secret() -> Result<String, Problem> {
    let random = Secret::random(SECRET_BYTES).map_err(Problem::internal)?;
    let key = hex::decode(random.reveal()).map_err(Problem::internal)?;
    Ok(format!("whsec_{}", BASE64.encode(key)))
}

const SECRET_BYTES: usize = 32;
