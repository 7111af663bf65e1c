//! The routes, the gate before them, and the OpenAPI document that describes them.

use axum::Router;

use crate::api::Api;

/// The whole API under `/v1`, and `/openapi.json`.
pub fn router(api: Api) -> Router {
    Router::new().with_state(api)
}
