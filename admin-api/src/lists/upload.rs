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

use std::io::{self, Read};
use std::time::Duration;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use dialer::import::{Import, ImportError, ImportOptions, Report};
use dialer::{Lead, ListId};
use futures_util::StreamExt;
use routing::Number;
use serde::{Deserialize, Serialize};
use store::Store;
use tokio::sync::mpsc;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::api::Api;
use crate::control::Change;
use crate::extract::{Id, Params, media_type, shorten};
use crate::problem::{FieldError, Kind, Problem};
use crate::router::Refusals;
use crate::schema;

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
}

/// What became of the file.
#[derive(Debug, Serialize, ToSchema)]
struct Uploaded {
    /// Leads that are on the list now and were not before.
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
    let found = media_type(request.headers()).unwrap_or("none");
    if !["text/csv", "text/plain", "application/vnd.ms-excel"].contains(&found) {
        return Err(Problem::new(Kind::MediaType, "").with_errors(vec![FieldError {
            field: "Content-Type".to_owned(),
            expected: "text/csv".to_owned(),
            got: Some(shorten(found)),
        }]));
    }
    api.store().lists().find(list).await?;
    let known = api.store().leads().numbers(list).await?;
    let options =
        ImportOptions { delimiter: params.delimiter, ..ImportOptions::new(params.region) };
    let (chunks, received) = mpsc::channel(CHUNKS_IN_FLIGHT);
    let (batches, read) = mpsc::channel(BATCHES_IN_FLIGHT);
    let reading = tokio::task::spawn_blocking(move || {
        let source = Chunks { received, current: Bytes::new() };
        import(source, &options, known, list, &batches)
    });
    let most = api.settings().upload_bytes_max;
    let (sent, added) = tokio::join!(
        feed(request.into_body(), chunks, most),
        keep(api.store().clone(), read, &api),
    );
    let report = reading.await.map_err(Problem::internal)?;
    // Whatever was kept is told, also where the rest could not be read.
    let (added, failed) = added;
    if added > 0 {
        api.tell(Change::ListChanged { list })?;
    }
    failed.map_or(Ok(()), Err)?;
    sent?;
    let report = report.map_err(|error| unreadable(&error))?;
    Ok(Json(Uploaded { added, report }))
}

/// Hands the body on as it arrives.
async fn feed(
    body: Body,
    chunks: mpsc::Sender<io::Result<Bytes>>,
    most: usize,
) -> Result<(), Problem> {
    let mut body = body.into_data_stream();
    let mut length = 0_usize;
    loop {
        let chunk = match tokio::time::timeout(PATIENCE, body.next()).await {
            Ok(Some(Ok(chunk))) => chunk,
            Ok(None) => return Ok(()),
            Ok(Some(Err(_))) => {
                return cut(chunks, Problem::new(Kind::Malformed, "the body ended early")).await;
            }
            Err(_) => return cut(chunks, Problem::new(Kind::Timeout, "")).await,
        };
        length = length.saturating_add(chunk.len());
        if length > most {
            let detail = format!("a file has at most {} MiB; the rows before are kept", most >> 20);
            return cut(chunks, Problem::new(Kind::TooLarge, detail)).await;
        }
        if chunks.send(Ok(chunk)).await.is_err() {
            // The reader has given up and says why itself.
            return Ok(());
        }
    }
}

/// Ends the reading in the middle of a row, which then is no good row.
async fn cut(chunks: mpsc::Sender<io::Result<Bytes>>, why: Problem) -> Result<(), Problem> {
    // A reader that is gone needs no telling.
    let _ = chunks.send(Err(io::ErrorKind::UnexpectedEof.into())).await;
    Err(why)
}

/// Reads rows from the chunks, on a thread that may wait.
fn import(
    source: Chunks,
    options: &ImportOptions,
    known: Vec<Number>,
    list: ListId,
    batches: &mpsc::Sender<Vec<Lead>>,
) -> Result<Report, ImportError> {
    let mut import = Import::open(source, options)?;
    import.knowing(known);
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

/// Stores batches as they come; how many leads are new, and what stopped it.
async fn keep(
    store: Store,
    mut batches: mpsc::Receiver<Vec<Lead>>,
    api: &Api,
) -> (u64, Option<Problem>) {
    let mut added = 0;
    while let Some(batch) = batches.recv().await {
        match store.leads().insert(&batch, api.now()).await {
            Ok(inserted) => added += inserted.added as u64,
            Err(error) => return (added, Some(error.into())),
        }
    }
    (added, None)
}

/// Chunks of a body as a file that can be read.
struct Chunks {
    received: mpsc::Receiver<io::Result<Bytes>>,
    current: Bytes,
}

impl Read for Chunks {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.current.is_empty() {
            match self.received.blocking_recv() {
                Some(chunk) => self.current = chunk?,
                None => return Ok(0),
            }
        }
        let length = buffer.len().min(self.current.len());
        let part = self.current.split_to(length);
        buffer[..length].copy_from_slice(&part);
        Ok(length)
    }
}

fn unreadable(error: &ImportError) -> Problem {
    let text = error.to_string();
    let (place, expected) = text.split_once(": ").unwrap_or(("line 1", &text));
    let field = if place == "default_region" { "region" } else { place };
    Problem::field(field, expected)
}

const CHUNKS_IN_FLIGHT: usize = 4;

const BATCHES_IN_FLIGHT: usize = 2;

/// Rows of one transaction.
const BATCH: usize = 1000;

/// Longer than this no chunk may take (FAULTS F23).
const PATIENCE: Duration = Duration::from_secs(30);
