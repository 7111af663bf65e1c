//! `GET /v1/lists/{id}/leads`: a list as CSV, as it stands, streamed.
//!
//! The custom fields and the further numbers of all leads make the columns, so the list is read
//! twice. What is exported can be imported: `phone_2` and those after it are further numbers.

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
    let further = Further::of(&api, list).await?;
    let header = further.header();
    let first = Some((Some(header), None));
    let pages = stream::try_unfold(first, move |state| {
        let (api, further) = (api.clone(), further.clone());
        async move {
            match state {
                None => Ok::<_, store::Error>(None),
                Some((Some(header), after)) => Ok(Some((header, Some((None, after))))),
                Some((None, after)) => {
                    let leads = api.store().leads().page_of(list, after, PAGE).await?;
                    let next = leads.last().map(|lead| (None, Some(lead.id)));
                    let text: Vec<u8> = leads.iter().flat_map(|lead| further.line(lead)).collect();
                    Ok((!text.is_empty()).then(|| (Bytes::from(text), next)))
                }
            }
        }
    });
    let kind = [(header::CONTENT_TYPE, csv::MEDIA_TYPE)];
    Ok((kind, Body::from_stream(pages)).into_response())
}

/// The columns beyond those that every lead has.
#[derive(Clone, Debug, Default)]
struct Further {
    /// The most further numbers that any lead of the list has.
    numbers: usize,
    /// The custom fields that any of them has.
    fields: BTreeSet<String>,
}

impl Further {
    async fn of(api: &Api, list: ListId) -> Result<Self, Problem> {
        let mut further = Self::default();
        let mut after: Option<LeadId> = None;
        loop {
            let leads = api.store().leads().page_of(list, after, PAGE).await?;
            let Some(end) = leads.last() else { return Ok(further) };
            after = Some(end.id);
            for lead in &leads {
                further.numbers = further.numbers.max(lead.other_numbers.len());
            }
            for name in leads.iter().flat_map(|lead| lead.fields.keys()) {
                if !further.fields.contains(name) {
                    further.fields.insert(name.clone());
                }
            }
        }
    }

    fn header(&self) -> Bytes {
        let numbers: Vec<_> = (0..self.numbers).map(|at| format!("phone_{}", at + 2)).collect();
        let numbers = numbers.iter().map(String::as_str);
        let own = COLUMNS.iter().copied().chain(numbers);
        row(own.chain(self.fields.iter().map(String::as_str)))
    }

    fn line(&self, lead: &Lead) -> Bytes {
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
        let number = |at: usize| lead.other_numbers.get(at).map(|other| other.number.to_string());
        let numbers: Vec<_> = (0..self.numbers).map(|at| number(at).unwrap_or_default()).collect();
        let custom = |name| lead.fields.get(name).map_or("", String::as_str);
        let own = own.iter().chain(&numbers).map(String::as_str);
        row(own.chain(self.fields.iter().map(custom)))
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

/// Leads read at once.
const PAGE: u32 = 1_000;
