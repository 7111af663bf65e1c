//! `/v1/audit`: who changed what, from where and when; as pages, as CSV, and as the chain that
//! `cordboard audit verify` reads.

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use dialer::permit::Closing;
use futures_util::stream;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::Cursor;
use store::audit::{Actor, AuditEntry, AuditQuery, AuditRecord, Ending};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::api::Api;
use crate::csv;
use crate::documents::{Listed, check_limit};
use crate::extract::Params;
use crate::problem::Problem;
use crate::router::Refusals;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(table)).routes(routes!(chain))
}

/// What to search for; every parameter that is given must fit.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct AuditParams {
    /// By this user.
    user: Option<Uuid>,
    /// This operation, as the document names it: `replace_agent`.
    #[param(max_length = 100)]
    verb: Option<String>,
    /// To this kind of thing, as the paths spell it: `agents`.
    #[param(max_length = 100)]
    resource: Option<String>,
    /// To this thing.
    object: Option<Uuid>,
    /// With this ending.
    #[param(value_type = Option<AuditEnding>)]
    ending: Option<Ending>,
    /// At or after this.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Before this.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
    /// The `next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<Cursor>,
    /// Rows on the page; 50 when it is left out. CSV has no pages.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
}

impl AuditParams {
    fn query(self) -> Result<AuditQuery, Problem> {
        check_limit(self.limit)?;
        let Self { user, verb, resource, object, ending, from, to, after, limit } = self;
        Ok(AuditQuery { actor: user, verb, resource, object, ending, from, to, after, limit })
    }
}

/// An entry.
#[derive(Serialize, ToSchema)]
struct AuditEntryShown {
    /// Its place in the chain, from 0.
    sequence: u64,
    /// The hash of the entry before it.
    previous: String,
    /// When the request came.
    #[schema(format = DateTime)]
    at: String,
    /// Who did it.
    actor: AuditActor,
    /// What was done, by the name that the API's document gives the operation.
    verb: String,
    /// What kind of thing it was done to.
    resource: String,
    /// The thing itself.
    object: Option<Uuid>,
    /// How it ended.
    ending: AuditEnding,
    /// What was stored until then; null where it is new.
    #[schema(value_type = Option<Object>)]
    before: Option<Value>,
    /// What is stored since, or what was asked for; null where it is gone or secret.
    #[schema(value_type = Option<Object>)]
    after: Option<Value>,
    /// The address that the request came from.
    source: Option<String>,
    /// The program that sent it, as it calls itself.
    agent: Option<String>,
}

/// Who acted.
#[derive(Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[expect(dead_code, reason = "it only describes the answer")]
enum AuditActor {
    /// A user, signed in.
    User {
        /// The user.
        id: Uuid,
        /// The name at that time.
        name: String,
        /// The token of the program that acted for the user; absent where nobody lent one.
        #[schema(nullable = false)]
        token: Option<Uuid>,
    },
    /// Somebody who is not signed in.
    Nobody,
    /// The installation itself, or whoever sits at its command line.
    System,
}

/// How an act ended.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[expect(dead_code, reason = "it only describes the answer")]
enum AuditEnding {
    /// It was done.
    Done,
    /// It was refused.
    Refused,
    /// Something failed.
    Failed,
}

/// Lists entries, the newest first.
#[utoipa::path(get, path = "/v1/audit", tag = "audit", operation_id = "list_audit",
    params(AuditParams), responses((status = 200, body = Listed<AuditEntryShown>), Refusals))]
async fn list(
    State(api): State<Api>,
    Params(params): Params<AuditParams>,
) -> Result<Json<Listed<AuditEntry>>, Problem> {
    let page = api.store().audit().list(&params.query()?).await?;
    Ok(Json(Listed::of(page, |record| record.evidence)))
}

/// Exports entries as CSV, the newest first.
#[utoipa::path(get, path = "/v1/audit.csv", tag = "audit", operation_id = "export_audit_table",
    params(AuditParams),
    responses((status = 200, body = String, content_type = "text/csv"), Refusals))]
