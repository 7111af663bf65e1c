//! `/v1/permits`: the evidence that every dial was lawful, as `cordboard permits verify` reads it.

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use dialer::PermitRecord;
use dialer::permit::{ChainHead, Closing};
use futures_util::stream;
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::Api;
use crate::extract::Params;
use crate::problem::Problem;
use crate::router::Refusals;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(export))
}

/// From where on.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ExportParams {
    /// The place in the chain of the first permit that is wanted; the chain begins at 0.
    #[serde(default)]
    from: u64,
}

/// Exports permits in the order of their chain, one a line, and the head of the chain at the end.
#[utoipa::path(get, path = "/v1/permits", tag = "attempts", operation_id = "export_permits",
    params(ExportParams),
    responses((status = 200, body = String, content_type = "application/x-ndjson"), Refusals))]
async fn export(
    State(api): State<Api>,
    Params(ExportParams { from }): Params<ExportParams>,
) -> Result<Response, Problem> {
    // Read before the answer begins: a store that fails is still told as a problem.
    let first = api.store().attempts().permits(from, PAGE).await?;
    let begins = match from.checked_sub(1) {
        Some(before) => api.store().attempts().permits(before, 1).await?,
        None => Vec::new(),
    };
    let head = begins.first().map_or(ChainHead::START, ChainHead::after);
    let pages = stream::try_unfold(Some((first, head)), move |page| {
        let api = api.clone();
        async move {
            let Some((page, head)) = page else { return Ok::<_, store::Error>(None) };
            let Some(last) = page.last() else { return Ok(Some((line(&Closing { head }), None))) };
            let head = ChainHead::after(last);
            let text: Vec<u8> =
                page.iter().flat_map(|record: &PermitRecord| line(record)).collect();
            let next = api.store().attempts().permits(head.length, PAGE).await?;
            Ok(Some((Bytes::from(text), Some((next, head)))))
        }
    });
    let kind = [(header::CONTENT_TYPE, "application/x-ndjson")];
    Ok((kind, Body::from_stream(pages)).into_response())
}

fn line(value: &impl Serialize) -> Bytes {
    // Plain structs with string keys always have a JSON form.
    let mut text = serde_json::to_vec(value).unwrap_or_default();
    text.push(b'\n');
    text.into()
}

/// Permits read at once: two megabytes.
const PAGE: u32 = 1_000;
