//! `/v1/organisation`: the one organisation whose agents these are.
//!
//! The prefix makes every extension (R170), and a telephone's secret is bound to its extension:
//! so the prefix stays while there are agents, and may never collide with a DID or with a number
//! that a person in need would dial.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use dialer::zones::Zone;
use routing::{Number, Organisation};
use store::{Query, Stored};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::Api;
use crate::control::Change;
use crate::documents::{self, IfMatch, Shown, Tagged};
use crate::extract::Body;
use crate::problem::{FieldError, Kind, Problem};
use crate::router::Refusals;
use crate::schema;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(read, replace))
}

/// The organisation's settings, where it is set up.
pub(crate) async fn find(api: &Api) -> Result<Option<Stored<Organisation>>, Problem> {
    match api.store().organisation().find().await {
        Ok(found) => Ok(Some(found)),
        Err(store::Error::NotFound(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The organisation's settings, or the problem that says what to do first.
pub(crate) async fn required(api: &Api) -> Result<Organisation, Problem> {
    let missing = || Problem::new(Kind::Refused, "set the organisation up first");
    find(api).await?.map(|found| found.value).ok_or_else(missing)
}

/// Shows the organisation's settings.
#[utoipa::path(get, path = "/v1/organisation", tag = "organisation",
    operation_id = "read_organisation",
    responses((status = 200, body = schema::ShownOrganisation), Refusals))]
async fn read(State(api): State<Api>) -> Result<Tagged<Shown<Organisation>>, Problem> {
    let found = find(&api).await?.ok_or_else(|| Problem::not_found("organisation"))?;
    Ok(Tagged::shown(StatusCode::OK, found))
}

/// Sets the organisation up, or replaces its settings that were read at the version in `If-Match`.
#[utoipa::path(put, path = "/v1/organisation", tag = "organisation",
    operation_id = "replace_organisation",
    params(("If-Match" = Option<String>, Header, description = "required once it is set up")),
    request_body = schema::Organisation,
    responses((status = 200, body = schema::ShownOrganisation),
        (status = 201, body = schema::ShownOrganisation), Refusals))]
async fn replace(
    State(api): State<Api>,
    headers: HeaderMap,
    Body(value): Body<Organisation>,
) -> Result<Tagged<Shown<Organisation>>, Problem> {
    let found = find(&api).await?;
    let mut faults = documents::faults(value.validate().err());
    if Zone::named(&value.time_zone).is_none() {
        faults.push(FieldError::new("/time_zone", "an IANA time zone such as Europe/London"));
    }
    if found.as_ref().is_none_or(|found| found.value.prefix != value.prefix) {
        faults.extend(prefix_fault(&api, &value, found.as_ref()).await?);
    }
    documents::refuse(faults)?;
    let organisations = api.store().organisation();
    let (status, stored) = match found {
        None => (StatusCode::CREATED, organisations.insert(&value, api.now()).await?),
        Some(found) => {
            let version = IfMatch::read(headers.get(header::IF_MATCH))?.or(found.version);
            (StatusCode::OK, organisations.update(&value, version, api.now()).await?)
        }
    };
    api.tell(Change::Organisation(stored.value.clone()))?;
    Ok(Tagged::shown(status, stored))
}

/// What stands against a new prefix.
async fn prefix_fault(
    api: &Api,
    value: &Organisation,
    found: Option<&Stored<Organisation>>,
) -> Result<Option<FieldError>, Problem> {
    let fault = |expected: String| Ok(Some(FieldError::new("/prefix", expected)));
    if let Some(found) = found {
        let one = Query { limit: Some(1), ..Query::default() };
        if !api.store().agents().list(&one).await?.items.is_empty() {
            let prefix = &found.value.prefix;
            return fault(format!("{prefix}, as long as there are agents whose telephones use it"));
        }
    }
    let dids = api.store().dids().all().await?;
    let dids: Vec<Number> = dids.into_iter().map(|did| did.value.number).collect();
    match value.prefix.check([], &dids, EMERGENCY_AND_SERVICE_CODES.iter().copied()) {
        Ok(()) => Ok(None),
        Err(overlap) => fault(format!("another prefix: {overlap}")),
    }
}

/// What people dial in need, by ITU-T E.161.1 and by country; no extension may begin with one.
const EMERGENCY_AND_SERVICE_CODES: &[&str] =
    &["000", "110", "111", "112", "113", "117", "118", "119", "911", "999"];
