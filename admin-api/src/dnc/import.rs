//! `POST /v1/dnc/import`: a file of numbers joins a do-not-call list while it arrives.
//!
//! Each batch is in force as soon as it is stored, long before the file has ended; a connection
//! that breaks off leaves the batches that were read in force. What is on the list already stays.

use axum::Json;
use axum::extract::{Request, State};
use dialer::dnc::{DncScope, NumberFile, NumberFileOptions};
use dialer::import::{ImportError, Report};
use routing::{CampaignId, Number};
use serde::{Deserialize, Serialize};
use store::dnc::DncEntry;
use tokio::sync::mpsc;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::api::Api;
use crate::control::{Command, Reply};
use crate::extract::Params;
use crate::problem::Problem;
use crate::router::Refusals;
use crate::schema;
use crate::upload::{self, Chunks};

pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(import))
}

/// How the file is to be read, and whom its numbers bind.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ImportParams {
    /// Whose national numbers stand in the file: an ISO 3166 code.
    #[param(example = "GB")]
    region: String,
    /// The one campaign that they bind; left out is every campaign.
    #[param(value_type = Option<Uuid>)]
    campaign: Option<CampaignId>,
    /// Why, in words.
    #[param(max_length = 200)]
    #[serde(default)]
    reason: String,
}

/// What became of the file.
#[derive(Debug, Serialize, ToSchema)]
struct Imported {
    /// Numbers that are on the list now and were not before.
    added: u64,
    /// The version of the list in the switch: permits name it.
    version: u64,
    /// What was read, and what was wrong with it.
    #[schema(value_type = schema::ImportReport)]
    report: Report,
}

/// Adds the numbers of a file, one a line; they are in force when this answers 200.
#[utoipa::path(post, path = "/v1/dnc/import", tag = "dnc", operation_id = "import_dnc",
    params(ImportParams), request_body(content = String, content_type = "text/csv"),
    responses((status = 200, body = Imported), Refusals))]
async fn import(
    State(api): State<Api>,
    Params(params): Params<ImportParams>,
    request: Request,
) -> Result<Json<Imported>, Problem> {
    upload::refuse_media(request.headers())?;
    super::refuse_reason(&params.reason)?;
    if let Some(campaign) = params.campaign {
        api.store().campaigns().find(campaign).await?;
    }
    let options = NumberFileOptions { default_region: params.region };
    let (feeder, source) = Chunks::channel();
    let (batches, read) = mpsc::channel(BATCHES_IN_FLIGHT);
    let reading = tokio::task::spawn_blocking(move || numbers(source, &options, &batches));
    let most = api.settings().upload_bytes_max;
    let (sent, kept) = tokio::join!(
        upload::feed(request.into_body(), feeder, most),
        keep(&api, super::scope(params.campaign), &params.reason, read),
    );
    let report = reading.await.map_err(Problem::internal)?;
    let (added, version) = kept?;
    sent?;
    let report = report.map_err(|error| upload::unreadable(&error))?;
    let asked = serde_json::json!({ "reason": params.reason, "added": added });
    store::audit::amend(|act| act.asked = Some(asked));
    Ok(Json(Imported { added, version, report }))
}

/// Reads numbers from the chunks, on a thread that may wait.
fn numbers(
    source: Chunks,
    options: &NumberFileOptions,
    batches: &mpsc::Sender<Vec<Number>>,
) -> Result<Report, ImportError> {
    let mut file = NumberFile::open(source, options)?;
    loop {
        let batch: Vec<Number> = file.by_ref().take(BATCH).collect();
        // A receiver that is gone has failed and says so itself.
        if batch.is_empty() || batches.blocking_send(batch).is_err() {
            return Ok(file.into_report());
        }
    }
}

/// Stores batches as they come and tells the switch of each; how many were new, and the version.
async fn keep(
    api: &Api,
    scope: DncScope,
    reason: &str,
    mut batches: mpsc::Receiver<Vec<Number>>,
) -> Result<(u64, u64), Problem> {
    let (mut added, mut version) = (0, 0);
    while let Some(numbers) = batches.recv().await {
        let created_at = api.now();
        let entry = |number: &Number| {
            let (id, reason) = (Uuid::now_v7(), reason.to_owned());
            DncEntry { id, number: *number, scope, reason, created_at }
        };
        let entries: Vec<DncEntry> = numbers.iter().map(entry).collect();
        added += api.store().dnc().insert_many(&entries).await?;
        version = match api.command(Command::Suppress { scope, numbers }).await? {
            Reply::Dnc { version } => version,
            other => return Err(Problem::internal(format!("the switch answered {other:?}"))),
        };
    }
    Ok((added, version))
}

const BATCHES_IN_FLIGHT: usize = 2;

/// Numbers of one transaction, and of one command: a millisecond of the switch's time.
const BATCH: usize = 2_000;
