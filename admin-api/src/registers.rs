//! `/v1/dnc-registers`: do-not-call registers that others keep, imported whole.
//!
//! `PUT …/numbers` takes the register as it now is. Its answer of 200 means that the switch has
//! it: no number on it is dialled any more, but by leave of a consent that lifts the register. A
//! number that a file leaves out may be dialled from then on, so a file changes nothing that ends
//! early, of which nothing can be read, or that has rows which nobody said to skip.

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use dialer::RegisterId;
use dialer::dnc::{NumberFile, NumberFileOptions, Register, RegisterSettings};
use dialer::import::{Fault, ImportError, Partial, Report};
use jiff::{SignedDuration, Timestamp};
use routing::Number;
use serde::{Deserialize, Serialize};
use store::{Documents, Store};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::Api;
use crate::control::{Change, Command, Reply};
use crate::documents::{self, Draft, IfMatch, ListParams, Listed, Resource, Shown, Tagged};
use crate::extract::{Id, Params};
use crate::problem::{FieldError, Kind, Problem};
use crate::router::Refusals;
use crate::schema;
use crate::upload::{self, Chunks};

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(read, replace, remove))
        .routes(routes!(state, import))
}

impl Resource for RegisterSettings {
    fn repository(store: &Store) -> Documents<Self> {
        store.registers()
    }

    fn with_id(self, id: RegisterId) -> Self {
        Self { id, ..self }
    }

    async fn faults(&self, _: &Api) -> Result<Vec<FieldError>, Problem> {
        let mut faults = documents::faults(self.validate().err().unwrap_or_default());
        faults.extend(documents::lines([("/name".to_owned(), self.name.as_str())]));
        Ok(faults)
    }

    fn changed(&self) -> Option<Change> {
        Some(Change::Register(self.clone()))
    }

    fn removed(id: RegisterId) -> Option<Change> {
        Some(Change::RegisterRemoved(id))
    }
}

/// How the file is to be read.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ImportParams {
    /// Whose national numbers stand in the file: an ISO 3166 code.
    #[param(example = "US")]
    region: String,
    /// Imports the rest of a file in which some rows cannot be read; else they refuse all of it.
    #[serde(default)]
    skip_faults: bool,
}

/// What an import changed.
#[derive(Debug, Serialize, ToSchema)]
struct Imported {
    /// Numbers on the register now.
    numbers: u64,
    /// Of those, new ones.
    added: u64,
    /// Numbers that stood there and do no longer.
    removed: u64,
    /// The version of all do-not-call sets in the switch: permits name it.
    version: u64,
    /// What was read, and what was wrong with it.
    #[schema(value_type = schema::ImportReport)]
    report: Report,
}

/// How much of a register there is.
#[derive(Debug, Serialize, ToSchema)]
struct Standing {
    /// Its numbers.
    numbers: u64,
    /// When it was last imported whole; null before the first time.
    #[schema(value_type = Option<String>, format = DateTime)]
    imported_at: Option<Timestamp>,
    /// Whether the import is older than the register's `fresh_for_days`, or was never made.
    stale: bool,
}

/// Lists registers, the oldest first.
#[utoipa::path(get, path = "/v1/dnc-registers", tag = "dnc",
    operation_id = "list_dnc_registers",
    params(ListParams), responses(
    (status = 200, body = Listed<schema::ShownDncRegister>), Refusals))]
async fn list(
    State(api): State<Api>,
    Params(params): Params<ListParams>,
) -> Result<Json<Listed<Shown<RegisterSettings>>>, Problem> {
    documents::list(&api, params).await
}

/// Adds a register.
#[utoipa::path(post, path = "/v1/dnc-registers", tag = "dnc",
    operation_id = "create_dnc_register",
    request_body = schema::DncRegister,
    responses((status = 201, body = schema::ShownDncRegister), Refusals))]
async fn create(
    State(api): State<Api>,
    draft: Draft<RegisterSettings>,
) -> Result<Tagged<Shown<RegisterSettings>>, Problem> {
    documents::create(&api, draft).await
}

/// Shows a register.
#[utoipa::path(get, path = "/v1/dnc-registers/{id}", tag = "dnc",
    operation_id = "read_dnc_register",
    params(("id" = Uuid, Path)),
    responses((status = 200, body = schema::ShownDncRegister), Refusals))]
async fn read(
    State(api): State<Api>,
    Id(id): Id<RegisterId>,
) -> Result<Tagged<Shown<RegisterSettings>>, Problem> {
    documents::read(&api, id).await
}

/// Replaces a register that was read at the version in `If-Match`.
#[utoipa::path(put, path = "/v1/dnc-registers/{id}", tag = "dnc",
    operation_id = "replace_dnc_register",
    params(("id" = Uuid, Path), ("If-Match" = String, Header)),
    request_body = schema::DncRegister,
    responses((status = 200, body = schema::ShownDncRegister), Refusals))]
