//! The routes, the gate before them, and the OpenAPI document that describes them.

use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{HeaderValue, Method, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{IntoResponses, Modify, OpenApi};
use utoipa_axum::router::OpenApiRouter;

use crate::api::Api;
use crate::identity::gate::gate;
use crate::problem::{Kind, Problem};

/// The whole API under `/v1`, and `/openapi.json`.
///
/// Serve it with the peer's address among the extensions
/// (`axum::extract::ConnectInfo<SocketAddr>`): the lock-out after wrong passwords is per source.
pub fn router(api: Api) -> Router {
    let (routes, document) = described().split_for_parts();
    let document = get(move || {
        let document = document.clone();
        async move { Json(document) }
    });
    routes
        .route("/openapi.json", document)
        .route_layer(middleware::from_fn_with_state(api.clone(), gate))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .fallback(|| async { Problem::not_found("resource") })
        .method_not_allowed_fallback(|method: Method| async move {
            Problem::new(Kind::Method, format!("{method} is not one of those in the Allow header"))
        })
        .layer(middleware::from_fn(harden))
        .with_state(api)
}

/// The OpenAPI document of everything that [`router`] serves.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    described().into_openapi()
}

fn described() -> OpenApiRouter<Api> {
    OpenApiRouter::with_openapi(Document::openapi())
        .merge(crate::health::routes())
        .merge(crate::sessions::routes())
        .merge(crate::me::routes())
        .merge(crate::desk::routes())
        .merge(crate::events::routes())
        .merge(crate::organisation::routes())
        .merge(crate::users::routes())
        .merge(crate::agents::routes())
        .merge(crate::trunks::routes())
        .merge(crate::clis::routes())
        .merge(crate::dids::routes())
        .merge(crate::queues::routes())
        .merge(crate::campaigns::routes())
        .merge(crate::lists::routes())
        .merge(crate::leads::routes())
        .merge(crate::dnc::routes())
        .merge(crate::pause_reasons::routes())
        .merge(crate::calls::routes())
        .merge(crate::attempts::routes())
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Cordboard",
        description = "The HTTP API of a call centre's phones. Errors are RFC 9457 problems that \
            name the field. A page signs in with a cookie and sends its CSRF token as \
            `X-CSRF-Token`; a program sends a bearer token.",
        license(name = "MIT OR Apache-2.0"),
    ),
    modifiers(&Proofs),
    security(("bearer" = []), ("cookie" = [])),
)]
struct Document;

/// How a caller proves who it is.
struct Proofs;

impl Modify for Proofs {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let components = document.components.get_or_insert_default();
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
        let cookie = ApiKey::Cookie(ApiKeyValue::new("__Host-cordboard"));
        components.add_security_scheme("cookie", SecurityScheme::ApiKey(cookie));
    }
}

/// Every refusal of every route.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "it only describes the answers")]
pub(crate) enum Refusals {
    /// The request is at fault; the problem says where.
    #[response(status = "4XX", content_type = "application/problem+json")]
    Client(#[to_schema] Problem),
    /// The server is at fault, or busy.
    #[response(status = "5XX", content_type = "application/problem+json")]
    Server(#[to_schema] Problem),
}

/// What every answer carries: nothing of ours is a page, and nothing may be kept or framed.
async fn harden(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await.into_response();
    let headers = response.headers_mut();
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// A campaign with every setting takes a few kilobytes; an upload counts for itself.
const BODY_BYTES_MAX: usize = 256 * 1024;
