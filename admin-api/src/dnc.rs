//! `/v1/dnc`: numbers that nobody may dial, for the organisation or for one campaign.
//!
//! An answer of 200 means that the switch has it: from that moment on no permit is given for the
//! number. A number that is listed already is listed; adding it again changes nothing and tells
//! the switch again, so a 503 is answered by simply trying once more.

mod import;

use axum::Json;
use axum::extract::State;
use dialer::RegisterId;
use dialer::consent::ConsentKind;
use dialer::dnc::{DncScope, RegisterSettings};
use jiff::Timestamp;
use routing::{CampaignId, Number};
use serde::{Deserialize, Serialize};
use store::dnc::DncEntry;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::api::Api;
use crate::control::{Command, Reply};
use crate::documents::{ListParams, Listed, refuse};
use crate::extract::{Body, Params};
use crate::problem::{FieldError, Problem};
use crate::router::Refusals;
use crate::schema;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list, add))
        .routes(routes!(remove))
        .routes(routes!(check))
        .merge(import::routes())
}

/// Numbers to add.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Addition {
    /// The numbers, in E.164.
    #[schema(value_type = Vec<String>, min_items = 1, max_items = 1000)]
    numbers: Vec<Number>,
    /// The one campaign that they bind; null is every campaign.
    #[schema(value_type = Option<Uuid>)]
    #[serde(default)]
    campaign: Option<CampaignId>,
    /// Why, in words.
    #[schema(max_length = 200)]
    #[serde(default)]
    reason: String,
}

/// Numbers to take off.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Removal {
    /// The numbers, in E.164.
    #[schema(value_type = Vec<String>, min_items = 1, max_items = 1000)]
    numbers: Vec<Number>,
    /// The one campaign that they bind; null is every campaign.
    #[schema(value_type = Option<Uuid>)]
    #[serde(default)]
    campaign: Option<CampaignId>,
}

/// What was changed.
#[derive(Debug, Serialize, ToSchema)]
struct Changed {
    /// Entries that are new or gone.
    changed: u64,
    /// The version of the list in the switch: permits name it.
    version: u64,
}

/// Which number, and for whom.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct CheckParams {
    /// The number, in E.164; its `+` is written `%2B`.
    #[param(value_type = String, example = "+15550100123")]
    number: Number,
    /// For this campaign; null asks for the organisation alone.
    #[param(value_type = Option<Uuid>)]
    campaign: Option<CampaignId>,
}

/// Whether a number may be dialled.
#[derive(Debug, Serialize, ToSchema)]
struct Checked {
    /// An entry or a register forbids it.
    listed: bool,
    /// The entries that do.
    #[schema(value_type = Vec<EntryShown>)]
    entries: Vec<DncEntry>,
    /// The registers it stands in.
    registers: Vec<Registered>,
}

/// A register that a number stands in.
#[derive(Debug, Serialize, ToSchema)]
struct Registered {
    /// The register.
    #[schema(value_type = Uuid)]
    id: RegisterId,
    /// What people call it.
    name: String,
    /// The consent in spite of which it does not bind; none: it binds always.
    #[schema(value_type = Option<schema::ConsentKind>)]
    lifted_by: Option<ConsentKind>,
}

/// A number that is not to be called.
#[derive(Debug, Serialize, ToSchema)]
struct EntryShown {
    /// Its identity.
    id: Uuid,
    /// The number, in E.164.
    number: String,
    /// Whom it binds.
    scope: schema::DncScope,
    /// Why, in words.
    reason: String,
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

/// Lists entries, the oldest first; a search finds part of the number.
#[utoipa::path(get, path = "/v1/dnc", tag = "dnc", operation_id = "list_dnc",
    params(ListParams), responses((status = 200, body = Listed<EntryShown>), Refusals))]
async fn list(
    State(api): State<Api>,
    Params(params): Params<ListParams>,
) -> Result<Json<Listed<DncEntry>>, Problem> {
    let page = api.store().dnc().list(&params.query()?).await?;
    Ok(Json(Listed::of(page, |entry| entry)))
}

/// Adds numbers; they are in force when this answers 200.
#[utoipa::path(post, path = "/v1/dnc", tag = "dnc", operation_id = "add_dnc",
    request_body = Addition, responses((status = 200, body = Changed), Refusals))]
