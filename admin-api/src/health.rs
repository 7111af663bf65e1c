//! `/v1/health`: whether the API can do its work; for load balancers and the people behind them.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::Api;
use crate::router::Refusals;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(read))
}

/// How it is.
#[derive(Serialize, ToSchema)]
struct Health {
    /// `ok`, or `degraded` where the database does not answer: calls go on all the same.
    status: &'static str,
    /// The version of the program.
    version: &'static str,
}

/// Tells whether the API can do its work.
#[utoipa::path(get, path = "/v1/health", tag = "health", operation_id = "read_health",
    security(()),
    responses((status = 200, body = Health), (status = 503, body = Health), Refusals))]
async fn read(State(api): State<Api>) -> (StatusCode, Json<Health>) {
    let version = env!("CARGO_PKG_VERSION");
    // Two seconds is FAULTS F4's idea of a slow database.
    let asked = tokio::time::timeout(PATIENCE, api.store().organisation().find()).await;
    match asked {
        Ok(Ok(_) | Err(store::Error::NotFound(_))) => {
            (StatusCode::OK, Json(Health { status: "ok", version }))
        }
        _ => (StatusCode::SERVICE_UNAVAILABLE, Json(Health { status: "degraded", version })),
    }
}

const PATIENCE: std::time::Duration = std::time::Duration::from_secs(2);
