//! `PUT /v1/leads/{id}`: a lead is corrected, its consent recorded, changed or revoked.
//!
//! All that people say of a person is sent, so that nothing is lost that was forgotten; what was
//! tried is the dialer's to say. The switch is told, and dials no older copy any more.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::http::StatusCode;
use dialer::leads::OtherNumber;
use dialer::{Consent, ConsentKind, Lead, LeadId};
use jiff::Timestamp;
use routing::Number;
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::ShownLead;
use crate::api::Api;
use crate::control::Change;
use crate::documents::{IfMatch, Shown, Tagged, faults, lines, refuse};
use crate::extract::{Body, Id};
use crate::problem::{FieldError, Kind, Problem};
use crate::router::Refusals;
use crate::schema;

pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(replace, delete))
}

/// What people say of a person on a list; every member is sent.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct LeadCorrection {
    /// The number to dial next, in E.164; it stays while it is being dialled.
    #[schema(value_type = String, example = "+15550100123")]
    number: Number,
    /// What kind of line it is; empty when unknown.
    #[serde(default)]
    #[schema(max_length = 200)]
    number_kind: String,
    /// Further numbers of the same person, in their turn.
    #[schema(value_type = Vec<schema::OtherNumber>, max_items = 9)]
    other_numbers: Vec<SentNumber>,
    /// The caller's own key for this person, unique within the list; null where there is none.
    #[serde(deserialize_with = "sent")]
    #[schema(required, max_length = 4096)]
    external_id: Option<String>,
    /// Given name; empty when unknown.
    #[schema(max_length = 200)]
    first_name: String,
    /// Family name; empty when unknown.
    #[schema(max_length = 200)]
    last_name: String,
    /// The IANA zone this person is said to live in; null where nobody says.
    #[serde(deserialize_with = "sent")]
    #[schema(required, example = "Europe/London")]
    zone: Option<String>,
    /// Where they are said to live, as ISO 3166: `US-FL`, `GB`; null where nobody says.
    #[serde(deserialize_with = "sent")]
    #[schema(required, example = "GB")]
    region: Option<String>,
    /// That they agreed to be called; null revokes what was said before.
    #[serde(deserialize_with = "sent")]
    #[schema(required, value_type = Option<schema::Consent>)]
    consent: Option<SentConsent>,
    /// Every other column of the import, by its header.
    fields: BTreeMap<String, String>,
    /// Higher is dialled earlier; 0 is ordinary.
    priority: i16,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SentNumber {
    kind: String,
    number: Number,
    #[serde(default)]
    passed_over: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SentConsent {
    kind: ConsentKind,
    given_at: Timestamp,
    #[serde(default)]
    until: Option<Timestamp>,
    #[serde(default)]
    source: String,
}

/// What may be null, and may not be left out.
fn sent<'de, D: Deserializer<'de>, T: Deserialize<'de>>(value: D) -> Result<Option<T>, D::Error> {
    Option::deserialize(value)
}

impl LeadCorrection {
    /// The stored lead with this in it.
    fn of(self, stored: Lead) -> Lead {
        let numbers = self.other_numbers.into_iter();
        Lead {
            number: self.number,
            number_kind: self.number_kind,
            other_numbers: numbers
                .map(|SentNumber { kind, number, passed_over }| OtherNumber {
                    kind,
                    number,
                    passed_over,
                })
                .collect(),
            external_id: self.external_id,
            first_name: self.first_name,
            last_name: self.last_name,
            zone: self.zone,
            region: self.region,
            consent: self.consent.map(|SentConsent { kind, given_at, until, source }| Consent {
                kind,
                given_at,
                until,
                source,
            }),
            fields: self.fields,
            priority: self.priority,
            ..stored
        }
    }
}

/// Corrects a lead; its consent is recorded, changed, or revoked by null.
///
/// No older copy of it is dialled any more. While it is being dialled its number stays: 409.
#[utoipa::path(put, path = "/v1/leads/{id}", tag = "leads", operation_id = "replace_lead",
    params(("id" = Uuid, Path), ("If-Match" = String, Header)),
    request_body = LeadCorrection, responses((status = 200, body = ShownLead), Refusals))]
async fn replace(
    State(api): State<Api>,
    Id(id): Id<LeadId>,
    made_from: IfMatch,
    Body(correction): Body<LeadCorrection>,
) -> Result<Tagged<Shown<Lead>>, Problem> {
    let found = api.store().leads().find(id).await?;
    let lead = correction.of(found.value);
    refuse(wrong(&lead))?;
    let version = made_from.or(found.version);
    let stored = match api.store().leads().update(&lead, version, api.now()).await {
        Err(store::Error::Live) => {
            let why = "the number is being dialled: it can be changed when the call is over";
            return Err(Problem::new(Kind::Refused, why));
        }
        other => other?,
    };
    let (lead, version) = (Box::new(stored.value.clone()), stored.version);
    api.tell(Change::Lead { lead, version })?;
    Ok(Tagged::shown(StatusCode::OK, stored))
}

/// Deletes a lead that was never dialled and to whom nothing is promised: of all others the records
/// tell, and `/v1/persons` forgets a person.
#[utoipa::path(delete, path = "/v1/leads/{id}", tag = "leads", operation_id = "delete_lead",
    params(("id" = Uuid, Path), ("If-Match" = String, Header)),
    responses((status = 204), Refusals))]
async fn delete(
    State(api): State<Api>,
    Id(id): Id<LeadId>,
    made_from: IfMatch,
) -> Result<StatusCode, Problem> {
    let found = api.store().leads().find(id).await?;
    let version = made_from.or(found.version);
    api.store().leads().delete(id, version).await?;
    api.tell(Change::LeadRemoved { lead: id, version: version.saturating_add(1) })?;
    Ok(StatusCode::NO_CONTENT)
}

/// Every member that does not hold.
fn wrong(lead: &Lead) -> Vec<FieldError> {
    let mut texts = vec![
        ("/number_kind".to_owned(), &*lead.number_kind),
        ("/first_name".to_owned(), &*lead.first_name),
        ("/last_name".to_owned(), &*lead.last_name),
        ("/external_id".to_owned(), lead.external_id.as_deref().unwrap_or_default()),
    ];
    if let Some(consent) = &lead.consent {
        texts.push(("/consent/source".to_owned(), &*consent.source));
    }
    let kinds = lead.other_numbers.iter().enumerate();
    texts.extend(kinds.map(|(at, other)| (format!("/other_numbers/{at}/kind"), &*other.kind)));
    let outside = lead.validate().err().unwrap_or_default();
    faults(outside).into_iter().chain(lines(texts)).collect()
}
