//! `/v1/reports`: figures of a period as JSON and CSV, what each of them is, and the calls behind a
//! number; and `/v1/reconciliation`: whether the records agree.

mod names;
mod table;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use store::Cursor;
use store::calls::{CallQuery, CallRecord};
use store::reconcile::Reconciliation;
use store::reports::{Counted, Grouping, Key, REPORTS, Report, ReportQuery, ReportTable};
use store::roles::Permission;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::api::Api;
use crate::csv;
use crate::documents::{Listed, bad_parameter, check_limit};
use crate::extract::Params;
use crate::identity::Caller;
use crate::organisation;
use crate::problem::Problem;
use crate::router::Refusals;
use crate::schema::{self, FigureUnit, ReportGrouping};

use table::ShownTable;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(catalogue))
        .routes(routes!(run))
        .routes(routes!(run_table))
        .routes(routes!(calls))
        .routes(routes!(reconcile))
}

/// A report that can be asked for.
#[derive(Serialize, ToSchema)]
struct ReportShown {
    /// As the paths spell it.
    name: &'static str,
    /// What it is about.
    about: &'static str,
    /// What its rows may be.
    #[schema(value_type = Vec<ReportGrouping>)]
    groupings: &'static [Grouping],
    /// Its columns, in order.
    figures: Vec<FigureShown>,
}

/// What a figure is.
#[derive(Serialize, ToSchema)]
struct FigureShown {
    /// Its name.
    name: &'static str,
    /// What it is counted in.
    #[schema(value_type = FigureUnit)]
    unit: store::reports::Unit,
    /// How it is calculated, from other figures by their names or from what is counted.
    formula: &'static str,
    /// What decides whether something falls into the period.
    window: &'static str,
    /// Whether it leads to a list of calls; of a quotient to those that it is divided by.
    has_calls: bool,
}

impl ReportShown {
    fn of(report: &'static Report) -> Self {
        let figures = report.figures.iter().map(|figure| FigureShown {
            name: figure.name,
            unit: figure.unit,
            formula: figure.formula,
            window: figure.window,
            has_calls: figure.has_calls(report),
        });
        let Report { name, about, groupings, .. } = *report;
        Self { name, about, groupings, figures: figures.collect() }
    }
}

/// Which rows, of which period.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ReportParams {
    /// From this; 24 hours before the end when it is left out.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// And before this; now when it is left out. At most 366 days after `from`.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
    /// Whose hours and days, by IANA name; the organisation's when it is left out.
    #[param(max_length = 64)]
    zone: Option<String>,
    /// What the rows are; the first that the report offers when it is left out.
    #[param(value_type = Option<ReportGrouping>)]
    group: Option<Grouping>,
    /// Only what is of these; `only` says of which kind.
    #[param(value_type = Option<ReportGrouping>)]
    only: Option<Grouping>,
    /// Which one of that kind: an id, a number, a code or an outcome.
    #[param(max_length = 64)]
    of: Option<String>,
}

/// Which number.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct BehindParams {
    /// The figure.
    #[param(max_length = 64)]
    figure: String,
    /// From this; 24 hours before the end when it is left out.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// And before this; now when it is left out. At most 366 days after `from`.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
    /// Only what is of these; `of` says of which one.
    #[param(value_type = Option<ReportGrouping>)]
    only: Option<Grouping>,
    /// Which one of that kind; when it is left out, what is of nobody.
    #[param(max_length = 64)]
    of: Option<String>,
    /// The `next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<Cursor>,
    /// Rows on the page; 50 when it is left out.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
}

/// Over which time.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct PeriodParams {
    /// From this; 24 hours before the end when it is left out.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// And before this; now when it is left out. At most 366 days after `from`.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
}

/// Says which reports there are, and what each of their figures is.
#[utoipa::path(get, path = "/v1/reports", tag = "reports", operation_id = "list_reports",
    responses((status = 200, body = Vec<ReportShown>), Refusals))]
async fn catalogue() -> Json<Vec<ReportShown>> {
    Json(REPORTS.iter().copied().map(ReportShown::of).collect())
}

/// Runs a report.
#[utoipa::path(get, path = "/v1/reports/{report}", tag = "reports", operation_id = "run_report",
    params(("report" = String, Path, max_length = 64), ReportParams),
    responses((status = 200, body = ShownTable), Refusals))]
async fn run(
    State(api): State<Api>,
    caller: Caller,
    Path(report): Path<String>,
    Params(params): Params<ReportParams>,
) -> Result<Json<ShownTable>, Problem> {
    let (query, table) = table_of(&api, &caller, &report, params).await?;
    let names = names::of(&api, query.group, &table).await?;
    Ok(Json(ShownTable::of(&query, table, &names)))
}

/// Runs a report and gives it as CSV: times in seconds, money in whole units.
#[utoipa::path(get, path = "/v1/reports/{report}/csv", tag = "reports",
    operation_id = "export_report",
    params(("report" = String, Path, max_length = 64), ReportParams),
    responses((status = 200, body = String, content_type = "text/csv"), Refusals))]
