//! The routes, the gate before them, and the OpenAPI document that describes them.

mod composed;

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
use crate::problem::{FieldError, Kind, Problem, Reference};

/// The whole API under `/v1`, and `/openapi.json`.
///
/// Serve it with the peer's address among the extensions
/// (`axum::extract::ConnectInfo<SocketAddr>`): the lock-out after wrong passwords is per source.
pub fn router(api: Api) -> Router {
    let (routes, document) = described().split_for_parts();
    let document = composed::written_out(document);
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
    composed::written_out(described().into_openapi())
}

fn described() -> OpenApiRouter<Api> {
    OpenApiRouter::with_openapi(Document::openapi())
        .merge(crate::health::routes())
        .merge(crate::metrics::routes())
        .merge(crate::sessions::routes())
        .merge(crate::provider_logins::routes())
        .merge(crate::identity_provider::routes())
        .merge(crate::totp::routes())
        .merge(crate::own_email::routes())
        .merge(crate::password_resets::routes())
        .merge(crate::mailed_links::routes())
        .merge(crate::api_tokens::routes())
        .merge(crate::security::routes())
        .merge(crate::me::routes())
        .merge(crate::desk::routes())
        .merge(crate::events::routes())
        .merge(crate::organisation::routes())
        .merge(crate::users::routes())
        .merge(crate::invitations::routes())
        .merge(crate::roles::routes())
        .merge(crate::audit::routes())
        .merge(crate::agents::routes())
        .merge(crate::provisioning::routes())
        .merge(crate::teams::routes())
        .merge(crate::attendance::routes())
        .merge(crate::call_in::routes())
        .merge(crate::calling::routes())
        .merge(crate::supervision::routes())
        .merge(crate::stats::routes())
        .merge(crate::reports::routes())
        .merge(crate::telephones::routes())
        .merge(crate::trunks::routes())
        .merge(crate::clis::routes())
        .merge(crate::dids::routes())
        .merge(crate::queues::routes())
        .merge(crate::workflows::routes())
        .merge(crate::scripts::routes())
        .merge(crate::call_sheet::routes())
        .merge(crate::calling_hours::routes())
        .merge(crate::webhooks::routes())
        .merge(crate::campaigns::routes())
        .merge(crate::lists::routes())
        .merge(crate::leads::routes())
        .merge(crate::lead_search::routes())
        .merge(crate::dnc::routes())
        .merge(crate::registers::routes())
        .merge(crate::profiles::routes())
        .merge(crate::pause_reasons::routes())
        .merge(crate::phonebook::routes())
        .merge(crate::prompts::routes())
        .merge(crate::calls::routes())
        .merge(crate::ladders::routes())
        .merge(crate::attempts::routes())
        .merge(crate::recordings::routes())
        .merge(crate::verdicts::routes())
        .merge(crate::voicemails::routes())
        .merge(crate::retention::routes())
        .merge(crate::persons::routes())
        .merge(crate::permits::routes())
        .merge(crate::callbacks::routes())
        .merge(crate::kept_places::routes())
        .merge(crate::preview::routes())
        .merge(crate::directory::routes())
        .merge(crate::groups::routes())
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
    // What a problem is made of: refusals are described in place, so nothing else names these.
    // And the words of a map's keys.
    components(schemas(FieldError, Reference, crate::schema::Permission)),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::permissions::TABLE;
    use std::collections::BTreeSet;
    use utoipa::openapi::PathItem;

    fn operations() -> BTreeSet<(&'static str, String)> {
        let mut found = BTreeSet::new();
        for (path, PathItem { get, put, post, delete, patch, .. }) in openapi().paths.paths {
            for (method, operation) in
                [("GET", get), ("PUT", put), ("POST", post), ("DELETE", delete), ("PATCH", patch)]
            {
                if operation.is_some() {
                    found.insert((method, path.clone()));
                }
            }
        }
        found
    }

    /// Deny by default would hide a forgotten rule as a 403; a rule for nothing is a typing error.
    #[test]
    fn every_route_has_a_rule_and_every_rule_a_route() {
        let mut routes = operations();
        routes.insert(("GET", "/openapi.json".to_owned()));
        let rules = TABLE.iter().map(|(method, path, _)| (*method, (*path).to_owned())).collect();
        assert_eq!(routes, rules);
    }

    #[test]
    fn every_operation_has_a_name_of_its_own_and_says_what_it_does() {
        let mut names = BTreeSet::new();
        for (path, item) in openapi().paths.paths {
            for operation in [item.get, item.put, item.post, item.delete].into_iter().flatten() {
                let name = operation.operation_id.unwrap();
                assert!(operation.summary.is_some(), "{name} {path}");
                assert!(names.insert(name.clone()), "{name} is there twice");
            }
        }
    }

    /// `admin-api/openapi.json` is what clients are made from. After a wanted change:
    /// `UPDATE_OPENAPI=1 cargo test -p admin-api openapi`.
    #[test]
    fn the_openapi_document_in_the_repository_is_the_one_that_is_served() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");
        let served = openapi().to_pretty_json().unwrap() + "\n";
        if std::env::var_os("UPDATE_OPENAPI").is_some() {
            std::fs::write(path, &served).unwrap();
        }
        let kept = std::fs::read_to_string(path).unwrap_or_default();
        assert!(kept == served, "admin-api/openapi.json has drifted: see this test's comment");
    }

    /// A client is made from the document: a name in it that leads nowhere makes none.
    #[test]
    fn every_schema_that_the_document_names_is_in_it() {
        let document = serde_json::to_value(openapi()).unwrap();
        let text = document.to_string();
        let named = text.split("\"#/components/schemas/").skip(1);
        let named = named.filter_map(|rest| rest.split('"').next());
        for name in named.collect::<BTreeSet<_>>() {
            assert!(document["components"]["schemas"].get(name).is_some(), "{name} is missing");
        }
    }
}
