//! `POST /v1/lists/{id}/leads`: a CSV becomes leads while it arrives.
//!
//! ```text
//!   body ──chunks──▶ at most 4 in flight ──▶ blocking thread: dialer::Import ──rows──▶ batches of
//!                                                                                1,000 ──▶ store
//! ```
//!
//! A file never stands in memory as a whole. Good rows are kept whatever is wrong with the others;
//! the answer tells what was wrong by line and column. A connection that breaks off leaves the rows
//! that were read; sending the file again adds what is missing, because a number that is on the
//! list already is a duplicate.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Request, State};
use dialer::import::{Import, ImportError, ImportOptions, Report};
use dialer::{ConsentKind, Lead, ListId};
use routing::Number;
use serde::{Deserialize, Serialize};
use store::leads::Within;
use tokio::sync::mpsc;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::api::Api;
use crate::control::Change;
use crate::documents::bad_parameter;
use crate::extract::{Id, Params};
use crate::problem::Problem;
use crate::router::Refusals;
use crate::schema;
use crate::upload::{self, Chunks};

pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(upload))
}

/// How the file is to be read.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct UploadParams {
    /// Whose national numbers stand in the file: an ISO 3166 code.
    #[param(example = "GB")]
    region: String,
    /// What separates the cells, where it is not to be found out: `,` `;` `|` or a tab.
    #[param(max_length = 1)]
    delimiter: Option<char>,
    /// What a column is, where its header does not say: a JSON object of headers and kinds.
    #[param(example = r#"{"Handy":"phone"}"#, max_length = 4000)]
    columns: Option<String>,
    /// What a date in a consent column stands for; express when it is left out.
    #[param(value_type = Option<schema::ConsentKind>)]
    consent: Option<ConsentKind>,
    /// Where a number or an external id must not stand already: `list`, `campaign` or
    /// `organisation`.
    #[param(value_type = Option<String>, pattern = "^(list|campaign|organisation)$")]
    #[serde(default)]
    duplicates: Within,
    /// Reads and reports, and adds nothing.
    #[serde(default)]
    dry_run: bool,
}

impl UploadParams {
    fn options(self) -> Result<ImportOptions, Problem> {
        let columns = match &self.columns {
            None => BTreeMap::new(),
            Some(text) => serde_json::from_str(text).map_err(|error| {
                bad_parameter("columns", &format!("a JSON object of headers and kinds: {error}"))
            })?,
        };
        let (delimiter, consent) = (self.delimiter, self.consent);
        Ok(ImportOptions { columns, delimiter, consent, ..ImportOptions::new(self.region) })
    }
}

/// What became of the file.
#[derive(Debug, Serialize, ToSchema)]
struct Uploaded {
    /// Leads that are on the list now and were not before; of a dry run, that would be.
    added: u64,
    /// What was read, and what was wrong with it.
    #[schema(value_type = schema::ImportReport)]
    report: Report,
}

/// Adds the rows of a CSV to a list.
#[utoipa::path(post, path = "/v1/lists/{id}/leads", tag = "lists",
    operation_id = "upload_leads", params(("id" = Uuid, Path), UploadParams),
    request_body(content = String, content_type = "text/csv"),
    responses((status = 200, body = Uploaded), Refusals))]
async fn upload(
    State(api): State<Api>,
    Id(list): Id<ListId>,
    Params(params): Params<UploadParams>,
    request: Request,
) -> Result<Json<Uploaded>, Problem> {
    upload::refuse_media(request.headers())?;
    api.store().lists().find(list).await?;
    let leads = api.store().leads();
    let numbers = leads.numbers(list, params.duplicates).await?;
    let known = (numbers, leads.keys(list, params.duplicates).await?);
    let dry_run = params.dry_run;
    let options = params.options()?;
    let (chunks, source) = Chunks::channel();
    let (batches, read) = mpsc::channel(BATCHES_IN_FLIGHT);
    let reading =
        tokio::task::spawn_blocking(move || import(source, &options, known, list, &batches));
    let most = api.settings().upload_bytes_max;
    let (sent, added) =
        tokio::join!(upload::feed(request.into_body(), chunks, most), keep(&api, read, dry_run),);
    let report = reading.await.map_err(Problem::internal)?;
    // Whatever was kept is told, also where the rest could not be read.
    let (added, failed) = added;
    if added > 0 && !dry_run {
        api.tell(Change::ListChanged { list })?;
    }
    failed.map_or(Ok(()), Err)?;
    sent?;
    let report = report.map_err(|error| upload::unreadable(&error))?;
    let asked = serde_json::json!({ "added": added, "dry_run": dry_run });
    store::audit::amend(|act| act.asked = Some(asked));
    Ok(Json(Uploaded { added, report }))
}

/// Reads rows from the chunks, on a thread that may wait.
fn import(
    source: Chunks,
    options: &ImportOptions,
    (numbers, keys): (Vec<Number>, Vec<String>),
    list: ListId,
    batches: &mpsc::Sender<Vec<Lead>>,
) -> Result<Report, ImportError> {
    let mut import = Import::open(source, options)?;
    import.knowing(numbers);
    import.knowing_keys(keys);
    let mut batch = Vec::with_capacity(BATCH);
    for row in import.by_ref() {
        batch.push(row.into_lead(Uuid::now_v7().into(), list));
        let full = batch.len() == BATCH;
        if full && batches.blocking_send(std::mem::take(&mut batch)).is_err() {
            break;
        }
    }
    if !batch.is_empty() {
        // The store has failed and says so itself.
        let _ = batches.blocking_send(batch);
    }
    Ok(import.into_report())
}

/// Stores batches as they come, or counts them; how many leads are new, and what stopped it.
async fn keep(
    api: &Api,
    mut batches: mpsc::Receiver<Vec<Lead>>,
    dry_run: bool,
) -> (u64, Option<Problem>) {
    let mut added = 0;
    while let Some(batch) = batches.recv().await {
        if dry_run {
            added += batch.len() as u64;
            continue;
        }
        match api.store().leads().insert(&batch, api.now()).await {
            Ok(inserted) => added += inserted.added as u64,
            Err(error) => return (added, Some(error.into())),
        }
    }
    (added, None)
}

const BATCHES_IN_FLIGHT: usize = 2;

/// Rows of one transaction.
const BATCH: usize = 1000;