async fn run_table(
    State(api): State<Api>,
    caller: Caller,
    Path(report): Path<String>,
    Params(params): Params<ReportParams>,
) -> Result<Response, Problem> {
    let (query, table) = table_of(&api, &caller, &report, params).await?;
    let names = names::of(&api, query.group, &table).await?;
    let text = table::csv(&query, &table, &names);
    Ok(([(header::CONTENT_TYPE, csv::MEDIA_TYPE)], text).into_response())
}

/// Lists the calls behind a number of a report, the newest first.
#[utoipa::path(get, path = "/v1/reports/{report}/calls", tag = "reports",
    operation_id = "list_report_calls",
    params(("report" = String, Path, max_length = 64), BehindParams),
    responses((status = 200, body = Listed<schema::Call>), Refusals))]
async fn calls(
    State(api): State<Api>,
    caller: Caller,
    Path(report): Path<String>,
    Params(params): Params<BehindParams>,
) -> Result<Json<Listed<CallRecord>>, Problem> {
    check_limit(params.limit)?;
    let report = named(&report)?;
    let figure = report.figure(&params.figure).filter(|figure| figure.has_calls(report));
    let figure = figure.ok_or_else(|| bad_parameter("figure", "one that leads to calls"))?;
    let (from, to) = period(&api, params.from, params.to)?;
    let only = match params.only {
        None if params.of.is_some() => return Err(bad_parameter("only", "what `of` is")),
        None => vec![],
        Some(by) => vec![(by, key(report, by, params.of.as_deref())?)],
    };
    let query = CallQuery {
        counted: Some(Counted { report, figure, only, from, to }),
        after: params.after,
        limit: params.limit,
        within: caller.within(Permission::CallsRead),
        ..CallQuery::default()
    };
    let page = api.store().calls().list(&query).await?;
    Ok(Json(Listed::of(page, |call| call)))
}

/// Checks whether the records of a period agree with each other.
#[utoipa::path(get, path = "/v1/reconciliation", tag = "reports", operation_id = "reconcile",
    params(PeriodParams), responses((status = 200, body = schema::Reconciliation), Refusals))]
async fn reconcile(
    State(api): State<Api>,
    Params(PeriodParams { from, to }): Params<PeriodParams>,
) -> Result<Json<Reconciliation>, Problem> {
    let (from, to) = period(&api, from, to)?;
    Ok(Json(api.store().reconcile().run(from, to).await?))
}

async fn table_of(
    api: &Api,
    caller: &Caller,
    report: &str,
    params: ReportParams,
) -> Result<(ReportQuery, ReportTable), Problem> {
    let report = named(report)?;
    let (from, to) = period(api, params.from, params.to)?;
    let zone = match params.zone {
        Some(zone) => zone,
        None => organisation::required(api).await?.time_zone,
    };
    let zone = TimeZone::get(&zone).map_err(|_| bad_parameter("zone", "an IANA time zone"))?;
    let group = params.group.or_else(|| report.groupings.first().copied());
    let group = group.filter(|group| report.groupings.contains(group));
    let group = group.ok_or_else(|| bad_parameter("group", &offered(report)))?;
    let only = match (params.only, params.of) {
        (None, None) => vec![],
        (Some(by), Some(of)) => vec![(by, key(report, by, Some(&of))?)],
        (None, Some(_)) => return Err(bad_parameter("only", "what `of` is")),
        (Some(_), None) => return Err(bad_parameter("of", "which one of `only`")),
    };
    let within = caller.within(Permission::PerformanceRead);
    let query = ReportQuery { report, group, only, from, to, zone, within };
    let table = api.store().reports().run(&query).await?;
    Ok((query, table))
}

fn named(report: &str) -> Result<&'static Report, Problem> {
    Report::named(report).ok_or_else(|| Problem::not_found("report"))
}

fn offered(report: &Report) -> String {
    let words = report.groupings.iter().map(|group| table::word(*group));
    format!("one of {}", words.collect::<Vec<_>>().join(", "))
}

/// What rows or calls are narrowed to.
fn key(report: &Report, by: Grouping, of: Option<&str>) -> Result<Key, Problem> {
    if by.is_time() || !report.groupings.contains(&by) {
        return Err(bad_parameter("only", &offered(report)));
    }
    match of {
        None => Ok(Key::Nobody),
        Some(word) if by.is_word() => Ok(Key::Word(word.to_owned())),
        Some(id) => Uuid::try_parse(id).map(Key::Id).map_err(|_| bad_parameter("of", "an id")),
    }
}

fn period(
    api: &Api,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
) -> Result<(Timestamp, Timestamp), Problem> {
    let to = to.unwrap_or_else(|| api.now());
    let day = SignedDuration::from_hours(24);
    let from = from.unwrap_or_else(|| to.checked_sub(day).unwrap_or(Timestamp::MIN));
    let length = to.duration_since(from);
    if length <= SignedDuration::ZERO || length > PERIOD_MAX {
        return Err(bad_parameter("to", "a moment after from, by 366 days at most"));
    }
    Ok((from, to))
}

/// A leap year: rows are at most its hours.
const PERIOD_MAX: SignedDuration = SignedDuration::from_hours(366 * 24);