async fn table(
    State(api): State<Api>,
    Params(params): Params<AuditParams>,
) -> Result<Response, Problem> {
    let query = AuditQuery { limit: Some(PAGE), ..params.query()? };
    // Read before the answer begins: a store that fails is still told as a problem.
    let first = api.store().audit().list(&query).await?;
    let header = csv::row(COLUMNS.iter().copied());
    let pages = stream::try_unfold(Some((header, Some(first))), move |state| {
        let (api, query) = (api.clone(), query.clone());
        async move {
            let Some((text, page)) = state else { return Ok::<_, store::Error>(None) };
            let Some(page) = page else { return Ok(Some((text, None))) };
            let lines: Vec<u8> = page.items.iter().flat_map(line).collect();
            let next = match page.next {
                Some(after) => {
                    let query = AuditQuery { after: Some(after), ..query };
                    Some(api.store().audit().list(&query).await?)
                }
                None => None,
            };
            Ok(Some((text, Some((Bytes::from(lines), next)))))
        }
    });
    let kind = [(header::CONTENT_TYPE, csv::MEDIA_TYPE)];
    Ok((kind, Body::from_stream(pages)).into_response())
}

const COLUMNS: [&str; 12] = [
    "sequence", "at", "user", "verb", "resource", "object", "ending", "before", "after", "source",
    "agent", "hash",
];

fn line(record: &AuditRecord) -> Bytes {
    let AuditRecord { evidence: entry, hash } = record;
    let who = match &entry.actor {
        Actor::User { name, .. } => name.clone(),
        Actor::Nobody => "(nobody)".to_owned(),
        Actor::System => "(system)".to_owned(),
    };
    let ending = match entry.ending {
        Ending::Done => "done",
        Ending::Refused => "refused",
        Ending::Failed => "failed",
    };
    let json = |value: &Option<Value>| value.as_ref().map(Value::to_string).unwrap_or_default();
    let cells = [
        entry.sequence.to_string(),
        entry.at.to_string(),
        who,
        entry.verb.clone(),
        entry.resource.clone(),
        entry.object.map(|id| id.to_string()).unwrap_or_default(),
        ending.to_owned(),
        json(&entry.before),
        json(&entry.after),
        entry.source.clone().unwrap_or_default(),
        entry.agent.clone().unwrap_or_default(),
        hash.to_string(),
    ];
    csv::row(cells.iter().map(String::as_str))
}

/// From where on.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ChainParams {
    /// The place in the chain of the first entry that is wanted; the chain begins at 0.
    #[serde(default)]
    from: u64,
}

/// Exports entries in the order of their chain, one a line, and the head of the chain at the end.
#[utoipa::path(get, path = "/v1/audit.ndjson", tag = "audit", operation_id = "export_audit",
    params(ChainParams),
    responses((status = 200, body = String, content_type = "application/x-ndjson"), Refusals))]
async fn chain(
    State(api): State<Api>,
    Params(ChainParams { from }): Params<ChainParams>,
) -> Result<Response, Problem> {
    // What is entered while this is read belongs to the next export.
    let head = api.store().audit().head().await?;
    let pages = stream::try_unfold(Some(from), move |from| {
        let api = api.clone();
        async move {
            let Some(from) = from else { return Ok::<_, store::Error>(None) };
            let left = u32::try_from(head.length.saturating_sub(from)).unwrap_or(PAGE).min(PAGE);
            let mut lines = api.store().audit().lines(from, left).await?;
            let next = u64::try_from(lines.len()).ok().filter(|count| *count > 0);
            if next.is_none() {
                lines.push(serde_json::to_string(&Closing { head }).unwrap_or_default());
            }
            let text = Bytes::from(lines.join("\n") + "\n");
            Ok(Some((text, next.map(|count| from + count))))
        }
    });
    let kind = [(header::CONTENT_TYPE, "application/x-ndjson")];
    Ok((kind, Body::from_stream(pages)).into_response())
}

/// Entries read at once.
const PAGE: u32 = 500;