async fn replace(
    State(api): State<Api>,
    Id(id): Id<RegisterId>,
    made_from: IfMatch,
    draft: Draft<RegisterSettings>,
) -> Result<Tagged<Shown<RegisterSettings>>, Problem> {
    documents::replace(&api, id, made_from, draft).await
}

/// Deletes a register that nothing refers to.
#[utoipa::path(delete, path = "/v1/dnc-registers/{id}", tag = "dnc",
    operation_id = "remove_dnc_register",
    params(("id" = Uuid, Path), ("If-Match" = String, Header)),
    responses((status = 204), Refusals))]
async fn remove(
    State(api): State<Api>,
    Id(id): Id<RegisterId>,
    made_from: IfMatch,
) -> Result<StatusCode, Problem> {
    documents::remove::<RegisterSettings>(&api, id, made_from).await
}

/// Tells how much of a register there is, and whether it is fresh.
#[utoipa::path(get, path = "/v1/dnc-registers/{id}/numbers", tag = "dnc",
    operation_id = "read_dnc_register_numbers", params(("id" = Uuid, Path)),
    responses((status = 200, body = Standing), Refusals))]
async fn state(State(api): State<Api>, Id(id): Id<RegisterId>) -> Result<Json<Standing>, Problem> {
    let settings = api.store().registers().find(id).await?.value;
    let held = api.store().register_numbers().state(id).await?;
    let fresh_until = |at: Timestamp| {
        let days = settings.fresh_for_days?;
        at.checked_add(SignedDuration::from_hours(i64::from(days) * 24)).ok()
    };
    let is_stale = match held.imported_at {
        Some(at) => fresh_until(at).is_some_and(|until| until < api.now()),
        None => settings.fresh_for_days.is_some(),
    };
    Ok(Json(Standing { numbers: held.numbers, imported_at: held.imported_at, stale: is_stale }))
}

/// Makes a register what a file says, one number a line; it is in force when this answers 200.
///
/// 422 with the first faults by line where rows cannot be read; the register stays as it was.
#[utoipa::path(put, path = "/v1/dnc-registers/{id}/numbers", tag = "dnc",
    operation_id = "import_dnc_register", params(("id" = Uuid, Path), ImportParams),
    request_body(content = String, content_type = "text/csv"),
    responses((status = 200, body = Imported), Refusals))]
async fn import(
    State(api): State<Api>,
    Id(id): Id<RegisterId>,
    Params(params): Params<ImportParams>,
    request: Request,
) -> Result<Json<Imported>, Problem> {
    upload::refuse_media(request.headers())?;
    let settings = api.store().registers().find(id).await?.value;
    let ImportParams { region, skip_faults } = params;
    let options = NumberFileOptions { default_region: region };
    let (feeder, source) = Chunks::channel();
    let reading = tokio::task::spawn_blocking(move || numbers(source, &options));
    let most = api.settings().upload_bytes_max;
    upload::feed(request.into_body(), feeder, most).await?;
    let read = reading.await.map_err(Problem::internal)?;
    let (numbers, report) = read.map_err(|error| upload::unreadable(&error))?;
    report.replaces(skip_faults).map_err(|partial| unfit(&partial, &report))?;
    let sorting = tokio::task::spawn_blocking(move || Register::new(settings, numbers));
    let register = sorting.await.map_err(Problem::internal)?;
    let changed = api.store().register_numbers().replace(&register, api.now()).await?;
    let version = match api.command(Command::Enlist(register)).await? {
        Reply::Dnc { version } => version,
        other => return Err(Problem::internal(format!("the switch answered {other:?}"))),
    };
    let store::registers::Imported { numbers, added, removed } = changed;
    let rejected = report.rejected;
    let asked = serde_json::json!({
        "numbers": numbers, "added": added, "removed": removed, "rejected": rejected,
    });
    store::audit::amend(|act| act.asked = Some(asked));
    Ok(Json(Imported { numbers, added, removed, version, report }))
}

/// Why a file does not become the register, with what is wrong at which line.
fn unfit(partial: &Partial, report: &Report) -> Problem {
    let cell = |fault: &Fault| FieldError {
        field: format!("line {}", fault.line),
        expected: fault.expected.clone(),
        got: Some(fault.found.clone()),
    };
    let told = report.faults.iter().take(FAULTS_TOLD).map(cell);
    let whole = match partial {
        Partial::Stopped(why) => Some(why.as_str()),
        Partial::Nothing => Some("one telephone number a line"),
        Partial::Faults { .. } => None,
    };
    let whole = whole.map(|expected| FieldError::new("body", expected));
    let detail = format!("{partial}: the register stays as it was");
    Problem::new(Kind::Invalid, detail).with_errors(whole.into_iter().chain(told).collect())
}

/// So many faults are told one by one with a refusal.
const FAULTS_TOLD: usize = 100;

/// Reads every number of a file, on a thread that may wait.
fn numbers(
    source: Chunks,
    options: &NumberFileOptions,
) -> Result<(Vec<Number>, Report), ImportError> {
    let mut file = NumberFile::open(source, options)?;
    let numbers = file.by_ref().collect();
    Ok((numbers, file.into_report()))
}