async fn add(
    State(api): State<Api>,
    Body(addition): Body<Addition>,
) -> Result<Json<Changed>, Problem> {
    let Addition { numbers, campaign, reason } = addition;
    refuse_count(&numbers)?;
    refuse_reason(&reason)?;
    let scope = scope(campaign);
    let now = api.now();
    let entry = |number: &Number| DncEntry {
        id: Uuid::now_v7(),
        number: *number,
        scope,
        reason: reason.clone(),
        created_at: now,
    };
    let entries: Vec<DncEntry> = numbers.iter().map(entry).collect();
    let asked = serde_json::json!({ "scope": scope, "numbers": numbers, "reason": reason });
    store::audit::amend(|act| act.asked = Some(asked));
    let changed = match api.store().dnc().insert_many(&entries).await {
        Err(store::Error::Unknown(_)) => {
            return Err(Problem::field("/campaign", "the id of one that exists"));
        }
        other => other?,
    };
    told(&api, changed, Command::Suppress { scope, numbers }).await
}

/// Takes numbers off; those that are not listed are passed over.
#[utoipa::path(post, path = "/v1/dnc/remove", tag = "dnc", operation_id = "remove_dnc",
    request_body = Removal, responses((status = 200, body = Changed), Refusals))]
async fn remove(
    State(api): State<Api>,
    Body(removal): Body<Removal>,
) -> Result<Json<Changed>, Problem> {
    let Removal { numbers, campaign } = removal;
    refuse_count(&numbers)?;
    let scope = scope(campaign);
    let asked = serde_json::json!({ "scope": scope, "numbers": numbers });
    store::audit::amend(|act| act.asked = Some(asked));
    let changed = api.store().dnc().remove(&numbers, scope, api.now()).await?;
    told(&api, changed, Command::Unsuppress { scope, numbers }).await
}

/// Tells whether a number may be dialled, and which entries and registers forbid it.
#[utoipa::path(get, path = "/v1/dnc/check", tag = "dnc", operation_id = "check_dnc",
    params(CheckParams), responses((status = 200, body = Checked), Refusals))]
async fn check(
    State(api): State<Api>,
    Params(CheckParams { number, campaign }): Params<CheckParams>,
) -> Result<Json<Checked>, Problem> {
    let binds = |entry: &DncEntry| match entry.scope {
        DncScope::Organisation => true,
        DncScope::Campaign(id) => Some(id) == campaign,
    };
    let found = api.store().dnc().of_number(number).await?;
    let entries: Vec<DncEntry> = found.into_iter().filter(binds).collect();
    let registers = api.store().register_numbers().of_number(number).await?;
    let registered = |found: RegisterSettings| {
        let RegisterSettings { id, name, lifted_by, .. } = found;
        Registered { id, name, lifted_by }
    };
    let registers: Vec<_> = registers.into_iter().map(registered).collect();
    let listed = !entries.is_empty() || !registers.is_empty();
    Ok(Json(Checked { listed, entries, registers }))
}

async fn told(api: &Api, changed: u64, command: Command) -> Result<Json<Changed>, Problem> {
    match api.command(command).await? {
        Reply::Dnc { version } => Ok(Json(Changed { changed, version })),
        other => Err(Problem::internal(format!("the switch answered a DNC change with {other:?}"))),
    }
}

fn scope(campaign: Option<CampaignId>) -> DncScope {
    campaign.map_or(DncScope::Organisation, DncScope::Campaign)
}

fn refuse_reason(reason: &str) -> Result<(), Problem> {
    if reason.chars().count() > 200 || reason.chars().any(char::is_control) {
        return Err(Problem::field("/reason", "one line of at most 200 characters"));
    }
    Ok(())
}

fn refuse_count(numbers: &[Number]) -> Result<(), Problem> {
    let sound = (1..=NUMBERS_MAX).contains(&numbers.len());
    let fault = FieldError::new("/numbers", format!("1 to {NUMBERS_MAX} numbers"));
    refuse(if sound { Vec::new() } else { vec![fault] })
}

const NUMBERS_MAX: usize = 1000;
