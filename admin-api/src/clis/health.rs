//! `GET /v1/clis/health`: how the numbers that calls show fare, live.

use axum::Json;
use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::Api;
use crate::control::{Command, Reply, ShownCli};
use crate::problem::Problem;
use crate::router::Refusals;
use crate::schema;

pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(health))
}

/// How each number fares: calls of today, answers, short calls and blocks, and what is wrong.
#[utoipa::path(get, path = "/v1/clis/health", tag = "clis",
    operation_id = "list_cli_health",
    responses((status = 200, body = Vec<schema::CliHealth>), Refusals))]
async fn health(State(api): State<Api>) -> Result<Json<Vec<ShownCli>>, Problem> {
    match api.command(Command::CliHealth).await? {
        Reply::CliHealth(clis) => Ok(Json(clis)),
        other => Err(Problem::internal(format!("the switch answered a question with {other:?}"))),
    }
}
