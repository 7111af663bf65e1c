//! `GET /v1/lists/{id}/leads`: a list as CSV, as it stands, streamed.
//!
//! The custom fields of all leads make the columns, so the list is read twice.

use std::collections::BTreeSet;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use dialer::{Lead, LeadId, ListId};
use futures_util::stream;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::Api;
use crate::csv::{self, row};
use crate::extract::Id;
use crate::problem::Problem;
use crate::router::Refusals;

pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(export))
}

/// Exports a list as CSV.
#[utoipa::path(get, path = "/v1/lists/{id}/leads", tag = "lists", operation_id = "export_leads",
    params(("id" = Uuid, Path)),
    responses((status = 200, body = String, content_type = "text/csv"), Refusals))]
async fn export(State(api): State<Api>, Id(list): Id<ListId>) -> Result<Response, Problem> {
    api.store().lists().find(list).await?;
    let fields = fields_of(&api, list).await?;
    let header = row(COLUMNS.iter().copied().chain(fields.iter().map(String::as_str)));
    let first = Some((Some(header), None));
    let pages = stream::try_unfold(first, move |state| {
        let (api, fields) = (api.clone(), fields.clone());
        async move {
            match state {
                None => Ok::<_, store::Error>(None),
                Some((Some(header), after)) => Ok(Some((header, Some((None, after))))),
                Some((None, after)) => {
                    let leads = api.store().leads().page_of(list, after, PAGE).await?;
                    let next = leads.last().map(|lead| (None, Some(lead.id)));
                    let text: Vec<u8> = leads.iter().flat_map(|lead| line(lead, &fields)).collect();
                    Ok((!text.is_empty()).then(|| (Bytes::from(text), next)))
                }
            }
        }
    });
    let kind = [(header::CONTENT_TYPE, csv::MEDIA_TYPE)];
    Ok((kind, Body::from_stream(pages)).into_response())
}

/// The custom fields that any lead of the list has.
async fn fields_of(api: &Api, list: ListId) -> Result<BTreeSet<String>, Problem> {
    let mut fields = BTreeSet::new();
    let mut after: Option<LeadId> = None;
    loop {
        let leads = api.store().leads().page_of(list, after, PAGE).await?;
        let Some(end) = leads.last() else { return Ok(fields) };
        after = Some(end.id);
        for name in leads.iter().flat_map(|lead| lead.fields.keys()) {
            if !fields.contains(name) {
                fields.insert(name.clone());
            }
        }
    }
}

const COLUMNS: [&str; 12] = [
    "phone",
    "external_id",
    "first_name",
    "last_name",
    "time_zone",
    "region",
    "priority",
    "status",
    "attempts",
    "last_outcome",
    "next_due_at",
    "consent",
];

fn line(lead: &Lead, fields: &BTreeSet<String>) -> Bytes {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let own = [
        lead.number.to_string(),
        text(&lead.external_id),
        lead.first_name.clone(),
        lead.last_name.clone(),
        text(&lead.zone),
        text(&lead.region),
        lead.priority.to_string(),
        lead.status.to_string(),
        lead.attempts.to_string(),
        lead.last_outcome.map(|outcome| outcome.to_string()).unwrap_or_default(),
        lead.next_due_at.map(|due| due.to_string()).unwrap_or_default(),
        lead.consent.as_ref().map(|consent| consent.given_at.to_string()).unwrap_or_default(),
    ];
    let custom = fields.iter().map(|name| lead.fields.get(name).map_or("", String::as_str));
    row(own.iter().map(String::as_str).chain(custom))
}

/// Leads read at once.
const PAGE: u32 = 1_000;
